"""What `--verbose` says of the work of a run: the slowest files, and how much was not followed to its end."""

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
    ran = [met_a_bound for effort in efforts.values() for met_a_bound in effort.ran.values()]
    if ran:
        yield f"{counted(len(ran), 'entry point')} run, {sum(ran)} of them up to the bound of steps"
    for bound in sorted({one for effort in efforts.values() for one in effort.met}):
        paths = [path for path, effort in efforts.items() if bound in effort.met]
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        yield f"the bound {bound} was met in {', '.join(paths[:3])}{more}"
