"""The rules in SPARQL: each is well made, runs in any engine, and finds in the built graph what it finds in files."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT
from tests.test_validation_examples import EXAMPLES, FILES, ONTOLOGY, PROJECT, expected
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph
from zonegraph.rdf.interchange import from_rdflib
from zonegraph.validation import checks, rules

RULES = rules.load(PROJECT)
IDS = [rule.rule.id for rule in RULES]

# What a rule compares a failing example with stands in these.
BESIDE = (
    "articles/article-pass.ttl",
    "articles/passage-pass.ttl",
    "articles/retracted-fail.ttl",
    "curation/conclusion-pass.ttl",
)

HEADER = """#+ id: one
#+ severity: warning
#+ scope: article
#+ name: labels
#+ message: "{value} is no label."
#+ remedy: take it out
"""
QUERY = """SELECT ?focus ?path ?value ?graph WHERE {
  VALUES ?path { skos:prefLabel }
  GRAPH ?graph { ?focus ?path ?value }
}
"""


def example(path: Path) -> checks.File:
    kind = {"articles": checks.ARTICLE}.get(path.parent.name, path.parent.name)
    return checks.File(str(path.relative_to(EXAMPLES)), kind, path.stem, turtle.read(str(path)))


@pytest.fixture(scope="module")
def failing() -> rules.Data:
    """The smallest examples in which each rule fails."""
    wanted, files = set(IDS), []
    candidates = sorted((f for f in FILES if f.path.endswith(".ttl")), key=lambda f: Path(f.path).stat().st_size)
    for file in candidates:
        found = {rule for _, _, rule in expected(file)} & wanted
        if found:
            files.append(example(Path(file.path)))
            wanted -= found
    around = {str(Path(file.source.path).parent.parent) for file in files} - {str(EXAMPLES)}
    files += [example(path) for folder in sorted(around) for path in sorted(Path(folder).rglob("*.ttl"))]
    files += [example(EXAMPLES / name) for name in BESIDE]
    files = list({file.name: file for file in files}.values())
    for file in files:
        checks.take_ill_formed(file)  # which each engine reads in its own way
    assert not wanted
    return rules.dataset(ONTOLOGY, files, [], merge=True)


# ---------------------------------------------------------------- their files


def test_every_rule_of_the_project_is_read() -> None:
    assert sorted(path.stem for path in (ROOT / "shapes" / "rules").glob("*.rq")) == IDS
    assert len(IDS) > 20


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_reads_as_a_sentence(rule: rules.SparqlRule) -> None:
    assert re.match(r"[A-Z{]|[a-z]+:[A-Za-z]", rule.rule.message)  # a capital letter, a term or what a row names
    assert rule.rule.message.endswith((".", "”."))
    assert not rule.rule.remedy.endswith(".") or rule.rule.remedy.endswith("...")


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_what_a_rule_speaks_of_is_declared(rule: rules.SparqlRule) -> None:
    known = checks.terms(Graph(ONTOLOGY))
    query = re.sub(r"^#.*$", "", rule.query.text, flags=re.MULTILINE)
    named = {checks.ZG[name] for name in re.findall(r"\bzg:(\w+)", query)}
    assert {term for term in named if not checks.is_declared(term, known)} == set()


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rules.MERGE not in rule.scope], ids=lambda rule: rule.rule.id
)
def test_only_a_rule_over_the_merge_reads_the_default_graph(rule: rules.SparqlRule, failing: rules.Data) -> None:
    store = ox.Store()
    store.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in failing.store.ox)
    assert (
        list(rules.judge([rule], rules.EmbeddedStore(store), {kind: [f"{v.GRAPH}{kind}/x"] for kind in rule.scope}))
        == []
    )


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (1, QUERY, "does not begin with a header"),
        (1, HEADER.replace("id: one", "id: two") + QUERY, "to match the file's name it must be one"),
        (2, HEADER.replace("warning", "grave") + QUERY, "grave is not a severity"),
        (3, HEADER.replace("article", "[article, house]") + QUERY, "house is not a scope"),
        (3, HEADER.replace("article", "[article, merge]") + QUERY, "merge cannot be combined"),
        (1, HEADER.replace("#+ name: labels\n", "") + QUERY, "has no name"),
        (4, HEADER.replace("labels", "[labels]") + QUERY, "name must be a text"),
        (5, HEADER.replace("{value}", "{label}") + QUERY, "{label} is not a column"),
        (7, HEADER + "#+ colour: red\n" + QUERY, "colour is not a key"),
        (7, HEADER + "#+ suggest: other\n" + QUERY, "has no column ?other"),
        (7, HEADER + "#+ suggest: [value]\n" + QUERY, "suggest must be a text"),
        (7, HEADER + "#+ only: squares\n" + QUERY, "squares"),
        (6, HEADER.replace("remedy: take", "remedy: [take") + QUERY, "not YAML"),
        (3, HEADER.replace("article", "[[&a [x, x], &b [*a, *a], *b]]") + QUERY, "*a is refused: it repeats another"),
        (9, HEADER + QUERY.replace("?focus ?path ?value }", "?focus ?path }"), "not valid SPARQL"),
        (3, HEADER + QUERY.replace("?value ?graph WHERE", "?value WHERE"), "no column ?graph"),
        (1, HEADER + "ASK { ?focus ?graph ?value }", "not a SELECT"),
        (1, HEADER + QUERY + "VALUES ?focus { zgd:x }", "cannot end with VALUES ?graph"),
        (1, HEADER + QUERY + "VALUES ?focus { zgd:x } # and no more", "cannot end with VALUES ?graph"),
        (1, HEADER + QUERY + " LIMIT 1", "has LIMIT or OFFSET"),
        (7, HEADER + QUERY.replace("WHERE", "FROM <urn:x> WHERE"), "must not use FROM"),
        (9, HEADER + QUERY.replace("GRAPH ?graph", "SERVICE <http://example.org/>"), "SERVICE is refused"),
        (7, HEADER + "DELETE WHERE { ?focus ?graph ?value }", "DELETE is refused"),
    ],
)
def test_a_malformed_rule_is_refused_with_file_and_line(line: int, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        rules.read("shapes/rules/one.rq", text)
    assert re.match(rf"shapes/rules/one\.rq:{line}\b", str(error.value)), str(error.value)
    assert message in str(error.value)


def test_a_rule_that_cannot_be_read_is_a_finding_and_the_others_judge(project_copy: Path) -> None:
    rule = project_copy / "shapes" / "rules" / "same-as.rq"
    rule.write_text(rule.read_text("utf-8").replace("GRAPH ?graph", "SERVICE <http://example.org/>"), "utf-8")
    review = project_copy / "data" / "review" / "miit-second-batch.ttl"
    review.write_text(f"<{v.ZGD}Odd_Name> a <{v.ZG}Omission> ; <{v.OWL}sameAs> <{v.ZGD}Odd_Name> .\n", "utf-8")
    report = validation.validate(sources.find(str(project_copy)), [str(review)], alone=True)
    found = {(Path(f.path).name, f.rule) for f in report.findings}
    assert found >= {("same-as.rq", "unreadable-file"), ("miit-second-batch.ttl", "iri-form")}
    assert "same-as" not in {rule for _, rule in found}


def test_a_clash_without_a_focus_is_a_finding_of_a_file_as_a_whole(tmp_path: Path) -> None:
    bridges = Path(shutil.copytree(ROOT / "tests" / "projects" / "bridges", tmp_path / "bridges"))
    rule = bridges / "shapes" / "rules" / "nobody.rq"
    rule.write_text(
        "#+ id: nobody\n#+ severity: warning\n#+ scope: merge\n#+ name: nobody\n#+ message: nobody\n#+ remedy: none\n"
        "SELECT ?focus ?clash WHERE { BIND(1 AS ?clash) }"
    )
    report = validation.validate(sources.find(str(bridges)))
    assert [(finding.line, finding.focus) for finding in report.findings if finding.rule == "nobody"] == [(1, "")]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("message: nobody", 'SELECT ?focus ?clash ?ground ?choice { BIND(1 AS ?clash) BIND("x" AS ?ground) BIND("y" AS ?choice) }'),
        ("message: 'nobody {value:or}'", 'SELECT ?focus ?value { BIND("no IRI, but urn:x:1" AS ?value) }'),
        ("message: nobody", 'SELECT ?focus ?path ?meantPath { ?focus a ?kind BIND("no [IRI" AS ?path) BIND(1 AS ?meantPath) }'),
        ("message: nobody", "SELECT ?focus ?value { BIND(<<( <a:b> <a:c> <a:d> )>> AS ?value) ?focus a ?kind }"),
        ("only: circles", "SELECT ?focus ?path ?value { ?focus a ?kind }"),
    ],
)  # fmt: skip
def test_a_rule_with_odd_columns_ends_in_no_fault_of_the_program(tmp_path: Path, header: str, text: str) -> None:
    bridges = Path(shutil.copytree(ROOT / "tests" / "projects" / "bridges", tmp_path / "bridges"))
    words = ["id: nobody", "severity: warning", "scope: merge", "name: nobody", "remedy: none", header]
    words += [] if "message" in header else ["message: nobody"]
    (bridges / "shapes" / "rules" / "nobody.rq").write_text("".join(f"#+ {word}\n" for word in words) + text)
    report = validation.validate(sources.find(str(bridges)))
    assert {finding.rule for finding in report.findings} == (set() if "circles" in header else {"nobody"})
    for write in validation.FORMATS.values():
        assert write(report)


def test_a_rule_over_the_merge_that_makes_its_nodes_is_asked_of_all(small: Path) -> None:
    rule = small / "shapes" / "rules" / "nobody.rq"
    header = "#+ id: nobody\n#+ severity: warning\n#+ scope: merge\n#+ name: n\n#+ message: m\n#+ remedy: r\n"
    rule.write_text(f"{header}SELECT ?focus {{ ?node a <{v.ZG}Article> BIND(?node AS ?focus) }}")
    article = next((small / "data" / "articles").iterdir())
    report = validation.validate(sources.find(str(small)), [str(article)], paid=True)
    assert report.whole == "the rule nobody cannot be asked of some nodes alone"
    assert [finding.rule for finding in report.findings] == ["nobody"]


def test_a_project_elsewhere_with_the_same_rules_has_them_from_the_cache(
    project: Project, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules._kept.cache_clear()  # what this process has in memory
    known = rules.load(project)
    rules._kept.cache_clear()
    monkeypatch.setattr(rules, "read", None)
    assert rules.load(sources.find(str(small))) == known


def test_a_rule_is_no_data(project: Project) -> None:
    path = project.shape_rules[0].path
    report = validation.validate(project, [path])
    assert report.not_judged == {path: "a validation rule"}
    assert report.files == []
    assert set(IDS) <= {rule.id for rule in report.rules}


# ---------------------------------------------------------------- what they find


def rows(variables: Iterable[str], found: Iterable[Iterable[object]]) -> set[tuple[str, ...]]:
    """Rows as text; a list of IRIs in one column has no order."""
    return {
        tuple(
            " ".join(sorted(str(term).strip('"').split())) if name in ("types", "running", "instead") else str(term)
            for name, term in named
        )
        for row in found
        for named in [list(zip(variables, row, strict=True))]
    }


@pytest.mark.thorough
@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_rows_are_the_same_in_rdflib(rule: rules.SparqlRule, failing: rules.Data, second: rdflib.Dataset) -> None:
    answer = failing.store.query(rule.query)
    assert isinstance(answer, rules.Bindings)
    ours = rows(answer.variables, answer.rows)
    result = second.query(rule.query.text, initNs=v.PREFIXES)
    names = [str(name) for name in result.vars or []]
    theirs = rows(names, ([None if term is None else from_rdflib(term) for term in row] for row in result))  # type: ignore[union-attr]
    assert names == answer.variables
    assert ours
    assert theirs == ours


@pytest.fixture(scope="module")
def second(failing: rules.Data) -> rdflib.Dataset:
    """The same dataset in rdflib."""
    copy = rdflib.Dataset()
    copy.parse(data=ox.serialize(list(failing.store.ox), format=ox.RdfFormat.N_QUADS), format="nquads")  # type: ignore[arg-type]
    return copy


def test_rules_run_unchanged_on_the_built_graph(dataset: Dataset, project: Project) -> None:
    graphs = {
        kind: [str(file.graph) for file in members]
        for kind, members in (
            (checks.ARTICLE, project.articles),
            (checks.REFERENCE, project.reference),
            (checks.REVIEW, project.review),
            (checks.CURATION, project.curation),
        )
    }
    found = list(rules.judge(rules.load(project), dataset.store, graphs))
    assert [row for row in found if not row.rule.scope & {rules.MERGE}] == []
    assert {row.rule.rule.id for row in found if "graph" in row.terms} == set()
