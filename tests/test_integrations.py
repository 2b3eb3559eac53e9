"""Where others run picklecheck: pre-commit over a real repository, the GitHub Action's own scripts, and flake8."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TASK = """\
from multiprocessing import Pool


def main() -> None:
    with Pool() as pool:
        print(pool.map(lambda row: row, [1]))
"""
BIN = Path(sys.executable).parent


def run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "FORCE_COLOR"))}
    kept |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, env=kept)


# --- pre-commit -----------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A monorepo of three packages, with the hooks as the manifest has them but for the environment they run in."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    for name, settings in {"alpha": "", "beta": 'ignore = ["ALL"]', "gamma": 'level = "error"'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f"[tool.picklecheck]\n{settings}\n")
        (tmp_path / name / "task.py").write_text(TASK)
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    hooks = [{**hook, "language": "system"} for hook in manifest]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    for words in (["init", "-q"], ["add", "."]):
        assert run("git", *words, cwd=tmp_path).returncode == 0
    return tmp_path


def hook(repository: Path, name: str, *words: str) -> tuple[int, str]:
    home = str(repository.parent / "pre-commit-home")
    done = run(sys.executable, "-m", "pre_commit", "run", name, *words, cwd=repository, PRE_COMMIT_HOME=home)
    return done.returncode, done.stdout + done.stderr


def test_pre_commit_accepts_the_manifest() -> None:
    done = run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_pre_commit_shows_of_a_file_does_not_depend_on_what_is_staged(repository: Path) -> None:
    code, everything = hook(repository, "picklecheck", "--all-files")
    assert code == 1
    assert "alpha/task.py:6:24" in everything
    assert "gamma/task.py:6:24" in everything
    assert "beta/task.py" not in everything
    for name, expected in (("alpha", 1), ("beta", 0), ("gamma", 1)):
        code, alone = hook(repository, "picklecheck", "--files", f"{name}/task.py")
        assert code == expected, alone
    assert hook(repository, "picklecheck", "--files", "beta/task.py", "alpha/task.py")[0] == 1


def test_the_hook_of_the_documentation_works_as_it_is_written(repository: Path) -> None:
    page = (ROOT / "docs" / "editors-and-ci.md").read_text("utf-8")
    written = page.partition("```yaml\n")[2].partition("```")[0]
    (repository / ".pre-commit-config.yaml").write_text(written, "utf-8")
    code, said = hook(repository, "picklecheck", "--all-files")
    assert (code, "alpha/task.py:6:24" in said) == (1, True), said


def test_the_fixing_hook_mends_and_fails_once(repository: Path) -> None:
    code, said = hook(repository, "picklecheck-fix", "--all-files")
    assert code == 1, said
    assert "lambda" not in (repository / "alpha" / "task.py").read_text()
    assert (repository / "beta" / "task.py").read_text() == TASK
    assert run("git", "add", ".", cwd=repository).returncode == 0
    assert hook(repository, "picklecheck-fix", "--all-files")[0] == 0


@pytest.mark.slow
def test_pre_commit_installs_it_from_a_repository_at_a_revision(repository: Path, tmp_path: Path) -> None:
    """As the documentation has it: `repo` and `rev`, in an environment that pre-commit builds."""
    source = tmp_path.parent / f"{tmp_path.name}-source"
    shutil.copytree(ROOT / "picklecheck", source / "picklecheck", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, source)
    author = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "Release"]):
        assert run("git", *words, cwd=source).returncode == 0
    revision = run("git", "rev-parse", "HEAD", cwd=source).stdout.strip()
    hooks = [{"id": "picklecheck"}, {"id": "picklecheck-fix"}]
    config = {"repos": [{"repo": source.as_uri(), "rev": revision, "hooks": hooks}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    code, said = hook(repository, "picklecheck", "--all-files")
    if "Failed to establish a new connection" in said or "No matching distribution found" in said:
        pytest.skip("the dependencies cannot be installed here")
    assert (code, "alpha/task.py:6:24" in said, "beta/task.py" in said) == (1, True, False), said
    assert hook(repository, "picklecheck-fix", "--all-files")[0] == 1
    assert "lambda" not in (repository / "alpha" / "task.py").read_text()
    assert run("git", "add", ".", cwd=repository).returncode == 0
    assert hook(repository, "picklecheck", "--all-files")[0] == 0


# --- GitHub Action --------------------------------------------------------------------------------


def test_the_action_is_valid() -> None:
    words = ("--builtin-schema", "vendor.github-actions", "action.yml")
    done = run(sys.executable, "-m", "check_jsonschema", *words, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_the_steps_of_the_action_check_and_write_sarif(tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("needs bash")
    (tmp_path / "task.py").write_text(TASK)
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    _, sarif, check = action["runs"]["steps"]
    given = {name: str(value["default"]) for name, value in action["inputs"].items()} | {"sarif-file": "out.sarif"}

    def step(one: dict[str, object]) -> subprocess.CompletedProcess[str]:
        environment = {
            name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, value in one["env"].items()  # type: ignore[attr-defined]
        }
        return run("bash", "-e", "-o", "pipefail", "-c", str(one["run"]), cwd=tmp_path, **environment)

    assert step(sarif).returncode == 0
    assert len(json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]) == 1
    done = step(check)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("::error title=PKL101 lambda-crosses,file=task.py,line=6,")


# --- flake8 ---------------------------------------------------------------------------------------


def test_flake8_shows_errors_and_warnings_and_obeys_settings_and_comments(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "task.py").write_text(
        TASK + f"\n\n{TASK.replace('main', 'other').replace(', [1]))', ', [1]))  # noqa: PKL101')}"
    )
    (tmp_path / "sub" / "task.py").write_text(TASK)
    (tmp_path / "sub" / "picklecheck.toml").write_text('ignore = ["PKL101"]\n')
    (tmp_path / "quiet.py").write_text("x = 1  # picklecheck: ignore[PKL101]\n")
    done = run(sys.executable, "-m", "flake8", "--select", "PKL", ".", cwd=tmp_path)
    lines = sorted(line.split(" ")[:2] for line in done.stdout.splitlines())
    assert lines == [["./quiet.py:1:8:", "PKL902"], ["./task.py:6:24:", "PKL101"]]
