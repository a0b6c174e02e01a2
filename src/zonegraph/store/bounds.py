"""What an answer may hold before a parser sees it.

pyoxigraph's readers walk a term within a term recursively, and compare each column, or each attribute of a tag, with all
before it. An answer that is made for that ends the process, or is read for ever while nothing else runs. So it is looked over
here first, in linear time. Likewise a short text may stand for many long terms.
"""

from __future__ import annotations

import io
from xml.parsers import expat

import pyoxigraph as ox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_COLUMNS = 10_000
MOST_CELLS = 10_000_000  # rows by columns, or triples by three
MOST_CHARACTERS = 256 << 20  # of all terms of an answer of triples, whose prefixes are written out
MOST_TRIPLE_TERMS = 1_000  # in Turtle, where nobody counts how deep they are
MOST_DEPTH = 100

_PIECE = 1 << 16
_NO_MARKS = bytes(set(range(256)) - set(b'{},"'))


class ExcessError(Exception):
    """An answer holds more than is read; the text says more of what."""


def check_json(body: io.BytesIO) -> None:
    """Raise ExcessError for JSON that is nested too deep, or has too many objects, or too many columns."""
    marks = marks_of(body.getvalue())
    if marks.count(b"{") > MOST_CELLS:
        raise ExcessError(f"more than {MOST_CELLS:,} objects")
    if b"," * MOST_COLUMNS in marks:  # between members of an array that are not objects
        raise ExcessError(f"more than {MOST_COLUMNS:,} columns")
    marks = marks.replace(b",", b"")
    for _ in range(MOST_DEPTH):
        marks = marks.replace(b"{}", b"")
    if b"{}" in marks or marks.count(b"{") > MOST_DEPTH:
        raise ExcessError(f"objects nested more than {MOST_DEPTH} deep")


def marks_of(text: bytes) -> bytes:
    """Return the braces and commas of a JSON text that stand outside its strings."""
    # Of a run of backslashes each two are an escape, and the one that is left makes one with what follows.
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_MARKS)
    kept, inside = [], 0
    for start in range(0, len(text), _PIECE):
        parts = text[start : start + _PIECE].split(b'"')
        kept.append(b"".join(parts[inside::2]))
        inside ^= (len(parts) - 1) % 2
    return b"".join(kept)


def check_xml(body: io.BytesIO, keep_time: Callable[[], object]) -> None:
    """Raise ExcessError for XML that is nested too deep, or has too many columns or attributes, and SyntaxError for none.

    Parameters: `keep_time` is called now and then, and may raise.
    """
    depth = columns = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, columns
        depth += 1
        columns += name.rpartition(":")[2] == "variable"
        if depth > 2 * MOST_DEPTH or columns > MOST_COLUMNS or len(attributes) > MOST_DEPTH:
            what = (
                f"more than {MOST_COLUMNS:,} columns"
                if columns > MOST_COLUMNS
                else "tags or attributes that do not end"
            )
            raise ExcessError(what)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise SyntaxError("it has a document type declaration")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, refuse
    body.seek(0)
    try:
        while piece := body.read(_PIECE):
            keep_time()
            parser.Parse(piece)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise SyntaxError(f"{expat.ErrorString(error.code)} (line {error.lineno})") from None
    except LookupError as error:
        raise SyntaxError(f"its encoding is not known ({error})") from None


def check_turtle(body: io.BytesIO) -> None:
    """Raise ExcessError for Turtle in which triple terms may be nested too deep."""
    if body.getvalue().count(b"<<") > MOST_TRIPLE_TERMS:
        raise ExcessError(f"more than {MOST_TRIPLE_TERMS:,} triple terms")


class Count:
    """How much of an answer has been read."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._cells = self._characters = 0

    def add_row(self, columns: int) -> None:
        """Count a row. Raises ExcessError."""
        self._cells += columns or 1
        if self._cells > MOST_CELLS:
            raise ExcessError(f"more than {MOST_CELLS:,} cells")

    def add_triple(self, triple: ox.Triple) -> None:
        """Count a triple and the length of its terms. Raises ExcessError."""
        self.add_row(3)
        self._characters += len(str(triple))
        if self._characters > MOST_CHARACTERS:
            raise ExcessError(f"more than {MOST_CHARACTERS >> 20:,} million characters in its terms")
