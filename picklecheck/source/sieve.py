"""Which bytes may hold a process boundary: tests so cheap that nearly all files end here, unparsed.

Whatever a boundary is renamed to, its own name stands in the file: in the import or behind a dot.
So a library counts where an import names it, and only together with the name of one of its boundaries.
"""

from __future__ import annotations

from picklecheck.source.disk import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Plain substrings first: `in` runs at 2 GB/s, a pattern with alternatives at a tenth of that.
_STEMS = (b"rocess", b"ickle", b"deepcopy", b"InterpreterPool", b"run_in_executor", b"shelve", b"marshal")
_COMMENT = b"picklecheck:"  # a suppression must be seen, if only to be called unused

# Enough by themselves: names that no other thing has.
_NAMES = (b"ProcessPoolExecutor", b"InterpreterPoolExecutor", b"run_in_executor", b"deepcopy", _COMMENT)

# Library as an import names it, and the words of which a user of its boundaries writes one.
_LIBRARIES = (
    (
        b"multiprocess",
        rb"multiprocessing|multiprocess",
        rb"\w*Process|\w*Pool|\w*Manager|(?:map|starmap|apply)(?:_async)?|imap(?:_unordered)?"
        rb"|submit|put(?:_nowait)?|send|start|dumps?|initializer",
    ),
    (b"ickle", rb"\w*[pP]ickle", rb"dumps?|\w*Pickler"),
    (b"shelve", rb"shelve", rb"\w+"),
    (b"marshal", rb"marshal", rb"dumps?"),
)


_MANY_FILES = 256  # with fewer, starting processes costs more than it saves
_CHUNK = 64


def sift(files: Mapping[str, bool], jobs: int, extra: frozenset[bytes] = frozenset()) -> list[str]:
    """Those of `files` (path → whether the user named it) that must be parsed or cannot be read.

    A file named by the user is always among them, so that its syntax errors are told.
    """
    paths = list(files)
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]

    def look(chunk: Sequence[str]) -> list[str]:
        return [path for path in chunk if files[path] or _file_survives(path, extra)]

    if jobs < 2 or len(paths) < _MANY_FILES:
        return [path for chunk in chunks for path in look(chunk)]
    from picklecheck.workers import Died, spread

    looked = zip(chunks, spread(look, chunks, jobs), strict=True)
    return [path for chunk, left in looked for path in (chunk if isinstance(left, Died) else left)]


def importers(files: Mapping[str, bool], wanted: Sequence[str]) -> list[str]:
    """Those of the other `files` that import one of `wanted` by its last name: its functions may hand values on."""
    import re

    names = {_module_name(path) for path in wanted} - {""}
    if not names:
        return []
    tokens = [name.encode() for name in names]
    import_line = re.compile(rb"^[ \t]*(?:from|import)\b[^\n]*\b(?:%s)\b" % b"|".join(map(re.escape, tokens)), re.M)
    taken = set(wanted)

    def imports(path: str) -> bool:
        try:
            data = read(path)
        except OSError:
            return False
        return any(token in data for token in tokens) and import_line.search(data) is not None

    return [path for path in files if path not in taken and imports(path)]


def _module_name(path: str) -> str:
    folders, _, file = path.replace("\\", "/").rpartition("/")
    name = file.removesuffix(".py")
    return folders.rpartition("/")[2] if name == "__init__" else name


def survives(data: bytes, extra: frozenset[bytes] = frozenset()) -> bool:
    """Whether the file with these bytes must be parsed; `extra` names what is a boundary in this project."""
    if not (any(stem in data for stem in _STEMS) or _COMMENT in data or any(name in data for name in extra)):
        return False
    if any(name in data for name in _NAMES) or any(name in data for name in extra):
        return True
    return any(_uses(data, package, words) for stem, package, words in _LIBRARIES if stem in data)


def _file_survives(path: str, extra: frozenset[bytes]) -> bool:
    try:
        return survives(read(path), extra)
    except OSError:
        return True


def _uses(data: bytes, package: bytes, words: bytes) -> bool:
    import re

    plain = rb"\b(?:from|import)\b(?:[^\n;#\\]|\\\s+)*?\b(?:%s)\b" % package
    listed = rb"\bimport\s*\((?:[^)#]|#[^\n]*+)*?\b(?:%s)\b" % package
    return any(re.search(form, data) for form in (plain, listed)) and bool(
        re.search(rb"\b(?:%s)\b" % words, data)
    )
