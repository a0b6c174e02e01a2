"""Queries that a store may be asked: SPARQL that has been judged, or that is the program's own.

A `Query` comes from `guard.judge`; from the catalogue, whose texts were judged when they were read; from `constant`, a text
that stands in the program; or from `compiled`, what the program makes of judged pieces and of terms. Values get into a
query as serialized terms in the place of its VALUES rows, and in no other way.
"""

from __future__ import annotations

import re
from collections import namedtuple
from functools import lru_cache

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.rdf import sparql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NamedTuple

    from zonegraph.rdf.sparql import Token
    from zonegraph.store import Term

    class Named(NamedTuple):
        """A graph that a query names after FROM: its IRI, and where, as `query:1:10`."""

        graph: str
        place: str

    class Query(NamedTuple):
        """A SPARQL text that a store may be asked.

        `graphs` are those that it names after FROM, which the store must hold; `name` is what messages call it.
        """

        text: str
        graphs: tuple[Named, ...] = ()
        name: str = "query"

        @property
        def form(self) -> str: ...

        def bind(self, **values: Iterable[Term]) -> Query:
            """Return the query with the VALUES row of each variable named replaced by terms; it may have several such rows."""
            ...

        def bind_rows(self, names: tuple[str, ...], rows: Iterable[Iterable[Term]]) -> Query:
            """Return the query with the rows of `VALUES (?a ?b) { ... }` replaced by others."""
            ...

        def joined(self, bindings: Mapping[str, Term]) -> Query:
            """Return the query, which ends with its pattern, with variables that have their value already."""
            ...

else:
    Named = namedtuple("Named", "graph place")

    class Query(namedtuple("Query", "text graphs name", defaults=((), "query"))):
        __slots__ = ()

        @property
        def form(self):
            return form(self.text)

        def bind(self, **values):
            query = self
            for name, terms in values.items():
                query = query._replaced((name,), " ".join(map(str, terms)))
            return query

        def bind_rows(self, names, rows):
            return self._replaced(names, " ".join(f"({' '.join(map(str, row))})" for row in rows))

        def joined(self, bindings):
            if not bindings:
                return self
            names, terms = " ".join(f"?{name}" for name in bindings), " ".join(map(str, bindings.values()))
            # At the end of the pattern, since values before it would meet a variable that a BIND in it sets.
            return self._replace(text=f"{self.text.removesuffix('}')} VALUES ({names}) {{ ({terms}) }} }}")

        def _replaced(self, names, content):
            text = self.text
            spans = [row for row in values_rows(text) if row[0] == names]
            if not spans:
                raise KeyError(f"no VALUES row of {names}")
            for _, start, end in reversed(spans):
                text = f"{text[:start]} {content} {text[end:]}"
            return self._replace(text=text)


CONSTANTS: list[Query] = []  # every query that stands in the program, so that a test can judge them


def constant(text: str) -> Query:
    """Return a query that stands in the program itself. Its names are told to no guard: a test judges each of them."""
    query = Query(text)
    CONSTANTS.append(query)
    return query


def compiled(text: str) -> Query:
    """Return a query that the program has made of judged pieces, such as rules and groups of `cite:`, and of serialized terms."""
    return Query(text)


@lru_cache(maxsize=256)
def values_rows(text: str) -> list[tuple[tuple[str, ...], int, int]]:
    """Return the VALUES clauses of a text: the names of their variables, and where what stands between their braces is."""
    found: list[tuple[tuple[str, ...], int, int]] = []
    pending: list[str] | None = None  # the variables of a clause whose braces have not come yet
    opened = -1
    for token in sparql.tokens(text):
        if token.kind == "word" and token.text.upper() == "VALUES":
            pending, opened = [], -1
        elif pending is None:
            continue
        elif opened >= 0:
            if token.text == "}" and token.kind == "sign":
                found.append((tuple(pending), opened, token.start))
                pending = None
        elif token.kind == "variable":
            pending.append(token.text[1:])
        elif token.text == "{":
            opened = token.end
        elif token.text not in "()":
            pending = None
    return found


def dataset(text: str, base: str) -> tuple[list[str], list[str]]:
    """Return the graphs that a query names after FROM and after FROM NAMED, each once.

    Parameters: `base`, what IRIs are resolved against that the query gives no other base for. This is the grammar's reading: it says
    what is asked, and protects from nothing.
    """
    prologue = sparql.Prologue(text)
    bases = tuple(prologue.bases) or (base,)
    default: dict[str, None] = {}
    named: dict[str, None] = {}
    target: dict[str, None] | None = None
    for token in sparql.tokens(text):
        word = token.text.upper() if token.kind == "word" else ""
        if token.text == "{" or word.startswith("WHERE"):
            break
        if word in ("FROM", "FROMNAMED"):
            target = default if word == "FROM" else named
        elif word == "NAMED" and target is not None:
            target = named
        elif target is not None and token.kind in ("iri", "pname"):
            for iri in _meant(token, prologue, bases)[:1]:
                target[iri] = None
            target = None
    return list(default), list(named)


def _meant(token: Token, prologue: sparql.Prologue, bases: tuple[str, ...]) -> list[str]:
    """Return the IRIs that a token may stand for."""
    if token.kind == "iri":
        return sorted(sparql.resolve(sparql.unescaped(token.text[1:-1])[0], bases))
    prefix = token.text.partition(":")[0]
    known = {p: [namespace] for p, namespace in v.PREFIXES.items()} | prologue.prefixes
    return [namespace + sparql.local_name(token.text) for namespace in known.get(prefix, ())]


_FORMS = when_used("SELECT|ASK|CONSTRUCT|DESCRIBE", re.IGNORECASE)


def form_token(text: str) -> Token | None:
    """Return the word that says a query's form, such as `SELECT`; None if there is none."""
    return next((token for token in sparql.tokens(text) if token.kind == "word" and _FORMS.match(token.text)), None)


def form(text: str) -> str:
    """Return a query's form: SELECT, ASK, CONSTRUCT or DESCRIBE; empty if it has none of these words."""
    token = form_token(text)
    return _FORMS.match(token.text)[0].upper() if token else ""  # type: ignore[index]


def with_prefixes(text: str, end: str = " ") -> str:
    """Return a query with each of our prefixes that it uses and does not declare declared before it, after its header.

    Parameters: `end`, what stands after each declaration; a space leaves the numbers of the lines as they are.
    """
    found = list(sparql.tokens(text))
    declared = sparql.Prologue(text).prefixes
    used = {token.text.partition(":")[0] for token in found if token.kind == "pname"}
    missing = [f"PREFIX {p}: <{ns}>{end}" for p, ns in v.PREFIXES.items() if p in used and p not in declared]
    start = _HEADER.match(text).end()  # type: ignore[union-attr]
    return text[:start] + "".join(missing) + text[start:]


_HEADER = re.compile(r"(?:#\+[^\n]*\n)*")
