"""What the data stated once, triple by triple with its passages, held against what it states and implies now.

`make ledger` prints the comparison and the price; `make ledger ARGUMENTS=--all` lists every triple that is not as before, and
`python -m tests.ledger.compare --write` takes what is stated now for what is to be kept (with the articles' texts at hand).

Kept is `said.tsv.gz`: a line for each triple of an article, of the reference data and of the curation (with what conclusions state),
and each of its passages; evidence nodes are no lines of their own, but what evidence says of its subject is: whether the values of a
property are all, and that a title is all there is. Terms are written as in Turtle with the project's prefixes. Both sides are read of
the project of the golden files, so an article more, and what comes with it, is not looked at.

A triple that was stated is afterwards one of these (STATUSES):

- stated: its file states it;
- restated: the graph of its article holds it, by a rule, and the file does not state it;
- renamed: a query of `mapping/` gives its new form, or several, and the file states them all;
- renamed and restated: the same, and at least one of the new forms is there by a rule;
- given up: a query of `mapping/` gives it no new form;
- lost: none of these. There must be none.

A query of `mapping/` is a SELECT over what was stated, each file its graph. Its columns `?g ?s ?p ?o` name a triple, and one or more
of `?newG ?newS ?newP ?newO` what takes the place of a term (unbound: the term stays); without any of these columns the triple is given up.
Queries run in the order of their names, each over what the ones before made of it. The first line is a comment with the
reason. To rename a property of some things:

    # What a number measures is no subject like others.
    SELECT ?g ?s ?p ?o ?newP { GRAPH ?g { ?s ?p ?o ; a zg:Observation } FILTER(?p = zg:about) BIND(zg:measures AS ?newP) }

To rename things wherever they stand, bind `?newS` and `?newO` by `IF(CONTAINS(STR(?s), ...), IRI(REPLACE(STR(?s), ...)), ?s)`.

A triple that is there as it was is stated or restated whatever a query says of it. What a file states or a rule restates now and
was stated in no form before must be named by a query of `added/`: a SELECT of `?g ?s ?p ?o` over what is there now, its first line the
reason.

Passages are compared of what is there in some form. What is restated rests on premises in the same file, and its passages are those of
each premise; what tells only of what the fact holds (a class, a place in a passage) bears no fact.

- length: the shortest passage, of what is restated that of the premises that bear the fact;
- sentence: that passage must lie in the sentence of one of the old ones; of what is restated, one premise's shortest must, and that of
  each premise that bears the fact in the sentence of an old one of some triple that rests on the premise now;
- basis: that of the surest passage; what is restated is as sure as its least sure premise;
- speaker: all that speak in the passages, of what is restated in those of the premises that bear the fact.

Where no passage is left, or one of the last three is not as before, a query of `without/`, `outside/`, `basis/` or `speaker/` must name
the triple: a SELECT of `?g ?s ?p ?o` over what was stated, its first line the reason.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from tests import golden_answers
from zonegraph import build, closure, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.project import sources
from zonegraph.project.sources import Project
from zonegraph.project.texts import by_digest, read_text
from zonegraph.store.embedded import EmbeddedStore

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(__file__).parent
COMPARED = (v.ARTICLE_GRAPH, v.GRAPH + "reference/", v.CURATION_GRAPH)
KINDS = {
    "without": "no passage left",
    "outside": "outside the sentence",
    "basis": "another basis",
    "speaker": "another speaker",
}
BASES = ("", "zg:inferred", "zg:unclear", "zg:onlyInTitle")  # the surest first; none is stated
TELLING_OF_WHAT = ("rdf:type", "zg:inPassage")
STATUSES = ("stated", "restated", "renamed", "renamed and restated", "given up", "lost")
LEVELS = ("value", "property", "subject")  # what an evidence names: property and value, the property, neither
OLD = ("g", "s", "p", "o")
NEW = ("newG", "newS", "newP", "newO")
# What evidence says of its subject, not of its passage: whether a property's values are all, and that a title is all there is.
OF_SUBJECT = {
    "zg:completeness": {"zg:closed", "zg:open", "zg:completenessUnclear"},
    "zg:basis": {"zg:onlyInTitle"},
}


class Said(NamedTuple):
    """A triple in the graph of its file. The graph is named without what all graphs begin with: `article/<slug>`."""

    graph: str
    subject: str
    predicate: str
    object: str


class Passage(NamedTuple):
    """A range of the text on which a triple rests: characters from `start` to before `end`; the others are empty if not given.
    Who says it, and how the text supports that, may come by a rule from the passage in which the triple's subject stands.
    """

    level: str
    start: int
    end: int
    basis: str
    said_by: str
    as_printed: str
    speaker_basis: str = ""


class Price(NamedTuple):
    """What the file of an article costs: its text's characters, and of Turtle the triples beside evidence, the evidence nodes,
    the characters without digests, the lines.
    """

    text: int
    stated: int
    evidence: int
    characters: int
    lines: int


State = dict[Said, list[Passage]]


class Compared(NamedTuple):
    """What became of each triple that was stated, with its new forms and the reason; and what is said now and not before,
    with the reason if it is named.
    """

    became: dict[Said, tuple[str, list[Said], str]]
    added: dict[Said, str]


# ---------------------------------------------------------------- what is stated, and what is kept of it


def said(graph: str, triple: ox.Triple) -> Said:
    return Said(graph.removeprefix(v.GRAPH), *map(terms.turtle, triple))


def stated(project: Project, store: EmbeddedStore) -> State:
    """Return what the files of articles, reference data and curation state, with the passages, read as the build reads them.

    Parameters: `store`, the project's built graph, in which rules have given evidence its speakers.
    """
    found: State = {}
    for file in [*project.reference, *project.articles, *project.curation]:
        triples = graphs.load(file)
        graph = ox.NamedNode(str(file.graph))
        grouped = evidence.by_subject(triples)
        about = {node: of for carried in grouped.values() for node, of in carried}
        for t in triples:
            if t.subject in about or t.predicate == evidence.EVIDENCE:
                continue
            carriers = evidence.carriers(t, grouped.get(t.subject, []))
            found[said(graph.value, t)] = sorted(
                _passage(t, _with_speaker(about[node], store, graph)) for node in carriers
            )
        for subject, carried in grouped.items():
            for node, of in carried:
                for t in of:
                    if (name := v.shorten(t.predicate.value)) in OF_SUBJECT and terms.turtle(t.object) in OF_SUBJECT[
                        name
                    ]:
                        line = said(graph.value, ox.Triple(subject, t.predicate, t.object))
                        found[line] = sorted(
                            [*found.get(line, []), _passage(t, _with_speaker(about[node], store, graph))]
                        )
    return found


def _with_speaker(about: list[ox.Triple], store: EmbeddedStore, graph: ox.NamedNode) -> list[ox.Triple]:
    node = about[0].subject
    rows = (
        store.ox.quads_for_pattern(node, ox.NamedNode(v.ZG + name), None, graph) for name in ("saidBy", "speakerBasis")
    )
    return [*about, *(quad.triple for of in rows for quad in of)]


def _passage(triple: ox.Triple, about: list[ox.Triple]) -> Passage:
    values: defaultdict[str, set[object]] = defaultdict(set)
    for t in about:
        values[v.shorten(t.predicate.value)].add(t.object)
    level = evidence.breadth(values["zg:supports"], values["zg:value"], triple.predicate, triple.object)
    start, end = (int(terms.text(next(iter(values[name])))) for name in ("oa:start", "oa:end"))
    names = ("zg:basis", "zg:saidBy", "zg:asPrinted", "zg:speakerBasis")
    rest = (" ".join(sorted(map(terms.plain, values[name]))) for name in names)
    return Passage(LEVELS[level or 0], start, end, *rest)


def prices(project: Project, texts: dict[str, str]) -> dict[str, Price]:
    """Return the price of each article by slug. `texts` are the texts by digest; of one not among them the price of text is 0."""
    found = {}
    for file in project.articles:
        triples, turtle = graphs.load(file), read_text(file.path)
        nodes = {node for of in evidence.by_subject(triples).values() for node, _ in of}
        text = texts.get(evidence.text_digest(triples, sources.slug(file)), "")
        plain = sum(t.subject not in nodes and t.predicate != evidence.EVIDENCE for t in triples)
        without = re.sub(r'zg:digest "[^"]*"( ;)?', "", turtle)
        found[sources.slug(file)] = Price(len(text), plain, len(nodes), len(without), turtle.count("\n"))
    return found


def write(state: State, costs: dict[str, Price], folder: Path = FOLDER) -> None:
    """Write what is to be kept: `said.tsv.gz` and `prices.tsv`, the same bytes for the same state."""
    lines = sorted([*line, *map(str, p)] for line, of in state.items() for p in of or [("",) * len(Passage._fields)])
    table = io.StringIO()
    _writer(table).writerows([[*Said._fields, *Passage._fields], *lines])
    (folder / "said.tsv.gz").write_bytes(gzip.compress(table.getvalue().encode(), mtime=0))
    with open(folder / "prices.tsv", "w", encoding="utf-8", newline="") as file:
        _writer(file).writerows([["article", *Price._fields], *([slug, *price] for slug, price in costs.items())])


def _writer(file: io.TextIOBase) -> csv._writer:  # type: ignore[name-defined]
    # Terms hold quotation marks, and neither tabs nor line ends: these are escaped in them.
    return csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)


def kept(folder: Path = FOLDER) -> tuple[State, dict[str, Price]]:
    """Return what `write` has kept."""

    def rows(text: str) -> list[list[str]]:
        return [line.split("\t") for line in text.splitlines()[1:]]

    state: State = {}
    for row in rows(gzip.decompress((folder / "said.tsv.gz").read_bytes()).decode()):
        passages = state.setdefault(Said(*row[:4]), [])
        if row[4]:
            passages.append(Passage(row[4], int(row[5]), int(row[6]), *row[7:]))
            passages.sort()
    costs = {row[0]: Price(*map(int, row[1:])) for row in rows((folder / "prices.tsv").read_text("utf-8"))}
    return state, costs


# ---------------------------------------------------------------- what became of it


def held(store: EmbeddedStore) -> set[Said]:
    """Return what the graphs of articles, reference data and curation hold in a built store, what rules put into them included."""
    found = set()
    for graph in store.ox.named_graphs():
        if isinstance(graph, ox.NamedNode) and graph.value.startswith(COMPARED):
            quads = list(store.ox.quads_for_pattern(None, None, None, graph))
            nodes = {quad.object for quad in quads if quad.predicate == evidence.EVIDENCE}
            found |= {
                said(graph.value, quad.triple)
                for quad in quads
                if quad.predicate != evidence.EVIDENCE and quad.subject not in nodes
            }
    return found


def compare(old: Iterable[Said], new: Iterable[Said], built: set[Said], folder: Path = FOLDER) -> Compared:
    """Compare what was stated with what is now.

    Parameters: `old` and `new`, what files stated and state; `built`, what the built graphs of the files hold, inferences
    included; `folder`, that of `mapping/` and `added/`.
    """
    old, new = set(old), set(new)
    now = new | built
    forms: dict[Said, set[Said]] = {line: {line} for line in old}
    reasons: dict[Said, str] = {}
    for query in queries("mapping", folder):
        reason, columns, rows = _asked(query, in_store(form for of in forms.values() for form in of))
        moved: defaultdict[Said, set[Said]] = defaultdict(set)
        for row in rows:
            before = Said(*(row[name] for name in OLD))
            moved[before]
            if set(columns) & set(NEW):
                moved[before].add(Said(*(row.get(n) or row[o] for n, o in zip(NEW, OLD, strict=True))))
        for line, of in forms.items():
            after = {new_form for form in of for new_form in moved.get(form, {form})}
            if after != of:
                forms[line] = after
                reasons[line] = "; ".join(filter(None, [reasons.get(line), reason]))
    became = {}
    for line, of in forms.items():
        if line in now:
            status, of = "stated" if line in new else "restated", {line}
        elif not of:
            status = "given up"
        elif of <= now:
            status = "renamed" if of <= new else "renamed and restated"
        else:
            status = "lost"
        became[line] = (status, sorted(of), reasons.get(line, "") if of != {line} else "")
    added = dict.fromkeys(sorted(now - {form for _, of, _ in became.values() for form in of}), "")
    return Compared(became, named(added, "added", now, folder))


def queries(name: str, folder: Path = FOLDER) -> list[Path]:
    """Return the queries of one of the folders in `folder`, in the order of their names."""
    return sorted((folder / name).glob("*.rq"))


def named(lines: Iterable[Said], name: str, state: Iterable[Said], folder: Path = FOLDER) -> dict[Said, str]:
    """Return for each line the reason of the first query of `name` that names it, asked of a state; empty if none does."""
    found = dict.fromkeys(lines, "")
    store = in_store(state if found else [])
    for query in queries(name, folder):
        reason, _, rows = _asked(query, store)
        for row in rows:
            line = Said(*(row[name] for name in OLD))
            if found.get(line) == "":
                found[line] = reason
    return found


def _asked(query: Path, store: ox.Store) -> tuple[str, list[str], list[dict[str, str]]]:
    """Ask a query of what `in_store` returned. Returns its reason, its columns, and its rows: the terms in Turtle's notation by column."""
    text = query.read_text("utf-8")
    reason = text.partition("\n")[0].removeprefix("#").strip()
    answer = store.query(text, prefixes=v.PREFIXES)
    assert isinstance(answer, ox.QuerySolutions)
    columns = [variable.value for variable in answer.variables]
    rows = []
    for solution in answer:
        row = {name: terms.turtle(solution[name]) for name in columns if solution[name] is not None}
        for name in {"g", "newG"} & row.keys():
            row[name] = solution[name].value.removeprefix(v.GRAPH)  # type: ignore[union-attr]
        rows.append(row)
    return reason, columns, rows


def in_store(state: Iterable[Said]) -> ox.Store:
    """Return a store of what is stated, each file its named graph."""
    prefixes = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in v.PREFIXES.items())
    by_graph: defaultdict[str, list[str]] = defaultdict(list)
    for line in state:
        by_graph[line.graph].append(f"{line.subject} {line.predicate} {line.object} .\n")
    store = ox.Store()
    for graph, lines in by_graph.items():
        content = (prefixes + "".join(lines)).encode()
        store.load(content, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(v.GRAPH + graph))
    return store


# ---------------------------------------------------------------- passages


def passages_now(line: Said, state: State, rests_on: dict[Said, list[Said]]) -> dict[Said, list[Passage]]:
    """Return the passages of what is stated or restated: its own, or those of each premise that has any."""
    rests = [line] if line in state else rests_on.get(line, [])
    return {premise: state[premise] for premise in rests if state.get(premise)}


def of_the_fact(found: dict[Said, list[Passage]]) -> list[Passage]:
    """Return the passages of the premises that bear the fact; those of all if none of these has one."""
    bearing = [of for premise, of in found.items() if premise.predicate not in TELLING_OF_WHAT]
    return [passage for of in bearing or found.values() for passage in of]


def restated(compared: Compared, new: Iterable[Said]) -> list[Said]:
    """Return the forms of what was stated that no file states now, and rules give."""
    return sorted({form for status, of, _ in compared.became.values() if status != "lost" for form in of} - set(new))


def premises(lines: list[Said], project: Project, store: EmbeddedStore) -> dict[Said, list[Said]]:
    """Return for what rules restate in the graph of a file the triples on which it rests in the end, in the same graph."""
    program = graphs.program(project)
    by_graph: defaultdict[str, list[Said]] = defaultdict(list)
    for line in lines:
        by_graph[line.graph].append(line)
    found = {}
    for file in project.articles:
        graph = ox.NamedNode(str(file.graph))
        given = {quad.triple for quad in store.ox.quads_for_pattern(None, None, None, graph)} - set(graphs.load(file))
        for line in by_graph[graph.value.removeprefix(v.GRAPH)]:
            explained = closure.explain_restated(program, store, next(iter(in_store([line]))).triple, graph, given)
            pending, leaves = [explained] if explained else [], []
            while pending:
                step = pending.pop()
                pending += step.premises
                if step.rule is None:
                    leaves.append(said(graph.value, step.triple))
            found[line] = leaves
    return found


def best(passages: list[Passage]) -> Passage:
    """Return the shortest of a triple's passages, which all are at its most specific level."""
    return min(passages, key=lambda p: (p.end - p.start, p.start))


def basis(passages: Iterable[Passage]) -> str:
    """Return the surest basis of some passages."""
    return min((p.basis for p in passages), key=_sureness)


def _sureness(basis: str) -> int:
    return BASES.index(basis) if basis in BASES else len(BASES)  # one with two is the least sure


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the ranges of a text's sentences: each ends with its line, or with a stop before white space and no small letter."""
    ends = [m.end() for m in re.finditer(r"\n|[.!?]['\"’”)]*\s+(?![a-z])|[。！？]", text)]
    bounds = [0, *(end for end in ends if end < len(text)), len(text)]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def in_sentence_of(passage: Passage, others: list[Passage], spans: list[tuple[int, int]]) -> bool:
    """Whether a passage lies within the sentences that one of the others touches."""
    for other in others:
        touched = [(a, b) for a, b in spans if a < other.end and other.start < b]
        if touched and touched[0][0] <= passage.start and passage.end <= touched[-1][1]:
            return True
    return False


class Lengths(NamedTuple):
    """Of an article: triples with passages before and now, the mean length of their best passages and of all, before and now."""

    triples: int
    best_before: float
    best_now: float
    all_before: float
    all_now: float


class Moved(NamedTuple):
    """What is not as before in the passages of an article's triples, with the reason if it is named: no passage left, the best outside
    the sentence (None: the text is not at hand), another basis, another speaker.
    """

    without: dict[Said, str]
    outside: dict[Said, str] | None
    basis: dict[Said, str]
    speaker: dict[Said, str]


def passages(
    graph: str,
    old: State,
    new: State,
    compared: Compared,
    rests_on: dict[Said, list[Said]],
    text: str | None,
    folder: Path = FOLDER,
) -> tuple[Lengths, Moved]:
    """Compare the passages of an article's triples that are there in some form.

    Parameters: `graph`, the article's; `rests_on`, what `premises` returned; `text`, the article's if it is at hand; `folder`, that of
    the queries that name what is not as before.
    """
    means: tuple[list[int], ...] = ([], [], [], [])
    moved: dict[str, list[Said]] = {name: [] for name in Moved._fields}
    spans = sentences(text) if text is not None else []
    found: dict[Said, dict[Said, list[Passage]]] = {}
    resting: defaultdict[Said, list[Passage]] = defaultdict(list)  # the old passages of what rests on a premise
    for line, before in old.items():
        status, forms, _ = compared.became[line]
        if line.graph == graph and before and status not in ("given up", "lost"):
            found[line] = {rest: of for form in forms for rest, of in passages_now(form, new, rests_on).items()}
            for rest in found[line]:
                resting[rest] += before
    for line, by_premise in found.items():
        before, now = old[line], of_the_fact(by_premise)
        if not now:
            moved["without"].append(line)
            continue
        for kept_lengths, of in zip(means, ([best(before)], [best(now)], before, now), strict=True):
            kept_lengths += [p.end - p.start for p in of]
        if not any(in_sentence_of(best(of), before, spans) for of in by_premise.values()) or not all(
            in_sentence_of(best(of), resting[premise], spans)
            for premise, of in by_premise.items()
            if premise.predicate not in TELLING_OF_WHAT
        ):
            moved["outside"].append(line)
        if basis(before) != max(map(basis, by_premise.values()), key=_sureness):
            moved["basis"].append(line)
        if {p.said_by for p in before} != {p.said_by for p in now}:
            moved["speaker"].append(line)
    mean = [sum(values) / len(values) if values else 0 for values in means]
    reasons = {name: named(lines, name, old, folder) for name, lines in moved.items()}
    if text is None:
        return Lengths(len(means[0]), *mean), Moved(**{**reasons, "outside": None})
    return Lengths(len(means[0]), *mean), Moved(**reasons)


# ---------------------------------------------------------------- the tables


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table as text: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def became_table(compared: Compared) -> str:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line, (status, _, _) in compared.became.items():
        counts[line.graph][status] += 1
    for line, reason in compared.added.items():
        counts[line.graph]["new, named" if reason else "new"] += 1
    columns = [*STATUSES, "new, named", "new"]
    rows = [
        [graph, str(sum(of[status] for status in STATUSES)), *(str(of[column]) for column in columns)]
        for graph, of in sorted(counts.items())
    ]
    whole = [str(sum(int(row[i]) for row in rows)) for i in range(1, len(columns) + 2)]
    return table(["graph", "before", *columns], [*rows, ["in all", *whole]])


def reasons_table(compared: Compared, moved: Iterable[Moved]) -> str:
    counts = Counter((status, reason) for status, _, reason in compared.became.values() if reason)
    counts.update(("new, named", reason) for reason in compared.added.values() if reason)
    for of in moved:
        for name, lines in of._asdict().items():
            counts.update((KINDS[name], reason) for reason in (lines or {}).values() if reason)
    return "\n".join(f"{number:>6}  {status}: {reason}" for (status, reason), number in sorted(counts.items()))


def lengths_table(found: dict[str, tuple[Lengths, Moved]]) -> str:
    rows = [
        [
            slug,
            str(lengths.triples),
            *(f"{number:.1f}" for number in lengths[1:]),
            *("?" if of is None else f"{len(of)} ({sum(not reason for reason in of.values())})" for of in moved),
        ]
        for slug, (lengths, moved) in found.items()
    ]
    triples = sum(lengths.triples for lengths, _ in found.values())
    means = [sum(of[i] * of.triples for of, _ in found.values()) / triples for i in (1, 2)] if triples else [0, 0]
    rows.append(["in all", str(triples), *(f"{number:.1f}" for number in means), *[""] * 6])
    head = ["passages of", "triples", "best before", "best now", "all before", "all now"]
    return table([*head, *(f"{KINDS[name]} (unnamed)" for name in Moved._fields)], rows)


def price_table(before: dict[str, Price], now: dict[str, Price]) -> str:
    """Before and now, in all and for each thousand characters of text. The length of a text is taken from `before`."""

    def row(name: str, of: Iterable[str]) -> list[str]:
        slugs = [slug for slug in of if slug in now]
        text = sum(before[slug].text for slug in slugs)
        cells = [name, str(text)]
        for i in range(1, len(Price._fields)):
            a, b = (sum(costs[slug][i] for slug in slugs) for costs in (before, now))
            cells += [f"{a} > {b}", f"{1000 * a / text:.0f} > {1000 * b / text:.0f}" if text else "?"]
        return cells

    head = ["price of", "text"]
    for name in ("stated triples", "evidence", "characters", "lines"):
        head += [name, "per 1000"]
    return table(head, [*(row(slug, [slug]) for slug in before), row("in all", before)])


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison. Returns 1 if a triple is lost, or if what is new, or not as before in its passages, is not named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.ledger.compare", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--write", action="store_true", help="keep what is stated now; needs the articles' texts")
    parser.add_argument(
        "--all", action="store_true", help="list every triple that is not as before, not only 20 of a kind"
    )
    options = parser.parse_args(arguments)
    directory = os.environ.get("ZONEGRAPH_ARTICLES")
    texts = {digest: text for digest, (_, text) in by_digest(directory).items()} if directory else {}
    with tempfile.TemporaryDirectory() as folder:
        project = sources.find(str(golden_answers.written_from(ROOT, Path(folder) / "project")))
        store, _ = build.build(project)
        new, now = stated(project, store), prices(project, texts)
        if options.write:
            if not all(price.text for price in now.values()):
                parser.error("set ZONEGRAPH_ARTICLES to a folder with the text of every article")
            write(new, now)
        old, before = kept()
        compared = compare(old, new, held(store))
        rests_on = premises(restated(compared, new), project, store)
        found = {}
        for file in project.articles:
            text = texts.get(evidence.text_digest(graphs.load(file), sources.slug(file)))
            graph = str(file.graph).removeprefix(v.GRAPH)
            found[sources.slug(file)] = passages(graph, old, new, compared, rests_on, text)
    moved = [of for _, of in found.values()]
    parts = [became_table(compared), reasons_table(compared, moved), lengths_table(found), price_table(before, now)]
    print("\n\n".join(part for part in parts if part))
    kinds = {
        "lost": [line for line, (status, _, _) in compared.became.items() if status == "lost"],
        "said now and not before": [line for line, reason in compared.added.items() if not reason],
    }
    for name, kind in KINDS.items():
        kinds[kind] = [line for of in moved for line, reason in (getattr(of, name) or {}).items() if not reason]
    for kind, lines in kinds.items():
        shown = sorted(lines) if options.all else sorted(lines)[:20]
        if shown:
            print(f"\n{kind}: {len(lines)}", *("  " + "  ".join(line) for line in shown), sep="\n")
    return 1 if any(kinds.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
