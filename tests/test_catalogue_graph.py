"""The catalogue of saved queries is RDF, can be queried, and is judged where its headers are written."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from zonegraph import catalogue, validation
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.errors import UsageError
from zonegraph.project import sources

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


def test_validating_a_saved_query_points_at_file_and_line(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    file = small / "queries" / "zone-acts.rq"
    text = (ROOT / "queries" / "zone-acts.rq").read_text("utf-8")
    file.write_text(text.replace("#+   worded: the article's words for it, one after the other\n", ""), "utf-8")
    line = text.split("\n").index("#+ columns:") + 1
    result = zonegraph("validate", "--project", str(small), str(file))
    assert result.returncode == 1
    assert f"{file}:{line}: violation [saved-query-column-explained]" in result.stdout
    assert "1 file checked" in result.stdout
    whole = validation.validate(sources.find(str(small)))
    assert [(f.path, f.line, f.rule) for f in whole.findings if f.path.startswith("queries/")] == [
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
    assert f"{file}:6: violation [unreadable-file] Not valid SPARQL" in result.stdout
    assert "Traceback" not in result.stderr


HEADER = {
    "question": "Q?",
    "summary": "s",
    "tags": "[t]",
    "columns": "{x: y}",
    "cite": '["?x a ?y", "?x zg:within ?y"]',
}
BODY = "SELECT ?x WHERE {\n  VALUES ?x { UNDEF }\n  ?x a ?y\n} ORDER BY ?x\n"


def with_header(**changed: str) -> str:
    return "".join(f"#+ {key}: {value}\n" for key, value in {**HEADER, **changed}.items()) + BODY


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (1, "question", "[Q]"),
        (1, "question", r'"\ud83d"'),
        (1, "question", r'"\U00110000"'),
        (1, "question", "[" * 3000),
        (2, "summary", "{s: t}"),
        (3, "tags", "zones"),
        (3, "tags", "[[zones]]"),
        (4, "columns", "[x]"),
        (4, "columns", "x"),
        (4, "columns", "{x: [y]}"),
        (4, "columns", "{a column: y}"),
        (5, "cite", "?zone a zg:Zone"),
        (5, "cite", "{x: y}"),
        (5, "cite", "[5]"),
        (5, "cite", "[[?x]]"),
        (6, "cite", "\n#+   -"),
        (7, "cite", "\n#+   - ?x a zg:Zone\n#+   - ?x zg:nope (("),
        (5, "cite", '["?x zg:locatedIn/zg:within ?y"]'),
        (5, "cite", '["?x zg:within+ ?y"]'),
        (5, "cite", '["?x ex:within ?y"]'),
        (5, "cite", '["?x zg:note ?y FILTER EXISTS"]'),
        (5, "cite", '["?x zg:within ?y #"]'),
        (5, "cite", '["[] zg:ofDate ?y"]'),
        (5, "cite", '["_:x zg:ofDate ?y"]'),
        (5, "cite", r'["?x zg:note ?y \\u007D #"]'),
        (6, "parameters", "[x]"),
        (6, "parameters", "x"),
        (6, "parameters", "{x: iri}"),
        (6, "parameters", "{x: {type: [iri]}}"),
        (6, "parameters", "{x: {type: iri, class: [zg:Zone]}}"),
        (6, "parameters", '{x: {type: iri, class: "zg:Zone zg:Act"}}'),
        (6, "parameters", "{x: {type: iri, description: {a: b}}}"),
        (6, "parameters", "{x: {type: iri, default: zg:Zone}}"),
        (6, "parameters", "{a b: {type: iri}}"),
        (6, "2021", "x"),
    ],
)
def test_a_header_of_the_wrong_form_is_shown_with_line_and_remedy(line: int, key: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.parse("q", with_header(**{key: value}), "q.rq")
    first, _, remedy = str(caught.value).partition("\n")
    assert first.startswith(f"q.rq:{line}: ")
    assert "the keys are" in first or "write" in remedy or "put" in remedy


def test_a_header_says_texts_where_yaml_would_see_numbers_dates_and_truth() -> None:
    text = with_header(tags="[2021, on]", columns="{on: 2021-02-24, x: yes}", question="2021-13-45")
    query = catalogue.parse("q", text, "q.rq")
    assert (query.question, query.tags, query.columns) == (
        "2021-13-45",
        ["2021", "on"],
        {"on": "2021-02-24", "x": "yes"},
    )


def test_a_parameter_row_ends_at_its_first_brace() -> None:
    text = with_header(parameters="{x: {type: iri}}").replace("UNDEF }", "UNDEF } FILTER EXISTS { ?x a ?y }")
    assert catalogue.parse("q", text, "q.rq").parameters[0].default == "UNDEF"


@pytest.mark.parametrize(
    ("body", "ordered"),
    [
        (BODY, True),
        (BODY.replace("ORDER", "# ORDER"), False),
        (BODY.replace("ORDER", "\n#ORDER"), False),
        (BODY.replace("ORDER", "# of {all}\nORDER"), True),
        (BODY.replace("ORDER BY ?x", "ORDER BY ?x # the {thing}"), True),
        (BODY.replace("?y", "<http://example.org/a#b> ; zg:note \"# {\", '''#\n\"'''"), True),
    ],
)
def test_comments_are_no_part_of_the_query_that_is_judged(small: Path, body: str, ordered: bool) -> None:
    file = small / "q.rq"
    file.write_text(with_header().replace(BODY, body))
    found = validation.validate(sources.find(str(small)), [str(file)]).findings
    assert ("saved-query-ordered" not in [f.rule for f in found]) is ordered


def test_a_file_whose_name_is_no_slug_is_judged(small: Path) -> None:
    file = small / "my query.rq"
    file.write_text(with_header())
    found = validation.validate(sources.find(str(small)), [str(file)]).findings
    assert "saved-query-name-is-slug" in [f.rule for f in found]
