"""An answer without rows says what may have left it empty: a comparison that never holds, a prefix, the thing asked about."""

from __future__ import annotations

import time

import pytest

from tests.command import Command
from tests.sparql_server import serving
from zonegraph.answers import hints, queries
from zonegraph.build import Dataset
from zonegraph.store import Bindings


@pytest.mark.parametrize(
    ("where", "said"),
    [
        # A text without a language, and one in another.
        (
            "?z skos:prefLabel 'Hangzhou'",
            "'Hangzhou': no value of skos:prefLabel can equal it; the graph has texts in en such as",
        ),
        ("?z skos:prefLabel 'Hangzhou'", "write 'Hangzhou'@en, or compare STR(?x)"),
        ("?z skos:prefLabel ?n FILTER(?n = 'Hangzhou')", "write 'Hangzhou'@en, or compare STR(?n)"),
        ("?z skos:prefLabel ?n FILTER('Hangzhou' = ?n)", "write 'Hangzhou'@en"),
        ("?z skos:prefLabel 'Hangzhou'@de", "'Hangzhou'@de: no value of skos:prefLabel can equal it"),
        (
            "?z skos:prefLabel ?n FILTER(?n IN ('Hangzhou', 'Beijing'))",
            "'Hangzhou': no value of skos:prefLabel can equal it",
        ),
        ("VALUES ?n { 'Hangzhou' } ?z skos:prefLabel ?n", "'Hangzhou': no value of skos:prefLabel can equal it"),
        (
            "?u skos:notation '%'@en",
            "'%'@en: no value of skos:notation can equal it; the graph has texts without a language",
        ),
        # Dates.
        ("?a zg:date ?d FILTER(?d > '2021-01-01')", 'write "2021-01-01"^^xsd:date'),
        ("?a zg:date '2021-02'", 'write "2021-02"^^xsd:gYearMonth'),
        (
            "?a zg:published ?d FILTER(?d >= '2021-01-01T00:00:00'^^xsd:dateTime)",
            "no value of zg:published can be compared with it; the graph has values of xsd:date",
        ),
        ("?a zg:published '2021'^^xsd:gYear", "compare the zg:earliest or zg:latest of `[] zg:ofDate ?x` with a day"),
        # Numbers.
        ("?q zg:amount '20'", "write 20"),
        ("?q zg:amount ?a FILTER(?a > '20')", "no value of zg:amount can be compared with it"),
        ("?b zg:ordinal 2.0", "use a variable and FILTER(?x = 2.0), which compares by value"),
        ("?u skos:notation 5", 'write "5"'),
        # A text for a thing, and a thing for a text.
        (
            "?z zg:inCity 'Hangzhou'@en",
            "'Hangzhou'@en: no value of zg:inCity can equal it; the graph has things such as zgd:",
        ),
        (
            "?z zg:title zgd:city-hangzhou",
            "zgd:city-hangzhou: no value of zg:title can equal it; the graph has texts in en",
        ),
        # Two variables.
        (
            "?a zg:published ?d ; zg:title ?t FILTER(?d = ?t)",
            "?d and ?t can never be compared: zg:published has values of xsd:date",
        ),
        # Wherever it stands: the last step of a path, alternatives, a list of objects, brackets, a graph.
        ("?z zg:locatedIn/skos:prefLabel 'Hangzhou'", "no value of skos:prefLabel can equal it"),
        ("?z skos:altLabel|skos:prefLabel 'Hangzhou'", "no value of skos:altLabel or skos:prefLabel can equal it"),
        ("?z zg:title 'a'@en, 'b'", "'b': no value of zg:title can equal it"),
        ("[ zg:amount '3' ] zg:indicator ?i", "'3': no value of zg:amount can equal it"),
        ("GRAPH ?g { ?z a zg:Zone ; zg:amount '3' }", "'3': no value of zg:amount can equal it"),
        ("?z a ?c FILTER(?c = zg:Zone) ?z zg:amount '3'", "'3': no value of zg:amount can equal it"),
        ("BIND(1 AS ?one) ?z zg:amount '3'", "'3': no value of zg:amount can equal it"),
    ],
)
def test_a_comparison_that_never_holds_is_pointed_at(zonegraph: Command, where: str, said: str) -> None:
    done = zonegraph("query", "-e", f"SELECT * {{ {where} }}")
    assert done.returncode == 0, done.stderr
    assert "(no rows)" in done.stdout
    assert said in done.stderr


@pytest.mark.parametrize(
    "where",
    [
        "?z skos:prefLabel 'Nowhere'@en",
        "?z skos:prefLabel ?n FILTER(STR(?n) = 'Nowhere')",
        "?q zg:amount ?a FILTER(?a = 7777.5)",
        "?q zg:amount ?a FILTER(?a + 1 = '20')",
        "?a zg:date ?d FILTER(?d > '2031-01-01'^^xsd:date)",
        "?z zg:within? 'Hangzhou' FILTER(false)",
        "?z ^zg:within 'Hangzhou'",
        "?z ?p 'Hangzhou' FILTER(false)",
        "?z zg:inCity zgd:province-hunan",
        "?z a zg:City, zg:Ministry",
        "VALUES ?n { 'a' 1 } ?z skos:prefLabel ?n",
        "?z skos:prefLabel ?n FILTER(?n NOT IN ('a')) FILTER(false)",
        "VALUES (?z ?n) { (zgd:x 'a') } ?z zg:within ?y",
    ],
)
def test_a_comparison_that_may_hold_is_not(zonegraph: Command, where: str) -> None:
    done = zonegraph("query", "-e", f"SELECT * {{ {where} }}")
    assert "(no rows)" in done.stdout
    assert "no value of" not in done.stderr
    assert "can never be" not in done.stderr


def test_nothing_is_said_where_there_are_rows_or_yes(zonegraph: Command) -> None:
    rows = "SELECT * { { ?z skos:prefLabel 'Hangzhou' } UNION { ?z a zg:Ministry } }"
    assert "no value" not in zonegraph("query", "-e", rows).stderr
    assert "no value" in zonegraph("query", "-e", "ASK { ?z skos:prefLabel 'Hangzhou' }").stderr


def test_no_request_is_sent_for_a_hint(zonegraph: Command, dataset: Dataset) -> None:
    with serving(dataset.store.ox) as (url, requests):
        done = zonegraph("query", "-e", "SELECT * { ?z skos:prefLabel 'Hangzhou' }", "--endpoint", url)
        zonegraph("query", "quantities", "-p", "about=zgd:zone-hangzhou-most", "--endpoint", url)
    assert "no value" not in done.stderr
    assert not any("MIN(?o)" in request for request in requests)
    assert sum("zg:quantityOf" in request for request in requests) == 1


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("?z a AIPilotZone", "zg:AIPilotZone"),
        ("?z a zg:Zone ; inCity ?c", "zg:inCity"),
        ("zone-hangzhou-most zg:inCity ?c", "zgd:zone-hangzhou-most"),
        ("?z zg:focusesOn finance", "sector:finance"),
        ("?z\n prefLabel ?n", "skos:prefLabel"),
    ],
)
def test_a_name_without_its_prefix_is_shown_with_it(zonegraph: Command, where: str, name: str) -> None:
    done = zonegraph("query", "-e", f"SELECT * {{ {where} }}")
    assert done.returncode == 2
    assert f"not valid SPARQL: prefix missing: {name}\n" in done.stderr


def test_a_name_without_a_prefix_that_the_graph_does_not_know_is_no_dump_of_characters(zonegraph: Command) -> None:
    done = zonegraph("query", "-e", "SELECT * { ?z a PilotZoneX }")
    assert "PilotZoneX: prefix missing; write a name like zg:PilotZoneX" in done.stderr
    assert "\\u{" not in done.stderr


@pytest.mark.parametrize("text", ["SELECT * WERE { ?z a ?t }", "SELECT * { ?z a ?t ; ?q }"])
def test_another_slip_is_none_of_a_prefix(zonegraph: Command, text: str) -> None:
    assert "prefix missing" not in zonegraph("query", "-e", text).stderr


def test_things_beside_the_one_asked_about_are_named_with_their_rows(zonegraph: Command) -> None:
    # The fourteen numbers of the draft are about the city of the zone.
    done = zonegraph("query", "quantities", "-p", "about=zgd:zone-hangzhou-most")
    assert "nothing for about=zgd:zone-hangzhou-most; there are rows for zgd:city-hangzhou (14)" in done.stderr
    city = zonegraph("query", "quantities", "-p", "about=zgd:city-hangzhou", "--format", "csv").stdout
    assert len(city.splitlines()) == 15


def test_things_beside_are_of_the_parameters_class(zonegraph: Command) -> None:
    said = zonegraph("query", "zone-acts", "-p", "zone=zgd:zone-tianjin-ftz").stderr
    assert "nothing for zone=zgd:zone-tianjin-ftz; there are rows for zgd:zone-" in said
    (line,) = [line for line in said.splitlines() if line.startswith("nothing for")]
    assert "zgd:municipality" not in line


def test_nothing_is_said_of_things_beside_where_there_are_rows(zonegraph: Command) -> None:
    assert "nothing for" not in zonegraph("query", "quantities", "-p", "about=zgd:city-hangzhou").stderr


def test_things_beside_are_asked_for_one_by_one_where_rows_do_not_show_them(dataset: Dataset) -> None:
    saved = dataset.catalogue["quantities"]
    hidden = saved._replace(columns={name: said for name, said in saved.columns.items() if name != "about"})
    for query in (saved, hidden):
        question = queries.saved_question(query, {"about": ["zgd:zone-hangzhou-most"]}, dataset.store)
        assert question.saved is query
        answer = dataset.store.query(question.query)
        assert isinstance(answer, Bindings)
        assert not answer.rows
        begun = time.monotonic()
        (said,) = hints.neighbours(question, dataset.store)
        assert "zgd:city-hangzhou (14" in said
        assert time.monotonic() - begun < 5, "it ends"


@pytest.mark.parametrize(
    "query",
    [
        "BASE <https://w3id.org/zonegraph/> SELECT * { ?s <ns#title> 'Hangzhou' }",
        "SELECT * { ?s <https://w3id.org/zonegraph/ns#t\\u0069tle> 'Hangzhou' }",
    ],
    ids=["a base", "an escape"],
)
def test_a_property_is_known_however_its_iri_is_written(zonegraph: Command, query: str) -> None:
    asked = zonegraph("query", "-e", query)
    assert asked.returncode == 0
    assert "'Hangzhou': no value of zg:title can equal it" in asked.stderr


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("?z a zg:Merger", "nothing matches `?z a zg:Merger`"),
        (
            "?zone a zg:AIPilotZone ; zg:date ?d",
            "nothing matches once `?zone zg:date ?d` is added: ?zone is a zg:AIPilotZone, and zg:date is said of zg:",
        ),
        (
            "?target a zg:Target ; zg:quantityOf ?city . ?city a zg:City",
            "once `?target zg:quantityOf ?city` is added: ?target is a zg:Target, and zg:quantityOf is said of zg:Observation",
        ),
        (
            "zgd:zone-hefei-most zg:approvedBy ?x",
            "zgd:zone-hefei-most is a zg:AIPilotZone, and zg:approvedBy is said of zg:",
        ),
        (
            "?zone a zg:AIPilotZone ; zg:inCity zgd:city-hefei, zgd:province-hunan",
            "once `?zone zg:inCity zgd:province-hunan` is added: zgd:province-hunan is a zg:Province, and zg:inCity has as values zg:",
        ),
        ("?zone zg:inCity ?city . ?city a zg:Ministry", "once `?city a zg:Ministry` is added: ?city is a zg:"),
        (
            "?u a zg:University . GRAPH ?g { ?u zg:namedAs ?n }",
            "once `?u zg:namedAs ?n` is added: ?u is a zg:University",
        ),
        # Two graphs hold what is asked of one.
        (
            "GRAPH ?g { ?c a zg:City . ?c zg:date|zg:namedAs ?n . ?n a ?c }",
            "nothing matches once `?c zg:date|zg:namedAs ?n`",
        ),
        (
            "GRAPH <https://w3id.org/zonegraph/graph/reference/organizations> { ?c a zg:City }",
            "nothing matches `?c a zg:City`: it matches in inferred, reference/places or across graphs only; leave out GRAPH",
        ),
        # What is no triple pattern, and FILTERs, which hold for the whole group wherever they stand.
        ("?z a zg:AIPilotZone MINUS { ?z a zg:Zone }", "nothing matches once `MINUS { ?z a zg:Zone }` is added"),
        ("FILTER(?z = zgd:city-hefei) ?z a zg:AIPilotZone", "no row is left by `FILTER(?z = zgd:city-hefei)`"),
        (
            "{ ?z a zg:AIPilotZone } UNION { ?z a zg:Merger } ?z a zg:City",
            "nothing matches once `?z a zg:City` is added",
        ),
        ("OPTIONAL { ?z a zg:Merger } ?z zg:within/a zg:Ministry", "nothing matches `?z zg:within/a zg:Ministry`"),
    ],
)
def test_the_pattern_at_which_nothing_matches_any_more_is_named(zonegraph: Command, where: str, said: str) -> None:
    for form in ("SELECT *", "SELECT (COUNT(*) AS ?n)", "ASK"):
        done = zonegraph("query", "-e", f"{form} {{ {where} }}")
        assert done.returncode == 0, done.stderr
        assert said in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?z a zg:AIPilotZone } LIMIT 0",
        "SELECT * { { SELECT ?z { ?z a zg:Merger } } }",
        "SELECT * { SELECT ?z { ?z a zg:AIPilotZone } LIMIT 0 }",
        "SELECT ?z { ?z a zg:AIPilotZone } HAVING (COUNT(*) > 999)",
    ],
)
def test_no_pattern_is_blamed_that_is_not_at_fault(zonegraph: Command, text: str) -> None:
    said = zonegraph("query", "-e", text).stderr
    assert "nothing matches" not in said.replace("nothing matches `{ SELECT ?z { ?z a zg:Merger } }`", "")
    assert "no row is left" not in said


def test_looking_for_the_pattern_is_quick(dataset: Dataset) -> None:
    text = "SELECT * { ?zone a zg:AIPilotZone ; zg:inCity ?c . ?c zg:within ?p . ?p a zg:Province . ?zone zg:date ?d }"
    hints.of_nothing(text, dataset.store)
    begun = time.process_time()
    assert hints.of_nothing(text, dataset.store)
    assert time.process_time() - begun < 0.2


def test_a_list_joined_of_things_is_blank_and_says_so(zonegraph: Command) -> None:
    text = "SELECT (GROUP_CONCAT(DISTINCT {}; separator=', ') AS ?all) {{ ?zone a zg:AIPilotZone }}"
    assert (
        "?all is blank: GROUP_CONCAT takes texts; write STR(?zone)"
        in zonegraph("query", "-e", text.format("?zone")).stderr
    )
    assert "is blank" not in zonegraph("query", "-e", text.format("STR(?zone)")).stderr


def test_no_is_not_said_to_be_false_of_the_world(zonegraph: Command) -> None:
    said = "false: the graph does not have it, which does not mean that it is not so"
    assert said in zonegraph("query", "-e", "ASK { zgd:city-hefei zg:within zgd:province-hunan }").stderr
    assert said not in zonegraph("query", "-e", "ASK { zgd:city-hefei zg:within zgd:province-anhui }").stderr


def test_a_saved_query_that_finds_nothing_whatever_it_is_asked_names_others_like_it(dataset: Dataset) -> None:
    saved = dataset.catalogue["zone-acts"]
    _, brace, rest = saved.text.partition("WHERE {")
    empty = saved._replace(name="nothing", text=f"{saved.text[: -len(rest)]} FILTER(false) {rest}")
    assert brace
    for given in ({}, {"zone": ["zgd:zone-hefei-most"]}):
        question = queries.saved_question(empty, given, dataset.store)
        (said,) = hints.instead(question, dataset.store, {**dataset.catalogue, "nothing": empty})
        assert said.startswith("the graph has none; see also: zone-")
        assert "zone-acts" in said
        assert "nothing" not in said
    # With other values there are rows, so it is not the graph that lacks them.
    question = queries.saved_question(saved, {"zone": ["zgd:zone-hefei-most"]}, dataset.store)
    assert hints.instead(question, dataset.store, dataset.catalogue) == []
