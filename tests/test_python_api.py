"""The Python API answers as the commands do."""

from __future__ import annotations

import datetime
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

import zonegraph
from tests.conftest import ROOT, bridges_project
from tests.sparql_server import serving
from zonegraph.build import Dataset
from zonegraph.errors import UsageError
from zonegraph.project.sources import Project


@pytest.fixture(scope="module")
def graph(golden_project: Project) -> zonegraph.api.Graph:  # type: ignore[name-defined]
    return zonegraph.open(golden_project.root)


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
    pytest.importorskip("pandas", reason="the extra zonegraph[pandas] is not installed")
    result = graph.query("money-amounts")
    frame = result.to_pandas()
    assert list(frame.columns) == result.columns
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == {
        name: [row[name] for row in result] for name in result.columns
    }
    assert frame["amount"].dtype.kind in "if"
    assert set(frame["currency"]) == {"CNY"}


def test_results_become_polars_frames(graph) -> None:  # type: ignore[no-untyped-def]
    polars = pytest.importorskip("polars", reason="the extra zonegraph[polars] is not installed")
    result = graph.query("money-amounts")
    frame = result.to_polars()
    assert frame.columns == result.columns
    assert frame.to_dicts() == list(result)
    assert frame["amount"].dtype.is_numeric()
    assert frame.filter(polars.col("currency") != "CNY").is_empty()


@pytest.mark.parametrize("frame", ["to_pandas", "to_polars"])
def test_an_answer_without_rows_becomes_a_frame_with_columns(graph, frame: str) -> None:  # type: ignore[no-untyped-def]
    name = frame.removeprefix("to_")
    pytest.importorskip(name, reason=f"the extra zonegraph[{name}] is not installed")
    empty = getattr(graph.query("SELECT ?a ?b { ?a zg:nothing ?b }"), frame)()
    assert len(empty) == 0
    assert list(empty.columns) == ["a", "b"]


@pytest.mark.parametrize("frame", ["to_pandas", "to_polars"])
def test_a_column_of_numbers_and_words_becomes_a_frame_all_the_same(graph, frame: str) -> None:  # type: ignore[no-untyped-def]
    name = frame.removeprefix("to_")
    pytest.importorskip(name, reason=f"the extra zonegraph[{name}] is not installed")
    values = "VALUES (?n ?x) { (1 1) (2 'two') (3 UNDEF) (4 2.5) (5 true) }"
    result = getattr(graph.query(f"SELECT ?x {{ {values} }} ORDER BY ?n"), frame)()
    assert [str(x) for x in list(result["x"])][:2] == ["1", "two"]
    assert len(result) == 5


def test_at_most_so_many_rows_are_returned(graph) -> None:  # type: ignore[no-untyped-def]
    every, some = graph.query("timeline"), graph.query("timeline", limit=3, cite=True)
    assert list(some) == list(every)[:3]
    assert len(some.citations) == 3
    with pytest.raises(UsageError, match="limit=0"):
        graph.query("timeline", limit=0)


@pytest.mark.parametrize("as_of", ["2021-03-10", datetime.date(2021, 3, 10), datetime.datetime(2021, 3, 10, 12)])
def test_a_graph_as_of_a_date_rests_on_the_articles_published_by_then(graph, as_of) -> None:  # type: ignore[no-untyped-def]
    earlier = zonegraph.open(graph.project.root, as_of=as_of)
    assert 0 < len(earlier.query("articles")) < len(graph.query("articles"))
    assert "2021-03-26-hunan-government" in dict(earlier.left_out)
    assert graph.left_out == []


@pytest.mark.parametrize("option", ["limit", "timeout"])
@pytest.mark.parametrize("value", ["5", True, False, 0, -1, [], float("nan"), float("inf"), 1e300, 2j, object()])
def test_a_limit_or_time_out_that_is_no_sensible_number_is_refused(graph, option: str, value: object) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=rf"^{option}=.*: not a .*number.*0.*\n  leave it out"):
        graph.query("timeline", **{option: value})


def test_numbers_of_other_kinds_are_numbers_too(graph) -> None:  # type: ignore[no-untyped-def]
    from fractions import Fraction

    assert len(graph.query("timeline", limit=3, timeout=Fraction(121, 2))) == 3
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    assert len(graph.query("timeline", limit=numpy.int64(3), timeout=numpy.float32(60))) == 3


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        (),
        {},
        {"a": "b"},
        3.5,
        7,
        True,
        b"zgd:zone-a",
        [None],
        ["zgd:zone-hangzhou-miit", 1],
        [["x"]],
        "\ud800",
        object(),
        datetime.date(2021, 2, 24),
    ],
)
def test_a_value_that_names_no_thing_is_refused_with_the_parameter_and_what_it_takes(graph, value: object) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=r"^zone=.*: not a value that zone-acts takes\n  give one as text") as raised:
        graph.query("zone-acts", zone=value)
    assert "zone (iri, a zg:Zone): " in str(raised.value)


def test_values_may_come_in_anything_that_iterates_and_be_text_numbers_or_days(graph, small: Path) -> None:  # type: ignore[no-untyped-def]
    zones = ["zgd:zone-hangzhou-miit", "zgd:zone-hangzhou-most"]
    for several in (zones, tuple(zones), set(zones), iter(zones), dict.fromkeys(zones).keys()):
        assert len(graph.query("zone-acts", zone=several)) == len(graph.query("zone-acts", zone=zones)) > 0
    (small / "queries" / "typed.rq").write_text(
        "#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {n: y, d: y}\n#+ parameters:\n"
        "#+   n: {type: integer}\n#+   d: {type: date}\n"
        "SELECT ?n ?d WHERE {\n  VALUES ?n { UNDEF }\n  VALUES ?d { UNDEF }\n}\n"
    )
    typed = zonegraph.open(small)
    assert list(typed.query("typed", n=[1, "2"], d=datetime.date(2021, 2, 24))) == [
        {"n": 1, "d": "2021-02-24"},
        {"n": 2, "d": "2021-02-24"},
    ]
    for wrong in (datetime.datetime(2021, 2, 24, 12), True, None, 20210224, "20210224", "2021-W08-3"):
        with pytest.raises(UsageError, match=r"^d="):
            typed.query("typed", d=wrong)
    with pytest.raises(UsageError, match="no parameter e"):
        typed.query("typed", e=None)


@pytest.mark.parametrize("query", [None, 7, b"ASK {}", ["timeline"]])
def test_a_query_that_is_no_text_is_refused(graph, query: object) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="not a text\n  give a saved query's name, or SPARQL"):
        graph.query(query)


@pytest.mark.parametrize(
    "as_of", ["yesterday", "2021-02-30", "", "20210224", "2021-W08-3", " 2021-02-24", 20210224, True]
)
def test_an_as_of_date_that_is_none_is_refused(as_of) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="not a date"):
        zonegraph.open(ROOT, as_of=as_of)


@pytest.mark.parametrize("options", [{"endpoint": "http://127.0.0.1:9/sparql"}, {"as_of": "2021-03-10"}])
def test_what_works_on_files_is_refused_where_the_graph_is_another(options: dict[str, str], tmp_path: Path) -> None:
    elsewhere = zonegraph.open(ROOT, **options)  # type: ignore[arg-type]
    for call in (elsewhere.validate, elsewhere.rdflib, lambda: elsewhere.export(tmp_path / "graph.nt", format="nt")):
        with pytest.raises(UsageError, match="works on the project's files"):
            call()
    assert not list(tmp_path.iterdir())


def test_an_endpoint_cannot_be_asked_as_of_a_date() -> None:
    with pytest.raises(UsageError, match="only on the embedded store"):
        zonegraph.open(ROOT, endpoint="http://127.0.0.1:9/sparql", as_of="2021-03-10")


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
    assert all(bool(one.sources or one.restated) != bool(one.rule) for one in explained)
    assert {bool(explanation.rule) for explanation in explained} == {True, False}


def test_rdflib_holds_the_merge_and_on_request_what_follows(tmp_path: Path) -> None:
    from rdflib import RDF, URIRef

    bridges = "https://example.org/bridges#"
    inferred = (URIRef(bridges + "old"), RDF.type, URIRef(bridges + "Crossing"))
    graph = zonegraph.open(bridges_project(tmp_path))
    plain, compiled, reference = graph.rdflib(), graph.rdflib(closure="compiled"), graph.rdflib(closure="owlrl")
    assert inferred not in plain
    assert inferred in compiled
    assert inferred in reference
    with pytest.raises(UsageError, match="closure='hermit'"):
        graph.rdflib(closure="hermit")


def test_a_graph_validates_and_exports(graph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert graph.validate(graph.project.articles[0].path).conforms("violation")
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


def test_an_endpoint_gives_the_same_rows(graph, golden_dataset: Dataset) -> None:  # type: ignore[no-untyped-def]
    store = ox.Store()
    store.extend(golden_dataset.store.ox)
    with serving(store) as (url, _):
        remote = zonegraph.open(ROOT, endpoint=url)
        assert remote.query("money-amounts").csv() == graph.query("money-amounts").csv()


@pytest.mark.parametrize("value", [5, b"data", "a\0b", "\ud800", [], 3.5])
def test_what_can_be_no_name_of_a_file_is_refused(graph, value: object) -> None:  # type: ignore[no-untyped-def]
    for ask in (graph.validate, graph.export, zonegraph.open):
        with pytest.raises(UsageError, match="not the name of a file or folder"):
            ask(value)


@pytest.mark.parametrize("value", [None, 5, Path("x"), "\ud800", "a\nb", ""])
def test_what_is_no_statement_is_refused(graph, value: object) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        graph.explain(value)


def test_an_endpoint_that_is_no_address_and_a_limit_beyond_all_bounds_are_taken_for_what_they_are(graph) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="not an address"):
        zonegraph.open(endpoint=5)  # type: ignore[arg-type]
    assert len(graph.query("timeline", limit=10**30)) == len(graph.query("timeline"))
