"""`zonegraph article`: the reader's way to check a transcription."""

from __future__ import annotations

import json

from zonegraph import build, evidence, terminal, terms
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.cli import say, show, write
from zonegraph.evidence import coverage
from zonegraph.output import tables
from zonegraph.project import sources, texts
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    import pyoxigraph as ox

    from zonegraph.evidence.coverage import Entry
    from zonegraph.project.sources import Project
    from zonegraph.store import Bindings


_STATEMENTS = constant(
    """SELECT ?g (COUNT(*) AS ?n) WHERE {
      GRAPH ?g { ?s ?p ?o FILTER(?p != zg:evidence) MINUS { ?s a zg:Evidence } }
    } GROUP BY ?g"""
)


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument("slug", nargs="?", metavar="SLUG", help="the slug of an article; without one, list the articles")
    sub.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> int:
    """Print an article's statements in the order of its text; see `zonegraph article --help`. Returns the exit code."""
    project = sources.find(options.project)
    if options.slug is None:
        return _list(project, options.format)
    directory = texts.directory_of(options.articles)
    slug = options.slug.removeprefix("zgd:").removeprefix("article-")
    entries = coverage.entries(project, slug, directory, lambda triples: _restated(project, triples))
    if options.format == "json":
        plain = [
            {**entry._asdict(), "statements": [[str(term) for term in t] for t in entry.statements]}
            for entry in entries
        ]
        write(json.dumps(plain, ensure_ascii=False, indent=1) + "\n")
    else:
        show("".join(map(_text, entries)))
    if directory is None:
        say(["without --articles (or ZONEGRAPH_ARTICLES), ranges are shown without their text"])
    return 0


def _restated(project: Project, triples: list[ox.Triple]) -> list[ox.Triple]:
    from zonegraph import closure

    return closure.restate(graphs.program(project), {v.ARTICLE_GRAPH: triples}).triples.get(v.ARTICLE_GRAPH, [])


def _list(project: Project, format: str) -> int:
    store = build.open_dataset(project).store
    counts: Bindings = store.query(_STATEMENTS)  # type: ignore[assignment]
    statements = {str(getattr(g, "value", g)): int(str(getattr(n, "value", n))) for g, n in counts.rows}
    listed = [
        {
            "slug": article.graph[len(v.ARTICLE_GRAPH) :],
            "title": article.title,
            "publisher": article.publisher,
            "date": article.date,
            "countsFrom": article.counts_from,
            "statements": statements.get(article.graph, 0),
        }
        for article in evidence.articles(store).values()
    ]
    if format == "json":
        write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
    else:
        show(tables.table(list(listed[0]) if listed else ["slug"], [[str(x) for x in a.values()] for a in listed]))
        say(["", "zonegraph article SLUG shows one, in text order"])
    return 0


def _text(entry: Entry) -> str:
    place = f"{entry.start}–{entry.end}" + (f", line {entry.line}" if entry.line else "")
    lines = [f"{place}: “{entry.text}”" if entry.text else place]
    if entry.reason:
        lines.append(f"    omitted: {entry.reason}")
    lines += [f"    {terms.triple(triple)}" for triple in entry.statements]
    details = [
        f"printed “{entry.as_printed}”" if entry.as_printed else "",
        f"said by {v.shorten(entry.said_by)}" if entry.said_by else "",
        f"speaker {entry.speaker_basis}" if entry.speaker_basis != "stated" else "",
        entry.basis if entry.basis != "stated" else "",
        entry.note,
    ]
    if any(details):
        lines.append("    (" + "; ".join(detail for detail in details if detail) + ")")
    return terminal.lines([*lines, ""])
