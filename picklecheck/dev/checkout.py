"""The checkout that the tools of this package work on, and what they write into it."""

from __future__ import annotations

import os
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "picklecheck"
FIXTURES = ROOT / "fixtures"


class Refused(Exception):
    """A request that cannot be met; its text is one line for whoever asked."""


def require() -> None:
    """Raises `Refused` where the package is not in a checkout."""
    missing = [name for name in ("pyproject.toml", "fixtures", "tests") if not (ROOT / name).exists()]
    if missing:
        raise Refused(f"works only in a checkout of picklecheck, and {ROOT} has no {missing[0]}")


def shown(path: Path) -> str:
    """A path of the checkout as messages name it."""
    return path.relative_to(ROOT).as_posix()


def from_template(name: str, facts: dict[str, str]) -> str:
    """A file of `templates/` with `$name` and the like filled in."""
    return Template((Path(__file__).parent / "templates" / f"{name}.txt").read_text("utf-8")).substitute(facts)


def create(texts: dict[Path, str], links: dict[Path, Path] | None = None) -> None:
    """Write new files and links to files. Raises `Refused`, before anything is written, where one is there."""
    for path in (*texts, *(links or ())):
        if path.exists() or path.is_symlink():
            raise Refused(f"{shown(path)} is there already; nothing was written")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {shown(path)}")
    for path, target in (links or {}).items():
        way = os.path.relpath(target, path.parent).replace(os.sep, "/")
        try:
            path.symlink_to(way)
        except OSError:  # without the right to make links, git stores the way as text
            path.write_text(way, "utf-8")
        print(f"wrote {shown(path)}")


def between(text: str, mark: str, name: str) -> tuple[str, str, str]:
    """A text before, between and behind the marks of a generated part. Raises `Refused` where they are missing."""
    start, end = mark.format(name), mark.format(f"/{name}")
    before, found, rest = text.partition(f"{start}\n")
    inside, closed, behind = rest.partition(end)
    if not (found and closed):
        raise Refused(f"the marks `{start}` and `{end}` are not there")
    return before + found, inside, closed + behind
