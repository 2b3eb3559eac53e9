"""The command line as users see it: what is printed where, what is written, and the exit code."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from picklecheck import __version__, cli
from picklecheck.__main__ import main
from picklecheck.options import CHOICES, Options, plain

BAD = """\
import multiprocessing


def run(pool: multiprocessing.pool.Pool):
    return pool.map(lambda n: n * 2, [1])
"""
CLEAN = "import os\n"
IDLE = "x = 1  # picklecheck: ignore[PKL101]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


Captured = pytest.CaptureFixture[str]


# --- the plain reading and typer's agree ----------------------------------------------------------

WORDS = st.sampled_from(
    ["src", "-", "check", "rule", "a.py", ""]
    + [f"--{name.replace('_', '-')}" for name in vars(Options) if name[0] != "_" and name != "paths"]
    + ["--select=PKL101", "--level=error", "--level=all", "--jobs=2", "--jobs=0", "--jobs=x", "--fix=1"]
    + ["-v", "-qv", "error", "note", "json", "spawn", "always", "3", ">=3.8", "-q", "--", "--nope", "--paths"]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=5))
def test_a_line_read_plainly_is_read_by_typer_alike(argv: list[str]) -> None:
    """Where the plain reading declines, typer alone decides; where it accepts, both must agree."""
    options = plain(argv)
    if options is None:
        return
    read = _read_by_typer(argv)
    assert read is not None, argv
    assert {name: getattr(read, name) for name in Options.__annotations__} == {
        name: getattr(options, name) for name in Options.__annotations__
    }


def _read_by_typer(argv: list[str]) -> Options | None:
    taken: list[Options] = []

    def take(options: Options) -> int:
        taken.append(options)
        return 0

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()):
        patch.setattr("picklecheck.check.check", take)
        cli.run(argv)
    return taken[0] if taken else None


@pytest.mark.parametrize("name", [name for name in Options.__annotations__ if name != "paths"])
def test_every_option_is_read_both_ways(name: str) -> None:
    word, default = f"--{name.replace('_', '-')}", getattr(Options, name)
    values = [] if isinstance(default, bool) else ["2" if isinstance(default, int) else CHOICES.get(name, ("x",))[0]]
    words = [f"{word}={values[0]}"] if name == "add_ignore" else [word, *values]
    both = [plain(["src", *words]), _read_by_typer(["src", *words])]
    for options in both:
        assert options is not None
        assert options.paths == ("src",)
        assert getattr(options, name) not in (default, ())
    assert vars(both[0]).items() <= vars(both[1]).items() | {("paths", ("src",))}


def test_short_options_are_read_both_ways() -> None:
    for word, name in (("-q", "quiet"), ("-v", "verbose")):
        both = [plain(["src", word]), _read_by_typer(["src", word])]
        assert [one is not None and getattr(one, name) for one in both] == [True, True]


def test_help_and_joined_short_options_are_left_to_typer() -> None:
    for argv in (["-qv"], ["-h"], ["-V"], ["--help"], ["rule", "--all"], ["--version"], ["--", "a.py"]):
        assert plain(argv) is None


# --- check ----------------------------------------------------------------------------------------


def test_nothing_found_is_exit_0(capsys: Captured) -> None:
    Path("a.py").write_text(CLEAN)
    assert main([]) == 0
    assert capsys.readouterr().out == "All checks passed!\n"
    assert main(["--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_errors_are_exit_1(capsys: Captured) -> None:
    Path("a.py").write_text(BAD)
    assert main(["check", "."]) == 1
    printed = capsys.readouterr()
    assert "error[PKL101] lambda-crosses" in printed.out
    assert " --> a.py:5:21\n" in printed.out
    assert printed.out.endswith("Found 1 error in 1 file (1 file checked).\n")
    assert printed.err == ""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--exit-zero"], 0),
        (["--ignore", "PKL101"], 0),
        (["--ignore", "lambda-crosses"], 0),
        (["--select", "PKL2"], 0),
        (["--select", "PKL101"], 1),
        (["--level", "error"], 1),
        (["--exclude", "a.py"], 0),
        (["--quiet"], 1),
    ],
)
def test_options_change_the_exit_code(options: list[str], code: int) -> None:
    Path("a.py").write_text(BAD)
    assert main(options) == code


def test_notes_are_exit_0(capsys: Captured) -> None:
    Path("picklecheck.toml").write_text('levels = { PKL101 = "note" }\n')
    Path("a.py").write_text(BAD)
    assert main(["--output-format", "concise"]) == 0
    assert "[note]" in capsys.readouterr().out
    assert main(["--output-format", "concise", "--level", "warning"]) == 0
    assert "[note]" not in capsys.readouterr().out


def test_json_counts_what_was_checked(capsys: Captured) -> None:
    Path("a.py").write_text(BAD)
    Path("b.py").write_text(CLEAN)
    assert main(["--output-format", "json"]) == 1
    content = json.loads(capsys.readouterr().out)
    crossings = {"total": 3, "fine": 2, "refused": 1, "undecided": 0}
    levels = {"errors": 1, "warnings": 0, "notes": 0}
    assert content["summary"] == {"files_checked": 2, **levels, "fixed": 0, "crossings": crossings}
    assert [(one["code"], one["path"], one["line"]) for one in content["findings"]] == [("PKL101", "a.py", 5)]


def test_json_of_a_clean_folder_is_whole(capsys: Captured) -> None:
    Path("b.py").write_text(CLEAN)
    assert main(["--output-format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_statistics_count_rules(capsys: Captured) -> None:
    Path("a.py").write_text(BAD + BAD.replace("run", "run_too"))
    assert main(["--statistics"]) == 1
    assert capsys.readouterr().out.startswith("    2  PKL101")
    assert main(["--statistics", "--output-format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["statistics"][0]["count"] == 2


def test_findings_can_go_to_a_file(capsys: Captured) -> None:
    Path("a.py").write_text(BAD)
    assert main(["--output-file", "out.txt", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out == "Found 1 error in 1 file (1 file checked).\n"
    assert Path("out.txt").read_text().startswith("a.py:5:21: PKL101 [error]")
    assert main(["--output-file", "gone/out.txt"]) == 2
    assert "cannot write gone/out.txt: No such file" in capsys.readouterr().err


def test_unreadable_files_count_and_others_go_on(capsys: Captured) -> None:
    Path("broken.py").write_text("import multiprocessing\ndef f(:\nPool")
    Path("bytes.py").write_bytes(b"import multiprocessing\nPool = '\xff'")
    Path("a.py").write_text(BAD)
    assert main(["--output-format", "concise"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[:2] for line in lines[:3]] == [
        ["a.py:5:21:", "PKL101"],
        ["broken.py:2:7:", "PKL901"],
        ["bytes.py:2:9:", "PKL901"],
    ]


def test_what_python_warns_of_in_a_text_is_not_told(capsys: Captured, recwarn: pytest.WarningsRecorder) -> None:
    Path("a.py").write_text("import pickle\nx = '\\?'\nif 1 is 1:\n    pickle.dumps(lambda: 0)\n")
    assert main(["."]) == 1
    assert "PKL101" in capsys.readouterr().out
    assert [warning.message for warning in recwarn] == []


@example("x = \U00031350".encode())  # a letter of a later Unicode than that of Python 3.11
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_a_run(data: bytes) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        Path("any").write_bytes(b"from multiprocessing import Process\n" + data)
        assert main(["any", "--fix", "--isolated"]) in (0, 1)
    assert said.getvalue() == ""


def test_a_named_file_is_read_whatever_it_holds(capsys: Captured) -> None:
    Path("broken").write_text("def f(:")
    assert main(["broken"]) == 1
    assert "PKL901" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["gone.py"], "no such file or folder: gone.py"),
        (["--select", "PKL10"], ""),
        (["--select", "PKL1O1"], "unknown rule `PKL1O1`, did you mean `PKL101`?"),
        (["--select", "PKL777"], "unknown rule `PKL777`\n"),
        (["--target-version", "4.0"], "unknown Python version `4.0`"),
        (["--config", "gone.toml"], "cannot read gone.toml"),
        (["--selct", "PKL1"], "--select"),
        (["--level", "fatal"], "fatal"),
        (["--jobs", "0"], "--jobs"),
        (["rule", "lambda-cros"], "did you mean `lambda-crosses`?"),
        (["rule", "--all", "PKL101"], "name rules, or ask for --all"),
        (["-", "a.py"], "standard input"),
    ],
)
def test_wrong_usage_is_exit_2_without_a_traceback(argv: list[str], words: str, capsys: Captured) -> None:
    Path("a.py").write_text(CLEAN)
    assert main(argv) == (2 if words else 0)
    printed = capsys.readouterr()
    assert words in printed.err
    assert "Traceback" not in printed.err


def test_an_internal_error_is_exit_2_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def broken(*given: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("picklecheck.analysis.analyze", broken)
    Path("a.py").write_text(BAD)
    assert main([]) == 2
    told, where = capsys.readouterr().err.splitlines()
    assert told == "picklecheck: a.py: internal error: ValueError: no such thing"
    assert where.endswith("report it with what --verbose shows")
    assert main(["--verbose"]) == 2
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setattr("picklecheck.check.discover", broken)
    assert main([]) == 2
    told, again = capsys.readouterr().err.splitlines()
    assert (told, again) == ("picklecheck: internal error: ValueError: no such thing", where)


def test_no_files_is_a_warning(capsys: Captured) -> None:
    assert main([]) == 0
    assert capsys.readouterr().err == "picklecheck: warning: no Python files to check\n"
    Path("a.py").write_text(BAD)
    assert main(["a.py", "--force-exclude", "--exclude", "*.py"]) == 0
    assert "(1 excluded)" in capsys.readouterr().err


def test_a_configured_run_needs_no_options(capsys: Captured) -> None:
    Path("a.py").write_text(BAD)
    Path("sub").mkdir()
    Path("sub/a.py").write_text(BAD)
    Path("pyproject.toml").write_text('[tool.picklecheck]\nexclude = ["/a.py"]\noutput-format = "concise"\n')
    assert main([]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[:-1]] == ["sub/a.py"]
    assert main(["--isolated", "--output-format", "concise"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3
    Path("pyproject.toml").write_text("[tool.picklecheck]\nexlude = []\n")
    assert main([]) == 2
    assert "unknown key `exlude`, did you mean `exclude`?" in capsys.readouterr().err


# --- fixing --------------------------------------------------------------------------------------


def test_fix_writes_what_is_safe_and_keeps_line_ends_and_encoding(capsys: Captured) -> None:
    file = Path("a.py")
    file.write_bytes("# coding: latin-1\r\ns = 'é'  # picklecheck: ignore[PKL101]\r\n".encode("latin-1"))
    assert main(["--fix"]) == 0
    assert file.read_bytes() == "# coding: latin-1\r\ns = 'é'\r\n".encode("latin-1")
    told = "a.py:2: PKL902 removed the unused suppression\n"
    assert capsys.readouterr().out == f"{told}Fixed 1 finding. All checks passed!\n"
    assert main(["--fix", "--exit-non-zero-on-fix"]) == 0


def test_fix_can_be_exit_1() -> None:
    Path("a.py").write_text(IDLE)
    assert main(["--fix", "--exit-non-zero-on-fix"]) == 1


def test_diff_shows_and_writes_nothing(capsys: Captured) -> None:
    Path("a.py").write_text(IDLE)
    assert main(["--diff"]) == 1
    assert capsys.readouterr().out == (
        "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x = 1  # picklecheck: ignore[PKL101]\n+x = 1\n"
    )
    assert Path("a.py").read_text() == IDLE
    Path("a.py").write_text(CLEAN)
    assert main(["--diff"]) == 0


def test_a_file_that_cannot_be_written_is_exit_2(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    Path("a.py").write_text(IDLE)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["--fix"]) == 2
    assert "cannot write a.py: Permission denied" in capsys.readouterr().err
    assert Path("a.py").read_text() == IDLE


class _Input:
    def __init__(self, text: str) -> None:
        self.buffer = io.BytesIO(text.encode())


def test_standard_input_is_checked_under_its_name(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(BAD))
    assert main(["-", "--stdin-filename", "src/x.py", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("src/x.py:5:21: PKL101")


def test_a_name_for_standard_input_needs_standard_input(capsys: Captured) -> None:
    assert main(["--stdin-filename", "src/x.py"]) == 2
    assert "--stdin-filename names standard input" in capsys.readouterr().err


def test_fix_of_standard_input_prints_the_program_alone(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(IDLE))
    assert main(["-", "--fix"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "x = 1\n"
    assert printed.err == "-:1: PKL902 removed the unused suppression\nFixed 1 finding. All checks passed!\n"


@pytest.mark.parametrize("text", ["def f(:\n", CLEAN])
def test_fix_of_standard_input_gives_back_what_it_cannot_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, text: str
) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(text))
    assert main(["-", "--fix"]) == int(text != CLEAN)
    assert capsys.readouterr().out == text


# --- other verbs ----------------------------------------------------------------------------------


def test_version_and_help(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"picklecheck {__version__}\n"
    assert main(["--help"]) == 0
    assert "check" in capsys.readouterr().out
    assert main(["check", "-h"]) == 0
    assert "--unsafe-fixes" in capsys.readouterr().out


def test_rule_prints_pages(capsys: Captured) -> None:
    assert main(["rule", "PKL101"]) == 0
    one = capsys.readouterr().out
    assert "lambda-crosses" in one
    assert main(["rule", "lambda-crosses"]) == 0
    assert capsys.readouterr().out == one
    assert main(["rule", "--all"]) == 0
    assert one.strip() in capsys.readouterr().out


def test_config_prints_what_is_in_effect(capsys: Captured) -> None:
    Path("picklecheck.toml").write_text('level = "warning"\n')
    assert main(["config"]) == 0
    assert 'level = "warning"  # picklecheck.toml:1\n' in capsys.readouterr().out
    assert main(["config", "gone.py"]) == 2
    assert "no such file or folder: gone.py" in capsys.readouterr().err


# --- the process ----------------------------------------------------------------------------------


def test_where_nothing_survives_nothing_is_imported() -> None:
    Path("a.py").write_text(CLEAN)
    script = """if True:
        import sys
        before = set(sys.modules)
        from picklecheck.__main__ import main
        assert main([]) == 0
        heavy = {"re", "dataclasses", "typing", "json", "tomllib", "pickle", "typer", "picklecheck.settings"}
        print(sorted(heavy & (set(sys.modules) - before)))
    """
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, env=_environment())
    assert done.stderr == ""
    assert done.stdout == "All checks passed!\n[]\n"


def _environment() -> dict[str, str]:
    import picklecheck

    return os.environ | {"PYTHONPATH": str(Path(picklecheck.__file__).parents[1])}


def test_a_reader_that_goes_away_is_no_error() -> None:
    Path("a.py").write_text(BAD * 2000)
    command = f"{sys.executable} -m picklecheck --select PKL9 . ; {sys.executable} -m picklecheck --help | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=_environment())
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
