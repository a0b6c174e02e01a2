"""What can be said of one file by itself: whether it can be read, and whether its literals and terms are right.

It needs nothing but the file and what the ontology declares, so an editor can say it while somebody types.
"""

from __future__ import annotations

from collections.abc import Callable

from zonegraph.closure.rulefile import read_rules
from zonegraph.errors import UsageError
from zonegraph.rdf import turtle
from zonegraph.validation import checks, files, rules
from zonegraph.validation.checks import QUERY, Terms
from zonegraph.validation.files import LEXICON, NO_DATA, RULE, SHAPE_RULE, Given
from zonegraph.validation.findings import Finding
from zonegraph.validation.reading import lexicon

_READERS: dict[str, Callable[[str, str], object]] = {
    RULE: read_rules,
    SHAPE_RULE: rules.read,
    LEXICON: lexicon.extended,
}
RULES = frozenset(checks.RULES)  # that it finds what breaks them


def find(given: Given, known: Terms) -> list[Finding]:
    """Find what is wrong with a file by itself.

    Parameters: `known`, what the ontology declares. Returns one finding if it cannot be read; a file that is no data is only read.
    """
    if given.kind in NO_DATA:
        try:
            require_readable(given)
        except UsageError as error:
            return [files.unreadable(given, error)]
        return []
    file, found = files.read(given)
    if file is None or file.kind == QUERY:
        return found
    return [*found, *checks.take_axioms(file), *checks.take_ill_formed(file).values(), *checks.of_file(file, known)]


def require_readable(given: Given) -> None:
    """Raise UsageError, with its place, if a file that others are judged by, or data in Turtle, cannot be read."""
    _READERS.get(given.kind, turtle.parse)(given.path, files.text_of(given))
