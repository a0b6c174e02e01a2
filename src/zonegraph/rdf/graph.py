"""Triples as Oxigraph's parser gives them, looked up as in a graph.

A store would rewrite some values, such as `01`, and hide how they are written; here terms stay as they are.
"""

from __future__ import annotations

import pyoxigraph as ox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Term = ox.NamedNode | ox.BlankNode | ox.Literal


class Namespace:
    """A namespace whose attributes are its terms: `Namespace("http://example.org/").name`."""

    def __init__(self, iri: str) -> None:
        self._iri = iri

    def __getattr__(self, name: str) -> ox.NamedNode:
        node = ox.NamedNode(self._iri + name)
        setattr(self, name, node)
        return node

    def __getitem__(self, name: str) -> ox.NamedNode:
        return ox.NamedNode(self._iri + name)


class Graph:
    """A set of triples, in the order in which they came. None stands for any term where a pattern is asked for."""

    def __init__(self, triples: Iterable[ox.Triple] = ()) -> None:
        self._triples = dict.fromkeys(triples)
        self._forget()

    def _forget(self) -> None:
        """Drop what was looked up: each index is made when it is first asked for, and most graphs are only read through."""
        self._about: dict[Term, dict[Term, list[Term]]] | None = None
        self._into: dict[Term, list[tuple[Term, Term]]] | None = None
        self._of: dict[Term, list[tuple[Term, Term]]] | None = None
        self._having: dict[Term, dict[Term, list[Term]]] = {}

    def remove(self, triples: Iterable[ox.Triple]) -> None:
        """Remove triples, as far as they are there."""
        for triple in triples:
            self._triples.pop(triple, None)
        self._forget()

    def __iter__(self) -> Iterator[ox.Triple]:
        return iter(self._triples)

    def __contains__(self, triple: object) -> bool:
        return triple in self._triples

    def __len__(self) -> int:
        return len(self._triples)

    def has(self, s: Term | None = None, p: Term | None = None, o: Term | None = None) -> bool:
        """Return whether a triple is of a pattern."""
        return next(self.triples(s, p, o), None) is not None

    def triples(
        self, s: Term | None = None, p: Term | None = None, o: Term | None = None
    ) -> Iterator[tuple[Term, Term, Term]]:
        """Yield the triples of a pattern."""
        if s is not None:
            said = self._said_of(s)
            for property in said if p is None else (p,) if p in said else ():
                yield from ((s, property, value) for value in said[property] if o is None or value == o)
        elif p is not None and o is not None:
            yield from ((subject, p, o) for subject in self._by_object(p).get(o, ()))
        elif o is not None:
            yield from ((subject, q, o) for subject, q in self._pointing_at(o))
        elif p is not None:
            yield from ((subject, p, value) for subject, value in self._joined_by(p))
        else:
            yield from self._triples  # type: ignore[misc]

    def objects(self, s: Term | None = None, p: Term | None = None) -> Iterator[Term]:
        """Yield the objects of a subject, a property, or both."""
        return (o for _, _, o in self.triples(s, p))

    def subjects(self, p: Term | None = None, o: Term | None = None) -> Iterator[Term]:
        """Yield the subjects that have an object, a property, or both; without either, each subject once."""
        if p is None and o is None:
            return iter(dict.fromkeys(t.subject for t in self._triples))  # type: ignore[misc]
        return (s for s, _, _ in self.triples(None, p, o))

    def subject_objects(self, p: Term) -> Iterator[tuple[Term, Term]]:
        """Yield what a property joins."""
        return ((s, o) for s, _, o in self.triples(None, p))

    def subject_predicates(self, o: Term) -> Iterator[tuple[Term, Term]]:
        """Yield what leads to an object."""
        return iter(self._pointing_at(o))

    def value(self, s: Term, p: Term) -> Term | None:
        """Return one value of a property; None if there is none."""
        return next(iter(self._said_of(s).get(p, ())), None)

    def _said_of(self, s: Term) -> dict[Term, list[Term]]:
        if self._about is None:
            self._about = {}
            for subject, p, o in self._triples:
                self._about.setdefault(subject, {}).setdefault(p, []).append(o)
        return self._about.get(s, {})

    def _pointing_at(self, o: Term) -> list[tuple[Term, Term]]:
        if self._into is None:
            self._into = {}
            for s, p, value in self._triples:
                self._into.setdefault(value, []).append((s, p))
        return self._into.get(o, [])

    def _joined_by(self, p: Term) -> list[tuple[Term, Term]]:
        if self._of is None:
            self._of = {}
            for s, property, o in self._triples:
                self._of.setdefault(property, []).append((s, o))
        return self._of.get(p, [])

    def _by_object(self, p: Term) -> dict[Term, list[Term]]:
        if p not in self._having:
            found: dict[Term, list[Term]] = {}
            self._having[p] = found
            for s, o in self._joined_by(p):
                found.setdefault(o, []).append(s)
        return self._having[p]
