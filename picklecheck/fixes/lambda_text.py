"""How a lambda reads as a `def`, and how parameters are put in front of those a function has."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable

import libcst as cst

from picklecheck.fixes.placement import Replacement, replaced
from picklecheck.fixes.tree import Tree

# A line is put together of several ones where it gets no longer than that.
_LINE = 88


def lambda_text(
    tree: Tree,
    node: cst.Lambda,
    name: str,
    margin: str,
    cuts: Iterable[Replacement] = (),
    leading: list[str] | None = None,
    first_lines: Iterable[str] = (),
    python2: bool = False,
) -> str:
    """A lambda as a `def` at the given margin, without the line break at its end."""
    start, end = tree.spans[node.params]
    given = tree.text[start:end].strip().rstrip(",")
    if leading:
        given = leading_parameters(leading, needs_mark(node.params, python2), not given) + given
    inner = margin + tree.indent
    lines = [f"def {name}({given}):", *(inner + line for line in first_lines)]
    match node.body:
        case cst.Name(value="None"):
            return tree.newline.join([*lines, f"{inner}pass"])
        case cst.Call(func=cst.Name(value="print")):  # which returns None, as the function does
            returned = ""
        case _:
            returned = "return "
    start, end = tree.whole(node.body)
    if _breaks_outside_brackets(tree.text[start:end]):
        body = replaced(tree, start, end, [*cuts, *_shifted(tree, node.body, start, end, inner + tree.indent)])
        return tree.newline.join([*lines, *_wrapped(body, inner, tree.indent)])
    body = replaced(tree, start, end, [*cuts, *_shifted(tree, node.body, start, end, inner)])
    return tree.newline.join([*lines, f"{inner}{returned}{body}"])


def _wrapped(body: str, inner: str, indent: str) -> list[str]:
    """What is returned over several lines: in one where it fits and all breaks are its own, else in brackets."""
    parts = re.split(r"\r\n|\n|\r", body)
    whole = f"{inner}return {' '.join(part.strip() for part in parts)}"
    if len(whole) <= _LINE and not re.search(r"[\[({#\"']", body):
        return [whole]
    return [f"{inner}return (", f"{inner}{indent}{parts[0].lstrip()}", *parts[1:], f"{inner})"]


def _shifted(tree: Tree, node: cst.CSTNode, start: int, end: int, inner: str) -> Iterable[Replacement]:
    """Move the continuation lines of an expression along with its first, never the inside of a string."""
    strings = [
        tree.spans[part] for part in tree.under(node) if isinstance(part, cst.SimpleString | cst.FormattedString)
    ]
    old = _margin(tree.text[tree.line_start(start) :])
    for line in tree.lines:
        if not start < line < end or any(low < line < high for low, high in strings):
            continue
        margin = _margin(tree.text[line:end])
        yield line, line + len(margin), inner + margin.removeprefix(old) if margin.startswith(old) else inner


def _margin(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def _breaks_outside_brackets(text: str) -> bool:
    """Whether an expression spans lines in a way that only brackets around it allow."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.NL and depth == 1 and token.start[0] <= text.count("\n"):
            return True
    return False


def leading_parameters(names: list[str], marked: bool, alone: bool) -> str:
    """The parameters put in front, `marked` as positional-only where keywords that `**` collects could meet them."""
    return ", ".join([*names, *(["/"] if marked else [])]) + ("" if alone else ", ")


def needs_mark(params: cst.Parameters, python2: bool = False) -> bool:
    """Whether `**` of a function would collect a keyword of the same name as a parameter that is put in front."""
    return bool(params.star_kwarg) and not params.posonly_params and not python2


def first_parameter(tree: Tree, function: cst.FunctionDef) -> tuple[int, int, bool]:
    """Where the text of a function's first parameter begins, where that of the next one does, and is there a next."""
    params = function.params
    first, *others = [*params.posonly_params, *params.params]
    following = [*others, params.star_arg, *params.kwonly_params, params.star_kwarg]
    second = next((node for node in following if isinstance(node, cst.CSTNode)), None)
    return tree.spans[first][0], tree.spans[second][0] if second else tree.spans[params][1], second is not None
