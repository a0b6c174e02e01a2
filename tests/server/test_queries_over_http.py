"""The saved questions over HTTP: `/queries` and what is below it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.command import here
from tests.server.conftest import LIMITS, Reply, Server, serving
from zonegraph.project.sources import Project
from zonegraph.server import served


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # The first question as of a day waits until its graph is built.
    limits = LIMITS._replace(timeout=60.0)
    with serving(served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private"))), limits) as running:
        yield running


def ask(server: Server, name: str, accept: str | None = None, **given: str | list[str]) -> Reply:
    parameters = {key.replace("_", "-"): value for key, value in given.items()}
    return server.send("GET", f"/queries/{name}?{urlencode(parameters, doseq=True)}", Accept=accept)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def typed(golden_project: Project, name: str, *arguments: str) -> list[dict[str, str]]:
    """The rows of the command line."""
    shown = here("query", name, *arguments, "--format", "csv", "--project", golden_project.root)
    assert shown.returncode == 0, shown.stderr
    return rows(shown.stdout)


ZONE = "https://w3id.org/zonegraph/id/zone-shenzhen-miit"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("timeline", {}),
        ("zones-per-batch", {}),
        ("zone-acts", {"zone": ["zgd:zone-shenzhen-miit", "zgd:zone-hefei-most"]}),
        ("zone-acts", {"zone": [ZONE]}),
        ("zone-goals", {"zone": ["深圳市（工信部）"]}),
        ("deadlines", {}),
    ],
)
def test_a_question_has_the_rows_of_the_command_line(
    server: Server, golden_project: Project, name: str, values: dict[str, list[str]]
) -> None:
    given = [word for key, several in values.items() for value in several for word in ("-p", f"{key}={value}")]
    reply = ask(server, name, "text/csv", **values)
    assert (reply.status, reply.media_type) == (200, "text/csv"), reply.text
    assert rows(reply.text) == typed(golden_project, name, *given)
    assert rows(reply.text)


def test_a_value_is_decoded_once_however_it_is_encoded(server: Server) -> None:
    encoded = server.send("GET", f"/queries/zone-acts?zone={quote(ZONE, safe='')}", Accept="text/csv")
    plain = server.send("GET", f"/queries/zone-acts?zone={ZONE}", Accept="text/csv")
    twice = server.send("GET", f"/queries/zone-acts?zone={quote(quote(ZONE, safe=''), safe='')}", Accept="text/csv")
    assert encoded.status == 200
    assert encoded.body == plain.body
    assert twice.status == 400


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({"limit": "3"}, ["--limit", "3"]),
        ({"sort": "-article,date"}, ["--sort", "-article,date"]),
        ({"columns": "article,class"}, ["--columns", "article,class"]),
        ({"sort": "-latest", "limit": "5", "columns": "what,latest"}, ["--sort", "-latest", "--limit", "5", "--columns", "what,latest"]),
        ({"as_of": "2021-02"}, ["--as-of", "2021-02"]),
    ],
)  # fmt: skip
def test_options_do_what_those_of_the_command_line_do(
    server: Server, golden_project: Project, given: dict[str, Any], arguments: list[str]
) -> None:
    reply = ask(server, "timeline", "text/csv", **given)
    assert reply.status == 200, reply.text
    assert rows(reply.text) == typed(golden_project, "timeline", *arguments)


def test_an_answer_as_of_a_day_has_fewer_rows(server: Server) -> None:
    early, late = (rows(ask(server, "timeline", "text/csv", **g).text) for g in ({"as_of": "2021-02"}, {}))
    assert 0 < len(early) < len(late)


def test_how_many_rows_there_are_is_told_with_a_limit(server: Server) -> None:
    whole = len(rows(ask(server, "timeline", "text/csv").text))
    assert ask(server, "timeline", limit="3").headers["zonegraph-rows"] == f"3 of {whole}"


def test_only_rows_that_are_certain_enough_are_given(server: Server) -> None:
    every, stated = (rows(ask(server, "timeline", "text/csv", **g).text) for g in ({}, {"certainty": "stated"}))
    assert stated == [row for row in every if row["certainty"] == "stated"]
    assert 0 < len(stated) < len(every)


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"])  # fmt: skip
@pytest.mark.parametrize("limit", [None, "2"])
def test_the_format_is_the_one_that_is_accepted(server: Server, accept: str, limit: str | None) -> None:
    reply = ask(server, "zones-per-batch", accept, **({"limit": limit} if limit else {}))
    assert (reply.status, reply.media_type) == (200, accept)
    assert reply.headers["vary"] == "Accept"


def test_none_of_the_formats_is_not_acceptable(server: Server) -> None:
    assert ask(server, "timeline", "image/png").status == 406
    refused = ask(server, "timeline", "text/csv", cite="true")
    assert refused.status == 406
    assert "application/json" in refused.text


def test_cited_rows_say_who_says_so_and_how_sure_it_is(server: Server) -> None:
    told = json.loads(ask(server, "timeline", "application/json", cite="true", limit="5").body)
    ids = {citation["id"] for citation in told["citations"]}
    for row in told["rows"]:
        assert row["certainty"]
        assert row["cited"]
        assert set(row["cited"]) <= ids
    assert (len(told["rows"]), told["next"]) == (5, 5)
    assert told["total"] > 5
    assert told["data"]["through"]


def test_cited_rows_go_on_where_the_answer_before_ended(server: Server) -> None:
    first, second, both = (
        json.loads(ask(server, "timeline", cite="true", **g).body)["rows"]
        for g in ({"limit": "3"}, {"limit": "3", "offset": "3"}, {"limit": "6"})
    )
    assert [row["values"] for row in first + second] == [row["values"] for row in both]


def test_cited_rows_are_sorted_and_have_the_columns_asked_for(server: Server) -> None:
    told = json.loads(ask(server, "timeline", cite="true", limit="4", sort="-latest", columns="latest,what").body)
    assert told["columns"] == ["latest", "what"]
    days = [row["values"]["latest"] for row in told["rows"]]
    assert days == sorted(days, reverse=True)
    assert {name for row in told["rows"] for name in row["values"]} == {"latest", "what"}
    assert all(row["cited"] for row in told["rows"])


@pytest.mark.parametrize(
    ("name", "given", "status", "reasons"),
    [
        ("timelin", {}, 404, ["did you mean timeline?", "/queries"]),
        ("timeline", {"artikel": "x"}, 400, ["no parameter artikel", "did you mean article?", "article (iri, a zg:Article)"]),
        ("timeline", {"limt": "3"}, 400, ["did you mean limit?"]),
        ("timeline", {"limit": "three"}, 400, ["limit=three", "whole number", "limit=10"]),
        ("timeline", {"limit": "0"}, 400, ["limit=0"]),
        ("timeline", {"limit": ["1", "2"]}, 400, ["limit: given 2 times"]),
        ("timeline", {"cite": "perhaps"}, 400, ["neither true nor false"]),
        ("timeline", {"as_of": "yesterday"}, 400, ["not a date", "2021-02-24"]),
        ("timeline", {"sort": "artcle"}, 400, ["did you mean article?", "its columns are"]),
        ("timeline", {"columns": "date,date"}, 400, ["named twice"]),
        ("timeline", {"certainty": "state"}, 400, ["did you mean stated?", "stated, inferred"]),
        ("timeline", {"offset": "3"}, 400, ["cite=true"]),
        ("timeline", {"article": "zgd:article-nothing"}, 400, ["zgd:article-nothing"]),
        ("timeline", {"article": 'x" || true'}, 400, ['x" || true']),
        ("timeline", {"article": ""}, 400, ["article"]),
        ("zones-by-ordinal", {}, 404, ["no such question"]),
    ],
)  # fmt: skip
def test_what_a_question_does_not_take_is_refused_with_what_it_takes(
    server: Server, name: str, given: dict[str, Any], status: int, reasons: list[str]
) -> None:
    for cited in ({}, {"cite": "true"}) if given.keys() & {"article", "certainty", "sort"} else ({},):
        reply = ask(server, name, **given, **cited)
        assert (reply.status, reply.media_type) == (status, "text/plain"), reply.text
        for reason in reasons:
            assert reason in reply.text


def test_the_same_answer_is_not_sent_again(server: Server) -> None:
    first = ask(server, "timeline", "text/csv", limit="3")
    target = "/queries/timeline?limit=3"
    again = server.send("GET", target, Accept="text/csv", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    for other in ({"limit": "4"}, {"limit": "3", "sort": "date"}, {"limit": "3", "as_of": "2021-02"}):
        assert ask(server, "timeline", "text/csv", **other).headers["etag"] != first.headers["etag"]
    assert ask(server, "timeline", "text/tab-separated-values", limit="3").headers["etag"] != first.headers["etag"]


def test_a_question_can_only_be_read(server: Server) -> None:
    reply = server.send("POST", "/queries/timeline", "x", Content_Type="text/plain")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    head = server.send("HEAD", "/queries/timeline?limit=1", Accept="text/csv")
    assert (head.status, head.body) == (200, b"")


def test_the_questions_are_listed_with_their_tags_and_parameters(server: Server) -> None:
    listed = json.loads(server.send("GET", "/queries").body)["questions"]
    one = next(entry for entry in listed if entry["name"] == "timeline")
    assert one["address"] == f"{server.address}/queries/timeline"
    assert one["tags"] == ["time"]
    assert {p["name"]: p["type"] for p in one["parameters"]} == {"kind": "iri", "article": "iri"}
    assert one["columns"]["date"]
    tagged = json.loads(server.send("GET", "/queries?tag=time").body)["questions"]
    assert [entry["name"] for entry in tagged] == [e["name"] for e in listed if "time" in e["tags"]]


def test_the_questions_are_listed_as_plain_text(server: Server) -> None:
    reply = server.send("GET", "/queries", Accept="text/plain")
    assert reply.media_type == "text/plain"
    assert "timeline: What happened when, as precisely as each article says? [time]\n  kind (iri)" in reply.text


@pytest.mark.parametrize(("target", "reason"), [("/queries?tag=tme", "did you mean time?"), ("/queries?x=1", "x: no such parameter")])  # fmt: skip
def test_a_list_that_there_is_not_is_refused(server: Server, target: str, reason: str) -> None:
    reply = server.send("GET", target)
    assert reply.status == 400
    assert reason in reply.text


def test_neither_a_value_nor_how_it_was_understood_gets_into_the_log(server: Server) -> None:
    before = len(server.logged)
    ask(server, "zone-acts", "text/csv", zone="深圳")
    ask(server, "zone-acts", "text/csv", zone="Nowhere at all")
    logged = json.dumps(server.logged[before:], ensure_ascii=False)
    assert len(server.logged) >= before + 2
    assert not [word for word in ("深圳", "Nowhere", "zgd:") if word in logged]


def test_a_limit_on_rows_cuts_an_answer_that_is_sorted_and_says_so(
    golden_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    what = served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private")))
    with serving(what, LIMITS._replace(rows=4)) as running:
        for given in ({}, {"sort": "date"}):
            reply = ask(running, "timeline", "text/csv", **given)
            assert reply.headers["zonegraph-cut"] == "rows"
            assert "etag" not in reply.headers
            assert len(rows(reply.text)) == 4
