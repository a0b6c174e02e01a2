"""One request over HTTP and its answer, each step of which ends with a deadline and within bounds.

urllib follows redirects, waits as long as some byte comes now and then, and reads a body of any size. Here the answer comes
as it was sent, whatever its status; what each read waits for is what the deadline has left; and a body is read in pieces.
"""

from __future__ import annotations

import functools
import http.client
import io
import re
import socket
import urllib.error
import urllib.request

from zonegraph.errors import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zonegraph.deadline import Deadline

PIECE = 1 << 16  # bytes


class OnlyContinueError(http.client.HTTPException):
    """A server said 100, go on, and then nothing that is an answer."""


def send(request: urllib.request.Request, deadline: Deadline) -> http.client.HTTPResponse:
    """Send a request and return the answer, its body unread; to be closed.

    Raises TimeoutError if the deadline passes, OSError or http.client.HTTPException if no answer comes; looking up the host's
    name takes as long as the system lets it.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), _Plain(deadline), _Encrypted(deadline)):
        opener.add_handler(handler)
    response: http.client.HTTPResponse | None
    try:
        response = opener.open(request)
    except urllib.error.URLError as error:
        raise (error.reason if isinstance(error.reason, OSError) else error) from None
    except ValueError:
        response = None
    if response is None:
        raise OSError("the proxy named in the environment cannot be used (http_proxy, https_proxy)")
    return response


def receive(response: http.client.HTTPResponse, body: io.BytesIO, most: int, deadline: Deadline) -> bool:
    """Read an answer's body into `body`, piece by piece, until it has more than `most` bytes.

    Returns whether it came to its end, or to more than that; False if it broke off. Raises TimeoutError if the deadline
    passes; `body` then holds what has come.
    """
    expected = response.length  # None if the body is chunked, or ends with the connection
    while body.tell() <= most and (expected is None or body.tell() < expected):
        left(deadline)
        try:
            piece = response.read1(PIECE if expected is None else min(PIECE, expected - body.tell()))
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            return False
        if not piece:
            return expected is None
        body.write(piece)
    return True


def left(deadline: Deadline) -> float | None:
    """Return how many seconds a deadline has left, None for any number. Raises TimeoutError if it has none."""
    try:
        return deadline.left()
    except EngineError:
        raise TimeoutError from None


class _Bounded(http.client.HTTPConnection):
    """A connection that waits for nothing longer than a deadline has left."""

    def __init__(self, host: str, *, deadline: Deadline, **options: Any) -> None:
        super().__init__(host, **options)
        self._deadline = deadline
        self.response_class = functools.partial(_Response, deadline)  # type: ignore[assignment]
        self._create_connection = self._connected

    def _connected(self, address: tuple[str, int], *_: object) -> socket.socket:
        """Connect to the first of a host's addresses that takes it; socket.create_connection gives each the whole time."""
        failed = OSError("the host has no address")
        for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(left(self._deadline))
                connection.connect(place)
                connection.settimeout(left(self._deadline))  # for TLS
                return connection
            except OSError as error:
                connection.close()
                failed = error
        raise failed

    def send(self, data: Any) -> None:
        """Send bytes, in no more time than is left; urllib would begin to count anew for the body."""
        if self.sock is None:
            self.connect()
        self.sock.settimeout(left(self._deadline))
        super().send(data)


class _BoundedTLS(_Bounded, http.client.HTTPSConnection):
    pass


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Bounded, req, deadline=self._deadline)  # type: ignore[arg-type]


class _Encrypted(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_BoundedTLS, req, deadline=self._deadline)  # type: ignore[arg-type]


class _Response(http.client.HTTPResponse):
    """An answer each of whose reads waits no longer than a deadline has left."""

    def __init__(self, deadline: Deadline, sock: socket.socket, *rest: Any, **options: Any) -> None:
        super().__init__(sock, *rest, **options)
        self._reads = _Reads(self.fp.detach(), sock, deadline)
        self.fp = io.BufferedReader(self._reads)

    def begin(self) -> None:
        """Read status and headers. Raises OnlyContinueError if the status 100 is followed by no other."""
        try:
            super().begin()
        except (http.client.HTTPException, ConnectionError):
            if re.match(rb"HTTP/1\.\d 100\b", self._reads.first):
                raise OnlyContinueError from None
            raise


class _Reads(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self.first = b""  # what the first read brought

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(left(self._deadline))
        count = self._raw.readinto(buffer)
        self.first = self.first or bytes(buffer[: min(count or 0, 64)])
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
