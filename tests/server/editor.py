"""An editor as the server sees one: it speaks the protocol with a real `picklecheck server`, over pipes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

LONGEST = 60  # seconds to wait for anything


class Connection:
    """One server, and what it sends; it is asked from tests that run one after another."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("editor", "1")
        self.published: list[asyncio.Queue[types.PublishDiagnosticsParams]] = []
        self.messages: list[str] = []

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published[-1].put_nowait(params)

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

    async def begin(self) -> types.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "picklecheck", "server")
        result = await self.client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
        self.client.initialized(types.InitializedParams())
        return result

    async def end(self) -> int | None:
        """Leave as editors do; the exit code of the server."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        server = self.client._server
        assert server is not None
        await asyncio.wait_for(server.wait(), LONGEST)
        await self.client.stop()
        return server.returncode


class Editor:
    """Shows files of a folder, each with a version that counts its changes."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder = folder
        self.client = connection.client
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages = connection.messages
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        text = (self.folder / name).read_text("utf-8") if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, text: str) -> None:
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, name: str) -> None:
        self.versions[name] = 0
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def told(self, name: str) -> Sequence[types.Diagnostic]:
        """What is told next of a file, in the version that is shown; what is told of others is passed over."""
        while True:
            params = await asyncio.wait_for(self.published.get(), LONGEST)
            if params.uri == self.uri(name):
                assert params.version in (None, self.versions[name])
                return params.diagnostics

    async def codes(self, name: str) -> list[object]:
        return [one.code for one in await self.told(name)]

    async def actions(self, name: str, at: types.Range, *only: str) -> list[types.CodeAction]:
        context = types.CodeActionContext([], only=list(only) or None)
        params = types.CodeActionParams(types.TextDocumentIdentifier(self.uri(name)), at, context)
        found = await asyncio.wait_for(self.client.text_document_code_action_async(params), LONGEST)
        return [one for one in found or () if isinstance(one, types.CodeAction)]


def applied(text: str, action: types.CodeAction, uri: str) -> str:
    """A text with the edits of an action, whose columns count the units of UTF-16."""
    assert action.edit and action.edit.changes
    lines = text.splitlines(keepends=True)

    def offset(at: types.Position) -> int:
        line = lines[at.line].encode("utf-16-le") if at.line < len(lines) else b""
        return sum(map(len, lines[: at.line])) + len(line[: 2 * at.character].decode("utf-16-le"))

    edits = [(offset(one.range.start), offset(one.range.end), one.new_text) for one in action.edit.changes[uri]]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
