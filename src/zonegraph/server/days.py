"""The graph as of a day: built beside, with workers of its own, and kept for the next question about that day."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from zonegraph.server import opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.server.serving import Serving
    from zonegraph.server.workers.pool import Pool

_KEPT = 2  # graphs as of days that are kept besides the whole one


class Days:
    """Graphs as of days, of what is served now. Those that were asked last are kept."""

    def __init__(self, serving: Serving, private: str) -> None:
        """Parameters: `private`, a folder for graphs that cannot be cached."""
        self._serving, self._private = serving, private
        self._pools: OrderedDict[tuple[str, str], Pool] = OrderedDict()
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def pool(self, day: str) -> Pool:
        """Return what answers questions as of an ISO day. Raises UsageError or EngineError if there is no such
        graph.
        """
        async with self._opening:
            served = self._serving.current.served
            key = (served.digest, day)
            if key not in self._pools:
                of_day = await opening.opened(
                    served.root, self._private, lambda said: self._serving.log("build said", said=said), day
                )
                pool = self._serving.trusted(of_day)
                try:
                    await pool.open()
                except BaseException:
                    await pool.close()
                    raise
                self._pools[key] = pool
            self._pools.move_to_end(key)
            while len(self._pools) > _KEPT:
                closing = asyncio.create_task(self._pools.popitem(last=False)[1].close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
            return self._pools[key]

    async def close(self) -> None:
        """Answer what has been asked, and end the workers."""
        await asyncio.gather(*self._closing, *(pool.close() for pool in self._pools.values()))
