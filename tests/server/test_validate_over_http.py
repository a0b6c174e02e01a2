"""`POST /validate`: Turtle in, findings out."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from tests.processes import children, needs_proc
from tests.server.conftest import LIMITS, Reply, Server, serving, stored
from zonegraph.project.sources import Project
from zonegraph.server import served

WRONG = "zgd:article-new-article a zg:Artikel ; zg:published 2021 .\n"
BROKEN = "zgd:article-new-article a zg:Article ;;; zg:x [ .\n<script>alert(1)</script>"


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private"))), LIMITS._replace(timeout=90)
    ) as running:
        yield running


def send(server: Server, turtle: str | bytes, accept: str | None = None, target: str = "/validate") -> Reply:
    return server.send("POST", target, turtle, Accept=accept, Content_Type="text/turtle")


def test_what_is_wrong_is_told_with_its_line_and_what_to_do(server: Server) -> None:
    reply = send(server, WRONG, "application/json")
    assert (reply.status, reply.media_type) == (200, "application/json")
    told = json.loads(reply.body)
    assert told["conforms"] is False
    assert told["findings"]
    assert {finding["path"] for finding in told["findings"]} == {"data/articles/new-article.ttl"}


def test_the_file_of_an_article_conforms(server: Server, golden_project: Project) -> None:
    file = min(Path(golden_project.root, "data", "articles").glob("*.ttl"))
    told = json.loads(send(server, file.read_bytes(), "application/json", f"/validate?slug={file.stem}").body)
    assert told["conforms"] is True


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/plain"),
        ("application/sarif+json", "application/sarif+json"),
        ("text/turtle", "text/turtle"),
        ("application/xml", "application/xml"),
        ("text/html", "text/html"),
    ],
)
def test_the_report_has_the_format_that_is_accepted_and_leads_nowhere_outside(
    server: Server, golden_project: Project, accept: str | None, media_type: str
) -> None:
    reply = send(server, BROKEN, accept)
    assert (reply.status, reply.media_type) == (200, media_type), reply.text
    assert golden_project.root not in reply.text
    assert "new-article.ttl" in reply.text
    if media_type == "application/sarif+json":
        assert json.loads(reply.text)["version"] == "2.1.0"
    elif media_type == "application/xml":
        ElementTree.fromstring(reply.text)
    elif media_type == "text/turtle":
        assert list(ox.parse(reply.body, format=ox.RdfFormat.TURTLE))
    elif media_type == "text/html":
        (style,) = re.findall("<style>(.*?)</style>", reply.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert "<script>" not in reply.text


def test_no_passage_of_a_text_is_quoted(server: Server, golden_project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    file = min(Path(golden_project.root, "data", "articles").glob("*.ttl"))
    (tmp_path / f"{file.stem}.txt").write_text("a secret passage\n" * 200)
    monkeypatch.setenv("ZONEGRAPH_ARTICLES", str(tmp_path))
    for accept in ("text/plain", "application/json", "text/html"):
        assert "secret" not in send(server, file.read_bytes(), accept, f"/validate?slug={file.stem}").text


@pytest.mark.parametrize(
    ("target", "headers", "body", "status", "reason"),
    [
        ("/validate", {"Content_Type": "text/plain"}, "x", 415, "text/turtle"),
        ("/validate", {}, "x", 415, "no Content-Type"),
        ("/validate", {"Content_Type": "text/turtle; charset=utf-16"}, "x", 415, "UTF-8"),
        ("/validate", {"Content_Type": "text/turtle"}, b"\xff", 400, "not UTF-8"),
        ("/validate", {"Content_Type": "text/turtle"}, b"#" * 1_000_001, 413, "1,000,000"),
        ("/validate", {"Content_Type": "text/turtle", "Accept": "image/png"}, "x", 406, "application/sarif+json"),
        ("/validate?slug=../../x", {"Content_Type": "text/turtle"}, "x", 400, "slug=../../x"),
        ("/validate?slug=a%0A", {"Content_Type": "text/turtle"}, "x", 400, "slug="),
        ("/validate?slug=a&slug=b", {"Content_Type": "text/turtle"}, "x", 400, "give one"),
        ("/validate?file=a", {"Content_Type": "text/turtle"}, "x", 400, "no such parameter"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_reason(
    server: Server, target: str, headers: dict[str, str], body: str | bytes, status: int, reason: str
) -> None:
    reply = server.send("POST", target, body, **headers)
    assert reply.status == status
    assert reason in reply.text


def test_it_is_asked_by_post_alone(server: Server) -> None:
    reply = server.send("GET", "/validate")
    assert (reply.status, reply.headers["allow"]) == (405, "OPTIONS, POST")


def test_a_graph_of_no_project_has_no_rules(tmp_path: Path) -> None:
    with serving(stored(tmp_path / "store", [])) as running:
        assert send(running, WRONG).status == 404


def test_a_client_that_sends_many_files_at_once_is_told_to_come_again(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: send(server, WRONG), range(6)))
    assert {reply.status for reply in replies} == {200, 429}
    assert all("retry-after" in reply.headers for reply in replies if reply.status == 429)


@needs_proc
def test_a_client_that_leaves_has_its_file_judged_no_longer(server: Server) -> None:
    head = f"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/turtle\r\nContent-Length: {len(WRONG)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head.encode() + WRONG.encode())
        assert judged_by(1)
    assert judged_by(0)
    by = time.monotonic() + 30
    while server.logged[-1].get("outcome") != "client left":
        assert time.monotonic() < by, server.logged[-1]
        time.sleep(0.01)


def judged_by(number: int) -> bool:
    """Whether within some seconds so many processes judge files."""
    by = time.monotonic() + 30
    while time.monotonic() < by:
        with suppress(OSError):  # one has just ended
            lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(os.getpid())]
            if sum(b"zonegraph.server.validating" in line for line in lines) == number:
                return True
        time.sleep(0.01)
    return False
