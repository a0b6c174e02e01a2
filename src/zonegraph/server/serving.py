"""What the server answers from: a graph with its workers, which may be put in the place of another while requests come in."""

from __future__ import annotations

import asyncio
from collections import Counter, namedtuple

from zonegraph.server.workers import process
from zonegraph.server.workers.pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple

    from zonegraph.server.limits import Limits
    from zonegraph.server.served import Served

    class Current(NamedTuple):
        """A graph that is served: `strangers` answers what anybody writes, `questions` the saved queries, if there are any."""

        served: Served
        strangers: Pool
        questions: Pool | None

else:
    Current = namedtuple("Current", "served strangers questions")

_PROGRAM = "zonegraph.server.workers.program"
_NICE = 10  # by how much strangers' queries give way to everything else


class Serving:
    """What is served now, and by which rules.

    Attributes: `current`, to be read once for each request, and asked before anything else is waited for; `counts`,
    what has happened, for whoever shows it; `log`, which takes what happened and its details.
    """

    def __init__(self, served: Served, limits: Limits, log: Callable[..., None]) -> None:
        self.limits, self.log = limits, log
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._served = served
        self._current: Current | None = None

    @property
    def current(self) -> Current:
        """What is served now; `open` must have been called."""
        assert self._current is not None
        return self._current

    async def open(self) -> None:
        """Start the workers. Raises EngineError if they cannot be started."""
        self._current = await self._workers(self._served)

    async def swap(self, served: Served) -> None:
        """Serve another graph once its workers are ready; requests under way are answered from the one before.

        Raises EngineError if its workers cannot be started; then nothing changes.
        """
        before, self._current = self.current, await self._workers(served)
        await _closed(before)

    async def close(self) -> None:
        """Answer what has been asked, and end the workers."""
        if self._current is not None:
            await _closed(self._current)

    def trusted(self, served: Served) -> Pool:
        """Return a pool that answers the saved queries of a graph; no worker is started yet."""
        limits = self.limits
        settings = {
            **self._settings(served),
            "in_memory": limits.in_memory,
            "catalogue": served.catalogue,
            "rules": served.rules,
            "left_out": served.left_out,
            # In memory a graph takes several times the room that it takes on disk.
            "memory": limits.memory + 8 * limits.in_memory,
            "nice": 0,
        }
        return self._pool("questions", settings)

    def _settings(self, served: Served) -> dict[str, object]:
        limits = self.limits
        return {
            "folder": served.folder,
            "in_memory": 0,
            "prefixes": served.prefixes,
            "catalogue": [],
            "rules": [],
            "left_out": [],
            "rows": limits.rows,
            "bytes": limits.bytes,
            "memory": limits.memory,
            "seconds": limits.timeout,
            "nice": _NICE,
        }

    async def _workers(self, served: Served) -> Current:
        strangers = self._pool("sparql", self._settings(served))
        questions = self.trusted(served) if served.catalogue else None
        opening = [pool for pool in (strangers, questions) if pool is not None]
        try:
            await asyncio.gather(*(pool.open() for pool in opening))
        except BaseException:
            await asyncio.gather(*(pool.close() for pool in opening))
            raise
        return Current(served, strangers, questions)

    def _pool(self, name: str, settings: dict[str, object]) -> Pool:
        limits = self.limits
        return Pool(
            lambda: process.start(_PROGRAM, settings),
            name=name,
            busy=limits.workers,
            queue=limits.queue,
            share=limits.share,
            seconds=limits.timeout,
            counts=self.counts,
            log=self.log,
        )


async def _closed(current: Current) -> None:
    await asyncio.gather(*(pool.close() for pool in (current.strangers, current.questions) if pool is not None))
