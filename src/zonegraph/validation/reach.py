"""How far shapes look: which triples around a node may matter to whether it conforms.

From the paths of the shapes and the patterns of their constraints in SPARQL follows by which properties, and in which
direction, they leave a node. What is reached so from an article is its slice of what surrounds it; judged in the slice, a
node conforms exactly if it does in the whole.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.rdf import sparql
from zonegraph.rdf.graph import Term
from zonegraph.rdf.sparql import Token
from zonegraph.validation.constraints import Described, list_of

_AGGREGATES = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
_WHOLE_ONLY = frozenset(("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES", "MINUS", *_AGGREGATES))


class Ways(NamedTuple):
    """By which properties shapes leave a node: `forward` to the object, `backward` to the subject.

    `anywhere` are properties of which any triple may matter, wherever it stands; `whole` says that of a node which is reached
    every triple may matter, whatever its property, `everything` that nobody knows, so that all triples may.
    """

    forward: frozenset[str]
    backward: frozenset[str]
    anywhere: frozenset[str]
    whole: bool
    everything: bool

    def joined(self, other: Ways) -> Ways:
        """Return all ways of two."""
        return Ways(
            self.forward | other.forward,
            self.backward | other.backward,
            self.anywhere | other.anywhere,
            self.whole or other.whole,
            self.everything or other.everything,
        )


NOWHERE = Ways(frozenset(), frozenset(), frozenset(), False, False)
EVERYTHING = NOWHERE._replace(everything=True)


class Surroundings:
    """Triples by what they are about, for `slice_around`."""

    def __init__(self, ways: Ways) -> None:
        """Parameters: `ways`, all those in which the triples may be looked at."""
        self.ways = ways
        self._triples: dict[ox.Triple, None] = {}
        self._about: dict[object, list[ox.Triple]] = defaultdict(list)
        self._into: dict[tuple[object, str], list[ox.Triple]] = defaultdict(list)
        self._with: dict[str, list[ox.Triple]] = defaultdict(list)

    def add(self, triples: Iterable[ox.Triple]) -> None:
        """Add triples, each once."""
        for triple in triples:
            if triple not in self._triples:
                self._triples[triple] = None
                self._about[triple.subject].append(triple)
                property = triple.predicate.value
                if property in self.ways.backward:
                    self._into[triple.object, property].append(triple)
                if property in self.ways.anywhere:
                    self._with[property].append(triple)

    def has(self, triple: ox.Triple) -> bool:
        """Return whether a triple is among these."""
        return triple in self._triples

    def about(self, node: Any) -> Iterable[ox.Triple]:
        """Return the triples about a node."""
        return self._about.get(node, ())

    def into(self, node: Any, property: str) -> Iterable[ox.Triple]:
        """Return the triples that lead to a node by a property that is followed backward."""
        return self._into.get((node, property), ())

    def having(self, property: str) -> Iterable[ox.Triple]:
        """Return the triples of a property of which any may matter."""
        return self._with.get(property, ())

    def everything(self) -> Iterable[ox.Triple]:
        """Return all triples."""
        return self._triples

    def touching(self, nodes: Iterable[object]) -> Iterator[ox.Triple]:
        """Yield the triples about nodes, and those that lead to them by a property that is followed backward."""
        for node in nodes:
            yield from self.about(node)
            for property in self.ways.backward:
                yield from self.into(node, property)

    def slice_around(self, own: Iterable[ox.Triple], ways: Ways, nodes: Iterable[object] = ()) -> list[ox.Triple]:
        """Return the triples that may matter to whether nodes conform.

        Parameters: `own`, triples that are judged together with these; `ways`, in which they are looked at; `nodes`, to start
        from besides those of `own`.
        """
        if ways.everything:
            return list(self.everything())
        pending: list[object] = [*nodes, *(term for t in own for term in (t.subject, t.object))]
        pending += [t.subject for property in ways.anywhere for t in self.having(property)]
        reached = set()
        found: dict[ox.Triple, None] = {}
        seen = {v.RDF_TYPE, *ways.forward, *ways.backward, *ways.anywhere}  # by whatever property a class is asked for
        while pending:
            node = pending.pop()
            if node in reached:
                continue
            reached.add(node)
            for triple in self.about(node):
                property = triple.predicate.value
                if ways.whole or property in seen:
                    found[triple] = None
                if property in ways.forward:
                    pending.append(triple.object)
            for property in ways.backward:
                for triple in self.into(node, property):
                    found[triple] = None
                    pending.append(triple.subject)
        return list(found)


class Stored:
    """Triples of a store's graph, looked up where a few nodes are asked for their surroundings."""

    def __init__(self, store: ox.Store, graph: ox.NamedNode) -> None:
        self._store, self._graph = store, graph

    def seen_from(self, ways: Ways, nodes: Iterable[Term]) -> set[Term]:
        """Return the nodes that are reached from some nodes, those themselves included."""
        start = set(nodes)
        for property in ways.anywhere:
            start.update(q.subject for q in self._quads(None, ox.NamedNode(property), None))  # type: ignore[misc]
        return self._reached(start, ways.forward, ways.backward)

    def looking_at(self, ways: Ways, nodes: Iterable[Term]) -> set[Term]:
        """Return the nodes from which some nodes may be reached, those themselves included."""
        return self._reached(set(nodes), ways.backward, ways.forward)

    def _quads(self, s: Any, p: Any, o: Any) -> Iterator[ox.Quad]:
        return self._store.quads_for_pattern(s, p, o, self._graph)

    def _reached(self, found: set[Any], leaving: Iterable[str], arriving: Iterable[str]) -> set[Any]:
        pending = list(found)
        out, into = (frozenset(properties) for properties in (leaving, arriving))
        while pending:
            node = pending.pop()
            about = () if isinstance(node, ox.Literal) else self._quads(node, None, None)
            new = {q.object for q in about if q.predicate.value in out}
            new |= {q.subject for q in self._quads(None, None, node) if q.predicate.value in into}
            pending += new - found
            found |= new
        return found


def ways_of(
    graph: Described,
    shape: Term,
    prefixes: Mapping[str, str],
    unknown: Container[str] = (),
    apart: Container[Term] = (),
) -> Ways:
    """Return how far a shape looks, with all that it refers to.

    Parameters: `prefixes`, those that shapes declare; `unknown`, the parameters of constraint components that look nobody knows
    where; `apart`, what it refers to itself and is not meant.
    """
    forward: set[str] = set()
    backward: set[str] = set()
    anywhere: set[str] = set()
    whole = everything = False
    pending, seen = [shape], set()
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        said = graph.get(node, {})
        for name, terms in said.items():
            if name == v.SH + "path":
                for property, inverse in (step for path in terms for step in _steps(graph, path)):
                    (backward if inverse else forward).add(property)
            elif name.removeprefix(v.SH) in ("equals", "disjoint", "lessThan", "lessThanOrEquals"):
                forward.update(str(term.value) for term in terms)
            elif name.removeprefix(v.SH) in ("select", "ask"):
                for text in terms:
                    found = of_text(text.value, tuple(prefixes.items()))
                    whole, everything = whole or found.whole, everything or found.everything
                    forward |= found.forward
                    backward |= found.backward
                    anywhere |= found.anywhere
            else:
                whole = whole or name == v.SH + "closed"
                # What JavaScript, a function or a component of somebody's own looks at is not known.
                everything = everything or name in _UNKNOWN or name in unknown
                pending += [term for term in terms if term in graph and (node != shape or term not in apart)]
    return Ways(frozenset(forward), frozenset(backward), frozenset(anywhere), whole, everything)


_UNKNOWN = {v.SH + name for name in ("js", "expression")}


def _steps(graph: Described, path: Term, inverse: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield the properties of a path, each with whether it is followed from object to subject."""
    said = graph.get(path, {})
    if isinstance(path, ox.NamedNode) and not said.get(v.RDF + "first"):
        yield path.value, inverse
        return
    if v.RDF + "first" in said:
        for step in list_of(graph, path):
            yield from _steps(graph, step, inverse)
    for kind, inner in said.items():
        for one in inner if kind.startswith(v.SH) else ():
            if kind == v.SH + "alternativePath":
                for choice in list_of(graph, one):
                    yield from _steps(graph, choice, inverse)
            else:
                yield from _steps(graph, one, inverse != (kind == v.SH + "inversePath"))


# ---------------------------------------------------------------- what a constraint in SPARQL looks at


class Where(NamedTuple):
    """What stands between the outermost braces of a SELECT: the text, and where the query's form begins."""

    text: str
    start: int


@functools.cache
def pattern_of(text: str) -> Where | None:
    """Return the pattern of a constraint in SPARQL if it may be asked of all nodes at once.

    It may be if each group that mentions `$this` binds it by a triple pattern first, and those around it have done so before, so
    that its value is the same whether it comes from outside or not, and if nothing in it is counted or cut off, or taken away,
    which pySHACL refuses. Returns None if that is not so, or not certain.
    """
    found = list(sparql.tokens(text))
    form = next((t for t in found if t.kind == "word" and t.text.upper() == "SELECT"), None)
    words = [t.text.upper() for t in found if t.kind == "word"]
    if any(name in text for name in ("$PATH", "$shapesGraph", "$currentShape")):
        return None
    if form is None or words.count("SELECT") != 1 or sparql.doubt(text, dict(v.PREFIXES)) is not None:
        return None
    # An engine may read `LIMIT1` and `SELECTDISTINCT` as two words.
    if any(whole in word for whole in _WHOLE_ONLY for word in words) or found[-1].text != "}":
        return None
    if any("SELECT" in word and word != "SELECT" for word in words):
        return None
    opening = next(t for t in found if t.text == "{" and t.start > form.start)
    group = _Group(None)
    patterns = _Patterns(found)
    if patterns.within_expression:
        return None
    for index, token in enumerate(found):
        if token.start <= opening.start:
            continue
        if token.text == "{" and token.kind == "sign":
            group = _Group(group)
        elif token.text == "}" and token.kind == "sign" and group.around is not None:
            group = group.around
        elif token.kind == "variable" and token.text[1:] == "this":
            group.binds = group.binds or patterns.is_term(index)
            if not group.is_bound():
                return None
    if not group.binds:
        return None
    return Where(text[opening.end : found[-1].start], form.start)


class _Group:
    """A group of a pattern: what it stands in, and whether it has bound `$this` so far."""

    def __init__(self, around: _Group | None) -> None:
        self.around, self.binds = around, False

    def is_bound(self) -> bool:
        """Return whether this group and all around it have bound it."""
        return self.binds and (self.around is None or self.around.is_bound())


class _Triple(NamedTuple):
    """A triple pattern: its terms as text, the tokens of its path, and the groups it stands in, the outermost first."""

    subject: str
    path: list[Token]
    object: str
    scope: tuple[int, ...]


class _Patterns:
    """The triple patterns of a text, as far as they are plain."""

    def __init__(self, found: list[Token]) -> None:
        self.triples: list[_Triple] = []
        self.plain = True
        self.within_expression = False  # whether an EXISTS stands there, so that what follows it is no pattern
        self._terms: set[int] = set()
        self._scope: tuple[int, ...] = ()
        self._read(found)

    def is_term(self, index: int) -> bool:
        """Return whether a token is the subject or the object of a triple pattern."""
        return index in self._terms

    def _read(self, found: list[Token]) -> None:
        i = next((i for i, t in enumerate(found) if t.text == "{"), len(found))
        subject, path = "", list[Token]()  # of the triple that is being read
        while i < len(found):
            token = found[i]
            sign = token.text if token.kind == "sign" else ""
            word = token.text.upper() if token.kind == "word" else ""
            if word in ("FILTER", "BIND"):
                i = self._after_expression(found, i)
                subject, path = "", []
                continue
            if sign in ("{", "}", "."):
                subject, path = "", []
                if sign == "{":
                    self._scope = (*self._scope, i)
                elif sign == "}":
                    self._scope = self._scope[:-1]
            elif sign == ";":
                path = []
            elif sign == ",":
                i = self._object(found, i + 1, subject, path)
                continue
            elif word in ("UNION", "OPTIONAL", "MINUS"):
                subject, path = "", []
            elif word and word not in ("A", "TRUE", "FALSE"):
                self.plain = False
            elif not subject:
                self.plain = self.plain and not sign
                subject = _variable(token.text)
                self._terms.add(i)
            elif not path:
                path, i = _path(found, i)
                i = self._object(found, i, subject, path)
                continue
            else:
                self.plain = False
            i += 1

    def _object(self, found: list[Token], i: int, subject: str, path: list[Token]) -> int:
        """Read an object. Returns where what follows it stands."""
        if i >= len(found) or found[i].kind == "sign":
            self.plain = False
            return i + 1
        self.triples.append(_Triple(subject, path, _variable(found[i].text), self._scope))
        self._terms.add(i)
        i += 1
        while i < len(found) and (found[i].kind == "language" or found[i].text == "^^"):
            i += 2 if found[i].text == "^^" else 1
        return i

    def _after_expression(self, found: list[Token], i: int) -> int:
        """Return where what follows a FILTER or BIND begins; the group of an EXISTS is read with the rest."""
        depth = 0
        for place in range(i + 1, len(found)):
            sign = found[place].text if found[place].kind == "sign" else ""
            if sign == "{":
                self.within_expression = self.within_expression or depth > 0
                self.plain = self.plain and not depth
                return place
            depth += (sign == "(") - (sign == ")")
            if not depth and sign == ")":
                return place + 1
        return len(found)


def _variable(text: str) -> str:
    return f"?{text[1:]}" if text[0] == "$" else text


def _path(found: list[Token], i: int) -> tuple[list[Token], int]:
    """Read a path. Returns its tokens, and where the object stands."""
    path: list[Token] = []
    depth = 0
    while i < len(found):
        token = found[i]
        sign = token.text if token.kind == "sign" else ""
        if sign in ("{", "}", ".", ";", ","):
            break
        depth += (sign == "(") - (sign == ")")
        path.append(token)
        i += 1
        before = sign in ("/", "|", "^", "(", "!")
        behind = i < len(found) and found[i].kind == "sign" and found[i].text in ("/", "|", "*", "+", "?")
        if not depth and not before and not behind:
            break
    return path, i


@functools.cache
def of_text(text: str, declared: tuple[tuple[str, str], ...] = ()) -> Ways:
    """Return how far a constraint in SPARQL looks.

    Parameters: `declared`, prefixes that it may use besides its own.
    """
    found = list(sparql.tokens(text))
    read = _Patterns(found)
    if not read.plain or any(t.kind == "word" and t.text.upper() in ("SERVICE", "GRAPH") for t in found):
        return EVERYTHING
    own = sparql.Prologue(text).prefixes
    prefixes = {**{p: [ns] for p, ns in (*v.PREFIXES.items(), *declared)}, **own}
    forward: set[str] = set()
    backward: set[str] = set()
    anywhere: set[str] = set()
    whole = False
    known = _Known()
    waiting = [(triple, _properties(triple.path, prefixes)) for triple in read.triples]
    while waiting:
        leading = next((one for one in waiting if known.leads_to(one[0])), None)
        # What no pattern leads to may stand anywhere; what hangs on it is reached from there.
        lost = leading is None
        one = leading or next((one for one in waiting if v.RDF_TYPE not in (one[1] or ())), waiting[0])
        waiting.remove(one)
        triple, properties = one
        from_object = not lost and not known.has(triple.subject, triple.scope)
        unsure = properties is None and triple.path[0].kind != "variable"
        if unsure or (lost and any(token.text in ("*", "?") for token in triple.path)):
            return EVERYTHING
        if properties is None:
            # Any property: all triples of a node that is reached are there, but nobody knows where they lead.
            further = (t for t, _ in waiting if triple.object == t.subject or triple.object == t.object)
            if lost or from_object or any(not known.has(t.subject, t.scope) for t in further):
                return EVERYTHING
            whole = True
            continue
        inverted = any(token.text == "^" for token in triple.path)
        if lost:
            anywhere.update(properties)
        if lost or inverted or not from_object:
            forward.update(properties)
        if lost or inverted or from_object:
            backward.update(properties)
        known.add(triple)
    return Ways(frozenset(forward), frozenset(backward), frozenset(anywhere), whole, False)


def _properties(path: list[Token], prefixes: Mapping[str, list[str]]) -> list[str] | None:
    """Return the properties of a path; None if one is a variable, or nobody knows which it is.

    Parameters: `prefixes`, with all the namespaces that each may stand for.
    """
    names = []
    for token in path:
        if token.kind == "iri" and re.match("<[A-Za-z][A-Za-z0-9+.-]*:[^\\\\]*>$", token.text):
            names.append(token.text[1:-1])
        elif token.kind == "pname" and token.text.partition(":")[0] in prefixes:
            namespaces = prefixes[token.text.partition(":")[0]]
            names += [namespace + sparql.local_name(token.text) for namespace in namespaces]
        elif token.text == "a":
            names.append(v.RDF_TYPE)
        elif token.kind != "sign" or token.text == "!":
            return None
    return names


class _Known:
    """The variables that patterns have reached so far, each with the group in which it has its value."""

    def __init__(self) -> None:
        self._found: set[tuple[str, tuple[int, ...]]] = {("?this", ())}

    def add(self, triple: _Triple) -> None:
        """Know the variables of a pattern."""
        self._found |= {(term, triple.scope) for term in (triple.subject, triple.object) if term[0] == "?"}

    def has(self, term: str, scope: tuple[int, ...]) -> bool:
        """Return whether a term is reached: what a variable is in another group than those around says nothing of what it is here."""
        return any(name == term and scope[: len(where)] == where for name, where in self._found)

    def leads_to(self, triple: _Triple) -> bool:
        """Return whether either end of a pattern is reached."""
        return self.has(triple.subject, triple.scope) or self.has(triple.object, triple.scope)
