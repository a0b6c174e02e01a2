"""Findings on values that are not the ones printed; zonegraph.validation.reading compares them."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph.validation import checks, reading
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.reading.lexicon import Lexicon
from zonegraph.validation.report import Finding, Rule

_MESSAGES = {
    "number-as-printed": "A number is the one printed, in base units.",
    "unit-as-printed": "A number has the unit that is printed with it.",
    "comparator-as-printed": "The comparator of a number is what the words before it say.",
    "date-as-printed": "A date is the one printed, as precise as it is printed.",
    "wording-as-printed": "A wording is the one printed.",
    "name-as-printed": "The thing referred to is the one whose name is printed.",
}
_REMEDIES = {
    "number-as-printed": "enter the printed number in base units, or mend zg:asPrinted",
    "unit-as-printed": "give the unit that is printed with the number",
    "comparator-as-printed": "take the comparator from the words before the number; zg:exactly if there are none",
    "date-as-printed": "enter the printed date as precisely as it is printed; mark what is worked out with zg:basis zg:inferred",
    "wording-as-printed": "give the wording exactly as it stands in the range, or give the range in which it stands",
    "name-as-printed": "refer to the thing that is printed, or mend the range or zg:asPrinted",
}
RULES = {id: Rule(id, "warning", id.replace("-", " "), _MESSAGES[id], _REMEDIES[id]) for id in _MESSAGES}


def find(files: list[File], named: Iterable[ox.Triple], words: Lexicon) -> list[Finding]:
    """Return the values of articles that are not the ones printed, as far as zg:asPrinted shows it.

    Parameters: `named`, the triples by which things have their names: the ontology and reference data; `words`, to read by.
    """
    articles = [file for file in files if file.kind == ARTICLE]
    if not articles:
        return []
    known = reading.known_things(named, lexicon=words)
    found = []
    for file in articles:
        for triple, rule, message in reading.disagreements(list(file.source.graph), _slug(file), known):
            s, p, o = triple
            line = checks.line_of(file.source, s, [p], o)
            message = f"{RULES[rule].message} Here {message}."
            found.append(checks.finding(file, RULES[rule], line, s, str(p), o, message))
    return found


def _slug(file: File) -> str:
    """Return the slug of an article's file; empty if its name cannot stand in an IRI, so that there is no such article."""
    try:
        ox.NamedNode(evidence.article_iri(file.slug or ""))
    except ValueError:
        return ""
    return file.slug or ""
