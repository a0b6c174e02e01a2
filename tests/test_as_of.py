"""Which articles count as of a day, by the day that counts of each, and what rests on them.

The project has an article for each way in which a date is known, each about a zone of its own, and the reference data know what
two of them do not print.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests import command
from tests.command import Command
from tests.conftest import ROOT
from zonegraph import build, evidence, validation
from zonegraph import vocabulary as v
from zonegraph.answers import citations, queries
from zonegraph.build import Dataset, cache, graphs
from zonegraph.build.conclusions import supported_by
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.terms import plain

HEAD = """
@prefix zg: <https://w3id.org/zonegraph/ns#> . @prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
ARTICLE = """
zgd:article-{slug} a zg:Article ; zg:textDigest "{digest}" {said} ; zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "0" ] .
zgd:zone-{slug} a zg:AIPilotZone ; zg:locatedIn zgd:city-x ; zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "0" ] .
"""
# What each article says of itself, and the day from which it counts.
SAID = {
    "day": ('; zg:title "A day"@en ; zg:published "2021-03-05"^^xsd:date', "2021-03-05"),
    "known": ("", "2021-01-31"),
    "month": ('; zg:published "2021-02"^^xsd:gYearMonth', "2021-02-28"),
    "notice": ("; a zg:Notice", "2021-04-02"),
    "printed-and-known": ('; zg:published "2021-02-10"^^xsd:date', "2021-02-10"),
    "undated": ('; zg:notBefore "2019-01-01"^^xsd:date', ""),
    "updated": ('; zg:published "2020-12-01"^^xsd:date ; zg:updated "2021-03-20"^^xsd:date', "2021-03-20"),
    "year": ('; zg:published "2020"^^xsd:gYear', "2020-12-31"),
}
DATA = {
    "reference/articles.ttl": """
        zgd:article-known zg:published "2021-01"^^xsd:gYearMonth ; zg:publishedBy zgd:news-x ;
            zg:linksTo "https://news.example.org/known"^^xsd:anyURI .
        zgd:article-printed-and-known zg:published "2020-05-05"^^xsd:date .
        """,
    "reference/names.ttl": """
        zgd:news-x a zg:NewsOrganization ; skos:prefLabel "The Daily X"@en .
        zgd:city-x a zg:City ; skos:prefLabel "X"@en .
        """,
    **{
        f"articles/{slug}.ttl": ARTICLE.format(slug=slug, said=said, digest=f"{place:064}")
        for place, (slug, (said, _)) in enumerate(SAID.items())
    },
}
# The page is itself the notice by which a body publishes, so that its date is restated.
DATA["articles/notice.ttl"] += """
zgd:publication-x a zg:Publication ; zg:byDocument zgd:article-notice ; zg:date "2021-04-02"^^xsd:date ;
    zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "0" ] .
"""
DAYS = {slug: day for slug, (_, day) in SAID.items() if day}


def made(folder: Path) -> Path:
    """Write the project into a folder. Returns the folder."""
    shutil.copytree(ROOT / "ontology", folder / "ontology")
    (folder / "queries").mkdir()
    for name in ("articles", "first-reported", "undated-articles"):
        shutil.copy(ROOT / "queries" / f"{name}.rq", folder / "queries")
    for name, text in DATA.items():
        (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data" / name).write_text(HEAD + text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("as-of") / "project")


@pytest.fixture(scope="module")
def everything(folder: Path) -> Dataset:
    return build.open_dataset(sources.find(str(folder)))


def as_of(folder: Path, day: str) -> Dataset:
    return build.open_dataset(sources.find(str(folder)), as_of=day)


def articles(dataset: Dataset) -> set[str]:
    return {article.graph.rpartition("/")[2] for article in evidence.articles(dataset.store).values()}


def rows(dataset: Dataset, name: str) -> list[dict[str, str]]:
    question = queries.saved_question(dataset.catalogue[name], {}, dataset.store)
    answer = dataset.store.query(question.query)
    return [dict(zip(answer.variables, map(plain, row), strict=True)) for row in answer.rows]  # type: ignore[union-attr]


def day_after(day: str, step: int) -> str:
    import datetime

    return (datetime.date.fromisoformat(day) + datetime.timedelta(step)).isoformat()


# ---------------------------------------------------------------- names and rows of what is left out


def test_a_name_that_later_articles_alone_know_is_taken_and_told(zonegraph: Command) -> None:
    done = zonegraph("query", "zone-approvals", "-p", "zone=zone-changsha-most", "--as-of", "2021-03-10")
    assert (done.returncode, done.stdout) == (0, "(no rows)\n")
    known = "zgd:zone-changsha-most: known only from articles that are left out: 2021-03-26-hunan-government (published 2021-03-26)"
    assert known in done.stderr
    assert "without --as-of: 1 row, also from 2021-03-26-hunan-government\n" in done.stderr
    typed = zonegraph("query", "-e", "SELECT ?c { zgd:zone-changsha-most zg:inCity ?c }", "--as-of", "2021-03-10")
    assert known in typed.stderr
    assert "no such thing" not in typed.stderr
    page = zonegraph("zone", "zone-changsha-most", "--as-of", "2021-03-10")
    assert (page.returncode, known in page.stderr) == (0, True)


def test_a_name_that_no_article_knows_is_refused_as_of_any_day(zonegraph: Command) -> None:
    done = zonegraph("query", "zone-approvals", "-p", "zone=zone-nowhere", "--as-of", "2021-03-10")
    assert done.returncode == 2
    assert "zone-nowhere: no such Zone" in done.stderr


def test_rows_that_are_lacking_since_their_articles_are_undated_are_counted(zonegraph: Command) -> None:
    every = len(zonegraph("query", "cities-of-both-ministries", "--format", "csv").stdout.splitlines()) - 1
    said = zonegraph("query", "cities-of-both-ministries", "--as-of", "2022-01-01").stderr
    assert f"without --as-of: {every} rows, also from hangzhou-draft-action-plan (undated), miit-second-batch" in said
    assert "without --as-of" not in zonegraph("query", "regions", "--as-of", "2022-01-01").stderr


def test_a_query_that_names_no_article_may_lack_rows_of_undated_ones(zonegraph: Command) -> None:
    text = "SELECT ?z { ?z a zg:AIPilotZone }"
    said = zonegraph("query", "-e", text, "--as-of", "2022-01-01").stderr
    assert re.search(
        r"^without --as-of: \d+ rows; some may come from undated articles, which are left out: ", said, re.MULTILINE
    )


@pytest.mark.parametrize(("typed", "day"), [("2021-02", "2021-02-28"), ("2021", "2021-12-31")])
def test_a_month_or_a_year_is_read_as_its_last_day(zonegraph: Command, typed: str, day: str) -> None:
    done = zonegraph("query", "articles", "--as-of", typed)
    assert f"--as-of {typed} is read as its last day, {day}" in done.stderr
    assert done.stdout == zonegraph("query", "articles", "--as-of", day).stdout


# ---------------------------------------------------------------- the day that counts


def test_the_build_says_from_which_day_each_article_counts(everything: Dataset) -> None:
    held = everything.store.ox.quads_for_pattern(
        None, ox.NamedNode(v.ZG + "countsFrom"), None, ox.NamedNode(v.DATASET_GRAPH)
    )
    date = ox.NamedNode(v.XSD + "date")
    assert {quad.subject.value: quad.object for quad in held} == {  # type: ignore[union-attr]
        evidence.article_iri(slug): ox.Literal(day, datatype=date) for slug, day in DAYS.items()
    }


@pytest.mark.parametrize("slug", DAYS)
def test_an_article_counts_from_the_last_day_that_its_date_can_mean(folder: Path, slug: str) -> None:
    before, at, after = (as_of(folder, day_after(DAYS[slug], step)) for step in (-1, 0, 1))
    assert slug not in articles(before)
    assert slug in dict(before.left_out)
    assert slug in articles(at)
    assert slug in articles(after)
    for dataset, day in ((before, day_after(DAYS[slug], -1)), (at, DAYS[slug])):
        assert articles(dataset) == {other for other, from_then in DAYS.items() if from_then <= day}


def test_what_is_left_out_is_named_with_the_date_that_counts(folder: Path) -> None:
    assert as_of(folder, "2020-12-30").left_out == [
        ("day", "published 2021-03-05"),
        ("known", "published 2021-01 by the reference data"),
        ("month", "published 2021-02"),
        ("notice", "published 2021-04-02"),
        ("printed-and-known", "published 2021-02-10"),
        ("undated", "its publication date is not known"),
        ("updated", "updated 2021-03-20"),
        ("year", "published 2020"),
    ]


def test_an_undated_article_is_left_out_as_of_any_day(folder: Path) -> None:
    assert as_of(folder, "2999-12-31").left_out == [("undated", "its publication date is not known")]


def test_a_date_of_reference_data_that_is_none_is_refused_with_their_file(tmp_path: Path) -> None:
    file = made(tmp_path / "project") / "data" / "reference" / "articles.ttl"
    file.write_text(file.read_text("utf-8").replace('"2021-01"', '"2021-13"'), "utf-8")
    with pytest.raises(build.UsageError, match=r'reference/articles\.ttl: "2021-13" is not a date'):
        as_of(tmp_path / "project", "2021-03-01")
    whole = build.open_dataset(sources.find(str(tmp_path / "project")))
    assert {row["countsFrom"] for row in rows(whole, "articles") if row["article"] == "zgd:article-known"} == {""}


# ---------------------------------------------------------------- what shows it


def test_articles_shows_what_the_reference_data_know_of_an_article(everything: Dataset) -> None:
    found = {row["article"].partition("-")[2]: row for row in rows(everything, "articles")}
    assert {slug: row["countsFrom"] for slug, row in found.items()} == {slug: day for slug, (_, day) in SAID.items()}
    shown = [found["known"][column] for column in ("publisher", "published", "updated", "address")]
    assert shown == ["zgd:news-x", "2021-01", "", "https://news.example.org/known"]
    assert found["printed-and-known"]["published"] == "2021-02-10", "what the article prints counts"
    assert (found["updated"]["published"], found["updated"]["updated"]) == ("2020-12-01", "2021-03-20")


def test_what_the_reference_data_know_of_an_article_is_cited_with_them(everything: Dataset) -> None:
    question = queries.saved_question(everything.catalogue["articles"], {}, everything.store)
    answer = everything.store.query(question.query)
    cited = citations.sources_of_rows(question, answer, everything.store, lambda: graphs.program(everything.project))
    assert cited is not None
    (of_known,) = [found for row, found in zip(answer.rows, cited, strict=True) if "article-known" in str(row[0])]  # type: ignore[union-attr]
    assert v.REFERENCE_GRAPH + "articles" in {source.graph for source in of_known}


def test_a_citation_has_the_date_as_it_is_stated_and_what_the_reference_data_know(everything: Dataset) -> None:
    cited = {
        iri.partition("article-")[2]: evidence.citation(a) for iri, a in evidence.articles(everything.store).items()
    }
    assert cited == {
        "day": "“A day”, publisher not stated, 2021-03-05",
        "known": "untitled article known, The Daily X, 2021-01, https://news.example.org/known",
        "month": "untitled article month, publisher not stated, 2021-02",
        "notice": "untitled article notice, publisher not stated, 2021-04-02",
        "printed-and-known": "untitled article printed-and-known, publisher not stated, 2021-02-10",
        "undated": "untitled article undated, publisher not stated, undated",
        "updated": "untitled article updated, publisher not stated, 2021-03-20",
        "year": "untitled article year, publisher not stated, 2020",
    }


def test_the_footer_names_the_date_of_the_last_article_and_counts_as_undated_what_has_none(
    folder: Path, everything: Dataset
) -> None:
    assert queries.footer(everything.store) == ["data through 2021-04-02, from 8 articles (1 undated)"]
    assert queries.footer(as_of(folder, "2021-02-01").store) == ["data through 2021-01, from 2 articles"]


def test_the_list_of_articles_shows_the_date_as_stated_and_the_day_that_counts(folder: Path) -> None:
    listed = json.loads(command.here("article", "--format", "json", cwd=folder).stdout)
    assert {article["slug"]: (article["date"], article["countsFrom"]) for article in listed} == {
        "day": ("2021-03-05", "2021-03-05"),
        "known": ("2021-01", "2021-01-31"),
        "month": ("2021-02", "2021-02-28"),
        "notice": ("2021-04-02", "2021-04-02"),
        "printed-and-known": ("2021-02-10", "2021-02-10"),
        "undated": ("", ""),
        "updated": ("2021-03-20", "2021-03-20"),
        "year": ("2020", "2020-12-31"),
    }
    assert next(article["publisher"] for article in listed if article["slug"] == "known") == "The Daily X"


def test_a_zone_is_first_reported_on_the_day_from_which_its_article_counts(everything: Dataset) -> None:
    found = {row["zone"].partition("-")[2]: row["since"] for row in rows(everything, "first-reported")}
    assert found == DAYS


def test_an_article_that_the_reference_data_date_is_not_undated(everything: Dataset) -> None:
    assert {row["article"] for row in rows(everything, "undated-articles")} == {"zgd:article-undated"}


def test_what_the_reference_data_know_of_an_article_that_is_left_out_does_not_bring_it_back(folder: Path) -> None:
    earlier = as_of(folder, "2021-01-30")
    known = ox.NamedNode(evidence.article_iri("known"))
    assert list(earlier.store.ox.quads_for_pattern(known, None, None, ox.NamedNode(v.REFERENCE_GRAPH + "articles")))
    assert [row["article"] for row in rows(earlier, "articles")] == ["zgd:article-year"]
    assert queries.footer(earlier.store) == ["data through 2020, from 1 article"]
    assert not list(earlier.store.ox.quads_for_pattern(known, ox.NamedNode(v.ZG + "countsFrom"), None, None))


# ---------------------------------------------------------------- what rests on it

CURATION = """
zgd:one a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "one" ;
    zg:restsOn zgd:article-kept, <https://w3id.org/zonegraph/graph/reference/places>, zgd:source-atlas .
zgd:two a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "two" ; zg:restsOn zgd:article-kept, zgd:article-other .
zgd:three a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "three" ; zg:restsOn zgd:source-atlas .
zgd:on-two a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "on two" ; zg:restsOn zgd:two, zgd:source-atlas .
zgd:here a zg:Conclusion ; zg:topic zgd:y ; zg:mentionedIn zgd:article-kept ; zg:restsOn zgd:source-atlas .
zgd:there a zg:Conclusion ; zg:topic zgd:y ; zg:mentionedIn zgd:article-other ; zg:restsOn zgd:source-atlas .
zgd:circle a zg:Conclusion ; zg:topic zgd:x ; zg:supports zg:note ; zg:value "circle" ; zg:restsOn zgd:circle .
zgd:y zg:worded "a mention of it is joined" .
"""


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"kept"}, {"one", "three", "here", "y"}),
        ({"other"}, {"three", "there", "y"}),
        ({"kept", "other"}, {"one", "two", "three", "on-two", "here", "there", "y"}),
        (set(), {"three"}),
    ],
)
def test_a_conclusion_stands_as_long_as_the_articles_and_conclusions_that_it_names(
    kept: set[str], expected: set[str]
) -> None:
    left = supported_by(turtle.parse("curation.ttl", HEAD + CURATION), kept)
    assert {t.subject.value.removeprefix(v.ZGD) for t in left} == expected  # type: ignore[union-attr]


# ---------------------------------------------------------------- the cache

OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from zonegraph.cli import main
try:
    main(sys.argv[1:])
finally:
    read = sorted({path.rpartition("/data/")[2] for path in opened if "/data/" in path})
    print(*read, file=sys.stderr, sep=" ", end="|")
"""


@pytest.fixture
def uncached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with a cache of its own."""
    monkeypatch.setenv("ZONEGRAPH_CACHE", str(tmp_path / "cache"))
    return made(tmp_path / "project")


def read_files(folder: Path, *arguments: str) -> list[str]:
    """Return which files of `data/` a command opens."""
    asked = [sys.executable, "-c", OPENED, "query", "articles", "--format", "csv", "--project", str(folder), *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("|")
    return done.stderr.rpartition("\n")[2].rstrip("|").split()


def test_a_graph_as_of_a_day_that_is_cached_is_opened_without_reading_an_article(uncached: Path) -> None:
    time.sleep(2.1)  # of a file that has just been written the digest is not trusted
    assert "articles/known.ttl" in read_files(uncached, "--as-of", "2021-02-01")
    assert read_files(uncached, "--as-of", "2021-02-01") == []
    assert read_files(uncached, "--as-of", "2021-02-05") == [], "the same articles count"


def test_two_days_as_of_which_the_same_articles_count_share_what_is_kept(uncached: Path) -> None:
    first, second, third = (as_of(uncached, day).location for day in ("2021-02-01", "2021-02-05", "2021-02-10"))
    assert first is not None
    assert first == second
    assert first != third


def test_days_that_are_damaged_or_gone_are_read_again(uncached: Path) -> None:
    right = as_of(uncached, "2021-02-01")
    record = Path(cache.own_file(str(uncached.parent / "cache"), right.project, ".days.json"))
    kept = record.read_bytes()
    key = json.loads(kept.partition(b"\n")[2])["key"]
    contents = [
        *("5", "[]", "null", '{"key": 5}'),
        *(json.dumps({"key": key, "days": days}) for days in ([1], {"known": 5}, {"known": ["2021-01-31"]})),
    ]
    for content in (b"", kept[:-9], *(cache._sealed(content.encode()) for content in contents)):
        record.write_bytes(content)
        again = as_of(uncached, "2021-02-01")
        assert (again.left_out, again.location) == (right.left_out, right.location), content
        assert record.read_bytes() == kept, content
    record.unlink()
    assert as_of(uncached, "2021-02-01").left_out == right.left_out


def test_days_are_read_again_when_a_file_has_changed(uncached: Path) -> None:
    assert "known" in articles(as_of(uncached, "2021-02-01"))
    file = uncached / "data" / "reference" / "articles.ttl"
    file.write_text(file.read_text("utf-8").replace('"2021-01"', '"2021-06"'), "utf-8")
    assert dict(as_of(uncached, "2021-02-01").left_out)["known"] == "published 2021-06 by the reference data"


def test_emptying_the_cache_takes_the_days_with_it(uncached: Path) -> None:
    as_of(uncached, "2021-02-01")
    cache.clear()
    assert list((uncached.parent / "cache").iterdir()) == []


# ---------------------------------------------------------------- what may not be written


def test_what_reference_data_repeat_or_cannot_know_of_an_article_is_a_finding(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "project")
    shutil.copytree(ROOT / "shapes", copy / "shapes")
    with (copy / "data" / "reference" / "articles.ttl").open("a", encoding="utf-8") as file:
        file.write(
            'zgd:article-unkown zg:published "2021"^^xsd:gYear .\nzgd:article-day zg:updated "2021-04-01"^^xsd:date .\n'
        )
    found = validation.validate(sources.find(str(copy))).findings
    there = {(f.rule, str(f.severity)) for f in found if f.path.endswith("reference/articles.ttl")}
    assert {rule for rule, _ in there} == {
        "reference-repeats-article",
        "known-article-is-transcribed",
        "update-is-printed",
    }


def test_rows_of_the_whole_graph_are_not_looked_for_where_the_limit_cut_the_answer(zonegraph: Command) -> None:
    product = "SELECT ?a ?b ?c { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"  # without an end in the whole graph
    assert zonegraph("query", "timeline").returncode == 0  # which puts the whole graph into the cache
    done = zonegraph("query", "-e", product, "--limit", "3", "--as-of", "2021-03-01")
    assert done.returncode == 0
    assert "without --as-of" not in done.stderr
