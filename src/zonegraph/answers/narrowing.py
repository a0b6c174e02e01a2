"""Where an answer becomes empty: the first pattern of a query's text after which nothing matches."""

from __future__ import annotations

import time
from collections import Counter, namedtuple

import pyoxigraph as ox

from zonegraph import terminal, terms
from zonegraph import vocabulary as v
from zonegraph.answers import search
from zonegraph.errors import ZonegraphError
from zonegraph.rdf import sparql
from zonegraph.store import guard
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import NamedTuple

    from zonegraph.rdf.sparql import Token
    from zonegraph.store import Answer, Bindings, Store
    from zonegraph.store.query import Query

    class Step(NamedTuple):
        """A pattern of a query: `end`, its offset; `open`, how many braces are open there; `shown`, its text.

        Of a triple pattern also subject, property and object as written, the property empty if it is a path or a variable; `graph` is
        whether it stands in a GRAPH pattern.
        """

        end: int
        open: int
        shown: str
        subject: str = ""
        property: str = ""
        object: str = ""
        graph: bool = False

else:
    Step = namedtuple("Step", "end open shown subject property object graph", defaults=("", "", "", False))

_SECONDS = 0.1  # that looking for the pattern may take, one query more aside
_MANY = 40  # patterns that are tried; a query hardly ever has more
_SAMPLE = 200  # things whose classes are looked at
_SEVERAL = 3  # classes, or graphs, that a line names
_SHOWN = 120  # characters of a pattern that are shown

_SUBJECTS = constant("SELECT DISTINCT ?thing WHERE { VALUES ?property { } ?thing ?property ?value }")
_VALUES = constant(
    "SELECT DISTINCT ?thing WHERE { VALUES ?property { } ?other ?property ?thing FILTER(isIRI(?thing)) }"
)


def first_to_fail(text: str, store: Store) -> list[str]:
    """Return which pattern of a query it is, in the order written, with which nothing matches any more, and why if that is known.

    Parameters: `text`, SPARQL that the store accepts and that matches nothing. FILTERs come after all patterns, since they hold
    for the whole group. Nothing is said where the time does not suffice, or where what empties the answer lies elsewhere.
    """
    until = time.process_time() + _SECONDS
    try:
        read = _Read(text)
        for place, step in enumerate(read.steps[:_MANY]):
            if time.process_time() > until:
                return []
            if not _matches(read.asked(step), store):
                shown = f"`{_shown(step.shown)}`"
                remark = f"nothing matches once {shown} is added" if place else f"nothing matches {shown}"
                reason = _reason(read, step, read.steps[:place], store)
                return [f"{remark}: {reason}" if reason else remark]
        for place, (start, end) in enumerate(read.filters[:_MANY]) if read.steps else ():
            if time.process_time() > until:
                return []
            if not _matches(read.asked(read.whole, filters=place + 1), store):
                return [f"no row is left by `{_shown(text[start:end])}`"]
    except ZonegraphError:  # a piece of the text that is no query by itself
        pass
    return []


def _matches(text: str, store: Store) -> bool:
    return bool(_asked(text, store).value)  # type: ignore[union-attr]


def _asked(text: str, store: Store, limit: int | None = None) -> Answer:
    return store.query(guard.judge(text), limit=limit)


def _shown(text: str) -> str:
    line = terminal.line(" ".join(text.split()))
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _reason(read: _Read, step: Step, before: Sequence[Step], store: Store) -> str:
    if step.graph and _matches(read.asked(step, merged=True), store):
        prologue = read.text[: read.form]
        answer = _asked(
            f"{prologue}SELECT DISTINCT ?graphOfIt {{ GRAPH ?graphOfIt {{ {step.shown} }} }}", store, _SEVERAL + 1
        )
        graphs = sorted(terms.text(row[0]).removeprefix(v.GRAPH) for row in answer.rows)  # type: ignore[union-attr]
        where = f"in {_listed(graphs)} or " if graphs else ""
        return f"it matches {where}across graphs only; leave out GRAPH, or give each pattern a GRAPH of its own"
    if not step.property:
        return ""
    node = ox.NamedNode(step.property)
    ours = _classes(read, step.subject, before, store)
    if step.property == v.RDF_TYPE:
        return f"{step.subject} is a {_listed(ours)} here" if ours else ""
    name = v.shorten(step.property)
    for query, written, said in ((_SUBJECTS, step.subject, "is said of"), (_VALUES, step.object, "has as values")):
        known = _classes_of(store, query.bind(property=[node]))
        if query is _SUBJECTS and not known:
            return f"the graph has no {name}"
        have = ours if query is _SUBJECTS else _classes(read, written, before, store)
        if have and known and not set(have) & set(known):
            return f"{written} is a {_listed(have)}, and {name} {said} {_listed(known)}"
    return ""


def _classes(read: _Read, written: str, before: Sequence[Step], store: Store) -> list[str]:
    """Return the classes of what is written in a pattern: of a thing, or of what a variable is by the patterns before."""
    if written[:1] not in "?$":
        iri = read.iri(written)
        return [] if iri is None else _counted(store, [iri])
    if not before or written[1:] not in sparql.variables(read.asked(before[-1])):
        return []
    answer = _asked(read.asked(before[-1], form=f"SELECT DISTINCT {written}"), store, _SAMPLE)
    return _counted(store, (terms.text(row[0]) for row in answer.rows if isinstance(row[0], ox.NamedNode)))  # type: ignore[union-attr]


def _classes_of(store: Store, query: Query) -> list[str]:
    answer: Bindings = store.query(query, limit=_SAMPLE)  # type: ignore[assignment]
    return _counted(store, (terms.text(row[0]) for row in answer.rows if isinstance(row[0], ox.NamedNode)))


def _counted(store: Store, things: Iterable[str]) -> list[str]:
    """Return the classes of things, the most frequent first."""
    count = Counter(v.shorten(c) for classes in search.classes(store, list(things)).values() for c in classes)
    return sorted(count, key=lambda name: (-count[name], name))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SEVERAL]) + (", …" if len(names) > _SEVERAL else "")


_OPEN = {"{": "}", "(": ")", "[": "]"}
_PATH = frozenset(("/", "|", "^", "!", "*", "+", "?", "("))


class _Read:
    """The patterns of a query's text, in the order written: `steps`; `whole`, its group; `filters`, where its FILTERs stand."""

    def __init__(self, text: str) -> None:
        """Read a text. It has no steps if it is not understood."""
        self.text = text
        self.steps: list[Step] = []
        self.filters: list[tuple[int, int]] = []
        self.whole = Step(0, 0, "")
        self.form = self._group = 0
        self._graphs: list[tuple[int, int]] = []  # the words before the braces of GRAPH patterns
        self._tokens = list(sparql.tokens(text))
        self._prologue = sparql.Prologue(text)
        opening = self._opening()
        if opening >= 0:
            self._group = self._tokens[opening].start
            self._read(opening + 1)

    def asked(self, step: Step, *, form: str = "ASK", filters: int = 0, merged: bool = False) -> str:
        """Return a query for the patterns up to a step.

        Parameters: `form`, how it begins; `filters`, how many of the FILTERs hold; `merged`, whether the merge is asked
        instead of the graphs.
        """
        blank = self.filters[filters:] + (self._graphs if merged else [])
        body = list(self.text[self._group : step.end])
        for start, end in blank:
            start, end = start - self._group, min(end - self._group, len(body))
            body[start:end] = " " * max(end - start, 0)
        return f"{self.text[: self.form]}{form} {''.join(body)}{' }' * step.open}"

    def iri(self, written: str) -> str | None:
        """Return the IRI that is written in full or with a prefix; None if it is none."""
        if written.startswith("<"):
            return self._prologue.resolved(written)[-1]
        prefix, colon, _ = written.partition(":")
        prefixes = {**v.PREFIXES, **{p: ns[-1] for p, ns in self._prologue.prefixes.items()}}
        return prefixes[prefix] + sparql.local_name(written) if colon and prefix in prefixes else None

    def _is(self, place: int, *words: str) -> bool:
        return place < len(self._tokens) and self._tokens[place].text.upper() in words

    def _opening(self) -> int:
        """Return the place of the brace that opens the query's pattern; -1 if it is not understood."""
        tokens = self._tokens
        place = next(
            (i for i, t in enumerate(tokens) if self._is(i, "SELECT", "ASK", "CONSTRUCT") and t.kind == "word"), -1
        )
        if place < 0:
            return -1
        self.form = tokens[place].start
        if self._is(place, "CONSTRUCT") and self._is(place + 1, "{"):
            place = self._closing(place + 1)
        while place < len(tokens):
            if tokens[place].kind == "word" and "FROM" in tokens[place].text.upper():
                return -1
            if self._is(place, "("):
                place = self._closing(place)
            elif self._is(place, "{"):
                return place
            place += 1
        return -1

    def _closing(self, place: int) -> int:
        """Return the place of the bracket that closes the one at a place."""
        depth = 0
        while place < len(self._tokens):
            token = self._tokens[place]
            if token.kind == "sign":
                depth += (token.text in _OPEN) - (token.text in _OPEN.values())
            if depth == 0:
                break
            place += 1
        return place

    def _read(self, place: int) -> None:
        tokens = self._tokens
        opened = 1
        while opened and place < len(tokens):
            token = tokens[place]
            start = token.start
            if self._is(place, "}"):
                opened -= 1
                self.whole = Step(token.end, opened, "")
                place += 1
            elif self._is(place, ".", ";"):
                place += 1
            elif self._is(place, "GRAPH") and self._is(place + 2, "{"):
                self._graphs.append((start, tokens[place + 1].end))
                opened, place = opened + 1, place + 3
            elif self._is(place, "{"):
                end = self._closing(place)
                while self._is(end + 1, "UNION") and self._is(end + 2, "{"):
                    end = self._closing(end + 2)
                place = self._whole(start, end, opened)
            elif token.kind == "word" and token.text != "a":
                if not self._is(place, "FILTER", "OPTIONAL", "MINUS", "BIND", "VALUES"):
                    self.steps = []  # a SELECT of its own, perhaps
                    return
                last = place + 1
                while last < len(tokens) and not self._is(last, "(", "{"):
                    last += 1
                last = self._closing(last)
                if self._is(place, "VALUES") and self._is(last + 1, "{"):
                    last = self._closing(last + 1)
                if self._is(place, "FILTER"):
                    self.filters.append((start, tokens[min(last, len(tokens) - 1)].end))
                    place = last + 1
                elif self._is(place, "MINUS", "VALUES"):
                    place = self._whole(start, last, opened)
                else:
                    place = last + 1  # which takes no row away
            else:
                place = self._statement(place, opened)

    def _whole(self, start: int, last: int, opened: int) -> int:
        end = self._tokens[min(last, len(self._tokens) - 1)].end
        self.steps.append(Step(end, opened, self.text[start:end]))
        return last + 1

    def _statement(self, place: int, opened: int) -> int:
        """Take the triple patterns of one subject. Returns the place after them."""
        pieces: list[tuple[str, list[Token]]] = [("", [])]  # each with the sign before it
        while place < len(self._tokens):
            token = self._tokens[place]
            sign = token.text if token.kind == "sign" else ""
            if sign in (".", "{", "}") or (token.kind == "word" and token.text not in ("a", "true", "false")):
                break
            if sign in (";", ","):
                pieces.append((sign, []))
                place += 1
            else:
                last = self._closing(place) if sign in _OPEN else place
                pieces[-1][1].extend(self._tokens[place : last + 1])
                place = last + 1
        self.steps += self._patterns(pieces, opened)
        return place

    def _patterns(self, pieces: Sequence[tuple[str, list[Token]]], opened: int) -> Iterator[Step]:
        subject = predicate = ""
        for sign, tokens in pieces:
            if not tokens:
                continue
            end = tokens[-1].end
            if not sign:
                bracket = tokens[0].text in _OPEN
                after = next((t.end for t in reversed(tokens) if t.text in ("]", ")")), 0) if bracket else tokens[0].end
                subject = self.text[tokens[0].start : after]
                tokens = [t for t in tokens if t.start >= after]
            if sign != "," and tokens:
                predicate = ""
                constant = tokens[0].kind in ("iri", "pname") or tokens[0].text == "a"
                if constant and len(tokens) > 1 and tokens[1].text not in _PATH:
                    predicate = tokens[0].text
                    tokens = tokens[1:]
            written = self.text[tokens[0].start : end] if tokens else ""
            shown = " ".join(filter(None, (subject, predicate, written)))
            if sign == "," and not predicate:
                shown = f"{subject} … {written}"
            of = v.RDF_TYPE if predicate == "a" else self.iri(predicate) or ""
            graph = opened > 1
            yield Step(end, opened, shown, subject, of, written, graph)
