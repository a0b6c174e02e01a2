"""Where a worker's engine writes an answer: it goes out in pieces, and ends at its limits, between two rows.

Oxigraph writes rows as it finds them and knows no limit to their number, so the end of each row is found in what it has
written. What has gone out always ends with a row.
"""

from __future__ import annotations

from collections import namedtuple
from xml.parsers import expat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NamedTuple

    class _Rows(NamedTuple):
        """How rows look in a format: `between` two of them stands a mark, of whose bytes `behind` belong to the next one.

        `quoted` says whether there are strings in quotation marks, in which nothing counts, and `escaped` whether a
        backslash may stand before such a mark; `heads` is the number of marks before the first row, `closing` what a
        whole answer ends with.
        """

        between: bytes
        behind: int
        quoted: bool
        escaped: bool
        heads: int
        closing: bytes

else:
    _Rows = namedtuple("_Rows", "between behind quoted escaped heads closing")

_ROWS = {
    "json": _Rows(b"},{", 2, True, True, 0, b"]}}"),
    "xml": _Rows(b"</result><result>", 8, False, False, 0, b"</results></sparql>"),
    "csv": _Rows(b"\r\n", 0, True, False, 1, b""),
    "tsv": _Rows(b"\n", 0, False, False, 1, b""),
}
_PIECE = 1 << 15  # bytes that are sent at once
_NOT_IN_XML = bytes(set(range(32)) - set(b"\t\n\r"))


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
        # Whether a name can be written as RDF/XML is best told by a reader.
        self._parser = expat.ParserCreate(namespace_separator=" ") if format == "rdfxml" else None
        self.tail = b""
        self.full = ""  # the limit that triples have come to; who writes them stops then

    def write(self, data: bytes) -> int:
        """Take what the engine writes. Raises CutError at a limit, UnwritableError for what XML cannot hold."""
        size = len(data)
        if self._format in ("xml", "rdfxml"):
            data = data.replace(b"\r", b"&#13;")  # as it is, a reader would take it for a line's end
        if self._parser is not None:
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
        if self._format == "xml":
            self._require_xml()
        shape = self._shape
        parts = _parts(bytes(self._waiting), shape)
        count = b'"'.join(parts[:: 1 + shape.quoted]).count(shape.between)
        if count >= self._left or self._sent + len(self._waiting) > self._most:
            within = [end for end in _ends(parts, shape) if self._sent + end + len(shape.closing) <= self._most]
            if len(within) >= self._left:
                self._cut("rows", within[self._left - 1])
            if self._sent + len(self._waiting) > self._most:
                self._cut("bytes", within[-1] if within else 0)
        self._left -= count
        self._out(_last_end(parts, shape))
        # A row may be long: what waits is looked through again once there is twice as much.
        self._enough = max(min(_PIECE, self._most), 2 * len(self._waiting))

    def _require_xml(self) -> None:
        waiting = self._waiting
        if len(waiting.translate(None, _NOT_IN_XML)) < len(waiting) or any(
            character in waiting for character in (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
        ):
            raise UnwritableError("it has a value that XML cannot hold")

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


def _parts(data: bytes, shape: _Rows) -> list[bytes]:
    """Return what was written, split at quotation marks: the parts at even places stand outside of strings."""
    # The last byte may be the end of a row that no other one follows.
    data = data[:-1]
    if shape.escaped:
        data = data.replace(rb"\\", b"..").replace(rb"\"", b"..")
    return data.split(b'"') if shape.quoted else [data]


def _ends(parts: list[bytes], shape: _Rows) -> Iterator[int]:
    """Yield where rows end that are followed by another one."""
    start = 0
    for place, part in enumerate(parts):
        found = part.find(shape.between) if place % 2 == 0 else -1
        while found >= 0:
            yield start + found + len(shape.between) - shape.behind
            found = part.find(shape.between, found + 1)
        start += len(part) + 1


def _last_end(parts: list[bytes], shape: _Rows) -> int:
    """Return the last of these ends, 0 if there is none."""
    end = sum(map(len, parts)) + len(parts) - 1
    for place in range(len(parts) - 1, -1, -1):
        found = parts[place].rfind(shape.between) if place % 2 == 0 else -1
        end -= len(parts[place])
        if found >= 0:
            return end + found + len(shape.between) - shape.behind
        end -= 1
    return 0
