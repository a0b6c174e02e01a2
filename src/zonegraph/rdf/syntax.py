"""What is wrong with a text that is no Turtle: the cause, which often stands before the place where a parser gives up.

A mistake is named by mending it: changes that people are known to have missed are tried around that place, and the one after which the
parser reads on furthest, and finds the most usual triples, is what was meant.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, namedtuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.rdf import turtle
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NamedTuple

    class Mistake(NamedTuple):
        """What is wrong with a text: where, by offsets, in words, what to do, and the changes that mend it, none where nobody knows.

        `what` is a clause, `remedy` begins with a verb; `changes` are in the order of the text.
        """

        start: int
        end: int
        what: str
        remedy: str
        changes: tuple[turtle.Change, ...] = ()

    class Token(NamedTuple):
        """A piece of a text, by offsets."""

        start: int
        end: int
        text: str

else:
    Mistake = namedtuple("Mistake", "start end what remedy changes", defaults=[()])
    Token = namedtuple("Token", "start end text")

_LARGEST = 1 << 21  # characters of a text in which a cause is looked for
_MOST_READ = 1 << 25  # characters that are read in order to try changes
_AHEAD = 2_000  # characters after the place where the parser gave up that may tell what was meant
_SHOWN = 40  # characters of a word in a message

# Signs that look like those of Turtle, or like nothing, and are letters to it, or are not allowed.
_LOOK_ALIKE = {
    **dict.fromkeys("“”„‟＂″", '"'),
    **dict.fromkeys("‘’‚‛＇′", "'"),
    **dict.fromkeys("；\u037e", ";"),
    **dict.fromkeys("，、", ","),
    **dict.fromkeys("。．", "."),
    **dict.fromkeys("：﹕", ":"),
    **dict.fromkeys("［【", "["),
    **dict.fromkeys("］】", "]"),
    "（": "(",
    "）": ")",
    "＜": "<",
    "＞": ">",
    "＠": "@",
    **dict.fromkeys("–—‐‑−－", "-"),
    **dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    ),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", ""),
}
_SIGNS = "".join(_LOOK_ALIKE)
_PART = rf"""(?:\\.|[^\s<>"'#;,()\[\]\\^@.={_SIGNS}])"""
_TOKEN = when_used(
    rf"{turtle.STRINGS}|(?P<comment>#[^\n]*)|<[^<>\s\"]*>|\^\^|@[A-Za-z]+(?:-[A-Za-z0-9]+)*|{_PART}(?:\.*{_PART})*|\S",
    re.DOTALL,
)
_ENDS = (";", ".", ",")
_CLOSING = {"[": "]", "(": ")"}
_DATES = (
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "date"),
    (re.compile(r"[0-9]{4}-[0-9]{2}"), "gYearMonth"),
)


def diagnose(text: str, error: SyntaxError) -> Mistake:
    """Return what is wrong with a text. Parameters: `error`, what Oxigraph's parser says of it."""
    place = _Place(text, error)
    mark = next((match for match in _MARK.finditer(text) if match["mark"]), None)
    said = left_by_merge(text, mark.start()) if mark else _of_another_format(place)
    if said:
        return said
    if len(text) > _LARGEST:
        return _unknown(place)
    undeclared = _undeclared(place)
    best: tuple[tuple[int, int, int], Mistake] | None = None
    partial: tuple[tuple[int, int, int], Mistake] | None = None  # closes a text in a statement that has another mistake
    tries = max(3, _MOST_READ // (len(text) + 1))
    for number, mistake in enumerate(_candidates(place)):
        if number == tries:
            break
        reached, odd = _read(turtle.changed(text, mistake.changes))
        reached = turtle.unchanged(mistake.changes)(reached) if reached < _WHOLE else reached
        rank = (-reached, odd, number)
        if reached > place.line_end and _closes_text(mistake) and (partial is None or rank < partial[0]):
            partial = (rank, mistake)
        if reached <= place.start or (reached < place.beyond and not undeclared):
            continue
        if best is None or rank < best[0]:
            best = (rank, mistake)
        if rank[:2] == (-_WHOLE, 0):
            break
    best = best or partial
    # Of what is only just possible a missing value is the likelier.
    return best[1] if best and not (best[0][1] and _lacks_value(place)) else _unknown(place)


def _closes_text(mistake: Mistake) -> bool:
    """Return whether a mistake is mended by a quotation mark alone that closes a text."""
    return [change[2] for change in mistake.changes] in (['"'], ["'"]) and mistake.changes[0][0] > mistake.start


_WHOLE = 1 << 62  # how far a text is read that is valid


def _read(text: str) -> tuple[int, int]:
    """Return how far a text can be read, and how many triples up to there have their terms in odd places."""
    triples = []
    reached = _WHOLE
    try:
        for quad in ox.parse(text.encode("utf-8"), format=ox.RdfFormat.TURTLE, base_iri=v.ZGD):
            triples.append(quad.triple)
    except SyntaxError as error:
        reached = turtle.offsets(text)(error.lineno or 1, error.offset or 1)
    return reached, _odd(triples)


def _odd(triples: list[ox.Triple]) -> int:
    """Return how many triples have a property as subject or among values of another kind, or a thing as property."""

    def space(term: object) -> str:
        return re.split(r"[^#/]*$", term.value)[0] if isinstance(term, ox.NamedNode) else ""

    properties = {t.predicate for t in triples}
    uses = Counter(space(t.predicate) for t in triples)
    uses.subtract(space(t.subject) for t in triples)
    # A property may well be the value of some property, but then not once alone.
    with_properties = Counter(t.predicate for t in triples if t.object in properties)
    return sum(
        uses[space(t.predicate)] < 0
        or (uses[space(t.subject)] > 0 and isinstance(t.subject, ox.NamedNode))
        or (t.object in properties and with_properties[t.predicate] == 1)
        for t in triples
    )


class _Place:
    """The place where the parser gave up, and the tokens around it."""

    def __init__(self, text: str, error: SyntaxError) -> None:
        self.text = text
        self.reason = re.sub(r"^Parser error (at|between) line .*?: ", "", str(error.args[0])).rstrip(".")
        offset = turtle.offsets(text)
        self.start = offset(error.lineno or 1, error.offset or 1)
        self.end = offset(error.end_lineno or 1, error.end_offset or 1)
        self.line_start = text.rfind("\n", 0, self.start) + 1
        self.line_end = (text.find("\n", self.start) + 1 or len(text) + 1) - 1
        self.tokens: list[Token] = []
        if len(text) <= _LARGEST:
            until = min(len(text), self.start + _AHEAD)
            found = _TOKEN.finditer(text, 0, until)
            self.tokens = [Token(*m.span(), m[0]) for m in found if not m["comment"]]
        # The token at which the parser gave up, and those around it; an empty one where there is none.
        at = next((i for i, token in enumerate(self.tokens) if token.end > self.start), len(self.tokens))
        self.before = self.tokens[:at]
        self.here, *self.after = [*self.tokens[at:], Token(len(text), len(text), "")]
        self.last = self.before[-1] if self.before else Token(0, 0, "")
        # To be of use an edit must let the parser read on past the statement.
        self.beyond = turtle.next_statement(text, self.start) if self.tokens else len(text)

    @property
    def line(self) -> str:
        """The line on which the parser gave up."""
        return self.text[self.line_start : self.line_end].rstrip("\r")


def left_by_merge(text: str, start: int) -> Mistake:
    """Return the mistake of two versions of some lines, between the marks that a version control system left.

    Parameters: `start`, the offset of the first mark.
    """
    what = f"{_shown(text[start : start + 7])} was left by a merge of two versions"
    remedy = "keep one of the versions, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>"
    return Mistake(start, start + 7, what, remedy)


_MARK = re.compile(rf"{turtle.STRINGS}|(?m:^)(?P<mark><{{7}}|={{7}}|>{{7}})(?!\S)", re.DOTALL)


def _undeclared(place: _Place) -> str:
    """Return the prefix of which the parser says that it is not declared; empty if it says something else."""
    undeclared = re.search(r"prefix (\S*):", place.reason)
    return undeclared[1] if undeclared and "declared" in place.reason else ""


def _lacks_value(place: _Place) -> bool:
    ended = place.here.text in (*_ENDS, "") and ":" in place.last.text
    return ended and re.search("object|end", place.reason) is not None


def _unknown(place: _Place) -> Mistake:
    """Return a mistake of which only the place is known where the parser gave up."""
    here, last = place.here, place.last
    if _lacks_value(place):
        edge = f"before the “{here.text}”" if here.text else "at the end of the file"
        return Mistake(
            last.start, last.end, f"{_shown(last.text)} has no value", f"write its value {edge}, or delete it"
        )
    undeclared = _undeclared(place)
    if undeclared:
        what, end = f"the prefix {undeclared}: is not declared", place.start + len(undeclared) + 1
        return Mistake(place.start, end, what, f"declare it at the top: @prefix {undeclared}: <...> .")
    remedy = "statements end with '.', properties of one subject are separated by ';', values of one property by ','"
    if re.match(r"\s*([{[]|<(html|!|\?)|\0|PK|%PDF)", place.text, re.IGNORECASE):
        remedy = "the file does not look like Turtle at all; zonegraph reads Turtle (.ttl)"
    end = here.end if here.start == place.start else min(place.end, place.line_end)
    return Mistake(place.start, max(place.start, min(end, place.line_end)), place.reason, remedy)


def _shown(text: str) -> str:
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'}”"


# ---------------------------------------------------------------- what may have been meant


def _candidates(place: _Place) -> Iterator[Mistake]:
    """Yield what may be wrong, the likelier first."""
    yield from _prefixes(place)
    yield from _look_alikes(place)
    yield from _bare_names(place)
    yield from _quotation_marks(place)
    yield from _iris(place)
    yield from _words(place)
    yield from _brackets(place)
    yield from _separators(place)


def _prefixes(place: _Place) -> Iterator[Mistake]:
    """Yield what may be wrong with a declaration of a prefix, or for want of one."""
    changes: tuple[turtle.Change, ...]
    text, here, last = place.text, place.here, place.last
    prefix, at = _undeclared(place), place.start
    if prefix:
        what = f"the prefix {prefix}: is not declared"
        word = re.compile(r"\S+?(?=[;,.\])]*(?:\s|$))").match(text, at)
        if prefix in ("http", "https", "urn", "mailto") and word:
            changes = ((at, at, "<"), (word.end(), word.end(), ">"))
            yield Mistake(
                at,
                word.end(),
                f"{_shown(word[0])} is an IRI without angle brackets",
                "write it between < and >",
                changes,
            )
        end = at + len(prefix) + 1
        if text.startswith("rdfs:label", at) and (own := _prefix_of(text, v.SKOS)) is not None:
            name = (
                f"{own}:prefLabel"  # by which names are given here; whoever only declared the prefix would name nothing
            )
            yield Mistake(at, at + 10, f"{what}, and names are given by {name}", f"use {name}", ((at, at + 10, name),))
        if prefix in v.PREFIXES:
            line = f"@prefix {prefix}: <{v.PREFIXES[prefix]}> ."
            top = text[: re.match(r"(?:#[^\n]*\n|\s)*", text).end()].rfind("\n") + 1  # type: ignore[union-attr]
            yield Mistake(at, end, what, f"add at the top: {line}", ((top, top, line + "\n"),))
        near = nearest(prefix, [*turtle.prefixes(text), *v.PREFIXES], 0.6)
        if near:
            yield Mistake(at, end, what, f"did you mean {near}: ?", ((at, end - 1, near),))
        return
    directive = next((t for t in reversed(place.before[-4:]) if t.text.lower() in ("@prefix", "prefix")), None)
    if directive and last is directive and here.text:
        changes = ((here.end, here.end, ":"),)
        yield Mistake(here.start, here.end, f"the prefix {_shown(here.text)} has no colon", "end it with “:”", changes)
    if here.text == "." and directive and directive.text[0] != "@" and last.text.startswith("<"):
        what = f"“.” ends a declaration that begins with {directive.text} instead of @prefix"
        yield Mistake(
            here.start, here.end, what, "delete the “.”, or begin with @prefix", ((here.start, here.end, ""),)
        )


def _look_alikes(place: _Place) -> Iterator[Mistake]:
    """Yield signs that look like one of Turtle, on the line where the parser gave up or on the line of the token before."""
    outside = [t for t in [*place.before[-8:], place.here, *place.after[:8]] if t.text in _LOOK_ALIKE]
    strings = [t for t in [*place.before[-4:], place.here] if t.text[:1] in ("'", '"')]
    first = place.text.rfind("\n", 0, place.last.start) + 1
    signs = [t for t in outside if first <= t.start < place.line_end]
    # White space is never a token.
    blanks = re.compile(f"[{''.join(c for c in _LOOK_ALIKE if c.isspace())}]")
    signs += [
        Token(*m.span(), m[0])
        for m in blanks.finditer(place.text, first, place.line_end)
        if not any(s.start <= m.start() < s.end for s in strings)
    ]
    if not signs:
        return
    signs.sort()
    alike = (tuple(t for t in signs if _LOOK_ALIKE[t.text] == _LOOK_ALIKE[sign.text]) for sign in signs)
    for chosen in dict.fromkeys([*((sign,) for sign in signs), *alike, tuple(signs)]):
        changes = tuple((t.start, t.end, _LOOK_ALIKE[t.text]) for t in chosen)
        sign = chosen[0]
        name, wanted = (
            f"U+{ord(sign.text):04X}, {unicodedata.name(sign.text, 'a sign').lower()}",
            _LOOK_ALIKE[sign.text],
        )
        shown = f"“{sign.text}” ({name})" if sign.text.isprintable() and sign.text.strip() else name
        what = f"{shown}, is not “{wanted}”" if wanted.strip() else f"{name}, is no white space in Turtle"
        what = what.replace("), is", ") is")
        remedy = f"write “{wanted}”" if wanted.strip() else "write a plain space" if wanted else "delete it"
        yield Mistake(sign.start, chosen[-1].end, what, remedy, changes)


def _closed(token: Token) -> bool:
    mark = token.text[:3] if token.text[:3] in ('"""', "'''") else token.text[:1]
    return len(token.text) >= 2 * len(mark) and token.text.endswith(mark)


def _quotation_marks(place: _Place) -> Iterator[Mistake]:
    """Yield quotation marks that may be missing, or stand within a text."""
    changes: tuple[turtle.Change, ...]
    text, here, last = place.text, place.here, place.last
    near = [*place.before[-12:], here, *place.after[:8]]
    strings = [t for t in near if t.text[:1] in ("'", '"') and t.start < max(place.line_end, place.start + 1)]
    unclosed = [t for t in strings if not _closed(t)]
    if here.text[:1] not in ("'", '"', "") and re.search("escape", place.reason) is None:
        adjacent = last.end == here.start and last.text[:1] in ("'", '"')
        if here.text == "^" and adjacent:
            changes = ((here.start, here.end, "^^"),)
            yield Mistake(here.start, here.end, "“^” stands where “^^” belongs", "write “^^”", changes)
        elif adjacent and ":" in here.text:
            changes = ((here.start, here.start, "^^"),)
            yield Mistake(here.start, here.end, f"“^^” is missing before {_shown(here.text)}", "insert “^^”", changes)
        elif adjacent and re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", here.text):
            changes = ((here.start, here.start, "@"),)
            yield Mistake(here.start, here.end, f"“@” is missing before {_shown(here.text)}", "insert “@”", changes)
        elif here.text in ("^^", "@") or (here.text[0] == "@" and last.text[:1] in ("'", '"')):
            if last.text[:1] in ("'", '"'):
                changes = ((last.end, here.start, ""),)
                what = f"white space stands before {_shown(here.text)}"
                yield Mistake(here.start, here.end, what, "delete it", changes)
            else:
                changes = ((last.start, last.start, '"'), (last.end, last.end, '"'))
                what = f"{_shown(last.text)} has a {'datatype' if here.text == '^^' else 'language'} but no quotation marks"
                yield Mistake(last.start, last.end, what, f'write "{last.text}"', changes)
        for pattern, name in _DATES:
            date = pattern.match(text, last.start) if last.text.isdigit() else pattern.match(text, here.start)
            if date and date.end() > place.start:
                end = date.end()
                rest = re.compile(r"\^\^\S*[^\s;,.\]]").match(text, end)
                xsd = _prefix_of(text, v.XSD)
                kind = "" if rest else f"^^{'xsd' if xsd is None else xsd}:{name}"
                changes = ((date.start(), date.start(), '"'), (end, end, f'"{kind}'))
                what = f"{_shown(date[0])} has no quotation marks"
                yield Mistake(date.start(), end, what, f'write "{date[0]}"{kind}', changes)
    if "escape" in place.reason and text[place.start : place.start + 1] == "\\":
        changes = ((place.start, place.start, "\\"),)
        what = f"{_shown(text[place.start : place.start + 2])} is no escape"
        yield Mistake(place.start, place.start + 2, what, "write a backslash as \\\\", changes)
    if here.text[:1] == "'" and last.end == here.start and ":" in last.text:
        changes = ((here.start, here.start + 1, ""),)
        yield Mistake(here.start, here.start + 1, "an apostrophe stands in a name", "delete it", changes)
    # A quotation mark within a text: the last one that can be its end is.
    opening = next((t for t in reversed(place.before[-2:]) if t.text[:1] == '"' and t.start >= place.line_start), None)
    if opening and not opening.text.startswith('"""'):
        ends = [m.start() for m in re.finditer(r'"(?=\s*(?:[;,.\])]|$)|@[A-Za-z]|\^\^)', place.line)]
        last_end = place.line_start + ends[-1] if ends else opening.start
        inner = [m.start() for m in re.compile(r'(?<!\\)"').finditer(text, opening.start + 1, last_end)]
        if inner and last_end > opening.end and len(inner) % 2 == 0:
            changes = tuple((i, i, "\\") for i in inner)
            what = "quotation marks stand inside of a text in quotation marks"
            yield Mistake(inner[0], inner[-1] + 1, what, 'write \\" inside of the text', changes)
    single = next((t for t in reversed(place.before[-3:]) if t.text[:1] == "'" and t.text[:3] != "'''"), None)
    if single:
        line_end = (text.find("\n", single.start) + 1 or len(text) + 1) - 1
        on_line = text[single.start + 1 : line_end]
        closing = [m.start() for m in re.finditer(r"'(?=\s*(?:[;,.\])]|$)|@[A-Za-z]|\^\^)", on_line)]
        end = single.start + 1 + closing[-1] if closing else 0
        within = text[single.start + 1 : end]
        if "'" in within and '"' not in within:
            changes = ((single.start, single.start + 1, '"'), (end, end + 1, '"'))
            what = "an apostrophe stands inside of a text in single quotation marks"
            at = single.start + 1 + within.index("'")
            yield Mistake(at, at + 1, what, "write the text in double quotation marks", changes)
    # One that never closes: it may close before any sign that ends a value.
    for token in dict.fromkeys([*strings[-4:], *unclosed]):
        mark = token.text[:3] if token.text[:3] in ('"""', "'''") else token.text[:1]
        if len(mark) == 3 and _closed(token):
            continue
        line_end = (text.find("\n", token.start) + 1 or len(text) + 1) - 1
        stop = line_end if text[line_end - 1 : line_end] != "\r" else line_end - 1
        places = [
            m.start()
            for m in re.compile(r"\s*(?=[;,.\]](?:\s|$))|(?=@[a-z]{2}\b|\^\^)|\s*$", re.MULTILINE).finditer(
                text, token.start + len(mark), stop
            )
        ]
        for at in sorted({*places, stop}):
            if at >= token.start + len(mark) and not (_closed(token) and at >= token.end - 1):
                yield Mistake(
                    token.start,
                    stop,
                    "the quotation mark is never closed",
                    f"close the text with {mark}",
                    ((at, at, mark),),
                )
    for token in unclosed:
        start = place.here.start if place.here.start < token.start else place.last.start
        if place.line_start <= start < token.start:
            what = f"the quotation mark before {_shown(text[start : token.start])} is missing"
            mark = token.text[:1]
            yield Mistake(start, token.start + 1, what, f"insert {mark}", ((start, start, mark),))


def _prefix_of(text: str, namespace: str) -> str | None:
    """Return the prefix that a text declares for a namespace; None if it declares none."""
    return next((one.prefix for one in turtle.declarations(text) if one.namespace == namespace), None)


def _bare_names(place: _Place) -> Iterator[Mistake]:
    """Yield a name without its prefix, in the place of a property, a comment without its sign, and a prefix apart from its name."""
    text, here, last = place.text, place.here, place.last
    for token, before in ((here, last), (last, place.before[-2] if place.before[1:] else Token(0, 0, ""))):
        if before.text not in (";", "[") or not re.fullmatch(r"[A-Za-z][\w-]*", token.text):
            continue
        used = re.findall(rf"(?<![\w:-])([\w-]+):{re.escape(token.text)}(?![\w-])", text)
        declared = turtle.prefixes(text) if used else {}
        for prefix in dict.fromkeys(prefix for prefix in used if prefix in declared):
            name = f"{prefix}:{token.text}"
            changes = ((token.start, token.start, f"{prefix}:"),)
            yield Mistake(token.start, token.end, f"{_shown(token.text)} has no prefix", f"write {name}", changes)
    line = place.line.strip()
    if here.start == place.line_start and re.fullmatch(r"[^\W\d][\w ,-]*", line) and last.text in (".", ""):
        what = f"{_shown(line)} is no statement; it may be a comment"
        changes = ((here.start, here.start, "# "),)
        yield Mistake(here.start, here.start + len(line), what, "put # before it", changes)
    if last.text.endswith(":") and re.match(r"[^\W\d]", here.text) and ":" not in here.text:
        gap = text[last.end : here.start]
        if gap and not gap.strip() and "\n" not in gap:
            what = f"white space stands between {_shown(last.text)} and {_shown(here.text)}"
            yield Mistake(last.start, here.end, what, f"write {last.text}{here.text}", ((last.end, here.start, ""),))


def _iris(place: _Place) -> Iterator[Mistake]:
    """Yield what may be wrong with an IRI."""
    text, start = place.text, place.start
    if text[start : start + 1] != "<":
        return
    close = text.find(">", start, place.line_end)
    if close > 0 and re.search(r"\s", text[start:close]):
        blanks = tuple((m.start(), m.end(), "%20") for m in re.compile(r"[ \t]").finditer(text, start, close))
        yield Mistake(start, close + 1, "a space stands in an IRI", "write %20 for it", blanks)
    for m in re.compile(r"(?=\s*[;,.\]]?\s*$)|(?=\s)", re.MULTILINE).finditer(text, start, place.line_end):
        yield Mistake(
            start,
            m.start(),
            "the “<” of an IRI is never closed",
            "insert “>” at its end",
            ((m.start(), m.start(), ">"),),
        )


def _words(place: _Place) -> Iterator[Mistake]:
    """Yield what may be wrong with a name, a keyword, a number or a sign of another language."""
    changes: tuple[turtle.Change, ...]
    text, here, last = place.text, place.here, place.last
    after = place.after[0] if place.after else Token(len(text), len(text), "")
    declared = turtle.prefixes(text)
    for token in (here, last):
        if token.text == "=":
            changes = ((token.start, token.end, "" if text[token.end : token.end + 1].isspace() else " "),)
            yield Mistake(
                token.start, token.end, "“=” stands between a property and its value", "write a space", changes
            )
    if here.text == "A":
        yield Mistake(here.start, here.end, "“A” is no property", "write “a”", ((here.start, here.end, "a"),))
    if here.text in ("True", "False", "TRUE", "FALSE"):
        word = here.text.lower()
        yield Mistake(
            here.start, here.end, f"{_shown(here.text)} is no value", f"write “{word}”", ((here.start, here.end, word),)
        )
    if here.text == "is" and after.text == "a":
        yield Mistake(here.start, here.end, "“is” is no property", "write “a”", ((here.start, after.start, ""),))
    if here.text.startswith("/") and text.startswith(("//", "/*", "--"), here.start):
        yield Mistake(
            here.start, here.start + 2, "“//” begins no comment", "write “#”", ((here.start, here.start + 2, "#"),)
        )
    digits = re.compile(r"[+-]?[0-9]+")
    if digits.fullmatch(last.text) and re.fullmatch(r"_?[0-9]{3}", here.text):
        run = re.compile(r"[0-9]+(?:[ _][0-9]{3})+(?![0-9])").match(text, last.start)
        if run:
            changes = tuple((run.start() + m.start(), run.start() + m.end(), "") for m in re.finditer("[ _]", run[0]))
            number = re.sub("[ _]", "", run[0])
            yield Mistake(*run.span(), f"{_shown(run[0])} is not one number", f"write {number}", changes)
    if here.text and ":" not in here.text and re.match(r"[^\W\d]", here.text):
        for prefix in sorted((p for p in declared if p), key=len, reverse=True):
            rest = here.text[len(prefix) :]
            if not here.text.startswith(prefix):
                continue
            at = here.start + len(prefix)
            if rest[:1] in (".", "-", "_", "/") and rest[1:]:
                name, changes = f"{prefix}:{rest[1:]}", ((at, at + 1, ":"),)
            elif rest:
                name, changes = f"{prefix}:{rest}", ((at, at, ":"),)
            elif after.text in (*_ENDS, "-", "=") and place.after[1:] and place.after[1].start == after.end:
                name, changes = f"{prefix}:{place.after[1].text}", ((after.start, after.end, ":"),)
            else:
                name, changes = f"{prefix}:{after.text}", ((here.end, after.start, ":"),)
            what = f"{_shown(here.text)} has no colon after its prefix"
            yield Mistake(here.start, here.end, what, f"write {name}", changes)
        for prefix in dict.fromkeys(
            p for p in declared if re.search(rf"\b{re.escape(p)}:{re.escape(here.text)}\b", text)
        ):
            what = f"{_shown(here.text)} has no prefix"
            yield Mistake(
                here.start, here.end, what, f"write {prefix}:{here.text}", ((here.start, here.start, prefix + ":"),)
            )
        if "object" in place.reason or last.text == ",":
            end = here.end
            while place.text[end : end + 1] == " " and (more := re.compile(r" +[^\s;,.\"\[\]]+").match(text, end)):
                end = more.end()
            for stop in dict.fromkeys((end, here.end)):
                changes = ((here.start, here.start, '"'), (stop, stop, '"'))
                words = _shown(text[here.start : stop])
                yield Mistake(
                    here.start,
                    stop,
                    f"{words} has neither a prefix nor quotation marks",
                    "write it in quotation marks",
                    changes,
                )


def _brackets(place: _Place) -> Iterator[Mistake]:
    """Yield brackets that may be missing, too many or of the wrong kind."""
    text, here, last = place.text, place.here, place.last
    open_: list[Token] = []
    for token in place.before:
        if token.text in _CLOSING:
            open_.append(token)
        elif token.text in _CLOSING.values() and open_:
            open_.pop()
    if here.text in _CLOSING.values():
        if open_ and _CLOSING[open_[-1].text] != here.text:
            right = _CLOSING[open_[-1].text]
            what = f"“{here.text}” closes what “{open_[-1].text}” opens"
            yield Mistake(here.start, here.end, what, f"write “{right}”", ((here.start, here.end, right),))
        if not open_:
            yield Mistake(
                here.start, here.end, f"“{here.text}” closes nothing", "delete it", ((here.start, here.end, ""),)
            )
    for token in reversed(open_[-2:]):
        closing = _CLOSING[token.text]
        what, remedy = f"“{token.text}” is never closed", f"insert “{closing}”"
        following = [t for t in place.before if t.start > token.start]
        # Where a line ends, before the sign that ends it; and where the parser gave up.
        for one, then in itertools.pairwise([*following, here]):
            if "\n" in text[one.end : then.start]:
                at = one.start if one.text in _ENDS else one.end
                gap = "" if text[at - 1 : at].isspace() else " "
                changes = ((at, at, f"{gap}{closing}{' ' if gap == '' else ''}"),)
                yield Mistake(token.start, token.end, what, remedy, changes)
        at = here.start
        yield Mistake(token.start, token.end, what, remedy, ((at, at, f"{closing} "),))
    if last.text and last.text not in _ENDS and ":" in last.text:
        changes = ((last.start, last.start, "[ "),)
        yield Mistake(last.start, last.end, f"“[” is missing before {_shown(last.text)}", "insert “[”", changes)


def _separators(place: _Place) -> Iterator[Mistake]:
    """Yield what may be wrong with the signs between statements, properties and values."""
    here, last = place.here, place.last
    for sign in (";", "."):
        if last.text and last.text not in _ENDS:
            yield _missing(place, sign)
    if here.text in _ENDS:
        if last.text in _ENDS:
            what = f"“{last.text}” and “{here.text}” stand side by side"
            yield Mistake(last.start, last.end, what, "delete one of them", ((last.start, last.end, ""),))
        changes = ((here.start, here.end, ""),)
        yield Mistake(here.start, here.end, f"“{here.text}” stands where nothing belongs", "delete it", changes)
        for sign in _ENDS:
            if sign != here.text:
                yield _instead(here, sign)
    for token in reversed(place.before[-5:]):
        if token.text in _ENDS:
            if token is last and not here.text and token.text != ".":
                yield _instead(token, ".")
            for sign in (";", ".", ","):
                if sign != token.text:
                    yield _instead(token, sign)
            changes = ((token.start, token.end, ""),)
            yield Mistake(token.start, token.end, f"“{token.text}” stands where nothing belongs", "delete it", changes)
    if last.text and last.text not in _ENDS:
        yield _missing(place, ",")


def _missing(place: _Place, sign: str) -> Mistake:
    last = place.last
    gap = " " if sign != "," else ""
    return Mistake(
        last.start,
        last.end,
        f"“{sign}” is missing after {_shown(last.text)}",
        f"insert “{sign}”",
        ((last.end, last.end, gap + sign),),
    )


def _instead(token: Token, sign: str) -> Mistake:
    changes = ((token.start, token.end, sign),)
    return Mistake(token.start, token.end, f"“{token.text}” stands where “{sign}” belongs", f"write “{sign}”", changes)


# ---------------------------------------------------------------- declarations


# ---------------------------------------------------------------- other formats

_CONVERSIONS = {
    "JSON-LD": "convert it, for example with rdflib's `rdfpipe -i json-ld -o turtle FILE`",
    "RDF/XML": "convert it, for example with rdflib's `rdfpipe -i xml -o turtle FILE`",
    "TriG": "put the triples of each graph in a file of its own, without { and }",
    "N-Quads": "put the triples of each graph in a file of its own, without the graph's name",
}
_N_QUAD = re.compile(r"""\s*(<[^>]*>|_:\S+)\s*<[^>]*>\s*(<[^>]*>|_:\S+|".*"\S*)\s*(<[^>]*>|_:\S+)\s*\.\s*(#.*)?""")


def _of_another_format(place: _Place) -> Mistake | None:
    """Return what is wrong with a text that looks like another format of RDF than Turtle; None for any other."""
    text, other = place.text, ""
    if re.match(r'\s*(\{|\[\s*\{)\s*"', text):
        other = "JSON-LD" if '"@' in text else ""
    elif re.match(r"\s*<(\?xml|rdf:RDF)", text):
        other = "RDF/XML" if "<rdf:RDF" in text else ""
    elif place.reason.lower().startswith(("{ is not a valid", "graph is not a valid")):
        other = "TriG"
    elif len(place.line) < 500 and _N_QUAD.fullmatch(place.line):
        other = "N-Quads"
    if not other:
        return None
    remedy = f"the file looks like {other}; zonegraph reads Turtle (.ttl): {_CONVERSIONS[other]}"
    return Mistake(place.start, min(place.end, place.line_end), place.reason, remedy)
