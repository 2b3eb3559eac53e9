"""A new import goes to its sorted place."""

from __future__ import annotations

import pytest
from rewriting import PATH

from picklecheck.fixes.imports import import_edit
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
