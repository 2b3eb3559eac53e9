"""The cache of one working directory: what was found in each file, and which files had to be parsed at all."""

from __future__ import annotations

import json
import os
import sys

from picklecheck import __version__
from picklecheck.caching import folder as folders
from picklecheck.caching.grounds import Table, now
from picklecheck.source.disk import read
from picklecheck.source.observed import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol

    from picklecheck.findings import Finding, Judged, Unfinished
    from picklecheck.settings import Settings
    from picklecheck.source.observed import Asked, Told

    # Its grounds, the day of its last use, and what was found.
    Entry = tuple[int, int, Any]

    class Shown(Protocol):
        """What the run of one file shows."""

        @property
        def findings(self) -> Sequence[Finding]:
            """What is reported."""

        @property
        def silences(self) -> bool:
            """Whether comments may silence any of it."""

        @property
        def unfinished(self) -> Sequence[Unfinished]:
            """What was given up."""

        @property
        def judged(self) -> Sequence[Judged]:
            """What crosses."""


_FORM = 3  # of the file
_UNUSED = 14  # days after which an entry that nobody used goes
_MOST_PRINTED = 1_000_000  # characters
_PRINTED = "printed "  # how the keys begin of what whole runs have printed
_MOST_BYTES = 32_000_000  # of the file; beyond it only what was used last is kept

# Settings that decide what becomes of findings, not what is found.
_LATER = frozenset(
    (
        *("rules", "named", "levels", "level", "min_certainty", "exclude", "force_exclude", "max_file_size"),
        *("unsafe_fixes", "output_format", "baseline"),
    )
)
# What others must have apart from picklecheck for the same result.
_LIBRARIES = ("libcst-", "fissix-", "packaging-")


class Cache:
    """What earlier runs have found, as far as it still holds, and what this one finds."""

    def __init__(self, folder: str, *, for_fixing: bool = False) -> None:
        began = now()
        self.folder = folder
        self._for_fixing = for_fixing
        self._today = began // (86400 * 10**9)
        self._table = Table(began)
        self._entries: dict[str, Entry] = {}
        self._new = False
        self._used: set[int] = set()  # grounds of what this run knows
        self._settings: dict[int, str] = {}
        context = [os.getcwd(), sys.version, sys.platform, __version__]
        self._name = digest(json.dumps(context).encode())
        self._own_state = _own_state()
        self._own = ""
        try:
            self._load(read(folders.path_of(folder, self._name)))
        except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
            self._table, self._entries, self._own, self._new = Table(began), {}, "", True

    def _load(self, data: bytes) -> None:
        """Take over a file of the cache; raises an error for one that is damaged, or not for this picklecheck."""
        if not folders.is_trusted(folders.path_of(self.folder, self._name)):
            raise ValueError("of another user")
        head, _, body = data.partition(b"\n")
        if head.decode() != digest(body):
            raise ValueError("damaged")
        content = json.loads(body)
        if content["form"] != _FORM:
            raise ValueError("of another form")
        self._own = str(content["own"])
        if content["own state"] != self._own_state:
            self._new = True
            if self._own != _own_content():
                raise ValueError("of another version")
        paths, stats = content["paths"], [(int(a), int(b), int(c)) for a, b, c in content["stats"]]
        for question, path, answer, stat in content["asked"]:
            self._table.question((str(question), str(paths[path]), str(answer)), stats[stat])
        for asked, parts in content["grounds"]:
            number = len(self._table.grounds)
            if any(part >= number for part in parts) or any(one >= len(self._table.asked) for one in asked):
                raise ValueError("grounds of what comes later")
            self._table.ground(asked, parts)
        for key, (ground, day, result) in content["entries"].items():
            if not 0 <= ground < len(self._table.grounds):
                raise ValueError("without grounds")
            self._entries[key] = ground, int(day), result

    def found(self, path: str, settings: Settings) -> tuple[list[Finding], bool, list[Unfinished], list[Judged]] | None:
        """What the run of a file shows, whether comments may silence it, what it gave up and judged; None if not known.

        What is written into files never comes from here: for fixing, only what has no fix is known.
        """
        from picklecheck.caching.plain import unpacked, unpacked_judged, unpacked_unfinished

        result = self._get(self._key(path, settings))
        try:
            match result:
                case [list(findings), bool(silences), list(unfinished), list(judged)]:
                    known = [unpacked(one) for one in findings]
                    given_up = [unpacked_unfinished(one) for one in unfinished]
                    fixable = self._for_fixing and any(one.fixes for one in known)
                    return None if fixable else (known, silences, given_up, list(map(unpacked_judged, judged)))
        except ValueError:
            pass
        return None

    def take(self, told: Iterable[Told]) -> None:
        """Take over what the processes of this run told of grounds, before any of them is kept with a result."""
        self._table.take_all(told)

    def keep(self, path: str, settings: Settings, told: Told, shown: Shown) -> None:
        """Keep what the run of a file has shown."""
        from picklecheck.caching.plain import packed

        lists = [[packed(one) for one in several] for several in (shown.findings, shown.unfinished, shown.judged)]
        result = [lists[0], shown.silences, *lists[1:]]
        self._put(self._key(path, settings), self._table.taken(told), result)

    def wanted(self, asked: str) -> list[str] | None:
        """Which of some files must be parsed; None where that is not known. `asked` means all of them."""
        result = self._get(f"wanted {asked}")
        if isinstance(result, list) and all(isinstance(path, str) for path in result):
            return result
        return None

    def keep_wanted(self, asked: str, told: Told, wanted: list[str]) -> None:
        """Keep which files must be parsed."""
        self._put(f"wanted {asked}", self._table.taken(told), wanted)

    def printed(self, question: str) -> tuple[str, str, int] | None:
        """What a whole run has printed today, on standard error and on standard output, and its exit code.

        Only today's counts, so that every entry that is in use is asked for once a day.
        """
        ground, day, result = self._entries.get(_PRINTED + question, (0, 0, None))
        match result:
            case [str(aside), str(text), int(code)] if day == self._today and self._holds(ground):
                return aside, text, code
        return None

    def keep_printed(self, question: str, rests_on: Iterable[Asked], printed: tuple[str, str, int]) -> None:
        """Keep what this run has printed, which `rests_on` some answers and on all that it has asked the cache.

        Lines of the source may be printed as they are now, so nothing may have been changed since the run began.
        """
        ground = self._table.confirmed(rests_on, sorted(self._used))
        if self._table.is_settled(ground) and len(printed[1]) < _MOST_PRINTED:
            self._put(_PRINTED + question, ground, list(printed))

    def _get(self, key: str) -> object:
        entry = self._entries.get(key)
        if entry is None or not self._holds(entry[0]):
            return None
        ground, day, result = entry
        self._used.add(ground)
        if day != self._today:
            self._put(key, ground, result)
        return result

    def _holds(self, ground: int) -> bool:
        try:
            return self._table.holds(ground)
        except ValueError:
            return False

    def _put(self, key: str, ground: int, result: object) -> None:
        self._entries[key] = ground, self._today, result
        self._used.add(ground)
        self._new = True

    def _key(self, path: str, settings: Settings) -> str:
        if id(settings) not in self._settings:
            chosen = [(name, getattr(settings, name)) for name in settings.__slots__ if name not in _LATER]
            self._settings[id(settings)] = digest(repr(chosen).encode(errors="surrogateescape"))
        return f"{self._settings[id(settings)]} {path}"

    def save(self) -> None:
        """Write what is new; where the folder cannot be written to, nothing happens."""
        if not (self._new or self._table.is_new):
            return
        by_use = sorted(self._entries.items(), key=lambda item: -item[1][1])
        data = self._packed(
            [(key, one) for key, one in by_use if one[1] + _UNUSED * (not key.startswith(_PRINTED)) >= self._today]
        )
        if len(data) > _MOST_BYTES:
            data = self._packed([item for item in by_use if item[1][1] == self._today])
        if len(data) <= _MOST_BYTES:
            folders.write(self.folder, self._name, data)

    def _packed(self, entries: list[tuple[str, Entry]]) -> bytes:
        """The bytes of the file: entries with the grounds that they need, all numbered again."""
        table = self._table
        grounds = {old: new for new, old in enumerate(sorted(table.below(entry[0] for _, entry in entries)))}
        asked = {old: new for new, old in enumerate(sorted({one for old in grounds for one in table.grounds[old][0]}))}
        rows = [(*table.asked[one], table.stats[one]) for one in asked]
        paths = _numbered(path for _, path, _, _ in rows)
        stats = _numbered(stat for *_, stat in rows)
        made_of = [table.grounds[old] for old in grounds]
        content = {
            "form": _FORM,
            "own": self._own or _own_content(),
            "own state": self._own_state,
            "paths": list(paths),
            "stats": list(stats),
            "asked": [[question, paths[path], answer, stats[stat]] for question, path, answer, stat in rows],
            "grounds": [[[asked[one] for one in own], [grounds[one] for one in parts]] for own, parts in made_of],
            "entries": {key: [grounds[ground], day, result] for key, (ground, day, result) in entries},
        }
        body = json.dumps(content, separators=(",", ":")).encode()
        return digest(body).encode() + b"\n" + body


def _numbered(values: Iterable[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        found.setdefault(value, len(found))
    return found


def _own_files() -> list[str]:
    """The files of picklecheck and of its knowledge."""
    found = []
    for folder, inner, names in os.walk(os.path.dirname(os.path.dirname(__file__))):
        inner[:] = sorted(set(inner) - {"__pycache__"})
        found += [os.path.join(folder, name) for name in sorted(names)]
    return found


def _libraries() -> list[str]:
    """The paths of the installed libraries that picklecheck uses, which name their versions."""
    return sorted(
        os.path.join(folder, name)
        for folder in sys.path
        if folder.endswith("-packages") and os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.startswith(_LIBRARIES)
    )


def _own_state() -> str:
    """What differs when picklecheck or a library that it uses is installed again."""
    states = [(found.st_mtime_ns, found.st_size) for found in map(os.stat, _own_files())]
    return digest(repr((_libraries(), states)).encode())


def _own_content() -> str:
    """What differs when any rule, any knowledge, or a library that picklecheck uses is another one."""
    libraries = sorted(map(os.path.basename, _libraries()))
    return digest("".join([*libraries, *(digest(read(path)) for path in _own_files())]).encode())
