"""Tasks that cannot be called with the arguments that they get."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class ArgumentsMisfit(UseRule):
    code = "PKL407"
    name = "arguments-misfit"
    summary = "A task cannot be called with the arguments that it will get, or is called by the parent"
    kind = "arguments do not fit"

    def message(self, use: Use) -> str:
        assert use.misfit is not None
        return f"`{use.entry.short}` cannot call its task: {use.misfit.why}"

    def advice(self, use: Use) -> str:
        assert use.misfit is not None
        match use.misfit.instead:
            case "tuple":
                return "write a tuple of one argument with a comma: `(x,)`"
            case "call":
                return "pass the function and its arguments separately"
            case "":
                return "pass the arguments that the task requires, or bind some with `functools.partial`"
            case other:
                return f"use `{other}`"

    def effect(self, use: Use) -> Effect:
        idle = use.misfit is not None and use.misfit.instead == "call" and use.entry.deferred
        return "silent" if idle else "raises"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_misfit(use)
