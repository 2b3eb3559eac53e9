"""What else refuses in a crossing, apart from the first cause, and which of it a rewrite leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described, step
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Cause, Finding, Step
from picklecheck.fixes.subject import NoFix
from picklecheck.rules.rule import slot_name
from picklecheck.semantics.domain.values import Instance, Site
from picklecheck.source.edits import Fix


def beside(crossing: Crossing, first: Refusal, behind: Iterable[Refusal]) -> list[Refusal]:
    """The refusals that have another cause than the first, each cause once; none is less sure than the first."""
    found = {_cause(first): first}
    for refusal in behind:
        if refusal.certain >= first.certain and set(refusal.methods) & set(crossing.methods):
            found.setdefault(_cause(refusal), refusal)
    return list(found.values())[1:]


def _cause(refusal: Refusal) -> object:
    """What tells one cause from another: the culprit, and the attribute that leads to it."""
    site = getattr(refusal.culprit, "site", None)
    where = site.node if isinstance(site, Site) else refusal.culprit
    return where, refusal.attribute, refusal.kept_as


def of_refusal(crossing: Crossing, refusal: Refusal, code: str) -> Cause:
    """A refusal as a further cause, such as: `self.db` (line 37), a `sqlite3.Connection`."""
    path = refusal.path or (step(described(refusal.culprit), _site(crossing, refusal)),)
    place = f" (line {path[-1].place.line})"
    text = f"{described(refusal.culprit)}{place}"
    if name := name_of(refusal):
        text = f"`self.{name}`{place}, {described(refusal.culprit)}"
    return Cause(code, text, slot_name(crossing), path)


def of_finding(finding: Finding) -> Cause:
    """What would be found next, when the finding before it is fixed."""
    path = finding.holding_path or (Step(finding.message, finding.place),)
    return Cause(finding.code, f"{finding.message} (line {path[-1].place.line})", finding.slot, path)


def name_of(refusal: Refusal) -> str:
    """The attributes that lead from an object to the culprit, with dots; empty where there are none."""
    if not isinstance(refusal.holder, Instance):
        return ""
    return ".".join(dict.fromkeys(filter(None, (refusal.attribute, refusal.kept_as))))


def _site(crossing: Crossing, refusal: Refusal) -> Site:
    site = getattr(refusal.culprit, "site", None)
    return site if isinstance(site, Site) else crossing.value


def telling(first: Refusal, others: list[Refusal], remedies: list[Fix | NoFix]) -> list[Fix | NoFix]:
    """The rewrites, each with the causes in its title that it leaves."""
    return [_telling(one, first, others) if isinstance(one, Fix) else one for one in remedies]


def _telling(fix: Fix, first: Refusal, others: list[Refusal]) -> Fix:
    # A fix that names no attributes is for the first cause.
    further = [first, *others] if fix.attributes else [one for one in others if one.culprit != first.culprit]
    left = [refusal for refusal in further if not _is_fixed(fix, refusal)]
    if not left:
        return fix
    names = [f"`self.{name}`" if (name := name_of(one)) else described(one.culprit) for one in left]
    return replace(fix, title=f"{fix.title} (leaves {', '.join(dict.fromkeys(names))})")


def _is_fixed(fix: Fix, refusal: Refusal) -> bool:
    """Whether a rewrite fixes this cause too."""
    return fix.mends_all or refusal.attribute in fix.attributes or refusal.kept_as in fix.attributes
