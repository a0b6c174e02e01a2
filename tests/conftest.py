"""What several tests need: the project, its built graph, the articles' texts, the command."""

from __future__ import annotations

import fcntl
import functools
import math
import os
import pickle
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from tests import command, golden_answers
from tests.command import ROOT, Command
from zonegraph import build, evidence, validation
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.project.texts import by_digest
from zonegraph.rdf import turtle

# What is no part of the project may lie beside it. An empty variable is for who wants to go without.
for _name in ("articles", "w3c"):
    if (ROOT.parent / "shared" / _name).is_dir():
        os.environ.setdefault(f"ZONEGRAPH_{_name.upper()}", str(ROOT.parent / "shared" / _name))


ARTICLE = "2021-03-26-hunan-government"  # the one article of a small project

# Bulk is left to `make thorough`; with a share it makes do with that part of its inputs, and a seed draws others.
SHARE = float(os.environ.get("ZONEGRAPH_SHARE", "1"))
SEED = int(os.environ.get("ZONEGRAPH_SEED", "1"))


_Input = TypeVar("_Input")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep of the cases of a bulk test the share that is drawn. Tests with as many cases draw the same.

    Cases of several tests are drawn from together where the marker says of what they are: `thorough(of="owlrl")`.
    """
    if SHARE >= 1:
        return
    bulk: dict[str, list[pytest.Item]] = {}
    for item in items:
        if marker := item.get_closest_marker("thorough"):
            bulk.setdefault(marker.kwargs.get("of", item.nodeid.partition("[")[0]), []).append(item)
    left_out: set[pytest.Item] = set()
    for alike in bulk.values():
        if len(alike) > 2:
            drawn = random.Random(SEED).sample(range(len(alike)), math.ceil(len(alike) * SHARE))
            left_out.update(item for place, item in enumerate(alike) if place not in drawn)
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left_out]


def share_of(number: int, least: int = 1) -> int:
    """Return how many inputs a bulk test makes do with that has a number of them: its share, and no fewer than some."""
    return min(number, max(least, round(number * SHARE)))


def drawn(inputs: Sequence[_Input], least: int = 1) -> list[_Input]:
    """Return the share of the inputs of a bulk test that is drawn, in their order, and no fewer than some."""
    places = random.Random(SEED).sample(range(len(inputs)), share_of(len(inputs), least))
    return [inputs[place] for place in sorted(places)]


def missing(reason: str) -> NoReturn:
    """Skip a test for want of something that is no part of the project; where CI=true that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def w3c(suite: str) -> Path:
    """The folder of one of W3C's test suites, or of a part of one; without a file in it the test is `missing` it."""
    at = os.environ.get("ZONEGRAPH_W3C")
    if not at or not any(path.is_file() for path in Path(at, suite).rglob("*")):
        missing(f"W3C's {suite} is not at hand (set ZONEGRAPH_W3C to the folder that holds W3C's test suites)")
    return Path(at, suite)


def program(name: str, package: str) -> str:
    """The path of another program; without it the test is `missing` it."""
    return shutil.which(name) or missing(f"{name} is not installed (Debian: {package})")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests out of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    old = os.environ.get("ZONEGRAPH_CACHE")
    os.environ["ZONEGRAPH_CACHE"] = str(folder)
    yield folder
    if old is None:
        del os.environ["ZONEGRAPH_CACHE"]
    else:
        os.environ["ZONEGRAPH_CACHE"] = old


@pytest.fixture(autouse=True)
def prefixes_of_this_project_alone() -> Iterator[None]:
    """Forget after a test the prefixes of other projects that it has opened in this process."""
    yield
    for prefix in v.OWN.keys() - _prefixes():
        del v.OWN[prefix], v.PREFIXES[prefix]


@functools.cache
def _prefixes() -> frozenset[str]:
    return frozenset(sources.find(str(ROOT)).prefixes)


@pytest.fixture(scope="session")
def project() -> Project:
    return sources.find(str(ROOT))


@pytest.fixture(scope="session")
def dataset(project: Project) -> Dataset:
    return build.open_dataset(project)


@pytest.fixture(scope="session")
def golden_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What the golden files and the examples of the documentation were written from; no test may change it."""
    return sources.find(str(golden_answers.written_from(ROOT, tmp_path_factory.mktemp("golden") / "project")))


@pytest.fixture(scope="session")
def golden_dataset(golden_project: Project) -> Dataset:
    return build.open_dataset(golden_project)


@pytest.fixture(scope="session")
def dataset_of(golden_dataset: Dataset) -> Callable[[str], Dataset]:
    """The graph of the articles that a query's golden file was written from, by the query's name; one for each set of articles."""

    @functools.cache
    def of(articles: tuple[str, ...]) -> Dataset:
        if articles == golden_answers.ARTICLES:
            return golden_dataset
        project = golden_dataset.project
        return Dataset(project, *build.build(project, set(articles)), None, [])

    return lambda name: of(golden_answers.articles(name))


_Made = TypeVar("_Made")


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[], _Made]) -> _Made:
    """Return what takes long to make, and is made by one of the processes that run the tests for all of them.

    Parameters: `folders`, of the session; `name`, of what is made, which can be pickled; `make`, which makes it.
    """
    own = folders.getbasetemp()
    path = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"{name}.pickle"
    with open(f"{path}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> validation.Report:
    """The report on the whole project."""
    return made_once(tmp_path_factory, "report", lambda: validation.validate(sources.find(str(ROOT))))


@pytest.fixture(scope="session")
def judged_examples(tmp_path_factory: pytest.TempPathFactory) -> list[validation.Report]:
    """The reports on the examples of rules: single files first, then the two projects."""
    from tests.test_validation_examples import reports

    return made_once(tmp_path_factory, "judged-examples", reports)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project like ours with ARTICLE alone, which no test may change. Where the rest is only around, it stands for `project`."""
    return sources.find(str(copy_project(tmp_path_factory.mktemp("few") / "project", ARTICLE)))


@pytest.fixture(scope="session")
def text_of(project: Project) -> Callable[[str], str]:
    """The text of an article by its slug; without it the test is `missing` it."""
    folder = os.environ.get("ZONEGRAPH_ARTICLES")
    at_hand = {digest: text for digest, (_, text) in by_digest(folder).items()} if folder else {}
    digests = {
        slug: evidence.text_digest(turtle.parse(file.path), slug)
        for file in project.articles
        for slug in [sources.slug(file)]
    }

    def of(slug: str) -> str:
        if not folder:
            missing("the articles' texts are not at hand (set ZONEGRAPH_ARTICLES to their folder)")
        if digests[slug] not in at_hand:
            missing(f"the text of {slug} is not at hand (ZONEGRAPH_ARTICLES names a folder without it)")
        return at_hand[digests[slug]]

    return of


@pytest.fixture(scope="session")
def texts(project: Project, text_of: Callable[[str], str]) -> dict[str, str]:
    """The articles' texts by slug; without one of them the test is `missing` it."""
    return {slug: text_of(slug) for slug in map(sources.slug, project.articles)}


@pytest.fixture
def zonegraph(golden_project: Project) -> Command:
    """The command in this process, in the golden project unless `cwd` says otherwise; see `tests/command.py`."""
    return functools.partial(command.here, cwd=Path(golden_project.root))


@pytest.fixture
def zonegraph_process(golden_project: Project) -> Command:
    """The command in a process of its own, in the golden project."""
    return functools.partial(command.process, cwd=Path(golden_project.root))


def copy_project(folder: Path, *articles: str) -> Path:
    """Copy the project's files into a folder. Returns the folder.

    Parameters: `articles`, the slugs of those that the copy has; then it has their reviews, the reference data and the saved
    query `timeline`, and neither other articles nor curation nor other saved queries. Left out, the copy has everything.
    """
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    if articles:
        for path in [*folder.glob("data/*/*.ttl"), *folder.glob("queries/*.rq")]:
            if path.parent.name != "reference" and path.stem not in (*articles, "timeline"):
                path.unlink()
        (folder / "data" / "curation.ttl").unlink()
    return folder


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A copy of the project's files that a test may change. `small` takes a quarter of the time to build and to validate."""
    return copy_project(tmp_path / "project")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project like ours with ARTICLE alone, which a test may change."""
    return copy_project(tmp_path / "project", ARTICLE)


# Two classes, three things, two questions: what has nothing to do with our data needs no more of it.
BRIDGES = {
    "ontology/bridges.ttl": """
        @prefix b: <https://example.org/bridges#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        b:Crossing a owl:Class .
        b:Bridge a owl:Class ; rdfs:subClassOf b:Crossing .
        b:Ferry a owl:Class ; rdfs:subClassOf b:Crossing .
        b:crosses a owl:ObjectProperty .
        """,
    "data/articles/guide.ttl": """
        @prefix b: <https://example.org/bridges#> .
        b:old a b:Bridge ; b:crosses b:thames .
        b:new a b:Bridge ; b:crosses b:thames .
        b:reed a b:Ferry ; b:crosses b:cam .
        """,
    "queries/crossings.rq": """\
#+ question: What crosses what?
#+ summary: Every bridge and ferry with its river.
#+ tags: [bridges]
#+ columns: {crossing: a bridge or ferry, river: what it crosses}
PREFIX b: <https://example.org/bridges#>
SELECT ?crossing ?river WHERE { ?crossing a b:Crossing ; b:crosses ?river } ORDER BY ?crossing
""",
    "queries/rivers.rq": """\
#+ question: Which rivers are crossed?
#+ summary: Each river once.
#+ tags: [bridges]
#+ columns: {river: a river}
PREFIX b: <https://example.org/bridges#>
SELECT DISTINCT ?river WHERE { ?crossing b:crosses ?river } ORDER BY ?river
""",
}


def bridges_project(folder: Path) -> Path:
    """Write the project of BRIDGES into a folder. Returns the folder."""
    for name, content in BRIDGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    return folder
