"""The language server: findings while code is written, fixes on request, and nothing of an older text."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from editor import Connection, Editor, applied
from lsprotocol import types
from terminal import page_of

from picklecheck.server.translation import Translation

GOOD = """from multiprocessing import Pool

if __name__ == "__main__":
    with Pool() as pool:
        print(pool.map(sum, [[1, 2]]))
"""
BAD = GOOD.replace("sum", "lambda row: sum(row)")
RELAY = """from multiprocessing import Pool


def spread(task, rows):
    with Pool() as pool:
        return pool.map(task, rows)
"""
CALLER = """from relay import spread

if __name__ == "__main__":
    spread(lambda row: row, [1])
"""
HELD = """import threading
from multiprocessing import Pool


class Runner:
    def __init__(self, factor):
        self.lock = threading.Lock()
        self.factor = factor

    def work(self, row):
        return self.factor * row


if __name__ == "__main__":
    with Pool() as pool:
        print(pool.map(Runner(3).work, [1, 2]))
"""


Steps = Callable[[Editor], Awaitable[None]]
Edit = Callable[[Steps], None]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """A server for all tests, which ends without a fault."""
    made = Connection()
    made.loop.run_until_complete(made.begin())
    yield made
    assert made.loop.run_until_complete(made.end()) == 0
    made.loop.close()


@pytest.fixture
def edit(folder: Path, connection: Connection) -> Edit:
    """Has an editor take some steps in the folder, and close all files again."""

    def run(steps: Steps) -> None:
        editor = Editor(folder, connection)
        connection.published.append(editor.published)
        connection.loop.run_until_complete(steps(editor))
        for name in editor.versions:
            editor.close(name)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good.py", GOOD), ("bad.py", BAD), ("relay.py", RELAY), ("caller.py", CALLER)):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "held.py").write_text(HELD, "utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = ">=3.11"\n', "utf-8")
    return tmp_path


def test_a_finding_has_its_place_its_rule_and_the_way_to_the_cause(folder: Path, edit: Edit) -> None:
    async def steps(editor: Editor) -> None:
        editor.open("held.py")
        (told,) = await editor.told("held.py")
        assert (told.code, told.severity, told.source) == ("PKL104", types.DiagnosticSeverity.Error, "picklecheck")
        assert told.message.startswith("`Pool.map` has to pickle the whole `Runner`")
        assert told.range == types.Range(types.Position(15, 23), types.Position(15, 37))
        assert told.code_description and told.code_description.href.endswith(page_of("held-resource-crosses"))
        way = [(one.location.uri, one.location.range.start.line, one.message) for one in told.related_information or ()]
        uri = editor.uri("held.py")
        assert way[-1] == (uri, 6, "attribute `lock` of `Runner` is a `threading.Lock`, set in `__init__`")

    edit(steps)


def test_the_text_of_the_editor_counts_and_not_that_of_the_file(folder: Path, edit: Edit) -> None:
    async def steps(editor: Editor) -> None:
        editor.open("bad.py")
        assert await editor.codes("bad.py") == ["PKL101"]
        editor.change("bad.py", GOOD)
        assert await editor.codes("bad.py") == []
        editor.change("bad.py", f"# one more line\n{BAD}")
        (told,) = await editor.told("bad.py")
        assert told.range.start.line == 5
        editor.close("bad.py")
        assert await editor.codes("bad.py") == []

    edit(steps)


def test_so_does_the_text_of_another_file_that_is_open(folder: Path, edit: Edit) -> None:
    async def steps(editor: Editor) -> None:
        editor.open("caller.py")
        assert await editor.codes("caller.py") == ["PKL101"]
        editor.open("relay.py")
        assert await editor.codes("relay.py") == []
        editor.change("relay.py", RELAY.replace("multiprocessing", "multiprocessing.dummy"))
        assert await editor.codes("caller.py") == []

    edit(steps)


def test_what_the_run_of_one_file_shows_in_another_is_told_there(folder: Path, edit: Edit) -> None:
    (folder / "helper.py").write_text("def spread(pool):\n    return pool.map(lambda row: row, [1])\n", "utf-8")
    main = "from multiprocessing import Pool\nfrom helper import spread\n\n"
    main += 'if __name__ == "__main__":\n    with Pool() as pool:\n        spread(pool)\n'
    (folder / "main.py").write_text(main, "utf-8")

    async def steps(editor: Editor) -> None:
        editor.open("helper.py")
        assert await editor.codes("helper.py") == []
        editor.open("main.py")
        assert await editor.codes("helper.py") == ["PKL101"]
        editor.change("main.py", "")
        assert await editor.codes("helper.py") == []

    edit(steps)


@pytest.mark.parametrize(("encoding", "column"), [("utf-16", 30), ("utf-8", 33), ("utf-32", 29)])
def test_columns_are_those_of_the_client(encoding: str, column: int) -> None:
    text = BAD.replace("print(pool", 'print("é😀", pool').splitlines()
    at = text[4].index("lambda") + 1
    finding = {"line": 5, "column": at, "end_line": 5, "end_column": at + 6, "holding_path": (), "causes": ()}
    told = {"path": "bad.py", "message": "no", "help": "", "fixes": [], "not_fixed": "", "level": "error"}
    rule = {"code": "PKL101", "name": "lambda-crosses", "url": ""}
    shown = Translation(lambda _: text, encoding).diagnostic(finding | told | rule)
    assert shown.range == types.Range(types.Position(4, column), types.Position(4, column + 6))


def test_a_text_is_read_by_its_own_encoding_comment(folder: Path, edit: Edit) -> None:
    text = f"# -*- coding: latin-1 -*-\n{BAD}".replace("print(pool", 'print("é", pool')

    async def steps(editor: Editor) -> None:
        editor.open("bad.py", text)
        (told,) = await editor.told("bad.py")
        assert told.range.start == types.Position(5, 28)

    edit(steps)


def test_fixes_are_actions_and_unsafe_ones_say_so(folder: Path, edit: Edit) -> None:
    async def steps(editor: Editor) -> None:
        text = BAD.replace("print(pool", 'print("é😀", pool')
        editor.open("bad.py", text)
        (told,) = await editor.told("bad.py")
        actions = await editor.actions("bad.py", told.range)
        assert [one.title for one in actions if one.is_preferred] == ["Pass `sum` itself"]
        assert any(one.title.endswith("(unsafe: may change behaviour)") for one in actions)
        assert all(list(one.diagnostics or ()) == [told] and one.kind == "quickfix" for one in actions)
        for one in actions:
            editor.change("bad.py", applied(text, one, editor.uri("bad.py")))
            assert await editor.codes("bad.py") == [], one.title
        assert actions[-1].title == "Silence PKL101 here by a comment"
        elsewhere = types.Range(types.Position(0, 0), types.Position(0, 3))
        assert await editor.actions("bad.py", elsewhere) == []

    edit(steps)


def test_all_safe_fixes_are_one_action(folder: Path, edit: Edit) -> None:
    text = f"{HELD}        print(pool.map(lambda row: sum(row), [[1]]))\n"

    async def steps(editor: Editor) -> None:
        editor.open("held.py", text)
        assert await editor.codes("held.py") == ["PKL104", "PKL101"]
        (action,) = await editor.actions(
            "held.py", types.Range(types.Position(0, 0), types.Position(0, 0)), "source.fixAll"
        )
        assert action.kind == "source.fixAll.picklecheck"
        new = applied(text, action, editor.uri("held.py"))
        assert "__getstate__" in new and "pool.map(sum," in new
        editor.change("held.py", new)
        assert await editor.codes("held.py") == ["PKL103"]  # a note: the object is sent with its method
        assert (folder / "held.py").read_text("utf-8") == HELD

    edit(steps)


def test_a_fix_may_change_another_file_that_is_open_as_it_is_now(folder: Path, edit: Edit) -> None:
    model, main = HELD.split("\n\n\nif ")
    main = f"from multiprocessing import Pool\n\nfrom model import Runner\n\nif {main}"
    (folder / "model.py").write_text(f"{model}\n", "utf-8")
    (folder / "main.py").write_text(main, "utf-8")

    async def steps(editor: Editor) -> None:
        editor.open("model.py")
        assert await editor.codes("model.py") == []
        editor.open("main.py")
        (told,) = await editor.told("main.py")
        first, *_ = await editor.actions("main.py", told.range)
        assert first.is_preferred and first.edit and list(first.edit.changes or ()) == [editor.uri("model.py")]
        moved = f"# one\n# two\n{model}\n"
        editor.change("model.py", moved)
        assert await editor.codes("model.py") == []
        await editor.told("main.py")
        first, *_ = await editor.actions("main.py", told.range)
        editor.change("model.py", applied(moved, first, editor.uri("model.py")))
        while await editor.codes("main.py") != ["PKL103"]:
            pass

    edit(steps)


def test_each_file_has_the_settings_of_its_own_project(folder: Path, edit: Edit) -> None:
    for name, rows in (("strict", ""), ("lax", 'ignore = ["PKL101"]'), ("left", 'exclude = ["bad.py"]')):
        (folder / name).mkdir()
        (folder / name / "picklecheck.toml").write_text(f"{rows}\n", "utf-8")
        (folder / name / "bad.py").write_text(BAD, "utf-8")

    async def steps(editor: Editor) -> None:
        for name, codes in (("strict", ["PKL101"]), ("lax", []), ("left", [])):
            editor.open(f"{name}/bad.py")
            assert await editor.codes(f"{name}/bad.py") == codes

    edit(steps)


def test_wrong_settings_are_told_once_and_read_again_when_they_change(folder: Path, edit: Edit) -> None:
    settings = folder / "picklecheck.toml"
    settings.write_text('ignroe = ["PKL101"]\n', "utf-8")

    async def steps(editor: Editor) -> None:
        editor.open("bad.py")
        assert await editor.codes("bad.py") == []
        assert "did you mean `ignore`?" in editor.messages.pop()
        editor.change("bad.py", f"{BAD}\n")
        assert await editor.codes("bad.py") == []
        assert not editor.messages
        settings.write_text("", "utf-8")
        event = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        assert await editor.codes("bad.py") == ["PKL101"]

    edit(steps)


def test_what_a_baseline_accepts_is_not_shown(folder: Path, edit: Edit) -> None:
    (folder / "picklecheck.toml").write_text('baseline = "accepted.json"\n', "utf-8")
    command = [sys.executable, "-m", "picklecheck", "bad.py", "--update-baseline"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)

    async def steps(editor: Editor) -> None:
        editor.open("bad.py")
        assert await editor.codes("bad.py") == []
        editor.change("bad.py", f"{BAD}        print(pool.map(lambda row: row[0], [[1]]))\n")
        (told,) = await editor.told("bad.py")
        assert told.range.start.line == 5

    edit(steps)


def test_the_check_of_an_older_text_is_dropped_and_keeps_nobody_waiting(folder: Path, edit: Edit) -> None:
    """Functions that call one another in all ways take many steps."""
    names = [f"step_{number}" for number in range(40)]
    calls = ", ".join(f"{name}(pool, n)" for name in names)
    many = "".join(f"def {name}(pool, n):\n    return [{calls}]\n" for name in names)
    slow = f"{BAD}\n{many}\nfor n in range(1000):\n    pool.map({calls})\n"

    async def steps(editor: Editor) -> None:
        editor.open("bad.py", slow)
        await asyncio.sleep(1)
        begun = time.monotonic()
        assert await editor.actions("bad.py", types.Range(types.Position(0, 0), types.Position(9, 0))) == []
        assert time.monotonic() - begun < 1
        for number in range(3):
            editor.change("bad.py", f"{slow}# {number}\n")
        editor.change("bad.py", GOOD)
        assert await editor.codes("bad.py") == []  # `told` refuses what is told of an older version

    edit(steps)


def test_without_its_libraries_the_server_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(name='pygls')\n", "utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from picklecheck.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, "server"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "picklecheck: the server needs two more libraries; install `picklecheck[server]`\n"


def framed(message: str) -> str:
    return f"Content-Length: {len(message)}\r\n\r\n{message}"


HELLO = '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
OPENED = (
    '{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": "file:///nowhere/a.py", '
    '"languageId": "python", "version": 1, "text": "import multiprocessing"}}}'
)


@pytest.mark.parametrize(
    "sent",
    [
        framed(OPENED),
        "",
        "garbage\r\n\r\n",
        "Content-Length: 5\r\n\r\n{{{{{",
        "Content-Length: 99999\r\n\r\n{}",
        "Content-Length: x\r\n\r\n",
    ],
    ids=["an open file", "nothing", "no header", "no JSON", "half a message", "no length"],
)
def test_a_server_ends_with_its_input_whatever_that_was(sent: str, tmp_path: Path) -> None:
    said = f"{framed(HELLO)}{sent}".encode()
    done = subprocess.run(
        [sys.executable, "-m", "picklecheck", "server"], input=said, cwd=tmp_path, capture_output=True, timeout=60
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b'"capabilities"' in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="closes its input by a shell")
def test_a_server_without_input_or_without_a_reader_is_told(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m picklecheck server"
    closed = subprocess.run(f"{command} <&-", shell=True, cwd=tmp_path, capture_output=True, timeout=60)
    assert (closed.returncode, closed.stderr) == (2, b"picklecheck: cannot read standard input: it is closed\n")
    said = framed(HELLO).encode()
    gone = subprocess.run(f"{command} | true", shell=True, cwd=tmp_path, input=said, capture_output=True, timeout=60)
    assert b"Traceback" not in gone.stderr
