"""Replacing files: nothing but what was read is replaced, all of a group or nothing, whatever ends the run."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from picklecheck.source import replacing
from picklecheck.source.discovery import discover
from picklecheck.source.disk import read
from picklecheck.source.replacing import Change, Refused, recover, replace

NAMES = ("a.py", "b.py", "sub/c.py")
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    for name in NAMES:
        Path(name).write_bytes(b"old")
    return tmp_path


def change(name: str, new: bytes = b"new", old: bytes = b"old") -> Change:
    return Change(name, old, new)


def contents() -> list[bytes]:
    return [Path(name).read_bytes() for name in NAMES]


def left_beside() -> list[str]:
    return [path for path in map(str, Path().rglob("*")) if "picklecheck" in path]


def journals() -> list[str]:
    return discover(["."]).journals


@pytest.fixture(autouse=True)
def nothing_is_left(folder: Path) -> Iterator[None]:
    yield
    assert left_beside() == []


def test_files_get_their_new_bytes() -> None:
    assert replace([[change("a.py"), change("sub/c.py")], [change("b.py", b"")]], ".") == []
    assert contents() == [b"new", b"", b"new"]


def test_a_change_of_nothing_writes_nothing() -> None:
    before = Path("a.py").stat().st_ino
    assert replace([[change("a.py", b"old")], []], ".") == []
    assert Path("a.py").stat().st_ino == before


def test_a_file_that_was_changed_since_it_was_read_is_left_alone() -> None:
    Path("b.py").write_bytes(b"saved")
    refused = replace([[change("a.py"), change("b.py")], [change("sub/c.py")]], ".")
    assert refused == [Refused(("b.py",), "it was changed since it was read", ("a.py",))]
    assert contents() == [b"old", b"saved", b"new"]


@pytest.mark.parametrize("at", range(3))
def test_a_file_that_is_saved_while_others_are_written_is_left_alone(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def saving(*given: object) -> None:
        Path(NAMES[at]).write_bytes(b"saved")

    monkeypatch.setattr(replacing, "_stage", _before(replacing._stage, saving))
    refused = replace([list(map(change, NAMES))], ".")
    assert [one.why for one in refused] == ["it was changed since it was read"]
    assert refused[0].paths == (NAMES[at],)
    assert contents() == [b"saved" if number == at else b"old" for number in range(3)]


def _before(function: object, first: object) -> object:
    def both(*given: object) -> object:
        first()  # type: ignore[operator]
        return function(*given)  # type: ignore[operator]

    return both


def test_a_file_that_is_saved_while_its_new_bytes_are_looked_at_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at(path: str) -> bytes:
        data = read(path)
        if "picklecheck" in path:
            Path("a.py").write_bytes(b"saved")
        return data

    monkeypatch.setattr(replacing, "read", looked_at)
    [refused] = replace([[change("a.py")]], ".")
    assert (refused.paths, refused.why) == (("a.py",), "it was changed since it was read")
    assert Path("a.py").read_bytes() == b"saved"


def test_a_file_that_is_gone_is_told() -> None:
    Path("a.py").unlink()
    assert replace([[change("a.py")]], ".") == [Refused(("a.py",), "No such file or directory")]
    Path("a.py").mkdir()
    assert replace([[change("a.py")]], ".") == [Refused(("a.py",), "not a regular file")]
    Path("a.py").rmdir()
    Path("a.py").write_bytes(b"old")


# --- what a file has apart from its bytes ------------------------------------------------------------


def test_the_mode_is_kept() -> None:
    Path("a.py").chmod(0o751)
    assert replace([[change("a.py")]], ".") == []
    assert stat.S_IMODE(Path("a.py").stat().st_mode) == 0o751


@needs_root
def test_owner_and_group_are_kept() -> None:
    os.chown("a.py", 1234, 55)
    assert replace([[change("a.py")]], ".") == []
    state = Path("a.py").stat()
    assert (state.st_uid, state.st_gid) == (1234, 55)


def test_what_cannot_be_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def others(path: str, **options: bool) -> os.stat_result:
        state = real(path, **options)
        return os.stat_result([*state[:4], 4321, *state[5:]]) if str(path).endswith("a.py") else state

    def forbidden(*given: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "stat", others)
    monkeypatch.setattr(os, "chown", forbidden)
    assert replace([[change("a.py")]], ".") == [Refused(("a.py",), "its owner and group cannot be kept")]
    assert contents()[0] == b"old"


@pytest.mark.skipif(sys.platform != "linux", reason="Python reads extended attributes on Linux alone")
def test_extended_attributes_are_kept_or_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        os.setxattr("a.py", "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    assert replace([[change("a.py")]], ".") == []
    assert os.getxattr("a.py", "user.note") == b"mine"

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "setxattr", full)
    refused = replace([[change("a.py", b"newer", b"new")]], ".")
    assert refused == [Refused(("a.py",), "its extended attributes cannot be kept")]
    assert contents()[0] == b"new"


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_a_file_that_runs_with_the_rights_of_its_owner_is_refused(mode: int) -> None:
    Path("a.py").chmod(mode)
    (refused,) = replace([[change("a.py")]], ".")
    assert "setuid" in refused.why
    assert contents()[0] == b"old"


def test_a_link_is_written_through_inside_of_the_tree() -> None:
    Path("link.py").symlink_to("sub/c.py")
    assert replace([[change("link.py")]], ".") == []
    assert Path("link.py").is_symlink()
    assert contents() == [b"old", b"old", b"new"]


def test_a_link_out_of_the_tree_is_refused() -> None:
    Path("sub/link.py").symlink_to("../a.py")
    (refused,) = replace([[change("sub/link.py")]], "sub")
    assert "outside of what is checked" in refused.why
    assert contents()[0] == b"old"


def test_hard_links_are_written_through_where_all_are_changed_alike() -> None:
    Path("twin.py").hardlink_to("a.py")
    assert replace([[change("a.py")], [change("twin.py")], [change("b.py")]], ".") == []
    assert Path("twin.py").read_bytes() == b"new"
    assert os.path.samefile("twin.py", "a.py")
    (refused,) = replace([[change("a.py", b"newer", b"new")]], ".")
    assert "hard links" in refused.why
    (refused,) = replace([[change("a.py", b"one", b"new"), change("twin.py", b"other", b"new")]], ".")
    assert "different contents" in refused.why
    assert contents() == [b"new", b"new", b"old"]


# --- what fails -----------------------------------------------------------------------------------


def test_a_file_or_folder_that_may_not_be_written_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for locked in ("b.py", "sub"):
        monkeypatch.setattr(os, "access", lambda path, mode, locked=locked: not path.endswith(locked))
        refused = replace([[change("b.py"), change("sub/c.py")]], ".")
        name = {"b.py": "b.py", "sub": "sub/c.py"}[locked]
        assert [(one.paths, one.why) for one in refused] == [((name,), "Permission denied")]
        assert contents() == [b"old"] * 3


@pytest.mark.parametrize("number", range(12))
def test_a_full_disk_leaves_the_old_files(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write is the first that fails: of a journal, of old bytes or of new ones."""
    write, left = os.write, [number]

    def full(handle: int, data: bytes) -> int:
        if handle > 2:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    refused = replace([list(map(change, NAMES))], ".")
    assert contents() == [b"old" if refused else b"new"] * 3
    assert [one.why for one in refused] == ["No space left on device"] * len(refused)
    assert bool(refused) == (number < 8)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), KeyboardInterrupt()])
def test_a_rename_that_fails_undoes_the_others(at: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def broken(source: str, target: str) -> None:
        if target.endswith(NAMES[at]) and Path(source).read_bytes() == b"new":
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", broken)
    if isinstance(error, OSError):
        assert replace([list(map(change, NAMES))], ".")[0].why == "Device or resource busy"
    else:
        with pytest.raises(KeyboardInterrupt):
            replace([list(map(change, NAMES))], ".")
    assert contents() == [b"old"] * 3


# --- what ends the run ----------------------------------------------------------------------------

# A program that replaces three files, and gets a signal when it calls a function of `os` for a certain time.
VICTIM = """
import os, signal, sys
from picklecheck.source.replacing import Change, replace
from picklecheck.source.signals import end_at_once
name, at, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
end_at_once()
real, calls = getattr(os, name), 0
def counted(*given, **options):
    global calls
    calls += 1
    if calls == at:
        os.kill(os.getpid(), number)
    return real(*given, **options)
setattr(os, name, counted)
replace([[Change(name, b"old", b"new") for name in ("a.py", "b.py", "sub/c.py")]], ".")
print("done", calls)
"""
CALLS = [("open", at) for at in range(1, 24, 2)]
CALLS += [
    (name, at)
    for name, last in (("write", 10), ("fsync", 10), ("replace", 3), ("unlink", 10))
    for at in range(1, last + 1)
]


def victim(name: str, at: int, number: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(VICTIM), name, str(at), str(number)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("name", "at"), CALLS)
def test_after_a_kill_at_any_call_the_next_run_leaves_all_old_or_all_new(name: str, at: int) -> None:
    done = victim(name, at, signal.SIGKILL)
    assert done.returncode == -signal.SIGKILL or "done" in done.stdout
    recover(journals())
    assert contents() in ([b"old"] * 3, [b"new"] * 3)
    assert left_beside() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("name", "at", "then"), [("write", 2, b"old"), ("replace", 2, b"new"), ("unlink", 1, b"new")])
def test_other_signals_leave_nothing_behind(name: str, at: int, then: bytes, number: int) -> None:
    done = victim(name, at, number)
    assert (done.returncode, done.stderr) == (128 + number, "picklecheck: interrupted\n")
    assert contents() == [then] * 3


def killed_between_renames() -> None:
    victim("replace", 3, signal.SIGKILL)
    assert contents() == [b"new", b"new", b"old"]


def test_what_was_begun_is_finished_and_told() -> None:
    killed_between_renames()
    assert recover(journals()) == ["finished what an interrupted run had begun: a.py and b.py and sub/c.py"]
    assert contents() == [b"new"] * 3


def test_what_cannot_be_finished_is_undone() -> None:
    killed_between_renames()
    Path("sub/c.py").write_bytes(b"saved")
    (told,) = recover(journals())
    assert told.startswith("cannot finish what an interrupted run had begun (it was changed since it was read)")
    assert contents() == [b"old", b"old", b"saved"]


def test_what_was_saved_afterwards_is_never_touched() -> None:
    killed_between_renames()
    Path("a.py").write_bytes(b"saved")
    recover(journals())
    assert contents()[0] == b"saved"


def test_what_was_put_back_by_hand_stays() -> None:
    killed_between_renames()
    for name in NAMES:
        Path(name).write_bytes(b"old")
    assert recover(journals()) == []
    assert contents() == [b"old"] * 3


def test_a_run_over_one_of_the_folders_is_enough() -> None:
    killed_between_renames()
    recover(discover(["sub/c.py"]).journals)
    assert contents() == [b"new"] * 3


def test_the_journal_of_a_living_run_is_left_alone() -> None:
    script = VICTIM.replace("os.kill(os.getpid(), number)", "print('here', flush=True); sys.stdin.read()")
    command = [sys.executable, "-c", script, "replace", "2", "9"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as alive:
        assert alive.stdout is not None
        assert alive.stdin is not None
        assert alive.stdout.readline() == "here\n"
        there = left_beside()
        assert recover(journals()) == []
        assert left_beside() == there
        alive.stdin.close()
        assert "done" in alive.stdout.read()
    assert contents() == [b"new"] * 3


@pytest.mark.parametrize("data", [b"", b"[", b"{}", b'[["a"]]', b'[[0, 0, "a.py", "", ""]]', b"[[0,0,1,2,3]]", b"\xff"])
def test_a_journal_that_makes_no_sense_is_removed(data: bytes) -> None:
    Path(".picklecheck-0123").write_bytes(data)
    assert recover(journals()) == []
    assert contents() == [b"old"] * 3


def test_a_journal_speaks_of_no_folder_without_a_copy() -> None:
    """One that comes with a download cannot write elsewhere."""
    killed_between_renames()
    for copy in Path("sub").glob(".picklecheck-*"):
        copy.unlink()
    recover(journals())
    assert contents() == [b"new", b"new", b"old"]


def test_a_link_in_the_place_of_a_journal_is_not_followed(folder: Path) -> None:
    Path("target").write_bytes(b"[]")
    Path(".picklecheck-ff").symlink_to("target")
    recover(journals())
    assert Path("target").exists()
    Path(".picklecheck-ff").unlink(missing_ok=True)
