"""One worker as the process sees it that has started it: messages to and from it, how it ends, what it said last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal

from zonegraph.errors import EngineError
from zonegraph.store import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SAID = 2_000  # bytes that are kept of what a worker prints
# A worker is told what it needs to know; passwords and the like that lie in the environment are not for it.
_ENVIRONMENT = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SYSTEMROOT",
    "TEMP",
    "LD_LIBRARY_PATH",
    "COVERAGE_PROCESS_START",
)


class Worker:
    """A process that answers one question after the other. `start` makes one.

    Attributes: `pid`; `said`, the last that it printed on its standard error, cut.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.said = b""
        self._listening = asyncio.create_task(self._listen())
        self._draining: asyncio.Task[None] | None = None

    async def send(self, kind: str, content: bytes) -> None:
        """Send a message. Raises ConnectionError if the process has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(messages.head(kind, len(content)) + content)
        await self._process.stdin.drain()

    async def receive(self) -> tuple[str, bytes] | None:
        """Return the next message; None if the process has ended."""
        parts = []
        assert self._process.stdout is not None
        try:
            for _ in range(2):
                length = int.from_bytes(await self._process.stdout.readexactly(messages.LENGTH), "big")
                parts.append(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return parts[0].decode(), parts[1]

    def ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.returncode is not None

    async def how_it_ended(self) -> str:
        """Wait for the end of the process. Returns how it ended, such as `signal 9`."""
        code = await self._process.wait()
        with contextlib.suppress(asyncio.TimeoutError):  # somebody else may hold its standard error open
            await asyncio.wait_for(asyncio.shield(self._listening), 1)
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        """End the process, whatever it is at. Nobody may wait for a message of it any more."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        """Read what the process has still said: until its outputs are at their end, nobody is told that it has ended."""
        assert self._process.stdout is not None
        while await self._process.stdout.read(1 << 16):
            pass

    async def end(self) -> None:
        """End the process and wait until it is gone."""
        self.kill()
        await self._process.wait()
        self._listening.cancel()

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4096):
            self.said = (self.said + piece)[-_SAID:]


async def start(module: str, settings: Mapping[str, object]) -> Worker:
    """Start a worker and wait until it is ready.

    Parameters: `module`, what runs in it; `settings`, what it is told first. Returns the worker. Raises EngineError if
    it cannot be started or cannot open its store.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *messages.command(module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
    except OSError as error:
        raise EngineError(f"a worker cannot be started: {error.strerror or error}") from None
    worker = Worker(process)
    try:
        with contextlib.suppress(ConnectionError):
            await worker.send("hold", json.dumps(settings).encode())
        answer = await worker.receive()
        if answer is None:
            how = await worker.how_it_ended()
            raise EngineError(f"a worker ended at once ({how}): {worker.said.decode(errors='replace')}")
        if answer[0] != "open":
            raise EngineError(f"the store cannot be opened: {answer[1].decode()}")
    except BaseException:
        await worker.end()
        raise
    return worker
