"""Paragraphs: evidence that stands in another one than what it is about."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.validation.reading.dates import Dates
from zonegraph.validation.reading.names import Judgement, quoted
from zonegraph.validation.reading.numbers import Number, Numbers

_IN_PASSAGE, _SAID_BY = v.ZG + "inPassage", v.ZG + "saidBy"
_INSIDE = 9  # how many passages inside each other are followed


class Paragraphs:
    """In which line of its text each piece of evidence of an article stands."""

    def __init__(self, grouped: dict[Any, list[tuple[Any, list[ox.Triple]]]], slug: str, text: str) -> None:
        """Parameters: `grouped`, evidence by subject, as `evidence.by_subject` has it; `slug`, of the article; `text`, its text."""
        self._text, self._own = text, f"-{slug}"
        self._ends = [at for at, character in enumerate(text) if character == "\n"]
        self._bounds: dict[Any, tuple[int, int]] = {}
        self._general: dict[Any, list[Any]] = {}
        self._speaking: dict[int, list[Any]] = {}  # by line what somebody says who is named there
        for subject, found in grouped.items():
            for node, about in found:
                values = {t.predicate: terms.text(t.object) for t in about}
                bounds = evidence.bounds(values.get(evidence.START, ""), values.get(evidence.END, ""))
                if bounds is None or bounds[1] > len(text):
                    continue
                self._bounds[node] = bounds
                supported = {t.object.value for t in about if t.predicate == evidence.SUPPORTS}  # type: ignore[union-attr]
                if not supported:
                    self._general.setdefault(subject, []).append(node)
                elif _SAID_BY in supported:
                    self._speaking.setdefault(min(self._lines([node])), []).append(subject)

    def _lines(self, nodes: list[Any]) -> set[int]:
        return {bisect.bisect(self._ends, self._bounds[node][0] - 1) for node in nodes if node in self._bounds}

    def _is_own(self, subject: Any) -> bool:
        return self._own in terms.text(subject)

    def value(self, triple: ox.Triple, nodes: list[Any], number: Numbers, date: Dates) -> Judgement | None:
        """Say if a date or number rests on another paragraph, though the one that its subject is from prints it too.

        Parameters: `nodes`, the evidence that carries the triple; `number` and `date`, which read numbers and dates.
        """
        general = self._general.get(triple.subject, [])
        lines, own = self._lines(nodes), self._lines(general)
        if not lines or not own or lines & own or set(nodes) & set(general) or not self._is_own(triple.subject):
            return None
        value = terms.text(triple.object)
        kind = triple.object.datatype.value  # type: ignore[union-attr]
        if kind in terms.NUMERIC:
            words = [self._text[slice(*self._bounds[node])] for node in general]
            printed = [word for word in words for one in number.numbers(word) if not one.doubtful and _same(one, value)]
        else:
            words = [self._text.split("\n")[line] for line in own]
            printed = [word for word in words if any(day[0] and f"{day[0]}" == value[:4] for day in date.days(word))]
        if not printed:
            return None
        elsewhere = quoted(self._text[slice(*self._bounds[nodes[0]])])
        return Judgement(
            f"{value} rests on {elsewhere} in line {min(lines) + 1} of the text, and is printed in line {min(own) + 1}, too, "
            f"where {v.shorten(terms.text(triple.subject))} is from"
        )

    def speaker(self, triple: ox.Triple, said: dict[Any, set[str]], around: dict[Any, set[Any]]) -> Judgement | None:
        """Say if the paragraph that a thing is from names other speakers, and not the one of the passage that it is put into.

        Parameters: `triple`, which puts the thing into a passage; `said`, who says each passage; `around`, the passages that each stands in.
        """
        own = self._lines(self._general.get(triple.subject, []))
        speakers = _speakers(triple.object, said, around)
        if len(own) != 1 or not speakers or not self._is_own(triple.subject):
            return None
        named = self._speaking.get(min(own), [])
        if not named or any(speakers & _speakers(subject, said, around) for subject in named):
            return None
        who = " and ".join(sorted({v.shorten(one) for subject in named for one in said.get(subject, ())}))
        passages = {subject for subject in named if subject in around.get(None, ())}
        return Judgement(
            f"the paragraph names {who} as the speaker, and {v.shorten(terms.text(triple.object))} is said by "
            f"{' and '.join(sorted(map(v.shorten, speakers)))}",
            right=terms.text(named[0]) if len(set(named)) == 1 == len(passages) else "",
        )


def spoken(stated: Mapping[tuple[Any, str], list[ox.Triple]]) -> tuple[dict[Any, set[str]], dict[Any, set[Any]]]:
    """Return who says each thing, and the passages that each stands in; under None all passages.

    Parameters: `stated`, the triples of an article's graph by subject and property.
    """
    said: dict[Any, set[str]] = {}
    around: dict[Any, set[Any]] = {}
    for (_, predicate), found in stated.items():
        for t in found:
            if predicate == _SAID_BY:
                said.setdefault(t.subject, set()).add(terms.text(t.object))
            elif predicate == _IN_PASSAGE:
                around.setdefault(t.subject, set()).add(t.object)
            elif predicate == v.RDF_TYPE and terms.text(t.object) == v.ZG + "Passage":
                around.setdefault(None, set()).add(t.subject)
    return said, around


def _speakers(thing: Any, said: dict[Any, set[str]], around: dict[Any, set[Any]]) -> set[str]:
    found, things = set[str](), {thing}
    for _ in range(_INSIDE):
        found = found.union(*(said.get(one, ()) for one in things))
        things = set[Any]().union(*(around.get(one, ()) for one in things))
    return found


def _same(number: Number, value: str) -> bool:
    try:
        return number.amount == Decimal(value)
    except ArithmeticError:
        return False
