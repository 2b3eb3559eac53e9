"""Functions and classes that a carrier takes whole, because a child could not import them: what goes with them.

`cloudpickle` takes what is local, what the program's main module defines, and what its name does
not lead to, with the captured variables, the defaults, the globals that the code reads and the
attributes of classes (`cloudpickle/cloudpickle.py`, and measured). `dill` leaves globals to the
child (measured).
"""

from __future__ import annotations

from picklecheck.crossings.closures import captures, global_names
from picklecheck.crossings.judging import Judging, Via
from picklecheck.crossings.names import lookup
from picklecheck.crossings.verdict import CARRIED, Refusal, Verdict
from picklecheck.semantics.domain.values import Class, Function, Unknown
from picklecheck.semantics.machine import Machine

WHOLE = ("cloudpickle", "dill", "dill spawning")


def function(judge: Judging, value: Function) -> Verdict:
    """What goes with a function: nothing where it is imported by name."""
    if not is_whole(judge, value) or value in judge.memo:
        return CARRIED
    judge.memo.add(value)
    found: list[Refusal] = []
    for name, values in captures(judge.run, value):
        found.extend(judge.part(values, value, Via(f"it captures `{name}`,")))
    for name, values in value.defaults.items():
        found.extend(judge.part(values, value, Via(f"the default of `{name}` is")))
    for name in global_names(value) if judge.carrier == "cloudpickle" else ():
        there = lookup(judge, value.module, name)
        if there:
            found.extend(judge.part(there, value, Via(f"it reads the global `{name}`,")))
    return tuple(found)


def class_(judge: Judging, value: Class) -> Verdict:
    """What goes with a class: its methods, its attributes and its bases."""
    if not is_whole(judge, value) or value in judge.memo:
        return CARRIED
    judge.memo.add(value)
    found: list[Refusal] = []
    for name, values in judge.run.store.names(value).items():
        found.extend(judge.part(values, value, Via(f"class `{value.name}` is sent with its `{name}`,")))
    for base in value.bases:
        if isinstance(base, Class):
            found.extend(judge.part((base,), value, Via("its base is")))
    return tuple(found)


def is_whole(judge: Judging, value: Function | Class) -> bool:
    """Whether a function or class goes as it is, and not by name."""
    if "<locals>" in value.qualname or "<lambda>" in value.qualname:
        return True
    if judge.carrier == "cloudpickle" and value.module is judge.run.main and runs_as_main(judge.run):
        return True
    there = lookup(judge, value.module, value.qualname)
    return bool(there) and value not in there and not any(isinstance(one, Unknown) for one in there)


def runs_as_main(run: Machine) -> bool:
    """Whether the body of the main module led here, not a function that nothing was seen calling."""
    return run.main in run.imports.executed and (len(run.stack) < 2 or run.stack[1].call is not None)
