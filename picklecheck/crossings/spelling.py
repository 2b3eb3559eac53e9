"""How values are named in messages and holding paths."""

from __future__ import annotations

from picklecheck.findings import Step
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    Partial,
    ProjectModule,
    Site,
    Suspended,
    Value,
    Wrapper,
)
from picklecheck.semantics.kinds.attributes import SOME_NAME


def described(value: Value) -> str:
    """A noun phrase for a value: ``instance of `Runner` ``, ``a `threading.Lock` ``."""
    match value:
        case Function(is_lambda=True):
            return "a lambda"
        case Function(qualname=qualname, name=name):
            kind = "local function" if "<locals>" in qualname else "function"
            return f"{kind} `{name}`"
        case Class(qualname=qualname, name=name):
            return f"{'local class' if '<locals>' in qualname else 'class'} `{name}`"
        case Instance(cls=cls):
            return f"an instance of `{cls.name}`"
        case Partial():
            return "a `functools.partial`"
        case Wrapper():
            return "a wrapper made by `functools`"
        case ExternalObject(type="builtins.file"):
            return "a file object"
        case ExternalObject(type=type_name):
            return f"{article(name := plain_type(type_name))} `{name}`"
        case Container(kind=kind):
            return f"a {kind}"
        case BoundMethod(function=function, receiver=receiver):
            return f"bound method `{owner_name(receiver)}.{function.name}`"
        case ExternalMethod(name=name, receiver=Instance() as receiver) if name == SOME_NAME:
            return f"a method of {described(receiver)}"
        case ExternalMethod(type=type_name, name=name):
            return f"method `{plain_type(type_name)}.{name}`"
        case Suspended(kind="plain"):
            return "a generator"
        case Suspended(kind=kind):
            return f"{article(kind)} {kind}"
        case ExternalName(name=name, is_module=True):
            return f"module `{name}`"
        case ExternalName(name=name):
            return f"`{plain_type(name)}`"
        case ProjectModule(module=module):
            return f"module `{module.name}`"
        case Descriptor(kind=kind):
            return f"a {kind}"
        case Constant(value=literal):
            return f"`{literal!r}`"
        case _:
            return "a value"


def article(name: str) -> str:
    return "an" if name[0] in "aeioAEIO" else "a"


def with_article(value: Value) -> str:
    """The same in a sentence: ``the function `work` ``."""
    text = described(value)
    return text if text.startswith(("a ", "an ", "`")) else f"the {text}"


def plain_type(name: str) -> str:
    """A type by the name that programs use: `multiprocessing.Lock` is made in `multiprocessing.synchronize`."""
    module, _, last = name.rpartition(".")
    if module in ("multiprocessing.synchronize", "multiprocessing.queues") or name == "multiprocessing.pool.Pool":
        return f"multiprocessing.{last}"
    return name.removeprefix("builtins.")


def owner_name(value: Value) -> str:
    match value:
        case Instance(cls=cls):
            return cls.name
        case Class(name=name):
            return name
        case _:
            return described(value)


def called(task: Value) -> str:
    """How a message calls a task."""
    match task:
        case BoundMethod(function=Function(name=name)) | Function(name=name):
            return f"`{name}`"
        case Partial(function=(one,)):
            return called(one)
    return described(task)


def step(text: str, site: Site) -> Step:
    return Step(text, site.module.place(site.node))
