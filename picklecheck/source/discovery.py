"""Paths to files: which Python files lie below what the user named, each real file once."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG

from picklecheck.options import VERBS, Misuse
from picklecheck.source.disk import JOURNAL, read_any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from picklecheck.source.ignored import Ignored

    _Rules: TypeAlias = tuple[Ignored, ...]
    # Folders with the gitignore patterns that start there, and whether they leave out what the user names as well.
    Excluding: TypeAlias = tuple[Sequence[tuple[str, Sequence[str]]], bool]

# `build` is not among them: checkouts of build services lie below folders of that name.
SKIPPED = frozenset(
    (
        *(".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox"),
        *(".picklecheck_cache", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv"),
        *("__pycache__", "__pypackages__", "dist", "node_modules", "venv"),
    )
)
SUFFIXES = (".py", ".pyw")
MOST_BYTES = 1_000_000  # files that are larger hold data; where nothing else is asked for, they are left out
SETTINGS = frozenset(("picklecheck.toml", "pyproject.toml"))  # files that may exclude others


class Found:
    """The files to check, in the order found: display path → whether the user named that very file.

    `excluded` and `unreadable` count what the user named and nevertheless is not checked; `too_large` has what is left
    out for its size.
    """

    __slots__ = ("excluded", "files", "journals", "too_large", "unreadable")

    def __init__(self) -> None:
        self.files: dict[str, bool] = {}
        self.excluded = self.unreadable = 0
        self.journals: list[str] = []
        self.too_large: list[str] = []

    def leave_out(self, most: Callable[[str], int]) -> None:
        """Leave out the files that have more bytes than `most` of their path; those of unknown size stay."""
        for path in list(self.files):
            try:
                if os.stat(path).st_size > most(path):
                    self.too_large.append(path)
                    del self.files[path]
            except OSError:
                pass


def _nothing(folder: str) -> Excluding:
    return (), False


def discover(
    paths: Sequence[str],
    excluding: Callable[[str], Excluding] = _nothing,
    warn: Callable[[str], None] = lambda text: None,
) -> Found:
    """The files at and below `paths`; `excluding` says of a folder what is left out there.

    Files are named relative to the working directory, with `/`. A file named by the user is taken
    whatever excludes it, unless that is forced. Links to folders are followed only where the user names one.
    """
    for path in paths:
        _demand(path)
    found, seen = Found(), dict[str, str]()
    beside: dict[str, None] = {}
    for path in paths:
        real, shown, is_folder = _real(path), display(path), os.path.isdir(path)
        exclude, force = excluding(path if is_folder else os.path.dirname(path))
        if force and _is_excluded(real, _excludes(exclude)):
            found.excluded += 1
        elif not is_folder:
            found.files[seen.setdefault(real, shown)] = True
            beside.setdefault(os.path.dirname(real))
        else:
            prefix = "" if shown == "." else shown + "/"
            for below, target in _walk(real, _excludes(exclude), excluding, warn, found.journals):
                if not target:
                    found.unreadable += 1
                elif target not in seen:
                    seen[target] = prefix + below
                    found.files[prefix + below] = False
    for folder in beside:
        found.journals += _journals(folder)
    return found


def _journals(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in os.listdir(folder) if _is_journal(name)]
    except OSError:
        return []


def _is_journal(name: str) -> bool:
    """Whether a file of this name is what an interrupted change of files leaves behind."""
    return name.startswith(JOURNAL) and "-" not in name[len(JOURNAL) :]


def _demand(path: str) -> None:
    """Raise `Misuse` unless a folder or a regular file is at `path`."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        from picklecheck.rules.selectors import did_you_mean

        near = "; a verb comes before all options" if path in VERBS else did_you_mean(path, (*VERBS, "--help"))
        raise Misuse(f"no such file or folder: {path}{near}") from None
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}") from None
    if not (S_ISREG(mode) or S_ISDIR(mode)):
        raise Misuse(f"neither a file nor a folder: {path} (`-` reads standard input)")


def is_excluded(path: str, exclude: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether `path`, which need not exist, would not be reached from the working directory."""
    return _is_excluded(_real(path), _excludes(exclude))


def display(path: str) -> str:
    """`path` relative to the working directory, with `/`; absolute where no relative path leads there."""
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def _walk(
    root: str,
    excludes: _Rules,
    excluding: Callable[[str], Excluding],
    warn: Callable[[str], None],
    journals: list[str],
) -> Iterator[tuple[str, str]]:
    """Each Python file below `root`: its path from there and its real path; links to files come last.

    Two empty texts mean a `root` that cannot be read.
    """
    links = []
    stack: list[tuple[str, _Rules, _Rules]] = [("", tuple(_outer(root)), excludes)]

    def left_out(below: str, *kinds: _Rules, folder: bool) -> bool:
        return any(rules and _left_out(f"{root}/{below}", rules, folder=folder) for rules in kinds)

    while stack:
        folder, rules, excludes = stack.pop()
        try:
            entries = list(os.scandir(f"{root}/{folder}"))
        except OSError as error:
            warn(f"cannot read the folder {display(f'{root}/{folder}')}: {error.strerror}")
            if not folder:
                yield "", ""
            continue
        names = {entry.name for entry in entries}
        if folder and "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            rules = (*_gitignore(f"{root}/{folder}".rstrip("/"), ".gitignore"), *rules)
        if folder and not SETTINGS.isdisjoint(names):
            excludes = _excludes(excluding(f"{root}/{folder}")[0])
        for entry in entries:
            name = entry.name
            below = folder + name
            if entry.is_dir(follow_symlinks=False):
                if name not in SKIPPED and not left_out(below, rules, excludes, folder=True):
                    stack.append((below + "/", rules, excludes))
            elif name.endswith(SUFFIXES) and _is_file(entry):
                if left_out(below, rules, excludes, folder=False):
                    continue
                if entry.is_symlink():
                    links.append((below, _real(f"{root}/{below}")))
                else:
                    yield below, f"{root}/{below}"
            elif _is_journal(name):
                journals.append(f"{root}/{below}")
    yield from links


def _excludes(exclude: Sequence[tuple[str, Sequence[str]]]) -> _Rules:
    return tuple(_patterns(_real(base), patterns) for base, patterns in exclude if patterns)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def _left_out(path: str, rules: _Rules, *, folder: bool) -> bool:
    """Whether the innermost rules that speak of `path` leave it out."""
    verdicts = (rule.verdict(path, folder=folder) for rule in rules)
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _is_excluded(path: str, rules: _Rules) -> bool:
    """Whether a real path named by the user lies in a folder that is never walked, or is excluded by settings."""
    parts = path.split("/")
    inside = _real(".").split("/")
    below = parts[len(inside) :] if parts[: len(inside)] == inside else parts[-1:]
    if SKIPPED.intersection(below[:-1]):
        return True
    ends = ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]
    return any(_left_out(end, rules, folder=end != path or os.path.isdir(end)) for end in ends)


def _outer(root: str) -> list[Ignored]:
    """The ignore files of the repository around `root`, innermost first; none outside a repository."""
    rules: list[Ignored] = []
    folder = root
    while True:
        if os.path.exists(f"{folder}/.git"):
            return [*rules, *_gitignore(folder, ".git/info/exclude")]
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return []
        rules += _gitignore(folder, ".gitignore")


def _gitignore(folder: str, name: str) -> list[Ignored]:
    text = read_any(f"{folder}/{name}").decode("utf-8", "replace")
    return [_patterns(folder, text.splitlines())] if text else []


def _patterns(base: str, lines: Sequence[str]) -> Ignored:
    from picklecheck.source.ignored import Ignored

    return Ignored(base, lines)


def _real(path: str) -> str:
    return os.path.realpath(path).replace(os.sep, "/")
