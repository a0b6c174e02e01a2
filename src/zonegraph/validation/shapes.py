"""The SHACL side of validation: the shapes are loaded once, pySHACL judges, its results become plain tuples."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox
import rdflib
import rdflib.query
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from zonegraph import sources, turtle
from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.interchange import from_rdflib, to_rdflib
from zonegraph.store import Boolean, Triples, guard
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.validation.report import Rule

ZGSH = rdflib.Namespace(v.ZGSH)

_WORDS = {ZGSH.ruleId, ZGSH.remedy, ZGSH.pointsAt, ZGSH.judgedOver, SH.name, SH.message, SH.severity, RDFS.label}
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_REFERENCES = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
_LISTS = (SH["and"], SH["or"], SH.xone)
MAX_DEPTH = 12  # of shapes within each other; pySHACL gives up at 14
MAX_WAYS = 1_000  # from a shape to those that it refers to; pySHACL goes each of them


class Shapes(NamedTuple):
    """The shapes of a project, ready for use.

    `prepared` are the shapes with targets, as pySHACL's own objects, each followed by its property shapes; `rules` are
    the rules by shape, `ids` the rule ids in the files, `over_merge` the shapes that judge the merge.
    """

    graph: rdflib.Graph
    prepared: list[list[Any]]
    rules: dict[Node, Rule]
    ids: set[str]
    over_merge: set[Node]


def targets(shapes: Shapes) -> dict[str, list[Node]]:
    """Return for each shape with a target, by its name, the terms that its targets name."""
    return {
        name_of(shapes.graph, shape.node): sorted(
            {o for p in _TARGETS for o in shapes.graph.objects(shape.node, p)}, key=str
        )
        for shape, *_ in shapes.prepared
    }


to_oxigraph = functools.lru_cache(maxsize=100_000)(from_rdflib)


class Graph(rdflib.Graph):
    """A graph to judge. Its queries, the constraints in SPARQL, are answered by Oxigraph.

    rdflib takes longer to read such a query than Oxigraph takes to answer it, and pySHACL sends it anew for every node.
    """

    _copy: ox.Store | None = None

    def add(self, triple: tuple[Node, Node, Node]) -> Graph:
        """Add a triple."""
        self._copy = None
        super().add(triple)
        return self

    def remove(self, triple: Any) -> Graph:
        """Remove the triples of a pattern."""
        self._copy = None
        super().remove(triple)
        return self

    def copy_into(self, store: ox.Store) -> None:
        """Load the graph into the default graph of a store."""
        store.extend(ox.Quad(*map(to_oxigraph, triple)) for triple in self)  # type: ignore[arg-type]

    def query(self, query_object: Any, *_: Any, **kwargs: Any) -> rdflib.query.Result:
        """Answer a query in which `initBindings` stand for variables; see rdflib.Graph."""
        if self._copy is None:
            self._copy = ox.Store()
            self.copy_into(self._copy)
        bound = {str(name): to_oxigraph(term) for name, term in kwargs.get("initBindings", {}).items()}
        answer = EmbeddedStore(self._copy).query(_judged(str(query_object)), bindings=bound)
        if isinstance(answer, Triples):
            raise UsageError("shapes: a constraint in SPARQL is a SELECT or an ASK\n  rewrite the constraint")
        if isinstance(answer, Boolean):
            result = rdflib.query.Result("ASK")
            result.askAnswer = answer.value
            return result
        result = rdflib.query.Result("SELECT")
        result.vars = [rdflib.Variable(variable) for variable in answer.variables]
        result.bindings = [
            {name: to_rdflib(term) for name, term in zip(result.vars, row, strict=True) if term is not None}  # type: ignore[misc]
            for row in answer.rows
        ]
        return result


_judged = functools.lru_cache(maxsize=1_000)(functools.partial(guard.judge, name="sh:select"))
_SPARQL = {v.SH + name for name in ("select", "ask", "construct", "update", "expression")}


class Result(NamedTuple):
    """One result of pySHACL.

    `properties` are those by which the path leaves the focus node (or the ones that the shape points at), `inverse` is
    the one by which it arrives there.
    """

    rule: Rule
    focus: Node
    path: str
    properties: tuple[Node, ...]
    inverse: Node | None
    value: Node | None


def load(project: sources.Project) -> Shapes:
    """Load the shapes of a project.

    Raises UsageError if there are none that could find anything, or if one refers to itself or asks for named graphs:
    pySHACL judges neither reliably.
    """
    graph = rdflib.Graph(bind_namespaces="none")
    for file in project.shapes:
        triples = turtle.parse(file.path, rename=True)
        _refuse_unjudged(file, triples)
        add(graph, triples)

    import pyshacl  # 0.3 s that no other command should pay

    targeted = sorted({s for p in _TARGETS for s in graph.subjects(p)}, key=str)
    if not targeted:
        raise UsageError(
            f"{project.root}: no shape to validate with (shapes/*.ttl holds no shape with a target)\n"
            "  without shapes everything would conform; put the shapes into the project's folder shapes/"
        )
    for shape in targeted:
        _refuse_recursion(graph, shape)
    # pySHACL judges a property shape anew for every focus node of the shape around it, each time reading its triples.
    # Taken out of that shape, and without words, it judges all nodes at once: the same results in half the time.
    parts = {s: sorted(graph.objects(s, SH.property), key=str) for s in targeted if (None, None, s) not in graph}
    bare = rdflib.Graph(bind_namespaces="none")
    for s, p, o in graph:
        if p == SH.property and s in parts:
            bare.add((o, RDF.type, SH.PropertyShape))
        elif p not in _WORDS:
            bare.add((s, p, o))
    prepared = {shape.node: shape for shape in pyshacl.ShapesGraph(bare).shapes}
    for query in graph.objects(None, SH.select):
        if "graph" in str(query).lower().split():
            raise UsageError(
                f"{project.root}: a sh:sparql constraint uses GRAPH\n  shapes see one graph; make it a plain pattern"
            )

    rules = {}
    for node in {*graph.subjects(SH.path), *graph.subjects(ZGSH.ruleId), *targeted}:
        severity = str(graph.value(node, SH.severity) or SH.Violation).rsplit("#", 1)[-1].lower()
        rules[node] = Rule(
            id=str(graph.value(node, ZGSH.ruleId) or name_of(graph, node)),
            severity=severity if severity in ("info", "warning") else "violation",
            name=str(graph.value(node, SH.name) or graph.value(node, RDFS.label) or name_of(graph, node)),
            message=str(graph.value(node, SH.message) or "A constraint of the shapes is not met."),
            remedy=str(graph.value(node, ZGSH.remedy) or "see the shape in the project's folder shapes/"),
        )
    over_merge = set(graph.subjects(ZGSH.judgedOver, ZGSH.Merge))
    ids = {str(id) for id in graph.objects(None, ZGSH.ruleId)}
    judged = [[prepared[s], *(prepared[p] for p in parts.get(s, ()))] for s in targeted]
    return Shapes(graph, judged, rules, ids, over_merge)


def _refuse_unjudged(file: sources.SourceFile, triples: list[ox.Triple]) -> None:
    """Refuse SPARQL in a file of shapes that would reach outside or is too large, with the line at which it stands."""
    for triple in triples:
        if triple.predicate.value in _SPARQL and isinstance(triple.object, ox.Literal):
            try:
                guard.judge(triple.object.value, v.shorten(triple.predicate.value))
            except UsageError as error:
                source = turtle.read(file.path)
                value = to_rdflib(triple.object)
                stated = [t for t in source.graph.triples((None, None, value)) if str(t[1]) == triple.predicate.value]
                line = max((source.lines.get(t, 0) for t in stated), default=0)
                place = f"{file.path}:{line}" if line else file.path
                raise UsageError(f"{place}: in the text of {error}") from None


def name_of(graph: rdflib.Graph, node: Node) -> str:
    """Return a shape's name as shown: its IRI, shortened, or that of the shape around it."""
    seen = set()
    while not isinstance(node, rdflib.URIRef):
        seen.add(node)
        above = next((s for s in graph.subjects(None, node) if s not in seen), None)
        if above is None:
            return "a nameless shape"
        node = above
    return v.shorten(str(node))


def judge(
    shapes: Shapes, graph: rdflib.Graph, focus: set[Node], *, over_merge: bool
) -> tuple[list[Result], dict[str, set[Node]]]:
    """Let pySHACL judge nodes of a graph.

    Parameters: `graph`, the data with its context and the ontology; `focus`, the only nodes that shapes look at;
    `over_merge`, whether the shapes for the merge or all others are meant. Returns the results and, for each shape, the
    nodes it looked at. Raises EngineError if pySHACL fails.
    """
    from pyshacl.pytypes import SHACLExecutor

    results: list[Result] = []
    looked: dict[str, set[Node]] = {}
    targets = _targets(shapes, graph, focus)
    for shape, *parts in shapes.prepared:
        if shape.deactivated or (shape.node in shapes.over_merge) != over_merge:
            continue
        name = name_of(shapes.graph, shape.node)
        try:
            looked[name] = shape.focus_nodes(targets) & focus
            nodes = sorted(looked[name], key=str)
            reports = [r for s in (shape, *parts) for r in s.validate(SHACLExecutor(), graph, focus=nodes)[1]]
        except Exception as error:  # pySHACL raises errors of many kinds for what it cannot judge
            raise EngineError(f"pySHACL could not judge {name}: {error}") from error
        results += [_result(shapes, triples) for _, _, triples in reports]
    return results, looked


def _targets(shapes: Shapes, graph: rdflib.Graph, focus: set[Node]) -> rdflib.Graph:
    """Return the part of a graph that decides which of some nodes the targets of shapes mean (SHACL, 2.1.3).

    In the graph itself pySHACL would go through every instance of each class first.
    """
    part = rdflib.Graph(bind_namespaces="none")
    for triple in graph.triples((None, RDFS.subClassOf, None)):
        part.add(triple)
    leaving = {RDF.type, *shapes.graph.objects(None, SH.targetSubjectsOf)}
    arriving = set(shapes.graph.objects(None, SH.targetObjectsOf))
    for node in focus:
        for triple in graph.triples((node, None, None)):
            if triple[1] in leaving:
                part.add(triple)
        for p in arriving:
            for triple in graph.triples((None, p, node)):
                part.add(triple)
    return part


def add(graph: rdflib.Graph, triples: Iterable[ox.Triple]) -> None:
    """Add triples as read by `turtle.parse` to a graph of rdflib."""
    for triple in triples:
        graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))


def _result(shapes: Shapes, triples: list[tuple[Node, Node, object]]) -> Result:
    parts: dict[Node, Node] = {}
    for _, predicate, term in triples:
        parts[predicate] = term[1] if isinstance(term, tuple) else term  # type: ignore[assignment]
    shape = parts.get(SH.sourceConstraint)
    if shape not in shapes.rules:
        shape = parts[SH.sourceShape]
    path = shapes.graph.value(parts[SH.sourceShape], SH.path) or parts.get(SH.resultPath)
    rule, focus = shapes.rules[shape], parts[SH.focusNode]
    if path is None:  # the value of such a result is the focus node itself
        return Result(rule, focus, "", tuple(shapes.graph.objects(shape, ZGSH.pointsAt)), None, None)
    shown, properties = _path(shapes.graph, path)
    return Result(rule, focus, shown, properties, shapes.graph.value(path, SH.inversePath), parts.get(SH.value))


def _path(graph: rdflib.Graph, path: Node) -> tuple[str, tuple[Node, ...]]:
    """Return a SHACL path as a SPARQL path, and the properties at which it leaves the focus node."""
    if isinstance(path, rdflib.URIRef):
        return path.n3(), (path,)
    choices = graph.value(path, SH.alternativePath)
    if choices is not None:
        steps = list(Collection(graph, choices))
        return "|".join(step.n3() for step in steps), tuple(steps)
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return "^" + inverse.n3(), ()
    steps = list(Collection(graph, path))
    return "/".join(_path(graph, step)[0] for step in steps), tuple(steps[:1])


def _refuse_recursion(graph: rdflib.Graph, start: Node) -> None:
    def inner(node: Node) -> Iterator[Node]:
        for reference in _REFERENCES:
            yield from graph.objects(node, reference)
        for reference in _LISTS:
            for items in graph.objects(node, reference):
                try:
                    yield from list(Collection(graph, items))
                except ValueError:
                    raise UsageError(
                        f"shape {name_of(graph, start)} has a list that has no end\n  write the list anew, between ( and )"
                    ) from None

    # Depth first, each shape once, and not by recursion: a chain of shapes may be long.
    above, finished, pending = {start}, set(), [(start, inner(start))]
    ways: dict[Node, int] = {}
    while pending:
        node, rest = pending[-1]
        following = next((shape for shape in rest if shape not in finished), None)
        if following is None:
            pending.pop()
            above.discard(node)
            finished.add(node)
            ways[node] = 1 + sum(ways.get(shape, 1) for shape in inner(node))
            if ways[node] > MAX_WAYS:
                raise UsageError(
                    f"shape {name_of(graph, start)} refers to shapes in more than {MAX_WAYS:,} ways\n"
                    "  let it refer to fewer shapes that refer to others"
                )
        elif following in above:
            raise UsageError(
                f"shape {name_of(graph, start)} refers to itself\n  recursive shapes are judged unreliably; unfold it"
            )
        elif len(above) > MAX_DEPTH:
            raise UsageError(
                f"shape {name_of(graph, start)} refers to shapes more than {MAX_DEPTH} deep\n"
                "  let it refer to those at the end directly"
            )
        else:
            above.add(following)
            pending.append((following, inner(following)))
