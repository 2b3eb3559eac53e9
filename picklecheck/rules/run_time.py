"""What Python prints when it refuses a value, or a way of using a boundary, by version.

`…` is any text: an address, a module, a name that only the running program has. Every form was seen by running
programs; tests hold them against what the fixtures print.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from picklecheck.crossings.crossing import Crossing, Misuse, Use
from picklecheck.crossings.verdict import Refusal, Versions
from picklecheck.findings import RunTime
from picklecheck.knowledge.loading import texts
from picklecheck.knowledge.versions import KNOWN, parse, spell
from picklecheck.semantics.domain.mro import is_enum
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Descriptor,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    ProjectModule,
    Suspended,
    Value,
)

# The carriers whose errors users see as they are; cloudpickle and dill put theirs around them.
_PLAIN = ("pickle", "multiprocessing", "spawning")

_OF_USES: Mapping[Misuse, Mapping[str, str]] = {
    "no main guard": {
        ">=3.6": "RuntimeError: An attempt has been made to start a new process before the current process has "
        "finished its bootstrapping phase."
    },
    "pool in a daemonic worker": {">=3.6": "AssertionError: daemonic processes are not allowed to have children"},
    "join before close": {">=3.8": "ValueError: Pool is still running"},
}


def of_refusal(crossing: Crossing, refusal: Refusal) -> tuple[RunTime, ...]:
    """What is printed where a value is refused; empty where it is not known."""
    if crossing.entry.carrier not in _PLAIN or crossing.slot in ("exception", "state"):
        return ()
    told = dict(_of_culprit(refusal))
    if crossing.slot == "return":
        if refusal.stage != "dumps":
            return ()
        if crossing.entry.name.startswith("multiprocessing.pool."):
            told = {versions: _sent_back(text) for versions, text in told.items()}
    return _within(told, refusal.versions & crossing.runs)


def of_use(use: Use) -> tuple[RunTime, ...]:
    """What is printed where a boundary is used in a way that does not work."""
    return _within(_OF_USES.get(use.kind, {}), use.runs)


def _within(told: Mapping[str, str], versions: Versions) -> tuple[RunTime, ...]:
    found: dict[str, Versions] = {}
    for spec, text in told.items():
        if meant := parse(spec) & versions:
            found[text] = found.get(text, frozenset()) | meant
    return tuple(RunTime(spell(meant, KNOWN), text) for text, meant in found.items())


def _sent_back(text: str) -> str:
    """How the parent is told that a pool's worker could not send a result."""
    name, _, message = text.partition(": ")
    return f"MaybeEncodingError: Error sending result: '…'. Reason: '{name}({message!r})'"


def _of_culprit(refusal: Refusal) -> Iterator[tuple[str, str]]:
    """Texts by specifiers of versions."""
    culprit = refusal.culprit
    match refusal.reason, culprit:
        case "lambda" | "local function" | "local class" | "hidden" | "misnamed", Function() | Class():
            if refusal.stage == "dumps":
                yield from _of_name(culprit, refusal)
        case "mangled", BoundMethod(receiver=Instance(cls=cls), function=function):
            yield ">=3.6", f"AttributeError: '{cls.name}' object has no attribute '{function.name}'"
        case "under the main guard", Function() | Class():
            yield ">=3.6", f"AttributeError: Can't get attribute '{culprit.qualname}' on <module '__mp_main__' from …>"
        case "defined too late", Function() | Class():
            yield ">=3.6", f"AttributeError: Can't get attribute '{culprit.qualname}' on <module '__main__' from …>"
        case "other context", _:
            yield (
                ">=3.12",
                "RuntimeError: A SemLock created in a fork context is being shared with a process in a spawn context",
            )
        case "resource" | "shared only by inheritance", _ if refusal.stage == "dumps":
            yield from texts().get(_type(culprit), {}).items()


def _of_name(culprit: Function | Class, refusal: Refusal) -> Iterator[tuple[str, str]]:
    """What pickle says when it looks up a function or class by its qualified name."""
    for spec, name in _qualified(culprit):
        yield from ((f"{versions},{spec}", text) for versions, text in _of_qualified(culprit, refusal, name))


def _qualified(culprit: Function | Class) -> Iterator[tuple[str, str]]:
    """The `__qualname__` of a function or class, by version: since 3.12 comprehensions are no functions (PEP 709)."""
    outer, _, last = culprit.qualname.rpartition(".")
    frame = culprit.frame if isinstance(culprit, Function) else None
    kind = _COMPREHENSIONS.get(type(frame.scope.node)) if frame is not None else None
    inside = ".".join(filter(None, (outer, kind, last)))
    if kind is None or kind == "<genexpr>":
        yield ">=2.7", inside
    else:
        yield from (("<3.12", inside), (">=3.12", culprit.qualname))


_COMPREHENSIONS: Mapping[type[ast.AST], str] = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


def _of_qualified(culprit: Function | Class, refusal: Refusal, name: str) -> Iterator[tuple[str, str]]:
    """The same for one of the names that it has."""
    if isinstance(culprit.site.node, ast.arg):  # what a decorator gets, whatever it is called
        yield ">=3.6", "PicklingError: Can't pickle <function … at …>: it's not the same object as …"
        return
    if refusal.reason == "hidden" and not refusal.at_name:  # it has another name now
        return
    shown = _shown(culprit, name)
    if "<locals>" in name.split("."):
        yield ">=3.6,<3.13", f"AttributeError: Can't pickle local object '{name}'"
        yield "==3.13", f"AttributeError: Can't get local object '{name}'"
        yield ">=3.14", f"PicklingError: Can't pickle local object {shown}"
    elif refusal.reason in ("lambda", "misnamed") or refusal.at_name == "nothing":
        yield ">=3.6,<3.14", f"PicklingError: Can't pickle {shown}: attribute lookup {name} on … failed"
        yield ">=3.14", f"PicklingError: Can't pickle {shown}: it's not found as ….{name}"
    elif refusal.at_name == "another":
        yield ">=3.6", f"PicklingError: Can't pickle {shown}: it's not the same object as ….{name}"


def _shown(culprit: Function | Class, name: str) -> str:
    """How `repr` shows a function or class of this qualified name."""
    if isinstance(culprit, Function):
        return f"<function {name} at …>"
    return f"<enum '{culprit.name}'>" if is_enum(culprit) else f"<class '….{name}'>"


def _type(value: Value) -> str:
    """The name of the row that says what is printed for an object."""
    match value:
        case ExternalObject(type="builtins.file"):  # which file object it is, its mode decides, and that is not known
            return ""
        case ExternalObject(type=name):
            return name
        case Suspended(kind=kind):
            return f"builtins.{kind.replace(' ', '_')}"
        case Descriptor(kind=kind):
            return f"{'functools' if kind in ('cached_property', 'partialmethod') else 'builtins'}.{kind}"
        case ProjectModule() | ExternalName(is_module=True):
            return "builtins.module"
    return ""
