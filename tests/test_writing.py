"""`--fix` as a command: nothing of the user's is lost, what was not written is not called fixed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from picklecheck import mending, session
from picklecheck.__main__ import main
from picklecheck.source import replacing
from picklecheck.source.text import Source

BAD = """\
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        print(pool.map(lambda row: sum(row), [[1], [2]]))
"""
FIXED = BAD.replace("lambda row: sum(row)", "sum")
SAVED = f'"""What the editor saved."""\n\n{BAD}'
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        Path(name).write_text(BAD, "utf-8")
    return tmp_path


def test_what_is_fixed_is_written(capsys: Captured) -> None:
    assert main(["--fix"]) == 0
    assert (
        capsys.readouterr().out
        == "a.py:5: PKL101 passed sum itself\nb.py:5: PKL101 passed sum itself\nFixed 2 findings. All checks passed!\n"
    )
    assert Path("a.py").read_text("utf-8") == Path("b.py").read_text("utf-8") == FIXED


# Where the run is when the editor saves: each is called with the path of a file, or with something that has one.
MOMENTS = {
    "before it is read for mending": (session, "gather"),
    "while fixes are tried": (mending, "inspect_one"),
    "before anything is written": (replacing, "_targets"),
    "before it is replaced": (replacing, "_swap"),
}


@pytest.mark.parametrize("how", ["write", "rename"])
@pytest.mark.parametrize("moment", list(MOMENTS))
def test_what_an_editor_saves_meanwhile_stays(
    moment: str, how: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    module, name = MOMENTS[moment]
    real = getattr(module, name)
    saved = []

    def saving(*given: object, **options: object) -> object:
        if not saved:
            saved.append(True)
            Path("new").write_text(SAVED, "utf-8")
            Path("new").rename("a.py") if how == "rename" else Path("a.py").write_text(SAVED, "utf-8")
        return real(*given, **options)

    monkeypatch.setattr(module, name, saving)
    assert main(["--fix", "--output-format", "concise"]) == 2
    printed = capsys.readouterr()
    assert Path("a.py").read_text("utf-8") == SAVED
    assert Path("b.py").read_text("utf-8") == FIXED
    assert "changed since it was read" in printed.err
    assert printed.out.startswith("a.py:7:24: PKL101")
    assert "Fixed 1 finding. Found 1 error in 1 file" in printed.out


def test_a_file_that_goes_away_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    real = mending.mend

    def removing(*given: object, **options: object) -> object:
        Path("a.py").unlink()
        return real(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(mending, "mend", removing)
    assert main(["--fix"]) == 2
    printed = capsys.readouterr()
    assert printed.err == "picklecheck: not fixed: `a.py` cannot be read: No such file or directory\n"
    assert printed.out == "b.py:5: PKL101 passed sum itself\nFixed 1 finding. Nothing found in what could be checked.\n"
    assert not Path("a.py").exists()


def test_what_could_not_be_written_is_not_called_fixed(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not path.endswith("a.py"))
    assert main(["--fix", "--output-format", "concise"]) == 2
    printed = capsys.readouterr()
    assert printed.err == "picklecheck: cannot write a.py: Permission denied\n"
    assert printed.out.startswith("a.py:5:24: PKL101")
    assert printed.out.endswith("Fixed 1 finding. Found 1 error in 1 file (2 files checked).\n")
    assert Path("a.py").read_text("utf-8") == BAD


def test_a_text_that_would_not_be_written_as_it_was_read_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    real = Source.encode
    monkeypatch.setattr(Source, "encode", lambda source: real(source).replace(b"#", b"\xef"))
    Path("a.py").write_text(f"# one\n{BAD}", "utf-8")
    main(["--fix", "a.py"])
    assert "`a.py` has bytes that would change if it were written again as utf-8" in capsys.readouterr().err
    assert Path("a.py").read_text("utf-8") == f"# one\n{BAD}"


def test_a_link_out_of_what_is_checked_is_not_written_through(capsys: Captured) -> None:
    Path("in").mkdir()
    Path("in/link.py").symlink_to("../a.py")
    assert main(["--fix", "in"]) == 2
    assert "outside of what is checked" in capsys.readouterr().err
    assert Path("a.py").read_text("utf-8") == BAD


def test_two_names_of_one_file_are_written_together(capsys: Captured) -> None:
    Path("b.py").unlink()
    Path("b.py").hardlink_to("a.py")
    assert main(["--fix", "a.py"]) == 2
    assert "hard links" in capsys.readouterr().err
    assert Path("a.py").read_text("utf-8") == BAD
    assert main(["--fix"]) == 0
    assert os.path.samefile("a.py", "b.py")
    assert Path("a.py").read_text("utf-8") == FIXED


@pytest.mark.parametrize("words", [["."], ["--fix"], ["a.py"]])
def test_the_next_run_clears_up_after_one_that_was_killed(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def killed(*given: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(replacing, "_swap", killed)
        patch.setattr("picklecheck.source.journal.Journal.remove", lambda journal: journal.close())
        with pytest.raises(SystemExit):
            main(["--fix"])
    assert len(list(Path().glob(".picklecheck-*"))) == 3
    assert main(words) == (0 if "--fix" in words else 1)
    assert not list(Path().glob(".picklecheck-*"))
    assert capsys.readouterr().err == ""


def test_fixes_that_put_something_in_at_one_place_are_tried_together(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = "".join(f"        pool.map(lambda x: x + {n}, [1])\n" for n in range(6))
    text = f"from multiprocessing import Pool\n\nif __name__ == '__main__':\n    with Pool() as pool:\n{calls}"
    Path("a.py").write_text(text, "utf-8")
    tried: list[object] = []
    inspect_one = session.inspect_one

    def counted(*given: Any) -> Any:
        tried.append(given)
        return inspect_one(*given)

    monkeypatch.setattr(mending, "inspect_one", counted)
    assert main(["--fix", "--no-cache", "a.py"]) == 0
    assert len(tried) <= 2
    assert Path("a.py").read_text("utf-8").count("\n\n\ndef add") == 6
