"""The commands do what their help says."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from zonegraph import build, sources
from zonegraph import vocabulary as v
from zonegraph.cli import COMMANDS, parser
from zonegraph.sources import Project
from zonegraph.version import VERSION


def test_version_is_printed(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert zonegraph("--version").stdout == f"zonegraph {VERSION}\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_a_help_text_with_exit_codes(zonegraph, command: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph(command, "--help")
    assert result.returncode == 0
    assert "Exit codes" in result.stdout


def test_preparing_one_command_changes_nothing_of_it() -> None:
    alone = parser("query").parse_args(["query", "timeline", "--limit", "3"])
    among_all = parser().parse_args(["query", "timeline", "--limit", "3"])
    assert alone == among_all


def test_the_saved_queries_are_listed_as_objects(zonegraph) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(zonegraph("query", "--format", "json").stdout)
    assert len(listed) >= 8
    assert all({"name", "question", "parameters", "columns", "tags"} <= set(entry) for entry in listed)


def test_show_prints_the_sparql_with_the_parameter_in_its_row(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "timeline", "-p", "kind=zg:Approval", "-p", "kind=Establishment", "--show").stdout
    assert f"VALUES ?kind {{ <{v.ZG}Approval> <{v.ZG}Establishment> }}" in shown


def test_several_values_of_a_parameter_are_alternatives(zonegraph) -> None:  # type: ignore[no-untyped-def]
    def kinds(*values: str) -> set[str]:
        pairs = [part for value in values for part in ("-p", f"kind={value}")]
        rows = csv.DictReader(io.StringIO(zonegraph("query", "timeline", *pairs, "--format", "csv").stdout))
        return {row["kind"].rpartition("#")[2] for row in rows}

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
    from zonegraph.formats import width

    lines = zonegraph("query", "programme-names").stdout.splitlines()
    column = width(lines[0][: lines[0].index("name")])
    for line in lines[2:]:
        start = next(i for i in range(len(line)) if width(line[:i]) == column)
        assert line[start - 2 : start].isspace()
        assert not line[start].isspace()


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
    assert re.search(r"informed up to \d{4}-\d\d-\d\d; rests on \d+ articles", errors)


def test_other_sparql_text_has_no_citation(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert "no citation defined" in zonegraph("query", "-e", "SELECT * { ?s zg:inBatch ?b }", "--cite").stderr


def test_a_citation_names_article_publisher_date_range_and_words(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("query", "cities-of-both-ministries", "--cite").stdout
    assert re.search(
        r"“AI innovation areas slated for construction”, China Daily, 2021-02-24, characters \d+–\d+, printed “", shown
    )
    assert "curation: zgd:conclusion-" in shown
    assert "reference/places: " in shown


def test_a_citation_shows_the_passage_where_the_text_is_at_hand(zonegraph, texts: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    import os

    shown = zonegraph("explain", "zgd:batch-miit-2 zg:ordinal 2", "--articles", os.environ["ZONEGRAPH_ARTICLES"]).stdout
    match = re.search(r"characters (\d+)–(\d+).*: “(.*)”", shown)
    assert match
    assert texts["2021-02-24-china-daily"][int(match[1]) : int(match[2])] == match[3]


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
    assert {p["rule"] for p in inferred[0]["premises"]} == {"prp-spo2", "cax-sco"}


def test_a_thing_is_found_by_its_english_and_its_chinese_name(zonegraph) -> None:  # type: ignore[no-untyped-def]
    for name in ("Binhai New Area", "binhai new", "滨海新区", "滨海"):
        assert re.search(r"^zgd:district-binhai +zg:District ", zonegraph("find", name).stdout, re.MULTILINE)


def test_status_lists_graphs_rules_and_engines(zonegraph) -> None:  # type: ignore[no-untyped-def]
    state = json.loads(zonegraph("status", "--format", "json").stdout)
    assert {"scm-sco", "prp-dom", "prp-rng", "prp-spo1", "prp-spo2", "prp-trp", "prp-symp"} <= set(
        state["rules"]["OWL 2 RL"]
    )
    assert {"cax-sco", "cax-eqc1", "cax-dw", "prp-fp", "eq-diff1", "prp-inv1", "prp-eqp1"} <= set(
        state["rules"]["OWL 2 RL"]
    )
    assert state["graphs"]["article/2021-02-24-china-daily"] > 1000
    assert set(state["engines"]) >= {"pyoxigraph", "rdflib", "pyshacl", "owlrl", "SPARQLWrapper"}


def test_the_cache_is_emptied_on_request(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    zonegraph("query", ZONEGRAPH_CACHE=str(tmp_path))
    assert list(tmp_path.iterdir())
    assert zonegraph("status", "--clear-cache", ZONEGRAPH_CACHE=str(tmp_path)).returncode == 0
    assert not list(tmp_path.iterdir())


def test_as_of_answers_from_the_articles_published_by_then_inference_included(zonegraph) -> None:  # type: ignore[no-untyped-def]
    query = "SELECT DISTINCT ?zone ?by WHERE { ?zone zg:overseenBy ?by } ORDER BY ?zone"
    between = zonegraph("query", "-e", query, "--format", "csv", "--as-of", "2021-03-01")
    assert "zone-hangzhou-miit" in between.stdout, "inferred from the first article and its conclusions"
    assert "most" not in between.stdout, "the second article has no date, so nothing that rests on it is kept"
    assert "left out: hangzhou-draft-action-plan (its date of publication is not known)" in between.stderr
    before = zonegraph("query", "-e", query, "--format", "csv", "--as-of", "2021-02-23")
    assert before.stdout == "zone,by\n"
    assert "left out: 2021-02-24-china-daily (published 2021-02-24)" in before.stderr


def test_as_of_drops_conclusions_that_rest_on_what_is_left_out(project: Project) -> None:
    dataset = build.open_dataset(project, as_of="2021-03-01")
    held = dataset.store.ox.quads_for_pattern(None, ox.NamedNode(v.ZG + "runBy"), None, ox.NamedNode(v.CURATION_GRAPH))
    assert {quad.object.value.rpartition("-")[2] for quad in held} == {"miit", "mohrss"}  # type: ignore[union-attr]


def test_changing_a_file_changes_the_answer_even_if_size_and_time_stay(project_copy: Path) -> None:
    import os

    def count() -> int:
        return len(
            list(
                build.open_dataset(sources.find(str(project_copy))).store.ox.quads_for_pattern(
                    None, None, ox.Literal("China", language="en")
                )
            )
        )

    file = project_copy / "data" / "reference" / "places.ttl"
    assert count() > 0
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b'"China"@en', b'"Chyna"@en'))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert count() == 0
