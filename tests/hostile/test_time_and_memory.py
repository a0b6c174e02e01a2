"""No command hangs: a deadline, an interrupt and a bound on memory end it at once, with one message and nothing half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import ROOT, here

CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
BOMBS = {
    "a product of everything": CROSS,
    "a product, counted": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a product, sorted": CROSS + " ORDER BY ?i ?f ?c",
    "200 patterns": "SELECT * { " + " ".join(f"?s ?p{i} ?o{i} ." for i in range(200)) + " }",
    "nested paths": "SELECT * { ?s ((((!zg:x)+/(!zg:x)+)+/(!zg:x)*)+) ?o }",
    "NOT EXISTS for each row": "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER NOT EXISTS { ?c ?x ?d . ?d ?y ?a . ?z ?z ?z } }",
    "long text": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g))) AS ?t) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
}


def started(*arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zonegraph", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,  # type: ignore[call-overload]
    )


def with_default_signals() -> None:
    """Heed signals in a new process, though they are ignored where the tests run, as in the background."""
    for name in ("SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def ended(process: subprocess.Popen[str], within: float) -> tuple[int, str, str]:
    """Its exit code and what it wrote; fails if it takes longer than so many seconds."""
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"still running after {within} s: {process.args!r}")
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_query_ends_at_its_deadline(text: str, dataset: object) -> None:
    start = time.monotonic()
    code, out, err = ended(started("query", "-e", text, "--timeout", "1"), 20)
    assert (code, out) == (3, "")
    assert err == (
        "zonegraph: not done within 1 s\n"
        "  allow more time with --timeout, or ask for less (fewer patterns, a LIMIT in the query)\n"
    )
    assert time.monotonic() - start < 8  # a second, the start of a process, and a busy machine


def test_the_deadline_counts_for_citations_too(tmp_path: Path, dataset: object) -> None:
    groups = "\n".join(f'#+   - "?a ?b ?c . ?d ?e ?f . ?g ?h{i} ?i{i}"' for i in range(1_000))
    file = tmp_path / "many.rq"
    file.write_text(
        "#+ question: What?\n#+ summary: s\n#+ tags: [t]\n#+ columns: {a: a}\n#+ cite:\n"
        f"{groups}\nSELECT ?a {{ ?a a zg:Zone }} ORDER BY ?a\n"
    )
    code, out, _ = ended(started("query", str(file), "--cite", "--timeout", "1"), 20)
    assert (code, out) == (3, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "timeline"],
        ["find", "Hangzhou"],
        ["explain", "zgd:city-hangzhou"],
        ["article"],
        ["validate"],
        ["export", "--format", "nq"],
        ["evidence", "check"],
        ["status"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_has_a_deadline_and_leaves_nothing_behind(arguments: list[str], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    code, out, err = ended(
        started(*arguments, "--timeout", "0.05", env={**os.environ, "ZONEGRAPH_CACHE": str(cache)}), 20
    )
    assert (code, out) == (3, ""), err
    assert "not done within 0.05 s" in err
    assert not [path for path in cache.rglob("*") if path.name.startswith(".")]


# The command, which says when it is about to try the expression of `endless`.
AT_IT = """
import re, sys
compile = re.compile
def told(pattern, flags=0):
    made = compile(pattern, flags)
    if isinstance(pattern, str) and pattern.endswith("+Q$"):
        print("at it", file=sys.stderr, flush=True)
    return made
re.compile = told
from zonegraph import __main__
__main__.entry()
"""


@pytest.fixture
def endless(small: Path) -> list[str]:
    """A validation by an expression that Python's matcher never ends, holding the interpreter's lock: its arguments."""
    shapes = small / "shapes" / "zone.ttl"
    shape = 'zgsh:Endless a sh:NodeShape ; sh:targetClass zg:Place ; sh:property [ sh:path skos:prefLabel ; zgsh:ruleId "e" ; sh:pattern "^(([a-z A-Z]+)+)+Q$" ] .\n'
    shapes.write_text(shapes.read_text("utf-8").replace("zgsh:Zone a", f"{shape}\nzgsh:Zone a", 1), "utf-8")
    return ["validate", "data/reference/places.ttl", "--project", str(small)]


def test_a_regular_expression_that_never_ends_is_ended(endless: list[str]) -> None:
    code, out, err = ended(started(*endless, "--timeout", "4"), 60)
    assert (code, out) == (3, ""), err
    assert "not done within 4 s" in err


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)])
def test_a_signal_ends_a_regular_expression_that_never_ends(endless: list[str], name: str, code: int) -> None:
    command = [sys.executable, "-c", AT_IT, *endless]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=with_default_signals
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == "at it\n"
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(getattr(signal, name))
        assert ended(process, 20)[0] == code
    finally:
        process.kill()
        process.communicate()


SLOW = """
import os, sys, time
from zonegraph import __main__
replace, rename = os.replace, os.rename
def slowly(move):
    def wait(source, target, **options):
        if os.path.dirname(target) != folder:  # what another command could have put into the cache
            return move(source, target, **options)
        print("moving", os.path.basename(source), file=sys.stderr, flush=True)
        time.sleep(60)
        move(source, target, **options)
    return wait
os.replace, os.rename = slowly(replace), slowly(rename)
sys.argv, folder = sys.argv[:-1], sys.argv[-1]
__main__.entry()
"""


@pytest.mark.parametrize("arguments", [["export", "-o"], ["query", "timeline"]], ids=["a file", "the cache"])
@pytest.mark.parametrize("ending", ["deadline", "SIGTERM", "SIGINT"])
def test_what_is_not_in_its_place_yet_is_deleted(
    arguments: list[str], ending: str, tmp_path: Path, cache: Path, small: Path
) -> None:
    """The command is stopped right before it moves its draft into place, where it would stay for a minute; the last argument is the folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    own = {"ZONEGRAPH_CACHE": str(folder if arguments[0] == "query" else cache)}
    target = [str(folder / "graph.nq")] if arguments[0] == "export" else []
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SLOW,
            *arguments,
            *target,
            "--project",
            str(small),
            *(["--timeout", "5"] if ending == "deadline" else []),
            str(folder),
        ],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    try:
        lines = iter(process.stderr.readline, "")
        moved = next(line for line in lines if line.startswith("moving"))
        assert moved.split()[1].startswith(".")
        assert [path for path in folder.iterdir() if path.name.startswith(".")]
        if ending != "deadline":
            process.send_signal(getattr(signal, ending))
        process.wait(timeout=60)
    finally:
        process.kill()
        process.stderr.close()
    assert process.returncode == {"deadline": 3, "SIGTERM": 143, "SIGINT": 130}[ending]
    assert list(folder.iterdir()) == []


def test_a_bound_on_memory_holds_beside_a_deadline(dataset: object) -> None:
    code, out, err = ended(started("query", "-e", CROSS + " ORDER BY ?i", "--memory", "400M", "--timeout", "60"), 120)
    assert (code, out) == (3, "")
    assert "more than 400 MB of memory in use" in err


def test_a_limit_stops_what_it_limits(dataset: object) -> None:
    code, out, err = ended(started("query", "-e", CROSS, "--limit", "5", "--format", "csv"), 60)
    assert code == 0, err
    assert len(out.splitlines()) == 6


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "two", ""])
def test_what_is_no_time_is_refused(timeout: str) -> None:
    result = here("query", "timeline", "--timeout", timeout)
    assert result.returncode == 2
    assert "is not a number of seconds between 0 and 10,000,000" in result.stderr


def test_a_bound_on_memory_ends_a_command(dataset: object) -> None:
    code, out, err = ended(started("query", "-e", CROSS + " ORDER BY ?i", "--memory", "400M"), 120)
    assert (code, out) == (3, "")
    assert err == (
        "zonegraph: more than 400 MB of memory in use\n  allow more with --memory, or ask for less at once\n"
    )


@pytest.mark.parametrize("size", ["0", "1", "-2G", "2X", "G", "nan", "infG"])
def test_what_is_no_size_is_refused(size: str) -> None:
    result = here("query", "timeline", f"--memory={size}")
    assert result.returncode == 2
    assert "is not a size" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.3, 1.0])
def test_an_interrupt_ends_a_command_at_any_moment(after: float, dataset: object) -> None:
    # What runs in the background of a shell, as these tests may, is started with interrupts ignored.
    process = started("query", "-e", CROSS, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    # Python itself takes some milliseconds before it runs any line of the program.
    assert process.returncode in (130, -signal.SIGINT) or "KeyboardInterrupt" in err
    if after >= 0.3:
        assert (process.returncode, out, err) == (130, "", "zonegraph: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_interrupts_that_are_ignored_stay_ignored(dataset: object) -> None:
    process = started(
        "query", "timeline", "--format", "csv", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
    )
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    code, out, _ = ended(process, 60)
    assert code == 0
    assert out


def test_a_closed_standard_error_loses_no_answer(dataset: object) -> None:
    command = f"{sys.executable} -m zonegraph query timeline --limit 1 --format csv"
    open_, closed = (
        subprocess.run(["sh", "-c", command + end], cwd=ROOT, capture_output=True, text=True, timeout=60)
        for end in ("", " 2>&-")
    )
    assert (closed.returncode, closed.stdout) == (0, open_.stdout)


def test_a_closed_standard_output_is_said(dataset: object) -> None:
    command = f"{sys.executable} -m zonegraph query timeline --limit 1 >&-"
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert "standard output is closed" in result.stderr
