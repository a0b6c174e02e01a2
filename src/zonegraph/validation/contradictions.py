"""Contradictions: what no shape sees, because only reasoning brings the two statements together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from zonegraph import closure, terms
from zonegraph import vocabulary as v
from zonegraph.closure.reference import materialize_reference
from zonegraph.closure.rules import SAME_AS, holds
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import Region
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.terms import TYPE
from zonegraph.validation import change, checks
from zonegraph.validation.checks import File, finding, last_mention
from zonegraph.validation.findings import Finding, Other, table
from zonegraph.validation.restated import causes
from zonegraph.validation.rules import Data

RULES = table(
    "violation",
    "",
    (
        "contradiction",
        "What the files say, and what follows from it, must not contradict itself.",
        "correct one of the statements listed; `zonegraph explain` shows where an inferred one comes from",
    ),
)


def find(
    files: list[File],
    data: Data,
    project: sources.Project,
    program: closure.Program,
    reasoner: str,
    found: Iterable[Finding] = (),
) -> list[Finding]:
    """Return the contradictions that files bring about.

    Parameters: `data`, the files with their context and the ontology, in which the closure is drawn; `project`, and `program`, its
    ontology and rules; `reasoner`, "compiled" or "owlrl"; `found`, what shapes and checks have found: where that is a violation of the
    same statement, a contradiction would say it twice. Returns one finding for each contradiction, at the line of a
    statement on which it rests; what contradicts itself without the files is not theirs and is left out.
    """
    violations = [f for f in found if f.severity == "violation"]
    if not isinstance(data, change.Data) and any(sources.slug(file) == "same-as" for file in project.shape_rules):
        _leave_out_equality(data.store)
    store, inferred = data.store, ox.NamedNode(v.INFERRED_GRAPH)
    if reasoner == "owlrl":
        _, messages = materialize_reference(program, store, inferred)
        named = {_by_message(files, message) for message in messages}
        # It names no statement, only the thing: one whose class is wrong, or that does not belong where it stands.
        classed = {(f.path, f.line, f.focus) for f in violations if f.result_path == str(TYPE)}
        said = classed | {(f.path, f.line, f.value.strip("<>")) for f in violations}
        return sorted(f for f in named if (f.path, f.line, f.focus) not in said)
    if isinstance(data, change.Data):
        store, found_clashes = data.closed, data.clashes()
    else:
        program = closure.materialize_for_checks(program, store, inferred)
        found_clashes = closure.clashes(program, store, inferred)
    places = data.places
    found_at: dict[tuple[str, int, str], list[Finding]] = defaultdict(list)
    for one in violations:
        found_at[one.path, one.line, one.focus].append(one)
    result = set()
    for clash in found_clashes:
        stated = list(dict.fromkeys(t for premise in clash.premises for t in _stated(program, store, premise)))
        placed = next(((t, *where) for t in reversed(stated) for where in places.judged(*map(data.term, t))), None)
        if placed is not None and _said(found_at, data, *placed) is None:
            grounds = "; ".join(terms.triple(t) + _shown(places.of(*map(data.term, t))) for t in stated)
            # What has no IRI is called otherwise at every run.
            message = data.told(f"{clash.message} ({clash.rule}; it follows from: {grounds})")
            message = re.sub(rf"_:\w+|<{re.escape(v.GENID)}[^<>]*>", "[ ]", message)
            others = [other for t in stated if t != placed[0] for other in places.others(*map(data.term, t))]
            # What rests on a statement that is a mistake itself goes when that is mended.
            judged = ((t, *where) for t in stated for where in places.judged(*map(data.term, t)))
            cause = next((f for one in judged if (f := _said(found_at, data, *one)) is not None), None)
            if cause is not None and cause.path != placed[1].name:
                others = [o for o in others if o.region != cause.region or o.path != cause.path]
                others.append(Other(cause.path, cause.region, "that this follows from"))
            clashing = _finding(*placed[1:], message, data.term(clash.premises[0].subject), others)  # type: ignore[arg-type]
            result.add(clashing._replace(because=cause.origin if cause else None))
    return sorted(result)


def _leave_out_equality(store: EmbeddedStore) -> None:
    """Take owl:sameAs out of the merge, but for the ontology's: where a rule refuses it, what would follow is no news.

    A ring of a thousand names would bring a million pairs, each with all that is said of either.
    """
    ontology = ox.NamedNode(v.ONTOLOGY_GRAPH)
    for quad in list(store.ox.quads_for_pattern(None, SAME_AS, None, ox.DefaultGraph())):
        if not holds(store, quad.triple, ontology):
            store.ox.remove(quad)


def _said(
    found_at: Mapping[tuple[str, int, str], list[Finding]],
    data: Data,
    triple: ox.Triple,
    file: File,
    region: Region | None,
) -> Finding | None:
    """Return the finding about a triple, or what it is restated from, at its line: its subject and property, and its value if any.

    Parameters: `found_at`, findings by file, line and subject. None if there is none.
    """
    s, p, o = map(data.term, triple)
    for subject, predicate in ((s, p), *causes(data.restated, file, s, [p], o)):
        # Evidence without an IRI goes by its owner.
        itself = finding(file, RULES["contradiction"], region, subject, str(predicate), o)
        for f in found_at.get((itself.path, itself.line, itself.focus), ()):
            if str(predicate) in re.findall("<[^<>]*>", f.result_path) and f.value in ("", itself.value):
                return f
    return None


def _stated(program: closure.Program, store: EmbeddedStore, triple: ox.Triple) -> Iterable[ox.Triple]:
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


def _shown(places: Iterable[tuple[str, Region | None]]) -> str:
    """Return places as they follow a triple: ` (file:line)`; nothing if there are none."""
    named = ", ".join(checks.place(name, region) for name, region in places)
    return f" ({named})" if named else ""


def _by_message(files: list[File], message: str) -> Finding:
    # owlrl gives no premises, only a message with the individual's IRI: the last file that speaks of it is named.
    for iri in reversed(re.findall(r"https?://[^\s'\">,]+", message)):
        node = ox.NamedNode(iri)
        for file in reversed(files):
            if file.source.graph.has(node) or file.source.graph.has(None, None, node):
                region = last_mention(file.source, node) or file.source.subjects.get(node)
                return _finding(file, region, f"owlrl: {message}", node)
    return _finding(files[-1], turtle.START, f"owlrl: {message}", None)


def _finding(
    file: File, region: Region | None, message: str, focus: Term | None, others: Iterable[Other] = ()
) -> Finding:
    return finding(file, RULES["contradiction"], region, focus, message=message, others=others)._replace(result_path="")
