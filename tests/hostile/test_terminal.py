"""Whatever a file, a query, a server or an argument holds, a terminal obeys none of it, whichever command prints it."""

from __future__ import annotations

import csv
import hashlib
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.command import on_a_terminal
from zonegraph import output, terminal, validation
from zonegraph.errors import UsageError
from zonegraph.output import tables
from zonegraph.store import Bindings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX terminals")

# Empties the screen, sets the title, rings, moves the cursor back, as one byte too; turns the text round; breaks the line
# in all ways; is invisible.
CONTROLS = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f\u202eevil\u202c\u2066x\u2069\u200e\u061c\u2028\u2029\x85\ufeff\U000e0041\tend"
# What a line break would make of it: a line of the program's own.
FORGED = "\n  forged: all is well\nforged: all is well\r\nforged: all is well\rforged: all is well"
HOSTILE = "Aa" + CONTROLS + FORGED
# The text of an article, and a phrase of it.
TEXT = f"The city of Aa{CONTROLS} was named.\nOpen Bb{CONTROLS} here.\n"
PHRASE = f"Aa{CONTROLS}"

FOLDER = "folder" + HOSTILE

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def obeyed(printed: str) -> set[str]:
    """The characters that a terminal might obey, or hide, by Unicode's own classes and not by the program's list."""
    return {
        character
        for character in printed.replace("\r\n", "")
        if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
        or character in _BIDI
        or character == "\ufeff"
        or 0xE0000 <= ord(character) <= 0xE007F
    }


def literal(text: str) -> str:
    """A text as a Turtle literal in which every character is itself where Turtle lets it be."""
    text = re.sub('[\\\\"\n\r]', lambda match: {"\n": "\\n", "\r": "\\r"}.get(match[0], "\\" + match[0]), text)
    return f'"{text}"'


def yaml(text: str) -> str:
    """A text as YAML in quotation marks, with every control as an escape."""
    return json.dumps(text).replace(r"\udb40\udc41", r"\U000e0041")


PREFIXES = """@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix zgsh: <https://w3id.org/zonegraph/shapes#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

HEADER = f"""#+ question: {yaml("Which things? " + HOSTILE)}
#+ summary: {yaml("Some. " + HOSTILE)}
#+ tags: [{yaml("tag" + HOSTILE)}, plain]
#+ parameters:
#+   zone: {{type: iri, class: "zg:Zone", description: {yaml("a zone " + HOSTILE)}}}
#+ columns: {{zone: {yaml(HOSTILE)}, name: the name}}
#+ cite: ["?zone zg:namedAs ?name"]
PREFIX zg: <https://w3id.org/zonegraph/ns#>
"""
ROWS = "SELECT ?zone ?name WHERE {\n  VALUES ?zone { UNDEF }\n  ?zone a zg:Zone ; zg:namedAs ?name\n} ORDER BY ?zone\n"


def evidence(phrase: str, more: str = "") -> str:
    start = TEXT.index(phrase)
    digest = hashlib.sha256(phrase.encode()).hexdigest()
    return f'zg:evidence [ oa:start {start} ; oa:end {start + len(phrase)} ; zg:digest "{digest}"{more} ]'


def files() -> dict[str, str]:
    """The files of a small project in which every text that people see is hostile."""
    nasty, name = literal(HOSTILE), literal(PHRASE)
    telling = f" ; zg:asPrinted {name} ; zg:basis zg:inferred ; zg:note {nasty} ; zg:saidBy zgd:city-a"
    names = "namedAs prefLabel title summary publishedBy published textDigest evidence digest supports value asPrinted"
    names += " basis note saidBy about reasoning concludedBy concludedOn restsOn source reason concerns locatedIn transcribes"
    classes = "Article Evidence City Zone Conclusion Omission Approval"
    ontology = PREFIXES + "<https://w3id.org/zonegraph/ns> a owl:Ontology .\n"
    ontology += "".join(
        f'zg:{n} a rdf:Property ; skos:prefLabel "{n}"@en ; rdfs:label {nasty} .\n' for n in names.split()
    )
    ontology += "".join(f'zg:{n} a owl:Class ; skos:prefLabel "{n}"@en .\n' for n in classes.split())
    ontology += "zg:locatedIn owl:propertyChainAxiom ( zg:about zg:locatedIn ) .\n"
    return {
        "ontology/zonegraph.ttl": ontology,
        "data/reference/places.ttl": PREFIXES
        + f"zgd:city-a a zg:City ; skos:prefLabel {nasty}@en, {nasty}@zh .\n"
        + f"zgd:city-b a zg:City ; skos:prefLabel {literal('city b' + FORGED + CONTROLS)}@en .\n"
        + f"zgd:city-c a zg:City ; skos:prefLabel {literal('city b' + FORGED + CONTROLS)}@en .\n"
        + f"<http://example.org/x\u202ey> a zg:City ; skos:prefLabel {nasty}@en ; zg:summary {nasty}@en .\n"
        + "zgd:approval-a a zg:Approval ; zg:concerns zgd:zone-a .\n"
        + "zgd:zone-z zg:about zgd:zone-a .\n",
        "data/articles/one.ttl": PREFIXES
        + f"zgd:article-one a zg:Article ; zg:title {nasty}@en ; zg:publishedBy zgd:city-a ;\n"
        + f'  zg:published "2021-02-24"^^xsd:date ; zg:textDigest "{hashlib.sha256(TEXT.encode()).hexdigest()}" ;\n'
        + f"  {evidence(PHRASE)} .\n"
        + f"zgd:zone-a a zg:Zone ; zg:namedAs {name}@en, {nasty}@en ; zg:summary {nasty} ; zg:locatedIn zgd:city-a ;\n"
        + f"  {evidence(PHRASE, telling)} .\n",
        "data/review/one.ttl": PREFIXES
        + "zgd:omission-one-0-8 a zg:Omission ; zg:source zgd:article-one ; oa:start 0 ; oa:end 8 ;\n"
        + f"  zg:reason <{'https://w3id.org/zonegraph/ns#'}dull\u202e> .\n",
        "data/curation.ttl": PREFIXES
        + f"zgd:conclusion-a a zg:Conclusion ; zg:about zgd:zone-a ; zg:supports zg:namedAs ; zg:value {nasty}@en ;\n"
        + f"  zg:reasoning {nasty}@en ; zg:concludedBy zgd:city-a ; zg:concludedOn '2026-11-22'^^xsd:date ;\n"
        + "  zg:restsOn zgd:article-one .\n",
        "shapes/zone.ttl": PREFIXES
        + "zgsh:Zone a sh:NodeShape ; sh:targetClass zg:Zone ; sh:property [\n"
        + '  zgsh:ruleId "zone-name" ; sh:name "name"@en ; sh:path zg:namedAs ; sh:datatype xsd:integer ;\n'
        + f"  sh:severity sh:Violation ; sh:message {literal('No number: ' + HOSTILE)}@en ; zgsh:remedy {nasty}@en ] .\n",
        "queries/hostile.rq": HEADER + ROWS,
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project, an article's text, and some files to judge and to ask."""
    folder = tmp_path_factory.mktemp("hostile")
    for path, content in files().items():
        (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "project" / path).write_text(content, "utf-8", newline="")
    (folder / "texts").mkdir()
    (folder / "texts" / "one.txt").write_text(TEXT, "utf-8", newline="")
    (folder / "texts" / f"two{HOSTILE}.txt").write_text(f"A new text, {PHRASE}.", "utf-8", newline="")
    (folder / "bad.ttl").write_text(f"{PREFIXES}zgd:a zg:namedAs {literal(HOSTILE)} zg:x {CONTROLS}\n", "utf-8")
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "one.ttl").write_text(files()["data/articles/one.ttl"], "utf-8")
    (folder / "bad.rq").write_text(f"SELECT * {{ ?s ?p '{CONTROLS}' {CONTROLS} }}", "utf-8", newline="")
    (folder / f"good{CONTROLS}.rq").write_text(HEADER + ROWS, "utf-8", newline="")
    (folder / "header.rq").write_text(f"#+ question: [{CONTROLS}\nSELECT * {{}}", "utf-8", newline="")
    (folder / "cite.rq").write_text(
        HEADER.replace('"?zone zg:namedAs ?name"', yaml("?zone a { " + HOSTILE)) + ROWS, "utf-8"
    )
    return folder


def seen(folder: Path, *arguments: str, own_process: bool = False) -> tuple[int, str]:
    """Run a command on a terminal so wide that no cell wraps. Returns exit code and what it printed."""
    texts = str(folder / "texts")
    return on_a_terminal(
        60_000, *arguments, cwd=folder, own_process=own_process, ZONEGRAPH_ARTICLES=texts, PYTHONUTF8="1"
    )


# The beginning of CONTROLS as it must be seen.
WRITTEN_OUT = r"\u001b[2J\u001b]0;owned\u0007\u009b31m"

Run = Callable[..., str]


@pytest.fixture
def printed(hostile: Path) -> Run:
    """What a command prints on a terminal, once it is sure that the terminal obeys none of it.

    Parameters: `code`, the exit code expected; `data`, whether it is a format for programs, in which tabs and line breaks of
    the data are the format's own; `escaped`, whether the hostile text must be there, written out; `margin`, up to which
    column no forged line may begin.
    """

    def run(*arguments: str, code: int = 0, data: bool = False, escaped: bool = True, margin: int = 6) -> str:
        returned, shown = seen(hostile, *arguments, "--project", str(hostile / "project"))
        shown = re.sub("\r+\n", "\n", shown)  # the terminal gives each line feed a carriage return of its own
        shown = re.sub("\x1b\\[(0|1|2|(31|33|36)(;1)?)m", "", shown)  # the colours of reports; HOSTILE has others
        assert obeyed(shown) <= ({"\n", "\t"} if data else {"\n"}), shown
        assert "Traceback" not in shown
        assert "internal error" not in shown
        assert data or not re.search(rf"^ {{0,{margin}}}forged", shown, re.MULTILINE), shown
        assert returned == code, shown
        assert not escaped or WRITTEN_OUT in shown.replace("001B", "001b"), shown
        return shown

    return run


def beginning(arguments: object) -> str:
    return " ".join(arguments).partition("\x1b")[0][:60] if isinstance(arguments, list) else ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["query"],
        ["query", "--tag", "plain"],
        ["query", "hostile"],
        ["query", "hostile", "--format", "md"],
        ["query", "hostile", "--labels"],
        ["query", "hostile", "--labels", "--format", "md"],
        ["query", "hostile", "--cite"],
        ["query", "hostile", "--cite", "--format", "md"],
        ["query", "hostile", "-p", f"zone=Aa{CONTROLS}"],
        ["query", "-e", f"SELECT ?x {{ VALUES ?x {{ {literal(HOSTILE)} }} }}"],
        ["query", f"good{CONTROLS}.rq", "--cite"],
        ["find", "Aa"],
        ["find", "Aa", "--format", "md"],
        ["find", f"nothing {HOSTILE}"],
        ["find", f"city bb{FORGED + CONTROLS}"],
        ["explain", "zgd:zone-a"],
        ["explain", "zgd:zone-a", "--inferred"],
        ["explain", "zgd:city-a"],
        ["explain", "zgd:conclusion-a"],
        ["explain", "zgd:zone-a", "zg:namedAs"],
        ["explain", f"Aa{CONTROLS}"],
        ["explain", "zgq:hostile"],
        ["article", "one"],
        ["article"],
        ["validate", f"good{CONTROLS}.rq"],
    ],
    ids=beginning,
)
def test_of_an_answer_a_terminal_obeys_nothing(printed: Run, arguments: list[str]) -> None:
    printed(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["evidence", "check", "--fail-on", "warning"],
        ["evidence", "coverage"],
        ["validate"],
        ["validate", FOLDER],
        ["validate", f"{FOLDER}/one.ttl"],
    ],
    ids=beginning,
)
def test_of_findings_a_terminal_obeys_nothing(printed: Run, arguments: list[str]) -> None:
    printed(*arguments, code=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", HOSTILE],
        ["query", HOSTILE + ".rq"],
        ["query", "-e", f"SELECT * {{ {CONTROLS} }}"],
        ["query", "-e", f"SELECT * {{ ?s ?p ?o }} SERVICE <{CONTROLS}>"],
        ["query", "hostile", "--format", HOSTILE],
        ["query", "hostile", "--tag", HOSTILE],
        ["query", "--tag", HOSTILE],
        ["query", "hostile", "--as-of", HOSTILE],
        ["query", "hostile", "--limit", HOSTILE],
        ["query", "hostile", "--timeout", HOSTILE],
        ["query", "hostile", "--endpoint", HOSTILE],
        ["query", "hostile", "-p", HOSTILE],
        ["query", "hostile", "-p", f"{HOSTILE}=1"],
        ["query", "hostile", "-p", "zonee=1"],
        ["query", "hostile", "-p", f"zone={HOSTILE}z"],
        ["query", "hostile", f"--{HOSTILE}"],
        ["query", "bad.rq"],
        ["query", "header.rq", "--cite"],
        ["query", "cite.rq", "--cite"],
        ["find", "Aa", "--format", HOSTILE],
        ["find", "Aa", "--endpoint", HOSTILE],
        ["explain", HOSTILE],
        ["explain", f"city b{FORGED + CONTROLS}"],
        ["explain", f"zgd:zone-a zg:namedAs {HOSTILE}"],
        ["explain", f"zgd:zone-a zg:namedAs {literal(HOSTILE)}@de"],
        ["explain", "zgd:zone-a", HOSTILE],
        ["article", HOSTILE],
        ["article", "one", "--articles", HOSTILE],
        ["evidence", HOSTILE],
        ["evidence", "check", "--articles", HOSTILE],
        ["evidence", "find", HOSTILE, "--article", "one"],
        ["evidence", "find", PHRASE, "--article", HOSTILE],
        ["validate", "bad.ttl"],
        ["validate", "bad.rq"],
        ["validate", HOSTILE],
        ["validate", "--fail-on", HOSTILE],
        ["export", "-o", HOSTILE + "/x.ttl"],
        ["export", "-o", f"x.{HOSTILE}"],
        ["export", "--graphs", HOSTILE],
        ["export", "--query", HOSTILE],
        ["status", HOSTILE],
        [HOSTILE],
        ["--" + HOSTILE],
    ],
    ids=beginning,
)
def test_of_a_message_a_terminal_obeys_nothing(printed: Run, arguments: list[str]) -> None:
    # What people type themselves may look like the second line of a message, which is indented, but like no first line.
    printed(*arguments, code=2, escaped=False, margin=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "hostile", "--labels", "--cite"],
        ["query", "-e", "DESCRIBE zgd:zone-a"],
        ["query", "bad.rq"],
        ["find", "Aa"],
        ["explain", "zgd:zone-a"],
        ["article", "one"],
        ["evidence", "check"],
        ["validate"],
        ["export", "-o", f"x.{HOSTILE}"],
        ["status", HOSTILE],
    ],
    ids=beginning,
)
def test_the_terminal_of_a_process_of_its_own_shows_the_same(hostile: Path, arguments: list[str]) -> None:
    asked = (*arguments, "--project", str(hostile / "project"))
    assert seen(hostile, *asked, own_process=True) == seen(hostile, *asked)


def test_a_text_that_no_article_transcribes_is_named_and_its_phrase_found(printed: Run) -> None:
    shown = printed("evidence", "find", PHRASE)
    assert "# one, line 1" in shown
    assert "# twoAa" in shown
    assert "no article transcribes this text yet" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "hostile", "--show"],
        ["query", "-e", f"# {HOSTILE}\nASK {{ ?x zg:namedAs {literal(HOSTILE)} }}", "--show"],
        ["query", "hostile", "--format", "csv"],
        ["query", "hostile", "--format", "tsv"],
        ["query", "hostile", "--format", "json"],
        ["query", "--format", "json"],
        ["query", "-e", "DESCRIBE zgd:zone-a"],
        ["query", "-e", "DESCRIBE zgd:zone-a", "--format", "nt"],
        ["find", "Aa", "--format", "csv"],
        ["export"],
        ["export", "--graphs", "all", "--format", "nq"],
        ["export", "--query", "hostile", "--bom"],
        ["article", "one", "--format", "json"],
        ["explain", "zgd:zone-a", "--format", "json"],
        ["evidence", "find", PHRASE, "--format", "json"],
    ],
    ids=beginning,
)
def test_of_a_format_for_programs_too_a_terminal_obeys_nothing(printed: Run, arguments: list[str]) -> None:
    printed(*arguments, data=True, escaped=arguments[0] != "evidence")


@pytest.mark.parametrize("format", ["json", "sarif", "turtle", "junit", "html"])
def test_of_a_report_for_programs_too_a_terminal_obeys_nothing(printed: Run, format: str) -> None:
    printed("validate", "--format", format, code=1, data=True)


def test_status_names_a_project_whatever_its_folder_is_called(hostile: Path, tmp_path: Path) -> None:
    (tmp_path / FOLDER).symlink_to(hostile / "project")
    code, shown = seen(hostile, "status", "--digests", "--project", str(tmp_path / FOLDER))
    assert code == 0, shown
    assert obeyed(shown) <= {"\n"}, shown
    assert WRITTEN_OUT in shown
    assert not re.search("^ *forged", shown, re.MULTILINE)


@pytest.mark.skipif(sys.platform != "linux", reason="a file system that takes any bytes for a name")
def test_a_file_whose_name_is_not_utf_8_is_judged_in_every_format(zonegraph: Run, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"d\xff")).mkdir()
    (tmp_path / os.fsdecode(b"d\xff") / "one.ttl").write_text(f"{PREFIXES}zgd:a zg:nonsense 1 .\n")
    shown = {f: zonegraph("validate", str(tmp_path), "--format", f) for f in validation.FORMATS}
    assert {result.returncode for result in shown.values()} == {1}, shown
    assert r"d\udcff/one.ttl:11: violation" in shown["text"].stdout
    assert json.loads(shown["json"].stdout)["files"] == [str(tmp_path / "d\udcff" / "one.ttl")]
    assert "/d%FF/one.ttl" in shown["sarif"].stdout


@contextmanager
def answering(status: int, reason: str, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """A server on loopback that gives one answer to everything; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.wfile.write(f"HTTP/1.0 {status} {reason}\r\n".encode())
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.wfile.write(f"{key}: {value}\r\n".encode())
            self.wfile.write(b"\r\n" + body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


IN_A_HEADER = re.sub("[\n\r\x85\u2028\u2029\x0b\x0c\x1c-\x1e]", "", CONTROLS)
_ROWS = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": HOSTILE}}]}}


@pytest.mark.parametrize(
    ("status", "reason", "headers", "body"),
    [
        (500, "x", {}, HOSTILE.encode()),
        (400, "x", {"Content-Type": "text/plain"}, HOSTILE.encode()),
        (500, "x" + IN_A_HEADER, {}, b""),
        (302, "x", {"Location": "http://127.0.0.1/" + IN_A_HEADER}, b""),
        (200, "x", {"Content-Type": IN_A_HEADER}, HOSTILE.encode()),
        (200, "x", {"Content-Type": "application/sparql-results+json"}, HOSTILE.encode()),
        (200, "x", {"Content-Type": "application/sparql-results+json"}, json.dumps(_ROWS).encode()),
        (
            200,
            "x",
            {"Content-Type": "application/sparql-results+json"},
            json.dumps(_ROWS).replace('"x"', json.dumps(HOSTILE)).encode(),
        ),
    ],
    ids=["error", "bad query", "reason", "redirect", "type", "no result", "rows", "columns"],
)
def test_of_a_servers_answer_a_terminal_obeys_nothing(
    hostile: Path, status: int, reason: str, headers: dict[str, str], body: bytes
) -> None:
    with answering(status, reason, headers, body) as address:
        asked = ("query", "-e", "SELECT ?x { ?x ?y ?z }", "--endpoint", address, "--project", str(hostile / "project"))
        code, shown = seen(hostile, *asked)
    assert obeyed(shown) <= {"\n"}, shown
    assert not re.search("^ ?forged", shown, re.MULTILINE), shown
    assert "internal error" not in shown
    assert code in (0, 2, 3)


def test_a_file_or_a_pipe_gets_the_formats_for_programs_as_they_are(hostile: Path) -> None:
    def piped(*arguments: str) -> bytes:
        command = [sys.executable, "-m", "zonegraph", *arguments, "--project", str(hostile / "project")]
        return subprocess.run(command, cwd=hostile, capture_output=True, check=True).stdout

    assert piped("query", "hostile", "--show").decode() == (hostile / f"good{CONTROLS}.rq").read_bytes().decode()
    names = sorted([PHRASE, HOSTILE])
    rows = csv.DictReader(io.StringIO(piped("query", "hostile", "--format", "csv").decode(), newline=""))
    assert sorted(row["name"] for row in rows) == names
    held = json.loads(piped("query", "hostile", "--format", "json"))["results"]["bindings"]
    assert sorted(row["name"]["value"] for row in held) == names
    exported = {
        t.object.value
        for t in ox.parse(piped("export"), format=ox.RdfFormat.TURTLE)
        if isinstance(t.object, ox.Literal)
    }
    assert {PHRASE, HOSTILE} <= exported
    # What is for people is clean wherever it goes: it may be looked at later.
    assert obeyed(piped("query", "hostile").decode()) == {"\n"}


def test_what_a_terminal_shows_of_turtle_and_sparql_says_what_the_data_say(hostile: Path) -> None:
    _, shown = seen(hostile, "export", "--project", str(hostile / "project"))
    found = {t.object.value for t in ox.parse(shown, format=ox.RdfFormat.TURTLE) if isinstance(t.object, ox.Literal)}
    assert {PHRASE, HOSTILE} <= found
    query = f"SELECT ?x {{ VALUES ?x {{ {literal(HOSTILE)} }} }}"
    seen(hostile, "query", "--project", str(hostile / "project"))  # builds the graph, and says so
    _, shown = seen(hostile, "query", "-e", query, "--show", "--project", str(hostile / "project"))
    assert next(iter(ox.Store().query(shown)))["x"] == ox.Literal(HOSTILE)  # type: ignore[call-overload,arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "plain\ntwo lines\n", "国家新一代人工智能\u3000创新", "न\u200dमस्ते ক্\u200cষ", "e\u0301 a\u0308", "👩\u200d👩\u200d👧 ❤\ufe0f 🇨🇳", "葛\U000e0100", "\u00a0\u00ad x"],
)  # fmt: skip
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert terminal.clean(text) == text
    assert terminal.line(text.strip("\n").partition("\n")[0]) == text.strip("\n").partition("\n")[0]


def test_every_character_that_a_terminal_obeys_is_written_out_and_no_other() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    changed = {c for c in every if terminal.clean(c) != c}
    assert obeyed(every) - {"\t", "\n"} <= changed
    assert {unicodedata.category(c) for c in changed - obeyed(every)} <= {"Cf"}
    assert obeyed(terminal.clean(every)) == {"\t", "\n"}
    assert obeyed(terminal.line(every)) == set()


def test_what_is_written_out_is_an_escape_of_turtle() -> None:
    text = "".join(c for c in HOSTILE if c not in "\r\n")
    (quad,) = ox.parse(f'<a:a> <a:a> "{terminal.clean(text)}" .', format=ox.RdfFormat.TURTLE)
    assert quad.object == ox.Literal(text)


def test_lines_and_messages_have_no_line_break_of_what_they_repeat() -> None:
    assert terminal.line("a\nb\r\nc\td\u2028e") == r"a\nb\r\nc d\u2028e"
    assert terminal.lines(["a\nb", "", "c"]) == "a\\nb\n\nc\n"
    assert terminal.message("x\ny: wrong\n  mend\nit\r") == "x\\ny: wrong\n  mend\\nit\\r"


def test_an_error_is_clean_in_a_traceback_of_the_callers_own_too() -> None:
    assert str(UsageError("\x1b[2J: no such thing\n  look\x07")) == r"\u001b[2J: no such thing" + "\n" + r"  look\u0007"


def test_a_cell_is_one_line_and_one_column() -> None:
    rows = [[HOSTILE, "x"], ["b | c", "y"]]
    assert len(tables.table(["one", "two"], rows).splitlines()) == 4
    answer = Bindings(["o\nne"], [(ox.Literal(HOSTILE),), (ox.Literal("b | c"),)])
    assert len(output.render(answer, "md").splitlines()) == 4
    assert obeyed(output.render(answer, "table")) == {"\n"}
