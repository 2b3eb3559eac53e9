"""The rules of the house, held by tests: who may import whom, what every file and every rule must have."""

from __future__ import annotations

import ast
import os
import pickle
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from picklecheck.crossings.crossing import Misuse
from picklecheck.crossings.verdict import Reason
from picklecheck.findings import Finding
from picklecheck.options import Options
from picklecheck.rules.catalogue import RULES, UNREADABLE
from picklecheck.rules.registry import crossing_rules, use_rules
from picklecheck.rules.registry import load as load_rule
from picklecheck.session import inspect
from picklecheck.settings import load
from picklecheck.source.discovery import discover
from picklecheck.source.importers import importers
from picklecheck.source.sieve import sift

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "picklecheck"
FIXTURES = ROOT / "fixtures"
MOST_LINES = 600

# Who may import whom. A part is a folder of the package, or a file beside them; "catalogue" is the table
# of rules and the selectors that name its rows, which are plain data below everything that looks at code.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    part: frozenset(others.split())
    for part, others in {
        "__init__": "",
        "addresses": "",
        "options": "",
        "workers": "progress source",
        "depth": "",
        "knowledge": "",
        "catalogue": "addresses options",
        "source": "catalogue findings options workers",
        "findings": "knowledge catalogue source",
        "configuration": "catalogue knowledge options source",
        "settings": "catalogue configuration findings knowledge options source",
        "projects": "configuration options settings source",
        "semantics": "source",
        "crossings": "findings knowledge semantics source",
        "fixes": "findings source",
        "rules": "catalogue crossings findings fixes knowledge semantics source",
        "caching": "__init__ catalogue findings settings source",
        "progress": "output report source",
        "session": "analysis caching catalogue depth findings options progress settings source workers workspace",
        "analysis": "crossings entry_points findings inherited knowledge rules semantics settings source workspace",
        "entry_points": "crossings decorated semantics",
        "inherited": "crossings semantics",
        "decorated": "crossings semantics",
        "workspace": "crossings knowledge semantics settings source",
        "mending": "catalogue findings session settings source",
        "report": "__init__ addresses catalogue configuration findings fingerprints knowledge options output "
        "projects settings source",
        "dev": "catalogue crossings entry_points findings knowledge rules semantics source workspace",
        "output": "addresses options",
        "writing": "mending output source",
        "printing": "findings options output report session source",
        "remarks": "findings mending output projects report session source",
        "check": "caching configuration findings mending narrowing options output printing progress projects remarks "
        "report session source writing",
        "cli": "__init__ caching catalogue check configuration options output projects report server source",
        "__main__": "check cli options output source",
        "server": "__init__ catalogue configuration findings mending narrowing options projects report session "
        "settings silencing source",
        "fingerprints": "findings source",
        "baseline": "findings fingerprints options source",
        "branch": "findings options source",
        "silencing": "catalogue findings mending session source",
        "narrowing": "catalogue baseline branch findings fingerprints options output projects silencing source writing",
        "flake8_plugin": "__init__ catalogue configuration options output projects session source",
    }.items()
}

# Who alone may import what is not of the standard library, for what it costs or may change.
OUTSIDE = {
    "libcst": ("fixes/", "source/dialects.py", "source/newer.py"),
    "typer": ("cli.py",),
    "packaging": ("configuration/versions.py",),
    "pygls": ("server/serving.py", "server/translation.py"),
    "lsprotocol": ("server/serving.py", "server/translation.py"),
    "fissix": ("source/dialects.py",),
}


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def own_files() -> list[Path]:
    """Every Python file of the project except the fixtures, whose programs follow no rules of ours."""
    folders = ("picklecheck", "tests", "benchmarks", "scripts")
    return [path for folder in folders for path in python_files(ROOT / folder)]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each import of a file, wherever it is."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                for name in names:
                    yield node.lineno, name.name
            case ast.ImportFrom(module=module, names=names, level=0):
                for name in names:
                    yield node.lineno, f"{module}.{name.name}"
            case ast.ImportFrom():
                yield node.lineno, "a relative import"


def part_of(name: str) -> str:
    """The part that a dotted name below `picklecheck` leads to."""
    _, first, *rest = [*name.split("."), ""]
    if first == "rules" and rest[0] in ("catalogue", "explained", "selectors"):
        return "catalogue"
    return first if first in MAY_IMPORT else "__init__"


@pytest.mark.parametrize("path", python_files(PACKAGE), ids=shown)
def test_imports_point_downwards(path: Path) -> None:
    inside = path.relative_to(PACKAGE).with_suffix("")
    part = part_of(".".join(("picklecheck", *inside.parts)))
    wrong = []
    for line, name in imported(path):
        top = name.partition(".")[0]
        if top == "picklecheck":
            other = part_of(name)
            if other != part and other not in MAY_IMPORT[part]:
                wrong.append(f"line {line}: {part} must not import {other} ({name})")
        elif top in OUTSIDE:
            if not path.relative_to(PACKAGE).as_posix().startswith(OUTSIDE[top]):
                wrong.append(f"line {line}: only {' and '.join(OUTSIDE[top])} may import {top}")
        elif top not in sys.stdlib_module_names:
            wrong.append(f"line {line}: {name} is none of the dependencies that ARCHITECTURE.md gives a reason for")
    assert not wrong


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph() -> dict[str, set[str]]:
    """What each module of the package imports of it, at the top, inside functions or for types alone."""
    paths = {module_of(path): path for path in python_files(PACKAGE)}
    return {
        module: {name if name in paths else name.rpartition(".")[0] for _, name in imported(path)} & paths.keys()
        for module, path in paths.items()
    }


def components(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of a graph that have several nodes, as Tarjan finds them."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == number[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def test_components_of_a_graph() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a", "f"}}
    assert sorted(components(graph)) == [["a", "b", "c"], ["d", "e"]]


def test_no_modules_import_each_other() -> None:
    """Run with `-s` to see which do: the interpreter is recursive through the operations of `Machine` alone."""
    found = components(import_graph())
    for component in found:
        print(f"{len(component)} modules import each other: {' '.join(component)}")
    assert not found


def test_the_drawing_of_crossings_is_true() -> None:
    drawing = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## From a call to a crossing")[2]
    lines = drawing.split("```")[1].splitlines()
    drawn = {
        f"picklecheck.crossings.{name}": number
        for number, line in enumerate(lines)
        for name in re.split(r"\s{2,}", line.strip())[0].split()
    }
    graph = import_graph()
    assert drawn.keys() <= graph.keys()
    assert len(drawn) > 20
    for module, number in drawn.items():
        above = [other for other in graph[module] if drawn.get(other, number + 1) <= number]
        assert not above, f"{module} imports what is drawn beside or above it"


# What rules, and the findings made of them, may know of the engine: its values and what was found, never a run.
DATA = {
    "picklecheck.crossings": {"bases", "crossing", "imported", "spelling", "verdict"},
    "picklecheck.semantics": {"domain", "syntax"},
}


@pytest.mark.parametrize("path", python_files(PACKAGE / "rules"), ids=shown)
def test_rules_run_nothing_of_the_engine(path: Path) -> None:
    for line, name in imported(path):
        top, module = ".".join(name.split(".")[:2]), name.split(".")[2:3]
        assert top not in DATA or DATA[top].issuperset(module), f"line {line}: {name} is not plain data"


MOST_PARAMETERS = 6


@pytest.mark.parametrize("folder", ["crossings", "knowledge", "rules", "semantics", "source"])
def test_functions_have_few_parameters(folder: str) -> None:
    for path in python_files(PACKAGE / folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                names = [one.arg for one in given if one.arg not in ("self", "cls")]
                assert len(names) <= MOST_PARAMETERS, f"{shown(path)}:{node.lineno} {node.name}"


def test_every_part_of_the_package_has_its_place() -> None:
    parts = {
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert parts | {"catalogue"} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", own_files(), ids=shown)
def test_a_file_opens_with_one_sentence_and_stays_short(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.splitlines()
    sentence = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    opening = lines[1] if lines and lines[0].startswith("#!") else lines[0]
    assert opening.startswith(f'"""{sentence}'), "the docstring is the first thing in the file"
    assert re.fullmatch(r"[A-Z`].*[^.]\.", sentence), "the first line is a sentence"
    assert len(lines) <= MOST_LINES


# --- rules ---------------------------------------------------------------------------------------


def test_names_of_rules_say_what_is_wrong() -> None:
    codes, names = [rule.code for rule in RULES], [rule.name for rule in RULES]
    assert codes == sorted(set(codes))
    assert len(set(names)) == len(names)
    for rule in RULES:
        assert re.fullmatch(r"PKL[12349]\d\d", rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
        assert not rule.name.startswith(("no-", "use-", "prefer-")), "a name tells the fault, not the cure"
        assert rule.summary[0] in f"`{rule.summary[0].upper()}"
        assert not rule.summary.endswith(".")


def test_every_rule_has_a_file_of_its_name() -> None:
    table = [(rule.code, rule.name, rule.summary) for rule in RULES]
    loaded = [load_rule(rule.name) for rule in RULES]
    assert [(rule.code, rule.name, rule.summary) for rule in loaded] == table


def test_every_refusal_and_every_misuse_has_a_rule() -> None:
    """A value of `Reason` or `Misuse` for which no rule speaks would be found, and never told."""
    claimed = {reason for rule in crossing_rules() for reason in rule.reasons}
    kinds = [rule.kind for rule in use_rules()]
    assert set(get_args(Reason)) - claimed == set(), "no rule has these among its `reasons`"
    assert set(get_args(Misuse)) - set(kinds) == set(), "no rule has one of these as its `kind`"
    assert len(set(kinds)) == len(kinds), "two rules have the same `kind`"


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_every_rule_has_programs_and_a_page(name: str) -> None:
    folder = FIXTURES / "rules" / name
    page = PACKAGE / "rules" / "pages" / f"{name}.md"
    assert list(folder.glob("bad*")), "a program that shows the fault"
    assert list(folder.glob("good*")), "a program that looks like it and works"
    assert page.is_file(), "a page that explains it"
    code = next(rule.code for rule in RULES if rule.name == name)
    assert page.read_text("utf-8").startswith(f"# {code} {name}\n")
    assert (folder / "README.md").read_text("utf-8") in (page.read_text("utf-8"), f"../../../{shown(page)}")


def test_the_screen_in_the_readme_is_real(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    program = text.partition("```python\n")[2].partition("```\n")[0]
    screen = text.partition("```text\n")[2].partition("```\n")[0]
    (tmp_path / "run.py").write_text(program, "utf-8")
    command = [sys.executable, "-m", "picklecheck", "--isolated", "--target-version", ">=3.11", "run.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (screen, "")


def test_no_folder_of_fixtures_is_without_a_rule() -> None:
    folders = {path.name for path in (FIXTURES / "rules").iterdir() if path.is_dir()}
    assert folders <= {rule.name for rule in RULES}


# --- findings ------------------------------------------------------------------------------------


SOME = [str(folder) for folder in sorted(FIXTURES.glob("*/*"))[:: 1 if os.environ.get("PICKLECHECK_FULL") else 3]]


@cache
def findings() -> tuple[Finding, ...]:
    """What is found in a third of the fixtures (with PICKLECHECK_FULL: all of them), for every Python version."""
    settings = load(Options(isolated=True, target_version=(">=2.7",)), str(FIXTURES))
    outcome = inspect(list(discover(SOME).files), settings, jobs=2)
    assert outcome.problems == []
    assert len(outcome.findings) > 100
    return tuple(outcome.findings)


@pytest.mark.slow
def test_findings_are_plain_data() -> None:
    assert pickle.loads(pickle.dumps(findings())) == findings()


@pytest.mark.slow
def test_the_sieve_drops_no_file_with_findings() -> None:
    found = [finding for finding in findings() if finding.code != UNREADABLE]
    files = dict.fromkeys(discover(SOME).files, False)
    kept = sift(files, jobs=1)
    assert len(kept) < len(files)
    looked_at = {*kept, *importers(files, kept)}
    assert not [one for one in found if looked_at.isdisjoint(one.seen_from or (one.place.path,))]


@pytest.mark.slow
def test_what_is_said_has_the_style_of_the_house() -> None:
    for finding in findings():
        spoken = {"message": finding.message, "advice": finding.help, "why there is no fix": finding.no_fix}
        spoken |= {f"step {step.place.line}": step.text for step in finding.holding_path}
        for what, text in spoken.items():
            assert_style(text, f"{what} of {finding.code} in {finding.place.path}:{finding.place.line}")
        assert finding.message, finding
        for fix in finding.fixes:
            assert fix.title, finding
            assert_style(fix.title, f"title of a fix of {finding.code}")


def assert_style(text: str, what: str) -> None:
    """Lower-case start, no full stop, one line, and code in backticks."""
    if not text:
        return
    said = f"{what}: {text}"
    prose = re.sub(r"`+[^`]*`+", "", text)
    assert re.match(r"[a-z`]|Python ", text), said
    assert not text.endswith((".", "!")), said
    assert text.count("`") % 2 == 0, said
    assert "\n" not in text, said
    assert not re.search(r"\w\(\)|\b\w+_\w+\b|\b__", prose), said
    assert not re.search(r"(?i)\bplease\b|\bsimply\b|\bshould have\b", prose), said


# --- costs ---------------------------------------------------------------------------------------

EXPENSIVE = ("libcst", "typer", "rich", "packaging", "pathspec", "multiprocessing", "concurrent.futures")


def loaded_by(*words: str, cwd: Path) -> tuple[int, set[str]]:
    """The exit code of a command line, and the modules that it loaded."""
    program = (
        "import sys\n"
        "from picklecheck.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "print((code, sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], cwd=cwd, capture_output=True, text=True, check=True)
    code, modules = ast.literal_eval(done.stdout.splitlines()[-1])
    return code, set(modules)


def test_nothing_dear_is_loaded_where_no_file_needs_a_look(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print(1)\n", "utf-8")
    code, modules = loaded_by(".", cwd=tmp_path)
    assert code == 0
    assert modules.isdisjoint((*EXPENSIVE, "ast", "dataclasses", "json", "picklecheck.analysis"))


def test_nothing_dear_is_loaded_where_nothing_is_found(tmp_path: Path) -> None:
    good = FIXTURES / "rules" / "lambda-crosses" / "good.py"
    (tmp_path / "good.py").write_text(good.read_text("utf-8"), "utf-8")
    code, modules = loaded_by("good.py", cwd=tmp_path)
    assert code == 0
    assert "picklecheck.analysis" in modules
    assert modules.isdisjoint(EXPENSIVE)
    assert modules.isdisjoint(f"picklecheck.rules.{rule.name.replace('-', '_')}" for rule in RULES)


def test_what_is_checked_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "side.py").write_text("open('ran', 'w').close()\n", "utf-8")
    main = "import side\nfrom multiprocessing import Pool\nopen('ran', 'w').close()\nPool().map(lambda x: x, [1])\n"
    (tmp_path / "main.py").write_text(main, "utf-8")
    code, modules = loaded_by("main.py", cwd=tmp_path)
    assert code == 1
    assert not (tmp_path / "ran").exists()
    assert "side" not in modules


# --- the repository ------------------------------------------------------------------------------

# Each is written so that this file does not hold what it looks for.
FORBIDDEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.])/(?:work|root|home)/\w",
        r"/opt/\w+/",
        r"py[e]nv",
        r"\.\./sh[a]red",
        r"(?i)\bpypi\.o[r]g|pythonh[o]sted|\bnpmj[s]\b|crates\.i[o]",
        r"(?i)\bissue\s+#?\d",
        r"(?i)\bgithub\.com/[\w-]+/[\w-]+/(?:issues|pull)/\d",
    )
)
SUFFIXES = {".cfg", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml", ""}


def texts() -> list[Path]:
    """The text files of the repository, as far as they are ours."""
    skipped = {"__pycache__", "build", "dist", ".git"}
    top = [path for path in ROOT.iterdir() if path.is_file() or path.name in (".ci", ".github")]
    folders = [ROOT / name for name in ("picklecheck", "tests", "fixtures", "benchmarks", "scripts", "docs")]
    found = [path for one in (*top, *folders) for path in (one.rglob("*") if one.is_dir() else (one,))]
    return sorted(
        path for path in found if path.is_file() and path.suffix in SUFFIXES and not skipped & set(path.parts)
    )


def test_nothing_in_the_repository_depends_on_the_machine_it_was_written_on() -> None:
    assert len(texts()) > 200
    wrong = []
    for path in texts():
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            wrong += [f"{shown(path)}:{number}: {line.strip()}" for pattern in FORBIDDEN if pattern.search(line)]
    assert not wrong


def test_nothing_that_was_begun_is_left_unfinished() -> None:
    """What `picklecheck.dev` writes for a start is filled in; its own templates are not."""
    mark = re.compile("TO" + "DO")
    ours = [path for path in texts() if PACKAGE / "dev" not in path.parents and path.name != "CONTRIBUTING.md"]
    assert [shown(path) for path in ours if mark.search(path.read_text("utf-8", errors="replace"))] == []


def test_architecture_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Dependencies")[2].partition("\n## ")[0]
    named = {re.split(r"[<>=!~\[ ]", one)[0] for one in asked}
    given = set(re.findall(r"^\| `([\w-]+)`", text, re.MULTILINE))
    assert given == named


def test_architecture_names_every_bound_of_a_run() -> None:
    folders = (PACKAGE / "semantics", PACKAGE / "crossings")
    files = [
        *PACKAGE.glob("*.py"),
        PACKAGE / "source/tokens.py",
        PACKAGE / "fixes/bulk.py",
        *(path for folder in folders for path in python_files(folder)),
    ]
    bound = re.compile(r"^((?:MOST|DEEPEST)[A-Z_]*)\b.* = \d", re.MULTILINE)
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Bounds")[2].partition("\n## ")[0]
    told = re.findall(r"`((?:MOST|DEEPEST)[A-Z_]*)`", re.sub(r"^[^|].*", "", text, flags=re.MULTILINE))
    assert set(told) == {name for path in files for name in bound.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_files_named_in_the_documents_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    paths = re.findall(r"`((?:picklecheck|tests|fixtures|benchmarks|\.ci)/[\w./-]*)`", text)
    missing = [path for path in (*links, *paths) if not re.search(r"NAME|depot", path) and not (ROOT / path).exists()]
    assert not missing
