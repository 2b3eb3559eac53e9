"""What a run shows as lists of texts, numbers and flags for JSON, and back; what is not exactly that is refused."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from picklecheck.findings import Finding, Judged, Unfinished
from picklecheck.rules.catalogue import RULES

_CODES = {rule.code for rule in RULES}


def packed(value: Any) -> Any:
    """A finding, or another object that is data, as plain data: of each object its fields in order."""
    if isinstance(value, tuple):
        return [packed(one) for one in value]
    if is_dataclass(value):
        return [packed(getattr(value, one.name)) for one in fields(value)]
    return value


def unpacked(data: object) -> Finding:
    """The finding that was packed; raises ValueError for anything else."""
    finding = cast(Finding, _made(Finding, data))
    if finding.code not in _CODES:
        raise ValueError(f"no rule {finding.code}")
    return finding


def unpacked_unfinished(data: object) -> Unfinished:
    """What was given up and packed; raises ValueError for anything else."""
    return cast(Unfinished, _made(Unfinished, data))


def unpacked_judged(data: object) -> Judged:
    """What was judged of a value and packed; raises ValueError for anything else."""
    return cast(Judged, _made(Judged, data))


def _made(kind: Any, data: object) -> object:
    """The value of a type that was packed as `data`."""
    if get_origin(kind) is Literal:
        if data in get_args(kind):
            return data
    elif get_origin(kind) is UnionType:  # of one type and None
        return None if data is None else _made(get_args(kind)[0], data)
    elif get_origin(kind) is tuple:
        if isinstance(data, list):
            return tuple([_made(get_args(kind)[0], one) for one in data])
    elif is_dataclass(kind):
        kinds = _kinds(cast(type, kind))
        if isinstance(data, list) and len(data) == len(kinds):
            return cast(type, kind)(*map(_made, kinds, data))
    elif type(data) is kind:
        return data
    raise ValueError(f"not a {kind}")


@cache
def _kinds(kind: type) -> list[Any]:
    """The types of the fields of a dataclass."""
    hints = get_type_hints(kind)
    return [hints[one.name] for one in fields(kind)]
