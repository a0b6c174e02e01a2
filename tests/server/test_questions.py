"""Saved questions in their own workers: the interface that resources beside `/sparql` use."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import SPARQLWrapper

from tests.command import here
from tests.server.conftest import Server, serving
from zonegraph.project.sources import Project
from zonegraph.server import served
from zonegraph.server.formats import KINDS
from zonegraph.server.workers.pool import NotAnsweredError
from zonegraph.server.workers.questions import Content, Saved, Sparql, from_json, to_json


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private")))) as running:
        yield running


def asked(server: Server, name: str, values: Mapping[str, list[str]] | None = None, format: str = "csv") -> bytes:
    async def ask() -> bytes:
        pool = server.serving.current.questions
        assert pool is not None
        formats = dict.fromkeys(KINDS, format)
        async with pool.ask(Saved(name, values or {}, "http://localhost/", formats)) as answer:
            pieces = [piece async for piece in answer]
            assert (answer.kind, answer.format, answer.cut) == ("solutions", format, "")
            return b"".join(pieces)

    return server.run(ask())  # type: ignore[no-any-return]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("name", "values"),
    [("timeline", {}), ("zone-acts", {"zone": ["zgd:zone-shenzhen-miit", "zgd:zone-hefei-most"]})],
)
def test_a_saved_question_has_the_rows_of_the_command_line(
    server: Server, golden_project: Project, name: str, values: dict[str, list[str]]
) -> None:
    given = [word for key, several in values.items() for value in several for word in ("-p", f"{key}={value}")]
    shown = here("query", name, *given, "--format", "csv", "--project", golden_project.root)
    assert shown.returncode == 0, shown.stderr
    found = rows(asked(server, name, values).decode())
    assert found == rows(shown.stdout)
    assert found


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("no-such", {}, "no-such"),
        ("zone-acts", {"zonn": ["x"]}, "did you mean zone?"),
        ("zone-acts", {"zone": ["zgd:nothing"]}, "zgd:nothing"),
        ("zone-acts", {"zone": ['x" || true || "" = "']}, "x"),
    ],
)
def test_what_a_question_does_not_take_is_refused_with_what_it_takes(
    server: Server, name: str, values: dict[str, list[str]], reason: str
) -> None:
    with pytest.raises(NotAnsweredError) as refused:
        asked(server, name, values)
    assert (refused.value.why, refused.value.status) == ("refused", 400)
    assert reason in refused.value.reason


@pytest.mark.parametrize("name", ["timeline", "zone-map", "cities-of-both-ministries", "quantities", "zone-names"])
def test_clients_get_the_rows_of_the_command_line_from_the_endpoint(
    server: Server, golden_project: Project, name: str
) -> None:
    at = ("query", name, "--format", "csv", "--project", golden_project.root)
    expected = here(*at).stdout
    endpoint = f"{server.address}/sparql"
    assert here(*at, "--endpoint", endpoint).stdout == expected
    text = "\n".join(line for line in Path(golden_project.root, "queries", f"{name}.rq").read_text("utf-8").splitlines() if not line.startswith("#+"))  # fmt: skip
    for method in ("GET", "POST"):
        wrapper = SPARQLWrapper.SPARQLWrapper(endpoint, returnFormat="csv")
        wrapper.setMethod(method)
        wrapper.setQuery(text)
        assert rows(wrapper.query().convert().decode()) == rows(expected)


def test_questions_are_answered_while_strangers_keep_their_workers_busy(server: Server) -> None:
    async def ask() -> dict[str, Any]:
        current = server.serving.current
        slow = Sparql("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = ?f && ?i = 'x') }", "http://localhost/", None, None, dict.fromkeys(KINDS, "json"))  # fmt: skip
        pending = current.strangers.ask(slow)
        task = asyncio.create_task(pending.__aenter__())
        while not current.strangers.state()["busy"]:
            await asyncio.sleep(0.01)
        assert current.questions is not None
        async with current.questions.ask(Saved("timeline", {}, "http://localhost/", dict.fromkeys(KINDS, "json"))) as one:  # fmt: skip
            content = b"".join([piece async for piece in one])
        busy = current.strangers.state()["busy"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert busy == 1
        return json.loads(content)  # type: ignore[no-any-return]

    assert server.run(ask())["results"]["bindings"]


def test_a_question_arrives_as_it_was_asked() -> None:
    formats = {"solutions": "csv", "boolean": None, "triples": None}
    for question in (
        Sparql("ASK {}", "http://x/", ["urn:a"], None, formats),
        Saved("n", {"p": ["合肥"]}, "http://x/", formats),
        Content(None, "turtle"),
    ):
        assert from_json(to_json(question)) == question
