"""A server in this process for a store of a test's own, and requests to it, byte for byte."""

from __future__ import annotations

import asyncio
import http.client
import threading
import urllib.parse
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox
import pytest

from zonegraph.server import served
from zonegraph.server.http import around, running
from zonegraph.server.http.app import application
from zonegraph.server.limits import Limits
from zonegraph.server.served import Served
from zonegraph.server.serving import Serving


class Reply(NamedTuple):
    """An answer: its status, its headers with names in lower case, its body, and whether it came to its end."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class Server(NamedTuple):
    """A server that runs: its port, what it serves, the loop it runs in, and what its log says."""

    port: int
    serving: Serving
    loop: asyncio.AbstractEventLoop
    logged: list[dict[str, Any]]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, target: str, body: bytes | str = b"", host: str | None = None, **headers: str | None
    ) -> Reply:
        """Send a request; an underscore in a header's name stands for a hyphen, and None leaves a header out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            fields = {"Host": host or f"127.0.0.1:{self.port}"} | {n.replace("_", "-"): v for n, v in headers.items()}
            content = body.encode() if isinstance(body, str) else body
            if content or method == "POST":
                fields.setdefault("Content-Length", str(len(content)))
            for name, value in fields.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(content)
            response = connection.getresponse()
            try:
                found, whole = response.read(), True
            except http.client.IncompleteRead as error:
                found, whole = error.partial, False
            return Reply(response.status, {n.lower(): v for n, v in response.getheaders()}, found, whole)
        finally:
            connection.close()

    def get(self, text: str, accept: str | None = None, **parameters: str | list[str]) -> Reply:
        """Ask a query by GET; an underscore in a parameter's name stands for a hyphen."""
        given = {"query": text, **{name.replace("_", "-"): value for name, value in parameters.items()}}
        return self.send("GET", f"/sparql?{urllib.parse.urlencode(given, doseq=True)}", Accept=accept)

    def run(self, work: Any) -> Any:
        """Run a coroutine in the server's loop. Returns its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


def stored(folder: Path, quads: Iterable[ox.Quad], digest: str = "d") -> Served:
    """Write quads into a store on disk. Returns it as it is served."""
    store = ox.Store(str(folder))
    store.bulk_extend(quads)
    store.flush()
    del store
    return served.of_store(str(folder), digest)


LIMITS = Limits(timeout=20.0)


@contextmanager
def serving(
    what: Served, limits: Limits = LIMITS, origins: Iterable[str] = (), public: str | None = None
) -> Iterator[Server]:
    """Serve a store on loopback, in a thread."""
    logged: list[dict[str, Any]] = []

    async def serve(started: Callable[[Any], None]) -> None:
        state = Serving(what, limits, lambda event, **details: logged.append({"event": event, **details}))
        with running.listen("127.0.0.1", 0) as listening:
            await state.open()
            app = application(state, around.doors("127.0.0.1", ["example.test"], list(origins)), public=public)

            def client(server: Any) -> tuple[Any, Server]:
                return server, Server(listening.getsockname()[1], state, asyncio.get_running_loop(), logged)

            await running.run(app, listening, grace=5, proxies=[], started=lambda server: started(client(server)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(around, "log", lambda event, **details: logged.append({"event": event, **details}))
        with in_a_thread(serve) as (server, client):
            try:
                yield client
            finally:
                server.should_exit = True


@contextmanager
def in_a_thread(serve: Callable[[Callable[[Any], None]], Coroutine[Any, Any, None]]) -> Iterator[Any]:
    """Run a coroutine in a thread, which the block must end. Gives what the coroutine hands over once it is ready."""
    ready = threading.Event()
    found: list[Any] = []

    def started(what: Any) -> None:
        found.append(what)
        ready.set()

    def run() -> None:
        try:
            asyncio.run(serve(started))
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(120)
    try:
        (what,) = found
        yield what
    finally:
        thread.join(30)
        assert not thread.is_alive()
