"""Contradictions that only reasoning shows are findings, with the statements they rest on and a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import copy_project
from zonegraph import validation
from zonegraph.project import sources
from zonegraph.project.sources import Project

FIRST, SECOND = "2021-02-24-china-daily.ttl", "hangzhou-draft-action-plan.ttl"


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A project like ours with two articles, which a test may change."""
    return copy_project(tmp_path / "project", FIRST.removesuffix(".ttl"), SECOND.removesuffix(".ttl"))


# What owlrl takes long for is the project's own data, whatever is asked of them; each test may show that the two agree.
REASONERS = ["compiled", pytest.param("owlrl", marks=pytest.mark.thorough(of="owlrl"))]


def contradict(project: Path) -> int:
    """Let two articles disagree on what a thing is; each is sound alone. Returns the line in the second."""
    for name, kind in ((FIRST, "zg:NewsOrganization"), (SECOND, "zg:Person")):
        file = project / "data" / "articles" / name
        content = (
            file.read_text("utf-8").rstrip()
            + f"\n\nzgd:person-or-body\n    zg:evidence [ oa:start 0 ; oa:end 4 ] ;\n    a {kind} .\n"
        )
        file.write_text(content, "utf-8")
    return content.count("\n")


@pytest.mark.parametrize("reasoner", REASONERS)
def test_a_thing_that_two_articles_class_apart_is_found_by_both_reasoners(pair: Path, reasoner: str) -> None:
    line = contradict(pair)
    report = validation.validate(sources.find(str(pair)), reasoner=reasoner)
    (finding,) = [f for f in report.findings if f.rule == "contradiction"]
    assert finding.focus.endswith("/person-or-body")
    assert finding.path.endswith(SECOND)
    # owlrl names no statement, only the thing; then the line is where the thing is opened.
    assert finding.line == (line if reasoner == "compiled" else line - 2)


def test_the_finding_names_rule_and_the_statements_it_rests_on(pair: Path) -> None:
    contradict(pair)
    report = validation.validate(sources.find(str(pair)))
    (finding,) = [f for f in report.findings if f.rule == "contradiction"]
    assert "cax-dw" in finding.message
    line = (pair / "data" / "articles" / FIRST).read_text("utf-8").count("\n")
    assert f"zgd:person-or-body a zg:NewsOrganization (data/articles/{FIRST}:{line})" in finding.message
    assert f"zgd:person-or-body a zg:Person ({finding.path}:{finding.line})" in finding.message


def test_a_file_is_judged_with_the_other_articles_as_context_unless_alone(pair: Path) -> None:
    contradict(pair)
    project = sources.find(str(pair))
    for name in (FIRST, SECOND):
        path = str(pair / "data" / "articles" / name)
        found = [f for f in validation.validate(project, [path]).findings if f.rule == "contradiction"]
        assert [f.path for f in found] == [path]
        alone = validation.validate(project, [path], alone=True)
        assert [f for f in alone.findings if f.rule == "contradiction"] == []


@pytest.mark.parametrize("reasoner", REASONERS)
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("zgd:zone-new zg:evidence [ oa:start 0 ; oa:end 4 ] ; a zg:Zone, zg:Batch .", "classes-exclude-each-other"),
        (
            "zgd:zone-new a zg:Zone ; zg:locatedIn zgd:ministry-most ; zg:evidence [ oa:start 0 ; oa:end 4 ] .",
            "zone-located-in-place",
        ),
        (
            'zgd:zone-new a zg:Zone ; zg:evidence [ oa:start 0 ; oa:end 4 ; zg:asPrinted "zone"@en ] .',
            "evidence-as-printed-text",
        ),
    ],
)
def test_what_is_found_of_a_statement_is_not_said_twice(pair: Path, reasoner: str, line: str, rule: str) -> None:
    file = pair / "data" / "articles" / SECOND
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")
    report = validation.validate(sources.find(str(pair)), [str(file)], reasoner=reasoner)
    rules = {f.rule for f in report.findings}
    assert rule in rules
    assert "contradiction" not in rules


def test_what_a_shape_has_found_at_a_line_is_not_said_twice(pair: Path) -> None:
    file = pair / "data" / "articles" / SECOND
    content = file.read_text("utf-8")
    file.write_text(
        content.replace("zg:performedBy zgd:ministry-most", "zg:performedBy zgd:ministry-most, zgd:city-hefei"), "utf-8"
    )
    report = validation.validate(sources.find(str(pair)), [str(file)])
    rules = {f.rule for f in report.findings}
    assert "approval-approver-is-organization" in rules
    assert "contradiction" not in rules


def test_a_statement_of_the_context_is_named_with_its_place(pair: Path) -> None:
    contradict(pair)
    path = str(pair / "data" / "articles" / SECOND)
    report = validation.validate(sources.find(str(pair)), [path])
    (finding,) = [f for f in report.findings if f.rule == "contradiction"]
    line = (pair / "data" / "articles" / FIRST).read_text("utf-8").count("\n")
    assert f"zg:NewsOrganization (data/articles/{FIRST}:{line})" in finding.message


def test_a_conclusion_is_named_as_the_place_of_what_it_states(project_copy: Path) -> None:
    curation, file = project_copy / "data" / "curation.ttl", project_copy / "data" / "articles" / SECOND
    conclusion = """
zgd:conclusion-body a zg:Conclusion ; zg:topic zgd:programme-most-ai-pilot-zones ; zg:supports zg:runBy ;
    zg:value zgd:thing-later ;
    zg:reasoning "so it seems"@en ; zg:concludedBy zgd:organization-zonegraph ;
    zg:concludedOn "2026-11-22"^^xsd:date ; zg:restsOn zgd:article-2021-02-24-china-daily .
"""
    at = curation.read_text("utf-8").count("\n") + 3
    curation.write_text(curation.read_text("utf-8") + conclusion, "utf-8")
    thing = '\nzgd:thing-later a zg:City ; zg:namedAs "q"@en ; zg:evidence [ oa:start 0 ; oa:end 4 ] .\n'
    file.write_text(file.read_text("utf-8") + thing, "utf-8")
    report = validation.validate(sources.find(str(project_copy)), [str(file)])
    found = [f.message for f in report.findings if f.rule == "contradiction"]
    assert any(f"zg:runBy zgd:thing-later (data/curation.ttl:{at})" in m for m in found), found


@pytest.mark.parametrize("reasoner", REASONERS)
def test_a_mistake_of_another_kind_at_the_line_hides_no_contradiction(pair: Path, reasoner: str) -> None:
    file = pair / "data" / "articles" / SECOND
    # No language and no such class, at the line at which an event is called an agency; owlrl tells no class from another.
    kinds = "zg:Agency, zg:Agenci" if reasoner == "compiled" else "zg:Agency"
    line = f'\nzgd:event-2021-02-10-shen-changyu-interview a {kinds} ; zg:namedAs "q" ; zg:evidence [ oa:start 0 ; oa:end 4 ] .\n'
    file.write_text(file.read_text("utf-8") + line, "utf-8")
    report = validation.validate(sources.find(str(pair)), [str(file)], reasoner=reasoner)
    found = {f.rule: f.line for f in report.findings}
    assert found["contradiction"] == found["named-as-has-language"]


def test_the_project_has_no_contradiction(report: validation.Report) -> None:
    assert [f for f in report.findings if f.rule == "contradiction"] == []


@pytest.mark.thorough(of="owlrl")
def test_the_project_has_no_contradiction_in_the_reference_reasoner(project: Project) -> None:
    report = validation.validate(project, reasoner="owlrl")
    assert [f for f in report.findings if f.rule == "contradiction"] == []


@pytest.mark.parametrize("reasoner", REASONERS)
def test_two_bodies_that_are_inferred_to_be_one_contradict_themselves(pair: Path, reasoner: str) -> None:
    ontology, file = pair / "ontology" / "zonegraph.ttl", pair / "data" / "articles" / SECOND
    ontology.write_text(ontology.read_text("utf-8") + "\nzg:runBy a owl:FunctionalProperty .\n", "utf-8")
    stated = "zgd:programme-most-ai-pilot-zones zg:runBy zgd:ministry-most, zgd:ministry-miit .\n"
    file.write_text(file.read_text("utf-8") + stated, "utf-8")
    report = validation.validate(sources.find(str(pair)), [str(file)], reasoner=reasoner)
    found = [f for f in report.findings if f.rule == "contradiction"]
    assert {f.path for f in found} == {str(file)}
    if reasoner == "compiled":
        (finding,) = found
        assert "are two different members of zg:Organization" in finding.message
        assert "zgd:ministry-miit and zgd:ministry-most" in finding.message


def test_things_of_other_classes_may_be_inferred_to_be_one(pair: Path) -> None:
    ontology, file = pair / "ontology" / "zonegraph.ttl", pair / "data" / "articles" / SECOND
    ontology.write_text(ontology.read_text("utf-8") + "\nzg:locatedIn a owl:FunctionalProperty .\n", "utf-8")
    stated = "zgd:zone-hefei-most zg:locatedIn zgd:city-shenzhen .\n"
    file.write_text(file.read_text("utf-8") + stated, "utf-8")
    report = validation.validate(sources.find(str(pair)), [str(file)])
    assert [f for f in report.findings if f.rule == "contradiction"] == []
