"""Programs put together at random: a value, a way of holding it, a boundary, a way to it, and a start method."""

from __future__ import annotations

import random
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from string import Template

from truth.objects import OBJECTS, WAYS
from truth.shapes import DATA, DATA_HOLDINGS, TASK_HOLDINGS, TASKS, Holding, Shape

START_METHODS = ("fork", "spawn", "forkserver")

IMPORTED = (
    *("collections", "contextlib", "contextvars", "copy", "copyreg", "dataclasses", "enum", "functools", "io"),
    *("itertools", "logging", "multiprocessing", "operator", "pathlib", "pickle", "re", "sqlite3", "sys", "threading"),
    *("types", "typing", "unittest.mock", "weakref"),
)


@dataclass(frozen=True, slots=True)
class Boundary:
    """A way over: statements in which `$value` means what is sent.

    With `result`, what a task returns comes back over it. Without `methods` no process is started.
    """

    name: str
    statements: str
    result: bool = True
    methods: bool = True


TASK_BOUNDARIES = (
    Boundary("Pool.map", "with context.Pool(1) as pool:\n    pool.map($value, [1, 2])"),
    Boundary("Pool.apply", "with context.Pool(1) as pool:\n    pool.apply($value, (1,))"),
    Boundary("Pool.apply_async", "with context.Pool(1) as pool:\n    pool.apply_async($value, (1,)).get()"),
    Boundary("Pool.imap", "with context.Pool(1) as pool:\n    list(pool.imap($value, [1]))"),
    Boundary("Pool.starmap", "with context.Pool(1) as pool:\n    pool.starmap($value, [(1,)])"),
    Boundary("Pool.initializer", "with context.Pool(1, $value, (1,)) as pool:\n    pool.map(abs, [1])", result=False),
    Boundary("Executor.submit", "with $executor(1$given) as executor:\n    executor.submit($value, 1).result()"),
    Boundary("Executor.map", "with $executor(1$given) as executor:\n    list(executor.map($value, [1]))"),
    Boundary(
        "Executor.initializer",
        "with $executor(1$given, initializer=$value, initargs=(1,)) as executor:\n    executor.submit(abs, 1).result()",
        result=False,
    ),
    Boundary(
        "Process.target",
        "process = context.Process(target=$value, args=(1,))\n"
        "process.start()\nprocess.join()\nassert not process.exitcode",
        result=False,
    ),
)

DATA_BOUNDARIES = (
    Boundary("Pool.map items", "with context.Pool(1) as pool:\n    pool.map(take, [$value])"),
    Boundary("Pool.apply args", "with context.Pool(1) as pool:\n    pool.apply(take, ($value,))"),
    Boundary("Pool.apply kwds", "with context.Pool(1) as pool:\n    pool.apply(take, kwds={'held': $value})"),
    Boundary("Pool.apply_async args", "with context.Pool(1) as pool:\n    pool.apply_async(take, ($value,)).get()"),
    Boundary("Pool.imap items", "with context.Pool(1) as pool:\n    list(pool.imap_unordered(take, [$value]))"),
    Boundary("Pool.starmap items", "with context.Pool(1) as pool:\n    pool.starmap(take, [($value,)])"),
    Boundary("Pool.initargs", "with context.Pool(1, take, ($value,)) as pool:\n    pool.map(abs, [1])"),
    Boundary(
        "Executor.submit args", "with $executor(1$given) as executor:\n    executor.submit(take, $value).result()"
    ),
    Boundary("Executor.map items", "with $executor(1$given) as executor:\n    list(executor.map(take, [$value]))"),
    Boundary(
        "Process.args",
        "sent = $value\nprocess = context.Process(target=take, args=(sent,))\n"
        "process.start()\nprocess.join()\nassert not process.exitcode",
    ),
    Boundary(
        "Process.kwargs",
        "sent = $value\nprocess = context.Process(target=take, kwargs={'held': sent})\n"
        "process.start()\nprocess.join()\nassert not process.exitcode",
    ),
    Boundary("Queue.put", "queue = context.Queue()\nqueue.put($value)\nqueue.get(timeout=3)"),
    Boundary("SimpleQueue.put", "queue = context.SimpleQueue()\nqueue.put($value)\nqueue.get()"),
    Boundary("Connection.send", "left, right = context.Pipe()\nleft.send($value)\nright.recv()"),
    Boundary("Manager.list", "with context.Manager() as manager:\n    manager.list().append($value)"),
    Boundary("pickle.dumps", "data = pickle.dumps($value)\npickle.loads(data)", methods=False),
    Boundary("copy.deepcopy", "copy.deepcopy($value)", methods=False),
)

# How the start method is chosen: as the platform does, by a context, for the whole program.
PINS = {
    "platform": "context = multiprocessing",
    "context": "context = multiprocessing.get_context('$method')",
    "program": "multiprocessing.set_start_method('$method')\ncontext = multiprocessing",
}


@dataclass(frozen=True, slots=True)
class Route:
    """How the boundary is reached: `$crossing` means its statements, in which `held_here` is what is sent.

    `mocks` says that nothing is sent, since the pool is none.
    """

    name: str
    statements: str
    definitions: str = ""
    mocks: bool = False


RELAY = """class Relay:
    def pass_on(self, context, held_here):
        $crossing


class OwnRelay(Relay):
    def start(self, context, held_here):
        self.pass_on(context, held_here)"""

# Ways to the boundary that no text decides alone.
ROUTES = (
    Route("flag", "def run(sends=False):\n    if sends:\n        $crossing\n\nrun(bool(sys.argv))"),
    Route("flag-given", "def run(sends=False):\n    if sends:\n        $crossing\n\nrun(sends=True)"),
    Route("doubtful-callee", "def run():\n    $crossing\n\nchosen = run if sys.argv else print\nchosen()"),
    Route("looked-up", "def run():\n    $crossing\n\ncalls = {'run': run}\ncalls[sys.argv and 'run']()"),
    Route(
        "left-over",
        "def closing():\n    def run():\n        $crossing\n\n    return run\n\n"
        "with contextlib.ExitStack() as stack:\n    stack.callback(closing())",
    ),
    Route("inherited-relay", "OwnRelay().start($context, $value)", RELAY),
    Route("mocked", "with unittest.mock.patch.object(context, 'Pool'):\n    $crossing", mocks=True),
)
STRAIGHT = Route("straight", "$crossing")


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination; its text is a program that prints `done` when everything went well."""

    shape: Shape
    holding: Holding
    boundary: Boundary
    method: str
    pin: str
    inside: bool
    route: Route = STRAIGHT

    @property
    def id(self) -> str:
        place = "function" if self.inside else "module"
        names = (self.shape.name, self.holding.name, self.boundary.name, self.method, self.pin, place, self.route.name)
        return "--".join(name.replace(" ", ".") for name in names)

    @property
    def text(self) -> str:
        value = self.shape.value
        given = Template(self.holding.given).substitute(value=value)
        relayed = bool(self.route.definitions)
        crossing = Template(self.boundary.statements).substitute(
            value="held_here" if relayed else given,
            executor="ProcessPoolExecutor",
            given=", mp_context=context" if self.pin == "context" else "",
        )
        context = "context" if self.boundary.methods else "None"
        route = put(self.route.definitions, crossing)
        crossing = put(Template(self.route.statements).safe_substitute(value=given, context=context), crossing)
        before = Template(self.holding.before).substitute(value=value)
        pin = Template(PINS[self.pin]).substitute(method=self.method) if self.boundary.methods else ""
        body = "\n".join(part for part in (pin, before, crossing, "print('done')") if part)
        if self.inside:
            end = f"def main():\n{textwrap.indent(body, '    ')}\n\n\nif __name__ == '__main__':\n    main()"
        else:
            end = f"if __name__ == '__main__':\n{textwrap.indent(body, '    ')}"
        held = Template(self.holding.definitions).substitute(value=value)
        taken = "def take(held):\n    return None" if "take" in crossing + route else ""
        rest = "\n\n\n".join(part.strip() for part in (self.shape.definitions, held, taken, route, end) if part)
        return f"{imports(rest)}\n\n\n{rest}\n"


def put(text: str, crossing: str) -> str:
    """A text with the statements that send something in the place that is left for them, as deep as that is."""
    lines: list[str] = []
    for line in text.splitlines():
        body = line.lstrip()
        lines += (
            textwrap.indent(crossing, line[: len(line) - len(body)]).splitlines() if body == "$crossing" else [line]
        )
    return "\n".join(lines)


def imports(text: str) -> str:
    """The import statements that a program needs."""
    lines = [f"import {name}" for name in IMPORTED if re.search(rf"\b{name}\b", text)]
    lines += [
        f"from concurrent.futures import {name}"
        for name in ("ProcessPoolExecutor", "ThreadPoolExecutor")
        if name in text
    ]
    return "\n".join(lines)


def cells(seed: int) -> Iterator[Cell]:
    """All combinations in an order that the seed decides, without end of boundaries with few of them."""
    chance, ways = random.Random(seed), random.Random(f"ways {seed}")
    combinations = [
        *product((*TASKS, *WAYS), TASK_HOLDINGS, TASK_BOUNDARIES),
        *product((*TASKS, *WAYS, *DATA, *OBJECTS), DATA_HOLDINGS, DATA_BOUNDARIES),
    ]
    chance.shuffle(combinations)
    for shape, holding, boundary in combinations:
        if not shape.returns and not boundary.result:
            continue
        method = chance.choice(START_METHODS) if boundary.methods else "fork"
        # What is made before the program chooses has chosen for it.
        early = bool(holding.definitions) and "multiprocessing." in shape.value + shape.definitions
        pins = [pin for pin in PINS if not (early and pin == "program")]
        pin = chance.choice(pins) if boundary.methods else "platform"
        cell = Cell(shape, holding, boundary, method, pin, chance.random() < 0.5)
        route = ways.choice(ROUTES) if ways.random() < 0.5 else STRAIGHT
        fits = not route.mocks or boundary.name.startswith("Pool.")
        yield replace(cell, route=route) if fits else cell


def python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"
