"""Dates as printed, as far as they are printed, and what is entered for them."""

import calendar
import functools
import re
from collections import defaultdict

from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, quoted

Day = tuple[int, int, int, int]  # year, month, day, day of the week (Monday is 1); 0 for what is not printed


class Dates:
    """How dates are read by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Compile the patterns."""
        words = lexicon.sections["dates"]
        self._months = {name: number for number, names in enumerate(words["months"], 1) for name in names}
        self._weekdays = {name: number for number, name in enumerate(words["weekdays"], 1)}
        self._relative = words["from_publication"]
        ending = either(lexicon.sections["numbers"]["ordinal_endings"])
        month = rf"(?P<month>{either(self._months)})\b\.?"
        alone = either(names[0] for names in words["months"] if names[0] not in words["words_too"])
        year = r"(?P<year>1[89]\d\d|20\d\d)(?![\d,]*\d)"
        to = rf"(?:\s?[-–—~]\s?| {either(words['to'])} )"
        day = rf"(?P<day>[0-3]?\d){ending}?(?!\d)(?:{to}(?P<until>[0-3]?\d){ending}?(?!\d))?"
        year_sign, month_sign, day_sign = (words["chinese"][part] for part in ("year", "month", "day"))
        self._forms = [
            re.compile(form)
            for form in (
                r"(?<![\d.,/-])(?P<year>(?:19|20)\d\d)(?P<sign>[./])(?P<month>0?[1-9]|1[0-2])(?P=sign)(?P<day>[0-3]?\d)(?!\d)",
                rf"(?<![\d.,/-])(?P<year>1[89]\d\d|20\d\d)(?:[-–—~/]|{to})(?P<last>1[89]\d\d|20\d\d|(?<=[–—~])\d\d|1[3-9]|[2-9]\d)(?![\d/.-]*\d)",
                r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?(?!\d)",
                rf"(?P<year>\d{{4}})\s?{year_sign}(?:\s?(?P<month>\d{{1,2}})\s?{month_sign}(?:\s?(?P<day>\d{{1,2}})\s?{day_sign})?)?",
                rf"(?<![\d.,]){day} (?:{either(words['of'])} )?{month}(?:,? {year})?",
                rf"\b{month} {day}(?:,? {year})?",
                rf"\b{month},? {year}",
                rf"\b(?P<month>{alone})\b",
                rf"(?<![\d.,/-]){year}",
                rf"(?P<weekday>{whole(self._weekdays)})",
                rf"(?P<relative>{whole(self._relative)})",
            )
        ]
        # Months in small letters, days of two months and numbers with slashes: more than one reading.
        self._unclear = re.compile(
            rf"\b{either(names[0][:3].lower() for names in words['months'])}[a-z]*\.?,? (?:1[89]|20)\d\d"
            r"|(?<![\d/])\d{1,4}/\d{1,2}(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}|\b(?:19|20)\d\d\.(?:0?[1-9]|1[0-2])(?![\d.])"
        )

    def days(self, printed: str, published: str = "") -> list[Day]:
        """Return the dates that are printed, of a range each; "last year" counts from `published`, an ISO date, if there is one."""
        found: list[Day] = []

        def read(match: re.Match[str]) -> str:
            parts = defaultdict(str, match.groupdict(""))
            year, day, last = int(parts["year"] or 0), int(parts["day"] or 0), parts["last"]
            if parts["relative"] and published:
                year = int(published[:4]) + self._relative[parts["relative"]]
            last_year = int(str(year)[: -len(last)] + last) if last else year
            month = int(parts["month"]) if parts["month"].isdigit() else self._months.get(parts["month"], 0)
            if published or not parts["relative"]:
                for one_year in range(year, last_year + 1):
                    for one_day in range(day, int(parts["until"] or day) + 1):
                        found.append((one_year, month, one_day, self._weekdays.get(parts["weekday"], 0)))
            return " " * len(match[0])  # what is read is not read again as something less

        for form in self._forms:
            printed = form.sub(read, printed)
        return found

    def date(self, value: str, words: list[tuple[Carrier, str]], published: str) -> str:
        """Say what is wrong with a date, if anything is, by the words in which it is printed; `published` as in `days`."""
        match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", value)
        if match is None:
            return ""
        entered = tuple(int(part or 0) for part in match.groups())
        printed = [(text, day, c.basis) for c, text in words for day in self.days(text, published)]
        # A month or day without its year may have it elsewhere in the words: "March 26 to April 2, 2021".
        years = {(text, day[0]) for text, day, _ in printed if day[0]}
        without = [(text, day, basis) for text, day, basis in printed if day[1] and not day[0]]
        printed += [(t, (year, *day[1:]), basis) for t, day, basis in without for near, year in years if near == t]
        if any(_agrees(entered, day, basis) for _, day, basis in printed):
            return ""
        if not printed or any(self._unclear.search(text) for text, _, _ in printed):
            return ""
        return f"{value} is entered, {quoted(printed[0][0])} is printed"


of = functools.lru_cache(4)(Dates)


def _agrees(entered: tuple[int, ...], printed: Day, basis: str) -> bool:
    for value, shown in zip(entered, printed, strict=False):
        if (shown and value != shown) or (value and not shown and basis == "stated"):
            return False
    try:
        return not (printed[3] and entered[2]) or calendar.weekday(*entered) + 1 == printed[3]
    except ValueError:
        return True  # a day that does not exist has a finding of its own
