"""Answering a question in a worker: the engine writes the answer as it finds it, and nothing is kept."""

from __future__ import annotations

import contextlib
import io
import json
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.rdf import rdfxml
from zonegraph.rdf.serialize import FORMATS
from zonegraph.server.workers.questions import Content, Data, Saved, Sparql, Thing
from zonegraph.server.workers.writing import CutError, UnwritableError, Writer
from zonegraph.store import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NamedTuple

    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.server.workers.questions import Question
    from zonegraph.store.embedded import EmbeddedStore
    from zonegraph.store.query import Query

    class Held(NamedTuple):
        """What a worker holds: a store, the saved queries by name, and how many rows and bytes an answer may have.

        Whoever answers saved queries also holds the compiled `rules`, for how something is inferred, and which articles
        a date leaves out.
        """

        store: EmbeddedStore
        catalogue: dict[str, SavedQuery]
        rows: int
        bytes: int
        rules: Program | None = None
        left_out: Sequence[tuple[str, str]] = ()

else:
    Held = namedtuple("Held", "store catalogue rows bytes rules left_out", defaults=(None, ()))

_SOLUTIONS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


def answer(question: Question, held: Held, send: Callable[..., None]) -> None:
    """Answer a question.

    Parameters: `send`, which takes the kind of a message and its content: `begin`, with the kind of the answer, its
    format, the graphs that the request names and the store does not hold, and how many rows of how many are to come,
    where that is known; `data`, a piece of it; and last `end`, or `cut-rows` or `cut-bytes` with what makes a whole of
    the pieces, or `refused` with a status and why, or `failed` with why.
    """
    try:
        if isinstance(question, Content):
            _content(question, held, send)
        elif isinstance(question, Thing):
            _thing(question, held, send)
        elif isinstance(question, Saved):
            _saved(question, held, send)
        elif isinstance(question, Data):
            _data(question, held, send)
        else:
            _sparql(question, held, send)
    except UsageError as error:
        _refuse(send, 400, str(error))
    except UnwritableError as error:
        _refuse(send, 406, f"the answer cannot be written in this format: {error}; ask for another one")
    except EngineError as error:
        send("failed", str(error).encode())


def _refuse(send: Callable[..., None], status: int, reason: str) -> None:
    send("refused", json.dumps([status, reason]).encode())


def _sparql(question: Sparql, held: Held, send: Callable[..., None]) -> None:
    query = guard.judge(question.text)
    named = (*(question.default_graphs or ()), *(question.named_graphs or ()))
    absent = [graph for graph in dict.fromkeys(named) if not held.store.ox.contains_named_graph(_node(graph))]
    _evaluated(query, question, held, send, absent, question.default_graphs, question.named_graphs)


def _node(graph: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(graph)
    except ValueError:
        raise UsageError(f"{graph}: not an IRI", "percent-encode what an IRI cannot hold") from None


def _saved(question: Saved, held: Held, send: Callable[..., None]) -> None:
    from zonegraph import catalogue
    from zonegraph.answers import queries

    saved = catalogue.get(held.catalogue, question.name)
    with contextlib.redirect_stderr(io.StringIO()):  # how a name was understood is not for the log
        query = queries.saved_question(saved, question.values, held.store).query
    if question.limit is None and not (question.sort or question.columns or question.certainty):
        _evaluated(query, question, held, send)
    else:
        _arranged(query, question, held, send)


def _arranged(query: Query, question: Saved, held: Held, send: Callable[..., None]) -> None:
    """Answer with rows that are not as the engine finds them: some of them, in another order, or of some columns."""
    from zonegraph.answers import as_data, rows
    from zonegraph.output import results
    from zonegraph.store import Bindings

    answer = held.store.query(query)
    if not isinstance(answer, Bindings):
        raise UsageError(f"{question.name}: has no rows to sort, choose or limit", "leave that out")
    if question.certainty:
        answer = as_data.certain(answer, held.catalogue[question.name], question.certainty, held.store)
    answer = rows.ordered(answer, question.sort or ())
    total = len(answer.rows)
    shown = rows.chosen(answer._replace(rows=answer.rows[: question.limit]), question.columns or ())
    assert isinstance(shown, Bindings)
    said = f"{len(shown.rows)} of {total}"
    if question.columns:
        once, _, doubled = rows.once(shown, None)
        assert isinstance(once, Bindings)
        said += f", {len(once.rows)} of them different" if doubled else ""
        shown = once
    format = question.formats["solutions"]
    if format is None:
        _refuse(send, 406, "none of the accepted formats can hold rows")
        return
    found = ox.parse_query_results(results.as_json(shown).encode(), format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    _begin(send, "solutions", format, shown=said)
    writer = _writer(held, format, send)
    _ended(writer, send, lambda: found.serialize(writer, format=_SOLUTIONS[format]))  # type: ignore[arg-type]


# What can be asked for as data, and the function of `answers.as_data` that answers.
DATA = {
    "question": "of_question",
    "search": "of_search",
    "statement": "of_statement",
    "articles": "of_articles",
    "article": "of_article",
    "thing": "of_thing",
    "model": "of_model",
    "nothing": "of_nothing",
}


def _data(question: Data, held: Held, send: Callable[..., None]) -> None:
    from zonegraph.answers import as_data

    def rules() -> Program:
        if held.rules is None:
            raise EngineError("the rules are not at hand")
        return held.rules

    known = as_data.Known(held.store, held.catalogue, rules, held.left_out)
    part = as_data.Part(question.offset, question.limit, question.characters)
    function: Callable[..., dict[str, Any]] = getattr(as_data, DATA[question.what])
    said = io.StringIO()
    # How a name was understood is part of the answer, and not for the log.
    with contextlib.redirect_stderr(said):
        found = function(known, part=part, **question.given)
    notes = [line.removeprefix("zonegraph: ").strip() for line in said.getvalue().splitlines()]
    if notes:
        found["notes"] = [*notes, *found.get("notes", ())]
    _begin(send, "data", "json")
    send("data", json.dumps(found, ensure_ascii=False).encode())
    send("end")


def _evaluated(
    query: Query,
    question: Sparql | Saved,
    held: Held,
    send: Callable[..., None],
    absent: Sequence[str] = (),
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
) -> None:
    with held.store.results(query, question.base, default_graphs, named_graphs) as found:
        kind = _kind(found)
        format = question.formats[kind]
        if format is None:
            _refuse(send, 406, f"none of the accepted formats can hold the answer, which is {kind}")
            return
        _begin(send, kind, format, absent)
        if isinstance(found, ox.QueryTriples):
            _write_triples(found, format, held, send)
        else:
            writer = _writer(held, format, send)
            _ended(writer, send, lambda: found.serialize(writer, format=_SOLUTIONS[format]))  # type: ignore[arg-type]


def _content(question: Content, held: Held, send: Callable[..., None]) -> None:
    graph = ox.DefaultGraph() if question.graph is None else ox.NamedNode(question.graph)
    if isinstance(graph, ox.NamedNode) and not held.store.ox.contains_named_graph(graph):
        _refuse(send, 404, f"<{question.graph}> is not a graph in the store")
        return
    _begin(send, "triples", question.format)
    quads = held.store.ox.quads_for_pattern(None, None, None, graph)
    _write_triples((quad.triple for quad in quads), question.format, held, send)


def _thing(question: Thing, held: Held, send: Callable[..., None]) -> None:
    node, store, merge = _node(question.iri), held.store.ox, ox.DefaultGraph()
    said = [quad.triple for quad in store.quads_for_pattern(node, None, None, merge)]
    total = 0
    for total, quad in enumerate(store.quads_for_pattern(None, None, node, merge), 1):
        if total <= question.pointing:
            said.append(quad.triple)
    if not said:
        _refuse(send, 404, _unknown(question.iri, held))
        return
    shown = f"{question.pointing} of {total} that point here" if total > question.pointing else ""
    _begin(send, "triples", question.format, shown=shown)
    _write_triples(dict.fromkeys(said), question.format, held, send)


def _unknown(iri: str, held: Held) -> str:
    """Return that the graph does not know an IRI, and which it knows that are like it."""
    if held.catalogue:
        from zonegraph.answers import names

        try:
            names.resolve(v.shorten(iri), held.store)
        except UsageError as error:
            return str(error)
    return f"<{iri}>: the graph says nothing about it"


def _begin(send: Callable[..., None], kind: str, format: str, absent: Sequence[str] = (), shown: str = "") -> None:
    send("begin", json.dumps({"kind": kind, "format": format, "absent": absent, "shown": shown}).encode())


def _kind(found: object) -> str:
    if isinstance(found, ox.QueryTriples):
        return "triples"
    return "solutions" if isinstance(found, ox.QuerySolutions) else "boolean"


def _writer(held: Held, format: str, send: Callable[..., None]) -> Writer:
    return Writer(lambda piece: send("data", piece), format, held.rows, held.bytes)


def _write_triples(triples: Iterable[ox.Triple], format: str, held: Held, send: Callable[..., None]) -> None:
    writer = _writer(held, format, send)

    def counted() -> Iterator[ox.Triple]:
        for number, triple in enumerate(triples):
            if number == held.rows:
                writer.full = "rows"
            if writer.full:
                return
            yield triple

    prefixes = rdfxml.free(v.PREFIXES) if format == "rdfxml" else v.PREFIXES
    _ended(writer, send, lambda: ox.serialize(counted(), writer, FORMATS[format], prefixes=prefixes))  # type: ignore[arg-type]


def _ended(writer: Writer, send: Callable[..., None], write: Callable[[], object]) -> None:
    try:
        write()
        writer.end()
    except CutError as cut:
        send(f"cut-{cut}", writer.tail)
    else:
        send("end")
