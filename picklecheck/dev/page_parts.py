"""The parts of a rule's page that follow from the rule and its programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from picklecheck.dev.checkout import FIXTURES
from picklecheck.rules.catalogue import UNREADABLE, UNUSED
from picklecheck.rules.rule import CrossingRule, Rule, UseRule

SILENCED_OTHERWISE = (UNREADABLE, UNUSED)
_LEVELS = ("error", "warning", "note")


def head(rule: Rule) -> Iterator[str]:
    """The levels that its programs show, the fixes that they have, and since when there is this rule."""
    yield "| Level | Fix | Since |"
    yield "|---|---|---|"
    yield f"| {' or '.join(_levels(rule.code))} | {_fixes(rule)} | {rule.since} |"


def silence(rule: Rule) -> Iterator[str]:
    yield f"Add a comment to the line of the call: `# picklecheck: ignore[{rule.code}] reason`. For a whole file,"
    yield f"write `# picklecheck: file-ignore[{rule.code}]` anywhere in it; for a project, put"
    yield f'`ignore = ["{rule.code}"]` into its settings.'


def _levels(code: str) -> list[str]:
    marked = re.compile(rf"# expect: (?:.*; )?{code} (\w+)")
    texts = [path.read_text("utf-8", "replace") for path in sorted(FIXTURES.rglob("*.py"))]
    found = {level for text in texts for level in marked.findall(text)}
    return [level for level in _LEVELS if level in found]


def _fixes(rule: Rule) -> str:
    """Whether it has fixes, and how safe they can be."""
    if isinstance(rule, UseRule | CrossingRule) and type(rule).fixes in (UseRule.fixes, CrossingRule.fixes):
        return "no"
    if not any((FIXTURES / "rules" / rule.name).glob("fixed*")):
        return "no"
    return "yes, safe" if rule.always_safe else "yes, safe or unsafe"
