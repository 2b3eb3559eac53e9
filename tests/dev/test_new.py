"""`new-rule` and `new-library` write whole boilerplate into a checkout, and never over what is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with all that the tools look at: the package, the programs, the README, the documentation."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("picklecheck", "fixtures", "docs"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "tests").mkdir()
    return folder


def run(checkout: Path, *words: str, module: str = "picklecheck.dev") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)


def files(checkout: Path) -> dict[str, bytes]:
    paths = (path for path in checkout.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(checkout).as_posix(): path.read_bytes() for path in paths}


def test_a_rule_about_a_misuse_is_in_all_its_places(checkout: Path) -> None:
    before = files(checkout)
    done = run(checkout, "new-rule", "pool-without-workers")
    assert (done.returncode, done.stderr) == (0, "")
    after = files(checkout)
    assert sorted(name for name in after if after[name] != before.get(name)) == [
        "README.md",
        "fixtures/rules/pool-without-workers/README.md",
        "fixtures/rules/pool-without-workers/bad.py",
        "fixtures/rules/pool-without-workers/good.py",
        "picklecheck/crossings/crossing.py",
        "picklecheck/rules/catalogue.py",
        "picklecheck/rules/pages/pool-without-workers.md",
        "picklecheck/rules/pool_without_workers.py",
    ]
    assert b'    "pool without workers",\n]' in after["picklecheck/crossings/crossing.py"]
    assert 'nothing tells of "pool without workers" yet' in done.stdout
    assert run(checkout, "generate", "--check").returncode == 0
    page = run(checkout, "rule", "pool-without-workers", module="picklecheck").stdout
    assert page.startswith("# PKL4") and "pool-without-workers\n\n| Level |" in page


def test_a_rule_about_a_reason_has_a_code_of_its_group(checkout: Path) -> None:
    done = run(checkout, "new-rule", "open-socket-crosses", "--reason", "resource", "--group", "1")
    assert (done.returncode, done.stderr) == (0, "")
    rule = (checkout / "picklecheck" / "rules" / "open_socket_crosses.py").read_text("utf-8")
    assert 'reasons = frozenset({"resource"})' in rule
    assert '    code = "PKL1' in rule
    assert '"resource" is told in picklecheck/crossings/' in done.stdout


def test_a_library_has_a_table_and_programs_and_then_its_words(checkout: Path) -> None:
    done = run(checkout, "new-library", "depot")
    assert (done.returncode, done.stderr) == (0, "")
    for path in ("picklecheck/knowledge/libraries/depot.toml", "fixtures/libraries/depot/bad.py"):
        assert f"wrote {path}\n" in done.stdout
    stale = run(checkout, "generate", "--check")
    assert stale.returncode == 2
    assert stale.stderr.endswith("picklecheck/source/sieve.py: not current; run `python -m picklecheck.dev generate`\n")
    assert run(checkout, "generate").stdout == "wrote the libraries of picklecheck/source/sieve.py\n"
    assert 'b"depot"' in (checkout / "picklecheck" / "source" / "sieve.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["new-rule", "lambda-crosses"], "picklecheck/rules/lambda_crosses.py is there already; nothing was written"),
        (["new-rule", "Lambda"], "`Lambda` is not two or more words in small letters with hyphens"),
        (["new-rule", "use-close"], "`use-close` tells the cure; a rule is named after the fault"),
        (["new-rule", "a-b", "--misuse", "c", "--reason", "d"], "about a misuse or about a reason, not about both"),
        (
            ["new-library", "joblib"],
            "libraries/joblib.toml is there already; nothing was written",
        ),
        (["new-library", "json"], "`json` is in the standard library"),
        (["new-library", "scikit-learn"], "`scikit-learn` is not the name of a package as programs import it"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(checkout: Path, words: list[str], message: str) -> None:
    before = files(checkout)
    done = run(checkout, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("picklecheck.dev: ") and done.stderr.count("\n") == 1
    assert files(checkout) == before


def test_outside_a_checkout_nothing_works(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "picklecheck", tmp_path / "picklecheck", ignore=shutil.ignore_patterns("__pycache__"))
    done = run(tmp_path, "new-library", "depot")
    assert done.returncode == 2
    assert f"works only in a checkout of picklecheck, and {tmp_path} has no pyproject.toml" in done.stderr
