"""How certain triples are, as the build has recorded it (`zonegraph.build.certainty`)."""

from __future__ import annotations

from collections import namedtuple

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.store.batches import batches, comparable
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from zonegraph.store import Bindings, Store

    class Degree(NamedTuple):
        """A degree of certainty: its rank, 0 for the most certain, and its English name."""

        rank: int
        name: str

else:
    Degree = namedtuple("Degree", "rank name")

STATED = Degree(0, "stated")

_OF_TRIPLES = constant(
    f"""SELECT ?s ?p ?o ?g ?rank ?name WHERE {{
      VALUES (?s ?p) {{ }}
      GRAPH <{v.CERTAINTY_GRAPH}> {{
        ?triple zg:ofSubject ?s ; zg:ofProperty ?p ; zg:ofValue ?o ; zg:inGraph ?g ; zg:certainty ?degree
      }}
      ?degree zg:rank ?rank ; skos:prefLabel ?name FILTER(LANG(?name) = "en")
    }}"""
)


class Certainties:
    """How certain some triples are, graph by graph."""

    def __init__(self, store: Store, triples: Iterable[ox.Triple]) -> None:
        """Look up triples in a store."""
        self._known: dict[tuple[ox.Triple, str], Degree] = {}
        # Values are compared here: Virtuoso loses rows where VALUES mixes IRIs and literals.
        for rows in batches((t.subject, t.predicate) for t in triples):
            answer: Bindings = store.query(_OF_TRIPLES.bind_rows(("s", "p"), rows))  # type: ignore[assignment]
            for s, p, o, graph, rank, name in answer.rows:
                triple = comparable(ox.Triple(s, p, o))  # type: ignore[arg-type]
                self._known[triple, terms.text(graph)] = Degree(int(terms.text(rank)), terms.text(name))

    def of(self, triple: ox.Triple, graph: str = v.MERGE_GRAPH) -> Degree:
        """Return how certain a triple of a graph is; in the merge, by all its sources together."""
        return self._known.get((comparable(triple), graph), STATED)
