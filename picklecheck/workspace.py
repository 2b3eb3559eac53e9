"""The modules and the knowledge that the runs of several files share: each is read and parsed once."""

from __future__ import annotations

import ast
import gc
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge import loading
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program, dotted_name
from picklecheck.settings import Settings
from picklecheck.source.dialects import NeedsFissix, from_python_2, looks_like_python_2, needed_version
from picklecheck.source.discovery import MOST_BYTES
from picklecheck.source.observed import forget as forget_answers
from picklecheck.source.observed import read
from picklecheck.source.shortcuts import taken
from picklecheck.source.text import Fingerprint, Source, decode
from picklecheck.source.tokens import is_too_long_to_read


def program_with(unsaved: Mapping[str, Source], settings: Settings) -> Program:
    """The modules of the project; those on disk are read once for all files of a run, others once for their texts."""
    if not unsaved:
        if not taken("sharing"):
            forget()
        program = _shared_program(settings.folder)
        if program.begin_run(MOST_TEXT, KEPT_TEXT):
            gc.collect()  # modules and runs are full of cycles, and a command line collects none by itself
        return program
    if _TRIAL.unsaved is not unsaved:
        _TRIAL.begin(unsaved, settings)
    return _TRIAL.program


# Characters of the modules that are kept between two files, and what is left of them where there are more; a tree takes
# some thirty bytes for each.
MOST_TEXT, KEPT_TEXT = 4_500_000, 3_000_000


class _Trial:
    """The program of texts that differ from the disk's, kept while they stay the same, and what earlier ones left."""

    def __init__(self) -> None:
        self.unsaved: Mapping[str, Source] = {}
        self.program = Program(from_disk, Path(), loading.libraries())
        self.left = 0  # characters of modules that are no longer used

    def begin(self, unsaved: Mapping[str, Source], settings: Settings) -> None:
        texts = {Path(os.path.abspath(path)): (path, source) for path, source in unsaved.items()}

        def load(file: Path, name: str) -> Module | None:
            if file in texts:
                path, source = texts[file]
                return parsed(path, file, source.text)
            return from_disk(file, name)

        self.left += self.program.size
        self.unsaved, self.program = unsaved, Program(load, Path(settings.folder), loading.libraries())
        if self.left > MOST_TEXT:
            self.left = 0
            gc.collect()


@cache
def _shared_program(folder: str) -> Program:
    return Program(from_disk, Path(folder), loading.libraries())


# Of the files that were read by this process as they are on disk, by absolute path.
fingerprints: dict[str, Fingerprint | None] = {}


def begin() -> None:
    """Read what is known, once for all processes that are forked, and let files be read again."""
    loading.load()
    forget()


def forget() -> None:
    """Let the files of the project be read again, which may have been changed."""
    _shared_program.cache_clear()
    forget_answers()
    fingerprints.clear()


def from_disk(file: Path, name: str) -> Module | None:
    """A module that something imports; None where it cannot be read."""
    try:
        data = read(str(file))
    except OSError:
        return None
    source = decode(str(file), data) if len(data) <= MOST_BYTES else None
    if not isinstance(source, Source) or is_too_long_to_read(source.text):
        return None
    fingerprints[str(file)] = source.fingerprint
    return parsed(os.path.relpath(file), file, source.text)


def parsed(path: str, file: Path, text: str) -> Module | None:
    try:
        return parse(path, file, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def known_world(settings: Settings) -> KnownWorld:
    """What is known of the world, with the user's own knowledge."""
    key = repr(sorted(settings.knowledge.items()))
    if key not in _WORLDS:
        knowledge = loading.load()
        if settings.knowledge:
            knowledge = loading.extended(knowledge, settings.knowledge, settings.file)
        _WORLDS[key] = KnownWorld(knowledge, settings.knowledge)
    return _WORLDS[key]


_WORLDS: dict[str, KnownWorld] = {}
_TRIAL = _Trial()


def parse(path: str, file: Path, text: str) -> Module:
    """Read a file's text, as Python 2 where it is that, and what is newer than the running Python in older words.

    Raises `SyntaxError`, or `ValueError` for a text with NUL characters.
    """
    python2 = False
    try:
        tree = ast.parse(text, filename=path)
    except SyntaxError:
        try:
            translated = from_python_2(text) if looks_like_python_2(text) else None
        except NeedsFissix:
            translated = None
        if translated is not None:
            tree, text, python2 = ast.parse(translated, filename=path), translated, True
        else:
            from picklecheck.source.newer import in_older_words

            older = in_older_words(text)
            if older is None:
                raise
            tree = ast.parse(older, filename=path)
    return Module(path, file, dotted_name(file), tree, text, python2)


def reason_of(error: SyntaxError, text: str) -> str:
    """Why a text cannot be parsed, and what would read it."""
    lines = text.split("\n")
    at = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    if looks_like_python_2(text if isinstance(error, TabError) else at):
        try:
            from_python_2(text)
        except NeedsFissix:
            return "this is Python 2 syntax; install `picklecheck[py2]` to have it read"
    version = needed_version(text)
    if version:
        return f"{error.msg}; this is syntax of Python {version}: run picklecheck with that version or a newer one"
    return error.msg
