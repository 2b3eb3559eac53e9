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
        "A lambda is sent to another process, but pickle looks functions up by name and a lambda has none",
    ),
    Entry(
        "PKL102",
        "local-function-crosses",
        "A function defined inside another function is sent to another process, which cannot import it",
    ),
    Entry(
        "PKL103",
        "bound-method-crosses",
        "A bound method is the task: its whole object is pickled with it, and Python 2 cannot pickle it",
    ),
    Entry(
        "PKL104",
        "held-resource-crosses",
        "An object is pickled whole, and one of its attributes cannot be pickled",
    ),
    Entry(
        "PKL105",
        "local-class-crosses",
        "A class defined inside a function, or an instance of it, is sent to another process",
    ),
    Entry(
        "PKL106",
        "hidden-original-crosses",
        "The qualified name of a function or class that is sent leads to another object, or to none",
    ),
    Entry(
        "PKL107",
        "misnamed-class-crosses",
        "A class created by `namedtuple`, `type` or the like has another name than its variable",
    ),
    Entry(
        "PKL108",
        "mangled-method-crosses",
        "A method with two leading underscores is sent, and the worker looks for the wrong name",
    ),
    Entry(
        "PKL109",
        "super-method-crosses",
        "A method of `super()` is sent, and the worker calls the override instead",
    ),
    Entry(
        "PKL201",
        "resource-crosses",
        "A lock, an open file, a generator, a module or the like is sent to another process",
    ),
    Entry(
        "PKL202",
        "sync-primitive-in-task",
        "A lock, queue or other primitive of multiprocessing is sent with a task, but can only be inherited",
    ),
    Entry(
        "PKL203",
        "unpicklable-result",
        "The task returns something that cannot be pickled, or is a generator or `async` function",
    ),
    Entry(
        "PKL204",
        "unrebuildable-exception",
        "The task raises an exception that cannot be sent back: a `Pool` then waits forever",
    ),
    Entry(
        "PKL205",
        "temporary-primitive",
        "A lock or queue created in the arguments of a process is freed before the child opens it",
    ),
    Entry(
        "PKL206",
        "mixed-contexts",
        "A primitive created for forked processes is given to a process that is not forked",
    ),
    Entry(
        "PKL207",
        "unrebuildable-value",
        "A value can be pickled, but not unpickled: the other process fails",
    ),
    Entry(
        "PKL208",
        "dropped-state-used",
        "`__getstate__` excludes an attribute that nothing restores, and the task uses it in the worker",
    ),
    Entry(
        "PKL209",
        "unrebuildable-exception-class",
        "An exception class cannot be unpickled: raised in a task, it would make a `Pool` wait forever",
    ),
    Entry(
        "PKL301",
        "missing-main-guard",
        "Processes are started at import, so every spawned child starts them again",
    ),
    Entry(
        "PKL302",
        "function-under-main-guard",
        "A function or class that is sent is defined under the main guard, which spawned children skip",
    ),
    Entry(
        "PKL303",
        "defined-after-pool",
        "A function or class is defined after the pool has forked its workers, which do not know it",
    ),
    Entry(
        "PKL304",
        "started-process-held",
        "A started process, pool or executor is part of what is sent to another process",
    ),
    Entry(
        "PKL305",
        "nested-pool",
        "A task of a `Pool` starts processes, but pool workers are daemonic and cannot have children",
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
        "A loop waits for each result before it submits the next task, so only one task runs at a time",
    ),
    Entry(
        "PKL402",
        "join-before-close",
        "`Pool.join` is called without `close` or `terminate` before it",
    ),
    Entry(
        "PKL403",
        "dropped-result",
        "The result of an asynchronous task is discarded, so its failure is never seen",
    ),
    Entry(
        "PKL404",
        "closed-pool-used",
        "A task is given to a pool after `close`, `terminate` or the end of its `with` block",
    ),
    Entry(
        "PKL405",
        "result-after-terminate",
        "A result is awaited after its pool was terminated, as leaving `with Pool()` does: it never arrives",
    ),
    Entry(
        "PKL406",
        "join-before-drain",
        "A process is joined before the queue that it fills is read: it may wait forever",
    ),
    Entry(
        "PKL407",
        "arguments-misfit",
        "A task cannot be called with the arguments that it will get, or is called by the parent",
    ),
    Entry(
        "PKL901",
        "unreadable-source",
        "A file cannot be decoded or parsed; other files are still checked",
    ),
    Entry(
        "PKL902",
        "unused-suppression",
        "A suppression suppresses nothing, although the rules that it names ran",
    ),
)
# </rules>

# The rules of the tool itself.
UNREADABLE = "PKL901"
UNUSED = "PKL902"
