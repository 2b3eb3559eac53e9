"""Which bytes may hold a process boundary: tests so cheap that nearly all files end here, unparsed."""

# Whatever a boundary is renamed to, its own name stands in the file: in the import or behind a dot.
# So a library counts where an import names it, and only together with the name of one of its boundaries.

from __future__ import annotations

from picklecheck.source.disk import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Plain substrings first: `in` runs at 2 GB/s, a pattern with alternatives at a tenth of that.
_COMMENT = b"picklecheck:"  # a suppression must be seen, if only to be called unused
_STEMS = (b"rocess", b"xecutor", _COMMENT)

# Enough by themselves: names that no other thing has.
_NAMES = (b"ProcessPoolExecutor", b"InterpreterPoolExecutor", b"run_in_executor", _COMMENT)

# Stem, how the library's name ends in an import, and words of which all who use its boundaries write one.
# A pattern that starts with a literal is ten times as fast as one that starts with `\b`.
_LIBRARIES = (
    (
        b"multiprocess",
        rb"multiprocess(?:ing)?",
        rb"(?:Process|Pool|Manager|\b(?:(?:map|starmap|apply)(?:_async)?|imap(?:_unordered)?|submit"
        rb"|put(?:_nowait)?|send|start|spawn|dumps?|initializer))\b",
    ),
    (b"joblib", rb"joblib", rb"Parallel"),
    (b"DataLoader", rb"torch", rb"DataLoader"),
    (b"pathos", rb"pathos", rb"Pool|\bmp\b"),
    (b"billiard", rb"billiard", rb"Process|Pool|Queue|Pipe"),
    (b"dill", rb"dill", rb"dump"),
    (b"pebble", rb"pebble", rb"ProcessPool"),
    (b"distributed", rb"distributed", rb"Client"),
    (b"process_map", rb"tqdm", rb"process_map"),
    (b"xecutor", rb"loky", rb"xecutor"),
    (b"ickle", rb"ickle", rb"dump"),
    (b"deepcopy", rb"copy", rb"deepcopy"),
    (b"shelve", rb"shelve", rb""),
    (b"marshal", rb"marshal", rb"dump"),
)

# What stands behind `import` where one of these is imported, whether from its package or by its own name.
_IMPORTED = (b"ickle", b"dump", b"copy", b"shelve", b"open", b"Shelf", b"marshal", b"*")
_IMPORTED_ELSEWHERE = (
    *(b"joblib", b"Parallel", b"torch", b"data", b"DataLoader", b"loader", b"pathos", b"Pool", b"billiard"),
    *(b"dill", b"mp", b"distributed", b"Client"),
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
    """The other `files` that import one of `wanted` by its last name: its functions may hand values on."""
    import re

    names = {_module_name(path) for path in wanted if _starts_processes(path)} - {""}
    if not names:
        return []
    tokens = [name.encode() for name in names]
    either = b"|".join(map(re.escape, tokens))
    import_line = re.compile(rb"^[ \t]*(?:from|import)\b[^\n]*\b(?:%s)\b" % either, re.MULTILINE)
    taken = set(wanted)

    def imports(path: str) -> bool:
        try:
            data = read(path)
        except OSError:
            return False
        return any(token in data for token in tokens) and import_line.search(data) is not None

    return [path for path in files if path not in taken and imports(path)]


def _starts_processes(path: str) -> bool:
    try:
        return starts_processes(read(path))
    except OSError:
        return False


def starts_processes(data: bytes) -> bool:
    """Whether a file may hand what it is given to another process: one that only pickles is no relay."""
    if any(name in data for name in (b"joblib", b"DataLoader")):
        return True
    return b"rocess" in data and any(token in data for token in (b"multiprocess", b"ProcessPool", b"run_in_executor"))


def _module_name(path: str) -> str:
    folders, _, file = path.replace("\\", "/").rpartition("/")
    name = file.removesuffix(".py")
    return folders.rpartition("/")[2] if name == "__init__" else name


def survives(data: bytes, extra: frozenset[bytes] = frozenset()) -> bool:
    """Whether the file with these bytes must be parsed; `extra` names what is a boundary in this project."""
    if not (any(stem in data for stem in _STEMS) or _imports(data) or any(name in data for name in extra)):
        return False
    if any(name in data for name in _NAMES) or any(name in data for name in extra):
        return True
    return any(_uses(data, package, words) for stem, package, words in _LIBRARIES if stem in data)


def _imports(data: bytes) -> bool:
    """Whether an import may name a library of which the stems do not tell: one look at all the import statements."""
    after = data.split(b"import")[1:]
    clauses = b"\n".join(
        [text[: text.find(b")")] if text.lstrip(b" \t")[:1] == b"(" else text.partition(b"\n")[0] for text in after]
    )
    return any(name in clauses for name in _IMPORTED) or any(name in clauses for name in _IMPORTED_ELSEWHERE)


def only_copies(data: bytes) -> bool:
    """Whether a file that survives does so because it calls functions of `pickle` or `copy`, and for nothing else."""
    if any(name in data for name in (*_NAMES, b"ickler", b"PickleBuffer")):
        return False
    others = [one for one in _LIBRARIES if one[0] not in (b"ickle", b"deepcopy")]
    return not any(_uses(data, package, words) for stem, package, words in others if stem in data)


def _file_survives(path: str, extra: frozenset[bytes]) -> bool:
    try:
        data = read(path)
    except OSError:
        return True
    if not survives(data, extra):
        return False
    from picklecheck.source.nominate import nominated

    return any(name in data for name in extra) or nominated(path, data)


def _uses(data: bytes, package: bytes, words: bytes) -> bool:
    import re

    if not re.search(words, data):
        return False
    if any(_follows_import(data, match.start()) for match in re.finditer(rb"(?:%s)\b" % package, data)):
        return True
    return re.search(rb"import\s*\((?:[^)#]|#[^\n]*+)*?(?:%s)\b" % package, data) is not None


def _follows_import(data: bytes, at: int) -> bool:
    """Whether `import` or `from` stands before the offset `at` in its line, as backslashes continue it."""
    begin = data.rfind(b"\n", 0, at)
    while begin > 0 and data[max(begin - 2, 0) : begin].rstrip(b"\r").endswith(b"\\"):
        begin = data.rfind(b"\n", 0, begin)
    line = data[begin + 1 : at]
    if b"import" not in line and b"from" not in line:
        return False
    import re

    # A statement begins a line, or stands behind `;` or `:`; so the `>>> import` of a doctest is none.
    return re.search(rb"(?:^|[;:])[ \t\f]*(?:from|import)\b", line) is not None
