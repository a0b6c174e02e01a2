"""The protocol over standard input and output: one message a line, of at most a size."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import AsyncIterator

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from zonegraph.server.mcp import protocol
from zonegraph.server.mcp.backing import Backing

LONGEST = 1_000_000  # bytes of a message
_PIECE = 1 << 16
_END = 2_000  # bytes at both ends of a message that is too long, which may tell its id


async def serve(backing: Backing, reading: int, writing: int) -> None:
    """Speak with the client until its end of the input.

    Parameters: `reading` and `writing`, the numbers of the files; nobody else may write to the second.
    """
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    server = protocol.server(backing)

    async def listen() -> None:
        async with to_server:
            async for line in lines(reading):
                answer = _unreadable(line)
                if isinstance(answer, SessionMessage):
                    await to_server.send(answer)
                else:
                    await to_client.send(SessionMessage(answer))

    async def speak() -> None:
        async with from_server:
            async for message in from_server:
                content = message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
                await anyio.to_thread.run_sync(_write, writing, content)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(speak)
        tasks.start_soon(listen)
        # A client that has gone reads nothing: what it asked for is given up.
        await server.run(from_client, to_client, server.create_initialization_options())
        tasks.cancel_scope.cancel()


async def lines(file: int) -> AsyncIterator[bytes]:
    """Yield the lines of a file, without their ends; of one that is longer than LONGEST no more than that and its last bytes."""
    held = bytearray()
    while piece := await anyio.to_thread.run_sync(os.read, file, _PIECE, abandon_on_cancel=True):
        *whole, rest = piece.split(b"\n")
        for part in whole:
            _add(held, part)
            if held.strip():
                yield bytes(held)
            held = bytearray()
        _add(held, rest)
    if held.strip():
        yield bytes(held)


def _add(held: bytearray, part: bytes) -> None:
    held += part
    if len(held) > LONGEST + 2 * _END:
        del held[LONGEST + 1 : -_END]


def _unreadable(line: bytes) -> SessionMessage | types.JSONRPCError:
    """Return the message of a line, or the error with which it is answered."""
    if len(line) > LONGEST:
        reason = f"a message of more than {LONGEST:,} bytes; send less at once"
        return _error(_id_of(line), types.INVALID_REQUEST, reason)
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValidationError as error:
        is_json = all(one["type"] != "json_invalid" for one in error.errors()[:1])
        if is_json:
            reason = 'not a message of JSON-RPC 2.0; write it like {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
            return _error(_id_of(line), types.INVALID_REQUEST, reason)
        return _error(None, types.PARSE_ERROR, "not JSON; write each message as JSON in UTF-8, on one line")


def _error(number: int | str | None, code: int, reason: str) -> types.JSONRPCError:
    return types.JSONRPCError(jsonrpc="2.0", id=number, error=types.ErrorData(code=code, message=reason))


_ID = re.compile(rb'(?<!\\)"id"\s*:\s*(?:(\d{1,15})|"([\w.-]{1,100})")')


def _id_of(line: bytes) -> int | str | None:
    """Return the id of a message that is not read as a whole, as far as it stands near one of its ends."""
    before = line[:_END].partition(b'"params"')[0]
    found = _ID.search(before) or (_ID.findall(line[-_END:]) and list(_ID.finditer(line[-_END:]))[-1])
    if not found:
        return None
    return int(found[1]) if found[1] else found[2].decode()


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    with contextlib.suppress(BrokenPipeError):  # the client has gone, as the end of its input will tell
        while left:
            left = left[os.write(file, left) :]
