"""Every rule by example.

A file in tests/examples/shapes/{articles,reference,review,curation,queries} ends in `-pass` or `-fail`; the folders merge-pass
and merge-fail are small projects, judged as a whole. A line with a finding says so: `# expect: rule, rule`. A finding
of the file as a whole is at its first line, wherever it is said: `# expect-at-1: rule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH

from tests.conftest import SHARE, drawn
from zonegraph import catalogue, validation
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.project.sources import Project, SourceFile
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph
from zonegraph.rdf.interchange import from_rdflib, to_rdflib, without_complaints
from zonegraph.validation import causes, checks, iris, judging, passages, restated, rules, shapes

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "tests" / "examples" / "shapes"
KINDS = ("reference", "articles", "review", "curation", "queries")
PROJECT = sources.find(str(ROOT))

Place = tuple[str, int, str]


def example_project(folder: Path) -> Project:
    """The project's ontology and shapes with the data of a folder of examples."""

    def files(kind: str) -> list[SourceFile]:
        found = sorted((folder / kind).glob("*.rq" if kind == "queries" else "*.ttl"))
        return [SourceFile(str(p), str(p.relative_to(EXAMPLES)), None) for p in found]

    return PROJECT._replace(**{kind: files(kind) for kind in KINDS})


def members(project: Project) -> list[SourceFile]:
    return [file for kind in KINDS for file in getattr(project, kind)]


def expected(file: SourceFile) -> set[Place]:
    result = set()
    for number, line in enumerate(Path(file.path).read_text("utf-8").splitlines(), 1):
        for at, named in re.findall(r"# expect(-at-1)?: (.+)$", line):
            result |= {(file.name, 1 if at else number, rule.strip()) for rule in named.split(",")}
    return result


def triples_of(file: SourceFile) -> list[ox.Triple]:
    if file.path.endswith(".rq"):
        return catalogue.to_triples(catalogue.parse(sources.slug(file), Path(file.path).read_text("utf-8"), file.path))
    return turtle.parse(file.path, rename=True)


def in_rdflib(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    with without_complaints():
        for triple in triples:
            graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return graph


def reports(group: str | None = None) -> list[validation.Report]:
    """The reports on the examples: single files first, then the two projects. Parameters: `group`, the only rules to judge by."""
    singles = example_project(EXAMPLES)
    merges = [example_project(EXAMPLES / name) for name in ("merge-pass", "merge-fail")]
    given = [(singles, [file.path for file in members(singles)]), *((project, None) for project in merges)]
    texts = str(EXAMPLES / "texts")
    return [validation.validate(project, paths, group=group, articles=texts) for project, paths in given]


FILES = [f for name in ("", "merge-pass", "merge-fail") for f in members(example_project(EXAMPLES / name))]
ONTOLOGY = [t for file in PROJECT.ontology for t in turtle.parse(file.path)]
SHAPES = shapes.load(PROJECT, ONTOLOGY)
SHAPES_GRAPH = in_rdflib(SHAPES.triples)
ZG, ZGSH = rdflib.Namespace(v.ZG), rdflib.Namespace(v.ZGSH)
RULES = sorted(
    {
        *causes.RULES,
        *checks.RULES,
        *iris.RULES,
        *passages.RULES,
        *restated.RULES,
        *SHAPES.ids,
        *(rule.rule.id for rule in rules.load(PROJECT)),
    }
)


@pytest.fixture(scope="module")
def found(judged_examples: list[validation.Report]) -> set[Place]:
    def name(path: str) -> str:
        return str(Path(EXAMPLES, path).relative_to(EXAMPLES))

    # Judged together, the failing examples contradict each other and enter things again that the others have; what is
    # found over the merge counts in the two projects made for it, and tests/test_contradictions.py has the contradictions.
    merged = {rule.rule.id for rule in rules.load(PROJECT) if rules.MERGE in rule.scope}
    findings = [
        f
        for number, report in enumerate(judged_examples)
        for f in report.findings
        if f.rule != "contradiction" and (number or not (f.rule in merged or f.rule.endswith("-overall")))
    ]
    return {(name(f.path), f.line, f.rule) for f in findings}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_has_the_findings_that_it_names_and_no_others(file: SourceFile, found: set[Place]) -> None:
    assert {place for place in found if place[0] == file.name} == expected(file)


@pytest.mark.parametrize(
    "file", [f for f in FILES if "-pass" in f.name or "merge-pass" in f.name], ids=lambda f: f.name
)
def test_a_passing_example_names_no_findings(file: SourceFile) -> None:
    assert not expected(file)


def test_evidence_check_finds_nothing_that_validate_does_not(judged_examples: list[validation.Report]) -> None:
    def all_of(reports: list[validation.Report]) -> set[tuple[object, ...]]:
        # Of causes that are no matter of passages `evidence check` knows nothing, nor of what a fix would lead to.
        return {(f.rule, f.message, f.place) for report in reports for f in report.findings if not f.others}

    whole, checked = all_of(judged_examples), all_of(reports(validation.PASSAGES))
    assert checked
    assert checked <= whole


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_failing_example_at_its_line(rule: str, found: set[Place]) -> None:
    examples = {place for file in FILES for place in expected(file) if place[2] == rule}
    assert examples, f"no file in {EXAMPLES.name}/ expects {rule}"
    assert examples <= found


@pytest.fixture(scope="module")
def passing() -> dict[bool, tuple[rdflib.Graph, judging.Unit]]:
    """All passing examples and their context in one graph: of single files (False) and of the merge (True)."""
    result = {}
    for over_merge in (False, True):
        ends = ("-pass.ttl", "-pass.rq", "/context.ttl")
        files = [f for f in FILES if (f.name.startswith("merge-pass/") if over_merge else f.name.endswith(ends))]
        triples = [*(t for file in files for t in triples_of(file)), *ONTOLOGY]
        result[over_merge] = in_rdflib(triples), judging.alone(triples, SHAPES)
    return result


@pytest.mark.parametrize("rule", sorted(SHAPES.ids))
def test_a_rule_of_a_shape_has_something_to_look_at_in_the_passing_examples(
    rule: str, passing: dict[bool, tuple[rdflib.Graph, judging.Unit]]
) -> None:
    node = next(node for node, known in SHAPES.rules.items() if known.id == rule)
    owner = next(shape for shape in SHAPES.shapes if node in [part.node for part in shape.parts])
    graph, unit = passing[owner.over_merge]
    focus = [to_rdflib(term) for term in unit.looked[owner.name]]
    path = SHAPES_GRAPH.value(to_rdflib(node), SH.path)
    forbidden = SHAPES_GRAPH.value(to_rdflib(node), SH.maxCount) == rdflib.Literal(0)  # what is right has none of it
    if path is None or forbidden:
        assert focus
    else:
        inverse = SHAPES_GRAPH.value(path, SH.inversePath)
        choices = SHAPES_GRAPH.value(path, SH.alternativePath)
        steps = [path] if isinstance(path, rdflib.URIRef) else list(SHAPES_GRAPH.items(choices or path))
        properties = steps if choices is not None else steps[:1]
        assert any((f, p, None) in graph for f in focus for p in properties if not inverse) or any(
            (None, inverse, f) in graph for f in focus if inverse
        )


def test_no_shape_is_idle_over_the_examples(judged_examples: list[validation.Report]) -> None:
    assert set.intersection(*(set(report.idle) for report in judged_examples)) == set()


def test_every_typed_subject_of_the_examples_is_covered_by_a_shape(judged_examples: list[validation.Report]) -> None:
    assert [
        subject for report in judged_examples for subject in report.uncovered if "names-fail" not in subject.path
    ] == []


def test_rule_ids_are_unique_and_readable() -> None:
    ids = [str(rule) for rule in SHAPES_GRAPH.objects(None, ZGSH.ruleId)]
    assert len(ids) == len(set(ids))
    others = [
        *checks.RULES,
        *iris.RULES,
        *passages.RULES,
        *restated.RULES,
        *(rule.rule.id for rule in rules.load(PROJECT)),
    ]
    assert len({*ids, *others}) == len(ids) + len(others)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule) for rule in [*ids, *others])


def test_every_property_shape_has_name_message_severity_rule_and_remedy() -> None:
    graph = SHAPES_GRAPH
    judged_by = {o for s, o in graph.subject_objects(SH.property) if isinstance(s, rdflib.URIRef)}
    judged_by |= set(graph.subjects(ZGSH.ruleId))
    for node in judged_by:
        for wanted in (SH.message, SH.severity, ZGSH.ruleId, ZGSH.remedy):
            assert len(list(graph.objects(node, wanted))) == 1, (SHAPES.rules.get(from_rdflib(node)), wanted)
        assert graph.value(node, SH.name) or graph.value(node, RDFS.label)
        assert "{" not in str(graph.value(node, SH.message))
        assert "\n" not in str(graph.value(node, ZGSH.remedy))


def test_every_class_of_the_data_has_a_shape(report: validation.Report) -> None:
    assert report.uncovered == []


def test_every_class_of_the_ontology_has_a_shape() -> None:
    ontology = in_rdflib(ONTOLOGY)
    targeted = set(SHAPES_GRAPH.objects(None, SH.targetClass))
    ours = {to_rdflib(c) for c in checks.terms(Graph(ONTOLOGY)).classes if c.value.startswith(v.ZG)}
    # Of these no file states any: the ontology lists the members of closed vocabularies, among them those of all degrees of certainty,
    # a rule derives date intervals, and a deprecated class is found as such.
    members = {c for c in ours if (None, RDF.type, c) in ontology}
    deprecated = set(ontology.subjects(OWL.deprecated, rdflib.Literal(True)))
    superclasses = {c: set(ontology.transitive_objects(c, RDFS.subClassOf)) for c in ours}
    without = {c for c in ours - members - deprecated if not superclasses[c] & targeted}
    assert without == {ZG.Certainty, ZG.DateInterval}


def test_what_shapes_look_for_is_declared() -> None:
    known = checks.terms(Graph(ONTOLOGY))
    looked_for = {term for shape in SHAPES.shapes for term in shape.targets.terms()}
    assert {term for term in looked_for if not checks.is_declared(term, known)} == set()


def test_what_the_shapes_speak_of_is_declared() -> None:
    known = checks.terms(Graph(ONTOLOGY))
    named = {t.object for t in SHAPES.triples if isinstance(t.object, ox.NamedNode) and t.object.value.startswith(v.ZG)}
    for text in (t.object.value for t in SHAPES.triples if t.predicate.value == v.SH + "select"):
        named |= {ox.NamedNode(v.ZG + name) for name in re.findall(r"\bzg:(\w+)", text)}
    assert {term for term in named if not checks.is_declared(term, known)} == set()


@pytest.mark.thorough
def test_our_way_of_running_pyshacl_finds_what_its_own_validate_finds() -> None:
    import pyshacl

    refused = ("literals", "axioms", "unreadable")  # before shapes see them
    files = [*PROJECT.ontology, *drawn([f for f in FILES if not any(name in f.name for name in refused)])]
    triples = [t for file in files for t in triples_of(file)]
    # Theirs answers constraints in SPARQL by rdflib, ours by Oxigraph.
    _, theirs, _ = pyshacl.validate(in_rdflib(triples), shacl_graph=SHAPES_GRAPH, inplace=True)
    wanted = {
        (SHAPES.rules[from_rdflib(theirs.value(r, SH.sourceShape))].id, from_rdflib(theirs.value(r, SH.focusNode)))
        for r in theirs.subjects(RDF.type, SH.ValidationResult)
    }
    assert len(wanted) > 100 * SHARE
    for whole in (True, False):
        (results,) = judging.judge(SHAPES, [judging.alone(triples, SHAPES)], whole=whole)
        assert {(result.rule.id, result.focus) for result in results} == wanted


def test_the_names_of_vocabularies_in_common_use_are_those_that_rdflib_knows() -> None:
    from rdflib.namespace import CSVW, DCAT, DCTERMS, OWL, PROV, SKOS, VANN, VOID, XSD

    known = checks.vocabularies()
    for namespace in (RDF, RDFS, OWL, XSD, SKOS, DCTERMS, SH, VOID, DCAT, PROV, VANN, CSVW):
        names = {
            name for c in namespace.mro() for name in getattr(c, "__annotations__", {}) if not name.startswith("_")
        }
        assert known[str(namespace)] == names | set(namespace._extras)
    assert len(known) == 12
