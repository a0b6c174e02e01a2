"""One validation from end to end: files are read, judged by shapes and rules, and what is found gets its place.

Each article is judged alone, with the reference data and the ontology around it, because a merged graph hides what one
article lacks. What identifies a thing is judged over the merge.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.closure.rulefile import read_rule
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph
from zonegraph.validation import checks, contradictions, files, judging, printed, reach, rules, shapes
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, TYPE, ZG, File
from zonegraph.validation.files import NO_DATA, ONTOLOGY, RULE, SHAPE_RULE, SHAPES, Given
from zonegraph.validation.judging import Result, Unit
from zonegraph.validation.report import UNDECLARED, Finding, Report, Uncovered
from zonegraph.validation.rules import Around

OVERALL = "-overall"  # ends the id of a rule that asks of the merge what the rule without it asks of a file


def validate(
    project: sources.Project,
    paths: list[str] | None = None,
    *,
    alone: bool = False,
    reasoner: str = "compiled",
    judge: str = "queries",
) -> Report:
    """Validate files against a project's shapes, rules and ontology.

    Parameters: `project`, whose shapes, rules, ontology and reference data are used; `paths`, files, folders (every `*.ttl`
    below) or `-` for standard input, each judged as an article's file unless it is a file of the project of another
    kind, or a saved query (`*.rq`); None means the whole project, its merge included; `alone` leaves out the reference data;
    `reasoner`, "compiled" or "owlrl", looks for contradictions; `judge`, "queries" for shapes as queries, with pySHACL for what
    they suspect, or "pyshacl" for pySHACL alone.
    Returns a report; a file that cannot be read is a finding in it, and the others are judged without that file, but for the
    ontology, without which they are only read. Raises UsageError if a path leads to no file, or if there is nothing that
    files could be judged by; EngineError if pySHACL fails.
    """
    given = files.project_files(project) if paths is None else files.named_files(project, paths)

    def run(project: sources.Project) -> Report:
        return _Run(project, alone=alone, reasoner=reasoner, whole=judge == "pyshacl").report(given)

    try:
        return run(project)
    except UsageError:
        standard, broken = _readable_standard(project, given)
        if not broken:
            raise
        unreadable = {finding.path for finding in broken}
        given = [one for one in given if one.name not in unreadable]
        report, how = None, "are read, but not judged, without this file"
        if len(standard.ontology) == len(project.ontology):
            try:
                report, how = run(standard), "are judged without this file"
            except UsageError as error:  # no shape may be left, or another file be wrong in another way
                how = f"are read, but not judged: {' '.join(str(error).split())}"
        return (report or _only_read(given)).with_findings(
            finding._replace(message=f"{finding.message}; the others {how}") for finding in broken
        )


def _readable_standard(project: sources.Project, given: list[Given]) -> tuple[sources.Project, list[Finding]]:
    """Look at what files are judged by, and at what stands around them.

    Returns the project without those of its files that cannot be read, and a finding for each of them.
    """
    names = {os.path.realpath(one.path): one.name for one in given}
    judged = {os.path.realpath(one.path) for one in given if one.kind not in NO_DATA}
    broken: list[Finding] = []

    def kept(kind: str, members: list[sources.SourceFile]) -> list[sources.SourceFile]:
        sound = []
        for file in members:
            if os.path.realpath(file.path) in judged:
                sound.append(file)
                continue
            try:
                if kind == RULE:
                    read_rule(file.path, texts.read_text(file.path))
                elif kind == SHAPE_RULE:
                    rules.read(file.path, texts.read_text(file.path))
                else:
                    turtle.parse(file.path)
                sound.append(file)
            except UsageError as error:
                name = names.get(os.path.realpath(file.path), file.name)
                broken.append(files.unreadable(Given(file.path, name, kind), error))
        return sound

    standard = project._replace(
        ontology=kept(ONTOLOGY, project.ontology),
        shapes=kept(SHAPES, project.shapes),
        shape_rules=kept(SHAPE_RULE, project.shape_rules),
        rules=kept(RULE, project.rules),
        reference=kept(REFERENCE, project.reference),
        articles=kept(ARTICLE, project.articles),
        curation=kept(CURATION, project.curation),
    )
    return standard, broken


def _only_read(given: list[Given]) -> Report:
    """Return a report of files that are read, but not judged, since there is nothing to judge them by."""
    _, found = _read([one for one in given if one.kind not in NO_DATA])
    rules_applied = [rule for rule in checks.RULES.values() if found]
    return Report([], [], {}, {}, [], rules_applied, {}).with_findings(found)


def _read(given: list[Given]) -> tuple[list[File], list[Finding]]:
    """Read files. Returns those that can be read, and a finding for each of the others."""
    read, found = [], []
    for one in given:
        try:
            read.append(files.read(one))
        except UsageError as error:
            found.append(files.unreadable(one, error))
    return read, found


class _Run:
    """What one validation judges by, and what it gathers."""

    def __init__(self, project: sources.Project, *, alone: bool, reasoner: str, whole: bool) -> None:
        self.project, self.alone, self.reasoner, self.whole = project, alone, reasoner, whole
        self.ontology = [t for file in project.ontology for t in _sound(turtle.parse(file.path, rename=True))]
        self.shapes = shapes.load(project, self.ontology)
        self.rules = rules.load(project)
        self.surroundings = reach.Surroundings(self.shapes.ways)  # of what is judged next: first the ontology alone
        self.surroundings.add(self.ontology)
        self.known = checks.terms(Graph(self.ontology))
        self.findings: set[Finding] = set()
        self.looked: Counter[str] = Counter()
        self.uncovered: list[Uncovered] = []

    def report(self, given: list[Given]) -> Report:
        """Judge files. Returns the report."""
        not_judged = {file.name: file.kind for file in given if file.kind in NO_DATA}
        if RULE in not_judged.values():
            graphs.program(self.project)  # raises if a rule cannot be read; ontology and shapes have been
        read, unreadable = _read([one for one in given if one.kind not in NO_DATA])
        self.findings.update(unreadable)
        names = {finding.path for finding in unreadable}
        unread = {os.path.realpath(one.path) for one in given if one.name in names}
        self.project = _without(self.project, unread)  # they are nobody's context
        queries = [file for file in read if file.kind == QUERY]
        data = [file for file in read if file.kind != QUERY]
        units = self._of_queries(queries)
        if data:
            self.findings.update(finding for file in data for finding in checks.take_axioms(file))
            refused = [finding for file in data for finding in checks.ill_formed(file)]
            self.findings.update(refused)
            broken = {finding.path for finding in refused}
            self._judge(units, data, [file for file in data if file.name not in broken], self._around(data))
        else:
            self._gather(units, judging.judge(self.shapes, [unit for _, unit in units], whole=self.whole), {})
        return self._reported([*data, *queries], not_judged)

    def _around(self, data: list[File]) -> list[Around]:
        """Read what stands around the files that are judged, and is not one of them."""
        own = {os.path.realpath(file.source.path) for file in data}
        kinds = (
            (REFERENCE, self.project.reference),
            (ARTICLE, self.project.articles),
            (CURATION, self.project.curation),
        )
        return [
            Around(
                kind,
                sources.slug(file),
                [t for t in _sound(turtle.parse(file.path, rename=True)) if not checks.is_axiom(t)],
            )
            for kind, members in kinds
            for file in (() if self.alone else members)
            if os.path.realpath(file.path) not in own
        ]

    def _judge(
        self, units: list[tuple[list[File], Unit]], data: list[File], sound: list[File], around: list[Around]
    ) -> None:
        """Judge files of data: by themselves with what surrounds them, and together."""
        dataset = rules.dataset(self.ontology, data, sound, around, merge=not self.alone)
        by_file, over_merge = rules.find(self.rules, dataset, merge=not self.alone)
        for file in sound:
            by_file[file.name] |= set(checks.of_file(file, self.known))
        units += self._of_files(data, sound, around)
        merged = [] if self.alone else [self._of_merge(sound, around, dataset.concluded)]
        results = judging.judge(self.shapes, [unit for _, unit in (*units, *merged)], whole=self.whole)
        self._gather(units, results[: len(units)], by_file)
        for (judged, unit), found in zip(merged, results[len(units) :], strict=True):
            self._gather_overall(judged, unit, found)
        self.findings |= over_merge
        named = [self.ontology, *(one.triples for one in around if one.kind == REFERENCE)]
        named += [] if self.alone else [list(file.source.graph) for file in data if file.kind == REFERENCE]
        self.findings.update(printed.find(sound, (t for triples in named for t in triples)))
        self.findings.update(contradictions.find(sound, dataset, self.project, self.reasoner, self.findings))

    # ------------------------------------------------------------ what is judged together

    def _of_queries(self, queries: list[File]) -> list[tuple[list[File], Unit]]:
        """Return a unit for each saved query: two files of one name are two queries."""
        return [([file], judging.unit(file.source.graph, self.surroundings, self.shapes)) for file in queries]

    def _of_files(self, data: list[File], sound: list[File], around: list[Around]) -> list[tuple[list[File], Unit]]:
        """Return what is judged together: the reference data, each article, and reviews with the curation."""
        surroundings = self.surroundings
        units: list[tuple[list[File], Unit]] = []

        def together(members: list[File]) -> None:
            if members:
                own = [t for file in members for t in file.source.graph]
                units.append((members, judging.unit(own, surroundings, self.shapes)))

        def add(kind: str) -> None:
            # A file that is not judged for its literals still describes what the others refer to.
            surroundings.add(t for one in around if one.kind == kind for t in one.triples)
            surroundings.add(
                t for file in data if file.kind == kind and file not in sound for t in _sound(file.source.graph)
            )

        of = {kind: [file for file in sound if file.kind == kind] for kind in (REFERENCE, ARTICLE, REVIEW, CURATION)}
        add(REFERENCE)
        together(of[REFERENCE])
        surroundings.add(t for file in of[REFERENCE] for t in file.source.graph)
        for file in of[ARTICLE]:
            together([file])
        add(ARTICLE)
        surroundings.add(t for file in of[ARTICLE] for t in file.source.graph)
        together([*of[REVIEW], *of[CURATION]])
        return units

    def _of_merge(
        self, sound: list[File], around: list[Around], concluded: Iterable[ox.Triple]
    ) -> tuple[list[File], Unit]:
        """Return what the files say together with all around them, of which their subjects are judged."""
        surroundings = self.surroundings
        for one in around:
            surroundings.add(one.triples)
        for file in sound:
            surroundings.add(file.source.graph)
        surroundings.add(concluded)
        focus = {s for file in sound for s in file.source.graph.subjects()}
        return sound, judging.unit_of_merge(surroundings, focus, self.shapes)

    # ------------------------------------------------------------ what is found

    def _gather(
        self, units: list[tuple[list[File], Unit]], results: list[list[Result]], by_file: dict[str, set[Finding]]
    ) -> None:
        """Enter the results of units together with what rules have found in their files."""
        for (judged, unit), found in zip(units, results, strict=True):
            by_rules = {f for file in judged for f in by_file.get(file.name, ())}
            # What is misspelt or described nowhere has its finding; that it lacks a class too says nothing new.
            explained = {
                (f.path, f.line, f.value) for f in by_rules if f.rule in ("unknown-term", "undefined-reference")
            }
            located = (_located(judged, result) for result in found)
            self.findings |= by_rules
            self.findings |= {f for f in located if not f.value or (f.path, f.line, f.value) not in explained}
            self._count(judged, unit)

    def _gather_overall(self, judged: list[File], unit: Unit, results: list[Result]) -> None:
        """Enter what is found of the merge: each in the last file that says it."""
        # What one file has got wrong by itself is not said once more of all files.
        said = {(f.path, f.line, f.focus, f.value, f.rule + OVERALL) for f in self.findings}
        for result in results:
            last = next((f for f in reversed(judged) if _says(f, result)), None)
            last = last or next(f for f in reversed(judged) if f.source.graph.has(result.focus))
            found = _located([last], result, _stated_where(judged, result))
            if (found.path, found.line, found.focus, found.value, found.rule) not in said:
                self.findings.add(found)
        for name, nodes in unit.looked.items():
            self.looked[name] += len(nodes)

    def _count(self, judged: list[File], unit: Unit) -> None:
        """Count the focus nodes of each shape, and note the subjects with a class that no shape looks at."""
        for name, nodes in unit.looked.items():
            self.looked[name] += len(nodes)
        covered = {node for nodes in unit.looked.values() for node in nodes}
        for file in judged:
            types: dict[ox.NamedNode, list[str]] = {}
            for s, p, o in file.source.graph:
                if p == TYPE and isinstance(o, ox.NamedNode) and isinstance(s, ox.NamedNode) and s not in covered:
                    types.setdefault(s, []).append(o.value)
            for subject, classes in types.items():
                line = file.source.subjects.get(subject, 1)
                self.uncovered.append(Uncovered(file.name, line, subject.value, min(classes)))

    def _described(self, shape: shapes.Shape) -> list[str]:
        """Return the terms that a shape's targets name; one that the ontology lacks will never meet anything."""
        return [
            v.shorten(term.value) + ("" if checks.is_declared(term, self.known) else f" ({UNDECLARED})")
            for term in shape.targets.terms()
        ]

    def _reported(self, judged: list[File], not_judged: dict[str, str]) -> Report:
        # Shapes of other projects may have no rule ids; they count once they have found something.
        found = {finding.rule for finding in self.findings}
        applied = {r.id: r for r in self.shapes.rules.values() if r.id in found or r.id in self.shapes.ids}
        applied.update((rule.rule.id, rule.rule) for rule in self.rules)
        for more in (checks.RULES, contradictions.RULES, printed.RULES):
            applied.update(more)
        by_name = {shape.name: shape for shape in self.shapes.shapes}
        return Report(
            findings=[],
            files=[file.name for file in judged],
            focus_nodes={name: self.looked[name] for name in sorted(by_name)},
            idle={name: self._described(by_name[name]) for name in sorted(by_name) if not self.looked[name]},
            uncovered=sorted(self.uncovered),
            not_judged=not_judged,
            rules=[applied[id] for id in sorted(applied)],
        ).with_findings(self.findings)


def _without(project: sources.Project, paths: set[str]) -> sources.Project:
    """Return a project without some files of data, which their real paths name."""

    def kept(files: list[sources.SourceFile]) -> list[sources.SourceFile]:
        return [file for file in files if os.path.realpath(file.path) not in paths]

    return project._replace(
        reference=kept(project.reference), articles=kept(project.articles), curation=kept(project.curation)
    )


def _sound(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Leave out literals that are no literals, since no engine can judge by them."""
    return [t for t in triples if checks.well_formed(t.object)]


def _located(judged: list[File], result: Result, message: str = "") -> Finding:
    """Turn a result of a shape into a finding in the file that says it."""
    file = next((f for f in judged if _says(f, result)), None)
    file = file or next((f for f in judged if f.source.graph.has(result.focus)), judged[0])
    line = checks.last_mention(file.source, result.focus, result.inverse) if result.inverse else 0
    line = line or checks.line_of(file.source, result.focus, result.properties, result.value)
    message = message and f"{result.rule.message} {message}"
    return checks.finding(file, result.rule, line, result.focus, result.path, result.value, message)


def _says(file: File, result: Result) -> bool:
    """Return whether a file has a triple that a result is about: with its value, or any if it has no value."""
    graph = file.source.graph
    if result.inverse:
        return graph.has(None, result.inverse, result.focus)
    return any(graph.has(result.focus, p, result.value) for p in result.properties)


def _stated_where(judged: list[File], result: Result) -> str:
    """Return where the triples that a result is about stand, if there are several; a conclusion states one too."""
    places = []
    for file in judged:
        graph = file.source.graph
        stated = [t for p in result.properties for t in graph.triples(result.focus, p)]
        stated += graph.triples(None, result.inverse, result.focus) if result.inverse else ()
        for conclusion in graph.subjects(ZG.about, result.focus):
            if any(graph.has(conclusion, ZG.supports, p) for p in result.properties):
                stated += graph.triples(conclusion, ZG.value)
        places += sorted(checks.place(file.name, checks.line_of(file.source, s, [p], o)) for s, p, o in stated)
    return f"It is stated at {', '.join(places)}." if len(places) > 1 else ""
