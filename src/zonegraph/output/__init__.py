"""Writing answers: tables for people, and the W3C formats of SPARQL results and RDF for programs."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import terminal, terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.output import results, tables
from zonegraph.store import Boolean, Triples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zonegraph.evidence import Citation
    from zonegraph.rdf.serialize import Context
    from zonegraph.store import Answer, Bindings

TABULAR = ("table", "csv", "tsv", "json", "xml", "md")
GRAPH = ("turtle", "nt", "rdfxml", "jsonld")


def render(
    answer: Answer,
    format: str,
    citations: Sequence[Sequence[Citation]] | None = None,
    context: Callable[[str], Context] | None = None,
) -> str:
    """Return an answer as text.

    Parameters: `format`, one of TABULAR for rows and yes or no, one of GRAPH (or table, for Turtle) for triples;
    `citations`, for each row its citations, or None. CSV, TSV, JSON and XML follow the W3C formats for
    SPARQL 1.1 results, with every character as it is; citations are one more column there (in JSON and XML: a literal,
    one citation a line); `context`, which gives prefixes and terms for a format, as `export.words_of` does. What is for people (table, md) is cleaned, see `zonegraph.terminal`.
    Raises UsageError if the format does not fit the kind of answer.
    """
    if isinstance(answer, Triples):
        format = "turtle" if format == "table" else format
        return _graph(answer.triples, format, context)
    if format not in TABULAR:
        raise UsageError(
            f"--format {format}: is for triples (CONSTRUCT, DESCRIBE); for this answer use {', '.join(TABULAR)}"
        )
    if isinstance(answer, Boolean):
        return results.as_boolean(answer.value, format)
    if citations is not None and format in {"table", "md"}:
        return _with_notes(answer, citations, format)
    if citations is not None:
        answer = answer._replace(
            variables=[*answer.variables, "citations"],
            rows=[
                (*row, ox.Literal("\n".join(lines_of(cited))))
                for row, cited in zip(answer.rows, citations, strict=True)
            ],
        )
    return _WRITERS[format](answer)


def for_people(answer: Answer, format: str) -> bool:
    """Return whether `render` gives, in this format, text for people: of triples there is none but in RDF's notations."""
    return format in {"table", "md"} and not isinstance(answer, Triples)


def _table(answer: Bindings) -> str:
    if not answer.rows:
        return "(no rows)\n"
    if not answer.variables:
        return f"({len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'} without columns)\n"
    return tables.table(answer.variables, _cells(answer))


def _markdown(answer: Bindings) -> str:
    return tables.markdown(answer.variables, _cells(answer))


def _cells(answer: Bindings) -> list[list[str]]:
    return [[terms.plain(term) for term in row] for row in answer.rows]


_WRITERS = {
    "table": _table,
    "md": _markdown,
    "csv": results.as_csv,
    "tsv": results.as_tsv,
    "json": results.as_json,
    "xml": results.as_xml,
}


def lines_of(citations: Sequence[Citation]) -> list[str]:
    """Return citations as lines of text; those that only corroborate the row begin with "also: "."""
    return [f"also: {citation.text}" if citation.corroborates else citation.text for citation in citations]


def _with_notes(answer: Bindings, citations: Sequence[Sequence[Citation]], format: str) -> str:
    # A citation that several rows share is printed once; each row carries the numbers of its own.
    numbers: dict[str, int] = {}
    for cited in citations:
        for citation in cited:
            numbers.setdefault(citation.text, len(numbers) + 1)

    def listed(cited: Sequence[Citation]) -> str:
        own, also = (
            " ".join(f"[{numbers[c.text]}]" for c in cited if c.corroborates == beside) for beside in (False, True)
        )
        return f"{own} also {also}".strip() if also else own

    rows = [(*row, ox.Literal(listed(cited))) for row, cited in zip(answer.rows, citations, strict=True)]
    body = _WRITERS[format](answer._replace(variables=[*answer.variables, "cited"], rows=rows))
    return (
        body
        + "".join(
            f"\n[{number}] {terminal.line(text)}" + ("  " if format == "md" else "") for text, number in numbers.items()
        )
        + "\n"
    )


def _graph(triples: Sequence[ox.Triple], format: str, context: Callable[[str], Context] | None) -> str:
    if format not in GRAPH:
        raise UsageError(f"--format {format}: is for rows; for triples (CONSTRUCT, DESCRIBE) use {', '.join(GRAPH)}")
    from zonegraph.rdf.serialize import Context, serialize  # rows need no writer of RDF

    words = Context(v.STANDARD, {}) if context is None else context(format)
    return serialize((ox.Quad(*triple) for triple in triples), format, words.prefixes, words).decode()
