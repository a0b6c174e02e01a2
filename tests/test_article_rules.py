"""Rules of scope article: what an article says once is restated in its graph, from what the same graph says and nothing else."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests import command
from tests.conftest import ROOT
from zonegraph import build, closure, export, validation
from zonegraph import vocabulary as v
from zonegraph.answers import citations
from zonegraph.build import Dataset, graphs
from zonegraph.closure import Program, compile_program
from zonegraph.closure.engine import INFERRED, run_stratum
from zonegraph.errors import UsageError
from zonegraph.evidence import coverage
from zonegraph.project import sources
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import Query
from zonegraph.validation import Finding

BRIDGES = ROOT / "tests" / "projects" / "bridges"
ALMANAC, POST = "data/articles/river-almanac.ttl", "data/articles/2019-06-02-valley-post.ttl"
EX = "http://example.org/"
PREFIXES = f"@prefix : <{EX}> . @prefix owl: <{v.OWL}> . @prefix rdfs: <{v.RDFS}> . "
ONE, TWO = (ox.NamedNode(f"{v.ARTICLE_GRAPH}{name}") for name in ("one", "two"))


@pytest.fixture(autouse=True)
def its_own_prefixes() -> Iterator[None]:
    """Know no prefixes of projects that other tests have opened in this process."""
    with command.no_prefixes_of_projects():
        yield


def triples(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def rule(name: str, head: str, *body: str, conditions: str = "", scope: str = "article") -> tuple[str, str]:
    """The name and text of a rule file."""
    premises = "".join(f'#+   - "{pattern}"\n' for pattern in body)
    text = f"#+ rule: {name}\n#+ summary: It follows.\n#+ scope: {scope}\n#+ premises:\n{premises}PREFIX : <{EX}>\n"
    return f"{name}.rq", f"{text}CONSTRUCT {{ {head} }} WHERE {{ {' . '.join(body)} {conditions} }}\n"


LISTED = rule("listed", "?thing :in ?batch", "?list :about ?batch", "?list :member ?thing")
MIRRORED = rule("mirrored", "?y :near ?x", "?x :near ?y")


def compiled(*rules: tuple[str, str], ontology: str = "") -> Program:
    return compile_program(triples(ontology), rules)


def restated(program: Program, *articles: str) -> list[set[ox.Triple]]:
    """What each of some articles restates."""
    names = [f"{v.ARTICLE_GRAPH}{place}" for place in range(len(articles))]
    found = closure.restate(program, dict(zip(names, map(triples, articles), strict=True))).triples
    return [set(found.get(name, ())) for name in names]


# ---------------------------------------------------------------- what is restated


def test_premises_of_two_articles_are_never_put_together() -> None:
    # Both speak of one batch and of one list: what one says of the list's members must not follow from the other's subject.
    assert restated(
        compiled(LISTED), ":list :about :batch .", ":list :member :a .", ":list :about :other ; :member :b ."
    ) == [
        set(),
        set(),
        set(triples(":b :in :other .")),
    ]


def test_what_articles_say_of_one_thing_is_restated_in_each_from_its_own_words() -> None:
    one, two = ":l :about :batch ; :member :a .", ":m :about :batch ; :member :b ."
    assert restated(compiled(LISTED), one, two) == [set(triples(":a :in :batch .")), set(triples(":b :in :batch ."))]


def test_no_axiom_is_read_inside_an_article() -> None:
    told = rule("told", "?x :told :yes", "?x a :Wide")
    program = compiled(told, ontology=":Narrow rdfs:subClassOf :Wide .")
    assert restated(program, ":a a :Narrow . :b a :Wide .") == [set(triples(":b :told :yes ."))]


def test_one_rule_takes_up_what_another_restates_until_nothing_is_new() -> None:
    passed = rule("passed", "?y :in ?batch", "?x :in ?batch", "?x :next ?y")
    data = ":l :about :batch ; :member :a . :a :next :b . :b :next :c ."
    assert restated(compiled(passed, LISTED), data) == [set(triples(":a :in :batch . :b :in :batch . :c :in :batch ."))]


def test_conditions_and_computed_values_count_in_each_article_by_itself() -> None:
    named = rule(
        "named",
        "?x :name ?name",
        "?x :code ?code",
        conditions='FILTER(?code != "") BIND(CONCAT("no. ", ?code) AS ?name)',
    )
    assert restated(compiled(named), ':a :code "1" .', ':b :code "" . :c :code "1" .') == [
        set(triples(':a :name "no. 1" .')),
        set(triples(':c :name "no. 1" .')),
    ]


def test_a_rule_may_call_a_variable_of_its_own_article() -> None:
    assert restated(compiled(rule("it", "?article :seen ?x", "?article :has ?x")), ":a :has :b .") == [
        set(triples(":a :seen :b ."))
    ]


def test_a_value_that_the_store_rewrites_is_not_taken_for_restated() -> None:
    assert restated(compiled(rule("it", "?x :in ?n", "?x :has ?n")), ":a :in 01.50 ; :has 01.50 .") == [set()]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (("#+ scope: article", "#+ scope: graph"), "scope: graph; write scope: article"),
        (("#+ scope: article", "#+ scope: merge"), "or leave the line out for a rule over the merge"),
        (("?list :member ?thing }", "GRAPH ?g { ?list :member ?thing } }"), "with scope: article in its header"),
    ],
)
def test_a_header_that_means_no_scope_is_refused_with_the_remedy(changed: tuple[str, str], problem: str) -> None:
    name, text = LISTED
    text = text.replace("?thing  }", "?thing }")
    assert changed[0] in text
    with pytest.raises(UsageError) as refused:
        compiled((name, text.replace(*changed)))
    assert problem in str(refused.value)


def test_a_rule_that_might_restate_for_ever_is_refused() -> None:
    endless = rule("endless", "?x :in ?y", "?z :in ?x", conditions='BIND(IRI(CONCAT(STR(?x), "+")) AS ?y)')
    with pytest.raises(UsageError, match="it might never end"):
        compiled(endless)


def test_a_copy_of_a_value_that_a_rule_makes_is_made_too() -> None:
    copied = rule("copied", "?x :in ?z", "?y :in ?x", conditions='BIND(IRI(CONCAT(STR(?x), "+")) AS ?w) BIND(?w AS ?z)')
    with pytest.raises(UsageError, match="it might never end"):
        compiled(copied)


@pytest.fixture
def few_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no closure go on for ever."""
    update, times = EmbeddedStore.update, Counter[tuple[EmbeddedStore, str]]()

    def once_more(store: EmbeddedStore, query: Query) -> None:
        times[store, query.text] += 1
        assert times[store, query.text] < 20, f"it goes on for ever: {query.text}"
        update(store, query)

    monkeypatch.setattr(EmbeddedStore, "update", once_more)


MIRROR_OR_NOTHING = [
    MIRRORED,
    rule("mirrored", "?y :near ?x", "?x :near ?y", scope=""),
    rule("copied", "?z :near ?x", "?x :near ?y", conditions="BIND(?y AS ?z)"),
    rule("listed", "?z :near ?x", "?x :near ?y", conditions='VALUES ?z { "text" 1 UNDEF :a }'),
    rule("absent", "?x :near ?z", "?x :near ?y", conditions="VALUES ?z { UNDEF :a }"),
    rule("unbound", "?x :near ?z", "?x :near ?y", conditions="BIND(?nothing AS ?z)"),
]


@pytest.mark.parametrize(
    "mirrored", MIRROR_OR_NOTHING, ids=[f"{name} {n}" for n, (name, _) in enumerate(MIRROR_OR_NOTHING)]
)
def test_what_can_be_no_triple_follows_from_nothing_and_ends_the_rule(
    mirrored: tuple[str, str], few_updates: None
) -> None:
    name, text = mirrored
    program = compiled((name, text.replace("#+ scope: \n", "")))
    data = triples(':x :near "text", 1 . :y :near :z .')
    restated_by = closure.restate(program, {ONE.value: data})
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(*triple) for triple in data)
    closure.materialize(program, store)
    new = {
        *restated_by.triples.get(ONE.value, ()),
        *(q.triple for q in store.ox.quads_for_pattern(None, None, None, ox.NamedNode(v.INFERRED_GRAPH))),
    }
    assert (
        new
        == {
            "mirrored.rq": set(triples(":z :near :y .")),
            "copied.rq": set(triples(":z :near :y .")),
            "listed.rq": set(triples(":a :near :x, :y, :a .")),
            "absent.rq": set(triples(":x :near :a . :y :near :a .")),
            "unbound.rq": set(),
        }[name]
    )


def test_the_rules_of_this_project_come_to_an_end_whatever_stands_at_either_end(few_updates: None) -> None:
    program = graphs.program(sources.find(str(ROOT)))
    files = [one for one in (*program.rules, *itertools.chain.from_iterable(program.restating)) if one.summary]
    assert len(files) > 40
    drawn = set()
    for one in files:
        data = []
        for s, p, o in one.body:
            subject, values = (ox.NamedNode(f"{EX}{s.value}") if isinstance(s, ox.Variable) else s), [o]
            if isinstance(o, ox.Variable):
                values = [ox.Literal("some words"), ox.Literal(7), ox.NamedNode(f"{EX}{o.value}")]
                values += [ox.NamedNode(v.ZG + kind) for kind in ("Zone", "Plan") if p.value == v.RDF_TYPE]
            data += [ox.Triple(subject, p, value) for value in values]
        drawn |= {t.predicate for new in closure.restate(program, {ONE.value: data}).triples.values() for t in new}
        store = EmbeddedStore(ox.Store())
        store.ox.extend(ox.Quad(*triple) for triple in data)
        closure.materialize(program, store)
        drawn |= {quad.predicate for quad in store.ox.quads_for_pattern(None, None, None, INFERRED)}
    # Neither what days "some words" are nor how an unknown comparator bounds a number is what any rule gives here.
    assert {p for one in files for _, p, _ in one.head} - drawn == {
        ox.NamedNode(v.ZG + name) for name in ("ofDate", "earliest", "latest", "lowest", "highest")
    }


PASSED_ON = rule("passed-on", "?x :part ?z", "?x :part ?y", "?y :part ?z")
THROUGH_LISTS = rule("through-lists", "?x :part ?z", "?x :part ?y", "?y a :List", "?y :part ?z")
CHAIN = " ".join(f":n{n} :part :n{n + 1} ." for n in range(200))


@pytest.mark.parametrize("scope", ["article", ""])
def test_a_rule_file_that_says_that_a_property_is_transitive_is_drawn_at_once(
    scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, text = PASSED_ON
    program = compiled((name, text if scope else text.replace("#+ scope: article\n", "")))

    def never(store: EmbeddedStore, query: Query) -> None:
        raise AssertionError("a chain is drawn step by step")

    monkeypatch.setattr(EmbeddedStore, "update", never)
    if scope:
        assert [len(new) for new in restated(program, CHAIN, ":n200 :part :n0 .")] == [200 * 199 // 2, 0]
    else:
        [[one]] = [stratum for stratum in program.strata if stratum[0].name == "passed-on"]
        store = EmbeddedStore(ox.Store())
        store.ox.extend(ox.Quad(*triple) for triple in triples(CHAIN))
        run_stratum((one,), store, INFERRED)
        assert len(store.ox) == 200 + 2 * (200 * 199 // 2)


def test_a_chain_leads_only_through_things_of_which_the_rule_asks_more() -> None:
    data = ":a :part :b . :b :part :c ; a :List . :c :part :d . :d :part :e ; a :List . :e :part :d ; a :List ."
    assert restated(compiled(THROUGH_LISTS), data) == [
        set(triples(":a :part :c . :c :part :e . :d :part :d . :e :part :e ."))
    ]
    assert restated(compiled(THROUGH_LISTS), ":a :part :b . :b :part :c .", ":b a :List .") == [set(), set()]
    assert restated(compiled(THROUGH_LISTS), ":a :part :b . :b :part :a ; a :List .") == [set(triples(":a :part :a ."))]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("?x :part ?y", ["?x :part ?y", "?y :part ?z"]),
        ("?x :part ?z", ["?x :part ?y", "?z :part ?y"]),
        ("?x :part ?z", ["?x :part ?y", "?y :whole ?z"]),
        ("?x :part ?z", ["?x :part ?y", "?y :part ?z", "?x a :List"]),
        ("?x :part ?z", ["?x :part ?y", "?y :part ?z", "?z ?p :it"]),
        ("?x :part ?z", ["?x :part ?y", "?y :part ?z", "?y ?p :it"]),
        ("?x :part ?x", ["?x :part ?y", "?y :part ?x"]),
        (":x :part ?z", [":x :part ?y", "?y :part ?z"]),
    ],
)
def test_a_rule_of_another_form_is_no_transitive_one(head: str, body: list[str]) -> None:
    ((one,),) = compiled(rule("it", head, *body)).restating
    assert not one.transitive


@pytest.mark.parametrize("order", [1, -1])
def test_what_a_chain_of_a_rule_file_gives_is_explained_by_its_links(order: int) -> None:
    name, text = rule("passed-on", "?x :part ?z", *["?x :part ?y", "?y :part ?z"][::order])
    program = compiled((name, text.replace("#+ scope: article\n", "")))
    store = EmbeddedStore(ox.Store())
    store.ox.extend(ox.Quad(*triple) for triple in triples(CHAIN))
    closure.materialize(program, store)
    (whole,) = triples(":n0 :part :n200 .")
    found = closure.explain(program, store, whole)
    assert found is not None
    assert stated_below(found) == triples(CHAIN)


def test_what_a_chain_within_an_article_gives_is_explained_by_its_links() -> None:
    for one, data in ((PASSED_ON, ""), (THROUGH_LISTS, " ".join(f":n{n} a :List ." for n in range(200)))):
        program = compiled(one)
        found = closure.restate(program, {ONE.value: triples(CHAIN + data)})
        (whole,) = triples(":n0 :part :n9 .")
        derivation = closure.explain_restated(program, found.store, whole, ONE, set(found.triples[ONE.value]))
        assert derivation is not None
        links = [triple for triple in stated_below(derivation) if triple.predicate.value == EX + "part"]
        assert sorted(links, key=str) == triples(CHAIN)[:9]


def stated_below(derivation: closure.Derivation) -> list[ox.Triple]:
    """What a derivation rests on in the end, in order."""
    below = [triple for premise in derivation.premises for triple in stated_below(premise)]
    return below if derivation.rule else [derivation.triple]


def test_a_rule_and_one_over_the_merge_cannot_have_one_name() -> None:
    with pytest.raises(UsageError, match="another rule named listed"):
        compiled(LISTED, LISTED)


# ---------------------------------------------------------------- what is said twice


def said_twice(program: Program, article: str) -> set[ox.Triple]:
    found = closure.restate(program, {ONE.value: triples(article)})
    return {triple for _, triple, _ in closure.said_twice(program, found, [ONE.value])}


def test_what_follows_from_the_rest_is_said_twice() -> None:
    assert said_twice(compiled(LISTED), ":l :about :b ; :member :x . :x :in :b . :y :in :b .") == set(
        triples(":x :in :b .")
    )


def test_what_follows_from_itself_alone_is_not_said_twice() -> None:
    assert said_twice(compiled(MIRRORED), ":x :near :y .") == set()
    assert said_twice(compiled(MIRRORED), ":x :near :y . :y :near :x .") == set(triples(":x :near :y . :y :near :x ."))


def test_a_value_that_a_rule_makes_is_said_twice_where_the_article_states_it() -> None:
    named = rule("named", "?x :name ?name", "?x :code ?code", conditions='BIND(CONCAT("no. ", ?code) AS ?name)')
    article = ':a :code "1" ; :name "no. 1" . :b :code "2" ; :name "number 2" .'
    assert said_twice(compiled(named), article) == set(triples(':a :name "no. 1" .'))


def test_looking_for_what_is_said_twice_along_a_chain_takes_no_more_than_its_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program, rows = compiled(PASSED_ON), 0
    found = closure.restate(program, {ONE.value: triples(CHAIN + " :n0 :part :n2 .")})
    query = EmbeddedStore.query

    def counted(store: EmbeddedStore, *args: object, **kwargs: object) -> object:
        nonlocal rows
        answer = query(store, *args, **kwargs)  # type: ignore[arg-type]
        rows += len(getattr(answer, "rows", ()))
        return answer

    monkeypatch.setattr(EmbeddedStore, "query", counted)
    twice = {triple for _, triple, _ in closure.said_twice(program, found, [ONE.value])}
    assert twice == set(triples(":n0 :part :n2 ."))
    assert rows < 1000


# ---------------------------------------------------------------- a project


@pytest.fixture
def bridges(tmp_path: Path) -> Path:
    """A copy of the second project, whose almanac is on the bridges of one river."""
    return Path(shutil.copytree(BRIDGES, tmp_path / "bridges"))


def change(project: Path, name: str, old: str, new: str) -> int:
    """Put other words into a file. Returns the line on which they stand."""
    text = (project / name).read_text("utf-8")
    assert text.count(old) == 1, old
    (project / name).write_text(text.replace(old, new), "utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def line_of(project: Path, name: str, words: str) -> int:
    lines = (project / name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


SPANS, MILLER, OLD_TOLL, ALDER = (
    ox.NamedNode(f"https://example.org/bridges/{name}")
    for name in ("ns#spans", "id/miller-bridge", "id/old-toll-bridge", "id/alder")
)
RIVER_ALMANAC, VALLEY_POST = f"{v.ARTICLE_GRAPH}river-almanac", f"{v.ARTICLE_GRAPH}2019-06-02-valley-post"


def spans(store: ox.Store) -> set[tuple[str, str]]:
    """Which bridge spans the river in which graph; the merge is called so."""
    return {
        (quad.subject.value.rsplit("/", 1)[-1], getattr(quad.graph_name, "value", "merge"))  # type: ignore[union-attr]
        for quad in store.quads_for_pattern(None, SPANS, ALDER, None)
    }


EVERYWHERE = {
    ("miller-bridge", VALLEY_POST),  # stated there
    ("miller-bridge", RIVER_ALMANAC),
    ("old-toll-bridge", RIVER_ALMANAC),
    ("miller-bridge", v.INFERRED_GRAPH),
    ("old-toll-bridge", v.INFERRED_GRAPH),
    ("miller-bridge", "merge"),
    ("old-toll-bridge", "merge"),
}


@pytest.mark.parametrize("reasoner", build.REASONERS)
def test_what_an_article_restates_is_in_its_graph_in_the_merge_and_listed_as_inferred(
    bridges: Path, reasoner: str
) -> None:
    store, _ = build.build(sources.find(str(bridges)), reasoner=reasoner)
    assert spans(store.ox) == EVERYWHERE


def test_both_reasoners_draw_the_same_of_what_is_restated(bridges: Path) -> None:
    change(
        bridges,
        ALMANAC,
        "thing:works-2003 a bridge:Works ;",
        "thing:works-2003 a bridge:Works ; bridge:doneOn thing:old-toll-bridge ;",
    )
    project = sources.find(str(bridges))
    first, second = (set(build.build(project, reasoner=reasoner)[0].ox) for reasoner in build.REASONERS)
    assert first == second
    done_over = ox.NamedNode("https://example.org/bridges/ns#doneOver")
    assert [
        quad.object for quad in first if quad.predicate == done_over and isinstance(quad.graph_name, ox.DefaultGraph)
    ] == [ALDER]


def test_an_earlier_day_drops_an_article_with_what_it_restates(bridges: Path) -> None:
    project = sources.find(str(bridges))
    store = build.open_dataset(project, as_of="2020-01-01").store.local
    assert store is not None
    assert spans(store) == {("miller-bridge", VALLEY_POST), ("miller-bridge", "merge")}


def test_a_changed_rule_makes_a_new_graph(bridges: Path) -> None:
    project = sources.find(str(bridges))
    before = build.open_dataset(project).location
    (bridges / "ontology/rules/bridges-of-river.rq").unlink()
    project = sources.find(str(bridges))
    after = build.open_dataset(project)
    assert after.location != before
    assert ("old-toll-bridge", RIVER_ALMANAC) not in spans(after.store.ox)


def test_the_description_counts_what_articles_restate_with_the_articles(bridges: Path) -> None:
    store, _ = build.build(sources.find(str(bridges)))
    (described,) = store.ox.query(f"SELECT ?n {{ <{RIVER_ALMANAC}> <http://rdfs.org/ns/void#triples> ?n }}")  # type: ignore[union-attr,misc]
    held = sum(1 for _ in store.ox.quads_for_pattern(None, None, None, ox.NamedNode(RIVER_ALMANAC)))
    assert int(described["n"].value) == held


# ---------------------------------------------------------------- export


def test_an_articles_graph_is_exported_with_what_it_restates(bridges: Path) -> None:
    project = sources.find(str(bridges))
    for graphs_named in ("asserted", "all"):
        dataset = rdflib.Dataset()
        dataset.parse(data=export.export(project, "nq", graphs_named), format="nquads")
        found = {
            (str(s).rsplit("/", 1)[-1], str(g))
            for s, _, _, g in dataset.quads((None, rdflib.URIRef(SPANS.value), rdflib.URIRef(ALDER.value), None))
            if g is not None and str(g).startswith(v.GRAPH)
        }
        whole = {pair for pair in EVERYWHERE if pair[1] != "merge"}
        assert found == (whole if graphs_named == "all" else {pair for pair in whole if pair[1] != v.INFERRED_GRAPH})


def test_restated_triples_have_no_evidence_of_their_own_where_graphs_have_no_names(bridges: Path) -> None:
    graph = rdflib.Graph().parse(data=export.export(sources.find(str(bridges)), "turtle", "river-almanac"))
    toll, spanned = rdflib.URIRef(OLD_TOLL.value), rdflib.URIRef(SPANS.value)
    assert (toll, spanned, rdflib.URIRef(ALDER.value)) in graph
    supported = {
        value
        for node in graph.objects(toll, rdflib.URIRef(v.ZG + "evidence"))
        for value in graph.objects(node, rdflib.URIRef(v.ZG + "supports"))
    }
    assert supported
    assert spanned not in supported


# ---------------------------------------------------------------- explained


def explained(project: Path, subject: ox.NamedNode, *, twice: bool = False) -> citations.Explanation:
    found = sources.find(str(project))
    triple = ox.Triple(subject, SPANS, ALDER)
    store = build.open_dataset(found).store
    return citations.explain_all(store, lambda: graphs.program(found), [triple], twice=twice)[triple]


def ranges(explanation: citations.Explanation) -> list[tuple[str, int, int]]:
    return [
        (source.graph, source.passage.start, source.passage.end)
        for source in citations.leaves(explanation)
        if source.passage is not None
    ]


def test_a_restated_triple_rests_on_the_passages_of_its_premises_and_not_on_those_of_its_subject(bridges: Path) -> None:
    explanation = explained(bridges, OLD_TOLL)
    assert explanation.sources == []
    assert [one.rule for one in explanation.restated] == ["bridges-of-river"]
    # The title, and the sentence that calls it a bridge; not the sentence on its length.
    assert ranges(explanation) == [(RIVER_ALMANAC, 0, 20), (RIVER_ALMANAC, 41, 111)]


def test_what_one_article_states_and_another_restates_is_explained_by_both(bridges: Path) -> None:
    explanation = explained(bridges, MILLER)
    assert [(source.graph, source.passage and source.passage.start) for source in explanation.sources] == [
        (VALLEY_POST, 57)
    ]
    assert [one.source.graph for one in explanation.restated] == [RIVER_ALMANAC]
    assert ranges(explanation) == [(VALLEY_POST, 57, 89), (RIVER_ALMANAC, 0, 20), (RIVER_ALMANAC, 167, 202)]


def test_what_an_article_states_and_restates_is_explained_by_both(bridges: Path) -> None:
    change(
        bridges,
        ALMANAC,
        "    bridge:standsIn thing:southwick ;",
        "    bridge:standsIn thing:southwick ; bridge:spans thing:alder ;",
    )
    explanation = explained(bridges, OLD_TOLL, twice=True)
    assert [source.passage and source.passage.start for source in explanation.sources] == [41]
    assert [one.rule for one in explanation.restated] == ["bridges-of-river"]


def test_what_follows_in_the_merge_from_a_restated_triple_is_explained_down_to_the_passages(bridges: Path) -> None:
    found = sources.find(str(bridges))
    done_over = ox.NamedNode("https://example.org/bridges/ns#doneOver")
    triple = ox.Triple(ox.NamedNode("https://example.org/bridges/id/works-2003"), done_over, ALDER)
    store = build.open_dataset(found).store
    explanation = citations.explain_all(store, lambda: graphs.program(found), [triple])[triple]
    assert explanation.rule == "prp-spo2"
    assert ranges(explanation) == [(RIVER_ALMANAC, 0, 20), (RIVER_ALMANAC, 41, 111)]


def test_a_restated_triple_is_explained_through_other_rules_of_the_same_article() -> None:
    passed = rule("passed", "?y :in ?batch", "?x :in ?batch", "?x :next ?y")
    program = compiled(passed, LISTED)
    found = closure.restate(program, {ONE.value: triples(":l :about :batch ; :member :a . :a :next :b .")})
    given = set(found.triples[ONE.value])
    (triple,) = triples(":b :in :batch .")
    derivation = closure.explain_restated(program, found.store, triple, ONE, given)
    assert derivation is not None
    assert derivation.rule == "passed"
    assert [(premise.rule, len(premise.premises)) for premise in derivation.premises] == [("listed", 2), (None, 0)]


def test_a_chain_of_restated_links_is_explained_by_them() -> None:
    placed = rule("placed", "?x :within ?y", "?x :heldBy ?y")
    program = compiled(placed, ontology=":within a owl:TransitiveProperty .")
    data, store = triples(":a :heldBy :b . :b :heldBy :c . :c :heldBy :d ."), EmbeddedStore(ox.Store())
    new = closure.restate(program, {ONE.value: data}).triples[ONE.value]
    axioms = triples(":within a owl:TransitiveProperty .")
    merge, inferred = ox.DefaultGraph(), ox.NamedNode(v.INFERRED_GRAPH)
    for stated, targets in ((axioms, [merge]), (data, [ONE, merge]), (new, [ONE, merge, inferred])):
        store.ox.extend(ox.Quad(t.subject, t.predicate, t.object, target) for t in stated for target in targets)
    closure.materialize(program, store)
    (whole,) = triples(":a :within :d .")
    found = closure.explain(program, store, whole)
    assert found is not None
    assert found.rule == "prp-trp"
    assert stated_below(found) == triples(":a :within :b . :b :within :c . :c :within :d .")


def test_a_circle_of_what_two_articles_state_is_explained_by_what_each_of_them_states() -> None:
    # One article states one direction, the other the other: each restates what the other states.
    program, store = compiled(MIRRORED), ox.Store()
    there, back = triples(":x :near :y . :y :near :x .")
    for graph in (ONE, TWO, ox.NamedNode(v.INFERRED_GRAPH), ox.DefaultGraph()):
        store.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in (there, back))
    derivation = closure.explain_restated(program, EmbeddedStore(store), back, ONE)
    assert derivation is not None
    assert [premise.triple for premise in derivation.premises] == [there]


# ---------------------------------------------------------------- judged


def findings(project: Path, *paths: str) -> list[Finding]:
    found = validation.validate(sources.find(str(project)), [str(project / path) for path in paths] or None)
    return [finding._replace(path=finding.path.removeprefix(f"{project}/")) for finding in found.findings]


def test_what_is_restated_needs_no_passage(bridges: Path) -> None:
    assert findings(bridges) == []


def test_a_shape_counts_what_is_restated_and_points_at_the_premise(bridges: Path) -> None:
    change(bridges, ALMANAC, "bridge:bridgesOf thing:alder", "bridge:bridgesOf thing:southwick")
    found = [f for f in findings(bridges) if f.rule == "bridge-spans-river"]
    # The premise with the value that is at fault.
    at = line_of(bridges, ALMANAC, "bridge:bridgesOf")
    assert {(f.line, f.focus.rsplit("/", 1)[-1]) for f in found} == {(at, "miller-bridge"), (at, "old-toll-bridge")}
    assert all(f.message.endswith("It is restated by the rule bridges-of-river from what stands here.") for f in found)


def test_a_file_is_judged_with_what_it_restates_when_it_is_judged_alone(bridges: Path) -> None:
    change(bridges, ALMANAC, "bridge:bridgesOf thing:alder", "bridge:bridgesOf thing:southwick")
    assert "bridge-spans-river" in {f.rule for f in findings(bridges, ALMANAC)}
    assert "bridge-spans-river" not in {f.rule for f in findings(bridges, POST)}


def test_a_rule_over_the_merge_counts_what_is_restated(bridges: Path) -> None:
    (bridges / "shapes/rules/one-river.rq").write_text(
        """#+ id: one-river
#+ severity: violation
#+ scope: merge
#+ name: one river
#+ message: "{focus} must span one river, and spans {value} and {other}."
#+ remedy: "keep one of them"
PREFIX bridge: <https://example.org/bridges/ns#>
SELECT ?focus ?path ?value ?other WHERE {
  VALUES ?path { bridge:spans }
  ?focus ?path ?value, ?other .
  FILTER(STR(?value) < STR(?other))
}
"""
    )
    assert findings(bridges) == []
    change(bridges, ALMANAC, "bridge:bridgesOf thing:alder", "bridge:bridgesOf thing:birch")
    at = line_of(bridges, ALMANAC, "bridge:bridgesOf")
    other = [(f.path, f.line) for f in findings(bridges) if f.rule == "one-river"]
    assert other == [(POST, line_of(bridges, POST, "bridge:spans thing:alder"))]
    change(bridges, "shapes/rules/one-river.rq", ") < STR", ") > STR")
    assert [(f.path, f.line) for f in findings(bridges) if f.rule == "one-river"] == [(ALMANAC, at)]
    # The post is what stands around the almanac, and the other way round.
    assert [(f.path, f.line) for f in findings(bridges, ALMANAC) if f.rule == "one-river"] == [(ALMANAC, at)]
    change(bridges, "shapes/rules/one-river.rq", ") > STR", ") < STR")
    assert [f.path for f in findings(bridges, POST) if f.rule == "one-river"] == [POST]


def test_a_contradiction_that_a_restated_triple_brings_about_is_found_at_its_premise(bridges: Path) -> None:
    change(bridges, ALMANAC, "bridge:bridgesOf thing:alder", "bridge:bridgesOf thing:miller-bridge")
    (bridges / "shapes/bridge.ttl").unlink()
    found = [f for f in findings(bridges) if f.rule == "contradiction"]
    assert [(f.path, f.line) for f in found] == [(ALMANAC, line_of(bridges, ALMANAC, "bridge:bridgesOf"))]


def test_what_a_rule_restates_need_not_be_stated(bridges: Path) -> None:
    line = change(
        bridges,
        ALMANAC,
        "    bridge:standsIn thing:southwick ;",
        "    bridge:spans thing:alder ;\n    bridge:standsIn thing:southwick ;",
    )
    (found,) = findings(bridges, ALMANAC)
    assert (found.rule, found.severity, found.line) == ("restated", "warning", line)
    assert found.message.startswith(
        "bridge:spans thing:alder of a bridge:Bridge need not be stated: the rule bridges-of-river gives it"
    )
    assert found.remedy == "remove the triple, and the evidence that supports it alone"


def test_evidence_must_still_be_for_what_the_file_itself_states(bridges: Path) -> None:
    change(
        bridges,
        ALMANAC,
        "zg:supports bridge:length, bridge:measuredIn ] .\n\nthing:works",
        "zg:supports bridge:length, bridge:measuredIn, bridge:spans ] .\n\nthing:works",
    )
    assert [f.rule for f in findings(bridges, ALMANAC)] == ["supports-absent-property"]


def test_coverage_counts_what_the_file_itself_states(bridges: Path) -> None:
    project = sources.find(str(bridges))
    entries = coverage.entries(project, "river-almanac", None)
    properties = {t.predicate for entry in entries for t in entry.statements}
    assert ox.NamedNode("https://example.org/bridges/ns#bridgesOf") in properties
    assert SPANS not in properties


# ---------------------------------------------------------------- this project


def test_each_article_that_lists_the_zones_of_a_batch_puts_them_into_it(golden_dataset: Dataset) -> None:
    store = golden_dataset.store.local
    assert store is not None
    in_batch = ox.NamedNode(v.ZG + "inBatch")
    held: dict[str, set[tuple[str, str]]] = {}
    for quad in store.quads_for_pattern(None, in_batch, None, None):
        if isinstance(quad.graph_name, ox.NamedNode):
            ends = (quad.subject, quad.object)
            pair = tuple(end.value.removeprefix(v.ZGD) for end in ends)  # type: ignore[union-attr]
            held.setdefault(quad.graph_name.value.removeprefix(v.GRAPH), set()).add(pair)  # type: ignore[arg-type]
    first, second = ("shanghai", "shenzhen", "shandong"), ("beijing", "tianjin", "hangzhou", "guangzhou", "chengdu")
    zones = {(f"zone-{name}-miit", f"batch-miit-{n}") for n, names in ((1, first), (2, second)) for name in names}
    assert held == dict.fromkeys(("article/2021-02-24-china-daily", "article/miit-second-batch", "inferred"), zones)
