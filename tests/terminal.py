"""What picklecheck prints to a real terminal."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck import addresses

ESCAPE = re.compile(r"\033\[[0-9;]*m|\033\]8;;[^\033]*\033\\")


def page_of(rule: str) -> str:
    """How the address of the page of a rule ends, wherever picklecheck is installed."""
    return addresses.public(rule) or f"/picklecheck/rules/pages/{rule}.md"


def on_terminal(folder: Path, *words: str, columns: int = 80, **environment: str) -> str:
    """What picklecheck prints to a terminal of that width."""
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    terminal, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    hidden = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM_PROGRAM", "VTE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    own = () if words[0] == "rule" else ("--isolated",)
    command = [sys.executable, "-m", "picklecheck", *own, *words]
    run = subprocess.Popen(
        command, cwd=folder, stdout=other, stderr=other, env=kept | {"TERM": "xterm-256color", **environment}
    )
    os.close(other)
    said = b""
    try:
        while part := os.read(terminal, 1 << 16):
            said += part
    except OSError:  # Linux ends the reading of a terminal so
        pass
    os.close(terminal)
    run.wait()
    return said.decode().replace("\r\n", "\n")
