"""Ignore patterns: they mean what they mean to git (as pathspec has it)."""

import shutil
import subprocess
from pathlib import Path

import pathspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picklecheck.source.ignored import Ignored, _Pattern

CASES = [
    ("build", "build", True, True),
    ("build", "a/build", True, True),
    ("build/", "build", False, None),
    ("build/", "a/build", True, True),
    ("/build", "a/build", True, None),
    ("a/b", "x/a/b", False, None),
    ("*.py", "a/b.py", False, True),
    ("/*.py", "a/b.py", False, None),
    ("a/*.py", "a/b/c.py", False, None),
    ("a/**/c.py", "a/c.py", False, True),
    ("a/**/c.py", "a/x/y/c.py", False, True),
    ("**/c.py", "c.py", False, True),
    ("**/a/c.py", "x/y/a/c.py", False, True),
    ("a/**", "a/b/c.py", False, True),
    ("a/**", "a", True, None),
    ("/**", "a/b.py", False, True),
    ("!/**", "a/b.py", False, False),
    ("[ab].py", "b.py", False, True),
    ("[!ab].py", "b.py", False, None),
    ("?.py", "a.py", False, True),
    ("!a.py", "a.py", False, False),
    (r"\#a.py", "#a.py", False, True),
    (r"\!a.py", "!a.py", False, True),
    ("# a comment", "# a comment", False, None),
    ("a.py   ", "a.py", False, True),
    (r"a\ ", "a ", False, True),
    ("/", "a.py", False, None),
    ("[z-a].py", "b.py", False, None),
    ("[.py", "a.py", False, None),
    ("[]a].py", "].py", False, True),
    ("[]", "a.py", False, None),
    ("[&&a].py", "&.py", False, True),
    ("a/*b*c/d", "a/xbbxc/d", False, True),
    ("a/**/b*/**/c", "a/x/b1/b2/y/c", False, True),
    ("**/a*/b/**/c", "x/a1/b1/a2/b/c", False, True),
    ("**/a*/b/**/c", "x/a1/b1/c", False, None),
]


@pytest.mark.parametrize(("pattern", "path", "folder", "expected"), CASES)
def test_a_pattern_speaks_of_a_path(pattern: str, path: str, folder: bool, expected: bool | None) -> None:
    assert Ignored("/base", [pattern]).verdict(f"/base/{path}", folder=folder) is expected


def test_the_last_line_that_speaks_decides() -> None:
    rules = Ignored("/base", ["*.py", "!keep.py", "sub/keep.py"])
    assert rules.verdict("/base/a.py", folder=False) is True
    assert rules.verdict("/base/keep.py", folder=False) is False
    assert rules.verdict("/base/sub/keep.py", folder=False) is True


def test_paths_outside_the_base_are_none_of_its_business() -> None:
    assert Ignored("/base", ["*"]).verdict("/other/a.py", folder=False) is None
    assert Ignored("/", ["*.py"]).verdict("/a.py", folder=False) is True


def test_a_pattern_takes_no_long_time() -> None:
    """Trying each star at each place would take longer than anyone waits."""
    rules = Ignored("/base", ["*a" * 30 + "b", "/" + "**/a*/" * 30 + "b", "a" + " " * 1_000_000 + "b"])
    assert rules.verdict("/base/" + "a" * 250, folder=False) is None
    assert rules.verdict("/base" + "/a" * 1_000, folder=False) is None
    assert rules.verdict("/base" + "/a" * 1_000 + "/b", folder=False) is True


FORMS = ["name{}", "/path/name{}", "name{}*.py", "*name{}.py", "**/name{}?", "*name{}*", "!*.{}"]


@pytest.mark.parametrize("form", FORMS)
def test_of_many_patterns_few_are_tried(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    matches = _Pattern.matches

    def counted(pattern: _Pattern, text: str) -> bool:
        tried.append(text)
        return matches(pattern, text)

    monkeypatch.setattr(_Pattern, "matches", counted)
    rules = Ignored("/base", [form.format(number) for number in range(5_000)])
    for number in range(100):
        assert rules.verdict(f"/base/path/none{number}.py", folder=False) is None
    assert len(tried) < 100


def test_the_last_of_many_patterns_decides() -> None:
    rules = Ignored("/base", ["*.py", "!a*", *(f"name{n}" for n in range(1_000)), "!/a.py", "a?py", "!*.py", "*.py"])
    assert rules.verdict("/base/a.py", folder=False) is True
    rules = Ignored("/base", ["a.py", "*.py", "!a*", "sub/"])
    assert rules.verdict("/base/a.py", folder=False) is False
    assert rules.verdict("/base/sub", folder=False) is None
    assert rules.verdict("/base/sub", folder=True) is True


PARTS = st.sampled_from(["a", "b", "*", "**", "a*", "?", "*.py", "[ab]", "[!a]"])
PATTERNS = st.builds(
    lambda bang, slash, parts, end: bang + slash + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(PARTS, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "c.py", "a.py"]), min_size=1, max_size=3)


@settings(max_examples=400, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=4), PATHS)
def test_files_are_left_out_as_pathspec_does(patterns: list[str], parts: list[str]) -> None:
    """Seen from the top, for then a folder that is left out takes all below it along."""
    rules = Ignored("/base", patterns)
    oracle = pathspec.GitIgnoreSpec.from_lines(patterns)
    for end in range(1, len(parts) + 1):
        below, folder = "/".join(parts[:end]), end < len(parts)
        ours = rules.verdict(f"/base/{below}", folder=folder) or False
        if ours != oracle.match_file(below + ("/" if folder else "")):
            assert _git_says(patterns, parts[:end], folder) == ours, (patterns, below)
        if ours:
            return


def _git_says(patterns: list[str], parts: list[str], folder: bool) -> bool:
    """The last word where pathspec differs: what git itself makes of it."""
    import tempfile

    if shutil.which("git") is None:
        pytest.skip("pathspec differs, and git is not here to settle it")
    with tempfile.TemporaryDirectory() as base:
        subprocess.run(["git", "init", "-q", base], check=True)
        Path(base, ".gitignore").write_text("\n".join(patterns) + "\n")
        target = Path(base, *parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.mkdir() if folder else target.touch()
        asked = ["git", "-C", base, "check-ignore", "-q", "/".join(parts)]
        return subprocess.run(asked, check=False).returncode == 0
