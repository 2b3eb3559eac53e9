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
        return f"`{use.entry.short}` is used in a daemonic process, such as a `Pool` worker, which cannot have children"

    def advice(self, use: Use) -> str:
        return "use a `ProcessPoolExecutor` for the outer level, or start all processes in the parent"
