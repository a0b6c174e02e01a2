"""What strangers send to a server: it answers each within its limits, sends nothing out, and goes on answering others."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import resource
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from tests.conftest import SEED, SHARE
from tests.hostile import disguises
from tests.hostile.conftest import Listener
from tests.hostile.test_bombs import BOMBS
from tests.hostile.test_queries import MET
from tests.processes import needs_proc
from tests.server.conftest import LIMITS, Reply, Server, serving, stored
from zonegraph.server import serving as rules
from zonegraph.server.formats import KINDS
from zonegraph.server.http import running
from zonegraph.server.workers import process, program
from zonegraph.server.workers.questions import Sparql, to_json

SECONDS = 2.0
LEEWAY = 15.0  # seconds that a busy machine may need beside


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quads = (
        ox.Quad(ox.NamedNode(f"urn:s{n % 300}"), ox.NamedNode(f"urn:p{n % 7}"), ox.Literal("a" * 26 + f"!{n}"))
        for n in range(5_000)
    )
    limits = LIMITS._replace(timeout=SECONDS, queue=3, share=4, bytes=50_000_000)
    with serving(stored(tmp_path_factory.mktemp("hostile") / "store", quads), limits) as opened:
        yield opened


def post(server: Server, text: str) -> Reply:
    return server.send(
        "POST", "/sparql", text.encode("utf-8", "surrogatepass"), Content_Type="application/sparql-query"
    )


def is_up(server: Server) -> bool:
    """Whether others are answered, once their turn has come: on a busy machine another worker takes a while to start."""
    by = time.monotonic() + LEEWAY
    while (reply := server.get("ASK {}")).status == 503 and time.monotonic() < by:
        time.sleep(0.1)
    return reply.text == '{"head":{},"boolean":true}'


# Field notes' table: each probe, and what an answer may be.
PROBES = {
    "FROM a stranger's address": ("SELECT * FROM <http://P/> { ?s ?p ?o }", {400}),
    "SERVICE": ("SELECT * { SERVICE <http://P/> { ?s ?p ?o } }", {400}),
    "SERVICE SILENT": ("SELECT * { SERVICE SILENT <http://P/> { ?s ?p ?o } }", {400}),
    "LOAD": ("LOAD <http://P/>", {400}),
    "200 triple patterns": (f"SELECT * {{ {' . '.join(f'?a{n} ?b{n} ?a{n + 1}' for n in range(200))} }}", {200, 504}),
    "3,000 nested braces": ("SELECT * " + "{" * 3_000 + "}" * 3_000, {400}),
    "a cross product in order": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?f ?i", {503, 504}),
    "a regular expression that doubles": ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(REGEX(?o, '^(a+)+$')) }", {200}),
}


@pytest.mark.parametrize("probe", PROBES)
def test_each_probe_of_the_field_notes_is_answered_within_its_limit(
    probe: str, server: Server, listener: Listener
) -> None:
    text, statuses = PROBES[probe]
    started = time.monotonic()
    reply = post(server, text.replace("P/", f"{listener.address}/"))
    assert time.monotonic() - started < SECONDS + LEEWAY
    assert reply.status in statuses, reply.text[:300]
    if reply.status != 200:
        assert reply.media_type == "text/plain"
        assert len(reply.text) > 10
    assert listener.requests == 0
    assert is_up(server)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_query_without_end_is_stopped_and_told_or_broken_off(bomb: str, server: Server) -> None:
    started = time.monotonic()
    reply = post(server, BOMBS[bomb])
    assert time.monotonic() - started < SECONDS + LEEWAY
    assert reply.status in (503, 504) or (reply.status == 200 and (not reply.whole or len(reply.body) < 1_000)), reply.text[:300]  # fmt: skip
    assert is_up(server)


def refused(server: Server, texts: Iterator[str]) -> tuple[Counter[int], list[str]]:
    statuses: Counter[int] = Counter()
    passed = []
    for text in texts:
        reply = post(server, text)
        statuses[reply.status] += 1
        if reply.status != 400:
            passed.append(text)
    return statuses, passed


def test_no_text_that_once_sent_a_request_sends_one_from_here(server: Server, listener: Listener) -> None:
    _, passed = refused(server, (text.replace("P/", f"{listener.address}/") for text in MET))
    assert passed == []
    assert listener.requests == 0
    generator = random.Random(SEED)
    texts = itertools.islice(disguises.services(generator, listener.address), 60)
    others = itertools.islice(disguises.others(generator, listener.address), 40)
    _, passed = refused(server, itertools.chain(texts, others))
    assert passed == []
    assert listener.requests == 0
    assert is_up(server)


@pytest.mark.thorough
def test_ten_thousand_disguises_are_refused_by_the_server(server: Server, listener: Listener) -> None:
    generator = random.Random(SEED)
    texts = itertools.islice(disguises.services(generator, listener.address), round(10_000 * SHARE))
    others = itertools.islice(disguises.others(generator, listener.address), round(2_000 * SHARE))
    statuses, passed = refused(server, itertools.chain(texts, others))
    print(f"disguises {statuses.total():,}: {dict(statuses)}; answered {len(passed)}; requests {listener.requests}")
    assert passed == []
    assert listener.requests == 0
    assert is_up(server)


def test_with_the_guard_taken_out_a_worker_can_reach_nothing(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_PROGRAM", "tests.server.unguarded")
    quads = [ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal("x"))]
    with serving(stored(tmp_path / "store", quads)) as opened:
        reply = post(opened, f"SELECT * {{ SERVICE <http://{listener.address}/> {{ ?s ?p ?o }} }}")
        assert (reply.status, "refused" in reply.text) == (500, False)  # the engine has tried, and could not
        for text in MET:
            post(opened, text.replace("P/", f"{listener.address}/"))
        # What brings the engine down takes a worker with it and nothing else; what it prints goes to the log and not to the client.
        doubled = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(40))
        for text, reason in (
            ("SELECT * " + "{" * 300_000 + "}" * 300_000, ""),
            (f"SELECT ?s40 {{ BIND('zonegraph' AS ?s0) {doubled} FILTER(?s40 != '') }}", "memory allocation"),
        ):
            reply = post(opened, text)
            assert (reply.status, reply.media_type) == (503, "text/plain")
            assert reply.text.startswith("the query brought its engine down (signal SIG")
            assert not reason or reason not in reply.text
            (*_, died) = [
                line for line in opened.logged if line["event"] == "worker said" and line["outcome"] == "died"
            ]
            assert reason in died["said"]
            assert len(died["said"]) <= 2_000
            assert is_up(opened)
    assert listener.requests == 0


def test_a_loaded_file_and_a_graph_of_the_file_system_are_not_read(server: Server) -> None:
    for text in ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", "LOAD <file:///etc/passwd>"):
        assert post(server, text).status == 400
    reply = server.get("SELECT * { ?s ?p ?o }", default_graph_uri="file:///etc/passwd")
    assert (reply.status, b"root" in reply.body) == (200, False)


# Processes


@needs_proc
def test_a_worker_can_open_no_file_and_has_its_limits_and_gives_way(server: Server) -> None:
    for worker in server.serving.current.strangers._idle:
        limits = Path(f"/proc/{worker.pid}/limits").read_text()
        found = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
        descriptors = {int(path.name) for path in Path(f"/proc/{worker.pid}/fd").iterdir()}
        lowest = next(number for number in itertools.count() if number not in descriptors)
        assert int(found["Max open files"][0]) <= lowest
        assert found["Max address space"] == [str(LIMITS.memory)] * 2
        assert found["Max core file size"][0] == "0"
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10


def test_a_worker_holds_no_code_of_the_web_and_none_of_its_own_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_PROGRAM", "tests.server.telling")
    monkeypatch.setenv("ZONEGRAPH_ENDPOINT_PASSWORD", "secret")
    with serving(stored(tmp_path / "store", [])) as opened:
        modules = opened.get("modules").text.split()
        assert "zonegraph.server.workers.program" in modules
        web = {"starlette", "uvicorn", "h11", "anyio", "asyncio", "socket", "ssl", "http", "urllib.request", "rdflib"}
        assert not web & {name for module in modules for name in (module, module.partition(".")[0])}
        assert "secret" not in opened.get("environment").text


def test_a_worker_whose_parent_does_not_watch_the_clock_ends_by_itself(tmp_path: Path) -> None:
    quads = (ox.Quad(ox.NamedNode(f"urn:s{n}"), ox.NamedNode("urn:p"), ox.Literal(n)) for n in range(3_000))
    what = stored(tmp_path / "store", quads)
    question = Sparql(BOMBS["a cross product of which no row is wanted"], "http://x/", None, None, dict.fromkeys(KINDS, "json"))  # fmt: skip

    async def ask() -> str:
        settings = {"folder": what.folder, "in_memory": 0, "prefixes": {}, "catalogue": [], "nice": 0}
        limits = {"rows": 10, "bytes": 1_000, "memory": 1 << 30, "seconds": 0.5}
        worker = await process.start("zonegraph.server.workers.program", {**settings, **limits})
        await worker.send("question", to_json(question))
        while await worker.receive():
            pass
        return await worker.how_it_ended()

    assert asyncio.run(ask()) == "signal SIGXCPU"


def test_a_graph_is_held_in_memory_up_to_the_size_that_is_told(tmp_path: Path) -> None:
    quad = ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal("x"))
    settings = {"folder": stored(tmp_path / "store", [quad]).folder, "prefixes": {}, "catalogue": [], "rows": 1, "bytes": 1}  # fmt: skip
    size = sum(path.stat().st_size for path in (tmp_path / "store").iterdir())
    for most in (0, size - 1, size, 10**9):
        store = program._held({**settings, "in_memory": most}).store.ox
        assert list(store) == [quad]
        writable = True
        try:
            store.add(quad)
        except RuntimeError:
            writable = False
        assert writable == (most >= size)  # on disk it is open for reading alone


@needs_proc
def test_a_worker_that_is_killed_is_replaced_whether_it_is_busy_or_not(server: Server) -> None:
    pool = server.serving.current.strangers
    until(lambda: len(pool._idle) == 2)
    killed = pool._idle.copy()
    for worker in killed:
        os.kill(worker.pid, signal.SIGKILL)
    until(lambda: not set(killed) & set(pool._idle))
    assert is_up(server)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(post, server, BOMBS["a cross product of which no row is wanted"])
        until(lambda: pool._working)
        os.kill(next(iter(pool._working)).pid, signal.SIGKILL)
        assert asked.result().status == 503
    assert is_up(server)


def until(condition, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
    by = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < by
        time.sleep(0.02)


# Many at once


def test_above_a_clients_share_and_above_the_queue_requests_are_turned_away_with_a_time_to_come_again(
    server: Server,
) -> None:
    with ThreadPoolExecutor(12) as threads:
        replies = list(threads.map(lambda _: post(server, BOMBS["a cross product of which no row is wanted"]), range(12)))  # fmt: skip
    statuses = Counter(reply.status for reply in replies)
    assert statuses[429] >= 5
    assert set(statuses) <= {429, 503, 504}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in replies if reply.status == 429)
    assert is_up(server)


def test_a_client_that_goes_away_frees_its_worker(server: Server) -> None:
    pool = server.serving.current.strangers
    until(lambda: not pool._working)
    pool._seconds, before = 60.0, pool._seconds
    try:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                text = BOMBS["a cross product of which no row is wanted"]
                head = f"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: {len(text)}\r\n\r\n"
                connection.sendall((head + text).encode())
                until(lambda: pool._working)
            until(lambda: not pool._working)
        assert is_up(server)
    finally:
        pool._seconds = before
    until(lambda: [line for line in server.logged if line.get("outcome") == "client left"])


@needs_proc
def test_clients_that_read_nothing_hold_no_worker_and_no_descriptor(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonegraph.server.http.streaming.SLOWEST", 0.5)
    monkeypatch.setattr(running, "_LINGER", 0.5)

    def requests() -> list[dict[str, Any]]:
        return [line for line in server.logged if line["event"] == "request"]

    before = len(requests())
    pool = server.serving.current.strangers
    descriptors = len(os.listdir("/proc/self/fd"))
    with ExitStack() as clients:
        for _ in range(3):
            client = clients.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET /sparql?query=SELECT*%7B?a+?b+?c.?d+?e+?f%7D HTTP/1.1\r\nHost: localhost\r\n\r\n")
        # On a busy machine the time of a query, or of its turn, may be over before its client is found to be slow.
        ends = {"slow client", "broken off: late", "late", "full"}
        until(lambda: sum(line.get("outcome") in ends for line in requests()[before:]) == 3)
        assert is_up(server)
        until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors + 4)
        assert not pool._working


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /health HTTP/1.1\r\nHost: loc",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nxx",
    ],
)
def test_who_begins_a_request_and_does_not_end_it_is_hung_up_on(
    beginning: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_HEADERS_WITHIN", 0.5)
    monkeypatch.setattr("zonegraph.server.http.exchange._SLOWEST_BODY", 0.5)
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(beginning)
        client.settimeout(0.1)
        with suppress(ConnectionError):
            while True:
                with suppress(TimeoutError):
                    if client.recv(65536) == b"":
                        break
                client.sendall(b"" if not beginning else b"x")
                assert time.monotonic() - started < 10 + LEEWAY


def test_a_client_that_takes_all_connections_takes_its_own_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: not running.Protocol.connections_of)
    monkeypatch.setattr(running, "MOST_OF_ONE", 5)
    greedy = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(8)]
    try:
        until(lambda: running.Protocol.connections_of["127.0.0.1"] == 5)
        with suppress(ConnectionError):
            assert greedy[7].recv(1) == b""
        other = socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=("127.0.0.2", 0))
        with other:
            other.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for client in greedy:
            client.close()
    until(lambda: not running.Protocol.connections_of)
    assert is_up(server)


def test_the_parts_of_an_answer_do_not_wait_for_each_other(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        ours = [
            protocol.transport.get_extra_info("socket")
            for protocol in gc.get_objects()
            if isinstance(protocol, running.Protocol) and protocol.client == client.getsockname()
        ]
        assert ours
        assert ours[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_body_that_does_not_come_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zonegraph.server.http.exchange._SLOWEST_BODY", 0.5)
    kind = {"Content_Type": "application/sparql-query"}
    assert server.send("POST", "/sparql", b"ASK", Content_Length="1000", **kind).status == 408


GARBAGE = [
    b"\x00" * 100,
    b"GET\r\n\r\n",
    b"GET /sparql HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/sparql HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /sparql?query=%zz%00%0d%0aX: HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /sparql?query=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nAccept: " + b"\xe5\xff" + b"\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + b'"' * 5_000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_http_is_answered_or_hung_up_on_and_never_with_500(garbage: bytes, server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(garbage)
        client.shutdown(socket.SHUT_WR)
        received = b""
        with suppress(ConnectionError):
            received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received == b"" or received.split()[1][:1] in (b"2", b"4"), received[:200]
    assert not [line for line in server.logged if line["event"] == "fault"]


@needs_proc
def test_a_storm_of_requests_leaves_no_descriptor_and_no_process(server: Server) -> None:
    texts = ["ASK {}", "SELECT", "SELECT * { ?s ?p ?o }", BOMBS["a string that doubles 40 times"]]

    def ask(number: int) -> int:
        with suppress(OSError):
            return post(server, texts[number % 4] if number % 20 else texts[3]).status
        return 0

    assert is_up(server)
    before, threads_before = len(os.listdir("/proc/self/fd")), threading.active_count()
    with ThreadPoolExecutor(8) as threads:
        statuses = Counter(threads.map(ask, range(80)))
    assert set(statuses) <= {200, 400, 429, 503, 504}
    assert is_up(server)
    pool = server.serving.current.strangers
    until(lambda: pool.state() == {"busy": 0, "idle": 2, "waiting": 0})
    until(lambda: len(os.listdir("/proc/self/fd")) <= before + 2)
    assert threading.active_count() <= threads_before + 10
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100  # only workers give that up
