"""Draw the closure of a store's default graph."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.closure import equality
from zonegraph.closure.checks import Clash, find_clashes
from zonegraph.closure.ontology import AXIOM_CLASSES, AXIOM_PREDICATES, read_axioms, says_nothing
from zonegraph.closure.paths import reachable
from zonegraph.closure.program import Program, readers
from zonegraph.closure.rules import SAME_AS, Pattern, Rule, distinct, holds, key_of, placed, select, text_of
from zonegraph.errors import UsageError
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import compiled
from zonegraph.terms import FIRST, REST, TYPE
from zonegraph.vocabulary import INFERRED_GRAPH

MOST_TURNS = 20  # of the rules and equality in which a rule makes new terms; others end by themselves
INFERRED = ox.NamedNode(INFERRED_GRAPH)
_OF_RANK = ox.NamedNode(INFERRED_GRAPH + "/of-rank")  # holds what follows at one rank, until it has been given the rank


def materialize(program: Program, store: EmbeddedStore, into: ox.NamedNode = INFERRED) -> int:
    """Add what follows to a store.

    Parameters: `program`, the compiled rules; `store`, whose default graph holds the merge of all graphs, the ontology
    included (in memory if possible: on disk it takes five times as long); `into`, the graph that gets each new triple
    besides the default graph. Returns the number of new triples. Raises UsageError if the store holds axioms that the
    program was not compiled from, on which no rule would act, or if rules and equality would go on for ever; EngineError
    if the store fails.
    """
    refuse_foreign_axioms(program, store, into)
    before = size(store, into)
    _draw(program, store, into)
    return size(store, into) - before


def materialize_ranked(
    program: Program, store: EmbeddedStore, ranked: Mapping[int, Iterable[ox.Triple]]
) -> dict[ox.Triple, int]:
    """Add triples to the default graph rank by rank, the most certain first, and after each rank what follows from all of them.

    So an inferred triple gets the rank at which it first follows: that of the weakest premise of its best derivation. It goes into
    the graph of inferred triples too, unless a file states it.

    Parameters: `program`, as in `materialize`; `store`, whose default graph is empty; `ranked`, the triples by rank, 0 for the most
    certain. Returns the rank of each triple in the default graph whose rank is not 0. Raises as `materialize`.
    """
    merge, found = ox.DefaultGraph(), dict[ox.Triple, int]()
    store.ox.bulk_extend(placed(triple, merge) for triple in ranked.get(0, ()))
    materialize(program, store)
    for rank in sorted(ranked.keys() - {0}):
        added = []
        for triple in ranked[rank]:
            if placed(triple, merge) in store.ox:  # it follows from more certain ones, or a better source states it
                store.ox.remove(placed(triple, INFERRED))
            else:
                store.ox.add(placed(triple, merge))
                added.append(triple)
        found.update(dict.fromkeys(added, rank))
        refuse_foreign_axioms(program, store, INFERRED)
        _draw(program, store, _OF_RANK, added)
        new = [quad.triple for quad in store.ox.quads_for_pattern(None, None, None, _OF_RANK)]
        store.ox.remove_graph(_OF_RANK)
        store.ox.extend(placed(triple, INFERRED) for triple in new)
        found.update(dict.fromkeys(new, rank))
    return found


def _draw(program: Program, store: EmbeddedStore, into: ox.NamedNode, added: Iterable[ox.Triple] | None = None) -> None:
    """Draw what follows.

    Parameters: `added`, what the default graph has got since all that follows was drawn; None if nothing was drawn yet.
    """
    turns = 0  # of the rules and equality in which a rule has made new terms
    every = set(range(len(program.strata)))
    waiting = every if added is None else program.reading(key_of((t.subject, t.predicate, t.object)) for t in added)
    while True:
        for place, stratum in enumerate(program.strata):
            if place not in waiting:
                continue
            making = [rule.name for rule in stratum if rule.makes_terms]
            counted = bool(making) or waiting < every
            had = size(store, into) if counted else 0
            run_stratum(stratum, store, into)
            if counted and size(store, into) > had:
                waiting = waiting | program.reading(key for rule in stratum for key in rule.writes)
                turns += bool(making)
            if turns > MOST_TURNS:
                raise UsageError(
                    f"equality (owl:sameAs) gives the rules that make new terms ({', '.join(making)}) more to do each time",
                    "let such a rule infer under a property that is not functional, of a class that nothing else is in",
                )
        # Equality touches every triple. Drawn apart, it leaves the other rules their order and single passes.
        if not _has_equality(store) or not _draw_equality(program.equality, store, into):
            break
        waiting = every


def materialize_for_checks(program: Program, store: EmbeddedStore, into: ox.NamedNode = INFERRED) -> Program:
    """Add as much of what follows to a store as the program's checks need.

    Parameters, raises: as `materialize`. Returns the part of the program that was drawn, by which `clashes` and `explain` go.
    """
    materialize(program.judging, store, into)
    alike = store.ox.quads_for_pattern(None, SAME_AS, None, ox.DefaultGraph())
    if program.constants.isdisjoint(term for quad in alike for term in (quad.subject, quad.object)):
        return program.judging
    materialize(program, store, into)
    return program


def _draw_equality(rules: tuple[Rule, ...], store: EmbeddedStore, into: ox.NamedNode) -> bool:
    """Draw what follows from owl:sameAs. Returns whether anything was added."""
    schema = tuple(rule for rule in rules if rule.name not in equality.DRAWN_TOGETHER)
    added = run_stratum(schema, store, into)
    graphs = (ox.DefaultGraph(), into)
    return (len(schema) < len(rules) and _add(equality.substituted(store), store, graphs)) or added


def refuse_foreign_axioms(program: Program, store: EmbeddedStore, into: ox.NamedNode) -> None:
    """Refuse a store that states axioms which were not compiled, as a data file might: no rule would act on them.

    Parameters: `program`, what was compiled; `store`, the store, of which the default graph is looked at; `into`, the
    graph of inferred triples, which do not count as stated axioms. Raises UsageError that names the axioms and the remedy.
    """
    patterns: list[tuple[ox.NamedNode, ox.NamedNode | None]] = [(TYPE, term) for term in AXIOM_CLASSES]
    patterns += [(predicate, None) for predicate in (*AXIOM_PREDICATES, FIRST, REST)]
    stated = [
        quad.triple
        for predicate, value in patterns
        for quad in store.ox.quads_for_pattern(None, predicate, value, ox.DefaultGraph())
        if not holds(store, quad.triple, into)
    ]
    compiled = {axiom[:3] for axiom in program.axioms}
    try:
        foreign = [axiom.triples[0] for axiom in read_axioms(stated) if axiom[:3] not in compiled]
    except UsageError:  # some of a kind from which no rules are compiled at all
        compiled_from = {triple for axiom in program.axioms for triple in axiom.triples}
        foreign = [triple for triple in stated if triple.predicate not in (FIRST, REST) and triple not in compiled_from]
    if foreign:
        lines = "".join(f"\n    {terms.triple(triple)}{_stated_in(triple, store)}" for triple in foreign)
        raise UsageError(
            f"the graph has axioms that the rules were not compiled from:{lines}",
            "state them in a file of ontology/, where they are compiled, or remove them;"
            " `zonegraph validate` names file and line",
        )


def _stated_in(triple: ox.Triple, store: EmbeddedStore) -> str:
    """Return the named graphs that hold a triple, as a message shows them."""
    quads = store.ox.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
    graphs = sorted(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode))
    return f" (in {', '.join(graphs)})" if graphs else ""


def clashes(program: Program, store: EmbeddedStore, into: ox.NamedNode = INFERRED) -> list[Clash]:
    """Return the contradictions in a store in which the closure has been drawn.

    Parameters: `program`, the compiled rules; `store`, the store; `into`, the graph that holds the inferred triples.
    Returns the contradictions, sorted by rule and message, each once.
    """
    return find_clashes(program.checks, store, into)


def _has_equality(store: EmbeddedStore) -> bool:
    return _is_true(store, f"ASK {{ ?x {SAME_AS} ?y FILTER(!sameTerm(?x, ?y)) }}")


def _is_true(store: EmbeddedStore, ask: str) -> bool:
    return bool(store.query(compiled(ask)).value)  # type: ignore[union-attr]


def run_stratum(rules: tuple[Rule, ...], store: EmbeddedStore, into: ox.NamedNode) -> bool:
    """Run the rules of one stratum until nothing is new.

    Parameters: `rules`, the rules; if there are several, or one that needs its own results, they are run in turn;
    `store`, the store; `into`, the graph that gets each new triple besides the default graph. Returns whether
    anything was added; for a single pass, which does not look, always True.
    """
    fed = readers(rules)
    if len(rules) == 1 and not rules[0].transitive and not fed[0]:
        for update, _ in _statements(rules[0], into):
            store.update(compiled(update))
        return True
    statements = [list(_statements(rule, into)) for rule in rules]
    added = False
    waiting = dict.fromkeys(range(len(rules)))  # in order, each once
    while waiting:
        i = next(iter(waiting))
        del waiting[i]
        new = False
        if rules[i].transitive:
            new = _draw_transitive(rules[i], store, into)
        else:
            for update, ask in statements[i]:
                if _is_true(store, ask):
                    store.update(compiled(update))
                    new = True
        if new:
            added = True
            waiting.update(dict.fromkeys(j for j in fed[i] if j != i or not rules[i].transitive))
    return added


def _draw_transitive(rule: Rule, store: EmbeddedStore, into: ox.NamedNode) -> bool:
    """Draw all that follows from one property's being transitive. Returns whether anything was added.

    A rule of scope `article` is drawn in each article's graph by itself.
    """
    p = rule.head[0][1]
    assert isinstance(p, ox.NamedNode)
    stated: dict[Any, dict[Any, set[Any]]] = {}  # graph, subject, objects
    for quad in store.ox.quads_for_pattern(None, p, None, ox.DefaultGraph() if rule.graph is None else None):
        stated.setdefault(quad.graph_name, {}).setdefault(quad.subject, set()).add(quad.object)
    ways = _ways(rule, store) if rule.through else None
    added = False
    for graph, links in stated.items():
        # A thing through which no way leads may still begin one: there it stands by another name, which nothing leads to.
        starts = {node: node if ways is None or (graph, node) in ways else (node,) for node in links}
        nodes = {start: node for node, start in starts.items()}
        follows = (
            ox.Triple(nodes[start], p, target)
            for start, targets in reachable({starts[node]: targets for node, targets in links.items()})
            for target in targets - links[nodes[start]]
        )
        targets = (ox.DefaultGraph(), into) if rule.graph is None else (graph,)
        added |= _add((triple for triple in follows if not says_nothing(triple)), store, targets)
    return added


def _ways(rule: Rule, store: EmbeddedStore) -> set[tuple[Any, Any]]:
    """Return the things through which one link of a transitive rule leads to the next, each with its graph."""
    link = next(pattern for pattern in rule.body if (pattern[1], pattern[2]) == rule.head[0][1:])
    asked = rule.wanted((link[0], link[1], rule.head[0][1]))  # the thing and, where there is one, the graph
    rows = distinct(asked, f"{{ {rule.placed(text_of([link, *rule.through]))} }}")
    found = ([row[variable] for variable in asked] for row in select(store, f"SELECT * WHERE {{ {rows} }}"))
    return {(graph[0] if graph else ox.DefaultGraph(), thing) for thing, *graph in found}


def _add(
    new: Iterable[ox.Triple],
    store: EmbeddedStore,
    graphs: Iterable[ox.NamedNode | ox.BlankNode | ox.DefaultGraph],
) -> bool:
    """Add triples to each of some graphs. Returns whether there are any."""
    new = iter(new)
    first = next(new, None)
    if first is None:
        return False
    store.ox.extend(placed(triple, graph) for triple in chain((first,), new) for graph in graphs)
    return True


def _statements(rule: Rule, into: ox.NamedNode) -> Iterator[tuple[str, str]]:
    """Yield for each pattern of a rule's head the update that adds what is new, and the question whether anything is.

    A rule of scope `article` adds to the graph in which its body is, and to no other.

    MINUS reads once what there is of the pattern. FILTER NOT EXISTS would look each row up, in a store in memory by
    walking through all triples of the subject or the object, whichever are fewer: the cube of a chain's length.
    """
    for pattern in rule.head:
        text = text_of([pattern])
        within = rule.placed(text)
        known = f"MINUS {{ {within} }}" if rule.wanted(pattern) else f"FILTER NOT EXISTS {{ {within} }}"
        where = f"{{ {_rows(rule, pattern)} {known} }}"
        listed = f"GRAPH {into} {{ {text} }}" if rule.graph is None else ""
        insert = f"INSERT {{ {within} {listed} }} WHERE {where}"
        yield rule.prologue + insert, f"{rule.prologue}ASK {where}"


def _rows(rule: Rule, pattern: Pattern) -> str:
    """Return the text that yields the values of one head pattern, each once."""
    wanted = rule.wanted(pattern)
    needed, rows = rule.inputs(wanted)
    rows = f"{{ {rows} {rule.conditions} {rule.fit(pattern)} }}"
    return distinct(wanted, rows) if wanted and not set(wanted) >= set(needed) else rows


def size(store: EmbeddedStore, graph: ox.NamedNode) -> int:
    """Return the number of triples in a graph of a store."""
    (count,) = next(select(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}")).values()
    assert isinstance(count, ox.Literal)
    return int(count.value)
