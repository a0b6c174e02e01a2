"""How certain each triple is, recorded for those that no source states plainly (docs/decisions/0048).

A triple is as certain as its best passage, a derivation as its weakest premise, an inferred triple as its best derivation.
`closure.restate` and `closure.materialize_ranked` rank what they infer, by drawing from the most certain triples first.
"""

from __future__ import annotations

import hashlib
import re

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import conclusions
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any

_BELOW = v.RDFS + "subPropertyOf"
_ENTERED_UNDER, _RANK, _BASIS, _SPEAKER_BASIS, _SAID_BY, _COMPLETENESS, _SURENESS, _RESTS_ON, _TOPIC = (
    ox.NamedNode(v.ZG + name)
    for name in (
        "enteredUnder",
        "rank",
        "basis",
        "speakerBasis",
        "saidBy",
        "completeness",
        "sureness",
        "restsOn",
        "topic",
    )
)
_CERTAIN = ox.NamedNode(v.ZG + "certain")
_TYPE = ox.NamedNode(v.RDF_TYPE)


def scale(ontology: Iterable[ox.Triple]) -> dict[Any, int]:
    """Return the rank of each degree of certainty in an ontology, 0 for the most certain.

    Raises UsageError for a rank that is not a whole number.
    """
    ranks = {t.subject: terms.text(t.object) for t in ontology if t.predicate == _RANK}
    for degree, rank in ranks.items():
        if not re.fullmatch(r"\d+", rank, re.ASCII):
            raise UsageError(f"zg:rank of {terms.plain(degree)}: {rank}: not a whole number", "write it like zg:rank 3")
    return {degree: int(rank) for degree, rank in ranks.items()}


def dividing(ontology: Iterable[ox.Triple]) -> set[Any]:
    """Return the properties that divide an article's graph into parts: zg:enteredUnder and its sub-properties."""
    return {
        _ENTERED_UNDER,
        *(t.subject for t in ontology if t.object == _ENTERED_UNDER and t.predicate.value == _BELOW),
    }


def of_article(
    triples: list[ox.Triple], ranks: Mapping[Any, int], dividing: Collection[Any] = ()
) -> dict[ox.Triple, int]:
    """Return the rank of each triple of an article's graph that its passages do not state plainly.

    A class without a passage of its own is as certain as the best passage on its thing. Who speaks, and whether the values of a
    property are complete, are as certain as the evidence says.

    Parameters: `triples`, the graph as loaded; `ranks`, as `scale` returns them; `dividing`, the properties that `dividing`
    returns: they tell how the article is transcribed, so an unclear reading does not touch them.
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
        about_transcription = triple.predicate.value in evidence.UNSUPPORTED or triple.predicate in dividing
        if triple.subject in doubtful and not about_transcription:
            nodes, about = doubtful[triple.subject]
            carriers = evidence.carriers(triple, nodes) or ([*about] if triple.predicate == _TYPE else [])
            found[triple] = min((rank(about[node]) for node in carriers), default=0)
    for said, basis in ((_SAID_BY, _SPEAKER_BASIS), (_COMPLETENESS, _BASIS)):
        of_evidence = {t.subject: ranks.get(t.object, 0) for t in triples if t.predicate == basis}
        found |= {t: of_evidence[t.subject] for t in triples if t.predicate == said and t.subject in of_evidence}
    return {triple: rank for triple, rank in found.items() if rank}


def of_curation(triples: list[ox.Triple], ranks: Mapping[Any, int]) -> dict[ox.Triple, int]:
    """Return the rank of each triple that conclusions state, or that describes a node which a conclusion explains.

    A conclusion is no more certain than the conclusions that it rests on.

    Parameters: `triples`, the curation graph as loaded; `ranks`, as `scale` returns them.
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
        concludes = [ox.Triple(*each) for each in conclusions.statements(properties)]
        if not conclusions.joins_or_states(properties):
            concludes = [
                ox.Triple(topic, ox.NamedNode(p), value)  # type: ignore[arg-type]
                for topic in properties.get(_TOPIC.value, [])
                for p, values in about.get(topic, {}).items()
                for value in values
            ]
        for triple in concludes:
            found[triple] = min(own[node], found.get(triple, own[node]))
    return {triple: rank for triple, rank in found.items() if rank}


def described(by_graph: Mapping[str, Mapping[ox.Triple, int]], ranks: Mapping[Any, int]) -> Iterator[ox.Triple]:
    """Yield the triples of the graph of certainty: a node for each triple that is not plainly stated.

    Parameters: `by_graph`, for each graph the rank of each such triple, with the graph of the merge for the default graph; `ranks`, as
    `scale` returns them.
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
