"""A fact of the reference data is cited with the source that is named most closely for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command

HEAD = """@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/zonegraph/graph/reference/more> zg:source zgd:source-of-file .
zgd:source-of-file a zg:Source ; dcterms:title "Of the file" .
zgd:source-of-thing a zg:Source ; dcterms:title "Of the thing" .
zgd:source-of-property a zg:Source ; dcterms:title "Of the property" .
zgd:source-of-value a zg:Source ; dcterms:title "Of the value"@en ; dcterms:publisher "A bureau" ;
    zg:linksTo "https://example.org/list"^^xsd:anyURI ; zg:lookedUp "2026-11-27"^^xsd:date .
zgd:body-a a zg:Organization ; skos:prefLabel "Body A"@en .
zgd:body-b a zg:Organization ; skos:prefLabel "Body B"@en ; skos:altLabel "B"@en, "BB"@en ; zg:seat zgd:city-hangzhou ;
    zg:attestation [ zg:source zgd:source-of-thing ], [ zg:supports skos:altLabel ; zg:source zgd:source-of-property ],
        [ zg:supports skos:altLabel ; zg:value "BB"@en ; zg:source zgd:source-of-value ] .
"""


@pytest.mark.parametrize(
    ("fact", "source"),
    [
        ('zgd:body-b skos:altLabel "BB"@en', "Of the value, A bureau, https://example.org/list, looked up 2026-11-27"),
        ('zgd:body-b skos:altLabel "B"@en', "Of the property"),
        ("zgd:body-b zg:seat zgd:city-hangzhou", "Of the thing"),
        ('zgd:body-a skos:prefLabel "Body A"@en', "Of the file"),
    ],
)
def test_a_fact_is_explained_by_its_closest_source(zonegraph: Command, small: Path, fact: str, source: str) -> None:
    (small / "data" / "reference" / "more.ttl").write_text(HEAD, "utf-8")
    shown = zonegraph("explain", fact, "--project", str(small)).stdout
    assert f"says reference/more: {source}\n" in shown


def test_a_thing_is_explained_without_the_attestations_themselves(zonegraph: Command, small: Path) -> None:
    (small / "data" / "reference" / "more.ttl").write_text(HEAD, "utf-8")
    shown = zonegraph("explain", "zgd:body-b", "--project", str(small)).stdout
    assert "reference/more: Of the thing\n" in shown
    assert "attestation" not in shown
