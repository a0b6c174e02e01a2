"""The line of a file at which a finding stands, for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from zonegraph.rdf.turtle import START
from zonegraph.validation.findings import Finding

_WIDE = 100  # characters of a line that are shown
_BEFORE = 40  # of them before the region, where a line is longer
_CUT = "…"


class Excerpt(NamedTuple):
    """A line of a file: its number, what stands before the region of a finding, in it and after it. None is cleaned yet."""

    line: int
    before: str
    marked: str
    after: str


def of(texts: Mapping[str, str]) -> Callable[[Finding], Excerpt | None]:
    """Return what gives the line of a finding, cut where it is long.

    Parameters: `texts`, what stands in the files, by path. There is no line of a finding about a file as a whole, or of a file that is
    no text. Of a region of several lines the first is shown, of an empty one the character there.
    """
    starts: dict[str, list[int]] = {}

    def excerpt(finding: Finding) -> Excerpt | None:
        text, region = texts.get(finding.path), finding.region
        if text is None or region == START:
            return None
        if finding.path not in starts:
            starts[finding.path] = _starts(text)
        begins = starts[finding.path]
        if region.line > len(begins):
            return None
        first = begins[region.line - 1]
        last = begins[region.line] - 1 if region.line < len(begins) else len(text)
        start = min(first + region.column - 1, last)
        end = last if region.end_line > region.line else min(first + region.end_column - 1, last)
        end = max(end, min(start + 1, last))
        left = first if last - first <= _WIDE else max(first, start - _BEFORE)
        right = min(last, left + _WIDE)
        return Excerpt(
            region.line,
            (_CUT if left > first else "") + text[left:start],
            text[start : min(end, right)],
            text[min(end, right) : right].rstrip("\r") + (_CUT if right < last else ""),
        )

    return excerpt


def _starts(text: str) -> list[int]:
    """Return the offset at which each line begins."""
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts
