"""What a SPARQL service sends as an answer, read by what it is, whatever media type it comes under."""

from __future__ import annotations

import io
import json
import re
from contextlib import suppress

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.store import Bindings, Boolean, Triples, bounds
from zonegraph.store.exchange import left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    from zonegraph.deadline import Deadline
    from zonegraph.store import Answer, Term

    T = TypeVar("T")

BOOLEAN = ox.NamedNode(v.XSD + "boolean")
MOST_TO_REWRITE = 32 << 20  # bytes of JSON; Python needs about ten times as many for it

_MEMBERS_OF_A_TERM = ("type", "value", "xml:lang", "datatype")
_PAGE = re.compile(rb"(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]{0,100}>", re.IGNORECASE)


class NoResultError(Exception):
    """What came is not a SPARQL result; the text says what it is instead."""


def read(body: io.BytesIO, form: str, deadline: Deadline) -> Answer:
    """Return the answer that a body holds.

    Parameters: `form`, that of the query; the answer may be of another, for the caller to compare. Raises NoResultError,
    ExcessError, and TimeoutError if the deadline passes.
    """
    start = bytes(body.getbuffer()[:1024]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise NoResultError("it is empty")
    if start.startswith(b"\x1f\x8b"):
        raise NoResultError("it is compressed (gzip), which was not requested")
    if _PAGE.match(start):
        name = title(start.decode("utf-8", "replace"))
        raise NoResultError("it is a web page" + (f", titled “{name}”" if name else ""))
    graph = form in ("CONSTRUCT", "DESCRIBE")
    reason = "it is neither JSON nor XML"
    try:
        if start[:1] in (b"{", b"<"):
            # Tried for graphs as well: JSON and XML that hold rows are not to be taken for triples.
            try:
                return _table(body, start[:1] == b"{", deadline)
            except (SyntaxError, ValueError) as error:
                reason = str(error)
            if start[:1] == b"{" and not graph:
                # Where this fails too, the first reason is about what the server sent.
                with suppress(SyntaxError, ValueError, RecursionError):
                    return _table(_rewritten(body), True, deadline)
        if graph:
            try:
                return _graph(body, deadline)
            except (SyntaxError, ValueError) as error:
                reason = f"it is not Turtle: {error}"
    except MemoryError as error:
        if not error.args:  # Python's own, and not pyoxigraph's word on one term
            raise
        raise bounds.ExcessError("a term of more than 16 MiB") from None
    raise NoResultError(reason)


def title(page: str) -> str:
    """Return the title of a web page, empty if the text is none or has none."""
    match = _TITLE.search(page)
    return " ".join(page[match.end() :].partition("</")[0].split()) if match else ""


def _table(body: io.BytesIO, is_json: bool, deadline: Deadline) -> Answer:
    if is_json:
        bounds.check_json(body)
    else:
        bounds.check_xml(body, lambda: left(deadline))
    left(deadline)
    body.seek(0)
    format = ox.QueryResultsFormat.JSON if is_json else ox.QueryResultsFormat.XML
    result = ox.parse_query_results(body, format=format)
    if not isinstance(result, ox.QuerySolutions):
        return Boolean(bool(result))
    variables = [variable.value for variable in result.variables]
    indexes = range(len(variables))
    count = bounds.Count()
    rows = []
    for solution in _timed(result, deadline):
        count.add_row(len(variables))
        rows.append(tuple(_canonical(solution[i]) for i in indexes))
    if variables == ["__ASK_RETVAL"]:  # Virtuoso 7 answers ASK with a table of one cell, 1 or 0
        return Boolean(bool(rows) and rows[0][0] == ox.Literal(1))
    return Bindings(variables, rows)


def _graph(body: io.BytesIO, deadline: Deadline) -> Answer:
    bounds.check_turtle(body)
    body.seek(0)
    count = bounds.Count()
    triples = []
    for quad in _timed(ox.parse(body, format=ox.RdfFormat.TURTLE), deadline):  # N-Triples is Turtle as well
        triples.append(quad.triple)
        count.add_triple(triples[-1])
    return Triples(triples)


def _timed(items: Iterable[T], deadline: Deadline) -> Iterator[T]:
    for count, item in enumerate(items):
        if count % 1024 == 0:
            left(deadline)
        yield item


def _rewritten(body: io.BytesIO) -> io.BytesIO:
    """Return a result with the members that SPARQL 1.1 Query Results JSON defines, and no other.

    Raises ValueError if it is not JSON, not of that shape, or too large to be read by Python.
    """
    if body.getbuffer().nbytes > MOST_TO_REWRITE:
        raise ValueError("too large")
    found = json.loads(body.getvalue().decode("utf-8-sig"), parse_constant=_refuse_constant)
    kept: dict[str, Any] = {"head": {"vars": _member(_member(found, "head", {}), "vars", [])}}
    if "boolean" in found and "results" in found:
        raise ValueError("two answers in one")
    if "boolean" in found:
        kept["boolean"] = found["boolean"]
    else:
        kept["results"] = {
            "bindings": [_row(row) for row in _list(_member(_member(found, "results", None), "bindings", None))]
        }
    return io.BytesIO(json.dumps(kept).encode("ascii"))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _member(thing: Any, name: str, default: Any) -> Any:
    if not isinstance(thing, dict):
        raise ValueError("not an object")
    return thing.get(name, default)


def _list(thing: Any) -> list[Any]:
    if not isinstance(thing, list):
        raise ValueError("not an array")
    return thing


def _row(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise ValueError("not an object")
    return {name: _term(term) for name, term in row.items()}


def _term(term: Any) -> Any:
    if not isinstance(term, dict):
        return term
    kept = {name: term[name] for name in _MEMBERS_OF_A_TERM if name in term}
    if isinstance(kept.get("value"), dict):  # a triple term, of SPARQL 1.2
        kept["value"] = {name: _term(part) for name, part in kept["value"].items()}
    return kept


def _canonical(term: Term | None) -> Term | None:
    """Return a truth value as the embedded store writes it (XSD's canonical form): Virtuoso 7 answers 1 and 0 in tables."""
    if isinstance(term, ox.Literal) and term.datatype == BOOLEAN and term.value in {"1", "0"}:
        return ox.Literal(term.value == "1")
    return term
