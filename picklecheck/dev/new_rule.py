"""Writes a new rule: its class, page and programs, and its place in all tables, ready to be filled in."""

from __future__ import annotations

import argparse
import re
from importlib import invalidate_caches
from pathlib import Path
from typing import get_args

from picklecheck.crossings.crossing import Misuse
from picklecheck.crossings.verdict import Reason
from picklecheck.dev import generate
from picklecheck.dev.checkout import FIXTURES, PACKAGE, Refused, create, from_template, shown
from picklecheck.rules.catalogue import RULES

_CROSSINGS = PACKAGE / "crossings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="what is wrong, such as `pool-without-workers`: a fault and not its cure")
    parser.add_argument("--misuse", metavar="KIND", help="what the engine calls it (default: the words of the name)")
    parser.add_argument("--reason", help="a rule about values that are refused for this reason, not about a misuse")
    parser.add_argument("--group", choices="1234", help="the first digit of its code (default: 4, with --reason 2)")


def run(arguments: argparse.Namespace) -> int:
    name = _checked(arguments.name)
    if arguments.misuse and arguments.reason:
        raise Refused("a rule is about a misuse or about a reason, not about both")
    kind, known = ("Reason", get_args(Reason)) if arguments.reason else ("Misuse", get_args(Misuse))
    found_by = arguments.reason or arguments.misuse or name.replace("-", " ")
    stem = name.replace("-", "_")
    facts = {
        "name": name,
        "code": free_code(arguments.group or ("2" if arguments.reason else "4")),
        "class_name": "".join(word.capitalize() for word in name.split("-")),
        "found_by": found_by,
    }
    folder, page = FIXTURES / "rules" / name, PACKAGE / "rules" / "pages" / f"{name}.md"
    texts = {
        PACKAGE / "rules" / f"{stem}.py": from_template(f"{'crossing' if arguments.reason else 'use'}_rule", facts),
        page: from_template("page", facts),
        folder / "bad.py": from_template("bad_rule", facts),
        folder / "good.py": from_template("good_rule", facts),
    }
    create(texts, links={folder / "README.md": page})
    if found_by not in known:
        _add_value(kind, found_by)
    invalidate_caches()
    generate.write()
    print(f"""\
now:
  - fill in what is marked TODO, and run `{generate.COMMAND}` whenever the summary changes
  - let the engine find it: {_where(kind, found_by)}
  - see `Adding a rule` in CONTRIBUTING.md""")
    return 0


def free_code(group: str) -> str:
    """The next code of a group."""
    return f"PKL{max(int(rule.code[3:]) for rule in RULES if rule.code[3] == group) + 1}"


def _checked(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name):
        raise Refused(f"`{name}` is not two or more words in small letters with hyphens, as `join-before-close` is")
    if name.startswith(("no-", "use-", "prefer-")):
        raise Refused(f"`{name}` tells the cure; a rule is named after the fault")
    return name


def _add_value(kind: str, value: str) -> None:
    """Add a value to the literal type of misuses or of reasons."""
    start = f"{kind} = Literal[\n"
    for path in sorted(_CROSSINGS.glob("*.py")):
        before, found, rest = path.read_text("utf-8").partition(start)
        values, closed, behind = rest.partition("\n]")
        if found and closed:
            path.write_text(f'{before}{start}{values}\n    "{value}",\n]{behind}', "utf-8")
            print(f'added "{value}" to `{kind}` in {shown(path)}')
            return
    print(f'`{kind}` was not found in {shown(_CROSSINGS)}: add "{value}" to it')


def _where(kind: str, value: str) -> str:
    """Where the engine tells of a misuse or a reason, now or in future."""
    using = [shown(path) for path in sorted(_CROSSINGS.glob("*.py")) if _tells(path, value)]
    if using:
        return f'"{value}" is told in {", ".join(using)}'
    beside = "Use(" if kind == "Misuse" else "Refusal("
    others = [shown(path) for path in sorted(_CROSSINGS.glob("*.py")) if beside in path.read_text("utf-8")]
    return f'nothing tells of "{value}" yet; others are told in {", ".join(others)}'


def _tells(path: Path, value: str) -> bool:
    """Whether a file names a value elsewhere than in the type that lists all."""
    return any(f'"{value}"' in line and line.strip() != f'"{value}",' for line in path.read_text("utf-8").splitlines())
