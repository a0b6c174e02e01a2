"""`zonegraph find`: things by name."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import build, output
from zonegraph import vocabulary as v
from zonegraph.answers import queries, search
from zonegraph.cli import common, say_below, show, write
from zonegraph.project import sources
from zonegraph.store import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from zonegraph.answers.search import Match
    from zonegraph.store import Store, Term


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument("text", nargs="+", metavar="TEXT", help="part of a name; several words are searched as one text")
    sub.add_argument("--format", choices=("table", "csv", "tsv", "json", "xml", "md"), default="table")
    common.endpoint(sub)


def run(options: argparse.Namespace) -> int:
    """Print the things that bear a name; see `zonegraph find --help`. Returns the exit code."""
    store: Store
    if options.endpoint:
        from zonegraph.store.endpoint import EndpointStore

        store = EndpointStore(options.endpoint, deadline=options.deadline)
    else:
        store = build.open_dataset(sources.find(options.project)).store
    text = " ".join(options.text)
    matches = search.find(store, text)
    rows: list[tuple[Term | None, ...]] = [
        (
            ox.NamedNode(match.iri),
            ox.Literal(", ".join(v.shorten(c) for c in match.classes)),
            ox.Literal(match.english),
            ox.Literal(match.chinese),
            ox.Literal(" | ".join(name for name in match.names if name not in (match.english, match.chinese))),
        )
        for match in matches
    ]
    answer = Bindings(["thing", "class", "english", "chinese", "also"], rows)
    (show if output.for_people(answer, options.format) else write)(output.render(answer, options.format))
    say_below(lambda: _remarks(store, text, matches), lambda: queries.footer(store))
    return 0


def _remarks(store: Store, text: str, matches: Sequence[Match]) -> list[str]:
    if not matches:
        name, iri = search.near_name(store, text)
        return [
            f"no name contains “{text}”" + (f"; did you mean “{name}” ({v.shorten(iri)})?" if name else ""),
            "no name, summary or printed passage in the graph has these words; an article may use others: unknown, not false",
        ]
    if not any(text.strip().lower() in name.lower() for m in matches for name in (v.shorten(m.iri), *m.names)):
        return [
            f"no name contains “{text}” as a whole; these have all its words in their names, or in those of what they stand in or belong to"
        ]
    return []
