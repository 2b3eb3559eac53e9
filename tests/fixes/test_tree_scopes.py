"""The scopes of the tree bind and take the names that Python's own symbol table says."""

from __future__ import annotations

import symtable
from collections import Counter

import libcst as cst

from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree

TEXT = """\
import os.path, sys as system
from a import b as c, d

def outer(p, /, q=os, *r, s: int = 0, **t):
    nonlocal_, e = 1, [f := 2 for _ in p]
    with q as g, r as (h, *i):
        pass
    for j, k.attr in s: del m
    try: pass
    except t as n: pass
    def inner(x=nonlocal_):
        nonlocal e
        global o
        o = e = h
        return lambda y, z=f: (y, z, j, c)
    class Local(inner):
        u = g
        def method(self): return u, __class__, [u for v in self if (w := v)]
    match p:
        case {"a": aa, **bb} if aa: return bb
        case [cc, *dd] | Local(x=cc as dd): return cc
    e += 1
    return {k: v for k in p for v in k}
"""


def test_functions_bind_and_take_what_the_symbol_table_says() -> None:
    tree = Tree.read("f.py", TEXT)
    scopes = Scopes.of(tree)
    expected = Counter(_expected(symtable.symtable(TEXT, "f.py", "exec")))
    found: Counter[tuple[str, frozenset[str], frozenset[str]]] = Counter()
    for node, scope in scopes.by_node.items():
        if not isinstance(node, cst.FunctionDef | cst.Lambda):
            continue
        name = node.name.value if isinstance(node, cst.FunctionDef) else "lambda"
        bound = frozenset(scope.bindings.keys() - scope.globals - scope.nonlocals)
        taken = set()
        for read, where in scopes.read_in.items():
            owner = where.owner(read.value)
            if scope in where.chain() and owner in scope.chain() and owner not in (scope, scopes.module, None):
                taken.add(read.value)
        found[name, bound, frozenset(taken | scope.nonlocals)] += 1
    assert found == expected
    assert len(found) == 4


COMPREHENSIONS = ("listcomp", "dictcomp", "genexpr")


def _expected(table: symtable.SymbolTable) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    found = []
    for child in table.get_children():
        if child.get_type() == "function" and child.get_name() not in COMPREHENSIONS:
            # From Python 3.12 on, the names of a comprehension are listed with the function around it too.
            inlined = {
                symbol.get_name()
                for inner in child.get_children()
                if inner.get_name() in COMPREHENSIONS
                for symbol in inner.get_symbols()
                if symbol.is_local()
            }
            symbols = [symbol for symbol in child.get_symbols() if not symbol.get_name().startswith(".")]
            bound = frozenset(symbol.get_name() for symbol in symbols if symbol.is_local()) - inlined
            free = frozenset(symbol.get_name() for symbol in symbols if symbol.is_free()) - {"__class__"}
            found.append((child.get_name(), bound, free))
        found += _expected(child)
    return found


def test_bindings_and_reads_lead_to_their_owner() -> None:
    tree = Tree.read("f.py", TEXT)
    scopes = Scopes.of(tree)
    outer = next(scope for node, scope in scopes.by_node.items() if isinstance(node, cst.FunctionDef))
    assert len(scopes.bindings_of(outer, "e")) == 3
    assert len(scopes.reads_of(outer, "e")) == 1
    assert [type(node) for node in scopes.bindings_of(scopes.module, "system")] == [cst.ImportAlias]
    assert scopes.module.owner("int") is None
