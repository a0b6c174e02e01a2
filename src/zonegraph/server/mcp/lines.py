"""Lines of at most a size from and to files that are pipes, without the loop waiting for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONGEST = 1_000_000  # bytes of a line that is read
END = 2_000  # bytes at both ends of a longer one that are kept
_PIECE = 1 << 16
_AHEAD = 16  # pieces that are read before they are wanted


async def read(file: int) -> AsyncIterator[bytes]:
    """Yield the lines of a file without their ends, but for empty ones; of one that is longer than LONGEST no more
    than that and its last bytes.
    """
    held = bytearray()
    async for piece in _pieces(file):
        *whole, rest = piece.split(b"\n")
        for part in whole:
            _add(held, part)
            if held.strip():
                yield bytes(held)
            held = bytearray()
        _add(held, rest)
    if held.strip():
        yield bytes(held)


async def _pieces(file: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def listen() -> None:
        piece = b"."
        while piece:
            room.acquire()
            try:
                piece = os.read(file, _PIECE)
            except OSError:
                piece = b""
            with contextlib.suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

    # It may wait for ever: a thread of the loop's own would keep the process from ending.
    threading.Thread(target=listen, daemon=True).start()
    while piece := await pieces.get():
        room.release()
        yield piece


def _add(held: bytearray, part: bytes) -> None:
    held += part
    if len(held) > LONGEST + 2 * END:
        del held[LONGEST + 1 : -END]


async def write(file: int, content: bytes) -> None:
    """Write a line, whose end is added."""
    await asyncio.to_thread(_write, file, content + b"\n")


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    with contextlib.suppress(BrokenPipeError):  # the client has gone, as the end of its input will tell
        while left:
            left = left[os.write(file, left) :]
