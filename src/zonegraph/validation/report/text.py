"""A report for people: the gravest findings first, each with its line, those of a kind together, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from zonegraph import terminal
from zonegraph.validation.findings import Finding, Report, by_gravity
from zonegraph.validation.report import excerpt, words
from zonegraph.validation.report.excerpt import Excerpt

_MANY = 5  # findings of one rule in one file; more share a heading
_COLOURS = {"violation": "red", "warning": "yellow", "info": "cyan"}


def write(report: Report, *, coloured: bool = False) -> str:
    """Return a report for people, cleaned for a terminal.

    Parameters: `coloured`, whether with the colours of a terminal. Findings are those of `Report.folded`, with the number of those that
    follow from each; the gravest come first, and a file's of one rule together.
    """
    folded = report.folded()
    kinds = Counter((finding.severity, finding.path, finding.rule) for finding in folded)
    blocks: dict[tuple[object, ...], list[Finding]] = {}
    for finding in by_gravity(folded):
        kind = (finding.severity, finding.path, finding.rule)
        blocks.setdefault(kind if kinds[kind] > _MANY else (finding,), []).append(finding)
    shown = _Shown(report, folded, coloured)
    lines: list[str] = []
    previous = None
    for block in blocks.values():
        if previous is not None and block[0].path != previous:
            lines.append("")
        previous = block[0].path
        lines += shown.alone(block[0]) if len(block) == 1 else shown.together(block)
    if lines:
        lines.append("")
    return "".join(f"{line}\n" for line in (*lines, *map(terminal.line, words.summary(report))))


class _Shown:
    """How findings are shown, in lines that are clean."""

    def __init__(self, report: Report, folded: dict[Finding, list[Finding]], coloured: bool) -> None:
        self.folded, self.excerpt = folded, excerpt.of(report.texts)
        self.paint: Callable[..., str] = terminal.coloured if coloured else lambda text, *_: text

    def alone(self, finding: Finding) -> Iterator[str]:
        """Yield the lines of one finding."""
        place = self.paint(terminal.line(f"{finding.path}:{finding.line}"), "bold")
        yield f"{place}: {self._kind(finding)} {terminal.line(finding.message)}"
        found = self.excerpt(finding)
        if found is not None:
            yield from self._line(finding, found)
        yield from (terminal.line(f"    {name}: {said}") for name, said in words.parts(finding, found))
        yield from self._following(finding)

    def together(self, block: list[Finding]) -> Iterator[str]:
        """Yield the lines of findings of one rule and file, more than a few: what they have in common is said once."""
        first = block[0]
        message, remedy = (_common(getattr(f, name) for f in block) for name in ("message", "remedy"))
        place = self.paint(terminal.line(first.path), "bold")
        yield f"{place}: {self._kind(first)} {len(block):,} times{terminal.line(f': {message}' if message else '')}"
        for finding in block:
            found = self.excerpt(finding)
            what = (words.about(finding, found) or f"line {finding.line}") if message else finding.message
            yield terminal.line(f"  {finding.path}:{finding.line}: {what}")
            for name, said in words.parts(finding, found):
                if name != "at" and not (name == "remedy" and remedy):
                    yield terminal.line(f"      {name}: {said}")
            yield from (f"  {line}" for line in self._following(finding))
        if remedy:
            yield terminal.line(f"    remedy: {remedy}")

    def _kind(self, finding: Finding) -> str:
        return f"{self.paint(finding.severity, _COLOURS[finding.severity], 'bold')} [{terminal.line(finding.rule)}]"

    def _line(self, finding: Finding, found: Excerpt) -> Iterator[str]:
        before, marked, after = map(terminal.line, found[1:])
        number, margin = f"{found.line:>7}", " " * 7
        yield f"{self.paint(f'{number} |', 'faint')} {before}{marked}{after}".rstrip()
        marker = "^" * max(1, terminal.width(marked))
        yield f"{self.paint(f'{margin} |', 'faint')} {' ' * terminal.width(before)}{self.paint(marker, _COLOURS[finding.severity])}"

    def _following(self, finding: Finding) -> Iterator[str]:
        if self.folded[finding]:
            yield terminal.line(f"    {words.following(self.folded[finding])}")


def _common(texts: Iterable[str]) -> str:
    """Return the text that all are, or nothing."""
    found = set(texts)
    return found.pop() if len(found) == 1 else ""
