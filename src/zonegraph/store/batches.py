"""Questions about many triples in few queries, to a store that may be far away."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeVar

    from zonegraph.store import Bindings, Store, Term

    Row = TypeVar("Row")

BATCH = 200  # rows of values in one query

_DECIMAL, _INTEGER = (ox.NamedNode(v.XSD + name) for name in ("decimal", "integer"))

_GRAPHS_OF = constant("SELECT ?s ?p ?o ?g WHERE { VALUES (?s ?p) { } GRAPH ?g { ?s ?p ?o } }")
_GRAPHS_OF_WHOLE = constant("SELECT ?s ?p ?o ?g WHERE { VALUES (?s ?p ?o) { } GRAPH ?g { ?s ?p ?o } }")


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows, each once, as many at a time as one query takes."""
    distinct = list(dict.fromkeys(rows))
    for first in range(0, len(distinct), BATCH):
        yield distinct[first : first + BATCH]


def comparable(triple: ox.Triple) -> ox.Triple:
    """Return a triple as it is compared with others: see `comparable_term`."""
    value = comparable_term(triple.object)
    return triple if value is triple.object else ox.Triple(triple.subject, triple.predicate, value)  # type: ignore[arg-type]


def comparable_term(term: Term | None) -> Term | None:
    """Return a term as it is compared with others: a decimal that is whole as an integer, all else as it is.

    Virtuoso 7 answers an integer of more than 32 bits as a decimal of the same value.
    """
    if isinstance(term, ox.Literal) and term.datatype == _DECIMAL and term.value.partition(".")[2].strip("0") == "":
        return ox.Literal(term.value.partition(".")[0], datatype=_INTEGER)
    return term


def graphs_of(store: Store, triples: Sequence[ox.Triple]) -> dict[ox.Triple, set[str]]:
    """Return for each triple the named graphs that hold it."""
    holders: dict[ox.Triple, set[str]] = {triple: set() for triple in triples}
    asked = {comparable(triple): triple for triple in holders}
    # Literals are compared here: Virtuoso loses some of the rows where VALUES mixes them with IRIs.
    whole = ((t.subject, t.predicate, t.object) for t in holders if isinstance(t.object, ox.NamedNode))
    rest = ((t.subject, t.predicate) for t in holders if not isinstance(t.object, ox.NamedNode))
    for query in [
        *(_GRAPHS_OF_WHOLE.bind_rows(("s", "p", "o"), rows) for rows in batches(whole)),
        *(_GRAPHS_OF.bind_rows(("s", "p"), rows) for rows in batches(rest)),
    ]:
        answer: Bindings = store.query(query)  # type: ignore[assignment]
        for s, p, o, g in answer.rows:
            triple = asked.get(comparable(ox.Triple(s, p, o)))  # type: ignore[arg-type]
            if triple is not None and terms.text(g) != v.MERGE_GRAPH:
                holders[triple].add(terms.text(g))
    return holders
