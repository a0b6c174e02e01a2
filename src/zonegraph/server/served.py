"""What is served: a store on disk, and what the process that speaks HTTP needs to know of it without asking an engine.

A project's graph is opened, and built if need be, in a process of its own, so that a server goes on answering from the
graph that it has while the next one is built.
"""

from __future__ import annotations

import io
import json
import os
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import build, catalogue
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.errors import EngineError, UsageError, ZonegraphError
from zonegraph.project import sources
from zonegraph.rdf import record
from zonegraph.store.messages import receive, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NamedTuple

    class Served(NamedTuple):
        """A store to serve.

        Attributes: `folder`, of the store on disk; `digest`, which is another for another graph; `graphs`, the IRIs of
        its named graphs; `description`, what the store says of itself in its dataset graph, as N-Triples; `prefixes`
        that need no declaration beside those of all projects; `catalogue`, its saved queries as `catalogue.to_json`
        writes them; `root`, the folder of the project, None if it is of none; `rules`, the compiled ones as
        `record.written` writes them; `left_out`, the articles that a date leaves out, with the reason.
        """

        folder: str
        digest: str
        graphs: list[str]
        description: str
        prefixes: Mapping[str, str]
        catalogue: list[dict[str, Any]]
        root: str | None
        rules: Sequence[Any] = ()
        left_out: Sequence[tuple[str, str]] = ()

else:
    Served = namedtuple(
        "Served",
        "folder digest graphs description prefixes catalogue root rules left_out",
        defaults=((), ()),
    )

_ATTEMPTS = 5  # at a graph whose files change while it is built


def of_store(folder: str, digest: str) -> Served:
    """Return a store on disk as it is served. Raises OSError if it cannot be opened."""
    store = ox.Store.read_only(folder)
    graphs = sorted(str(graph.value) for graph in store.named_graphs())
    described = (q.triple for q in store.quads_for_pattern(None, None, None, ox.NamedNode(v.DATASET_GRAPH)))
    description = ox.serialize(described, format=ox.RdfFormat.N_TRIPLES) or b""
    return Served(folder, digest, graphs, description.decode(), {}, [], None)


def of_project(directory: str | None, private: str, as_of: str | None = None) -> Served:
    """Return the graph of a project as it is served, built if the cache does not have it.

    Parameters: `directory`, the project's folder, None for the usual one; `private`, a folder for the graph if nothing
    can be cached; `as_of`, an ISO day, from whose articles alone it is answered. Raises UsageError for files that
    cannot be read, EngineError if they do not stay the same for as long as it takes to build.
    """
    for _ in range(_ATTEMPTS):
        project = sources.find(directory)
        digest = build.key_of(build.digests_of(project))
        dataset = build.open_dataset(project, as_of=as_of)
        if dataset.location is not None:
            folder, digest = os.path.join(dataset.location, "store"), os.path.basename(dataset.location)
        elif build.key_of(build.digests_of(sources.find(directory))) == digest:
            digest = digest if as_of is None else f"{digest}-{as_of}"
            folder = os.path.join(private, digest)
            if not os.path.exists(folder):
                disk = ox.Store(folder)
                disk.bulk_extend(dataset.store.ox)
                disk.flush()
        else:
            continue
        return of_store(folder, digest)._replace(
            prefixes=dict(v.OWN),
            catalogue=catalogue.to_json(dataset.catalogue),
            root=project.root,
            rules=record.written(graphs.program(project)),
            left_out=dataset.left_out,
        )
    raise EngineError("the project's files change faster than its graph can be built")


def serve() -> None:
    """Open the project that a message on standard input names, and say on standard output what came of it."""
    message = receive(io.FileIO(0, closefd=False))
    if message is None:
        return
    directory, private, as_of = json.loads(message[1])
    out = io.FileIO(1, "w", closefd=False)
    try:
        send(out, "served", json.dumps(of_project(directory, private, as_of)._asdict()).encode())
    except ZonegraphError as error:
        kind = "UsageError" if isinstance(error, UsageError) else "EngineError"
        send(out, kind, json.dumps([error.problem, error.remedy]).encode())
