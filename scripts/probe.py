"""Makes values and sends each through every carrier, in processes of its own, on any Python from 2.7 on."""
# ruff: noqa: UP004, UP010, UP031, UP036, RUF005

from __future__ import print_function

import ast
import copy
import json
import os
import pickle
import select
import shutil
import signal
import sys
import tempfile
import time
import warnings

LIMIT = 10  # seconds that one value may take
DONE = b"\n\n"
# importing these changes what multiprocessing can pickle, so it is done only for rows that name them
REGISTERING = ("multiprocessing", "concurrent")


class Carried(object):
    """Something that every carrier carries, and that can be called."""

    def __call__(self, *args, **kwargs):
        return self


class Refuses(Carried):
    """The same, but no carrier can pickle or copy it."""

    def __reduce_ex__(self, protocol):
        raise TypeError("refused on purpose")


def import_named(job, but=()):
    """Import the modules that dotted names of a job begin with, so that rows need no import statements."""
    try:
        tree = ast.parse("\n".join(job.get(key, "") for key in ("setup", "example", "like", "same", "kind")))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if parts and isinstance(node, ast.Name) and node.id not in but:
            import_longest([node.id] + parts)


def import_longest(parts):
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        try:
            __import__(name)
        except Exception:
            return
        if length == 1:
            globals().setdefault(name, sys.modules[name])


def make(job, example="example", setup="setup"):
    exec(job.get(setup, ""), globals())
    return eval(job[example], globals())


def kind_of(job):
    """The class that `kind` names, or else the type of the value `like`."""
    try:
        kind = make(job, "kind", "other_setup")
    except Exception:
        kind = None
    return kind if isinstance(kind, type) else type(make(job, "like", "other_setup"))


def name_of(cls):
    return "%s.%s" % (cls.__module__, getattr(cls, "__qualname__", cls.__name__))


def explain(error):
    text = str(error).strip().split("\n")[0]
    return ("%s: %s" % (type(error).__name__, text))[:160]


def deep(value):
    return copy.deepcopy(value), None


def pickled(value):
    return pickle.dumps(value), pickle.loads


def forking_pickled(value):
    if sys.version_info[0] == 2:
        # what Connection.send of Python 2 does
        import cPickle

        return cPickle.dumps(value, -1), cPickle.loads
    from multiprocessing.reduction import ForkingPickler

    return bytes(ForkingPickler.dumps(value)), pickle.loads


class Spawning(object):
    """Replaces the Popen object of a process that is being started under spawn."""

    class DupFd(object):
        def __init__(self, descriptor):
            self.descriptor = descriptor

        def detach(self):
            return self.descriptor

    def duplicate_for_child(self, descriptor):
        return os.dup(descriptor)


def spawning_pickled(value):
    from multiprocessing import context

    context.set_spawning_popen(Spawning())
    try:
        return forking_pickled(value)
    finally:
        context.set_spawning_popen(None)


def cloudpickled(value):
    import cloudpickle

    return cloudpickle.dumps(value), pickle.loads


def dilled(value):
    import dill

    return dill.dumps(value), dill.loads


def carriers():
    """All carriers that are installed; those that change what others can pickle come last, unimported."""
    found = [("multiprocessing", forking_pickled), ("pickle", pickled), ("deepcopy", deep)]
    others = [("cloudpickle", cloudpickled), ("dill", dilled)]
    return found + [one for one in others if any(os.path.isdir(os.path.join(path, one[0])) for path in sys.path)]


def send(dumps, value):
    """`ok`, what refused it, or `loads: …` where it cannot be rebuilt."""
    try:
        data, loads = dumps(value)
    except BaseException as error:
        return explain(error)
    try:
        if loads:
            loads(data)
    except BaseException as error:
        return "loads: " + explain(error)
    return "ok"


def measure(job, tell):
    tell("made", "crashed")
    import_named(job)
    try:
        value = make(job)
    except BaseException as error:
        tell("made", explain(error))
        return
    if "same" in job:
        tell("same", value is make(job, "same", "other_setup"))
    if "like" in job:
        kind = kind_of(job)
        tell("like", isinstance(value, kind))
        tell("other", name_of(kind))
    tell("type", name_of(type(value)))
    tell("made", "ok")
    if "same" in job or "like" in job:
        return
    for name, dumps in job["carriers"]:
        tell(name, "crashed")
        # again for each: some copies close what the first one owns
        tell(name, send(dumps, value if name == "multiprocessing" else make(job)))


def apart(job, before=None):
    """Run `measure` in a process of its own; what it told is kept also where it hangs or crashes."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        if before:
            before()

        def tell(key, outcome):
            os.write(writer, (json.dumps([key, outcome]) + "\n").encode())

        try:
            measure(job, tell)
        except BaseException as error:
            tell("made", explain(error))
        finally:
            os.write(writer, DONE)
            os._exit(0)
    os.close(writer)
    told = listen(reader)
    os.close(reader)
    # what it left behind gets a signal that lets the trackers of shared memory tidy up
    os.killpg(child, signal.SIGTERM)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return dict(json.loads(line) for line in told.decode().split("\n") if line)


def listen(reader):
    """All that the child tells until it says that it is done, or ends, or its time is over."""
    told, end = b"", time.time() + LIMIT
    # the end of the pipe may never come: a process that the child left behind may hold it open
    while not told.endswith(DONE) and select.select([reader], [], [], max(0, end - time.time()))[0]:
        text = os.read(reader, 65536)
        if not text:
            break
        told += text
    return told


def spawn_by_default():
    import multiprocessing

    multiprocessing.set_start_method("spawn", force=True)


def run(jobs):
    known = carriers()
    for job in jobs:
        import_named(job, but=REGISTERING)
    results = []
    for job in jobs:
        result = apart(dict(job, carriers=known))
        if "pickle" in result and sys.version_info[0] == 3:
            under_spawn = apart(dict(job, carriers=[("spawning", spawning_pickled)]), spawn_by_default)
            result["spawning"] = under_spawn.get("spawning", under_spawn["made"])
        results.append(result)
    return results


def main():
    warnings.simplefilter("ignore")
    scratch = os.environ["TMPDIR"] = tempfile.mkdtemp()
    tempfile.tempdir = scratch
    os.chdir(scratch)
    sys.path.insert(0, scratch)
    try:
        results = run(json.load(sys.stdin))
    finally:
        os.chdir("/")
        shutil.rmtree(scratch, ignore_errors=True)
    print(json.dumps({"carriers": [name for name, _ in carriers()], "results": results}))


if __name__ == "__main__":
    main()
