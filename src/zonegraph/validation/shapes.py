"""The shapes of a project: read once, compiled to queries that say which nodes may break them.

What a shape's conditions are is in `constraints`; who is judged by it, in which graph, in `judging`.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.build import cache
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import record, sparql, turtle
from zonegraph.rdf.graph import Term
from zonegraph.store import guard
from zonegraph.store.query import Named, Query
from zonegraph.validation import checks, reach, wellformed
from zonegraph.validation.constraints import (
    UNKNOWN,
    Compiler,
    Described,
    Pattern,
    ambiguous,
    around,
    is_declared,
    is_true,
    list_of,
    name_of,
    owner,
    path_of,
    prefixes_of,
    prologue,
)
from zonegraph.validation.findings import Rule

OWN = frozenset(("judgedGraph",))  # variables of the queries around them


class Targets(NamedTuple):
    """Which nodes a shape is about (SHACL, 2.1.3): instances of classes, subjects and objects of properties, nodes."""

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
    have a language each; `selects` are its constraints in SPARQL, each as a query for graph and node of all that it finds; `ways` says how far the others look.
    """

    node: Term
    condition: str
    patterns: list[Pattern]
    unique: list[str]
    selects: list[Query]
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

    `text` is what the files say, in N-Triples; `shapes` are those with targets, in order of name; `rules` are
    the rules by shape, `ids` the rule ids in the files; `ways` says what the shapes look at around a node; `prefixes` are
    those that they declare.
    """

    text: str
    shapes: list[Shape]
    rules: dict[Term, Rule]
    ids: set[str]
    ways: reach.Ways
    classes: Classes
    prefixes: dict[str, str]

    @property
    def triples(self) -> list[ox.Triple]:
        """What the files say, for whom pySHACL is asked; nobody may change it."""
        return _triples(self.text)

    @property
    def graph(self) -> Described:
        """The same by subject and property."""
        return _described(self.text)

    def takes(self, rule: str) -> set[Term]:
        """Return the datatypes, classes and languages that a rule about the values of a property would have them be of."""
        found: set[Term] = set()
        for said in (self.graph[node] for node, known in self.rules.items() if known.id == rule):
            members = [said] if v.SH + "path" in said else []
            for name in ("or", "and") if members else ():
                members += (
                    self.graph.get(m, {}) for head in said.get(v.SH + name, ()) for m in list_of(self.graph, head)
                )
            for member in members if not any(v.SH + "path" in m for m in members[1:]) else ():
                found.update(t for name in ("datatype", "class") for t in member.get(v.SH + name, ()))
                if {v.SH + "minInclusive", v.SH + "maxInclusive"} & member.keys():  # between which numbers lie
                    found.update(ox.NamedNode(v.XSD + name) for name in ("integer", "decimal"))
                found.update(m for head in member.get(v.SH + "languageIn", ()) for m in list_of(self.graph, head))
        return found

    def instead(self, rule: str) -> list[tuple[Term, Term, Term]]:
        """Return what is meant by a property that a rule refuses: property, class of the subject, and the property meant, for each."""
        nodes = [node for node, known in self.rules.items() if known.id == rule]
        lists = (list_of(self.graph, head) for node in nodes for head in self.graph[node].get(v.ZGSH + "instead", ()))
        return [(found[0], found[1], found[2]) for found in lists if len(found) == 3]


@functools.lru_cache(maxsize=4)
def _triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]


@functools.lru_cache(maxsize=4)
def _described(text: str) -> Described:
    return _by_subject(_triples(text))


def _by_subject(triples: Iterable[ox.Triple]) -> Described:
    graph: Described = {}
    for triple in triples:
        graph.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(triple.object)  # type: ignore[arg-type]
    return graph


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

    Parameters: `ontology`, its triples. Raises UsageError if there are none that could find anything, and, with file and
    line, if one is ill-formed.
    """
    files = [(file, texts.read_text(file.path)) for file in project.shapes]
    # Of classes without a name, which are other nodes each time they are read, no shape asks.
    subclasses = tuple(
        t for t in ontology if t.predicate.value == v.RDFS + "subClassOf" and not any(map(_is_nameless, t))
    )
    try:
        shapes = _kept(tuple((file.name, text) for file, text in files), subclasses)
    except UsageError:  # which tells the path of a file
        shapes = _of_files(((file.path, text) for file, text in files), subclasses)
    if not shapes.shapes:
        raise UsageError(
            f"{project.root}: no shapes to validate with (no shape in shapes/*.ttl has a target)",
            "without shapes everything would conform; put shapes in the project's folder shapes/",
        )
    return shapes


def _is_nameless(term: object) -> bool:
    return isinstance(term, ox.BlankNode)


@functools.lru_cache(
    maxsize=4
)  # who judges several times has the same shapes each time; what is returned nobody may change
def _kept(files: tuple[tuple[str, str], ...], ontology: tuple[ox.Triple, ...]) -> Shapes:
    """Return what `_of_files` does, from the cache if it has it."""

    def make() -> Shapes:
        return _of_files(files, ontology)

    def write(shapes: Shapes) -> object:
        return record.written(shapes._replace(classes=None)[:])  # type: ignore[arg-type]

    def restore(content: object) -> Shapes:
        text, found, rules, ids, ways, _, prefixes = record.read(content, _CLASSES)
        return Shapes(text, found, rules, ids, ways, Classes(ontology), prefixes)

    return cache.compiled("shapes", [files, [str(t) for t in ontology]], make, write, restore)


_CLASSES = {kind.__name__: kind for kind in (Targets, Part, Shape, Pattern, Rule, Query, Named, reach.Ways)}


def _of_files(files: Iterable[tuple[str, str]], ontology: Iterable[ox.Triple]) -> Shapes:
    """Return the shapes of files, given as path and text."""
    read = [turtle.read(path, text) for path, text in files]

    def place(statement: wellformed.Statement) -> str:
        s, p, o = statement[0], ox.NamedNode(statement[1]), statement[2]
        source = next((one for one in read if one.graph.has(s, p, o)), None) or next(
            one for one in read if one.graph.has(s)
        )
        return checks.place(source.path, checks.region_of(source, s, [p], o)) + ": "

    return compile_shapes([t for source in read for t in source.graph], Classes(ontology), place)


def of_group(shapes: Shapes, group: str) -> Shapes:
    """Return those shapes of which some rule belongs to a group."""
    kept = [one for one in shapes.shapes if any(shapes.rules[part.node].group == group for part in one.parts)]
    return shapes._replace(shapes=kept, ways=_joined(kept))


def _joined(shapes: list[Shape]) -> reach.Ways:
    return functools.reduce(reach.Ways.joined, (shape.ways for shape in shapes), reach.NOWHERE)


def compile_shapes(
    triples: list[ox.Triple], classes: Classes, place: Callable[[wellformed.Statement], str] = lambda _statement: ""
) -> Shapes:
    """Compile shapes.

    Parameters: `place`, which returns where a statement of theirs stands, for messages. Raises UsageError as `load` does, but
    for there being none.
    """
    graph = _by_subject(triples)
    about = {node: targets for node in graph if any(targets := _targets(graph, node))}
    referred = {o for said in graph.values() for objects in said.values() for o in objects}
    prefixes = prefixes_of(graph)
    wellformed.refuse(graph, about, prefixes, place)
    compiler, outer = Compiler(graph, classes.below), around(graph)
    found: list[Shape] = []
    for node, targets in about.items():
        said = graph[node]
        if is_true(said.get(v.SH + "deactivated")):
            continue
        # A property shape is judged by itself, so that one that is broken has no other judged anew.
        inner = said.get(v.SH + "property", [])
        disjoint = any(v.SH + "qualifiedValueShapesDisjoint" in graph[p] for p in inner)
        if node in referred or disjoint or v.SH + "closed" in said or v.SH + "path" in said:
            inner = []  # pySHACL must find them in the shape, or at its values
        parts = [_part(compiler, graph, prefixes, node, frozenset(inner))]
        parts += [_part(compiler, graph, prefixes, p, frozenset()) for p in sorted(inner, key=str)]
        ways = reach.ways_of(graph, node, prefixes, compiler.parameters)
        ways = ways._replace(backward=ways.backward | {p.value for p in targets.objects_of})
        over_merge = ox.NamedNode(v.ZGSH + "Merge") in said.get(v.ZGSH + "judgedOver", ())
        found.append(Shape(node, name_of(node, outer), targets, parts, ways, over_merge))
    rules = {
        node: _rule(name_of(node, outer), said, graph.get(owner(node, outer) or node, {}))
        for node, said in graph.items()
        if node in about or v.ZGSH + "ruleId" in said or any(name.startswith(v.SH) for name in said)
    }
    ids = {str(id.value) for said in graph.values() for id in said.get(v.ZGSH + "ruleId", ())}
    found = _named_apart(sorted(found, key=lambda shape: str(shape.node)))
    text = (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
    return Shapes(text, found, rules, ids, _joined(found), classes, prefixes)


def _named_apart(shapes: list[Shape]) -> list[Shape]:
    """Return shapes of which no two have one name; those without an IRI may have."""
    seen: Counter[str] = Counter()
    apart = []
    for shape in shapes:
        seen[shape.name] += 1
        number = seen[shape.name]
        apart.append(shape if number == 1 else shape._replace(name=f"{shape.name} ({number})"))
    return apart


def _targets(graph: Described, node: Term) -> Targets:
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


def _part(compiler: Compiler, graph: Described, prefixes: dict[str, str], node: Term, inner: frozenset[Term]) -> Part:
    said = graph[node]
    constraints = frozenset(said.get(v.SH + "sparql", ()))
    condition, patterns = compiler.compile(node, inner | constraints)
    selects = []
    for constraint in constraints:
        if not is_true(graph[constraint].get(v.SH + "deactivated")):
            text = graph[constraint][v.SH + "select"][0].value
            pattern = reach.pattern_of(text)
            # What may not be asked of all nodes at once pySHACL asks of each node by itself.
            if (
                pattern is None
                or OWN & sparql.variables(pattern.text)
                or not is_declared(text, prefixes, ambiguous(graph))
            ):
                condition = UNKNOWN
            else:
                found = f"SELECT DISTINCT ?judgedGraph ?this {{ GRAPH ?judgedGraph {{ {pattern.text} }} }}"
                selects.append(guard.judge(f"{prologue(prefixes)}{text[: pattern.start]} {found}", "sh:select"))
    unique = [path_of(graph, said[v.SH + "path"][0])] if is_true(said.get(v.SH + "uniqueLang")) else []
    ways = reach.ways_of(graph, node, prefixes, compiler.parameters, inner | constraints)
    return Part(node, condition.fails, patterns, unique, selects, ways)


def _rule(otherwise: str, said: dict[str, list[Term]], of_owner: dict[str, list[Term]]) -> Rule:
    """Return the rule of a shape. Parameters: `otherwise`, its id if it has none; `of_owner`, what is said of the shape around it."""

    def text(name: str, default: str) -> str:
        return next((str(term.value) for term in said.get(name, ())), default)

    severity = text(v.SH + "severity", v.SH + "Violation").rsplit("#", 1)[-1].lower()
    return Rule(
        id=text(v.ZGSH + "ruleId", otherwise),
        severity=severity if severity in ("info", "warning") else "violation",
        name=text(v.SH + "name", text(v.RDFS + "label", otherwise)),
        message=text(v.SH + "message", "A constraint of the shapes is not met."),
        remedy=text(v.ZGSH + "remedy", "see the shape in the project's folder shapes/"),
        group=next((term.value for of in (said, of_owner) for term in of.get(v.ZGSH + "group", ())), ""),
    )
