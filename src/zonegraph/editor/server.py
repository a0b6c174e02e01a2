"""The language server: which file is judged when, and what an editor is told of it.

One thread speaks the protocol. A second looks at a text in Turtle by itself, shortly after the last key; a third judges it as a whole, one
text after the other. Only the third opens files and asks an engine: while one evaluates a query, the process can open no file
(`store.embedded.seal`). So it also looks at a query by itself, which an engine reads. What a newer edit has overtaken is dropped: before it is
begun, or when it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from zonegraph import terminal
from zonegraph.editor import findings, names
from zonegraph.editor.findings import Shown, Standard
from zonegraph.errors import ZonegraphError
from zonegraph.validation import Finding, by_itself
from zonegraph.version import VERSION

PAUSE = 0.1  # seconds after the last key before a text is looked at
_LOG = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class _Document:
    """A file that an editor has open.

    `standard` is what it is judged by at once, None until that is known; `whole` are its findings at the last judgement of the whole, of the text
    `judged`; `reason`, why all files around were read for it, as the log has it; `shown` is what the editor shows of version `shown_version`.
    """

    def __init__(self, uri: str, language: str) -> None:
        self.uri = uri
        path = to_fs_path(uri) or findings.UNTITLED
        self.path = findings.UNTITLED if "\0" in path else path  # which no file has in its name
        # What an editor calls a language differs, and a text without a file has no other sign.
        self.is_turtle = self.path.endswith(".ttl") or (not self.path.endswith(".rq") and language in ("turtle", "ttl"))
        self.text, self.version = "", 0
        self.standard: Standard | None = None
        self.whole: list[Finding] = []
        self.judged = ""
        self.reason = ""
        self.shown: list[Shown] = []
        self.shown_version = -1
        self.ready: asyncio.Task[None] | None = None
        self.judging: asyncio.Task[None] | None = None


class Server(LanguageServer):
    """A language server of the files of a project."""

    def __init__(self, project: str | None, articles: str | None) -> None:
        """Parameters: `project`, the folder of the one project, or None for that of each file; `articles`, the folder of the articles' texts."""
        super().__init__("zonegraph", VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.project, self.articles = project, articles
        self.documents: dict[str, _Document] = {}
        self._tried: set[tuple[str, str]] = set()  # of which projects the graph was to be kept, and why
        self._by_itself, self._whole = (ThreadPoolExecutor(1, f"zonegraph-{name}") for name in ("by-itself", "whole"))
        self._ended = False
        self._answering(types.SHUTDOWN, self._end)
        self._answering(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        self._answering(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        self._answering(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        self._answering(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)
        self._answering(types.TEXT_DOCUMENT_HOVER, self._hover)
        self._answering(
            types.TEXT_DOCUMENT_COMPLETION, self._complete, types.CompletionOptions(trigger_characters=[":"])
        )
        kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        self._answering(types.TEXT_DOCUMENT_CODE_ACTION, self._fixes, kinds)

    def _answering(self, method: str, function: Callable[..., Any], options: Any = None) -> None:
        self.feature(method, options)(functools.partial(function))  # to a method itself pygls could add no note

    def serve(self, reading: BinaryIO, writing: BinaryIO) -> int:
        """Speak the protocol until the editor ends it. Returns the exit code: 1 if it went away without a word."""
        # Imports all that is needed for it while files can be opened.
        findings.at_once(findings.UNTITLED, "<a> a <b> .", findings.NOTHING)
        try:
            self.start_io(reading, writing)
        finally:
            for thread in (self._by_itself, self._whole):
                thread.shutdown(cancel_futures=True)
        return 0 if self._ended else 1

    def report_server_error(self, error: Exception, _source: object) -> None:
        """Tell the editor's log in one line what failed."""
        message = terminal.line(f"zonegraph: {type(error).__name__}: {error}".partition("\n")[0])
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))

    @property
    def _encoding(self) -> str:
        return types.PositionEncodingKind(self.workspace.position_encoding or "utf-16").value

    # ------------------------------------------------------------ what the editor tells

    def _end(self, _: object) -> None:
        self._ended = True
        for uri in list(self.documents):
            self._forget(uri)

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        given = params.text_document
        document = _Document(given.uri, given.language_id)
        self._forget(given.uri)
        if document.is_turtle or document.path.endswith((".rq", "lexicon.json")):
            self.documents[given.uri] = document
            document.text, document.version = given.text, given.version
            document.ready = asyncio.ensure_future(self._prepare(document))
            self._judge(document)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        document = self.documents.get(params.text_document.uri)
        if document:
            document.text = self.workspace.get_text_document(document.uri).source
            document.version = params.text_document.version
            self._judge(document)

    def _saved(self, _: types.DidSaveTextDocumentParams) -> None:
        """Judge again all that is open: what was saved may stand around it, or be what it is judged by."""
        self._tried.clear()  # what a graph could not be made from may be right now
        for document in self.documents.values():
            self._judge(document)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._forget(params.text_document.uri)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    def _forget(self, uri: str) -> None:
        document = self.documents.pop(uri, None)
        for task in (document.ready, document.judging) if document else ():
            if task:
                task.cancel()

    # ------------------------------------------------------------ judging

    async def _in_thread(
        self, thread: ThreadPoolExecutor, function: Callable[..., _Answer], *arguments: object
    ) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(thread, function, *arguments)

    async def _prepare(self, document: _Document) -> None:
        """Find the project of a file, what is declared there and all its names."""
        known = (document.standard, *(other.standard for other in self.documents.values()))
        before = next(filter(None, known), None)  # of any file: those of one project are read once
        with contextlib.suppress(ZonegraphError):  # the judgement of the whole says what is wrong
            document.standard = await self._in_thread(
                self._whole, findings.standard, document.path, self.project, before
            )

    def _judge(self, document: _Document) -> None:
        if document.judging:
            document.judging.cancel()
        document.judging = asyncio.ensure_future(self._judged(document))

    async def _judged(self, document: _Document) -> None:
        """Judge a text, first by itself, then as a whole, and show both; cancelled as soon as there is a newer one."""
        try:
            await asyncio.sleep(PAUSE)
            if document.ready:
                await asyncio.shield(document.ready)
            text = document.text
            thread = self._by_itself if document.is_turtle else self._whole
            found = await self._in_thread(thread, findings.at_once, document.path, text, document.standard)
            by_then = [finding for finding in document.whole if finding.rule not in by_itself.RULES]
            still = findings.moved(by_then, document.judged, text)
            found = sorted([*found, *still], key=lambda finding: finding.region)
            await self._show(self._by_itself, document, text, found)
            found, reason = await self._in_thread(
                self._whole, findings.whole, document.path, text, self.project, self.articles
            )
            document.whole, document.judged = found, text
            await self._show(self._whole, document, text, found)
            await self._prepare(document)
            if reason:
                await self._keep_graph(document, reason)
        except Exception as error:  # a fault of the program's own, which must not be the end of the server
            _LOG.debug("%s", document.uri, exc_info=True)
            self.report_server_error(error, Server)

    async def _keep_graph(self, document: _Document, reason: str) -> None:
        """Tell the log why all files were read for a judgement, and once let the cache have the graph, so that the next costs less."""
        if reason != document.reason:
            document.reason = reason
            self._log(document, reason)
        tried = (document.standard.root if document.standard else "", reason)
        if tried not in self._tried:
            failed = await self._in_thread(self._whole, findings.keep_graph, document.path, self.project)
            self._tried.add(tried)
            if failed not in ("", reason):
                self._log(document, failed)

    def _log(self, document: _Document, reason: str) -> None:
        message = terminal.line(f"zonegraph: {document.path}: {reason}, so all files around are read")
        self.window_log_message(types.LogMessageParams(types.MessageType.Info, message))

    async def _show(self, thread: ThreadPoolExecutor, document: _Document, text: str, found: list[Finding]) -> None:
        root = document.standard.root if document.standard else ""
        document.shown = await self._in_thread(thread, findings.shown, found, document.uri, root, text, self._encoding)
        document.shown_version = document.version
        diagnostics = [item.diagnostic for item in document.shown]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, diagnostics, document.version)
        )

    # ------------------------------------------------------------ what the editor asks

    async def _asked(self, uri: str) -> tuple[_Document, names.Text] | None:
        """Return a file that is open, once its project is known; None if it is not open, or of no project."""
        document = self.documents.get(uri)
        if document is None or document.ready is None:
            return None
        await asyncio.shield(document.ready)
        return document, names.Text(document.text, document.text.split("\n"), self._encoding)

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        asked = await self._asked(params.text_document.uri)
        if asked is None or asked[0].standard is None:
            return None
        return names.hover(asked[0].standard.names, asked[1], params.position)

    async def _complete(self, params: types.CompletionParams) -> types.CompletionList | None:
        asked = await self._asked(params.text_document.uri)
        if asked is None or asked[0].standard is None:
            return None
        document, text = asked
        return names.complete(asked[0].standard.names, text, params.position, is_turtle=document.is_turtle)

    def _fixes(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = self.documents.get(params.text_document.uri)
        if document is None or document.shown_version != document.version:
            return []
        workspace = self.client_capabilities.workspace
        takes = workspace.workspace_edit.document_changes if workspace and workspace.workspace_edit else False
        return findings.fixes(
            document.shown,
            params.range,
            document.uri,
            document.version,
            document.text,
            self._encoding,
            versioned=bool(takes),
        )


def quiet() -> None:
    """Let pygls write nothing to standard error, unless ZONEGRAPH_DEBUG is set."""
    for name in ("pygls", "asyncio", __name__):
        logging.getLogger(name).setLevel(logging.DEBUG if os.environ.get("ZONEGRAPH_DEBUG") else logging.CRITICAL + 1)
