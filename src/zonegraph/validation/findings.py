"""Rules, and what a validation finds by them: findings and the report that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

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

    `path` names the file, `region` the place in it; `what` ends a sentence such as "It is stated at people.ttl:12: ...".
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


class Finding(NamedTuple):
    """One place where a file breaks a rule.

    `path` and `region` say where. `focus` is the IRI of the subject, empty if the file as a whole is meant;
    evidence without an IRI counts as its subject, with `zg:evidence` as the first step of `result_path`, which is a
    SPARQL property path, or empty. `value` is the offending term in N-Triples, or empty. `others` are the other sides, where it is
    a comparison; `fix` mends it, None where nobody can know. `because` is the id of the rule of the finding that
    this one follows from, in the same file, or else in that of the last of `others`; empty if it stands for itself.
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
    because: str = ""

    @property
    def line(self) -> int:
        """The line at which the finding stands, from 1."""
        return self.region.line


class Uncovered(NamedTuple):
    """A subject with a class at which no shape looked."""

    path: str
    line: int
    subject: str
    type: str


# What is amiss with a text, where ranges could not be held against it.
NOT_AT_HAND, NOT_NAMED = "is not at hand", "no article that can be read names by its digest"
NOT_IN_FOLDER = "is not in the folder given, where no .txt file has the article's zg:textDigest"


class Report(NamedTuple):
    """The outcome of a validation.

    `findings` are sorted by file and line, the gravest of a line first; `files` are those judged. `focus_nodes` gives
    for each shape how many nodes it looked at; `idle` are the shapes that looked at none, each with the classes
    and properties it looks for; `uncovered` are the typed subjects at which no shape looked. `rules` are all that were applied.
    `not_judged` are files that were named but are no data, each with what it is; `unchecked` are those that were not
    held against the article's text, so that nobody knows what stands in their ranges, each with what is amiss with the text.
    """

    findings: list[Finding]
    files: list[str]
    focus_nodes: dict[str, int]
    idle: dict[str, list[str]]
    uncovered: list[Uncovered]
    rules: list[Rule]
    not_judged: dict[str, str]
    unchecked: dict[str, str]

    @property
    def unreadable(self) -> list[str]:
        """The files that could not be read as they are; those that can be once mended are judged so, and are in `files`."""
        return [finding.path for finding in self.findings if finding.rule == UNREADABLE]

    def with_findings(self, findings: Iterable[Finding]) -> Report:
        """Return the report with further findings, in order."""
        found = {*self.findings, *findings}
        order = sorted(found, key=_order)
        return self._replace(findings=order)

    def conforms(self, fail_on: str = "violation") -> bool:
        """Return whether no finding is as grave as `fail_on` (info, warning or violation) or graver.

        Raises ValueError for another word.
        """
        if fail_on not in SEVERITIES:
            raise ValueError(f"{fail_on}: not a severity ({', '.join(SEVERITIES)})")
        least = SEVERITIES.index(fail_on)
        return all(SEVERITIES.index(finding.severity) < least for finding in self.findings)


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
