"""Answers as plain data: the rows, certainty and sources of the command line, part by part, within a length."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest

from tests.conftest import Command
from zonegraph import evidence
from zonegraph.answers import as_data, citations, queries
from zonegraph.answers.as_data import Known, Part
from zonegraph.build import Dataset, graphs
from zonegraph.errors import UsageError
from zonegraph.project.sources import Project
from zonegraph.store.remembering import RememberingStore

ALL = Part(0, 10_000, 10**8)


@pytest.fixture(scope="module")
def known(golden_project: Project, golden_dataset: Dataset) -> Known:
    store = RememberingStore(golden_dataset.store.ox)
    return Known(store, golden_dataset.catalogue, lambda: graphs.program(golden_project), [])


def rows(known: Known, name: str, part: Part = ALL, certainty: str = "", **values: str) -> dict[str, Any]:
    return as_data.of_question(known, name, {key: [value] for key, value in values.items()}, part, certainty)


@pytest.fixture(scope="module")
def first(known: Known) -> dict[str, dict[str, Any]]:
    """The first rows of every saved query."""
    return {name: rows(known, name, Part(0, 3, 10**6)) for name in known.saved}


def test_every_saved_query_has_the_rows_of_the_command_line_and_a_citation_where_that_has_one(
    known: Known, first: dict[str, dict[str, Any]]
) -> None:
    for name, query in known.saved.items():
        data = first[name]
        question = queries.saved_question(query, {}, known.store)
        answer = known.store.query(question.query)
        assert data["total"] == len(answer.rows), name  # type: ignore[union-attr]
        shown = answer._replace(rows=answer.rows[:3])  # type: ignore[union-attr]
        expected = [
            {key: as_data._value(t) for key, t in zip(shown.variables, row, strict=True) if t is not None}
            for row in shown.rows
        ]
        assert [row["values"] for row in data["rows"]] == expected, name
        cited = citations.sources_of_rows(question, shown, known.store, known.program)
        for row, sources in zip(data["rows"], cited or [[]] * len(expected), strict=True):
            assert bool(row.get("cited")) == bool(sources), (name, row)
            assert {number for key in ("cited", "also") for number in row.get(key, ())} <= {
                c["id"] for c in data.get("citations", ())
            }
            assert set(row.get("inferred", ())) <= {i["id"] for i in data.get("inferences", ())}
        assert all("article" not in c or c["article"] in data["articles"] for c in data.get("citations", ())), name


def test_a_row_is_as_certain_as_the_query_says(known: Known) -> None:
    data = rows(known, "timeline")
    assert {row["certainty"] for row in data["rows"]} > {"stated"}
    assert all(row["certainty"] == row["values"]["certainty"] for row in data["rows"])


def test_only_rows_that_reach_a_degree_of_certainty_are_given(known: Known) -> None:
    every = rows(known, "timeline")["rows"]
    degrees = ["stated", "inferred", "concluded", "probable", "unclear", "title only"]
    for place, degree in enumerate(degrees):
        reached = rows(known, "timeline", certainty=degree)["rows"]
        assert [r["values"] for r in reached] == [
            r["values"] for r in every if degrees.index(r["certainty"]) <= place
        ], degree
    # Of these rows nobody knows the certainty: it reaches no degree.
    unknown = [r for r in rows(known, "which-came-first")["rows"] if "certainty" not in r]
    assert unknown
    reached = rows(known, "which-came-first", certainty="title only")["rows"]
    assert not [r for r in unknown if r in reached]
    with pytest.raises(UsageError, match="did you mean stated\\? from the most certain there are: stated, inferred"):
        rows(known, "timeline", certainty="statd")
    with pytest.raises(UsageError, match="its rows have no certainty"):
        rows(known, "graph-contents", certainty="stated")


def test_rows_of_a_question_that_gives_no_certainty_have_none(known: Known) -> None:
    data = rows(known, "unclear-readings")
    assert data["rows"]
    assert not [row for row in data["rows"] if "certainty" in row]
    assert [note for note in data["notes"] if "gives no certainty" in note]


def test_all_rows_are_sorted_and_judged_by_certainty_however_many_are_counted(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = rows(known, "timeline")["rows"]
    certain = rows(known, "timeline", certainty="inferred")["total"]
    monkeypatch.setattr(as_data, "_MOST", 5)
    few = Part(0, 3, 10**6)
    assert rows(known, "timeline", few)["total"] == "more than 5"
    assert rows(known, "timeline", few, certainty="inferred")["total"] == certain
    last = as_data.of_question(known, "timeline", {}, few, sort=["-latest"])
    assert last["total"] == len(every)
    assert last["rows"][0]["values"]["latest"] == max(r["values"].get("latest", "") for r in every)
    beyond = rows(known, "timeline", Part(10, 3, 10**6))
    assert [r["values"] for r in beyond["rows"]] == [r["values"] for r in every[10:13]]


def test_the_parts_of_an_answer_are_the_whole(known: Known) -> None:
    every = rows(known, "timeline")
    assert "next" not in every
    assert "cut" not in every
    found, offset = [], 0
    while True:
        data = rows(known, "timeline", Part(offset, 10, 6_000))
        assert data["rows"]
        assert len(json.dumps(data, ensure_ascii=False)) < 8_000
        found += [row["values"] for row in data["rows"]]
        assert data["total"] == every["total"]
        if "next" not in data:
            break
        assert data["next"] == len(found)
        assert (len(data["rows"]) < 10) == ("cut" in data)
        offset = data["next"]
    assert found == [row["values"] for row in every["rows"]]


def test_what_is_left_out_for_its_length_leaves_no_citation_behind(known: Known) -> None:
    data = rows(known, "timeline", Part(0, 10, 4_000))
    assert data["cut"] == "characters"
    used = {n for row in data["rows"] for key in ("cited", "also") for n in row.get(key, ())}
    assert {c["id"] for c in data["citations"]} == used
    assert {c["article"] for c in data["citations"] if "article" in c} == set(data["articles"])


def test_a_long_value_is_cut_and_says_so() -> None:
    assert as_data._value(ox.Literal("x" * 1_000)) == "x" * 1_000
    assert as_data._value(ox.Literal("x" * 1_005)) == "x" * 1_000 + "… (5 characters more)"


def test_defaults_and_empty_answers_are_told(known: Known) -> None:
    query = next(q for q in known.saved.values() if any(queries.narrowed(p) for p in q.parameters))
    notes = rows(known, query.name)["notes"]
    assert any("its default" in note for note in notes), notes
    nothing = rows(known, "zone-acts", zone="zgd:zone-hefei-most", article="zgd:article-miit-second-batch")
    assert nothing["total"] == 0
    assert "no rows: the graph does not have it, which does not mean that it is not so" in nothing["notes"]


def test_an_article_is_shown_as_by_the_command(known: Known, zonegraph: Command) -> None:
    for slug in ("miit-second-batch", "2021-02-24-china-daily"):
        data = as_data.of_article(known, slug, ALL)
        listed = json.loads(zonegraph("article", slug, "--format", "json").stdout)
        assert sorted(
            (r["start"], r["end"], r.get("omitted", ""), len(r.get("statements", ())), r.get("asPrinted", ""))
            for r in data["ranges"]
        ) == sorted((e["start"], e["end"], e["reason"], len(e["statements"]), e["as_printed"]) for e in listed)
    with pytest.raises(UsageError, match="did you mean miit-second-batch"):
        as_data.of_article(known, "miit-second-bach", ALL)


def test_the_articles_are_listed_as_by_the_command(known: Known, zonegraph: Command) -> None:
    listed = json.loads(zonegraph("article", "--format", "json").stdout)
    data = as_data.of_articles(known, ALL)
    assert [(a["article"], a["statements"]) for a in data["articles"]] == [
        (f"zgd:article-{a['slug']}", a["statements"]) for a in listed
    ]


def test_a_triple_is_explained_down_to_what_is_stated(known: Known) -> None:
    data = as_data.of_statement(known, "zgd:zone-tianjin-miit zg:inCity zgd:municipality-tianjin", ALL)
    (statement,) = data["statements"]
    assert statement["statement"] == "zgd:zone-tianjin-miit zg:inCity zgd:municipality-tianjin"
    drawn = {i["statement"]: i for i in data["inferences"]}
    assert drawn[statement["statement"]]["rule"] == "zone-city"
    assert "zgd:zone-tianjin-miit zg:liesWithin zgd:municipality-tianjin" in drawn  # a premise is explained too
    assert all({"start", "end", "basis"} <= c.keys() for c in data["citations"] if "article" in c)


def test_a_thing_is_explained_statement_by_statement_and_what_is_inferred_comes_last(known: Known) -> None:
    data = as_data.of_statement(known, "zgd:zone-tianjin-miit", ALL)
    assert data["total"] == len(data["statements"])
    assert data["statements"][0]["statement"] == "zgd:zone-tianjin-miit a zg:AIPilotZone"
    assert all(s.get("cited") for s in data["statements"])
    assert data["pointing"][0]["questions"]


def test_each_question_of_a_page_has_its_first_rows_however_short_the_page(known: Known) -> None:
    data = as_data.of_thing(known, "zone", "zgd:zone-hangzhou-miit", Part(0, 3, 5_000))
    assert data["thing"] == "zgd:zone-hangzhou-miit"
    assert all(bool(s["rows"]) == bool(s["total"]) for s in data["sections"])
    assert all("zone" not in row["values"] for s in data["sections"] for row in s["rows"])
    whole = as_data.of_thing(known, "zone", "zgd:zone-hangzhou-miit", Part(0, 3, 10**6))
    assert sum(len(s["rows"]) for s in whole["sections"]) > sum(len(s["rows"]) for s in data["sections"])
    with pytest.raises(UsageError, match="there are: zone"):
        as_data.of_thing(known, "town", "x", ALL)


def test_the_model_tells_each_term_once(known: Known) -> None:
    data = as_data.of_model(known, ALL)
    names = [term["term"] for term in data["terms"]]
    assert len(names) == len(set(names)) == data["total"]
    assert {"zg:Article", "zg:inBatch", "zg:stated"} <= set(names)
    assert all(term["definition"] for term in data["terms"])


def test_no_passage_of_a_text_is_in_an_answer(
    known: Known, first: dict[str, dict[str, Any]], texts: dict[str, str]
) -> None:
    """Only what the graph holds: words as printed are short, so that of a long stretch of text nothing is met."""
    told = [
        *first.values(),
        as_data.of_article(known, "miit-second-batch", ALL),
        as_data.of_statement(known, "zgd:ministry-miit", ALL),
    ]
    written = json.dumps(told, ensure_ascii=False)
    for text in texts.values():
        assert not [start for start in range(0, len(text) - 200, 100) if text[start : start + 200] in written]


def test_what_articles_there_are_is_worked_out_once_and_queries_are_evaluated_each_time(
    golden_dataset: Dataset,
) -> None:
    store = RememberingStore(golden_dataset.store.ox)
    assert evidence.articles(store) is evidence.articles(store)
    assert evidence.articles(store) == evidence.articles(golden_dataset.store)
    assert evidence.articles(golden_dataset.store) is not evidence.articles(golden_dataset.store)
    query = queries.saved_question(golden_dataset.catalogue["articles"], {}, store).query
    assert store.query(query) is not store.query(query)
