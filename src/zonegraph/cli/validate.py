"""`zonegraph validate`: data against shapes, ontology and the graph; and the rules by which it is judged."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from zonegraph import terminal
from zonegraph.cli import common, say, show, write
from zonegraph.errors import UsageError, ZonegraphError
from zonegraph.errors import say as notice
from zonegraph.project import sources, texts

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
        default=[],
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
    of_judging = ("paths", "format", "fail_on", "alone", "judge", "watch", "reasoner")
    sub.set_defaults(by_default={name: sub.get_default(name) for name in of_judging})
    add("--rules", action="store_true", help="list the rules, and judge nothing")
    add("--rule", metavar="ID", help="show one rule: what it says, what to do, how it is stated; and judge nothing")


def run(options: argparse.Namespace) -> int:
    """Print the findings; see `zonegraph validate --help`. Returns the exit code."""
    if options.rules or options.rule:
        return _asked_for_rules(options)
    if options.watch:
        _watch(options)
    return _judged(options)


def _watch(options: argparse.Namespace) -> NoReturn:
    """Validate whenever a file that is judged, or judged by, has changed, for ever. What is wrong with the files ends nothing."""
    if texts.STANDARD_INPUT in options.paths:
        raise UsageError("--watch: standard input cannot be watched", "name a file or a folder")
    sources.find(options.project)  # what is wrong from the beginning is not waited for
    texts.directory_of(options.articles)
    while True:
        seen = _signatures(options)
        try:
            _judged(options)
        except ZonegraphError as error:
            notice(str(error))
        say(["waiting for a change ..."])
        while _signatures(options) == seen:
            time.sleep(_EVERY)


def _signatures(options: argparse.Namespace) -> dict[str, list[int]]:
    """Return what `stat` says of each file of the project and of those that the paths lead to; nothing where there is no project."""
    try:
        project = sources.find(options.project)
    except UsageError:  # the name of a file, for example, is none; whoever judges has said so
        return {}
    files = [*sources.built_files(project), *project.shapes, *project.shape_rules, *project.lexicon]
    for path in options.paths:
        below = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        files += (sources.SourceFile(name, name, None) for name in (below if os.path.isdir(path) else [path]))
    with contextlib.suppress(OSError, UsageError):  # the folder of the texts may be gone
        folder = texts.directory_of(options.articles)
        names = sorted(os.listdir(folder)) if folder else []
        files += (sources.SourceFile(os.path.join(str(folder), name), name, None) for name in names)
    found = {}
    for file in files:
        with contextlib.suppress(OSError, UsageError):  # gone, or between two of its versions
            found.update(sources.signature([file]))
    return found


def _judged(options: argparse.Namespace) -> int:
    from zonegraph import validation

    project = sources.find(options.project)
    report = validation.validate(
        project,
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
    from zonegraph.validation.report import text

    report = report._replace(fail_on=fail_on)
    if format == "text":
        show(text.write(report, coloured=terminal.takes_colour(sys.stdout)), cleaned=True)
    else:
        write(validation.FORMATS[format](report))
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
    return 0 if report.conforms() else 1


def _asked_for_rules(options: argparse.Namespace) -> int:
    asked = "--rules" if options.rules else "--rule"
    judging = any(getattr(options, name) != value for name, value in options.by_default.items())
    if judging or (options.rules and options.rule):
        raise UsageError(f"validate: {asked} takes neither files nor other options", "ask for it alone")
    project = sources.find(options.project)
    return _list_rules(project) if options.rules else _show_rule(project, options.rule)


def _list_rules(project: sources.Project) -> int:
    from zonegraph.output import tables
    from zonegraph.validation import rulebook
    from zonegraph.validation.findings import general

    rows = [
        [entry.rule.id, entry.rule.severity, entry.scope, entry.rule.group, general(entry.rule.message)]
        for entry in rulebook.entries(project).values()
    ]
    show(tables.table(["rule", "severity", "scope", "group", "message"], rows))
    return 0


def _show_rule(project: sources.Project, id: str) -> int:
    from zonegraph.validation import rulebook
    from zonegraph.validation.findings import general

    entry = rulebook.get(rulebook.entries(project), id)
    rule, stated = entry.rule, rulebook.statement(project, id)
    said = {
        "says": general(rule.message),
        "remedy": general(rule.remedy),
        "severity": rule.severity,
        "scope": entry.scope,
        "targets": ", ".join(entry.targets),
        "group": rule.group,
        "stated in": f"{stated.path}:{stated.line}" if stated.path else "the program",
    }
    show(terminal.lines([rule.id, *(f"  {name:<11}{text}" for name, text in said.items() if text)]))
    if stated.text:
        show(f"\n{stated.text}")
    return 0
