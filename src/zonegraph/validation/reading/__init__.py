"""Reading words: what is printed against what is entered, in numbers, dates, wordings and names.

A curator who reads "2,400" and enters 24000 breaks no shape. Evidence keeps the printed words, and with the text at
hand there is the passage itself, so that the two can be compared. Only what can be read with certainty is judged:
where no number, date or known name is printed, nothing is said.

The modules keep the grammar; the words, English and Chinese, are data: lexicon.json, and `shapes/lexicon.json` of a project for
what is its own: it has the same sections, as far as it needs them. Words in lists come in addition, all else (and the lists
of months and of days of the week, and the comparator of a word) in the place of what is here. The sections:

`terms`: properties of names; of wordings, which the text must have; of units and of comparators, each with the property
    of the number; of publication.
`numbers`: words and signs by value; Chinese digits and places, which are read before words `chinese_counted` and not after signs
    `chinese_not_after`; what ends an ordinal ("21st"), joins words ("hundred and one"), negates, makes a range
    or more of it ("2 dozen"); verbs of falling, by which -5 may be printed as 5.
`units`: by notation, signs before a number, codes before or after it, words after it; `shared`: other units have these
    too; `ends_range`: they stand at both ends of a range. `unclear_units` may be several.
`comparators`: words before and after a number by the comparators that would do, `none` by default. Of negations (`beside`
    those words or `near` them) one makes what `negated` says. By words `of_place_too` ("under two plans") and by `hints`
    a number is left alone.
`dates`: months and days of the week in order; months that are words too; years as they count from that of publication.
    `before_last` lets a day of the week be one week older ("last Friday"); by words `not_past` a day is not looked for before publication.
`status`: words of `time` (`intended`, `ahead`, `reported`, `done`, `other`) and of `version` (`draft`, `adopted`); `until` stand before the year of a
    deadline, and behind a word `relative` something else is told. A class or status is wrong where only words of kinds stand that `against` (in `terms`) gives for it; `acts` are
    properties of words for what is done, before which none of what is to come may stand, with or without `auxiliaries`.
`names`: articles, after which no name stands ("the mayor"); endings that a Chinese name may lack.

In `falls` and `hints` a `*` stands for more letters; an apostrophe is either form of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import dates as of_dates
from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.dates import DATATYPES
from zonegraph.terms import NUMERIC
from zonegraph.validation.reading import names
from zonegraph.validation.reading.names import Carrier, Judgement, Known, Namesakes, known_things, restored

__all__ = ["Disagreement", "Known", "Namesakes", "disagreements", "known_things", "restored"]


class Disagreement(NamedTuple):
    """A triple that enters something otherwise than it is printed: the rule that it breaks, what is wrong, and the evidence for it."""

    triple: ox.Triple
    rule: str
    judgement: Judgement
    carriers: list[Carrier]


def disagreements(
    triples: list[ox.Triple], slug: str, known: Known | None = None, text: str | None = None
) -> list[Disagreement]:
    """Return what an article's graph enters otherwise than it is printed.

    Parameters: `triples`, the graph as read; `slug`, of the article; `known`, names of things from `known_things` and the
    words to read by, None if there are neither; `text`, the article's text, None if it is not at hand: then only words kept in zg:asPrinted are compared.
    """
    from zonegraph.validation.reading import (  # who has no article to read needs none of their patterns
        dates,
        numbers,
        paragraphs,
        status,
    )

    grouped = evidence.by_subject(triples)
    made = {node: _carrier(node, about, text) for found in grouped.values() for node, about in found}
    stated: dict[tuple[Any, str], list[ox.Triple]] = defaultdict(list)  # by subject and property
    for t in triples:
        subject, predicate = t.subject, t.predicate.value
        if subject in grouped and subject not in made and predicate not in evidence.UNSUPPORTED:
            stated[subject, predicate].append(t)
    known = known_things((t for found in stated.values() for t in found), known)
    terms = known.lexicon.sections["terms"]
    read_numbers, read_dates = numbers.of(known.lexicon), dates.of(known.lexicon)
    read_status = status.of(known.lexicon)
    wordings, units, comparators = terms["wordings"], terms["unit_of"], terms["comparator_of"]
    published = dates.Published(*_published(triples, slug, known))
    lines = None if text is None else paragraphs.Paragraphs(grouped, slug, text)
    spoken = paragraphs.spoken(stated)

    def carriers(triple: ox.Triple) -> list[Carrier]:
        return [made[node] for node in evidence.carriers(triple, grouped[triple.subject])]

    def words(triple: ox.Triple) -> list[tuple[Carrier, str]]:
        """Return the words in which a value is printed: those kept by evidence that names the property, else the passages."""
        by = carriers(triple)
        kept = [(c, c.printed) for c in by if c.printed and c.specific]
        return kept or [(c, c.passage) for c in by if c.passage is not None]

    def judged(t: ox.Triple, predicate: str) -> Iterable[tuple[str, Judgement | None]]:
        """Yield the rules that a triple may break, with what is wrong, None if nothing is."""
        value = t.object
        if isinstance(value, ox.Literal):
            kind = value.datatype.value
            if lines and (kind in NUMERIC or kind in DATATYPES):
                by = carriers(t)
                if all(c.basis == "stated" for c in by):
                    found = lines.value(t, [c.node for c in by], read_numbers, read_dates)
                    yield "value-of-another-paragraph", found
            if kind in NUMERIC:
                yield "number-as-printed", read_numbers.number(value.value, words(t))
            elif kind in DATATYPES:
                done = predicate == v.ZG + "date" and any((t.subject, act) in stated for act in terms["acts"])
                yield "date-as-printed", read_dates.date(value.value, words(t), published, done=done)
            elif predicate in wordings or kind == v.XSD + "anyURI":
                yield "wording-as-printed", names.wording(value.value, carriers(t))
            if predicate in terms["acts"]:
                yield "status-as-printed", read_status.act(value.value, carriers(t))
        elif isinstance(value, ox.NamedNode):
            if predicate in units or predicate in comparators:
                counted = stated.get((t.subject, units.get(predicate) or comparators[predicate]), [])
                if len(counted) == 1 and isinstance(counted[0].object, ox.Literal):
                    number, by = counted[0].object.value, carriers(counted[0])
                    if predicate in units:
                        yield "unit-as-printed", read_numbers.unit(value.value, number, by, known)
                    else:
                        yield (
                            "comparator-as-printed",
                            read_numbers.comparator(value.value, number, [*by, *carriers(t)]),
                        )
                return
            if lines and predicate == v.ZG + "inPassage":
                yield "speaker-of-another-paragraph", lines.speaker(t, *spoken)
            if predicate != v.RDF_TYPE:
                yield "name-as-printed", names.name(t, carriers(t), slug, known)
                values = {str(getattr(one.object, "value", "")) for one in stated[t.subject, predicate]}
                yield "joined-name", names.joined(t, values, carriers(t), known)
            yield "status-as-printed", read_status.status(value.value, carriers(t), published)

    return [
        Disagreement(t, rule, judgement, carriers(t))
        for (_, predicate), found in stated.items()
        for t in found
        for rule, judgement in judged(t, predicate)
        if judgement
    ]


def _published(triples: list[ox.Triple], slug: str, known: Known) -> tuple[str, str]:
    """Return the first and the last day on which an article can have come out or been updated, as ISO days; empty if it is open."""
    article = evidence.article_iri(slug)
    own: dict[str, list[str]] = defaultdict(list)
    for t in triples:
        if isinstance(t.object, ox.Literal) and getattr(t.subject, "value", "") == article:
            own[t.predicate.value.removeprefix(v.ZG)].append(t.object.value)
    dated = [*own["published"], *own["updated"]] or [*known.published.get(article, ())]
    spans = [span for span in map(of_dates.span, dated) if span]
    if spans:
        return min(first for first, _ in spans), max(last for _, last in spans)
    first, last = ([span for span in map(of_dates.span, own[name]) if span] for name in ("notBefore", "notAfter"))
    return max((span[0] for span in first), default=""), min((span[1] for span in last), default="")


_AROUND = 60  # characters before and after a passage that may belong to its clause
_ENDS = r"[.,;:()!?。，；：！？、\n]"


def _carrier(node: Any, about: Iterable[ox.Triple], text: str | None) -> Carrier:
    values = {t.predicate.value: str(getattr(t.object, "value", t.object)) for t in about}
    bounds = [values.get(v.OA + name, "") for name in ("start", "end")]
    start, end = (int(bound) if re.fullmatch("[0-9]{1,18}", bound) else -1 for bound in bounds)
    passage, before, ahead, behind = None, "", "", ""
    if text is not None and 0 <= start < end <= len(text):
        passage = text[start:end]
        before = text[max(text.rfind("\n", 0, start) + 1, start - 40) : start]
        ahead, behind = (
            re.split(_ENDS, text[max(start - _AROUND, 0) : start])[-1],
            re.split(_ENDS, text[end : end + _AROUND])[0],
        )
    basis = values.get(v.ZG + "basis", v.ZG + "stated")[len(v.ZG) :]
    printed = values.get(v.ZG + "asPrinted", "")
    return Carrier(printed, passage, before, basis, v.ZG + "supports" in values, ahead, behind, node)
