"""What is built is what is judged, whatever a file of Turtle looks like; and every finding has its line, or says that it has none.

Two parsers read a file: Oxigraph's gives the triples, rdflib's says where they stand. Each text here goes through both, as
`validate` and the build send it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT, SEED, SHARE
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.errors import UsageError
from zonegraph.project.sources import SourceFile
from zonegraph.rdf import turtle
from zonegraph.rdf.interchange import from_rdflib
from zonegraph.validation import checks, files


class Text(NamedTuple):
    """A text to read; `tags` are words that each stand in one object and nowhere else."""

    content: bytes
    tags: list[str]


# ---------------------------------------------------------------- texts by the grammar, and beside it


class Writer:
    """Writes Turtle at random: all that the grammar allows, and, in some texts, what it does not or what is refused."""

    def __init__(self, seed: random.Random) -> None:
        self.random = seed
        self.wild = seed.choice([0, 0, 0, 0.02, 0.1])
        self.tags: list[str] = []
        self.prefixes = ["z"]

    def any(self, *ways: Callable[[], str] | str, wild: tuple[str, ...] = ()) -> str:
        way = self.random.choice(wild if wild and self.random.random() < self.wild else ways)
        return way if isinstance(way, str) else way()

    def text(self) -> Text:
        lines = [f"@prefix z: <{v.ZGD}> .\n"]
        for _ in range(self.random.randint(1, 8)):
            lines.append(self.any(self.directive, self.statement, self.statement, self.statement, self.statement))
        text = "".join(lines)
        if self.random.random() < 0.15:
            text = text.replace("\n", "\r\n")
        content = text.encode("utf-8", "surrogatepass")
        return Text((b"\xef\xbb\xbf" if self.random.random() < 0.1 else b"") + content, self.tags)

    def space(self) -> str:
        return self.any(
            " ", " ", " ", "\n", "\n ", "\t", "  \n\n", " # c\n", " #\n", ' # "\n', " # ] ) .\n", " # <x\n", " #'''\n",
            wild=("", "#\n", " # a\rz:s z:smuggled 1 .\n", "\r", "\x0b", "\u00a0"),
        )  # fmt: skip

    def directive(self) -> str:
        prefix = self.any("z", "y", "", "a.b", "zé", "base", "prefix", "a", wild=("a.", "-", "a:b", "1"))
        iri = self.any("<http://x/y/>", "<http://x/y#>", "<rel/>", "<>", "<#>", "<urn:x:>", "<http://x/%41/>", "<http://é/>",
                       "<http://x/\\u00e9/>", "<http://x>", wild=("<http://x/./>", "<../>", "<a/b/..>", "<http:>", "z:"))  # fmt: skip
        if self.random.random() < 0.3:
            return self.any(f"@base {iri} .\n", f"BASE {iri}\n", f"base{self.space()}{iri}\n")
        self.prefixes.append(prefix)
        return self.any(f"@prefix {prefix}: {iri} .\n", f"PREFIX {prefix}: {iri}\n", f"prefix {prefix}:{iri}\n")

    def statement(self) -> str:
        subject = self.any(self.iri, self.iri, self.name, self.name, self.label, self.nested, self.listed, "[]")
        return f"{subject}{self.space()} {self.properties()}{self.space()}." + self.any("\n", " ", "")

    def properties(self, depth: int = 0) -> str:
        parts = []
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            objects = f"{self.space()},{self.space()}".join(
                self.object(depth) for _ in range(self.random.choice([1, 1, 2, 3]))
            )
            parts.append(f"{self.any('a', self.iri, self.name, self.name)} {self.space()}{objects}")
        return f"{self.space()};{self.space()}".join(parts) + self.any("", "", "", " ;", ";;")

    def object(self, depth: int) -> str:
        if depth < 4 and self.random.random() < 0.3:
            return self.any(lambda: self.nested(depth + 1), lambda: self.listed(depth + 1))
        if self.random.random() < 0.2:
            return self.any(self.iri, self.name, self.label, self.number, "true", "false", "[]", "()", "[ ]")
        tag = f"q{len(self.tags)}q"
        self.tags.append(tag)
        return self.any(
            lambda: self.iri(tag), lambda: self.name(tag), lambda: self.literal(tag), lambda: self.literal(tag)
        )

    def nested(self, depth: int = 1) -> str:
        return f"[{self.space()}{self.properties(depth)}{self.space()}]"

    def listed(self, depth: int = 1) -> str:
        members = self.space().join(f" {self.object(depth)} " for _ in range(self.random.randint(0, 3)))
        return f"({self.space()}{members}{self.space()})"

    def iri(self, tag: str = "") -> str:
        tag = tag or self.any("s", "é", "x.y", "a-b", "0")
        return self.any(
            f"<{tag}>", f"<{tag}>", f"<http://x/{tag}>", f"<#{tag}>", f"<?{tag}>", f"</{tag}>", f"<//h/{tag}>", f"<urn:{tag}>",
            f"<\\u0061{tag}>", f"<{tag}\\U0001F600>", f"<http://x/{tag}%2e%2e/>", f"<mailto:{tag}>", f"<x/..{tag}>", f"<...{tag}>",
            f"<#../{tag}>", f"<http://h:80/?{tag}#y>",
            wild=(f"<a/../{tag}>", f"<./{tag}>", f"<\\u002e/{tag}>", f"<{tag}/..>", f"<{tag} >", f"<{tag}|>", f"<{tag}>>", f"<1:{tag}>"),
        )  # fmt: skip

    def name(self, tag: str = "") -> str:
        prefix = self.random.choice(self.prefixes)
        local = tag or self.any("s", "t", "é", "a", "0x", "_")
        return prefix + ":" + self.any(
            local, local, local, f"x.{local}", f"x:{local}", "", f"{local}%41", f"{local}\\,", f"{local}\\.", f"\\..{local}",
            f"{local}-x", f"_{local}\u00b7", f"{local}\\#", f"{local}\\(\\)",
            wild=(f"a\\/..\\/{local}", f"\\.\\/{local}", f"-{local}", f"{local}.", f"{local}\\", f"{local}%4", f"{local}\\[", "\\.."),
        )  # fmt: skip

    def label(self) -> str:
        return "_:" + self.any("a", "b", "a.b", "0", "é", "a-", "A", wild=("-a", "a.", "", "a:b"))

    def number(self) -> str:
        return self.any("1", "+1", "01", "-0", ".5", "1.5", "1e3", "1.e3", ".5E-3", "+.5", "-1.50", "0" * 20, "9" * 4301, "1E+0", "00.00",
                        wild=("1e", "0x1", "1.", "--1", "1_0", "1..5"))  # fmt: skip

    def literal(self, tag: str) -> str:
        quote = self.any('"', "'", '"""', "'''")
        inner = self.any("", " x", "\t", "\\n", "\\t", '\\"', "\\u00e9", "\\U0001F600", "é", "中文", "#", " [ ( <", "\\\\", "\u2028", "\x85",
                         "\\r", "\x00", "\u200b", wild=("\\uD800", "\\q", "\\U00110000", quote, "\n", "\r"))  # fmt: skip
        if len(quote) == 3:
            inner += self.any(
                "",
                "\n",
                "\n\n x",
                quote[0] + " ",
                quote[0] * 2 + " ",
                "\\" + quote + " ",
                "\n# no comment\n",
                wild=(quote[0], "\\" + quote),
            )
        tail = self.any("", "", "", "@en", "@zh-Hans", "@EN-gb", "@i-klingon", "@en ", "^^z:t", f"^^<{v.XSD}date>", f"^^<{v.XSD}string>",
                        f"^^<{v.XSD}integer>", "^^<t>", " @en", "^^ <t>", "@en-x-a",
                        wild=("@x-", "@en--ltr", "^^", "@1", f"^^<{v.RDF}langString>"))  # fmt: skip
        return f"{quote}{tag}{inner}{quote}{tail}"


# ---------------------------------------------------------------- texts that were right once

SNIPPETS = [
    '<a> <b> +1 , 01 , -0 , .5 , 1.0e3 , "x"@zh-Hans , true .\n',
    "# a comment\r\n<a> <b> <c> . # another\r\n<d> <e> 'f' .\r\n",
    "@base <http://x/y/> .\n@prefix p: <z#> .\np:a p:b <c> , <#d> , </e> , <?f> .\n@base <w/> .\n<g> a <h> .\n",
    '<a> <b> [ <c> [ <d> ( 1 [ <e> "f" ] ( ) ) ] ; <g> [] ] , [ <c> 1 ] , [ <c> 1 ] .\n',
    '_:a <p> _:b , [ <q> _:a ] .\n_:b <r> [ <q> _:a ] .\n( _:a "x" ) <s> ( ) .\n',
    "<a> <b> \"\"\"long\n \\\" '' \"\" \\\\\n\"\"\" , '''x\n''y''' , \"tab\\t\\u00e9\" .\n",
    'PREFIX z: <http://z/>\nz:a\\,b z:c%20d z:e.f , z:g:h , z: , z:\\~x . BASE <http://w/>\n<i> z:j "k"^^z:l .\n',
]  # fmt: skip
HARMLESS = ["\n", " # ] \" '\n", "\r\n", " . ", " ; ", " , ", "[]", "()", "\t", "_:a", "+1", "01", "-0", ".5", "1e0", "@en", "@zh-Hans", " a ", "\ufeff",
            "@base <http://x/> .\n", "@prefix zg: <x#> .\n", "@prefix zgd: <http://other/> .\n", "PREFIX zg: <urn:x:>\n", "BASE <>\n", "#", "zgd:"]  # fmt: skip
PIECES = [
    "\r", "\r\n", "\n", "#", "# ] \" '\n", "# x\rz:s z:p 1 .\n", '"', "'", '"""', "'''", "\\", "\\u002e", "\\/..", "<", ">", "<../x>", "<./x>",
    "<x/../y>", "[", "]", "(", ")", "[]", "()", " . ", " ; ", " , ", "@base <x/../> .\n", "@base <http://x/> .\n", "@prefix zg: <../x#> .\n",
    "@prefix zgd: <http://other/> .\n", "PREFIX zg: <urn:x:>\n", "BASE <>\n", "\ufeff", "\x00", "\x85", "\u2028", "\u00a0", "\t", "é", "_:a", "_:",
    "+1", "01", "-0", ".5", "1.", "1e0", "@en", "@zh-Hans", "@en--ltr", "^^", "^^xsd:date", "<<", ">>", "<<( <a> <b> <c> )>>", "~", "{|", "|}",
    "{", "}", " a ", "true", "false", "[ " * 60, "( " * 60, "] " * 60, "<http://[", "\\U00110000", "\\uD800", "%", "zgd:", ":", "::", "VERSION \"1.2\"\n",
]  # fmt: skip


def mutated(text: str, seed: random.Random) -> str:
    for _ in range(seed.choice([0, 1, 1, 1, 1, 3])):
        # Where one token meets another it is more likely that the readers part.
        seams = [m.start() for m in re.finditer(r"(?<=\s)\S|(?<=\S)\s|[\"'<>;,.#\[\]()@^:]", text)] or [0]
        at = seed.choice(seams) if seed.random() < 0.8 else seed.randrange(len(text) + 1)
        end = at + seed.choice([0, 0, 0, 1, 1, 2, 5, 20])
        new = seed.choice(
            [seed.choice(PIECES), seed.choice(HARMLESS), seed.choice(HARMLESS), text[at : at + 10] * 2, ""]
        )
        text = text[:at] + new + text[end:]
    return text


def texts(number: int, seed: int) -> Iterator[Text]:
    """Yield texts: a third written by the grammar, a third of our own files and a third of the snippets, mutated."""
    generator = random.Random(seed)
    files = [
        path.read_text("utf-8")
        for path in sorted((ROOT / "data").rglob("*.ttl")) + sorted((ROOT / "shapes").glob("*.ttl"))
    ]
    for count in range(number):
        if count % 3 == 0:
            yield Writer(generator).text()
            continue
        if count % 3 == 1:
            head, *blocks = re.split(r"\n(?=[a-z]+:\S)", generator.choice(files))  # each from its subject on
            start = generator.randrange(max(len(blocks), 1))
            text = mutated("\n".join([head, *blocks[start : start + generator.randint(1, 4)], ""]), generator)
        else:
            text = mutated(generator.choice(SNIPPETS), generator)
        content = text.encode("utf-8", "surrogatepass")
        if generator.random() < 0.01:
            content = text.encode(generator.choice(["utf-16", "utf-16-le", "utf-32", "gb18030"]), "replace")
        yield Text(content, [])


# ---------------------------------------------------------------- the claim


def canonical(triples: list[ox.Triple]) -> ox.Dataset:
    """Triples under names of blank nodes that do not depend on who read them."""
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def built(path: Path) -> list[ox.Triple] | str:
    """What the build takes from a file, or why it takes nothing."""
    try:
        return [
            ox.Triple(*map(nameless, (t.subject, t.predicate, t.object)))  # type: ignore[arg-type]
            for t in graphs.load(SourceFile(str(path), path.name, v.REFERENCE_GRAPH))
        ]
    except UsageError as error:
        return str(error)


def nameless(term: object) -> object:
    """A term of the build, which gives nameless nodes an IRI, as it was read."""
    made = isinstance(term, ox.NamedNode) and term.value.startswith(v.GENID)
    return ox.BlankNode(term.value.rsplit("/", 1)[1]) if made else term  # type: ignore[union-attr]


def judged(path: Path) -> turtle.PositionedGraph | str:
    """What `validate` takes from a file to judge it as it is, or why it cannot."""
    file, found = files.read(files.Given(str(path), path.name, checks.REFERENCE))
    return file.source if file and not found else found[0].message


def of_rdflib_alone(content: bytes) -> list[ox.Triple] | None:
    """What rdflib reads by itself; None if it refuses the text."""
    graph = rdflib.Graph()
    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        graph.parse(data=content.decode("utf-8-sig"), format="turtle", publicID=v.ZGD)
        return [ox.Triple(*map(from_rdflib, triple)) for triple in graph]  # type: ignore[arg-type]
    except Exception:  # errors of all kinds
        return None
    finally:
        rdflib.NORMALIZE_LITERALS = normalize


def held(number: int, seed: int, folder: Path) -> Counter[str]:
    """Hold texts, written to a file one after the other, against the claim. Returns counts."""
    counts: Counter[str] = Counter()
    path = folder / "fuzzed.ttl"
    for content, tags in texts(number, seed):
        counts["files"] += 1
        path.write_bytes(content)
        answered, source = built(path), judged(path)
        if isinstance(answered, str) or isinstance(source, str):
            assert isinstance(answered, str), content
            assert isinstance(source, str), content
            # `validate` names what causes an error of syntax; of all else it says what the build says.
            same = source.partition(" (column")[0].rstrip(".").lower()
            assert source.startswith("Not valid Turtle: ") or same in answered.lower(), (content, source)
            problem = re.fullmatch(rf"{re.escape(str(path))}:\d+:\d+: ([^:;(\d]*)\b.*\n  .*", answered, re.DOTALL)
            assert problem, (content, answered)
            counts["refused"] += 1
            counts[f"refused: {problem[1]}"] += 1
            continue
        counts["accepted"] += 1
        counts["triples"] += len(answered)
        seen = list(source.graph)
        assert canonical(answered) == canonical(seen), content
        theirs = of_rdflib_alone(content)
        differ = theirs is None or canonical(theirs) != canonical(answered)
        counts[
            "the other reader refuses" if theirs is None else "the readers differ" if differ else "the readers agree"
        ] += 1

        text = content.decode("utf-8-sig")
        file = checks.File(path.name, checks.REFERENCE, "fuzzed", source)
        lines = text.count("\n") + 1
        for s, p, o in source.graph:
            line = checks.region_of(source, s, [p], o)
            found = checks.finding(file, checks.RULES["unknown-term"], line, s, str(p), o)
            assert found.message.endswith(turtle.UNLOCATED) == (not line), content
            assert 1 <= found.line <= lines, content
            located = source.objects.get((s, p, o))
            counts["located" if located else "found by their subject" if line else "said to have no line"] += 1
            assert located or theirs is None or differ, (content, s, p, o)  # where the readers agree, all is located
            tag = next((tag for tag in tags if tag in o.value), None)  # type: ignore[union-attr]
            if located and tag and text.count(tag) == 1:
                counts["lines held against the text"] += 1
                assert located.line == text.count("\n", 0, text.index(tag)) + 1, (content, o)
    return counts


def shown(counts: Counter[str]) -> str:
    return "\n".join(f"{count:9,} {what}" for what, count in sorted(counts.items(), key=lambda item: -item[1]))


@pytest.mark.filterwarnings("ignore")
def test_no_triple_is_built_that_was_not_judged_and_every_finding_knows_its_line_or_says_so(tmp_path: Path) -> None:
    counts = held(400, SEED, tmp_path)
    print(shown(counts))
    assert counts["accepted"] > 100
    assert counts["refused"] > 100
    assert counts["the readers differ"] + counts["the other reader refuses"] > 3
    assert counts["lines held against the text"] > 100


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_of_20_000_files_no_triple_is_built_that_was_not_judged(tmp_path: Path) -> None:
    counts = held(int(20_000 * SHARE), SEED + 1, tmp_path)
    print(shown(counts))
    assert counts["accepted"] > counts["files"] / 4
