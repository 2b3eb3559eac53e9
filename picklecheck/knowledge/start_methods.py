"""Knows the start methods, and which of them each platform has by default, by Python version."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from picklecheck.knowledge.versions import Version, parse

START_METHODS = ("fork", "spawn", "forkserver")

# Platforms without some start methods: multiprocessing raises ValueError there.
_LIMITED = {"windows": ("spawn",)}

# Documentation of multiprocessing, "Contexts and start methods".
_DEFAULTS = (
    ("linux", "<3.14", "fork", "Linux before 3.14"),
    ("macos", "<3.8", "fork", "macOS before 3.8"),
    ("macos", ">=3.8", "spawn", "macOS"),
    ("windows", "*", "spawn", "Windows"),
    ("linux", ">=3.14", "forkserver", "Linux from 3.14"),
)


def by_default(platforms: Collection[str], versions: Iterable[Version]) -> tuple[str, ...]:
    """The start methods that some of the platforms have by default under some of the versions.

    Python before 3.4 could only fork (elsewhere than on Windows).
    """
    meant = {version for version in versions if version >= (3, 4)}
    found = {method for platform, spec, method, _ in _DEFAULTS if platform in platforms and meant & parse(spec)}
    return in_order(found if meant else {"fork"})


def there_are(platforms: Iterable[str]) -> tuple[str, ...]:
    """The start methods that a program can choose on some of the platforms."""
    return in_order({method for platform in platforms for method in _LIMITED.get(platform, START_METHODS)})


def in_order(methods: Collection[str]) -> tuple[str, ...]:
    return tuple(method for method in START_METHODS if method in methods)


def whose(method: str, versions: Collection[Version]) -> str:
    """The platforms that have a method by default, such as `Linux from 3.14`; empty where none has under `versions`."""
    rows = [(spec, words) for _, spec, default, words in _DEFAULTS if default == method]
    return ", ".join(words for spec, words in rows if not parse(spec).isdisjoint(versions))
