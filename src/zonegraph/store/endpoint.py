"""The endpoint store: any SPARQL 1.1 Protocol service, through SPARQLWrapper."""

from __future__ import annotations

import http.client
import io
import math
import threading
import urllib.parse

import pyoxigraph as ox

from zonegraph.errors import EngineError, UsageError
from zonegraph.store import Bindings, Boolean, Triples, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.store import Answer

DEFAULT_TIMEOUT = 60.0  # seconds; SPARQLWrapper itself would wait for ever


class EndpointStore:
    """A remote store reached by HTTP; nothing is sent anywhere but to `url`."""

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
        from SPARQLWrapper import SPARQLExceptions

        wrapper = SPARQLWrapper.SPARQLWrapper(self.url)
        wrapper.setTimeout(max(1, math.ceil(seconds)))
        wrapper.setMethod(SPARQLWrapper.POST)  # a GET address has no room for a long query
        wrapper.setQuery(text)
        wrapper.queryType = guard.form(text)  # its own guess looks into comments
        graph_form = wrapper.queryType in {SPARQLWrapper.CONSTRUCT, SPARQLWrapper.DESCRIBE}
        wrapper.setReturnFormat(SPARQLWrapper.TURTLE if graph_form else SPARQLWrapper.JSON)
        try:
            response = wrapper.query().response
            body = response.read()
            kind = response.headers.get("Content-Type") or ""
        except SPARQLExceptions.QueryBadFormed as error:
            raise UsageError(f"{self.url}: the endpoint does not accept the query: {_first_line(error)}") from None
        except (SPARQLExceptions.SPARQLWrapperException, http.client.HTTPException) as error:
            raise EngineError(f"{self.url}: the endpoint failed: {_first_line(error)}") from None
        except TimeoutError:
            raise EngineError(f"{self.url}: no answer within {seconds:g} s\n  allow more with --timeout") from None
        except (OSError, ValueError) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise EngineError(f"{self.url}: no answer within {seconds:g} s\n  allow more with --timeout") from None
            reason = getattr(error, "reason", error)
            raise EngineError(
                f"{self.url}: cannot be reached: {reason}\n  check the address, and that the server runs"
            ) from None
        if response.geturl() != self.url:
            raise EngineError(f"{self.url}: redirects to {response.geturl()}\n  name that address if you trust it")
        return _parse(self.url, body, kind, graph_form)


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
            rows = [tuple(solution[i] for i in range(len(variables))) for solution in result]
            if variables == ["__ASK_RETVAL"]:  # Virtuoso 7 answers ASK with a table of one cell, 1 or 0
                return Boolean(bool(rows) and rows[0][0] == ox.Literal(1))
            return Bindings(variables, rows)
        return Boolean(bool(result))
    except (SyntaxError, ValueError) as error:
        raise EngineError(
            f"{url}: the answer is not a SPARQL result ({kind or 'no content type'}): {error}\n"
            "  is this the address of the SPARQL service itself?"
        ) from None


def _first_line(error: Exception) -> str:
    text = str(error.args[0] if error.args else error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines)[:300]
