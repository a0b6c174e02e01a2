"""Numbers as printed, in digits, words or both, with the units and comparators beside them."""

import functools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, Judgement, Known, quoted

_UNCLEAR = "?"  # a unit is printed near the number, and not in a way that can be read for sure


class Number(NamedTuple):
    """A printed number in base units, comparators that would do for it (IRIs), its unit, and the scale printed with it.

    `doubtful` if it may be something else: a year, a part of a longer number, a mere "a".
    """

    amount: Decimal
    comparators: frozenset[str]
    unit: str
    doubtful: bool = False
    scale: int = 1


class Numbers:
    """How numbers are read by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Make the patterns, each of which is compiled when it is first used."""
        words, self._by_unit, compared = (lexicon.sections[name] for name in ("numbers", "units", "comparators"))
        self._numbers = functools.lru_cache(1024)(self._all_numbers)
        self._ordinals, self._scales = words["ordinals"], words["scales"]
        self._small = words["cardinals"] | self._ordinals
        self._scaled = self._scales | words["chinese_scales"]
        signs, codes = (
            [w for unit in self._by_unit.values() for w in unit.get(kind, ())] for kind in ("signs", "codes")
        )
        self._units = {
            w.lower(): n
            for n, unit in self._by_unit.items()
            for words in unit.values()
            if words is not True
            for w in words
        }
        sign = "".join(re.escape(sign) for sign in signs if len(sign) == 1)
        word = rf"{either(self._small | self._scales)}\b"
        joined = either(words["joined_by"])
        spelled = rf"{word}(?:(?:{'|'.join(f'(?<={re.escape(scale)})' for scale in self._scales)})\s+{joined}\s+{word}|[\s\-–—]+{word})*"
        self._digits, self._places = words["chinese_digits"], words["chinese_places"]
        numerals = "".join([*self._digits, *self._places])
        # Chinese numerals count where a scale, a word of counting or a unit follows; elsewhere they are parts of other words.
        follows = either([*words["chinese_scales"], *words["chinese_counted"], *self._units])
        more = either(word for after in compared["after"].values() for word in after.get("next", ()))
        not_after = "".join(map(re.escape, words["chinese_not_after"]))
        numeral = rf"(?<![{numerals}{not_after}\d.])(?P<numeral>[{numerals}]+)(?={more}?{follows})"
        # Groups of three, by thin spaces or by plain ones, which may also stand between two numbers.
        spaced = r"\d{1,3}(?:[\u2009\u202f\xa0]\d{3})+(?:\.\d+)?|(?P<plain>\d{1,3}(?: \d{3})+)(?! \d)"
        self._number = when_used(
            rf"(?i)(?P<before>(?<![a-z])(?:{either(signs)}|{either(codes)}\s?))?"
            rf"(?:(?<![a-z0-9_.\-–/])(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|{spaced}|\d+(?:\.\d+)?)(?![\d,.]*\d)"
            rf"(?!(?!{either(words['ordinal_endings'])}\b)[a-z])|\b(?P<word>{spelled})|{numeral})"
            rf"(?:[\s-]?(?P<scale>{either(self._scales)})\b|\s?(?P<chinese>{either(words['chinese_scales'])}))?"
            rf"(?:[\s-]?(?P<after>{either(self._units)})(?!-?[a-z]))?"
        )
        neither = rf"[^\d,.;{sign}]"  # what may stand between a number and its unit
        several = either(lexicon.sections["unclear_units"])
        self._unit_ahead = when_used(rf"(?i){several}$|{either(filter(str.isalpha, self._units))}{neither}{{0,12}}$")
        no_signs = either(word for word in self._units if word[-1] not in sign)
        self._unit_after = when_used(rf"(?i){neither}{{0,25}}?(?:{no_signs}|{several})")
        to = rf"\s?(?:[\-–—~～]|{whole(words['to'])})\s?[{sign}]?"
        # What stands after a number that is more than what was read of it, or its other end.
        more = rf"\s?{either(words['fraction_signs'])}|[\s-]{either(words['more_of_it'])}\b"
        self._goes_on = when_used(rf"(?i:{to}(?:\d|{word})|\s?/\s?\d|\s\d+/\d|{more})")
        self._scale_goes_on = when_used(rf"(?i)\s?(?:{joined} )?(?:\d|{word}|[{numerals}])")
        months = (name for names in lexicon.sections["dates"]["months"] for name in names)
        self._day_ahead = when_used(rf"(?i){either(months)}\.?$")
        first_end = either(
            word for unit in self._by_unit.values() if unit.get("ends_range") for word in unit.get("words", ())
        )
        self._other_end = when_used(rf"(?i)(?:\w-|(?:\d[%\w]*|{word}|{first_end}){to})$")
        self._negative = when_used(whole(words["negative"]) + "$")
        self._fall = when_used("(?i)" + whole(words["falls"]))
        self._exactly = compared["none"]
        self._before = {word: frozenset(which.split()) for which, words in compared["before"].items() for word in words}
        self._all = frozenset({self._exactly}.union(*self._before.values()))
        self._negated = {frozenset({one}): frozenset({other}) for one, other in compared["negated"].items()}
        self._of_place_too = tuple(compared["of_place_too"])
        no = compared["negations"]
        ending = either(no["ending"]).replace("'", "[’']")
        alone = rf"\b{either(no['beside'] + no['both'])}(?: {either(no['followed_by'])})?"
        self._not_beside = when_used(rf"(?:{alone}|{ending})\s+$|{either(no['joined'])}$")
        self._not_near = when_used(rf"(?:{whole(no['near'] + no['both'])}|{ending}\b)[\w\s]{{0,15}}$")
        self._hint = when_used(whole(compared["hints"]))
        self._after = {
            when_used(rf"{either(at)}|\s?\w{{0,2}}{either(measured)}|(?: \w+)? {either(counted)}\b"): frozenset(
                which.split()
            )
            for which, after in compared["after"].items()
            for at, measured, counted in [[after.get(kind, ()) for kind in ("next", "measured", "counted")]]
        }

    def numbers(self, printed: str) -> list[Number]:
        """Return the numbers that are printed in digits or words, in base units; what cannot be read for sure is left out."""
        return [number for number, _ in self._numbers(printed) if number]

    def _all_numbers(self, printed: str) -> list[tuple[Number | None, int]]:
        """Return numbers and where they stand, None for one that is not read: a range, a fraction, words that are no number."""
        result: list[tuple[Number | None, int]] = []
        for match in self._number.finditer(printed):
            at, rest = match.start(), printed[match.end() :]
            ahead = printed[:at].rstrip().lower()
            scale = (match["scale"] or match["chinese"] or "").lower()
            goes_on = self._goes_on.match(rest) or (scale and self._scale_goes_on.match(rest))
            spelled = self._read(match)
            if not spelled or goes_on or self._other_end.search(printed[:at]):
                result.append((None, at))
                continue
            result += [(Number(other, frozenset(), ""), at) for other in spelled[:-1]]
            times = self._scaled.get(scale, 1)
            amount = spelled[-1] * times
            amount = -amount if self._negative.search(ahead) else amount
            unit = self._units.get((match["before"] or match["after"] or "").strip().lower(), "")
            if not unit and (self._unit_ahead.search(ahead) or self._unit_after.match(rest)):
                unit = _UNCLEAR
            comparators = self._compared(ahead, rest.lower())
            if unit == "" and (match["word"] or amount < 10) and ahead.endswith(self._of_place_too):
                comparators |= {self._exactly}  # "under two plans", "over 5 years": where, when or which
            year = re.fullmatch(r"1[89]\d\d|20\d\d", match["digits"] or "") and not (scale or unit or comparators)
            beside_a_day = match["plain"] and self._day_ahead.search(ahead)
            a_mere_one = match["numeral"] and amount == 1
            doubtful = bool(year or beside_a_day or a_mere_one)
            result.append((Number(amount, comparators, unit, doubtful, times), at))
            for part in (match["plain"] or "").split():
                result.append((Number(Decimal(part), comparators, unit, True), at))
        return result

    def _read(self, match: re.Match[str]) -> list[Decimal]:
        """Return the numbers that stand in a match, without the scale after them; none if they are no number."""
        if match["word"]:
            return self._spelled(match["word"])
        if match["numeral"]:
            return self._counted(match["numeral"])
        return [Decimal(re.sub(r"[,\s]", "", match["digits"]))]

    def _counted(self, numerals: str) -> list[Decimal]:
        """Return the number that Chinese numerals spell; none if they are no one number, as in 三五 (three to five) or 数百."""
        total, digit, place, zero = 0, 0, 10**5, False
        for sign in numerals:
            here = self._places.get(sign)
            if here is not None:
                if here >= place or not (digit or (here == 10 and total == 0)):
                    return []
                total, digit, place, zero = total + (digit or 1) * here, 0, here, False
            elif digit or (self._digits[sign] == 0 and total == 0):
                return []
            else:
                digit, zero = self._digits[sign], zero or self._digits[sign] == 0
        colloquial = digit and 10 < place < 10**5 and not zero  # 一百二 is 120
        return [] if colloquial else [Decimal(total + digit)]

    def _spelled(self, words: str) -> list[Decimal]:
        """Return the numbers that words in a row spell, which an ordinal ends ("first two"); none if they are no number."""
        result, total, current, room, limit, begun = [], 0, 0, 0, 10**15, False
        for word in re.split(r"[\s\-–—]+", words.lower()):
            scale, value = self._scales.get(word), self._small.get(word)
            if scale == 100:
                if not begun or not 0 < current < 100:
                    return []
                current, room = current * 100, 100
            elif scale:
                if not begun or not current or scale >= limit:
                    return []
                total, current, room, limit = total + current * scale, 0, 1000, scale
            elif value is not None:
                if begun and (not value or value >= room):
                    return []
                current, room, begun = current + value, 10 if value >= 20 else 0, True
                if word in self._ordinals:
                    result.append(Decimal(total + current))
                    total, current, limit, begun = 0, 0, 10**15, False
        return [*result, Decimal(total + current)] if begun else result

    def _compared(self, ahead: str, rest: str) -> frozenset[str]:
        """Return the comparators that the words before and after a number would have; all if they cannot be read for sure."""
        found = next((which for pattern, which in self._after.items() if pattern.match(rest)), frozenset[str]())
        for phrase, which in self._before.items():
            before = ahead[: -len(phrase)]
            if ahead.endswith(phrase) and not (phrase.isascii() and re.search(r"\w$", before)):
                if self._not_beside.search(before):
                    which = self._negated.get(which, self._all)
                elif self._not_near.search(before):
                    which = self._all
                found |= which
        if found:
            return found
        # Words near a number that are not read may still say how it is to be compared.
        near = " ".join(re.split(r"[.,;:()。，；：、\n]\s", ahead)[-1].split()[-4:])[-30:]
        after = " ".join(re.split(r"[.,;:()。，；：、\n]", rest)[0].split()[:3])
        after = re.split(r"[^\x00-\x7f]{5}", after)[0] if after[:1].isascii() else after[:5]
        return self._all if self._hint.search(near) or self._hint.search(after) else found

    def stands_in(self, value: str, text: str) -> bool:
        """Return whether a number is printed in a text."""
        amount = _decimal(value)
        return any(number.amount == amount and not number.doubtful for number in self.numbers(text))

    def number(self, value: str, words: list[tuple[Carrier, str]]) -> Judgement | None:
        """Say what is wrong with a number, if anything is, by the words in which it is printed, each with its evidence."""
        entered = _decimal(value)
        if entered is None or any(c.basis != "stated" for c, _ in words):
            return None  # what is worked out, as a count of what is listed, need not be printed
        printed = [(text, number) for _, text in words for number, _ in self._numbers(text)]
        if any(number is None or number.amount == entered for _, number in printed):
            return None
        # Of what fell by 5 percent the growth is -5.
        fell = entered < 0 and any(self._fall.search(f"{text} {c.before}{c.passage or ''}") for c, text in words)
        if fell and any(number and number.amount == -entered for _, number in printed):
            return None
        clear = [(text, number) for text, number in printed if number and not number.doubtful]
        if not clear:
            return None
        # The digits without their scale leave no doubt which number is meant.
        cut = [(text, number) for text, number in clear if number.scale > 1 and number.amount == entered * number.scale]
        text, number = (cut or clear)[0]
        single = len({number.amount for _, number in clear}) == 1
        sure = single and all(c.specific for c, _ in words) and not fell
        return Judgement(
            f"{value} is entered, {quoted(text)} is printed, which is {number.amount:f}",
            certain=bool(cut or sure),
            right=_plain(number.amount) if cut or single else "",
        )

    def _printed_with(self, value: str, carriers: list[Carrier]) -> Iterator[tuple[Carrier, Number]]:
        """Yield how a number is printed: in the passage with the words before it, else in the words that are kept."""
        amount = _decimal(value)
        for c in carriers:
            for number, at in self._numbers(c.printed if c.passage is None else c.before + c.passage):
                if number and number.amount == amount and (c.passage is None or at >= len(c.before)):
                    yield c, number

    def unit(self, unit: str, value: str, carriers: list[Carrier], known: Known) -> Judgement | None:
        """Say what is wrong with a unit, if anything is; `carriers` is the evidence of `value`, the number that it belongs to."""
        named = (self._units[name] for name in sorted(known.names.get(unit, ())) if name in self._units)
        notation = known.notations.get(unit) or next(named, "")
        measured = notation in self._by_unit  # of other currencies it is not known how they are printed
        found = list(self._printed_with(value, carriers))
        printed = {number.unit for _, number in found} - {""}
        other = not measured and re.fullmatch("[A-Z]{3}", notation)
        if _UNCLEAR in printed or (other and any(self._by_unit[one].get("shared") for one in printed)):
            return None  # other countries have dollars too
        if printed and notation not in printed:
            units = [iri for iri, noted in known.notations.items() if {noted} == printed]
            return Judgement(
                f"{v.shorten(unit)} is entered, the number is printed in {' and '.join(sorted(printed))}",
                certain=len(printed) == 1 and all(number.unit for _, number in found),
                right=units[0] if len(units) == 1 else "",
            )
        if measured and found and not printed and all(c.passage is not None for c, _ in found):
            return Judgement(f"{v.shorten(unit)} is entered, the number is printed without {notation}")
        return None

    def comparator(self, comparator: str, value: str, carriers: list[Carrier]) -> Judgement | None:
        """Say what is wrong with a comparator, if anything is; `carriers` is the evidence of it and of its number, `value`."""
        found = list(self._printed_with(value, carriers))
        printed = {iri for _, number in found for iri in number.comparators}
        if printed and comparator not in printed:
            return Judgement(
                f"{v.shorten(comparator)} is entered, {' or '.join(sorted(map(v.shorten, printed)))} is printed",
                certain=all(number.comparators for _, number in found),
                right=min(printed) if len(printed) == 1 else "",
            )
        stated = found and all(c.passage is not None and c.basis == "stated" for c, _ in found)
        if stated and not printed and comparator != self._exactly:
            here = f"{v.shorten(comparator)} is entered, the number is printed without a word for it"
            return Judgement(here, right=self._exactly)
        return None


of = functools.lru_cache(4)(Numbers)


def _decimal(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None  # a number that is none has a finding of its own


def _plain(amount: Decimal) -> str:
    """Return a number as Turtle has it, a whole one without a point."""
    whole = amount.to_integral_value()
    return f"{whole:f}" if whole == amount else f"{amount.normalize():f}"
