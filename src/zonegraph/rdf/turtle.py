"""Turtle files: their triples as the build loads them, and, where a finding asks, the line at which each stands.

Oxigraph's parser is the one reader: what is built and what is judged are the triples that it gives. rdflib's parser reads
a file once more only to say where a triple stands, which Oxigraph cannot; nothing that it reads is believed.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import defaultdict, deque, namedtuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.patterns import when_used
from zonegraph.project import texts
from zonegraph.rdf.graph import Graph
from zonegraph.terms import FIRST, NIL, REST, TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NamedTuple

    from zonegraph.rdf.graph import Term
    from zonegraph.rdf.syntax import Mistake

    Triple = tuple[Term, Term, Term]
    Span = tuple[int, int]

    class Region(NamedTuple):
        """Where something stands in a file: lines and columns from 1, columns in Unicode code points; the end is the column after."""

        line: int
        column: int
        end_line: int
        end_column: int

    class Declaration(NamedTuple):
        """A prefix and the namespace that a text declares for it, as written; the offsets are those of the IRI with its brackets."""

        prefix: str
        namespace: str
        start: int
        end: int

    class Places(NamedTuple):
        """Where things stand: the object and the property of each triple, and each subject, at every place where it is opened."""

        objects: dict[Triple, Region]
        properties: dict[Triple, Region]
        subjects: dict[Term, list[Region]]

else:
    Region = namedtuple("Region", "line column end_line end_column")
    Declaration = namedtuple("Declaration", "prefix namespace start end")
    Places = namedtuple("Places", "objects properties subjects")

START = Region(1, 1, 1, 1)  # of a file

if TYPE_CHECKING:
    Change = tuple[int, int, str]  # offsets of what stands in a text, and what comes in its place

MAX_DEPTH = 50  # brackets within brackets; what reads them recurses
MAX_TERM = 1 << 20  # characters of one term or comment

# Ends the message of a finding that is shown at line 1 for want of another.
UNLOCATED = "(The line could not be found.)"


class TurtleError(UsageError):
    """A text is no Turtle. `mistake` says what is wrong with it, by offsets.

    `region` is where that stands, `mending` what mends it: regions, and what comes in their place; none where nobody knows.
    """

    def __init__(self, path: str, text: str, mistake: Mistake) -> None:
        """Parameters: `path`, named in the message; `text`, which is no Turtle; `mistake`, what is wrong with it."""
        region = regions(text)
        self.mistake, self.region = mistake, region(mistake.start, mistake.end)
        self.mending = [(region(start, end), new) for start, end, new in mistake.changes]
        line, column = self.region[:2]
        start = text.rfind("\n", 0, mistake.start) + 1
        source = re.match(r"[^\r\n]*", text[start : start + 161])[0].replace("\t", " ")  # type: ignore[index]
        source = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in source)
        shown = source if len(source) <= 160 else source[:157] + "..."
        pointer = " " * min(column - 1, len(shown)) + "^"
        problem = f"{path}:{line}:{column}: not valid Turtle: {mistake.what}\n    {shown}\n    {pointer}"
        super().__init__(problem, mistake.remedy)


def parse(path: str, text: str | None = None, *, rename: bool = False) -> list[ox.Triple]:
    """Parse a Turtle file.

    Parameters: `path`, the file, also named in messages; `text`, its content if it is already at hand; `rename`, whether
    blank nodes lose their labels, so that the files of one graph share none. Returns its triples in order of appearance,
    values as written.
    Raises UsageError with file, line, column and a remedy for a file that cannot be read, is not UTF-8 or not Turtle
    (W3C RDF 1.1 Turtle), and for what other programs read otherwise or not at all: a carriage return alone, an IRI with
    the segment `.` or `..`, brackets more than MAX_DEPTH deep, a term of more than MAX_TERM characters.
    """
    content = texts.read_text(path) if text is None else text
    _refuse(path, content)
    try:
        quads = ox.parse(content.encode("utf-8"), format=ox.RdfFormat.TURTLE, base_iri=v.ZGD, rename_blank_nodes=rename)
        return [quad.triple for quad in quads]
    except SyntaxError as error:
        from zonegraph.rdf import syntax  # only a mistake pays for it

        raise TurtleError(path, content, syntax.diagnose(content, error)) from None


# ---------------------------------------------------------------- what is refused before it is parsed

# Text in quotation marks. Whatever is never closed goes on to the end, so that no character is looked at twice.
STRINGS = (
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*["\n]?'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*['\n]?"
)
# What opens and closes, and what hides it: text, IRIs, comments, escapes in names. The last line is what RDF 1.2 adds to Turtle.
_SIGNS = re.compile(
    rf"{STRINGS}"
    r"|<<|<[^>]*>?|#[^\n]*"
    r"""|(?:\\.)(?:\\.|[^\s\\<>"'#;,()\[\]{}])*"""
    r"|[\[\]()]"
    r"|~|\{\||@[A-Za-z]+(?:-[A-Za-z0-9]+)*--",
    re.DOTALL,
)
# The same, with the dot that ends a statement.
_ENDS = re.compile(rf"{_SIGNS.pattern}|\.(?=[\s<\[(#]|\Z)", re.DOTALL)
_WORD = re.compile(r"""[^\s<>"'#;,()\[\]]++""")
_DOTS = re.compile(r"[<:/]\.|\\")  # in an IRI that may have a segment of dots, perhaps written as an escape
_SCHEME_AND_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/]*)?")
_NUMBERED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})")


def _refuse(path: str, text: str) -> None:
    """Refuse what Oxigraph would read and another program otherwise, or only by recursing or growing without bound."""
    large, depth = len(text) > MAX_TERM, 0

    def refused(offset: int, problem: str, remedy: str) -> UsageError:
        line, column = texts.position(text, offset)
        return UsageError(f"{path}:{line}:{column}: {problem}", remedy)

    for match in _SIGNS.finditer(text):
        sign = match[0]
        first = sign[0]
        if large and len(sign) > MAX_TERM:
            raise refused(match.start(), *_TOO_LONG)
        if first in "\"'#":
            continue
        if first in "[(":
            depth += 1
            if depth > MAX_DEPTH:
                problem = f"brackets are nested more than {MAX_DEPTH} deep"
                raise refused(match.start(), problem, "give what is in them an IRI, and describe it on its own")
        elif first in "])":
            depth -= 1
        elif first == "\\":
            if _escapes_dot_segment(sign, text[match.start() - 1 : match.start()]):
                raise refused(match.start(), *_DOT_SEGMENT)
        elif first == "<" and sign != "<<":
            if _DOTS.search(sign) and _has_dot_segment(sign[1:].rstrip(">")):
                raise refused(match.start(), *_DOT_SEGMENT)
        elif first == "@":
            raise refused(
                match.start(), "a base direction (RDF 1.2) is not supported", "write only the language, as in @en"
            )
        elif text.startswith("<<<<<<<", match.start()) and text[match.start() - 1 : match.start()] in ("", "\n"):
            from zonegraph.rdf import syntax

            raise TurtleError(path, text, syntax.left_by_merge(text, match.start()))
        else:
            problem = "a statement about a statement (RDF 1.2) is not supported"
            raise refused(match.start(), problem, "describe the statement with a node of its own, as in RDF 1.1")
    # Outside of what was looked at here: a number, a name.
    for word in _WORD.finditer(text) if large else ():
        if word.end() - word.start() > MAX_TERM:
            raise refused(word.start(), *_TOO_LONG)


_DOT_SEGMENT = (
    "an IRI with a segment `.` or `..`, which programs resolve differently",
    "write the IRI without such segments",
)
_TOO_LONG = (f"a term of more than {MAX_TERM} characters", "look for a missing quotation mark or `>`")


def _has_dot_segment(iri: str) -> bool:
    written_out = _NUMBERED.sub(lambda match: chr(int(match[1] or match[2], 16)), iri)
    path = re.split("[?#]", written_out, maxsplit=1)[0]
    segments = path[_SCHEME_AND_HOST.match(path).end() :].split("/")  # type: ignore[union-attr]
    return "." in segments or ".." in segments


def _escapes_dot_segment(rest: str, before: str) -> bool:
    """Return whether a prefixed name has a segment of dots, which it can only have by escapes.

    Parameters: `rest`, the name from its first backslash on; `before`, the character before that.
    """
    parts = re.findall(r"\\.|[^\\]", rest, re.DOTALL)
    while parts and parts[-1] == ".":  # ends the statement, not the name
        parts.pop()
    first, *others = "".join(part[-1] for part in parts).split("/")
    return bool({".", ".."} & {*others, first if before == ":" else ""})


# ---------------------------------------------------------------- where a triple stands


class PositionedGraph:
    """A file's triples, and where they stand.

    `path` names the file; `graph` holds the triples as the build loads them, lexical forms as written. Where they stand is looked
    up when it is first asked for, and lacks what could not be located.
    """

    def __init__(self, path: str, graph: Graph, locate: Callable[[], Places], text: str = "") -> None:
        """Parameters: `locate`, which returns where things stand; `text`, the content of the file."""
        self.path, self.graph, self.text, self._locate = path, graph, text, locate

    @functools.cached_property
    def _places(self) -> Places:
        return self._locate()

    def copy(self) -> PositionedGraph:
        """Return the same, with a graph of its own; where things stand is looked up once for both."""
        return PositionedGraph(self.path, Graph(self.graph), lambda: self._places, self.text)

    @property
    def objects(self) -> dict[Triple, Region]:
        """The region of the object of each triple."""
        return self._places.objects

    @property
    def properties(self) -> dict[Triple, Region]:
        """The region of the property of each triple."""
        return self._places.properties

    @functools.cached_property
    def subjects(self) -> dict[Term, Region]:
        """The region at which each subject is first opened."""
        return {subject: regions[0] for subject, regions in self._places.subjects.items()}

    @property
    def openings(self) -> dict[Term, list[Region]]:
        """The regions at which each subject is opened."""
        return self._places.subjects

    @functools.cached_property
    def region(self) -> Callable[[int, int], Region]:
        """What turns two offsets of the text into a region."""
        return regions(self.text)

    @functools.cached_property
    def offset(self) -> Callable[[int, int], int]:
        """What turns a line and column of the text into an offset."""
        return offsets(self.text)

    @functools.cached_property
    def names(self) -> dict[str, list[Span]]:
        """Where each name stands in the text, with its prefix or between angle brackets: the offsets of its ends."""
        token = re.compile(rf"{STRINGS}|#[^\n]*|(?P<name><[^>\n]*>|[\w-]*:(?:[\w.:%-]*[\w:%-])?)", re.DOTALL)
        found: dict[str, list[Span]] = defaultdict(list)
        for match in token.finditer(self.text):
            if match["name"]:
                found[match["name"]].append(match.span())
        return found

    @functools.cached_property
    def prefixes(self) -> dict[str, str]:
        """The namespaces that the file declares, by prefix."""
        return prefixes(self.text)


def prefixes(text: str) -> dict[str, str]:
    """Return the namespaces that a text declares, by prefix; of one declared twice the last."""
    return {one.prefix: one.namespace for one in declarations(text)}


def names_of(iri: str, prefixes: dict[str, str]) -> list[str]:
    """Return what a file that declares prefixes may call an IRI: by each that fits, and in whole.

    The longest namespace comes first, and of two prefixes of one the last.
    """
    fitting = [
        (namespace, f"{prefix}:{name}")
        for prefix, namespace in reversed(prefixes.items())
        if iri.startswith(namespace) and re.fullmatch(r"\w[\w-]*", name := iri[len(namespace) :])
    ]
    return [*(name for _, name in sorted(fitting, key=lambda pair: -len(pair[0]))), f"<{iri}>"]


def declarations(text: str) -> list[Declaration]:
    """Return the declarations of prefixes in a text, in order. It need not be valid, and may be SPARQL."""
    found = (match for match in _DECLARATION.finditer(text) if match["namespace"] is not None)
    return [Declaration(match["prefix"], match["namespace"], *match.span("iri")) for match in found]


# With what hides it: text, comments, IRIs.
_DECLARATION = when_used(
    rf"{STRINGS}|#[^\n]*|<[^<>\s]*>"
    r"|(?<![\w:@-])@?prefix(?:\s|#[^\n]*+)++(?P<prefix>[^\s:<>]*):(?:\s|#[^\n]*+)*+(?P<iri><(?P<namespace>[^<>\s]*)>)",
    re.DOTALL | re.IGNORECASE,
)


def read(path: str, text: str | None = None, changes: Sequence[Change] = ()) -> PositionedGraph:
    """Read a Turtle file so that the line of every triple can be told.

    Parameters: `changes`, to make before it is read, in order of their offsets; what is found stands where it does without
    them. Others, raises: as `parse`, whose triples these are.
    """
    written = texts.read_text(path) if text is None else text
    content = changed(written, changes)
    triples = parse(path, content, rename=True)  # as a label of this file is another node than that of another file

    def locate() -> Places:
        # Once more, since few files are asked for a line, and only lines need the labels.
        labelled = parse(path, content)
        places, before = regions(written), unchanged(changes)

        def region(start: int, end: int) -> Region:
            return places(before(start), before(end))

        terms = [(t.subject, t.predicate, t.object) for t in triples]
        return _places(content, labelled, terms, region)  # type: ignore[arg-type]

    return PositionedGraph(path, Graph(triples), locate, written)


def changed(text: str, changes: Sequence[Change]) -> str:
    """Return a text with changes made, which are in order of their offsets."""
    parts, done = [], 0
    for start, end, new in changes:
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def unchanged(changes: Sequence[Change]) -> Callable[[int], int]:
    """Return what turns an offset of a text with changes made, which are in order of their offsets, into that of the text without them."""
    begins: list[int] = []  # of what is new: where it begins and ends, and by how much text has moved
    ends: list[int] = []
    shifts = [0]
    for start, end, new in changes:
        begins.append(max([start + shifts[-1], *begins[-1:]]))
        ends.append(max([start + shifts[-1] + len(new), *ends[-1:]]))
        shifts.append(shifts[-1] + len(new) - (end - start))

    def offset(at: int) -> int:
        number, inside = bisect.bisect_left(begins, at), bisect.bisect_right(ends, at)
        return min(at - shifts[inside], changes[inside][1]) if inside < number else at - shifts[number]

    return offset


def _places(
    content: str, triples: list[ox.Triple], terms: list[Triple], region: Callable[[int, int], Region]
) -> Places:
    """Return where triples stand, as far as the other reader finds them.

    Parameters: `triples`, as Oxigraph reads the content; `terms`, the same with the nodes that they are known by; `region`,
    what turns two offsets of the content into a region.
    """
    stated, opened = _statements(content)
    labels = {label.rstrip(".") for label in re.findall(r"""_:([^\s<>"'#;,()\[\]]+)""", content)}
    same = _same_nodes([(t.subject, t.predicate, t.object) for t in triples], [place[:3] for place in stated], labels)
    first: dict[tuple[object, object, object], tuple[Span, Span]] = {}
    for s, p, o, verb, span in stated:
        first.setdefault((s, p, o), (verb, span))
    found = Places({}, {}, {})
    for triple, written in zip(triples, terms, strict=True):
        subject = same.get(triple.subject, triple.subject)
        spans = first.get((subject, triple.predicate, same.get(triple.object, triple.object)))
        if spans:
            found.properties.setdefault(written, region(*spans[0]))
            found.objects.setdefault(written, region(*spans[1]))
        if subject in opened and written[0] not in found.subjects:
            found.subjects[written[0]] = [region(*span) for span in opened[subject]]
    return found


def regions(text: str) -> Callable[[int, int], Region]:
    """Return what turns two offsets of a text into a region."""
    newlines = [match.start() for match in re.finditer("\n", text)]

    def region(start: int, end: int) -> Region:
        ends = []
        for offset in (start, end):
            line = bisect.bisect_left(newlines, offset)
            ends += [line + 1, offset - (newlines[line - 1] if line else -1)]
        return Region(*ends)

    return region


def offsets(text: str) -> Callable[[int, int], int]:
    """Return what turns a line and column of a text into an offset, at most the text's length."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def offset(line: int, column: int) -> int:
        return min(starts[line - 1] + column - 1, len(text)) if line <= len(starts) else len(text)

    return offset


def _same_nodes(
    ours: list[tuple[object, object, object]], theirs: list[tuple[object, object, object]], labels: set[str]
) -> dict[object, object]:
    """Pair the nameless nodes of one reading with those of another: of the same owner and, if it can be, content.

    Parameters: the triples of both readings in order of appearance, so that of like nodes the first is paired with the
    first; `labels`, of the nodes that have one, which need no pairing. Returns the other's node for each that has one.
    """

    def nameless(term: object) -> bool:
        return isinstance(term, ox.BlankNode) and term.value not in labels

    numbers: dict[frozenset[object], int] = {}
    readings = []
    for reading in (ours, theirs):
        content: dict[object, list[tuple[object, object]]] = defaultdict(list)
        owners: dict[object, tuple[object, object]] = {}
        for s, p, o in reading:
            content[s].append((p, o))
            if nameless(o):
                owners.setdefault(o, (s, p))
        nodes = dict.fromkeys(term for s, _, o in reading for term in (s, o) if nameless(term))
        # Nodes of the same content get the same number, inner ones first. Not by recursion: a list may be long.
        number: dict[object, int] = {}
        entered: set[object] = set()
        pending = list(nodes)
        while pending:
            node = pending[-1]
            inner = [] if node in entered else [o for _, o in content[node] if o in nodes and o not in entered]
            entered.add(node)
            if inner:
                pending += inner
                continue
            pending.pop()
            if node not in number:
                form = frozenset((p, number.get(o, o) if o in nodes else o) for p, o in content[node])
                number[node] = numbers.setdefault(form, len(numbers))
        owned: dict[tuple[object, object], list[object]] = defaultdict(list)
        for node in nodes:
            owned[owners.get(node, (None, None))].append(node)
        readings.append((owned, number))

    (owned, number), (their_owned, their_number) = readings
    by_owner: dict[object, list[tuple[object, object]]] = defaultdict(list)
    for owner, predicate in owned:
        by_owner[owner].append((owner, predicate))
    same: dict[object, object] = {}
    waiting = deque(owner for owner in by_owner if not nameless(owner))
    while waiting:
        for owner, predicate in by_owner.pop(waiting.popleft(), ()):
            alike: dict[int, deque[object]] = defaultdict(deque)
            candidates = their_owned.get((same.get(owner, owner), predicate), [])
            for node in candidates:
                alike[their_number[node]].append(node)
            others = []
            for node in owned[owner, predicate]:
                if alike[number[node]]:
                    same[node] = alike[number[node]].popleft()
                else:
                    others.append(node)
            left = {node for nodes in alike.values() for node in nodes}
            same.update(zip(others, (node for node in candidates if node in left), strict=False))
            waiting.extend(owned[owner, predicate])
    return same


def _statements(content: str) -> tuple[list[tuple[object, object, object, Span, Span]], dict[object, list[Span]]]:
    """Return the triples that rdflib's parser finds in a text, each with the offsets of its property and object, and those of each subject.

    Terms are Oxigraph's, as they are written. A statement that the parser cannot read is passed over.
    """
    parser = _positioned_parser()()
    parser.startDoc()
    parser.feed(content)
    return parser.statements, parser.opened


def next_statement(text: str, offset: int) -> int:
    """Return where the statement after the one at an offset begins, as far as dots and brackets tell."""
    depth = 0
    for match in _ENDS.finditer(text, offset):
        if match[0] == "." and not depth:
            return match.end()
        depth += (match[0] in "[(") - (match[0] in "])")
    return len(text)


@functools.cache
def _positioned_parser():  # type: ignore[no-untyped-def]
    """Return rdflib's Turtle parser, made to note where each triple stands instead of adding it to a graph.

    rdflib's own line counter drifts, since it counts a newline again whenever the parser steps back; offsets do not.
    """
    import rdflib
    from rdflib.plugins.parsers import notation3

    class Terms(notation3.RDFSink):
        """Makes the terms. One that Oxigraph would not make is a text, which is equal to no term."""

        def newSymbol(self, *arguments):  # type: ignore[no-untyped-def]  # noqa: N802 (here and below: rdflib's names)
            return _made(ox.NamedNode, arguments[0])

        def newLiteral(self, s, dt, lang):  # type: ignore[no-untyped-def]  # noqa: N802
            if lang:
                return _made(ox.Literal, s, language=lang)
            return _made(ox.Literal, s, datatype=dt) if dt else ox.Literal(s)

        def newBlankNode(self, *_arguments, **_options):  # type: ignore[no-untyped-def]  # noqa: N802
            return ox.BlankNode()

    class PositionedParser(notation3.SinkParser):
        def __init__(self):  # type: ignore[no-untyped-def]
            super().__init__(Terms(rdflib.Graph()), baseURI=v.ZGD, turtle=True)
            self.statements = []
            self.opened = {}
            self._verb = None  # offsets of the property last read
            self._open_lists = []  # one list of offsets, of property and object, per object list being read, the innermost last
            self._pending = []  # those of the object list just read, first object last

        def feed(self, octets):  # type: ignore[no-untyped-def]
            i = self.skipSpace(octets, 0)
            while i >= 0:
                try:
                    end = self.directiveOrStatement(octets, i)
                except Exception:  # errors of many kinds, all meaning that Oxigraph reads more than rdflib does
                    end = -1
                    self._open_lists, self._pending = [], []
                i = self.skipSpace(octets, end if end > i else next_statement(octets, i))

        def BadSyntax(self, *arguments):  # type: ignore[no-untyped-def]  # noqa: N802
            raise ValueError(arguments[-1])  # rdflib's own error copies the whole text

        def verb(self, argstr, i, res):  # type: ignore[no-untyped-def]
            start = _SPACE.match(argstr, i).end()  # type: ignore[union-attr]
            end = super().verb(argstr, i, res)
            self._verb = (start, end)
            return end

        def object(self, argstr, i, res):  # type: ignore[no-untyped-def]
            start = _SPACE.match(argstr, i).end()  # type: ignore[union-attr]
            if self._open_lists:
                of_list = self._open_lists[-1]
                place = len(of_list[1])
                of_list[1].append((start, start))
                end = super().object(argstr, i, res)
                of_list[1][place] = (start, end)
                return end
            end = super().object(argstr, i, res)
            if end >= 0:  # outside any object list rdflib reads a subject by this method too
                self.opened.setdefault(res[-1], []).append((start, end))
            return end

        def objectList(self, argstr, i, res):  # type: ignore[no-untyped-def]  # noqa: N802
            self._open_lists.append((self._verb, []))
            end = super().objectList(argstr, i, res)
            verb, objects = self._open_lists.pop()
            self._pending = [(verb, span) for span in reversed(objects)]
            return end

        def node(self, argstr, i, res, subjectAlready=None):  # type: ignore[no-untyped-def]  # noqa: N803
            j = self.skipSpace(argstr, i)
            if j < 0 or argstr[j] != "(":
                return super().node(argstr, i, res, subjectAlready)
            members = []  # rdflib would make the triples of the list when it has forgotten where its members stand
            j = self.skipSpace(argstr, j + 1)
            while argstr[j] != ")":
                item: list[object] = []
                end = self.item(argstr, j, item)
                members.append((ox.BlankNode(), item[0], (j, end)))
                j = self.skipSpace(argstr, end)
            cells = [*(cell for cell, _, _ in members), NIL]
            for (cell, member, span), following in zip(members, cells[1:], strict=True):
                self._note((None, FIRST, cell, member), span, span)  # type: ignore[no-untyped-call]
                self._note((None, REST, cell, following), span, span)  # type: ignore[no-untyped-call]
            res.append(cells[0])
            return j + 1

        def nodeOrLiteral(self, argstr, i, res):  # type: ignore[no-untyped-def]  # noqa: N802
            start = self.skipSpace(argstr, i)
            number = _NUMBER.match(argstr, start) if start >= 0 else None
            if number is None:
                return super().nodeOrLiteral(argstr, i, res)
            # rdflib would make a number of it, and forget how it was written.
            name = "double" if number["exponent"] else "decimal" if "." in number[0] else "integer"
            res.append(ox.Literal(number[0], datatype=ox.NamedNode(v.XSD + name)))
            return number.end()

        def anonymousNode(self, ln):  # type: ignore[no-untyped-def]  # noqa: N802
            return _made(ox.BlankNode, ln)

        def uriOf(self, sym):  # type: ignore[no-untyped-def]  # noqa: N802
            return getattr(sym, "value", sym)

        def makeStatement(self, quadruple):  # type: ignore[no-untyped-def]  # noqa: N802
            if self._pending:
                self._note(quadruple, *self._pending.pop())  # type: ignore[no-untyped-call]

        def _note(self, quadruple, verb, span):  # type: ignore[no-untyped-def]
            p, s, o = map(_term, quadruple[1:])
            self.statements.append((s, p, o, verb, span))
            self.opened.setdefault(s, [span])

    return PositionedParser


def _term(written: object) -> object:
    """Return what rdflib's parser has read as a term of Oxigraph: it keeps truth values and `a` in forms of its own."""
    if isinstance(written, bool):
        return ox.Literal(written)
    return TYPE if isinstance(written, tuple) else written


def _made(kind: Callable[..., object], text: str, **options: object) -> object:
    try:
        return kind(text, **options)
    except (TypeError, ValueError):
        return text


_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?P<exponent>[eE][+-]?[0-9]+)|[0-9]*\.[0-9]+|[0-9]+)")
