"""Every answer says how sure it is: the weakest of what a row rests on, by one rule."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from tests.golden_answers import NAMES, golden, result_of
from zonegraph import catalogue, closure, evidence
from zonegraph import vocabulary as v
from zonegraph.answers.certainty import Certainties, Degree
from zonegraph.build import Dataset, certainty, graphs
from zonegraph.errors import UsageError
from zonegraph.project.sources import Project
from zonegraph.rdf import header, sparql
from zonegraph.store import guard
from zonegraph.store.batches import graphs_of, matching
from zonegraph.store.embedded import EmbeddedStore

EX = "http://example.org/"
RANKS = {ox.NamedNode(v.ZG + name): rank for name, rank in (
    ("stated", 0), ("inferred", 1), ("certain", 2), ("probable", 3), ("unclear", 4), ("onlyInTitle", 5)
)}  # fmt: skip
ARTICLE = ox.NamedNode(v.ARTICLE_GRAPH + "one")


def triples(turtle: str) -> list[ox.Triple]:
    """Read Turtle, with `:` for names of no meaning."""
    prefixes = f"@prefix : <{EX}> . @prefix zg: <{v.ZG}> . @prefix owl: <{v.OWL}> . @prefix rdfs: <{v.RDFS}> . "
    return [quad.triple for quad in ox.parse(prefixes + turtle, format=ox.RdfFormat.TURTLE)]


def triple(turtle: str) -> ox.Triple:
    (found,) = triples(turtle + " .")
    return found


def read(turtle: str) -> dict[ox.Triple, int]:
    return certainty.of_article(triples(turtle), RANKS, {ox.NamedNode(v.ZG + "inPassage")})


def test_within_a_triple_the_surest_passage_counts() -> None:
    article = """:zone :at :place ; zg:evidence [ zg:supports :at ; zg:basis zg:unclear ], [ zg:supports :at ; zg:basis zg:inferred ] ."""
    assert read(article)[triple(":zone :at :place")] == 1
    assert triple(":zone :at :place") not in read(
        article.replace("[ zg:supports :at ; zg:basis zg:inferred ]", "[ zg:supports :at ]")
    )


def test_a_passage_that_names_the_value_counts_before_one_that_names_the_property_alone() -> None:
    found = read(
        """:zone :at :here, :there ; zg:evidence [ zg:supports :at ], [ zg:supports :at ; zg:value :there ; zg:basis zg:unclear ] ."""
    )
    assert found == {triple(":zone :at :there"): 4}


def test_a_class_is_as_sure_as_the_surest_passage_on_its_thing() -> None:
    titled = ":zone a :Zone ; :at :place ; zg:evidence [ zg:supports :at ; zg:basis zg:onlyInTitle ]"
    assert read(titled + " .")[triple(":zone a :Zone")] == 5
    assert triple(":zone a :Zone") not in read(titled + ", [ zg:supports :named ] .")


def test_where_a_thing_stands_and_its_evidence_are_never_unsure() -> None:
    found = read(":goal :says 1 ; zg:inPassage :passage ; zg:evidence :e . :e zg:basis zg:unclear .")
    assert found == {triple(":goal :says 1"): 4}


def test_who_speaks_is_as_sure_as_the_text_is_of_the_speaker() -> None:
    found = read(":goal :says 1 ; zg:evidence :e . :e zg:saidBy :mayor ; zg:speakerBasis zg:inferred .")
    assert found == {triple(":e zg:saidBy :mayor"): 1}


def test_a_conclusion_is_no_surer_than_those_it_rests_on_and_of_several_the_surest_counts() -> None:
    conclusions = """
      :first a zg:Conclusion ; zg:topic :a ; zg:supports :in ; zg:value :p ; zg:sureness zg:probable .
      :second a zg:Conclusion ; zg:topic :b ; zg:supports :in ; zg:value :p ; zg:sureness zg:certain ; zg:restsOn :first .
      :third a zg:Conclusion ; zg:topic :a ; zg:supports :in ; zg:value :q ; zg:sureness zg:certain .
      :fourth a zg:Conclusion ; zg:topic :a ; zg:supports :in ; zg:value :q ; zg:sureness zg:probable .
      :fifth a zg:Conclusion ; zg:topic :d ; zg:sureness zg:certain ; zg:restsOn :second . :d :name "it" .
    """
    found = certainty.of_curation(triples(conclusions), RANKS)
    assert found == {triple(":a :in :p"): 3, triple(":b :in :p"): 3, triple(":a :in :q"): 2, triple(':d :name "it"'): 3}


def drawn(ontology: str, ranked: dict[int, str]) -> dict[ox.Triple, int]:
    """Return how sure triples are that are given by rank, and what follows from them."""
    axioms = triples(ontology)
    program, store = closure.compile_program(axioms, []), EmbeddedStore(ox.Store())
    given = {rank: triples(turtle) for rank, turtle in ranked.items()}
    given[0] = [*given.get(0, []), *axioms]
    return closure.materialize_ranked(program, store, given)


def test_of_premises_the_weakest_counts_and_of_derivations_the_surest() -> None:
    ontology = ":over owl:propertyChainAxiom ( :in :by ) . :in rdfs:subPropertyOf :of . :to rdfs:subPropertyOf :of ."
    found = drawn(ontology, {0: ":p :by :m .", 1: ":z :in :p .", 4: ":q :by :m . :z :in :q . :y :in :q . :z :to :p ."})
    assert found[triple(":z :over :m")] == 1, "through :p, not through :q"
    assert found[triple(":y :over :m")] == 4
    assert found[triple(":z :of :p")] == 1
    assert triple(":p :by :m") not in found


def test_what_is_stated_badly_and_follows_from_better_is_as_sure_as_that() -> None:
    found = drawn(":in rdfs:subPropertyOf :of .", {0: ":z :in :p .", 5: ":z :of :p ."})
    assert triple(":z :of :p") not in found


def test_along_a_transitive_property_the_surest_way_counts() -> None:
    chance = random.Random(7)
    nodes = range(7)
    for _ in range(20):
        links = {
            (a, b): chance.choice([0, 0, 1, 3, 4]) for a in nodes for b in nodes if a != b and chance.random() < 0.3
        }
        ranked: dict[int, str] = {}
        for (a, b), rank in links.items():
            ranked[rank] = ranked.get(rank, "") + f":n{a} :in :n{b} . "
        best = dict(links)  # the way whose least sure link is the surest
        for k, a, b in itertools.product(nodes, nodes, nodes):
            if (a, k) in best and (k, b) in best:
                best[a, b] = min(best.get((a, b), 9), max(best[a, k], best[k, b]))
        found = drawn(":in a owl:TransitiveProperty .", ranked)
        assert {t for t in found if t.subject != t.object} == {
            triple(f":n{a} :in :n{b}") for (a, b), rank in best.items() if rank and a != b
        }
        for (a, b), rank in best.items():
            if a != b:
                assert found.get(triple(f":n{a} :in :n{b}"), 0) == rank


def test_what_an_article_restates_is_as_sure_as_its_weakest_premise_in_the_same_article(project: Project) -> None:
    program = graphs.program(project)
    article = triples(
        """:goal zg:givesFocus :zone ; zg:focusesOn :finance, :ports ; zg:evidence [ zg:supports zg:focusesOn ; zg:value :ports ;
        zg:basis zg:unclear ], [ zg:supports zg:focusesOn ], [ zg:supports zg:givesFocus ; zg:basis zg:inferred ] ."""
    )
    graph = ARTICLE.value
    found = closure.restate(program, {graph: article}, {graph: certainty.of_article(article, RANKS)})
    assert triple(":zone zg:focusesOn :ports") in found.triples[graph]
    assert found.ranks[graph][triple(":zone zg:focusesOn :ports")] == 4
    assert found.ranks[graph][triple(":zone zg:focusesOn :finance")] == 1


EXEMPT = [n for n in NAMES if "without-certainty" in header.read(n, (ROOT / "queries" / f"{n}.rq").read_text("utf-8"))]
ASKED = [name for name in NAMES if name not in EXEMPT]

# Rows that are as sure as something else than what `cite:` lists, and why.
OTHERWISE: dict[str, str] = {
    "sectors-by-zones": "of several ways in which a zone or an article counts the surest, and for an article as it has it",
    "zone-history": "the last act depends on the acts of other articles too, and which of them are as late no item of `cite:` says",
    "events": "of the ties to an event that `cite:` matches, those that are inferred are as sure as the surest article makes them",
    "zone-articles": "an article's class for the zone, whichever it is, and `cite:` names no graph in which a class stands",
    "confirmed-zones": "the same: each article that reports the zone counts with its class for it",
    "first-reported": "the same: each dated article that reports the zone counts with its class for it",
    "cities-of-one-ministry": "whose a zone is, an act that the article reports tells, and only without one who oversees it",
    "undated-articles": "a zone that two articles share is as sure as the less sure of the two makes it",
}


MARKED_UNCLEAR = "unclear-readings"  # each of its rows is a reading that is marked so


@pytest.mark.parametrize("name", [name for name in EXEMPT if name != MARKED_UNCLEAR])
def test_a_query_without_certainty_rests_on_no_article(name: str, dataset: Dataset) -> None:
    assert "certainty" not in dataset.catalogue[name].columns
    assert {place for see in golden(name)[2] for place in see.split()} <= {"build", "reference", "curation"}


@pytest.mark.parametrize("name", [name for name in ASKED if name not in OTHERWISE])
def test_a_row_is_as_sure_as_the_weakest_of_what_it_is_cited_with(
    name: str, dataset_of: Callable[[str], Dataset]
) -> None:
    dataset = dataset_of(name)
    saved = dataset.catalogue[name]
    assert "certainty" in saved.columns
    _, answer = result_of(name, dataset)
    place = answer.variables.index("certainty")
    said = [getattr(row[place], "value", None) for row in answer.rows]
    found = [degree.name for degree in weakest_cited(saved, answer, dataset)]
    wrong = [
        f"{[getattr(x, 'value', x) for x in row]}: rests on what is {expected}"
        for row, given, expected in zip(answer.rows, said, found, strict=True)
        if given != expected
    ]
    assert not wrong, "\n".join(wrong[:10]) + f"\n({len(wrong)} of {len(said)} rows)"


def weakest_cited(saved: catalogue.SavedQuery, answer: Any, dataset: Dataset) -> Iterator[Degree]:
    """Yield for each row how sure the weakest triple is that `cite:` names for it.

    In a row that names an article or a conclusion, a triple that this article or the curator states is as sure as stated there; where
    the row names several, an item may name the one that it is from. Of several solutions of an item the surest counts, in a row that
    counts or sums (tag `aggregate`) the least sure.
    """
    store = dataset.store
    concluded = store.query(guard.judge("SELECT ?conclusion WHERE { ?conclusion a zg:Conclusion }"))
    graphs = {ox.NamedNode(article.iri): article.graph for article in evidence.articles(store).values()}
    graphs |= {row[0]: v.CURATION_GRAPH for row in concluded.rows}
    rows: list[dict[str, Any]] = [
        {name: term for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    used = {group: sparql.variables(group) & set(answer.variables) for group in saved.cite}
    solutions: list[dict[str, list[list[ox.Triple]]]] = [{} for _ in rows]

    def says_more(other: str, group: str, row: dict[str, Any]) -> bool:
        parts = catalogue.patterns_of(group) < catalogue.patterns_of(other)
        return parts and used[group] < used[other] <= row.keys()

    for group in saved.cite:
        template = catalogue.template(group)
        wanted = [
            (i, {ox.Variable(name): row[name] for name in sorted(used[group])})
            for i, row in enumerate(rows)
            if used[group] <= row.keys() and not any(says_more(other, group, row) for other in saved.cite)
        ]
        for i, solution in matching(store, group, set(map(ox.Variable, used[group])), wanted):
            triples = [
                ox.Triple(*(solution[slot] if isinstance(slot, ox.Variable) else slot for slot in pattern))
                for pattern in template
            ]
            solutions[i].setdefault(group, []).append(triples)
    every = list({t for of_row in solutions for several in of_row.values() for triples in several for t in triples})
    sure, holders = Certainties(store, every), graphs_of(store, every)
    for row, of_row in zip(rows, solutions, strict=True):
        named = {name: graphs[term] for name, term in row.items() if term in graphs}
        own = {group: {named[name] for name in used[group] & named.keys()} or set(named.values()) for group in of_row}
        yield max(
            (
                _of_group(several, own[group], sure, holders, "aggregate" in saved.tags)
                for group, several in of_row.items()
            ),
            default=Degree(0, "stated"),
        )


def _of_group(
    solutions: list[list[ox.Triple]],
    own: set[str],
    sure: Certainties,
    holders: Mapping[ox.Triple, set[str]],
    counted: bool,
) -> Degree:
    def in_own(triple: ox.Triple) -> bool:
        stated = {graph for graph in holders[triple] if graph.startswith(v.ARTICLE_GRAPH)}
        return not stated or bool(stated & own)

    def degree(triple: ox.Triple) -> Degree:
        graphs = holders[triple] & own
        return min(sure.of(triple, graph) for graph in graphs) if graphs else sure.of(triple)

    near = [triples for triples in solutions if all(map(in_own, triples))] if own else []
    return (max if counted else min)(max(map(degree, triples)) for triples in near or solutions)


def test_two_approvals_that_differ_in_certainty_alone_are_one_row_as_sure_as_the_surer(dataset: Dataset) -> None:
    article = "<https://w3id.org/zonegraph/graph/article/one>"
    renewal = f"zg:inGraph {article} ; zg:ofSubject :renewal"
    store = EmbeddedStore(ox.Store())
    store.ox.load(
        f"""
        @prefix : <{EX}> . @prefix zg: <{v.ZG}> . @prefix skos: <{v.SKOS}> . @prefix rdf: <{v.RDF}> .
        {article} {{
          :approval a zg:Approval ; zg:concerns :zone ; zg:approvedBy :ministry .
          :renewal a zg:Approval ; zg:concerns :zone ; zg:approvedBy :ministry .
        }}
        :approval a zg:Approval ; zg:concerns :zone ; zg:approvedBy :ministry .
        :renewal a zg:Approval ; zg:concerns :zone ; zg:approvedBy :ministry .
        {article} zg:transcribes :article .
        zg:stated zg:rank 0 ; skos:prefLabel "stated"@en .
        zg:unclear zg:rank 4 ; skos:prefLabel "unclear"@en .
        <{v.CERTAINTY_GRAPH}> {{
          [] {renewal} ; zg:ofProperty rdf:type ; zg:ofValue zg:Approval ; zg:certainty zg:unclear .
          [] {renewal} ; zg:ofProperty zg:concerns ; zg:ofValue :zone ; zg:certainty zg:unclear .
        }}""".encode(),
        format=ox.RdfFormat.TRIG,
    )
    answer: Any = store.query(dataset.catalogue["zone-approvals"].query)
    assert [row[answer.variables.index("certainty")].value for row in answer.rows] == ["stated"]


def test_a_rank_that_is_not_a_whole_number_is_refused() -> None:
    with pytest.raises(UsageError, match="zg:rank of zg:unclear: much: not a whole number"):
        certainty.scale(triples('zg:unclear zg:rank "much" .'))
