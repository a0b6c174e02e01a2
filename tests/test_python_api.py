"""The Python API answers as the commands do."""

from __future__ import annotations

import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

import zonegraph
from tests.conftest import ROOT
from tests.sparql_server import serving
from zonegraph.build import Dataset
from zonegraph.errors import UsageError


@pytest.fixture(scope="module")
def graph() -> zonegraph.graph.Graph:  # type: ignore[name-defined]
    return zonegraph.open(ROOT)


def test_rows_are_dictionaries_of_python_values(graph) -> None:  # type: ignore[no-untyped-def]
    rows = list(graph.query("plan-targets"))
    patents = next(row for row in rows if row["amount"] == 300 and row["comparator"] == ">")
    assert patents["deadline"] == "2023"
    assert isinstance(patents["amount"], int)


def test_parameters_are_passed_by_name(graph) -> None:  # type: ignore[no-untyped-def]
    one = graph.query("timeline", kind="zg:Approval")
    both = graph.query("timeline", kind=["zg:Approval", "zg:Establishment"])
    assert 0 < len(one) < len(both)


def test_an_unknown_query_offers_the_nearest_name(graph) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="did you mean timeline"):
        graph.query("timelin")


def test_ask_is_true_or_false(graph) -> None:  # type: ignore[no-untyped-def]
    assert graph.query("ASK { zgd:zone-hangzhou-miit zg:inCity zgd:city-hangzhou }")
    assert not graph.query("ASK { zgd:zone-hangzhou-miit zg:inCity zgd:city-hefei }")


def test_triples_have_three_columns(graph) -> None:  # type: ignore[no-untyped-def]
    result = graph.query("DESCRIBE zgd:city-hangzhou")
    assert result.columns == ["subject", "predicate", "object"]
    assert len(result) > 3


def test_results_become_data_frames(graph) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("pandas")
    frame = graph.query("money-amounts").to_pandas()
    assert list(frame["currency"]) == ["CNY"] * len(frame)


def test_citations_come_with_the_rows(graph) -> None:  # type: ignore[no-untyped-def]
    result = graph.query("cities-of-both-ministries", cite=True)
    assert len(result.citations) == len(result)
    assert all(result.citations)


def test_an_explanation_has_rule_and_premises(graph) -> None:  # type: ignore[no-untyped-def]
    (explanation,) = graph.explain("zgd:zone-tianjin-miit zg:inCity zgd:municipality-tianjin")
    assert explanation.rule == "zone-city"
    assert explanation.premises


def test_a_thing_and_a_property_are_explained_together(graph) -> None:  # type: ignore[no-untyped-def]
    explained = graph.explain("zgd:zone-tianjin-miit zg:locatedIn")
    assert len(explained) == 2
    assert all(explanation.sources for explanation in explained)


def test_all_that_is_said_of_a_thing_is_explained_what_is_inferred_included(graph) -> None:  # type: ignore[no-untyped-def]
    explained = graph.explain("zgd:zone-tianjin-miit")
    assert all(bool(explanation.sources) != bool(explanation.rule) for explanation in explained)
    assert {bool(explanation.rule) for explanation in explained} == {True, False}


def test_rdflib_holds_the_merge_and_on_request_what_follows(graph) -> None:  # type: ignore[no-untyped-def]
    from rdflib import URIRef

    v = "https://w3id.org/zonegraph/"
    inferred = (URIRef(v + "id/zone-tianjin-miit"), URIRef(v + "ns#inCity"), URIRef(v + "id/municipality-tianjin"))
    plain, compiled, reference = graph.rdflib(), graph.rdflib(closure="compiled"), graph.rdflib(closure="owlrl")
    assert inferred not in plain
    assert inferred in compiled
    assert inferred in reference
    with pytest.raises(UsageError, match="closure='hermit'"):
        graph.rdflib(closure="hermit")


def test_a_graph_validates_and_exports(graph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert graph.validate(ROOT / "data" / "articles" / "2021-02-24-china-daily.ttl").conforms("violation")
    graph.export(tmp_path / "graph.nt", format="nt")
    assert (tmp_path / "graph.nt").stat().st_size > 100_000


def test_one_graph_serves_several_threads(graph) -> None:  # type: ignore[no-untyped-def]
    expected = graph.query("timeline").csv()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(graph.query("timeline").csv())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 8


def test_an_endpoint_gives_the_same_rows(graph, dataset: Dataset) -> None:  # type: ignore[no-untyped-def]
    store = ox.Store()
    store.extend(dataset.store.ox)
    with serving(store) as (url, _):
        remote = zonegraph.open(ROOT, endpoint=url)
        assert remote.query("money-amounts").csv() == graph.query("money-amounts").csv()
