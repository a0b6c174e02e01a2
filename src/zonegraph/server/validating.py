"""Validation of a text that somebody sends: in a process of its own, which reads the project, and is ended at its
limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os

from zonegraph.errors import EngineError, UsageError, ZonegraphError
from zonegraph.store import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST = 200  # the most findings that are told


async def validated(root: str, slug: str, content: str, seconds: float, memory: int) -> dict[str, Any]:
    """Return what is found in a Turtle file, as a report in JSON has it, the gravest first.

    Parameters: `root`, the folder of the project; `slug`, the name of the file among the project's articles, whether it
    is there or not; `content`, what stands in it; `seconds` and `memory`, the most that judging it may take. Raises
    UsageError if it cannot be judged, EngineError if that takes too much.
    """
    return json.loads(await _judged(root, slug, content, seconds, memory, ""))  # type: ignore[no-any-return]


async def written(root: str, slug: str, content: str, seconds: float, memory: int, format: str) -> str:
    """Return the whole report on a Turtle file in one of `validation.FORMATS`; no path in it leads out of the project. Otherwise as `validated`."""
    return (await _judged(root, slug, content, seconds, memory, format)).decode()


async def _judged(root: str, slug: str, content: str, seconds: float, memory: int, format: str) -> bytes:
    # What it is judged by is the project's; the texts of articles stay out, so that none of them is quoted.
    environment = {name: value for name, value in os.environ.items() if name != "ZONEGRAPH_ARTICLES"}
    process = await asyncio.create_subprocess_exec(
        *messages.command("zonegraph.server.validating"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    asked = json.dumps([root, slug, content, seconds, memory, format]).encode()
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate(messages.head("validate", len(asked)) + asked)
    except TimeoutError:
        raise EngineError(f"not judged within {seconds:g} s", "send a smaller file") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    message = messages.receive(io.BytesIO(out))
    if message is None:
        raise EngineError("judging the file took more memory or time than is allowed", "send a smaller file")
    kind, told = message
    if kind != "report":
        raise (UsageError if kind == "UsageError" else EngineError)(*json.loads(told))
    return told


def serve() -> None:
    """Judge the file that the message on standard input holds; the message on standard output is the report."""
    message = messages.receive(io.FileIO(0, closefd=False))
    if message is None:
        return
    root, slug, content, seconds, memory, format = json.loads(message[1])
    out = io.FileIO(os.dup(1), "w")
    os.dup2(2, 1)  # nothing but the report gets there
    _limit(seconds, memory)
    try:
        messages.send(out, "report", _report(root, slug, content, format))
    except ZonegraphError as error:
        kind = "UsageError" if isinstance(error, UsageError) else "EngineError"
        messages.send(out, kind, json.dumps([error.problem, error.remedy]).encode())


def _limit(seconds: float, memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 2, int(seconds) + 3))


def _report(root: str, slug: str, content: str, format: str) -> bytes:
    from zonegraph import validation
    from zonegraph.project import sources
    from zonegraph.validation.report import json as writer

    if format:  # which names files as seen from here
        os.chdir(root)
        root = ""
    path = os.path.join(root, "data", "articles", f"{slug}.ttl")
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise UsageError("the text has halves of characters", "send it as UTF-8") from None
    report = validation.validate(sources.find(root or os.curdir), [path], contents={path: data})
    if format:
        return validation.FORMATS[format](report).encode()
    told: dict[str, Any] = json.loads(writer.write(report))
    own = os.path.relpath(path)
    for finding in told["findings"]:
        finding["here"] = finding["path"] in (path, own) or finding["path"].endswith(f"articles/{slug}.ttl")
        finding["path"] = os.path.basename(finding["path"])
    found = {"conforms": told["conforms"], "total": len(told["findings"]), "findings": told["findings"][:_MOST]}
    return json.dumps(found).encode()
