"""The pages of the rules: their sections, their programs, and what they say that Python prints."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from programs import START_METHODS, VERSIONS, fits

PAGES = Path(__file__).parents[1] / "picklecheck" / "rules" / "pages"
SECTIONS = (
    "What it does",
    "What Python says",
    "Why",
    "Example",
    "Use instead",
    "How to fix it",
    "When the fix is safe",
    "How to silence it",
    "Limits",
    "See also",
)
_BLOCK = re.compile(r"^([ ]*)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_VERSIONS = re.compile(r"\bPython (\d\.\d+)(?: (to|and) (\d\.\d+|newer))?")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language, its text, and the sentence before it."""

    language: str
    text: str
    before: str

    @property
    def versions(self) -> list[str]:
        """The Python versions, from 3.8 on, that the sentence before it names; all where it names none."""
        ranges = [_range(*found.groups()) for found in _VERSIONS.finditer(self.before)]
        known = [version for version in VERSIONS if version != "2.7"]
        return [version for version in known if not ranges or any(fits(version, one) for one in ranges)]

    @property
    def start_methods(self) -> list[str]:
        """The start methods that the sentence before it names; all where it names none."""
        return [method for method in START_METHODS if re.search(rf"\b{method}\b", self.before)] or [*START_METHODS]


@dataclass(frozen=True, slots=True)
class Quotation:
    """What Python prints when it runs a program of a page: the lines, in order; `…` means anything."""

    program: str
    block: Block

    def is_in(self, printed: str) -> bool:
        return not self.missing_in(printed)

    def missing_in(self, printed: str) -> str:
        """The first line that was not printed after those before it; empty where all were."""
        rest = printed
        for line in filter(None, map(str.strip, self.block.text.splitlines())):
            pattern = ".*?".join(map(re.escape, line.split("…")))
            if not (found := re.search(rf"^.*?{pattern}[ \t]*$", rest, re.MULTILINE)):
                return line
            rest = rest[found.end() :]
        return ""


@functools.cache
def sections(name: str) -> dict[str, str]:
    """The sections of a page by their headings, in order; the head of the page has the empty heading."""
    text = (PAGES / f"{name}.md").read_text("utf-8")
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {"": head, **{part.partition("\n")[0]: part.partition("\n")[2] for part in parts}}


def blocks(name: str, heading: str) -> list[Block]:
    """The fenced blocks of a section, in order."""
    text = sections(name).get(heading, "")
    found: list[Block] = []
    end = 0
    for match in _BLOCK.finditer(text):
        before = text[end : match.start()].strip().rpartition("\n\n")[2]
        found.append(Block(match[2], match[3], " ".join(before.split())))
        end = match.end()
    return found


def programs_in(name: str, heading: str) -> list[str]:
    """The programs of a section."""
    return [block.text for block in blocks(name, heading) if block.language == "python"]


def quotations(name: str) -> Iterator[Quotation]:
    """What the page says that its programs print: a text belongs to the program before it, else to the example."""
    program = next(iter(programs_in(name, "Example")), "")
    for block in blocks(name, "What Python says"):
        if block.language == "python":
            program = block.text
        elif block.language == "text":
            yield Quotation(program, block)


def outputs(name: str) -> Iterator[tuple[str, str]]:
    """The programs that a page recommends, each with what it prints."""
    found = blocks(name, "Use instead")
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.language == "python":
            yield block.text, after.text if after and after.language == "text" else ""


def statements(name: str) -> Iterator[tuple[Block, list[tuple[str, list[str]]]]]:
    """The blocks of an interactive session, each with its statements and the lines that Python answers."""
    for block in blocks(name, "What Python says"):
        if block.language == "pycon":
            parts = re.split(r"^>>> ", block.text, flags=re.MULTILINE)[1:]
            yield block, [(part.splitlines()[0], part.splitlines()[1:]) for part in parts]


def _range(first: str, word: str | None, last: str | None) -> str:
    match word, last:
        case "to", last:
            return f">={first},<={last}"
        case "and", "newer":
            return f">={first}"
        case "and", last:
            return f">={first},<={last}"
        case _:
            return f"=={first}"
