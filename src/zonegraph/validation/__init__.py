"""Validation: pySHACL judges files by the project's shapes; findings name file, line, rule and remedy.

Each article is judged alone, with the reference data and the ontology as context, because a merged graph hides what one
article lacks. What identifies a thing is judged over the merge.
"""

from __future__ import annotations

import contextlib
import os
import sys

import rdflib
from rdflib import URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from zonegraph import conclusions, sources, turtle
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.validation import checks, contradictions, printed, saved_queries, shapes
from zonegraph.validation.checks import ARTICLE, CURATION, REFERENCE, REVIEW, ZG, File
from zonegraph.validation.context import Context
from zonegraph.validation.report import (
    FORMATS,
    SEVERITIES,
    UNDECLARED,
    Finding,
    Report,
    Rule,
    Uncovered,
    as_json,
    sarif,
    text,
)
from zonegraph.validation.report import turtle as as_turtle

__all__ = [
    "FORMATS",
    "SEVERITIES",
    "Finding",
    "Report",
    "Rule",
    "Uncovered",
    "as_json",
    "as_turtle",
    "sarif",
    "text",
    "validate",
]

STANDARD_INPUT = "<stdin>"
OVERALL = "-overall"  # ends the id of a rule that asks of the merge what the rule without it asks of a file


def validate(
    project: sources.Project, paths: list[str] | None = None, *, alone: bool = False, reasoner: str = "compiled"
) -> Report:
    """Validate files against a project's shapes and ontology.

    Parameters: `project`, whose shapes, ontology and reference data are used; `paths`, files, folders (every `*.ttl`
    below) or `-` for standard input, each judged as an article's file unless it is a file of the project of another
    kind, or a saved query (`*.rq`); None means the whole project, its merge included; `alone` leaves out the reference data; `reasoner`,
    "compiled" or "owlrl", looks for contradictions.
    Returns a report. Raises UsageError if a file cannot be read or is not Turtle, if a path leads to no Turtle file, or
    if the project has no usable shapes; EngineError if pySHACL fails.
    """
    prepared = shapes.load(project)
    ontology = _graph(project.ontology)
    run = _Run(prepared, ontology, checks.terms(ontology))
    queries = saved_queries.files(project, paths)
    run.judge_queries(queries)
    files = _project_files(project) if paths is None else _named_files(project, paths)
    if not files:
        return run.report(queries)

    refused = [finding for file in files for finding in checks.ill_formed(file)]
    broken = {finding.path for finding in refused}
    run.findings.update(refused)
    sound = [file for file in files if file.name not in broken]

    # Context comes from the files being judged where they are, so that each is read once.
    given = {os.path.realpath(file.source.path) for file in files}
    around = [] if alone else [*project.reference, *project.articles, *project.curation]
    around = [file for file in around if os.path.realpath(file.path) not in given]
    for cached in (True, False):
        judged = run.copy()
        with contextlib.closing(Context(project, around, cached=cached)) as context:
            try:
                context.add(ontology)
                _judge(judged, files, sound, context, project)
                if not alone:
                    judged.judge_merge(sound, context.graph)
                judged.findings.update(printed.find(sound, project, alone))
                judged.findings.update(contradictions.find(sound, context.graph, project, reasoner, judged.findings))
            except Exception:  # damage comes out as errors of many kinds
                if not context.damaged:
                    raise
            if not context.damaged:
                break
    return judged.report([*files, *queries])


def _judge(run: _Run, files: list[File], sound: list[File], context: Context, project: sources.Project) -> None:
    """Judge sound files kind by kind, each in the context that is its own; in the end the context is the merge."""
    by_kind = {kind: [file for file in sound if file.kind == kind] for kind in (ARTICLE, REFERENCE, REVIEW, CURATION)}

    whole = {file.name for file in sound}

    def add_judged(kind: str, refused_only: bool = False) -> None:
        # A refused file still describes what the others refer to.
        for file in files:
            if file.kind == kind and not (refused_only and file.name in whole):
                context.add(t for t in file.source.graph if file.name in whole or checks.well_formed(t[2]))

    context.admit(project.reference)
    add_judged(REFERENCE, refused_only=True)
    run.judge(by_kind[REFERENCE], context.graph)
    add_judged(REFERENCE)
    for file in by_kind[ARTICLE]:
        run.judge([file], context.graph)
    context.admit(project.articles)
    if by_kind[REVIEW] or by_kind[CURATION]:
        add_judged(ARTICLE)
        run.judge([*by_kind[REVIEW], *by_kind[CURATION]], context.graph)
    # From here on the graph is the context: a new file may enter again what another has.
    context.admit(project.curation)
    for file in sound:
        context.add(file.source.graph)
    context.add(_concluded(context.graph))


class _Run:
    """What one validation gathers."""

    def __init__(self, prepared: shapes.Shapes, ontology: rdflib.Graph, known: checks.Terms) -> None:
        self.shapes, self.ontology, self.known = prepared, ontology, known
        self.findings: set[Finding] = set()
        self.targets = shapes.targets(prepared)
        self.looked: dict[str, int] = dict.fromkeys(self.targets, 0)
        self.uncovered: list[Uncovered] = []

    def copy(self) -> _Run:
        """Return a run that has gathered the same so far."""
        other = _Run(self.shapes, self.ontology, self.known)
        other.findings, other.looked, other.uncovered = set(self.findings), dict(self.looked), list(self.uncovered)
        return other

    def judge(self, files: list[File], context: rdflib.Graph) -> None:
        """Judge files together in a context; what the context breaks by itself is not theirs."""
        if not files:
            return
        own = {t for file in files for t in file.source.graph if t not in context}
        subjects = {s for file in files for s in file.source.subjects}
        # A thing that only the context describes is judged there, not where it is mentioned.
        focus = subjects | {o for _, _, o in own if (o, None, None) not in context}
        for triple in own:
            context.add(triple)
        results, looked = shapes.judge(self.shapes, context, focus, over_merge=False)
        found = {f for file in files for f in checks.of_file(file, context, self.known)}
        for triple in own:
            context.remove(triple)

        shared = {r.focus for r in results if (r.focus, None, None) in context}
        known = set(shapes.judge(self.shapes, context, shared, over_merge=False)[0]) if shared else set()
        # What is misspelt or described nowhere has its finding; that it lacks a class too says nothing new.
        explained = {(f.path, f.line, f.value) for f in found if f.rule in ("unknown-term", "undefined-reference")}
        for result in results:
            if result not in known:
                finding = _located(files, result)
                if not finding.value or (finding.path, finding.line, finding.value) not in explained:
                    found.add(finding)
        self.findings |= found
        self._count(looked)
        self._note_uncovered(files, looked)

    def judge_queries(self, files: list[File]) -> None:
        """Judge saved queries, each by itself: two files of one name are two queries."""
        context = rdflib.Graph(bind_namespaces="none")
        for triple in self.ontology:
            context.add(triple)
        for file in files:
            for triple in file.source.graph:
                context.add(triple)
            results, looked = shapes.judge(self.shapes, context, set(file.source.subjects), over_merge=False)
            for triple in file.source.graph:
                context.remove(triple)
            self.findings |= {_located([file], result) for result in results}
            self._count(looked)
            self._note_uncovered([file], looked)

    def judge_merge(self, files: list[File], merge: rdflib.Graph) -> None:
        """Judge what identifies a thing, over all files together with what the conclusions state."""
        subjects = {s for file in files for s in file.source.subjects}
        results, looked = shapes.judge(self.shapes, merge, subjects, over_merge=True)
        # What one file has got wrong by itself is not said once more of all files.
        said = {(f.path, f.line, f.focus, f.value, f.rule + OVERALL) for f in self.findings}
        for result in results:
            last = next((f for f in reversed(files) if _says(f, result)), None)
            last = last or next(f for f in reversed(files) if result.focus in f.source.subjects)
            found = _located([last], result, _stated_where(files, result))
            if (found.path, found.line, found.focus, found.value, found.rule) not in said:
                self.findings.add(found)
        self.findings.update(checks.of_merge(files, merge))
        self._count(looked)

    def _count(self, looked: dict[str, set[Node]]) -> None:
        for name, nodes in looked.items():
            self.looked[name] += len(nodes)

    def _note_uncovered(self, files: list[File], looked: dict[str, set[Node]]) -> None:
        covered = {node for nodes in looked.values() for node in nodes}
        for file in files:
            for subject, line in file.source.subjects.items():
                types = sorted(map(str, file.source.graph.objects(subject, RDF.type)))
                if types and subject not in covered and isinstance(subject, URIRef):
                    self.uncovered.append(Uncovered(file.name, line, str(subject), types[0]))

    def _described(self, name: str) -> list[str]:
        """Return the terms that a shape's targets name; one that the ontology lacks will never meet anything."""
        return [
            v.shorten(str(term)) + ("" if checks.is_declared(term, self.known) else f" ({UNDECLARED})")
            for term in self.targets[name]
        ]

    def report(self, files: list[File]) -> Report:
        # Shapes of other projects may have no rule ids; they count once they have found something.
        found = {finding.rule for finding in self.findings}
        rules = {r.id: r for r in self.shapes.rules.values() if r.id in found or r.id in self.shapes.ids}
        rules.update(checks.RULES)
        rules.update(contradictions.RULES)
        rules.update(printed.RULES)
        return Report(
            findings=sorted(self.findings, key=lambda f: (f.path, f.line, -SEVERITIES.index(f.severity), f)),
            files=[file.name for file in files],
            focus_nodes=dict(sorted(self.looked.items())),
            idle={name: self._described(name) for name, count in sorted(self.looked.items()) if not count},
            uncovered=sorted(self.uncovered),
            rules=[rules[id] for id in sorted(rules)],
        )


def _located(files: list[File], result: shapes.Result, message: str = "") -> Finding:
    """Turn a result of pySHACL into a finding in the file that says it."""
    file = next((f for f in files if _says(f, result)), None)
    file = file or next((f for f in files if result.focus in f.source.subjects), files[0])
    line = checks.last_mention(file.source, result.focus, result.inverse) if result.inverse else 0
    line = line or checks.line_of(file.source, result.focus, result.properties, result.value)
    message = message and f"{result.rule.message} {message}"
    return checks.finding(file, result.rule, line, result.focus, result.path, result.value, message)


def _says(file: File, result: shapes.Result) -> bool:
    """Return whether a file has a triple that a result is about: with its value, or any if it has no value."""
    graph = file.source.graph
    if result.inverse:
        return (None, result.inverse, result.focus) in graph
    return any((result.focus, p, result.value) in graph for p in result.properties)


def _concluded(merge: rdflib.Graph) -> list[tuple[Node, Node, Node]]:
    """Return the triples that conclusions state."""
    found: list[tuple[Node, Node, Node]] = []
    for node in merge.subjects(RDF.type, URIRef(conclusions.CONCLUSION)):
        properties: dict[str, list[Node]] = {}
        for p, o in merge.predicate_objects(node):
            properties.setdefault(str(p), []).append(o)
        found += conclusions.stated(properties)
    return found


def _stated_where(files: list[File], result: shapes.Result) -> str:
    """Return where the triples that a result is about stand, if there are several; a conclusion states one too."""
    places = []
    for file in files:
        graph = file.source.graph
        stated = [t for p in result.properties for t in graph.triples((result.focus, p, None))]
        stated += graph.triples((None, result.inverse, result.focus)) if result.inverse else ()
        for conclusion in graph.subjects(ZG.about, result.focus):
            if any((conclusion, ZG.supports, p) in graph for p in result.properties):
                stated += graph.triples((conclusion, ZG.value, None))
        places += sorted(f"{file.name}:{checks.line_of(file.source, s, [p], o)}" for s, p, o in stated)
    return f"It is stated at {', '.join(places)}." if len(places) > 1 else ""


# ---------------------------------------------------------------- files


def _project_files(project: sources.Project) -> list[File]:
    kinds = (
        (REFERENCE, project.reference),
        (ARTICLE, project.articles),
        (REVIEW, project.review),
        (CURATION, project.curation),
    )
    return [_read(file.path, file.name, kind) for kind, members in kinds for file in members]


def _named_files(project: sources.Project, paths: list[str]) -> list[File]:
    special = ((REFERENCE, project.reference), (REVIEW, project.review), (CURATION, project.curation))
    kinds = {os.path.realpath(file.path): kind for kind, members in special for file in members}
    other = {os.path.realpath(file.path) for file in [*project.ontology, *project.shapes]}  # no data
    found: dict[str, File] = {}
    for path in paths:
        if path.endswith(".rq"):
            continue
        if path == "-":
            found.setdefault("-", _read_standard_input())
            continue
        names = [n for n in _below(path) if os.path.realpath(n) not in other] if os.path.isdir(path) else [path]
        if not names and not saved_queries.below(project, path):
            raise UsageError(
                f"{path}: no Turtle file with data (*.ttl) in this folder\n  name a file, or the folder that holds it"
            )
        for name in names:
            real = os.path.realpath(name)
            if real not in found:
                found[real] = _read(name, name, kinds.get(real, ARTICLE))
    return list(found.values())


def _below(folder: str) -> list[str]:
    names = []
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [os.path.join(directory, n) for n in files if n.endswith(".ttl") and not n.startswith(".")]
    return sorted(names)


def _read(path: str, name: str, kind: str) -> File:
    return File(name, kind, os.path.splitext(os.path.basename(path))[0], turtle.read(path))


def _read_standard_input() -> File:
    try:
        content = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{STANDARD_INPUT}: not UTF-8 (byte {error.start + 1})\n  send it with the encoding UTF-8"
        ) from None
    return File(STANDARD_INPUT, ARTICLE, None, turtle.read(STANDARD_INPUT, content))


def _graph(files: list[sources.SourceFile]) -> rdflib.Graph:
    """Read files as context; literals that are no literals are left out, since no engine can judge by them."""
    graph = rdflib.Graph(bind_namespaces="none")
    for file in files:
        shapes.add(graph, (t for t in turtle.parse(file.path) if checks.well_formed(t.object)))
    return graph
