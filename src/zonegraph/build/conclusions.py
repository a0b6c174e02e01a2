"""What a curator concludes: the triples that conclusions state, and which of them stand (docs/decisions/0005)."""

from __future__ import annotations

from itertools import product

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph import vocabulary as v

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_ARTICLE = evidence.article_iri("")
_CONCLUSION = ox.NamedNode(v.ZG + "Conclusion")


def stated(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return the triples that the conclusions of a graph state; none for one that names no property."""
    return [ox.Triple(*found) for node in in_graph(triples).values() for found in statements(node)]


def supported_by(triples: list[ox.Triple], kept: set[str]) -> list[ox.Triple]:
    """Return the curation graph's triples that still stand if only the articles `kept` count.

    A conclusion stands if all articles that it names are kept, whether it rests on them or joins a mention in them, and if the
    conclusions that it rests on stand. Reference data and outside sources always count.
    """
    concluded = in_graph(triples)
    articles = {evidence.article_iri(slug) for slug in kept}
    supported: set[object] = set()

    def left_out(node: object) -> bool:
        return isinstance(node, ox.NamedNode) and node.value.startswith(_ARTICLE) and node.value not in articles

    candidates = {
        node: {ground for ground in properties.get(v.ZG + "restsOn", []) if ground in concluded}
        for node, properties in concluded.items()
        if not any(left_out(value) for values in properties.values() for value in values)
    }
    growing = True
    while growing:
        new = {node for node, grounds in candidates.items() if node not in supported and grounds <= supported}
        supported |= new
        growing = bool(new)
    kept_statements = set(stated([t for t in triples if t.subject in supported]))
    all_stated = set(stated(triples))
    described = {
        subject
        for node in supported
        if v.ZG + "supports" not in concluded[node]
        for subject in concluded[node].get(v.ZG + "topic", [])
    }
    return [
        t
        for t in triples
        if (t in kept_statements) or t.subject in supported or (t.subject in described and t not in all_stated)
    ]


def joins_or_states(properties: Mapping[str, Sequence[Any]]) -> bool:
    """Return whether a conclusion states a triple or joins a mention; any other explains a node of the curation graph."""
    return v.ZG + "supports" in properties or v.ZG + "mentionedIn" in properties


def by_subject(triples: list[ox.Triple]) -> dict[object, dict[str, list[object]]]:
    """Return the values of each property of each subject, properties by IRI."""
    grouped: dict[object, dict[str, list[object]]] = {}
    for t in triples:
        grouped.setdefault(t.subject, {}).setdefault(t.predicate.value, []).append(t.object)
    return grouped


def in_graph(triples: list[ox.Triple]) -> dict[object, dict[str, list[object]]]:
    """Return the conclusions of a graph, each with the values of its properties."""
    return {
        node: properties
        for node, properties in by_subject(triples).items()
        if _CONCLUSION in properties.get(v.RDF_TYPE, [])
    }


def statements(properties: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the triples that a conclusion with these properties states; none if it names no property."""
    return product(*(properties.get(v.ZG + name, ()) for name in ("topic", "supports", "value")))
