"""Files that cannot be decoded or parsed: the reader of files says so itself."""

from __future__ import annotations

from picklecheck.rules.rule import Rule


class UnreadableSource(Rule):
    code = "PKL901"
    name = "unreadable-source"
    summary = "A file cannot be decoded or parsed; other files are still checked"
