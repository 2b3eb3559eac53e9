"""What an expression can mean: the values of an abstract run, each with the place that made it.

An expression evaluates to `Values`, a tuple of alternatives. Objects are compared by
identity, as Python's are; what changes about them (attributes, items) lives in the `Store`.

The words of the engine, as the literature of abstract interpretation has them:

- *abstract value*: one alternative, a member of `Value`; it means the objects that one allocation site makes.
- *allocation site* (`Site`): the node that made a value.
- *environment*: a `Frame`, whose variables the store keeps; one that a function made in it can still read *escapes*.
- *join*: what holds after either of two paths (`join`, `items.joined`, `Store.merge`).
- *may* and *must*: `Unbound` among the alternatives says that there may be no value; without it there must be one.
- *havoc*: to forget what is known of an object that something may have changed (`functions.havoc`).
- *entry point*: code that is run though nothing was seen calling it.
- *sink*: a call that may be a boundary. A function that reaches none by name is *cold*.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from picklecheck.semantics.syntax.module import Module
    from picklecheck.semantics.syntax.scopes import Scope


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
        if not isinstance(other, Constant):
            return False
        mine, its = self.value, other.value
        return mine is its or (type(mine) is type(its) and mine == its)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def key(self) -> tuple[type, object]:
        return (type(self.value), self.value)


@dataclass(frozen=True, slots=True)
class ExternalName:
    """A name of a module outside the project, by its dotted name: `threading.Lock`, `builtins.len`."""

    name: str
    is_module: bool = False


@dataclass(frozen=True, slots=True)
class PendingImport:
    """A name bound by `from module import name`, looked up when it is first read."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class ProjectModule:
    """A module of the analysed project, as a value."""

    module: Module


Body = Literal["plain", "generator", "coroutine", "async generator"]
Kind = Literal["list", "tuple", "dict", "set"]


@dataclass(eq=False, slots=True)
class Function:
    """A function object: one execution of a `def` or `lambda`."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    site: Site
    module: Module
    name: str
    qualname: str
    frame: Frame
    owner: Class | None = None
    defaults: dict[str, Values] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """Looked into when it is first asked for: most functions are never called."""
        return self.module.scope(self.node)

    @property
    def body(self) -> Body:
        """What a call runs, or only starts."""
        match self.node, self.scope.yields:
            case ast.AsyncFunctionDef(), yields:
                return "async generator" if yields else "coroutine"
            case _, True:
                return "generator"
        return "plain"

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
    metaclass: Class | None = None
    order: tuple[Value, ...] = ()
    outside: tuple[ExternalName, ...] | None = None
    declared: dict[str, tuple[ast.expr, Frame]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the project."""

    cls: Class
    site: Site


@dataclass(eq=False, slots=True)
class ExternalObject:
    """An object of a type outside the project, with the call that made it."""

    type: str
    site: Site
    receiver: Value | None = None
    arguments: Arguments | None = None


@dataclass(eq=False, slots=True)
class Container:
    """A list, tuple, dict or set; its items are in the store. `owner` is whose `__dict__` it is, if any."""

    kind: Kind
    site: Site
    owner: Instance | Frame | None = None


@dataclass(eq=False, slots=True)
class Partial:
    """`functools.partial(function, *arguments)`."""

    function: Values
    arguments: Arguments
    site: Site

    @property
    def given(self) -> Arguments:
        """The arguments of the call that made it: the function comes first."""
        return self.arguments.led_by(self.function)


@dataclass(eq=False, slots=True)
class Wrapper:
    """What a decorator of the standard library made of a callable, or such a decorator with its options.

    `cached` (`lru_cache`) and `generic` (`singledispatch`) mean the function; `contextmanager` calls it later;
    `managed` calls it inside the context manager in `receiver`; `wraps` and `register` decorate; `NewType` gives back
    what it is called with. `generic` of a `register` is in `receiver`, what it registers for in `function`.
    """

    kind: Literal["cached", "generic", "contextmanager", "managed", "wraps", "register", "NewType"]
    function: Values
    site: Site
    receiver: Value | None = None


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
    """A generator, coroutine or async generator: a call whose body has not run.

    A generator expression has no function, but the frame that its rounds run in; a task that has run has neither.
    """

    function: Function | None
    kind: Body
    site: Site
    bound: dict[str, Values] = field(default_factory=dict)
    handed: Handed = field(default_factory=dict)
    frame: Frame | None = None


@dataclass(eq=False, slots=True)
class Descriptor:
    """What `property`, `staticmethod`, `classmethod` or `cached_property` made of a function."""

    kind: Literal["property", "staticmethod", "classmethod", "cached_property", "partialmethod"]
    function: Values
    site: Site
    arguments: Arguments | None = None


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `cls`, for `receiver`."""

    cls: Class
    receiver: Value


@dataclass(eq=False, slots=True)
class Frame:
    """One activation of a function, or a module's or class body's namespace: whose variables the store keeps.

    `escapes` says that a function made in it can still read its variables when it has ended;
    `cold` counts the calls up to it that lead to no boundary by any name they call.
    """

    module: Module
    scope: Scope
    parent: Frame | None = None
    function: Function | None = None
    owner: Class | None = None
    depth: int = 0
    receiver: Values = ()
    handed: Handed = field(default_factory=dict)
    given: dict[str, Values] = field(default_factory=dict)
    caller: Frame | None = None
    call: ast.Call | None = None
    escapes: bool = False
    cold: int = 0


@dataclass(frozen=True, slots=True)
class Here:
    """A place in a program that is being run: a node, and the frame whose variables it reads."""

    frame: Frame
    node: ast.AST

    @property
    def site(self) -> Site:
        return Site(self.frame.module, self.node)


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
    # Which of `more_keywords` is given under which name, on some ways only; empty where a name is not known.
    perhaps: dict[str, Values] = field(default_factory=dict)

    def get(self, index: int | None, name: str) -> Values:
        """The argument given at a position or under a name; empty where it is not given."""
        if name in self.keywords:
            return self.keywords[name]
        if index is not None and index < len(self.positional):
            return self.positional[index]
        return ()

    @property
    def is_open(self) -> bool:
        """Whether there may be arguments apart from those that are told."""
        return self.open or bool(self.rest) or bool(self.more_keywords)

    def with_receiver(self, receiver: Value) -> Arguments:
        """The arguments with the receiver before them, as a method gets it."""
        return self.led_by((receiver,))

    def led_by(self, first: Values) -> Arguments:
        """The arguments with one more before them."""
        nodes = {key + 1 if isinstance(key, int) else key: node for key, node in self.nodes.items()}
        return replace(self, positional=[first, *self.positional], keywords=dict(self.keywords), nodes=nodes)

    def without_first(self) -> Arguments:
        """The arguments behind the first."""
        nodes = {key - 1 if isinstance(key, int) else key: node for key, node in self.nodes.items() if key != 0}
        return replace(self, positional=self.positional[1:], nodes=nodes)

    def behind(self, bound: Arguments) -> Arguments:
        """The arguments of a call of `partial(function, *bound)`: those that are bound come first."""
        rest = join(bound.rest, self.rest) if bound.rest or self.rest else ()
        more = join(bound.more_keywords, self.more_keywords) if bound.more_keywords or self.more_keywords else ()
        return Arguments(
            [*bound.positional, *self.positional],
            {**bound.keywords, **self.keywords},
            {},
            rest,
            more,
            self.open or bound.open,
        )


Value: TypeAlias = (
    Unknown
    | Unbound
    | Constant
    | ExternalName
    | PendingImport
    | ProjectModule
    | Function
    | Class
    | Instance
    | ExternalObject
    | Container
    | Partial
    | Wrapper
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
    first, *others = alternatives
    for values in others:
        if values is not first and values != first:
            break
    else:
        return first
    seen: dict[Value, None] = {}
    for values in alternatives:
        for value in values:
            seen[value] = None
    if len(seen) <= MOST_ALTERNATIVES:
        return tuple(seen)
    told = [value for value in seen if not isinstance(value, Unknown | Unbound)]
    return (*told[:MOST_ALTERNATIVES], *UNKNOWN, *(UNBOUND if Unbound() in seen else ()))


def text_of(values: Values) -> str | None:
    """The text that values surely are."""
    match values:
        case (Constant(value=str(text)),):
            return text
    return None
