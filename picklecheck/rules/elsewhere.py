"""The trees of the other files of a project that come to a module by their imports, for what they do with its names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from picklecheck.crossings.imported import imported_by
from picklecheck.fixes.refusal import Refused
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program, project_files
from picklecheck.source.observed import read_any, remembered
from picklecheck.source.questions import has
from picklecheck.source.tokens import is_too_long_to_rewrite

if TYPE_CHECKING:
    from picklecheck.fixes.tree import Tree

# Files that are parsed for one word; where more have it, nobody can say that a change harms none of them.
MOST_FILES = 20


def elsewhere(module: Module, program: Program) -> Callable[[str], Iterable[Tree]]:
    """What gives the trees of the files that import a module, directly or not, and have a word.

    It raises Refused where these are too many.
    """

    def having(word: str) -> Iterator[Tree]:
        files = _files(program, module.file, word)
        if len(files) > MOST_FILES:
            raise Refused(f"more than {MOST_FILES} other files may use `{word}`")
        for file in files:
            other = program.module(file)
            if other is None or other.python2:
                continue
            if is_too_long_to_rewrite(other.text):
                raise Refused(f"{other.path} has `{word}`, and is too long to be read closely")
            if (tree := _tree(other)) is not None:
                yield tree

    return having


@remembered
def _files(program: Program, imported: Path, word: str) -> tuple[Path, ...]:
    """The files in question, at most one more than are parsed."""
    found: list[Path] = []
    has_word = re.compile(rb"(?<!\w)%s(?!\w)" % re.escape(word.encode()))
    for file in project_files(program.top(imported)):
        if file == imported or not has(str(file), word):
            continue
        if has_word.search(read_any(str(file))) and imported in imported_by(program, file):
            found.append(file)
            if len(found) > MOST_FILES:
                break
    return tuple(found)


@lru_cache(maxsize=4)
def _tree(module: Module) -> Tree | None:
    from picklecheck.fixes import tree

    return tree.readable(module.path, module.text)
