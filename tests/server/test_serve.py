"""`zonegraph serve`: from its start to its end, and what happens when the project's files change."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import rdflib

from tests.command import here
from tests.conftest import bridges_project
from tests.processes import children, ended, environment, needs_proc
from zonegraph import vocabulary as v

B = "https://example.org/bridges#"
COUNT = f"SELECT (COUNT(*) AS ?n) {{ ?x a <{B}Crossing> }}"
SLOW = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o FILTER(CONCAT(STR(?c), STR(?f), STR(?i), STR(?l), STR(?o)) = 'x') }"


class Running:
    """A server in a process of its own, once it has said where it answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._ready = threading.Event()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        assert self._ready.wait(60), self.said
        (self.address,) = re.findall(r"(http://127.0.0.1:\d+)/sparql answers", "".join(self.said))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if "/sparql answers queries" in line:
                self._ready.set()
        self._ready.set()

    def ask(self, text: str) -> bytes:
        with urllib.request.urlopen(f"{self.address}/sparql?query={urllib.parse.quote(text)}", timeout=60) as reply:
            return reply.read()  # type: ignore[no-any-return]

    def count(self) -> int:
        return int(json.loads(self.ask(COUNT))["results"]["bindings"][0]["n"]["value"])

    def events(self, name: str) -> list[dict[str, object]]:
        found = [json.loads(line) for line in self.said if line.startswith("{")]
        return [line for line in found if line["event"] == name]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self._reading.join(10)
        return code


@contextmanager
def serve(project: Path, *options: str, **variables: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "zonegraph", "serve", "--project", str(project), "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(**variables))
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()  # type: ignore[union-attr]


def until(condition, seconds: float = 30) -> None:  # type: ignore[no-untyped-def]
    by = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < by
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serve(bridges_project(tmp_path_factory.mktemp("serve") / "project")) as running:
        yield running


def test_it_answers_from_the_projects_graph_with_its_prefixes(server: Running) -> None:
    assert server.count() == 3
    assert b"thames" in server.ask("SELECT ?o { b:old b:crosses ?o }")
    assert server.events("request")


def test_the_description_is_the_projects_void_and_names_the_saved_queries(server: Running) -> None:
    graph = rdflib.Graph().parse(f"{server.address}/sparql", format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    (dataset,) = graph.objects(None, sd.defaultDataset)
    assert dataset == rdflib.URIRef(v.DATASET)
    assert (dataset, rdflib.RDF.type, rdflib.VOID.Dataset) in graph
    assert graph.value(dataset, rdflib.VOID.triples).toPython() > 0  # type: ignore[union-attr]
    queries = rdflib.URIRef(v.QUERIES_GRAPH)
    assert (None, sd.name, queries) in graph
    assert (None, rdflib.RDFS.seeAlso, queries) in graph
    saved = server.ask(f"SELECT ?q {{ GRAPH <{v.QUERIES_GRAPH}> {{ ?q a sh:SPARQLExecutable }} }}")
    assert b"query/crossings" in saved


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
@needs_proc
def test_a_signal_stops_it_when_what_is_under_way_is_answered(number: int, code: int, tmp_path: Path) -> None:
    with serve(bridges_project(tmp_path / "project"), "--timeout", "2") as running, ThreadPoolExecutor() as threads:
        workers = children(running.process.pid)
        assert len(workers) >= 3
        asked = threads.submit(status, running, SLOW)
        until(lambda: busy(running))
        assert running.stop(number) == code
        assert asked.result() == 504  # its time was up, and it was told so
        assert all(ended(worker) for worker in workers)
        assert "Traceback" not in "".join(running.said)


def busy(running: Running) -> bool:
    with urllib.request.urlopen(f"{running.address}/metrics") as reply:
        return b'zonegraph_workers{pool="sparql",state="busy"} 1' in reply.read()


def status(running: Running, text: str) -> int:
    try:
        running.ask(text)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


@needs_proc
def test_a_server_that_is_killed_leaves_no_worker(tmp_path: Path) -> None:
    with serve(bridges_project(tmp_path / "project")) as running:
        workers = children(running.process.pid)
        running.process.kill()
        assert all(ended(worker) for worker in workers)


def changed(project: Path, number: int) -> None:
    """Give a project so many crossings, in two files."""
    for name, things in (("guide", range(0, number, 2)), ("more", range(1, number, 2))):
        lines = "".join(f"b:t{thing} a b:Bridge ; b:crosses b:r{thing} .\n" for thing in things)
        (project / "data/articles" / f"{name}.ttl").write_text(f"@prefix b: <{B}> .\n{lines}", "utf-8")


def test_changed_files_are_served_anew_with_no_request_lost_and_none_answered_from_half_a_graph(tmp_path: Path) -> None:
    project = bridges_project(tmp_path / "project")
    with serve(project) as running:
        counts: Counter[int] = Counter()
        failures: list[BaseException] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                try:
                    counts[running.count()] += 1
                except Exception as error:
                    failures.append(error)
                    return

        asking = [threading.Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        for number in (10, 20):
            changed(project, number)
            until(lambda number=number: counts[number] > 3)  # type: ignore[misc]
        # A file that cannot be read is said in the log, and the graph before is served on.
        (project / "data/articles/guide.ttl").write_text("this is no Turtle", "utf-8")
        until(lambda: running.events("not reloaded"))
        so_far = counts[20]
        until(lambda: counts[20] > so_far + 3)
        changed(project, 30)
        until(lambda: counts[30] > 3)
        stop.set()
        for thread in asking:
            thread.join()
        assert failures == []
        assert set(counts) == {3, 10, 20, 30}
        assert len(running.events("reloaded")) == 3
        assert "guide.ttl" in str(running.events("not reloaded")[0]["reason"])
        assert all(line["status"] == 200 for line in running.events("request"))


def test_a_graph_that_cannot_be_cached_is_served_from_a_private_copy(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (temporary / f"zonegraph-{os.getuid()}").write_text("in the place of the cache")
    project = bridges_project(tmp_path / "project")
    with serve(project, ZONEGRAPH_CACHE="/proc/none", TMPDIR=str(temporary)) as running:
        assert running.count() == 3
        assert list(temporary.rglob("CURRENT"))
        assert running.stop() == 0
    assert not list(temporary.rglob("CURRENT"))


@needs_proc
def test_a_graph_that_is_cleared_from_the_cache_is_built_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with serve(bridges_project(tmp_path / "project"), ZONEGRAPH_CACHE=str(cache)) as running:
        shutil.rmtree(cache)
        until(lambda: running.events("reloaded"))
        before = children(running.process.pid)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        until(lambda: len(children(running.process.pid)) == len(before))
        assert running.count() == 3


# Wrong usage


def test_a_port_that_is_taken_is_wrong_usage(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = here("serve", "--port", port, "--project", str(bridges_project(tmp_path / "project")))
    assert result.returncode == 2
    assert f"--port {port}: " in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "70000"], "not a port"),
        (["--memory", "300M"], "before its first query"),
        (["--public-url", "https://example.org/sparql"], "not an address of a server"),
        (["--rows", "0"], "not a whole number"),
        (["--timeout", "-1"], "not a number of seconds"),
        (["--project", "/nowhere"], "not a zonegraph project"),
        (["--portt", "1"], "did you mean --port?"),
    ],
)
def test_wrong_usage_is_told(options: list[str], message: str) -> None:
    result = here("serve", *(options if "--port" in options else ["--port", "0", *options]))
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from zonegraph.cli import main; sys.exit(main(['serve']))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert result.returncode == 2
    assert "pip install 'zonegraph[server]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_other_commands_import_nothing_of_the_server(tmp_path: Path) -> None:
    project = str(bridges_project(tmp_path / "project"))
    code = (
        f"import sys; from zonegraph.cli import main, parser; main(['query', '-e', 'ASK {{}}', '--project', {project!r}]); parser('query').format_help(); "
        "print(*(m for m in sys.modules if m.partition('.')[0] in ('starlette', 'uvicorn', 'asyncio', 'h11') or m.startswith('zonegraph.server')))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert result.stdout.split() == ["true"], result.stderr


def test_help_shows_the_limits_of_a_request_and_not_those_of_a_command() -> None:
    text = here("serve", "--help").stdout
    assert "stop a query after S seconds" in text
    assert "end the command after S seconds" not in text
