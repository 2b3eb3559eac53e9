"""Whether a value is carried: values of every kind, followed into what they hold."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings import instances, references
from picklecheck.crossings.by_value import WHOLE
from picklecheck.crossings.spelling import described, step
from picklecheck.crossings.verdict import CARRIED, Reason, Refusal, Verdict, Versions, either
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.schema import TypeEntry
from picklecheck.semantics import attributes, classes, containers
from picklecheck.semantics.run import Run
from picklecheck.semantics.scopes import within
from picklecheck.semantics.store import ITEMS, Items
from picklecheck.semantics.values import (
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    External,
    ExternalMethod,
    Frame,
    Function,
    Imported,
    Instance,
    Made,
    ProjectModule,
    Site,
    Super,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Values,
)

# How many values deep a verdict looks; pickle itself gives up near the recursion limit.
DEEPEST = 40

PYTHON_2 = frozenset({(2, 7)})


class Judge:
    """The verdicts of one moment of a run, for one carrier; `frame` is where the crossing stands."""

    def __init__(
        self,
        run: Run,
        world: KnownWorld,
        carrier: str,
        versions: Versions,
        frame: Frame,
        site: Site,
        protocol: int | None = None,
    ) -> None:
        self.run = run
        self.world = world
        self.carrier = carrier
        self.versions = versions
        self.frame = frame
        self.site = site
        self.protocol = protocol
        self.open: list[Value] = []
        self.starting: Value | None = None
        self.callable = False
        self.taken_whole: set[Value] = set()
        self.child_names = True
        self.coming_back = False
        self.late: frozenset[str] | None = None
        self.receiver: Value | None = None

    def values(self, values: Values) -> Verdict:
        """The verdict on alternatives."""
        known = tuple(value for value in values if not isinstance(value, Unbound))
        return either([self.value(value) for value in known], known)

    def value(self, value: Value) -> Verdict:
        if value in self.open or len(self.open) > DEEPEST or (value is self.starting and self.open):
            return CARRIED
        self.open.append(value)
        try:
            found = self._value(value)
        finally:
            self.open.pop()
        chain = (*self.open, value)
        found = tuple(refusal if refusal.chain else replace(refusal, chain=chain) for refusal in found)
        return tuple(kept for refusal in found if (kept := refusal.within(self.versions)).versions)

    def _value(self, value: Value) -> Verdict:
        if self.carrier == "marshal":
            return self.plain_data(value)
        match value:
            case Unknown() | Unbound() | Constant() | Imported():
                return CARRIED
            case External(name=name, is_module=is_module):
                return self.module(value, name) if is_module else self.external(value)
            case ProjectModule(module=module):
                return self.module(value, module.name)
            case Function():
                return references.function(self, value)
            case Class():
                return references.class_(self, value)
            case Instance():
                return instances.instance(self, value)
            case Made():
                return self.made(value)
            case Container():
                return self.container(value)
            case BoundMethod():
                return self.method(value)
            case ExternalMethod():
                return self.external_method(value)
            case Suspended(kind=kind):
                return self.of_type(f"builtins.{kind.replace(' ', '_')}", value)
            case Descriptor(kind=kind):
                name = "functools.cached_property" if kind == "cached_property" else f"builtins.{kind}"
                return self.of_type(name, value)
            case Super():
                return CARRIED

    def plain_data(self, value: Value) -> Verdict:
        """`marshal` takes constants, containers of them and code objects, and nothing else (its documentation)."""
        match value:
            case Container():
                return self.container(value)
            case Function() | Class() | Instance() | BoundMethod() | Suspended() | ProjectModule():
                return (self.refusal(value, "resource", "`marshal` takes plain data only"),)
            case _:
                return CARRIED

    # --- by what is known of types ---------------------------------------------------------------

    def module(self, value: Value, name: str) -> Verdict:
        if self.carrier in WHOLE:
            return CARRIED
        return (self.refusal(value, "resource", f"a module, here `{name}`, cannot be pickled"),)

    def external(self, value: External) -> Verdict:
        """A function or class of another module goes by name; some names stand for objects that refuse."""
        type_name = self.world.attribute(value.name)
        return self.of_type(type_name, value) if type_name else CARRIED

    def of_type(self, name: str, value: Value) -> Verdict:
        entry = self.world.type(name)
        if entry is None or entry.undecided:
            return CARRIED
        if self.carrier == "interpreters":
            return self.of_entry(entry, value, "pickle")
        if self.carrier == "dill spawning" and self.world.original(name) == name:
            return self.of_entry(entry, value, "dill")
        return self.of_entry(entry, value, self.carrier)

    def of_entry(self, entry: TypeEntry, value: Value, carrier: str) -> Verdict:
        if carrier in ("multiprocessing", "spawning") and self.is_taught(entry):
            return CARRIED
        found: list[Refusal] = []
        reason: Reason = "resource"
        refused = entry.refused.get(carrier, frozenset())
        boundary = self.world.boundaries.get(entry.name)
        if boundary is not None and boundary.starts:
            reason = "started"
        elif isinstance(value, Made | Instance) and entry.started and self.is_started(value):
            refused, reason = entry.started.get(carrier, frozenset()), "started"
        elif refused and "spawning" not in carrier and not (entry.refused.keys() & {"spawning", "dill spawning"}):
            if self.world.original(entry.name).startswith("multiprocessing."):
                reason = "shared only by inheritance"
        if refused & self.versions:
            found.append(self.refusal(value, reason, entry.why, refused, instead=entry.instead))
        rebuilt = entry.loads.get(carrier, frozenset())
        if rebuilt & self.versions:
            found.append(self.refusal(value, "not rebuilt", entry.why, rebuilt, stage="loads", instead=entry.instead))
        return tuple(found) if entry.measured else tuple(replace(one, certain=False) for one in found)

    def is_taught(self, entry: TypeEntry) -> bool:
        """Whether the program may have loaded what registers a type with multiprocessing's pickler."""
        texts = [module.text for module in self.run.namespaces]
        return any(name in text for name in entry.taught_by for text in texts)

    def is_started(self, value: Value) -> bool:
        state = self.run.store.values(value, "[started]")
        return bool(state) and value is not self.starting

    def made(self, value: Made) -> Verdict:
        """An object of another library: its type's row, then what it holds."""
        if value is self.starting:
            return self.process(value)
        if self.run.store.values(External(value.type), "[copyreg]"):
            return CARRIED  # the program says itself how its objects are pickled
        by_type = self.of_type(value.type, value)
        if by_type and covers(by_type, self.versions):
            return by_type
        return (*by_type, *self.held(value))

    def process(self, value: Value) -> Verdict:
        """A process that is being started: what its constructor was given."""
        found: list[Refusal] = []
        for name in ("target", "args", "kwargs"):
            found.extend(self.values(self.run.store.values(value, f"[init {name}]")))
        return tuple(found)

    def held(self, value: Made) -> Verdict:
        """What an object made by a known wrapper holds of its arguments."""
        found: list[Refusal] = []
        if value.arguments is not None and not self.makes_list(value):
            found.extend(self.held_by(value.type, value.arguments, value))
        if value.arguments is not None and classes.is_subtype(value.type, "builtins.BaseException"):
            for values in value.arguments.positional:
                found.extend(self.part(values, value, "its `args` hold {}"))
        if value.type == "functools.wrapper" and value.arguments is not None:
            return references.wrapper_object(self, value)
        stored = self.run.store.get((value, ITEMS))
        if isinstance(stored, Items) and not value.type.startswith("multiprocessing.managers."):
            found.extend(self.items(stored, value))
        for name, values in self.run.store.names(value).items():
            if not name.startswith("[") and (value.type.startswith("builtins.") or value.type in attributes.BUNCHES):
                found.extend(self.part(values, value, f"attribute `{name}` holds {{}}", name))
        return tuple(found)

    def held_by(self, maker: str, arguments: Arguments, holder: Value) -> Verdict:
        """What an object holds of the arguments that a known wrapper was called with."""
        found: list[Refusal] = []
        wrapper = self.world.knowledge.wrappers.get(maker)
        if wrapper is None:
            return CARRIED
        for parameter in wrapper.holds:
            if parameter == "self" and isinstance(holder, Made) and holder.receiver is not None:
                found.extend(self.value(holder.receiver))  # the call that went before, in the same chain
                continue
            for values in given(arguments, wrapper.parameters, parameter):
                if parameter in wrapper.items:
                    values = containers.items_of(self.run, values, self.site.node, self.frame).all()
                found.extend(self.part(values, holder, f"`{maker}` holds {{}}"))
        return tuple(found)

    def makes_list(self, value: Made) -> bool:
        """Whether `map` and its like made a list, which holds nothing of what they were given, as in Python 2."""
        return value.type in ("builtins.map", "builtins.filter", "builtins.zip") and self.versions <= PYTHON_2

    def container(self, value: Container) -> Verdict:
        return tuple(self.items(self.run.store.items(value), value))

    def items(self, items: Items, holder: Value) -> list[Refusal]:
        found: list[Refusal] = []
        for index, values in enumerate(items.values):
            key = items.keys[index] if items.exact and index < len(items.keys) else ()
            match key:
                case (Constant(value=literal),):
                    label = f"item `{literal!r}` is {{}}"
                case _:
                    label = "its items are {}" if not items.exact else f"item {index} is {{}}"
            found.extend(self.part(values, holder, label))
        for keys in items.keys:
            found.extend(self.part(keys, holder, "a key is {}"))
        if not items.exact and self.starting is not None and self.starting in items.all():
            found.extend(self.siblings(holder))
        return found

    def siblings(self, holder: Value) -> Verdict:
        """A process that is one of several in a container whose owner goes along: others may have been started."""
        entry = self.world.type("multiprocessing.Process")
        refused = entry.started.get(self.carrier, frozenset()) if entry is not None else frozenset()
        if entry is None or self.starting is None or not refused:
            return CARRIED
        refusal = replace(self.refusal(self.starting, "started", entry.why, refused), certain=False)
        at = self._site_of(holder) or self.site
        return (
            refusal.under(
                step(f"among its items are processes started before, like {described(self.starting)}", at), at
            ),
        )

    def part(self, values: Values, holder: Value, label: str, attribute: str = "", site: Site | None = None) -> Verdict:
        """The verdict on something that `holder` holds, with the step that leads to it."""
        known = tuple(value for value in values if not isinstance(value, Unbound))
        found = either([self.value(value) for value in known], known) if known else CARRIED
        if len(known) < len(values):
            found = tuple(replace(refusal, certain=False) for refusal in found)
        out: list[Refusal] = []
        for refusal in found:
            inner = next((value for value in known if self._leads(value, refusal)), known[0])
            at = site or self._site_of(inner) or self._site_of(holder) or self.site
            out.append(
                replace(
                    refusal.under(step(label.format(described(inner)), at), at),
                    attribute=attribute or refusal.attribute,
                    holder=holder if attribute else refusal.holder,
                    kept_as=refusal.kept_as or attribute,
                    keeper=refusal.keeper or (holder if attribute else None),
                )
            )
        return tuple(out)

    def _leads(self, value: Value, refusal: Refusal) -> bool:
        return value == refusal.culprit

    def _site_of(self, value: Value) -> Site | None:
        return getattr(value, "site", None)

    # --- methods ---------------------------------------------------------------------------------

    def method(self, value: BoundMethod) -> Verdict:
        """A bound method goes as its object and its name (Python 3), and not at all in Python 2."""
        receiver = value.receiver
        found: list[Refusal] = []
        if self.versions & PYTHON_2 and self.carrier in ("pickle", "multiprocessing") and not self.methods_registered():
            found.append(
                self.refusal(value, "bound method", "Python 2 cannot pickle bound methods (instancemethod)", PYTHON_2)
            )
        if self.carrier in WHOLE:
            return (*found, *self.part((receiver,), value, "it carries its object, {}"))
        found.extend(references.method_name(self, value))
        if isinstance(receiver, Class):
            found.extend(self.value(receiver))
        else:
            found.extend(self.part((receiver,), value, "it carries its whole object, {}", site=value.site))
        return tuple(found)

    def methods_registered(self) -> bool:
        """Whether the program says itself how methods are pickled, as programs for Python 2 do."""
        return bool(self.run.store.values(External("builtins.method"), "[copyreg]"))

    def below_protocol_2(self) -> Versions:
        """The versions under which the first protocols are used: asked for, or by default in Python 2."""
        if self.protocol is not None:
            return self.versions if self.protocol < 2 else frozenset()
        return self.versions & PYTHON_2 if self.carrier == "pickle" else frozenset()

    def external_method(self, value: ExternalMethod) -> Verdict:
        """A method of an object of another library goes as its object and its name."""
        receiver = value.receiver
        found: list[Refusal] = []
        if not self.is_method(value):
            return CARRIED
        if self.versions & PYTHON_2 and self.carrier in ("pickle", "multiprocessing"):
            found.append(self.refusal(value, "bound method", "Python 2 cannot pickle methods of objects", PYTHON_2))
        if isinstance(receiver, Unknown | External | Constant):
            return tuple(found)
        if isinstance(receiver, Instance) and not self.world.is_type(value.type):
            return tuple(found)
        found.extend(self.part((receiver,), value, "it carries its whole object, {}"))
        return tuple(found)

    def is_method(self, value: ExternalMethod) -> bool:
        """Whether an attribute of another library's object is a method, not a property with a value of its own."""
        known = self.world.knowledge.factories, self.world.boundaries
        called = self.callable and len(self.open) == 1
        return called or isinstance(value.receiver, Container) or any(value.dotted in names for names in known)

    # --- making refusals -------------------------------------------------------------------------

    def refusal(
        self,
        culprit: Value,
        reason: Reason,
        why: str,
        versions: Versions | None = None,
        stage: str = "dumps",
        instead: str = "",
    ) -> Refusal:
        return Refusal(
            culprit,
            reason,
            why,
            (self.versions if versions is None else versions) & self.versions,
            "loads" if stage == "loads" else "dumps",
            instead=instead,
        )


def covers(verdict: Verdict, versions: Versions) -> bool:
    return versions <= frozenset().union(*(refusal.versions for refusal in verdict if refusal.certain))


def given(arguments: Arguments, parameters: tuple[str, ...], wanted: str) -> list[Values]:
    """The arguments that a parameter of a known signature got; several for `*args` and `**kwargs`."""
    plain = [name for name in parameters if not name.startswith("*")]
    if wanted.startswith("**"):
        named = [values for name, values in arguments.keywords.items() if name not in plain]
        return [*named, arguments.more_keywords] if arguments.more_keywords else named
    if wanted.startswith("*"):
        before = parameters.index(wanted)
        rest = arguments.positional[before:]
        return [*rest, arguments.rest] if arguments.rest else rest
    position = parameters.index(wanted) if wanted in parameters else None
    values = arguments.get(position, wanted)
    return [values] if values else []


def free_names(function: Function) -> list[str]:
    """The names of enclosing functions that a function reads, in order of appearance."""
    import ast

    found: dict[str, None] = {}
    todo: list[ast.AST] = [function.node]
    while todo:
        for inner in within(todo.pop()):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and inner.id not in function.scope.bound:
                holder: Frame | None = function.frame
                while holder is not None and not holder.scope.is_module:
                    if not holder.scope.is_class and inner.id in holder.scope.bound:
                        found[inner.id] = None
                        break
                    holder = holder.parent
            if isinstance(inner, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
                todo.append(inner)
            elif isinstance(inner, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                todo.extend(ast.iter_child_nodes(inner))
    return list(found)
