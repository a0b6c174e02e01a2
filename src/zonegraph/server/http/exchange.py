"""What the resources share: reading a request's body, refusing, and sparing a client what it has already."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json

from starlette.responses import PlainTextResponse, Response

from zonegraph.server.http.protocol import RefusedError
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from zonegraph.server.formats import Offer

_SLOWEST_BODY = 30.0  # seconds in which a request's body must be there


def refusal(error: RefusedError) -> Response:
    """Return the answer to a request that is refused: why, as plain text."""
    return PlainTextResponse(f"{error.reason}\n", error.status, {"Cache-Control": "no-store", **error.headers})


def address(request: Request) -> str:
    """Return by which address the server was called, without a path: the `Host` header was held against the names that it has."""
    public: str | None = request.app.state.public
    return public or f"{request.url.scheme}://{request.headers['host']}"


def client(request: Request) -> str:
    """Return by what a client is told from others: its address, of IPv6 the half that its network has, since the rest is its to choose."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:  # what a proxy calls it
        return host
    if address.version == 4 or address.ipv4_mapped:
        return host
    return str(ipaddress.ip_network((int(address), 64), strict=False))


async def body(request: Request, most: int) -> bytes:
    """Return a request's body. Raises RefusedError if it is too large, too slow, or encoded."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(415, "Content-Encoding: send the body as it is")
    large = RefusedError(413, f"a body of more than {most:,} bytes")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most:
        raise large
    found = bytearray()
    try:
        async with asyncio.timeout(_SLOWEST_BODY):
            async for piece in request.stream():
                found += piece
                if len(found) > most:
                    raise large
    except TimeoutError:
        raise RefusedError(408, f"the body was not there within {_SLOWEST_BODY:g} s") from None
    return bytes(found)


def not_acceptable(offers: Sequence[Offer]) -> RefusedError:
    """Return the refusal of a request that accepts none of the formats on offer."""
    types = ", ".join(dict.fromkeys(offer.media_type for offer in offers))
    return RefusedError(406, f"none of the accepted formats is on offer; there are {types}")


def tag(*parts: object) -> str:
    """Return the entity tag of an answer that depends on these parts and on this program alone."""
    return f'"{hashlib.sha256(json.dumps([VERSION, *parts]).encode()).hexdigest()[:32]}"'


def unchanged(request: Request, tags: Sequence[str | None]) -> Response | None:
    """Return the answer to a client that has the answer already, by the tags that it may have; None for others."""
    asked = request.headers.get("if-none-match", "")
    known = {name.strip().removeprefix("W/") for name in asked.split(",")}
    held = next((name for name in tags if name is not None and name in known), None)
    if held is None:
        return None
    return Response(status_code=304, headers={"ETag": held, "Vary": "Accept", "Cache-Control": "no-cache"})
