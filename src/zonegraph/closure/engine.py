"""Draw the closure of a store's default graph."""

from collections.abc import Iterator

import pyoxigraph as ox

from zonegraph.closure.checks import Clash, find_clashes
from zonegraph.closure.ontology import HARMLESS_CLASSES, HARMLESS_PREDICATES
from zonegraph.closure.program import Program, feeds
from zonegraph.closure.rules import SAME_AS, Pattern, Rule, text_of, variables_of
from zonegraph.errors import EngineError
from zonegraph.vocabulary import INFERRED_GRAPH

INFERRED = ox.NamedNode(INFERRED_GRAPH)


def materialize(program: Program, store: ox.Store, into: ox.NamedNode = INFERRED) -> int:
    """Add what follows to a store.

    Parameters:
        program: the compiled rules.
        store: the store; its default graph holds the merge of all graphs, the ontology included.
        into: the graph that gets each new triple besides the default graph.

    Returns:
        the number of new triples.

    Raises:
        EngineError: if the store fails.
    """
    before = _size(store, into)
    try:
        while True:
            for stratum in program.strata:
                _run(stratum, store, into)
            # Equality touches every triple. Drawn apart, it leaves the other rules their order and single passes.
            if not _needs_equality(program, store) or not _run(program.equality, store, into):
                break
    except (OSError, SyntaxError, RuntimeError) as error:
        raise EngineError(f"the store failed while rules were run: {error}") from error
    return _size(store, into) - before


def clashes(program: Program, store: ox.Store, into: ox.NamedNode = INFERRED) -> list[Clash]:
    """Return the contradictions in a store in which the closure has been drawn.

    Parameters:
        program: the compiled rules.
        store: the store.
        into: the graph that holds the inferred triples.

    Returns:
        the contradictions, sorted by rule and message, each once.
    """
    return find_clashes(program.checks, store, into)


def _needs_equality(program: Program, store: ox.Store) -> bool:
    return bool(store.query(f"ASK {{ ?x {SAME_AS} ?y FILTER(!sameTerm(?x, ?y)) }}"))


def _run(rules: tuple[Rule, ...], store: ox.Store, into: ox.NamedNode) -> bool:
    """Run the rules of one stratum until nothing is new; return whether they added anything (if that can be told)."""
    if len(rules) == 1 and (rules[0].path or not feeds(rules[0], rules[0])):
        for update, _ in _statements(rules[0], into):
            store.update(update)
        return True
    statements = [list(_statements(rule, into)) for rule in rules]
    readers = [[j for j, other in enumerate(rules) if feeds(rule, other)] for rule in rules]
    added = False
    waiting = dict.fromkeys(range(len(rules)))  # in order, each once
    while waiting:
        i = next(iter(waiting))
        del waiting[i]
        new = False
        for update, ask in statements[i]:
            if store.query(ask):
                store.update(update)
                new = True
        if new:
            added = True
            waiting.update(dict.fromkeys(j for j in readers[i] if j != i or not rules[i].path))
    return added


def _statements(rule: Rule, into: ox.NamedNode) -> Iterator[tuple[str, str]]:
    """Yield for each pattern of a rule's head the update that adds what is new, and the question whether anything is.

    FILTER NOT EXISTS is safe here: it names one triple with no variable left open, one look-up per row, and what it
    guards is a sub-query that it cannot be moved into. MINUS would read all there is of that predicate each time.
    """
    for pattern in rule.head:
        text = text_of([pattern])
        names = " ".join(str(variable) for variable in variables_of([pattern]))
        rows = f"{{ SELECT DISTINCT {names} WHERE {{ {rule.path or rule.where} }} }}"
        where = f"{{ {rows} FILTER NOT EXISTS {{ {text} }} }}"
        yield f"{rule.prologue}INSERT {{ {text} GRAPH {into} {{ {text} }} }} WHERE {where}", f"{rule.prologue}ASK {where}"


def _size(store: ox.Store, graph: ox.NamedNode) -> int:
    solution = next(iter(store.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}")))  # type: ignore[arg-type]
    return int(solution["n"].value)


__all__ = ["HARMLESS_CLASSES", "HARMLESS_PREDICATES", "INFERRED", "Pattern", "clashes", "materialize"]
