"""Help, completion and suggestions: as a newcomer types, in a real shell on a real terminal."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from picklecheck.__main__ import main
from picklecheck.options import CHOICES, Options
from picklecheck.rules.catalogue import RULES

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--fxi", "unknown option `--fxi`, did you mean `--fix`?"),
        ("--baselin x", "unknown option `--baselin`, did you mean `--baseline`?"),
        ("--frobnicate", "unknown option `--frobnicate`\n"),
        ("--output-format sarf", "unknown value `sarf` of `--output-format`, did you mean `sarif`?"),
        ("--level warn", "unknown value `warn` of `--level`, did you mean `warning`?"),
        ("--color blue", "unknown value `blue` of `--color`; known are auto, always, never"),
        ("--jobs x", "`--jobs` needs a number from 1, not `x`"),
        ("--jobs", "`--jobs` needs a value"),
        ("--fix=1", "`--fix` takes no value"),
        ("chekc", "no such file or folder: chekc, did you mean `check`?"),
        ("help", "did you mean `--help`?"),
        ("--no-cache config", "no such file or folder: config; a verb comes before all options\n"),
        ("config a b", "too many arguments: b"),
        ("rule --al", "unknown option `--al`, did you mean `--all`?"),
    ],
)
def test_what_is_misspelt_gets_a_suggestion_in_our_own_words(capsys: Captured, line: str, words: str) -> None:
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("picklecheck: ")
    assert printed.err.count("\n") == 1
    assert words in printed.err


def test_the_help_of_check_has_all_options_with_defaults_and_no_types(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"} | {"COLUMNS": "80"}
    command = [sys.executable, "-m", "picklecheck", "check", "--help"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    for name in Options.__annotations__:
        assert name == "paths" or f"--{name.replace('_', '-')}" in done.stdout, name
    assert "<" not in done.stdout.replace("<=", "")
    text = " ".join(re.sub(r"[^\w=.,-]+", " ", done.stdout).split())
    for default in ("requires-python", "all", "full", "note", "likely", "one per", "the working"):
        assert f"Default {default}" in text.replace(":", ""), default
    for group in ("Fixes", "Rules", "What to check for", "Output", "Old code", "Files and settings"):
        assert f"─ {group} ─" in done.stdout


@pytest.mark.parametrize("verb", ["", "check", "rule", "config", "clean", "server"])
def test_no_flag_has_a_type(verb: str, capsys: Captured) -> None:
    assert main([*verb.split(), "--help"]) == 0
    assert "<" not in capsys.readouterr().out.replace(">=", "")


# --- completion -----------------------------------------------------------------------------------


class Shell:
    """A bash on a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        import pty

        kept = {name: value for name, value in os.environ.items() if name != "_PICKLECHECK_COMPLETE"}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._terminal, other = pty.openpty()
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=folder,
            env=kept | {"PATH": path, "PS1": "$ ", "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(other)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def until(self, words: str, seconds: float = 60) -> str:
        """What the screen shows up to `words`."""
        shown, end = "", time.monotonic() + seconds
        while words not in shown:
            assert time.monotonic() < end, f"{words!r} is not in {shown!r}"
            if select.select([self._terminal], [], [], 1)[0]:
                shown += os.read(self._terminal, 1 << 16).decode()
        return shown

    def close(self) -> None:
        self._bash.kill()
        self._bash.wait()
        os.close(self._terminal)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    if not shutil.which("bash") or not shutil.which("picklecheck", path=str(Path(sys.executable).parent)):
        pytest.skip("needs bash and picklecheck beside this Python")
    (tmp_path / "code.py").write_text("from multiprocessing import Pool\nPool().map(lambda x: x, [1])\n")
    shell = Shell(tmp_path)
    shell.type('eval "$(_PICKLECHECK_COMPLETE=source_bash picklecheck)"; echo lo""aded\n')
    shell.until("loaded")
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("picklecheck check --unsa", "picklecheck check --unsafe-fixes"),
        ("picklecheck --update-b", "picklecheck --update-baseline"),
        ("picklecheck conf", "picklecheck config"),
        ("picklecheck --output-format sar", "picklecheck --output-format sarif"),
        ("picklecheck rule lambda-c", "picklecheck rule lambda-crosses"),
        ("picklecheck --output-format=sar", "picklecheck --output-format=sarif"),
        ("picklecheck check --level=warn", "picklecheck check --level=warning"),
        ("picklecheck --select PKL40", "PKL401"),
        ("picklecheck --select PKL1,lambda-c", "picklecheck --select PKL1,lambda-crosses"),
        ("picklecheck co", "code.py"),
    ],
)
def test_tab_completes_in_bash_and_checks_nothing(shell: Shell, typed: str, completed: str) -> None:
    shell.type(f"{typed}\t\t")
    shown = shell.until(completed)
    assert "PKL101 lambda" not in shown
    assert "error[" not in shown


# --- from an error to its rule --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("cannot pickle '_thread.lock' object", {"PKL104", "PKL201"}),
        ("TypeError: cannot pickle '_thread.lock' object", {"PKL104", "PKL201"}),
        ("TypeError: cannot pickle 'acme.Handle' object", {"PKL201"}),
        ("AttributeError: Can't pickle local object 'main.<locals>.square'", {"PKL101", "PKL102"}),
        ("Can't get local object 'main.<locals>.square'", {"PKL101", "PKL102"}),
        ("AttributeError: 'NoneType' object has no attribute 'write'", {"PKL306"}),
        ("A process in the process pool was terminated abruptly while the future was running or pending.", {"PKL301"}),
        ("daemonic processes are not allowed to have children", {"PKL305"}),
        ("AssertionError: daemonic processes are not allowed to have children", {"PKL305"}),
    ],
)
def test_an_error_leads_to_its_pages(capsys: Captured, text: str, codes: set[str]) -> None:
    assert main(["rule", text]) == 0
    shown = set(re.findall(r"^# (PKL\d+) ", capsys.readouterr().out, re.MULTILINE))
    assert codes <= shown
    assert len(shown) <= 5


def test_an_error_that_no_page_has_is_refused(capsys: Captured) -> None:
    assert main(["rule", "the printer is out of paper"]) == 2
    assert "no page of a rule has an error like `the printer is out of paper`" in capsys.readouterr().err


def test_findings_that_end_in_an_error_are_shown(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(
        "import threading\nfrom multiprocessing import Pool\n\n\ndef main(pool: Pool):\n"
        "    pool.map(lambda x: x, [1])\n    pool.apply(print, (threading.Lock(),))\n"
    )
    main(["--error", "cannot pickle '_thread.lock' object", "--output-format", "json", "a.py"])
    assert [one["line"] for one in json.loads(capsys.readouterr().out)["findings"]] == [7]


def test_rules_are_listed_and_told_as_data(capsys: Captured) -> None:
    assert main(["rule"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        [one.code, one.name] for one in RULES
    ]
    assert main(["rule", "PKL101", "dropped-result", "--output-format", "json"]) == 0
    rules = json.loads(capsys.readouterr().out)["rules"]
    assert [rule["code"] for rule in rules] == ["PKL101", "PKL403"]
    assert set(rules[0]) == {"code", "name", "summary", "url", "page"}
    assert "## Why" in rules[0]["page"]


def test_every_choice_is_an_option_or_a_setting() -> None:
    assert set(CHOICES) <= set(Options.__annotations__)
