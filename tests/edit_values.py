"""A tally: one value of the data is edited at a time, and who notices is written down.

`make edits`, or `python -m tests.edit_values --seed 7 --number 50`. Each edit is the kind of slip that is hardest to see:
another number near by, another month, another thing of the same class, a wording with one other word. As a curator's
slip would be, it is consistent: where an evidence names the old value, it names the new one (not with `--value-only`).
Two may notice: `validate`, with the articles' texts if they are at hand, and the saved queries by their golden answers.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import rdflib
from rdflib import RDF, RDFS, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from tests.editing import applied, written
from tests.golden_answers import NAMES, differences
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.build import Dataset, build
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.interchange import from_rdflib, to_rdflib
from zonegraph.rdf.turtle import Region
from zonegraph.terms import turtle as turtle_of
from zonegraph.validation import findings

ROOT = Path(__file__).resolve().parent.parent

Triple = tuple[Node, Node, Node]

# What no article or source states: digests, and the transcriber's own reasoning.
OUR_OWN = {
    URIRef(v.ZG + name) for name in ("textDigest", "digest", "note", "reasoning", "concludedOn", "concludedBy")
} | {URIRef(v.SKOS + "definition"), URIRef(v.SKOS + "scopeNote"), RDFS.comment}
EVIDENCE, SUPPORTS, VALUE = (URIRef(v.ZG + name) for name in ("evidence", "supports", "value"))


class Edit(NamedTuple):
    """One value changed: file and line, the triple, the new value, and the edits of the file's text."""

    file: str
    line: int
    triple: Triple
    new: Node
    edits: tuple[findings.Edit, ...]


class Noticed(NamedTuple):
    """Who noticed an edit: rules of `validate`, saved queries."""

    rules: list[str]
    queries: list[str]


class Read(NamedTuple):
    """A file as rdflib has it: its path, its text, its graph, and the region of the object of each triple."""

    path: str
    text: str
    graph: rdflib.Graph
    objects: dict[Triple, Region]


def read_in_rdflib(path: str, text: str | None = None) -> Read:
    source = turtle.read(path, text)
    graph = rdflib.Graph()
    for s, p, o in source.graph:
        graph.add((to_rdflib(s), to_rdflib(p), to_rdflib(o)))
    return Read(
        path,
        source.text,
        graph,
        {(to_rdflib(s), to_rdflib(p), to_rdflib(o)): region for (s, p, o), region in source.objects.items()},
    )


# ---------------------------------------------------------------- choosing an edit


class Chooser:
    """Picks values to edit, and for each another value that could well stand there."""

    def __init__(self, project: sources.Project, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = {
            file.name: read_in_rdflib(file.path) for file in [*project.articles, *project.reference, *project.curation]
        }
        self.all = rdflib.Graph()
        for file in project.ontology:
            self.all.parse(file.path)
        for read in self.files.values():
            for triple in read.graph:
                self.all.add(triple)
        self.values = sorted(
            (name, region.line, *triple)
            for name, read in self.files.items()
            for triple, region in read.objects.items()
            if not isinstance(triple[0], BNode) and triple[1] not in OUR_OWN and not isinstance(triple[2], BNode)
        )

    def edits(self, number: int, carry: bool) -> Iterator[Edit]:
        """Yield edits of different values; `carry` takes the evidence's zg:value along."""
        for name, line, s, p, o in self.random.sample(self.values, len(self.values)):
            if number == 0:
                return
            edit = self._edit(name, line, (s, p, o), carry)
            if edit is not None:
                yield edit
                number -= 1

    def _edit(self, name: str, line: int, triple: Triple, carry: bool) -> Edit | None:
        read = self.files[name]
        new = self._other(read, triple)
        if new is None or (triple[0], triple[1], new) in read.graph:
            return None
        changed = self._changed(name, read, triple, new, carry)
        edited = read_in_rdflib(read.path, applied(read.text, changed))
        # The edit must have done what it says: this triple, and the evidence that names its value, and nothing else.
        if _without_blank(read.graph) - _without_blank(edited.graph) != {triple}:
            return None
        if _without_blank(edited.graph) - _without_blank(read.graph) != {(triple[0], triple[1], new)}:
            return None
        return Edit(name, line, triple, new, tuple(changed))

    def _changed(self, name: str, read: Read, triple: Triple, new: Node, carry: bool) -> Iterable[findings.Edit]:
        s, p, o = triple
        places = [read.objects[triple]]
        for evidence in read.graph.objects(s, EVIDENCE) if carry else ():
            if (evidence, VALUE, o) in read.objects and (evidence, SUPPORTS, p) in read.graph:
                places.append(read.objects[evidence, VALUE, o])
        return [findings.Edit(name, region, written(from_rdflib(new), read.text)) for region in places]

    def _other(self, read: Read, triple: Triple) -> Node | None:
        _, p, o = triple
        if isinstance(o, Literal):
            text = self._other_text(read, p, o)
            return None if text is None or text == str(o) else Literal(text, o.language, o.datatype, normalize=False)
        if p == RDF.type:
            classes = {c for c in self.all.objects(None, RDF.type) if str(c).startswith(v.ZG)}
            above = set(self.all.objects(o, RDFS.subClassOf))
            beside = {c for c in classes if above & {*self.all.objects(c, RDFS.subClassOf), c}}
            return self._one_of(beside - {o} or classes - {o})
        if not str(o).startswith(v.NS):  # an address of the outside
            return self._one_of({x for x in self.all.objects(None, p) if isinstance(x, URIRef)} - {o})
        kinds = {c for c in self.all.objects(o, RDF.type) if str(c).startswith((v.ZG, v.SKOS))}
        alike = {x for kind in kinds for x in self.all.subjects(RDF.type, kind) if isinstance(x, URIRef)} - {o}
        known = alike & self._known(read)  # what the file may refer to: another thing would be found at once
        return self._one_of(known & set(self.all.objects(None, p)) or known or alike)

    def _known(self, read: Read) -> set[Node]:
        own, reference = (
            set(read.graph.subjects()),
            {s for n, r in self.files.items() if "reference" in n for s in r.graph.subjects()},
        )
        terms = {s for s in self.all.subjects() if str(s).startswith(v.ZG)}
        curated = set(self.all.subjects()) if read is self.files.get("data/curation.ttl") else set()
        return own | reference | terms | curated

    def _other_text(self, read: Read, p: Node, o: Literal) -> str | None:
        text = str(o)
        if text in ("true", "false"):
            return "false" if text == "true" else "true"
        if re.fullmatch(r"\d{4}(-\d\d){0,2}", text) and o.datatype not in (None, XSD.string):
            parts = text.split("-")
            at = self.random.randrange(len(parts))
            limit = (9999, 12, 28)[at]
            number = int(parts[at]) + self.random.choice([-1, 1])
            parts[at] = str(number if 1 <= number <= limit else 2).zfill(len(parts[at]))
            return "-".join(parts)
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            digits = [i for i, c in enumerate(text) if c.isdigit()]
            at = self.random.choice(digits[: max(1, len(text.rstrip("0")))])
            whole = "." not in text and text != "0"
            near = [text[:at] + str((int(text[at]) + self.random.choice([1, 9])) % 10) + text[at + 1 :]]
            near += [text + "0"] if whole else []
            near += [text[:-1]] if whole and len(text) > 1 and text.endswith("0") else []
            near = [n for n in near if not re.match(r"0\d|0$", n)]
            return self.random.choice(near) if near else text + "1"
        words = text.split(" ")
        others = sorted(
            {w for x in read.graph.objects(None, p) if _alike(x, o) for w in str(x).split(" ")} - set(words)
        )
        if len(words) > 1 and others:
            words[self.random.randrange(len(words))] = self.random.choice(others)
            return " ".join(words)
        same = {str(x) for x in self.all.objects(None, p) if _alike(x, o)}
        return self._one_of(same - {text})

    def _one_of(self, candidates: Iterable):  # type: ignore[no-untyped-def,type-arg]
        ordered = sorted(candidates, key=str)
        return self.random.choice(ordered) if ordered else None


def _alike(term: Node, other: Literal) -> bool:
    return isinstance(term, Literal) and (term.language, term.datatype) == (other.language, other.datatype)


def _without_blank(graph: rdflib.Graph) -> set[Triple]:
    return {t for t in graph if not any(isinstance(term, BNode) for term in t)}


# ---------------------------------------------------------------- who notices


class Judge:
    """Looks at an edited copy of the project's data and says what it finds there beyond what the project has."""

    def __init__(self, folder: Path, directory: str | None) -> None:
        """Copy the project's data into a new folder below `folder`; `directory` holds the articles' texts, if at hand."""
        self.directory = directory
        self.folder = Path(tempfile.mkdtemp(dir=folder))
        for name in ("ontology", "shapes", "queries"):
            (self.folder / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "data", self.folder / "data")
        self.known = self._look()

    def notices(self, edit: Edit) -> Noticed:
        """Return who notices an edit; the copy is as before afterwards."""
        path = self.folder / edit.file
        before = path.read_bytes()
        path.write_bytes(applied(before.decode(), edit.edits).encode())
        try:
            found = self._look()
        finally:
            path.write_bytes(before)
        rules, queries = (sorted(now - known) for now, known in zip(found, self.known, strict=True))
        return Noticed(sorted({r[2] for r in rules}), sorted({q[0] for q in queries}))

    def _look(self) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
        project = sources.find(str(self.folder))
        try:
            report = validation.validate(project, articles=self.directory)
            rules = {(f.path, str(f.line), f.rule, f.message, f.value) for f in report.findings}
        except UsageError as error:
            rules = {("", "", str(error).splitlines()[0])}
        queries = set()
        try:
            store, catalogue = build(project)
        except UsageError as error:
            queries.add(("build", str(error)))
        else:
            dataset = Dataset(project, store, catalogue, None, [])
            for name in NAMES:
                if any(differences(name, dataset)):
                    queries.add((name, str(differences(name, dataset))))
        return rules, queries


_judge: Judge | None = None  # one for each process


def _start(folder: Path, directory: str | None) -> None:
    global _judge
    _judge = Judge(folder, directory)


def _notices(edit: Edit) -> Noticed:
    assert _judge is not None
    return _judge.notices(edit)


# ---------------------------------------------------------------- the table


def _kinds(noticed: Noticed) -> list[str]:
    return [kind for kind, by in zip(("validate", "queries"), noticed, strict=True) if by]


def _property(edit: Edit) -> str:
    return "a" if edit.triple[1] == RDF.type else v.shorten(str(edit.triple[1]))


def _by(noticed: Noticed) -> str:
    def few(names: list[str]) -> str:
        return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")

    parts = [f"{kind}: {few(by)}" for kind, by in (("validate", noticed.rules), ("queries", noticed.queries)) if by]
    return "; ".join(parts) or "NOBODY"


def show(number: int, edit: Edit, noticed: Noticed) -> str:
    """Return an edit and who noticed it, in two lines."""
    subject = v.shorten(str(edit.triple[0]))
    change = f"{turtle_of(from_rdflib(edit.triple[2]))} -> {turtle_of(from_rdflib(edit.new))}"
    return f"{number:>3}  {edit.file}:{edit.line}  {subject} {_property(edit)}  {change}\n     {_by(noticed)}"


def tally(results: list[tuple[Edit, Noticed]]) -> str:
    """Return the numbers, and the properties whose edits nobody noticed."""
    kinds = Counter(tuple(_kinds(noticed)) for _, noticed in results)
    total = len(results)

    def line(text: str, count: int) -> str:
        return f"{count:>5} of {total}  {text}"

    lines = [line("noticed", total - kinds[()])]
    for kind in ("validate", "queries"):
        every = sum(count for by, count in kinds.items() if kind in by)
        lines.append(line(f"by {kind}, {kinds[(kind,)]} of them by nothing else", every))
    lines.append(line("by nobody", kinds[()]))
    unnoticed: dict[tuple[str, str], int] = defaultdict(int)
    tried: dict[tuple[str, str], int] = defaultdict(int)
    for edit, noticed in results:
        key = (edit.file.split("/")[1].removesuffix(".ttl"), _property(edit))
        tried[key] += 1
        unnoticed[key] += not _kinds(noticed)
    missed = sorted((key for key in unnoticed if unnoticed[key]), key=lambda key: -unnoticed[key])
    lines += ["", "not noticed, by property:"] if missed else []
    lines += [f"{unnoticed[key]:>5} of {tried[key]:>3}  {key[1]} in data/{key[0]}" for key in missed]
    return "\n".join(lines)


def main() -> int:
    """Make the edits and print who noticed. Returns 0: it measures, the tests judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.edit_values", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="which edits (the same seed, the same edits)")
    parser.add_argument("--number", type=int, default=20, help="how many")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--value-only", action="store_true", help="leave the evidence that names the value as it is")
    parser.add_argument("--brief", action="store_true", help="print only edits that nobody noticed, and the tally")
    options = parser.parse_args()
    at_hand = texts.directory_of(None)
    if at_hand is None:
        print(
            "the articles' texts are not at hand (ZONEGRAPH_ARTICLES), so `validate` looks at less",
            file=sys.stderr,
        )
    chooser = Chooser(sources.find(str(ROOT)), options.seed)
    edits = list(chooser.edits(options.number, carry=not options.value_only))
    results = []
    with (
        tempfile.TemporaryDirectory(prefix="zonegraph-edits-") as folder,
        ProcessPoolExecutor(options.jobs, initializer=_start, initargs=(Path(folder), at_hand)) as pool,
    ):
        for number, (edit, noticed) in enumerate(zip(edits, pool.map(_notices, edits), strict=True), 1):
            results.append((edit, noticed))
            if not options.brief or not _kinds(noticed):
                print(show(number, edit, noticed), flush=True)
    print(f"\nseed {options.seed}, {len(results)} edits of {len(chooser.values)} values")
    print(tally(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
