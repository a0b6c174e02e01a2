"""A report as a sh:ValidationReport (W3C SHACL) in Turtle."""

from __future__ import annotations

import json
import re

from zonegraph import vocabulary as v
from zonegraph.validation.findings import Report


def write(report: Report) -> str:
    """Return a report as a `sh:ValidationReport` in Turtle; each result also has its file, line, rule and remedy."""
    lines = [f"@prefix {name}: <{namespace}> ." for name, namespace in v.PREFIXES.items()]
    lines += ["", "[] a sh:ValidationReport ;", f"    sh:conforms {'false' if report.findings else 'true'}"]
    for finding in report.findings:
        lines[-1] += " ;"
        lines += ["    sh:result [", "        a sh:ValidationResult ;"]
        if finding.focus:
            lines.append(f"        sh:focusNode {v.shorten(finding.focus)} ;")
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
