"""Queries that an engine would be at for hours: within a timeout they end, and what they were at ends with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

import zonegraph
from tests.conftest import ROOT
from tests.processes import environment, needs_proc
from zonegraph.answers import citations
from zonegraph.errors import EngineError

CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
BOMBS = {
    "a cross product": f"SELECT * {{ {CROSS} }}",
    "a cross product of which no row is wanted": f"SELECT * {{ {CROSS} FILTER(CONCAT(STR(?c), STR(?f)) = 'x') }}",
    "triples of a cross product": f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {CROSS} }}",
    "200 patterns over one variable": f"SELECT * {{ {' . '.join(f'?x ?p{n} ?o{n}' for n in range(200))} }}",
    "900 patterns to put in order": f"ASK {{ {' '.join(f'?x <x:p> {n} .' for n in range(900))} }}",
    "paths within paths": "SELECT * { ?a (((!<x:x>|^!<x:x>)*)*/(!<x:x>)*)* ?b . ?b (!<x:x>|^!<x:x>)+ ?c }",
    "a regular expression of a million parts": "SELECT * { ?a ?b ?c FILTER(REGEX(STR(?c), '((a{1,100}){1,100}){1,100}')) }",
    "an order of millions of rows": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c LIMIT 1",
    "a string that doubles 40 times": "SELECT * { BIND('zonegraph' AS ?s0) "
    + " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(40))
    + " }",
}


@pytest.fixture(scope="module")
def graph() -> Iterator[zonegraph.api.Graph]:  # type: ignore[name-defined]
    with zonegraph.open(ROOT) as opened:
        yield opened


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_query_without_end_ends_within_its_timeout_and_so_does_its_process(bomb: str, graph) -> None:  # type: ignore[no-untyped-def]
    assert graph.query("ASK {}", timeout=30)
    process = graph._worker._worker._held.process._popen.pid
    started = time.monotonic()
    with pytest.raises(EngineError, match="not done within 1 s"):
        graph.query(BOMBS[bomb], timeout=1)
    assert time.monotonic() - started < 4
    with pytest.raises(ChildProcessError):  # killed and reaped
        os.waitpid(process, os.WNOHANG)


@pytest.mark.parametrize("text", [f"SELECT * {{ {CROSS} }}", f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {CROSS} }}"])
@pytest.mark.parametrize("timeout", [20, None])
def test_no_more_is_worked_out_than_the_limit_asks_for(text: str, timeout: float | None, graph) -> None:  # type: ignore[no-untyped-def]
    started = time.monotonic()
    assert len(graph.query(text, limit=5, timeout=timeout)) == 5
    assert time.monotonic() - started < 5


def test_the_citations_of_an_answer_count_against_its_timeout(graph, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    of_rows = citations.of_rows

    def late(*arguments: Any) -> Any:
        time.sleep(1)
        return of_rows(*arguments)

    assert graph.query("timeline", cite=True, timeout=30).citations
    monkeypatch.setattr(citations, "of_rows", late)
    with pytest.raises(EngineError, match="not done within 1 s"):
        graph.query("timeline", cite=True, timeout=1)


@needs_proc
def test_a_process_that_lives_on_has_nothing_at_work_after_a_bomb() -> None:
    # A program as people write it: no main guard, the timeout caught, other work after it.
    script = f"""
import json, os, time
import zonegraph
from tests.processes import children
graph = zonegraph.open({str(ROOT)!r})
said = []
for text in json.loads({json.dumps(json.dumps(list(BOMBS.values())[:2]))}):
    started = time.monotonic()
    try:
        graph.query(text, timeout=1)
    except zonegraph.errors.EngineError as error:
        said.append([str(error).splitlines()[0], time.monotonic() - started, children(os.getpid())])
before = time.process_time()
time.sleep(1)
print(json.dumps([said, time.process_time() - before, len(graph.query("timeline", timeout=30))]))
"""
    done = subprocess.run(
        [sys.executable, "-"], input=script, capture_output=True, text=True, env=environment(), timeout=60
    )
    assert done.stderr == ""
    said, busy, rows = json.loads(done.stdout)
    for message, seconds, left in said:
        assert (message, left) == ("not done within 1 s", [])
        assert seconds < 4
    assert len(said) == 2
    assert busy < 0.2
    assert rows
