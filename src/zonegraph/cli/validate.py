"""`zonegraph validate`: data against shapes, ontology and the graph."""

from __future__ import annotations

from zonegraph.cli import common, say, show, write
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zonegraph.validation import Report


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    from zonegraph.validation import FORMATS, JUDGES, SEVERITIES

    add = sub.add_argument
    add(
        "paths",
        nargs="*",
        metavar="FILE|DIR|-",
        help="Turtle files, saved queries (.rq), folders of them, or - for standard input",
    )
    add("--format", choices=FORMATS, default="text")
    add(
        "--fail-on",
        choices=SEVERITIES[::-1],
        default=SEVERITIES[-1],
        help=f"the least severe finding that sets exit code 1 (default: {SEVERITIES[-1]})",
    )
    add("--alone", action="store_true", help="validate the files without the project's data as context")
    add(
        "--judge",
        choices=JUDGES,
        default=JUDGES[0],
        help="shapes as queries, with pySHACL to confirm what they suspect, or the slower pySHACL for everything (default: queries)",
    )
    common.reasoner(sub)


def run(options: argparse.Namespace) -> int:
    """Print the findings; see `zonegraph validate --help`. Returns the exit code."""
    from zonegraph import validation

    report = validation.validate(
        sources.find(options.project),
        options.paths or None,
        alone=options.alone,
        reasoner=options.reasoner,
        judge=options.judge,
        articles=options.articles,
        paid=True,
    )
    return reported(report, options.format, options.fail_on)


def reported(report: Report, format: str, fail_on: str) -> int:
    """Print a report in a format. Returns the exit code. Parameters: `fail_on`, the mildest finding that makes it 1."""
    from zonegraph import validation

    (show if format == "text" else write)(validation.FORMATS[format](report))
    if report.whole:
        say([f"{report.whole}, so all files around were read"])
    say(
        [
            f"{path}: {kind}; `zonegraph validate` checks it with the whole project"
            for path, kind in report.not_judged.items()
        ]
    )
    if report.unreadable:
        return 2
    return 0 if report.conforms(fail_on) else 1
