"""What a value was meant to be: a date or a number written in another form, the thing that has a name, the nearest name.

A reading is only offered where there is no other: of `05/10/2023` nobody knows the month. What is offered becomes a Fix, an edit of
the very token in the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.dates import DATATYPES, span
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import PositionedGraph, Region, names_of
from zonegraph.suggest import nearest
from zonegraph.terms import NUMERIC
from zonegraph.validation.findings import Edit, Fix

Names = dict[str, list[Term]]  # terms by name, those of one name in order

_BOOLEAN, _STRING, _INTEGER, _DECIMAL = (
    ox.NamedNode(v.XSD + name) for name in ("boolean", "string", "integer", "decimal")
)
_LANG_STRING = v.RDF + "langString"
_EVIDENCE, _SUPPORTS = ox.NamedNode(v.ZG + "evidence"), ox.NamedNode(v.ZG + "supports")
HAN = "\u3400-\u4dbf\u4e00-\u9fff"


# ---------------------------------------------------------------- literals


def literal(value: ox.Literal, datatypes: Collection[str]) -> ox.Literal | None:
    """Return the literal that somebody meant who wrote another.

    Parameters: `datatypes`, IRIs of those that would do. Returns None if nobody can know.
    """
    text = unicodedata.normalize("NFKC", value.value).strip()
    found = None
    if DATATYPES & set(datatypes):
        found = _date(text)
    elif NUMERIC & set(datatypes):
        found = _number(text)
        if found and found.datatype.value not in datatypes:
            found = ox.Literal(found.value, datatype=ox.NamedNode(min(datatypes)))
    elif _BOOLEAN.value in datatypes and text.lower() in ("true", "false"):
        found = ox.Literal(text.lower(), datatype=_BOOLEAN)
    elif _LANG_STRING in datatypes and not value.language:
        found = tagged(value)
    elif _STRING.value in datatypes and value.language:
        found = ox.Literal(value.value)
    return None if found == value else found


def tagged(value: ox.Literal, languages: Collection[str] = ("en", "zh")) -> ox.Literal | None:
    """Return a text with the tag of the language in whose script it is written, of some languages; None if none is sure."""
    chinese = re.search(f"[{HAN}]", value.value) is not None
    language = "zh" if chinese else "en" if re.search("[A-Za-z]", value.value) else ""
    # A name in Chinese characters may stand inside an English text, and the other way round.
    if language not in languages or (chinese and re.search("[A-Za-z]{2,} [a-z]{2,} ", value.value)):
        return None
    return ox.Literal(value.value, language=language)


def _date(text: str) -> ox.Literal | None:
    text = re.sub(r"(T00:00(:00([.]0+)?)?)?\s*(Z|[+-]\d\d:\d\d)?$", "", text)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", text):
        return _typed(text if text.count(":") == 2 else f"{text}:00", "dateTime")
    match = re.fullmatch(r"(\d{4})(?:([-/. ])(\d\d?)(?:\2(\d\d?))?)?", text) or re.fullmatch(
        r"(\d{4})()([01]\d)([0-3]\d)", text
    )
    if match:
        year, month, day = match[1], match[3], match[4]
        if month and day and int(month) > 12 >= int(day):
            month, day = day, month
    elif match := re.fullmatch(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", text):
        first, second, year = int(match[1]), int(match[3]), match[4]
        if min(first, second) <= 12 < max(first, second) or first == second:
            month, day = str(min(first, second)), str(max(first, second))
        else:
            return None
    else:
        year, month, day = _date_in_words(text)
    parts = [year, *(f"{int(part):02d}" for part in (month, day) if part)]
    return _typed("-".join(parts), ("gYear", "gYearMonth", "date")[len(parts) - 1])


def _date_in_words(text: str) -> tuple[str, str, str]:
    """Return year, month and day of a date that has no other words around it; empty if there are others."""
    from zonegraph.validation.reading import dates, lexicon  # only a mistake pays for them

    words = lexicon.general()
    beside = {*words.sections["numbers"]["ordinal_endings"], *words.sections["dates"]["of"]}
    named = re.findall(r"[A-Za-z]+", text)
    others = [word for word in named if word.lower() not in beside]
    # Months are known with a capital letter.
    capital = re.sub(r"[A-Za-z]{3,}", lambda match: match[0].capitalize(), text)
    found = dates.of(words).days(capital)
    chinese = len(re.findall(f"[{HAN}]", text)) <= 3
    if len(found) != 1 or len(others) > 1 or (others and not found[0][1]) or found[0][3] or not chinese:
        return "", "", ""
    year, month, day = (str(part) if part else "" for part in found[0][:3])
    return year, month, day


def _typed(text: str, kind: str) -> ox.Literal | None:
    plausible = re.match("(1[6-9]|20|21)[0-9]{2}(-|$)", text)
    return ox.Literal(text, datatype=ox.NamedNode(v.XSD + kind)) if plausible and span(text) else None


def _number(text: str) -> ox.Literal | None:
    text = text.replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"[+-]?\d{1,3}([, ]\d{3})+([.]\d+)?", text):
        text = re.sub("[, ]", "", text)
    if not re.fullmatch(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?", text):
        text = _number_in_words(text)
    if not text:
        return None
    amount = Decimal(text)
    whole = amount == amount.to_integral_value()
    written = f"{amount:f}"
    if whole:
        written = written.partition(".")[0]
    return ox.Literal(written, datatype=_INTEGER if whole else _DECIMAL)


def _number_in_words(text: str) -> str:
    """Return a number in digits with a word for its scale, such as "30 billion"; empty if it is none, or more."""
    from zonegraph.validation.reading import lexicon, numbers

    if not re.fullmatch(rf"[\d.,]+[\s-]?([A-Za-z]+|[{HAN}]{{1,2}}|%)", text):
        return ""
    found = numbers.of(lexicon.general()).numbers(text)
    return str(found[0].amount) if len(found) == 1 and found[0].unit != "?" else ""


# ---------------------------------------------------------------- things


class _Among(NamedTuple):
    """Things of some classes, by what they are looked for by.

    `names` are theirs, `words` the words of these; `locals` are the last parts of their IRIs, `spaces` the namespaces, with names as
    `by_name` gives them.
    """

    things: set[ox.NamedNode]
    names: list[str]
    words: Mapping[str, set[ox.NamedNode]]
    locals: Mapping[str, list[ox.NamedNode]]
    spaces: Mapping[str, Names]


class Things:
    """Things that a file may refer to, by name.

    `classes` are those of each, `names` its names, a shorter one such as a code among them. Of a file with thousands of mistakes each is
    looked up, and those that are the same once.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.classes: dict[ox.NamedNode, set[ox.NamedNode]] = defaultdict(set)
        self._named: dict[str, set[ox.NamedNode]] = defaultdict(set)
        self._forget()

    def _forget(self) -> None:
        """Drop what was looked up."""
        self._of_word: dict[str, set[ox.NamedNode]] | None = None
        self._of_kinds: dict[frozenset[ox.NamedNode], _Among] = {}
        self._found: dict[tuple[str | ox.NamedNode, frozenset[ox.NamedNode]], ox.NamedNode | None] = {}

    def add(self, triples: Iterable[tuple[Term, Term, Term]]) -> None:
        """Add what triples say: a name where the value is a text, else a class."""
        self._forget()
        for thing, _, value in triples:
            if isinstance(thing, ox.NamedNode) and isinstance(value, ox.Literal):
                self._named[_flat(value.value)].add(thing)
                self.classes.setdefault(thing, set())
            elif isinstance(thing, ox.NamedNode) and isinstance(value, ox.NamedNode):
                self.classes[thing].add(value)

    def copy(self) -> Things:
        """Return the same things, to which others may be added."""
        same = Things()
        same.classes.update((thing, set(classes)) for thing, classes in self.classes.items())
        same._named.update((name, set(things)) for name, things in self._named.items())
        return same

    def _among(self, kinds: frozenset[ox.NamedNode]) -> _Among:
        """Return the things of some classes, those below them included; all if there are no classes, or nothing of them."""
        if kinds not in self._of_kinds:
            of_kind = {thing for thing, classes in self.classes.items() if not classes.isdisjoint(kinds)}
            things = of_kind or set(self.classes)
            words: dict[str, set[ox.NamedNode]] = defaultdict(set)
            locals: dict[str, list[ox.NamedNode]] = defaultdict(list)
            spaces: dict[str, list[Term]] = defaultdict(list)
            names = {name: named for name, every in self._named.items() if (named := every & things)}
            for name, named in names.items():
                for word in name.split():
                    words[word] |= named
            for thing in things:
                locals[v.local_name(thing.value)].append(thing)
                spaces[v.namespace(thing.value)].append(thing)
            by_space = {space: by_name(within) for space, within in spaces.items()}
            self._of_kinds[kinds] = _Among(things, [*names], words, locals, by_space)
        return self._of_kinds[kinds]

    def kinds(self, thing: ox.NamedNode) -> set[ox.NamedNode]:
        """Return the classes of a thing; of one that nobody gives a class those of the things whose IRIs begin with the same word."""
        if self._of_word is None:
            self._of_word = defaultdict(set)
            for other, classes in self.classes.items():
                self._of_word[v.namespace(other.value) + first_word(other)] |= classes
        return self.classes.get(thing) or self._of_word.get(v.namespace(thing.value) + first_word(thing), set())

    def named(self, words: str, kinds: Collection[ox.NamedNode]) -> ox.NamedNode | None:
        """Return the one thing of some classes that words name, or nearly name; None if there is none, or several."""
        asked = _flat(words), frozenset(kinds)
        if asked not in self._found:
            among = self._among(asked[1])
            found = self._named.get(asked[0], set()) & among.things
            found = found or self._named.get(nearest(asked[0], among.names, 0.85), set()) & among.things
            self._found[asked] = next(iter(found)) if len(found) == 1 else None
        return self._found[asked]

    def is_named(self, thing: ox.NamedNode, name: str) -> bool:
        """Return whether a thing has the name of which an IRI's last part is made, with or without its first word."""
        words = (name, name.partition("-")[2])
        return any(thing in self._named.get(some.replace("-", " "), ()) for some in words)

    def like(self, wrong: ox.NamedNode, kinds: Collection[ox.NamedNode]) -> ox.NamedNode | None:
        """Return the thing whose IRI somebody meant who wrote another: by its name, a word of it, or the nearest IRI."""
        asked = wrong, frozenset(kinds)
        if asked not in self._found:
            self._found[asked] = self._like(*asked)
        return self._found[asked]

    def _like(self, wrong: ox.NamedNode, kinds: frozenset[ox.NamedNode]) -> ox.NamedNode | None:
        space, among = v.namespace(wrong.value), self._among(kinds)
        whole = v.local_name(wrong.value)
        kind, _, rest = whole.partition("-")
        # A prefix may be written into the name, or a name begin with what is a prefix elsewhere.
        for name in (rest, whole):
            for other in among.locals.get(name, ()):
                into = v.namespace(other.value).rstrip("/#").endswith(f"/{kind}")
                if v.namespace(other.value) != space and (into or name == whole):
                    return other
        for words in (whole, rest):
            named = {
                t
                for t in self._named.get(words.replace("-", " "), ())
                if t in among.things and v.namespace(t.value) == space
            }
            if len(named) == 1 and (words != rest or v.local_name(min(named, key=str).value).startswith(f"{kind}-")):
                return named.pop()
        having = {thing for thing in among.words.get(rest, ()) if v.namespace(thing.value) == space}
        return having.pop() if kinds and len(having) == 1 else nearest_term(wrong, among.spaces.get(space, {}))


def by_name(terms: Iterable[Term]) -> Names:
    """Return terms by the last part of their IRIs, in lower case."""
    found: Names = {}
    for term in sorted(terms, key=lambda node: node.value):
        found.setdefault(v.local_name(term.value).lower(), []).append(term)
    return found


def nearest_term(wrong: Term, candidates: Names) -> ox.NamedNode | None:
    """Return the one of some terms whose name is most like that of a mistyped one, or None. Parameters: `candidates`, by name."""
    name = v.local_name(wrong.value).lower()
    kind, _, rest = name.partition("-")

    def fits(other: str) -> bool:
        # What two names of a kind share says nothing: a unit is not meant because it is a unit.
        same = rest and other.startswith(f"{kind}-")
        return not same or bool(nearest(rest, [other.removeprefix(f"{kind}-")], 0.6))

    near = candidates.get(nearest(name, candidates, 0.7, fits), [])
    # Of two of a name that of the same namespace is meant.
    found = next((term for term in near if v.namespace(term.value) == v.namespace(wrong.value)), next(iter(near), None))
    return found if isinstance(found, ox.NamedNode) else None


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def first_word(thing: Term) -> str:
    """Return the word that the last part of an IRI begins with, as in `act-...`."""
    return v.local_name(thing.value).partition("-")[0]


def in_brackets(term: Term, source: PositionedGraph) -> ox.NamedNode | None:
    """Return the thing that is meant by a name with its prefix between angle brackets, such as `<zgd:name>`; None for any other."""
    prefix, _, name = term.value.partition(":")
    if not isinstance(term, ox.NamedNode) or not name or name.startswith("/") or prefix not in source.prefixes:
        return None
    return ox.NamedNode(source.prefixes[prefix] + name)


def address(term: Term) -> ox.NamedNode | None:
    """Return the IRI that is meant by an address in quotation marks; None for any other term."""
    written = isinstance(term, ox.Literal) and re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", term.value)
    return ox.NamedNode(term.value) if written else None


# ---------------------------------------------------------------- edits


def instead(path: str, source: PositionedGraph, s: Term, p: Term, o: Term, meant: Term) -> Fix | None:
    """Return the fix that puts another value in the place of that of a triple; None if a file does not state the triple.

    Parameters: `path`, the file's name as findings have it.
    """
    region = source.objects.get((s, p, o))
    return None if region is None else put(path, source, region, meant)


def put(path: str, source: PositionedGraph, region: Region, meant: Term) -> Fix:
    """Return the fix that writes a term in a region of a file."""
    text = turtle(meant, source, region)
    shown = text if len(text) <= 100 else f"{text[:60]} ... {text[-30:]}"
    return Fix(f"write {shown}", (Edit(path, region, text),))


def renamed(
    path: str, source: PositionedGraph, old: ox.NamedNode, new: ox.NamedNode, *, described: bool = False
) -> tuple[Edit, ...]:
    """Return the edits that give a thing another IRI wherever a file names it.

    Parameters: `described`, whether that is the IRI of a thing that the file has already; else there are none if it has.
    """
    graph = source.graph
    if not described and (graph.has(new) or graph.has(None, None, new) or graph.has(None, new)):
        return ()
    spans = sorted(span for name in names_of(old.value, source.prefixes) for span in source.names.get(name, ()))
    return tuple(Edit(path, source.region(*span), turtle(new, source)) for span in spans)


def property_instead(path: str, source: PositionedGraph, s: Term, p: Term, o: Term, meant: Term) -> Fix | None:
    """Return the fix that puts another property in the place of that of a triple, and where evidence of the subject names it.

    What else the property stands for at that place has the other one then, too. None if a file does not state the triple.
    """
    region = source.properties.get((s, p, o))
    if region is None:
        return None
    text = turtle(meant, source)
    named = ((node, _SUPPORTS, p) for node in source.graph.objects(s, _EVIDENCE))
    regions = [region, *(source.objects[t] for t in named if t in source.objects)]
    return Fix(f"use {text}", tuple(Edit(path, each, text) for each in regions))


def turtle(term: Term, source: PositionedGraph, region: Region | None = None) -> str:
    """Return a term as a file writes it, with the prefixes that it declares; what stands in a region keeps its quotation marks."""
    prefixes = source.prefixes
    if isinstance(term, ox.NamedNode):
        return names_of(term.value, prefixes)[0]
    if not isinstance(term, ox.Literal):
        return str(term)
    datatype = term.datatype.value
    if (datatype == _INTEGER.value and re.fullmatch(r"[+-]?\d+", term.value)) or (
        datatype == _DECIMAL.value and re.fullmatch(r"[+-]?\d*[.]\d+", term.value)
    ):
        return term.value
    quoted = str(ox.Literal(term.value))
    before = (
        re.fullmatch(r"""(?s)(("{3}|'{3}|["']).*\2)(@[\w-]+|\^\^\S+)?""", _covered(source, region)) if region else None
    )
    if before and (said := parsed(before[1])) and said.value == term.value:
        quoted = before[1]
    if term.language:
        return f"{quoted}@{term.language}"
    return quoted if datatype == _STRING.value else f"{quoted}^^{names_of(datatype, prefixes)[0]}"


def parsed(text: str) -> Term:
    """Return the term that stands in a text without prefixes, as Turtle writes it."""
    (quad,) = ox.parse(f"<x:> <x:> {text} .".encode(), format=ox.RdfFormat.TURTLE)
    term: Term = quad.object
    return term


def _covered(source: PositionedGraph, region: Region) -> str:
    """Return what stands in a region of a file."""
    return source.text[source.offset(*region[:2]) : source.offset(*region[2:])]
