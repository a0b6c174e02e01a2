"""One validation from end to end: files are read, judged by shapes and rules, and what is found gets its place.

Each article is judged alone, with the reference data and the ontology around it, because a merged graph hides what one
article lacks. What identifies a thing is judged over the merge.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.closure.rulefile import read_rules
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph
from zonegraph.terms import TYPE
from zonegraph.validation import checks, contradictions, files, judging, passages, reach, restated, rules, shapes
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, File
from zonegraph.validation.files import DATA, LEXICON, NO_DATA, ONTOLOGY, RULE, SHAPE_RULE, SHAPES, Given
from zonegraph.validation.findings import PASSAGES, READING, UNDECLARED, Finding, Report, Uncovered
from zonegraph.validation.judging import Result, Unit
from zonegraph.validation.reading import Namesakes, lexicon
from zonegraph.validation.restated import Restated
from zonegraph.validation.rules import Around

JUDGES = ("queries", "pyshacl")  # who judges by shapes
OVERALL = "-overall"  # ends the id of a rule that asks of the merge what the rule without it asks of a file


def validate(
    project: sources.Project,
    paths: list[str] | None = None,
    *,
    alone: bool = False,
    reasoner: str = "compiled",
    judge: str = JUDGES[0],
    group: str | None = None,
    articles: str | None = None,
) -> Report:
    """Validate files against a project's shapes, rules and ontology.

    Parameters: `project`, whose shapes, rules, ontology and reference data are used; `paths`, files, folders (every `*.ttl`
    below) or `-` for standard input, each judged as an article's file unless it is a file of the project of another
    kind, or a saved query (`*.rq`); None means the whole project, its merge included; `alone` leaves out the reference data;
    `reasoner`, "compiled" or "owlrl", looks for contradictions; `judge`, "queries" for shapes as queries, with pySHACL for what
    they suspect, or "pyshacl" for pySHACL alone; `group`, the only rules to judge by, such as "passages"; `articles`, the
    folder of the articles' texts, None for that of ZONEGRAPH_ARTICLES.
    Returns a report; a file that cannot be read is a finding in it, and the others are judged without that file, but for the
    ontology, without which they are only read. Raises UsageError if a path leads to no file, if there is no such folder, if a
    shape is ill-formed, or if there is nothing that files could be judged by; EngineError if pySHACL fails.
    """
    directory = texts.directory_of(articles)
    kinds = DATA if group == PASSAGES else (*DATA, QUERY)  # saved queries hold no passages
    given = files.members(project, kinds) if paths is None else files.named_files(project, paths)

    def run(project: sources.Project) -> Report:
        judging_by = _Run(project, alone, reasoner, judge, group, directory)
        return judging_by.report(given)

    try:
        return run(project)
    except UsageError:
        broken = _unreadable_standard(project, given)
        if not broken:
            raise
        unreadable = {finding.path for finding in broken.values()}
        given = [one for one in given if one.name not in unreadable]
        report, how = None, "are read, but not judged, without this file"
        standard = files.without(project, set(broken))
        if len(standard.ontology) == len(project.ontology):
            try:
                report, how = run(standard), "are judged without this file"
            except UsageError as error:  # no shape may be left, or another file be wrong in another way
                how = f"are read, but not judged: {' '.join(str(error).split())}"
        return (report or _only_read(given)).with_findings(
            finding._replace(message=f"{finding.message}; the others {how}") for finding in broken.values()
        )


def _unreadable_standard(project: sources.Project, given: list[Given]) -> dict[str, Finding]:
    """Return a finding for each file that files are judged by, or that stands around them, and cannot be read, by its real path."""
    names = {os.path.realpath(one.path): one.name for one in given}
    judged = {os.path.realpath(one.path) for one in given if one.kind not in NO_DATA}
    read: dict[str, Callable[[str, str], object]] = {
        RULE: read_rules,
        SHAPE_RULE: rules.read,
        LEXICON: lexicon.extended,
    }
    broken: dict[str, Finding] = {}
    for file in files.members(project, (ONTOLOGY, SHAPES, SHAPE_RULE, LEXICON, RULE, REFERENCE, ARTICLE, CURATION)):
        path = os.path.realpath(file.path)
        if path not in judged:
            try:
                read.get(file.kind, turtle.parse)(file.path, texts.read_text(file.path))
            except UsageError as error:
                broken[path] = files.unreadable(file._replace(name=names.get(path, file.name)), error)
    return broken


def _only_read(given: list[Given]) -> Report:
    """Return a report of files that are read, but not judged, since there is nothing to judge them by."""
    _, found = _read([one for one in given if one.kind not in NO_DATA])
    rules_applied = [rule for rule in checks.RULES.values() if found]
    return Report([], [], {}, {}, [], rules_applied, {}, {}).with_findings(found)


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

    def __init__(
        self, project: sources.Project, alone: bool, reasoner: str, judge: str, group: str | None, texts: str | None
    ) -> None:
        self.project, self.alone, self.reasoner, self.whole = project, alone, reasoner, judge == "pyshacl"
        self.group, self.texts = group, texts
        self.merge = not alone and group is None  # whether what all files say together is judged too
        self.ontology = [t for file in project.ontology for t in _sound(turtle.parse(file.path, rename=True))]
        self.shapes = shapes.load(project, self.ontology)
        self.rules = rules.load(project)
        self.words = lexicon.load(project)
        if group is not None:
            self.shapes = shapes.of_group(self.shapes, group)
            self.rules = [rule for rule in self.rules if rule.rule.group == group]
        self.surroundings = reach.Surroundings(self.shapes.ways)  # of what is judged next: first the ontology alone
        self.surroundings.add(self.ontology)
        self.known = checks.terms(Graph(self.ontology))
        self.findings: set[Finding] = set()
        self.looked: Counter[str] = Counter()
        self.uncovered: list[Uncovered] = []
        self.unchecked: dict[str, str] = {}
        self.restated = restated.NOTHING  # what the articles to judge restate, and those around them

    def report(self, given: list[Given]) -> Report:
        """Judge files. Returns the report."""
        not_judged = {file.name: file.kind for file in given if file.kind in NO_DATA}
        if RULE in not_judged.values():
            graphs.program(self.project)  # raises if a rule cannot be read; ontology and shapes have been
        read, unreadable = _read([one for one in given if one.kind not in NO_DATA])
        self.findings.update(unreadable)
        names = {finding.path for finding in unreadable}
        # They are nobody's context.
        self.project = files.without(self.project, {os.path.realpath(one.path) for one in given if one.name in names})
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
            self._gather(units, self._judged(units), {})
        return self._reported([*data, *queries], not_judged)

    def _around(self, data: list[File]) -> list[Around]:
        """Read what stands around the files that are judged, and is not one of them."""
        own = {os.path.realpath(file.source.path) for file in data}
        around = [] if self.alone else files.members(self.project, (REFERENCE, ARTICLE, CURATION))
        return [
            Around(
                file.kind,
                file.slug or "",
                [t for t in _sound(turtle.parse(file.path, rename=True)) if not checks.is_axiom(t)],
            )
            for file in around
            if os.path.realpath(file.path) not in own
        ]

    def _judge(
        self, units: list[tuple[list[File], Unit]], data: list[File], sound: list[File], around: list[Around]
    ) -> None:
        """Judge files of data: by themselves with what surrounds them, and together."""
        dataset = rules.dataset(self.ontology, data, sound, around, merge=self.merge)
        # Rules of a group ask a file itself; all else, shapes of a group too, may ask also of what it restates.
        by_file, over_merge = rules.find([r for r in self.rules if r.rule.group], dataset, merge=self.merge)
        program = graphs.program(self.project)
        articles = [(one.slug, one.triples) for one in around if one.kind == ARTICLE]
        self.restated = restated.draw(program, sound, articles)
        if self.group is None:
            dataset.restate(self.restated, merged=self.merge)
            more, more_over_merge = rules.find([r for r in self.rules if not r.rule.group], dataset, merge=self.merge)
            over_merge |= more_over_merge
            for file in sound:
                by_file[file.name] |= more[file.name] | set(checks.of_file(file, self.known))
            self.findings.update(restated.find(sound, self.restated))
        units += self._of_files(data, sound, around)
        merged = [self._of_merge(sound, around, dataset.concluded)] if self.merge else []
        results = self._judged([*units, *merged])
        self._gather(units, results[: len(units)], by_file)
        for (judged, _), found in zip(merged, results[len(units) :], strict=True):
            self._gather_overall(judged, found)
        self.findings |= over_merge
        self._judge_passages(data, sound, around)
        if self.group is None:
            self.findings.update(
                contradictions.find(sound, dataset, self.project, program, self.reasoner, self.findings)
            )

    def _judge_passages(self, data: list[File], sound: list[File], around: list[Around]) -> None:
        named = [self.ontology, *(one.triples for one in around if one.kind == REFERENCE)]
        named += [list(file.source.graph) for file in data if file.kind == REFERENCE]
        slugs = [(checks.in_iri(one.slug), one.triples) for one in around if one.kind == ARTICLE]
        # A file that is not judged for its literals still names its text.
        slugs += [(checks.slug(file), list(file.source.graph)) for file in data if file.kind == ARTICLE]
        digests = {slug: evidence.text_digest(triples, slug) for slug, triples in slugs}

        def beside() -> Iterator[ox.Triple]:
            for one in around:
                yield from one.triples
            for file in data:
                yield from file.source.graph
            yield from (t for triples in self.restated.around.values() for t in triples)
            yield from (t for graph in self.restated.by_file.values() for t in graph)

        namesakes = Namesakes(Graph(self.ontology), beside)
        found, self.unchecked = passages.find(
            sound, digests, (t for triples in named for t in triples), namesakes, self.texts, self.words
        )
        self.findings.update(found)

    def _judged(self, units: list[tuple[list[File], Unit]]) -> list[list[Result]]:
        """Judge units by shapes, and count the focus nodes of each shape. Returns the results of each."""
        for _, unit in units:
            self.looked.update({name: len(nodes) for name, nodes in unit.looked.items()})
        return judging.judge(self.shapes, [unit for _, unit in units], whole=self.whole)

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
                own = [t for file in members for t in (*file.source.graph, *restated.of_file(self.restated, file))]
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
        self._add_restated(of[ARTICLE])
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
        self._add_restated(sound)
        said = [graph for file in sound for graph in (file.source.graph, restated.of_file(self.restated, file))]
        focus = {s for graph in said for s in graph.subjects()}
        return sound, judging.unit_of_merge(surroundings, focus, self.shapes)

    def _add_restated(self, files: list[File]) -> None:
        """Add what articles restate to what surrounds others: the files judged, and those around them."""
        for file in files:
            self.surroundings.add(restated.of_file(self.restated, file))
        for triples in self.restated.around.values():
            self.surroundings.add(triples)

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
            # So has a range that is quoted and not filled; that it lacks offsets and digest says nothing new.
            quoting = {node for file in judged for node in evidence.quoting(list(file.source.graph))}
            located = (
                _located(self.restated, judged, result)
                for result in _at_causes(self.restated, judged, found)
                if result.focus not in quoting or not set(result.properties) & set(evidence.RANGE)
            )
            self.findings |= by_rules
            self.findings |= {f for f in located if not f.value or (f.path, f.line, f.value) not in explained}
            if self.group is None:
                self._note_uncovered(judged, unit)

    def _gather_overall(self, judged: list[File], results: list[Result]) -> None:
        """Enter what is found of the merge: each in the last file that says it."""
        # What one file has got wrong by itself is not said once more of all files.
        said = {(f.path, f.line, f.focus, f.value, f.rule + OVERALL) for f in self.findings}
        for result in _at_causes(self.restated, judged, results):
            last = next((f for f in reversed(judged) if _says(self.restated, f, result)), None)
            last = last or next(f for f in reversed(judged) if restated.says(self.restated, f, result.focus))
            found = _located(self.restated, [last], result, _stated_where(judged, result))
            if (found.path, found.line, found.focus, found.value, found.rule) not in said:
                self.findings.add(found)

    def _note_uncovered(self, judged: list[File], unit: Unit) -> None:
        """Note the subjects with a class that no shape looks at."""
        covered = {node for nodes in unit.looked.values() for node in nodes}
        for file in judged:
            types: dict[ox.NamedNode, list[str]] = {}
            for s, p, o in file.source.graph:
                if p == TYPE and isinstance(o, ox.NamedNode) and isinstance(s, ox.NamedNode) and s not in covered:
                    types.setdefault(s, []).append(o.value)
            for subject, classes in types.items():
                region = file.source.subjects.get(subject, turtle.START)
                self.uncovered.append(Uncovered(file.name, region.line, subject.value, min(classes)))

    def _described(self, shape: shapes.Shape) -> list[str]:
        """Return the terms that a shape's targets name; one that the ontology lacks will never meet anything."""
        return [
            v.shorten(term.value) + ("" if checks.is_declared(term, self.known) else f" ({UNDECLARED})")
            for term in shape.targets.terms()
        ]

    def _reported(self, judged: list[File], not_judged: dict[str, str]) -> Report:
        # Shapes of other projects may have no rule ids; they count once they have found something.
        found = {finding.rule for finding in self.findings}
        known = [r for r in self.shapes.rules.values() if r.id in found or r.id in self.shapes.ids]
        known += [rule.rule for rule in self.rules]
        for more in (checks.RULES, restated.RULES, contradictions.RULES, passages.RULES):
            known += more.values()
        applied = {rule.id: rule for rule in known if self.group is None or rule.group in (self.group, READING)}
        by_name = {shape.name: shape for shape in self.shapes.shapes}
        return Report(
            findings=[],
            files=[file.name for file in judged],
            focus_nodes={name: self.looked[name] for name in sorted(by_name)},
            idle={name: self._described(by_name[name]) for name in sorted(by_name) if not self.looked[name]},
            uncovered=sorted(self.uncovered),
            rules=[applied[id] for id in sorted(applied)],
            not_judged=not_judged,
            unchecked=self.unchecked,
        ).with_findings(finding for finding in self.findings if finding.rule in applied)


def _sound(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Leave out literals that are no literals, since no engine can judge by them."""
    return [t for t in triples if checks.well_formed(t.object)]


def _located(given: Restated, judged: list[File], result: Result, message: str = "") -> Finding:
    """Turn a result of a shape into a finding in the file that says it. Parameters: `given`, what files restate."""
    file = next((f for f in judged if _says(given, f, result)), None)
    file = file or next((f for f in judged if restated.says(given, f, result.focus)), judged[0])
    region = checks.last_mention(file.source, result.focus, result.inverse) if result.inverse else None
    besides = ""
    if not region and result.inverse:
        pointing = next(restated.of_file(given, file).subjects(result.inverse, result.focus), None)
        if pointing is not None:
            region, besides = restated.place(given, file, pointing, [result.inverse], result.focus)
    if not region:
        region, besides = restated.place(given, file, result.focus, result.properties, result.value)
    more = " ".join(filter(None, (message, besides)))
    message = more and f"{result.rule.message} {more}"
    return checks.finding(file, result.rule, region, result.focus, result.path, result.value, message)


def _at_causes(given: Restated, judged: list[File], results: list[Result]) -> Iterator[Result]:
    """Yield results, but for those about a value that files only restate where it is at fault where they state it."""
    faults = {(result.rule.id, result.focus, p, result.value) for result in results for p in result.properties}
    for result in results:
        saying = [file for file in judged if _says(given, file, result)]
        if not saying or not all(
            any(
                (result.rule.id, *cause, result.value) in faults
                for cause in restated.causes(given, file, result.focus, result.properties, result.value)
            )
            for file in saying
        ):
            yield result


def _says(given: Restated, file: File, result: Result) -> bool:
    """Return whether a file says a triple that a result is about: with its value, or any if it has no value."""
    if result.inverse:
        return restated.says(given, file, None, result.inverse, result.focus)
    return any(restated.says(given, file, result.focus, p, result.value) for p in result.properties)


def _stated_where(judged: list[File], result: Result) -> str:
    """Return where the triples that a result is about stand, if there are several; a conclusion states one too."""
    places = []
    for file in judged:
        regions = checks.stated(file.source, result.focus, result.properties)
        if result.inverse:
            arriving = file.source.graph.subjects(result.inverse, result.focus)
            found = (checks.region_of(file.source, s, [result.inverse], result.focus) for s in arriving)
            regions += sorted(region for region in found if region is not None)
        places += [checks.place(file.name, region) for region in regions]
    return f"It is stated at {', '.join(places)}." if len(places) > 1 else ""
