"""`zonegraph evidence`: check passages, fill and find phrases, say what of the texts is accounted for."""

from __future__ import annotations

import json
import os

from zonegraph import terminal
from zonegraph.cli import common, say, show, write
from zonegraph.cli.validate import reported
from zonegraph.errors import UsageError
from zonegraph.errors import say as notice
from zonegraph.evidence import coverage, fill, phrases
from zonegraph.output import tables
from zonegraph.project import sources, texts, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zonegraph.evidence.fill import Filled, Quotation
    from zonegraph.evidence.phrases import Answer, Found

_ACTIONS = {
    "fill": "put offsets and digest in place of quoted phrases",
    "find": "say where phrases are, as evidence lines to paste",
    "check": "judge all ranges, digests and values of the project",
    "coverage": "say how much of each text is accounted for",
}
_PLACES = 9  # places that are shown of one phrase


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument(
        "action",
        nargs="?",
        choices=tuple(_ACTIONS),
        help="; ".join(f"{name}: {does}" for name, does in _ACTIONS.items()),
    )
    sub.add_argument(
        "what",
        nargs="*",
        metavar="FILE|PHRASE",
        help="for fill: Turtle files of articles and reviews; for find: phrases exactly as in the text, each in quotation "
        "marks, or the first and the last words: 'first words … last words'",
    )
    sub.add_argument(
        "--article",
        metavar="SLUG",
        action="append",
        help="for find and coverage: look at this article alone; may be given several times",
    )
    sub.add_argument(
        "--check", action="store_true", help="for fill: write nothing; exit code 1 if anything is left to fill"
    )
    sub.add_argument("--format", default="text", help="text or json; for check, also the other formats of validate")
    sub.add_argument("--fail-on", metavar="SEVERITY", help="for check: as for validate")


def run(options: argparse.Namespace) -> int:
    """Do one of the actions; see `zonegraph evidence --help`. Returns the exit code."""
    if options.action is None:
        raise UsageError(
            "evidence: no action given",
            "zonegraph evidence fill FILE         put offsets and digests in place of quoted phrases\n"
            "  zonegraph evidence find 'a phrase'   where is it? as an evidence line to paste\n"
            "  zonegraph evidence check             are all ranges, digests and triples correct?\n"
            "  zonegraph evidence coverage          how much of each text is accounted for?",
        )
    for option, given, actions in (
        ("a file or a phrase", options.what, ("fill", "find")),
        ("--article", options.article is not None, ("find", "coverage")),
        ("--check", options.check, ("fill",)),
        ("--fail-on", options.fail_on, ("check",)),
    ):
        if given and options.action not in actions:
            takes = " and ".join(f"`zonegraph evidence {action}`" for action in actions)
            raise UsageError(
                f"evidence {options.action}: takes no {option.removeprefix('a ')}",
                f"{takes} {'do' if actions[1:] else 'does'}",
            )
    if options.action != "check":
        common.chosen("--format", options.format, ("text", "json"))
    return {"check": _check, "fill": _fill, "find": _find, "coverage": _coverage}[options.action](options)


def _check(options: argparse.Namespace) -> int:
    from zonegraph import validation  # nothing else here needs what judges

    format = common.chosen("--format", options.format, validation.FORMATS)
    fail_on = common.chosen("--fail-on", options.fail_on or validation.SEVERITIES[-1], validation.SEVERITIES)
    project = sources.find(options.project)
    report = validation.validate(project, group=validation.PASSAGES, articles=options.articles)
    return reported(report, format, fail_on)


def _needed_texts(options: argparse.Namespace) -> str:
    directory = texts.directory_of(options.articles)
    if directory is None:
        raise UsageError("this needs the articles' texts", "name their folder with --articles or ZONEGRAPH_ARTICLES")
    return directory


def _say_missing(directory: str, slugs: list[str]) -> None:
    if slugs:
        say([f"not looked at, since {directory} has no text with the digest of {', '.join(slugs)}"])


# ---------------------------------------------------------------- fill


def _fill(options: argparse.Namespace) -> int:
    if not options.what:
        raise UsageError("evidence fill: no file given", "zonegraph evidence fill data/articles/SLUG.ttl")
    project, directory = sources.find(options.project), texts.directory_of(options.articles)
    at_hand = None if directory is None else texts.by_digest(directory)
    found: list[tuple[str, Filled]] = []
    errors = []
    for path in options.what:
        try:
            filled = fill.fill(project, path, at_hand)
            if filled.after != filled.before and not options.check:
                writing.write_atomically(path, filled.after)
        except UsageError as error:  # the other files are filled all the same
            errors.append(error)
        else:
            found.append((path, filled))
    if options.format == "json":
        described = [_described(path, quotation) for path, filled in found for quotation in filled.quotations]
        write(json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    else:
        for path, filled in found:
            show(terminal.lines(_lines(path, filled, options.check)))
    for refused in errors:
        notice(str(refused))
    if errors:
        return UsageError.exit_code
    left = [q for _, filled in found for q in filled.quotations if options.check or q.range is None]
    return 1 if left else 0


def _lines(path: str, filled: Filled, check: bool) -> list[str]:
    lines = []
    for quotation in filled.quotations:
        where = f"{path}:{quotation.line}: "
        if quotation.range is None:
            shown = (
                f"“{_short(quotation.phrase)}” "
                if quotation.places or not quotation.problem.startswith(("oa:", "zg:"))
                else ""
            )
            lines.append(f"{where}{shown}{quotation.problem}")
            lines += [f"    {p.start}-{p.end}, line {p.line}: {p.text}" for p in quotation.places[:_PLACES]]
            if len(quotation.places) > _PLACES:
                lines.append(f"    and {len(quotation.places) - _PLACES} more")
            lines.append(f"    remedy: {quotation.remedy}")
        elif check:
            lines.append(f"{where}“{_short(quotation.phrase)}” is not filled")
    done = sum(quotation.range is not None for quotation in filled.quotations)
    left = len(filled.quotations) - done
    said = [f"{done} {'to fill' if check else 'filled'}"] if done else []
    said += [f"{left} that cannot be filled"] if left else []
    return [*lines, f"{path}: {', '.join(said) or 'nothing to fill'}"]


def _short(phrase: str) -> str:
    return phrase if len(phrase) <= 60 else f"{phrase[:30]} … {phrase[-20:]}"


def _described(path: str, quotation: Quotation) -> dict[str, object]:
    start, end = quotation.range or (None, None)
    return {
        "file": path,
        "line": quotation.line,
        "phrase": quotation.phrase,
        "start": start,
        "end": end,
        "problem": quotation.problem,
        "remedy": quotation.remedy,
        "places": [place._asdict() for place in quotation.places],
    }


# ---------------------------------------------------------------- find


def _find(options: argparse.Namespace) -> int:
    if not options.what:
        raise UsageError("evidence find: no phrase given", "zonegraph evidence find 'a phrase exactly as in the text'")
    directory = _needed_texts(options)
    answers, missing = phrases.find(sources.find(options.project), directory, options.what, options.article or ())
    if not all(answer.places for answer in answers):
        _say_missing(directory, missing)
    if options.format == "json":
        described = [
            {
                "phrase": answer.phrase,
                "places": [place._asdict() for place in answer.places],
                "near": [place._asdict() for place in answer.near],
            }
            for answer in answers
        ]
        write(json.dumps(described, ensure_ascii=False, indent=1) + "\n")
        return 0
    for answer in answers:
        if len(answers) > 1 and answer.places:
            show(terminal.lines([f"# {_short(answer.phrase)}"]))
        show(terminal.lines(_pasted(answer)))
        say(_near(answer))
    digests = {os.path.basename(path): digest for digest, (path, _) in texts.by_digest(directory).items()}
    for name in sorted({place.slug for answer in answers for place in answer.places} & digests.keys()):
        say([f'{name}: no article transcribes this text yet; give the one that does zg:textDigest "{digests[name]}"'])
    return 0


def _pasted(answer: Answer) -> list[str]:
    """Return an answer as lines of Turtle."""
    lines = []
    for place in answer.places:
        lines.append(f"# {_where(place)}{f': it {place.problem}' if place.problem else ''}")
        if not place.problem:
            lines.append(f'zg:evidence [ oa:start {place.start} ; oa:end {place.end} ; zg:digest "{place.digest}" ] ;')
    return lines


def _near(answer: Answer) -> list[str]:
    if answer.places:
        return []
    if not answer.near:
        return [f"“{answer.phrase}”: not found; a phrase must be exactly as in a text"]
    return [
        f"“{answer.phrase}”: not found, but nearly; copy what is there",
        *(f"    {_where(place)}: {place.text}" for place in answer.near),
    ]


def _where(place: Found) -> str:
    return f"{place.slug}, line {place.line}"


# ---------------------------------------------------------------- coverage


def _coverage(options: argparse.Namespace) -> int:
    directory = _needed_texts(options)
    covered, missing = coverage.coverage(sources.find(options.project), directory, options.article or ())
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
    _say_missing(directory, missing)
    return 1 if any(article.open for article in covered) else 0
