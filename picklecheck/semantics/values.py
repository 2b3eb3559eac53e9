"""What an expression can stand for: the values of an abstract run, each with the place that made it.

An expression evaluates to `Values`, a tuple of alternatives. Objects are compared by
identity, as Python's are; what changes about them (attributes, items) lives in the `Store`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from picklecheck.semantics.program import Module
    from picklecheck.semantics.scopes import Scope


@dataclass(frozen=True, slots=True)
class Site:
    """The node of a module that made a value."""

    module: Module
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything at all: the source does not tell."""


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name or attribute that has no value on some path."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: `None`, `3`, `"text"`."""

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def key(self) -> tuple[type, object]:
        return (type(self.value), self.value)


@dataclass(frozen=True, slots=True)
class External:
    """A name of a module outside the project, by its dotted name: `threading.Lock`, `builtins.len`."""

    name: str
    is_module: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """A name bound by `from module import name`, looked up when it is first read."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class ProjectModule:
    """A module of the analysed project, as a value."""

    module: Module


FunctionKind = Literal["lambda", "function"]
Body = Literal["plain", "generator", "coroutine", "async generator"]


@dataclass(eq=False, slots=True)
class Function:
    """A function object: one execution of a `def` or `lambda`."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    site: Site
    module: Module
    name: str
    qualname: str
    scope: Scope
    frame: Frame
    body: Body
    owner: Class | None = None
    defaults: dict[str, Values] = field(default_factory=dict)

    @property
    def is_lambda(self) -> bool:
        return isinstance(self.node, ast.Lambda)


@dataclass(eq=False, slots=True)
class Class:
    """A class made by a `class` statement, or by a call such as `namedtuple("P", "x y")`."""

    name: str
    qualname: str
    module: Module
    site: Site
    bases: tuple[Value, ...]
    made_by: str = "class"
    fields: tuple[str, ...] | None = None
    slots: bool = False
    order: tuple[Value, ...] = ()
    declared: dict[str, tuple[ast.expr, Frame]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the project."""

    cls: Class
    site: Site
    generic: bool = False
    contents: Values = ()


@dataclass(eq=False, slots=True)
class Made:
    """An object of a type outside the project, with the call that made it."""

    type: str
    site: Site
    receiver: Value | None = None
    arguments: Arguments | None = None


@dataclass(eq=False, slots=True)
class Container:
    """A list, tuple, dict or set; its items are in the store. `owner` is whose `__dict__` it is, if any."""

    kind: Literal["list", "tuple", "dict", "set"]
    site: Site
    owner: Instance | Frame | None = None


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A function of a class, bound to an object (or to a class, for a class method)."""

    function: Function
    receiver: Value
    site: Site = field(compare=False)
    through_super: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class ExternalMethod:
    """A method of a type outside the project, bound to an object: `pool.map`."""

    type: str
    name: str
    receiver: Value

    @property
    def dotted(self) -> str:
        return f"{self.type}.{self.name}"


@dataclass(eq=False, slots=True)
class Suspended:
    """A generator, coroutine or async generator: a call whose body has not run."""

    function: Function | None
    kind: Body
    site: Site
    bound: dict[str, Values] = field(default_factory=dict)
    handed: Handed = field(default_factory=dict)
    yields: Values = ()


@dataclass(eq=False, slots=True)
class Descriptor:
    """What `property`, `staticmethod`, `classmethod` or `cached_property` made of a function."""

    kind: Literal["property", "staticmethod", "classmethod", "cached_property", "partialmethod"]
    function: Values
    site: Site


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `cls`, for `receiver`."""

    cls: Class
    receiver: Value


@dataclass(eq=False, slots=True)
class Frame:
    """One activation of a function, or a module's or class body's namespace: whose variables the store keeps.

    `outlives` says that a function made in it can still read its variables when it has ended;
    `idle` counts the calls up to it that lead to no boundary by any name they call.
    """

    module: Module
    scope: Scope
    parent: Frame | None = None
    function: Function | None = None
    owner: Class | None = None
    depth: int = 0
    receiver: Values = ()
    handed: Handed = field(default_factory=dict)
    caller: Frame | None = None
    call: ast.Call | None = None
    outlives: bool = False
    idle: int = 0


# Which expression of which caller each parameter got its value from.
Handed: TypeAlias = dict[str, tuple[ast.AST, Frame]]


@dataclass(slots=True)
class Arguments:
    """The arguments of one call: values, and the nodes they were written as where there are any."""

    positional: list[Values] = field(default_factory=list)
    keywords: dict[str, Values] = field(default_factory=dict)
    nodes: dict[int | str, ast.AST] = field(default_factory=dict)
    rest: Values = ()
    more_keywords: Values = ()
    open: bool = False

    def get(self, index: int | None, name: str) -> Values:
        """The argument given at a position or under a name; empty where it is not given."""
        if name in self.keywords:
            return self.keywords[name]
        if index is not None and index < len(self.positional):
            return self.positional[index]
        return ()


Value: TypeAlias = (
    Unknown
    | Unbound
    | Constant
    | External
    | Imported
    | ProjectModule
    | Function
    | Class
    | Instance
    | Made
    | Container
    | BoundMethod
    | ExternalMethod
    | Suspended
    | Descriptor
    | Super
)
Values: TypeAlias = tuple[Value, ...]

UNKNOWN: Values = (Unknown(),)
UNBOUND: Values = (Unbound(),)
NONE: Values = (Constant(None),)

# More alternatives than this say no more than Unknown does, and cost.
MOST_ALTERNATIVES = 12


def join(*alternatives: Values) -> Values:
    """All values of several alternatives, each once, in order."""
    first = alternatives[0]
    if all(values is first or values == first for values in alternatives[1:]):
        return first
    seen: dict[Value, None] = {}
    for values in alternatives:
        for value in values:
            seen[value] = None
    if len(seen) <= MOST_ALTERNATIVES:
        return tuple(seen)
    kept = list(seen)[:MOST_ALTERNATIVES]
    return (*kept, Unknown()) if Unknown() not in kept else tuple(kept)


def is_known(values: Values) -> bool:
    """Whether no alternative is unknown or unbound."""
    return bool(values) and not any(isinstance(value, Unknown | Unbound) for value in values)
