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


def replacement(source: PositionedGraph, triple: Triple, new: Term) -> Edit | None:
    """Return the edit that writes another object in a triple; None if nobody knows where the triple stands."""
    region = source.objects.get(triple)
    return Edit(source.path, region, written(new, source.text)) if region else None


def removal(source: PositionedGraph, triple: Triple) -> Edit | None:
    """Return the edit that takes a triple out, with its comma or its property; None if nobody knows where it stands."""
    region, verb = source.objects.get(triple), source.properties.get(triple)
    if region is None or verb is None:
        return None
    text, (start, end) = source.text, span(source.text, region)
    beside = [
        span(text, source.objects[t])
        for o in source.graph.objects(*triple[:2])
        if (t := (*triple[:2], o)) in source.objects
    ]
    before = max((other for other in beside if other[1] <= start), default=None)
    following = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    if before is not None and _SPACE.fullmatch(text[before[1] : start].replace(",", "", 1)):
        start = before[1]
    elif text[following : following + 1] == ",":
        end = following + 1
    else:
        start = span(text, verb)[0]
        end = following + 1 if text[following : following + 1] == ";" else end
    return Edit(source.path, regions(text)(start, end), "\n" * text[start:end].count("\n"))


def addition(source: PositionedGraph, triple: Triple) -> Edit | None:
    """Return the edit that puts a triple behind what its subject has of the property, else behind all that it has."""
    s, p, o = triple
    said = [(region, t) for t in source.graph.triples(s) if (region := source.objects.get(t))]
    of_property = [region for region, t in said if t[1] == p]
    if not said:
        return None
    last = max(of_property or [region for region, _ in said])
    new = written(o, source.text)
    text = f", {new}" if of_property else f" ; {written(p, source.text)} {new}"
    return Edit(source.path, Region(last.end_line, last.end_column, last.end_line, last.end_column), text)
