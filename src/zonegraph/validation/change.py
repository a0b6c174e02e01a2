"""A change judged at the price of the change: one article's file, laid over the project as the cache has it.

What the whole run reads anew, the files around the one that is judged, stands here in a copy of the built graph (`build.overlay`).
Rules about one file see of the reference data what its terms lead to; those over the merge are asked of its nodes alone; shapes
look things up as they reach them; what follows is drawn from what is new. What cannot be bounded so is left to the whole run.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import closure
from zonegraph import vocabulary as v
from zonegraph.build import cache, graphs, overlay
from zonegraph.closure import UnboundedError
from zonegraph.closure.rules import SAME_AS
from zonegraph.project import sources
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.validation import checks, reach, reading, rules
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.files import Given
from zonegraph.validation.reading.lexicon import Lexicon

MOST_FILES = 20  # that differ from those of the graph in the cache
MOST_TRIPLES = 20_000  # that are looked up around a file, or follow from what has changed
_NOT_KEPT = "the graph is not in the cache"
_SHARED = ("ontology/", "data/reference/")
_FREE = ("data/articles/", "data/review/", "queries/")  # files of which nothing that is kept of the others depends


class Laid(NamedTuple):
    """A project's graph as the cache has it, in a copy that a change is laid over.

    `files` are those that differ from what it was made from, by their graph, None for one that is gone; `shared` has the digest of each
    that all articles see, ontology and reference data, by name.
    """

    project: sources.Project
    store: ox.Store
    files: dict[str, sources.SourceFile | None]
    shared: dict[str, str]


def article(project: sources.Project, given: list[Given]) -> sources.SourceFile | None:
    """Return the file of the project that is to be judged, if that is one article and nothing else."""
    if len(given) != 1 or given[0].kind != ARTICLE or given[0].content is not None:
        return None
    path = os.path.realpath(given[0].path)
    return next((file for file in project.articles if os.path.realpath(file.path) == path), None)


@contextlib.contextmanager
def laid_over(project: sources.Project, judged: sources.SourceFile, *, paid: bool) -> Iterator[Laid]:
    """Give the graph in the cache to lay a change over. Raises UnboundedError, which says why the whole run is needed.

    Parameters: `judged`, the article's file that has been added or changed; `paid`, whether the graph is built where the cache does not
    have it.
    """
    base = overlay.base(
        project, lambda files: _free(overlay.differing(project, overlay.Base("", files))), checks.well_formed, paid=paid
    )
    if base is None:
        raise UnboundedError(_NOT_KEPT)
    differing = overlay.differing(project, base)
    if not _free(differing):
        raise UnboundedError(
            f"{next(n for n in differing if not n.startswith(_FREE))} has changed since the graph was built"
        )
    articles = {file.name: file for file in project.articles}
    changed = {overlay.graph_of(n): articles.get(n) for n in differing if n.startswith(_FREE[0])}
    changed[str(judged.graph)] = judged
    with overlay.opened(base) as store:
        if store is None:
            raise UnboundedError("the graph in the cache was damaged")
        if next(store.quads_for_pattern(None, SAME_AS, None, None), None) is not None:
            raise UnboundedError("the project states that things are the same, by owl:sameAs")
        shared = {name: digest for name, digest in base.files.items() if name.startswith(_SHARED)}
        yield Laid(project, store, changed, shared)


def _free(differing: Iterable[str]) -> bool:
    """Return whether files may differ from those of the graph in the cache without a change of anything that is kept of the others."""
    names = list(differing)
    return len(names) <= MOST_FILES and all(name.startswith(_FREE) for name in names)


# ---------------------------------------------------------------- what rules are asked of


class Data(rules.Data):
    """A file judged, with as much of the reference data as its terms lead to, and the merge of all files with it."""

    def __init__(self, laid: Laid, ontology: Iterable[ox.Triple], file: File, program: closure.Program) -> None:
        """Lay a file over the graph in the cache. Raises UnboundedError."""
        super().__init__()
        self.laid, self.program = laid, program
        self.over = EmbeddedStore(laid.store)
        self.closed = EmbeddedStore(laid.store, merge=(overlay.MERGE, overlay.INFERRED))
        graph = self.graph_for(ARTICLE, checks.slug(file))
        self.files[graph] = file
        super().add(file.source.graph, graph, merged=False)
        super().add(ontology, v.ONTOLOGY_GRAPH, merged=False)
        self._seen: set[Any] = set()  # the terms of which the reference data are at hand
        self._given: dict[ox.Triple, None] = {}  # all that the file says and restates, as it is named here
        self._gone = self._exchange(graph)
        super().add((), graph, merged=False)
        self._put(file.source.graph, graph)

    def add(self, triples: Iterable[ox.Triple], graph: str | None, *, merged: bool) -> None:
        """Add triples of the file judged; see `rules.Data.add`."""
        triples = list(triples)
        super().add(triples, graph, merged=False)
        if merged and graph is not None:
            self._put(triples, graph)

    def described(self, file: File) -> set[checks.Node]:
        """Return the things that a file and its context describe."""
        small, self.store = self.store, self.over
        try:
            return super().described(file)
        finally:
            self.store = small

    def is_own(self, triple: ox.Triple) -> bool:
        """Return whether a triple is about a node of the file that has a name only here."""
        return any(isinstance(t, ox.NamedNode) and t.value in self._nameless for t in (triple.subject, triple.object))

    def clashes(self) -> list[closure.Clash]:
        """Return the contradictions in which something that the file says has a part. Raises UnboundedError."""
        closure.withdraw(self.program, self.closed, self._gone)
        given = list(self._given)
        drawn = closure.follows(self.program, self.closed, given, MOST_TRIPLES)
        return closure.clashes_with(self.program, self.closed, [*given, *drawn])

    def _put(self, triples: Iterable[ox.Triple], graph: str) -> None:
        names = self._named.get(graph, {})
        named = [ox.Triple(names.get(s, s), p, names.get(o, o)) for s, p, o in triples]
        overlay.put(self.laid.store, named, graph)
        # As the store gives them back: it keeps a number, not how it is written.
        self._given = dict.fromkeys(
            q.triple for q in self.laid.store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        )
        self.focus = {triple.subject for triple in self._given}  # type: ignore[misc]
        self._see(term for triple in self._given for term in triple)

    def _see(self, terms: Iterable[Any]) -> None:
        """Let rules see what reference data say of terms and of all that this leads to. Raises UnboundedError."""
        pending = [term for term in dict.fromkeys(terms) if term not in self._seen]
        self._seen.update(pending)
        while pending:
            node = pending.pop()
            if isinstance(node, ox.Literal):
                continue
            for quad in self.laid.store.quads_for_pattern(node, None, None, None):
                if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value.startswith(v.REFERENCE_GRAPH):
                    self.store.ox.add(quad)
                    if quad.object not in self._seen:
                        self._seen.add(quad.object)
                        pending.append(quad.object)
            if len(self._seen) > MOST_TRIPLES:
                raise UnboundedError(f"the file leads to more than {MOST_TRIPLES:,} things of the reference data")

    def _exchange(self, graph: str) -> list[ox.Triple]:
        """Exchange the graphs that differ, but for that of the file judged, which only goes.

        Returns what is in the merge no more, with all that rested on it.
        """
        store, new = self.laid.store, dict[str, list[ox.Triple]]()
        for name, file in self.laid.files.items():
            if file is not None and name != graph:
                loaded = [t for t in graphs.load(file) if checks.well_formed(t.object) and not checks.is_axiom(t)]
                new[name] = [*loaded, *closure.restate(self.program, {name: loaded}).triples.get(name, [])]
        staying = {t for triples in new.values() for t in triples}
        own = (q.triple for q in self.store.ox.quads_for_pattern(None, None, None, ox.NamedNode(graph)))
        staying.update(own)
        had = [
            quad.triple
            for name in self.laid.files
            for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(name))
        ]
        gone = [t for t in dict.fromkeys(had) if t not in staying and not self._is_stated_elsewhere(t)]
        gone += closure.follows(self.program, self.closed, gone, MOST_TRIPLES)
        for name in self.laid.files:
            overlay.take(store, name)
        for name, triples in new.items():
            overlay.put(store, triples, name)
            closure.follows(self.program, self.closed, triples, MOST_TRIPLES)
        return gone

    def _is_stated_elsewhere(self, triple: ox.Triple) -> bool:
        s, p, o = triple
        found = (quad.graph_name for quad in self.laid.store.quads_for_pattern(s, p, o, None))
        return any(
            isinstance(graph, ox.NamedNode) and overlay.is_merged(graph) and graph.value not in self.laid.files
            for graph in found
        )


# ---------------------------------------------------------------- what shapes look at


class Surroundings(reach.Surroundings):
    """Triples in the graph in the cache, looked up as they are reached, and others beside them."""

    def __init__(self, ways: reach.Ways, data: Data, *, merged: bool) -> None:
        """Parameters: `merged`, whether the triples are those of the merge, or else of reference data and ontology alone."""
        super().__init__(ways)
        self._data, self._store, self._merged = data, data.laid.store, merged
        self._looked_up = 0
        self._held = functools.cache(self._of)
        self._is_held = functools.cache(self._has_property)

    def has(self, triple: ox.Triple) -> bool:
        """Return whether a triple is among these."""
        return super().has(triple) or (
            not isinstance(triple.subject, ox.BlankNode)
            and not isinstance(triple.object, ox.BlankNode)
            and any(self._held(triple.subject, triple.predicate, triple.object))
        )

    def about(self, node: Any) -> Iterable[ox.Triple]:
        """Return the triples about a node."""
        if isinstance(node, (ox.Literal, ox.BlankNode)):
            return super().about(node)
        return dict.fromkeys((*super().about(node), *self._held(node, None, None)))

    def into(self, node: Any, property: str) -> Iterable[ox.Triple]:
        """Return the triples that lead to a node by a property that is followed backward."""
        there = not isinstance(node, ox.BlankNode) and self._is_held(property)
        held = self._held(None, ox.NamedNode(property), node) if there else ()
        return dict.fromkeys((*super().into(node, property), *held))

    def having(self, property: str) -> Iterable[ox.Triple]:
        """Return the triples of a property of which any may matter."""
        return dict.fromkeys((*super().having(property), *self._held(None, ox.NamedNode(property), None)))

    def everything(self) -> Iterable[ox.Triple]:
        """Raise UnboundedError: a shape of which nobody knows how far it looks may look at all that there is."""
        raise UnboundedError("nobody knows how far a shape looks")

    def _has_property(self, property: str) -> bool:
        graphs = (overlay.MERGE,) if self._merged else self._graphs
        quads = (self._store.quads_for_pattern(None, ox.NamedNode(property), None, graph) for graph in graphs)
        return any(next(found, None) is not None for found in quads)

    def _of(self, s: Any, p: Any, o: Any) -> tuple[ox.Triple, ...]:
        if self._merged:
            quads = self._store.quads_for_pattern(s, p, o, overlay.MERGE)
            found = [quad.triple for quad in quads if not self._data.is_own(quad.triple)]
        elif s is None and o is None:
            found = [q.triple for graph in self._graphs for q in self._store.quads_for_pattern(s, p, o, graph)]
        else:
            quads = self._store.quads_for_pattern(s, p, o, None)
            found = [quad.triple for quad in quads if _is_shared(quad.graph_name)]
        self._looked_up += len(found)
        if self._looked_up > MOST_TRIPLES:
            raise UnboundedError(f"shapes look at more than {MOST_TRIPLES:,} triples around the file")
        return tuple(dict.fromkeys(found))

    @functools.cached_property
    def _graphs(self) -> list[ox.NamedNode]:
        return [graph for graph in self._store.named_graphs() if isinstance(graph, ox.NamedNode) and _is_shared(graph)]


def _is_shared(graph: object) -> bool:
    """Return whether each article sees a graph: that of the ontology, or reference data."""
    return isinstance(graph, ox.NamedNode) and (
        graph.value == v.ONTOLOGY_GRAPH or graph.value.startswith(v.REFERENCE_GRAPH)
    )


def named(laid: Laid, ontology: Iterable[ox.Triple], words: Lexicon) -> reading.Known:
    """Return what ontology and reference data say of things and their names, from the cache if it has it."""

    def triples() -> Iterator[ox.Triple]:
        yield from ontology
        for graph in laid.store.named_graphs():
            if isinstance(graph, ox.NamedNode) and graph.value.startswith(v.REFERENCE_GRAPH):
                for quad in laid.store.quads_for_pattern(None, None, None, graph):
                    if not str(quad.subject).startswith(f"<{v.GENID}"):
                        yield quad.triple

    return cache.compiled(
        "names",
        [laid.shared, words.sections["terms"]["names"]],
        lambda: reading.known_things(triples(), lexicon=words),
        lambda known: known.written(),
        lambda content: reading.restored(content, words),
    )
