"""Measures what every carrier does with every row of the knowledge, and compares the rows or writes them.

    python scripts/measure.py check
    python scripts/measure.py --python 3.13=python3.13 --python 3.14='env PYTHONPATH=lib python3.14' write
    python scripts/measure.py --python 3.11=/an/environment/bin/python --library joblib --library torch write

Without `--python` every pythonX.Y on PATH is taken. `write` wants all known versions for the standard
library; of other libraries, what the versions that were measured do is taken for all. `texts` writes what Python
prints when it refuses an object of a type, for those of the standard library.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from picklecheck.knowledge import loading, schema
from picklecheck.knowledge.versions import KNOWN, Version, spell
from picklecheck.knowledge.versions import read as version_of
from picklecheck.knowledge.versions import write as written

PROBE = Path(__file__).with_name("probe.py")
Outcomes: TypeAlias = dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class Job:
    """One value to make and send; `row` is the section and the name it is evidence for.

    With `like`, only asked is whether the value is an instance of the type of that other value, or
    of the class `kind` where that name leads to one; with `same`, whether it is that object.
    """

    row: tuple[str, str]
    example: str
    setup: str = ""
    like: str = ""
    same: str = ""
    other_setup: str = ""
    kind: str = ""
    part: str = ""

    def asked(self) -> dict[str, str]:
        keys = ("setup", "example", "like", "same", "other_setup", "kind")
        return {key: getattr(self, key) for key in keys if getattr(self, key)}


Measured: TypeAlias = dict[Version, dict[Job, Outcomes]]


def jobs(knowledge: schema.Knowledge) -> list[Job]:
    """The evidence for all rows."""
    return [
        *_types(knowledge),
        *_wrappers(knowledge),
        *_factories(knowledge),
        *_values(knowledge),
        *_aliases(knowledge),
    ]


def of_library(package: str) -> tuple[schema.Knowledge, list[Job]]:
    """All that is known once a library's file is read, and the evidence for the rows of that file."""
    table = loading.read(loading.libraries()[package])
    knowledge = loading.extended(loading.load(), table, package)
    rows = {(section, name) for section, entries in table.items() for name in entries}
    taken = (job for job in jobs(knowledge) if job.row in rows)
    return knowledge, [job for job in taken if is_measured(knowledge, job)]


def is_measured(knowledge: schema.Knowledge, job: Job) -> bool:
    """Whether a row can be shown: another spelling of a whole module, or of a boundary, is no type."""
    section, name = job.row
    if section == "alias":
        return knowledge.alias[name] in knowledge.types
    if section == "value":
        return knowledge.types[knowledge.values[name].type].measured
    entry = (knowledge.types if section == "type" else knowledge.factories).get(name)
    return entry is None or entry.measured


def _types(knowledge: schema.Knowledge) -> Iterator[Job]:
    for name, entry in knowledge.types.items():
        yield Job(("type", name), entry.example, entry.setup)
        if entry.started_example:
            yield Job(("type", name), entry.started_example, entry.setup, part="started")
        for base in entry.bases:
            yield _like(("type", name), entry.example, entry.setup, knowledge.types[base], f"base {base}")


def _like(row: tuple[str, str], example: str, setup: str, other: schema.TypeEntry, part: str = "") -> Job:
    kind = other.name.removeprefix("builtins.")
    return Job(row, example, setup, other.example, other_setup=other.setup, kind=kind, part=part)


def _wrappers(knowledge: schema.Knowledge) -> Iterator[Job]:
    for name, entry in knowledge.wrappers.items():
        for example in entry.examples:
            for held in ("Carried()", "Refuses()"):
                yield Job(("wrapper", name), example.replace("{}", held), entry.setup, part=held)


def _factories(knowledge: schema.Knowledge) -> Iterator[Job]:
    for name, entry in knowledge.factories.items():
        owner = knowledge.types.get(name.rpartition(".")[0])
        made_by = f"({owner.example}).{name.rpartition('.')[2]}" if owner else name.removeprefix("builtins.")
        call = entry.example or f"{made_by}({entry.args})"
        setup = "\n".join(text for text in (owner.setup if owner else "", entry.setup) if text)
        several = isinstance(entry.returns, tuple)
        for at, returned in enumerate(entry.returns if isinstance(entry.returns, tuple) else (entry.returns,)):
            made = f"{call}[{at}]" if several or returned.startswith("[") else call
            returned = returned.strip("[]")
            yield _like(("factory", name), made, setup, knowledge.types[returned], returned)


def _values(knowledge: schema.Knowledge) -> Iterator[Job]:
    for name, entry in knowledge.values.items():
        owner = knowledge.types.get(name.rpartition(".")[0])
        made = f"({owner.example}).{name.rpartition('.')[2]}" if owner else name.removeprefix("builtins.")
        yield _like(("value", name), made, owner.setup if owner else "", knowledge.types[entry.type])


def _aliases(knowledge: schema.Knowledge) -> Iterator[Job]:
    for name, canonical in knowledge.alias.items():
        entry = knowledge.types.get(canonical)
        yield Job(("alias", name), name, same=canonical)
        if entry:
            yield Job(("alias", name), name, same=f"type({entry.example})", other_setup=entry.setup, part="type")


def measure(command: Sequence[str], asked: Sequence[Job]) -> dict[Job, Outcomes]:
    """What one interpreter does with the examples."""
    done = subprocess.run(
        [*command, "-c", PROBE.read_text(encoding="utf-8")],
        input=json.dumps([job.asked() for job in asked]),
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
    )
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)} failed:\n{done.stderr}")
    # some libraries greet when they are imported
    return dict(zip(asked, json.loads(done.stdout.splitlines()[-1])["results"], strict=True))


def interpreters(given: Sequence[str] = ()) -> dict[Version, list[str]]:
    """The commands to measure with, by version."""
    if given:
        pairs = (text.partition("=") for text in given)
        return {version_of(version): shlex.split(command) for version, _, command in pairs}
    on_path = {version: f"python{written(version)}" for version in KNOWN}
    # a shim of a version manager may be there and run nothing
    return {version: [name] for version, name in on_path.items() if version_run_by([name]) == version}


def version_run_by(command: Sequence[str]) -> Version | None:
    """The version that a command runs, if it runs."""
    if shutil.which(command[0]) is None:
        return None
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([*command, "-c", question], capture_output=True, text=True)
    return version_of(done.stdout.strip()) if done.returncode == 0 else None


def is_made(outcomes: Outcomes) -> bool:
    return outcomes.get("made") == "ok"


def fails(outcome: object) -> bool:
    return outcome != "ok" and not str(outcome).startswith("loads: ")


def rebuilt(outcome: object) -> bool:
    return not str(outcome).startswith("loads: ")


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured of one type, as the texts that its row should have."""

    refused: Mapping[str, str]
    loads: Mapping[str, str]
    started: Mapping[str, str]
    since: str
    until: str

    def lines(self) -> Iterator[str]:
        for key in ("since", "until"):
            if text := getattr(self, key):
                yield f'{key} = "{text}"'
        for key in ("refused", "loads", "started"):
            if table := getattr(self, key):
                pairs = ", ".join(f'{carrier} = "{spec}"' for carrier, spec in table.items())
                yield f"{key} = {{ {pairs} }}"


def facts(name: str, measured: Measured) -> Facts:
    """What the measurements say about one type."""
    plain = _outcomes(name, "", measured)
    made = [version for version in sorted(plain) if version >= (3, 0)]
    known = [version for version in sorted(measured) if version >= (3, 0)]
    return Facts(
        _specs(plain, fails),
        _specs(plain, lambda outcome: not rebuilt(outcome)),
        _specs(_outcomes(name, "started", measured), fails),
        written(made[0]) if made and made[0] != known[0] else "",
        written(made[-1]) if made and made[-1] != known[-1] else "",
    )


def _outcomes(name: str, part: str, measured: Measured) -> dict[Version, Outcomes]:
    return {
        version: outcomes
        for version, results in measured.items()
        for job, outcomes in results.items()
        if job.row == ("type", name) and job.part == part and is_made(outcomes)
    }


def _specs(by_version: Mapping[Version, Outcomes], bad: Callable[[object], bool]) -> dict[str, str]:
    specs = {}
    for carrier in schema.CARRIERS:
        among = [version for version in sorted(by_version) if carrier in by_version[version]]
        if versions := [version for version in among if bad(by_version[version][carrier])]:
            specs[carrier] = spell(versions, among) or "*"
    return specs


def differences(knowledge: schema.Knowledge, measured: Measured, shown_on_all: bool = True) -> list[str]:
    """Where rows and measurements disagree, a sentence each.

    `shown_on_all` says that all known versions were measured, so that each row must have been shown.
    Of Python 2 only what the carriers do with a type is asked: its calls return other types.
    """
    found: list[str] = []
    shown: dict[tuple[str, str, str], str] = {}
    for version, results in measured.items():
        for job, outcomes in results.items():
            section, name = job.row
            if version < (3, 0) and (section != "type" or job.like):
                continue
            part = "" if section == "alias" else job.part
            unmade = "another object" if is_made(outcomes) else str(outcomes.get("made"))
            shown.setdefault((section, name, part), unmade)
            here = f'{section}."{name}" on {written(version)}'
            if not is_made(outcomes):
                if section == "type" and not part and _should_be(knowledge.types[name], version):
                    found.append(f"{here}: cannot be made, {outcomes.get('made')}")
                continue
            if section == "alias" and not outcomes["same"]:
                continue
            shown[section, name, part] = "ok"
            found += (f"{here}: {text}" for text in _disagreements(knowledge, job, version, outcomes))
    found += (
        f'{section}."{name}" {part}: shown on none of these versions, {why}'
        for (section, name, part), why in shown.items()
        if why != "ok" and shown_on_all
    )
    return sorted(found)


def _should_be(entry: schema.TypeEntry, version: Version) -> bool:
    if version < (3, 0):
        return False
    since, until = entry.since and version_of(entry.since), entry.until and version_of(entry.until)
    return not (since and version < since) and not (until and version > until)


def _disagreements(knowledge: schema.Knowledge, job: Job, version: Version, outcomes: Outcomes) -> Iterator[str]:
    section, name = job.row
    if job.like and not outcomes.get("like"):
        yield f"`{job.example}` is a {outcomes['type']}, not a {outcomes['other']}"
    if section == "wrapper":
        kind = knowledge.types[name]
        for carrier in ("pickle", "multiprocessing"):
            expected = job.part == "Carried()" and version not in kind.fails(carrier)
            if carrier in outcomes and (outcomes[carrier] == "ok") != expected:
                yield f"`{job.example}` through {carrier}: {outcomes[carrier]}"
    if section == "type" and job.part in ("", "started") and not knowledge.types[name].undecided:
        yield from _type_disagreements(knowledge.types[name], job, version, outcomes)


def _type_disagreements(entry: schema.TypeEntry, job: Job, version: Version, outcomes: Outcomes) -> Iterator[str]:
    for carrier in schema.CARRIERS:
        if carrier not in outcomes:
            continue
        outcome, nowhere = outcomes[carrier], frozenset[Version]()
        refused = (entry.started if job.part else entry.refused).get(carrier, nowhere)
        if fails(outcome) != (version in refused):
            yield f"{carrier}: {outcome}"
        if not job.part and rebuilt(outcome) == (version in entry.loads.get(carrier, nowhere)):
            yield f"{carrier}, rebuilding: {outcome}"


# The carriers whose errors users see as they are.
_PLAIN = ("pickle", "multiprocessing", "spawning")
_HEADER = re.compile(r'\[type\."([^"]+)"\]')
_MEASURED = re.compile(r"(refused|loads|started|since|until) = ")


def rewritten(text: str, measured: Measured, undecided: Iterable[str] = ()) -> str:
    """The text of a file with the measured lines of every type row made again."""
    blocks = re.split(r"(?m)^(?=\[)", text)
    return "".join(_rewritten_block(block, measured, undecided) for block in blocks)


def _rewritten_block(block: str, measured: Measured, undecided: Iterable[str]) -> str:
    header = _HEADER.match(block)
    if header is None or "measured = false" in block:
        return block
    body = block.rstrip("\n")
    kept = [line for line in body.split("\n") if not _MEASURED.match(line)]
    lines = facts(header[1], measured).lines()
    kept += (line for line in lines if header[1] not in undecided or line.startswith(("since", "until")))
    return "\n".join(kept) + block[len(body) :]


def library(package: str, commands: Mapping[Version, Sequence[str]], action: str) -> int:
    """Check or write the rows of one library."""
    knowledge, asked = of_library(package)
    measured = {version: measure(command, asked) for version, command in commands.items()}
    if action == "write":
        path = loading.libraries()[package]
        undecided = {name for name, entry in knowledge.types.items() if entry.undecided or not entry.measured}
        path.write_text(rewritten(path.read_text(encoding="utf-8"), measured, undecided), encoding="utf-8")
        knowledge, _ = of_library(package)
    found = differences(knowledge, measured)
    print("\n".join(found))
    return 1 if found else 0


def refusals(knowledge: schema.Knowledge, measured: Measured) -> str:
    """What Python prints when it refuses an object of each type, by version, as the text of a file."""
    lines = ["# Written by scripts/measure.py: what Python prints when it refuses to pickle an object of a type."]
    for name in sorted(knowledge.types):
        by_text: dict[str, list[Version]] = {}
        outcomes = _outcomes(name, "", measured) or _outcomes(name, "started", measured)
        for version in sorted(outcomes):
            # What the carriers say differently depends on more than the type.
            told = [outcomes[version].get(carrier, "ok") for carrier in _PLAIN]
            said = {_said(outcome) for outcome in told if fails(outcome)}
            if len(said) == 1 and (text := said.pop()):
                by_text.setdefault(text, []).append(version)
        if by_text:
            lines += ["", f"[{json.dumps(name)}]"]
            lines += (f'"{spell(versions, KNOWN) or "*"}" = {json.dumps(text)}' for text, versions in by_text.items())
    return "\n".join(lines) + "\n"


def _said(outcome: object) -> str:
    """The text of an error with what varies left out; empty where it names what only the example has."""
    text = re.sub(r"0x[0-9a-f]+", "…", str(outcome))
    return "" if "__main__" in text or "<locals>" in text or ": " not in text else text


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--python", action="append", default=[], metavar="V=CMD", help="an interpreter")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="rows whose name matches")
    parser.add_argument("--library", action="append", default=[], metavar="PACKAGE", help="rows of these instead")
    parser.add_argument("action", choices=["check", "write", "texts"])
    given = parser.parse_args()
    commands = interpreters(given.python)
    if given.library:
        return max(library(package, commands, given.action) for package in given.library)
    if given.action != "check" and (set(commands) != set(KNOWN) or given.only != "*"):
        parser.error("to write, all rows have to be measured on " + ", ".join(map(written, KNOWN)))
    knowledge = loading.load()
    asked = [job for job in jobs(knowledge) if fnmatch.fnmatch(job.row[1], given.only)]
    if given.action == "texts":
        asked = [job for job in asked if job.row[0] == "type" and not job.like]
    # the probes wait more than they work
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda command: measure(command, asked), commands.values())
        measured = dict(zip(commands, results, strict=True))
    for version, outcomes in measured.items():
        made = sum(map(is_made, outcomes.values()))
        print(f"{written(version)}: {made} of {len(asked)} made", file=sys.stderr)
    if given.action == "texts":
        loading.TEXTS.write_text(refusals(knowledge, measured), encoding="utf-8")
        return 0
    if given.action == "write":
        undecided = {name for name, entry in knowledge.types.items() if entry.undecided}
        for path in loading.shipped():
            path.write_text(rewritten(path.read_text(encoding="utf-8"), measured, undecided), encoding="utf-8")
        loading.load.cache_clear()
        knowledge = loading.load()
    found = differences(knowledge, measured, shown_on_all=set(KNOWN) == set(measured))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
