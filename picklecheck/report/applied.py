"""The lines that tell what `--fix` did, such as `run.py:8: PKL104 excluded lock from the pickle`."""

from __future__ import annotations

import re

# The first words of the titles of fixes, and what they are once the fix is applied.
DONE = {
    "add": "added",
    "assign": "assigned",
    "bind": "bound",
    "build": "built",
    "call": "called",
    "close": "closed",
    "create": "created",
    "define": "defined",
    "exclude": "excluded",
    "give": "gave",
    "keep": "kept",
    "make": "made",
    "move": "moved",
    "name": "named",
    "pass": "passed",
    "put": "put",
    "read": "read",
    "recreate": "recreated",
    "remove": "removed",
    "rename": "renamed",
    "send": "sent",
    "set": "set",
    "start": "started",
    "submit": "submitted",
    "turn": "turned",
    "use": "used",
    "wrap": "wrapped",
    "write": "wrote",
}
_VERB = re.compile(r"(?:^|(?<= and )|(?<=, ))[a-z]+(?= )")


def line(path: str, number: int, code: str, title: str) -> str:
    """What a fix with this title did to the finding on a line, which is counted from 1."""
    return f"{path}:{number}: {code} {done(title)}"


def done(title: str) -> str:
    """A title in the past tense, without its backticks: ``exclude `lock` and recreate it``, `excluded lock and …`.

    What the fix leaves is told no more, as it is found again where no other fix fixes it.
    """
    parts = re.split(r"(`[^`]*`)", title.partition(" (leaves ")[0])
    told = [part[1:-1] if index % 2 else _VERB.sub(_past, part) for index, part in enumerate(parts)]
    return "".join(told)


def _past(verb: re.Match[str]) -> str:
    return DONE.get(verb[0], verb[0])
