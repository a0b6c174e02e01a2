"""Wordings and names as printed, and what is entered for them."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, cast

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.rdf.graph import Graph, Namespace, Term
from zonegraph.terms import FIRST, NIL, REST
from zonegraph.validation.reading.lexicon import Lexicon, either, general


class Carrier(NamedTuple):
    """An evidence that carries a triple: printed words, passage and the words before it (None: no text), its basis.

    `ahead` and `behind` are the words before and after the passage up to the next comma or the like; `node` is the evidence, `place` its range;
    `picks_out`, whether it picks the value out by zg:value.
    """

    printed: str
    passage: str | None
    before: str
    basis: str
    specific: bool
    ahead: str = ""
    behind: str = ""
    node: ox.NamedNode | ox.BlankNode | None = None
    place: tuple[int, int] = (-1, -1)
    picks_out: bool = False


class Judgement(NamedTuple):
    """What is wrong with a value: in words, whether the print leaves no other reading, and what is right, as written, if that is known.

    `quote` is the wording that was looked for in vain; `at` is the evidence with whose words the value disagrees; `instead` is the
    property that is right in the place of the one entered.
    """

    here: str
    certain: bool = False
    right: str = ""
    quote: str = ""
    at: ox.NamedNode | ox.BlankNode | None = None
    instead: str = ""


_CHINESE = "[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]"
_GAP = when_used(rf"(?<={_CHINESE}) (?={_CHINESE})")  # no more than a line's end, or for looks


class Known:
    """What is known of things: `names`, as `flat` has them, `classes`, `near` (what each refers to), `notations`, `published`; by IRI.

    `lexicon` has the words by which they are read; `namesakes` knows of things that share a place, None if nobody does.
    """

    def __init__(self, triples: Iterable[ox.Triple], beside: Known | None, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.described = re.compile(rf"{either(lexicon.sections['names']['articles'])} [a-z]")
        known = (dict[str, set[str]](getattr(beside, part, ())) for part in ("names", "classes", "near", "published"))
        self.names, self.classes, self.near, self.published = known
        self.namesakes: Namesakes | None = getattr(beside, "namesakes", None)
        self.notations = dict[str, str](getattr(beside, "notations", ()))
        self._beside, self._by_word = beside, defaultdict[str, list[tuple[str, str]]](list)
        self._named: dict[str, set[tuple[str, str]]] = {}
        named_by, endings = lexicon.sections["terms"]["names"], tuple(lexicon.sections["names"]["endings"])
        for t in triples:
            if not isinstance(t.subject, ox.NamedNode):
                continue
            subject, predicate, value = t.subject.value, t.predicate.value, t.object
            if isinstance(value, ox.NamedNode):
                about = self.classes if predicate in (v.RDF_TYPE, v.RDFS + "subClassOf") else self.near
                about[subject] = about.get(subject, set()) | {value.value}
            elif isinstance(value, ox.Literal) and predicate in named_by:
                name = flat(value.value)
                ending = max((e for e in endings if name.endswith(e) and len(name) > len(e) + 1), key=len, default="")
                for form in {name, name.removesuffix(ending)} - self.names.get(subject, set()):
                    self.names[subject] = self.names.get(subject, set()) | {form}
                    # In whatever words a name stands, its longest word does; of Chinese the first two characters.
                    key = max(re.findall(r"\w+", form), key=len, default="") if form.isascii() else form[:2]
                    self._by_word[key].append((form, subject))
            elif isinstance(value, ox.Literal) and predicate == v.SKOS + "notation":
                self.notations[subject] = value.value
            elif isinstance(value, ox.Literal) and predicate == v.ZG + "published":
                self.published[subject] = self.published.get(subject, set()) | {value.value}

    def written(self) -> dict[str, object]:
        """Return what is known, without what is known beside it, as JSON; see `restored`."""
        by_thing = {part: {thing: sorted(found) for thing, found in getattr(self, part).items()} for part in _BY_THING}
        return {**by_thing, "notations": self.notations, "words": self._by_word}

    def named(self, words: str) -> set[tuple[str, str]]:
        """Return the names that stand in words, as `flat` has them, each with a thing that bears it."""
        if words not in self._named:
            self._named[words] = self._standing_in(words)
        return self._named[words]

    def _standing_in(self, words: str) -> set[tuple[str, str]]:
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

    def reach(self, thing: str, steps: int) -> set[str]:
        """Return a thing with what it refers to, directly or over others, in so many steps at most."""
        found = {thing}
        for _ in range(steps):
            found = found.union(*(self.near.get(one, ()) for one in found))
        return found

    def is_term(self, thing: str) -> bool:
        """Return whether a thing is a class, a property or a member of a closed list, whose label is a word like any other."""
        return any(one.startswith(v.OWL) for one in self.classes.get(thing, ()))


class Namesakes:
    """Things that are found at one place, as two bridges of one town, and what tells them apart; as the ontology says by what."""

    def __init__(self, ontology: Graph, said: Callable[[Any, Any, Any], Iterable[Any]]) -> None:
        """Parameters: `said` gives what articles, with what they restate, and conclusions say of a pattern with one of the `properties`."""
        self._said = said
        telling = list(ontology.objects(None, _ZG.toldApartBy))
        for p in telling:  # it grows as it is read: a chain of properties tells by each of them
            found = list(ontology.subjects(_SUB_PROPERTY, p))
            for chain in ontology.objects(p, _CHAIN):
                node: Term | None = chain
                while node is not None and node != NIL:
                    found += ontology.objects(node, FIRST)
                    node = ontology.value(node, REST)
            telling += [q for q in found if q not in telling]
        self._telling = set(telling)
        self._placing = set(ontology.objects(None, _ZG.foundBy)) - self._telling
        self.properties = {*self._telling, *self._placing, _ZG.topic, _ZG.supports, _ZG.value}
        self._known: dict[Term, set[Term]] = {}

    def _told(self, thing: Term) -> set[Term]:
        """Return what a thing is told by, as articles say or a conclusion does."""
        if isinstance(thing, ox.Literal):
            return set()
        if thing in self._known:
            return self._known[thing]
        found = {o for p in self._telling for _, _, o in self._said(thing, p, None)}
        for conclusion, _, _ in self._said(None, _ZG.topic, thing):
            if any(o in self._telling for _, _, o in self._said(conclusion, _ZG.supports, None)):
                found.update(o for _, _, o in self._said(conclusion, _ZG.value, None))
        self._known[thing] = found
        return found

    def told_by(self, thing: str) -> set[str]:
        """Return what tells a thing apart, directly or over others."""
        reached, new = set[Term](), {cast(Term, ox.NamedNode(thing))}
        while new:
            new = set[Term]().union(*map(self._told, new)) - reached
            reached |= new
        return {_iri(one) for one in reached}

    def of(self, thing: str, places: set[str]) -> list[str]:
        """Return the other things that are found at the same one of some places."""
        found = {o for p in self._placing for _, _, o in self._said(ox.NamedNode(thing), p, None) if _iri(o) in places}
        others = {s for p in self._placing for place in found for s, _, _ in self._said(None, p, place)}
        return sorted(_iri(other) for other in others if isinstance(other, ox.NamedNode) and _iri(other) != thing)


def _iri(term: object) -> str:
    return str(getattr(term, "value", ""))


_ZG = Namespace(v.ZG)
_SUB_PROPERTY, _CHAIN = ox.NamedNode(v.RDFS + "subPropertyOf"), ox.NamedNode(v.OWL + "propertyChainAxiom")
_COMMON = tuple(namespace for namespace in v.STANDARD.values() if not namespace.startswith(v.NS))


def known_things(triples: Iterable[ox.Triple], beside: Known | None = None, lexicon: Lexicon | None = None) -> Known:
    """Gather what triples say of things: names, classes, neighbours, notations.

    Parameters: `beside`, what is known already; `lexicon`, the words by which they are read, of `beside` or the program's
    if it is left out.
    """
    return Known(triples, beside, lexicon or (beside.lexicon if beside else general()))


_BY_THING = ("names", "classes", "near", "published")


def restored(content: Any, lexicon: Lexicon) -> Known:
    """Return what `Known.written` has made JSON of. Raises KeyError, TypeError or AttributeError for anything else."""
    known = Known((), None, lexicon)
    for part in _BY_THING:
        setattr(known, part, {thing: set(found) for thing, found in content[part].items()})
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


def wording(value: str, carriers: list[Carrier]) -> Judgement | None:
    """Say what is wrong with a wording, if anything is; `carriers` is its evidence."""
    entered = flat(value)
    passages = [c.passage for c in carriers if c.passage is not None]
    if passages:
        if any(entered in flat(passage) for passage in passages):
            return None
        return Judgement(f"{quoted(value)} is not in the range that supports it: {quoted(passages[0])}", quote=value)
    printed = [flat(c.printed) for c in carriers if c.printed and c.specific]
    if not printed or len(printed) < len(carriers) or any(entered in words or words in entered for words in printed):
        return None
    return Judgement(f"{quoted(value)} is entered, {quoted(carriers[0].printed)} is printed")


def name(
    triple: ox.Triple, carriers: list[Carrier], slug: str, known: Known, beside: Collection[str] = ()
) -> Judgement | None:
    """Say if a name is printed that is another thing's, of a kind with the one entered or with what that lies beside.

    Parameters: `slug`, of the article; `beside`, the other values that evidence without a property carries: words of these are no others.
    """
    thing, subject = (str(getattr(term, "value", "")) for term in (triple.object, triple.subject))
    near = known.reach(thing, 2)

    def others(words: str, share: int) -> list[str]:
        """Return other things, of which a name stands in words and makes up at least one part in `share` of them."""
        longer = {other for name, other in known.named(words) if share * len(name) >= len(words)} - near - {subject}
        kinds = {kind for one in near for kind in known.kinds(one)} if longer else set()
        return sorted(other for other in longer if not known.is_term(other) and kinds & known.kinds(other))

    def is_named(words: str) -> bool:
        return any(bearer in near for _, bearer in known.named(words))

    own_node = f"-{slug}-" in thing
    carried = set[str]().union(*(known.reach(one, 2) for one in beside)) if not own_node else set()
    for c in carriers:
        # Of evidence for all that is said the words name one of its values, which a node of the article's own is not.
        words = "" if own_node and not c.specific else flat(c.printed)
        if words and not c.specific and any(bearer in carried for _, bearer in known.named(words)):
            continue
        # Of one value alone there may be more words elsewhere, as of what is counted.
        better = _to_the_letter(thing, words or flat(c.passage or ""), known) if c.picks_out else ""
        if better:
            here = f"{v.shorten(thing)} is entered, {quoted(c.printed or c.passage or '')} is printed, the name of {v.shorten(better)}"
            return Judgement(here, right=better, at=c.node)
        # What is only described, as "the mayor", is no name.
        if words and not known.described.match(c.printed[:1].lower() + c.printed[1:]) and not is_named(words):
            meant = others(words, 2)
            if meant:
                here = f"{v.shorten(thing)} is entered, {quoted(c.printed)} is printed, a name of {v.shorten(meant[0])}"
                return Judgement(here, right=_alike(thing, meant, known), at=c.node)
    passages = [flat(c.passage) for c in carriers if c.passage is not None and c.basis == "stated"]
    # What is worked out need not be named, and a node of the article's own has no name that the text would print.
    if len(passages) < len(carriers) or own_node:
        return None
    namesake = _namesake(thing, near, passages, known)
    if namesake or any(map(is_named, passages)):
        return namesake
    found = list(dict.fromkeys(v.shorten(other) for words in passages for other in others(words, len(words))))
    # A name may be taken apart, so that all its longer words stand somewhere.
    own = [name for one in near for name in known.names.get(one, ())] if found else []
    apart = [longer for name in own if (longer := [word for word in name.split() if len(word) > 4])]
    if not found or any(all(word in words for word in longer) for longer in apart for words in passages):
        return None
    return Judgement(f"the range names {', '.join(found[:3])}, not {v.shorten(thing)}")


def _alike(thing: str, meant: list[str], known: Known) -> str:
    """Return the thing that was meant for another: of the same class and named, or the one that lies beside what is named; empty if unclear."""
    classes = known.classes.get(thing)
    if len(meant) != 1 or not classes:
        return ""
    if known.classes.get(meant[0]) == classes:
        return meant[0]
    there = [one for one, near in known.near.items() if meant[0] in near and known.classes.get(one) == classes]
    return there[0] if len(there) == 1 else ""


def _to_the_letter(thing: str, words: str, known: Known) -> str:
    """Return the concept whose label some words are, if it is one, in the scheme of the concept entered, which has no such label."""
    bearers = {bearer for name, bearer in known.named(words) if name == words} if words else set()
    if len(bearers) != 1 or thing in bearers:
        return ""
    (other,) = bearers
    shared = known.near.get(other, set()) & known.near.get(thing, set())
    return other if any(v.SKOS + "ConceptScheme" in known.classes.get(one, ()) for one in shared) else ""


def _namesake(thing: str, near: set[str], passages: list[str], known: Known) -> Judgement | None:
    """Say if what tells a thing apart from one that shares its place, the body behind it or the like, is printed of the other."""
    if known.namesakes is None:
        return None
    bearers = {bearer for words in passages for _, bearer in known.named(words)}
    own, meant = known.namesakes.told_by(thing) if bearers - near else set(), []
    for other in known.namesakes.of(thing, bearers) if own else ():
        theirs = known.namesakes.told_by(other)
        for by in sorted(bearers & (theirs - own)):
            # What the one entered has in its place; if that is printed too, or not known, nothing can be told.
            instead = {one for one in own - theirs if known.kinds(one) & known.kinds(by)}
            if instead and not bearers & instead:
                meant.append((other, by))
                break
    if not meant:
        return None
    other, by = meant[0]
    here = f"the range names {v.shorten(by)}, to which {v.shorten(other)} belongs, not {v.shorten(thing)}"
    return Judgement(here, right=other if len(meant) == 1 else "")


_JOINED = "[- ]?"  # between two names printed as one; `flat` has made a hyphen of every dash


def joined(triple: ox.Triple, values: set[str], carriers: list[Carrier], known: Known) -> Judgement | None:
    """Say if a name is printed joined to that of another thing of its kind, as "A-B", which is no value of the property."""
    thing = str(getattr(triple.object, "value", ""))
    for c in carriers:
        words = flat(c.passage or c.printed) if c.specific else ""
        named = known.named(words)
        own = {name for name, bearer in named if bearer == thing}
        for name, other in sorted(named) if own else ():
            if known.is_term(other) or any(name in longer != name for longer, _ in named):
                continue
            if other in values or other in known.reach(thing, 3) or thing in known.reach(other, 3):
                continue
            if not (known.kinds(thing) & known.kinds(other)) or name in own:
                continue
            gap = _JOINED if not name.isascii() else "[- ]"
            for one in own:
                both = rf"\b(?:{re.escape(one)}{gap}{re.escape(name)}|{re.escape(name)}{gap}{re.escape(one)})\b"
                found = re.search(both if name.isascii() else both.replace(r"\b", ""), words)
                if found and not any(found[0] in longer for longer, _ in named):
                    both_printed = _as_printed(c.passage or c.printed, found[0])
                    # Names proper: other words may stand side by side.
                    if not name.isascii() or all(word[:1].isupper() for word in re.split("[- ]", both_printed)):
                        here = f"{quoted(both_printed)} is printed, and {v.shorten(other)} is no value"
                        # Whose name is not among the words that are kept would be one more that is not printed.
                        kept = not (c.specific and c.printed) or name in flat(c.printed)
                        return Judgement(here, right=other if kept else "")
    return None


def _as_printed(text: str, words: str) -> str:
    """Return some words, as `flat` has them, as a text prints them; as they are if that cannot be told."""
    at = flat(text).find(words) if len(flat(text)) == len(text) else -1
    return text[at : at + len(words)] if at >= 0 else words


def _stands_in(name: str, words: str) -> bool:
    """Return whether a name stands in words: if it is ASCII as words by themselves, else anywhere."""
    at = -1
    while (at := words.find(name, at + 1)) >= 0:
        ends = words[at - 1 : at] + words[at + len(name) : at + len(name) + 1]
        if not (name.isascii() and re.search(r"\w", ends)):
            return True
    return False
