"""The ontology as OWL tools see it: the OWL API's profile checker, HermiT and Pellet, the latter through Owlready2.

The reasoners get what the commands export. HermiT knows only the datatypes of OWL 2, so it gets the data without their
dates; Pellet gets all of it.
"""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, missing, program
from zonegraph import export
from zonegraph import vocabulary as v
from zonegraph.project.sources import Project

pytestmark = pytest.mark.thorough  # other engines take long

XSD = v.XSD.encode()
NOT_IN_OWL = [b"^^<" + XSD + name + b"> ." for name in (b"date", b"gYear", b"gYearMonth")]


@pytest.fixture(scope="module")
def owlready() -> Any:
    program("java", "default-jdk-headless")
    if importlib.util.find_spec("owlready2") is None:
        missing("owlready2 is not installed (pip install -e '.[interop]')")
    import owlready2

    return owlready2


@pytest.fixture(scope="module")
def checked(project: Project, owlready: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """What the OWL API says of the exported ontology, of its Turtle, and of one with two mistakes put in."""
    program("javac", "default-jdk-headless")  # java alone runs no source file
    folder = tmp_path_factory.mktemp("owl")
    rdf = export.export(project, "rdfxml", "ontology")
    (folder / "ontology.rdf").write_bytes(rdf)
    (folder / "ontology.ttl").write_bytes(export.export(project, "turtle", "ontology"))
    mistakes = f"""
        <owl:DatatypeProperty rdf:about="{v.ZG}day"><rdfs:range rdf:resource="{v.XSD}date"/></owl:DatatypeProperty>
        <owl:Class rdf:about="{v.ZG}Thing"><skos:undeclared>?</skos:undeclared></owl:Class>
        </rdf:RDF>"""
    (folder / "mistaken.rdf").write_bytes(rdf.replace(b"</rdf:RDF>", mistakes.encode()))
    jars = os.path.join(os.path.dirname(owlready.__file__), "pellet", "*")
    result = subprocess.run(
        ["java", "-cp", jars, str(ROOT / "tests" / "OwlProfiles.java"), *map(str, sorted(folder.iterdir()))],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, list[list[str]]] = {}
    for line in result.stdout.splitlines():
        name, *rest = line.split("\t")
        found.setdefault(name, []).append(rest)
    return found


@pytest.mark.parametrize("file", ["ontology.rdf", "ontology.ttl"])
def test_the_ontology_is_in_owl_2_dl_and_in_owl_2_rl(checked: dict[str, list[list[str]]], file: str) -> None:
    (_, iri), (_, axioms), *violations = checked[file]
    assert violations == []
    assert iri == v.ZG.rstrip("#"), "the ontology has one header"
    assert int(axioms) > 500


def test_the_profile_checker_finds_a_mistake(checked: dict[str, list[list[str]]]) -> None:
    violations = checked["mistaken.rdf"][2:]
    assert any(profile == "OWL 2 RL" and "date" in text for profile, text in violations)
    assert any(profile == "OWL 2 DL" and "undeclared" in text for profile, text in violations)


def consistent(owlready: Any, reasoner: str, triples: bytes) -> bool:
    world = owlready.World()
    world.get_ontology(v.ZG).load(fileobj=io.BytesIO(triples))
    assert len(list(world.classes())) > 50
    try:
        getattr(owlready, f"sync_reasoner_{reasoner}")(world, debug=0)
    except owlready.OwlReadyInconsistentOntologyError:
        return False
    assert list(world.inconsistent_classes()) == []
    return True


def without_dates(triples: bytes) -> bytes:
    return b"".join(line for line in triples.splitlines(keepends=True) if not any(end in line for end in NOT_IN_OWL))


def test_ontology_and_data_are_consistent_to_hermit(project: Project, owlready: Any) -> None:
    merge = export.export(project, "nt", "merge")
    assert 0 < len(merge.splitlines()) - len(without_dates(merge).splitlines()) < 500
    assert consistent(owlready, "hermit", without_dates(merge))


def test_ontology_and_data_are_consistent_to_pellet(project: Project, owlready: Any) -> None:
    assert consistent(owlready, "pellet", export.export(project, "nt", "merge"))


@pytest.mark.parametrize("reasoner", ["hermit", "pellet"])
def test_a_reasoner_finds_a_contradiction(project: Project, owlready: Any, reasoner: str) -> None:
    thing = f"<{v.ZGD}x> <{v.RDF_TYPE}> <{v.ZG}%s> .\n"
    both = (thing % "Ministry" + thing % "Place").encode()
    assert not consistent(owlready, reasoner, export.export(project, "nt", "ontology") + both)


def test_the_turtle_of_the_ontology_has_one_header(project: Project) -> None:
    header = f"<{v.RDF_TYPE}> <{v.OWL}Ontology> .".encode()
    assert export.export(project, "nt", "merge").count(header) == 1


def test_no_file_of_the_ontology_is_imported_from_elsewhere() -> None:
    for path in Path(ROOT / "ontology").glob("*.ttl"):
        assert "owl:imports" not in path.read_text("utf-8")
