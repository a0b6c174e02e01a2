"""Where a worker's engine writes an answer: it goes out in pieces, and ends at its limits, between two rows.

Oxigraph writes rows as it finds them and knows no limit to their number, so the end of each row is found in what it has
written. What has gone out always ends with a row.
"""

from __future__ import annotations

import re
from collections import namedtuple
from xml.parsers import expat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple

    class _Rows(NamedTuple):
        """How rows look in a format: `ends` finds the end of one that is followed by another, or whole strings, in which nothing counts.

        `behind` is what of such an end belongs to the next row; `heads` how many ends there are before the first row; `closing`
        what a whole answer ends with.
        """

        ends: re.Pattern[bytes]
        behind: int
        heads: int
        closing: bytes

else:
    _Rows = namedtuple("_Rows", "ends behind heads closing")

_ROWS = {
    "json": _Rows(re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|\},\{', re.DOTALL), 2, 0, b"]}}"),
    "xml": _Rows(re.compile(rb"</result>(?=<result>)"), 0, 0, b"</results></sparql>"),
    "csv": _Rows(re.compile(rb'"[^"]*(?:"|\Z)|\r\n(?=.)', re.DOTALL), 0, 1, b""),
    "tsv": _Rows(re.compile(rb"\n(?=.)", re.DOTALL), 0, 1, b""),
}
_XML = ("xml", "rdfxml")
_PIECE = 1 << 15  # bytes that are sent at once


class CutError(Exception):
    """An answer has come to one of its limits; the text says which."""


class UnwritableError(Exception):
    """An answer cannot be written in the format that is asked for; the text says why."""


class Writer:
    """A file to which the engine writes an answer.

    After `end`, or after the CutError that a write has raised, `tail` is what makes a whole of what has gone out.
    """

    def __init__(self, send: Callable[[bytes], None], format: str, rows: int, most: int) -> None:
        """Take who sends pieces on, the format, and how many rows and bytes go out at most."""
        self._send, self._format = send, format
        self._shape = _ROWS.get(format)
        self._left = rows + (self._shape.heads if self._shape else 0)
        self._most = most
        self._sent = 0
        self._waiting = bytearray()
        self._enough = min(_PIECE, most)  # bytes that must wait before ends are looked for again
        self._parser = expat.ParserCreate(namespace_separator=" ") if format in _XML else None
        self.tail = b""
        self.full = ""  # the limit that triples have come to; who writes them stops then

    def write(self, data: bytes) -> int:
        """Take what the engine writes. Raises CutError at a limit, UnwritableError for what XML cannot hold."""
        size = len(data)
        if self._parser is not None:
            data = data.replace(b"\r", b"&#13;")  # as it is, a reader would take it for a line's end
            self._parse(data, final=False)
        self._waiting += data
        if len(self._waiting) >= self._enough:
            self._send_on()
        return size

    def flush(self) -> None:
        """Do nothing: what is to be sent at once is decided here."""

    def end(self) -> None:
        """Send what is left of a whole answer. Raises as `write`."""
        if self._parser is not None and not self.full:
            self._parse(b"", final=True)
        if self._shape is None:
            if self.full:
                self.tail = bytes(self._waiting)
                raise CutError(self.full)
        else:
            self._send_on()
        self._out(len(self._waiting))

    def _parse(self, data: bytes, *, final: bool) -> None:
        assert self._parser is not None
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError:
            raise UnwritableError("it has a value or a name that XML cannot hold") from None

    def _send_on(self) -> None:
        if self._shape is None:
            # Triples: who hands them to the engine stops at the next one, and the engine closes what it has begun.
            if self._sent + len(self._waiting) > self._most:
                self.full = self.full or "bytes"
            elif not self.full:
                self._out(len(self._waiting))
            return
        shape = self._shape
        ends = [m.end() - shape.behind for m in shape.ends.finditer(self._waiting) if m[0][:1] != b'"']
        within = [end for end in ends if self._sent + end + len(shape.closing) <= self._most]
        if len(within) >= self._left:
            self._cut("rows", within[self._left - 1])
        if self._sent + len(self._waiting) > self._most:
            self._cut("bytes", within[-1] if within else 0)
        self._left -= len(ends)
        self._out(ends[-1] if ends else 0)
        # A row may be long: what waits is looked through again once there is twice as much.
        self._enough = max(min(_PIECE, self._most), 2 * len(self._waiting))

    def _cut(self, why: str, end: int) -> None:
        assert self._shape is not None
        if not self._sent and not end:
            raise UnwritableError(f"its first row alone is longer than the limit of {self._most:,} bytes")
        self._out(end)
        self.tail = self._shape.closing
        raise CutError(why)

    def _out(self, size: int) -> None:
        for start in range(0, size, _PIECE):
            self._send(bytes(self._waiting[start : min(start + _PIECE, size)]))
        del self._waiting[:size]
        self._sent += size
