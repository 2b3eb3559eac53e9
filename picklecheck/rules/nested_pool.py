"""Processes started by the daemonic workers of a pool."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.rules.rule import UseRule


class NestedPool(UseRule):
    code = "PKL305"
    name = "nested-pool"
    summary = "A task of a `Pool` starts processes, but pool workers are daemonic and cannot have children"
    kind = "pool in a daemonic worker"

    def message(self, use: Use) -> str:
        starts = f"the task starts processes with `{use.entry.short}`"
        return f"{starts}, but `Pool` workers are daemonic and cannot have children"

    def advice(self, use: Use) -> str:
        return "use a `ProcessPoolExecutor` for the outer level, or start all processes in the parent"
