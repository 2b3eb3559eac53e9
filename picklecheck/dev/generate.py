"""Writes what repeats what is elsewhere: tables of rules, words from knowledge, the picture of a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from picklecheck.dev import page_parts, picture, sieve_rows
from picklecheck.dev.checkout import PACKAGE, ROOT, Refused, between
from picklecheck.rules import registry
from picklecheck.rules.rule import Rule

COMMAND = "python -m picklecheck.dev generate"


@dataclass(frozen=True, slots=True)
class Part:
    """The lines between two marks in a file that `lines` writes."""

    path: str
    mark: str
    name: str
    lines: Callable[[], Iterator[str]]

    def texts(self) -> tuple[str, str]:
        """The whole file as it is and as it must be."""
        text = (ROOT / self.path).read_text("utf-8")
        before, _, behind = between(text, self.mark, self.name)
        return text, before + "".join(f"{line}\n" for line in self.lines()) + behind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a table is not current")


def run(arguments: argparse.Namespace) -> int:
    if not arguments.check:
        write()
    elif paths := [part.path for part in stale()]:
        raise Refused(f"{', '.join(paths)}: not current; run `{COMMAND}`")
    return 0


def write() -> None:
    """Write the tables that are not current."""
    for part in parts():
        text, current = part.texts()
        if text != current:
            (ROOT / part.path).write_text(current, "utf-8")
            print(f"wrote the {part.name} of {part.path}")


def stale() -> list[Part]:
    return [part for part in parts() if len(set(part.texts())) > 1]


def parts() -> tuple[Part, ...]:
    return (
        Part("picklecheck/rules/catalogue.py", "# <{}>", "rules", _catalogue),
        Part("README.md", "<!-- {} -->", "rules", _table_of_rules),
        Part("docs/images/terminal.svg", "<!-- {} -->", "picture", picture.lines),
        Part("picklecheck/source/sieve.py", "# <{}>", "libraries", sieve_rows.lines),
        *(part for rule in rules() for part in _parts_of_page(rule)),
    )


def _parts_of_page(rule: Rule) -> Iterator[Part]:
    path = f"picklecheck/rules/pages/{rule.name}.md"
    yield Part(path, "<!-- {} -->", "head", partial(page_parts.head, rule))
    if rule.code not in page_parts.SILENCED_OTHERWISE:
        yield Part(path, "<!-- {} -->", "silence", partial(page_parts.silence, rule))


def rules() -> list[Rule]:
    """The rules of all files in `rules/`, by their codes."""
    names = (path.stem for path in (PACKAGE / "rules").glob("*.py"))
    found = [registry.load(name.replace("_", "-")) for name in names if _defines_a_rule(name)]
    return sorted(found, key=lambda rule: rule.code)


def _defines_a_rule(stem: str) -> bool:
    text = (PACKAGE / "rules" / f"{stem}.py").read_text("utf-8")
    return f"class {''.join(word.capitalize() for word in stem.split('_'))}(" in text and "\n    code = " in text


def _catalogue() -> Iterator[str]:
    yield "RULES: tuple[Entry, ...] = ("
    for rule in rules():
        yield "    Entry("
        yield from (f'        "{fact}",' for fact in (rule.code, rule.name, rule.summary))
        yield "    ),"
    yield ")"


def _table_of_rules() -> Iterator[str]:
    yield "| code | name | finds |"
    yield "|---|---|---|"
    yield from (
        f"| {rule.code} | [{rule.name}](picklecheck/rules/pages/{rule.name}.md) | {rule.summary} |" for rule in rules()
    )
