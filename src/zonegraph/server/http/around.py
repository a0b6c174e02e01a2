"""What holds for every request: who may ask, how much may be sent, what each answer says beside itself, the access log."""

from __future__ import annotations

import datetime
import ipaddress
import json
import sys
import time
import traceback
from collections import namedtuple

from starlette.responses import PlainTextResponse, Response

from zonegraph.server.http.protocol import printable
from zonegraph.server.http.streaming import CUT, NOT_HELD, SHOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter
    from typing import NamedTuple

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    class Doors(NamedTuple):
        """Who may ask.

        `hosts` are the names by which the server may be called; `numbers` says whether any address that is a number will do beside
        them; `origins` are the web pages that may read answers, None for all.
        """

        hosts: frozenset[str]
        numbers: bool
        origins: frozenset[str] | None

else:
    Doors = namedtuple("Doors", "hosts numbers origins")

LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]"))
MOST_ADDRESS = 32_768  # bytes of a request's target
MOST_HEADERS = 32_768  # bytes of a request's headers
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")

_SECURITY = (
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "cross-origin"),
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_EXPOSED = f"ETag, Retry-After, {CUT}, {NOT_HELD}, {SHOWN}"


def doors(host: str, also: list[str], origins: list[str]) -> Doors:
    """Return who may ask.

    Parameters: `host`, that the server listens on; `also`, names by which it is called beside that; `origins`, the web
    pages that may read its answers, none for all.
    """
    name = f"[{host}]" if ":" in host else host
    everywhere = host in ("", "0.0.0.0", "::")  # a page that had its own name point here would not call us by a number
    hosts = LOOPBACK | {name.lower() for name in (name, *also) if name}
    return Doors(hosts, everywhere, frozenset(origins) if origins else None)


def log(event: str, **details: object) -> None:
    """Write a line of JSON to standard error: what happened, when, and its details."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # Whatever a client or an engine has said stands in it as ASCII, with escapes.
    sys.stderr.write(json.dumps({"time": now, "event": event, **details}, default=str) + "\n")
    sys.stderr.flush()


def guarded(app: ASGIApp, doors: Doors, counts: Counter[tuple[str, ...]]) -> ASGIApp:
    """Return an application that lets only those requests through to another one that may come, and logs them all."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began = time.monotonic()
        told = scope["zonegraph"] = {}
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        status = size = 0
        complete = False

        async def sent(message: Message) -> None:
            nonlocal status, size, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _headers(message["headers"], headers, doors)}
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                complete = not message.get("more_body", False)
            await send(message)

        try:
            refused = _refused(scope, headers, doors)
            await (refused or app)(scope, receive, sent)
        except Exception:
            log("fault", traceback=traceback.format_exc())
            if not status:
                await PlainTextResponse("the server has a fault; its log says more\n", 500)(scope, receive, sent)
        finally:
            seconds = time.monotonic() - began
            route = str(told.pop("route", "other"))
            method = scope["method"] if scope["method"] in METHODS else "other"
            counts["http", method, route, str(status)] += 1
            counts["seconds", route, _bucket(seconds)] += 1
            counts["microseconds", route] += round(seconds * 1e6)
            log(
                "request",
                method=method,
                path=printable(scope["path"]),
                status=status,
                bytes=size,
                complete=complete,
                seconds=round(seconds, 4),
                **told,
            )

    return guard


BUCKETS = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0)  # seconds


def _bucket(seconds: float) -> str:
    return next((str(bucket) for bucket in BUCKETS if seconds <= bucket), "+Inf")


def _refused(scope: Scope, headers: dict[bytes, str], doors: Doors) -> Response | None:
    """Return the answer to a request that may not come, or that every resource answers alike; None for others."""
    if sum(name == b"host" for name, _ in scope["headers"]) != 1 or not _is_ours(headers[b"host"], doors):
        # A page of another site may have its own name point here (DNS rebinding); it would read what is not for it.
        return PlainTextResponse("this server is not known by that name; --allowed-host adds one\n", 421)
    origin = headers.get(b"origin")
    if doors.origins is not None and origin is not None and origin not in doors.origins:
        return PlainTextResponse("pages of that origin may not ask here; --allowed-origin adds one\n", 403)
    if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS:
        return PlainTextResponse(f"an address of more than {MOST_ADDRESS:,} bytes; send a long query by POST\n", 414)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        return PlainTextResponse(f"headers of more than {MOST_HEADERS:,} bytes\n", 431)
    if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
        return Response(status_code=204, headers=_PREFLIGHT)
    return None


def _is_ours(host: str, doors: Doors) -> bool:
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if port and not (port.isascii() and port.isdigit()):
        return False
    name = name.lower().rstrip(".")
    if name in doors.hosts:
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return doors.numbers


def _headers(given: list[tuple[bytes, bytes]], asked: dict[bytes, str], doors: Doors) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that every answer has, where it does not say otherwise itself."""
    names = {name for name, _ in given}
    allowed = "*" if doors.origins is None else asked.get(b"origin")
    added = [*_SECURITY, ("access-control-expose-headers", _EXPOSED)]
    if allowed is not None and (allowed == "*" or allowed in (doors.origins or ())):
        added.append(("access-control-allow-origin", allowed))
    found = [*given, *((n.encode(), value.encode("latin-1")) for n, value in added if n.encode() not in names)]
    if doors.origins is not None:
        found.append((b"vary", b"Origin"))
    return found
