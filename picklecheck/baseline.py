"""The findings that a project has accepted for now: a file that names them without line numbers, and what is left."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from picklecheck.findings import Finding
from picklecheck.fingerprints import Key, Lines, keys
from picklecheck.options import Misuse
from picklecheck.source.discovery import display
from picklecheck.source.disk import read

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Left:
    """What a baseline leaves: the findings that it does not name, and the entries that nothing matches any more."""

    findings: list[Finding]
    stale: list[Key]


def load(path: str) -> Counter[Key]:
    """How often each finding is accepted, none where there is no file; raises Misuse for a file of another form."""
    try:
        content = json.loads(read(path))
        if content["version"] != _VERSION:
            raise Misuse(f"{display(path)}: baseline version {content['version']} is not known")
        return Counter({_key(path, row): row["count"] for row in content["findings"]})
    except FileNotFoundError:
        return Counter()
    except OSError as error:
        raise Misuse(f"cannot read {display(path)}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Misuse(f"{display(path)}: this is not a picklecheck baseline") from None


def save(path: str, accepted: Counter[Key]) -> None:
    """Write a baseline, paths relative to its folder; raises Misuse where it cannot be written."""
    rows = [
        {"path": _relative(path, key.path), "code": key.code, "within": key.within, "text": key.text, "count": count}
        for key, count in sorted(accepted.items())
        if count > 0
    ]
    text = json.dumps({"version": _VERSION, "findings": rows}, indent=1) + "\n"
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Misuse(f"cannot write {display(path)}: {error.strerror}") from None


def left(findings: Sequence[Finding], lines: Lines, accepted: Counter[Key], checked: Collection[str]) -> Left:
    """What is found beyond the `accepted`, and which of these are stale, as far as their files were `checked`.

    Code that moved to another definition of its file is known by its text, and that of a file that is gone, too.
    """
    open_keys = dict(enumerate(keys(findings, lines)))
    rest = +accepted
    for is_same in (_equal, _moved, _renamed):
        for number, key in list(open_keys.items()):
            match = key if rest[key] else next((one for one in rest if rest[one] and is_same(key, one)), None)
            if match is not None:
                rest[match] -= 1
                del open_keys[number]
        rest = +rest
    stale = [key for key in rest if key.path in checked or not os.path.exists(key.path)]
    return Left([findings[number] for number in open_keys], stale)


def updated(
    findings: Sequence[Finding], lines: Lines, accepted: Counter[Key], checked: Collection[str]
) -> Counter[Key]:
    """What to accept from now on: all that is found, and what was for files that are there and were not checked."""
    others = {key: count for key, count in accepted.items() if key.path not in checked and os.path.exists(key.path)}
    return Counter(others) + Counter(keys(findings, lines))


def _equal(found: Key, accepted: Key) -> bool:
    return found == accepted


def _moved(found: Key, accepted: Key) -> bool:
    return (found.path, found.code, found.text) == (accepted.path, accepted.code, accepted.text)


def _renamed(found: Key, accepted: Key) -> bool:
    return found[1:] == accepted[1:] and not os.path.exists(accepted.path)


def _key(path: str, row: dict[str, str]) -> Key:
    return Key(display(os.path.join(os.path.dirname(path), row["path"])), row["code"], row["within"], row["text"])


def _relative(path: str, to: str) -> str:
    return os.path.relpath(to, os.path.dirname(path) or ".").replace(os.sep, "/")
