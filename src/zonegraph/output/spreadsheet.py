"""CSV that a spreadsheet takes for text and numbers only."""

from __future__ import annotations

import re

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.output import results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.store import Bindings, Term

_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # to Unicode a Braille pattern and letters of Hangul, to the eye nothing
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"


def as_csv(answer: Bindings) -> str:
    """Return rows as CSV that a spreadsheet takes for text and numbers only.

    A text that begins like a formula gets an apostrophe before it, as OWASP advises on CSV injection; numbers stay, and so
    does a sign alone, such as the comparator =, which is not a formula.
    """

    def safe(term: Term | None) -> Term | None:
        if not isinstance(term, ox.Literal) or not _is_formula(term.value) or term.value in {"=", "+", "-", "@"}:
            return term
        number = term.datatype.value in terms.NUMERIC and re.fullmatch(_NUMBER, term.value)
        return term if number else ox.Literal("'" + term.value)

    return results.as_csv(answer._replace(rows=[tuple(safe(term) for term in row) for row in answer.rows]))


def _is_formula(text: str) -> bool:
    """Return whether a text begins with a tab or a line's end, or with a sign that nothing visible precedes."""
    from unicodedata import category

    start = 0
    while start < len(text) and (text[start] in _BLANK or category(text[start])[0] in "CMZ"):  # controls, marks, spaces
        start += 1
    return text.startswith(_SIGNS, start) or text.startswith(("\t", "\r", "\n"))
