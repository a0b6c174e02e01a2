"""A report as a sh:ValidationReport (W3C SHACL) in Turtle."""

from __future__ import annotations

import json
import re

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.validation.findings import Finding, Report, Source
from zonegraph.validation.report import words

# What is not a shape that gave a finding: a query of shapes/rules/ or a check of the program.
_RULE = Source("", "", f"<{v.ZGSH}RuleConstraintComponent>", "", "", "")


def write(report: Report) -> str:
    """Return a report as a `sh:ValidationReport` in Turtle.

    Each result of a shape is a result of the report, and each finding of another rule is one; all have their file, line, rule and remedy
    as well. A node without an IRI is a node of the report, but for evidence, of which a finding names the subject.
    """
    nodes = _Nodes()
    lines = [f"@prefix {name}: <{namespace}> ." for name, namespace in v.PREFIXES.items()]
    lines += [f"# {terminal.line(line)}" for line in words.unchecked(report)]
    lines += ["", "[] a sh:ValidationReport ;", f"    sh:conforms {'false' if report.findings else 'true'}"]
    for finding in report.findings:
        for source in sorted(report.sources.get(finding.place, [_RULE]), key=_order):
            lines[-1] += " ;"
            lines += ["    sh:result [", "        a sh:ValidationResult ;"]
            lines += [f"        {statement} ;" for statement in _said(finding, source, nodes)]
            lines.append("    ]")
    return "\n".join(lines) + " .\n"


def _order(source: Source) -> tuple[str, ...]:
    """Return what results of one finding are sorted by: nodes without an IRI are called otherwise at every run."""
    return tuple("" if term.startswith("_:") else term for term in source)


class _Nodes(dict[str, str]):
    """The nodes of a report that stand for those without an IRI, numbered as they come."""

    def __missing__(self, label: str) -> str:
        self[label] = f"_:n{len(self) + 1}"
        return self[label]


def _said(finding: Finding, source: Source, nodes: _Nodes) -> list[str]:
    """Return what is said of a result."""

    def term(text: str) -> str:
        return nodes[text] if text.startswith("_:") else v.shorten(text[1:-1]) if text.startswith("<") else text

    # Of a file as a whole there is no other node to look at than the file.
    file = f"zgsh:file {_string(finding.path)}"
    focus = v.shorten(finding.focus) if finding.focus else term(source.focus) if source.focus else f"[ {file} ]"
    value = finding.value or source.value
    severity = source.severity or f"<{v.SH}{finding.severity.capitalize()}>"
    return [
        f"sh:focusNode {focus}",
        *([f"sh:resultPath {_Path(finding.result_path).turtle()}"] if finding.result_path else []),
        *([f"sh:value {term(value)}"] if value else []),
        f"sh:resultSeverity {term(severity)}",
        *([f"sh:sourceShape {term(source.shape)}"] if source.shape else []),
        *([f"sh:sourceConstraint {term(source.constraint)}"] if source.constraint else []),
        f"sh:sourceConstraintComponent {term(source.component)}",
        f"sh:resultMessage {_string(finding.message)}",
        f"zgsh:ruleId {_string(finding.rule)}",
        f"zgsh:remedy {_string(finding.remedy)}",
        file,
        f"zgsh:line {finding.line}",
    ]


class _Path:
    """A property path of SPARQL, read to be written as one of SHACL (SHACL, 2.3.1)."""

    def __init__(self, text: str) -> None:
        self._tokens = re.findall(r"<[^<>]*>|[()|/^*+?]", text)

    def turtle(self) -> str:
        """Return the path in Turtle."""
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else f"[ sh:alternativePath ( {' '.join(choices)} ) ]"

    def _sequence(self) -> str:
        steps = [self._step()]
        while self._take("/"):
            steps.append(self._step())
        return steps[0] if len(steps) == 1 else f"( {' '.join(steps)} )"

    def _step(self) -> str:
        if self._take("^"):
            return f"[ sh:inversePath {self._step()} ]"
        if self._take("("):
            step = self.turtle()
            self._take(")")
        else:
            step = v.shorten(self._tokens.pop(0)[1:-1])
        for sign, kind in (("*", "zeroOrMorePath"), ("+", "oneOrMorePath"), ("?", "zeroOrOnePath")):
            if self._take(sign):
                step = f"[ sh:{kind} {step} ]"
        return step

    def _take(self, sign: str) -> bool:
        if self._tokens[:1] == [sign]:
            self._tokens.pop(0)
            return True
        return False


def _string(text: str) -> str:
    # JSON's escapes are legal in Turtle; characters outside ASCII stay as they are.
    return json.dumps(text, ensure_ascii=False)
