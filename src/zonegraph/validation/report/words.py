"""How findings are said to people, in whatever format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from zonegraph import vocabulary as v
from zonegraph.validation.findings import (
    CHANGED,
    NOT_AT_HAND,
    NOT_IN_FOLDER,
    NOT_NAMED,
    SEVERITIES,
    UNDECLARED,
    Finding,
    Fix,
    Report,
)
from zonegraph.validation.report.excerpt import Excerpt

_FEW = 12  # idle shapes that a summary names; one new file leaves most of them idle
_FEW_FILES = 3  # that a summary names
_TEXTS = {
    NOT_AT_HAND: "--articles or ZONEGRAPH_ARTICLES names the folder of the texts",
    CHANGED: "undo the change of the text, or give its zg:textDigest; ranges behind the change may have moved",
    NOT_IN_FOLDER: "correct zg:textDigest, which `sha256sum` prints, or put the text into the folder",
    NOT_NAMED: "the article's file gives its zg:textDigest",
}


def about(finding: Finding, found: Excerpt | None) -> str:
    """Return what a finding is about, as far as it is known: subject, path and value.

    Parameters: `found`, the line at which it stands. Of a path with several properties to choose from, the one that stands there is said.
    """
    path = finding.result_path
    choices = path.split("|") if re.fullmatch(r"<[^<>]*>(\|<[^<>]*>)+", path) else []
    before = found.before if found else ""
    there = {choice: _last_mention(_short(choice), before) for choice in choices}
    if there and max(there.values()) >= 0:
        path = max(there, key=there.__getitem__)
    # Without a property it is about the subject as a whole.
    return " ".join(_short(part) for part in (_iri(finding.focus), path, path and finding.value) if part)


def parts(finding: Finding, found: Excerpt | None) -> Iterator[tuple[str, str]]:
    """Yield what is said of a finding besides its message, in order, each with its name. Parameters: `found`, as in `about`."""
    if where := about(finding, found):
        yield "at", where
    for other in finding.others:
        yield "other", f"{other.path}:{other.region.line}: {other.what}"
    yield "remedy", finding.remedy
    if finding.fix:
        yield "fix", fix_of(finding.fix)


def _last_mention(name: str, text: str) -> int:
    """Return where a name stands last in a text, -1 if it does not."""
    return max((match.start() for match in re.finditer(rf"(?<![\w:-]){re.escape(name)}(?![\w-])", text)), default=-1)


def fix_of(fix: Fix) -> str:
    """Return a fix in words: what to do, and what is written, where the words do not say so."""
    written = [edit.text.strip() for edit in fix.edits if edit.text.strip() and edit.text.strip() not in fix.what]
    return f"{fix.what}{': ' if written else ''}{' … '.join(written)}"


def following(findings: list[Finding]) -> str:
    """Return how many findings follow from one, and of which rules."""
    rules = Counter(finding.rule for finding in findings)
    counts = ", ".join(f"{number:,} {rule}" for rule, number in rules.most_common())
    return f"and {len(findings):,} that follow{'s' if len(findings) == 1 else ''} from it: {counts}"


def summary(report: Report) -> list[str]:
    """Return the last lines of a text report: what was found and what was looked at."""
    folded = report.folded()
    counts = [(s, sum(f.severity == s for f in folded)) for s in reversed(SEVERITIES)]
    found = ", ".join(count(n, "info finding" if s == "info" else s) for s, n in counts if n)
    if more := sum(map(len, folded.values())):
        found += f" ({more:,} more follow{'s' if more == 1 else ''} from {'it' if len(folded) == 1 else 'them'})"
    looked = sum(report.focus_nodes.values())
    used = len(report.focus_nodes) - len(report.idle)
    lines = [
        f"{found or 'conforms'}: {count(len(report.files), 'file')} checked, {count(looked, 'focus node')} in"
        f" {used} of {count(len(report.focus_nodes), 'shape')}"
    ]
    unreadable = dict.fromkeys(report.unreadable)
    mended = [path for path in unreadable if path in report.files]
    if len(unreadable) > len(mended):
        lines.append(f"{count(len(unreadable) - len(mended), 'file')} could not be read, and so not validated")
    if mended:
        were = "was" if len(mended) == 1 else "were"
        lines.append(f"{count(len(mended), 'file')} could be read only once mended, and {were} validated so")
    if not report.files:
        return lines[1:] or ["no file was validated"]
    lines += unchecked(report)
    idle = {name: f"{name} (targets {', '.join(terms)})" for name, terms in report.idle.items()}
    if len(idle) > _FEW:  # a target that nothing declares is a mistake in the shape, whatever was judged
        idle = {name: shown for name, shown in idle.items() if UNDECLARED in shown}
    if idle:
        lines.append("shapes with no target nodes: " + ", ".join(idle.values()))
    for path, line, subject, type_ in report.uncovered:
        lines.append(f"{path}:{line}: no shape covers {_short(_iri(subject))}, a {_short(_iri(type_))}")
    return lines


def unchecked(report: Report) -> list[str]:
    """Return what could not be held against its text, and what to do about it, a line for each reason."""
    lines = []
    for reason in dict.fromkeys(report.unchecked.values()):
        names = [name for name, why in report.unchecked.items() if why == reason]
        lines.append(_unchecked(reason, ", ".join(names) if len(names) <= _FEW_FILES else count(len(names), "file")))
    return lines


def unchecked_in(report: Report, path: str) -> str:
    """Return why one file could not be held against its text, and what to do about it."""
    return _unchecked(report.unchecked[path], path)


def _unchecked(reason: str, files: str) -> str:
    return f"unchecked against the text, which {reason}: ranges and digests in {files} ({_TEXTS[reason]})"


def count(number: int, word: str) -> str:
    """Return a number of things in words."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _iri(iri: str) -> str:
    return f"<{iri}>" if iri else ""


def _short(term: str) -> str:
    """Shorten the IRIs of a term or path; long text is cut."""
    start = term.rfind('"') + 1  # what stands in a literal's quotation marks is left alone
    shown = term[:start] + re.sub("<([^<>]*)>", lambda match: v.shorten(match.group(1)), term[start:])
    return shown if len(shown) <= 160 else shown[:157] + "..."
