"""A plain scan of a query's text before any engine sees it.

Engines fetch from the network on SERVICE, some on FROM as well, and die on text that is too deep or too long; none of
them has an option against it. The scan does not try to read SPARQL as an engine does, because engines read some texts
differently from the grammar: whatever could be a SERVICE clause or a foreign FROM in any reading is refused.
"""

from __future__ import annotations

import re

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

# Far above any query that a person or the program writes, well below what makes an engine run out of stack or memory.
MAX_CHARACTERS = 200_000
MAX_DEPTH = 100
MAX_BRANCHES = 500  # UNION, OPTIONAL and MINUS together

_GAP = r"(?:\s|\#[^\n]*\n)*"
_TARGET = r"<[^>\n]*>?|[?$]\w*|[\w.\-]*:[\w.:%\-]*"
_SERVICE = re.compile(rf"SERVICE{_GAP}(?:SILENT{_GAP})?(?:{_TARGET})", re.IGNORECASE)
_FROM = re.compile(rf"FROM{_GAP}(?:NAMED{_GAP})?(?P<target>{_TARGET})", re.IGNORECASE)
_PREFIX = re.compile(rf"\bPREFIX{_GAP}(?P<prefix>[\w.\-]*):{_GAP}<(?P<namespace>[^>\n]*)>", re.IGNORECASE)
_BASE = re.compile(rf"\bBASE{_GAP}<[^>\n]*>", re.IGNORECASE)
_UPDATE = re.compile(r"\s*(LOAD|INSERT|DELETE|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)\b", re.IGNORECASE)
_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
# Right before it: part of a variable or of a local name, so it is no keyword in any reading.
_INSIDE_NAME = re.compile(r"(?:[?$]\w*|:[\w/%\-]*)\Z")
_HEADER = re.compile(r"(?:#\+[^\n]*\n)*")
_COMMENT_LINE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)


def check(text: str) -> None:
    """Refuse a query that would reach outside, write, or be too large to evaluate.

    Parameters: `text`, SPARQL. Raises UsageError with line, column and reason. Code point escapes (SPARQL 1.1, 19.2) are
    looked through, since they may hide a keyword.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"query: {len(text):,} characters; the most that is accepted is {MAX_CHARACTERS:,}")
    _scan(text)
    if "\\u" in text or "\\U" in text:
        _scan(re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", _unescape, text))


def declared(text: str) -> set[str]:
    """Return the prefixes that a query declares, comments left aside."""
    return {match["prefix"] for match in _PREFIX.finditer(_without_comment_lines(text))}


def with_prefixes(text: str, end: str = " ") -> str:
    """Return a query with each of our prefixes that it uses and does not declare declared before it, after its header.

    Parameters: `end`, what stands after each declaration; a space leaves the numbers of the lines as they are.
    """
    known, body = declared(text), _without_comment_lines(text)
    missing = [f"PREFIX {p}: <{ns}>{end}" for p, ns in v.PREFIXES.items() if p not in known and f"{p}:" in body]
    start = _HEADER.match(text).end()  # type: ignore[union-attr]
    return text[:start] + "".join(missing) + text[start:]


def form(text: str) -> str:
    """Return a query's form: SELECT, ASK, CONSTRUCT or DESCRIBE; SELECT if it has none of these words."""
    match = _FORM.search(_without_comment_lines(text))
    return match[1].upper() if match else "SELECT"


def _without_comment_lines(text: str) -> str:
    # A line that begins with # is a comment in every reading, or inside a string; never a keyword. Offsets are kept.
    return _COMMENT_LINE.sub(_blanked, text)


def _blanked(match: re.Match[str]) -> str:
    return "".join(c if c == "\n" else " " for c in match[0])


def _inside_name(text: str, offset: int) -> bool:
    return bool(_INSIDE_NAME.search(text[max(0, offset - 300) : offset]))


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1) or match.group(2), 16)
    return chr(code) if code < 0x110000 else match.group()


def _scan(text: str) -> None:
    text = _without_comment_lines(text)
    _refuse_depth(text)
    blank = _BASE.sub(_blanked, _PREFIX.sub(_blanked, text))
    update = _UPDATE.match(blank)
    if update:
        word = update[1].upper()
        reason = "would fetch from an address" if word == "LOAD" else "would change the graph; queries only read"
        raise _refused(text, update.start(1), word, reason)
    for match in _SERVICE.finditer(text):
        if not _inside_name(text, match.start()):
            raise _refused(text, match.start(), "SERVICE", "would send a request to another server")
    prefixes: dict[str, set[str]] = {}
    for match in _PREFIX.finditer(text):
        prefixes.setdefault(match["prefix"], set()).add(match["namespace"])
    for match in _FROM.finditer(text):
        target = match["target"]
        prefix, _, local = target.partition(":")
        undeclared = target[0] != "<" and prefix not in prefixes and prefix not in v.PREFIXES  # refused by any engine
        if _inside_name(text, match.start()) or target[0] in "?$" or undeclared:
            continue
        namespaces = prefixes.get(prefix) or {v.PREFIXES.get(prefix, "")}
        iris = {target[1:].rstrip(">")} if target[0] == "<" else {namespace + local for namespace in namespaces}
        if not all(iri.startswith(v.GRAPH) and "/." not in iri for iri in iris):
            reason = f"names no graph of the store (they begin with {v.GRAPH})"
            raise _refused(text, match.start(), f"FROM {target}", reason)


def _refuse_depth(text: str) -> None:
    depth = deepest = 0
    for match in re.finditer(r"[{(\[]|[})\]]", text):
        depth += 1 if match[0] in "{([" else -1
        if depth > deepest:
            deepest = depth
            if depth > MAX_DEPTH:
                raise UsageError(f"{_place(text, match.start())}: brackets are nested more than {MAX_DEPTH} deep")
    branches = len(re.findall(r"\b(?:UNION|OPTIONAL|MINUS)\b", text, re.IGNORECASE))
    if branches > MAX_BRANCHES:
        raise UsageError(f"query: {branches} UNION, OPTIONAL and MINUS; the most that is accepted is {MAX_BRANCHES}")


def _refused(text: str, offset: int, what: str, reason: str) -> UsageError:
    return UsageError(
        f"{_place(text, offset)}: {what} is refused: it {reason}\n"
        "  take it out of the query (the word followed by a name is refused inside a string too)"
    )


def _place(text: str, offset: int) -> str:
    before = text[:offset]
    return f"query:{before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"
