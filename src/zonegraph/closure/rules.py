"""What a rule is: patterns over triples, the SPARQL text that they stand for, and how a store is asked for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.rdf import sparql
from zonegraph.store import batches
from zonegraph.store.query import compiled
from zonegraph.terms import TYPE
from zonegraph.vocabulary import OWL, RDFS

if TYPE_CHECKING:
    from zonegraph.store import Bindings as Rows
    from zonegraph.store import Store

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Bindings = dict[ox.Variable, Term]
Slot = Term | ox.Variable
Pattern = tuple[Slot, Slot, Slot]
# What a pattern reads or writes: a predicate and, for rdf:type, a class. None stands for "any".
Key = tuple[ox.NamedNode | None, ox.NamedNode | None]

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

    `name`, the rule's name in OWL 2 RL ("prp-spo2") or the stem of its file ("date-interval"); `head`, the patterns
    that follow; none for a rule that finds a contradiction; `body`, the patterns that must hold; `axioms`, the
    triples of the ontology that the rule was compiled from; `conditions`, FILTER, BIND and VALUES clauses after the
    body, as SPARQL text; `prologue`, the PREFIX lines that `conditions` needs; `transitive`, whether it says that one
    property is transitive, maybe only `through` some things: all that it gives is drawn at once, so that it need not be run
    again because of itself;
    `walked`, those patterns of the body, by place, that are read along paths, since what follows from the property's
    being transitive is not drawn; see `Program.judging`; `summary`, what the rule says, in one sentence;
    `graph`, for a rule of scope `article`, what stands for the named graph to which it adds and in which all of its body
    is matched: a variable, or one graph; None for a rule over the merge.
    """

    name: str
    head: tuple[Pattern, ...]
    body: tuple[Pattern, ...]
    axioms: tuple[ox.Triple, ...] = ()
    conditions: str = ""
    prologue: str = ""
    transitive: bool = False
    walked: frozenset[int] = frozenset()
    summary: str = ""
    graph: ox.NamedNode | ox.Variable | None = None

    # Found out for the rules that are asked for them: most of a program's are not, when one file is judged.

    @cached_property
    def reads(self) -> frozenset[Key]:
        """What the body reads."""
        return frozenset(key_of(pattern) for pattern in self.body)

    @cached_property
    def writes(self) -> frozenset[Key]:
        """What the head writes."""
        return frozenset(key_of(pattern) for pattern in self.head)

    @cached_property
    def makes_terms(self) -> bool:
        """Whether the head has a variable that a BIND computes: a term, maybe, that no triple has had yet."""
        computed = _computed(self.conditions) if self.conditions else set()
        return any(x.value in computed for x in variables_of(self.head))

    @cached_property
    def _asked(self) -> set[str]:
        """The variables that the conditions ask for; one that stands in a string alone does no harm."""
        return sparql.like_variables(self.conditions)

    @property
    def through(self) -> tuple[Pattern, ...]:
        """What else the body of a transitive rule asks of the thing through which one link leads to the next."""
        return tuple(pattern for pattern in self.body if pattern[1] != self.head[0][1])

    @property
    def matched(self) -> str:
        """The rule's body without its conditions, as the inside of a WHERE clause."""
        steps = ("+" if place in self.walked else "" for place in range(len(self.body)))
        return self.placed(" ".join(f"{s} {p}{step} {o} ." for (s, p, o), step in zip(self.body, steps, strict=True)))

    @property
    def where(self) -> str:
        """The rule's body with its conditions, as the inside of a WHERE clause."""
        return f"{self.matched} {self.conditions}".rstrip()

    def placed(self, patterns: str) -> str:
        """Return patterns, as text, where the rule matches them: in its graph, or in the merge."""
        return patterns if self.graph is None else f"GRAPH {self.graph} {{ {patterns} }}"

    def wanted(self, pattern: Pattern) -> tuple[ox.Variable, ...]:
        """Return the variables on which a pattern of the head depends: its own, and the graph's."""
        return (*variables_of([pattern]), *([self.graph] if isinstance(self.graph, ox.Variable) else []))

    def fit(self, pattern: Pattern) -> str:
        """Return the FILTER that lets through what a pattern of the head can be: a triple's subject is no literal.

        It is empty where the body sees to that. An update would drop such a triple, and a question whether anything is
        new would say yes for ever.
        """
        subject, _, value = pattern
        needed = []
        if isinstance(subject, ox.Variable) and not any(subject == node for node, _, _ in self.body):
            needed.append(f"!isLiteral({subject})")
        if isinstance(value, ox.Variable) and value not in self.variables:  # a BIND may fail
            needed.append(f"BOUND({value})")
        return f"FILTER({' && '.join(needed)})" if needed else ""

    def walking(self, properties: Set[Slot]) -> Rule:
        """Return the rule as it is read where what follows from some properties' being transitive is not drawn.

        A step stands for a path where either end is asked of nowhere else, and where what follows has such a property
        itself, of which a path leads along the steps that are copied.
        """
        if len(self.body) == 1 and not self.conditions and self.head and self.head[0][1] in properties:
            return self
        elsewhere = Counter(v.value for pattern in (*self.head, *self.body) for v in {*variables_of([pattern])})
        elsewhere.update(self._asked)
        walked = frozenset(
            place
            for place, pattern in enumerate(self.body)
            if pattern[1] in properties
            and all(elsewhere[end.value] > 1 for end in (pattern[0], pattern[2]) if isinstance(end, ox.Variable))
        )
        return replace(self, walked=walked) if walked else self

    @property
    def variables(self) -> tuple[ox.Variable, ...]:
        """The variables of the body, and of the graph."""
        found = variables_of(self.body)
        return (*found, self.graph) if isinstance(self.graph, ox.Variable) else found

    def inputs(self, wanted: Iterable[ox.Variable]) -> tuple[tuple[ox.Variable, ...], str]:
        """Return the body's variables that the conditions or `wanted` ask for, and the text that yields their values.

        What nobody asks for is dropped before the conditions are computed: a date that many acts share counts once.
        """
        matched = self.variables
        asked = {variable.value for variable in wanted} | self._asked
        needed = tuple(variable for variable in matched if variable.value in asked)
        text = self.matched
        if needed and len(needed) < len(matched):
            text = distinct(needed, f"{{ {text} }}")
        return needed, text


def is_transitive(rule: Rule) -> bool:
    """Return whether a rule says no more than that one property is transitive, maybe only through some things.

    Its head and two patterns of its body have the property: `?x ex:p ?y . ?y ex:p ?z` gives `?x ex:p ?z`. The others have
    neither the property nor either end of the chain, so that what is drawn opens no new way.
    """
    if len(rule.head) != 1 or rule.conditions:
        return False
    start, p, end = rule.head[0]
    links = [pattern for pattern in rule.body if pattern[1] == p]
    middles = {value for subject, _, value in links if subject == start} & {s for s, _, value in links if value == end}
    rest = [pattern for pattern in rule.body if pattern[1] != p]
    return (
        isinstance(p, ox.NamedNode)
        and len(links) == 2
        and all(isinstance(slot, ox.Variable) for slot in (start, end, *middles))
        and len({start, end, *middles}) == 3
        and not any(isinstance(q, ox.Variable) for _, q, _ in rest)
        and {start, end}.isdisjoint(variables_of(rest))
    )


def _computed(conditions: str) -> set[str]:
    """Return the variables to which a BIND gives a value that it computes; one that is copied from the body is no new term."""
    tokens = list(sparql.tokens(conditions))
    found, start = set(), 0
    for place, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper() == "BIND":
            start = place
        elif token.kind == "word" and token.text.upper() == "AS":
            copied = place - start == 3 and tokens[place - 1].text[1:] not in found  # BIND ( ?x AS
            if not copied:
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


def distinct(variables: Iterable[ox.Variable], group: str) -> str:
    """Return a sub-query that yields the values of variables in a group of patterns, each once.

    By GROUP BY: Oxigraph moves a filter or MINUS that follows into SELECT DISTINCT, where it meets every row.
    """
    names = " ".join(map(str, variables))
    return f"{{ SELECT {names} WHERE {group} GROUP BY {names} }}"


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


def placed(triple: ox.Triple, graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> ox.Quad:
    """Return a triple in a graph."""
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def holds(store: Store, triple: ox.Triple, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    """Return whether a graph of a store has a triple."""
    if store.local is None:
        pattern = f"{triple.subject} {triple.predicate} {triple.object}"
        within = pattern if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph} {{ {pattern} }}"
        return bool(store.query(compiled(f"ASK {{ {within} }}")).value)  # type: ignore[union-attr]
    return placed(triple, graph) in store.local


def graphs_holding(store: Store, triples: Iterable[ox.Triple]) -> Iterator[set[str]]:
    """Yield for each triple the named graphs that hold it."""
    if store.local is None:
        triples = list(triples)
        held = batches.graphs_of(store, triples)
        yield from (held[triple] for triple in triples)
        return
    for triple in triples:
        quads = store.local.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        yield {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode)}
