"""The picture of a terminal in the README: a real run on the program there, its colours drawn as SVG."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from picklecheck.dev.checkout import ROOT, Refused

COLUMNS = 100
COMMAND = "picklecheck --select PKL104 run.py"
# What the codes of `report/paint.py` are in a terminal with a dark ground, which can be read on pages of any colour.
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "36": "#76e3ea"}
_TEXT, _GROUND, _FRAME = "#e6edf3", "#161b22", "#57606a"
_STEP, _LINE, _MARGIN = 8.4, 19, 16
_PAINTED = re.compile(r"\033\[([\d;]*)m([^\033]*)\033\[0m")


def lines() -> Iterator[str]:
    """The picture as SVG, with a line for each line of the terminal."""
    shown = [f"$ {COMMAND}", *screen().rstrip("\n").split("\n")]
    width, height = round(COLUMNS * _STEP + 2 * _MARGIN), _LINE * len(shown) + 2 * _MARGIN
    font = 'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {font}>'
    yield "<title>What picklecheck prints: the object that is sent, its lock, and the code that it would add</title>"
    yield f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{_GROUND}" stroke="{_FRAME}"/>'
    yield f'<g fill="{_TEXT}">'
    for number, line in enumerate(shown):
        baseline = _MARGIN + _LINE * number + 14
        yield f'<text x="{_MARGIN}" y="{baseline}">{"".join(_spans(line))}</text>'
    yield "</g>"
    yield "</svg>"


def screen() -> str:
    """What a terminal shows of the run, with the codes of its colours."""
    import fcntl
    import pty
    import struct
    import termios

    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm", "FORCE_HYPERLINK": "0"}
    options = ("--isolated", "--no-cache", "--target-version", ">=3.11")
    words = (sys.executable, "-P", "-m", "picklecheck", *options, *COMMAND.split()[1:])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "run.py").write_text(program(), "utf-8")
        ran = subprocess.Popen(words, cwd=folder, env=environment, stdout=inner, stderr=subprocess.DEVNULL)
        os.close(inner)
        shown = b"".join(iter(lambda: _read(outer), b""))
        code = ran.wait()
    os.close(outer)
    if code != 1:
        raise Refused(f"the picture of a terminal cannot be drawn: picklecheck ended with exit code {code}")
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    """What comes next; nothing at the end, which some systems tell by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def program() -> str:
    """The program that the README checks."""
    found = re.search(r"```python\n(# run\.py\n.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    if found is None:
        raise Refused("README.md has no program `run.py`")
    return found[1]


def _spans(line: str) -> Iterator[str]:
    """The parts of a line, each in its colour; every one starts at its own column, whatever the font."""
    at = column = 0
    for match in _PAINTED.finditer(line):
        yield from _span(line[at : match.start()], column, "")
        column += match.start() - at
        yield from _span(match[2], column, match[1])
        column += len(match[2])
        at = match.end()
    yield from _span(line[at:], column, "")


def _span(text: str, column: int, codes: str) -> Iterator[str]:
    if not text.strip():
        return
    column += len(text) - len(text.lstrip())
    text = text.strip()
    colour = next((f' fill="{COLOURS[code]}"' for code in codes.split(";") if code in COLOURS), "")
    weight = ' font-weight="bold"' if "1" in codes.split(";") else ""
    place = f'x="{_MARGIN + column * _STEP:g}" textLength="{len(text) * _STEP:g}"'
    kept = escape(text, quote=False).replace(" ", "\N{NO-BREAK SPACE}")  # SVG shows several blanks as one
    yield f"<tspan {place}{colour}{weight}>{kept}</tspan>"
