"""The build: a project's files become one store of named graphs, their merge, and what follows from it.

The built store is kept in the cache under a digest of everything it was made from, so a command that finds it there
opens it without reading a single source file.
"""

from __future__ import annotations

import hashlib
import json
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue as saved
from zonegraph import vocabulary as v
from zonegraph.build import cache
from zonegraph.errors import UsageError, say
from zonegraph.project import sources
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple, TypeAlias

    from zonegraph.catalogue import SavedQuery
    from zonegraph.project.sources import Project

    Digests: TypeAlias = list[tuple[str, str]]

    class Dataset(NamedTuple):
        """A built graph: its store, its saved queries, and where it lies in the cache (None: in memory only).

        `left_out` names the articles that an as-of date leaves out, with the reason, as (slug, reason).
        """

        project: Project
        store: EmbeddedStore
        catalogue: dict[str, SavedQuery]
        location: str | None
        left_out: list[tuple[str, str]]

else:
    Dataset = namedtuple("Dataset", "project store catalogue location left_out")

REASONERS = ("compiled", "owlrl")
_FORMAT = 5  # of the cache's folders, and of what the guard lets into them; a change of it makes old ones unused


def open_dataset(project: Project, *, as_of: str | None = None, reasoner: str = "compiled") -> Dataset:
    """Open a project's graph, from the cache if it is there and current, else by building it.

    Parameters: `as_of`, an ISO date: only the articles dated by then count, and what rests on them; `reasoner`,
    "compiled" or "owlrl". Returns the dataset. Raises UsageError for a source file that cannot be read or parsed.
    """
    kept: set[str] | None = None
    left_out: list[tuple[str, str]] = []
    files = _digests(project)
    if as_of is not None:
        from zonegraph.build import days

        kept, left_out = days.counted_by(_days(project, files), as_of)
    key = _key(files, kept, reasoner)

    def built() -> tuple[EmbeddedStore, dict[str, SavedQuery], str | None]:
        store, catalogue = build(project, kept, reasoner)
        # A file that has changed since would be kept under the digest of what it was.
        current = _digests(project) == files
        kept_at = cache.keep(key, store.ox, saved.to_json(catalogue)) if current else None
        if kept_at is not None and kept is None and reasoner == "compiled":
            cache.keep_newest(project, kept_at, dict(files))
        return store, catalogue, kept_at

    def opened(location: str) -> Dataset | None:
        known = cache.open_store(location)
        if known is None:
            return None

        def rebuilt() -> ox.Store | None:
            if cache.is_sound(location):  # the engine failed for another reason
                return None
            if not cache.discard(location):
                say(str(cache.undeletable(location, "damage found while reading")))
                return build(project, kept, reasoner)[0].ox
            store, _, kept_at = built()
            say("the cached graph was damaged; it has been rebuilt")
            again = None if kept_at is None else cache.open_store(kept_at)
            return store.ox if again is None else again[0]

        store, catalogue = known
        return Dataset(project, EmbeddedStore(store, rebuild=rebuilt), saved.from_json(catalogue), location, left_out)

    for place in cache.places(key):
        dataset = opened(place)
        if dataset is not None:
            cache.say_if_elsewhere(place)
            return dataset
    say("building the graph ...")
    store, catalogue, kept_at = built()
    return (None if kept_at is None else opened(kept_at)) or Dataset(project, store, catalogue, None, left_out)


def cached(project: Project, reasoner: str = "compiled") -> EmbeddedStore | None:
    """Return the store of a project's whole graph as it is in the cache; None if it would have to be built."""
    key = _key(_digests(project), None, reasoner)
    known = next(filter(None, map(cache.open_store, cache.places(key))), None)
    return None if known is None else EmbeddedStore(known[0])


def digests_of(project: Project) -> dict[str, str]:
    """Return the digest of each file that a built store depends on, by name."""
    return dict(_digests(project))


def key_of(files: dict[str, str]) -> str:
    """Return the key of the whole graph of files of these digests, by name, as this program builds it."""
    return _key(sorted(files.items()), None, "compiled")


def location(project: Project, *, paid: bool) -> str | None:
    """Return where the cache has a project's whole graph; None if it is nowhere. Parameters: `paid`, whether it is built if need be."""
    for place in cache.places(_key(_digests(project), None, "compiled")):
        if cache.open_store(place) is not None:
            return place
    return open_dataset(project).location if paid else None


def verify(project: Project) -> cache.Verified | None:
    """Digest every file of the cached graph in use; see `cache.verify`. Returns None if the graph is not in the cache."""
    key = _key(_digests(project), None, "compiled")
    found = (cache.verify(place) for place in cache.places(key))
    return next((verified for verified in found if verified is not None), None)


def _days(project: Project, files: Digests) -> dict[str, tuple[str, str]]:
    """Return what `days.of_project` does, from the cache if it has it."""
    key = _key(files, None, "compiled")
    known = cache.known_days(project, key)
    if known is None:
        from zonegraph.build import days

        known = days.of_project(project)
        if _digests(project) == files:
            cache.keep_days(project, key, known)
    return known


def _digests(project: Project) -> Digests:
    """Return the name and the digest of each file that a built store depends on."""
    files = cache.digests(project, sources.built_files(project), cache.writable())
    return sorted((name, str(entry[1])) for name, entry in files.items())


def _key(files: Digests, kept: set[str] | None, reasoner: str) -> str:
    """Return the digest of all that a built store depends on, under which the cache keeps it."""
    fingerprint = {
        "format": _FORMAT,
        "version": VERSION,
        "engine": ox.__version__,
        "reasoner": reasoner,
        "kept": None if kept is None else sorted(kept),
        "files": files,
    }
    return hashlib.sha256(json.dumps(fingerprint).encode()).hexdigest()[:32]


def build(
    project: Project, kept: set[str] | None = None, reasoner: str = "compiled"
) -> tuple[EmbeddedStore, dict[str, SavedQuery]]:
    """Build a project's store in memory.

    Parameters: `kept`, the slugs of the articles that count, None for all; `reasoner`, as in `open_dataset`.
    Returns the store (named graphs, each article's with what it restates; the merge as default graph; inferences in a graph
    and in the merge; in another graph the certainty of what no source states plainly) and the saved queries.
    """
    from zonegraph import closure
    from zonegraph.build import certainty, description, graphs

    catalogue = graphs.saved_queries(project)
    store = EmbeddedStore(ox.Store())

    def add(triples: Iterable[ox.Triple], *targets: ox.NamedNode | ox.DefaultGraph) -> None:
        for target in targets:
            store.ox.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, target) for t in triples)

    merge, inferred = ox.DefaultGraph(), ox.NamedNode(v.INFERRED_GRAPH)
    compiled = graphs.program(project)
    asserted, restated, ranks = graphs.asserted_graphs(project, kept, catalogue, compiled)
    merged: dict[int, list[ox.Triple]] = {}
    for graph, triples in asserted:
        triples = [*triples, *restated.get(graph, ())]
        add(triples, ox.NamedNode(graph))
        for triple in triples if v.in_merge(graph) else ():
            merged.setdefault(ranks.get(graph, {}).get(triple, 0), []).append(triple)
    drawn = EmbeddedStore(ox.Store()) if reasoner == "owlrl" else store
    try:
        ranks[v.MERGE_GRAPH] = closure.materialize_ranked(compiled, drawn, merged)
    except closure.TooManyNamesError as error:
        raise UsageError(f"{_place(project, error.stated)}{error.problem}", error.remedy) from None
    if reasoner == "owlrl":
        from zonegraph.closure import reference

        for triples in merged.values():
            add(triples, merge)
        reference.materialize_reference(compiled, store, inferred)
    for triples in restated.values():
        add(triples, inferred)
    unsure = list(certainty.described(ranks, certainty.scale(dict(asserted).get(v.ONTOLOGY_GRAPH, []))))
    add(unsure, ox.NamedNode(v.CERTAINTY_GRAPH))
    for graph, count in ((v.INFERRED_GRAPH, _size(store, inferred)), (v.CERTAINTY_GRAPH, len(unsure))):
        add(description.describe_built(graph, count), ox.NamedNode(v.DATASET_GRAPH), merge)
    return store, catalogue


def _size(store: EmbeddedStore, graph: ox.NamedNode) -> int:
    return sum(1 for _ in store.ox.quads_for_pattern(None, None, None, graph))


def _place(project: Project, stated: ox.Triple) -> str:
    """Return the first file that states a triple, with the line, for the beginning of a message; empty if none does."""
    from zonegraph.rdf import turtle

    for file in sources.graph_files(project):
        if stated in turtle.parse(file.path):
            region = turtle.read(file.path).objects.get(tuple(stated))
            return f"{file.path}:{region.line}: " if region else f"{file.path}: "
    return ""
