"""The exported graph is the graph: nothing lost, nothing rewritten, the same bytes each time."""

from __future__ import annotations

import csv
import functools
import io
import os
import re
import threading
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.conftest import ARTICLE, ROOT
from zonegraph import evidence, export, terms
from zonegraph import vocabulary as v
from zonegraph.build import Dataset
from zonegraph.build.graphs import asserted_graphs, load
from zonegraph.output import spreadsheet
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.project.writing import write_atomically
from zonegraph.rdf.serialize import FORMATS
from zonegraph.store import Bindings
from zonegraph.terms import TYPE


@functools.cache
def exported(format: str, graphs: str = "merge") -> bytes:
    """The export of the whole project, made once."""
    return export.export(sources.find(str(ROOT)), format, graphs)


@pytest.mark.parametrize(
    ("format", "graphs"),
    [
        *((format, "merge") for format in sorted(FORMATS)),
        ("turtle", f"article/{ARTICLE}"),
        *(
            pytest.param(format, f"article/{ARTICLE}", marks=pytest.mark.thorough)
            for format in sorted(FORMATS)
            if format != "turtle"
        ),
    ],
)
def test_an_export_has_the_same_bytes_on_every_run(few: Project, format: str, graphs: str) -> None:
    assert export.export(few, format, graphs) == export.export(few, format, graphs)


@pytest.mark.parametrize("format", ["trig", "nq"])
def test_all_graphs_read_back_are_the_store(dataset: Dataset, format: str) -> None:
    rdf = FORMATS[format]
    back = ox.Store()
    back.load(exported(format, "all"), format=rdf)
    assert Counter(q.graph_name for q in back) == Counter(q.graph_name for q in dataset.store.ox)


@pytest.mark.thorough
def test_rdflib_and_oxigraph_read_the_same_merge_from_turtle_and_n_triples() -> None:
    turtle = rdflib.Graph().parse(data=exported("turtle"), format="turtle")
    triples = rdflib.Graph().parse(data=exported("nt"), format="nt")
    assert len(turtle) == len(triples) == len(list(ox.parse(exported("nt"), format=ox.RdfFormat.N_TRIPLES)))
    assert isomorphic(turtle, triples)


def canonical(data: bytes, format: ox.RdfFormat) -> set[str]:
    """A graph with its blank nodes labelled by content, so that two readings can be compared."""
    found = ox.Dataset(ox.parse(data, format=format))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in found}


def holds_the_same_merge(project: Project, format: str) -> bool:
    expected = canonical(export.export(project, "nt"), ox.RdfFormat.N_TRIPLES)
    return canonical(export.export(project, format), FORMATS[format]) == expected


@pytest.mark.parametrize("format", ["turtle", "rdfxml", "jsonld"])
def test_every_format_without_named_graphs_holds_the_same_merge(few: Project, format: str) -> None:
    assert holds_the_same_merge(few, format)


@pytest.mark.thorough
@pytest.mark.parametrize("format", ["turtle", "rdfxml", "jsonld"])
def test_every_format_holds_the_whole_merge_and_the_same_bytes_on_every_run(project: Project, format: str) -> None:
    assert holds_the_same_merge(project, format)
    assert export.export(project, format) == exported(format)


@pytest.mark.thorough
def test_rdflib_reads_rdf_xml_and_json_ld_alike() -> None:
    xml = rdflib.Graph().parse(data=exported("rdfxml"), format="xml")
    json_ld = rdflib.Graph().parse(data=exported("jsonld"), format="json-ld")
    assert isomorphic(xml, json_ld)


def test_json_ld_carries_its_context_and_the_shipped_one_is_fresh(project: Project) -> None:
    import json

    written = json.loads(exported("jsonld", "curation"))
    assert isinstance(written["@context"], dict), "no reader has to fetch it"
    shipped = json.loads((Path(project.root) / "ontology" / "context.jsonld").read_text("utf-8"))
    assert shipped == {"@context": export.context(project)}
    assert written["@context"] == shipped["@context"]
    # Whatever else a property is, transitive or an annotation, its values are IRIs where they cannot be words.
    for name in (
        "within",
        "inPassage",
        "locatedIn",
        "foundBy",
        "toldApartBy",
        "insidePassage",
        "ofProperty",
        "inGraph",
    ):
        assert written["@context"][name] == {"@id": f"zg:{name}", "@type": "@id"}
    assert written["@context"]["ofValue"] == "zg:ofValue"


def test_rows_are_exported_as_csv_that_a_spreadsheet_does_not_run(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    (small / "queries" / "hostile.rq").write_text(
        "#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n"
        'SELECT ?x WHERE { VALUES ?x { "=1+1" "+1" "-1" "@x" "\\t=1" "\\r=1" "部, =1" -5 } } ORDER BY ?x\n',
        "utf-8",
    )
    path = small / "rows.csv"
    result = zonegraph("export", "--query", "hostile", "--project", str(small), "-o", str(path))
    assert result.returncode == 0, result.stderr
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row[0] for row in csv.reader(file)}
    assert rows == {"x", "'=1+1", "'+1", "'-1", "'@x", "'\t=1", "'\r=1", "部, =1", "-5"}, "a number stays a number"


@pytest.mark.parametrize(
    ("value", "datatype", "safe"),
    [
        ("=1+1", "decimal", False),
        ("=1+1", "integer", False),
        ("-1+1", "double", False),
        ("-INF", "double", False),
        ("-5\n=1", "decimal", False),
        ("=1", "string", False),
        ("＝1", "string", False),
        ("＋1", "string", False),
        ("－1", "string", False),
        ("＠x", "string", False),
        ("\n=1", "string", False),
        ("\nx", "string", False),
        ("  =1", "string", False),
        ("\u3000＝1", "string", False),
        ("\u00a0=1", "string", False),
        ("\ufeff=1", "string", False),
        ("\x00=1", "string", False),
        ("\u00ad=1", "string", False),
        ("\u180e=1", "string", False),
        ("\u2062+1", "string", False),
        ("\ufe0f@x", "string", False),
        ("\u0301\u20dd-1", "string", False),
        ("\U000e0020=1", "string", False),
        ("\u2028=1", "string", False),
        ("\u2029\u202e＝1", "string", False),
        ("\x1b\u3164\u2800=1", "string", False),
        ("\u00ad\u200d", "string", True),
        ("\u0301a=1", "string", True),
        ("-5.5", "string", False),
        ("-5.5", "decimal", True),
        ("-.5", "decimal", True),
        ("-5", "integer", True),
        ("+5", "integer", True),
        ("-5", "int", True),
        ("-1.5E-3", "double", True),
        ("-1e3", "float", True),
        ("-0044", "gYear", False),
        ("", "string", True),
        ("  x", "string", True),
        ("a=1", "string", True),
        ("=", "string", True),
        ("==", "string", False),
        ("部＝1", "string", True),
    ],
)
def test_a_spreadsheet_takes_text_for_text_and_numbers_for_numbers(value: str, datatype: str, safe: bool) -> None:
    literal = ox.Literal(value, datatype=ox.NamedNode(v.XSD + datatype))
    _, row = csv.reader(io.StringIO(spreadsheet.as_csv(Bindings(["x"], [(literal,)])), newline=""))
    assert row == [value if safe else "'" + value]


def test_csv_begins_with_a_byte_order_mark_on_request_only(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for arguments, expected in ((["--bom"], b"\xef\xbb\xbfarticle,"), ([], b"article,")):
        path = tmp_path / "rows.csv"
        assert zonegraph("export", "--query", "articles", "-o", str(path), *arguments).returncode == 0
        assert path.read_bytes().startswith(expected)
    assert zonegraph("export", "--format", "csv").returncode == 2


def test_inferences_are_exported_on_request_only() -> None:
    assert b"/graph/inferred" not in exported("nq", "asserted")
    assert not re.search(rb"(?m)^\S+ <https://w3id\.org/zonegraph/ns#inCity> ", exported("nt", "merge"))
    assert b"/graph/inferred" in exported("nq", "all")


def test_values_are_exported_as_written(small: Path) -> None:
    file = small / "data" / "reference" / "people.ttl"
    file.write_text(
        file.read_text("utf-8")
        + '\nzgd:x <urn:p> "3.50"^^<http://www.w3.org/2001/XMLSchema#decimal>, "01"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        "utf-8",
    )
    exported = export.export(sources.find(str(small)), "nt")
    for literal in (b'"3.50"^^', b'"01"^^'):
        assert literal in exported


def test_without_named_graphs_each_triple_still_leads_to_its_passages_and_no_other(
    project: Project, dataset: Dataset
) -> None:
    """In the merge every evidence names one property and one value, so articles that differ are not mixed up."""
    back = ox.Store()
    back.load(exported("nt"), format=ox.RdfFormat.N_TRIPLES)
    query = f"""PREFIX zg: <{v.ZG}> PREFIX oa: <{v.OA}>
    SELECT ?s ?p ?o ?article ?start ?end {{
      ?s zg:evidence ?e . ?e zg:supports ?p ; zg:value ?o ; zg:source ?article ; oa:start ?start ; oa:end ?end }}"""
    found: dict[ox.Triple, set[tuple[str, int, int]]] = {}
    for s, p, o, article, start, end in back.query(query):  # type: ignore[union-attr,misc]
        found.setdefault(ox.Triple(s, p, o), set()).add((article.value, int(start.value), int(end.value)))
    stated = [
        t
        for graph, triples in asserted_graphs(project)[0]
        if graph.startswith(v.ARTICLE_GRAPH)
        for t in triples
        if t.predicate.value not in evidence.UNSUPPORTED and "/evidence-" not in getattr(t.subject, "value", "")
    ]
    for triple, passages in evidence.passages(dataset.store, stated).items():
        assert found.get(triple, set()) == {(p.article, p.start, p.end) for p in passages}, triple


def test_without_named_graphs_each_statement_is_said_by_whom_it_is_in_the_store(
    project: Project, dataset: Dataset
) -> None:
    """Who speaks in a passage is restated of the evidence in it, which is written once for each triple."""
    back = ox.Store()
    back.load(exported("nt"), format=ox.RdfFormat.N_TRIPLES)
    held = {quad.object for quad in back.quads_for_pattern(None, evidence.EVIDENCE, None, None)}
    passage = ox.NamedNode(v.ZG + "Passage")
    held |= {quad.subject for quad in back.quads_for_pattern(None, TYPE, passage, None)}
    for name in (f"{v.ZG}saidBy", f"{v.ZG}speakerBasis", f"{v.ZG}basis", f"{v.OA}start"):
        subjects = {quad.subject for quad in back.quads_for_pattern(None, ox.NamedNode(name), None, None)}
        assert subjects
        assert subjects <= held, name
    query = f"""PREFIX zg: <{v.ZG}> PREFIX oa: <{v.OA}>
    SELECT ?s ?p ?o ?article ?start ?end ?speaker ?basis {{
      ?s zg:evidence ?e . ?e zg:supports ?p ; zg:value ?o ; zg:source ?article ; oa:start ?start ; oa:end ?end ; zg:saidBy ?speaker
      OPTIONAL {{ ?e zg:speakerBasis ?basis }} }}"""
    found = {
        (
            ox.Triple(s, p, o),
            article.value,
            int(start.value),
            int(end.value),
            speaker.value,
            terms.text(basis)[len(v.ZG) :],
        )
        for s, p, o, article, start, end, speaker, basis in back.query(query)  # type: ignore[union-attr,misc]
    }
    stated = [
        t
        for graph, triples in asserted_graphs(project)[0]
        if graph.startswith(v.ARTICLE_GRAPH)
        for t in triples
        if t.predicate.value not in evidence.UNSUPPORTED and "/evidence-" not in getattr(t.subject, "value", "")
    ]
    assert found == {
        (t, p.article, p.start, p.end, p.said_by, p.speaker_basis.replace("stated", ""))
        for t, passages in evidence.passages(dataset.store, stated).items()
        for p in passages
        if p.said_by
    }


def test_a_folder_gets_one_file_for_each_graph(zonegraph, few: Project, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph(
        "export", "--graphs", "asserted", "--format", "turtle", "-o", str(tmp_path) + "/", "--project", few.root
    )
    assert result.returncode == 0, result.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"article-{ARTICLE}.ttl", "queries.ttl", "ontology.ttl", "reference-places.ttl"} <= names
    assert len(names) == len(asserted_graphs(few)[0])


@pytest.mark.parametrize("format", ["turtle", "nq", "jsonld"])
def test_a_folder_is_written_from_one_reading_of_each_file(
    few: Project, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Counter[str] = Counter()

    def counted(file: sources.SourceFile, **how: bool) -> list[ox.Triple]:
        read[file.name] += file not in few.ontology  # which the context of JSON-LD is made from as well
        return load(file, **how)

    monkeypatch.setattr("zonegraph.build.graphs.load", counted)
    paths = export.export_folder(few, format, "asserted", str(tmp_path))
    assert set(read.values()) == {0, 1}
    monkeypatch.undo()
    for name in (f"article/{ARTICLE}", "reference/people", "ontology"):
        (path,) = [p for p in paths if Path(p).stem == name.replace("/", "-")]
        assert Path(path).read_bytes() == export.export(few, format, name)


def test_blank_nodes_of_the_ontology_are_blank_again(project: Project) -> None:
    written = exported("nt", "ontology")
    assert b"genid" not in written
    back = rdflib.Graph().parse(data=written, format="nt")
    original = rdflib.Graph()
    for file in project.ontology:
        original.parse(file.path)
    assert isomorphic(back, original)


def test_what_a_link_leads_to_is_written_and_the_link_stays(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Whether it was there before or not."""
    for old in ("old", None):
        target, link = tmp_path / "there" / f"{old}.ttl", tmp_path / f"{old}.ttl"
        target.parent.mkdir(exist_ok=True)
        if old:
            target.write_text(old)
        link.symlink_to(target)
        result = zonegraph("export", "-o", str(link), "--graphs", "curation")
        assert result.returncode == 0, result.stderr
        assert link.is_symlink()
        assert target.read_bytes().startswith(b"@prefix ")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["None.ttl", "None.ttl", "old.ttl", "old.ttl", "there"]


def test_a_pipe_is_written_to_and_not_replaced(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keeping = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # so that the reader below ends even if nobody writes
    read: list[bytes] = []
    expected = exported("turtle", "curation")

    def reader() -> None:
        with open(os.dup(keeping), "rb", buffering=0) as file:
            os.set_blocking(file.fileno(), True)
            while sum(map(len, read)) < len(expected):
                read.append(file.read(65536))

    thread = threading.Thread(target=reader, daemon=True)
    thread.start()
    result = zonegraph("export", "-o", str(pipe), "--graphs", "curation", "--format", "turtle", cwd=ROOT)
    thread.join(10)
    os.close(keeping)
    assert result.returncode == 0, result.stderr
    assert pipe.is_fifo()
    assert b"".join(read) == expected


def test_a_device_is_written_to_and_not_replaced(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    link = tmp_path / "device"  # were the link replaced, the device itself would be safe
    link.symlink_to("/dev/null")
    result = zonegraph("export", "-o", str(link), "--graphs", "curation", "--format", "turtle")
    assert result.returncode == 0, result.stderr
    assert link.is_symlink()
    assert Path("/dev/null").is_char_device()
    assert [path.name for path in tmp_path.iterdir()] == ["device"]


def test_a_file_that_is_written_anew_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(str(path), b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    umask = os.umask(0o022)
    try:
        write_atomically(str(tmp_path / "other.ttl"), b"new")
    finally:
        os.umask(umask)
    assert (tmp_path / "other.ttl").stat().st_mode & 0o777 == 0o644


def test_links_that_lead_to_each_other_are_refused_and_stay(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    one.symlink_to(other)
    other.symlink_to(one)
    result = zonegraph("export", "-o", str(one), "--graphs", "curation")
    assert (result.returncode, one.is_symlink(), other.is_symlink()) == (2, True, True)
    assert "one.ttl: cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("triple", "expected"),
    [
        (
            r'zgd:city-hangzhou zg:namedAs "a\u0001b"@en',
            "zgd:city-hangzhou zg:namedAs: cannot be written as RDF/XML: the value contains U+0001",
        ),
        (r'zgd:city-hangzhou zg:namedAs "\uFFFE"', "the value contains U+FFFE"),
        (
            "zgd:x <http://example.org/1> 1",
            "zgd:x <http://example.org/1>: cannot be written as RDF/XML: the property's IRI",
        ),
    ],
)
def test_what_xml_cannot_hold_is_refused_and_nothing_is_written(  # type: ignore[no-untyped-def]
    zonegraph, small: Path, triple: str, expected: str
) -> None:
    with (small / "data" / "reference" / "sectors.ttl").open("a", encoding="utf-8") as file:
        file.write(f"\n{triple} .\n")
    for graphs, output in (("merge", "/all.rdf"), ("asserted", "/folder/")):
        result = zonegraph(
            "export",
            "--format",
            "rdfxml",
            "--graphs",
            graphs,
            "-o",
            str(small) + output,
            "--project",
            str(small),
        )
        assert result.returncode == 2
        assert expected in result.stderr
        assert not os.path.exists(str(small) + output)
    text = "SELECT ?s ?o WHERE { VALUES (?s ?o) { (1 'a\\u0001b') } }"
    result = zonegraph("query", "-e", text, "--format", "xml")
    assert (result.returncode, result.stdout) == (2, "")
    assert "?o: the value contains U+0001, which XML cannot represent" in result.stderr


def test_a_carriage_return_survives_xml(zonegraph) -> None:  # type: ignore[no-untyped-def]
    import xml.etree.ElementTree as ET

    for text, format in (
        ("SELECT ?x WHERE { VALUES ?x { 'a\\r\\nb\\rc' } }", "xml"),
        ("CONSTRUCT { <urn:s> <urn:p> 'a\\r\\nb\\rc' } WHERE {}", "rdfxml"),
    ):
        read = ET.fromstring(zonegraph("query", "-e", text, "--format", format).stdout)
        assert "a\r\nb\rc" in "".join(read.itertext())


def test_what_json_ld_has_no_words_for_is_refused(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    for triple, expected in (
        ('zgd:x zg:namedAs "x"^^<xsd:date>', "<xsd:date>: JSON-LD would read this as a name with the prefix xsd:"),
        ('zgd:x zg:namedAs "x"@en--ltr', "a base direction (RDF 1.2) is not supported"),
    ):
        file = small / "data" / "reference" / "sectors.ttl"
        before = file.read_text("utf-8")
        file.write_text(f"{before}\n{triple} .\n", "utf-8")
        result = zonegraph("export", "--format", "jsonld", "--project", str(small))
        assert (result.returncode, result.stdout) == (2, "")
        assert expected in result.stderr
        file.write_text(before, "utf-8")
