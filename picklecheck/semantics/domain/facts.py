"""Facts about objects that are no attributes of theirs: the keys under which the store keeps them."""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """A kind of fact, and what it is about where there are several, such as the name of a parameter."""

    kind: str
    about: object = ""


# The items of a container, or of an object that is one.
ITEMS = Fact("items")
# Set of an object that may have attributes, or values of attributes, that were not seen.
OPEN = Fact("open")
# The objects whose attribute a class took as its base: `context` in `class Worker(context.Process)`.
GIVERS = Fact("givers")
# The annotated names in the body of a class, in order.
DECLARED = Fact("declared")
# What a class was called with, and what the `__init__` of a base outside the project was called with.
CALLED_WITH = Fact("called with")
INITIALIZED_WITH = Fact("initialized with")
# What a patch puts back when it ends.
BEFORE = Fact("before")
# What the program has put in the place of a name outside the project.
REPLACED = Fact("replaced")
# What keeps, by the names of calls outside the project, what they return from now on.
RETURNED = Fact("returned")
# The function that `copyreg` has for the objects of a class.
REDUCER = Fact("reducer")
# What represents the class where it is not known for which one `copyreg` got a function: it may be any.
ANY_CLASS = Fact("any class")
# The functions registered with a generic function, whatever the type.
OVERLOADS = Fact("overloads")
# How long a text is whose letters are not kept.
LENGTH = Fact("length")
# What an exit stack leaves, in the order in which it was entered.
ENTERED = Fact("entered")

# How many times a generator has yielded; kept of the generator, and while its body is run, of its frame.
YIELDED = Fact("yielded")


def initial(parameter: str) -> Fact:
    """The value that the constructor got for a parameter."""
    return Fact("initial", parameter)


def overload(kind: object) -> Fact:
    """The function that a generic function has for a type: a class of the project, or a dotted name."""
    return Fact("overload", kind)


def accessor(kind: str, name: str) -> Fact:
    """The `setter` or `deleter` of a property."""
    return Fact(kind, name)


def cached(key: object) -> Fact:
    """What a cached function returned for some arguments."""
    return Fact("cached", key)
