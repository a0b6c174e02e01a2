"""Writing answers: tables for people, and the W3C formats of SPARQL results and RDF for programs."""

from __future__ import annotations

import os
import re
import sys

import pyoxigraph as ox

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.store import Boolean, Triples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from zonegraph.store import Answer, Bindings, Term

TABULAR = ("table", "csv", "tsv", "json", "xml", "md")
GRAPH = ("turtle", "nt", "rdfxml", "jsonld")


def render(answer: Answer, format: str, citations: Sequence[Sequence[str]] | None = None) -> str:
    """Return an answer as text.

    Parameters: `format`, one of TABULAR for rows and yes or no, one of GRAPH (or table, for Turtle) for triples;
    `citations`, for each row the texts of its citations, or None. CSV, TSV, JSON and XML follow the W3C formats for
    SPARQL 1.1 results, with every character as it is; citations are one more column there (in JSON and XML: a literal,
    one citation a line). What is for people (table, md) is cleaned, see `zonegraph.terminal`.
    Raises UsageError if the format does not fit the kind of answer.
    """
    if isinstance(answer, Triples):
        return _graph(answer.triples, "turtle" if format == "table" else format)
    if format not in TABULAR:
        raise UsageError(
            f"--format {format}: is for triples (CONSTRUCT, DESCRIBE); this answer takes {', '.join(TABULAR)}"
        )
    if isinstance(answer, Boolean):
        return _boolean(answer.value, format)
    if citations is not None and format in {"table", "md"}:
        return _with_notes(answer, citations, format)
    if citations is not None:
        answer = answer._replace(
            variables=[*answer.variables, "citations"],
            rows=[(*row, ox.Literal("\n".join(cited))) for row, cited in zip(answer.rows, citations, strict=True)],
        )
    return {"table": _table, "md": _markdown, "csv": _csv, "tsv": _tsv, "json": _json, "xml": _xml}[format](answer)


def plain(term: Term | None) -> str:
    """Return a term as people read it: IRIs shortened, literals without quotes, nothing where unbound."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return v.shorten(term.value)
    return str(getattr(term, "value", term))


def for_people(answer: Answer, format: str) -> bool:
    """Return whether `render` gives, in this format, text for people: of triples there is none but in RDF's notations."""
    return format in {"table", "md"} and not isinstance(answer, Triples)


# ---------------------------------------------------------------- for people


def _cell(text: str) -> str:
    """Return a text as it stands in a cell: cleaned, each stretch of white space one space."""
    return " ".join(terminal.clean(text).split())


def width(text: str) -> int:
    """Return the number of terminal columns a text takes: two for wide (Chinese) characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns under a header.

    On a terminal that is narrower than the whole, cells wrap; where columns would get too narrow to read, each row becomes
    a block of lines, one for each cell. Anything but a terminal gets the whole.
    """
    cells = [[_cell(text) for text in row] for row in [header, *rows]]
    widths = [max(width(row[i]) for row in cells) for i in range(len(header))]
    available = _terminal_width()
    while available and sum(widths) + 2 * (len(widths) - 1) > available and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    if available and sum(widths) + 2 * (len(widths) - 1) > available:
        return _blocks(cells, available)
    lines = []
    for number, row in enumerate(cells):
        wrapped = [_wrap(cell, limit) for cell, limit in zip(row, widths, strict=True)]
        for i in range(max(len(parts) for parts in wrapped)):
            parts = [(p[i] if i < len(p) else "") for p in wrapped]
            lines.append("  ".join(p + " " * (w - width(p)) for p, w in zip(parts, widths, strict=True)).rstrip())
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return "\n".join(lines) + "\n"


def _blocks(cells: list[list[str]], available: int) -> str:
    header, *rows = cells
    margin = max(width(name) for name in header) + 2
    lines = []
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            first, *more = _wrap(cell, max(available - margin, 12))
            if first:
                lines.append(name + " " * (margin - width(name)) + first)
            lines += [" " * margin + part for part in more]
        lines.append("")
    return "\n".join(lines) + "\n"


def _terminal_width() -> int:
    if not sys.stdout.isatty():
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def _wrap(text: str, limit: int) -> list[str]:
    if width(text) <= limit:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        while width(word) > limit:  # an IRI, or Chinese text without spaces
            room = limit - width(line) - (1 if line else 0)
            if room < 4:
                lines.append(line)
                line, room = "", limit
            head = ""
            while word and width(head + word[0]) <= room:
                head, word = head + word[0], word[1:]
            end = max(head.rfind("-"), head.rfind("/"), head.rfind(":")) + 1
            if end > len(head) // 2:  # an IRI is read better in its own parts
                head, word = head[:end], head[end:] + word
            lines.append(f"{line} {head}".strip())
            line = ""
        if line and width(line) + 1 + width(word) > limit:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _table(answer: Bindings) -> str:
    if not answer.rows:
        return "(no rows)\n"
    if not answer.variables:
        return f"({len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'} without columns)\n"
    return table(answer.variables, [[plain(term) for term in row] for row in answer.rows])


def _markdown(answer: Bindings) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(_cell(text).replace("|", "\\|") for text in cells) + " |"

    rows = [line([plain(term) for term in row]) for row in answer.rows]
    return "\n".join([line(answer.variables), line(["---"] * len(answer.variables)), *rows]) + "\n"


def _with_notes(answer: Bindings, citations: Sequence[Sequence[str]], format: str) -> str:
    # A citation that several rows share is printed once; each row carries the numbers of its own.
    numbers: dict[str, int] = {}
    for cited in citations:
        for text in cited:
            numbers.setdefault(text, len(numbers) + 1)
    rows = [
        (*row, ox.Literal(" ".join(f"[{numbers[text]}]" for text in cited)))
        for row, cited in zip(answer.rows, citations, strict=True)
    ]
    body = {"table": _table, "md": _markdown}[format](
        answer._replace(variables=[*answer.variables, "cited"], rows=rows)
    )
    return (
        body
        + "".join(
            f"\n[{number}] {terminal.line(text)}" + ("  " if format == "md" else "") for text, number in numbers.items()
        )
        + "\n"
    )


# ---------------------------------------------------------------- for programs


def _boolean(value: bool, format: str) -> str:
    word = "true" if value else "false"
    if format == "json":
        return f'{{"head": {{}}, "boolean": {word}}}\n'
    if format == "xml":
        return f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head/><boolean>{word}</boolean></sparql>\n'
    return word + "\n"


_RESULTS = "http://www.w3.org/2005/sparql-results#"


_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # to Unicode a Braille pattern and letters of Hangul, to the eye nothing
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_NUMERIC = frozenset(
    v.XSD + kind
    for kind in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    )
)


def spreadsheet(answer: Bindings) -> str:
    """Return rows as CSV that a spreadsheet takes for text and numbers only.

    A text that begins like a formula gets an apostrophe before it, as OWASP advises on CSV injection; numbers stay, and so
    does a sign alone, such as the comparator =, which is no formula.
    """

    def safe(term: Term | None) -> Term | None:
        if not isinstance(term, ox.Literal) or not _is_formula(term.value) or term.value in {"=", "+", "-", "@"}:
            return term
        number = term.datatype.value in _NUMERIC and re.fullmatch(_NUMBER, term.value)
        return term if number else ox.Literal("'" + term.value)

    return _csv(answer._replace(rows=[tuple(safe(term) for term in row) for row in answer.rows]))


def _is_formula(text: str) -> bool:
    """Return whether a text begins with a tab or a line's end, or with a sign that nothing visible precedes."""
    from unicodedata import category

    start = 0
    while start < len(text) and (text[start] in _BLANK or category(text[start])[0] in "CMZ"):  # controls, marks, spaces
        start += 1
    return text.startswith(_SIGNS, start) or text.startswith(("\t", "\r", "\n"))


def _csv(answer: Bindings) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180, as SPARQL 1.1 Query Results CSV and TSV asks
    writer.writerow(answer.variables)
    for row in answer.rows:
        writer.writerow(
            ""
            if term is None
            else f"_:{term.value}"
            if isinstance(term, ox.BlankNode)
            else getattr(term, "value", str(term))
            for term in row
        )
    return out.getvalue()


def _tsv(answer: Bindings) -> str:
    lines = ["\t".join("?" + name for name in answer.variables)]
    lines += ["\t".join("" if term is None else str(term).replace("\t", "\\t") for term in row) for row in answer.rows]
    return "\n".join(lines) + "\n"


def _json(answer: Bindings) -> str:
    import json

    bindings = [
        {name: _json_term(term) for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    return (
        json.dumps(
            {"head": {"vars": answer.variables}, "results": {"bindings": bindings}}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def _json_term(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, ox.Literal):
        raise UsageError(
            "the answer holds a triple term, which SPARQL 1.1 results cannot carry\n  select its parts instead"
        )
    result = {"type": "literal", "value": term.value}
    if term.language:
        result["xml:lang"] = term.language
    elif term.datatype.value != v.XSD + "string":
        result["datatype"] = term.datatype.value
    return result


def _xml(answer: Bindings) -> str:
    from xml.sax.saxutils import escape, quoteattr

    from zonegraph import rdfxml

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<sparql xmlns="{_RESULTS}">', " <head>"]
    lines += [f"  <variable name={quoteattr(name)}/>" for name in answer.variables]
    lines += [" </head>", " <results>"]
    for row in answer.rows:
        lines.append("  <result>")
        for name, term in zip(answer.variables, row, strict=True):
            if term is not None:
                fields = _json_term(term)
                tag = fields.pop("type")
                unwritable = rdfxml.unwritable(fields["value"])
                if unwritable:
                    raise UsageError(
                        f"?{name}: the value holds {unwritable}, which XML cannot hold\n  choose another format"
                    )
                value = escape(fields.pop("value"), {"\r": "&#13;"})
                attributes = "".join(f" {key}={quoteattr(content)}" for key, content in fields.items())
                lines.append(f"   <binding name={quoteattr(name)}><{tag}{attributes}>{value}</{tag}></binding>")
        lines.append("  </result>")
    return "\n".join([*lines, " </results>", "</sparql>"]) + "\n"


def _graph(triples: Sequence[ox.Triple], format: str) -> str:
    if format not in GRAPH:
        raise UsageError(f"--format {format}: is for rows; triples (CONSTRUCT, DESCRIBE) take {', '.join(GRAPH)}")
    ordered = sorted(triples, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    used = {p: ns for p, ns in v.PREFIXES.items() if any(ns in str(t) for t in ordered)}
    if format == "rdfxml":
        from zonegraph import rdfxml

        return rdfxml.write(ordered, used).decode()
    rdf = {"turtle": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}[format]
    return ox.serialize(ordered, format=rdf, prefixes=used).decode()  # type: ignore[union-attr]
