"""The house as the design draws it: floors import downward only, terms are documented and used."""

from __future__ import annotations

import ast
import gzip
import re
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS

from tests.conftest import ROOT
from zonegraph import vocabulary as v

SOURCE = ROOT / "src" / "zonegraph"
# From the top floor down. A module may import from its own floor's packages only within one package.
FLOORS = [
    ["cli"],
    ["api", "editor", "server"],
    ["answers", "validation", "export", "output"],
    ["build"],
    ["catalogue", "evidence", "closure"],
    ["store"],
    ["rdf"],
    ["project"],
    ["deadline"],
    ["errors"],
    ["terms", "dates", "suggest", "patterns", "terminal"],
    ["vocabulary", "version"],
]
LEVEL = {name: i for i, floor in enumerate(FLOORS) for name in floor}


def imports(path: Path) -> set[str]:
    """The top-level modules of zonegraph that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "zonegraph":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zonegraph."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("zonegraph.")}
    return found


MODULES = [
    path for path in sorted(SOURCE.rglob("*.py")) if path.parent != SOURCE or path.stem not in {"__init__", "__main__"}
]


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(SOURCE)) for path in MODULES])
def test_a_module_imports_from_its_own_package_or_from_floors_below(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for name in imports(path):
        assert name == own or LEVEL[name] > LEVEL[own], f"{own} imports {name}"


def test_no_two_modules_of_the_validation_import_each_other() -> None:
    folder = SOURCE / "validation"
    imported: dict[str, set[str]] = {}
    for path in folder.glob("*.py"):
        found = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        imported[path.stem] = {(node.module or "").removeprefix("zonegraph.validation.") for node in found}
        imported[path.stem] |= {a.name for node in found if node.module == "zonegraph.validation" for a in node.names}
    assert [(one, other) for one in imported for other in imported[one] if one in imported.get(other, ())] == []


def test_whatever_is_printed_passes_the_places_that_clean_it() -> None:
    printing = {("cli/__init__.py", name) for name in ("show", "write", "say", "_fail")} | {("errors.py", "say")}
    # Their messages are their own, with nothing of anybody's in them.
    printing |= {("cli/watch.py", "end"), ("__main__.py", "_interrupted")}
    printing |= {("server/http/around.py", "log")}  # JSON in ASCII
    printing |= {("server/mcp/lines.py", "_write")}  # JSON for a program
    found = set()
    for path in SOURCE.rglob("*.py"):
        for part in ast.parse(path.read_text("utf-8")).body:
            calls = [ast.unparse(node.func) for node in ast.walk(part) if isinstance(node, ast.Call)]
            if any(re.match(r"print$|os\.write$|sys\.(__)?std(out|err)(__)?\.(write|buffer)", call) for call in calls):
                found.add((path.relative_to(SOURCE).as_posix(), getattr(part, "name", "")))
    assert found == printing


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "ontology" / "framework.ttl").parse(ROOT / "ontology" / "zonegraph.ttl")


def terms(graph: rdflib.Graph) -> list[rdflib.URIRef]:
    return sorted({s for s in graph.subjects(RDF.type) if isinstance(s, rdflib.URIRef) and s.startswith(v.ZG)})


def test_every_term_has_two_labels_and_a_definition_and_every_term_in_use_an_example(
    ontology: rdflib.Graph, whole: rdflib.Graph
) -> None:
    for term in terms(whole):
        languages = {label.language for label in whole.objects(term, SKOS.prefLabel)}  # type: ignore[attr-defined]
        assert languages == {"en", "zh"}, term
        assert whole.value(term, SKOS.definition), term
    for term in terms(ontology):
        assert ontology.value(term, SKOS.example), term


def test_every_term_of_another_vocabulary_says_where_it_is_defined(whole: rdflib.Graph) -> None:
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty):
        for term in whole.subjects(RDF.type, kind):
            assert whole.value(term, RDFS.isDefinedBy), term


@pytest.fixture(scope="module")
def whole() -> rdflib.Graph:
    """All of ontology/, with deprecated terms and alignments."""
    graph = rdflib.Graph()
    for path in (ROOT / "ontology").glob("*.ttl"):
        graph.parse(path)
    return graph


def test_every_term_shows_its_label_and_its_ontology_in_any_tool(whole: rdflib.Graph) -> None:
    for term in terms(whole):
        assert set(whole.objects(term, RDFS.label)) == set(whole.objects(term, SKOS.prefLabel)) != set(), term
        assert list(whole.objects(term, RDFS.isDefinedBy)) == [rdflib.URIRef(v.ZG.rstrip("#"))], term


def test_no_two_classes_and_no_two_properties_share_a_label(ontology: rdflib.Graph) -> None:
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    individuals = set(ontology.subjects(RDF.type, OWL.NamedIndividual))
    properties = {*terms(ontology)} - classes - individuals
    for kind in (classes, properties):
        pairs = [(label, term) for term in kind for label in ontology.objects(term, SKOS.prefLabel)]
        labels = [label for label, _ in pairs]
        assert [(label, term) for label, term in pairs if labels.count(label) > 1] == []


def test_every_property_is_used_by_a_saved_query_or_a_rule(ontology: rdflib.Graph) -> None:
    elsewhere = {
        "digest",
        "textDigest",
        "foundBy",
        "toldApartBy",
        "hint",
        "profilePlace",
        "labelPattern",
        "occurrence",
        "insidePassage",
        "doubt",
        "membersDiffer",
        "enteredUnder",
        "usualWord",
    }  # they serve `evidence`, `find`, `explain`, profiles, contradictions or a rule of `validate`, are asked of the merge alone, or nothing of the kind is known yet
    texts = [*(ROOT / "queries").glob("*.rq"), *(ROOT / "ontology" / "rules").glob("*.rq")]
    text = "".join(path.read_text("utf-8") for path in texts)
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    names = {
        str(s)[len(v.ZG) :] for kind in kinds for s in ontology.subjects(RDF.type, kind) if str(s).startswith(v.ZG)
    }
    assert {name for name in names if not re.search(rf"zg:{name}\b", text)} == elsewhere


def test_the_program_names_no_term_and_speaks_no_word_of_its_first_subject() -> None:
    """What a project is about is told by its files; the program speaks of what is declared in framework.ttl."""
    framework, subject = (
        {term[len(v.ZG) :] for term in terms(rdflib.Graph().parse(ROOT / "ontology" / f"{name}.ttl"))}
        for name in ("framework", "zonegraph")
    )
    assert "Zone" in subject - framework
    long = {name for name in subject if re.search("[a-z][A-Z]", name)} - {"seeAlso"}  # of RDFS, too
    named = re.compile(rf"(?:\bzg:|{re.escape(v.ZG)}|\bZG\.|\bZG\[\"|\bZG \+ \"|v\.ZG\}})(\w+)")
    words = re.compile(
        r"(?<!time )\b(zones?|cit(y|ies)|ministr(y|ies)|provinces?|programmes?|batch of|sectors?|hangzhou|miit)\b", re.I
    )
    for path in (p for p in SOURCE.rglob("*") if p.suffix in (".py", ".json")):
        text = path.read_text("utf-8")
        assert {*named.findall(text)} <= framework, path
        # Names of several words are taken for terms wherever they stand, as in a list of names to be put behind v.ZG.
        assert not long & {*re.findall(r"\w+", text)}, path
        assert not words.search(text), (path, words.search(text))


def test_no_definition_is_circular(ontology: rdflib.Graph) -> None:
    for term in terms(ontology):
        label = next(str(x) for x in ontology.objects(term, SKOS.prefLabel) if x.language == "en")  # type: ignore[attr-defined]
        definition = str(ontology.value(term, SKOS.definition))
        assert not re.match(rf"(an?|the) {re.escape(label)}\b", definition, re.IGNORECASE), term


def test_no_property_that_articles_may_state_differently_is_functional(ontology: rdflib.Graph) -> None:
    assert not set(ontology.subjects(RDF.type, OWL.FunctionalProperty))
    assert not set(ontology.subjects(RDF.type, OWL.InverseFunctionalProperty))


def test_date_properties_have_no_range(ontology: rdflib.Graph) -> None:
    for prop in ontology.subjects(RDFS.subPropertyOf, rdflib.URIRef(v.ZG + "dated")):
        assert ontology.value(prop, RDFS.range) is None


def test_identity_to_outside_things_is_never_same_as() -> None:
    for path in [*(ROOT / "data").rglob("*.ttl"), *(ROOT / "ontology").rglob("*.ttl")]:
        assert "owl:sameAs" not in path.read_text("utf-8"), path


def test_every_class_and_property_of_the_data_is_declared(ontology: rdflib.Graph) -> None:
    declared = set(terms(ontology))
    for path in (ROOT / "data").rglob("*.ttl"):
        used = set(re.findall(r"(?<![\w:])zg:(\w+)", re.sub(r'"[^"\n]*"', "", path.read_text("utf-8"))))
        assert {rdflib.URIRef(v.ZG + name) for name in used} <= declared, path


def test_nothing_names_a_folder_of_somebodys_machine() -> None:
    for folder in ("src", "docs", "queries", "shapes", "data", "ontology", "tests", "benchmarks"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".pyc"} and path.name != "test_house.py":
                content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                assert not re.search(r"/(home|Users|root|work)/", content.decode()), path
