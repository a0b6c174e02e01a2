"""`zonegraph evidence`: check passages, find a phrase, say what of the texts is accounted for."""

from __future__ import annotations

import json
import os

from zonegraph import terminal
from zonegraph.cli import common, say, show, write
from zonegraph.cli.validate import reported
from zonegraph.errors import UsageError
from zonegraph.evidence import coverage, phrases
from zonegraph.output import tables
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument(
        "action",
        nargs="?",
        choices=("check", "find", "coverage"),
        help="check all passages, find the range of a phrase, or show how much of each text is accounted for",
    )
    sub.add_argument("phrase", nargs="*", metavar="PHRASE", help="for find: a phrase exactly as in the text")
    sub.add_argument("--article", metavar="SLUG", help="for find: search this article only")
    sub.add_argument("--format", default="text", help="text or json; for check, also the other formats of validate")
    sub.add_argument("--fail-on", metavar="SEVERITY", help="for check: as for validate")


def run(options: argparse.Namespace) -> int:
    """Do one of the actions; see `zonegraph evidence --help`. Returns the exit code."""
    if options.action is None:
        raise UsageError(
            "evidence: no action given",
            "zonegraph evidence check             are all ranges, digests and triples correct?\n"
            "  zonegraph evidence find 'a phrase'   where is it? as an evidence line to paste\n"
            "  zonegraph evidence coverage          how much of each text is accounted for?",
        )
    if options.action == "check":
        return _check(options)
    common.chosen("--format", options.format, ("text", "json"))
    if options.fail_on:
        raise UsageError(f"evidence {options.action}: takes no --fail-on", "`zonegraph evidence check` does")
    return {"find": _find, "coverage": _coverage}[options.action](options)


def _coverage(options: argparse.Namespace) -> int:
    _no_phrase(options)
    directory = _needed_texts(options)
    covered = coverage.coverage(sources.find(options.project), directory)
    if options.format == "json":
        write(json.dumps([article._asdict() for article in covered], ensure_ascii=False, indent=1) + "\n")
    else:
        rows = [
            [article.slug, kind, str(count), f"{100 * count / article.characters:.2f} %"]
            for article in covered
            for kind, count in article.shares.items()
        ]
        show(tables.table(["article", "kind", "characters", "share"], rows))
        for article in covered:
            for line, start, end, text in article.open:
                where = f"{article.slug}, line {line}, {start}-{end}"
                show(terminal.lines(["", f"{where}: not accounted for", f"    {text}"]))
    return 1 if any(article.open for article in covered) else 0


def _no_phrase(options: argparse.Namespace) -> None:
    if options.phrase or options.article is not None:
        action = options.action
        raise UsageError(
            f"evidence {action}: does not take a phrase or --article", "use them with `zonegraph evidence find`"
        )


def _needed_texts(options: argparse.Namespace) -> str:
    directory = texts.directory_of(options.articles)
    if directory is None:
        raise UsageError("this needs the articles' texts", "name their folder with --articles or ZONEGRAPH_ARTICLES")
    return directory


def _check(options: argparse.Namespace) -> int:
    from zonegraph import validation  # nothing else here needs what judges

    _no_phrase(options)
    format = common.chosen("--format", options.format, validation.FORMATS)
    fail_on = common.chosen("--fail-on", options.fail_on or validation.SEVERITIES[-1], validation.SEVERITIES)
    project = sources.find(options.project)
    report = validation.validate(project, group=validation.PASSAGES, articles=options.articles)
    return reported(report, format, fail_on)


def _find(options: argparse.Namespace) -> int:
    if not options.phrase:
        raise UsageError("evidence find: no phrase given", "zonegraph evidence find 'a phrase exactly as in the text'")
    directory = _needed_texts(options)
    found = phrases.find(sources.find(options.project), directory, " ".join(options.phrase), options.article)
    if options.format == "json":
        write(json.dumps([place._asdict() for place in found], ensure_ascii=False, indent=1) + "\n")
        return 0
    for place in found:
        node = f'zg:evidence [ oa:start {place.start} ; oa:end {place.end} ; zg:digest "{place.digest}" ] ;'
        show(terminal.lines([f"# {place.slug}, line {place.line}", node]))
    digests = {os.path.basename(path): digest for digest, (path, _) in texts.by_digest(directory).items()}
    for name in sorted({place.slug for place in found} & digests.keys()):
        say([f'{name}: no article transcribes this text yet; give the one that does zg:textDigest "{digests[name]}"'])
    if not found:
        say(["not found; the phrase must be exactly as in a text, including spaces, quotation marks and case"])
    return 0
