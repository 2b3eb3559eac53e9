"""The pages of the rules have one structure, and their programs are judged as they say."""

from __future__ import annotations

import json
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pages
import pytest

from picklecheck.check import check
from picklecheck.options import Options
from picklecheck.rules.catalogue import RULES, Entry

WIDEST = 100

of_each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def levels(program: str, path: Path) -> dict[str, set[str]]:
    """The rules that speak about a program, each with its levels."""
    path.write_text(program, "utf-8")
    options = Options(paths=[str(path)], isolated=True, jobs=1, target_version=[">=3.8"], output_format="json")
    with redirect_stdout(StringIO()) as stdout:
        check(options)
    found: dict[str, set[str]] = {}
    for finding in json.loads(stdout.getvalue())["findings"]:
        found.setdefault(finding["code"], set()).add(finding["level"])
    return found


@of_each_rule
def test_a_page_has_its_sections(rule: Entry) -> None:
    _, *headings = pages.sections(rule.name)
    assert tuple(headings) == pages.SECTIONS
    assert all(text.strip() for text in pages.sections(rule.name).values())


@of_each_rule
def test_a_page_has_one_version_of_everything(rule: Entry) -> None:
    text = "".join(pages.sections(rule.name).values())
    assert re.findall(r"<{7}|={7}|>{7}", text) == []  # what git writes where two versions meet


@of_each_rule
def test_a_page_is_read_without_scrolling_sideways(rule: Entry) -> None:
    text = "".join(pages.sections(rule.name).values())
    prose = re.sub(r"^```\w+\n.*?^```$|\]\([^)]*\)", "", text, flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > WIDEST and line[:1] != "|"] == []


@of_each_rule
def test_a_page_names_no_file_that_its_reader_does_not_have(rule: Entry) -> None:
    text = "".join(pages.sections(rule.name).values())
    assert re.findall(r"`(?:bad|good|fixed)\w*\.py`", text) == []


@of_each_rule
def test_the_example_has_the_fault_and_the_cure_has_none(rule: Entry, tmp_path: Path) -> None:
    for number, program in enumerate(pages.programs_in(rule.name, "Example")):
        found = levels(program, tmp_path / f"example{number}.py")
        assert rule.code in found
        assert {code for code, ranks in found.items() if ranks != {"note"}} <= {rule.code}
    for number, (program, _) in enumerate(pages.outputs(rule.name)):
        found = levels(program, tmp_path / f"instead{number}.py")
        assert rule.code not in found
        assert {code for code, ranks in found.items() if ranks != {"note"}} == set()


@of_each_rule
def test_a_page_has_an_example_and_its_cure(rule: Entry) -> None:
    assert pages.programs_in(rule.name, "Example")
    assert pages.programs_in(rule.name, "Use instead")


@of_each_rule
def test_links_of_a_page_lead_somewhere(rule: Entry) -> None:
    links = re.findall(r"\]\(([^)]+)\)", pages.sections(rule.name)["See also"])
    assert any(link.startswith("https://docs.python.org/3/") for link in links)
    assert [link for link in links if "://" not in link and not (pages.PAGES / link).is_file()] == []
