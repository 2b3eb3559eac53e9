"""What a run is asked to do: defaults, overlaid by the configuration file, overlaid by the command line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from picklecheck import config
from picklecheck.findings import START_METHODS
from picklecheck.knowledge.versions import KNOWN, Version, parse, write
from picklecheck.options import CHOICES, Misuse, Options
from picklecheck.rules.selectors import CODES, codes, did_you_mean, running
from picklecheck.source.disk import read

Level = Literal["error", "warning", "note"]

# Every key of the configuration file, with an example of its kind of value.
KEYS: Mapping[str, object] = {
    "target-version": [""],
    "start-method": [""],
    "select": [""],
    "extend-select": [""],
    "ignore": [""],
    "level": "",
    "exclude": [""],
    "force-exclude": False,
    "unsafe-fixes": False,
    "output-format": "",
    "knowledge": {},
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    `targets` are the Python versions meant, oldest first; `rules` the codes that run, `named` those that the
    command line selects one by one; `level` is the lowest shown; `exclude` holds folders with the gitignore
    patterns that start there; `knowledge` is the user's own, as read; `file` is the configuration file that
    was used, or empty; `folder` is the deepest one that holds all that is checked.
    """

    targets: tuple[Version, ...]
    start_methods: tuple[str, ...] = START_METHODS
    rules: frozenset[str] = CODES
    named: frozenset[str] = frozenset()
    level: Level = "note"
    exclude: tuple[tuple[str, tuple[str, ...]], ...] = ()
    force_exclude: bool = False
    unsafe_fixes: bool = False
    output_format: str = "full"
    knowledge: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    folder: str = ""

    def own_names(self) -> frozenset[bytes]:
        """The names by which files show that they may use what the user described."""
        if not self.knowledge:
            return frozenset()
        from picklecheck.knowledge import own

        return own.names(self.knowledge)


def load(options: Options, start: str) -> Settings:
    """The settings for `options`, with the configuration that is nearest to the folder `start`."""
    file, table = ("", {}) if options.isolated else _configuration(options.config, start)
    for key, value in table.items():
        _check(file, key, value)
    methods = options.start_method or _several(table, "start-method")
    for key in ("level", "output-format", "start-method"):
        for value in _several(table, key):
            _choose(f"{file}: {key}", value, CHOICES[key.replace("-", "_")])
    rules = running(
        CODES,
        _several(table, "select") if "select" in table else None,
        _several(table, "extend-select"),
        _several(table, "ignore"),
    )
    rules = running(
        rules,
        _commas(options.select) if options.select else None,
        _commas(options.extend_select),
        _commas(options.ignore),
    )
    asked = options.target_version or _several(table, "target-version")
    targets = _targets(asked) if asked else _default_targets("" if options.isolated else start)
    possible = START_METHODS if any(target >= (3, 4) for target in targets) else ("fork",)
    return Settings(
        folder=os.path.abspath(start),
        targets=targets,
        start_methods=tuple(method for method in START_METHODS if method in (methods or possible)),
        rules=rules,
        named=_named(_commas((*options.select, *options.extend_select))),
        level=cast(Level, options.level or table.get("level", "note")),
        exclude=(
            (os.path.dirname(file) or ".", _several(table, "exclude")),
            (os.getcwd(), _commas(options.exclude)),
        ),
        force_exclude=options.force_exclude or table.get("force-exclude", False),
        unsafe_fixes=options.unsafe_fixes or table.get("unsafe-fixes", False),
        output_format=options.output_format or table.get("output-format", "full"),
        knowledge=_knowledge(table.get("knowledge", {}), file),
        file=file,
    )


def _knowledge(table: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """The user's own knowledge, which must be in the form of knowledge."""
    if table:
        from picklecheck.knowledge import own
        from picklecheck.knowledge.schema import KnowledgeError

        try:
            own.check(table, f"{file}: knowledge")
        except KnowledgeError as error:
            raise Misuse(str(error)) from None
    return table


def describe(settings: Settings) -> str:
    """The settings as a configuration file would give them."""
    lines = [f"# {settings.file or 'no configuration file'}"]
    values = {
        "target-version": [write(target) for target in settings.targets],
        "start-method": list(settings.start_methods),
        "select": sorted(settings.rules),
        "level": settings.level,
        "exclude": [pattern for _, patterns in settings.exclude for pattern in patterns],
        "force-exclude": settings.force_exclude,
        "unsafe-fixes": settings.unsafe_fixes,
        "output-format": settings.output_format,
    }
    return "\n".join([*lines, *(f"{key} = {_toml(value)}" for key, value in values.items())])


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            text = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'


def _configuration(named: str, start: str) -> tuple[str, dict[str, Any]]:
    """Path and table of the configuration file: the one named, or the nearest that speaks of picklecheck."""
    if named:
        try:
            return named, _table(named, read(named)) or {}
        except OSError as error:
            raise Misuse(f"cannot read {named}: {error.strerror}") from None
    for path, data in config.above(start, b"picklecheck"):
        if (table := _table(path, data)) is not None:
            return path, table
    return "", {}


def _table(path: str, data: bytes) -> dict[str, Any] | None:
    content = _toml_content(path, data)
    if os.path.basename(path) != config.SHARED:
        return content
    table = content.get("tool", {}).get("picklecheck")
    if table is None or isinstance(table, dict):
        return table
    raise Misuse(f"{path}: `tool.picklecheck` must be a table")


def _toml_content(path: str, data: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path}: {error}") from None


def _check(file: str, key: str, value: object) -> None:
    if key not in KEYS:
        raise Misuse(f"{file}: unknown key `{key}`{did_you_mean(key, KEYS)}")
    match KEYS[key], value:
        case (bool(), bool()) | (str(), str()) | (dict(), dict()) | (list(), str()):
            return
        case list(), list() if all(isinstance(item, str) for item in value):
            return
        case bool(), _:
            raise Misuse(f"{file}: `{key}` must be true or false")
        case str(), _:
            raise Misuse(f"{file}: `{key}` must be a string")
        case dict(), _:
            raise Misuse(f"{file}: `{key}` must be a table")
        case _:
            raise Misuse(f"{file}: `{key}` must be a list of strings")


def _several(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, ())
    return (value,) if isinstance(value, str) else tuple(value)


def _commas(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _named(selectors: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(found for selector in selectors if len(found := codes(selector)) == 1))


def _choose(what: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise Misuse(f"{what} cannot be `{value}`{did_you_mean(value, known)}")


def _targets(asked: Iterable[str]) -> tuple[Version, ...]:
    targets: set[Version] = set()
    for text in asked:
        exact = re.fullmatch(r"\d+\.\d+", text.strip())
        named = {version for version in KNOWN if write(version) == text.strip()} if exact else _range(text)
        if not named:
            known = ", ".join(map(write, KNOWN))
            raise Misuse(f"no known Python version is `{text}`; known are {known}")
        targets |= named
    return tuple(sorted(targets))


def _range(text: str) -> frozenset[Version]:
    """The known versions of which some release fits the specifier `text`; none where it is no specifier."""
    try:
        return parse(text) if text.strip() else frozenset()
    except ValueError:
        pass
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(text)
    except InvalidSpecifier:
        return frozenset()
    releases = {"0", "99", *re.findall(r"\d+\.\d+\.(\d+)", text)}
    return frozenset(
        version for version in KNOWN if any(wanted.contains(f"{write(version)}.{release}") for release in releases)
    )


def _default_targets(start: str) -> tuple[Version, ...]:
    """The versions that the project says it runs on; else the running one and all newer."""
    for path, data in config.above(start, b"requires-python") if start else ():
        if os.path.basename(path) != config.SHARED:
            continue
        project = _toml_content(path, data).get("project", {})
        if named := _range(str(project.get("requires-python", ""))):
            return tuple(sorted(named))
    return tuple(version for version in KNOWN if version >= sys.version_info[:2]) or KNOWN[-1:]
