"""Contradictions: what no shape sees, because only reasoning brings the two statements together."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox
import rdflib

from zonegraph import build, closure, sources
from zonegraph import vocabulary as v
from zonegraph.closure.reference import materialize_reference
from zonegraph.interchange import to_rdflib
from zonegraph.validation import shapes
from zonegraph.validation.checks import File, last_mention, line_of
from zonegraph.validation.report import Finding, Rule

RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "contradiction",
            "violation",
            "no contradiction",
            "What the files say, and what follows from it, does not contradict itself.",
            "mend one of the statements named; `zonegraph explain` shows where an inferred one comes from",
        ),
    )
}


def find(files: list[File], merge: shapes.Graph, project: sources.Project, reasoner: str) -> list[Finding]:
    """Return the contradictions that files bring about.

    Parameters: `merge`, the files with their context and the ontology; `project`, whose ontology and rules
    count; `reasoner`, "compiled" or "owlrl". Returns one finding for each contradiction, at the line of a statement on
    which it rests; what contradicts itself without the files is not theirs and is left out.
    """
    program = build.program(project)
    store, inferred = ox.Store(), ox.NamedNode(v.INFERRED_GRAPH)
    merge.copy_into(store)
    if reasoner == "owlrl":
        _, messages = materialize_reference(program, store, inferred)
        return sorted({_by_message(files, message) for message in messages})
    closure.materialize(program, store, inferred)
    found = set()
    for clash in closure.clashes(program, store, inferred):
        stated = [t for premise in clash.premises for t in _stated(program, store, premise)]
        message = f"{clash.message} ({clash.rule}; it rests on: {'; '.join(dict.fromkeys(_show(t) for t in stated))})"
        place = next((place for t in reversed(stated) for place in _places(files, t)), None)
        if place is not None:
            found.add(_finding(*place, message, clash.premises[0].subject))
    return sorted(found)


def _stated(program: closure.Program, store: ox.Store, triple: ox.Triple) -> Iterable[ox.Triple]:
    derivation = closure.explain(program, store, triple)
    if derivation is None:
        yield triple
        return
    pending = [derivation]
    while pending:
        step = pending.pop()
        if step.rule is None:
            yield step.triple
        pending += reversed(step.premises)


def _places(files: list[File], triple: ox.Triple) -> Iterable[tuple[File, int]]:
    terms = to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)
    for file in files:
        if terms in file.source.graph:
            yield file, line_of(file.source, terms[0], [terms[1]], terms[2])


def _by_message(files: list[File], message: str) -> Finding:
    # owlrl gives no premises, only a message with the individual's IRI: the last file that speaks of it is named.
    for iri in reversed(re.findall(r"https?://[^\s'\">,]+", message)):
        node = rdflib.URIRef(iri)
        for file in reversed(files):
            line = last_mention(file.source, node) or file.source.subjects.get(node, 0)
            if line:
                return _finding(file, line, f"owlrl: {message}", node)
    return _finding(files[-1], 1, f"owlrl: {message}", "")


def _finding(file: File, line: int, message: str, focus: object) -> Finding:
    rule = RULES["contradiction"]
    iri = str(getattr(focus, "value", focus))
    return Finding(file.name, line, rule.severity, rule.id, message, rule.remedy, iri, "", "")


def _show(triple: ox.Triple) -> str:
    return " ".join(v.shorten(t.value) if isinstance(t, ox.NamedNode) else str(t) for t in triple)
