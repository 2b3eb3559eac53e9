"""Which bytes may hold a process boundary: tests so cheap that nearly all files end here, unparsed."""

# Whatever a boundary is renamed to, its own name is in the file: in the import or behind a dot.
# So a library counts where an import names it, and only together with the name of one of its boundaries.

from __future__ import annotations

import os

from picklecheck.source.observed import Grounds, read, told
from picklecheck.source.shortcuts import taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from picklecheck.source.observed import Told

    _Library = tuple[bytes, bytes, bytes, tuple[bytes, ...]]

# Plain substrings first: `in` runs at 2 GB/s, a pattern with alternatives at a tenth of that.
_COMMENT = b"picklecheck:"  # a suppression must be seen, if only to be called unused

# Enough by themselves: names that no other thing has, and what they have in common.
_EXECUTOR = b"xecutor"
_MAKERS = (b"ProcessPoolExecutor", b"InterpreterPoolExecutor")
_NAMES = (*_MAKERS, b"run_in_executor")

# Stem, how the library's name ends in an import, words of which all who use its boundaries write one, and what is
# imported from it, of which one part is behind `import` (anything, where it is empty).
# A pattern that starts with a literal is ten times as fast as one that starts with `\b`.
_MULTIPROCESSING: tuple[_Library, ...] = (
    (
        b"multiprocess",
        rb"multiprocess(?:ing)?",
        rb"(?:Process|Pool|Manager|\b(?:(?:map|starmap|apply)(?:_async)?|imap(?:_unordered)?|submit"
        rb"|put(?:_nowait)?|send|start(?:_processes)?|spawn|dumps?|initializer|get_context))\b",
        (),
    ),
)
_COPYING: tuple[_Library, ...] = (
    (b"ickle", rb"ickle", rb"dump", (b"ickle", b"dump")),
    (b"deepcopy", rb"copy", rb"deepcopy", (b"copy",)),
    (b"dataclasses", rb"dataclasses", rb"\b(?:asdict|astuple)\b", (b"dataclasses", b"asdict", b"astuple")),
)
_KEEPING: tuple[_Library, ...] = (
    (b"shelve", rb"shelve", rb"", (b"shelve", b"open", b"Shelf")),
    (b"marshal", rb"marshal", rb"dump", (b"marshal", b"dump")),
)
# Written by `python -m picklecheck.dev generate` from `picklecheck/knowledge/libraries`: first the libraries that start
# processes, then those that only store.
# <libraries>
_LIBRARIES: tuple[_Library, ...] = (
    (
        b"billiard",
        rb"billiard",
        rb"Process|Pool|Queue|Pipe|Manager|connection",
        (b"billiard", b"Pool", b"Process", b"Queue", b"Pipe", b"Manager", b"Client", b"Listener", b"get_context"),
    ),
    (
        b"dask",
        rb"dask",
        rb"\b(?:compute|persist|take|to_textfiles)\b",
        (),
    ),
    (
        b"distributed",
        rb"distributed",
        rb"Client",
        (b"distributed", b"Client"),
    ),
    (
        b"gymnasium",
        rb"gymnasium",
        rb"AsyncVectorEnv",
        (),
    ),
    (
        b"joblib",
        rb"joblib",
        rb"Parallel",
        (b"joblib", b"Parallel"),
    ),
    (
        b"xecutor",
        rb"loky",
        rb"xecutor",
        (b"loky", b"xecutor"),
    ),
    (
        b"mpi4py",
        rb"mpi4py",
        rb"Executor|COMM_WORLD",
        (b"mpi4py", b"MPI", b"futures", b"COMM_WORLD"),
    ),
    (
        b"pathos",
        rb"pathos",
        rb"Pool|\bmp\b",
        (b"pathos", b"Pool", b" mp", b"Process", b"Queue", b"Pipe", b"Manager", b"Client", b"Listener", b"get_context"),
    ),
    (
        b"pebble",
        rb"pebble",
        rb"ProcessPool|process",
        (b"pebble", b"ProcessPool", b"concurrent", b"asynchronous", b"process"),
    ),
    (
        b"pyspark",
        rb"pyspark",
        rb"[mM]ap|filter|foreach|[rR]educe|udf|broadcast|keyBy|groupBy|sortBy|aggregate|fold|combineByKey|"
        rb"parallelize",
        (b"pyspark", b"Spark", b"udf", b"sql", b"functions", b"RDD", b"DataFrame"),
    ),
    (
        b"ray",
        rb"ray(?<!\wray)",
        rb"remote|put",
        (b" ray", b"\tray", b",ray", b"remote", b" put", b"\tput", b",put", b"(put"),
    ),
    (
        b"schwimmbad",
        rb"schwimmbad",
        rb"Pool|choose_pool",
        (b"schwimmbad", b"Pool", b"choose_pool"),
    ),
    (
        b"DataLoader",
        rb"torch",
        rb"DataLoader",
        (b"torch", b"data", b"DataLoader"),
    ),
    (
        b"process_map",
        rb"tqdm",
        rb"process_map",
        (b"process_map", b"concurrent", b"tqdm"),
    ),
)
_STORING_LIBRARIES: tuple[_Library, ...] = (
    (
        b"dill",
        rb"dill",
        rb"dump",
        (b"dill", b"dump"),
    ),
)
# </libraries>
_PROCESSES = (*_MULTIPROCESSING, *_LIBRARIES)
_STORING = (*_KEEPING, *_STORING_LIBRARIES)

_MANY_FILES = 256  # with fewer, starting processes costs more than it saves


def sift(files: Mapping[str, bool], jobs: int, extra: frozenset[bytes] = frozenset()) -> list[str]:
    """Those of `files` (path → whether the user named it) that must be parsed or cannot be read.

    A file named by the user is always among them, so that its syntax errors are told.
    """
    left = {path for survivors, _ in sifted(by_folder(files), jobs, extra) for path in survivors}
    return [path for path, named in files.items() if named or path in left]


def by_folder(files: Mapping[str, bool]) -> list[list[str]]:
    """The files that the user did not name, those of each folder together: what is known of them is kept together."""
    found: dict[str, list[str]] = {}
    for path, named in files.items():
        if not named:
            found.setdefault(os.path.dirname(path), []).append(path)
    return [*found.values()]


def sifted(
    folders: Sequence[Sequence[str]], jobs: int, extra: frozenset[bytes], *, noting: bool = False
) -> list[tuple[Sequence[str], Told | None]]:
    """Those files of each folder that must be parsed or cannot be read, and on what that rests, where it is noted."""
    if jobs < 2 or sum(map(len, folders)) < _MANY_FILES:
        return [_survivors(extra, noting, paths) for paths in folders]
    from functools import partial

    from picklecheck.workers import Died, spread

    looked = zip(folders, spread(partial(_survivors, extra, noting), folders, jobs), strict=True)
    return [(paths, None) if isinstance(left, Died) else left for paths, left in looked]


def _survivors(extra: frozenset[bytes], noting: bool, paths: Sequence[str]) -> tuple[list[str], Told | None]:
    if not noting:
        return [path for path in paths if _file_survives(path, extra)], None
    with Grounds() as grounds:
        left = [path for path in paths if _file_survives(path, extra)]
    return left, told(grounds)


def starts_processes(data: bytes) -> bool:
    """Whether a file may hand what it is given to another process: one that only pickles is no relay."""
    return _names_executor(data) or _uses(data, _PROCESSES)


def makes_processes(data: bytes) -> bool:
    """Whether a file may make what starts processes, or import it; `run_in_executor` alone needs to be given it."""
    return any(name in data for name in _MAKERS) or _uses(data, _PROCESSES)


def _names_executor(data: bytes) -> bool:
    return _EXECUTOR in data and any(name in data for name in _NAMES)


def boundary_names(data: bytes) -> bytes:
    """The pattern of words that name what starts processes in a file, or the library that has it."""
    used = [b"%s|%s" % (one[0], one[2]) for one in _PROCESSES if _uses(data, (one,))]
    return b"|".join((*_NAMES, *used))


def survives(data: bytes, extra: frozenset[bytes] = frozenset()) -> bool:
    """Whether the file with these bytes must be parsed; `extra` names what is a boundary in this project."""
    if any(name in data for name in (_COMMENT, *extra)) or _names_executor(data):
        return True
    return _uses(data, (*_PROCESSES, *_COPYING, *_STORING))


def only_copies(data: bytes) -> bool:
    """Whether a file that survives does so because it calls functions of `pickle` or `copy`, and for nothing else."""
    if any(name in data for name in (_COMMENT, b"ickler", b"PickleBuffer")):
        return False
    return not (starts_processes(data) or _uses(data, _STORING))


def uses_standard(data: bytes) -> bool:
    """Whether a file survives for what it uses of the standard library, or of a copy of it."""
    return _names_executor(data) or _uses(data, (*_MULTIPROCESSING, *_COPYING, *_KEEPING))


def _file_survives(path: str, extra: frozenset[bytes]) -> bool:
    try:
        data = read(path)
    except OSError:
        return True
    if not survives(data, extra):
        return not taken("sieve")
    if any(name in data for name in extra) or not only_copies(data) or not taken("nomination"):
        return True
    from picklecheck.source.nominate import nominated

    return nominated(path, data)


def _uses(data: bytes, libraries: Iterable[_Library]) -> bool:
    """Whether a file imports one of some libraries and writes one of its words."""
    clauses = _import_clauses(data)
    untold = b"*" in clauses or b"\\" in clauses  # all names, or those on the next line
    return any(
        _uses_one(data, package, words)
        for stem, package, words, names in libraries
        if (untold or not names or any(name in clauses for name in names)) and stem in data
    )


def _import_clauses(data: bytes) -> bytes:
    """What is behind `import` in all the statements of a file, names in parentheses over several lines."""
    after = data.split(b"import")[1:]
    return b"\n".join([text[: text.find(b")" if b"(" in text[:4] else b"\n")] for text in after])


def _uses_one(data: bytes, package: bytes, words: bytes) -> bool:
    import re

    if not re.search(words, data):
        return False
    if _follows_import(data, (match.start() for match in re.finditer(rb"(?:%s)\b" % package, data))):
        return True
    return re.search(rb"import\s*\((?:[\w\s,.\\]|#[^\n]*+)*?(?:%s)\b" % package, data) is not None


def _follows_import(data: bytes, places: Iterable[int]) -> bool:
    """Whether `import` or `from` is before one of some offsets, in order, in its line; backslashes continue one."""
    import re

    end, first = -1, len(data)  # of the line that was looked at last: its end, and where an import is in it
    for at in places:
        if at > end:
            begin, end = _line_around(data, at, end)
            # A statement begins a line, or is behind `;` or `:`; so the `>>> import` of a doctest is none.
            found = re.search(rb"(?:^|[;:])[ \t\f]*(?:from|import)\b", data[begin:end])
            first = begin + found.start() if found else len(data)
        if first < at:
            return True
    return False


def _line_around(data: bytes, at: int, after: int) -> tuple[int, int]:
    """Start and end of the line with the offset `at`, as backslashes continue it, behind the offset `after`."""
    begin, end = data.rfind(b"\n", after + 1, at), data.find(b"\n", at)
    while begin > 0 and data[max(begin - 2, 0) : begin].rstrip(b"\r").endswith(b"\\"):
        begin = data.rfind(b"\n", after + 1, begin)
    while end > 0 and data[max(end - 2, 0) : end].rstrip(b"\r").endswith(b"\\"):
        end = data.find(b"\n", end + 1)
    return (begin if begin >= 0 else after) + 1, end if end >= 0 else len(data)
