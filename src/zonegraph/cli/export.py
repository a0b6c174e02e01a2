"""`zonegraph export`: the graph in other tools' formats."""

from __future__ import annotations

import os

from zonegraph import build, catalogue, export
from zonegraph.answers import queries
from zonegraph.cli import say, write
from zonegraph.errors import UsageError
from zonegraph.output import spreadsheet
from zonegraph.project import sources
from zonegraph.project.writing import write_atomically
from zonegraph.rdf.serialize import FORMATS
from zonegraph.store import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    add = sub.add_argument
    add(
        "-o",
        "--output",
        metavar="FILE|DIR",
        help="a file, or a folder to get one file per graph (default: standard output)",
    )
    add(
        "--format",
        choices=("turtle", "trig", "nt", "nq", "rdfxml", "jsonld", "csv"),
        help="default: from the file's extension, else turtle; csv only with --query",
    )
    add(
        "--graphs",
        default="merge",
        metavar="merge|asserted|all|NAME",
        help="merge, without inferences (default); asserted, the files' named graphs; all, with inferences; or one graph by name",
    )
    add("--query", metavar="NAME", help="write the rows of a saved query, as CSV that is safe to open in a spreadsheet")
    add("--bom", action="store_true", help="start CSV with a byte order mark, which some spreadsheets need for UTF-8")


def run(options: argparse.Namespace) -> int:
    """Write the graph; see `zonegraph export --help`. Returns the exit code."""
    project = sources.find(options.project)
    output = options.output
    if options.query:
        return _rows(options)
    format = options.format or _format_of(output)
    if format == "csv" or options.bom:
        raise UsageError(
            "export: only the rows of a query can be written as CSV", "name one with --query, or choose an RDF format"
        )
    if output and (output.endswith(os.sep) or os.path.isdir(output)):
        paths = export.export_folder(project, format, options.graphs, output)
        say([f"wrote {len(paths)} files to {output}"])
        return 0
    content = export.export(project, format, options.graphs)
    if output:
        write_atomically(output, content)
        say([f"wrote {output}"])
    else:
        write(content)
    return 0


def _rows(options: argparse.Namespace) -> int:
    if options.graphs != "merge":
        raise UsageError(
            "export --query: a query chooses its own graphs, so --graphs does not apply", "leave --graphs out"
        )
    if options.format not in (None, "csv"):
        raise UsageError(f"export --query: writes CSV, not {options.format}", "use `zonegraph query` for other formats")
    if options.output and os.path.splitext(options.output)[1] not in ("", ".csv"):
        raise UsageError(
            f"{options.output}: export --query writes CSV", "name a .csv file; use `zonegraph query` for other formats"
        )
    dataset = build.open_dataset(sources.find(options.project))
    saved = catalogue.get(dataset.catalogue, options.query)
    question = queries.saved_question(saved, {}, dataset.store)
    answer = dataset.store.query(question.query)
    if not isinstance(answer, Bindings):
        raise UsageError(f"{options.query}: has no rows, so it cannot be written as CSV")
    content = ("\N{BYTE ORDER MARK}" if options.bom else "").encode() + spreadsheet.as_csv(answer).encode()
    if options.output:
        write_atomically(options.output, content)
        say([f"wrote {options.output}"])
    else:
        write(content)
    for line in queries.defaults_used(saved, ()):
        say([f"{line}, in `zonegraph query`"])
    return 0


def _format_of(output: str | None) -> str:
    extension = os.path.splitext(output or "")[1]
    if not extension:
        return "turtle"
    formats = {f".{rdf.file_extension}": format for format, rdf in FORMATS.items()}
    if extension in formats:
        return formats[extension]
    raise UsageError(
        f"{output}: the extension {extension} is not that of a known format",
        f"name one with --format, or use one of {', '.join(formats)}",
    )
