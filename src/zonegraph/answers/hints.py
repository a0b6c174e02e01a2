"""Why an answer may be empty: comparisons that no value in the graph can meet, and related things that do have rows."""

from __future__ import annotations

import re
import time
from collections import Counter, namedtuple

import pyoxigraph as ox

from zonegraph import dates, terms
from zonegraph import vocabulary as v
from zonegraph.rdf import sparql
from zonegraph.store import Bindings
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NamedTuple, TypeAlias

    from zonegraph.answers.queries import Question
    from zonegraph.catalogue import SavedQuery
    from zonegraph.rdf.sparql import Token
    from zonegraph.store import Answer, Store, Term
    from zonegraph.store.query import Query

    class Kind(NamedTuple):
        """The kind of a value: its datatype, empty for a thing, and its language tag, empty unless it is a text with one."""

        datatype: str
        language: str

    class Unit(NamedTuple):
        """A token, or the tokens of one literal together.

        `kind` is "literal", "thing" or the token's own kind; `value` is the kind of value that a literal or a thing is.
        """

        kind: str
        text: str
        value: Kind | None

    # Alternative properties, each of which has the same object.
    Properties: TypeAlias = tuple[str, ...]

else:
    Kind = namedtuple("Kind", "datatype language")
    Unit = namedtuple("Unit", "kind text value")

_THING = Kind("", "")
_STRING, _TEXT = v.XSD + "string", v.RDF + "langString"
_COMPARISONS = frozenset(("=", "<", ">", "<=", ">="))
_SEVERAL = 3  # the most kinds of values, or neighbours, named on a line
_LOOKED_UP = 40  # the most comparisons looked at; hardly any query has more
_AT_ONCE = 20  # neighbours asked about in one query
_SECONDS = 0.15  # after which no more neighbours are tried

_KINDS = constant(
    """SELECT ?datatype ?language (MIN(?o) AS ?example) WHERE {
      VALUES ?property { }
      ?s ?property ?o .
      BIND(IF(isLiteral(?o), STR(DATATYPE(?o)), "") AS ?datatype)
      BIND(IF(isLiteral(?o), LANG(?o), "") AS ?language)
    } GROUP BY ?datatype ?language ORDER BY ?datatype ?language"""
)
# What a thing points to comes first: that is little, and what is looked for is mostly stated there.
_BESIDE = f"""
      {{ ?thing ?property ?other BIND(0 AS ?way) }} UNION {{ ?other ?property ?thing BIND(1 AS ?way) }}
      FILTER(isIRI(?other) && ?other != ?thing && !STRSTARTS(STR(?other), "{v.ZG}"))
      FILTER(?property NOT IN (rdf:type, zg:evidence, zg:source))
    }} ORDER BY ?way ?other"""
_NEIGHBOURS = constant(f"SELECT DISTINCT ?other ?way WHERE {{ VALUES ?thing {{ }} {_BESIDE}")
_RELATED = constant(
    f"SELECT DISTINCT ?other ?way WHERE {{ VALUES ?thing {{ }} VALUES ?kind {{ }} ?other a ?kind . {_BESIDE}"
)


def of_nothing(text: str, store: Store) -> list[str]:
    """Return remarks on what leaves the answer to a query's text empty: comparisons that never hold, else the pattern that fails."""
    from zonegraph.answers import narrowing

    return never_true(text, store) or narrowing.first_to_fail(text, store)


def blank_lists(text: str, answer: Answer) -> list[str]:
    """Return a remark for each column of GROUP_CONCAT that is blank since what is joined is no text."""
    if not isinstance(answer, Bindings):
        return []
    remarks = []
    for match in re.finditer(
        r"GROUP_CONCAT\s*\(\s*(?:DISTINCT\s+)?[?$](\w+)[^()]*\)\s*AS\s*[?$](\w+)", text, re.IGNORECASE
    ):
        joined, column = match.groups()
        if column in answer.variables and any(row[answer.variables.index(column)] is None for row in answer.rows):
            remarks.append(f"?{column} is blank: GROUP_CONCAT takes texts; write STR(?{joined})")
    return remarks


def never_true(text: str, store: Store) -> list[str]:
    """Return a remark for each comparison in a query that no value in the graph can meet.

    Looked at are constants that are the object of a property, and variables that are one and that a FILTER compares with a
    constant or with another such variable, or that VALUES binds. A value inside a function call, such as STR(?name), is not.

    Parameters: `text`, SPARQL that the store accepts.
    """
    read = _Read(text)
    known: dict[str, dict[Kind, str]] = {}

    def kinds(properties: Properties) -> dict[Kind, str]:
        for one in properties:
            if one not in known:
                known[one] = _kinds(one, store)
        return {kind: example for one in properties for kind, example in known[one].items()}

    remarks: dict[str, None] = {}
    constants = [(properties, "", given) for properties, given in read.objects]
    for variable, sign, given in read.compared:
        constants += [(properties, f"{sign} ?{variable}", given) for properties in read.properties.get(variable, ())]
    for properties, how, given in constants[:_LOOKED_UP]:
        have = kinds(properties)
        exact = not how or how.startswith("VALUES")
        if have and given.value and not any(_comparable(given.value, kind, exact=exact) for kind in have):
            remarks[_remark(properties, how, given, have)] = None
    for one, other in read.variables[:_LOOKED_UP]:
        for properties in read.properties.get(one, ()):
            for others in read.properties.get(other, ()):
                here, there = kinds(properties), kinds(others)
                if here and there and not any(_comparable(a, b) for a in here for b in there):
                    remarks[
                        f"?{one} and ?{other} can never be compared: "
                        f"{_shown(properties)} has {_listed(here)}, {_shown(others)} {_listed(there)}"
                    ] = None
    return list(remarks)


def _remark(properties: Properties, how: str, given: Unit, have: Mapping[Kind, str]) -> str:
    can = "can be compared with it" if how[:1] in ("<", ">") else "can equal it"
    remark = f"{given.text}: no value of {_shown(properties)} {can}; the graph has {_listed(have)}"
    instead = _instead(given, how.partition("?")[2] or "x", have)
    return f"{remark}; {instead}" if instead else remark


def _instead(given: Unit, variable: str, have: Mapping[Kind, str]) -> str:
    """Return what to write instead of a constant, or an empty text if that is not known."""
    datatype = given.value.datatype if given.value else ""
    datatypes = {kind.datatype for kind in have}
    bare = re.sub(r"(@[\w-]+|\^\^.*)$", "", given.text)
    inside = bare.strip("\"'")
    if datatype in (_STRING, _TEXT) and _TEXT in datatypes:
        tag = next(kind.language for kind in have if kind.language)
        return f"write {bare}@{tag}, or compare STR(?{variable})"
    if datatype in (_STRING, _TEXT) and _STRING in datatypes:
        return f"write {bare}"
    if datatypes & dates.DATATYPES and datatype not in dates.DATATYPES and dates.span(inside):
        kind = {4: "gYear", 7: "gYearMonth", 10: "date"}.get(len(inside), "dateTime")
        return f'write "{inside}"^^xsd:{kind}'
    if datatypes & dates.DATATYPES and datatype in dates.DATATYPES:
        return f"compare the zg:earliest or zg:latest of `[] zg:ofDate ?{variable}` with a day"
    if datatypes & terms.NUMERIC and datatype in terms.NUMERIC:
        return f"use a variable and FILTER(?{variable} = {given.text}), which compares by value"
    if datatypes & terms.NUMERIC and re.fullmatch(r"[+-]?\d+(\.\d+)?", inside):
        return f"write {inside}"
    if datatype in terms.NUMERIC and _STRING in datatypes:
        return f'write "{given.text}"'
    return ""


def _shown(properties: Properties) -> str:
    return " or ".join(map(v.shorten, properties))


def _listed(have: Mapping[Kind, str]) -> str:
    return " and ".join(f"{_named(kind)} such as {example}" for kind, example in list(have.items())[:_SEVERAL])


def _named(kind: Kind) -> str:
    if kind == _THING:
        return "things"
    if kind.language:
        return f"texts in {kind.language}"
    return "texts without a language" if kind.datatype == _STRING else f"values of {v.shorten(kind.datatype)}"


def _comparable(one: Kind, other: Kind, *, exact: bool = False) -> bool:
    """Return whether SPARQL can compare a value of one kind with a value of another.

    Parameters: `exact`, whether they must be the same term, as in a triple pattern.
    """
    if one.datatype == other.datatype:
        return one.language.lower() == other.language.lower()
    return not exact and {one.datatype, other.datatype} <= terms.NUMERIC


def _kinds(of_property: str, store: Store) -> dict[Kind, str]:
    """Return the kinds of values that a property has, each with an example."""
    answer: Bindings = store.query(_KINDS.bind(property=[ox.NamedNode(of_property)]))  # type: ignore[assignment]
    return {Kind(terms.text(d), terms.text(language)): terms.turtle(example) for d, language, example in answer.rows}


class _Read:
    """What a query's text says about the values of properties.

    `objects` are properties, each with the constant that is its object; `properties` are, by variable, those whose object it
    is; `compared` are variables, each with a sign (or VALUES) and a constant; `variables` are pairs of variables compared.
    """

    def __init__(self, text: str) -> None:
        self.objects: list[tuple[Properties, Unit]] = []
        self.properties: dict[str, list[Properties]] = {}
        self.compared: list[tuple[str, str, Unit]] = []
        self.variables: list[tuple[str, str]] = []
        self._prologue = sparql.Prologue(text)
        self._prefixes = {**v.PREFIXES, **{p: ns[-1] for p, ns in self._prologue.prefixes.items()}}
        units = list(self._units(list(sparql.tokens(text))))
        self._find_objects(units)
        self._find_comparisons(units)
        self._find_lists(units)

    def _units(self, tokens: list[Token]) -> Iterator[Unit]:
        i = 0
        while i < len(tokens):
            token, after = tokens[i], tokens[i + 1 : i + 3]
            if token.kind == "string":
                text, value = token.text, Kind(_STRING, "")
                if after and after[0].kind == "language":
                    text, value, i = text + after[0].text, Kind(_TEXT, after[0].text[1:].lower()), i + 1
                elif len(after) == 2 and after[0].text == "^^":
                    text, value, i = f"{text}^^{after[1].text}", Kind(self._iri(after[1]), ""), i + 2
                yield Unit("literal", text, value)
            elif token.kind == "number":
                name = "double" if "e" in token.text.lower() else "decimal" if "." in token.text else "integer"
                yield Unit("literal", token.text, Kind(v.XSD + name, ""))
            elif token.kind == "word" and token.text.lower() in ("true", "false"):
                yield Unit("literal", token.text, Kind(v.XSD + "boolean", ""))
            elif token.kind in ("iri", "pname"):
                yield Unit("thing", token.text, _THING)
            elif token.kind == "word" and token.text == "a":
                yield Unit("thing", f"<{v.RDF_TYPE}>", _THING)
            else:
                yield Unit(token.kind, token.text, None)
            i += 1

    def _iri(self, token: Token | Unit) -> str:
        if token.text.startswith("<"):
            return self._prologue.resolved(token.text)[-1]
        return self._prefixes.get(token.text.partition(":")[0], "") + sparql.local_name(token.text)

    def _find_objects(self, units: list[Unit]) -> None:
        statement: list[Unit] = []
        subject = Unit("subject", "", None)  # stands for a subject that was written earlier
        skipped = 0  # depth of open brackets around what is not a triple: an expression, or the data of VALUES
        data = False  # whether the data of a VALUES are still to end
        for unit in units:
            sign = unit.text if unit.kind == "sign" else ""
            if skipped or sign == "(" or (data and sign == "{"):
                skipped += (sign in ("(", "{")) - (sign in (")", "}"))
                if not skipped and not data and statement:  # a collection; FILTER and BIND leave the statement empty
                    statement.append(Unit("group", "", None))
                elif not skipped and sign == "}":
                    statement, data = [], False
            elif sign in ("{", "}", ".", ";", "[", "]") or unit.kind == "word":
                self._take(statement)
                statement = [subject] if sign in (";", "[", "]") else []
                data = unit.text.upper() == "VALUES"
            else:
                statement.append(unit)

    def _take(self, statement: list[Unit]) -> None:
        """Record a statement: a subject, a path, whose last step has the objects, and the objects."""
        place, last = 1, []
        alternatives: list[str] = []
        while place < len(statement):
            while place < len(statement) and statement[place].text in ("^", "!"):
                last.append("")
                place += 1
            step = statement[place : place + 1]
            last.append(self._iri(step[0]) if step and step[0].kind == "thing" else "")
            place += 1
            while place < len(statement) and statement[place].kind == "sign" and statement[place].text in "*+?":
                last.append("")
                place += 1
            joined = statement[place].text if place < len(statement) and statement[place].kind == "sign" else ""
            if joined != "/":  # after which the objects belong to a later step
                alternatives.append("" if "" in last else last[-1])
            last = []
            if joined not in ("/", "|"):
                break
            place += 1
        if not alternatives or "" in alternatives or v.RDF_TYPE in alternatives:
            return
        for unit in statement[place:]:
            if unit.kind == "variable":
                self.properties.setdefault(unit.text[1:], []).append(tuple(alternatives))
            elif unit.value is not None:
                self.objects.append((tuple(alternatives), unit))

    def _find_comparisons(self, units: list[Unit]) -> None:
        for i in range(1, len(units) - 1):
            before, sign, after = units[i - 1 : i + 2]
            around = [units[j].text for j in (i - 2, i + 2) if 0 <= j < len(units) and units[j].kind == "sign"]
            if sign.text not in _COMPARISONS or any(text in ("+", "-", "*", "/") for text in around):
                continue
            if before.kind == after.kind == "variable":
                self.variables.append((before.text[1:], after.text[1:]))
            elif before.kind == "variable" and after.value is not None:
                self.compared.append((before.text[1:], sign.text, after))
            elif after.kind == "variable" and before.value is not None:
                self.compared.append((after.text[1:], sign.text, before))

    def _find_lists(self, units: list[Unit]) -> None:
        """Find `?x IN (1, 2)` and `VALUES ?x { 1 2 }` whose members are of one kind, so that the first stands for all."""
        for i, unit in enumerate(units):
            word = unit.text.upper() if unit.kind == "word" else ""
            place, opening = {"IN": (i - 1, i + 1), "VALUES": (i + 1, i + 2)}.get(word, (-1, -1))
            if (
                place < 0
                or opening >= len(units)
                or units[place].kind != "variable"
                or units[opening].text not in ("(", "{")
            ):
                continue
            members = []
            for member in units[opening + 1 :]:
                if member.text in (")", "}"):
                    break
                members += [] if member.text == "," else [member]
            if members and members[0].value and {member.value for member in members} == {members[0].value}:
                self.compared.append((units[place].text[1:], "=" if word == "IN" else "VALUES", members[0]))


def neighbours(question: Question, store: Store) -> list[str]:
    """Return, for a saved query without rows, a remark on related things that have rows, and how many.

    Each parameter is given the things that its value points to, by any property, and those that point to it, as many as
    a short time allows: several at once if the rows show the parameter, otherwise one by one.
    """
    until = time.monotonic() + _SECONDS
    remarks = []
    if question.saved is None:
        return []
    for parameter in question.saved.parameters:
        things = question.given.get(parameter.name, ())
        if parameter.type != "iri" or not things:
            continue
        prefix, _, local = parameter.of_class.partition(":")
        kinds = {"kind": [ox.NamedNode(v.PREFIXES.get(prefix, "") + local)]} if prefix in v.PREFIXES else {}
        others = list(dict.fromkeys(_column((_RELATED if kinds else _NEIGHBOURS).bind(thing=things, **kinds), store)))
        size = _AT_ONCE if parameter.name in question.saved.columns else 1
        found: Counter[object] = Counter()
        for first in range(0, len(others), size):
            if time.monotonic() > until:
                break
            some = others[first : first + size]
            rows = _column(question.query.bind(**{parameter.name: some}), store, parameter.name)
            found.update((row for row in rows if row in some) if size > 1 else {some[0]: len(rows)})
        best = sorted((-rows, terms.plain(other)) for other, rows in found.items() if rows)[:_SEVERAL]
        if best:
            listed = ", ".join(f"{name} ({-rows:,})" for rows, name in best)
            asked = " ".join(f"{parameter.name}={terms.plain(thing)}" for thing in things)
            remarks.append(f"nothing for {asked}; there are rows for {listed}")
    return remarks


def _column(query: Query, store: Store, name: str = "") -> list[Term]:
    answer: Bindings = store.query(query)  # type: ignore[assignment]
    place = answer.variables.index(name) if name in answer.variables else 0
    return [row[place] for row in answer.rows]  # type: ignore[misc]


def instead(question: Question, store: Store, saved: Mapping[str, SavedQuery]) -> list[str]:
    """Return, for a saved query that has no rows whatever its parameters are, so much, and queries like it that have rows.

    Those are like it that share most of its tags and columns.
    """
    until = time.process_time() + _SECONDS
    asked = question.saved
    if asked is None or (question.given and _has_rows(asked, store)):
        return []

    def alike(other: SavedQuery) -> float:
        own, its = ({*query.tags, *(f"?{name}" for name in query.columns)} for query in (asked, other))
        return len(own & its) / len(own | its)

    found: list[str] = []
    others = (query for query in saved.values() if query.name != asked.name)
    for query in sorted(others, key=lambda query: (-alike(query), query.name))[: 2 * _SEVERAL]:
        if len(found) == _SEVERAL or time.process_time() > until:
            break
        found += [query.name] if _has_rows(query, store) else []
    everything = all(parameter.default == "UNDEF" for parameter in asked.parameters)
    said = ["the graph has none"] if everything else []
    said += [f"see also: {', '.join(found)}"] if found else []
    return ["; ".join(said)] if said else []


def _has_rows(query: SavedQuery, store: Store) -> bool:
    return bool(store.query(query.query, limit=1)[-1])
