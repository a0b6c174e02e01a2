"""The closure: what rules infer, how an inferred triple is explained, what is refused."""

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from zonegraph.closure import (
    Clash,
    Derivation,
    Program,
    clashes,
    compile_program,
    explain,
    materialize,
    materialize_for_checks,
)
from zonegraph.closure.paths import reachable
from zonegraph.closure.reference import materialize_owlrl, materialize_reference
from zonegraph.closure.rules import text_of
from zonegraph.errors import UsageError
from zonegraph.store.embedded import EmbeddedStore

ONTOLOGY = Path(__file__).parent.parent / "ontology"
RULES = sorted((ONTOLOGY / "rules").glob("*.rq"))
INTO = ox.NamedNode("http://example.org/inferred")
PREFIXES = """
@prefix : <http://example.org/> .
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def triples(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def triple(turtle: str) -> ox.Triple:
    (one,) = triples(turtle + " .")
    return one


def closed(ontology: str, data: str, rules: list[tuple[str, str]] | None = None) -> tuple[Program, EmbeddedStore]:
    """Return a store with ontology and data and what follows from them."""
    axioms = triples(ontology)
    program = compile_program(axioms, rules or [])
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*axioms, *triples(data)))
    materialize(program, store, INTO)
    return program, store


def inferred(store: EmbeddedStore) -> set[ox.Triple]:
    return {quad.triple for quad in store.ox.quads_for_pattern(None, None, None, INTO)}


def expect(turtle: str) -> set[ox.Triple]:
    return set(triples(turtle))


def found(ontology: str, data: str) -> list[Clash]:
    program, store = closed(ontology, data)
    return clashes(program, store, INTO)


def written_out(derivation: Derivation) -> list[str]:
    """Return a derivation as lines: the rule of each step, and "asserted"."""
    lines = [derivation.rule or "asserted"]
    for premise in derivation.premises:
        lines += [f"  {line}" for line in written_out(premise)]
    return lines


def date_rule() -> tuple[str, str]:
    file = ONTOLOGY / "rules" / "date-interval.rq"
    return file.name, file.read_text("utf-8")


# ---------------------------------------------------------------- inference


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_chain_of_any_length_is_followed(length: int) -> None:
    members = " ".join(f":p{i}" for i in range(length))
    data = " ".join(f":a{i} :p{i} :a{i + 1} ." for i in range(length))
    _, store = closed(f":q owl:propertyChainAxiom ( {members} ) .", data)
    assert inferred(store) == expect(f":a0 :q :a{length} .")


def test_a_chain_that_feeds_itself_is_followed_to_its_end() -> None:
    _, store = closed(
        ":q owl:propertyChainAxiom ( :q :p ) . :p rdfs:subPropertyOf :q .", ":a :p :b . :b :p :c . :c :p :d ."
    )
    assert {t for t in inferred(store) if t.predicate.value.endswith("/q")} == expect(
        ":a :q :b, :c, :d . :b :q :c, :d . :c :q :d ."
    )


def test_a_transitive_property_is_completed_even_in_a_circle() -> None:
    _, store = closed(":p a owl:TransitiveProperty .", ":a :p :b . :b :p :c . :c :p :a .")
    assert inferred(store) == expect(":a :p :a, :c . :b :p :a, :b . :c :p :b, :c .")


def test_a_transitive_property_that_is_symmetric_relates_all_of_a_component() -> None:
    _, store = closed(":p a owl:TransitiveProperty, owl:SymmetricProperty .", ":a :p :b . :c :p :b .")
    assert inferred(store) == expect(":a :p :a, :c . :b :p :a, :b, :c . :c :p :a, :c .")


def test_what_is_asserted_is_not_counted_as_inferred() -> None:
    axioms = triples(":C rdfs:subClassOf :D .")
    program = compile_program(axioms, [])
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples(":a a :C, :D . :b a :C ."))
    assert materialize(program, store, INTO) == 1
    assert inferred(store) == expect(":b a :D .")
    assert materialize(program, store, INTO) == 0, "a second run adds nothing"


def test_a_closure_can_be_drawn_again_although_it_holds_inferred_axioms() -> None:
    program, store = closed(":C rdfs:subClassOf :D . :D rdfs:subClassOf :E .", ":a a :C .")
    assert inferred(store) == expect(":C rdfs:subClassOf :E . :a a :D, :E .")
    assert materialize(program, store, INTO) == 0


def test_that_everything_is_a_thing_is_not_written_down() -> None:
    _, store = closed(
        ":C a owl:Class ; rdfs:subClassOf owl:Thing . :D rdfs:subClassOf :C, rdfs:Resource ."
        ":p rdfs:domain owl:Thing ; rdfs:range owl:Thing . :q rdfs:subPropertyOf :p .",
        ":a a :C . :b :p :c .",
    )
    assert inferred(store) == set()


def test_a_literal_never_becomes_a_subject() -> None:
    _, store = closed(":p rdfs:range :C . :q owl:inverseOf :p .", ':a :p "text", 1, :b .')
    assert inferred(store) == expect(":b a :C . :b :q :a .")


def test_blank_nodes_are_inferred_about_like_anything_else() -> None:
    program, store = closed(":C rdfs:subClassOf :D .", "_:a a :C .")
    (one,) = inferred(store)
    assert isinstance(one.subject, ox.BlankNode)
    derivation = explain(program, store, one, INTO)
    assert derivation is not None
    assert written_out(derivation) == ["cax-sco", "  asserted"]


def test_a_functional_property_makes_two_things_one() -> None:
    _, store = closed(":p a owl:FunctionalProperty .", ":a :p :b, :c . :b :q :d .")
    assert inferred(store) == expect(":b owl:sameAs :c . :c owl:sameAs :b . :c :q :d .")


def test_a_deep_class_hierarchy_is_climbed_without_recursion() -> None:
    depth = 1500
    ontology = " ".join(f":C{i} rdfs:subClassOf :C{i + 1} ." for i in range(depth))
    program = compile_program(triples(ontology), [])
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples(":a a :C0 ."))
    assert materialize(program, store, INTO) == depth
    derivation = explain(program, store, triple(f":a a :C{depth}"), INTO)
    assert derivation is not None


def test_rules_run_in_the_order_in_which_they_feed_each_other() -> None:
    program = compile_program(
        triples(
            ":q rdfs:subPropertyOf :r . :r rdfs:domain :C . :p rdfs:subPropertyOf :q ."
            ":A rdfs:subClassOf :B . :C rdfs:subClassOf :A ."
        ),
        [],
    )
    order = [rule.name for rule in program.rules if not rule.name.startswith("scm-")]
    assert order == ["prp-spo1", "prp-spo1", "prp-dom", "cax-sco", "cax-sco"]
    assert all(len(stratum) == 1 for stratum in program.strata if not stratum[0].name.startswith("scm-"))


def test_every_rule_says_what_it_is_in_sparql() -> None:
    program = compile_program(triples(":p a owl:TransitiveProperty ; rdfs:domain :C ."), [date_rule()])
    assert {rule.name for rule in program.rules} >= {"prp-trp", "prp-dom", "date-interval"}
    for rule in (*program.rules, *program.equality):
        construct = f"{rule.prologue}CONSTRUCT {{ {text_of(rule.head)} }} WHERE {{ {rule.where} }}"
        assert list(ox.Store().query(construct)) == []  # type: ignore[arg-type]


def test_a_chain_that_is_drawn_already_is_looked_at_once_more_and_no_more() -> None:
    program, store = closed(":p a owl:TransitiveProperty .", " ".join(f":a{i} :p :a{i + 1} ." for i in range(300)))
    assert len(inferred(store)) == 300 * 299 // 2
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples(":x owl:sameAs :y . :y :q :a0 ."))
    assert materialize(program, store, INTO) == 2
    assert reached(300) == reached(100) * 3, "each step once, and not each with each"


def reached(length: int) -> int:
    """Return how often the nodes that follow are asked for in a chain of which all is drawn."""

    class Counted(dict[int, set[int]]):
        asked = 0

        def get(self, key: int, default: object = None) -> set[int]:  # type: ignore[override]
            Counted.asked += 1
            return super().get(key, set())

    edges = Counted({i: set(range(i + 1, length)) for i in range(length - 1)})
    assert {node: len(targets) for node, targets in reachable(edges)} == {i: length - 1 - i for i in range(length - 1)}
    return round(Counted.asked, -1)


def test_what_one_property_gives_another_is_explained_along_the_chain_of_either() -> None:
    data = " ".join(f":a{i} :step :a{i + 1} ." for i in range(200))
    program, store = closed(":p a owl:TransitiveProperty . :step rdfs:subPropertyOf :p .", data)
    derivation = explain(program, store, triple(":a0 :p :a200"), INTO)
    assert derivation is not None
    rules = [line.strip() for line in written_out(derivation)]
    assert [rules.count(name) for name in ("prp-trp", "prp-spo1", "asserted")] == [199, 200, 200]


def test_everything_said_of_one_name_is_said_of_all_and_reasoning_goes_on_from_there() -> None:
    _, store = closed(
        ":C rdfs:subClassOf :D .",
        ':a owl:sameAs :b . :c owl:sameAs :b . :a :p "text" . :d :p :c . :b a :C . :q owl:sameAs :p .',
    )
    names = {":a", ":b", ":c"}
    pairs = " ".join(f"{x} owl:sameAs {y} ." for x in names for y in names if x != y)
    about = " ".join(f'{x} :p "text" ; :q "text" ; a :C, :D . :d :p {x} ; :q {x} .' for x in names)
    stated = expect(':a owl:sameAs :b . :c owl:sameAs :b . :a :p "text" . :d :p :c . :b a :C . :q owl:sameAs :p .')
    assert inferred(store) == expect(f"{pairs} {about} :p owl:sameAs :q .") - stated


# ---------------------------------------------------------------- explanations


def test_an_explanation_leads_back_to_what_is_asserted() -> None:
    program, store = closed(
        ":lies owl:propertyChainAxiom ( :in :within ) . :within a owl:TransitiveProperty .",
        ":zone :in :district . :district :within :city . :city :within :province .",
    )
    derivation = explain(program, store, triple(":zone :lies :province"), INTO)
    assert derivation is not None
    assert written_out(derivation) == [
        "prp-spo2",
        "  asserted",
        "  prp-trp",
        "    asserted",
        "    asserted",
    ]
    assert [premise.triple for premise in derivation.premises[1].premises] == [
        triple(":district :within :city"),
        triple(":city :within :province"),
    ]
    assert derivation.axioms[0].predicate.value.endswith("propertyChainAxiom")
    assert len(derivation.axioms) == 5, "the chain's list is part of the axiom"


def test_what_is_asserted_or_absent_is_not_explained() -> None:
    program, store = closed(":C rdfs:subClassOf :D .", ":a a :C .")
    assert explain(program, store, triple(":a a :C"), INTO) is None
    assert explain(program, store, triple(":a a :E"), INTO) is None


def test_no_explanation_goes_in_a_circle() -> None:
    # Each of these properties follows from each other; only :a :p :b is asserted.
    program, store = closed(
        ":q owl:equivalentProperty :r . :r owl:inverseOf :s . :s rdfs:subPropertyOf :q . :p rdfs:subPropertyOf :s ."
        ":q a owl:SymmetricProperty .",
        ":a :p :b .",
    )
    assert len(inferred(store)) > 6
    for one in inferred(store):
        derivation = explain(program, store, one, INTO)
        assert derivation is not None
        assert_well_founded(derivation, frozenset())


def assert_well_founded(derivation: Derivation, above: frozenset[ox.Triple]) -> None:
    assert derivation.triple not in above
    assert (derivation.rule is None) == (not derivation.premises)
    for premise in derivation.premises:
        assert_well_founded(premise, above | {derivation.triple})


def test_an_explanation_is_found_among_many_that_lead_nowhere_new() -> None:
    ring = " ".join(f":x{i} :p :x{(i + 1) % 40} ." for i in range(40))
    program, store = closed(":p a owl:TransitiveProperty .", ring)
    derivation = explain(program, store, triple(":x0 :p :x0"), INTO)
    assert derivation is not None
    assert_well_founded(derivation, frozenset())


def test_a_rule_file_explains_what_it_inferred_in_its_own_words() -> None:
    program, store = closed(
        ":on rdfs:subPropertyOf zg:timed .", ':act :on "2020-02"^^xsd:gYearMonth .', rules=[date_rule()]
    )
    latest = next(t for t in inferred(store) if t.predicate.value.endswith("#latest"))
    derivation = explain(program, store, latest, INTO)
    assert derivation is not None
    assert written_out(derivation) == ["date-interval", "  prp-spo1", "    asserted"]
    assert derivation.summary.startswith("A date literal spans")


def made_by(head: str, body: str) -> tuple[str, str]:
    """A rule file whose head has a value that BIND makes of ?x."""
    made = 'BIND(IRI(CONCAT(STR(?x), "a")) AS ?y)'
    header = f"#+ rule: r\n#+ summary: s\n#+ premises: ['{body}']\n"
    return "r.rq", f"{header}PREFIX : <http://example.org/>\nCONSTRUCT {{ {head} }} WHERE {{ {body} {made} }}"


@pytest.mark.parametrize(
    ("ontology", "head", "body"),
    [
        ("", "?y a :C", "?x a :C"),
        ("", "?y :p ?x", "?x :p ?z"),
        (":p rdfs:domain :C .", "?y :p ?x", "?x a :C"),
        (":p rdfs:subPropertyOf :q .", "?x :p ?y", "?z :q ?x"),
    ],
)
def test_a_rule_that_could_make_new_terms_for_ever_is_refused(ontology: str, head: str, body: str) -> None:
    with pytest.raises(
        UsageError, match=r"r\.rq: its head has a value that BIND makes.* it might never end\n  infer it under"
    ):
        closed(ontology, ":a a :C ; :p :b .", rules=[made_by(head, body)])


def test_a_rule_whose_bind_only_copies_is_run() -> None:
    header = "#+ rule: r\n#+ summary: s\n#+ premises: ['?x :p ?z']\n"
    text = f"{header}PREFIX : <http://example.org/>\nCONSTRUCT {{ ?y :p ?x }} WHERE {{ ?x :p ?z BIND(?z AS ?y) }}"
    _, store = closed("", ":a :p :b .", rules=[("r.rq", text)])
    assert inferred(store) == expect(":b :p :a .")


@pytest.mark.parametrize(
    "hidden", ["NOTEXISTS { ?x :q ?w }", "EXISTS{ SELECTDISTINCT ?x { ?x :q ?w } }", "!NOTEXISTS{?x :q 1}"]
)
def test_a_rule_cannot_ask_for_what_is_absent_in_words_written_together(hidden: str) -> None:
    header = "#+ rule: r\n#+ summary: s\n#+ premises: ['?x :p ?z']\n"
    text = f"{header}PREFIX : <http://example.org/>\nCONSTRUCT {{ ?x :q ?z }} WHERE {{ ?x :p ?z FILTER({hidden}) }}"
    with pytest.raises(UsageError, match=r"r\.rq:5: .* depend on what is absent"):
        closed("", ":a :p :b .", rules=[("r.rq", text)])


def test_premises_that_yaml_repeats_without_end_are_refused() -> None:
    lines = ["#+ rule: r", "#+ summary: s", "#+ k0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"#+ k{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    lines += ["#+ premises: [*a11]", "PREFIX : <http://example.org/>", "CONSTRUCT { ?x :q ?z } WHERE { ?x :p ?z }"]
    with pytest.raises(UsageError, match=r"r\.rq:4: \*a0 is refused: it repeats another value"):
        closed("", "", rules=[("r.rq", "\n".join(lines))])


def test_equality_takes_as_many_turns_as_it_needs_beside_a_rule_that_makes_terms_once() -> None:
    data = ":a0 owl:sameAs :b0 ." + " ".join(f":a{i} :p :a{i + 1} . :b{i} :p :b{i + 1} ." for i in range(25))
    rules = [made_by("?x :q ?y", "?x a :C")]
    _, store = closed(":p a owl:FunctionalProperty .", f"{data} :c a :C .", rules=rules)
    assert expect(":a25 owl:sameAs :b25 . :c :q :ca .") <= inferred(store)


def test_a_rule_that_makes_new_terms_once_is_run() -> None:
    _, store = closed("", ":a a :C .", rules=[made_by("?x :p ?y", "?x a :C")])
    assert inferred(store) == expect(":a :p :aa .")


def test_equality_that_feeds_a_rule_which_makes_new_terms_ends_with_a_message() -> None:
    with pytest.raises(UsageError, match=r"rules that make new terms \(r\) more to do each time"):
        closed(":p a owl:FunctionalProperty .", ":b a :C ; :p :b .", rules=[made_by("?x :p ?y", "?x a :C")])


def test_a_property_chain_of_many_members_is_refused_and_a_long_one_is_drawn() -> None:
    def chain(count: int) -> str:
        return f":p owl:propertyChainAxiom ( {' '.join(f':p{i}' for i in range(count))} ) ."

    data = " ".join(f":x{i} :p{i} :x{i + 1} ." for i in range(50))
    _, store = closed(chain(50), data)
    assert inferred(store) == expect(":x0 :p :x50 .")
    with pytest.raises(UsageError, match="a chain of more than 50 members"):
        closed(chain(51), data)


# ---------------------------------------------------------------- contradictions


def test_a_clash_has_the_premises_and_the_axiom_that_make_it_one() -> None:
    program, store = closed(":C owl:disjointWith :D . :p rdfs:domain :D .", ":a a :C ; :p :b .")
    (clash,) = clashes(program, store, INTO)
    assert clash.rule == "cax-dw"
    assert (
        clash.message
        == "<http://example.org/a> is both a <http://example.org/C> and a <http://example.org/D>, which are disjoint"
    )
    assert set(clash.premises) == expect(":a a :C, :D .")
    assert clash.axioms == tuple(triples(":C owl:disjointWith :D ."))
    derivation = explain(program, store, clash.premises[1], INTO)
    assert derivation is not None
    assert derivation.rule == "prp-dom"


@pytest.mark.parametrize(
    ("rule", "ontology", "data"),
    [
        ("prp-irp", ":p a owl:IrreflexiveProperty .", ":a :p :a ."),
        ("prp-asyp", ":p a owl:AsymmetricProperty .", ":a :p :b . :b :p :a ."),
        ("prp-pdw", ":p owl:propertyDisjointWith :q .", ":a :p :b ; :q :b ."),
        ("cls-com", ":C owl:complementOf :D .", ":a a :C, :D ."),
        ("cls-nothing2", "", ":a a owl:Nothing ."),
        ("eq-diff1", ":p a owl:FunctionalProperty .", ":a :p :b, :c . :c owl:differentFrom :b ."),
        ("eq-diff1", "", ":a owl:differentFrom :a ."),
    ],
)
def test_a_contradiction_is_reported_once(rule: str, ontology: str, data: str) -> None:
    assert [clash.rule for clash in found(ontology, data)] == [rule]


def test_a_contradiction_at_the_end_of_a_path_that_is_not_drawn_is_found_and_explained() -> None:
    axioms = triples(
        ":within a owl:TransitiveProperty . :lies owl:propertyChainAxiom ( :in :within ) ; rdfs:range :D . :C owl:disjointWith :D ."
    )
    program = compile_program(axioms, [])
    store = EmbeddedStore(ox.Store())
    steps = " ".join(f":a{i} :within :a{i + 1} ." for i in range(50))
    stated = triples(f":zone :in :a0 . {steps} :a50 a :C .")
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*axioms, *stated))
    drawn = materialize_for_checks(program, store, INTO)
    assert not [t for t in inferred(store) if t.predicate.value.endswith("/within")]
    (clash,) = clashes(drawn, store, INTO)
    derivation = explain(drawn, store, next(p for p in clash.premises if p in inferred(store)), INTO)
    assert derivation is not None
    rules = [line.strip() for line in written_out(derivation)]
    assert [rules.count(name) for name in ("prp-rng", "prp-spo2", "prp-trp", "asserted")] == [1, 1, 49, 51]


def test_a_rule_that_asks_for_any_property_has_the_transitive_ones_drawn() -> None:
    header = "#+ rule: r\n#+ summary: s\n#+ premises: ['?x ?p ?z', '?z a :C']\n"
    text = f"{header}PREFIX : <http://example.org/>\nCONSTRUCT {{ ?x a :D }} WHERE {{ ?x ?p ?z . ?z a :C }}"
    axioms = triples(":p a owl:TransitiveProperty . :D owl:disjointWith :E .")
    program = compile_program(axioms, [("r.rq", text)])
    store = EmbeddedStore(ox.Store())
    stated = triples(":a :p :b ; a :E . :b :p :c . :c a :C .")
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*axioms, *stated))
    assert len(clashes(materialize_for_checks(program, store, INTO), store, INTO)) == 1


@pytest.mark.parametrize(
    ("datatype", "value", "clashing"),
    [
        ("integer", "5", False),
        ("integer", '"5"^^xsd:byte', False),
        ("integer", '"five"', True),
        ("integer", "1.5e0", True),
        ("string", '"five"@en', True),
        ("gYear", '"2020-01-01"^^xsd:date', True),
        ("integer", '"5"^^:unheard', False),
    ],
)
def test_a_literal_outside_the_range_of_its_property_is_a_clash(datatype: str, value: str, clashing: bool) -> None:
    # owlrl compares a few datatypes only, neither xsd:integer nor xsd:gYear nor language-tagged strings.
    clash = found(f":p a owl:DatatypeProperty ; rdfs:range xsd:{datatype} .", f":a :p {value} .")
    assert [one.rule for one in clash] == (["dt-not-type"] if clashing else [])


@pytest.mark.parametrize(
    ("values", "clashing"),
    [
        ('"2020"^^xsd:gYear, "2021"^^xsd:gYear', True),
        ('"2020"^^xsd:gYear, "2020-01"^^xsd:gYearMonth', True),
        ('"a"@en, "b"@en', True),
        ("1, 1.0", False),
        ('"a"^^:unheard, "b"^^:unheard', False),
        (':b, "text"', True),
    ],
)
def test_two_values_of_a_functional_property_are_a_clash_and_are_not_merged(values: str, clashing: bool) -> None:
    program, store = closed(":p a owl:FunctionalProperty .", f":a :p {values} .")
    assert [clash.rule for clash in clashes(program, store, INTO)] == (["dt-diff"] if clashing else [])
    assert inferred(store) == set()


def test_owlrl_merges_two_dates_of_a_functional_property_and_reports_nothing() -> None:
    """A defect of owlrl 7.6: rule dt-diff is skipped, so that equal literals spread to other things (eq-rep-o)."""
    graph = rdflib.Graph()
    graph.parse(
        data=PREFIXES + ':p a owl:FunctionalProperty . :a :p "2020"^^xsd:gYear, "2021"^^xsd:gYear .'
        ':other :q "2020"^^xsd:gYear .'
    )
    closure, messages = materialize_owlrl(graph)
    assert messages == []
    assert [str(o) for s, _, o in closure if str(s).endswith("other") and str(o) == "2021"] == ["2021"]


def test_owlrl_overlooks_the_last_member_of_all_different() -> None:
    """A defect of owlrl 7.6: its loop ends one too early. We refuse owl:AllDifferent and ask for pairs."""
    graph = rdflib.Graph()
    graph.parse(data=PREFIXES + "[] a owl:AllDifferent ; owl:members ( :a :b ) . :a owl:sameAs :b .")
    assert materialize_owlrl(graph)[1] == []


# ---------------------------------------------------------------- the ontology


@pytest.mark.parametrize(
    ("axiom", "said"),
    [
        ("[] a owl:AllDifferent ; owl:members ( :a :b ) .", "state owl:differentFrom for each pair"),
        ("[] a owl:AllDisjointClasses ; owl:members ( :C :D ) .", "state owl:disjointWith for each pair"),
        (":C rdfs:subClassOf [ owl:unionOf ( :D :E ) ] .", "anonymous class"),
        (":C owl:intersectionOf ( :D :E ) .", "write a rule in ontology/rules/"),
        (":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :D ] .", "owl:Restriction"),
        (":q owl:propertyChainAxiom ( [ owl:inverseOf :p ] :r ) .", "anonymous property"),
        (":q owl:propertyChainAxiom ( :p ) .", "at least two members"),
        (":q owl:propertyChainAxiom :p .", "the list of the chain is broken"),
        (":C owl:hasKey ( :p ) .", "owl:hasKey"),
        ("<http://example.org/> a owl:Ontology ; owl:imports <http://example.org/other> .", "nothing is downloaded"),
        (":p rdfs:subPropertyOf rdfs:subClassOf .", "the built-in term rdfs:subClassOf"),
        (":C rdfs:subClassOf owl:Nothing .", "the built-in term owl:Nothing"),
        (":p a owl:DatatypeProperty, owl:TransitiveProperty .", "values of a datatype property are literals"),
        (":p a owl:Reflexive .", "owl:Reflexive"),
    ],
)
def test_an_axiom_that_no_rule_would_act_on_is_refused_with_a_remedy(axiom: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        compile_program(triples(axiom), [])
    assert said in str(refusal.value)


def test_lists_may_have_iris_in_place_of_blank_nodes() -> None:
    genid = "<https://w3id.org/zonegraph/.well-known/genid/"
    rdf = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    _, store = closed(
        f":q owl:propertyChainAxiom {genid}1> . {genid}1> {rdf}first> :p ; {rdf}rest> {genid}2> ."
        f"{genid}2> {rdf}first> :r ; {rdf}rest> {rdf}nil> .",
        ":a :p :b . :b :r :c .",
    )
    assert inferred(store) == expect(":a :q :c .")


@pytest.mark.parametrize("reason", [materialize, materialize_reference])
def test_an_axiom_in_the_data_that_was_not_compiled_is_refused(reason: object) -> None:
    program = compile_program(triples(":C rdfs:subClassOf :D ."), [])
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples(":D rdfs:subClassOf :E ."))
    with pytest.raises(UsageError, match="state them in a file of ontology/"):
        reason(program, store, INTO)  # type: ignore[operator]


def test_the_project_ontology_and_its_rules_compile() -> None:
    ontology = [q.triple for n in ("framework", "zonegraph") for q in ox.parse(path=str(ONTOLOGY / f"{n}.ttl"))]
    program = compile_program(ontology, [(file.name, file.read_text("utf-8")) for file in RULES])
    restating = [rule for stratum in program.restating for rule in stratum]
    assert {file.stem for file in RULES} <= {rule.name for rule in (*program.rules, *restating)}


# ---------------------------------------------------------------- rule files


@pytest.mark.parametrize(
    ("literal", "earliest", "latest", "name"),
    [
        ('"2019"^^xsd:gYear', "2019-01-01", "2019-12-31", "date-2019"),
        ('"2020-02"^^xsd:gYearMonth', "2020-02-01", "2020-02-29", "date-2020-02"),
        ('"2021-02"^^xsd:gYearMonth', "2021-02-01", "2021-02-28", "date-2021-02"),
        ('"1900-02"^^xsd:gYearMonth', "1900-02-01", "1900-02-28", "date-1900-02"),
        ('"2000-02"^^xsd:gYearMonth', "2000-02-01", "2000-02-29", "date-2000-02"),
        ('"2021-04"^^xsd:gYearMonth', "2021-04-01", "2021-04-30", "date-2021-04"),
        ('"2021-12"^^xsd:gYearMonth', "2021-12-01", "2021-12-31", "date-2021-12"),
        ('"2021-02-24"^^xsd:date', "2021-02-24", "2021-02-24", "date-2021-02-24"),
        ('"2021-02-24T09:30:00"^^xsd:dateTime', "2021-02-24", "2021-02-24", "date-2021-02-24T09%3A30%3A00"),
    ],
)
def test_a_date_spans_the_days_that_it_can_mean_in_both_engines(
    literal: str, earliest: str, latest: str, name: str
) -> None:
    data = f":a zg:timed {literal} . :b zg:timed {literal} ."
    expected = expect(
        f"<https://w3id.org/zonegraph/id/{name}> a zg:DateInterval ; zg:ofDate {literal} ; "
        f'zg:earliest "{earliest}"^^xsd:date ; zg:latest "{latest}"^^xsd:date .'
    )
    _, store = closed("", data, rules=[date_rule()])
    assert inferred(store) == expected
    assert in_rdflib(date_rule()[1], data) == expected


@pytest.mark.parametrize("literal", ['"2021-02-24Z"^^xsd:date', '"2021"', "2021", '"2021Z"^^xsd:gYear', ":someday"])
def test_what_is_no_date_without_a_zone_spans_nothing(literal: str) -> None:
    _, store = closed("", f":a zg:timed {literal} .", rules=[date_rule()])
    assert inferred(store) == set()
    if literal != '"2021-02-24Z"^^xsd:date':  # rdflib has dropped the zone before any rule sees it
        assert in_rdflib(date_rule()[1], f":a zg:timed {literal} .") == set()


@pytest.mark.parametrize(
    ("rule", "kind", "property"),
    [
        ("zone-city", "City", "inCity"),
        ("zone-province", "Province", "inProvince"),
        ("zone-region", "Region", "inRegion"),
    ],
)
def test_a_zone_is_in_the_places_of_each_kind_within_which_it_lies(rule: str, kind: str, property: str) -> None:
    data = f":zone zg:liesWithin :place, :other . :place a zg:{kind} . :other a zg:District ."
    text = (ONTOLOGY / "rules" / f"{rule}.rq").read_text("utf-8")
    _, store = closed("", data, rules=[(f"{rule}.rq", text)])
    assert inferred(store) == expect(f":zone zg:{property} :place .")
    assert in_rdflib(text, data) == inferred(store)


def in_rdflib(query: str, data: str) -> set[ox.Triple]:
    graph = rdflib.Graph().parse(data=PREFIXES + data)
    turtle = graph.query(query).graph.serialize(format="nt")  # type: ignore[union-attr]
    return {quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.N_TRIPLES)}


HEADER = '#+ rule: r\n#+ summary: It follows.\n#+ premises:\n#+   - "?x :p ?y"\n'
QUERY = "PREFIX : <http://example.org/>\nCONSTRUCT { ?x :q ?y } WHERE { ?x :p ?y }"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (QUERY, "does not begin with a header"),
        ("#+ rule: [\n" + QUERY, "not YAML"),
        (HEADER.replace("summary", "title") + QUERY, "has no summary:"),
        (HEADER.replace("rule: r", "rule: other") + QUERY, "it must say rule: r"),
        (HEADER + QUERY.replace("CONSTRUCT { ?x :q ?y }", "SELECT *"), "r.rq:6: SELECT cannot be part of a rule"),
        (HEADER + QUERY + QUERY, "there is more after the query"),
        (HEADER.replace("?x :p ?y", "?x :p") + QUERY, "'?x :p' is not a triple pattern"),
        (HEADER.replace(":p", ":r") + QUERY, "remove '?x <http://example.org/r> ?y'"),
        (HEADER + QUERY.replace(":p ?y", ":p ?y ; :r ?z"), "add '?x <http://example.org/r> ?z'"),
        (HEADER + QUERY.replace(":p ?y", ":p+ ?y"), "a path cannot be explained"),
        (HEADER + QUERY.replace(":p ?y", ":p ?y OPTIONAL { ?x :r ?z }"), "would depend on what is absent"),
        (HEADER + QUERY.replace(":p ?y", ":p ?y FILTER NOT EXISTS { ?x :r ?z }"), "would depend on what is absent"),
        (HEADER + QUERY.replace("?y }", "[] }"), "a blank node would be a new node on every run"),
        (HEADER + QUERY.replace("?x :q", "?z :q"), "the head uses ?z"),
        (HEADER + QUERY.replace(":q", "zg:q"), "add PREFIX zg: <https://w3id.org/zonegraph/ns#>"),
        (HEADER + QUERY.replace(":q ?y", "a ?y"), "axioms belong in the ontology"),
        (HEADER + QUERY.replace(":p ?y", ":p ?y FILTER(?y >)"), "it is not a SPARQL query"),
        (HEADER + QUERY.rstrip("}"), "the file ends too early"),
    ],
)
def test_a_rule_file_of_the_wrong_form_is_refused_by_name_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        compile_program([], [("rules/r.rq", text)])
    assert str(refusal.value).startswith("rules/r.rq")
    assert said in str(refusal.value)
    assert "a rule file is a #+ header" in str(refusal.value)


def test_two_rule_files_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="another rule named r"):
        compile_program([], [("a/r.rq", HEADER + QUERY), ("b/r.rq", HEADER + QUERY)])


def test_a_rule_file_may_use_literals_lists_of_objects_and_comments() -> None:
    text = (
        '#+ rule: r\n#+ summary: It follows.\n#+ premises: ["?x :p 1", "?x :p \\"a # b\\"@en", "?x a :C"]\n'
        "PREFIX : <http://example.org/>\n"
        'CONSTRUCT { ?x :q "yes"^^:d , ?z ; a :D }  # what follows\n'
        'WHERE { ?x :p 1 , "a # b"@en ; a :C . FILTER(1 < 2 && STR(?x) != ")") BIND("z" AS ?z) VALUES ?w { 1 2 } }'
    )
    program, store = closed("", ':a :p 1, "a # b"@en ; a :C . :b :p 1 .', rules=[("r.rq", text)])
    assert inferred(store) == expect(':a :q "yes"^^:d, "z" ; a :D .')
    derivation = explain(program, store, triple(':a :q "z"'), INTO)
    assert derivation is not None
    assert len(derivation.premises) == 3


# ---------------------------------------------------------------- start-up


def test_the_compiled_path_imports_neither_rdflib_nor_owlrl() -> None:
    code = "import sys, zonegraph.closure; print([m for m in ('rdflib', 'owlrl', 'yaml') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
