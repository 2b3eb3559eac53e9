"""What tests are run with: fixtures of pytest by the names of their parameters, and what `setUp` leaves."""

from __future__ import annotations

import ast
from pathlib import Path

from picklecheck.semantics.domain.mro import outside_bases, resolution_order
from picklecheck.semantics.domain.values import (
    Arguments,
    BoundMethod,
    Class,
    ExternalObject,
    Function,
    Here,
    Instance,
    Suspended,
    Values,
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
    for parameter in parameters(function.node):
        name = parameter.arg
        if fixture := fixture_of(run, function.module, owner, name):
            found.keywords[name] = given_by(run, fixture, owner, here, depth)
        elif name in OWN:
            found.keywords[name] = (ExternalObject(OWN[name], here.site),)
    return found


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
