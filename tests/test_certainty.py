"""Every answer says how sure it is: the weakest of what a row rests on, by one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from tests.golden_answers import NAMES, result_of
from zonegraph import catalogue, evidence
from zonegraph import vocabulary as v
from zonegraph.answers.certainty import Certainties, Degree
from zonegraph.build import Dataset
from zonegraph.rdf import header, sparql
from zonegraph.store.batches import graphs_of, matching

EXEMPT = [n for n in NAMES if "without-certainty" in header.read(n, (ROOT / "queries" / f"{n}.rq").read_text("utf-8"))]
ASKED = [name for name in NAMES if name not in EXEMPT]

# Rows that are as sure as something else than what `cite:` lists, and why.
OTHERWISE: dict[str, str] = {
    "cities-of-one-ministry": "whose a zone is, an act that the article reports tells, and only without one who oversees it",
    "undated-articles": "a zone that two articles share is as sure as the less sure of the two makes it",
}


@pytest.mark.parametrize("name", EXEMPT)
def test_a_query_without_certainty_rests_on_no_article(name: str, dataset: Dataset) -> None:
    assert "certainty" not in dataset.catalogue[name].columns


@pytest.mark.parametrize("name", [name for name in ASKED if name not in OTHERWISE])
def test_a_row_is_as_sure_as_the_weakest_of_what_it_is_cited_with(
    name: str, dataset_of: Callable[[str], Dataset]
) -> None:
    dataset = dataset_of(name)
    saved = dataset.catalogue[name]
    assert "certainty" in saved.columns
    _, answer = result_of(name, dataset)
    place = answer.variables.index("certainty")
    said = [getattr(row[place], "value", None) for row in answer.rows]
    found = [degree.name for degree in weakest_cited(saved, answer, dataset)]
    wrong = [
        f"{[getattr(x, 'value', x) for x in row]}: rests on what is {expected}"
        for row, given, expected in zip(answer.rows, said, found, strict=True)
        if given != expected
    ]
    assert not wrong, "\n".join(wrong[:10]) + f"\n({len(wrong)} of {len(said)} rows)"


def weakest_cited(saved: catalogue.SavedQuery, answer: Any, dataset: Dataset) -> Iterator[Degree]:
    """Yield for each row how sure the weakest triple is that `cite:` names for it.

    In a row that names an article, a triple that this article states is as sure as it makes it. Of several solutions of an item the
    surest counts, in a row that counts or sums (tag `aggregate`) the least sure.
    """
    store = dataset.store
    articles = {ox.NamedNode(article.iri): article.graph for article in evidence.articles(store).values()}
    rows: list[dict[str, Any]] = [
        {name: term for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    used = {group: sparql.variables(group) & set(answer.variables) for group in saved.cite}
    solutions: list[dict[str, list[list[ox.Triple]]]] = [{} for _ in rows]

    def says_more(other: str, group: str, row: dict[str, Any]) -> bool:
        parts = catalogue.patterns_of(group) < catalogue.patterns_of(other)
        return parts and used[group] < used[other] <= row.keys()

    for group in saved.cite:
        template = catalogue.template(group)
        wanted = [
            (i, {ox.Variable(name): row[name] for name in sorted(used[group])})
            for i, row in enumerate(rows)
            if used[group] <= row.keys() and not any(says_more(other, group, row) for other in saved.cite)
        ]
        for i, solution in matching(store, group, set(map(ox.Variable, used[group])), wanted):
            triples = [
                ox.Triple(*(solution[slot] if isinstance(slot, ox.Variable) else slot for slot in pattern))
                for pattern in template
            ]
            solutions[i].setdefault(group, []).append(triples)
    every = list({t for of_row in solutions for several in of_row.values() for triples in several for t in triples})
    sure, holders = Certainties(store, every), graphs_of(store, every)
    for row, of_row in zip(rows, solutions, strict=True):
        own = {articles[term] for term in row.values() if isinstance(term, ox.NamedNode) and term in articles}
        yield max(
            (_of_group(several, own, sure, holders, "aggregate" in saved.tags) for several in of_row.values()),
            default=Degree(0, "stated"),
        )


def _of_group(
    solutions: list[list[ox.Triple]],
    own: set[str],
    sure: Certainties,
    holders: Mapping[ox.Triple, set[str]],
    counted: bool,
) -> Degree:
    def in_own(triple: ox.Triple) -> bool:
        stated = {graph for graph in holders[triple] if graph.startswith(v.ARTICLE_GRAPH)}
        return not stated or bool(stated & own)

    def degree(triple: ox.Triple) -> Degree:
        graphs = holders[triple] & own
        return min(sure.of(triple, graph) for graph in graphs) if graphs else sure.of(triple)

    near = [triples for triples in solutions if all(map(in_own, triples))] if own else []
    return (max if counted else min)(max(map(degree, triples)) for triples in near or solutions)
