"""Each export is the same graph to every tool that reads its format, with our prefixes and the same bytes each time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT, missing, program
from zonegraph import export
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.rdf.serialize import FORMATS

pytestmark = pytest.mark.thorough  # other engines take long

ARTICLE = "article/2021-02-24-china-daily"
WITHOUT_GRAPHS = [
    (format, graphs) for format in FORMATS if format not in export.WITH_GRAPHS for graphs in ("merge", ARTICLE)
]
WITH_GRAPHS = [
    (format, graphs) for format in sorted(export.WITH_GRAPHS) for graphs in ("merge", ARTICLE, "asserted", "all")
]
EVERYTHING = WITHOUT_GRAPHS + WITH_GRAPHS
RDFLIB = {"turtle": "turtle", "nt": "nt", "rdfxml": "xml", "jsonld": "json-ld", "trig": "trig", "nq": "nquads"}
RAPPER = {"turtle": "turtle", "nt": "ntriples", "rdfxml": "rdfxml"}


def canonical(quads: bytes) -> set[str]:
    """N-Quads (or N-Triples) as a set of lines in which the labels of blank nodes depend on the graph alone."""
    found = ox.Dataset(ox.parse(quads, format=ox.RdfFormat.N_QUADS))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in found}


class Exports:
    """What the project exports, made once; `line_by_line` is the reading that the others are held against."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.made: dict[tuple[str, str], bytes] = {}
        self.read: dict[tuple[str, str], set[str]] = {}

    def bytes(self, format: str, graphs: str) -> bytes:
        key = (format, graphs)
        if key not in self.made:
            self.made[key] = export.export(self.project, format, graphs)
        return self.made[key]

    def line_by_line(self, format: str, graphs: str) -> set[str]:
        key = ("nq" if format in export.WITH_GRAPHS else "nt", graphs)
        if key not in self.read:
            self.read[key] = canonical(self.bytes(*key))
            assert len(self.read[key]) == len(self.bytes(*key).splitlines()) > 100
        return self.read[key]


@pytest.fixture(scope="module")
def exports(project: Project) -> Exports:
    return Exports(project)


@pytest.mark.parametrize(("format", "graphs"), EVERYTHING)
def test_oxigraph_reads_the_same_graph(exports: Exports, format: str, graphs: str) -> None:
    quads = ox.parse(exports.bytes(format, graphs), format=FORMATS[format])
    assert canonical(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"") == exports.line_by_line(format, graphs)


@pytest.mark.parametrize(("format", "graphs"), EVERYTHING)
def test_rdflib_reads_the_same_graph(
    exports: Exports, format: str, graphs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # values as written
    assert canonical(read_by_rdflib(exports.bytes(format, graphs), format)) == exports.line_by_line(format, graphs)


def read_by_rdflib(data: bytes, format: str) -> bytes:
    """An export as rdflib writes it line by line, once it has read it."""
    if format in export.WITH_GRAPHS:
        read = rdflib.Dataset()
        read.parse(data=data, format=RDFLIB[format])
        written = read.serialize(format="nquads", encoding="utf-8")
        return written.replace(b" <urn:x-rdflib:default> .\n", b" .\n")
    return rdflib.Graph().parse(data=data, format=RDFLIB[format]).serialize(format="nt", encoding="utf-8")


@pytest.mark.parametrize(("format", "graphs"), [pair for pair in WITHOUT_GRAPHS if pair[0] in RAPPER])
def test_rapper_reads_the_same_graph(exports: Exports, format: str, graphs: str) -> None:
    rapper = program("rapper", "raptor2-utils")
    result = subprocess.run(
        [rapper, "-q", "-i", RAPPER[format], "-o", "ntriples", "-", "urn:base:"],
        input=exports.bytes(format, graphs),
        capture_output=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert canonical(result.stdout) == exports.line_by_line(format, graphs)


@pytest.mark.parametrize("graphs", ["merge", ARTICLE])
def test_jsonld_js_reads_the_same_graph_and_fetches_nothing(exports: Exports, tmp_path: Path, graphs: str) -> None:
    assert canonical(read_by_jsonld_js(exports.bytes("jsonld", graphs), tmp_path)) == exports.line_by_line(
        "jsonld", graphs
    )


def read_by_jsonld_js(data: bytes, folder: Path) -> bytes:
    """A JSON-LD export as jsonld.js writes it line by line, once it has read it."""
    node = program("node", "nodejs")
    modules = os.environ.get("ZONEGRAPH_NODE_MODULES", "")
    if not os.path.isdir(os.path.join(modules, "jsonld")):
        missing("jsonld.js is not at hand (npm install --ignore-scripts jsonld, then set ZONEGRAPH_NODE_MODULES)")
    file = folder / "graph.jsonld"
    file.write_bytes(data)
    script = str(ROOT / "tests" / "jsonld_to_nquads.mjs")
    result = subprocess.run([node, script, os.path.abspath(modules), str(file)], capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


ODD = """
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix x: <http://example.org/odd#> . @prefix : <http://example.org/empty#> . @prefix q: <http://example.org/Q> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> . @prefix about: <http://example.org/about/> . @prefix its: <http://example.org/its#> .
x:numbers x:value "1e3"^^xsd:double, "1.5E0"^^xsd:double, "INF"^^xsd:double, "007"^^xsd:integer, "+5"^^xsd:integer,
    "-0"^^xsd:integer, 0, 5, -7, "12345678901234567890123"^^xsd:integer, 9007199254740993, "=1+1"^^xsd:integer,
    "3.50"^^xsd:decimal, "-.5"^^xsd:decimal, "5"^^xsd:int, false, true, "1"^^xsd:boolean, "TRUE"^^xsd:boolean,
    "2024-01-01Z"^^xsd:date, "2024-01-01T24:00:00"^^xsd:dateTime, "2021"^^xsd:gYear, "2021"^^x:year .
x:texts x:value "", "x", "x"@en, "x"@zh-hans, " spaced ", "a\\rb\\r\\nc\\n\\td", "1", "true", "[\\"@id\\"]", "<b>&amp;]]></b>", "\\u2028" .
x:terms zg:ordinal 0, 2, "02"^^xsd:integer, "2", 2.0, x:two ; zg:about x:texts, "x", "zgd:x", _:round ; zg:note zgd:x .
x:kinds a x:Kind, "kind", _:kind . _:kind x:value 0, 1 .
_:round x:next _:trip . _:trip x:next _:round .
x:lists x:value (0 "" ( x:two ) "02"^^xsd:integer), (), _:shared, _:typed, _:half ; x:other _:shared .
_:shared rdf:first 1 ; rdf:rest () . _:typed a rdf:List ; rdf:first 1 ; rdf:rest () . _:half rdf:first 1, 2 ; rdf:rest () .
:empty :p q:1, geo:lat, <geo:30.25,120.16>, about:us, its:term, <http://example.org/odd#> ; q:x geo:lat ; geo:lat 1 ; about:p 1 ; its:p 1 .
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """A project that holds values which are rarely written so, and names that a format has other uses for."""
    root = tmp_path_factory.mktemp("odd")
    for folder in ("ontology", "data", "queries", "shapes"):
        shutil.copytree(ROOT / folder, root / folder)
    with (root / "data" / "reference" / "places.ttl").open("a", encoding="utf-8") as file:
        file.write(ODD)
    return Exports(sources.find(str(root)))


@pytest.mark.parametrize("format", FORMATS)
def test_odd_values_are_exported_as_written(
    odd: Exports, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = "reference/places"
    nt = odd.bytes("nt", graphs).decode()
    xsd = "http://www.w3.org/2001/XMLSchema#"
    for written in (
        f'"1e3"^^<{xsd}double>',
        f'"007"^^<{xsd}integer>',
        f'"=1+1"^^<{xsd}integer>',
        f'"3.50"^^<{xsd}decimal>',
        f'"1"^^<{xsd}boolean>',
        f'"2024-01-01Z"^^<{xsd}date>',
        r'"a\rb\r\nc\n',
    ):
        assert written in nt
    test_oxigraph_reads_the_same_graph(odd, format, graphs)
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    expected = odd.bytes("nq" if format in export.WITH_GRAPHS else "nt", graphs)
    if format in {"turtle", "trig"}:  # in which rdflib reads a number without quotes as the number alone
        for written, number in (("007", "7"), ("+5", "5"), ("-0", "0"), ("02", "2"), ("-.5", "-0.5")):
            expected = expected.replace(f'"{written}"^^'.encode(), f'"{number}"^^'.encode())
    assert canonical(read_by_rdflib(odd.bytes(format, graphs), format)) == canonical(expected)
    if format in RAPPER:
        test_rapper_reads_the_same_graph(odd, format, graphs)
    if format == "jsonld":
        # jsonld.js rewrites doubles, however they are written, and knows no infinity.
        expected = odd.bytes("nt", graphs).replace(b'"1e3"', b'"1.0E3"').replace(b'"INF"', b'"NaN"')
        assert canonical(read_by_jsonld_js(odd.bytes(format, graphs), tmp_path)) == canonical(expected)


@pytest.mark.parametrize("format", ["turtle", "trig", "rdfxml", "jsonld"])
def test_prefixes_that_only_the_source_files_have_are_kept(odd: Exports, format: str) -> None:
    data = odd.bytes(format, "reference/places")
    found = declared(format, data)
    assert found["x"] == "http://example.org/odd#"
    geo = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    if format == "jsonld":
        assert {"geo", "about", ""} & found.keys() == set(), "these words mean something else there"
        assert json.loads(data)["@context"]["q"] == {"@id": "http://example.org/Q", "@prefix": True}
        assert b'"x:value"' in data
    else:
        assert (found["geo"], found["about"]) == (geo, "http://example.org/about/")
        assert (b"geo:lat 1" in data) if format != "rdfxml" else (b"<geo:lat " in data)


def test_of_prefixes_that_clash_ours_win_then_the_first_declared(project_copy: Path) -> None:
    """Files are read in the order of ontology, reference data, articles, reviews and curation."""
    for file, text in (
        (
            "data/reference/people.ttl",
            "@prefix ex: <http://e/1#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix unused: <http://e/7#> .",
        ),
        (
            "data/reference/places.ttl",
            "@prefix ex: <http://e/2#> . @prefix one: <http://e/1#> . @prefix org: <http://e/3#> .",
        ),
        (
            "data/curation.ttl",
            "@prefix two: <http://e/2#> . <http://e/1#a> <http://e/2#p> <http://e/3#c> ; two:q two:r .",
        ),
    ):
        with (project_copy / file).open("a", encoding="utf-8") as opened:
            opened.write("\n" + text + "\n")
    found = declared("turtle", export.export(sources.find(str(project_copy)), "turtle"))
    assert {prefix: iri for prefix, iri in found.items() if iri.startswith("http://e/")} == {
        "ex": "http://e/1#",
        "two": "http://e/2#",
    }
    assert found["dcterms"] == "http://purl.org/dc/terms/"
    assert not {"dct", "one", "unused"} & found.keys()


def declared(format: str, data: bytes) -> dict[str, str]:
    text = data.decode()
    if format == "jsonld":
        context = json.loads(text)["@context"]
        return {name: iri for name, iri in context.items() if isinstance(iri, str) and iri[-1:] in "/#"}
    pattern = r'xmlns:([\w-]+)="([^"]*)"' if format == "rdfxml" else r"(?m)^@prefix ([\w-]+): <([^>]*)> \.$"
    return dict(re.findall(pattern, text))


@pytest.mark.parametrize("graphs", ["merge", "ontology", ARTICLE])
@pytest.mark.parametrize("format", ["turtle", "trig", "rdfxml", "jsonld"])
def test_the_prefixes_of_the_source_files_are_kept_and_none_is_made_up(
    exports: Exports, format: str, graphs: str
) -> None:
    data = exports.bytes(format, graphs)
    found = declared(format, data)
    assert not [name for name in found if re.fullmatch(r"ns\d+|", name)]
    nt = exports.bytes("nt", graphs).decode()
    for path in [*(ROOT / "ontology").glob("*.ttl"), *(ROOT / "data").rglob("*.ttl")]:
        for prefix, namespace in re.findall(r"(?m)^@prefix (\w+): <([^>]*)> \.", path.read_text("utf-8")):
            if f"<{namespace}" in nt:
                assert found.get(prefix) == namespace, path
    if format == "rdfxml":
        assert b" xmlns=" not in data, "no element brings a namespace of its own"
    if format in {"turtle", "trig"}:
        used = set(re.findall(rf"<({re.escape(v.ZG)}\w+)>", data.decode()))
        assert not used, "terms are written with their prefix"


def test_two_runs_write_the_same_bytes_whatever_the_order_of_sets(tmp_path: Path) -> None:
    script = """if True:
        import hashlib
        from zonegraph import export
        from zonegraph.project import sources
        from zonegraph.rdf.serialize import FORMATS
        project = sources.find(".")
        for format in FORMATS:
            for graphs in ("merge", "ontology", *(("asserted", "all") if format in export.WITH_GRAPHS else ())):
                print(format, graphs, hashlib.sha256(export.export(project, format, graphs)).hexdigest())"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "ZONEGRAPH_CACHE": str(tmp_path / seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (run.communicate(timeout=600)[0] for run in runs)
    assert len(one.splitlines()) == 16
    assert one == other
