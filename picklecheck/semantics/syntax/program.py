"""The modules of the analysed project: which file a dotted name leads to, and what was read."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Container, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TypeVar, cast

from picklecheck.semantics.syntax.module import Module
from picklecheck.source.clauses import imports
from picklecheck.source.observed import (
    Grounds,
    Memory,
    again,
    exists,
    files_below,
    folders_in,
    importable,
    is_file,
    is_folder,
    read,
    remembered,
)
from picklecheck.source.questions import has, imports_in

# A directory that holds one of these is the top of a project: imports are not looked for above it.
PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")


Load = Callable[[Path, str], Module | None]
Fact = TypeVar("Fact")


class Program:
    """Modules on demand; `load(file, dotted name)` reads one, or gives None where it cannot.

    `folder` holds all that is checked: a project without a mark reaches as far up. `known` are packages that may be
    installed, which a folder that is only guessed to hold modules never hides.
    """

    def __init__(self, load: Load, folder: Path, known: Container[str] = ()) -> None:
        self._load = load
        self._folder = folder
        self._installed = known
        self._modules = Memory()
        self._used: dict[Path, int] = {}  # in which run each module was asked for last
        self._runs = 0
        self._facts = Memory()
        self.size = 0  # characters of the modules that are kept
        self._located = Memory()
        self._tops = Memory()
        self._packages = Memory()
        self._roots_of = Memory()
        self._roots_with = Memory()
        self._imported = Memory()
        # Files that import none in which a test finds something, by that test, with what this rests on.
        self.importing_none: dict[tuple[Callable[[Path], bool], Path], Grounds] = {}

    def module(self, file: Path) -> Module | None:
        """The module in a file, read once."""
        self._used[file] = self._runs
        return self._modules.get(file, self._read, file)

    def _read(self, file: Path) -> Module | None:
        module = self._load(file, dotted_name(file))
        self.size += len(module.text) if module is not None else 0
        return module

    def fact(self, file: Path, tell: Callable[..., Fact], *given: object) -> Fact | None:
        """What `tell` says of the module in a file (and of `given`), asked once and kept when the module is let go."""
        return cast("Fact | None", self._facts.get((file, tell, given), self._told, file, tell, given))

    def _told(self, file: Path, tell: Callable[..., object], given: tuple[object, ...]) -> object:
        module = self.module(file)
        return None if module is None else tell(module, *given)

    def at(self, path: str) -> Module | None:
        """The module of a path as it is shown, among those that were read."""
        return next((one for one in self._modules.values() if one is not None and one.path == path), None)

    def begin_run(self, most: int, fewest: int) -> bool:
        """Let go of modules where there are more than `most` characters of them, and say so.

        Those that were not used for the most runs go, until `fewest` are left; they are read again when asked for.
        """
        self._runs += 1
        if self.size <= most:
            return False
        for file in sorted(self._used, key=self._used.__getitem__):
            if self.size <= fewest:
                break
            module = self._modules.let_go(file)
            self.size -= 0 if module is None else len(module.text)
            del self._used[file]
        return True

    def keep(self, module: Module) -> None:
        """Use this module for its file from now on."""
        self._used[module.file] = self._runs
        earlier = self._modules.let_go(module.file)
        self._modules.get(module.file, _kept, module)
        self.size += len(module.text) - (0 if earlier is None else len(earlier.text))

    def find(self, name: str, importer: Module) -> Module | None:
        """The project's module of an absolute dotted name, as seen from `importer`; None for all others."""
        file = self.locate(name, importer.file, importer.name)
        if file is None:
            return None
        return importer if file == importer.file else self.module(file)

    def locate(self, name: str, importer: Path, own_name: str) -> Path | None:
        """The file of a module of the project, which is not read; a module finds itself by its own name only."""
        file = self._nearest(name, importer, own_name, None)
        if file == importer and name != own_name:
            file = self._nearest(name, importer, own_name, importer)
        return self._beside(name, importer) if file is None else file

    def _nearest(self, name: str, importer: Path, own_name: str, besides: Path | None) -> Path | None:
        """What all files of a folder find: they look in the same places."""
        own_top = own_name.partition(".")[0]
        key = name, os.path.dirname(importer), own_top, besides  # a text has its hash at once, a path works it out
        return self._located.get(key, self._locate, name, importer, own_top, besides)

    def _locate(self, name: str, importer: Path, own_top: str, besides: Path | None) -> Path | None:
        top = name.partition(".")[0]
        for root in self._roots_with.get((top, os.path.dirname(importer)), self._roots_of_name, top, importer):
            if top == own_top or not is_standard_library(root):
                file = module_file(str(root), name)
                if file is not None and file != besides:
                    return file
        return None

    def _beside(self, name: str, importer: Path) -> Path | None:
        """What a script imports from its own folder, which is first on the path when it is run, package or not."""
        if self.is_known(name) or importer.name == "__init__.py":
            return None
        file = module_file(str(importer.parent), name)
        return file if file is not None and file != importer and has(str(importer), "__main__") else None

    def is_known(self, name: str) -> bool:
        """Whether a name belongs to the standard library, or to a package that may be installed."""
        top = name.partition(".")[0]
        return top in sys.stdlib_module_names or top in self._installed

    def top(self, file: Path) -> Path:
        """The folder of the project that a file belongs to."""
        return self._tops.get(file.parent, self._top, file)

    def _top(self, file: Path) -> Path:
        for parent in file.parents:
            if is_marked(parent):
                return parent
        around = [folder for folder in (Path.cwd(), self._folder) if folder in file.parents]
        return min(around, key=lambda folder: len(folder.parts), default=package_root(file))

    def is_imported(self, file: Path) -> bool:
        """Whether another file of the project imports this one; none is parsed."""
        index = self._imported.get(self.top(file), _by_words_in_imports, self.top(file))
        words = (file.parent.name, ".") if file.name == "__init__.py" else (file.stem,)
        importers = dict.fromkeys(other for word in words for other in index.get(word.encode(), ()) if other != file)
        return any(file in self.imported(other) for other in importers)

    def has_user_of(self, file: Path, name: str) -> bool:
        """Whether a file of the project imports what a dotted name begins with, and has the name in its text."""
        index = self._imported.get(self.top(file), _by_words_in_imports, self.top(file))
        modules = map(self.module, index.get(name.partition(".")[0].encode(), ()))
        return any(module is not None and name in module.text for module in modules)

    def imported(self, file: Path) -> tuple[Path, ...]:
        """The other files of the project that a file's import statements name; none of them is parsed."""
        return self._imported.get(file, self._imports, file)

    def _imports(self, file: Path) -> tuple[Path, ...]:
        own_name, is_package = dotted_name(file), file.name == "__init__.py"
        clauses = imports_in(str(file))
        named = dict.fromkeys((dots, b".".join(parts).decode(errors="replace")) for dots, parts, *_ in imports(clauses))
        found: dict[str, Path | None] = {}
        for dots, name in named:
            name = absolute(own_name, is_package, name, dots)
            outer = found.get(name.rpartition(".")[0])
            if outer is None or outer.name == "__init__.py":  # there are no modules in one that is no package
                found[name] = self.locate(name, file, own_name)
        return tuple(dict.fromkeys(other for other in found.values() if other is not None and other != file))

    def is_package(self, name: str, importer: Module) -> bool:
        """Whether a dotted name leads to a folder of the project, with or without `__init__.py`."""
        return self._packages.get((name, importer.file.parent), self._leads_to_folder, name, importer.file)

    def _leads_to_folder(self, name: str, importer: Path) -> bool:
        parts = [part for part in name.split(".") if part]
        roots = (*self._roots(importer), *package_homes(self.top(importer)))
        return any(is_folder(os.path.join(root, *parts)) for root in roots)

    def _roots(self, file: Path) -> list[Path]:
        """Where absolute imports of a file are looked for, nearest first, without any configuration."""
        return self._roots_of.get(file.parent, self._search, file)

    def _search(self, file: Path) -> list[Path]:
        return import_roots(file, self.top(file))

    def _roots_of_name(self, top: str, importer: Path) -> list[Path]:
        """Those of the roots of a file that hold a module or package of this name."""
        roots = self._roots(importer)
        if not self.is_known(top):
            roots = [*roots, *package_homes(self.top(importer)), *folders_of_packages(importer)]
        return [root for root in roots if not importable(str(root)).isdisjoint((top, f"{top}.py"))]


def _kept(module: Module) -> Module:
    """A module that was not read by the program, which rests on the text and the packages of its file all the same."""
    again(str(module.file))
    dotted_name(module.file)
    return module


def module_file(root: str, name: str) -> Path | None:
    """The file of a dotted name below a folder: the `__init__` of a package before a module."""
    folder, _, last = name.rpartition(".")
    for part in folder.split(".") if folder else ():
        if part not in importable(root):
            return None
        root = os.path.join(root, part)
    inner = os.path.join(root, last)
    if last in importable(root) and "__init__.py" in importable(inner):
        return Path(inner, "__init__.py")
    return Path(f"{inner}.py") if f"{last}.py" in importable(root) else None


@remembered
def is_marked(folder: Path) -> bool:
    """Whether a folder holds a mark of the top of a project."""
    return any(exists(os.path.join(folder, mark)) for mark in PROJECT_MARKS)


@remembered
def is_standard_library(root: Path) -> bool:
    """Whether a folder is an installed standard library, whose modules are known and not followed."""
    return all(is_file(str(root / name)) for name in ("os.py", "abc.py", "codecs.py"))


def import_roots(file: Path, top: Path) -> list[Path]:
    """The folders from which a file's absolute imports may start: its package's, then those up to the project's."""
    roots = [package_root(file)]
    for parent in file.parents:
        for root in (parent, parent / "src", *hinted_roots(parent)):
            if root not in roots and is_folder(str(root)) and not exists(str(root / "__init__.py")):
                roots.append(root)
        if parent == top:
            break
    return roots


@remembered
def package_homes(top: Path) -> list[Path]:
    """The folders right below the top of a project that hold packages, whatever they are called."""
    folders = [top / name for name in folders_in(str(top))]
    return [one for one in folders if not exists(str(one / "__init__.py")) and _holds_packages(one)]


def _holds_packages(folder: Path) -> bool:
    return any(exists(str(folder / name / "__init__.py")) for name in folders_in(str(folder)))


@remembered
def hinted_roots(folder: Path) -> tuple[Path, ...]:
    """Where a `pyproject.toml` says that packages lie, or that tests look for modules."""
    try:
        table = tomllib.loads(read(str(folder / "pyproject.toml")).decode()).get("tool", {})
    except (OSError, ValueError, RecursionError):
        return ()
    found: list[object] = []
    match table:
        case {"setuptools": {"packages": {"find": {"where": list(where)}}}}:
            found += where
    match table:
        case {"setuptools": {"package-dir": dict(folders)}}:
            found += [folders.get("")]
    match table:
        case {"pytest": {"ini_options": {"pythonpath": list() | str() as searched}}}:
            found += searched.split() if isinstance(searched, str) else searched
    match table:
        case {"hatch": {"build": {"targets": {"wheel": {"packages": list(packages)}}}}}:
            found += [os.path.dirname(one) for one in packages if isinstance(one, str)]
    match table:
        case {"poetry": {"packages": list(packages)}}:
            found += [one.get("from") for one in packages if isinstance(one, dict)]
    return tuple(dict.fromkeys(folder / one for one in found if isinstance(one, str) and one))


@remembered
def package_root(file: Path) -> Path:
    """The folder that holds the outermost package a file belongs to (its own folder for a script)."""
    folder = file.parent
    while is_file(str(folder / "__init__.py")) and folder != folder.parent:
        folder = folder.parent
    return folder


def dotted_name(file: Path) -> str:
    """The name under which a file of a regular package is imported."""
    parts = file.relative_to(package_root(file)).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _by_words_in_imports(top: Path) -> dict[bytes, list[Path]]:
    """The files of a project by the words in their import statements; a relative import has a dot among them."""
    found: dict[bytes, list[Path]] = {}
    for file in project_files(top):
        clauses = imports_in(str(file))
        for word in {*re.findall(rb"\w+", clauses), *re.findall(rb"from *(\.)", clauses)}:
            found.setdefault(word, []).append(file)
    return found


# Files of a project that are looked at.
MOST_FILES = 20_000


def project_files(top: Path) -> Iterator[Path]:
    """The Python files below the folder of a project, in order."""
    return map(Path, files_below(str(top), MOST_FILES))


@remembered
def packages_around(file: Path) -> list[Path]:
    """The `__init__` files of the packages that a file is in: they run before it."""
    root = package_root(file)
    inner = takewhile(lambda folder: folder != root, file.parents)
    return [one for folder in inner if (one := folder / "__init__.py") != file]


@remembered
def folders_of_packages(file: Path) -> list[Path]:
    """The packages that a file is in, innermost first: a program may be run inside one."""
    root = package_root(file)
    return [*takewhile(lambda folder: folder != root, file.parents)]


def absolute(importer: str, is_package: bool, name: str | None, level: int) -> str:
    """The dotted name that an `import` statement of a module means (PEP 328)."""
    if level == 0:
        return name or ""
    parts = importer.split(".")
    parts = parts[: len(parts) - level + (1 if is_package else 0)]
    return ".".join([*parts, name] if name else parts)
