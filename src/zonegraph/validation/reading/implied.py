"""What small words imply of what is entered by a range: "by 2025" a deadline, "such as" an open list, "both" two things, "the company" a company."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.validation.reading.around import Found, Held, members, sentence
from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, Judgement, Known, flat, quoted

if TYPE_CHECKING:
    from zonegraph.validation.reading.around import Stated

_FEW_WORDS = 12  # of a range that ends or opens a list; a longer one speaks of more
_ROLE_WORDS = 8  # of words for what somebody is


class Implied:
    """How small words are read by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Compile the patterns."""
        sections = lexicon.sections
        self._terms = sections["terms"]
        months = either(name for names in sections["dates"]["months"] for name in names)
        latin = [word for word in sections["status"]["until"] if word.isascii()]
        other = [word for word in sections["status"]["until"] if not word.isascii()]
        day = rf"(?:{months}\.?,?\s+(?:[0-3]?\d,?\s+)?)?"
        # A range of years is no deadline: 2020至2025年.
        self._until = re.compile(
            rf"(?i)(?:\b{either(latin)}\s+|(?<![\d年]){either(other)}){day}(?P<year>\d{{4}})(?!\d)"
        )
        units = (word for unit in sections["units"].values() for word in unit.get("words", ()))
        self._of_numbers = _content(
            " ".join([*units, *sections["numbers"]["scales"], *sections["numbers"]["cardinals"]]).lower()
        )
        self._open = re.compile(rf"(?i){whole(sections['lists']['open'])}")
        self._cardinals: dict[str, int] = sections["numbers"]["cardinals"]
        self._any_number = re.compile(rf"(?i)\d|\b{either(self._cardinals)}\b")
        self._article = either(sections["names"]["articles"])
        one = rf"(?:{self._article} (?P<number>{either(w for w, n in self._cardinals.items() if n > 1)})"
        self._oneself = re.compile(rf"(?i){whole(sections['speech']['oneself'])}")
        part = "".join(rf"(?<!\b{re.escape(word)} )" for word in sections["dates"]["of"])  # "one of the three"
        self._several = rf"{part}\b{one}|(?P<both>{either(sections['lists']['both'])})(?: {self._article})?)"

    # ------------------------------------------------------------ with or without the text

    def due(self, t: ox.Triple, carriers: list[Carrier], stated: Stated) -> Judgement | None:
        """Say if the time of something that is to be reached is printed as one by which it is: "by 2025"."""
        right = self._terms["due_not"].get(t.predicate.value)
        kinds = {_text(one.object) for one in stated.get((t.subject, v.RDF_TYPE), ())}
        if not right or not carriers or not any(self._terms["due"].get(kind) == right for kind in kinds):
            return None
        for c in carriers:
            start = 0 if c.passage is None else len(c.before)
            words = c.printed if c.passage is None else c.before + c.passage
            found = (m for m in self._until.finditer(words) if m.start() <= start < m.end("year"))
            by = next((m[0] for m in found if m["year"] == _text(t.object)[:4]), None)
            if by is None or not c.specific or c.basis != "stated":
                return None
        here = f"{quoted(by or '')} is printed, which is {v.shorten(right)}, not {v.shorten(t.predicate.value)}"
        return Judgement(here, instead="" if stated.get((t.subject, right)) else right)

    def open_lists(self, held: Iterable[Held]) -> Iterator[Found]:
        """Yield what is closed on words that leave a list open: "and other fields"."""
        for one in held:
            words = one.carrier.printed or one.carrier.passage or ""
            for t in one.triples("completeness"):
                opened = self._open.search(words) if _text(t.object) == v.ZG + "closed" else None
                few = len(words.split()) <= _FEW_WORDS and one.carrier.basis == "stated"
                # "three ports such as A, B and C" are all that are counted.
                if opened and few and not self._any_number.search(words):
                    here = f"{quoted(opened[0])} is printed"
                    yield Found(t, "open-list-as-printed", Judgement(here, right=v.ZG + "open"))

    def several(self, t: ox.Triple, carriers: list[Carrier], stated: Stated, known: Known) -> Judgement | None:
        """Say if one thing is entered where several of its kind are printed, and not its name: "the three bridges"."""
        p, thing = t.predicate.value, _text(t.object)
        each = self._terms["one_each"].get(p)
        kinds = {_text(one.object) for one in stated.get((t.subject, v.RDF_TYPE), ())}
        if not each or len(stated[t.subject, p]) > 1 or each in kinds.union(*map(known.kinds, kinds)):
            return None
        labels = [name for kind in known.kinds(thing) for name in known.names.get(kind, ()) if name.isascii()]
        pattern = re.compile(rf"(?i){self._several} (?:\w+ ){{0,2}}{either(f'{label}s' for label in labels)}\b")
        words = [flat(c.passage) for c in carriers if c.passage is not None and c.basis == "stated"]
        found = [match for one in words for match in pattern.finditer(one)]
        near = {thing, *known.near.get(thing, ())}
        if not found or len(words) < len(carriers) or any(who in near for one in words for _, who in known.named(one)):
            return None
        number = self._cardinals.get((found[0]["number"] or "").lower(), 2)
        here = f"{quoted(found[0][0])} is printed, and {v.shorten(p)} is {v.shorten(thing)} alone"
        return Judgement(here, right=self._list_of(t.object, number, stated))

    def _list_of(self, thing: Any, number: int, stated: Stated) -> str:
        """Return the list with so many members of which a thing is one; empty if there is none, or several."""
        lists = {
            subject
            for p, inverse in self._terms["counted"].items()
            for subject, q in stated
            if q in (p, v.RDF_TYPE)
            for found in [{member for member, _ in members(subject, p, inverse, stated)}]
            if thing in found and len(found) == number
        }
        return _text(lists.pop()) if len(lists) == 1 else ""

    def kind(self, t: ox.Triple, carriers: list[Carrier], stated: Stated, known: Known) -> Judgement | None:
        """Say if somebody is said to be of "the company", and what is entered is nothing of that kind, nor part of one."""
        thing = _text(t.object)
        if t.predicate.value not in self._terms["of_a_kind"] or len(stated[t.subject, t.predicate.value]) > 1:
            return None
        own, near = known.classes.get(thing, set()), known.reach(thing, 2)
        kinds = {kind for one in near for kind in known.kinds(one)}
        above = {kind for one in own for kind in known.kinds(one)}
        parts = {word for one in near for name in known.names.get(one, ()) for word in name.split() if len(word) > 4}
        said: dict[str, str] = {}
        for c in carriers:
            said_of = c.passage or c.printed
            words = flat(said_of)
            if c.basis != "stated" or len(words.split()) > _ROLE_WORDS or parts & set(words.split()):
                return None
            for name, kind in known.named(words):
                printed = re.search(rf"(?i)(?<!^)\b{self._article} {re.escape(name)}$", said_of)
                # Only what is told apart from its siblings: what is a body and no more may be part of one.
                beside = known.kinds(kind) & above and not known.kinds(kind) & own
                if printed and beside and known.is_term(kind) and kind not in kinds:
                    said[kind] = printed[0]
        if len(said) != 1:
            return None
        ((kind, printed_as),) = said.items()
        named = {_text(one.object) for found in stated.values() for one in found}
        meant = [other for other in sorted(named) if kind in known.kinds(other)]
        here = f"{quoted(printed_as)} is printed, and {v.shorten(t.predicate.value)} {v.shorten(thing)} is no {v.shorten(kind)}"
        return Judgement(here, right=meant[0] if len(meant) == 1 else "")

    def measured(self, t: ox.Triple, carriers: list[Carrier], by: list[Carrier], known: Known) -> Judgement | None:
        """Say if no word of what is measured is printed, and several are of something else: "40 ships", entered as trees.

        Parameters: `carriers`, the evidence of the triple; `by`, all evidence of its subject.
        """
        thing = _text(t.object)
        if t.predicate.value not in self._terms["measured"] or any(c.basis != "stated" for c in carriers):
            return None
        printed = set[str]().union(*(_content(flat(c.passage)) for c in by if c.passage is not None))
        printed -= self._of_numbers
        if not printed or printed & self._words(known.reach(thing, 1), known):
            return None
        kinds = known.classes.get(thing, set())
        shared = {
            other: found
            for other, classes in known.classes.items()
            if kinds and classes == kinds and len(found := printed & self._words({other}, known)) > 1
        }
        if not shared:
            return None
        most = max(map(len, shared.values()))
        fit = sorted(other for other, found in shared.items() if len(found) == most)
        words = " and ".join(map(quoted, sorted(shared[fit[0]])))
        here = f"no word of {v.shorten(thing)} is printed, and {words} are words of {v.shorten(fit[0])}"
        return Judgement(here, right=fit[0] if len(fit) == 1 else "")

    @staticmethod
    def _words(things: Iterable[str], known: Known) -> set[str]:
        return set[str]().union(*(_content(name) for one in things for name in known.names.get(one, ())))

    # ------------------------------------------------------------ with the text

    def deadlines(self, held: list[Held], text: str, stated: Stated) -> Iterator[Found]:
        """Yield deadlines of things whose sentence prints another year behind "by", and not that of the deadline."""
        for one in held:
            kinds = [_text(t.object) for t in stated.get((one.subject, v.RDF_TYPE), ())]
            p = next((self._terms["due"][kind] for kind in kinds if kind in self._terms["due"]), None)
            if not p or not one.range or one.triples("supports"):
                continue
            due, way = self._dates(one.subject, p, stated)
            start, end = sentence(text, one.range[0])
            by = [other for other in held if other.subject in [d.subject for d in due] and other.supports(p)]
            # What rests on a date in that sentence is compared with it already.
            if not due or one.range[1] > end or any(b.range and start <= b.range[0] < end for b in by):
                continue
            years = {match["year"]: match[0] for match in self._until.finditer(text, start, end)}
            entered = {_text(d.object)[:4] for d in due}
            if years and not entered & years.keys():
                printed = " and ".join(map(quoted, years.values()))
                here = f"{v.shorten(p)} is {' and '.join(sorted(entered))}, and {printed} is printed in the sentence"
                yield Found(way or due[0], "deadline-as-printed", Judgement(here), due[0] if way else None)

    def of_oneself(self, held: list[Held], stated: Stated, known: Known) -> Iterator[Found]:
        """Yield what is said to be about its own speaker, in words that speak of nobody: "the harbour is full"."""
        for p, kind in self._terms["said_of"].items():
            for (subject, q), values in stated.items():
                by = [one for one in held if one.subject == subject and not one.triples("supports")] if q == p else []
                speakers = [*(t for one in by for t in one.triples("saidBy")), *self._speakers(subject, stated)]
                said = {t.object: t for t in speakers}
                for t in values:
                    who = _text(t.object)
                    words = [one.carrier.passage for one in by if one.carrier.passage is not None]
                    if (
                        not words
                        or t.object not in said
                        or kind not in {*known.classes.get(who, ()), *known.kinds(who)}
                    ):
                        continue
                    named = any(bearer == who for one in words for _, bearer in known.named(flat(one)))
                    if not named and not any(self._oneself.search(one) for one in words):
                        here = f"{v.shorten(who)} says it, and {quoted(words[0])} speaks of nobody"
                        yield Found(t, "said-of-oneself", Judgement(here), said[t.object])

    @staticmethod
    def _speakers(thing: Any, stated: Stated) -> list[ox.Triple]:
        """Return who says the passages that a thing stands in."""
        nodes, found = [thing], list[ox.Triple]()
        for node in nodes:
            nodes += [t.object for t in stated.get((node, v.ZG + "inPassage"), ()) if t.object not in nodes]
            found += stated.get((node, v.ZG + "saidBy"), ())
        return found

    def _dates(self, thing: Any, p: str, stated: Stated) -> tuple[list[ox.Triple], ox.Triple | None]:
        """Return the values of a property that a thing has, else its passage; and the triple that puts it there."""
        nodes: list[tuple[Any, ox.Triple | None]] = [(thing, None)]
        for node, way in nodes:
            if stated.get((node, p)):
                return stated[node, p], way
            inside = stated.get((node, v.ZG + "inPassage"), [])
            nodes += [(t.object, way or t) for t in inside if t.object not in [one for one, _ in nodes]]
        return [], None


def _content(words: str) -> set[str]:
    """Return the longer Latin words of some, as `flat` has them, without the ending of a plural."""
    return {word.removesuffix("s") for word in re.findall("[a-z]{4,}", words)}


def _text(term: Any) -> str:
    return str(getattr(term, "value", ""))


of = functools.lru_cache(4)(Implied)
