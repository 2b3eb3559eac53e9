"""Documents, docstrings and comments use the standard terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_english import house_words

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("*.yml"),
    ROOT / ".pre-commit-hooks.yaml",
    ROOT / "fixtures" / "README.md",
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("picklecheck/rules/pages/*.md"),
]


def test_documents_use_the_standard_terms() -> None:
    assert {path.name: found for path in DOCUMENTS if (found := _without_examples(path))} == {}


@pytest.mark.parametrize("folder", ["picklecheck", "tests", "scripts", "benchmarks"])
def test_docstrings_and_comments_use_the_standard_terms(folder: str) -> None:
    programs = sorted((ROOT / folder).rglob("*.py"))
    assert programs
    assert {str(path.relative_to(ROOT)): found for path in programs if (found := house_words(path))} == {}


def test_house_words_are_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('def f():\n    """What `mend` hands over."""\n    return "anew"  # for ever\n')
    assert house_words(tmp_path / "one.py") == ["2: hands over", "3: for ever"]
    (tmp_path / "two.md").write_text("`mend` it\n\n```text\nanew\n```\n\nIt stands there.\n")
    assert house_words(tmp_path / "two.md") == ["7: stands"]


def _without_examples(path: Path) -> list[str]:
    """The words of a document; CONTRIBUTING also shows how not to write."""
    found = house_words(path)
    if path.name != "CONTRIBUTING.md":
        return found
    lines = path.read_text("utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("## The words of a message"))
    end = next(number for number, line in enumerate(lines) if number > begin and line.startswith("## "))
    return [one for one in found if not begin < int(one.partition(":")[0]) <= end]
