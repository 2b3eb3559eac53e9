"""Which functions may tell `copyreg` how objects are pickled, by their text."""

from __future__ import annotations

import ast

from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.program import Program


def may_register(program: Program, module: Module, node: ast.AST) -> bool:
    """Whether a function registers something itself, or calls what does: a function of its module or of an import."""
    files = (module.file, *program.imported(module.file))
    names = {name for file in files for name in program.fact(file, registering) or ()}
    return registers(module, node) or not names.isdisjoint(module.called(node))


def registering(module: Module) -> frozenset[str]:
    """The names of the functions of a module that register something, or call one that does by name."""
    if "copyreg" not in module.text:
        return frozenset()
    functions = [node for node in walk(module.tree) if isinstance(node, ast.FunctionDef)]
    names = {node.name for node in functions if registers(module, node)}
    grown = bool(names)
    while grown:
        more = {node.name for node in functions if not names.isdisjoint(module.called(node))} - names
        names |= more
        grown = bool(more)
    return frozenset(names)


def registers(module: Module, node: ast.AST) -> bool:
    """Whether a function calls `copyreg.pickle`, under whatever name it has the module or the function."""
    return "copyreg" in module.text and "pickle" in module.called(node)
