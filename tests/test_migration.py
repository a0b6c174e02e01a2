"""The queries that rewrite data of an older version of the ontology."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import graph_diff, to_isomorphic

from tests.command import ROOT

EXAMPLES = ROOT / "tests" / "examples" / "migration"
QUERY = (ROOT / "ontology" / "migration" / "0.1-to-0.2.rq").read_text("utf-8")


def oxigraph() -> rdflib.Graph:
    store = ox.Store()
    store.load(path=str(EXAMPLES / "0.1.ttl"), format=ox.RdfFormat.TURTLE)
    triples = store.query(QUERY)
    assert isinstance(triples, ox.QueryTriples)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    return rdflib.Graph().parse(data=text, format="nt")


def plain_rdflib() -> rdflib.Graph:
    constructed = rdflib.Graph().parse(EXAMPLES / "0.1.ttl").query(QUERY).graph
    assert constructed is not None
    return constructed


@pytest.mark.parametrize("engine", [oxigraph, plain_rdflib])
def test_data_of_the_old_version_become_data_of_the_new_one(engine: object) -> None:
    assert callable(engine)
    migrated, expected = to_isomorphic(engine()), to_isomorphic(rdflib.Graph().parse(EXAMPLES / "0.2.ttl"))
    _, surplus, missing = graph_diff(migrated, expected)
    assert [sorted(surplus), sorted(missing)] == [[], []]


@pytest.mark.parametrize("kind", ["Document", "Plan", "Notice", "Goal", "Measure", "Target", "Observation", "Article"])
def test_the_query_says_of_which_classes_a_status_may_go(kind: str) -> None:
    head, _, _ = QUERY.partition("PREFIX")
    _, _, left = head.partition("left to do")
    assert re.search(rf"zg:status[^;.]*\bzg:{kind}\b", left)


def test_the_example_of_the_new_version_uses_no_deprecated_term() -> None:
    deprecated = {
        str(term)
        for term in rdflib.Graph().parse(ROOT / "ontology" / "deprecated.ttl").subjects(rdflib.OWL.deprecated, None)
    }
    used = {str(term) for triple in rdflib.Graph().parse(EXAMPLES / "0.2.ttl") for term in triple}
    assert deprecated
    assert not deprecated & used
