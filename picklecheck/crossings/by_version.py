"""Programs that ask for the Python version are run for each answer; here what was found is put together again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.ledger import key
from picklecheck.crossings.verdict import Refusal, Versions
from picklecheck.semantics.domain.values import Site

# A program that tells more versions apart than this is run for all of them at once.
MOST_PARTS = 4


def parts(versions: Versions, asked: Iterable[Versions]) -> list[Versions]:
    """The versions, parted by the answers that a program got; those that it cannot tell apart stay together."""
    found = [versions]
    for one in asked:
        found = [part for whole in found for part in (whole & one, whole - one) if part]
    return found if len(found) <= MOST_PARTS else [versions]


def crossings(runs: Iterable[Iterable[Crossing]]) -> list[Crossing]:
    """The crossings of several runs; the same one of each becomes one."""
    found: dict[object, Crossing] = {}
    for crossing in (one for run in runs for one in run):
        before = found.get(key(crossing))
        if before is None:
            found[key(crossing)] = crossing
            continue
        more = crossing if crossing.verdict and not before.verdict else before
        verdict = refusals([*before.verdict, *crossing.verdict])
        found[key(crossing)] = replace(more, verdict=verdict, runs=before.runs | crossing.runs)
    return list(found.values())


def refusals(several: list[Refusal]) -> tuple[Refusal, ...]:
    """The refusals, those for the same cause as one."""
    found: dict[object, Refusal] = {}
    for refusal in several:
        site = getattr(refusal.culprit, "site", None)
        where = site.node if isinstance(site, Site) else None
        key = (refusal.reason, refusal.why, refusal.stage, refusal.attribute, refusal.methods, refusal.certain, where)
        before = found.get(key)
        found[key] = refusal if before is None else replace(before, versions=before.versions | refusal.versions)
    return tuple(found.values())


def uses(runs: Iterable[Iterable[Use]]) -> list[Use]:
    """The misuses of several runs; the same one of each becomes one."""
    found: dict[object, Use] = {}
    for use in (one for run in runs for one in run):
        before = found.get((use.call.node, use.kind))
        found[use.call.node, use.kind] = use if before is None else replace(use, runs=before.runs | use.runs)
    return list(found.values())
