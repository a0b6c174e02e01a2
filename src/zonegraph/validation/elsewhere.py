"""What a change breaks in files that it does not touch: what is found there now, and was not found before.

Rules and shapes are asked of the nodes near to what has changed, as other files state them. What they find is asked once more of
the graph as it was, in the cache; what was found there too is no news. Nothing is kept of either answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import closure, evidence
from zonegraph import vocabulary as v
from zonegraph.build import graphs, overlay
from zonegraph.project import sources
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.terms import TYPE
from zonegraph.validation import change, checks, files, judging, restated, rules
from zonegraph.validation.checks import ARTICLE, CURATION, REFERENCE, REVIEW, File
from zonegraph.validation.places import Places
from zonegraph.validation.rules import MERGE, Row, SparqlRule
from zonegraph.validation.shapes import Shapes
from zonegraph.validation.units import Result

MOST_NEAR = 200  # nodes that refer to one node
_STARTS = (
    (v.ARTICLE_GRAPH, ARTICLE),
    (v.REFERENCE_GRAPH, REFERENCE),
    (v.REVIEW_GRAPH, REVIEW),
    (v.CURATION_GRAPH, CURATION),
)
_CURATED = (REVIEW, CURATION)  # kinds of files that are judged beside the articles


class Near(NamedTuple):
    """The nodes that a change may matter to in other files: `stating`, by the graph of a file that says something of each."""

    stating: dict[str, set[ox.NamedNode]]

    def nodes(self, *kinds: str) -> set[Any]:
        """Return the nodes of files of some kinds."""
        return set().union(*(nodes for graph, nodes in self.stating.items() if _kind(graph) in kinds))

    def graphs(self) -> dict[str, list[str]]:
        """Return the graphs by kind of file."""
        found: dict[str, list[str]] = {}
        for graph in sorted(self.stating):
            found.setdefault(_kind(graph), []).append(graph)
        return found


class Broken(NamedTuple):
    """What is found of the nodes near to a change: rows of rules, results of shapes by files' own and over the merge."""

    rows: list[Row]
    own: list[Result]
    merged: list[Result]


NOTHING = Broken([], [], [])


def find(data: change.Data, asked: list[SparqlRule], shapes: Shapes) -> tuple[Broken, Near]:
    """Find what a change breaks in files that it does not touch. Parameters: `data`, the change; `asked`, the rules."""
    near = _near(data)
    if not near.stating:
        return NOTHING, near
    now = _broken(data.laid.store, near, asked, shapes)
    if not any(now):
        return NOTHING, near
    with data.laid.before() as store:
        before = NOTHING if store is None else _broken(store, near, asked, shapes)
    rows = {_of_row(row) for row in before.rows}
    own, merged = ({_of_result(result) for result in results} for results in before[1:])
    return Broken(
        [row for row in now.rows if _of_row(row) not in rows],
        [result for result in now.own if _of_result(result) not in own],
        [result for result in now.merged if _of_result(result) not in merged],
    ), near


def _of_row(row: Row) -> tuple[object, ...]:
    return (row.rule.rule.id, *(row.terms.get(name) for name in ("focus", "path", "value", "graph")))


def _of_result(result: Result) -> tuple[object, ...]:
    return (result.rule.id, result.focus, result.path, result.value)


def _kind(graph: str) -> str:
    """Return the kind of the file that a graph is made from, empty if it is made from none, or from the ontology."""
    return next((kind for start, kind in _STARTS if graph.startswith(start)), "")


def _near(data: change.Data) -> Near:
    """Return the nodes of other files that what has changed is about, or that refer to it.

    What a new triple refers to is not among them: of that the other files say as much as before.
    """
    store, changed = data.laid.store, data.laid.files
    articles = [graph.removeprefix(v.ARTICLE_GRAPH) for graph in changed]
    subjects: dict[Any, None] = {ox.NamedNode(evidence.article_iri(slug)): None for slug in articles}
    subjects |= {t.subject: None for t in (*data.gone, *data.new) if not overlay.is_besides(t)}
    objects: dict[Any, None] = {t.object: None for t in data.gone if t.predicate != TYPE}
    curated = [ox.NamedNode(graph) for graph in (v.CURATION_GRAPH, *(f"{v.REVIEW_GRAPH}{slug}" for slug in articles))]
    stating: dict[str, set[ox.NamedNode]] = {}

    def add(quads: Iterable[ox.Quad]) -> None:
        for subject, _, _, graph in itertools.islice(quads, MOST_NEAR):
            told = isinstance(graph, ox.NamedNode) and graph.value not in changed and _kind(graph.value)
            if told and isinstance(subject, ox.NamedNode):
                stating.setdefault(graph.value, set()).add(subject)

    for node in {**subjects, **objects}:
        if isinstance(node, ox.NamedNode) and not node.value.startswith((v.GENID, v.ZG)):
            add(store.quads_for_pattern(node, None, None, None))
            if node in subjects:
                add(store.quads_for_pattern(None, None, node, None))
            for graph in curated:
                add(store.quads_for_pattern(None, None, node, graph))
    return Near(stating)


def _broken(store: ox.Store, near: Near, asked: list[SparqlRule], shapes: Shapes) -> Broken:
    """Return what rules and shapes find of nodes in a graph."""
    by_kind = near.graphs()
    curated, nodes = near.nodes(*_CURATED), near.nodes(ARTICLE, REFERENCE, *_CURATED)
    over = EmbeddedStore(store)
    rows: list[Row] = []
    if curated:
        graphs_of = {kind: by_kind.get(kind, []) for kind in _CURATED}
        beyond = [rule for rule in asked if rule.beyond and not rule.scope.isdisjoint(_CURATED)]
        rows += rules.judge(beyond, over, graphs_of, curated)
    rows += rules.judge([rule for rule in asked if MERGE in rule.scope and not rule.circles], over, by_kind, nodes)
    whole = change.Surroundings(shapes.ways, store, merged=True)
    for graph in by_kind.get(REVIEW, ()):
        whole.add(quad.triple for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(graph)))
    units = [
        judging.unit_of(whole, curated, shapes, over_merge=False),
        judging.unit_of(whole, nodes, shapes, over_merge=True),
    ]
    return Broken([row for row in rows if row.terms.get("focus") in nodes], *judging.judge(shapes, units))


def described(
    data: change.Data, broken: Broken, near: Near, program: closure.Program, beside: Iterable[sources.SourceFile]
) -> rules.Data:
    """Return the files that something found is about, as findings need them. Parameters: `beside`, the project's files."""
    focus: set[object] = {result.focus for result in (*broken.own, *broken.merged)}
    focus |= {row.terms["focus"] for row in broken.rows if "graph" not in row.terms}
    named = {judged.value for row in broken.rows if isinstance(judged := row.terms.get("graph"), ox.NamedNode)}
    found: dict[str, File] = {}
    for source in sources.graph_files(data.laid.project):
        graph = str(source.graph)
        if graph in named or not near.stating.get(graph, set()).isdisjoint(focus):
            file, _ = files.read(files.Given(source.path, source.name, _kind(graph)))
            if file is not None:
                checks.take_axioms(file)
                checks.take_ill_formed(file)
                found[graph] = file
    result = rules.Data(Places(list(found.values()), beside))
    result.store = result.over = EmbeddedStore(data.laid.store)
    result.restated = result.places.restated = restated.draw(program, found.values(), ())
    for graph, file in found.items():
        result.files[graph] = file
        result.name(graphs.names_in(list(file.source.graph), checks.slug(file), of_article=file.kind == ARTICLE))
    return result
