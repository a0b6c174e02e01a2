"""W3C's suites: protocol, Graph Store reads, service description, results in JSON, CSV and TSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.compare import isomorphic

from tests.conftest import w3c
from tests.server.conftest import Server, serving, stored

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")

EX = "http://example.org/"


def manifest(suite: str) -> tuple[rdflib.Graph, list[rdflib.URIRef]]:
    """A suite's manifest, and its tests in order."""
    path = w3c(f"sparql/sparql11/{suite}") / "manifest.ttl"
    graph = rdflib.Graph().parse(path, publicID=path.as_uri())
    (entries,) = graph.objects(None, MF.entries)
    return graph, [test for test in Collection(graph, entries) if isinstance(test, rdflib.URIRef)]


def quads_of_protocol() -> Iterator[ox.Quad]:
    graph, _ = manifest("protocol")
    for data in set(graph.objects(None, UT.graphData)):
        path, (label,) = graph.value(data, UT.graph), graph.objects(data, rdflib.RDFS.label)
        content = Path(str(path).removeprefix("file://")).read_bytes()
        for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(str(label)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = [*quads_of_protocol(), ox.Quad(ox.NamedNode(EX + "s"), ox.NamedNode(EX + "p"), ox.Literal("default"))]
    person = ox.parse(
        '<urn:p> a <urn:Person> ; <urn:card> _:c . _:c a <urn:VCard> ; <urn:fn> "Jane Doe" .',
        format=ox.RdfFormat.TURTLE,
    )
    graph = ox.NamedNode(EX + "person/1.ttl")
    store += [ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in person]
    with serving(stored(tmp_path_factory.mktemp("w3c") / "store", store)) as running:
        yield running


def requests(
    graph: rdflib.Graph, test: rdflib.URIRef
) -> Iterator[tuple[str, str, bytes, dict[str, str], rdflib.term.Node]]:
    """The requests of a protocol test: method, target, body, headers, and the expected response."""
    action = graph.value(test, MF.action)
    for request in Collection(graph, graph.value(action, HT.requests)):
        target = str(graph.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
        content = graph.value(request, HT.body)
        body = b""
        if content is not None:
            body = str(graph.value(content, CNT.chars)).encode(str(graph.value(content, CNT.characterEncoding)))
        headers = {}
        if (listed := graph.value(request, HT.headers)) is not None:
            for header in Collection(graph, listed):
                headers[str(graph.value(header, HT.fieldName))] = str(graph.value(header, HT.fieldValue))
        yield str(graph.value(request, HT.methodName)), target, body, headers, graph.value(request, HT.resp)


FORMATS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": (
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ),
    "RDF": ("text/turtle", "application/n-triples", "application/rdf+xml"),
}


def test_all_twenty_query_tests_of_the_protocol_pass(server: Server) -> None:
    graph, tests = manifest("protocol")
    passed, failed = [], []
    for test in tests:
        name = test.rpartition("#")[2]
        if "update" in name:
            continue
        ok, replies = True, []
        for method, target, body, headers, response in requests(graph, test):
            reply = server.send(method, target, body, **headers)
            replies.append((reply.status, reply.text[:200]))
            statuses = {str(status)[-3] for status in graph.objects(response, MF.expectedStatus)}
            ok = ok and str(reply.status)[0] in statuses
            expected = graph.value(response, MF.expectedFormat)
            ok = ok and (expected is None or reply.media_type in FORMATS[str(expected)])
            boolean = graph.value(response, MF.expectedBoolean)
            ok = ok and (boolean is None or json.loads(reply.body)["boolean"] == boolean.toPython())  # type: ignore[attr-defined]
        (passed if ok else failed).append((name, replies))
    print(f"W3C protocol, query tests: {len(passed)} of {len(passed) + len(failed)}")
    assert failed == []
    assert len(passed) == 20


def test_all_fourteen_update_tests_of_the_protocol_are_refused(server: Server) -> None:
    graph, tests = manifest("protocol")
    statuses = {}
    for test in tests:
        name = test.rpartition("#")[2]
        if "update" in name:
            # What follows asks whether the update was done.
            method, target, body, headers, _ = next(requests(graph, test))
            statuses[name] = server.send(method, target, body, **headers).status
    refused = sum(400 <= status < 500 for status in statuses.values())
    print(f"W3C protocol, update tests answered 4xx: {refused} of {len(statuses)}")
    assert len(statuses) == 14
    assert all(400 <= status < 500 for status in statuses.values()), statuses
    assert server.get("ASK { ?s ?p 'default' }").text == '{"head":{},"boolean":true}'


PERSON = EX + "person/1.ttl"


def test_the_ten_reads_of_the_graph_store_suite_pass_and_its_writes_are_refused(server: Server) -> None:
    expected = rdflib.Graph().parse(
        data='<urn:p> a <urn:Person> ; <urn:card> [ a <urn:VCard> ; <urn:fn> "Jane Doe" ] .', format="turtle"
    )
    one = f"/graphs?graph={PERSON}"

    def holds(target: str, graph: rdflib.Graph, accept: str | None = "text/turtle") -> bool:
        reply = server.send("GET", target, Accept=accept)
        return (
            (reply.status, reply.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
            and reply.headers["content-length"] == str(len(reply.body))
            and isomorphic(rdflib.Graph().parse(data=reply.body, format="turtle"), graph)
        )

    default = rdflib.Graph().parse(data=f'<{EX}s> <{EX}p> "default" .', format="turtle")
    head = server.send("HEAD", one, Accept="text/turtle")
    same = server.send("GET", one, Accept="text/turtle")
    found = {
        "get_of_put__initial_state": holds(one, expected),
        "get_of_put__graph_already_in_store": holds(one, expected),
        "get_of_put__default_graph": holds("/graphs?default", default),
        "get_of_delete__existing_graph": server.send("GET", f"/graphs?graph={EX}person/2.ttl").status == 404,
        "get_of_post__existing_graph": holds(one, expected),
        "get_of_post__multipart_formdata": holds(one, expected, None),
        "get_of_post__create__new_graph": holds(one, expected),
        "get_of_post__after_noop": holds(one, expected),
        "head_on_an_existing_graph": (head.status, head.body) == (200, b"")
        and head.headers["content-length"] == same.headers["content-length"]
        and head.headers["content-type"] == "text/turtle; charset=utf-8",
        "head_on_a_nonexisting_graph": server.send("HEAD", f"/graphs?graph={EX}person/4.ttl").status == 404,
    }
    print(f"W3C Graph Store, reads: {sum(found.values())} of {len(found)}")
    assert {name for name, passed in found.items() if not passed} == set()
    _, tests = manifest("http-rdf-update")
    reads = {test.rpartition("#")[2] for test in tests if test.rpartition("#")[2].startswith(("get", "head"))}
    assert reads == found.keys()
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        for target in (one, "/graphs?default", "/graphs", "/graphs/person/1.ttl"):
            reply = server.send(method, target, "<urn:s> <urn:p> 1 .", Content_Type="text/turtle")
            assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS"), (method, target)


# What SPARQL 1.1 Service Description asks of its terms (section 3), as far as a description uses them.
SCHEMA = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
[] a sh:NodeShape ; sh:targetClass sd:Service ;
  sh:property [ sh:path sd:endpoint ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sd:supportedLanguage ; sh:minCount 1 ; sh:in ( sd:SPARQL10Query sd:SPARQL11Query sd:SPARQL11Update ) ] ,
    [ sh:path sd:resultFormat ; sh:minCount 1 ; sh:nodeKind sh:IRI ; sh:pattern "^http://www.w3.org/ns/formats/" ] ,
    [ sh:path sd:feature ; sh:in ( sd:DereferencesURIs sd:UnionDefaultGraph sd:RequiresDataset sd:EmptyGraphs ) ] ,
    [ sh:path sd:defaultDataset ; sh:maxCount 1 ; sh:class sd:Dataset ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetClass sd:Dataset ;
  sh:property [ sh:path sd:defaultGraph ; sh:maxCount 1 ; sh:class sd:Graph ] ,
    [ sh:path sd:namedGraph ; sh:class sd:NamedGraph ] .
[] a sh:NodeShape ; sh:targetClass sd:NamedGraph ;
  sh:property [ sh:path sd:name ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sd:graph ; sh:maxCount 1 ; sh:class sd:Graph ] .
[] a sh:NodeShape ; sh:targetSubjectsOf sd:endpoint ; sh:class sd:Service .
[] a sh:NodeShape ; sh:targetObjectsOf sd:graph ; sh:class sd:Graph .
"""


def test_the_three_tests_of_the_service_description_pass(server: Server) -> None:
    reply = server.send("GET", "/sparql")
    described = rdflib.Graph().parse(data=reply.body, format="turtle")
    conforms, _, report = pyshacl.validate(described, shacl_graph=SCHEMA, shacl_graph_format="turtle")
    found = {
        "returns-rdf": (reply.status, reply.media_type) == (200, "text/turtle"),
        "has-endpoint-triple": list(described.objects(None, SD.endpoint))
        == [rdflib.URIRef(f"{server.address}/sparql")],
        "conforms-to-schema": conforms,
    }
    print(f"W3C service description: {sum(found.values())} of {len(found)}")
    assert set(found) == {test.rpartition("#")[2] for test in manifest("service-description")[1]}
    assert all(found.values()), report


def test_the_shapes_of_the_service_description_find_what_is_wrong() -> None:
    wrong = "@prefix sd: <http://www.w3.org/ns/sparql-service-description#> . <urn:s> sd:endpoint 'x' ; sd:defaultDataset <urn:d> ."
    assert not pyshacl.validate(rdflib.Graph().parse(data=wrong), shacl_graph=SCHEMA, shacl_graph_format="turtle")[0]


# What a suite's answers say otherwise, since the store keeps the value of a number and not how it was written: 1.0E6, 1.0e6.
CANONICAL = {"csv03", "tsv03"}


def data_of(graph: rdflib.Graph, test: rdflib.URIRef) -> tuple[str, str, Path]:
    """The data, the query and the expected answer of a test."""
    action = graph.value(test, MF.action)
    paths = [Path(str(graph.value(n, p)).removeprefix("file://")) for n, p in ((action, QT.data), (action, QT.query), (test, MF.result))]  # fmt: skip
    return paths[0].read_text("utf-8"), paths[1].read_text("utf-8"), paths[2]


@pytest.mark.parametrize(("suite", "number"), [("json-res", 4), ("csv-tsv-res", 6)])
def test_answers_are_those_of_the_suites_of_result_formats(suite: str, number: int, tmp_path: Path) -> None:
    graph, tests = manifest(suite)
    passed, canonical = [], []
    for data in {data_of(graph, test)[0] for test in tests}:
        quads = ox.parse(data, format=ox.RdfFormat.TURTLE)
        with serving(stored(tmp_path / str(len(data)), quads)) as running:
            for test in (test for test in tests if data_of(graph, test)[0] == data):
                name = test.rpartition("#")[2]
                _, query, result = data_of(graph, test)
                kind = {
                    ".srj": "application/sparql-results+json",
                    ".csv": "text/csv",
                    ".tsv": "text/tab-separated-values",
                }[result.suffix]
                reply = running.get(query, kind)
                assert (reply.status, reply.media_type) == (200, kind)
                expected = rows(result.read_bytes(), result.suffix)
                if rows(reply.body, result.suffix) == expected:
                    passed.append(name)
                elif suite == "csv-tsv-res" and values(rows(reply.body, result.suffix)) == values(expected):
                    canonical.append(name)
    also = f", equal by value: {', '.join(sorted(canonical))}" if canonical else ""
    print(f"W3C {suite}: {len(passed) + len(canonical)} of {len(tests)}{also}")
    assert len(tests) == number
    assert len(passed) + len(canonical) == number
    assert set(canonical) <= CANONICAL


def rows(content: bytes, suffix: str) -> Any:
    """An answer as its rows, each a term by column; blank nodes are all alike."""
    if suffix == ".srj":
        told = json.loads(content)
        if "boolean" in told:
            return told["boolean"]
        found = [{n: (t["type"], "" if t["type"] == "bnode" else t["value"], t.get("datatype"), t.get("xml:lang")) for n, t in row.items()} for row in told["results"]["bindings"]]  # fmt: skip
        return sorted(found, key=ordered)
    if suffix == ".tsv":
        head, *lines = content.decode().splitlines()
        names = head.split("\t")
        return sorted(
            ({n: blank(t) for n, t in zip(names, line.split("\t"), strict=True)} for line in lines), key=ordered
        )
    return sorted(
        ({n: blank(t) for n, t in row.items()} for row in csv.DictReader(io.StringIO(content.decode()))), key=ordered
    )


def ordered(row: dict[str, Any]) -> str:
    return str(sorted(row.items()))


def blank(term: str) -> str:
    return "_:" if term.startswith("_:") else term


def values(found: list[dict[str, str]]) -> list[dict[str, object]]:
    """Rows of CSV or TSV with numbers by their value."""

    def value(term: str) -> object:
        plain = term.partition("^^")[0].strip('"')
        try:
            return float(plain)
        except ValueError:
            return term

    return sorted(({name.lstrip("?"): value(term) for name, term in row.items()} for row in found), key=ordered)
