"""An answer on its way to a client: what is held back, how a cut is told, and what happens when a client leaves.

The first 64 kB are held back. What breaks off by then is told in the status or in a header; what breaks off later
breaks the connection off, without the end that HTTP asks for, so no client takes a part of an answer for the whole.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from zonegraph.server.formats import content_type
from zonegraph.server.workers.pool import NotAnsweredError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from starlette.types import Receive, Scope, Send

    from zonegraph.server.workers.pool import Answer

HELD_BACK = 1 << 16  # bytes
# For clients of HTTP 1.0, which knows no chunks: an answer that breaks off would look whole.
HELD_BACK_WHOLE = 8 << 20  # bytes
SLOWEST = 20.0  # seconds that a client may take to make room for the next piece
RETRY = "5"  # seconds after which a client that was turned away may come again
CUT = "Zonegraph-Cut"
NOT_HELD = "Zonegraph-Graphs-Not-Held"
SHOWN = "Zonegraph-Rows"
_MOST_NAMES = 2_000  # characters of names in a header


def note(scope: Scope, **details: object) -> None:
    """Have the access log say more of a request."""
    scope.setdefault("zonegraph", {}).update(details)


async def respond(
    asking: Callable[[], AbstractAsyncContextManager[Answer]],
    media_types: Mapping[str, str],
    headers: Mapping[str, str],
    tag: Callable[[str], str | None],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Ask a question and send the answer, unless the client leaves first.

    Parameters: `asking`, which asks; `media_types`, by which name the client asked for the format of each kind of
    answer; `headers`, of an answer; `tag`, which gives the entity tag of an answer of a media type, None for none.
    """

    async def left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    leaving = asyncio.create_task(left())
    working = asyncio.create_task(_respond(asking, media_types, headers, tag, scope, send))
    try:
        await asyncio.wait({leaving, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            note(scope, outcome="client left")
    finally:
        leaving.cancel()
        working.cancel()
        results = await asyncio.gather(leaving, working, return_exceptions=True)
    if isinstance(results[1], Exception):
        raise results[1]


async def _respond(
    asking: Callable[[], AbstractAsyncContextManager[Answer]],
    media_types: Mapping[str, str],
    headers: Mapping[str, str],
    tag: Callable[[str], str | None],
    scope: Scope,
    send: Send,
) -> None:
    started = False
    try:
        async with asking() as answer:
            media_type = media_types[answer.kind]
            fields = {"Content-Type": content_type(media_type), **headers}
            if answer.absent:
                fields[NOT_HELD] = _names(answer.absent)
            if answer.shown:
                fields[SHOWN] = answer.shown
            entity = tag(media_type)
            note(scope, waited=round(answer.waited, 4), format=answer.format)
            held = bytearray()
            old = scope["http_version"] == "1.0"
            most = HELD_BACK_WHOLE if old else HELD_BACK
            while len(held) <= most:
                try:
                    held += await anext(answer)
                except StopAsyncIteration:
                    break
            else:
                if old:
                    raise NotAnsweredError("too long", 505, "an answer of more than 8 MB; ask for it by HTTP 1.1")
                started = True
                await _start(send, 200, fields | ({"ETag": entity} if entity else {}))
                await _body(send, bytes(held), more=True)
                if scope["method"] == "HEAD":
                    await _body(send, b"", more=False)
                    return
                async for piece in answer:
                    await _body(send, piece, more=True)
                if answer.cut:
                    note(scope, outcome=f"broken off: {answer.cut}")
                else:
                    await _body(send, b"", more=False)
                return
            if answer.cut:
                note(scope, outcome=f"cut: {answer.cut}")
                held += answer.tail
                fields[CUT] = answer.cut
            elif entity:
                fields["ETag"] = entity
            await _start(send, 200, fields | {"Content-Length": str(len(held))})
            await _body(send, bytes(held), more=False)
    except NotAnsweredError as error:
        note(scope, outcome=f"broken off: {error.why}" if started else error.why)
        if not started:
            await _refuse(send, error)
    except TimeoutError:
        note(scope, outcome="slow client")


async def _refuse(send: Send, error: NotAnsweredError) -> None:
    body = f"{error.reason}\n".encode()
    fields = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
    }
    if error.why in ("full", "share", "closed"):
        fields["Retry-After"] = RETRY
    await _start(send, error.status, fields)
    await _body(send, body, more=False)


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await _sent(send, {"type": "http.response.start", "status": status, "headers": fields})


async def _body(send: Send, body: bytes, *, more: bool) -> None:
    await _sent(send, {"type": "http.response.body", "body": body, "more_body": more})


async def _sent(send: Send, message: dict[str, Any]) -> None:
    """Send a message. Raises TimeoutError if the client makes no room for it."""
    async with asyncio.timeout(SLOWEST):
        await send(message)


def _names(graphs: list[str]) -> str:
    """Return names of graphs for a header, as many as fit."""
    names: list[str] = []
    for graph in graphs:
        name = f"<{quote(graph, safe=':/?#[]@!$&()*+,;=%~')}>"
        if sum(map(len, names)) + len(name) > _MOST_NAMES:
            names.append("...")
            break
        names.append(name)
    return " ".join(names)
