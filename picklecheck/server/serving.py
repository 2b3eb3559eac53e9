"""The server itself: it follows what editors show, checks it aside, and tells what was found."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from picklecheck import __version__
from picklecheck.options import Misuse
from picklecheck.server.process import Checker
from picklecheck.server.translation import FIX_ALL, SOURCE, Translation
from picklecheck.source.disk import read_any
from picklecheck.source.text import Source, decode, split

_PAUSE = 0.3  # seconds without a change after which a text is checked
_WATCHED = ("**/*.py", "**/pyproject.toml", "**/picklecheck.toml")


@dataclass(slots=True)
class Shown:
    """What a check of one document found in each file, and the version of the text that it was found in."""

    version: int | None
    findings: dict[str, list[dict[str, Any]]]
    diagnostics: list[types.Diagnostic] | None = None

    def forget(self, path: str) -> None:
        """Forget what was found in a file that has changed, and the fixes that would change it."""
        self.findings.pop(path, None)
        for one in chain.from_iterable(self.findings.values()):
            one["fixes"] = [fix for fix in one["fixes"] if not _touches(fix, path)]


class Server(LanguageServer):
    """One server for one editor. Documents wait in `waiting`; the one that was changed last comes first."""

    def __init__(self) -> None:
        sync = types.TextDocumentSyncKind.Full
        super().__init__(SOURCE, __version__, text_document_sync_kind=sync)
        self.checker = Checker()
        self.waiting: list[str] = []
        self.checked: asyncio.Task[None] | None = None
        self.shown: dict[str, Shown] = {}
        self.said: set[str] = set()

    # --- checks -----------------------------------------------------------------------------------

    def ask_for(self, uri: str, *, changed: bool) -> None:
        """Have a document checked; where it was changed, also the others, which may import it.

        The check of an older text is dropped.
        """
        others = [one for one in self.workspace.text_documents if one != uri]
        self.waiting = [uri, *(others if changed else (one for one in self.waiting if one != uri))]
        if changed and self.checked:
            self.checked.cancel()
        for shown in self.shown.values() if changed else ():
            shown.forget(to_fs_path(uri) or "")
        if changed or not self.checked or self.checked.done():
            self.checked = asyncio.ensure_future(self._check(_PAUSE if changed else 0))

    async def _check(self, pause: float) -> None:
        await asyncio.sleep(pause)
        while self.waiting:
            await self._check_one(self.waiting[0])

    async def _check_one(self, uri: str) -> None:
        document = self.workspace.text_documents.get(uri)
        path = to_fs_path(uri)
        if document and path:
            version = document.version
            answer = await self.checker.ask({"path": path, "texts": self._texts()})
            self._tell(answer.get("said", ()))
            for text in answer.get("logged", ()):
                self.window_log_message(types.LogMessageParams(types.MessageType.Warning, f"picklecheck: {text}"))
            if uri in self.workspace.text_documents and document.version == version:
                self.shown[uri] = Shown(version, answer.get("findings", {}))
                self._publish()
        if uri in self.waiting:
            self.waiting.remove(uri)

    def _texts(self) -> dict[str, str]:
        documents = self.workspace.text_documents.items()
        return {path: document.source for uri, document in documents if (path := to_fs_path(uri))}

    def _tell(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text not in self.said:
                self.said.add(text)
                self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"picklecheck: {text}"))

    def _publish(self) -> None:
        """Tell of each document what was found in it, by the check of itself and of others that are open."""
        for uri, shown in self.shown.items():
            diagnostics = [self.translation.diagnostic(one) for one in self.findings(uri)]
            if diagnostics != shown.diagnostics:
                shown.diagnostics = diagnostics
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, diagnostics, version=shown.version)
                )

    def findings(self, uri: str) -> list[Mapping[str, Any]]:
        """What is found in a document; of what several checks show, that of its own comes first."""
        path = to_fs_path(uri) or ""
        by_own_first = sorted(self.shown.items(), key=lambda item: item[0] != uri)
        found: dict[object, Mapping[str, Any]] = {}
        for _, shown in by_own_first:
            for one in shown.findings.get(path, ()):
                found.setdefault((one["code"], one["line"], one["column"]), one)
        return [*found.values()]

    def forget(self, uri: str) -> None:
        """Show nothing more of a document that was closed."""
        if self.shown.pop(uri, None):
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
            self._publish()

    # --- texts ------------------------------------------------------------------------------------

    @property
    def translation(self) -> Translation:
        encoding = self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        return Translation(self._lines, str(getattr(encoding, "value", encoding)))

    def _lines(self, path: str) -> Sequence[str]:
        for uri, document in self.workspace.text_documents.items():
            if to_fs_path(uri) == path:
                return split(document.source)
        text = decode(path, read_any(path))
        return text.lines if isinstance(text, Source) else ()

    async def fixed(self, uri: str) -> list[types.CodeAction]:
        """All safe fixes of a document as one action, each of them tried."""
        path, version = to_fs_path(uri), self.workspace.text_documents[uri].version
        if not path or not any(fix["applicability"] == "safe" for one in self.findings(uri) for fix in one["fixes"]):
            return []
        answer = await self.checker.ask({"path": path, "texts": self._texts(), "fix": True})
        self._tell(answer.get("said", ()))
        document = self.workspace.text_documents.get(uri)
        if not (text := answer.get("text")) or not document or document.version != version:
            return []
        edit = types.TextEdit(self.translation.whole(path), text)
        changes = types.WorkspaceEdit(changes={uri: [edit]})
        return [types.CodeAction("Apply all safe fixes of picklecheck", kind=FIX_ALL, edit=changes)]


def server() -> Server:
    """A server with all that it can do."""
    made = Server()

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        made.ask_for(params.text_document.uri, changed=False)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        made.ask_for(params.text_document.uri, changed=True)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        made.ask_for(params.text_document.uri, changed=False)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        made.forget(params.text_document.uri)

    @made.feature(types.INITIALIZED)
    async def watch(params: types.InitializedParams) -> None:
        workspace = made.client_capabilities.workspace
        watching = workspace and workspace.did_change_watched_files
        if watching and watching.dynamic_registration:
            patterns = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(patterns)
            wish = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await made.client_register_capability_async(types.RegistrationParams([wish]))

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed_outside(params: types.DidChangeWatchedFilesParams) -> None:
        for uri in made.workspace.text_documents:
            made.ask_for(uri, changed=False)

    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only
        document, shown = made.workspace.text_documents.get(uri), made.shown.get(uri)
        if not document or not shown or document.version != shown.version:
            return []  # the text has changed since
        found: list[types.CodeAction] = []
        if _is_wanted(types.CodeActionKind.QuickFix.value, only):
            for finding, diagnostic in zip(made.findings(uri), shown.diagnostics or (), strict=True):
                if _meet(params.range, diagnostic.range):
                    found += made.translation.actions(finding, diagnostic)
        if only and _is_wanted(FIX_ALL, only):
            found += await made.fixed(uri)
        return found

    @made.feature(types.SHUTDOWN)
    def end(params: None) -> None:
        if made.checked:
            made.checked.cancel()
        made.checker.end()

    return made


def _touches(fix: Mapping[str, Any], path: str) -> bool:
    return any(os.path.abspath(edit["path"]) == path for edit in fix["edits"])


def _is_wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    wanted = [str(getattr(one, "value", one)) for one in only or ()]
    return not wanted or any(f"{kind}.".startswith(f"{one}.") for one in wanted)


def _meet(one: types.Range, other: types.Range) -> bool:
    def order(at: types.Position) -> tuple[int, int]:
        return at.line, at.character

    return order(one.start) <= order(other.end) and order(other.start) <= order(one.end)


class _Line(logging.Formatter):
    """What the libraries have to say of messages that make no sense and of an editor that is gone, on a line each."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        said = f"{record.getMessage()}: {type(error).__name__}" if error else record.getMessage()
        return f"picklecheck: {' '.join(said.split())[:300]}"


def serve() -> None:
    """Serve one editor on standard input and output until it says that it is done."""
    if sys.stdin is None:  # as Python has it where it is closed
        raise Misuse("cannot read standard input: it is closed")
    told = logging.StreamHandler()
    told.setFormatter(_Line())
    logging.basicConfig(handlers=[told], level=logging.ERROR)
    gc.enable()
    with open(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever else is printed is no answer
        server().start_io(stdout=answers)
