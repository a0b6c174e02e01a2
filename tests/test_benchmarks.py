"""Projects made for benchmarks: the same each time, clean, and with the warnings asked for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import projects
from tests.conftest import ROOT
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import turtle

SLUGS = sorted(path.stem for path in (ROOT / "data" / "articles").glob("*.ttl"))
BRIDGES = ROOT / "tests" / "projects" / "bridges"
MADE = f"data/articles/{SLUGS[0]}-w1.ttl"  # the article beyond those of the source


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.make(tmp_path_factory.mktemp("projects") / "plain", len(SLUGS) + 1, seed=7)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.make(tmp_path_factory.mktemp("projects") / "large", 3 * len(SLUGS))


def test_the_same_arguments_make_the_same_bytes(plain: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    projects.main([str(len(SLUGS) + 1), str(again), "--seed", "7"])
    projects.main([str(len(SLUGS) + 1), str(other), "--seed", "8"])
    assert files(again) == files(plain)
    assert files(other).keys() == files(plain).keys()
    assert files(other)[MADE] != files(plain)[MADE]


def test_a_larger_project_holds_a_smaller_one(large: Path, tmp_path: Path) -> None:
    small = files(projects.make(tmp_path / "small", 2 * len(SLUGS)))
    more = files(large)
    assert {name for name in small if more[name] != small[name]} == {"data/curation.ttl"}
    assert more["data/curation.ttl"].startswith(small["data/curation.ttl"].rstrip())


def test_the_files_of_the_source_stand_there_as_they_are(plain: Path) -> None:
    made = files(plain)
    for folder in projects.FOLDERS:
        for name, content in files(ROOT / folder).items():
            assert made[f"{folder}/{name}"].startswith(content.rstrip())
    assert sum(name.startswith("data/articles/") for name in made) == len(SLUGS) + 1


def test_what_two_worlds_share_is_described_in_the_reference_data(large: Path) -> None:
    project = sources.find(str(large))
    described = {str(t.subject) for file in project.reference for t in turtle.parse(file.path)}

    def said(mark: str) -> tuple[set[str], set[str]]:
        paths = [file.path for file in [*project.articles, *project.review] if file.path.endswith(f"-{mark}.ttl")]
        stated = [t for path in paths for t in turtle.parse(path, rename=True)]
        digests = {str(t.object) for t in stated if t.predicate.value in (v.ZG + "digest", v.ZG + "textDigest")}
        return {str(t.subject) for t in stated}, digests

    (things, digests), (other_things, other_digests) = said("w1"), said("w2")
    assert len(digests) == len(other_digests) > 100
    assert not digests & other_digests
    assert things & other_things <= described
    assert len(things - other_things) > 5 * len(things & other_things)


def test_each_world_joins_as_many_mentions_and_more_than_the_source(large: Path) -> None:
    stated = turtle.parse(str(large / "data" / "curation.ttl"))
    articles = [str(t.object) for t in stated if t.predicate.value == v.ZG + "mentionedIn"]
    joined = Counter(world[0] if (world := re.search(r"-w\d+>$", article)) else "source" for article in articles)
    assert joined["-w1>"] == joined["-w2>"] > joined["source"] > 10


def test_too_few_articles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the project copied has"):
        projects.make(tmp_path / "few", len(SLUGS) - 1)


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.make(tmp_path_factory.mktemp("projects") / "warned", len(SLUGS) + 1, seed=7, warnings=True)


def differing(warned: Path, plain: Path) -> dict[str, list[int]]:
    """The lines in which the files of one project differ from those of the other."""
    found, others = {}, files(plain)
    for name, content in files(warned).items():
        lines = zip(content.split(b"\n"), others[name].split(b"\n"), strict=True)
        found[name] = [n for n, (a, b) in enumerate(lines, 1) if a != b]
    return {name: numbers for name, numbers in found.items() if numbers}


def test_with_warnings_each_article_differs_in_one_line(warned: Path, plain: Path) -> None:
    articles = {file.name for file in sources.find(str(warned)).articles}
    assert {name: len(numbers) for name, numbers in differing(warned, plain).items()} == dict.fromkeys(articles, 1)


@pytest.mark.thorough
def test_with_warnings_each_article_has_exactly_one_and_nothing_else_is_found(warned: Path, plain: Path) -> None:
    report = validation.validate(sources.find(str(warned)))
    assert {f.severity for f in report.findings} == {"warning"}
    found: dict[str, list[int]] = {}
    for finding in report.findings:
        found.setdefault(finding.path, []).append(finding.line)
    # Without them it differs in these lines alone, so that nothing is found there.
    assert found == differing(warned, plain)


@pytest.mark.thorough
@pytest.mark.parametrize("more", range(1, len(SLUGS) + 1))
def test_a_project_conforms_wherever_its_last_world_ends(more: int, tmp_path: Path) -> None:
    made = projects.make(tmp_path / "made", len(SLUGS) + more, seed=7)
    assert validation.validate(sources.find(str(made))).findings == []


def test_each_rule_of_a_project_is_timed() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "validation.py"), "--time-rules", str(BRIDGES), "1"]
    timed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert set(json.loads(timed)) == {path.stem for path in (BRIDGES / "shapes" / "rules").glob("*.rq")}
