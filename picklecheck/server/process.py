"""The process that checks, as the server sees it: it can be asked one thing at a time, and that can be dropped."""

from __future__ import annotations

import asyncio
import json
import sys
from subprocess import PIPE, Popen
from typing import Any


class Checker:
    """A process that is started when it is first asked, and again when it has died or was dropped."""

    def __init__(self) -> None:
        self._process: Popen[bytes] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Who no longer waits for it, being cancelled, ends the work on it at once."""
        async with self._one_at_a_time:
            # Not by asyncio: a server whose input ended in a check would not end.
            process = self._process = self._process or _started()
            is_whole = False
            try:
                answer = await asyncio.to_thread(_answer, process, json.dumps(request).encode() + b"\n")
                is_whole = answer.endswith(b"\n")
            finally:
                if not is_whole:
                    self.end()
            return json.loads(answer) if is_whole else {"said": [f"the check of {request['path']} died"]}

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = None


def _started() -> Popen[bytes]:
    return Popen((sys.executable, "-P", "-m", "picklecheck.server.checking"), stdin=PIPE, stdout=PIPE)


def _answer(process: Popen[bytes], request: bytes) -> bytes:
    assert process.stdin and process.stdout
    try:
        process.stdin.write(request)
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:  # it has died
        return b""
