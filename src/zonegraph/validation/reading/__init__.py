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
    or more of it ("2 dozen"), begins an ordinal in Chinese; verbs of falling, by which -5 may be printed as 5.
`units`: by notation, signs before a number, codes before or after it, words after it; `shared`: other units have these
    too; `ends_range`: they stand at both ends of a range. `unclear_units` may be several.
`comparators`: words before and after a number by the comparators that would do, `none` by default. Of negations (`beside`
    those words or `near` them) one makes what `negated` says. By words `of_place_too` ("under two plans") and by `hints`
    a number is left alone.
`dates`: months and days of the week in order; months that are words too; years as they count from that of publication.
    `before_last` lets a day of the week be one week older ("last Friday"); by words `not_past` a day is not looked for before publication.
    Where none of the words `of_time` stands, and no digit, there is no date.
`status`: words of `time` (`intended`, `ahead`, `reported`, `done`, `other`) and of `version` (`draft`, `adopted`); `until` stand before the year of a
    deadline, and behind a word `relative` something else is told. A class or status is wrong where only words of kinds stand that `against` (in `terms`) gives for it; `acts` are
    properties of words for what is done, before which none of what is to come may stand, with or without `auxiliaries`.
`speech`: verbs of saying, which a name follows behind a quotation; words for what was `done_before` somebody says so; words of notes on when
    the page came out; words by which speakers speak of `oneself`, or others of them.
`lists`: words that leave a list `open`, and words for `both` of two.
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
    """A triple that enters something otherwise than it is printed.

    It has the rule that it breaks, what is wrong, the evidence for it, and the triple with which it is compared, if there is one.
    """

    triple: ox.Triple
    rule: str
    judgement: Judgement
    carriers: list[Carrier]
    other: ox.Triple | None = None


def disagreements(
    triples: list[ox.Triple], slug: str, known: Known | None = None, text: str | None = None
) -> list[Disagreement]:
    """Return what an article's graph enters otherwise than it is printed.

    Parameters: `triples`, the graph as read; `slug`, of the article; `known`, names of things from `known_things` and the
    words to read by, None if there are neither; `text`, the article's text, None if it is not at hand: then only words kept in zg:asPrinted are compared.
    """
    from zonegraph.validation.reading import (  # who has no article to read needs none of their patterns
        around,
        dates,
        implied,
        numbers,
        paragraphs,
        status,
    )

    grouped = evidence.by_subject(triples)
    made = {node: _carrier(node, about, text) for found in grouped.values() for node, about in found}
    stated: dict[tuple[Any, str], list[ox.Triple]] = defaultdict(list)  # by subject and property
    about: dict[Any, list[ox.Triple]] = defaultdict(list)  # by subject, those with a thing as value
    for t in triples:
        subject, predicate = t.subject, t.predicate.value
        if subject in grouped and subject not in made and predicate not in evidence.UNSUPPORTED:
            stated[subject, predicate].append(t)
            if isinstance(t.object, ox.NamedNode) and predicate != v.RDF_TYPE:
                about[subject].append(t)
    known = known_things((t for found in stated.values() for t in found), known)
    terms = known.lexicon.sections["terms"]
    read_numbers, read_dates = numbers.of(known.lexicon), dates.of(known.lexicon)
    read_status = status.of(known.lexicon)
    wordings, units, comparators = terms["wordings"], terms["unit_of"], terms["comparator_of"]
    read_around, read_implied = around.of(known.lexicon), implied.of(known.lexicon)
    dated = _dated(triples, slug, known)
    published = dates.Published(*_published(triples, slug, dated))
    lines = None if text is None else paragraphs.Paragraphs(grouped, slug, text)
    spoken = paragraphs.spoken(stated)

    def carriers(triple: ox.Triple) -> list[Carrier]:
        return [made[node] for node in evidence.carriers(triple, grouped[triple.subject])]

    def words(triple: ox.Triple) -> list[tuple[Carrier, str]]:
        """Return the words in which a value is printed: those kept by evidence that names the property, else the passages."""
        by = carriers(triple)
        kept = [(c, c.printed) for c in by if c.printed and c.specific]
        return kept or [(c, c.passage) for c in by if c.passage is not None]

    def beside(triple: ox.Triple) -> set[str]:
        """Return the other values of a subject, and the subject."""
        return {_value(o) for t in about[triple.subject] if (o := t.object) != triple.object} | {_value(triple.subject)}

    def elsewhere(t: ox.Triple, read: Any, wrong: Judgement | None) -> Judgement | None:
        """Return what is wrong with a value; without what is right where it is printed beside what its subject is about.

        Then the range may be wrong as well, and nobody knows which.
        """
        by = [made[node] for node, _ in grouped[t.subject]]
        general = [c.place for c in by if not c.specific and c.passage is not None]
        if wrong is None or not wrong.right or text is None or not general:
            return wrong
        left = text
        for c in by:
            if c.specific and c.passage is not None:  # what another range is for is no other place
                left = left[: c.place[0]] + " " * len(c.passage) + left[c.place[1] :]
        lines = {left[left.rfind("\n", 0, start) + 1 :].partition("\n")[0] for start, _ in general}
        if not any(read.stands_in(_value(t.object), line) for line in lines):
            return wrong
        here = f"{wrong.here}; {_value(t.object)} stands elsewhere in its paragraph, so either the value or the range is wrong"
        return wrong._replace(here=here, right="", certain=False)

    def judged(t: ox.Triple, predicate: str) -> Iterable[tuple[str, Judgement | None]]:
        """Yield the rules that a triple may break, with what is wrong, None if nothing is."""
        value = t.object
        if isinstance(value, ox.Literal):
            kind = value.datatype.value
            wrong = None
            if kind in NUMERIC:
                wrong = elsewhere(t, read_numbers, read_numbers.number(value.value, words(t)))
                yield "number-as-printed", wrong
            elif kind in DATATYPES:
                done = predicate == v.ZG + "date" and any((t.subject, act) in stated for act in terms["acts"])
                wrong = elsewhere(t, read_dates, read_dates.date(value.value, words(t), published, done=done))
                yield "date-as-printed", wrong
            elif predicate in wordings or kind == v.XSD + "anyURI":
                yield "wording-as-printed", names.wording(value.value, carriers(t))
            if lines and wrong is None and (kind in NUMERIC or kind in DATATYPES):
                by = carriers(t)
                if all(c.basis == "stated" for c in by):
                    yield (
                        "value-of-another-paragraph",
                        lines.value(t, [c.node for c in by], read_numbers, read_dates),
                    )
            yield "deadline-not-period", read_implied.due(t, carriers(t), stated)
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
                misnamed = names.name(t, carriers(t), slug, known, beside(t))
                yield "name-as-printed", misnamed
                yield "number-in-series-as-printed", read_around.series(t, carriers(t), stated, known)
                values = {_value(one.object) for one in stated[t.subject, predicate]}
                yield "several-as-printed", read_implied.several(t, carriers(t), stated, known)
                if not misnamed:
                    by = [made[node] for node, _ in grouped[t.subject]]
                    yield "measured-as-printed", read_implied.measured(t, carriers(t), by, known)
                yield "kind-as-printed", read_implied.kind(t, carriers(t), stated, known)
                yield "joined-name", names.joined(t, values, carriers(t), known)
            yield "status-as-printed", read_status.status(value.value, carriers(t), published, known)

    def at_fault(t: ox.Triple, judgement: Judgement) -> ox.Triple:
        """Return the triple that is at fault: that of the evidence for one value, where it has the words for another that is stated too."""
        of_value = ox.Triple(judgement.at, evidence.VALUE, t.object) if judgement.at and judgement.right else None
        others = {_value(one.object) for one in stated[t.subject, t.predicate.value]}
        named = of_value is not None and of_value in about_values and judgement.right in others
        return of_value if named and of_value is not None else t

    about_values = {t for t in triples if t.predicate == evidence.VALUE}
    held = [
        around.Held(subject, made[node], about, _range(about, text))
        for subject, found in grouped.items()
        for node, about in found
    ]
    read = [*read_around.counts(held, stated), *read_around.notes(held, dated), *read_implied.open_lists(held)]
    if text is not None:
        read += read_around.speakers(held, text, stated, known)
        read += read_around.in_one_sentence(held, text, stated)
        read += read_around.said_then(held, text, stated)
        read += read_implied.deadlines(held, text, stated)
        read += read_implied.of_oneself(held, stated, known)
    return [
        Disagreement(at_fault(t, judgement), rule, judgement, carriers(t))
        for (_, predicate), found in stated.items()
        for t in found
        for rule, judgement in judged(t, predicate)
        if judgement
    ] + [Disagreement(one.triple, one.rule, one.judgement, [], one.other) for one in read]


def _dated(triples: list[ox.Triple], slug: str, known: Known) -> list[str]:
    """Return the dates on which an article came out or was updated, as they are stated."""
    article = evidence.article_iri(slug)
    stated = [
        t.object.value
        for t in triples
        if t.predicate.value in (v.ZG + "published", v.ZG + "updated")
        and isinstance(t.object, ox.Literal)
        and getattr(t.subject, "value", "") == article
    ]
    return stated or sorted(known.published.get(article, ()))


def _value(term: object) -> str:
    return str(getattr(term, "value", ""))


def _published(triples: list[ox.Triple], slug: str, dated: list[str]) -> tuple[str, str]:
    """Return the first and the last day on which an article can have come out or been updated, as ISO days; empty if it is open."""
    article = evidence.article_iri(slug)
    own: dict[str, list[str]] = defaultdict(list)
    for t in triples:
        if isinstance(t.object, ox.Literal) and getattr(t.subject, "value", "") == article:
            own[t.predicate.value.removeprefix(v.ZG)].append(t.object.value)
    spans = [span for span in map(of_dates.span, dated) if span]
    if spans:
        return min(first for first, _ in spans), max(last for _, last in spans)
    first, last = ([span for span in map(of_dates.span, own[name]) if span] for name in ("notBefore", "notAfter"))
    return max((span[0] for span in first), default=""), min((span[1] for span in last), default="")


_AROUND = 60  # characters before and after a passage that may belong to its clause
_ENDS = r"[.,;:()!?。，；：！？、\n]"


def _range(about: Iterable[ox.Triple], text: str | None) -> tuple[int, int] | None:
    """Return the range of an evidence; None if it is none within the text, or the text is not at hand."""
    values = {t.predicate.value: str(getattr(t.object, "value", t.object)) for t in about}
    bounds = [values.get(v.OA + name, "") for name in ("start", "end")]
    start, end = (int(bound) if re.fullmatch("[0-9]{1,18}", bound) else -1 for bound in bounds)
    return (start, end) if text is not None and 0 <= start < end <= len(text) else None


def _carrier(node: Any, about: Iterable[ox.Triple], text: str | None) -> Carrier:
    values = {t.predicate.value: str(getattr(t.object, "value", t.object)) for t in about}
    passage, before, ahead, behind = None, "", "", ""
    bounds = _range(about, text)
    if text is not None and bounds:
        start, end = bounds
        passage = text[start:end]
        before = text[max(text.rfind("\n", 0, start) + 1, start - 40) : start]
        ahead, behind = (
            re.split(_ENDS, text[max(start - _AROUND, 0) : start])[-1],
            re.split(_ENDS, text[end : end + _AROUND])[0],
        )
    basis = values.get(v.ZG + "basis", v.ZG + "stated")[len(v.ZG) :]
    printed = values.get(v.ZG + "asPrinted", "")
    specific, picks_out = (v.ZG + name in values for name in ("supports", "value"))
    return Carrier(printed, passage, before, basis, specific, ahead, behind, node, bounds or (-1, -1), picks_out)
