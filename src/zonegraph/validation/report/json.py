"""A report as one JSON object."""

from __future__ import annotations

import json
from typing import Any

from zonegraph.rdf.turtle import Region
from zonegraph.validation.findings import Finding, Report


def write(report: Report) -> str:
    """Return a report as one JSON object, as `report.schema.json` beside this module describes it."""
    document = {
        "conforms": report.conforms(),
        "failOn": report.fail_on,
        "findings": [_finding(finding) for finding in report.findings],
        "files": report.files,
        "focusNodes": report.focus_nodes,
        "idleShapes": report.idle,
        "uncovered": [subject._asdict() for subject in report.uncovered],
        "notJudged": report.not_judged,
        "unchecked": report.unchecked,
        "whole": report.whole,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "path": finding.path,
        **_region(finding.region),
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "remedy": finding.remedy,
        "focus": finding.focus,
        "resultPath": finding.result_path,
        "value": finding.value,
        "others": [{"path": other.path, **_region(other.region), "what": other.what} for other in finding.others],
        "fix": None
        if finding.fix is None
        else {
            "what": finding.fix.what,
            "edits": [{"path": edit.path, **_region(edit.region), "text": edit.text} for edit in finding.fix.edits],
        },
        "because": {
            "path": finding.because.path,
            **_region(finding.because.region),
            "rule": finding.because.rule,
        }
        if finding.because
        else None,
    }


def _region(region: Region) -> dict[str, int]:
    return {
        "line": region.line,
        "column": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }
