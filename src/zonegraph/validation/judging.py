"""Which nodes may break a shape, asked of a store at once; which do, by pySHACL's word.

What is judged together, such as an article, is a unit: its own triples with the slice of what surrounds it that shapes can
see. Each part of a shape is one query over the graphs of all units. The nodes that it finds, or that the store sees differently
from pySHACL, are judged by pySHACL in the unit; no others are.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.rdf.graph import Term
from zonegraph.store import Bindings
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.store.query import Query, compiled
from zonegraph.terms import TYPE
from zonegraph.validation import reach
from zonegraph.validation.checks import is_known_datatype, well_formed
from zonegraph.validation.constraints import FALSE, TRUE, Pattern, as_kept, filled, rewritten
from zonegraph.validation.shapes import Classes, Shape, Shapes
from zonegraph.validation.units import Result, Suspects, Unit


def unit(own: Iterable[ox.Triple], surroundings: reach.Surroundings, shapes: Shapes) -> Unit:
    """Return what is judged together: triples, as far as they do not surround themselves."""
    stated = dict.fromkeys(own)
    triples = [t for t in stated if not surroundings.has(t)]
    subjects: set[Any] = {t.subject for t in stated}
    # A thing that only the surroundings describe is judged there, not where it is mentioned.
    focus = subjects | {o for o in {t.object for t in triples} if not any(surroundings.about(o))}
    known = {s for s in subjects if any(surroundings.about(s))}
    asked = [shape for shape in shapes.shapes if not shape.over_merge]
    around = list(surroundings.touching(known))
    looked = _looked(asked, shapes.classes, focus, [*triples, *around])
    ways = functools.reduce(reach.Ways.joined, (s.ways for s in asked if looked[s.name]), reach.NOWHERE)
    return Unit(
        triples,
        surroundings.slice_around(triples, ways, subjects),
        _looked(asked, shapes.classes, known, around),
        looked,
    )


def unit_of(whole: reach.Surroundings, focus: set[Any], shapes: Shapes, *, over_merge: bool) -> Unit:
    """Return what all files say together, as far as it matters to the nodes that are judged.

    Parameters: `whole`, all triples; `focus`, the nodes; `over_merge`, whether by the shapes over the merge, or else by the others.
    """
    asked = [shape for shape in shapes.shapes if shape.over_merge == over_merge]
    looked = _looked(asked, shapes.classes, focus, whole.touching(focus))
    ways = functools.reduce(reach.Ways.joined, (s.ways for s in asked if looked[s.name]), reach.NOWHERE)
    return Unit(whole.slice_around((), ways, set().union(*looked.values())), [], {}, looked)


def alone(triples: Iterable[ox.Triple], shapes: Shapes) -> Unit:
    """Return a graph as one unit, with nothing around it: all of its nodes are judged, and those that a shape names."""
    own = list(dict.fromkeys(triples))
    focus: set[Any] = {term for t in own for term in (t.subject, t.object)}
    focus.update(node for shape in shapes.shapes for node in shape.targets.nodes)
    return Unit(own, [], {}, _looked(shapes.shapes, shapes.classes, focus, own))


def judge(shapes: Shapes, units: list[Unit], *, whole: bool = False) -> list[list[Result]]:
    """Judge units by the shapes that they were made for.

    Parameters: `whole`, whether pySHACL judges every node by every shape. Returns the results of each unit. Raises EngineError if
    pySHACL fails.
    """
    store = EmbeddedStore(ox.Store())
    graphs = [ox.NamedNode(f"{v.GRAPH}judged/{number}") for number in range(len(units))]
    stored = [reach.Stored(store.ox, graph) for graph in graphs]
    if whole:
        parts = [(shape, part.node) for shape in shapes.shapes for part in shape.parts]
        suspects = [{(s.node, part): unit.looked.get(s.name, set()) for s, part in parts} for unit in units]
    else:
        suspects = _found(shapes, dict(zip(graphs, units, strict=True)), store)
        for unit, suspected, triples in zip(units, suspects, stored, strict=True):
            _add_looking_at(shapes, unit, suspected, _seen_differently(unit), triples)
    left = [{key: nodes for key, nodes in suspected.items() if nodes} for suspected in suspects]
    if not any(left):
        return [[] for _ in units]
    from zonegraph.validation import confirmation  # pySHACL and rdflib take half a second to import

    prepared = confirmation.prepare(shapes, {part for found in left for _, part in found})
    return [
        confirmation.confirm(shapes, prepared, unit, found, None if whole else triples) if found else []
        for unit, found, triples in zip(units, left, stored, strict=True)
    ]


def _looked(
    asked: list[Shape], classes: Classes, focus: set[Any], triples: Iterable[ox.Triple]
) -> dict[str, set[Term]]:
    """Return for each shape the nodes that it is about (SHACL, 2.1.3), as triples say."""
    targets = [shape.targets for shape in asked]
    by_class: dict[Any, set[Any]] = defaultdict(set)
    leaving: dict[object, set[Any]] = {p: set() for t in targets for p in t.subjects_of}
    arriving: dict[object, set[Any]] = {p: set() for t in targets for p in t.objects_of}
    for s, p, o in triples:
        if p == TYPE and s in focus:
            by_class[o].add(s)
        if p in leaving and s in focus:
            leaving[p].add(s)
        if p in arriving and o in focus:
            arriving[p].add(o)
    found: dict[str, set[Term]] = {}
    for shape in asked:
        nodes = focus & set(shape.targets.nodes)
        found[shape.name] = nodes.union(
            *(by_class[kind] for top in shape.targets.classes for kind in by_class.keys() & classes.below(top)),
            *(leaving[p] for p in shape.targets.subjects_of),
            *(arriving[p] for p in shape.targets.objects_of),
        )
    return found


def _found(shapes: Shapes, units: dict[ox.NamedNode, Unit], store: EmbeddedStore) -> list[Suspects]:
    """Ask a store, empty as yet, for the nodes of units that may break each part of each shape.

    Each unit is a named graph. In the default graph, where no shape looks, stands which nodes of it are judged by which shape.
    """
    suspects: dict[ox.NamedNode, Suspects] = {graph: defaultdict(set) for graph in units}
    by = {shape.name: ox.NamedNode(f"{v.GRAPH}judges/{number}") for number, shape in enumerate(shapes.shapes)}
    for graph, one in units.items():
        store.ox.extend(ox.Quad(s, p, o, graph) for triples in (one.own, one.around) for s, p, o in triples)
        store.ox.extend(ox.Quad(graph, by[name], node) for name, nodes in one.looked.items() for node in nodes)

    for shape in shapes.shapes:
        focus = f"?judgedGraph {by[shape.name]} ?focus ."

        def met(pattern: Pattern, focus: str = focus) -> list[Term]:
            there = f"GRAPH ?judgedGraph {{ {pattern.reached} }}" if pattern.reached else ""
            query = f"SELECT DISTINCT {pattern.value} {{ {focus} {there} FILTER(!isBlank({pattern.value})) }}"
            return [value for (value,) in _rows(store, compiled(query))]

        for part in shape.parts if any(unit.looked.get(shape.name) for unit in units.values()) else ():
            condition = filled(part.condition, part.patterns, functools.cache(met))
            queries = []
            if condition != FALSE:
                queries.append(compiled(f"SELECT ?judgedGraph ?focus {{ {focus} FILTER({condition}) }}"))
            for path in part.unique:
                tagged = f'GRAPH ?judgedGraph {{ ?focus {path} ?value }} FILTER(LANG(?value) != "")'
                grouped = "GROUP BY ?judgedGraph ?focus (LCASE(LANG(?value)) AS ?tag)"
                counted = f"{grouped} HAVING (COUNT(DISTINCT ?value) > 1)"
                queries.append(compiled(f"SELECT ?judgedGraph ?focus {{ {focus} {tagged} }} {counted}"))
            queries += part.selects if condition != TRUE else ()
            for graph, node in (row for query in queries for row in _rows(store, query)):
                if node in units[graph].looked.get(shape.name, ()):
                    suspects[graph][shape.node, part.node].add(node)
    return list(suspects.values())


def _rows(store: EmbeddedStore, query: Query) -> list[tuple[Any, ...]]:
    answer = store.query(query)
    assert isinstance(answer, Bindings)
    return answer.rows


def _seen_differently(unit: Unit) -> list[ox.Triple]:
    """Return the triples of a unit whose value a store rewrites, such as `01`, or that is ill-formed."""
    objects = {o for triples in (unit.own, unit.around) for t in triples if isinstance(o := t.object, ox.Literal)}
    literals = {o for o in objects if not o.language and o.datatype.value != v.XSD + "string"}
    odd = rewritten(list(literals)) | {
        literal
        for literal in literals
        if not (is_known_datatype(literal.datatype.value) and well_formed(literal) and _is_read_alike(literal))
    }
    return [t for triples in (unit.own, unit.around) for t in triples if t.object in odd] if odd else []


_DAY = r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}"
# What rdflib takes for well-formed, as Python does: no years beyond four digits, no hour 24, numbers that can be counted.
_READ_ALIKE = {
    "date": _DAY,
    "dateTime": rf"{_DAY}T(?!24)[0-9:]{{8}}([.][0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?",
    "gYear": r"(?!0000)[0-9]{4}",
    "gYearMonth": r"(?!0000)[0-9]{4}-[0-9]{2}",
    **dict.fromkeys(("integer", "nonNegativeInteger", "positiveInteger", "int", "long"), r"-?[0-9]{1,4000}"),
    "decimal": r"-?[0-9]*[.]?[0-9]*",
    **dict.fromkeys(("boolean", "anyURI", "string"), r"(?s:.*)"),
}


def _is_read_alike(literal: ox.Literal) -> bool:
    """Return whether rdflib, and so pySHACL, surely takes a literal that is well-formed for one."""
    kind = literal.datatype.value.removeprefix(v.XSD)
    return kind in _READ_ALIKE and re.fullmatch(_READ_ALIKE[kind], literal.value) is not None


def _add_looking_at(shapes: Shapes, unit: Unit, suspects: Suspects, odd: list[ox.Triple], stored: reach.Stored) -> None:
    """Enter the nodes of a unit from which a part of a shape may look at some triples among the suspects."""
    # A value may be a node that is judged itself, by itself or as the store has it.
    objects: set[Any] = {t.object for t in odd}
    objects |= set(as_kept([o for o in objects if isinstance(o, ox.Literal)]).values())
    for shape in shapes.shapes if odd else ():
        nodes = unit.looked.get(shape.name, set())
        for part in shape.parts if nodes else ():
            start: set[Any] = {t.subject for t in odd if t.predicate.value in part.ways.forward}
            seen = stored.looking_at(part.ways, objects | start) if start else objects
            suspects[shape.node, part.node] |= nodes if part.ways.everything else nodes & seen
