"""Validation: files are judged by the project's shapes and rules; findings name file, line, rule and remedy.

`run` says in which order; docs/architecture.md follows a finding through the package.
"""

from zonegraph.validation.findings import PASSAGES, SEVERITIES, Finding, Report, Rule, Uncovered
from zonegraph.validation.report import FORMATS
from zonegraph.validation.run import JUDGES, validate

__all__ = [
    "FORMATS",
    "JUDGES",
    "PASSAGES",
    "SEVERITIES",
    "Finding",
    "Report",
    "Rule",
    "Uncovered",
    "validate",
]
