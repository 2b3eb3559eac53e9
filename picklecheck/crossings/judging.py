"""What the judging of one kind of value asks of the judge: the circumstances, the verdict on what it holds."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from picklecheck.crossings.child import Children
from picklecheck.crossings.crossing import Unseen
from picklecheck.crossings.spelling import described, step
from picklecheck.crossings.verdict import CARRIED, PYTHON_2, Reason, Refusal, Stage, Verdict, Versions, either
from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import Constant, Frame, Here, Site, Unbound, Unknown, Value, Values
from picklecheck.semantics.machine import Machine

# How many values deep a verdict looks; pickle itself gives up near the recursion limit. What lies deeper counts as
# fine, also where the same value is held by less: to look again from each holder takes exponential time.
DEEPEST = 250
# What is refused is judged again on each way to it, of which there may be very many.
MOST_JUDGED = 2_000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One moment of a run at which something crosses, and how it crosses.

    `frame` and `site` are where the crossing is, `protocol` is the one that pickle was asked for, `receiver` the
    object whose method is called. `starting` is the process that is being started. `children` has the names that a
    spawned child finds, `forked_with` those that were there when the workers were forked; None where no child looks
    anything up. `called` says that the other side calls the value, `coming_back` that it is sent to the parent,
    `by_field` that of a dataclass only the fields cross.
    """

    run: Machine
    world: KnownWorld
    carrier: str
    versions: Versions
    frame: Frame
    site: Site
    protocol: int | None = None
    receiver: Value | None = None
    starting: Value | None = None
    children: Children | None = None
    forked_with: frozenset[str] | None = None
    called: bool = False
    coming_back: bool = False
    by_field: bool = False


@dataclass(frozen=True, slots=True)
class Via:
    """How a holder leads to what it holds: the words before and after it, its attribute or index, and its place."""

    before: str
    after: str = ""
    attribute: str = ""
    site: Site | None = None
    index: int | None = None


class Judging(ABC):
    """The verdicts of one moment; who judges a kind of value asks it for the verdicts on what that value holds.

    `unseen` is what was first met that is not known.
    `open` are the values being judged, each held by the one before; `memo` are those that go whole, once for all
    values of one call. `carried` are those that were judged and found without fault, whatever holds them.
    """

    def __init__(self, at: Circumstances, memo: set[Value] | None = None) -> None:
        self.at = at
        self.run = at.run
        self.world = at.world
        self.carrier = at.carrier
        self.versions = at.versions
        self.frame = at.frame
        self.site = at.site
        self.here = Here(at.frame, at.site.node)
        self.open: list[Value] = []
        self.memo: set[Value] = set() if memo is None else memo
        self.carried: set[Value] = set()
        self.judged = 0
        self.unseen: Unseen | None = None
        self._cut = len(self.open)  # how deep the outermost value lies whose verdict had to be left to itself

    @abstractmethod
    def of_kind(self, value: Value) -> Verdict:
        """The verdict on a value by its kind."""

    def values(self, values: Values) -> Verdict:
        """The verdict on alternatives."""
        known = tuple(value for value in values if not isinstance(value, Unbound))
        return either([self.value(value) for value in known], known)

    def value(self, value: Value) -> Verdict:
        """The verdict on one value, under the versions in question; what holds itself is judged once."""
        starting = self.at.starting
        if value in self.carried or (value is starting and self.open):
            return CARRIED
        if len(self.open) > DEEPEST or self.judged >= MOST_JUDGED:
            self.run.meet("DEEPEST" if self.judged < MOST_JUDGED else "MOST_JUDGED", cut=True)
            return CARRIED
        self.judged += not isinstance(value, Constant)
        if value in self.open:
            self._cut = min(self._cut, self.open.index(value))
            return CARRIED
        depth, before = len(self.open), self._cut
        self._cut = depth
        self.open.append(value)
        try:
            found = self.of_kind(value)
        finally:
            self.open.pop()
        if not found and self._cut == depth:
            self.carried.add(value)
        self._cut = min(before, self._cut)
        chain = (*self.open, value)
        found = tuple(refusal if refusal.chain else replace(refusal, chain=chain) for refusal in found)
        return tuple(kept for refusal in found if (kept := refusal.within(self.versions)).versions)

    def part(self, values: Values, holder: Value, via: Via) -> Verdict:
        """The verdict on something that `holder` holds, with the step that leads to it."""
        known = tuple(value for value in values if not isinstance(value, Unbound))
        self.look_at(known, holder, via)
        found = either([self.value(value) for value in known], known) if known else CARRIED
        if len(known) < len(values):
            found = tuple(replace(refusal, certain=False) for refusal in found)
        attribute = via.attribute
        out: list[Refusal] = []
        for refusal in found:
            inner = next((value for value in known if value == refusal.culprit), known[0])
            at = via.site or site_of(inner) or site_of(holder) or self.site
            out.append(
                replace(
                    refusal.under(step(f"{via.before} {described(inner)}{via.after}", at), at),
                    attribute=attribute or refusal.attribute,
                    holder=holder if attribute else refusal.holder,
                    kept_as=refusal.kept_as or attribute,
                    keeper=refusal.keeper or (holder if attribute else None),
                )
            )
        return tuple(out)

    def look_at(self, values: Values, holder: Value, via: Via) -> None:
        """Remember the first thing that is not known."""
        if self.unseen is None and any(isinstance(value, Unknown) for value in values):
            self.unseen = self.unseen_part(holder, via)

    def unseen_part(self, holder: Value, via: Via) -> Unseen:
        """What is told of something unknown that a value holds, with the expression that it was set to, if any."""
        given = self.run.origins.given.get((holder, via.attribute)) if via.attribute else None
        if given is not None:
            node, frame = given
            return Unseen(Site(frame.module, node), f"attribute `{via.attribute}`")
        site = site_of(holder)
        element = element_of(site.node, via.index) if site is not None and via.index is not None else None
        if site is not None and element is not None:
            return Unseen(Site(site.module, element))
        of = (
            f"{described(holder)} (line {site.module.place(site.node).line})" if site is not None else described(holder)
        )
        return Unseen(part=f"attribute `{via.attribute}` of {of}" if via.attribute else f"an item of {of}")

    def items(self, items: Items, holder: Value) -> Verdict:
        """The verdict on the items of a container, and on the keys of a dict."""
        found: list[Refusal] = []
        for index, values in enumerate(items.values):
            key = items.keys[index] if items.exact and index < len(items.keys) else ()
            match key:
                case (Constant(value=literal),):
                    via = Via(f"item `{literal!r}` is", index=index)
                case _:
                    via = Via(f"item {index} is", index=index) if items.exact else Via("its items are")
            found.extend(self.part(values, holder, via))
        for keys in items.keys:
            found.extend(self.part(keys, holder, Via("a key is")))
        starting = self.at.starting
        if not items.exact and starting is not None and starting in items.all():
            found.extend(self.siblings(starting, holder))
        return tuple(found)

    def siblings(self, starting: Value, holder: Value) -> Verdict:
        """A process that is one of several in a container whose owner goes along: others may have been started."""
        entry = self.world.type("multiprocessing.Process")
        refused = entry.started.get(self.carrier, frozenset()) if entry is not None else frozenset()
        if entry is None or not refused:
            return CARRIED
        refusal = replace(self.refusal(starting, "started", entry.why, refused), certain=False)
        at = site_of(holder) or self.site
        words = f"among its items are processes started before, like {described(starting)}"
        return (refusal.under(step(words, at), at),)

    def below_protocol_2(self) -> Versions:
        """The versions under which the first protocols are used: asked for, or by default in Python 2."""
        if self.at.protocol is not None:
            return self.versions if self.at.protocol < 2 else frozenset()
        return self.versions & PYTHON_2 if self.carrier == "pickle" else frozenset()

    def refusal(
        self, culprit: Value, reason: Reason, why: str, versions: Versions | None = None, stage: Stage = "dumps"
    ) -> Refusal:
        """A refusal under all versions in question, or under those of them that are given."""
        return Refusal(culprit, reason, why, self.versions if versions is None else versions & self.versions, stage)


def site_of(value: Value) -> Site | None:
    return getattr(value, "site", None)


def element_of(node: ast.AST, index: int) -> ast.expr | None:
    """The expression of an item in a display such as `(a, b)` or `{"a": a}`; None where it is not told apart."""
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            plain = not any(isinstance(one, ast.Starred) for one in elements)
        case ast.Dict(keys=keys, values=elements):
            plain = None not in keys
        case _:
            return None
    return elements[index] if plain and index < len(elements) else None
