"""Turtle files: read quickly for building, or with the line of every triple for validation.

Oxigraph's parser is the one judge of syntax. rdflib reads a file once more where lines are wanted, because it is the
only parser here that can tell where a triple stands, and because pySHACL works on its graphs.
"""

from __future__ import annotations

import bisect
import re
import threading
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import sources
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    import rdflib
    from rdflib.term import Node

    class PositionedGraph(NamedTuple):
        """A Turtle file read with positions.

        `lines` gives the line (from 1) at which the object of each triple stands, `subjects` the line at which a
        subject is first opened; `prefixes` are the file's own.
        """

        path: str
        graph: rdflib.Graph
        lines: dict[tuple[Node, Node, Node], int]
        subjects: dict[Node, int]
        prefixes: dict[str, str]

else:  # typing costs start-up time that every command would pay
    PositionedGraph = namedtuple("PositionedGraph", "path graph lines subjects prefixes")


def parse(path: str, text: str | None = None) -> list[ox.Triple]:
    """Parse a Turtle file.

    Parameters: `path`, the file, also named in messages; `text`, its content if it is already at hand.
    Returns its triples in order of appearance, values as written. Raises UsageError with file, line, column, the line
    itself and a remedy for a file that cannot be read, is not UTF-8 or is not Turtle (W3C RDF 1.1 Turtle).
    """
    content = sources.read_text(path) if text is None else text
    try:
        return [quad.triple for quad in ox.parse(content.encode("utf-8"), format=ox.RdfFormat.TURTLE, base_iri=v.ZGD)]
    except SyntaxError as error:
        raise UsageError(_syntax_message(path, content, error)) from None


def read(path: str, text: str | None = None) -> PositionedGraph:
    """Read a Turtle file with the line of every triple.

    Parameters, raises: as `parse`. Literals keep the lexical form in which they are written.
    """
    content = sources.read_text(path) if text is None else text
    parse(path, content)

    import logging
    import warnings

    import rdflib
    import rdflib.plugins.parsers.notation3 as notation3

    positions = _positioned_parser(notation3)  # type: ignore[no-untyped-call]
    graph = rdflib.Graph(bind_namespaces="none")
    sink = notation3.RDFSink(graph)
    parser = positions(sink, baseURI=v.ZGD, turtle=True)
    complaints = logging.getLogger("rdflib.term")  # of ill-formed literals; findings say it better, with a line
    with _reading, warnings.catch_warnings():  # what is switched here is the process's, so one thread at a time
        warnings.simplefilter("ignore")
        normalize, silent = rdflib.NORMALIZE_LITERALS, complaints.disabled
        rdflib.NORMALIZE_LITERALS, complaints.disabled = False, True  # rdflib has no other way to keep `01` or `3.50`
        try:
            parser.startDoc()
            parser.feed(content)
            parser.endDoc()
        except (notation3.BadSyntax, ValueError) as error:  # accepted by Oxigraph, not by rdflib
            line = getattr(error, "lines", 0) + 1
            raise UsageError(f"{path}:{line}: not readable as Turtle: {getattr(error, '_why', error)}") from None
        finally:
            rdflib.NORMALIZE_LITERALS, complaints.disabled = normalize, silent
    prefixes = {prefix: str(namespace) for prefix, namespace in parser._bindings.items()}
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)
    return PositionedGraph(path, graph, parser.triple_lines, parser.subject_lines, prefixes)


def _positioned_parser(notation3):  # type: ignore[no-untyped-def]
    """Return rdflib's Turtle parser, extended to note the line of each object it reads.

    rdflib's own line counter drifts, since it counts a newline again whenever the parser steps back; offsets do not.
    """

    class PositionedParser(notation3.SinkParser):  # type: ignore[misc,name-defined]
        def __init__(self, *arguments, **options):  # type: ignore[no-untyped-def]
            super().__init__(*arguments, **options)
            self.triple_lines = {}
            self.subject_lines = {}
            self._newlines = None
            self._open_lists = []  # one list of lines per object list being read, the innermost last
            self._pending = []  # lines of the object list just read, first object last

        def _line(self, text, offset):  # type: ignore[no-untyped-def]
            if self._newlines is None:
                self._newlines = [match.start() for match in re.finditer("\n", text)]
            return bisect.bisect_left(self._newlines, _SPACE.match(text, offset).end()) + 1  # type: ignore[union-attr]

        def object(self, argstr, i, res):  # type: ignore[no-untyped-def]
            line = self._line(argstr, i)  # type: ignore[no-untyped-call]
            if self._open_lists:
                self._open_lists[-1].append(line)
                return super().object(argstr, i, res)
            end = super().object(argstr, i, res)
            if end >= 0:  # outside any object list rdflib reads a subject by this method too
                self.subject_lines.setdefault(self._store.normalise(self._context, res[-1]), line)
            return end

        def objectList(self, argstr, i, res):  # type: ignore[no-untyped-def]  # noqa: N802 (rdflib's name)
            self._open_lists.append([])
            end = super().objectList(argstr, i, res)
            self._pending = self._open_lists.pop()[::-1]
            return end

        def makeStatement(self, quadruple):  # type: ignore[no-untyped-def]  # noqa: N802 (rdflib's name)
            if self._pending:
                context, *terms = quadruple
                predicate, subject, object_ = (self._store.normalise(context, term) for term in terms)
                line = self._pending.pop()
                self.triple_lines.setdefault((subject, predicate, object_), line)
                self.subject_lines.setdefault(subject, line)
            super().makeStatement(quadruple)

    return PositionedParser


_reading = threading.Lock()
_SPACE = re.compile(r"(?:\s|#[^\n]*)*")


def _syntax_message(path: str, text: str, error: SyntaxError) -> str:
    line, column = error.lineno or 1, error.offset or 1
    lines = text.split("\n")
    source = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    reason = re.sub(r"^Parser error (at|between) line .*?: ", "", str(error.args[0])).rstrip(".")
    source = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in source.replace("\t", " "))
    shown = source if len(source) <= 160 else source[:157] + "..."
    pointer = " " * min(column - 1, len(shown)) + "^"
    return f"{path}:{line}:{column}: not valid Turtle: {reason}\n    {shown}\n    {pointer}\n  {_remedy(reason, text, source)}"


def _remedy(reason: str, text: str, source: str) -> str:
    undeclared = re.search(r"prefix (\S*):", reason)
    if undeclared:
        prefix = undeclared.group(1)
        if prefix in v.PREFIXES:
            return f"add at the top: @prefix {prefix}: <{v.PREFIXES[prefix]}> ."
        declared = re.findall(r"@?prefix\s+(\S*?):", text, re.IGNORECASE)
        near = nearest(prefix, [*declared, *v.PREFIXES], 0.7)
        return f"did you mean {near}: ?" if near else f"declare it at the top: @prefix {prefix}: <...> ."
    if re.match(r"\s*([{[]|<(html|!|\?|rdf:RDF)|\0|PK|%PDF)", text, re.IGNORECASE):
        return "the file does not look like Turtle at all; zonegraph reads Turtle (.ttl)"
    if '"' in source and source.count('"') % 2:
        return "a quotation mark is not closed on this line (text over several lines goes in triple quotes)"
    return "statements end with '.', properties of one subject are separated by ';', values of one property by ','"
