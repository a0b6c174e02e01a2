"""`/validate`: what is wrong with a Turtle file that somebody sends, in every format of `zonegraph validate`."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections import Counter

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from zonegraph.errors import UsageError, ZonegraphError
from zonegraph.server import formats, validating
from zonegraph.server.formats import Offer
from zonegraph.server.http import negotiation, protocol
from zonegraph.server.http.exchange import body, client, not_acceptable, refusal
from zonegraph.server.http.protocol import RefusedError, printable
from zonegraph.server.http.streaming import RETRY, note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request

    from zonegraph.server.serving import Serving

PATH = "/validate"
TURTLE = "text/turtle"
SLUG = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
REPORTS = (
    Offer("text/plain", "text"),
    Offer("application/json", "json"),
    Offer("application/sarif+json", "sarif"),
    Offer("text/turtle", "turtle"),
    Offer("application/xml", "junit"),
    Offer("text/xml", "junit"),
    Offer("text/html", "html"),
)
_UNNAMED = "new-article"
_MORE_MEMORY = 1 << 30  # bytes of address space beside what a query may have: rules and shapes are read as well
_OF_ONE, _OF_ALL = 2, 8  # files of a client, and of all clients, that are judged or wait


class Judging:
    """Which files are judged, or wait for that. One is judged at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(1)
        self.waiting: Counter[str] = Counter()


async def validated(request: Request) -> Response:
    """Answer with what is found in the body."""
    note(request.scope, route=PATH)
    if request.method != "POST":  # else it would be taken for the address of a thing
        raise HTTPException(405, headers={"Allow": "POST"})
    serving: Serving = request.app.state.serving
    root = serving.current.served.root
    try:
        offer = negotiation.chosen(request.headers.get("accept"), REPORTS)
        if offer is None:
            raise not_acceptable(REPORTS)
        if root is None:
            raise RefusedError(404, "this graph is of no project, and has no rules")
        slug = _slug(request)
        _require_turtle(request)
        content = await body(request, serving.limits.body)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise RefusedError(400, f"the body: not UTF-8 (byte {error.start + 1})") from None
        report = await _judged(request, root, slug, text, offer.format)
    except RefusedError as error:
        return refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    headers = {
        "Content-Type": formats.content_type(offer.media_type),
        "Vary": "Accept",
        "Cache-Control": "no-store",
    }
    if offer.format == "html":
        headers["Content-Security-Policy"] = _policy(report)
    return Response(report.encode(), headers=headers)


def _slug(request: Request) -> str:
    fields = protocol.fields(request.scope["query_string"], "the address")
    for name in fields:
        if name != "slug":
            raise RefusedError(400, f"{printable(name)}: no such parameter; there is slug, the name of the file")
    slugs = fields.get("slug", [_UNNAMED])
    if len(slugs) > 1 or not re.fullmatch(SLUG, slugs[0], re.ASCII) or slugs[0].endswith("\n"):
        raise RefusedError(
            400,
            f"slug={printable(slugs[0])}: give one, of at most 100 letters, digits and hyphens, like 2021-03-26-a-publisher",
        )
    return slugs[0]


def _require_turtle(request: Request) -> None:
    given = request.headers.get("content-type")
    if protocol.media_type(given) != TURTLE:
        told = "no Content-Type" if given is None else f"Content-Type {printable(given)}"
        raise RefusedError(415, f"{told}: send Turtle as {TURTLE}", {"Accept-Post": TURTLE})


async def _judged(request: Request, root: str, slug: str, text: str, format: str) -> str:
    """Return the report. Raises RefusedError if there is none, ClientDisconnect if nobody waits for it any more."""
    serving: Serving = request.app.state.serving
    judging: Judging = request.app.state.judging
    who = client(request)
    retry = {"Retry-After": RETRY}
    if judging.waiting[who] >= _OF_ONE:
        raise RefusedError(429, "two of your files are already being judged or waiting", retry)
    if judging.waiting.total() >= _OF_ALL:
        raise RefusedError(503, "too many files wait to be judged", retry)
    limits = serving.limits

    async def judge() -> str:
        async with judging.turn:
            return await validating.written(root, slug, text, limits.timeout, limits.memory + _MORE_MEMORY, format)

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    judging.waiting[who] += 1
    working, leaving = asyncio.create_task(judge()), asyncio.create_task(left())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            note(request.scope, outcome="client left")
            raise ClientDisconnect
        return working.result()
    except UsageError as error:
        raise RefusedError(400, str(error)) from None
    except ZonegraphError as error:
        raise RefusedError(503, str(error), retry) from None
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
        judging.waiting[who] -= 1
        judging.waiting += Counter()  # who has none waiting is forgotten


def _policy(report: str) -> str:
    """Return the policy of a page that lets in its own stylesheets, by their digests."""
    styles = re.findall("<style>(.*?)</style>", report, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles[:1]]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return f"default-src 'none'; style-src {allowed}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
