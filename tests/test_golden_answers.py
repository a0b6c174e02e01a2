"""The saved queries give the answers that a person reads in the articles; see tests/golden_answers.py."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.golden_answers import NAMES, answer, differences, fill_in, golden
from zonegraph import build, sources
from zonegraph.answers import citations, queries
from zonegraph.build import Dataset
from zonegraph.sources import Project


@pytest.mark.parametrize("name", NAMES)
def test_saved_query_gives_the_golden_answer(name: str, dataset: Dataset) -> None:
    missing, surplus = differences(name, dataset)
    assert not missing, f"read in the articles, not answered: {missing[:5]}; answered, not read: {surplus[:5]}"
    assert not surplus, f"answered, not read in the articles: {surplus[:5]}"


@pytest.mark.parametrize("name", NAMES)
def test_golden_rows_point_at_passages_that_carry_evidence(name: str, dataset: Dataset, texts: dict[str, str]) -> None:
    found = dataset.store.ox.query(
        """PREFIX zg: <https://w3id.org/zonegraph/ns#> PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?article ?start ?end { ?e zg:source ?article ; oa:start ?start ; oa:end ?end }"""
    )
    assert isinstance(found, ox.QuerySolutions)
    ranges: dict[str, list[tuple[int, int]]] = {}
    for row in found:
        slug = row["article"].value.partition("/id/article-")[2]  # type: ignore[union-attr]
        ranges.setdefault(slug, []).append((int(row["start"].value), int(row["end"].value)))  # type: ignore[union-attr]
    for see in golden(name)[2]:
        assert see, "every row says where to look"
        for place in see.split():
            if place in {"curation", "reference", "build"}:
                continue
            match = re.fullmatch(r"([\w-]+):(\d+)-(\d+)", place)
            assert match, place
            slug, start, end = match[1], int(match[2]), int(match[3])
            assert 0 <= start < end <= len(texts[slug]), place
            assert any(a < end and start < b for a, b in ranges[slug]), f"{place}: no evidence lies there"


def rests_on_the_build(name: str) -> bool:
    """Whether a query asks of graphs and queries: no article is the source of any row."""
    places = {place for see in golden(name)[2] for place in see.split()}
    return "build" in places <= {"build", "reference"}


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_query_explains_its_columns_cites_its_rows_and_orders_by_every_column(
    name: str, dataset: Dataset
) -> None:
    saved = dataset.catalogue[name]
    variables, _ = answer(name, dataset)
    assert list(saved.columns) == variables
    assert saved.cite or rests_on_the_build(name)
    order = saved.text[saved.text.rindex("ORDER BY") :]
    assert set(variables) <= set(re.findall(r"\?(\w+)", order))


@pytest.mark.parametrize("name", [name for name in NAMES if not rests_on_the_build(name)])
def test_every_row_of_a_saved_query_has_a_citation(name: str, project: Project, dataset: Dataset) -> None:
    question = queries.saved_question(dataset.catalogue[name], {}, dataset.store)
    result = queries.run(question, dataset.store)
    cited = citations.of_rows(question, result, dataset.store, lambda: build.program(project), None)
    assert cited is not None
    assert [row for row, texts in zip(result.rows, cited, strict=True) if not texts] == []  # type: ignore[union-attr]


def test_at_least_fifteen_saved_queries_have_a_row_that_rests_on_several_articles() -> None:
    def articles(see: str) -> set[str]:
        return {place.partition(":")[0] for place in see.split()} - {"curation", "reference", "build"}

    joined = [name for name in NAMES if any(len(articles(see)) > 1 for see in golden(name)[2])]
    assert len(joined) >= 15, joined


def test_no_two_of_at_least_thirty_saved_queries_are_alike_but_for_constants(dataset: Dataset) -> None:
    def shape(text: str) -> str:
        body = re.sub(r"^(#|PREFIX).*\n", "", text, flags=re.MULTILINE)
        return re.sub(r'"[^"]*"|\w+:\w+(-\w+)*|\d+', "_", re.sub(r"\?\w+", "?", body))

    shapes = {shape(saved.text): name for name, saved in dataset.catalogue.items()}
    assert len(shapes) == len(dataset.catalogue) >= 30


def test_a_golden_cell_of_words_is_met_by_an_answer_that_holds_them_and_each_answer_meets_one() -> None:
    rows = [["a", "either a hub or a place"], ["a", "no year is printed"], ["b", "either a hub or a place"]]
    expected = [["a", "~hub.*place"], ["a", "~hub"], ["b", "~year"]]
    fill_in(expected, rows)
    assert expected == [["a", "either a hub or a place"], ["a", "~hub"], ["b", "~year"]]


def derived_totals(project: Path) -> dict[str, list[str]]:
    _, rows = answer("derived-totals", build.open_dataset(sources.find(str(project))))
    return {" ".join(row[:2]): row[2:] for row in rows}


@pytest.mark.parametrize(("amount", "left"), [("5", ["8", "", "8", "0"]), ("8", ["8", "8", "", ""])])
def test_a_number_that_only_bounds_the_true_one_is_neither_summed_nor_compared(
    project_copy: Path, amount: str, left: list[str]
) -> None:
    key = "zgd:article-2021-03-03-scio zgd:programme-miit-ai-pilot-zones"
    before = derived_totals(project_copy)
    assert before[key] == ["8", "8", "8", "0"]
    file = project_copy / "data" / "articles" / "2021-03-03-scio.ttl"
    exact = f"zg:comparator zg:exactly ;\n    zg:amount {amount} ;"
    text = file.read_text(encoding="utf-8")
    assert text.count(exact) == 1
    file.write_text(text.replace(exact, exact.replace("exactly", "moreThan")), encoding="utf-8")
    assert derived_totals(project_copy) == before | {key: left}
