"""A user's mistake gets one message that says what, where and what to do, the right exit code, and no traceback."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, copy_project
from zonegraph import vocabulary as v
from zonegraph.answers import names
from zonegraph.errors import UsageError
from zonegraph.store import guard


def message(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return result.stderr


def unreadable(result: subprocess.CompletedProcess[str]) -> str:
    """What `validate` says of a file that it cannot read."""
    assert result.returncode == 2, result
    assert "[unreadable-file]" in result.stdout
    assert result.stderr == ""
    return result.stdout


def test_a_missing_file_is_named(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert "nowhere.rq: no such file" in message(zonegraph("query", "nowhere.rq"), 2)
    assert "nowhere.ttl: no such file" in message(zonegraph("validate", "nowhere.ttl"), 2)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_named(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "secret.ttl"
    file.write_text("")
    file.chmod(0)
    assert "Cannot be read: Permission denied" in unreadable(zonegraph("validate", str(file)))


def test_a_folder_in_place_of_a_file_is_named(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "folder.rq").mkdir()
    assert "folder.rq: is a folder" in message(zonegraph("query", str(tmp_path / "folder.rq")), 2)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{ not turtle }", ":1: violation [unreadable-file] Not valid Turtle"),
        (
            "@prefix zgd: <urn:x> .\nzgd:a zgd:b zgd:c\nzgd:d zgd:e zgd:f .",
            ":2: violation [unreadable-file] Not valid Turtle: “.” is missing after “zgd:c”",
        ),
        ("zgd:a zg:b 1 .", "add at the top: @prefix zgd: <https://w3id.org/zonegraph/id/> ."),
        ('@prefix zgd: <urn:x> .\nzgd:a zgd:b "open .', "the quotation mark is never closed"),
    ],
    ids=["not Turtle", "syntax error", "undeclared prefix", "open string"],
)
def test_a_file_that_is_not_turtle_is_shown_with_line_and_remedy(
    zonegraph, tmp_path: Path, content: str, expected: str
) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "new-article.ttl"
    file.write_text(content)
    assert expected in unreadable(zonegraph("validate", str(file)))


def test_a_file_in_another_encoding_is_shown_with_the_first_wrong_byte(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "new-article.ttl"
    file.write_bytes("# 杭州\n".encode("gb18030"))
    said = unreadable(zonegraph("validate", str(file)))
    assert f"{file}:1: violation [unreadable-file] Not UTF-8 (byte 0xba) (column 3)" in said


def test_the_column_of_an_error_is_marked_in_its_line_and_not_said_beside(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "wrong.rq"
    text = (ROOT / "queries" / "timeline.rq").read_text("utf-8")
    file.write_text(text.replace("SELECT", "SELECT ]", 1), "utf-8")
    said = zonegraph("validate", str(file)).stdout
    assert "violation [unreadable-file] Not valid SPARQL" in said
    assert re.search(r"\n +\d+ \| SELECT \] .*\n +\| +\^\n", said)
    assert "(column" not in said


BAD_FILES = {
    "binary": (bytes(range(256)) * 40, "unreadable-file", 2),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "unreadable-file", 2),
    "zeros": (bytes(10_000), "unreadable-file", 2),
    "megabytes on one line": (b'zgd:a zg:b "x" ; ' * 200_000, "unreadable-file", 2),
    "a text without an end": (b'<a> <b> "' + b"x" * 3_000_000, "unreadable-file", 2),
    "brackets within brackets": (
        b"<a> <b> " + b"[ <b> " * 10_000 + b"1" + b" ]" * 10_000 + b" .",
        "unreadable-file",
        2,
    ),
    "bytes that are no UTF-8": (b'<a> <b> "\xff" .', "unreadable-file", 2),
    "nothing": (b"", "article-node", 1),
    "another vocabulary": (
        b'<http://example.org/a> a <http://xmlns.com/foaf/0.1/Person> ; <http://xmlns.com/foaf/0.1/name> "A" .',
        "nothing-of-the-project",
        1,
    ),
    "shapes": ((ROOT / "shapes" / "zone.ttl").read_bytes(), "nothing-of-the-project", 1),
}


@pytest.mark.parametrize(("content", "rule", "code"), BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("name", ["bad.ttl", "a <b> c.ttl"])
def test_what_is_no_article_at_all_is_one_finding(
    zonegraph, tmp_path: Path, name: str, content: bytes, rule: str, code: int
) -> None:  # type: ignore[no-untyped-def]
    import json

    file = tmp_path / name
    file.write_bytes(content)
    result = zonegraph("validate", str(file), "--format", "json")
    assert (result.returncode, result.stderr) == (code, "")
    standing = [f for f in json.loads(result.stdout)["findings"] if not f["because"]]
    rules = [f["rule"] for f in standing]
    assert rules == [rule] or (set(rules) <= {rule, "file-name-is-slug"} and "<" in name)


def test_a_folder_without_data_is_named(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "no Turtle files (*.ttl) with data in this folder" in message(zonegraph("validate", str(tmp_path)), 2)


def test_a_broken_file_of_the_project_is_named_by_every_command(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    file = small / "data" / "reference" / "people.ttl"
    file.write_text(file.read_text("utf-8") + "\nzgd:a zgd:b", "utf-8")
    for command in (["query", "timeline"], ["find", "x"], ["status"], ["export"], ["explain", "zgd:a"]):
        assert "people.ttl:" in message(zonegraph(*command, "--project", str(small)), 2)
    assert "people.ttl:" in unreadable(zonegraph("validate", "--project", str(small)))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["query", "timelime"], "did you mean timeline?"),
        (["query", "timeline", "-p", "knd=zg:Approval"], "did you mean kind?"),
        (["query", "timeline", "-p", "kind=zg:Aproval"], "did you mean zg:Approval?"),
        (["query", "timeline", "-p", "kind"], "not of the form KEY=VALUE"),
        (["query", "plan-targets", "-p", "plan=zgd:city-hangzhou"], "no such Document"),
        (["query", "timeline", "-e", "ASK {}"], "only one of them can be run"),
        (["query", "-e", "ASK {}", "-p", "a=b"], "only saved queries and files with a `#+` header have"),
        (["query", "-e", "SELECT * WHERE {\n ?s ?p }"], "query:2:9: not valid SPARQL"),
        (["query", "timeline", "--as-of", "yesterday"], "not a date"),
        (["query", "timeline", "--as-of", "20210224"], "--as-of 20210224: not a date"),
        (["query", "timeline", "--as-of", "2021-W08-3"], "write it like --as-of 2021-02-24"),
        (
            ["query", "timeline", "--as-of", "2021-01-01", "--endpoint", "http://127.0.0.1:9/"],
            "only on the embedded store",
        ),
        (["query", "timeline", "--format", "yaml"], "for rows use table, csv"),
        (["query", "timeline", "--labels", "xx"], "labels xx: the graph has no names in this language"),
        (["query", "timeline", "--sort", "dat"], "did you mean date?"),
        (["query", "timeline", "--columns", "date,,what"], "columns date,,what: a name is empty"),
        (["query", "-e", "ASK {}", "--sort", "-date"], "only applies to rows, not to yes or no"),
        (["query", "-e", "DESCRIBE zg:Zone", "--columns", "date"], "only applies to rows, not to triples"),
        (["query", "timeline", "--format", "turtle"], "is for triples"),
        (["query", "-e", "DESCRIBE zg:Zone", "--format", "csv"], "is for rows"),
        (["query", "timeline", "--limit", "0"], "not a whole number from 1"),
        (["query", "timeline", "--timeout", "-1"], "not a number of seconds between 0 and"),
        (["query", "timeline", "--endpoint", "localhost"], "not the address of a SPARQL endpoint"),
        (["query", "timeline", "--project", "/"], "not a zonegraph project"),
        (["explain", "zgd:city-hangzhu"], "did you mean zgd:city-hangzhou?"),
        (["explain", "zgd:a zgd:b"], "zgd:a: no such thing"),
        (["explain", "zgd:city-hangzhou", "zg:within", "["], "not a triple in Turtle's notation"),
        (["explain", "zgd:city-hangzhou", "zg:withn"], "did you mean zg:within?"),
        (["explain", "zgd:city-hangzhou", "zg:inBatch"], "holds no triple with this subject and property"),
        (["explain", "zgd:city-hangzhou zg:withn zgd:province-zhejiang"], "did you mean zg:within?"),
        (["explain", "zgd:city-hangzhou zg:within zgd:province-hebei"], "the graph does not hold this triple"),
        (["export", "--graphs", "curaton"], "did you mean curation?"),
        (["export", "--graphs", "asserted", "--format", "turtle"], "has no named graphs"),
        (["export", "-o", "graph.xyz"], "is not that of a known format"),
        (["evidence", "find"], "no phrase given"),
        (["evidence"], "zonegraph evidence coverage"),
        (["evidence", "chek"], "did you mean check?"),
        (["evidence", "check", "--format", "sarf"], "did you mean sarif?"),
        (["evidence", "check", "--fail-on", "warn"], "did you mean warning?"),
        (["evidence", "find", "x", "--format", "sarif"], "--format sarif: there are text, json"),
        (["evidence", "coverage", "--fail-on", "info"], "evidence coverage: takes no --fail-on"),
        (["validate", "--judge", "pyshcl"], "did you mean pyshacl?"),
        (["article", "miit-second"], "did you mean miit-second-batch?"),
        (["article", "xyz"], "there are: 2021-02-24-china-daily"),
        (["export", "--format", "ttl"], "did you mean turtle?"),
        (["export", "--format", "xyz"], "choose from turtle, trig"),
        (["export", "--query", "timelin"], "did you mean timeline?"),
        (["export", "--query", "timeline", "--graphs", "all"], "so --graphs does not apply"),
        (["validate", "nosuchfile"], "nosuchfile: no such file"),
        (["validate", "--fail-on", "warn"], "did you mean warning?"),
        (["find"], "`zonegraph find --help`"),
        (["find", "x", "--fromat", "csv"], "did you mean --format?"),
        (["status", "everything"], "status: unrecognized arguments: everything"),
        (["query", "timeline", "kind=zg:Approval"], "parameters go after -p"),
        (["query", "timeline", "--format", "jsn"], "did you mean json?"),
        (["query", "SELECT * { ?s ?p ?o }"], "SPARQL text goes after -e"),
        (["query", "-e", "SELECT * { ?s skso:prefLabel ?o }"], "the prefix skso: is not declared; did you mean skos:?"),
        (["query", "-e", "SELECT * { ?s ex:p ?o }"], "add at the top: PREFIX ex:"),
        (["query", "-e", "SELECT * { ?s a/ex:p ?o }"], "the prefix ex: is not declared"),
        (["query", "--tag", "zonez"], "did you mean zones? the tags are: "),
        (["query", "timeline", "--tag", "zones"], "only applies to the list"),
        (["query", "timeline", "-p", "knd=zg:Approval"], "kind (iri): a class of acts"),
        (["query", "zones-without-a-sector", "-p", "x=1"], "sector (iri, a zg:Sector, default sector:finance)"),
        (["query", "zones-in-regions", "-p", "region=Zhejiang"], "zgd:province-zhejiang is a zg:Province"),
        (["query", "zones-in-regions", "-p", "region=Zhejiang"], "there are: zgd:region-beijing-tianjin-hebei, "),
        (["query", "who-said-what", "-p", "speaker=Shenzen"], "did you mean zgd:city-shenzhen?"),
        (["--project", ".", "query"], "options go after the command"),
        ([], "no command given"),
        (["evidence", "check", "--articles", "nowhere"], "no such folder"),
        (["qurey"], "invalid choice"),
    ],
)
def test_wrong_usage_is_explained(zonegraph, arguments: list[str], expected: str) -> None:  # type: ignore[no-untyped-def]
    assert expected in message(zonegraph(*arguments), 2)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["query", ""], "query: '' for NAME|FILE.rq|-: empty value"),
        (["query", "timeline", "--format", ""], "query: --format '': empty value"),
        (["query", "timeline", "--tag", ""], "query: --tag '': empty value"),
        (["query", "timeline", "--tag", "zones", "--tag", ""], "query: --tag '': empty value"),
        (["query", "timeline", "--project", ""], "query: --project '': empty value"),
        (["query", "timeline", "--articles", ""], "query: --articles '': empty value"),
        (["query", "timeline", "--endpoint", ""], "query: --endpoint '': empty value"),
        (["query", "timeline", "--as-of", ""], "query: --as-of '': empty value"),
        (["query", "-e", ""], "query: -e '': empty value"),
        (["find", "Hangzhou", "--endpoint="], "find: --endpoint '': empty value"),
        (["find", ""], "find: '' for TEXT: empty value"),
        (["export", "-o", ""], "export: -o '': empty value"),
        (["export", "--format", ""], "invalid choice: ''"),
        (["export", "--graphs", ""], "export: --graphs '': empty value"),
        (["export", "--query", ""], "export: --query '': empty value"),
        (["explain", "", "zg:within"], "explain: '' for THING"),
        (["article", ""], "article: '' for SLUG"),
        (["evidence", "find", "x", "--article", ""], "evidence: --article '': empty value"),
        (["validate", ""], "validate: '' for FILE|DIR|-: empty value"),
    ],
)
def test_an_empty_value_is_never_taken_for_none(zonegraph, arguments: list[str], expected: str) -> None:  # type: ignore[no-untyped-def]
    assert expected in message(zonegraph(*arguments), 2)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("integer", "one"),
        ("integer", "1.5"),
        ("decimal", "x"),
        ("date", ""),
        ("date", "2021"),
        ("date", "2021-02-30"),
        ("date", "20210224"),
        ("date", "2021-W08-3"),
    ],
)
def test_a_parameter_of_the_wrong_type_is_refused(zonegraph, small: Path, type: str, value: str) -> None:  # type: ignore[no-untyped-def]
    (small / "queries" / "typed.rq").write_text(
        f"#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {{x: y}}\n#+ parameters:\n#+   x: {{type: {type}}}\n"
        "SELECT ?x WHERE {\n  VALUES ?x { UNDEF }\n}\n"
    )
    result = zonegraph("query", "typed", "-p", f"x={value}", "--project", str(small))
    assert f"x={value}: not a value of type {type}" in message(result, 2)


def test_a_parameter_is_a_term_and_never_text_of_the_query(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    (small / "queries" / "typed.rq").write_text(
        "#+ question: q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n#+ parameters:\n#+   x: {type: string}\n"
        "SELECT ?x WHERE {\n  VALUES ?x { UNDEF }\n}\n"
    )
    hostile = 'x" } { ?s ?p ?o } VALUES ?y { "\\1\n'
    result = zonegraph("query", "typed", "-p", f"x={hostile}", "--format", "json", "--project", str(small))
    assert result.returncode == 0
    import json

    assert json.loads(result.stdout)["results"]["bindings"] == [{"x": {"type": "literal", "value": hostile}}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "LOAD <http://127.0.0.1:9/>",
        "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }",
        "SELECT * FROM NAMED <file:///etc/passwd> { ?s ?p ?o }",
        "PREFIX x: <http://127.0.0.1:9/> SELECT * FROM x:y { ?s ?p ?o }",
        "DELETE WHERE { ?s ?p ?o }",
        "# ' \nSELECT * { ?s ?p '#' . SERVICE ?s { ?s ?p ?o } }",
        # Read by an engine otherwise than by the grammar:
        "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?a ?b FILTER(?a<?b)SERVICE#>\n SILENT <http://127.0.0.1:9/x>{ ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o.SERVICE<http://127.0.0.1:9/x>{ ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:9/> SELECT * FROM:x { ?s ?p ?o }",
        "SELECT * FROM <https://w3id.org/zonegraph/graph/../../../x> { ?s ?p ?o }",
        "PREFIX zg: <https://w3id.org/zonegraph/graph/> PREFIX zg: <http://x/> SELECT * FROM zg:y {}",
    ],
)
def test_a_query_that_would_reach_outside_or_write_is_refused(zonegraph, query: str) -> None:  # type: ignore[no-untyped-def]
    assert "is refused: it " in message(zonegraph("query", "-e", query), 2)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p <http://x/SERVICE> } # SERVICE",
        'SELECT * { ?s ?p "SERVICE <http://x/>" } # SERVICE <http://x/>',
        "PREFIX x: <http://x/> SELECT ?load { ?load x:service 'FROM' ; x:load ?service }",
        "SELECT * FROM <https://w3id.org/zonegraph/graph/curation> { ?s ?p ?o }",
        "PREFIX g: <https://w3id.org/zonegraph/graph/> SELECT * FROM g:curation { ?s ?p ?o }",
        "SELECT * { ?a ?b ?c FILTER(?c<5&&?c>3) }",
        "SELECT * { ?a ?b ?name FILTER(CONTAINS(?name, 'human resources service')) }",
        "#+ summary: from articles: SERVICE <x>\nSELECT * { ?a ?b ?c }",
        "SELECT * { ?a ?b ?note FILTER(CONTAINS(?note, 'one of them, read from them: the second')) }",
    ],
)
def test_a_harmless_query_is_not_refused(query: str) -> None:
    guard.judge(query)


def test_a_function_that_nobody_knows_is_the_users_mistake_and_no_damage(zonegraph) -> None:  # type: ignore[no-untyped-def]
    said = message(zonegraph("query", "-e", "SELECT (<urn:f>(?o) AS ?x) { ?s ?p ?o }"), 2)
    assert said.startswith("zonegraph: query: the function <urn:f> is not known\n")


def test_a_query_nested_too_deep_is_refused_before_the_engine_sees_it() -> None:
    with pytest.raises(UsageError, match="nested more than"):
        guard.judge("SELECT * " + "{" * 3000 + "}" * 3000)


def test_a_refused_query_sends_nothing(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import socket

    header = "#+ question: Q?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {x: y}\n"
    file = tmp_path / "t.rq"

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        for query in (
            f"PREFIX : <http://127.0.0.1:{port}/> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
            f"SELECT * {{ ?s ?a ?b FILTER(?a<?b)SERVICE#>\n SILENT <http://127.0.0.1:{port}/x>{{ ?s ?p ?o }} }}",
        ):
            assert zonegraph("query", "-e", query).returncode == 2
        service = f"}} SERVICE <http://127.0.0.1:{port}/x> {{ ?s ?p ?o"
        for line in (
            f'cite: ["?x a zg:Zone }} WHERE {{ {service} }} }} #"]',
            f'parameters: {{x: {{type: iri, class: "zg:Zone {service}"}}}}',
        ):
            file.write_text(f"{header}#+ {line}\nSELECT ?x {{\n VALUES ?x {{ UNDEF }}\n ?x a zg:Zone }} ORDER BY ?x\n")
            assert f"{file}:5: header: " in message(zonegraph("query", str(file), "--cite"), 2)
            assert f"{file}:5: violation [unreadable-file] Header: " in unreadable(zonegraph("validate", str(file)))
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("module", ["argparse", "pyoxigraph"])
def test_an_interrupt_while_modules_are_imported_ends_without_a_traceback(
    zonegraph_process, tmp_path: Path, module: str
) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt")
    assert "interrupted" in message(zonegraph_process("query", "timeline", PYTHONPATH=str(tmp_path)), 130)


def test_a_label_that_several_things_bear_is_not_guessed_at(zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    places = small / "data" / "reference" / "places.ttl"
    places.write_text(
        places.read_text("utf-8") + '\nzgd:region-west a zg:Region ; skos:prefLabel "Western China"@en .\n', "utf-8"
    )
    query = str(ROOT / "queries" / "zones-in-regions.rq")
    result = zonegraph("query", query, "-p", "region=western china", "--project", str(small))
    shown = message(result, 2)
    assert "western china: more than one thing has that name" in shown
    assert "zgd:region-west (zg:Region), zgd:region-western-china (zg:Region)" in shown


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m zonegraph export --graphs all --format nq | head -n 1"
    result = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stdout.count("\n")) == (0, 1)
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_reported() -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "zonegraph", "query", "timeline"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 2
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_output_that_cannot_be_written_is_named_and_nothing_is_left(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    missing = tmp_path / "nowhere" / "graph.nt"
    assert "graph.nt: cannot be written" in message(zonegraph("export", "--graphs", "curation", "-o", str(missing)), 2)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_survives_a_failure(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    output = tmp_path / "graph.nt"
    output.write_text("old")
    message(zonegraph("export", "--graphs", "nowhere", "-o", str(output)), 2)
    assert output.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["graph.nt"]


def test_a_cache_that_cannot_be_written_is_named_and_the_answer_still_comes(
    zonegraph, tmp_path: Path, small: Path
) -> None:  # type: ignore[no-untyped-def]
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = zonegraph(
        "query",
        "timeline",
        "--format",
        "csv",
        "--project",
        str(small),
        ZONEGRAPH_CACHE=str(blocked / "cache"),
        TMPDIR=str(tmp_path),
    )
    assert result.returncode == 0
    assert "the cache cannot be written" in result.stderr
    assert result.stdout.startswith("date,")


def test_a_damaged_cache_is_built_again(zonegraph_process, small: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cache = tmp_path / "cache"

    def ask() -> str:
        asked = ("query", "timeline", "--format", "csv", "--project", str(small))
        result = zonegraph_process(*asked, ZONEGRAPH_CACHE=str(cache))
        assert result.returncode == 0, result.stderr
        return str(result.stdout)

    first = ask()
    for path in cache.glob("*/manifest.json"):
        path.write_bytes(path.read_bytes().replace(b"timeline", b"timeleap"))
    assert ask() == first
    for path in cache.glob("*/store/*.sst"):
        path.write_bytes(bytes(byte ^ 0x55 for byte in path.read_bytes()))  # of the same size
    assert ask() == first
    for path in cache.glob("*/store/*.sst"):
        path.write_bytes(b"")
    assert ask() == first


def test_two_processes_may_build_at_once(tmp_path: Path, small: Path) -> None:
    command = [sys.executable, "-m", "zonegraph", "query", "timeline", "--format", "csv", "--project", str(small)]
    environment = {**os.environ, "ZONEGRAPH_CACHE": str(tmp_path / "cache")}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], outputs
    assert len({out for out, _ in outputs}) == 1
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith(".draft")]


@pytest.mark.parametrize(
    "text", ["PREFIX a: <b>\n" * 5000, "# x\n" * 20000, "FROM " * 30000, "SERVICE " * 20000, ":a" * 50000]
)
def test_the_scan_of_a_query_takes_time_in_proportion_to_its_length(text: str) -> None:
    start = time.process_time()
    with contextlib.suppress(UsageError):
        guard.judge(text)
    assert time.process_time() - start < 5  # backtracking would take hours


@pytest.mark.parametrize("text", ["a-" * 90000, "zg:a." * 40000, "PREFIX " * 25000, "<" * 150000, "'x'" * 60000])
def test_names_are_looked_for_in_time_proportional_to_the_length_of_the_query(text: str) -> None:
    start = time.process_time()
    names._names(text)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "name",
    [
        "Hangzhou",
        "hangzou",
        "Beijing",
        "Shenzhen",
        "Tianjin",
        "Hangzhou pilot zone",
        "zgd:zone-hangzhou",
        "zone-shenzhen-mst",
    ],
)
def test_zones_that_are_easily_confused_are_offered_together(zonegraph, name: str) -> None:  # type: ignore[no-untyped-def]
    said = message(zonegraph("query", "zone-approvals", "-p", f"zone={name}"), 2)
    offered = {line.strip().partition(",")[0]: line for line in said.splitlines() if line.startswith("    zgd:")}
    city = next(c for c in ("hangzhou", "beijing", "shenzhen", "tianjin") if c[:4] in name.lower())
    assert {f"zgd:zone-{city}-miit", f"zgd:zone-{city}-most"} <= offered.keys(), said
    assert "Ministry of Industry and Information Technology" in offered[f"zgd:zone-{city}-miit"]
    assert "Ministry of Science and Technology" in offered[f"zgd:zone-{city}-most"]


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("zgd:miit", "; did you mean zgd:ministry-miit?"),
        ("zgd:zone-hangzhou", "; did you mean zgd:zone-hangzhou-miit or zgd:zone-hangzhou-most?"),
        ("zgd:hangzhou", "; did you mean zgd:city-hangzhou?"),
        ("zg:located", "; did you mean zg:locatedIn?"),
        ("zgd:zone-hangzhou-mst", "; did you mean zgd:zone-hangzhou-most or zgd:zone-hangzhou-miit?"),
        ("zg:type", ""),
        ("zg:hasPart", ""),
        ("zgd:atlantis", ""),
    ],
)
def test_a_hint_names_what_is_like_the_name_or_nothing(zonegraph, name: str, remark: str) -> None:  # type: ignore[no-untyped-def]
    said = zonegraph("query", "-e", f"ASK {{ ?s ?p ?o FILTER(?p = {name}) }}").stderr.splitlines()[0]
    assert said == f"{name}: the graph has no such {'term' if name.startswith('zg:') else 'thing'}{remark}"


def test_a_command_called_from_within_a_process_leaves_its_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zonegraph.cli import main

    for own in (None, str(ROOT)):
        monkeypatch.delenv("ZONEGRAPH_ARTICLES", raising=False) if own is None else monkeypatch.setenv(
            "ZONEGRAPH_ARTICLES", own
        )
        assert main(["article", "--articles", str(tmp_path)]) == 0
        assert os.environ.get("ZONEGRAPH_ARTICLES") == own


def test_evidence_that_is_a_text_is_named_with_file_and_line(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    root = copy_project(tmp_path / "project")
    file = root / "data" / "articles" / "later.ttl"
    file.write_text(
        f'@prefix zg: <{v.ZG}> . @prefix zgd: <{v.ZGD}> .\nzgd:goal-later-one a zg:Goal ;\n    zg:evidence "some words" .\n'
    )
    for command in (("query", "timeline"), ("explain", "zgd:goal-later-one"), ("export",)):
        said = message(zonegraph(*command, "--project", str(root)), 2)
        assert f'{file}:3: zg:evidence of zgd:goal-later-one is the text "some words"' in said
        assert "write zg:evidence [ oa:exact" in said
    judged = zonegraph("validate", str(file), "--project", str(root))
    assert judged.returncode == 1
    assert f"{file}:3: " in judged.stdout
