"""Rules of scope `article`: what an article says once at one node and holds for others, restated in the article's graph.

Each graph is looked at by itself, so that a chain over a thing that several articles speak of never mixes them. The rules run
before all others, of the files' triples and what they give themselves; the rest of the closure is drawn over the merge.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from zonegraph.closure.derivation import Derivation, Search, Way, derive, steps_by
from zonegraph.closure.engine import INFERRED, run_stratum
from zonegraph.closure.program import Program
from zonegraph.closure.rules import Rule, graphs_holding, placed
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.terms import TYPE

if TYPE_CHECKING:
    from zonegraph.store import Store


class Restated(NamedTuple):
    """What graphs restate: the new triples of each, in order; `store` holds of each graph what the rules read and gave.

    `ranks` has, by graph, the rank of each triple whose rank is not 0, whether it was given with the rank or follows.
    """

    triples: dict[str, list[ox.Triple]]
    store: EmbeddedStore
    ranks: dict[str, dict[ox.Triple, int]]


def restate(
    program: Program,
    graphs: Mapping[str, Iterable[ox.Triple]],
    ranks: Mapping[str, Mapping[ox.Triple, int]] | None = None,
) -> Restated:
    """Draw what the rules of scope `article` give, in all graphs at once and in each from its own triples alone.

    The most certain triples are drawn from first, so that what follows has the rank of the weakest premise of its best derivation.

    Parameters: `program`, the compiled rules; `graphs`, the triples of each article's graph, by IRI; `ranks`, by graph, the rank
    of each triple whose rank is not 0, the most certain. Returns what each graph does not have yet. Raises EngineError if the
    store fails.
    """
    store = EmbeddedStore(ox.Store())
    given = {graph: dict(of_graph) for graph, of_graph in (ranks or {}).items()}
    if not program.restating:
        return Restated({}, store, given)
    keys = {key for rule in _rules(program) for key in (*rule.reads, *rule.writes)}
    every, predicates = (None, None) in keys, {predicate for predicate, kind in keys if kind is None}
    classes = {kind for _, kind in keys}

    def matters(triple: ox.Triple) -> bool:
        predicate = triple.predicate
        return every or predicate in predicates or (predicate == TYPE and triple.object in classes)

    stages: dict[int, list[ox.Quad]] = {0: []}
    for graph, triples in graphs.items():
        name, of_graph = ox.NamedNode(graph), given.setdefault(graph, {})
        for triple in filter(matters, triples):
            # An uncertain class does not make what is restated of its thing less certain.
            rank = 0 if triple.predicate == TYPE else of_graph.get(triple, 0)
            stages.setdefault(rank, []).append(placed(triple, name))
    new: dict[str, set[ox.Triple]] = {}
    for rank, quads in sorted(stages.items()):
        for quad in quads if rank else ():
            if quad in store.ox:  # more certain premises give it, or it is stated in another notation
                new.get(quad.graph_name.value, set()).discard(quad.triple)  # type: ignore[union-attr]
                given[quad.graph_name.value].pop(quad.triple)  # type: ignore[union-attr]
        store.ox.extend(quads)
        known = set(store.ox)  # as the store gives them back: it keeps a number, not how it is written
        for stratum in program.restating:
            run_stratum(stratum, store, INFERRED)
        if len(store.ox) > len(known):
            for quad in set(store.ox) - known:
                graph = quad.graph_name.value
                new.setdefault(graph, set()).add(quad.triple)
                if rank:
                    given[graph][quad.triple] = rank
    found = {graph: sorted(triples, key=str) for graph, triples in sorted(new.items()) if triples}
    return Restated(found, store, given)


def explain_restated(
    program: Program,
    store: Store,
    triple: ox.Triple,
    graph: ox.NamedNode,
    restated: Container[ox.Triple] | None = None,
) -> Derivation | None:
    """Return how a rule of scope `article` gives a triple in a graph from other triples there; None if none does.

    Parameters: `restated`, the triples of the graph that the article does not state, if they are known. See `explain_all_restated`.
    """
    asked = placed(triple, graph)
    return explain_all_restated(program, store, [asked], None if restated is None else {graph.value: restated}).get(
        asked
    )


def explain_all_restated(
    program: Program, store: Store, asked: Iterable[ox.Quad], restated: Mapping[str, Container[ox.Triple]] | None = None
) -> dict[ox.Quad, Derivation]:
    """Return how rules of scope `article` give triples in their graphs from other triples there; those that none gives are left out.

    Parameters: `store`, with the graphs, here or remote; `restated`, by graph the triples that the article does not state.
    Without them the graph of inferred triples is asked, which lists what any article restates: where another article restates
    it, a triple counts as stated if no rule gives it here, or if the rules would else lead in a circle.
    """
    rules = list(_rules(program))

    def following(goals: list[ox.Quad]) -> set[ox.Quad]:
        if restated is not None:
            return {goal for goal in goals if goal.triple in restated[goal.graph_name.value]}  # type: ignore[union-attr]
        held = graphs_holding(store, [goal.triple for goal in goals])
        listed = [goal for goal, graphs in zip(goals, held, strict=True) if INFERRED.value in graphs]
        return search.with_steps(listed)

    search = Search(lambda goals: steps_by(rules, goals, store), following)
    found: dict[ox.Quad, Derivation | None] = {}
    pending = list(asked)
    search.look_up(pending)
    while pending:
        unknown: dict[ox.Quad, None] = {}  # what the search for those that are not derived yet comes upon next
        for goal in pending:
            found[goal], further = _search_for(goal, search, search.follows)
            if found[goal] is None:
                unknown.update(dict.fromkeys(further))
        pending = [goal for goal in pending if found[goal] is None] if unknown else []
        search.look_up(unknown)
    if restated is None:
        for goal in search.followed(goal for goal, derivation in found.items() if derivation is None):
            found[goal], _ = _search_for(goal, search, lambda _: False)
    return {goal: derivation for goal, derivation in found.items() if derivation is not None}


def _search_for(
    goal: ox.Quad, search: Search, follows: Callable[[ox.Quad], bool]
) -> tuple[Derivation | None, list[ox.Quad]]:
    """Return the derivation of a triple, as far as the search has looked, and the triples to which it has not looked up steps."""
    derived: dict[ox.Quad, Derivation] = {}
    unknown: list[ox.Quad] = []

    def steps(premise: ox.Quad) -> list[Way]:
        if search.known(premise):
            return search.steps(premise)
        unknown.append(premise)
        return []

    derive(goal, derived, steps, lambda premise: premise == goal or follows(premise))
    return derived.get(goal), unknown


def said_twice(
    program: Program, restated: Restated, graphs: Iterable[str]
) -> Iterator[tuple[str, ox.Triple, Derivation]]:
    """Yield what an article states though a rule of scope `article` gives it from what else the article states.

    Parameters: `restated`, what `restate` returned; `graphs`, those to look at, by IRI. Yields the graph, the triple and how it
    follows without itself.
    """
    given = {graph: set(restated.triples.get(graph, ())) for graph in graphs}
    stated = [
        quad
        for graph, triples in given.items()
        for quad in restated.store.ox.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        if quad.triple not in triples
    ]
    found = explain_all_restated(program, restated.store, stated, given)
    in_order = sorted((quad.graph_name.value, str(quad.triple), quad) for quad in found)  # type: ignore[union-attr]
    for graph, _, quad in in_order:
        yield graph, quad.triple, found[quad]


def _rules(program: Program) -> Iterator[Rule]:
    return chain.from_iterable(program.restating)
