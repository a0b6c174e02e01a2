"""The Python API: a graph, and the results of asking it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from zonegraph import build, export, formats, sources
from zonegraph.answers import citations, queries
from zonegraph.errors import UsageError
from zonegraph.store import Bindings, Boolean, Triples
from zonegraph.store.endpoint import EndpointStore
from zonegraph.writing import write_atomically

if TYPE_CHECKING:
    import pandas
    import polars
    import rdflib

    from zonegraph.answers.citations import Explanation
    from zonegraph.closure import Program
    from zonegraph.store import Answer, Store, Term
    from zonegraph.validation import Report

Value = str | int | float | None


class Result:
    """The answer to a query: iterates as rows (dictionaries of Python values), or is written in a format.

    Attributes: `answer`, the answer in RDF terms; `columns`, the names of its columns.
    """

    def __init__(self, answer: Answer, cited: Sequence[Sequence[str]] | None = None) -> None:
        self.answer = answer
        self._cited = cited

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
        """For each row the texts of its citations, if they were asked for and the query defines them."""
        return None if self._cited is None else [list(cited) for cited in self._cited]

    def text(self, format: str = "table") -> str:
        """Return the answer in a format of `zonegraph query`. Raises UsageError if it does not fit."""
        return formats.render(self.answer, format, self._cited)

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
    """A knowledge graph, opened. Its methods may be called from several threads at once."""

    def __init__(self, project: str | os.PathLike[str] | None = None, endpoint: str | None = None) -> None:
        """Open a graph; see `zonegraph.open`."""
        self.project = sources.find(None if project is None else os.fspath(project))
        self._lock = threading.Lock()
        self._program: Program | None = None
        self.store: Store
        if endpoint is None:
            dataset = build.open_dataset(self.project)
            self.store, self.queries = dataset.store, dataset.catalogue
        else:
            self.store, self.queries = EndpointStore(endpoint), build.saved_queries(self.project)

    def query(
        self,
        name_or_text: str,
        /,
        *,
        cite: bool = False,
        timeout: float | None = None,
        **parameters: str | Sequence[str],
    ) -> Result:
        """Ask a saved query or SPARQL text.

        Parameters: `name_or_text`, a saved query's name, or SPARQL; `cite`, whether to look up each row's citations;
        `timeout` in seconds; `parameters` of a saved query, each a value or several alternatives, written as on the
        command line. Returns the result. Raises UsageError for a query, name or value that is wrong, EngineError if the
        store fails or the time is up.
        """
        if name_or_text in self.queries or not any(c.isspace() or c == "{" for c in name_or_text):
            from zonegraph import catalogue

            saved = catalogue.get(self.queries, name_or_text)
            values = {
                k: [str(x)] if isinstance(x, (str, int, float)) else [str(y) for y in x] for k, x in parameters.items()
            }
            question = queries.saved_question(saved, values, self.store)
        elif parameters:
            raise UsageError("only saved queries have parameters\n  write the value into the SPARQL itself")
        else:
            question = queries.text_question(name_or_text)
        answer = queries.run(question, self.store, timeout=timeout)
        cited = (
            citations.of_rows(question, answer, self.store, self._compiled, sources.texts_directory(None))
            if cite
            else None
        )
        return Result(answer, cited)

    def explain(self, statement: str) -> list[Explanation]:
        """Explain a triple, or all that is said of a thing.

        Parameters: `statement`, an IRI or prefixed name, or a triple in Turtle's notation. Returns an explanation for
        each triple. Raises UsageError if it is neither, or the graph knows no such thing.
        """
        asked = citations.parse_statement(statement, self.store)
        triples = [asked] if isinstance(asked, ox.Triple) else citations.statements_about(self.store, asked)
        explained = citations.explain_all(self.store, self._compiled, triples)
        if isinstance(asked, ox.Triple):
            citations.require_held(explained[asked])
        return [explained[triple] for triple in triples]

    def validate(self, path: str | os.PathLike[str] | None = None) -> Report:
        """Validate a file or folder against the project's shapes, or, without one, the whole project."""
        from zonegraph import validation

        return validation.validate(self.project, None if path is None else [os.fspath(path)])

    def export(self, path: str | os.PathLike[str], *, format: str = "turtle", graphs: str = "merge") -> None:
        """Write the project's graph to a file; `format` and `graphs` as in `zonegraph export`."""
        write_atomically(os.fspath(path), export.export(self.project, format, graphs))

    def rdflib(self, closure: str | None = None) -> rdflib.Graph:
        """Return the merge as an rdflib graph.

        Parameters: `closure`, None for the asserted triples alone, "compiled" or "owlrl" to add what that reasoner infers.
        Raises UsageError for another value.
        """
        if closure not in (None, *build.REASONERS):
            raise UsageError(f"closure={closure!r}: unknown\n  use None, {' or '.join(map(repr, build.REASONERS))}")
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

    def _compiled(self) -> Program:
        with self._lock:
            if self._program is None:
                self._program = build.program(self.project)
            return self._program


def python_value(term: Term | None) -> Any:
    """Return a term as a Python value: numbers and booleans as such, everything else as its text, None where unbound."""
    if not isinstance(term, ox.Literal):
        return None if term is None else getattr(term, "value", str(term))
    kind = term.datatype.value.rpartition("#")[2]
    try:
        if kind in {"integer", "int", "long", "nonNegativeInteger", "positiveInteger"}:
            return int(term.value)
        if kind in {"decimal", "double", "float"}:
            return float(term.value)
    except ValueError:
        return term.value
    return term.value == "true" if kind == "boolean" and term.value in {"true", "false"} else term.value
