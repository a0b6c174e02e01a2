"""Filling evidence: what quotes the text gets the offsets and the digest of the range that it quotes.

Only what stands for a range is written over; the rest of a file, its comments and its layout, stays as it is.
"""

from __future__ import annotations

import os
import re
from collections import Counter, namedtuple

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.evidence import phrases
from zonegraph.project import sources, texts
from zonegraph.rdf import layout, turtle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from zonegraph.evidence.phrases import Range
    from zonegraph.project.sources import Project
    from zonegraph.rdf.layout import Block, Pair, Span

    class Place(NamedTuple):
        """A place that a quotation may mean: offsets in characters, line of the text, and a few words around it."""

        start: int
        end: int
        line: int
        text: str

    class Quotation(NamedTuple):
        """A piece of evidence that quotes the text: its line in the file, the phrase, and the range, None if it has none.

        Without a range, `problem` says why, `remedy` what to do, and `places` are those in question.
        """

        line: int
        phrase: str
        range: Range | None
        problem: str
        remedy: str
        places: list[Place]

    class Filled(NamedTuple):
        """A file with its quotations, in order: its bytes as they are, and as they are with what could be filled."""

        before: bytes
        after: bytes
        quotations: list[Quotation]

else:
    Place = namedtuple("Place", "start end line text")
    Quotation = namedtuple("Quotation", "line phrase range problem remedy places")
    Filled = namedtuple("Filled", "before after quotations")

_MARK = b"\xef\xbb\xbf"  # of byte order; it stays where it is


def fill(project: Project, path: str, at_hand: dict[str, tuple[str, str]] | None) -> Filled:
    """Find the ranges of what a file quotes. Writes nothing.

    Parameters: `path`, a Turtle file of an article or a review, named after its article; `at_hand`, the texts as
    `project.texts.by_digest` gives them, None if nobody has named their folder. Raises UsageError for a file that cannot be read, and, if it quotes anything, for a text that is not at hand.
    """
    before = texts.read_bytes(path)
    content = texts.decode(before, path)
    blocks = layout.blocks(path, content)
    if not any(pair.predicate in evidence.QUOTING for block in blocks for pair in block.pairs):
        return Filled(before, before, [])
    reading = _Reading(path, content, blocks, _text(project, path, blocks, at_hand))
    quotations, after = reading.quotations(), reading.filled()
    if after != content:
        turtle.parse(path, after)
    mark = _MARK if before.startswith(_MARK) else b""
    return Filled(before, mark + after.encode(), quotations)


def _triples(blocks: list[Block]) -> list[ox.Triple]:
    return [ox.Triple(b.subject, pair.predicate, o) for b in blocks for pair in b.pairs for o in pair.objects]


def _text(project: Project, path: str, blocks: list[Block], at_hand: dict[str, tuple[str, str]] | None) -> str:
    """Return the text that a file quotes: that of the article after which the file is named."""
    slug = os.path.splitext(os.path.basename(path))[0]
    digest = evidence.text_digest(_triples(blocks), slug)
    for file in project.articles:
        if not digest and sources.slug(file) == slug:  # a review, which stands beside the article
            digest = evidence.text_digest(turtle.parse(file.path), slug)
    article = f"zgd:article-{slug}"
    if not digest:
        raise UsageError(
            f"{path}: no zg:textDigest says which text {article} transcribes",
            f"give {article} its zg:textDigest, the SHA-256 of the text's file; a file is named after its article",
        )
    if at_hand is None:
        raise UsageError(
            f"{path}: quotes the text of {article}, which is not at hand",
            "name the folder of the texts with --articles or ZONEGRAPH_ARTICLES",
        )
    if digest not in at_hand:
        raise UsageError(
            f"{path}: no text at hand has the zg:textDigest of {article} ({digest})",
            "name the folder that has the text with --articles, or correct zg:textDigest",
        )
    return at_hand[digest][1]


class _Reading:
    """What one file quotes, and what of it is found."""

    def __init__(self, path: str, content: str, blocks: list[Block], text: str) -> None:
        self.path, self.content, self.blocks, self.text = path, content, blocks, text
        self.pairs: dict[Any, list[Pair]] = {}
        self.places: Counter[Any] = Counter()  # at how many a node's quotation is written
        for block in blocks:
            self.pairs.setdefault(block.subject, []).extend(block.pairs)
            self.places[block.subject] += any(pair.predicate in evidence.QUOTING for pair in block.pairs)
        self.quoting = [node for node in self.pairs if any(self.values(node, p) for p in evidence.QUOTING)]
        self.fit = evidence.has_range(_triples(blocks))
        self.found: dict[Any, Quotation] = {}
        # The evidence of a node as a whole; if there is none, that of anything it says.
        self.wide: dict[Any, list[Any]] = {}
        for node in self.pairs:
            found = self.values(node, evidence.EVIDENCE)
            self.wide[node] = [one for one in found if not self.values(one, evidence.SUPPORTS)] or found

    def values(self, node: Any, predicate: ox.NamedNode) -> list[Any]:
        """Return the values of a property of a node, each as often as it is written."""
        return [o for pair in self.pairs.get(node, ()) if pair.predicate == predicate for o in pair.objects]

    def quotations(self) -> list[Quotation]:
        """Find the range of each quotation, those first inside of which others look."""
        quoting = set(self.quoting)
        for first in self.quoting:
            pending, entered = [first], set()
            while pending:  # not by recursion: a chain may be long
                node = pending[-1]
                inside = [near for m in self.values(node, evidence.INSIDE) for near in (m, *self.wide.get(m, ()))]
                needed = [m for m in inside if m in quoting and m not in self.found and m not in entered]
                entered.add(node)
                if needed:
                    pending += needed
                    continue
                pending.pop()
                if node not in self.found:
                    self.found[node] = self._quotation(node)
        return sorted(self.found.values(), key=lambda quotation: quotation.line)

    def _ranges(self, node: Any) -> list[Range]:
        """Return the ranges of a node: its own, or those of its evidence."""
        found = []
        for one in (node, *self.wide.get(node, ())):
            start, end = (self.values(one, bound) for bound in (evidence.START, evidence.END))
            bounds = evidence.bounds(terms.text(start[0]), terms.text(end[0])) if start and end else None
            filled = self.found[one].range if one in self.found else None
            found += [place for place in (bounds, filled) if place]
        return list(dict.fromkeys(found))

    def _quotation(self, node: Any) -> Quotation:
        """Return what a node quotes, with its range or what is wrong with it."""
        pair = min((p for p in self.pairs[node] if p.predicate in evidence.QUOTING), key=lambda p: p.tokens[0])
        line = texts.position(self.content, pair.tokens[0][0])[0]
        phrase = terms.text(next(iter(self.values(node, evidence.EXACT)), None))
        problem, remedy = self._misused(node, pair.predicate, phrase)
        if problem:
            return Quotation(line, phrase, None, problem, remedy, [])
        inside = self.values(node, evidence.INSIDE)
        within = self._ranges(inside[0]) if inside else [(0, len(self.text))]
        places = self._places(within, phrase)
        number = int(terms.text(next(iter(self.values(node, evidence.OCCURRENCE)), "0")))
        problem, remedy = self._unclear(phrase, within, places, number)
        if problem:
            around = places or (inside and phrases.ranges(self.text, phrase)) or phrases.nearly(self.text, phrase)
            return Quotation(line, phrase, None, problem, remedy, [self._place(*place) for place in around])
        return Quotation(line, phrase, places[max(number, 1) - 1], "", "", [])

    def _places(self, within: list[Range], phrase: str) -> list[Range]:
        """Return where a phrase stands inside of some ranges of the text, in order; over the end of a line only if it stands nowhere else."""
        found = {(a + start, a + end) for a, b in within for start, end in phrases.ranges(self.text[a:b], phrase)}
        return sorted({place for place in found if "\n" not in self.text[slice(*place)]} or found)

    def _place(self, start: int, end: int) -> Place:
        line = texts.position(self.text, start)[0]
        return Place(start, end, line, phrases.surroundings(self.text, start, end))

    def _misused(self, node: Any, predicate: ox.NamedNode, phrase: str) -> tuple[str, str]:
        """Return what is wrong with how a quotation is written, and what to do; empty if nothing is."""
        shown = v.shorten(predicate.value)
        if node not in self.fit:
            return f"{shown} stands at what is no evidence and no omission", "write it into zg:evidence [ ... ]"
        if self.places[node] > 1:
            return f"{shown} stands apart from the rest of its quotation", "write it beside oa:exact"
        given = {p: self.values(node, p) for p in (*evidence.QUOTING, *evidence.RANGE)}
        exact, occurrence, inside = (given[p] for p in evidence.QUOTING)
        if not exact:
            return f"{shown} stands without oa:exact", "add oa:exact with the phrase, or delete it"
        for p in evidence.RANGE:
            if given[p]:
                return f"oa:exact stands beside {v.shorten(p.value)}", "delete the one or the other"
        for p in evidence.QUOTING:
            if len(given[p]) > 1:
                return (
                    f"{v.shorten(p.value)} has {len(given[p])} values",
                    "write one; each range is evidence of its own",
                )
        if not isinstance(exact[0], ox.Literal) or not phrase.strip():
            return "oa:exact holds no phrase", "write the phrase in quotation marks, exactly as in the text"
        number = terms.text(occurrence[0]) if occurrence else "1"
        if not (re.fullmatch("[0-9]{1,9}", number) and int(number)):
            return f"zg:occurrence {number} counts no place", "write the number of the place, counted from 1"
        if inside and not self._ranges(inside[0]):
            return (
                f"zg:insidePassage {terms.plain(inside[0])} has no range in this file",
                "name a node of this file whose evidence has a range",
            )
        return "", ""

    def _unclear(self, phrase: str, within: list[Range], places: list[Range], number: int) -> tuple[str, str]:
        """Return why a phrase names no one range, and what to do; empty if it does."""
        everywhere = within == [(0, len(self.text))]
        where = "in the text" if everywhere else "in the passage"
        if number > len(places) > 0:
            return f"is {where} {_times(len(places))}", "correct zg:occurrence"
        if len(places) > 1 and not number:
            return (
                f"is {where} {_times(len(places))}",
                "quote more words, or add zg:occurrence with the number of the place, or zg:insidePassage",
            )
        if places:
            reason = phrases.unfit(self.text, *places[max(number, 1) - 1])
            return (reason, "quote less of it, in several pieces of evidence if need be") if reason else ("", "")
        if not everywhere and phrases.ranges(self.text, phrase):
            return "is not in the passage, but elsewhere in the text", "correct zg:insidePassage, or leave it out"
        near = phrases.nearly(self.text, phrase)
        if len(near) == 1 and phrases.unfit(self.text, *near[0]):
            return phrases.unfit(self.text, *near[0]), "quote less of it, in several pieces of evidence if need be"
        if near:
            return f"is not {where}, but nearly", f"copy what is there: {self.text[slice(*near[0])]}"
        if len(phrase) > evidence.LONGEST:
            return (
                f"is {len(phrase)} characters long; a range has at most {evidence.LONGEST}",
                "quote less of it, in several pieces of evidence if need be",
            )
        return f"is not {where}", 'copy it from the text, or give first and last words: "first words … last words"'

    def filled(self) -> str:
        """Return the file's text with a range in place of each quotation that has one."""
        edits: list[tuple[Span, str]] = []
        for block in self.blocks:
            place = self.found[block.subject].range if block.subject in self.found else None
            if place:
                edits += self._edits(block, *place)
        result, at = [], 0
        for (start, end), text in sorted(edits, key=lambda edit: (edit[0][0], -edit[0][1])):  # the wider first
            if start < at:  # it quotes inside of a node that goes as a whole
                continue
            result += [self.content[at:start], text]
            at = end
        return "".join([*result, self.content[at:]])

    def _edits(self, block: Block, start: int, end: int) -> list[tuple[Span, str]]:
        """Return what to write over in a block: what quotes the text, and with zg:occurrence and its like a semicolon."""
        edits: list[tuple[Span, str]] = []
        gone: list[Span] = []
        last_kept = None
        for pair in block.pairs:
            if pair.predicate == evidence.EXACT:
                first, *others = self._joined(pair.tokens)
                values = (str(start), str(end), f'"{phrases.digest(self.text, start, end)}"')
                names = [turtle.names_of(p.value, block.prefixes)[0] for p in evidence.RANGE]
                edits.append((first, " ; ".join(map(" ".join, zip(names, values, strict=True)))))
                gone += others
            elif pair.predicate in evidence.QUOTING:
                gone += [*pair.tokens, *pair.ends]
                continue
            last_kept = pair
        if last_kept is not None and last_kept is not block.pairs[-1] and not block.pairs[-1].ends:
            gone += last_kept.ends
        return edits + [(self._with_space(span), "") for span in self._joined(gone)]

    def _joined(self, spans: list[Span]) -> list[Span]:
        """Return spans as few, where nothing but white space is between them."""
        joined: list[Span] = []
        for start, end in sorted(spans):
            if joined and not self.content[joined[-1][1] : start].strip():
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def _with_space(self, span: Span) -> Span:
        """Return a span with the blanks before it; a line that has nothing else goes as a whole."""
        start, end = span
        while start and self.content[start - 1] in " \t":
            start -= 1
        if start and self.content[start - 1] != "\n":
            follows = self.content[end : end + 1]  # without a blank a word would run into the one before
            return (start if follows.isspace() or follows in ";,]." else span[0]), end
        blanks = re.compile(r"[ \t]*(\r?\n)?").match(self.content, end)
        assert blanks  # it may be empty
        return (start if blanks[1] else span[0]), blanks.end()


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
