"""Functions and classes go by module and qualified name: whether that name leads back to the same object.

The rule is pickle's own (`save_global`, `Pickler.save_global` in the standard library's
`pickle.py`): import the module, walk the qualified name, compare with `is`. A child that was
spawned looks the name up in a module that ran under the name `__mp_main__`, a forked one in
the module as it was when the child was made.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from picklecheck.crossings import by_value
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import CARRIED, Captured, Reason, Refusal, Verdict
from picklecheck.semantics import attributes, classes, imports
from picklecheck.semantics.program import Module
from picklecheck.semantics.run import Abrupt
from picklecheck.semantics.values import (
    BoundMethod,
    Class,
    Constant,
    Container,
    Function,
    Imported,
    Instance,
    Made,
    Unbound,
    Unknown,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from picklecheck.crossings.judge import Judge

ATOMIC = ("deepcopy",)


def function(judge: Judge, value: Function) -> Verdict:
    if judge.carrier in ATOMIC:
        return CARRIED
    if judge.carrier in by_value.WHOLE:
        return by_value.function(judge, value)
    if judge.carrier == "interpreters":
        return captured_by_interpreter(judge, value)
    return by_name(judge, value, _text(judge, value, "__qualname__") or value.qualname)


def class_(judge: Judge, value: Class) -> Verdict:
    if judge.carrier in ATOMIC:
        return CARRIED
    if judge.carrier in by_value.WHOLE:
        return by_value.class_(judge, value)
    qualname = _text(judge, value, "__qualname__") or value.qualname
    if judge.carrier == "interpreters" and judge.coming_back and value.module is judge.run.main in judge.run.executed:
        # Measured, 3.14 and 3.15: the class belongs to `<fake __main__>` there.
        why = "the other interpreter has it in a module that this one cannot find"
        return (judge.refusal(value, "hidden", why),)
    if value.made_by == "make_dataclass" and not _text(judge, value, "__module__"):
        # `make_dataclass` recorded the module `types` until 3.12 (measured).
        if named := by_name(judge, value, qualname):
            return named
        before = frozenset(version for version in judge.versions if version < (3, 12))
        return (judge.refusal(value, "misnamed", "`make_dataclass` records the wrong module before 3.12", before),)
    return by_name(judge, value, qualname)


def _text(judge: Judge, value: Function | Class, name: str) -> str:
    match judge.run.store.values(value, name):
        case (Constant(value=str(text)),):
            return text
    return ""


def by_name(judge: Judge, value: Function | Class, qualname: str) -> Verdict:
    """The verdict on what pickle looks up by name."""
    if any(not isinstance(one, Constant) for one in judge.run.store.values(value, "__qualname__")):
        return CARRIED  # it took its name from something that is not known
    module_name = _text(judge, value, "__module__")
    module = value.module
    noun = "function" if isinstance(value, Function) else "class"
    if qualname.rpartition(".")[2] == "<lambda>":
        refusal = judge.refusal(value, "lambda", "pickle looks functions up by name, and a lambda has none")
        return (replace(refusal, captures=refused_captures(judge, value)),)
    if "<locals>" in qualname.split("."):
        where = qualname.split(".<locals>")[0].rpartition(".")[2]
        reason: Reason = "local function" if isinstance(value, Function) else "local class"
        why = f"it is defined inside `{where}`, where no import can find it"
        if where == "<lambda>":
            why = "it is defined inside a lambda, where no import can find it"
        if isinstance(value, Function) and (name := decorated_name(judge, value)):
            why = f"`{name}` is decorated, and the decorator returns `{value.name}` without `functools.wraps`"
            return (judge.refusal(value, "hidden", why),)
        return (replace(judge.refusal(value, reason, why), captures=refused_captures(judge, value)),)
    found: list[Refusal] = []
    if "." in qualname:
        old = frozenset(version for version in judge.versions if version < (3, 0))
        if old:
            nested = "Python 2 looks it up as a plain name of the module"
            found.append(judge.refusal(value, "local class" if noun == "class" else "hidden", nested, old))
        if any(mangles(part) for part in qualname.split(".")[1:]):
            return (*found, *mangled(judge, value, qualname))
    if module_name and module_name not in (module.name, "__main__"):
        return tuple(found)
    there = lookup(judge, module, qualname)
    # A decorated function may be there as the object that is called, which the other side unwraps.
    if any(isinstance(one, Unknown) or one is judge.receiver for one in there) or value in there:
        return (*found, *in_child(judge, value, module, qualname))
    reason, why = hidden_because(value, qualname, there)
    return (
        *found,
        judge.refusal(value, reason, why, frozenset(v for v in judge.versions if v >= (3, 0) or "." not in qualname)),
    )


def global_name(judge: Judge, value: Instance, name: str, hook: str) -> Verdict:
    """An object whose `__reduce__` gives a text is the module variable of that name."""
    if judge.carrier in ATOMIC or lookup(judge, value.cls.module, name):
        return CARRIED
    why = f"{hook} of `{value.cls.name}` gives the name `{name}`, which nothing has in its module"
    return (judge.refusal(value, "refuses by itself", why),)


def decorated_name(judge: Judge, value: Function) -> str:
    """The module-level name of a decorated function that `value` was put in the place of; else empty."""
    names = judge.run.store.names(judge.run.namespaces[value.module]) if value.module in judge.run.namespaces else {}
    bound = {name for name, values in names.items() if value in values}
    for node in value.module.tree.body if bound else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in bound and node.decorator_list:
            return node.name
    return ""


def hidden_because(value: Function | Class, qualname: str, there: Values) -> tuple[Reason, str]:
    """What stands at the qualified name instead."""
    if isinstance(value, Class):
        maker = value.module.function_at(getattr(value.site.node, "lineno", 0))
        if value.made_by != "class" and maker and not there:
            return "local class", f"it is made inside `{maker}`, where no import can find it"
        if value.made_by != "class":
            return "misnamed", f"it calls itself `{qualname}`, and no such name leads to it"
        state = "another object" if there else "nothing"
        return "hidden", f"the name `{qualname}` leads to {state} in its module"
    if not there:
        return "hidden", f"no name `{qualname}` is there in its module any more"
    return "hidden", f"the name `{qualname}` leads to another object, not to this function"


def mangles(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def mangled(judge: Judge, value: Function | Class, qualname: str) -> Verdict:
    """`Engine.__work` is kept as `Engine._Engine__work`: pickle found it by that name from 3.15 on (measured)."""
    before = frozenset(version for version in judge.versions if (3, 0) <= version < (3, 15))
    return (judge.refusal(value, "mangled", f"`{qualname}` is kept under a mangled name, and is not found", before),)


def lookup(judge: Judge, module: Module, qualname: str) -> Values:
    """What the qualified name leads to now, in the parent."""
    run = judge.run
    first, *rest = qualname.split(".")
    namespace = imports.namespace(run, module)
    imports.demand(run, module, first)
    values = run.store.values(namespace, first)
    values = (
        join(*(imports.resolve(run, one, namespace) if isinstance(one, Imported) else (one,) for one in values))
        if values
        else ()
    )
    for name in rest:
        if not all(isinstance(value, Class | Unknown | Unbound) for value in values):
            return (Unknown(),)
        found: list[Values] = []
        for value in values:
            if isinstance(value, Class):
                found.append(attributes.of_class(run, value, name, judge.site.node, judge.frame))
            else:
                found.append((value,))
        values = join(*found) if found else ()
    flat: list[Value] = []
    for value in values:
        if isinstance(value, BoundMethod):
            flat.append(value.function)
        elif not isinstance(value, Unbound):
            flat.append(value)
    return tuple(flat)


def in_child(judge: Judge, value: Function | Class, module: Module, qualname: str) -> Verdict:
    """Whether the child finds the name as well."""
    run = judge.run
    if not judge.child_names or module is not run.main:
        return CARRIED
    first = qualname.split(".")[0]
    noun = "function" if isinstance(value, Function) else "class"
    found: list[Refusal] = []
    if judge.late is not None and first not in judge.late:
        why = f"the pool forked its workers before this {noun} was defined"
        found.append(Refusal(value, "defined too late", why, judge.versions, "loads", ("fork",)))
    spawned = spawned_names(judge)
    if spawned is not None and first not in spawned:
        why = f"a spawned child imports the file without running the main guard, and so never defines this {noun}"
        found.append(Refusal(value, "under the main guard", why, judge.versions, "loads", ("spawn", "forkserver")))
    return tuple(found)


def spawned_names(judge: Judge) -> frozenset[str] | None:
    """The module's names in a spawned child; None where that cannot be told."""
    return judge.run.observer.child_names(judge.run)  # type: ignore[attr-defined, no-any-return]


def method_name(judge: Judge, value: BoundMethod) -> Verdict:
    """A method is found again by `getattr(object, function.__name__)`: what that gives in the child."""
    receiver, target = value.receiver, value.function
    if isinstance(receiver, Constant) and judge.carrier != "deepcopy" and not hasattr(receiver.value, target.name):
        why = f"the child looks for a method `{target.name}` of `{receiver.value!r}`, and there is none"
        return (judge.refusal(value, "hidden", why, stage="loads"),)
    if not isinstance(receiver, Instance | Class) or judge.carrier == "deepcopy":
        return CARRIED
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    name = target.name
    match judge.run.store.values(target, "__name__"):
        case (Constant(value=str(text)),):
            name = text
    if target.owner is not None and mangles(name):
        versions = judge.versions
        if judge.carrier == "pickle":
            # Plain pickle mangles the name itself from 3.15 on; multiprocessing's pickler does not (measured).
            versions = frozenset(version for version in versions if version < (3, 15))
        why = f"the child looks for `{name}`, but the class keeps it as `_{target.owner.name.lstrip('_')}{name}`"
        return (judge.refusal(value, "mangled", why, versions, stage="loads"),)
    if name == "<lambda>" or target.is_lambda:
        return (judge.refusal(target, "lambda", "the method is a lambda, which has no name to be found by"),)
    try:
        there = (
            attributes.of_instance(judge.run, receiver, name, judge.site.node, judge.frame)
            if isinstance(receiver, Instance)
            else attributes.of_class(judge.run, receiver, name, judge.site.node, judge.frame)
        )
    except Abrupt:
        return CARRIED
    if not there:
        why = f"the child looks for a method `{name}` of `{cls.name}`, and there is none"
        return (judge.refusal(value, "hidden", why, stage="loads"),)
    same = any(isinstance(one, BoundMethod) and one.function is target for one in there)
    if same and isinstance(receiver, Instance) and is_kept_by_object(judge, value, receiver, name):
        why = (
            f"the child looks for `{name}` on an object that has no attributes yet, and `{cls.name}` has no such method"
        )
        return (judge.refusal(value, "hidden", why, stage="loads"),)
    if not same and value.through_super and not any(isinstance(one, Unknown) for one in there):
        return (judge.refusal(value, "overridden", f"the child calls the override of `{name}`", stage="loads"),)
    return CARRIED


def is_kept_by_object(judge: Judge, value: BoundMethod, receiver: Instance, name: str) -> bool:
    """Whether a method is only found in an attribute of its own object, which is set last when it is rebuilt."""
    known = any(
        classes.find(judge.run, receiver.cls, one) for one in (name, "__getattr__", "__reduce__", "__reduce_ex__")
    )
    return not known and judge.run.store.values(receiver, name) == (value,)


def wrapper_object(judge: Judge, value: Made) -> Verdict:
    """`lru_cache(f)` goes by the qualified name of `f`, which must lead to the wrapper."""
    assert value.arguments is not None
    inner = value.arguments.positional[0]
    wrapped = inner[0] if len(inner) == 1 else None
    if isinstance(wrapped, BoundMethod):
        wrapped = wrapped.function
    if not isinstance(wrapped, Function) or judge.carrier in ATOMIC:
        return CARRIED
    qualname = _text(judge, wrapped, "__qualname__") or wrapped.qualname
    if "<locals>" in qualname or wrapped.is_lambda:
        return by_name(judge, wrapped, qualname)
    there = lookup(judge, wrapped.module, qualname)
    if value in there or any(isinstance(one, Unknown) for one in there):
        return CARRIED
    why = f"the name `{qualname}` leads to another object, not to this wrapper"
    return (judge.refusal(value, "hidden", why),)


def captures(judge: Judge, value: Function, names: list[str]) -> list[tuple[str, Values]]:
    """The captured names of a function with their values."""
    from picklecheck.semantics import expressions

    return [(name, expressions.load(judge.run, name, value.frame)) for name in names]


def refused_captures(judge: Judge, value: Function | Class) -> tuple[Captured, ...]:
    """The captured names, and the attributes of captured objects."""
    from picklecheck.crossings.judge import free_names

    found: list[Captured] = []
    for name, values in captures(judge, value, free_names(value)) if isinstance(value, Function) else ():
        shared = all(is_shared(one) for one in values)
        found.append(Captured(name, first_reason(judge.values(values)), shared, any(map(is_handle, values))))
        for owner in values:
            if isinstance(owner, Instance):
                for attribute, held in judge.run.store.names(owner).items():
                    refused, handle = first_reason(judge.values(held)), any(map(is_handle, held))
                    found.append(Captured(f"{name}.{attribute}", refused, False, handle))
    return tuple(found)


def is_shared(value: Value) -> bool:
    """Whether an object is the same in all processes that have it, as queues, locks and proxies of multiprocessing."""
    return isinstance(value, Made) and value.type.startswith("multiprocessing.")


def is_handle(value: Value) -> bool:
    """Whether an object is a number for the operating system, which only the pickler of multiprocessing translates."""
    return isinstance(value, Made) and value.type == "multiprocessing.connection.Connection"


def is_written(value: Value) -> bool:
    """Whether an object is a text file that is not opened for reading, of which cloudpickle takes the text along."""
    if not isinstance(value, Made) or value.type != "io.TextIOWrapper" or value.arguments is None:
        return False
    modes = [mode.value for mode in value.arguments.get(1, "mode") if isinstance(mode, Constant)]
    return any(isinstance(mode, str) and not set(mode) & set("r+") for mode in modes)


def first_reason(verdict: Verdict) -> str:
    return f"{described(verdict[0].culprit)} refuses: {verdict[0].why}" if verdict else ""


def captured_by_interpreter(judge: Judge, value: Function) -> Verdict:
    """Another interpreter takes a function that depends on nothing as code, all others by name (measured, 3.14, 3.15).

    So it does alone and in tuples; what holds it otherwise is pickled whole.
    """
    in_tuples = all(isinstance(holder, Container) and holder.kind == "tuple" for holder in judge.open[:-1])
    if in_tuples and is_stateless(value):
        return CARRIED
    return by_name(judge, value, _text(judge, value, "__qualname__") or value.qualname)


def is_stateless(value: Function) -> bool:
    """Whether a function has no captures and no defaults, and names nothing outside it but builtins."""
    given = value.node.args
    if given.defaults or any(given.kw_defaults):
        return False
    nodes = [part for part in ast.walk(value.node) if part is not value.node]
    bound = {part.arg for part in nodes if isinstance(part, ast.arg)} | {
        part.id for part in nodes if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }
    bound |= {part.name for part in nodes if isinstance(part, ast.FunctionDef | ast.ClassDef)}
    for part in nodes:
        if isinstance(part, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
    body = value.node.body if isinstance(value.node.body, list) else [value.node.body]
    read = {part.id for line in body for part in ast.walk(line) if isinstance(part, ast.Name)}
    return all(name in bound or hasattr(builtins, name) for name in read)
