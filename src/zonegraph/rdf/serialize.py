"""Triples and quads in the formats of RDF: the same bytes for the same statements, values as they are written."""

from __future__ import annotations

from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


class Context(NamedTuple):
    """What a context of JSON-LD says: prefixes with their namespaces, used or not, and terms (see `jsonld.terms`)."""

    prefixes: Mapping[str, str]
    terms: Mapping[str, object]


def serialize(quads: Iterable[ox.Quad], format: str, prefixes: Mapping[str, str], context: Context) -> bytes:
    """Return statements in a format of RDF, each once, in an order of their own.

    Parameters: `format`, a key of FORMATS; `prefixes`, with their namespaces, of which those in use are declared;
    `context`, of JSON-LD. Raises UsageError for what the format cannot say.
    """
    ordered = sorted(dict.fromkeys(quads), key=_order)
    names = _iris(ordered)
    used = {p: namespace for p, namespace in prefixes.items() if any(iri.startswith(namespace) for iri in names)}
    if format == "jsonld":
        from zonegraph.rdf import jsonld

        # A prefix may be a word that JSON-LD has another use for: a term's, or the scheme of an IRI (`geo:30.25,120.16`).
        taken = {"", *context.terms, *(iri.partition(":")[0] for iri in names)} - v.STANDARD.keys()
        free = {p: ns for p, ns in {**context.prefixes, **used}.items() if p not in taken}
        return jsonld.write([quad.triple for quad in ordered], free, context.terms)
    if format == "rdfxml":
        from zonegraph.rdf import rdfxml

        return rdfxml.write([quad.triple for quad in ordered], used)
    return ox.serialize(ordered, format=FORMATS[format], prefixes=used)  # type: ignore[return-value]


def _iris(quads: Iterable[ox.Quad]) -> set[str]:
    terms = {term for quad in quads for term in quad}
    named = {term.value for term in terms if isinstance(term, ox.NamedNode)}
    return named | {term.datatype.value for term in terms if isinstance(term, ox.Literal)}


def _order(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
    return (
        str(quad.graph_name),
        str(quad.subject).rstrip(">"),  # so that a thing comes before what its IRI is a part of
        quad.predicate.value != v.RDF_TYPE,
        quad.predicate.value,
        str(quad.object),
    )
