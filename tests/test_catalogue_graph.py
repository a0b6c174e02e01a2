"""The catalogue of saved queries is RDF, can be queried, and is judged where its headers are written."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from zonegraph import catalogue, sources, validation
from zonegraph import vocabulary as v
from zonegraph.build import Dataset

SH = "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX csvw: <http://www.w3.org/ns/csvw#>"


def test_the_text_in_the_graph_gives_the_rows_of_the_file_in_any_tool(dataset: Dataset) -> None:
    graph = ox.NamedNode(v.QUERIES_GRAPH)
    select = ox.NamedNode(v.SH + "select")
    for name in ("zone-acts", "graph-contents"):
        (quad,) = dataset.store.ox.quads_for_pattern(ox.NamedNode(v.ZGQ + name), select, None, graph)
        bare = dataset.store.ox.query(quad.object.value)  # no prefix is declared beforehand
        assert [str(s) for s in bare] == [  # type: ignore[union-attr]
            str(s)
            for s in dataset.store.ox.query(dataset.catalogue[name].text, prefixes=v.PREFIXES)  # type: ignore[union-attr]
        ]


def test_every_query_of_the_catalogue_is_in_the_graph_with_its_columns_in_order(dataset: Dataset) -> None:
    answer = dataset.store.ox.query(
        f"""{SH} SELECT ?query ?name WHERE {{ GRAPH <{v.QUERIES_GRAPH}> {{
            ?query csvw:tableSchema/csvw:column ?column . ?column csvw:name ?name ; sh:order ?order }} }} ORDER BY ?query ?order"""
    )
    found: dict[str, list[str]] = {}
    for row in answer:  # type: ignore[union-attr]
        found.setdefault(row["query"].value.removeprefix(v.ZGQ), []).append(row["name"].value)
    assert found == {name: list(query.columns) for name, query in dataset.catalogue.items()}


def test_the_catalogue_is_not_in_the_merge(dataset: Dataset) -> None:
    assert not list(dataset.store.ox.quads_for_pattern(ox.NamedNode(v.ZGQ + "articles"), None, None, ox.DefaultGraph()))


def test_default_terms_of_a_parameter_are_terms() -> None:
    header = '#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n#+ parameters: {x: {type: iri, class: "ex:C"}}\n'
    text = header + "PREFIX ex: <urn:ex:>\nSELECT ?x WHERE {\n VALUES ?x { ex:a ex:b }\n} ORDER BY ?x\n"
    triples = catalogue.to_triples(catalogue.parse("q", text, "q.rq"))

    def objects(name: str) -> list[object]:
        return [t.object for t in triples if t.predicate.value == v.SH + name]

    assert objects("defaultValue") == [ox.NamedNode("urn:ex:a"), ox.NamedNode("urn:ex:b")]
    assert objects("class") == [ox.NamedNode("urn:ex:C")]


def test_a_query_that_is_no_sparql_leaves_the_others_in_the_catalogue() -> None:
    text = "#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\nSELECT ?x WHERE {\n"
    triples = catalogue.to_triples(catalogue.parse("q", text, "q.rq"))
    assert not [t for t in triples if t.predicate.value == v.SH + "select"]


def test_validating_a_saved_query_points_at_file_and_line(zonegraph, project_copy: Path) -> None:  # type: ignore[no-untyped-def]
    file = project_copy / "queries" / "zone-acts.rq"
    text = file.read_text("utf-8")
    file.write_text(text.replace("#+   worded: the article's word for it\n", ""), "utf-8")
    line = text.split("\n").index("#+ columns:") + 1
    result = zonegraph("validate", "--project", str(project_copy), str(file))
    assert result.returncode == 1
    assert f"{file}:{line}: violation [saved-query-column-explained]" in result.stdout
    assert "1 file judged" in result.stdout
    whole = validation.validate(sources.find(str(project_copy)))
    assert [(f.path, f.line, f.rule) for f in whole.findings] == [
        ("queries/zone-acts.rq", line, "saved-query-column-explained")
    ]


def test_a_folder_of_queries_is_judged(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("validate", "queries", "--fail-on", "info")
    assert (result.returncode, "conforms" in result.stdout) == (0, True), result.stdout + result.stderr


def test_a_saved_query_that_is_no_sparql_is_unreadable_input(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "broken.rq"
    file.write_text("#+ question: Q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\nSELECT ?x\nWERE { ?x ?y ?z }\n")
    result = zonegraph("validate", str(file))
    assert result.returncode == 2
    assert f"{file}:6:" in result.stderr
    assert "Traceback" not in result.stderr
