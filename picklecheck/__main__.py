"""The way in: plain command lines go to `check`, all others to typer; no error leaves as a traceback."""

from __future__ import annotations

import gc
import os
import sys

from picklecheck.options import Misuse, plain


def main(argv: list[str] | None = None) -> int:
    """Run one command line (default: that of this process) and return its exit code."""
    gc.disable()  # a run is short and makes few cycles; collecting costs up to a third of parsing
    words = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except Misuse as misuse:
        print(f"picklecheck: {misuse}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("picklecheck: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads on: keep the flush at exit quiet
        return 1
    except Exception as error:
        if "--verbose" in words or "-v" in words:
            import traceback

            traceback.print_exc()
        print(f"picklecheck: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _dispatch(words: list[str]) -> int:
    options = plain(words)
    if options is None:
        from picklecheck.cli import run

        return run(words)
    from picklecheck.check import check

    return check(options)


if __name__ == "__main__":
    sys.exit(main())
