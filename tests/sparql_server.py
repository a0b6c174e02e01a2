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


@contextmanager
def serving(store: ox.Store) -> Iterator[tuple[str, list[str]]]:
    """Serve a store; yields the endpoint's address and the list of queries it has received."""
    received: list[str] = []
    handler = type("Handler", (_Handler,), {"store": store, "requests": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
