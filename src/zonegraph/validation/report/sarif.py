"""A report as SARIF 2.1.0, the format in which editors and code hosts take findings."""

from __future__ import annotations

import json
from urllib.parse import quote

from zonegraph.validation.findings import Report
from zonegraph.version import VERSION

_LEVELS = {"info": "note", "warning": "warning", "violation": "error"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """Return a report as SARIF 2.1.0."""
    index = {rule.id: number for number, rule in enumerate(report.rules)}
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.message},
            "help": {"text": rule.remedy},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in report.rules
    ]
    results = [
        {
            "ruleId": finding.rule,
            "ruleIndex": index[finding.rule],
            "level": _LEVELS[finding.severity],
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
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), errors="surrogateescape")  # a byte of a name that is no UTF-8 stays that byte
