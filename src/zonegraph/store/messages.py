"""Messages between this process and one that it has started, over pipes, and how such a process is started.

A message is a word that says what it is, and its content, each after its length in eight bytes.
"""

from __future__ import annotations

import io
import json
import os
import sys

import pyoxigraph

import zonegraph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, NoReturn

LENGTH = 8  # bytes before each part of a message
_STACK = 64 * 1024 * 1024  # bytes, reserved and not used: the engine nests as deep as a query has patterns

# Where this program and the engine lie, found while the paths that led here still hold.
_ROOTS = [
    os.path.dirname(os.path.dirname(os.path.abspath(str(package.__file__)))) for package in (zonegraph, pyoxigraph)
]
# The interpreter's own library stays first: no file beside a script or a notebook takes the place of a part of it.
_PROGRAM = """\
import sys, json, importlib
sys.path += json.loads(sys.argv[1])
importlib.import_module(sys.argv[2]).serve(*sys.argv[3:])"""


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that starts an interpreter, which calls `serve` of a module of this program with some arguments."""
    path = json.dumps([*_ROOTS, *(entry for entry in sys.path if os.path.isabs(entry))])
    # Neither the current folder nor what a site adds to every start.
    return [sys.executable or "", "-P", "-S", "-c", _PROGRAM, path, module, *arguments]


def head(kind: str, size: int) -> bytes:
    """Return what is sent of a message before its content. Parameters: `size`, that of the content in bytes."""
    word = kind.encode()
    return len(word).to_bytes(LENGTH, "big") + word + size.to_bytes(LENGTH, "big")


def answer(work: Callable[[Callable[[], bytes], Callable[..., None]], None], *ignored: str) -> NoReturn:
    """Answer on standard output, in a thread, what comes in on standard input, and end this process when that ends.

    Parameters: `work`, which gets two functions, one that waits for the next message and returns its content, and one that sends a
    message (a kind, and a content); `ignored`, the names of signals that are for the parent, which then ends this process.
    """
    import signal
    import threading
    from queue import SimpleQueue

    for name in ignored:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    incoming, outgoing = io.FileIO(0, closefd=False), io.FileIO(1, "w", closefd=False)
    asked: SimpleQueue[bytes] = SimpleQueue()

    def working() -> None:
        try:
            work(asked.get, lambda kind, content=b"": send(outgoing, kind, content))
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)

    threading.stack_size(_STACK)
    threading.Thread(target=working, daemon=True).start()
    while message := receive(incoming):
        asked.put(message[1])
    os._exit(0)  # the parent is gone, however it went: nobody waits for what the engine is still at


def send(file: IO[bytes], kind: str, content: bytes = b"") -> None:
    """Write a message to an unbuffered file. Raises OSError if nobody reads it any more."""
    for piece in (head(kind, len(content)), content):
        left = memoryview(piece)
        while left:
            left = left[file.write(left) :]


def receive(file: IO[bytes]) -> tuple[str, bytes] | None:
    """Read a message from an unbuffered file. Returns its kind and content; None if the file ends before the message does."""
    parts = []
    for _ in range(2):
        length = _exactly(file, LENGTH)
        part = None if length is None else _exactly(file, int.from_bytes(length, "big"))
        if part is None:
            return None
        parts.append(bytes(part))
    return parts[0].decode(), parts[1]


def _exactly(file: IO[bytes], size: int) -> bytearray | None:
    content = bytearray(size)
    left = memoryview(content)
    while left:
        read = file.readinto(left)  # type: ignore[attr-defined]
        if not read:
            return None
        left = left[read:]
    return content
