"""zonegraph: China's AI pilot zones as a knowledge graph in which every answer leads back to a passage.

import zonegraph

graph = zonegraph.open()
for row in graph.query("cities-of-both-ministries"):
    print(row["city"], row["zone"], row["certainty"])
"""

from __future__ import annotations

from zonegraph.version import VERSION as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from zonegraph.graph import Graph

__all__ = ["__version__", "open"]


def open(project: str | os.PathLike[str] | None = None, endpoint: str | None = None) -> Graph:
    """Open a graph.

    Parameters: `project`, a project's folder; None means the current folder if it is a project, else the packaged one.
    `endpoint`, the address of a SPARQL service that holds the graph, asked instead of the embedded store.
    Returns a `Graph`, safe to share between threads. Raises UsageError if the folder is no project, or its files cannot
    be read.
    """
    from zonegraph.graph import Graph  # the command line imports this package and needs no more of it than that

    return Graph(project, endpoint)
