"""Each of the packages that the project stands on does real work: without it a main path fails, and only that path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from tests.sparql_server import serving
from zonegraph.build import Dataset
from zonegraph.project.sources import Project

BLOCKED = """
import sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None  # an import of it now raises ImportError
from zonegraph.cli import main
sys.exit(main(sys.argv[2:]))
"""


def without(package: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, package, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("package", ["rdflib", "pyshacl"])
def test_what_conforms_is_validated_without_rdflib_and_pyshacl(few: Project, package: str) -> None:
    result = without(package, "validate", few.articles[0].path, "--project", few.root)
    assert (result.returncode, result.stderr) in [(0, ""), (0, "zonegraph: building the graph ...\n")]
    assert result.stdout.startswith("conforms: 1 file checked")
    assert without(package, "evidence", "check", "--project", few.root).returncode == 0


@pytest.mark.parametrize("package", ["rdflib", "pyshacl"])
def test_what_does_not_conform_is_not_validated_without_rdflib_and_pyshacl(package: str) -> None:
    result = without(package, "validate", "tests/examples/shapes/reference/unit-fail.ttl")
    assert (result.returncode, result.stdout) == (3, "")
    assert package in result.stderr
    assert "Traceback" not in result.stderr


def test_without_owlrl_the_reference_reasoner_does_not_answer(few: Project, tmp_path: Path) -> None:
    arguments = ("query", "timeline", "--reasoner", "owlrl", "--project", few.root)
    result = without("owlrl", *arguments, ZONEGRAPH_CACHE=str(tmp_path))  # nothing built earlier may answer
    assert (result.returncode, result.stdout) == (3, "")
    assert "owlrl" in result.stderr


@pytest.mark.thorough
def test_the_reference_reasoner_gives_the_answers_of_the_compiled_rules(zonegraph) -> None:  # type: ignore[no-untyped-def]
    for name in ("zones-by-programme", "cities-of-both-ministries", "timeline", "zones-by-sector"):
        compiled = zonegraph("query", name, "--format", "csv")
        reference = zonegraph("query", name, "--format", "csv", "--reasoner", "owlrl")
        assert reference.returncode == 0, reference.stderr
        assert reference.stdout == compiled.stdout


def test_without_sparqlwrapper_no_endpoint_answers(dataset: Dataset) -> None:
    store = ox.Store()
    store.extend(dataset.store.ox)
    with serving(store) as (url, received):
        result = without("SPARQLWrapper", "query", "timeline", "--endpoint", url)
        assert received == []
    assert (result.returncode, result.stdout) == (3, "")
    assert "SPARQLWrapper" in result.stderr


@pytest.mark.parametrize("command", [["query", "timeline"], ["find", "Hangzhou"], ["query"]])
def test_a_saved_query_needs_none_of_the_heavy_packages(dataset: Dataset, command: list[str]) -> None:
    assert dataset.location is not None
    result = without("rdflib,pyshacl,owlrl,SPARQLWrapper,yaml,rich,typing", *command)  # to import typing takes 5 ms
    assert result.returncode == 0, result.stderr
