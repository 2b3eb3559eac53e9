"""Tests of the system that a program runs on, as far as they tell whether processes can be forked."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.values import ExternalName, ExternalObject, Frame, Values
from picklecheck.semantics.machine import Machine

# Where there is no `fork` (documentation of `sys.platform`, `os.name`, `platform.system`, `os.fork`).
WITHOUT_FORK = {"win32", "nt", "Windows", "emscripten", "wasi"}
# The only value of `os.name` of systems that have it.
WITH_FORK = "posix"
NAMES = {"sys.platform", "os.name", "platform.system"}


def can_fork(run: Machine, node: ast.expr, frame: Frame, outcome: bool) -> bool | None:
    """Whether the system can fork, given how a test came out; None for tests that do not tell."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant(value=str(system))]):
            same = isinstance(op, ast.Eq) is outcome
            if not is_system(run, left, frame) or not (same or system == WITH_FORK):
                return None
            return same and system not in WITHOUT_FORK
        case ast.Call(func=ast.Attribute(value=left, attr="startswith"), args=[ast.Constant(value=str(start))]):
            return not start.startswith("win") if outcome and is_system(run, left, frame) else None
        case ast.Call(func=ast.Name(id="hasattr"), args=[owner, ast.Constant(value="fork")]):
            return outcome if run.evaluate(owner, frame) == (ExternalName("os", is_module=True),) else None
    return None


def is_system(run: Machine, node: ast.expr, frame: Frame) -> bool:
    """Whether an expression is the name of the system."""
    match node:
        case ast.Call(func=func, args=[]):
            return named(run.evaluate(func, frame)) == "platform.system"
        case ast.Name() | ast.Attribute():
            return named(run.evaluate(node, frame)) in NAMES
    return False


def named(values: Values) -> str:
    """The dotted name of what is outside the project, or of the call or variable behind it; empty for all else."""
    match values:
        case (ExternalName(name=name),):
            return name
        case (ExternalObject(receiver=ExternalName(name=name)),):
            return name
    return ""
