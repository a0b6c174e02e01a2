"""A change judged at the price of the change: one article's file, laid over the project as the cache has it.

What the whole run reads anew, the files around the one that is judged, stands here in a copy of the built graph (`build.overlay`).
Rules about one file see of the reference data what its terms lead to; those over the merge are asked of its nodes alone; shapes
look things up as they reach them; what follows is drawn from what is new. What cannot be bounded so is left to the whole run.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import closure, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import cache, graphs, overlay
from zonegraph.closure import UnboundedError
from zonegraph.closure.rules import SAME_AS, placed
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.validation import checks, meant, reach, reading, rules
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.files import Given
from zonegraph.validation.places import Places
from zonegraph.validation.reading.lexicon import Lexicon
from zonegraph.validation.restated import Restated

MOST_FILES = 20  # that differ from those of the graph in the cache
MOST_TRIPLES = 20_000  # that are looked up around a file, or follow from what has changed
_SHARED = ("ontology/", "data/reference/")
_FREE = ("data/articles/", "data/review/", "queries/")  # files of which nothing that is kept of the others depends


class Laid(NamedTuple):
    """A project's graph as the cache has it, in a copy that a change is laid over.

    `files` are those that differ from what it was made from, by their graph, None for one that is gone; `shared` has the digest of each
    that all articles see, ontology and reference data, by name; `before` opens the graph as it was, None if it is there no more.
    """

    project: sources.Project
    store: ox.Store
    files: dict[str, sources.SourceFile | None]
    shared: dict[str, str]
    before: Callable[[], contextlib.AbstractContextManager[ox.Store | None]]


def only_article(project: sources.Project, given: list[Given]) -> sources.SourceFile | None:
    """Return the article's file of the project, if that alone is to be judged. Raises UnboundedError, which says why it is not bounded."""
    if len(given) != 1:
        return None
    (one,) = given
    path = os.path.realpath(one.path)
    articles = sources.real_paths(file.path for file in project.articles)
    found = next((file for file, own in zip(project.articles, articles, strict=True) if own == path), None)
    if one.kind != ARTICLE or one.path == texts.STANDARD_INPUT or found is None:
        return None
    if one.renamed:
        raise UnboundedError(f"{one.name} has the name of another article's file")
    return found


@contextlib.contextmanager
def laid_over(project: sources.Project, judged: sources.SourceFile, *, paid: bool) -> Iterator[Laid]:
    """Give the graph in the cache to lay a change over. Raises UnboundedError, which says why the whole run is needed.

    Parameters: `judged`, the article's file that has been added or changed; `paid`, whether the graph is built where the cache does not
    have it.
    """
    seen: dict[str, dict[str, bool]] = {}

    def against(base: overlay.Base) -> str:
        seen[base.location] = overlay.differing(project, base)
        return _against(seen[base.location])

    try:
        base = overlay.base(project, against, checks.well_formed, paid=paid)
    except UsageError as error:  # the findings say what is wrong with the file
        first = error.problem.partition("\n")[0]
        raise UnboundedError(f"the graph cannot be built: {first}") from None
    differing = seen[base.location] if base.location in seen else overlay.differing(project, base)
    articles = {file.name: file for file in project.articles}
    changed = {overlay.graph_of(n): articles.get(n) for n in differing if n.startswith(_FREE[0])}
    changed[str(judged.graph)] = judged
    with overlay.opened(base) as store:
        if store is None:
            raise UnboundedError("the graph in the cache was damaged")
        if next(store.quads_for_pattern(None, SAME_AS, None, None), None) is not None:
            raise UnboundedError("the project states that things are the same, by owl:sameAs")
        shared = {name: digest for name, digest in base.files.items() if name.startswith(_SHARED)}
        yield Laid(project, store, changed, shared, lambda: overlay.opened(base))


def _against(differing: Mapping[str, bool]) -> str:
    """Return why files that differ from those of a graph cannot be laid over it, or nothing."""
    kept = next((name for name in differing if not name.startswith(_FREE)), None)
    if kept is not None:
        return f"{kept} has changed since the graph was built"
    return f"more than {MOST_FILES} files have changed since the graph was built" if len(differing) > MOST_FILES else ""


# ---------------------------------------------------------------- what rules are asked of


_ONTOLOGY, _REFERENCE = ox.NamedNode(v.ONTOLOGY_GRAPH), ox.NamedNode(v.REFERENCE_GRAPH + "shared")


class Data(rules.Data):
    """A file judged, with as much of the reference data as its terms lead to, and the merge of all files with it."""

    def __init__(
        self,
        laid: Laid,
        ontology: Iterable[ox.Triple],
        file: File,
        program: closure.Program,
        beside: Iterable[sources.SourceFile],
    ) -> None:
        """Lay a file over the graph in the cache. Parameters: `beside`, the project's files. Raises UnboundedError."""
        super().__init__(Places([file], beside))
        self.laid, self.program = laid, program
        self.over = EmbeddedStore(laid.store)
        self.closed = EmbeddedStore(laid.store, merge=(overlay.MERGE, overlay.INFERRED))
        self.graph = self.graph_for(ARTICLE, checks.slug(file))
        self.files[self.graph] = file
        self._built: dict[Any, ox.NamedNode] = {}  # the names that nameless nodes have in the merge
        self._name(file)
        self._kept = ox.Store()  # what the file says and restates, as the merge has it
        super().add(file.source.graph, self.graph, merged=False)
        super().add(ontology, v.ONTOLOGY_GRAPH, merged=False)
        self._seen: set[Any] = set()  # the terms of which the reference data are at hand
        self._said: list[ox.Triple] = []  # what the file states and restates, as the store has it
        self._before = {name: self._in(name) for name in laid.files}
        # What files that differ do not say any more, and what they say anew.
        self.gone: set[ox.Triple] = set()
        self.new: set[ox.Triple] = set()
        self._put(file.source.graph)

    def _name(self, file: File) -> None:
        """Let nameless nodes have in the merge the names that the build gives them; of two with one name the second has its own."""
        for blank, name in graphs.names_in(list(file.source.graph), checks.slug(file)).items():
            if name.value not in self._nameless:
                self._nameless[name.value] = blank
                self._built[blank] = name

    def _in(self, graph: str) -> list[ox.Triple]:
        quads = self.laid.store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        return [quad.triple for quad in quads]

    def add(self, triples: Iterable[ox.Triple], graph: str | None, *, merged: bool) -> None:
        """Add triples of the file judged; see `rules.Data.add`."""
        triples = list(triples)
        super().add(triples, graph, merged=False)
        if merged and graph is not None:
            self._put(triples)

    def things(self, file: File) -> meant.Things:
        """Return the things that a file and its context describe, with their names and classes."""
        small, self.store = self.store, self.over
        try:
            return super().things(file)
        finally:
            self.store = small

    def is_own(self, triple: ox.Triple) -> bool:
        """Return whether a triple is about a node of the file that has a name only here."""
        return any(isinstance(t, ox.NamedNode) and t.value in self._nameless for t in (triple.subject, triple.object))

    def surroundings(self, ways: reach.Ways, *, merged: bool) -> Surroundings:
        """Return what surrounds the file: all that is merged, or reference data and ontology alone."""
        return Surroundings(ways, self.laid.store, merged=merged, without=self.is_own)

    def restate(self, given: Restated, *, merged: bool) -> None:
        """Add what the file restates; with that it is known what the files that differ do not say any more, and it is taken out.

        Parameters: as for `rules.Data.restate`. Raises UnboundedError.
        """
        super().restate(given, merged=merged)
        now = {self.graph: self._said}
        for name, file in self.laid.files.items():
            if name != self.graph:
                now[name] = [] if file is None else self._read(name, file)
                overlay.put(self.laid.store, now[name], name)
        said = {name: set(triples) for name, triples in now.items()}
        left = {name: [t for t in before if t not in said[name]] for name, before in self._before.items()}
        for name, before in self._before.items():
            self.gone.update(left[name])
            self.new.update(said[name].difference(before))
        gone = [t for name, triples in left.items() for t in triples if not self._is_stated_beside(t, left)]
        gone.append(overlay.besides(checks.slug(self.files[self.graph])))
        # Found while it is there: it may be two triples that are gone on which something rested.
        resting = closure.follows(self.program, self.closed, gone, MOST_TRIPLES)
        for name, triples in left.items():
            overlay.take(self.laid.store, triples, name)
        closure.withdraw(self.program, self.closed, [*gone, *resting])
        for name in now.keys() - {self.graph}:
            new = said[name] - set(self._before[name])
            closure.follows(self.program, self.closed, new, MOST_TRIPLES)

    def told(self, message: str) -> str:
        """Return a message without the names that evidence has in the graph in the cache alone."""
        return re.sub(r"zgd:evidence-[\w-]+", "[ ]", message)

    def clashes(self) -> list[closure.Clash]:
        """Return the contradictions in which something that the file says has a part. Raises UnboundedError."""
        drawn = closure.follows(self.program, self.closed, self._said, MOST_TRIPLES)
        return closure.clashes_with(self.program, self.closed, [*self._said, *drawn])

    def _see(self, terms: Iterable[Any]) -> None:
        """Let rules see what reference data say of terms and of all that this leads to. Raises UnboundedError."""
        pending = [term for term in dict.fromkeys(terms) if term not in self._seen]
        self._seen.update(pending)
        while pending:
            node = pending.pop()
            if isinstance(node, ox.Literal):
                continue
            for quad in self.laid.store.quads_for_pattern(node, None, None, overlay.SHARED):
                triple = quad.triple
                if placed(triple, _ONTOLOGY) not in self.store.ox:
                    self.store.ox.add(placed(triple, _REFERENCE))
                    if triple.object not in self._seen:
                        self._seen.add(triple.object)
                        pending.append(triple.object)
            if len(self._seen) > MOST_TRIPLES:
                raise UnboundedError(f"the file leads to more than {MOST_TRIPLES:,} things of the reference data")

    def _read(self, graph: str, file: sources.SourceFile) -> list[ox.Triple]:
        """Return what another article's file says and restates, as a store keeps it."""
        loaded = [t for t in graphs.load(file) if checks.well_formed(t.object) and not checks.is_axiom(t)]
        said = [triple for triple in loaded if not overlay.is_besides(triple)]
        said += closure.restate(self.program, {graph: said}).triples.get(graph, [])
        kept = ox.Store()
        kept.extend(placed(triple, overlay.MERGE) for triple in said)
        return [quad.triple for quad in kept]

    def _is_stated_beside(self, triple: ox.Triple, left: Mapping[str, Collection[ox.Triple]]) -> bool:
        """Return whether a file states a triple, but for those that do not any more."""
        s, p, o = triple
        found = (quad.graph_name for quad in self.laid.store.quads_for_pattern(s, p, o, None))
        return any(
            isinstance(graph, ox.NamedNode) and overlay.is_merged(graph) and triple not in left.get(graph.value, ())
            for graph in found
        )

    def _put(self, triples: Iterable[ox.Triple]) -> None:
        triples = list(triples)
        # A store takes more by writing tables in the background, for which it would find no file while it evaluates a query.
        if len(triples) > MOST_TRIPLES:
            raise UnboundedError(f"the file says more than {MOST_TRIPLES:,} triples")
        names = {**self._named[self.graph], **self._built}
        named = [ox.Triple(names.get(s, s), p, names.get(o, o)) for s, p, o in triples]
        overlay.put(self.laid.store, named, self.graph)
        self._kept.extend(placed(triple, overlay.MERGE) for triple in named)
        self._said = [quad.triple for quad in self._kept]
        self.focus = {triple.subject for triple in self._said}  # type: ignore[misc]
        self._see(term for triple in self._said for term in triple)


# ---------------------------------------------------------------- what shapes look at


class Surroundings(reach.Surroundings):
    """Triples in the graph in the cache, looked up as they are reached, and others beside them."""

    def __init__(
        self, ways: reach.Ways, store: ox.Store, *, merged: bool, without: Callable[[ox.Triple], bool] = lambda _: False
    ) -> None:
        """Parameters: `merged`, whether the triples are those of the merge, or else of reference data and ontology alone; `without`, those left out."""
        super().__init__(ways)
        self._store, self._without = store, without
        self._graph = overlay.MERGE if merged else overlay.SHARED
        self._looked_up = 0
        # Not by functools.cache, in which a method would keep the store open until garbage is collected.
        self._found: dict[tuple[Any, Any, Any], tuple[ox.Triple, ...]] = {}
        self._properties: dict[str, bool] = {}

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
        held = self._held(node, None, None)
        return dict.fromkeys((*super().about(node), *held)) if held else super().about(node)

    def into(self, node: Any, property: str) -> Iterable[ox.Triple]:
        """Return the triples that lead to a node by a property that is followed backward."""
        there = not isinstance(node, ox.BlankNode) and self._is_held(property)
        held = self._held(None, ox.NamedNode(property), node) if there else ()
        return dict.fromkeys((*super().into(node, property), *held)) if held else super().into(node, property)

    def having(self, property: str) -> Iterable[ox.Triple]:
        """Return the triples of a property of which any may matter."""
        return dict.fromkeys((*super().having(property), *self._held(None, ox.NamedNode(property), None)))

    def everything(self) -> Iterable[ox.Triple]:
        """Raise UnboundedError: a shape of which nobody knows how far it looks may look at all that there is."""
        raise UnboundedError("nobody knows how far a shape looks")

    def _is_held(self, property: str) -> bool:
        if property not in self._properties:
            found = self._store.quads_for_pattern(None, ox.NamedNode(property), None, self._graph)
            self._properties[property] = next(found, None) is not None
        return self._properties[property]

    def _held(self, s: Any, p: Any, o: Any) -> tuple[ox.Triple, ...]:
        if (s, p, o) not in self._found:
            self._found[s, p, o] = self._of(s, p, o)
        return self._found[s, p, o]

    def _of(self, s: Any, p: Any, o: Any) -> tuple[ox.Triple, ...]:
        quads = self._store.quads_for_pattern(s, p, o, self._graph)
        found = tuple(quad.triple for quad in quads if not self._without(quad.triple))
        self._looked_up += len(found)
        if self._looked_up > MOST_TRIPLES:
            raise UnboundedError(f"shapes look at more than {MOST_TRIPLES:,} triples around the file")
        return found


def known_things(laid: Laid, words: Lexicon) -> reading.Known:
    """Return what ontology and reference data say of things and their names, from the cache if it has it."""

    def triples() -> Iterator[ox.Triple]:
        for quad in laid.store.quads_for_pattern(None, None, None, overlay.SHARED):
            if not str(quad.subject).startswith(f"<{v.GENID}"):
                yield quad.triple

    return cache.compiled(
        "names",
        [laid.shared, words.sections["terms"]["names"], words.sections["names"]["endings"]],
        lambda: reading.known_things(triples(), lexicon=words),
        lambda known: known.written(),
        lambda content: reading.restored(content, words),
    )


def merged(laid: Laid, s: Any, p: Any, o: Any) -> Iterator[ox.Triple]:
    """Yield what all files say and restate of a pattern, in which None is any term."""
    for quad in laid.store.quads_for_pattern(s, p, o, overlay.MERGE):
        yield quad.triple


def text_digests(laid: Laid) -> dict[str, str]:
    """Return the digests of the articles' texts, by slug."""
    start = evidence.article_iri("")
    stated = merged(laid, None, ox.NamedNode(v.ZG + "textDigest"), None)
    return {terms.text(t.subject).removeprefix(start): terms.text(t.object) for t in stated}
