"""What is asked of the text of a file that nobody parses, and whether an answer to any question still holds."""

from __future__ import annotations

from picklecheck.source import disk
from picklecheck.source.clauses import import_clauses
from picklecheck.source.observed import (
    absent,
    digest,
    digest_of,
    files_of,
    folders_of,
    importable_of,
    is_noting,
    kind_of,
    note,
    remembered,
)
from picklecheck.source.sieve import makes_processes, starts_processes

# Of what is asked here only the answer is noted: another text that gives the same changes nothing.


@remembered
def imports_in(path: str) -> bytes:
    """The import statements of the file at `path`, one behind the other."""
    found = import_clauses(disk.read_any(path))
    if is_noting():
        note("imports", path, digest(found))
    return found


@remembered
def starts(path: str) -> bool:
    """Whether the file at `path` may hand what it is given to another process."""
    found = starts_processes(disk.read_any(path))
    note("starts", path, str(found))
    return found


@remembered
def makes(path: str) -> bool:
    """Whether the file at `path` may make what starts processes."""
    found = makes_processes(disk.read_any(path))
    note("makes", path, str(found))
    return found


@remembered
def has(path: str, word: str) -> bool:
    """Whether a word is in the file at `path`."""
    found = word.encode() in disk.read_any(path)
    note(f"has {word}", path, str(found))
    return found


def of_text(question: str) -> bool:
    """Whether the answer to a question depends on nothing but the bytes of one file."""
    return question.partition(" ")[0] not in ("kind", "folders", "importable", "files")


def answer(question: str, path: str) -> str:
    """What the disk says now; raises ValueError for a question that nobody asks."""
    match question.split(" ", 1):
        case ["kind"]:
            return kind_of(path)
        case ["folders"]:
            return digest_of(folders_of(path))
        case ["importable"]:
            return digest_of(sorted(importable_of(path)))
        case ["files", most]:
            return digest_of(files_of(path, int(most)))
        case ["imports"]:
            return digest(import_clauses(disk.read_any(path)))
        case ["starts"]:
            return str(starts_processes(disk.read_any(path)))
        case ["makes"]:
            return str(makes_processes(disk.read_any(path)))
        case ["has", word]:
            return str(word.encode() in disk.read_any(path))
        case ["text"]:
            try:
                return digest(disk.read(path))
            except OSError as error:
                return absent(error)
    raise ValueError(question)
