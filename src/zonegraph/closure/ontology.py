"""Read the ontology's axioms and compile each into rules with constant predicates and classes.

Names and meaning of the rules: OWL 2 Profiles, section 4.3 (https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.closure.rules import (
    DOMAIN,
    EQUIVALENT_CLASS,
    EQUIVALENT_PROPERTY,
    RANGE,
    RESOURCE,
    SAME_AS,
    SUBCLASS,
    SUBPROPERTY,
    THING,
    Pattern,
    Rule,
    Slot,
    Term,
)
from zonegraph.errors import UsageError
from zonegraph.terms import FIRST, NIL, REST, TYPE
from zonegraph.vocabulary import OWL, RDF, RDFS, XSD, ZG, shorten

CHAIN, DISJOINT_CLASS, DISJOINT_PROPERTY, COMPLEMENT, INVERSE = (
    ox.NamedNode(OWL + name)
    for name in ("propertyChainAxiom", "disjointWith", "propertyDisjointWith", "complementOf", "inverseOf")
)
FUNCTIONAL, INVERSE_FUNCTIONAL, TRANSITIVE, SYMMETRIC, ASYMMETRIC, IRREFLEXIVE = (
    ox.NamedNode(OWL + name + "Property")
    for name in ("Functional", "InverseFunctional", "Transitive", "Symmetric", "Asymmetric", "Irreflexive")
)
DATATYPE_PROPERTY = ox.NamedNode(OWL + "DatatypeProperty")
NOTHING = ox.NamedNode(OWL + "Nothing")
MEMBERS_DIFFER = ox.NamedNode(ZG + "membersDiffer")  # of a class: no two IRIs name the same member
TRUE = ox.Literal(True)
X, Y, Z, P, Q, R, C, D, E = (ox.Variable(name) for name in "xyzpqrcde")

# Terms of the owl: namespace that carry no inference in OWL 2 RL, or none beyond what the data says already.
HARMLESS_PREDICATES = {
    ox.NamedNode(OWL + name)
    for name in (
        "versionIRI", "versionInfo", "priorVersion", "backwardCompatibleWith", "incompatibleWith", "deprecated",
        "annotatedSource", "annotatedProperty", "annotatedTarget", "sameAs", "differentFrom",
    )
}  # fmt: skip
HARMLESS_CLASSES = {
    ox.NamedNode(OWL + name)
    for name in (
        "Ontology", "Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "OntologyProperty",
        "NamedIndividual", "DeprecatedClass", "DeprecatedProperty", "Axiom", "Annotation", "Thing", "Nothing",
    )
}  # fmt: skip
REMEDIES = {
    "AllDifferent": "state owl:differentFrom for each pair",
    "AllDisjointClasses": "state owl:disjointWith for each pair",
    "AllDisjointProperties": "state owl:propertyDisjointWith for each pair",
    "disjointUnionOf": "state rdfs:subClassOf for each part and owl:disjointWith for each pair",
    "members": "state the axiom for each pair",
    "distinctMembers": "state owl:differentFrom for each pair",
    "imports": "put the axioms that are needed in a file of ontology/; nothing is downloaded",
    "unionOf": "state rdfs:subClassOf from each part to a named class",
    "intersectionOf": "state rdfs:subClassOf to each part, and write a rule in ontology/rules/ for the other direction",
    "ReflexiveProperty": "write a rule in ontology/rules/; OWL 2 RL leaves it out",
    "onDatatype": "check values with a SHACL shape",
    "withRestrictions": "check values with a SHACL shape",
}
ELSE = "express it with a rule in ontology/rules/ or a SHACL shape, or remove it"
LONGEST_CHAIN = 50  # members, each of which is a triple pattern of one query
UNSUPPORTED = (
    "class expressions (owl:Restriction and its owl:someValuesFrom, owl:allValuesFrom, owl:hasValue, owl:hasSelf, "
    "cardinalities; owl:unionOf, owl:intersectionOf, owl:oneOf)",
    "anonymous classes and properties in any axiom, such as an unnamed inverse in a chain",
    "owl:AllDifferent, owl:AllDisjointClasses, owl:AllDisjointProperties, owl:disjointUnionOf (state pairs)",
    "owl:hasKey, owl:NegativePropertyAssertion, owl:ReflexiveProperty, owl:imports",
    "datatype definitions (owl:onDatatype, owl:withRestrictions, owl:datatypeComplementOf)",
    "axioms about terms of rdf:, rdfs:, owl: or about owl:Nothing",
    "inverse, symmetric, transitive and inverse functional datatype properties",
    f"property chains of more than {LONGEST_CHAIN} members",
)

PROPERTY_TYPES = (FUNCTIONAL, INVERSE_FUNCTIONAL, TRANSITIVE, SYMMETRIC, ASYMMETRIC, IRREFLEXIVE)
CLASS_AXIOMS = (SUBCLASS, EQUIVALENT_CLASS, DISJOINT_CLASS, COMPLEMENT)
PROPERTY_AXIOMS = (SUBPROPERTY, EQUIVALENT_PROPERTY, DISJOINT_PROPERTY, INVERSE, DOMAIN, RANGE, CHAIN)
# All that a store is searched for, lest an axiom stand in the data that no rule was compiled from.
AXIOM_PREDICATES = (
    *CLASS_AXIOMS,
    *PROPERTY_AXIOMS,
    *(
        ox.NamedNode(OWL + name)
        for name in (
            "unionOf", "intersectionOf", "oneOf", "onProperty", "disjointUnionOf", "hasKey", "members",
            "distinctMembers", "imports", "sourceIndividual", "onDatatype", "datatypeComplementOf",
        )
    ),
)  # fmt: skip
AXIOM_CLASSES = (*PROPERTY_TYPES, ox.NamedNode(OWL + "ReflexiveProperty"))
# Properties that relate a term to text or to pages about it: axioms about them touch no rule.
FREE_PROPERTIES = {ox.NamedNode(RDFS + name) for name in ("label", "comment", "seeAlso", "isDefinedBy", "member")}
TAUTOLOGIES = {THING, RESOURCE}


class Axiom(NamedTuple):
    """One axiom: `subject kind values`, with the triples that state it.

    For a characteristic such as owl:TransitiveProperty, `kind` is that class and `values` is empty; for a chain,
    `values` are its members in order.
    """

    kind: ox.NamedNode
    subject: ox.NamedNode
    values: tuple[ox.NamedNode, ...]
    triples: tuple[ox.Triple, ...]


def read_axioms(ontology: Iterable[ox.Triple]) -> list[Axiom]:
    """Return the axioms among triples.

    Parameters: `ontology`, the triples; list cells may be blank nodes or IRIs made for blank nodes. Returns the
    axioms, sorted, each once. Raises UsageError that names every axiom that the rules would silently pass over,
    each with its remedy.
    """
    triples = set(ontology)
    first: dict[Term, ox.Triple] = {t.subject: t for t in triples if t.predicate == FIRST}
    rest: dict[Term, ox.Triple] = {t.subject: t for t in triples if t.predicate == REST}
    literal_valued = {t.subject for t in triples if t.predicate == TYPE and t.object == DATATYPE_PROPERTY}
    axioms: dict[tuple[ox.NamedNode, ox.NamedNode, tuple[ox.NamedNode, ...]], Axiom] = {}
    problems: set[str] = set()
    for triple in sorted(triples, key=str):
        try:
            axiom = _axiom(triple, first, rest, literal_valued)
        except _UnsupportedError as problem:
            problems.add(str(problem))
        else:
            if axiom is not None:
                axioms.setdefault(axiom[:3], axiom)
    if problems:
        raise UsageError("these axioms are not supported and would have no effect:", "\n  ".join(sorted(problems)))
    return list(axioms.values())


class _UnsupportedError(Exception):
    """One triple of the ontology that the rules would pass over; carries what, and the remedy."""


def _axiom(
    triple: ox.Triple,
    first: Mapping[Term, ox.Triple],
    rest: Mapping[Term, ox.Triple],
    literal_valued: Set[Term],
) -> Axiom | None:
    subject, predicate, value = triple.subject, triple.predicate, triple.object
    if predicate == TYPE:
        if value in PROPERTY_TYPES:
            named = _property(subject, triple)
            if named in literal_valued and value in (INVERSE_FUNCTIONAL, TRANSITIVE, SYMMETRIC):
                raise _UnsupportedError(
                    f"{terms.triple(triple)}: the values of a datatype property are literals; {ELSE}"
                )
            return Axiom(value, named, (), (triple,))  # type: ignore[arg-type]
        if isinstance(value, ox.NamedNode) and value.value.startswith(OWL) and value not in HARMLESS_CLASSES:
            raise _UnsupportedError(f"{terms.triple(triple)}: {REMEDIES.get(value.value[len(OWL) :], ELSE)}")
        return None
    if predicate in CLASS_AXIOMS:
        named = _class(subject, triple)
        if predicate == SUBCLASS and value in TAUTOLOGIES:
            return None
        return Axiom(predicate, named, (_class(value, triple),), (triple,))
    if predicate == MEMBERS_DIFFER:
        return Axiom(predicate, _class(subject, triple), (), (triple,)) if value == TRUE else None
    if predicate == CHAIN:
        return _chain(triple, first, rest, literal_valued)
    if predicate in PROPERTY_AXIOMS:
        named = _property(subject, triple)
        if predicate in (DOMAIN, RANGE):
            if value in TAUTOLOGIES:
                return None
            if predicate == RANGE and is_datatype(value):
                assert isinstance(value, ox.NamedNode)
                return Axiom(predicate, named, (value,), (triple,))
            return Axiom(predicate, named, (_class(value, triple),), (triple,))
        if predicate == INVERSE and literal_valued & {subject, value}:
            raise _UnsupportedError(f"{terms.triple(triple)}: the values of a datatype property are literals; {ELSE}")
        return Axiom(predicate, named, (_property(value, triple),), (triple,))
    if predicate.value.startswith(OWL) and predicate not in HARMLESS_PREDICATES:
        raise _UnsupportedError(f"{terms.triple(triple)}: {REMEDIES.get(predicate.value[len(OWL) :], ELSE)}")
    return None


def _chain(
    triple: ox.Triple,
    first: Mapping[Term, ox.Triple],
    rest: Mapping[Term, ox.Triple],
    literal_valued: Set[Term],
) -> Axiom:
    cells: list[ox.Triple] = []
    members: list[ox.NamedNode] = []
    cell: Term = triple.object
    seen: set[Term] = set()
    while cell != NIL and len(members) <= LONGEST_CHAIN:
        if cell not in first or cell not in rest or cell in seen:
            raise _UnsupportedError(
                f"{terms.triple(triple)}: the list of the chain is broken; write it as ( ex:p ex:q )"
            )
        seen.add(cell)
        members.append(_property(first[cell].object, triple))
        cells += [first[cell], rest[cell]]
        cell = rest[cell].object
    if len(members) < 2:
        raise _UnsupportedError(
            f"{terms.triple(triple)}: a chain has at least two members; for one, state rdfs:subPropertyOf"
        )
    if len(members) > LONGEST_CHAIN:
        raise _UnsupportedError(
            f"{terms.triple(triple)}: a chain of more than {LONGEST_CHAIN} members; state part of it as a chain of its own"
        )
    if literal_valued & set(members[:-1]):
        raise _UnsupportedError(f"{terms.triple(triple)}: a datatype property can only end a chain; {ELSE}")
    return Axiom(CHAIN, _property(triple.subject, triple), tuple(members), (triple, *cells))


def is_datatype(term: object) -> bool:
    """Return whether a term is a datatype of XSD or RDF, whose members are literals."""
    return isinstance(term, ox.NamedNode) and (
        term.value.startswith(XSD)
        or term.value in (RDFS + "Literal", RDF + "langString", RDF + "PlainLiteral", RDF + "HTML", RDF + "XMLLiteral")
    )


def _class(term: object, triple: ox.Triple) -> ox.NamedNode:
    return _named(term, triple, "class")


def _property(term: object, triple: ox.Triple) -> ox.NamedNode:
    if term in FREE_PROPERTIES:
        assert isinstance(term, ox.NamedNode)
        return term
    return _named(term, triple, "property")


def _named(term: object, triple: ox.Triple, kind: str) -> ox.NamedNode:
    if not isinstance(term, ox.NamedNode) or "/.well-known/genid/" in term.value:
        raise _UnsupportedError(f"{terms.triple(triple)}: an axiom about an anonymous {kind}; name it, or {ELSE}")
    if term.value.startswith((RDF, RDFS, OWL, XSD)):
        raise _UnsupportedError(
            f"{terms.triple(triple)}: an axiom about the built-in term {shorten(term.value)}; {ELSE}"
        )
    return term


def instance_rules(axioms: Iterable[Axiom]) -> list[Rule]:
    """Return the rules that axioms give for the data, one rule for each direction of each axiom."""
    return [rule for axiom in axioms if axiom.kind in _RULES for rule in _RULES[axiom.kind](axiom)]


def _one(
    name: str, axiom: Axiom, head: Pattern, *body: Pattern, conditions: str = "", transitive: bool = False
) -> Rule:
    return Rule(name, (head,), body, axiom.triples, conditions, transitive=transitive)


def _subclass(axiom: Axiom) -> Iterator[Rule]:
    if axiom.subject != axiom.values[0]:
        yield _one("cax-sco", axiom, (X, TYPE, axiom.values[0]), (X, TYPE, axiom.subject))


def _equivalent_class(axiom: Axiom) -> Iterator[Rule]:
    one, other = axiom.subject, axiom.values[0]
    if one != other:
        yield _one("cax-eqc1", axiom, (X, TYPE, other), (X, TYPE, one))
        yield _one("cax-eqc2", axiom, (X, TYPE, one), (X, TYPE, other))


def _domain(axiom: Axiom) -> Iterator[Rule]:
    yield _one("prp-dom", axiom, (X, TYPE, axiom.values[0]), (X, axiom.subject, Y))


def _range(axiom: Axiom) -> Iterator[Rule]:
    # A literal cannot be the subject of a triple, so that a range in a datatype infers nothing; it is checked instead.
    if not is_datatype(axiom.values[0]):
        yield _one("prp-rng", axiom, (Y, TYPE, axiom.values[0]), (X, axiom.subject, Y))


def _subproperty(axiom: Axiom) -> Iterator[Rule]:
    if axiom.subject != axiom.values[0]:
        yield _one("prp-spo1", axiom, (X, axiom.values[0], Y), (X, axiom.subject, Y))


def _equivalent_property(axiom: Axiom) -> Iterator[Rule]:
    one, other = axiom.subject, axiom.values[0]
    if one != other:
        yield _one("prp-eqp1", axiom, (X, other, Y), (X, one, Y))
        yield _one("prp-eqp2", axiom, (X, one, Y), (X, other, Y))


def _inverse(axiom: Axiom) -> Iterator[Rule]:
    one, other = axiom.subject, axiom.values[0]
    yield _one("prp-inv1", axiom, (Y, other, X), (X, one, Y))
    yield _one("prp-inv2", axiom, (Y, one, X), (X, other, Y))


def _transitive(axiom: Axiom) -> Iterator[Rule]:
    p = axiom.subject
    yield _one("prp-trp", axiom, (X, p, Z), (X, p, Y), (Y, p, Z), transitive=True)


def _symmetric(axiom: Axiom) -> Iterator[Rule]:
    yield _one("prp-symp", axiom, (Y, axiom.subject, X), (X, axiom.subject, Y))


def _functional(axiom: Axiom) -> Iterator[Rule]:
    # Two literals are not merged: where they differ that is a contradiction, which `functional_literals` finds.
    p = axiom.subject
    yield _one(
        "prp-fp", axiom, (Y, SAME_AS, Z), (X, p, Y), (X, p, Z),
        conditions="FILTER(!sameTerm(?y, ?z) && !isLiteral(?z))",
    )  # fmt: skip


def _inverse_functional(axiom: Axiom) -> Iterator[Rule]:
    p = axiom.subject
    yield _one("prp-ifp", axiom, (X, SAME_AS, Z), (X, p, Y), (Z, p, Y), conditions="FILTER(!sameTerm(?x, ?z))")


def _property_chain(axiom: Axiom) -> Iterator[Rule]:
    nodes: list[Slot] = [ox.Variable(f"x{i}") for i in range(len(axiom.values) + 1)]
    body = tuple((nodes[i], member, nodes[i + 1]) for i, member in enumerate(axiom.values))
    yield _one("prp-spo2", axiom, (nodes[0], axiom.subject, nodes[-1]), *body)


_RULES: dict[ox.NamedNode, Callable[[Axiom], Iterator[Rule]]] = {
    SUBCLASS: _subclass,
    EQUIVALENT_CLASS: _equivalent_class,
    DOMAIN: _domain,
    RANGE: _range,
    SUBPROPERTY: _subproperty,
    EQUIVALENT_PROPERTY: _equivalent_property,
    INVERSE: _inverse,
    CHAIN: _property_chain,
    TRANSITIVE: _transitive,
    SYMMETRIC: _symmetric,
    FUNCTIONAL: _functional,
    INVERSE_FUNCTIONAL: _inverse_functional,
}


def schema_rules() -> list[Rule]:
    """Return the rules about the ontology itself (scm-*), which read its triples in the store.

    scm-cls, scm-op and scm-dp say that everything is below and equal to itself, and below owl:Thing: nothing worth
    writing down unless two names are one. So they stand among the equality rules; the others leave such triples out.
    """
    rules = []
    for below, equal, transitive, one, two in (
        (SUBCLASS, EQUIVALENT_CLASS, "scm-sco", "scm-eqc1", "scm-eqc2"),
        (SUBPROPERTY, EQUIVALENT_PROPERTY, "scm-spo", "scm-eqp1", "scm-eqp2"),
    ):
        informative = _informative("?c", "?e")
        rules += [
            Rule(
                transitive, ((C, below, E),), ((C, below, D), (D, below, E)), conditions=informative,
                transitive=True,
            ),
            Rule(one, ((C, below, D), (D, below, C)), ((C, equal, D),), conditions="FILTER(?c != ?d)"),
            Rule(two, ((C, equal, D),), ((C, below, D), (D, below, C)), conditions="FILTER(?c != ?d)"),
        ]  # fmt: skip
    for name, relation in (("dom", DOMAIN), ("rng", RANGE)):
        rules += [
            Rule(
                f"scm-{name}1", ((P, relation, D),), ((P, relation, C), (C, SUBCLASS, D)),
                conditions=_informative("?c", "?d"),
            ),
            Rule(
                f"scm-{name}2", ((P, relation, C),), ((Q, relation, C), (P, SUBPROPERTY, Q)),
                conditions=_informative("?p", "?q", "?c"),
            ),
        ]  # fmt: skip
    return rules


def _informative(one: str, other: str, value: str | None = None) -> str:
    value = value or other
    return f"FILTER({one} != {other} && {value} != {THING} && {value} != {RESOURCE})"


_REFLEXIVE = (SAME_AS, SUBCLASS, SUBPROPERTY, EQUIVALENT_CLASS, EQUIVALENT_PROPERTY)
_GENERAL = (TYPE, SUBCLASS, DOMAIN, RANGE)


def says_nothing(triple: ox.Triple) -> bool:
    """Return whether a triple holds of anything: it is the same as, or below, itself, or belongs to the class of everything."""
    s, p, o = triple
    return (p in _REFLEXIVE and s == o) or (p in _GENERAL and o in TAUTOLOGIES)


def _listed(terms: Iterable[ox.NamedNode]) -> str:
    return ", ".join(map(str, terms))


def equality_rules() -> list[Rule]:
    """Return the rules about owl:sameAs (eq-*), without what is merely the same as itself.

    That a class or property is below itself (scm-cls, scm-op, scm-dp) counts where two names are the same: then each is
    below the other.
    """
    same: Pattern = (X, SAME_AS, Y)
    apart = "FILTER(!sameTerm(?x, ?y))"
    return [
        *(
            Rule(name, ((X, below, Y), (X, equal, Y)), (same, (X, TYPE, ox.NamedNode(kind))), conditions=apart)
            for name, kind, below, equal in (
                ("scm-cls", OWL + "Class", SUBCLASS, EQUIVALENT_CLASS),
                ("scm-op", OWL + "ObjectProperty", SUBPROPERTY, EQUIVALENT_PROPERTY),
                ("scm-dp", OWL + "DatatypeProperty", SUBPROPERTY, EQUIVALENT_PROPERTY),
                ("scm-op", RDF + "Property", SUBPROPERTY, EQUIVALENT_PROPERTY),
            )
        ),
        Rule("eq-sym", ((Y, SAME_AS, X),), (same,), conditions=apart),
        Rule("eq-trans", ((X, SAME_AS, Z),), (same, (Y, SAME_AS, Z)), conditions="FILTER(!sameTerm(?x, ?z))"),
        Rule(
            "eq-rep-s", ((Y, P, Z),), (same, (X, P, Z)),
            conditions=f"FILTER(!sameTerm(?x, ?y) && !(sameTerm(?y, ?z) && ?p IN ({_listed(_REFLEXIVE)}))"
            f" && !(?z IN ({THING}, {RESOURCE}) && ?p IN ({_listed(_GENERAL)})))",
        ),
        Rule("eq-rep-p", ((R, Y, Z),), (same, (R, X, Z)), conditions=apart),
        Rule(
            "eq-rep-o", ((R, P, Y),), (same, (R, P, X)),
            conditions=f"FILTER(!sameTerm(?x, ?y) && !(sameTerm(?y, ?r) && ?p IN ({_listed(_REFLEXIVE)})))",
        ),
    ]  # fmt: skip
