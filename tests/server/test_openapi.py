"""The description of what can be asked: it is valid, it is of all saved questions, and what is drawn from it is answered."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.conftest import SEED, SHARE
from tests.server.conftest import LIMITS, Server, serving
from zonegraph.project.sources import Project
from zonegraph.server import served


@pytest.fixture(scope="module")
def server(golden_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        served.of_project(golden_project.root, str(tmp_path_factory.mktemp("private"))), LIMITS._replace(timeout=60)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    reply = server.send("GET", "/openapi.json")
    assert (reply.status, reply.media_type) == (200, "application/json")
    return json.loads(reply.body)  # type: ignore[no-any-return]


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_saved_question_is_in_it_with_its_parameters(server: Server, document: dict[str, Any]) -> None:
    for entry in server.serving.current.served.catalogue:
        operation = document["paths"][f"/queries/{entry['name']}"]["get"]
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert names[: len(entry["parameters"])] == [parameter["name"] for parameter in entry["parameters"]]
        assert {"cite", "as-of", "limit", "sort", "columns"} <= set(names)
        assert operation["summary"] == entry["question"]


def test_the_types_of_parameters_are_those_of_the_question(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/queries/timeline"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert schemas["article"]["items"]["type"] == "string"
    assert schemas["limit"]["type"] == "integer"


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]


def test_the_page_needs_nothing_but_itself(server: Server) -> None:
    reply = server.send("GET", "/docs", Accept="text/html,*/*;q=0.8")
    assert (reply.status, reply.media_type) == (200, "text/html")
    page = Page(reply.text)
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "form", "base"}
    assert all(address.startswith("/") for address in page.addresses)
    (style,) = re.findall("<style>(.*?)</style>", reply.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = reply.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    assert "What happened when, as precisely as each article says?" in reply.text


def test_the_same_description_is_not_sent_again(server: Server) -> None:
    for path in ("/openapi.json", "/docs"):
        entity = server.send("GET", path).headers["etag"]
        assert server.send("GET", path, If_None_Match=entity).status == 304
    assert server.send("GET", "/docs", Accept="image/png").status == 406


VALUES = ("zgd:zone-shenzhen-miit", "深圳", "Shenzhen", "3", "-1", "1.5", "2021-02-24", "2021-13", "", "\0", "a\r\nb", "x" * 500, "%zz", "zg:Act", "<x>", '"', "true", "1e400", "٣", "\ud83d", "date", "-date,what", ",", "stated")  # fmt: skip


def drawn(generator: random.Random, document: dict[str, Any]) -> str:
    """A request of a saved question with parameters and values drawn at random, mostly such as its description has."""
    path = generator.choice([path for path in document["paths"] if path.startswith("/queries")])
    names = [p["name"] for p in document["paths"][path]["get"].get("parameters", ()) if p["name"] != "as-of"]
    given = [
        (generator.choice([*names, "nothing"]), generator.choice(VALUES).encode("utf-8", "surrogatepass"))
        for _ in range(generator.randrange(4))
    ]
    return f"{path}?{urlencode(given)}"


ACCEPT = (None, "*/*", "text/csv", "application/sparql-results+xml", "application/json", "text/html", "junk")


def answered(server: Server, document: dict[str, Any], number: int) -> Counter[int]:
    generator = random.Random(SEED)
    statuses: Counter[int] = Counter()
    for _ in range(number):
        target = drawn(generator, document)
        reply = server.send("GET", target, Accept=generator.choice(ACCEPT))
        assert reply.status in (200, 400, 406), (target, reply.status, reply.text[:500])
        assert reply.status == 200 or reply.text.strip()
        statuses[reply.status] += 1
    assert not [line for line in server.logged if line["event"] in ("fault", "worker died")]
    return statuses


def test_a_request_drawn_from_the_description_is_answered_and_never_with_a_fault(
    server: Server, document: dict[str, Any]
) -> None:
    statuses = answered(server, document, 150)
    assert set(statuses) == {200, 400, 406}


@pytest.mark.thorough
def test_thousands_of_requests_drawn_from_the_description_are_answered(
    server: Server, document: dict[str, Any]
) -> None:
    print(f"requests drawn from the description: {dict(answered(server, document, round(5_000 * SHARE)))}")
