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
# An approval without programme, wording and date; a launch; a total without a list; a zone named but not placed; one field, one evidence.
ARTICLE = """
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix sector: <https://w3id.org/zonegraph/sector/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

zgd:article-2021-05-01-other a zg:Article ; zg:published "2021-05-01"^^xsd:date ; zg:textDigest "DIGEST" ;
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
zgd:goal-2021-05-01-other-fields a zg:Goal ; zg:summary "fields"@en ; zg:setFor zgd:zone-ningbo-most ;
    zg:focusesOn sector:ports, sector:finance ;
    zg:evidence [ oa:start 60 ; oa:end 69 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:asPrinted "trade" ] ;
    zg:evidence [ oa:start 60 ; oa:end 64 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:value sector:ports ; zg:asPrinted "piers" ] .
zgd:observation-2021-05-01-other-zones a zg:Observation ; zg:quantityOf zgd:programme-most-ai-pilot-zones ;
    zg:indicator zgd:indicator-zones-of-programme ; zg:comparator zg:exactly ; zg:amount 15 ; zg:unit zgd:unit-item ;
    zg:evidence [ oa:start 50 ; oa:end 59 ; zg:digest "DIGEST" ] .
""".replace("DIGEST", "0" * 64)
SLUG = "zgd:article-2021-05-01-other"
# What holds of a paragraph is said once: whom goals are for, by when, who did it and when. One act on two lists; a focus from a goal; a title.
PASSAGES = """
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix sector: <https://w3id.org/zonegraph/sector/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

zgd:article-2021-05-02-passages a zg:Article ; zg:published "2021-05-02"^^xsd:date ; zg:updated "2021-05-04"^^xsd:date ;
    zg:textDigest "DIGEST" ; zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "DIGEST" ] .
zgd:zone-ningbo-most a zg:AIPilotZone ; zg:evidence [ oa:start 100 ; oa:end 106 ; zg:digest "DIGEST" ; zg:basis zg:onlyInTitle ] .
zgd:zone-wenzhou-most a zg:AIPilotZone ; zg:evidence [ oa:start 10 ; oa:end 19 ; zg:digest "DIGEST" ] .
zgd:zone-jiaxing-most a zg:AIPilotZone ; zg:evidence [ oa:start 20 ; oa:end 29 ; zg:digest "DIGEST" ] .
zgd:zone-huzhou-most a zg:AIPilotZone ; zg:focusesOn sector:finance ; zg:evidence [ oa:start 30 ; oa:end 39 ; zg:digest "DIGEST" ] ;
    zg:evidence [ oa:start 30 ; oa:end 35 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:completeness zg:closed ;
        zg:asPrinted "banking" ] .
zgd:zone-hefei-most a zg:AIPilotZone ; zg:evidence [ oa:start 30 ; oa:end 39 ; zg:digest "DIGEST" ] .
zgd:list-2021-05-02-passages-two a zg:List ; zg:listOf zgd:programme-most-ai-pilot-zones ; zg:memberOf zgd:list-2021-05-02-passages-all ;
    zg:member zgd:zone-wenzhou-most, zgd:zone-jiaxing-most ;
    zg:evidence [ oa:start 10 ; oa:end 29 ; zg:digest "DIGEST" ; zg:supports zg:member ; zg:completeness zg:closed ;
        zg:saidBy zgd:ministry-most ] .
zgd:list-2021-05-02-passages-all a zg:List ; zg:listOf zgd:programme-most-ai-pilot-zones ; zg:member zgd:zone-huzhou-most ;
    zg:evidence [ oa:start 10 ; oa:end 39 ; zg:digest "DIGEST" ; zg:supports zg:member ; zg:completeness zg:open ] .
zgd:observation-2021-05-02-passages-all a zg:Observation ; zg:countOf zgd:list-2021-05-02-passages-all ;
    zg:indicator zgd:indicator-zones-of-programme ; zg:comparator zg:exactly ; zg:amount 3 ; zg:unit zgd:unit-item ;
    zg:evidence [ oa:start 40 ; oa:end 49 ; zg:digest "DIGEST" ] .
zgd:observation-2021-05-02-passages-two a zg:Observation ; zg:countOf zgd:list-2021-05-02-passages-two ;
    zg:indicator zgd:indicator-zones-approved ; zg:comparator zg:moreThan ; zg:amount 1 ; zg:unit zgd:unit-item ;
    zg:evidence [ oa:start 40 ; oa:end 49 ; zg:digest "DIGEST" ] .
zgd:observation-2021-05-02-passages-huzhou a zg:Observation ; zg:quantityOf zgd:zone-huzhou-most ;
    zg:indicator zgd:indicator-core-and-ai-related-enterprises ; zg:comparator zg:exactly ; zg:amount 40 ; zg:unit zgd:unit-item ;
    zg:evidence [ oa:start 40 ; oa:end 49 ; zg:digest "DIGEST" ] .
zgd:claim-2021-05-02-passages-two a zg:Claim ; zg:summary "by the sea"@en ; zg:inPassage zgd:passage-2021-05-02-passages-claims ;
    zg:evidence [ oa:start 40 ; oa:end 49 ; zg:digest "DIGEST" ] .
zgd:passage-2021-05-02-passages-claims a zg:Passage ; zg:describes zgd:list-2021-05-02-passages-two ;
    zg:evidence [ oa:start 80 ; oa:end 89 ; zg:digest "DIGEST" ; zg:supports zg:describes ; zg:saidBy zgd:ministry-most ] .
zgd:passage-2021-05-02-passages-act a zg:Passage ; zg:performedBy zgd:ministry-most ; zg:date "2021-05-01"^^xsd:date ;
    zg:byDocument zgd:notice-most-two ; zg:saidBy zgd:ministry-most ;
    zg:evidence [ oa:start 50 ; oa:end 55 ; zg:digest "DIGEST" ; zg:supports zg:performedBy, zg:byDocument, zg:saidBy ] ;
    zg:evidence [ oa:start 55 ; oa:end 59 ; zg:digest "DIGEST" ; zg:supports zg:date ; zg:basis zg:inferred ; zg:note "the day before" ] .
zgd:announcement-most-two a zg:Announcement, zg:Publication ; zg:concerns zgd:list-2021-05-02-passages-two ;
    zg:inPassage zgd:passage-2021-05-02-passages-act ; zg:evidence [ oa:start 50 ; oa:end 59 ; zg:digest "DIGEST" ] .
zgd:approval-huzhou-most a zg:Approval ; zg:concerns zgd:zone-huzhou-most ; zg:inPassage zgd:passage-2021-05-02-passages-act ;
    zg:evidence [ oa:start 50 ; oa:end 59 ; zg:digest "DIGEST" ] .
zgd:notice-most-two a zg:Notice ; zg:evidence [ oa:start 56 ; oa:end 58 ; zg:digest "DIGEST" ] .
zgd:passage-2021-05-02-passages-goals a zg:Passage ; zg:setFor zgd:list-2021-05-02-passages-two ; zg:deadline "2025"^^xsd:gYear ;
    zg:realisation zg:planned ; zg:saidBy zgd:ministry-most ;
    zg:evidence [ oa:start 60 ; oa:end 65 ; zg:digest "DIGEST" ; zg:supports zg:setFor, zg:realisation, zg:saidBy ] ;
    zg:evidence [ oa:start 65 ; oa:end 69 ; zg:digest "DIGEST" ; zg:supports zg:deadline ; zg:basis zg:unclear ; zg:note "one or both" ] .
zgd:goal-2021-05-02-passages-ports a zg:Goal ; zg:summary "ports"@en ; zg:inPassage zgd:passage-2021-05-02-passages-goals ;
    zg:givesFocus zgd:zone-wenzhou-most ; zg:focusesOn sector:ports ; zg:serves zgd:event-winter-olympics-2022 ;
    zg:implementedBy zgd:ministry-most ;
    zg:evidence [ oa:start 70 ; oa:end 79 ; zg:digest "DIGEST" ] ;
    zg:evidence [ oa:start 72 ; oa:end 75 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:value sector:ports ; zg:asPrinted "harbours" ] ;
    zg:evidence [ oa:start 70 ; oa:end 72 ; zg:digest "DIGEST" ; zg:supports zg:focusesOn ; zg:completeness zg:open ; zg:asPrinted "such as" ] .
""".replace("DIGEST", "0" * 64)
TWO = "zgd:article-2021-05-02-passages"


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = written_from(ROOT, tmp_path_factory.mktemp("more") / "project")
    places = folder / "data" / "reference" / "places.ttl"
    places.write_text(places.read_text("utf-8") + PLACES, "utf-8")
    (folder / "data" / "articles" / "2021-05-01-other.ttl").write_text(ARTICLE, "utf-8")
    (folder / "data" / "articles" / "2021-05-02-passages.ttl").write_text(PASSAGES, "utf-8")
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
        "kind": "zg:Launch",
        "did": "zg:performedBy",
        "what": "zgd:launch-hangzhou-miit",
        "article": SLUG,
        "certainty": "stated",
    } in (rows(more, "what-bodies-did"))


def test_an_article_reports_a_zone_that_it_names_and_does_not_place(more: Dataset, golden_dataset: Dataset) -> None:
    def counted(data: Dataset, name: str) -> int:
        return next(int(r["articles"]) for r in rows(data, name) if r["zone"] == "zgd:zone-hangzhou-miit")

    for name in ("confirmed-zones", "first-reported"):
        assert counted(more, name) == counted(golden_dataset, name) + 1


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
    assert {row["list"] for row in about} == {"zgd:list-2021-02-24-china-daily-hr-parks"}


def test_a_total_is_shown_where_the_article_lists_no_zone(more: Dataset) -> None:
    (row,) = (row for row in rows(more, "derived-totals") if row["article"] == SLUG)
    assert (row["listed"], row["stated"], row["notListed"]) == ("", "15", "")


def said_by_two(more: Dataset, name: str) -> list[dict[str, str]]:
    return [row for row in rows(more, name) if row["article"] == TWO]


def test_a_goal_has_for_whom_and_by_when_from_the_passage_that_it_stands_in(more: Dataset) -> None:
    due = said_by_two(more, "deadlines")
    assert {row["what"] for row in due} == {"zgd:goal-2021-05-02-passages-ports"}
    assert {(row["about"], row["deadline"], row["realisation"], row["certainty"]) for row in due} == {
        (about, "2025", "planned", "unclear")
        for about in ("zgd:zone-wenzhou-most", "zgd:zone-jiaxing-most", "zgd:ministry-most")
    }
    how = {(row["about"], row["how"], row["speaker"]) for row in said_by_two(more, "goals")}
    assert how == {
        ("zgd:zone-wenzhou-most", "set for", "zgd:ministry-most"),
        ("zgd:zone-jiaxing-most", "set for", "zgd:ministry-most"),
        ("zgd:ministry-most", "implemented by", "zgd:ministry-most"),
    }


def test_an_act_on_a_list_is_an_act_on_each_member_and_none_on_the_list(more: Dataset) -> None:
    act = "zgd:announcement-most-two"
    timed = {
        (row["class"], row["concerns"], row["certainty"]) for row in said_by_two(more, "timeline") if row["what"] == act
    }
    zones = ("zgd:zone-wenzhou-most", "zgd:zone-jiaxing-most")
    assert timed == {(kind, zone, "inferred") for kind in ("zg:Announcement", "zg:Publication") for zone in zones}


def test_a_notice_is_announced_and_published_by_one_act_and_no_zone_is_published(more: Dataset) -> None:
    act = "zgd:announcement-most-two"
    assert {(row["zone"], row["kind"], row["by"]) for row in said_by_two(more, "zone-acts")} == {
        ("zgd:zone-wenzhou-most", "zg:Announcement", "zgd:ministry-most"),
        ("zgd:zone-jiaxing-most", "zg:Announcement", "zgd:ministry-most"),
        ("zgd:zone-huzhou-most", "zg:Approval", "zgd:ministry-most"),
    }
    did = {(row["kind"], row["did"], row["what"]) for row in said_by_two(more, "what-bodies-did")}
    assert did == {
        ("zg:Announcement", "zg:performedBy", act),
        ("zg:Publication", "zg:performedBy", act),
        ("zg:Approval", "zg:approvedBy", "zgd:approval-huzhou-most"),
        ("zg:Notice", "zg:publishedBy", "zgd:notice-most-two"),
        ("zg:Goal", "zg:implementedBy", "zgd:goal-2021-05-02-passages-ports"),
    }
    told = {row["summary"] for row in said_by_two(more, "who-said-what") if row["about"] == act}
    assert told == {
        "announcement of zone-wenzhou-most",
        "announcement of zone-jiaxing-most",
        "publication of notice-most-two",
    }
    documents = {(row["act"], row["relation"]) for row in said_by_two(more, "documents")}
    assert documents == {(act, "by it"), ("zgd:approval-huzhou-most", "by it")}


def test_a_list_of_lists_has_their_members(more: Dataset) -> None:
    counted = {
        row["list"]: (row["completeness"], row["stated"], row["named"], row["agree"])
        for row in said_by_two(more, "lists-and-counts")
    }
    assert counted["zgd:list-2021-05-02-passages-all"] == ("open", "3", "3", "yes")
    assert counted["zgd:list-2021-05-02-passages-two"] == ("closed", "", "2", "")
    assert counted["zgd:zone-huzhou-most"] == ("closed", "", "1", "")


def test_a_number_or_claim_of_a_list_is_one_of_what_it_lists(more: Dataset) -> None:
    numbers = {(row["about"], row["amount"], row["realisation"]) for row in said_by_two(more, "quantities")}
    programme = "zgd:programme-most-ai-pilot-zones"
    assert numbers == {
        (programme, "3", "achieved"),
        (programme, "1", "achieved"),
        ("zgd:zone-huzhou-most", "40", "achieved"),
    }
    assert [row["about"] for row in said_by_two(more, "bounds")] == [programme]
    assert {row["about"] for row in said_by_two(more, "claims")} == {"zgd:zone-wenzhou-most", "zgd:zone-jiaxing-most"}


def test_whether_the_fields_of_a_goal_are_all_there_is_stands_in_the_table_of_lists(more: Dataset) -> None:
    listed = said_by_two(more, "lists-and-counts")
    assert not [row for row in listed if row["about"].startswith("zgd:list-")]
    goal = "zgd:goal-2021-05-02-passages-ports"
    fields = [row for row in listed if (row["property"], row["list"]) == ("zg:focusesOn", goal)]
    assert {(row["list"], row["completeness"], row["named"]) for row in fields} == {(goal, "open", "1")}
    assert rows(more, "lists-and-counts", about="zgd:zone-jiaxing-most") == [
        row for row in fields if row["about"] == "zgd:zone-jiaxing-most"
    ]


def test_the_focus_that_a_goal_gives_a_zone_has_the_goals_words(more: Dataset) -> None:
    (focus,) = (row for row in rows(more, "zones-by-sector", sector="sector:ports") if row["article"] == TWO)
    assert (focus["zone"], focus["focus"], focus["printed"]) == ("zgd:zone-wenzhou-most", "sector:ports", "harbours")
    tied = {(row["zone"], row["how"], row["to"]) for row in said_by_two(more, "ties")}
    assert tied == {("zgd:zone-wenzhou-most", "serves", "zgd:event-winter-olympics-2022")}


def test_words_that_stand_for_all_fields_are_shown_where_none_stand_for_the_field(more: Dataset) -> None:
    finance = rows(more, "zones-by-sector", sector="sector:finance")
    assert [row["printed"] for row in finance if row["article"] == TWO] == ["banking"]
    fields = {(row["field"], row["printed"]) for row in rows(more, "goals-by-sector") if row["article"] == SLUG}
    assert fields == {("sector:ports", "piers"), ("sector:finance", "trade")}


def test_who_speaks_of_a_passage_speaks_of_what_stands_in_it(more: Dataset) -> None:
    told = {(row["about"], row["summary"]) for row in said_by_two(more, "who-said-what")}
    assert ("zgd:claim-2021-05-02-passages-two", "by the sea") in told
    assert {row["speaker"] for row in said_by_two(more, "claims")} == {"zgd:ministry-most"}


def test_a_list_that_is_not_summed_up_is_told_by_what_it_is_of(more: Dataset) -> None:
    told = {(row["about"], row["summary"]) for row in said_by_two(more, "who-said-what")}
    assert ("zgd:list-2021-05-02-passages-two", "list of programme-most-ai-pilot-zones") in told


def test_an_article_names_an_event_without_saying_again_that_it_is_one(more: Dataset) -> None:
    assert {row["event"] for row in said_by_two(more, "events")} == {"zgd:event-winter-olympics-2022"}


def test_a_title_is_one_articles_mention_and_no_report(more: Dataset) -> None:
    known = [row for row in said_by_two(more, "known-from-titles") if row["thing"] == "zgd:zone-ningbo-most"]
    assert [row["fullerArticle"] for row in known] == [SLUG]
    alone = {
        (row["article"], row["certainty"])
        for row in rows(more, "zones-of-one-article")
        if row["zone"] == "zgd:zone-ningbo-most"
    }
    assert alone == {(SLUG, "stated"), (TWO, "title only")}
    assert "zgd:zone-ningbo-most" not in {row["zone"] for row in rows(more, "confirmed-zones")}


def test_the_day_of_an_article_is_that_of_its_last_change(more: Dataset) -> None:
    since = {row["zone"]: row["since"] for row in rows(more, "first-reported")}
    assert since["zgd:zone-wenzhou-most"] == "2021-05-04"
    (article,) = said_by_two(more, "articles")
    assert (article["published"], article["updated"]) == ("2021-05-02", "2021-05-04")
    shared = [row["date"] for row in rows(more, "undated-articles") if row["otherArticle"] == TWO]
    assert shared == ["2021-05-04"]
