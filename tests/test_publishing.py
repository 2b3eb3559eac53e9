"""What a release consists of: addresses from one place, notes, issue forms, and the first steps of the README."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from picklecheck import __version__, addresses

ROOT = Path(__file__).parent.parent
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_addresses_of_the_package_come_from_one_place() -> None:
    assert PROJECT.get("urls", {}) == addresses.PROJECT


def test_no_address_leads_nowhere() -> None:
    """Addresses that are made up, as those of examples are, would be clicked on."""
    folders = ("picklecheck", "docs", ".github")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".yml")]
    for path in (*files, *ROOT.glob("*.md"), *ROOT.glob("*.yml"), ROOT / "pyproject.toml"):
        assert not re.search(r"https?://(?:\w+\.)?example\.\w+", path.read_text("utf-8")), path


@pytest.mark.parametrize("home", ["", "https://somewhere.test/picklecheck"])
def test_the_page_of_a_rule_is_found(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "HOME", home)
    assert addresses.public("lambda-crosses") == (f"{home}/rules/lambda-crosses" if home else "")
    local = ROOT / "picklecheck" / "rules" / "pages" / "lambda-crosses.md"
    assert local.exists()
    assert addresses.of_rule("lambda-crosses") == (addresses.public("lambda-crosses") or local.as_uri())


def test_what_is_installed_is_what_is_imported() -> None:
    imported = {
        match[1]
        for path in (ROOT / "picklecheck").rglob("*.py")
        for match in re.finditer(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {re.split(r"[<>=]", one)[0] for one in PROJECT["dependencies"]} <= imported


def test_the_classifiers_name_every_python_that_is_supported() -> None:
    named = {one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)}
    assert min(named, key=lambda version: int(version[2:])) == PROJECT["requires-python"].removeprefix(">=")
    assert (ROOT / "picklecheck" / "py.typed").exists()


def test_the_notes_of_a_release_are_its_section_of_the_changes() -> None:
    notes = runpy.run_path(str(ROOT / "scripts" / "release_notes.py"))["notes"]
    found = notes((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__)
    assert found.startswith("- ")
    assert "## " not in found
    assert notes("# Changes\n\n## 1.1 (then)\n\n- b\n\n## 1.0\n\n- a\n", "1.0") == "- a\n"
    with pytest.raises(LookupError):
        notes("## 1.10\n\n- a\n", "1.1")


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_issue_forms_are_valid(path: Path) -> None:
    schema = "vendor.github-issue-config" if path.name == "config.yml" else "vendor.github-issue-forms"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_first_steps_of_the_readme_work_in_a_fresh_clone(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    steps = text.partition("## First steps")[2].partition("```bash\n")[2].partition("```")[0].splitlines()
    assert len(steps) == 5
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, env=environment)

    (tmp_path / "run.py").write_text(text.partition("```python\n")[2].partition("```\n")[0], "utf-8")
    identity = "-c user.name=a -c user.email=a@b"
    assert run(f"git init -q && git add . && git {identity} commit -qm start").returncode == 0
    found, page, diff, accepted, branch = map(run, steps)
    assert (found.returncode, "PKL104" in found.stdout) == (1, True), found.stderr
    assert page.stdout.startswith("# PKL104 held-resource-crosses")
    assert (diff.returncode, "+    def __getstate__(self):" in diff.stdout) == (1, True)
    assert (accepted.returncode, (tmp_path / "accepted.json").exists()) == (0, True)
    assert (branch.returncode, branch.stdout) == (0, "All checks passed!\n")
