"""What articles restate by rules of scope `article`: in judging it counts as said, and in their files it stands at its premises."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import closure
from zonegraph import vocabulary as v
from zonegraph.rdf.graph import Graph, Term
from zonegraph.rdf.turtle import Region
from zonegraph.terms import TYPE
from zonegraph.validation import checks
from zonegraph.validation.checks import ARTICLE, File, region_of, shown
from zonegraph.validation.findings import Finding, Other, table

RULES = table(
    "warning",
    "",
    (
        "restated",
        "What a rule of scope article gives from what else the article says need not be stated.",
        "remove the triple, and the evidence that supports it alone",
    ),
)


class Restated(NamedTuple):
    """What articles restate.

    `by_file`, what each file judged restates, by its name; `around`, what articles do that are not judged, by slug; `graphs`, the graph of
    each file in `drawn`, where the rules were run.
    """

    by_file: dict[str, Graph]
    around: dict[str, list[ox.Triple]]
    graphs: dict[str, str]
    program: closure.Program | None
    drawn: closure.Restated | None


RESTATED = "It is restated by the rule"  # how a message says it

NOTHING = Restated({}, {}, {}, None, None)
_NONE = Graph()


def draw(program: closure.Program, files: Iterable[File], around: Iterable[tuple[str, list[ox.Triple]]]) -> Restated:
    """Draw what articles restate.

    Parameters: `program`, the project's rules; `files`, those judged; `around`, slug and triples of each article that is not judged.
    """
    judged = {f"{v.ARTICLE_GRAPH}{n}": file for n, file in enumerate(files) if file.kind == ARTICLE}
    drawn = closure.restate(program, {graph: file.source.graph for graph, file in judged.items()})
    others = tuple((slug, tuple(triples)) for slug, triples in around)
    return Restated(
        {file.name: Graph(drawn.triples.get(graph, ())) for graph, file in judged.items()},
        # To know many again takes longer than a process has that judges once, and would keep all that they say.
        (_kept if len(others) <= _FEW else _beside)(program, others),
        {file.name: graph for graph, file in judged.items()},
        program,
        drawn,
    )


_FEW = 32  # articles


def _beside(
    program: closure.Program, articles: tuple[tuple[str, tuple[ox.Triple, ...]], ...]
) -> dict[str, list[ox.Triple]]:
    """Return what articles restate that are not judged, by slug."""
    graphs = {f"{v.ARTICLE_GRAPH}{n}": (slug, triples) for n, (slug, triples) in enumerate(articles)}
    drawn = closure.restate(program, {graph: triples for graph, (_, triples) in graphs.items()})
    return {slug: drawn.triples.get(graph, []) for graph, (slug, _) in graphs.items()}


_kept = functools.lru_cache(maxsize=1)(_beside)  # for who judges again and again, beside the same articles


def of_file(given: Restated, file: File) -> Graph:
    """Return what a file restates."""
    return given.by_file.get(file.name, _NONE)


def says(given: Restated, file: File, s: Term | None, p: Term | None = None, o: Term | None = None) -> bool:
    """Return whether a file states or restates a triple of a pattern."""
    return file.source.graph.has(s, p, o) or of_file(given, file).has(s, p, o)


def place(
    given: Restated, file: File, s: Term, properties: Iterable[Term] = (), value: Term | None = None
) -> tuple[Region | None, str]:
    """Return the region that a finding about a triple is about, as `checks.region_of` does, and what the message says besides.

    What the file only restates stands at a premise: that which has the value that is at fault, else the last in the rule's
    text that names the subject, else the last.
    """
    properties = list(properties)
    if not any(file.source.graph.has(s, p, value) for p in properties):
        for p in properties:
            for triple in of_file(given, file).triples(s, p, value):
                derivation = _derivation(given, file, ox.Triple(*triple))  # type: ignore[arg-type]
                if derivation is not None:
                    said = list(_stated(derivation))
                    typed = [] if value is None else [t for t in said if t[2] == value]
                    subject, predicate, object = (typed or [t for t in said if s in (t[0], t[2])] or said)[-1]
                    region = region_of(file.source, subject, [predicate], object)
                    return region, f"{RESTATED} {derivation.rule} from what stands here."
    return region_of(file.source, s, properties, value), ""


def causes(
    given: Restated, file: File, s: Term, properties: Iterable[Term], value: Term | None
) -> list[tuple[Term, Term]]:
    """Return the subjects and properties of which a file states a value that it only restates of `s`; none if it states it of `s` too."""
    properties = list(properties)
    if value is None or any(file.source.graph.has(s, p, value) for p in properties):
        return []
    drawn = (p for p in properties if of_file(given, file).has(s, p, value))
    derivations = (_derivation(given, file, ox.Triple(s, p, value)) for p in drawn)  # type: ignore[arg-type]
    return [
        (subject, predicate)
        for derivation in derivations
        if derivation is not None
        for subject, predicate, object in _stated(derivation)
        if object == value
    ]


def find(files: Iterable[File], given: Restated) -> Iterator[Finding]:
    """Find what files state though a rule gives it from what else they state."""
    if given.program is None or given.drawn is None:
        return
    names = {graph: name for name, graph in given.graphs.items()}
    judged = {file.name: file for file in files}
    for graph, (s, p, o), derivation in closure.said_twice(given.program, given.drawn, names):
        file = judged[names[graph]]
        subject, predicate, object = list(_stated(derivation))[-1]
        region = region_of(file.source, subject, [predicate], object)
        kinds = sorted(shown(kind) for kind in file.source.graph.objects(s, TYPE) if kind != o)
        what = f"{shown(p)} {shown(o)}" + (f" of a {kinds[0]}" if kinds else "")
        message = (
            f"{what} need not be stated: the rule {derivation.rule} gives it from what else the article says"
            f" ({checks.place(file.name, region)})."
        )
        others = [Other(file.name, region, "what it follows from")] if region else []
        yield checks.about(file, RULES["restated"], s, p, o, message, others=others)


def _derivation(given: Restated, file: File, triple: ox.Triple) -> closure.Derivation | None:
    if given.program is None or given.drawn is None:
        return None
    graph = ox.NamedNode(given.graphs[file.name])
    return closure.explain_restated(given.program, given.drawn.store, triple, graph, of_file(given, file))


def _stated(derivation: closure.Derivation) -> Iterator[tuple[Term, Term, Term]]:
    """Yield what a derivation rests on, in order."""
    if derivation.rule is None:
        yield tuple(derivation.triple)
    for premise in derivation.premises:
        yield from _stated(premise)
