"""How sure the graph is of its triples, written down for those that no source states plainly (docs/decisions/0048).

Within a triple the surest passage counts, among the premises of a derivation the weakest, among derivations the surest. What
follows gets its rank where it is drawn: `closure.restate` and `closure.materialize_ranked` draw from the surest triples first.
"""

from __future__ import annotations

import hashlib

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import conclusions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any

_BELOW = v.RDFS + "subPropertyOf"
_STANDS_IN, _RANK, _BASIS, _SPEAKER_BASIS, _SAID_BY, _COMPLETENESS, _SURENESS, _RESTS_ON, _TOPIC = (
    ox.NamedNode(v.ZG + name)
    for name in ("standsIn", "rank", "basis", "speakerBasis", "saidBy", "completeness", "sureness", "restsOn", "topic")
)
_CERTAIN = ox.NamedNode(v.ZG + "certain")
_TYPE = ox.NamedNode(v.RDF_TYPE)


def scale(ontology: Iterable[ox.Triple]) -> dict[Any, int]:
    """Return the rank of each degree of certainty that an ontology names, the surest 0."""
    return {t.subject: int(terms.text(t.object)) for t in ontology if t.predicate == _RANK}


def dividing(ontology: Iterable[ox.Triple]) -> set[Any]:
    """Return the properties by which an article's graph is divided, zg:standsIn and those below it."""
    return {_STANDS_IN, *(t.subject for t in ontology if t.object == _STANDS_IN and t.predicate.value == _BELOW)}


def of_article(
    triples: list[ox.Triple], ranks: Mapping[Any, int], dividing: Collection[Any] = ()
) -> dict[ox.Triple, int]:
    """Return the rank of each triple of an article's graph that its passages do not state plainly.

    Parameters: `triples`, the graph as it is loaded; `ranks`, what `scale` returned; `dividing`, what the function of that name did:
    where a thing stands is how the article is transcribed, and no less sure for what is read there. The class of a thing is as sure as
    the surest passage on it where none is on the class itself; who speaks, and whether values are all there is, are as sure as the
    evidence says.
    """
    grouped = evidence.by_subject(triples)
    found: dict[ox.Triple, int] = {}
    weak = {t.subject for t in triples if t.predicate == _BASIS and ranks.get(t.object)}

    def rank(about: Iterable[ox.Triple]) -> int:
        return max((ranks.get(t.object, 0) for t in about if t.predicate == _BASIS), default=0)

    doubtful = {
        subject: (nodes, dict(nodes)) for subject, nodes in grouped.items() if any(node in weak for node, _ in nodes)
    }
    for triple in triples:
        unasked = triple.predicate.value in evidence.UNSUPPORTED or triple.predicate in dividing
        if triple.subject in doubtful and not unasked:
            nodes, about = doubtful[triple.subject]
            carriers = evidence.carriers(triple, nodes) or ([*about] if triple.predicate == _TYPE else [])
            found[triple] = min((rank(about[node]) for node in carriers), default=0)
    for said, basis in ((_SAID_BY, _SPEAKER_BASIS), (_COMPLETENESS, _BASIS)):
        of_evidence = {t.subject: ranks.get(t.object, 0) for t in triples if t.predicate == basis}
        found |= {t: of_evidence[t.subject] for t in triples if t.predicate == said and t.subject in of_evidence}
    return {triple: rank for triple, rank in found.items() if rank}


def of_curation(triples: list[ox.Triple], ranks: Mapping[Any, int]) -> dict[ox.Triple, int]:
    """Return the rank of each triple that conclusions state, or that describes what a conclusion is about.

    Parameters: as for `of_article`. A conclusion is no surer than those it rests on.
    """
    about = conclusions.by_subject(triples)
    concluded = conclusions.in_graph(triples)
    own = {
        node: max((ranks.get(sureness, 0) for sureness in properties.get(_SURENESS.value, [_CERTAIN])), default=0)
        for node, properties in concluded.items()
    }
    settled = False
    while not settled:
        settled = True
        for node, properties in concluded.items():
            weakest = max([own[node], *(own.get(ground, 0) for ground in properties.get(_RESTS_ON.value, []))])
            if weakest > own[node]:
                own[node], settled = weakest, False
    found: dict[ox.Triple, int] = {}
    for node, properties in concluded.items():
        told = [ox.Triple(*each) for each in conclusions.statements(properties)]
        if not conclusions.joins_or_states(properties):
            told = [
                ox.Triple(topic, ox.NamedNode(p), value)  # type: ignore[arg-type]
                for topic in properties.get(_TOPIC.value, [])
                for p, values in about.get(topic, {}).items()
                for value in values
            ]
        for triple in told:
            found[triple] = min(own[node], found.get(triple, own[node]))
    return {triple: rank for triple, rank in found.items() if rank}


def described(by_graph: Mapping[str, Mapping[ox.Triple, int]], ranks: Mapping[Any, int]) -> Iterator[ox.Triple]:
    """Yield the triples of the graph that says how sure others are: a node for each triple that is not plainly stated.

    Parameters: `by_graph`, for each graph the rank of each such triple; the graph of the merge stands for the default graph.
    """
    names = {rank: degree for degree, rank in ranks.items()}
    for graph, of_graph in by_graph.items():
        for triple, rank in of_graph.items():
            key = hashlib.sha256(f"{graph} {triple}".encode()).hexdigest()[:16]
            node = ox.NamedNode(f"{v.ZGD}certainty-{key}")
            yield ox.Triple(node, ox.NamedNode(v.ZG + "inGraph"), ox.NamedNode(graph))
            yield ox.Triple(node, ox.NamedNode(v.ZG + "ofSubject"), triple.subject)
            yield ox.Triple(node, ox.NamedNode(v.ZG + "ofProperty"), triple.predicate)
            yield ox.Triple(node, ox.NamedNode(v.ZG + "ofValue"), triple.object)
            yield ox.Triple(node, ox.NamedNode(v.ZG + "certainty"), names[rank])
