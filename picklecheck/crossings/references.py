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

from picklecheck.crossings import by_value
from picklecheck.crossings.closures import captures, global_names
from picklecheck.crossings.judging import Judging
from picklecheck.crossings.names import assigned_text, lookup, mangles, qualname_of
from picklecheck.crossings.reach import is_known
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import CARRIED, AtName, Captured, Reason, Refusal, Verdict
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    Unknown,
    Value,
    Values,
    Wrapper,
)
from picklecheck.semantics.syntax.module import Module

ATOMIC = ("deepcopy",)

# What to do where a decorated function is sent without its decorator.
TWO_NAMES = "give the function and what its decorator returns two names: `wrapped = decorate(function)`"
# What to do with a function or class of a `__main__.py`.
MOVE_OUT = "define it in another module of the package, and import it"


def function(judge: Judging, value: Function) -> Verdict:
    if judge.carrier in ATOMIC:
        return CARRIED
    if judge.carrier in by_value.WHOLE:
        return by_value.function(judge, value)
    if judge.carrier == "interpreters":
        return captured_by_interpreter(judge, value)
    return by_name(judge, value)


def class_(judge: Judging, value: Class) -> Verdict:
    if judge.carrier in ATOMIC:
        return CARRIED
    if judge.carrier in by_value.WHOLE:
        return by_value.class_(judge, value)
    if (
        judge.carrier == "interpreters"
        and judge.at.coming_back
        and value.module is judge.run.main in judge.run.imports.executed
    ):
        # Measured, 3.14 and 3.15: the class belongs to `<fake __main__>` there.
        why = "the other interpreter defines it in a module that this one cannot find"
        return (judge.refusal(value, "hidden", why),)
    if value.made_by == "make_dataclass" and not assigned_text(judge, value, "__module__"):
        # `make_dataclass` recorded the module `types` until 3.12 (measured).
        if named := by_name(judge, value):
            return named
        before = frozenset(version for version in judge.versions if version < (3, 12))
        return (judge.refusal(value, "misnamed", "`make_dataclass` records the wrong module before 3.12", before),)
    return by_name(judge, value)


def by_name(judge: Judging, value: Function | Class) -> Verdict:
    """The verdict on what pickle looks up by name."""
    named = (judge.run.store.values(value, name) for name in ("__qualname__", "__module__"))
    if any(not isinstance(one, Constant) for values in named for one in values):
        return CARRIED  # it took its name from something that is not known
    qualname, module_name = qualname_of(judge, value), assigned_text(judge, value, "__module__")
    module = value.module
    noun = "function" if isinstance(value, Function) else "class"
    if qualname.rpartition(".")[2] == "<lambda>":
        refusal = judge.refusal(value, "lambda", "pickle looks functions up by name, and a lambda has none")
        return (replace(refusal, captures=refused_captures(judge, value)),)
    if "<locals>" in qualname.split("."):
        where = qualname.split(".<locals>")[0].rpartition(".")[2]
        reason: Reason = "local function" if isinstance(value, Function) else "local class"
        why = f"it is defined inside `{where}`, not at module level"
        if where == "<lambda>":
            why = "it is defined inside a lambda, not at module level"
        if isinstance(value, Function) and (name := decorated_name(judge, value)):
            why = f"the decorator of `{name}` returns `{value.name}` without `functools.wraps`"
            instead = f"add `@functools.wraps` to `{value.name}`"
            return (replace(judge.refusal(value, "hidden", why), instead=instead),)
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
    if any(isinstance(one, Unknown) or one is judge.at.receiver for one in there) or value in there:
        return (*found, *in_child(judge, value, module, qualname))
    reason, why, instead = hidden_because(judge, value, qualname, there)
    versions = frozenset(v for v in judge.versions if v >= (3, 0) or "." not in qualname)
    refusal = judge.refusal(value, reason, why, versions)
    at_name: AtName = "another" if there else "nothing"
    return (*found, replace(refusal, instead=instead, at_name=at_name if qualname == value.qualname else ""))


def global_name(judge: Judging, value: Instance, name: str, hook: str) -> Verdict:
    """An object whose `__reduce__` gives a text is the variable of that name in the module that its class names."""
    chosen = judge.run.store.values(value.cls, "__module__")
    elsewhere = chosen != (Constant(value.cls.module.name),) if chosen else False
    if judge.carrier in ATOMIC or elsewhere or lookup(judge, value.cls.module, name):
        return CARRIED
    why = f"{hook} of `{value.cls.name}` gives the name `{name}`, but nothing in its module has that name"
    return (judge.refusal(value, "refuses by itself", why),)


def variables_of(judge: Judging, value: Function | Class, module: Module | None = None) -> set[str]:
    """The variables of its module, or of another, that may lead to a function or class."""
    namespace = judge.run.imports.namespaces.get(module or value.module)
    names = judge.run.store.names(namespace) if namespace is not None else {}
    return {name for name, values in names.items() if value in values}


def decorated_name(judge: Judging, value: Function) -> str:
    """The module-level name of a decorated function that `value` was put in the place of; else empty.

    The decorator may be of another module than the function, which is one of where that is sent.
    """
    for module in dict.fromkeys((value.module, judge.at.frame.module)):
        bound = variables_of(judge, value, module)
        for node in module.tree.body if bound else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in bound and node.decorator_list:
                return node.name
    return ""


def hidden_because(judge: Judging, value: Function | Class, qualname: str, there: Values) -> tuple[Reason, str, str]:
    """Why the qualified name does not lead to it, what is there instead, and what to do where that depends on it."""
    if isinstance(value, Class):
        maker = value.module.function_at(getattr(value.site.node, "lineno", 0))
        if value.made_by != "class" and maker and not there and not variables_of(judge, value):
            return "local class", f"it is created inside `{maker}`, not at module level", ""
        if value.made_by != "class":
            return "misnamed", "no variable of its module has this name", ""
        state = "is another object" if there else "does not exist"
        return "hidden", f"`{qualname}` {state} in its module", ""
    if isinstance(value.site.node, ast.arg) or (there and qualname == value.qualname and is_decorated(value)):
        return "hidden", "once it is decorated, its name refers to the wrapper", TWO_NAMES
    if not there:
        return "hidden", f"the name `{qualname}` has been deleted from its module", f"do not delete `{qualname}`"
    return "hidden", *renamed(qualname, value.name)


def is_decorated(value: Function) -> bool:
    return bool(getattr(value.node, "decorator_list", ()))


def renamed(qualname: str, name: str) -> tuple[str, str]:
    """What to say of an object whose qualified name belongs to another one; it was defined under `name`."""
    if qualname.rpartition(".")[2] != name:
        own = "keep the wrapper under this name, or pass a module-level function that calls it"
        return f"its name, `{qualname}`, refers to another object", own
    return f"its name, `{qualname}`, refers to another object now", "do not assign another object to this name"


def mangled(judge: Judging, value: Function | Class, qualname: str) -> Verdict:
    """`Engine.__work` is kept as `Engine._Engine__work`: pickle found it by that name from 3.15 on (measured)."""
    before = frozenset(version for version in judge.versions if (3, 0) <= version < (3, 15))
    return (judge.refusal(value, "mangled", f"Python renames `{qualname}`, so it is not found", before),)


def in_child(judge: Judging, value: Function | Class, module: Module, qualname: str) -> Verdict:
    """Whether the child finds the name as well."""
    run = judge.run
    children, forked_with = judge.at.children, judge.at.forked_with
    if children is None or module is not run.main:
        return CARRIED
    first = qualname.split(".")[0]
    found: list[Refusal] = []
    if forked_with is not None and first not in forked_with:
        why = f"the pool forked its workers before `{first}` was defined"
        found.append(Refusal(value, "defined too late", why, judge.versions, "loads", ("fork",)))
    child = children.of(run)
    if child.whole and first not in child.names:
        why = "a spawned worker skips the main guard that defines it"
        found.append(Refusal(value, "under the main guard", why, judge.versions, "loads", ("spawn", "forkserver")))
    elif module.runs_package and run.imports.running is module:
        why = "workers spawned under `python -m` do not run `__main__.py`"
        refusal = Refusal(value, "under the main guard", why, judge.versions, "loads", ("spawn", "forkserver"))
        found.append(replace(refusal, certain=False, instead=MOVE_OUT))
    return tuple(found)


def wrapper_object(judge: Judging, value: Wrapper) -> Verdict:
    """`lru_cache(f)` goes by the qualified name of `f`, which must lead to the wrapper."""
    wrapped = value.function[0] if len(value.function) == 1 else None
    if isinstance(wrapped, BoundMethod):
        wrapped = wrapped.function
    if not isinstance(wrapped, Function) or judge.carrier in ATOMIC:
        return CARRIED
    qualname = qualname_of(judge, wrapped)
    if "<locals>" in qualname or wrapped.is_lambda:
        return by_name(judge, wrapped)
    there = lookup(judge, wrapped.module, qualname)
    if value in there or any(isinstance(one, Unknown) for one in there):
        return CARRIED
    why, instead = renamed(qualname, "")
    return (replace(judge.refusal(value, "hidden", why), instead=instead),)


def refused_captures(judge: Judging, value: Function | Class) -> tuple[Captured, ...]:
    """The names that are captured or read from the module, by captured functions too, and attributes of objects."""
    found: list[Captured] = []
    readers = [value] if isinstance(value, Function) else []
    for reader in readers:
        for name, values in [*captures(judge.run, reader), *data_of_module(judge, reader)]:
            local = [one for one in values if isinstance(one, Function) and "<locals>" in one.qualname]
            readers += [one for one in local if one not in readers]
            found.append(captured(judge, name, values, shared=all(map(is_shared, values))))
            for owner in values:
                if isinstance(owner, Instance):
                    for attribute, held in judge.run.store.names(owner).items():
                        found.append(captured(judge, f"{name}.{attribute}", held))
    return tuple(found)


def captured(judge: Judging, name: str, values: Values, shared: bool = False) -> Captured:
    """What a name or attribute holds."""
    known = is_known(judge.run, values)
    return Captured(name, first_reason(judge.values(values)), shared, any(map(is_handle, values)), known)


def data_of_module(judge: Judging, value: Function) -> list[tuple[str, Values]]:
    """The variables of its module that a function reads, without functions, classes and what is imported."""
    code = Function | Class | ExternalName
    held = [(name, lookup(judge, value.module, name)) for name in global_names(value)]
    return [(name, values) for name, values in held if not all(isinstance(one, code) for one in values)]


# Bases of which the instances are shared, whatever else a derived class keeps.
_SHARED = ("multiprocessing.queues.", "multiprocessing.managers.")


def is_shared(value: Value) -> bool:
    """Whether an object is the same in all processes that have it, as queues, locks and proxies of multiprocessing."""
    match value:
        case ExternalObject(type=kind):
            return kind.startswith("multiprocessing.")
        case Instance(cls=cls):
            return any(isinstance(base, ExternalName) and base.name.startswith(_SHARED) for base in cls.order)
    return False


def is_handle(value: Value) -> bool:
    """Whether an object is a number for the operating system, which only the pickler of multiprocessing translates."""
    return isinstance(value, ExternalObject) and value.type == "multiprocessing.connection.Connection"


def is_some_file(value: Value) -> bool:
    """Whether an object is a file of which the mode is not known."""
    return isinstance(value, ExternalObject) and value.type == "builtins.file"


def is_written(value: Value) -> bool:
    """Whether an object is a text file that is opened for writing only."""
    if not isinstance(value, ExternalObject) or value.type != "io.TextIOWrapper" or value.arguments is None:
        return False
    modes = value.arguments.get(1 if value.receiver is None else 0, "mode")
    return any(isinstance(one, Constant) and not set(str(one.value)) & set("r+") for one in modes)


def first_reason(verdict: Verdict) -> str:
    return f"{described(verdict[0].culprit)}: {verdict[0].why}" if verdict else ""


def captured_by_interpreter(judge: Judging, value: Function) -> Verdict:
    """Another interpreter takes a function that depends on nothing as code, all others by name (measured, 3.14, 3.15).

    So it does alone and in tuples; what holds it otherwise is pickled whole.
    """
    in_tuples = all(isinstance(holder, Container) and holder.kind == "tuple" for holder in judge.open[:-1])
    if in_tuples and is_stateless(value):
        return CARRIED
    return by_name(judge, value)


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
