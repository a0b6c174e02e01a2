"""No text reaches the network, writes, or ends the process, whatever way it takes; harmless words are let through."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

import zonegraph as api
from tests.command import here, process
from tests.conftest import ROOT, SEED, SHARE, share_of
from tests.hostile import disguises
from tests.hostile.conftest import Listener
from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.answers import names, search
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.rdf import sparql
from zonegraph.store import embedded, guard, query
from zonegraph.store.embedded import EmbeddedStore

# Each sent a request while a guard read the text otherwise than the engine; P is the listener.
MET = [
    "SELECT * { ?s ?p ?o # \\U000A SERVICE <http://P/> { ?a ?b ?c }\n}",
    "SELECT * { ?s ?p ?o # \\u0000000A SERVICE <http://P/> { ?a ?b ?c }\n}",
    "SELECT * { SERVICE#\r<http://P/> { ?a ?b ?c } }",
    "SELECT * { SERVICE SILENT#\r<http://P/> { ?a ?b ?c } }",
    "# x\rSELECT * { SERVICE <http://P/> { ?a ?b ?c } }",
    'SELECT * { VALUES ?z { """\n#""" } SERVICE <http://P/> { ?a ?b ?c } }',
    "PREFIX 、: <http://P/> SELECT * { SERVICE 、:y { ?a ?b ?c } }",
    "PREFIX x́: <http://P/> SELECT * { SERVICE x́:y { ?a ?b ?c } }",
    "PREFIX x·: <http://P/> SELECT * { SERVICE x·:y { ?a ?b ?c } }",
    "PREFIX x\u200c: <http://P/> SELECT * { SERVICE x\u200c:y { ?a ?b ?c } }",
    "SELECT * { VALUES (?a ?b ?c) {(1 2 '>')} FILTER(?a<?b&&?c='>')SERVICE<http://P/>{?x ?y ?z} #'\n}",
    "SELECT * { VALUES (?a ?b) {(1 2)} FILTER(?a<?b#>'''\n)SERVICE<http://P/>{?x ?y ?z} #'''\n}",
    "PREFIX x: <http://P/> SELECT * { VALUES (?a ?b) {(1 2)} FILTER(?a<x:b#>'''\n||true)SERVICE<http://P/>{?x ?y ?z} #'''\n}",
    # Oxigraph lets a name hold one group of dots, and falls back to the prefix alone where the whole is no IRI.
    "PREFIX x: <http://x/> SELECT * { ?s ?p x:a.b.SERVICE <http://P/> { ?a ?b ?c } }",
    "PREFIX x: <http://x:> SELECT * { ?s ?p x:SERVICE <http://P/> { ?a ?b ?c } }",
    "PREFIX : <http://P/> SELECT * { SERVICE:x { ?a ?b ?c } }",
    "PREFIX x: <http://P/> SELECT * { SERVICEx:y { ?a ?b ?c } }",
    "PREFIX x: <http://P/> SELECT * { ?s ?p trueSERVICESILENTx:y { ?a ?b ?c } }",
    "SELECT * { ?s ?p '''\\q''' SERVICE <http://P/> { ?a ?b ?c } }",
    # To Rust `+041` is a hexadecimal number, so this is an IRI, and `#` begins no comment.
    "SELECT * { BIND(<http://h/\\u+041#> AS ?x) SERVICE<http://P/>{?a ?b ?c} }",
    "SELECT * { VALUES ?x {<http://h/\\U+0000041#>} SERVICE<http://P/>{?a ?b ?c} }",
    "PREFIX x: <http://h/> SELECT * { ?s ?p x:a.\\#b.SERVICE<http://P/>{?a ?b ?c} }",
    "PREFIX x: <http://h/> SELECT * { ?s ?p x:a.\\'b.SERVICE<http://P/>{?a ?b ?c} #'\n }",
    "PREFIXx:<http://h:1>SELECT * { ?s ?p x:SERVICE<http://P/>{?a ?b ?c} }",
    "PREFIXrdf:<http://h:1>SELECT * { ?s ?p rdf:SERVICE<http://P/>{?a ?b ?c} }",
    "PREFIX a\u1680b: <http://h:1> SELECT * { ?s ?p a\u1680b:SERVICE<http://P/>{?a ?b ?c} }",
    # A declaration that no engine sees, in a name or in a string.
    "PREFIX PREFIXax: <http://h/> PREFIX x: <http://h:1> SELECT * { ?s ax:SERVICE<http://P/>{} }",
    "PREFIX x: <http://h:1> SELECT * { FILTER(1<'>' || 'PREFIX ax: <http://h/>'='') ?s ax:SERVICE<http://P/>{} }",
    # A name of the service with dots, or too long to be seen whole inside another.
    "PREFIX bad: <http://h:1> PREFIX x: <http://P/> SELECT * { ?s ?p bad:SERVICEx:a.b {?a ?b ?c} }",
    f"PREFIX bad: <http://h:1> PREFIX x: <http://P/> SELECT * {{ ?s ?p bad:SERVICEx:{'a' * 70} {{?a ?b ?c}} }}",
    "PREFIX x: <http://P/> SELECT * { ?s a true.SERVICEx:y {} }",
    "PREFIX x: <http://P/> SELECT * { ?s a trueSERVICEx:y {} }",
    # RDF 1.2: the second `<` of `<<` begins no IRI.
    "SELECT * { BIND(<<(?k?p'>#')>> AS ?t) SERVICE<http://P/>{?a ?b ?c} }",
    "SELECT * { BIND(<<(#>'''\n?k ?p 1)>> AS ?t) SERVICE<http://P/>{?a ?b ?c} #'''\n }",
    "SELECT * { OPTIONAL { ?k ?m <<#>'''\n?x ?y ?z>> } SERVICE<http://P/>{?a ?b ?c} #'''\n }",
]


def asked(*arguments: str) -> tuple[int, str]:
    """The command's exit code, and what it wrote to standard error."""
    done = here(*arguments)
    return done.returncode, done.stderr


def refused(texts: Iterable[str]) -> tuple[Counter[str], list[str]]:
    """How often each way to refuse was met, and the texts that were not refused."""
    ways: Counter[str] = Counter()
    passed = []
    for text in texts:
        code, said = asked("query", "-e", text)
        way = next((w for w in ("SERVICE", "FROM", "LOAD", "change the graph", "not valid SPARQL") if w in said), said)
        ways[way] += 1  # what is no SPARQL is refused by the engine, not by the guard
        if code != 2:
            passed.append(text)
    return ways, passed


@pytest.mark.parametrize("text", MET)
def test_what_once_sent_a_request_is_refused_by_every_way_in(
    text: str, listener: Listener, tmp_path: Path, dataset: build.Dataset
) -> None:
    text = text.replace("P/", f"{listener.address}/")
    file = tmp_path / "q.rq"
    file.write_text(text.replace("\r", "\n") if "\r" in text else text, "utf-8")
    results = [here("query", "-e", text), here("query", str(file)), here("query", "-", stdin=text)]
    for result in results:
        assert result.returncode == 2, result.stderr
        assert result.stdout == ""
    with pytest.raises(UsageError):
        api.open(ROOT).query(text)
    assert listener.requests == 0


def test_with_the_guard_taken_out_the_process_itself_can_reach_nothing(listener: Listener) -> None:
    script = """
import sys, pyoxigraph as ox
from zonegraph.store import embedded
from zonegraph.store.query import Query
embedded.seal()
for text in sys.argv[1:]:
    try:
        embedded.EmbeddedStore(ox.Store()).query(Query(text))
    except Exception as error:
        print(error)
    print("over")
"""
    arguments = [sys.executable, "-c", script, *(text.replace("P/", f"{listener.address}/") for text in MET)]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.splitlines().count("over") == len(MET)
    assert listener.requests == 0


ENTRY = """
import sys
from zonegraph import __main__, cli
from zonegraph.store import guard
from zonegraph.store.query import Query
guard.judge = lambda text, name="query": Query(text)
__main__.entry()
"""


ALONE = [text for text in MET if "?target" not in text and "\\q" not in text]  # each in a process of its own


@pytest.mark.parametrize(
    "text", [*ALONE[::5], *(pytest.param(text, marks=pytest.mark.thorough) for text in ALONE if text not in ALONE[::5])]
)
def test_a_command_whose_guard_is_taken_out_still_reaches_nothing(text: str, listener: Listener) -> None:
    """The second lock is set by the command itself: without the call of `embedded.seal` these texts send requests."""
    text = text.replace("P/", f"{listener.address}/")
    arguments = [sys.executable, "-c", ENTRY, "query", "-e", text, "--project", str(ROOT)]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in result.stderr
    assert listener.requests == 0


SHAPE = """@prefix : <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
:S a sh:NodeShape ; sh:targetSubjectsOf :t ; sh:sparql [ sh:select \'\'\'SELECT $this { $this <http://example.org/t> ?x . %s } LIMIT 5\'\'\' ] .
"""


@pytest.mark.parametrize(
    "clause", ["SERVICE <http://P/> { ?a ?b ?c }", "# \\\\U000A SERVICE <http://P/> { ?a ?b ?c }\n", "# \\\\u0000000A SERVICE <http://P/> { ?a ?b ?c }\n"]
)  # fmt: skip
@pytest.mark.parametrize("guarded", [True, False])
def test_a_constraint_in_sparql_reaches_nothing_with_and_without_the_guard(
    clause: str, guarded: bool, listener: Listener, tmp_path: Path
) -> None:
    for name, content in {
        "ontology/o.ttl": "<http://example.org/t> a <http://www.w3.org/2002/07/owl#DatatypeProperty> .",
        "data/articles/a.ttl": "<http://example.org/n> <http://example.org/t> 1 .",
        "shapes/s.ttl": SHAPE % clause.replace("P/", f"{listener.address}/"),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    entry = "from zonegraph import __main__\n__main__.entry()" if guarded else ENTRY
    arguments = [sys.executable, "-c", entry, "validate", "--project", str(tmp_path)]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert ("SERVICE is refused" in result.stderr) == guarded, result.stderr
    assert result.returncode in ((2,) if guarded else (1, 2, 3))
    assert listener.requests == 0


def test_a_disguised_service_is_refused_wherever_it_stands(listener: Listener) -> None:
    generator = random.Random(SEED)
    texts = itertools.islice(disguises.services(generator, listener.address), 150)
    ways, passed = refused(itertools.chain(texts, itertools.islice(disguises.others(generator, listener.address), 120)))
    assert not passed
    assert ways["SERVICE"] > 100
    assert min(ways["FROM"], ways["LOAD"], ways["change the graph"]) > 3
    assert listener.requests == 0


@pytest.mark.thorough
def test_ten_thousand_disguises_are_refused_at_the_door_of_the_program(listener: Listener) -> None:
    generator = random.Random(SEED)
    ways, passed = refused(itertools.islice(disguises.services(generator, listener.address), round(10_000 * SHARE)))
    more, also = refused(itertools.islice(disguises.others(generator, listener.address), round(2_000 * SHARE)))
    print(f"disguises of SERVICE {ways.total():,}, of FROM, LOAD and updates {more.total():,}: {ways + more}; "
          f"answered {len(passed) + len(also)}; requests {listener.requests}")  # fmt: skip
    assert not passed
    assert not also
    assert listener.requests == 0


@pytest.mark.thorough
def test_a_service_between_any_two_tokens_of_any_saved_query_is_refused(listener: Listener) -> None:
    generator = random.Random(SEED)
    count, passed = 0, []
    for text in disguises.every_service(generator, listener.address):
        if SHARE < 1 and generator.random() > SHARE:
            continue
        count += 1
        with contextlib.suppress(UsageError):
            guard.judge(text)
            EmbeddedStore(ox.Store()).query(query.Query(text), limit=0)  # a name in which the word is hidden: no SPARQL
            passed.append(text)
    print(f"{count:,} texts, {len(passed)} answered; requests {listener.requests}")
    assert not passed
    assert listener.requests == 0


@pytest.mark.thorough
def test_thirty_disguises_of_each_kind_are_refused_as_processes(listener: Listener) -> None:
    generator = random.Random(SEED)
    for kind in (disguises.services, disguises.others):
        for text in itertools.islice(kind(generator, listener.address), share_of(30, 5)):
            result = process("query", "-e", text)
            assert result.returncode == 2, text
            assert "Traceback" not in result.stderr
    assert listener.requests == 0


def hidden(generator: random.Random, number: int) -> tuple[int, int, list[str]]:
    """How many odd texts the engine takes, how many of them hold a clause for it, and those of these that pass the guard."""
    taken, clauses, passed = 0, 0, []

    def parses(text: str) -> bool:
        try:
            embedded.require_sparql(query.Query(text))
        except UsageError:
            return False
        return True

    for text, misspelt in itertools.islice(disguises.corners(generator), number):
        if not parses(text):
            continue
        taken += 1
        if parses(misspelt):
            continue  # inside a literal, a name, an IRI or a comment any letters will do
        clauses += 1
        with contextlib.suppress(UsageError):
            guard.judge(text)
            passed.append(text)
    return taken, clauses, passed


def test_no_clause_that_the_engine_reads_is_hidden_from_the_guard() -> None:
    taken, clauses, passed = hidden(random.Random(SEED), 3_000)
    print(
        f"3,000 texts, {taken:,} are SPARQL to the engine, {clauses:,} with a clause, {len(passed)} of them let through"
    )
    assert not passed
    assert clauses > 50


@pytest.mark.thorough
def test_no_clause_that_the_engine_reads_is_hidden_in_many_texts() -> None:
    number = round(400_000 * SHARE)
    taken, clauses, passed = hidden(random.Random(SEED), number)
    print(
        f"{number:,} texts, {taken:,} are SPARQL to the engine, {clauses:,} with a clause, {len(passed)} of them let through"
    )
    assert not passed


def test_the_disguises_are_real_and_the_second_lock_alone_stops_them(listener: Listener) -> None:
    """Without guard and lock some of these texts reach the listener; with the lock alone, none."""
    generator = random.Random(SEED)
    texts = [disguises.disguised("SELECT * { }", 11, generator, listener.address) for _ in range(1_000)]
    script = (
        "import sys, json, pyoxigraph as ox\nfrom zonegraph.store import embedded\nfrom zonegraph.store.query import Query\n"
        "if sys.argv[1] == 'sealed': embedded.seal()\nstore = embedded.EmbeddedStore(ox.Store())\nfailed = 0\n"
        "for text in json.load(sys.stdin):\n    try: store.query(Query(text), limit=1)\n"
        "    except Exception as error: failed += 'store failed' in str(error)\nprint(failed)"
    )
    import json

    reached, stopped = [], []
    for lock in ("sealed", "open"):
        before = listener.requests
        result = subprocess.run(
            [sys.executable, "-c", script, lock],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        reached.append(listener.requests - before)
        stopped.append(int(result.stdout))
    print(f"{len(texts)} texts: sealed {reached[0]} requests, {stopped[0]} stopped; open {reached[1]} requests")
    assert reached[0] == 0
    assert reached[1] > 50
    assert stopped[0] > 50


def test_harmless_words_in_literals_iris_and_comments_are_answered(zonegraph) -> None:  # type: ignore[no-untyped-def]
    for text in itertools.islice(disguises.harmless(random.Random(SEED)), 100):
        assert guard.judge(text).text == text
    for text in itertools.islice(disguises.harmless(random.Random(SEED)), 15):
        code, said = asked("query", "-e", text)
        assert code == 0, (text, said)


@pytest.mark.thorough
def test_five_hundred_harmless_texts_are_answered() -> None:
    wrong = []
    number = share_of(500)
    for text in itertools.islice(disguises.harmless(random.Random(SEED)), number):
        code, said = asked("query", "-e", text)
        if code:
            wrong.append((text, said))
    print(f"{number} harmless texts, {len(wrong)} refused")
    assert not wrong


# ---------------------------------------------------------------- every file that holds SPARQL


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, path
    path.write_bytes(text.replace(old, new, 1).encode())


@pytest.fixture
def hostile(project_copy: Path, listener: Listener):  # type: ignore[no-untyped-def]
    """Commands on a project into which a clause for the listener has been put; each must fail and call nobody."""

    def run(file: str, old: str, new: str, *commands: tuple[str, ...]) -> list[str]:
        replaced(project_copy / file, old, new.replace("P/", f"{listener.address}/"))
        messages = []
        for command in commands:
            result = here(*command, "--project", str(project_copy))
            assert result.returncode == 2, (command, result.stdout, result.stderr)
            assert "Traceback" not in result.stderr
            messages.append(result.stderr + result.stdout)
        assert listener.requests == 0
        return messages

    return run


def test_a_saved_query_of_a_project_is_judged_when_it_is_read(hostile) -> None:  # type: ignore[no-untyped-def]
    for said in hostile(
        "queries/zone-map.rq",
        "WHERE {",
        "WHERE { SERVICE <http://P/> { ?a ?b ?c }",
        ("query", "timeline"),
        ("query", "zone-map"),
    ):
        assert "zone-map.rq:" in said
        assert "SERVICE is refused" in said


def test_a_group_of_cite_and_the_class_of_a_parameter_are_judged(hostile) -> None:  # type: ignore[no-untyped-def]
    for said in hostile(
        "queries/zone-map.rq",
        "#+ cite:",
        '#+ cite:\n#+   - "?zone a zg:Zone } SERVICE <http://P/> { ?a ?b ?c"',
        ("query", "zone-map"),
    ):
        assert "zone-map.rq:" in said


def test_a_rule_is_judged(hostile) -> None:  # type: ignore[no-untyped-def]
    (said,) = hostile(
        "ontology/rules/zone-city.rq", "WHERE {", "WHERE { SERVICE <http://P/> { ?a ?b ?c }", ("query", "timeline")
    )
    assert "zone-city.rq:" in said
    assert "SERVICE is refused" in said


def test_a_constraint_in_sparql_is_judged(hostile) -> None:  # type: ignore[no-untyped-def]
    # The CR is an escape of Turtle here: the file holds none.
    clause = r"SERVICE#\r<http://P/> { ?a ?b ?c }"
    shape = f"""zgsh:Hostile a sh:NodeShape ; sh:targetClass zg:Zone ; zgsh:ruleId "hostile" ; sh:message "m" ;
  sh:sparql [ sh:select '''SELECT $this WHERE {{ $this a ?t . {clause} }}''' ] .
"""
    (said,) = hostile("shapes/zone.ttl", "zgsh:Zone a", f"{shape}\nzgsh:Zone a", ("validate",))
    assert "shapes/zone.ttl:" in said
    assert "SERVICE is refused" in said


INJECTED = "SELECT ?judgedGraph ?this { SERVICE <http://P/> { ?a ?b ?c } } #"


@pytest.mark.parametrize(
    ("declared", "clause", "refused"),
    [
        (f'sh:prefix "q" ; sh:namespace "http://x/> {INJECTED}"', "", "namespace"),
        (f'sh:prefix "q: <http://x/> {INJECTED}" ; sh:namespace "http://x/"', "", "prefix"),
        ('sh:prefix "q" ; sh:namespace "http://x/"', "FROM <http://P/x>", "FROM"),
        ('sh:prefix "q" ; sh:namespace "http://x/"', "FROM NAMED <http://P/x>", "FROM"),
    ],
)
def test_what_a_shape_declares_reaches_nobody(hostile, declared: str, clause: str, refused: str) -> None:  # type: ignore[no-untyped-def]
    shape = f"""<http://declared> sh:declare [ {declared} ] .
zgsh:Hostile a sh:NodeShape ; sh:targetClass zg:Zone ; zgsh:ruleId "hostile" ; sh:message "m" ;
  sh:sparql [ sh:prefixes <http://declared> ; sh:select "SELECT $this {clause} WHERE {{ $this a ?t }}" ] .
"""
    (said,) = hostile("shapes/zone.ttl", "zgsh:Zone a", f"{shape}\nzgsh:Zone a", ("validate",))
    assert "shapes/zone.ttl:" in said
    assert refused in said


def test_judging_tells_of_two_readings_as_looking_for_them_does() -> None:
    generator = random.Random(SEED)
    texts = [misspelt for _, misspelt in itertools.islice(disguises.corners(generator), 300)]
    texts.append("SELECT * { FILTER(?a <?b&&?c>'x') }")
    parted = 0
    for text in texts:
        with contextlib.suppress(UsageError):
            _, doubt = guard.judge_with_doubt(text, "query", v.PREFIXES)
            assert doubt == sparql.doubt(text, v.PREFIXES), text
            parted += doubt is not None
    assert 0 < parted < len(texts)


# ---------------------------------------------------------------- what the program itself asks


def test_every_query_that_stands_in_the_program_passes_the_guard() -> None:
    import importlib
    import pkgutil

    for module in pkgutil.walk_packages(api.__path__, "zonegraph."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert len(query.CONSTANTS) > 15
    for constant in query.CONSTANTS:
        assert guard.judge(constant.text).graphs == ()
        assert sparql.doubt(constant.text, v.PREFIXES) is None


def test_every_query_that_the_program_compiles_passes_the_guard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from zonegraph.closure import engine, rules

    updates = ("INSERT",)
    compiled: dict[str, None] = {}

    def noted(text: str) -> query.Query:
        compiled[text] = None
        return query.Query(text)

    for module in (engine, rules):
        monkeypatch.setattr(module, "compiled", noted)
    monkeypatch.setattr("zonegraph.catalogue.compiled", noted)
    build.build(sources.find(str(ROOT)))
    graph = api.open(ROOT)
    graph.query("cities-of-both-ministries", cite=True)
    graph.explain("zgd:zone-shenzhen-most")
    assert len(compiled) > 150
    for text in compiled:
        judged = (
            text.replace("INSERT", "CONSTRUCT", 1) if text.lstrip().startswith(updates) or "INSERT {" in text else text
        )
        assert guard.judge(judged).graphs == ()


def test_a_store_takes_no_text() -> None:
    store = EmbeddedStore(ox.Store())
    for ask in (store.query, store.update):
        with pytest.raises(TypeError, match=r"guard\.judge"):
            ask("SELECT * {}")  # type: ignore[arg-type]


NASTY = [
    "a' b",
    'a" b',
    "a''' b",
    'a""" b',
    "a\\",
    "a\nb",
    "a\rb",
    "x } SERVICE <http://P/> { ?a ?b ?c",
    "'''} #",
    "\\u0027",
    "> <",
    "‮",
    "%27",
]


@pytest.mark.parametrize("text", NASTY)
def test_a_value_stays_a_value(text: str, listener: Listener, dataset: build.Dataset) -> None:
    text = text.replace("P/", f"{listener.address}/")
    assert [m for m in search.find(dataset.store, text) if m.iri.startswith("http://P")] == []
    with contextlib.suppress(UsageError):
        names.resolve(text, dataset.store, "zg:Zone")
    bound = query.constant("SELECT ?x { VALUES ?x { } }").bind(x=[ox.Literal(text), ox.Literal(text, language="en")])
    query.CONSTANTS.pop()
    answer = dataset.store.query(bound)
    assert [row[0].value for row in answer.rows] == [text, text]  # type: ignore[union-attr]
    assert listener.requests == 0


def test_a_graph_after_from_is_judged_by_what_the_store_holds() -> None:
    held = f"SELECT * FROM <{v.CURATION_GRAPH}> {{ ?s ?p ?o }} LIMIT 1"
    assert asked("query", "-e", held)[0] == 0
    code, said = asked("query", "-e", held.replace("curation", "curations"))
    assert code == 2
    assert f"query:1:15: FROM <{v.CURATION_GRAPH}s> is refused: it is not a graph in the store" in said
    assert f"did you mean <{v.CURATION_GRAPH}>?" in said


@pytest.mark.parametrize(
    "text", ["SELECT * { ?a ?b ?c . \n ?x SERVICE }", "SELECT * { ?a '\\u00e9' ?c . \n ?x SERVICE }"]
)
def test_a_refusal_points_at_what_was_typed(text: str) -> None:
    assert "query:2:5: SERVICE is refused" in asked("query", "-e", text)[1]


@pytest.mark.parametrize(
    ("text", "graph"),
    [
        (
            f"BASE <{v.GRAPH}> BASE <//evil.example/> SELECT * FROM <curation> {{ ?s ?p ?o }}",
            "https://evil.example/curation",
        ),
        ("BASE <http://a.b/c/d/> PREFIX x: <../> SELECT * FROM x:y { ?s ?p ?o }", "http://a.b/c/y"),
        (
            f"PREFIX x: <{v.GRAPH}> PREFIX x: <http://evil.example/> SELECT * FROM x:curation {{}}",
            "http://evil.example/curation",
        ),
        ("SELECT * FROM <relative> {}", "relative"),
        ("PREFIX x: <http://evil.example/> SELECT * FROM NAMEDx:y {}", "http://evil.example/y"),
    ],
)
def test_a_graph_after_from_is_the_one_that_an_engine_would_read(text: str, graph: str) -> None:
    assert graph in [named.graph for named in guard.judge(text).graphs]
    code, said = asked("query", "-e", text)
    assert code == 2
    assert f"FROM <{graph}> is refused" in said or "not valid SPARQL" in said


def test_the_work_of_the_guard_grows_with_the_length_of_the_text_alone() -> None:
    """Twice the text, twice the calls: what is known of a name is not worked out anew."""
    counts = []
    for size in (200, 400):
        text = "PREFIX x:<a:b>\n" * 3 + "SELECT * { VALUES ?x { " + "x:é x:à " * size + "} }"
        calls = 0

        def counted(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(counted)
        try:
            guard.judge(text)
        finally:
            sys.setprofile(None)
        counts.append(calls)
    assert counts[1] < 2.2 * counts[0]


def test_a_prefix_that_is_declared_again_and_again_is_refused() -> None:
    with pytest.raises(UsageError, match="the prefix x: is declared more than 4 times"):
        guard.judge("".join(f"PREFIX x: <http://x.org/{i}/>\n" for i in range(9)) + "SELECT * {}")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { \\u0053ERVICE <http://x/> { ?a ?b ?c } }",
        "SELECT * { SERV\\U00000049CE <http://x/> { ?a ?b ?c } }",
        'SELECT * { ?s ?p "\\u0022 } SERVICE <http://x/> { ?a ?b ?c } #" }',
        "\\u004COAD <http://x/>",
    ],
)
def test_escapes_are_looked_through_since_an_engine_may_resolve_them_first(text: str) -> None:
    """SPARQL 1.1, 19.2; Oxigraph does not, so it is the guard that must refuse these, for an endpoint's sake."""
    with pytest.raises(UsageError, match="is refused"):
        guard.judge(text)
    assert guard.judge("SELECT * \\u0046ROM <http://x/> {}").graphs[0].graph == "http://x/"


@pytest.mark.parametrize(
    "text", ['\\"' * 90_000, "\\'" * 90_000, "'" * 3 + "\\q" * 60_000, ":a.b" * 40_000, "_:a.b" * 30_000]
)
def test_a_text_that_is_all_quotation_marks_or_all_name_is_refused_at_once(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(UsageError):
        guard.judge(text)
    assert time.monotonic() - start < 20  # where each mark was searched for its end, twenty minutes


def test_standard_input_is_read_like_a_file() -> None:
    closed = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m zonegraph query - <&-"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert closed.returncode == 2
    assert "<stdin>: cannot be read" in closed.stderr


@pytest.mark.parametrize("header", ["#+ " + "[" * 3_000, "#+ - a", '#+ summary: "\\uD800"'])
def test_a_header_of_a_rule_that_is_no_header_is_named(header: str, zonegraph, small: Path) -> None:  # type: ignore[no-untyped-def]
    file = small / "ontology" / "rules" / "zone-city.rq"
    file.write_text(header + "\n" + file.read_text("utf-8").replace("#+ summary:", "#+ other:"), "utf-8")
    result = zonegraph("query", "timeline", "--project", str(small))
    assert result.returncode == 2
    assert "zone-city.rq" in result.stderr
    assert "internal error" not in result.stderr
    assert "Recursion" not in result.stderr.replace("RecursionError\n", "")


# ---------------------------------------------------------------- too deep, too long

BOMBS = [
    "SELECT * " + "{" * 3_000 + "}" * 3_000,
    "# x\r" + "{" * 95_000,
    "SELECT * { FILTER(?a<?b#>'''\n" + "(" * 20_000 + "1" + ")" * 20_000 + ") #'''\n}",
    "SELECT * { ?s ?p ?o FILTER(" + "||".join(["?s"] * 20_000) + ") }",
    "SELECT * { ?s ?p ?o FILTER(" + "!" * 30_000 + "?s) }",
    "SELECT * { ?s " + "/".join(["zg:x"] * 20_000) + " ?o }",
    "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 10_000) + " }",
    "SELECT " + " ".join(f"(1 AS ?x{i})" for i in range(10_000)) + " {}",
    "SELECT * { " + "".join(f"BIND(1 AS ?x{i}) " for i in range(8_000)) + "}",
    "SELECT * { " + "FILTER EXISTS {" * 5_000 + "}" * 5_000 + "}",
    "SELECT * { ?s ?p " + "[ ?p " * 5_000 + "]" * 5_000 + "}",
    "SELECT * { " + " . ".join(f"?a{i} ?b ?c{i}" for i in range(9_000)) + " }",
    "SELECT * { ?s ?p " + ", ".join(f"?o{i}" for i in range(9_000)) + " }",
    "SELECT * { ?s " + " ; ".join(f"?p ?o{i}" for i in range(9_000)) + " }",
    "SELECT * { ?s ?p (" + "1 " * 5_000 + ") }",
    "SELECT * { " + "".join(f"<a:{i}> a 1." for i in range(3_000)) + "}",
    "SELECT * { " + "[]?p?o." * 24_000 + "}",
    "SELECT * {} " + "#" * 300_000,
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_a_text_too_deep_or_too_long_is_refused_and_the_process_lives(text: str) -> None:
    code, said = asked("query", "-e", text)
    assert code == 2
    assert any(cap in said for cap in ("nested more than", "more than 1,000 key", "more than 3,000", "are accepted"))


def test_what_the_caps_allow_the_engine_survives() -> None:
    """As deep and as long as the guard lets through, in a process of its own, on the stack that every process has."""
    depth, steps = guard.MAX_DEPTH - 2, guard.MAX_CLAUSES // 2 - 10
    for text in (
        "SELECT * " + "{" * depth + "}" * depth,
        "SELECT * { FILTER" + "(" * depth + "1" + ")" * depth + "}",
        "SELECT * { ?s ?p ?o FILTER(" + "||".join(["?s"] * steps) + ") }",
        "SELECT * { ?s ?p ?o FILTER(" + "!" * steps + "?s) }",
        "SELECT * { " + "FILTER EXISTS {" * (depth // 2) + "}" * (depth // 2) + "}",
        "SELECT " + " ".join(f"(1 AS ?x{i})" for i in range(steps)) + " {}",
        "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * steps) + " } LIMIT 1",
    ):
        result = process("query", "-e", text, "--timeout", "3")
        assert result.returncode in (0, 3), result.stderr[:300]  # 3: the engine may take its time to plan it


def nested(call: str, depth: int) -> str:
    inner, _, rest = call.partition("@")
    return "SELECT * { ?s ?p ?o FILTER(" + inner * depth + "?o" + rest * depth + ") }"


@pytest.mark.parametrize("call", ["REGEX(@,'a')", "SUBSTR(@,1)", "REPLACE(@,'a','b')", "GROUP_CONCAT(@)"])
def test_what_the_engine_reads_anew_is_not_nested_deep(call: str) -> None:
    """Oxigraph takes twice as long for each level, with the interpreter's lock held, so that nothing could end it."""
    guard.judge(nested(call, guard.MAX_RETRIED))
    with pytest.raises(UsageError, match="are nested more than 8 deep"):
        guard.judge(nested(call, guard.MAX_RETRIED + 1))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { VALUES (?a ?b) { ('x' <http://e.org/service>) (UNDEF <http://load.org/>) } }",
        "SELECT * { ?s a zg:web.service ; zg:p _:b.service }",
        "SELECT * { VALUES ?a { " + " ".join(f"-{i}" for i in range(4_000)) + " } }",
        "SELECT * { ?s ?p ?o FILTER(" + " || ".join(f"?o = {i}" for i in range(900)) + ") }",
        "SELECT * { ?s ?p ?o FILTER(?o IN (" + ", ".join(map(str, range(4_000))) + ")) }",
        "SELECT * { VALUES ?a { " + " ".join(f"<http://e.org/{i}>" for i in range(4_000)) + " } }",
    ],
    ids=range(6),
)
def test_sensible_queries_are_let_through(text: str) -> None:
    assert guard.judge(text).text == text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the limit is POSIX's")
def test_the_limit_on_files_holds_while_a_query_is_evaluated_and_no_longer() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with embedded._no_new_files(), pytest.raises(OSError, match="Too many open files"):
        open(os.devnull)  # noqa: SIM115
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the limit is POSIX's")
def test_the_limit_on_files_holds_until_the_last_of_several_queries_is_evaluated() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    first, second = embedded._no_new_files(), embedded._no_new_files()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(OSError, match="Too many open files"):
        open(os.devnull)  # noqa: SIM115
    second.__exit__(None, None, None)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_no_module_asks_an_engine_past_the_store() -> None:
    """Whoever calls pyoxigraph's own query or update passes the door by; only the stores may."""
    import ast

    allowed = {"store/embedded.py", "store/worker_process.py"}
    makers = {
        "Query": {"store/query.py", "store/guard.py", "store/worker_process.py", "catalogue.py"},
        "compiled": {
            "store/query.py",
            "store/batches.py",
            "closure/rules.py",
            "closure/engine.py",
            "catalogue.py",
            "validation/rules.py",
            "validation/judging.py",
        },
    }
    source = ROOT / "src" / "zonegraph"
    for path in source.rglob("*.py"):
        name = path.relative_to(source).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            of_cache = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "cache"
            if called in makers and not of_cache:
                assert name in makers[called], f"{name}:{node.lineno}"
            if called == "constant":
                assert isinstance(node.args[0], (ast.Constant, ast.JoinedStr)), f"{name}:{node.lineno}"
            if called in ("query", "update") and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                assert name in allowed or not (
                    owner.endswith(".ox") or "ox.Store" in owner.split("EmbeddedStore")[0]
                ), f"{name}:{node.lineno}"
