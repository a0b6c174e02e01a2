"""`/sparql`: SPARQL 1.1 Protocol, queries alone; without a query the service description."""

from __future__ import annotations

import functools
import re

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from zonegraph.server import formats
from zonegraph.server.http import negotiation, protocol, service_description
from zonegraph.server.http.exchange import address, body, client, not_acceptable, refusal, tag, unchanged
from zonegraph.server.http.protocol import RefusedError
from zonegraph.server.http.streaming import note, respond
from zonegraph.server.workers.questions import Sparql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from zonegraph.server.serving import Serving

PATH = "/sparql"
# What gives another answer each time, so that no tag can say that it is the same.
_VOLATILE = re.compile("NOW|RAND|UUID|BNODE", re.IGNORECASE)


async def sparql(request: Request) -> ASGIApp:
    """Answer a request to the endpoint."""
    note(request.scope, route=PATH)
    serving: Serving = request.app.state.serving
    try:
        content = await body(request, serving.limits.body) if request.method == "POST" else b""
        asked = protocol.asked(
            request.method, request.scope["query_string"], request.headers.get("content-type"), content
        )
        if asked.query is None:
            return service_description.answer(request, address(request) + PATH)
        return _queried(request, serving, asked, asked.query)
    except RefusedError as error:
        return refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)


def _queried(request: Request, serving: Serving, asked: protocol.Asked, text: str) -> ASGIApp:
    accept = request.headers.get("accept")
    choices = {kind: negotiation.chosen(accept, offers) for kind, offers in formats.KINDS.items()}
    if not any(choices.values()):
        raise not_acceptable((*formats.SOLUTIONS, *formats.TRIPLES))
    current = serving.current
    base = address(request) + PATH
    dataset = (asked.default_graphs, asked.named_graphs)

    def tagged(media_type: str) -> str | None:
        if request.method == "POST" or _VOLATILE.search(text):
            return None
        return tag(current.served.digest, base, text, dataset, media_type)

    already = unchanged(request, [tagged(offer.media_type) for offer in choices.values() if offer])
    if already is not None:
        return already
    question = Sparql(text, base, *dataset, {kind: offer and offer.format for kind, offer in choices.items()})
    return functools.partial(
        respond,
        lambda: current.strangers.ask(question, client(request)),
        {kind: offer.media_type for kind, offer in choices.items() if offer},
        {"Vary": "Accept", "Cache-Control": "no-cache" if request.method != "POST" else "no-store"},
        tagged,
    )
