"""The settings of every file of a run, by the configuration that is nearest to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence

from picklecheck.configuration.files import Files
from picklecheck.configuration.layers import Configuration, Layer
from picklecheck.options import Options
from picklecheck.settings import Requirement, Settings, applying, configuration, requirement, settle
from picklecheck.source.discovery import display


class Projects:
    """Settings by path: each file has those of the nearest configuration above it, whatever else is checked.

    `folder` is the deepest one that holds all that is checked; `warn` is told once of each thing that is ignored.
    """

    def __init__(self, options: Options, files: Files, folder: str, warn: Callable[[str], None]) -> None:
        self.options = options
        self.folder = os.path.abspath(folder)
        self._files = files
        self._warn = warn
        self._projects: dict[str, tuple[Configuration, Requirement | None]] = {}
        self._settings: dict[Hashable, Settings] = {}
        self._told: set[Requirement] = set()

    def of(self, path: str) -> Settings:
        """The settings of the file at `path`, which need not exist."""
        found, required = self.project(os.path.dirname(path))
        return self._settle(found, applying(found, path), required)

    def in_folder(self, folder: str) -> Settings:
        """The settings of a folder, without those that are for some of its files only."""
        found, required = self.project(folder)
        return self._settle(found, applying(found), required)

    @property
    def whole(self) -> Settings:
        """The settings of the run as such: of the working directory, or where nothing is set there, of `folder`."""
        here = self.in_folder(".")
        return here if here.file else self.in_folder(self.folder)

    def excluded(self, folder: str) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], bool]:
        """Which patterns leave out what lies in `folder`, and whether they do so where it is named."""
        settings = self.in_folder(folder)
        return settings.exclude, settings.force_exclude

    @property
    def use_baselines(self) -> bool:
        """Whether one of the projects met so far has a baseline."""
        return any(self.in_folder(folder).baseline for folder in list(self._projects))

    def own_names(self) -> frozenset[bytes]:
        """The names by which files show that they may use what one of the projects met so far describes."""
        settings = [self.in_folder(folder) for folder in list(self._projects)]
        return frozenset[bytes]().union(*(one.own_names() for one in settings))

    def files(self) -> set[str]:
        """The configuration files whose settings hold in one of the projects met so far."""
        return {os.path.abspath(layer.file) for found, _ in self._projects.values() for layer in found.layers}

    def project(self, folder: str) -> tuple[Configuration, Requirement | None]:
        """The configuration and `requires-python` that hold in a folder."""
        folder = os.path.abspath(folder)
        if folder not in self._projects:
            self._projects[folder] = self._look(folder)
        return self._projects[folder]

    def _look(self, folder: str) -> tuple[Configuration, Requirement | None]:
        parent = os.path.dirname(folder)
        if not self._files.inside(folder) and folder != parent:
            return self.project(parent)
        if self.options.isolated:
            return Configuration(), None
        return configuration(self.options, self._files, folder), requirement(self._files, folder)

    def _settle(self, found: Configuration, applied: tuple[Layer, ...], required: Requirement | None) -> Settings:
        key = (found.file, required, tuple((layer.file, layer.at, layer.paths) for layer in applied))
        if key not in self._settings:
            self._settings[key] = settle(self.options, found, applied, required, self.folder)
            if required and not self.options.target_version:
                self._tell(required, applied)
        return self._settings[key]

    def _tell(self, required: Requirement, applied: Sequence[Layer]) -> None:
        """Warn once of a `requires-python` that names no version known here, where nothing else does."""
        if required.targets or required in self._told or any("target-version" in one.values for one in applied):
            return
        self._told.add(required)
        self._warn(f"{display(required.file)}: no known Python version fits requires-python `{required.text}`")
