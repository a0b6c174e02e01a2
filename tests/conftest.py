"""What several tests need: the project, its built graph, the articles' texts, the command, a SPARQL server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from zonegraph import build
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.project.texts import by_digest

ROOT = Path(__file__).resolve().parent.parent

Command = Callable[..., "subprocess.CompletedProcess[str]"]


# Bulk is left to `make thorough`; with a share it makes do with that part of its inputs, and with a seed it draws others.
SHARE = float(os.environ.get("ZONEGRAPH_SHARE", "1"))
SEED = int(os.environ.get("ZONEGRAPH_SEED", "1"))


def missing(reason: str) -> NoReturn:
    """Skip a test for want of something that is no part of the project; where CI=true that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


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


@pytest.fixture(scope="session")
def project() -> Project:
    return sources.find(str(ROOT))


@pytest.fixture(scope="session")
def dataset(project: Project) -> Dataset:
    return build.open_dataset(project)


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """The articles' texts by slug; skips where they are not at hand."""
    folder = os.environ.get("ZONEGRAPH_ARTICLES")
    if not folder:
        missing("the articles' texts are not at hand (set ZONEGRAPH_ARTICLES to their folder)")
    at_hand = {digest: text for digest, (_, text) in by_digest(folder).items()}
    found = {}
    for file in sources.find(str(ROOT)).articles:
        content = Path(file.path).read_text("utf-8")
        digest = content.split('zg:textDigest "')[1][:64]
        found[sources.slug(file)] = at_hand[digest]
    return found


@pytest.fixture
def zonegraph() -> Command:
    """The command itself, in a process of its own."""

    def run(*arguments: str, cwd: Path = ROOT, stdin: str | None = None, **environment: str):  # type: ignore[no-untyped-def]
        return subprocess.run(
            [sys.executable, "-m", "zonegraph", *arguments],
            cwd=cwd,
            env={**os.environ, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


def copy_project(folder: Path) -> Path:
    """Copy the project's files into a folder. Returns the folder."""
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A copy of the project's files that a test may change."""
    return copy_project(tmp_path / "project")
