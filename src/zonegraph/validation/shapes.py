"""The shapes of a project: read once, compiled to queries that say which nodes may break them.

What a shape's conditions are is in `constraints`; who is judged by it, in which graph, in `judging`.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.rdf import sparql, turtle
from zonegraph.rdf.graph import Term
from zonegraph.store import guard
from zonegraph.validation import reach
from zonegraph.validation.constraints import UNKNOWN, Compiler, Graph, Pattern, is_boolean, is_true, list_of, path_of
from zonegraph.validation.report import Rule

MAX_DEPTH = 12  # of shapes within each other; pySHACL gives up at 14
MAX_WAYS = 1_000  # from a shape to those that it refers to; pySHACL goes each of them

OWN = frozenset(("judgedGraph",))  # variables of the queries around them
_TYPE = ox.NamedNode(v.RDF_TYPE)
_REFERENCES = tuple(v.SH + name for name in ("property", "node", "not", "qualifiedValueShape"))
_LISTS = tuple(v.SH + name for name in ("and", "or", "xone"))
_SPARQL = {v.SH + name for name in ("select", "ask", "construct", "update", "expression")}


class Targets(NamedTuple):
    """Whom a shape is about (SHACL, 2.1.3): instances of classes, subjects and objects of properties, nodes."""

    classes: tuple[Term, ...]
    subjects_of: tuple[Term, ...]
    objects_of: tuple[Term, ...]
    nodes: tuple[Term, ...]

    def terms(self) -> list[Term]:
        """Return all terms that are named, in order."""
        return sorted(
            {*self.classes, *self.subjects_of, *self.objects_of, *self.nodes}, key=lambda term: str(term.value)
        )


class Part(NamedTuple):
    """A shape, or a part of one that is judged by itself.

    `condition` holds of the nodes that may break it; `patterns` stand in it as marks; `unique` are the paths whose values
    have a language each; `selects` are its constraints in SPARQL, each as a query for graph and node of all that it finds, to be
    judged as it is sent; `ways` says how far the others look.
    """

    node: Term
    condition: str
    patterns: list[Pattern]
    unique: list[str]
    selects: list[str]
    ways: reach.Ways


class Shape(NamedTuple):
    """A shape with targets.

    `name` is as shown; `ways` says how far it looks, `over_merge` whether it judges the merge.
    """

    node: Term
    name: str
    targets: Targets
    parts: list[Part]
    ways: reach.Ways
    over_merge: bool


class Shapes(NamedTuple):
    """The shapes of a project.

    `graph` is what the files say, `triples` the same as a list; `shapes` are those with targets, in order of name; `rules` are
    the rules by shape, `ids` the rule ids in the files; `ways` says what the shapes look at around a node; `prefixes` are
    those that they declare.
    """

    graph: Graph
    triples: list[ox.Triple]
    shapes: list[Shape]
    rules: dict[Term, Rule]
    ids: set[str]
    ways: reach.Ways
    classes: Classes
    prefixes: dict[str, str]


class Classes:
    """Which classes are below which, according to an ontology."""

    def __init__(self, ontology: Iterable[ox.Triple]) -> None:
        """Read the subclasses that triples state."""
        self.stated = [t for t in ontology if t.predicate.value == v.RDFS + "subClassOf"]
        self._below: dict[Term, list[Term]] = defaultdict(list)
        for triple in self.stated:
            self._below[triple.object].append(triple.subject)  # type: ignore[index,arg-type]

    @functools.cache  # noqa: B019
    def below(self, top: Term) -> list[Term]:
        """Return a class with all that are below it, in order."""
        found, pending = {top}, [top]
        while pending:
            new = {c for c in self._below.get(pending.pop(), ()) if c not in found}
            found |= new
            pending += new
        return sorted((c for c in found if isinstance(c, ox.NamedNode)), key=lambda c: c.value)


def load(project: sources.Project, ontology: Iterable[ox.Triple]) -> Shapes:
    """Load the shapes of a project.

    Parameters: `ontology`, its triples. Raises UsageError if there are none that could find anything, or if one is malformed,
    refers to itself or asks for named graphs: pySHACL judges such shapes unreliably.
    """
    triples: list[ox.Triple] = []
    for file in project.shapes:
        read = turtle.parse(file.path, rename=True)
        _refuse_unjudged(file, read)
        triples += read
    shapes = compile_shapes(triples, Classes(ontology))
    if not shapes.shapes:
        raise UsageError(
            f"{project.root}: no shape to validate with (shapes/*.ttl holds no shape with a target)",
            "without shapes everything would conform; put the shapes into the project's folder shapes/",
        )
    return shapes


def compile_shapes(triples: list[ox.Triple], classes: Classes) -> Shapes:
    """Compile shapes. Raises UsageError as `load` does, but for there being none."""
    graph: Graph = {}
    for triple in triples:
        graph.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)  # type: ignore[arg-type]
    about = {node: targets for node in graph if any(targets := _targets(graph, node))}
    referred = {o for said in graph.values() for objects in said.values() for o in objects}
    for node, said in graph.items():
        for name in ("closed", "deactivated", "uniqueLang"):
            if any(not is_boolean(term) for term in said.get(v.SH + name, ())):
                raise UsageError(
                    f"shape {name_of(graph, node)}: sh:{name} has a value that is no boolean", "write true or false"
                )
    for node in about:
        _refuse_recursion(graph, node)
    compiler, prefixes, around = Compiler(graph, classes.below), _prefixes(graph), _around(graph)
    found: list[Shape] = []
    for node, targets in about.items():
        said = graph[node]
        if is_true(said.get(v.SH + "deactivated")):
            continue
        # A property shape is judged by itself, so that one that is broken has no other judged anew.
        inner = [p for p in said.get(v.SH + "property", ()) if v.SH + "path" in graph.get(p, {})]
        disjoint = any(v.SH + "qualifiedValueShapesDisjoint" in graph[p] for p in inner)
        if node in referred or disjoint or v.SH + "closed" in said:
            inner = []  # pySHACL must find them in the shape
        try:
            parts = [_part(compiler, graph, prefixes, node, frozenset(inner))]
            parts += [_part(compiler, graph, prefixes, p, frozenset()) for p in sorted(inner, key=str)]
        except UsageError as error:
            raise UsageError(f"shape {name_of(graph, node)} has {error.problem}", error.remedy) from None
        ways = reach.ways_of(graph, node, prefixes, compiler.parameters)
        ways = ways._replace(backward=ways.backward | {p.value for p in targets.objects_of})
        over_merge = ox.NamedNode(v.ZGSH + "Merge") in said.get(v.ZGSH + "judgedOver", ())
        found.append(Shape(node, name_of(graph, node), targets, parts, ways, over_merge))
    rules = {
        node: _rule(_name(node, around), said)
        for node, said in graph.items()
        if node in about or v.ZGSH + "ruleId" in said or any(name.startswith(v.SH) for name in said)
    }
    ids = {str(id.value) for said in graph.values() for id in said.get(v.ZGSH + "ruleId", ())}
    ways = functools.reduce(reach.Ways.joined, (shape.ways for shape in found), reach.NOWHERE)
    return Shapes(graph, triples, sorted(found, key=lambda s: str(s.node)), rules, ids, ways, classes, prefixes)


def _targets(graph: Graph, node: Term) -> Targets:
    said = graph[node]
    classes = list(said.get(v.SH + "targetClass", ()))
    types = said.get(v.RDF_TYPE, ())
    if any(t.value in (v.RDFS + "Class", v.OWL + "Class") for t in types) and any(
        t.value in (v.SH + "NodeShape", v.SH + "PropertyShape") for t in types
    ):
        classes.append(node)
    return Targets(
        tuple(classes),
        *(tuple(said.get(v.SH + name, ())) for name in ("targetSubjectsOf", "targetObjectsOf", "targetNode")),
    )


def _part(compiler: Compiler, graph: Graph, prefixes: dict[str, str], node: Term, inner: frozenset[Term]) -> Part:
    constraints = frozenset(c for c in graph[node].get(v.SH + "sparql", ()) if v.SH + "select" in graph.get(c, {}))
    condition, patterns = compiler.compile(node, inner | constraints)
    selects = []
    for constraint in constraints:
        if not is_true(graph[constraint].get(v.SH + "deactivated")):
            prologue = "".join(f"PREFIX {p}: <{ns}> " for p, ns in prefixes.items())
            for text in graph[constraint][v.SH + "select"]:
                pattern = reach.pattern_of(str(text.value))
                # What may not be asked of all nodes at once pySHACL asks of each node by itself.
                if pattern is None or OWN & sparql.variables(pattern.text) or not _declared(text.value, prefixes):
                    condition = UNKNOWN
                else:
                    found = f"SELECT DISTINCT ?judgedGraph ?this {{ GRAPH ?judgedGraph {{ {pattern.text} }} }}"
                    selects.append(f"{prologue}{text.value[: pattern.start]} {found}")
    unique = [
        path_of(graph, path)
        for path in graph[node].get(v.SH + "path", ())
        if is_true(graph[node].get(v.SH + "uniqueLang"))
    ]
    ways = reach.ways_of(graph, node, prefixes, compiler.parameters, inner | constraints)
    return Part(node, condition.fails, patterns, unique, selects, ways)


def _declared(text: str, prefixes: Mapping[str, str]) -> bool:
    """Return whether each prefix that a text uses is declared, by itself, by shapes, or as ours."""
    known = {*prefixes, *v.PREFIXES, *sparql.Prologue(text).prefixes}
    return all(t.text.partition(":")[0] in known for t in sparql.tokens(text) if t.kind == "pname")


def _prefixes(graph: Graph) -> dict[str, str]:
    """Return the prefixes that shapes declare for their constraints in SPARQL (SHACL, 5.2.1), with their namespaces.

    One that is declared twice, for different namespaces, is left out.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for said in graph.values():
        for declared in said.get(v.SH + "declare", ()):
            of = graph.get(declared, {})
            for prefix in of.get(v.SH + "prefix", ()):
                found[prefix.value].update(namespace.value for namespace in of.get(v.SH + "namespace", ()))
    return {prefix: min(namespaces) for prefix, namespaces in found.items() if len(namespaces) == 1}


def _rule(otherwise: str, said: dict[str, list[Term]]) -> Rule:
    def text(name: str, default: str) -> str:
        return next((str(term.value) for term in said.get(name, ())), default)

    severity = text(v.SH + "severity", v.SH + "Violation").rsplit("#", 1)[-1].lower()
    return Rule(
        id=text(v.ZGSH + "ruleId", otherwise),
        severity=severity if severity in ("info", "warning") else "violation",
        name=text(v.SH + "name", text(v.RDFS + "label", otherwise)),
        message=text(v.SH + "message", "A constraint of the shapes is not met."),
        remedy=text(v.ZGSH + "remedy", "see the shape in the project's folder shapes/"),
    )


def name_of(graph: Graph, node: Term) -> str:
    """Return a shape's name as shown: its IRI, shortened, or that of the shape around it."""
    return _name(node, _around(graph) if isinstance(node, ox.BlankNode) else {})


def _around(graph: Graph) -> dict[Term, Term]:
    """Return for each blank node what it stands in."""
    return {
        o: s for s, said in graph.items() for objects in said.values() for o in objects if isinstance(o, ox.BlankNode)
    }


def _name(node: Term, around: dict[Term, Term]) -> str:
    seen: set[Term] = set()
    while not isinstance(node, ox.NamedNode):
        seen.add(node)
        above = around.get(node)
        if above is None or above in seen:
            return "a nameless shape"
        node = above
    return v.shorten(node.value)


def _refuse_unjudged(file: sources.SourceFile, triples: list[ox.Triple]) -> None:
    """Refuse SPARQL in a file of shapes that would reach outside, names a graph or is too large, with the line at which it stands."""
    for triple in triples:
        kind, value = triple.predicate.value, triple.object
        if not isinstance(value, ox.Literal):
            continue
        problem = ""
        if kind in _SPARQL:
            try:
                graphs = guard.judge(value.value, v.shorten(kind)).graphs
            except UsageError as error:
                problem, remedy = f"in the text of {error.problem}", error.remedy
            else:
                words = {t.text.upper() for t in sparql.tokens(value.value) if t.kind == "word"}
                if graphs or "GRAPH" in words:
                    problem = f"a constraint in SPARQL uses {'FROM' if graphs else 'GRAPH'}"
                    remedy = "shapes see one graph; make it a plain pattern, or a rule in shapes/rules/"
        elif kind == v.SH + "prefix" and [t.kind for t in sparql.tokens(f"{value.value}:")] != ["pname"]:
            problem, remedy = "sh:prefix is not a prefix", "write letters and digits, without the colon"
        elif kind == v.SH + "namespace" and not re.fullmatch(r"[^\x00-\x20<>\"{}|^`\\]*", value.value):
            problem, remedy = "sh:namespace is not an IRI", "write it without brackets, blanks and backslashes"
        if problem:
            line = turtle.line_of_value(file.path, triple.predicate, value)
            raise UsageError(f"{file.path}:{line}: {problem}" if line else f"{file.path}: {problem}", remedy)


def _refuse_recursion(graph: Graph, start: Term) -> None:
    def inner(node: Term) -> Iterator[Term]:
        said = graph.get(node, {})
        for reference in _REFERENCES:
            yield from said.get(reference, ())
        for reference in _LISTS:
            for items in said.get(reference, ()):
                try:
                    yield from list_of(graph, items)
                except UsageError as error:
                    raise UsageError(f"shape {name_of(graph, start)} has {error.problem}", error.remedy) from None

    # Depth first, each shape once, and not by recursion: a chain of shapes may be long.
    above, finished, pending = {start}, set(), [(start, inner(start))]
    ways: dict[Term, int] = {}
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
                    f"shape {name_of(graph, start)} refers to shapes in more than {MAX_WAYS:,} ways",
                    "let it refer to fewer shapes that refer to others",
                )
        elif following in above:
            raise UsageError(
                f"shape {name_of(graph, start)} refers to itself", "recursive shapes are judged unreliably; unfold it"
            )
        elif len(above) > MAX_DEPTH:
            raise UsageError(
                f"shape {name_of(graph, start)} refers to shapes more than {MAX_DEPTH} deep",
                "let it refer to those at the end directly",
            )
        else:
            above.add(following)
            pending.append((following, inner(following)))
