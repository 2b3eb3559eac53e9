"""Knows the Python versions that were measured, and how sets of them are read and spelled as specifiers."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import groupby
from typing import TypeAlias

Version: TypeAlias = tuple[int, int]

KNOWN: tuple[Version, ...] = ((2, 7), *((3, minor) for minor in range(6, 16)))
ALL: frozenset[Version] = frozenset(KNOWN)

_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)?)(?:\.\*)?")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def read(text: str) -> Version:
    """The version written as `3.14`."""
    major, minor = text.split(".")
    return int(major), int(minor)


def write(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


@cache
def parse(spec: str) -> frozenset[Version]:
    """The known versions that a specifier admits: `*`, `>=3.14`, `>=3.9,<3.11`, `<3.7 or >=3.14`.

    A specifier that cannot be read raises ValueError.
    """
    if spec.strip() in ("", "*"):
        return ALL
    return frozenset().union(*(_admitted(alternative) for alternative in spec.split(" or ")))


def _admitted(alternative: str) -> frozenset[Version]:
    versions = ALL
    for clause in alternative.split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            raise ValueError(f"`{clause.strip()}` is not a version specifier such as `>=3.9` or `<3.14`")
        compare, bound = _COMPARE[match[1]], tuple(map(int, match[2].split(".")))
        versions = frozenset(version for version in versions if compare(version[: len(bound)], bound))
    return versions


def spell(versions: Collection[Version], among: Sequence[Version] = KNOWN) -> str:
    """The shortest specifier that admits `versions` and no other of `among`; empty where it admits all."""
    order = sorted(among)
    wanted = [version in versions for version in order]
    if not any(wanted):
        raise ValueError("no version to spell")
    if wanted.count(False) == 1 and wanted[0] and wanted[-1]:
        return f"!={write(order[wanted.index(False)])}"
    runs = [[at for at, _ in run] for want, run in groupby(enumerate(wanted), key=lambda pair: pair[1]) if want]
    return " or ".join(_run(order, run[0], run[-1]) for run in runs)


def _run(order: Sequence[Version], first: int, last: int) -> str:
    if first == last and 0 < first < len(order) - 1:
        return f"=={write(order[first])}"
    lower = [f">={write(order[first])}"] if first else []
    upper = [f"<{write(order[last + 1])}"] if last + 1 < len(order) else []
    return ",".join(lower + upper)
