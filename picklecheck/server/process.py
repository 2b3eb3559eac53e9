"""The process that checks, as the server sees it: it can be asked one thing at a time, and that can be dropped."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

_LONGEST_LINE = 1 << 30


class Checker:
    """A process that is started when it is first asked, and again when it has died or was dropped."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Who no longer waits for it, being cancelled, ends the work on it at once."""
        async with self._one_at_a_time:
            process = self._process = self._process or await _started()
            assert process.stdin and process.stdout
            answer = b""
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                answer = await process.stdout.readline()
            except ConnectionError:
                pass
            finally:
                if not answer:
                    self.end()
            return json.loads(answer) if answer else {"said": [f"the check of {request['path']} died"]}

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        self._process = None


async def _started() -> Process:
    command = (sys.executable, "-P", "-m", "picklecheck.server.checking")
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE)
