"""Opening a project beside the process that serves: `served.serve` runs in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json

from zonegraph.errors import EngineError, UsageError
from zonegraph.server.served import Served
from zonegraph.store import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


async def opened(
    directory: str | None, private: str, say: Callable[[str], None] | None = None, as_of: str | None = None
) -> Served:
    """Return a project's graph as it is served, opened or built in another process.

    Parameters: as for `served.of_project`; `say`, which is told what that process prints on its standard error; without
    it that is this one's. Raises UsageError or EngineError as it does.
    """
    process = await asyncio.create_subprocess_exec(
        *messages.command("zonegraph.server.served"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=None if say is None else asyncio.subprocess.PIPE,
    )
    content = json.dumps([directory, private, as_of]).encode()
    try:
        out, err = await process.communicate(messages.head("open", len(content)) + content)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    said = (err or b"").decode(errors="replace").strip()
    message = messages.receive(io.BytesIO(out))
    if message is None:
        raise EngineError(f"the graph cannot be opened: its process ended ({process.returncode}): {said[-2000:]}")
    if said and say is not None:
        say(said)
    kind, told = message
    if kind == "served":
        return Served(**json.loads(told))
    raise (UsageError if kind == "UsageError" else EngineError)(*json.loads(told))
