"""The text of one file: decoded as Python would, and encoded again with its mark, encoding and line ends."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias
from zlib import crc32

# Length and checksum of the bytes of a file: tells whether it was changed between two readings.
Fingerprint: TypeAlias = tuple[int, int]

_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_MAY_NAME_ENCODING = re.compile(rb"(?:[^\r\n]*(?:\r\n|\r|\n))?[^\r\n]*coding[:=]")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file cannot be read as Python, and where: line and column from 1, columns in characters."""

    line: int
    column: int
    reason: str


@dataclass(frozen=True)
class Source:
    """One file as text; `newline` is the end that most lines have.

    What was read from bytes has their fingerprint.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    newline: str = "\n"
    fingerprint: Fingerprint | None = field(default=None, repr=False, compare=False)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines, without their ends."""
        return tuple(split(self.text))

    def encode(self) -> bytes:
        """The bytes to write; raises UnicodeEncodeError where the encoding lacks a character."""
        return self.text.encode(self.encoding)


def source(path: str, text: str, encoding: str = "utf-8") -> Source:
    """The source that holds `text` as it is; the encoding `utf-8-sig` keeps a byte order mark."""
    return Source(path, text, encoding, _commonest(text))


def split(text: str) -> list[str]:
    """The lines of `text` as Python counts them, without their ends."""
    return _LINE_END.split(text)


def line_starts(text: str) -> list[int]:
    """The offsets at which the lines of `text` begin, in characters."""
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


def decode(path: str, data: bytes) -> Source | Unreadable:
    """The text of `data` by byte order mark, encoding comment or UTF-8."""
    encoding = _encoding(data)
    if isinstance(encoding, Unreadable):
        return encoding
    if (at := data.find(b"\0")) >= 0:
        return _unreadable(data, at, encoding, "a NUL byte")
    try:
        return replace(source(path, data.decode(encoding), encoding), fingerprint=(len(data), crc32(data)))
    except UnicodeDecodeError as error:
        byte = data[error.start]
        return _unreadable(data, error.start, encoding, f"byte 0x{byte:02x} is not {error.encoding}")
    except (LookupError, UnicodeError) as error:
        return Unreadable(1, 1, str(error))


def encoded(text: str) -> bytes:
    """Bytes that `decode` reads as `text`, where its own encoding comment allows that."""
    data = text.encode("utf-8", "surrogatepass")
    encoding = _encoding(data)
    try:
        return data if isinstance(encoding, Unreadable) else text.encode(encoding)
    except UnicodeEncodeError:
        return data


def _encoding(data: bytes) -> str | Unreadable:
    if not _MAY_NAME_ENCODING.match(data):
        return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    from tokenize import detect_encoding

    # The line that names the encoding may be written in it, which `detect_encoding` does not expect.
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    plain = mark + _NOT_ASCII.sub(b"?", data[len(mark) :])
    try:
        return detect_encoding(io.BytesIO(plain).readline)[0]
    except SyntaxError as error:
        return Unreadable(1, 1, str(error))


def _unreadable(data: bytes, at: int, encoding: str, reason: str) -> Unreadable:
    try:
        before = split(data[:at].decode(encoding, "replace"))
    except (LookupError, UnicodeError):  # no encoding of text, or one that cannot replace
        before = split(data[:at].decode("latin-1"))
    return Unreadable(len(before), len(before[-1]) + 1, reason)


def _commonest(text: str) -> str:
    crlf = text.count("\r\n")
    counts = {"\n": text.count("\n") - crlf, "\r\n": crlf, "\r": text.count("\r") - crlf}
    return max(counts, key=lambda end: counts[end])
