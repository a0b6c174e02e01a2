"""Linked data: IRIs answer at their paths, as RDF and as pages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import bridges_project
from tests.server.conftest import Reply, Server, serving, stored
from zonegraph import vocabulary as v
from zonegraph.project.sources import Project
from zonegraph.server import served

THING = v.ZGD + "zone-shenzhen-miit"


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private")))) as running:
        yield running


def page(server: Server, path: str) -> Reply:
    return server.send("GET", path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")


def triples(reply: Reply) -> set[ox.Triple]:
    assert reply.status == 200, reply.text
    return {quad.triple for quad in ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES)}


def test_a_thing_answers_with_what_is_said_about_it_and_what_points_at_it(server: Server) -> None:
    found = triples(server.send("GET", "/id/zone-shenzhen-miit", Accept="application/n-triples"))
    asked = server.get(
        f"CONSTRUCT {{ ?s ?p ?o }} {{ {{ ?s ?p ?o FILTER(?s = <{THING}>) }} UNION {{ ?s ?p ?o FILTER(?o = <{THING}>) }} }}",
        "application/n-triples",
    )
    assert found == triples(asked)
    assert {triple.subject.value == THING for triple in found} == {True, False}


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "application/ld+json", "application/trig"])
def test_rdf_has_the_format_that_is_accepted(server: Server, accept: str) -> None:
    reply = server.send("GET", "/id/zone-shenzhen-miit", Accept=accept)
    assert (reply.status, reply.media_type) == (200, accept)
    again = server.send("GET", "/id/zone-shenzhen-miit", Accept=accept, If_None_Match=reply.headers["etag"])
    assert again.status == 304


def test_every_thing_of_ours_answers(server: Server) -> None:
    asked = server.get("SELECT DISTINCT ?s { ?s a ?c FILTER(STRSTARTS(STR(?s), STR(zgd:))) } ORDER BY ?s", "text/csv")
    things = asked.text.split()[1:]
    assert len(things) > 100
    for iri in things[:: len(things) // 25]:
        path = iri.removeprefix(v.NS.rstrip("/"))
        assert server.send("GET", path, Accept="text/turtle").status == 200, iri
        assert page(server, path).status == 200, iri


def test_a_page_names_the_thing_in_both_languages_and_says_who_says_what(server: Server) -> None:
    reply = page(server, "/id/zone-shenzhen-miit")
    assert (reply.status, reply.media_type) == (200, "text/html")
    text = html.unescape(re.sub("<[^>]+>", "", reply.text))
    assert "Shenzhen (MIIT)" in text
    assert "深圳市（工信部）" in text
    assert "stated" in text
    assert "What points here" in text
    assert re.search(r"zgd:article-[\w-]+, [^\n]*\d+–\d+", text)
    assert 'href="/id/city-shenzhen"' in reply.text
    assert 'href="/ns#' in reply.text
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "<script" not in reply.text


def test_terms_answer_together_at_the_address_of_their_namespace(server: Server) -> None:
    found = triples(server.send("GET", "/ns", Accept="application/n-triples"))
    assert v.ZG + "Article" in {triple.subject.value for triple in found}


def test_what_the_graph_does_not_know_is_not_found_and_the_nearest_is_named(server: Server) -> None:
    for accept in ("text/turtle", "text/html"):
        reply = server.send("GET", "/id/zone-shenzen-miit", Accept=accept)
        assert reply.status == 404, reply.text
        assert "zgd:zone-shenzhen-miit" in reply.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/id", 404),
        ("/id/", 404),
        ("/id/%3Cscript%3Ealert(1)%3C/script%3E", 404),
        ("/id/a%00b", 404),
        ("/id/" + "a" * 3000, 404),
        ("/id/%E5%90%88", 404),
        ("/id/zone-shenzhen-miit?x=1", 400),
        ("/id/../metrics", 404),
    ],
)
def test_an_address_of_nothing_is_refused(server: Server, path: str, status: int) -> None:
    for accept in ("text/turtle", "text/html"):
        reply = server.send("GET", path, Accept=accept)
        assert (reply.status, reply.media_type) == (status, "text/plain"), reply.text


def test_a_project_with_a_namespace_of_its_own_has_its_things_at_their_paths(tmp_path: Path) -> None:
    project = bridges_project(tmp_path / "project")
    with serving(served.of_project(str(project), str(tmp_path))) as running:
        asked = running.get("SELECT DISTINCT ?s { ?s a ?c FILTER(STRSTARTS(STR(?s), STR(zgd:))) } ORDER BY ?s LIMIT 3", "text/csv")  # fmt: skip
        for iri in asked.text.split()[1:]:
            assert page(running, iri.removeprefix(v.NS.rstrip("/"))).status == 200


def test_what_the_graph_says_is_text_on_a_page_and_no_html() -> None:
    from zonegraph.server.http.things import body

    told = {
        "english": "<b>x</b>",
        "statements": [{"statement": 'zgd:a zg:p "<img src=x onerror=alert(1)> zgd:\\"b"', "certainty": "<i>", "cited": [1]}],
        "citations": [{"id": 1, "article": "zgd:article-a", "note": "<script>", "asPrinted": "<u>"}],
        "total": 1,
    }  # fmt: skip
    shown = body(told, v.ZGD + 'a"<', served.Served("", "", [], "", {}, [], None))
    assert not re.search("<(b|img|i|script|u)[ >]", shown)


def test_a_graph_of_no_project_has_rdf_and_no_pages(tmp_path: Path) -> None:
    quad = ox.Quad(ox.NamedNode(v.ZGD + "合"), ox.NamedNode("urn:p"), ox.Literal("x"))
    with serving(stored(tmp_path / "store", [quad])) as running:
        assert triples(running.send("GET", "/id/%E5%90%88", Accept="application/n-triples")) == {quad.triple}
        assert running.send("GET", "/id/other", Accept="text/turtle").status == 404
        assert page(running, "/id/%E5%90%88").status == 406
