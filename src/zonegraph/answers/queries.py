"""Running queries: parameters become terms in VALUES rows, the answer comes from whichever store is asked."""

from __future__ import annotations

import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue as saved
from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError, nearest
from zonegraph.store import Bindings, Triples, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NamedTuple

    from zonegraph.catalogue import Parameter, SavedQuery
    from zonegraph.store import Answer, Store

    class Question(NamedTuple):
        """What is asked: the SPARQL text as it is sent, and the saved query it comes from (None for other text)."""

        text: str
        saved: SavedQuery | None

else:
    Question = namedtuple("Question", "text saved")

PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in v.PREFIXES.items())


def saved_question(query: SavedQuery, values: Mapping[str, Sequence[str]], store: Store) -> Question:
    """Return a saved query with its parameters bound.

    Parameters: `values`, for each parameter the values as typed, several being alternatives; a parameter left out keeps
    the file's own row. Raises UsageError for an unknown parameter, a value of the wrong type or an unknown IRI.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    text = query.text
    for name, given in values.items():
        if name not in known:
            near = nearest(name, known)
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise UsageError(
                f"{query.name}: no parameter {name}\n  " + (f"did you mean {near}? " if near else "") + f"({have})"
            )
        terms = " ".join(str(term_of(known[name], value, store)) for value in given)
        row = f"  VALUES ?{name} {{ {terms} }}"
        text = saved.values_row(name).sub(lambda _, row=row: row, text)  # type: ignore[misc]
    return Question(text, query)


def text_question(text: str) -> Question:
    """Return SPARQL text as a question; stores take our prefixes as declared."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("query: not UTF-8\n  send it with the encoding UTF-8") from None
    return Question(text, None)


def standalone(question: Question) -> str:
    """Return a question's SPARQL with every prefix of ours that it uses declared, to run in any other tool."""
    return guard.with_prefixes(question.text)


def term_of(parameter: Parameter, value: str, store: Store) -> ox.NamedNode | ox.Literal:
    """Return a parameter's value as a term. Raises UsageError if it is not of the parameter's type."""
    if parameter.type == "iri":
        return resolve(value, store, parameter.of_class)
    xsd = {"integer": r"[+-]?\d+", "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)", "date": r"\d{4}-\d\d-\d\d"}
    if parameter.type in xsd:
        if not re.fullmatch(xsd[parameter.type], value, re.ASCII) or (parameter.type == "date" and not _is_date(value)):
            example = {"integer": "12", "decimal": "1.5", "date": "2021-02-24"}[parameter.type]
            raise UsageError(
                f"{parameter.name}={value}: not of the type {parameter.type}\n  write it like {parameter.name}={example}"
            )
        return ox.Literal(value, datatype=ox.NamedNode(v.XSD + parameter.type))
    return ox.Literal(value)


def _is_date(value: str) -> bool:
    import datetime

    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def resolve(text: str, store: Store, of_class: str = "") -> ox.NamedNode:
    """Return the thing of the graph that is meant by an IRI, a prefixed name, or the bare end of one.

    Parameters: `text`, such as `zgd:city-hangzhou`, `city-hangzhou` or the whole IRI; `of_class`, the prefixed name of a
    class it must belong to, or empty. Raises UsageError that offers the nearest name if the graph holds no such thing.
    """
    if not text:
        raise UsageError(
            "an empty name names nothing\n  give an IRI, a prefixed name such as zgd:city-hangzhou, or the end of one"
        )
    for iri in _candidates(text):
        node = _node(iri)
        if node is not None and _exists(node, store, of_class):
            return node
    pattern = f"?s a {of_class} ." if of_class else "?s a ?class ."
    listed: Bindings = store.query(f"{PROLOGUE}SELECT DISTINCT ?s WHERE {{ {pattern} }}")  # type: ignore[assignment]
    names = {v.shorten(row[0].value) for row in listed.rows if isinstance(row[0], ox.NamedNode)}
    wanted = text if ":" in text else "zgd:" + text
    near = nearest(wanted, sorted(names))
    what = of_class.partition(":")[2] if of_class else "thing of that name in the graph"
    hint = f"did you mean {near}?" if near else "`zonegraph find NAME` looks for names"
    raise UsageError(f"{text}: no such {what}\n  {hint}")


def _candidates(text: str) -> list[str]:
    if text.startswith("<") and text.endswith(">"):
        return [text[1:-1]]
    prefix, colon, local = text.partition(":")
    if colon and prefix in v.PREFIXES:
        return [v.PREFIXES[prefix] + local]
    if colon:
        return [text]
    return [v.ZGD + text, v.SECTOR + text, v.ZG + text]


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _exists(node: ox.NamedNode, store: Store, of_class: str) -> bool:
    pattern = (
        f"{node} a {of_class}"
        if of_class
        else f"{{ {node} ?p ?o }} UNION {{ ?s ?p {node} }} UNION {{ GRAPH {node} {{ ?s ?p ?o }} }}"
    )
    return bool(store.query(f"{PROLOGUE}ASK {{ {pattern} }}").value)  # type: ignore[union-attr]


def run(question: Question, store: Store, *, limit: int | None = None, timeout: float | None = None) -> Answer:
    """Ask a store. Parameters: `limit`, the most rows or triples returned; `timeout` in seconds. Raises as the store."""
    # Here and not in the store: what the program itself asks holds literals of the data, in which any word may stand.
    guard.check(question.text)
    answer = store.query(question.text, timeout)
    if limit is not None and isinstance(answer, Bindings):
        return answer._replace(rows=answer.rows[:limit])
    if limit is not None and isinstance(answer, Triples):
        return answer._replace(triples=answer.triples[:limit])
    return answer


def footer(store: Store, left_out: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the lines below an answer: up to when the graph is informed, on how many articles it rests, what is left out."""
    articles = evidence.articles(store)
    dates = sorted(article.date for article in articles.values() if article.date)
    undated = len(articles) - len(dates)
    informed = f"informed up to {dates[-1]}" if dates else "no article with a date"
    count = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    lines = [f"{informed}; rests on {count}" + (f", {undated} of them undated" if undated else "")]
    lines += [f"left out: {slug} ({reason})" for slug, reason in left_out]
    return lines
