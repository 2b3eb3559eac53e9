"""How a rewrite ends: it raises `Refused`, and a `NoFix` has the reason, or its edits are laid out as the file is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from picklecheck.fixes.subject import NoFix
from picklecheck.source.edits import Fix

Given = ParamSpec("Given")


class Refused(Exception):
    """The rewrite would not keep the meaning: `reason` completes `not fixed: …`, `instead` is the next best step."""

    def __init__(self, reason: str, instead: str = "") -> None:
        super().__init__(reason, instead)
        self.reason, self.instead = reason, instead


def refusable(rewrite: Callable[Given, Fix | NoFix]) -> Callable[Given, Fix | NoFix]:
    """Let a rewrite of a tree refuse from any depth, and lay out what it writes."""

    @functools.wraps(rewrite)
    def answer(*args: Given.args, **kwargs: Given.kwargs) -> Fix | NoFix:
        try:
            found = rewrite(*args, **kwargs)
        except Refused as refused:
            return NoFix(refused.reason, refused.instead)
        if not isinstance(found, Fix):
            return found
        # Loaded here, as LibCST is, since refusals are known where nothing is rewritten.
        from picklecheck.fixes.layout import laid_out
        from picklecheck.fixes.tree import Tree

        tree = args[0] if args else None
        return laid_out(tree, found) if isinstance(tree, Tree) else found

    return answer
