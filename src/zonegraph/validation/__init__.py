"""Validation: pySHACL judges files by the project's shapes; findings name file, line, rule and remedy.

Each article is judged alone, with the reference data and the ontology as context, because a merged graph hides what one
article lacks. What identifies a thing is judged over the merge.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import NamedTuple

import rdflib
from rdflib import URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from zonegraph import build, conclusions, sources, terminal, turtle
from zonegraph import vocabulary as v
from zonegraph.closure.rulefile import read_rule
from zonegraph.errors import UsageError
from zonegraph.validation import checks, contradictions, printed, saved_queries, shapes
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, ZG, File
from zonegraph.validation.context import Context
from zonegraph.validation.report import (
    FORMATS,
    SEVERITIES,
    UNDECLARED,
    UNREADABLE,
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

# Kinds of files that are no data; so they are called.
ONTOLOGY, SHAPES, RULE = "the ontology", "a file of shapes", "a rule of inference"
OVERALL = "-overall"  # ends the id of a rule that asks of the merge what the rule without it asks of a file


def validate(
    project: sources.Project, paths: list[str] | None = None, *, alone: bool = False, reasoner: str = "compiled"
) -> Report:
    """Validate files against a project's shapes and ontology.

    Parameters: `project`, whose shapes, ontology and reference data are used; `paths`, files, folders (every `*.ttl`
    below) or `-` for standard input, each judged as an article's file unless it is a file of the project of another
    kind, or a saved query (`*.rq`); None means the whole project, its merge included; `alone` leaves out the reference data; `reasoner`,
    "compiled" or "owlrl", looks for contradictions.
    Returns a report; a file that cannot be read is a finding in it, and the others are judged without that file, but for the
    ontology, without which they are only read. Raises UsageError if a path leads to no file, or if there is nothing that
    files could be judged by; EngineError if pySHACL fails.
    """
    given = _project_files(project) if paths is None else _named_files(project, paths)
    try:
        return _validate(project, given, alone=alone, reasoner=reasoner)
    except UsageError:
        standard, broken = _readable_standard(project, given)
        if not broken:
            raise
        unreadable = {finding.path for finding in broken}
        given = [one for one in given if one.name not in unreadable]
        report, how = None, "are read, but not judged, without this file"
        if len(standard.ontology) == len(project.ontology):
            try:
                report, how = _validate(standard, given, alone=alone, reasoner=reasoner), "are judged without this file"
            except UsageError as error:  # no shape may be left, or another file be wrong in another way
                how = f"are read, but not judged: {' '.join(str(error).split())}"
        return (report or _only_read(given)).with_findings(
            finding._replace(message=f"{finding.message}; the others {how}") for finding in broken
        )


def _readable_standard(project: sources.Project, given: list[_Given]) -> tuple[sources.Project, list[Finding]]:
    """Look at what files are judged by, and at what stands around them.

    Returns the project without those of its files that cannot be read, and a finding for each of them.
    """
    names = {os.path.realpath(one.path): one.name for one in given}
    judged = {os.path.realpath(one.path) for one in given if one.kind not in (ONTOLOGY, SHAPES, RULE)}
    broken: list[Finding] = []

    def kept(kind: str, members: list[sources.SourceFile]) -> list[sources.SourceFile]:
        sound = []
        for file in members:
            if os.path.realpath(file.path) in judged:
                sound.append(file)
                continue
            try:
                if kind == RULE:
                    read_rule(file.path, sources.read_text(file.path))
                else:
                    turtle.parse(file.path)
                sound.append(file)
            except UsageError as error:
                name = names.get(os.path.realpath(file.path), file.name)
                broken.append(_unreadable(_Given(file.path, name, kind), str(error)))
        return sound

    standard = project._replace(
        ontology=kept(ONTOLOGY, project.ontology),
        shapes=kept(SHAPES, project.shapes),
        rules=kept(RULE, project.rules),
        reference=kept(REFERENCE, project.reference),
        articles=kept(ARTICLE, project.articles),
        curation=kept(CURATION, project.curation),
    )
    return standard, broken


def _only_read(given: list[_Given]) -> Report:
    """Return a report of files that are read, but not judged, since there is nothing to judge them by."""
    nothing = rdflib.Graph()
    run = _Run(shapes.Shapes(nothing, [], {}, set(), set()), nothing, checks.terms(nothing))
    for one in given:
        if one.kind not in (ONTOLOGY, SHAPES, RULE):
            run.read(one)
    return run.report([])


def _validate(project: sources.Project, given: list[_Given], *, alone: bool, reasoner: str) -> Report:
    prepared = shapes.load(project)
    ontology = _graph(project.ontology)
    run = _Run(prepared, ontology, checks.terms(ontology))
    run.not_judged = {file.name: file.kind for file in given if file.kind in (ONTOLOGY, SHAPES, RULE)}
    if RULE in run.not_judged.values():
        build.program(project)  # raises if a rule cannot be read; ontology and shapes have been
    read = [file for one in given if one.name not in run.not_judged for file in run.read(one)]
    queries = [file for file in read if file.kind == QUERY]
    run.judge_queries(queries)
    files = [file for file in read if file.kind != QUERY]
    if not files:
        return run.report(queries)
    project = _without(project, run.unreadable)
    run.findings.update(finding for file in files for finding in checks.take_axioms(file))

    refused = [finding for file in files for finding in checks.ill_formed(file)]
    broken = {finding.path for finding in refused}
    run.findings.update(refused)
    sound = [file for file in files if file.name not in broken]

    # Context comes from the files being judged where they are, so that each is read once.
    own = {os.path.realpath(file.source.path) for file in files}
    around = [] if alone else [*project.reference, *project.articles, *project.curation]
    around = [file for file in around if os.path.realpath(file.path) not in own]
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
        self.unreadable: set[str] = set()  # by path
        self.not_judged: dict[str, str] = {}

    def read(self, given: _Given) -> list[File]:
        """Read a file to judge. Returns the file; nothing if it cannot be read, which is a finding."""
        try:
            return [_read(given)]
        except UsageError as error:
            self.findings.add(_unreadable(given, str(error)))
            self.unreadable.add(os.path.realpath(given.path))
            return []

    def copy(self) -> _Run:
        """Return a run that has gathered the same so far."""
        other = _Run(self.shapes, self.ontology, self.known)
        other.findings, other.looked, other.uncovered = set(self.findings), dict(self.looked), list(self.uncovered)
        other.not_judged = self.not_judged
        return other

    def judge(self, files: list[File], context: rdflib.Graph) -> None:
        """Judge files together in a context; what the context breaks by itself is not theirs."""
        if not files:
            return
        own = {t for file in files for t in file.source.graph if t not in context}
        subjects = _subjects(files)
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
            results, looked = shapes.judge(self.shapes, context, _subjects([file]), over_merge=False)
            for triple in file.source.graph:
                context.remove(triple)
            self.findings |= {_located([file], result) for result in results}
            self._count(looked)
            self._note_uncovered([file], looked)

    def judge_merge(self, files: list[File], merge: rdflib.Graph) -> None:
        """Judge what identifies a thing, over all files together with what the conclusions state."""
        results, looked = shapes.judge(self.shapes, merge, _subjects(files), over_merge=True)
        # What one file has got wrong by itself is not said once more of all files.
        said = {(f.path, f.line, f.focus, f.value, f.rule + OVERALL) for f in self.findings}
        for result in results:
            last = next((f for f in reversed(files) if _says(f, result)), None)
            last = last or next(f for f in reversed(files) if (result.focus, None, None) in f.source.graph)
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
            for subject in _subjects([file]) - covered:
                types = sorted(str(o) for o in file.source.graph.objects(subject, RDF.type) if isinstance(o, URIRef))
                if types and isinstance(subject, URIRef):
                    line = file.source.subjects.get(subject, 1)
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
            findings=[],
            files=[file.name for file in files],
            focus_nodes=dict(sorted(self.looked.items())),
            idle={name: self._described(name) for name, count in sorted(self.looked.items()) if not count},
            uncovered=sorted(self.uncovered),
            not_judged=self.not_judged,
            rules=[rules[id] for id in sorted(rules)],
        ).with_findings(self.findings)


def _located(files: list[File], result: shapes.Result, message: str = "") -> Finding:
    """Turn a result of pySHACL into a finding in the file that says it."""
    file = next((f for f in files if _says(f, result)), None)
    file = file or next((f for f in files if (result.focus, None, None) in f.source.graph), files[0])
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
        places += sorted(checks.place(file.name, checks.line_of(file.source, s, [p], o)) for s, p, o in stated)
    return f"It is stated at {', '.join(places)}." if len(places) > 1 else ""


# ---------------------------------------------------------------- files


class _Given(NamedTuple):
    """A file to judge: where it is, its name as shown, its kind, and its content if that can be read but once."""

    path: str
    name: str
    kind: str
    content: bytes | None = None


def _project_files(project: sources.Project) -> list[_Given]:
    kinds = (
        (REFERENCE, project.reference),
        (ARTICLE, project.articles),
        (REVIEW, project.review),
        (CURATION, project.curation),
        (QUERY, project.queries),
    )
    return [_Given(file.path, file.name, kind) for kind, members in kinds for file in members]


def _named_files(project: sources.Project, paths: list[str]) -> list[_Given]:
    no_data = ((ONTOLOGY, project.ontology), (SHAPES, project.shapes), (RULE, project.rules))
    kinds = {os.path.realpath(file.path): kind for kind, members in no_data for file in members}
    kinds.update((os.path.realpath(file.path), file.kind) for file in _project_files(project))

    def given(name: str) -> _Given:
        other = QUERY if name.endswith(".rq") else ARTICLE
        return _Given(name, name, kinds.get(os.path.realpath(name), other))

    found: dict[str, _Given] = {}
    for path in paths:
        if path == "-":
            found.setdefault(path, _Given(path, sources.STANDARD_INPUT, ARTICLE, sources.read_standard_input()))
        elif os.path.isdir(path):
            below = map(given, [*_below(path), *saved_queries.below(project, path)])
            data = [file for file in below if file.kind not in (ONTOLOGY, SHAPES, RULE)]
            if not data:
                raise UsageError(
                    f"{path}: no Turtle file with data (*.ttl) in this folder\n  name a file, or the folder that holds it"
                )
            for file in data:
                found.setdefault(os.path.realpath(file.path), file)
        else:
            if not os.path.exists(path):
                sources.read_bytes(path)  # raises with a message
            found.setdefault(os.path.realpath(path), given(path))
    return list(found.values())


def _below(folder: str) -> list[str]:
    names = []
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [os.path.join(directory, n) for n in files if n.endswith(".ttl") and not n.startswith(".")]
    return sorted(names)


def _read(given: _Given) -> File:
    if given.kind == QUERY:
        return saved_queries.read(given.path, given.name)
    if given.content is not None:
        text = sources.decode(given.content, given.name)
        return File(given.name, given.kind, None, turtle.read(given.name, text))
    slug = os.path.splitext(os.path.basename(given.path))[0]
    return File(given.name, given.kind, slug, turtle.read(given.path))


def _unreadable(given: _Given, message: str) -> Finding:
    """Turn the message of an error, `path:line:column: what is wrong` and the remedy below it, into a finding."""
    first, *more = message.splitlines()
    rule = checks.RULES[UNREADABLE]
    said = first.removeprefix(terminal.line(given.path)).removeprefix(terminal.line(given.name))
    place = re.fullmatch(r"(?::(\d+))?(?::(\d+))?:? *(.*)", said)
    line, column, what = place.groups() if place else (None, None, said)
    what, _, remedy = what.partition(". Remedy: ")  # of a rule of inference
    what = what[:1].upper() + what[1:] + (f" (column {column})" if column else "")
    remedy = next(
        (text.strip() for text in reversed(more) if re.match(r"  \S", text)), remedy.rstrip(".") or rule.remedy
    )
    return Finding(given.name, int(line or 1), rule.severity, rule.id, what, remedy, "", "", "")


def _without(project: sources.Project, unreadable: set[str]) -> sources.Project:
    """Return a project without the files of data that cannot be read; they are nobody's context."""

    def kept(files: list[sources.SourceFile]) -> list[sources.SourceFile]:
        return [file for file in files if os.path.realpath(file.path) not in unreadable]

    return project._replace(
        reference=kept(project.reference),
        articles=kept(project.articles),
        review=kept(project.review),
        curation=kept(project.curation),
        queries=kept(project.queries),
    )


def _subjects(files: list[File]) -> set[Node]:
    return {s for file in files for s in file.source.graph.subjects()}


def _graph(files: list[sources.SourceFile]) -> rdflib.Graph:
    """Read files as context; literals that are no literals are left out, since no engine can judge by them."""
    graph = rdflib.Graph(bind_namespaces="none")
    for file in files:
        shapes.add(graph, (t for t in turtle.parse(file.path, rename=True) if checks.well_formed(t.object)))
    return graph
