"""`zonegraph explain`: who says so."""

from __future__ import annotations

import json

import pyoxigraph as ox

from zonegraph import build, sources
from zonegraph.answers import citations
from zonegraph.cli import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print the sources of a triple, or of all that is said of a thing. Returns the exit code."""
    project = sources.find(options.project)
    store = build.open_dataset(project).store
    asked = citations.parse_statement(" ".join(options.statement), store)
    triples = [asked] if isinstance(asked, ox.Triple) else citations.statements_about(store, asked)
    explained = citations.explain_all(store, lambda: build.program(project), triples)
    if isinstance(asked, ox.Triple):
        citations.require_held(explained[asked])
    if options.format == "json":
        write(json.dumps([citations.to_json(explained[t]) for t in triples], ensure_ascii=False, indent=1) + "\n")
        return 0
    directory = sources.texts_directory(options.articles)
    write("\n".join(citations.render(explained[triple], directory) for triple in triples))
    return 0
