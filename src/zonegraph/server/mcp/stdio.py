"""The protocol over standard input and output: one message a line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from zonegraph.server.mcp import lines, protocol
from zonegraph.server.mcp.backing import Backing
from zonegraph.server.mcp.lines import END, LONGEST


async def serve(backing: Backing, incoming: AsyncIterator[bytes], writing: int, greeted: int | str | None) -> None:
    """Speak with the client until its end of the input.

    Parameters: `incoming`, the lines that it sends, from the first on; `writing`, the number of the file to which
    nobody else may write; `greeted`, the id of the request that has been answered already (`greeting`), None if there
    is none.
    """
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    server = protocol.server(backing)

    async def listen() -> None:
        async with to_server:
            async for line in incoming:
                message = _message(line)
                if isinstance(message, SessionMessage):
                    await to_server.send(message)
                else:
                    await to_client.send(SessionMessage(message))

    async def speak() -> None:
        waiting = greeted
        async with from_server:
            async for told in from_server:
                message = told.message
                if waiting is not None and isinstance(message, types.JSONRPCResponse) and message.id == waiting:
                    waiting = None
                else:
                    await lines.write(writing, message.model_dump_json(by_alias=True, exclude_unset=True).encode())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(speak)
        tasks.start_soon(listen)
        await server.run(from_client, to_client, server.create_initialization_options())
        tasks.cancel_scope.cancel()  # the client has gone: nobody waits for what it has asked


def _message(line: bytes) -> SessionMessage | types.JSONRPCError:
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
    before = line[:END].partition(b'"params"')[0]
    found = _ID.search(before) or (_ID.findall(line[-END:]) and list(_ID.finditer(line[-END:]))[-1])
    if not found:
        return None
    return int(found[1]) if found[1] else found[2].decode()
