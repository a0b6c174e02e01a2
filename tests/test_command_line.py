"""The commands do what their help says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.command import on_a_terminal
from tests.conftest import ARTICLE, ROOT
from tests.golden_answers import ARTICLES
from zonegraph import build, dates
from zonegraph import vocabulary as v
from zonegraph.build import Dataset, cache
from zonegraph.cli import COMMANDS
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.store import guard
from zonegraph.version import VERSION

ONE_OF_EACH = {
    "query": ["zones-by-sector", "--cite", "--limit", "3"],
    "query, its list": [],
    "query, a text": ["-e", "CONSTRUCT { ?z zg:inCity ?c } WHERE { ?z zg:inCity ?c } ORDER BY ?z"],
    "query, standard input": ["-", "--format", "csv"],
    "query, a help text": ["--help"],
    "query, wrong usage": ["timelime"],
    "query, no SPARQL": ["-e", "SELECT * { ?s ?p }"],
    "query, refused": ["-e", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"],
    "find": ["Changsha"],
    "validate": ["tests/examples/shapes/reference/unit-fail.ttl"],
    "export": ["--graphs", "all", "--format", "trig"],
    "explain": ["zgd:zone-changsha-most zg:inCity zgd:city-changsha"],
    "evidence": ["check", "--format", "json"],
    "article": [ARTICLE],
    "status": [],
}


@pytest.mark.parametrize(("name", "rest"), ONE_OF_EACH.items(), ids=ONE_OF_EACH)
def test_a_command_says_the_same_in_a_process_of_its_own_and_in_that_of_a_test(  # type: ignore[no-untyped-def]
    zonegraph, zonegraph_process, small: Path, name: str, rest: list[str]
) -> None:
    """So that the other tests may save the process."""
    shutil.copy(ROOT / "queries" / "zones-by-sector.rq", small / "queries")
    command = name.partition(",")[0]
    stdin = "SELECT ?c { zgd:zone-changsha-most zg:inCity ?c }"
    build.open_dataset(sources.find(str(small)))  # so that neither has it to build
    own, here = (run(command, *rest, "--project", str(small), stdin=stdin) for run in (zonegraph_process, zonegraph))
    assert (own.returncode, own.stdout, own.stderr) == (here.returncode, here.stdout, here.stderr)
    assert own.stdout or own.stderr


def test_version_is_printed(zonegraph_process) -> None:  # type: ignore[no-untyped-def]
    assert zonegraph_process("--version").stdout == f"zonegraph {VERSION}\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_a_help_text_with_exit_codes(zonegraph, command: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph(command, "--help")
    assert result.returncode == 0
    assert "Exit codes" in result.stdout


def test_the_list_of_commands_is_shown_without_what_any_of_them_imports() -> None:
    code = "from zonegraph.cli import parser; import sys; print(parser().format_help(), *sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(f"\n    {command} " in shown for command in COMMANDS)
    assert "zonegraph.cli" in shown
    assert "pyoxigraph" not in shown


def test_the_saved_queries_are_listed_as_objects(zonegraph) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(zonegraph("query", "--format", "json").stdout)
    assert len(listed) >= 8
    assert all({"name", "question", "parameters", "columns", "tags"} <= set(entry) for entry in listed)


def test_show_prints_the_sparql_with_the_parameter_in_its_row(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "timeline", "-p", "kind=zg:Approval", "-p", "kind=Establishment", "--show").stdout
    assert f"VALUES ?kind {{ <{v.ZG}Approval> <{v.ZG}Establishment> }}" in shown


def test_what_show_prints_is_a_file_that_answers_and_validates_as_the_saved_query_does(
    zonegraph, dataset: Dataset, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    from zonegraph import catalogue
    from zonegraph.answers import queries

    for name, saved in dataset.catalogue.items():
        question = queries.saved_question(saved, {}, dataset.store)
        shown = queries.standalone(question)
        assert shown.startswith("#+ question:"), name
        again = queries.saved_question(catalogue.parse(f"{name}.rq", shown, f"{name}.rq"), {}, dataset.store)
        ox.Store().query(again.query.text)  # raises if a prefix is not declared
        assert dataset.store.query(again.query) == dataset.store.query(question.query), name
        assert (again.saved and again.saved.cite) == saved.cite
    for name in ("sectors-by-zones", "zones-by-sector"):
        file = tmp_path / f"{name}.rq"
        file.write_text(zonegraph("query", name, "--show").stdout, "utf-8")
        assert zonegraph("validate", str(file)).returncode == 0
        assert zonegraph("query", str(file), "--cite").stdout == zonegraph("query", name, "--cite").stdout


def test_several_values_of_a_parameter_are_alternatives(zonegraph) -> None:  # type: ignore[no-untyped-def]
    def kinds(*values: str) -> set[str]:
        pairs = [part for value in values for part in ("-p", f"kind={value}")]
        rows = csv.DictReader(io.StringIO(zonegraph("query", "timeline", *pairs, "--format", "csv").stdout))
        return {row["class"].rpartition("#")[2] for row in rows}

    assert kinds("zg:Approval") == {"Approval"}
    assert kinds("zg:Approval", "zg:Establishment") == {"Approval", "Establishment"}


@pytest.mark.parametrize("format", ["table", "csv", "tsv", "json", "xml", "md"])
def test_rows_come_in_every_format(zonegraph, format: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "programme-names", "--format", format)
    assert result.returncode == 0
    assert "国家新一代人工智能创新发展试验区" in result.stdout
    if format in {"json", "xml", "tsv"}:
        kind = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML, "tsv": ox.QueryResultsFormat.TSV}[
            format
        ]
        assert len(list(ox.parse_query_results(result.stdout.encode(), format=kind))) >= 8  # type: ignore[arg-type]


def test_a_table_aligns_chinese_text(zonegraph) -> None:  # type: ignore[no-untyped-def]
    from zonegraph.terminal import width

    lines = zonegraph("query", "programme-names").stdout.splitlines()
    column = width(lines[0][: lines[0].index("name")])
    for line in lines[2:]:
        start = next(i for i in range(len(line)) if width(line[:i]) == column)
        assert line[start - 2 : start].isspace()
        assert not line[start].isspace()


@pytest.mark.skipif(os.name == "nt", reason="POSIX terminals")
@pytest.mark.parametrize("columns", [70, 110, 150])
def test_a_table_fits_a_terminal_and_loses_nothing(columns: int) -> None:
    from zonegraph.terminal import width

    _, shown = on_a_terminal(columns, "query", "cities-of-both-ministries", "--limit", "8", own_process=columns == 70)
    shown = shown.replace("\r\n", "\n")
    assert max(width(line) for line in shown.splitlines() if "answered for" not in line) <= columns
    # Of an IRI that is cut, the parts stand below each other in one column; each part is there.
    for part in ("zgd:zone-", "hangzhou-miit", "zgd:article-"):
        assert shown.count(part) >= 3, shown


@pytest.mark.skipif(os.name == "nt", reason="POSIX terminals")
def test_what_every_row_says_stands_once_above_a_table_that_a_terminal_has_no_room_for(zonegraph) -> None:  # type: ignore[no-untyped-def]
    asked = ("query", "zone-approvals", "-p", "zone=zone-hangzhou-most", "-p", "zone=zone-hefei-most")
    _, narrow = on_a_terminal(100, *asked)
    above, _, table = narrow.replace("\r\n", "\n").partition("\n\n")
    assert re.search(r"^approver +zgd:ministry-most$", above, re.MULTILINE)
    assert "zgd:ministry-most" not in table
    assert table.startswith("zone")
    _, wide = on_a_terminal(300, *asked)
    assert wide.count("zgd:ministry-most") == zonegraph(*asked).stdout.count("zgd:ministry-most") == 2
    assert "--show tells what the columns mean" in narrow
    assert "--show tells" not in zonegraph(*asked).stderr  # a program knows


@pytest.mark.parametrize("format", ["turtle", "nt", "rdfxml", "jsonld"])
def test_triples_come_in_every_format(zonegraph, format: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "-e", "CONSTRUCT { ?z zg:inCity ?c } WHERE { ?z zg:inCity ?c }", "--format", format)
    assert result.returncode == 0
    assert "zone-hangzhou-miit" in result.stdout


def test_ask_says_no_with_exit_code_0(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "-e", "ASK { zgd:nothing ?p ?o }")
    assert (result.returncode, result.stdout) == (0, "false\n")


def test_a_query_file_and_standard_input_are_run(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text = "SELECT ?c { zgd:zone-hangzhou-miit zg:inCity ?c }"
    (tmp_path / "mine.rq").write_text(text)
    expected = "c\n" + v.ZGD + "city-hangzhou\n"
    assert zonegraph("query", str(tmp_path / "mine.rq"), "--format", "csv").stdout == expected
    assert zonegraph("query", "-", "--format", "csv", stdin=text).stdout == expected


def test_every_answer_says_up_to_when_the_graph_is_informed(zonegraph) -> None:  # type: ignore[no-untyped-def]
    errors = zonegraph("query", "timeline").stderr
    assert re.search(r"data through \d{4}-\d\d-\d\d, from \d+ articles", errors)


def test_other_sparql_text_has_no_citation_and_the_message_says_what_to_do(zonegraph) -> None:  # type: ignore[no-untyped-def]
    errors = zonegraph("query", "-e", "SELECT * { ?s zg:inBatch ?b }", "--cite").stderr
    assert "no citation defined" in errors
    assert "zonegraph explain" in errors
    assert "`cite:`" in errors


def test_a_file_with_a_header_has_parameters_and_citations_as_a_saved_query_has(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.rq").write_text(
        "#+ question: Where does a zone lie?\n#+ summary: Places.\n#+ tags: [zones]\n#+ columns: {zone: z, place: p}\n"
        "#+ parameters:\n#+   zone: {type: iri, class: 'zg:Zone'}\n#+ cite: ['?zone zg:locatedIn ?place']\n"
        "SELECT ?zone ?place WHERE {\n  VALUES ?zone { zgd:zone-tianjin-miit }\n  ?zone zg:locatedIn ?place\n}\n"
    )
    shown = zonegraph("query", str(tmp_path / "mine.rq"), "-p", "zone=zone-hangzhou-most", "--cite")
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^zgd:zone-hangzhou-most +zgd:city-hangzhou +\[1\]$", shown.stdout, re.MULTILINE)
    (tmp_path / "mine.rq").write_text("#+ question: q\nSELECT * {}")
    broken = zonegraph("query", str(tmp_path / "mine.rq"), "--cite")
    assert broken.returncode == 2
    assert "mine.rq:1: header: summary: is missing" in broken.stderr


@pytest.mark.parametrize(
    ("query", "remarks"),
    [
        ("SELECT * { ?z zg:locatdIn ?p }", ["zg:locatdIn: the graph has no such term; did you mean zg:locatedIn?"]),
        ("SELECT (COUNT(?z) AS ?n) { ?z zg:locatdIn ?p }", ["zg:locatdIn: "]),
        (
            "ASK { zgd:city-hangzou ?p ?o }",
            ["zgd:city-hangzou: the graph has no such thing; did you mean zgd:city-hangz"],
        ),
        (
            "SELECT * { ?z a zgd:Zone ; zg:focusesOn sector:financ }",
            ["did you mean zg:Zone?", "did you mean sector:fina"],
        ),
        ("PREFIX z: <http://w3id.org/zonegraph/ns#> SELECT * { ?s z:locatedIn ?p }", ["did you mean zg:locatedIn?"]),
        ("PREFIX : <https://w3id.org/zonegraph/id/> SELECT * { :city-hefe ?p ?o }", ["did you mean zgd:city-hefei?"]),
        (
            "SELECT * { GRAPH <https://w3id.org/zonegraph/graph/curaton> { ?s ?p ?o } }",
            ["curaton>: the graph has no such"],
        ),
        ("SELECT * { ?z zg:locatedIn ?p } # zg:x 'zg:y'", []),
        ('SELECT * { ?z zg:namedAs \'zg:x\', """a "zg:y" b""", \'it\\\'s zg:z\' }', []),
        ("SELECT * { GRAPH <https://w3id.org/zonegraph/graph/curation> { ?s zg:locatedIn/zg:within* ?o } }", []),
        ("SELECT * { GRAPH ?g { ?o a zg:Omission } FILTER(STRSTARTS(STR(?g), STR(zgd:))) }", []),
        ("CONSTRUCT { ?z zg:inPlace ?p } WHERE { ?z zg:locatedIn ?p }", []),
    ],
)
def test_a_name_of_ours_that_the_graph_does_not_know_is_remarked_on(zonegraph, query: str, remarks: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "-e", query)
    assert result.returncode == 0
    said = [line for line in result.stderr.splitlines() if "the graph has no such" in line]
    assert len(said) == len(remarks), said
    for line, remark in zip(said, remarks, strict=True):
        assert remark in line


@pytest.mark.parametrize(
    ("where", "remarked"),
    [
        ('?a zg:date ?d FILTER(?d >= "2019-06-01"^^xsd:date)', True),
        ('?a zg:concerns ?z ; zg:date ?when . FILTER("2019-06-01"^^xsd:date<?when)', True),
        ("?a zg:date ?d FILTER(?d < xsd:date('2019-06-01'))", True),
        ('?a zg:date ?d FILTER(DATATYPE(?d) = xsd:date && ?d >= "2019-06-01"^^xsd:date)', False),
        ('?a zg:date ?d . [] zg:ofDate ?d ; zg:latest ?l FILTER(?l >= "2019-06-01"^^xsd:date)', False),
        ('?a zg:date ?d # FILTER(?d >= "2019-06-01"^^xsd:date)\n', False),
        ('?a zg:date ?d FILTER(?d >= "2019"^^xsd:gYear)', False),
    ],
)
def test_a_comparison_that_drops_partial_dates_is_remarked_on(zonegraph, where: str, remarked: bool) -> None:  # type: ignore[no-untyped-def]
    said = zonegraph("query", "-e", f"SELECT * {{ {where} }}").stderr
    assert ("known only to the year or month never matches" in said) == remarked


def test_no_saved_query_drops_partial_dates(dataset: Dataset) -> None:
    from zonegraph.answers import queries

    assert [name for name, saved in dataset.catalogue.items() if queries.partial_dates(saved.text)] == []


def test_of_a_remote_graph_only_the_ontologys_terms_are_judged_and_nothing_more_is_asked(zonegraph) -> None:  # type: ignore[no-untyped-def]
    from tests.sparql_server import serving

    with serving(ox.Store()) as (url, requests):
        query = "SELECT * { ?z zg:locatdIn zgd:city-of-elsewhere }"
        result = zonegraph("query", "--endpoint", url, "-e", query)
    assert result.returncode == 0, result.stderr
    assert "zg:locatdIn: the graph has no such term; did you mean zg:locatedIn?" in result.stderr
    assert "city-of-elsewhere" not in result.stderr
    assert len(requests) == 2, "the query, and the articles for the footer"


@pytest.mark.parametrize(
    ("arguments", "fails"),
    [
        (["query", "-e", "SELECT ?z { ?z zg:inBatch zgd:batch-miit-2 }"], "zg:transcribes"),
        (["query", "zones-per-batch", "--format", "json"], "zg:transcribes"),
        (["find", "Hangzhou", "--format", "csv"], "zg:transcribes"),
        (["find", "Hangzou"], "ORDER BY ?name ?thing"),
    ],
)
def test_an_answer_that_is_printed_stays_one_when_what_is_said_below_it_fails(  # type: ignore[no-untyped-def]
    zonegraph, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, arguments: list[str], fails: str
) -> None:
    from tests import sparql_server

    store = ox.Store()
    store.extend(dataset.store.ox)
    answered = sparql_server._Handler._answer

    def break_off(handler: sparql_server._Handler, form: str) -> None:
        if fails in urllib.parse.unquote_plus(form):
            handler._send(500, "text/plain", b"the disk is full")
        else:
            answered(handler, form)

    with sparql_server.serving(store) as (url, _):
        whole = zonegraph(*arguments, "--endpoint", url)
        monkeypatch.setattr(sparql_server._Handler, "_answer", break_off)
        broken = zonegraph(*arguments, "--endpoint", url)
    assert (whole.returncode, broken.returncode) == (0, 0), broken.stderr
    assert broken.stdout == whole.stdout
    (said,) = [line for line in broken.stderr.splitlines() if "the answer is complete" in line]
    assert said.startswith("zonegraph: the answer is complete, but the remarks below it are not: ")
    assert said.endswith("HTTP 500: the disk is full")
    assert "rests on" not in broken.stderr


def test_a_name_is_judged_in_a_file_too(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.rq").write_text("SELECT * { ?z zg:locatdIn ?p }")
    assert "did you mean zg:locatedIn?" in zonegraph("query", str(tmp_path / "mine.rq")).stderr


@pytest.mark.parametrize(
    "name", ["Yangtze River Delta", "yangtze river delta", "长江三角洲", "region-yangtze-river-delta"]
)
def test_a_parameter_takes_a_label_that_one_thing_alone_bears(zonegraph, name: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "zones-in-regions", "-p", f"region={name}", "--format", "csv")
    assert result.returncode == 0, result.stderr
    assert "region-yangtze-river-delta" in result.stdout


def test_the_list_shows_defaults_and_is_narrowed_by_tag(zonegraph) -> None:  # type: ignore[no-untyped-def]
    listed = zonegraph("query").stdout
    assert re.search(r"^zones-without-a-sector .* sector=sector:finance zone programme$", listed, re.MULTILINE)
    assert re.search(r"^zone-acts .* zone article$", listed, re.MULTILINE)
    every = json.loads(zonegraph("query", "--format", "json").stdout)
    some = json.loads(zonegraph("query", "--tag", "zones", "--tag", "time", "--format", "json").stdout)
    assert [q["name"] for q in some] == [q["name"] for q in every if {"zones", "time"} <= set(q["tags"])]


def test_an_answer_for_a_narrow_default_says_so(zonegraph) -> None:  # type: ignore[no-untyped-def]
    said = "answered for sector=sector:finance; use -p sector=... for another"
    assert said in zonegraph("query", "zones-without-a-sector").stderr
    assert "answered for" not in zonegraph("query", "zones-without-a-sector", "-p", "sector=sector:healthcare").stderr
    assert "answered for" not in zonegraph("query", "zone-acts").stderr
    assert said in zonegraph("export", "--query", "zones-without-a-sector").stderr


def test_a_citation_names_article_publisher_date_range_and_words(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "cities-of-both-ministries", "--cite").stdout
    assert re.search(
        r"“AI innovation areas slated for construction”, China Daily, 2021-02-24, characters \d+–\d+, printed “", shown
    )
    assert "curation: zgd:conclusion-" in shown
    assert "reference/places: " in shown


def test_a_citation_shows_the_passage_where_the_text_is_at_hand(zonegraph, text_of: Callable[[str], str]) -> None:  # type: ignore[no-untyped-def]
    import os

    text = text_of("2021-02-24-china-daily")
    shown = zonegraph("explain", "zgd:batch-miit-2 zg:ordinal 2", "--articles", os.environ["ZONEGRAPH_ARTICLES"]).stdout
    match = re.search(r"characters (\d+)–(\d+).*: “(.*)”", shown)
    assert match
    assert text[int(match[1]) : int(match[2])] == match[3]


def test_a_stated_triple_is_explained_by_articles_and_an_inferred_one_by_rule_and_premises(zonegraph) -> None:  # type: ignore[no-untyped-def]
    stated = json.loads(
        zonegraph("explain", "zgd:zone-tianjin-miit zg:locatedIn zgd:district-binhai", "--format", "json").stdout
    )
    assert next(s["article"]["publisher"] for s in stated[0]["sources"]) == "China Daily"
    assert stated[0]["rule"] == ""
    inferred = json.loads(
        zonegraph("explain", "zgd:zone-tianjin-miit zg:inCity zgd:municipality-tianjin", "--format", "json").stdout
    )
    assert inferred[0]["sources"] == []
    assert inferred[0]["rule"] == "zone-city"
    assert any(p["rule"].startswith("prp-spo") for p in inferred[0]["premises"])
    assert any(p["sources"] for p in inferred[0]["premises"]) or any(p["rule"] for p in inferred[0]["premises"])


def test_what_is_stated_of_a_thing_is_explained_article_by_article(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "zgd:zone-hangzhou-miit", ZONEGRAPH_ARTICLES="").stdout
    shown = shown.partition("\nthings that have it as a value\n")[0]
    head, *groups, inferred = shown.rstrip().split("\n\n")
    assert head.startswith("zgd:zone-hangzhou-miit is a zg:AIPilotZone, “Hangzhou (MIIT)” “杭州市（工信部）”")
    titles = [group.partition("\n")[0] for group in groups]
    assert titles[0] == (
        "zgd:article-2021-02-24-china-daily: “AI innovation areas slated for construction”, China Daily, 2021-02-24"
    )
    assert shown.count("China Daily") == 1, "the publisher stands once for each article"
    assert re.search(
        r"^  zg:locatedIn zgd:city-hangzhou  \[\d+–\d+, printed “Hangzhou”, said by", groups[0], re.MULTILINE
    )
    assert "zg:inProvince" not in shown
    assert re.fullmatch(r"\d+ more are inferred; --inferred shows them", inferred)
    assert len(shown.splitlines()) < 70
    assert not re.search(r"[0-9a-f]{64}", zonegraph("explain", "zgd:article-2021-02-24-china-daily").stdout)


def test_what_is_inferred_of_a_thing_is_shown_on_request(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "zgd:zone-hangzhou-miit", "--inferred").stdout
    assert "zgd:zone-hangzhou-miit zg:inProvince zgd:province-zhejiang\n  inferred by zone-province and:" in shown
    everything = json.loads(zonegraph("explain", "zgd:zone-hangzhou-miit", "--format", "json").stdout)
    assert any(explained["rule"] for explained in everything)
    assert any(explained["sources"] for explained in everything)


def test_a_zone_is_explained_with_the_acts_that_hold_its_dates(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert "explain zgd:approval-hangzhou-most\n" in zonegraph("explain", "zgd:zone-hangzhou-most").stderr
    assert "acts that concern it" not in zonegraph("explain", "zgd:ministry-most").stderr


@pytest.mark.parametrize("typed", ["zgd:zone-tianjin-miit zg:locatedIn", "zone-tianjin-miit locatedIn"])
def test_a_thing_and_a_property_explain_all_their_triples(zonegraph, typed: str) -> None:  # type: ignore[no-untyped-def]
    explained = json.loads(zonegraph("explain", *typed.split(), "--format", "json").stdout)
    assert {e["triple"][2].rpartition("/")[2].rstrip(">") for e in explained} == {
        "municipality-tianjin",
        "district-binhai",
    }
    assert all(e["sources"] for e in explained)
    assert zonegraph("explain", typed).stdout.startswith(
        "zgd:zone-tianjin-miit zg:locatedIn zgd:district-binhai\n  says “"
    )


def test_a_thing_is_explained_by_its_label_and_a_bare_triple_by_the_ends_of_its_iris(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert zonegraph("explain", "滨海新区").stdout.startswith("zgd:district-binhai is a zg:District, “Binhai New Area”")
    assert zonegraph("explain", "Binhai", "New", "Area").stdout.startswith("zgd:district-binhai is a zg:District")
    shown = zonegraph("explain", "zone-hangzhou-miit inProvince province-zhejiang").stdout
    assert shown.startswith("zgd:zone-hangzhou-miit zg:inProvince zgd:province-zhejiang\n  inferred by zone-province")


@pytest.mark.parametrize(
    ("thing", "graph", "said"),
    [
        ("zgq:zone-acts", "queries", r"a sh:SPARQLExecutable"),
        (
            "zgd:omission-2021-03-26-hunan-government-173-193",
            "review/2021-03-26-hunan-government",
            "a zg:Omission",
        ),
    ],
)
def test_what_stands_beside_the_merge_is_explained_by_its_graph(zonegraph, thing: str, graph: str, said: str) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", thing)
    assert shown.returncode == 0
    assert "nothing is said" not in shown.stderr
    assert re.search(rf"\n\n{graph}\n(  .*\n)*  ({said})\n", shown.stdout), shown.stdout
    typed = zonegraph("explain", thing, "a")
    assert f"\n  says {graph}\n" in typed.stdout
    assert "does not hold" not in typed.stdout


def test_what_stands_beside_the_merge_is_no_source_of_what_the_merge_holds(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    with (small / "data" / "review" / f"{ARTICLE}.ttl").open("a", encoding="utf-8") as file:
        file.write("\nzgd:city-hangzhou a zg:City .\n")
    shown = zonegraph("explain", "zgd:city-hangzhou a zg:City", "--project", str(small))
    assert "says reference/places" in shown.stdout, shown.stderr
    assert "review" not in shown.stdout


def test_a_triple_is_explained_by_its_value_however_it_is_written(zonegraph) -> None:  # type: ignore[no-untyped-def]
    statement = "zgd:observation-2021-02-24-china-daily-patents-growth zg:amount "
    for value in ("17.1", "17.10", "1.71e1"):
        shown = zonegraph("explain", statement + value)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.partition("\n")[0].endswith(' zg:amount "17.1"^^xsd:decimal')
        assert "\n  says “AI innovation areas" in shown.stdout
        assert "does not hold" not in shown.stdout
    for value in ("17.11", '"17.1"', "17"):
        shown = zonegraph("explain", statement + value)
        assert (shown.returncode, shown.stdout) == (2, "")
        assert "the graph does not hold this triple" in shown.stderr


def test_of_equal_values_the_one_that_is_typed_is_explained(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    with (small / "data" / "reference" / "places.ttl").open("a", encoding="utf-8") as file:
        file.write("\nzgd:x zg:amount 2, 2.0 .\n")
    for typed, kinds in (("2", ["integer"]), ("2.0", ["decimal"]), ("2e0", ["decimal", "integer"])):
        shown = zonegraph("explain", f"zgd:x zg:amount {typed}", "--format", "json", "--project", str(small))
        assert [e["triple"][2].rpartition("#")[2].rstrip(">") for e in json.loads(shown.stdout)] == kinds


def test_a_triple_about_a_passage_is_held_by_its_article(zonegraph, dataset: Dataset) -> None:  # type: ignore[no-untyped-def]
    found = dataset.store.query(
        guard.judge("SELECT ?e { ?e a zg:Evidence ; zg:source zgd:article-miit-second-batch } LIMIT 1")
    )
    evidence = v.shorten(found.rows[0][0].value)  # type: ignore[union-attr]
    shown = zonegraph("explain", evidence)
    assert shown.returncode == 0, shown.stderr
    assert "zgd:article-miit-second-batch: untitled article" in shown.stdout
    assert "the graph does not hold" not in zonegraph("explain", evidence, "oa:start").stdout


def test_a_thing_is_found_by_its_english_and_its_chinese_name(zonegraph) -> None:  # type: ignore[no-untyped-def]
    for name in ("Binhai New Area", "binhai new", "滨海新区", "滨海"):
        assert re.search(r"^zgd:district-binhai +zg:District ", zonegraph("find", name).stdout, re.MULTILINE)


def test_find_puts_whole_names_first_and_takes_several_words(zonegraph) -> None:  # type: ignore[no-untyped-def]
    rows = list(csv.DictReader(io.StringIO(zonegraph("find", "Hangzhou", "--format", "csv").stdout)))
    assert (rows[0]["thing"], rows[0]["english"], rows[0]["chinese"]) == (v.ZGD + "city-hangzhou", "Hangzhou", "杭州市")
    first = zonegraph("find", "Binhai", "New", "Area", "--format", "csv").stdout.splitlines()[1]
    assert first == f"{v.ZGD}district-binhai,zg:District,Binhai New Area,滨海新区,"


def test_find_offers_the_nearest_name_where_nothing_matches(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("find", "Hangzou")
    assert (result.returncode, result.stdout) == (0, "(no rows)\n")
    assert "no name contains “Hangzou”; did you mean “Hangzhou” (zgd:city-hangzhou)?" in result.stderr


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("Changsha zone", {"zone-changsha-most"}),
        ("zone Hangzhou", {"zone-hangzhou-miit", "zone-hangzhou-most"}),
        ("Zhejiang zone", {"zone-hangzhou-miit", "zone-hangzhou-most"}),
        ("Hangzhou pilot zone", {"zone-hangzhou-miit", "zone-hangzhou-most"}),
        ("Binhai zone", {"zone-tianjin-miit"}),
        ("杭州 科技部", {"zone-hangzhou-most"}),
        ("深圳 工信部", {"zone-shenzhen-miit"}),
    ],
)
def test_find_takes_the_words_of_a_name_and_of_the_place_of_a_zone(zonegraph, text: str, things: set[str]) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("find", text, "--format", "csv")
    found = {row["thing"].rpartition("/")[2] for row in csv.DictReader(io.StringIO(result.stdout))}
    assert {thing for thing in found if thing.startswith("zone-")} == things
    assert f"no name contains “{text}” as a whole" in result.stderr


def test_a_wording_of_an_article_that_is_typed_for_a_thing_says_what_it_is_taken_for(zonegraph) -> None:  # type: ignore[no-untyped-def]
    worded = zonegraph("query", "zone-acts", "-p", "zone=National AI Pilot Zone")
    assert (
        "“National AI Pilot Zone” is read as zgd:zone-changsha-most, which an article calls by that name"
        in worded.stderr
    )
    official = zonegraph("query", "zones-by-sector", "-p", "sector=金融")
    assert "is read as" not in official.stderr


def test_a_phrase_is_found_in_a_text_that_no_article_transcribes_yet(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "new.txt").write_text("Two bodies jointly approved a zone.\n", "utf-8")
    result = zonegraph("evidence", "find", "jointly approved", "--articles", str(tmp_path))
    assert "# new.txt, line 1\nzg:evidence [ oa:start 11 ; oa:end 27 ;" in result.stdout
    digest = hashlib.sha256((tmp_path / "new.txt").read_bytes()).hexdigest()
    assert (
        f'new.txt: no article transcribes this text yet; give the one that does zg:textDigest "{digest}"'
        in result.stderr
    )


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("hash rate", "claim-2021-03-03-scio-shenzhen-hash-rate-platform"),
        ("ETHICAL norms", "goal-2021-03-26-hunan-government-ethical-norms"),
        ("computing power", "goal-2021-03-26-hunan-government-computing-power-and-data"),
        ("boasts a", "claim-2021-03-03-scio-shenzhen-hash-rate-platform"),
    ],
)
def test_find_looks_into_summaries_and_printed_words_where_nothing_bears_the_name(
    zonegraph, text: str, thing: str
) -> None:  # type: ignore[no-untyped-def]
    found = zonegraph("find", text, "--format", "csv").stdout
    assert v.ZGD + thing in found


@pytest.mark.parametrize("text", ["Hefei", "合肥", "Tianjin", "天津"])
def test_find_names_the_zones_of_a_place_whatever_its_articles_call_them(zonegraph, text: str) -> None:  # type: ignore[no-untyped-def]
    found = zonegraph("find", text, "--format", "csv").stdout
    assert v.ZGD + {"H": "zone-hefei-most", "合": "zone-hefei-most"}.get(text[0], "zone-tianjin-most") in found


@pytest.mark.parametrize("text", ["subsidy", "Tsinghua", "green cheese"])
def test_find_says_that_what_is_not_in_the_graph_is_unknown(zonegraph, text: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("find", text)
    assert result.stdout == "(no rows)\n"
    assert result.stderr.splitlines()[0] == f"no name contains “{text}”"
    assert "an article may use others: unknown, not false" in result.stderr.splitlines()[1]


def test_the_articles_are_listed_where_no_slug_is_given(zonegraph) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(zonegraph("article", "--format", "json").stdout)
    first = listed[0]
    assert (first["slug"], first["publisher"], first["date"]) == ("2021-02-24-china-daily", "China Daily", "2021-02-24")
    assert all(article["statements"] > 0 for article in listed)
    assert re.search(r"^miit-second-batch +\d+$", zonegraph("article").stdout, re.MULTILINE)
    assert zonegraph("article", "zgd:article-miit-second-batch").returncode == 0


def test_status_is_short_and_lists_digests_on_request(zonegraph) -> None:  # type: ignore[no-untyped-def]
    short = zonegraph("status").stdout
    assert re.search(rf"^data/articles +{len(ARTICLES)} +[0-9a-f]{{12}}$", short, re.MULTILINE)
    assert len(short.splitlines()) < 60
    assert re.search(r"^data/curation.ttl +[0-9a-f]{64}$", zonegraph("status", "--digests").stdout, re.MULTILINE)


def test_status_lists_graphs_rules_and_engines(zonegraph) -> None:  # type: ignore[no-untyped-def]
    state = json.loads(zonegraph("status", "--format", "json").stdout)
    assert {"scm-sco", "prp-dom", "prp-rng", "prp-spo1", "prp-spo2", "prp-trp", "prp-symp"} <= set(
        state["rules"]["OWL 2 RL"]
    )
    assert {"cax-sco", "cax-eqc1", "cax-dw", "prp-fp", "eq-diff1", "prp-inv1", "prp-eqp1"} <= set(
        state["rules"]["OWL 2 RL"]
    )
    assert state["graphs"]["article/2021-02-24-china-daily"] > 0
    assert set(state["engines"]) >= {"pyoxigraph", "rdflib", "pyshacl", "owlrl", "SPARQLWrapper"}


def test_the_cache_is_emptied_on_request_and_nothing_else_is_touched(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The folder may be one in which a user keeps other things."""
    (tmp_path / "letter.txt").write_text("mine")
    for number in range(20):
        (tmp_path / f"folder-{number}").mkdir()
    zonegraph("query", ZONEGRAPH_CACHE=str(tmp_path))
    assert len(list(tmp_path.iterdir())) > 21
    assert zonegraph("status", "--clear-cache", ZONEGRAPH_CACHE=str(tmp_path)).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"letter.txt", *(f"folder-{n}" for n in range(20))}


def test_only_the_stores_used_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(cache, "_KEPT", 2)
    names = [f"{number:032x}" for number in range(4)]
    for age, name in enumerate(names):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / ".draft-abandoned").mkdir()
    os.utime(tmp_path / ".draft-abandoned", (0, 0))
    (tmp_path / "somebody-elses").mkdir()
    cache._prune(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {names[0], names[1], "somebody-elses"}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (["2021"], "2021-12-31"),
        (["2020-02"], "2020-02-29"),
        (["2021-02-24"], "2021-02-24"),
        (["2021-02-24T10:00:00"], "2021-02-24"),
        (["2021", "2021-02-24"], "2021-02-24"),  # they share a day: it is the better date
        (["2021-02-24", "2021-03"], "2021-03-31"),  # they share none: the later could be right
    ],
)
def test_the_latest_day_of_a_date_keeps_its_precision(stated: list[str], expected: str) -> None:
    spans = [dates.span(date) for date in stated]
    assert dates.latest_day(span for span in spans if span) == expected


@pytest.mark.parametrize("date", ["2021-13", "2021-02-30", "24 Feb 2021", ""])
def test_a_publication_date_that_is_none_is_refused_with_the_file(zonegraph, small: Path, date: str) -> None:  # type: ignore[no-untyped-def]
    file = small / "data" / "articles" / f"{ARTICLE}.ttl"
    file.write_text(file.read_text("utf-8").replace('zg:published "2021-03-26"', f'zg:published "{date}"'), "utf-8")
    result = zonegraph("query", "timeline", "--as-of", "2021-03-01", "--project", str(small))
    assert result.returncode == 2
    assert f'{ARTICLE}.ttl: "{date}" is not a date' in result.stderr


def test_what_is_said_about_a_transcription_counts_in_no_answer(dataset: Dataset) -> None:
    assert dataset.store.query(guard.judge("ASK { GRAPH ?g { ?o a zg:Omission } }")).value  # type: ignore[union-attr]
    assert not dataset.store.query(guard.judge("ASK { ?o a zg:Omission }")).value  # type: ignore[union-attr]


def test_the_footer_names_the_latest_date_and_counts_the_undated(golden_dataset: Dataset) -> None:
    from zonegraph.answers import queries

    assert queries.footer(golden_dataset.store) == ["data through 2021-03-26, from 5 articles (2 undated)"]


def test_each_row_cites_its_own_passages_and_each_citation_has_its_own_number(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "zone-places", "--cite").stdout
    rows, _, notes = shown.partition("\n\n")
    numbered = dict(re.findall(r"^\[(\d+)\] (.*)$", notes, re.MULTILINE))
    assert [int(n) for n in numbered] == list(range(1, len(numbered) + 1))
    for row in rows.splitlines()[2:]:
        cited = [numbered[n] for n in re.findall(r"\[(\d+)\]", row)]
        assert cited, row
        place = row.split()[1].rpartition("-")[2]
        assert all(place in text.lower().replace("binhai", "binhai") for text in cited), (row, cited)


def test_no_row_that_an_article_states_rests_on_a_conclusion(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "cities-of-both-ministries", "--cite", "--format", "json").stdout
    rows = [{k: b["value"] for k, b in row.items()} for row in json.loads(shown)["results"]["bindings"]]
    assert {row["certainty"] for row in rows} == {"stated", "inferred", "probable", "unclear", "title only"}
    for row in rows:
        assert ("conclusion-" in row["citations"]) == (row["certainty"] in {"probable", "title only"}), row


def test_a_row_is_cited_from_its_own_article_and_others_come_after(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "zone-places", "--cite", "--format", "json").stdout
    rows = [{k: b["value"] for k, b in row.items()} for row in json.loads(shown)["results"]["bindings"]]
    titles = {"article-2021-02-24-china-daily": "AI innovation areas", "article-2021-03-03-scio": "SCIO briefing"}
    several = [row for row in rows if "also: " in row["citations"]]
    assert several
    for row in rows:
        own, *also = re.split(r"(?m)^also: ", row["citations"])
        title = titles.get(row["article"].rpartition("/")[2])
        assert title is None or (title in own and not any(title in other for other in also)), row


def test_a_row_without_columns_is_shown(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert zonegraph("query", "-e", "SELECT * {}").stdout == "(1 row without columns)\n"


def test_a_phrase_becomes_an_evidence_line_that_holds(zonegraph, text_of: Callable[[str], str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text, folder = text_of("miit-second-batch"), str(tmp_path)
    (tmp_path / "text.txt").write_bytes(text.encode())
    (answer,) = json.loads(
        zonegraph("evidence", "find", "second batch of pilot zones", "--format", "json", "--articles", folder).stdout
    )
    (found,) = answer["places"]
    assert found["slug"] == "miit-second-batch"
    assert text[found["start"] : found["end"]] == "second batch of pilot zones"
    assert found["digest"] == hashlib.sha256(b"second batch of pilot zones").hexdigest()
    assert found["line"] == text[: found["start"]].count("\n") + 1
    line = zonegraph("evidence", "find", "second batch of pilot zones", "--articles", folder).stdout
    assert f'oa:start {found["start"]} ; oa:end {found["end"]} ; zg:digest "{found["digest"]}"' in line


def test_a_triple_without_a_passage_is_a_finding_at_its_line(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    file = small / "data" / "articles" / f"{ARTICLE}.ttl"
    file.write_text(
        file.read_text("utf-8") + '\nzgd:city-chengdu\n    zg:namedAs "Chengdu"@en .\nzgd:lonely\n    a zg:City .\n',
        "utf-8",
    )
    last = file.read_text("utf-8").count("\n")
    result = zonegraph("evidence", "check", "--project", str(small))
    assert result.returncode == 1
    assert f"{ARTICLE}.ttl:{last - 3}: violation [passage-missing] No statement about this" in result.stdout
    assert f"{ARTICLE}.ttl:{last - 1}: violation [passage-missing] No statement about this" in result.stdout
    assert "    at: zgd:lonely\n    remedy: add zg:evidence with" in result.stdout
    assert result.stdout.count("violation [") == 2  # the city has none either


def test_the_articles_verify(zonegraph, texts: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    import os

    result = zonegraph("evidence", "check", "--articles", os.environ["ZONEGRAPH_ARTICLES"], cwd=ROOT)
    assert result.returncode == 0, result.stdout
    assert result.stdout.startswith("conforms: ")
    assert "unchecked" not in result.stdout
    report = json.loads(
        zonegraph(
            "evidence", "check", "--format", "json", "--articles", os.environ["ZONEGRAPH_ARTICLES"], cwd=ROOT
        ).stdout
    )
    assert (report["unchecked"], report["findings"]) == ({}, [])
    assert {Path(name).stem for name in report["files"] if name.startswith("data/articles/")} == set(texts)


def test_as_of_answers_from_the_articles_published_by_then_inference_included(zonegraph) -> None:  # type: ignore[no-untyped-def]
    query = "SELECT DISTINCT ?zone ?by WHERE { ?zone zg:overseenBy ?by } ORDER BY ?zone"
    between = zonegraph("query", "-e", query, "--format", "csv", "--as-of", "2021-03-01")
    assert "zone-hangzhou-miit" in between.stdout, "inferred from the first article and its conclusions"
    assert "most" not in between.stdout, "the second article has no date, so nothing that rests on it is kept"
    assert "left out: hangzhou-draft-action-plan (its publication date is not known)" in between.stderr
    before = zonegraph("query", "-e", query, "--format", "csv", "--as-of", "2021-02-23")
    assert before.stdout == "zone,by\n"
    assert "left out: 2021-02-24-china-daily (updated 2021-02-24)" in before.stderr


def test_as_of_drops_conclusions_that_rest_on_what_is_left_out(golden_project: Project) -> None:
    dataset = build.open_dataset(golden_project, as_of="2021-03-01")
    held = dataset.store.ox.quads_for_pattern(None, ox.NamedNode(v.ZG + "runBy"), None, ox.NamedNode(v.CURATION_GRAPH))
    assert {quad.object.value.rpartition("-")[2] for quad in held} == {"miit", "mohrss"}  # type: ignore[union-attr]


def test_changing_a_file_changes_the_answer_even_if_size_and_time_stay(small: Path) -> None:
    import os

    def count() -> int:
        return len(
            list(
                build.open_dataset(sources.find(str(small))).store.ox.quads_for_pattern(
                    None, None, ox.Literal("China", language="en")
                )
            )
        )

    file = small / "data" / "reference" / "places.ttl"
    assert count() > 0
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b'"China"@en', b'"Chyna"@en'))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert count() == 0


def test_as_of_keeps_of_the_curation_what_conclusions_that_are_kept_rest_on(project_copy: Path) -> None:
    """As of 2021-03-01 the first article counts, and the one of the second batch, which has no date, does not."""
    with (project_copy / "data" / "curation.ttl").open("a", encoding="utf-8") as file:
        file.write(
            """
zgd:one a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "one" ; zg:restsOn zgd:article-2021-02-24-china-daily .
zgd:two a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "two" ; zg:restsOn zgd:article-miit-second-batch .
zgd:on-one a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "on one" ; zg:restsOn zgd:one .
zgd:on-two a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "on two" ; zg:restsOn zgd:two .
zgd:on-both a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "on both" ; zg:restsOn zgd:one, zgd:two .
zgd:described a zg:Conclusion ; zg:topic zgd:y ; zg:restsOn zgd:on-one .
zgd:undescribed a zg:Conclusion ; zg:topic zgd:x ; zg:restsOn zgd:on-two .
zgd:y zg:worded "by a conclusion that is kept" .
zgd:x zg:worded "by a conclusion that is left out" .
"""
        )
    dataset = build.open_dataset(sources.find(str(project_copy)), as_of="2021-03-01")

    def values(subject: str, predicate: str) -> set[str]:
        held = dataset.store.ox.quads_for_pattern(
            ox.NamedNode(v.ZGD + subject), ox.NamedNode(v.ZG + predicate), None, ox.NamedNode(v.CURATION_GRAPH)
        )
        return {quad.object.value for quad in held}  # type: ignore[union-attr]

    assert values("x", "note") == {"one", "on one"}
    kept = {name for name in ("one", "two", "on-one", "on-two", "on-both") if values(name, "topic")}
    assert kept == {"one", "on-one"}
    assert values("y", "worded") == {"by a conclusion that is kept"}
    assert values("x", "worded") == set(), "a conclusion that states one triple does not vouch for the rest"
