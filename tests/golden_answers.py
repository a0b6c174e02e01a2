"""The golden answers: what each saved query must say, and how an answer is held against it.

The golden files were written by hand from the articles. Their last column says where to look: `slug:start-end`, or
`curation` or `reference` for what rests on no passage, or `build` for what the build says of graphs and queries. `*`
stands for a value that cannot be read in an article, and a cell `~words` for one in which the regular expression `words`
is found.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from zonegraph.answers import queries
from zonegraph.build import Dataset
from zonegraph.terms import plain

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in (GOLDEN.parent.parent / "queries").glob("*.rq"))

Rows = list[list[str]]


def golden(name: str) -> tuple[list[str], Rows, list[str]]:
    """Return a query's golden columns and rows, and for each row where to look."""
    with open(GOLDEN / f"{name}.csv", encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header[-1] == "see", "the last column says where to look"
    return header[:-1], [row[:-1] for row in rows], [row[-1] for row in rows]


def answer(name: str, dataset: Dataset) -> tuple[list[str], Rows]:
    """Return the columns and rows that a dataset gives for a query."""
    question = queries.saved_question(dataset.catalogue[name], {}, dataset.store)
    result = dataset.store.query(question.query)
    return result.variables, [[plain(term) for term in row] for row in result.rows]  # type: ignore[union-attr]


def differences(name: str, dataset: Dataset) -> tuple[Rows, Rows]:
    """Return the golden rows that a dataset does not give, and the rows that it gives beside them."""
    columns, expected, _ = golden(name)
    variables, rows = answer(name, dataset)
    assert variables == columns
    for i in range(len(columns)):
        if any(row[i] == "*" for row in expected) and all(row[i] for row in rows):
            for row in [*expected, *rows]:
                row[i] = "*"
    fill_in(expected, rows)
    missing = [row for row in expected if expected.count(row) > rows.count(row)]
    surplus = [row for row in rows if rows.count(row) > expected.count(row)]
    return missing, surplus


def fill_in(expected: Rows, rows: Rows) -> None:
    """Put each answer's row in the place of the golden row whose `~` cells it meets, one for one."""
    left = list(rows)
    for i, row in enumerate(expected):
        if any(cell.startswith("~") for cell in row):
            for found in left:
                if all(re.search(a[1:], b) if a.startswith("~") else a == b for a, b in zip(row, found, strict=True)):
                    expected[i] = found
                    left.remove(found)
                    break
