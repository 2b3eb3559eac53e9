"""What is printed: nothing that a terminal obeys, and one clear line where the standard streams fail."""

import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from picklecheck import analysis
from picklecheck.__main__ import main
from picklecheck.options import CHOICES
from picklecheck.output import visible

BAD = """\
import multiprocessing


def run(pool: multiprocessing.pool.Pool):
    return pool.map(lambda n: n * 2, [1])
"""
FORMATS = CHOICES["output_format"]
# An escape sequence, one of the C1 controls, delete, the direction of writing, and what ends a line for some.
WILD = "\x1b[31m\x9b\x7f\u202e\u2066\x85\u2028\x08"


def run(words: Sequence[str], folder: Path, redirected: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a folder, by a shell that redirects its streams."""
    command = [sys.executable, "-P", "-m", "picklecheck", *words]
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh", *command]
    return subprocess.run(shell, cwd=folder, capture_output=True, timeout=60)


def assert_harmless(printed: bytes) -> None:
    text = printed.decode()
    assert not [char for char in text if not char.isprintable() and char not in "\n"], ascii(text)


def test_what_is_printable_stays_and_the_rest_is_escaped() -> None:
    assert visible("Größe 日本 e\u0301 \\n") == "Größe 日本 e\u0301 \\n"
    assert visible("a\nb\x1b[0m\u202e\udcff") == "a\\nb\\x1b[0m\\u202e\\udcff"
    assert visible(WILD).isprintable()


@pytest.mark.parametrize("form", FORMATS)
def test_names_code_and_comments_send_nothing_to_a_terminal(form: str, tmp_path: Path) -> None:
    name = "a\nfake.py:1:1: PKL999 [error] \x1b]0;x\x07\u202e.py"
    comment = f"  # picklecheck: ignore[{WILD.replace(chr(0x85), '')}] {WILD}"
    (tmp_path / name).write_text(BAD.replace("[1])", f"['{WILD}'])") + f"x = '{WILD}'{comment}\n", "utf-8")
    done = run(["--output-format", form], tmp_path)
    assert done.returncode == 1
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)
    assert not [line for line in done.stdout.decode().splitlines() if line.startswith("fake.py")]


def test_settings_send_nothing_to_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "picklecheck.toml").write_text('"\\u001b[31m" = 1\n', "utf-8")
    done = run([], tmp_path)
    assert done.returncode == 2
    assert_harmless(done.stderr)
    done = run(["--select", "\x1b[31m"], tmp_path)
    assert done.returncode == 2
    assert_harmless(done.stderr)


def test_a_diff_quotes_names_and_git_applies_it(tmp_path: Path) -> None:
    name = 'a\n+++ "b\\.py'
    (tmp_path / name).write_text("x = 1  # picklecheck: ignore[PKL101]\n", "utf-8")
    done = run(["--diff"], tmp_path)
    assert done.stdout.startswith(b'--- "a\\012+++ \\042b\\134.py"\n+++ "a\\012')
    applied = subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=done.stdout, timeout=60)
    assert applied.returncode == 0
    assert (tmp_path / name).read_text("utf-8") == "x = 1\n"


# --- standard streams ----------------------------------------------------------------------------

VERBS = [["."], ["--output-format", "json"], ["--statistics"], ["--diff"], ["rule", "PKL101"], ["config"], ["--help"]]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
@pytest.mark.parametrize(
    ("redirected", "reason"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")]
)
def test_output_that_cannot_be_written_is_one_line_and_exit_2(
    words: list[str], redirected: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(BAD + "x = 1  # picklecheck: ignore[PKL101]\n", "utf-8")
    done = run(words, tmp_path, redirected)
    assert done.stderr.decode() == f"picklecheck: cannot write to standard output: {reason}\n"
    assert done.returncode == 2


def test_a_closed_standard_error_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD, "utf-8")
    for redirected in ("2>&-", "2>/dev/full"):
        done = run(["--verbose", "--output-format", "json"], tmp_path, redirected)
        assert done.returncode == 1
        assert done.stdout.startswith(b"{\n")


@pytest.mark.parametrize("words", [["--output-format", "full"], ["--help"], ["--verbose", "--fix"]], ids=" ".join)
def test_a_reader_that_has_gone_away_is_no_fault(words: list[str], tmp_path: Path) -> None:
    """Nothing is said, the files are fixed, and the exit code is that of the findings."""
    (tmp_path / "a.py").write_text("x = 1  # picklecheck: ignore[PKL101]\n" * 1000, "utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-P", "-m", "picklecheck", *words]
    done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=writer if "--fix" in words else -1, timeout=60)
    os.close(writer)
    assert done.stderr in (b"", None)
    assert done.returncode == (1 if "full" in words else 0)
    assert (tmp_path / "a.py").read_text("utf-8").startswith("x = 1\n") == ("--fix" in words)


# --- what is no file -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.py", ".gitignore", "picklecheck.toml", "imported.py"])
def test_a_pipe_that_is_met_on_the_way_is_left_out(name: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / name)
    (tmp_path / "bad.py").write_text(f"import imported\nfrom imported import x\n{BAD}", "utf-8")
    done = run(["--output-format", "concise"], tmp_path)
    assert done.stdout.decode().splitlines()[-1] == "Found 1 error in 1 file (1 file checked)."
    assert done.stderr == b""
    assert stat.S_ISFIFO((tmp_path / name).stat().st_mode)


def test_settings_that_are_a_pipe_keep_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pyproject.toml")
    (tmp_path / "good.py").write_text("import os\n", "utf-8")
    assert run([], tmp_path).stdout == b"All checks passed!\n"


@pytest.mark.parametrize("name", ["fifo.py", "socket.py", "/dev/zero", "/dev/fd/0"])
def test_what_is_no_file_is_refused_when_named(name: str, tmp_path: Path) -> None:
    import socket

    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "short").symlink_to(tmp_path)  # the name of a socket has a limit
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.getcwd()
        try:
            os.chdir(tmp_path)
            server.bind("socket.py")
        finally:
            os.chdir(folder)
        done = run([name], tmp_path, "</dev/null")
    assert done.returncode == 2
    assert done.stderr.decode() == f"picklecheck: neither a file nor a folder: {name} (`-` reads standard input)\n"


def test_settings_that_are_no_file_are_refused_when_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.toml")
    done = run(["--config", "settings.toml"], tmp_path)
    assert (done.returncode, done.stderr) == (2, b"picklecheck: cannot read settings.toml: not a regular file\n")


def test_settings_that_are_nested_too_deeply_are_told(tmp_path: Path) -> None:
    (tmp_path / "picklecheck.toml").write_text("exclude = " + "[" * 50_000, "utf-8")
    done = run(["."], tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"picklecheck: picklecheck.toml: it is nested too deeply to be read\n"


@pytest.mark.parametrize("words", [[], ["config"], ["--max-file-size", "9" * 5000], ["--jobs", "9" * 5000]])
def test_numbers_that_are_too_long_to_be_read_are_told(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "picklecheck.toml").write_text(f"max-file-size = {'9' * 5000}\n" if len(words) < 2 else "", "utf-8")
    done = run(words, tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"internal error" not in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("words", [["."], [], ["a.py"], ["config"], ["--fix"]])
def test_a_working_directory_that_has_been_removed_is_told(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    shell = 'cd gone && rmdir ../gone && exec "$@"'
    command = ["sh", "-c", shell, "sh", sys.executable, "-P", "-m", "picklecheck", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"internal error" not in done.stderr


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    done = run(["x" * 5000 + ".py"], tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(b": File name too long\n")


def test_a_file_at_the_end_of_the_longest_path_is_checked(tmp_path: Path) -> None:
    """Its path from the working directory fits into what the system takes; what is deeper is warned of."""
    folder = os.getcwd()
    try:
        os.chdir(tmp_path)
        while len(os.getcwd()) < 3800:
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        Path("a.py").write_text(BAD, "utf-8")
        for name in ("e" * 200, "f" * 200):
            os.mkdir(name)
            os.chdir(name)
        Path("too_deep.py").write_text(BAD, "utf-8")
    finally:
        os.chdir(folder)
    done = run(["--output-format", "concise"], tmp_path)
    assert done.returncode == 1
    assert b"/a.py:5:21: PKL101" in done.stdout
    assert done.stderr.startswith(b"picklecheck: warning: cannot ")
    assert b"internal error" not in done.stderr


def test_an_error_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text of an error may hold a tree that is too deep to be written; the other files go on."""

    class Deep(Exception):
        def __str__(self) -> str:
            raise RecursionError

    real = analysis.analyze

    def broken(path: str, *given: object) -> object:
        if path == "deep.py":
            raise Deep
        return real(path, *given)  # type: ignore[arg-type]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(analysis, "analyze", broken)
    for name in ("deep.py", "other.py"):
        Path(name).write_text(BAD, "utf-8")
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("picklecheck: deep.py: internal error: Deep: the code is nested too deeply\n")
    assert "other.py:5:21" in printed.out
