"""Checking passages against the articles' texts, and finding the range of a phrase."""

from __future__ import annotations

import hashlib
import os
import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import evidence, sources, turtle
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError, nearest
from zonegraph.evidence import printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from zonegraph.sources import Project, SourceFile

    class Fault(NamedTuple):
        """Something wrong with a passage: file, line, what, and the remedy."""

        path: str
        line: int
        message: str
        remedy: str

    class Checked(NamedTuple):
        """What was checked of one article: numbers of triples and evidence, the text's path (empty: not at hand).

        The text's path is None for a review without an article.
        """

        slug: str
        triples: int
        evidence: int
        text: str | None
        faults: list[Fault]

    class Found(NamedTuple):
        """An occurrence of a phrase: the article's slug, offsets in characters, digest of the range, line in the text."""

        slug: str
        start: int
        end: int
        digest: str
        line: int

else:
    Fault = namedtuple("Fault", "path line message remedy")
    Checked = namedtuple("Checked", "slug triples evidence text faults")
    Found = namedtuple("Found", "slug start end digest line")


def check(project: Project, directory: str | None) -> list[Checked]:
    """Check every article's evidence.

    Parameters: `directory`, the folder of the articles' texts, or None: then only what needs no text is checked.
    Returns for each article what was checked and the faults: a range out of bounds, over more than one line or too
    long, a digest that is not that of its range, an as-printed value outside its range, a triple without a passage, a
    number, date, wording or name that is not the one printed.
    """
    texts = {} if directory is None else sources.texts(directory)
    reviews = {sources.slug(file): file for file in project.review}
    known = printed.known_things(t for f in [*project.ontology, *project.reference] for t in turtle.parse(f.path))
    checked = [_check(file, reviews.pop(sources.slug(file), None), texts, known) for file in project.articles]
    remedy = "give the review the name of the file of its article"
    return checked + [
        Checked(
            slug,
            0,
            0,
            None,
            [Fault(file.path, 1, f"there is no article {slug} that this could be a review of", remedy)],
        )
        for slug, file in reviews.items()
    ]


def _check(
    file: SourceFile, review: SourceFile | None, texts: dict[str, tuple[str, str]], known: printed.Known
) -> Checked:
    from rdflib import URIRef

    from zonegraph.interchange import from_rdflib, to_rdflib

    slug = sources.slug(file)
    positioned = turtle.read(file.path)
    graph = positioned.graph
    zg, oa = v.ZG, v.OA
    digest = graph.value(URIRef(evidence.article_iri(slug)), URIRef(zg + "textDigest"))
    path, text = texts.get(str(digest), ("", None))
    faults: list[Fault] = []
    if digest is None:
        faults.append(
            Fault(file.path, 1, f"no zg:textDigest on zgd:article-{slug}", "state the SHA-256 of the article's text")
        )

    ranges = [(positioned, node) for node in graph.objects(None, URIRef(zg + "evidence"))]
    if review is not None:
        reviewed = turtle.read(review.path)
        ranges += [(reviewed, node) for node in reviewed.graph.subjects(URIRef(v.RDF_TYPE), URIRef(zg + "Omission"))]
    for read, node in ranges:
        line = read.subjects.get(node, 0)
        values = {str(p): str(o) for p, o in read.graph.predicate_objects(node)}
        bounds = [values.get(oa + name, "") for name in ("start", "end")]
        start, end = (int(bound) if re.fullmatch("[0-9]{1,18}", bound) else -1 for bound in bounds)
        if not 0 <= start < end:
            shown = " to ".join(bound or "?" for bound in bounds)
            faults.append(_fault(read, line, f"no range ({shown})", "give oa:start and oa:end, the end exclusive"))
            continue
        if end - start > evidence.LONGEST:
            message = f"range {start}-{end} has {end - start} characters"
            faults.append(_fault(read, line, message, f"the most is {evidence.LONGEST}; split it"))
        if text is not None:
            faults += [_fault(read, line, *fault) for fault in _against_text(text, start, end, values)]

    triples = [ox.Triple(*map(from_rdflib, triple)) for triple in graph]  # type: ignore[arg-type]
    for node, about in evidence.carried(triples).items():
        if not about:
            remedy = "let it name a property that the subject has, or delete it"
            line = positioned.subjects.get(to_rdflib(node), 0)
            faults.append(_fault(positioned, line, "evidence that carries no triple", remedy))
    found = [
        (
            t,
            f"no passage for {_show(t)}",
            "add a zg:evidence to the subject that names this property (and value), or none",
        )
        for t in _without_passage(triples)
    ]
    found += [
        (t, f"{_show(t)}: {message}", printed.REMEDIES[rule])
        for t, rule, message in printed.disagreements(triples, slug, known, text)
    ]
    for triple, message, remedy in found:
        s, p, o = (to_rdflib(term) for term in (triple.subject, triple.predicate, triple.object))
        faults.append(_fault(positioned, positioned.lines.get((s, p, o), 0), message, remedy))
    return Checked(slug, len(triples), len(ranges), path, sorted(faults))


def _fault(read: turtle.PositionedGraph, line: int, message: str, remedy: str) -> Fault:
    """Make a fault of a file; the line is 0 if it is not known."""
    return Fault(read.path, line or 1, message if line else f"{message} {turtle.UNLOCATED}", remedy)


def _against_text(text: str, start: int, end: int, values: dict[str, str]) -> list[tuple[str, str]]:
    if end > len(text):
        return [
            (
                f"range {start}-{end} ends beyond the text ({len(text)} characters)",
                "find the phrase again with `zonegraph evidence find`",
            )
        ]
    passage = text[start:end]
    faults = []
    if "\n" in passage:
        faults.append((f"range {start}-{end} goes over a line's end", "give each line a range of its own"))
    if hashlib.sha256(passage.encode()).hexdigest() != values.get(v.ZG + "digest"):
        faults.append(
            (f"the digest is not that of range {start}-{end}", "find the phrase again with `zonegraph evidence find`")
        )
    printed = values.get(v.ZG + "asPrinted")
    if printed is not None and printed not in passage:
        faults.append((f"“{printed}” does not stand in range {start}-{end}", "give the value exactly as printed there"))
    return faults


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
    object_ = v.shorten(triple.object.value) if isinstance(triple.object, ox.NamedNode) else str(triple.object)
    return f"{v.shorten(str(getattr(triple.subject, 'value', triple.subject)))} {v.shorten(triple.predicate.value)} {object_}"


def _occurrences(name: str, text: str, phrase: str) -> list[Found]:
    digest = hashlib.sha256(phrase.encode()).hexdigest()
    starts = [match.start() for match in re.finditer(f"(?={re.escape(phrase)})", text)]
    return [Found(name, start, start + len(phrase), digest, text.count("\n", 0, start) + 1) for start in starts]


def find(project: Project, directory: str, phrase: str, slug: str | None = None) -> list[Found]:
    """Find a phrase in the articles' texts.

    Parameters: `directory`, the folder of the texts; `phrase`, exactly as printed; `slug`, of the only article to look
    in, or None. Returns every occurrence, overlapping ones too; one in a text that no article transcribes yet bears the
    name of the file. Raises UsageError for an unknown article, a text that is not at hand, or a phrase that could be no range.
    """
    if not phrase.strip() or "\n" in phrase or len(phrase) > evidence.LONGEST:
        raise UsageError(f"a range is 1 to {evidence.LONGEST} characters of one line\n  give a shorter phrase")
    slugs = {sources.slug(file): file for file in project.articles}
    if slug is not None and slug not in slugs:
        near = nearest(slug, slugs, 0.3)
        raise UsageError(
            f"{slug}: no such article\n  " + (f"did you mean {near}?" if near else f"there are: {', '.join(slugs)}")
        )
    texts = sources.texts(directory)
    found: list[Found] = []
    missing = []
    for name, file in slugs.items():
        if slug in (None, name):
            digest = evidence.text_digest(turtle.parse(file.path), name)
            if digest in texts:
                found += _occurrences(name, texts.pop(digest)[1], phrase)
            else:
                missing.append(name)
    if slug is None:
        for path, text in texts.values():
            found += _occurrences(os.path.basename(path), text, phrase)
    if missing and not found:
        raise UsageError(
            f"{directory}: no text there has the digest of {', '.join(missing)}\n  name the folder of the texts with --articles"
        )
    return found
