"""SPARQL as tokens: as the grammar reads it, and in every way in which an engine may read it.

SPARQL's grammar (SPARQL 1.1, section 19) takes the longest match for a token. Oxigraph has no tokens: at each place it
tries what its grammar allows there, so that in an expression `<` is less-than where the longest match is an IRI. Other
engines end a comment at other characters. `tokens` is the grammar's reading; `every_token` gives the tokens of all readings
side by side, for whoever must not overlook one (docs/decisions/0023).
"""

from __future__ import annotations

import functools
import heapq
import itertools
import re
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import NamedTuple

    class Token(NamedTuple):
        """One piece of SPARQL text.

        `kind` is iri, pname, variable, blank, string, number, language, word, sign or comment; `start` the offset of its first
        character. A word is a keyword, or several that are written together, as in `ASKWHERE`.
        """

        kind: str
        text: str
        start: int

        @property
        def end(self) -> int: ...

    class Placed(NamedTuple):
        """A token of one reading or several.

        `depth` is how many brackets are open before it at most; `within` the innermost of them, empty for none, None where
        readings that disagree on it have met; `data` whether it stands among the data of a VALUES clause; `before` the tokens
        before it, one for each such reading; if there are more than MOST_READINGS, some are left out.
        """

        token: Token
        depth: int
        within: str | None
        data: bool
        before: tuple[Token, ...]

else:
    Placed = namedtuple("Placed", "token depth within data before")

    class Token(namedtuple("Token", "kind text start")):
        __slots__ = ()

        @property
        def end(self):
            return self.start + len(self.text)


# All that Unicode calls blank but U+1680, which is a letter of names to the grammar.
_BLANK = r"\t-\r\x1c-\x20\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Whatever is not ASCII counts as part of a name, blanks aside: what no engine takes for one, it takes for nothing else
# either. (A class that lists the characters of names by the grammar would take 40 ms to compile at every start.)
_NAME = rf"[^{_BLANK}\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"  # PN_CHARS: letters, digits, - and _
_FIRST = rf"[^{_BLANK}\x00-\x40\x5b-\x60\x7b-\x7f]"  # PN_CHARS_BASE: letters
_WORD = rf"[^{_BLANK}\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"  # of VARNAME: letters, digits and _
_LOCAL = rf"(?:{_NAME}|:|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])"
_ESCAPE = r"\\(?:[tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
_NAMES = rf"""
    (?P<blank>_:{_WORD}{_NAME}*+(?:\.++{_NAME}++)*+)
    |(?P<pname>(?:{_FIRST}{_NAME}*+(?:\.++{_NAME}++)*+)?:(?:{_LOCAL}++(?:\.++{_LOCAL}++)*+)?)
    |(?P<word>{_WORD}++)"""
# The same inside a longer name, where a dot has ended the one before or no colon follows: without dots and not far, since
# it may be tried at each character of the longer one.
_PARTS = rf"""
    (?P<blank>_:{_WORD}{{1,64}})
    |(?P<pname>(?:{_FIRST}{_NAME}{{0,64}})?:{_LOCAL}{{0,64}})
    |(?P<word>{_WORD}++)"""


@functools.cache
def _pattern(names: str) -> re.Pattern[str]:
    """Return the pattern of a token, compiled when the first text is read: most commands read none."""
    return re.compile(
        rf"""[{_BLANK}]*+(?:
         (?P<comment>\#[^\r\n]*+)
        |(?P<iri><(?:[^\x00-\x20<>"{{}}|^`\\]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
        |(?P<string>\"{{3}}(?:[^"\\]|{_ESCAPE}|"(?!""))*+\"{{3}}|'{{3}}(?:[^'\\]|{_ESCAPE}|'(?!''))*+'{{3}}
            |"(?:[^"\\\r\n]|{_ESCAPE})*+"|'(?:[^'\\\r\n]|{_ESCAPE})*+')
        |(?P<variable>[?$]{_WORD}++)
        |(?P<number>(?:[0-9]++\.[0-9]*+|\.?[0-9]++)[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++)
        |(?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]+)?)
        |{names}
        |(?P<sign>\^\^|&&|\|\||[<>!]=|[^{_BLANK}])
        )""",
        re.VERBOSE | re.DOTALL,
    )


@functools.cache
def _run() -> re.Pattern[str]:
    return re.compile(rf"{_NAME}*+(?:\.++{_NAME}++)*+")


# A string in which a backslash may stand before anything; no engine here takes it, one elsewhere may.
_LOOSE = (
    r"\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}"
    r"|\"(?:[^\"\\\r\n]|\\.)*+\"|'(?:[^'\\\r\n]|\\.)*+'"
)
# Such an IRI is none by the grammar; to Oxigraph it is one, since Rust reads `+041` as a number.
_RAW_IRI = r"<[^\x00-\x20<>\"{}|^`\\]*+\\[^\x00-\x20<>\"{}|^`]*+>"
_SURROGATE = r"\\u[dD][89a-fA-F]|\\U(?!000[0-9a-fA-F]|0010)|\\U0000[dD][89a-fA-F]"
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
# After these no operand has ended, so that `<` begins an IRI in every reading.
_BEFORE_OPERAND = frozenset(
    ("(", "[", "{", ",", ";", "=", "!", "!=", "<=", ">=", "<", "+", "-", "*", "/", "&&", "||", "^^")
)
# What engines resolve before they read anything else: as SPARQL 1.1 says (19.2), and as rdflib does.
ESCAPES = (r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", r"\\[uU]([0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{4})?)()")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a SPARQL text as the grammar reads it, comments left out.

    What is not a token, such as a quotation mark that is never closed, comes as a sign of one character.
    """
    return _read(text, comments=False)


def _read(text: str, *, comments: bool) -> Iterator[Token]:
    offset = 0
    token, part, run = _pattern(_NAMES), _pattern(_PARTS), _run()
    inside = 0
    while match := (token if offset >= inside else part).match(text, offset):
        kind = match.lastgroup or ""
        start = match.start(kind)
        if comments or kind != "comment":
            yield Token(kind, match[kind], start)
        if kind == "word" and offset >= inside:
            inside = run.match(text, start).end()  # type: ignore[union-attr]  # no colon follows it
        offset = match.end()


def variables(text: str) -> set[str]:
    """Return the names of the variables in a SPARQL text."""
    return {token.text[1:] for token in tokens(text) if token.kind == "variable"}


def like_variables(text: str) -> set[str]:
    """Return what looks like the name of a variable in a SPARQL text: all that `variables` returns, and maybe more, for much less."""
    return set(_variable().findall(text))


@functools.cache
def _variable() -> re.Pattern[str]:
    return re.compile(rf"[?$]({_WORD}++)")


def without_comments(text: str) -> str:
    """Return a SPARQL text with every comment cut out, up to the end of its line."""
    kept, offset = [], 0
    for token in _read(text, comments=True):
        if token.kind == "comment":
            kept.append(text[offset : token.start])
            offset = token.end
    return "".join([*kept, text[offset:]])


def unescaped(text: str, escapes: str = ESCAPES[0]) -> tuple[str, list[int]]:
    r"""Return a text as an engine reads it that resolves `\uXXXX` before anything else (SPARQL 1.1, 19.2).

    Parameters: `escapes`, one of ESCAPES. Returns the text and, for each of its characters and its end, the offset in the text given.
    """
    parts: list[str] = []
    places: list[int] = []
    offset = 0
    for match in re.finditer(escapes, text):
        code = int(match[1] or match[2], 16)
        if code < 0x110000:
            parts += [text[offset : match.start()], chr(code)]
            places += [*range(offset, match.start()), match.start()]
            offset = match.end()
    return "".join([*parts, text[offset:]]), [*places, *range(offset, len(text) + 1)]


def doubt(text: str, known: dict[str, str]) -> int | None:
    """Return the offset of the first place at which readings of a text part; None if there is one reading alone.

    Parameters: `known`, prefixes that are declared beside those that the text declares, with their namespaces.
    """
    found = list(tokens(text))
    # A prefix that nobody declares makes no second reading: no engine takes such a text.
    used = {token.text.partition(":")[0]: "http://undeclared/" for token in found if token.kind == "pname"}
    prefixes = {**{p: [ns] for p, ns in {**used, **known}.items()}, **Prologue(text).prefixes}
    for i, placed in enumerate(every_token(text, prefixes)):
        if i >= len(found) or placed.token != found[i]:
            return placed.token.start
    return None


class Prologue:
    """What a text declares: `prefixes`, each with every namespace that it may stand for; `bases`, what may be its base in the end.

    An IRI reference is resolved against the bases declared before it, as engines do, so a base too; one that stays relative
    stands as it is written.
    """

    def __init__(self, text: str) -> None:
        """Read the declarations at the head of a text; what looks like one further down is none to any engine."""
        self.prefixes: dict[str, list[str]] = {}
        self.bases: list[str] = []
        found = tokens(text)
        for token in found:
            word = token.text.upper() if token.kind == "word" else ""
            if word == "VERSION":
                next(found, None)
            elif word == "BASE":
                iri = next(found, None)
                if iri is None or iri.kind != "iri":
                    return
                self.bases = self.resolved(iri.text)
            else:
                # `PREFIXx:<http://x/>` is for Oxigraph PREFIX and x:
                named = next(found, None) if word == "PREFIX" else token
                glued = "" if word == "PREFIX" else "PREFIX"
                iri = next(found, None) if named is not None and named.kind == "pname" else None
                if named is None or iri is None or iri.kind != "iri":
                    return
                if not named.text.endswith(":") or not named.text.upper().startswith(glued):
                    return
                known = self.prefixes.setdefault(named.text[len(glued) : -1], [])
                known += [namespace for namespace in self.resolved(iri.text) if namespace not in known]

    def resolved(self, written: str) -> list[str]:
        """Return the IRIs that an IRI reference may stand for, its escapes resolved; without a base that fits, the reference itself.

        Parameters: `written`, in angle brackets.
        """
        reference = unescaped(written[1:-1])[0]
        return sorted(resolve(reference, tuple(self.bases))) or [reference]


@functools.lru_cache(maxsize=256)
def resolve(reference: str, bases: tuple[str, ...]) -> frozenset[str]:
    """Return the IRIs that an IRI reference may mean: itself if it is absolute, else resolved against each base.

    Empty if an engine would take it for none (RFC 3987).
    """
    import pyoxigraph as ox

    found = set()
    for base in bases or ("",):
        declared = f"@base <{base}> ." if base else ""
        try:
            triples = list(ox.parse(f"{declared} <{reference}> <a:b> <a:c> .".encode(), format=ox.RdfFormat.TURTLE))
        except (SyntaxError, ValueError):
            continue
        found.add(str(getattr(triples[0].subject, "value", "")))
    return frozenset(found)


def local_name(pname: str) -> str:
    """Return the local part of a prefixed name, its escapes resolved."""
    return re.sub(r"\\(.)", r"\1", pname.partition(":")[2])


class _Bracket:
    """A bracket that is open, and the one around it.

    `data` is whether it is that of the data of a VALUES clause; `in_data` whether what stands in it is among such data;
    `operators` whether operators may come in it: in round brackets but those of a row of values.
    """

    __slots__ = ("around", "data", "in_data", "operators", "text")

    def __init__(self, text: str, around: _Bracket | None, data: bool) -> None:
        self.text, self.around, self.data = text, around, data
        row = text == "(" and around is not None and around.data
        self.in_data = row or data
        self.operators = text == "(" and not row


class _State:
    """Where a reading has got to.

    `bracket` is the innermost that is open, `unsure` whether readings disagree on it; `values` how far a VALUES clause has
    come before its data, empty for not at all; `operand` whether what may be an operand has just ended.
    """

    __slots__ = ("before", "bracket", "depth", "operand", "unsure", "values")

    def __init__(
        self,
        bracket: _Bracket | None = None,
        unsure: bool = False,
        depth: int = 0,
        operand: bool = False,
        values: str = "",
        before: tuple[Token, ...] = (),
    ) -> None:
        self.bracket, self.unsure, self.depth = bracket, unsure, depth
        self.operand, self.values, self.before = operand, values, before

    @property
    def in_expression(self) -> bool:
        """Whether an operator may come: in round brackets but those of a row of values, or where nobody knows."""
        return self.unsure or (self.bracket is not None and self.bracket.operators)

    def joined(self, other: _State) -> _State:
        """Return the state of two readings that have met at one place."""
        before = self.before + tuple(token for token in other.before if token not in self.before)
        return _State(
            self.bracket,
            self.unsure or other.unsure or self.bracket is not other.bracket,
            max(self.depth, other.depth),
            self.operand or other.operand,
            self.values if self.values == other.values else "",
            before[: MOST_READINGS + 1],
        )


MOST_READINGS = 8  # that may meet at one place; more than two hardly ever do


def every_token(text: str, prefixes: Mapping[str, Sequence[str]]) -> Iterator[Placed]:
    """Yield the tokens of every reading of a text, in order of their place, each once for each way to read it.

    Parameters: `prefixes`, those that the text declares and those that are known without, each with its namespaces.

    Two readings part where
    - `<` may be less-than: in round brackets but those of a row of values, or where readings disagree on the brackets, after what may end an operand;
    - a comment holds a CR that ends no line elsewhere;
    - `<` is the second of `<<`;
    - an IRI holds an escape that is none;
    - a prefixed name holds several groups of dots, since an engine may end it at the second;
    - a prefixed name stands for no IRI, so that an engine may take the prefix alone;
    - a string holds an escape that is none, or three quotation marks open a string that no three close.
    They go on side by side and meet again where they come to the same place, so the work grows with the length alone.
    """
    names: dict[str, bool] = {}  # whether each prefixed name stands for an IRI
    states: dict[int, _State] = {}  # of the readings beside this one, by the offset at which each goes on
    waiting: list[int] = []
    token_at, part_at, run = _pattern(_NAMES), _pattern(_PARTS), _run()
    inside = 0  # the end of a name that some reading has taken whole, and that is read in parts as well
    offset, state = 0, _State()
    while True:
        match = (token_at if offset >= inside else part_at).match(text, offset)
        if match is not None:
            kind = match.lastgroup or ""
            start, end = match.span(kind)
            if kind in ("pname", "blank"):
                inside = max(inside, end)
            elif kind == "word" and offset >= inside:
                inside = run.match(text, start).end()  # type: ignore[union-attr]
            token = Token(kind, text[start:end], start)
            ways: Iterable[tuple[Token, int]] = ((token, end),)
            manifold = kind in _MANIFOLD or (kind == "sign" and token.text[0] in "\"'<")
            if manifold:  # the others one by one, since whoever reads may break off
                ways = itertools.chain(ways, _other_ways(token, end, text, state, prefixes, names))
            bracket = state.bracket
            for token, end in ways:
                following = state
                if token.kind != "comment":
                    within = None if state.unsure else bracket.text if bracket else ""
                    data = bracket is not None and bracket.in_data and not state.unsure
                    yield Placed(token, state.depth, within, data, state.before)
                    following = _after(token, state)
                if not (waiting or manifold):
                    offset, state = end, following
                elif end in states:
                    states[end] = states[end].joined(following)
                else:
                    states[end] = following
                    heapq.heappush(waiting, end)
            if not (waiting or manifold):
                continue
        if not waiting:
            return
        offset = heapq.heappop(waiting)
        state = states.pop(offset)


# Tokens of these kinds may be read in other ways, and signs that begin with `<` or a quotation mark.
_MANIFOLD = frozenset(("comment", "iri", "pname", "string"))


def _after(token: Token, state: _State) -> _State:
    bracket, depth = state.bracket, state.depth
    sign = token.text if token.kind == "sign" else ""
    if sign in _OPENING:
        bracket, depth = _Bracket(sign, bracket, sign == "{" and state.values == "named"), depth + 1
    elif sign in _CLOSING:
        bracket, depth = (None if bracket is None else bracket.around), max(depth - 1, 0)
    values = _values(token, sign, state.values) if state.values or token.kind == "word" else ""
    return _State(bracket, state.unsure, depth, not sign or sign not in _BEFORE_OPERAND, values, (token,))


def _values(token: Token, sign: str, so_far: str) -> str:
    """Return how far a VALUES clause has come with a token: `VALUES ?x` or `VALUES (?x ?y)` is named, its data may follow."""
    if token.kind == "word":
        return "begun" if token.text.upper() == "VALUES" else ""
    if so_far == "begun":
        return "named" if token.kind == "variable" else "listed" if sign == "(" else ""
    if so_far == "listed":
        return "listed" if token.kind == "variable" else "named" if sign == ")" else ""
    return ""


def _other_ways(
    token: Token, end: int, text: str, state: _State, prefixes: Mapping[str, Sequence[str]], names: dict[str, bool]
) -> Iterator[tuple[Token, int]]:
    """Yield the ways to read what stands at the place of a token that ends at `end`, but for its own, each with where it ends."""
    kind, start = token.kind, token.start
    if kind == "comment":
        line = text.find("\n", end)
        if text.startswith("\r", end) and line != end + 1:  # an engine that ends comments at LF alone reads on to there
            yield token, len(text) if line < 0 else line
    elif kind == "iri":
        # The second of `<<`, in which a triple begins, or less-than.
        if text.startswith("<", start - 1) or (state.in_expression and state.operand):
            yield Token("sign", "<", start), start + 1
    elif kind == "pname":
        # Oxigraph lets the local part hold one group of dots.
        colon = token.text.index(":")
        for dots in list(re.finditer(r"(?<!\\)\.+", token.text[colon:]))[1:] if "." in token.text else ():
            yield Token(kind, token.text[: colon + dots.start()], start), start + colon + dots.start()
        if token.text not in names:
            names[token.text] = _stands_for_iri(token.text, prefixes)
        if not names[token.text]:
            prefix = token.text.partition(":")[0] + ":"
            if prefix != token.text:
                yield Token(kind, prefix, start), start + len(prefix)
    elif kind == "string":
        if "\\" in token.text and re.search(_SURROGATE, token.text):
            yield Token("sign", token.text[0], start), start + 1
            if token.text[:3] == token.text[0] * 3:
                yield Token("string", token.text[:2], start), start + 2
        elif len(token.text) == 2 and text.startswith(token.text[0], end):
            yield from _loose(text, start)
    elif kind == "sign" and token.text in "\"'":
        yield from _loose(text, start)
    elif kind == "sign" and token.text[0] == "<":
        raw = re.compile(_RAW_IRI).match(text, start)
        if raw:
            yield Token("iri", raw[0], start), raw.end()


def _loose(text: str, start: int) -> Iterator[tuple[Token, int]]:
    match = re.compile(_LOOSE, re.DOTALL).match(text, start)
    if match and len(match[0]) > 2:
        yield Token("string", match[0], start), match.end()


def _stands_for_iri(pname: str, prefixes: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a prefixed name surely stands for an IRI, whichever of the declarations of its prefix holds."""
    namespaces = prefixes.get(pname.partition(":")[0], [])
    local = local_name(pname)
    if all(namespace.endswith(("/", "#")) for namespace in namespaces) and re.fullmatch(r"[\w\-]*", local, re.ASCII):
        return bool(namespaces)  # whatever such a namespace and such a name make is an IRI
    return bool(namespaces) and all(resolve(namespace + local, ()) for namespace in namespaces)
