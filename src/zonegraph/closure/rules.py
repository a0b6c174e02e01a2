"""What a rule is: patterns over triples, the SPARQL text that they stand for, and how a store is asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.rdf import sparql
from zonegraph.store.query import compiled
from zonegraph.vocabulary import OWL, RDF, RDFS

if TYPE_CHECKING:
    from zonegraph.store import Bindings as Rows
    from zonegraph.store import Store

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Bindings = dict[ox.Variable, Term]
Slot = Term | ox.Variable
Pattern = tuple[Slot, Slot, Slot]
# What a pattern reads or writes: a predicate and, for rdf:type, a class. None stands for "any".
Key = tuple[ox.NamedNode | None, ox.NamedNode | None]

TYPE = ox.NamedNode(RDF + "type")
SAME_AS = ox.NamedNode(OWL + "sameAs")
DIFFERENT_FROM = ox.NamedNode(OWL + "differentFrom")
SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
SUBPROPERTY = ox.NamedNode(RDFS + "subPropertyOf")
EQUIVALENT_CLASS = ox.NamedNode(OWL + "equivalentClass")
EQUIVALENT_PROPERTY = ox.NamedNode(OWL + "equivalentProperty")
DOMAIN = ox.NamedNode(RDFS + "domain")
RANGE = ox.NamedNode(RDFS + "range")
THING = ox.NamedNode(OWL + "Thing")
RESOURCE = ox.NamedNode(RDFS + "Resource")


@dataclass(frozen=True)
class Rule:
    """One rule, compiled from one axiom of the ontology, from one rule file, or fixed by OWL 2 RL.

    Attributes:
        name: the rule's name in OWL 2 RL ("prp-spo2") or the stem of its file ("date-interval").
        head: the patterns that follow; none for a rule that finds a contradiction.
        body: the patterns that must hold.
        axioms: the triples of the ontology that the rule was compiled from.
        conditions: FILTER, BIND and VALUES clauses after the body, as SPARQL text.
        prologue: the PREFIX lines that `conditions` needs.
        path: what stands in place of body and conditions when everything is drawn at once. It closes the rule over its
            own results (a transitive property's `+` path), so that the rule need not be run again because of itself.
        summary: what the rule says, in one sentence.
        makes_terms: whether the head has a variable that a BIND computes: a term, maybe, that no triple has had yet.
    """

    name: str
    head: tuple[Pattern, ...]
    body: tuple[Pattern, ...]
    axioms: tuple[ox.Triple, ...] = ()
    conditions: str = ""
    prologue: str = ""
    path: str | None = None
    summary: str = ""
    reads: frozenset[Key] = field(init=False)
    writes: frozenset[Key] = field(init=False)
    makes_terms: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", frozenset(key_of(pattern) for pattern in self.body))
        object.__setattr__(self, "writes", frozenset(key_of(pattern) for pattern in self.head))
        computed = _computed(self.conditions) if self.conditions else set()
        object.__setattr__(self, "makes_terms", any(x.value in computed for x in variables_of(self.head)))

    @property
    def where(self) -> str:
        """The rule's body with its conditions, as the inside of a WHERE clause."""
        return f"{text_of(self.body)} {self.conditions}".rstrip()

    @property
    def construct(self) -> str:
        """The rule as one SPARQL CONSTRUCT query."""
        return f"{self.prologue}CONSTRUCT {{ {text_of(self.head)} }} WHERE {{ {self.path or self.where} }}"

    def inputs(self, wanted: Iterable[ox.Variable]) -> tuple[tuple[ox.Variable, ...], str]:
        """Return the body's variables that the conditions or `wanted` ask for, and the text that yields their values.

        What nobody asks for is dropped before the conditions are computed: a date that many acts share counts once.
        """
        matched = variables_of(self.body)
        asked = {variable.value for variable in wanted} | sparql.variables(self.conditions)
        needed = tuple(variable for variable in matched if variable.value in asked)
        text = text_of(self.body)
        if needed and len(needed) < len(matched):
            text = f"{{ SELECT DISTINCT {' '.join(map(str, needed))} WHERE {{ {text} }} }}"
        return needed, text


def _computed(conditions: str) -> set[str]:
    """Return the variables to which a BIND gives a value that it computes; one that is only copied is no new term."""
    tokens = list(sparql.tokens(conditions))
    found, start = set(), 0
    for place, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper() == "BIND":
            start = place
        elif token.kind == "word" and token.text.upper() == "AS" and place - start != 3:  # BIND ( ?x AS
            found.add(tokens[place + 1].text[1:])
    return found


def key_of(pattern: Pattern) -> Key:
    """Return what a pattern reads or writes; a class counts only with rdf:type, where rules are told apart by it."""
    _, predicate, value = pattern
    if not isinstance(predicate, ox.NamedNode):
        return None, None
    return predicate, value if predicate == TYPE and isinstance(value, ox.NamedNode) else None


def by_key(keys: Iterable[Iterable[Key]]) -> dict[object, dict[object, list[int]]]:
    """Return an index of what has which keys: predicate, then class, then places in `keys`."""
    index: dict[object, dict[object, list[int]]] = {}
    for place, several in enumerate(keys):
        for predicate, kind in several:
            index.setdefault(predicate, {}).setdefault(kind, []).append(place)
    return index


def overlapping(index: dict[object, dict[object, list[int]]], key: Key) -> set[int]:
    """Return the places in an index of those keys under which a triple of the given key may fall too."""
    predicate, kind = key
    places: set[int] = set()
    for known in index if predicate is None else (predicate, None):
        kinds = index.get(known, {})
        for one in kinds if kind is None or known is None else (kind, None):
            places.update(kinds.get(one, ()))
    return places


def text_of(patterns: Iterable[Pattern]) -> str:
    """Return patterns as SPARQL: `?x <p> ?y . ?y <q> ?z .`"""
    return " ".join(f"{s} {p} {o} ." for s, p, o in patterns)


def variables_of(patterns: Iterable[Pattern]) -> tuple[ox.Variable, ...]:
    """Return the variables of patterns, each once, in order of appearance."""
    return tuple(dict.fromkeys(slot for pattern in patterns for slot in pattern if isinstance(slot, ox.Variable)))


def select(store: Store, query: str, bindings: Bindings | None = None) -> Iterator[Bindings]:
    """Yield the solutions of a SELECT query, in which some variables may have their value already.

    Parameters: `query`, made of patterns and of the conditions of rules; it ends with its pattern.
    """
    answer: Rows = store.query(  # type: ignore[assignment]
        compiled(query), bindings={variable.value: term for variable, term in (bindings or {}).items()}
    )
    for row in answer.rows:
        values = zip(answer.variables, row, strict=True)
        yield {ox.Variable(name): term for name, term in values if term is not None}


def instantiate(pattern: Pattern, bindings: Mapping[ox.Variable, Term]) -> ox.Triple:
    """Return the triple that a pattern is under the given values of its variables."""
    return ox.Triple(*(bindings[slot] if isinstance(slot, ox.Variable) else slot for slot in pattern))  # type: ignore[arg-type]


def holds(store: Store, triple: ox.Triple, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    """Return whether a graph of a store has a triple."""
    if store.local is None:
        pattern = f"{triple.subject} {triple.predicate} {triple.object}"
        within = pattern if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph} {{ {pattern} }}"
        return bool(store.query(compiled(f"ASK {{ {within} }}")).value)  # type: ignore[union-attr]
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph) in store.local
