"""All rules: code, name, and what each finds in one sentence, without importing them."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One row of the table: the code and the name are stable, and both are accepted everywhere."""

    code: str
    name: str
    summary: str


# Written by `python -m picklecheck.dev generate` from the classes of the rules.
# <rules>
RULES: tuple[Entry, ...] = (
    Entry(
        "PKL101",
        "lambda-crosses",
        "A lambda is handed to another process, but pickle finds functions by name and a lambda has none",
    ),
    Entry(
        "PKL102",
        "local-function-crosses",
        "A function defined inside a function is handed to another process, which cannot import it",
    ),
    Entry(
        "PKL103",
        "bound-method-crosses",
        "A bound method is the task: it takes its whole object along, and Python 2 cannot pickle it at all",
    ),
    Entry(
        "PKL104",
        "held-resource-crosses",
        "An object is handed over whole, and one of its attributes holds something that cannot be pickled",
    ),
    Entry(
        "PKL105",
        "local-class-crosses",
        "A class defined inside a function, or an object of it, is handed to another process",
    ),
    Entry(
        "PKL106",
        "hidden-original-crosses",
        "The qualified name of what is handed over leads to another object, or to none",
    ),
    Entry(
        "PKL107",
        "misnamed-class-crosses",
        "A class made by `namedtuple`, `type` or the like has another name than the variable that holds it",
    ),
    Entry(
        "PKL108",
        "mangled-method-crosses",
        "A method with two leading underscores is handed over, and the other side looks for the wrong name",
    ),
    Entry(
        "PKL109",
        "super-method-crosses",
        "A method of `super()` is handed over, and the other side calls the override instead",
    ),
    Entry(
        "PKL201",
        "resource-crosses",
        "A lock, an open file, a generator, a module or the like is handed to another process",
    ),
    Entry(
        "PKL202",
        "sync-primitive-in-task",
        "A lock, queue or other primitive of multiprocessing is sent with a task, but may only be inherited",
    ),
    Entry(
        "PKL203",
        "unpicklable-result",
        "The task returns something that cannot be pickled, or makes a generator or coroutine instead of running",
    ),
    Entry(
        "PKL204",
        "unrebuildable-exception",
        "The task raises an exception that cannot come back: a `Pool` then waits for ever",
    ),
    Entry(
        "PKL205",
        "temporary-primitive",
        "A lock or queue made in the arguments of a process is freed before the child opens it",
    ),
    Entry(
        "PKL206",
        "mixed-contexts",
        "A primitive made for forked processes is given to a process that is not forked",
    ),
    Entry(
        "PKL207",
        "unrebuildable-value",
        "A value can be pickled, but not rebuilt: the failure comes on the other side",
    ),
    Entry(
        "PKL208",
        "dropped-state-used",
        "`__getstate__` drops an attribute that nothing restores, and the task uses it in the worker",
    ),
    Entry(
        "PKL301",
        "missing-main-guard",
        "Processes are started at import, so that every spawned child starts them again",
    ),
    Entry(
        "PKL302",
        "function-under-main-guard",
        "A function or class is defined where a spawned child never runs: under the main guard",
    ),
    Entry(
        "PKL303",
        "defined-after-pool",
        "A function or class is defined after the pool has forked its workers, which do not know it",
    ),
    Entry(
        "PKL304",
        "started-process-held",
        "A process that has been started is reachable from what is handed over",
    ),
    Entry(
        "PKL305",
        "nested-pool",
        "A task of a `Pool` starts processes, but its workers are daemonic and may have no children",
    ),
    Entry(
        "PKL306",
        "set-in-parent-only",
        "The task reads a module variable that only the parent sets, and that a spawned child does not have",
    ),
    Entry(
        "PKL307",
        "lost-mutation",
        "The task changes its own copy of an object or variable, and the parent, which reads it, sees no change",
    ),
    Entry(
        "PKL401",
        "result-awaited-at-once",
        "A loop awaits each result before it submits the next task, so that only one runs at a time",
    ),
    Entry(
        "PKL402",
        "join-before-close",
        "`Pool.join` is called without `close` or `terminate` before it",
    ),
    Entry(
        "PKL403",
        "dropped-result",
        "Nobody keeps the result of an asynchronous task, so that its failure cannot be seen",
    ),
    Entry(
        "PKL404",
        "closed-pool-used",
        "A task is given to a pool after `close`, `terminate` or the end of its `with` block",
    ),
    Entry(
        "PKL405",
        "result-after-terminate",
        "A result is awaited after its pool was terminated (leaving `with Pool()` does that): it never comes",
    ),
    Entry(
        "PKL406",
        "join-before-drain",
        "A process is joined before the queue that it fills is read: it may wait for ever",
    ),
    Entry(
        "PKL407",
        "arguments-misfit",
        "A task cannot be called as its boundary calls it: too many or too few arguments, or none at all",
    ),
    Entry(
        "PKL901",
        "unreadable-source",
        "A file cannot be decoded or parsed; the other files go on",
    ),
    Entry(
        "PKL902",
        "unused-suppression",
        "A suppression suppressed nothing, though the rules it names ran",
    ),
)
# </rules>

# The rules of the tool itself.
UNREADABLE = "PKL901"
UNUSED = "PKL902"
