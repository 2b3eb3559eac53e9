"""How users name Python versions: single ones, ranges as in `requires-python`, and names such as `py310`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from picklecheck.knowledge.versions import KNOWN, Version, parse, write
from picklecheck.options import Misuse

_NAME = re.compile(r"py(\d)(\d+)")


def targets(asked: Iterable[str]) -> tuple[Version, ...]:
    """The known versions that are meant, oldest first; raises Misuse for a text that names none."""
    found: set[Version] = set()
    for text in asked:
        plain = _NAME.sub(r"\1.\2", text.strip())
        exact = re.fullmatch(r"\d+\.\d+", plain)
        named = {version for version in KNOWN if write(version) == plain} if exact else known(plain)
        if not named:
            raise Misuse(f"unknown Python version `{text}`; known are {', '.join(map(write, KNOWN))}")
        found |= named
    return tuple(sorted(found))


def newer() -> tuple[Version, ...]:
    """The running version and all newer."""
    return tuple(version for version in KNOWN if version >= sys.version_info[:2]) or KNOWN[-1:]


def known(text: str) -> frozenset[Version]:
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
