"""The one door for SPARQL: a text is judged here before any engine sees it, in every way in which one may read it.

Engines fetch from the network on SERVICE, some on FROM as well, and die on text that is too deep or too long; none of
them has an option against it. What is judged is what is sent (docs/decisions/0023).
"""

from __future__ import annotations

import re

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.patterns import when_used
from zonegraph.rdf import sparql
from zonegraph.store.query import Named, Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zonegraph.rdf.sparql import Placed, Token

# Far above any query that a person or the program writes, well below what makes an engine run out of stack or memory.
MAX_CHARACTERS = 200_000
MAX_DEPTH = 100
# Each may be a level of what an engine walks through recursively.
MAX_CLAUSES = 1_000  # keywords and triple patterns
MAX_OPERATORS = 3_000
# Oxigraph tries each of these with its longest list of arguments first, and reads what they hold anew for the next one.
MAX_RETRIED = 8  # of them within each other
MAX_NAME = 4_000  # characters of an IRI or a prefixed name
MAX_UNCLOSED = 50  # quotation marks; behind each the rest of the text is searched for its end
MAX_NAMESPACES = 4  # that one prefix is given; a query gives it one

_UPDATE = when_used("LOAD|INSERT|DELETE|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH", re.IGNORECASE)
_FROM = when_used("FROM(?:NAMED)?|NAMED", re.IGNORECASE)
_NO_CLAUSE = frozenset(("UNDEF", "TRUE", "FALSE", "A"))
_OPERATORS = frozenset(("||", "&&", "!", "+", "-", "*", "/", "|", "^", "?", "=", "<", ">", "<=", ">=", "!="))
_OPERANDS = frozenset(("iri", "pname", "variable", "blank", "string", "number", "language"))
_RETRIED = ("REGEX", "SUBSTR", "REPLACE", "GROUP_CONCAT")
_BAD_ESCAPE = re.compile(r"\\(?!u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")


def judge(text: str, name: str = "query") -> Query:
    """Return a text as a query that a store may be asked.

    Parameters: `text`, SPARQL; `name`, what messages call it, such as a file's path. Raises UsageError with line, column,
    reason and remedy for a text that would reach outside or write, in any reading, or is too large to evaluate. Whether it is
    SPARQL at all is for the engine to say.
    """
    return _judged(text, name)[0]


def judge_with_doubt(text: str, name: str, known: dict[str, str]) -> tuple[Query, int | None]:
    """Return a text as `judge` does, and where its readings part as `sparql.doubt` does, for little more than the first."""
    query, parts = _judged(text, name)
    return query, sparql.doubt(text, known) if parts else None


def _judged(text: str, name: str) -> tuple[Query, bool]:
    """Return a text as a query, and whether it has readings that part; a prefix that nobody declares makes one here."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{name}: not UTF-8", "send it as UTF-8") from None
    if len(text) > MAX_CHARACTERS:
        raise UsageError(
            f"{name}: {len(text):,} characters; at most {MAX_CHARACTERS:,} are accepted",
            "ask for less at once, or load the values into a graph of your own",
        )
    reading = _Reading(text, name, range(len(text) + 1), text)
    graphs = reading.judged()
    read = {text}
    for escapes in sparql.ESCAPES if "\\" in text else ():
        plain, places = sparql.unescaped(text, escapes)
        if plain not in read:
            read.add(plain)
            graphs += [graph for graph in _Reading(plain, name, places, text).judged() if graph not in graphs]
    return Query(text, tuple(graphs), name), reading.parts


def _is_one_more_triple(placed: Placed) -> bool:
    """Return whether a token makes one more triple pattern: a stop, a semicolon, a comma of objects, a member of a list."""
    token = placed.token
    if placed.data:
        return False
    if token.kind == "sign":
        return token.text in (".", ";") or (token.text == "," and placed.within != "(")
    return placed.within == "(" and token.kind in _OPERANDS and any(b.kind in _OPERANDS for b in placed.before)


class _Reading:
    """A text to judge, with the place in what the user wrote of each of its characters."""

    def __init__(self, text: str, name: str, places: Sequence[int], written: str) -> None:
        self.text, self.name, self.places, self.written = text, name, places, written
        self.prologue = sparql.Prologue(text)
        self.prefixes: Mapping[str, Sequence[str]] = {
            **{prefix: [namespace] for prefix, namespace in v.PREFIXES.items()},
            **self.prologue.prefixes,
        }
        for prefix, namespaces in self.prologue.prefixes.items():
            if len(namespaces) > MAX_NAMESPACES:
                raise UsageError(
                    f"{name}: the prefix {prefix}: is declared more than {MAX_NAMESPACES} times", "declare it once"
                )
        self.parts = False  # whether a token was met that begins within another
        self._unclosed = 0
        self._retried: list[int] = []  # the depths at which arguments were opened that may be read anew

    def judged(self) -> list[Named]:
        graphs: dict[Named, None] = {}
        clauses = operators = end = 0
        for placed in sparql.every_token(self.text, self.prefixes):
            token = placed.token
            self.parts = self.parts or token.start < end
            end = max(end, token.end)
            if len(placed.before) > sparql.MOST_READINGS:
                raise UsageError(f"{self.place(token)}: can be read in too many ways", "put spaces between the words")
            if token.kind == "word":
                self._refuse_word(token)
                clauses += token.text.upper() not in _NO_CLAUSE
            elif token.kind == "sign":
                self._refuse_sign(placed)
                operators += token.text in _OPERATORS and not placed.data
            elif token.kind in ("iri", "pname"):
                self._refuse_name(placed)
                graphs.update((Named(graph, self.place(token)), None) for graph in self._named_after_from(placed))
            clauses += _is_one_more_triple(placed)
            if clauses > MAX_CLAUSES or operators > MAX_OPERATORS:
                what = f"{MAX_CLAUSES:,} keywords and triple patterns"
                what = f"{MAX_OPERATORS:,} operators" if operators > MAX_OPERATORS else what
                raise UsageError(f"{self.place(token)}: more than {what}", "ask for less at once")
        return list(graphs)

    def _refuse_name(self, placed: Placed) -> None:
        token = placed.token
        if len(token.text) > MAX_NAME:
            raise UsageError(f"{self.place(token)}: a name of more than {MAX_NAME:,} characters", "shorten it")
        if token.kind == "iri":
            if _BAD_ESCAPE.search(token.text):
                raise UsageError(
                    f"{self.place(token)}: a backslash in an IRI does not begin an escape",
                    "write \\uXXXX, with four hexadecimal digits",
                )
        elif "SERVICE" in token.text.partition(":")[0].upper():
            # `SERVICEx:y` is for Oxigraph SERVICE and x:y, wherever it expects a clause.
            raise UsageError(
                f"{self.place(token)}: SERVICE is refused: it would send a request to another server",
                "an engine may read it into a prefix that contains the word; use another prefix for the namespace",
            )

    def _refuse_word(self, token: Token) -> None:
        # Oxigraph lets keywords stand side by side without a space, so the word may be part of a longer one.
        if "SERVICE" in token.text.upper():
            raise self.refusal(token, "SERVICE", "would send a request to another server")
        match = _UPDATE.match(token.text)
        if match:
            raise self._update(token, match[0])

    def _refuse_sign(self, placed: Placed) -> None:
        token = placed.token
        if token.text in ("(", "[", "{") and placed.depth >= MAX_DEPTH:
            raise UsageError(
                f"{self.place(token)}: brackets are nested more than {MAX_DEPTH} deep", "remove some of them"
            )
        if token.text in "\"'":
            self._unclosed += 1
            if self._unclosed > MAX_UNCLOSED:
                raise UsageError(
                    f"{self.place(token)}: quotation marks that are never closed", "close each with the same mark"
                )
        self._retried = [depth for depth in self._retried if depth < placed.depth]
        if token.text == "(" and any(b.kind == "word" and b.text.upper().endswith(_RETRIED) for b in placed.before):
            self._retried.append(placed.depth)
            if len(self._retried) > MAX_RETRIED:
                raise UsageError(
                    f"{self.place(token)}: {', '.join(_RETRIED)} are nested more than {MAX_RETRIED} deep",
                    "compute the inner values with BIND first",
                )

    def _update(self, token: Token, word: str) -> UsageError:
        loads = word.upper() == "LOAD"
        return self.refusal(
            token,
            word.upper(),
            "would fetch from an address" if loads else "would change the graph; queries only read",
        )

    def _named_after_from(self, placed: Placed) -> Iterator[str]:
        """Yield the graphs that a token names if it stands after FROM or FROM NAMED, or is written together with it."""
        token = placed.token
        if placed.within not in ("", None):
            return
        if any(b.kind == "word" and b.text.upper().endswith(("FROM", "NAMED")) for b in placed.before):
            yield from self._iris(token.kind, token.text)
        prefix, _, local = token.text.partition(":")
        for glued in (_FROM, _UPDATE) if token.kind == "pname" else ():
            match = glued.match(prefix)
            rest = prefix[match.end() :] if match else prefix
            if match and (rest in self.prefixes):
                if glued is _UPDATE:
                    raise self._update(token, match[0])
                yield from self._iris("pname", f"{rest}:{local}")

    def _iris(self, kind: str, text: str) -> Iterator[str]:
        """Yield what an IRI or a prefixed name may stand for; itself if it is none to us, since an engine may see it otherwise."""
        if kind == "iri":
            references = [sparql.unescaped(text[1:-1])[0]]
        else:  # a prefix that nobody declares is refused by any engine
            local = sparql.local_name(text)
            references = [namespace + local for namespace in self.prefixes.get(text.partition(":")[0], ())]
        for reference in references:
            yield from sparql.resolve(reference, tuple(self.prologue.bases)) or {reference}

    def place(self, token: Token) -> str:
        """Return where a token stands in what the user wrote, as `query:1:10`."""
        before = self.written[: self.places[token.start]]
        return f"{self.name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def refusal(self, token: Token, what: str, reason: str) -> UsageError:
        return UsageError(
            f"{self.place(token)}: {what} is refused: it {reason}",
            "remove it; the word may be used in a string, an IRI or a comment",
        )
