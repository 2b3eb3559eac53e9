"""The programs under `fixtures`: their headers and marks, and how each behaves when it is really run."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.specifiers import SpecifierSet

FIXTURES = Path(__file__).parent.parent / "fixtures"
START_METHODS = ("fork", "spawn", "forkserver")
VERSIONS = ("2.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")

_HEADER = re.compile(r"# (target|start-method|prints|fails|needs): (.*)")
_MARK = re.compile(r"[ \t]*# expect: ([^\r\n]*)")
_EXPECTED = re.compile(r"(PKL\d{3}) (error|warning|note)((?: (?:fails|python|effect|run): \S+)*)")

# Loaded at the start of every interpreter: it changes the default start method as a platform would,
# so that the program may still choose its own. No public function does this without fixing the choice.
_HOOK = """\
import os

if "PROGRAM_START_METHOD" in os.environ:
    from multiprocessing import context

    method = os.environ.pop("PROGRAM_START_METHOD")
    context._default_context._default_context = context._concrete_contexts[method]
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding that a program announces: its line (from 1), rule and level, and where that is said, more.

    In a project `run` names the run that fails because of it; without a name it is every run that fails.
    """

    line: int
    code: str
    level: str
    fails: frozenset[str] | None = None
    python: str | None = None
    effect: str | None = None
    run: str = field(default="", compare=False, repr=False)

    @property
    def is_fault(self) -> bool:
        """Whether the program does not do its work because of this; a note may still say that it does another."""
        return self.level != "note" or self.effect == "wrong"

    def fails_under(self, version: str, method: str | None) -> bool:
        """Whether the program fails because of this under a Python version and a start method."""
        return (
            self.is_fault
            and (self.fails is None or method in self.fails)
            and (self.python is None or fits(version, self.python))
        )


@dataclass(frozen=True, slots=True)
class Program:
    """One program: `path` is relative to `fixtures`, `target` a version or a range of versions.

    `needs` is a library that must be installed. A run of a project has the folder as its `path`, a `name`,
    the `command` behind `python`, and folders of the project that are on the `pythonpath`.
    """

    path: str
    target: str
    start_method: str
    prints: str
    fails: str
    marks: tuple[Mark, ...]
    needs: str = ""
    name: str = ""
    command: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.path}:{self.name}" if self.name else self.path

    @property
    def start_methods(self) -> tuple[str | None, ...]:
        """The start methods to run it under; None alone where it starts no process or has no choice."""
        match self.start_method:
            case "any" if self.target != "2.7":
                return START_METHODS
            case "any" | "none":
                return (None,)
            case method:
                return (method,)

    def runs_on(self, version: str) -> bool:
        """Whether a Python version belongs to the target."""
        return fits(version, self.target)

    def fails_under(self, version: str, method: str | None) -> bool:
        """Whether it must fail under a Python version and a start method."""
        return bool(self.fails) and any(mark.fails_under(version, method) for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `status` is None where the time limit ended it."""

    status: int | None
    stdout: str
    stderr: str

    @property
    def fault(self) -> str:
        """What went wrong, in words for a failed assertion; empty for a run without a fault."""
        if self.status is None:
            return f"hang\n{self.stderr}"
        return self.stderr if self.status or "Traceback" in self.stderr else ""

    def failed_as(self, expected: str) -> bool:
        """Whether it failed in one of the ways that a `fails:` header lists.

        An error that was raised counts even where the time limit ended the run: the interpreter rarely, but really,
        waits forever at its end for a pool that was left open.
        """
        if self.status is None and "hang" in expected.split("|"):
            return True
        raised = re.search(rf"^(?:\w+\.)*(?:{expected})\b", self.stderr, re.MULTILINE)
        return bool(raised) or ("silent" in expected.split("|") and not self.fault)


def text_of(path: Path) -> str:
    """The text of a file to the last byte, whatever its encoding and line ends."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


def fits(version: str, specifier: str) -> bool:
    """Whether a version belongs to a specifier, or is the one version that it names."""
    return version in SpecifierSet(f"=={specifier}" if specifier[:1].isdigit() else specifier)


def without_marks(text: str) -> str:
    """The text of a program without its marks and without the header that only a failing one has."""
    return re.sub(r"(?m)^# fails: .*\n", "", _MARK.sub("", text))


def read_program(path: Path) -> Program:
    """The program in a file, with what its header and marks say."""
    lines = text_of(path).removeprefix("\ufeff").splitlines()
    header: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            break
        if found := _HEADER.fullmatch(line):
            header.setdefault(found[1], []).append(found[2])
    return Program(
        path=path.relative_to(FIXTURES).as_posix(),
        target=header.get("target", [">=3.8"])[0],
        start_method=header.get("start-method", ["any"])[0],
        prints="\n".join(header.get("prints", [])),
        fails=header.get("fails", [""])[0],
        marks=marks_in(path),
        needs=header.get("needs", [""])[0],
    )


def marks_in(path: Path) -> tuple[Mark, ...]:
    """The marks in a file, in order."""
    lines = text_of(path).removeprefix("\ufeff").splitlines()
    return tuple(mark for number, line in enumerate(lines, 1) for mark in _marks(path, number, line))


def _marks(path: Path, number: int, line: str) -> Iterator[Mark]:
    if not (found := _MARK.search(line)):
        return
    for item in found[1].split("; "):
        parts = _EXPECTED.fullmatch(item)
        assert parts, f"{path}:{number}: unreadable mark: {item}"
        more = dict(re.findall(r"(\w+): (\S+)", parts[3]))
        fails = frozenset(more["fails"].split("|")) if "fails" in more else None
        yield Mark(number, parts[1], parts[2], fails, more.get("python"), more.get("effect"), more.get("run", ""))


@functools.cache
def programs() -> tuple[Program, ...]:
    """Every program, in order of path: `bad*`, `good*` and `fixed*` of rules and libraries, and the tutorial."""
    paths = [*FIXTURES.glob("rules/*/*.py"), *FIXTURES.glob("libraries/*/*.py"), *FIXTURES.glob("tutorial/*.py")]
    named = [path for path in paths if re.match(r"(bad|good|fixed)", path.name) or "tutorial" in path.parts]
    return tuple(read_program(path) for path in sorted(named))


@functools.cache
def interpreters() -> dict[str, str]:
    """The commands of the Python versions at hand.

    The running one comes first, then those of the environment variable PICKLECHECK_PYTHONS
    ("3.13=/a/python 3.14=/another/python"), then pythonX.Y on the PATH.
    """
    commands = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    named = dict(item.split("=", 1) for item in shlex.split(os.environ.get("PICKLECHECK_PYTHONS", "")))
    for version in VERSIONS:
        command = named.get(version) or shutil.which(f"python{version}")
        if command and version not in commands and _answers(command, version):
            commands[version] = command
    missing = [f"{version}={command}" for version, command in named.items() if version not in commands]
    assert not missing, f"PICKLECHECK_PYTHONS: {', '.join(missing)} does not answer as this version"
    return commands


@functools.cache
def with_libraries() -> tuple[str, str]:
    """Version and command of the Python that has other libraries: PICKLECHECK_LIBRARIES, else the running one."""
    command = os.environ.get("PICKLECHECK_LIBRARIES", sys.executable)
    ask = [command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip(), command


@functools.cache
def has_library(package: str) -> bool:
    """Whether a library can be imported there."""
    ask = [with_libraries()[1], "-c", f"import {package}"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def _answers(command: str, version: str) -> bool:
    # A version manager may put commands on the PATH that lead nowhere.
    ask = [command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == version


def prepare(folder: Path) -> None:
    """Copy the programs into a folder, with the hook beside them that `run` needs."""
    shutil.copytree(FIXTURES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    hook(folder)


def hook(folder: Path) -> None:
    """Put the hook into a folder of programs that `run` needs."""
    (folder / "sitecustomize.py").write_text(_HOOK)


def run(folder: Path, program: Program, version: str, method: str | None, limit: float) -> Outcome:
    """Run a program of a prepared folder, for at most `limit` seconds: a script, or as a project says."""
    path = folder / program.path
    searched = [folder, *(path / one for one in program.pythonpath)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, searched)), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"PYTHONIOENCODING": "utf-8"}
    if method:
        environment["PROGRAM_START_METHOD"] = method
    process = subprocess.Popen(
        [with_libraries()[1] if program.needs else interpreters()[version], *(program.command or (path.name,))],
        cwd=path if program.command else path.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    status: int | None = None
    try:
        stdout, stderr = process.communicate(timeout=limit)
        status = process.returncode
    except subprocess.TimeoutExpired:
        # Workers outlive their parent, so the whole session goes.
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
    return Outcome(status, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace"))
