"""What a validation found, and how it is shown: as text, JSON, SARIF or a SHACL report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.version import VERSION

# From harmless to grave; `conforms` compares positions.
SEVERITIES = ("info", "warning", "violation")

UNDECLARED = "not declared"
UNREADABLE = "unreadable-file"  # the rule of what could not be judged at all

_FEW = 12  # idle shapes that a summary names; one new file leaves most of them idle

_FEW_FILES = 3  # that a summary names

# Groups of rules, of which a project's own shapes and rules may name those of GROUPS. Reading goes with each of them.
READING, PASSAGES = "reading", "passages"
GROUPS = (PASSAGES,)

_SARIF_LEVELS = {"info": "note", "warning": "warning", "violation": "error"}
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


class Rule(NamedTuple):
    """A rule that files are judged by: its lasting id, how grave a breach is, what it says and what to do.

    `group` names the rules among which it can be asked for alone; most have none.
    """

    id: str
    severity: str
    name: str
    message: str
    remedy: str
    group: str = ""


def table(severity: str, group: str, *rows: tuple[str, str, str]) -> dict[str, Rule]:
    """Return rules by id. Parameters: `rows`, id, message and remedy of each; its name is its id in words."""
    return {id: Rule(id, severity, id.replace("-", " "), message, remedy, group) for id, message, remedy in rows}


class Finding(NamedTuple):
    """One place where a file breaks a rule.

    `path` and `line` (from 1) say where. `focus` is the IRI of the subject, empty if the file as a whole is meant;
    evidence without an IRI counts as its subject, with `zg:evidence` as the first step of `result_path`, which is a
    SPARQL property path, or empty. `value` is the offending term in N-Triples, or empty.
    """

    path: str
    line: int
    severity: str
    rule: str
    message: str
    remedy: str
    focus: str
    result_path: str
    value: str


class Uncovered(NamedTuple):
    """A subject with a class at which no shape looked."""

    path: str
    line: int
    subject: str
    type: str


class Report(NamedTuple):
    """The outcome of a validation.

    `findings` are sorted by file and line, the gravest of a line first; `files` are those judged. `focus_nodes` gives
    for each shape how many nodes it looked at; `idle` are the shapes that looked at none, each with the classes
    and properties it looks for; `uncovered` are the typed subjects at which no shape looked. `rules` are all that were applied.
    `not_judged` are files that were named but are no data, each with what it is; `unchecked` are those of which the article's
    text is not at hand, so that nobody knows what stands in its ranges.
    """

    findings: list[Finding]
    files: list[str]
    focus_nodes: dict[str, int]
    idle: dict[str, list[str]]
    uncovered: list[Uncovered]
    rules: list[Rule]
    not_judged: dict[str, str]
    unchecked: list[str]

    @property
    def unreadable(self) -> list[str]:
        """The files that could not be read, and so were not judged."""
        return [finding.path for finding in self.findings if finding.rule == UNREADABLE]

    def with_findings(self, findings: Iterable[Finding]) -> Report:
        """Return the report with further findings, in order."""
        found = {*self.findings, *findings}
        order = sorted(found, key=lambda f: (f.path, f.line, -SEVERITIES.index(f.severity), f))
        return self._replace(findings=order)

    def conforms(self, fail_on: str = "violation") -> bool:
        """Return whether no finding is as grave as `fail_on` (info, warning or violation) or graver.

        Raises ValueError for another word.
        """
        if fail_on not in SEVERITIES:
            raise ValueError(f"{fail_on}: not a severity ({', '.join(SEVERITIES)})")
        least = SEVERITIES.index(fail_on)
        return all(SEVERITIES.index(finding.severity) < least for finding in self.findings)


def text(report: Report) -> str:
    """Return a report for people: two or three lines per finding, a file's together, a summary at the end."""
    lines: list[str] = []
    previous = None
    for finding in report.findings:
        if previous is not None and finding.path != previous:
            lines.append("")
        previous = finding.path
        lines.append(f"{finding.path}:{finding.line}: {finding.severity} [{finding.rule}] {finding.message}")
        where = " ".join(_short(part) for part in (_iri(finding.focus), finding.result_path, finding.value) if part)
        if where:
            lines.append(f"    at: {where}")
        lines.append(f"    remedy: {finding.remedy}")
    if lines:
        lines.append("")
    return terminal.lines([*lines, *_summary(report)])


def _summary(report: Report) -> list[str]:
    """Return the last lines of a text report: what was found and what was looked at."""
    counts = [(s, sum(f.severity == s for f in report.findings)) for s in reversed(SEVERITIES)]
    found = ", ".join(_count(n, "info finding" if s == "info" else s) for s, n in counts if n)
    looked = sum(report.focus_nodes.values())
    used = len(report.focus_nodes) - len(report.idle)
    lines = [
        f"{found or 'conforms'}: {_count(len(report.files), 'file')} checked, {_count(looked, 'focus node')} in"
        f" {used} of {_count(len(report.focus_nodes), 'shape')}"
    ]
    if report.unreadable:
        lines.append(f"{_count(len(report.unreadable), 'file')} could not be read, and so not validated")
    if not report.files:
        return lines[1:] or ["no file was validated"]
    if report.unchecked:
        few = len(report.unchecked) <= _FEW_FILES
        lines.append(
            f"unchecked against the text, which is not at hand: ranges and digests in"
            f" {', '.join(report.unchecked) if few else _count(len(report.unchecked), 'file')}"
            " (--articles or ZONEGRAPH_ARTICLES names the folder of the texts)"
        )
    idle = {name: f"{name} (targets {', '.join(terms)})" for name, terms in report.idle.items()}
    if len(idle) > _FEW:  # a target that nothing declares is a mistake in the shape, whatever was judged
        idle = {name: shown for name, shown in idle.items() if UNDECLARED in shown}
    if idle:
        lines.append("shapes with no target nodes: " + ", ".join(idle.values()))
    for path, line, subject, type_ in report.uncovered:
        lines.append(f"{path}:{line}: no shape covers {_short(_iri(subject))}, a {_short(_iri(type_))}")
    return lines


def as_json(report: Report) -> str:
    """Return a report as one JSON object: `conforms` (no violation), `findings`, `files`, `focusNodes`, ..."""
    document = {
        "conforms": report.conforms(),
        "findings": [finding._asdict() for finding in report.findings],
        "files": report.files,
        "focusNodes": report.focus_nodes,
        "idleShapes": report.idle,
        "uncovered": [subject._asdict() for subject in report.uncovered],
        "notJudged": report.not_judged,
        "unchecked": report.unchecked,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def sarif(report: Report) -> str:
    """Return a report as SARIF 2.1.0, the format in which editors and code hosts take findings."""
    index = {rule.id: number for number, rule in enumerate(report.rules)}
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.message},
            "help": {"text": rule.remedy},
            "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
        }
        for rule in report.rules
    ]
    results = [
        {
            "ruleId": finding.rule,
            "ruleIndex": index[finding.rule],
            "level": _SARIF_LEVELS[finding.severity],
            "message": {"text": f"{finding.message} Remedy: {finding.remedy}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(finding.path)},
                        "region": {"startLine": finding.line},
                    },
                    **({"logicalLocations": [{"fullyQualifiedName": finding.focus}]} if finding.focus else {}),
                }
            ],
        }
        for finding in report.findings
    ]
    run = {
        "tool": {"driver": {"name": "zonegraph", "version": VERSION, "rules": rules}},
        "artifacts": [{"location": {"uri": _uri(path)}} for path in report.files],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def turtle(report: Report) -> str:
    """Return a report as a `sh:ValidationReport` in Turtle; each result also has its file, line, rule and remedy."""
    lines = [f"@prefix {name}: <{namespace}> ." for name, namespace in v.PREFIXES.items()]
    lines += ["", "[] a sh:ValidationReport ;", f"    sh:conforms {'false' if report.findings else 'true'}"]
    for finding in report.findings:
        lines[-1] += " ;"
        lines += ["    sh:result [", "        a sh:ValidationResult ;"]
        if finding.focus:
            lines.append(f"        sh:focusNode {_term(_iri(finding.focus))} ;")
        if finding.result_path:
            lines.append(f"        sh:resultPath {_shacl_path(finding.result_path)} ;")
        if finding.value:
            lines.append(f"        sh:value {_term(finding.value)} ;")
        lines += [
            f"        sh:resultSeverity sh:{finding.severity.capitalize()} ;",
            f"        sh:resultMessage {_string(finding.message)} ;",
            f"        zgsh:ruleId {_string(finding.rule)} ;",
            f"        zgsh:remedy {_string(finding.remedy)} ;",
            f"        zgsh:file {_string(finding.path)} ;",
            f"        zgsh:line {finding.line} ;",
            "    ]",
        ]
    return "\n".join(lines) + " .\n"


# The text of a report in the format of that name.
FORMATS = {"text": text, "json": as_json, "sarif": sarif, "turtle": turtle}


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _iri(iri: str) -> str:
    return f"<{iri}>" if iri else ""


def _short(term: str) -> str:
    """Shorten the IRIs of a term or path; long text is cut."""
    start = term.rfind('"') + 1  # what stands in a literal's quotation marks is left alone
    shown = term[:start] + re.sub("<([^<>]*)>", lambda match: v.shorten(match.group(1)), term[start:])
    return shown if len(shown) <= 160 else shown[:157] + "..."


def _term(term: str) -> str:
    return v.shorten(term[1:-1]) if term.startswith("<") else term


def _shacl_path(path: str) -> str:
    def step(text: str) -> str:
        return f"[ sh:inversePath {_term(text[1:])} ]" if text.startswith("^") else _term(text)

    sequence = []
    for part in re.findall(r"(?:\^?<[^<>]*>\|?)+", path):
        choices = [step(choice) for choice in re.findall(r"\^?<[^<>]*>", part)]
        sequence.append(choices[0] if len(choices) == 1 else f"[ sh:alternativePath ( {' '.join(choices)} ) ]")
    return sequence[0] if len(sequence) == 1 else f"( {' '.join(sequence)} )"


def _string(text: str) -> str:
    # JSON's escapes are legal in Turtle; characters outside ASCII stay as they are.
    return json.dumps(text, ensure_ascii=False)


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), errors="surrogateescape")  # a byte of a name that is no UTF-8 stays that byte
