"""Crossings and uses as findings: which rule speaks, at which level, and under what it fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.spelling import described, step
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Certainty, FailsUnder, Finding, Level, Place, Step
from picklecheck.fixes.subject import NoFix
from picklecheck.knowledge.versions import KNOWN, parse, spell
from picklecheck.rules import causes, run_time
from picklecheck.rules.fitting import fitting
from picklecheck.rules.registry import crossing_rules, use_rules
from picklecheck.rules.rule import CrossingRule, UseRule, slot_name
from picklecheck.semantics.domain.values import BoundMethod, Instance, Partial, Site, Value
from picklecheck.source.edits import Fix

# Slots of what is sent from the worker to the parent, or is missed there.
COMING_BACK = ("return", "exception", "state", "variables")


def of_crossings(crossings: Iterable[Crossing], by_default: tuple[str, ...]) -> list[Finding]:
    """The findings about crossings; `by_default` are the start methods of a program that chooses none."""
    found: list[Finding] = []
    for crossing in crossings:
        told, behind = distinct(crossing)
        made = [finding for one in told if (finding := of_refusal(crossing, one, by_default, behind)) is not None]
        found.extend(made)
        if not made:
            found.extend(note_on_method(crossing))
    return behind_the_first(found)


def behind_the_first(found: list[Finding]) -> list[Finding]:
    """What comes back is no finding where the task surely never runs, but a cause of the finding that says so.

    An exception class is told once for each call.
    """
    never_run = {one.call: one for one in found if one.slot not in COMING_BACK and is_sure(one)}
    kept: dict[object, Finding] = {}
    for finding in found:
        first = never_run.get(finding.call)
        if finding.slot in COMING_BACK and first is not None and is_within(finding.fails_under, first.fails_under):
            never_run[finding.call] = replace(first, causes=(*first.causes, causes.of_finding(finding)))
            continue
        exception = finding.slot == "exception" and (finding.call, finding.message, finding.fails_under)
        kept.setdefault(exception or id(finding), finding)
    return [never_run[one.call] if is_told_of(one, never_run.get(one.call)) else one for one in kept.values()]


def is_sure(finding: Finding) -> bool:
    """Whether the task surely does not run, where the finding fails."""
    return finding.level != "note" and finding.certainty == "certain" and finding.effect != "wrong"


def is_told_of(finding: Finding, first: Finding | None) -> bool:
    """Whether one finding is the other with more causes."""
    return first is not None and replace(first, causes=finding.causes) == finding


def is_within(one: FailsUnder, other: FailsUnder) -> bool:
    return set(one.start_methods) <= set(other.start_methods) and parse(one.python) <= parse(other.python)


def distinct(crossing: Crossing) -> tuple[list[Refusal], list[Refusal]]:
    """The refusals worth a finding each, the first and those that add versions or methods; and those behind them."""
    kept: list[Refusal] = []
    behind: list[Refusal] = []
    order = sorted(crossing.verdict, key=lambda one: (not one.certain, one.stage != "dumps", -len(one.versions)))
    for refusal in order:
        covering = [one for one in kept if one.certain >= refusal.certain]
        cells = refusal.cells(crossing.methods)
        if covering and cells <= set().union(*(one.cells(crossing.methods) for one in covering)):
            behind.append(refusal)
        else:
            kept.append(refusal)
    return kept, behind


def rule_of(crossing: Crossing, refusal: Refusal) -> CrossingRule | None:
    return next((rule for rule in crossing_rules() if rule.claims(crossing, refusal)), None)


def of_refusal(
    crossing: Crossing, refusal: Refusal, by_default: tuple[str, ...], behind: list[Refusal]
) -> Finding | None:
    """What is told of a refusal; those `behind` refuse as well, wherever it does."""
    rule = rule_of(crossing, refusal)
    methods = tuple(method for method in crossing.methods if method in refusal.methods)
    if rule is None or not methods or not refusal.versions:
        return None
    others = causes.beside(crossing, refusal, behind)
    remedies = causes.telling(refusal, others, rule.fixes(crossing, refusal))
    place = crossing.value.module.place(crossing.value.node)
    first = step(described(crossing.values[0]) if crossing.values else crossing.slot, crossing.value)
    certainty: Certainty = "certain" if refusal.certain else "likely"
    whole = refusal.versions >= crossing.runs and set(methods) >= set(crossing.possible)
    level: Level = "error" if whole and refusal.certain else "warning"
    only_written = refusal.stage == "loads" and not (
        crossing.entry.process or crossing.entry.result or crossing.read_back
    )
    if rule.level == "note" or only_written:
        level = "note"
    return Finding(
        code=rule.code,
        name=rule.name,
        level=level,
        certainty=certainty,
        message=rule.message(crossing, refusal),
        place=place,
        call=crossing.call.module.place(crossing.call.node),
        boundary=crossing.entry.name,
        slot=slot_name(crossing),
        effect=rule.effect(crossing, refusal),
        fails_under=FailsUnder(
            methods,
            spell(refusal.versions, KNOWN),
            chosen=not set(crossing.possible) >= set(by_default),
            in_process=not crossing.entry.process,
        ),
        holding_path=(*relayed(crossing), first, *refusal.path, *ending(refusal, (first, *refusal.path))),
        help=fitting(crossing, rule.advice(crossing, refusal)),
        fixes=ranked(remedies),
        no_fix=why_not(remedies),
        causes=tuple(causes.of_refusal(crossing, one, code_of(crossing, one)) for one in others),
        run_time=run_time.of_refusal(crossing, refusal),
        culprit=made_at(refusal),
    )


def code_of(crossing: Crossing, refusal: Refusal) -> str:
    rule = rule_of(crossing, refusal)
    return rule.code if rule is not None else ""


def ranked(remedies: list[Fix | NoFix]) -> tuple[Fix, ...]:
    """What fixes it, safe fixes first."""
    return tuple(sorted((one for one in remedies if isinstance(one, Fix)), key=lambda fix: fix.applicability != "safe"))


def why_not(remedies: list[Fix | NoFix]) -> str:
    """Why nothing fixes it unasked; empty where something does."""
    if any(isinstance(one, Fix) and not one.on_request for one in remedies):
        return ""
    return next((one.text for one in remedies if isinstance(one, NoFix)), "")


def relayed(crossing: Crossing) -> tuple[Step, ...]:
    """The line of the boundary call, where the value was passed to a function that passes it on."""
    call = crossing.call
    if crossing.value.module.place(crossing.value.node).is_within(call.module.place(call.node)):
        return ()
    return (step(f"passed on to `{crossing.entry.short}`", call),)


def ending(refusal: Refusal, path: tuple[Step, ...]) -> tuple[Step, ...]:
    """The culprit's own place, where the path does not end there."""
    place = made_at(refusal)
    if place is None or any(one.place.path == place.path and one.place.line == place.line for one in path):
        return ()
    return (Step(described(refusal.culprit), place),)


def made_at(refusal: Refusal) -> Place | None:
    """Where the culprit is made, if the source shows that."""
    site = getattr(refusal.culprit, "site", None)
    return site.module.place(site.node) if isinstance(site, Site) else None


def note_on_method(crossing: Crossing) -> list[Finding]:
    """A bound method as a task works on Python 3, and takes its whole object along."""
    task = crossing.entry.task
    found = [method for value in crossing.values if (method := method_behind(value)) is not None]
    if not (crossing.entry.result and crossing.slot == task and found and crossing.methods):
        return []
    from picklecheck.rules.bound_method_crosses import BoundMethodCrosses

    rule = BoundMethodCrosses()
    refusal = Refusal(found[0], "bound method", "", frozenset())
    # It works: what may change it waits until it is asked for.
    fixes = [replace(fix, on_request=fix.applicability != "safe") for fix in ranked(rule.fixes(crossing, refusal))]
    place = crossing.value.module.place(crossing.value.node)
    return [
        Finding(
            code=rule.code,
            name=rule.name,
            level="note",
            certainty="certain",
            message=rule.message(crossing, refusal),
            place=place,
            call=crossing.call.module.place(crossing.call.node),
            boundary=crossing.entry.name,
            slot=crossing.slot,
            effect="raises",
            fails_under=FailsUnder((), ""),
            holding_path=(step(described(found[0]), crossing.value),),
            help=fitting(crossing, rule.advice(crossing, refusal)),
            fixes=tuple(fixes),
        )
    ]


def method_behind(value: Value) -> BoundMethod | None:
    """The bound method of an object that a value is, or that a `functools.partial` holds."""
    match value:
        case BoundMethod(receiver=Instance()):
            return value
        case Partial(function=(one,)):
            return method_behind(one)
    return None


def of_uses(uses: Iterable[Use], by_default: tuple[str, ...]) -> list[Finding]:
    found: list[Finding] = []
    for use in uses:
        rule = next((rule for rule in use_rules() if rule.kind == use.kind), None)
        if rule is not None:
            found.append(of_use(rule, use, by_default))
    return found


# What the second place of a use shows.
RELATED = {"no main guard": "started here", "pool in a daemonic worker": "started here"}


def of_use(rule: UseRule, use: Use, by_default: tuple[str, ...]) -> Finding:
    remedies = rule.fixes(use)
    place = use.call.module.place(use.call.node)
    whole = set(use.methods) >= set(use.possible)
    level: Level = "note" if rule.level == "note" or use.minor else "error" if whole and use.certain else "warning"
    path: tuple[Step, ...] = (step(f"`{use.entry.short}`", use.call),)
    under = FailsUnder(use.methods, spell(use.runs, KNOWN), not set(use.possible) >= set(by_default))
    if use.own is not None:
        path = (*path, step("created at import", use.own.made), step("used in the child", use.own.used))
        path = (*path, *([step("used in the parent", use.related)] if use.related is not None else []))
    elif use.related is not None:
        path = (*path, step(RELATED.get(use.kind, "read here"), use.related))
    return Finding(
        code=rule.code,
        name=rule.name,
        level=level,
        certainty="certain" if use.certain else "likely",
        message=rule.message(use),
        place=place,
        call=place,
        boundary=use.entry.name,
        slot="call",
        effect=rule.effect(use),
        fails_under=FailsUnder((), "") if level == "note" else under,
        holding_path=path,
        help=rule.advice(use),
        fixes=ranked(remedies),
        no_fix=why_not(remedies),
        run_time=run_time.of_use(use),
    )


def once(findings: list[Finding]) -> list[Finding]:
    """One finding for each rule, place and condition, and exception that is raised."""
    seen: dict[tuple[str, Place, FailsUnder, str], Finding] = {}
    for finding in findings:
        raised = finding.message if finding.slot == "exception" else ""
        seen.setdefault((finding.code, finding.place, finding.fails_under, raised), finding)
    return list(seen.values())
