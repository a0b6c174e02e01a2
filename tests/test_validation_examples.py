"""Every rule by example.

A file in tests/examples/shapes/{articles,reference,review,curation,queries} ends in `-pass` or `-fail`; the folders merge-pass
and merge-fail are small projects, judged as a whole. A line with a finding says so: `# expect: rule, rule`. A finding
of the file as a whole is at its first line, wherever it is said: `# expect-at-1: rule`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zonegraph import catalogue, sources, turtle, validation
from zonegraph.sources import Project, SourceFile
from zonegraph.validation import checks, printed, shapes

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
        for at, rules in re.findall(r"# expect(-at-1)?: (.+)$", line):
            result |= {(file.name, 1 if at else number, rule.strip()) for rule in rules.split(",")}
    return result


def add(graph: checks.rdflib.Graph, file: SourceFile) -> None:
    if file.path.endswith(".rq"):
        query = catalogue.parse(sources.slug(file), Path(file.path).read_text("utf-8"), file.path)
        shapes.add(graph, catalogue.to_triples(query))
    else:
        shapes.add(graph, turtle.parse(file.path))


def reports() -> list[validation.Report]:
    """The reports on the examples: single files first, then the two projects."""
    singles = example_project(EXAMPLES)
    merges = [example_project(EXAMPLES / name) for name in ("merge-pass", "merge-fail")]
    return [
        validation.validate(singles, [file.path for file in members(singles)]),
        *(validation.validate(project) for project in merges),
    ]


FILES = [f for name in ("", "merge-pass", "merge-fail") for f in members(example_project(EXAMPLES / name))]
SHAPES = shapes.load(PROJECT)
RULES = sorted({*checks.RULES, *printed.RULES, *SHAPES.ids})


@pytest.fixture(scope="module")
def judged() -> list[validation.Report]:
    return reports()


@pytest.fixture(scope="module")
def found(judged: list[validation.Report]) -> set[Place]:
    def name(path: str) -> str:
        return str(Path(EXAMPLES, path).relative_to(EXAMPLES))

    # Judged together, the failing examples contradict each other and enter things again that the others have; what is
    # found over the merge counts in the two projects made for it, and tests/test_contradictions.py has the contradictions.
    merged = {
        "zone-entered-twice",
        "batch-entered-twice",
        "approver-of-other-programme",
        "label-of-two-things",
        "circle",
    }
    findings = [
        f
        for number, report in enumerate(judged)
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


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_failing_example_at_its_line(rule: str, found: set[Place]) -> None:
    examples = {place for file in FILES for place in expected(file) if place[2] == rule}
    assert examples, f"no file in {EXAMPLES.name}/ expects {rule}"
    assert examples <= found


@pytest.fixture(scope="module")
def passing() -> dict[bool, checks.rdflib.Graph]:
    """All passing examples and their context in one graph: of single files (False) and of the merge (True)."""
    result = {}
    for over_merge in (False, True):
        graph = checks.rdflib.Graph()
        for file in FILES:
            if (
                file.name.startswith("merge-pass/")
                if over_merge
                else file.name.endswith(("-pass.ttl", "-pass.rq", "/context.ttl"))
            ):
                add(graph, file)
        for file in PROJECT.ontology:
            shapes.add(graph, turtle.parse(file.path))
        result[over_merge] = graph
    return result


@pytest.mark.parametrize("rule", sorted(SHAPES.ids))
def test_a_rule_of_a_shape_has_something_to_look_at_in_the_passing_examples(
    rule: str, passing: dict[bool, checks.rdflib.Graph]
) -> None:
    node = next(node for node, known in SHAPES.rules.items() if known.id == rule)
    owner = next(shape for shape, *parts in SHAPES.prepared if node in [shape.node, *(part.node for part in parts)])
    graph = passing[owner.node in SHAPES.over_merge]
    focus = owner.focus_nodes(graph)
    path = SHAPES.graph.value(node, checks.SH.path)
    if path is None:
        assert focus
    else:
        inverse = SHAPES.graph.value(path, checks.SH.inversePath)
        _, properties = shapes._path(SHAPES.graph, path)
        assert any((f, p, None) in graph for f in focus for p in properties) or any(
            (None, inverse, f) in graph for f in focus if inverse
        )


def test_no_shape_is_idle_over_the_examples(judged: list[validation.Report]) -> None:
    assert set.intersection(*(set(report.idle) for report in judged)) == set()


def test_every_typed_subject_of_the_examples_is_covered_by_a_shape(judged: list[validation.Report]) -> None:
    assert [subject for report in judged for subject in report.uncovered if "names-fail" not in subject.path] == []


def test_rule_ids_are_unique_and_readable() -> None:
    ids = [str(rule) for rule in SHAPES.graph.objects(None, shapes.ZGSH.ruleId)]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(checks.RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule) for rule in [*ids, *checks.RULES])


def test_every_property_shape_has_name_message_severity_rule_and_remedy() -> None:
    graph, sh, zgsh = SHAPES.graph, checks.SH, shapes.ZGSH
    judged_by = {o for s, o in graph.subject_objects(sh.property) if isinstance(s, checks.URIRef)}
    judged_by |= set(graph.subjects(zgsh.ruleId))
    for node in judged_by:
        for wanted in (sh.message, sh.severity, zgsh.ruleId, zgsh.remedy):
            assert len(list(graph.objects(node, wanted))) == 1, (SHAPES.rules.get(node), wanted)
        assert graph.value(node, sh.name) or graph.value(node, checks.RDFS.label)
        assert "{" not in str(graph.value(node, sh.message))
        assert "\n" not in str(graph.value(node, zgsh.remedy))


def test_every_class_of_the_data_has_a_shape(project: Project) -> None:
    report = validation.validate(project)
    assert report.uncovered == []


def test_every_class_of_the_ontology_has_a_shape() -> None:
    ontology = ontology_graph()
    known = checks.terms(ontology)
    targeted = set(SHAPES.graph.objects(None, checks.SH.targetClass))
    ours = {c for c in known.classes if str(c).startswith(str(checks.ZG))}
    # Of these no file states any: the ontology lists the members of closed vocabularies, a rule derives date intervals.
    members = {c for c in ours if (None, checks.RDF.type, c) in ontology}
    without = {c for c in ours - members if not known.superclasses[c] & targeted}
    assert without == {checks.ZG.DateInterval}


def ontology_graph() -> checks.rdflib.Graph:
    return validation._graph(PROJECT.ontology)


def test_what_shapes_look_for_is_declared() -> None:
    known = checks.terms(ontology_graph())
    assert {t for terms in shapes.targets(SHAPES).values() for t in terms if not checks.is_declared(t, known)} == set()


def test_what_the_shapes_speak_of_is_declared() -> None:
    known = checks.terms(ontology_graph())
    named = {o for o in SHAPES.graph.objects() if isinstance(o, checks.URIRef) and str(o).startswith(str(checks.ZG))}
    for query in SHAPES.graph.objects(None, checks.SH.select):
        named |= {checks.ZG[name] for name in re.findall(r"\bzg:(\w+)", str(query))}
    assert {term for term in named if not checks.is_declared(term, known)} == set()


def test_our_way_of_running_pyshacl_finds_what_its_own_validate_finds() -> None:
    import pyshacl

    graph = shapes.Graph()
    refused = ("literals", "axioms", "unreadable")  # before shapes see them
    for file in [*PROJECT.ontology, *FILES]:
        if not any(name in file.name for name in refused):
            add(graph, file)
    # Theirs answers constraints in SPARQL by rdflib, ours by Oxigraph.
    copy = checks.rdflib.Graph()
    for triple in graph:
        copy.add(triple)
    _, theirs, _ = pyshacl.validate(copy, shacl_graph=SHAPES.graph, inplace=True)
    wanted = {
        (SHAPES.rules[theirs.value(r, checks.SH.sourceShape)].id, theirs.value(r, checks.SH.focusNode))
        for r in theirs.subjects(checks.RDF.type, checks.SH.ValidationResult)
    }
    ours = set()
    for over_merge in (False, True):
        results, _ = shapes.judge(SHAPES, graph, set(graph.all_nodes()), over_merge=over_merge)
        ours |= {(result.rule.id, result.focus) for result in results}
    assert len(wanted) > 100
    assert ours == wanted
