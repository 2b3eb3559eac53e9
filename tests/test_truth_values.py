"""Values of the standard library: what is claimed of each equals what was measured, wherever it is held."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from truth.claims import claims

from picklecheck.findings import START_METHODS

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT.parent / "shared" / "corpus" / "values.json"
UNDECIDED = Path(__file__).parent / "truth" / "undecided.txt"
MOST_UNDECIDED = 16

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MEASURED.is_file(), reason="the measured values are not beside this checkout"),
]

ATTRIBUTE = """\
from multiprocessing import Pool
{setup}


class Carrier:
    def __init__(self):
        self.held = {value}

    def work(self, number):
        return number


if __name__ == "__main__":
    carrier = Carrier()
    with Pool(2) as pool:
        print(pool.map(carrier.work, [1]))
"""

ARGUMENT = """\
from multiprocessing import Pool
{setup}


def take(value):
    return None


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.apply(take, ({value},)))
"""

THERE_AND_BACK = """\
import pickle
{setup}

value = {value}
data = pickle.dumps(value)
again = pickle.loads(data)
"""

# Each way to hand a value over, with the table of what was measured with the same pickler.
WAYS = {
    "attribute": (ATTRIBUTE, "multiprocessing"),
    "argument": (ARGUMENT, "multiprocessing"),
    "pickle": (THERE_AND_BACK, "pickle"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One value: what to run first, the expression, and by pickler and version how it went."""

    setup: str
    value: str
    outcomes: dict[str, dict[str, str]]

    def failing(self, pickler: str) -> dict[str, bool]:
        """By Python version that can make the value: whether it failed to cross."""
        outcomes = {version: how for version, how in self.outcomes[pickler].items() if how != "n.a."}
        return {version: how != "ok" for version, how in outcomes.items() if int(version.partition(".")[2]) >= 8}


@cache
def measured() -> dict[str, Measured]:
    if not MEASURED.is_file():
        return {}
    rows = json.loads(MEASURED.read_text("utf-8"))["values"]
    return {name: Measured(row["setup"], row["value"], row) for name, row in rows.items()}


@cache
def undecided() -> dict[str, str]:
    """The values that picklecheck cannot see for what they are, each with the reason."""
    rows = [row.partition(": ") for row in UNDECIDED.read_text("utf-8").splitlines() if not row.startswith("#")]
    return {name: reason for name, _, reason in rows}


@pytest.mark.parametrize("name", measured())
@pytest.mark.parametrize("way", WAYS)
def test_claims_equal_what_was_measured(way: str, name: str, tmp_path: Path) -> None:
    one = measured()[name]
    text = WAYS[way][0].format(setup=one.setup, value=one.value)
    claim = claims(tmp_path, {"program": text}, [">=3.8"])["program"]
    failing = one.failing(WAYS[way][1])
    missed, false = [], []
    for version, fails in failing.items():
        for method in START_METHODS:
            says = claim.fails(version, method)
            if says and not fails:
                false.append(f"{version} {method}")
            if fails and not says:
                missed.append(f"{version} {method}")
    assert not false, f"claimed where it works: {false}\n{claim}"
    if name in undecided():
        assert not claim.findings, "it is decided after all"
    else:
        assert not missed, f"it fails there: {missed}\n{claim}"


def test_little_is_undecided() -> None:
    assert len(undecided()) <= MOST_UNDECIDED
    assert undecided().keys() <= measured().keys()
    assert all(undecided().values())
