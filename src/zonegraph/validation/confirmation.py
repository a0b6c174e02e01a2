"""pySHACL's word on the nodes that are suspected of breaking a shape."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
import rdflib.query
from pyshacl.pytypes import SHACLExecutor
from rdflib.namespace import RDF, SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import traverse
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, UsageError
from zonegraph.rdf import sparql
from zonegraph.rdf.graph import Term
from zonegraph.rdf.interchange import from_rdflib, to_rdflib, without_complaints
from zonegraph.store import Boolean, Triples, guard
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.validation import reach
from zonegraph.validation.constraints import list_of, path_of, prologue
from zonegraph.validation.findings import Source
from zonegraph.validation.shapes import Shapes
from zonegraph.validation.units import Result, Suspects, Unit
from zonegraph.validation.wellformed import MAX_DEPTH

_EXECUTOR = SHACLExecutor(max_validation_depth=MAX_DEPTH + 2)
Prepared = dict[Node, Any]  # shapes of pySHACL, by their nodes
ZGSH = rdflib.Namespace(v.ZGSH)
# What says nothing to pySHACL, and would be read for each result.
_WORDS = {
    ZGSH.ruleId,
    ZGSH.remedy,
    ZGSH.group,
    ZGSH.pointsAt,
    ZGSH.instead,
    ZGSH.judgedOver,
    SH.name,
    SH.message,
    SH.severity,
    rdflib.RDFS.label,
}


def prepare(shapes: Shapes, parts: Iterable[Term]) -> Prepared:
    """Return parts of shapes as pySHACL's own objects, property shapes taken out of the shapes that they are judged apart from.

    All of a project's shapes take it longer to read than it takes to judge by a few of them.
    """
    apart = {(shape.node, part.node) for shape in shapes.shapes for part in shape.parts[1:]}

    def reached(nodes: Iterable[Term]) -> set[Term]:
        found: set[Term] = set()
        pending = set(nodes)
        while pending:
            found |= pending
            named = ((s, o) for s in pending for terms in shapes.graph.get(s, {}).values() for o in terms)
            pending = {o for s, o in named if not isinstance(o, ox.Literal) and (s, o) not in apart and o not in found}
        return found

    others = reached(part.node for shape in shapes.shapes for part in shape.parts) - reached(parts)
    bare = rdflib.Graph(bind_namespaces="none")
    for t in shapes.triples:
        s, p, o = t.subject, to_rdflib(t.predicate), t.object
        if p == SH.property and (s, o) in apart:
            if o not in others:
                bare.add((to_rdflib(o), RDF.type, SH.PropertyShape))
        elif s not in others and p not in _WORDS:
            bare.add((to_rdflib(s), p, to_rdflib(o)))
    return {shape.node: shape for shape in pyshacl.ShapesGraph(bare).shapes}


def confirm(
    shapes: Shapes,
    prepared: Prepared,
    unit: Unit,
    suspects: Suspects,
    stored: reach.Stored | None = None,
) -> list[Result]:
    """Let pySHACL judge the suspects of a unit.

    Parameters: `prepared`, the shapes for pySHACL; `suspects`, for a shape and a part of it the nodes that may break that;
    `stored`, the unit in a store, to judge them in no more of it than their shapes see; None for all of it.
    Returns the results, those left out that the surroundings of the unit give by themselves. Raises EngineError if pySHACL fails.
    """
    names = {shape.node: shape.name for shape in shapes.shapes}
    own, around = unit.own, unit.around
    ways = functools.reduce(
        reach.Ways.joined, (shape.ways for shape in shapes.shapes if any(shape.node == s for s, _ in suspects))
    )
    if stored is not None and not ways.everything:
        seen = stored.seen_from(ways, set().union(*suspects.values()))
        own, around = ([t for t in ts if t.subject in seen or t.object in seen] for ts in (own, around))
    results = _judged(shapes, prepared, _graph(shapes, [*own, *around]), suspects)
    shared = {key: nodes & unit.known.get(names[key[0]], set()) for key, nodes in suspects.items()}
    if results and any(shared.values()):
        before = {_itself(result) for result in _judged(shapes, prepared, _graph(shapes, around), shared)}
        results = [result for result in results if _itself(result) not in before]
    return results


def _itself(result: Result) -> Result:
    """Return a result without what it was compared with, of which the surroundings may see less."""
    return result._replace(others=(), remedy="")


class _Graph(rdflib.Graph):
    """A graph to judge. Its queries, the constraints in SPARQL, are answered by Oxigraph.

    rdflib takes longer to read such a query than Oxigraph takes to answer it, and pySHACL sends it anew for every node.
    """

    _copy: ox.Store | None = None
    prefixes: dict[str, str]  # what the shapes declare

    def query(self, query_object: Any, *arguments: Any, **kwargs: Any) -> rdflib.query.Result:
        """Answer a query in which `initBindings` stand for variables; see rdflib.Graph."""
        text = str(query_object)
        bound = {str(name): from_rdflib(term) for name, term in (kwargs.get("initBindings") or {}).items()}
        if set(bound) != {"this"} or reach.pattern_of(text) is None:
            # Oxigraph binds a variable only where it is projected, and not in a group by itself.
            _guarded(text)
            names = kwargs.get("initNs") or dict(self.namespaces())
            return super().query(_read_by_rdflib(text, tuple(sorted(names.items()))), *arguments, **kwargs)
        if self._copy is None:
            self._copy = ox.Store()
            self._copy.extend(ox.Quad(*map(from_rdflib, triple)) for triple in self)  # type: ignore[arg-type]
        declared = sparql.Prologue(text).prefixes
        text = prologue({p: ns for p, ns in self.prefixes.items() if p not in declared}) + text
        answer = EmbeddedStore(self._copy).query(_guarded(text), bindings=bound)
        assert not isinstance(answer, Triples)  # see wellformed
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


_guarded = functools.lru_cache(maxsize=1_000)(functools.partial(guard.judge, name="sh:select"))


@functools.lru_cache(maxsize=1_000)
def _read_by_rdflib(text: str, names: tuple[tuple[str, Any], ...]) -> Query:
    """Return a query as rdflib reads it. Raises UsageError if that reading reaches outside: a second lock behind the guard."""
    query = prepareQuery(text, initNs=dict(names))

    def refuse(part: Any) -> None:
        if getattr(part, "name", "") == "ServiceGraphPattern" or (
            isinstance(part, dict) and dict.get(part, "datasetClause")
        ):
            raise UsageError("sh:select: SERVICE and FROM are refused", "make it a plain pattern")

    traverse(query.algebra, visitPre=refuse)
    return query


def _graph(shapes: Shapes, triples: list[ox.Triple]) -> _Graph:
    """Return triples for pySHACL, with the subclasses that it looks for among them."""
    graph = _Graph(bind_namespaces="none")
    graph.prefixes = shapes.prefixes
    with without_complaints():
        for triple in (*triples, *shapes.classes.stated):
            graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return graph


def _judged(shapes: Shapes, prepared: Prepared, graph: _Graph, suspects: Suspects) -> list[Result]:
    results: list[Result] = []
    for (shape, part), nodes in sorted(suspects.items(), key=lambda item: tuple(map(str, item[0]))):
        if not nodes:
            continue
        focus = sorted((to_rdflib(node) for node in nodes), key=str)
        try:
            with without_complaints():
                _, reports = prepared[to_rdflib(part)].validate(_EXECUTOR, graph, focus=focus)[:2]
        except Exception as error:  # pySHACL raises errors of many kinds for what it cannot judge
            name = next(s.name for s in shapes.shapes if s.node == shape)
            raise EngineError(f"pySHACL could not judge {name}: {error}") from error
        with without_complaints():
            results += [_result(shapes, graph, node, triples) for _, node, triples in reports]
    return results


def _result(shapes: Shapes, graph: _Graph, node: Node, triples: list[tuple[Node, Node, object]]) -> Result:
    parts: dict[Node, Node] = {}
    for subject, predicate, term in triples:
        if subject == node:  # and not what stands in sh:detail
            parts[predicate] = term[1] if isinstance(term, tuple) else term  # type: ignore[assignment]
    source, constraint = from_rdflib(parts[SH.sourceShape]), parts.get(SH.sourceConstraint)
    shape = source if constraint is None else from_rdflib(constraint)
    if v.ZGSH + "ruleId" not in shapes.graph.get(shape, {}):
        shape = source
    rule, focus = shapes.rules[shape], from_rdflib(parts[SH.focusNode])
    said = shapes.graph[source]
    given = Source(
        str(source),
        "" if constraint is None else str(from_rdflib(constraint)),
        str(from_rdflib(parts[SH.sourceConstraintComponent])),
        str(next(iter(said.get(v.SH + "severity", ())), ox.NamedNode(v.SH + "Violation"))),
        str(focus),
        str(from_rdflib(parts[SH.value])) if SH.value in parts else "",
    )
    path = next(iter(said.get(v.SH + "path", ())), None)
    if path is None and SH.resultPath in parts:
        path = from_rdflib(parts[SH.resultPath])
    if path is None:  # the value of such a result is the focus node itself
        return Result(rule, focus, "", tuple(shapes.graph[shape].get(v.ZGSH + "pointsAt", ())), None, None, given)
    properties, inverse = _ends(shapes, path)
    shown = path_of(shapes.graph, path)
    if shown.startswith("(") and shown.endswith(")"):
        shown = shown[1:-1]
    value = None if SH.value not in parts else from_rdflib(parts[SH.value])
    others: list[tuple[Any, ...]] = []
    remedy = ""
    if constraint is not None:
        others, remedy = _compared(shapes, graph, shape if shape != source else from_rdflib(constraint), focus, value)
    elif given.component == f"<{v.SH}MaxCountConstraintComponent>":
        others = [(focus, p, from_rdflib(o)) for p in properties for o in graph.objects(to_rdflib(focus), to_rdflib(p))]
    else:
        others = [(focus, p, None) for name in _PAIRS for p in said.get(v.SH + name, ())]
    return Result(rule, focus, shown, properties, inverse, value, given, tuple(sorted(others, key=str)), remedy)


_PAIRS = ("lessThan", "lessThanOrEquals", "equals")  # the constraints that compare with another property


def _compared(
    shapes: Shapes, graph: _Graph, constraint: Term, focus: Term, value: Term | None
) -> tuple[list[tuple[Any, ...]], str]:
    """Return what a constraint in SPARQL compares a node with, and its own remedy, if its SELECT has columns for them.

    The columns are those of a rule: `?otherFocus ?otherPath ?otherValue` and `?remedy`.
    """
    text = shapes.graph[constraint][v.SH + "select"][0].value
    if not sparql.variables(text) & {"otherFocus", "remedy"} or reach.pattern_of(text) is None:
        return [], ""
    others, remedy = [], ""
    for row in graph.query(text, initBindings={"this": to_rdflib(focus)}).bindings:
        said = {str(name): from_rdflib(term) for name, term in row.items()}
        if said.get("value", value) == value:
            if "otherFocus" in said:
                others.append((said["otherFocus"], said.get("otherPath"), said.get("otherValue")))
            remedy = remedy or getattr(said.get("remedy"), "value", "")
    return others, remedy


def _ends(shapes: Shapes, path: Term) -> tuple[tuple[Term, ...], Term | None]:
    """Return the properties at which a SHACL path leaves the focus node, and that at which it arrives there."""
    if isinstance(path, ox.NamedNode):
        return (path,), None
    said = shapes.graph.get(path, {})
    for choices in said.get(v.SH + "alternativePath", ()):
        return tuple(list_of(shapes.graph, choices)), None
    for inverse in said.get(v.SH + "inversePath", ()):
        return (), inverse
    return (tuple(list_of(shapes.graph, path)[:1]) if v.RDF + "first" in said else ()), None
