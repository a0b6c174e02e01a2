"""Numbers as printed, in digits, words or both, with the units and comparators beside them; importing it compiles patterns."""

import functools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from zonegraph import vocabulary as v
from zonegraph.validation.reading.lexicon import either, sections, whole
from zonegraph.validation.reading.names import Carrier, Known, quoted

_WORDS, _BY_UNIT, _COMPARED = (sections()[name] for name in ("numbers", "units", "comparators"))
_UNCLEAR = "?"  # a unit is printed near the number, and not in a way that can be read for sure


class Number(NamedTuple):
    """A printed number in base units, comparators that would do for it (IRIs), its unit, and whether it may be a year."""

    amount: Decimal
    comparators: frozenset[str]
    unit: str
    year: bool = False


_ORDINALS, _SCALES = _WORDS["ordinals"], _WORDS["scales"]
_SMALL = _WORDS["cardinals"] | _ORDINALS
_SCALED = _SCALES | _WORDS["chinese_scales"]
_SIGNS, _CODES = ([w for unit in _BY_UNIT.values() for w in unit.get(kind, ())] for kind in ("signs", "codes"))
_UNITS = {w.lower(): n for n, unit in _BY_UNIT.items() for words in unit.values() if words is not True for w in words}
_SIGN = "".join(sign for sign in _SIGNS if len(sign) == 1)
_WORD = rf"{either(_SMALL | _SCALES)}\b"
_AND = either(_WORDS["joined_by"])
_SPELLED = rf"{_WORD}(?:(?:{'|'.join(f'(?<={scale})' for scale in _SCALES)})\s+{_AND}\s+{_WORD}|[\s\-–—]+{_WORD})*"
_NUMBER = re.compile(
    rf"(?i)(?P<before>(?<![a-z])(?:{either(_SIGNS)}|{either(_CODES)}\s?))?"
    rf"(?:(?<![a-z0-9_.\-–/])(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d,.]*\d)"
    rf"(?!(?!{either(_WORDS['ordinal_endings'])}\b)[a-z])|\b(?P<word>{_SPELLED}))"
    rf"(?:[\s-]?(?P<scale>{either(_SCALES)})\b|\s?(?P<chinese>{either(_WORDS['chinese_scales'])}))?"
    rf"(?:[\s-]?(?P<after>{either(_UNITS)})(?!-?[a-z]))?"
)
_NEITHER = rf"[^\d,.;{_SIGN}]"  # what may stand between a number and its unit
_SEVERAL = either(sections()["unclear_units"])
_UNIT_AHEAD = re.compile(rf"(?i){_SEVERAL}$|{either(filter(str.isalpha, _UNITS))}{_NEITHER}{{0,12}}$")
_NO_SIGNS = either(word for word in _UNITS if word[-1] not in _SIGN)
_UNIT_AFTER = re.compile(rf"(?i){_NEITHER}{{0,25}}?(?:{_NO_SIGNS}|{_SEVERAL})")
_TO = rf"\s?(?:[\-–—~～]|{whole(_WORDS['to'])})\s?[{_SIGN}]?"
# What stands after a number that is more than what was read of it, or its other end.
_MORE = rf"\s?{either(_WORDS['fraction_signs'])}|[\s-]{either(_WORDS['more_of_it'])}\b"
_GOES_ON = re.compile(rf"(?i:{_TO}(?:\d|{_WORD})|\s?/\s?\d|\s\d+/\d|{_MORE})")
_SCALE_GOES_ON = re.compile(rf"(?i)\s?(?:{_AND} )?(?:\d|{_WORD})")
_FIRST_END = either(word for unit in _BY_UNIT.values() if unit.get("ends_range") for word in unit["words"])
_OTHER_END = re.compile(rf"(?i)(?:\w-|(?:\d[%\w]*|{_WORD}|{_FIRST_END}){_TO})$")
_NEGATIVE = re.compile(whole(_WORDS["negative"]) + "$")
_FALL = re.compile("(?i)" + whole(_WORDS["falls"]))


def numbers(printed: str) -> list[Number]:
    """Return the numbers that are printed in digits or words, in base units; what cannot be read for sure is left out."""
    return [number for number, _ in _numbers(printed) if number]


@functools.lru_cache(1024)
def _numbers(printed: str) -> list[tuple[Number | None, int]]:
    """Return numbers and where they stand, None for one that is not read: a range, a fraction, words that are no number."""
    result: list[tuple[Number | None, int]] = []
    for match in _NUMBER.finditer(printed):
        at, rest = match.start(), printed[match.end() :]
        ahead = printed[:at].rstrip().lower()
        spelled = _spelled(match["word"]) if match["word"] else [Decimal(match["digits"].replace(",", ""))]
        scale = (match["scale"] or match["chinese"] or "").lower()
        goes_on = _GOES_ON.match(rest) or (scale and _SCALE_GOES_ON.match(rest))
        if not spelled or goes_on or _OTHER_END.search(printed[:at]):
            result.append((None, at))
            continue
        result += [(Number(other, frozenset(), ""), at) for other in spelled[:-1]]
        amount = spelled[-1] * _SCALED.get(scale, 1)
        amount = -amount if _NEGATIVE.search(ahead) else amount
        unit = _UNITS.get((match["before"] or match["after"] or "").strip().lower(), "")
        if not unit and (_UNIT_AHEAD.search(ahead) or _UNIT_AFTER.match(rest)):
            unit = _UNCLEAR
        comparators = _compared(ahead, rest.lower())
        if unit == "" and (match["word"] or amount < 10) and ahead.endswith(_OF_PLACE_TOO):
            comparators |= {_EXACTLY}  # "under two plans", "over 5 years": where, when or which
        year = re.fullmatch(r"1[89]\d\d|20\d\d", match["digits"] or "") and not (scale or unit or comparators)
        result.append((Number(amount, comparators, unit, bool(year)), at))
    return result


def _spelled(words: str) -> list[Decimal]:
    """Return the numbers that words in a row spell, which an ordinal ends ("first two"); none if they are no number."""
    result, total, current, room, limit, begun = [], 0, 0, 0, 10**15, False
    for word in re.split(r"[\s\-–—]+", words.lower()):
        scale, value = _SCALES.get(word), _SMALL.get(word)
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
            if word in _ORDINALS:
                result.append(Decimal(total + current))
                total, current, limit, begun = 0, 0, 10**15, False
    return [*result, Decimal(total + current)] if begun else result


_EXACTLY = _COMPARED["none"]
_BEFORE = {word: frozenset(which.split()) for which, words in _COMPARED["before"].items() for word in words}
_ALL = frozenset({_EXACTLY}.union(*_BEFORE.values()))
_NEGATED = {frozenset({one}): frozenset({other}) for one, other in _COMPARED["negated"].items()}
_OF_PLACE_TOO = tuple(_COMPARED["of_place_too"])
_NO = _COMPARED["negations"]
_ENDING = either(_NO["ending"]).replace("'", "[’']")
_ALONE = rf"\b{either(_NO['beside'] + _NO['both'])}(?: {either(_NO['followed_by'])})?"
_NOT_BESIDE = re.compile(rf"(?:{_ALONE}|{_ENDING})\s+$|{either(_NO['joined'])}$")
_NOT_NEAR = re.compile(rf"(?:{whole(_NO['near'] + _NO['both'])}|{_ENDING}\b)[\w\s]{{0,15}}$")
_HINT = re.compile(whole(_COMPARED["hints"]))
_AFTER = {
    re.compile(rf"{either(at)}|\s?\w{{0,2}}{either(measured)}|(?: \w+)? {either(counted)}\b"): frozenset(which.split())
    for which, (at, measured, counted) in ((which, words.values()) for which, words in _COMPARED["after"].items())
}


def _compared(ahead: str, rest: str) -> frozenset[str]:
    """Return the comparators that the words before and after a number would have; all if they cannot be read for sure."""
    found = next((which for pattern, which in _AFTER.items() if pattern.match(rest)), frozenset[str]())
    for phrase, which in _BEFORE.items():
        before = ahead[: -len(phrase)]
        if ahead.endswith(phrase) and not (phrase.isascii() and re.search(r"\w$", before)):
            if _NOT_BESIDE.search(before):
                which = _NEGATED.get(which, _ALL)
            elif _NOT_NEAR.search(before):
                which = _ALL
            found |= which
    if found:
        return found
    # Words near a number that are not read may still say how it is to be compared.
    near = " ".join(re.split(r"[.,;:()。，；：、\n]\s", ahead)[-1].split()[-4:])[-30:]
    after = " ".join(re.split(r"[.,;:()。，；：、\n]", rest)[0].split()[:3])
    after = re.split(r"[^\x00-\x7f]{5}", after)[0] if after[:1].isascii() else after[:5]
    return _ALL if _HINT.search(near) or _HINT.search(after) else found


def number(value: str, words: list[tuple[Carrier, str]]) -> str:
    """Say what is wrong with a number, if anything is, by the words in which it is printed, each with its evidence."""
    entered = _decimal(value)
    if entered is None or any(c.basis != "stated" for c, _ in words):
        return ""  # what is worked out, as a count of what is listed, need not be printed
    printed = [(text, number) for _, text in words for number, _ in _numbers(text)]
    if any(number is None or number.amount == entered for _, number in printed):
        return ""
    # Of what fell by 5 percent the growth is -5.
    fell = entered < 0 and any(_FALL.search(f"{text} {c.before}{c.passage or ''}") for c, text in words)
    if fell and any(number and number.amount == -entered for _, number in printed):
        return ""
    amounts = [(text, number.amount) for text, number in printed if number and not number.year]
    return f"{value} is entered, {quoted(amounts[0][0])} is printed, which is {amounts[0][1]:f}" if amounts else ""


def _decimal(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None  # a number that is none has a finding of its own


def _printed_with(value: str, carriers: list[Carrier]) -> Iterator[tuple[Carrier, Number]]:
    """Yield how a number is printed: in the passage with the words before it, else in the words that are kept."""
    amount = _decimal(value)
    for c in carriers:
        for number, at in _numbers(c.printed if c.passage is None else c.before + c.passage):
            if number and number.amount == amount and (c.passage is None or at >= len(c.before)):
                yield c, number


def unit(unit: str, value: str, carriers: list[Carrier], known: Known) -> str:
    """Say what is wrong with a unit, if anything is; `carriers` is the evidence of `value`, the number that it belongs to."""
    named = (_UNITS[name] for name in sorted(known.names.get(unit, ())) if name in _UNITS)
    notation = known.notations.get(unit) or next(named, "")
    measured = notation in _BY_UNIT  # of other currencies it is not known how they are printed
    found = list(_printed_with(value, carriers))
    printed = {number.unit for _, number in found} - {""}
    other = not measured and re.fullmatch("[A-Z]{3}", notation)
    if _UNCLEAR in printed or (other and any(_BY_UNIT[one].get("shared") for one in printed)):
        return ""  # other countries have dollars too
    if printed and notation not in printed:
        return f"{v.shorten(unit)} is entered, the number is printed in {' and '.join(sorted(printed))}"
    if measured and found and not printed and all(c.passage is not None for c, _ in found):
        return f"{v.shorten(unit)} is entered, the number is printed without {notation}"
    return ""


def comparator(comparator: str, value: str, carriers: list[Carrier]) -> str:
    """Say what is wrong with a comparator, if anything is; `carriers` is the evidence of it and of its number, `value`."""
    found = list(_printed_with(value, carriers))
    printed = {iri for _, number in found for iri in number.comparators}
    if printed and comparator not in printed:
        return f"{v.shorten(comparator)} is entered, {' or '.join(sorted(map(v.shorten, printed)))} is printed"
    stated = found and all(c.passage is not None and c.basis == "stated" for c, _ in found)
    if stated and not printed and comparator != _EXACTLY:
        return f"{v.shorten(comparator)} is entered, the number is printed without a word for it"
    return ""
