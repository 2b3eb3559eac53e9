"""Prints what CHANGELOG.md says of one version, as the notes of its release."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGES = Path(__file__).parent.parent / "CHANGELOG.md"


def notes(text: str, version: str) -> str:
    """The section of `version` without its heading; raises LookupError where there is none."""
    found = re.search(rf"^## {re.escape(version)}(?![\w.])[^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise LookupError(f"CHANGELOG.md says nothing of version {version}")
    return f"{found[1].strip()}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: release_notes.py VERSION")
    try:
        print(notes(CHANGES.read_text("utf-8"), sys.argv[1]), end="")
    except LookupError as error:
        sys.exit(str(error))
