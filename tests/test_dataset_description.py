"""The graph describes itself in VoID and DCAT; every count is recounted here by another engine, on what is exported."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, OWL, RDF, VOID, URIRef

from tests.conftest import ROOT
from zonegraph import build, export
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.build import description as dataset_module
from zonegraph.project.sources import Project
from zonegraph.rdf.serialize import FORMATS
from zonegraph.version import VERSION

DATASET = URIRef(v.DATASET)


@pytest.fixture(scope="module")
def exported(project: Project) -> rdflib.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(data=export.export(project, "nq", "asserted"), format="nquads")
    return dataset


@pytest.fixture(scope="module")
def description(project: Project) -> rdflib.Graph:
    return rdflib.Graph().parse(data=export.export(project, "turtle", "dataset"), format="turtle")


@pytest.fixture(scope="module")
def merge(exported: rdflib.Dataset) -> set[tuple[object, object, object]]:
    """What the counts are said to count: the asserted merge without the description itself."""
    outside = (v.REVIEW_GRAPH, v.DATASET_GRAPH, v.QUERIES_GRAPH, v.CERTAINTY_GRAPH)
    return {(s, p, o) for s, p, o, graph in exported.quads() if not str(graph).startswith(outside)}  # type: ignore[arg-type]


def count(description: rdflib.Graph, node: URIRef, predicate: URIRef) -> int:
    (value,) = description.objects(node, predicate)
    return int(value)  # type: ignore[call-overload,no-any-return]


def test_the_counts_of_the_whole_are_those_of_the_merge(description: rdflib.Graph, merge: set) -> None:  # type: ignore[type-arg]
    assert count(description, DATASET, VOID.triples) == len(merge)
    assert count(description, DATASET, VOID.distinctSubjects) == len({s for s, _, _ in merge})
    assert count(description, DATASET, VOID.distinctObjects) == len({o for _, _, o in merge})
    assert count(description, DATASET, VOID.properties) == len({p for _, p, _ in merge})
    assert count(description, DATASET, VOID.classes) == len({o for _, p, o in merge if p == RDF.type})
    (space,) = map(str, description.objects(DATASET, VOID.uriSpace))
    named = {s for s, _, _ in merge if isinstance(s, URIRef) and s.startswith(space)}
    assert count(description, DATASET, VOID.entities) == len(named)


def test_each_class_and_property_of_ours_that_is_used_has_a_partition(description: rdflib.Graph, merge: set) -> None:  # type: ignore[type-arg]
    members = Counter(o for _, p, o in merge if p == RDF.type and o.startswith(v.ZG))
    classes = {
        description.value(part, VOID["class"]): count(description, part, VOID.entities)  # type: ignore[arg-type]
        for part in description.objects(DATASET, VOID.classPartition)
    }
    assert classes == members
    uses = Counter(p for _, p, _ in merge if p.startswith(v.ZG))
    properties = {
        description.value(part, VOID.property): count(description, part, VOID.triples)  # type: ignore[arg-type]
        for part in description.objects(DATASET, VOID.propertyPartition)
    }
    assert properties == uses


def test_each_named_graph_is_a_part_with_its_number_of_triples(
    description: rdflib.Graph, exported: rdflib.Dataset, dataset: Dataset
) -> None:
    sizes = Counter(str(graph) for _, _, _, graph in exported.quads())
    for made in (v.INFERRED_GRAPH, v.CERTAINTY_GRAPH):
        sizes[made] = sum(1 for _ in dataset.store.ox.quads_for_pattern(None, None, None, ox.NamedNode(made)))
    del sizes[v.DATASET_GRAPH]  # a description does not count itself
    parts = Counter(
        {str(g): count(description, g, VOID.triples) for g in description.objects(DATASET, DCTERMS.hasPart)}
    )  # type: ignore[arg-type]
    assert parts == sizes
    for graph in description.objects(DATASET, DCTERMS.hasPart):
        assert (graph, RDF.type, VOID.Dataset) in description
        assert description.value(graph, DCTERMS.title), graph


def test_only_what_the_counts_count_is_a_subset(description: rdflib.Graph) -> None:
    parts, subsets = (set(description.objects(DATASET, p)) for p in (DCTERMS.hasPart, VOID.subset))
    beside = {str(part) for part in parts - subsets}
    assert subsets < parts
    made = {v.INFERRED_GRAPH, v.QUERIES_GRAPH, v.CERTAINTY_GRAPH}
    assert made < beside
    assert all(g.startswith(v.REVIEW_GRAPH) for g in beside - made)


def test_vocabularies_are_those_of_the_properties_and_classes_in_use(description: rdflib.Graph, merge: set) -> None:  # type: ignore[type-arg]
    vocabularies = {str(o) for o in description.objects(DATASET, VOID.vocabulary)}
    used = {str(p) for _, p, _ in merge} | {str(o) for _, p, o in merge if p == RDF.type}
    assert {next((n for n in vocabularies if term.startswith(n)), term) for term in used} == vocabularies


def test_title_licence_version_and_languages_are_given(description: rdflib.Graph) -> None:
    assert {(DATASET, RDF.type, DCAT.Dataset), (DATASET, RDF.type, VOID.Dataset)} < set(description)
    assert description.value(DATASET, DCTERMS.title)
    assert description.value(DATASET, DCTERMS.description)
    assert str(description.value(DATASET, DCTERMS.license)) == "https://creativecommons.org/licenses/by/4.0/"
    assert str(description.value(DATASET, OWL.versionInfo)) == VERSION
    assert len(set(description.objects(DATASET, DCTERMS.language))) == 2


def test_the_period_reaches_from_the_earliest_to_the_latest_year_that_an_article_states(
    description: rdflib.Graph, exported: rdflib.Dataset
) -> None:
    years = [
        str(o)[:4]
        for _, _, o, graph in exported.quads()
        if str(graph).startswith(v.ARTICLE_GRAPH)
        and isinstance(o, rdflib.Literal)
        and str(o.datatype).rpartition("#")[2] in {"gYear", "gYearMonth", "date", "dateTime"}
    ]
    period = description.value(DATASET, DCTERMS.temporal)
    assert str(description.value(period, DCAT.startDate)) == min(years)
    assert str(description.value(period, DCAT.endDate)) == max(years)


def test_each_format_of_the_export_is_a_distribution_without_an_invented_address(description: rdflib.Graph) -> None:
    types = {str(description.value(node, DCAT.mediaType)) for node in description.objects(DATASET, DCAT.distribution)}
    base = "https://www.iana.org/assignments/media-types/"
    assert types == {base + format.media_type for format in FORMATS.values()}
    for address in (DCAT.accessURL, DCAT.downloadURL, DCAT.landingPage, VOID.dataDump, VOID.sparqlEndpoint):
        assert not list(description.objects(None, address))


def test_the_description_has_no_nameless_node_and_no_date_of_building(
    description: rdflib.Graph, project: Project
) -> None:
    assert not [node for node in description.all_nodes() if isinstance(node, rdflib.BNode)]
    dates = {p for _, p, o in description if isinstance(o, rdflib.Literal) and "date" in str(o.datatype)}
    assert dates <= {URIRef(v.ZG + "countsFrom")}
    assert export.export(project, "turtle", "dataset") == export.export(project, "turtle", "dataset")


def test_an_export_of_several_graphs_carries_the_description_too(
    description: rdflib.Graph, exported: rdflib.Dataset, dataset: Dataset
) -> None:
    def of(graphs: rdflib.Dataset) -> set[tuple[object, object, object]]:
        return set(graphs.graph(URIRef(v.DATASET_GRAPH)))

    everything = rdflib.Dataset()
    everything.parse(data=export.export(dataset.project, "nq", "all"), format="nquads")
    assert of(everything) == set(description)
    made = {URIRef(v.INFERRED_GRAPH), URIRef(v.CERTAINTY_GRAPH)}
    assert of(exported) == {t for t in description if not made & set(t)}, "what holds no inference counts none"


def test_an_earlier_day_counts_what_it_keeps(golden_project: Project) -> None:
    earlier = build.open_dataset(golden_project, as_of="2021-03-01").store.ox
    answer = earlier.query(
        f"""PREFIX void: <{VOID}> SELECT ?graph ?stated (COUNT(*) AS ?counted) {{
            GRAPH <{v.DATASET_GRAPH}> {{ ?graph void:triples ?stated }} GRAPH ?graph {{ ?s ?p ?o }} }} GROUP BY ?graph ?stated"""
    )
    rows = {row["graph"].value: (row["stated"].value, row["counted"].value) for row in answer}  # type: ignore[union-attr]
    assert sum(graph.startswith(v.ARTICLE_GRAPH) for graph in rows) == 1
    assert all(stated == counted for stated, counted in rows.values())


def test_looking_for_names_finds_no_description(zonegraph) -> None:  # type: ignore[no-untyped-def]
    for text in ("dataset", "pilot zones", "partition", "saved quer"):
        found: subprocess.CompletedProcess[str] = zonegraph("find", text)
        assert v.DATASET not in found.stdout
        assert "void:" not in found.stdout
        assert "zgq:" not in found.stdout


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    assert f"\nversion: {VERSION}\n" in Path(ROOT, "CITATION.cff").read_text("utf-8")


def test_a_term_of_any_form_has_a_vocabulary() -> None:
    node = ox.NamedNode("urn:example:x")
    for term, vocabulary in (
        ("urn:example:p", "urn:example:p"),
        ("http://example.org", "http://example.org"),
        ("http://example.org/ns#p", "http://example.org/ns#"),
        (v.ZG + "p", v.ZG),
    ):
        described = dataset_module.describe({v.CURATION_GRAPH: [ox.Triple(node, ox.NamedNode(term), node)]}, {}, {})
        found = [t.object for t in described if t.predicate.value == str(VOID.vocabulary)]
        assert found == [ox.NamedNode(vocabulary)]
