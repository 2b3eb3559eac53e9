"""Settings: defaults, configuration files and options, and what is refused with which words."""

import os
import sys
from pathlib import Path

import pytest

from picklecheck.configuration.files import Files
from picklecheck.knowledge.versions import KNOWN
from picklecheck.options import Misuse, Options
from picklecheck.projects import Projects
from picklecheck.report.settings import describe
from picklecheck.rules.selectors import CODES, codes, running
from picklecheck.settings import Settings, load

NEWER = tuple(version for version in KNOWN if version >= sys.version_info[:2])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(text: str = "", **options: object) -> Settings:
    Path("picklecheck.toml").write_text(text)
    return load(Options(**options), ".")


def test_defaults() -> None:
    found = load(Options(), ".")
    assert found.rules == CODES
    assert found.level == "note"
    assert found.start_methods == ("fork", "spawn", "forkserver")
    assert found.targets == NEWER


@pytest.mark.parametrize(
    ("asked", "targets"),
    [
        (["3.9"], ((3, 9),)),
        (["2.7"], ((2, 7),)),
        (["3.14", "3.9"], ((3, 9), (3, 14))),
        ([">=3.14"], ((3, 14), (3, 15))),
        (["2.7", ">=3.14"], ((2, 7), (3, 14), (3, 15))),
        ([">=3.8,<3.10"], ((3, 8), (3, 9))),
        (["~=3.14"], ((3, 14), (3, 15))),
        (["==3.9.*"], ((3, 9),)),
        ([">=3.13.2,!=3.14.*"], ((3, 13), (3, 15))),
        (["==3.9.7"], ((3, 9),)),
        (["py39"], ((3, 9),)),
        (["py310", "py27"], ((2, 7), (3, 10))),
    ],
)
def test_target_versions_are_single_ones_or_ranges(asked: list[str], targets: tuple[tuple[int, int], ...]) -> None:
    assert load(Options(target_version=asked), ".").targets == targets


@pytest.mark.parametrize("asked", ["3.99", "3", "three", "", ">=4", "py399"])
def test_what_is_no_known_version_is_refused(asked: str) -> None:
    with pytest.raises(Misuse, match=r"unknown Python version"):
        load(Options(target_version=(asked,)), ".")


def test_targets_come_from_the_nearest_project(folder: Path) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = ">=3.13.1"\n')
    Path("sub/deep").mkdir(parents=True)
    Path("sub/pyproject.toml").write_text("[tool.other]\nx = 1  # requires-python is not here\n")
    assert load(Options(), "sub/deep").targets == ((3, 13), (3, 14), (3, 15))
    assert load(Options(isolated=True), "sub/deep").targets == NEWER
    assert load(Options(target_version=["3.9"]), "sub").targets == ((3, 9),)


def test_python_2_alone_knows_fork_alone() -> None:
    assert load(Options(target_version=["2.7"]), ".").start_methods == ("fork",)
    assert load(Options(start_method=["spawn", "fork"]), ".").start_methods == ("fork", "spawn")


def test_the_nearest_configuration_wins_alone(folder: Path) -> None:
    Path("sub").mkdir()
    Path("pyproject.toml").write_text('[tool.picklecheck]\nlevel = "error"\nignore = ["PKL101"]\n')
    Path("sub/pyproject.toml").write_text('[project]\nname = "picklecheck-user"\n')
    assert load(Options(), "sub").level == "error"
    assert load(Options(), "sub").file == str(folder / "pyproject.toml")
    Path("sub/picklecheck.toml").write_text('level = "warning"\n')
    assert load(Options(), "sub").level == "warning"
    assert "PKL101" in load(Options(), "sub").rules
    assert load(Options(isolated=True), "sub").level == "note"
    assert load(Options(config="pyproject.toml"), "sub").level == "error"


def test_all_keys_are_read_and_options_come_before_them() -> None:
    text = """
        target-version = ">=3.14"
        start-method = ["spawn"]
        select = ["PKL1", "dropped-result"]
        extend-select = ["PKL2"]
        ignore = ["PKL101"]
        level = "warning"
        exclude = ["gen/"]
        force-exclude = true
        unsafe-fixes = true
        output-format = "concise"
        [knowledge.type."lib.Handle"]
        why = "holds a handle"
    """
    found = settings(text)
    assert found.targets == ((3, 14), (3, 15))
    assert found.start_methods == ("spawn",)
    assert {"PKL102", "PKL201", "PKL403", "PKL901"} < found.rules
    assert found.rules.isdisjoint({"PKL101", "PKL301", "PKL401"})
    assert (found.level, found.force_exclude, found.unsafe_fixes) == ("warning", True, True)
    assert found.output_format == "concise"
    assert (os.getcwd(), ("gen/",)) in found.exclude
    assert found.knowledge == {"type": {"lib.Handle": {"why": "holds a handle"}}}
    over = settings(text, level="note", start_method=["fork"], output_format="json", select=["PKL101"])
    assert (over.level, over.start_methods, over.output_format) == ("note", ("fork",), "json")
    assert over.rules == {"PKL101", "PKL901"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('levle = "note"', "picklecheck.toml:1: `levle`: unknown key `levle`, did you mean `level`?"),
        ("# a word\n\nbaseline-level = 1", "picklecheck.toml:3: `baseline-level`: unknown key `baseline-level`"),
        ('level = "warn"', "`level`: unknown value `warn`, did you mean `warning`?"),
        ('level = "loud"', "`level`: unknown value `loud`; known are error, warning, note"),
        ('start-method = ["span"]', "`start-method`: unknown value `span`, did you mean `spawn`?"),
        ('select = [\n  "PKL1",\n  "PKL10l",\n]', "picklecheck.toml:3: `select`: unknown rule `PKL10l`, did you mean"),
        ('target-version = "3.99"', "`target-version`: unknown Python version `3.99`"),
        ('levels = { PKL101 = "loud" }', "`levels`: unknown value `loud`; known are error, warning, note, off"),
        ("levels = { PKL101 = 1 }", "`levels`: must be a table of rules with their levels"),
        ('per-file-ignores = ["a"]', "`per-file-ignores`: must be a table of patterns with lists of rules"),
        ("overrides = 1", "`overrides`: must be tables, each written as `[[overrides]]`"),
        ('[[overrides]]\nlevel = "note"', "picklecheck.toml:1: `overrides[0]`: an override needs `paths`"),
        (
            'level = "note"\n[[overrides]]\npaths = "a"\n[[overrides]]\npaths = "b"\nlevle = 1',
            "picklecheck.toml:6: `overrides[1].levle`: unknown key `levle`, did you mean `level`?",
        ),
        (
            '[[overrides]]\npaths = "a"\nexclude = "b"',
            "picklecheck.toml:3: `overrides[0].exclude`: holds for a whole project and cannot be set in an override",
        ),
        ('extend = "gone.toml"', "picklecheck.toml:1: `extend`: cannot read "),
        ('extend = "picklecheck.toml"', "`extend`: picklecheck.toml extends this file"),
        ('ignore = ["PKL10l"]', "unknown rule `PKL10l`, did you mean `PKL10"),
        ('select = ["lambda-cross"]', "unknown rule `lambda-cross`, did you mean `lambda-crosses`?"),
        ('ignore = [""]', "unknown rule ``"),
        ("ignore = [1]", "`ignore`: must be a string or a list of strings"),
        ("level = 1", "`level`: must be a string"),
        ('force-exclude = "yes"', "`force-exclude`: must be true or false"),
        ("knowledge = 1", "`knowledge`: must be a table"),
        ("[knowledge.tipe]", "picklecheck.toml: knowledge: unknown section `tipe`, did you mean `type`?"),
        (
            '[knowledge.boundary."a.b"]\ncrosess = ["x"]',
            'boundary."a.b": unknown key `crosess`, did you mean `crosses`?',
        ),
        (
            '[knowledge.boundary."a.b"]\nparameters = ["job"]\ncrosses = ["jobs[*]"]',
            'boundary."a.b".crosses: unknown parameter `jobs`, did you mean `job`?',
        ),
        ('[knowledge.boundary."a.b"]\ncrosses = "x"', 'boundary."a.b".crosses: expected a list of texts'),
        ('[knowledge.boundary."a.b"]\nresult = "yes"', 'boundary."a.b".result: expected true or false'),
        ('[knowledge.boundary."a.b"]\ncarrier = "pikle"', 'boundary."a.b".carrier: unknown carrier `pikle`'),
        ('[knowledge.boundary."a.b"]\nmethods = ["span"]', "unknown start method `span`, did you mean `spawn`?"),
        ("level = ", "picklecheck.toml: Invalid value"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(Misuse) as refused:
        settings(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_configuration_that_is_not_there_is_refused() -> None:
    with pytest.raises(Misuse, match=r"cannot read gone\.toml: No such file"):
        load(Options(config="gone.toml"), ".")


def test_a_table_of_the_wrong_kind_is_refused() -> None:
    Path("pyproject.toml").write_text("[tool]\npicklecheck = 1\n")
    with pytest.raises(Misuse, match=r"pyproject\.toml:2: `tool\.picklecheck`: must be a table"):
        load(Options(), ".")


@pytest.mark.parametrize(
    ("selector", "named"),
    [
        ("PKL101", {"PKL101"}),
        ("pkl101", {"PKL101"}),
        ("lambda-crosses", {"PKL101"}),
        ("PKL9", {"PKL901", "PKL902"}),
        ("all", CODES),
        ("PKL", CODES),
    ],
)
def test_rules_are_named_by_code_name_and_prefix(selector: str, named: set[str]) -> None:
    assert codes(selector) == named


@pytest.mark.parametrize(
    ("select", "extend", "ignore", "on", "off"),
    [
        (None, [], ["PKL1"], "PKL201", "PKL101"),
        (["PKL1"], [], ["PKL101"], "PKL102", "PKL101"),
        (["PKL101"], [], ["PKL1"], "PKL101", "PKL102"),
        (["ALL"], [], ["PKL10"], "PKL201", "PKL109"),
        (["PKL101"], [], ["PKL101"], "PKL901", "PKL101"),
        (["PKL2"], ["PKL101"], [], "PKL101", "PKL102"),
        (["PKL2"], [], ["PKL901"], "PKL201", "PKL901"),
        (["PKL2"], [], [], "PKL901", "PKL902"),
    ],
)
def test_the_narrowest_selector_decides(
    select: list[str] | None, extend: list[str], ignore: list[str], on: str, off: str
) -> None:
    chosen = running(CODES, select, extend, ignore)
    assert on in chosen
    assert off not in chosen


def test_an_option_brings_back_what_the_file_ignores() -> None:
    assert "PKL101" not in settings('ignore = ["PKL1"]').rules
    assert "PKL101" in settings('ignore = ["PKL1"]', extend_select=["PKL101"]).rules
    assert "PKL102" not in settings("", ignore=["PKL101,PKL102"]).rules


def shown(path: str = ".", **options: object) -> str:
    return describe(Projects(Options(**options), Files(), ".", print), path, folder=os.path.isdir(path))


def test_the_description_is_a_configuration_that_means_the_same() -> None:
    text = 'level = "warning"\nignore = ["PKL4", "PKL901"]\nexclude = ["a\\\\b", "\\"c"]\n'
    first = settings(text + 'levels = { PKL103 = "error", PKL1 = "note" }\nplatform = "linux"\n')
    second = settings(shown())
    assert (second.rules, second.targets, second.level) == (first.rules, first.targets, first.level)
    assert (second.levels, second.platforms) == (first.levels, first.platforms)
    assert second.exclude[0][1] == ("a\\b", '"c')


def test_the_description_says_where_each_value_comes_from() -> None:
    Path("base.toml").write_text('level = "warning"\nignore = ["PKL4"]\n')
    Path("pyproject.toml").write_text(
        '[project]\nname = "x"\nrequires-python = ">=3.14"\n[tool.picklecheck]\nextend = "base.toml"\n'
        'extend-select = ["PKL403"]\n[[tool.picklecheck.overrides]]\npaths = ["tests/"]\nlevel = "error"\n'
    )
    Path("tests").mkdir()
    Path("tests/a.py").touch()
    lines = shown("tests/a.py").splitlines()
    assert lines[0] == "# pyproject.toml"
    assert 'target-version = ["3.14", "3.15"]  # requires-python of pyproject.toml' in lines
    assert 'level = "error"  # pyproject.toml:9' in lines
    assert "exclude = []  # default" in lines
    (select,) = (line for line in lines if line.startswith("select"))
    assert select.endswith("# base.toml:2, pyproject.toml:6")
    assert 'level = "warning"  # base.toml:1' in shown().splitlines()
    assert shown(isolated=True).startswith("# no configuration file\n")


# --- layers ---------------------------------------------------------------------------------------


def test_a_file_extends_another_key_by_key() -> None:
    Path("shared").mkdir()
    Path("shared/base.toml").write_text(
        'extend = "root.toml"\nlevel = "error"\nselect = ["PKL1"]\nexclude = ["gen/"]\n'
    )
    Path("shared/root.toml").write_text('min-certainty = "certain"\nlevel = "note"\n')
    found = settings('extend = "shared/base.toml"\nlevel = "warning"\nextend-select = ["PKL2"]\nexclude = ["out/"]\n')
    assert (found.level, found.min_certainty) == ("warning", "certain")
    assert {"PKL101", "PKL201"} < found.rules
    assert "PKL301" not in found.rules
    assert (os.getcwd(), ("gen/", "out/")) in found.exclude


def test_a_pyproject_can_be_extended() -> None:
    Path("sub").mkdir()
    Path("pyproject.toml").write_text('[tool.picklecheck]\nlevel = "error"\n')
    Path("sub/picklecheck.toml").write_text('extend = "../pyproject.toml"\nunsafe-fixes = true\n')
    found = load(Options(), "sub")
    assert (found.level, found.unsafe_fixes) == ("error", True)


def test_levels_are_given_by_the_narrowest_selector_and_off_ignores() -> None:
    found = settings('levels = { PKL101 = "error", PKL1 = "note", dropped-result = "off" }\n')
    assert (found.levels["PKL101"], found.levels["PKL102"]) == ("error", "note")
    assert "PKL403" not in found.rules
    assert "PKL403" in settings('levels = { PKL403 = "off" }\n', extend_select=["PKL403"]).rules


def test_a_platform_limits_the_start_methods_that_are_not_named() -> None:
    assert settings('platform = "windows"').start_methods == ("spawn",)
    assert settings('platform = ["linux", "windows"]').start_methods == ("fork", "spawn", "forkserver")
    assert settings('platform = "windows"\nstart-method = "fork"').start_methods == ("fork",)
    assert settings("", platform=("windows",)).platforms == ("windows",)


def test_start_methods_are_those_that_a_platform_and_version_has_by_default() -> None:
    assert settings("", target_version=(">=3.14",)).start_methods == ("spawn", "forkserver")
    assert settings("", target_version=("3.12",)).start_methods == ("fork", "spawn")
    assert settings("", target_version=("3.12", "3.14"), platform=("linux",)).start_methods == ("fork", "forkserver")
    assert settings("", target_version=("3.12",), platform=("macos",)).start_methods == ("spawn",)
    assert settings("", target_version=("3.7",), platform=("macos",)).start_methods == ("fork",)
    assert settings("", target_version=(">=3.14",)).methods_to_choose == ("fork", "spawn", "forkserver")
    assert settings("", target_version=(">=3.14",), start_method=("fork",)).methods_to_choose == ("fork",)
