"""A SELECT query asked of some values of a variable alone, as if the others were not there.

A row `VALUES ?x { ... }` goes into each group of the query from which ?x comes, sub-SELECTs included: an engine works these out by
themselves, so that values bound around them come too late.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from zonegraph.rdf import sparql
from zonegraph.rdf.graph import Term
from zonegraph.rdf.sparql import Token


def places(text: str, variable: str) -> tuple[int, ...]:
    """Return where in a SELECT query a row of values of a variable stands, for `bound`.

    Parameters: `text`, the query, which selects the variable as it is matched, or groups by it; `variable`, its name. What a
    sub-SELECT does not pass on is another variable of the same name, and gets no row.
    """
    return tuple(_groups(list(sparql.tokens(text)), variable))


def bound(text: str, rows: Iterable[tuple[str, Iterable[int], Iterable[Term]]]) -> str:
    """Return a SELECT query whose rows are those of another in which variables have one of some values.

    Parameters: `text`, the query; `rows`, for each variable its name, the `places` of its values, and these.
    """
    put = sorted(
        (place, f" VALUES ?{variable} {{ {' '.join(map(str, terms))} }} ")
        for variable, at, terms in rows
        for place in at
    )
    parts, end = [], 0
    for place, row in put:
        parts += [text[end:place], row]
        end = place
    return "".join((*parts, text[end:]))


class _Select(NamedTuple):
    """A SELECT: the places of its word, of the brackets around its pattern, and of what ends its modifiers."""

    start: int
    opening: int
    closing: int
    end: int


def _groups(tokens: list[Token], variable: str) -> list[int]:
    """Return where in a text the groups begin in which a variable is that of the query as a whole, and is matched."""
    selects = [_select(tokens, place) for place, token in enumerate(tokens) if _word(token) == "SELECT"]
    kept: list[_Select] = []
    for one in selects:
        around = [other for other in selects if other.opening < one.start < other.closing]
        if all(other in kept for other in around) and _passes_on(tokens, one, variable):
            kept.append(one)
    places = {one.opening for one in kept}
    opened: list[tuple[int, int]] = []  # where each group around a token begins, and how many brackets are open there
    depth = 0
    for place, token in enumerate(tokens):
        if token.text == "{" and token.kind == "sign":
            opened.append((place, depth))
        elif token.text == "}" and token.kind == "sign" and opened:
            opened.pop()
        elif token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
        elif token.kind == "variable" and token.text[1:] == variable and opened and opened[-1][1] == depth:
            within = [one for one in selects if one.start < place < one.end]
            if within and all(one in kept for one in within) and within[-1].opening < place < within[-1].closing:
                places.add(opened[-1][0])
    return sorted(tokens[place].end for place in places)


def _select(tokens: list[Token], start: int) -> _Select:
    opening = next(place for place in range(start, len(tokens)) if tokens[place].text == "{")
    closing = _closing(tokens, opening)
    end = closing + 1
    depth = 0
    while end < len(tokens):
        sign = tokens[end].text if tokens[end].kind == "sign" else ""
        depth += (sign in ("{", "(")) - (sign in ("}", ")"))
        if depth < 0:
            break
        end += 1
    return _Select(start, opening, closing, end)


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for place in range(opening, len(tokens)):
        if tokens[place].kind == "sign":
            depth += (tokens[place].text == "{") - (tokens[place].text == "}")
            if not depth:
                return place
    return len(tokens) - 1


def _passes_on(tokens: list[Token], one: _Select, variable: str) -> bool:
    """Return whether a SELECT gives a variable as its pattern has it, for each of its values by itself."""
    depth, plain = 0, False
    for token in tokens[one.start + 1 : one.opening]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and (token.text == "*" or (token.kind == "variable" and token.text[1:] == variable)):
            plain = True
    after = tokens[one.closing + 1 : one.end]
    words = [_word(token) for token in after]
    if not plain or "LIMIT" in words or "OFFSET" in words:
        return False
    if "GROUP" not in words:
        return True
    start = words.index("GROUP")
    depth = 0
    for token, word in zip(after[start:], words[start:], strict=True):
        if word in ("HAVING", "ORDER", "VALUES"):
            break
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "variable" and token.text[1:] == variable:
            return True
    return False


def _word(token: Token) -> str:
    return token.text.upper() if token.kind == "word" else ""
