"""What a decorator gets where nothing is seen decorated: a function whose name will lead to the wrapper."""

from __future__ import annotations

import ast

from picklecheck.crossings.relays import last_name
from picklecheck.semantics.domain.values import Function, Site, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.nodes import walk


def decorated(run: Machine, function: Function) -> dict[str, Values]:
    """The parameter of a decorator, by its name, with a function that it may get; empty for what is no decorator.

    A decorator is what gives a wrapper the name of its parameter: `@functools.wraps(function)`.
    """
    node = function.node
    if isinstance(node, ast.Lambda) or not node.args.args:
        return {}
    parameter = node.args.args[0]
    if parameter.arg not in named_after(node):
        return {}
    made = ast.parse(f"def {parameter.arg}(*args, **kwargs): return eval('')").body[0]
    assert isinstance(made, ast.FunctionDef)
    frame = run.namespace(function.module)
    site = Site(function.module, parameter)
    name = parameter.arg
    return {name: (Function(made, site, function.module, name, name, frame),)}


def named_after(node: ast.AST) -> set[str]:
    """The variables whose name a function made inside gets by `functools.wraps`."""
    found: set[str] = set()
    for inner in walk(node):
        match inner:
            case ast.FunctionDef(decorator_list=decorators):
                for one in decorators:
                    match one:
                        case ast.Call(func=func, args=[ast.Name(id=name), *_]) if last_name(func) == "wraps":
                            found.add(name)
    return found
