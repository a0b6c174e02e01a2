"""A report as one JSON object."""

from __future__ import annotations

import json

from zonegraph.validation.findings import Report


def write(report: Report) -> str:
    """Return a report as one JSON object: `conforms` (no violation), `findings`, `files`, `focusNodes`, ..."""
    document = {
        "conforms": report.conforms(),
        "findings": [finding._asdict() for finding in report.findings],
        "files": report.files,
        "focusNodes": report.focus_nodes,
        "idleShapes": report.idle,
        "uncovered": [subject._asdict() for subject in report.uncovered],
        "notJudged": report.not_judged,
        "unchecked": list(report.unchecked),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
