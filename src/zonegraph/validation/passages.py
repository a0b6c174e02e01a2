"""Checking passages: every article's evidence, against its text if that is at hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.project import sources, texts
from zonegraph.project.sources import Project, SourceFile
from zonegraph.rdf import turtle
from zonegraph.validation import checks, printed, reading
from zonegraph.validation.checks import ARTICLE, REVIEW, TYPE, ZG, File
from zonegraph.validation.reading import lexicon
from zonegraph.validation.report import Finding, Rule

RULES = {
    id: Rule(id, "violation", name, message, remedy)
    for id, name, message, remedy in (
        ("text-digest-missing", "text of the article", "An article has the digest of its text.",
         "state the SHA-256 of the article's text: zg:textDigest"),
        ("review-of-no-article", "article of a review", "A review is of an article that is there.",
         "give the review the name of the file of its article"),
        ("range-missing", "range of a passage", "A passage has a range.", "give oa:start and oa:end, the end exclusive"),
        ("range-too-long", "length of a range", "A range is at most 300 characters long.", f"the most is {evidence.LONGEST}; split it"),
        ("range-outside-text", "place of a range", "A range lies in the text.", "find the phrase again with `zonegraph evidence find`"),
        ("range-over-lines", "lines of a range", "A range lies in one line.", "give each line a range of its own"),
        ("digest-of-range", "digest of a range", "A digest is that of its range.", "find the phrase again with `zonegraph evidence find`"),
        ("as-printed-in-range", "words of a range", "What is printed stands in the range.", "give the value exactly as printed there"),
        ("evidence-without-triple", "what a passage supports", "A piece of evidence supports a triple.",
         "let it name a property that the subject has, or delete it"),
        ("passage-missing", "passages", "Every triple of an article has a passage.",
         "add a zg:evidence to the subject that names this property (and value), or none"),
    )
}  # fmt: skip


class Checked(NamedTuple):
    """What was checked of one article: numbers of triples and evidence, the text's path (empty: not at hand).

    The text's path is None for a review without an article.
    """

    slug: str
    triples: int
    evidence: int
    text: str | None
    findings: list[Finding]


def check(project: Project, directory: str | None) -> list[Checked]:
    """Check every article's evidence.

    Parameters: `directory`, the folder of the articles' texts, or None: then only what needs no text is checked.
    Returns for each article what was checked and the findings: a range out of bounds, over more than one line or too
    long, a digest that is not that of its range, an as-printed value outside its range, a triple without a passage, a
    number, date, wording or name that is not the one printed.
    """
    at_hand = {} if directory is None else texts.by_digest(directory)
    reviews = {sources.slug(file): file for file in project.review}
    named = (t for f in [*project.ontology, *project.reference] for t in turtle.parse(f.path))
    known = reading.known_things(named, lexicon=lexicon.load(project))
    checked = [_check(file, reviews.pop(sources.slug(file), None), at_hand, known) for file in project.articles]
    for slug, review in reviews.items():
        file = _file(review, REVIEW)
        message = f"there is no article {slug} that this could be a review of"
        checked.append(Checked(slug, 0, 0, None, [_finding(file, "review-of-no-article", 1, message)]))
    return checked


def _file(file: SourceFile, kind: str) -> File:
    return File(file.path, kind, sources.slug(file), turtle.read(file.path))


def _finding(file: File, rule: str, line: int, message: str) -> Finding:
    return checks.finding(file, RULES[rule], line, message=message)


def _check(
    article: SourceFile, review: SourceFile | None, at_hand: dict[str, tuple[str, str]], known: reading.Known
) -> Checked:
    slug, file = sources.slug(article), _file(article, ARTICLE)
    graph = file.source.graph
    digest = graph.value(ox.NamedNode(evidence.article_iri(slug)), ZG.textDigest)
    path, text = at_hand.get("" if digest is None else digest.value, ("", None))
    found = []
    if digest is None:
        found.append(_finding(file, "text-digest-missing", 1, f"no zg:textDigest on zgd:article-{slug}"))
    ranges = [(file, node) for node in graph.objects(None, ZG.evidence)]
    if review is not None:
        reviewed = _file(review, REVIEW)
        ranges += [(reviewed, node) for node in reviewed.source.graph.subjects(TYPE, ZG.Omission)]
    for holder, node in ranges:
        values = {p.value: o.value for p, o in holder.source.graph.predicate_objects(node)}
        for rule, message in _of_range(values, text):
            found.append(_finding(holder, rule, holder.source.subjects.get(node, 0), message))
    triples = list(graph)
    for node, about in evidence.carried(triples).items():
        if not about:
            line = file.source.subjects.get(node, 0)
            found.append(_finding(file, "evidence-without-triple", line, "evidence that carries no triple"))
    for triple in _without_passage(triples):
        line = file.source.lines.get(tuple(triple), 0)
        found.append(_finding(file, "passage-missing", line, f"no passage for {_show(triple)}"))
    for triple, rule, message in reading.disagreements(triples, slug, known, text):
        line = file.source.lines.get(tuple(triple), 0)
        found.append(checks.finding(file, printed.RULES[rule], line, message=f"{_show(triple)}: {message}"))
    return Checked(slug, len(triples), len(ranges), path, sorted(found))


def _of_range(values: dict[str, str], text: str | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a range: the rule and the message.

    Parameters: `values`, what is said of it; `text`, the article's, or None if that is not at hand.
    """
    bounds = [values.get(v.OA + name, "") for name in ("start", "end")]
    start, end = (int(bound) if re.fullmatch("[0-9]{1,18}", bound) else -1 for bound in bounds)
    if not 0 <= start < end:
        yield "range-missing", f"no range ({' to '.join(bound or '?' for bound in bounds)})"
        return
    if end - start > evidence.LONGEST:
        yield "range-too-long", f"range {start}-{end} has {end - start} characters"
        return
    if text is None:
        return
    if end > len(text):
        yield "range-outside-text", f"range {start}-{end} ends beyond the text ({len(text)} characters)"
        return
    passage = text[start:end]
    if "\n" in passage:
        yield "range-over-lines", f"range {start}-{end} goes over a line's end"
    if hashlib.sha256(passage.encode()).hexdigest() != values.get(v.ZG + "digest"):
        yield "digest-of-range", f"the digest is not that of range {start}-{end}"
    words = values.get(v.ZG + "asPrinted")
    if words is not None and words not in passage:
        yield "as-printed-in-range", f"“{words}” does not stand in range {start}-{end}"


def _without_passage(triples: list[ox.Triple]) -> list[ox.Triple]:
    carried = evidence.by_subject(triples)
    nodes = {node for of_subject in carried.values() for node, _ in of_subject}
    return [
        t
        for t in triples
        if t.subject not in nodes
        and t.predicate.value not in evidence.UNSUPPORTED
        and not evidence.carriers(t, carried.get(t.subject, []))
    ]


def _show(triple: ox.Triple) -> str:
    subject, _, value = triple
    shown = v.shorten(value.value) if isinstance(value, ox.NamedNode) else str(value)
    return f"{checks.shown(subject)} {v.shorten(triple.predicate.value)} {shown}"
