"""The command line of these tools: each file of the package that has `add_arguments` and `run` is a verb."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules

from picklecheck import dev
from picklecheck.dev import checkout
from picklecheck.knowledge.schema import KnowledgeError


def main(words: list[str] | None = None) -> int:
    """Run one command line (default: that of this process) and return its exit code."""
    try:
        checkout.require()
        arguments = _parser().parse_args(words)
        code: int = arguments.run(arguments)
        return code
    except (checkout.Refused, KnowledgeError) as refused:
        print(f"picklecheck.dev: {refused}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    """A verb is named like its file, with hyphens; the first line of that file is its help."""
    parser = argparse.ArgumentParser(prog="python -m picklecheck.dev", description=dev.__doc__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name in sorted(module.name for module in iter_modules(dev.__path__) if module.name != "__main__"):
        module = import_module(f"{dev.__name__}.{name}")
        if not hasattr(module, "run"):
            continue
        sentence = (module.__doc__ or "").partition("\n")[0]
        verb = verbs.add_parser(name.replace("_", "-"), help=sentence, description=module.__doc__)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
