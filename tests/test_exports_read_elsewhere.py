"""Each export is the same graph to every tool that reads its format, with our prefixes and the same bytes each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT, missing, program
from zonegraph import export
from zonegraph import vocabulary as v
from zonegraph.sources import Project

ARTICLE = "article/2021-02-24-china-daily"
WITHOUT_GRAPHS = [
    (format, graphs) for format in export.FORMATS if format not in export.WITH_GRAPHS for graphs in ("merge", ARTICLE)
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
    quads = ox.parse(exports.bytes(format, graphs), format=export.FORMATS[format][0])
    assert canonical(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"") == exports.line_by_line(format, graphs)


@pytest.mark.parametrize(("format", "graphs"), EVERYTHING)
def test_rdflib_reads_the_same_graph(
    exports: Exports, format: str, graphs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # values as written
    data = exports.bytes(format, graphs)
    if format in export.WITH_GRAPHS:
        read = rdflib.Dataset()
        read.parse(data=data, format=RDFLIB[format])
        written = read.serialize(format="nquads", encoding="utf-8")
        written = written.replace(b" <urn:x-rdflib:default> .\n", b" .\n")
    else:
        written = rdflib.Graph().parse(data=data, format=RDFLIB[format]).serialize(format="nt", encoding="utf-8")
    assert canonical(written) == exports.line_by_line(format, graphs)


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
    node = program("node", "nodejs")
    modules = os.environ.get("ZONEGRAPH_NODE_MODULES", "")
    if not os.path.isdir(os.path.join(modules, "jsonld")):
        missing("jsonld.js is not at hand (npm install --ignore-scripts jsonld, then set ZONEGRAPH_NODE_MODULES)")
    file = tmp_path / "graph.jsonld"
    file.write_bytes(exports.bytes("jsonld", graphs))
    script = str(ROOT / "tests" / "jsonld_to_nquads.mjs")
    result = subprocess.run([node, script, os.path.abspath(modules), str(file)], capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr.decode()
    assert canonical(result.stdout) == exports.line_by_line("jsonld", graphs)


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
        from zonegraph import export, sources
        project = sources.find(".")
        for format in export.FORMATS:
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
    one, other = (run.communicate(timeout=120)[0] for run in runs)
    assert len(one.splitlines()) == 16
    assert one == other
