"""Ways into an old code base: a baseline that survives moved code, findings of a branch alone, and comments added."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from picklecheck.__main__ import main

Captured = pytest.CaptureFixture[str]
HEAD = "from multiprocessing import Pool\n\n\n"
TASK = "def {name}(pool: Pool) -> None:\n    pool.map(lambda row: {value}, [1])\n\n\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def task(name: str, value: str = "row") -> str:
    return TASK.format(name=name, value=value)


def write(*tasks: str, path: str = "a.py") -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(HEAD + "".join(tasks))


def told(capsys: Captured, *words: str) -> tuple[int, list[str], str]:
    """The exit code, the lines that findings are at, and what is said on standard error."""
    code = main([*words, "--output-format", "json"])
    printed = capsys.readouterr()
    return code, [f"{one['path']}:{one['line']}" for one in json.loads(printed.out)["findings"]], printed.err


# --- baseline -------------------------------------------------------------------------------------

ACCEPTED = ("--baseline", "accepted.json")


@pytest.fixture
def accepted(capsys: Captured) -> None:
    write(task("one"), task("two"), task("three", "row + 1"))
    assert main([*ACCEPTED, "--update-baseline"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "picklecheck: wrote 3 findings to accepted.json\n"
    assert printed.out == "All checks passed! The baseline accepts 3 findings.\n"


def test_a_baseline_has_no_line_numbers(accepted: None) -> None:
    rows = json.loads(Path("accepted.json").read_text())["findings"]
    assert {tuple(row) for row in rows} == {("path", "code", "within", "text", "count")}
    assert {row["within"] for row in rows} == {"one", "two", "three"}


@pytest.mark.parametrize(
    "tasks",
    [
        ["# moved down\n\n\n", task("one"), task("two"), task("three", "row + 1")],
        [task("three", "row + 1"), task("two"), task("one")],
        [task("renamed"), task("two"), task("three", "row + 1")],
        [task("one").replace("lambda row: row", "lambda   row:\\\n  row"), task("two"), task("three", "row + 1")],
    ],
)
def test_it_survives_code_that_moves(accepted: None, capsys: Captured, tasks: list[str]) -> None:
    write(*tasks)
    assert told(capsys, *ACCEPTED) == (0, [], "")


def test_it_survives_a_file_that_is_renamed_and_another_working_directory(accepted: None, capsys: Captured) -> None:
    Path("sub").mkdir()
    Path("a.py").rename("sub/b.py")
    assert told(capsys, *ACCEPTED) == (0, [], "")
    os.chdir("sub")
    assert told(capsys, "--baseline", "../accepted.json") == (0, [], "")


def test_what_is_new_is_told(accepted: None, capsys: Captured) -> None:
    write(task("one"), task("two"), task("three", "row + 1"), task("four", "row + 2"))
    assert told(capsys, *ACCEPTED) == (1, ["a.py:17"], "")
    write(task("one"), task("two"), task("three", "row + 1"), task("one_more"))
    assert told(capsys, *ACCEPTED)[:2] == (1, ["a.py:17"])


def test_a_stale_entry_is_told_until_it_is_removed(accepted: None, capsys: Captured) -> None:
    write(task("one"), task("two"))
    words = "a.py: PKL101 in three is in the baseline and no longer found; --update-baseline removes it"
    assert told(capsys, *ACCEPTED) == (1, [], f"picklecheck: {words}\n")
    assert told(capsys, *ACCEPTED, "--level", "error") == (0, [], "")
    write(path="b.py")
    assert told(capsys, *ACCEPTED, "b.py") == (0, [], "")
    assert main([*ACCEPTED, "--update-baseline", "-q"]) == 0
    capsys.readouterr()
    assert told(capsys, *ACCEPTED) == (0, [], "")


def test_each_project_has_its_own_and_a_part_of_it_can_be_updated(capsys: Captured) -> None:
    for name in ("alpha", "beta"):
        write(task("one"), path=f"{name}/a.py")
        write(task("two"), path=f"{name}/b.py")
        Path(f"{name}/picklecheck.toml").write_text('baseline = "accepted.json"\n')
    main(["alpha", "--update-baseline"])
    main(["alpha/a.py", "--update-baseline"])
    capsys.readouterr()
    words = "picklecheck: there is no baseline beta/accepted.json; --update-baseline writes it\n"
    assert told(capsys) == (1, ["beta/a.py:5", "beta/b.py:5"], words)
    assert not Path("beta/accepted.json").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 1}', '{"version": 9, "findings": []}', '{"version": 1, "findings": [1]}']
)
def test_a_file_that_is_no_baseline_is_refused(capsys: Captured, text: str) -> None:
    write(task("one"))
    Path("accepted.json").write_text(text)
    assert main(list(ACCEPTED)) == 2
    assert "accepted.json: " in capsys.readouterr().err


# --- a branch alone -------------------------------------------------------------------------------


def git(*words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(("git", *identity, *words), check=True, capture_output=True, env=environment)


needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


@pytest.fixture
def branch() -> None:
    """Two old findings on main, which has gone on since; one new one on the branch, another not yet committed."""
    write(task("old"), task("older"), path="sub/a b.py")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "start")
    git("checkout", "-qb", "topic")
    write("# a line more\n", task("old"), task("new", "row + 1"), task("older"), path="sub/a b.py")
    git("commit", "-qam", "new")
    git("checkout", "-q", "main")
    write(task("old"), task("older"), task("later"), path="sub/a b.py")
    git("commit", "-qam", "later")
    git("checkout", "-q", "topic")


@needs_git
@pytest.mark.usefixtures("branch")
def test_only_what_the_branch_changes_is_told(capsys: Captured) -> None:
    assert told(capsys, "--diff-base", "main") == (1, ["sub/a b.py:10"], "")
    write(task("untracked"), path="sub/ü.py")
    assert told(capsys, "--diff-base", "main") == (1, ["sub/a b.py:10", "sub/ü.py:5"], "")
    os.chdir("sub")
    assert told(capsys, "--diff-base", "main") == (1, ["a b.py:10", "ü.py:5"], "")
    git("add", ".")
    git("commit", "-qm", "more")
    assert told(capsys, "--diff-base", "topic~1") == (1, ["ü.py:5"], "")
    assert told(capsys, "--diff-base", "HEAD") == (0, [], "")


@needs_git
@pytest.mark.usefixtures("branch")
def test_a_change_on_the_way_to_what_refuses_counts(capsys: Captured) -> None:
    text = (
        "import threading\n"
        + HEAD
        + "class Job:\n    def __init__(self):\n        self.a = 1{more}\n\n    def go(self, x):\n"
    )
    text += "        return x\n\n\ndef main(pool: Pool) -> None:\n    pool.map(Job().go, [1])\n"
    Path("job.py").write_text(text.format(more=""))
    git("add", ".")
    git("commit", "-qm", "job")
    Path("job.py").write_text(text.format(more="\n        self.lock = threading.Lock()"))
    assert told(capsys, "--diff-base", "HEAD")[:2] == (1, ["job.py:15"])


@needs_git
def test_where_git_cannot_tell_it_is_said(capsys: Captured) -> None:
    write(task("one"))
    assert main(["--diff-base", "main"]) == 2
    assert "--diff-base: git cannot tell what has changed: " in capsys.readouterr().err
    git("init", "-q")
    git("commit", "-qm", "start", "--allow-empty")
    assert main(["--diff-base", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert main(["--diff-base", "main", "--fix"]) == 2
    assert "--diff-base cannot be combined with --fix" in capsys.readouterr().err


# --- comments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "silenced"),
    [
        ("pool.map(lambda row: row, [1])", "pool.map(lambda row: row, [1])  # picklecheck: ignore[PKL101] old"),
        (
            "pool.map(lambda row: row, [1])  # why",
            "pool.map(lambda row: row, [1])  # why  # picklecheck: ignore[PKL101] old",
        ),
        (
            "pool.map(lambda row: row, [1])  # picklecheck: ignore[PKL9] a",
            "pool.map(lambda row: row, [1])  # picklecheck: ignore[PKL9, PKL101] a",
        ),
        (
            "pool.map(\n        lambda row: row,\n        [1],\n    )",
            "pool.map(\n        lambda row: row,  # picklecheck: ignore[PKL101] old\n        [1],\n    )",
        ),
        (
            "pool.map(lambda row: '''\n''', [1])",
            "pool.map(lambda row: '''\n''', [1])  # picklecheck: ignore[PKL101] old",
        ),
        (
            "pool.map(lambda row: f'''{\n1}\n''', [1])",
            "pool.map(lambda row: f'''{\n1}\n''', [1])  # picklecheck: ignore[PKL101] old",
        ),
        (
            "pool.map(lambda row: row, \\\n        [1])",
            "pool.map(lambda row: row, \\\n        [1])  # picklecheck: ignore[PKL101] old",
        ),
    ],
)
def test_comments_are_added_where_they_count(capsys: Captured, call: str, silenced: str) -> None:
    text = f"{HEAD}def one(pool: Pool) -> None:\r\n    {{}}\r\n"
    Path("a.py").write_bytes(text.format(call.replace("\n", "\r\n")).encode())
    assert main(["--add-ignore=old", "--ignore", "PKL902"]) == 0
    assert Path("a.py").read_bytes().decode() == text.format(silenced.replace("\n", "\r\n"))
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("All checks passed!\n", "picklecheck: silenced 1 finding in 1 file\n")
    assert main([]) == int("PKL9," in silenced)


def test_a_reason_is_no_duty_and_what_cannot_be_silenced_is_told(capsys: Captured) -> None:
    write(task("one"))
    Path("broken.py").write_text("import multiprocessing\nPool(")
    assert main(["--add-ignore"]) == 1
    assert "[1])  # picklecheck: ignore[PKL101]\n" in Path("a.py").read_text()
    printed = capsys.readouterr()
    assert "PKL901" in printed.out
    assert printed.err == "picklecheck: silenced 1 finding in 1 file\n"
    assert main(["--add-ignore", "--fix"]) == 2


def test_comments_for_a_branch_alone_or_beyond_a_baseline(accepted: None, capsys: Captured) -> None:
    write(task("one"), task("two"), task("three", "row + 1"), task("four", "row + 2"))
    assert main([*ACCEPTED, "--add-ignore"]) == 0
    assert Path("a.py").read_text().count("# picklecheck") == 1
    capsys.readouterr()
    assert told(capsys, *ACCEPTED) == (0, [], "")
