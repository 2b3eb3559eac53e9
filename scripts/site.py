"""Brings the pages that are elsewhere in the repository into the documentation site, as a hook of mkdocs."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from picklecheck.addresses import PROJECT
from picklecheck.rules.catalogue import RULES

ROOT = Path(__file__).parents[1]
_RULES = "picklecheck/rules/pages"
# Pages of the site by the files of the repository that they are.
ELSEWHERE = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "fixtures/README.md": "fixtures.md",
    **{f"{_RULES}/{rule.name}.md": f"rules/{rule.name}.md" for rule in RULES},
}
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    """Add the pages of the rules to the navigation."""
    rules = ["rules/index.md", *({f"{rule.code} {rule.name}": f"rules/{rule.name}.md"} for rule in RULES)]
    config.nav = [{"Rules": rules} if entry == {"Rules": "rules/"} else entry for entry in config.nav]
    return config


def on_files(files: Files, config: Any) -> Files:
    for path, uri in ELSEWHERE.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    files.append(File.generated(config, "rules/index.md", content=_index_of_rules()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Links between files of the repository lead to their pages, and those to other files to the repository.

    While that has no public address, these are no links.
    """
    uri = page.file.src_uri
    source = next((path for path, other in ELSEWHERE.items() if other == uri), f"docs/{uri}")
    if uri == "rules/index.md":
        return markdown

    def led(link: re.Match[str]) -> str:
        target = _target(link[2], source, uri)
        return f"[{link[1]}]({target}{link[3] or ''})" if target else link[1]

    return _LINK.sub(led, markdown)


def _target(link: str, source: str, uri: str) -> str:
    if "://" in link or link.startswith("mailto:"):
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    other = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else "")
    if other.endswith((".md", ".svg", ".png")):
        return posixpath.relpath(other, posixpath.dirname(uri) or ".")
    if not (ROOT / path).exists():
        return link
    return f"{PROJECT['Source']}/blob/main/{path}" if PROJECT else ""


def _index_of_rules() -> str:
    rows = (f"| [{rule.code}]({rule.name}.md) | [{rule.name}]({rule.name}.md) | {rule.summary} |" for rule in RULES)
    return "\n".join(["# Rules", "", "| code | name | finds |", "|---|---|---|", *rows, ""])
