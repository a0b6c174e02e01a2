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
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import build, evidence
from zonegraph import vocabulary as v
from zonegraph.build import cache
from zonegraph.closure import UnboundedError
from zonegraph.closure.rules import placed
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.store import Bindings
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import constant
from zonegraph.terms import TYPE

MERGE, INFERRED = ox.DefaultGraph(), ox.NamedNode(v.INFERRED_GRAPH)
_TRIES, _PAUSE = 20, 0.02  # seconds between two of them
SHARED = ox.NamedNode(v.GRAPH + "shared")  # what each article sees of other files: ontology and reference data
EVIDENCE, SOURCE = ox.NamedNode(v.ZG + "Evidence"), ox.NamedNode(v.ZG + "source")
_TABLE = ".sst"
_FORMAT = 5  # of the copy; a change of it makes old ones unused
_TYPED = constant(
    'SELECT DISTINCT ?value { GRAPH ?graph { ?s ?p ?value } FILTER(isLiteral(?value) && LANG(?value) = "" && DATATYPE(?value) != xsd:string) }'
)


class Base(NamedTuple):
    """What changes are laid over: where it lies in the cache, and the digest of each file that it was made from, by name."""

    location: str
    files: dict[str, str]


def base(project: Project, against: Callable[[Base], str], sound: Callable[[ox.Literal], bool], *, paid: bool) -> Base:
    """Return what a change of a project can be laid over: the newest there is, or one made from the project as it is.

    Parameters: `against`, which says why one will not do, or nothing; `sound`, whether a literal is one: triples with others are left
    out; `paid`, whether the graph is built where the cache has none of the project. Raises UnboundedError if there is nothing.
    """
    reason = ""
    for entry, files in cache.newest(project):
        if build.key_of(files) == os.path.basename(entry):
            found = Base(_place(entry), files)
            reason = against(found)
            if not reason and _made(entry, sound):
                return found
    files = build.digests_of(project)
    current = build.location(project, paid=paid and not reason)
    if current is None or not _made(current, sound):
        raise UnboundedError(reason or "the graph is not in the cache")
    cache.keep_newest(project, current, files)
    return Base(_place(current), files)


def _place(entry: str) -> str:
    """Return where the copy of an entry lies."""
    key = hashlib.sha256(f"{os.path.basename(entry)} {_FORMAT}".encode()).hexdigest()[:32]
    return os.path.join(os.path.dirname(entry), key)


def _made(entry: str, sound: Callable[[ox.Literal], bool]) -> bool:
    """Return whether the copy of an entry is there, made if need be."""
    location = _place(entry)
    if not os.path.isdir(location) and cache.touch(entry):
        with cache.drafted(location) as draft:
            store = os.path.join(draft, "store")
            shutil.copytree(os.path.join(entry, "store"), store, ignore=_unrecorded)
            _strip(ox.Store(store), sound)
            # As it is opened once more, the log goes of all that was taken out, which each copy would have.
            ox.Store(store)
    return os.path.isdir(location)


def _unrecorded(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if cache.UNRECORDED.fullmatch(name)]


def _strip(store: ox.Store, sound: Callable[[ox.Literal], bool]) -> None:
    """Take out of the merge what no file states, out of the graphs of files what is ill-formed, and what the build says itself."""
    for name in (v.DATASET_GRAPH, v.QUERIES_GRAPH, v.CERTAINTY_GRAPH):
        graph = ox.NamedNode(name)
        for quad in store.quads_for_pattern(None, None, None, graph) if v.in_merge(name) else ():
            store.remove(placed(quad.triple, INFERRED))
            store.remove(quad)
            withdraw(store, quad.triple)
        store.remove_graph(graph)
    # What evidence gets besides its article's words would make its nodes differ at each change.
    evidence_besides = [
        *store.quads_for_pattern(None, TYPE, EVIDENCE, None),
        *store.quads_for_pattern(None, SOURCE, None, None),
    ]
    for quad in evidence_besides:
        if is_besides(quad.triple):
            store.remove(quad)
    for quad in list(store.quads_for_pattern(None, None, None, INFERRED)):
        if _is_named_evidence(quad.subject):
            store.remove(quad)
        withdraw(store, quad.triple)
    typed = EmbeddedStore(store).query(_TYPED)
    assert isinstance(typed, Bindings)
    for (value,) in typed.rows:
        if not sound(value):  # type: ignore[arg-type]
            for quad in list(store.quads_for_pattern(None, None, value, None)):
                store.remove(quad)
    for shared in list(store.named_graphs()):
        if isinstance(shared, ox.NamedNode) and shared.value.startswith((v.REFERENCE_GRAPH, v.ONTOLOGY_GRAPH)):
            triples = [quad.triple for quad in store.quads_for_pattern(None, None, None, shared)]
            store.extend(placed(triple, SHARED) for triple in triples)
    store.flush()
    store.optimize()  # nothing is left to do in the background, which would need files while a command lets none be opened


def _is_named_evidence(node: object) -> bool:
    return isinstance(node, ox.NamedNode) and node.value.startswith(f"{v.ZGD}evidence-")


def is_besides(triple: ox.Triple) -> bool:
    """Return whether a triple is one that evidence gets besides its article's words."""
    return _is_named_evidence(triple.subject) and (triple.object == EVIDENCE or triple.predicate == SOURCE)


def besides(article: str) -> ox.Triple:
    """Return what the build adds to an article's graph, without which the inferences of its article node are drawn anew."""
    return ox.Triple(ox.NamedNode(f"{v.ZGD}evidence-{article}"), SOURCE, ox.NamedNode(evidence.article_iri(article)))


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
    return graph not in (INFERRED, SHARED) and v.in_merge(graph.value)


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
                for _ in range(_TRIES):  # whoever asked still holds the store, which may just be writing a file
                    cache.delete(draft)
                    if not os.path.lexists(draft):
                        break
                    time.sleep(_PAUSE)
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
                if not cache.UNRECORDED.fullmatch(entry.name):  # of these nobody knows what they are
                    _link_or_copy(entry.path, os.path.join(draft, entry.name))
    except OSError:
        cache.delete(draft)
        return None
    cache.record_links(location)
    return draft


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith(_TABLE):
        with contextlib.suppress(OSError, NotImplementedError):  # no links here, or too many of one file
            os.link(source, target)
            return
    shutil.copyfile(source, target)


def put(store: ox.Store, triples: Iterable[ox.Triple], graph: str) -> None:
    """Add triples to the graph of one file and to the merge, as far as they are not there."""
    name = ox.NamedNode(graph)
    new = [triple for triple in dict.fromkeys(triples) if placed(triple, name) not in store]
    store.extend(placed(triple, target) for triple in new for target in (name, MERGE))


def take(store: ox.Store, triples: Iterable[ox.Triple], graph: str) -> None:
    """Take triples out of the graph of one file, and out of the merge what no other states."""
    name = ox.NamedNode(graph)
    for triple in triples:
        store.remove(placed(triple, name))
        withdraw(store, triple)


def differing(project: Project, found: Base) -> dict[str, bool]:
    """Return the files that differ from those of a base, each with whether the project has it now."""
    now = dict(build.digests_of(project))
    return {
        name: name in now for name in sorted(now.keys() | found.files.keys()) if now.get(name) != found.files.get(name)
    }


def graph_of(name: str) -> str:
    """Return the graph of an article's file of the project. Parameters: `name`, the file's, inside the project."""
    return v.ARTICLE_GRAPH + sources.slug(sources.SourceFile("", name, None))
