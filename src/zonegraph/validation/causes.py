"""Causes before consequences: a wrong prefix, a wrong file name, a misspelt term, one IRI for two things.

What a cause explains is what is no longer found once it is mended. So files are judged once more as they would be then, kind of
cause by kind, in the order in which people would mend them: what is still found stands; what is not follows from the cause.
Reading comes before all of these (`files.read`).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import syntax, turtle
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import START, Region
from zonegraph.terms import TYPE
from zonegraph.validation import iris
from zonegraph.validation.checks import ARTICLE, ZG, File, finding, in_iri, shown
from zonegraph.validation.files import Given
from zonegraph.validation.findings import READING, UNREADABLE, Edit, Finding, Fix, Other, Report, table

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
        "give the second an IRI of its own, or make one description of both",
    ),
)


class Cause(NamedTuple):
    """A finding that may explain others, and how its file is judged without it: with changes to its text, or by another slug."""

    finding: Finding
    changes: tuple[turtle.Change, ...] = ()
    renamed: str = ""


Judge = Callable[[list[Given]], tuple[Report, list[File]]]
_Found = dict[str, list[Finding]]


def explained(given: list[Given], judge: Judge, project: sources.Project) -> Report:
    """Judge files, and find the causes of what is found.

    Parameters: `judge`, which judges files as they are given, and returns them as they were read. Returns the report, in which what
    follows from a cause says so.
    """
    report, read = judge(given)
    folded: list[Finding] = []
    kinds = (
        _prefixes,
        lambda file, _: _file_names(file, project),
        _fixed,
        lambda file, found: _classes(file, found, project),
        _identity,
    )
    for find in kinds:
        before = _by_file(report)
        causes = {file.name: list(find(file, before[file.name])) for file in read if file.name in before}
        causes = {name: found for name, found in causes.items() if found}
        while causes:
            trial = [_mended(one, causes.get(one.name, [])) for one in given]
            other, others_read = judge(trial)
            after = _by_file(other)
            refuted = [name for name in causes if not _explain(before[name], after[name])]
            if not refuted:
                folded += _folded(causes, before, after)
                given, report, read = trial, other, others_read
                break
            for name in refuted:
                del causes[name]
    report = report.with_findings(folded)
    for file in read:
        found = _foreign(file)
        if found and len([one for one in report.findings if one.path == file.name]) > 1:
            report = report._replace(
                findings=[
                    one._replace(because=found.rule)
                    if one.path == file.name and not one.because and one.rule != UNREADABLE
                    else one
                    for one in report.findings
                ]
            ).with_findings([found])
    return report


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


def _folded(causes: dict[str, list[Cause]], before: _Found, after: _Found) -> list[Finding]:
    """Return the causes, and what follows from them, each with the rule of its cause; in another file, with the place of the cause."""
    found = [cause.finding for name in causes for cause in causes[name]]
    own = {(one.path, *_same(one)) for one in found}
    elsewhere = Other(found[0].path, found[0].region, "that this follows from")
    for name, ones in before.items():
        left = {_same(one) for one in after[name]}
        because = causes[name][0].finding.rule if name in causes else found[0].rule
        others = () if name in causes else (elsewhere,)
        found += [
            one._replace(because=because, others=(*one.others, *others))
            for one in ones
            if _same(one) not in left and (name, *_same(one)) not in own
        ]
    return found


# ---------------------------------------------------------------- prefixes


def _prefixes(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield the prefixes that may be bound to a wrong namespace: ours, or any whose namespace nearly is one of ours."""
    text = file.source.text
    near = {_without_detail(namespace): namespace for namespace in v.PREFIXES.values()}
    region = turtle.regions(text)
    wrong = [
        (prefix, iri, right, start, end)
        for prefix, iri, start, end in syntax.declarations(text)
        if (right := v.PREFIXES.get(prefix) or near.get(_without_detail(iri), iri)) != iri
    ]
    said = "\n".join(f"{one.focus} {one.result_path} {one.value} {one.message}" for one in found)
    # One of several may be odd but right.
    for prefix, iri, right, start, end in [one for one in wrong if one[1] in said] or wrong:
        change, place = f"<{right}>", region(start, end)
        yield Cause(
            finding(
                file,
                RULES["prefix-namespace"],
                place,
                message=f"The prefix {prefix}: stands for <{iri}>, not for <{right}>.",
                remedy=f"write {change}",
                fix=Fix(f"write {change}", (Edit(file.name, place, change),)),
            ),
            ((start, end, change),),
        )


def _without_detail(iri: str) -> str:
    """Return a namespace without what is easily mistaken in it: scheme, case, `www.`, how it ends."""
    return re.sub(r"^[a-z]+:/*(www\.)?|[^a-z0-9]+$", "", iri.lower())


# ---------------------------------------------------------------- file names


def _file_names(file: File, project: sources.Project) -> Iterable[Cause]:
    """Yield the article that a file describes, if its name is another's."""
    start = v.ZGD + "article-"
    articles = [s for s in file.source.graph.subjects(TYPE, ZG.Article) if s.value.startswith(start)]
    slugs = {article.value.removeprefix(start): article for article in articles}
    if file.kind != ARTICLE or file.slug is None or in_iri(file.slug) in slugs:
        return
    if not slugs:
        return
    named = {term.value for triple in file.source.graph for term in triple if isinstance(term, ox.NamedNode)}
    carried = {slug: sum(bool(re.search(rf"-{re.escape(slug)}(-|$)", iri)) for iri in named) for slug in slugs}
    slug = max(carried, key=lambda slug: (carried[slug], slug))
    name = os.path.basename(file.source.path)
    others = [Other(file.name, START, f"the file is called {name}")]
    remedy = f"rename the file to {slug}.ttl, or give its IRIs the slug {file.slug}"
    for other in project.articles:
        if sources.slug(other) == slug and os.path.realpath(other.path) != os.path.realpath(file.source.path):
            others.append(Other(other.name, START, "the file of this article"))
            remedy = f"give its IRIs the slug {file.slug}, or delete the file: {other.name} is that of the article"
    count = carried[slug]
    message = f"{shown(slugs[slug])} is described in {name}; {count} {'IRI carries' if count == 1 else 'IRIs carry'} its slug."
    region = file.source.subjects.get(slugs[slug])
    article = slugs[slug]
    assert isinstance(article, ox.NamedNode)
    yield Cause(
        finding(file, RULES["article-of-file"], region, article, message=message, remedy=remedy, others=others),
        renamed=slug,
    )


# ---------------------------------------------------------------- files of another kind


def _foreign(file: File) -> Finding | None:
    """Return the finding on a file, taken for an article's, that describes no thing of the project."""
    subjects = [s for s in dict.fromkeys(file.source.graph.subjects()) if isinstance(s, ox.NamedNode)]
    if file.kind != ARTICLE or not subjects or any(s.value.startswith(v.ZGD) for s in subjects):
        return None
    first, *more = subjects
    message = f"None of the things described here is of the project: {shown(first)}{f' and {len(more)} more' if more else ''}."
    return finding(file, RULES["nothing-of-the-project"], file.source.subjects.get(first), first, message=message)


# ---------------------------------------------------------------- terms and values


def _fixed(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield misspelt terms, ill-formed values and numbers with separators of which it is known what was meant."""
    for one in found:
        if one.rule in ("unknown-term", "ill-formed-literal", "number-without-separators") and one.fix:
            yield Cause(one, _changes(file, one.fix))


def _classes(file: File, found: list[Finding], project: sources.Project) -> Iterable[Cause]:
    """Yield the things whose IRIs name another class than they have."""
    for one in iris.of_another_class(file, found, project):
        if one.fix:
            yield Cause(one, _changes(file, one.fix))


def _changes(file: File, fix: Fix) -> tuple[turtle.Change, ...]:
    """Return the edits of a fix as changes to the text of a file."""
    text = file.source.text
    return tuple(
        (turtle.offset(text, *edit.region[:2]), turtle.offset(text, *edit.region[2:]), edit.text) for edit in fix.edits
    )


# ---------------------------------------------------------------- identity


def _identity(file: File, found: list[Finding]) -> Iterable[Cause]:
    """Yield IRIs that are described at two places with different values of properties that have one at most."""
    graph, text = file.source.graph, file.source.text
    for subject in dict.fromkeys(ox.NamedNode(one.focus) for one in found if one.focus):
        places = file.source.openings.get(subject, [])
        if len(places) < 2:
            continue
        blocks: dict[int, list[tuple[Term, Term]]] = defaultdict(list)
        for _, p, o in graph.triples(subject):
            region = file.source.objects.get((subject, p, o))
            if region:
                blocks[sum(place <= region for place in places) - 1].append((p, o))
        paths = " ".join(one.result_path for one in found if one.focus == subject.value)
        for number in range(1, len(places)):
            first, second = dict(blocks[0]), dict(blocks[number])
            differing = [p for p in second if str(p) in paths and p in first and p != ZG.evidence]
            if not differing or len(blocks[number]) < 2:
                continue
            at = turtle.offset(text, *places[number][2:])
            at -= text[at - 1] == ">"
            p = differing[0]
            message = f"{shown(subject)} is described at two places, which say {shown(p)} {_quoted(first[p])} and {_quoted(second[p])}."
            others = [Other(file.name, places[0], f"{shown(subject)} {shown(p)} {_quoted(first[p])}")]
            yield Cause(
                finding(file, RULES["one-iri-two-things"], places[number], subject, message=message, others=others),
                ((at, at, f"-{number + 1}"),),
            )


def _quoted(term: Term) -> str:
    return f"“{term.value}”" if isinstance(term, ox.Literal) else shown(term)
