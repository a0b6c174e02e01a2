"""An editor as tests play it: it speaks the protocol with a language server over pipes, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tests.command import ROOT
from tests.processes import environment

WAIT = 60  # seconds; a machine may be busy


class Editor:
    """One end of the protocol. What the server tells by itself waits in `told`, in order."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading, self._writing = reading, writing
        self._number = 0
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.logged: list[str] = []
        self.noise: list[bytes] = []  # what is not the protocol
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        while header := self._reading.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name == b"Content-Length":
                    length = int(value)
                elif name != b"Content-Type":
                    self.noise.append(header)
                header = self._reading.readline()
            message = json.loads(self._reading.read(length))
            if "id" in message and "method" not in message:
                self._answers[message["id"]].put(message)
            elif message["method"] == "window/logMessage":
                self.logged.append(message["params"]["message"])
            else:
                self.told.put(message)

    def tell(self, method: str, params: object = None) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object = None) -> Any:
        """Ask, and return the result of the answer."""
        self._number += 1
        answer = self._answers[self._number] = queue.Queue()
        self._send({"id": self._number, "method": method, "params": params})
        message = answer.get(timeout=WAIT)
        assert "error" not in message, message
        return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writing.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._writing.flush()

    # ------------------------------------------------------------ what an editor does

    def begin(self, **capabilities: Any) -> Any:
        """Begin. Returns what the server can do."""
        answer = self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.tell("initialized", {})
        return answer["capabilities"]

    def open(self, uri: str, text: str, language: str = "turtle") -> None:
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, text: str) -> None:
        document = {"uri": uri, "version": version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def save(self, uri: str) -> None:
        self.tell("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close(self, uri: str) -> None:
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def shown(self, uri: str = "") -> tuple[int | None, list[dict[str, Any]]]:
        """Return the next diagnostics that the server sends, with the version of the text. Parameters: `uri`, the file they must be of."""
        message = self.told.get(timeout=WAIT)
        assert message["method"] == "textDocument/publishDiagnostics"
        assert uri in ("", message["params"]["uri"])
        return message["params"].get("version"), message["params"]["diagnostics"]

    def judged(self) -> list[dict[str, Any]]:
        """Return the diagnostics of a text as a whole, which come after those of the text by itself."""
        (first, _), (second, found) = self.shown(), self.shown()
        assert first == second
        return found

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """Ask what is at a position: lines and characters from 0."""
        position = {"line": line, "character": character}
        return self.ask(method, {"textDocument": {"uri": uri}, "position": position})

    def end(self) -> None:
        """Say good-bye, and wait until the server has nothing more to say."""
        self.ask("shutdown")
        self.tell("exit")
        self.hang_up()

    def hang_up(self) -> None:
        self._writing.close()
        self._listening.join(WAIT)
        self._reading.close()
        assert self.noise == []


@contextmanager
def in_a_process(*arguments: str, cwd: Path = ROOT) -> Iterator[tuple[Editor, subprocess.Popen[bytes]]]:
    """Give an editor and the process of its server, which is ended at the latest when this is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zonegraph", "lsp", "--stdio", *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    with process:
        try:
            yield Editor(process.stdout, process.stdin), process  # type: ignore[arg-type]
        finally:
            process.kill()


def in_a_thread(articles: str | None = None) -> tuple[Editor, threading.Thread, list[int]]:
    """Return an editor, the thread of its server, and the list to which this adds its exit code."""
    from zonegraph.editor.server import Server

    (to_server, from_editor), (to_editor, from_server) = os.pipe(), os.pipe()
    reading, writing = os.fdopen(to_server, "rb"), os.fdopen(from_server, "wb")
    codes: list[int] = []

    def serve() -> None:
        with reading, writing:
            codes.append(Server(None, articles).serve(reading, writing))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return Editor(os.fdopen(to_editor, "rb"), os.fdopen(from_editor, "wb")), thread, codes
