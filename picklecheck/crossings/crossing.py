"""A crossing: one value through one slot of a boundary, at one call, with what becomes of it; all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from picklecheck.crossings.verdict import Captured, Verdict, Versions
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import Class, ExternalObject, Function, Partial, Site, Value, Values
from picklecheck.semantics.syntax.program import Program

Misuse = Literal[
    "no main guard",
    "pool in a daemonic worker",
    "join before close",
    "closed pool used",
    "awaited after terminate",
    "awaited at once",
    "result dropped",
    "arguments do not fit",
    "change lost",
    "joined before drained",
]


# The slot of a class that is judged alone, where no call is seen sending an object of it.
ALONE = "class"


@dataclass(frozen=True, slots=True)
class Moment:
    """What rewrites ask about a refused crossing, answered by the run at that moment.

    `task` is the one function that the workers call, with the `functools.partial` around it; `pool` is whose method
    was called, with what is known of its type. `by_cloudpickle` says whether cloudpickle carries the values, and
    means the same by them. `variable` is the name that leads to them in the module where they are sent, and
    `class_variables` are those of classes that call themselves otherwise. `attributes` are the data of the object
    whose method is sent, each with why it cannot; empty where it can. `init_of` is the class whose `__init__` an
    object gets, which is `plainly_made` where its class has neither `__new__` nor `__slots__`.
    """

    task: Function | None = None
    partial: Partial | None = None
    pool: ExternalObject | None = None
    pool_entry: BoundaryEntry | None = None
    by_cloudpickle: bool = False
    variable: str = ""
    class_variables: Mapping[Value, str] = field(default_factory=dict)
    attributes: Mapping[str, Captured] = field(default_factory=dict)
    init_of: Class | None = None
    plainly_made: bool = True


_NOTHING_ASKED = Moment()


@dataclass(frozen=True, slots=True)
class Unseen:
    """What of a value is not known: a `part` of it, in words, and the expression that gave it, if that is seen."""

    site: Site | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """What went where: `slot` is a parameter, `return`, `exception` or `self`.

    `call` is the boundary call and `value` the expression sent; with `read_back` the program itself rebuilds
    the value, at `call`. `runs` are the versions under which the code is reached, `methods` the start methods under
    which the slot crosses, `possible` all that the program can have here. `program` has the modules of the project.
    `unseen` is the first part of the values that is not known, where nothing is known to refuse.
    """

    entry: BoundaryEntry
    slot: str
    call: Site
    value: Site
    values: Values
    verdict: Verdict
    runs: Versions
    methods: tuple[str, ...]
    possible: tuple[str, ...]
    program: Program
    moment: Moment = _NOTHING_ASKED
    read_back: bool = False
    unseen: Unseen | None = None


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a task cannot be called, and what could be written instead.

    `instead` is `map`, `starmap` or their like; `tuple` for a single argument that lacks its comma; `call` for a task
    that was called where it should be named; empty where nothing is known.
    """

    why: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class OwnPrimitive:
    """A primitive that importing makes, at `made`, and of which a task uses its own at `used`.

    `unseen_by` says who gets nothing of what the other does with it, and `then` what comes of it there.
    """

    made: Site
    used: Site
    several: bool
    unseen_by: Literal["parent", "task", "either"]
    then: Literal["raises", "hangs", "wrong"]


@dataclass(frozen=True, slots=True)
class Use:
    """A way of using a boundary that does not work, or not as it looks.

    `subject` names what it does not work for, or what is behind it; `minor` says that all depends on what is not seen.
    `own` is the primitive by which two processes do not reach each other, as each has one. `of_copy` says that what is
    changed is a copy, which a manager gives of an item.
    """

    kind: Misuse
    entry: BoundaryEntry
    call: Site
    runs: Versions
    methods: tuple[str, ...]
    possible: tuple[str, ...]
    program: Program
    certain: bool = True
    related: Site | None = None
    misfit: Misfit | None = None
    subject: str = ""
    minor: bool = False
    own: OwnPrimitive | None = None
    of_copy: bool = False
