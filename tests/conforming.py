"""SHACL by its letter, slowly: whether one node breaks one constraint. It shares nothing with what it tests but the shapes as read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.rdf.graph import Term
from zonegraph.terms import TYPE
from zonegraph.validation.constraints import list_of
from zonegraph.validation.shapes import Shape, Shapes

Triple = tuple[Term, Term, Term]

COUNTED = {"minCount", "maxCount", "hasValue", "qualifiedValueShape", "equals", "uniqueLang"}
_KINDS = {"IRI": (ox.NamedNode,), "Literal": (ox.Literal,), "BlankNodeOrIRI": (ox.NamedNode, ox.BlankNode)}


class World:
    """Triples that can be changed and changed back. What is added twice is there until it is removed twice."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.out: dict[Term, dict[Term, dict[Term, int]]] = {}
        self.into: dict[Term, dict[Term, dict[Term, int]]] = {}
        self.add(triples)

    def add(self, triples: Iterable[Triple]) -> None:
        for s, p, o in triples:
            for start, end, index in ((s, o, self.out), (o, s, self.into)):
                ends = index.setdefault(start, {}).setdefault(p, {})
                ends[end] = ends.get(end, 0) + 1

    def remove(self, triples: Iterable[Triple]) -> None:
        for s, p, o in triples:
            for start, end, index in ((s, o, self.out), (o, s, self.into)):
                index[start][p][end] -= 1
                if not index[start][p][end]:
                    del index[start][p][end]

    def describes(self, node: Term) -> bool:
        """Return whether a node has triples."""
        return any(self.out.get(node, {}).values())

    def has(self, triple: Triple) -> bool:
        s, p, o = triple
        return o in self.out.get(s, {}).get(p, ())


class Evaluator:
    """Judges nodes of a world by shapes."""

    def __init__(self, shapes: Shapes, world: World) -> None:
        self.shapes, self.world, self.graph = shapes, world, shapes.graph

    # ------------------------------------------------------------ paths

    def along(self, node: Term, path: Term) -> Iterator[tuple[Term, list[Triple]]]:
        """Yield what a path leads to from a node, with the triples on the way."""
        said = self.graph.get(path, {})
        if isinstance(path, ox.NamedNode):
            for o in list(self.world.out.get(node, {}).get(path, ())):
                yield o, [(node, path, o)]
        elif v.RDF + "first" in said:
            found: list[tuple[Term, list[Triple]]] = [(node, [])]
            for step in list_of(self.graph, path):
                found = [(end, [*way, *more]) for start, way in found for end, more in self.along(start, step)]
            yield from found
        elif v.SH + "inversePath" in said:
            (inner,) = said[v.SH + "inversePath"]
            yield from ((s, [(s, inner, node)]) for s in list(self.world.into.get(node, {}).get(inner, ())))
        else:
            for choice in list_of(self.graph, said[v.SH + "alternativePath"][0]):
                yield from self.along(node, choice)

    def sites(self, node: Term, path: Term) -> Iterator[tuple[Term, Term, bool]]:
        """Yield where a triple could be added so that the path leads further: node, property, whether it is to arrive there."""
        said = self.graph.get(path, {})
        if isinstance(path, ox.NamedNode):
            yield node, path, False
        elif v.RDF + "first" in said:
            starts = [node]
            for step in list_of(self.graph, path):
                for start in starts:
                    yield from self.sites(start, step)
                starts = [end for start in starts for end, _ in self.along(start, step)]
        elif v.SH + "inversePath" in said:
            yield node, said[v.SH + "inversePath"][0], True
        else:
            for choice in list_of(self.graph, said[v.SH + "alternativePath"][0]):
                yield from self.sites(node, choice)

    def values(self, node: Term, path: Term) -> list[Term]:
        return list(dict.fromkeys(end for end, _ in self.along(node, path)))

    # ------------------------------------------------------------ judging

    def is_about(self, shape: Shape, node: Term) -> bool:
        """Return whether a shape has a node among its targets."""
        targets, world = shape.targets, self.world
        types = world.out.get(node, {}).get(TYPE, {})
        return (
            node in targets.nodes
            or any(c in types for top in targets.classes for c in self.shapes.classes.below(top))
            or any(world.out.get(node, {}).get(p) for p in targets.subjects_of)
            or any(world.into.get(node, {}).get(p) for p in targets.objects_of)
        )

    def conforms(self, node: Term, shape: Term) -> bool:
        """Return whether a node conforms to a shape."""
        said = self.graph[shape]
        return not any(
            self.breaks(node, shape, name, term) for name in said for term in said[name] if hasattr(self, _method(name))
        )

    def breaks(self, node: Term, shape: Term, name: str, term: Term) -> bool:
        """Return whether a node breaks one constraint of a shape. Parameters: `name`, of the constraint's property; `term`, its value."""
        said, short = self.graph[shape], name.removeprefix(v.SH)
        path = said.get(v.SH + "path")
        values = self.values(node, path[0]) if path else [node]
        judge = getattr(self, _method(name))
        if short in COUNTED:
            return not judge(term, values, node, said)
        return not all(judge(term, value, node, said) for value in values)

    # Each says whether a constraint is met: by all values together, or by one.

    def _min_count(self, term, values, node, said) -> bool:
        return len(values) >= int(term.value)

    def _max_count(self, term, values, node, said) -> bool:
        return len(values) <= int(term.value)

    def _has_value(self, term, values, node, said) -> bool:
        return term in values

    def _qualified_value_shape(self, term, values, node, said) -> bool:
        number = sum(self.conforms(value, term) for value in values)
        least, most = (said.get(v.SH + f"qualified{end}Count") for end in ("Min", "Max"))
        return not (least and number < int(least[0].value)) and not (most and number > int(most[0].value))

    def _equals(self, term, values, node, said) -> bool:
        return set(values) == set(self.world.out.get(node, {}).get(term, ()))

    def _unique_lang(self, term, values, node, said) -> bool:
        tags = [value.language.lower() for value in values if isinstance(value, ox.Literal) and value.language]
        return len(tags) == len(set(tags))

    def _class(self, term, value, node, said) -> bool:
        return any(c in self.world.out.get(value, {}).get(TYPE, ()) for c in self.shapes.classes.below(term))

    def _datatype(self, term, value, node, said) -> bool:
        return isinstance(value, ox.Literal) and value.datatype == term

    def _node_kind(self, term, value, node, said) -> bool:
        return isinstance(value, _KINDS[term.value.removeprefix(v.SH)])

    def _in(self, term, value, node, said) -> bool:
        return value in list_of(self.graph, term)

    def _language_in(self, term, value, node, said) -> bool:
        tags = [tag.value.lower() for tag in list_of(self.graph, term)]
        own = (getattr(value, "language", None) or "").lower()
        return any(own == tag or own.startswith(tag + "-") for tag in tags)

    def _pattern(self, term, value, node, said) -> bool:
        flags = re.IGNORECASE if any("i" in flag.value for flag in said.get(v.SH + "flags", ())) else 0
        return not isinstance(value, ox.BlankNode) and re.search(term.value, value.value, flags) is not None

    def _max_length(self, term, value, node, said) -> bool:
        return not isinstance(value, ox.BlankNode) and len(value.value) <= int(term.value)

    def _min_length(self, term, value, node, said) -> bool:
        return not isinstance(value, ox.BlankNode) and len(value.value) >= int(term.value)

    def _min_inclusive(self, term, value, node, said) -> bool:
        return _number(value) is not None and _number(value) >= _number(term)  # type: ignore[operator]

    def _max_inclusive(self, term, value, node, said) -> bool:
        return _number(value) is not None and _number(value) <= _number(term)  # type: ignore[operator]

    def _disjoint(self, term, value, node, said) -> bool:
        return value not in self.world.out.get(node, {}).get(term, ())

    def _less_than(self, term, value, node, said) -> bool:
        return all(
            None not in (_number(value), _number(o)) and _number(value) < _number(o)  # type: ignore[operator]
            for o in self.world.out.get(node, {}).get(term, ())
        )

    def _less_than_or_equals(self, term, value, node, said) -> bool:
        return all(
            None not in (_number(value), _number(o)) and _number(value) <= _number(o)  # type: ignore[operator]
            for o in self.world.out.get(node, {}).get(term, ())
        )

    def _property(self, term, value, node, said) -> bool:
        return self.conforms(value, term)

    def _and(self, term, value, node, said) -> bool:
        return all(self.conforms(value, member) for member in list_of(self.graph, term))

    def _or(self, term, value, node, said) -> bool:
        return any(self.conforms(value, member) for member in list_of(self.graph, term))

    def _not(self, term, value, node, said) -> bool:
        return not self.conforms(value, term)


def _method(name: str) -> str:
    return "_" + re.sub("[A-Z]", lambda match: "_" + match[0].lower(), name.removeprefix(v.SH))


def is_known(name: str) -> bool:
    """Return whether a property of SHACL is a constraint that is judged here."""
    return name.startswith(v.SH) and hasattr(Evaluator, _method(name))


def _number(term: Term) -> Decimal | None:
    numeric = isinstance(term, ox.Literal) and term.datatype.value in (v.XSD + "integer", v.XSD + "decimal")
    return Decimal(term.value) if numeric else None
