"""Saved questions as feeds: Atom and calendars."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from xml.etree import ElementTree

import icalendar
import pytest

from tests.server.conftest import Server, serving
from zonegraph import catalogue
from zonegraph.errors import UsageError
from zonegraph.project.sources import Project
from zonegraph.server import served

ATOM = "{http://www.w3.org/2005/Atom}"
QUERY = """#+ question: Q?
#+ summary: S
#+ tags: [time]
#+ columns: {a: A, d: D}
#+ without-certainty: about the graph
#+ feed: FEED
SELECT ?a ?d WHERE { ?a zg:published ?d } ORDER BY ?a ?d
"""


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private")))) as running:
        yield running


def dated(server: Server, name: str, thing: str, date: str) -> set[tuple[str, str]]:
    reply = server.send("GET", f"/queries/{name}", Accept="text/csv")
    return {(row[thing], row[date]) for row in csv.DictReader(io.StringIO(reply.text)) if row[date]}


def test_what_the_graph_learned_last_is_an_atom_feed_with_the_latest_first(server: Server) -> None:
    reply = server.send("GET", "/feeds/articles")
    assert (reply.status, reply.media_type) == (200, "application/atom+xml"), reply.text
    root = ElementTree.fromstring(reply.body)
    entries = [(e.findtext(f"{ATOM}id"), e.findtext(f"{ATOM}updated")) for e in root.findall(f"{ATOM}entry")]
    assert {(thing, str(day)[:10]) for thing, day in entries} == dated(server, "articles", "article", "countsFrom")
    assert [day for _, day in entries] == sorted((str(day) for _, day in entries), reverse=True)
    assert all(entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry"))
    assert root.findtext(f"{ATOM}updated") == entries[0][1]


def test_deadlines_are_a_calendar(server: Server) -> None:
    reply = server.send("GET", "/feeds/deadlines", Accept="text/calendar")
    assert (reply.status, reply.media_type) == (200, "text/calendar"), reply.text
    events = icalendar.Calendar.from_ical(reply.body).walk("VEVENT")
    found = {(str(event["uid"]), event.decoded("dtstart").isoformat()) for event in events}
    assert found
    assert found <= dated(server, "deadlines", "what", "due")
    assert {thing for thing, _ in found} == {thing for thing, _ in dated(server, "deadlines", "what", "due")}


def test_the_same_feed_is_not_sent_again(server: Server) -> None:
    entity = server.send("GET", "/feeds/articles").headers["etag"]
    assert server.send("GET", "/feeds/articles", If_None_Match=entity).status == 304


@pytest.mark.parametrize(
    ("target", "accept", "status", "reason"),
    [
        ("/feeds/timeline", None, 404, "is no feed"),
        ("/feeds/article", None, 404, "did you mean articles?"),
        ("/feeds/articles", "text/csv", 406, "text/calendar"),
        ("/feeds/articles?x=1", None, 400, "x: no such parameter"),
        ("/feeds/articles?article=zgd:none", None, 400, "zgd:none"),
    ],
)
def test_a_feed_that_there_is_not_is_refused(server: Server, target: str, accept: str | None, status: int, reason: str) -> None:  # fmt: skip
    reply = server.send("GET", target, Accept=accept)
    assert (reply.status, reason in reply.text) == (status, True), reply.text


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        ("{id: a, date: x, title: a}", "feed: date: is not a column"),
        ("{id: a, date: d}", "feed: needs id, date, title"),
        ("{id: a, date: [d], title: a}", "feed: date: is not a column"),
        ("a", "feed: is missing or not"),
    ],
)
def test_a_header_whose_feed_does_not_fit_its_columns_is_refused(feed: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        catalogue.parse("q", QUERY.replace("FEED", feed), "q.rq")


def test_a_header_says_which_columns_make_an_entry() -> None:
    query = catalogue.parse("q", QUERY.replace("FEED", "{id: a, date: d, title: a}"), "q.rq")
    assert catalogue.feed(query) == {"id": "a", "date": "d", "title": "a"}
