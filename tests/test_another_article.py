"""An article more, with reference data, a review and conclusions of its own, breaks no golden answer.

`projects/sixth` holds what somebody adds with an invented article: new files, and what is written at the end of files that are
there. It names a new city, region, body, sector and indicator, puts a city that is known into the new region, and draws a
conclusion from itself and one of the other articles.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import golden_answers
from tests.conftest import ROOT, copy_project
from tests.golden_answers import NAMES, answer, differences
from zonegraph import build, validation
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.project.sources import Project

SIXTH = ROOT / "tests" / "projects" / "sixth"
SLUG = "2021-05-01-harbour-post"


def built(project: Project) -> Dataset:
    return Dataset(project, *build.build(project), None, [])


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The project with the article."""
    folder = copy_project(tmp_path_factory.mktemp("more") / "project")
    for path in (SIXTH / "data").rglob("*.ttl"):
        with (folder / path.relative_to(SIXTH)).open("a", encoding="utf-8") as file:
            file.write(path.read_text("utf-8"))
    return built(sources.find(str(folder)))


@pytest.fixture(scope="module")
def golden(more: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """What the golden files were written from, as the project with the article has it."""
    folder = golden_answers.written_from(Path(more.project.root), tmp_path_factory.mktemp("golden") / "project")
    return built(sources.find(str(folder)))


def test_the_article_is_valid_and_its_text_accounted_for(more: Dataset) -> None:
    files = [f.path for f in [*more.project.articles, *more.project.review] if sources.slug(f) == SLUG]
    report = validation.validate(
        more.project, [*files, *(f.path for f in more.project.curation)], articles=str(SIXTH / "texts")
    )
    assert len(files) == 2
    assert report.findings == []


def test_the_article_is_part_of_the_answers(more: Dataset) -> None:
    for name in ("zone-approvals", "quantities", "zones-by-sector", "zone-map", "zones-in-regions", "conclusions"):
        assert any("ningbo" in cell or SLUG in cell for row in answer(name, more)[1] for cell in row), name
        assert any(differences(name, more)), name


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_answers_are_as_without_the_article(name: str, golden: Dataset) -> None:
    assert differences(name, golden) == ([], [])


def test_nothing_of_the_article_is_left_in_what_the_golden_files_were_written_from(golden: Dataset) -> None:
    for path in Path(golden.project.root, "data").rglob("*.ttl"):
        text = path.read_text("utf-8")
        assert not [new for new in (SLUG, "ningbo", "tide-tables", "south-of-the-bay", "pilots-trained") if new in text]


def test_a_golden_file_may_be_written_from_fewer_articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.csv").write_text("# articles: a-slug, b-slug\nzone,see\nz,a-slug:0-9\n", "utf-8")
    (tmp_path / "all.csv").write_text("zone,see\nz,a-slug:0-9\n", "utf-8")
    monkeypatch.setattr(golden_answers, "GOLDEN", tmp_path)
    assert golden_answers.golden("some") == golden_answers.golden("all") == (["zone"], [["z"]], ["a-slug:0-9"])
    assert golden_answers.articles("some") == ("a-slug", "b-slug")
    assert golden_answers.articles("all") == golden_answers.ARTICLES
