"""What `--verbose` says of the work of a run: the slowest files, and what was not followed to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from picklecheck.output import counted

if TYPE_CHECKING:
    from picklecheck.findings import Effort

_SLOWEST = 5


def told(efforts: Mapping[str, Effort]) -> Iterator[str]:
    """The lines for the efforts of some files, by path; none where all came from the cache."""
    slowest = sorted(efforts.items(), key=lambda item: -item[1].seconds)[:_SLOWEST]
    for path, effort in slowest:
        yield f"{effort.seconds:.2f} s for {path}"
    met = [(path, what) for path, effort in sorted(efforts.items()) for what, bound in effort.ran.items() if bound]
    for path, what in met:
        yield f"{path}: {what} takes more steps than it may do, and was not followed to its end"
    entry_points = sum(len(effort.ran) for effort in efforts.values())
    if entry_points:
        yield f"{counted(entry_points, 'entry point')} run, {len(met)} of them not to the end"
