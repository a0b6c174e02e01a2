"""A report as JUnit's XML, which CI servers show as tests: a suite for each file, a case for each rule that is broken there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from zonegraph.validation.findings import UNREADABLE, Finding, Report, by_gravity, is_grave
from zonegraph.validation.report import excerpt, words

# All but the characters of XML 1.0 (2.2): others may not stand in it, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def write(report: Report) -> str:
    """Return a report as JUnit's XML.

    A case fails if one of its findings is as grave as `Report.fail_on` or graver; what milder ones say is its output. A file that could not be
    read is an error, and a file without findings one case that passes. What XML forbids is shown as U+XXXX.
    """
    folded = report.folded()
    shown = excerpt.of(report.texts)
    suites: dict[str, dict[str, list[Finding]]] = {path: {} for path in report.files}
    for finding in by_gravity(folded):
        suites.setdefault(finding.path, {}).setdefault(finding.rule, []).append(finding)
    lines, totals = [], [0, 0, 0]
    for path, cases in sorted(suites.items()):
        inner, counts = [], [max(1, len(cases)), 0, 0]
        for rule, findings in cases.items():
            said = "\n".join(_words(finding, shown(finding), folded[finding]) for finding in findings)
            grave = is_grave(findings[0], report.fail_on)
            if not grave:
                body = [f"<system-out>{_text(said)}</system-out>"]
            else:
                kind, number = ("error", 2) if rule == UNREADABLE else ("failure", 1)
                counts[number] += 1
                about = _attributes(message=findings[0].message, type=findings[0].severity)
                body = [f"<{kind}{about}>{_text(said)}</{kind}>"]
            place = _attributes(classname=path, name=rule, file=path, line=str(findings[0].line))
            inner += [f"    <testcase{place}>", *(f"      {line}" for line in body), "    </testcase>"]
        inner = inner or [f"    <testcase{_attributes(classname=path, name='conforms', file=path)}/>"]
        if path in report.unchecked:
            inner.append(f"    <system-out>{_text(words.unchecked_in(report, path))}</system-out>")
        lines += [f"  <testsuite{_attributes(name=path)}{_counts(counts)}>", *inner, "  </testsuite>"]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    head = f"<testsuites{_attributes(name='zonegraph validate')}{_counts(totals)}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</testsuites>"]) + "\n"


def _words(finding: Finding, found: excerpt.Excerpt | None, following: list[Finding]) -> str:
    return "\n".join(_lines(finding, found, following))


def _lines(finding: Finding, found: excerpt.Excerpt | None, following: list[Finding]) -> Iterable[str]:
    yield f"{finding.path}:{finding.line}:{finding.region.column}: {finding.severity} {finding.message}"
    yield from (f"  {name}: {said}" for name, said in words.parts(finding, found))
    if following:
        yield f"  {words.following(following)}"


def _counts(counts: list[int]) -> str:
    return _attributes(**{name: str(n) for name, n in zip(("tests", "failures", "errors"), counts, strict=True)})


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(_allowed(value), _ATTRIBUTE)}"' for name, value in values.items())


def _text(text: str) -> str:
    return escape(_allowed(text), {"\r": "&#13;"})


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"U+{ord(match[0]):04X}", text)
