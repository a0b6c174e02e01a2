"""The saved queries give the answers that a person reads in the articles; see tests/golden_answers.py."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from tests.golden_answers import NAMES, differences, golden
from zonegraph.build import Dataset


@pytest.mark.parametrize("name", NAMES)
def test_saved_query_gives_the_golden_answer(name: str, dataset: Dataset) -> None:
    missing, surplus = differences(name, dataset)
    assert not missing, f"read in the articles, not answered: {missing[:5]}; answered, not read: {surplus[:5]}"
    assert not surplus, f"answered, not read in the articles: {surplus[:5]}"


@pytest.mark.parametrize("name", NAMES)
def test_golden_rows_point_at_passages_that_carry_evidence(name: str, dataset: Dataset, texts: dict[str, str]) -> None:
    found = dataset.store.ox.query(
        """PREFIX zg: <https://w3id.org/zonegraph/ns#> PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?article ?start ?end { ?e zg:source ?article ; oa:start ?start ; oa:end ?end }"""
    )
    assert isinstance(found, ox.QuerySolutions)
    ranges: dict[str, list[tuple[int, int]]] = {}
    for row in found:
        slug = row["article"].value.partition("/id/article-")[2]  # type: ignore[union-attr]
        ranges.setdefault(slug, []).append((int(row["start"].value), int(row["end"].value)))  # type: ignore[union-attr]
    for see in golden(name)[2]:
        assert see, "every row says where to look"
        for place in see.split():
            if place in {"curation", "reference"}:
                continue
            match = re.fullmatch(r"([\w-]+):(\d+)-(\d+)", place)
            assert match, place
            slug, start, end = match[1], int(match[2]), int(match[3])
            assert 0 <= start < end <= len(texts[slug]), place
            assert any(a < end and start < b for a, b in ranges[slug]), f"{place}: no evidence lies there"
