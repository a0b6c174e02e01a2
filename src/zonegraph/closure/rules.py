"""What a rule is: patterns over triples, and the SPARQL text that they stand for."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from zonegraph.vocabulary import OWL, RDF, RDFS, XSD

Slot = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Variable
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
XSD_PREFIX = XSD


@dataclass(frozen=True)
class Rule:
    """One rule, compiled from one axiom of the ontology, from one rule file, or fixed by OWL 2 RL.

    Attributes:
        name: the rule's name in OWL 2 RL ("prp-spo2") or the stem of its file ("zone-city").
        head: the patterns that follow; none for a rule that finds a contradiction.
        body: the patterns that must hold.
        axioms: the triples of the ontology that the rule was compiled from.
        conditions: FILTER, BIND and VALUES clauses after the body, as SPARQL text.
        prologue: the PREFIX lines that `conditions` needs.
        path: what stands in place of body and conditions when everything is drawn at once. It closes the rule over its
            own results (a transitive property's `+` path), so that the rule need not be run again because of itself.
        summary: what the rule says, in one sentence.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", frozenset(key_of(pattern) for pattern in self.body))
        object.__setattr__(self, "writes", frozenset(key_of(pattern) for pattern in self.head))

    @property
    def where(self) -> str:
        """The rule's body with its conditions, as the inside of a WHERE clause."""
        return f"{text_of(self.body)} {self.conditions}".rstrip()

    @property
    def construct(self) -> str:
        """The rule as one SPARQL CONSTRUCT query."""
        return f"{self.prologue}CONSTRUCT {{ {text_of(self.head)} }} WHERE {{ {self.path or self.where} }}"


def key_of(pattern: Pattern) -> Key:
    """Return what a pattern reads or writes; a class counts only with rdf:type, where rules are told apart by it."""
    _, predicate, value = pattern
    if not isinstance(predicate, ox.NamedNode):
        return None, None
    return predicate, value if predicate == TYPE and isinstance(value, ox.NamedNode) else None


def overlap(one: Key, other: Key) -> bool:
    """Return whether a triple may fall under both keys."""
    return (
        one[0] is None
        or other[0] is None
        or (one[0] == other[0] and (one[1] is None or other[1] is None or one[1] == other[1]))
    )


def text_of(patterns: Iterable[Pattern]) -> str:
    """Return patterns as SPARQL: `?x <p> ?y . ?y <q> ?z .`"""
    return " ".join(f"{s} {p} {o} ." for s, p, o in patterns)


def variables_of(patterns: Iterable[Pattern]) -> tuple[ox.Variable, ...]:
    """Return the variables of patterns, each once, in order of appearance."""
    return tuple(dict.fromkeys(slot for pattern in patterns for slot in pattern if isinstance(slot, ox.Variable)))
