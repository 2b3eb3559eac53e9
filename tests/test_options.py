"""Every option is the same wherever it is named: in `Options`, on the command line, in the choices and in settings."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from picklecheck import check, cli
from picklecheck.__main__ import main
from picklecheck.findings import START_METHODS, Level
from picklecheck.options import CHOICES, Options

DEFAULTS = {name: getattr(Options, name) for name in get_type_hints(Options)}
PARAMETERS = inspect.signature(cli.check).parameters


def test_the_command_line_has_the_options_in_their_order() -> None:
    assert list(PARAMETERS) == list(DEFAULTS), "`cli.check` and `Options` differ"


@pytest.mark.parametrize("name", DEFAULTS)
def test_an_option_has_one_default(name: str) -> None:
    default = PARAMETERS[name].default
    default = tuple(default) if isinstance(default, list) else default
    assert (default or type(DEFAULTS[name])()) == DEFAULTS[name]


def test_choices_are_those_of_options() -> None:
    assert set(CHOICES) <= set(DEFAULTS)
    assert CHOICES["start_method"] == START_METHODS
    assert CHOICES["level"] == get_args(Level)
    for name, hint in get_type_hints(cli.check).items():
        literals = [part for part in (hint, *get_args(hint)) if get_origin(part) is Literal]
        assert all(get_args(literal) == CHOICES[name] for literal in literals), name


def test_what_changes_no_run_without_findings_is_an_option() -> None:
    assert set(check._HARMLESS) <= set(DEFAULTS)


def test_every_format_is_one_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format of which the report knows nothing would look like another one."""
    program = tmp_path / "a.py"
    program.write_text("from multiprocessing import Pool\nPool().map(lambda x: x, [1])\n", "utf-8")
    names: dict[str, str] = {}
    for name in CHOICES["output_format"]:
        assert main([str(program), "--isolated", "--output-format", name]) == 1
        other = names.setdefault(capsys.readouterr().out, name)
        assert other == name, f"`{name}` looks like `{other}`"
