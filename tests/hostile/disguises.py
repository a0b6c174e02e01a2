"""SPARQL that would reach outside, in as many disguises as the ways in which engines read it, and texts that only look so."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

from tests.conftest import ROOT
from zonegraph.rdf import sparql

SAVED = sorted((ROOT / "queries").glob("*.rq"))

# What may stand between the words of a clause: each ends a word for some engine.
SEPARATORS = (
    " ", "\n", "\r", "\r\n", "\t", "", "#\n", "#\r", "# x\r", "# ' \n", "#\"\"\"\r", "  #>\n", "#'''\r\n", "\n#+ x\n",
)  # fmt: skip
# What may name the service; P is the listener.
TARGETS = ("<http://P/>", "x:y", ":y", "、:y", "x́:y", "x.z:y", "?target", "<http://P/a#b>", "<\\u0068ttp://P/>")
# Before and behind the clause: brackets, quotation marks and comments that an engine may read otherwise than a guard.
FRAMES = (
    ("", ""),
    ("", " #'"),
    ("VALUES ?z_ { '''\n#''' } ", ""),
    ('VALUES ?z_ { """\r#""" } ', ""),
    ("FILTER(?a_<?b_#>'''\n) ", " #'''\n"),
    ("FILTER(?a_<?b_&&?c_='>') ", " #'\n"),
    ("FILTER(?a_<x:b#>'''\n||true) ", " #'''\n"),
    ("?s_ ?p_ x:a.b.", ""),
    ("?s_ ?p_ port:", ""),
    ("?s_ ?p_ true", ""),
    ("?s_ ?p_ 1", ""),
    ("?s_ ?p_ 'a'@en ", ""),
    ("?s_ ?p_ '\\u0027' . # \\u000A ", ""),
    ("?s_ ?p_ '' . # '''\n", " #'''\n"),
)
WORDS = ("SERVICE", "service", "SeRvIcE", "SERVICE SILENT", "\\u0053ERVICE", "SERVICESILENT")
PREFIXES = (
    "PREFIX x: <http://P/> PREFIX : <http://P/> PREFIX 、: <http://P/> PREFIX x́: <http://P/> PREFIX x.z: <http://P/> "
    "PREFIX port: <http://x:> "
)


def bodies() -> list[tuple[str, str, list[int]]]:
    """Each saved query: its name, its SPARQL without header, and the offsets between its tokens."""
    found = []
    for path in SAVED:
        text = "".join(line for line in path.read_text("utf-8").splitlines(keepends=True) if not line.startswith("#+"))
        found.append((path.stem, text, [token.start for token in sparql.tokens(text)] + [len(text)]))
    return found


def services(generator: random.Random, address: str) -> Iterator[str]:
    """Yield saved queries with a SERVICE clause between two of their tokens, in disguise, without end.

    Parameters: `address`, of the listener, such as `127.0.0.1:4711`.
    """
    known = bodies()
    while True:
        _, text, boundaries = generator.choice(known)
        yield disguised(text, generator.choice(boundaries), generator, address)


def every_service(generator: random.Random, address: str) -> Iterator[str]:
    """Yield a SERVICE clause at each boundary between tokens of each saved query, its separator the next in turn."""
    separators = itertools.cycle(SEPARATORS)
    for _, text, boundaries in bodies():
        for boundary in boundaries:
            yield disguised(text, boundary, generator, address, next(separators))


def disguised(text: str, boundary: int, generator: random.Random, address: str, separator: str | None = None) -> str:
    """Return a text with a SERVICE clause at an offset, and with the prefixes that it needs."""
    before, behind = generator.choice(FRAMES)
    between = generator.choice(SEPARATORS) if separator is None else separator
    word, target = generator.choice(WORDS), generator.choice(TARGETS)
    if not between and target[0] not in "<?":
        between = generator.choice(("", " "))  # written together, it may be a name of another prefix
    clause = (
        f"{before}{word}{between}{target}{generator.choice(('', ' ', separator or between))}{{ ?a_ ?b_ ?c_ }}{behind}"
    )
    if between == "" and word.endswith("T") and target[0] not in "<?:":
        clause = clause.replace(word, "SERVICE ")
    blank = generator.choice(("", " ", "\n"))
    if not before and re.search(r":[\w-]*$", text[:boundary]):
        blank = blank or " "  # written together with a prefixed name, the word is a part of the name and nothing else
    return (PREFIXES + text[:boundary] + blank + clause + text[boundary:]).replace("P/", f"{address}/")


def others(generator: random.Random, address: str) -> Iterator[str]:
    """Yield texts that name a foreign graph after FROM, load or change something, without end."""
    known = bodies()
    updates = ("LOAD <http://P/>", "LOAD SILENT <http://P/> INTO GRAPH <urn:g>", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL",
               "INSERT DATA { <urn:a> <urn:b> 1 }", "DROP DEFAULT", "CREATE GRAPH <urn:g>", "ADD <urn:a> TO <urn:b>",
               "MOVE <urn:a> TO <urn:b>", "COPY DEFAULT TO <urn:b>", "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }")  # fmt: skip
    while True:
        between = generator.choice([s for s in SEPARATORS if s])
        if generator.random() < 0.5:
            update = generator.choice(updates).replace(" ", between, 1)
            yield (generator.choice(("", "# x\r", "PREFIX x: <http://P/> ", "BASE <http://P/>")) + update).replace(
                "P/", f"{address}/"
            )
            continue
        target = generator.choice(("<http://P/>", "NAMED <http://P/>", "x:y", "NAMED x:y", "<y>", "<graph/../x>"))
        _, text, _ = generator.choice(known)
        where = text.upper().find("WHERE")
        if where > 0:
            head = f"BASE <http://P/> PREFIX x: <http://P/> {text[:where]}"
            clause = f"{generator.choice(('FROM', 'from', 'From'))}{between}{target}{between}"
            yield f"{head} {clause}{text[where:]}".replace("P/", f"{address}/")


# What may stand right before a clause, at the corners of the grammar: names, IRIs, literals, triples, comments.
_PIECES = (
    "a", "b1", "-", "_", ":", ".", "..", "%41", "x:", "port:", "\\#", "\\'", "\\.", "\\(", "é", "·", "\u1680", "\u0301", "\u200c", "'", '"',
    "#", "<", ">", "\\u0041", "\\u+041", "\\U0000002e", "?", "@en", "^^", "1", "1.", ".5", "1e5", "+", "~", "''", '""', "'''", '"""', "\r",
)  # fmt: skip
_SHAPES = (
    "?s ?p {}", "?s ?p x:{}", "?s ?p port:{}", "?s ?p <http://x/{}>", "?s ?p <{}>", "?s ?p '{}'", '?s ?p "{}"@en', "?s ?p '''{}'''",
    "?s ?p _:{}", "?s x:{} ?o", "BIND(<http://x/{}> AS ?v)", "BIND(<<({})>> AS ?v)", "BIND(<<(?a ?b {})>> AS ?v)", "?s ?p <<{} ?b ?c>>",
    "FILTER(?a<{})", "FILTER(?a<?b{})", "FILTER(?a<x:{}||true)", "VALUES ?v {{ {} }}", "VALUES (?v ?w) {{ (1 {}) }}", "?s ?p ({} 1)",
    "?s ?p [ ?q {} ]", "# {}\r", "# {}\n", "OPTIONAL {{ ?s ?p {} }}", "?s ?p ?o {{| ?q {} |}}", "?s a {}", "?s ?p {}x:y",
)  # fmt: skip
_PROLOGUES = (
    "", "PREFIX port: <http://x:1> ", "PREFIXport:<http://x:1>", "PREFIX\u1680port: <http://x:1> ", "BASE <http://x/> ", "BASE<http://x/\\u0041>",
    "PREFIX : <http://x/> ", "#\rPREFIX port: <http://x:1> ", "PREFIX x: <http://x#> ", "PREFIX x: <http://x:> ", "PREFIX x: <#> ",
)  # fmt: skip


def corners(generator: random.Random) -> Iterator[tuple[str, str]]:
    """Yield texts with a SERVICE clause behind something odd, each with the same text in which the word is misspelt."""
    while True:
        odd = "".join(generator.choice(_PIECES) for _ in range(generator.randrange(5)))
        word = generator.choice(("SERVICE", "SERVICE ", "SERVICESILENT", "service"))
        target = generator.choice(("<http://x/>", "x:y", ":y", "port:y", "?target"))
        start = generator.choice(_PROLOGUES) + generator.choice(("SELECT * {", "ASK{", "SELECT*WHERE{"))
        before = generator.choice(_SHAPES).format(odd) + generator.choice(("", "", " ", ".", "\n", "#\n", "#\r", ". "))
        behind = f"{target}{{ ?x ?y ?z }}" + generator.choice(
            ("", " #'\n", ' #"\n', " #'''\n", ' #"""\n', " #>\n", "'''", "")
        )
        yield f"{start}{before}{word}{behind}}}", f"{start}{before}{word[:5]}X{word[6:]}{behind}}}"


PHRASES = (
    "SERVICE <http://P/> { ?s ?p ?o }", "postal service: a", "LOAD <http://P/>", "FROM <http://P/>", "from: NAMED x:y",
    "DELETE WHERE { ?s ?p ?o }", "# SERVICE", "service?x", "SERVICE{", "{" * 150, "([{" * 60, "INSERT DATA", "SERVICE x:y {",
)  # fmt: skip


def harmless(generator: random.Random) -> Iterator[str]:
    """Yield queries that hold the same words in literals, IRIs and comments alone, without end."""
    while True:
        phrase = generator.choice(PHRASES).replace("P/", "127.0.0.1:9/")
        quiet = "".join(c for c in phrase if c not in "\"'\\\n")
        iri = "http://x.org/" + "".join(c for c in quiet if c not in " <>{}|^`[]#")
        yield generator.choice(
            (
                f"SELECT * {{ ?s ?p '{quiet}' }}",
                f'SELECT * {{ ?s ?p "{quiet}"@en }}',
                f"SELECT * {{ ?s ?p '''it's {quiet}\n# {quiet}\r''' }}",
                f'SELECT * {{ VALUES ?o {{ """ "{quiet}" \n#""" }} ?s ?p ?o }}',
                f"SELECT * {{ ?s ?p ?o FILTER(CONTAINS(STR(?o), '{quiet}')) }} LIMIT 1",
                f"SELECT * {{ <{iri}> ?p ?o }}",
                f"SELECT * {{ ?s ?p <{iri}> , <{iri}#frag> }}",
                f"PREFIX s: <{iri}/> SELECT * {{ ?s ?p s:a }}",
                f"ASK {{ ?s ?p ?o FILTER(?o = 'a' || ?o = \"{quiet}\") }}",
                f"SELECT * {{}} LIMIT 1 # {phrase}",
                f"# {phrase}\nSELECT * {{}} # {phrase}\r\n# {phrase}",
                f"SELECT ?service ?from {{ ?service ?load ?from FILTER(?from = '{quiet}') }} LIMIT 1",
                f"SELECT * {{ ?s ?p ?o FILTER(?o < 5 && '{quiet}' > 'a') }} LIMIT 1",
                f"CONSTRUCT {{ ?s ?p '{quiet}' }} WHERE {{ ?s ?p '{quiet}' }}",
            )
        )
