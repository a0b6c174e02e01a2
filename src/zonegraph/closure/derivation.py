"""Why an inferred triple holds: the rule, the axioms, and the premises, down to what is asserted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.closure.engine import INFERRED
from zonegraph.closure.program import Program
from zonegraph.closure.rules import Bindings, Pattern, Rule, holds, in_article, instantiate, key_of, select, text_of
from zonegraph.vocabulary import ARTICLE_GRAPH

if TYPE_CHECKING:
    from zonegraph.store import Store


@dataclass(frozen=True)
class Derivation:
    """One triple with its justification.

    `rule` is the name of the rule that gave `triple`, None if it is asserted; `axioms` are the triples of the ontology
    that the rule was compiled from; `premises` are what the rule's body held, each with its own justification, so that no
    triple rests on itself; `summary` is what the rule says, if it comes from a rule file.
    """

    triple: ox.Triple
    rule: str | None = None
    axioms: tuple[ox.Triple, ...] = ()
    premises: tuple[Derivation, ...] = ()
    summary: str = ""


def explain(program: Program, store: Store, triple: ox.Triple, into: ox.NamedNode = INFERRED) -> Derivation | None:
    """Return a derivation of an inferred triple; None if it is not inferred in this store. See `explain_all`."""
    return explain_all(program, store, [triple], into).get(triple)


def explain_all(
    program: Program, store: Store, triples: Iterable[ox.Triple], into: ox.NamedNode = INFERRED
) -> dict[ox.Triple, Derivation]:
    """Return derivations of inferred triples, which share what they have in common.

    The search goes backward from each triple, breadth first, and joins what it finds forward from what is asserted: a
    triple counts as derived only when all premises of one rule are. So no justification is circular, and the one found
    is among the shortest. What an article restates is asserted here: `explain_restated` tells how.

    Parameters: `program`, the rules with which the closure was drawn; `store`, the store with the closure, here or
    remote; `triples`, what to explain; `into`, the graph that holds the inferred triples. Returns the derivation of
    each triple that is inferred in this store.
    """
    derived: dict[ox.Triple, Derivation] = {}
    chains = _Chains(program, store, into, derived)
    explained = {}

    def follows(triple: ox.Triple) -> bool:
        return _is_inferred(triple, program, store, into)

    for triple in triples:
        if follows(triple):
            derive(triple, derived, lambda goal: _steps_to(goal, program, store, chains), follows)
            if triple in derived:
                explained[triple] = derived[triple]
    return explained


def derive(
    triple: ox.Triple,
    derived: dict[ox.Triple, Derivation],
    steps: Callable[[ox.Triple], Iterable[tuple[Rule, tuple[ox.Triple, ...]]]],
    follows: Callable[[ox.Triple], bool],
) -> None:
    """Derive a triple if it can be; enter it, and what it rests on, among those derived.

    Parameters: `steps` gives the rules that give a triple, each with its premises; `follows`, whether a premise must be
    derived in its turn.
    """
    waiting_for: dict[ox.Triple, list[_Step]] = {}
    asked = {triple}
    queue = deque([triple])
    while queue and triple not in derived:
        goal = queue.popleft()
        for rule, premises in steps(goal):
            open_premises = []
            for premise in dict.fromkeys(premises):
                if premise in derived:
                    continue
                if follows(premise):
                    open_premises.append(premise)
                else:
                    derived[premise] = Derivation(premise)
            step = _Step(goal, rule, premises, len(open_premises))
            if step.missing == 0:
                _conclude(goal, step.derivation(derived), derived, waiting_for)
                break
            for premise in open_premises:
                waiting_for.setdefault(premise, []).append(step)
                if premise not in asked:
                    asked.add(premise)
                    queue.append(premise)


@dataclass
class _Step:
    """One way to a triple, and how many of its premises are not derived yet."""

    goal: ox.Triple
    rule: Rule
    premises: tuple[ox.Triple, ...]
    missing: int

    def derivation(self, derived: dict[ox.Triple, Derivation]) -> Derivation:
        """Return what this way justifies, now that all premises are derived."""
        return _by(self.rule, self.goal, tuple(derived[premise] for premise in self.premises))


def _by(rule: Rule, goal: ox.Triple, premises: tuple[Derivation, ...]) -> Derivation:
    return Derivation(goal, rule.name, rule.axioms, premises, rule.summary)


def _conclude(
    goal: ox.Triple,
    derivation: Derivation,
    derived: dict[ox.Triple, Derivation],
    waiting_for: dict[ox.Triple, list[_Step]],
) -> None:
    """Record that a goal is derived, and follow what that completes."""
    ready = [(goal, derivation)]
    while ready:
        goal, derivation = ready.pop()
        if goal in derived:
            continue
        derived[goal] = derivation
        for later in waiting_for.pop(goal, []):
            later.missing -= 1
            if later.missing == 0:
                ready.append((later.goal, later.derivation(derived)))


class _Chains:
    """The chains along which transitive properties lead; what follows from them would else be searched in its cube."""

    def __init__(
        self, program: Program, store: Store, into: ox.NamedNode, derived: dict[ox.Triple, Derivation]
    ) -> None:
        self._program, self._store, self._into, self._derived = program, store, into, derived
        self._links: dict[object, dict[object, dict[object, Derivation]]] = {}  # property, subject, object
        self._came_from: dict[
            tuple[object, object], dict[object, object]
        ] = {}  # subject and property, node, the last one

    def halves(self, goal: ox.Triple, rule: Rule) -> tuple[ox.Triple, ox.Triple] | None:
        """Return the two triples of which a shortest chain gives a triple; both are derived then. None if there is no chain.

        The first half is as long as a power of two, so that chains from one thing share theirs.
        """
        p = goal.predicate
        if p not in self._links:
            self._links[p] = self._found(p)
        links = self._links[p]
        came_from = self._came_from.setdefault((goal.subject, p), {})
        if not came_from:
            queue: deque[object] = deque([goal.subject])
            while queue:
                node = queue.popleft()
                for other in sorted(links.get(node, ()), key=str):
                    if other not in came_from:
                        came_from[other] = node
                        queue.append(other)
        if goal.object not in came_from or goal.object == goal.subject:
            return None
        chain: list[object] = [goal.object]
        while chain[-1] != goal.subject:
            chain.append(came_from[chain[-1]])
        chain.reverse()
        if len(chain) < 3:
            return None
        return self._split(chain, 0, len(chain) - 1, p, rule)

    def _split(
        self, chain: list[object], first: int, last: int, p: ox.NamedNode, rule: Rule
    ) -> tuple[ox.Triple, ox.Triple]:
        middle = first + (1 << (last - first - 1).bit_length() - 1)
        for start, end in ((first, middle), (middle, last)):  # as deep as the logarithm of the chain's length
            triple = ox.Triple(chain[start], p, chain[end])  # type: ignore[arg-type]
            if triple not in self._derived:
                self._derived[triple] = (
                    self._links[p][chain[start]][chain[end]]
                    if end == start + 1
                    else _by(
                        rule, triple, tuple(map(self._derived.__getitem__, self._split(chain, start, end, p, rule)))
                    )
                )
        return ox.Triple(chain[first], p, chain[middle]), ox.Triple(chain[middle], p, chain[last])  # type: ignore[arg-type]

    def _found(self, p: ox.NamedNode) -> dict[object, dict[object, Derivation]]:
        """Return the links of which a property's chains are made: asserted, or given by a rule from one that is."""
        links: dict[object, dict[object, Derivation]] = {}
        step: Pattern = (ox.Variable("x"), p, ox.Variable("y"))
        of_one = [r for r in self._program.writers(key_of(step)) if len(r.body) == 1 and not r.makes_terms]
        for by, head, body in [(None, step, step), *((r, r.head[0], r.body[0]) for r in of_one if len(r.head) == 1)]:
            given = text_of([body])
            conditions = "" if by is None else by.conditions
            prologue = "" if by is None else by.prologue
            where = f"{{ {given} MINUS {{ GRAPH {self._into} {{ {given} }} }} }}"
            if self._program.restating:  # what an article restates is listed as inferred, and asserted here
                where += (
                    f" UNION {{ GRAPH ?_article {{ {given} }} FILTER(STRSTARTS(STR(?_article), '{ARTICLE_GRAPH}')) }}"
                )
            where = f"{where} {conditions}"
            for found in select(self._store, f"{prologue}SELECT * WHERE {{ {where} }}"):
                triple, premise = instantiate(head, found), Derivation(instantiate(body, found))
                if triple.predicate == p:
                    link = premise if by is None else _by(by, triple, (premise,))
                    links.setdefault(triple.subject, {}).setdefault(triple.object, link)
        return links


def _is_inferred(triple: ox.Triple, program: Program, store: Store, into: ox.NamedNode) -> bool:
    """Return whether a triple that holds is inferred; one that a path stands for may be in no graph."""
    if holds(store, triple, into):
        return not (program.restating and in_article(store, triple))
    walked = any(rule.head[0][1] == triple.predicate for rule in program.walked)
    return walked and not holds(store, triple, ox.DefaultGraph())


def _steps_to(
    goal: ox.Triple, program: Program, store: Store, chains: _Chains
) -> Iterator[tuple[Rule, tuple[ox.Triple, ...]]]:
    """Yield the rules that give a triple, each with the premises in the store from which it does."""
    for rule in program.walked:
        bindings = _bind(rule.head[0], goal)
        if bindings is not None:
            first = rule.body[0]
            start = {slot: term for slot, term in bindings.items() if slot in first}
            # Whether the rest of the path leads to the goal's object shows when that is asked in its turn.
            for step in sorted(select(store, f"SELECT * WHERE {{ {text_of([first])} }}", start), key=str):
                yield rule, tuple(instantiate(pattern, step | bindings) for pattern in rule.body)
    for rule in program.writers(key_of((goal.subject, goal.predicate, goal.object))):
        if rule.transitive and not rule.conditions:
            halves = chains.halves(goal, rule)
            if halves is not None:
                yield rule, halves
                return
        yield from steps_by([rule], goal, store)


def steps_by(rules: Iterable[Rule], goal: ox.Triple, store: Store) -> Iterator[tuple[Rule, tuple[ox.Triple, ...]]]:
    """Yield those of some rules that give a triple, each with the premises in the store from which it does."""
    for rule in rules:
        for pattern in rule.head:
            bindings = _bind(pattern, goal)
            if bindings is not None:
                for premises in _premises(rule, bindings, store):
                    yield rule, premises


def _premises(rule: Rule, bindings: Bindings, store: Store) -> Iterator[tuple[ox.Triple, ...]]:
    """Yield what a rule's body is in the store where its variables have these values."""
    inputs, rows = rule.inputs(bindings)
    if set(bindings) <= set(inputs):
        starts = [bindings]
        where = rule.where
    else:
        # The head has values that the conditions compute. Find first from which inputs, each once, then match the body.
        found = select(store, f"{rule.prologue}SELECT * WHERE {{ {rows} {rule.conditions} }}", bindings)
        starts = [{variable: solution[variable] for variable in inputs} for solution in found]
        where = rule.matched
    for start in starts:
        solutions = select(store, f"{rule.prologue}SELECT * WHERE {{ {where} }}", start)
        # Of several ways to a triple, every store must find the same one, whatever the order of its rows.
        yield from sorted(
            (tuple(instantiate(pattern, solution) for pattern in rule.body) for solution in solutions),
            key=lambda premises: list(map(str, premises)),
        )


def _bind(pattern: Pattern, triple: ox.Triple) -> Bindings | None:
    """Return the values of a pattern's variables under which it is the triple."""
    bindings: Bindings = {}
    for slot, term in zip(pattern, (triple.subject, triple.predicate, triple.object), strict=True):
        if isinstance(slot, ox.Variable):
            if bindings.setdefault(slot, term) != term:
                return None
        elif slot != term:
            return None
    return bindings
