"""The queries that rewrite data of an older version of the ontology."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import graph_diff, to_isomorphic

from tests.command import ROOT
from zonegraph import vocabulary as v

EXAMPLES = ROOT / "tests" / "examples" / "migration"
QUERIES = {
    tuple(path.stem.split("-to-")): path.read_text("utf-8") for path in (ROOT / "ontology" / "migration").glob("*.rq")
}
NEWEST = max(new for _, new in QUERIES)


def oxigraph(old: str, query: str) -> rdflib.Graph:
    store = ox.Store()
    store.load(path=str(EXAMPLES / f"{old}.ttl"), format=ox.RdfFormat.TURTLE)
    triples = store.query(query)
    assert isinstance(triples, ox.QueryTriples)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    return rdflib.Graph().parse(data=text, format="nt")


def plain_rdflib(old: str, query: str) -> rdflib.Graph:
    constructed = rdflib.Graph().parse(EXAMPLES / f"{old}.ttl").query(query).graph
    assert constructed is not None
    return constructed


@pytest.mark.parametrize(("old", "new"), sorted(QUERIES))
@pytest.mark.parametrize("engine", [oxigraph, plain_rdflib])
def test_data_of_the_old_version_become_data_of_the_new_one(
    engine: Callable[[str, str], rdflib.Graph], old: str, new: str
) -> None:
    migrated = to_isomorphic(engine(old, QUERIES[old, new]))
    expected = to_isomorphic(rdflib.Graph().parse(EXAMPLES / f"{new}.ttl"))
    _, surplus, missing = graph_diff(migrated, expected)
    assert [sorted(surplus), sorted(missing)] == [[], []]


@pytest.mark.parametrize("kind", ["Document", "Plan", "Notice", "Goal", "Measure", "Target", "Observation", "Article"])
def test_the_query_says_of_which_classes_a_status_may_go(kind: str) -> None:
    head, _, _ = QUERIES["0.1", "0.2"].partition("PREFIX")
    _, _, left = head.partition("left to do")
    assert re.search(rf"zg:status[^;.]*\bzg:{kind}\b", left)


def test_the_example_of_the_newest_version_uses_no_deprecated_term_but_what_is_left_to_do_by_hand() -> None:
    deprecated = {
        str(term)
        for term in rdflib.Graph().parse(ROOT / "ontology" / "deprecated.ttl").subjects(rdflib.OWL.deprecated, None)
    }
    used = {str(term) for triple in rdflib.Graph().parse(EXAMPLES / f"{NEWEST}.ttl") for term in triple}
    (old,) = (old for old, new in QUERIES if new == NEWEST)
    head, _, _ = QUERIES[old, NEWEST].partition("PREFIX")
    by_hand = {v.ZG + name for name in re.findall(r"\bzg:(\w+)", head.partition("left to do")[2])}
    assert deprecated
    assert deprecated & used <= by_hand
