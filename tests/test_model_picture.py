"""The picture of the model shows the ontology as it stands, and refuses to fall behind it."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import rdflib
from rdflib import OWL, RDF

from tests.conftest import ROOT
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

SVG = "{http://www.w3.org/2000/svg}"
Change = Callable[[str], str]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_model", ROOT / "docs" / "draw_model.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["draw_model"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def picture() -> ET.Element:
    return ET.parse(ROOT / "docs" / "model.svg").getroot()


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "model.md").read_text("utf-8")


@pytest.fixture
def changed(project_copy: Path) -> Callable[[Change], Path]:
    """A function that changes the text of a copy's ontology and returns the copy."""

    def change(how: Change) -> Path:
        file = project_copy / "ontology" / "zonegraph.ttl"
        before = file.read_text("utf-8")
        file.write_text(how(before), "utf-8")
        assert file.read_text("utf-8") != before
        return project_copy

    return change


def written(element: ET.Element) -> str:
    """A text element's own words, without the definition that shows when a pointer rests on it."""
    return (element.text or "") + "".join(
        ("" if child.tag == f"{SVG}title" else "".join(child.itertext())) + (child.tail or "") for child in element
    )


def texts(picture: ET.Element) -> list[str]:
    return [written(element) for element in picture.iter(f"{SVG}text")]


def declared(*kinds: rdflib.URIRef) -> set[str]:
    graph = rdflib.Graph().parse(ROOT / "ontology" / "zonegraph.ttl")
    return {v.shorten(str(term)) for kind in kinds for term in graph.subjects(RDF.type, kind)}


PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def test_the_picture_and_its_page_are_fresh(script: ModuleType, page: str) -> None:
    assert script.draw(ROOT) == (ROOT / "docs" / "model.svg").read_text("utf-8"), "run: make docs"
    assert script.page(ROOT) == page, "run: make docs"


def test_the_picture_is_the_same_whatever_the_order_of_sets(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, 'docs'); import draw_model, pathlib; print(draw_model.draw(pathlib.Path('.')))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_class_and_property_is_in_the_picture(picture: ET.Element) -> None:
    # What is said of files and terms, by other vocabularies' annotations, stands on the page alone.
    of_files = {"skos:definition", "skos:example"} | {
        name for name in declared(OWL.AnnotationProperty) if name.startswith(("vann:", "dcterms:"))
    } - {"dcterms:source"}
    words = set(re.findall(r"[\w:]+", " ".join(texts(picture))))
    for term in declared(OWL.Class, *PROPERTIES) - of_files:
        assert term.removeprefix("zg:") in words, term


def test_every_class_and_property_has_a_row_on_the_page(page: str) -> None:
    rows = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert declared(OWL.Class, *PROPERTIES) <= rows


def test_the_page_names_every_prefix_and_every_kind_of_graph(page: str) -> None:
    for prefix, namespace in v.PREFIXES.items():
        assert f"| `{prefix}:` | `{namespace}` |" in page
    graphs = [value for name, value in vars(v).items() if name.endswith("_GRAPH") and value != v.MERGE_GRAPH]
    for graph in graphs:
        assert re.search(rf"^\| `{re.escape(graph)}(<\w+>)?` \|", page, re.MULTILINE), graph


def test_the_picture_names_every_kind_of_graph_and_our_own_prefixes(picture: ET.Element) -> None:
    words = " ".join(texts(picture))
    for graph in (value for name, value in vars(v).items() if name.endswith("_GRAPH") and value != v.MERGE_GRAPH):
        assert graph.removeprefix(v.NS) in words
    for prefix, namespace in v.PREFIXES.items():
        if namespace.startswith(v.NS):
            assert f"{prefix}: " in words
            assert namespace in words


def test_the_picture_explains_itself_and_asks_for_nothing_from_elsewhere(picture: ET.Element) -> None:
    for tag in ("title", "desc"):
        element = picture.find(f"{SVG}{tag}")
        assert element is not None
        assert element.text
        assert element.get("id") in (picture.get("aria-labelledby") or "").split()
    source = (ROOT / "docs" / "model.svg").read_text("utf-8")
    assert not re.search(r"href|url\(|@import|@font-face|<script|<image|<foreignObject", source)


def test_what_a_chain_or_a_rule_infers_is_dashed_and_nothing_else(script: ModuleType, picture: ET.Element) -> None:
    dashed = set()
    for element in picture.iter(f"{SVG}text"):
        for part in (element, *element.iter(f"{SVG}tspan")):
            if "dash" in (part.get("class") or "").split():
                dashed.add(written(part).rstrip("*"))
    model = script.read_model(ROOT)
    inferred = {name for name, found in model.properties.items() if found.inferred} | model.inferred_classes
    assert dashed == inferred
    assert {"overseenBy", "inCity", "focusesWithin", "DateInterval"} <= inferred
    assert not {"locatedIn", "inProgramme", "within"} & inferred


def test_the_ends_of_an_inferred_property_follow_from_its_chain_or_rule(script: ModuleType) -> None:
    properties = script.read_model(ROOT).properties
    for name, ends in {
        "overseenBy": ("Zone", "Organization"),
        "inCity": ("Zone", "City"),
        "approvedBy": ("Approval", "Organization"),  # from the property that it is a kind of
        "focusesOn": ("", "Sector"),  # goals focus too: left open
        "about": ("", ""),
    }.items():
        assert (properties[name].source, properties[name].target) == ends


def test_the_evidence_in_the_picture_is_that_of_the_data(picture: ET.Element) -> None:
    words = [text.replace("*", "") for text in texts(picture)]
    article = (ROOT / "data" / "articles" / "2021-02-24-china-daily.ttl").read_text("utf-8")
    start, end, printed = (
        next(re.split(r"[ \u00a0]+", text, maxsplit=1)[1] for text in words if text.startswith(name + " "))
        for name in ("oa:start", "oa:end", "asPrinted")
    )
    line = rf"oa:start {start} ; oa:end {end} ; .*zg:supports zg:locatedIn ; zg:asPrinted \"{printed[1:-1]}\""
    assert re.search(line, article)


def test_a_class_without_a_place_is_refused_with_the_remedy(
    script: ModuleType, changed: Callable[[Change], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    project = changed(lambda text: text + "\nzg:Prize a owl:Class .\n")
    assert script.main([str(project)]) == 2
    assert "class Prize has no place: add a line for it to PLACES" in capsys.readouterr().err
    assert not (project / "docs").exists()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("zg:servesIn a owl:ObjectProperty", "zg:serves a owl:ObjectProperty", "ROUTES: servesIn is no property"),
        ("zg:note a owl:DatatypeProperty", "zg:remark a owl:DatatypeProperty", "HOMES: note is no property"),
        ("zg:Strategy a owl:Class", "zg:Policy a owl:Class", "PLACES: Strategy is no class"),
        (
            "zg:runBy a owl:ObjectProperty ; rdfs:domain zg:Programme",
            "zg:runBy a owl:ObjectProperty ; rdfs:domain zg:Batch",
            "ROUTES: runBy is drawn at Programme, and the ontology says Batch",
        ),
    ],
)
def test_a_table_that_says_other_than_the_ontology_is_refused(
    script: ModuleType, changed: Callable[[Change], Path], before: str, after: str, message: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        script.draw(changed(lambda text: text.replace(before, after)))


def test_a_sub_class_and_a_property_of_a_drawn_class_appear_by_themselves(
    script: ModuleType, changed: Callable[[Change], Path]
) -> None:
    new = (
        "\nzg:Bureau a owl:Class ; rdfs:subClassOf zg:Organization ."
        "\nzg:rank a owl:DatatypeProperty ; rdfs:domain zg:Event ."
        "\nzg:nickname a owl:DatatypeProperty .\n"
    )
    found = texts(ET.fromstring(script.draw(changed(lambda text: text + new))))
    assert {"Bureau", "rank", "nickname"} <= set(found)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("".join(f"\nzg:p{i} a owl:DatatypeProperty ; rdfs:domain zg:Person ." for i in range(9)), "Person overlaps Document"),
        ("\nzg:more a owl:DatatypeProperty ; rdfs:domain zg:Quantity .", "PLACES: Quantity reaches out of its panel"),
        ("\nzg:averyverylongnameofaproperty a owl:DatatypeProperty ; rdfs:domain zg:Batch .", "Batch: “averyverylong"),
        ("".join(f"\nzg:p{i} a owl:DatatypeProperty ." for i in range(9)), "PANELS: Of anything"),
    ],
    ids=["boxes that overlap", "a box higher than its panel", "text wider than its box", "more lines than a panel holds"],
)  # fmt: skip
def test_what_could_not_be_read_is_refused(
    script: ModuleType, changed: Callable[[Change], Path], new: str, message: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        script.draw(changed(lambda text: text + new + "\n"))


@pytest.mark.parametrize(
    ("route", "message"),
    [
        (("Zone.bottom+104 Event.top",), "the line of tiedTo* runs through Strategy"),
        (("Zone.bottom+104 Strategy.top", (790, 250, "start")), "the name tiedTo* overlaps Zone"),
        (("Zone.bottom+20 Strategy.top", (755, 346, "start")), "the name concerns* overlaps tiedTo*"),
        (("Zone.bottom+4 x690 y343 Strategy.top",), "ends beside Strategy"),
        (("Zone.bottom Strategy.top",), "is not like Box.left+20"),
        (("Zone.bottom+104 Tactic.top",), "ROUTES names Tactic"),
    ],
)
def test_an_arrow_that_could_not_be_followed_is_refused(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, route: tuple[object, ...], message: str
) -> None:
    monkeypatch.setitem(script.ROUTES, ("tiedTo",), script.Route(*route))
    if "concerns" in message:
        monkeypatch.setitem(
            script.ROUTES, ("concerns",), script.Route("Act.top+100 y346 x780 Zone.bottom", (760, 346, "start"))
        )
    with pytest.raises(UsageError, match=re.escape(message)):
        script.draw(ROOT)


def test_panels_that_overlap_or_leave_the_page_are_refused(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(script.PANELS, "acts", script.PANELS["acts"]._replace(width=400))
    monkeypatch.setitem(script.PANELS, "prefixes", script.PANELS["prefixes"]._replace(height=300))
    with pytest.raises(UsageError, match=r"acts overlaps events(.|\n)*prefixes reaches out of the page"):
        script.draw(ROOT)
