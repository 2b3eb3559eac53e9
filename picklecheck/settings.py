"""What a file is checked with: defaults, overlaid by the layers of its configuration, overlaid by the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, cast

from picklecheck.configuration import layers, versions
from picklecheck.configuration.files import SHARED, Files
from picklecheck.configuration.layers import Configuration, Layer, listed
from picklecheck.findings import Certainty, Level
from picklecheck.knowledge import start_methods
from picklecheck.knowledge.start_methods import START_METHODS
from picklecheck.knowledge.versions import Version
from picklecheck.options import CHOICES, Misuse, Options
from picklecheck.rules.selectors import CODES, codes, did_you_mean, running
from picklecheck.source.discovery import MOST_BYTES
from picklecheck.source.edits import WAYS, Way
from picklecheck.source.ignored import Ignored

DEFAULT = ".picklecheck-baseline.json"  # where a baseline is written if nothing else is said


class ByPath(Protocol):
    """Whatever knows the settings of each file."""

    def of(self, path: str) -> Settings:
        """The settings of the file at `path`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file, or of all where they are the same.

    `targets` are the Python versions meant, oldest first; `start_methods` those that they have by default on the
    platforms meant, or that the user asks about, `methods_to_choose` those that a program may choose; `rules` the
    codes that run, `named` those that the command line selects one by one, `ways` how it wants some fixed, `levels`
    the levels that some get instead of their own; `level` and `min_certainty` are the lowest shown; `exclude` holds
    folders with the gitignore patterns that start there; `baseline` is the path of the findings that are accepted, or
    empty; `knowledge` is the user's own, as read; `file` is the configuration file that was used, or empty; `folder`
    is the deepest one that holds all that is checked.
    """

    targets: tuple[Version, ...]
    start_methods: tuple[str, ...] = START_METHODS
    methods_to_choose: tuple[str, ...] = START_METHODS
    platforms: tuple[str, ...] = CHOICES["platform"]
    rules: frozenset[str] = CODES
    named: frozenset[str] = frozenset()
    ways: Mapping[str, Way] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    level: Level = "note"
    min_certainty: Certainty = "likely"
    exclude: tuple[tuple[str, tuple[str, ...]], ...] = ()
    force_exclude: bool = False
    max_file_size: int = MOST_BYTES
    unsafe_fixes: bool = False
    output_format: str = "full"
    baseline: str = ""
    knowledge: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    folder: str = ""

    def of(self, path: str) -> Settings:
        return self

    def own_names(self) -> frozenset[bytes]:
        """The names by which files show that they may use what the user described."""
        if not self.knowledge:
            return frozenset()
        from picklecheck.knowledge import own

        return own.names(self.knowledge)


def load(options: Options, start: str) -> Settings:
    """The settings for `options` in the folder `start`."""
    files = Files()
    found = configuration(options, files, start)
    required = None if options.isolated else requirement(files, start)
    return settle(options, found, applying(found), required, os.path.abspath(start))


def configuration(options: Options, files: Files, start: str) -> Configuration:
    """The configuration file that is named, else the nearest to the folder `start`."""
    if options.isolated:
        return Configuration()
    return layers.named(options.config) if options.config else layers.nearest(files, start)


def applying(found: Configuration, path: str = "") -> tuple[Layer, ...]:
    """The layers of a configuration that are for the file at `path`; without one, those for all files."""
    if not path or not any(layer.paths for layer in found.layers):
        return tuple(layer for layer in found.layers if not layer.paths)
    folder, name = os.path.split(os.path.abspath(path))
    real = f"{os.path.realpath(folder)}/{name}".replace(os.sep, "/")
    base = os.path.realpath(found.folder).replace(os.sep, "/")
    return tuple(layer for layer in found.layers if not layer.paths or _patterns(base, layer.paths).covers(real))


@lru_cache
def _patterns(base: str, paths: tuple[str, ...]) -> Ignored:
    """The patterns of a layer, compiled once for all files."""
    return Ignored(base, paths)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What `requires-python` of a project says, where it is, and the known versions that it admits."""

    file: str
    text: str
    targets: tuple[Version, ...]


def requirement(files: Files, start: str) -> Requirement | None:
    """The `requires-python` of the nearest project at or above the folder `start` that has one."""
    for path, data in files.above(start, b"requires-python"):
        if os.path.basename(path) != SHARED:
            continue
        project = layers.toml(path, data).get("project", {})
        if isinstance(project, dict) and "requires-python" in project:
            text = str(project["requires-python"])
            return Requirement(path, text, tuple(sorted(versions.known(text))))
    return None


def settle(
    options: Options, found: Configuration, applied: Iterable[Layer], required: Requirement | None, folder: str
) -> Settings:
    """The settings that the layers `applied` of a configuration and the options come to."""
    values: dict[str, Any] = {}
    rules, levels, knowledge = CODES, dict[str, str](), dict[str, Any]()
    exclude: tuple[str, ...] = ()
    accepted = options.baseline or (DEFAULT if options.update_baseline else "")
    for layer in applied:
        values |= layer.values
        rules = _running(rules, layer.values)
        levels |= _levels(layer.values.get("levels", {}))
        exclude += listed(layer.values.get("exclude", ()))
        if "baseline" in layer.values and not options.baseline:
            accepted = os.path.join(os.path.dirname(layer.file), layer.values["baseline"])
        for section, rows in layer.values.get("knowledge", {}).items():
            knowledge[section] = knowledge.get(section, {}) | rows
    select, extend = ([*map(_with_way, _commas(words))] for words in (options.select, options.extend_select))
    ignore = _commas(options.ignore)
    asked = options.target_version or listed(values.get("target-version", ()))
    admitted = required.targets if required else ()
    targets = versions.targets(asked) if asked else admitted or versions.newer()
    platforms = options.platform or listed(values.get("platform", ())) or CHOICES["platform"]
    asked_methods = options.start_method or listed(values.get("start-method", ()))
    return Settings(
        targets=targets,
        platforms=tuple(platform for platform in CHOICES["platform"] if platform in platforms),
        start_methods=start_methods.in_order(asked_methods) or start_methods.by_default(platforms, targets),
        methods_to_choose=start_methods.in_order(asked_methods) or start_methods.there_are(platforms),
        rules=running(rules, _selectors(select) if options.select else None, _selectors(extend), ignore),
        named=_named(_selectors(select + extend)),
        ways={code: way for selector, way in select + extend if way for code in codes(selector)},
        levels=levels,
        level=cast(Level, options.level or values.get("level", "note")),
        min_certainty=cast(Certainty, options.min_certainty or values.get("min-certainty", "likely")),
        exclude=((found.folder or ".", exclude), (os.getcwd(), _commas(options.exclude))),
        force_exclude=options.force_exclude or values.get("force-exclude", False),
        max_file_size=options.max_file_size or values.get("max-file-size", MOST_BYTES),
        unsafe_fixes=options.unsafe_fixes or values.get("unsafe-fixes", False),
        output_format=options.output_format or values.get("output-format", "full"),
        baseline=accepted,
        knowledge=knowledge,
        file=found.file,
        folder=folder,
    )


def _with_way(selector: str) -> tuple[str, Way | None]:
    """A selector apart from the way that its fixes shall take, as in `PKL102:fork`; raises Misuse for no known way."""
    plain, colon, named = selector.partition(":")
    way = next((one for one in WAYS if one == named.lower()), None)
    if colon and way is None:
        raise Misuse(f"unknown way `{named}` of fixing: it is one of {', '.join(WAYS)}{did_you_mean(named, WAYS)}")
    return plain, way


def _selectors(chosen: Iterable[tuple[str, Way | None]]) -> list[str]:
    return [selector for selector, _ in chosen]


def _running(before: frozenset[str], values: Mapping[str, Any]) -> frozenset[str]:
    select = listed(values["select"]) if "select" in values else None
    off = [selector for selector, level in values.get("levels", {}).items() if level == "off"]
    return running(before, select, listed(values.get("extend-select", ())), (*listed(values.get("ignore", ())), *off))


def _levels(table: Mapping[str, str]) -> dict[str, str]:
    """The level of each code; the narrowest selector decides."""
    widest_first = sorted(table, key=lambda selector: -len(codes(selector)))
    return {code: table[selector] for selector in widest_first for code in codes(selector) if table[selector] != "off"}


def _commas(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _named(selectors: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(found for selector in selectors if len(found := codes(selector)) == 1))
