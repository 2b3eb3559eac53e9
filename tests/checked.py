"""What picklecheck says of the programs, as data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from programs import START_METHODS, Program

from picklecheck.check import check
from picklecheck.options import Options


def picklecheck(paths: Iterable[str], like: Program, **given: bool) -> list[dict[str, Any]]:
    """The findings in JSON about files and folders, for the target and the start method of a program."""
    options = Options(
        paths=[*paths],
        isolated=True,
        jobs=1,
        target_version=[like.target],
        start_method=[like.start_method] if like.start_method in START_METHODS else [],
        output_format="json",
        **given,
    )
    with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
        code = check(options)
    assert code in (0, 1), stderr.getvalue()
    found: list[dict[str, Any]] = json.loads(stdout.getvalue())["findings"]
    return found
