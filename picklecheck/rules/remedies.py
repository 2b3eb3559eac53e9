"""Which rewrites are tried for a finding, best first, and what each needs to know of it."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable

from picklecheck.crossings.bases import outer_bases
from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import Capture, NoFix
from picklecheck.rules.as_good import as_argument, as_awaited, as_result, as_set
from picklecheck.rules.fitting import has_initializer
from picklecheck.rules.subjects import Remedies, Rewrite, of_use, place_of, subject_of, tried
from picklecheck.rules.worker_use import process_uses_attribute, sets_attribute, uses_attribute
from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    Site,
    Suspended,
    Value,
    Wrapper,
)
from picklecheck.source.edits import Fix

# The next best step for what cannot be sent.
CREATED_IN_INITIALIZER = "pass what it is created from, and create it in an `initializer`, once for each worker"
CREATED_THERE = "pass what it is created from, and create it where it is used"
_PROCESSES = {"multiprocessing.Process", "multiprocessing.context.Process", "multiprocessing.process.BaseProcess"}
_OWN_PICKLING = {"__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__"}
_OWN_PICKLING |= {"__new__", "__setattr__", "__getattr__", "__getattribute__"}
# Whose workers may be children of another process, which have not the key that a manager asks for.
_STARTED_ELSEWHERE = {"dask", "distributed", "mpi4py", "pyspark", "ray"}
# What only an iterator can do.
_STEP = re.compile(r"(?<![\w.])next\(|\.(?:send|throw|__next__)\(")


def for_function(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A lambda or local function: something that already has a name, else a function at module level."""
    from picklecheck.fixes import (
        bound_call,
        cloudpickle_wrapper,
        default_factory,
        eta,
        fork_context,
        hoist,
        operator_getter,
        starmap,
        target_args,
        wraps,
    )

    culprit = refusal.culprit
    if not isinstance(culprit, Function):
        return []
    subject = subject_of(crossing, refusal, "lambda" if culprit.is_lambda else "function", culprit.site, culprit.name)
    found: Remedies = []
    home = culprit.site.module
    if culprit.is_lambda:
        for module in (target_args, default_factory, eta, operator_getter, starmap, bound_call):
            found += tried(crossing, subject, module.rewrite)
    else:
        found += tried(crossing, subject, wraps.rewrite, home=home)
    main = tried(crossing, subject, hoist.rewrite, say_why=True, home=home)
    if crossing.slot == crossing.entry.task:
        last = tried(crossing, subject, cloudpickle_wrapper.rewrite)
    else:
        last = sent_by_cloudpickle(crossing, refusal)
    if crossing.entry.carrier == "spawning":
        last += tried(crossing, subject, fork_context.rewrite)
    return [*found, *main, *last]


def moved_up(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A function that is defined where a child never runs: above the main guard."""
    from picklecheck.fixes import hoist

    if not isinstance(refusal.culprit, Function):
        return []
    home = refusal.culprit.site.module
    subject = subject_of(crossing, refusal, "function", refusal.culprit.site, refusal.culprit.name)
    return tried(crossing, subject, hoist.rewrite, say_why=True, home=home)


def for_class(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A local class: made at module level, by its statement or by the call that makes it."""
    from picklecheck.fixes import hoist, hoist_made_class

    if not isinstance(refusal.culprit, Class):
        return []
    home = refusal.culprit.site.module
    subject = subject_of(crossing, refusal, "class", refusal.culprit.site, refusal.culprit.name)
    rewrite = hoist.rewrite if refusal.culprit.made_by == "class" else hoist_made_class.rewrite
    found = tried(crossing, subject, rewrite, say_why=True, home=home)
    return found + sent_by_cloudpickle(crossing, refusal)


def defined_earlier(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A function that is defined after the workers were made: above the pool."""
    from picklecheck.fixes import move_above

    if not isinstance(refusal.culprit, Function):
        return []
    subject = subject_of(crossing, refusal, "function", refusal.culprit.site, refusal.culprit.name)
    return tried(crossing, subject, move_above.rewrite, say_why=True, home=refusal.culprit.site.module)


def for_method(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A bound method: static if it needs no object, else (Python 2) called through a function."""
    from picklecheck.fixes import method_wrapper, static_method

    method = refusal.culprit
    if not isinstance(method, BoundMethod):
        return []
    subject = subject_of(crossing, refusal, "bound method", method.function.site, method.function.name)
    found = tried(crossing, subject, static_method.rewrite, home=method.function.site.module)
    if refusal.versions:
        found += tried(crossing, subject, method_wrapper.rewrite, say_why=True)
    return found


def for_attribute(crossing: Crossing, refusal: Refusal) -> Remedies:
    """An attribute that refuses: fix the value itself, do without the object, or leave it out of the state."""
    from picklecheck.fixes import getstate

    found: Remedies = [one for one in of_culprit(crossing, refusal) if isinstance(one, Fix)]
    initial: Remedies = []
    by_function: Remedies = []
    if refusal.attribute:
        static, by_function = without_object(crossing, refusal)
        found += static
    for owner, attribute in dict.fromkeys(((refusal.holder, refusal.attribute), (refusal.keeper, refusal.kept_as))):
        if not isinstance(owner, Instance) or not attribute:
            continue
        refused = list(dict.fromkeys([attribute, *attributes_of(crossing, owner)]))
        used = used_in_worker(crossing, owner, {refusal.attribute, *refused})
        cls, plain = filled_by(owner.cls, refused), plainly_based(owner.cls)
        subject = subject_of(crossing, refusal, "bound method", cls.site, cls.name)
        place, home = place_of(cls.site), cls.site.module
        found += tried(crossing, subject, getstate.rewrite, place, refused, used, plain, say_why=True, home=home)
        initial += tried(crossing, subject, getstate.rewrite_initial, place, refused, used, plain, home=home)
    if refusal.reason == "shared only by inheritance":
        found += by_manager(crossing, refusal)
    if not found and not isinstance(refusal.holder, Instance):
        return for_resource(crossing, refusal)
    return found + by_function + initial


def by_manager(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A lock, queue or event that is created by a manager, whose objects can be sent with a task."""
    from picklecheck.fixes import managed

    culprit = refusal.culprit
    if not isinstance(culprit, ExternalObject):
        return []
    subject = subject_of(crossing, refusal, "value", culprit.site, "")
    return tried(crossing, subject, managed.rewrite, culprit.type, refusal.certain, home=culprit.site.module)


def without_object(crossing: Crossing, refusal: Refusal) -> tuple[Remedies, Remedies]:
    """A method that is sent without its object: as a static method, or as a function with what it reads of it."""
    from picklecheck.fixes import method_function, static_method

    task = next((value for value in crossing.values if isinstance(value, BoundMethod)), None)
    if task is None:
        return [], []
    subject = subject_of(crossing, refusal, "bound method", task.function.site, task.function.name)
    attributes = {name: Capture(*one) for name, one in crossing.moment.attributes.items()}
    static = tried(crossing, subject, static_method.rewrite, home=task.function.site.module)
    return static, tried(crossing, subject, method_function.rewrite, attributes)


def for_dropped_state(crossing: Crossing, refusal: Refusal) -> Remedies:
    """An attribute that a `__getstate__` excludes and the task uses: made again by `__setstate__`."""
    from picklecheck.fixes import getstate

    if not isinstance(refusal.keeper, Instance):
        return []
    cls, plain = refusal.keeper.cls, plainly_based(refusal.keeper.cls)
    subject = subject_of(crossing, refusal, "bound method", cls.site, cls.name)
    about = (place_of(cls.site), refusal.kept_as, plain)
    return tried(crossing, subject, getstate.rewrite_restored, *about, say_why=True, home=cls.site.module)


def filled_by(cls: Class, attributes: Iterable[str]) -> Class:
    """The class that sets the attributes, among those of the file from which a class gets its `__init__`."""
    for base in mro.resolution_order(cls):
        if isinstance(base, Class) and any(sets_attribute(base, name) for name in attributes):
            return base
    return cls


def plainly_based(cls: Class) -> bool:
    """Whether no base of a class says how objects are pickled, or keeps more than their attributes."""
    bases = mro.resolution_order(cls)[1:]
    return all(base == mro.OBJECT or mro.is_plain(base) or _is_plain_base(base) for base in bases)


def _is_plain_base(base: Value) -> bool:
    match base:
        case ExternalName(name=name):
            return name in _PROCESSES
        case Class(site=Site(node=ast.ClassDef(body=body)), slots=False):
            return not any(isinstance(part, ast.FunctionDef) and part.name in _OWN_PICKLING for part in body)
    return False


def used_in_worker(crossing: Crossing, owner: Instance, names: set[str]) -> bool:
    """Whether the task may use one of these attributes of an object that it gets."""
    if crossing.slot == "self":
        return any(process_uses_attribute(owner.cls, name) for name in names)
    for value in crossing.values:
        if isinstance(value, BoundMethod):
            return any(uses_attribute(value.function, name) for name in names)
    function = crossing.moment.task
    if function is None or function.module is not owner.cls.module or crossing.slot in (crossing.entry.task, "self"):
        return True
    return any(uses_attribute(function, name, is_method=False) for name in names)


def of_culprit(crossing: Crossing, refusal: Refusal) -> Remedies:
    """What fixes a refused value where it is made, whoever holds it."""
    found: Remedies = []
    match refusal.culprit:
        case Function():
            found = for_function(crossing, refusal)
        case Class():
            found = (for_misnamed if refusal.reason == "misnamed" else for_class)(crossing, refusal)
    return [one for one in found if not isinstance(one, Fix) or "cloudpickle" not in one.title]


def attributes_of(crossing: Crossing, owner: Instance) -> list[str]:
    """The attributes of an object that refuse."""
    first = [one.attribute for one in crossing.verdict if one.attribute and one.holder == owner]
    return first + [one.kept_as for one in crossing.verdict if one.kept_as and one.keeper == owner]


def for_hidden(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A function that its name does not lead to: fix the decorator, else call it by a name that does."""
    from picklecheck.fixes import named_call, own_name, wraps

    culprit = refusal.culprit.function if isinstance(refusal.culprit, BoundMethod) else refusal.culprit
    if not isinstance(culprit, Function | ExternalObject | Instance | Wrapper):
        return []
    home = culprit.site.module
    subject = subject_of(crossing, refusal, "function", culprit.site, getattr(culprit, "name", ""))
    is_wrapper = not isinstance(culprit, Function) or "<locals>" in culprit.qualname
    found = tried(crossing, subject, wraps.rewrite, home=home, say_why=is_wrapper)
    if variable := crossing.moment.variable:
        found += tried(crossing, subject, named_call.rewrite, variable, say_why=True)
    if isinstance(culprit, Function) and not is_wrapper:
        found += tried(crossing, subject, own_name.rewrite, say_why=True)
    return found


def for_misnamed(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import equal_names

    culprit = refusal.culprit
    if not isinstance(culprit, Class):
        return []
    subject = subject_of(crossing, refusal, "class", culprit.site, culprit.name)
    variable = crossing.moment.class_variables.get(culprit, "")
    if not variable:
        return []
    names = variable, culprit.name
    return tried(crossing, subject, equal_names.rewrite, *names, say_why=True, home=culprit.site.module)


def for_mangled(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import unmangle

    method = refusal.culprit.function if isinstance(refusal.culprit, BoundMethod) else refusal.culprit
    if not isinstance(method, Function):
        return []
    home = method.site.module
    subject = subject_of(crossing, refusal, "bound method", method.site, method.name)
    return tried(crossing, subject, unmangle.rewrite, say_why=True, home=home)


def for_super(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import super_partial

    return on_use(crossing, refusal, super_partial.rewrite)


def for_temporary(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import name_primitive

    site = getattr(refusal.culprit, "site", crossing.value)
    subject = subject_of(crossing, refusal, "function", None, "", use=site)
    return tried(crossing, subject, name_primitive.rewrite, say_why=True)


def for_other_context(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import same_context

    if not isinstance(refusal.culprit, ExternalObject):
        return []
    subject = subject_of(crossing, refusal, "value", refusal.culprit.site, "")
    return tried(crossing, subject, same_context.rewrite, say_why=True)


def for_resource(crossing: Crossing, refusal: Refusal) -> Remedies:
    """Data that refuses: what it gives, as plain data; or made by a manager, if it is a lock, queue or event."""
    from picklecheck.fixes import fork_context, listed, managed, process_primitive

    culprit = refusal.culprit
    if isinstance(culprit, Instance) and refusal.instead:
        return []
    if not isinstance(culprit, ExternalObject | Suspended):
        return sent_by_cloudpickle(crossing, refusal)
    if is_context(culprit):
        return [NoFix("a context manager is no data", "pass what it is made from, and enter it where it is used")]
    kind = culprit.type if isinstance(culprit, ExternalObject) else f"builtins.{culprit.kind}"
    subject = subject_of(crossing, refusal, "value", culprit.site, "")
    home = culprit.site.module
    alone = culprit in crossing.values and not is_of_items(crossing)
    used: listed.Used = "iterated" if refusal.certain and as_argument(crossing, kind) else "somehow"
    used = "stepped" if steps(crossing) else "as a set" if as_set(crossing) else used
    found = tried(crossing, subject, listed.rewrite, kind, alone, used, say_why=kind in listed.FORMS)
    asked = crossing.moment.task is not None and asks_kind(crossing.moment.task)
    if crossing.entry.carrier == "spawning" and not asked:
        found += tried(crossing, subject, process_primitive.rewrite, kind, refusal.certain, home=home)
    own_children = crossing.entry.name.partition(".")[0] not in _STARTED_ELSEWHERE
    if crossing.entry.process and own_children and not asked:
        expected = kind in managed.MAKERS
        best = not any(isinstance(one, Fix) for one in found)
        found += tried(crossing, subject, managed.rewrite, kind, best and refusal.certain, say_why=expected, home=home)
    found += sent_by_cloudpickle(crossing, refusal)
    if crossing.entry.carrier == "spawning":
        found += tried(crossing, subject, fork_context.rewrite)
    is_task = crossing.slot == crossing.entry.task and culprit in crossing.values
    if isinstance(culprit, ExternalObject) and not is_task and all(isinstance(o, Fix) and o.on_request for o in found):
        created = CREATED_IN_INITIALIZER if has_initializer(crossing) else CREATED_THERE
        found.append(NoFix(f"the {name_of(kind)} itself cannot be sent: {created}"))
    return found


def is_context(value: Value) -> bool:
    """Whether a generator is that of a context manager: `@contextmanager` makes one, over which nothing iterates."""
    match value:
        case Suspended(function=Function(node=ast.FunctionDef(decorator_list=decorators))):
            return any(ast.unparse(one).endswith("contextmanager") for one in decorators)
    return False


def asks_kind(task: Function) -> bool:
    """Whether a task asks for the type of something, so that another type in its place would be noticed."""
    calls = (node.func for node in ast.walk(task.node) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Name) and called.id in ("type", "isinstance", "repr") for called in calls)


def name_of(kind: str) -> str:
    return kind.rpartition(".")[2].strip("_")


def steps(crossing: Crossing) -> bool:
    """Whether somebody may call `next` on what is sent, as can be done with an iterator alone."""
    task = crossing.moment.task
    texts = [crossing.value.module.text, *([task.module.text] if task is not None else [])]
    return any(_STEP.search(text) for text in texts)


def sent_by_cloudpickle(crossing: Crossing, refusal: Refusal) -> Remedies:
    """Data or a result that cloudpickle carries, where it is pickled under every start method."""
    from picklecheck.fixes import cloudpickle_wrapper

    if not crossing.moment.by_cloudpickle:
        return []
    subject = subject_of(crossing, refusal, "value", getattr(refusal.culprit, "site", None), "")
    if crossing.slot == "return":
        return tried(crossing, subject, cloudpickle_wrapper.rewrite_result)
    if subject.is_task:
        if isinstance(refusal.culprit, ExternalObject):  # a command is called with the words of a command line
            return []
        return tried(crossing, subject, cloudpickle_wrapper.rewrite)
    return tried(crossing, subject, cloudpickle_wrapper.rewrite_value, is_of_items(crossing))


def is_of_items(crossing: Crossing) -> bool:
    """Whether the items of what is written are sent, and not it as a whole."""
    return any(f"{crossing.slot}[*]" in slot for slot in crossing.entry.crosses)


def for_result(crossing: Crossing, refusal: Refusal) -> Remedies:
    """What a task returns: its definition moved to module level, else made plain by a wrapper around the task."""
    from picklecheck.fixes import listed, named_call

    returned = crossing.values[0]
    match refusal.culprit:
        case Function() if not crossing.entry.deferred:
            return for_function(crossing, refusal)
        case Class():
            return [*of_culprit(crossing, refusal), *sent_by_cloudpickle(crossing, refusal)]
    kind = (
        returned.kind
        if isinstance(returned, Suspended)
        else returned.type
        if isinstance(returned, ExternalObject)
        else ""
    )
    kind = f"builtins.{kind}" if isinstance(returned, Suspended) else kind
    as_good = refusal.certain and not crossing.entry.deferred
    if kind == "builtins.coroutine":
        form, as_good = named_call.AWAITED, as_good and as_awaited(crossing)
    elif crossing.entry.deferred:
        form = named_call.FINISHED
    elif kind in listed.FORMS:
        form, as_good = named_call.Form("plain", listed.FORMS[kind]), as_good and as_result(crossing)
    else:
        return sent_by_cloudpickle(crossing, refusal)
    subject = subject_of(crossing, refusal, "function", None, "")
    return tried(crossing, subject, named_call.rewrite, "", form, as_good, say_why=True)


def for_exception(crossing: Crossing, refusal: Refusal) -> Remedies:
    """An exception: its class moved to module level, or told how it is rebuilt."""
    from picklecheck.fixes import exception_reduce

    if refusal.reason == "local class" and not refusal.attribute:
        return for_class(crossing, refusal)
    thrown = next((value for value in crossing.values if isinstance(value, Instance)), None)
    if thrown is None or refusal.stage != "loads":
        return []
    cls = crossing.moment.init_of
    if cls is None:
        return []
    subject = subject_of(crossing, refusal, "class", cls.site, cls.name)
    owner, home = place_of(cls.site), cls.site.module
    found = tried(crossing, subject, exception_reduce.rewrite, owner, say_why=True, home=home)
    found += tried(crossing, subject, exception_reduce.rewrite_kept, owner, home=home)
    if any(map(keeps_more, outer_bases(thrown))) or not crossing.moment.plainly_made:
        return found
    return found + tried(crossing, subject, exception_reduce.rewrite_bare, owner, home=home)


def keeps_more(base: ExternalName) -> bool:
    """Whether a base of an exception may keep more than `args` and its attributes, as `OSError` keeps a number.

    A builtin exception that does not is made by `Exception.__new__` too.
    """
    known = getattr(builtins, base.name.removeprefix("builtins."), None)
    if known is object:
        return False
    if not isinstance(known, type):
        return True
    try:
        Exception.__new__(known)
    except TypeError:
        return True
    return any(inspect.ismemberdescriptor(part) for one in known.__mro__[:-2] for part in vars(one).values())


def on_use(crossing: Crossing, refusal: Refusal, rewrite: Rewrite) -> Remedies:
    subject = subject_of(crossing, refusal, "bound method", None, "")
    return tried(crossing, subject, rewrite, say_why=True)


def for_guard(use: Use) -> Remedies:
    from picklecheck.fixes import main_guard

    return of_use(use, main_guard.rewrite, use.program.is_imported(use.call.module.file))


def for_misfit(use: Use) -> Remedies:
    from picklecheck.fixes import fitting_call

    assert use.misfit is not None
    return of_use(use, fitting_call.rewrite, use.misfit.instead, use.certain)


def for_join(use: Use) -> Remedies:
    from picklecheck.fixes import close_before_join

    return of_use(use, close_before_join.rewrite)


def for_closed(use: Use) -> Remedies:
    from picklecheck.fixes import close_last

    return of_use(use, close_last.rewrite)


def for_late_result(use: Use) -> Remedies:
    from picklecheck.fixes import read_inside

    return of_use(use, read_inside.rewrite, place_of(use.related)) if use.related is not None else []


def for_undrained(use: Use) -> Remedies:
    from picklecheck.fixes import drain_first

    return of_use(use, drain_first.rewrite, place_of(use.related)) if use.related is not None else []


def for_dropped(use: Use) -> Remedies:
    from picklecheck.fixes import kept_result

    return of_use(use, kept_result.rewrite)


def for_awaited(use: Use) -> Remedies:
    from picklecheck.fixes import submit_first

    return of_use(use, submit_first.rewrite)


def for_own_primitive(use: Use) -> Remedies:
    from picklecheck.fixes import own_primitive

    assert use.own is not None
    return of_use(use, own_primitive.rewrite, place_of(use.own.made))


def for_copied_item(use: Use) -> Remedies:
    from picklecheck.fixes import assign_back

    return of_use(use, assign_back.rewrite)
