"""How a lambda reads as a `def`, and how parameters are put in front of those a function has."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable

import libcst as cst

from picklecheck.fixes.placement import Replacement, replaced
from picklecheck.fixes.tree import Tree


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
    start, end = tree.whole(node.body)
    wrap = _breaks_outside_brackets(tree.text[start:end])
    head = f"{inner}return {'(' if wrap else ''}"
    body = replaced(tree, start, end, [*cuts, *_shifted(tree, node.body, start, end, inner)])
    return tree.newline.join([*lines, f"{head}{body}{')' if wrap else ''}"])


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
