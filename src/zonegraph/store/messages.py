"""Messages between this process and one that it has started, over pipes, and how such a process is started.

A message is a word that says what it is, and its content, each after its length in eight bytes.
"""

from __future__ import annotations

import json
import os
import sys

import pyoxigraph

import zonegraph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

LENGTH = 8  # bytes before each part of a message

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
        length = _exactly(file, 8)
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
