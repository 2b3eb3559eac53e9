"""The findings that a project has accepted for now: a file that names them without line numbers, and what is left."""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from picklecheck.findings import Finding
from picklecheck.fingerprints import Key, Lines, keys
from picklecheck.options import Misuse
from picklecheck.source.discovery import display
from picklecheck.source.disk import read
from picklecheck.source.whole import put

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
        return Counter({_key(path, row): int(row["count"]) for row in content["findings"]})
    except FileNotFoundError:
        return Counter()
    except OSError as error:
        raise Misuse(f"cannot read {display(path)}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
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
        put(path, text.encode())
    except OSError as error:
        raise Misuse(f"cannot write {display(path)}: {error.strerror}") from None


def left(findings: Sequence[Finding], lines: Lines, accepted: Counter[Key], checked: Collection[str]) -> Left:
    """What is found beyond the `accepted`, and which of these are stale, as far as their files were `checked`.

    Code that moved to another definition of its file is known by its text, and that of a file that is gone, too.
    """
    open_keys = dict(enumerate(keys(findings, lines)))
    rest = +accepted
    _match(open_keys, rest, list(rest), lambda key: key)
    _match(open_keys, rest, list(rest), lambda key: (key.path, key.code, key.text))
    _match(open_keys, rest, [key for key in rest if not os.path.exists(key.path)], lambda key: key[1:])
    rest = +rest
    stale = [key for key in rest if key.path in checked or not os.path.exists(key.path)]
    return Left([findings[number] for number in open_keys], stale)


def updated(
    findings: Sequence[Finding], lines: Lines, accepted: Counter[Key], checked: Collection[str]
) -> Counter[Key]:
    """What to accept from now on: all that is found, and what was for files that are there and were not checked."""
    others = {key: count for key, count in accepted.items() if key.path not in checked and os.path.exists(key.path)}
    return Counter(others) + Counter(keys(findings, lines))


def _match(
    open_keys: dict[int, Key], rest: Counter[Key], accepted: list[Key], known_by: Callable[[Key], Hashable]
) -> None:
    """Pair findings with accepted ones that are known alike, and take both out, each as often as it is there."""
    alike: dict[Hashable, deque[Key]] = {}
    for key in accepted:
        alike.setdefault(known_by(key), deque()).append(key)
    for number, key in list(open_keys.items()):
        waiting = alike.get(known_by(key), deque())
        while waiting and not rest[waiting[0]]:
            waiting.popleft()
        if waiting:
            rest[waiting[0]] -= 1
            del open_keys[number]


def _key(path: str, row: dict[str, str]) -> Key:
    return Key(display(os.path.join(os.path.dirname(path), row["path"])), row["code"], row["within"], row["text"])


def _relative(path: str, to: str) -> str:
    return os.path.relpath(to, os.path.dirname(path) or ".").replace(os.sep, "/")
