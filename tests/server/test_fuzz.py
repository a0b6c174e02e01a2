"""Requests made at random, of pieces of SPARQL and of HTTP: each is answered, none with a fault, and the server stays up."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from tests.conftest import SEED, SHARE, bridges_project
from tests.processes import children, needs_proc
from tests.server.conftest import LIMITS, Server, serving, stored
from tests.server.test_serve import Running, serve

WORDS = (
    "SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "WHERE", "{", "}", "(", ")", "*", "?s", "?p", "?o", "<urn:a>", "<x>", "a", ".", ";", ",", "FILTER",
    "OPTIONAL", "UNION", "GRAPH", "?g", "BIND", "AS", "VALUES", "COUNT", "GROUP", "BY", "ORDER", "LIMIT", "1", "'x'", '"y"@en', "1.5", "^^",
    "xsd:date", "FROM", "NAMED", "PREFIX", "x:", "BASE", "REGEX", "CONCAT", "IF", "EXISTS", "NOT", "MINUS", "<<", "<<(", "|", "/", "+", "^", "!",
    "_:b", "[]", "true", "UNDEF", "\\u0041", "\x00", "é", "合", "\U0001f600", "\ud83d", "SERVICE", "INSERT", "DELETE", "LOAD", "<http://", "SUM",
    "LATERAL", "NOW()", "IRI", "STRDT", "'abc'^^xsd:integer", "99999999999999999999", "1e400", "-", "DISTINCT", "HAVING", "OFFSET", "<urn:%zz>",
    "?", "$", "@", "\r", "\n", "\t",
)  # fmt: skip
EXPRESSIONS = (
    "REGEX('a', '{')", "REGEX(?o, '[')", "REPLACE('a', '(', '$9')", "SUBSTR('abc', -1e400)", "STRDT('x', <y>)", "IRI('http://[')", "xsd:dateTime('x')",
    "1 / 0", "<urn:f>(1)", "STRLANG('a', '--')", "SHA512(?o)", "ENCODE_FOR_URI('\x01')", "TIMEZONE(NOW())", "<<( ?s ?p ?o )>>", "COUNT(*)", "?o + ?o",
    "9223372036854775807 + 1", "COALESCE()", "EXISTS { ?a ?b ?c }", "xsd:date('2020-02-31')", "GROUP_CONCAT(?o; SEPARATOR = '')", "STR(<x>)",
)  # fmt: skip
FRAMES = (
    "SELECT * {{ ?s ?p ?o FILTER({}) }}", "SELECT ({} AS ?x) {{ ?s ?p ?o }}", "ASK {{ {} }}", "CONSTRUCT {{ ?s ?p ?o . {} }} WHERE {{ ?s ?p ?o }}",
    "SELECT * {{ BIND({} AS ?y) }}", "DESCRIBE {}", "SELECT * {{ VALUES ?x {{ {} }} }}", "SELECT * {{ ?s {} ?o }}", "{}",
)  # fmt: skip
ACCEPT = ("*/*", "text/csv", "application/rdf+xml", "application/sparql-results+xml", "text/turtle", "application/ld+json", "*/*;q=0.01", "junk", ",", "a/b;q=")  # fmt: skip
TYPES = (
    "application/sparql-query",
    "application/sparql-query; charset=x",
    "application/x-www-form-urlencoded",
    "",
    "text/plain",
    ";;",
)
GRAPHS = (
    "urn:g",
    "urn:x",
    "http://a/%25zz",
    "x",
    "%ff",
    "urn:",
    "a:b%20c",
    "http://%5B",
    "urn:%E5%90%88",
    "urn:a%23%23",
    "%00",
    "a:%0d%0a",
)
PARAMETERS = ("default-graph-uri", "named-graph-uri", "graph", "update", "query", "using-graph-uri")


def request(generator: random.Random) -> bytes:
    """A request, made at random."""
    choice = generator.choice
    some = choice((choice(EXPRESSIONS), " ".join(choice(WORDS) for _ in range(generator.randrange(1, 25)))))
    query = choice(FRAMES).format(some).encode("utf-8", "surrogatepass")
    junk = bytes(generator.randrange(256) for _ in range(generator.randrange(20)))
    method, target, body = "GET", f"/sparql?query={quote(query)}", b""
    headers = {"Host": "localhost", "Accept": choice(ACCEPT), "Connection": "close"}
    way = generator.randrange(8)
    if way == 1:
        method, target, body, headers["Content-Type"] = "POST", "/sparql", query, choice(TYPES)
    elif way == 2:
        target += f"&{choice(PARAMETERS)}={choice(GRAPHS)}"
    elif way == 3:
        target = choice(("/graphs?graph=", "/graphs/", "/graphs?default&", "/")) + quote(junk)
    elif way == 4:
        method = choice(("HEAD", "OPTIONS", "PUT", "get", "DELETE", "TRACE"))
    elif way == 5:
        headers |= {"If-None-Match": choice(("*", "W/", '"', "a,b", ",,,")), "Origin": choice(("null", "http://x", ""))}
    elif way == 6:
        method, target, body = "POST", "/sparql", b"query=" + quote(query).encode() + b"&" + junk
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    graphs = (ox.DefaultGraph(), ox.NamedNode("urn:g"))
    quads = (ox.Quad(ox.NamedNode(f"urn:s{n}"), ox.NamedNode("urn:p"), ox.Literal(n), graphs[n % 2]) for n in range(50))
    with serving(stored(tmp_path_factory.mktemp("fuzz") / "store", quads), LIMITS._replace(timeout=5)) as running:
        yield running


def answered(server: Server, number: int) -> Counter[str]:
    generator = random.Random(SEED)
    statuses: Counter[str] = Counter()
    for _ in range(number):
        sent = request(generator)
        received = b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client, suppress(ConnectionError):
            client.sendall(sent)
            received = b"".join(iter(lambda client=client: client.recv(65536), b""))  # type: ignore[misc]
        status = received.split(maxsplit=2)[1].decode() if received else "none"
        assert status[:1] in ("2", "4"), (sent, received[:500])
        statuses[status] += 1
    assert server.get("ASK {}").text == '{"head":{},"boolean":true}'
    assert not [line for line in server.logged if line["event"] == "fault"]
    return statuses


def test_a_request_made_at_random_is_answered_and_never_with_a_fault(server: Server) -> None:
    statuses = answered(server, 300)
    assert len(statuses) > 5


@pytest.mark.thorough
def test_thousands_of_requests_made_at_random_are_answered_and_never_with_a_fault(server: Server) -> None:
    print(f"requests made at random: {dict(answered(server, round(10_000 * SHARE)))}")


SOAK = 300  # seconds


@needs_proc
@pytest.mark.thorough
def test_minutes_of_requests_leave_memory_and_descriptors_as_they_were(tmp_path: Path) -> None:
    texts = (
        "ASK {}", "SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }", "SELECT", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
        "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
    )  # fmt: skip
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def ask(running: Running, number: int) -> None:
        generator = random.Random(number)
        port = int(running.address.rpartition(":")[2])
        while not stop.is_set():
            head = f"GET /sparql?query={quote(generator.choice(texts))} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client, suppress(ConnectionError):
                client.sendall(head.encode())
                if generator.random() < 0.1:
                    continue  # who leaves without waiting
                received = client.recv(4096)
                statuses[int(received.split()[1])] += 1
                while client.recv(65536):
                    pass

    with serve(bridges_project(tmp_path / "project")) as running:
        threads = [threading.Thread(target=ask, args=(running, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(max(SOAK * SHARE / 4, 10))
        before = held(running.process.pid)
        time.sleep(max(SOAK * SHARE * 3 / 4, 20))
        stop.set()
        for thread in threads:
            thread.join()
        after = held(running.process.pid)
        print(f"soak: {statuses.total():,} requests {dict(statuses)}; memory and descriptors {before} then {after}")
        assert set(statuses) == {200, 400}
        assert after[0] < before[0] * 1.1 + 10_000
        assert after[1] < before[1] + 12
        assert len(children(running.process.pid)) <= 6


def held(pid: int) -> tuple[int, int]:
    """The kilobytes that a process has in main memory, and the number of its descriptors."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]), len(list(Path(f"/proc/{pid}/fd").iterdir()))
