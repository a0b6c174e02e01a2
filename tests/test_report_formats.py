"""The formats of a report: what each must hold so that the programs that read it can rely on it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import to_isomorphic

from tests.test_compiled_shapes import MF, grouped, read, suite
from tests.test_validation_examples import in_rdflib
from zonegraph import vocabulary as v
from zonegraph.rdf import turtle
from zonegraph.validation import FORMATS, Finding, Report, checks, judging, shapes
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.findings import Source
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
PATHS = [f"{v.SH}{name}" for name in ("alternativePath", "inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")]


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


@pytest.mark.parametrize(("kind", "least"), [("core", 97), ("sparql", 22)])
def test_the_turtle_report_of_w3cs_tests_is_the_one_expected(kind: str, least: int) -> None:
    alike, others = 0, []
    for path in suite(kind):
        data, text, result, triples = of_suite(path)
        if result not in grouped(triples):
            continue  # a failure is expected, and no report
        try:
            compiled = shapes.compile_shapes(text, shapes.Classes([*data, *text]))
            (found,) = judging.judge(compiled, [judging.by_itself(data, compiled)])
        except Exception as error:
            others.append((path.stem, error))
            continue
        written = turtle.parse("report.ttl", FORMATS["turtle"](reported(data, found)))
        (report,) = [t.subject for t in written if t.object == ox.NamedNode(f"{v.SH}ValidationReport")]
        if to_isomorphic(comparable(written, report)) == to_isomorphic(comparable(triples, result)):
            alike += 1
        else:
            others.append((path.stem, FORMATS["turtle"](reported(data, found))))
    for case in others:
        print(*case)
    print(alike, len(others))
    assert alike >= least
