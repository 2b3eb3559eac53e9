"""What tests are run with: fixtures of pytest by the names of their parameters, their rows, and what `setUp` leaves."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from picklecheck.semantics.domain.mro import outside_bases, resolution_order
from picklecheck.semantics.domain.values import (
    Arguments,
    BoundMethod,
    Class,
    Container,
    ExternalObject,
    Function,
    Here,
    Instance,
    Suspended,
    Unknown,
    Values,
    join,
)
from picklecheck.semantics.kinds.functions import started
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.mock import MOCKER, MONKEYPATCH
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.scopes import FunctionNode, parameters
from picklecheck.source.observed import is_file

# What plugins of pytest give (documentation of pytest and pytest-mock).
OWN = {
    "monkeypatch": MONKEYPATCH,
    "mocker": MOCKER,
    "tmp_path": "pathlib.PosixPath",
    "request": "pytest.FixtureRequest",
}

# What a class of tests has run before each of its tests.
BEFORE_EACH = ("setUpClass", "setUp", "asyncSetUp", "setup_class", "setup_method")

# More fixtures that need each other are not run.
DEEPEST_FIXTURE = 5


def is_test(node: ast.AST) -> bool:
    return isinstance(node, FunctionNode) and (getattr(node, "name", "").startswith("test") or is_fixture(node))


def is_fixture(node: ast.AST) -> bool:
    """Whether `@pytest.fixture`, with or without options, is before a function."""
    for decorator in getattr(node, "decorator_list", ()):
        match decorator.func if isinstance(decorator, ast.Call) else decorator:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in ("fixture", "yield_fixture"):
                return True
    return False


def set_up(run: Machine, instance: Instance, function: Function, here: Here) -> None:
    """Before a test its class sets up what it needs."""
    if not function.name.startswith("test"):
        return
    unit_test = any(base.name.startswith("unittest.") for base in outside_bases(instance.cls))
    for name in BEFORE_EACH if unit_test or instance.cls.name.startswith("Test") else ():
        for value in run.attribute_of(instance, name, here) if run.find(instance.cls, name) else ():
            if isinstance(value, BoundMethod):
                run.call((value,), Arguments(), here)


def arguments(run: Machine, function: Function, owner: Class | None, here: Here, depth: int = 0) -> Arguments:
    """The arguments of a test or fixture, as far as its parameters name what is known; the others are open."""
    found = Arguments(open=True)
    if not is_test(function.node):
        return found
    if depth > DEEPEST_FIXTURE:
        run.meet("DEEPEST_FIXTURE")
        return found
    rows = parametrized(run, function, here)
    for parameter in parameters(function.node):
        name = parameter.arg
        if name in rows:
            found.keywords[name] = rows[name]
        elif fixture := fixture_of(run, function.module, owner, name):
            found.keywords[name] = given_by(run, fixture, owner, here, depth)
        elif name in OWN:
            found.keywords[name] = (ExternalObject(OWN[name], here.site),)
    return found


def parametrized(run: Machine, function: Function, here: Here) -> dict[str, Values]:
    """What `@pytest.mark.parametrize("name, other", rows)` gives to parameters: to each what one of the rows has."""
    found: dict[str, Values] = {}
    for decorator in getattr(function.node, "decorator_list", ()):
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, given], keywords=options):
                if any(one.arg != "ids" for one in options):
                    continue
                items = run.items_of(run.evaluate(given, run.namespace(function.module)), here)
                if items.exact and (columns := columns_of(run, names_in(names), items.values)):
                    found |= columns
    return found


def names_in(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str() as names):
            return [name.strip() for name in names.split(",") if name.strip()]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return []


def columns_of(run: Machine, names: list[str], rows: Sequence[Values]) -> dict[str, Values]:
    """The values of each name; empty where the rows are not all seen."""
    if len(names) == 1:
        return {names[0]: join(*rows)} if all(map(is_plain, rows)) else {}
    found: list[list[Values]] = []
    for row in rows:
        items = run.store.items(row[0]) if len(row) == 1 and isinstance(row[0], Container) else None
        if items is None or not items.exact or len(items.values) != len(names):
            return {}
        found.append(list(items.values))
    return {name: join(*column) for name, column in zip(names, zip(*found, strict=True), strict=True)}


def is_plain(row: Values) -> bool:
    """Whether a row is a value itself, and no `pytest.param(…)`, which may skip it."""
    return not any(isinstance(value, Unknown | ExternalObject) for value in row)


def given_by(run: Machine, fixture: Function, owner: Class | None, here: Here, depth: int) -> Values:
    """What a fixture returns, or gives at its `yield`."""
    given = arguments(run, fixture, owner, here, depth + 1)
    callee: Function | BoundMethod = fixture
    if fixture.owner is not None and owner is not None:
        callee = BoundMethod(fixture, run.generic_instance(owner, here), fixture.site)
    found: list[object] = []
    for value in run.call((callee,), given, here):
        found += started(run, value, here) if isinstance(value, Suspended) else (value,)
    return tuple(dict.fromkeys(found))  # type: ignore[arg-type]


def fixture_of(run: Machine, module: Module, owner: Class | None, name: str) -> Function | None:
    """The fixture that a name means: of the class, of the module, or of a `conftest.py` beside or above it."""
    for one in (module, *conftests(run, module)):
        if any(is_fixture(node) and getattr(node, "name", "") == name for node in one.tree.body):
            run.namespace(one)
            run.demand(one, name)
        for function, cls in run.origins.hidden:
            if isinstance(function, Function) and function.module is one and function.name == name:
                inherited = cls is None or (owner is not None and cls in resolution_order(owner))
                if inherited and is_fixture(function.node):
                    return function
    return None


def conftests(run: Machine, module: Module) -> list[Module]:
    """The files `conftest.py` of the folder of a module and of those above it, in its project."""
    top = run.program.top(module.file)
    found: list[Module] = []
    for folder in module.file.parents:
        file = Path(folder, "conftest.py")
        if file != module.file and is_file(str(file)) and (one := run.program.module(file)) is not None:
            found.append(one)
        if folder == top:
            break
    return found
