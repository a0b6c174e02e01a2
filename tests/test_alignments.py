"""How our terms stand to those of other vocabularies: each of theirs exists, and nothing follows that is false."""

from __future__ import annotations

import re

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS
from rdflib.namespace import DCAT, DCTERMS, ORG, PROV, SDO, VANN, VOID, DefinedNamespaceMeta

from tests.conftest import ROOT
from zonegraph import vocabulary as v

SHIPPED: list[DefinedNamespaceMeta] = [DCAT, DCTERMS, ORG, PROV, SDO, SKOS, VANN, VOID]
# Web Annotation Vocabulary, W3C Recommendation of 23 February 2017; rdflib does not ship it.
WEB_ANNOTATION = {v.OA + name for name in ("TextPositionSelector", "start", "end", "exact", "hasSource")}
# The IRI that each vocabulary gives as the one that defines its terms.
DEFINED_BY = {
    v.OA: v.OA,
    str(DCTERMS): str(DCTERMS),
    str(ORG): str(ORG).rstrip("#"),
    str(PROV): "http://www.w3.org/ns/prov-o#",
    str(SDO): str(SDO),
    str(SKOS): str(SKOS).rstrip("#"),
    str(VANN): str(VANN),
}


def namespace(term: str) -> str:
    return re.sub(r"[^#/]*$", "", term)


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in (ROOT / "ontology").glob("*.ttl"):
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def above(ontology: rdflib.Graph) -> dict[str, set[str]]:
    """Of each class of ours, all classes above it by name."""
    classes = [c for c in ontology.subjects(RDF.type, OWL.Class) if str(c).startswith(v.ZG)]
    return {
        v.shorten(str(c)): {v.shorten(str(a)) for a in ontology.transitive_objects(c, RDFS.subClassOf)} for c in classes
    }


@pytest.mark.parametrize("folder", ["ontology", "data"])
def test_every_term_of_another_vocabulary_exists_there(folder: str) -> None:
    known = {str(space): space for space in SHIPPED}
    met = set()
    for path in (ROOT / folder).rglob("*.ttl"):
        for term in {str(x) for triple in rdflib.Graph().parse(path) for x in triple if isinstance(x, rdflib.URIRef)}:
            space = namespace(term)
            if term == space:  # what defines a vocabulary's terms
                continue
            if space == v.OA:
                assert term in WEB_ANNOTATION, (path, term)
            elif space in known:
                assert term in known[space], (path, term)
            met.add(space)
    assert {v.OA, str(DCTERMS), str(SKOS), str(SDO)} <= met


def test_a_term_of_another_vocabulary_says_who_defines_it(ontology: rdflib.Graph) -> None:
    declared = {
        s for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty) for s in ontology.subjects(RDF.type, kind)
    }
    declared |= set(ontology.subjects(RDF.type, OWL.AnnotationProperty))
    for term in declared:
        if namespace(str(term)) in DEFINED_BY:
            assert list(map(str, ontology.objects(term, RDFS.isDefinedBy))) == [DEFINED_BY[namespace(str(term))]], term


def test_what_our_terms_are_aligned_to_is_declared_as_of_the_same_kind(ontology: rdflib.Graph) -> None:
    for predicate, kinds in (
        (RDFS.subClassOf, [OWL.Class]),
        (RDFS.subPropertyOf, [OWL.ObjectProperty, OWL.DatatypeProperty]),
    ):
        for ours, theirs in ontology.subject_objects(predicate):
            assert any(all((term, RDF.type, kind) in ontology for term in (ours, theirs)) for kind in kinds), (
                ours,
                theirs,
            )


def test_no_place_agent_or_document_is_a_concept(above: dict[str, set[str]]) -> None:
    concepts = {name for name, classes in above.items() if "skos:Concept" in classes}
    assert concepts == {"zg:Sector", "zg:PolicyField", "zg:Indicator"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("zg:Ministry", {"org:Organization", "schema:GovernmentOrganization", "dcterms:Agent"}),
        ("zg:University", {"org:Organization", "schema:CollegeOrUniversity"}),
        ("zg:Municipality", {"schema:City", "schema:State", "schema:Place"}),
        ("zg:Article", {"schema:CreativeWork", "dcterms:BibliographicResource", "prov:Entity"}),
        ("zg:Approval", {"schema:Action", "prov:Activity"}),
        ("zg:Person", {"schema:Person", "dcterms:Agent"}),
    ],
)
def test_a_class_is_found_by_the_names_that_others_know(
    ours: str, theirs: set[str], above: dict[str, set[str]]
) -> None:
    assert theirs <= above[ours]


def test_a_page_of_a_government_is_no_news_article_and_a_designation_no_place(above: dict[str, set[str]]) -> None:
    assert all("schema:NewsArticle" not in classes for classes in above.values())
    assert not {"schema:Place", "schema:Organization"} & above["zg:Zone"]


def test_an_epidemic_is_no_occasion_to_come_to_and_a_passage_of_acts_no_activity(
    above: dict[str, set[str]], ontology: rdflib.Graph
) -> None:
    assert not {"schema:Event", "schema:Article"} & (above["zg:Event"] | above["zg:Article"])
    assert list(ontology.objects(rdflib.URIRef(v.ZG + "performedBy"), RDFS.subPropertyOf)) == []
    assert "prov:wasAssociatedWith" in {
        v.shorten(str(p)) for p in ontology.objects(rdflib.URIRef(v.ZG + "approvedBy"), RDFS.subPropertyOf)
    }, "of approvals alone"
