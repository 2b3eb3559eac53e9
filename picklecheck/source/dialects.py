"""Texts that the running Python cannot parse: Python 2, read through fissix, and syntax that is newer."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from picklecheck.source.tokens import has_deep_patterns, is_too_long_to_rewrite

if TYPE_CHECKING:
    import libcst as cst

# What only Python 2 writes: the print statement, `except X, e`, backquotes, `exec "…"`, `<>`, `raise X, "…"`, 0777, 7L.
_PYTHON_2 = re.compile(
    r"^\s*print(?:\s+(?![=(.,)\]])|\s*>>)"
    r"|^\s*except\s+[\w.]+\s*,\s*\w+\s*:"
    r"|^\s*except\s*\([^)]*\)\s*,\s*\w+\s*:"
    r"|^\s*exec\s+[\w\"']"
    r"|^\s*raise\s+[\w.]+\s*,"
    r"|`[^`\n]+`|<>|\b0[0-7]+\b|\b(?:0[xX][\da-fA-F]+|\d+)[lL]\b|\b[uU][rR][\"']",
    re.MULTILINE,
)

# The rewrites of fissix that turn Python 2 syntax into Python 3 syntax and leave every line where it is.
_FIXERS = (
    "print",
    "except",
    "exec",
    "raise",
    "repr",
    "ne",
    "numliterals",
    "throw",
    "tuple_params",
    "unicode",
    "long",
    "paren",
)


class NeedsFissix(Exception):
    """The text is Python 2, and the library that reads it is not installed."""


def looks_like_python_2(text: str) -> bool:
    return _PYTHON_2.search(text) is not None


def from_python_2(text: str) -> str | None:
    """The same program in Python 3 syntax, line by line; None where it cannot be read as Python 2 either.

    Raises `NeedsFissix` where the extra `picklecheck[py2]` is not installed.
    """
    try:
        from fissix.pgen2.parse import ParseError
        from fissix.refactor import RefactoringTool
    except ImportError:
        raise NeedsFissix from None
    import logging

    logging.getLogger("RefactoringTool").setLevel(logging.ERROR)
    tool = RefactoringTool([f"fissix.fixes.fix_{name}" for name in _FIXERS])
    whole = text if text.endswith("\n") else text + "\n"
    try:
        read = str(tool.refactor_string(whole, "text"))
    except (ParseError, SyntaxError, ValueError, IndexError, AttributeError):
        return None
    except Exception as error:  # fissix raises its tokenizer's errors as they come
        if type(error).__module__.startswith("fissix"):
            return None
        raise
    return read if read.count("\n") == whole.count("\n") else None


def needed_version(text: str) -> str:
    """The Python whose syntax a text uses, where LibCST can read it and the running Python cannot; else empty."""
    import libcst as cst

    if deepest_bracket(text) > DEEPEST_BRACKETS:  # LibCST's parser takes the stack
        return ""
    if is_too_long_to_rewrite(text) or has_deep_patterns(text):
        return ""
    try:
        module = cst.parse_module(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
        return ""
    found = (3, 12)
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        found = max(found, _version_of(node))
        todo.extend(node.children)
    return "{}.{}".format(*found) if found > sys.version_info[:2] else ""


def _version_of(node: cst.CSTNode) -> tuple[int, int]:
    """The version that brought what is written at a node; told by names of types, of which an old LibCST lacks some."""
    match type(node).__name__:
        case "LazyImport" | "LazyImportFrom" | "StarredDictComp":
            return (3, 15)
        case "ListComp" | "SetComp" | "GeneratorExp" if type(getattr(node, "elt", None)).__name__ == "StarredElement":
            return (3, 15)
        case "TemplatedString":
            return (3, 14)
        case "ExceptHandler" | "ExceptStarHandler":
            caught = getattr(node, "type", None)
            return (3, 14) if type(caught).__name__ == "Tuple" and not getattr(caught, "lpar", ()) else (3, 0)
        case "TypeParam":
            return (3, 13) if getattr(node, "default", None) is not None else (3, 12)
    return (3, 0)


# CPython gives up at 200 nested brackets; what is deeper is no newer syntax.
DEEPEST_BRACKETS = 200


def deepest_bracket(text: str) -> int:
    """How deep brackets may be nested at most, strings and comments not told apart."""
    deepest = depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(depth - 1, 0)
    return deepest
