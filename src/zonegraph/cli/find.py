"""`zonegraph find`: things by name."""

from __future__ import annotations

import sys

import pyoxigraph as ox

from zonegraph import build, formats, sources
from zonegraph import vocabulary as v
from zonegraph.answers import queries, search
from zonegraph.cli import say, write
from zonegraph.store import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zonegraph.store import Store, Term


def run(options: argparse.Namespace) -> int:
    """Print the things that bear a name; see `zonegraph find --help`. Returns the exit code."""
    store: Store
    if options.endpoint:
        from zonegraph.store.endpoint import EndpointStore

        store = EndpointStore(options.endpoint)
    else:
        store = build.open_dataset(sources.find(options.project)).store
    rows: list[tuple[Term | None, ...]] = [
        (
            ox.NamedNode(match.iri),
            ox.Literal(", ".join(v.shorten(c) for c in match.classes)),
            ox.Literal(" | ".join(match.names)),
        )
        for match in search.find(store, options.text)
    ]
    write(formats.render(Bindings(["thing", "class", "names"], rows), options.format))
    sys.stdout.flush()
    say(queries.footer(store))
    return 0
