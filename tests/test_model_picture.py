"""The picture and the tables of the model show the ontology as it stands, and can be read."""

from __future__ import annotations

import importlib.util
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
import rdflib
from rdflib import OWL, RDF

from tests.conftest import ROOT
from zonegraph import vocabulary as v

SVG = "{http://www.w3.org/2000/svg}"
HEAD = f"@prefix : <{v.ZG}> . @prefix owl: <{v.OWL}> . @prefix rdfs: <{v.RDFS}> .\n"
Area = tuple[float, float, float, float]  # left, top, right, bottom


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
def page() -> str:
    return (ROOT / "docs" / "model.md").read_text("utf-8")


def picture_of(script: ModuleType, folder: Path, ontology: str) -> ET.Element:
    """The picture of an ontology that is made up."""
    (folder / "ontology").mkdir()
    (folder / "ontology" / "zonegraph.ttl").write_text(HEAD + ontology, "utf-8")
    return ET.fromstring(script.draw(script.Model(folder)))


def texts(picture: ET.Element, *styles: str) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text") if not styles or text.get("class") in styles]


def check_geometry(script: ModuleType, picture: ET.Element) -> None:
    """Nothing overlaps or leaves the page, no text leaves its box, and no line runs through a box or another's name."""
    width, height = map(float, (picture.get("viewBox") or "").split()[2:])
    areas: list[tuple[Area, str]] = []
    for shape in list(picture.iter(f"{SVG}rect"))[1:]:
        x, y, wide, high = (float(shape.get(name) or "") for name in ("x", "y", "width", "height"))
        areas.append(((x, y, x + wide, y + high), shape.get("class") or ""))
        assert 0 <= x < x + wide <= width
        assert 0 <= y < y + high <= height
    for (one, _), (other, _) in combinations(areas, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    legend, *rest = picture.iter(f"{SVG}text")
    assert float(legend.get("x") or "") + script.Node(0, [("", legend.text or "")]).width <= width
    for text in rest:
        x, y = float(text.get("x") or ""), float(text.get("y") or "")
        wide = script.Node(0, [("", text.text or "")]).width - 8
        assert any(a[0] <= x and x + wide <= a[2] + 1 and a[1] <= y - 9 and y + 3 <= a[3] + 1 for a, _ in areas), (
            text.text
        )
    passed = dict.fromkeys((area for area, style in areas if style == "names"), 0)
    for line in picture.findall(f"{SVG}path[@stroke]"):
        points = [tuple(map(float, part.split())) for part in re.findall(r"[MLC]([^MLC]+)", line.get("d") or "")]
        curves = list(zip(points[::2], points[1::2], strict=True))
        for (x, _), (*_, end, _) in curves:  # between two columns there is nothing else
            assert not any(a[0] < end and x < a[2] for a, _ in areas)
        for (*_, x, y), (end, level) in zip((c for _, c in curves[:-1]), (p for p, _ in curves[1:]), strict=True):
            assert y == level
            for area, style in areas:
                if area[0] < end and x < area[2] and area[1] < y < area[3]:
                    assert style == "names"
                    passed[area] += 1
    assert set(passed.values()) <= {1}


def test_picture_and_page_are_what_the_script_writes(tmp_path: Path) -> None:
    for folder in ("docs", "ontology"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    page = tmp_path / "docs" / "model.md"
    (tmp_path / "docs" / "model.svg").unlink()
    page.write_text(re.sub(r"^\| `zg:.*\n", "", page.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    subprocess.run([sys.executable, tmp_path / "docs" / "draw_model.py"], check=True, timeout=120)
    for name in ("model.md", "model.svg"):
        written = (tmp_path / "docs" / name).read_text("utf-8")
        assert written == (ROOT / "docs" / name).read_text("utf-8"), "run: make docs"


def test_every_class_and_property_has_a_row_on_the_page(page: str) -> None:
    graph = rdflib.Graph().parse(ROOT / "ontology" / "framework.ttl").parse(ROOT / "ontology" / "zonegraph.ttl")
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    terms = {v.shorten(str(term)) for kind in kinds for term in graph.subjects(RDF.type, kind)}
    assert terms <= set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))


def test_the_page_names_every_prefix_and_every_kind_of_graph(page: str) -> None:
    for prefix, namespace in v.PREFIXES.items():
        assert f"| `{prefix}:` | `{namespace}` |" in page
    for graph in (value for name, value in vars(v).items() if name.endswith("_GRAPH") and value != v.MERGE_GRAPH):
        assert re.search(rf"^\| `{re.escape(graph)}(<\w+>)?` \|", page, re.MULTILINE), graph


def test_the_picture_can_be_read(script: ModuleType) -> None:
    picture = ET.parse(ROOT / "docs" / "model.svg").getroot()
    check_geometry(script, picture)
    assert len(texts(picture, "name")) >= 12
    assert {"Designation", "Agent", "Place", "Document", "Act"} <= set(texts(picture, "name"))
    source = (ROOT / "docs" / "model.svg").read_text("utf-8")
    assert not re.search(r"href|url\(|@import|@font-face|<script|<image|<foreignObject", source)


def test_what_is_inferred_is_dashed_or_slanted_and_nothing_else(script: ModuleType) -> None:
    picture = ET.parse(ROOT / "docs" / "model.svg").getroot()
    model = script.Model(ROOT)
    inferred = {v.shorten(term).removeprefix("zg:") for term in model.inferred.keys() - model.restated}
    shown = {text.partition(" ")[0] for text in texts(picture, "inferred")}
    assert shown == inferred - {"DateInterval", "ofDate", "earliest", "latest"}  # of a class that nothing is joined to
    assert {"overseenBy", "inCity", "focusesWithin"} <= shown
    assert not inferred & {text.partition(" ")[0] for text in texts(picture, "stated")}


def test_the_ends_of_an_inferred_property_follow_from_its_chain_or_rule(script: ModuleType) -> None:
    model = script.Model(ROOT)
    for name, ends in {
        "overseenBy": ("Designation", "Organization"),
        "inCity": ("Designation", "City"),
        "performedBy": ("", "Organization"),
        "about": ("", ""),
    }.items():
        found = [model.end(v.ZG + name, side).removeprefix(v.ZG) for side in (script.DOMAIN, script.RANGE)]
        assert tuple(found) == ends


def test_another_ontology_is_drawn_as_it_says(script: ModuleType, tmp_path: Path) -> None:
    picture = picture_of(
        script,
        tmp_path,
        """
        :A a owl:Class . :B a owl:Class . :C a owl:Class . :Alone a owl:Class . :Kind a owl:Class ; rdfs:subClassOf :B .
        :List a owl:Class . :one a :List, owl:NamedIndividual .
        :toB a owl:ObjectProperty ; rdfs:domain :A ; rdfs:range :B .
        :toC a owl:ObjectProperty ; rdfs:domain :Kind ; rdfs:range :C .
        :back a owl:ObjectProperty ; rdfs:domain :C ; rdfs:range :A .
        :listed a owl:ObjectProperty ; rdfs:domain :A ; rdfs:range :List .
        :open a owl:ObjectProperty ; rdfs:domain :A .
        :number a owl:DatatypeProperty ; rdfs:domain :A .
        :far a owl:ObjectProperty ; owl:propertyChainAxiom ( :toB :toC ) .
        """,
    )
    check_geometry(script, picture)
    assert texts(picture, "name") == ["A", "B", "C"]
    assert texts(picture, "kind") == ["Kind"]
    assert texts(picture, "inferred") == ["far"]
    assert set(texts(picture, "stated")) == {"toB", "toC", "back → A", "listed → List", "open → owl:Thing", "number"}
    assert [line.get("class") for line in picture.findall(f"{SVG}path[@stroke]")].count("line inferred") == 1


@pytest.mark.parametrize("seed", range(3))
def test_any_ontology_is_laid_out(script: ModuleType, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    classes = [f"Class{'x' * draw.randrange(30)}{i}" for i in range(20)]
    lines = [f":{c} a owl:Class ." for c in classes]
    for i in range(50):
        source, target = draw.choice(classes), draw.choice(classes)
        name = f"{'m' * draw.randrange(20)}of{i}"
        lines.append(f":{name} a owl:ObjectProperty ; rdfs:domain :{source} ; rdfs:range :{target} .")
    check_geometry(script, picture_of(script, tmp_path, "\n".join(lines)))


def test_what_is_deprecated_is_marked_and_a_bar_does_not_end_a_cell(script: ModuleType, tmp_path: Path) -> None:
    skos = f"@prefix skos: <{v.SKOS}> .\n"
    picture_of(
        script,
        tmp_path,
        skos
        + ':A a owl:Class . :B a owl:Class . :old a owl:ObjectProperty ; rdfs:domain :A ; rdfs:range :B ; owl:deprecated true ; skos:definition "a | b"@en .',
    )
    page = script.fill((ROOT / "docs" / "model.md").read_text("utf-8"), script.Model(tmp_path))
    assert "| `zg:old` | `zg:A` | `zg:B` |  |  | *Deprecated.* a \\| b |  |" in page.splitlines()
