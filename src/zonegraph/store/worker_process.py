"""The worker process: Oxigraph on a store on disk, which answers what comes in until nothing more can come.

`worker.WorkerStore` starts it as a program and imports this module for the form of the messages, so nothing is imported
here that either of them could do without.

`messages` says what a message is. A question is JSON; rows come back as SPARQL 1.1 Query Results TSV and triples as N-Triples,
with every term written out, so that it is the same term on the other side.
"""

from __future__ import annotations

import difflib  # noqa: F401 (the nearest name is looked for when no file can be opened any more)
import json

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import ZonegraphError
from zonegraph.store import Bindings, Boolean, Triples, messages
from zonegraph.store.embedded import EmbeddedStore, deny_new_files
from zonegraph.store.query import Named, Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, NoReturn

    from zonegraph.deadline import Deadline
    from zonegraph.store import Answer, Term


def serve(folder: str) -> NoReturn:
    """Answer on standard output what is asked on standard input, from the store on disk in a folder, until that ends.

    The first message says `open` or, with the reason, `shut`.
    """

    def work(asked: Callable[[], bytes], tell: Callable[..., None]) -> None:
        try:
            store = EmbeddedStore(ox.Store.read_only(folder))
        except (OSError, ValueError, RuntimeError) as error:
            tell("shut", str(error).encode())
            return
        deny_new_files()  # for good; the store has open what it needs
        tell("open")
        while True:
            tell(*answer(store, asked()))

    messages.answer(work, "SIGINT")


def question(query: Query, bindings: Mapping[str, Term] | None, limit: int | None) -> bytes:
    """Return the content of a message that asks what `Store.query` is asked."""
    given = _table(list(bindings), [list(bindings.values())]).decode() if bindings else None
    return json.dumps({"query": query, "bindings": given, "limit": limit, "prefixes": v.OWN}).encode()


def answer(store: EmbeddedStore, content: bytes) -> tuple[str, bytes]:
    """Ask a store what the content of a message asks. Returns what the answer is called, and its content."""
    asked = json.loads(content)
    v.declare(asked["prefixes"])
    text, graphs, name = asked["query"]
    query = Query(text, tuple(Named(*graph) for graph in graphs), name)
    bindings = _rows(asked["bindings"].encode()) if asked["bindings"] else None
    given = dict(zip(bindings.variables, bindings.rows[0], strict=True)) if bindings else None
    try:
        found = store.query(query, bindings=given, limit=asked["limit"])  # type: ignore[arg-type]
    except ZonegraphError as error:
        return type(error).__name__, json.dumps([error.problem, error.remedy]).encode()
    if isinstance(found, Bindings):
        return "rows", _table(found.variables, found.rows)
    if isinstance(found, Triples):
        return "triples", ox.serialize(found.triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return "boolean", b"true" if found.value else b""


def answered(kind: str, content: bytes, deadline: Deadline) -> Answer:
    """Return the answer that a message brings. Raises EngineError if even that is not done by a deadline."""
    if kind == "rows":
        return _rows(content, deadline)
    if kind == "triples":
        return Triples([quad.triple for quad in _each(ox.parse(content, format=ox.RdfFormat.N_TRIPLES), deadline)])
    return Boolean(bool(content))


def message(content: bytes) -> tuple[str, str]:
    """Return problem and remedy of an error that a message brings."""
    problem, remedy = json.loads(content)
    return problem, remedy


def _each(found: Iterable[Any], deadline: Deadline | None) -> Iterator[Any]:
    for one in found:
        if deadline is not None:
            deadline.left()
        yield one


def _table(variables: Sequence[str], rows: Iterable[Sequence[Term | None]]) -> bytes:
    lines = ["\t".join(f"?{name}" for name in variables), *("\t".join(map(_text, row)) for row in rows), ""]
    return "\n".join(lines).encode()


def _text(term: Term | None) -> str:
    if isinstance(term, ox.Triple):  # as text it would lack its brackets
        return f"<<( {' '.join(map(_text, term))} )>>"
    return "" if term is None else str(term)


def _rows(content: bytes, deadline: Deadline | None = None) -> Bindings:
    solutions = ox.parse_query_results(content, format=ox.QueryResultsFormat.TSV)
    variables = [variable.value for variable in solutions.variables]  # type: ignore[union-attr]
    indexes = range(len(variables))
    rows = [tuple(solution[i] for i in indexes) for solution in _each(solutions, deadline)]  # type: ignore[arg-type]
    return Bindings(variables, rows)
