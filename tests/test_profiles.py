"""All that is known of one thing on one page: what makes it up, and how it is shown."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from zonegraph import catalogue
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.errors import UsageError
from zonegraph.terms import plain

HEADER = """#+ question: What is it?
#+ summary: Things of a class, for a test of a header and nothing else.
#+ tags: [test]
#+ parameters:
#+   article: {{type: {type}, profile: "{place}"{more}, description: "one"}}
#+ columns: {{article: the article}}
#+ cite: ["?article a zg:Article"]
SELECT ?article WHERE {{ VALUES ?article {{ UNDEF }} ?article a zg:Article }} ORDER BY ?article
"""


def page(zonegraph: Callable, *arguments: str) -> dict:  # type: ignore[type-arg]
    done = zonegraph(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_page_has_the_answers_of_the_profiles_queries_for_this_thing_in_the_order_of_their_places(
    zonegraph, golden_dataset: Dataset
) -> None:  # type: ignore[no-untyped-def]
    shown = page(zonegraph, "zone", "zone-hangzhou-most")
    assert shown["thing"] == v.ZGD + "zone-hangzhou-most"
    assert [section["query"] for section in shown["sections"]] == [
        "zone-names",
        "zone-locations",
        "zone-memberships",
        "zone-acts",
        "zones-by-sector",
        "zone-goals",
        "zone-numbers",
        "ties",
        "zone-articles",
    ]
    thing = ox.NamedNode(shown["thing"])
    for section in shown["sections"]:
        saved = golden_dataset.catalogue[section["query"]]
        answer = golden_dataset.store.query(saved.query)
        column = answer.variables.index("zone")  # type: ignore[union-attr]
        rows = [
            {name: getattr(term, "value", "") for name, term in zip(answer.variables, row, strict=True) if term}  # type: ignore[union-attr]
            for row in answer.rows  # type: ignore[union-attr]
            if row[column] == thing
        ]
        assert section["rows"] == [{k: x for k, x in row.items() if k != "zone"} for row in rows], section["query"]


def test_a_section_without_an_answer_says_that_nothing_is_known(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("zone", "zgd:zone-hefei-most").stdout
    first, *sections = re.split(r"\n\n(?=[A-Z][^\n]*\?\n)", shown.rstrip())
    assert first.startswith("zgd:zone-hefei-most is a zg:AIPilotZone")
    answered = {section.partition("\n")[0]: section.partition("\n\n")[2] for section in sections}
    assert answered["By which names does each article call each zone?"] == "nothing known"
    assert "zgd:city-hefei" in answered["Where does each article locate each zone?"]
    assert "zgd:article-hangzhou-draft-action-plan" in answered["Where does each article locate each zone?"]


def test_a_page_is_written_in_markdown_with_labels_and_with_citations(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("zone", "zone-hefei-most", "--format", "md", "--labels").stdout
    assert shown.startswith("# zgd:zone-hefei-most")
    assert "\n## Where does each article locate each zone?\n\n| place |" in shown
    assert "| Hefei |" in shown
    cited = page(zonegraph, "zone", "zone-hefei-most", "--cite")
    places = next(section for section in cited["sections"] if section["query"] == "zone-locations")
    assert "characters 2400–2405" in places["citations"][0][0]


def test_a_page_as_of_a_day_rests_on_the_articles_of_by_then(zonegraph) -> None:  # type: ignore[no-untyped-def]
    earlier = page(zonegraph, "zone", "zone-hangzhou-miit", "--as-of", "2021-02-28")
    articles = {row["article"].rpartition("/")[2] for s in earlier["sections"] for row in s["rows"] if "article" in row}
    assert articles == {"article-2021-02-24-china-daily"}


def test_a_name_that_is_none_of_that_class_has_things_of_it_offered(zonegraph) -> None:  # type: ignore[no-untyped-def]
    done = zonegraph("zone", "Hangzhou")
    assert (done.returncode, done.stdout) == (2, "")
    assert "zgd:zone-hangzhou-miit" in done.stderr
    assert "zgd:zone-hangzhou-most" in done.stderr


@pytest.mark.parametrize("typed", ["zoen", "zones", "qurey"])
def test_an_unknown_command_has_commands_and_profiles_offered(zonegraph, typed: str) -> None:  # type: ignore[no-untyped-def]
    done = zonegraph(typed, "zone-hefei-most")
    assert done.returncode == 2
    assert f"did you mean {'query' if typed == 'qurey' else 'zone'}?" in done.stderr
    assert "status, zone" in done.stderr


def test_the_help_names_the_profiles_of_the_project_and_is_given_where_they_cannot_be_read(
    zonegraph, small: Path
) -> None:  # type: ignore[no-untyped-def]
    assert re.search(r"^    zone +show all that is known", zonegraph("--help").stdout, re.MULTILINE)
    shown = zonegraph("zone", "--help")
    assert shown.stdout.startswith("usage: zonegraph zone ")
    assert "Exit codes" in shown.stdout
    (small / "queries" / "broken.rq").write_text("#+ profile: [\nSELECT", "utf-8")
    done = zonegraph("--help", "--project", str(small))
    assert done.returncode == 0
    assert "    query " in done.stdout
    assert zonegraph("zone", "x", "--project", str(small)).returncode == 2


def test_a_project_without_profiles_has_no_such_command(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.rmtree(small / "queries")
    done = zonegraph("zone", "x", f"--project={small}")
    assert done.returncode == 2
    assert "invalid choice: 'zone'" in done.stderr


def test_a_command_that_is_known_looks_for_no_profiles() -> None:
    code = (
        "import sys; from zonegraph.cli import main; main(['status', '--help'] if len(sys.argv) < 2 else sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "usage: zonegraph status" in done.stdout
    assert "yaml" not in done.stderr


@pytest.mark.parametrize(
    ("type", "place", "more"),
    [
        ("iri", "0", ', class: "zg:Article"'),
        ("iri", "first", ', class: "zg:Article"'),
        ("iri", "1", ""),
        ("string", "1", ', class: "zg:Article"'),
    ],
)
def test_a_place_in_a_profile_is_a_number_of_a_parameter_for_things_of_a_class(
    type: str, place: str, more: str
) -> None:
    with pytest.raises(UsageError, match=r"q\.rq:5: header: parameters: article: profile: must be a whole number"):
        catalogue.parse("q", HEADER.format(type=type, place=place, more=more), "q.rq")
    good = catalogue.parse("q", HEADER.format(type="iri", place="2", more=', class: "zg:Article"'), "q.rq")
    assert good.parameters[0].place == 2
    assert catalogue.profiles({"q": good}) == ["article"]


def test_the_queries_tagged_profile_are_those_that_have_a_place_in_one_and_no_two_have_the_same(
    dataset: Dataset,
) -> None:
    placed = [(p.name, p.place) for query in dataset.catalogue.values() for p in query.parameters if p.place]
    assert len(set(placed)) == len(placed)
    with_place = {name for name, query in dataset.catalogue.items() if any(p.place for p in query.parameters)}
    assert with_place == {name for name, query in dataset.catalogue.items() if "profile" in query.tags}


def test_the_catalogue_tells_the_place_as_rdf(dataset: Dataset) -> None:
    found = dataset.store.ox.query(
        f"SELECT ?name {{ GRAPH <{v.QUERIES_GRAPH}> {{ ?q <{v.SH}parameter> ?p ; <{v.DCTERMS}identifier> ?name . "
        f"?p <{v.ZG}profilePlace> ?place }} }} ORDER BY ?place"
    )
    assert [plain(row["name"]) for row in found][:2] == ["zone-names", "zone-locations"]  # type: ignore[union-attr]
