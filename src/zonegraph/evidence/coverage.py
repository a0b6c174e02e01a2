"""What of an article's text is accounted for, and what each part of it is transcribed to."""

from __future__ import annotations

import unicodedata
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NamedTuple

    from zonegraph.project.sources import Project, SourceFile

    class Coverage(NamedTuple):
        """How much of an article is accounted for, in characters other than white space.

        `shares` counts them by kind: `evidence`, `omission: <reason>`, `unaccounted`; where ranges overlap, evidence
        counts first. `open` are the ranges that nothing accounts for, as (line, start, end, text).
        """

        slug: str
        characters: int
        shares: dict[str, int]
        open: list[tuple[int, int, int, str]]

    class Entry(NamedTuple):
        """A range of an article's text with what rests on it.

        `statements` are the triples that its evidence carries; `reason` is an omission's, else empty; `said_by`,
        `speaker_basis`, `basis`, `note` and `as_printed` are those of the evidence; `text` is the passage, empty if the text is not at hand.
        """

        start: int
        end: int
        line: int
        statements: list[ox.Triple]
        reason: str
        as_printed: str
        said_by: str
        speaker_basis: str
        basis: str
        note: str
        text: str

else:
    Coverage = namedtuple("Coverage", "slug characters shares open")
    Entry = namedtuple("Entry", "start end line statements reason as_printed said_by speaker_basis basis note text")

UNACCOUNTED = "unaccounted"


def coverage(project: Project, directory: str, slugs: Sequence[str] = ()) -> tuple[list[Coverage], list[str]]:
    """Return for each article what of its text is accounted for.

    Parameters: `directory`, the folder of the articles' texts; `slugs`, of the articles to look at, all if there are none.
    Returns what is known of those whose texts are there, and the slugs of the others. Raises UsageError if no text is there,
    or for an unknown article.
    """
    at_hand = texts.by_digest(directory)
    covered, missing = [], []
    for file in sources.articles(project, slugs):
        text = at_hand.get(evidence.text_digest(turtle.parse(file.path), sources.slug(file)))
        if text is None:
            missing.append(sources.slug(file))
        else:
            covered.append(_coverage(project, file, text[1]))
    if missing and not covered:
        raise evidence.text_missing(directory, missing)
    return covered, missing


def _coverage(project: Project, file: SourceFile, text: str) -> Coverage:
    kinds: list[str] = [UNACCOUNTED] * len(text)
    for start, end, reason in _omissions(project, file):
        kinds[start:end] = [f"omission: {reason}"] * (min(end, len(text)) - start)
    triples = turtle.parse(file.path)
    carried = evidence.carried(triples)
    for start, end, node in _evidence_ranges(triples):
        if carried[node]:  # a range on which no triple rests accounts for nothing
            kinds[start:end] = ["evidence"] * (min(end, len(text)) - start)
    _join(kinds, text)
    shares: dict[str, int] = {}
    for kind, character in zip(kinds, text, strict=True):
        if not character.isspace():
            shares[kind] = shares.get(kind, 0) + 1
    return Coverage(sources.slug(file), sum(shares.values()), dict(sorted(shares.items())), _open(kinds, text))


def _join(kinds: list[str], text: str) -> None:
    """Count punctuation and white space as covered that alone keeps a covered range from the next, or from an end of its line."""
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and kinds[end] == UNACCOUNTED and text[end] != "\n":
            end += 1
        before = kinds[start - 1] if start and text[start - 1] != "\n" else None
        after = kinds[end] if end < len(text) and text[end] != "\n" else None
        neighbour = before or after
        if neighbour and all(map(_separates, text[start:end])):
            kinds[start:end] = [neighbour] * (end - start)
        start = end + 1


def _separates(character: str) -> bool:
    # What stands for a word, as in 17.1% and R&D, says something. A bar between two names is no punctuation to Unicode.
    punctuation = unicodedata.category(character)[0] == "P" and character not in "%‰&@#§％＆＠＃"
    return character.isspace() or punctuation or character in "|｜"


def _open(kinds: list[str], text: str) -> list[tuple[int, int, int, str]]:
    found, start = [], 0
    while start < len(text):
        end = start
        while end < len(text) and kinds[end] == UNACCOUNTED and text[end] != "\n":
            end += 1
        passage = text[start:end]
        if passage.strip():
            first = start + len(passage) - len(passage.lstrip())
            last = start + len(passage.rstrip())
            found.append((texts.position(text, first)[0], first, last, text[first:last]))
        start = max(end, start + 1)
    return found


def entries(
    project: Project,
    slug: str,
    directory: str | None,
    restated: Callable[[list[ox.Triple]], list[ox.Triple]] = lambda _: [],
) -> list[Entry]:
    """Return what an article's text is transcribed to, in the order of the text, wider ranges first.

    Parameters: `slug`, of the article; `directory`, the folder of the texts, or None; `restated`, what gives the triples that
    an article's own restate, such as who says what stands in a passage. Raises UsageError for an unknown
    article, or if a folder is given and the article's text is not there.
    """
    (file,) = sources.articles(project, [slug])
    text = "" if directory is None else _text_of(file, texts.by_digest(directory), directory)
    triples = turtle.parse(file.path)
    return _entries(triples, restated(triples), _omissions(project, file), text)


def of_graphs(stated: list[ox.Triple], restated: list[ox.Triple], review: list[ox.Triple]) -> list[Entry]:
    """Return what an article's text is transcribed to, as `entries` does without the text.

    Parameters: `stated` and `restated`, the triples of the article's graph; `review`, those of its review.
    """
    return _entries(stated, restated, _omitted(review), "")


def _entries(
    triples: list[ox.Triple], restated: list[ox.Triple], omissions: list[tuple[int, int, str]], text: str
) -> list[Entry]:
    def entry(start: int, end: int, statements: list[ox.Triple], reason: str, about: list[ox.Triple]) -> Entry:
        values = {t.predicate.value: terms.text(t.object) for t in about}
        return Entry(
            start,
            end,
            texts.position(text, start)[0] if text else 0,
            statements,
            reason,
            values.get(v.ZG + "asPrinted", ""),
            values.get(v.ZG + "saidBy", ""),
            values.get(v.ZG + "speakerBasis", v.ZG + "stated")[len(v.ZG) :],
            values.get(v.ZG + "basis", v.ZG + "stated")[len(v.ZG) :],
            values.get(v.ZG + "note", ""),
            text[start:end],
        )

    grouped = evidence.by_subject([*triples, *restated])
    carried = evidence.carried(triples)
    result = [entry(start, end, [], reason, []) for start, end, reason in omissions]
    about = {node: of_node for nodes in grouped.values() for node, of_node in nodes}
    result += [entry(start, end, carried[node], "", about[node]) for start, end, node in _evidence_ranges(triples)]
    return sorted(result, key=lambda e: (e.start, -e.end, e.reason, [str(t) for t in e.statements]))


def _evidence_ranges(triples: list[ox.Triple]) -> list[tuple[int, int, Any]]:
    return [
        (*bounds, node)
        for nodes in evidence.by_subject(triples).values()
        for node, about in nodes
        for bounds in [_bounds(about)]
        if bounds is not None
    ]


def _omissions(project: Project, file: SourceFile) -> list[tuple[int, int, str]]:
    reviews = (review for review in project.review if sources.slug(review) == sources.slug(file))
    return [omitted for review in reviews for omitted in _omitted(turtle.parse(review.path))]


def _omitted(review: list[ox.Triple]) -> list[tuple[int, int, str]]:
    by_subject: dict[object, list[ox.Triple]] = {}
    for t in review:
        by_subject.setdefault(t.subject, []).append(t)
    found = []
    for about in by_subject.values():
        bounds = _bounds(about)
        reason = next((terms.text(t.object) for t in about if t.predicate.value == v.ZG + "reason"), "")
        if bounds is not None and reason:
            found.append((*bounds, reason[len(v.ZG) :]))
    return found


def _bounds(about: list[ox.Triple]) -> tuple[int, int] | None:
    values = {t.predicate: terms.text(t.object) for t in about}
    return evidence.bounds(values.get(evidence.START, ""), values.get(evidence.END, ""))


def _text_of(file: SourceFile, at_hand: dict[str, tuple[str, str]], directory: str) -> str:
    digest = evidence.text_digest(turtle.parse(file.path), sources.slug(file))
    if digest not in at_hand:
        raise evidence.text_missing(directory, [sources.slug(file)])
    return at_hand[digest][1]
