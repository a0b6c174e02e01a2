"""Which format a client gets, and what a request asks: functions of its parts."""

from __future__ import annotations

import argparse
import re
from urllib.parse import quote, urlencode

import pytest
from starlette.requests import Request

from tests.conftest import ROOT
from zonegraph.cli import serve
from zonegraph.server import formats
from zonegraph.server.http import exchange, negotiation, protocol
from zonegraph.server.http.protocol import FORM, QUERY, RefusedError
from zonegraph.server.limits import Limits


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv; q=0.5 , application/sparql-results+xml ; q=0.9", "application/sparql-results+xml"),
        ("text/*", "text/xml"),
        ("text/*;q=0.3, text/csv;q=0.2, */*;q=0.1", "text/xml"),
        ("application/json", "application/json"),
        ("application/sparql-results+json;q=0, */*", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/sparql-results+json"),
        ("text/csv;charset=utf-8", "text/csv"),
        ('text/csv;note="a, b;q=0"', "text/csv"),
        ("text/csv;q=1.000", "text/csv"),
        ("text/html", None),
        ("image/png, text/html;q=0.9", None),
        ("*/*;q=0", None),
        ("text/csv;q=0", None),
        ("text/csv;q=2", None),
        ("text/csv;q=nan", None),
        ("nonsense", None),
        (", ,;;q=1,", None),
        ("*/csv", None),
    ],
)
def test_a_client_gets_what_it_weighs_highest(accept: str | None, expected: str | None) -> None:
    found = negotiation.chosen(accept, formats.SOLUTIONS)
    assert (found and found.media_type) == expected


def test_a_long_header_is_read_in_linear_time() -> None:
    assert negotiation.chosen('"' * 60_000, formats.SOLUTIONS) is None
    assert negotiation.chosen("text/csv;" * 7_000, formats.SOLUTIONS) is not None
    assert negotiation.chosen("," * 60_000 + "text/csv", formats.SOLUTIONS) is not None


TEXT = "SELECT * { ?s ?p '合肥 %41 +' }"


@pytest.mark.parametrize(
    ("method", "address", "kind", "body"),
    [
        ("GET", urlencode({"query": TEXT}), None, ""),
        ("POST", "", FORM, urlencode({"query": TEXT})),
        ("POST", "", FORM, f"query={quote(TEXT)}"),
        ("POST", "", f"{FORM}; charset=UTF-8", urlencode({"query": TEXT})),
        ("POST", "", QUERY, TEXT),
        ("POST", "", f'{QUERY};charset="utf-8"', TEXT),
        ("POST", "format=json", QUERY.upper(), TEXT),
    ],
)
def test_a_query_arrives_as_it_was_written_by_each_way(method: str, address: str, kind: str, body: str) -> None:
    assert protocol.asked(method, address.encode(), kind, body.encode()).query == TEXT


def test_an_iri_that_is_percent_encoded_itself_is_decoded_once() -> None:
    iri = "https://example.org/%E5%90%88%E8%82%A5"
    text = f"ASK {{ <{iri}> ?p ?o }}"
    form = urlencode({"query": text, "default-graph-uri": iri})
    for found in (protocol.asked("GET", form.encode(), None, b""), protocol.asked("POST", b"", FORM, form.encode())):
        assert found == (text, (iri,), ())


def test_the_dataset_may_stand_in_the_address_of_a_post() -> None:
    address = urlencode([("default-graph-uri", "urn:a"), ("default-graph-uri", "urn:b"), ("named-graph-uri", "urn:c")])
    assert protocol.asked("POST", address.encode(), QUERY, b"ASK {}") == ("ASK {}", ("urn:a", "urn:b"), ("urn:c",))
    assert protocol.asked("POST", address.encode(), FORM, b"query=ASK+%7B%7D&named-graph-uri=urn:d") == (
        "ASK {}",
        ("urn:a", "urn:b"),
        ("urn:c", "urn:d"),
    )


def test_a_request_without_a_dataset_leaves_it_to_the_query() -> None:
    assert protocol.asked("GET", b"query=ASK+{}", None, b"") == ("ASK {}", None, None)
    assert protocol.asked("GET", b"", None, b"") == (None, None, None)


@pytest.mark.parametrize(
    ("method", "address", "kind", "body", "status"),
    [
        ("GET", "query=ASK+{}&query=ASK+{}", None, b"", 400),
        ("GET", "query=ASK+{}&update=CLEAR+ALL", None, b"", 403),
        ("GET", "update=", None, b"", 403),
        ("GET", "query=%ff", None, b"", 400),
        ("GET", "&" * 2_000, None, b"", 400),
        ("GET", "query=ASK+{}&default-graph-uri=relative", None, b"", 400),
        ("GET", "query=ASK+{}&default-graph-uri=", None, b"", 400),
        ("GET", "query=ASK+{}&named-graph-uri=http://a b", None, b"", 400),
        ("GET", "query=ASK+{}&named-graph-uri=http://[", None, b"", 400),
        ("POST", "", None, b"ASK {}", 415),
        ("POST", "", "", b"ASK {}", 415),
        ("POST", "", "text/plain", b"ASK {}", 415),
        ("POST", "", QUERY + "; charset=UTF-16", "ASK {}".encode("utf-16"), 415),
        ("POST", "", QUERY, "ASK {}".encode("utf-16"), 400),
        ("POST", "query=ASK+{}", QUERY, b"ASK {}", 400),
        ("POST", "query=ASK+{}", FORM, b"query=ASK+{}", 400),
        ("POST", "", FORM, b"", 400),
        ("POST", "", FORM, b"update=CLEAR+ALL", 403),
        ("POST", "", "application/sparql-update", b"CLEAR ALL", 403),
    ],
)
def test_what_is_no_query_is_refused_with_a_reason(
    method: str, address: str, kind: str | None, body: bytes, status: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        protocol.asked(method, address.encode(), kind, body)
    assert refused.value.status == status
    assert refused.value.reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_a_client_is_told_from_others_by_what_it_cannot_choose(one: str, other: str, same: bool) -> None:
    first, second = (exchange.client(Request({"type": "http", "client": (host, 1)})) for host in (one, other))
    assert (first == second) == same


def test_the_page_on_serving_names_every_option_and_the_usual_limits() -> None:
    page = (ROOT / "docs" / "serving.md").read_text("utf-8")
    options = argparse.ArgumentParser()
    serve.arguments(options)
    for action in options._actions:
        assert action.dest == "help" or action.option_strings[0] in page, action
    shown = dict(re.findall(r"^\| `--([a-z-]+)` \| ([^|]*) \|", page, re.MULTILINE))
    assert shown.pop("workers") == "processors less one"
    units = {"s": 1, "GiB": 1 << 30, "MB": 10**6, "": 1}
    for name, text in shown.items():
        number, _, unit = text.partition(" ")
        assert float(number.replace(",", "")) * units[unit] == getattr(Limits(), name.replace("-", "_")), name


def test_what_a_client_sent_is_repeated_without_what_moves_a_cursor() -> None:
    with pytest.raises(RefusedError) as refused:
        protocol.asked("GET", b"query=ASK+{}&default-graph-uri=%1b[2J%0d%0a", None, b"")
    assert refused.value.reason.isprintable()
