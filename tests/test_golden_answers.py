"""The saved queries give the answers that a person reads in the articles.

The golden files were written by hand from the articles. Their last column says where to look: `slug:start-end`, or
`curation` or `reference` for what rests on no passage, or `build` for what the build says of graphs and queries. `*`
stands for a value that cannot be read in an article.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from zonegraph.answers import queries
from zonegraph.build import Dataset
from zonegraph.formats import plain

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in (GOLDEN.parent.parent / "queries").glob("*.rq"))


def golden(name: str) -> tuple[list[str], list[list[str]], list[str]]:
    with open(GOLDEN / f"{name}.csv", encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header[-1] == "see", "the last column says where to look"
    return header[:-1], [row[:-1] for row in rows], [row[-1] for row in rows]


def answer(name: str, dataset: Dataset) -> tuple[list[str], list[list[str]]]:
    question = queries.saved_question(dataset.catalogue[name], {}, dataset.store)
    result = queries.run(question, dataset.store)
    return result.variables, [[plain(term) for term in row] for row in result.rows]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NAMES)
def test_saved_query_gives_the_golden_answer(name: str, dataset: Dataset) -> None:
    columns, expected, _ = golden(name)
    variables, rows = answer(name, dataset)
    assert variables == columns
    for i in range(len(columns)):
        if any(row[i] == "*" for row in expected):
            assert all(row[i] for row in rows)
            for row in [*expected, *rows]:
                row[i] = "*"
    missing = [row for row in expected if expected.count(row) > rows.count(row)]
    surplus = [row for row in rows if rows.count(row) > expected.count(row)]
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
            if place in {"curation", "reference", "build"}:
                continue
            match = re.fullmatch(r"([\w-]+):(\d+)-(\d+)", place)
            assert match, place
            slug, start, end = match[1], int(match[2]), int(match[3])
            assert 0 <= start < end <= len(texts[slug]), place
            assert any(a < end and start < b for a, b in ranges[slug]), f"{place}: no evidence lies there"
