"""A plain scan of a query's text before any engine sees it.

Engines fetch from the network on SERVICE and LOAD, some on FROM as well, and one dies on deep nesting; none of them
has an option against it. So what would reach outside, or is too large or too deep to parse, is refused here.
"""

from __future__ import annotations

import re

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 100

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<string>\"{3}(?:(?:\"|\"\")?(?:[^"\\]|\\.))*\"{3} | '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3}
                 | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
      | (?P<variable>[?$]\w+)
      | (?P<name>[^\W\d_][\w.-]*?:(?:[\w:.%-]|\\.)*|:(?:[\w:.%-]|\\.)*)
      | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<open>[{(\[]) | (?P<close>[})\]])""",
    re.VERBOSE | re.DOTALL,
)


def check(text: str) -> None:
    """Refuse a query that would reach outside, write, or be too large to parse.

    Parameters: `text`, SPARQL. Raises UsageError with line, column and reason. Text in strings, comments and IRIs is
    passed over. Code point escapes (SPARQL 1.1, 19.2) are looked through, since they may hide a keyword.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"query: {len(text):,} characters; the most that is accepted is {MAX_CHARACTERS:,}")
    _scan(text)
    if "\\u" in text or "\\U" in text:
        _scan(re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", _unescape, text))


def form(text: str) -> str:
    """Return a query's form: SELECT, ASK, CONSTRUCT or DESCRIBE; SELECT if it has none of these words."""
    words = (m.group().upper() for m in _TOKEN.finditer(text) if m.lastgroup == "word")
    return next((word for word in words if word in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}), "SELECT")


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1) or match.group(2), 16)
    return chr(code) if code < 0x110000 else match.group()


def _scan(text: str) -> None:
    depth = 0
    prefixes: dict[str, str] = {}
    recent: list[str] = []  # the two tokens before this one, keywords in upper case
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "comment":
            continue
        if kind == "open":
            depth += 1
            if depth > MAX_DEPTH:
                raise UsageError(f"{_place(text, match.start())}: brackets are nested more than {MAX_DEPTH} deep")
        elif kind == "close":
            depth -= 1
        elif kind == "word":
            word = token.upper()
            if word == "SERVICE":
                raise _refused(text, match.start(), "SERVICE", "would send a request to another server")
            if word in {"LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}:
                reason = (
                    "would fetch from an address" if word == "LOAD" else "would change the graph; queries only read"
                )
                raise _refused(text, match.start(), word, reason)
        elif kind in {"iri", "name"}:
            after_from = recent[-1:] == ["FROM"] or recent[-2:] == ["FROM", "NAMED"]
            if kind == "iri" and len(recent) > 1 and recent[-2] == "PREFIX":
                prefixes[recent[-1]] = token[1:-1]
            if after_from:
                prefix, _, local = token.partition(":")
                iri = token[1:-1] if kind == "iri" else prefixes.get(prefix + ":", v.PREFIXES.get(prefix, "")) + local
                if not iri.startswith(v.GRAPH):
                    raise _refused(
                        text, match.start(), f"FROM {token}", f"names no graph of the store (they begin with {v.GRAPH})"
                    )
        recent = [*recent[-1:], token.upper() if kind == "word" else token]


def _refused(text: str, offset: int, what: str, reason: str) -> UsageError:
    return UsageError(f"{_place(text, offset)}: {what} is refused: it {reason}\n  take it out of the query")


def _place(text: str, offset: int) -> str:
    before = text[:offset]
    return f"query:{before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"
