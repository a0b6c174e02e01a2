"""Reading words: what is printed against what is entered, in numbers, dates, wordings and names.

A curator who reads "2,400" and enters 24000 breaks no shape. Evidence keeps the printed words, and with the text at
hand there is the passage itself, so that the two can be compared. Only what can be read with certainty is judged:
where no number, date or known name is printed, nothing is said.

The modules keep the grammar; the words, English and Chinese, are data: lexicon.json, and `shapes/lexicon.json` of a project for
what is its own: it has the same sections, as far as it needs them. Words in lists come in addition, all else (and the lists
of months and of days of the week, and the comparator of a word) in the place of what is here. The sections:

`terms`: properties of names; of wordings, which the text must have; of units and of comparators, each with the property
    of the number; of publication.
`numbers`: words and signs by value; what ends an ordinal ("21st"), joins words ("hundred and one"), negates, makes a range
    or more of it ("2 dozen"); verbs of falling, by which -5 may be printed as 5.
`units`: by notation, signs before a number, codes before or after it, words after it; `shared`: other units have these
    too; `ends_range`: they stand at both ends of a range. `unclear_units` may be several.
`comparators`: words before and after a number by the comparators that would do, `none` by default. Of negations (`beside`
    those words or `near` them) one makes what `negated` says. By words `of_place_too` ("under two plans") and by `hints`
    a number is left alone.
`dates`: months and days of the week in order; months that are words too; years as they count from that of publication.
`names`: articles, after which no name stands ("the mayor").

In `falls` and `hints` a `*` stands for more letters; an apostrophe is either form of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.build import days
from zonegraph.dates import DATATYPES
from zonegraph.terms import NUMERIC
from zonegraph.validation.reading import names
from zonegraph.validation.reading.names import Carrier, Known, known_things, restored

__all__ = ["Known", "disagreements", "known_things", "restored"]


def disagreements(
    triples: list[ox.Triple], slug: str, known: Known | None = None, text: str | None = None
) -> list[tuple[ox.Triple, str, str]]:
    """Return what an article's graph enters otherwise than it is printed: triple, rule, and what is wrong, for each.

    Parameters: `triples`, the graph as read; `slug`, of the article; `known`, names of things from `known_things` and the
    words to read by, None if there are neither; `text`, the article's text, None if it is not at hand: then only words kept in zg:asPrinted are compared.
    """
    from zonegraph.validation.reading import dates, numbers  # who has no article to read needs none of their patterns

    grouped = evidence.by_subject(triples)
    made = {node: _carrier(about, text) for found in grouped.values() for node, about in found}
    stated: dict[tuple[Any, str], list[ox.Triple]] = defaultdict(list)  # by subject and property
    for t in triples:
        subject, predicate = t.subject, t.predicate.value
        if subject in grouped and subject not in made and predicate not in evidence.UNSUPPORTED:
            stated[subject, predicate].append(t)
    known = known_things((t for found in stated.values() for t in found), known)
    terms = known.lexicon.sections["terms"]
    read_numbers, read_dates = numbers.of(known.lexicon), dates.of(known.lexicon)
    wordings, units, comparators = terms["wordings"], terms["unit_of"], terms["comparator_of"]
    dated = days.dated({slug: triples}, {slug: evidence.article_iri(slug)}).values()
    published = next((days.last_day(date.values) for date in dated), None) or ""

    def carriers(triple: ox.Triple) -> list[Carrier]:
        return [made[node] for node in evidence.carriers(triple, grouped[triple.subject])]

    def words(triple: ox.Triple) -> list[tuple[Carrier, str]]:
        """Return the words in which a value is printed: those kept by evidence that names the property, else the passages."""
        by = carriers(triple)
        kept = [(c, c.printed) for c in by if c.printed and c.specific]
        return kept or [(c, c.passage) for c in by if c.passage is not None]

    def judged(t: ox.Triple, predicate: str) -> tuple[str, str]:
        """Return a rule that a triple may break, and what is wrong; empty if nothing is."""
        value = t.object
        if isinstance(value, ox.Literal):
            kind = value.datatype.value
            if kind in NUMERIC:
                return "number-as-printed", read_numbers.number(value.value, words(t))
            if kind in DATATYPES:
                return "date-as-printed", read_dates.date(value.value, words(t), published)
            if predicate in wordings or kind == v.XSD + "anyURI":
                return "wording-as-printed", names.wording(value.value, carriers(t))
        elif isinstance(value, ox.NamedNode) and (predicate in units or predicate in comparators):
            counted = stated.get((t.subject, units.get(predicate) or comparators[predicate]), [])
            if len(counted) == 1 and isinstance(counted[0].object, ox.Literal):
                number, by = counted[0].object.value, carriers(counted[0])
                if predicate in units:
                    return "unit-as-printed", read_numbers.unit(value.value, number, by, known)
                return "comparator-as-printed", read_numbers.comparator(value.value, number, [*by, *carriers(t)])
        elif isinstance(value, ox.NamedNode) and predicate != v.RDF_TYPE:
            return "name-as-printed", names.name(t, carriers(t), slug, known)
        return "", ""

    judgements = ((t, *judged(t, predicate)) for (_, predicate), found in stated.items() for t in found)
    return [judgement for judgement in judgements if judgement[2]]


def _carrier(about: Iterable[ox.Triple], text: str | None) -> Carrier:
    values = {t.predicate.value: str(getattr(t.object, "value", t.object)) for t in about}
    bounds = [values.get(v.OA + name, "") for name in ("start", "end")]
    start, end = (int(bound) if re.fullmatch("[0-9]{1,18}", bound) else -1 for bound in bounds)
    passage, before = None, ""
    if text is not None and 0 <= start < end <= len(text):
        passage = text[start:end]
        before = text[max(text.rfind("\n", 0, start) + 1, start - 40) : start]
    basis = values.get(v.ZG + "basis", v.ZG + "stated")[len(v.ZG) :]
    return Carrier(values.get(v.ZG + "asPrinted", ""), passage, before, basis, v.ZG + "supports" in values)
