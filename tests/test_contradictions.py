"""Contradictions that only reasoning shows are findings, with the statements they rest on and a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from zonegraph import sources, validation

ARTICLE = "hangzhou-draft-action-plan.ttl"


def contradict(project: Path) -> int:
    """Let a city approve a zone: a place would be an organization. Returns the line."""
    file = project / "data" / "articles" / ARTICLE
    lines = file.read_text("utf-8").split("\n")
    number = next(i for i, line in enumerate(lines) if "zg:approvedBy zgd:ministry-most" in line)
    lines[number] = lines[number].replace("zgd:ministry-most", "zgd:ministry-most, zgd:city-hefei")
    file.write_text("\n".join(lines), "utf-8")
    return number + 1


def test_a_place_that_approves_contradicts_the_reference_data(project_copy: Path) -> None:
    line = contradict(project_copy)
    report = validation.validate(sources.find(str(project_copy)))
    (finding,) = [f for f in report.findings if f.rule == "contradiction"]
    assert finding.path.endswith(ARTICLE)
    assert finding.line == line
    assert "zgd:city-hefei is both a zg:Place and a zg:Organization" in finding.message
    assert "cax-dw" in finding.message
    assert "zg:approvedBy zgd:city-hefei" in finding.message, "the statement that brought it about is named"


def test_a_file_alone_is_judged_against_the_reference_data_too(project_copy: Path) -> None:
    line = contradict(project_copy)
    file = project_copy / "data" / "articles" / ARTICLE
    report = validation.validate(sources.find(str(project_copy)), [str(file)])
    assert [f.line for f in report.findings if f.rule == "contradiction"] == [line]


@pytest.mark.parametrize("reasoner", ["compiled", "owlrl"])
def test_both_reasoners_find_the_contradiction(project_copy: Path, reasoner: str) -> None:
    contradict(project_copy)
    file = project_copy / "data" / "articles" / ARTICLE
    report = validation.validate(sources.find(str(project_copy)), [str(file)], reasoner=reasoner)
    (finding,) = [f for f in report.findings if f.rule == "contradiction"]
    assert finding.focus.endswith("/city-hefei")


@pytest.mark.parametrize("reasoner", ["compiled", "owlrl"])
def test_the_project_has_no_contradiction(project_copy: Path, reasoner: str) -> None:
    report = validation.validate(sources.find(str(project_copy)), reasoner=reasoner)
    assert [f for f in report.findings if f.rule == "contradiction"] == []
