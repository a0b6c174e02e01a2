"""A SPARQL service that is broken, slow, endless or malicious gets one clear message, in bounded time and memory."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import unicodedata
import urllib.parse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

import zonegraph
from tests.conftest import ROOT, program
from tests.hostile.bad_server import Connection, http, serving
from zonegraph import vocabulary as v
from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError, ZonegraphError
from zonegraph.store import Bindings, Boolean, Triples, bounds, endpoint, exchange, results
from zonegraph.store.embedded import EmbeddedStore, columns, require_sparql
from zonegraph.store.endpoint import EndpointStore
from zonegraph.store.guard import judge
from zonegraph.store.query import Query, with_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable

    from zonegraph.store import Answer

QUERY = "SELECT ?a { ?s ?p ?a }"
ROW = {"a": {"type": "literal", "value": "x"}}
RESULT = {"head": {"vars": ["a"]}, "results": {"bindings": [ROW]}}
GOOD = json.dumps(RESULT)
GOOD_XML = (
    '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="a"/></head>'
    '<results><result><binding name="a"><literal>x</literal></binding></result></results></sparql>'
)
X = Bindings(["a"], [(ox.Literal("x"),)])
SECRET = "Distinctive-Secret"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, credentials or netrc of whoever runs the tests."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith("ZONEGRAPH_ENDPOINT_") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [program("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run(
        [
            *command,
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            path,
            "-out",
            f"{path}.crt",
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def ask(url: str, text: str = QUERY, seconds: float = 20, **options: bool) -> Answer:
    return EndpointStore(url, deadline=Deadline(seconds), **options).query(judge(text))


def refused(url: str, text: str = QUERY, seconds: float = 20, **options: bool) -> ZonegraphError:
    """Ask, and return the error, whose message is a problem that begins with the address, and a remedy."""
    start = time.monotonic()
    with pytest.raises(ZonegraphError) as caught:
        ask(url, text, seconds, **options)
    assert time.monotonic() - start < seconds + 15
    problem, remedy = str(caught.value).split("\n")
    assert problem.startswith(re.sub(r"//[^/]*@", "//", url.partition("?")[0]))
    assert re.match("  [a-z]", remedy)
    assert len(problem) < len(url) + 1200
    assert "Traceback" not in str(caught.value)
    assert "internal error" not in str(caught.value)
    return caught.value


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


CHUNKED = {"Transfer_Encoding": "chunked", "Content_Length": None}

# What the server sends, and what the message says.
ODD_ANSWERS = {
    "nothing": (b"", "the connection was closed before an answer arrived"),
    "100 and nothing": (b"HTTP/1.1 100 Continue\r\n\r\n", "status 100 (Continue) and nothing"),
    "100 and a body": (http(GOOD, status="100 Continue"), "status 100 (Continue) and nothing"),
    "101": (http(status="101 Switching Protocols"), "HTTP 101: Switching Protocols"),
    "199": (http(status="199 Hm"), "HTTP 199: Hm"),
    "201": (http(GOOD, status="201 Created"), "HTTP 201: Created"),
    "204": (http(status="204 No Content"), "HTTP 204: No Content"),
    "206": (http(GOOD, status="206 Partial Content"), "HTTP 206: Partial Content"),
    "300": (http(status="300 Multiple Choices"), "HTTP 300: Multiple Choices"),
    "302 without location": (http(status="302 Found"), "HTTP 302: Found"),
    "304": (http(status="304 Not Modified"), "HTTP 304: Not Modified"),
    "401": (http("who are you", "text/plain", "401 Unauthorized"), "HTTP 401: who are you"),
    "403": (http("go away", "text/plain", "403 Forbidden"), "HTTP 403: go away"),
    "404": (http("", None, "404 Not Found"), "HTTP 404: Not Found"),
    "404 page": (http("<html><title>Not\nhere</title>", "text/html", "404 X"), "HTTP 404: Not here"),
    "405": (http("no POST", None, "405 Method Not Allowed"), "HTTP 405: no POST"),
    "406": (http("", None, "406 Not Acceptable"), "HTTP 406: Not Acceptable"),
    "413": (http("", None, "413 "), "HTTP 413: "),
    "429": (http("slower", None, "429 Too Many Requests"), "HTTP 429: slower"),
    "500": (http("out of memory", "text/plain", "500 X"), "HTTP 500: out of memory"),
    "500 that breaks off": (http("ab", None, "500 X", Content_Length="100"), "HTTP 500: ab"),
    "500 chunked that breaks off": (http(b"5\r\nab", None, "500 X", **CHUNKED), "HTTP 500: ab"),
    "500 in gzip": (http(gzip.compress(b"no"), None, "500 Oh", Content_Encoding="gzip"), "HTTP 500: Oh"),
    "502 with control characters": (http("a\r\n\r\n\tb", None, "502 X"), "HTTP 502: a b"),
    "503 not UTF-8": (http(b"caf\xe9", None, "503 X"), "HTTP 503: caf\ufffd"),
    "599 without a reason": (http("", None, "599"), "HTTP 599: no reason given"),
    "600": (http("", None, "600 X"), "HTTP 600: X"),
    "status 1000": (b"HTTP/1.1 1000 OK\r\n\r\n", "the answer is not HTTP; it begins: HTTP/1.1 1000 OK"),
    "status of letters": (b"HTTP/1.1 abc OK\r\n\r\n", "the answer is not HTTP; it begins: HTTP/1.1 abc OK"),
    "no HTTP": (b"220 mail.example.org ESMTP\r\n", "the answer is not HTTP; it begins: 220 mail.example.org ESMTP"),
    "JSON alone": (GOOD.encode(), 'the answer is not HTTP; it begins: {"head"'),
    "TLS alert": (b"\x15\x03\x03\x00\x02\x02\x46", "the answer is not HTTP; it begins: \\u0015"),
    "a status line without end": (b"x" * 100_000, "too large: got more than 65536 bytes when reading status line"),
    "HTTP/2": (b"HTTP/2 200\r\n\r\n", "the answer is not HTTP/1.1 but HTTP/2"),
    "a header of 1 MB": (http(GOOD, X_Long="y" * (1 << 20)), "headers are too large: got more than 65536 bytes"),
    "101 headers": (http(GOOD, **{f"X_{i}": "y" for i in range(101)}), "headers are too large: got more than 100"),
    "gzip": (http(gzip.compress(GOOD.encode()), Content_Encoding="gzip"), "encoded (gzip), which was not requested"),
    "gzip unsaid": (http(gzip.compress(GOOD.encode())), "it is compressed (gzip), which was not requested"),
    "two encodings": (http(GOOD, Content_Encoding="br, Deflate"), "encoded (br, deflate), which was not requested"),
    "gzip as transfer": (http(GOOD, Transfer_Encoding="gzip"), "encoded (gzip), which was not requested"),
    "a body that breaks off": (http('{"h', Content_Length="9000"), "the answer broke off after 3 bytes"),
    "no body": (http("", Content_Length="5"), "the answer broke off after 0 bytes"),
    "chunks that break off": (http(chunks(b'{"head"') + b"ff\r\nx", **CHUNKED), "broke off after 8 bytes"),
    "chunks without the last": (http(chunks(GOOD.encode()), **CHUNKED), f"broke off after {len(GOOD)} bytes"),
    "chunks of no length": (http(b"zz\r\n", **CHUNKED), "the answer broke off after 0 bytes"),
    "a negative chunk": (http(b"-5\r\nabcde", **CHUNKED), "the answer broke off after"),
    "more than is read": (http("", Content_Length=str(1 << 40)), "the answer has more than 256 MiB"),
    "empty": (http(""), "is not a SPARQL result (application/sparql-results+json): it is empty"),
    "blanks": (http(" \r\n\t"), "is not a SPARQL result (application/sparql-results+json): it is empty"),
    "a page": (
        http("<!DOCTYPE html>\n<html><head><title>Sign\n in</title>", "text/html; charset=utf-8"),
        "is not a SPARQL result (text/html; charset=utf-8): it is a web page, titled “Sign in”; it begins: <!DOCTYPE",
    ),
    "a page as JSON": (http("<HTML>hello"), "it is a web page; it begins: <HTML>hello"),
    "text": (http("\n hello\n you", "text/plain"), "is not a SPARQL result (text/plain): it is neither JSON nor XML; it begins: hello"),
    "text without type": (http("hello", None), "is not a SPARQL result (no media type): it is neither"),
    "CSV": (http("a\r\nx\r\n", "text/csv"), "is not a SPARQL result (text/csv): it is neither JSON nor XML; it begins: a"),
    "TSV": (http('?a\n"x"\n', "text/tab-separated-values"), "it is neither JSON nor XML; it begins: ?a"),
    "another XML": (http("<?xml version='1.0'?><a/>", "text/xml"), "is not a SPARQL result (text/xml): Expecting <sparql>"),
    "XML cut": (http(GOOD_XML[:-30], "application/sparql-results+xml"), "is not a SPARQL result"),
    "an entity": (http(GOOD_XML.replace(">x<", ">&y;<"), "application/sparql-results+xml"), "is not a SPARQL result"),
    "JSON cut": (http(GOOD[:-3]), "is not a SPARQL result"),
    "JSON twice": (http(GOOD + GOOD), "is not a SPARQL result"),
    "another JSON": (http('{"error": "no"}', "application/json"), "must contain a 'boolean' or a 'results' key; it begins: {\"error\""),
    "an array": (http("[]"), "is not a SPARQL result"),
    "NaN": (http('{"head":{"vars":["a"]},"results":{"bindings":[NaN]}}'), "is not a SPARQL result"),
    "NaN beside": (http('{"head":{"vars":["a"]},"results":{"bindings":[]},"x":NaN}'), "is not a SPARQL result"),
    "a number": (http(GOOD.replace('"x"', "5")), "is not a SPARQL result"),
    "a number of many digits": (http(GOOD.replace('"x"', "5" * 10_000)), "is not a SPARQL result"),
    "rows that are null": (http('{"head":{"vars":["a"]},"results":{"bindings":null},"x":1}'), "is not a SPARQL result"),
    "deep JSON": (http('{"head":{"vars":["a"]},"x":' + "[" * 100_000), "is not a SPARQL result"),
    "deep terms": (http('{"head":{"vars":["a"]},"results":{"bindings":[{"a":' + '{"value":' * 9000), "the answer has objects nested more than 100 deep"),
    "half of a surrogate pair": (http(GOOD.replace("x", "\\ud800")), "is not a SPARQL result"),
    "bytes that are no text": (http(GOOD.encode().replace(b"x", b"\xff")), "is not a SPARQL result"),
    "no IRI": (http(GOOD.replace("literal", "uri").replace('"x"', '"a b"')), "is not a SPARQL result"),
    "UTF-16": (http(GOOD.encode("utf-16")), "it is neither JSON nor XML"),
    "two kinds": (http(json.dumps({**RESULT, "boolean": True})), "is not a SPARQL result"),
    "a long line": (http("z" * 5000, "y" * 5000), "it begins: " + "z" * 299 + "…"),
    "other columns": (http(GOOD.replace('"a"', '"b"')), "the answer has the columns b, not a"),
    "no columns": (http('{"head":{"vars":[]},"results":{"bindings":[]}}'), "the answer has the columns none, not a"),
    "a column twice": (http(GOOD.replace('["a"]', '["a", "a"]')), "is not a SPARQL result"),
    "very many columns": (http(json.dumps({"head": {"vars": [f"c{i}" for i in range(5000)]}, "results": {"bindings": []}})), "…, not a"),
    "yes": (http('{"head": {}, "boolean": true}'), "SELECT was requested, but the answer is yes or no"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_an_odd_answer_is_an_engine_failure_with_one_message(answer: bytes, message: str) -> None:
    with serving(answer) as server:
        error = refused(server.url)
        assert len(server.requests) == 1
    assert message in str(error)
    assert error.exit_code == 3


REMEDIES = {
    "401": (http(status="401 X"), endpoint.TOKEN),
    "403": (http(status="403 X"), "ZONEGRAPH_ENDPOINT_USER and ZONEGRAPH_ENDPOINT_PASSWORD"),
    "404": (http(status="404 X"), "is this the address of the SPARQL service itself?"),
    "406": (http(status="406 X"), "it offers none of application/sparql-results+json"),
    "429": (http(status="429 X", Retry_After="17"), "ask again in 17 s"),
    "503": (http(status="503 X", Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"), "ask again after Fri, 31 Dec 1999"),
    "503 for a long while": (http(status="503 X", Retry_After="9" * 5000), "ask again after 999"),
    "503 unsaid": (http(status="503 X"), "ask again later"),
}


@pytest.mark.parametrize(("answer", "remedy"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_fits_the_status(answer: bytes, remedy: str) -> None:
    with serving(answer) as server:
        message = str(refused(server.url))
    assert remedy in message.split("\n")[1]
    assert len(message) < 1000


def test_a_query_that_the_service_does_not_accept_is_the_users_mistake() -> None:
    with serving(http("no such function\r\n\r\nat 1:2", "text/plain", "400 Bad Request")) as server:
        error = refused(server.url)
        other = refused(server.url, any_sparql=True)
    assert isinstance(error, UsageError)
    assert "the endpoint does not accept the query: no such function at 1:2\n" in str(error)
    assert str(other).split("\n")[1] != str(error).split("\n")[1]


READ_ALL_THE_SAME = {
    "text/plain": http(GOOD, "text/plain"),
    "application/json": http(GOOD, "application/json"),
    "application/octet-stream": http(GOOD, "application/octet-stream"),
    "text/html": http(GOOD, "text/html"),
    "no type": http(GOOD, None),
    "an empty type": http(GOOD, ""),
    "a type of capitals": http(GOOD, "Application/SPARQL-Results+JSON; charset=UTF-8"),
    "XML": http(GOOD_XML, "application/sparql-results+xml"),
    "XML as text": http(GOOD_XML, "text/plain"),
    "XML as JSON": http(GOOD_XML),
    "XML after a blank line": http("\n" + GOOD_XML.partition("?>")[2], None),
    "JSON with a byte order mark": http("\ufeff" + GOOD),
    "chunks": http(chunks(*(GOOD[i : i + 3].encode() for i in range(0, len(GOOD), 3)), b""), **CHUNKED),
    "ended by the connection": http(GOOD, Content_Length=None),
    "a length that is none": http(GOOD, Content_Length="many"),
    "more than was said": http(GOOD + "more", Content_Length=str(len(GOOD))),
    "100 before": b"HTTP/1.1 100 Continue\r\n\r\n" + http(GOOD),
    "HTTP/1.0": http(GOOD).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "203": http(GOOD, status="203 Transformed"),
    "no encoding": http(GOOD, Content_Encoding="identity"),
    "a member after the rows": http(json.dumps({**RESULT, "meta": {"time": 1.5, "of": [None, True, {}]}})),
    "a member before the rows": http(json.dumps({"meta": 1, **RESULT})),
    "a member of the head": http(json.dumps({**RESULT, "head": {"vars": ["a"], "x": 1}})),
    "a member of the results": http(json.dumps({**RESULT, "results": {"distinct": False, "x": {}, "bindings": [ROW]}})),
    "a member of a term": http(json.dumps({**RESULT, "results": {"bindings": [{"a": {**ROW["a"], "x": [1]}}]}})),
    "an old literal": http(GOOD.replace('"literal"', '"typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#string"')),
}  # fmt: skip


@pytest.mark.parametrize("answer", READ_ALL_THE_SAME.values(), ids=READ_ALL_THE_SAME)
def test_a_result_is_read_by_what_it_is(answer: bytes) -> None:
    with serving(answer) as server:
        assert ask(server.url) == X


def test_a_term_keeps_all_that_the_format_defines_when_other_members_go() -> None:
    terms = [
        {"type": "uri", "value": "urn:a"},
        {"type": "bnode", "value": "b0"},
        {"type": "literal", "value": "c", "xml:lang": "zh-Hans"},
        {"type": "literal", "value": "1", "datatype": v.XSD + "integer"},
        {"type": "triple", "value": {p: {"type": "uri", "value": "urn:t"} for p in ("subject", "predicate", "object")}},
    ]
    plain = json.dumps({**RESULT, "results": {"bindings": [{"a": term} for term in terms]}})
    strange = re.sub(r'"type":', '"x": [{}], "type":', plain)
    with serving(http(plain)) as one, serving(http(strange)) as other:
        assert ask(one.url) == ask(other.url)


def test_json_with_other_members_is_not_rewritten_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_TO_REWRITE", 100)
    with serving(http(json.dumps({**RESULT, "x": "y" * 100}))) as server:
        assert "is not a SPARQL result" in str(refused(server.url))


TURTLE = "<urn:s> <urn:p> <urn:o> ."


@pytest.mark.parametrize("form", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <urn:s>"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TURTLE, "text/turtle; charset=utf-8"),
        (TURTLE, "application/n-triples"),
        ("@prefix u: <urn:> . u:s u:p u:o .", "text/plain"),
        (TURTLE, None),
    ],
)
def test_triples_are_read_by_what_they_are(form: str, body: str, kind: str | None) -> None:
    with serving(http(body, kind)) as server:
        answer = ask(server.url, form)
    assert answer == Triples([ox.Triple(*(ox.NamedNode(f"urn:{name}") for name in "spo"))])


@pytest.mark.parametrize(
    "kind", ["text/turtle", "application/json", "application/ld+json", "application/rdf+xml", None]
)
@pytest.mark.parametrize("body", [GOOD, GOOD_XML])
def test_rows_are_never_taken_for_triples(body: str, kind: str | None) -> None:
    with serving(http(body, kind)) as server:
        assert "CONSTRUCT was requested, but the answer is rows" in str(
            refused(server.url, "CONSTRUCT WHERE { ?s ?p ?o }")
        )


RDF_XML = '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
JSON_LD = '{"@context": "http://127.0.0.1:9/", "@id": "urn:s", "p": "o"}'


@pytest.mark.parametrize("body", [RDF_XML, JSON_LD, "[]", "<html>", "hello", '{"a": 1', "<urn:s> <urn:p>", "<a/>", ""])
def test_what_is_no_triples_is_an_engine_failure(body: str) -> None:
    with serving(http(body, "text/turtle")) as server:
        assert "is not a SPARQL result (text/turtle)" in str(refused(server.url, "CONSTRUCT WHERE { ?s ?p ?o }"))


def test_rows_beyond_the_limit_are_cut() -> None:
    body = json.dumps({**RESULT, "results": {"bindings": [ROW] * 5}})
    with serving(http(body)) as server:
        assert EndpointStore(server.url).query(judge(QUERY), limit=2) == Bindings(["a"], X.rows * 2)
        assert EndpointStore(server.url).query(judge(QUERY)) == Bindings(["a"], X.rows * 5)
    with serving(http(f"{TURTLE} <urn:s> <urn:p> 1 .", "text/turtle")) as server:
        answer = EndpointStore(server.url).query(judge("CONSTRUCT WHERE { ?s ?p ?o }"), limit=1)
        assert len(answer.triples) == 1  # type: ignore[union-attr]


# Time and size.


def drip(connection: Connection, data: bytes = b"x") -> None:
    for _ in range(200):
        connection.send(data)
        time.sleep(0.05)


def after(start: bytes, data: bytes = b"x"):  # type: ignore[no-untyped-def]
    def behave(connection: Connection) -> None:
        connection.send(start)
        drip(connection, data)

    return behave


TRICKLES = {
    "the status line": (after(b"HTTP/1.1 200 "), "no answer within 1 s"),
    "a header": (after(b"HTTP/1.1 200 OK\r\nX: "), "no answer within 1 s"),
    "headers": (after(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), "no answer within 1 s"),
    "100 again and again": (after(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer within 1 s"),
    "the body": (
        after(http(Content_Length="99999"), b" "),
        r"the answer was not complete within 1 s; \d+ bytes arrived",
    ),
    "chunks": (
        after(http(**CHUNKED), b"1\r\n \r\n"),
        r"the answer was not complete within 1 s; \d+ bytes arrived",
    ),
    "a chunk's length": (after(http(**CHUNKED), b"0"), "no answer within 1 s"),
    "what stands after the last chunk": (after(http(chunks(b" ") + b"0\r\n", **CHUNKED), b"X: y\r\n"), "within 1 s"),
    "an error": (after(http(status="500 X", Content_Length="99999")), "HTTP 500: xx"),
    "nothing": (lambda connection: time.sleep(5), "no answer within 1 s"),
}


@pytest.mark.parametrize(("behave", "message"), TRICKLES.values(), ids=TRICKLES)
def test_a_server_that_trickles_is_left_at_the_deadline(behave, message: str) -> None:  # type: ignore[no-untyped-def]
    with serving(behave) as server:
        start = time.monotonic()
        error = refused(server.url, seconds=1)
        assert time.monotonic() - start < 6
    assert re.search(message, str(error))
    assert error.exit_code == 3


class NarrowSocket(socket.socket):
    """A socket that holds little of what is to be sent."""

    def connect(self, address: object) -> None:
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        super().connect(address)  # type: ignore[arg-type]


def test_a_server_that_is_slow_to_begin_and_slow_to_read_is_left_at_the_deadline(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(exchange.socket, "socket", NarrowSocket)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        received = []

        def read() -> None:
            client = listener.accept()[0]
            time.sleep(3)
            with suppress(OSError), context.wrap_socket(client, server_side=True) as stream:
                while piece := stream.recv(1 << 14):
                    received.append(piece)
                    time.sleep(0.1)

        thread = threading.Thread(target=read)
        thread.start()
        values = " ".join(f'"{i}{"城" * 45}"' for i in range(3_500))  # 1.5 MB as it is sent
        start = time.monotonic()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/sparql"
        error = refused(url, f"SELECT ?a {{ VALUES ?a {{ {values} }} }}", 4)
        assert time.monotonic() - start < 6
        thread.join()
    assert "no answer within 4 s" in str(error)
    assert received, "it did read"


def test_a_connection_that_comes_late_leaves_the_rest_of_the_time_for_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(socket.socket):
        def connect(self, address: object) -> None:
            time.sleep(2.5)
            super().connect(address)  # type: ignore[arg-type]

    monkeypatch.setattr(exchange.socket, "socket", Late)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        error = refused(f"https://127.0.0.1:{silent.getsockname()[1]}/", seconds=3)
        assert time.monotonic() - start < 5
    assert "no answer within 3 s" in str(error)


def test_a_deadline_counts_for_all_queries_under_it_and_the_default_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(connection: Connection) -> None:
        time.sleep(0.7)
        connection.send(http(GOOD))

    with serving(slow) as server:
        store = EndpointStore(server.url)
        bounded = store.within(Deadline(1))
        assert bounded.query(judge(QUERY)) == X
        with pytest.raises(EngineError, match="no answer within 1 s"):
            bounded.query(judge(QUERY))
        monkeypatch.setattr(endpoint, "SECONDS", 1)
        for each in (store, store, store.within(Deadline(None)), EndpointStore(server.url, deadline=Deadline(None))):
            assert each.query(judge(QUERY)) == X
        monkeypatch.setattr(endpoint, "SECONDS", 0.3)
        for each in (store, store.within(Deadline(None))):
            with pytest.raises(EngineError, match=r"no answer within 0\.3 s"):
                each.query(judge(QUERY))


def test_a_deadline_that_is_over_sends_nothing() -> None:
    with serving(http(GOOD)) as server:
        over = Deadline(0.001)
        time.sleep(0.01)
        with pytest.raises(EngineError, match=r"no answer within 0\.001 s"):
            EndpointStore(server.url).within(over).query(judge(QUERY))
        assert server.requests == []


def test_each_address_of_a_host_has_what_the_deadline_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with serving(http(GOOD)) as server:
        places = [("127.0.0.1", port), ("127.0.0.1", int(server.host.partition(":")[2]))]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert ask("http://two.example/sparql") == X  # the first refuses


@pytest.mark.parametrize("piece", ["<!---->", "<!--", "<title", "<title>", "<title x=", "<html ", "\n", "<!doctype "])
@pytest.mark.parametrize("status", ["200 OK", "500 X"])
def test_looking_for_the_title_of_a_page_takes_no_time(piece: str, status: str) -> None:
    with serving(http(piece * 20_000, "text/html", status)) as server:
        start = time.monotonic()
        refused(server.url)
        assert time.monotonic() - start < 2


def test_reading_what_has_come_counts_against_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(20)
    receive = exchange.receive

    def received(*arguments: object) -> bool:
        whole = receive(*arguments)  # type: ignore[arg-type]
        deadline._ends = 0.0
        return whole

    monkeypatch.setattr(exchange, "receive", received)
    with serving(http(GOOD)) as server, pytest.raises(EngineError) as caught:
        EndpointStore(server.url, deadline=deadline).query(judge(QUERY))
    assert f"not complete within 20 s; {len(GOOD)} bytes arrived" in str(caught.value)


ENDLESS = """
import resource
from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError, ZonegraphError
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.endpoint import EndpointStore
from zonegraph.store.guard import judge
try:
    EndpointStore({url!r}, deadline=Deadline(100)).query(judge({query!r}))
except EngineError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def endless(connection: Connection, start: bytes, piece: bytes) -> None:
    connection.send(start)
    while True:
        connection.send(piece)


@pytest.mark.parametrize("chunked", [False, True])
def test_an_endless_answer_is_read_up_to_a_bound_in_time_and_memory(chunked: bool) -> None:
    start = http(**CHUNKED) if chunked else http(Content_Length=None)
    piece = chunks(b" " * (1 << 20)) if chunked else b" " * (1 << 20)
    with serving(lambda connection: endless(connection, start, piece)) as server:
        script = ENDLESS.format(url=server.url, query=QUERY)
        output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    *message, kibibytes = output.stdout.splitlines()
    assert message[0] == f"{server.url}: the answer has more than 256 MiB"
    assert server.sent[0] < (256 + 32) << 20
    assert int(kibibytes) < 600 << 10
    assert output.stderr == ""


def test_an_endless_error_is_read_up_to_a_bound() -> None:
    start = http(status="500 X", Content_Length=None)
    with serving(lambda connection: endless(connection, start, b"so it goes " * 1000)) as server:
        error = refused(server.url)
    assert "HTTP 500: so it goes so it goes" in str(error)
    assert server.sent[0] < 32 << 20, "the system's buffers, and no more"


@pytest.mark.parametrize("piece", [b"X: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"x"])
def test_endless_headers_end(piece: bytes) -> None:
    with serving(lambda connection: endless(connection, b"", piece * 1000)) as server:
        refused(server.url, seconds=3)


def test_an_answer_of_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MOST", len(GOOD))
    with serving(http(GOOD)) as server:
        assert ask(server.url) == X
    for more in (http(GOOD + " "), http(chunks(GOOD.encode(), b" ", b""), **CHUNKED)):
        with serving(more) as server:
            assert "the answer has more than" in str(refused(server.url))


SPARQL_XML = '<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
TRIPLE = '{"type":"triple","value":{"subject":{"type":"uri","value":"urn:s"},"predicate":{"type":"uri","value":"urn:p"},"object":'
TERM = '{"type":"uri","value":"urn:o"}'
# Answers of at most a few MiB that end the process, fill the memory, or are read for ever, if a parser is given them.
EXCESS = {
    "triple terms in JSON": (
        "SELECT",
        lambda: GOOD.replace(json.dumps(ROW["a"]), TRIPLE * 20_000 + TERM + "}}" * 20_000),
        "objects nested more than 100 deep",
    ),
    "triple terms in JSON behind quotation marks": (
        "SELECT",
        lambda: GOOD.replace(json.dumps(ROW["a"]), (TRIPLE.replace("urn:s", r"urn:\"}}{{\\") * 20_000 + TERM + "}}" * 20_000)),
        "objects nested more than 100 deep",
    ),
    "columns in JSON": (
        "SELECT",
        lambda: json.dumps({"head": {"vars": [f"a{i}" for i in range(200_000)]}, "results": {"bindings": []}}),
        "more than 10,000 columns",
    ),
    "columns in JSON with escapes": (
        "SELECT",
        lambda: GOOD.replace('["a"]', "[" + ",".join(rf'"\u0061{i}"' for i in range(200_000)) + "]"),
        "more than 10,000 columns",
    ),
    "empty rows before their columns": (
        "SELECT",
        lambda: '{"results": {"bindings": [' + "{}," * 20_000_000 + '{}]}, "head": {"vars": []}}',
        "more than 10,000,000 objects",
    ),
    "rows of many columns": (
        "SELECT",
        lambda: json.dumps({"head": {"vars": [f"a{i}" for i in range(9_000)]}, "results": {"bindings": [{}] * 9_000}}),
        "more than 10,000,000 cells",
    ),
    "a long literal in JSON": ("SELECT", lambda: GOOD.replace('"x"', f'"{"x" * (17 << 20)}"'), "a term of more than 16 MiB"),
    "triple terms in XML": (
        "SELECT",
        lambda: GOOD_XML.replace("<literal>x</literal>", "<triple><subject>" * 300_000),
        "tags or attributes that do not end",
    ),
    "columns in XML": (
        "SELECT",
        lambda: SPARQL_XML + "<head>" + "".join(f'<variable name="a{i}"/>' for i in range(200_000)),
        "more than 10,000 columns",
    ),
    "attributes": (
        "SELECT",
        lambda: SPARQL_XML + "<head><variable " + " ".join(f"a{i}='>'" for i in range(200_000)) + ' name="a"/></head>',
        "tags or attributes that do not end",
    ),
    "triple terms in Turtle": (
        "CONSTRUCT",
        lambda: "<urn:a> <urn:b> " + "<<( <urn:s> <urn:p> # >>\n" * 20_000 + "1" + " )>>" * 20_000 + ".",
        "more than 1,000 triple terms",
    ),
    "a long prefix": (
        "CONSTRUCT",
        lambda: f"@prefix a: <urn:{'x' * 100_000}> . a:b a:c a:d" + ",a:d" * 50_000 + ".",
        "more than 256 million characters in its terms",
    ),
    "a long literal in Turtle": (
        "CONSTRUCT",
        lambda: f'<urn:a> <urn:b> "{"x" * (17 << 20)}".',
        "a term of more than 16 MiB",
    ),
}  # fmt: skip
READING = """
import io, resource, sys
from zonegraph.deadline import Deadline
from zonegraph.store import bounds, results
body = io.BytesIO(open(sys.argv[2], "rb").read())
try:
    print(type(results.read(body, sys.argv[1], Deadline(60))))
except bounds.ExcessError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize(("form", "body", "message"), EXCESS.values(), ids=EXCESS)
def test_an_answer_that_is_made_to_exhaust_its_reader_is_refused(form: str, body, message: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "body").write_text(body())
    command = [sys.executable, "-c", READING, form, str(tmp_path / "body")]
    output = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert output.returncode == 0, output.stderr
    said, kibibytes = output.stdout.splitlines()
    assert said == message
    assert int(kibibytes) < 2 << 20


def test_the_marks_of_a_json_text_are_those_outside_its_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_PIECE", 7)
    chance = random.Random(9)

    def thing(depth: int) -> object:
        kind = chance.random() if depth < 5 else 0
        if kind < 0.5:
            return "".join(chance.choice('ab"\\{},[]\n城') for _ in range(chance.randrange(8)))
        parts = [thing(depth + 1) for _ in range(chance.randrange(4))]
        return parts if kind < 0.75 else {str(thing(9)): part for part in parts}

    def marks(thing: object) -> str:
        if isinstance(thing, dict):
            return f"{{{','.join(map(marks, thing.values()))}}}"
        return ",".join(map(marks, thing)) if isinstance(thing, list) else ""

    for _ in range(500):
        one = thing(0)
        assert bounds.marks_of(json.dumps(one, ensure_ascii=chance.random() < 0.5).encode()).decode() == marks(one), one


def test_more_triples_than_are_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_CELLS", 3_000)
    for count, kept in ((999, True), (1_000, False)):
        body = io.BytesIO(f"<urn:a> <urn:b> 1{',1' * count} .".encode())
        if kept:
            assert len(results.read(body, "CONSTRUCT", Deadline(20)).triples) == 1_000  # type: ignore[union-attr]
        else:
            with pytest.raises(bounds.ExcessError, match="more than 3,000 cells"):
                results.read(body, "CONSTRUCT", Deadline(20))


def test_what_the_bounds_allow_is_read() -> None:
    deep = json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": []}, "x": 0})
    for _ in range(90):
        deep = deep.replace('"x": 0', '"x": {"x": 0}')
    quoted = GOOD.replace('"x"', json.dumps('"}{,' * 50_000 + "\\"))
    wide = {"head": {"vars": [f"a{i}" for i in range(5_000)]}, "results": {"bindings": [{"a7": ROW["a"]}]}}
    triple = TRIPLE * 40 + TERM + "}}" * 40
    for body in (deep, quoted, json.dumps(wide), GOOD.replace(json.dumps(ROW["a"]), triple)):
        answer = results.read(io.BytesIO(body.encode()), "SELECT", Deadline(20))
        assert isinstance(answer, Bindings), body[:100]
    terms = ", ".join(f"<<( <urn:s> <urn:p> {i} )>>" for i in range(900))
    answer = results.read(io.BytesIO(f"<urn:a> <urn:b> {terms} .".encode()), "CONSTRUCT", Deadline(20))
    assert len(answer.triples) == 900  # type: ignore[union-attr]


def test_an_answer_in_excess_is_told_with_the_address() -> None:
    with serving(http(EXCESS["columns in JSON"][1]())) as server:
        assert f"{server.url}: the answer has more than 10,000 columns\n  ask for less" in str(refused(server.url))


# What is sent, and where.


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
def test_a_redirect_is_refused_before_anything_is_sent_there(status: int) -> None:
    with serving(http(GOOD)) as listener:
        there = f"http://bob:{SECRET}@{listener.host}/there?key={SECRET}#top"
        with serving(http(status=f"{status} X", Location=there)) as server:
            error = refused(server.url)
        assert f"{server.url}: redirects to http://{listener.host}/there?…\n" in str(error)
        assert SECRET not in str(error)
        assert listener.connections == 0


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("/login", "redirects to http://{host}/login\n"),
        ("//evil.example/x", "redirects to http://evil.example/x\n"),
        ("https://evil.example/@me/x", "redirects to https://evil.example/@me/x\n"),
        ("javascript:alert(1)", "redirects to javascript:alert(1)\n"),
        ("http://[", "redirects to http://["),
        ("/" + "x" * 5000, "xxx…\n"),
    ],
)
def test_where_a_redirect_leads_is_shown(location: str, message: str) -> None:
    with serving(http(status="302 X", Location=location)) as server:
        assert message.format(host=server.host) in str(refused(server.url))


@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        (QUERY, "application/sparql-results+json, application/sparql-results+xml;q=0.9"),
        (
            "# CONSTRUCT\nASK { ?construct ?p ?o }",
            "application/sparql-results+json, application/sparql-results+xml;q=0.9",
        ),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle, application/n-triples;q=0.9"),
        ("DESCRIBE <urn:select>", "text/turtle, application/n-triples;q=0.9"),
    ],
)
def test_what_is_sent_is_the_query_and_what_it_takes_for_an_answer(query: str, accepted: str) -> None:
    with serving(http("no", status="500 X")) as server:
        refused(server.url, query)
        (request,) = server.requests
    assert request.line == "POST /sparql HTTP/1.1"
    assert urllib.parse.parse_qsl(request.body.decode()) == [("query", query)]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == accepted
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["connection"] == "close"
    assert "authorization" not in request.headers


def test_our_prefixes_and_values_that_are_known_go_with_the_query() -> None:
    with serving(http(GOOD)) as server:
        store = EndpointStore(server.url)
        assert store.query(judge("SELECT ?a { ?s zg:inCity ?a }"), bindings={"s": ox.NamedNode("urn:s")}) == X
        (request,) = server.requests
    sent = dict(urllib.parse.parse_qsl(request.body.decode()))["query"]
    assert sent == f"PREFIX zg: <{v.ZG}> SELECT ?a {{ ?s zg:inCity ?a  VALUES (?s) {{ (<urn:s>) }} }}"


def test_a_text_that_nobody_has_judged_is_not_taken() -> None:
    with serving(http(GOOD)) as server:
        with pytest.raises(TypeError, match="takes a Query"):
            EndpointStore(server.url).query(QUERY)  # type: ignore[arg-type]
        assert server.connections == 0


NO_SPARQL = [
    "SELECT ?a {",
    "SELECT ?a { ?s bif:contains ?a }",
    "hello",
    "",
    "SELECT ?a { ?s ?p ?a } }",
    "SELECT ?a {} ASK {}",
]


@pytest.mark.parametrize("text", NO_SPARQL)
def test_what_is_not_sparql_to_the_embedded_store_is_sent_only_if_that_is_asked_for(text: str) -> None:
    with serving(http(GOOD)) as server:
        with pytest.raises(UsageError, match=r"query.* not valid SPARQL(?s:.*)\n  --any-sparql sends it anyway$"):
            ask(server.url, text)
        assert server.connections == 0
        assert ask(server.url, text, any_sparql=True) == X
        assert dict(urllib.parse.parse_qsl(server.requests[0].body.decode())).get("query", "") == text


def test_a_mistake_is_placed_where_the_user_made_it() -> None:
    query = judge("SELECT ?a { ?s zg:inCity ?a ] }")
    with pytest.raises(UsageError) as here:
        EmbeddedStore(ox.Store()).query(query)
    with pytest.raises(UsageError) as there:
        EndpointStore("http://127.0.0.1:9/").query(query)
    assert str(there.value) == f"{here.value}\n  --any-sparql sends it anyway"


NOT_EVALUATED = [
    "SELECT * {cross}",
    "SELECT ?c ?a {cross} ORDER BY ?a",
    "SELECT (COUNT(*) AS ?n) {cross}",
    "SELECT ?c (COUNT(*) AS ?n) {cross} GROUP BY ?c HAVING (COUNT(*) > 1) ORDER BY ?n LIMIT 3 # and\n # so on",
    "SELECT ?c FROM <urn:g> {cross} ORDER BY ?c OFFSET 3",
    "SELECT ?n {{ {{ SELECT (COUNT(*) AS ?n) {cross} }} MINUS {cross} }}",
    "SELECT DISTINCT ?a {cross} ORDER BY ?a VALUES (?a ?c) {{ (1 2) (UNDEF 1) }}",
    "SELECT ?a {cross} ORDER BY ?a VALUES ?a {{ 1 2 }} # {{ }}",
    "ASK {{ {cross} FILTER(?a + ?b + ?c < 0) }}",
    "CONSTRUCT {{ ?a <urn:p> ?c }} WHERE {{ {{ SELECT ?a ?c {cross} ORDER BY ?c }} }}",
]


@pytest.mark.parametrize("query", NOT_EVALUATED)
def test_a_query_is_looked_at_and_not_evaluated_here(query: str) -> None:
    numbers = " ".join(map(str, range(4000)))
    cross = "{ " + " ".join(f"VALUES ?{name} {{ {numbers} }}" for name in "abc") + " }"  # 64 thousand millions of rows
    text = query.format(cross=cross)
    start = time.monotonic()
    require_sparql(Query(text))
    columns(Query(text))
    assert time.monotonic() - start < 20


COLUMNS = [
    "SELECT ?c ?a ?b { ?a ?b ?c }",
    "SELECT * { ?z ?b ?a }",
    "SELECT ?a (1 AS ?one) { ?a ?b ?c } # end",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c }",
    "SELECT * { ?z ?b ?a } VALUES (?q ?z) { (1 2) }",
    "SELECT * { VALUES ?x { 1 2 } } VALUES ?y { }",
    "SELECT*{?s?p?o}LIMIT 1",
    "PREFIX select: <urn:> SELECT ?x { select:ask select:p ?x }",
    "SELECT ?a { { SELECT ?a ?b { ?a ?b ?c } } MINUS { ?d ?e ?f } FILTER EXISTS { ?g ?h ?i } }",
    "SELECT * { { SELECT ?a ?b { ?a ?b ?c } } MINUS { ?d ?e ?f } FILTER EXISTS { ?g ?h ?i } }",
    "SELECT (?a<?b AS ?c) { ?a ?p ?b FILTER(?a>?b) }",
]


@pytest.mark.parametrize(
    "text", [*COLUMNS, *(path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.rq")))]
)
def test_the_columns_asked_for_are_those_that_the_embedded_store_gives(text: str) -> None:
    text = with_prefixes(text)
    expected = [variable.value for variable in ox.Store().query(text).variables]  # type: ignore[union-attr]
    assert columns(Query(text)) == expected


def test_nothing_but_a_select_has_columns() -> None:
    for text in ("ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <urn:s>", "hello", "SELECT ?x {} VALUES ?x {"):
        assert columns(Query(text)) is None


def test_columns_come_in_the_order_asked_for() -> None:
    body = json.dumps({"head": {"vars": ["a", "b"]}, "results": {"bindings": [{"b": ROW["a"]}]}})
    with serving(http(body)) as server:
        assert ask(server.url, "SELECT ?b ?a { ?a ?p ?b }") == Bindings(["b", "a"], [(ox.Literal("x"), None)])


def test_virtuoso_answers_ask_with_a_table_and_truth_with_1_and_0() -> None:
    for value in (True, False):
        rows = [{"__ASK_RETVAL": {"type": "typed-literal", "datatype": v.XSD + "integer", "value": "1"}}] * value
        body = json.dumps({"head": {"link": [], "vars": ["__ASK_RETVAL"]}, "results": {"bindings": rows}})
        with serving(http(body)) as server:
            assert ask(server.url, "ASK { ?s ?p ?o }") == Boolean(value)


# FROM


def graphs_held(*held: str):  # type: ignore[no-untyped-def]
    def behave(connection: Connection) -> None:
        query = dict(urllib.parse.parse_qsl(connection.request.body.decode()))["query"]
        if "GRAPH ?g" in query:
            rows = [{"g": {"type": "uri", "value": g}} for g in held if f"<{g}>" in query]
            connection.send(http(json.dumps({"head": {"vars": ["g"]}, "results": {"bindings": rows}})))
        else:
            connection.send(http(GOOD))

    return behave


def test_a_graph_after_from_must_be_held_and_is_asked_for_once() -> None:
    with serving(graphs_held("urn:g", "urn:h")) as server:
        store = EndpointStore(server.url)
        query = judge("SELECT ?a FROM <urn:g> FROM NAMED <urn:h> { ?s ?p ?a }")
        assert store.query(query) == store.within(Deadline(9)).query(query) == X
        assert len(server.requests) == 4, "each graph once, the query twice"


@pytest.mark.parametrize("any_sparql", [False, True])
def test_a_query_from_a_graph_that_the_service_does_not_hold_is_not_sent(any_sparql: bool) -> None:
    with serving(graphs_held("urn:g")) as server:
        text = "SELECT ?a FROM <urn:g>\nFROM <http://foreign.example/> { ?s ?p ?a }"
        with pytest.raises(
            UsageError, match=r"^query:2:6: FROM <http://foreign.example/> is refused: it is not a graph in the store"
        ):
            ask(server.url, text, any_sparql=any_sparql)
        assert not any(b"SELECT+%3Fa" in request.body for request in server.requests)


# Credentials and addresses.

BASIC = "Basic " + base64.b64encode(f"bob:{SECRET}".encode()).decode()


def said(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Everything that is said in answer to a query: the error's message, standard output and standard error."""
    with pytest.raises(ZonegraphError) as caught:
        ask(url)
    captured = capsys.readouterr()
    return f"{caught.value}{captured.out}{captured.err}"


def echo(connection: Connection) -> None:
    """Fail, and repeat all that came in, and the credentials in the clear."""
    _, _, token = connection.request.headers.get("authorization", "").partition(" ")
    try:
        clear = base64.b64decode(token).decode()
    except ValueError:
        clear = token
    connection.send(http(f"no: {clear} {connection.request}", "text/plain", "403 Forbidden"))


@pytest.mark.parametrize("way", ["address", "environment", "token", "netrc", "named netrc"])
@pytest.mark.parametrize(
    "behave", [echo, b"", b"HTTP/1.1 oops\r\n\r\n", http("<html>")], ids=["echo", "nothing", "no HTTP", "page"]
)
def test_credentials_are_sent_and_never_printed(
    way: str, behave, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # type: ignore[no-untyped-def]
    with serving(behave) as server:
        url, expected = server.url, BASIC
        if way == "address":
            url = url.replace("://", f"://bob:{SECRET}@")
        elif way == "environment":
            monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "bob")
            monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", SECRET)
        elif way == "token":
            monkeypatch.setenv("ZONEGRAPH_ENDPOINT_TOKEN", SECRET)
            expected = f"Bearer {SECRET}"
        else:
            path = tmp_path / (".netrc" if way == "netrc" else "mine")
            path.write_text(
                f"machine other.example login eve password no\nmachine 127.0.0.1 login bob password {SECRET}\n"
            )
            path.chmod(0o600)
            if way == "named netrc":
                monkeypatch.setenv("NETRC", str(path))
        output = said(url, capsys)
        assert [request.headers.get("authorization") for request in server.requests] == [expected]
        assert server.requests[0].line == "POST /sparql HTTP/1.1"
    assert server.url in output
    assert SECRET not in output
    assert BASIC[6:] not in output
    assert "bob" not in output.replace("bob:…", "")


def test_the_remedy_says_which_credentials_were_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(echo) as server:
        output = said(server.url.replace("://", "://bob:wrong@"), capsys)
    assert "it does not accept the credentials from the address; other ways: user:password@ before the host" in output


@pytest.mark.parametrize("first", ["address", "environment", "token"])
def test_the_nearest_credentials_win(first: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = ["address", "environment", "token"]
    given = order[order.index(first) :]
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login net password rc\n")
    (tmp_path / ".netrc").chmod(0o600)
    if "environment" in given:
        monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "env")
        monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", "")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_TOKEN", "token")
    with serving(http(GOOD)) as server:
        assert ask(server.url.replace("://", "://ad%20r:%C3%A9%3A%40@") if "address" in given else server.url) == X
        kind, _, sent = server.requests[0].headers["authorization"].partition(" ")
    expected = {"address": "ad r:é:@", "environment": "env:", "token": ""}[first]
    assert (
        (kind, sent) == ("Bearer", "token")
        if first == "token"
        else (kind, base64.b64decode(sent).decode()) == ("Basic", expected)
    )


def test_netrc_is_for_the_host_it_names_alone(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine elsewhere.example login a password b\ndefault login c password d\n")
    (tmp_path / ".netrc").chmod(0o600)
    with serving(http(GOOD)) as server:
        assert ask(server.url) == X
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (f"machine 127.0.0.1 {SECRET}\n", 0o600),
        (f"machine 127.0.0.1 login a password {SECRET}\n", 0o644),
        (None, 0),
    ],
)
def test_a_netrc_that_cannot_be_read_is_told_and_nothing_in_it(
    content: str | None,
    mode: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / ".netrc"
    if content is None:
        path = tmp_path / "missing"
        monkeypatch.setenv("NETRC", str(path))
    else:
        path.write_text(content)
        path.chmod(mode)
    with serving(http(GOOD)) as server:
        store = EndpointStore(server.url)
        for each in (store, store, store.within(Deadline(9))):
            assert each.query(judge(QUERY)) == X
        assert "authorization" not in server.requests[0].headers
    output = capsys.readouterr().err
    assert output.count(f"{path}: cannot be read as a netrc file, so no credentials are sent\n  correct it") == 1
    assert SECRET not in output


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"USER": "bob"}, "ZONEGRAPH_ENDPOINT_USER is set, but ZONEGRAPH_ENDPOINT_PASSWORD is not\n"),
        ({"PASSWORD": SECRET}, "ZONEGRAPH_ENDPOINT_PASSWORD is set, but ZONEGRAPH_ENDPOINT_USER is not\n"),
        (
            {"USER": "b\nob", "PASSWORD": SECRET},
            "ZONEGRAPH_ENDPOINT_USER and ZONEGRAPH_ENDPOINT_PASSWORD: the user or password contains a control",
        ),
        ({"USER": "bob", "PASSWORD": f"{SECRET}\r"}, "contains a control character"),
        ({"USER": "b:ob", "PASSWORD": SECRET}, "or the user a colon"),
        (
            {"TOKEN": f"{SECRET}\r\nX: y"},
            "ZONEGRAPH_ENDPOINT_TOKEN: contains a space or a character that tokens cannot have\n",
        ),
        ({"TOKEN": f"{SECRET} "}, "ZONEGRAPH_ENDPOINT_TOKEN: contains a space"),
        ({"TOKEN": f"{SECRET}é"}, "ZONEGRAPH_ENDPOINT_TOKEN: contains a space"),
    ],
)
def test_credentials_that_cannot_be_sent_are_refused(
    variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"ZONEGRAPH_ENDPOINT_{name}", value)
    with pytest.raises(UsageError) as caught:
        EndpointStore("http://127.0.0.1:9/")
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("localhost", 0),
        ("a.localhost", 0),
        ("[::1]", 0),
        ("127.8.8.8", 0),
        ("LOCALHOST.", 0),
        ("sparql.example", 1),
        ("10.0.0.1", 1),
        ("localhost.example", 1),
    ],
)
def test_credentials_that_go_out_unencrypted_are_told_once(
    host: str, told: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for scheme, count in (("http", told), ("https", 0)):
        store = EndpointStore(f"{scheme}://bob:{SECRET}@{host}/sparql")
        assert capsys.readouterr().err == "", "nothing has been sent"
        for each in (store, store.within(Deadline(9))):
            with pytest.raises(
                EngineError, match="cannot be reached: its host name cannot be looked up: Name or service"
            ):
                each.query(judge(QUERY))
        output = capsys.readouterr().err
        assert output.count("the credentials from the address are sent there unencrypted\n  use https") == count
        assert SECRET not in output


@pytest.mark.parametrize(
    ("address", "line", "shown"),
    [
        ("http://{host}", "POST / HTTP/1.1", "http://{host}"),
        ("HTTP://{host}/é/ü ?a=ö".replace(" ", ""), "POST /%C3%A9/%C3%BC?a=%C3%B6 HTTP/1.1", "http://{host}/é/ü?…"),
        ("http://{host}/a%20b/%C3%A9", "POST /a%20b/%C3%A9 HTTP/1.1", "http://{host}/a%20b/%C3%A9"),
        ("http://{host}?key=" + SECRET, f"POST /?key={SECRET} HTTP/1.1", "http://{host}?…"),
        (
            "http://{host}/a;b=c,d?x=1&y=a/b:c[]&z#part",
            "POST /a;b=c,d?x=1&y=a/b:c[]&z HTTP/1.1",
            "http://{host}/a;b=c,d?…",
        ),
        ('http://{host}/<a>"{{b}}|\\^`', "POST /%3Ca%3E%22%7Bb%7D%7C%5C%5E%60 HTTP/1.1", None),
        ("http://a@{host}/x%40y", "POST /x%40y HTTP/1.1", "http://{host}/x%40y"),
    ],
)
def test_an_address_is_sent_percent_encoded_and_shown_without_what_is_private(
    address: str, line: str, shown: str | None
) -> None:
    with serving(http("no", status="500 X")) as server:
        with pytest.raises(EngineError) as caught:
            ask(address.format(host=server.host))
        assert server.requests[0].line == line
        assert server.requests[0].headers["host"] == server.host
    if shown:
        assert str(caught.value).startswith(shown.format(host=server.host) + ": the endpoint failed")
    assert SECRET not in str(caught.value)


def test_what_the_query_string_holds_is_not_printed_when_the_service_repeats_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    graph = "https://w3id.org/zonegraph/graph/merge"
    with serving(echo) as server:
        output = said(f"{server.url}?key={SECRET}&other=Sp%C3%A9cial&default-graph-uri={graph}", capsys)
    assert SECRET not in output
    assert "Sp" not in output.replace("SPARQL", "")
    with serving(http(f"no {graph}", status="500 X")) as server:
        assert graph in said(f"{server.url}?default-graph-uri={graph}", capsys), "which graph is asked is no secret"


@pytest.mark.parametrize(
    "repeated",
    [
        lambda secret: secret.upper(),
        lambda secret: "".join(f"%{ord(c):02X}" for c in secret),
        lambda secret: urllib.parse.quote(secret, safe=""),
        lambda secret: urllib.parse.quote_plus(secret),
        lambda secret: html.escape(secret),
        lambda secret: "".join(f"&#x{ord(c):x};" for c in secret),
        lambda secret: "".join(f"&#{ord(c):04d};" for c in secret),
        lambda secret: json.dumps(secret).replace("/", "\\/"),
        lambda secret: "".join(f"\\u{ord(c):04X}" for c in secret),
        lambda secret: " ".join(secret[i : i + 5] for i in range(0, len(secret), 5)),
        lambda secret: "\r\n ".join(secret),
        lambda secret: html.escape(html.escape(secret)),
        lambda secret: urllib.parse.quote(urllib.parse.quote(secret)),
        lambda secret: secret.replace("'", "&apos;").replace("<", "&LT;"),
        lambda secret: json.dumps(json.dumps(secret)),
        lambda secret: secret.replace("'", "\\'"),
        lambda secret: "".join(f"\\x{b:02x}" for b in secret.encode()),
        lambda secret: "".join(f"\\{b:03o}" for b in secret.encode()),
        lambda secret: "".join(f"\\u{{{ord(c):x}}}" for c in secret),
        lambda secret: "".join(f"%u{ord(c):04x}" for c in secret),
        lambda secret: "<b>".join(secret),
        lambda secret: "\u200b".join(secret),
        lambda secret: unicodedata.normalize("NFD", secret),
        lambda secret: secret.encode().decode("latin-1"),
        lambda secret: " " * ((64 << 10) - 1200) + ("\n" * 95).join(secret) + " " * 9000,
        lambda secret: " " * ((64 << 10) - len(secret) // 2) + secret + "x" * 99_000,
        lambda secret: "\n" * (4096 - len(secret) // 2) + secret,
    ],
)
@pytest.mark.parametrize("page", [False, True])
def test_credentials_in_whatever_form_a_service_repeats_them_are_not_printed(
    repeated: Callable[[str], str], page: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "Pa+ss <w/ö'rd>&\"?"
    encoded = base64.b64encode(f"bob:{secret}".encode()).decode()
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "bob")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", secret)
    url_safe = encoded.translate(str.maketrans("+/", "-_", "="))
    for given in (secret, encoded, url_safe):
        said_there = repeated(given)
        with serving(http(said_there, "text/plain; charset=utf-8", "200 OK" if page else "500 X")) as server:
            output = said(server.url, capsys)
        for half in (given[: len(given) // 2 + 1], given[len(given) // 2 :]):
            plain = html.unescape(urllib.parse.unquote(output)).replace(" ", "").lower()
            assert half.replace(" ", "").lower() not in plain, output


@pytest.mark.parametrize("page", [False, True])
def test_a_password_that_is_repeated_in_base64_or_hexadecimal_is_not_printed(
    page: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "bob")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", SECRET)
    for form in (base64.b64encode(SECRET.encode()).decode(), SECRET.encode().hex().upper()):
        with serving(http(f"no: {form}", "text/plain", "200 OK" if page else "500 X")) as server:
            assert form not in said(server.url, capsys)


def test_blanks_without_end_are_looked_through_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "bob")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", "correct  horse")
    for text in (
        "wrong: correct" + " " * 60_000,
        "&" * 60_000,
        "%" * 60_000,
        "\\" * 60_000,
        "<" * 60_000,
        "=" * 60_000,
    ):
        start = time.monotonic()
        with serving(http(text, status="500 X")) as server:
            said(server.url, capsys)
        assert time.monotonic() - start < 10


def test_what_a_service_says_is_quoted_where_it_repeats_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_USER", "bob")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", SECRET)
    with serving(http("line 3: ?x is unknown", status="500 X")) as server:
        assert "HTTP 500: line 3: ?x is unknown" in said(server.url, capsys)
    with serving(http("line 3: ?x is unknown", status="500 X")) as server:
        assert "HTTP 500: line 3: ?x is unknown" in said(f"{server.url}?x=====", capsys)


def test_a_long_token_that_is_repeated_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "".join(f"{number:04x}" for number in range(2_000))
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_TOKEN", token)
    with serving(http(f"no {token.upper()} here", status="500 X")) as server:
        assert "HTTP 500: …" in said(server.url, capsys)


def test_a_host_of_other_letters_is_looked_up_as_idna(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []

    def unknown(host: str, port: int, **_: object) -> None:
        looked_up.append((host, port))
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for scheme, port in (("http", 80), ("https", 443)):
        with pytest.raises(EngineError, match=f"^{scheme}://bücher.example/x: cannot be reached: its host name"):
            ask(f"{scheme}://Bücher.example/x")
        assert looked_up.pop() == ("xn--bcher-kva.example", port)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "not the address of a SPARQL endpoint"),
        (
            "localhost",
            "localhost: not the address of a SPARQL endpoint\n  it should look like http://localhost:7200/sparql",
        ),
        ("localhost:7200/sparql?key=" + SECRET, "localhost:7200/sparql?…: not the address"),
        ("ftp://bob:" + SECRET + "@host/", "…@host/: not the address"),
        ("file:///etc/passwd", "not the address"),
        ("http://", "not the address"),
        ("http:///x", "not the address"),
        ("http://bob:" + SECRET + "@/", "http://…@/: not the address"),
        ("http://bob:" + SECRET + "@host:99999/", "http://…@host:99999/: not the address"),
        ("http://host:0/", "not the address"),
        ("http://host:x/", "not the address"),
        ("http://bob:" + SECRET + "@[::1/", "http://…@[::1/: not the address"),
        ("http://bob:" + SECRET + "/more@host/x", "http://…@host/x: not the address"),
        ("http://bob:" + SECRET + "?more@host/x", "http://…@host/x: not the address"),
        ("http://bob:" + SECRET + "#more@host/x", "http://…@host/x: not the address"),
        ("http://bob:12/" + SECRET + "@host/x", "http://…@host/x: there is an @ after the host\n  write it %40"),
        ("http://bob:12#" + SECRET + "@host/x", "http://…@host/x: there is an @ after the host"),
        ("bob:" + SECRET + "@host", "…@host: not the address"),
        ("http://bob:" + SECRET, "http://bob:…: not the address"),
        ("http://bob:" + SECRET + "%40host/sparql", "http://bob:…/sparql: not the address"),
        ("http://bob:" + SECRET + "\uff20host/", "http://bob:…/: not the address"),
        ("bob:" + SECRET, "bob:…: not the address"),
        ("http://bob:" + SECRET + "@ho st/x", "http://…@ho st/x: contains a space or a control character"),
        ("http://bob:" + SECRET + "@host/x\ny", "http://…@host/x\\ny: contains a space or a control character"),
        ("http://host/\x1b[2J", "http://host/\\x1b[2J: contains a space or a control character"),
        ("http://host/\u202e", "http://host/\\u202e: contains"),
        ("http://host/\udce9", "http://host/\\udce9: contains"),
        ("http://a..b/", "not the address"),
        ("http://" + "a" * 64 + ".example/", "not the address"),
        ("http://ho\u2100st/", "not the address"),
    ],
)
def test_what_is_no_address_is_refused_and_no_secret_shown(address: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        EndpointStore(address)
    assert message in str(caught.value)
    assert str(caught.value).count("\n") == 1
    assert SECRET not in str(caught.value)
    assert "bob" not in str(caught.value) or "bob:…" in str(caught.value)


def test_a_netrc_that_is_a_device_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", "/dev/zero")
    assert EndpointStore("http://host/")._address.notices[0].startswith("/dev/zero: cannot be read as a netrc file")


def test_a_store_shows_its_address_without_secrets() -> None:
    store = EndpointStore(f"https://bob:{SECRET}@host/x?key={SECRET}")
    assert store.shown == "https://host/x?…"
    assert SECRET not in repr(store)


def test_a_connection_that_is_refused_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/sparql"
    error = refused(url)
    assert (
        f"{url}: cannot be reached: the connection is refused\n  check the address, and that the server is running"
        in str(error)
    )
    assert error.exit_code == 3


def test_a_connection_that_is_reset_says_so() -> None:
    import struct

    def reset(connection: Connection) -> None:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(reset) as server:
        assert "cannot be reached: the connection broke off before an answer arrived" in str(refused(server.url))


def test_https_to_a_server_of_http_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                client.recv(1000)

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(f"https://127.0.0.1:{listener.getsockname()[1]}/sparql")
        thread.join()
    assert "cannot be reached: TLS fails: " in str(error)
    assert "it may need http, not https" in str(error)


def test_https_is_spoken_and_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(http(GOOD), context) as server:
        error = refused(server.url)
        assert "cannot be reached: its certificate is not valid: self" in str(error)
        assert "SSL_CERT_FILE" in str(error)
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ask(server.url.replace("://", f"://bob:{SECRET}@")) == X
        assert server.requests[0].headers["authorization"] == BASIC
    with serving(after(http(Content_Length="99999"), b" "), context) as server:
        assert "the answer was not complete within 1 s" in str(refused(server.url, seconds=1))


@pytest.mark.parametrize("proxy", ["garbage", "socks5://127.0.0.1:9", "http://", f"http://bob:{SECRET}@"])
def test_a_proxy_that_cannot_be_used_is_one_message(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with serving(http(GOOD)) as server:
        error = refused(server.url)
    assert "cannot be reached" in str(error)
    assert SECRET not in str(error)


def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(http(GOOD)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        assert ask("http://sparql.example/x") == X
        assert proxy.requests[0].line == "POST http://sparql.example/x HTTP/1.1"


def test_sparqlwrapper_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    with serving(http(GOOD)) as server:
        for text in ("hello", "PREFIX a: <urn:a> # SELECT\n" * 50):
            assert ask(server.url, text, any_sparql=True) == X
    assert not recwarn.list


def test_the_python_api_prints_no_credentials_either() -> None:
    with zonegraph.open(endpoint="http://bob:s3cret@127.0.0.1:9/sparql?key=s3cret") as graph:
        for ask in (graph.validate, graph.rdflib, lambda: graph.query("ASK {}")):
            with pytest.raises(ZonegraphError) as caught:
                ask()
            assert "s3cret" not in str(caught.value)
            assert "127.0.0.1:9/sparql" in str(caught.value)
