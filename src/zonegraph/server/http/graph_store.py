"""`/graphs`: SPARQL 1.1 Graph Store HTTP Protocol, reading alone."""

from __future__ import annotations

import functools

from zonegraph.server import formats
from zonegraph.server.http import negotiation, protocol
from zonegraph.server.http.exchange import address, client, not_acceptable, refusal, tag, unchanged
from zonegraph.server.http.protocol import RefusedError
from zonegraph.server.http.streaming import note, respond
from zonegraph.server.workers.questions import Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from zonegraph.server.serving import Serving

PATH = "/graphs"


async def graphs(request: Request) -> ASGIApp:
    """Answer with the triples of a graph, named by the parameter `graph`, or by the address itself, or the default graph."""
    note(request.scope, route=PATH)
    serving: Serving = request.app.state.serving
    try:
        graph = _named(request)
        offer = negotiation.chosen(request.headers.get("accept"), formats.TRIPLES)
        if offer is None:
            raise not_acceptable(formats.TRIPLES)
    except RefusedError as error:
        return refusal(error)
    current = serving.current
    if graph is not None and graph not in current.served.graphs:
        return refusal(RefusedError(404, f"<{protocol.printable(graph)}> is not a graph of this store"))
    entity = tag(current.served.digest, "content", graph, offer.media_type)
    return unchanged(request, [entity]) or functools.partial(
        respond,
        lambda: current.strangers.ask(Content(graph, offer.format), client(request)),
        {"triples": offer.media_type},
        {"Vary": "Accept", "Cache-Control": "no-cache"},
        lambda _: entity,
    )


def _named(request: Request) -> str | None:
    """Return the IRI of the graph that a request names, None for the default graph.

    Raises RefusedError if it names none, or several.
    """
    parameters = protocol.fields(request.scope["query_string"], "the address")
    named, default = parameters.get("graph", []), parameters.get("default", [])
    if request.url.path.rstrip("/") != PATH:
        if named or default:
            raise RefusedError(400, "the address names a graph itself: leave out the parameters")
        return f"{address(request)}{request.scope['raw_path'].decode('ascii')}"
    if len(named) + len(default) != 1 or any(default):
        raise RefusedError(400, f"name one graph: {PATH}?graph=IRI, or {PATH}?default")
    if default:
        return None
    protocol.require_iri(named[0], "graph")
    return named[0]
