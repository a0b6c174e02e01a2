"""`zonegraph mcp`: a server for agents, over standard input and output."""

from __future__ import annotations

import os
import sys

from zonegraph.cli import common
from zonegraph.cli.common import seconds, size
from zonegraph.errors import say
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Coroutine

    from zonegraph.server.limits import Limits

_ROWS, _BYTES = 10_000, 2_000_000  # of what SPARQL finds, of which an answer shows a part


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument(
        "--stdio",
        action="store_true",
        help="speak over standard input and output, as it does anyway; some clients pass this",
    )
    sub.add_argument("--timeout", type=seconds, metavar="S", help="stop a call after S seconds (default: 30)")
    sub.add_argument(
        "--memory",
        type=size,
        metavar="SIZE",
        help="the address space of a process that evaluates queries, at least 700M (default: 1 GiB)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve a client until its end of the input; see `zonegraph mcp --help`. Returns the exit code."""
    common.require_extra("mcp", "mcp", "mcp")
    import asyncio

    from zonegraph.server import limits

    bounds = limits.chosen({"timeout": options.timeout, "memory": options.memory, "rows": _ROWS, "bytes": _BYTES})
    common.collect_circles()
    root = sources.find(options.project).root  # a wrong name is told at once
    # Nothing but the protocol may reach standard output, whoever prints.
    reading, writing = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return asyncio.run(_until_a_signal(_serve(root, bounds, reading, writing)))


async def _until_a_signal(serving: Coroutine[None, None, None]) -> int:
    """Serve until the client is done, or a signal comes. Returns the exit code."""
    import asyncio
    import contextlib
    import signal

    stopped_by: list[int] = []
    task = asyncio.ensure_future(serving)

    def stop(number: int) -> None:
        stopped_by.append(number)
        task.cancel()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with contextlib.suppress(AttributeError, NotImplementedError):  # as on Windows
            number = getattr(signal, name)
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped_by:
            raise
    return 128 + stopped_by[0] if stopped_by else 0


async def _serve(root: str, bounds: Limits, reading: int, writing: int) -> None:
    import asyncio
    import contextlib
    import importlib
    import json
    import tempfile

    from zonegraph.server.mcp import greeting, lines
    from zonegraph.server.mcp.backing import Backing

    def log(event: str, **details: object) -> None:
        say(f"{event} {json.dumps(details, default=str)}" if details else event)

    with tempfile.TemporaryDirectory(prefix="zonegraph-") as private:
        backing = Backing(root, bounds, private, log)
        keeping = asyncio.create_task(backing.keep())
        # To import the SDK takes longest: meanwhile the graph is opened, and the client greeted.
        importing = asyncio.create_task(asyncio.to_thread(importlib.import_module, "zonegraph.server.mcp.stdio"))
        incoming = lines.read(reading)
        first = await anext(incoming, b"")
        greeted = greeting.answer(first)
        if greeted is not None:
            await lines.write(writing, json.dumps(greeted, ensure_ascii=False).encode())

        async def every() -> AsyncIterator[bytes]:
            if first:
                yield first
            async for line in incoming:
                yield line

        try:
            stdio = await importing
            await stdio.serve(backing, every(), writing, None if greeted is None else greeted["id"])
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await backing.close()
