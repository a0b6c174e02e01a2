"""The formats of a report: what each must hold so that the programs that read it can rely on it."""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import runpy
import subprocess
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import to_isomorphic

from tests import command
from tests.conftest import ROOT, made_once, missing
from tests.test_compiled_shapes import MF, grouped, read, suite
from tests.test_validation import ARTICLE as SOUND
from tests.test_validation_examples import in_rdflib
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.rdf import turtle
from zonegraph.rdf.turtle import Region
from zonegraph.validation import FORMATS, SEVERITIES, Finding, Report, Rule, checks, judging, rulebook, shapes, validate
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.findings import NOT_AT_HAND, Edit, Fix, Origin, Other, Source
from zonegraph.validation.judging import Result

SHT = "http://www.w3.org/ns/shacl-test#"
EMPTY = Report([], [], {}, {}, [], [], {}, {})


# ---------------------------------------------------------------- turtle

# What W3C's tests compare: the words are each program's own (SHACL test suite, 3).
COMPARED = [
    f"{v.SH}{name}"
    for name in (
        "conforms", "result", "focusNode", "resultPath", "value", "resultSeverity", "sourceShape", "sourceConstraint",
        "sourceConstraintComponent",
    )
]  # fmt: skip
PATHS = [
    f"{v.SH}{name}" for name in ("alternativePath", "inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
]


def comparable(triples: list[ox.Triple], report: object) -> rdflib.Graph:
    """A report without what is not compared. A path without an IRI counts with all of its steps."""
    graph = grouped(triples)
    kept: list[ox.Triple] = []

    def keep(node: object, properties: list[str]) -> list[object]:
        found = [ox.Triple(node, ox.NamedNode(p), o) for p in properties for o in graph.get(node, {}).get(p, ())]  # type: ignore[arg-type,call-overload]
        kept.extend(found)
        return [t.object for t in found]

    steps = [result_path for result in keep(report, COMPARED) for result_path in keep(result, COMPARED)]
    kept.append(ox.Triple(report, ox.NamedNode(v.RDF_TYPE), ox.NamedNode(f"{v.SH}ValidationReport")))  # type: ignore[arg-type]
    paths = [t.object for t in kept if t.predicate.value == f"{v.SH}resultPath"]
    assert len(steps) >= len(paths)
    while paths:
        node = paths.pop()
        if isinstance(node, ox.BlankNode):
            paths += keep(node, [*PATHS, f"{v.RDF}first", f"{v.RDF}rest"])
    return in_rdflib(dict.fromkeys(kept))


def reported(data: list[ox.Triple], results: list[Result]) -> Report:
    """Results as validation reports them."""
    file = File("data.ttl", ARTICLE, "data", turtle.PositionedGraph("data.ttl", turtle.Graph(data), turtle.Places))
    findings: dict[Finding, list[Source]] = {}
    for r in results:
        found = checks.finding(file, r.rule, turtle.START, r.focus, r.path, r.value)
        findings.setdefault(found, []).append(r.source)
    report = EMPTY._replace(sources={found.place: sources for found, sources in findings.items()})
    return report.with_findings(findings)


def of_suite(path: Path) -> tuple[list[ox.Triple], list[ox.Triple], object, list[ox.Triple]]:
    """The data, the shapes, the node of the report expected and the file that it stands in."""
    triples = read(path)
    graph = grouped(triples)
    (action,) = [said[MF + "action"][0] for said in graph.values() if MF + "action" in said]
    data, text = (
        read(Path(str(graph[action][SHT + name][0].value).removeprefix("file://")))
        for name in ("dataGraph", "shapesGraph")
    )
    (result,) = [said[MF + "result"][0] for said in graph.values() if MF + "result" in said]
    return data, text, result, triples


# pySHACL takes what is no boolean for true; shapes of ours may not name a graph, and a report on nothing is expected.
KNOWN = {"uniqueLang-002", "shapesGraph-001"}


@pytest.mark.parametrize("kind", ["core", "sparql"])
def test_the_turtle_reports_of_w3cs_tests_are_those_expected(kind: str) -> None:
    different, alike = set(), 0
    for path in suite(kind):
        data, text, result, triples = of_suite(path)
        if result not in grouped(triples):
            continue  # a failure is expected, and no report
        try:
            compiled = shapes.compile_shapes(text, shapes.Classes([*data, *text]))
        except UsageError:
            different.add(path.stem)
            continue
        (found,) = judging.judge(compiled, [judging.alone(data, compiled)])
        written = turtle.parse("report.ttl", FORMATS["turtle"](reported(data, found)))
        (report,) = [t.subject for t in written if t.object == ox.NamedNode(f"{v.SH}ValidationReport")]
        if to_isomorphic(comparable(written, report)) == to_isomorphic(comparable(triples, result)):
            alike += 1
        else:
            different.add(path.stem)
    assert different <= KNOWN
    assert alike >= {"core": 97, "sparql": 15}[kind]


def test_a_result_in_turtle_has_all_that_shacl_asks_for(examples: Report) -> None:
    graph = grouped(turtle.parse("report.ttl", FORMATS["turtle"](examples)))
    results = [said for said in graph.values() if ox.NamedNode(f"{v.SH}ValidationResult") in said.get(v.RDF_TYPE, ())]
    assert len(results) >= len(examples.findings)
    for said in results:
        for name in ("focusNode", "resultSeverity", "sourceConstraintComponent", "resultMessage"):
            assert len(said[f"{v.SH}{name}"]) == 1, said
        for name in ("resultPath", "value", "sourceShape", "sourceConstraint"):
            assert len(said.get(f"{v.SH}{name}", ())) <= 1, said
    components = {said[f"{v.SH}sourceConstraintComponent"][0].value for said in results}
    assert {f"{v.SH}MinCountConstraintComponent", f"{v.ZGSH}RuleConstraintComponent"} <= components


# ---------------------------------------------------------------- what reports are made of here

TEXT = """@prefix zg: <https://w3id.org/zonegraph/ns#> .
# 杭州 and 南京
zgd:a zg:namedAs "杭州"@en, "b"@zh ;
    zg:amount 30 .
"""
RULE = Rule("rule-one", "violation", "one", "{focus} must not be {other}.", "write it otherwise")
WARNING = RULE._replace(id="rule-two", severity="warning")
INFO = RULE._replace(id="rule-three", severity="info")
MANY = 30_000


def finding(path: str = "a b<c.ttl", line: int = 3, rule: Rule = RULE, **more: Any) -> Finding:
    region = Region(line, 18, line, 25)
    said = {"message": "zgd:a must not be “杭州”.", "remedy": "write it otherwise", "focus": f"{v.ZGD}a", **more}
    return Finding(path, region, rule.severity, rule.id, **said)


def of(*findings: Finding, **more: Any) -> Report:
    files = sorted({f.path for f in findings})
    report = EMPTY._replace(files=files, texts=dict.fromkeys(files, TEXT), rules=[RULE, WARNING, INFO], **more)
    return report.with_findings(findings)


FULL = finding(
    result_path=f"<{v.ZG}namedAs>",
    value='"杭州"@en',
    others=(Other("d e.ttl", Region(7, 1, 7, 4), "[zgd:b](http://evil.example) is “南京”"),),
    fix=Fix(
        "write 南京", (Edit("a b<c.ttl", Region(3, 18, 3, 25), '"南京"@en'), Edit("d e.ttl", Region(7, 1, 7, 4), ""))
    ),
)
FOLDED = [
    finding(line=4, rule=rule, because=FULL.origin, focus=f"{v.ZGD}{n}")
    for n, rule in enumerate([WARNING] * 3 + [INFO])
]


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on examples that break many rules."""
    folder = ROOT / "tests" / "examples" / "shapes"
    names = [str(path) for path in sorted((folder / "articles").glob("*-fail.ttl"))[::3]]
    project, texts = sources.find(str(ROOT)), str(folder / "texts")
    return made_once(tmp_path_factory, "some-examples", lambda: validate(project, names, articles=texts))


def test_what_follows_from_a_finding_is_folded_under_it_and_never_lost() -> None:
    at = Region(3, 18, 3, 25)
    circle = [
        finding("c.ttl", rule=WARNING, because=Origin("c.ttl", "rule-three", at)),
        finding("c.ttl", rule=INFO, because=Origin("c.ttl", "rule-two", at)),
    ]
    alone = finding("d.ttl", rule=INFO, because=Origin("d.ttl", "rule-one", at))  # which nothing breaks there
    chain = [
        finding("e.ttl"),
        finding("e.ttl", rule=WARNING, because=Origin("e.ttl", "rule-one", at)),
        finding("e.ttl", rule=INFO, because=Origin("e.ttl", "rule-two", at)),
    ]
    beside = finding("f.ttl", rule=INFO, because=FULL.origin)
    report = of(FULL, *FOLDED, *circle, alone, *chain, beside)
    folded = report.folded()
    assert {cause: len(following) for cause, following in folded.items() if following} == {FULL: 5, chain[0]: 2}
    assert {*circle, alone} <= folded.keys()
    assert sorted([*folded, *(f for following in folded.values() for f in following)]) == sorted(report.findings)


# ---------------------------------------------------------------- text


def test_the_line_of_a_finding_is_shown_with_a_marker_under_the_region() -> None:
    lines = FORMATS["text"](of(FULL)).splitlines()
    assert lines[:8] == [
        "a b<c.ttl:3: violation [rule-one] zgd:a must not be “杭州”.",
        '      3 | zgd:a zg:namedAs "杭州"@en, "b"@zh ;',
        "        |                  ^^^^^^^^^",  # two columns for each of the Chinese characters
        '    at: zgd:a zg:namedAs "杭州"@en',
        "    other: d e.ttl:7: [zgd:b](http://evil.example) is “南京”",
        "    remedy: write it otherwise",
        '    fix: write 南京: "南京"@en',
        "",
    ]


def test_the_marker_stands_right_after_wide_characters_too() -> None:
    lines = FORMATS["text"](of(FULL._replace(region=Region(3, 27, 3, 33)))).splitlines()
    assert lines[2] == f"        | {' ' * 28}^^^^^^"


def test_of_a_long_line_the_part_around_the_region_is_shown() -> None:
    text = f'{"x " * 100_000}"here"{" y" * 100_000}'
    found = finding(path="long.ttl", line=1)._replace(region=Region(1, 200_001, 1, 200_007))
    shown = FORMATS["text"](of(found)._replace(texts={"long.ttl": text})).splitlines()
    assert max(map(len, shown)) < 200
    assert shown[1][shown[2].index("^") :].startswith('"here"')


@pytest.mark.parametrize(
    "region", [Region(9, 1, 9, 2), Region(3, 900, 3, 901), Region(3, 18, 4, 2), Region(4, 19, 4, 19)]
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_region_that_is_not_in_the_file_any_more_or_of_several_lines_or_none_is_no_trouble(
    region: Region, format: str
) -> None:
    assert "must not be" in FORMATS[format](of(FULL._replace(region=region)))


def test_the_gravest_findings_come_first_and_many_of_a_kind_share_a_heading() -> None:
    many = [finding("b.ttl", n, WARNING, focus=f"{v.ZGD}n{n}") for n in range(1, 8)]
    shown = FORMATS["text"](of(*many, finding("c.ttl"), finding("a.ttl", rule=INFO)))
    heads = [line for line in shown.splitlines() if re.match(r"\S+: (violation|warning|info) ", line)]
    assert [head.partition(" [")[0] for head in heads] == ["c.ttl:3: violation", "b.ttl: warning", "a.ttl:3: info"]
    assert "b.ttl: warning [rule-two] 7 times: zgd:a must not be “杭州”.\n  b.ttl:1: zgd:n1\n" in shown
    assert all(f"b.ttl:{n}: zgd:n{n}\n" in shown for n in range(1, 8)), "none is left out"
    assert shown.count("remedy: write it otherwise") == 3


def test_what_follows_is_counted_under_its_cause_and_in_the_summary() -> None:
    shown = FORMATS["text"](of(FULL, *FOLDED))
    assert "\n    and 4 that follow from it: 3 rule-two, 1 rule-three\n" in shown
    assert "\n1 violation (4 more follow from it): 1 file checked, " in shown


def test_of_a_path_with_a_choice_of_properties_the_one_at_the_line_is_said() -> None:
    path = f"<{v.ZG}date>|<{v.ZG}namedAs>|<{v.ZG}deadline>"
    for format in ("text", "junit", "html"):
        shown = html.unescape(FORMATS[format](of(FULL._replace(result_path=path))))
        assert 'zgd:a zg:namedAs "杭州"@en' in shown
    elsewhere = FULL._replace(result_path=f"<{v.ZG}date>|<{v.ZG}deadline>")
    assert 'at: zgd:a zg:date|zg:deadline "杭州"@en' in FORMATS["text"](of(elsewhere))


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_says_what_went_unchecked(format: str) -> None:
    shown = FORMATS[format](of(FULL, unchecked={"a b<c.ttl": NOT_AT_HAND}))
    assert NOT_AT_HAND in shown
    assert NOT_AT_HAND not in FORMATS[format](of(FULL))


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of POSIX")
def test_colours_are_for_terminals_without_no_color(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.ttl"
    file.write_text(f"@prefix zg: <{v.ZG}> .\n<http://example.org/a> a zg:Nonsense .\n", "utf-8")
    given = ("validate", str(file), "--project", str(small))
    _, seen = command.on_a_terminal(100, *given, TERM="xterm", NO_COLOR="")
    assert "\x1b[31;1mviolation\x1b[0m" in seen
    for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb", "NO_COLOR": ""}):
        assert "\x1b" not in command.on_a_terminal(100, *given, **environment)[1]
    assert "\x1b" not in command.here(*given, NO_COLOR="").stdout


# ---------------------------------------------------------------- json

SCHEMA = json.loads((ROOT / "src/zonegraph/validation/report/report.schema.json").read_text("utf-8"))


def test_every_json_report_is_valid_against_its_schema(examples: Report, report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    full = of(FULL, *FOLDED, not_judged={"a.ttl": "the ontology"}, unchecked={"b.ttl": "is not at hand"})
    for one in (examples, report, full, EMPTY, of(fail_on="info")):
        jsonschema.validate(json.loads(FORMATS["json"](one)), SCHEMA)


def test_the_schema_knows_every_key_and_asks_for_it() -> None:
    def objects(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if "properties" in schema:
                yield schema
            for inner in schema.values():
                yield from objects(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from objects(inner)

    found = list(objects(SCHEMA))
    assert len(found) == 7
    for one in found:
        assert one["additionalProperties"] is False
        assert set(one["required"]) == set(one["properties"])
        assert all("description" in said or "$ref" in said for said in one["properties"].values())


@pytest.mark.parametrize("fail_on", ["violation", "warning", "info"])
@pytest.mark.parametrize(
    ("text", "gravest"),
    [
        (SOUND, ""),
        (f"{SOUND.removesuffix('] .' + chr(10))}; zg:basis zg:stated ] .", "info"),
        (SOUND.replace('"the office"@en', '"the office"'), "violation"),
        (f"{SOUND} zg:basis", "violation"),
    ],
    ids=["sound", "info", "violation", "syntax"],
)
def test_json_says_that_a_file_conforms_where_the_exit_code_is_0(
    tmp_path: Path, few: Project, text: str, gravest: str, fail_on: str
) -> None:
    file = tmp_path / "new-article.ttl"
    file.write_text(text, "utf-8")
    result = command.here("validate", str(file), "--project", few.root, "--format", "json", "--fail-on", fail_on)
    document = json.loads(result.stdout)
    assert max((f["severity"] for f in document["findings"]), key=SEVERITIES.index, default="") == gravest
    assert document["conforms"] is (result.returncode == 0)
    assert document["failOn"] == fail_on


def test_json_has_what_is_folded_with_its_cause() -> None:
    found = json.loads(FORMATS["json"](of(FULL, *FOLDED)))["findings"]
    cause = {"path": "a b<c.ttl", "line": 3, "column": 18, "endLine": 3, "endColumn": 25, "rule": "rule-one"}
    assert [f["because"] for f in found] == [None, *[cause] * 4]


@pytest.mark.parametrize("format", ["text", "sarif", "junit", "html"])
def test_each_of_two_findings_of_a_rule_counts_what_follows_from_itself(format: str) -> None:
    second = finding(line=5, focus=f"{v.ZGD}b")
    third = finding(line=6, rule=WARNING, because=second.origin, focus=f"{v.ZGD}c")
    written = FORMATS[format](of(FULL, *FOLDED, second, third))
    assert "and 4 that follow from it: 3 rule-two, 1 rule-three" in written.replace("And", "and")
    assert "and 1 that follows from it: 1 rule-two" in written.replace("And", "and")


# ---------------------------------------------------------------- sarif


def run_of(report: Report) -> Any:
    (run,) = json.loads(FORMATS["sarif"](report))["runs"]
    return run


def prints(report: Report) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(report)["results"]]


def test_a_result_in_sarif_has_its_region_one_location_and_the_other_side_as_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (result,) = run_of(of(FULL, root=str(tmp_path / "project")))["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "project/a%20b%3Cc.ttl"},
        "region": {"startLine": 3, "startColumn": 18, "endLine": 3, "endColumn": 25},
    }
    (other,) = result["relatedLocations"]
    assert other["id"] == 1
    assert other["physicalLocation"]["artifactLocation"]["uri"] == "project/d%20e.ttl"
    text = result["message"]["text"]
    assert "See [d e.ttl:7](1): " in text
    assert re.findall(r"(?<!\\)\]\((.*?)\)", text) == ["1"], "what a file says is no link"
    assert 'Fix: write 南京: "南京"@en.' in text
    assert text.endswith(".")
    (fix,) = result["fixes"]
    assert [c["artifactLocation"]["uri"] for c in fix["artifactChanges"]] == [
        "project/a%20b%3Cc.ttl",
        "project/d%20e.ttl",
    ]
    assert fix["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": location["physicalLocation"]["region"], "insertedContent": {"text": '"南京"@en'}}
    ]


@pytest.mark.parametrize("backslashes", range(4))
def test_no_backslash_makes_a_link_of_what_a_file_says(backslashes: int) -> None:
    (result,) = run_of(of(finding(message="[a" + "\\" * backslashes + "](http://example.org/)")))["results"]
    before = re.search(r"\[a(\\*)\]\(", result["message"]["text"])
    assert before
    assert len(before[1]) % 2 == 1, "the bracket is escaped, and not the backslash before it"


def test_a_file_that_was_typed_is_named_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = of(FULL, root="/elsewhere", paths={"a b<c.ttl": str(tmp_path / "x" / ".." / "a b<c.ttl")})
    assert run_of(typed)["artifacts"] == [{"location": {"uri": "a%20b%3Cc.ttl"}}]


def test_what_is_folded_is_no_result_but_counted_in_the_message_of_its_cause() -> None:
    (result,) = run_of(of(FULL, *FOLDED))["results"]
    assert result["message"]["text"].endswith(" And 4 that follow from it: 3 rule-two, 1 rule-three.")


def test_moved_lines_keep_every_fingerprint_and_no_two_findings_share_one(tmp_path: Path) -> None:
    before = ROOT / "tests" / "examples" / "shapes" / "articles" / "any-subject-fail.ttl"
    moved, project = tmp_path / before.name, sources.find(str(ROOT))
    found = []
    for number in (0, 7):
        lines = before.read_text("utf-8").splitlines(keepends=True)
        moved.write_text("".join([*lines[:6], "# moved\n" * number, *lines[6:]]), "utf-8")
        report = validate(project, [str(moved)])
        found.append(prints(report))
    assert found[0] == found[1]
    assert len(set(found[0])) == len(found[0]) > 20


def test_a_mended_finding_leaves_the_fingerprints_of_the_others_alone(tmp_path: Path) -> None:
    text = SOUND.replace("<https://w3id.org/zonegraph/id/>", "<https://w3id.org/zonegraph/ids/>").replace(
        "<http://www.w3.org/ns/oa#>", "<http://www.w3.org/ns/oa>"
    )
    mended = text.replace("<https://w3id.org/zonegraph/ids/>", "<https://w3id.org/zonegraph/id/>")
    found = []
    for content in (text, mended):
        file = tmp_path / "new-article.ttl"
        file.write_text(content, "utf-8")
        found.append(prints(validate(sources.find(str(ROOT)), [str(file)])))
    assert (len(found[0]), len(found[1])) == (2, 1)
    assert set(found[1]) < set(found[0])


def test_equal_findings_are_told_apart_by_number() -> None:
    found = prints(of(*(finding(line=n) for n in range(1, 4))))
    assert [print.partition(":")[2] for print in found] == ["1", "2", "3"]
    assert len({print.partition(":")[0] for print in found}) == 1


def test_no_two_findings_of_the_examples_share_a_fingerprint(examples: Report) -> None:
    found = prints(examples)
    assert len(set(found)) == len(found) > 150


@pytest.fixture(scope="module")
def many() -> Report:
    """A report with more findings than code scanning takes, most of them mild."""
    rules = [RULE if n % 10 == 0 else WARNING if n % 10 < 4 else INFO for n in range(MANY)]
    return of(
        *(FULL._replace(region=Region(n + 1, 1, n + 1, 9), severity=r.severity, rule=r.id) for n, r in enumerate(rules))
    )


def test_of_more_results_than_are_taken_the_first_says_how_many_are_left_out(many: Report) -> None:
    written = FORMATS["sarif"](many)
    (run,) = json.loads(written)["runs"]
    first, *rest = run["results"]
    assert len(rest) + 1 == 5_000
    assert (first["level"], first["ruleId"]) == ("error", "findings-left-out")
    assert "25,001 findings" in first["message"]["text"]
    levels = [result["level"] for result in rest]
    assert levels == ["error"] * 3_000 + ["warning"] * 1_999
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"]
    assert len(gzip.compress(written.encode())) < 10_000_000
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]}) == 5_000


def test_each_rule_in_sarif_says_what_it_asks_for_within_the_limits() -> None:
    long = RULE._replace(message="{focus} must not be long: " + "x" * 2_000)
    (rule,) = run_of(EMPTY._replace(rules=[long]))["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"].startswith("… must not be long: ")
    for part in ("shortDescription", "fullDescription"):
        assert len(rule[part]["text"]) <= 1_024
    assert "Write it otherwise." in rule["help"]["text"]
    assert "To mend it: write it otherwise." in rule["help"]["markdown"]


@pytest.fixture(scope="module")
def multitool() -> Path:
    """The validator of SARIF that code scanning names, and its schema."""
    folder = Path(os.environ.get("ZONEGRAPH_NODE_MODULES", ""), "@microsoft", "sarif-multitool-linux")
    if not os.environ.get("ZONEGRAPH_NODE_MODULES") or not (folder / "Sarif.Multitool").exists():
        missing(
            "the SARIF Multitool is not at hand (npm install --ignore-scripts @microsoft/sarif-multitool-linux, then set"
            " ZONEGRAPH_NODE_MODULES)"
        )
    return folder


def test_sarif_is_valid_by_its_schema_and_by_the_rules_of_code_scanning(
    multitool: Path, examples: Report, many: Report, tmp_path: Path
) -> None:
    schema = json.loads((multitool / "sarif-2.1.0.json").read_text("utf-8-sig"))
    for number, report in enumerate((examples, many, of(FULL, *FOLDED), EMPTY)):
        (tmp_path / f"{number}.sarif").write_text(FORMATS["sarif"](report), "utf-8")
        if len(report.findings) < 10:  # of the others the Multitool says as much in less time
            jsonschema.validate(json.loads(FORMATS["sarif"](report)), schema)
    result = subprocess.run(
        [
            *(
                multitool / "Sarif.Multitool",
                "validate",
                *sorted(tmp_path.glob("*.sarif")),
                "--rule-kind",
                "Ghas;Sarif",
            ),
            *("--level", "Error;Warning", "--output", tmp_path / "found.json"),
        ],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (run,) = json.loads((tmp_path / "found.json").read_text("utf-8-sig"))["runs"]
    assert [found["message"] for found in run["results"] if found.get("level") != "note"] == []


# ---------------------------------------------------------------- junit

FORBIDDEN = "a\x00b\x1bc\ud800d\uffffe<&>\"']]>\nf"


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_rule_that_is_broken() -> None:
    report = of(FULL, *FOLDED, finding(line=9), finding("b.ttl", rule=WARNING))
    report = report._replace(files=["a b<c.ttl", "b.ttl", "c.ttl"])
    root = ElementTree.fromstring(FORMATS["junit"](report))
    assert {suite.get("name"): [case.get("name") for case in suite] for suite in root} == {
        "a b<c.ttl": ["rule-one"],
        "b.ttl": ["rule-two"],
        "c.ttl": ["conforms"],
    }
    assert root.attrib == {"name": "zonegraph validate", "tests": "3", "failures": "1", "errors": "0"}
    said = str(root.findtext("testsuite/testcase/failure"))
    assert said.count("remedy: write it otherwise") == 2, "each finding of the case"
    assert "and 4 that follow from it" in said
    assert "other: d e.ttl:7:" in said
    assert "remedy" in str(root.findtext("testsuite/testcase/system-out"))


@pytest.mark.parametrize(("fail_on", "failures"), [("violation", 1), ("warning", 2), ("info", 3)])
def test_a_case_of_junit_fails_where_the_exit_code_says_so(fail_on: str, failures: int) -> None:
    report = of(*(finding(rule=rule) for rule in (RULE, WARNING, INFO)), fail_on=fail_on)
    root = ElementTree.fromstring(FORMATS["junit"](report))
    assert (root.get("tests"), root.get("failures")) == ("3", str(failures))


def test_junit_shows_what_xml_forbids_and_an_unreadable_file_as_an_error() -> None:
    bad = finding(FORBIDDEN, rule=RULE._replace(id="unreadable-file"), message=FORBIDDEN, value=FORBIDDEN)
    root = ElementTree.fromstring(FORMATS["junit"](of(bad)))
    shown = "aU+0000bU+001BcU+D800dU+FFFFe<&>\"']]>\nf"
    case = root.find("testsuite/testcase")
    assert case is not None
    assert case.get("classname") == shown
    assert str(case.findtext("error")).startswith(f"{shown}:3:18: violation {shown}")
    assert root.get("errors") == "1"


def test_junit_of_the_examples_is_xml(examples: Report) -> None:
    root = ElementTree.fromstring(FORMATS["junit"](examples))
    assert len(root) == len({*examples.files, *examples.unreadable})


# ---------------------------------------------------------------- html


class Page(HTMLParser):
    """What a page of HTML is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text, self.open = "", list[str]()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_loads_nothing_needs_no_script_and_is_light_and_dark(examples: Report) -> None:
    written = FORMATS["html"](examples)
    page = Page(written)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "base", "a", "svg"} & page.tags.keys()
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    style = written.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|//", style)
    assert "prefers-color-scheme: dark" in style
    assert page.tags["article"] == len(examples.folded())


def test_html_shows_each_finding_with_its_line_and_nothing_that_it_says_is_markup() -> None:
    evil = "</pre><script>alert(1)</script>\u202e<img src=http://evil.example>"
    report = of(FULL._replace(message=evil, remedy=evil), *FOLDED)
    page = Page(FORMATS["html"](report._replace(texts={"a b<c.ttl": f"\n\n{'x' * 17}{evil}\n"})))
    assert page.tags["script"] == page.tags["img"] == 0
    assert page.text.count("<script>alert(1)</script>\\u202e") == 3
    assert page.tags["mark"] == page.tags["details"] == 1
    assert "and 4 that follow from it" in page.text
    assert page.tags["li"] == 4
    assert "\u202e" not in page.text


# ---------------------------------------------------------------- rules


def test_the_list_of_rules_has_every_rule_that_reports_name(examples: Report, golden_project: Project) -> None:
    listed = rulebook.entries(golden_project)
    assert {rule.id for rule in examples.rules} == set(listed)
    assert listed["circle"].scope == "merge"
    assert listed["act-one-date"].targets == ["zg:Act"]


def test_the_command_lists_the_rules_and_shows_one(zonegraph: command.Command) -> None:
    shown = zonegraph("validate", "--rules")
    assert (shown.returncode, shown.stderr) == (0, "")
    (row,) = [line for line in shown.stdout.splitlines() if line.startswith("act-one-date ")]
    assert re.fullmatch(r"act-one-date +violation +file +A zg:Act may have at most one zg:date in an article\.", row)
    one = zonegraph("validate", "--rule", "act-one-date").stdout
    assert re.search(
        r"^  stated in  shapes/act\.ttl:\d+\n\n\[\n    zgsh:ruleId \"act-one-date\" ;\n", one, re.MULTILINE
    )
    assert one.endswith("]\n")
    query = zonegraph("validate", "--rule", "circle").stdout
    assert query.endswith((ROOT / "shapes/rules/circle.rq").read_text("utf-8"))
    assert "  stated in  the program\n" in zonegraph("validate", "--rule", "unknown-term").stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--rule", "act-one-dat"], "did you mean act-one-date?"),
        (["--rule", "qqqqqqq"], "`zonegraph validate --rules` lists them"),
        (["--rules", "x.ttl"], "ask for it alone"),
        (["--rules", "--rule", "circle"], "ask for it alone"),
        (["--rule", "circle", "--format", "json"], "ask for it alone"),
        (["--rules", "--watch"], "ask for it alone"),
        (["--rules", "--fail-on", "info"], "ask for it alone"),
        (["--rules", "--alone"], "ask for it alone"),
        (["--rules", "--judge", "pyshacl"], "ask for it alone"),
        (["--rules", "--reasoner", "owlrl"], "ask for it alone"),
    ],
)
def test_a_rule_that_is_not_there_or_a_file_beside_it_is_wrong_usage(
    zonegraph: command.Command, given: list[str], said: str
) -> None:
    result = zonegraph("validate", *given)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_the_page_of_rules_is_what_the_script_writes(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "list_rules.py"))
    assert script["page"](ROOT) == (ROOT / "docs" / "rules.md").read_text("utf-8"), "run: make docs"


# What is asked of any file, so that no passing example is about it alone.
KEPT_BY_ALL = {
    "article-node", "article-of-file", "article-one-date", "article-one-update", "axiom-in-data", "class-of-iri", "describes-of-claim",
    "file-name-is-slug", "goal-needs-subject", "nothing-of-the-project", "own-node-carries-slug", "passage-missing",
    "saved-query-column-selected", "saved-query-name-is-slug", "saved-query-question-short", "saved-query-selects", "subject-needs-class",
    "text-digest-of-another", "unknown-term", "unreadable-file",
}  # fmt: skip


def test_the_page_of_rules_has_each_rule_with_its_examples(examples: Report) -> None:
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    assert sections.keys() == {rule.id for rule in examples.rules}
    without = {id for id, section in sections.items() if "Broken in" not in section}
    assert without == {"contradiction"}, "which needs several files, and has tests of its own"
    assert {id for id, section in sections.items() if "kept in" not in section} == {"contradiction", *KEPT_BY_ALL}
