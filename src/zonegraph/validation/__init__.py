"""Validation: files are judged by the project's shapes and rules; findings name file, line, rule and remedy.

`run` says in which order; docs/architecture.md follows a finding through the package.
"""

from zonegraph.validation.report import (
    FORMATS,
    PASSAGES,
    SEVERITIES,
    Finding,
    Report,
    Rule,
    Uncovered,
    as_json,
    sarif,
    text,
)
from zonegraph.validation.report import turtle as as_turtle
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
    "as_json",
    "as_turtle",
    "sarif",
    "text",
    "validate",
]
