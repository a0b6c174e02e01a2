"""Wordings and names as printed, and what is entered for them."""

from __future__ import annotations

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.validation.reading.lexicon import Lexicon, either, general


class Carrier(NamedTuple):
    """An evidence that carries a triple: printed words, passage and the words before it (None: no text), its basis."""

    printed: str
    passage: str | None
    before: str
    basis: str
    specific: bool


_CHINESE = "[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]"
_GAP = re.compile(rf"(?<={_CHINESE}) (?={_CHINESE})")  # no more than a line's end, or for looks


class Known:
    """What is known of things: `names`, as `flat` has them, `classes`, `near` (what each refers to), `notations`; by IRI.

    `lexicon` has the words by which they are read.
    """

    def __init__(self, triples: Iterable[ox.Triple], beside: Known | None, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.described = re.compile(rf"{either(lexicon.sections['names']['articles'])} [a-z]")
        known = (dict[str, set[str]](getattr(beside, part, ())) for part in ("names", "classes", "near"))
        self.names, self.classes, self.near = known
        self.notations = dict[str, str](getattr(beside, "notations", ()))
        self._beside, self._by_word = beside, defaultdict[str, list[tuple[str, str]]](list)
        self.named = functools.cache(self._named)
        named_by = lexicon.sections["terms"]["names"]
        for t in triples:
            if not isinstance(t.subject, ox.NamedNode):
                continue
            subject, predicate, value = t.subject.value, t.predicate.value, t.object
            if isinstance(value, ox.NamedNode):
                about = self.classes if predicate in (v.RDF_TYPE, v.RDFS + "subClassOf") else self.near
                about[subject] = about.get(subject, set()) | {value.value}
            elif isinstance(value, ox.Literal) and predicate in named_by:
                name = flat(value.value)
                self.names[subject] = self.names.get(subject, set()) | {name}
                # In whatever words a name stands, its longest word does; of Chinese the first two characters.
                key = max(re.findall(r"\w+", name), key=len, default="") if name.isascii() else name[:2]
                self._by_word[key].append((name, subject))
            elif isinstance(value, ox.Literal) and predicate == v.SKOS + "notation":
                self.notations[subject] = value.value

    def written(self) -> dict[str, object]:
        """Return what is known, without what is known beside it, as JSON; see `restored`."""
        by_thing = {
            part: {thing: sorted(found) for thing, found in getattr(self, part).items()}
            for part in ("names", "classes", "near")
        }
        return {**by_thing, "notations": self.notations, "words": self._by_word}

    def _named(self, words: str) -> set[tuple[str, str]]:
        """Return the names that stand in words, as `flat` has them, each with a thing that bears it."""
        keys = {"", *re.findall(r"\w+", words), *words, *map("".join, itertools.pairwise(words))}
        indexes = [known._by_word for known in (self, self._beside) if known]
        entries = (entry for index in indexes for key in keys & index.keys() for entry in index[key])
        return {(name, thing) for name, thing in entries if _stands_in(name, words)}

    def kinds(self, thing: str) -> set[str]:
        """Return the classes of a thing, and those above them, but for those of vocabularies in common use."""
        found, new = set[str](), self.classes.get(thing, set())
        while new:
            found |= new
            new = set[str]().union(*(self.classes.get(one, ()) for one in new)) - found
        return {one for one in found if not one.startswith(_COMMON)}

    def is_term(self, thing: str) -> bool:
        """Return whether a thing is a class, a property or a member of a closed list, whose label is a word like any other."""
        return any(one.startswith(v.OWL) for one in self.classes.get(thing, ()))


_COMMON = tuple(namespace for namespace in v.STANDARD.values() if not namespace.startswith(v.NS))


def known_things(triples: Iterable[ox.Triple], beside: Known | None = None, lexicon: Lexicon | None = None) -> Known:
    """Gather what triples say of things: names, classes, neighbours, notations.

    Parameters: `beside`, what is known already; `lexicon`, the words by which they are read, of `beside` or the program's
    if it is left out.
    """
    return Known(triples, beside, lexicon or (beside.lexicon if beside else general()))


def restored(content: Any, lexicon: Lexicon) -> Known:
    """Return what `Known.written` has made JSON of. Raises KeyError, TypeError or AttributeError for anything else."""
    known = Known((), None, lexicon)
    known.names, known.classes, known.near = (
        {thing: set(found) for thing, found in content[part].items()} for part in ("names", "classes", "near")
    )
    known.notations = content["notations"]
    for word, entries in content["words"].items():
        known._by_word[word] = [(name, thing) for name, thing in entries]
    return known


def flat(text: str) -> str:
    """Return a wording without what print may vary: case, white space, the shape of quotation marks and dashes."""
    if text.isascii():
        return " ".join(text.lower().split())
    same = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "}
    return _GAP.sub("", " ".join(text.translate(same).casefold().split()))


def quoted(text: str) -> str:
    """Return words in quotation marks as a message has them, cut if they are long."""
    return f"“{text}”" if len(text) <= 80 else f"“{text[:77]}...”"


def wording(value: str, carriers: list[Carrier]) -> str:
    """Say what is wrong with a wording, if anything is; `carriers` is its evidence."""
    entered = flat(value)
    passages = [c.passage for c in carriers if c.passage is not None]
    if passages:
        if any(entered in flat(passage) for passage in passages):
            return ""
        return f"{quoted(value)} is not in the range that supports it: {quoted(passages[0])}"
    printed = [flat(c.printed) for c in carriers if c.printed and c.specific]
    if not printed or len(printed) < len(carriers) or any(entered in words or words in entered for words in printed):
        return ""
    return f"{quoted(value)} is entered, {quoted(carriers[0].printed)} is printed"


def name(triple: ox.Triple, carriers: list[Carrier], slug: str, known: Known) -> str:
    """Say if a name is printed that is another thing's, of a kind with the one entered or with what that lies beside."""
    thing, subject = (str(getattr(term, "value", "")) for term in (triple.object, triple.subject))
    near = {thing}
    for _ in range(2):  # with what lies beside it, two steps away at most
        near = near.union(*(known.near.get(one, ()) for one in near))

    def others(words: str, share: int) -> list[str]:
        """Return other things, of which a name stands in words and makes up at least one part in `share` of them."""
        longer = {other for name, other in known.named(words) if share * len(name) >= len(words)} - near - {subject}
        kinds = {kind for one in near for kind in known.kinds(one)} if longer else set()
        return sorted(other for other in longer if not known.is_term(other) and kinds & known.kinds(other))

    def is_named(words: str) -> bool:
        return any(bearer in near for _, bearer in known.named(words))

    for c in carriers:
        words = flat(c.printed) if c.specific else ""
        # What is only described, as "the mayor", is no name.
        if words and not known.described.match(c.printed[:1].lower() + c.printed[1:]) and not is_named(words):
            for other in others(words, 2)[:1]:
                return f"{v.shorten(thing)} is entered, {quoted(c.printed)} is printed, a name of {v.shorten(other)}"
    passages = [flat(c.passage) for c in carriers if c.passage is not None and c.basis == "stated"]
    # What is worked out need not be named, and a node of the article's own has no name that the text would print.
    if len(passages) < len(carriers) or f"-{slug}-" in thing or any(map(is_named, passages)):
        return ""
    found = [v.shorten(other) for words in passages for other in others(words, len(words))]
    # A name may be taken apart, so that all its longer words stand somewhere.
    own = [name for one in near for name in known.names.get(one, ())] if found else []
    apart = [longer for name in own if (longer := [word for word in name.split() if len(word) > 4])]
    if not found or any(all(word in words for word in longer) for longer in apart for words in passages):
        return ""
    return f"the range names {', '.join(found[:3])}, not {v.shorten(thing)}"


def _stands_in(name: str, words: str) -> bool:
    """Return whether a name stands in words: if it is ASCII as words by themselves, else anywhere."""
    at = -1
    while (at := words.find(name, at + 1)) >= 0:
        ends = words[at - 1 : at] + words[at + len(name) : at + len(name) + 1]
        if not (name.isascii() and re.search(r"\w", ends)):
            return True
    return False
