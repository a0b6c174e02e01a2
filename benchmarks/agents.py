"""How long an agent waits for `zonegraph mcp`: until it is greeted, and for a saved question once all is warm.

    python benchmarks/agents.py [RUNS]

Answers are whole, with citations; nothing is remembered of one for the next. The graph is in the cache. Prints the
median and the least of RUNS.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from typing import Any

QUESTIONS = ("zones-per-batch", "timeline", "cities-of-both-ministries", "articles")
STARTS = 5
HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}


class Server:
    """A server that runs, and what it is sent."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zonegraph", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def asked(self, message: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """Return the seconds until a request is answered, and the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        start = time.perf_counter()
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return time.perf_counter() - start, json.loads(line)

    def call(self, tool: str, **arguments: object) -> float:
        """Return the seconds until a call is answered."""
        params = {"name": tool, "arguments": arguments}
        seconds, answer = self.asked({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        assert not answer["result"].get("isError"), answer
        return seconds

    def end(self) -> None:
        """End the server."""
        self.process.communicate()


def started() -> tuple[float, Server]:
    """Return the seconds until a server that is started now has greeted, and the server."""
    start = time.perf_counter()
    server = Server()
    server.asked(HELLO)
    return time.perf_counter() - start, server


def main(runs: int) -> None:
    """Print the table."""
    print(f"mcp {version('mcp')}, Python {platform.python_version()}, {platform.machine()}, {runs} runs")
    greeted = []
    for _ in range(STARTS):
        seconds, server = started()
        greeted.append(seconds)
        server.end()
    print("| | median | least |\n| --- | --- | --- |")
    print(f"| start to initialize, s | {statistics.median(greeted):.2f} | {min(greeted):.2f} |")
    _, server = started()
    for question in QUESTIONS:
        server.call("ask", question=question)
        times = [1000 * server.call("ask", question=question) for _ in range(runs)]
        print(f"| {question}, ms | {statistics.median(times):.0f} | {min(times):.0f} |")
    server.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
