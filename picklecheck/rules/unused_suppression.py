"""Suppressions that suppressed nothing: what counts the suppressions says so itself."""

from __future__ import annotations

from picklecheck.rules.rule import Rule


class UnusedSuppression(Rule):
    code = "PKL902"
    name = "unused-suppression"
    summary = "A suppression suppresses nothing, although the rules that it names ran"
    always_safe = True
