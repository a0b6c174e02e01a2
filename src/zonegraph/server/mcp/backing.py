"""What answers: the graph with its workers, once they are up, and anew when the project's files change."""

from __future__ import annotations

import asyncio
import json

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.errors import ZonegraphError
from zonegraph.server import opening, reloading, validating
from zonegraph.server.days import Days
from zonegraph.server.mcp.arguments import WrongCallError
from zonegraph.server.serving import Serving
from zonegraph.server.workers.pool import NotAnsweredError
from zonegraph.server.workers.questions import Data, Sparql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zonegraph.server.limits import Limits
    from zonegraph.server.served import Served
    from zonegraph.server.workers.pool import Pool
    from zonegraph.server.workers.questions import Question

_FORMATS = {"solutions": "json", "boolean": "json", "triples": "turtle"}
_JUDGED = 1  # files that are judged at once


class Backing:
    """A project's graph, for those who call. `root` is the project's folder."""

    def __init__(self, root: str, limits: Limits, private: str, log: Callable[..., None]) -> None:
        """Parameters: `limits`, of each question; `private`, a folder for graphs that cannot be cached; `log`, which
        takes what happened.
        """
        self.root, self.limits = root, limits
        self._private, self._log = private, log
        self._serving: Serving | None = None
        self._days: Days | None = None
        self._failed = ""
        self._tried = asyncio.Event()
        self._judging = asyncio.Semaphore(_JUDGED)

    async def keep(self) -> None:
        """Open the graph, and serve it anew whenever files of the project change, until this is cancelled.

        While files are broken, each call is told so.
        """
        while self._serving is None:
            before = await asyncio.to_thread(reloading.signature, self.root)
            try:
                served = await opening.opened(self.root, self._private, lambda said: self._log("build said", said=said))
                serving = Serving(served, self.limits, self._log)
                await serving.open()
                self._serving, self._days, self._failed = serving, Days(serving, self._private), ""
                self._tried.set()
            except ZonegraphError as error:
                self._failed = str(error)
                self._tried.set()
                while await asyncio.to_thread(reloading.signature, self.root) == before:
                    await asyncio.sleep(reloading.EVERY)
        await reloading.watch(self._serving, self._private)

    async def close(self) -> None:
        """End the workers."""
        if self._days is not None:
            await self._days.close()
        if self._serving is not None:
            await self._serving.close()

    async def serving(self) -> Serving:
        """Return what serves, once it does. Raises WrongCallError if the graph cannot be opened."""
        await self._tried.wait()
        if self._serving is None:
            raise WrongCallError(f"the graph cannot be opened: {self._failed}\nmend that; it is then opened by itself")
        return self._serving

    async def served(self) -> Served:
        """Return what is served now. Raises as `serving`."""
        return (await self.serving()).current.served

    async def data(
        self, what: str, offset: int, limit: int, characters: int, as_of: str | None = None, **given: object
    ) -> dict[str, Any]:
        """Return an answer as plain data (`answers.as_data`).

        Parameters: as for `questions.Data`; `as_of`, an ISO day from whose articles it is answered. Raises
        WrongCallError if there is no answer.
        """
        serving = await self.serving()
        if serving.current.questions is None:
            raise WrongCallError("this graph has no saved questions")
        pool = serving.current.questions
        if as_of is not None:
            assert self._days is not None
            try:
                pool = await self._days.pool(as_of)
            except ZonegraphError as error:
                raise WrongCallError(str(error)) from None
        try:
            content, _, _ = await _asked(pool, Data(what, given, offset, limit, characters))
        except WrongCallError as error:
            if as_of is None:
                raise
            raise WrongCallError(f"{error}\n  this is as of {as_of}; without as_of later articles count, too") from None
        return json.loads(content)  # type: ignore[no-any-return]

    async def sparql(self, text: str) -> tuple[str, bytes, bool]:
        """Evaluate what somebody has written. Returns the kind of the answer, its JSON or Turtle, and whether it is
        cut. Raises WrongCallError.
        """
        serving = await self.serving()
        content, kind, cut = await _asked(serving.current.strangers, Sparql(text, v.NS, None, None, _FORMATS))
        return kind, content, cut

    async def validated(self, slug: str, content: str) -> dict[str, Any]:
        """Return what is found in a Turtle file (`server.validating`). Raises WrongCallError if it cannot be judged."""
        async with self._judging:
            try:
                return await validating.validated(
                    self.root, slug, content, self.limits.timeout, self.limits.memory + (1 << 30)
                )
            except ZonegraphError as error:
                raise WrongCallError(str(error)) from None


async def _asked(pool: Pool, question: Question) -> tuple[bytes, str, bool]:
    """Return the whole answer to a question, its kind, and whether it is cut. Raises WrongCallError if there is
    none.
    """
    try:
        async with pool.ask(question) as answer:
            pieces = [piece async for piece in answer]
            return b"".join([*pieces, answer.tail]), answer.kind, bool(answer.cut)
    except NotAnsweredError as error:
        raise WrongCallError(terminal.message(str(error))) from None
