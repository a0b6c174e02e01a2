"""Rules, and what a validation finds by them: findings and the report that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zonegraph.rdf.turtle import Region

# From harmless to grave; `conforms` compares positions.
SEVERITIES = ("info", "warning", "violation")

UNDECLARED = "not declared"
UNREADABLE = "unreadable-file"  # the rule of what could not be judged at all

# Groups of rules, of which a project's own shapes and rules may name those of GROUPS. Reading goes with each of them.
READING, PASSAGES = "reading", "passages"
GROUPS = (PASSAGES,)


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


class Other(NamedTuple):
    """Another side of a finding: where it stands, and what stands there.

    `path` names the file, `region` the place in it; `what` ends a sentence such as "It is stated at curation.ttl:12: ...".
    """

    path: str
    region: Region
    what: str


class Edit(NamedTuple):
    """A change to one file: `text` in place of what stands in `region` now; an empty region inserts."""

    path: str
    region: Region
    text: str


class Fix(NamedTuple):
    """What mends a finding: in words that begin with a verb, and as edits to be made together."""

    what: str
    edits: tuple[Edit, ...]


class Origin(NamedTuple):
    """The finding that another one follows from: its file, its rule and where it stands."""

    path: str
    rule: str
    region: Region


class Finding(NamedTuple):
    """One place where a file breaks a rule.

    `path` and `region` say where. `focus` is the IRI of the subject, empty if the file as a whole is meant;
    evidence or an attestation without an IRI counts as its subject, with `zg:evidence` or `zg:attestation` as the first step of
    `result_path`, which is a SPARQL property path, or empty. `value` is the offending term in N-Triples, or empty. `others` are the other sides, where it is
    a comparison; `fix` mends it, None where nobody can know. `because` names the finding that this one follows from; None if it
    stands for itself.
    """

    path: str
    region: Region
    severity: str
    rule: str
    message: str
    remedy: str
    focus: str = ""
    result_path: str = ""
    value: str = ""
    others: tuple[Other, ...] = ()
    fix: Fix | None = None
    because: Origin | None = None

    @property
    def line(self) -> int:
        """The line at which the finding stands, from 1."""
        return self.region.line

    @property
    def origin(self) -> Origin:
        """How a finding that follows from this one names it."""
        return Origin(self.path, self.rule, self.region)

    @property
    def place(self) -> tuple[object, ...]:
        """What it is about and where: the same however it is worded, and whatever it follows from."""
        return (self.path, self.region, self.rule, self.focus, self.result_path, self.value)


class Source(NamedTuple):
    """A result of a shape (SHACL, 3.6.2) that a finding comes from, each term in N-Triples, empty if there is none.

    `severity` is the shape's own; `focus` and `value` also name nodes without an IRI, which a finding names by what they belong to.
    """

    shape: str
    constraint: str
    component: str
    severity: str
    focus: str
    value: str


class Uncovered(NamedTuple):
    """A subject with a class at which no shape looked."""

    path: str
    line: int
    subject: str
    type: str


# What is amiss with a text, where ranges could not be held against it.
NOT_AT_HAND, NOT_NAMED = "is not at hand", "no article that can be read names by its digest"
CHANGED = "has another digest than its zg:textDigest names, though it has the file's name"
NOT_IN_FOLDER = "is not in the folder given, where no .txt file has the article's zg:textDigest"


_NOTHING: Mapping[Any, Any] = {}


class Report(NamedTuple):
    """The outcome of a validation.

    `findings` are sorted by file and line, the gravest of a line first; `files` are those judged. `focus_nodes` gives
    for each shape how many nodes it looked at; `idle` are the shapes that looked at none, each with the classes
    and properties it looks for; `uncovered` are the typed subjects at which no shape looked. `rules` are all that were applied.
    `not_judged` are files that were named but are no data, each with what it is; `unchecked` are those that were not
    held against the article's text, so that nobody knows what stands in their ranges, each with what is amiss with the text.
    `sources` gives for the `place` of a finding the results of shapes that it comes from, if any; `texts` what stands in the files that have
    findings, as far as they could be read. `paths` leads from a file's name to the file, and `root` from any other name, which is one
    of the project. `fail_on` is the severity from which on a finding is a reason to fail. `whole` says why all
    files around one that has changed were read, and not only what it touches; it is empty otherwise.
    """

    findings: list[Finding]
    files: list[str]
    focus_nodes: dict[str, int]
    idle: dict[str, list[str]]
    uncovered: list[Uncovered]
    rules: list[Rule]
    not_judged: dict[str, str]
    unchecked: dict[str, str]
    sources: Mapping[tuple[object, ...], list[Source]] = _NOTHING
    texts: Mapping[str, str] = _NOTHING
    paths: Mapping[str, str] = _NOTHING
    root: str = ""
    fail_on: str = SEVERITIES[-1]
    whole: str = ""

    @property
    def unreadable(self) -> list[str]:
        """The files that could not be read as they are; those that can be once mended are judged so, and are in `files`."""
        return [finding.path for finding in self.findings if finding.rule == UNREADABLE]

    def with_findings(self, findings: Iterable[Finding]) -> Report:
        """Return the report with further findings, in order."""
        found = {*self.findings, *findings}
        order = sorted(found, key=_order)
        return self._replace(findings=order)

    def conforms(self, fail_on: str | None = None) -> bool:
        """Return whether no finding is as grave as `fail_on` (info, warning or violation; None for the report's own) or graver.

        Raises ValueError for another word.
        """
        least = self.fail_on if fail_on is None else fail_on
        if least not in SEVERITIES:
            raise ValueError(f"{least}: not a severity ({', '.join(SEVERITIES)})")
        return not any(is_grave(finding, least) for finding in self.findings)

    def folded(self) -> dict[Finding, list[Finding]]:
        """Return the findings that stand for themselves, in order, each with those that follow from it."""
        return folded(self.findings)


def folded(findings: list[Finding]) -> dict[Finding, list[Finding]]:
    """Return the findings that stand for themselves, in order, each with all that follow from it, directly or through others.

    What follows from a finding that is not among these stands for itself.
    """
    named: dict[Origin, Finding] = {}
    for finding in sorted(findings, key=lambda finding: bool(finding.because)):
        named.setdefault(finding.origin, finding)

    def cause_of(finding: Finding) -> Finding | None:
        return named.get(finding.because) if finding.because else None

    result: dict[Finding, list[Finding]] = {}
    following = []
    for finding in findings:
        cause, seen = finding, {finding}
        above = cause_of(cause)
        while above is not None and above not in seen:
            seen.add(above)
            cause, above = above, cause_of(above)
        if cause is finding or above is not None:  # it follows from nothing that was found, or from itself
            result[finding] = []
        else:
            following.append((cause, finding))
    for cause, finding in following:
        result.setdefault(cause, []).append(finding)
    return result


def is_grave(finding: Finding, fail_on: str) -> bool:
    """Return whether a finding is as grave as a severity, or graver."""
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(fail_on)


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the gravest first, those of one severity in the order that they have."""
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))


def general(message: str) -> str:
    """Return the message of a rule as it reads without a case: an ellipsis for what the case fills in."""
    return re.sub(r"\{\w+(:(and|or))?\}", "…", message)


def _order(finding: Finding) -> tuple[object, ...]:
    """Return what findings are sorted by: file and line, the gravest of a line first."""
    return (
        finding.path,
        finding.line,
        -SEVERITIES.index(finding.severity),
        finding[3:9],
        finding.region,
        str(finding[9:]),
    )
