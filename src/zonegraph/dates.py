"""What one date literal can mean: a day, or every day of a month or a year. No time zone is read (docs/decisions/0011)."""

from __future__ import annotations

import re

from zonegraph.vocabulary import XSD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


DATATYPES = frozenset(XSD + kind for kind in ("gYear", "gYearMonth", "date", "dateTime"))


def is_day(text: str) -> bool:
    """Return whether a text is an ISO day, such as 2021-02-24."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None and span(text) is not None


def span(date: str) -> tuple[str, str] | None:
    """Return the first and the last day that a date can mean, as ISO days; None if it is not a date.

    Parameters: `date`, the lexical form of an xsd:gYear, gYearMonth, date or dateTime.
    """
    import calendar
    import datetime

    try:
        if re.fullmatch(r"\d{4}", date):
            return f"{date}-01-01", f"{date}-12-31"
        if re.fullmatch(r"\d{4}-\d\d", date):
            year, month = int(date[:4]), int(date[5:])
            return f"{date}-01", f"{date}-{calendar.monthrange(year, month)[1]:02d}"
        if re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+)?", date):
            day = datetime.date.fromisoformat(date[:10]).isoformat()
            return day, day
    except ValueError:
        pass
    return None


def latest_day(spans: Iterable[tuple[str, str]]) -> str:
    """Return the latest day that dates of one thing can mean, as an ISO day.

    Parameters: `spans`, of each date, at least one. Dates that share a day mean the days they share; dates that share none
    disagree, and the latest of all is the answer.
    """
    firsts, lasts = zip(*spans, strict=True)
    shared: str = min(lasts)
    return shared if max(firsts) <= shared else max(lasts)
