"""Passages: ranges, digests and values are held against the articles' texts, or the printed words that evidence keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph.project import texts
from zonegraph.rdf.graph import Graph, Term
from zonegraph.terms import TYPE
from zonegraph.validation import reading
from zonegraph.validation.checks import ARTICLE, REVIEW, ZG, File, about, finding, region_of, slug
from zonegraph.validation.findings import NOT_AT_HAND, NOT_IN_FOLDER, NOT_NAMED, PASSAGES, Finding, table
from zonegraph.validation.reading.lexicon import Lexicon

RULES = table(
    "violation",
    PASSAGES,
    (
        "evidence-without-triple",
        "zg:Evidence must support a triple that has no more specific evidence.",
        "make zg:supports name a property that the subject has, or delete the evidence",
    ),
    ("range-outside-text", "A range must lie within the text.", "find the phrase again with `zonegraph evidence find`"),
    ("range-over-lines", "A range must lie within one line of the text.", "give each line its own range"),
    (
        "digest-of-range",
        "zg:digest must be that of the characters in its range.",
        "find the phrase again with `zonegraph evidence find`",
    ),
    (
        "as-printed-outside-range",
        "zg:asPrinted must be in the range.",
        "widen the range, or copy the words exactly as printed there",
    ),
) | table(
    "warning",
    PASSAGES,
    (
        "number-as-printed",
        "A number should be the one printed, in base units.",
        "enter the printed number in base units, or correct zg:asPrinted",
    ),
    (
        "unit-as-printed",
        "A number should have the unit printed with it.",
        "use the unit that is printed with the number",
    ),
    (
        "comparator-as-printed",
        "A comparator should match the words before the number.",
        "take the comparator from the words before the number; use zg:exactly if there are none",
    ),
    (
        "date-as-printed",
        "A date should be the printed one, with the same precision.",
        "enter the date as precisely as it is printed; mark what you worked out with zg:basis zg:inferred",
    ),
    (
        "wording-as-printed",
        "A wording should be exactly as printed.",
        "copy the wording exactly from the range, or give the range that it is in",
    ),
    (
        "name-as-printed",
        "A reference should point to the thing whose name is printed.",
        "point to the thing that is printed, correct the range or zg:asPrinted, or give the property a range of its own",
    ),
)


def find(
    files: list[File],
    digests: dict[str, str],
    named: Callable[[Lexicon], reading.Known],
    directory: str | None,
    words: Lexicon,
) -> tuple[list[Finding], dict[str, str]]:
    """Hold the passages of files against the texts.

    Parameters: `digests`, those of the texts of articles, by slug; `named`, which returns what ontology and reference data say of things and
    their names; `directory`, the folder of the texts, or None; `words`, to read by. Returns the findings, and by name the files that could not be held against their text, with the reason: of these only what needs no text is judged.
    """
    articles = [file for file in files if file.kind == ARTICLE]
    held = [file for file in files if file.kind == ARTICLE or (file.kind == REVIEW and _nodes(file.source.graph))]
    at_hand = texts.by_digest(directory) if held and directory is not None else {}
    known = named(words) if articles else None
    found: list[Finding] = []
    unchecked: dict[str, str] = {}
    for file in files:
        digest = digests.get(slug(file), "")
        text = at_hand.get(digest, ("", None))[1] if file in held else None
        if file in held and text is None:
            missing = NOT_AT_HAND if directory is None else NOT_IN_FOLDER
            unchecked[file.name] = missing if digest else NOT_NAMED
        graph = file.source.graph
        for node in _nodes(graph):
            for rule, p, value, here in _of_range(graph, node, text):
                found.append(about(file, RULES[rule], node, p, value, f"{RULES[rule].message} Here {here}."))
        if file.kind == ARTICLE:
            triples = list(graph)
            for node in _idle(graph, evidence.carried(triples)):
                found.append(finding(file, RULES["evidence-without-triple"], region_of(file.source, node), node))
            for (s, p, o), rule, here in reading.disagreements(triples, slug(file), known, text):
                found.append(about(file, RULES[rule], s, p, o, f"{RULES[rule].message} Here {here}."))
    return found, unchecked


def _nodes(graph: Graph) -> list[Term]:
    """Return the evidence and the omissions of a graph."""
    omissions = (s for s, kind in graph.subject_objects(TYPE) if kind == ZG.Omission)
    return list(dict.fromkeys([*graph.objects(None, ZG.evidence), *omissions]))


def _of_range(graph: Graph, node: Term, text: str | None) -> Iterator[tuple[str, ox.NamedNode, Term | None, str]]:
    """Yield what is wrong with a range: the rule, the property at which it shows, its value, and what is wrong here.

    Parameters: `text`, the article's, or None if that is not at hand. What the range itself lacks, shapes say.
    """
    if any(len(set(graph.objects(node, bound))) > 1 for bound in (evidence.START, evidence.END)):
        return
    bounds = evidence.bounds(*(terms.text(graph.value(node, bound)) for bound in (evidence.START, evidence.END)))
    if bounds is None:
        return
    start, end = bounds
    passage, shown = None, f"range {start}-{end}"
    if text is not None and end - start <= evidence.LONGEST:
        passage = text[start:end]
        if end > len(text):
            yield "range-outside-text", evidence.END, None, f"{shown} ends beyond the text ({len(text)} characters)"
            return
        if "\n" in passage:
            yield "range-over-lines", evidence.END, None, f"{shown} spans more than one line"
        digests = [d for d in graph.objects(node, ZG.digest) if re.fullmatch("[0-9a-f]{64}", d.value)]
        if digests and ox.Literal(hashlib.sha256(passage.encode()).hexdigest()) not in digests:
            yield "digest-of-range", ZG.digest, digests[0], f"it is not that of {shown}"
    for printed in graph.objects(node, ZG.asPrinted):
        if len(printed.value) > end - start or (passage is not None and printed.value not in passage):
            yield "as-printed-outside-range", ZG.asPrinted, printed, f"“{printed.value}” is not in {shown}"


def _idle(graph: Graph, carried: dict[Term, list[ox.Triple]]) -> Iterator[Term]:
    """Yield the evidence that supports no triple, unless it names a property or value that its subject does not have."""
    for node, triples in carried.items():
        if not triples:
            subjects = list(graph.subjects(ZG.evidence, node))
            properties = list(graph.objects(node, ZG.supports))
            values: list[Term | None] = [*graph.objects(node, ZG.value)] or [None]
            if all(any(graph.has(s, p, o) for s in subjects) for p in properties for o in values):
                yield node
