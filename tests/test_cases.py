"""What articles may yet say: each case an invented article with its question, and the answer worked out by hand.

A folder of tests/examples/cases/ is a case. Its name is the slug of `article.ttl`; another article is `<slug>.ttl`, and beside each
is its text, `<slug>.txt` (`zonegraph evidence fill` wants a file by the name of its slug). `reference.ttl`, `curation.ttl` and
`review.ttl`, where there are such, hold what the case adds to the project's reference data, its conclusions, and the review of
`article.ttl`. Otherwise the case's project has the project's own ontology, rules, shapes, queries and reference data. `case.json`
names a saved query (`question`), its parameters and the days as of which it is asked too; the answer is `expected.csv`, and as of
a day `expected-<day>.csv`, on the columns that these name.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from tests import virtuoso
from tests.conftest import ROOT, program
from tests.golden_answers import Rows
from tests.sparql_server import serving
from zonegraph import build, validation
from zonegraph.answers import queries
from zonegraph.build import Dataset, days
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.rdf.interchange import from_rdflib, to_rdflib, without_complaints
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.endpoint import EndpointStore
from zonegraph.terms import plain

FOLDER = ROOT / "tests" / "examples" / "cases"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.json"))
PARTS = ("reference", "curation", "review")
Answer = tuple[list[str], Rows]


def place(case: str, file: Path) -> str:
    """Return where a file of a case stands in the case's project."""
    slug = file.stem if file.stem not in ("article", *PARTS) else case
    folder = {"reference": "reference/", "review": "review/", "curation": ""}.get(file.stem, "articles/")
    return f"data/{folder}{'curation' if file.stem == 'curation' else slug}.ttl"


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def project(case: str, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project's own ontology, rules, shapes, queries and reference data, with the files of a case."""
    root = tmp_path_factory.mktemp(case)
    for name in ("ontology", "shapes", "queries"):
        (root / name).symlink_to(ROOT / name)
    for name in ("articles", "reference", "review"):
        (root / "data" / name).mkdir(parents=True)
    for path in (ROOT / "data" / "reference").glob("*.ttl"):
        (root / "data" / "reference" / path.name).symlink_to(path)
    for path in (FOLDER / case).glob("*.ttl"):
        (root / place(case, path)).symlink_to(path)
    return sources.find(str(root))


@pytest.fixture(scope="module")
def dataset(project: Project) -> Dataset:
    return built(project)


def built(project: Project, day: str | None = None) -> Dataset:
    kept, left_out = (None, []) if day is None else days.counted_by(days.of_project(project), day)
    return Dataset(project, *build.build(project, kept), None, left_out)


def told(case: str) -> dict:  # type: ignore[type-arg]
    """What `case.json` says."""
    return json.loads((FOLDER / case / "case.json").read_text("utf-8"))  # type: ignore[no-any-return]


def expected(case: str, day: str | None = None) -> Answer:
    """The columns and rows of the answer that was worked out by hand."""
    name = "expected.csv" if day is None else f"expected-{day}.csv"
    columns, *rows = csv.reader((FOLDER / case / name).read_text("utf-8").splitlines())
    return columns, rows


@pytest.fixture(scope="module")
def question(case: str, dataset: Dataset) -> queries.Question:
    values = {name: [value] for name, value in told(case).get("parameters", {}).items()}
    return queries.saved_question(dataset.catalogue[told(case)["question"]], values, dataset.store)


def answer(question: queries.Question, store: EmbeddedStore | EndpointStore, columns: list[str]) -> Answer:
    """Return a store's answer, of its columns those that the case names."""
    result = store.query(question.query)
    return named(columns, result.variables, [[plain(term) for term in row] for row in result.rows])  # type: ignore[union-attr]


def named(columns: list[str], variables: list[str], rows: Rows) -> Answer:
    at = [variables.index(column) for column in columns]
    return columns, [[row[i] for i in at] for row in rows]


def test_a_case_is_valid_against_its_texts(case: str, project: Project) -> None:
    paths = [f"{project.root}/{place(case, path)}" for path in (FOLDER / case).glob("*.ttl")]
    report = validation.validate(project, sorted(paths), articles=str(FOLDER / case))
    assert report.findings == []
    assert not report.unchecked


def test_a_case_is_answered_as_worked_out_by_hand(case: str, question: queries.Question, dataset: Dataset) -> None:
    assert answer(question, dataset.store, expected(case)[0]) == expected(case)


def test_a_case_is_answered_as_of_each_day(case: str, question: queries.Question, project: Project) -> None:
    for day in told(case).get("as-of", ()):
        then = built(project, day).store
        assert answer(question, then, expected(case, day)[0]) == expected(case, day), day


@pytest.mark.thorough  # other engines take long
def test_a_server_answers_a_case_alike(case: str, question: queries.Question, dataset: Dataset) -> None:
    with serving(dataset.store.ox) as (url, _):
        assert answer(question, EndpointStore(url), expected(case)[0]) == expected(case)


@pytest.fixture(scope="module")
def in_rdflib() -> rdflib.Dataset:
    return rdflib.Dataset()


@pytest.mark.thorough
def test_rdflib_answers_a_case_alike(
    case: str, question: queries.Question, dataset: Dataset, in_rdflib: rdflib.Dataset
) -> None:
    hold(in_rdflib, dataset.store.ox)
    result = in_rdflib.query(question.query.text)
    columns, rows = expected(case)
    found = [[plain(None if term is None else from_rdflib(term)) for term in row] for row in result]  # type: ignore[union-attr,arg-type]
    assert named(columns, [str(name) for name in result.vars or []], found) == (columns, rows)


def hold(dataset: rdflib.Dataset, store: ox.Store) -> None:
    """Have a dataset hold what a store holds; what two cases share, which is most, stays where it is."""
    held = set(dataset.quads())
    default = ox.NamedNode(str(DATASET_DEFAULT_GRAPH_ID))
    with without_complaints():
        wanted = {
            tuple(map(to_rdflib, (*quad.triple, default if quad.graph_name == ox.DefaultGraph() else quad.graph_name)))
            for quad in store
        }
    for quad in held - wanted:
        dataset.remove(quad)  # type: ignore[arg-type]
    for quad in wanted - held:
        dataset.add(quad)  # type: ignore[arg-type]


def test_a_case_has_no_file_that_nobody_reads(case: str, project: Project) -> None:
    days = told(case).get("as-of", ())
    known = {"article.ttl", "case.json", "expected.csv", *(f"expected-{day}.csv" for day in days)}
    known |= {f"{part}.ttl" for part in PARTS}
    known |= {f"{sources.slug(file)}{ending}" for file in project.articles for ending in (".ttl", ".txt")}
    assert {path.name for path in (FOLDER / case).iterdir()} <= known
    assert set(told(case)) <= {"question", "parameters", "as-of"}


@pytest.fixture
def virtuoso_endpoint(dataset: Dataset, tmp_path: Path) -> Iterator[str]:
    server, isql = (program(name, "virtuoso-opensource-7-bin") for name in ("virtuoso-t", "isql-vt"))
    quads = tmp_path / "all.nq"
    quads.write_bytes(dataset.store.ox.dump(format=ox.RdfFormat.N_QUADS) or b"")
    with virtuoso.serving(server, isql, tmp_path, quads) as address:
        yield address


@pytest.mark.thorough
def test_virtuoso_answers_a_case_alike(case: str, question: queries.Question, virtuoso_endpoint: str) -> None:
    assert answer(question, EndpointStore(virtuoso_endpoint), expected(case)[0]) == expected(case)
