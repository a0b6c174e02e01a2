"""Make a project of any size out of this one: its files as they are, and worlds beside them that say the same of other things.

    python benchmarks/projects.py ARTICLES FOLDER [--seed N] [--warnings] [--source PROJECT]

A world is one more copy of all articles, with zones, places, people, acts, documents and targets of its own under names of its
own; the last may have fewer articles. What articles of all worlds speak of stays one thing: ministries, programmes,
batches, sectors, units, indicators. Same arguments, same bytes. `zonegraph validate` finds nothing in such a project; with
`--warnings` it finds one warning in each article and nothing else.

Files are copied term by term, and nothing is known of classes and properties but what stands in the tables below, so
that other data make other worlds. What is in a world:

- whatever the reference data do not describe: it is known from articles alone;
- of the reference data, the places that something is located in, people, and all whose names contain the name of one;
- names in IRIs get the number of the world, names in text are drawn anew in the same length (Hangzhou becomes, say,
  Relivupo), in labels, wordings and printed words alike, so that what is entered still agrees with what is printed;
- digests, codes, coordinates and identifiers elsewhere are made anew, dates and numbers are kept;
- the conclusions that the project's own rule on shared things asks for, each resting on an article and its copy: of what a
  single article speaks in the source, two speak here.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.validation import files, rules

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("ontology", "shapes", "queries", "data")

# All that is known of the model. A name that it no longer has does no harm, but places that have zones must be found.
PLACING = {v.ZG + "locatedIn"}  # what has something located in it belongs to a world
PEOPLE = {v.ZG + "Person"}  # and so does what has one of these classes
LABELS = {v.SKOS + "prefLabel", v.SKOS + "altLabel"}
REMARK = v.ZG + "summary"  # a text of the curator's own, of which shapes want that it is short
TOO_LONG = 400  # characters
UNJOINED = "shared-thing-needs-conclusion"  # the rule whose rows name a ?focus and an ?article that no conclusion joins
CONCLUSIONS = "data/curation.ttl"  # where such a conclusion is written
JOINING = f"""<{v.ZGD}conclusion-{{article}}-{{thing}}> a <{v.ZG}Conclusion> ;
    <{v.ZG}topic> <{v.ZGD}{{thing}}> ;
    <{v.ZG}mentionedIn> <{v.ZGD}{{article}}> ;
    <{v.ZG}reasoning> "The article says of it what the article says that it copies."@en ;
    <{v.ZG}sureness> <{v.ZG}certain> ;
    <{v.ZG}concludedBy> <{v.ZGD}organization-zonegraph> ;
    <{v.ZG}concludedOn> "2026-11-27"^^<{v.XSD}date> ;
    <{v.ZG}restsOn> <{v.ZGD}{{article}}>, <{v.ZGD}{{copied}}> .
"""

_TOKEN = re.compile(
    r"(?P<space>\s+|\#[^\n]*)"
    r'|(?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<iri><[^<>\s]*>)"
    r"|(?P<name>(?:[A-Za-z][\w-]*)?:(?:[\w:%-]|\.(?=[\w:%-])|\\.)*)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>_:[\w-]+|@?[A-Za-z][\w-]*)"
    r"|(?P<sign>\^\^|.)",
    re.DOTALL,
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HAN = re.compile("[\u3400-\u9fff]")
_CODE = re.compile(r"(?:[A-Z]+-)?[A-Z0-9]+")
_CAPITALISED = re.compile(r"\b[A-Z][a-z]{3,}\b")


class Token(NamedTuple):
    """A piece of Turtle: its kind, a name of a group of the pattern, and its characters."""

    kind: str
    text: str


class Statement(NamedTuple):
    """A statement in Turtle: its subject, its tokens without the dot, and the IRIs that it mentions, the subject among them."""

    subject: str
    tokens: list[Token]
    mentions: set[str]


class Document:
    """A Turtle file: its tokens, its prefixes, its statements."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokens = [Token(m.lastgroup or "", m[0]) for m in _TOKEN.finditer(path.read_text("utf-8"))]
        self.head: list[str] = []
        self.prefixes: dict[str, str] = {}
        self.statements: list[Statement] = []
        gathered: list[Token] = []
        for token in self.tokens:
            if token.kind == "space" and (not gathered or token.text.startswith("#")):
                continue
            if token == ("sign", "."):
                self._end(gathered)
                gathered = []
            else:
                gathered.append(token)

    def _end(self, tokens: list[Token]) -> None:
        if tokens[0].text == "@prefix":
            name, iri = (t.text for t in tokens[1:] if t.kind != "space")
            self.prefixes[name[:-1]] = iri[1:-1]
            self.head.append(f"@prefix {name} {iri} .")
            return
        mentions = {iri for token in tokens if (iri := self.iri(token))}
        self.statements.append(Statement(self.iri(tokens[0]), tokens, mentions))

    def iri(self, token: Token) -> str:
        """Return the IRI that a token writes, whole or with a prefix; empty if it writes none."""
        if token.kind == "iri":
            return token.text[1:-1]
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            return self.prefixes.get(prefix, "") + local
        return ""


class Plan(NamedTuple):
    """What all worlds have in common: the files of data, and what in them belongs to a world.

    `shared` are the things that stay one; `words` the words of names that are drawn anew, `labels` the labels in English that
    have none of these, `han` those in Chinese; `characters` are those to draw from, `vocabulary` the words in use.
    """

    documents: list[Document]
    reference: set[Path]
    slugs: list[str]
    shared: set[str]
    words: list[str]
    labels: list[str]
    han: list[str]
    characters: list[str]
    vocabulary: set[str]


def make(folder: Path, articles: int, *, seed: int = 1, warnings: bool = False, source: Path = ROOT) -> Path:
    """Make a project.

    Parameters: `folder`, where it will stand, which does not exist yet; `articles`, how many it will have, as many as the
    source or more; `seed`, of what is drawn; `warnings`, whether each article has one summary that is too long; `source`,
    the project to copy. Returns the folder. Raises ValueError if there are too few articles to be made or if an article has
    no summary to lengthen, FileExistsError if the folder exists.
    """
    plan = _plan(source)
    if articles < len(plan.slugs):
        raise ValueError(f"{articles} articles: the project copied has {len(plan.slugs)}")
    for name in FOLDERS:
        shutil.copytree(source / name, folder / name)
    drawn = _Drawn(plan, random.Random(seed))
    left, number = articles - len(plan.slugs), 0
    unjoined: dict[int, list[tuple[str, str]]] = {}  # by how many articles a world has: alike, they lack alike
    while left > 0:
        number += 1
        slugs = plan.slugs[:left]
        world = _World(plan, number, slugs, drawn)
        world.write(source, folder)
        if len(slugs) not in unjoined:
            unjoined[len(slugs)] = world.unjoined(source, folder)
        world.join(folder, unjoined[len(slugs)])
        left -= len(slugs)
    if warnings:
        for path in sorted((folder / "data" / "articles").glob("*.ttl")):
            _lengthen(path)
    return folder


def triples(folder: Path) -> int:
    """Return how many triples the files of a project assert, ontology and reference data included."""
    return sum(len(turtle.parse(file.path)) for file in sources.graph_files(sources.find(str(folder))))


# ---------------------------------------------------------------- what belongs to a world


def _plan(source: Path) -> Plan:
    project = sources.find(str(source))
    documents = [Document(path) for path in sorted((source / "data").rglob("*.ttl"))]
    reference = {Path(file.path) for file in project.reference}
    stated = {document.path: turtle.parse(str(document.path)) for document in documents}
    everywhere = [t for of_file in stated.values() for t in of_file]
    described = [t for path in sorted(reference) for t in stated[path] if _value(t.subject).startswith(v.ZGD)]

    texts = [t.object.value for t in everywhere if isinstance(t.object, ox.Literal) and "://" not in t.object.value]
    vocabulary = {word for text in texts for word in re.findall(r"\b[a-z]+\b", text)}
    things = {_value(t.subject) for t in described}
    placed = {_value(t.object) for t in everywhere if t.predicate.value in PLACING}
    people = {_value(t.subject) for t in described if t.predicate.value == v.RDF_TYPE and _value(t.object) in PEOPLE}
    names: dict[str, list[str]] = {}
    for t in described:
        if t.predicate.value in LABELS:
            names.setdefault(_value(t.subject), []).append(_value(t.object))
    own = things & (placed | people)
    # "New" in the name of a place is a word like any other, since texts have it in small letters.
    words = sorted(
        {
            word
            for thing in own
            for name in names.get(thing, ())
            for word in _CAPITALISED.findall(name)
            if word.lower() not in vocabulary
        }
    )
    speaks = re.compile(rf"\b(?:{'|'.join(words) or '(?!)'})\b")
    own |= {thing for thing, of_it in names.items() if any(speaks.search(name) for name in of_it)}
    labels = {name for thing in own for name in names.get(thing, ())}
    han = sorted({label for label in labels if _HAN.search(label)}, key=lambda label: (-len(label), label))
    return Plan(
        documents,
        reference,
        sorted(sources.slug(file) for file in project.articles),
        things - own,
        words,
        sorted(label for label in labels if not _HAN.search(label) and not speaks.search(label)),
        han,
        sorted({character for label in han for character in _HAN.findall(label)}),
        vocabulary,
    )


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value


class _Drawn:
    """What is drawn at random, nothing twice over all worlds."""

    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self._chance, self._characters = chance, plan.characters
        self._used = {*plan.vocabulary, *(word.lower() for word in plan.words), *plan.han}

    def _new(self, draw: Callable[[], str]) -> str:
        while (drawn := draw()).lower() in self._used:
            pass
        self._used.add(drawn.lower())
        return drawn

    def word(self, like: str) -> str:
        """Return a capitalised word that can be spoken, as long as another."""
        letters = ("bcdfghjklmnprstvwz", "aeiou")
        return self._new(lambda: "".join(self._chance.choice(letters[at % 2]) for at in range(len(like))).capitalize())

    def han(self, like: str) -> str:
        """Return a label in Chinese, as long as another."""
        return self._new(lambda: _HAN.sub(lambda _: self._chance.choice(self._characters), like))

    def code(self, like: str) -> str:
        """Return a code in capital letters and digits with what stands before the last hyphen of another."""
        start, hyphen, end = like.rpartition("-")
        return self._new(
            lambda: start + hyphen + "".join(self._chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=len(end)))
        )

    def address(self, like: str) -> str:
        """Return an address with other numbers than another."""
        return self._new(lambda: re.sub(r"\d{4,}", lambda m: str(self._chance.randrange(10 ** len(m[0]))), like))

    def decimal(self, like: str) -> str:
        """Return a number whose last three decimals are others."""
        return f"{like[:-3]}{self._chance.randrange(1, 1000):03}"


# ---------------------------------------------------------------- one world


class _World:
    """One world: how its things and texts are called."""

    def __init__(self, plan: Plan, number: int, slugs: list[str], drawn: _Drawn) -> None:
        self._plan, self._number, self._slugs, self._drawn = plan, number, slugs, drawn
        self._mark = f"w{number}"
        self._texts = {word: drawn.word(word) for word in plan.words}
        self._texts |= {word.upper(): new.upper() for word, new in self._texts.items()}
        self._texts |= {label: drawn.han(label) for label in plan.han}
        words = "|".join(word for word in self._texts if not _HAN.search(word))
        self._pattern = re.compile("|".join([rf"\b(?:{words or '(?!)'})\b", *map(re.escape, plan.han)]))
        self._longest_first = sorted(plan.slugs, key=len, reverse=True)

    def write(self, source: Path, folder: Path) -> None:
        """Write the world's files beside those of the source, in `folder`."""
        whole = [d for d in self._plan.documents if d.path.stem in self._slugs]
        parts = [d for d in self._plan.documents if d.path.stem not in self._plan.slugs]
        for document in whole:
            path = folder / document.path.relative_to(source)
            text = "".join(self._written(document, document.tokens))
            path.with_name(f"{document.path.stem}-{self._mark}.ttl").write_text(text, "utf-8", newline="\n")
        for document, statements in self._kept(whole, parts):
            path = folder / document.path.relative_to(source)
            blocks = ["".join(self._written(document, statement.tokens)).rstrip() + " ." for statement in statements]
            if document.path.parent == source / "data":  # the only file of its kind
                text = path.read_text("utf-8").rstrip("\n")
            else:
                path = path.with_name(f"{document.path.stem}-{self._mark}.ttl")
                text = "\n".join(document.head)
            path.write_text("\n\n".join([text, *blocks]) + "\n", "utf-8", newline="\n")

    def unjoined(self, source: Path, folder: Path) -> list[tuple[str, str]]:
        """Return what no conclusion joins once the world stands beside the source: thing and article, as the source names them."""
        project = sources.find(str(folder))
        given = [
            read
            for file in files.members(project, files.DATA)
            if (read := files.read(file)[0]) is not None
            if (source / file.name).exists() or Path(file.name).stem.endswith(f"-{self._mark}")
        ]
        ontology = [t for file in project.ontology for t in turtle.parse(file.path, rename=True)]
        data = rules.dataset(ontology, given, [], merge=True)
        asked = [rule for rule in rules.load(project) if rule.rule.id == UNJOINED]
        rows = [row.terms for row in rules.judge(asked, data.store, {})]
        mentioned = {iri for document in self._plan.documents for s in document.statements for iri in s.mentions}
        copied = {self._iri(iri): iri for iri in mentioned}
        found = {(_value(terms["focus"]), _value(terms["article"])) for terms in rows}
        # What an article of the source lacks is not among these: the conclusion on its copy rests on it.
        return sorted((copied[thing], copied[article]) for thing, article in found if {thing, article} <= copied.keys())

    def join(self, folder: Path, unjoined: Iterable[tuple[str, str]]) -> None:
        """Write a conclusion for each thing and article that lack one. Parameters: `unjoined`, these, as the source names them."""
        blocks = []
        for thing, article in unjoined:
            names = {"thing": self._iri(thing), "article": self._iri(article), "copied": article}
            blocks.append(JOINING.format(**{key: iri.removeprefix(v.ZGD) for key, iri in names.items()}))
        path = folder / CONCLUSIONS
        before = [path.read_text("utf-8")] if path.exists() else []
        if blocks:
            path.write_text("\n".join([*before, *blocks]), "utf-8", newline="\n")

    def _kept(self, whole: list[Document], parts: list[Document]) -> Iterator[tuple[Document, list[Statement]]]:
        """Yield the files of which a part belongs to the world, with that part.

        What speaks of things of an article that the world has not is left out, and so is what rests on that.
        """
        kept = {d.path: [s for s in d.statements if self._is_own(s.subject)] for d in parts}
        everything = {statement.subject for d in whole for statement in d.statements}
        changed = True
        while changed:
            known = everything | {statement.subject for of_file in kept.values() for statement in of_file}
            changed = False
            for path, statements in kept.items():
                sound = [s for s in statements if all(iri in known or not self._is_own(iri) for iri in s.mentions)]
                changed |= len(sound) < len(statements)
                kept[path] = sound
        for document in parts:
            if kept[document.path]:
                of_graph = [s for s in document.statements if self._is_graph(document, s.subject)]
                yield document, of_graph + kept[document.path]

    def _iri(self, iri: str) -> str:
        """Return how the world calls what an IRI of the source names."""
        return v.ZGD + self._local(iri.removeprefix(v.ZGD)) if self._is_own(iri) else iri

    def _is_own(self, iri: str) -> bool:
        return iri.startswith(v.ZGD) and iri != v.ZGD and iri not in self._plan.shared

    def _is_graph(self, document: Document, iri: str) -> bool:
        """Return whether an IRI names the graph of a file of reference data."""
        return document.path in self._plan.reference and iri == v.REFERENCE_GRAPH + document.path.stem

    def _written(self, document: Document, tokens: Iterable[Token]) -> Iterator[str]:
        reference = document.path in self._plan.reference
        written = list(tokens)
        for at, token in enumerate(written):
            following = written[at + 1] if at + 1 < len(written) else Token("", "")
            if token.kind == "text":
                # A code has neither language nor datatype.
                coded = reference and not following.text.startswith(("@", "^^"))
                yield self._text(token.text, reference=reference, coded=coded)
            elif token.kind == "number" and reference and re.search(r"\.\d{4,}$", token.text):
                yield self._drawn.decimal(token.text)
            else:
                yield self._named(document, token)

    def _named(self, document: Document, token: Token) -> str:
        iri = document.iri(token)
        if self._is_graph(document, iri):
            return f"<{iri}-{self._mark}>"
        if self._is_own(iri):
            new = self._iri(iri)
            return f"<{new}>" if token.kind == "iri" else f"{token.text.partition(':')[0]}:{new.removeprefix(v.ZGD)}"
        if token.kind == "iri" and document.path in self._plan.reference and not iri.startswith(v.NS):
            return f"<{self._drawn.address(iri)}>" if re.search(r"\d{4,}", iri) else token.text
        return token.text

    def _local(self, name: str) -> str:
        """Return a name in this world; what has an article's slug keeps it in front of the rest."""
        for slug in self._longest_first:
            if f"-{slug}-" in f"-{name}-":
                return f"-{name}-".replace(f"-{slug}-", f"-{slug}-{self._mark}-")[1:-1]
        return f"{name}-{self._mark}"

    def _text(self, written: str, *, reference: bool, coded: bool) -> str:
        quote = re.match("\"\"\"|'''|.", written)[0]  # type: ignore[index]
        text = written[len(quote) : -len(quote)]
        if _DIGEST.fullmatch(text):
            text = hashlib.sha256(f"{text} {self._mark}".encode()).hexdigest()
        elif coded and _CODE.fullmatch(text):
            text = self._drawn.code(text)
        elif reference and text in self._plan.labels:
            text = f"{text} ({self._number})"
        elif "://" not in text:
            text = self._pattern.sub(lambda m: self._texts[m[0]], text)
        return quote + text + quote


# ---------------------------------------------------------------- warnings


def _lengthen(path: Path) -> None:
    """Make one summary of an article longer than a summary is. Raises ValueError if there is none that stands there once."""
    document = Document(path)
    tokens = document.tokens
    before = ""
    for at, token in enumerate(tokens):
        if token.kind == "text" and before == REMARK and tokens.count(token) == 1:
            repeated = token.text.strip("\"'")
            longer = "; ".join([repeated] * (TOO_LONG // (len(repeated) + 2) + 1))
            tokens[at] = Token("text", f'"{longer}"')
            path.write_text("".join(t.text for t in tokens), "utf-8", newline="\n")
            return
        if token.kind != "space":
            before = document.iri(token)
    raise ValueError(f"{path}: no summary that could be made longer")


def main(arguments: list[str] | None = None) -> None:
    """Make the project that the command line asks for. Parameters: `arguments`, None for those of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("articles", type=int, help="how many articles the project has")
    parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn (default: 1)")
    parser.add_argument("--warnings", action="store_true", help="one warning in each article")
    parser.add_argument("--source", type=Path, default=ROOT, help="the project to copy (default: this one)")
    given = parser.parse_args(arguments)
    if given.folder.exists():
        parser.error(f"{given.folder} exists")
    try:
        make(given.folder, given.articles, seed=given.seed, warnings=given.warnings, source=given.source.resolve())
    except ValueError as error:
        parser.error(str(error))
    print(f"{given.folder}: {given.articles} articles, {triples(given.folder)} triples", file=sys.stderr)


if __name__ == "__main__":
    main()
