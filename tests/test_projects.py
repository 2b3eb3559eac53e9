"""Settings by path: each file has those of its own project, whatever else is named or staged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from picklecheck.__main__ import main
from picklecheck.configuration.keys import KEYS
from picklecheck.configuration.schema import schema

ROOT = Path(__file__).parent.parent
Captured = pytest.CaptureFixture[str]

TASK = """\
from multiprocessing import Pool, Process


def main() -> None:
    with Pool() as pool:
        print(pool.map(lambda row: row, [1]))
    Process(target=lambda: 1).start()
"""
MONOREPO = {
    "alpha/pyproject.toml": '[project]\nname = "alpha"\nrequires-python = ">=3.14"\n'
    '[tool.picklecheck]\nstart-method = ["spawn"]\n',
    "alpha/src/alpha.py": TASK,
    "beta/pyproject.toml": '[project]\nname = "beta"\n[tool.picklecheck]\nignore = ["ALL"]\n',
    "beta/src/beta.py": TASK,
    "gamma/picklecheck.toml": 'extend = "../base.toml"\nexclude = ["generated/"]\n'
    '[[overrides]]\npaths = ["tests/"]\nlevels = { PKL101 = "note" }\n'
    '[per-file-ignores]\n"legacy.py" = ["PKL1"]\n',
    "gamma/gamma.py": TASK,
    "gamma/legacy.py": TASK,
    "gamma/generated/skipped.py": TASK,
    "gamma/tests/test_gamma.py": TASK,
    "base.toml": 'start-method = ["fork"]\n',
}


@pytest.fixture(autouse=True)
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in MONOREPO.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: Captured, *words: str) -> dict[str, list[str]]:
    """By path: level, line and start methods of what is found."""
    main([*words, "--output-format", "json"])
    found: dict[str, list[str]] = {}
    for one in json.loads(capsys.readouterr().out)["findings"]:
        methods = "+".join(one["fails_under"]["start_methods"])
        found.setdefault(one["path"], []).append(f"{one['level']} {one['line']} {methods}")
    return found


ALPHA = {"alpha/src/alpha.py": ["error 6 spawn", "error 7 spawn"]}
GAMMA = {"gamma/gamma.py": ["error 6 fork"], "gamma/tests/test_gamma.py": ["note 6 fork"]}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["alpha"], ALPHA),
        (["alpha/src/alpha.py"], ALPHA),
        (["beta"], {}),
        (["gamma"], GAMMA),
        (["alpha", "beta"], ALPHA),
        (["."], ALPHA | GAMMA),
        ([], ALPHA | GAMMA),
        (["beta/src/beta.py", "gamma/tests/test_gamma.py"], {"gamma/tests/test_gamma.py": ["note 6 fork"]}),
    ],
)
def test_what_is_found_in_a_file_does_not_depend_on_what_else_is_named(
    capsys: Captured, words: list[str], found: dict[str, list[str]]
) -> None:
    assert told(capsys, *words) == found


def test_nor_on_the_working_directory(capsys: Captured, monorepo: Path) -> None:
    os.chdir("alpha/src")
    assert told(capsys, ".") == {"alpha.py": ALPHA["alpha/src/alpha.py"]}
    os.chdir(monorepo / "beta")
    assert told(capsys, "../alpha/src") == {"../alpha/src/alpha.py": ALPHA["alpha/src/alpha.py"]}


def test_one_named_configuration_is_for_all_and_isolated_is_for_none(capsys: Captured) -> None:
    found = told(capsys, "--config", "base.toml", "alpha", "beta")
    assert found == {"alpha/src/alpha.py": ["error 6 fork"], "beta/src/beta.py": ["error 6 fork"]}
    assert set(told(capsys, "--isolated")) == {name for name in MONOREPO if name.endswith(".py")}


def test_options_win_in_every_project(capsys: Captured) -> None:
    found = told(capsys, "--start-method", "forkserver", "--select", "PKL101")
    assert found["beta/src/beta.py"] == ["error 6 forkserver", "error 7 forkserver"]
    assert "gamma/generated/skipped.py" not in found


def test_standard_input_has_the_settings_of_its_name(capsys: Captured) -> None:
    for name, code in (("alpha/src/new.py", 1), ("beta/src/new.py", 0)):
        done = run("-", "--stdin-filename", name, text=TASK)
        assert done.returncode == code, done.stdout


def test_fixes_are_as_safe_as_each_project_wants() -> None:
    Path("alpha/pyproject.toml").write_text("[tool.picklecheck]\nunsafe-fixes = true\n")
    Path("beta/pyproject.toml").write_text("[tool.picklecheck]\n")
    text = "from multiprocessing import Pool\n\n\ndef main():\n    Pool().apply(sum, ((n for n in range(3)),))\n"
    for name in ("alpha/src/alpha.py", "beta/src/beta.py"):
        Path(name).write_text(text)
    done = run("alpha", "beta", "--fix")
    assert Path("alpha/src/alpha.py").read_text() != text, done.stdout
    assert Path("beta/src/beta.py").read_text() == text


def test_files_that_would_be_checked_are_shown(capsys: Captured) -> None:
    assert main(["--show-files", "gamma", "alpha"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "alpha/src/alpha.py",
        "gamma/gamma.py",
        "gamma/legacy.py",
        "gamma/tests/test_gamma.py",
    ]


def test_an_error_in_a_configuration_below_names_its_file_and_line(capsys: Captured) -> None:
    Path("beta/pyproject.toml").write_text('[tool.picklecheck]\nlevel = "error"\nselct = ["ALL"]\n')
    assert main([]) == 2
    assert capsys.readouterr().err == (
        "picklecheck: beta/pyproject.toml:3: `tool.picklecheck.selct`: unknown key `selct`, did you mean `select`?\n"
    )


@pytest.mark.parametrize("required", ["nonsense", ">=4"])
def test_a_required_version_that_says_nothing_is_warned_of_once(capsys: Captured, required: str) -> None:
    Path("alpha/pyproject.toml").write_text(f'[project]\nname = "x"\nrequires-python = "{required}"\n')
    Path("alpha/src/more.py").write_text(TASK)
    main(["alpha"])
    words = f"alpha/pyproject.toml: no known Python version fits requires-python `{required}`"
    assert capsys.readouterr().err == f"picklecheck: warning: {words}\n"
    main(["alpha", "--target-version", "3.12"])
    assert capsys.readouterr().err == ""


def run(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "picklecheck", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"})


# --- the schema -----------------------------------------------------------------------------------


def test_the_published_schema_is_current() -> None:
    published = (ROOT / "docs" / "picklecheck.schema.json").read_text("utf-8")
    assert published == schema(), "picklecheck config --schema > docs/picklecheck.schema.json"


def test_the_page_of_settings_has_every_key() -> None:
    kinds = {
        "flag": "true or false",
        "number": "number",
        "word": "string",
        "words": "strings",
        "rules": "rules",
        "levels": "table: rules to levels",
        "ignores": "table: patterns to rules",
        "overrides": "tables",
        "table": "table",
    }
    rows = [
        f"| `{key.name}` | {', '.join(f'`{one}`' for one in key.choices) or kinds[key.kind]} | {key.meaning} |"
        for key in KEYS
    ]
    table = "\n".join(["| key | value | meaning |", "|---|---|---|", *rows])
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert page.partition("<!-- keys -->\n")[2].partition("\n<!-- /keys -->")[0] == table, table


EXAMPLE = {
    "extend": "base.toml",
    "target-version": ">=3.9",
    "platform": ["linux"],
    "start-method": "spawn",
    "select": ["ALL"],
    "extend-select": "PKL1",
    "ignore": [],
    "levels": {"PKL103": "off"},
    "level": "warning",
    "min-certainty": "certain",
    "exclude": ["gen/"],
    "force-exclude": True,
    "max-file-size": 5_000_000,
    "per-file-ignores": {"tests/": ["PKL4"]},
    "overrides": [{"paths": "tests/", "levels": {"PKL1": "note"}, "unsafe-fixes": True}],
    "unsafe-fixes": False,
    "baseline": "accepted.json",
    "output-format": "json",
    "knowledge": {"type": {"a.B": {"why": "holds a handle"}}},
}


def test_the_schema_admits_every_key() -> None:
    assert list(EXAMPLE) == [key.name for key in KEYS]
    jsonschema.Draft7Validator.check_schema(json.loads(schema()))
    jsonschema.validate(EXAMPLE, json.loads(schema()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"selct": []},
        {"level": "loud"},
        {"level": ["note"]},
        {"force-exclude": "yes"},
        {"max-file-size": 0},
        {"max-file-size": True},
        {"levels": {"PKL1": "loud"}},
        {"overrides": [{"level": "note"}]},
        {"overrides": [{"paths": "a", "exclude": "b"}]},
        {"platform": ["beos"]},
    ],
)
def test_the_schema_refuses_what_a_run_refuses(wrong: dict[str, object], capsys: Captured) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(schema()))
    Path("picklecheck.toml").write_text("\n".join(f"{key} = {toml(value)}" for key, value in wrong.items()))
    assert main([]) == 2
    assert "picklecheck.toml:1: `" in capsys.readouterr().err


def toml(value: object) -> str:
    match value:
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(each)}' for key, each in value.items())} }}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)
