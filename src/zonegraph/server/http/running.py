"""Running the application: listening, slow clients, signals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections import Counter
from typing import ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zonegraph.errors import EngineError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from starlette.types import ASGIApp

MOST_CONNECTIONS = 800
MOST_OF_ONE = 200  # connections of one client
_MOST_HEADERS = 65_536  # bytes of a request before its body
_HEADERS_WITHIN = 10.0  # seconds from the connection, or from the answer before, until a request has begun
_IDLE = 15  # seconds that a connection may lie idle between requests
_LINGER = 10.0  # seconds in which a client may take what was sent to it, after which the connection is dropped


class Protocol(H11Protocol):
    """HTTP for clients of which some are slow on purpose, or many: who does not get on with sending or reading is hung up on."""

    connections_of: ClassVar[Counter[str]] = Counter()  # by address

    def connection_made(self, transport: Any) -> None:
        """See `asyncio.Protocol`."""
        # Head and body of an answer are written one after the other: the second must not wait for word that the first has come.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(_Dropping(transport))  # type: ignore[arg-type]
        self._late: asyncio.TimerHandle | None = self.loop.call_later(_HEADERS_WITHIN, self._drop)
        self._from = self.client[0] if self.client else ""
        self.connections_of[self._from] += 1
        if self.connections_of[self._from] > MOST_OF_ONE and self._from not in self.config.forwarded_allow_ips:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        self._wait_for_request()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._stop_waiting()
        self.connections_of[self._from] -= 1
        if not self.connections_of[self._from]:
            del self.connections_of[self._from]
        super().connection_lost(exc)

    def _wait_for_request(self) -> None:
        """Give the rest of a request its time from when its first byte came, whether its head is missing or its body."""
        begun = self.cycle is not None and not self.cycle.response_complete
        if begun:
            self._stop_waiting()
        elif self._late is None and (self.conn.trailing_data[0] or self.conn.their_state is h11.SEND_BODY):
            self._late = self.loop.call_later(_HEADERS_WITHIN, self._drop)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _drop(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class _Dropping:
    """A transport that does not wait for ever, once it is closed, for a client that takes nothing more."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        self._transport.close()
        if self._transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_LINGER, self._transport.abort)


class _Server(uvicorn.Server):
    """A server that stops as it is told by signals, and says by which."""

    stopped_by: int | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first signal when what is under way is answered, at the second at once."""
        loop = asyncio.get_running_loop()
        numbers = [signal.SIGINT, signal.SIGTERM]
        for number in numbers:
            with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, or not the main thread
                loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in numbers:
                with contextlib.suppress(NotImplementedError, RuntimeError):
                    loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, *_: object) -> None:
        """Begin to stop."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stopped_by = self.stopped_by or sig


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises UsageError if there can be none at that address."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise UsageError(
            f"--host {host} --port {port}: {error.strerror or error}",
            "choose another port with --port, 0 for any that is free",
        ) from None


async def run(
    app: ASGIApp, listening: socket.socket, *, grace: float, proxies: list[str], started: Callable[[_Server], None]
) -> int | None:
    """Serve an application until a signal, or whoever has the server, stops it.

    Parameters: `listening`, the socket; `grace`, the seconds that requests under way are given at the end; `proxies`,
    whose headers are believed that say for whom they ask; `started`, which is called with the server once it answers.
    Returns the number of the signal that stopped it, None for none. Raises EngineError if it could not start.
    """
    # Its lines would stand among those of the access log, which says the same.
    logging.getLogger("uvicorn").disabled = logging.getLogger("uvicorn.error").disabled = True
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_MOST_HEADERS,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=int(grace) + 1,
    )
    server = _Server(config)

    async def tell() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        started(server)

    telling = asyncio.create_task(tell())
    try:
        await server.serve(sockets=[listening])
    finally:
        telling.cancel()
    if not server.started:
        raise EngineError("the server could not start", "see the lines above")
    return server.stopped_by
