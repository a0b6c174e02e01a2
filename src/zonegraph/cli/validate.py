"""`zonegraph validate`: data against shapes, ontology and the graph."""

from __future__ import annotations

import contextlib
import os
import time

from zonegraph.cli import common, say, show, write
from zonegraph.errors import UsageError
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import NoReturn

    from zonegraph.validation import Report

_EVERY = 0.2  # seconds between two looks at the files


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
    add("--watch", action="store_true", help="validate again whenever a file is saved, until interrupted")
    common.reasoner(sub)


def run(options: argparse.Namespace) -> int:
    """Print the findings; see `zonegraph validate --help`. Returns the exit code."""
    if options.watch:
        _watch(options)
    return _judged(options)


def _watch(options: argparse.Namespace) -> NoReturn:
    """Validate whenever a file that is judged, or judged by, has changed, for ever. What is wrong with the files ends nothing."""
    if "-" in options.paths:
        raise UsageError("--watch: standard input cannot be watched", "name a file or a folder")
    while True:
        seen = _signatures(options)
        try:
            _judged(options)
        except UsageError as error:
            say([f"zonegraph: {error}"])
        say(["waiting for a change ..."])
        while _signatures(options) == seen:
            time.sleep(_EVERY)


def _signatures(options: argparse.Namespace) -> dict[str, list[int]]:
    """Return what `stat` says of each file of the project and of those that the paths lead to."""
    project = sources.find(options.project)
    files = [*sources.built_files(project), *project.shapes, *project.shape_rules, *project.lexicon]
    for path in options.paths:
        below = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        files += (sources.SourceFile(name, name, None) for name in (below if os.path.isdir(path) else [path]))
    found = {}
    for file in files:
        with contextlib.suppress(OSError, UsageError):  # gone, or between two of its versions
            found.update(sources.signature([file]))
    return found


def _judged(options: argparse.Namespace) -> int:
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
