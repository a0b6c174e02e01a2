"""The compiled closure equals owlrl's, on random ontologies in which every rule that is supported matters."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import SHARE, drawn
from zonegraph.closure import (
    SUPPORTED,
    Derivation,
    Program,
    clashes,
    compile_program,
    explain,
    materialize,
    materialize_for_checks,
)
from zonegraph.closure.equality import DRAWN_TOGETHER
from zonegraph.closure.reference import is_noise, materialize_owlrl, materialize_reference
from zonegraph.rdf.interchange import to_rdflib
from zonegraph.store.embedded import EmbeddedStore

pytestmark = pytest.mark.thorough  # other engines take long

CASES = 200
EX = "http://example.org/"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
INTO = ox.NamedNode("http://example.org/inferred")
TYPE = ox.NamedNode(RDF + "type")
ONTOLOGY = Path(__file__).parent.parent / "ontology"

# They find contradictions, or are tested by hand in test_closure.py because owlrl has nothing to compare with.
CONTRADICTIONS = {"eq-diff1", "prp-asyp", "prp-irp", "prp-pdw", "cls-com", "cax-dw", "dt-not-type"}
BY_HAND = {"cls-nothing2", "dt-diff"}
INFERENCES = sorted(set(SUPPORTED) - CONTRADICTIONS - BY_HAND)

# What owlrl says of a contradiction, by the rule that finds it.
MESSAGES = {
    "'sameAs' and 'differentFrom'": "eq-diff1",
    "Erroneous usage of asymmetric": "prp-asyp",
    "Irreflexive property": "prp-irp",
    "Erroneous usage of disjoint properties": "prp-pdw",
    "Violation of complementarity": "cls-com",
    f"Disjoint classes {XSD}": "dt-not-type",
    "Disjoint classes": "cax-dw",
}


def owl(name: str) -> ox.NamedNode:
    return ox.NamedNode(OWL + name)


def rdfs(name: str) -> ox.NamedNode:
    return ox.NamedNode(RDFS + name)


def named(prefix: str, count: int) -> list[ox.NamedNode]:
    return [ox.NamedNode(f"{EX}{prefix}{i}") for i in range(count)]


def random_case(seed: int) -> tuple[list[ox.Triple], list[ox.Triple]]:
    """Return ontology and data: few names and many axioms, so that axioms feed each other in circles."""
    dice = random.Random(seed)
    classes, properties, things = named("C", 6), named("p", 6), named("a", 6)
    attributes, free = named("d", 3), named("free", 2)
    nodes: list[ox.NamedNode | ox.BlankNode] = [*things, ox.BlankNode("b0")]
    ontology: list[ox.Triple] = [ox.Triple(c, TYPE, owl("Class")) for c in classes]
    ontology += [ox.Triple(p, TYPE, owl("ObjectProperty")) for p in properties]
    ontology += [ox.Triple(d, TYPE, owl("DatatypeProperty")) for d in attributes]
    data: list[ox.Triple] = []

    def axioms(
        least: int, most: int, subjects: list[ox.NamedNode], predicate: ox.NamedNode, values: list[ox.NamedNode]
    ) -> None:
        for _ in range(dice.randint(least, most)):
            ontology.append(ox.Triple(dice.choice(subjects), predicate, dice.choice(values)))

    axioms(1, 4, classes, rdfs("subClassOf"), classes)
    axioms(0, 1, classes, rdfs("subClassOf"), [owl("Thing"), rdfs("Resource")])
    axioms(0, 1, properties, rdfs(dice.choice(("domain", "range"))), [owl("Thing"), rdfs("Resource")])
    axioms(0, 1, classes, owl("equivalentClass"), classes)
    axioms(0, 3, properties, rdfs("subPropertyOf"), properties)
    axioms(0, 1, properties, owl("equivalentProperty"), properties)
    axioms(0, 1, properties, owl("inverseOf"), properties)
    axioms(0, 2, [*properties, *attributes], rdfs("domain"), classes)
    axioms(0, 2, properties, rdfs("range"), classes)
    axioms(0, 1, attributes, rdfs("subPropertyOf"), attributes)
    axioms(0, 1, attributes, owl("equivalentProperty"), attributes)
    for kind, chance in (
        ("Transitive", 0.5), ("Symmetric", 0.25), ("Functional", 0.2), ("InverseFunctional", 0.2),
        ("Asymmetric", 0.2), ("Irreflexive", 0.2),
    ):  # fmt: skip
        if dice.random() < chance:
            ontology.append(ox.Triple(dice.choice(properties), TYPE, owl(kind + "Property")))
    for _ in range(dice.randint(0, 2)):
        members = [dice.choice(properties) for _ in range(dice.choice((2, 2, 3, 4)))]
        ontology += chain(dice.choice(properties), members, f"l{len(ontology)}x")
    if dice.random() < 0.4:
        axioms(1, 1, classes, owl(dice.choice(("disjointWith", "complementOf"))), classes)
    if dice.random() < 0.2:
        axioms(1, 1, properties, owl("propertyDisjointWith"), properties)

    literals = [
        ox.Literal("one"),
        ox.Literal(1),
        ox.Literal("1.5", datatype=ox.NamedNode(XSD + "decimal")),
        ox.Literal(True),
        ox.Literal("2020-01-01T00:00:00", datatype=ox.NamedNode(XSD + "dateTime")),
    ]
    if dice.random() < 0.3:
        datatype = ox.NamedNode(XSD + dice.choice(("string", "decimal", "boolean", "dateTime")))
        ontology.append(ox.Triple(dice.choice(attributes), rdfs("range"), datatype))
        # owlrl knows of a datatype only if some literal of the graph has it.
        data += [ox.Triple(things[0], free[0], literal) for literal in literals]
    else:
        # owlrl compares neither of these with a range; test_closure.py does.
        literals += [ox.Literal("eins", language="de"), ox.Literal("2020", datatype=ox.NamedNode(XSD + "gYear"))]
    for _ in range(dice.randint(5, 11)):
        data.append(ox.Triple(dice.choice(nodes), dice.choice(properties), dice.choice(nodes)))
    for _ in range(dice.randint(1, 4)):
        data.append(ox.Triple(dice.choice(nodes), TYPE, dice.choice(classes)))
    for _ in range(dice.randint(0, 3)):
        data.append(ox.Triple(dice.choice(nodes), dice.choice(attributes), dice.choice(literals)))
    for _ in range(dice.randint(0, 2)):
        data.append(ox.Triple(dice.choice(nodes), owl("differentFrom"), dice.choice(nodes)))
    if dice.random() < 0.25:
        data.append(ox.Triple(dice.choice(nodes), owl("sameAs"), dice.choice(nodes)))
    if dice.random() < 0.1:
        data.append(ox.Triple(free[0], owl("sameAs"), free[1]))
        data.append(ox.Triple(dice.choice(nodes), free[0], dice.choice(nodes)))
    if dice.random() < 0.1:
        data.append(ox.Triple(dice.choice(properties), owl("sameAs"), dice.choice(properties)))
    if dice.random() < 0.1:
        data.append(ox.Triple(dice.choice(classes), owl("sameAs"), dice.choice(classes)))
    if dice.random() < 0.1:
        data.append(ox.Triple(dice.choice(attributes), owl("sameAs"), dice.choice(attributes)))
    return ontology, data


def chain(head: ox.NamedNode, members: list[ox.NamedNode], label: str) -> Iterator[ox.Triple]:
    cells: list[ox.BlankNode | ox.NamedNode] = [ox.BlankNode(f"{label}{i}") for i in range(len(members))]
    cells.append(ox.NamedNode(RDF + "nil"))
    yield ox.Triple(head, owl("propertyChainAxiom"), cells[0])
    for i, member in enumerate(members):
        yield ox.Triple(cells[i], ox.NamedNode(RDF + "first"), member)
        yield ox.Triple(cells[i], ox.NamedNode(RDF + "rest"), cells[i + 1])


@dataclass(frozen=True)
class Case:
    """A random case, with what owlrl makes of it."""

    program: Program
    triples: tuple[ox.Triple, ...]
    inferred: frozenset[tuple[object, object, object]]
    contradictions: frozenset[str]


def as_rdflib(triple: ox.Triple) -> tuple[object, object, object]:
    return tuple(to_rdflib(term, plain=False) for term in triple)  # type: ignore[return-value]


@cache
def asked(seed: int) -> tuple[Program, tuple[ox.Triple, ...]]:
    """The rules and the triples of a random case; owlrl takes far longer."""
    ontology, data = random_case(seed)
    return compile_program(ontology, []), (*ontology, *data)


@cache
def case(seed: int) -> Case:
    program, triples = asked(seed)
    graph = rdflib.Graph()
    for triple in triples:
        graph.add(as_rdflib(triple))
    closure, messages = materialize_owlrl(graph)
    kinds = {next(rule for text, rule in MESSAGES.items() if text in message) for message in messages}
    return Case(program, triples, frozenset(closure - set(graph)), frozenset(kinds))


def store_of(triples: tuple[ox.Triple, ...]) -> EmbeddedStore:
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def inferred_by(
    program: Program, triples: tuple[ox.Triple, ...]
) -> tuple[set[tuple[object, object, object]], set[str]]:
    """Return what our rules infer from triples, and the rules by which they contradict themselves."""
    store = store_of(triples)
    count = materialize(program, store, INTO)
    found = [quad.triple for quad in store.ox.quads_for_pattern(None, None, None, INTO)]
    assert count == len(found)
    return {as_rdflib(triple) for triple in found}, {clash.rule for clash in clashes(program, store, INTO)}


def without(program: Program, names: frozenset[str]) -> Program:
    """Return a program that lacks the rules of some names."""
    strata = tuple(tuple(rule for rule in stratum if rule.name not in names) for stratum in program.strata)
    return replace(
        program,
        strata=tuple(stratum for stratum in strata if stratum),
        equality=tuple(rule for rule in program.equality if rule.name not in names),
        checks=tuple(check for check in program.checks if check.rule.name not in names),
    )


@pytest.mark.parametrize("block", range(10))
def test_the_closure_and_the_contradictions_equal_those_of_owlrl(block: int) -> None:
    for seed in range(block, CASES, 10):
        expected = case(seed)
        ours, contradictions = inferred_by(expected.program, expected.triples)
        assert not [triple for triple in ours if is_noise(triple)], f"noise in case {seed}"
        assert ours - expected.inferred == set(), f"too much in case {seed}"
        assert expected.inferred - ours == set(), f"too little in case {seed}"
        assert contradictions == expected.contradictions, f"case {seed}"


def test_every_rule_fires_and_decides_some_case() -> None:
    """A rule decides a case if, without it, or what is drawn together with it, the case would not come out as in owlrl."""
    rules = drawn(sorted({*INFERENCES, *CONTRADICTIONS}))
    idle, undecided = set(rules), set(rules)
    for seed in range(CASES):
        if not idle | undecided:
            break
        expected = case(seed)
        for name in sorted(undecided):
            together = DRAWN_TOGETHER if name in DRAWN_TOGETHER else frozenset({name})
            ours, contradictions = inferred_by(without(expected.program, together), expected.triples)
            if ours != expected.inferred or contradictions != expected.contradictions:
                undecided.discard(name)
        if idle:
            store = store_of(expected.triples)
            materialize(expected.program, store, INTO)
            every = (*expected.program.rules, *expected.program.equality, *(c.rule for c in expected.program.checks))
            idle -= {rule.name for rule in every if rule.name in idle and store.ox.query(f"ASK {{ {rule.where} }}")}
    assert idle == set()
    assert undecided == set()


def test_what_is_drawn_for_the_checks_finds_the_same_contradictions_and_each_can_be_explained() -> None:
    walked = 0
    for seed in drawn(range(CASES)):
        program, triples = asked(seed)
        whole, part = store_of(triples), store_of(triples)
        materialize(program, whole, INTO)
        for_checks = materialize_for_checks(program, part, INTO)
        walked += bool(for_checks.walked)
        found = clashes(for_checks, part, INTO)
        assert found == clashes(program, whole, INTO), f"case {seed}"
        inferred = triples_of(part, INTO)
        for premise in {premise for clash in found for premise in clash.premises} & inferred:
            derivation = explain(for_checks, part, premise, INTO)
            assert derivation is not None, f"case {seed}: {premise}"
            pending = [derivation]
            while pending:
                step = pending.pop()
                assert step.rule or step.triple in triples_of(whole, ox.DefaultGraph()) - triples_of(whole, INTO)
                pending += step.premises
    assert walked > 20 or SHARE < 1


def test_every_inferred_triple_has_a_derivation_of_which_owlrl_grants_each_step() -> None:
    granted: set[tuple[ox.Triple, ...]] = set()
    for seed in drawn(range(20), 3):
        expected = case(seed)
        if len(expected.inferred) > 90:
            continue  # where nearly all things are the same, everything follows in hundreds of ways
        store = store_of(expected.triples)
        materialize(expected.program, store, INTO)
        inferred = triples_of(store, INTO)
        for triple in inferred:
            derivation = explain(expected.program, store, triple, INTO)
            assert derivation is not None
            for step in steps_of(derivation, inferred):
                premises = (*step.axioms, *(premise.triple for premise in step.premises))
                if (step.triple, *premises) not in granted:
                    granted.add((step.triple, *premises))
                    graph = rdflib.Graph()
                    for premise in premises:
                        graph.add(as_rdflib(premise))
                    assert as_rdflib(step.triple) in materialize_owlrl(graph)[0], f"case {seed}: {step}"
    assert len(granted) > 400 or SHARE < 1


def steps_of(derivation: Derivation, inferred: set[ox.Triple]) -> list[Derivation]:
    """Return the steps of a derivation, each once; it must rest on what is asserted, and no triple on itself."""
    below: dict[int, frozenset[ox.Triple]] = {}
    steps: list[Derivation] = []

    def visit(step: Derivation) -> frozenset[ox.Triple]:
        if id(step) not in below:
            assert (step.rule is None) == (step.triple not in inferred)
            assert bool(step.premises) == (step.triple in inferred)
            under = frozenset().union(*(visit(premise) for premise in step.premises))
            assert step.triple not in under
            below[id(step)] = under | {step.triple}
            if step.rule:
                steps.append(step)
        return below[id(step)]

    visit(derivation)
    return steps


def test_the_project_ontology_with_some_data_closes_as_in_owlrl() -> None:
    ontology = [q.triple for n in ("framework", "zonegraph") for q in ox.parse(path=str(ONTOLOGY / f"{n}.ttl"))]
    rules = [(file.name, file.read_text("utf-8")) for file in sorted((ONTOLOGY / "rules").glob("*.rq"))]
    program = compile_program(ontology, rules)
    data = [quad.triple for quad in ox.parse(DATA, format=ox.RdfFormat.TURTLE)]
    ours, theirs = store_of((*ontology, *data)), store_of((*ontology, *data))
    count = materialize(program, ours, INTO)
    assert materialize_reference(program, theirs, INTO) == (count, [])
    assert count > 60
    assert triples_of(ours, INTO) == triples_of(theirs, INTO)
    assert triples_of(ours, ox.DefaultGraph()) == triples_of(theirs, ox.DefaultGraph())
    assert not clashes(program, ours, INTO)


DATA = """
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix sector: <https://w3id.org/zonegraph/sector/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
zgd:province-a a zg:Province ; zg:within zgd:country-a . zgd:city-a a zg:City ; zg:within zgd:province-a .
zgd:municipality-a a zg:Municipality ; zg:within zgd:country-a . zgd:district-a zg:within zgd:municipality-a .
zgd:zone-a zg:locatedIn zgd:city-a ; zg:inBatch zgd:batch-a ; zg:focusesOn sector:a ; zg:namedAs "zone"@en .
zgd:zone-b zg:locatedIn zgd:district-a ; zg:inProgramme zgd:programme-b ; zg:linksTo "https://a.org"^^xsd:anyURI .
zgd:batch-a zg:ofProgramme zgd:programme-a ; zg:ordinal 2 . zgd:programme-a zg:runBy zgd:ministry-a .
zgd:programme-b zg:runBy zgd:ministry-b . zgd:ministry-a a zg:Ministry . zgd:ministry-b a zg:Ministry .
sector:a skos:broader sector:b . sector:b skos:broader sector:c .
zgd:approval-a zg:concerns zgd:zone-a ; zg:approvedBy zgd:ministry-a ; zg:date "2020-02"^^xsd:gYearMonth .
zgd:target-a zg:about zgd:zone-a ; zg:deadline "2023"^^xsd:gYear ; zg:amount 10 ; zg:comparator zg:atLeast .
zgd:article-a zg:published "2021-02-24Z"^^xsd:date ; zg:publishedBy zgd:news-a ; zg:textDigest "00" .
"""


def triples_of(store: EmbeddedStore, graph: ox.NamedNode | ox.DefaultGraph) -> set[ox.Triple]:
    return {quad.triple for quad in store.ox.quads_for_pattern(None, None, None, graph)}
