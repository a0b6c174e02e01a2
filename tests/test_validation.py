"""Validation as people meet it: where findings stand, what counts as context, what is refused, how reports look."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pyoxigraph as ox
import pytest

from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.rdf import turtle
from zonegraph.rdf.turtle import START
from zonegraph.validation import Finding, Report, causes, checks, files, judging, rules, wellformed
from zonegraph.validation.places import Places

DIGEST = "0" * 64
EVIDENCE = f'zg:evidence [ oa:start 0 ; oa:end 20 ; zg:digest "{DIGEST}" ]'

# The line of each statement matters: the prefixes take the first five.
ARTICLE = f"""@prefix zg: <{v.ZG}> .
@prefix zgd: <{v.ZGD}> .
@prefix oa: <{v.OA}> .
@prefix skos: <{v.SKOS}> .
@prefix xsd: <{v.XSD}> .
zgd:article-new-article a zg:Article ;
    zg:textDigest "{DIGEST}" ;
    {EVIDENCE} .
zgd:office-new a zg:Organization ;
    zg:namedAs "the office"@en ;
    {EVIDENCE} .
zgd:zone-new a zg:Zone ;
    zg:namedAs "the zone"@en ;
    {EVIDENCE} .
zgd:approval-new a zg:Approval ;
    zg:approvedBy zgd:office-new ;
    zg:concerns zgd:zone-new ;
    zg:date "2021-02-24"^^xsd:date ;
    {EVIDENCE} .
"""


@pytest.fixture(scope="module")
def project(few: Project) -> Project:
    """What is around the files of these tests."""
    return few


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "new-article.ttl"
    path.write_text(ARTICLE, "utf-8")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def places(report: validation.Report) -> list[tuple[int, str]]:
    """Where findings stand, and the rule of each, but for those that follow from another."""
    return [(finding.line, finding.rule) for finding in report.findings if not finding.because]


# ---------------------------------------------------------------- where a mistake is found


def test_an_attestation_is_found_at_its_place_with_its_subject_though_it_is_empty(small: Path) -> None:
    path = small / "data" / "reference" / "people.ttl"
    text = path.read_text("utf-8")
    path.write_text(text.replace("[ zg:source zgd:source-cnipa-shen-changyu ]", "[ ]"), "utf-8")
    before = str(path.with_name("organizations.ttl"))
    report = validation.validate(sources.find(str(small)), [before, str(path)])
    (finding,) = [f for f in report.findings if f.rule == "attestation-names-source"]
    line = text[: text.index("zgd:source-cnipa-shen-changyu")].count("\n") + 1
    assert (finding.path, finding.line) == (str(path), line)
    assert finding.focus == f"{v.ZGD}person-shen-changyu"
    assert finding.result_path == f"<{v.ZG}attestation>/<{v.ZG}source>"


def test_a_sound_article_conforms(project: Project, article: Path) -> None:
    report = validation.validate(project, [str(article)])
    assert report.findings == []
    assert report.conforms("info")
    assert report.files == [str(article)]


def test_a_misspelt_property_is_found_at_its_line_with_the_nearest_name(project: Project, article: Path) -> None:
    change(article, "zg:concerns", "zg:concerens")
    report = validation.validate(project, [str(article)])
    assert places(report) == [(17, "unknown-term")]
    assert report.findings[1].remedy == "did you mean zg:concerns?"


def test_a_string_where_a_date_belongs_is_found_at_its_line(project: Project, article: Path) -> None:
    change(article, '"2021-02-24"^^xsd:date', '"24 February 2021"')
    assert places(validation.validate(project, [str(article)])) == [(18, "date-form")]


def test_an_approval_without_approver_is_found_where_it_is_opened(project: Project, article: Path) -> None:
    change(article, "    zg:approvedBy zgd:office-new ;\n", "")
    assert places(validation.validate(project, [str(article)])) == [(15, "approval-needs-approver")]


def test_a_mistake_inside_an_evidence_is_found_at_the_line_of_the_evidence(project: Project, article: Path) -> None:
    lines = article.read_text("utf-8").splitlines()
    lines[13] = lines[13].replace("oa:end 20", "oa:end 0")
    article.write_text("\n".join(lines), "utf-8")
    report = validation.validate(project, [str(article)])
    assert places(report) == [(14, "evidence-end-after-start")]
    assert report.findings[0].focus == v.ZGD + "zone-new"
    assert report.findings[0].result_path == f"<{v.ZG}evidence>/<{v.OA}start>"


def test_one_value_too_many_is_found_at_the_second(project: Project, article: Path) -> None:
    change(article, "xsd:date ;", 'xsd:date ;\n    zg:date "2021"^^xsd:gYear ;')
    assert places(validation.validate(project, [str(article)])) == [(19, "act-one-date")]


def test_a_day_that_does_not_exist_keeps_nothing_else_from_being_judged(project: Project, article: Path) -> None:
    change(article, "2021-02-24", "2021-02-30")
    change(article, "    zg:approvedBy zgd:office-new ;\n", "")
    found = places(validation.validate(project, [str(article)]))
    assert found == [(15, "approval-needs-approver"), (17, "ill-formed-literal")]


def test_a_reference_to_nothing_is_one_finding_with_the_nearest_name(project: Project, article: Path) -> None:
    change(article, "zg:concerns zgd:zone-new", "zg:concerns zgd:zone-mew")
    report = validation.validate(project, [str(article)])
    assert places(report) == [(17, "undefined-reference")]
    (reference,) = (f for f in report.findings if not f.because)
    assert reference.remedy == (
        "did you mean zgd:zone-new? if not, describe it in this file, or add it to data/reference/"
    )


# Three goals in a passage. It begins at line 21, below the article.
PASSAGE = f"""zgd:passage-new-article-goals a zg:Passage ;
    zg:setFor zgd:zone-new ;
    zg:saidBy zgd:office-new ;
    {EVIDENCE} .
""" + "".join(
    f"""zgd:goal-new-article-{name} a zg:Goal ;
    zg:inPassage zgd:passage-new-article-goals ;
    zg:summary "an aim"@en ;
    {EVIDENCE} .
"""
    for name in ("a", "b", "c")
)


@pytest.fixture
def passage(article: Path) -> Path:
    """An article with a passage."""
    article.write_text(ARTICLE + PASSAGE, "utf-8")
    return article


def test_a_mistake_at_a_passage_is_one_finding_and_not_one_more_for_all_that_stands_in_it(
    project: Project, passage: Path
) -> None:
    assert validation.validate(project, [str(passage)]).findings == []
    change(passage, "zg:setFor zgd:zone-new ;", "zg:setFor zgd:zone-gone ; zg:setOutIn zgd:plan-gone ;")
    # A passage's speaker is restated of the evidence, which has no name.
    change(passage, "zg:saidBy zgd:office-new", "zg:saidBy zgd:office-gone")
    found = [f for f in validation.validate(project, [str(passage)]).findings if not f.because]
    assert {f.focus for f in found} == {f"{v.ZGD}passage-new-article-goals"}
    assert [(f.line, f.rule, f.value.strip("<>").removeprefix(v.ZGD)) for f in found] == [
        (21, "undefined-reference", "plan-gone"),
        (21, "undefined-reference", "zone-gone"),
        (22, "undefined-reference", "office-gone"),
    ]


def test_a_value_that_a_thing_states_beside_its_passage_is_a_finding_of_its_own(
    project: Project, passage: Path
) -> None:
    change(passage, "zg:setFor zgd:zone-new ;", "zg:setFor zgd:zone-gone ;")
    change(
        passage, "zgd:goal-new-article-a a zg:Goal ;", "zgd:goal-new-article-a a zg:Goal ; zg:setFor zgd:zone-gone ;"
    )
    found = validation.validate(project, [str(passage)]).findings
    assert [(f.line, f.focus.removeprefix(v.ZGD)) for f in found if f.rule == "undefined-reference"] == [
        (21, "passage-new-article-goals"),
        (24, "goal-new-article-a"),
    ]


def test_a_contradiction_that_a_passage_brings_about_is_said_once_where_the_passage_says_it(
    tmp_path: Path, project: Project, passage: Path
) -> None:
    change(passage, "zg:setFor zgd:zone-new ;", "zg:setFor zgd:zone-new ; zg:setOutIn zgd:city-hangzhou ;")
    # The shape says it of the passage.
    assert places(validation.validate(project, [str(passage)])) == [(21, "set-out-in-document")]
    other = "zgsh:Zone a sh:NodeShape ; sh:targetClass zg:Zone ; sh:property [ sh:path zg:namedAs ; sh:minCount 1 ] ."
    (found,) = validation.validate(without_shapes(project, tmp_path, other), [str(passage)]).findings
    assert (found.line, found.rule, found.focus) == (21, "contradiction", f"{v.ZGD}city-hangzhou")


def test_evidence_check_counts_what_a_passage_says_of_the_smaller_passages_in_it(
    project: Project, passage: Path
) -> None:
    change(passage, "zg:saidBy zgd:office-new ;", "zg:inPassage zgd:passage-new-article-all ;")
    uncertain = EVIDENCE.replace(" ]", ' ; zg:speakerBasis zg:inferred ; zg:note "He goes on."@en ]')
    change(passage, f"{EVIDENCE} .\nzgd:goal-new-article-b", f"{uncertain} .\nzgd:goal-new-article-b")
    larger = f"zgd:passage-new-article-all a zg:Passage ; zg:saidBy zgd:office-new ; {EVIDENCE} .\n"
    passage.write_text(passage.read_text("utf-8") + larger, "utf-8")
    for group in (None, validation.PASSAGES):
        assert validation.validate(project, [str(passage)], group=group).findings == []
    change(passage, "zg:saidBy zgd:office-new", "zg:realisation zg:planned")
    for group in (None, validation.PASSAGES):
        found = validation.validate(project, [str(passage)], group=group)
        assert places(found) == [(27, "speaker-basis-needs-speaker")]


def test_a_file_that_is_not_turtle_is_a_finding_at_its_line(project: Project, article: Path) -> None:
    change(article, "zg:concerns zgd:zone-new ;", "zg:concerns zgd:zone-new")
    report = validation.validate(project, [str(article)])
    assert places(report) == [(17, "unreadable-file")]
    assert report.findings[0].message == "Not valid Turtle: “;” is missing after “zgd:zone-new”"
    assert report.findings[0].remedy == "insert “;”"
    assert report.unreadable == [str(article)]
    assert report.files == [str(article)]  # as it is once mended


def test_a_file_that_nobody_knows_how_to_mend_is_not_judged(project: Project, article: Path) -> None:
    change(article, "zg:concerns zgd:zone-new ;", "zg:concerns % zgd:zone-new % ;")
    report = validation.validate(project, [str(article)])
    assert places(report) == [(17, "unreadable-file")]
    assert report.findings[0].remedy.startswith("statements end with '.'")
    assert (report.unreadable, report.files) == ([str(article)], [])


# ---------------------------------------------------------------- what counts as context


def test_reference_data_is_context_unless_the_file_stands_alone(project: Project, article: Path) -> None:
    change(article, "zg:concerns zgd:zone-new ;", "zg:concerns zgd:zone-new ;\n    zg:performedBy zgd:ministry-miit ;")
    assert places(validation.validate(project, [str(article)])) == []
    assert (18, "undefined-reference") in places(validation.validate(project, [str(article)], alone=True))


def test_faults_of_the_reference_data_are_not_the_article_s(small: Path, article: Path) -> None:
    organizations = small / "data" / "reference" / "organizations.ttl"
    text = organizations.read_text("utf-8")
    organizations.write_text(text.replace('"Ministry of Science and Technology"@en, ', ""), "utf-8")
    change(article, "zg:concerns zgd:zone-new ;", "zg:concerns zgd:zone-new ;\n    zg:performedBy zgd:ministry-most ;")
    article.write_text(
        article.read_text("utf-8") + f'zgd:ministry-most zg:namedAs "the ministry"@en ; {EVIDENCE} .\n', "utf-8"
    )
    broken = sources.find(str(small))
    assert places(validation.validate(broken, [str(article)])) == [(21, "shared-thing-needs-conclusion")]
    assert [f.rule for f in validation.validate(broken, [str(organizations)]).findings] == ["label-in-english"]


def test_what_reference_data_call_otherwise_than_its_label_is_found_there_once(small: Path) -> None:
    places = small / "data" / "reference" / "places.ttl"
    text = places.read_text("utf-8")
    places.write_text(text.replace("zgd:province-hunan a", "zgd:province-hunnan a"), "utf-8")
    (article,) = (small / "data" / "articles").glob("*.ttl")
    report = validation.validate(sources.find(str(small)), [str(article)])
    (found,) = report.folded()
    assert (Path(found.path).name, found.rule) == ("places.ttl", "undefined-reference")
    line = places.read_text("utf-8").split("\n")[found.line - 1]
    assert "zgd:province-hunnan" in line
    assert f"\n{found.line:>7} | {line[:60]}" in validation.FORMATS["text"](report)  # though nobody named that file
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ["zgd:province-hunan"]


def test_what_is_called_by_its_label_keeps_its_name_however_articles_misspell_it(small: Path) -> None:
    (article,) = (small / "data" / "articles").glob("*.ttl")
    article.write_text(article.read_text("utf-8").replace("-hunan-university", "-hunan-univresity"), "utf-8")
    report = validation.validate(sources.find(str(small)), [str(article)])
    assert {(Path(one.path).name, one.rule) for one in report.findings} >= {(article.name, "undefined-reference")}
    assert {Path(one.path).name for one in report.findings} == {article.name}


def test_a_refused_reference_file_still_describes_what_articles_refer_to(project_copy: Path, article: Path) -> None:
    organizations = project_copy / "data" / "reference" / "organizations.ttl"
    text = organizations.read_text("utf-8")
    date = f'\nzgd:ministry-most <{v.ZG}dated> "2021-02-30"^^<{v.XSD}date> .\n'
    organizations.write_text(text + date, "utf-8")
    report = validation.validate(sources.find(str(project_copy)))
    assert [(f.path, f.rule) for f in report.findings] == [("data/reference/organizations.ttl", "ill-formed-literal")]


def test_an_article_that_adds_a_second_label_is_at_fault_itself(project: Project, article: Path) -> None:
    article.write_text(
        f'{ARTICLE}zgd:ministry-most a zg:Ministry ;\n    skos:prefLabel "The Ministry"@en ;\n    {EVIDENCE} .\n',
        "utf-8",
    )
    assert places(validation.validate(project, [str(article)])) == [
        (21, "label-once-per-language"),
        (21, "label-in-article"),
    ]


def test_a_folder_is_read_to_the_bottom(project: Project, article: Path) -> None:
    below = article.parent / "deep" / "er"
    below.mkdir(parents=True)
    article.rename(below / article.name)
    report = validation.validate(project, [str(article.parent)])
    assert report.files == [str(below / article.name)]


def test_ontology_and_shapes_in_a_folder_are_not_taken_for_articles(small: Path) -> None:
    project = sources.find(str(small))
    report = validation.validate(project, [str(small)])
    expected = [*sources.graph_files(project), *project.queries]
    assert sorted(report.files) == sorted(f.path for f in expected if f not in project.ontology)


def test_a_folder_without_turtle_is_an_error(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Turtle files \(\*\.ttl\) with data"):
        validation.validate(project, [str(tmp_path)])


def test_a_missing_file_is_an_error(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        validation.validate(project, [str(tmp_path / "missing.ttl")])


def test_a_file_named_twice_is_judged_once(project: Project, article: Path) -> None:
    twice = [str(article), str(article.parent / "." / article.name)]
    assert len(validation.validate(project, twice).files) == 1


def test_standard_input_is_judged_like_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ARTICLE.replace("    zg:approvedBy zgd:office-new ;\n", "")
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(text.encode())))
    report = validation.validate(project, ["-"])
    assert [(f.path, f.line, f.rule) for f in report.findings] == [("<stdin>", 15, "approval-needs-approver")]


def test_files_of_the_project_are_judged_as_what_they_are(project: Project) -> None:
    paths = [file.path for file in [*project.reference, *project.review, *project.curation]]
    whole = {f.rule for f in validation.validate(project).findings}
    assert {f.rule for f in validation.validate(project, paths).findings} <= whole


# ---------------------------------------------------------------- the whole project


def test_the_whole_project_conforms(report: validation.Report) -> None:
    assert validation.FORMATS["text"](report).splitlines()[0].startswith("conforms"), validation.FORMATS["text"](report)
    assert report.conforms("warning")


def test_a_disagreement_on_what_identifies_a_thing_names_both_places(tmp_path: Path, project: Project) -> None:
    files = []
    for name, zone in (("first", "zone-a"), ("second", "zone-b")):
        path = tmp_path / f"{name}.ttl"
        text = ARTICLE.replace("new-article", name).replace("zone-new", zone)
        path.write_text(text, "utf-8")
        files.append(sources.SourceFile(str(path), path.name, None))
    alone = project._replace(reference=[], articles=files, review=[], curation=[])
    report = validation.validate(alone)
    assert [(f.path, f.line, f.rule) for f in report.findings if f.severity == "violation"] == [
        ("second.ttl", 17, "approval-one-zone-overall")
    ]
    (disagreement,) = (f for f in report.findings if f.rule == "approval-one-zone-overall")
    assert disagreement.message.endswith("It is stated at first.ttl:17, second.ttl:17.")


def test_an_approval_alone_shows_that_a_zone_was_entered_twice(tmp_path: Path, project: Project) -> None:
    head, body = ARTICLE.split("zgd:approval-new", 1)
    first, second = tmp_path / "first.ttl", tmp_path / "second.ttl"
    described = f"""zgd:city-new a zg:City ; zg:namedAs "the city"@en ; {EVIDENCE} .
zgd:programme-new a zg:Programme ; zg:namedAs "the programme"@en ; zg:runBy zgd:office-new ; {EVIDENCE} .
zgd:zone-new zg:locatedIn zgd:city-new .
zgd:zone-old a zg:Zone ; zg:locatedIn zgd:city-new ; zg:inProgramme zgd:programme-new ; {EVIDENCE} .
"""
    first.write_text(head.replace("new-article", "first") + described, "utf-8")
    second.write_text(head.replace("new-article", "second") + "zgd:approval-new" + body, "utf-8")
    articles = [sources.SourceFile(str(first), first.name, None)]
    report = validation.validate(project._replace(articles=articles), [str(second)])
    joined = [(line, "shared-thing-needs-conclusion") for line in (9, 12)]
    assert places(report) == [*joined, (17, "zone-entered-twice")]


def test_a_conclusion_against_an_article_names_both_places(tmp_path: Path, project: Project) -> None:
    article, curation = tmp_path / "first.ttl", tmp_path / "curation.ttl"
    zone = "zgd:zone-new a zg:Zone ;\n    zg:inProgramme zgd:programme-one ;"
    programmes = "".join(
        f'zgd:programme-{n} a zg:Programme ; zg:namedAs "{n}"@en ; {EVIDENCE} .\n' for n in ("one", "two")
    )
    text = ARTICLE.replace("new-article", "first").replace("zgd:zone-new a zg:Zone ;", zone) + programmes
    article.write_text(text, "utf-8")
    conclusion = (
        "zgd:conclusion-new a zg:Conclusion ; zg:sureness zg:certain ; zg:topic zgd:zone-new ; zg:supports zg:inProgramme ;\n"
        '    zg:value zgd:programme-two ; zg:reasoning "so it seems"@en ; zg:concludedBy zgd:office-new ;\n'
        '    zg:concludedOn "2026-11-22"^^xsd:date ; zg:restsOn zgd:article-first .\n'
    )
    curation.write_text("".join(ARTICLE.splitlines(keepends=True)[:5]) + conclusion, "utf-8")
    files = [sources.SourceFile(str(path), path.name, None) for path in (article, curation)]
    alone = project._replace(reference=[], articles=files[:1], review=[], curation=files[1:])
    report = validation.validate(alone)
    assert [(f.path, f.line, f.rule) for f in report.findings] == [("first.ttl", 13, "zone-one-programme-overall")]
    assert report.findings[0].message.endswith("It is stated at first.ttl:13, curation.ttl:7.")


# ---------------------------------------------------------------- shapes that cannot judge


def without_shapes(project: Project, tmp_path: Path, *texts: str) -> Project:
    shapes = []
    for number, text in enumerate(texts):
        path = tmp_path / f"shape-{number}.ttl"
        path.write_text(f"@prefix sh: <{v.SH}> .\n@prefix zg: <{v.ZG}> .\n@prefix zgsh: <{v.ZGSH}> .\n{text}", "utf-8")
        shapes.append(sources.SourceFile(str(path), path.name, None))
    return project._replace(shapes=shapes)


def test_an_empty_shapes_graph_is_an_error_and_does_not_conform(
    project: Project, tmp_path: Path, article: Path
) -> None:
    for texts in ((), ("",), ("zgsh:Aimless a sh:NodeShape ; sh:property [ sh:path zg:date ; sh:minCount 1 ] .",)):
        with pytest.raises(UsageError, match="no shapes to validate with"):
            validation.validate(without_shapes(project, tmp_path, *texts), [str(article)])


PATH = "sh:path zg:date ;\n "
ILL_FORMED = {  # what stands in a shape from its third line on, the line of the mistake, the message, the remedy
    "a path that is none": ('sh:property [\n sh:path "date" ]', 4, 'sh:path "date", which is not a path', "write a property"),
    "a count beyond counting": (f"sh:property [ {PATH} sh:minCount {'9' * 5000} ]", 4, "not a whole number from 0 to", "digits"),
    "a graph whose name is glued on": (
        'sh:sparql [ sh:select\n "PREFIX GRAPHx: <urn:x> SELECT $this { $this a ?c FILTER NOT EXISTS { GRAPHx:0 { ?a ?b ?d } } }" ]',
        4,
        "names a graph after GRAPH",
        "make it a plain pattern",
    ),
    "a target in SPARQL": ("sh:target\n [ a sh:SPARQLTarget ]", 4, "sh:target, which is not supported", "use sh:targetClass"),
    "a choice of nothing": ("sh:or\n ( )", 4, "sh:or rdf:nil, which is a list without members", "name at least one"),
    "a path of endless choices": (
        "sh:property [\n sh:path _:p0 ] . "
        + " ".join(f"_:p{n} sh:alternativePath ( _:p{n + 1} _:p{n + 1} ) ." for n in range(40))
        + " _:p40 sh:inversePath zg:date",
        4,
        "a path of more than 10000 characters",
        "fewer steps",
    ),
    "a path of one step": ("sh:property [\n sh:path ( zg:date ) ]", 4, "sh:path [ ], which is not a path", "at least two steps"),
    "two paths": ("sh:property [\n sh:path zg:date ,\n zg:date2 ]", 5, "2 values of sh:path, which takes one", "keep one"),
    "no path": ("\n sh:minCount 1", 4, "sh:minCount, but no sh:path", "put it in a property shape"),
    "a property without a path": ("sh:property\n [ sh:datatype xsd:date ]", 4, "sh:property [ ], which has no sh:path", "sh:node"),
    "a count that is a text": (f'sh:property [ {PATH} sh:minCount "x" ]', 4, 'sh:minCount "x", which is not a whole number', "digits"),
    "a count below zero": (f"sh:property [ {PATH} sh:maxCount -1 ]", 4, "which is not a whole number from 0", "digits"),
    "a length with a point": (f"sh:property [ {PATH} sh:minLength 1.5 ]", 4, "which is not a whole number from 0", "digits"),
    "two counts": (f"sh:property [ {PATH} sh:minCount 1 ;\n sh:minCount 2 ]", 5, "2 values of sh:minCount", "keep one"),
    "a pattern": (f'sh:property [ {PATH} sh:pattern "a(b" ]', 4, 'sh:pattern "a(b", which does not compile', "correct"),
    "a pattern too large": (f'sh:property [ {PATH} sh:pattern "a{{99999999999}}" ]', 4, "does not compile", "correct"),
    "a pattern that is an IRI": (f"sh:property [ {PATH} sh:pattern zg:date ]", 4, "which is not a plain string", "quotation marks"),
    "a kind of node": (f"sh:property [ {PATH} sh:nodeKind sh:Iri ]", 4, "sh:nodeKind sh:Iri, which is not a node kind", "sh:IRI, "),
    "a datatype": (f'sh:property [ {PATH} sh:datatype "xsd:date" ]', 4, "which is not an IRI", "with its prefix"),
    "a bound": (f"sh:property [ {PATH} sh:minInclusive zg:one ]", 4, "which is not a value to compare with", "write a number"),
    "a list that is none": (f"sh:property [ {PATH} sh:in zg:draft ]", 4, "sh:in zg:draft, which is not a list", "between ( and )"),
    "a list without end": ("sh:or _:l .\n_:l rdf:first [ ] ; rdf:rest _:l", 3, "sh:or [ ], which is not a list", "( and )"),
    "a member that is no shape": ('sh:or ( [ ]\n "x" )', 3, 'which has the member "x", which is not a shape', "refer to a shape"),
    "a list of languages": (f"sh:property [ {PATH} sh:languageIn zg:en ]", 4, "sh:languageIn zg:en, which is not a list", "( and )"),
    "ignored properties": ("sh:closed true ;\n sh:ignoredProperties zg:date", 4, "sh:ignoredProperties zg:date, which is not a list", "( and )"),
    "a truth value": ('sh:property [\n sh:deactivated "no" ; sh:path zg:date ]', 4, 'sh:deactivated "no", which is not a boolean', "true or false"),
    "a shape that nobody describes": ("sh:node\n zgsh:Shap", 4, "sh:node zgsh:Shap, which no file of shapes describes", "zgsh:Shape?"),
    "a misspelt constraint": (f"sh:property [ {PATH} sh:minCuont 1 ]", 4, "sh:minCuont, which is not a property of SHACL", "sh:minCount?"),
    "SPARQL that is none": ('sh:sparql [\n sh:select "SELECT $this WHERE { $this" ]', 4, "not valid SPARQL", "\n  "),
    "SPARQL of another form": ('sh:sparql [\n sh:select "ASK { $this ?p ?o }" ]', 4, "sh:select, which is ASK", "write SELECT"),
    "SPARQL without a text": ("sh:sparql\n [ sh:message 'No.' ]", 4, "sh:sparql [ ], which has no sh:select", "one SELECT"),
    "a group": ('zgsh:group\n "passage"', 4, 'zgsh:group "passage", which is not a group of rules', "write passages"),
    "recursion by sh:node": ("sh:node\n zgsh:Shape", 4, "refers to itself", "unfold it"),
    "recursion by sh:not": ("sh:not [ sh:not\n zgsh:Shape ]", 4, "refers to itself", "unfold it"),
    "recursion by sh:property": (f"sh:property [ {PATH} sh:node\n zgsh:Shape ]", 5, "refers to itself", "unfold it"),
    "recursion by sh:or": (f"sh:property [ {PATH} sh:or\n ( [ sh:node\n zgsh:Shape ] [ ] ) ]", 6, "refers to itself", "unfold it"),
    "recursion by way of others": ("sh:node zgsh:B .\nzgsh:B sh:node zgsh:C .\nzgsh:C sh:not\n zgsh:B", 6, "refers to itself, by way of zgsh:B", "unfold"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        pytest.param(name, judge, marks=pytest.mark.thorough if judge != validation.JUDGES[0] and place % 8 else ())
        for judge in validation.JUDGES
        for place, name in enumerate(ILL_FORMED)
    ],
)
def test_an_ill_formed_shape_is_refused_with_file_and_line_whoever_judges(
    project: Project, tmp_path: Path, article: Path, name: str, judge: str
) -> None:
    content, line, message, remedy = ILL_FORMED[name]
    prefixes = f"@prefix xsd: <{v.XSD}> . @prefix rdf: <{v.RDF}> . @prefix rdfs: <{v.RDFS}> ."
    shaped = without_shapes(
        project, tmp_path, f"{prefixes} zgsh:Shape a sh:NodeShape ; sh:targetClass zg:Place ; {content} .\n"
    )
    with pytest.raises(UsageError) as error:
        validation.validate(shaped, [str(article)], judge=judge)
    assert str(error.value).startswith(f"{tmp_path / 'shape-0.ttl'}:{line + 1}: shape ")
    assert message in str(error.value)
    assert remedy in str(error.value)


def test_each_shape_is_looked_through_once_however_many_refer_to_it(
    project: Project, tmp_path: Path, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    references = wellformed._references
    monkeypatch.setattr(wellformed, "_references", lambda graph, node: looked.append(node) or references(graph, node))
    described = "zgsh:End a sh:NodeShape ; sh:node [ ], [ ], [ ] .\n"
    many = "".join(f"zgsh:S{i} a sh:NodeShape ; sh:targetClass zg:Place ; sh:node zgsh:End .\n" for i in range(50))
    validation.validate(without_shapes(project, tmp_path, described + many), [str(article)])
    assert len(looked) <= 2 * (50 + 4)


def test_shapes_that_refer_to_each_other_many_deep_are_refused(project: Project, tmp_path: Path, article: Path) -> None:
    links = "\n".join(f"zgsh:S{i} a sh:NodeShape ; sh:node zgsh:S{i + 1} ." for i in range(3_000))
    with pytest.raises(UsageError, match="shape zgsh:S0 refers to shapes more than 20 deep"):
        validation.validate(
            without_shapes(
                project, tmp_path, f"{links}\nzgsh:S3000 a sh:NodeShape .\nzgsh:S0 sh:targetClass zg:Place ."
            ),
            [str(article)],
        )


def test_a_constraint_over_named_graphs_is_refused(project: Project, tmp_path: Path, article: Path) -> None:
    text = (
        "zgsh:Graphs a sh:NodeShape ; sh:targetClass zg:Place ;"
        ' sh:sparql [ sh:select "SELECT $this WHERE { GRAPH ?g { $this ?p ?o } }" ] .'
    )
    with pytest.raises(UsageError, match="GRAPH"):
        validation.validate(without_shapes(project, tmp_path, text), [str(article)])


def test_shapes_without_rule_ids_go_by_their_names(project: Project, tmp_path: Path, article: Path) -> None:
    text = "zgsh:Old a sh:NodeShape ; sh:targetClass zg:Approval ; sh:property [ sh:path zg:requestedBy ; sh:minCount 1 ] ."
    report = validation.validate(without_shapes(project, tmp_path, text), [str(article)])
    assert places(report) == [(15, "zgsh:Old")]
    assert json.loads(validation.FORMATS["sarif"](report))["runs"][0]["results"][0]["ruleId"] == "zgsh:Old"


def test_a_constraint_in_sparql_is_judged_like_others(project: Project, tmp_path: Path, article: Path) -> None:
    text = (
        'zgsh:Asked a sh:NodeShape ; sh:targetClass zg:Approval ; sh:sparql [ zgsh:ruleId "asked" ; sh:message "No." ;'
        ' sh:select """SELECT $this WHERE { $this <' + v.ZG + 'concerns> ?zone }""" ] .'
    )
    report = validation.validate(without_shapes(project, tmp_path, text), [str(article)])
    assert [(f.line, f.rule, f.message) for f in report.findings] == [(15, "asked", "No.")]


def test_a_constraint_in_sparql_knows_its_node_before_it_is_answered(
    project: Project, tmp_path: Path, article: Path
) -> None:
    text = (
        'zgsh:Bound a sh:NodeShape ; sh:targetClass zg:Approval ; sh:sparql [ zgsh:ruleId "bound" ; sh:message "No." ;'
        ' sh:select """SELECT $this WHERE { FILTER NOT EXISTS { $this <' + v.ZG + 'requestedBy> ?body } }""" ] .'
    )
    report = validation.validate(without_shapes(project, tmp_path, text), [str(article)])
    assert places(report) == [(15, "bound")]


def test_a_constraint_in_sparql_finds_the_line_of_the_value(project: Project, tmp_path: Path, article: Path) -> None:
    text = (
        "zgsh:Named a sh:NodeShape ; sh:targetClass zg:Zone ; sh:property [ sh:path zg:namedAs ; sh:sparql ["
        ' sh:select """SELECT $this ?value WHERE { $this <'
        + v.ZG
        + 'namedAs> ?value . FILTER(STRLEN(?value) > 8) }""" ] ] .'
    )
    change(article, '"the zone"@en ;', '"the zone"@en,\n"the zone of the city"@en,\n"a zone"@en ;')
    report = validation.validate(without_shapes(project, tmp_path, text), [str(article)])
    assert [finding.line for finding in report.findings] == [14]


# ---------------------------------------------------------------- the report


@pytest.fixture
def flawed(project: Project, article: Path, monkeypatch: pytest.MonkeyPatch) -> validation.Report:
    """A report with a violation, a warning and an info finding."""
    monkeypatch.chdir(article.parent)
    change(article, "    zg:approvedBy zgd:office-new ;\n", "")
    change(article, 'zg:namedAs "the office"@en ;', f'zg:worded "{"so-" * 40}"@en ;')
    change(article, "a zg:Organization", "a zg:Launch ; zg:concerns zgd:zone-new")
    last = article.read_text("utf-8").rstrip().removesuffix("] .")
    article.write_text(last + "; zg:basis zg:stated ] .\n", "utf-8")
    return validation.validate(project, [article.name])


def test_a_report_says_how_grave_its_findings_are(flawed: validation.Report) -> None:
    assert [(f.line, f.severity, f.rule) for f in flawed.findings] == [
        (10, "warning", "act-wording-short"),
        (15, "violation", "approval-needs-approver"),
        (18, "info", "evidence-stated-left-out"),
    ]
    assert not flawed.conforms()
    only_info = flawed._replace(findings=flawed.findings[2:])
    assert only_info.conforms("warning")
    assert not only_info.conforms("info")
    with pytest.raises(ValueError, match="fatal"):
        flawed.conforms("fatal")


def test_the_text_report_reads_like_a_compiler_s(flawed: validation.Report) -> None:
    lines = validation.FORMATS["text"](flawed).splitlines()
    message = "A zg:Approval must have at least one zg:approvedBy."
    at = lines.index(f"new-article.ttl:15: violation [approval-needs-approver] {message}")
    assert lines[at + 1 : at + 5] == [
        "     15 | zgd:approval-new a zg:Approval ;",
        "        | ^^^^^^^^^^^^^^^^",
        "    at: zgd:approval-new zg:approvedBy",
        "    remedy: add zg:approvedBy with the authority that the text names, or zg:performedBy on the zg:Passage of several approvals",
    ]
    assert any(line.startswith("1 violation, 1 warning, 1 info finding: 1 file checked, ") for line in lines)


def test_a_report_says_what_was_looked_at(flawed: validation.Report) -> None:
    assert flawed.focus_nodes["zgsh:Approval"] == 1
    assert flawed.focus_nodes["zgsh:Evidence"] == 4
    assert "zgsh:Sector" in flawed.idle
    assert "zgsh:Approval" not in flawed.idle


def test_an_idle_shape_is_named_with_what_it_looks_for(golden_project: Project) -> None:
    report = validation.validate(golden_project)
    assert report.idle["zgsh:Launch"] == ["zg:Launch"]
    assert report.idle["zgsh:Requested"] == ["zg:requestedBy"]
    assert "zgsh:Approval" not in report.idle, "it has nodes to judge"
    two = report._replace(idle={name: report.idle[name] for name in ("zgsh:Launch", "zgsh:Requested")})
    assert validation.FORMATS["text"](two).splitlines()[-1] == (
        "shapes with no target nodes: zgsh:Launch (targets zg:Launch), zgsh:Requested (targets zg:requestedBy)"
    )
    assert "no target nodes" not in validation.FORMATS["text"](report), (
        "where there are many, only those that can have none"
    )


def test_a_shape_for_a_misspelt_class_is_told_from_one_that_has_nothing_to_judge_yet(
    project: Project, tmp_path: Path, article: Path
) -> None:
    more = tmp_path / "more.ttl"
    more.write_text(
        f"@prefix zg: <{v.ZG}> . @prefix zgsh: <{v.ZGSH}> . @prefix sh: <{v.PREFIXES['sh']}> .\n"
        "zgsh:Dead a sh:NodeShape ; sh:targetClass zg:Lanch ; sh:property [ sh:path zg:concerns ; sh:minCount 1 ] .",
        "utf-8",
    )
    shapes = [*project.shapes, sources.SourceFile(str(more), more.name, None)]
    report = validation.validate(project._replace(shapes=shapes), [str(article)])
    assert report.idle["zgsh:Dead"] == ["zg:Lanch (not declared)"]
    assert validation.FORMATS["text"](report).splitlines()[-1] == (
        "shapes with no target nodes: zgsh:Dead (targets zg:Lanch (not declared))"
    )


def test_a_subject_that_no_shape_covers_is_named(project: Project, article: Path) -> None:
    article.write_text(f"{ARTICLE}zgd:list-new a skos:Collection ;\n    {EVIDENCE} .\n", "utf-8")
    report = validation.validate(project, [str(article)])
    assert [(s.line, s.subject, s.type) for s in report.uncovered] == [(20, v.ZGD + "list-new", v.SKOS + "Collection")]
    assert "no shape covers zgd:list-new, a skos:Collection" in validation.FORMATS["text"](report)


def test_the_json_report_holds_the_findings(flawed: validation.Report) -> None:
    document = json.loads(validation.FORMATS["json"](flawed))
    assert document["conforms"] is False
    assert document["findings"][1]["rule"] == "approval-needs-approver"
    assert document["findings"][1]["focus"] == v.ZGD + "approval-new"
    assert document["files"] == ["new-article.ttl"]


def test_the_sarif_report_points_every_result_at_a_rule_and_a_line(flawed: validation.Report) -> None:
    document = json.loads(validation.FORMATS["sarif"](flawed))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"] == "new-article.ttl"
        assert location["region"]["startLine"] >= 1
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]


def test_the_turtle_report_is_a_shacl_report_with_file_and_line(flawed: validation.Report) -> None:
    triples = turtle.parse("report.ttl", validation.FORMATS["turtle"](flawed))
    values = {(t.predicate.value, getattr(t.object, "value", None)) for t in triples}
    assert (v.SH + "conforms", "false") in values
    assert (v.ZGSH + "line", "15") in values
    assert (v.ZGSH + "file", "new-article.ttl") in values
    assert (v.SH + "focusNode", v.ZGD + "approval-new") in values
    results = [t for t in triples if t.predicate.value == v.SH + "result"]
    assert len(results) == 3


def test_paths_with_several_steps_survive_in_the_turtle_report(project: Project, article: Path) -> None:
    article.write_text(
        f"{ARTICLE}zgd:plan-new a zg:Plan ;\n    {EVIDENCE}, _:b .\nzgd:zone-new zg:evidence _:b .\n", "utf-8"
    )
    report = validation.validate(project, [str(article)])
    triples = turtle.parse("report.ttl", validation.FORMATS["turtle"](report))
    predicates = {t.predicate.value for t in triples}
    assert {v.SH + "alternativePath", v.SH + "resultPath"} <= predicates
    assert ox.NamedNode(v.ZG + "title") in {t.object for t in triples}


def test_every_finding_of_the_examples_survives_in_the_turtle_report(judged_examples: list[validation.Report]) -> None:
    report = judged_examples[0]
    triples = turtle.parse("report.ttl", validation.FORMATS["turtle"](report))
    assert len({t.object for t in triples if t.predicate.value == v.SH + "result"}) >= len(report.findings) > 100


def test_a_report_of_nothing_wrong_is_valid_in_every_format(project: Project, article: Path) -> None:
    report = validation.validate(project, [str(article)])
    assert json.loads(validation.FORMATS["json"](report))["findings"] == []
    assert json.loads(validation.FORMATS["sarif"](report))["runs"][0]["results"] == []
    assert turtle.parse("report.ttl", validation.FORMATS["turtle"](report))
    assert validation.FORMATS["text"](report).startswith("conforms: 1 file checked, ")


def test_what_a_cause_does_not_change_is_neither_read_nor_judged_by_shapes_again(
    project: Project, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = article.with_name("other-article.ttl")
    other.write_text(ARTICLE.replace("new", "other"), "utf-8")
    change(article, "zg:concerns", "zg:concerens")
    reads, judgings = [], []
    read, judge = files.read, judging.judge
    monkeypatch.setattr(files, "read", lambda given: reads.append(given.path) or read(given))
    monkeypatch.setattr(
        judging, "judge", lambda by, units, **how: judgings.append(len(units)) or judge(by, units, **how)
    )
    report = validation.validate(project, [str(article), str(other)])
    assert places(report) == [(17, "unknown-term")]
    assert sorted(reads) == sorted([str(article), str(article), str(other)])  # as it is, and as it is meant
    assert judgings == [3, 2]  # each file and the merge


def test_a_report_is_the_same_every_time(project: Project) -> None:
    folder = Path(__file__).parent / "examples" / "shapes" / "articles"
    examples = [str(path) for path in sorted(folder.glob("*-fail.ttl"))[::6]]
    code = (
        "import sys; from zonegraph import validation; from zonegraph.project import sources;"
        f"report = validation.validate(sources.find({project.root!r}), {examples!r});"
        "sys.stdout.reconfigure(encoding='utf-8');"
        "[print(render(report)) for render in validation.FORMATS.values()]"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_ill_formed_literals_leave_standard_error_alone(
    project: Project, article: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(article, '"2021-02-24"^^xsd:date', '"yes"^^xsd:boolean, "1,5"^^xsd:decimal, "25:00:00"^^xsd:time')
    assert len(validation.validate(project, [str(article)]).findings) == 3
    assert capfd.readouterr().err == ""


def test_a_new_file_is_judged_with_the_other_articles_as_context(tmp_path: Path) -> None:
    file = tmp_path / "a-later-article.ttl"
    digest = "0" * 64
    file.write_text(
        f"""@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
zgd:article-a-later-article a zg:Article ; zg:textDigest "{digest}" ;
    zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "{digest}" ] .
zgd:batch-miit-two a zg:Batch ; zg:namedAs "second batch"@en ; zg:ofProgramme zgd:programme-miit-ai-pilot-zones ;
    zg:ordinal 2 ;
    zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "{digest}" ] .
""",
        "utf-8",
    )
    project = sources.find(str(Path(__file__).parent.parent))
    with_graph = validation.validate(project, [str(file)])
    assert [(f.rule, f.line) for f in with_graph.findings if f.rule == "batch-entered-twice"] == [
        ("batch-entered-twice", 7)
    ]
    alone = validation.validate(project, [str(file)], alone=True)
    assert not [f for f in alone.findings if f.rule == "batch-entered-twice"]


def test_another_file_of_the_same_article_is_named_before_what_it_brings_about(tmp_path: Path) -> None:
    first, second = (tmp_path / f"{name}.ttl" for name in ("a-paper", "a-paper-old"))
    for path in (first, second):
        path.write_text(f"<{v.ZGD}article-a-paper> a <{v.ZG}Article> .", "utf-8")
    project = sources.find(None)
    members = [sources.SourceFile(str(path), path.name, None) for path in (first, second)]
    file = checks.File("a-paper.ttl", checks.ARTICLE, "a-paper", turtle.read(str(first)))
    asked = Finding(file.name, START, "warning", "shared-thing-needs-conclusion", "It is shared.", "conclude")
    report = Report([asked], [file.name], {}, {}, [], [], {}, {})
    told = causes.explained([], lambda _: (report, [file]), project._replace(articles=members))
    ((cause, following),) = told.folded().items()
    assert cause.rule == "article-of-file"
    assert cause.others[0].path == "a-paper-old.ttl"
    assert [one.rule for one in following] == ["shared-thing-needs-conclusion"]
    alone = causes.explained([], lambda _: (report, [file]), project._replace(articles=members[:1]))
    assert alone.findings == [asked]


def test_the_graph_of_a_second_file_of_an_article_makes_no_name_that_people_see() -> None:
    data = rules.Data(Places([], []))
    assert data.term(ox.NamedNode(f"{v.ZGD}article--2/a-paper")) == ox.NamedNode(f"{v.ZGD}article-a-paper")


def test_what_a_file_describes_is_asked_of_the_data_only_once(tmp_path: Path) -> None:
    path = tmp_path / "a-paper.ttl"
    path.write_text("<urn:a> a <urn:Class> .\n", "utf-8")
    file = checks.File(path.name, checks.ARTICLE, "a-paper", turtle.read(str(path)))
    data = rules.Data(Places([file], []))
    first = data.things(file)
    del data.store
    assert data.things(file) is first
