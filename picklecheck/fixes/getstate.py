"""Attributes that cannot cross are left out by `__getstate__`, and made again by `__setstate__` or on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from picklecheck.fixes.class_state import (
    assigned_attributes,
    attributes_in,
    base_names,
    class_at,
    descendants,
    descendants_elsewhere,
    is_named_by_text,
    is_set_elsewhere,
    kept_parameters,
    methods_of,
    settings_of,
)
from picklecheck.fixes.filled_later import refuse_filled_later, refuse_given_later
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.own_guard import guards_own_data, is_lock
from picklecheck.fixes.passed_value import passed_value
from picklecheck.fixes.placement import Replacement, first_line, joined, replaced
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.remaking import is_same, is_silent, makes_silently
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.state_methods import State, state_of, written
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place

_OWN_ATTRIBUTES = {"__setattr__", "__getattr__", "__getattribute__"}
_COPIES = re.compile(r"\b(?:copy\.copy|deepcopy)\(|^\s*from\s+copy\s+import\b", re.MULTILINE)
# Of a shallow copy the parts are those of the first object.
_SHARES = re.compile(r"\bcopy\.copy\(|^\s*from\s+copy\s+import\b.*\bcopy\b(?!\s+import)", re.MULTILINE)
# What has processes or threads of its own, which serve the process that made it.
_SERVERS = {"multiprocessing.Manager", "multiprocessing.managers.SyncManager"}
_POOLS = {"multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.pool.ThreadPool"}
_POOLS |= {"concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor"}
# What processes share; a new one is shared with nobody.
_SHARED = {"Barrier", "BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore"}
_SHARED |= {"Array", "JoinableQueue", "Queue", "RawArray", "RawValue", "SimpleQueue", "Value"}
# What a dataclass may be told without its instances being other than those of plain classes.
_PLAIN_OPTIONS = {"eq", "order", "repr", "unsafe_hash", "kw_only"}


@dataclass(frozen=True, slots=True, eq=False)
class _Attribute:
    """How an attribute is left out and made again: a line for `__getstate__`, and one for `__setstate__` if need be.

    `changed` says that others set it too; `silent` that nobody notices when it is made again; `same` that the new one
    is as good as the first, for any use. `keeping` are the lines above that of `__init__` by which the object keeps
    what it is made of.
    """

    name: str
    left_out: str
    made_anew: str = ""
    silent: bool = True
    changed: bool = False
    same: bool = False
    keeping: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Class:
    """A class, what it calls its instance, the method that fills it (`__init__`, or `__post_init__` of a dataclass)."""

    node: cst.ClassDef
    instance: str
    filling: cst.FunctionDef | None
    fields: dict[str, cst.BaseExpression]
    after: cst.BaseStatement
    state: State


@refusable
def rewrite(
    tree: Tree,
    subject: Subject,
    owner: Place,
    attributes: Sequence[str],
    used_in_worker: bool = True,
    plainly_based: bool = False,
) -> Fix | NoFix:
    """Safe where the worker does not use them, making them has no effect, and nothing copies such instances.

    Safe too for what is as good as the first for any use: a module, a view of another attribute, and a lock that
    guards nothing but what its own object has made. Unsafe otherwise: a lock made again excludes nobody else. Refused
    where the expression of `__init__` (or the
    factory of a dataclass) needs something that is gone or changed by then, or would empty a file, where a method sets
    or deletes them too, and for classes with `__slots__` or a pickling of their own. A cached property is left out
    alone, and is computed again.

    `attributes` are those of the class at `owner` that refuse; they are made again in the order of `__init__`.
    """
    cls = _class(tree, owner)
    names = _without_lambdas(tree, cls, [_as_written(cls.node, name) for name in attributes])
    cached = [name for name in names if _is_cached(tree, cls.node, name)]
    made = {name: _made(tree, cls, name) for name in names if name not in cached}
    made = dict(sorted(made.items(), key=lambda one: tree.spans[one[1]]))
    for name, value in made.items() if used_in_worker else ():
        _refuse_missed(tree, subject, cls, name, value)
    parts = [_recreated(tree, cls, name, value, [*made, *cached]) for name, value in made.items()]
    parts += [_recomputed(tree, cls, name) for name in cached]
    title = f"exclude {_quoted(parts)} from the pickle"
    if anew := [part for part in parts if part.name in cached or part.made_anew]:
        rest = "" if len(anew) == len(parts) else f" {_quoted(anew)}"
        title += f" and recreate{rest or (' them' if len(parts) > 1 else ' it')} when unpickled"
    if len(anew) < len(parts) and used_in_worker:
        if any(_serves(tree, value) in _POOLS for value in made.values()):
            raise Refused("a worker cannot share the pool", "give the worker what it needs, without the pool")
        raise Refused("a manager runs a server of its own: send the proxies that it creates instead of it")
    return _fix(tree, cls, parts, title, used_in_worker, plainly_based)


@refusable
def rewrite_restored(
    tree: Tree, subject: Subject, owner: Place, attribute: str, plainly_based: bool = False
) -> Fix | NoFix:
    """For an attribute that the class's own `__getstate__` excludes and that the worker misses: it is made again.

    Safe under the conditions of `rewrite`, for what is as good as the first one.
    """
    cls = _class(tree, owner)
    name = _as_written(cls.node, attribute)
    if cls.state.getstate is None:
        raise Refused(
            f"`{cls.node.name.value}` gets its `__getstate__` from elsewhere", "recreate it in a `__setstate__`"
        )
    value = _made(tree, cls, name)
    _refuse_missed(tree, subject, cls, name, value)
    part = replace(_recreated(tree, cls, name, value, [name]), left_out="")
    return _fix(tree, cls, [part], f"recreate `{name}` when unpickled", True, plainly_based)


@refusable
def rewrite_initial(
    tree: Tree,
    subject: Subject,
    owner: Place,
    attributes: Sequence[str],
    used_in_worker: bool = True,
    plainly_based: bool = False,
) -> Fix | NoFix:
    """For attributes that are None at first: they are sent as that. Safe where the worker does not use them."""
    cls = _class(tree, owner)
    for name in attributes if used_in_worker else ():
        refuse_given_later(tree, subject, cls.node, _as_written(cls.node, name))
    parts = [_initial(tree, cls, _as_written(cls.node, name)) for name in attributes]
    title = (
        f"exclude {_quoted(parts)} from the pickle, so that {'they are' if len(parts) > 1 else 'it is'} None at first"
    )
    return _fix(tree, cls, parts, title, used_in_worker, plainly_based)


def _without_lambdas(tree: Tree, cls: _Class, names: list[str]) -> list[str]:
    """The attributes but those that hold a lambda, which a function at module level replaces, where others remain."""
    values = _assigned(tree, cls)
    rest = [name for name in names if not any(isinstance(value, cst.Lambda) for value, _ in values.get(name, ()))]
    return rest or names


def _refuse_missed(tree: Tree, subject: Subject, cls: _Class, name: str, value: cst.BaseExpression) -> None:
    """Refuse what a worker that uses it would have to itself, or would find emptier than it was."""
    if _is_shared(tree, value):
        raise Refused(
            f"each worker would get a `{name}` of its own, which no other shares",
            "pass it to the workers with `initializer`, or use one of a `Manager()`",
        )
    refuse_filled_later(tree, subject, cls.node, name, value)


def _is_shared(tree: Tree, value: cst.BaseExpression) -> bool:
    """`multiprocessing.Lock()`, or one of a context: `context.Lock()`."""
    match value:
        case cst.Call(func=cst.Name() | cst.Attribute() as func):
            module, _, kind = qualified(tree, Scopes.of(tree), func).rpartition(".")
            if not module and isinstance(func, cst.Attribute):
                return func.attr.value in _SHARED
            return module == "multiprocessing" and kind in _SHARED
    return False


def _class(tree: Tree, owner: Place) -> _Class:
    node = class_at(tree, owner)
    methods, body = methods_of(node), [part for part in node.body.body if isinstance(part, cst.BaseStatement)]
    lines = [part for part in body if isinstance(part, cst.SimpleStatementLine)]
    filling = methods.get("__init__") or (methods.get("__post_init__") if _is_plain_dataclass(tree, node) else None)
    params = [*filling.params.posonly_params, *filling.params.params] if filling else []
    if filling and not params:
        raise Refused(f"`{filling.name.value}` takes no instance")
    if not body:
        raise Refused(f"`{node.name.value}` is written in one line")
    after: cst.BaseStatement = filling or (lines[-1] if lines else body[-1])
    instance = params[0].name.value if params else "self"
    state = state_of(tree, node, instance, descendants(tree, node))
    return _Class(node, instance, filling, _factories(tree, node), after, state)


def _slot(cls: _Class, name: str) -> None:
    """An attribute of a class with `__slots__` must be one of them."""
    if cls.state.slots is not None and name not in cls.state.slots:
        raise Refused(f"`{cls.node.name.value}` has `__slots__`", "exclude it in a `__getstate__`")


def _quoted(parts: Iterable[_Attribute]) -> str:
    return ", ".join(f"`{part.name}`" for part in parts)


def _fix(
    tree: Tree, cls: _Class, parts: Sequence[_Attribute], title: str, used_in_worker: bool, plainly_based: bool
) -> Fix:
    family = [cls.node, *descendants(tree, cls.node), *descendants_elsewhere(tree, cls.node)]
    plain = plainly_based or all(tree.source(base.value) == "object" for base in cls.node.bases)
    beside = {name for derived in descendants(tree, cls.node) for name in base_names(tree, derived)}
    beside -= {cls.node.name.value}
    others = [one for one in tree.of_kind(cst.ClassDef) if one.name.value in beside]
    plain &= all(_fills_as_its_base(one) for one in [*family[1:], *others])
    plain &= all(len(derived.bases) == 1 for derived in descendants_elsewhere(tree, cls.node))
    plain &= not any(_OWN_ATTRIBUTES & methods_of(one).keys() for one in family)
    plain &= plainly_based or not any(one.keywords for one in family)
    plain &= not any(one.decorators for one in family if one is not cls.node or not _is_plain_dataclass(tree, one))
    same = all(part.same for part in parts)
    copied = any((_SHARES if same else _COPIES).search(one.text) for one in tree.everywhere(cls.node.name.value))
    loud = any(part.changed or part.keeping or not part.silent for part in parts)
    loud |= any(is_named_by_text(one, part.name) for part in parts for one in tree.everywhere(part.name))
    unsafe = (used_in_worker and not same) or loud or not plain or copied
    names = tuple(part.name for part in parts)
    return Fix("unsafe" if unsafe else "safe", title, _with_state(tree, cls, parts), attributes=names)


def _fills_as_its_base(node: cst.ClassDef) -> bool:
    """Whether a class has no `__init__`, or one that surely calls that of its base, so that its attributes are set."""
    init = methods_of(node).get("__init__")
    for line in init.body.body if init else ():
        match line:
            case cst.SimpleStatementLine(
                body=[
                    cst.Expr(
                        value=cst.Call(
                            func=cst.Attribute(
                                value=cst.Call(func=cst.Name(value="super"), args=[]), attr=cst.Name(value="__init__")
                            )
                        )
                    )
                ]
            ):
                return True
            case cst.If() | cst.Try() | cst.While() | cst.For() | cst.With():
                return False  # it may return, or raise
    return init is None


def _with_state(tree: Tree, cls: _Class, parts: Sequence[_Attribute]) -> tuple[Edit, ...]:
    anew = [part.made_anew for part in parts if part.made_anew]
    set_always = {name for name, [*values] in _assigned(tree, cls).items() if any(always for _, always in values)}
    always = set_always >= set(cls.state.slots or ())
    left_out = [part.left_out for part in parts if part.left_out]
    keeping = dict.fromkeys(edit for part in parts for edit in part.keeping)
    return joined([*keeping, *written(tree, cls.state, cls.after, left_out, anew, always)])


def _assigned(tree: Tree, cls: _Class) -> dict[str, list[tuple[cst.BaseExpression, bool]]]:
    return assigned_attributes(tree, cls.filling) if cls.filling else {}


def _recreated(tree: Tree, cls: _Class, name: str, value: cst.BaseExpression, dropped: Sequence[str]) -> _Attribute:
    scopes = Scopes.of(tree)
    key = _key(cls.node, name)
    _slot(cls, name)
    if cls.fields.get(name) is value:
        changed = is_set_elsewhere(tree, cls.node, cls.after, name)
        text, silent = f"{tree.source(value)}()", makes_silently(tree, scopes, value)
        return _Attribute(name, f'del state["{key}"]', f"{cls.instance}.{name} = {text}", silent, changed)
    changed = is_set_elsewhere(tree, cls.node, cls.filling or cls.after, name)
    if _serves(tree, value):
        return _Attribute(name, f'state["{key}"] = None', changed=changed)
    silent = is_silent(tree, scopes, value)
    if name in _plain_fields(tree, cls.node):
        return _Attribute(name, f'del state["{key}"]', f"{cls.instance}.{name} = {tree.source(value)}", silent, changed)
    assert cls.filling is not None
    anew, keeping = _rebuilt(tree, cls, name, value, dropped)
    same = is_same(tree, scopes, value)
    same |= is_lock(tree, value) and guards_own_data(tree, cls.node, cls.filling, name)
    return _Attribute(name, f'del state["{key}"]', anew, silent, changed, same, keeping)


def _serves(tree: Tree, value: cst.BaseExpression) -> str:
    """The name of a server or pool with processes of its own, of which no worker needs another; empty for others."""
    name = qualified(tree, Scopes.of(tree), value.func) if isinstance(value, cst.Call) else ""
    return name if name in _SERVERS | _POOLS else ""


def _recomputed(tree: Tree, cls: _Class, name: str) -> _Attribute:
    changed = is_set_elsewhere(tree, cls.node, cls.filling or cls.after, name)
    return _Attribute(name, f'state.pop("{_key(cls.node, name)}", None)', changed=changed)


def _initial(tree: Tree, cls: _Class, name: str) -> _Attribute:
    key = _key(cls.node, name)
    _slot(cls, name)
    if any(isinstance(one.parents[node], cst.Del) for one, node in settings_of(tree, name)):
        raise Refused(f"`{name}` is deleted elsewhere", "create it in the worker")
    match assigned_attributes(tree, cls.filling).get(name) if cls.filling else None:
        case [(cst.Name(value="None"), True)]:
            return _Attribute(name, f'state["{key}"] = None')
        case None if _starts_as_none(cls.node, name):
            return _Attribute(name, f'state.pop("{key}", None)')
    raise Refused(f"`{name}` is not None at first", "set it to None there, and create it in the worker")


def _starts_as_none(node: cst.ClassDef, name: str) -> bool:
    """Whether the class has None for it, which an instance without the attribute shows; not as a field to be given."""
    for line in node.body.body:
        match line:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=one))], value=cst.Name(value="None"))
                    | cst.AnnAssign(target=cst.Name(value=one), value=cst.Name(value="None"))
                ]
            ) if one == name:
                return not (node.decorators and isinstance(line.body[0], cst.AnnAssign))
    return False


def _is_plain_dataclass(tree: Tree, node: cst.ClassDef) -> bool:
    match node.decorators:
        case [cst.Decorator(decorator=cst.Call(func=func, args=args))]:
            told = {arg.keyword.value if arg.keyword else "" for arg in args}
        case [cst.Decorator(decorator=func)]:
            told = set()
        case _:
            return False
    return qualified(tree, Scopes.of(tree), func) == "dataclasses.dataclass" and told <= _PLAIN_OPTIONS


def _plain_fields(tree: Tree, node: cst.ClassDef) -> list[str]:
    """The fields of a plain dataclass without bases, in order, that are given when it is called."""
    if node.bases or not _is_plain_dataclass(tree, node):
        return []
    return [
        line.body[0].target.value
        for line in node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        and isinstance(line.body[0], cst.AnnAssign)
        and line.body[0].value is None
        and isinstance(line.body[0].target, cst.Name)
    ]


def _factories(tree: Tree, node: cst.ClassDef) -> dict[str, cst.BaseExpression]:
    """The fields of a plain dataclass that a factory fills, which is a name."""
    found: dict[str, cst.BaseExpression] = {}
    for line in node.body.body if _is_plain_dataclass(tree, node) else ():
        match line:
            case cst.SimpleStatementLine(
                body=[cst.AnnAssign(target=cst.Name(value=name), value=cst.Call(func=func, args=args))]
            ) if qualified(tree, Scopes.of(tree), func) == "dataclasses.field":
                named = {arg.keyword.value: arg.value for arg in args if arg.keyword}
                match named.get("default_factory"):
                    case cst.Name() | cst.Attribute() as factory:
                        found[name] = factory
    return found


def _is_cached(tree: Tree, node: cst.ClassDef, name: str) -> bool:
    match methods_of(node).get(name):
        case cst.FunctionDef(decorators=[cst.Decorator(decorator=decorator)]):
            return qualified(tree, Scopes.of(tree), decorator) == "functools.cached_property"
    return False


def _key(node: cst.ClassDef, name: str) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{node.name.value.lstrip('_')}{name}" if private else name


def _as_written(node: cst.ClassDef, name: str) -> str:
    """An attribute as the class itself calls it: `__lock`, which others know as `_Job__lock`."""
    prefix = f"_{node.name.value.lstrip('_')}"
    return name.removeprefix(prefix) if name.startswith(f"{prefix}__") else name


def _made(tree: Tree, cls: _Class, name: str) -> cst.BaseExpression:
    """What sets the attribute, always, and nothing else does."""
    if name in cls.fields:
        return cls.fields[name]
    if name in (fields := _plain_fields(tree, cls.node)):
        return passed_value(tree, Scopes.of(tree), cls.node, fields, name)
    if cls.filling is None:
        raise Refused(f"`{cls.node.name.value}` has no `__init__`", "create it in the worker")
    match assigned_attributes(tree, cls.filling).get(name):
        case [(value, True)]:
            return value
    raise Refused(f"`{name}` is not set in exactly one place in `{cls.filling.name.value}`", "create it in the worker")


def _rebuilt(
    tree: Tree, cls: _Class, name: str, value: cst.BaseExpression, dropped: Sequence[str]
) -> tuple[str, tuple[Edit, ...]]:
    """The line of `__setstate__` that sets the attribute as `__init__` did, and what `__init__` must keep for it."""
    scopes, node, init, instance = Scopes.of(tree), cls.node, cls.filling, cls.instance
    assert init is not None
    kept = kept_parameters(tree, scopes, init)
    later = dropped[dropped.index(name) :]
    cuts: list[Replacement] = []
    keeping: list[str] = []
    for read in tree.under(value):
        if not isinstance(read, cst.Name) or read not in scopes.read_in:
            continue
        owner = scopes.read_in[read].owner(read.value)
        if owner is None or owner is scopes.module or tree.contains(value, owner.node):
            continue
        if read.value == instance:
            match tree.parents[read]:
                case cst.Attribute(attr=cst.Name(value=other)) if other not in later:
                    _refuse_changing(tree, node, init, other)
                    continue
            raise Refused(f"`{name}` is created from attributes that are not restored", "create it in the worker")
        if read.value in kept and kept[read.value] not in later:
            _refuse_changing(tree, node, init, kept[read.value])
            cuts.append((*tree.spans[read], f"{instance}.{kept[read.value]}"))
        elif _can_keep(tree, cls, read, kept):
            cuts.append((*tree.spans[read], f"{instance}.{read.value}"))
            keeping.append(read.value)
        elif passed := _passed(tree, cls, read):
            cuts.append((*tree.spans[read], passed))
        else:
            if read is value:
                raise Refused(f"`{name}` is passed to the constructor", "pass what it is created from instead")
            why = "which is excluded too" if read.value in kept else "which the instance does not keep"
            raise Refused(f"`{name}` is created from `{read.value}`, {why}", "keep what it is created from")
    start, end = tree.whole(value)
    text = replaced(tree, start, end, cuts)
    if "\n" in text or isinstance(value, cst.Await | cst.Yield):
        raise Refused(
            f"`{name}` is not created in one line", "create it by a function, and call that in `__setstate__`"
        )
    at = first_line(tree, tree.statement(value))
    margin = tree.margin(tree.spans[tree.statement(value)][0])
    lines = [f"{margin}{instance}.{one} = {one}{tree.newline}" for one in dict.fromkeys(keeping)]
    return f"{instance}.{name} = {text}", (tree.edit(at, at, "".join(lines)),) if lines else ()


def _passed(tree: Tree, cls: _Class, read: cst.Name) -> str:
    """What each construction passes for a parameter that is not restored; empty where that cannot be told."""
    if not _is_parameter(tree, cls, read):
        return ""
    assert cls.filling is not None
    names = [param.name.value for param in (*cls.filling.params.posonly_params, *cls.filling.params.params)][1:]
    try:
        value = passed_value(tree, Scopes.of(tree), cls.node, names, read.value)
    except Refused:
        return ""
    text = tree.text[slice(*tree.whole(value))]
    return text if isinstance(value, cst.Name | cst.Attribute | cst.Call) else f"({text})"


def _is_parameter(tree: Tree, cls: _Class, read: cst.Name) -> bool:
    """Whether a name is a parameter of `__init__` behind the instance, and nothing else."""
    if cls.filling is None:
        return False
    scopes = Scopes.of(tree)
    params = [*cls.filling.params.posonly_params, *cls.filling.params.params][1:]
    bindings = scopes.bindings_of(scopes.by_node[cls.filling], read.value)
    return len(bindings) == 1 and bindings[0] in params


def _can_keep(tree: Tree, cls: _Class, read: cst.Name, kept: Mapping[str, str]) -> bool:
    """Whether the object can keep a parameter as an attribute of that name, which nothing else has."""
    if read.value in kept or cls.state.slots is not None or not _is_parameter(tree, cls, read):
        return False
    whole = (cls.node, *descendants(tree, cls.node))
    is_attribute = any(read.value in attributes_in(one) for one in tree.everywhere(read.value))
    by_node = Scopes.of(tree).by_node
    return not is_attribute and not any(read.value in by_node[node].bindings for node in whole)


def _refuse_changing(tree: Tree, node: cst.ClassDef, init: cst.FunctionDef, name: str) -> None:
    if is_set_elsewhere(tree, node, init, name):
        raise Refused(f"`{name}`, from which it is created, is also set elsewhere", "create it in the worker")
