"""What pickle refuses is sent inside a small class that carries it by `cloudpickle`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.listed import written_item
from picklecheck.fixes.named_call import Form, call_by_name
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix

TITLE = "wrap it with cloudpickle (adds a dependency)"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A class that holds a value, and the name that it gets where that is free."""

    name: str
    text: str


# A process that is forked gets the object as it is, so it must be callable itself.
OF_FUNCTIONS = Carrier(
    "Carried",
    '''\
class {name}(object):
    """Sends a function to another process."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __getstate__(self):
        return {dumps}(self.function)

    def __setstate__(self, state):
        self.function = {loads}(state)''',
)
OF_VALUES = Carrier(
    "Sent",
    '''\
class {name}(object):
    """Sends a value to another process, which gets the value itself."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return {loads}, ({dumps}(self.value),)''',
)


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """For a task. Unsafe: it needs `cloudpickle` on both sides, and copies what is captured.

    Refused where it captures a connection, of which cloudpickle takes the number alone.
    """
    use = tree.node_at(subject.use, cst.BaseExpression)
    if use is None:
        raise Refused("the value was not found")
    for capture in subject.captures:
        if capture.refused:
            raise Refused(f"`{capture.name}` cannot be pickled either ({capture.refused})", "pass what is needed of it")
        if capture.handle:
            raise Refused(f"cloudpickle would give the number of `{capture.name}`, which means nothing in a worker")
    return _wrapped(tree, subject, use, OF_FUNCTIONS)


@refusable
def rewrite_value(tree: Tree, subject: Subject, items: bool) -> Fix | NoFix:
    """For data that is always pickled; of several `items` each is sent alone.

    Unsafe: it needs `cloudpickle` on both sides.
    """
    try:
        node = written_item(tree, subject, alone=not items)
    except Refused:
        use = tree.node_at(subject.use, cst.BaseExpression)
        if use is None or not items or not subject.goes_straight:
            raise
        return _wrapped(tree, subject, use, OF_VALUES, "[{name}(item) for item in {value}]")
    return _wrapped(tree, subject, node, OF_VALUES)


@refusable
def rewrite_result(tree: Tree, subject: Subject) -> Fix | NoFix:
    """For what a task returns. Unsafe: it needs `cloudpickle` on both sides."""
    use = tree.node_at(subject.use, cst.BaseExpression)
    if use is None:
        raise Refused("the task was not found")
    name, definitions, imports = _carrier(tree, use, OF_VALUES, subject.python2)
    edits = call_by_name(tree, subject, "", Form("send", f"{name}({{}})"), definitions)
    return Fix("unsafe", TITLE, joined({*imports, *edits}), mends_all=True)


def _wrapped(
    tree: Tree, subject: Subject, node: cst.BaseExpression, carrier: Carrier, form: str = "{name}({value})"
) -> Fix:
    name, definitions, imports = _carrier(tree, node, carrier, subject.python2)
    edits = [*imports, *([insertion(tree, site(tree, [node]), definitions)] if definitions else [])]
    edits.append(tree.edit(*tree.whole(node), form.format(name=name, value=tree.source(node))))
    return Fix("unsafe", TITLE, joined(edits), mends_all=True)


def _carrier(tree: Tree, node: cst.CSTNode, carrier: Carrier, python2: bool) -> tuple[str, list[str], tuple[Edit, ...]]:
    """The name of the carrier, its definition where the file has none yet, and the imports that it needs."""
    scopes = Scopes.of(tree)
    dumps, imports = imported(tree, scopes, "cloudpickle", "dumps", [node])
    loads, more = imported(tree, scopes, "cloudpickle", "loads", [node])
    text = carrier.text if python2 else carrier.text.replace("(object)", "")
    text = text.replace("    ", tree.indent)
    for name, made in _classes(tree):
        if made == text.format(name=name, dumps=dumps, loads=loads):
            return name, [], ()
    name = choose(tree, scopes, [carrier.name], tree.module)
    text = text.format(name=name, dumps=dumps, loads=loads).replace("\n", tree.newline)
    return name, [text], tuple({*imports, *more})


@lru_cache(maxsize=2)
def _classes(tree: Tree) -> list[tuple[str, str]]:
    """The classes of a module, by name and text."""
    classes = [part for part in tree.module.body if isinstance(part, cst.ClassDef)]
    return [(part.name.value, tree.source(part).rstrip()) for part in classes]
