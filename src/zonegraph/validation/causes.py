"""Causes before consequences: a wrong prefix or file name, a misspelt term, a value or class of which it is known what was meant,
one IRI for two things, one thing taken for another.

What a cause explains is what is no longer found once it is mended. So files are judged once more as they would be then, kind of
cause by kind, in the order in which people would mend them: what is still found stands; what is not follows from the cause.
Reading comes before all of these (`files.read`).
"""

from __future__ import annotations

import bisect
import functools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import START, Region
from zonegraph.terms import TYPE
from zonegraph.validation import iris, meant, rules
from zonegraph.validation.checks import ARTICLE, ZG, File, finding, in_iri, shown
from zonegraph.validation.files import Given, sound
from zonegraph.validation.findings import (
    READING,
    SEVERITIES,
    UNREADABLE,
    Edit,
    Finding,
    Fix,
    Origin,
    Other,
    Report,
    table,
)

RULES = table(
    "violation",
    READING,
    (
        "prefix-namespace",
        "A prefix of the project must stand for the project's namespace.",
        "write the project's namespace, or give the other namespace another prefix",
    ),
    (
        "article-of-file",
        "A file must describe the article whose slug is its name.",
        "rename the file, or give its IRIs the slug that is its name",
    ),
    (
        "nothing-of-the-project",
        "A file to judge must describe things of the project.",
        "name another file, or give its things IRIs in zgd:; shapes belong in shapes/, terms in ontology/",
    ),
) | table(
    "violation",
    "",
    (
        "one-iri-two-things",
        "An IRI must name one thing.",
        "give this one an IRI of its own, or make one description of both",
    ),
)


class Cause(NamedTuple):
    """A finding that may explain others, and how its file is judged without it: with changes to its text, or by another slug."""

    finding: Finding
    changes: tuple[turtle.Change, ...] = ()
    renamed: str = ""


Judge = Callable[[list[Given]], tuple[Report, list[File]]]
_Found = dict[str, list[Finding]]
_Causes = dict[str, list[Cause]]  # by file
_MOST_TRIALS = 3  # of the values of which it is known what was meant


class _Judged(NamedTuple):
    """Files as they were given, the report on them, and the files as they were read."""

    given: list[Given]
    report: Report
    read: list[File]


class _Kind(NamedTuple):
    """A kind of cause.

    `find` yields those of a file, from what is found there; `refuted` returns those that are none, by what is found before they are mended
    and after, and the names of those whose fix must not be offered; `most` trials are made, None for as many as it takes.
    """

    find: Callable[[File, list[Finding]], Iterable[Cause]]
    refuted: Callable[[_Causes, _Found, _Found], tuple[list[Cause], set[Origin]]]
    most: int | None = None


def _kinds(project: sources.Project) -> list[_Kind]:
    """Return the kinds of causes, in the order in which people would mend them."""
    return [
        _Kind(_prefixes, _unexplaining),
        _Kind(lambda file, _: _file_names(file, project), _unexplaining),
        # Without terms nothing is known of what stands there, so what is found once they are mended counts.
        _Kind(_terms, lambda *_: ([], set())),
        _Kind(lambda file, found: _classes(file, found, project), _unexplaining),
        _Kind(_identity, _unexplaining),
        _Kind(_values, _refuted, _MOST_TRIALS),
        _Kind(lambda file, found: _mistaken(file, found, project), _unexplaining),
    ]


def explained(given: list[Given], judge: Judge, project: sources.Project) -> Report:
    """Judge files, and find the causes of what is found.

    Parameters: `judge`, which judges files as they are given, and returns them as they were read. Returns the report, in which what
    follows from a cause says so.
    """
    judged = _Judged(given, *judge(given))
    folded: list[Finding] = []
    withdrawn: set[Origin] = set()
    for kind in _kinds(project):
        judged, explaining, useless = _tried(kind, judged, judge)
        folded += explaining
        withdrawn |= useless
    report = judged.report.with_findings(folded)
    if withdrawn:
        report = report._replace(
            findings=[_unfixed(one, report) if one.origin in withdrawn else one for one in report.findings]
        )
    text = functools.cache(texts.read_text)  # of each of the project's articles, once for all files
    for file in judged.read:
        report = _fold_foreign(file, _fold_described_twice(file, report, project, text))
    return report


def _tried(kind: _Kind, judged: _Judged, judge: Judge) -> tuple[_Judged, list[Finding], set[Origin]]:
    """Judge files once more with the causes of a kind mended, and again without those that are refuted, until none is.

    Returns what is found then, as it was found before if none is left; the causes with what follows from them, which is not among that; and
    the names of those whose fix must not be offered.
    """
    before = _by_file(judged.report)
    causes = {file.name: list(kind.find(file, before[file.name])) for file in judged.read if file.name in before}
    withdrawn: set[Origin] = set()
    trials = 0
    while any(causes.values()) and trials != kind.most:
        causes = {name: found for name, found in causes.items() if found}
        given = [_mended(one, causes.get(one.name, [])) for one in judged.given]
        report, read = judge(given)
        trials += 1
        after = _by_file(report)
        refuted, useless = kind.refuted(causes, before, after)
        withdrawn |= useless
        if not refuted:
            folded = _folded(causes, before, after)
            # What followed from something before, and is gone with it, follows from it still.
            left = {(one.path, *_same(one)) for one in report.findings}
            folded += (one for one in judged.report.findings if one.because and (one.path, *_same(one)) not in left)
            report = report._replace(
                findings=_as_found(report.findings, judged.report.findings),
                sources={**judged.report.sources, **report.sources},
                texts={**report.texts, **judged.report.texts},
            )
            return _Judged(given, report, read), folded, withdrawn
        ruled_out = set(refuted)
        causes = {name: [one for one in found if one not in ruled_out] for name, found in causes.items()}
    return judged, [], withdrawn


def _unfixed(one: Finding, report: Report) -> Finding:
    """Return a finding without its fix, which does not mend it."""
    remedy = next((rule.remedy for rule in report.rules if rule.id == one.rule), one.remedy)
    return one._replace(fix=None, remedy=remedy if one.fix and one.remedy == one.fix.what else one.remedy)


def _by_file(report: Report) -> _Found:
    """Return what stands for itself, by file."""
    found: _Found = defaultdict(list)
    for one in report.findings:
        if not one.because:
            found[one.path].append(one)
    return found


def _mended(given: Given, causes: list[Cause]) -> Given:
    """Return a file as it is judged once its causes are mended."""
    if not causes:
        return given
    changes = dict.fromkeys([*given.changes, *(change for cause in causes for change in cause.changes)])
    return given._replace(changes=tuple(sorted(changes)), renamed=causes[0].renamed or given.renamed)


def _same(one: Finding) -> tuple[str, Region]:
    """Return what two findings have in common that are one; their subjects may be called otherwise once a cause is mended."""
    return one.rule, one.region


def _explain(before: list[Finding], after: list[Finding]) -> bool:
    """Return whether mending explains some of what is found: more must go than comes."""
    first, then = {_same(one) for one in before}, {_same(one) for one in after}
    return len(first - then) > len(then - first)


def _unexplaining(causes: _Causes, before: _Found, after: _Found) -> tuple[list[Cause], set[Origin]]:
    """Return the causes of files of which mending them explains nothing; none of their fixes is withdrawn."""
    return [one for name in causes if not _explain(before[name], after[name]) for one in causes[name]], set()


def _refuted(causes: _Causes, before: _Found, after: _Found) -> tuple[list[Cause], set[Origin]]:
    """Return the causes that are none: once mended, they are found again, or something is that was not found before.

    Also those of them, by name, whose fix leads to themselves or to a violation, so that it must not be offered.
    """
    nearest = _nearest_of(causes)
    refuted, useless = [], set()
    for name, found in after.items():
        known = {_same(one) for one in before[name]}
        own = {cause.finding.origin: cause for cause in causes.get(name, ())}
        for one in found:
            if one.origin in own:
                cause = own[one.origin]
            elif _same(one) not in known:
                cause = nearest(name, one)
            else:
                continue
            refuted.append(cause)
            if one.severity == SEVERITIES[-1] or one.origin in own:
                useless.add(cause.finding.origin)
    return refuted, useless


def _folded(causes: _Causes, before: _Found, after: _Found) -> list[Finding]:
    """Return the causes, and what follows from them, each with its cause. A cause is as grave as what follows from it."""
    every = [cause for found in causes.values() for cause in found]
    own = {cause.finding.origin for cause in every}
    nearest = _nearest_of(causes)
    following = []
    grave: dict[Origin, str] = {}
    for name, ones in before.items():
        left = {_same(one) for one in after[name]}
        for one in ones:
            if _same(one) not in left and one.origin not in own:
                cause = nearest(name, one).finding
                following.append(one._replace(because=cause.origin))
                severities = (grave.get(cause.origin, cause.severity), one.severity)
                grave[cause.origin] = max(severities, key=SEVERITIES.index)
    found = [cause.finding for cause in every]
    return [one._replace(severity=grave.get(one.origin, one.severity)) for one in found] + following


def _as_found(after: list[Finding], before: list[Finding]) -> list[Finding]:
    """Return what is still found once causes are mended as it was found before, in the terms of the file as it is."""
    known, left = set(before), set(after)
    earlier: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for one in before:
        if one not in left:
            earlier[one.path, *_same(one), one.result_path].append(one)

    def first(one: Finding) -> Finding:
        alike = [] if one in known else earlier[one.path, *_same(one), one.result_path]
        return alike.pop(0) if alike else one

    return [first(one) for one in after]


def _nearest_of(causes: _Causes) -> Callable[[str, Finding], Cause]:
    """Return what gives the cause that a finding on a file has most to do with: of that file, or of all if it has none."""

    @functools.cache
    def of(name: str) -> Callable[[Finding], Cause]:
        return _nearest(causes.get(name) or [cause for found in causes.values() for cause in found])

    return lambda name, one: of(name)(one)


def _nearest(causes: list[Cause]) -> Callable[[Finding], Cause]:
    """Return what gives the cause of several that a finding has most to do with: by namespace, place, value and subject, and then by line.

    Both may be thousands, so causes are looked up by what they share with a finding.
    """
    places: dict[tuple[str, Region], set[int]] = defaultdict(set)
    values, subjects, terms = (defaultdict[str, set[int]](set) for _ in range(3))
    lines: dict[tuple[str, int], set[int]] = defaultdict(set)
    namespaces: dict[int, str] = {}
    for number, cause in enumerate(causes):
        other = cause.finding
        if other.rule == "prefix-namespace":
            namespaces[number] = other.value[1:-1]
        places[other.path, other.region].add(number)
        lines[other.path, other.line].add(number)
        if other.value:
            values[other.value].add(number)
            terms[other.value].add(number)
        if other.focus:
            subjects[other.focus].add(number)
            terms[f"<{other.focus}>"].add(number)
    nothing: set[int] = set()

    @functools.cache
    def alike(
        within: tuple[int, ...],
        place: tuple[str, Region] | None,
        said: tuple[str, ...],
        focus: str,
        sides: tuple[tuple[str, int], ...],
    ) -> list[tuple[int, int]]:
        """Return the causes that share most with findings, each with its line, in order of that."""
        left: set[int] | None = None
        for sharing in (
            set(within),
            places[place] if place else nothing,
            nothing.union(*(values.get(term, nothing) for term in said)),
            subjects[focus] if focus else nothing,
            nothing.union(*(terms[term] for term in said)),
            nothing.union(*(lines[side] for side in sides)),
        ):
            left = (sharing if left is None else sharing & left) or left
        return sorted((causes[number].finding.line, number) for number in left or range(len(causes)))

    def nearest(one: Finding) -> Cause:
        place = (one.path, one.region)
        text = f"{one.focus} {one.result_path} {one.value} {one.message}" if namespaces else ""
        found = alike(
            tuple(number for number, namespace in namespaces.items() if namespace in text),
            place if place in places else None,
            tuple(term for term in (one.value, f"<{one.focus}>") if term in terms),
            one.focus if one.focus in subjects else "",
            tuple(side for other in one.others if (side := (other.path, other.region.line)) in lines),
        )
        after = bisect.bisect_left(found, (one.line,))
        before = bisect.bisect_left(found, found[after - 1][:1]) if after else 0
        distances = ((abs(one.line - line), number) for line, number in (found[before], *found[after : after + 1]))
        return causes[min(distances)[1]]

    return nearest


# ---------------------------------------------------------------- prefixes


def _prefixes(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield the prefixes that may be bound to a wrong namespace: ours, or any whose namespace nearly is one of ours."""
    text = file.source.text
    near = {_without_detail(namespace): namespace for namespace in v.PREFIXES.values()}
    wrong = [
        (prefix, iri, right, start, end)
        for prefix, iri, start, end in turtle.declarations(text)
        if (right := v.PREFIXES.get(prefix) or near.get(_without_detail(iri), iri)) != iri
    ]
    said = "\n".join(f"{one.focus} {one.result_path} {one.value} {one.message}" for one in found)
    # One of several may be odd but right.
    for prefix, iri, right, start, end in [one for one in wrong if one[1] in said] or wrong:
        change, place = f"<{right}>", file.source.region(start, end)
        yield Cause(
            finding(
                file,
                RULES["prefix-namespace"],
                place,
                message=f"The prefix {prefix}: stands for <{iri}>, not for <{right}>.",
                remedy=f"write {change}",
                fix=Fix(f"write {change}", (Edit(file.name, place, change),)),
            )._replace(value=f"<{iri}>"),
            ((start, end, change),),
        )


def _without_detail(iri: str) -> str:
    """Return a namespace without what is easily mistaken in it: scheme, case, `www.`, how it ends."""
    return re.sub(r"^[a-z]+:/*(www\.)?|[^a-z0-9]+$", "", iri.lower())


# ---------------------------------------------------------------- file names

_MOST_ARTICLES = 20  # that one file describes; of more nobody knows whose it is


def _file_names(file: File, project: sources.Project) -> Iterable[Cause]:
    """Yield the article that a file describes, if its name is another's."""
    start = v.ZGD + "article-"
    articles = [s for s in file.source.graph.subjects(TYPE, ZG.Article) if s.value.startswith(start)]
    slugs = {article.value.removeprefix(start): article for article in articles}
    if file.kind != ARTICLE or file.slug is None or in_iri(file.slug) in slugs:
        return
    if not 1 <= len(slugs) <= _MOST_ARTICLES:
        return
    named = {term.value for triple in file.source.graph for term in triple if isinstance(term, ox.NamedNode)}
    carried = {slug: sum(bool(re.search(rf"-{re.escape(slug)}(-|$)", iri)) for iri in named) for slug in slugs}
    slug = max(carried, key=lambda slug: (carried[slug], slug))
    article = slugs[slug]
    assert isinstance(article, ox.NamedNode)
    name = os.path.basename(file.source.path)
    others = [Other(file.name, START, f"the file is called {name}")]
    remedy = f"rename the file to {slug}.ttl, or give its IRIs the slug {file.slug}"
    for other in project.articles:
        if sources.slug(other) == slug and os.path.realpath(other.path) != os.path.realpath(file.source.path):
            others.append(Other(other.name, START, "the file of this article"))
            remedy = f"give its IRIs the slug {file.slug}, or delete the file: {other.name} is that of the article"
    count = carried[slug]
    message = (
        f"{shown(article)} is described in {name}; {count} {'IRI carries' if count == 1 else 'IRIs carry'} its slug."
    )
    region = file.source.subjects.get(article)
    yield Cause(
        finding(file, RULES["article-of-file"], region, article, message=message, remedy=remedy, others=others),
        renamed=slug,
    )


def _fold_described_twice(file: File, report: Report, project: sources.Project, text: Callable[[str], str]) -> Report:
    """Let what asks of a file for conclusions follow from another file that describes the same article, and name that file.

    Neither is judged without the other: which of them is one too many nobody knows. Parameters: `text`, what gives that of a file.
    """
    asking = [one for one in report.findings if one.path == file.name and one.rule == _ASKS and not one.because]
    if file.kind != ARTICLE or file.slug is None or not asking:
        return report
    article = ox.NamedNode(f"{v.ZGD}article-{in_iri(file.slug)}")
    known = next((one for one in report.findings if one.rule == "article-of-file" and one.focus == article.value), None)
    if known is None:
        described = ox.Triple(article, TYPE, ZG.Article)
        others = [
            other
            for other in project.articles
            if v.local_name(article.value) in text(other.path)
            and os.path.realpath(other.path) != os.path.realpath(file.source.path)
            and described in sound(other.path)
        ]
        if not others or not file.source.graph.has(*described):
            return report
        known = finding(
            file,
            RULES["article-of-file"],
            file.source.subjects.get(article),
            article,
            message=f"{shown(article)} is described in another file too: {others[0].name}.",
            remedy="delete one of the files, or give the IRIs of one the slug of its own article",
            others=[Other(other.name, START, "it describes the same article") for other in others],
        )
        report = report.with_findings([known])
    folded = {one: one._replace(because=known.origin) for one in asking}
    return report._replace(findings=[folded.get(one, one) for one in report.findings])


_ASKS = "shared-thing-needs-conclusion"  # the rule that asks for a conclusion where two articles speak of a thing


# ---------------------------------------------------------------- files of another kind


def _fold_foreign(file: File, report: Report) -> Report:
    """Let what is found on a file, taken for an article's, follow from its describing no thing of the project."""
    subjects = [s for s in dict.fromkeys(file.source.graph.subjects()) if isinstance(s, ox.NamedNode)]
    if file.kind != ARTICLE or not subjects or any(s.value.startswith(v.ZGD) for s in subjects):
        return report
    if len([one for one in report.findings if one.path == file.name]) < 2:
        return report
    first, *more = subjects
    message = f"None of the things described here is of the project: {shown(first)}{f' and {len(more)} more' if more else ''}."
    region = file.source.subjects.get(first)
    cause = finding(file, RULES["nothing-of-the-project"], region, first, message=message)

    def follows(one: Finding) -> bool:
        return one.path == file.name and not one.because and one.rule != UNREADABLE

    findings = [one._replace(because=cause.origin) if follows(one) else one for one in report.findings]
    return report._replace(findings=findings).with_findings([cause])


# ---------------------------------------------------------------- terms and values


def _terms(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield misspelt terms, ill-formed values and numbers with separators of which it is known what was meant."""
    return _with_fix(file, [one for one in found if one.rule in _NO_VALUES])


def _values(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield values of which it is known what was meant. Two ways to mend one place are not tried together."""
    mended = {one.line for one in found if one.rule == UNREADABLE}  # what stands there is known once it can be read
    fixed = [one for one in found if one.rule not in (*_NO_VALUES, *_NO_CAUSES) and one.fix and one.line not in mended]
    # Whether a property belongs to a thing is known once its class is.
    classed = {one.focus for one in fixed if one.result_path == str(TYPE)}
    return _with_fix(file, [one for one in fixed if one.focus not in classed or one.result_path == str(TYPE)])


# Without them there is nothing to judge.
_NO_VALUES = ("unknown-term", "ill-formed-literal", "number-without-separators")
_NO_CAUSES = (UNREADABLE, "joined-name")  # the first is mended to be read, the second says what may be missing


def _with_fix(file: File, found: list[Finding]) -> Iterable[Cause]:
    taken: list[tuple[int, int]] = []  # in order; as none overlaps another, the last that begins before an end tells

    def is_free(start: int, end: int) -> bool:
        before = bisect.bisect_left(taken, (end,))
        return not before or taken[before - 1][1] <= start

    for one in found:
        if one.fix and all(edit.path == file.name for edit in one.fix.edits):
            changes = _changes(file, one.fix.edits)
            if all(is_free(start, end) for start, end, _ in changes):
                for start, end, _ in changes:
                    bisect.insort(taken, (start, end))
                yield Cause(one, changes)


def _classes(file: File, found: list[Finding], project: sources.Project) -> Iterable[Cause]:
    """Yield the things whose IRIs name another class than they have."""
    for one in iris.of_another_class(file, found, project):
        if one.fix:
            yield Cause(one, _changes(file, one.fix.edits))


def _changes(file: File, edits: Iterable[Edit]) -> tuple[turtle.Change, ...]:
    """Return edits as changes to the text of a file."""
    offset = file.source.offset
    return tuple((offset(*edit.region[:2]), offset(*edit.region[2:]), edit.text) for edit in edits)


# ---------------------------------------------------------------- identity


def _identity(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield IRIs that are described at two places with different values of properties that have one at most.

    Where the node is begun twice with its class, that is any property that has one thing as its value at each place.
    """
    graph, text = file.source.graph, file.source.text
    paths: dict[str, list[str]] = defaultdict(list)
    for one in found:
        paths[one.focus].append(one.result_path)
    for subject, places in file.source.openings.items():
        if len(places) < 2 or not isinstance(subject, ox.NamedNode):
            continue
        blocks: list[dict[Term, list[Term]]] = [defaultdict(list) for _ in places]
        for _, p, o in graph.triples(subject):
            region = file.source.objects.get((subject, p, o))
            if region:
                blocks[sum(place <= region for place in places) - 1][p].append(o)
        at_fault = " ".join(paths[subject.value])
        for number in range(1, len(places)):
            begun = all(_BEGUN.match(text, file.source.offset(*places[place][2:])) for place in (0, number))
            at_odds = _differing(blocks[0], blocks[number], at_fault, begun=begun)
            if at_odds is None:
                continue
            # The one of which the IRI has less to say is taken for the other thing.
            wrong, right = sorted(
                (number, 0), key=lambda place: _spoken_of(subject, blocks[place], blocks[number - place])
            )
            change, fix = _renamed(file, subject, places[wrong], blocks[wrong]), None
            if change[2]:
                region = file.source.region(change[0], change[1])
                fix = Fix(f"write {change[2]}", (Edit(file.name, region, change[2]),))
            else:
                change = (change[1], change[1], f"-{number + 1}")
            first, second = (_quoted(blocks[place][at_odds][-1]) for place in (0, number))
            message = f"{shown(subject)} is described at two places, which say {shown(at_odds)} {first} and {second}."
            others = [
                Other(
                    file.name, places[right], f"{shown(subject)} {shown(at_odds)} {_quoted(blocks[right][at_odds][-1])}"
                )
            ]
            yield Cause(
                finding(
                    file,
                    RULES["one-iri-two-things"],
                    places[wrong],
                    subject,
                    message=message,
                    remedy=f"did you mean {change[2]} here? if not, make one description of both" if fix else "",
                    others=others,
                    fix=fix,
                ),
                (change,),
            )


_BEGUN = re.compile(r">?\s+(?:a|rdf:type)\s")


def _differing(
    first: dict[Term, list[Term]], second: dict[Term, list[Term]], paths: str, *, begun: bool
) -> Term | None:
    """Return a property of which two descriptions of a node have different values though it has one.

    Parameters: `paths` of findings, whose properties have one; `begun`, whether both give a class, so that each is meant to be the whole.
    """
    if sum(map(len, second.values())) < 2:
        return None
    shared = [p for p in second if first.get(p) and p != ZG.evidence]
    single = [
        p for p in shared if all(len(some) == 1 and isinstance(some[0], ox.NamedNode) for some in (first[p], second[p]))
    ]
    found = [p for p in shared if str(p) in paths] or [
        p for p in single if begun and first[p] != second[p] and p != TYPE
    ]
    return found[0] if found else None


def _words(iri: str) -> set[str]:
    """Return the words of which the last part of an IRI is made."""
    return set(re.split(r"[-_]", v.local_name(iri)))


def _spoken_of(subject: ox.NamedNode, block: dict[Term, list[Term]], other: dict[Term, list[Term]]) -> int:
    """Return how many words of a node's IRI stand in the IRIs to which a description points by properties that the other has too."""
    return len(_words(subject.value) & _words_of({p: values for p, values in block.items() if p in other}))


def _words_of(block: dict[Term, list[Term]]) -> set[str]:
    values = (o.value for some in block.values() for o in some if isinstance(o, ox.NamedNode))
    return set[str]().union(*map(_words, values))


def _renamed(file: File, subject: ox.NamedNode, place: Region, block: dict[Term, list[Term]]) -> turtle.Change:
    """Return where a description names its node, and the name that is meant: of the one thing of that kind that the file names
    and does not describe, and of which the description speaks; empty if there is none.
    """
    text, graph = file.source.text, file.source.graph
    start, end = (file.source.offset(*bound) for bound in (place[:2], place[2:]))
    end -= text[end - 1] == ">"
    space, local, own = v.namespace(subject.value), v.local_name(subject.value), _words(subject.value)
    others = [
        o.value[len(space) :]
        for o in dict.fromkeys(graph.objects())
        if isinstance(o, ox.NamedNode) and o.value.startswith(space) and not graph.has(o)
    ]
    kind = meant.first_word(subject)
    fitting = [
        name
        for name in others
        if name.partition("-")[0] == kind and _words(name) - own and _words(name) - own <= _words_of(block)
    ]
    if len(fitting) != 1 or not text[start:end].endswith(local):
        return start, end, ""
    return start, end, text[start:end].removesuffix(local) + fitting[0]


def _mistaken(file: File, found: list[Finding], project: sources.Project) -> Iterable[Cause]:
    """Yield what is found about a thing that may be taken for another, as a rule's header says: with an IRI of its own in this file."""
    if not found:
        return
    mistaken = {rule.rule.id for rule in rules.load(project) if rule.mistaken}
    for one in found:
        if one.rule in mistaken and one.focus:
            other = ox.NamedNode(f"{one.focus}-2")
            edits = meant.renamed(file.name, file.source, ox.NamedNode(one.focus), other)
            if edits:
                yield Cause(one, _changes(file, edits))


def _quoted(term: Term) -> str:
    return f"“{term.value}”" if isinstance(term, ox.Literal) else shown(term)
