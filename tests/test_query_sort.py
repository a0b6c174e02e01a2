"""`--sort` and `--columns`: rows in another order, columns chosen, in every format, on the command line and in Python."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import pytest

import zonegraph as package
from tests.command import Command
from zonegraph.errors import UsageError

MIXED = """SELECT ?n ?x { VALUES (?n ?x) {
  (1 "b") (2 UNDEF) (3 10) (4 9.5) (5 "2021-03"^^xsd:gYearMonth) (6 "2021"^^xsd:gYear) (7 "2021-02-24"^^xsd:date)
  (8 zg:Zone) (9 "a"@en) (10 "2021-03-01"^^xsd:date) (11 9.5e0) } }"""


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def order(zonegraph: Command, sort: str) -> list[str]:
    done = zonegraph("query", "-e", MIXED, f"--sort={sort}", "--columns", "n", "--format", "csv")
    assert done.returncode == 0, done.stderr
    return [row[0] for row in rows(done.stdout)]


def test_rows_are_sorted_by_value_with_blanks_last(zonegraph: Command) -> None:
    # A thing, numbers by value, dates by their first day and of two with one first day the more precise, text, a blank.
    assert order(zonegraph, "x") == ["8", "4", "11", "3", "6", "7", "10", "5", "9", "1", "2"]


def test_a_minus_sorts_the_other_way_and_leaves_blanks_last(zonegraph: Command) -> None:
    assert order(zonegraph, "-x") == ["1", "9", "5", "10", "7", "6", "3", "4", "11", "8", "2"]


def test_the_second_column_sorts_what_is_alike_in_the_first(zonegraph: Command) -> None:
    done = zonegraph("query", "zone-acts", "--sort", "-date,zone", "--columns", "date,zone", "--format", "csv")
    shown = rows(done.stdout)
    dated = [row for row in shown if row[0]]
    assert shown[len(dated) :] == [row for row in shown if not row[0]]
    assert dated[0][0] == "2021-03-24"
    for before, after in itertools.pairwise(shown):
        assert before[0] != after[0] or before[1] <= after[1]


def test_a_descending_column_may_stand_after_the_option(zonegraph: Command) -> None:
    apart = zonegraph("query", "quantities", "--sort", "-amount")
    assert apart.returncode == 0, apart.stderr
    assert apart.stdout == zonegraph("query", "quantities", "--sort=-amount").stdout
    # What is an option stays one.
    assert "--sort: expected one argument" in zonegraph("query", "quantities", "--sort", "-pabout=x").stderr


def test_the_limit_counts_after_sorting(zonegraph: Command) -> None:
    done = zonegraph(
        "query", "quantities", "--sort", "-amount", "--limit", "1", "--columns", "amount", "--format", "csv"
    )
    assert rows(done.stdout) == [["204800000000"]]


def test_citations_stay_with_their_rows(zonegraph: Command) -> None:
    def cited(*options: str) -> list[tuple[str, str]]:
        text = zonegraph("query", "zone-acts", "--cite", "--format", "csv", *options).stdout
        return [(row["zone"], row["citations"]) for row in csv.DictReader(io.StringIO(text))]

    whole: dict[str, set[str]] = {}
    for zone, lines in cited():
        whole.setdefault(zone, set()).update(line.removeprefix("also: ") for line in lines.splitlines())
    chosen = cited("--sort=-zone", "--columns", "zone")
    assert [zone for zone, _ in chosen] == sorted(whole, reverse=True)
    for zone, lines in chosen:
        assert {line.removeprefix("also: ") for line in lines.splitlines()} == whole[zone]


@pytest.mark.parametrize("format", ["table", "csv"])
def test_rows_that_are_alike_in_the_chosen_columns_are_shown_once_and_counted(zonegraph: Command, format: str) -> None:
    text = "SELECT ?a ?b { VALUES (?a ?b) { (1 1) (1 2) (2 1) } } ORDER BY ?a ?b"
    done = zonegraph("query", "-e", text, "--columns", "a", "--format", format)
    assert [line for line in done.stdout.splitlines() if line in ("1", "2")] == ["1", "2"]
    assert "3 rows, 2 of them different in these columns; data through" in done.stderr
    assert "different" not in zonegraph("query", "-e", text, "--columns", "b,a").stderr
    # What a query itself gives twice, its writer wants twice.
    twice = zonegraph("query", "-e", "SELECT ?a { VALUES ?a { 1 1 } }", "--format", "csv")
    assert rows(twice.stdout) == [["1"], ["1"]]


@pytest.mark.parametrize("format", ["table", "csv", "tsv", "json", "xml", "md"])
def test_every_format_has_the_chosen_columns_in_their_order(zonegraph: Command, format: str) -> None:
    shown = zonegraph("query", "zone-names", "--columns", "name,zone", "--format", format).stdout
    assert "article" not in shown.replace("id/article", "")
    assert 0 <= shown.index("name") < shown.index("zone", shown.index("name"))
    if format == "json":
        assert json.loads(shown)["head"]["vars"] == ["name", "zone"]


def test_an_own_file_is_sorted_too(zonegraph: Command, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text("SELECT ?x { VALUES ?x { 2 10 1 } }", "utf-8")
    shown = zonegraph("query", str(tmp_path / "q.rq"), "--sort", "x", "--format", "csv").stdout
    assert rows(shown) == [["1"], ["2"], ["10"]]


@pytest.mark.parametrize("option", ["--sort", "--columns"])
def test_an_unknown_column_is_met_with_the_nearest_name(zonegraph: Command, option: str) -> None:
    done = zonegraph("query", "zone-acts", option, "zone,wordd")
    assert done.returncode == 2
    assert (
        f"{option[2:]} wordd: the answer has no such column\n  did you mean worded? its columns are: zone, act, kind"
        in (done.stderr)
    )


def test_python_sorts_and_chooses_columns() -> None:
    with package.open() as graph:
        result = graph.query("quantities", sort=["-amount", "quantity"], columns=["amount", "unit"], limit=2, cite=True)
        assert result.columns == ["amount", "unit"]
        amounts = [row["amount"] for row in result]
        assert amounts == sorted(amounts, reverse=True)  # type: ignore[type-var]
        assert len(result.citations or []) == 2
        assert list(graph.query("quantities", sort="-amount", columns="amount,unit", limit=2)) == list(result)
        for wrong in ({"sort": 3}, {"columns": [1]}, {"sort": "amont"}, {"columns": ["unit", "unit"]}):
            with pytest.raises(UsageError, match=r"sort|columns"):
                graph.query("quantities", **wrong)  # type: ignore[arg-type]
