"""Dates as printed, as far as they are printed, and what is entered for them."""

import calendar
import datetime
import functools
import re
from collections import defaultdict
from typing import NamedTuple

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, Judgement, quoted

Day = tuple[int, int, int, int]  # year, month, day, day of the week (Monday is 1); 0 for what is not printed


class Published(NamedTuple):
    """The first and the last day on which a text can have come out, as ISO days; empty if that is open."""

    first: str = ""
    last: str = ""


# For how many days before publication a date without its month or year, or a day of the week, may be meant.
_YEAR, _MONTH, _WEEK, _WEEK_BEFORE = 366, 31, 7, 13


class Dates:
    """How dates are read by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Make the patterns, each of which is compiled when it is first used."""
        words = lexicon.sections["dates"]
        self._months = {name: number for number, names in enumerate(words["months"], 1) for name in names}
        self._weekdays = {name: number for number, names in enumerate(words["weekdays"], 1) for name in names}
        self._relative = words["from_publication"]
        ending = either(lexicon.sections["numbers"]["ordinal_endings"])
        month = rf"(?P<month>{either(self._months)})\b\.?"
        alone = either(names[0] for names in words["months"] if names[0] not in words["words_too"])
        year = r"(?P<year>1[89]\d\d|20\d\d)(?![\d,]*\d)"
        to = rf"(?:\s?[-–—~]\s?| {either(words['to'])} )"
        day = rf"(?P<day>[0-3]?\d){ending}?(?!\d)(?:{to}(?P<until>[0-3]?\d){ending}?(?!\d))?"
        year_sign, month_sign, day_sign = (words["chinese"][part] for part in ("year", "month", "day"))
        digits = frozenset("0123456789")
        # Each with words of which one stands in whatever is like that: most texts have none, and need not compile it.
        self._forms = [
            (frozenset(needed), when_used(form))
            for needed, form in (
                (
                    digits,
                    r"(?<![\d.,/-])(?P<year>(?:19|20)\d\d)(?P<sign>[./])(?P<month>0?[1-9]|1[0-2])(?P=sign)(?P<day>[0-3]?\d)(?!\d)",
                ),
                (
                    digits,
                    rf"(?<![\d.,/-])(?P<year>1[89]\d\d|20\d\d)(?:[-–—~/]|{to})(?P<last>1[89]\d\d|20\d\d|(?<=[–—~])\d\d|1[3-9]|[2-9]\d)(?![\d/.-]*\d)",
                ),
                (["-"], r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?(?!\d)"),
                (
                    [year_sign],
                    rf"(?P<year>\d{{4}})\s?{year_sign}(?:\s?(?P<month>\d{{1,2}})\s?{month_sign}(?:\s?(?P<day>\d{{1,2}})\s?{day_sign})?)?",
                ),
                ([month_sign], rf"(?<!\d)(?P<month>\d{{1,2}})\s?{month_sign}\s?(?P<day>\d{{1,2}})\s?{day_sign}"),
                (self._months, rf"(?<![\d.,]){day} (?:{either(words['of'])} )?{month}(?:,? {year})?"),
                (self._months, rf"\b{month} {day}(?:,? {year})?"),
                (self._months, rf"\b{month},? {year}"),
                (self._months, rf"\b(?P<month>{alone})\b"),
                (digits, rf"(?<![\d.,/-]){year}"),
                (map(_certain, self._weekdays), rf"(?P<weekday>{whole(self._weekdays)})"),
                (map(_certain, self._relative), rf"(?P<relative>{whole(self._relative)})"),
                ([day_sign], rf"(?<![\d.,])(?P<day>[0-3]?\d)\s?{day_sign}"),
            )
        ]
        status = lexicon.sections["status"]
        # What is still to come, or may be, is not bounded by the publication.
        self._ahead = when_used(
            "|".join([*(whole(status["time"][kind]) for kind in ("intended", "ahead")), whole(words["not_past"])])
        )
        self._before_last = when_used(whole(words["before_last"]))
        self._of_time = when_used(
            rf"(?i)\d|{whole(words['of_time'])}|{whole([*self._months, *self._weekdays, *self._relative])}"
        )
        # Months in small letters, days of two months and numbers with slashes: more than one reading.
        self._unclear = when_used(
            rf"\b{either(names[0][:3].lower() for names in words['months'])}[a-z]*\.?,? (?:1[89]|20)\d\d"
            r"|(?<![\d/])\d{1,4}/\d{1,2}(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}|\b(?:19|20)\d\d\.(?:0?[1-9]|1[0-2])(?![\d.])"
        )

    def days(self, printed: str, published: Published = Published()) -> list[Day]:  # noqa: B008 (a tuple)
        """Return the dates that are printed, of a range each; "last year" counts from `published`, if that is known."""
        found: list[Day] = []
        counted_from = range(int(published.first[:4] or 0), int(published.last[:4] or 0) + 1) if all(published) else ()

        def read(match: re.Match[str]) -> str:
            parts = defaultdict(str, match.groupdict(""))
            year, day, last = int(parts["year"] or 0), int(parts["day"] or 0), parts["last"]
            last_year = int(str(year)[: -len(last)] + last) if last else year
            month = int(parts["month"]) if parts["month"].isdigit() else self._months.get(parts["month"], 0)
            years = [*range(year, last_year + 1)]
            if parts["relative"]:
                years = [one + self._relative[parts["relative"]] for one in counted_from]
            for one_year in years:
                for one_day in range(day, int(parts["until"] or day) + 1):
                    found.append((one_year, month, one_day, self._weekdays.get(parts["weekday"], 0)))
            return " " * len(match[0])  # what is read is not read again as something less

        for needed, form in self._forms:
            if any(word in printed for word in needed):
                printed = form.sub(read, printed)
        return found

    def stands_in(self, value: str, text: str) -> bool:
        """Return whether a date is printed in a text."""
        entered = (
            tuple(int(part) for part in value[:10].split("-")) if re.fullmatch(r"\d{4}(-\d\d){0,2}", value[:10]) else ()
        )
        return bool(entered) and any(day[: len(entered)] == entered for day in self.days(text))

    def date(
        self, value: str, words: list[tuple[Carrier, str]], published: Published, *, done: bool
    ) -> Judgement | None:
        """Say what is wrong with a date, if anything is.

        Parameters: `words` in which it is printed; `published` as in `days`; `done`, whether it is the date of what is done, which
        does not lie ahead.
        """
        match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", value)
        if match is None:
            return None
        entered = tuple(int(part or 0) for part in match.groups())
        printed = [(text, day, c) for c, text in words for day in self.days(text, published)]
        # A month or day without its year may have it elsewhere in the words: "March 26 to April 2, 2021".
        years = {(text, day[0]) for text, day, _ in printed if day[0]}
        without = [(text, day, c) for text, day, c in printed if (day[1] or day[2]) and not day[0]]
        printed += [(t, (year, *day[1:]), c) for t, day, c in without for near, year in years if near == t]
        months = {(text, day[:2]) for text, day, _ in printed if day[1]}
        bare = [(text, day, c) for text, day, c in printed if day[2] and not day[1]]
        printed += [(t, (*month, *day[2:]), c) for t, day, c in bare for near, month in months if near == t]
        agreeing = [(text, day, c) for text, day, c in printed if _agrees(entered, day, c.basis)]
        if agreeing:
            unbounded = any(day[0] for _, day, _ in agreeing) or not (entered[2] and published.last)
            return None if unbounded else self._beside_publication(value, agreeing, published, done)
        if words and not any(
            c.basis != "stated" or c.passage is None or self._of_time.search(text) for c, text in words
        ):
            return Judgement(f"{value} is entered, no date is printed in {quoted(words[0][1])}")
        if not printed or any(self._unclear.search(text) for text, _, _ in printed):
            return None
        different = {day for _, day, _ in printed}
        right = self._right(*printed[0][1:], published) if len(different) == 1 else ""
        return Judgement(f"{value} is entered, {quoted(printed[0][0])} is printed", right=right)

    def _beside_publication(
        self, value: str, printed: list[tuple[str, Day, Carrier]], published: Published, done: bool
    ) -> Judgement | None:
        """Say if a day without its year, of which something is reported, is not one before publication, or not the last such day."""
        try:
            day, first, last = (
                datetime.date.fromisoformat(one) for one in (value, published.first or value, published.last)
            )
        except ValueError:
            return None
        if day > last and not done:
            return None
        for _, shown, c in printed:
            back = self._days_back(shown, c)
            if back is None or (day <= last and (not published.first or (first - day).days <= back)):
                return None
        text, shown, c = printed[0]
        when = "on" if published.first == published.last else "by"
        here = f"{value} is entered for {quoted(text)} in a text that came out {when} {published.last}"
        return Judgement(here, right=self._right(shown, c, published))

    def _days_back(self, shown: Day, c: Carrier) -> int | None:
        """Return for how many days before publication a printed day may be meant; None if it may be one to come."""
        clause = f"{c.ahead}{c.passage}{c.behind}"
        if c.passage is None or self._ahead.search(clause):
            return None  # who has not the text does not know whether it speaks of what is to come
        if shown[3]:
            return _WEEK_BEFORE if self._before_last.search(clause) else _WEEK
        return _YEAR if shown[1] else _MONTH

    def _right(self, shown: Day, c: Carrier, published: Published) -> str:
        """Return the date that is printed, as Turtle has it; of a day without its year the last before publication; empty if it is unclear."""
        if shown[0] and (shown[1] or not shown[2]):
            return _literal("-".join(f"{part:02d}" for part in shown[:3] if part))
        back = self._days_back(shown, c)
        if shown[0] or not (shown[2] or shown[3]) or c.basis == "stated" or back is None:
            return ""
        if not published.last or published.first != published.last:
            return ""
        last = datetime.date.fromisoformat(published.last)
        days = (last - datetime.timedelta(days) for days in range(back + 1))
        fits = [day for day in days if _agrees((day.year, day.month, day.day), shown, c.basis)]
        return _literal(fits[0].isoformat()) if len(fits) == 1 else ""


of = functools.lru_cache(4)(Dates)


def _certain(word: str) -> str:
    """Return what stands wherever the pattern that `whole` makes of a word fits: its longest part without `*` and apostrophes."""
    return max(re.split("[*']", word), key=len)


def _literal(date: str) -> str:
    """Return a date as Turtle has it, with the datatype of its precision."""
    kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(date)]
    return f'"{date}"^^<{v.XSD}{kind}>'


def _agrees(entered: tuple[int, ...], printed: Day, basis: str) -> bool:
    for value, shown in zip(entered, printed, strict=False):
        if (shown and value != shown) or (value and not shown and basis == "stated"):
            return False
    try:
        return not (printed[3] and entered[2]) or calendar.weekday(*entered) + 1 == printed[3]
    except ValueError:
        return True  # a day that does not exist has a finding of its own
