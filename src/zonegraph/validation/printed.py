"""Findings on values that are not the ones printed; zonegraph.evidence.printed compares them."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import evidence, turtle
from zonegraph.evidence import printed
from zonegraph.interchange import from_rdflib, to_rdflib
from zonegraph.sources import Project
from zonegraph.validation import checks
from zonegraph.validation.checks import ARTICLE, File
from zonegraph.validation.report import Finding, Rule

_MESSAGES = {
    "number-as-printed": "A number is the one printed, in base units.",
    "unit-as-printed": "A number has the unit that is printed with it.",
    "comparator-as-printed": "The comparator of a number is what the words before it say.",
    "date-as-printed": "A date is the one printed, as precise as it is printed.",
    "wording-as-printed": "A wording is the one printed.",
    "name-as-printed": "The thing referred to is the one whose name is printed.",
}
RULES = {
    id: Rule(id, "warning", id.replace("-", " "), message, printed.REMEDIES[id]) for id, message in _MESSAGES.items()
}


def find(files: list[File], project: Project, alone: bool) -> list[Finding]:
    """Return the values of articles that are not the ones printed, as far as zg:asPrinted shows it.

    Parameters: `project`, in whose reference data things have their names; `alone` leaves these out.
    """
    articles = [file for file in files if file.kind == ARTICLE]
    if not articles:
        return []
    members = [*project.ontology, *([] if alone else project.reference)]
    known = printed.known_things(t for member in members for t in turtle.parse(member.path))
    found = []
    for file in articles:
        triples = [ox.Triple(*map(from_rdflib, triple)) for triple in file.source.graph]  # type: ignore[arg-type]
        for triple, rule, message in printed.disagreements(triples, _slug(file), known):
            s, p, o = (to_rdflib(term) for term in (triple.subject, triple.predicate, triple.object))
            line = checks.line_of(file.source, s, [p], o)
            found.append(
                checks.finding(file, RULES[rule], line, s, p.n3(), o, f"{RULES[rule].message} Here {message}.")
            )
    return found


def _slug(file: File) -> str:
    """Return the slug of an article's file; empty if its name cannot stand in an IRI, so that there is no such article."""
    try:
        ox.NamedNode(evidence.article_iri(file.slug or ""))
    except ValueError:
        return ""
    return file.slug or ""
