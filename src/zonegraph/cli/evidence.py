"""`zonegraph evidence`: check passages, find a phrase."""

from __future__ import annotations

import json

from zonegraph import sources
from zonegraph.cli import say, write
from zonegraph.errors import UsageError
from zonegraph.evidence import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Do one of the actions; see `zonegraph evidence --help`. Returns the exit code."""
    return {"check": _check, "find": _find}[options.action](options)


def _check(options: argparse.Namespace) -> int:
    if options.phrase is not None or options.article is not None:
        raise UsageError("evidence check: takes no phrase and no --article\n  `zonegraph evidence find` does")
    directory = sources.texts_directory(options.articles)
    checked = check.check(sources.find(options.project), directory)
    faults = [fault for article in checked for fault in article.faults]
    if options.format == "json":
        report = [{**article._asdict(), "faults": [fault._asdict() for fault in article.faults]} for article in checked]
        write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    else:
        for fault in faults:
            write(f"{fault.path}:{fault.line}: {fault.message}\n  {fault.remedy}\n")
        for article in checked:
            against = (
                "ranges and digests against the text"
                if article.text
                else "the text is not at hand: ranges and digests unchecked"
            )
            write(f"{article.slug}: {article.triples} triples, {article.evidence} ranges; {against}\n")
        write(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}\n")
    missing = [article.slug for article in checked if not article.text]
    if directory is None:
        say(["without --articles (or ZONEGRAPH_ARTICLES) the texts themselves are not looked at"])
    elif missing:
        say([f"{directory}: no text there has the digest of {', '.join(missing)}"])
    return 1 if faults or (directory is not None and missing) else 0


def _find(options: argparse.Namespace) -> int:
    if options.phrase is None:
        raise UsageError(
            "evidence find: which phrase?\n  zonegraph evidence find 'a phrase exactly as it stands in the text'"
        )
    directory = sources.texts_directory(options.articles)
    if directory is None:
        raise UsageError(
            "the articles' texts are needed to find a phrase\n  name their folder with --articles or ZONEGRAPH_ARTICLES"
        )
    found = check.find(sources.find(options.project), directory, options.phrase, options.article)
    if options.format == "json":
        write(json.dumps([place._asdict() for place in found], ensure_ascii=False, indent=1) + "\n")
        return 0
    for place in found:
        write(f"# {place.slug}, line {place.line}\n")
        write(f'zg:evidence [ oa:start {place.start} ; oa:end {place.end} ; zg:digest "{place.digest}" ] ;\n')
    if not found:
        say(["not found; the phrase must stand exactly so in a text (spaces, quotation marks and case included)"])
    return 0
