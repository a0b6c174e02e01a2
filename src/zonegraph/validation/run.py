"""One validation from end to end: files are read, judged by shapes and rules, and what is found gets its place.

Each article is judged alone, with the reference data and the ontology around it, because a merged graph hides what one
article lacks. What identifies a thing is judged over the merge.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import closure, evidence
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.dates import DATATYPES
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph, Term
from zonegraph.rdf.turtle import Region
from zonegraph.terms import TYPE
from zonegraph.validation import (
    by_itself,
    causes,
    change,
    checks,
    contradictions,
    elsewhere,
    files,
    judging,
    meant,
    passages,
    reach,
    reading,
    restated,
    rulebook,
    rules,
    shapes,
)
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, File
from zonegraph.validation.files import DATA, LEXICON, NO_DATA, ONTOLOGY, RULE, SHAPE_RULE, SHAPES, Given
from zonegraph.validation.findings import PASSAGES, READING, UNDECLARED, Finding, Other, Report, Source, Uncovered
from zonegraph.validation.reading import Namesakes, lexicon
from zonegraph.validation.restated import Restated
from zonegraph.validation.rules import Around
from zonegraph.validation.units import Result, Unit

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
    contents: Mapping[str, bytes] | None = None,
    paid: bool = False,
) -> Report:
    """Validate files against a project's shapes, rules and ontology.

    Parameters: `project`, whose shapes, rules, ontology and reference data are used; `paths`, files, folders (every `*.ttl`
    below) or `-` for standard input, each judged as an article's file unless it is a file of the project of another
    kind, or a saved query (`*.rq`); None means the whole project, its merge included; `alone` leaves out the reference data;
    `reasoner`, "compiled" or "owlrl", looks for contradictions; `judge`, "queries" for shapes as queries, with pySHACL for what
    they suspect, or "pyshacl" for pySHACL alone; `group`, the only rules to judge by, such as "passages"; `articles`, the
    folder of the articles' texts, None for that of ZONEGRAPH_ARTICLES; `contents`, what stands in place of what is saved in files
    that `paths` name, by path, as an editor has it; `paid`, whether the graph that an article is laid over is built
    where the cache does not have it, so that the next change costs no more than itself.
    Returns a report; a file that cannot be read is a finding in it, and the others are judged without that file, but for the
    ontology, without which they are only read. Raises UsageError if a path leads to no file, if there is no such folder, if a
    shape is ill-formed, or if there is nothing that files could be judged by; EngineError if pySHACL fails.
    """
    kinds = DATA if group == PASSAGES else (*DATA, QUERY)  # saved queries hold no passages
    bounded = paths is not None and not alone and group is None and (reasoner, judge) == ("compiled", JUDGES[0])
    how = _How(alone, reasoner, judge, group, texts.directory_of(articles), bounded, paid)
    given = files.members(project, kinds) if paths is None else files.named_files(project, paths, contents)
    try:
        return _placed(_explained(project, how, given), project, given)
    except UsageError:
        broken = _unreadable_standard(project, given)
        if not broken:
            raise
        named = [*given, *(Given(path, finding.path, "") for path, finding in broken.items())]
        return _placed(_judged_without(project, how, given, broken), project, named)


class _How(NamedTuple):
    """How files are judged: see `validate`. `directory` is the folder of the texts; `bounded`, whether what has changed may be enough."""

    alone: bool
    reasoner: str
    judge: str
    group: str | None
    directory: str | None
    bounded: bool
    paid: bool


def _explained(project: sources.Project, how: _How, given: list[Given]) -> Report:
    """Judge files, and find the causes of what is found."""
    return causes.explained(given, functools.partial(_judged, project, how, _Kept({}, {})), project)


def _judged(project: sources.Project, how: _How, kept: _Kept, given: list[Given]) -> tuple[Report, list[File]]:
    """Judge files as they are given: as a change if that is enough, else with all that stands around them. Returns them as they were read, too."""
    whole = ""
    if how.bounded:
        try:
            article = change.only_article(project, given)
            if article is not None:
                with change.laid_over(project, article, paid=how.paid) as laid:
                    run = _Run(project, how, kept, laid)
                    return run.report(given), run.files
        except closure.UnboundedError as error:
            whole = str(error)
    run = _Run(project, how, kept)
    return run.report(given)._replace(whole=whole), run.files


def _judged_without(project: sources.Project, how: _How, given: list[Given], broken: dict[str, Finding]) -> Report:
    """Judge files without those that cannot be read, and are judged by or stand around them, as far as that can be done.

    Parameters: `broken`, the findings on these, by real path.
    """
    unreadable = {finding.path for finding in broken.values()}
    given = [one for one in given if one.name not in unreadable]
    report, how_far = None, "are read, but not judged, without this file"
    standard = files.without(project, set(broken))
    if len(standard.ontology) == len(project.ontology):
        try:
            report, how_far = _explained(standard, how, given), "are judged without this file"
        except UsageError as error:  # no shape may be left, or another file be wrong in another way
            how_far = f"are read, but not judged: {' '.join(str(error).split())}"
    return (report or _only_read(given)).with_findings(
        finding._replace(message=f"{finding.message}; the others {how_far}") for finding in broken.values()
    )


def _placed(report: Report, project: sources.Project, given: list[Given]) -> Report:
    """Return a report that knows where the files are that it names, and what stands in those that could not be judged."""
    read, unreadable = dict(report.texts), set(report.unreadable)
    for one in given:
        if one.name in unreadable:
            with contextlib.suppress(UsageError):  # it is no text
                read[one.name] = files.text_of(one)
    # What is judged may break something where it was not asked for.
    for name in {finding.path for finding in report.findings}.difference(read, (one.name for one in given)):
        with contextlib.suppress(UsageError):
            read[name] = texts.read_text(os.path.join(project.root, name))
    paths = {one.name: one.path for one in given if one.content is None}
    return report._replace(texts=read, paths=paths, root=project.root)


def _unreadable_standard(project: sources.Project, given: list[Given]) -> dict[str, Finding]:
    """Return a finding for each file that files are judged by, or that stands around them, and cannot be read, by its real path."""
    names = {os.path.realpath(one.path): one.name for one in given}
    judged = {os.path.realpath(one.path) for one in given if one.kind not in NO_DATA}
    broken: dict[str, Finding] = {}
    for file in files.members(project, (ONTOLOGY, SHAPES, SHAPE_RULE, LEXICON, RULE, REFERENCE, ARTICLE, CURATION)):
        path = os.path.realpath(file.path)
        if path not in judged:
            try:
                by_itself.require_readable(file)
            except UsageError as error:
                broken[path] = files.unreadable(file._replace(name=names.get(path, file.name)), error)
    return broken


def _only_read(given: list[Given]) -> Report:
    """Return a report of files that are read, but not judged, since there is nothing to judge them by."""
    _, found = _read([one for one in given if one.kind not in NO_DATA], {})
    rules_applied = [rule for rule in checks.RULES.values() if found]
    return Report([], [], {}, {}, [], rules_applied, {}, {}).with_findings(found)


class _Kept(NamedTuple):
    """What need not be done again when files are judged once more, of which a few have changed: looking for causes does so many times.

    `read` has the files as they were read, with the errors of reading; `judged` by the names of the files judged together what they said
    and what shapes found.
    """

    read: dict[Given, tuple[File | None, list[Finding]]]
    judged: dict[tuple[str, ...], list[tuple[Unit, list[Result]]]]


def _read(
    given: list[Given], known: dict[Given, tuple[File | None, list[Finding]]]
) -> tuple[list[File], list[Finding]]:
    """Read files. Parameters: `known`, those that have been read. Returns those that can be read, and a finding for each error of reading."""
    read, found = [], []
    for one in given:
        if one not in known:
            known[one] = files.read(one)
        file, errors = known[one]
        # Each judging takes out of the graph what it cannot judge.
        read += [file._replace(source=file.source.copy())] if file else []
        found += errors
    return read, found


class _Run:
    """What one validation judges by, and what it gathers."""

    def __init__(self, project: sources.Project, how: _How, kept: _Kept, laid: change.Laid | None = None) -> None:
        # The graph in the cache that the one file judged is laid over, in the place of all files around it.
        self.laid = laid
        self.project, self.alone, self.reasoner, self.whole = project, how.alone, how.reasoner, how.judge == "pyshacl"
        self.group, self.directory, self.kept = how.group, how.directory, kept
        self.merge = not how.alone and how.group is None  # whether what all files say together is judged too
        self.ontology = [t for file in project.ontology for t in files.sound(file.path)]
        self.shapes = shapes.load(project, self.ontology)
        self.rules = rules.load(project)
        self.words = lexicon.load(project)
        if how.group is not None:
            self.shapes = shapes.of_group(self.shapes, how.group)
            self.rules = [rule for rule in self.rules if rule.rule.group == how.group]
        self.surroundings = reach.Surroundings(self.shapes.ways)  # of what is judged next: first the ontology alone
        self.surroundings.add(self.ontology)
        self.declared = Graph(self.ontology)
        self.known = checks.terms(self.declared)
        self.findings: set[Finding] = set()
        self.sources: dict[tuple[object, ...], list[Source]] = {}
        self.looked: Counter[str] = Counter()
        self.uncovered: list[Uncovered] = []
        self.unchecked: dict[str, str] = {}
        self.files: list[File] = []  # of data, as they were read
        # The triples that are not judged since their literals are ill-formed.
        self.taken: list[tuple[File, ox.Triple, Finding]] = []
        self.data = rules.Data()  # the files of data, once they are laid out
        self.restated = restated.NOTHING  # what the articles to judge restate, and those around them

    def report(self, given: list[Given]) -> Report:
        """Judge files. Returns the report."""
        not_judged = {file.name: file.kind for file in given if file.kind in NO_DATA}
        if RULE in not_judged.values():
            graphs.program(self.project)  # raises if a rule cannot be read; ontology and shapes have been
        to_judge = [one for one in given if one.kind not in NO_DATA]
        read, unreadable = _read(to_judge, self.kept.read)
        self.findings.update(unreadable)
        names = {file.name for file in read}
        # Those that cannot be read are nobody's context.
        self.project = files.without(self.project, {os.path.realpath(f.path) for f in to_judge if f.name not in names})
        queries = [file for file in read if file.kind == QUERY]
        self.files = data = [file for file in read if file.kind != QUERY]
        units = self._of_queries(queries)
        if data:
            self.findings.update(finding for file in data for finding in checks.take_axioms(file))
            self.taken = [(file, *pair) for file in data for pair in checks.take_ill_formed(file).items()]
            self._judge(units, data, self._around(data))
            self._fold_taken()
            self.findings.update(finding for _, _, finding in self.taken)
        else:
            self._gather(units, self._judged(units), {})
        return self._reported([*data, *queries], not_judged)

    def _fold_taken(self) -> None:
        """Let what follows from the absence of ill-formed literals say so."""
        # Of several literals of a subject and property the first counts; a node without an IRI is told by where it stands.
        found: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
        for one in self.findings:
            if not one.because:
                found[one.path, one.focus].append(one)
                found[one.path, one.focus, one.region].append(one)
        seen = set()
        for file, (s, p, _), taken in self.taken:
            if (file.name, s, p) in seen:
                continue
            seen.add((file.name, s, p))
            itself = checks.finding(file, checks.RULES[taken.rule], checks.opened(file.source, s), s, str(p))
            nameless = isinstance(s, ox.BlankNode)
            for one in found[(file.name, itself.focus, itself.region) if nameless else (file.name, itself.focus)]:
                about = str(p) in one.result_path or (one.value == str(p) and not nameless)
                if about and one in self.findings:
                    self.findings.remove(one)
                    self.findings.add(one._replace(because=taken.origin))

    def _fold_restated(self) -> None:
        """Let what is found of what a file restates follow from what is found, as grave, of the very triple that it is restated from."""
        stated: dict[tuple[str, Region, str], Finding] = {}
        for one in sorted(self.findings):
            if restated.RESTATED not in one.message and one.value and not one.because:
                stated.setdefault((one.path, one.region, one.severity), one)
        for one in [one for one in self.findings if restated.RESTATED in one.message and not one.because]:
            cause = stated.get((one.path, one.region, one.severity))
            if cause:
                self.findings.remove(one)
                self.findings.add(one._replace(because=cause.origin))

    def _around(self, data: list[File]) -> list[Around]:
        """Read what stands around the files that are judged, and is not one of them."""
        own = {os.path.realpath(file.source.path) for file in data}
        around = [] if self.alone or self.laid else files.members(self.project, (REFERENCE, ARTICLE, CURATION))
        return [
            Around(
                file.kind,
                file.slug or "",
                [t for t in files.sound(file.path) if not checks.is_axiom(t)],
            )
            for file in around
            if os.path.realpath(file.path) not in own
        ]

    def _judge(self, units: list[tuple[list[File], Unit]], data: list[File], around: list[Around]) -> None:
        """Judge files of data: by themselves with what surrounds them, and together."""
        project, program = self.project, graphs.program(self.project)
        beside = () if self.alone else (*project.reference, *project.articles, *project.curation)
        beside = (*project.ontology, *beside)
        if self.laid:
            self.data = change.Data(self.laid, self.ontology, data[0], program, beside)
        else:
            self.data = rules.dataset(self.ontology, data, around, merge=self.merge, beside=beside)
        dataset = self.data
        # Rules of a group ask a file itself; all else, shapes of a group too, may ask also of what it restates.
        by_file, over_merge = rules.find([r for r in self.rules if r.rule.group], dataset, merge=self.merge)
        articles = [(one.slug, one.triples) for one in around if one.kind == ARTICLE]
        self.restated = restated.draw(program, data, articles)
        if self.group is None:
            dataset.restate(self.restated, merged=self.merge)
            more, more_over_merge = rules.find([r for r in self.rules if not r.rule.group], dataset, merge=self.merge)
            over_merge |= more_over_merge
            for file in data:
                by_file[file.name] |= more[file.name] | set(checks.of_file(file, self.known))
            self.findings.update(restated.find(data, self.restated))
        if isinstance(dataset, change.Data):
            self.surroundings = dataset.surroundings(self.shapes.ways, merged=False)
        units += self._of_files(data, around)
        if isinstance(dataset, change.Data):
            self.surroundings = dataset.surroundings(self.shapes.ways, merged=True)
        merged = [self._of_merge(data, around, dataset.concluded)] if self.merge else []
        results = self._judged([*units, *merged])
        self._gather(units, results[: len(units)], by_file)
        for (judged, _), found in zip(merged, results[len(units) :], strict=True):
            self._gather_overall(self.data, judged, found)
        self.findings |= over_merge
        if isinstance(dataset, change.Data):
            self._judge_elsewhere(dataset, program, beside)
        self._fold_restated()
        self._judge_passages(data, around)
        if self.group is None:
            self.findings.update(
                contradictions.find(data, dataset, self.project, program, self.reasoner, self.findings)
            )

    def _judge_elsewhere(
        self, changed: change.Data, program: closure.Program, beside: Iterable[sources.SourceFile]
    ) -> None:
        """Enter what a change breaks in files that it does not touch."""
        broken, near = elsewhere.find(changed, self.rules, self.shapes)
        if not any(broken):
            return
        data = elsewhere.described(changed, broken, near, program, beside)
        judged = list(data.files.values())
        told = {(finding.rule, finding.focus) for finding in self.findings}  # of the changed file itself

        def untold(results: list[Result]) -> list[Result]:
            return [one for one in results if (one.rule.id, one.focus.value) not in told]

        findings = {found for _, found in rules.findings(data, broken.rows)}
        self.findings |= {found for found in findings if (found.rule, found.focus) not in told}
        for result in _at_causes(data.restated, judged, untold(broken.own)):
            # A value that only the article states is judged there.
            if result.value is None or any(_says(data.restated, file, result) for file in judged):
                self._enter(self._found(data, judged, result), result)
        self._gather_overall(data, judged, untold(broken.merged))

    def _judge_passages(self, data: list[File], around: list[Around]) -> None:
        def named(words: lexicon.Lexicon) -> reading.Known:
            if self.laid:
                return change.known_things(self.laid, words)
            triples = [self.ontology, *(one.triples for one in around if one.kind == REFERENCE)]
            triples += [list(file.source.graph) for file in data if file.kind == REFERENCE]
            return reading.known_things((t for some in triples for t in some), lexicon=words)

        slugs = [(checks.in_iri(one.slug), one.triples) for one in around if one.kind == ARTICLE]
        slugs += [(checks.slug(file), list(file.source.graph)) for file in data if file.kind == ARTICLE]
        digests = change.text_digests(self.laid) if self.laid else {}
        digests |= {slug: evidence.text_digest(triples, slug) for slug, triples in slugs}

        @functools.cache
        def beside() -> Graph:
            stated = itertools.chain(
                *(one.triples for one in around),
                *(file.source.graph for file in data),
                *self.restated.around.values(),
                *self.restated.by_file.values(),
            )
            return Graph(t for t in stated if t.predicate in namesakes.properties)

        def said(s: Any, p: Any, o: Any) -> Iterable[Any]:
            return beside().triples(s, p, o)

        namesakes = Namesakes(self.declared, functools.partial(change.merged, self.laid) if self.laid else said)
        found, self.unchecked = passages.find(data, digests, named, namesakes, self.directory, self.words)
        self.findings.update(found)

    def _judged(self, units: list[tuple[list[File], Unit]]) -> list[list[Result]]:
        """Judge units by shapes, and count the focus nodes of each shape. Returns the results of each."""
        for _, unit in units:
            self.looked.update({name: len(nodes) for name, nodes in unit.looked.items()})
        known = [self.kept.judged.setdefault(tuple(file.name for file in judged), []) for judged, _ in units]
        left = [unit for (_, unit), before in zip(units, known, strict=True) if all(unit != one for one, _ in before)]
        results = iter(judging.judge(self.shapes, left, whole=self.whole))
        for (_, unit), before in zip(units, known, strict=True):
            if all(unit != one for one, _ in before):
                before.append((unit, next(results)))
        return [
            next(found for one, found in before if one == unit) for (_, unit), before in zip(units, known, strict=True)
        ]

    # ------------------------------------------------------------ what is judged together

    def _of_queries(self, queries: list[File]) -> list[tuple[list[File], Unit]]:
        """Return a unit for each saved query: two files of one name are two queries."""
        return [([file], judging.unit(file.source.graph, self.surroundings, self.shapes)) for file in queries]

    def _of_files(self, data: list[File], around: list[Around]) -> list[tuple[list[File], Unit]]:
        """Return what is judged together: the reference data, each article, and reviews with the curation."""
        surroundings = self.surroundings
        units: list[tuple[list[File], Unit]] = []

        def together(members: list[File]) -> None:
            if members:
                own = [t for file in members for t in (*file.source.graph, *restated.of_file(self.restated, file))]
                units.append((members, judging.unit(own, surroundings, self.shapes)))

        def add(kind: str) -> None:
            surroundings.add(t for one in around if one.kind == kind for t in one.triples)

        of = {kind: [file for file in data if file.kind == kind] for kind in (REFERENCE, ARTICLE, REVIEW, CURATION)}
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
        self, data: list[File], around: list[Around], concluded: Iterable[ox.Triple]
    ) -> tuple[list[File], Unit]:
        """Return what the files say together with all around them, of which their subjects are judged."""
        surroundings = self.surroundings
        for one in around:
            surroundings.add(one.triples)
        for file in data:
            surroundings.add(file.source.graph)
        surroundings.add(concluded)
        self._add_restated(data)
        said = [graph for file in data for graph in (file.source.graph, restated.of_file(self.restated, file))]
        focus = {s for graph in said for s in graph.subjects()}
        return data, judging.unit_of(surroundings, focus, self.shapes, over_merge=True)

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
                (f.path, f.line, f.value): f.origin
                for f in by_rules
                if f.rule in ("unknown-term", "undefined-reference")
            }
            # A thing that is called otherwise where it is described has its finding there.
            miscalled = {f.value: f.origin for f in by_rules if f.rule == "undefined-reference" and not f.result_path}
            # So has a range that is quoted and not filled; that it lacks offsets and digest says nothing new.
            quoting = {node for file in judged for node in evidence.quoting(list(file.source.graph))}
            self.findings |= by_rules
            for result in _at_causes(self.restated, judged, found):
                if result.focus not in quoting or not set(result.properties) & set(evidence.RANGE):
                    finding = self._found(self.data, judged, result)
                    if finding.value:
                        because = explained.get((finding.path, finding.line, finding.value))
                        because = because or miscalled.get(finding.value)
                        finding = finding._replace(because=because)
                    self._enter(finding, result)
            if self.group is None:
                self._note_uncovered(judged, unit)

    def _found(self, data: rules.Data, judged: list[File], result: Result) -> Finding:
        """Return the finding that a result is, with its fix. Parameters: `data`, the files judged with what surrounds them."""
        # What is amiss with a value alone is so where it is stated, however many it is restated of.
        said = _as_stated(data.restated, judged, result) if self.shapes.takes(result.rule.id) else result
        return self._fixed(data, _located(data, judged, said), judged, said)

    def _fixed(self, data: rules.Data, found: Finding, judged: list[File], result: Result) -> Finding:
        """Return a finding with the fix for the value or property that it is about, if it is known what was meant."""
        value, file = result.value, next(file for file in judged if file.name == found.path)
        for p in () if result.inverse else result.properties:
            if value is not None and data.is_turned_round(file, result.focus, p, value):
                return found._replace(remedy=rules.turn_round(result.focus, p, value))
        for p, kind, other in self.shapes.instead(result.rule.id):
            classes = set(file.source.graph.objects(result.focus, TYPE))
            said = next(file.source.graph.objects(result.focus, p), None)
            if said is not None and not classes.isdisjoint(self.shapes.classes.below(kind)):
                fix = meant.property_instead(file.name, file.source, result.focus, p, said, other)
                return found._replace(fix=fix, remedy=fix.what) if fix else found
        named = meant.in_brackets(value, file.source) if isinstance(value, ox.NamedNode) else None
        for p in result.properties if value is not None and named is not None else ():
            fix = meant.instead(file.name, file.source, result.focus, p, value, named)  # type: ignore[arg-type]
            if fix:
                return found._replace(fix=fix, remedy=f"{fix.what}, without angle brackets")
        if value is None or not isinstance(value, ox.Literal):
            return found
        takes = self.shapes.takes(result.rule.id)
        datatypes = [term.value for term in takes if isinstance(term, ox.NamedNode)]
        languages = [term.value for term in takes if isinstance(term, ox.Literal)]
        read: Term | None = meant.literal(value, datatypes or DATATYPES & {value.datatype.value})
        if languages:
            read = meant.tagged(value, languages)
        kinds = {kind for term in takes for kind in self.shapes.classes.below(term) if isinstance(kind, ox.NamedNode)}
        if read is None and kinds:
            read = data.things(file).named(value.value, kinds)
        for p in result.properties if read is not None else ():
            fix = meant.instead(file.name, file.source, result.focus, p, value, read)  # type: ignore[arg-type]
            if fix:
                return found._replace(fix=fix, remedy=fix.what)
        return found

    def _gather_overall(self, data: rules.Data, judged: list[File], results: list[Result]) -> None:
        """Enter what is found of the merge: each in the last file that says it. Parameters: `data`, the files with what surrounds them."""
        # What one file has got wrong by itself is not said once more of all files.
        said = {(f.path, f.line, f.focus, f.value, f.rule + OVERALL) for f in self.findings}
        for result in _at_causes(data.restated, judged, results):
            last = next((f for f in reversed(judged) if _says(data.restated, f, result)), None)
            last = last or next(f for f in reversed(judged) if restated.says(data.restated, f, result.focus))
            places = _stated_where(judged, result)
            where = ", ".join(checks.place(*place) for place in places)
            found = _located(data, [last], result, f"It is stated at {where}." if len(places) > 1 else "")
            what = f"{checks.shown(result.focus)} {result.rule.name}"
            others = [Other(*place, what) for place in places if place != (found.path, found.region)]
            found = found._replace(others=(*found.others, *others) if len(places) > 1 else found.others)
            if (found.path, found.line, found.focus, found.value, found.rule) not in said:
                self._enter(found, result)

    def _enter(self, finding: Finding, result: Result) -> None:
        """Enter the finding that a result of a shape was turned into; several results may be one finding."""
        self.findings.add(finding)
        self.sources.setdefault(finding.place, []).append(result.source)

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
        at_fault = {finding.path for finding in self.findings}
        # Shapes of other projects may have no rule ids; they count once they have found something.
        found = {finding.rule for finding in self.findings}
        known = [r for r in self.shapes.rules.values() if r.id in found or r.id in self.shapes.ids]
        known += [rule.rule for rule in self.rules]
        for more in rulebook.PROGRAM:
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
            sources=self.sources,
            texts={file.name: file.source.text for file in judged if file.name in at_fault},
        ).with_findings(finding for finding in self.findings if finding.rule in applied)


def _located(data: rules.Data, judged: list[File], result: Result, message: str = "") -> Finding:
    """Turn a result of a shape into a finding in the file that says it. Parameters: `data`, the files, and what they restate."""
    given = data.restated
    file, region = _where_paired(judged, result)
    file = file or next((f for f in judged if _says(given, f, result)), None)
    file = file or next((f for f in judged if restated.says(given, f, result.focus)), None)
    # What has no triples of its own, such as empty brackets, stands where it is mentioned.
    file = file or next((f for f in judged if f.source.graph.has(None, None, result.focus)), judged[0])
    if not region and result.inverse:
        region = checks.last_mention(file.source, result.focus, result.inverse)
    besides = ""
    if not region and result.inverse:
        pointing = next(restated.of_file(given, file).subjects(result.inverse, result.focus), None)
        if pointing is not None:
            region, besides = restated.place(given, file, pointing, [result.inverse], result.focus)
    if not region:
        region, besides = restated.place(given, file, result.focus, result.properties, result.value)
    more = " ".join(filter(None, (message, besides)))
    message = more and f"{result.rule.message} {more}"
    others = [other for triple in result.others for other in data.places.others(*triple)]
    return checks.finding(
        file,
        result.rule,
        region,
        result.focus,
        result.path,
        result.value,
        message,
        result.remedy,
        others=(other for other in others if (other.path, other.region) != (file.name, region)),
    )


def _where_paired(judged: list[File], result: Result) -> tuple[File | None, Region | None]:
    """Return the file and region of the triple that joins value and focus node of a result whose path arrives; None for none.

    That is the path's own, or where the value should have it, the focus node's: `sh:equals` names a value that either side lacks.
    """
    if result.inverse and result.value is not None:
        for s, p, o in ((result.value, result.inverse, result.focus), (result.focus, None, result.value)):
            for file in judged:
                regions = (file.source.objects.get(t) for t in file.source.graph.triples(s, p, o))
                region = max((region for region in regions if region), default=None)
                if region:
                    return file, region
    return None, None


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


def _as_stated(given: Restated, judged: list[File], result: Result) -> Result:
    """Return a result about a value that files only restate as one about the subject of which they state it, by the same property."""
    for file in judged:
        for subject, p in restated.causes(given, file, result.focus, result.properties, result.value):
            if p in result.properties:
                return result._replace(focus=subject)
    return result


def _says(given: Restated, file: File, result: Result) -> bool:
    """Return whether a file says a triple that a result is about: with its value, or any if it has no value."""
    if result.inverse:
        return restated.says(given, file, None, result.inverse, result.focus)
    return any(restated.says(given, file, result.focus, p, result.value) for p in result.properties)


def _stated_where(judged: list[File], result: Result) -> list[tuple[str, Region]]:
    """Return the files, by name, in which the triples that a result is about stand, with each region; a conclusion states one too."""
    places: list[tuple[str, Region]] = []
    for file in judged:
        regions = checks.stated(file.source, result.focus, result.properties)
        if result.inverse:
            arriving = file.source.graph.subjects(result.inverse, result.focus)
            found = (checks.region_of(file.source, s, [result.inverse], result.focus) for s in arriving)
            regions += sorted(region for region in found if region is not None)
        places += [(file.name, region) for region in regions]
    return places
