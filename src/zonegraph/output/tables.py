"""Tables for people: aligned columns that fit the terminal, and Markdown."""

from __future__ import annotations

import os
import sys

from zonegraph import terminal
from zonegraph.terminal import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns under a header.

    On a terminal that is narrower than the whole, what every row says stands above the table once, and cells wrap; where
    columns would get too narrow to read, each row becomes a block of lines, one for each cell. Anything but a terminal gets
    the whole.
    """
    cells = [[_cell(text) for text in row] for row in [header, *rows]]
    widths = [max(width(row[i]) for row in cells) for i in range(len(header))]
    available = _terminal_width()
    if available and sum(widths) + 2 * (len(widths) - 1) > available and len(rows) > 1:
        same = [i for i in range(len(header)) if len({row[i] for row in cells[1:]}) == 1]
        kept = [i for i in range(len(header)) if i not in same]
        if same and kept:
            above = _blocks([[row[i] for i in same] for row in cells[:2]], available)
            return above + table([header[i] for i in kept], [[row[i] for i in kept] for row in rows])
    while available and sum(widths) + 2 * (len(widths) - 1) > available and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    if available and sum(widths) + 2 * (len(widths) - 1) > available:
        return _blocks(cells, available)
    lines = []
    for number, row in enumerate(cells):
        wrapped = [_wrap(cell, limit) for cell, limit in zip(row, widths, strict=True)]
        for i in range(max(len(parts) for parts in wrapped)):
            parts = [(p[i] if i < len(p) else "") for p in wrapped]
            lines.append("  ".join(p + " " * (w - width(p)) for p, w in zip(parts, widths, strict=True)).rstrip())
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return "\n".join(lines) + "\n"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table (GitHub Flavored Markdown)."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(_cell(text).replace("|", "\\|") for text in cells) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *map(line, rows)]) + "\n"


def _cell(text: str) -> str:
    """Return a text as it stands in a cell: cleaned, each stretch of white space one space."""
    return " ".join(terminal.clean(text).split())


def _blocks(cells: list[list[str]], available: int) -> str:
    header, *rows = cells
    margin = max(width(name) for name in header) + 2
    lines = []
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            first, *more = _wrap(cell, max(available - margin, 12))
            if first:
                lines.append(name + " " * (margin - width(name)) + first)
            lines += [" " * margin + part for part in more]
        lines.append("")
    return "\n".join(lines) + "\n"


def _terminal_width() -> int:
    if not sys.stdout.isatty():
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def _wrap(text: str, limit: int) -> list[str]:
    if width(text) <= limit:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        while width(word) > limit:  # an IRI, or Chinese text without spaces
            room = limit - width(line) - (1 if line else 0)
            if room < 4:
                lines.append(line)
                line, room = "", limit
            head = ""
            while word and width(head + word[0]) <= room:
                head, word = head + word[0], word[1:]
            end = max(head.rfind("-"), head.rfind("/"), head.rfind(":")) + 1
            if end > len(head) // 2:  # an IRI is read better in its own parts
                head, word = head[:end], head[end:] + word
            lines.append(f"{line} {head}".strip())
            line = ""
        if line and width(line) + 1 + width(word) > limit:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines
