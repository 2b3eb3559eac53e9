"""Changes that a task makes to its own copy of what the parent has."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.rules.rule import UseRule


class LostMutation(UseRule):
    code = "PKL307"
    name = "lost-mutation"
    summary = "The task changes its own copy of an object or variable, and the parent, which reads it, sees no change"
    kind = "change lost"
    run_time_effect = "wrong"

    def message(self, use: Use) -> str:
        return f"the task changes `{use.subject}` in its own process only: the parent, which reads it, sees no change"

    def advice(self, use: Use) -> str:
        return "return the result from the task, or share it through a queue, a `Value` or a `Manager`"
