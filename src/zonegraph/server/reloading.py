"""Serving a project anew when its files change: the new graph is built beside the old one, and then takes its place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import traceback

from zonegraph.errors import ZonegraphError
from zonegraph.server import opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from zonegraph.server.serving import Serving

    Signature: TypeAlias = list[tuple[str, int, int, int]]

EVERY = 1.0  # seconds between two looks; files that still change at the second are looked at once more
_FOLDERS = ("ontology", "data", "queries")  # what a graph is built from
_EXTENSIONS = (".ttl", ".rq")
_RETRY = 60  # looks after which a graph that could not be built is tried again, though no file has changed
_IN_USE = 600  # looks after which the cache is told that its entry is still in use


async def watch(serving: Serving, private: str) -> None:
    """Look after a project's files for ever, and have it served anew when they have changed.

    Parameters: `private`, a folder for graphs that cannot be cached. A graph that cannot be built is said in the log,
    and the one before is served on.
    """
    root = serving.current.served.root
    assert root is not None
    built = seen = await asyncio.to_thread(signature, root)
    looks = failed = 0
    while True:
        await asyncio.sleep(EVERY)
        looks += 1
        if looks % _IN_USE == 0:
            with contextlib.suppress(OSError):
                os.utime(os.path.dirname(serving.current.served.folder))
        before, seen = seen, await asyncio.to_thread(signature, root)
        again = failed and looks - failed >= _RETRY
        # The folder is gone if somebody has cleared the cache: the workers go on, but none can be started in their place.
        lost = not os.path.isdir(serving.current.served.folder) and not failed
        if seen != before or (seen == built and not again and not lost):
            continue
        built, failed = seen, 0
        try:
            served = await opening.opened(root, private, lambda said: serving.log("build said", said=said))
            if served.digest != serving.current.served.digest or lost:
                await serving.swap(served)
                serving.counts["reload", "done"] += 1
                serving.log("reloaded", digest=served.digest)
        except Exception as error:  # whatever it is, the graph before is served on, and the next change is looked at
            failed = looks
            serving.counts["reload", "failed"] += 1
            reason = str(error) if isinstance(error, ZonegraphError) else traceback.format_exc()
            serving.log("not reloaded", reason=reason)


def signature(root: str) -> Signature:
    """Return what tells the files of a project from what they were: each one's path, size, time of change and number."""
    found = []
    for folder in _FOLDERS:
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith(_EXTENSIONS):
                    with contextlib.suppress(OSError):  # it has gone since
                        stat = os.stat(os.path.join(path, name))
                        found.append((os.path.join(path, name), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return sorted(found)
