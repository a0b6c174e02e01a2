"""A place in a text that somebody is typing: its position as editors count, and what stands around it in Turtle.

The text need not be valid; what stands before the statement at the place is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from lsprotocol import types

from zonegraph import vocabulary as v
from zonegraph.rdf.layout import TOKEN
from zonegraph.rdf.turtle import Region

SUBJECT, PROPERTY, VALUE, ANY = "subject", "property", "value", "any"  # what a name can be where it stands

_WIDTHS: dict[str, Callable[[str], int]] = {  # of one character, in the units of an encoding of positions
    "utf-8": lambda c: len(c.encode("utf-8", "surrogatepass")),
    "utf-16": lambda c: 1 + (c > "\uffff"),
    "utf-32": lambda _: 1,
}
_WORD = re.compile(r"""[^\s<>"'#;,()\[\]{}^@]+|<[^<>\s]*>""")
_NAME = r"[^\s:#<>\"'@;,()\[\]]*:[^\s:#<>\"'@;,()\[\]]+"
_OPENING = re.compile(rf"^({_NAME})(?:\s+a\s+({_NAME}(?:\s*,\s*{_NAME})*))?", re.MULTILINE)
_STATEMENT = re.compile(r"""^[^\s#)\].;,"'].*""", re.MULTILINE)


class Word(NamedTuple):
    """A name that is typed: its text, and at which offsets it stands."""

    text: str
    start: int
    end: int


class Place(NamedTuple):
    """What can stand at a place: `role` of the name there; of its subject the classes, and the property it would be a value of.

    Classes and property are as they are typed; `property` is empty where there is none. `role` is empty where no name can stand, in text,
    a comment or an IRI.
    """

    role: str
    property: str = ""
    classes: tuple[str, ...] = ()


# ---------------------------------------------------------------- positions


def position(lines: list[str], line: int, column: int, encoding: str) -> types.Position:
    """Return a place as the protocol counts: lines from 0, columns from 0 in units of an encoding.

    Parameters: `lines` of the text; `line` and `column` from 1, columns in Unicode code points.
    """
    if line > len(lines):  # of a file that cannot be read
        return types.Position(line - 1, column - 1)
    return types.Position(line - 1, units(lines[line - 1][: column - 1], encoding))


def units(text: str, encoding: str) -> int:
    """Return how long a text is in units of an encoding: utf-8, utf-16 or utf-32."""
    return len(text) if text.isascii() else sum(map(_WIDTHS[encoding], text))


def span(lines: list[str], region: Region, encoding: str) -> types.Range:
    """Return a region as the protocol counts."""
    return types.Range(
        position(lines, region.line, region.column, encoding),
        position(lines, region.end_line, region.end_column, encoding),
    )


def offset(lines: list[str], at: types.Position, encoding: str) -> int:
    """Return at which character of the text a position is; beyond the end of a line the line's end."""
    if at.line >= len(lines):
        return sum(map(len, lines)) + len(lines) - 1
    line = lines[at.line]
    column, left = 0, at.character
    if line.isascii():
        column, left = min(left, len(line)), 0
    while column < len(line) and left > 0:
        left -= _WIDTHS[encoding](line[column])
        column += 1
    return sum(map(len, lines[: at.line])) + at.line + column


# ---------------------------------------------------------------- names


def word(text: str, at: int) -> Word:
    """Return the name that stands at an offset, from its first character to its last; empty if there is none."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    for match in _WORD.finditer(text, start, len(text) if end < 0 else end):
        if match.start() <= at <= match.end():
            stripped = match[0].rstrip(".")  # the dot that ends a statement
            return Word(stripped, match.start(), match.start() + len(stripped))
    return Word("", at, at)


def iri(name: str, declared: dict[str, str]) -> str:
    """Return the IRI that a name as it is typed stands for; empty if that is not known.

    Parameters: `declared`, the prefixes of its file; ours are known besides.
    """
    if name.startswith("<"):
        return name.strip("<>")
    if name == "a":
        return v.RDF_TYPE
    prefix, colon, local = name.partition(":")
    namespace = declared.get(prefix, v.PREFIXES.get(prefix))
    return "" if not colon or namespace is None else namespace + re.sub(r"\\(.)", r"\1", local)


def opened(text: str, declared: dict[str, str]) -> dict[str, set[str]]:
    """Return the IRIs that a Turtle text describes at the beginnings of its lines, each with its classes as far as these follow at once.

    Parameters: `declared`, its prefixes.
    """
    found: dict[str, set[str]] = {}
    for match in _OPENING.finditer(text):
        classes = found.setdefault(iri(match[1], declared), set())
        classes |= {iri(name.strip(), declared) for name in (match[2] or "").split(",")} - {""}
    found.pop("", None)
    return found


# ---------------------------------------------------------------- what stands around a place


def around(text: str, at: int) -> Place:
    """Return what can stand at an offset of a Turtle text."""
    begun = word(text, at).start
    if text[:begun].endswith("<"):  # an IRI that is not closed
        return Place("")
    frames: list[_Frame] = [_Frame()]
    directive = False
    for match in TOKEN.finditer(text, _statement(text, begun)):
        token = match[0]
        within = match.start() < at < match.end() or (at == match.end() and not _is_closed(token))
        if token[0] in "\"'#<" and within:
            return Place("")
        if match.start() >= begun:
            break
        if token[0] == "#":
            continue
        frame = frames[-1]
        if token == "." and len(frames) == 1:
            frames, directive = [_Frame()], False
        elif token.lstrip("@").lower() in ("prefix", "base") and len(frames) == 1 and not frame.subject:
            directive = True
        elif directive:
            # In the form of SPARQL no dot ends it.
            directive = token[0] != "<"
        elif token == "[":
            frames.append(_Frame("[]"))
        elif token == "(":
            frames.append(_Frame("()", frame.property))
        elif token in ("]", ")"):
            if len(frames) > 1:
                frames.pop()
                frames[-1].take("[]")
        elif token == ";":
            frame.property = ""
        elif token not in (",", "^^") and token[0] != "@":
            frame.take(token)
    frame = frames[-1]
    if directive:
        return Place("")
    if not frame.subject:
        return Place(SUBJECT)
    if not frame.property:
        return Place(PROPERTY, "", tuple(frame.classes))
    return Place(VALUE, frame.property, tuple(frame.classes))


class _Frame:
    """A subject that is being described: its classes, and the property whose values come next."""

    def __init__(self, subject: str = "", property: str = "") -> None:
        self.subject, self.property = subject, property
        self.classes: list[str] = []

    def take(self, term: str) -> None:
        """Read a term as what it must be here."""
        if not self.subject:
            self.subject = term
        elif not self.property:
            self.property = term
        elif self.property in ("a", "rdf:type"):
            self.classes.append(term)


def _statement(text: str, at: int) -> int:
    """Return where the statement around an offset begins: with a line that is not indented, after one that ends with a dot."""
    start = text.rfind("\n", 0, at) + 1
    while start:
        before = text[text.rfind("\n", 0, start - 1) + 1 : start - 1].rstrip()
        if _STATEMENT.match(text, start) and (not before or before.endswith(".") or before.startswith("#")):
            return start
        start = text.rfind("\n", 0, start - 1) + 1
    return 0


def _is_closed(token: str) -> bool:
    """Return whether what hides its content, text, comment or IRI, has its end, so that behind it something else can stand."""
    if token[0] == "#" or token.endswith("\n"):
        return token.endswith("\n")
    if token[0] == "<":
        return True
    mark = token[:3] if token[:3] in ('"""', "'''") else token[0]
    return len(token) >= 2 * len(mark) and token.endswith(mark)
