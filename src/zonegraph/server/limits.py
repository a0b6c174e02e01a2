"""What a request may cost. Each limit but that on a body is an option of `zonegraph serve`, and each but `in_memory` stands in the service description."""

from __future__ import annotations

import os
from collections import namedtuple

from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple

    class Limits(NamedTuple):
        """What a request may cost.

        Attributes: `timeout`, the seconds that a query may take, planning and sending included, and that a request may
        wait for its turn; `memory`, the bytes of address space of a process that evaluates queries; `rows`, rows or
        triples of an answer; `bytes` of an answer; `body`, bytes of a request; `workers`, how many queries of strangers
        are evaluated at once; `queue`, how many requests may wait for their turn; `share`, how many of one client's
        requests may wait or be answered; `in_memory`, the bytes on disk up to which those who answer saved questions
        hold the graph in memory.
        """

        timeout: float = 30.0
        memory: int = 1 << 30
        rows: int = 1_000_000
        bytes: int = 100_000_000
        body: int = 1_000_000
        workers: int = 1
        queue: int = 128
        share: int = 64
        in_memory: int = 200_000_000

else:
    Limits = namedtuple(
        "Limits",
        "timeout memory rows bytes body workers queue share in_memory",
        defaults=(30.0, 1 << 30, 1_000_000, 100_000_000, 1_000_000, 1, 128, 64, 200_000_000),
    )


LEAST_MEMORY = 700_000_000  # bytes of address space, of which a worker takes 380 to 600 MB at rest


def chosen(given: Mapping[str, Any]) -> Limits:
    """Return the limits that somebody has chosen, and of others the usual ones: one processor less than there are is kept busy.

    Parameters: `given`, values by name, None for the usual one. Raises UsageError for less memory than a process can start with.
    """
    memory = given.get("memory")
    if memory is not None and memory < LEAST_MEMORY:
        raise UsageError(
            f"--memory {memory}: a process that evaluates queries takes up to {LEAST_MEMORY // 10**6} MB of address space before its first query",
            "allow more",
        )
    return Limits(workers=max(1, (os.cpu_count() or 1) - 1))._replace(
        **{name: value for name, value in given.items() if value is not None}
    )
