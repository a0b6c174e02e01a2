"""Why an inferred triple holds: the rule, the axioms, and the premises, down to what is asserted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.closure.engine import INFERRED
from zonegraph.closure.program import Program
from zonegraph.closure.rules import (
    Bindings,
    Key,
    Pattern,
    Rule,
    graphs_holding,
    holds,
    instantiate,
    key_of,
    placed,
    select,
    text_of,
)
from zonegraph.store.batches import matching
from zonegraph.vocabulary import ARTICLE_GRAPH

if TYPE_CHECKING:
    from zonegraph.store import Store


Way = tuple[Rule, tuple[ox.Quad, ...]]  # to a triple: a rule that gives it, and its premises


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

    The search goes backward from the triples, breadth first, and joins what it finds forward from what is asserted: a
    triple counts as derived only when all premises of one rule are. So no justification is circular, and the one found
    is among the shortest. What an article restates is asserted here: `explain_restated` tells how.

    Parameters: `program`, the rules with which the closure was drawn; `store`, the store with the closure, here or
    remote; `triples`, what to explain; `into`, the graph that holds the inferred triples. Returns the derivation of
    each triple that is inferred in this store.
    """
    derived: dict[ox.Quad, Derivation] = {}
    chains = _Chains(program, store, into, derived)
    search = Search(
        lambda goals: _steps_to(goals, program, store, chains), lambda goals: _inferred(goals, program, store, into)
    )

    def steps(goal: ox.Quad) -> Iterator[Way]:
        yield from search.steps(goal)
        rule = chains.rule(goal, program.writers(_key(goal)))
        if rule is not None:
            yield rule, chains.halves(goal, rule)

    asked = {triple: ox.Quad(*triple) for triple in triples}
    search.look_up_all(search.followed(asked.values()))
    explained = {}
    for triple, goal in asked.items():
        if search.follows(goal):
            derive(goal, derived, steps, search.follows)
            if goal in derived:
                explained[triple] = derived[goal]
    return explained


class Search:
    """What a store says of ways to triples, looked up for many at a time, since it may be far away, and kept.

    `find_steps` returns the rules that give each of some triples, with its premises; `find_following` those of some triples
    that must be derived in their turn.
    """

    def __init__(
        self,
        find_steps: Callable[[list[ox.Quad]], Mapping[ox.Quad, list[Way]]],
        find_following: Callable[[list[ox.Quad]], Container[ox.Quad]],
    ) -> None:
        self._find_steps, self._find_following = find_steps, find_following
        self._steps: dict[ox.Quad, list[Way]] = {}
        self._follows: dict[ox.Quad, bool] = {}
        self._looked_up: set[ox.Quad] = set()

    def steps(self, goal: ox.Quad) -> list[Way]:
        """Return the rules that give a triple, each with its premises."""
        if not self.known(goal):
            self.look_up([goal])
        return self._steps[goal]

    def known(self, goal: ox.Quad) -> bool:
        """Return whether a triple has been looked up."""
        return goal in self._looked_up

    def with_steps(self, goals: Iterable[ox.Quad]) -> set[ox.Quad]:
        """Return those of some triples that a rule gives."""
        goals = list(dict.fromkeys(goals))
        new = [goal for goal in goals if goal not in self._steps]
        if new:
            self._steps.update(self._find_steps(new))
        return {goal for goal in goals if self._steps[goal]}

    def follows(self, goal: ox.Quad) -> bool:
        """Return whether a triple must be derived in its turn."""
        return bool(self.followed([goal]))

    def followed(self, goals: Iterable[ox.Quad]) -> list[ox.Quad]:
        """Return those of some triples that must be derived in their turn."""
        goals = list(dict.fromkeys(goals))
        new = [goal for goal in goals if goal not in self._follows]
        if new:
            found = self._find_following(new)
            self._follows.update((goal, goal in found) for goal in new)
        return [goal for goal in goals if self._follows[goal]]

    def look_up(self, goals: Iterable[ox.Quad]) -> None:
        """Look up the steps to triples, and which of their premises must be derived in their turn."""
        goals = list(dict.fromkeys(goals))
        self.with_steps(goals)
        self.followed(premise for goal in goals for _, several in self._steps[goal] for premise in several)
        self._looked_up.update(goals)

    def look_up_all(self, goals: Collection[ox.Quad]) -> None:
        """Look up the steps to triples and, where none of them has asserted premises alone, those to the premises."""
        level, seen = list(dict.fromkeys(goals)), set(goals)
        while level:
            self.look_up(level)
            ways = ([several for _, several in self._steps[goal]] for goal in level)
            deeper = (
                premise
                for premises in ways
                if all(any(map(self._follows.__getitem__, several)) for several in premises)
                for several in premises
                for premise in several
            )
            level = [p for p in dict.fromkeys(deeper) if self._follows[p] and p not in seen]
            seen.update(level)


def derive(
    goal: ox.Quad,
    derived: dict[ox.Quad, Derivation],
    steps: Callable[[ox.Quad], Iterable[Way]],
    follows: Callable[[ox.Quad], bool],
) -> None:
    """Derive a triple if it can be; enter it, and what it rests on, among those derived.

    Parameters: `goal`, the triple in its graph; `steps` gives the rules that give a triple, each with its premises; `follows`,
    whether a premise must be derived in its turn.
    """
    wanted = goal
    waiting_for: dict[ox.Quad, list[_Step]] = {}
    asked = {wanted}
    queue = deque([wanted])
    while queue and wanted not in derived:
        goal = queue.popleft()
        for rule, premises in steps(goal):
            open_premises = []
            for premise in dict.fromkeys(premises):
                if premise in derived:
                    continue
                if follows(premise):
                    open_premises.append(premise)
                else:
                    derived[premise] = Derivation(premise.triple)
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

    goal: ox.Quad
    rule: Rule
    premises: tuple[ox.Quad, ...]
    missing: int

    def derivation(self, derived: dict[ox.Quad, Derivation]) -> Derivation:
        """Return what this way justifies, now that all premises are derived."""
        return _by(self.rule, self.goal.triple, tuple(derived[premise] for premise in self.premises))


def _by(rule: Rule, goal: ox.Triple, premises: tuple[Derivation, ...]) -> Derivation:
    return Derivation(goal, rule.name, rule.axioms, premises, rule.summary)


def _conclude(
    goal: ox.Quad,
    derivation: Derivation,
    derived: dict[ox.Quad, Derivation],
    waiting_for: dict[ox.Quad, list[_Step]],
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

    def __init__(self, program: Program, store: Store, into: ox.NamedNode, derived: dict[ox.Quad, Derivation]) -> None:
        self._program, self._store, self._into, self._derived = program, store, into, derived
        self._links: dict[object, dict[object, dict[object, Derivation]]] = {}  # property, subject, object
        self._came_from: dict[
            tuple[object, object], dict[object, object]
        ] = {}  # subject and property, node, the last one

    def rule(self, goal: ox.Quad, rules: Iterable[Rule]) -> Rule | None:
        """Return the first of some rules by which a chain leads to a triple; None if there is none."""
        return next(
            (r for r in rules if r.transitive and not r.conditions and not r.through and self._chain(goal)), None
        )

    def halves(self, goal: ox.Quad, rule: Rule) -> tuple[ox.Quad, ox.Quad]:
        """Return the two triples of which a shortest chain gives a triple; both are derived then.

        The first half is as long as a power of two, so that chains from one thing share theirs.
        """
        chain = self._chain(goal)
        return self._split(chain, 0, len(chain) - 1, goal.predicate, rule)

    def _chain(self, goal: ox.Quad) -> list[object]:
        """Return the things along which a shortest chain leads to a triple; an empty list if none of several links does."""
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
            return []
        chain: list[object] = [goal.object]
        while chain[-1] != goal.subject:
            chain.append(came_from[chain[-1]])
        chain.reverse()
        return chain if len(chain) > 2 else []

    def _split(
        self, chain: list[object], first: int, last: int, p: ox.NamedNode, rule: Rule
    ) -> tuple[ox.Quad, ox.Quad]:
        middle = first + (1 << (last - first - 1).bit_length() - 1)
        for start, end in ((first, middle), (middle, last)):  # as deep as the logarithm of the chain's length
            half = ox.Quad(chain[start], p, chain[end])  # type: ignore[arg-type]
            if half not in self._derived:
                self._derived[half] = (
                    self._links[p][chain[start]][chain[end]]
                    if end == start + 1
                    else _by(
                        rule,
                        half.triple,
                        tuple(map(self._derived.__getitem__, self._split(chain, start, end, p, rule))),
                    )
                )
        return ox.Quad(chain[first], p, chain[middle]), ox.Quad(chain[middle], p, chain[last])  # type: ignore[arg-type]

    def _found(self, p: ox.NamedNode) -> dict[object, dict[object, Derivation]]:
        """Return the links of which a property's chains are made: asserted, or given by a rule from one that is."""
        links: dict[object, dict[object, Derivation]] = {}
        step: Pattern = (ox.Variable("x"), p, ox.Variable("y"))
        of_one = [r for r in self._program.writers(key_of(step)) if len(r.body) == 1 and not r.makes_terms]
        for by, head, body in [(None, step, step), *((r, r.head[0], r.body[0]) for r in of_one if len(r.head) == 1)]:
            given = text_of([body])
            conditions = "" if by is None else f"{by.conditions} {by.fit(head)}"
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


def _inferred(goals: Iterable[ox.Quad], program: Program, store: Store, into: ox.NamedNode) -> set[ox.Quad]:
    """Return those of some triples that are inferred; one that a path stands for may be in no graph."""
    goals = list(goals)
    walked = {rule.head[0][1] for rule in program.walked}
    found = set()
    for goal, graphs in zip(goals, graphs_holding(store, [goal.triple for goal in goals]), strict=True):
        if into.value in graphs:
            if not program.restating or not any(graph.startswith(ARTICLE_GRAPH) for graph in graphs):
                found.add(goal)
        elif goal.predicate in walked and not holds(store, goal.triple, ox.DefaultGraph()):
            found.add(goal)
    return found


def _steps_to(goals: Iterable[ox.Quad], program: Program, store: Store, chains: _Chains) -> dict[ox.Quad, list[Way]]:
    """Return the rules that give triples of the merge, each with the premises in the store from which it does.

    They end before the rule by which a chain leads to a triple: its halves are derived with the triple.
    """
    found: dict[ox.Quad, list[Way]] = {goal: [] for goal in goals}
    alike: dict[Key, list[ox.Quad]] = {}
    for goal in goals:
        alike.setdefault(_key(goal), []).append(goal)
        for rule in program.walked:
            bindings = _bind(rule.head[0], goal.triple)
            if bindings is not None:
                first = rule.body[0]
                start = {slot: term for slot, term in bindings.items() if slot in first}
                # Whether the rest of the path leads to the goal's object shows when that is asked in its turn.
                for step in sorted(select(store, f"SELECT * WHERE {{ {text_of([first])} }}", start), key=str):
                    premises = (ox.Quad(*instantiate(pattern, step | bindings)) for pattern in rule.body)
                    found[goal].append((rule, tuple(premises)))
    for key, several in alike.items():
        rules = program.writers(key)
        led = {goal: chains.rule(goal, rules) for goal in several}
        for rule in rules:
            several = [goal for goal in several if led[goal] is not rule]  # the chain stands for this and what follows
            for goal, ways in steps_by([rule], several, store).items():
                found[goal] += ways
    return found


def _key(goal: ox.Quad) -> Key:
    return key_of((goal.subject, goal.predicate, goal.object))


def steps_by(rules: Iterable[Rule], goals: Iterable[ox.Quad], store: Store) -> dict[ox.Quad, list[Way]]:
    """Return those of some rules that give triples, each with the premises in the store from which it does.

    Parameters: `goals`, the triples, each in the graph in which a rule of scope `article` is to give it.
    """
    found: dict[ox.Quad, list[Way]] = {goal: [] for goal in goals}
    of_predicate: dict[object, list[ox.Quad]] = {}
    for goal in found:
        of_predicate.setdefault(goal.predicate, []).append(goal)
    for rule in rules:
        for pattern in rule.head:
            bound = {}
            for goal in found if isinstance(pattern[1], ox.Variable) else of_predicate.get(pattern[1], ()):
                bindings = _bind(pattern, goal.triple)
                if bindings is not None:
                    if isinstance(rule.graph, ox.Variable):
                        bindings[rule.graph] = goal.graph_name  # type: ignore[assignment]
                    bound[goal] = bindings
            ways: dict[ox.Quad, list[tuple[ox.Quad, ...]]] = {}
            for goal, solution in _solutions(rule, bound, store):
                premises = (placed(instantiate(body, solution), goal.graph_name) for body in rule.body)
                ways.setdefault(goal, []).append(tuple(premises))
            # Of several ways to a triple, every store must find the same one, whatever the order of its rows.
            for goal, several in ways.items():
                found[goal] += ((rule, premises) for premises in sorted(several, key=lambda way: list(map(str, way))))
    return found


def _solutions(rule: Rule, bound: Mapping[ox.Quad, Bindings], store: Store) -> Iterator[tuple[ox.Quad, Bindings]]:
    """Yield what a rule's body is in the store where the variables of its head have the values that give a triple."""
    head = next(iter(bound.values()), {})
    inputs, rows = rule.inputs(head)
    if set(head) <= set(inputs):
        yield from matching(store, rule.where, inputs, bound.items(), rule.prologue)
        return
    # The head has values that the conditions compute. Find first from which inputs, each once, then match the body.
    found = matching(store, f"{rows} {rule.conditions}", inputs, bound.items(), rule.prologue)
    starts = dict.fromkeys((goal, tuple((name, solution[name]) for name in inputs)) for goal, solution in found)
    yield from matching(store, rule.matched, inputs, ((goal, dict(start)) for goal, start in starts))


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
