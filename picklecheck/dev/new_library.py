"""Writes what is known of a new library: its table of knowledge and its programs, ready to be filled in."""

from __future__ import annotations

import argparse
import sys

from picklecheck.dev import generate
from picklecheck.dev.checkout import FIXTURES, PACKAGE, Refused, create, from_template


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the package as programs import it: `cv2`, not `opencv-python`")


def run(arguments: argparse.Namespace) -> int:
    name = arguments.name
    if not name.isidentifier():
        raise Refused(f"`{name}` is not the name of a package as programs import it")
    if name in sys.stdlib_module_names:
        raise Refused(f"`{name}` is in the standard library; its rows stand in picklecheck/knowledge/stdlib")
    folder = FIXTURES / "libraries" / name
    facts = {"name": name}
    texts = {
        PACKAGE / "knowledge" / "libraries" / f"{name}.toml": from_template("library", facts),
        folder / "bad.py": from_template("bad_library", facts),
        folder / "good.py": from_template("good_library", facts),
    }
    create(texts)
    print(f"""\
now:
  - fill in what is marked TODO; docs/knowledge.md explains every key
  - where {name} is installed, measure: `python scripts/measure.py --library {name} write`
  - write the words of the sieve: `{generate.COMMAND}`
  - see `Adding a library` in CONTRIBUTING.md""")
    return 0
