"""What a change is laid over: a copy of the built graph without its inferences in the merge, kept in the cache.

The copy is an entry of the cache like that of the graph itself, and stays when files of the project change; its record has the
digests of the files that it was made from. Whoever judges a change opens a copy of the copy, in which only RocksDB's tables, never
written again, are links, and puts into it what differs (docs/decisions/0055).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.build import cache
from zonegraph.closure.rules import placed
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.store import Bindings
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import constant

MERGE, INFERRED = ox.DefaultGraph(), ox.NamedNode(v.INFERRED_GRAPH)
_TABLE = ".sst"
_TYPED = constant(
    'SELECT DISTINCT ?value { GRAPH ?graph { ?s ?p ?value } FILTER(isLiteral(?value) && LANG(?value) = "" && DATATYPE(?value) != xsd:string) }'
)


class Base(NamedTuple):
    """What changes are laid over: where it lies in the cache, and the digest of each file that it was made from, by name."""

    location: str
    files: dict[str, str]


def base(
    project: Project, suits: Callable[[dict[str, str]], bool], sound: Callable[[ox.Literal], bool], *, paid: bool
) -> Base | None:
    """Return what a change of a project can be laid over: the newest there is, or one made from the project as it is.

    Parameters: `suits`, whether one made from files of these digests, by name, will do; `sound`, whether a literal is one:
    triples with others are left out; `paid`, whether the graph is built where the cache does not have it. Returns None if it does not, or
    can keep nothing.
    """
    for entry, files in cache.newest(project):
        if build.key_of(files) == os.path.basename(entry) and suits(files):
            made = _made(entry, sound)
            if made is not None:
                return Base(made, files)
    files = build.digests_of(project)
    current = build.location(project, paid=paid)
    made = None if current is None else _made(current, sound)
    if current is None or made is None:
        return None
    cache.keep_newest(project, current, files)
    return Base(made, files)


def _key(entry: str) -> str:
    return hashlib.sha256(f"{entry} stated".encode()).hexdigest()[:32]


def _made(entry: str, sound: Callable[[ox.Literal], bool]) -> str | None:
    """Return where the copy of an entry lies, made if need be; None if it cannot be kept."""
    location = os.path.join(os.path.dirname(entry), _key(os.path.basename(entry)))
    if os.path.isdir(location):
        return location
    if not cache.touch(entry):
        return None
    folder = os.path.join(entry, "store")
    with cache.drafted(location) as draft:
        store = os.path.join(draft, "store")
        shutil.copytree(folder, store, ignore=shutil.ignore_patterns("LOCK", "LOG*"))
        _strip(ox.Store(store), sound)
    return location if os.path.isdir(location) else None


def _strip(store: ox.Store, sound: Callable[[ox.Literal], bool]) -> None:
    """Take out of the merge what no file states, out of the graphs of files what is ill-formed, and what the build says itself."""
    for name in (v.DATASET_GRAPH, v.QUERIES_GRAPH, v.CERTAINTY_GRAPH):
        graph = ox.NamedNode(name)
        for quad in store.quads_for_pattern(None, None, None, graph) if v.in_merge(name) else ():
            store.remove(placed(quad.triple, INFERRED))
            store.remove(quad)
            withdraw(store, quad.triple)
        store.remove_graph(graph)
    for quad in list(store.quads_for_pattern(None, None, None, INFERRED)):
        withdraw(store, quad.triple)
    typed = EmbeddedStore(store).query(_TYPED)
    assert isinstance(typed, Bindings)
    for (value,) in typed.rows:
        if not sound(value):  # type: ignore[arg-type]
            for quad in list(store.quads_for_pattern(None, None, value, None)):
                store.remove(quad)
    store.flush()


def withdraw(store: ox.Store, triple: ox.Triple) -> bool:
    """Take a triple out of the merge unless a file states or restates it. Returns whether it is gone from there."""
    for quad in store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
        graph = quad.graph_name
        if isinstance(graph, ox.NamedNode) and is_merged(graph):
            return False
    store.remove(placed(triple, MERGE))
    return True


def is_merged(graph: ox.NamedNode) -> bool:
    """Return whether a graph is that of files which count in the merge."""
    return graph != INFERRED and v.in_merge(graph.value)


@contextlib.contextmanager
def opened(found: Base) -> Iterator[ox.Store | None]:
    """Open a copy that may be written, and that goes at the end; None if what it would be copied from is no more or damaged.

    In the copy RocksDB's tables are links, where the system has links; every other file is copied, so that nothing of the original is
    ever written. A link changes what `stat` says of a file, so that is recorded anew as long as nobody else may look.
    """
    folder = os.path.dirname(found.location)
    draft = None
    try:
        with cache.locked(found.location):
            draft = _copied(found.location, folder)
        store = None
        if draft is not None:
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                store = ox.Store(draft)
        yield store
        del store
    finally:
        if draft is not None:
            with cache.locked(found.location):
                cache.delete(draft)
                cache.record_links(found.location)


def _copied(location: str, folder: str) -> str | None:
    manifest_sound = cache.touch(location)
    if not manifest_sound:
        return None
    draft = cache.new_draft(folder)
    try:
        os.mkdir(draft)
        with os.scandir(os.path.join(location, "store")) as entries:
            for entry in entries:
                if entry.name != "LOCK":
                    _put(entry.path, os.path.join(draft, entry.name))
    except OSError:
        cache.delete(draft)
        return None
    cache.record_links(location)
    return draft


def _put(source: str, target: str) -> None:
    if source.endswith(_TABLE):
        with contextlib.suppress(OSError, NotImplementedError):  # no links here, or too many of one file
            os.link(source, target)
            return
    shutil.copyfile(source, target)


def put(store: ox.Store, triples: Iterable[ox.Triple], graph: str) -> None:
    """Add the triples of one file to its graph and to the merge."""
    name = ox.NamedNode(graph)
    store.extend(placed(triple, target) for triple in triples for target in (name, MERGE))


def take(store: ox.Store, graph: str) -> list[ox.Triple]:
    """Take a file's graph out. Returns the triples that nothing states any more, in the merge or elsewhere."""
    name = ox.NamedNode(graph)
    had = [quad.triple for quad in store.quads_for_pattern(None, None, None, name)]
    store.remove_graph(name)
    return [triple for triple in had if withdraw(store, triple)]


def differing(project: Project, found: Base) -> dict[str, bool]:
    """Return the files that differ from those of a base, each with whether the project has it now."""
    now = dict(build.digests_of(project))
    return {
        name: name in now for name in sorted(now.keys() | found.files.keys()) if now.get(name) != found.files.get(name)
    }


def graph_of(name: str) -> str:
    """Return the graph of an article's file of the project. Parameters: `name`, the file's, inside the project."""
    return v.ARTICLE_GRAPH + sources.slug(sources.SourceFile("", name, None))
