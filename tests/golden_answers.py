"""The golden answers: what each saved query must say, and how an answer is held against it.

The golden files were written by hand from the articles. Their last column says where to look: `slug:start-end`, or
`curation` or `reference` for what rests on no passage, or `build` for what the build says of graphs and queries. `*`
stands for a value that cannot be read in an article, and a cell `~words` for one in which the regular expression `words`
is found.

They say what follows from the articles that they were written from, ARTICLES, whatever others there are by now, so answers are
held against them in a graph of these articles alone (`written_from`). A file written from fewer begins with the line
`# articles: slug, slug`. Of the reference data a golden file knows the things that stand in `golden/reference.txt`; what is said
of others, or links to them, is left out. What is said of those listed is judged as it stands today, so a correction of the reference data
may change an answer, and a new entry changes none.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from zonegraph.answers import queries
from zonegraph.build import Dataset
from zonegraph.build.conclusions import supported_by
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.store import Bindings
from zonegraph.terms import plain
from zonegraph.vocabulary import PREFIXES, shorten

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in (GOLDEN.parent.parent / "queries").glob("*.rq"))

ARTICLES = (  # that the golden files were written from
    "2021-02-24-china-daily",
    "2021-03-03-scio",
    "2021-03-26-hunan-government",
    "hangzhou-draft-action-plan",
    "miit-second-batch",
)
_FROM_FEWER = "# articles: "

Rows = list[list[str]]


def golden(name: str) -> tuple[list[str], Rows, list[str]]:
    """Return a query's golden columns and rows, and for each row where to look."""
    lines = (GOLDEN / f"{name}.csv").read_text("utf-8").splitlines(keepends=True)
    header, *rows = list(csv.reader(lines[lines[0].startswith(_FROM_FEWER) :]))
    assert header[-1] == "see", "the last column says where to look"
    return header[:-1], [row[:-1] for row in rows], [row[-1] for row in rows]


def articles(name: str) -> tuple[str, ...]:
    """Return the slugs of the articles that a query's golden file was written from."""
    first = (GOLDEN / f"{name}.csv").read_text("utf-8").partition("\n")[0]
    return tuple(first.removeprefix(_FROM_FEWER).split(", ")) if first.startswith(_FROM_FEWER) else ARTICLES


def written_from(root: Path, folder: Path) -> Path:
    """Write into a folder what the golden files were written from. Returns the folder.

    Parameters: `root`, the project. The folder gets a project with its ontology, rules, shapes and queries, of ARTICLES the files
    and reviews, of the curation what stands if only they count, and of the reference data what has to do with none but the things
    that golden files know. A file of which nothing is left out is copied to the letter.
    """
    for name in ("ontology", "shapes", "queries"):
        shutil.copytree(root / name, folder / name)
    project = sources.find(str(root))
    for file in [*project.articles, *project.review]:
        if sources.slug(file) in ARTICLES:
            _copy(file.path, folder / file.name)
    listed = set((GOLDEN / "reference.txt").read_text("utf-8").split())
    described = {t.subject for file in project.reference for t in turtle.parse(file.path)}
    new = {node for node in described if isinstance(node, ox.NamedNode) and shorten(node.value) not in listed}
    for file in project.reference:
        _copy(file.path, folder / file.name, lambda triples: _without(triples, new))
    for file in project.curation:
        _copy(file.path, folder / file.name, lambda triples: supported_by(triples, set(ARTICLES)))
    return folder


def _copy(source: str, target: Path, kept: Callable[[list[ox.Triple]], list[ox.Triple]] = list) -> None:
    """Copy a Turtle file, of its triples only those `kept`; without any there is no file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stated = turtle.parse(source)
    left = kept(stated)
    if len(left) == len(stated):
        shutil.copy(source, target)
    elif left:
        target.write_bytes(ox.serialize(left, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b"")


def _without(triples: list[ox.Triple], new: set[ox.NamedNode]) -> list[ox.Triple]:
    """Return the triples that name none of the things `new`, nor say anything of a nameless node that only these name."""
    left = [t for t in triples if t.subject not in new and t.object not in new]
    while True:
        named = {t.object for t in left}
        fewer = [t for t in left if not isinstance(t.subject, ox.BlankNode) or t.subject in named]
        if len(fewer) == len(left):
            return left
        left = fewer


def result_of(name: str, dataset: Dataset) -> tuple[queries.Question, Bindings]:
    """Return a saved query as it is asked without parameters, and the answer of a dataset."""
    question = queries.saved_question(dataset.catalogue[name], {}, dataset.store)
    return question, dataset.store.query(question.query)  # type: ignore[return-value]


def answer(name: str, dataset: Dataset) -> tuple[list[str], Rows]:
    """Return the columns and rows that a dataset gives for a query."""
    _, result = result_of(name, dataset)
    return result.variables, [[plain(term) for term in row] for row in result.rows]


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
