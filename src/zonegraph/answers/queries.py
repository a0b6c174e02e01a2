"""Running queries: parameters become terms in VALUES rows, the answer comes from whichever store is asked."""

from __future__ import annotations

import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import evidence, terminal
from zonegraph import vocabulary as v
from zonegraph.dates import is_day
from zonegraph.errors import UsageError
from zonegraph.rdf import sparql
from zonegraph.store.query import Query, with_prefixes
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import NamedTuple, TypeAlias

    from zonegraph.catalogue import Parameter, SavedQuery
    from zonegraph.store import Store

    Resolve: TypeAlias = Callable[[str, str], ox.NamedNode]

    class Question(NamedTuple):
        """What is asked: the query, the saved query it comes from (None for other text), and the terms given for its parameters."""

        query: Query
        saved: SavedQuery | None
        given: Mapping[str, Sequence[ox.NamedNode | ox.Literal]] = {}

else:
    Question = namedtuple("Question", "query saved given", defaults=({},))


_PARTIAL = (
    "?{0}: a date known only to the year or month never matches a comparison with a day; "
    "compare the zg:earliest or zg:latest of `[] zg:ofDate ?{0}`"
)


def saved_question(
    query: SavedQuery, values: Mapping[str, Sequence[str]], store: Store, resolve: Resolve | None = None
) -> Question:
    """Return a saved query with its parameters bound.

    Parameters: `values`, for each parameter the values as typed, several being alternatives; a parameter left out keeps
    the file's own row; `resolve`, what gives the thing of a name and a class (default: `names.resolve`). Raises UsageError for an unknown parameter, a value of the wrong type or an unknown IRI.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    asked = query.query
    bound = {}
    for name, given in values.items():
        if name not in known:
            near = nearest(name, known)
            have = "".join(f"\n  {described(parameter)}" for parameter in query.parameters)
            raise UsageError(
                f"{query.name}: no parameter {name}",
                (f"did you mean {near}? " if near else "") + (f"its parameters are:{have}" if known else "it has none"),
            )
        terms = [term_of(known[name], value, store, resolve) for value in given]
        bound[name] = list(dict.fromkeys(terms))  # each once: an engine joins with every row there is
        asked = asked.bind(**{name: bound[name]})
    return Question(asked, query, bound)


def described(parameter: Parameter) -> str:
    """Return in a line what a parameter takes: its name, its type, what it is bound to if it is left out, its meaning."""
    kind = parameter.type + (f", a {parameter.of_class}" if parameter.of_class else "")
    default = f", default {parameter.default}" if narrowed(parameter) else ""
    return terminal.line(f"{parameter.name} ({kind}{default}): {parameter.description}")


def narrowed(parameter: Parameter) -> bool:
    """Return whether a query asks for less than everything where this parameter is left out."""
    return parameter.default != "UNDEF"


def defaults_used(query: SavedQuery, given: Collection[str]) -> list[str]:
    """Return in a line which parameters narrow an answer though they are not among those given; no line if none does."""
    left = [p for p in query.parameters if p.name not in given and narrowed(p)]
    if not left:
        return []
    bound = ", ".join(f"{p.name}={p.default}" for p in left)
    return [f"answered for {bound}; use {' '.join(f'-p {p.name}=...' for p in left)} for another"]


def partial_dates(text: str) -> list[str]:
    """Return a remark if SPARQL text orders what `zg:date` gives against a day, which leaves out years and months.

    Parameters: `text`. A comparison with a year or a month is a type error, so its row is gone without a word. Text that
    asks for the datatype knows of it.
    """
    if "zg:date" not in text or "xsd:date" not in text or "datatype" in text.lower():
        return []
    plain = " ".join(token.text for token in sparql.tokens(text))
    day, order = r"""(?:["'][^"'\n]*["'] \^\^ xsd:date\b|xsd:date \( [^()]* \))""", r" [<>]=? "
    for variable in re.findall(r"\bzg:date [?$](\w+)", plain):
        name = rf"[?$]{variable}\b"
        if re.search(f"{name}{order}{day}|{day}{order}{name}", plain):
            return [_PARTIAL.format(variable)]
    return []


def text_question(text: str, name: str = "query") -> Question:
    """Return SPARQL text as a question; stores take our prefixes as declared.

    Parameters: `name`, what messages call the text, such as a file's path. Raises UsageError as `guard.judge`.
    """
    from zonegraph.store import guard  # a saved query needs none

    return Question(guard.judge(text, name), None)


def standalone(question: Question) -> str:
    """Return a question's SPARQL with every prefix of ours that it uses declared, to run in any other tool."""
    return with_prefixes(question.query.text, "\n")


def term_of(
    parameter: Parameter, value: str, store: Store, resolve: Resolve | None = None
) -> ox.NamedNode | ox.Literal:
    """Return a parameter's value as a term, a thing as `saved_question` does. Raises UsageError if it is not of the parameter's type."""
    if parameter.type == "iri" and resolve is not None:
        return resolve(value, parameter.of_class)
    if parameter.type == "iri":
        from zonegraph.answers import names

        return names.resolve(value, store, parameter.of_class)
    xsd = {"integer": r"[+-]?\d+", "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)"}
    if parameter.type == "date" or parameter.type in xsd:
        if not (is_day(value) if parameter.type == "date" else re.fullmatch(xsd[parameter.type], value, re.ASCII)):
            example = {"integer": "12", "decimal": "1.5", "date": "2021-02-24"}[parameter.type]
            raise UsageError(
                f"{parameter.name}={value}: not a value of type {parameter.type}",
                f"write it like {parameter.name}={example}",
            )
        return ox.Literal(value, datatype=ox.NamedNode(v.XSD + parameter.type))
    return ox.Literal(value)


def footer(
    store: Store, left_out: Sequence[tuple[str, str]] = (), rows: str = "", saved: SavedQuery | None = None
) -> list[str]:
    """Return the lines below an answer: how many rows are shown, the latest date and the number of its articles, what is left out.

    Parameters: `left_out`, articles that were left out, as pairs of slug and reason; `rows`, a phrase that says how many of how
    many rows are shown; `saved`, the saved query that was asked, whose header may say what it leaves out.
    """
    articles = evidence.articles(store)
    dated = sorted((article.counts_from, article.date) for article in articles.values() if article.counts_from)
    undated = len(articles) - len(dated)
    through = f"data through {dated[-1][1]}, from" if dated else "data from"
    count = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    lines = [(f"{rows}; " if rows else "") + f"{through} {count}" + (f" ({undated} undated)" if undated else "")]
    lines += [f"leaves out: {what}" for what in (saved.leaves_out if saved else ())]
    lines += [f"left out: {slug} ({reason})" for slug, reason in left_out]
    return lines
