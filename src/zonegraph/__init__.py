"""zonegraph: a knowledge graph in which every answer leads back to a passage.

import zonegraph

graph = zonegraph.open()
for row in graph.query("SELECT ?article ?title { ?article zg:title ?title }"):
    print(row["article"], row["title"])
"""

from __future__ import annotations

from zonegraph.version import VERSION as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    import os

    from zonegraph.api import Graph

__all__ = ["__version__", "open"]


def open(
    project: str | os.PathLike[str] | None = None,
    endpoint: str | None = None,
    as_of: str | datetime.date | None = None,
) -> Graph:
    """Open a graph.

    Parameters: `project`, a project's folder; None means the current folder if it is a project, else the packaged one.
    `endpoint`, the address of a SPARQL service that holds the graph, asked instead of the embedded store. `as_of`, a date
    (YYYY-MM-DD): only the articles dated by then count, and what rests on them, as with `zonegraph query --as-of`.
    Returns a `Graph`, safe to share between threads. Raises UsageError if the folder is not a project, its files cannot be
    read, `as_of` is not a date, or both `endpoint` and `as_of` are given.
    """
    from zonegraph.api import Graph  # the command line imports this package and needs no more of it than that

    return Graph(project, endpoint, as_of)
