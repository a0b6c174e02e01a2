"""The endpoint as clients see it: datasets, formats, headers, and what is refused."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from tests.server.conftest import LIMITS, Server, serving, stored
from zonegraph import vocabulary as v

EX = "http://example.org/"
HEFEI = f"{EX}合肥"
ENCODED = f"{EX}%E5%90%88%E8%82%A5"  # another IRI


def quads() -> Iterator[ox.Quad]:
    def quad(s: str, o: ox.NamedNode | ox.Literal, graph: str | None) -> ox.Quad:
        where = ox.DefaultGraph() if graph is None else ox.NamedNode(EX + graph)
        return ox.Quad(ox.NamedNode(s), ox.NamedNode(EX + "p"), o, where)

    for graph in (None, "one", "two"):
        yield quad(EX + "shared", ox.Literal("x"), graph)
    yield quad(HEFEI, ox.Literal("decoded", language="en"), "one")
    yield quad(ENCODED, ox.Literal("encoded"), "two")
    yield quad(EX + "control", ox.Literal("a\x01b"), "control")
    yield quad(EX + "return", ox.Literal("a\r\nb"), "return")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(stored(tmp_path_factory.mktemp("sparql") / "store", quads(), "first digest")) as running:
        yield running


def answer(server: Server, text: str, **parameters: Any) -> list[dict[str, str]]:
    reply = server.get(text, "application/sparql-results+json", **parameters)
    assert reply.status == 200, reply.text
    return [{n: t["value"] for n, t in row.items()} for row in json.loads(reply.body)["results"]["bindings"]]


COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


# The dataset


def test_several_default_graphs_have_each_triple_once(server: Server) -> None:
    both = [EX + "one", EX + "two"]
    assert answer(server, COUNT, default_graph_uri=both) == [{"n": "3"}]
    assert answer(server, COUNT, default_graph_uri=both + both) == [{"n": "3"}]
    of_text = f"SELECT (COUNT(*) AS ?n) FROM <{EX}one> FROM <{EX}two> {{ ?s ?p ?o }}"
    assert answer(server, of_text) == [{"n": "3"}]
    assert answer(server, f"BASE <{EX}> PREFIX e: <{EX}> SELECT (COUNT(*) AS ?n) FROM <one> FROM e:two {{ ?s ?p ?o }}") == [{"n": "3"}]  # fmt: skip
    assert answer(server, COUNT) == [{"n": "1"}]
    assert answer(server, COUNT, default_graph_uri=EX + "one") == [{"n": "2"}]


@pytest.mark.parametrize(
    "clauses",
    ["FROM<{0}one>FROM<{0}two>", "from <{0}one> From#\n<{0}two>", "FROM <{0}one> FROM <{0}o\\u006ee> FROM <{0}two>"],
)
def test_graphs_are_found_after_from_however_it_is_written(server: Server, clauses: str) -> None:
    assert answer(server, f"SELECT (COUNT(*) AS ?n) {clauses.format(EX)} {{ ?s ?p ?o }}") == [{"n": "3"}]


def test_named_graphs_stay_apart_beside_several_default_graphs(server: Server) -> None:
    text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    dataset = {"default_graph_uri": [EX + "one", EX + "two"], "named_graph_uri": [EX + "two"]}
    assert answer(server, text, **dataset) == [{"g": EX + "two", "n": "2"}]
    named = f"SELECT ?g (COUNT(*) AS ?n) FROM <{EX}one> FROM <{EX}two> FROM NAMED <{EX}one> {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
    assert answer(server, named) == [{"g": EX + "one", "n": "2"}]


def test_the_dataset_of_the_request_takes_the_place_of_that_of_the_query(server: Server) -> None:
    text = f"SELECT (COUNT(*) AS ?n) FROM <{EX}one> FROM NAMED <{EX}one> {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
    assert answer(server, text) == [{"n": "4"}]
    assert answer(server, text, default_graph_uri=EX + "control") == [{"n": "1"}]
    assert answer(server, text, named_graph_uri=EX + "control") == [{"n": "1"}]
    # What it names after FROM does not count then, held or not.
    assert answer(server, text.replace("one", "none"), default_graph_uri=EX + "two") == [{"n": "2"}]


def test_a_graph_that_is_not_held_is_empty_and_a_header_says_so(server: Server) -> None:
    absent = [EX + "none", EX + "合"]
    reply = server.get(COUNT, default_graph_uri=[*absent, EX + "one"], named_graph_uri="urn:none")
    assert json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] == "2"
    assert reply.headers["zonegraph-graphs-not-held"] == f"<{EX}none> <{EX}%E5%90%88> <urn:none>"
    assert "zonegraph-graphs-not-held" not in server.get(COUNT, default_graph_uri=EX + "one").headers


def test_a_graph_named_in_the_text_must_be_held(server: Server) -> None:
    reply = server.get(f"SELECT * FROM <{EX}ones> {{ ?s ?p ?o }}")
    assert reply.status == 400
    assert f"query:1:15: FROM <{EX}ones> is refused: it is not a graph in the store" in reply.text
    assert f"did you mean <{EX}one>?" in reply.text


def test_what_is_no_iri_is_no_graph(server: Server) -> None:
    for graph in ("urn:a##", "http://a/%zz", "http://a/[", "relative"):
        reply = server.get(COUNT, default_graph_uri=graph)
        assert (reply.status, graph in reply.text) == (400, True), reply.text


def test_iris_arrive_as_they_were_written_by_each_way(server: Server) -> None:
    for iri, expected in ((HEFEI, "decoded"), (ENCODED, "encoded")):
        text = f"SELECT ?o {{ GRAPH ?g {{ <{iri}> ?p ?o }} }}"
        form = urllib.parse.urlencode({"query": text})
        replies = [
            server.get(text),
            server.send("POST", "/sparql", form, Content_Type="application/x-www-form-urlencoded"),
            server.send("POST", "/sparql", text, Content_Type="application/sparql-query; charset=utf-8"),
        ]
        for reply in replies:
            (row,) = json.loads(reply.body)["results"]["bindings"]
            assert row["o"]["value"] == expected


def test_the_address_of_the_endpoint_is_the_base_of_relative_iris(server: Server) -> None:
    reply = server.get("CONSTRUCT { <s> <#p> <?q> } {}", "application/n-triples")
    base = f"{server.address}/sparql"
    assert reply.text == f"<{server.address}/s> <{base}#p> <{base}?q> .\n"


def test_the_prefixes_that_the_command_line_knows_need_no_declaration(server: Server) -> None:
    assert answer(server, "SELECT (STR(skos:note) AS ?iri) {}") == [{"iri": v.SKOS + "note"}]
    assert answer(server, "PREFIX skos: <urn:x:> SELECT (STR(skos:note) AS ?iri) {}") == [{"iri": "urn:x:note"}]


# Formats

FORMATS = {
    "SELECT * { ?s ?p ?o }": {
        "application/sparql-results+json": ox.QueryResultsFormat.JSON,
        "application/json": ox.QueryResultsFormat.JSON,
        "application/sparql-results+xml": ox.QueryResultsFormat.XML,
        "text/xml": ox.QueryResultsFormat.XML,
        "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    },
    "ASK { ?s ?p ?o }": {
        "application/sparql-results+json": ox.QueryResultsFormat.JSON,
        "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    },
    "CONSTRUCT WHERE { ?s ?p ?o }": {
        "text/turtle": ox.RdfFormat.TURTLE,
        "application/n-triples": ox.RdfFormat.N_TRIPLES,
        "application/rdf+xml": ox.RdfFormat.RDF_XML,
        "application/ld+json": ox.RdfFormat.JSON_LD,
        "application/n-quads": ox.RdfFormat.N_QUADS,
        "application/trig": ox.RdfFormat.TRIG,
    },
}


@pytest.mark.parametrize(("text", "kind"), [(text, kind) for text, kinds in FORMATS.items() for kind in kinds])
def test_each_kind_of_answer_comes_in_each_of_its_formats(server: Server, text: str, kind: str) -> None:
    reply = server.get(text, kind)
    assert (reply.status, reply.media_type) == (200, kind)
    format = FORMATS[text][kind]
    if isinstance(format, ox.RdfFormat):
        assert [str(quad.object) for quad in ox.parse(reply.body, format=format)] == ['"x"']
    else:
        found = ox.parse_query_results(reply.body, format=format)
        assert bool(found) if isinstance(found, ox.QueryBoolean) else [row["o"].value for row in found] == ["x"]  # type: ignore[union-attr]


def test_what_is_preferred_may_depend_on_the_kind_of_the_answer(server: Server) -> None:
    accept = "text/csv;q=0.5, application/sparql-results+xml;q=0.4, text/turtle;q=0.1, application/ld+json"
    assert server.get("SELECT * {}", accept).media_type == "text/csv"
    assert server.get("CONSTRUCT WHERE { ?s ?p ?o }", accept).media_type == "application/ld+json"


def test_a_format_that_cannot_hold_the_answer_is_not_acceptable(server: Server) -> None:
    for text, accept in (
        ("SELECT * {}", "text/html"),
        ("SELECT * {}", "text/turtle"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"),
        ("DESCRIBE <urn:x>", "application/sparql-results+json"),
    ):
        assert server.get(text, accept).status == 406, (text, accept)
    # What XML cannot say is told, and not written all the same.
    text = f"SELECT * {{ GRAPH <{EX}control> {{ ?s ?p ?o }} }}"
    for kind, asked in (("application/sparql-results+xml", text), ("application/rdf+xml", text.replace("SELECT *", "CONSTRUCT { ?s ?p ?o }"))):  # fmt: skip
        reply = server.get(asked, kind)
        assert (reply.status, "cannot hold" in reply.text) == (406, True)
    assert server.get(f"CONSTRUCT {{ ?s <{EX}1> 2 }} {{ ?s ?p ?o }}", "application/rdf+xml").status == 406
    assert server.get(text, "text/csv").body.endswith(b"\x01b\r\n") or b"\x01" in server.get(text, "text/csv").body


def test_the_end_of_a_line_within_a_value_survives_xml(server: Server) -> None:
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{EX}return> {{ ?s ?p ?o }} }}"
    graph = rdflib.Graph().parse(data=server.get(text, "application/rdf+xml").body, format="xml")
    assert [str(o) for o in graph.objects()] == ["a\r\nb"]
    reply = server.get(text.replace("CONSTRUCT { ?s ?p ?o }", "SELECT *"), "application/sparql-results+xml")
    (row,) = ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.XML)  # type: ignore[misc]
    assert row["o"].value == "a\r\nb"


# Methods and headers


def test_what_is_wrong_with_a_query_is_said_with_its_place_as_plain_text(server: Server) -> None:
    reply = server.get("SELECT *\n{ ?s ?p }")
    assert (reply.status, reply.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert reply.text.startswith("query:2:10: not valid SPARQL: expected")
    assert reply.text.endswith("\n    { ?s ?p }\n             ^\n")


def test_other_methods_are_refused_and_the_right_ones_named(server: Server) -> None:
    for method in ("PUT", "DELETE", "PATCH", "BREW"):
        reply = server.send(method, "/sparql?query=ASK+%7B%7D")
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST"), method
    reply = server.send("OPTIONS", "/sparql")
    assert (reply.status, reply.headers["allow"], reply.body) == (204, "GET, HEAD, OPTIONS, POST", b"")
    for path in ("/health", "/metrics"):
        assert server.send("POST", path).headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    target = "/sparql?" + urllib.parse.urlencode({"query": COUNT})
    got, head = (server.send(method, target) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
    assert server.send("HEAD", "/sparql?query=SELECT").status == 400


def test_an_address_without_anything_is_not_found(server: Server) -> None:
    for path in ("/", "/sparql/x", "/%00", "/graphs/x/../../sparql", "/sparql%2f", "/sparql/"):
        reply = server.send("GET", path)
        assert (reply.status, reply.headers["content-type"]) == (404, "text/plain; charset=utf-8"), path


def test_pages_of_any_origin_may_ask_but_not_with_credentials(server: Server) -> None:
    reply = server.send("GET", "/sparql?query=ASK+%7B%7D", Origin="https://elsewhere.example")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    assert "Zonegraph-Cut" in reply.headers["access-control-expose-headers"]
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    preflight = server.send("OPTIONS", "/sparql", Origin="https://elsewhere.example", **asked)
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]


def test_every_answer_has_the_headers_that_keep_a_browser_from_harm(server: Server) -> None:
    for target in ("/sparql", "/sparql?query=ASK+%7B%7D", "/sparql?query=", "/none", "/health", "/graphs?default"):
        headers = server.send("GET", target).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'"), target
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


# Sparing a client what it has


def test_a_client_that_has_the_answer_already_is_told_so(server: Server) -> None:
    target = "/sparql?" + urllib.parse.urlencode({"query": COUNT})
    first = server.send("GET", target, Accept="text/csv")
    assert first.headers["vary"] == "Accept"
    tag = first.headers["etag"]
    for method, match in (("GET", tag), ("HEAD", f'"other", {tag}'), ("GET", f"W/{tag}")):
        again = server.send(method, target, Accept="text/csv", If_None_Match=match)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["vary"] == "Accept"
    # In another format, to another query, or from another graph it is another answer.
    assert server.send("GET", target, Accept="text/tab-separated-values", If_None_Match=tag).status == 200
    assert server.get(COUNT + "#", "text/csv").headers["etag"] != tag
    assert server.get(COUNT, "text/csv", default_graph_uri=EX + "one").headers["etag"] != tag
    for target in ("/graphs?default", f"/graphs?graph={EX}one", "/sparql"):
        tag = server.send("GET", target).headers["etag"]
        assert server.send("GET", target, If_None_Match=tag).status == 304


def test_another_graph_gives_other_tags(server: Server, tmp_path: Any) -> None:
    with serving(stored(tmp_path / "store", quads(), "second digest"), public=server.address) as other:
        for target in ("/graphs?default", "/sparql", "/sparql?query=ASK+%7B%7D"):
            assert other.send("GET", target).headers["etag"] != server.send("GET", target).headers["etag"], target


@pytest.mark.parametrize("text", ["SELECT (NOW() AS ?x) {}", "SELECT (rand() AS ?x) {}", "SELECT (STRUUID() AS ?x) {}"])  # fmt: skip
def test_an_answer_that_is_another_each_time_has_no_tag(server: Server, text: str) -> None:
    reply = server.get(text)
    assert reply.status == 200, reply.text
    assert "etag" not in reply.headers


def test_an_error_and_a_post_have_no_tag(server: Server) -> None:
    assert "etag" not in server.get("SELECT").headers
    reply = server.send("POST", "/sparql", "ASK {}", Content_Type="application/sparql-query")
    assert (reply.status, "etag" in reply.headers) == (200, False)


# Who may ask, and how much may be sent


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("localhost.", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8000", 200),
        ("example.test", 200),
        ("example.test:443", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost:evil", 421),
        ("192.0.2.7", 421),
        ("[::2]", 421),
        ("", 421),
        ("user@localhost", 421),
        ("localhost:80:80", 421),
    ],
)
def test_a_name_that_is_not_the_servers_own_is_not_answered_to(server: Server, host: str, status: int) -> None:
    assert server.send("GET", "/health", host=host or " ").status == status


def test_only_pages_of_named_origins_may_ask_where_some_are_named(tmp_path: Any) -> None:
    with serving(stored(tmp_path / "store", quads()), origins=["https://ours.example"]) as running:
        ours = running.send("GET", "/health", Origin="https://ours.example")
        assert (ours.status, ours.headers["access-control-allow-origin"]) == (200, "https://ours.example")
        assert "Origin" in ours.headers["vary"]
        theirs = running.send("GET", "/health", Origin="https://theirs.example")
        assert (theirs.status, "access-control-allow-origin" in theirs.headers) == (403, False)
        assert "access-control-allow-origin" not in running.send("GET", "/health").headers
        assert running.send("GET", "/health", Origin="null").status == 403


def test_what_is_too_large_is_refused(server: Server) -> None:
    assert server.send("GET", "/sparql?query=" + "x" * 33_000).status == 414
    large = b"ASK {} #" + b"x" * LIMITS.body
    kind = {"Content_Type": "application/sparql-query"}
    assert server.send("POST", "/sparql", large, **kind).status == 413
    assert server.send("POST", "/sparql", b"", Content_Length=str(10**12), **kind).status == 413
    assert server.send("POST", "/sparql", b"ASK {} #" + b"x" * 210_000, **kind).status == 400
    assert server.send("POST", "/sparql", b"ASK {}", Content_Encoding="gzip", **kind).status == 415
    assert server.send("GET", "/sparql", X="x" * 33_000).status == 431
    assert server.send("GET", "/sparql", **{f"X{n}": "x" * 500 for n in range(200)}).status in (400, 431)


# What it says of itself


def test_the_description_tells_limits_graphs_and_the_dataset(server: Server) -> None:
    for accept in ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"):
        assert server.send("GET", "/sparql", Accept=accept).media_type == accept
    assert server.send("GET", "/sparql", Accept="text/csv").status == 406
    graph = rdflib.Graph().parse(data=server.send("GET", "/sparql").body)
    found = {
        str(graph.value(limit, rdflib.SDO.name)): graph.value(limit, rdflib.SDO.maxValue).toPython()  # type: ignore[union-attr]
        for limit in graph.objects(None, rdflib.SDO.additionalProperty)
    }
    assert {name: float(value) for name, value in found.items()} == {n: float(x) for n, x in LIMITS._asdict().items() if n != "in_memory"}  # fmt: skip
    names = set(graph.objects(None, rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#name")))
    assert names == {rdflib.URIRef(EX + name) for name in ("one", "two", "control", "return")}


def test_the_graph_store_needs_one_graph_that_is_held(server: Server) -> None:
    for target, status in {
        "/graphs": 400,
        "/graphs?default&graph=urn:x": 400,
        "/graphs?graph=urn:x&graph=urn:y": 400,
        "/graphs?default=yes": 400,
        "/graphs?graph=relative": 400,
        "/graphs?graph=": 400,
        "/graphs?graph=%ff": 400,
        "/graphs?graph=urn:none": 404,
        "/graphs/none": 404,
        "/graphs/none?default": 400,
    }.items():
        assert server.send("GET", target).status == status, target
    assert server.send("GET", f"/graphs?graph={EX}one", Accept="text/csv").status == 406


def test_a_graph_may_be_named_by_the_address_itself(tmp_path: Any) -> None:
    public = "https://data.example"
    graph = ox.NamedNode(f"{public}/graphs/%E5%90%88")
    quad = ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal(1), graph)
    with serving(stored(tmp_path / "store", [quad]), public=public) as running:
        assert running.send("GET", "/graphs/%E5%90%88", Accept="application/n-triples").text == f"{quad.triple} .\n"
        assert running.send("GET", "/graphs/other").status == 404
        described = running.send("GET", "/sparql", Accept="application/n-triples").text
        assert f"endpoint> <{public}/sparql> ." in described


def test_the_log_says_what_happened_and_neither_who_asked_nor_what(server: Server) -> None:
    server.get("SELECT * { ?secret ?p ?o }")
    (*_, last) = [line for line in server.logged if line["event"] == "request"]
    assert set(last) <= {"event", "method", "path", "status", "bytes", "complete", "seconds", "waited", "format", "outcome"}  # fmt: skip
    assert "secret" not in json.dumps(server.logged)
    assert "127.0.0.1" not in json.dumps(server.logged)


def test_health_and_metrics_say_how_it_is(server: Server) -> None:
    assert json.loads(server.send("GET", "/health").body) == {"status": "ok"}
    before = metrics(server)
    server.get("ASK {}")
    after = metrics(server)
    grown = {name for name, value in after.items() if value > before.get(name, 0)}
    assert 'zonegraph_requests_total{method="GET",resource="/sparql",status="200"}' in grown
    assert 'zonegraph_events_total{pool="sparql",event="answered"}' in grown
    assert after['zonegraph_workers{pool="sparql",state="busy"}'] == 0
    assert after['zonegraph_graph_info{digest="first digest"}'] == 1


def metrics(server: Server) -> dict[str, float]:
    lines = server.send("GET", "/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}
