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
        return f"{use.subject}, which cannot have children, but starts processes with `{use.entry.short}`"

    def advice(self, use: Use) -> str:
        return "start all processes in the parent, or use a `ProcessPoolExecutor` or `daemon=False` for the outer level"
