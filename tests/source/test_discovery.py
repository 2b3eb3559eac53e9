"""Discovery: which files below the named paths are taken, each once, and which are left out."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from picklecheck.options import Misuse
from picklecheck.source.discovery import discover


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*paths: str, text: str = "") -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)


def found(*paths: str, exclude: Sequence[str] = (), force: bool = False) -> list[str]:
    return sorted(discover(paths or (".",), lambda folder: ([(os.getcwd(), exclude)], force)).files)


def test_python_files_below_a_folder_are_found() -> None:
    make("a.py", "b.pyw", "c.pyi", "d.txt", "sub/deep/e.py", "folder.py/f.py")
    assert found() == ["a.py", "b.pyw", "folder.py/f.py", "sub/deep/e.py"]


def test_named_files_are_taken_whatever_they_are_called_and_are_marked() -> None:
    make("script", "a.py")
    assert discover(["script", "."]).files == {"script": True, "a.py": False}


def test_paths_are_relative_to_the_working_directory(tree: Path) -> None:
    make("src/a.py", "b/c.py")
    os.chdir("b")
    assert found(str(tree / "src"), "./") == ["../src/a.py", "c.py"]


@pytest.mark.parametrize("folder", [".git", ".venv", "node_modules", "__pycache__", ".tox", "dist"])
def test_folders_of_tools_are_left_out_unless_named(folder: str) -> None:
    make(f"{folder}/a.py")
    assert found() == []
    assert found(folder) == [f"{folder}/a.py"]


def test_a_folder_called_build_is_walked_and_an_environment_of_any_name_is_not() -> None:
    make("build/a.py", "env39/pyvenv.cfg", "env39/lib/b.py")
    assert found() == ["build/a.py"]
    assert found("env39") == ["env39/lib/b.py"]


def test_links_end_and_each_real_file_comes_once() -> None:
    make("pkg/a.py")
    Path("pkg/loop").symlink_to(".", target_is_directory=True)
    Path("pkg/alias.py").symlink_to("a.py")
    Path("pkg/dangling.py").symlink_to("nowhere.py")
    Path("pkg/itself.py").symlink_to("itself.py")
    Path("other").symlink_to("pkg", target_is_directory=True)
    assert found() == ["pkg/a.py"]
    assert found("pkg", "pkg/a.py", "./pkg") == ["pkg/a.py"]
    assert found("other") == ["other/a.py"]


def test_a_link_to_a_file_elsewhere_is_followed(tree: Path) -> None:
    make("pkg/.keep", "elsewhere/real.py")
    Path("pkg/link.py").symlink_to("../elsewhere/real.py")
    assert found("pkg") == ["pkg/link.py"]


def test_a_missing_path_is_misuse() -> None:
    with pytest.raises(Misuse, match=r"no such file or folder: nowhere\.py"):
        discover(["nowhere.py"])


def test_gitignore_holds_with_nested_files_and_negation() -> None:
    make(".gitignore", text="*_gen.py\n/local/\n!keep_gen.py\n")
    make("sub/.gitignore", text="!a_gen.py\nb.py\n")
    make("a_gen.py", "keep_gen.py", "local/x.py", "sub/local/y.py", "sub/a_gen.py", "sub/b.py", "b.py")
    assert found() == ["b.py", "keep_gen.py", "sub/a_gen.py", "sub/local/y.py"]


def test_gitignore_of_the_repository_above_holds() -> None:
    make("repo/.git/info/exclude", text="private.py\n")
    make("repo/.gitignore", text="/src/out/\n")
    make("repo/src/out/a.py", "repo/src/b.py", "repo/src/private.py")
    make(".gitignore", text="*\n")
    assert found("repo/src") == ["repo/src/b.py"]


def test_gitignore_above_does_not_hold_outside_a_repository() -> None:
    make(".gitignore", text="*\n")
    make("src/a.py")
    assert found("src") == ["src/a.py"]


def test_an_ignored_file_is_taken_where_it_is_named() -> None:
    make(".gitignore", text="*.py\n")
    make("a.py")
    assert found("a.py") == ["a.py"]
    assert found("a.py", force=True) == ["a.py"]


def test_exclude_beats_what_gitignore_keeps() -> None:
    make(".gitignore", text="!a.py\n")
    make("a.py", "sub/a.py", "b.py")
    assert found(exclude=["a.py"]) == ["b.py"]
    assert found(exclude=["sub/"]) == ["a.py", "b.py"]


def test_force_exclude_leaves_out_what_is_named_and_counts_it() -> None:
    make("a.py", "out/b.py", ".venv/c.py")
    named = ["a.py", "out/b.py", ".venv/c.py"]
    assert found(*named, exclude=["out"]) == sorted(named)
    forced = discover(named, lambda folder: ([(os.getcwd(), ["out"])], True))
    assert list(forced.files) == ["a.py"]
    assert forced.excluded == 2


def test_a_folder_that_cannot_be_listed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    make("locked/a.py", "b.py")
    scan = os.scandir

    def refuse(path: str) -> object:
        if "locked" in path:
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    told: list[str] = []
    assert list(discover(["."], warn=told.append).files) == ["b.py"]
    assert told == ["cannot read the folder locked: Permission denied"]
