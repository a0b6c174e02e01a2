"""Below an answer stands how much of it is shown, what it rests on, and what it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import Command
from tests.sparql_server import serving
from zonegraph.answers import rows
from zonegraph.build import Dataset

MANY = "SELECT * { VALUES ?a { 1 2 3 4 5 6 7 8 9 10 11 } VALUES ?b { 1 2 3 4 5 6 7 8 9 10 11 } VALUES ?c { 1 2 3 4 5 6 7 8 9 10 11 } VALUES ?d { 1 2 3 4 5 6 7 8 9 10 11 } }"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["which-came-first"], "5 rows; "),
        (["which-came-first", "--limit", "3"], "3 of 5 rows; "),
        (["which-came-first", "--limit", "5"], "5 rows; "),
        (["-e", "SELECT ?x { VALUES ?x { 1 2 3 } } ORDER BY ?x", "--limit", "1"], "1 of 3 rows; "),
        (["-e", "SELECT ?x { VALUES ?x { 1 2 3 } }", "--sort=-x", "--limit", "1"], "1 of 3 rows; "),
        (
            ["-e", "SELECT ?x { VALUES ?x { 1 2 3 } }", "--limit", "1"],
            "1 row (--limit stopped there; there may be more)",
        ),
        (["-e", "SELECT ?x { VALUES ?x { 1 2 3 } }", "--limit", "4"], "3 rows; "),
        # What is sorted inside is not all that is done.
        (
            ["-e", "SELECT * { { SELECT ?x { VALUES ?x { 1 2 } } ORDER BY ?x } }", "--limit", "1"],
            "1 row (--limit stopped",
        ),
        (["-e", f"{MANY} ORDER BY ?a", "--limit", "2"], "2 of more than 10,000 rows; "),
        (["-e", f"{MANY} ORDER BY ?a", "--limit", "14641"], "14,641 rows (--limit stopped"),
        (["-e", "SELECT ?x { ?x a zg:None }"], "0 rows; "),
        (
            ["-e", "CONSTRUCT { ?z a zg:Zone } { ?z a zg:AIPilotZone }", "--limit", "2"],
            "2 triples (--limit stopped there",
        ),
        (["-e", "ASK {}"], "data through"),
    ],
)
def test_the_footer_says_how_many_of_how_many_rows_are_shown(
    zonegraph: Command, arguments: list[str], said: str
) -> None:
    errors = zonegraph("query", *arguments).stderr.splitlines()
    footer = next(line for line in errors if "data through" in line)
    assert footer.startswith(said)
    assert footer.endswith("data through 2021-03-26, from 5 articles (2 undated)")


def test_of_an_endpoint_the_rows_are_counted_without_another_request(zonegraph: Command, dataset: Dataset) -> None:
    with serving(dataset.store.ox) as (url, requests):
        done = zonegraph("query", "-e", "SELECT ?z { ?z a zg:AIPilotZone }", "--limit", "1", "--endpoint", url)
    assert re.search(r"^1 of \d\d rows; ", done.stderr, re.MULTILINE)
    assert sum("AIPilotZone" in request for request in requests) == 1


def test_a_saved_query_says_what_it_leaves_out(zonegraph: Command) -> None:
    errors = zonegraph("query", "which-came-first").stderr
    assert "leaves out: announcements, since only approvals and establishments count (see zone-acts)\n" in errors
    assert "leaves out" not in zonegraph("query", "-e", "ASK {}").stderr


def test_a_file_with_a_header_says_what_it_leaves_out(zonegraph: Command, tmp_path: Path) -> None:
    header = "#+ question: Q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n#+ leaves-out: [all but one]\n"
    (tmp_path / "q.rq").write_text(header + '#+ cite: ["?x a zg:Zone"]\nSELECT ?x { VALUES ?x { 1 } }', "utf-8")
    assert "leaves out: all but one\n" in zonegraph("query", str(tmp_path / "q.rq"), "--cite").stderr


def test_what_a_query_leaves_out_names_queries_that_there_are(dataset: Dataset) -> None:
    for saved in dataset.catalogue.values():
        for sentence in saved.leaves_out:
            for names in re.findall(r"\(see ([^)]*)\)", sentence):
                assert set(names.split(", ")) <= dataset.catalogue.keys(), sentence


def test_what_a_query_leaves_out_is_in_the_catalogue(zonegraph: Command) -> None:
    text = "SELECT ?note { GRAPH ?g { ?q dcterms:identifier 'quantities' ; skos:scopeNote ?note } }"
    assert "counts of lists (see lists-and-counts)" in zonegraph("query", "-e", text).stdout


@pytest.mark.parametrize("value", ["text", "{a: b}", "[[a]]"])
def test_what_is_left_out_is_a_list_of_texts(zonegraph: Command, tmp_path: Path, value: str) -> None:
    header = f"#+ question: Q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {{x: y}}\n#+ leaves-out: {value}\n"
    (tmp_path / "q.rq").write_text(header + "SELECT ?x { VALUES ?x { 1 } }", "utf-8")
    done = zonegraph("query", str(tmp_path / "q.rq"), "--cite")
    assert done.returncode == 2
    assert "q.rq:5: header: leaves-out: " in done.stderr


def test_the_order_of_a_query_inside_another_is_none_of_its_own() -> None:
    assert rows._is_ordered("SELECT ?x { ?x ?y ?z } ORDER BY ?x")
    assert not rows._is_ordered("SELECT ?x { { SELECT ?x { ?x ?y ?z } ORDER BY ?x } } # ORDER BY ?x")


def test_a_text_is_not_read_for_its_order_where_all_rows_are_given(
    zonegraph: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(rows, "_is_ordered", lambda text: bool(asked.append(text)))
    given = zonegraph("query", "timeline", "--format", "csv").stdout
    assert asked == []
    assert zonegraph("query", "timeline", "--format", "csv", "--limit", "2").stdout in given
    assert len(asked) == 1
