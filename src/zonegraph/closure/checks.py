"""Contradictions that show only once the closure is drawn."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.closure.ontology import (
    ASYMMETRIC,
    COMPLEMENT,
    DISJOINT_CLASS,
    DISJOINT_PROPERTY,
    FUNCTIONAL,
    IRREFLEXIVE,
    MEMBERS_DIFFER,
    NOTHING,
    Axiom,
    X,
    Y,
    Z,
    is_datatype,
)
from zonegraph.closure.rules import DIFFERENT_FROM, RANGE, SAME_AS, Bindings, Pattern, Rule, holds, instantiate, select
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.terms import TYPE
from zonegraph.vocabulary import RDF, RDFS, XSD, shorten

# The value spaces of two datatypes under different heads share no value (XML Schema 1.1, part 2; OWL 2, section 4).
_VALUE_SPACES = {
    "decimal": "integer nonNegativeInteger nonPositiveInteger negativeInteger positiveInteger long int short byte "
    "unsignedLong unsignedInt unsignedShort unsignedByte",
    "string": "normalizedString token language Name NCName NMTOKEN",
    "dateTime": "dateTimeStamp",
}
_SINGLE = (
    "boolean", "float", "double", "hexBinary", "base64Binary", "anyURI",
    "date", "time", "gYear", "gYearMonth", "gMonthDay", "gMonth", "gDay",
)  # fmt: skip
VALUE_SPACE = (
    {XSD + name: XSD + head for head, others in _VALUE_SPACES.items() for name in (head, *others.split())}
    | {XSD + name: XSD + name for name in _SINGLE}
    | {RDF + "langString": RDF + "langString"}
)


@dataclass(frozen=True)
class Check:
    """One way in which the graph may contradict itself: a rule of OWL 2 RL whose conclusion is false.

    `rule`, the rule itself, with no head; `message`, what is wrong, in words with `{x}` where a variable's value
    goes; `symmetric`, the two variables that may change places without another contradiction, if any.
    """

    rule: Rule
    message: str
    symmetric: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clash:
    """One contradiction found.

    `rule`, the name of the rule of OWL 2 RL; `message`, what is wrong, in plain words; `premises`, the triples that
    contradict each other; `explain` tells where an inferred one comes from; `axioms`, the triples of the ontology by
    which they do.
    """

    rule: str
    message: str
    premises: tuple[ox.Triple, ...]
    axioms: tuple[ox.Triple, ...]


def checks_for(axioms: Iterable[Axiom]) -> Iterator[Check]:
    """Return the checks that axioms give, and those that hold for any data."""
    yield _check("cls-nothing2", (), "{x} is in owl:Nothing, which has no members", (X, TYPE, NOTHING))
    yield Check(
        Rule("eq-diff1", (), ((X, DIFFERENT_FROM, Y), (X, SAME_AS, Y))),
        "{x} and {y} are declared different, but are inferred to be the same",
        frozenset("xy"),
    )
    yield _check("eq-diff1", (), "{x} is declared different from itself", (X, DIFFERENT_FROM, X))
    for kind, subject, values, triples in axioms:
        name = shorten(subject.value)
        other = shorten(values[0].value) if values else ""
        if kind == DISJOINT_CLASS:
            message = f"{{x}} is both a {name} and a {other}, which are disjoint"
            yield _check("cax-dw", triples, message, (X, TYPE, subject), (X, TYPE, values[0]))
        elif kind == COMPLEMENT:
            message = f"{{x}} is both a {name} and a {other}, which are complements"
            yield _check("cls-com", triples, message, (X, TYPE, subject), (X, TYPE, values[0]))
        elif kind == IRREFLEXIVE:
            message = f"{{x}} is related to itself by {name}, which is irreflexive"
            yield _check("prp-irp", triples, message, (X, subject, X))
        elif kind == ASYMMETRIC:
            message = f"{{x}} and {{y}} are related by {name} in both directions, but it is asymmetric"
            rule = Rule("prp-asyp", (), ((X, subject, Y), (Y, subject, X)), triples)
            yield Check(rule, message, frozenset("xy"))
        elif kind == DISJOINT_PROPERTY:
            message = f"{{x}} and {{y}} are related both by {name} and by {other}, which are disjoint"
            yield _check("prp-pdw", triples, message, (X, subject, Y), (X, values[0], Y))
        elif kind == MEMBERS_DIFFER:
            # The pairs of a class need not be written down: only those that are inferred to be the same are looked at.
            message = f"{{x}} and {{y}} are two different members of {name}, but are inferred to be the same"
            body = ((X, SAME_AS, Y), (X, TYPE, subject), (Y, TYPE, subject))
            yield Check(Rule("eq-diff1", (), body, triples, "FILTER(!sameTerm(?x, ?y))"), message, frozenset("xy"))
        elif kind == FUNCTIONAL:
            yield _functional_literals(subject, triples)
        elif kind == RANGE and is_datatype(values[0]):
            yield from _range(subject, values[0], triples)


def _check(name: str, axioms: tuple[ox.Triple, ...], message: str, *body: Pattern, conditions: str = "") -> Check:
    return Check(Rule(name, (), body, axioms, conditions), message)


def _functional_literals(subject: ox.NamedNode, axioms: tuple[ox.Triple, ...]) -> Check:
    """A functional property with two values that cannot be one: dt-diff with eq-diff1, by way of prp-fp.

    `!=` is an error between values that SPARQL cannot compare; those of two XSD datatypes are told apart by these.
    """
    apart = (
        "FILTER((isLiteral(?y) || isLiteral(?z)) && !sameTerm(?y, ?z) && COALESCE(?y != ?z, "
        f'DATATYPE(?y) != DATATYPE(?z) && STRSTARTS(STR(DATATYPE(?y)), "{XSD}") && '
        f'STRSTARTS(STR(DATATYPE(?z)), "{XSD}")))'
    )
    message = f"{{x}} has two values for {shorten(subject.value)}, which is functional: {{y}} and {{z}}"
    return Check(Rule("dt-diff", (), ((X, subject, Y), (X, subject, Z)), axioms, apart), message, frozenset("yz"))


def _range(subject: ox.NamedNode, datatype: ox.NamedNode, axioms: tuple[ox.Triple, ...]) -> Iterator[Check]:
    """A literal outside its property's range: dt-not-type. A value of an unknown datatype is left alone."""
    if datatype.value in (RDFS + "Literal", RDF + "XMLLiteral", RDF + "HTML"):
        return
    inside = VALUE_SPACE.get(datatype.value)
    plain = datatype.value == RDF + "PlainLiteral"
    others = sorted(
        name
        for name, space in VALUE_SPACE.items()
        if (space not in (XSD + "string", RDF + "langString") if plain else inside and space != inside)
    )
    if others:
        outside = ", ".join(f"<{name}>" for name in others)
        message = f"{{x}} has {{y}} as {shorten(subject.value)}, whose range is {shorten(datatype.value)}"
        yield _check("dt-not-type", axioms, message, (X, subject, Y), conditions=f"FILTER(DATATYPE(?y) IN ({outside}))")


def find_clashes(checks: Iterable[Check], store: EmbeddedStore, into: ox.NamedNode) -> list[Clash]:
    """Run checks over the store's default graph.

    Parameters: `checks`, what to look for; `store`, a store in which the closure has been drawn; `into`, the graph of
    inferred triples. Returns the clashes, sorted, each once.
    """
    asked = ((check, select(store, f"SELECT * WHERE {{ {check.rule.where} }}")) for check in checks)
    return clashes_of(asked, store, into)


def clashes_of(
    found_by: Iterable[tuple[Check, Iterable[Bindings]]], store: EmbeddedStore, into: ox.NamedNode
) -> list[Clash]:
    """Return the clashes that checks have found, sorted, each once.

    Parameters: `found_by`, checks, each with the solutions of its body; the others as for `find_clashes`.
    """
    found: dict[tuple[object, ...], Clash] = {}
    for check, solutions in found_by:
        rule = check.rule
        for solution in solutions:
            premises = tuple(instantiate(pattern, solution) for pattern in rule.body)
            if rule.name == "eq-diff1" and len(rule.body) == 1 and holds(store, premises[0], into):
                continue  # equality has carried one statement over to the same thing: reported as a pair already
            values = {variable.value: value for variable, value in solution.items()}
            swapped = frozenset(str(values[name]) for name in check.symmetric)
            rest = tuple(str(value) for name, value in values.items() if name not in check.symmetric)
            message = check.message.format(**{name: terms.turtle(value) for name, value in values.items()})
            clash = Clash(rule.name, message, premises, rule.axioms)
            key = (rule.name, rule.axioms, swapped, rest)
            if key not in found or message < found[key].message:
                found[key] = clash
    return sorted(found.values(), key=lambda clash: (clash.rule, clash.message))
