"""Objects of the project's classes: the reduce protocol, followed step by step as pickle follows it.

The order is that of `object.__reduce_ex__` (PEP 307 and the `pickle` documentation): `copyreg`,
`__reduce_ex__`, `__reduce__`, then the class by name, `__getnewargs__`, `__getstate__` or the
attributes; and on the way back `__new__`, `__setstate__`.
"""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings import outside, references
from picklecheck.crossings.bases import is_exception, is_foreign, outer_bases
from picklecheck.crossings.judging import Judging, Via
from picklecheck.crossings.spelling import step
from picklecheck.crossings.verdict import CARRIED, PYTHON_2, Refusal, Verdict
from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.facts import ANY_CLASS, CALLED_WITH, INITIALIZED_WITH, REDUCER
from picklecheck.semantics.domain.items import Items, is_sure
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Instance,
    Site,
    Unbound,
    Unknown,
    Value,
    Values,
)
from picklecheck.semantics.exits import Abrupt, Outcome
from picklecheck.semantics.kinds import containers

SINCE_OBJECT_GETSTATE = (3, 11)

# Builtin types whose own `__getnewargs__` hands their value to `__new__`: as how many arguments.
SELF_MADE = {"builtins.complex": 2} | {f"builtins.{name}": 1 for name in ("int", "float", "str", "bytes", "tuple")}


# Types whose objects are rebuilt by calling their class again: with how many arguments (measured, 3.8 to 3.15).
CALLED_AGAIN = {
    **dict.fromkeys(("builtins.set", "builtins.frozenset", "collections.defaultdict", "collections.Counter"), 1),
    **dict.fromkeys(("datetime.date", "datetime.datetime", "datetime.time", "decimal.Decimal"), 1),
    **dict.fromkeys(("collections.OrderedDict", "random.Random"), 0),
    "datetime.timedelta": 3,
    **dict.fromkeys(("urllib.error.HTTPError", "xmlrpc.client.Fault", "xmlrpc.client.ProtocolError"), 0),
    **dict.fromkeys(("urllib.error.ContentTooShortError", "xml.sax.SAXParseException"), 1),
    **dict.fromkeys((f"tarfile.{kind}Error" for kind in ("AbsolutePath", "AbsoluteLink", "SpecialFile")), 1),
    **dict.fromkeys(("tarfile.OutsideDestinationError", "tarfile.LinkOutsideDestinationError"), 1),
    "py_compile.PyCompileError": 4,
}

# Types of the standard library that pickle without the attributes that a subclass adds (measured, 3.8 to 3.15).
WITHOUT_ATTRIBUTES = {
    *("collections.defaultdict", "collections.Counter", "http.cookies.Morsel", "random.Random", "uuid.UUID"),
    *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"),
    *("decimal.Decimal", "decimal.Context", "fractions.Fraction", "statistics.NormalDist"),
    *(f"ipaddress.IPv{version}{kind}" for version in (4, 6) for kind in ("Address", "Network", "Interface")),
    *(f"pathlib.{kind}" for kind in ("PurePath", "PurePosixPath", "PureWindowsPath", "Path", "PosixPath")),
    *("logging.Logger", "logging.RootLogger", "xml.etree.ElementTree.Element"),
    *(f"builtins.{kind}" for kind in ("enumerate", "filter", "map", "zip", "reversed")),
    *(f"itertools.{kind}" for kind in ("chain", "count", "cycle", "repeat")),
    *(f"multiprocessing.queues.{kind}" for kind in ("Queue", "JoinableQueue", "SimpleQueue")),
    *(f"multiprocessing.synchronize.{kind}" for kind in ("Lock", "RLock", "Semaphore", "BoundedSemaphore")),
    *("multiprocessing.synchronize.Condition", "multiprocessing.shared_memory.SharedMemory"),
}


def instance(judge: Judging, value: Instance) -> Verdict:
    run, cls = judge.run, value.cls
    if judge.at.by_field and all(map(is_taken_apart, judge.open)):
        return fields(judge, value)
    if judge.carrier == "deepcopy" and run.find(cls, "__deepcopy__"):
        return CARRIED
    registered = run.store.values(cls, REDUCER) or run.store.values(ANY_CLASS, REDUCER)
    if registered:
        return reduced(judge, value, registered, Arguments([(value,)]), "its `copyreg` function")
    for hook in ("__reduce_ex__", "__reduce__"):
        if own := own_hook(judge, value, hook):
            protocol: Values = (Constant(4 if judge.at.protocol is None else judge.at.protocol),)
            arguments = Arguments([protocol] if hook == "__reduce_ex__" else [])
            return reduced(judge, value, own, arguments, f"`{hook}`")
    found = [*references.class_(judge, cls), *by_base(judge, value)]
    found.extend(state(judge, value))
    found.extend(rebuilt(judge, value))
    return tuple(found)


def is_taken_apart(value: Value) -> bool:
    """Whether `dataclasses.asdict` goes into a value without copying it."""
    return isinstance(value, Container) or (isinstance(value, Instance) and value.cls.fields is not None)


def fields(judge: Judging, value: Instance) -> Verdict:
    """What a dataclass has in its fields."""
    names, held = value.cls.fields or (), judge.run.store.names(value)
    return tuple(one for name in names if name in held for one in attribute(judge, value, name, held[name]))


def own_hook(judge: Judging, value: Instance, name: str) -> Values:
    """A hook of pickle as an object gives it: by its class, or by its class's own `__getattribute__`; else empty."""
    run = judge.run
    if not run.find(value.cls, "__getattribute__"):
        own = run.find(value.cls, name)
        return run.bound(own, value, value.cls, judge.here) if own else ()
    with run.under(strict=True):
        try:
            found = run.attribute_of(value, name, judge.here)
        except Abrupt:
            return ()
    return () if any(isinstance(one, ExternalMethod) and one.type == "builtins.object" for one in found) else found


def simulated(judge: Judging, callee: Values, arguments: Arguments) -> Outcome:
    with judge.run.under(strict=True, rounds=1, loops=0):
        return judge.run.simulate(callee, arguments, judge.here)


def asked(judge: Judging, getter: Values, value: Instance, name: str) -> Outcome:
    """What `__getattr__` gives for a hook that the object lacks."""
    lacking = judge.run.control.lacking
    lacking.append((value, name))
    try:
        return simulated(judge, getter, Arguments([(value,), (Constant(name),)]))
    finally:
        lacking.pop()


# --- __reduce__ ----------------------------------------------------------------------------------


def reduced(judge: Judging, value: Instance, hook: Values, arguments: Arguments, name: str) -> Verdict:
    """An object that says itself how it is to be rebuilt: callable, arguments, state."""
    run = judge.run
    found: list[Refusal] = []
    with run.aside():
        outcome = simulated(judge, hook, arguments)
        if outcome.never_returns:
            why = f"{name} of `{value.cls.name}` raises an exception"
            return (judge.refusal(value, "refuses by itself", why),) if outcome.raised else CARRIED
        for result in outcome.returned:
            if isinstance(result, Constant) and isinstance(result.value, str):
                found.extend(references.global_name(judge, value, result.value, name))
            if not isinstance(result, Container) or result.kind != "tuple":
                continue
            items = run.store.items(result)
            for label, part in zip(("callable", "arguments", "state"), items.values, strict=False):
                found.extend(judge.part(part, value, Via(f"{name} gives the {label},", site=_hook_site(hook))))
            if not found and len(items.values) >= 2:
                found.extend(called_back(judge, value, items.values[0], items.values[1], name))
    return tuple(found)


def called_back(judge: Judging, value: Instance, callee: Values, arguments: Values, name: str) -> Verdict:
    """Rebuilding: `callable(*arguments)`, in the child."""
    run = judge.run
    given = run.items_of(arguments, judge.here)
    if not given.exact or any(isinstance(one, Unknown) for one in callee):
        return CARRIED
    if isinstance(callee[0], ExternalName) and callee[0].name in (
        "copyreg.__newobj__",
        "builtins.object.__new__",
    ):
        return CARRIED
    outcome = simulated(judge, callee, Arguments(list(given.values)))
    if outcome.always_raises:
        why = f"what {name} gives cannot be called with these arguments"
        return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
    return CARRIED


def _hook_site(hook: Values) -> Site | None:
    for value in hook:
        inner = getattr(value, "function", value)
        site = getattr(inner, "site", None)
        if isinstance(site, Site):
            return site
    return None


# --- bases ---------------------------------------------------------------------------------------


def by_base(judge: Judging, value: Instance) -> Verdict:
    """A base class that refuses makes its subclasses refuse; what it keeps itself must be carried too."""
    found: list[Refusal] = []
    for base in outer_bases(value):
        for refusal in outside.of_type(judge, constructed_type(judge, base), value):
            if value is judge.at.starting or (refusal.stage == "loads" and is_called_again(judge, value, base)):
                continue
            at = value.cls.site
            found.append(refusal.under(step(f"its base class is `{base.name}`", at), at))
    if is_test_running(judge, value):
        why = "a running test case holds its result, and so an open stream"
        found.append(judge.refusal(value, "resource", why))
    if value is judge.at.starting:
        found.extend(outside.process(judge, value))
    if is_exception(value):
        found.extend(judge.part(exception_arguments(judge, value), value, Via("its `args` hold")))
    stored = judge.run.store.own_items(value)
    if isinstance(stored, Items) and not state_has_items(judge, value):
        found.extend(judge.items(stored, value))
    for base in outer_bases(value) if value is not judge.at.starting else ():
        found.extend(outside.held_by(judge, base.name, constructed(judge, value), value))
    return tuple(found)


# Collections that keep their items in an attribute, so that `__getstate__` decides what of them is pickled.
ITEMS_IN_STATE = {"collections.UserDict", "collections.UserList", "collections.UserString"}


def state_has_items(judge: Judging, value: Instance) -> bool:
    """Whether the items of a collection are part of its state, and its class makes that state itself."""
    in_state = any(base.name in ITEMS_IN_STATE for base in outer_bases(value))
    return in_state and bool(judge.run.find(value.cls, "__getstate__"))


def constructed_type(judge: Judging, base: ExternalName) -> str:
    """The type that says what a call of a base makes: a logger is another thing where `getLogger` did not make it."""
    factory = judge.world.knowledge.factories.get(base.name)
    returned = judge.world.type(factory.returns) if factory and isinstance(factory.returns, str) else None
    return returned.name if returned is not None and base.name in returned.bases else base.name


def constructed(judge: Judging, value: Instance) -> Arguments:
    """What the constructor of a base outside the project was given."""
    given = judge.run.store.values(value, INITIALIZED_WITH) or judge.run.store.values(value, CALLED_WITH)
    items = judge.run.items_of(given, judge.here) if given else Items(exact=False)
    return Arguments(list(items.values)) if items.exact else Arguments(open=True)


TEST_CASES = {"unittest.TestCase", "unittest.IsolatedAsyncioTestCase"}


def is_test_running(judge: Judging, value: Instance) -> bool:
    """Whether a test case is inside one of its tests, as a runner calls them (measured, all versions)."""
    if not any(base.name in TEST_CASES for base in outer_bases(value)):
        return False
    names = [frame.function.name for frame in judge.run.stack if frame.function and value in frame.receiver]
    return any(name.startswith("test") or name in ("setUp", "asyncSetUp", "tearDown") for name in names)


def exception_arguments(judge: Judging, value: Instance) -> Values:
    """`exception.args`: what reached `BaseException.__init__`, else what the class was called with."""
    run = judge.run
    return (
        run.store.values(value, "args")
        or run.store.values(value, INITIALIZED_WITH)
        or run.store.values(value, CALLED_WITH)
    )


# --- state ---------------------------------------------------------------------------------------


def state(judge: Judging, value: Instance) -> Verdict:
    run = judge.run
    own = run.find(value.cls, "__getstate__")
    if own:
        return by_getstate(judge, value, own)
    found: list[Refusal] = []
    if misanswers_getstate(judge, value):
        before = frozenset(version for version in judge.versions if version < SINCE_OBJECT_GETSTATE)
        why = f"`__getattr__` of `{value.cls.name}` answers for `__getstate__` with something that cannot be called"
        found.append(judge.refusal(value, "refuses by itself", why, before))
    if value.cls.slots and judge.carrier == "pickle":
        why = "a class with `__slots__` needs protocol 2 or newer, or its own `__getstate__`"
        old = judge.below_protocol_2()
        # A class of Python 2 without a base class has no slots.
        refusal = judge.refusal(value, "refuses by itself", why, old if value.cls.bases else old - PYTHON_2)
        found.append(replace(refusal, instead="pass protocol 2 or newer, or give the class a `__getstate__`"))
    for name, values in run.store.names(value).items():
        found.extend(attribute(judge, value, name, values))
    return tuple(found)


def attribute(judge: Judging, value: Instance, name: str, values: Values) -> Verdict:
    """One attribute of the state, with the place that set it."""
    judge.look_at(values, value, Via("", attribute=name))
    if keeps_own_state(judge, value) or not judge.values(values):
        return CARRIED
    site = judge.run.origins.assigned.get((value, name), value.site)
    function = site.module.function_at(getattr(site.node, "lineno", 0))
    where = f", set in `{function}`" if function else ""
    via = Via(f"attribute `{name}` of `{value.cls.name}` is", where, name, site)
    found = judge.part(values, value, via)
    if is_open(value):
        return tuple(replace(refusal, certain=False) for refusal in found)
    return found


def keeps_own_state(judge: Judging, value: Instance) -> bool:
    """Whether a base class pickles its objects without their attributes, or one of a known library may do so."""
    return value is not judge.at.starting and any(
        base.name in WITHOUT_ATTRIBUTES or (is_foreign(base) and judge.world.is_type(base.name))
        for base in outer_bases(value)
    )


def is_open(value: Instance) -> bool:
    """Whether a base class that is not known may define the state in its own way."""
    return any(isinstance(base, Unknown) for base in mro.resolution_order(value.cls))


def by_getstate(judge: Judging, value: Instance, own: Values) -> Verdict:
    run = judge.run
    with run.aside():
        bound = run.bound(own, value, value.cls, judge.here)
        outcome = simulated(judge, bound, Arguments())
        if outcome.never_returns:
            why = f"`__getstate__` of `{value.cls.name}` raises an exception"
            return (judge.refusal(value, "refuses by itself", why),) if outcome.raised else CARRIED
        site = _hook_site(own)
        found: list[Refusal] = []
        for given in outcome.returned:
            items = run.store.items(given) if isinstance(given, Container) else Items()
            for key, held in zip(items.keys, items.values, strict=False):
                match key:
                    case (Constant(value=str(name)),):
                        words = f"`__getstate__` of `{value.cls.name}` keeps attribute `{name}`,"
                        via = Via(words, attribute=name, site=run.origins.assigned.get((value, name), site))
                    case _:
                        via = Via("`__getstate__` keeps", site=site)
                if is_sure(held) and not is_sorted_there(judge, held, site):
                    found.extend(judge.part(held, value, via))
                else:  # what it deletes, or leaves out, by a name that is not known is as likely to be this
                    judge.look_at(UNKNOWN, value, via)
            if not items.keys:
                found.extend(judge.part((given,), value, Via("`__getstate__` gives", site=site)))
        return tuple(found)


def is_sorted_there(judge: Judging, held: Values, hook: Site | None) -> bool:
    """Whether a dict that `__getstate__` makes gets items by names that are not known: it may leave any of them out."""
    if hook is None:
        return False
    around = hook.module.place(hook.node)
    dicts = [one for one in held if isinstance(one, Container) and one.kind == "dict"]
    made = [one for one in dicts if one.site.module.place(one.site.node).is_within(around)]
    return any(len(key) > 1 for one in made for key in judge.run.store.items(one).keys)


def misanswers_getstate(judge: Judging, value: Instance) -> bool:
    """Whether `__getattr__` answers for `__getstate__` with something that cannot be called."""
    run = judge.run
    getter = run.find(value.cls, "__getattr__")
    if not getter:
        return False
    with run.aside():
        outcome = asked(judge, getter, value, "__getstate__")
        return bool(outcome.returned) and all(isinstance(one, Constant) for one in outcome.returned)


# --- the way back --------------------------------------------------------------------------------


def rebuilt(judge: Judging, value: Instance) -> Verdict:
    """`cls.__new__(cls, *newargs)`, then the state: what of it surely fails."""
    run, cls = judge.run, value.cls
    if any(is_foreign(base) for base in outer_bases(value)):
        return CARRIED  # its base may have a way of its own, as arrays and tensors have
    if is_exception(value):
        return exception_rebuilt(judge, value)
    again = next((base.name for base in outer_bases(value) if base.name in CALLED_AGAIN), None)
    if again is not None:
        return called_again(judge, value, CALLED_AGAIN[again])
    found: list[Refusal] = []
    creator = run.find(cls, "__new__")
    if creator and cls.made_by == "class" and judge.below_protocol_2() != judge.versions:
        found.extend(created(judge, value, creator))
    if run.find(cls, "__getattr__") and not run.find(cls, "__setstate__"):
        found.extend(setstate_lookup(judge, value))
    setter = run.find(cls, "__setstate__")
    if setter and not found:
        found.extend(state_set(judge, value, setter))
    return tuple(found)


def is_called_again(judge: Judging, value: Instance, base: ExternalName) -> bool:
    """Whether a base rebuilds by a call of the class, and the class has an `__init__` of its own, which then counts."""
    run, cls = judge.run, value.cls
    return base.name in CALLED_AGAIN and bool(run.find(cls, "__init__") or run.find(cls, "__new__"))


def called_again(judge: Judging, value: Instance, count: int) -> Verdict:
    """An object whose base rebuilds it by a call of the class, which its own `__init__` has to bear."""
    run, cls = judge.run, value.cls
    if not (run.find(cls, "__init__") or run.find(cls, "__new__")):
        return CARRIED
    with run.aside():
        outcome = simulated(judge, (cls,), Arguments([UNKNOWN] * count))
        if outcome.always_raises:
            given = "1 argument" if count == 1 else f"{count or 'no'} arguments"
            why = f"`{cls.name}.__init__` {f'does not accept {given}' if count else 'requires arguments'}"
            return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
    return CARRIED


def created(judge: Judging, value: Instance, creator: Values) -> Verdict:
    run, cls = judge.run, value.cls
    with run.aside():
        arguments = own_value(value)
        for hook in ("__getnewargs_ex__", "__getnewargs__"):
            own = run.find(cls, hook)
            if not own:
                continue
            bound = run.bound(own, value, cls, judge.here)
            outcome = simulated(judge, bound, Arguments())
            if hook == "__getnewargs_ex__" or not outcome.returned:
                return CARRIED
            items = run.items_of(outcome.returned, judge.here)
            if not items.exact:
                return CARRIED
            arguments = list(items.values)
            found = judge.part(outcome.returned, value, Via(f"`{hook}` gives", site=_hook_site(own)))
            if found:
                return found
            break
        function = creator[0].function[0] if isinstance(creator[0], Descriptor) else creator[0]
        outcome = simulated(judge, (function,), Arguments([(cls,), *arguments]))
        if outcome.always_raises:
            why = f"`{cls.name}.__new__` requires arguments"
            return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
    return CARRIED


def own_value(value: Instance) -> list[Values]:
    """What a base's own `__getnewargs__` hands to `__new__`: a builtin its value, a named tuple its fields."""
    order = mro.resolution_order(value.cls)
    named = next((base for base in order if isinstance(base, Class) and base.made_by == "namedtuple"), None)
    if named is not None:
        return [UNKNOWN for _ in named.fields or ()]
    counts = [SELF_MADE.get(base.name, 0) for base in outer_bases(value)]
    return [UNKNOWN] * max(counts, default=0)


def setstate_lookup(judge: Judging, value: Instance) -> Verdict:
    """Rebuilding asks an object that has no attributes yet for `__setstate__`."""
    run, cls = judge.run, value.cls
    with run.aside():
        blank = Instance(cls, value.site)
        getter = run.find(cls, "__getattr__")
        outcome = asked(judge, getter, blank, "__setstate__")
        names = {
            one.type if isinstance(one, ExternalObject) else "" for raised in outcome.raised for one in raised.values
        }
        if outcome.never_returns and names == {"builtins.RecursionError"}:
            why = "`__getattr__` calls itself endlessly"
            return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
        if outcome.returned and all(isinstance(one, Constant) for one in outcome.returned):
            why = f"`__getattr__` of `{cls.name}` answers for `__setstate__` with something that cannot be called"
            return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
    return CARRIED


def state_set(judge: Judging, value: Instance, setter: Values) -> Verdict:
    run, cls = judge.run, value.cls
    with run.aside():
        blank, given = Instance(cls, value.site), state_values(judge, value)
        if given is None:
            return CARRIED
        bound = run.bound(setter, blank, cls, judge.here)
        outcome = simulated(judge, bound, Arguments([given]))
        if outcome.always_raises:
            why = "`__setstate__` raises an exception for this state"
            instead = "make `__setstate__` take, as one argument, the state that is pickled"
            return (replace(judge.refusal(value, "not rebuilt", why, stage="loads"), instead=instead),)
    return CARRIED


def state_values(judge: Judging, value: Instance) -> Values | None:
    """What `__setstate__` will be given; None where that is not known."""
    run = judge.run
    own = run.find(value.cls, "__getstate__")
    if not own:
        return (containers.namespace_of(run, value, value.site),)
    bound = run.bound(own, value, value.cls, judge.here)
    outcome = simulated(judge, bound, Arguments())
    return outcome.returned or None


def exception_rebuilt(judge: Judging, value: Instance) -> Verdict:
    """An exception is rebuilt as `cls(*args)`."""
    run, cls = judge.run, value.cls
    arguments = exception_arguments(judge, value)
    if judge.versions <= PYTHON_2 and not (
        run.store.values(value, "args") or run.store.values(value, INITIALIZED_WITH)
    ):
        # `BaseException.__new__` keeps the arguments since Python 3 only.
        arguments = (run.tuple_of([], value.site),)
    if not arguments or not (run.find(cls, "__init__") or run.find(cls, "__new__")):
        return CARRIED
    items = run.items_of(arguments, judge.here)
    if not items.exact:
        return CARRIED
    with run.aside():
        outcome = simulated(judge, (cls,), Arguments(list(items.values)))
        if outcome.always_raises:
            count = len(items.values)
            given = "1 argument" if count == 1 else f"{count} arguments"
            why = f"`__init__` does not accept its `args` ({given})"
            return (judge.refusal(value, "not rebuilt", why, stage="loads"),)
    return CARRIED


def unpickled(judge: Judging, value: Instance) -> Instance:
    """The copy that arrives: the state that was kept, put back by `__setstate__` or into the attributes."""
    run, cls = judge.run, value.cls
    if any(run.find(cls, hook) for hook in ("__reduce__", "__reduce_ex__")) or run.store.values(cls, REDUCER):
        return value
    if not run.find(cls, "__getstate__"):
        return value
    given = state_values(judge, value)
    if given is None:
        return value
    copy = Instance(cls, value.site)
    setter = run.find(cls, "__setstate__")
    if setter:
        bound = run.bound(setter, copy, cls, judge.here)
        try:
            run.call(bound, Arguments([given]), judge.here)
        except Abrupt:
            return value
        return copy
    for one in given:
        items = run.store.items(one) if isinstance(one, Container) else Items(exact=False)
        if not items.exact:
            return value
        for key, held in zip(items.keys, items.values, strict=False):
            match key:
                case (Constant(value=str(name)),):
                    run.store.set(copy, name, tuple(one for one in held if not isinstance(one, Unbound)))
    return copy
