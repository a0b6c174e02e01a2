"""The saved queries give the answers that a person reads in the articles; see tests/golden_answers.py."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT, copy_project
from tests.golden_answers import ARTICLES, GOLDEN, NAMES, answer, differences, fill_in, golden, result_of
from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.answers import citations, queries
from zonegraph.answers.citations import Source
from zonegraph.build import Dataset, graphs
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.store import Bindings, Triples
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import Query
from zonegraph.terms import plain


@pytest.mark.parametrize("name", NAMES)
def test_saved_query_gives_the_golden_answer(name: str, dataset_of: Callable[[str], Dataset]) -> None:
    missing, surplus = differences(name, dataset_of(name))
    assert not missing, f"read in the articles, not answered: {missing[:5]}; answered, not read: {surplus[:5]}"
    assert not surplus, f"answered, not read in the articles: {surplus[:5]}"


def test_the_things_that_the_golden_files_know_are_those_of_the_reference_data_or_fewer(project: Project) -> None:
    described = {plain(t.subject) for file in project.reference for t in graphs.load(file)}
    assert set((GOLDEN / "reference.txt").read_text("utf-8").split()) <= described
    assert set(ARTICLES) <= {sources.slug(file) for file in project.articles}


@pytest.fixture(scope="module")
def ranges(golden_dataset: Dataset) -> dict[str, list[tuple[int, int]]]:
    """Where the evidence of each article lies, by slug."""
    found = golden_dataset.store.ox.query(
        """PREFIX zg: <https://w3id.org/zonegraph/ns#> PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?article ?start ?end { ?e zg:source ?article ; oa:start ?start ; oa:end ?end }"""
    )
    assert isinstance(found, ox.QuerySolutions)
    by_slug: dict[str, list[tuple[int, int]]] = {}
    for row in found:
        slug = row["article"].value.partition("/id/article-")[2]  # type: ignore[union-attr]
        by_slug.setdefault(slug, []).append((int(row["start"].value), int(row["end"].value)))  # type: ignore[union-attr]
    return by_slug


@pytest.mark.parametrize("name", NAMES)
def test_golden_rows_point_at_passages_that_carry_evidence(
    name: str, ranges: dict[str, list[tuple[int, int]]], text_of: Callable[[str], str]
) -> None:
    for see in golden(name)[2]:
        assert see, "every row says where to look"
        for place in see.split():
            if place in {"curation", "reference", "build"}:
                continue
            match = re.fullmatch(r"([\w-]+):(\d+)-(\d+)", place)
            assert match, place
            slug, start, end = match[1], int(match[2]), int(match[3])
            assert 0 <= start < end <= len(text_of(slug)), place
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


ASKED = [name for name in NAMES if not rests_on_the_build(name)]

# Queries with rows where no citation lies in an article that the `see` column names, and why.
READ_ELSEWHERE = {
    "known-from-titles": "of the fuller article a row says only that it tells more; what it tells is not the row's",
    "undated-articles": "a row counts the zones that two articles share; that each is a zone need have no passage of its own",
}
# Columns that hold things or dates which no item of `cite:` speaks of, beside articles, and why.
SHOWN_NOT_CITED = {
    "articles": {"countsFrom"},  # the last day of a date that is cited
    "best-dates": {"first", "last"},  # the days that all dates share
    "conclusions": {"by", "on", "sureness"},  # a conclusion is its own source, and shows what it says of itself
    "deadlines": {"due"},  # the last day of the deadline
    "first-reported": {"since"},  # the earliest of several dates
    "quantities": {"start", "end"},  # the first and the last day of the period
    "timeline": {"earliest", "latest"},  # the bounds of the date
    "undated-articles": {"date"},  # the last day of a date that is cited
    "zones-per-authority": {"earliestPossible", "latestPossible"},  # the bounds of several dates
    "zones-without-a-sector": {"sector"},  # what no article says
}


def cited_rows(name: str, dataset: Dataset) -> list[tuple[list[str], list[Source]]]:
    """Return each row of a query's answer as text, with the sources that it is cited with."""
    question, result = result_of(name, dataset)
    cited = citations.sources_of_rows(question, result, dataset.store, lambda: graphs.program(dataset.project))
    assert cited is not None
    return list(zip([[plain(term) for term in row] for row in result.rows], cited, strict=True))


def article_of(source: Source) -> str:
    return source.graph.rpartition("/")[2]


def overlaps(source: Source, place: re.Match[str]) -> bool:
    passage = source.passage
    return (
        passage is not None
        and article_of(source) == place[1]
        and passage.start < int(place[3])
        and int(place[2]) < passage.end
    )


def read_elsewhere(name: str, cited: list[tuple[list[str], list[Source]]]) -> list[str]:
    """Return the golden rows of which an article tells where to look, and no citation lies there.

    A citation of what the curator concludes from the article counts as one, since it names the article.
    """
    _, expected, sees = golden(name)
    wild = {
        i for row in expected for i, value in enumerate(row) if value == "*"
    }  # as golden_answers.differences has it

    def known(row: list[str]) -> list[str]:
        return ["*" if i in wild else value for i, value in enumerate(row)]

    found = []
    fill_in(expected, [row for row, _ in cited])
    for row, see in zip(expected, sees, strict=True):
        sources = [s for answered, sources in cited if known(answered) == known(row) for s in sources]
        places = list(re.finditer(r"(\S+):(\d+)-(\d+)", see))
        for slug in sorted({place[1] for place in places}):
            there = any(overlaps(s, place) for s in sources for place in places if place[1] == slug)
            if not there and not any(f"article-{slug}" in s.note for s in sources):
                found.append(f"{slug}: {row}")
    return found


@pytest.mark.parametrize("name", ASKED)
def test_every_row_of_a_saved_query_is_cited_in_each_article_in_which_it_is_read(
    name: str, dataset_of: Callable[[str], Dataset]
) -> None:
    cited = cited_rows(name, dataset_of(name))
    assert [row for row, sources in cited if not sources] == []
    missing = read_elsewhere(name, cited)
    assert bool(missing) == (name in READ_ELSEWHERE), missing[:5]


@pytest.mark.parametrize("name", ASKED)
def test_every_thing_and_date_that_a_row_shows_is_spoken_of_under_cite(name: str, golden_dataset: Dataset) -> None:
    question, result = result_of(name, golden_dataset)
    shown = {
        variable
        for i, variable in enumerate(result.variables)
        for row in result.rows
        if isinstance(row[i], ox.NamedNode) or re.search(r"#(date|gYear)", str(getattr(row[i], "datatype", "")))
    }
    spoken = set(re.findall(r"\?(\w+)", " ".join(question.saved.cite)))  # type: ignore[union-attr]
    silent = {variable for variable in shown - spoken if not variable.lower().endswith("article")}
    assert silent == SHOWN_NOT_CITED.get(name, set())


def test_an_unclear_reading_is_cited_with_its_own_passage_and_no_other(golden_dataset: Dataset) -> None:
    cited = cited_rows("unclear-readings", golden_dataset)
    ranges = {tuple(row[:3]): {(s.passage.start, s.passage.end) for s in found if s.passage} for row, found in cited}
    batch = "zgd:list-2021-02-24-china-daily-batch-1"  # its other members have passages of their own
    assert ranges[batch, "zg:member", "Shandong province"] == {(570, 587)}
    for row, found in cited:
        passages = {s.passage.iri for s in found if s.passage}
        assert passages, row
        assert {s.passage.basis for s in found if s.passage} == {"unclear"}, row


ACTS = """
@prefix zg: <https://w3id.org/zonegraph/ns#> . @prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> . @prefix g: <https://w3id.org/zonegraph/graph/article/> .
g:a {
  zgd:act-1 a zg:Announcement ; zg:concerns zgd:zone ; zg:evidence zgd:e1 .
  zgd:e1 oa:start 1 ; oa:end 2 ; zg:digest "" .
  zgd:act-2 a zg:Announcement ; zg:concerns zgd:zone ; zg:date "2021"^^<http://www.w3.org/2001/XMLSchema#gYear> ; zg:evidence zgd:e2 .
  zgd:e2 oa:start 3 ; oa:end 4 ; zg:digest "" .
  zgd:act-3 a zg:Announcement ; zg:concerns zgd:zone ; zg:performedBy zgd:body ; zg:evidence zgd:e3 .
  zgd:e3 oa:start 5 ; oa:end 6 ; zg:digest "" .
}
"""


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({}, {1, 3, 5}),
        ({"date": ox.Literal("2021", datatype=ox.NamedNode(v.XSD + "gYear"))}, {3}),
        ({"by": ox.NamedNode(v.ZGD + "body")}, {5}),
    ],
)
def test_an_act_is_cited_by_what_its_row_shows(
    dataset: Dataset, shown: dict[str, ox.Literal], expected: set[int]
) -> None:
    store = ox.Store()
    store.load(ACTS.encode(), format=ox.RdfFormat.TRIG)
    for quad in list(store):
        store.add(ox.Quad(*quad.triple))
    graph, article = ox.NamedNode(v.ARTICLE_GRAPH + "a"), ox.NamedNode(v.ZGD + "article-a")
    store.add(ox.Quad(graph, ox.NamedNode(v.ZG + "transcribes"), article))
    row = {"zone": ox.NamedNode(v.ZGD + "zone"), "kind": ox.NamedNode(v.ZG + "Announcement"), **shown}
    saved = dataset.catalogue["zone-history"]
    answered = Bindings(list(saved.columns), [tuple(row.get(column) for column in saved.columns)])
    question = queries.Question(saved.text, saved)
    (sources,) = citations.sources_of_rows(question, answered, EmbeddedStore(store), lambda: pytest.fail("inferred"))  # type: ignore[misc]
    assert {s.passage.start for s in sources if s.passage} == expected


@pytest.mark.parametrize("name", ["documents", "zone-acts"])
def test_citations_are_the_same_whatever_order_the_store_answers_in(
    name: str, project: Project, dataset: Dataset
) -> None:
    class Shuffled:
        """A store whose triples come in another order each time."""

        local = dataset.store.local

        def query(self, query: Query, **options: object):  # type: ignore[no-untyped-def]
            answer = dataset.store.query(query, **options)  # type: ignore[arg-type]
            return (
                answer._replace(triples=random.sample(answer.triples, len(answer.triples)))
                if isinstance(answer, Triples)
                else answer
            )

    question, result = result_of(name, dataset)
    first, second = (
        citations.of_rows(question, result, store, lambda: graphs.program(project), None)
        for store in (dataset.store, Shuffled())
    )
    assert first == second


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


@pytest.mark.parametrize(
    ("amount", "left"), [("5", ["8", "", "8", "", "0", "inferred"]), ("8", ["8", "8", "", "", "", "inferred"])]
)
def test_a_number_that_only_bounds_the_true_one_is_neither_summed_nor_compared(
    tmp_path: Path, amount: str, left: list[str]
) -> None:
    folder = copy_project(tmp_path / "project", "2021-03-03-scio")
    shutil.copy(ROOT / "queries" / "derived-totals.rq", folder / "queries")
    key = "zgd:article-2021-03-03-scio zgd:programme-miit-ai-pilot-zones"
    before = derived_totals(folder)
    assert before[key] == ["8", "8", "8", "0", "0", "inferred"]
    file = folder / "data" / "articles" / "2021-03-03-scio.ttl"
    exact = f"zg:comparator zg:exactly ;\n    zg:amount {amount} ;"
    text = file.read_text(encoding="utf-8")
    assert text.count(exact) == 1
    file.write_text(text.replace(exact, exact.replace("exactly", "moreThan")), encoding="utf-8")
    assert derived_totals(folder) == before | {key: left}
