"""SHACL constraints as SPARQL: for each a condition that holds of every node that may break it, and maybe of others.

A condition never errs towards silence: where the store and pySHACL could see a value differently, or where a constraint is not
known here, it holds. What is only suspected is judged by pySHACL in the end, so a condition that holds too often costs time
and nothing else. Each constraint has two: `fails`, which holds wherever it may be broken, and `conforms`, which holds
wherever it may be met; under `sh:not` they change places (docs/decisions/0027).
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.rdf import sparql
from zonegraph.rdf.graph import Term
from zonegraph.terms import NIL, TYPE
from zonegraph.validation.checks import is_known_datatype

Described = dict[Term, dict[str, list[Term]]]  # what is said of each subject, by predicate

MAX_MEMBERS = 500  # of a list of values that a query asks about; of more pySHACL judges every node
MAX_CONDITION = 40_000  # characters; a longer one is left to pySHACL
_MARK = re.compile(r"\n<\d+>\n")

TRUE, FALSE = "true", "false"
# Of other numbers, of dates and of texts pySHACL and the store may think differently.
_EXACT = (v.XSD + "integer", v.XSD + "decimal")
NODE_KINDS = {
    "IRI": ("isIRI",), "BlankNode": ("isBlank",), "Literal": ("isLiteral",), "BlankNodeOrIRI": ("isBlank", "isIRI"),
    "BlankNodeOrLiteral": ("isBlank", "isLiteral"), "IRIOrLiteral": ("isIRI", "isLiteral"),
}  # fmt: skip
COMPARED = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
# What says nothing about which nodes conform.
_NO_CONSTRAINT = frozenset(
    (
        "path", "name", "description", "message", "severity", "order", "group", "defaultValue", "deactivated", "flags",
        "targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "ignoredProperties",
        "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint",
    )
)  # fmt: skip


class Condition(NamedTuple):
    """Where a constraint may be broken, and where it may be met: two expressions of SPARQL, neither of which is ever an error."""

    fails: str
    conforms: str

    def opposite(self) -> Condition:
        """Return the condition of the opposite constraint."""
        return Condition(self.conforms, self.fails)


UNKNOWN = Condition(TRUE, TRUE)
MET = Condition(FALSE, TRUE)


class Pattern(NamedTuple):
    """A `sh:pattern` whose values Python matches: its place in a text, the variable of the value, how `?focus` leads there."""

    mark: str
    value: str
    reached: str
    expression: str
    flags: str
    fails: bool


def _exists(pattern: str) -> str:
    """Return whether a pattern is met in the graph that is judged."""
    return f"EXISTS {{ GRAPH ?judgedGraph {{ {pattern} }} }}"


def exact(expression: str) -> Condition:
    """Return the condition of a constraint that is met where an expression is true; an error is suspect either way."""
    return Condition(f"COALESCE(!({expression}), true)", f"COALESCE({expression}, true)")


def _compared(comparison: str, *nodes: str) -> Condition:
    """Return the condition that a comparison holds; where a value is no number that all count alike, either may be."""
    listed = ", ".join(f"<{datatype}>" for datatype in _EXACT)
    sure = " && ".join(f"DATATYPE({node}) IN ({listed})" for node in nodes)
    return Condition(f"COALESCE(!({sure} && {comparison}), true)", f"COALESCE(!({sure}) || {comparison}, true)")


def all_of(conditions: list[Condition]) -> Condition:
    """Return the condition of several constraints that must all be met."""
    return Condition(
        _joined("||", [c.fails for c in conditions], TRUE, FALSE),
        _joined("&&", [c.conforms for c in conditions], FALSE, TRUE),
    )


def any_of(conditions: list[Condition]) -> Condition:
    """Return the condition of several constraints one of which must be met."""
    return Condition(
        _joined("&&", [c.fails for c in conditions], FALSE, TRUE),
        _joined("||", [c.conforms for c in conditions], TRUE, FALSE),
    )


def _joined(operator: str, expressions: list[str], decisive: str, neutral: str) -> str:
    kept = [e for e in dict.fromkeys(expressions) if e != neutral]
    if decisive in kept:
        return decisive
    return f"({f' {operator} '.join(kept)})" if kept else neutral


class Compiler:
    """Compiles the constraints of a graph of shapes."""

    def __init__(self, graph: Described, subclasses: Callable[[Term], list[Term]]) -> None:
        """Parameters: `graph`, the shapes; `subclasses`, which returns a class with all that are below it."""
        self._graph, self._subclasses = graph, subclasses
        self._patterns: list[Pattern] = []
        self._apart: frozenset[Term] = frozenset()
        self._asked: dict[str, list[Term]] = {}
        self._count = 0
        self.parameters = parameters(graph)

    def compile(self, shape: Term, apart: frozenset[Term] = frozenset()) -> tuple[Condition, list[Pattern]]:
        """Return the condition of a shape for the node `?focus` of `?judgedGraph`, and the patterns that stand in it as marks.

        Parameters: `apart`, property shapes and constraints in SPARQL that are judged by themselves.
        """
        self._patterns, self._apart, self._asked = [], apart, self._graph[shape]
        return self._shape(shape, "?focus", ""), self._patterns

    # ------------------------------------------------------------ shapes

    def _shape(self, shape: Term, node: str, reached: str) -> Condition:
        said = self._graph.get(shape, {})
        if is_true(said.get(v.SH + "deactivated")):
            return MET
        if v.SH + "path" in said:
            found = self._property_shape(said, node, reached)
        else:
            found = all_of(list(self._values(said, node, reached)))
        return found if len(found.fails) + len(found.conforms) < MAX_CONDITION else UNKNOWN

    def _property_shape(self, said: dict[str, list[Term]], node: str, reached: str) -> Condition:
        path = path_of(self._graph, said[v.SH + "path"][0])
        value, other = self._variable(), self._variable()
        found = f"{node} {path} {value} ."
        further = f"{reached} {found}"
        each = all_of(list(self._values(said, value, further)))
        conditions = [_every(found, each)]
        if any(self._is_unknown(name, said) for name in said):
            conditions.append(UNKNOWN)  # whether the path has a value or not
        for name, terms in said.items():
            if name.startswith(v.SH):
                local = name.removeprefix(v.SH)
                conditions += [self._of_all_values(local, t, said, node, path, value, other, further) for t in terms]
        return all_of(conditions)

    def _is_unknown(self, name: str, said: dict[str, list[Term]]) -> bool:
        """Return whether nobody knows here what a constraint asks for: SPARQL, or a component of somebody's own."""
        if said is self._asked and all(term in self._apart for term in said[name]):
            return False
        local = name.removeprefix(v.SH)
        known = (
            local in _OF_A_VALUE or local in _OF_ALL_VALUES or local in _NO_CONSTRAINT or local in ("pattern", "closed")
        )
        return name in self.parameters or (name.startswith(v.SH) and not known)

    def _values(self, said: dict[str, list[Term]], node: str, reached: str) -> Iterator[Condition]:
        """Yield the condition of each constraint that is about one value by itself."""
        for name, terms in said.items():
            local = name.removeprefix(v.SH)
            left = [term for term in terms if term not in self._apart] if said is self._asked else terms
            if name in self.parameters:  # a component of somebody's own, in whatever namespace
                yield UNKNOWN
            elif not name.startswith(v.SH) or local in _NO_CONSTRAINT or (not left and terms):
                continue
            elif local in _OF_A_VALUE:
                yield from (_OF_A_VALUE[local](self, term, node, reached) for term in left)
            elif local == "pattern":
                flags = "".join(flag.value for flag in said.get(v.SH + "flags", ()))
                yield from (self._pattern(term, flags, node, reached) for term in left)
            elif local == "closed":
                yield self._closed(said, node) if is_true(terms) else MET
            elif v.SH + "path" in said and local in _OF_ALL_VALUES:
                continue
            elif local == "hasValue":
                yield from (exact(_same(node, term)) if _is_kept(term) else UNKNOWN for term in left)
            else:
                yield UNKNOWN

    # ------------------------------------------------------------ constraints on one value

    def _class(self, term: Term, node: str, _: str) -> Condition:
        kind = self._variable()
        classes = ", ".join(map(str, self._subclasses(term)))
        return exact(_exists(f"{node} {TYPE} {kind} . FILTER({kind} IN ({classes}))"))

    def _datatype(self, term: Term, node: str, _: str) -> Condition:
        if not is_known_datatype(term.value):  # pySHACL may find its values ill-formed
            return UNKNOWN
        return exact(f"isLiteral({node}) && DATATYPE({node}) = {term}")

    def _node_kind(self, term: Term, node: str, _: str) -> Condition:
        return exact(" || ".join(f"{kind}({node})" for kind in NODE_KINDS[term.value.removeprefix(v.SH)]))

    def _in(self, term: Term, node: str, _: str) -> Condition:
        members = list_of(self._graph, term)
        if len(members) > MAX_MEMBERS or not all(map(_is_kept, members)):
            return UNKNOWN
        return exact(" || ".join(_same(node, member) for member in members) or FALSE)

    def _languages(self, term: Term, node: str, _: str) -> Condition:
        tag, matched, same = f"LCASE(LANG({node}))", [], []
        members = list_of(self._graph, term)
        if len(members) > MAX_MEMBERS or not all(
            member.value for member in members
        ):  # to the store every tag is of no language
            return UNKNOWN
        for member in members:
            wanted = ox.Literal(member.value.lower())
            matched.append(f"LANGMATCHES({tag}, {wanted})")
            # pySHACL compares the whole tag, or what stands before its first hyphen.
            same.append(f'{tag} = {wanted} || STRBEFORE(CONCAT({tag}, "-"), "-") = {wanted}')
        some, each = (exact(f"isLiteral({node}) && ({' || '.join(e) or FALSE})") for e in (matched, same))
        return Condition(f"({some.fails} || {each.fails})", f"({some.conforms} || {each.conforms})")

    def _bound(self, term: Term, node: str, _: str, *, operator: str) -> Condition:
        if not (isinstance(term, ox.Literal) and term.datatype.value in _EXACT and _is_kept(term)):
            return UNKNOWN
        return _compared(f"{node} {operator} {term}", node)

    def _length(self, term: Term, node: str, operator: str) -> Condition:
        if int(term.value) == 0:
            return UNKNOWN  # of no characters in a blank node pySHACL thinks otherwise than SHACL's text
        return exact(f"!isBlank({node}) && STRLEN(STR({node})) {operator} {int(term.value)}")

    def _and(self, term: Term, node: str, reached: str) -> Condition:
        return all_of([self._shape(member, node, reached) for member in list_of(self._graph, term)])

    def _or(self, term: Term, node: str, reached: str) -> Condition:
        return any_of([self._shape(member, node, reached) for member in list_of(self._graph, term)])

    def _not(self, term: Term, node: str, reached: str) -> Condition:
        return self._shape(term, node, reached).opposite()

    def _xone(self, term: Term, node: str, reached: str) -> Condition:
        members = [self._shape(member, node, reached) for member in list_of(self._graph, term)]
        chosen = range(len(members))
        one = [all_of([m if n == k else m.opposite() for n, m in enumerate(members)]) for k in chosen]
        return any_of(one)

    def _pattern(self, term: Term, flags: str, node: str, reached: str) -> Condition:
        marks = []
        for fails in (True, False):
            self._count += 1
            marks.append(f"\n<{self._count}>\n")  # a line break stands in no term
            self._patterns.append(Pattern(marks[-1], node, reached, term.value, flags, fails))
        return Condition(f"(isBlank({node}) || {marks[0]})", marks[1])

    def _closed(self, said: dict[str, list[Term]], node: str) -> Condition:
        allowed = [
            str(path)
            for shape in said.get(v.SH + "property", ())
            for path in self._graph.get(shape, {}).get(v.SH + "path", ())
            if isinstance(path, ox.NamedNode)
        ]
        allowed += [
            str(term)
            for ignored in said.get(v.SH + "ignoredProperties", ())
            for term in list_of(self._graph, ignored)
            if isinstance(term, ox.NamedNode)
        ]
        predicate, value = self._variable(), self._variable()
        other = f"FILTER({predicate} NOT IN ({', '.join(allowed)}))" if allowed else ""
        # pySHACL does not count that a node is a rdfs:Resource.
        counted = f"FILTER({predicate} != {TYPE} || {value} != <{v.RDFS}Resource>)"
        pattern = f"{node} {predicate} {value} . {other}"
        return Condition(exact(f"!{_exists(pattern)}").fails, exact(f"!{_exists(f'{pattern} {counted}')}").conforms)

    # ------------------------------------------------------------ constraints on all values of a path

    def _of_all_values(
        self,
        name: str,
        term: Term,
        said: dict[str, list[Term]],
        node: str,
        path: str,
        value: str,
        other: str,
        reached: str,
    ) -> Condition:
        one = f"{node} {path} {value} ."
        match name:
            case "minCount" | "maxCount" as bound:
                return _count(bound, term, node, path, value, other)
            case "hasValue":
                return exact(_exists(f"{node} {path} {term} .")) if _is_kept(term) else UNKNOWN
            case "uniqueLang":
                if not is_true([term]):
                    return MET
                if said is self._asked:
                    return (
                        MET  # counted by a query of its own: to compare each with each takes the square of their number
                    )
                tagged = f'{one} FILTER(LANG({value}) != "")'
                return Condition(_exists(tagged), TRUE)
            case "equals":
                there = f"{node} {term} {other} ."
                missing = _exists(f"{one} FILTER NOT EXISTS {{ {there} FILTER(sameTerm({value}, {other})) }}")
                surplus = _exists(f"{there} FILTER NOT EXISTS {{ {one} FILTER(sameTerm({value}, {other})) }}")
                return exact(f"!({missing} || {surplus})")
            case "disjoint":
                return exact(f"!{_exists(f'{one} {node} {term} {other} . FILTER(sameTerm({value}, {other}))')}")
            case "lessThan" | "lessThanOrEquals" as relation:
                operator = "<" if relation == "lessThan" else "<="
                fits = _compared(f"{value} {operator} {other}", value, other)
                return _every(f"{one} {node} {term} {other} .", fits)
            case "qualifiedValueShape":
                return self._qualified(term, said, node, path, value, reached)
        return MET

    def _qualified(
        self, term: Term, said: dict[str, list[Term]], node: str, path: str, value: str, reached: str
    ) -> Condition:
        if v.SH + "qualifiedValueShapesDisjoint" in said:
            return UNKNOWN
        found = self._shape(term, value, reached)
        conditions = []
        for bound in ("qualifiedMinCount", "qualifiedMaxCount"):
            for number in said.get(v.SH + bound, ()):
                another = self._of_another(found.conforms, value)
                conditions.append(_qualified_count(bound, number, f"{node} {path}", value, found, another))
        return all_of(conditions)

    def _of_another(self, expression: str, value: str) -> str:
        """Return an expression about a value as one about a second value; see `_second`."""

        def marked(match: re.Match[str]) -> str:
            pattern = next(pattern for pattern in self._patterns if pattern.mark == match[0])
            self._count += 1
            mark = f"\n<{self._count}>\n"
            node, reached = (_second(text, value) for text in (pattern.value, pattern.reached))
            self._patterns.append(pattern._replace(mark=mark, value=node, reached=reached))
            return mark

        return _MARK.sub(marked, _second(expression, value))

    def _variable(self) -> str:
        self._count += 1
        return f"?v{self._count}"


_OF_A_VALUE: dict[str, Callable[[Compiler, Term, str, str], Condition]] = {
    "class": Compiler._class,
    "datatype": Compiler._datatype,
    "nodeKind": Compiler._node_kind,
    "in": Compiler._in,
    "languageIn": Compiler._languages,
    **{name: functools.partial(Compiler._bound, operator=operator) for name, operator in COMPARED.items()},
    "minLength": lambda self, term, node, _: self._length(term, node, ">="),
    "maxLength": lambda self, term, node, _: self._length(term, node, "<="),
    "and": Compiler._and,
    "or": Compiler._or,
    "not": Compiler._not,
    "xone": Compiler._xone,
    "node": lambda self, term, node, reached: self._shape(term, node, reached),
    "property": lambda self, term, node, reached: self._shape(term, node, reached),
}
_OF_ALL_VALUES = (
    "minCount", "maxCount", "hasValue", "uniqueLang", "equals", "disjoint", "lessThan", "lessThanOrEquals",
    "qualifiedValueShape",
)  # fmt: skip


def _every(found: str, condition: Condition) -> Condition:
    """Return the condition that all values of a pattern meet another one."""
    fails = FALSE if condition.fails == FALSE else _exists(found + _filter(condition.fails))
    conforms = TRUE if condition.conforms == TRUE else "!" + _exists(f"{found} FILTER(!{condition.conforms})")
    return Condition(fails, conforms)


def _filter(expression: str) -> str:
    return "" if expression == TRUE else f" FILTER({expression})"


def _count(bound: str, term: Term, node: str, path: str, value: str, other: str) -> Condition:
    """Return the condition of a least or most number of values."""
    number = int(term.value)
    one = f"{node} {path} {value} ."
    two = f"{one} {node} {path} {other} . FILTER(!sameTerm({value}, {other}))"
    fewer, more = f"!{_exists(one)}", _exists(two)
    if bound == "minCount":
        if number == 0:
            return MET
        # Beyond two, counting is left to pySHACL.
        return exact(_exists(one)) if number == 1 else exact(more) if number == 2 else Condition(TRUE, more)
    if number == 0:
        return exact(fewer)
    return exact(f"!{more}") if number == 1 else Condition(more, TRUE)


def _qualified_count(bound: str, term: Term, subject: str, value: str, found: Condition, another: str) -> Condition:
    """Return the condition of a least or most number of values of some shape; `another` says where a second value may be of it."""
    number, one = int(term.value), f"{subject} {value} ."
    surely = _exists(f"{one} FILTER(!{found.fails})")
    maybe = _exists(one + _filter(found.conforms))
    if bound == "qualifiedMaxCount":
        return Condition(maybe, f"!{surely}") if number == 0 else Condition(_two(subject, value, found, another), TRUE)
    if number == 0:
        return MET
    return Condition(f"!{surely}" if number == 1 else TRUE, maybe)


def _two(subject: str, value: str, found: Condition, another: str) -> str:
    """Return whether there may be two values of some shape."""
    second = _second(value, value)
    both = f"{subject} {value}, {second} . FILTER(!sameTerm({value}, {second}))"
    return _exists(both + _filter(found.conforms) + _filter(another))


def _second(text: str, value: str) -> str:
    """Return a text in which a second variable stands in the place of that of a value."""
    return re.sub(rf"{re.escape(value)}(?!\w)", f"{value}b", text)


def _same(node: str, term: Term) -> str:
    return f"sameTerm({node}, {term})"


def is_true(terms: list[Term] | None) -> bool:
    """Return whether one of the values of a property is true."""
    return any(isinstance(term, ox.Literal) and term.value in ("true", "1") for term in terms or ())


def _is_kept(term: Term) -> bool:
    """Return whether a store keeps a term as it is written; a blank node of the shapes is in no other graph."""
    return isinstance(term, ox.NamedNode) or (isinstance(term, ox.Literal) and not rewritten([term]))


def as_kept(literals: list[ox.Literal]) -> dict[ox.Literal, Term]:
    """Return literals as a store keeps them: `01` as `1`, `1.50` as `1.5`."""
    store, predicate = ox.Store(), ox.NamedNode("x:p")
    subjects = {ox.NamedNode(f"x:{number}"): literal for number, literal in enumerate(literals)}
    store.extend(ox.Quad(subject, predicate, literal) for subject, literal in subjects.items())
    return {subjects[quad.subject]: quad.object for quad in store}


def rewritten(literals: list[ox.Literal]) -> set[ox.Literal]:
    """Return those literals that a store would give back otherwise."""
    return {literal for literal, kept in as_kept(literals).items() if literal != kept}


def filled(condition: str, patterns: list[Pattern], values: Callable[[Pattern], list[Term]]) -> str:
    """Return a condition in which each mark has given way to the values that do not match its pattern, or to those that do.

    Parameters: `values`, which returns the distinct values that a pattern meets.
    """
    by_mark = {pattern.mark: pattern for pattern in patterns}

    def listed(match: re.Match[str]) -> str:
        pattern = by_mark[match[0]]
        expression = matcher(pattern.expression, pattern.flags)
        met = [t for t in values(pattern) if bool(expression.search(t.value)) != pattern.fails]
        if len(met) > MAX_MEMBERS:
            return TRUE
        return f"({' || '.join(_same(pattern.value, term) for term in met)})" if met else FALSE

    return _MARK.sub(listed, condition)


def matcher(expression: str, flags: str) -> re.Pattern[str]:
    """Return the matcher of a `sh:pattern` with its `sh:flags`, as pySHACL takes them. Raises re.error, or as `re` does."""
    found = {"i": re.IGNORECASE, "m": re.MULTILINE}
    return re.compile(expression, functools.reduce(int.__or__, (found.get(flag, 0) for flag in flags.lower()), 0))


# ---------------------------------------------------------------- parts of shapes


def parameters(graph: Described) -> set[str]:
    """Return the predicates that constraint components of somebody's own are used by (SHACL, 6.2)."""
    return {
        path.value
        for said in graph.values()
        for parameter in said.get(v.SH + "parameter", ())
        for path in graph.get(parameter, {}).get(v.SH + "path", ())
    }


def list_of(graph: Described, head: Term) -> list[Term]:
    """Return the members of a list. Raises UsageError if it is broken or has no end."""
    members, seen = [], set()
    while head != NIL:
        said = graph.get(head, {})
        first, rest = said.get(v.RDF + "first", []), said.get(v.RDF + "rest", [])
        if len(first) != 1 or len(rest) != 1 or head in seen:
            raise UsageError(
                "not a list, or one that is broken or has no end", "write the list in full, between ( and )"
            )
        seen.add(head)
        members.append(first[0])
        head = rest[0]
    return members


MAX_PATH = 10_000  # characters of a path
_MODIFIERS = {v.SH + "zeroOrMorePath": "*", v.SH + "oneOrMorePath": "+", v.SH + "zeroOrOnePath": "?"}


def path_of(graph: Described, path: Term, depth: int = 0, known: dict[Term, str] | None = None) -> str:
    """Return a path of SHACL as one of SPARQL. Raises UsageError if it is none (SHACL, 2.3.1), or too long to ask."""
    known = {} if known is None else known
    if path not in known:
        known[path] = _path(graph, path, depth, known)
        if len(known[path]) > MAX_PATH:
            raise UsageError(f"a path of more than {MAX_PATH} characters", "write it with fewer steps and choices")
    return known[path]


def _path(graph: Described, path: Term, depth: int, known: dict[Term, str]) -> str:
    if isinstance(path, ox.NamedNode) and path != NIL:
        return str(path)
    if depth > 50:
        raise UsageError("a path nested more than 50 deep", "write it with fewer brackets")
    said = graph.get(path, {})
    if v.RDF + "first" in said:
        steps = [path_of(graph, step, depth + 1, known) for step in list_of(graph, path)]
        if len(steps) > 1:
            return f"({'/'.join(steps)})"
    elif len(said) == 1:
        ((kind, (inner, *more)),) = said.items()
        if not more and kind == v.SH + "alternativePath":
            choices = [path_of(graph, choice, depth + 1, known) for choice in list_of(graph, inner)]
            if len(choices) > 1:
                return f"({'|'.join(choices)})"
        elif not more and kind == v.SH + "inversePath":
            return f"(^{path_of(graph, inner, depth + 1, known)})"
        elif not more and kind in _MODIFIERS:
            return f"({path_of(graph, inner, depth + 1, known)}){_MODIFIERS[kind]}"
    raise UsageError("not a path", "write a property, a list of at least two steps, or one path operator")


def around(graph: Described) -> dict[Term, Term]:
    """Return for each blank node what it stands in."""
    return {
        o: s for s, said in graph.items() for objects in said.values() for o in objects if isinstance(o, ox.BlankNode)
    }


def owner(node: Term, around: Mapping[Term, Term]) -> Term | None:
    """Return a node that has an IRI, or else the one in which it stands; None if it stands in none."""
    seen: set[Term] = set()
    while not isinstance(node, ox.NamedNode):
        seen.add(node)
        above = around.get(node)
        if above is None or above in seen:
            return None
        node = above
    return node


def name_of(node: Term, around: Mapping[Term, Term]) -> str:
    """Return a shape's name as shown: its IRI, shortened, or that of the shape around it."""
    named = owner(node, around)
    return "a nameless shape" if named is None else v.shorten(named.value)


def prefixes_of(graph: Described) -> dict[str, str]:
    """Return the prefixes that shapes declare for their constraints in SPARQL (SHACL, 5.2.1), with their namespaces.

    One that is declared twice, for different namespaces, is not among them: see `ambiguous`.
    """
    return {prefix: min(namespaces) for prefix, namespaces in _declared(graph).items() if len(namespaces) == 1}


def ambiguous(graph: Described) -> set[str]:
    """Return the prefixes that shapes declare for different namespaces."""
    return {prefix for prefix, namespaces in _declared(graph).items() if len(namespaces) > 1}


def _declared(graph: Described) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for said in graph.values():
        for declared in said.get(v.SH + "declare", ()):
            of = graph.get(declared, {})
            for prefix in of.get(v.SH + "prefix", ()):
                found[prefix.value].update(namespace.value for namespace in of.get(v.SH + "namespace", ()))
    return found


def is_declared(text: str, prefixes: Mapping[str, str], doubtful: Set[str] = frozenset()) -> bool:
    """Return whether each prefix that a text uses is declared, by itself, by shapes, or as ours.

    Parameters: `doubtful`, prefixes of ours that shapes declare in several ways.
    """
    known = {*prefixes, *(v.PREFIXES.keys() - doubtful), *sparql.Prologue(text).prefixes}
    return all(t.text.partition(":")[0] in known for t in sparql.tokens(text) if t.kind == "pname")


def prologue(prefixes: Mapping[str, str]) -> str:
    """Return the declarations of prefixes that go before a constraint in SPARQL."""
    return "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in prefixes.items())
