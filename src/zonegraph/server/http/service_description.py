"""What the endpoint says of itself (SPARQL 1.1 Service Description): formats, graphs, limits, and the dataset in VoID."""

from __future__ import annotations

import functools

import pyoxigraph as ox
from starlette.responses import Response

from zonegraph import vocabulary as v
from zonegraph.rdf import rdfxml
from zonegraph.rdf.serialize import FORMATS
from zonegraph.server import formats
from zonegraph.server.http import exchange, negotiation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from zonegraph.server.limits import Limits
    from zonegraph.server.serving import Serving

SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMAT = "http://www.w3.org/ns/formats/"
_FORMATS = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "nt": "N-Triples",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
    "nq": "N-Quads",
    "trig": "TriG",
}
# A limit's unit, as UN/CEFACT codes it, and what it bounds.
_LIMITS = {
    "timeout": ("SEC", "seconds that a query may take, and that it may wait for its turn"),
    "memory": ("AD", "bytes of address space of the process that evaluates a query"),
    "rows": ("C62", "rows or triples of an answer"),
    "bytes": ("AD", "bytes of an answer"),
    "body": ("AD", "bytes of a request's body"),
    "workers": ("C62", "queries that are evaluated at once"),
    "queue": ("C62", "requests that may wait for their turn"),
    "share": ("C62", "requests of one client that may wait or be answered at once"),
}


def answer(request: Request, endpoint: str) -> Response:
    """Answer with the description of the endpoint at an address.

    Raises RefusedError if the client accepts none of its formats.
    """
    serving: Serving = request.app.state.serving
    offer = negotiation.chosen(request.headers.get("accept"), formats.TRIPLES)
    if offer is None:
        raise exchange.not_acceptable(formats.TRIPLES)
    served = serving.current.served
    entity = exchange.tag(served.digest, "description", endpoint, serving.limits, offer.media_type)
    already = exchange.unchanged(request, [entity])
    if already is not None:
        return already
    content = _written(served.description, tuple(served.graphs), endpoint, serving.limits, offer.format)
    return Response(
        content,
        headers={
            "Content-Type": formats.content_type(offer.media_type),
            "ETag": entity,
            "Vary": "Accept",
            "Cache-Control": "no-cache",
        },
    )


@functools.lru_cache(maxsize=16)
def _written(description: str, graphs: tuple[str, ...], endpoint: str, limits: Limits, format: str) -> bytes:
    prefixes = {**v.PREFIXES, "sd": SD}
    triples = dict.fromkeys([*described(graphs, endpoint, limits), *_parsed(description)])
    usable = rdfxml.free(prefixes) if format == "rdfxml" else prefixes
    return ox.serialize(triples, format=FORMATS[format], prefixes=usable) or b""


def _parsed(description: str) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(description, format=ox.RdfFormat.N_TRIPLES))


def described(graphs: tuple[str, ...], endpoint: str, limits: Limits) -> Iterator[ox.Triple]:
    """Yield what is said of the endpoint.

    Parameters: `graphs`, the named graphs that it holds; `endpoint`, its address; `limits`, what a request may cost.
    """
    service = ox.NamedNode(endpoint + "#service")
    dataset = ox.NamedNode(v.DATASET if v.DATASET_GRAPH in graphs else endpoint + "#dataset")
    default = ox.NamedNode(endpoint + "#default-graph")

    def say(subject: ox.NamedNode, predicate: str, value: str | ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(subject, ox.NamedNode(predicate), ox.NamedNode(value) if isinstance(value, str) else value)

    yield say(service, v.RDF_TYPE, SD + "Service")
    yield say(service, SD + "endpoint", endpoint)
    yield say(service, SD + "supportedLanguage", SD + "SPARQL11Query")
    for offer in dict.fromkeys(offer.format for offer in (*formats.SOLUTIONS, *formats.TRIPLES)):
        yield say(service, SD + "resultFormat", _FORMAT + _FORMATS[offer])
    yield say(service, SD + "defaultDataset", dataset)
    yield say(dataset, v.RDF_TYPE, SD + "Dataset")
    yield say(dataset, SD + "defaultGraph", default)
    yield say(default, v.RDF_TYPE, SD + "Graph")
    for graph in graphs:
        named = ox.NamedNode(f"{endpoint}#{graph}")
        content = ox.NamedNode(graph)
        yield say(dataset, SD + "namedGraph", named)
        yield say(named, v.RDF_TYPE, SD + "NamedGraph")
        yield say(named, SD + "name", content)
        yield say(named, SD + "graph", content)
        yield say(content, v.RDF_TYPE, SD + "Graph")
    if v.QUERIES_GRAPH in graphs:
        queries = ox.NamedNode(v.QUERIES_GRAPH)
        yield say(service, v.RDFS + "seeAlso", queries)
        yield say(
            queries,
            v.DCTERMS + "description",
            ox.Literal("The saved queries, each as sh:SPARQLExecutable.", language="en"),
        )
    schema = v.PREFIXES["schema"]
    for name, (unit, meaning) in _LIMITS.items():
        limit = ox.NamedNode(f"{endpoint}#limit-{name}")
        yield say(service, schema + "additionalProperty", limit)
        yield say(limit, v.RDF_TYPE, schema + "PropertyValue")
        yield say(limit, schema + "name", ox.Literal(name))
        yield say(limit, schema + "description", ox.Literal(f"The most {meaning}.", language="en"))
        yield say(limit, schema + "maxValue", ox.Literal(getattr(limits, name)))
        yield say(limit, schema + "unitCode", ox.Literal(unit))
