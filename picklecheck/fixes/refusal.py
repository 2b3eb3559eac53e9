"""How a rewrite gives up: it raises `Refused`, and its caller is given a `NoFix` with the reason."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from picklecheck.fixes.subject import NoFix
from picklecheck.source.edits import Fix

Given = ParamSpec("Given")


class Refused(Exception):
    """The rewrite would not keep the meaning; the only argument says why, to complete `not fixed: …`."""


def refusable(rewrite: Callable[Given, Fix | NoFix]) -> Callable[Given, Fix | NoFix]:
    """Let a rewrite refuse from any depth."""

    @functools.wraps(rewrite)
    def answer(*args: Given.args, **kwargs: Given.kwargs) -> Fix | NoFix:
        try:
            return rewrite(*args, **kwargs)
        except Refused as refused:
            return NoFix(str(refused))

    return answer
