"""The endpoint store: any SPARQL 1.1 Protocol service, through SPARQLWrapper."""

from __future__ import annotations

import http.client
import io
import math
import threading
import urllib.error
import urllib.parse
import urllib.request

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.store import Bindings, Boolean, Triples, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.store import Answer, Term

BOOLEAN = ox.NamedNode(v.XSD + "boolean")
DEFAULT_TIMEOUT = 60.0  # seconds; SPARQLWrapper itself would wait for ever


class EndpointStore:
    """A remote store reached by HTTP; nothing is sent anywhere but to `url`."""

    local = None

    def __init__(self, url: str) -> None:
        """Remember the address of a service. Raises UsageError if `url` is not an http or https address."""
        try:
            parts = urllib.parse.urlsplit(url)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            sound = False
        if not sound:
            raise UsageError(
                f"{url}: not the address of a SPARQL endpoint\n  it should look like http://localhost:7200/sparql"
            )
        self.url = url

    def query(self, text: str, timeout: float | None = None) -> Answer:
        """Evaluate a query there; see `zonegraph.store.Store.query`. `timeout` is 60 seconds if not given."""
        seconds = DEFAULT_TIMEOUT if timeout is None else timeout
        outcome: list[Answer | BaseException] = []

        # The time-out of a socket starts anew with every byte; a deadline for the whole needs a thread.
        def work() -> None:
            try:
                outcome.append(self._ask(guard.with_prefixes(text), seconds))
            except BaseException as error:
                outcome.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(seconds)
        if not outcome:
            raise EngineError(f"{self.url}: no answer within {seconds:g} s\n  allow more with --timeout")
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    def _ask(self, text: str, seconds: float) -> Answer:
        import SPARQLWrapper

        wrapper = SPARQLWrapper.SPARQLWrapper(self.url)
        wrapper.setTimeout(max(1, math.ceil(seconds)))
        wrapper.setMethod(SPARQLWrapper.POST)  # a GET address has no room for a long query
        wrapper.setQuery(text)
        wrapper.queryType = guard.form(text)  # its own guess looks into comments
        graph_form = wrapper.queryType in {SPARQLWrapper.CONSTRUCT, SPARQLWrapper.DESCRIBE}
        wrapper.setReturnFormat(SPARQLWrapper.TURTLE if graph_form else SPARQLWrapper.JSON)
        try:
            # SPARQLWrapper would follow a redirect, and so send the query to an address that nobody named.
            opener = urllib.request.build_opener(_NoRedirect)
            with opener.open(wrapper._createRequest(), timeout=wrapper.timeout) as response:
                body = response.read()
                kind = response.headers.get("Content-Type") or ""
        except urllib.error.HTTPError as error:
            raise self._refused(error) from None
        except http.client.HTTPException as error:
            raise EngineError(f"{self.url}: the endpoint failed: {_first_line(str(error))}") from None
        except TimeoutError:
            raise EngineError(f"{self.url}: no answer within {seconds:g} s\n  allow more with --timeout") from None
        except (OSError, ValueError) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise EngineError(f"{self.url}: no answer within {seconds:g} s\n  allow more with --timeout") from None
            reason = getattr(error, "reason", error)
            raise EngineError(
                f"{self.url}: cannot be reached: {reason}\n  check the address, and that the server runs"
            ) from None
        return _aligned(self.url, text, _parse(self.url, body, kind, graph_form))

    def _refused(self, error: urllib.error.HTTPError) -> UsageError | EngineError:
        location = error.headers.get("Location")
        if 300 <= error.code < 400 and location:
            return EngineError(f"{self.url}: redirects to {location}\n  name that address if you trust it")
        reason = _first_line(error.read().decode("utf-8", "replace")) or error.reason
        if error.code == 400:
            return UsageError(f"{self.url}: the endpoint does not accept the query: {reason}")
        return EngineError(f"{self.url}: the endpoint failed: HTTP {error.code}: {reason}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _parse(url: str, body: bytes, kind: str, graph_form: bool) -> Answer:
    media_type = kind.partition(";")[0].strip()
    try:
        if graph_form:
            rdf = ox.RdfFormat.from_media_type(media_type) or ox.RdfFormat.TURTLE
            return Triples([quad.triple for quad in ox.parse(io.BytesIO(body), format=rdf)])
        tabular = ox.QueryResultsFormat.from_media_type(media_type) or ox.QueryResultsFormat.JSON
        result = ox.parse_query_results(io.BytesIO(body), format=tabular)
        if isinstance(result, ox.QuerySolutions):
            variables = [variable.value for variable in result.variables]
            rows = [tuple(_canonical(solution[i]) for i in range(len(variables))) for solution in result]
            if variables == ["__ASK_RETVAL"]:  # Virtuoso 7 answers ASK with a table of one cell, 1 or 0
                return Boolean(bool(rows) and rows[0][0] == ox.Literal(1))
            return Bindings(variables, rows)
        return Boolean(bool(result))
    except (SyntaxError, ValueError) as error:
        raise EngineError(
            f"{url}: the answer is not a SPARQL result ({kind or 'no content type'}): {error}\n"
            "  is this the address of the SPARQL service itself?"
        ) from None


def _canonical(term: Term | None) -> Term | None:
    """Return a truth value as the embedded store writes it (XSD's canonical form): Virtuoso 7 answers 1 and 0 in tables."""
    if isinstance(term, ox.Literal) and term.datatype == BOOLEAN and term.value in {"1", "0"}:
        return ox.Literal(term.value == "1")
    return term


def _aligned(url: str, text: str, answer: Answer) -> Answer:
    """Return an answer with the columns in the order asked for. Raises EngineError if it answers another question."""
    form = guard.form(text)
    if isinstance(answer, Boolean) != (form == "ASK"):
        raise EngineError(f"{url}: {form} was asked, but the answer is {'yes or no' if form != 'ASK' else 'rows'}")
    if not isinstance(answer, Bindings):
        return answer
    try:
        asked = ox.Store().query(text)
    except SyntaxError:  # an extension that only this service knows
        return answer
    if not isinstance(asked, ox.QuerySolutions):
        return answer
    columns = [variable.value for variable in asked.variables]
    if sorted(columns) != sorted(answer.variables):
        raise EngineError(
            f"{url}: the answer has the columns {', '.join(answer.variables) or 'none'}, not {', '.join(columns) or 'none'}\n"
            "  the endpoint answers another query than the one it was sent"
        )
    places = [answer.variables.index(column) for column in columns]
    return Bindings(columns, [tuple(row[place] for place in places) for row in answer.rows])


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines)[:300]
