"""What an analysis asks of the disk, noted with each answer, so that a result can be kept while the answers hold."""

# Whatever an analysis reads or looks for goes through here. What is remembered from one analysis to the next
# remembers what it rests on, and says so again to each that uses it.

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG

from picklecheck.source import disk
from picklecheck.source.discovery import SKIPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable
    from typing import Any, TypeVar

    Value = TypeVar("Value")
    Answer = TypeVar("Answer", bound=Callable[..., Any])
    Asked = tuple[str, str, str]  # a question, the absolute path that it is about, and the answer
    # The process that made grounds, their number there, and those of them that it has not told before.
    Told = tuple[int, int, list[tuple[int, tuple[Asked, ...], tuple[int, ...]]]]


class Grounds:
    """What something rests on: questions with their answers, and the grounds of what it was made of.

    While it is entered, what is asked is noted in it.
    """

    __slots__ = ("asked", "parts")

    def __init__(self) -> None:
        self.asked: Collection[Asked] = ()
        self.parts: Collection[Grounds] = ()

    def __enter__(self) -> Grounds:
        _open.append((set(), set()))
        return self

    def __exit__(self, *error: object) -> None:
        asked, parts = _open.pop()
        self.asked, self.parts = (*asked,), (*parts,)  # a set takes more memory, even an empty one
        add(self)

    def innermost(self) -> Grounds:
        """These grounds, or the only others that they are made of."""
        return next(iter(self.parts)) if not self.asked and len(self.parts) == 1 else self


# Of each of the grounds that are entered, what was noted so far.
_open: list[tuple[set[Asked], set[Grounds]]] = []
_memories: list[Memory] = []
_digests: dict[str, str] = {}  # of the texts that were read last


class Memory:
    """Values that are made once, each with its grounds."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Any, Grounds]] = {}

    def get(self, key: Hashable, make: Callable[..., Value], *given: Any) -> Value:
        """The value of `key`, made of `given` when it is first asked for."""
        found: tuple[Value, Grounds] | None = self._known.get(key)
        if found is None:
            with Grounds() as grounds:
                value = make(*given)
            self._known[key] = value, grounds.innermost()
            return value
        add(found[1])
        return found[0]

    def values(self) -> list[Any]:
        return [value for value, _ in self._known.values()]

    def clear(self) -> None:
        self._known.clear()

    def let_go(self, key: Hashable) -> Any:
        """Forget the value of `key`, and give it; None where there is none."""
        return self._known.pop(key, (None, None))[0]

    def put(self, key: Hashable, make: Callable[..., Value], *given: Any) -> Value:
        """Make the value of `key` again."""
        self._known.pop(key, None)
        return self.get(key, make, *given)


def remembered(answer: Answer) -> Answer:
    """A function of hashable arguments whose results are made once, until `forget` is called."""
    memory = Memory()
    _memories.append(memory)

    def recall(*given: Any) -> Any:
        return memory.get(given, answer, *given)

    recall.__doc__, recall.__name__ = answer.__doc__, answer.__name__
    return recall  # type: ignore[return-value]


def forget() -> None:
    """Let everything be asked again, since files may have been changed."""
    for memory in _memories:
        memory.clear()
    _digests.clear()


def add(grounds: Grounds) -> None:
    """Note that what is being made rests on these too."""
    if _open and (grounds.asked or grounds.parts):
        _open[-1][1].add(grounds.innermost())


def note(question: str, path: str, answer: str) -> None:
    if _open:
        _open[-1][0].add((question, os.path.abspath(path), answer))


def is_noting() -> bool:
    return bool(_open)


def read(path: str) -> bytes:
    """All bytes of the regular file at `path`; raises OSError, also for what is no regular file."""
    try:
        data = disk.read(path)
    except OSError as error:
        note("text", path, absent(error))
        raise
    if _open:
        _digests[os.path.abspath(path)] = found = digest(data)
        note("text", path, found)
    return data


def absent(error: OSError) -> str:
    """The answer to who asks for a text that cannot be read."""
    return f"error {error.errno}"


def read_any(path: str) -> bytes:
    """All bytes of the file at `path`, none where it cannot be read."""
    try:
        return read(path)
    except OSError:
        return b""


def again(path: str) -> None:
    """Note that the text that was last read of the file at `path` counts."""
    if _open:
        note("text", path, _digests.get(os.path.abspath(path), "unknown"))


def is_file(path: str) -> bool:
    return kind(path) == "file"


def is_folder(path: str) -> bool:
    return kind(path) == "folder"


def exists(path: str) -> bool:
    return kind(path) != ""


def kind(path: str) -> str:
    """`file` or `folder`, `other` for what is neither, nothing where nothing is; links are followed."""
    found = kind_of(path)
    if _open:
        note("kind", path, found)
    return found


def kind_of(path: str) -> str:
    """What `kind` says, without noting it."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return "file" if S_ISREG(mode) else "folder" if S_ISDIR(mode) else "other"


def folders_in(folder: str) -> list[str]:
    """The names of the folders in a folder that may hold code of a project, in order; none where it cannot be read."""
    found = folders_of(folder)
    if _open:
        note("folders", folder, digest_of(found))
    return found


def folders_of(folder: str) -> list[str]:
    """What `folders_in` says, without noting it."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.name not in SKIPPED and entry.is_dir())
    except OSError:
        return []


@remembered
def importable(folder: str) -> frozenset[str]:
    """The names of what can be imported from a folder: `NAME` for a folder, `NAME.py` for a file."""
    found = importable_of(folder)
    if _open:
        note("importable", folder, digest_of(sorted(found)))
    return found


def importable_of(folder: str) -> frozenset[str]:
    """What `importable` says, without noting or remembering it."""
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if _is_importable(entry))
    except (OSError, ValueError):
        return frozenset()


def _is_importable(entry: os.DirEntry[str]) -> bool:
    """Whether a folder holds this under a name that an import statement can say."""
    name = entry.name
    if name.endswith(".py"):
        return entry.is_file()
    return name.isidentifier() and name != "__pycache__" and entry.is_dir()


@remembered
def files_below(folder: str, most: int) -> tuple[str, ...]:
    """The first Python files below a folder, in order of path, but for folders that hold no code of the project."""
    found = files_of(folder, most)
    if _open:
        note(f"files {most}", folder, digest_of(found))
    return found


def files_of(folder: str, most: int) -> tuple[str, ...]:
    """What `files_below` says, without noting or remembering it."""
    found: list[str] = []
    for here, inner, names in os.walk(folder):
        inner[:] = sorted(set(inner) - SKIPPED)
        found += [os.path.join(here, name) for name in sorted(names) if name.endswith(".py")]
        if len(found) >= most:
            break
    return tuple(found[:most])


_numbers: dict[Grounds, int] = {}
_teller = 0


def told(grounds: Grounds) -> Told:
    """What to send of grounds to the process that keeps results."""
    global _teller
    if _teller != os.getpid():
        _numbers.clear()
        _teller = os.getpid()
    new = []
    stack = [grounds]
    while stack:
        one = stack[-1]
        waiting = [part for part in one.parts if part not in _numbers]
        if one in _numbers or not waiting:
            stack.pop()
        if one not in _numbers and not waiting:
            _numbers[one] = len(_numbers)
            new.append((_numbers[one], tuple(sorted(one.asked)), tuple(sorted(_numbers[part] for part in one.parts))))
        stack += waiting
    return _teller, _numbers[grounds], new


def digest_of(names: Iterable[str]) -> str:
    """A digest of some names in their order."""
    return digest("\0".join(names).encode(errors="surrogateescape"))


def digest(data: bytes) -> str:
    """A digest of `data`: 128 bits that no other data have."""
    from _blake2 import blake2b  # `hashlib` loads OpenSSL before it

    return blake2b(data, digest_size=16).hexdigest()
