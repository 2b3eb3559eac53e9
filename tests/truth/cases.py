"""Programs for `--fix`: those of the measured corpus that fail, and those of the grammar, with how they are run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from truth.grammar import cells, python

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPORA = tuple(path for path in (SHARED / "corpus", SHARED / "corpus-2") if path.is_dir())

Condition = tuple[str, str]  # a Python version and a start method, which is `-` where no process is started


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A program and the modules beside it, what it prints when it works, and under what it is known to fail."""

    name: str
    files: Mapping[str, str]
    main: str
    target: str
    prints: str
    conditions: tuple[Condition, ...]
    failing: frozenset[Condition] | None = None


def of_corpora(versions: Sequence[str], corpora: Iterable[Path] = CORPORA) -> Iterator[Case]:
    """The programs that fail under one of the versions; runs that went differently from time to time do not count."""
    for corpus in corpora:
        yield from _of_corpus(corpus, versions)


def _of_corpus(corpus: Path, versions: Sequence[str]) -> Iterator[Case]:
    measured = json.loads((corpus / "truth.json").read_text("utf-8"))["cases"]
    for name, about in sorted(measured.items()):
        outcomes = {
            (version, method): about["runs"][version][method]["outcome"]
            for version in versions
            for method in about["runs"].get(version, ())
            if f"{version} {method}" not in about.get("flaky", ())
        }
        failing = frozenset(condition for condition, outcome in outcomes.items() if outcome != "ok")
        if not failing:
            continue
        path = corpus / about["path"]
        files = {str(one.relative_to(path.parent)): one.read_text("utf-8") for one in _with_modules(path)}
        target = "2.7" if about["family"] == "py2" else ">=3.8"
        yield Case(name, files, path.name, target, _prints(files[path.name]), tuple(outcomes), failing)


def _with_modules(path: Path) -> list[Path]:
    """A program, and the modules beside it that it names, or that these name: those of other programs are not its."""
    beside = [one for one in path.parent.rglob("*.py") if one != path and not _is_program(one)]
    found = [path]
    for one in found:
        words = set(re.findall(r"\w+", one.read_text("utf-8")))
        found += [other for other in beside if other not in found and words & {other.stem, other.parent.name}]
    return found


def _is_program(path: Path) -> bool:
    return path.read_text("utf-8").startswith("# case:")


def _prints(text: str) -> str:
    return next((line.removeprefix("# prints: ") for line in text.splitlines() if line.startswith("# prints: ")), "")


def of_grammar(seed: int, count: int) -> Iterator[Case]:
    """Programs of the grammar, each under the running Python and the start method that it was made for."""
    for number, cell in enumerate(islice(cells(seed), count)):
        main = f"cell{number}.py"
        yield Case(cell.id, {main: cell.text}, main, f"=={python()}", "done", ((python(), cell.method),))
