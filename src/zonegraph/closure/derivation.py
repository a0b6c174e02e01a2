"""Why an inferred triple holds: the rule, the axioms, and the premises, down to what is asserted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.closure.engine import INFERRED
from zonegraph.closure.program import Program
from zonegraph.closure.rules import Bindings, Pattern, Rule, holds, instantiate, key_of, select, text_of

if TYPE_CHECKING:
    from zonegraph.store import Store


@dataclass(frozen=True)
class Derivation:
    """One triple with its justification.

    Attributes:
        triple: the triple.
        rule: the name of the rule that gave it; None if it is asserted.
        axioms: the triples of the ontology that the rule was compiled from.
        premises: what the rule's body held, each with its own justification. No triple rests on itself.
        summary: what the rule says, if it comes from a rule file.
    """

    triple: ox.Triple
    rule: str | None = None
    axioms: tuple[ox.Triple, ...] = ()
    premises: tuple[Derivation, ...] = ()
    summary: str = ""


def explain(program: Program, store: Store, triple: ox.Triple, into: ox.NamedNode = INFERRED) -> Derivation | None:
    """Return a derivation of an inferred triple.

    The search goes backward from the triple, breadth first, and joins what it finds forward from what is asserted: a
    triple counts as derived only when all premises of one rule are. So no justification is circular, and the one found
    is among the shortest.

    Parameters:
        program: the rules with which the closure was drawn.
        store: the store with the closure, here or remote.
        triple: what to explain.
        into: the graph that holds the inferred triples.

    Returns:
        the derivation; None if the triple is not inferred in this store.
    """
    if not _is_inferred(triple, program, store, into):
        return None
    derived: dict[ox.Triple, Derivation] = {}
    waiting_for: dict[ox.Triple, list[_Step]] = {}
    asked = {triple}
    queue = deque([triple])
    while queue and triple not in derived:
        goal = queue.popleft()
        for count, (rule, premises) in enumerate(_steps_to(goal, program, store)):
            if count == _MANY:
                along = _along_a_chain(goal, rule, store, into)
                if along is not None:
                    _conclude(goal, along, derived, waiting_for)
                    break
            open_premises = []
            for premise in dict.fromkeys(premises):
                if premise in derived:
                    continue
                if _is_inferred(premise, program, store, into):
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
    return derived.get(triple)


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


_MANY = 100  # ways to one triple, beyond which only a long chain explains their number


def _along_a_chain(goal: ox.Triple, rule: Rule, store: Store, into: ox.NamedNode) -> Derivation | None:
    """Return a derivation of what a transitive property gives along a chain of asserted triples; None if there is none.

    Searched like others it would take the cube of the chain's length, and rest on premises as deep as the chain is long.
    Halved again and again it is as deep as the logarithm.
    """
    p = goal.predicate
    if not rule.transitive or rule.conditions or any(pattern[1] != p for pattern in (*rule.head, *rule.body)):
        return None
    following: dict[object, list[ox.NamedNode]] = {}
    x, y = ox.Variable("x"), ox.Variable("y")
    asserted = f"SELECT ?x ?y WHERE {{ ?x {p} ?y FILTER NOT EXISTS {{ GRAPH {into} {{ ?x {p} ?y }} }} }}"
    for row in select(store, asserted):
        following.setdefault(row[x], []).append(row[y])  # type: ignore[arg-type]
    reached: dict[object, object] = {goal.subject: None}  # from what
    queue: deque[object] = deque([goal.subject])
    while queue and goal.object not in reached:
        node = queue.popleft()
        for other in sorted(following.get(node, ()), key=str):
            if other not in reached:
                reached[other] = node
                queue.append(other)
    if goal.object not in reached or goal.object == goal.subject:
        return None
    chain: list[object] = [goal.object]
    while chain[-1] != goal.subject:
        chain.append(reached[chain[-1]])
    chain.reverse()

    def between(first: int, last: int) -> Derivation:
        triple = ox.Triple(chain[first], p, chain[last])  # type: ignore[arg-type]
        if last == first + 1:
            return Derivation(triple)
        middle = (first + last) // 2
        return _by(rule, triple, (between(first, middle), between(middle, last)))

    return between(0, len(chain) - 1)


def _is_inferred(triple: ox.Triple, program: Program, store: Store, into: ox.NamedNode) -> bool:
    """Return whether a triple that holds is inferred; one that a path stands for may be in no graph."""
    if holds(store, triple, into):
        return True
    walked = any(rule.head[0][1] == triple.predicate for rule in program.walked)
    return walked and not holds(store, triple, ox.DefaultGraph())


def _steps_to(goal: ox.Triple, program: Program, store: Store) -> Iterator[tuple[Rule, tuple[ox.Triple, ...]]]:
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
        for pattern in rule.head:
            bindings = _bind(pattern, goal)
            if bindings is None:
                continue
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
