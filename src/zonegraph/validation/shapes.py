"""The SHACL side of validation: the shapes are loaded once, pySHACL judges, its results become plain tuples."""

from __future__ import annotations

import logging
from typing import NamedTuple

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from zonegraph import sources, turtle
from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.validation.report import Rule

ZGSH = rdflib.Namespace(v.ZGSH)

_REFERENCES = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
_LISTS = (SH["and"], SH["or"], SH.xone)


class Shapes(NamedTuple):
    """The shapes of a project, ready for use: pySHACL's own objects, the rules by shape, and which judge the merge."""

    graph: rdflib.Graph
    prepared: list[object]
    rules: dict[Node, Rule]
    over_merge: set[Node]

    def names(self) -> list[str]:
        """Return the names of the shapes that have a target."""
        return sorted(name_of(shape.node) for shape in self.prepared)  # type: ignore[attr-defined]


class Result(NamedTuple):
    """One result of pySHACL. `properties` are those along the path (or the one that the shape points at)."""

    rule: Rule
    focus: Node
    path: str
    properties: tuple[Node, ...]
    value: Node | None


def load(project: sources.Project) -> Shapes:
    """Load the shapes of a project.

    Raises UsageError if there are none that could find anything, or if one refers to itself or asks for named graphs:
    pySHACL judges neither reliably.
    """
    graph = rdflib.Graph(bind_namespaces="none")
    for file in project.shapes:
        add(graph, turtle.parse(file.path))

    import pyshacl  # 0.3 s that no other command should pay

    with _quiet():
        prepared = [shape for shape in pyshacl.ShapesGraph(graph).shapes if any(shape.target())]
    if not prepared:
        raise UsageError(
            f"{project.root}: no shape to validate with (shapes/*.ttl holds no shape with a target)\n"
            "  without shapes everything would conform; put the shapes into the project's folder shapes/"
        )
    for shape in prepared:
        _refuse_recursion(graph, shape.node)
    for query in graph.objects(None, SH.select):
        if "graph" in str(query).lower().split():
            raise UsageError(
                f"{project.root}: a sh:sparql constraint uses GRAPH\n  shapes see one graph; make it a plain pattern"
            )

    rules = {}
    for node in {*graph.subjects(SH.path), *graph.subjects(ZGSH.ruleId), *(shape.node for shape in prepared)}:
        severity = str(graph.value(node, SH.severity) or SH.Violation).rsplit("#", 1)[-1].lower()
        rules[node] = Rule(
            id=str(graph.value(node, ZGSH.ruleId) or name_of(node)),
            severity=severity if severity in ("info", "warning") else "violation",
            name=str(graph.value(node, SH.name) or graph.value(node, RDFS.label) or name_of(node)),
            message=str(graph.value(node, SH.message) or "A constraint of the shapes is not met."),
            remedy=str(graph.value(node, ZGSH.remedy) or "see the shape in the project's folder shapes/"),
        )
    over_merge = set(graph.subjects(ZGSH.judgedOver, ZGSH.Merge))
    return Shapes(graph, sorted(prepared, key=lambda shape: str(shape.node)), rules, over_merge)


def name_of(node: Node) -> str:
    """Return a shape's name as shown: its IRI, shortened, or `a nameless shape`."""
    return v.shorten(str(node)) if isinstance(node, rdflib.URIRef) else "a nameless shape"


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
    with _quiet():
        for shape in shapes.prepared:
            node = shape.node  # type: ignore[attr-defined]
            if (node in shapes.over_merge) != over_merge:
                continue
            try:
                nodes = shape.focus_nodes(graph) & focus  # type: ignore[attr-defined]
                looked[name_of(node)] = nodes
                # An empty list would make pySHACL find focus nodes of its own.
                reports = shape.validate(SHACLExecutor(), graph, focus=sorted(nodes))[1] if nodes else []  # type: ignore[attr-defined]
            except Exception as error:  # pySHACL raises errors of many kinds for what it cannot judge
                raise EngineError(f"pySHACL could not judge {name_of(node)}: {error}") from error
            results += [_result(shapes, triples) for _, _, triples in reports]
    return results, looked


def add(graph: rdflib.Graph, triples: list) -> None:  # type: ignore[type-arg]
    """Add triples as read by `turtle.parse` to a graph of rdflib."""
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))


def _term(term: object) -> Node:
    import pyoxigraph as ox

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, ox.Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    # A plain string has no datatype in rdflib, which tells it from one that is written out.
    datatype = None if term.datatype.value == v.XSD + "string" else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def _result(shapes: Shapes, triples: list[tuple[Node, Node, object]]) -> Result:
    parts: dict[Node, Node] = {}
    for _, predicate, term in triples:
        parts[predicate] = term[1] if isinstance(term, tuple) else term  # type: ignore[assignment]
    shape = parts.get(SH.sourceConstraint)
    if shape not in shapes.rules:
        shape = parts[SH.sourceShape]
    path = shapes.graph.value(parts[SH.sourceShape], SH.path) or parts.get(SH.resultPath)
    properties: tuple[Node, ...]
    if path is None:
        properties = tuple(shapes.graph.objects(shape, ZGSH.pointsAt))
        shown = ""
    else:
        shown, properties = _path(shapes.graph, path)
    return Result(shapes.rules[shape], parts[SH.focusNode], shown, properties, parts.get(SH.value) if path else None)


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
    def visit(node: Node, above: tuple[Node, ...]) -> None:
        if node in above:
            raise UsageError(f"the shape {name_of(start)} refers to itself\n  recursive shapes are judged unreliably; unfold it")
        inner = [shape for reference in _REFERENCES for shape in graph.objects(node, reference)]
        for reference in _LISTS:
            for items in graph.objects(node, reference):
                inner += list(Collection(graph, items))
        for shape in inner:
            visit(shape, (*above, node))

    visit(start, ())


class _quiet:  # noqa: N801 (used like a function)
    """Keep pySHACL's and rdflib's remarks out of the output while judging; findings say it better."""

    names = ("pyshacl", "pyshacl.shape", "pyshacl.shapes_graph", "rdflib.term", "shacl")

    def __enter__(self) -> None:
        self.levels = [(logging.getLogger(name), logging.getLogger(name).level) for name in self.names]
        for logger, _ in self.levels:
            logger.setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        for logger, level in self.levels:
            logger.setLevel(level)


__all__ = ["RDF", "Result", "Shapes", "add", "judge", "load", "name_of"]
