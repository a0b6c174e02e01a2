"""A report as SARIF 2.1.0, the format in which editors and code hosts take findings."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zonegraph import vocabulary as v
from zonegraph.project.texts import SHOWN_INPUT
from zonegraph.rdf.turtle import Region
from zonegraph.validation.findings import SEVERITIES, Finding, Fix, Other, Report, Rule, by_gravity, general
from zonegraph.validation.report import words
from zonegraph.version import VERSION

_LEVELS = {"info": "note", "warning": "warning", "violation": "error"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
MOST = 5_000  # results that GitHub's code scanning shows of a run
_OTHERS = 20  # other sides of one result
_LONGEST = 1_024  # characters of a rule's description that code scanning takes
LEFT_OUT = Rule(
    "findings-left-out",
    SEVERITIES[-1],
    "findings left out",
    f"A report in SARIF holds {MOST:,} results at most.",
    "mend the gravest findings, or read all of them in another format",
)
Json = dict[str, Any]
Locate = Callable[[str], str]  # which returns the URI of a file


def write(report: Report) -> str:
    """Return a report as SARIF 2.1.0: one run, whose results are the gravest findings of `Report.folded`.

    Of more than MOST results the first says how many are left out. Paths are relative to the current folder.
    """
    uri = functools.cache(functools.partial(_uri, report))
    folded = report.folded()
    prints = _fingerprints(folded)
    kept = by_gravity(folded)
    rules = list(report.rules)
    results = []
    if len(kept) > MOST:
        left = kept[MOST - 1 :]
        kept = kept[: MOST - 1]
        rules.append(LEFT_OUT)
        first = Finding(left[0].path, Region(1, 1, 1, 1), LEFT_OUT.severity, LEFT_OUT.id, "", LEFT_OUT.remedy)
        first = first._replace(message=f"{len(left):,} findings, the least grave ones, are left out here.")
        results.append(first)
        prints |= _fingerprints([first])
    index = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "zonegraph",
                "semanticVersion": VERSION,
                "informationUri": v.NS,
                "rules": list(map(_rule, rules)),
            }
        },
        "artifacts": [{"location": {"uri": uri(path)}} for path in report.files],
        "results": [
            {
                "ruleId": finding.rule,
                "ruleIndex": index[finding.rule],
                "level": _LEVELS[finding.severity],
                "message": {"text": _message(finding, folded.get(finding, []))},
                "locations": [
                    {
                        **_location(uri(finding.path), finding.region),
                        **({"logicalLocations": [{"fullyQualifiedName": finding.focus}]} if finding.focus else {}),
                    }
                ],
                "partialFingerprints": {"primaryLocationLineHash": prints[finding]},
                **_related(finding.others, uri),
                **({"fixes": [_fix(finding.fix, uri)]} if finding.fix else {}),
            }
            for finding in (*results, *kept)
        ],
        "columnKind": "unicodeCodePoints",
        **_notes(words.unchecked(report)),
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _notes(texts: list[str]) -> Json:
    """Return what there is to say of the run itself."""
    notes = [{"level": "note", "message": {"text": text}} for text in texts]
    return {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}]} if notes else {}


def _rule(rule: Rule) -> Json:
    """Return the descriptor of a rule. Its name is in camel case, and left out where it says no more than the id, as SARIF asks."""
    says, remedy = general(rule.message), general(rule.remedy)
    name = "".join(map(_capital, re.split(r"\W+", rule.id)))
    whole = f"{says} {_capital(_sentence(remedy))}"
    return {
        "id": rule.id,
        **({} if name.lower() == rule.id.lower() else {"name": name}),
        "shortDescription": {"text": _cut(says)},
        "fullDescription": {"text": _cut(whole)},
        "help": {
            "text": f"{whole} Severity: {rule.severity}.",
            "markdown": f"**{_markdown(says)}**\n\nTo mend it: {_markdown(_sentence(remedy))}\n\n"
            f"Severity: {rule.severity}. `zonegraph validate --rule {rule.id}` shows the rule.",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def _message(finding: Finding, following: list[Finding]) -> str:
    """Return what a result says. Each other side is a link to a related location, by its number."""
    parts = [_sentence(_plain(finding.message))]
    for number, other in enumerate(finding.others[:_OTHERS], 1):
        place = re.sub(r"([\\\[\]])", r"\\\1", f"{other.path}:{other.region.line}")
        parts.append(f"See [{place}]({number}): {_sentence(_plain(other.what))}")
    if len(finding.others) > _OTHERS:
        parts.append(f"And {len(finding.others) - _OTHERS:,} other places.")
    parts.append(f"Remedy: {_sentence(_plain(finding.remedy))}")
    if finding.fix:  # which code scanning does not show
        parts.append(f"Fix: {_sentence(_plain(words.fix_of(finding.fix)))}")
    if following:
        parts.append(_capital(_sentence(words.following(following))))
    return " ".join(parts)


def _plain(text: str) -> str:
    """Return a text in which nothing reads as a link; what a file says may look like one."""
    # A backslash before the bracket would take the one that is put there for itself.
    return re.sub(r"(\\*)\]\(", lambda match: f"{2 * match[1]}\\](", text)


def _related(others: Iterable[Other], uri: Locate) -> Json:
    found = [
        {"id": number, **_location(uri(other.path), other.region), "message": {"text": _plain(other.what)}}
        for number, other in enumerate(list(others)[:_OTHERS], 1)
    ]
    return {"relatedLocations": found} if found else {}


def _fix(fix: Fix, uri: Locate) -> Json:
    changes: dict[str, list[Json]] = {}
    for edit in fix.edits:
        changes.setdefault(uri(edit.path), []).append(
            {"deletedRegion": _region(edit.region), "insertedContent": {"text": edit.text}}
        )
    return {
        "description": {"text": _sentence(fix.what)},
        "artifactChanges": [
            {"artifactLocation": {"uri": at}, "replacements": replacements} for at, replacements in changes.items()
        ],
    }


def _location(uri: str, region: Region) -> Json:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _region(region)}}


def _region(region: Region) -> Json:
    return {
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }


def _fingerprints(findings: Iterable[Finding]) -> dict[Finding, str]:
    """Return for each finding what tells it from all others and stays when lines move."""
    met: Counter[str] = Counter()
    result = {}
    for finding in findings:
        # A file is called as in its project, wherever the command runs.
        about = (finding.rule, finding.path, finding.focus, finding.result_path, finding.value)
        print = hashlib.sha256("\0".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        met[print] += 1
        result[finding] = f"{print}:{met[print]}"
    return result


def _uri(report: Report, path: str) -> str:
    """Return the file of a name as a URI relative to the current folder."""
    at = path
    if path != SHOWN_INPUT:
        try:
            at = os.path.relpath(report.paths.get(path) or os.path.join(report.root, path))
        except ValueError:  # on another drive
            return Path(os.path.abspath(path)).as_uri()
    # A byte of a name that is no UTF-8 stays that byte.
    return quote(at.replace(os.sep, "/"), errors="surrogateescape")
