"""The endpoint store: any SPARQL 1.1 Protocol service."""

from __future__ import annotations

import contextlib
import copy
import http
import http.client
import io
import socket
import ssl
import urllib.parse
import urllib.request

import pyoxigraph as ox

from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError, ZonegraphError, say
from zonegraph.store import Bindings, Boolean, Triples, bounds, exchange, results
from zonegraph.store.address import PASSWORD, TOKEN, USER, Address, shown
from zonegraph.store.embedded import columns, not_held, require_judged, require_sparql
from zonegraph.store.query import constant, with_prefixes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from zonegraph.store import Answer, Term
    from zonegraph.store.query import Query

SECONDS = 60.0  # for a query under no deadline of its own
MOST = 256 << 20  # bytes of an answer
MOST_OF_AN_ERROR = 64 << 10
SHOWN = 300  # characters of what a service says

# application/json would do for most services, but some answer it with JSON of their own.
TABLES = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
GRAPHS = "text/turtle, application/n-triples;q=0.9"

# Virtuoso 7 says yes to ASK for whichever graph, but gives this no row.
_HOLDS = constant("SELECT ?g { VALUES ?g { UNDEF } GRAPH ?g { ?s ?p ?o } } LIMIT 1")

_CREDENTIALS = f"user:password@ before the host in the address, {USER} and {PASSWORD}, {TOKEN}, or an entry for the host in ~/.netrc"
_THIS_ADDRESS = "is this the address of the SPARQL service itself?"


class EndpointStore:
    """A remote store reached by HTTP; nothing is sent anywhere but to the address it is given.

    `shown` is that address as it may be printed. A query is sent only if it is SPARQL to the embedded store as well, so that
    nobody's extension does what the guard does not know of.
    """

    local = None

    def __init__(self, url: str, *, any_sparql: bool = False, deadline: Deadline | None = None) -> None:
        """Remember a service; nothing is sent yet.

        Parameters: `url`, an http or https address, in which user and password may stand; `any_sparql`, whether to send
        what the embedded store's parser does not take as well; `deadline`, by which all queries must be done; without one,
        or with one that never ends, each has 60 seconds. Raises UsageError if `url` is no such address, or the credentials
        for it, from there, from the environment or from netrc, cannot be sent.
        """
        self._address = Address(url)
        self.shown = self._address.shown
        self._any_sparql = any_sparql
        self._deadline = deadline
        self._held: set[str] = set()  # graphs
        self._notices = list(self._address.notices)

    def within(self, deadline: Deadline) -> EndpointStore:
        """Return the same service under another deadline; see `zonegraph.store.Store.within`."""
        store = copy.copy(self)
        store._deadline = deadline
        return store

    def query(self, query: Query, *, bindings: Mapping[str, Term] | None = None, limit: int | None = None) -> Answer:
        """Evaluate a query there; see `zonegraph.store.Store.query`. An answer may have 256 MiB."""
        require_judged(query)
        deadline = self._deadline
        if deadline is None or deadline.seconds is None:
            deadline = Deadline(SECONDS)
        asked = query.joined(bindings or {})
        text = with_prefixes(asked.text)
        if not self._any_sparql:
            _require_sparql(query)
        for named in query.graphs:
            if not self._is_held(named.graph, deadline):
                raise not_held(named)
        answer = self._aligned(asked, self._ask(text, asked.form, deadline))
        if isinstance(answer, Bindings):
            return Bindings(answer.variables, answer.rows[:limit])
        return Triples(answer.triples[:limit]) if isinstance(answer, Triples) else answer

    def _is_held(self, graph: str, deadline: Deadline) -> bool:
        if graph not in self._held:
            try:
                query = _HOLDS.bind(g=[ox.NamedNode(graph)])
            except ValueError:  # no IRI
                return False
            if not self._aligned(query, self._ask(query.text, "SELECT", deadline))[-1]:
                return False
            self._held.add(graph)
        return True

    def _ask(self, text: str, form: str, deadline: Deadline) -> Answer:
        while self._notices:
            say(self._notices.pop(0))
        body = io.BytesIO()
        try:
            with exchange.send(self._request(text, form), deadline) as response:
                if response.status not in (http.HTTPStatus.OK, http.HTTPStatus.NON_AUTHORITATIVE_INFORMATION):
                    raise self._failure(response, deadline)
                self._require_plain(response)
                if (response.length or 0) > MOST:
                    raise self._incomplete(response.length or 0)
                whole = exchange.receive(response, body, MOST, deadline)
                kind = response.headers.get("Content-Type") or ""
            if body.tell() > MOST or not whole:
                raise self._incomplete(body.tell())
            return results.read(body, form, deadline)
        except results.NoResultError as error:
            raise self._no_result(body, kind, error) from None
        except bounds.ExcessError as error:
            raise self._too_much(str(error)) from None
        except TimeoutError as error:
            if error.errno is not None:  # the system gave up, before the deadline
                raise self._unreachable(error) from None
            raise self._timed_out(deadline, body.getbuffer().nbytes) from None
        except OSError as error:
            raise self._unreachable(error) from None
        except http.client.HTTPException as error:
            raise self._no_http(error) from None

    def _request(self, text: str, form: str) -> urllib.request.Request:
        import SPARQLWrapper

        wrapper = SPARQLWrapper.SPARQLWrapper(self._address.url)
        wrapper.setMethod(SPARQLWrapper.POST)  # a GET address has no room for a long query
        wrapper.setOnlyConneg(True)  # no parameters beside the query that one service or another may know
        wrapper.queryString = text  # setQuery would guess its form, and warn with the whole text where it cannot
        wrapper.queryType = form
        wrapper.addCustomHttpHeader("Accept", _accepted(form))
        request: urllib.request.Request = wrapper._createRequest()
        if self._address.authorization:
            request.add_unredirected_header("Authorization", self._address.authorization)
        return request

    def _aligned(self, query: Query, answer: Answer) -> Answer:
        """Return an answer with the columns in the order asked for. Raises EngineError if it answers another question."""
        kinds = {Bindings: "rows", Boolean: "yes or no", Triples: "triples"}
        form = query.form
        expected = {"SELECT": Bindings, "ASK": Boolean, "CONSTRUCT": Triples, "DESCRIBE": Triples}.get(form)
        if expected is not None and not isinstance(answer, expected):
            raise self._failed(f"{form} was requested, but the answer is {kinds[type(answer)]}", "", _THIS_ADDRESS)
        asked = columns(query) if isinstance(answer, Bindings) else None
        if asked is None or not isinstance(answer, Bindings):  # None: an extension that only this service knows
            return answer
        if sorted(asked) != sorted(answer.variables):
            raise self._failed(
                f"the answer has the columns {self._line(', '.join(answer.variables)) or 'none'}",
                f", not {', '.join(asked) or 'none'}",
                "the endpoint answered a different query from the one it was sent",
            )
        places = [answer.variables.index(column) for column in asked]
        return Bindings(asked, [tuple(row[place] for place in places) for row in answer.rows])

    # What may go wrong, each with its message.

    def _failed(self, said: str, ours: str, remedy: str, error: type[ZonegraphError] = EngineError) -> ZonegraphError:
        """Return an error. Parameters: `said`, which may hold what the service said; `ours`, what stands after that."""
        return error(f"{self.shown}: {self._line(said)}{ours}", remedy)

    def _line(self, text: str) -> str:
        """Return what a service says as one line of at most SHOWN characters, without what it may not tell."""
        line = " ".join(self._address.without_secrets(text).split())
        return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"

    def _failure(self, response: http.client.HTTPResponse, deadline: Deadline) -> ZonegraphError:
        """Return the error for an answer that is none, by its status."""
        status = response.status
        location = response.headers.get("Location")
        if 300 <= status < 400 and location:
            with contextlib.suppress(ValueError):  # no address at all
                location = urllib.parse.urljoin(self._address.url, location)
            return self._failed(f"redirects to {self._line(shown(location))}", "", "use that address if you trust it")
        said = self._said(response, deadline) if status >= 400 else ""
        said = self._line(said or response.reason or _phrase(status))
        if status == 400:
            remedy = "this program accepts it as SPARQL 1.1: remove what the service does not support"
            if self._any_sparql:
                remedy = "correct it as the service requires"
            return self._failed(f"the endpoint does not accept the query: {said}", "", remedy, UsageError)
        return self._failed(f"the endpoint failed: HTTP {status}: {said}", "", self._remedy(response))

    def _remedy(self, response: http.client.HTTPResponse) -> str:
        status = response.status
        after = self._line(response.headers.get("Retry-After") or "")
        if after:
            return f"ask again in {after} s" if after.isdecimal() else f"ask again after {after}"
        if status in (401, 403) and self._address.authorization:
            return f"it does not accept the credentials from {self._address.source}; other ways: {_CREDENTIALS}"
        if status in (401, 403):
            return f"it may require credentials: {_CREDENTIALS}"
        if status == 406:
            return f"it offers none of {TABLES} or, for triples, {GRAPHS}"
        if status in (429, 503):
            return "ask again later"
        if status < 400 or status in (404, 405, 410, 415, 501):
            return _THIS_ADDRESS
        return "ask again later, or ask for less (fewer patterns, a LIMIT in the query); the service's log may say more"

    def _said(self, response: http.client.HTTPResponse, deadline: Deadline) -> str:
        """Return what an error answer says of itself, as far as it comes."""
        if _encoding(response):
            return ""
        body = io.BytesIO()
        with contextlib.suppress(TimeoutError):  # the status has come, and says more than that no more came
            exchange.receive(response, body, MOST_OF_AN_ERROR, deadline)
        text = body.getvalue().decode("utf-8", "replace")
        return results.title(text) or _shown_whole(text, body, MOST_OF_AN_ERROR)

    def _require_plain(self, response: http.client.HTTPResponse) -> None:
        encoding = _encoding(response)
        if encoding:
            raise self._failed(
                f"the answer is encoded ({encoding}), which was not requested",
                "",
                "switch that off at the service, or at the proxy in front of it",
            )

    def _incomplete(self, count: int) -> ZonegraphError:
        if count > MOST:
            return self._too_much(f"more than {MOST >> 20} MiB")
        came = f"{count:,} byte{'' if count == 1 else 's'}"
        return self._failed(f"the answer broke off after {came}", "", "ask again; the service's log may say why")

    def _too_much(self, what: str) -> ZonegraphError:
        return self._failed(f"the answer has {what}", "", "ask for less: name fewer columns, put a LIMIT in the query")

    def _timed_out(self, deadline: Deadline, count: int) -> ZonegraphError:
        within = f"within {deadline.seconds:g} s"
        what = f"the answer was not complete {within}; {count:,} bytes arrived" if count else f"no answer {within}"
        return self._failed(
            what, "", "allow more with --timeout, or ask for less (fewer patterns, a LIMIT in the query)"
        )

    def _no_result(self, body: io.BytesIO, kind: str, error: results.NoResultError) -> ZonegraphError:
        start = bytes(body.getbuffer()[:MOST_OF_AN_ERROR]).decode("utf-8", "replace")
        begins = self._line(_shown_whole(start, body, MOST_OF_AN_ERROR))
        quoted = f"; it begins: {begins}" if begins else ""
        under = self._line(kind) or "no media type"
        return self._failed(f"the answer is not a SPARQL result ({under}): {error}", quoted, _THIS_ADDRESS)

    def _no_http(self, error: http.client.HTTPException) -> ZonegraphError:
        if isinstance(error, exchange.OnlyContinueError):
            what = "the answer is status 100 (Continue) and nothing after it"
        elif isinstance(error, http.client.BadStatusLine):
            what = f"the answer is not HTTP; it begins: {self._line(str(error))}"
        elif isinstance(error, http.client.InvalidURL):
            what = "the proxy named in the environment cannot be used (http_proxy, https_proxy)"
        elif isinstance(error, http.client.UnknownProtocol):
            what = f"the answer is not HTTP/1.1 but {self._line(str(error))}"
        else:
            what = f"the answer's headers are too large: {self._line(str(error))}"
        return self._failed(what, "", _THIS_ADDRESS)

    def _unreachable(self, error: OSError) -> ZonegraphError:
        check = "check the address, and that the server is running"
        if isinstance(error, http.client.RemoteDisconnected):
            return self._failed("the connection was closed before an answer arrived", "", check)
        if isinstance(error, socket.gaierror):
            what = f"its host name cannot be looked up: {error.strerror}"
            remedy = "check the name and the network connection"
        elif isinstance(error, ConnectionRefusedError):
            what, remedy = "the connection is refused", check
        elif isinstance(error, ssl.SSLCertVerificationError):
            what = f"its certificate is not valid: {error.verify_message}"
            remedy = "check the address; set SSL_CERT_FILE to trust further authorities"
        elif isinstance(error, ssl.SSLError):
            what = f"TLS fails: {(error.reason or str(error)).replace('_', ' ').lower()}"
            remedy = "check the address: it may need http, not https"
        elif isinstance(error, ConnectionError):
            what, remedy = "the connection broke off before an answer arrived", check
        else:
            what, remedy = error.strerror or str(error), check
        return self._failed(f"cannot be reached: {what}", "", remedy)


def _accepted(form: str) -> str:
    return {"CONSTRUCT": GRAPHS, "DESCRIBE": GRAPHS, "SELECT": TABLES, "ASK": TABLES}.get(form, f"{TABLES}, {GRAPHS}")


def _require_sparql(query: Query) -> None:
    """Raise UsageError, with the place in the query as it was written, if it is not SPARQL to the embedded store's parser."""
    try:
        require_sparql(query)
    except UsageError as error:
        raise UsageError(str(error), "--any-sparql sends it anyway") from None


def _shown_whole(text: str, body: io.BytesIO, most: int) -> str:
    """Return the text of a body; nothing if so much of it is blank that the place would show where it was cut."""
    return "" if body.getbuffer().nbytes > most and len(" ".join(text.split())) <= 2 * SHOWN else text


def _encoding(response: http.client.HTTPResponse) -> str:
    """Return how an answer is encoded if it is, such as `gzip`: nobody has asked for that."""
    codings = f"{response.headers.get('Content-Encoding') or ''},{response.headers.get('Transfer-Encoding') or ''}"
    return ", ".join(c for c in (c.strip().lower() for c in codings.split(",")) if c not in ("", "identity", "chunked"))


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"
