"""Text: decoded as Python would, encoded to the same bytes, and never an error for any bytes."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklecheck.source.text import Source, Unreadable, decode, split


@pytest.mark.parametrize(
    ("data", "text", "newline"),
    [
        (b"", "", "\n"),
        (b"x = 1\n", "x = 1\n", "\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n", "\r\n"),
        (b"x\ny\r\nz\n", "x\ny\r\nz\n", "\n"),
        (b"a\rb\r", "a\rb\r", "\r"),
        (codecs.BOM_UTF8 + "é = 1\n".encode(), "é = 1\n", "\n"),
        (b"# -*- coding: latin-1 -*-\n'\xe9'\n", "# -*- coding: latin-1 -*-\n'é'\n", "\n"),
        (b"# -*- coding: latin-1 -*- \xe9\n", "# -*- coding: latin-1 -*- é\n", "\n"),
        (b"#!/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'\n", None, "\n"),
        (
            "# coding: shift_jis\ns = 'テスト'\n".encode("shift_jis"),
            "# coding: shift_jis\ns = 'テスト'\n",
            "\n",
        ),
    ],
)
def test_what_is_decoded_is_encoded_to_the_same_bytes(data: bytes, text: str | None, newline: str) -> None:
    source = decode("a.py", data)
    assert isinstance(source, Source)
    assert text is None or source.text == text
    assert source.newline == newline
    assert source.encode() == data


@pytest.mark.parametrize(
    ("data", "line", "column", "reason"),
    [
        (b"x = 1\ny = '\xff'\n", 2, 6, "byte 0xff is not utf-8"),
        ("é = '".encode() + b"\xe9'\n", 1, 6, "byte 0xe9 is not utf-8"),
        (b"a\nbc\0d\n", 2, 3, "a NUL byte"),
        (b"# coding: no-such\n", 1, 1, "unknown encoding: no-such"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", 1, 1, "encoding problem: utf-8"),
    ],
)
def test_what_cannot_be_decoded_says_where_and_why(data: bytes, line: int, column: int, reason: str) -> None:
    assert decode("a.py", data) == Unreadable(line, column, reason)


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_raise(data: bytes) -> None:
    result = decode("a.py", data)
    assert isinstance(result, Unreadable) or result.encode() == data


@given(st.sampled_from(["utf-16", "utf-7", "hex", "rot13", "idna", "undefined", "cp037", "mbcs"]), st.binary())
def test_no_encoding_raises(name: str, data: bytes) -> None:
    assert decode("a.py", f"# coding: {name}\n".encode() + data) is not None


def test_lines_end_where_python_ends_them() -> None:
    assert split("a\x0cb\u2028c\nd\r\ne\rf") == ["a\x0cb\u2028c", "d", "e", "f"]
