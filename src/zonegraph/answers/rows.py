"""Rows as they are asked for: sorted, with chosen columns, and cut off at a limit."""

from __future__ import annotations

from zonegraph import dates, terms
from zonegraph.errors import UsageError
from zonegraph.rdf import sparql
from zonegraph.store import Bindings, Boolean
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from zonegraph.answers.queries import Question
    from zonegraph.evidence import Citation
    from zonegraph.store import Answer, Store, Term

_COUNTED = 10_000  # the most rows counted beyond a limit, so that the footer can say how many there are


def ask(
    question: Question, store: Store, limit: int | None, sort: Sequence[str] = (), *, count: bool = True
) -> tuple[Answer, str]:
    """Return an answer, its rows sorted and then cut off at a limit, and a phrase that says how many of how many are shown.

    All rows of a sorted answer, or of one from a service, are found anyway, so they are counted unless `count` is false; any
    other query stops at the limit.

    Parameters: `sort`, names of columns, each with a minus before it for descending order. Raises UsageError for a column that
    the answer does not have.
    """
    most = None
    if limit is not None and not sort:  # looking whether a query is ordered costs more than many an answer
        counted = count and (store.local is None or _is_ordered(question.query.text))
        most = max(limit, _COUNTED + 1) if counted else limit
    answer = store.query(question.query, limit=most)
    if isinstance(answer, Boolean):
        if sort:
            raise UsageError("sort: only applies to rows, not to yes or no", "leave it out")
        return answer, ""
    if not isinstance(answer, Bindings):
        if sort:
            raise UsageError("sort: only applies to rows, not to triples", "leave it out")
        answer = answer._replace(triples=answer.triples[:limit])
        return answer, _count(len(answer.triples), "triple") + _cut(answer.triples, limit)
    rows = ordered(answer, sort).rows
    shown = rows[:limit]
    if len(shown) < len(rows):
        every = f"more than {_COUNTED:,}" if len(rows) == most else f"{len(rows):,}"
        said = f"{len(shown):,} of {every} rows"
    else:
        said = _count(len(shown), "row") + (_cut(shown, limit) if len(rows) == most else "")
    return answer._replace(rows=shown), said


def is_empty(answer: Answer) -> bool:
    """Return whether an answer has nothing: no rows, no triples, no, or nothing but counts of 0."""
    if isinstance(answer, Bindings) and len(answer.rows) == 1 and answer.rows[0]:
        return all(getattr(term, "value", None) == "0" for term in answer.rows[0])
    return not answer[-1]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _cut(shown: Sequence[object], limit: int | None) -> str:
    return " (--limit stopped there; there may be more)" if len(shown) == limit else ""


def _is_ordered(text: str) -> bool:
    """Return whether a query itself, not one inside it, has ORDER BY, so that all rows are found before the first is given."""
    depth = 0
    for token in sparql.tokens(text):
        if token.kind == "sign":
            depth += (token.text == "{") - (token.text == "}")
        elif token.kind == "word" and token.text.upper() == "ORDER" and depth == 0:
            return True
    return False


def ordered(answer: Bindings, sort: Sequence[str]) -> Bindings:
    """Return an answer with its rows sorted; rows that compare equal keep their order, and blanks come last.

    IRIs come first, then numbers by value, dates by the first day that they can mean, and text by code points.

    Parameters: `sort`, names of columns, the most important first, each with a minus before it for descending order.
    """
    rows = list(answer.rows)
    for name in reversed(sort):
        place = _place(answer, name.removeprefix("-"), "sort")
        rows.sort(key=lambda row: _value(row[place]), reverse=name.startswith("-"))
        rows.sort(key=lambda row: row[place] is None)
    return answer._replace(rows=rows)


def chosen(answer: Answer, columns: Sequence[str]) -> Answer:
    """Return an answer with chosen columns, in the order given. Raises UsageError for a column that it does not have."""
    if not columns:
        return answer
    if not isinstance(answer, Bindings):
        what = "yes or no" if isinstance(answer, Boolean) else "triples"
        raise UsageError(f"columns: only applies to rows, not to {what}", "leave it out")
    places = [_place(answer, name, "columns") for name in columns]
    return Bindings(list(columns), [tuple(row[place] for place in places) for row in answer.rows])


def once(answer: Answer, cited: list[list[Citation]] | None) -> tuple[Answer, list[list[Citation]] | None, bool]:
    """Return an answer and the citations of its rows with each row once, with the citations of all like it, and whether any was double."""
    if not isinstance(answer, Bindings) or len(set(answer.rows)) == len(answer.rows):
        return answer, cited, False
    alike: dict[tuple[Term | None, ...], dict[str, Citation]] = {}
    for place, row in enumerate(answer.rows):
        known = alike.setdefault(row, {})
        for citation in cited[place] if cited else ():
            if citation.text not in known or not citation.corroborates:
                known[citation.text] = citation
    merged = None if cited is None else [list(known.values()) for known in alike.values()]
    return answer._replace(rows=list(alike)), merged, True


def names(text: str | None, option: str) -> list[str]:
    """Return the names of columns that a text lists, separated by commas. Raises UsageError if one is empty or given twice."""
    if text is None:
        return []
    listed = [name.strip() for name in text.split(",")]
    bare = [name.removeprefix("-") for name in listed]
    if "" in bare or len(set(bare)) < len(bare):
        problem = "a name is empty" if "" in bare else "a column is named twice"
        raise UsageError(f"{option} {text}: {problem}", "name each column once, with commas between them")
    return listed


def _place(answer: Bindings, name: str, option: str) -> int:
    if name in answer.variables:
        return answer.variables.index(name)
    near = nearest(name, answer.variables)
    hint = f"did you mean {near}? " if near else ""
    raise UsageError(
        f"{option} {name}: the answer has no such column", f"{hint}its columns are: {', '.join(answer.variables)}"
    )


def _value(term: Term | None) -> tuple[int, Any]:
    """Return the key by which a term is sorted."""
    import pyoxigraph as ox

    if isinstance(term, ox.NamedNode):
        return 0, term.value
    if not isinstance(term, ox.Literal):
        return 4, str(term)
    kind = term.datatype.value
    if kind in terms.NUMERIC:
        from decimal import Decimal, InvalidOperation

        try:
            number = Decimal(term.value)
        except InvalidOperation:
            return 3, (term.value, "")
        return (3, (term.value, "")) if number.is_nan() else (1, number)
    days = dates.span(term.value) if kind in dates.DATATYPES else None
    # Of two dates with the same first day the more precise one comes first.
    return (2, (*days, term.value)) if days else (3, (term.value, term.language or ""))
