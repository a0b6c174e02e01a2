"""What `zonegraph mcp` does with lines that no client sends, calls that are cancelled, and files that change."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Command
from tests.server.mcp_client import COMMAND, HELLO, Raw, environment, raw
from tests.test_second_project import SUBJECT
from zonegraph.errors import EngineError
from zonegraph.server import validating
from zonegraph.server.mcp import greeting

if importlib.util.find_spec("mcp") is None:
    pytest.skip("mcp is not installed", allow_module_level=True)
from mcp_types import version

BRIDGES = ROOT / "tests" / "projects" / "bridges"
# It takes minutes, if nobody stops it.
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?d != ?g) }"


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(BRIDGES, tmp_path_factory.mktemp("mcp") / "bridges"))


@pytest.fixture(scope="module")
def server(bridges: Path) -> Iterator[Raw]:
    with raw(bridges) as server:
        yield server


_numbers = iter(range(1_000, 10**6))


def request(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": next(_numbers), "method": method, "params": params}


def call(server: Raw, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a call."""
    asked = request("tools/call", name=tool, arguments=arguments)
    server.send(asked)
    return server.until(lambda message: message.get("id") == asked["id"])["result"]  # type: ignore[no-any-return]


def works(server: Raw) -> None:
    answer = call(server, "ask", question="bridge-names")
    assert answer["structuredContent"]["rows"]


def test_another_project_has_its_own_questions_and_none_of_ours(server: Raw) -> None:
    asked = [request("tools/list"), request("prompts/list"), request("resources/list")]
    for one in asked:
        server.send(one)
    found = {}
    for _ in asked:
        message = server.receive()
        found[message["id"]] = message["result"]
    written = json.dumps(found)
    assert not SUBJECT.search(written), SUBJECT.search(written)
    tools = [tool["name"] for tool in found[asked[0]["id"]]["tools"]]
    assert tools == [
        "list_questions",
        "describe_question",
        "ask",
        "find",
        "explain",
        "article",
        "sparql",
        "validate",
        "profile",
    ]
    answer = call(server, "list_questions")["structuredContent"]
    assert sorted(q["name"] for q in answer["questions"]) == ["bridge-names", "bridges-over", "works-on-bridge"]
    rows = call(server, "ask", question="bridges-over")["structuredContent"]
    assert rows["rows"]
    assert all(row["cited"] for row in rows["rows"])
    assert not SUBJECT.search(json.dumps(rows))


def test_a_line_that_is_too_long_is_refused_by_its_id(server: Raw) -> None:
    for name in ("first", "last"):
        start, end = (b'"id": 77, ', b"") if name == "first" else (b"", b', "id": 77')
        text = b"x" * 3_000_000
        line = (
            b'{"jsonrpc": "2.0", '
            + start
            + b'"method": "tools/call", "params": {"name": "find", "arguments": {"text": "'
        )
        server.send(line + text + b'"}}' + end + b"}")
        answer = server.receive()
        assert answer["id"] == 77
        assert answer["error"]["message"] == "a message of more than 1,000,000 bytes; send less at once"
    works(server)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"hello", "not JSON"),
        (b'{"jsonrpc": "2.0", "id": 1', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"jsonrpc": "2.0", "id": 5, "method": "find", "params": {"text": "\\ud800"}}', "not JSON"),
        (b'{"id": 4, "method": 3}', "not a message of JSON-RPC 2.0"),
        (b"[]", "not a message of JSON-RPC 2.0"),
        (b"null", "not a message of JSON-RPC 2.0"),
        (b'{"jsonrpc": "2.0", "id": 6, "method": "tools/call"}', "tools/call: the parameters are wrong"),
        (
            b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "find", "arguments": "x"}}',
            'write them like {"name": "find"',
        ),
        (b'{"jsonrpc": "2.0", "id": 8, "method": "resources/read", "params": {"uri": 3}}', "the parameters are wrong"),
    ],
)
def test_a_line_that_is_no_message_is_told_what_is_wrong(server: Raw, line: bytes, message: str) -> None:
    server.send(line)
    assert message in server.receive()["error"]["message"]
    works(server)


def test_the_client_is_greeted_as_the_sdk_would(bridges: Path) -> None:
    assert greeting.VERSIONS == version.HANDSHAKE_PROTOCOL_VERSIONS
    process = subprocess.Popen(
        [*COMMAND, "--project", str(bridges)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    with process:
        server = Raw(process)
        server.send({"jsonrpc": "2.0", "id": "p", "method": "ping"})  # so that the SDK itself answers the next
        assert server.receive()["id"] == "p"
        server.send(HELLO)
        assert server.receive() == greeting.answer(json.dumps(HELLO).encode())
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"method": "ping"},
        {"id": None},
        {"id": True},
        {"jsonrpc": "1.0"},
        {"params": []},
        {"params": {**HELLO["params"], "capabilities": {"roots": 1}}},
        {"params": {**HELLO["params"], "clientInfo": {}}},
        {"params": {**HELLO["params"], "protocolVersion": 1}},
    ],
)
def test_what_is_not_plainly_a_greeting_is_left_to_the_sdk(change: dict[str, Any]) -> None:
    assert greeting.answer(json.dumps(HELLO).encode()) is not None
    assert greeting.answer(json.dumps({**HELLO, **change}).encode()) is None
    assert greeting.answer(b"[" * 100_000) is None


def test_an_unknown_version_is_answered_with_the_newest() -> None:
    hello = {**HELLO, "params": {**HELLO["params"], "protocolVersion": "2031-01-01"}}
    answer = greeting.answer(json.dumps(hello).encode())
    assert answer is not None
    assert answer["result"]["protocolVersion"] == greeting.VERSIONS[-1]


def test_a_file_that_takes_too_long_to_judge_is_given_up(bridges: Path) -> None:
    async def judged(seconds: float) -> dict[str, Any]:
        return await validating.validated(str(bridges), "new-article", "", seconds, 2 << 30)

    before = set(times(os.getpid()))
    with pytest.raises(EngineError, match=r"not judged within 0\.05 s"):
        asyncio.run(judged(0.05))
    assert until(lambda: set(times(os.getpid())) == before)
    report = asyncio.run(judged(60))
    assert report["total"] == len(report["findings"])


def test_a_file_whose_judging_is_cancelled_ends_its_process(bridges: Path) -> None:
    async def cancelled() -> None:
        before = set(times(os.getpid()))
        task = asyncio.create_task(validating.validated(str(bridges), "new-article", "", 60, 2 << 30))
        await asyncio.sleep(0.2)
        assert set(times(os.getpid())) > before
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert set(times(os.getpid())) == before

    asyncio.run(cancelled())


def test_many_calls_at_once_are_all_answered(server: Raw) -> None:
    asked = [request("tools/call", name="find", arguments={"text": "bridge"}) for _ in range(40)]
    for one in asked:
        server.send(one)
    found = {message["id"]: message for message in (server.receive() for _ in asked)}
    assert set(found) == {one["id"] for one in asked}
    assert all("result" in message for message in found.values())


def times(parent: int) -> dict[int, int]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found[int(folder.name)] = int(fields[11]) + int(fields[12])
    return found


def until(condition: Any, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_a_cancelled_call_ends_its_worker_and_nothing_else(server: Raw) -> None:
    asked = request("tools/call", name="sparql", arguments={"query": SLOW})
    server.send(asked)
    works(server)  # the saved questions have workers of their own
    pids = set(times(server.process.pid))
    assert len(pids) >= 2
    server.send(
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": asked["id"], "reason": "late"}}
    )
    assert until(lambda: len(pids - set(times(server.process.pid))) == 1)
    works(server)
    rows = call(server, "sparql", query="SELECT * { ?s a zg:Article }")["structuredContent"]
    assert rows["rows"]


def test_a_call_that_takes_too_long_is_ended(bridges: Path) -> None:
    with raw(bridges, "--timeout", "1") as server:
        works(server)
        answer = call(server, "sparql", query=SLOW)
        assert answer["isError"]
        assert "not done within 1 s" in answer["content"][0]["text"]
        works(server)


def test_a_query_that_brings_its_engine_down_leaves_the_server_up(server: Raw) -> None:
    nested = "SELECT * { " + "{ " * 3_000 + "?s ?p ?o" + " }" * 3_000 + " }"
    answer = call(server, "sparql", query=nested)
    assert answer["isError"]
    works(server)


def test_what_a_changed_file_says_is_answered(server: Raw, bridges: Path) -> None:
    query = next((bridges / "queries").glob("bridge-names.rq"))
    text = query.read_text("utf-8")
    query.write_text(re.sub(r"#\+ question: .*", "#+ question: What is it called now?", text), "utf-8")
    try:
        assert until(
            lambda: (
                call(server, "ask", question="bridge-names")["structuredContent"]["question"]
                == "What is it called now?"
            ),
            60,
        )
    finally:
        query.write_text(text, "utf-8")


def test_files_that_are_broken_are_told_until_they_are_mended(tmp_path: Path) -> None:
    project = Path(shutil.copytree(BRIDGES, tmp_path / "bridges"))
    article = next((project / "data" / "articles").glob("river-*.ttl"))
    text = article.read_text("utf-8")
    article.write_text(text + "\nbroken", "utf-8")
    with raw(project) as server:
        answer = call(server, "find", text="bridge")
        assert answer["isError"]
        assert "river-almanac.ttl" in answer["content"][0]["text"]
        article.write_text(text, "utf-8")
        assert until(lambda: "isError" not in (r := call(server, "find", text="bridge")) or not r["isError"], 60)


def test_the_end_of_the_input_ends_the_server_and_its_workers(bridges: Path) -> None:
    with raw(bridges) as server:
        works(server)
        pids = set(times(server.process.pid))
        server.send(request("tools/call", name="sparql", arguments={"query": SLOW}))
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_and_leaves_nothing_behind(
    bridges: Path, tmp_path: Path, number: int, code: int
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--project", str(bridges)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(TMPDIR=str(tmp_path)),
    )
    with process:
        server = Raw(process)
        server.send(HELLO)
        server.receive()
        works(server)
        pids = set(times(process.pid))
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        assert process.wait(30) == code
    assert not list(tmp_path.iterdir())
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_project_that_there_is_not_is_told_at_once(zonegraph: Command) -> None:
    done = subprocess.run(
        [*COMMAND, "--project", "/nowhere"], stdin=subprocess.DEVNULL, capture_output=True, env=environment()
    )
    assert done.returncode == 2
    assert b"/nowhere" in done.stderr
    assert done.stdout == b""


def test_other_commands_import_nothing_of_it() -> None:
    script = (
        "import sys; from zonegraph.cli import main; main(['article']);"
        "print(sorted({'mcp', 'mcp_types', 'pydantic', 'anyio', 'asyncio', 'zonegraph.server'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_without_the_extra_a_message_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys, importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'mcp' else find(name, *a);"
        "from zonegraph.cli import main; sys.exit(main(['mcp']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), cwd=ROOT)
    assert done.returncode == 2
    assert b"pip install 'zonegraph[mcp]'" in done.stderr
