"""The settings of one file as a configuration would give them, each with the place it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from picklecheck.configuration.layers import Layer
from picklecheck.knowledge.versions import write
from picklecheck.projects import Projects
from picklecheck.rules.catalogue import UNREADABLE
from picklecheck.rules.selectors import CODES
from picklecheck.settings import Settings, applying
from picklecheck.source.discovery import display

_OF_RULES = ("select", "extend-select", "ignore", "levels")


def describe(projects: Projects, path: str, *, folder: bool) -> str:
    """What holds for the file at `path`, or for files in the folder there; a configuration of the same meaning."""
    found, required = projects.project(path if folder else path.rpartition("/")[0])
    settings = projects.in_folder(path) if folder else projects.of(path)
    applied = applying(found, "" if folder else path)
    lines = [f"# {display(found.file) if found.file else 'no configuration file'}"]
    for key, value in _values(settings):
        names = _OF_RULES if key == "select" else (key,)
        origin = ", ".join(_origins(applied, names))
        if not origin and key == "target-version":
            origin = f"requires-python of {display(required.file)}" if required and required.targets else "this Python"
        lines.append(f"{key} = {_toml(value)}  # {origin or 'default'}")
    if settings.knowledge:
        rows = sum(map(len, settings.knowledge.values()))
        lines.append(f"# knowledge: {rows} rows  # {', '.join(_origins(applied, ('knowledge',)))}")
    return "\n".join(lines)


def _values(settings: Settings) -> Iterator[tuple[str, Any]]:
    yield "target-version", [write(target) for target in settings.targets]
    yield "platform", list(settings.platforms)
    yield "start-method", list(settings.start_methods)
    yield "select", ["ALL"] if settings.rules >= CODES else sorted(settings.rules)
    if UNREADABLE not in settings.rules:
        yield "ignore", [UNREADABLE]
    if settings.levels:
        yield "levels", dict(settings.levels)
    yield "level", settings.level
    yield "min-certainty", settings.min_certainty
    yield "exclude", [pattern for _, patterns in settings.exclude for pattern in patterns]
    yield "force-exclude", settings.force_exclude
    yield "max-file-size", settings.max_file_size
    yield "unsafe-fixes", settings.unsafe_fixes
    if settings.baseline:
        yield "baseline", settings.baseline
    yield "output-format", settings.output_format


def _origins(applied: Sequence[Layer], names: Sequence[str]) -> Iterator[str]:
    """The places of the layers that set one of the keys: all where they add up, else the last one's."""
    places = []
    for layer in applied:
        for name in names:
            if name in layer.values:
                key = layer.paths[0] if layer.at[-1:] == ("per-file-ignores",) else name
                places.append(f"{display(layer.file)}:{layer.line(key)}")
    adding = names == _OF_RULES or names[0] in ("exclude", "knowledge", "levels")
    yield from dict.fromkeys(places if adding else places[-1:])


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
        case _:
            text = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'
