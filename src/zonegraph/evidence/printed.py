"""What is printed against what is entered: numbers, dates, wordings and names.

A curator who reads "2,400" and enters 24000 breaks no shape. Evidence keeps the printed words, and with the text at
hand there is the passage itself, so that the two can be compared. Only what can be read with certainty is judged:
where no number, date or known name is printed, nothing is said.
"""

from __future__ import annotations

import calendar
import re
from collections import namedtuple
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph import vocabulary as v

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Disagreement(NamedTuple):
        """A value that is not the one printed: the triple, the rule it breaks (a key of REMEDIES), and what is wrong."""

        triple: ox.Triple
        rule: str
        message: str

    class Known(NamedTuple):
        """What is known of things beside an article: names, classes with all above them, neighbours, notations, by IRI."""

        names: dict[str, set[str]]
        classes: dict[str, set[str]]
        near: dict[str, set[str]]
        notations: dict[str, str]

    class Number(NamedTuple):
        """A printed number in base units: its comparators (IRIs that would do; empty if none is printed), its unit, and
        whether it may be a year."""

        amount: Decimal
        comparators: frozenset[str]
        unit: str
        year: bool = False

    class Day(NamedTuple):
        """A printed date, with 0 for what is not printed; `weekday` counts from Monday as 1."""

        year: int
        month: int
        day: int
        weekday: int

    class Carrier(NamedTuple):
        """An evidence that carries a triple: printed words, passage and the words before it (None: no text), its basis."""

        printed: str
        passage: str | None
        before: str
        basis: str
        specific: bool

else:
    Disagreement = namedtuple("Disagreement", "triple rule message")
    Known = namedtuple("Known", "names classes near notations")
    Number = namedtuple("Number", "amount comparators unit year", defaults=(False,))
    Day = namedtuple("Day", "year month day weekday")
    Carrier = namedtuple("Carrier", "printed passage before basis specific")

REMEDIES = {
    "number-as-printed": "enter the printed number in base units, or mend zg:asPrinted",
    "unit-as-printed": "give the unit that is printed with the number",
    "comparator-as-printed": "take the comparator from the words before the number; zg:exactly if there are none",
    "date-as-printed": "enter the printed date as precisely as it is printed; mark what is worked out with zg:basis zg:inferred",
    "wording-as-printed": "give the wording exactly as it stands in the range, or give the range in which it stands",
    "name-as-printed": "refer to the thing that is printed, or mend the range or zg:asPrinted",
}

_WORDINGS = frozenset(v.ZG + name for name in ("namedAs", "title", "worded", "office"))
_NAMES = frozenset({v.SKOS + "prefLabel", v.SKOS + "altLabel", v.ZG + "namedAs", v.ZG + "title"})
_NUMERIC = frozenset(v.XSD + kind for kind in ("integer", "decimal", "double", "float", "nonNegativeInteger"))
_DATES = frozenset(v.XSD + kind for kind in ("gYear", "gYearMonth", "date", "dateTime"))
_UNIT_OF = {v.ZG + "unit": v.ZG + "amount", v.ZG + "convertedUnit": v.ZG + "convertedAmount"}


def disagreements(
    triples: list[ox.Triple], slug: str, known: Known | None = None, text: str | None = None
) -> list[Disagreement]:
    """Return what an article's graph enters otherwise than it is printed.

    Parameters: `triples`, the graph as read; `slug`, of the article; `known`, names of things from `known_things`, None if
    there are none; `text`, the article's text, None if it is not at hand: then only words kept in zg:asPrinted are compared.
    """
    grouped = evidence.by_subject(triples)
    nodes = {node for of_subject in grouped.values() for node, _ in of_subject}
    stated = [
        t
        for t in triples
        if t.subject not in nodes and t.predicate.value not in evidence.UNSUPPORTED and t.subject in grouped
    ]
    published = _published(stated, slug)
    known = known_things(stated, known)

    def carriers(triple: ox.Triple) -> list[Carrier]:
        found = grouped[triple.subject]
        about = dict(found)
        return [_carrier(about[node], text) for node in evidence.carriers(triple, found)]

    result = []
    for t in stated:
        kind = t.object.datatype.value if isinstance(t.object, ox.Literal) else ""
        if kind in _NUMERIC:
            rule, message = "number-as-printed", _number(t.object.value, carriers(t))  # type: ignore[union-attr]
        elif kind in _DATES:
            rule, message = "date-as-printed", _date(t.object.value, carriers(t), published)  # type: ignore[union-attr]
        elif isinstance(t.object, ox.Literal) and (t.predicate.value in _WORDINGS or kind == v.XSD + "anyURI"):
            rule, message = "wording-as-printed", _wording(t.object.value, carriers(t))
        elif t.predicate.value in _UNIT_OF or t.predicate.value == v.ZG + "comparator":
            amount = _UNIT_OF.get(t.predicate.value, v.ZG + "amount")
            counted = [x for x in stated if x.subject == t.subject and x.predicate.value == amount]
            if (
                len(counted) != 1
                or not isinstance(counted[0].object, ox.Literal)
                or not isinstance(t.object, ox.NamedNode)
            ):
                continue
            value, by = counted[0].object.value, carriers(counted[0])
            if t.predicate.value in _UNIT_OF:
                rule, message = "unit-as-printed", _unit(t.object.value, value, by, known)
            else:
                rule, message = "comparator-as-printed", _comparator(t.object.value, value, [*by, *carriers(t)])
        elif isinstance(t.object, ox.NamedNode) and t.predicate.value != v.RDF_TYPE:
            rule, message = "name-as-printed", _name(t, carriers(t), slug, known)
        else:
            continue
        if message:
            result.append(Disagreement(t, rule, message))
    return result


def known_things(triples: Iterable[ox.Triple], beside: Known | None = None) -> Known:
    """Gather what triples say of things: names, classes, neighbours, notations; `beside` is what is known already."""
    known = Known({}, {}, {}, {})
    if beside is not None:
        known = Known(dict(beside.names), dict(beside.classes), dict(beside.near), dict(beside.notations))
    for t in triples:
        if not isinstance(t.subject, ox.NamedNode):
            continue
        subject, predicate = t.subject.value, t.predicate.value
        if isinstance(t.object, ox.Literal):
            if predicate in _NAMES:
                known.names[subject] = known.names.get(subject, set()) | {_flat(t.object.value)}
            elif predicate == v.SKOS + "notation":
                known.notations[subject] = t.object.value
        elif isinstance(t.object, ox.NamedNode):
            if predicate in (v.RDF_TYPE, v.RDFS + "subClassOf"):
                known.classes[subject] = known.classes.get(subject, set()) | {t.object.value}
            else:
                known.near[subject] = known.near.get(subject, set()) | {t.object.value}
    return known


def _carrier(about: Iterable[ox.Triple], text: str | None) -> Carrier:
    values = {t.predicate.value: str(getattr(t.object, "value", t.object)) for t in about}
    start, end = values.get(v.OA + "start", ""), values.get(v.OA + "end", "")
    passage, before = None, ""
    if text is not None and start.isdigit() and end.isdigit() and int(start) < int(end) <= len(text):
        passage = text[int(start) : int(end)]
        before = text[max(text.rfind("\n", 0, int(start)) + 1, int(start) - 40) : int(start)]
    basis = values.get(v.ZG + "basis", v.ZG + "stated")[len(v.ZG) :]
    return Carrier(values.get(v.ZG + "asPrinted", ""), passage, before, basis, v.ZG + "supports" in values)


def _words(carriers: list[Carrier]) -> list[tuple[Carrier, str]]:
    """Return the words in which a value is printed: those kept by evidence that names the property, else the passages."""
    kept = [(c, c.printed) for c in carriers if c.printed and c.specific]
    return kept or [(c, c.passage) for c in carriers if c.passage is not None]


# ---------------------------------------------------------------- numbers

_CARDINALS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
_ORDINALS = """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: number for words in (_CARDINALS, _ORDINALS) for number, word in enumerate(words.split())}
_SMALL |= {word: 10 * number for number, word in enumerate(_TENS.split(), 2)}
_SMALL |= {word[:-1] + "ieth": number for word, number in _SMALL.items() if word in _TENS.split()}
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_HAN = {"百": 10**2, "千": 10**3, "万": 10**4, "亿": 10**8, "万亿": 10**12}
_HAN |= {ten + scale: n * _HAN[scale] for ten, n in (("十", 10), ("百", 100), ("千", 1000)) for scale in "万亿"}
# How currencies and percent are printed, by the notation of the unit.
_UNITS = {
    "CNY": "yuan rmb renminbi cny 元 人民币",
    "USD": "$ us$ usd dollar dollars 美元",
    "EUR": "€ eur euro euros 欧元",
    "%": "percent % ％",
}
_CURRENCIES = {word: notation for notation, words in _UNITS.items() for word in words.split()} | {"per cent": "%"}
_CURRENCIES |= {f"{us} {dollars}": "USD" for us in ("us", "u.s.", "american") for dollars in ("dollar", "dollars")}
_CURRENCIES |= {"chinese yuan": "CNY"}
_UNCLEAR = "?"  # a unit is printed near the number, and not in a way that can be read for sure
_COMPARATORS = {
    "moreThan": "more than|over|above|beyond|exceed|exceeds|exceeded|exceeding|in excess of|greater than|surpass|surpasses|surpassed|surpassing|超过|逾|高于|多于",
    "atLeast": "at least|a minimum of|至少",
    "lessThan": "less than|fewer than|lower than|below|under|nearly|almost|不到|低于|少于",
    "atMost": "at most|up to|a maximum of|within|至多|最多",
    "approximately": "about|around|some|approximately|approx.|roughly|nearly|almost|close to|约|近",
}
_NEGATED = {"moreThan": "atMost", "lessThan": "atLeast"}
_NEGATION = r"(?:\b(?:no|not|never|cannot|nor|without)(?: to| be)?|n[’']t)\s+$|不$"
# Words that may also tell where, when or which: "under two plans", "over 5 years".
_PREPOSITIONS = re.compile("(?:over|above|beyond|below|under|within|about|around|some)$")
# Words near a number, not read, that may say how it is to be compared.
_HINT = re.compile(
    r"\b(?:not|no|never|cannot|nor|without|within|most|least|more|less|fewer|minimum|maximum|min|max|limit\w*|cap|capped|ceiling|"
    r"surpass\w*|exceed\w*|top|topped|topping|beyond|under|over|above|below|upwards?|plus|some|around|about|roughly|approx\w*|"
    r"nearly|almost|circa|ca|so|odd|reach\w*|or)\b|n[’']t\b|[<>≤≥~≈±+]|[余多不超逾约近达未内上下左右高低少最至]"
)
# Words by which a number is one less than nothing.
_FALL = re.compile(
    r"\b(?:fall(?:s|en|ing)?|fell|drop\w*|declin\w*|decreas\w*|down|lower\w*|shr[aiu]nk\w*|shrinking|reduc\w*|slump\w*"
    r"|plung\w*|contract(?:s|ed|ing|ion))\b|[降跌减]",
    re.IGNORECASE,
)
_ALL = frozenset(v.ZG + name for name in (*_COMPARATORS, "exactly"))


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WORD = rf"(?:{_any([*_SMALL, *_SCALES])})\b"
_SPELLED = rf"{_WORD}(?:(?:(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion))\s+and\s+{_WORD}|[\s\-–—]+{_WORD})*"
_NUMBER = re.compile(
    rf"(?P<before>(?<![a-z])(?:US\$|\$|€|(?:RMB|CNY|USD|EUR)\s?))?"
    rf"(?:(?<![a-z0-9_.\-–/])(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d,.]*\d)(?!(?!(?:st|nd|rd|th)\b)[a-z])|\b(?P<word>{_SPELLED}))"
    rf"(?:[\s-]?(?P<scale>{_any(_SCALES)})\b|\s?(?P<han>{_any(_HAN)}))?"
    rf"(?:[\s-]?(?P<after>{_any(_CURRENCIES)})(?!-?[a-z]))?",
    re.IGNORECASE,
)
_UNIT_AHEAD = re.compile(rf"[¥￥]$|(?:{_any(w for w in _CURRENCIES if w.isalpha())})[^\d,.;$€]{{0,12}}$", re.IGNORECASE)
_UNIT_AFTER = re.compile(
    rf"[^\d,.;$€]{{0,25}}?(?:{_any(w for w in _CURRENCIES if w[-1] not in '$€')}|¥|￥)", re.IGNORECASE
)
_RANGE = r"\s?(?:[\-–—~～至到]|\bto\b|\bor\b)\s?"
# What stands after a number that is more than what was read of it, or its other end.
_GOES_ON = re.compile(
    rf"{_RANGE}[$€]?(?:\d|{_WORD})|\s?[½⅓⅔¼¾]|\s?/\s?\d|\s\d+/\d|[\s-]and a (?:half|quarter|third)\b|"
    r"[\s-](?:dozen|score|halves|half|quarters?|thirds|fourths|fifths|sixths|eighths|tenths|hundreds|hundredths|bn|mn|tn|m|k|lakh|crore)\b",
    re.IGNORECASE,
)
_OTHER_END = re.compile(rf"(?:\d[%\w]*|{_WORD}|percent|%){_RANGE}[$€]?$", re.IGNORECASE)


def numbers(printed: str) -> list[Number]:
    """Return the numbers that are printed in digits or words, in base units; what cannot be read for sure is left out."""
    return [number for number, _ in _numbers(printed) if number]


def _numbers(printed: str) -> Iterator[tuple[Number | None, int]]:
    """Yield numbers and where they stand, None for one that is not read: a range, a fraction, words that are no number."""
    for match in _NUMBER.finditer(printed):
        at, rest = match.start(), printed[match.end() :]
        ahead = printed[:at].rstrip().lower()
        spelled = _spelled(match["word"]) if match["word"] else [Decimal(match["digits"].replace(",", ""))]
        scale = (match["scale"] or match["han"] or "").lower()
        goes_on = _GOES_ON.match(rest) or (scale and re.match(rf"\s?(?:and )?(?:\d|{_WORD})", rest, re.IGNORECASE))
        if not spelled or goes_on or _OTHER_END.search(printed[:at]) or re.search(r"\w-$", printed[:at]):
            yield None, at
            continue
        for other in spelled[:-1]:
            yield Number(other, frozenset(), ""), at
        amount = spelled[-1] * (_SCALES | _HAN).get(scale, 1)
        if re.search(r"(?:\b(?:minus|negative)|−)$", ahead):
            amount = -amount
        unit = _CURRENCIES.get((match["before"] or match["after"] or "").strip().lower(), "")
        if not unit and (_UNIT_AHEAD.search(ahead) or _UNIT_AFTER.match(rest)):
            unit = _UNCLEAR
        comparators = _compared(ahead, rest.lower())
        if unit == "" and (match["word"] or amount < 10) and _PREPOSITIONS.search(ahead):
            comparators |= {v.ZG + "exactly"}
        year = re.fullmatch(r"1[89]\d\d|20\d\d", match["digits"] or "") and not (scale or unit or comparators)
        yield Number(amount, comparators, unit, bool(year)), at


def _compared(ahead: str, rest: str) -> frozenset[str]:
    """Return the comparators that the words before and after a number would have; all if they cannot be read for sure."""
    names = set()
    for name, words in _COMPARATORS.items():
        for phrase in words.split("|"):
            if not re.search(rf"(?<!\w){re.escape(phrase)}$" if phrase.isascii() else f"{phrase}$", ahead):
                continue
            before = ahead[: -len(phrase)]
            if not re.search(_NEGATION, before):
                if re.search(r"(?:\b(?:not|never|cannot|neither|without)\b|n[’']t\b)[\w\s]{0,15}$", before):
                    return _ALL
                names.add(name)
            elif name not in _NEGATED:
                return _ALL
            else:
                names.add(_NEGATED[name])
    if re.match(r"\+|-plus|余|多|\s?\w{0,2}以上|(?: \w+)? or more\b", rest):
        names |= {"moreThan", "atLeast"}
    elif re.match(r"\s?\w{0,2}(?:以下|以内)|(?: \w+)? or (?:less|fewer)\b", rest):
        names |= {"lessThan", "atMost"}
    if not names:
        near = " ".join(re.split(r"[.,;:()。，；：、\n]\s", ahead)[-1].split()[-4:])[-30:]
        after = " ".join(re.split(r"[.,;:()。，；：、\n]", rest)[0].split()[:3])
        after = re.split(r"[^\x00-\x7f]{5}", after)[0] if after[:1].isascii() else after[:5]
        if _HINT.search(near) or _HINT.search(after):
            return _ALL
    return frozenset(v.ZG + name for name in names)


def _spelled(words: str) -> list[Decimal]:
    """Return the numbers that words in a row spell, which an ordinal ends ("first two"); none if they are no number."""
    result, total, current, room, scale = [], 0, 0, 0, 10**15
    begun = False
    for word in [w for w in re.split(r"[\s\-–—]+", words.lower()) if w != "and"]:
        if word == "hundred":
            if not begun or not 0 < current < 100:
                return []
            current, room = current * 100, 100
        elif word in _SCALES:
            if not begun or not current or _SCALES[word] >= scale:
                return []
            scale = _SCALES[word]
            total, current, room = total + current * scale, 0, 1000
        else:
            value = _SMALL[word]
            if begun and (not value or value >= room):
                return []
            current, begun = current + value, True
            room = 10 if value >= 20 else 0
            if word in _ORDINALS.split() or word.endswith("ieth"):
                result.append(Decimal(total + current))
                total, current, scale, begun = 0, 0, 10**15, False
    return [*result, Decimal(total + current)] if begun else result


def _number(value: str, carriers: list[Carrier]) -> str:
    entered, words = _decimal(value), _words(carriers)
    if entered is None or any(c.basis != "stated" for c, _ in words):
        return ""  # what is worked out, as a count of what is listed, need not be printed
    printed = [(text, number) for _, text in words for number, _ in _numbers(text)]
    if any(number is None or number.amount == entered for _, number in printed):
        return ""
    # Of what fell by 5 percent the growth is -5.
    fell = any(_FALL.search(f"{text} {c.before}{c.passage or ''}") for c, text in words)
    if fell and entered < 0 and any(number and number.amount == -entered for _, number in printed):
        return ""
    amounts = [(text, number.amount) for text, number in printed if number and not number.year]
    if not amounts:
        return ""
    return f"{value} is entered, “{_short(amounts[0][0])}” is printed, which is {amounts[0][1]:f}"


def _decimal(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None  # a number that is none has a finding of its own


def _printed_with(value: str, carriers: list[Carrier]) -> Iterator[tuple[Carrier, Number]]:
    """Yield how a number is printed: in the passage with the words before it, else in the words that are kept."""
    for c in carriers:
        words = c.printed if c.passage is None else c.before + c.passage
        for number, at in _numbers(words):
            if number and number.amount == _decimal(value) and (c.passage is None or at >= len(c.before)):
                yield c, number


def _unit(unit: str, value: str, carriers: list[Carrier], known: Known) -> str:
    named = (_CURRENCIES[name] for name in sorted(known.names.get(unit, ())) if name in _CURRENCIES)
    notation = known.notations.get(unit) or next(named, "")
    measured = notation in _UNITS  # of other currencies it is not known how they are printed
    dollars = not measured and re.fullmatch("[A-Z]{3}", notation) is not None
    found = list(_printed_with(value, carriers))
    printed = {number.unit for _, number in found} - {""}
    if _UNCLEAR in printed or (dollars and "USD" in printed):
        return ""  # other countries have dollars too
    if printed and notation not in printed:
        return f"{v.shorten(unit)} is entered, the number is printed in {' and '.join(sorted(printed))}"
    if measured and found and not printed and all(c.passage is not None for c, _ in found):
        return f"{v.shorten(unit)} is entered, the number is printed without {notation}"
    return ""


def _comparator(comparator: str, value: str, carriers: list[Carrier]) -> str:
    found = list(_printed_with(value, carriers))
    printed = {iri for _, number in found for iri in number.comparators}
    if printed and comparator not in printed:
        entered = v.shorten(comparator)
        return f"{entered} is entered, {' or '.join(sorted(map(v.shorten, printed)))} is printed"
    stated = found and all(c.passage is not None and c.basis == "stated" for c, _ in found)
    if stated and not printed and comparator != v.ZG + "exactly":
        return f"{v.shorten(comparator)} is entered, the number is printed without a word for it"
    return ""


# ---------------------------------------------------------------- dates

_MONTHS = {name.lower()[:3]: number for number, name in enumerate(calendar.month_name) if name}
_WEEKDAYS = {name: number for number, name in enumerate(calendar.day_name, 1)}
_MONTH = r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
_YEAR = r"(?P<year>1[89]\d\d|20\d\d)(?![\d,]*\d)"
_TO = r"(?:\s?[-–—~]\s?| (?:to|and|or) )"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d)"
_UNTIL = rf"(?:{_TO}(?P<until>[0-3]?\d)(?:st|nd|rd|th)?(?!\d))?"
_DATE_FORMS = [
    re.compile(form)
    for form in (
        r"(?<![\d.,/-])(?P<year>(?:19|20)\d\d)(?P<sign>[./])(?P<month>0?[1-9]|1[0-2])(?P=sign)(?P<day>[0-3]?\d)(?!\d)",
        rf"(?<![\d.,/-])(?P<year>1[89]\d\d|20\d\d)(?:[-–—~/]|{_TO})(?P<last>1[89]\d\d|20\d\d|(?<=[–—~])\d\d|1[3-9]|[2-9]\d)(?![\d/.-]*\d)",
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?(?!\d)",
        r"(?P<year>\d{4})\s?年(?:\s?(?P<month>\d{1,2})\s?月(?:\s?(?P<day>\d{1,2})\s?日)?)?",
        rf"(?<![\d.,]){_DAY}{_UNTIL} (?:of )?{_MONTH}(?:,? {_YEAR})?",
        rf"\b{_MONTH} {_DAY}{_UNTIL}(?:,? {_YEAR})?",
        rf"\b{_MONTH},? {_YEAR}",
        r"\b(?P<month>January|February|April|June|July|August|September|October|November|December)\b",
        rf"(?<![\d.,/-]){_YEAR}",
        rf"\b(?P<weekday>{'|'.join(_WEEKDAYS)})\b",
        r"\b(?P<relative>last|this|next) year\b",
    )
]

# Months in small letters, days of two months and numbers with slashes: more than one reading.
_UNCLEAR_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? (?:1[89]|20)\d\d"
    r"|(?<![\d/])\d{1,4}/\d{1,2}(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}|\b(?:19|20)\d\d\.(?:0?[1-9]|1[0-2])(?![\d.])"
)


def days(printed: str, published: str = "") -> list[Day]:
    """Return the dates that are printed, of a range each; "last year" counts from `published`, an ISO date, and is left out without one."""
    found, rest = [], printed
    for form in _DATE_FORMS:
        for match in form.finditer(rest):
            parts = match.groupdict()
            month = parts.get("month") or "0"
            year = int(parts.get("year") or 0)
            if parts.get("relative"):
                if not published:
                    continue
                year = int(published[:4]) + {"last": -1, "this": 0, "next": 1}[parts["relative"]]
            day, last = int(parts.get("day") or 0), parts.get("last") or str(year)
            last = str(year)[: -len(last)] + last
            found += [
                Day(
                    one_year,
                    int(month) if month.isdigit() else _MONTHS[month[:3].lower()],
                    one_day,
                    _WEEKDAYS.get(parts.get("weekday") or "", 0),
                )
                for one_year in (range(year, int(last) + 1) if parts.get("last") else [year])
                for one_day in range(day, int(parts.get("until") or day) + 1)
            ]
        rest = form.sub(lambda match: " " * len(match[0]), rest)  # what is read is not read again as something less
    return found


def _date(value: str, carriers: list[Carrier], published: str) -> str:
    match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", value)
    if match is None:
        return ""
    entered = tuple(int(part or 0) for part in match.groups())
    printed = [(words, day, c.basis) for c, words in _words(carriers) for day in days(words, published)]
    # A month or day without its year may have it elsewhere in the words: "March 26 to April 2, 2021".
    years = {(words, day.year) for words, day, _ in printed if day.year}
    printed += [
        (words, day._replace(year=year), basis)
        for words, day, basis in printed
        for near, year in years
        if near == words and day.month and not day.year
    ]
    if any(_agrees(entered, day, basis) for _, day, basis in printed):
        return ""
    if not printed or any(_UNCLEAR_DATE.search(words) for words, _, _ in printed):
        return ""
    return f"{value} is entered, “{_short(printed[0][0])}” is printed"


def _agrees(entered: tuple[int, ...], printed: Day, basis: str) -> bool:
    for value, shown in zip(entered, printed, strict=False):
        if (value and shown and value != shown) or (shown and not value):
            return False
        if value and not shown and basis == "stated":
            return False
    if not (printed.weekday and entered[2]):
        return True
    try:
        return calendar.weekday(*entered) + 1 == printed.weekday
    except ValueError:
        return True  # a day that does not exist has a finding of its own


def _published(stated: list[ox.Triple], slug: str) -> str:
    article, on = ox.NamedNode(evidence.article_iri(slug)), v.ZG + "publishedOn"
    dates = [t.object.value for t in stated if t.subject == article and t.predicate.value == on]  # type: ignore[union-attr]
    return dates[0] if len(dates) == 1 and re.match(r"\d{4}", dates[0]) else ""


# ---------------------------------------------------------------- wordings and names


_HAN_CHARACTER = "[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]"


def _flat(text: str) -> str:
    """Return a wording without what print may vary: case, white space, the shape of quotation marks and dashes.

    Between Chinese characters a space or the break of a line means nothing.
    """
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "})
    return re.sub(rf"(?<={_HAN_CHARACTER}) (?={_HAN_CHARACTER})", "", " ".join(text.casefold().split()))


def _wording(value: str, carriers: list[Carrier]) -> str:
    entered = _flat(value)
    passages = [c.passage for c in carriers if c.passage is not None]
    if passages:
        if any(entered in _flat(passage) for passage in passages):
            return ""
        return f"“{_short(value)}” does not stand in the range that supports it: “{_short(passages[0])}”"
    printed = [_flat(c.printed) for c in carriers if c.printed and c.specific]
    if not printed or len(printed) < len(carriers) or any(entered in words or words in entered for words in printed):
        return ""
    return f"“{_short(value)}” is entered, “{_short(next(c.printed for c in carriers))}” is printed"


def _name(triple: ox.Triple, carriers: list[Carrier], slug: str, known: Known) -> str:
    """Say if a name is printed that is another thing's, of a kind with the one entered or with what that lies beside."""
    thing, subject = (str(getattr(term, "value", "")) for term in (triple.object, triple.subject))
    near = {thing}
    for _ in range(2):
        near |= {other for one in near for other in known.near.get(one, ())}
    own = {name for one in near for name in known.names.get(one, ())}
    kinds = {kind for one in near for kind in _classes(one, known)}

    def others(words: str, share: int) -> list[str]:
        """Return other things, of which a name stands in words and makes up at least one part in `share` of them."""
        return sorted(
            other
            for other, names in known.names.items()
            if any(share * len(name) >= len(words) and _stands_in(name, words) for name in names)
            and other not in near
            and other != subject
            and not other.startswith(v.ZG)  # the label of a class is a word like any other
            and kinds & _classes(other, known)
        )

    for c in carriers:
        words = _flat(c.printed)
        if not c.specific or re.match(r"(the|a|an) [a-z]", c.printed[:1].lower() + c.printed[1:]):
            continue  # what is only described, as "the ministry", is no name
        if words and not any(_stands_in(name, words) for name in own):
            for other in others(words, 2)[:1]:
                return f"{v.shorten(thing)} is entered, “{_short(c.printed)}” is printed, a name of {v.shorten(other)}"
    passages = [_flat(c.passage) for c in carriers if c.passage is not None and c.basis == "stated"]
    # What is worked out need not be named, and a node of the article's own has no name that the text would print.
    if len(passages) < len(carriers) or f"-{slug}-" in thing:
        return ""
    if any(_stands_in(name, words) or _told_in(name, words) for name in own for words in passages):
        return ""
    named = [v.shorten(other) for words in passages for other in others(words, len(words))]
    return f"the range names {', '.join(named[:3])}, and not {v.shorten(thing)}" if named else ""


def _told_in(name: str, words: str) -> bool:
    """Return whether all longer words of a name stand somewhere in a passage, as those of a name taken apart do."""
    longer = [word for word in name.split() if len(word) > 4]
    return bool(longer) and all(word in words for word in longer)


def _stands_in(name: str, words: str) -> bool:
    if name not in words or not name.isascii():
        return name in words
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


def _classes(thing: str, known: Known) -> set[str]:
    found, new = set(), known.classes.get(thing, set())
    while new:
        found |= new
        new = {above for one in new for above in known.classes.get(one, ())} - found
    return {one for one in found if one.startswith(v.ZG)}


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
