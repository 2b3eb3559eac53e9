"""A new import goes to its sorted place."""

from __future__ import annotations

import pytest
from rewriting import PATH

from picklecheck.fixes.imports import import_edit, imported, without
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import apply


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import abc\nimport os\n", "import abc\nimport functools\nimport os\n"),
        ("import abc\nfrom os import path\n", "import abc\nimport functools\nfrom os import path\n"),
        ("from os import path\n", "import functools\nfrom os import path\n"),
        ("import abc  # a\n\nimport numpy\n", "import abc  # a\nimport functools\n\nimport numpy\n"),
        ("import numpy\nx = 1\n", "import functools\n\nimport numpy\nx = 1\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nimport functools\n\nx = 1\n'),
        (
            '"""Doc."""\n\nfrom __future__ import division\n\nimport abc\n',
            '"""Doc."""\n\nfrom __future__ import division\n\nimport abc\nimport functools\n',
        ),
        ("#!/bin/sh\n# hi\n\nx = 1\n", "#!/bin/sh\n# hi\n\nimport functools\n\n\nx = 1\n"),
        ("import abc, re; from os import path\n", "import abc, re; from os import path\nimport functools\n"),
        ("import zlib", "import functools\nimport zlib"),
    ],
)
def test_its_sorted_place(before: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        text = before.replace("\n", newline)
        edit = import_edit(Tree.read(PATH, text), "functools")
        assert apply(text, [edit], newline) == after.replace("\n", newline)


def test_a_third_party_import_gets_a_block_of_its_own() -> None:
    text = "import abc\nimport os\n\nx = 1\n"
    edit = import_edit(Tree.read(PATH, text), "cloudpickle")
    assert apply(text, [edit]) == "import abc\nimport os\n\nimport cloudpickle\n\nx = 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import abc\nfrom os import path\n", "import abc\nfrom functools import partial\nfrom os import path\n"),
        ("import abc\nfrom abc import ABC\n", "import abc\nfrom abc import ABC\nfrom functools import partial\n"),
        ("import abc\n\nx = 1\n", "import abc\nfrom functools import partial\n\nx = 1\n"),
    ],
)
def test_an_attribute_goes_among_its_like(before: str, after: str) -> None:
    assert apply(before, [import_edit(Tree.read(PATH, before), "functools", "partial")]) == after


@pytest.mark.parametrize(
    ("text", "name", "more"),
    [
        ("import functools\n", "functools.partial", 0),
        ("import functools as ft\n", "ft.partial", 0),
        ("from functools import partial\n", "partial", 0),
        ("from functools import partial as bind\n", "bind", 0),
        ("from functools import wraps\n", "partial", 1),
        ("import os\nif os.name:\n    import functools\n", "partial", 1),
        ("import os\nif TYPE_CHECKING:\n    from functools import partial\n", "functools.partial", 1),
        ("import functools\nfunctools = None\n", "partial", 1),
    ],
)
def test_the_file_names_it_in_its_own_way(text: str, name: str, more: int) -> None:
    tree = Tree.read(PATH, text + "f(x)\n")
    found, edits = imported(tree, Scopes.of(tree), "functools", "partial", [tree.module.body[-1]])
    assert (found, len(edits)) == (name, more)


def test_refused_where_both_names_are_taken() -> None:
    tree = Tree.read(PATH, "functools = partial = 1\nf(x)\n")
    with pytest.raises(Refused, match="the names `functools` and `partial` are taken"):
        imported(tree, Scopes.of(tree), "functools", "partial", [tree.module.body[-1]])


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("from functools import wraps", "from functools import partial, wraps"),
        ("from functools import cache", "from functools import cache, partial"),
        ("from functools import Placeholder, wraps", "from functools import Placeholder, partial, wraps"),
        ("from functools import wraps  # for all", "from functools import wraps  # for all"),
        ("from functools import (\n    wraps,\n)", "from functools import (\n    wraps,\n)"),
    ],
)
def test_a_line_that_imports_from_the_module_takes_one_more_name_in_its_place(line: str, after: str) -> None:
    text = f"{line}\n\nf(x)\n"
    tree = Tree.read(PATH, text)
    _, edits = imported(tree, Scopes.of(tree), "functools", "partial", [tree.module.body[-1]])
    assert after in apply(text, edits)


@pytest.mark.parametrize(
    ("imports", "after"),
    [
        ("import queue\n", ""),
        ("import os\nimport queue\n", "import os\n"),
        ("from queue import Empty, queue\n", "from queue import Empty\n"),
        ("from queue import queue, zero\n", "from queue import zero\n"),
        ("import queue, os\n", "import os\n"),
        ("import queue\nother(queue)\n", None),
        ("import queue\n__all__ = ['queue']\n", None),
        ("if x:\n    import queue\n", None),
    ],
)
def test_an_import_that_nothing_needs_any_more_goes(imports: str, after: str | None) -> None:
    text = f"{imports}\nf(queue)\n"
    tree = Tree.read(PATH, text)
    edits = without(tree, Scopes.of(tree), [tree.module.body[-1]])
    assert apply(text, edits) == (text if after is None else f"{after}\nf(queue)\n")
