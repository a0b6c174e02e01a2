"""`/openapi.json`: what can be asked here, as OpenAPI 3.1, made from the saved queries; and `/docs`, the same to read."""

from __future__ import annotations

import json
from html import escape

from starlette.responses import Response

from zonegraph import catalogue
from zonegraph.answers import queries
from zonegraph.server import formats
from zonegraph.server.http import exchange, feeds, graph_store, negotiation, page, saved, sparql, validate
from zonegraph.server.http.exchange import refusal
from zonegraph.server.http.streaming import note
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from starlette.requests import Request

    from zonegraph.catalogue import Parameter, SavedQuery
    from zonegraph.server.served import Served

    Data: TypeAlias = dict[str, Any]

PATH, PAGE = "/openapi.json", "/docs"
_TYPES: dict[str, Data] = {
    "iri": {"type": "string", "minLength": 1},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": saved.MOST}
_OPTIONS: dict[str, Data] = {
    "cite": {"type": "boolean", "default": False},
    "as-of": {"type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$"},
    "limit": _NUMBER,
    "offset": {**_NUMBER, "minimum": 0},
}
_TEXT = {"text/plain": {"schema": {"type": "string"}}}
_REFUSED = {
    "400": "what is wrong with the request, and what would be right",
    "404": "nothing there; the nearest name",
    "406": "none of the accepted formats is on offer",
    "429": "too many requests of this client wait; Retry-After says when to come again",
    "503": "too many requests wait, or the engine failed; Retry-After says when to come again",
    "504": "not answered in time",
}


async def description(request: Request) -> Response:
    """Answer with the description of what can be asked."""
    note(request.scope, route=PATH)
    served: Served = request.app.state.serving.current.served
    base = exchange.address(request)
    entity = exchange.tag(served.digest, "openapi", base)
    already = exchange.unchanged(request, [entity])
    if already is not None:
        return already
    content = json.dumps(document(served, base), ensure_ascii=False).encode()
    return Response(content, media_type="application/json", headers={"ETag": entity, "Cache-Control": "no-cache"})


def document(served: Served, base: str) -> Data:
    """Return what can be asked, as an OpenAPI document. Parameters: `base`, the address of the server, without a path."""
    kept = catalogue.from_json(served.catalogue)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A knowledge graph, read-only",
            "version": VERSION,
            "description": "Saved questions, SPARQL and named graphs. Errors are plain text that says what would be right.",
        },
        "servers": [{"url": base}],
        "tags": [{"name": tag} for tag in sorted({tag for query in kept.values() for tag in query.tags})],
        "paths": {
            **_others(),
            saved.PATH: {
                "get": {
                    "operationId": "list",
                    "summary": "The saved questions",
                    "parameters": [
                        _parameter("tag", "those with this tag", {"type": "array", "items": {"type": "string"}})
                    ],
                    "responses": _responses("the questions, with parameters and columns", (o.media_type for o in saved.LISTED)),
                }
            },
            **{f"{saved.PATH}/{name}": {"get": _question(query)} for name, query in kept.items()},
            **{f"{feeds.PATH}/{name}": {"get": _feed(query)} for name, query in kept.items() if catalogue.feed(query)},
        },
    }  # fmt: skip


def _question(query: SavedQuery) -> Data:
    columns = "\n".join(f"- `{name}`: {meaning}" for name, meaning in query.columns.items())
    without = "".join(f"\n- {what}" for what in query.leaves_out)
    options = [
        _parameter(name, option.description, _OPTIONS.get(name, {"type": "string", "minLength": 1}), option.example)
        for name, option in saved.options(query).items()
    ]
    types = dict.fromkeys(offer.media_type for offer in formats.SOLUTIONS)
    return {
        "operationId": f"ask-{query.name}",
        "summary": query.question,
        "description": f"{query.summary}\n\nColumns:\n{columns}" + (f"\n\nLeaves out:{without}" if without else ""),
        "tags": query.tags,
        "parameters": [*map(_own, query.parameters), *options],
        "responses": _responses("the rows", types),
    }


def _feed(query: SavedQuery) -> Data:
    return {
        "operationId": f"feed-{query.name}",
        "summary": f"As a feed: {query.question}",
        "tags": query.tags,
        "parameters": [*map(_own, query.parameters)],
        "responses": _responses("the feed, the latest day first", (offer.media_type for offer in feeds.OFFERS)),
    }


def _own(parameter: Parameter) -> Data:
    kind = "A label, a prefixed name or an IRI: " if parameter.type == "iri" else ""
    default = f" (default: {parameter.default})" if queries.narrowed(parameter) else ""
    schema = {"type": "array", "minItems": 1, "items": _TYPES[parameter.type]}
    return _parameter(parameter.name, f"{kind}{parameter.description}{default}", schema)


def _parameter(name: str, description: str, schema: Data, example: str = "") -> Data:
    shown = {"example": json.loads(example) if schema["type"] in ("integer", "boolean") else example} if example else {}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **shown}


def _responses(meaning: str, types: Iterable[str]) -> Data:
    answer = {
        "description": meaning,
        "headers": {"ETag": {"description": "stays the same with the answer", "schema": {"type": "string"}}},
        "content": {media_type: {} for media_type in types},
    }
    return {
        "200": answer,
        "304": {"description": "the answer is the one that the client has"},
        **{status: {"description": why, "content": _TEXT} for status, why in _REFUSED.items()},
    }


def _others() -> Data:
    answers = dict.fromkeys(offer.media_type for offer in (*formats.SOLUTIONS, *formats.TRIPLES))
    triples = dict.fromkeys(offer.media_type for offer in formats.TRIPLES)
    text: Data = {"type": "string"}
    iris = {"type": "array", "items": {"type": "string", "format": "iri"}}
    graphs = [
        _parameter("default-graph-uri", "graphs that plain patterns ask", iris),
        _parameter("named-graph-uri", "graphs that GRAPH asks", iris),
    ]
    posted = {
        "application/sparql-query": {"schema": text},
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "properties": {"query": text}, "required": ["query"]}
        },
    }
    answered = _responses("the answer; without a query the service description", answers)
    unread = {"415": {"description": "a body of another type", "content": _TEXT}}
    return {
        sparql.PATH: {
            "get": {
                "operationId": "query",
                "summary": "SPARQL 1.1 Protocol, queries alone",
                "parameters": [_parameter("query", "SPARQL 1.1", text), *graphs],
                "responses": answered,
            },
            "post": {
                "operationId": "query-by-post",
                "summary": "The same for a long query",
                "parameters": graphs,
                "requestBody": {"required": True, "content": posted},
                "responses": {**answered, **unread},
            },
        },
        graph_store.PATH: {
            "get": {
                "operationId": "graph",
                "summary": "The triples of a graph: name one of `graph` and `default`",
                "parameters": [
                    _parameter("graph", "the IRI of a named graph", {"type": "string", "format": "iri"}),
                    _parameter("default", "the merge", {"type": "string", "maxLength": 0}),
                ],
                "responses": _responses("the triples", triples),
            }
        },
        validate.PATH: {
            "post": {
                "operationId": "validate",
                "summary": "What is wrong with Turtle, judged as an article's file of the project; nothing is kept",
                "parameters": [
                    _parameter(
                        "slug",
                        "the name of the file, which is the article's",
                        {"type": "string", "pattern": validate.SLUG},
                    )
                ],
                "requestBody": {"required": True, "content": {validate.TURTLE: {"schema": text}}},
                "responses": {
                    **_responses("the findings", (offer.media_type for offer in validate.REPORTS)),
                    **unread,
                },
            }
        },
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the server can answer",
                "responses": {
                    "200": {"description": "it can", "content": {"application/json": {}}},
                    "503": {"description": "it cannot"},
                },
            }
        },
    }


async def documentation(request: Request) -> Response:
    """Answer with a page about what can be asked."""
    note(request.scope, route=PAGE)
    offer = negotiation.chosen(request.headers.get("accept"), (formats.Offer("text/html", "html"),))
    if offer is None:
        return refusal(exchange.not_acceptable((formats.Offer("text/html", "html"),)))
    served: Served = request.app.state.serving.current.served
    told = document(served, exchange.address(request))
    entity = exchange.tag(served.digest, "docs", page.STYLE, exchange.address(request))
    already = exchange.unchanged(request, [entity])
    if already is not None:
        return already
    parts = [
        f"<h1>{escape(told['info']['title'])}</h1>",
        f"<p>{escape(told['info']['description'])} {page.link(PATH, 'OpenAPI')}</p>",
    ]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            parts.append(_shown(path, method, operation))
    return page.html(
        told["info"]["title"], "\n".join(parts), {"ETag": entity, "Vary": "Accept", "Cache-Control": "no-cache"}
    )


def _shown(path: str, method: str, operation: Data) -> str:
    rows = [
        (f"<code>{escape(p['name'])}</code>", escape(p["schema"].get("items", p["schema"])["type"]), escape(p["description"]))
        for p in operation.get("parameters", ())
    ]  # fmt: skip
    heading = escape(f"{method.upper()} {path}")
    if method == "get" and path.startswith(saved.PATH):
        heading = page.link(path, heading)
    described = "".join(f"<p>{escape(part)}</p>" for part in operation.get("description", "").split("\n") if part)
    shown = page.table(["parameter", "type", "meaning"], rows) if rows else ""
    return f'<h2 id="{escape(operation["operationId"])}">{heading}</h2>\n<p>{escape(operation["summary"])}</p>\n{described}\n{shown}'
