"""Suppressions that suppress nothing."""

from __future__ import annotations

from picklecheck.rules.rule import Rule


class UnusedSuppression(Rule):
    """A suppression suppressed nothing, though the rules it names ran."""

    code = "PKL902"
    name = "unused-suppression"
