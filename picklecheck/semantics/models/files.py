"""Files that are opened: which type the object has depends on the mode, and on the buffering of binary files."""

from __future__ import annotations

from picklecheck.semantics.domain.values import Arguments, Constant, ExternalMethod, ExternalObject, Here, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import Model, methods, models

TEXT = "io.TextIOWrapper"
# Any of the types of files: where the mode is not known, and the one type of Python 2.
SOME_FILE = "builtins.file"
# What opens a file of its own kind in the binary modes, which are also the default.
COMPRESSED = {
    "gzip.open": "gzip.GzipFile",
    "bz2.open": "bz2.BZ2File",
    "lzma.open": "lzma.LZMAFile",
    "compression.zstd.open": "compression.zstd.ZstdFile",
}


@models("builtins.open", "os.fdopen")
def _open(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    if max(run.mode.versions, default=(3, 0)) < (3, 0):
        return (ExternalObject(SOME_FILE, here.site, None, arguments),)
    return _io_open(run, arguments, here)


@models("io.open")
def _io_open(run: Machine, arguments: Arguments, here: Here) -> Values:
    made = opened(arguments, arguments.get(1, "mode"), arguments.get(2, "buffering"))
    return (ExternalObject(made, here.site, None, arguments),)


@methods("pathlib.Path", "open")
def _path_open(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    made = opened(arguments, arguments.get(0, "mode"), arguments.get(1, "buffering"))
    return (ExternalObject(made, here.site, method.receiver, arguments),)


def _compressed(kind: str) -> Model:
    def model(run: Machine, arguments: Arguments, here: Here) -> Values:
        mode = mode_of(arguments, arguments.get(1, "mode"), "rb")
        made = SOME_FILE if mode is None else TEXT if "t" in mode else kind
        return (ExternalObject(made, here.site, None, arguments),)

    return model


for _name, _kind in COMPRESSED.items():
    models(_name)(_compressed(_kind))


def opened(arguments: Arguments, mode: Values, buffering: Values) -> str:
    """The type of what `open` gives."""
    text = mode_of(arguments, mode, "r")
    if text is None:
        return SOME_FILE
    if "b" not in text:
        return TEXT
    match buffering:
        case (Constant(value=0),):
            return "io.FileIO"
        case (Constant(value=int()),):
            return buffered(text)
        case () if not arguments.is_open:
            return buffered(text)
    return SOME_FILE


def buffered(mode: str) -> str:
    """The type of a binary file."""
    if "+" in mode:
        return "io.BufferedRandom"
    return "io.BufferedReader" if "r" in mode else "io.BufferedWriter"


def mode_of(arguments: Arguments, mode: Values, default: str) -> str | None:
    """The mode that is given, or the one without an argument; None where it is not known."""
    match mode:
        case (Constant(value=str(text)),):
            return text
        case () if not arguments.is_open:
            return default
    return None
