"""What the words around a range say of what is entered by it: the number in a series, how many there are, who speaks, by when, since when."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.dates import DATATYPES
from zonegraph.validation.reading import dates, numbers
from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, Judgement, Known, flat, quoted

if TYPE_CHECKING:
    from zonegraph.evidence.phrases import Range

    Stated = Mapping[tuple[Any, str], list[ox.Triple]]


class Held(NamedTuple):
    """An evidence with its subject, as it is read, and its range; without the text there is no range."""

    subject: Any
    carrier: Carrier
    about: list[ox.Triple]
    range: Range | None

    def triples(self, name: str) -> list[ox.Triple]:
        """Return what a property of the framework says of the evidence."""
        return [t for t in self.about if t.predicate.value == v.ZG + name]

    def supports(self, p: str) -> bool:
        """Return whether the evidence is for a property."""
        return any(_text(t.object) == p for t in self.triples("supports"))


class Found(NamedTuple):
    """A triple that is at odds with the words around: the rule that it breaks, what is wrong, the triple on the other side."""

    triple: ox.Triple
    rule: str
    judgement: Judgement
    other: ox.Triple | None = None


_COUNT_WORDS = 6  # of a wording that does no more than count


class Around:
    """How the words around ranges are read by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Compile the patterns."""
        sections = lexicon.sections
        self._terms, self._dates, self._numbers = sections["terms"], dates.of(lexicon), numbers.of(lexicon)
        counted = sections["numbers"]
        self._ordinals: dict[str, int] = counted["ordinals"]
        self._ordinal = rf"(?:(?P<word>{either(self._ordinals)})|(?P<digits>\d+){either(counted['ordinal_endings'])})"
        self._any_ordinal = re.compile(rf"(?i)\b{self._ordinal}\b|{either(counted['chinese_ordinal'])}")
        # What is counted stands behind the number; "increased to 8" counts others too.
        self._of_something = re.compile(
            rf"(?i)(?:\d|\b{either(counted['cardinals'])}|{either(counted['chinese_counted'])})\s?[^\W\d]{{2}}"
        )
        speech = sections["speech"]
        said, done = whole(speech["verbs"]), whole(speech["done_before"])
        self._said_behind = re.compile(rf"[^\"“”\n]*[\"”]\s+{said}\s+(?P<name>\w[^,.;\n]*)")
        self._said_on = re.compile(rf"{said}[^.,;\n]{{0,30}}$")
        self._that_had = re.compile(rf"\s(?:\w+\s+){{1,5}}{done}\s+")
        self._page = re.compile(rf"(?i)\b{either(speech['of_the_page'])} (?P<when>[^;.]*)")

    # ------------------------------------------------------------ with or without the text

    def series(self, t: ox.Triple, carriers: list[Carrier], stated: Stated, known: Known) -> Judgement | None:
        """Say if a thing of a series is printed with another number than it has: "a third batch", entered as the second."""
        numbered = self._terms["numbered_by"].get(t.predicate.value)
        own = stated.get((t.object, numbered), []) if numbered else []
        if len(own) != 1:
            return None
        kinds = known.classes.get(_text(t.object), set())
        labels = {name for kind in kinds for name in known.names.get(kind, ()) if name.isascii()}
        pattern = re.compile(rf"\b{self._ordinal} {either(labels)}\b")
        words = [flat(c.passage) for c in carriers if c.passage is not None]
        found = {match[0]: self._number(match) for text in words for match in pattern.finditer(text)}
        entered, numbered = _text(own[0].object), str(numbered)
        if len(words) < len(carriers) or len(set(found.values())) != 1 or entered in map(str, found.values()):
            return None
        ((printed, number),) = list(found.items())[:1]
        others = {
            other.value
            for (other, p), values in stated.items()
            if p == numbered
            and [_text(one.object) for one in values] == [str(number)]
            and isinstance(other, ox.NamedNode)
            if known.classes.get(other.value, set()) >= kinds
        }
        here = f"{v.shorten(_text(t.object))} is entered, whose {v.shorten(numbered)} is {entered}; {quoted(printed)} is printed"
        return Judgement(here, right=others.pop() if len(others) == 1 else "")

    def _number(self, match: re.Match[str]) -> int:
        return self._ordinals[match["word"].lower()] if match["word"] else int(match["digits"])

    def counts(self, held: Iterable[Held], stated: Stated) -> Iterator[Found]:
        """Yield lists that are closed by words that count other than their members: "the four areas"."""
        for one in held:
            closing = [t for t in one.triples("completeness") if _text(t.object) == v.ZG + "closed"]
            words = one.carrier.printed or one.carrier.passage or ""
            number = self._count(words) if closing else 0
            for p in (_text(t.object) for t in one.triples("supports") if number):
                inverse = self._terms["counted"].get(p)
                found = members(one.subject, p, inverse, stated) if inverse else []
                leaves, lists, reached = set[Any](), set[Any](), [member for member, _ in found]
                while reached:
                    member = reached.pop()
                    within = [other for other, _ in members(member, p, inverse, stated)]
                    if not within:
                        leaves.add(member)
                    elif member not in lists:
                        lists.add(member)
                        reached += within
                if found and number not in (len(leaves), len(lists), len(found)):
                    here = f"{quoted(words)} is printed, and {len(leaves)} {'is' if len(leaves) == 1 else 'are'} entered for {v.shorten(p)}"
                    yield Found(found[-1][1], "count-as-printed", Judgement(here), closing[0])

    def _count(self, words: str) -> int:
        """Return the number by which a few words count, as in "the four areas"; 0 if they do not, or may mean something else."""
        if len(words.split()) > _COUNT_WORDS or (not words.isascii() and len(words) > 2 * _COUNT_WORDS):
            return 0
        found = self._numbers.numbers(words)
        if self._any_ordinal.search(words) or len(found) != 1 or not self._of_something.search(words):
            return 0
        (number,) = found
        plain = not (number.unit or number.doubtful or number.comparators or number.amount % 1)
        return int(number.amount) if plain and number.amount > 1 else 0

    def notes(self, held: Iterable[Held], dated: list[str]) -> Iterator[Found]:
        """Yield notes that say of the page a date which it does not have; `dated` are the dates that it has."""
        own = [tuple(int(part) for part in one.split("-")) for one in dated if re.fullmatch(r"\d{4}(-\d\d){0,2}", one)]
        for one in held if own else ():
            for t in one.triples("note"):
                said = self._page.search(_text(t.object))
                days = [day for day in self._dates.days(said["when"]) if day[0]] if said else []
                if said and days and not any(self._fits(day, date) for day in days for date in own):
                    here = f"{quoted(said[0])} is noted; it is of {' and '.join(dated)}"
                    yield Found(t, "note-on-the-page", Judgement(here))

    @staticmethod
    def _fits(day: dates.Day, date: tuple[int, ...]) -> bool:
        return all(not shown or shown == part for shown, part in zip(day, date, strict=False))

    # ------------------------------------------------------------ with the text

    def speakers(self, held: Iterable[Held], text: str, stated: Stated, known: Known) -> Iterator[Found]:
        """Yield speakers of a quotation that are not the one named right behind it: `..., " said A`."""
        people: dict[Any, set[str]] = {}
        for subject, p in stated:
            if p == v.RDF_TYPE and isinstance(subject, ox.NamedNode):
                people[subject] = {name for name in known.names.get(subject.value, ()) if " " in name}
        for one in held:
            speakers = one.triples("saidBy")
            said = self._said_behind.match(text, one.range[1]) if len(speakers) == 1 and one.range else None
            if not said or not self._quoted(text, one.range):
                continue
            behind, entered = flat(said["name"]), speakers[0].object
            kinds = known.classes.get(_text(entered), set())
            named = {
                person
                for person, names in people.items()
                if any(behind == name or behind.startswith(f"{name} ") for name in names)
                and known.classes.get(person.value, set()) & kinds
            }
            if len(named) == 1 and entered not in named:
                (right,) = named
                here = (
                    f"{v.shorten(_text(entered))} is entered, and the quotation goes on “said {said['name'].strip()}”"
                )
                yield Found(speakers[0], "speaker-as-printed", Judgement(here, right=right.value))

    @staticmethod
    def _quoted(text: str, range: Range | None) -> bool:
        """Return whether a range stands within quotation marks that its line opens before it or where it begins."""
        if range is None:
            return False
        before = text[text.rfind("\n", 0, range[0]) + 1 : range[0] + 1]
        return before.count('"') % 2 == 1 or before.rfind("“") > before.rfind("”")

    def in_one_sentence(self, held: list[Held], text: str, stated: Stated) -> Iterator[Found]:
        """Yield things that lack the date which another of their class has in the same sentence."""
        whole_ranges: dict[Any, list[Range]] = {}
        for one in held:
            if one.range and not one.triples("supports"):
                whole_ranges.setdefault(one.subject, []).append(one.range)
        evidence, said = _by_subject(held), _said_of(stated)
        for kind, p in self._terms["dated_together"].items():
            things = [
                t for (_, q), types in stated.items() if q == v.RDF_TYPE for t in types if _text(t.object) == kind
            ]
            things = [t for t in things if len(whole_ranges.get(t.subject, ())) == 1]
            has = {t.subject: self._dated(t.subject, p, evidence, said) for t in things}
            dated = {thing: ranges[0] for thing, ranges in has.items() if ranges and len(ranges) == 1}
            in_sentence: dict[Range, list[ox.Triple]] = defaultdict(list)
            for t in things:
                if t.subject in dated:
                    in_sentence[sentence(text, whole_ranges[t.subject][0][0])].append(t)
            for t in things:
                (mine,) = whole_ranges[t.subject]
                if has[t.subject] is not None:
                    continue
                clause = sentence(text, mine[0])
                for other in in_sentence.get(clause, ()):
                    (theirs,), by = whole_ranges[other.subject], dated[other.subject]
                    inside = all(clause[0] <= one[0] and one[1] <= clause[1] for one in (by, mine, theirs))
                    first, last = min(mine[0], theirs[0]), max(mine[1], theirs[1])
                    if inside and (by[1] <= first or by[0] >= last):
                        here = f"{v.shorten(_text(other.subject))} has {v.shorten(p)}, {quoted(text[slice(*by)])}, in the same sentence"
                        yield Found(t, "date-of-one-sentence", Judgement(here), other)
                        break

    @staticmethod
    def _dated(
        thing: Any, p: str, held: Mapping[Any, list[Held]], said: Mapping[Any, list[ox.Triple]]
    ) -> list[Range] | None:
        """Return the ranges by which a thing, or a passage in which it is, has a value of a property; None if it has no date at all."""
        nodes = [thing]
        for node in nodes:
            passages = (t.object for t in said.get(node, ()) if t.predicate.value == v.ZG + "inPassage")
            nodes += [passage for passage in passages if passage not in nodes]
        own = [node for node in nodes if any(t.predicate.value == p for t in said.get(node, ()))]
        ranges = [one.range for node in own for one in held.get(node, ()) if one.range and one.supports(p)]
        timed = {*nodes, *(t.object for t in said.get(thing, ()))}  # a period has dates
        dated = any(
            isinstance(t.object, ox.Literal) and t.object.datatype.value in DATATYPES
            for node in timed
            for t in said.get(node, ())
        )
        return ranges if own or dated else None

    def said_then(self, held: list[Held], text: str, stated: Stated) -> Iterator[Found]:
        """Yield dates of what had been done that are those of saying so: "said on Friday that it had approved"."""
        evidence = _by_subject(held)
        for (subject, p), values in stated.items():
            if p != v.ZG + "date" or len(values) != 1:
                continue
            about = [one for one in evidence.get(subject, ()) if one.range]
            when = [one.range for one in about if one.supports(p)]
            for act in self._terms["acts"]:
                words = stated.get((subject, act), [])
                by = [one.range for one in about if one.supports(act)]
                if len(words) != 1 or len(when) != 1 or len(by) != 1 or not when[0] or not by[0]:
                    continue
                start = sentence(text, by[0][0])[0]
                at = text.find(_text(words[0].object), *by[0])
                said = self._said_on.search(text, start, when[0][1]) if at >= when[0][1] else None
                if said and self._that_had.fullmatch(text, when[0][1], at):
                    here = f"{quoted(text[slice(*when[0])])} is when it was said of what had been done"
                    yield Found(values[0], "date-of-saying", Judgement(here), words[0])


def _by_subject(held: Iterable[Held]) -> dict[Any, list[Held]]:
    found: dict[Any, list[Held]] = defaultdict(list)
    for one in held:
        found[one.subject].append(one)
    return found


def _said_of(stated: Stated) -> dict[Any, list[ox.Triple]]:
    """Return what is stated of each subject, of whatever property."""
    found: dict[Any, list[ox.Triple]] = defaultdict(list)
    for (subject, _), triples in stated.items():
        found[subject] += triples
    return found


def members(node: Any, p: str, inverse: str, stated: Stated) -> list[tuple[Any, ox.Triple]]:
    """Return the values of a property, also those that say so themselves by its inverse, each with the triple that says it."""
    own = [(t.object, t) for t in stated.get((node, p), ())]
    others = (t for (_, q), values in stated.items() if q == inverse for t in values if t.object == node)
    return [*((t.subject, t) for t in others), *own]


def _text(term: Any) -> str:
    return str(getattr(term, "value", ""))


@functools.lru_cache(maxsize=1_000)
def sentence(text: str, at: int) -> Range:
    """Return where the sentence around a place begins and ends; a line ends it too."""
    start = max((match.end() for match in _ENDS.finditer(text, 0, at + 1) if match.end() <= at), default=0)
    end = _ENDS.search(text, at)
    return start, end.start() + 1 if end else len(text)


_ENDS = re.compile(r"[.!?][\"”]?\s+(?=[A-Z\"“])|[。！？]|\n")

of = functools.lru_cache(4)(Around)
