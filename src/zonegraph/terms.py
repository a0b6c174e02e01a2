"""RDF terms as text, one way each."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph.vocabulary import RDF, XSD, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

TYPE, FIRST, REST, NIL = (ox.NamedNode(RDF + name) for name in ("type", "first", "rest", "nil"))
NUMERIC = frozenset(  # the datatypes whose values SPARQL compares as numbers (SPARQL 1.1, 17.1)
    XSD + kind
    for kind in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)


def text(term: object) -> str:
    """Return what a term says, without its notation: an IRI whole, the lexical form of a literal; empty for None."""
    return "" if term is None else str(getattr(term, "value", term))


def plain(term: object) -> str:
    """Return a term as people read it in a cell: an IRI shortened, a literal without quotes; empty for None."""
    return shorten(term.value) if isinstance(term, ox.NamedNode) else text(term)


def turtle(term: object) -> str:
    """Return a term in Turtle's notation: an IRI, and the datatype of a literal, as prefixed names where one fits."""
    if isinstance(term, ox.NamedNode):
        return shorten(term.value)
    written = str(term)
    if isinstance(term, ox.Literal) and written.endswith(f"^^{term.datatype}"):
        return written.removesuffix(str(term.datatype)) + shorten(term.datatype.value)
    return written


def triple(terms: Iterable[object]) -> str:
    """Return the terms of a triple or a triple pattern in Turtle's notation, without the dot."""
    subject, predicate, value = map(turtle, terms)
    return f"{subject} {'a' if predicate == 'rdf:type' else predicate} {value}"
