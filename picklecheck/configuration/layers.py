"""A configuration file as checked layers: what it extends, what it says itself, and what it says of some paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from picklecheck.configuration.files import SHARED, Files
from picklecheck.configuration.keys import BY_NAME, LEVELS, PATHS, Key
from picklecheck.configuration.positions import line_of
from picklecheck.configuration.versions import targets
from picklecheck.options import Misuse
from picklecheck.rules.selectors import codes, did_you_mean
from picklecheck.source.discovery import display
from picklecheck.source.disk import read

_MARK = b"picklecheck"


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings that are together: `at` leads to them in `file`; `paths` are the patterns of the files they are for.

    Without patterns they are for all.
    """

    file: str
    at: tuple[str | int, ...]
    values: Mapping[str, Any]
    paths: tuple[str, ...] = ()

    def line(self, key: str) -> int:
        """The line, from 1, on which `key` is; 1 where the file can no longer be read."""
        try:
            return line_of(read(self.file).decode(), (*self.at, key))
        except (OSError, UnicodeDecodeError):
            return 1


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one project says: `layers` from the weakest to the strongest, and the folder where its patterns start."""

    file: str = ""
    folder: str = ""
    layers: tuple[Layer, ...] = ()


def nearest(files: Files, start: str) -> Configuration:
    """The configuration of the nearest file at or above the folder `start` that speaks of picklecheck."""
    for path, data in files.above(start, _MARK):
        if (layers := _layers(path, data, ())) is not None:
            return Configuration(path, os.path.dirname(path), layers)
    return Configuration()


def named(path: str) -> Configuration:
    """The configuration that is in the file at `path`."""
    return Configuration(path, os.path.dirname(os.path.abspath(path)), _file(path, ()))


def _file(path: str, extending: tuple[str, ...]) -> tuple[Layer, ...]:
    try:
        data = read(path)
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}") from None
    return _layers(path, data, extending) or ()


def _layers(path: str, data: bytes, extending: tuple[str, ...]) -> tuple[Layer, ...] | None:
    """The layers of one file, after those that it extends; None where it does not speak of picklecheck."""
    content = toml(path, data)
    at: tuple[str, ...] = ()
    if os.path.basename(path) == SHARED:
        at = ("tool", "picklecheck")
        tool = content.get("tool", {})
        content = tool.get("picklecheck") if isinstance(tool, dict) else None
        if content is None:
            return None
    check = _Check(path, data, at)
    if not isinstance(content, dict):
        check.refuse("must be a table")
    for key, value in content.items():
        check.value(key, value)
    own = [Layer(path, at, {key: value for key, value in content.items() if key not in ("overrides", "extend")})]
    for number, override in enumerate(content.get("overrides", ())):
        values = {key: value for key, value in override.items() if key != "paths"}
        own.append(Layer(path, (*at, "overrides", number), values, listed(override["paths"])))
    for pattern, selectors in content.get("per-file-ignores", {}).items():
        own.append(Layer(path, (*at, "per-file-ignores"), {"ignore": selectors}, (pattern,)))
    return (*_extended(check, content.get("extend", ""), extending), *own)


def _extended(check: _Check, base: str, extending: tuple[str, ...]) -> tuple[Layer, ...]:
    if not base:
        return ()
    path = os.path.normpath(os.path.join(os.path.dirname(check.file), os.path.expanduser(base)))
    chain = (*extending, os.path.abspath(check.file))
    if os.path.abspath(path) in chain:
        check.refuse(f"{base} extends this file", "extend")
    try:
        return _file(path, chain)
    except Misuse as misuse:
        if str(misuse).startswith("cannot read"):
            check.refuse(str(misuse), "extend")
        raise


def toml(path: str, data: bytes) -> Any:
    """The content of a TOML file; raises Misuse where it is none."""
    import tomllib  # which is slow to load, and where nothing is configured nobody needs it

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{display(path)}: {error}") from None
    except ValueError:  # that of `int`, which `tomllib` lets through
        raise Misuse(f"{display(path)}: it has a number with too many digits") from None
    except RecursionError:
        raise Misuse(f"{display(path)}: it is nested too deeply to be read") from None


def listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, slots=True)
class _Check:
    """Refuses what a table of a file may not hold, and says where it is."""

    file: str
    data: bytes
    at: tuple[str | int, ...]

    def refuse(self, why: str, key: str = "", word: str = "") -> NoReturn:
        path = (*self.at, key) if key else self.at
        line = line_of(self.data.decode(), path, word)
        dotted = ".".join(f"[{part}]" if isinstance(part, int) else part for part in path).replace(".[", "[")
        raise Misuse(f"{display(self.file)}:{line}: {f'`{dotted}`: ' if dotted else ''}{why}")

    def value(self, name: str, value: object, known: Mapping[str, Key] = BY_NAME) -> None:
        key = known.get(name)
        if key is None:
            self.refuse(f"unknown key `{name}`{did_you_mean(name, known)}", name)
        match key.kind, value:
            case "flag", bool():
                return
            case "number", int() if value > 0 and not isinstance(value, bool):
                return
            case "word", str():
                self._word(key, value)
            case "words" | "rules", str() | list() if _is_words(value):
                for word in listed(value):
                    self._word(key, word)
            case "levels", dict() if all(isinstance(level, str) for level in value.values()):
                for selector, level in value.items():
                    self._try(codes, selector, name)
                    self._choose(level, LEVELS, name)
            case "ignores", dict() if all(map(_is_words, value.values())):
                for word in (word for words in value.values() for word in listed(words)):
                    self._try(codes, word, name)
            case "overrides", list() if all(isinstance(item, dict) for item in value):
                self._overrides(value)
            case "table", dict():
                self._knowledge(value)
            case _:
                self.refuse(_MUST_BE[key.kind], name)

    def _word(self, key: Key, word: str) -> None:
        if key.choices:
            self._choose(word, key.choices, key.name)
        elif key.kind == "rules":
            self._try(codes, word, key.name)
        elif key.name == "target-version":
            self._try(lambda text: targets((text,)), word, key.name)

    def _choose(self, word: str, choices: Iterable[str], key: str) -> None:
        if word not in choices:
            self.refuse(
                f"unknown value `{word}`{did_you_mean(word, choices)}; known are {', '.join(choices)}", key, word
            )

    def _try(self, read: Callable[[str], object], word: str, key: str) -> None:
        try:
            read(word)
        except Misuse as misuse:
            self.refuse(str(misuse), key, word)

    def _overrides(self, tables: Sequence[Mapping[str, Any]]) -> None:
        known = {name: key for name, key in BY_NAME.items() if key.by_path} | {PATHS.name: PATHS}
        for number, table in enumerate(tables):
            inner = _Check(self.file, self.data, (*self.at, "overrides", number))
            for name, value in table.items():
                if name in BY_NAME and name not in known:
                    inner.refuse("holds for a whole project and cannot be set in an override", name)
                inner.value(name, value, known)
            if not table.get(PATHS.name):
                inner.refuse("an override needs `paths`")

    def _knowledge(self, table: Mapping[str, Any]) -> None:
        from picklecheck.knowledge import own
        from picklecheck.knowledge.schema import KnowledgeError

        try:
            own.check(table, f"{display(self.file)}: knowledge")
        except KnowledgeError as error:
            raise Misuse(str(error)) from None


def _is_words(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


_MUST_BE = {
    "flag": "must be true or false",
    "number": "must be a number from 1",
    "word": "must be a string",
    "words": "must be a string or a list of strings",
    "rules": "must be a string or a list of strings",
    "levels": f"must be a table of rules with their levels: {', '.join(LEVELS)}",
    "ignores": "must be a table of patterns with lists of rules",
    "overrides": "must be tables, each written as `[[overrides]]`",
    "table": "must be a table",
}
