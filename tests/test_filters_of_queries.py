"""What a parameter leaves of an answer: the rows of the golden answer that have the value, and none that lacks it."""

from __future__ import annotations

import pytest

from tests.golden_answers import golden
from zonegraph.answers import queries
from zonegraph.build import Dataset
from zonegraph.terms import plain

Rows = list[list[str]]


def asked(dataset: Dataset, name: str, **values: str) -> Rows:
    question = queries.saved_question(dataset.catalogue[name], {k: [x] for k, x in values.items()}, dataset.store)
    return [[plain(term) for term in row] for row in dataset.store.query(question.query).rows]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "parameter", "typed", "value", "number"),
    [
        ("zone-approvals", "programme", "zgd:programme-mohrss-hr-parks", "zgd:programme-mohrss-hr-parks", 3),
        ("zone-approvals", "batch", "zgd:batch-miit-2", "zgd:batch-miit-2", 5),
        ("zone-approvals", "approver", "Ministry of Science and Technology", "zgd:ministry-most", 5),
        ("zones-by-sector", "zone", "zgd:zone-chengdu-miit", "zgd:zone-chengdu-miit", 4),
        ("which-came-first", "city", "Shenzhen", "zgd:city-shenzhen", 1),
        ("ties", "zone", "zgd:zone-tianjin-miit", "zgd:zone-tianjin-miit", 3),
        ("events", "event", "Olympic Winter Games Beijing 2022", "zgd:event-winter-olympics-2022", 2),
        ("event-ties", "event", "zgd:event-asian-games-2022", "zgd:event-asian-games-2022", 2),
    ],
)
def test_a_parameter_keeps_the_rows_that_have_its_value(
    golden_dataset: Dataset, name: str, parameter: str, typed: str, value: str, number: int
) -> None:
    columns, rows, _ = golden(name)
    kept = [row for row in rows if row[columns.index(parameter)] == value]
    assert len(kept) == number
    assert sorted(asked(golden_dataset, name, **{parameter: typed})) == sorted(kept)


def test_a_batch_is_asked_for_by_its_number_too(golden_dataset: Dataset) -> None:
    columns, rows, _ = golden("zone-approvals")
    first = [row for row in rows if row[columns.index("batch")] == "zgd:batch-miit-1"]
    assert sorted(asked(golden_dataset, "zone-approvals", ordinal="1")) == sorted(first)
    assert asked(golden_dataset, "zone-approvals", ordinal="3") == []


def test_a_sector_takes_narrower_ones_in_and_without_one_each_focus_stands_once(golden_dataset: Dataset) -> None:
    focus = {(row[0], row[1]) for row in asked(golden_dataset, "zones-by-sector", sector="sector:finance")}
    assert focus == {
        ("sector:finance", "zgd:zone-chengdu-miit"),
        ("sector:finance", "zgd:zone-hangzhou-miit"),
        ("sector:finance", "zgd:zone-hangzhou-miit"),
    }
    rows = asked(golden_dataset, "zones-by-sector")
    assert len({(row[0], row[1], row[2]) for row in rows}) == len(rows)


def test_either_authority_may_be_the_one_that_has_a_zone(golden_dataset: Dataset) -> None:
    of, without = "Ministry of Science and Technology", "Ministry of Industry and Information Technology"
    rows = asked(golden_dataset, "cities-of-one-ministry", of=of, without=without)
    assert [row[:2] for row in rows] == [
        ["zgd:city-changsha", "zgd:zone-changsha-most"],
        ["zgd:city-hefei", "zgd:zone-hefei-most"],
    ]


def test_zones_of_either_programme_are_asked_for_that_stand_without_the_other(golden_dataset: Dataset) -> None:
    programme, other = "zgd:programme-miit-ai-pilot-zones", "zgd:programme-most-ai-pilot-zones"
    rows = asked(golden_dataset, "zones-without-the-other", programme=programme, other=other)
    assert rows == [
        ["zgd:zone-chengdu-miit", "zgd:city-chengdu", "stated"],
        ["zgd:zone-guangzhou-miit", "zgd:city-guangzhou", "stated"],
        ["zgd:zone-shandong-miit", "zgd:city-jinan", "inferred"],
        ["zgd:zone-shandong-miit", "zgd:city-qingdao", "inferred"],
        ["zgd:zone-shanghai-miit", "zgd:municipality-shanghai", "stated"],
    ]


def test_sums_are_of_lists_of_the_completeness_that_is_asked_for(golden_dataset: Dataset) -> None:
    assert [row[6:8] for row in asked(golden_dataset, "list-sums")] == [["=", "6140"]]  # 40 + 300 + 800 + 5000
    unclear = asked(golden_dataset, "list-sums", completeness="zg:completenessUnclear")
    lists = {row[0] for row in unclear}
    assert "zgd:list-hangzhou-draft-action-plan-enterprise-targets" in lists
    assert "zgd:list-hangzhou-draft-action-plan-talent-targets" not in lists
    # 10 projects and 80 enterprises are no 90 of anything, and the enterprises of one list are not added to its parks
    assert "zgd:list-hangzhou-draft-action-plan-application-targets" not in lists
    assert [row[2:8] for row in unclear] == [
        ["AI enterprises", "number", "3", "3", "≥", "810"],  # at least 10, and 300 + 500
        ["institutions and facilities", "number", "2", "2", "=", "15"],  # 5 + 10
    ]
