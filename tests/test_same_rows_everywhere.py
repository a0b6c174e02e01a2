"""Every saved query gives the same rows from the embedded store, from rdflib, and from a SPARQL server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT, copy_project
from tests.sparql_server import replying, serving
from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.answers import citations, queries
from zonegraph.build import Dataset, graphs
from zonegraph.errors import EngineError
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.store import Bindings, guard
from zonegraph.store.batches import comparable
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.endpoint import EndpointStore

NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))


def text(name: str, dataset: Dataset) -> str:
    return queries.saved_question(dataset.catalogue[name], {}, dataset.store).query.text


def rows(store: EmbeddedStore | EndpointStore, query: str) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in store.query(guard.judge(query)).rows]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def exported(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph as the integrator gets it, by the command."""
    path = tmp_path_factory.mktemp("export") / "all.nq"
    command = [sys.executable, "-m", "zonegraph", "export", "--graphs", "all", "-o", str(path)]
    subprocess.run(command, cwd=golden_project.root, check=True)
    return path


@pytest.fixture(scope="module")
def endpoint(exported: Path) -> Iterator[str]:
    store = ox.Store()
    store.load(path=str(exported), format=ox.RdfFormat.N_QUADS)
    with serving(store) as (url, _):
        yield url


@pytest.fixture(scope="module")
def in_rdflib(exported: Path) -> rdflib.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(str(exported), format="nquads")
    return dataset


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_rdflib_gives_the_rows_of_the_embedded_store(
    name: str, golden_dataset: Dataset, in_rdflib: rdflib.Dataset
) -> None:
    query = text(name, golden_dataset)
    found = [tuple("None" if t is None else t.n3() for t in row) for row in in_rdflib.query(query)]  # type: ignore[union-attr]
    # rdflib writes some literals otherwise in N3; Oxigraph's reading of them is the common form.
    canonical = [tuple("None" if t == "None" else str(_term(t)) for t in row) for row in found]
    assert sorted(canonical) == sorted(rows(golden_dataset.store, query))


@pytest.mark.parametrize("name", NAMES)
def test_a_sparql_server_gives_the_rows_of_the_embedded_store(
    name: str, golden_dataset: Dataset, endpoint: str
) -> None:
    query = text(name, golden_dataset)
    assert rows(EndpointStore(endpoint), query) == rows(golden_dataset.store, query)


def test_the_command_gives_the_same_csv_with_and_without_an_endpoint(zonegraph, endpoint: str) -> None:  # type: ignore[no-untyped-def]
    here = zonegraph("query", "timeline", "--format", "csv")
    there = zonegraph("query", "timeline", "--format", "csv", "--endpoint", endpoint)
    assert (there.returncode, there.stdout) == (0, here.stdout)


def test_the_command_cites_the_same_passages_with_and_without_an_endpoint(zonegraph, endpoint: str) -> None:  # type: ignore[no-untyped-def]
    here = zonegraph("query", "cities-of-both-ministries", "--cite")
    there = zonegraph("query", "cities-of-both-ministries", "--cite", "--endpoint", endpoint)
    assert (there.returncode, there.stdout) == (0, here.stdout)


def test_a_server_is_asked_for_the_sources_of_many_rows_at_a_time(golden_dataset: Dataset, exported: Path) -> None:
    question = queries.saved_question(golden_dataset.catalogue["who-said-what"], {}, golden_dataset.store)
    answer = golden_dataset.store.query(question.query)
    assert isinstance(answer, Bindings)
    assert len(answer.rows) > 50
    store = ox.Store()
    store.load(path=str(exported), format=ox.RdfFormat.N_QUADS)

    def cited(of: EmbeddedStore | EndpointStore) -> list[list[citations.Source]] | None:
        return citations.sources_of_rows(question, answer, of, lambda: graphs.program(golden_dataset.project))

    with serving(store) as (url, received):
        assert cited(EndpointStore(url)) == cited(golden_dataset.store)
    assert len(received) < len(answer.rows)


def test_an_edited_triple_changes_the_answer_of_a_server(golden_dataset: Dataset, exported: Path) -> None:
    query = text("cities-of-both-ministries", golden_dataset)
    store = ox.Store()
    store.load(path=str(exported), format=ox.RdfFormat.N_QUADS)
    zgd = "https://w3id.org/zonegraph/id/"
    with serving(store) as (url, received):
        before = rows(EndpointStore(url), query)
        edited = ox.NamedNode(zgd + "zone-shenzhen-most"), ox.NamedNode("https://w3id.org/zonegraph/ns#inCity")
        for quad in list(store.quads_for_pattern(*edited, None)):
            store.remove(quad)
        after = rows(EndpointStore(url), query)
    assert len(received) == 2
    assert {row for row in before if "shenzhen" in row[0]} == set(before) - set(after) != set()


def test_an_edited_triple_changes_the_answer_of_the_embedded_store(project_copy: Path) -> None:
    def cities() -> set[str]:
        dataset = build.open_dataset(sources.find(str(project_copy)))
        return {row[0] for row in rows(dataset.store, text("cities-of-both-ministries", dataset))}

    before = cities()
    article = project_copy / "data" / "articles" / "hangzhou-draft-action-plan.ttl"
    content = article.read_text("utf-8")
    edited = content.replace("zg:locatedIn zgd:city-shenzhen", "zg:locatedIn zgd:city-hefei")
    assert edited != content
    article.write_text(edited, "utf-8")
    assert before - cities() == {"<https://w3id.org/zonegraph/id/city-shenzhen>"}


def test_a_triple_that_two_articles_state_counts_once(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", "2021-02-24-china-daily")
    query = """PREFIX zg: <https://w3id.org/zonegraph/ns#> PREFIX zgd: <https://w3id.org/zonegraph/id/>
    SELECT (COUNT(*) AS ?n) { zgd:zone-jinan-mohrss a zg:IndustrialPark }"""
    by_graph = query.replace("{ zgd:", "{ GRAPH ?g { zgd:").replace("IndustrialPark }", "IndustrialPark } }")
    articles = project / "data" / "articles"
    shutil.copy(articles / "2021-02-24-china-daily.ttl", articles / "a-second-telling.ttl")
    dataset = build.open_dataset(sources.find(str(project)))
    one = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert rows(dataset.store, query) == [(one,)]
    assert rows(dataset.store, by_graph) == [(one.replace("1", "2", 1),)]
    in_rdflib = rdflib.Dataset()
    in_rdflib.parse(data=_nquads(dataset), format="nquads")
    assert [int(row[0]) for row in in_rdflib.query(query)] == [1]  # type: ignore[index,arg-type]


def test_an_endpoint_that_cannot_be_reached_is_an_engine_failure(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("query", "timeline", "--endpoint", "http://127.0.0.1:9/sparql")
    assert result.returncode == 3
    assert "http://127.0.0.1:9/sparql: cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_endpoint_that_does_not_answer_in_time_is_left(zonegraph) -> None:  # type: ignore[no-untyped-def]
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/sparql"
        start = time.monotonic()
        result = zonegraph("query", "timeline", "--endpoint", url, "--timeout", "1")
    assert result.returncode == 3
    assert "within 1 s" in result.stderr  # what is late says so, or on a busy machine the watch does
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_before_anything_is_sent_there(zonegraph, status: int) -> None:  # type: ignore[no-untyped-def]
    with replying(200) as (elsewhere, received), replying(status, location=elsewhere) as (url, _):
        result = zonegraph("query", "timeline", "--endpoint", url)
    assert result.returncode == 3
    assert f"{url}: redirects to {elsewhere}" in result.stderr
    assert received == []


def reply(columns: list[str]) -> str:
    row = {name: {"type": "literal", "value": f"of {name}"} for name in columns}
    return json.dumps({"head": {"vars": columns}, "results": {"bindings": [row]}})


@pytest.mark.parametrize("columns", [["a"], ["a", "b", "c"], ["a", "x"], []])
def test_an_endpoint_that_answers_with_other_columns_is_an_engine_failure(zonegraph, columns: list[str]) -> None:  # type: ignore[no-untyped-def]
    with replying(200, reply(columns)) as (url, _):
        result = zonegraph("query", "-e", "SELECT ?a ?b { ?a ?p ?b }", "--endpoint", url)
    assert result.returncode == 3
    assert f"the answer has the columns {', '.join(columns) or 'none'}, not a, b" in result.stderr


def test_columns_in_another_order_are_put_into_the_order_asked_for() -> None:
    with replying(200, reply(["b", "a"])) as (url, _):
        answer = EndpointStore(url).query(guard.judge("SELECT ?a ?b { ?a ?p ?b }"))
    assert answer == Bindings(["a", "b"], [(ox.Literal("of a"), ox.Literal("of b"))])


def test_a_truth_value_is_written_as_the_embedded_store_writes_it() -> None:
    cells = [{"a": {"type": "literal", "datatype": v.XSD + "boolean", "value": value}} for value in ("1", "0", "true")]
    with replying(200, json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": cells}})) as (url, _):
        answer = EndpointStore(url).query(guard.judge("SELECT ?a { ?s ?p ?a }"))
    assert answer == Bindings(["a"], [(ox.Literal(True),), (ox.Literal(False),), (ox.Literal(True),)])


def test_a_whole_decimal_is_compared_as_the_integer_of_that_value_and_no_other_term_is_changed() -> None:
    s, p = ox.NamedNode("urn:s"), ox.NamedNode("urn:p")

    def compared(term: str) -> ox.Triple:
        return comparable(ox.Triple(s, p, _term(term)))

    integer, decimal = f"<{v.XSD}integer>", f"<{v.XSD}decimal>"
    for whole in ("204800000000", "204800000000.", "204800000000.0"):
        assert compared(f'"{whole}"^^{decimal}') == compared(f'"204800000000"^^{integer}')
    for other in (f'"17.1"^^{decimal}', f'"-0.5"^^{decimal}', '"3.0"', "<urn:o>", f'"3"^^{integer}'):
        assert compared(other) == ox.Triple(s, p, _term(other))


@pytest.mark.parametrize(
    ("query", "body"), [("SELECT ?a { ?a ?b ?c }", '{"head": {}, "boolean": true}'), ("ASK { ?a ?b ?c }", reply(["a"]))]
)
def test_an_answer_of_another_form_is_an_engine_failure(query: str, body: str) -> None:
    with replying(200, body) as (url, _), pytest.raises(EngineError, match="was requested, but the answer is"):
        EndpointStore(url).query(guard.judge(query))


@pytest.mark.parametrize(
    ("status", "code", "message"), [(400, 2, "does not accept the query: no"), (503, 3, "HTTP 503: no")]
)
def test_what_an_endpoint_says_of_its_failure_is_shown(zonegraph, status: int, code: int, message: str) -> None:  # type: ignore[no-untyped-def]
    with replying(status, "no", "text/plain") as (url, _):
        result = zonegraph("query", "timeline", "--endpoint", url)
    assert result.returncode == code
    assert message in result.stderr


def test_the_server_of_these_tests_evaluates_sparql(endpoint: str) -> None:
    address = endpoint + "?query=SELECT%20(1%2B1%20AS%20%3Fx)%20%7B%7D"
    with urllib.request.urlopen(address) as response:
        assert b'"2"' in response.read()


def _term(n3: str) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    parsed = list(ox.parse(f"<urn:s> <urn:p> {n3} .".encode(), format=ox.RdfFormat.TURTLE))
    return parsed[0].object


def _nquads(dataset: Dataset) -> str:
    return (ox.serialize(iter(dataset.store.ox), format=ox.RdfFormat.N_QUADS) or b"").decode()
