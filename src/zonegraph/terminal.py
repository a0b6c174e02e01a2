"""What people see: text from files, queries and servers, of which a terminal must obey no character.

An escape sequence in a label could empty the screen or type into the next command, a bidirectional control could show a
name backwards, a line break could forge another line of a table. Whatever is printed for people passes through here;
formats for programs keep their characters.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

# Escapes and other controls, the marks, overrides and isolates of bidirectional text, separators of lines and paragraphs,
# halves of characters, and what is never seen: byte order marks, annotations, tags. What scripts and emoji need stays:
# combining marks, joiners, variation selectors.
_OBEYED = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)
_ON_ONE_LINE = str.maketrans({"\n": r"\n", "\r": r"\r", "\t": " "})


def clean(text: str) -> str:
    """Return a text with every character that a terminal would obey written out, such as `\\u001b` for an escape.

    Line feeds, also after a carriage return, and tabs stay. The escapes are those of Turtle, SPARQL and (below U+10000)
    JSON, so such a text says in its own language what it said before.
    """
    # What is printable, as most texts are but for their line feeds, needs no pattern, nor the time to compile it.
    return text if text.replace("\n", "").isprintable() else re.sub(_OBEYED, _written_out, text)


def line(text: str) -> str:
    """Return a text as a part of one line: as `clean`, a line break written out, a tab as a space."""
    return text if text.isprintable() else clean(text.translate(_ON_ONE_LINE))


def lines(parts: Iterable[str]) -> str:
    """Return lines as text, each of them ended, and none of them two."""
    return "".join(f"{line(part)}\n" for part in parts)


def message(text: str) -> str:
    """Return a message cleaned, with a line break only where it belongs.

    Parameters: `text`, a first line and further ones that begin with two spaces; another line break comes from something
    that the message repeats, and is written out.
    """
    return "\n".join(line(part) for part in re.split(r"\n(?=  )", text))


def width(text: str) -> int:
    """Return the number of terminal columns a text takes: two for wide (Chinese) characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def takes_colour(stream: TextIO) -> bool:
    """Return whether what goes to a stream may be coloured: it is a terminal, and nobody has set NO_COLOR (no-color.org)."""
    import os

    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_COLOURS = {"red": 31, "yellow": 33, "cyan": 36, "bold": 1, "faint": 2}


def coloured(text: str, *colours: str) -> str:
    """Return a text, cleaned already, that a terminal shows in colours: red, yellow, cyan, bold or faint."""
    codes = ";".join(str(_COLOURS[colour]) for colour in colours)
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
