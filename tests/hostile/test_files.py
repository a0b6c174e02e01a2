"""Files that somebody made to mislead, to crash or to stall: refused with what, where and what to do, or judged as built."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from tests.conftest import ARTICLE, ROOT, SEED, copy_project, share_of
from zonegraph import closure, suggest, validation
from zonegraph import vocabulary as v
from zonegraph.build import build, graphs
from zonegraph.cli import main
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.project.sources import Project, SourceFile
from zonegraph.rdf import turtle
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.validation import causes, checks, rules
from zonegraph.validation.checks import ARTICLE as ARTICLES
from zonegraph.validation.checks import File
from zonegraph.validation.places import Places

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Said = Callable[..., tuple[int, str, str]]

PREFIXES = f"""@prefix zg: <{v.ZG}> .
@prefix zgd: <{v.ZGD}> .
@prefix oa: <{v.OA}> .
@prefix owl: <{v.OWL}> .
@prefix rdfs: <{v.RDFS}> .
@prefix skos: <{v.SKOS}> .
@prefix xsd: <{v.XSD}> .
"""
FIRST = PREFIXES.count("\n") + 1  # the line of what stands below them
EVIDENCE = f'zg:evidence [ oa:start 0 ; oa:end 20 ; zg:digest "{"0" * 64}" ]'
HEADER = "#+ question: Q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n"


def refused(text: str) -> str:
    with pytest.raises(UsageError) as error:
        turtle.parse("f.ttl", text)
    return str(error.value)


def places(report: validation.Report) -> list[tuple[str, int, str]]:
    return [(Path(f.path).name, f.line, f.rule) for f in report.findings]


@pytest.fixture(scope="module")
def project(few: Project) -> Project:
    """What is around the files of these tests."""
    return few


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A command in this process: exit code, standard output, standard error."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(list(map(str, arguments)))
        return code, *capfd.readouterr()

    return run


def append(path: Path, text: str) -> int:
    """Add lines to a file. Returns the number of the first."""
    before = path.read_bytes()
    path.write_bytes(before + text.encode())
    return before.count(b"\n") + 1


# ---------------------------------------------------------------- what is no file, or too much of one


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
@pytest.mark.parametrize("kind", ["device", "pipe", "socket"])
def test_what_is_no_regular_file_is_refused_before_it_is_opened(
    zonegraph: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "x.ttl"
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        monkeypatch.chdir(tmp_path)  # the name of a socket must be short
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("x.ttl")
    start = time.monotonic()
    result = zonegraph("validate", str(path))
    assert result.returncode == 2
    assert "x.ttl:1: violation [unreadable-file] Not a regular file (a device, a pipe or a socket)" in result.stdout
    query = tmp_path / "x.rq"
    query.symlink_to(path)
    assert "x.rq: not a regular file" in zonegraph("query", str(query)).stderr
    assert time.monotonic() - start < 60


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_pipe_in_a_project_makes_no_command_wait(said: Said, small: Path) -> None:
    os.mkfifo(small / "data" / "articles" / "new.ttl")
    for command in (["query", "timeline"], ["export"], ["status"], ["validate"]):
        code, output, errors = said(*command, "--project", small)
        assert code == 2, errors
        assert "ot a regular file" in output + errors


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.ttl"
    with path.open("wb") as file:
        file.truncate(texts.MAX_FILE + 1)
    with pytest.raises(UsageError, match=r"large\.ttl: larger than 256 MiB\n  split it"):
        texts.read_bytes(str(path))


def test_standard_input_has_the_same_bound_and_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_FILE", 2000)
    reading, writing = os.pipe()
    os.write(writing, b"#" * 2001)  # and it is left open
    with os.fdopen(reading) as stream, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", stream)
        with pytest.raises(UsageError, match=r"^<stdin>: larger than"):
            texts.read_standard_input()
    os.close(writing)


# ---------------------------------------------------------------- carriage returns, encodings, other formats

SMUGGLED = '\n# note\rzgd:zone-hangzhou-miit zg:nonsense "smuggled" ; a zg:Ministry .\n'


def test_what_a_carriage_return_hides_from_one_reader_is_refused_by_every_command(
    said: Said, small: Path, tmp_path: Path
) -> None:
    file = small / "data" / "articles" / f"{ARTICLE}.ttl"
    line = append(file, SMUGGLED) + 1
    for command in (
        ["query", "timeline"], ["query", "-e", "ASK {}"], ["find", "x"], ["export"], ["export", "--graphs", "asserted", "--format", "nq"],
        ["explain", "zgd:zone-hangzhou-miit"], ["article", ARTICLE], ["status"], ["evidence", "coverage", "--articles", str(tmp_path)],
    ):  # fmt: skip
        code, output, errors = said(*command, "--project", small)
        assert (code, output) == (2, ""), command
        assert f"{ARTICLE}.ttl:{line}:7: a carriage return without a line feed" in errors, command
        assert "\n  end the line with a line feed" in errors
    alone = tmp_path / "alone.ttl"
    shutil.copy(file, alone)
    for arguments in (["validate"], ["validate", file], ["validate", alone], ["evidence", "check"]):
        code, output, _ = said(*arguments, "--project", small)
        assert code == 2
        assert re.search(rf"\.ttl:{line}: violation \[unreadable-file\] A carriage return without", output)


@pytest.mark.parametrize("where", ["SELECT ?x { # a\r\n ?x a ?y #\r}", "SELECT ?x {\n ?x a '''\r''' }"])
def test_a_carriage_return_alone_is_refused_in_queries_and_rules_too(
    said: Said, small: Path, tmp_path: Path, where: str
) -> None:
    query = tmp_path / "q.rq"
    query.write_bytes((HEADER + where).encode())
    place = re.search("\r(?!\n)", HEADER + where).start()  # type: ignore[union-attr]
    line = (HEADER + where).count("\n", 0, place) + 1
    assert f"q.rq:{line}:" in said("query", query)[2]
    assert f"q.rq:{line}: violation [unreadable-file] A carriage return" in said("validate", query)[1]
    for folder in ("queries", "ontology/rules"):
        shutil.copy(query, small / folder / "new.rq")
        code, _, errors = said("query", "timeline", "--project", small)
        assert code == 2
        assert f"new.rq:{line}:" in errors
        (small / folder / "new.rq").unlink()


def test_lines_may_end_in_carriage_return_and_line_feed(tmp_path: Path) -> None:
    path = tmp_path / "windows.ttl"
    path.write_bytes(f'{PREFIXES}zgd:a zg:b """x\ny""" ; # c\n zg:c 2 .\n'.replace("\n", "\r\n").encode())
    assert len(turtle.parse(str(path))) == 2
    assert sorted(at.line for at in turtle.read(str(path)).objects.values()) == [FIRST, FIRST + 2]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf_16_and_utf_32_are_called_by_their_names(encoding: str, mark: str) -> None:
    name = encoding.upper().replace("-LE", "LE").replace("-BE", "BE")
    with pytest.raises(UsageError) as error:
        texts.decode(f"{mark}# 杭州\n<a> <b> <c> .".encode(encoding), "f.ttl")
    assert str(error.value) == (
        f"f.ttl:1:1: looks like {name}, not UTF-8\n  save the file as UTF-8 (for example: iconv -f {name} -t UTF-8)"
    )


def test_a_byte_order_mark_moves_no_column() -> None:
    with pytest.raises(UsageError, match=r"^f\.ttl:1:6: not UTF-8 \(byte 0xff\)"):
        texts.decode(b"\xef\xbb\xbf# \xff", "f.ttl")
    assert texts.decode(b"\xef\xbb\xbf<a> <b> <c> .", "f.ttl") == "<a> <b> <c> ."


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        ("@prefix z: <urn:z:> .\nz:g { z:a z:b z:c }", "TriG"),
        ("@prefix z: <urn:z:> .\nGRAPH z:g { z:a z:b [ }", "TriG"),
        ("{ <a> <b> <c> }", "TriG"),
        ('<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> "c d"@en <urn:g> .\n', "N-Quads"),
        ('{\n "@context": {}, "@id": "urn:a" }', "JSON-LD"),
        ('[ {"@id": "urn:a"} ]', "JSON-LD"),
        ('<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="urn:x"/>', "RDF/XML"),
        ('<rdf:RDF xmlns:rdf="urn:x"></rdf:RDF>', "RDF/XML"),
        ("<!DOCTYPE html><p>a</p>", ""),
        ('{"a": 1}', ""),
        ("PK\x03\x04", ""),
    ],
)
def test_another_format_is_called_by_its_name(text: str, looks_like: str) -> None:
    said = refused(text)
    assert re.match(r"f\.ttl:\d+:\d+: not valid Turtle: ", said)
    expected = f"the file looks like {looks_like};" if looks_like else "the file does not look like Turtle at all"
    assert said.splitlines()[-1].startswith(f"  {expected}")


# ---------------------------------------------------------------- IRIs with dot segments, RDF 1.2, depth and size


@pytest.mark.parametrize(
    "text",
    [
        "<x/../zone-a> <p> 1 .", "<./a> <p> 1 .", "<a> <../p> 1 .", "<a> <p> <.> .", "<a> <p> <a/..> .", "<a> <p> <a/.#f> .", "<a> <p> <..?q> .",
        "<http://h/a/../b> <p> 1 .", "<//h/./a> <p> 1 .", r"<\u002e\u002E/a> <p> 1 .", r"<a\u002F../b> <p> 1 .", r"<a/\U0000002e> <p> 1 .",
        "@base <x/../y/> .", "BASE <..>", "@prefix q: <a/./> .", 'PREFIX q: <a/..>', '<a> <p> "x"^^<../t> .', "<urn:..> <p> 1 .",
        r"z:x\/..\/a <p> 1 .", r"z:\.\. <p> 1 .", r"<a> <p> z:a\/\.. ", r"<a> <p> z:b\/.\/c .", '<a> <p> """ " """ , <../b> .', "# <a>\n<../b> <p> 1 .",
    ],
)  # fmt: skip
def test_an_iri_with_a_segment_of_dots_is_refused(text: str) -> None:
    said = refused(f"@prefix z: <http://x/> .\n\n {text}\n")
    line = 3 + text.count("\n")
    assert re.match(
        rf"f\.ttl:{line}:\d+: an IRI with a segment `\.` or `\.\.`, which programs resolve differently", said
    )
    assert said.endswith("\n  write the IRI without such segments")


@pytest.mark.parametrize(
    "text",
    [
        "<#a/../b> <p> 1 .", "<?q=/../x> <p> 1 .", "<a..b/c.> <p> <...> .", "<http://x.y.z/a.b> <p> <http://../x> .", "<urn:a:..:b> <p> 1 .",
        '<a> <p> "<../b>" . # <../c>', r'<a> <p> "\"<../c>" .', '<a> <p> """ "" <../a> \\""" """ .', "<a> <p> \'\'\'<../b>\'\'\' .", r"z:x\/y.z <p> 1 .",
        r"<a> <p> z:a\.b\.. ", r"<a> <p> z:x\/. ", r'z:a\,b <p> "<../x>" .', r"z:a\#<p> 1 . # <../x>".replace("<p>", " <p>"), "<a> <p> <http://x/%2e%2e/a> .",
    ],
)  # fmt: skip
def test_other_dots_and_what_only_looks_like_an_iri_are_let_through(text: str) -> None:
    assert turtle.parse("f.ttl", f"@prefix z: <http://x/> .\n{text}\n")


def test_an_iri_with_a_segment_of_dots_is_refused_by_every_command(said: Said, small: Path) -> None:
    line = append(small / "data" / "reference" / "people.ttl", "\n<x/../zone-a> zg:nonsense 1 .\n") + 1
    for command in (["query", "timeline"], ["export"], ["status"], ["explain", "zgd:zone-a"]):
        code, output, errors = said(*command, "--project", small)
        assert (code, output) == (2, "")
        assert f"people.ttl:{line}:1: an IRI with a segment" in errors
    code, output, _ = said("validate", "--project", small)
    assert code == 2
    assert f"data/reference/people.ttl:{line}: violation [unreadable-file] An IRI with a segment" in output


@pytest.mark.parametrize(
    "text",
    [
        "<a> <b> <<( <a> <b> <c> )>> .", "<< <a> <b> <c> >> <p> 1 .", "<a> <b> <c> ~ <r> .", "<a> <b> <c> {| <p> 1 |} .", '<a> <b> "x"@en--ltr .',
        "<a> <b> " + "<<( <a> <b> " * 100_000 + "1" + " )>>" * 100_000 + " .",  # ends the process if it is parsed
    ],
    ids=range(6),
)  # fmt: skip
def test_what_only_rdf_1_2_has_is_refused(text: str) -> None:
    assert re.match(r"f\.ttl:2:\d+: a .* \(RDF 1\.2\) is not supported\n  (write|describe) ", refused("\n" + text))


@pytest.mark.parametrize(("opening", "closing"), [("[ <c> ", " ]"), ("( ", " )"), ("( [ <c> ", " ] )")])
def test_brackets_are_read_to_a_depth_and_refused_below_it(opening: str, closing: str) -> None:
    width = opening.count("(") + opening.count("[")

    def nested(times: int) -> str:
        return "<a> <b> " + opening * times + "1" + closing * times + " .\n"

    allowed = turtle.MAX_DEPTH // width
    source = turtle.read("f.ttl", nested(allowed))
    assert len(source.objects) == len(source.graph) >= allowed  # rdflib, which recurses, finds all of it
    for times in (allowed + 1, 100_000):
        said = refused("\n\n" + nested(times))
        assert re.match(r"f\.ttl:3:\d+: brackets are nested more than 50 deep\n  give what is in them an IRI", said)


def test_brackets_in_texts_comments_and_iris_nest_nothing() -> None:
    hidden = ['"' + "[(" * 99 + '"', "'''" + "[ \n" * 99 + "'''", r'"\"' + "(" * 99 + r'\\"', "<#" + "(" * 99 + ">"]
    text = f"# {'[' * 99}\n@prefix z: <urn:z:> .\n" + "".join(f"<a> <b> {term} . # {'(' * 99}\n" for term in hidden)
    assert (
        len(turtle.parse("f.ttl", text + "z:" + r"\(" * 99 + " <b> 1 .\n" + "<a> <b> [ ] , ( ) .\n" * 99))
        == 4 + 1 + 198
    )


@pytest.mark.parametrize(
    "term", ['"x"', '"""x"""', "<x>", "1", "x:", "_:x", '"a"@x', "# x"], ids=["text", "long", "iri", "number", "name", "label", "tag", "comment"]
)  # fmt: skip
def test_a_term_without_end_is_refused(term: str) -> None:
    long = re.sub("[x1]", lambda match: match[0] * (turtle.MAX_TERM + 10), term, count=1)
    said = refused(f"@prefix x: <urn:x:> .\n<a> <b> {long} .\n")
    assert re.match(r"f\.ttl:2:\d+: a term of more than 1048576 characters\n  look for a missing quotation mark", said)
    assert len(said) < 300


def test_a_long_list_is_read_and_located(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "long-list.ttl"
    path.write_text(f"{PREFIXES}zgd:a a zg:Zone ; zg:nonsense (\n" + "1\n" * 2000 + ") .\n")
    source = turtle.read(str(path))
    assert len(source.objects) == len(source.graph) == 4_002
    report = validation.validate(project, [str(path)])
    assert ("long-list.ttl", FIRST + 2000, "thing-needs-iri") in places(report)


# ---------------------------------------------------------------- where things stand


def test_terms_are_found_as_they_are_written() -> None:
    objects = ["+1", "01", "-0", ".5", "1.50", "1.e3", "9" * 5000, '"x"@zh-Hans', '"a\tb"', '"tab\\t"', '"""two\n lines"""', "'é'", "true",
               "false", f'"s"^^<{v.XSD}string>', f'"007"^^<{v.XSD}integer>', "<x>", "z:a.b", r"z:a\.b", "_:l.m", r'"\u00e9"']  # fmt: skip
    text = "@prefix z: <urn:z:> .\n" + "".join(f"<s> <p{n}>\n {o} .\n" for n, o in enumerate(objects))
    source = turtle.read("f.ttl", text)
    found = {int(p.value.rsplit("p", 1)[1]): at.line for (_, p, _), at in source.objects.items()}
    wanted, line = {}, 2
    for n, o in enumerate(objects):
        wanted[n] = line + 1
        line += 2 + o.count("\n")
    assert found == wanted
    assert {t.object.value for t in source.graph} >= {"+1", "01", "-0", ".5", "1.50", "1.e3", "9" * 5000, "007"}


def test_nameless_nodes_are_found_by_owner_and_content_and_equal_ones_in_order() -> None:
    text = """<s> <p> [ <q> 1 ] ,
 [ <q> 2 ; <r> [ <t> 3 ] ] ,
 [ <q> 1 ] ,
 ( 4
   [ <t> 3 ] ) .
<o> <p> [ <q> 1 ] .
[ <q> 1 ] <p> _:x .
_:x <p> [ <q> _:x ] ,
 [ <q> _:y ] .
"""
    source = turtle.read("f.ttl", text)
    assert len(source.objects) == len(source.graph)
    ones = sorted(at.line for (_, p, o), at in source.objects.items() if str(o).startswith('"1"'))
    assert ones == [1, 3, 6, 7]
    assert sorted(at.line for (_, p, o), at in source.objects.items() if str(o).startswith('"3"')) == [2, 5]
    assert sorted(at.line for (_, p, o), at in source.objects.items() if p.value.endswith("first")) == [4, 5]
    assert sorted(at.line for (_, p, _), at in source.objects.items() if p.value.endswith("id/p")) == [
        1,
        2,
        3,
        4,
        6,
        7,
        8,
        9,
    ]


def test_a_triple_that_cannot_be_located_is_judged_and_the_finding_says_so(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "odd.ttl"
    # Only one of the readers knows VERSION, and the other passes over the statement after it.
    path.write_text(f'{PREFIXES}VERSION "1.2"\nzgd:a zg:nonsense 1 .\nzgd:b zg:nonsense 2 .\n')
    findings = validation.validate(project, [str(path)]).findings
    assert [(f.line, f.message) for f in findings if f.rule == "unknown-term"] == [
        (1, f"zg:nonsense is not a declared property. {turtle.UNLOCATED}"),
        (FIRST + 2, "zg:nonsense is not a declared property."),
    ]


def test_labels_of_nameless_nodes_are_each_file_s_own(project: Project, tmp_path: Path) -> None:
    for name, place in (("one", "zgd:city-hangzhou"), ("two", "zgd:city-shenzhen")):
        text = f"{PREFIXES}_:z a zg:AIPilotZone ; zg:locatedIn {place} .\n"
        (tmp_path / f"{name}.ttl").write_text(text)
    sources_of = [turtle.read(str(tmp_path / f"{name}.ttl")) for name in ("one", "two")]
    nodes = [set(source.graph.subjects()) for source in sources_of]
    assert len(nodes[0] | nodes[1]) == 2
    report = validation.validate(project, [str(tmp_path)])
    assert {(f.path[-7:], f.rule) for f in report.findings} >= {
        ("one.ttl", "thing-needs-iri"),
        ("two.ttl", "thing-needs-iri"),
    }


def test_evidence_check_finds_the_line_of_every_literal(small: Path) -> None:
    values = [
        '"""two\nlines"""@en',
        '"a\ttab"@en',
        '"中"@zh-Hans',
        '"007"^^xsd:integer',
        "008",
        '"é\\u00e9"@en',
        '"""a "quoted" word"""@en',
    ]
    evidence = f'zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "{"0" * 64}" ; zg:supports rdf:type ]'
    text = f"\n@prefix xsd: <{v.XSD}> . @prefix rdf: <{v.RDF}> . zgd:zone-new a zg:Zone ; {evidence} .\n"
    text += "".join(f"zgd:zone-new\n    zg:note {value} .\n" for value in values)
    line = append(small / "data" / "articles" / f"{ARTICLE}.ttl", text)
    expected = [line + text[: text.index(f" {value} ")].count("\n") for value in values]
    judged = validation.validate(sources.find(str(small)), group=validation.PASSAGES, articles=str(small))
    found = [f for f in judged.findings if f.rule != "class-evidence"]  # that one is about the evidence, not a literal
    assert {f.rule for f in found} == {"passage-missing"}
    assert [f.line for f in found] == expected


# ---------------------------------------------------------------- one bad file among others


BAD = {
    "syntax": (b"zgd:a zgd:b\n", "Not valid Turtle"),
    "bytes": ("# 杭州\n".encode("gb18030"), "Not UTF-8"),
    "return": (b"# a\rb\n", "A carriage return"),
    "dots": (b"<../x> <y> 1 .\n", "An IRI with a segment"),
    "deep": (b"<a> <b> " + b"[ <c> " * 99 + b"1" + b" ]" * 99 + b" .\n", "Brackets are nested"),
    "rdf-star": (b"<a> <b> <<( <a> <b> <c> )>> .\n", "A statement about a statement"),
}


@pytest.mark.parametrize("format", ["text", "json", "sarif", "turtle", "junit"])
def test_files_that_cannot_be_read_are_findings_in_every_format_and_the_others_are_judged(
    zonegraph: Run, tmp_path: Path, format: str
) -> None:
    for name, (content, _) in BAD.items():
        (tmp_path / f"{name}.ttl").write_bytes(PREFIXES.encode() + content)
    (tmp_path / "broken.rq").write_text("#+ question: [\nSELECT * { ?s ?p ?o }\n")
    (tmp_path / "sound.ttl").write_text(f"{PREFIXES}zgd:article-sound a zg:Article ; zg:nonsense 1 .\n")
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    result = zonegraph("validate", *paths, "--format", format, "--fail-on", "violation")
    assert result.returncode == 2, result.stderr
    assert result.stderr == ""
    found: dict[str, tuple[int, str, str, str]] = {}  # the last of each file
    if format == "text":
        for path, line, rule, message, remedy in re.findall(
            r"^(.*?):(\d+): violation \[(.*?)\] (.*)\n(?: +\d* \|.*\n)*(?:    at: .*\n)?    remedy: (.*)$",
            result.stdout,
            re.MULTILINE,
        ):
            found[Path(path).name] = (int(line), rule, message, remedy)
        assert "\n7 files could not be read, and so not validated\n" in result.stdout
    elif format == "json":
        document = json.loads(result.stdout)
        assert document["conforms"] is False
        for f in document["findings"]:
            found[Path(f["path"]).name] = (f["line"], f["rule"], f["message"], f["remedy"])
        assert [Path(path).name for path in document["files"]] == ["sound.ttl"]
    elif format == "sarif":
        for r in json.loads(result.stdout)["runs"][0]["results"]:
            place = r["locations"][0]["physicalLocation"]
            message, _, remedy = r["message"]["text"].partition(" Remedy: ")
            uri = Path(place["artifactLocation"]["uri"]).name
            found[uri] = (place["region"]["startLine"], r["ruleId"], message, remedy)
    elif format == "junit":
        for case in ElementTree.fromstring(result.stdout).iter("testcase"):
            problem = case.find("error" if case.get("name") == "unreadable-file" else "failure")
            if problem is not None:
                message, remedy = str(problem.get("message")), str(problem.text).partition("remedy: ")[2]
                found[Path(str(case.get("file"))).name] = (
                    int(str(case.get("line"))),
                    str(case.get("name")),
                    message,
                    remedy,
                )
    else:
        graph = ox.Store()
        graph.load(result.stdout.encode(), ox.RdfFormat.TURTLE)
        rows = graph.query(
            "SELECT ?f ?l ?r ?m ?h { ?x zgsh:file ?f ; zgsh:line ?l ; zgsh:ruleId ?r ; sh:resultMessage ?m ; zgsh:remedy ?h }",
            prefixes=v.PREFIXES,
        )
        for row in rows:  # type: ignore[union-attr]
            path, line, rule, message, remedy = (term.value for term in row)
            found[Path(path).name] = (int(line), rule, message, remedy)
    for name, (_, problem) in BAD.items():
        line, rule, message, remedy = found[f"{name}.ttl"]
        assert (line, rule) == (FIRST, "unreadable-file"), (name, line)
        assert message.startswith(problem)
        assert remedy
    assert found["broken.rq"][1] == "unreadable-file"
    assert found["sound.ttl"][0] == FIRST
    assert found["sound.ttl"][1] != "unreadable-file"


def test_the_whole_project_is_judged_without_a_file_that_cannot_be_read(small: Path) -> None:
    article, indicators, people = (
        small / "data" / name for name in (f"articles/{ARTICLE}.ttl", "reference/indicators.ttl", "reference/people.ttl")
    )  # fmt: skip
    lines = [append(path, "\nzgd:a zgd:b") for path in (article, indicators)]
    misspelt = append(people, "\nzgd:city-hangzhou zg:nonsense 1 .\n") + 1
    append(small / "queries" / "timeline.rq", "}")
    report = validation.validate(sources.find(str(small)))
    found = places(report)
    assert {
        (f"{ARTICLE}.ttl", lines[0] + 1, "unreadable-file"),
        ("indicators.ttl", lines[1] + 1, "unreadable-file"),
        ("people.ttl", misspelt, "unknown-term"),
    } <= set(found)
    names = [f"data/articles/{ARTICLE}.ttl", "data/reference/indicators.ttl", "queries/timeline.rq"]
    assert sorted(report.unreadable) == names
    assert not set(names) & set(report.files)
    assert {f"data/review/{ARTICLE}.ttl", "data/reference/places.ttl"} <= set(report.files)


def test_a_path_to_nothing_is_wrong_usage_and_not_a_finding(zonegraph: Run, tmp_path: Path) -> None:
    (tmp_path / "there.ttl").write_text("")
    result = zonegraph("validate", str(tmp_path / "there.ttl"), str(tmp_path / "nowhere.ttl"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "nowhere.ttl: no such file" in result.stderr


# ---------------------------------------------------------------- axioms in data


def test_an_axiom_in_a_file_of_data_is_a_finding_at_its_line(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "axioms.ttl"
    path.write_text(
        f"{PREFIXES}zg:Zone rdfs:subClassOf zg:Act .\nzg:within a owl:FunctionalProperty ;\n    rdfs:domain [ owl:unionOf ( zg:City\n zg:Zone ) ] .\n"
        "zg:x owl:propertyChainAxiom ( zg:within zg:within ) .\n"
    )
    report = validation.validate(project, [str(path)])
    found = [(f.line, f.message.partition(" Here: ")[2]) for f in report.findings if f.rule == "axiom-in-data"]
    assert found == [
        (FIRST, "zg:Zone rdfs:subClassOf zg:Act."),
        (FIRST + 1, "zg:within rdf:type owl:FunctionalProperty."),
        (FIRST + 2, "zg:within rdfs:domain [ ]."),
        (FIRST + 4, "zg:x owl:propertyChainAxiom [ ]."),
    ]
    assert {rule for _, _, rule in places(report)} == {"axiom-in-data", "article-node"}


def test_an_axiom_in_one_file_leaves_the_others_judged(said: Said, small: Path) -> None:
    article = small / "data" / "articles" / f"{ARTICLE}.ttl"
    people = small / "data" / "reference" / "people.ttl"
    line = append(article, f"\n@prefix rdfs: <{v.RDFS}> .\nzg:Zone rdfs:subClassOf zg:Act .\n") + 2
    project = sources.find(str(small))
    found = places(validation.validate(project))
    assert [place for place in found if place[2] in ("axiom-in-data", "contradiction")] == [
        (f"{ARTICLE}.ttl", line, "axiom-in-data")
    ]
    assert places(validation.validate(project, [str(people)])) == []  # it is context only, and not this file's fault
    code, _, errors = said("query", "timeline", "--project", small)
    assert code == 2
    assert f"zg:Zone rdfs:subClassOf zg:Act (in https://w3id.org/zonegraph/graph/article/{ARTICLE})" in errors
    assert "`zonegraph validate` names file and line" in errors


# ---------------------------------------------------------------- odd names, and files that are no data


NAMES = ["a b", "a<b", "a\"'b", "杭州é", "per%20cent#?", "new\nline", "e\x1bsc", " ", "back\\slash", "{a}", "😀"]


@pytest.mark.skipif(os.name == "nt", reason="names that this file system does not allow")
def test_files_of_any_name_are_judged_in_every_format(project: Project, tmp_path: Path) -> None:
    for name in NAMES:
        label = f'{PREFIXES}<http://elsewhere.org/x> skos:prefLabel "X"@en .\n'
        (tmp_path / f"{name}.ttl").write_text(label)
    report = validation.validate(project, [str(tmp_path)])
    assert {Path(f.path).name for f in report.findings if f.rule == "file-name-is-slug"} == {
        f"{name}.ttl" for name in NAMES
    }
    assert sum(f.rule == "label-in-article" for f in report.findings) == len(NAMES)
    assert validation.FORMATS["text"](report)
    assert len(json.loads(validation.FORMATS["json"](report))["files"]) == len(NAMES)
    for result in json.loads(validation.FORMATS["sarif"](report))["runs"][0]["results"]:
        assert re.fullmatch(
            r"[\w./%~-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], re.ASCII
        )
    assert turtle.parse("report.ttl", validation.FORMATS["turtle"](report))


def test_a_label_of_something_elsewhere_is_judged(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "label.ttl"
    path.write_text(f'{PREFIXES}<http://elsewhere.org/x> skos:prefLabel "X"@en .\n<urn:y> skos:altLabel "X"@en .\n')
    assert ("label.ttl", FIRST, "label-in-article") in places(validation.validate(project, [str(path)]))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ontology/zonegraph.ttl", "the ontology"),
        ("shapes/act.ttl", "a file of shapes"),
        ("ontology/rules/date-interval.rq", "an inference rule"),
    ],
)
def test_a_file_that_is_no_data_is_said_to_be_what_it_is(said: Said, small: Path, name: str, kind: str) -> None:
    file = small / name
    for format in ("text", "sarif"):
        code, output, errors = said("validate", file, "--format", format, "--project", small)
        assert code == 0, errors
        assert errors == f"{file}: {kind}; `zonegraph validate` checks it with the whole project\n"
        assert output == "no file was validated\n" if format == "text" else json.loads(output)
    append(file, "\n}")
    code, output, errors = said("validate", file, "--project", small)
    assert (code, errors) == (2, "")
    assert output.count("unreadable-file") == 1
    assert output.startswith(f"{file}:")


def test_what_is_no_data_may_be_named_together_with_what_is(said: Said) -> None:
    names = ["shapes/act.ttl", "data/curation.ttl", "ontology/alignments.ttl", "queries/timeline.rq"]
    code, output, errors = said("validate", *(ROOT / name for name in names), "--project", ROOT)
    assert code == 0, output
    assert "conforms: 2 files checked" in output
    assert len(errors.splitlines()) == 2


@pytest.mark.parametrize("name", ["ontology/zonegraph.ttl", "shapes/act.ttl"])
def test_a_copy_of_such_a_file_elsewhere_is_judged_as_an_article_without_a_crash(
    project: Project, tmp_path: Path, name: str
) -> None:
    shutil.copy(ROOT / name, tmp_path / "copy.ttl")
    assert ("copy.ttl", 1, "article-node") in places(validation.validate(project, [str(tmp_path / "copy.ttl")]))


# ---------------------------------------------------------------- long chains


def chain(length: int, p: str) -> str:
    described = "".join(f"zgd:park-n{n} a zg:Park ; {p} zgd:park-n{n + 1} .\n" for n in range(length))
    return f"{PREFIXES}{described}zgd:park-n{length} a zg:Park .\n"


def test_a_chain_is_no_circle_however_long_and_a_circle_is_one(tmp_path: Path) -> None:
    text = chain(5000, "zg:within") + "zgd:park-n4000 zg:within zgd:park-n10 .\nzgd:self zg:within zgd:self .\n"
    source = turtle.read("f.ttl", text)
    project = sources.find(str(ROOT))
    files = [checks.File("f.ttl", checks.ARTICLE, "f", source)]
    _, found = rules.find(rules.load(project), rules.dataset([], files, [], merge=True), merge=True)
    circles = {f.focus.removeprefix(v.ZGD): f for f in found if f.rule == "circle"}
    assert set(circles) == {"park-n1000", "self"}
    assert "zgd:park-n1005 zg:within (3981 more) zg:within zgd:park-n996 zg:within" in circles["park-n1000"].message
    assert len(circles["park-n1000"].others) < 100


def test_what_follows_along_a_long_chain_is_explained_by_halves() -> None:
    p = ox.NamedNode(v.ZG + "within")
    program = closure.compile_program(
        [ox.Triple(p, ox.NamedNode(v.RDF_TYPE), ox.NamedNode(v.OWL + "TransitiveProperty"))], []
    )
    store = EmbeddedStore(ox.Store())
    nodes = [ox.NamedNode(f"urn:n{n}") for n in range(301)]
    store.ox.extend(ox.Quad(a, p, b) for a, b in itertools.pairwise(nodes))
    store.ox.extend(ox.Quad(t.subject, t.predicate, t.object) for axiom in program.axioms for t in axiom.triples)
    closure.materialize(program, store)
    derivation = closure.explain(program, store, ox.Triple(nodes[0], p, nodes[300]))

    def measured(step: closure.Derivation) -> tuple[int, list[ox.Triple]]:
        if step.rule is None:
            return 0, [step.triple]
        assert step.rule == "prp-trp"
        first, second = step.premises
        assert (first.triple.subject, first.triple.object, second.triple.object) == (
            step.triple.subject, second.triple.subject, step.triple.object,
        )  # fmt: skip
        (depth, one), (other_depth, other) = measured(first), measured(second)
        return max(depth, other_depth) + 1, one + other

    assert derivation is not None
    depth, stated = measured(derivation)
    assert depth == 9
    assert stated == [ox.Triple(a, p, b) for a, b in itertools.pairwise(nodes)]


@pytest.mark.thorough
def test_a_project_with_a_chain_of_1200_answers(
    zonegraph: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    length = share_of(1200, 300)  # what follows grows with the square of it
    root = copy_project(tmp_path / "project")
    append(root / "data" / "reference" / "places.ttl", chain(length, "zg:within").removeprefix(PREFIXES))
    asked = ["explain", "zgd:park-n0", "zg:within", f"zgd:park-n{length}", "--project", str(root)]
    assert main(asked) == 0
    assert capsys.readouterr().out.count("inferred by prp-trp") == length - 1
    assert main([*asked, "--format", "json"]) == 0
    capsys.readouterr()
    assert main(["explain", "zgd:park-n0", "--inferred", "--project", str(root)]) == 0
    shown = capsys.readouterr().out
    half = 1 << (length.bit_length() - 1)
    assert f"rests on {half} statements; zonegraph explain zgd:park-n0 zg:within zgd:park-n{half}" in shown
    assert shown.count("\n") < 40 * length, "what many triples rest on is not written out for each"
    (tmp_path / "chain.ttl").write_text(chain(length, "zg:within"))
    assert main(["validate", str(tmp_path / "chain.ttl")]) == 1


def drawn(store: EmbeddedStore) -> int:
    return sum(1 for _ in store.ox.quads_for_pattern(None, None, None, ox.NamedNode(v.INFERRED_GRAPH)))


def merged(project: Project, text: str) -> EmbeddedStore:
    """Return a store with the ontology and a file's triples."""
    source = turtle.read("f.ttl", text)
    files = [checks.File("f.ttl", checks.ARTICLE, "f", source)]
    ontology = [t for file in project.ontology for t in turtle.parse(file.path)]
    return rules.dataset(ontology, files, [], merge=True).store


def test_what_is_drawn_to_judge_a_chain_grows_with_its_length_and_not_with_its_square(project: Project) -> None:
    program = graphs.program(project)
    counts = []
    for length in (100, 200, 400):
        store = merged(project, chain(length, "zg:within"))
        closure.materialize_for_checks(program, store)
        counts.append(drawn(store))
    assert counts[1] - counts[0] == 100 * (counts[2] - counts[1]) / 200 <= 300


GOAL = """
zgd:goal-x-{n} a zg:Goal ;
    zg:summary "goal {n}"@en ;
    {said} .
"""
RANGE = (
    f'oa:start {{n}} ; oa:end 90{{n}} ; zg:digest "{"0" * 64}" ; zg:supports zg:summary ; zg:asPrinted "words {{n}}"'
)
FAULTS = {
    "ill-formed dates": GOAL.replace("{said}", 'zg:deadline "2021-13-45"^^xsd:date'),
    "dates written otherwise": GOAL.replace("{said}", 'zg:deadline "8 October 20{n}"^^xsd:date'),
    "misspelt names": GOAL.replace("{said}", "zg:setFor zgd:city-shenzen{n}"),
    "misspelt terms": GOAL.replace("{said}", 'zg:deadlin "2021"^^xsd:gYear'),
    "bad ranges": GOAL.replace("{said}", f"zg:evidence [ {RANGE} ]"),
    "classes of other names": GOAL.replace("{said}", "zg:setFor zgd:city-hangzhou").replace("goal-x", "target-x"),
}


def calls(work: Callable[[], object]) -> Counter[str]:
    """Return how often each function is called in or by the package while something is done."""
    counts: Counter[str] = Counter()

    def count(frame: Any, event: str, function: Any) -> None:
        if event in ("call", "c_call") and "/zonegraph/" in frame.f_code.co_filename:
            called = function.__name__ if event == "c_call" else "itself"
            counts[f"{frame.f_code.co_filename}:{frame.f_code.co_firstlineno} {called}"] += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counts


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=name, marks=() if name == "dates written otherwise" else pytest.mark.thorough)
        for name, fault in FAULTS.items()
    ],
)
def test_what_faults_cost_grows_with_their_number_and_not_with_its_square(
    project: Project, tmp_path: Path, fault: str
) -> None:
    text = "The goals are set for 2021.\n" * 40
    (tmp_path / "x.txt").write_text(text)
    path = tmp_path / "x.ttl"
    article = f'zgd:article-x a zg:Article ; zg:textDigest "{hashlib.sha256(text.encode()).hexdigest()}" .\n'

    def judged(number: int) -> Counter[str]:
        path.write_text(PREFIXES + article + "".join(fault.replace("{n}", f"{n:02}") for n in range(number)))
        return calls(lambda: validation.validate(project, [str(path)], articles=str(tmp_path)))

    judged(3)  # what is read once is read
    few, some, many = (judged(number) for number in (15, 30, 60))
    steep = {name: (few[name], some[name], many[name]) for name in many}
    # Twice as many more calls for twice as many more faults; sorting needs a little more.
    assert not {name: c for name, c in steep.items() if c[2] - c[1] > 3 * max(c[1] - c[0], 0) + 400}


@pytest.mark.parametrize("closing", ["", "zgd:park-n600 owl:sameAs zgd:park-n0 .\n"], ids=["chain", "ring"])
def test_judging_draws_nothing_from_names_that_are_refused_as_such(
    project: Project, tmp_path: Path, closing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(store: EmbeddedStore) -> list[ox.Triple]:
        raise AssertionError("equality is drawn")

    monkeypatch.setattr("zonegraph.closure.equality.substituted", never)
    path = tmp_path / "names.ttl"
    path.write_text(chain(600, "owl:sameAs") + closing)
    found = [f.rule for f in validation.validate(project, [str(path)]).findings]
    assert found.count("same-as") == 600 + bool(closing)
    assert "contradiction" not in found


def test_too_many_names_of_one_thing_are_refused_by_the_build_with_file_line_and_remedy(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "data" / "reference" / "places.ttl"
    at = append(path, chain(600, "<http://www.w3.org/2002/07/owl#sameAs>").removeprefix(PREFIXES))
    with pytest.raises(UsageError) as refusal:
        build(sources.find(str(root)))
    assert str(refusal.value).startswith(f"{path}:{at}: owl:sameAs makes 601 names of one thing")
    assert "at most 250,000 are drawn\n  use one IRI for the thing" in str(refusal.value)


@pytest.mark.thorough
@pytest.mark.parametrize(("length", "p"), [(1200, "zg:within"), (120, "owl:sameAs"), (1200, "owl:sameAs")])
def test_a_long_chain_is_judged_before_its_time_is_up(tmp_path: Path, length: int, p: str) -> None:
    path = tmp_path / "chain.ttl"
    path.write_text(chain(length, p))
    command = [sys.executable, "-m", "zonegraph", "validate", str(path), "--project", str(ROOT), "--timeout", "10"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_query_and_an_export_write_the_same_json_ld(zonegraph: Run, tmp_path: Path) -> None:
    asked = zonegraph("query", "-e", "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/zonegraph/graph/curation> { ?s ?p ?o } }",
                      "--format", "jsonld")  # fmt: skip
    exported = zonegraph("export", "--graphs", "curation", "--format", "jsonld")
    assert asked.returncode == exported.returncode == 0
    assert json.loads(asked.stdout) == json.loads(exported.stdout)


# ---------------------------------------------------------------- values without bounds


def test_numbers_and_years_of_any_length_are_judged(project: Project, tmp_path: Path) -> None:
    nines = "9" * 5000
    path = tmp_path / "huge.ttl"
    path.write_text(
        f'{PREFIXES}zgd:batch-x a zg:Batch ; zg:ordinal {nines} ;\n zg:evidence [ oa:start "²" ; oa:end {nines} ; zg:digest 7 ] ,\n'
        f"  [ oa:start 1 ; oa:end {nines} ; zg:asPrinted 5 ; zg:supports zg:ordinal ] ;\n zg:amount {nines} , 1e999999999 .\n"
        f'zgd:e a zg:Enumeration ; zg:statedCount {nines} ; zg:date "{nines}-01-01"^^xsd:date , "{nines}"^^xsd:gYear .\n'
    )
    found = places(validation.validate(project, [str(path)]))
    assert ("huge.ttl", FIRST + 2, "range-too-long") in found
    assert ("huge.ttl", FIRST, "batch-ordinal") in found or any(line == FIRST for _, line, _ in found)
    path.write_text(
        f'{PREFIXES}zgd:a zg:amount "{nines}"^^xsd:byte ,\n "{nines}-02-30"^^xsd:date ,\n "-{nines}"^^xsd:unsignedInt .\n'
    )
    found = places(validation.validate(project, [str(path)]))
    assert [line for _, line, rule in found if rule == "ill-formed-literal"] == [FIRST, FIRST + 1, FIRST + 2]


def test_ill_formed_literals_are_found_as_they_are_written_before_a_store_rewrites_them(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "forms.ttl"
    path.write_text(
        f'{PREFIXES}zgd:a zg:amount "1.0e3"^^xsd:decimal ,\n " 7 "^^xsd:integer ,\n "2021-2-3"^^xsd:date ,\n "TRUE"^^xsd:boolean .\n'
    )
    report = validation.validate(project, [str(path)])
    found = [line for _, line, rule in places(report) if rule == "ill-formed-literal"]
    assert found == [FIRST + n for n in range(4)]
    built = graphs.load(SourceFile(str(path), path.name, v.REFERENCE_GRAPH))
    assert {t.object.value for t in built} == {"1.0e3", " 7 ", "2021-2-3", "TRUE"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *(("shapes/concept.ttl", format) for format in validation.FORMATS),
        *((name, "text") for name in ("ontology/rules/zone-city.rq", "ontology/zonegraph.ttl")),
    ],
)
def test_what_all_are_judged_by_is_a_finding_too_where_it_cannot_be_read(
    zonegraph: Run, small: Path, name: str, format: str
) -> None:
    assert (small / name).exists()
    append(small / name, "zgd:a zgd:b\n")
    append(small / "data" / "reference" / "people.ttl", "\nzgd:city-hangzhou zg:nonsense 1 .\n")
    append(small / "data" / "articles" / f"{ARTICLE}.ttl", "\nzgd:a zgd:b\n")
    result = zonegraph("validate", "--project", str(small), "--format", format, cwd=small)
    assert result.returncode == 2, result.stderr
    assert result.stderr == ""
    judged = not name.startswith("ontology/zonegraph")
    assert ("nonsense" in result.stdout) == judged
    assert name in result.stdout
    assert f"data/articles/{ARTICLE}.ttl" in result.stdout
    assert f"the others are {'judged' if judged else 'read, but not judged,'} without this file" in result.stdout
    if format == "json":
        assert json.loads(result.stdout)["conforms"] is False
    if format == "text":
        assert re.search(
            rf"^{re.escape(name)}:\d+: violation \[unreadable-file\] .*\n(?: +\d* \|.*\n)*    remedy: \S.*$",
            result.stdout,
            re.MULTILINE,
        )
        assert "2 files could not be read, and so not validated" in result.stdout


def test_a_file_is_judged_without_those_around_it_that_cannot_be_read(said: Said, small: Path, tmp_path: Path) -> None:
    names = ["data/reference/places.ttl", f"data/articles/{ARTICLE}.ttl", "shapes/act.ttl"]
    lines = [append(small / name, "\n<x> <y>") + 1 for name in names]
    article = tmp_path / "new.ttl"
    article.write_text(f"{PREFIXES}zgd:article-new a zg:Article ; zg:nonsense 1 .\n")
    code, output, errors = said("validate", article, "--project", small)
    assert (code, errors) == (2, "")
    for name, line in zip(names, lines, strict=True):
        assert f"{name}:{line}: violation [unreadable-file] Not valid Turtle" in output
    assert f"{article}:{FIRST}: violation [unknown-term]" in output
    assert "3 files could not be read" in output


def test_standard_input_is_judged_without_those_around_it_that_cannot_be_read(zonegraph: Run, small: Path) -> None:
    append(small / "data/reference/places.ttl", "\n<x> <y>")
    text = f"{PREFIXES}zgd:article-new a zg:Article ; zg:nonsense 1 .\n"
    result = zonegraph("validate", "-", "--project", str(small), stdin=text)
    assert f"<stdin>:{FIRST}: violation [unknown-term]" in result.stdout


@pytest.mark.parametrize(
    "text", ['zgd:a zgd:b "%s" .' % ("a" * 1_000_000), "# " + "a" * 1_000_000, "zgd:a zgd:b zgd:c .\n" * 60_000]
)
def test_a_large_file_is_looked_through_at_once(text: str) -> None:
    start = time.monotonic()
    turtle.parse("large.ttl", f"{PREFIXES}{text}\n#{'x ' * 40_000}")
    assert time.monotonic() - start < 10


def test_a_file_of_many_articles_is_judged_at_once_and_each_file_around_is_read_once(
    few: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.ttl"
    path.write_text("".join(f"<{v.ZGD}article-a{number}> a <{v.ZG}Article> .\n" for number in range(3_000)))
    file = File(path.name, ARTICLES, "many", turtle.read(str(path)))
    start = time.monotonic()
    assert list(causes._file_names(file, few)) == []
    assert time.monotonic() - start < 5
    reads: Counter[str] = Counter()
    read_text = texts.read_text
    monkeypatch.setattr(texts, "read_text", lambda path: reads.update([path]) or read_text(path))
    places = Places([file], few.reference)
    for number in range(20):
        assert places.described(ox.NamedNode(f"{v.ZGD}article-a{number}"))
    assert set(reads.values()) == {1}


def test_a_name_without_end_is_not_held_against_another() -> None:
    """As long as two names are nearly the same, to compare them takes time that grows with the square of their length."""
    chance = random.Random(SEED)
    letters = [chr(0x4E00 + number) for number in range(150)]
    name = chance.choices(letters, k=60_000)
    other = [chance.choice(letters) if chance.random() < 0.05 else letter for letter in name]
    start = time.monotonic()
    assert suggest.nearest("".join(other), ["".join(name)]) == ""
    assert suggest.alike("".join(other), ["".join(name)], 0.5) == []
    assert time.monotonic() - start < 5
    assert suggest.nearest("zone-hangzou", ["zone-hangzhou", "".join(name)]) == "zone-hangzhou"


def test_shapes_whose_blank_nodes_stand_in_a_circle_have_a_name(small: Path, said: Said) -> None:
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix zg: <https://w3id.org/zonegraph/ns#> . @prefix ex: <http://ex/> .\n"
    circle = "_:a a sh:NodeShape ; sh:targetClass zg:Zone ; ex:x _:b . _:b ex:y _:a .\n"
    (small / "shapes" / "z.ttl").write_text(prefixes + circle)
    code, _, errors = said("validate", small / "data" / "articles" / f"{ARTICLE}.ttl", "--project", small)
    assert code in (0, 1), errors


def test_shapes_that_refer_to_each_other_in_many_ways_are_refused(small: Path, said: Said) -> None:
    lines = ["@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix zgsh: <https://w3id.org/zonegraph/shapes#> ."]
    lines += [
        f"zgsh:{k}{i} a sh:NodeShape ; sh:node {', '.join(f'zgsh:{other}{i + 1}' for other in 'ABCD')} ."
        for i in range(9)
        for k in "ABCD"
    ]
    lines += [f"zgsh:{k}9 a sh:NodeShape ." for k in "ABCD"]
    lines += ["zgsh:A0 sh:targetClass <https://w3id.org/zonegraph/ns#Zone> ."]
    (small / "shapes" / "z.ttl").write_text("\n".join(lines))
    code, _, errors = said("validate", small / "data" / "articles" / f"{ARTICLE}.ttl", "--project", small)
    assert code == 2
    assert "shape zgsh:A0 refers to shapes in more than 1,000 ways" in errors
