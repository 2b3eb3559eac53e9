"""Files that cannot be read as Python."""

from __future__ import annotations

from picklecheck.rules.rule import Rule


class UnreadableSource(Rule):
    """A file cannot be decoded or parsed; the other files go on."""

    code = "PKL901"
    name = "unreadable-source"
