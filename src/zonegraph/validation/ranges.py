"""Ranges held against a text: what is wrong with one, and where what it is to hold does stand."""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from zonegraph import evidence
from zonegraph.evidence import phrases
from zonegraph.patterns import when_used
from zonegraph.project import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.evidence.phrases import Range
    from zonegraph.rdf.graph import Term

_SEARCHED = 400_000  # characters of text from which ranges of one digest are looked for in one file
_ALIKE = 0.8  # of 1, from which words count as misspelt and not as others


class Text(NamedTuple):
    """An article's text: how it is called, and its characters; `others` are the other texts at hand, called likewise."""

    name: str
    content: str
    others: dict[str, str]


class Whereabouts(NamedTuple):
    """Where a phrase stands that is not in its range: in words, what to do, the one range that has it, and its exact words there."""

    here: str
    remedy: str = ""
    range: Range | None = None
    words: str = ""


def shown(text: str, place: Range) -> str:
    """Return how a message gives a range: its offsets and its line."""
    return f"characters {place[0]}-{place[1]} (line {texts.position(text, place[0])[0]})"


def in_characters(text: str, start: int, end: int) -> Range | None:
    """Return the range that offsets mean if they count the bytes of the text in UTF-8; None if they fit no characters, or mean the same."""
    data = text.encode()
    if end > len(data) or len(data) == len(text):
        return None
    try:
        first, passage = data[:start].decode(), data[start:end].decode()
    except UnicodeDecodeError:
        return None
    found = (len(first), len(first) + len(passage))
    return found if found != (start, end) else None


class Finder:
    """Finds where the range of a digest lies; it gives up once it has looked through so much.

    `nodes` are what has each range of the file, of which two may be swapped.
    """

    def __init__(self, nodes: Mapping[Range, list[Term]]) -> None:
        self.nodes, self._left = nodes, _SEARCHED
        self._within: dict[int, list[Range]] = {}  # those of the nodes' ranges that end within a text, by its length

    def of_digest(self, text: str, digest: str, start: int, end: int) -> Range | None:
        """Return the range whose digest it is: of the same length, or with one of its ends; None if there is none."""
        self._left -= len(text)
        if self._left < 0:
            return None
        length, size = end - start, len(text)
        if size not in self._within:
            self._within[size] = [place for place in self.nodes if place[1] <= size]
        candidates: Iterator[Range] = itertools.chain(
            self._within[size],
            ((at, at + length) for at in sorted(range(len(text) - length + 1), key=lambda at: abs(at - start))),
            ((start, other) for other in range(start + 1, min(start + evidence.LONGEST, len(text)) + 1)),
            ((other, end) for other in range(max(end - evidence.LONGEST, 0), min(end, len(text)))),
        )
        return next((place for place in candidates if phrases.digest(text, *place) == digest), None)


def whereabouts(text: Text, phrase: str, near: Range) -> Whereabouts:
    """Return where a phrase stands that is not in its range: in the text, in another one, or nearly.

    Parameters: `near`, the range that was to hold it.
    """
    places = phrases.ranges(text.content, phrase)
    if len(places) == 1:
        problem = phrases.unfit(text.content, *places[0])
        return Whereabouts(f"it stands at {shown(text.content, places[0])}", "", None if problem else places[0])
    if places:
        listed = ", ".join(shown(text.content, place) for place in places[:3])
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        return Whereabouts(f"it stands at {listed}{more}", "give the range of the place that is meant")
    for name, other in text.others.items():
        elsewhere = phrases.ranges(other, phrase)
        if elsewhere:
            remedy = f"quote {text.name}, or move the statement to the file of the other article"
            return Whereabouts(f"it stands in {name}, at {shown(other, elsewhere[0])}, and not in {text.name}", remedy)
    if phrases.may_have(text.content, phrase):
        places = phrases.nearly(text.content, phrase)
    if places:
        words = text.content[slice(*places[0])]
        here = f"“{words}” stands at {shown(text.content, places[0])}: it differs in {differs(phrase, words)}"
        return Whereabouts(here, "copy the words as they stand there", places[0] if len(places) == 1 else None, words)
    place = _misspelt(text.content, phrase, near)
    if place:
        words = text.content[slice(*place)]
        here = f"the nearest there is “{words}” at {shown(text.content, place)}: {_changed(phrase, words)}"
        return Whereabouts(here, "copy the words as they stand there", place, words)
    return Whereabouts("it stands nowhere in the text")


# What two wordings that are nearly the same may differ in, each with what makes them the same.
_DIFFERENCES: list[tuple[str, Callable[[str], str]]] = [
    ("capital letters", str.casefold),
    ("white space", lambda words: " ".join(words.split())),
    ("quotation marks", lambda words: re.sub('[‘’‚‛“”„‟«»‹›「」『』〝〞＂＇`´′″"]', "'", words)),
    ("dashes", lambda words: re.sub("[‐‑‒–—―−－﹣]", "-", words)),
    ("full-width characters", lambda words: unicodedata.normalize("NFKC", words)),
    ("accents", lambda words: re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", words))),
    ("characters that are not seen", lambda words: re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", words)),
]


def differs(one: str, other: str) -> str:
    """Return what two wordings differ in that are nearly the same."""
    found = []
    for name, same in _DIFFERENCES:
        if same(one) != one or same(other) != other:
            before = one == other
            one, other = same(one), same(other)
            rest = difflib.SequenceMatcher(None, one, other).ratio()
            if not before:
                found.append((name, rest))
        if one == other:
            break
    needed = [name for number, (name, rest) in enumerate(found) if rest > (found[number - 1][1] if number else 0)]
    return " and ".join(needed[-2:]) or "how it is written"


def _misspelt(text: str, phrase: str, near: Range) -> Range | None:
    """Return the one place in the lines of a range at which words stand that are nearly those of a phrase; None if there is none."""
    first = text.rfind("\n", 0, min(near[0], len(text))) + 1
    last = text.find("\n", min(near[1], len(text)))
    last = len(text) if last < 0 else last
    if last - first > 20 * evidence.LONGEST or not 4 <= len(phrase) <= evidence.LONGEST:
        return None
    tokens = [match.span() for match in _TOKEN.finditer(text, first, last)]
    sought = _TOKEN.findall(phrase)
    matcher = difflib.SequenceMatcher(None, "", phrase, autojunk=False)
    best: tuple[float, Range] | None = None
    for words in {len(sought) - 1, len(sought), len(sought) + 1} - {0}:
        for number in range(len(tokens) - words + 1):
            ends = tokens[number], tokens[number + words - 1]
            # Seldom are the first and the last word both misspelt; one of them right saves most of the comparing.
            if len(sought) > 1 and text[slice(*ends[0])] != sought[0] and text[slice(*ends[1])] != sought[-1]:
                continue
            place = ends[0][0], ends[1][1]
            matcher.set_seq1(text[slice(*place)])
            least = best[0] if best else _ALIKE
            if matcher.real_quick_ratio() > least and matcher.quick_ratio() > least and matcher.ratio() > least:
                best = matcher.ratio(), place
    return best[1] if best else None


_TOKEN = when_used(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+|[^\w\s]")  # a Chinese character, a word, a sign


def _changed(phrase: str, words: str) -> str:
    """Return the first words in which two wordings differ."""
    one, other = phrase.split(), words.split()
    if len(one) == len(other) > 1:
        for mine, theirs in zip(one, other, strict=True):
            if mine != theirs:
                return f"“{theirs}”, not “{mine}”"
    return f"not “{phrase}”"
