"""How a Turtle file is written: which characters state what, for whoever changes a file and leaves the rest as it stands.

Only the structure is read here: which tokens belong together. What they mean is Oxigraph's to say: it reads the same
statements once more, each written out by itself, and so gives the terms one by one in the order of the file.
"""

from __future__ import annotations

import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph.rdf import turtle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    Span = tuple[int, int]

    class Pair(NamedTuple):
        """A predicate with its objects, as it stands in a file.

        `tokens` are the spans of what it is written with, without white space and comments; `ends` those of the semicolons
        after it.
        """

        predicate: ox.NamedNode
        objects: list[Any]
        tokens: list[Span]
        ends: list[Span]

    class Block(NamedTuple):
        """A subject with the pairs that are written at one place; `prefixes`, the namespaces in force there, by prefix."""

        subject: Any
        pairs: list[Pair]
        prefixes: dict[str, str]

else:
    Pair = namedtuple("Pair", "predicate objects tokens ends")
    Block = namedtuple("Block", "subject pairs prefixes")

# W3C RDF 1.1 Turtle, section 6.5, as far as a file that is valid needs it. A word is a name, a label, a number or a keyword;
# a dot at its end is the statement's.
_PART = r"""(?:\\.|[^\s<>"'#;,()\[\]\\^@.])"""
TOKEN = re.compile(
    rf"{turtle.STRINGS}|(?P<comment>#[^\n]*)|<[^>]*>|\^\^|@[A-Za-z]+(?:-[A-Za-z0-9]+)*|[\[\]();,]"
    rf"|\.(?=[0-9])[0-9]+(?:[eE][+-]?[0-9]+)?|{_PART}(?:\.*{_PART})*|\.",
    re.DOTALL,
)
_DIRECTIVES = {
    "prefix": 3,
    "base": 2,
    "version": 2,
}  # the number of tokens of each in the form of SPARQL, without a dot


def blocks(path: str, content: str) -> list[Block]:
    """Return what a Turtle file says, with where it says it, inner blank nodes before what they belong to.

    Parameters: `path`, named in messages; `content`, the file's text. Offsets are in characters of `content`. A blank node has
    one label throughout; of a list in parentheses only the members' own statements are returned. Raises UsageError as
    `turtle.parse` does.
    """
    turtle.parse(path, content)
    reader = _Reader(content)
    reader.read()
    triples = turtle.parse(path, "\n".join(reader.statements))
    made = []
    for prefixes, pairs in reader.blocks:
        stated = [[triples[number] for number in numbers] for numbers, _, _ in pairs]
        made.append(
            Block(
                stated[0][0].subject,
                [
                    Pair(of[0].predicate, [t.object for t in of], tokens, ends)
                    for of, (_, tokens, ends) in zip(stated, pairs, strict=True)
                ],
                prefixes,
            )
        )
    return made


class _Reader:
    """Reads tokens one after the other; `statements` are what they state, each a statement by itself, and directives."""

    def __init__(self, content: str) -> None:
        self._tokens = [match.span() for match in TOKEN.finditer(content) if match["comment"] is None]
        self._content, self._at = content, 0
        self.statements: list[str] = []
        self.blocks: list[tuple[dict[str, str], list[tuple[list[int], list[Span], list[Span]]]]] = []
        self._prefixes: dict[str, str] = {}
        self._stated = self._nameless = 0
        self._label = "_:n"
        while self._label in content:  # a label of the file's own
            self._label += "n"

    def read(self) -> None:
        while self._at < len(self._tokens):
            word = self._peek().lower()
            if word.startswith("@") or word in _DIRECTIVES:
                self._directive(word)
                continue
            bare = self._peek() == "["  # a statement may consist of a subject in brackets alone
            subject = self._term()
            if not (bare and self._peek() == "."):
                self._pairs(subject)
            self._next()  # the dot

    def _peek(self) -> str:
        start, end = self._tokens[self._at]
        return self._content[start:end]

    def _next(self) -> str:
        text = self._peek()
        self._at += 1
        return text

    def _directive(self, word: str) -> None:
        if word.startswith("@"):
            parts = []
            while (token := self._next()) != ".":
                parts.append(token)
            self.statements.append(" ".join([*parts, "."]))
        else:
            parts = [self._next() for _ in range(_DIRECTIVES[word])]
            self.statements.append(" ".join(parts))
        if word.endswith("prefix"):
            self._prefixes = self._prefixes | {parts[1][:-1]: parts[2][1:-1]}

    def _term(self) -> str:
        """Read a subject, a predicate or an object. Returns how it is written, a nameless node by a label."""
        token = self._next()
        if token in "[(":
            self._nameless += 1
            label = f"{self._label}{self._nameless}"
            if token == "[" and self._peek() != "]":
                self._pairs(label)
            while token == "(" and self._peek() != ")":
                self._term()
            self._next()
            return label
        if token[0] in "\"'" and self._at < len(self._tokens):
            if self._peek() == "^^":
                token += self._next() + self._next()
            elif self._peek().startswith("@"):
                token += self._next()
        return token

    def _pairs(self, subject: str) -> None:
        pairs = []
        while True:
            first, numbers = self._at, []
            predicate = self._term()
            while True:
                written = self._term()
                self.statements.append(f"{subject} {predicate} {written} .")
                numbers.append(self._stated)
                self._stated += 1
                if self._peek() != ",":
                    break
                self._next()
            last = self._at
            while self._peek() == ";":
                self._next()
            pairs.append((numbers, self._tokens[first:last], self._tokens[last : self._at]))
            if last == self._at or self._peek() in (".", "]"):
                break
        self.blocks.append((self._prefixes, pairs))
