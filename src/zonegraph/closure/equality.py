"""Equality: what is said of a thing is said of all that are the same (OWL 2 RL, eq-*), drawn for whole sets of names at once.

One by one, the rules would join every pair of names with all that is said of either, which takes the cube of their number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import pyoxigraph as ox

from zonegraph.closure.ontology import says_nothing
from zonegraph.closure.paths import components
from zonegraph.closure.rules import SAME_AS
from zonegraph.errors import UsageError
from zonegraph.store.embedded import EmbeddedStore

DRAWN_TOGETHER = frozenset({"eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"})
# In which a term of several names may stand; 500 names of one thing are the same in 250,000 pairs.
MOST_TRIPLES = 250_000


class TooManyNamesError(UsageError):
    """Equality would make more triples than MOST_TRIPLES; `stated` is one of those that declare the largest set of names."""

    def __init__(self, problem: str, remedy: str, stated: ox.Triple) -> None:
        super().__init__(problem, remedy)
        self.stated = stated


def substituted(store: EmbeddedStore) -> list[ox.Triple]:
    """Return what follows from owl:sameAs in a store's default graph and is not there yet.

    Parameters: `store`. Returns the triples, each once. A literal is never the same as something: it is no subject.
    Raises TooManyNamesError before it draws more triples than MOST_TRIPLES.
    """
    names = _names(store)
    patterns = set(_patterns(store, names))
    count = sum(math.prod(len(names[term]) if term in names else 1 for term in pattern) for pattern in patterns)
    if count > MOST_TRIPLES:
        largest = max(names.values(), key=len)
        stated = min(_declared(store, largest), key=str)
        raise TooManyNamesError(
            f"owl:sameAs makes {len(largest):,} names of one thing, {stated.subject} and others, and {count:,} triples of what "
            f"is said of it; at most {MOST_TRIPLES:,} are drawn",
            "use one IRI for the thing; for things outside the graph, schema:sameAs",
            stated,
        )
    new = []
    for pattern in patterns:
        for s, p, o in product(*(names.get(term, (term,)) for term in pattern)):
            if isinstance(p, ox.NamedNode):
                triple = ox.Triple(s, p, o)
                if not says_nothing(triple) and ox.Quad(s, p, o) not in store.ox:
                    new.append(triple)
    return new


def _names(store: EmbeddedStore) -> dict[Any, list[Any]]:
    """Return for each term that has several names all of them, in order; one list for all names of a set."""
    same: dict[Any, set[Any]] = {}
    for triple in _matching(store, None, SAME_AS, None):
        if triple.subject != triple.object and not isinstance(triple.object, ox.Literal):
            same.setdefault(triple.subject, set()).add(triple.object)
            same.setdefault(triple.object, set()).add(triple.subject)
    sets = (sorted(members, key=str) for members in components(same))
    return {name: members for members in sets for name in members}


def _patterns(store: EmbeddedStore, names: dict[Any, list[Any]]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the triples in which one of several names stands, each name replaced by the first of its set."""
    first = {name: members[0] for name, members in names.items()}
    for name in names:
        found: list[Iterable[ox.Triple]] = [_matching(store, name, None, None), _matching(store, None, None, name)]
        if isinstance(name, ox.NamedNode):
            found.append(_matching(store, None, name, None))
        for triples in found:
            for s, p, o in triples:
                yield first.get(s, s), first.get(p, p), first.get(o, o)


def _declared(store: EmbeddedStore, names: list[Any]) -> Iterator[ox.Triple]:
    return (triple for name in names for triple in _matching(store, name, SAME_AS, None))


def _matching(store: EmbeddedStore, s: Any, p: Any, o: Any) -> Iterator[ox.Triple]:
    return (quad.triple for quad in store.ox.quads_for_pattern(s, p, o, ox.DefaultGraph()))
