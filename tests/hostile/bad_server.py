"""A server on loopback that answers as it is told, byte for byte, so that what no HTTP library would send can be tried."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple


class Request(NamedTuple):
    """What came in: the request line, the headers with names in lower case, the body."""

    line: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection of a client that has sent its request."""

    def __init__(self, sock: socket.socket, request: Request) -> None:
        self.sock, self.request = sock, request
        self.sent = 0

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)
        self.sent += len(data)


Behaviour = Callable[[Connection], None]


class BadServer:
    """Attributes: `url`; `requests` that came; `sent`, the number of bytes that each connection took from the server."""

    def __init__(self, behave: Behaviour, context: ssl.SSLContext | None) -> None:
        self._behave, self._context = behave, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if context else 'http'}://{self.host}/sparql"
        self.requests: list[Request] = []
        self.sent: list[int] = []
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        connection = None
        with suppress(OSError), sock:
            stream = self._context.wrap_socket(sock, server_side=True) if self._context else sock
            with stream:
                connection = Connection(stream, _request(stream))
                self.requests.append(connection.request)
                with suppress(OSError):
                    self._behave(connection)
                self.sent.append(connection.sent)

    def close(self) -> None:
        # A thread that waits in accept() is woken by shutdown, not by close.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(30)


def _request(sock: socket.socket) -> Request:
    with sock.makefile("rb") as stream:
        line = stream.readline().decode("latin-1").rstrip()
        headers = {}
        while header := stream.readline().strip():
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return Request(line, headers, stream.read(int(headers.get("content-length", 0))))


@contextmanager
def serving(behave: Behaviour | bytes, context: ssl.SSLContext | None = None) -> Iterator[BadServer]:
    """Answer every request by a behaviour, or with these bytes and no more; yields the server."""
    if isinstance(behave, bytes):
        data = behave

        def behave(connection: Connection) -> None:
            connection.send(data)

    server = BadServer(behave, context)
    try:
        yield server
    finally:
        server.close()


def http(
    body: bytes | str = b"",
    kind: str | None = "application/sparql-results+json",
    status: str = "200 OK",
    **headers: str,
) -> bytes:
    """Return an HTTP answer; an underscore in a header's name stands for a hyphen, and None leaves a header out."""
    body = body.encode() if isinstance(body, str) else body
    fields = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    if kind is not None:
        fields["Content-Type"] = kind
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode() + body
