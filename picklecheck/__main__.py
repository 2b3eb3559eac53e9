"""The way in: plain command lines go to `check`, all others to typer; no error leaves as a traceback."""

import sys

# `python -m` puts the working directory first, from which everything else would be imported, even `__future__`.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]

import gc
import os

from picklecheck.options import COMPLETING, Misuse, plain
from picklecheck.output import guard, note, report_it
from picklecheck.source.signals import end_at_once


def main(argv: list[str] | None = None) -> int:
    """Run one command line (default: that of this process) and return its exit code."""
    gc.disable()  # a run is short and makes few cycles; collecting costs up to a third of parsing
    words = sys.argv[1:] if argv is None else argv
    if argv is None:
        end_at_once()
        guard()
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except Misuse as misuse:
        note(str(misuse))
        return 2
    except KeyboardInterrupt:
        note("interrupted")
        return 130
    except MemoryError:
        note("there is not enough memory")
        return 2
    except Exception as error:
        if not _has_folder():
            note("the working directory has been removed")
            return 2
        if "--verbose" in words or "-v" in words:
            import traceback

            traceback.print_exc()
        note(f"internal error: {type(error).__name__}: {error}")
        note(report_it("--verbose" in words or "-v" in words))
        return 2


def _dispatch(words: list[str]) -> int:
    options = None if COMPLETING in os.environ else plain(words)
    if options is None:
        from picklecheck.cli import run

        return run(words)
    from picklecheck.check import check

    return check(options)


def _has_folder() -> bool:
    try:
        return bool(os.getcwd())
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
