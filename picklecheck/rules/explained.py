"""The page of each rule: what it finds, what Python says when it happens, why, and what to do."""

from __future__ import annotations

import os

from picklecheck.rules.catalogue import Entry

_PAGES = os.path.join(os.path.dirname(__file__), "pages")


def page(rule: Entry) -> str:
    """The page in Markdown; only its heading and the summary where there is none."""
    try:
        with open(os.path.join(_PAGES, f"{rule.name}.md"), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return f"# {rule.code} {rule.name}\n\n{rule.summary}."
