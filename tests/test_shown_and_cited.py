"""What the rows of saved queries show is what they are cited with, and a draft is not shown without saying so."""

from __future__ import annotations

import re
from typing import Any

import pyoxigraph as ox
import pytest

from tests.golden_answers import NAMES, result_of
from zonegraph import vocabulary as v
from zonegraph.answers import citations
from zonegraph.build import Dataset
from zonegraph.terms import plain

_NUMBER_OR_DATE = re.compile(r"#(integer|decimal|double|date|gYear|gYearMonth)$")
_COUNTED = "worked out here: so many are known, named or summed"
_DAY = "a day of the calendar that a cited date, or several, can mean"

# Columns of numbers and dates that no cited triple has for some row, and why.
WORKED_OUT: dict[str, dict[str, str]] = {
    "article-counts": {"number": _COUNTED},
    "articles": {"statements": _COUNTED},
    "best-dates": {"articles": _COUNTED, "first": _DAY, "last": _DAY},
    "conclusions": {"on": "a conclusion is its own source, and shows its own day"},
    "confirmed-zones": dict.fromkeys(("articles", "titles", "names"), _COUNTED),
    "deadlines": {"due": _DAY},
    "derived-totals": {
        "listed": _COUNTED,
        "before": "worked out here: the total less what was added",
        "notListed": "worked out here: the total less what is listed",
    },
    "first-reported": {"articles": _COUNTED},
    "goals-by-subject": {"goals": _COUNTED, "fields": _COUNTED},
    "list-sums": dict.fromkeys(("numbers", "indicators", "sum"), _COUNTED),
    "lists-and-counts": {"named": _COUNTED},
    "omissions": dict.fromkeys(("start", "end"), "where the review leaves the text out, of which no article speaks"),
    "quantities": {"start": _DAY, "end": _DAY},
    "reference-sources": {"things": _COUNTED},
    "regions": {"places": _COUNTED, "touching": _COUNTED},
    "sectors-by-zones": {"zones": _COUNTED, "articles": _COUNTED},
    "terms-in-use": {"articles": _COUNTED},
    "timeline": {"earliest": _DAY, "latest": _DAY},
    "undated-articles": {"zones": _COUNTED},
    "zone-totals": {"known": _COUNTED},
    "zones-overall": dict.fromkeys(("zones", "inProgrammes", "reported"), _COUNTED),
    "zones-per-authority": {
        **dict.fromkeys(("zones", "dated", "batches", "provinces"), _COUNTED),
        "earliestPossible": _DAY,
    },
    "zones-per-batch": {"zones": _COUNTED},
    "zones-per-province": {"zones": _COUNTED},
    "zones-per-strategy": dict.fromkeys(("zones", "goals", "claims", "articles"), _COUNTED),
    "zones-without-a-sector": {"sectors": _COUNTED},
}


def rows_with_triples(name: str, dataset: Dataset) -> list[tuple[dict[str, Any], list[ox.Triple]]]:
    """Return for each row of a saved query what it shows, by column, and the triples that it is cited with."""
    question, result = result_of(name, dataset)
    assert question.saved
    cited = citations.triples_of_rows(question.saved.cite, result, dataset.store)
    return [
        ({column: term for column, term in zip(result.variables, row, strict=True) if term is not None}, triples)
        for row, triples in zip(result.rows, cited, strict=True)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_number_or_date_of_a_row_is_what_a_triple_says_that_the_row_is_cited_with(
    name: str, golden_dataset: Dataset
) -> None:
    if not golden_dataset.catalogue[name].cite:
        return  # about the graph itself
    silent: dict[str, Any] = {}
    for shown, triples in rows_with_triples(name, golden_dataset):
        said = {triple.object for triple in triples}
        for column, term in shown.items():
            if isinstance(term, ox.Literal) and _NUMBER_OR_DATE.search(term.datatype.value) and term not in said:
                silent.setdefault(column, term)
    assert silent.keys() == WORKED_OUT.get(name, {}).keys(), silent


@pytest.fixture(scope="module")
def of_a_version(golden_dataset: Dataset) -> set[object]:
    """The goals and targets that a document of a known version sets out."""
    store, a = golden_dataset.store.ox, ox.NamedNode(v.RDF + "type")

    def subjects(predicate: ox.NamedNode, value: ox.NamedNode | None) -> set[object]:
        return {quad.subject for quad in store.quads_for_pattern(None, predicate, value, ox.DefaultGraph())}

    wanted = subjects(a, ox.NamedNode(v.ZG + "Goal")) | subjects(a, ox.NamedNode(v.ZG + "Target"))
    return wanted & subjects(ox.NamedNode(v.ZG + "version"), None)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_on_a_goal_or_target_of_a_document_shows_its_version_or_the_query_says_that_it_does_not(
    name: str, golden_dataset: Dataset, of_a_version: set[object]
) -> None:
    saved = golden_dataset.catalogue[name]
    assert of_a_version
    on_one = [
        shown
        for shown, triples in rows_with_triples(name, golden_dataset)
        if any(triple.subject in of_a_version for triple in triples)
    ]
    without = [{column: plain(term) for column, term in shown.items()} for shown in on_one if "version" not in shown]
    told = any(re.search(r"\bdraft\b", phrase) for phrase in saved.leaves_out)
    assert bool(without) == told, without[:1]
