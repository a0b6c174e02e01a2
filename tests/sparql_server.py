"""A SPARQL 1.1 Protocol server for tests: evaluates each query over the dataset it is given, on loopback.

It is another engine's process as far as the client can tell: it knows no saved query and no answer, only quads.
"""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox


class _Handler(BaseHTTPRequestHandler):
    store: ox.Store
    requests: list[str]

    def do_GET(self) -> None:
        self._answer(urllib.parse.urlsplit(self.path).query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._answer(
            body if "form" in (self.headers.get("Content-Type") or "") else urllib.parse.urlencode({"query": body})
        )

    def _answer(self, form: str) -> None:
        query = urllib.parse.parse_qs(form).get("query", [""])[0]
        self.requests.append(query)
        try:
            result = self.store.query(query)
            if isinstance(result, ox.QueryTriples):
                kind, body = "text/turtle", result.serialize(format=ox.RdfFormat.TURTLE)
            else:
                kind, body = "application/sparql-results+json", result.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
            self._send(200, kind, body or b"")
        except SyntaxError as error:
            self._send(400, "text/plain", str(error).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class _Fixed(_Handler):
    status: int
    kind: str
    body: str
    location: str

    def _answer(self, form: str) -> None:
        self.requests.append(form)
        self._send(self.status, self.kind, self.body.encode())

    def end_headers(self) -> None:
        if self.location:
            self.send_header("Location", self.location)
        super().end_headers()


@contextmanager
def serving(store: ox.Store) -> Iterator[tuple[str, list[str]]]:
    """Serve a store; yields the endpoint's address and the list of queries it has received."""
    with _running(_Handler, store=store) as running:
        yield running


@contextmanager
def replying(
    status: int, body: str = "", kind: str = "application/sparql-results+json", location: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """Give the same reply to everything; yields as `serving`."""
    with _running(_Fixed, status=status, body=body, kind=kind, location=location) as running:
        yield running


@contextmanager
def _running(base: type[_Handler], **attributes: object) -> Iterator[tuple[str, list[str]]]:
    received: list[str] = []
    handler = type("Handler", (base,), {"requests": received, **attributes})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
