"""The Python API: a graph, and the results of asking it."""

from __future__ import annotations

import datetime
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Integral, Number
from typing import TYPE_CHECKING, Any, TypeVar

import pyoxigraph as ox

from zonegraph import build, export, output
from zonegraph import vocabulary as v
from zonegraph.answers import citations, queries, rows, statements
from zonegraph.build import graphs
from zonegraph.dates import is_day
from zonegraph.deadline import Deadline
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.project.writing import write_atomically
from zonegraph.store import Bindings, Boolean, Triples
from zonegraph.store.endpoint import EndpointStore
from zonegraph.store.worker import CLOSED, WorkerStore

if TYPE_CHECKING:
    import pandas
    import polars
    import rdflib

    from zonegraph.answers.citations import Explanation
    from zonegraph.answers.queries import Question
    from zonegraph.catalogue import Parameter, SavedQuery
    from zonegraph.closure import Program
    from zonegraph.evidence import Citation
    from zonegraph.project.sources import Project
    from zonegraph.store import Answer, Store, Term
    from zonegraph.validation import Report

T = TypeVar("T")
Value = str | int | float | None


class Result:
    """The answer to a query: iterates as rows (dictionaries of Python values), or is written in a format.

    Attributes: `answer`, the answer in RDF terms; `columns`, the names of its columns.
    """

    def __init__(self, answer: Answer, cited: Sequence[Sequence[Citation]] | None, project: Project) -> None:
        self.answer = answer
        self._cited, self._project = cited, project

    @property
    def columns(self) -> list[str]:
        """The columns' names; none for yes or no, subject, predicate and object for triples."""
        if isinstance(self.answer, Bindings):
            return list(self.answer.variables)
        return ["subject", "predicate", "object"] if isinstance(self.answer, Triples) else []

    def _rows(self) -> Sequence[Sequence[Term | None]]:
        if isinstance(self.answer, Bindings):
            return self.answer.rows
        return [tuple(t) for t in self.answer.triples] if isinstance(self.answer, Triples) else []

    def __iter__(self) -> Iterator[dict[str, Value]]:
        columns = self.columns
        for row in self._rows():
            yield dict(zip(columns, map(python_value, row), strict=True))

    def __len__(self) -> int:
        return len(self._rows())

    def __bool__(self) -> bool:
        """Whether an ASK query said yes, or there is any row."""
        return self.answer.value if isinstance(self.answer, Boolean) else len(self) > 0

    @property
    def citations(self) -> list[list[str]] | None:
        """For each row the texts of its citations, if they were asked for and the query defines them.

        Those that only corroborate what the row's own article says come last and begin with "also: ".
        """
        return None if self._cited is None else [output.lines_of(cited) for cited in self._cited]

    def text(self, format: str = "table") -> str:
        """Return the answer in a format of `zonegraph query`. Raises UsageError if it does not fit."""
        return output.render(self.answer, format, self._cited, lambda chosen: export.words_of(self._project, chosen))

    def csv(self) -> str:
        """Return the rows as CSV (SPARQL 1.1 Query Results CSV)."""
        return self.text("csv")

    def json(self) -> str:
        """Return the rows as SPARQL 1.1 Query Results JSON."""
        return self.text("json")

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas data frame; needs `pip install zonegraph[pandas]`."""
        import pandas

        return pandas.DataFrame(list(self), columns=self.columns)

    def to_polars(self) -> polars.DataFrame:
        """Return the rows as a polars data frame; needs `pip install zonegraph[polars]`."""
        import polars

        return polars.DataFrame([[row[c] for row in self] for c in self.columns], schema=self.columns, strict=False)


class Graph:
    """A knowledge graph, opened. Its methods may be called from several threads at once.

    `close`, or the end of a `with` block, ends the process that answers and removes what was written for it.

    Attributes: `queries`, the saved queries by name; `left_out`, the articles that an as-of date leaves out, each as slug
    and reason. `validate`, `export` and `rdflib` work on the project's files, so a graph at an endpoint, or as of a date,
    has none of them.
    """

    def __init__(
        self,
        project: str | os.PathLike[str] | None = None,
        endpoint: str | None = None,
        as_of: str | datetime.date | None = None,
    ) -> None:
        """Open a graph; see `zonegraph.open`."""
        if endpoint is not None and not isinstance(endpoint, str):
            raise UsageError(
                f"endpoint={_shown(endpoint)}: not an address", "write it like http://localhost:7200/sparql"
            )
        if endpoint is not None and as_of is not None:
            raise UsageError(
                "as_of works only on the embedded store, since it infers anew", "leave out endpoint or as_of"
            )
        self._elsewhere = "" if as_of is None else f"as of {as_of}"
        self.project = sources.find(None if project is None else _path("project", project))
        self._lock = threading.Lock()
        self._program: Program | None = None
        self._store: Store | None
        self._worker: WorkerStore | None = None
        if endpoint is None:
            dataset = build.open_dataset(self.project, as_of=None if as_of is None else _iso(as_of))
            self._store, self.queries, self.left_out = dataset.store, dataset.catalogue, dataset.left_out
            folder = None if dataset.location is None else os.path.join(dataset.location, "store")
            self._worker = WorkerStore(dataset.store, folder)
        else:
            self.left_out = []
            service = EndpointStore(endpoint)
            self._elsewhere = f"at {service.shown}"
            self._store, self.queries = service, graphs.saved_queries(self.project)

    @property
    def store(self) -> Store:
        """The store that is asked. Raises UsageError if the graph is closed."""
        return self._require_open()

    def close(self) -> None:
        """Close the graph; every method but this one then raises UsageError. A query under way ends."""
        self._store = None
        if self._worker is not None:
            self._worker.close()

    def __enter__(self) -> Graph:
        """Return the graph, to be closed at the end of the `with` block. Raises UsageError if it is closed already."""
        self._require_open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(
        self,
        name_or_text: str,
        /,
        *,
        cite: bool = False,
        limit: int | None = None,
        timeout: float | None = None,
        sort: str | Iterable[str] = (),
        columns: str | Iterable[str] = (),
        **parameters: str | float | datetime.date | Iterable[str | float | datetime.date],
    ) -> Result:
        """Ask a saved query or SPARQL text.

        Parameters: `name_or_text`, a saved query's name, or SPARQL; `cite`, whether to look up each row's citations;
        `limit`, the most rows or triples returned; `sort`, the columns by which the rows are sorted before they are cut off, each
        with a minus before it for descending order; `columns`, the columns returned, in this order; `timeout`, the seconds after
        which all of it is stopped; `parameters` of a saved query, each a value or several alternatives, written as on the command line.
        Returns the result. Raises UsageError for a query, name or value that is wrong or of a wrong type, EngineError if
        the store fails or the time is up.

        A query runs in a process of its own, which starts in a tenth of a second and stays for the next one: that process ends
        when the time is up, on ^C, and where a query brings the engine down. Queries to one graph wait for each other.
        """
        if not isinstance(name_or_text, str):
            raise UsageError(f"query {_shown(name_or_text)}: not a text", "give a saved query's name, or SPARQL")
        # True is a number to Python, and to nobody else.
        if limit is not None and (not isinstance(limit, Integral) or isinstance(limit, bool) or limit < 1):
            raise UsageError(f"limit={_shown(limit)}: not a whole number above 0", "leave it out for all rows")
        most = None if limit is None else min(int(limit), sys.maxsize)
        by, kept = _columns("sort", sort), _columns("columns", columns)

        def answered(store: Store) -> Result:
            question = self._question(store, name_or_text, parameters)
            answer, _ = rows.ask(question, store, most, by, count=False)
            cited = (
                citations.of_rows(question, answer, store, self._compiled, texts.directory_of(None)) if cite else None
            )
            return Result(rows.chosen(answer, kept), cited, self.project)

        return self._asking(timeout, answered)

    def _question(self, store: Store, name_or_text: str, parameters: Mapping[str, object]) -> Question:
        if name_or_text in self.queries or not any(c.isspace() or c == "{" for c in name_or_text):
            from zonegraph import catalogue

            saved = catalogue.get(self.queries, name_or_text)
            return queries.saved_question(saved, _as_typed(saved, parameters), store)
        if parameters:
            raise UsageError("only saved queries have parameters", "write the value into the SPARQL itself")
        return queries.text_question(name_or_text)

    def explain(self, statement: str, timeout: float | None = None) -> list[Explanation]:
        """Explain a triple, all triples of a thing and a property, or all that is said of a thing.

        Parameters: `statement`, an IRI, prefixed name or label; or subject and predicate, or a triple, in Turtle's
        notation; `timeout` as for `query`. Returns an explanation for each triple. Raises UsageError if it is none of
        these, or the graph knows no such thing or triple, EngineError if the store fails or the time is up.
        """

        if not isinstance(statement, str) or not statement.isprintable():
            raise UsageError(
                f"explain {_shown(statement)}: not a single line of text", "write it like 'zgd:article-one'"
            )

        def explained(store: Store) -> list[Explanation]:
            triples = statements.held(store, statements.parse(statement, store))
            found = citations.explain_all(store, self._compiled, triples, twice=True)
            return [found[triple] for triple in triples]

        return self._asking(timeout, explained)

    def validate(self, path: str | os.PathLike[str] | None = None) -> Report:
        """Validate a file or folder against the project's shapes, or, without one, the whole project.

        Raises UsageError as `zonegraph validate` does, and for a graph at an endpoint or as of a date.
        """
        self._require_files("validate")
        from zonegraph import validation

        return validation.validate(self.project, None if path is None else [_path("path", path)])

    def export(self, path: str | os.PathLike[str], *, format: str = "turtle", graphs: str = "merge") -> None:
        """Write the project's graph to a file; `format` and `graphs` as in `zonegraph export`.

        Raises UsageError as `zonegraph export` does, and for a graph at an endpoint or as of a date.
        """
        self._require_files("export")
        write_atomically(_path("path", path), export.export(self.project, format, graphs))

    def rdflib(self, closure: str | None = None) -> rdflib.Graph:
        """Return the merge as an rdflib graph.

        Parameters: `closure`, None for what articles and other files state or restate, "compiled" or "owlrl" to add what that reasoner infers.
        Raises UsageError for another value, and for a graph at an endpoint or as of a date.
        """
        self._require_files("rdflib")
        if closure not in (None, *build.REASONERS):
            raise UsageError(f"closure={closure!r}: unknown", f"use None, {' or '.join(map(repr, build.REASONERS))}")
        import rdflib

        from zonegraph import vocabulary as v

        graph = rdflib.Graph()
        for prefix, namespace in v.PREFIXES.items():
            graph.bind(prefix, namespace)
        if closure is None:
            return graph.parse(data=export.export(self.project, "nt"), format="nt")
        store = build.open_dataset(self.project, reasoner=closure).store.ox
        data = ox.serialize(
            (q.triple for q in store.quads_for_pattern(None, None, None, ox.DefaultGraph())),
            format=ox.RdfFormat.N_TRIPLES,
        )
        return graph.parse(data=data or b"", format="nt")

    def _asking(self, timeout: float | None, work: Callable[[Store], T]) -> T:
        """Return what is worked out by asking a store, all of whose answers count against one timeout."""
        deadline = Deadline(timeout)
        store = self.store
        return work((self._worker or store).within(deadline))

    def _require_open(self) -> Store:
        if self._store is None:
            raise UsageError(*CLOSED)
        return self._store

    def _require_files(self, method: str) -> None:
        self._require_open()
        if self._elsewhere:
            raise UsageError(
                f"{method}: works on the project's files, not on the graph {self._elsewhere}",
                "open the project itself with zonegraph.open(project); for triples of this graph, use a CONSTRUCT query",
            )

    def _compiled(self) -> Program:
        with self._lock:
            if self._program is None:
                self._program = graphs.program(self.project)
            return self._program


def _path(name: str, value: str | os.PathLike[str]) -> str:
    try:
        path = os.fspath(value)
        os.fsencode(path)
    except (TypeError, ValueError):
        path = "\0"
    if not isinstance(path, str) or "\0" in path:
        raise UsageError(f"{name}={_shown(value)}: not the name of a file or folder", "give a text or a pathlib.Path")
    return path


def _iso(as_of: str | datetime.date) -> str:
    # A datetime is a date with a time, of which only the day counts.
    text = as_of.isoformat()[:10] if isinstance(as_of, datetime.date) else as_of
    if not isinstance(text, str) or not is_day(text):
        raise UsageError(f"as_of={_shown(as_of)}: not a date", 'write it like as_of="2021-02-24"')
    return text


def _columns(name: str, given: str | Iterable[str]) -> list[str]:
    listed = given if isinstance(given, str) else list(given) if isinstance(given, Iterable) else None
    if listed is None or not all(isinstance(one, str) for one in listed):
        raise UsageError(
            f"{name}={_shown(given)}: not a list of column names", f'write it like {name}=["date", "article"]'
        )
    text = listed if isinstance(listed, str) else ",".join(listed)
    return rows.names(text, name) if listed else []


def _as_typed(saved: SavedQuery, given: Mapping[str, object]) -> dict[str, list[str]]:
    """Return for each parameter its values as on the command line.

    Raises UsageError where there is none, or something that is not a value of that type. A parameter that the query does not
    have is left to `queries.saved_question`.
    """
    known = {parameter.name: parameter for parameter in saved.parameters}
    typed = {}
    for name, value in given.items():
        several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
        values = list(value) if several else [value]  # type: ignore[call-overload]
        parameter = known.get(name)
        if parameter is not None and not (values and all(_can_be(one, parameter) for one in values)):
            raise UsageError(
                f"{name}={_shown(value)}: not a value that {saved.name} takes",
                f"give one as text or several as a list, or leave it out; {queries.described(parameter)}",
            )
        typed[name] = [str(one) for one in values]
    return typed


def _can_be(value: object, parameter: Parameter) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)  # halves of characters
    if parameter.type == "iri" or isinstance(value, (bool, datetime.datetime)):
        return False
    return isinstance(value, (Number, datetime.date))


def _shown(value: object) -> str:
    import reprlib

    return reprlib.repr(value)  # cut, where it is long


def python_value(term: Term | None) -> Any:
    """Return a term as a Python value: numbers and booleans as such, everything else as its text, None where unbound."""
    if not isinstance(term, ox.Literal):
        return None if term is None else getattr(term, "value", str(term))
    kind = v.local_name(term.datatype.value)
    try:
        if kind in {"integer", "int", "long", "nonNegativeInteger", "positiveInteger"}:
            return int(term.value)
        if kind in {"decimal", "double", "float"}:
            return float(term.value)
    except ValueError:
        return term.value
    return term.value == "true" if kind == "boolean" and term.value in {"true", "false"} else term.value
