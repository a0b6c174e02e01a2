"""`--labels`: names in place of IRIs, in every format, in English and Chinese, and by the pattern that the ontology has for a class."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.command import Command
from tests.conftest import ROOT
from tests.sparql_server import serving
from zonegraph import vocabulary as v
from zonegraph.answers import labels
from zonegraph.build import Dataset
from zonegraph.store.embedded import EmbeddedStore

BRIDGES = str(ROOT / "tests" / "projects" / "bridges")
ZONES = "SELECT ?zone { VALUES ?zone { zgd:zone-hangzhou-most zgd:zone-shandong-miit zgd:zone-tianjin-ftz } }"


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def test_a_zone_is_called_by_its_place_and_its_authority(zonegraph: Command) -> None:
    shown = cells(zonegraph("query", "-e", ZONES, "--labels", "--format", "csv").stdout)
    # Nobody is known to oversee the free trade zone, so that an article's wording stands for it, beside the end of its IRI.
    assert shown[:2] == [["Hangzhou (MOST)"], ["Jinan / Qingdao (MIIT)"]]
    assert re.fullmatch(r".+ \(zone-tianjin-ftz\)", shown[2][0])


def test_names_are_chinese_on_request_and_english_where_there_is_no_chinese_one(zonegraph: Command) -> None:
    shown = cells(zonegraph("query", "-e", ZONES, "--labels", "zh", "--format", "csv").stdout)
    assert shown[:2] == [["杭州市（科技部）"], ["济南市 / 青岛市（工信部）"]]
    text = "SELECT ?x { VALUES ?x { zgd:city-hangzhou zgd:article-2021-02-24-china-daily } }"
    shown = cells(zonegraph("query", "-e", text, "--labels", "zh", "--format", "csv").stdout)
    assert shown == [["杭州市"], ["AI innovation areas slated for construction"]]


@pytest.mark.parametrize("format", ["table", "csv", "tsv", "json", "xml", "md"])
def test_every_format_has_names(zonegraph: Command, format: str) -> None:
    shown = zonegraph("query", "zone-acts", "--labels", "--format", format, "--cite").stdout
    assert "Hangzhou (MOST)" in shown
    assert "Ministry of Science and Technology" in shown
    assert "zgd:zone-hangzhou-most" not in shown.partition("\n\n")[0]
    assert "characters" in shown, "citations stand beside names"
    if format == "json":
        kinds = {cell["type"] for row in json.loads(shown)["results"]["bindings"] for cell in row.values()}
        assert kinds <= {"literal", "uri"}


def test_two_things_of_one_name_are_told_apart_by_the_ends_of_their_iris() -> None:
    store = ox.Store()
    for name, label in (("city-jinan", "Jinan"), ("another", "Jinan"), ("third", "Third")):
        store.add(
            ox.Quad(ox.NamedNode(v.ZGD + name), ox.NamedNode(v.SKOS + "prefLabel"), ox.Literal(label, language="en"))
        )
    rows = [(ox.NamedNode(v.ZGD + name),) for name in ("city-jinan", "another", "third", "unnamed")]
    shown = labels.in_place_of_iris(rows, EmbeddedStore(store), "en")
    assert [getattr(row[0], "value", "") for row in shown] == [
        "Jinan (city-jinan)",
        "Jinan (another)",
        "Third",
        "unnamed",
    ]


def test_a_thing_without_a_name_is_shown_by_its_summary_or_by_the_end_of_its_iri() -> None:
    store = ontology(
        'zgd:goal-a zg:summary "faster"@en, "更快"@zh . zgd:goal-b zg:summary "slower"@en . zgd:article-c a e:X .'
    )
    rows = [(ox.NamedNode(v.ZGD + name),) for name in ("goal-a", "goal-b", "article-c")] + [(ox.NamedNode("e:other"),)]
    for language, first in (("en", "faster (goal-a)"), ("zh", "更快 (goal-a)")):
        shown = labels.in_place_of_iris(rows, store, language)
        assert [getattr(row[0], "value", "") for row in shown] == [first, "slower (goal-b)", "article-c", "e:other"]


def test_the_wording_of_an_article_stands_beside_the_end_of_the_iri(zonegraph: Command) -> None:
    shown = zonegraph("query", "-e", "SELECT ?x { VALUES ?x { zgd:zone-tianjin-ftz } }", "--labels").stdout
    assert "(zone-tianjin-ftz)" in shown


@pytest.mark.parametrize(
    "arguments", [["--labels", "zone-acts"], ["zone-acts", "--labels"], ["--labels=en", "zone-acts"]]
)
def test_a_query_may_follow_the_option(zonegraph: Command, arguments: list[str]) -> None:
    assert "Hangzhou (MOST)" in zonegraph("query", *arguments).stdout


def test_a_language_without_names_is_refused(zonegraph: Command) -> None:
    done = zonegraph("query", "zone-acts", "--labels", "xx")
    assert done.returncode == 2
    assert "labels xx: the graph has no names in this language\n  it has names in: en, zh" in done.stderr


def test_an_endpoint_gives_the_same_names(zonegraph: Command, golden_dataset: Dataset) -> None:
    for language in ("en", "zh"):
        here = zonegraph("query", "zone-acts", "--labels", language)
        with serving(golden_dataset.store.ox) as (url, _):
            there = zonegraph("query", "zone-acts", "--labels", language, "--endpoint", url)
        assert there.returncode == 0, there.stderr
        assert there.stdout == here.stdout


def test_find_and_explain_call_a_zone_by_its_pattern(zonegraph: Command) -> None:
    assert "Hefei (MOST)" in zonegraph("find", "合肥").stdout
    assert "zgd:zone-hefei-most" in zonegraph("find", "Hefei (MOST)").stdout
    assert zonegraph("explain", "zgd:zone-hefei-most").stdout.startswith(
        "zgd:zone-hefei-most is a zg:AIPilotZone, “Hefei (MOST)” “合肥市（科技部）”"
    )


@pytest.mark.parametrize("name", ["Hangzhou (MOST)", "hangzhou (most)", "杭州市（科技部）"])
def test_a_name_that_a_pattern_makes_can_be_typed(zonegraph: Command, name: str) -> None:
    done = zonegraph("query", "zone-acts", "-p", f"zone={name}")
    assert done.stdout == zonegraph("query", "zone-acts", "-p", "zone=zgd:zone-hangzhou-most").stdout
    assert "is read as" not in done.stderr


def test_another_project_has_patterns_of_its_own(zonegraph: Command) -> None:
    text = "SELECT ?works { ?works a bridge:Works }"
    done = zonegraph("query", "-e", text, "--labels", "--format", "csv", "--project", BRIDGES, cwd=Path("/"))
    assert cells(done.stdout) == [["works on Old Toll Bridge (2003)"]]


def ontology(turtle: str) -> EmbeddedStore:
    store = ox.Store()
    prefixes = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in v.STANDARD.items())
    store.load(f"{prefixes}@prefix e: <e:> . {turtle}".encode(), format=ox.RdfFormat.TURTLE)
    return EmbeddedStore(store)


@pytest.mark.parametrize(
    ("turtle", "name"),
    [
        # The first of several properties that has a value; in brackets the shortest abbreviation.
        ('e:C zg:labelPattern "{zg:x|zg:y} ({zg:y})"@en . e:t a e:C ; zg:y e:v .', "Board of Trade (BT)"),
        # Several values, in order.
        ('e:C zg:labelPattern "{zg:y}"@en . e:t a e:C ; zg:y e:v, e:w .', "Board of Trade / Works"),
        # A value that is missing, or has no name in the language, leaves no name.
        ('e:C zg:labelPattern "{zg:y} of {zg:x}"@en . e:t a e:C ; zg:y e:v .', None),
        ('e:C zg:labelPattern "{zg:y}"@en . e:t a e:C ; zg:y e:nameless .', None),
        # A literal stands for itself.
        ('e:C zg:labelPattern "in {zg:y}"@en . e:t a e:C ; zg:y "2003"^^xsd:gYear .', "in 2003"),
        # The pattern of the narrower class.
        (
            'e:C zg:labelPattern "C {zg:y}"@en ; rdfs:subClassOf e:A . e:A zg:labelPattern "A {zg:y}"@en . e:t a e:A, e:C ; zg:y e:w .',
            "C Works",
        ),
        # An official name comes first, the wording of an article last.
        ('e:C zg:labelPattern "{zg:y}"@en . e:t a e:C ; zg:y e:w ; skos:prefLabel "T"@en .', "T"),
        ('e:C zg:labelPattern "{zg:y}"@en . e:t a e:C ; zg:y e:w ; zg:namedAs "A"@en .', "Works"),
        ('e:t zg:namedAs "A"@en ; skos:altLabel "0"@en .', "A"),
        # A variety of the language, and a name without a language where none has it.
        ('e:t skos:prefLabel "T"@en-GB, "0" .', "T"),
        ('e:t skos:prefLabel "T"@fr, "0" .', "0"),
    ],
)
def test_what_a_thing_is_called(turtle: str, name: str | None) -> None:
    values = 'e:v skos:prefLabel "Board of Trade"@en ; skos:altLabel "BoT"@en, "BT"@en, "X"@en, "Trade Board"@en . e:w skos:prefLabel "Works"@en .'
    found = labels.of_things(ontology(f"{turtle} {values}"), ["e:t"], "en")
    assert (found["e:t"].text if found else None) == name
