"""A query with a timeout is answered by a process of its own, as the embedded store would, and dies with that process."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import zonegraph
from tests.conftest import ROOT
from tests.hostile.conftest import Listener
from tests.hostile.conftest import listener as listener
from tests.processes import children, ended, environment, needs_proc, running
from zonegraph.build import Dataset
from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError
from zonegraph.store import Bindings, Boolean, Triples
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.guard import judge
from zonegraph.store.query import Query
from zonegraph.store.worker import WorkerStore

X = "http://example.org/"
BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(X + name)


def literal(text: str, kind: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#" + kind))


ODD = [
    iri("路径/é%20#x"),
    ox.BlankNode("b"),
    ox.Literal(""),
    ox.Literal("tab\tline\nreturn\rquote\"'backslash\\bell\x07delete\x7fnext\x85separator\u2028"),
    ox.Literal("\U0001f600\ufffe\uffff"),
    ox.Literal("杭州", language="zh-Hans"),
    ox.Literal("colour", language="EN-gb"),
    ox.Literal("שלום", language="he", direction=ox.BaseDirection.RTL),
    literal("007", "integer"),
    literal("+7.10", "decimal"),
    literal("1e400", "double"),
    literal("-INF", "float"),
    literal("1", "boolean"),
    literal("seven", "integer"),
    literal("2021-02-30", "date"),
    literal("2021-02", "gYearMonth"),
    literal("2021-02-24T24:00:00", "dateTime"),
    ox.Literal("x", datatype=iri("type")),
    ox.Triple(iri("s"), iri("p"), ox.Triple(ox.BlankNode("c"), iri("p"), ox.Literal("in", language="en"))),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small store on disk, in which a cross product is long."""
    path = str(tmp_path_factory.mktemp("disk") / "store")
    store = ox.Store(path)
    store.bulk_extend(ox.Quad(iri(f"thing-{n}"), iri("number"), ox.Literal(n)) for n in range(3000))
    store.bulk_extend(ox.Quad(iri("odd"), iri(f"value-{n:02}"), term, iri("graph")) for n, term in enumerate(ODD))
    store.flush()
    del store
    return path


@pytest.fixture(scope="module")
def embedded(folder: str) -> EmbeddedStore:
    return EmbeddedStore(ox.Store.read_only(folder))


@pytest.fixture
def store(embedded: EmbeddedStore, folder: str) -> Iterator[WorkerStore]:
    made = WorkerStore(embedded, folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def graph() -> Iterator[zonegraph.api.Graph]:  # type: ignore[name-defined]
    with zonegraph.open(ROOT) as opened:
        yield opened


def pid(store: WorkerStore) -> int:
    process = store._worker._held.process
    assert process is not None
    return process._popen.pid


def asks(store: WorkerStore, seconds: float = 30) -> None:
    """Make sure that a store answers."""
    assert store.within(Deadline(seconds)).query(judge("ASK { ?s ?p ?o }")) == Boolean(True)


def outcome(store: EmbeddedStore | WorkerStore, query: Query, **options: object) -> object:
    try:
        return store.query(query, **options)  # type: ignore[arg-type]
    except (EngineError, UsageError) as error:
        return type(error), str(error)


# The answers


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT ?p ?value ?nothing {{ GRAPH <{X}graph> {{ ?s ?p ?value }} }} ORDER BY ?p",
        f"CONSTRUCT {{ ?s ?p ?value }} WHERE {{ GRAPH <{X}graph> {{ ?s ?p ?value }} }} ORDER BY ?p",
        f"DESCRIBE <{X}thing-7>",
        f"SELECT * FROM <{X}graph> {{ ?s ?p ?o }} ORDER BY ?p",
        f"SELECT * FROM NAMED <{X}graph> {{ GRAPH ?g {{ ?s ?p ?o }} }} ORDER BY ?p",
        "ASK { ?s ?p 7 }",
        "ASK { ?s ?p 'no such value' }",
        "SELECT * {}",
        "SELECT ?x {}",
        "SELECT * { FILTER(false) }",
        "SELECT ?x ?y { {} UNION { BIND(1 AS ?x) } UNION { BIND(2 AS ?y) } }",
        "SELECT (STRDT('007', xsd:integer) AS ?a) (STRDT('x', <x:y>) AS ?b) (1/3 AS ?c) (1e0/3 AS ?d) (1/0 AS ?e) {}",
        "SELECT (STRLANG('a', 'EN') AS ?a) (STRLANGDIR('a', 'ar', 'rtl') AS ?b) (STR(<x:é>) AS ?c) (0.0 AS ?ñ) {}",
        "SELECT (TRIPLE(<x:a>, <x:b>, TRIPLE(<x:c>, <x:d>, 'e'@en)) AS ?t) {}",
        "SELECT (COUNT(*) AS ?n) (MAX(?o) AS ?most) { ?s ?p ?o }",
        "SELECT DISTINCT ?type { GRAPH ?g { ?s ?p ?o } BIND(DATATYPE(?o) AS ?type) } ORDER BY ?type",
        "CONSTRUCT {} WHERE {}",
        # What is wrong is told in the same words.
        "SELECT * { ?s ?p }",
        "SELECT * {\n  ?s zq:name ?o\n}",
        "not SPARQL",
        "",
        f"SELECT * FROM <{X}grape> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{X}grape> {{ ?s ?p ?o }}",
        "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }",
    ],
)
def test_an_answer_is_that_of_the_embedded_store(text: str, store: WorkerStore, embedded: EmbeddedStore) -> None:
    query = judge(text, "a file.rq")
    assert outcome(store, query) == outcome(embedded, query)
    assert outcome(store, query, limit=2) == outcome(embedded, query, limit=2)


def test_blank_nodes_that_a_query_makes_arrive_as_such(store: WorkerStore) -> None:
    answer = store.query(judge("SELECT (BNODE() AS ?a) (BNODE() AS ?b) (BNODE('x') AS ?c) (BNODE('x') AS ?d) {}"))
    assert isinstance(answer, Bindings)
    ((a, b, c, d),) = answer.rows
    assert {type(term) for term in (a, b, c, d)} == {ox.BlankNode}
    assert (a != b, c == d) == (True, True)


@pytest.mark.parametrize("term", [term for term in ODD if not isinstance(term, ox.BlankNode)], ids=str)
def test_values_that_variables_have_already_are_the_same_terms(
    term: ox.NamedNode | ox.Literal, store: WorkerStore, embedded: EmbeddedStore
) -> None:
    query = judge("SELECT ?given ?same { BIND(?given AS ?same) }")
    given = {"given": term}
    answer = store.query(query, bindings=given)
    assert answer == embedded.query(query, bindings=given)
    assert answer.rows[0][0] is not None  # type: ignore[union-attr]


def test_every_saved_query_has_the_same_answer(dataset: Dataset) -> None:
    assert dataset.location is not None
    store = WorkerStore(dataset.store, os.path.join(dataset.location, "store"))
    for saved in dataset.catalogue.values():
        assert store.query(saved.query) == dataset.store.query(saved.query), saved.name
    store.close()


def test_a_limit_stops_the_collecting(store: WorkerStore) -> None:
    endless = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    within = store.within(Deadline(20))
    rows = within.query(judge(f"SELECT * {endless}"), limit=5)
    triples = within.query(judge(f"CONSTRUCT {{ ?a ?b ?l }} WHERE {endless}"), limit=5)
    assert isinstance(rows, Bindings)
    assert isinstance(triples, Triples)
    assert (len(rows.rows), len(triples.triples)) == (5, 5)


def test_a_hundred_thousand_rows_arrive_whole(store: WorkerStore, embedded: EmbeddedStore) -> None:
    query = judge("SELECT ?a ?c ?f { { SELECT ?f { ?d ?e ?f FILTER(?f < 34) } } ?a ?b ?c }")
    answer = store.query(query)
    assert isinstance(answer, Bindings)
    assert len(answer.rows) == 34 * 3000
    assert answer == embedded.query(query)


def test_a_mere_text_is_refused(store: WorkerStore) -> None:
    with pytest.raises(TypeError, match="takes a Query"):
        store.query("ASK {}")  # type: ignore[arg-type]


# The time


def test_a_query_that_takes_too_long_ends_with_its_process_and_the_next_has_a_new_one(store: WorkerStore) -> None:
    asks(store)
    first = pid(store)
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"not done within 1 s\n  allow more time"):
        store.within(Deadline(1)).query(judge(BOMB))
    assert time.monotonic() - started < 5
    with pytest.raises(ChildProcessError):  # killed and reaped
        os.waitpid(first, os.WNOHANG)
    asks(store)
    assert pid(store) != first


def test_all_queries_of_a_deadline_count_against_it(store: WorkerStore) -> None:
    within = store.within(Deadline(1))

    def ask() -> None:
        for _ in range(100_000):
            within.query(judge("ASK { ?s ?p ?o }"))

    with pytest.raises(EngineError, match="not done within 1 s"):
        ask()
    with pytest.raises(EngineError, match="not done within 1 s"):
        store.within(within._deadline)
    asks(store)


def test_the_wait_for_another_thread_counts_too(store: WorkerStore) -> None:
    asks(store)
    errors: list[str] = []
    long = threading.Thread(target=lambda: errors.append(str(outcome(store.within(Deadline(3)), judge(BOMB)))))
    long.start()
    time.sleep(0.3)
    process = pid(store)
    with pytest.raises(EngineError, match=r"not done within 0\.5 s"):
        store.within(Deadline(0.5)).query(judge("ASK {}"))
    assert long.is_alive()
    assert pid(store) == process  # whose turn it is not ends nobody's query
    long.join()
    assert "not done within 3 s" in errors[0]


def test_several_threads_share_one_process(store: WorkerStore, embedded: EmbeddedStore) -> None:
    asks(store)
    process = pid(store)
    wrong: list[object] = []

    def ask(first: int) -> None:
        for n in range(first, first + 50):
            query = judge(f"SELECT ?s {{ ?s ?p {n} }}")
            if store.within(Deadline(60)).query(query) != embedded.query(query):
                wrong.append(n)

    threads = [threading.Thread(target=ask, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert pid(store) == process


def test_threads_that_run_out_of_time_leave_the_others_their_answers(graph) -> None:  # type: ignore[no-untyped-def]
    told: list[tuple[int, object]] = []

    def ask(n: int) -> None:
        try:
            told.append((n, len(graph.query(BOMB if n % 2 else "timeline", timeout=0.5 if n % 2 else 60))))
        except EngineError as error:
            told.append((n, str(error)))

    expected = len(graph.query("timeline"))
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got for n, got in told if not n % 2] == [expected] * 4
    assert all("not done within 0.5 s" in str(got) for n, got in told if n % 2)


# Ends


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no such signal")
def test_a_process_that_dies_is_told_of_and_replaced(store: WorkerStore) -> None:
    asks(store)
    process = store._worker._held.process
    assert process is not None
    process.kill()
    process.how_it_ended()
    asks(store)  # between two queries nobody need know
    threading.Timer(0.3, os.kill, (pid(store), signal.SIGKILL)).start()
    with pytest.raises(
        EngineError, match=r"the query brought the engine down \(signal 9\)\n  it may have run out of memory"
    ):
        store.within(Deadline(30)).query(judge(BOMB))
    asks(store)


@pytest.mark.skipif(os.name != "posix", reason="the signal of ^C cannot be sent there")
def test_an_interrupt_of_the_whole_group_is_left_to_the_parent(store: WorkerStore) -> None:
    asks(store)
    process = pid(store)
    os.kill(process, signal.SIGINT)
    time.sleep(0.2)
    asks(store)
    assert pid(store) == process


def test_a_closed_store_has_no_process_and_answers_no_more(store: WorkerStore) -> None:
    asks(store)
    process = pid(store)
    store.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    with pytest.raises(UsageError, match="the graph is closed"):
        store.query(judge("ASK {}"))
    store.close()


def test_closing_ends_what_another_thread_waits_for(store: WorkerStore) -> None:
    asks(store)
    told: list[object] = []
    waiting = threading.Thread(target=lambda: told.append(outcome(store.within(Deadline(60)), judge(BOMB))))
    waiting.start()
    time.sleep(0.3)
    store.close()
    waiting.join(10)
    assert told == [(UsageError, "the graph is closed\n  open it again with zonegraph.open")]


def test_what_nobody_refers_to_any_more_leaves_nothing(embedded: EmbeddedStore) -> None:
    forgotten = WorkerStore(embedded, None)
    asks(forgotten.within(Deadline(60)))
    process, copy = pid(forgotten), forgotten._worker._held.folder
    assert copy is not None
    assert os.path.isdir(copy)
    del forgotten
    gc.collect()
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    assert not os.path.exists(copy)


SCRIPT_START = f"""
import json, os, sys, time
import zonegraph
from tests.processes import children
graph = zonegraph.open({str(ROOT)!r})
BOMB = {BOMB!r}
"""


def run(script: str, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a script from standard input."""
    return subprocess.run(
        [sys.executable, "-W", "error", *(arguments or ("-",))],
        input=script,
        capture_output=True,
        text=True,
        env=environment(**changes),
        timeout=60,
    )


ANSWER = SCRIPT_START + "print(len(graph.query('timeline', timeout=30)))\n"


def test_a_script_without_a_main_guard_runs(tmp_path: Path, graph) -> None:  # type: ignore[no-untyped-def]
    script = tmp_path / "script.py"
    script.write_text(ANSWER, "utf-8")
    done = run("", str(script))
    assert (done.stdout, done.stderr) == (f"{len(graph.query('timeline'))}\n", "")


def test_code_from_standard_input_or_without_a_file_runs(graph) -> None:  # type: ignore[no-untyped-def]
    rows = f"{len(graph.query('timeline'))}\n"
    for done in (run(ANSWER), run(f"exec({ANSWER!r}, {{'__name__': '__main__'}})"), run("", "-c", ANSWER)):
        assert (done.stdout, done.stderr) == (rows, "")


def test_files_in_the_current_folder_take_the_place_of_nothing(tmp_path: Path) -> None:
    for name in ("json.py", "os.py", "queue.py", "pyoxigraph.py", "zonegraph.py", "sitecustomize.py"):
        (tmp_path / name).write_text(
            f"open({str(tmp_path / 'imported')!r}, 'w')\nraise SystemExit('{name}')\n", "utf-8"
        )
    done = run(
        SCRIPT_START
        + f"os.chdir({str(tmp_path)!r}); sys.path.insert(0, ''); print(graph.query('ASK {{}}', timeout=30).text())"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "imported").exists()


def test_the_program_may_lie_in_an_archive(tmp_path: Path, folder: str) -> None:
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        for path in (ROOT / "src").rglob("*.py"):
            archive.write(path, path.relative_to(ROOT / "src"))
    script = f"""
import pyoxigraph as ox, zonegraph
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.guard import judge
from zonegraph.store.worker import WorkerStore
assert "program.zip" in zonegraph.__file__
print(WorkerStore(EmbeddedStore(ox.Store.read_only({folder!r})), {folder!r}).query(judge("ASK {{ ?s ?p 7 }}")))
"""
    path = os.pathsep.join([str(tmp_path / "program.zip"), os.path.dirname(os.path.dirname(ox.__file__))])
    done = subprocess.run(
        [sys.executable, "-S", "-"],
        input=script,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert (done.stdout, done.stderr) == ("Boolean(value=True)\n", "")


@needs_proc
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no such signal")
def test_a_parent_that_is_killed_leaves_no_process_at_work() -> None:
    script = (
        SCRIPT_START + "graph.query('ASK {}', timeout=30); print('ready', flush=True); graph.query(BOMB, timeout=60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment()) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        (worker,) = children(parent.pid)
        parent.kill()
    assert ended(worker)


@needs_proc
@pytest.mark.skipif(os.name != "posix", reason="the signal of ^C cannot be sent there")
@pytest.mark.parametrize("timeout", ["timeout=60", "timeout=None"])
def test_an_interrupt_is_heard_at_once_and_ends_the_process(timeout: str) -> None:
    script = (
        SCRIPT_START
        + f"""
import signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
graph.query('ASK {{}}', timeout=30)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
started = time.monotonic()
try:
    graph.query(BOMB, {timeout})
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - started < 5, len(children(os.getpid())), flush=True)
print(bool(graph.query('ASK {{}}', timeout=30)), flush=True)
os._exit(0)
"""
    )
    done = run(script)
    assert (done.stdout, done.stderr) == ("interrupted True 0\nTrue\n", "")


@needs_proc
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system knows no fork")
def test_a_fork_asks_a_process_of_its_own() -> None:
    script = (
        SCRIPT_START
        + """
import warnings
warnings.simplefilter("ignore")
graph.query('ASK {}', timeout=30)
mine = children(os.getpid())
fork = os.fork()
if fork == 0:
    graph.query('timeline', timeout=30)
    own = [child for child in children(os.getpid()) if child not in mine]
    graph.close()
    print(len(own), [os.path.exists(f"/proc/{child}/cmdline") for child in own], flush=True)
    os._exit(0)
os.waitpid(fork, 0)
print(children(os.getpid()) == mine, bool(graph.query('ASK {}', timeout=30)), children(os.getpid()) == mine)
"""
    )
    done = run(script)
    assert (done.stdout, done.stderr) == ("1 [False]\nTrue True True\n", "")


# Where the store lies


def test_a_store_in_memory_is_asked_in_a_private_copy(embedded: EmbeddedStore) -> None:
    memory = ox.Store()
    memory.extend(embedded.ox)
    store = WorkerStore(EmbeddedStore(memory), None)
    query = judge("SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?p")
    assert store.within(Deadline(60)).query(query) == embedded.query(query)
    copy = store._worker._held.folder
    assert copy is not None
    assert os.path.dirname(copy) == tempfile.gettempdir()
    if os.name == "posix":
        assert os.stat(copy).st_mode & 0o777 == 0o700
    with pytest.raises(EngineError, match="not done within"):
        store.within(Deadline(0.5)).query(judge(BOMB))
    asks(store)
    assert store._worker._held.folder == copy  # it is written once
    store.close()
    assert not os.path.exists(copy)


def test_a_graph_that_no_cache_can_hold_is_asked_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    script = f"""
import os, tempfile
for name in ("ZONEGRAPH_CACHE", "XDG_CACHE_HOME", "TMPDIR"):
    os.environ[name] = {str(tmp_path / "file" / "folder")!r}
tempfile.tempdir = {str(tmp_path / "file")!r}  # for the cache, which is then nowhere
import zonegraph
graph = zonegraph.open({str(ROOT)!r})
tempfile.tempdir = {str(tmp_path / "tmp")!r}
print(len(graph.query("timeline", timeout=30)), os.listdir(tempfile.tempdir) != [])
"""
    done = run(script, HOME=str(tmp_path / "file"))
    assert done.stdout.endswith(" True\n"), done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []  # the end of the process has removed it


def test_a_copy_that_cannot_be_written_says_what_to_do(
    embedded: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    store = WorkerStore(embedded, None)
    with pytest.raises(EngineError, match=r"cannot be written .*\n  set ZONEGRAPH_CACHE or TMPDIR"):
        store.query(judge("ASK {}"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asks(store)
    store.close()


def test_the_writing_of_a_copy_counts_against_the_deadline(
    embedded: EmbeddedStore, tmp_path: Path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    class Slow:
        def __iter__(self) -> Iterator[ox.Quad]:
            for quad in embedded.ox:
                time.sleep(0.01)
                yield quad

    store = WorkerStore(EmbeddedStore(Slow()), None)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"not done within 0\.3 s"):
        store.within(Deadline(0.3)).query(judge("ASK {}"))
    assert list(tmp_path.iterdir()) == []
    store.close()


def moved(folder: str, tmp_path: Path) -> str:
    """A copy of a store on disk that a test may damage."""
    return shutil.copytree(folder, tmp_path / "entry" / "store").as_posix()


def test_a_folder_that_is_gone_meanwhile_is_replaced_by_a_private_copy(folder: str, tmp_path: Path) -> None:
    entry = moved(folder, tmp_path)
    store = WorkerStore(EmbeddedStore(ox.Store.read_only(entry)), entry)
    asks(store)
    shutil.rmtree(entry)
    asks(store)  # the process has the files open
    store._worker._held.end_process()
    asks(store)
    copy = store._worker._held.folder
    assert copy is not None
    shutil.rmtree(copy)  # as a system may that clears its temporary folder
    store._worker._held.end_process()
    asks(store)
    store.close()


def damage(entry: str) -> None:
    for path in Path(entry).glob("*.sst"):
        content = bytearray(path.read_bytes())
        content[: len(content) // 2] = os.urandom(len(content) // 2)
        path.write_bytes(content)


def test_a_damaged_store_is_made_anew_once_and_asked_again(
    folder: str, embedded: EmbeddedStore, tmp_path: Path
) -> None:
    entry = moved(folder, tmp_path)
    made: list[str] = []

    def rebuild() -> ox.Store:
        made.append("once")
        shutil.rmtree(entry)
        shutil.copytree(folder, entry)
        return ox.Store.read_only(entry)

    source = EmbeddedStore(ox.Store.read_only(entry), rebuild=rebuild)
    damage(entry)
    store = WorkerStore(source, entry)
    query = judge("SELECT * { ?s ?p ?o } ORDER BY ?o")
    assert store.within(Deadline(60)).query(query) == embedded.query(query)
    assert made == ["once"]
    damage(entry)
    store._worker._held.end_process()
    with pytest.raises(EngineError, match="the embedded store failed"):
        store.within(Deadline(60)).query(query)
    assert made == ["once"]
    store.close()


# What the process can do


def test_it_imports_nothing_that_it_does_not_need() -> None:
    code = "import sys; sys.path += sys.argv[1:]; import zonegraph.store.worker_process; print(*sys.modules)"
    roots = [str(ROOT / "src"), os.path.dirname(os.path.dirname(ox.__file__))]
    modules = subprocess.run(
        [sys.executable, "-S", "-P", "-c", code, *roots], capture_output=True, text=True
    ).stdout.split()
    assert "zonegraph.store.worker_process" in modules
    assert not {"subprocess", "socket", "tempfile", "rdflib", "yaml", "SPARQLWrapper", "zonegraph.build"} & set(modules)


def test_it_reaches_no_server_even_past_the_guard(store: WorkerStore, listener: Listener) -> None:
    asks(store)
    with pytest.raises(EngineError, match="the embedded store failed"):
        store.query(Query(f"SELECT * {{ SERVICE <http://{listener.address}/> {{ ?s ?p ?o }} }}"))
    assert listener.requests == 0
    asks(store)


# The graph


def test_a_timeout_changes_no_answer(graph) -> None:  # type: ignore[no-untyped-def]
    quick, plain = graph.query("timeline", timeout=60, cite=True), graph.query("timeline", cite=True)
    assert (list(quick), quick.citations) == (list(plain), plain.citations)
    one = graph.query("timeline", kind="zg:Approval", timeout=60)
    assert list(one) == list(graph.query("timeline", kind="zg:Approval"))
    thing = "zgd:zone-tianjin-miit"
    assert graph.explain(thing, timeout=60) == graph.explain(thing)
    with pytest.raises(UsageError, match="did you mean"):
        graph.query("timeline", kind="zg:Aproval", timeout=60)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "2"])
def test_a_timeout_that_is_no_number_of_seconds_is_refused(graph, timeout: object) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=r"timeout=.*not a number of seconds between 0 and"):
        graph.query("timeline", timeout=timeout)


def test_a_graph_in_the_cache_is_asked_where_it_lies() -> None:
    with zonegraph.open(ROOT) as graph:
        assert graph.query("ASK {}", timeout=60)
        assert graph._worker is not None
        assert graph._worker._worker._held.folder is None  # no copy


def test_a_graph_as_of_a_date_is_asked_within_a_timeout() -> None:
    with zonegraph.open(ROOT, as_of="2021-03-10") as earlier:
        assert list(earlier.query("articles", timeout=60)) == list(earlier.query("articles"))


def test_a_closed_graph_says_so(tmp_path: Path) -> None:
    with zonegraph.open(ROOT) as graph:
        assert graph.query("ASK {}", timeout=60)
        process = pid(graph._worker)  # type: ignore[arg-type]
    assert not running(process)
    calls: list[Callable[[], object]] = [
        lambda: graph.query("timeline"),
        lambda: graph.query("timeline", timeout=5),
        lambda: graph.explain("zgd:city-hangzhou"),
        lambda: graph.export(tmp_path / "graph.nt"),
        graph.validate,
        graph.rdflib,
        graph.__enter__,
    ]
    for call in calls:
        with pytest.raises(UsageError, match="the graph is closed\n  open it again"):
            call()
    graph.close()


def test_a_graph_at_an_endpoint_closes_too() -> None:
    with zonegraph.open(ROOT, endpoint="http://127.0.0.1:9/sparql") as graph:
        pass
    with pytest.raises(UsageError, match="the graph is closed"):
        graph.query("timeline")


def test_a_graph_leaves_nothing_when_a_script_ends(tmp_path: Path) -> None:
    script = (
        SCRIPT_START
        + """
graph.query('ASK {}', timeout=30)
print(json.dumps(children(os.getpid())))
"""
    )
    done = run(script)
    (worker,) = json.loads(done.stdout)
    assert ended(worker)
    assert done.stderr == ""
