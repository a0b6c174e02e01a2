"""A client of `zonegraph mcp`, the official one, that tests call one after the other; and lines sent to it as they
are.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
from mcp import ClientSession, StdioServerParameters, stdio_client

from tests.conftest import ROOT
from tests.server.conftest import in_a_thread

COMMAND = [sys.executable, "-m", "zonegraph", "mcp"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith(("ZONEGRAPH", "XDG", "PYTHON"))}
    return {**kept, "PATH": os.environ["PATH"], **more}


class Agent:
    """A client of a server that runs, in a loop of its own."""

    def __init__(self, session: ClientSession, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self._loop = session, loop

    def run(self, work: Any, seconds: float = 120) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def call(self, tool: str, /, **arguments: Any) -> types.CallToolResult:
        return self.run(self.session.call_tool(tool, arguments))  # type: ignore[no-any-return]

    def answer(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured content of an answer that is no error."""
        result = self.call(tool, **arguments)
        assert not result.is_error, said(result)
        assert result.structured_content is not None
        return result.structured_content

    def error(self, tool: str, /, **arguments: Any) -> str:
        """The text of an answer that is an error."""
        result = self.call(tool, **arguments)
        assert result.is_error, result.structured_content
        return said(result)


def said(result: types.CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, types.TextContent))


@contextmanager
def agent(project: Path = ROOT, *options: str) -> Iterator[Agent]:
    """Start a server of a project, and a client that has been introduced to it."""
    parameters = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "--project", str(project), *options], env=environment()
    )

    async def serve(started: Callable[[Any], None]) -> None:
        done = asyncio.Event()
        async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
            await session.initialize()
            started((Agent(session, asyncio.get_running_loop()), done))
            await done.wait()

    with in_a_thread(serve) as (client, done):
        try:
            yield client
        finally:
            client._loop.call_soon_threadsafe(done.set)


HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


class Raw:
    """A server that is sent lines as they are."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def send(self, line: bytes | dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]

    def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self.receive()
            if fits(message):
                return message


@contextmanager
def raw(project: Path = ROOT, *options: str) -> Iterator[Raw]:
    """Start a server of a project that is sent lines, and has been introduced already."""
    process = subprocess.Popen(
        [*COMMAND, "--project", str(project), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        server = Raw(process)
        server.send(HELLO)
        assert server.receive()["result"]["serverInfo"]["name"] == "zonegraph"
        server.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield server
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
