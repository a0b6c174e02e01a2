"""Where a phrase stands in a text, and what nearly is the phrase."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import unicodedata
from bisect import bisect_left
from collections import namedtuple

from zonegraph import evidence
from zonegraph.errors import UsageError
from zonegraph.patterns import when_used
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    from zonegraph.project.sources import Project

    Range = tuple[int, int]

    class Found(NamedTuple):
        """A stretch of a text: the article's slug, offsets in characters, digest, line, and the characters themselves.

        `problem` says why it can be no range; empty if it can.
        """

        slug: str
        start: int
        end: int
        digest: str
        line: int
        text: str
        problem: str

    class Answer(NamedTuple):
        """What is found of a phrase: where it is, and, if it is nowhere, what nearly is the phrase."""

        phrase: str
        places: list[Found]
        near: list[Found]

else:
    Found = namedtuple("Found", "slug start end digest line text problem")
    Answer = namedtuple("Answer", "phrase places near")

_DOTS = when_used(r"(?<=\s)(?:…|\.\.\.)(?=\s)")
_NEAR = 3  # near matches that are shown of one phrase
_AROUND = 30  # characters shown on either side of a place

# The gap between two sentences: white space before a capital, a digit or a bracket, but not after initials and titles.
_STOP = when_used(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Mr|Ms|Dr|No|St)\.)(?<!\bMrs\.)[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])|(?<=[。！？])[”’」』）]*"
)
_UNSEEN = when_used("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]")

# Each written in many ways that look alike: in print, in a browser and on a keyboard they differ.
_ALIKE = dict.fromkeys(map(ord, '‘’‚‛“”„‟«»‹›「」『』〝〞＂＇`´′″"'), "'") | dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")


def ranges(text: str, phrase: str) -> list[Range]:
    """Return where a phrase stands in a text, in order, overlapping places too.

    Parameters: `phrase`, exactly as printed, or its first and its last words with ` … ` or ` ... ` between them; a phrase that
    is printed with such dots is found as it is. Of first and last words those ranges count that hold no shorter one. A phrase
    that is longer than a range can be is found nowhere.
    """
    if len(phrase) <= evidence.LONGEST:
        literal = [(start, start + len(phrase)) for start in _starts(text, phrase)]
        if literal:
            return literal
    found: set[Range] = set()
    for dots in _DOTS.finditer(phrase):
        first, last = phrase[: dots.start()].strip(), phrase[dots.end() :].strip()
        if first and last and len(first) + len(last) <= evidence.LONGEST:
            ends = _starts(text, last)
            latest: dict[int, int] = {}  # for each place of the last words the latest start before it
            for start in _starts(text, first):
                following = bisect_left(ends, start + len(first))
                if following < len(ends):
                    latest[ends[following] + len(last)] = start
            found |= {(start, end) for end, start in latest.items()}
    return sorted(found)


def nearly(text: str, phrase: str) -> list[Range]:
    """Return where a text has a phrase but for quotation marks, dashes, white space, case, accents and what is never seen."""
    folded, origin = _folded(text)
    sought = _folded(phrase)[0].strip()  # empty for a phrase of nothing but spaces and invisible characters
    return [(origin[start], origin[end - 1] + 1) for start, end in ranges(folded, sought)] if sought else []


def may_have(text: str, phrase: str) -> bool:
    """Return False only if `nearly` would certainly find nothing; this check costs a fraction of it."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    runs = re.findall(r"[^\W_]+", unicodedata.normalize("NFKD", phrase).casefold())
    return _UNSEEN.search(plain) is not None or all(run in plain for run in runs)


def sentence(text: str, start: int, end: int) -> Range:
    """Return the range of the sentence around a stretch of a text, or of the sentences that it covers.

    A line break ends a sentence too.
    """
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    for stop in _STOP.finditer(text, first, last):
        if stop.end() <= start:
            first = stop.end()
        elif stop.start() >= end:
            last = stop.start()
            break
    while first < start and text[first].isspace():
        first += 1
    return first, max(end, first + len(text[first:last].rstrip()))


def unfit(text: str, start: int, end: int) -> str:
    """Return why a stretch of a text can be no range; empty if it can."""
    first, last = (texts.position(text, offset)[0] for offset in (start, end - 1))
    if first != last:
        return f"runs from line {first} of the text to line {last}"
    if end - start > evidence.LONGEST:
        return f"is {end - start} characters long; a range has at most {evidence.LONGEST}"
    return ""


def surroundings(text: str, start: int, end: int) -> str:
    """Return a place of a text with a few words around it, on one line and not too long."""
    before, after = text[max(start - _AROUND, 0) : start], text[end : end + _AROUND]
    shown = text[start:end]
    if len(shown) > 2 * _AROUND:
        shown = f"{shown[:_AROUND]} … {shown[-_AROUND:]}"
    return f"{before.rpartition(chr(10))[2]}[{shown}]{after.partition(chr(10))[0]}"


def digest(text: str, start: int, end: int) -> str:
    """Return the SHA-256 of a range of a text, as `zg:digest` has it."""
    return hashlib.sha256(text[start:end].encode()).hexdigest()


def find(
    project: Project, directory: str, phrases: list[str], slugs: Sequence[str] = ()
) -> tuple[list[Answer], list[str]]:
    """Find phrases in the articles' texts.

    Parameters: `directory`, the folder of the texts; `phrases`, each as `ranges` takes it; `slugs`, of the articles to look
    in, all texts if there are none. Returns for each phrase every place, one in a text that no article transcribes yet under
    the name of the file, and the slugs of the articles whose texts are not there. Raises UsageError for an unknown article, if
    no text is there, or for a phrase that could be no range.
    """
    for phrase in phrases:
        if not phrase.strip() or "\n" in phrase or (len(phrase) > evidence.LONGEST and not _DOTS.search(phrase)):
            raise UsageError(
                f"a range has 1 to {evidence.LONGEST} characters of one line",
                "give a shorter phrase, or its first and last words: 'first words … last words'",
            )
    named, missing = _texts(project, directory, slugs)
    if missing and not named:
        raise evidence.text_missing(directory, missing)
    answers = []
    for phrase in phrases:
        places = [_found(name, text, place) for name, text in named for place in ranges(text, phrase)]
        near = [] if places else [_found(name, text, place) for name, text in named for place in nearly(text, phrase)]
        answers.append(Answer(phrase, places, near[:_NEAR]))
    return answers, missing


def _texts(project: Project, directory: str, slugs: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the texts to look in, each with its name, and the slugs of the articles whose texts are not at hand."""
    at_hand = texts.by_digest(directory)
    named, missing, transcribed = [], [], set()
    for file in sources.articles(project, slugs):
        name = sources.slug(file)
        known = evidence.text_digest(turtle.parse(file.path), name)
        if known in at_hand:
            named.append((name, at_hand[known][1]))
            transcribed.add(known)
        else:
            missing.append(name)
    if not slugs:
        others = (at_hand[known] for known in at_hand if known not in transcribed)
        named += [(os.path.basename(path), text) for path, text in others]
    return named, missing


def _found(name: str, text: str, place: Range) -> Found:
    start, end = place
    line = texts.position(text, start)[0]
    return Found(name, start, end, digest(text, start, end), line, text[start:end], unfit(text, start, end))


def _starts(text: str, phrase: str) -> list[int]:
    found, start = [], text.find(phrase)
    while start >= 0:
        found.append(start)
        start = text.find(phrase, start + 1)
    return found


@functools.lru_cache(maxsize=16)
def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text without the differences that `nearly` overlooks, and for each of its characters the offset it comes from."""
    made: list[str] = []
    origin: list[int] = []
    for offset, character in enumerate(text):
        alike = _ALIKE.get(ord(character)) or unicodedata.normalize("NFKD", character).casefold()
        for part in alike.translate(_ALIKE):
            if part.isspace():
                if made and made[-1] == " ":
                    continue
                part = " "
            elif unicodedata.category(part) in ("Mn", "Cf"):
                continue
            made.append(part)
            origin.append(offset)
    return "".join(made), origin
