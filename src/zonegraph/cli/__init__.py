"""The command line. This file says what can be typed; `zonegraph.cli.<command>` does it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from zonegraph.errors import UsageError, ZonegraphError
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW_FORMATS = "table, csv, tsv, json, xml, md"
_EXIT_CODES = "Exit codes: 0 done or conforms (no rows, ASK false too); 1 findings; 2 wrong usage or unreadable input; 3 an engine or endpoint failed, or a time-out."


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("everywhere")
    group.add_argument("--project", metavar="DIR", help="the project's folder (default: the current one if it is a project, else the packaged graph)")
    group.add_argument("--articles", metavar="DIR", help="where the articles' texts are (default: ZONEGRAPH_ARTICLES); without them passages show as ranges")

    top = argparse.ArgumentParser(
        prog="zonegraph",
        description="China's AI pilot zones as a knowledge graph in which every answer leads back to a passage.",
        epilog=_EXIT_CODES,
    )
    top.add_argument("--version", action="version", version=f"zonegraph {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, help: str, **options: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", parents=[common], epilog=_EXIT_CODES, **options)

    sub = command("query", "ask a saved query, a file of SPARQL, or SPARQL text; without a name: list the saved queries")
    sub.add_argument("query", nargs="?", metavar="NAME|FILE.rq|-", help="a saved query, a file of SPARQL, or - for standard input")
    sub.add_argument("-e", "--expression", metavar="SPARQL", help="SPARQL text (SELECT, ASK, CONSTRUCT, DESCRIBE); our prefixes are declared")
    sub.add_argument("-p", "--parameter", action="append", default=[], metavar="KEY=VALUE", help="bind a parameter; several values for a key are alternatives")
    sub.add_argument("--show", action="store_true", help="print the SPARQL that would be sent instead of sending it")
    sub.add_argument("--format", metavar="FORMAT", help=f"{_ROW_FORMATS}; for triples turtle, nt, rdfxml, jsonld (default: table or turtle)")
    sub.add_argument("--cite", action="store_true", help="say for each row which passages it rests on")
    sub.add_argument("--as-of", metavar="DATE", help="answer from the articles published by DATE (YYYY-MM-DD), and what follows from them")
    sub.add_argument("--endpoint", metavar="URL", help="ask a SPARQL service that holds the graph instead of the embedded store")
    sub.add_argument("--limit", type=_positive, metavar="N", help="at most N rows")
    sub.add_argument("--timeout", type=_seconds, metavar="S", help="give up after S seconds")
    sub.add_argument("--reasoner", choices=("compiled", "owlrl"), default="compiled", help="what infers: the compiled rules or, slower, the reference reasoner owlrl")

    sub = command("find", "find things by their English or Chinese name")
    sub.add_argument("text", help="part of a name")
    sub.add_argument("--format", choices=("table", "csv", "tsv", "json", "xml", "md"), default="table")
    sub.add_argument("--endpoint", metavar="URL", help="ask a SPARQL service instead of the embedded store")

    sub = command("validate", "check new data against shapes, ontology and the graph; without a file: the whole project")
    sub.add_argument("paths", nargs="*", metavar="FILE|DIR|-", help="Turtle files, folders of them, or - for standard input")
    sub.add_argument("--format", choices=("text", "json", "sarif", "turtle"), default="text")
    sub.add_argument("--fail-on", choices=("violation", "warning", "info"), default="violation", help="the mildest finding that makes the exit code 1 (default: violation)")
    sub.add_argument("--alone", action="store_true", help="judge the files without the project's data as context")
    sub.add_argument("--reasoner", choices=("compiled", "owlrl"), default="compiled", help="what looks for contradictions")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the report to a file")

    sub = command("export", "write the graph for other RDF tools")
    sub.add_argument("-o", "--output", metavar="FILE|DIR", help="a file, or a folder for one file per graph (default: standard output)")
    sub.add_argument("--format", choices=("turtle", "trig", "nt", "nq"), default=None, help="default: by the file's extension, else turtle")
    sub.add_argument("--graphs", default="merge", metavar="merge|asserted|all|NAME", help="the merge without inferences (default), the asserted named graphs, all with inferences, or one graph by name")

    sub = command("explain", "say who says so: passages, and rule and premises of what is inferred")
    sub.add_argument("statement", nargs="+", metavar="IRI | 'S P O'", help="a thing, or a triple in Turtle's notation")
    sub.add_argument("--format", choices=("text", "json"), default="text")

    sub = command("evidence", "check passages against the articles' texts, or make an evidence line from a phrase")
    actions = sub.add_subparsers(dest="action", metavar="check|find", required=True)
    check = actions.add_parser("check", parents=[common], help="check ranges, digests and that every triple has a passage")
    check.add_argument("--format", choices=("text", "json"), default="text")
    find = actions.add_parser("find", parents=[common], help="turn a phrase of an article into an evidence line")
    find.add_argument("phrase", help="a phrase exactly as it stands in the text")
    find.add_argument("--article", metavar="SLUG", help="look in this article only")
    find.add_argument("--format", choices=("text", "json"), default="text")

    sub = command("status", "say what the graph is made of: files, graphs, rules, cache, engines")
    sub.add_argument("--format", choices=("text", "json"), default="text")
    sub.add_argument("--clear-cache", action="store_true", help="delete the built stores")
    return top


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Parameters: `arguments`, without the program's name (default: the process's). Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal may be unable to show a character; a file or a pipe always gets UTF-8.
            stream.reconfigure(**({"errors": "backslashreplace"} if stream.isatty() else {"encoding": "utf-8"}))
    try:
        options = parser().parse_args(arguments)
        if getattr(options, "articles", None):
            os.environ["ZONEGRAPH_ARTICLES"] = options.articles
        code: int = importlib.import_module(f"zonegraph.cli.{options.command}").run(options)
        sys.stdout.flush()
        return code
    except ZonegraphError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader, `head` perhaps, has had enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename or 'standard output'}: {error.strerror or error}\n  check the disk and the permissions", 2)
    except (MemoryError, RecursionError) as error:
        return _fail(f"not enough memory for this ({type(error).__name__})\n  ask for less at once", 3)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)


def _fail(message: str, code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(f"zonegraph: {message}", file=sys.stderr)
    return code


def entry() -> None:
    """The console command: run `main` and leave, without waiting for a query that is still being evaluated."""
    code = main()
    if code in (3, 130):
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def write(text: str) -> None:
    """Print a result, whole, to standard output."""
    sys.stdout.write(text)


def say(lines: Sequence[str]) -> None:
    """Print remarks that are no result, to standard error."""
    for line in lines:
        print(line, file=sys.stderr)


def date_option(text: str | None) -> str | None:
    """Return an `--as-of` date. Raises UsageError if it is none."""
    if text is None:
        return None
    import datetime

    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"--as-of {text}: not a date\n  write it like --as-of 2021-02-24") from None
