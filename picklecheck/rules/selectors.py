"""How users name rules: by code, name, prefix of codes or ALL; and which rules that leaves running."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from picklecheck.options import Misuse
from picklecheck.rules.catalogue import RULES, UNREADABLE

CODES = frozenset(rule.code for rule in RULES)
_BY_NAME = {rule.name: rule.code for rule in RULES}


def codes(selector: str) -> frozenset[str]:
    """The codes that `selector` names; raises Misuse with the nearest name where it names none."""
    if selector.lower() in _BY_NAME:
        return frozenset({_BY_NAME[selector.lower()]})
    prefix = "" if selector.upper() == "ALL" else selector.upper()
    if selector and (named := frozenset(code for code in CODES if code.startswith(prefix))):
        return named
    raise Misuse(f"unknown rule `{selector}`{did_you_mean(selector, [*CODES, *_BY_NAME, 'ALL'])}")


def running(
    before: frozenset[str],
    select: Iterable[str] | None,
    extend: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> frozenset[str]:
    """The codes that run after one layer of settings: the narrowest selector decides, and of equals `ignore`.

    `select` starts afresh (None: goes on from `before`), except that an unreadable file is always told.
    """
    if select is not None:
        before = frozenset({UNREADABLE})
    verdicts: dict[str, tuple[int, bool]] = {}
    for on, selectors in ((True, (*(select or ()), *extend)), (False, tuple(ignore))):
        for selector in selectors:
            named = codes(selector)
            for code in named:
                verdicts[code] = max(verdicts.get(code, (-len(named), not on)), (-len(named), not on))
    return (before | {code for code, (_, off) in verdicts.items() if not off}) - {
        code for code, (_, off) in verdicts.items() if off
    }


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause that names the known word nearest to `word`, or nothing."""
    spelled = {name.lower(): name for name in known}
    nearest = get_close_matches(word.lower(), spelled, n=1, cutoff=0.7)
    return f", did you mean `{spelled[nearest[0]]}`?" if nearest else ""
