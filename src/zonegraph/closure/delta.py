"""What follows from a few triples together with all that a store holds, and what contradicts itself for that.

A rule is asked only for what one of these triples, or what follows from them, has a part in, so the price is theirs and not
the store's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyoxigraph as ox

from zonegraph.closure.checks import Check, Clash, clashes_of
from zonegraph.closure.engine import INFERRED
from zonegraph.closure.ontology import says_nothing
from zonegraph.closure.program import Program
from zonegraph.closure.rules import (
    SAME_AS,
    Bindings,
    Key,
    Pattern,
    Rule,
    instantiate,
    key_of,
    overlapping,
    placed,
    select,
    text_of,
    variables_of,
)
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.terms import TYPE

MERGE = ox.DefaultGraph()
_Holds = Callable[[Any, Any, Any], bool]


class UnboundedError(Exception):
    """What a change touches is more than is worked out anew by itself; the text says what."""


def follows(program: Program, store: EmbeddedStore, triples: Iterable[ox.Triple], most: int) -> list[ox.Triple]:
    """Return what follows from triples and a store, as far as one of the triples has a part in it, whether it is there already or not.

    Parameters: `program`, the compiled rules; `store`, which holds the triples, and whose queries read the inferred ones with the
    merge; what is new is added to those; `most`, the most triples. Raises UnboundedError beyond that, or for owl:sameAs.
    """
    rules = program.rules
    found = dict.fromkeys(triples)
    given, pending = len(found), list(found)
    while pending:
        among, holds = _Among(pending), _holding(store)
        new: dict[ox.Triple, None] = {}
        for place in among.asked(program.rules_reading):
            new.update(dict.fromkeys(_given(rules[place], among, store, holds)))
        pending = [triple for triple in new if triple not in found and not says_nothing(triple)]
        found.update(dict.fromkeys(pending))
        if len(found) - given > most:
            raise UnboundedError(f"more than {most:,} triples follow from what has changed")
        if any(triple.predicate == SAME_AS for triple in pending):
            raise UnboundedError("two things are inferred to be the same")
        store.ox.extend(placed(t, INFERRED) for t in pending if placed(t, MERGE) not in store.ox)
    return list(found)[given:]


def withdraw(program: Program, store: EmbeddedStore, drawn: Iterable[ox.Triple]) -> None:
    """Take out of the inferred triples those that no longer follow.

    Parameters: `drawn`, those that rested on what has been taken out of the store, whether on that alone or not.
    """
    doubtful = {triple for triple in drawn if placed(triple, INFERRED) in store.ox}
    for triple in doubtful:
        store.ox.remove(placed(triple, INFERRED))
    back = _given_again(program, store, doubtful)
    while back:
        store.ox.extend(placed(triple, INFERRED) for triple in back)
        doubtful -= back
        back = _given_again(program, store, doubtful, back)


def clashes_with(program: Program, store: EmbeddedStore, triples: Sequence[ox.Triple]) -> list[Clash]:
    """Return the contradictions in which one of some triples has a part, as `clashes` does."""
    checks = program.checks
    among, holds = _Among(triples), _holding(store)
    asked = (
        (checks[place], _solutions(checks[place], among, store, holds)) for place in among.asked(program.checks_reading)
    )
    return clashes_of(asked, store, INFERRED)


class _Among:
    """Triples by what a pattern may ask for: their property and, with rdf:type, the class."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._by_key: dict[Key, list[ox.Triple]] = {}
        for triple in triples:
            self._by_key.setdefault(key_of(tuple(triple)), []).append(triple)

    def asked(self, index: dict[object, dict[object, list[int]]]) -> list[int]:
        """Return the places in an index of what may read one of the triples, in order."""
        return sorted(set().union(*(overlapping(index, key) for key in self._by_key)))

    def of(self, pattern: Pattern) -> Iterable[ox.Triple]:
        """Return the triples that may be of a pattern."""
        predicate, kind = key_of(pattern)
        if predicate is not None and (predicate != TYPE or kind is not None):
            return self._by_key.get((predicate, kind), ())
        return [t for key, triples in self._by_key.items() if predicate in (None, key[0]) for t in triples]


def _solutions(check: Check, among: _Among, store: EmbeddedStore, holds: _Holds) -> Iterator[Bindings]:
    for place, matched in _matched(check.rule.body, among):
        yield from _joined(check.rule, place, matched, store, holds)


def _given(rule: Rule, among: _Among, store: EmbeddedStore, holds: _Holds) -> Iterator[ox.Triple]:
    """Yield what a rule gives of triples, each in some place of its body, and a store."""
    for place, matched in _matched(rule.body, among):
        for solution in _joined(rule, place, matched, store, holds):
            for pattern in rule.head:
                if all(slot in solution for slot in variables_of([pattern])):
                    terms = [solution[slot] if isinstance(slot, ox.Variable) else slot for slot in pattern]
                    if not isinstance(terms[0], ox.Literal) and isinstance(terms[1], ox.NamedNode):
                        yield instantiate(pattern, solution)


def _matched(body: Sequence[Pattern], among: _Among) -> Iterator[tuple[int, list[Bindings]]]:
    """Yield the places of a body in which some triples may stand, with the values that its variables have then."""
    for place, pattern in enumerate(body):
        found = [values for triple in among.of(pattern) if (values := _unified(pattern, triple)) is not None]
        if found:
            yield place, found


def _unified(pattern: Pattern, triple: ox.Triple) -> Bindings | None:
    values: Bindings = {}
    for slot, term in zip(pattern, triple, strict=True):
        if isinstance(slot, ox.Variable):
            if values.setdefault(slot, term) != term:
                return None
        elif slot != term:
            return None
    return values


def _joined(rule: Rule, place: int, matched: list[Bindings], store: EmbeddedStore, holds: _Holds) -> Iterable[Bindings]:
    """Return the solutions of a rule's body in which one of its patterns has some values."""
    rest = [pattern for other, pattern in enumerate(rule.body) if other != place]
    matched = [values for values in matched if all(_may_hold(pattern, values, holds) for pattern in rest)]
    if not matched or (not rest and not rule.conditions):
        return matched
    variables = variables_of([rule.body[place]])
    rows = [[values[x] for x in variables] for values in matched]
    listed = " ".join(f"({' '.join(map(str, row))})" for row in rows)
    bound = f"VALUES ({' '.join(map(str, variables))}) {{ {listed} }}" if variables else ""
    where = f"{bound} {text_of(rest)} {rule.conditions}"
    found = select(store, f"{rule.prologue}SELECT DISTINCT * WHERE {{ {where} }}")
    return [{**solution} for solution in found]


def _may_hold(pattern: Pattern, values: Bindings, holds: _Holds) -> bool:
    """Return whether there is a triple of a pattern in which some variables have their values."""
    s, p, o = (values.get(slot) if isinstance(slot, ox.Variable) else slot for slot in pattern)
    return holds(s, p, o)


def _holding(store: EmbeddedStore) -> _Holds:
    """Return what says whether a store has a triple of some terms, None for any, and asks it once for each as long as it is not changed."""

    @functools.cache
    def classes(s: Any) -> set[Any]:
        return {quad.object for graph in (MERGE, INFERRED) for quad in store.ox.quads_for_pattern(s, TYPE, None, graph)}

    @functools.cache
    def holds(s: Any, p: Any, o: Any) -> bool:
        if isinstance(s, ox.Literal) or not (p is None or isinstance(p, ox.NamedNode)):
            return False
        if p == TYPE and s is not None and o is not None:  # one thing is asked for many classes
            return o in classes(s)
        return any(next(store.ox.quads_for_pattern(s, p, o, graph), None) for graph in (MERGE, INFERRED))

    return holds


def _given_again(
    program: Program, store: EmbeddedStore, triples: Iterable[ox.Triple], new: Iterable[ox.Triple] | None = None
) -> set[ox.Triple]:
    """Return those of some triples that a rule gives from what a store holds, each rule asked for all of them at once.

    Parameters: `new`, what has come since the rules were asked before: only those that may read one of these are asked again.
    """
    among, holds = _Among(triples), _holding(store)
    rules = program.rules
    reading = None if new is None else set(_Among(new).asked(program.rules_reading))
    found: set[ox.Triple] = set()
    for place in among.asked(program.rules_writing):
        if reading is not None and place not in reading:
            continue
        rule = rules[place]
        for pattern in rule.head:
            wanted = {
                triple: values
                for triple in among.of(pattern)
                if triple not in found and (values := _unified(pattern, triple)) is not None
                if rule.makes_terms or all(_may_hold(p, values, holds) for p in rule.body)
            }
            if not wanted:
                continue
            head = variables_of([pattern])
            inside = [x for x in head if x in rule.variables]
            rows = dict.fromkeys(" ".join(str(values[x]) for x in inside) for values in wanted.values())
            bound = (
                f"VALUES ({' '.join(map(str, inside))}) {{ {' '.join(f'({row})' for row in rows)} }}" if inside else ""
            )
            where = f"{bound} {text_of(rule.body)} {rule.conditions}"
            asked = f"{rule.prologue}SELECT DISTINCT {' '.join(map(str, head)) or '*'} WHERE {{ {where} }}"
            for solution in select(store, asked):
                if all(x in solution for x in head):
                    found.update({instantiate(pattern, solution)} & wanted.keys())
    return found
