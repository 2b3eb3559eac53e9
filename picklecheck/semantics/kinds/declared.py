"""Annotated names in the bodies of classes: what they say of attributes, and the fields of records."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import DECLARED
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import UNKNOWN, Class, Constant, ExternalName, Values
from picklecheck.semantics.machine import Machine


def declared(run: Machine, cls: Class, name: str) -> Values:
    """What the annotation of an attribute in a class body says that it is; empty where that is nothing."""
    for base in resolution_order(cls):
        if isinstance(base, Class) and name in base.declared:
            values = run.instance_of(*base.declared[name])
            return () if values == UNKNOWN else values
    return ()


def declare_field(run: Machine, cls: Class, name: str, node: ast.AnnAssign) -> None:
    """An annotated name in a class body: a field, should the class be a dataclass or a named tuple."""
    if "ClassVar" in ast.unparse(node.annotation):
        return
    names = own_fields(run, cls)
    if name not in names:
        run.store.set(cls, DECLARED, (Constant((*names, name)),))
    if cls.made_by == "namedtuple":
        cls.fields = (*(cls.fields or ()), name)


def own_fields(run: Machine, cls: Class) -> tuple[str, ...]:
    match run.store.values(cls, DECLARED):
        case (Constant(value=tuple() as names),):
            return names
    return ()


def declared_fields(run: Machine, cls: Class) -> tuple[str, ...]:
    """The annotated names of a class, bases first."""
    order = [base for base in reversed(resolution_order(cls)) if isinstance(base, Class)]
    return tuple(dict.fromkeys(name for base in order for name in own_fields(run, base)))


def is_passed_on(run: Machine, cls: Class, name: str) -> bool:
    """Whether a field is an `InitVar`, which no attribute is made of: `__post_init__` gets it."""
    owner = next((base for base in resolution_order(cls) if isinstance(base, Class) and name in base.declared), None)
    if owner is None:
        return False
    annotation, frame = owner.declared[name]
    named = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return run.evaluate(named, frame) == (ExternalName("dataclasses.InitVar"),)
