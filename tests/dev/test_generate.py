"""The tables that repeat what is elsewhere are current, and are written from it alone."""

from __future__ import annotations

import pytest

from picklecheck.dev import generate, sieve_rows
from picklecheck.dev.generate import COMMAND, Part
from picklecheck.dev.uses import Use, table_of, uses_of
from picklecheck.knowledge import loading
from picklecheck.source.sieve import survives


@pytest.mark.parametrize("part", generate.parts(), ids=lambda part: f"{part.path} {part.name}")
def test_every_table_is_current(part: Part) -> None:
    is_now, must_be = part.texts()
    assert is_now == must_be, f"run `{COMMAND}`"


@pytest.mark.parametrize("package", loading.libraries())
def test_the_sieve_lets_every_use_of_a_library_through(package: str) -> None:
    dropped = [use.program for use in sorted(uses_of(package)) if not survives(use.program.encode())]
    assert not dropped, f"the table `sieve` in {package}.toml says too little; without it the words come from the rows"


def test_a_library_with_boundaries_has_its_words() -> None:
    """Also without a table `sieve` of its own: then all the names by which its boundaries are called."""
    said = {package for package in loading.libraries() if "sieve" in table_of(package)}
    assert {row.package for row in sieve_rows.rows()} >= said - {"ray"}
    row = sieve_rows.row("depot", frozenset({Use("depot.Depot", ("send",)), Use("depot.submit")}), None)
    assert row is not None
    assert (row.stem, row.package, row.words, row.names) == ("depot", "depot", r"\b(?:send|submit)\b", ())


@pytest.mark.parametrize(
    ("package", "use"),
    [
        ("pebble", Use("pebble.ProcessPool", ("schedule",))),
        ("pebble", Use("pebble.concurrent.process")),
        ("ray", Use("ray.remote", ("remote",))),
        ("schwimmbad", Use("schwimmbad.choose_pool", ("map",))),
        ("billiard", Use("billiard.get_context", ("Pool", "map"))),
        ("torch", Use("torch.multiprocessing.Pool", ("map",))),
        ("mpi4py", Use("mpi4py.MPI", ("COMM_WORLD", "send"))),
    ],
)
def test_uses_go_over_factories_values_copies_and_other_names(package: str, use: Use) -> None:
    assert use in uses_of(package)
