"""The header of a file of SPARQL: lines that begin with `#+`, which are YAML together and comments to every engine."""

from __future__ import annotations

import re

from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def lines(text: str) -> list[tuple[int, str]]:
    """Return the header's lines, each with its number in the file, from 1, and without its mark."""
    return [(number, line[2:]) for number, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]


def read(path: str, text: str) -> dict[str, Any]:
    """Return what a header says: every value a text, or a list or mapping of texts.

    Parameters: `path`, for messages; `text`, the file. Raises UsageError with file and line if it has no header, or one that
    is not YAML, or no mapping.
    """
    import yaml  # headers are read when the store is built, so other commands need not pay for it

    header = lines(text)
    if not header:
        raise UsageError(f"{path}:1: does not begin with a header", "write lines '#+ key: value' at the top")
    content = "\n".join(line for _, line in header)
    half = re.search(r"\\[uU](0000)?[dD][89a-fA-F]", content)
    if half:
        line = header[content.count("\n", 0, half.start())][0]
        raise UsageError(f"{path}:{line}: {half[0]}...: is half of a surrogate pair", "write the character itself")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the one in C is much quicker
    try:
        if "*" in content:
            _refuse_aliases(path, header, yaml.scan(content, loader))
        # Its loader that takes every value as text or a list or mapping of texts: no date, number or `on` that is true.
        fields = yaml.load(content, loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = header[min(mark.line, len(header) - 1)][0] if mark else header[0][0]
        raise UsageError(
            f"{path}:{line}: the header is not YAML: {getattr(error, 'problem', None) or type(error).__name__}",
            "put text that contains a colon, or begins with a bracket, in quotes",
        ) from None
    if not isinstance(fields, dict):
        raise UsageError(
            f"{path}:{header[0][0]}: the header is not a list of 'key: value' lines",
            "write lines such as #+ summary: some text",
        )
    return fields


def _refuse_aliases(path: str, header: list[tuple[int, str]], tokens: Iterable[Any]) -> None:
    """Refuse a value that stands for another one of the header: few of them, one in the other, stand for more than memory holds."""
    for token in tokens:
        if token.id == "<alias>":
            line = header[min(token.start_mark.line, len(header) - 1)][0]
            raise UsageError(f"{path}:{line}: *{token.value} is refused: it repeats another value", "write the value")
