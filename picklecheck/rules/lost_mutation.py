"""Changes that a task makes to its own copy of what the parent has."""

from __future__ import annotations

from picklecheck.crossings.crossing import OwnPrimitive, Use
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class LostMutation(UseRule):
    code = "PKL307"
    name = "lost-mutation"
    summary = "The task changes its own copy of an object or variable, and the parent, which reads it, sees no change"
    kind = "change lost"
    run_time_effect = "wrong"

    def message(self, use: Use) -> str:
        if use.own is not None:
            return f"each spawned child has its own {use.subject}: {unseen(use.own)}"
        if use.of_copy:
            return f"`{use.subject}` is a copy of what the manager has: a change of it is lost"
        return f"the task changes `{use.subject}` in its own process only: the parent, which reads it, sees no change"

    def effect(self, use: Use) -> Effect:
        return use.own.then if use.own is not None else "wrong"

    def advice(self, use: Use) -> str:
        if use.own is not None:
            them = "them" if use.own.several else "it"
            return f"create {them} under the main guard, and pass {them} by `args`, or by the `initializer` of a pool"
        if use.of_copy:
            return "assign the changed copy back, or put a `list` or `dict` of the manager there"
        return "return the result from the task, or share it through a queue, a `Value` or a `Manager`"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        if use.own is not None:
            return remedies.for_own_primitive(use)
        return remedies.for_copied_item(use) if use.of_copy else []


def unseen(own: OwnPrimitive) -> str:
    """Who gets nothing of what the other does."""
    them = "them" if own.several else "it"
    match own.unseen_by:
        case "parent":
            return f"what the task does with {them}, the parent never sees"
        case "task":
            return f"what the parent does with {them}, the task never sees"
        case "either":
            return f"what one does with {them}, the other never sees"
