"""The saved queries answer rightly for articles that say less than those of the golden files, or what none of them says."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from tests.golden_answers import written_from
from zonegraph import build
from zonegraph.answers import queries
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.vocabulary import shorten

PLACES = """
zgd:city-ningbo a zg:City ; zg:within zgd:province-zhejiang ;
    skos:prefLabel "Ningbo"@en, "宁波市"@zh .
"""
# An approval without programme, wording, status and date; a launch; a total without a list; a zone named but not placed; one field, one evidence.
ARTICLE = """
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix sector: <https://w3id.org/zonegraph/sector/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

zgd:article-2021-05-01-other a zg:Article ; zg:publishedOn "2021-05-01"^^xsd:date ; zg:textDigest "DIGEST" ;
    zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "DIGEST" ] .
zgd:zone-ningbo-most a zg:AIPilotZone ; zg:locatedIn zgd:city-ningbo ; zg:focusesOn sector:ports ;
    zg:evidence [ oa:start 10 ; oa:end 19 ; zg:digest "DIGEST" ] ;
    zg:evidence [ oa:start 12 ; oa:end 15 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:asPrinted "ports" ] .
zgd:approval-ningbo-most a zg:Approval ; zg:concerns zgd:zone-ningbo-most ; zg:approvedBy zgd:ministry-most ;
    zg:evidence [ oa:start 20 ; oa:end 29 ; zg:digest "DIGEST" ] .
zgd:zone-hangzhou-miit a zg:AIPilotZone ; zg:namedAs "the zone"@en ;
    zg:evidence [ oa:start 30 ; oa:end 39 ; zg:digest "DIGEST" ] .
zgd:launch-hangzhou-miit a zg:Launch ; zg:concerns zgd:zone-hangzhou-miit ; zg:performedBy zgd:ministry-miit ;
    zg:date "2021-04-30"^^xsd:date ; zg:evidence [ oa:start 40 ; oa:end 49 ; zg:digest "DIGEST" ] .
zgd:observation-2021-05-01-other-zones a zg:Observation ; zg:about zgd:programme-most-ai-pilot-zones ;
    zg:indicator zgd:indicator-zones-of-programme ; zg:comparator zg:exactly ; zg:amount 15 ; zg:unit zgd:unit-item ;
    zg:status zg:achieved ; zg:evidence [ oa:start 50 ; oa:end 59 ; zg:digest "DIGEST" ] .
""".replace("DIGEST", "0" * 64)
SLUG = "zgd:article-2021-05-01-other"


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = written_from(ROOT, tmp_path_factory.mktemp("more") / "project")
    places = folder / "data" / "reference" / "places.ttl"
    places.write_text(places.read_text("utf-8") + PLACES, "utf-8")
    (folder / "data" / "articles" / "2021-05-01-other.ttl").write_text(ARTICLE, "utf-8")
    project = sources.find(str(folder))
    store, catalogue = build.build(project)
    return Dataset(project, store, catalogue, None, [])


def shown(term: object) -> str:
    return "" if term is None else shorten(term.value) if isinstance(term, ox.NamedNode) else term.value  # type: ignore[attr-defined]


def rows(more: Dataset, name: str, **values: str) -> list[dict[str, str]]:
    """The rows of a saved query, values as text, IRIs with our prefixes."""
    question = queries.saved_question(more.catalogue[name], {k: [value] for k, value in values.items()}, more.store)
    answer = more.store.query(question.query)
    cells = [[shown(term) for term in row] for row in answer.rows]  # type: ignore[union-attr]
    return [dict(zip(answer.variables, row, strict=True)) for row in cells]  # type: ignore[union-attr]


def test_an_approval_of_a_zone_of_unknown_programme_is_an_approval(more: Dataset) -> None:
    (row,) = rows(more, "zone-approvals", zone="zgd:zone-ningbo-most")
    assert (row["programme"], row["approver"], row["precision"]) == ("", "zgd:ministry-most", "none")


def test_who_performed_an_act_is_named_whatever_the_act(more: Dataset) -> None:
    launches = [row for row in rows(more, "zone-acts", zone="zgd:zone-hangzhou-miit") if row["kind"] == "zg:Launch"]
    assert [row["by"] for row in launches] == ["zgd:ministry-miit"]
    assert {
        "body": "zgd:ministry-miit",
        "did": "zg:performedBy",
        "what": "zgd:launch-hangzhou-miit",
        "article": SLUG,
    } in (rows(more, "what-bodies-did"))


def test_an_article_reports_a_zone_that_it_names_and_does_not_place(more: Dataset, golden_dataset: Dataset) -> None:
    def counted(data: Dataset, name: str) -> int:
        return next(int(r["articles"]) for r in rows(data, name) if r["zone"] == "zgd:zone-hangzhou-miit")

    for name in ("confirmed-zones", "first-reported"):
        assert counted(more, name) == counted(golden_dataset, name) + 1
    alone = [row["article"] for row in rows(more, "zones-of-one-article") if row["zone"] == "zgd:zone-ningbo-most"]
    assert alone == [SLUG]


def test_a_field_is_shown_as_printed_where_its_evidence_names_no_value(more: Dataset) -> None:
    printed = [row["printed"] for row in rows(more, "zones-by-sector", sector="sector:ports") if row["article"] == SLUG]
    assert printed == ["ports"]


def test_a_city_without_coordinates_is_a_city_all_the_same(more: Dataset) -> None:
    (row,) = (row for row in rows(more, "zone-map") if row["zone"] == "zgd:zone-ningbo-most")
    assert (row["city"], row["name"], row["latitude"]) == ("zgd:city-ningbo", "Ningbo", "")


def test_the_timeline_of_a_broader_class_has_all_its_acts(more: Dataset) -> None:
    everything, acts = rows(more, "timeline"), rows(more, "timeline", kind="zg:Act")
    assert "zgd:launch-hangzhou-miit" in {row["what"] for row in acts}
    assert [row for row in everything if "event-" not in row["what"]] == acts != []
    assert {row["class"] for row in rows(more, "timeline", kind="zg:Launch")} == {"zg:Launch"}


def test_a_list_is_asked_for_by_what_it_is_about(more: Dataset) -> None:
    about = rows(more, "lists-and-counts", about="zgd:programme-mohrss-hr-parks")
    assert {row["list"] for row in about} == {"zgd:enumeration-2021-02-24-china-daily-hr-parks"}


def test_a_total_is_shown_where_the_article_lists_no_zone(more: Dataset) -> None:
    (row,) = (row for row in rows(more, "derived-totals") if row["article"] == SLUG)
    assert (row["listed"], row["stated"], row["notListed"]) == ("", "15", "")
