"""The folder of the cache: where it is, how files in it are replaced, and how it is removed."""

from __future__ import annotations

import os
import time

from picklecheck.source.disk import NEW
from picklecheck.source.signals import HeldBack

NAME = ".picklecheck_cache"
_PROJECT_MARKS = ("pyproject.toml", "picklecheck.toml", "setup.py", "setup.cfg", ".git", ".hg")
_SUFFIX = ".json"
_NEW_SUFFIX = ".new"
_OURS = (".gitignore", "CACHEDIR.TAG")
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n"  # of a folder that backups may leave out: bford.info/cachedir
_UNUSED = 30 * 86400  # seconds after which a file that nobody used goes
_MOST_FILES = 50


def folder_for(start: str) -> str:
    """The cache of the nearest project at or above the folder `start`, else of the working directory."""
    here = os.path.abspath(start)
    while not any(os.path.exists(os.path.join(here, mark)) for mark in _PROJECT_MARKS):
        here, inner = os.path.dirname(here), here
        if here == inner:
            return os.path.abspath(NAME)
    return os.path.join(here, NAME)


def is_trusted(path: str) -> bool:
    """Whether nobody but this user could have put a file there."""
    if not hasattr(os, "getuid"):
        return True
    try:
        return os.stat(path).st_uid == os.getuid()
    except OSError:
        return False


def write(folder: str, name: str, data: bytes) -> None:
    """Put a file into the cache, whole or not at all; where that is not possible, nothing happens."""
    path = path_of(folder, name)
    new = f"{path}.{os.getpid()}{_NEW_SUFFIX}"
    try:
        os.makedirs(folder, exist_ok=True)
        for own, content in zip(_OURS, (b"*\n", _TAG), strict=True):
            if not os.path.exists(os.path.join(folder, own)):
                _create(os.path.join(folder, own), content)
        with HeldBack():
            try:
                _create(new, data)
                os.replace(new, path)
            except OSError:
                _remove(new)
    except OSError:
        return
    _drop_unused(folder)


def path_of(folder: str, name: str) -> str:
    return os.path.join(folder, name + _SUFFIX)


def clean(folder: str) -> bool:
    """Remove a cache, and nothing else that lies in its folder; tells whether there was one. Raises OSError."""
    if not os.path.isfile(os.path.join(folder, _OURS[1])):
        return False
    for name in os.listdir(folder):
        if name in _OURS or _is_data(name):
            os.unlink(os.path.join(folder, name))
    if not os.listdir(folder):
        os.rmdir(folder)
    return True


def _drop_unused(folder: str) -> None:
    try:
        files = [(os.stat(one.path).st_mtime, one.path) for one in os.scandir(folder) if _is_data(one.name)]
    except OSError:
        return
    kept = sorted(files, reverse=True)[:_MOST_FILES]
    for changed, path in files:
        if (changed, path) not in kept or changed + _UNUSED < time.time():
            _remove(path)


def _is_data(name: str) -> bool:
    return name.endswith((_SUFFIX, _NEW_SUFFIX))


def _create(path: str, data: bytes) -> None:
    handle = os.open(path, NEW, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
