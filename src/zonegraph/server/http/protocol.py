"""What a request to the endpoint asks (SPARQL 1.1 Protocol, section 2), told from its parts; everything is decoded once."""

from __future__ import annotations

import re
from collections import namedtuple
from urllib.parse import parse_qsl, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple

    class Asked(NamedTuple):
        """A query, None if there is none, and the graphs of the dataset that the request names, None if it names none."""

        query: str | None
        default_graphs: tuple[str, ...] | None
        named_graphs: tuple[str, ...] | None

else:
    Asked = namedtuple("Asked", "query default_graphs named_graphs")

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
MOST_PARAMETERS = 1_000

READ_ONLY = "the graph is read-only: updates are refused"
_GRAPHS = ("default-graph-uri", "named-graph-uri")


class RefusedError(Exception):
    """A request that is not answered: the status, why in plain words, and the headers that go with the status."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, dict(headers or {})


def asked(method: str, address: bytes, content_type: str | None, body: bytes) -> Asked:
    """Return what a request asks.

    Parameters: `method`, GET, HEAD or POST; `address`, the part of the request's target behind `?`; `content_type`, the
    header of the body, None if there is none; `body`, empty but for POST. Raises RefusedError for what is no query, or
    more than one.
    """
    parameters = fields(address, "the address")
    queries = parameters.get("query", [])
    updates = "update" in parameters
    if method == "POST":
        kind = media_type(content_type)
        if kind == FORM:
            of_form = fields(body, "the form")
            updates = updates or "update" in of_form
            queries = queries + of_form.get("query", [])
            for name in _GRAPHS:
                parameters[name] = [*parameters.get(name, []), *of_form.get(name, [])]
        elif kind == QUERY:
            queries = [*queries, _text(body, "the query")]
        elif kind == UPDATE:
            updates = True
        else:
            raise RefusedError(
                415,
                f"{'no Content-Type' if content_type is None else 'Content-Type ' + printable(content_type)}: "
                f"send a query as {QUERY}, or as the parameter query of {FORM}",
                {"Accept-Post": f"{QUERY}, {FORM}"},
            )
    if updates:
        raise RefusedError(403, READ_ONLY)
    if len(queries) > 1:
        raise RefusedError(400, "more than one query: send one")
    if not queries and method == "POST":
        raise RefusedError(400, "no query: send one as the parameter query")
    default, named = (tuple(dict.fromkeys(parameters.get(name, []))) for name in _GRAPHS)
    for name, graphs in zip(_GRAPHS, (default, named), strict=True):
        for graph in graphs:
            require_iri(graph, name)
    if not default and not named:
        return Asked(queries[0] if queries else None, None, None)
    return Asked(queries[0] if queries else None, default, named)


def media_type(content_type: str | None) -> str:
    """Return the media type of a Content-Type, in lower case; empty without one.

    Raises RefusedError if it names an encoding other than UTF-8.
    """
    name, *parameters = (content_type or "").split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        encoding = value.strip().strip('"').lower()
        if key.strip().lower() == "charset" and encoding not in ("utf-8", "utf8", "us-ascii"):
            raise RefusedError(415, f"charset {printable(encoding)}: send it as UTF-8")
    return name.strip().lower()


def require_iri(text: str, name: str) -> None:
    """Raise RefusedError for what is no absolute IRI. Parameters: `name`, of the parameter that has it."""
    try:
        absolute = bool(urlsplit(text).scheme) and not re.search(r"[\x00-\x20<>\"{}|\\^`]", text)
    except ValueError:
        absolute = False
    if not absolute:
        raise RefusedError(400, f"{name}={printable(text)}: not an absolute IRI")


def printable(text: str, most: int = 200) -> str:
    """Return a text that a client sent as an answer may repeat it: cut, and with nothing in it that moves a cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:most]) + ("..." if len(text) > most else "")


def _text(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(400, f"{what}: not UTF-8 (byte {error.start + 1})") from None


def fields(content: bytes, what: str) -> dict[str, list[str]]:
    """Return the values of each parameter of a form. Raises RefusedError for what is no form in UTF-8."""
    try:
        pairs = parse_qsl(
            _text(content, what),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise RefusedError(400, f"{what}: percent-encoded bytes that are not UTF-8") from None
    except ValueError:
        raise RefusedError(400, f"{what}: more than {MOST_PARAMETERS:,} parameters") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
