"""Questions about many triples in few queries, to a store that may be far away."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.store.query import compiled, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

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


def matching(
    store: Store,
    patterns: str,
    bound: Collection[ox.Variable],
    wanted: Iterable[tuple[Row, Mapping[ox.Variable, Term]]],
    prologue: str = "",
) -> Iterator[tuple[Row, dict[ox.Variable, Term]]]:
    """Yield the solutions of patterns for each of some things in which variables have the values that are wanted for it.

    Parameters: `patterns`, as the inside of a WHERE clause; `bound`, the variables of which the patterns ask, so that
    their values may be given before; any other is compared; `wanted`, the things, with the values; `prologue`, the PREFIX lines needed.
    """
    alike: dict[tuple[Any, ...], dict[tuple[Any, ...], list[tuple[Row, Mapping[ox.Variable, Term]]]]] = {}
    for thing, values in wanted:
        # Values of one kind in a query, since Virtuoso loses rows of several; no query can name a blank node.
        kind = tuple((name, type(term), getattr(term, "datatype", None)) for name, term in values.items())
        alike.setdefault(kind, {}).setdefault(tuple(map(comparable_term, values.values())), []).append((thing, values))
    for kind, things in alike.items():
        names = [name for name, _, _ in kind]
        # Literals are compared here: Virtuoso takes a date that VALUES gives for an IRI.
        given = [name for name, of, _ in kind if name in bound and of is ox.NamedNode]
        for rows in batches(tuple(several[0][1][name] for name in given) for several in things.values()):
            listed = " ".join(f"({' '.join(map(str, row))})" for row in rows)
            first = f"VALUES ({' '.join(map(str, given))}) {{ {listed} }}" if given else ""
            answer: Bindings = store.query(compiled(f"{prologue}SELECT * WHERE {{ {first} {patterns} }}"))  # type: ignore[assignment]
            variables = [ox.Variable(name) for name in answer.variables]
            for row in answer.rows:
                solution = {name: term for name, term in zip(variables, row, strict=True) if term is not None}
                for thing, values in things.get(tuple(comparable_term(solution.get(name)) for name in names), ()):
                    yield thing, {**solution, **values}


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
