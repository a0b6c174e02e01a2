"""Edits of Turtle files: what is written for a change of one triple, and how edits are applied. Regions tell where; lines stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import PositionedGraph, Region, regions
from zonegraph.terms import turtle
from zonegraph.validation.findings import Edit

Triple = tuple[Term, Term, Term]

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits, the last first, so that the regions of the others hold. Parameters: `edits`, all of that text."""
    for edit in sorted(edits, key=lambda edit: edit.region, reverse=True):
        start, end = span(text, edit.region)
        text = text[:start] + edit.text + text[end:]
    return text


def span(text: str, region: Region) -> tuple[int, int]:
    """Return the offsets of a region of a text."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return starts[region.line - 1] + region.column - 1, starts[region.end_line - 1] + region.end_column - 1


def written(term: Term, text: str) -> str:
    """Return how a term is written in a file: as a prefixed name only where the file declares the prefix."""
    short = turtle(term)
    if isinstance(term, ox.Literal):
        if term.datatype.value in (v.XSD + "integer", v.XSD + "decimal", v.XSD + "boolean") and _is_bare(term.value):
            return term.value
        prefix = re.search(r"\^\^(\w+):\w+$", short)
    else:
        prefix = re.match(r"(\w+):", short)
    return short if prefix is None or f"@prefix {prefix[1]}:" in text else str(term)


def _is_bare(value: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?|true|false", value) is not None


def replacement(source: PositionedGraph, triple: Triple, new: Term) -> list[Edit]:
    """Return the edit that writes another object in a triple; none if nobody knows where the triple stands."""
    region = source.objects.get(triple)
    return [Edit(source.path, region, written(new, source.text))] if region else []


def removal(source: PositionedGraph, triples: list[Triple]) -> list[Edit]:
    """Return the edit that takes out one object of a list with its comma, or all of them with their property.

    Parameters: `triples`, of one subject and property. Returns no edit if nobody knows where they stand, or if others stand between them.
    """
    text, (s, p, _) = source.text, triples[0]
    objects = {t: span(text, region) for t in source.graph.triples(s, p) if (region := source.objects.get(t))}
    verbs = {source.properties.get(t) for t in objects}
    verb = verbs.pop()
    if verbs or verb is None or not set(triples) <= objects.keys():
        return []
    places = sorted(objects.values())
    taken = sorted(objects[t] for t in triples)
    first = places.index(taken[0])
    if places[first : first + len(taken)] != taken:
        return []
    if len(taken) == len(places):
        start, end = span(text, verb)[0], taken[-1][1]
        following = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        end = following + 1 if text[following : following + 1] == ";" else end
    elif first:
        start, end = places[first - 1][1], taken[-1][1]
    else:
        start, end = taken[0][0], places[len(taken)][0]
    return [Edit(source.path, regions(text)(start, end), "\n" * text[start:end].count("\n"))]


def addition(source: PositionedGraph, triple: Triple) -> list[Edit]:
    """Return the edit that puts a triple behind what its subject has of the property, else behind all that it has; none if it has nothing."""
    s, p, o = triple
    said = [(region, t) for t in source.graph.triples(s) if (region := source.objects.get(t))]
    of_property = [region for region, t in said if t[1] == p]
    if not said:
        return []
    last = max(of_property or [region for region, _ in said])
    new = written(o, source.text)
    text = f", {new}" if of_property else f" ; {written(p, source.text)} {new}"
    return [Edit(source.path, Region(last.end_line, last.end_column, last.end_line, last.end_column), text)]
