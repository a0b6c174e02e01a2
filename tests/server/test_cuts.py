"""An answer ends at its limits between two rows, and no part of one is taken for the whole."""

from __future__ import annotations

import csv
import io
import json
import random
import socket
import xml.dom.minidom
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from tests.server.conftest import LIMITS, Server, serving, stored
from zonegraph.server.http.streaming import HELD_BACK
from zonegraph.server.workers.writing import CutError, UnwritableError, Writer

FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
# Values that look like the end of a row, or of a string, in one format or another.
ODD = ['},{', '}},{"', '"},{"', "\\", '\\"', '\\\\"},{', "\r\n", '"\r\nx', "\n", "\t\n", "</result><result>", "", "a", '"', '""', "合肥", '","', "]}}", "'"]  # fmt: skip


def results(values: list[tuple[str | None, ...]], names: str = "ab") -> ox.QuerySolutions:
    rows = " ".join(
        f"({' '.join('UNDEF' if value is None else str(ox.Literal(value)) for value in row)})" for row in values
    )
    found = ox.Store().query(f"SELECT * {{ VALUES ({' '.join('?' + n for n in names)}) {{ {rows} }} }}")
    assert isinstance(found, ox.QuerySolutions)
    return found


def read(content: bytes, format: str) -> list[tuple[str | None, ...]]:
    """The rows of an answer, columns in alphabetical order; in CSV an empty value is none."""
    if format == "csv":
        head, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
        return [tuple(value or None for _, value in sorted(zip(head, row, strict=True))) for row in rows]
    found = ox.parse_query_results(content, format=FORMATS[format])
    assert isinstance(found, ox.QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    return [tuple(row[name] and row[name].value for name in names) for row in found]  # type: ignore[union-attr]


def whole(values: list[tuple[str | None, ...]], format: str) -> bytes:
    """An answer as the engine writes it, but for the ends of lines within values, which XML needs as references."""
    content = results(values).serialize(format=FORMATS[format]) or b""
    return content.replace(b"\r", b"&#13;") if format == "xml" else content


def written(values: list[tuple[str | None, ...]], format: str, rows: int, most: int = 10**9) -> tuple[bytes, str]:
    """What goes out of an answer with its tail, and which limit it came to."""
    pieces: list[bytes] = []
    writer = Writer(pieces.append, format, rows, most)
    cut = ""
    try:
        results(values).serialize(writer, FORMATS[format])  # type: ignore[arg-type]
        writer.end()
    except CutError as error:
        cut = str(error)
    return b"".join(pieces) + writer.tail, cut


@pytest.mark.parametrize("format", FORMATS)
def test_as_many_rows_come_as_may_whatever_their_values_look_like(format: str) -> None:
    generator = random.Random(1)
    for _ in range(60):
        values = [tuple(generator.choice([*ODD, None]) for _ in "ab") for _ in range(generator.randrange(1, 12))]
        values = [
            row for row in values if format != "csv" or any(row)
        ]  # a row of blanks is no row to some readers of CSV
        if not values:
            continue
        expected = read(whole(values, format), format)
        for most in range(1, len(values) + 2):
            content, cut = written(values, format, most)
            assert read(content, format) == expected[:most], (values, most)
            assert cut == ("rows" if most < len(values) else ""), (values, most)


@pytest.mark.parametrize("format", FORMATS)
def test_no_more_bytes_come_than_may_and_the_last_row_is_whole(format: str) -> None:
    values: list[tuple[str | None, ...]] = [(value + str(n), "x" * n) for n, value in enumerate(ODD * 20)]
    every = whole(values, format)
    expected = read(every, format)
    for most in (300, 1_000, 5_000, 20_000, len(every) - 1, len(every)):
        content, cut = written(values, format, 10**9, most)
        assert len(content) <= most
        found = read(content, format)
        assert found == expected[: len(found)]
        assert cut == ("bytes" if most < len(every) else "")
        assert cut or found == expected


@pytest.mark.parametrize("format", FORMATS)
def test_what_has_gone_out_always_ends_with_a_row(format: str) -> None:
    values: list[tuple[str | None, ...]] = [(value, str(n)) for n, value in enumerate(ODD * 500)]
    pieces: list[bytes] = []
    writer = Writer(pieces.append, format, 10**9, 10**9)
    results(values).serialize(writer, FORMATS[format])  # type: ignore[arg-type]
    closing = {"json": b"]}}", "xml": b"</results></sparql>"}.get(format, b"")
    assert len(pieces) > 1
    assert len(read(b"".join(pieces) + closing, format)) > 1_000
    writer.end()
    assert len(read(b"".join(pieces), format)) == len(values)


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_row_is_looked_through_in_linear_time(format: str) -> None:
    content, cut = written([("x" * 5_000_000, "y"), ("z", "z")], format, 1)
    assert (len(content) > 5_000_000, cut) == (True, "rows")


def test_an_answer_whose_first_row_is_too_long_is_refused_or_is_its_head_alone() -> None:
    long: list[tuple[str | None, ...]] = [("x" * 5_000, "y"), ("z", "z")]
    for format in ("json", "xml"):
        with pytest.raises(UnwritableError, match="longer than the limit of 1,000 bytes"):
            written(long, format, 10, 1_000)
    assert written(long, "csv", 10, 1_000) == (b"a,b\r\n", "bytes")
    assert written(long, "tsv", 10, 1_000) == (b"?a\t?b\n", "bytes")


# Over HTTP


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    def quads() -> Iterator[ox.Quad]:
        for number in range(3_000):
            yield ox.Quad(ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:p"), ox.Literal("x" * 100))

    limits = LIMITS._replace(rows=1_000, bytes=500_000)
    with serving(stored(tmp_path_factory.mktemp("cuts") / "store", quads()), limits) as running:
        yield running


CUT = {
    "SELECT ?s { ?s ?p ?o }": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"),
    "CONSTRUCT { ?s ?p 1 } { ?s ?p ?o }": ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json", "application/trig"),
}  # fmt: skip


@pytest.fixture(scope="module")
def few_rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quads = (ox.Quad(ox.NamedNode(f"urn:s{n}"), ox.NamedNode("urn:x/p"), ox.Literal(n)) for n in range(30))
    with serving(stored(tmp_path_factory.mktemp("few") / "store", quads), LIMITS._replace(rows=20)) as running:
        yield running


@pytest.mark.parametrize(("text", "accept"), [(text, accept) for text, kinds in CUT.items() for accept in kinds])
def test_an_answer_that_is_cut_early_is_well_formed_and_says_so(few_rows: Server, text: str, accept: str) -> None:
    reply = few_rows.get(text, accept)
    assert (reply.status, reply.whole, reply.headers.get("zonegraph-cut")) == (200, True, "rows")
    assert "etag" not in reply.headers
    assert size(reply.body, accept) == 20
    assert "zonegraph-cut" not in few_rows.get(f"{text} LIMIT 20", accept).headers


def test_head_says_that_the_answer_would_be_cut(few_rows: Server) -> None:
    assert few_rows.send("HEAD", "/sparql?query=SELECT*%7B?s+?p+?o%7D").headers["zonegraph-cut"] == "rows"


def size(content: bytes, media_type: str) -> int:
    by_type = {"application/sparql-results+json": "json", "application/sparql-results+xml": "xml", "text/csv": "csv", "text/tab-separated-values": "tsv"}  # fmt: skip
    if media_type in by_type:
        return len(read(content, by_type[media_type]))
    return len(list(ox.parse(content, format=ox.RdfFormat.from_media_type(media_type))))


@pytest.mark.parametrize(("text", "accept"), [(text.replace("?s ?p 1", "?s ?p ?o").replace("?s {", "* {"), accept) for text, kinds in CUT.items() for accept in kinds])  # fmt: skip
def test_an_answer_that_is_cut_late_breaks_the_connection_off(server: Server, text: str, accept: str) -> None:
    reply = server.get(text, accept)
    assert reply.status == 200
    assert not reply.whole
    assert len(reply.body) > HELD_BACK
    assert "zonegraph-cut" not in reply.headers
    if accept.endswith("json"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(reply.body)
    if accept.endswith("xml"):
        with pytest.raises(xml.parsers.expat.ExpatError):
            xml.dom.minidom.parseString(reply.body)
    (*_, last) = [line for line in server.logged if line["event"] == "request"]
    assert (last["outcome"], last["complete"]) == ("broken off: rows", False)


def test_to_http_1_0_which_knows_no_chunks_a_cut_answer_says_so_however_long(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(
            b"GET /sparql?query=SELECT*%7B?s+?p+?o%7D HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
        )
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"zonegraph-cut: rows" in head
    assert len(json.loads(body)["results"]["bindings"]) == 1_000
    assert len(body) > HELD_BACK


def test_to_http_1_0_an_answer_that_is_too_long_to_be_held_back_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonegraph.server.http.streaming.HELD_BACK_WHOLE", 10_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET /sparql?query=SELECT*%7B?s+?p+?o%7D HTTP/1.0\r\nHost: localhost\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 505 ")
    assert b"more than 8 MB" in received


def test_the_limits_hold_for_the_graph_store_too(server: Server) -> None:
    assert not server.send("GET", "/graphs?default", Accept="application/n-triples").whole
