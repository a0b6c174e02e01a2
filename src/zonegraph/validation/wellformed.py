"""Shapes that are ill-formed are refused before anything is judged by them: pySHACL would judge by them unreliably, or not at all.

What is asked of each property are the syntax rules of SHACL, and what an engine needs: no recursion, patterns that compile,
SPARQL that stays inside.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, NoReturn

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.rdf import sparql
from zonegraph.rdf.graph import Term
from zonegraph.store import guard
from zonegraph.store.embedded import require_sparql
from zonegraph.suggest import nearest
from zonegraph.validation import checks, meant
from zonegraph.validation.constraints import (
    COMPARED,
    NODE_KINDS,
    Described,
    around,
    is_declared,
    list_of,
    matcher,
    name_of,
    path_of,
    prologue,
)
from zonegraph.validation.findings import GROUPS

MAX_DEPTH = 20  # references from a shape on, one behind the other; so deep pySHACL is let go
MAX_WAYS = 1_000  # from a shape to those that it refers to; pySHACL goes each of them

Statement = tuple[Term, str, Term]  # subject, predicate, object
Problem = tuple[str, str]  # what is wrong, and the remedy

_REFERENCES = tuple(v.SH + name for name in ("property", "node", "not", "qualifiedValueShape"))
_LISTS = tuple(v.SH + name for name in ("and", "or", "xone"))
_SPARQL = ("select", "ask", "construct", "update", "expression")
Check = Callable[[Described, dict[str, list[Term]], Term], Problem | None]
_SINGLE = frozenset(
    (
        "path", "datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength", *COMPARED, "in", "languageIn",
        "uniqueLang", "closed", "deactivated", "flags", "qualifiedMinCount", "qualifiedMaxCount", "select",
    )
)  # fmt: skip
_NEED_A_PATH = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals")


def refuse(
    graph: Described, targeted: Iterable[Term], prefixes: Mapping[str, str], place: Callable[[Statement], str]
) -> None:
    """Refuse shapes that are ill-formed.

    Parameters: `targeted`, the shapes with targets; `prefixes`, those that shapes declare for their SPARQL; `place`, which
    returns where a statement stands, as `file:line: `, or nothing. Raises UsageError with place, shape, what is wrong and the remedy.
    """

    def refused(statement: Statement, problem: Problem) -> NoReturn:
        raise UsageError(f"{place(statement)}shape {name_of(statement[0], around(graph))}{problem[0]}", problem[1])

    texts = []
    for node, said in graph.items():
        for predicate, terms in said.items():
            for term in terms if predicate.startswith((v.SH, v.ZGSH)) else ():
                problem = _problem(graph, said, predicate, term)
                if problem:
                    refused((node, predicate, term), problem)
                if predicate.removeprefix(v.SH) in _SPARQL:
                    texts.append((node, predicate, term))
    for statement in texts:  # with the prefixes before them, which are sound by now
        problem = _query(statement[1].removeprefix(v.SH), statement[2], prefixes)
        if problem:
            refused(statement, problem)
    _refuse_recursion(graph, targeted, refused)


def _problem(graph: Described, said: dict[str, list[Term]], predicate: str, term: Term) -> Problem | None:
    """Return what is wrong with one value of a property, as it follows the name of the shape."""
    shown, name = v.shorten(predicate), predicate.removeprefix(v.SH)
    known = checks.vocabularies()[v.SH]
    if name == "target" and predicate.startswith(v.SH):
        return (
            f" has {shown}, which is not supported",
            "use sh:targetClass, sh:targetSubjectsOf, sh:targetObjectsOf or sh:targetNode",
        )
    if predicate.startswith(v.SH) and name not in known:
        if not any(other.removeprefix(v.SH) in known for other in said):
            return None  # it is no shape
        near = nearest(name, known, 0.7)
        return f" has {shown}, which is not a property of SHACL", f"did you mean sh:{near}?" if near else "remove it"
    if name in _SINGLE and term in said[predicate][1:]:
        return f" has {len(said[predicate])} values of {shown}, which takes one", "keep one of them"
    if name in _NEED_A_PATH and v.SH + "path" not in said:
        return f" has {shown}, but no sh:path", "put it in a property shape: sh:property [ sh:path ... ]"
    where = f" has {shown} {_shown(term)}, which"
    if name in _FORMS and not _FORMS[name].holds(term):
        return f"{where} is {_FORMS[name].wrong}", _FORMS[name].remedy
    try:
        found = _CHECKS[name](graph, said, term) if name in _CHECKS else None
    except UsageError as error:  # what path_of and list_of say
        return f"{where} is {error.problem}", error.remedy
    return found and (f"{where} {found[0]}", found[1])


def _shown(term: Term) -> str:
    shown = str(term) if isinstance(term, ox.Literal) else checks.shown(term)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


# ---------------------------------------------------------------- the values that properties take


def _is_literal(term: Term, datatype: str = "") -> bool:
    """Return whether a term is a literal of the form of its datatype, which may be given."""
    return (
        isinstance(term, ox.Literal)
        and term.datatype.value == (datatype or term.datatype.value)
        and checks.well_formed(term)
    )


class _Form(NamedTuple):
    """A form that values have: whether a term has it, what one is that has it not, and the remedy."""

    holds: Callable[[Term], bool]
    wrong: str
    remedy: str


def _is_namespace(term: Term) -> bool:
    return re.fullmatch(r"[^\x00-\x20<>\"{}|^`\\]*", term.value) is not None


def _is_prefix(term: Term) -> bool:
    return [token.kind for token in sparql.tokens(f"{term.value}:")] == ["pname"]


_IRI = _Form(lambda term: isinstance(term, ox.NamedNode), "not an IRI", "write the IRI, or a name with its prefix")
_WHOLE = _Form(
    lambda term: _is_literal(term, v.XSD + "integer") and term.value.isdecimal() and len(term.value) <= 9,
    "not a whole number from 0 to 999999999",
    "write digits, without quotation marks",
)
_BOOLEAN = _Form(lambda term: _is_literal(term, v.XSD + "boolean"), "not a boolean", "write true or false")
_TEXT = _Form(
    lambda term: _is_literal(term, v.XSD + "string"),
    "not a plain string",
    "write it in quotation marks, without a language tag",
)
_COMPARABLE = _Form(_is_literal, "not a value to compare with", "write a number, a date or a string")
_FORMS = {
    **dict.fromkeys(("class", "datatype", "equals", "disjoint", "lessThan", "lessThanOrEquals", "severity"), _IRI),
    **dict.fromkeys(("targetClass", "targetSubjectsOf", "targetObjectsOf"), _IRI),
    **dict.fromkeys(("minCount", "maxCount", "minLength", "maxLength"), _WHOLE),
    **dict.fromkeys(("qualifiedMinCount", "qualifiedMaxCount"), _WHOLE),
    **dict.fromkeys(("closed", "deactivated", "uniqueLang", "qualifiedValueShapesDisjoint"), _BOOLEAN),
    **dict.fromkeys(("pattern", "flags", *_SPARQL), _TEXT),
    **dict.fromkeys(COMPARED, _COMPARABLE),
    "nodeKind": _Form(
        lambda term: term.value.removeprefix(v.SH) in NODE_KINDS,
        "not a node kind",
        f"write one of {', '.join(f'sh:{kind}' for kind in NODE_KINDS)}",
    ),
    "prefix": _Form(_is_prefix, "not a prefix", "write letters and digits, without the colon"),
    "namespace": _Form(_is_namespace, "not an IRI", "write it without brackets, spaces or backslashes"),
    v.ZGSH + "group": _Form(lambda term: term.value in GROUPS, "not a group of rules", f"write {' or '.join(GROUPS)}"),
}


def _path(graph: Described, _said: dict[str, list[Term]], term: Term) -> Problem | None:
    path_of(graph, term)  # raises if it is none
    return None


def _pattern(_graph: Described, said: dict[str, list[Term]], term: Term) -> Problem | None:
    try:
        matcher(term.value, "".join(flag.value for flag in said.get(v.SH + "flags", ())))
    except (re.error, OverflowError, RecursionError) as error:
        return f"does not compile: {error}", "correct the regular expression; in Turtle a backslash is written twice"
    return None


def _shape(graph: Described, _said: dict[str, list[Term]], term: Term) -> Problem | None:
    if isinstance(term, ox.Literal):
        return "is not a shape", "refer to a shape, or write one between [ and ]"
    if isinstance(term, ox.NamedNode) and term not in graph:
        near = meant.nearest_term(term, meant.by_name(node for node in graph if isinstance(node, ox.NamedNode)))
        return (
            "no file of shapes describes",
            f"did you mean {checks.shown(near)}?" if near else "describe the shape, or refer to another",
        )
    return None


def _property_shape(graph: Described, said: dict[str, list[Term]], term: Term) -> Problem | None:
    wrong = _shape(graph, said, term)
    if wrong is None and v.SH + "path" not in graph.get(term, {}):
        return "has no sh:path", "name the property with sh:path, or refer to it with sh:node"
    return wrong


def _constraint(graph: Described, _said: dict[str, list[Term]], term: Term) -> Problem | None:
    known = v.SH + "select" in graph.get(term, {})
    return None if known else ("has no sh:select", "give the constraint one SELECT, as a text: sh:select")


def _members(graph: Described, said: dict[str, list[Term]], head: Term, check: Check | None = None) -> Problem | None:
    """Return what is wrong with a list, or with the first member with which anything is. Raises UsageError if it is none."""
    members = list_of(graph, head)
    if not members and check:
        return "is a list without members", "name at least one shape, or leave it out"
    found = ((member, check(graph, said, member)) for member in members) if check else ()
    return next(((f"has the member {_shown(m)}, which {wrong[0]}", wrong[1]) for m, wrong in found if wrong), None)


def _names_graph(token: sparql.Token) -> bool:
    """Return whether a token is GRAPH, or may be read as that with a name behind it, as `GRAPHx:0` is."""
    return (
        token.text.upper() == "GRAPH"
        if token.kind == "word"
        else token.kind == "pname" and token.text.upper().startswith("GRAPH")
    )


def _query(name: str, text: Term, prefixes: Mapping[str, str]) -> Problem | None:
    """Return what is wrong with a text of SPARQL: it would reach outside, names a graph, is too large, is none or of another form."""
    shown = f"sh:{name}"
    try:
        query = guard.judge(text.value, shown)
        if query.graphs or any(_names_graph(t) for t in sparql.tokens(query.text)):
            problem = f" has {shown}, which names a graph after {'FROM' if query.graphs else 'GRAPH'}"
            return problem, "shapes see one graph; make it a plain pattern, or a rule in shapes/rules/"
        if is_declared(query.text, prefixes):
            require_sparql(guard.judge(prologue(prefixes) + query.text, shown))
        if name in ("select", "ask") and query.form != name.upper():
            return f" has {shown}, which is {query.form or 'not a query'}", f"write {name.upper()}"
    except UsageError as error:
        return f": in the text of {error.problem}", error.remedy
    return None


_CHECKS: dict[str, Check] = {
    "path": _path,
    "pattern": _pattern,
    "property": _property_shape,
    "sparql": _constraint,
    **dict.fromkeys(("node", "not", "qualifiedValueShape"), _shape),
    **dict.fromkeys(("and", "or", "xone"), functools.partial(_members, check=_shape)),
    **dict.fromkeys(("in", "languageIn", "ignoredProperties"), _members),
}


# ---------------------------------------------------------------- shapes that refer to shapes


def _refuse_recursion(
    graph: Described, starts: Iterable[Term], refused: Callable[[Statement, Problem], NoReturn]
) -> None:
    """Refuse shapes that refer to themselves, in too many ways or too deep.

    Depth first, each shape once, however many refer to it, and not by recursion: a chain of shapes may be long.
    """
    depth: dict[Term, int] = {}  # of shapes from each on, itself included
    ways: dict[Term, int] = {}  # to shapes, from each
    for start in starts:
        above = {start}
        first = _references(graph, start)
        pending = [] if start in depth else [(start, first, iter(first))]
        while pending:
            node, references, rest = pending[-1]
            following = next((reference for reference in rest if reference[2] not in depth), None)
            if following is None:
                pending.pop()
                above.discard(node)
                depth[node] = 1 + max((depth[term] for _, _, term in references), default=0)
                ways[node] = min(1 + sum(ways[term] for _, _, term in references), MAX_WAYS + 1)
            elif following[2] in above:
                shape, back = (name_of(term, around(graph)) for term in (node, following[2]))
                problem = " refers to itself" + (f", by way of {back}" if back != shape else "")
                refused(following, (problem, "recursive shapes cannot be validated reliably; unfold it"))
            else:
                above.add(following[2])
                further = _references(graph, following[2])
                pending.append((following[2], further, iter(further)))
        if depth[start] > MAX_DEPTH + 1:
            problem = f" refers to shapes more than {MAX_DEPTH} deep"
            refused(first[0], (problem, "make it refer directly to those at the end"))
        if ways[start] > MAX_WAYS:
            problem = f" refers to shapes in more than {MAX_WAYS:,} ways"
            refused(first[0], (problem, "make it refer to fewer shapes that refer to others"))


def _references(graph: Described, node: Term) -> list[Statement]:
    """Return the statements by which a shape refers to others, with these as values where they stand in a list."""
    said = graph.get(node, {})
    found = [(node, predicate, term) for predicate in _REFERENCES for term in said.get(predicate, ())]
    for predicate in _LISTS:
        for items in said.get(predicate, ()):
            found += ((node, predicate, term) for term in list_of(graph, items))
    return found
