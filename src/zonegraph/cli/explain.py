"""`zonegraph explain`: who says so."""

from __future__ import annotations

import json

from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.answers import citations, statements
from zonegraph.answers.certainty import Certainties
from zonegraph.build import graphs
from zonegraph.cli import say, show, write
from zonegraph.output import tables
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    import pyoxigraph as ox

    from zonegraph.answers.citations import Explanation
    from zonegraph.catalogue import SavedQuery
    from zonegraph.store import Store


_FEW = 12  # statements with the thing as the value that are shown


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument(
        "statement",
        nargs="+",
        metavar="THING | 'S P' | 'S P O'",
        help="a thing (IRI or label), its statements with one property, or one triple in Turtle's notation",
    )
    sub.add_argument(
        "--inferred",
        action="store_true",
        help="for a thing: also show what is inferred, with rule and premises (always in json)",
    )
    sub.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> int:
    """Print the sources of a triple, of a property's triples, or of all that is said of a thing. Returns the exit code."""
    project = sources.find(options.project)
    dataset = build.open_dataset(project)
    store = dataset.store
    asked = statements.parse(" ".join(options.statement), store)
    triples = statements.held(store, asked)

    def explained(wanted: Sequence[ox.Triple]) -> list[Explanation]:
        # To look for what is said twice takes the rules, which a thing's statements alone do without.
        twice = asked.predicate is not None or options.format == "json"
        found = citations.explain_all(store, lambda: graphs.program(project), wanted, twice=twice)
        return [found[triple] for triple in wanted]

    if options.format == "json":
        found = explained(triples)
        data = citations.to_json(found, Certainties(store, citations.triples_of(found)))
        write(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        return 0
    directory = texts.directory_of(options.articles)

    def rendered(wanted: Sequence[ox.Triple]) -> str:
        found = explained(wanted)
        return citations.render(found, directory, Certainties(store, citations.triples_of(found)))

    if asked.predicate is not None:
        show(rendered(triples))
        return 0
    inferred = set(statements.inferred(store, triples))
    stated = [triple for triple in triples if triple not in inferred]
    show(statements.headline(store, asked.subject))
    show(statements.by_source(explained(stated), citations.SourcePrinter(directory)))
    if inferred and options.inferred:
        show("\ninferred\n\n")
        show(rendered([t for t in triples if t in inferred]))
    elif inferred:
        show(f"\n{len(inferred)} more {'is' if len(inferred) == 1 else 'are'} inferred; --inferred shows them\n")

    def stated_by(triples: Sequence[ox.Triple]) -> str:
        own = [
            explanation for explanation in explained(triples) if explanation.sources
        ]  # what is restated stands there once
        return statements.by_source(own, citations.SourcePrinter(directory), subjects=True)

    _show_pointing(store, asked.subject, dataset.catalogue, stated_by)
    say([f"{hint}; explain {' or '.join(others)}" for hint, others in statements.hints(store, asked.subject).items()])
    return 0


def _show_pointing(
    store: Store,
    thing: ox.NamedNode,
    saved: Mapping[str, SavedQuery],
    stated_by: Callable[[Sequence[ox.Triple]], str],
) -> None:
    pointing, taking = statements.pointing(store, thing, saved)
    taking = statements.with_rows(store, thing, taking)
    name = v.shorten(thing.value)
    if pointing:
        asked = {t.query.name for t in taking}
        shown_by = [[query for query in p.shown_by if query in asked] for p in pointing]
        lines = [
            [str(p.number), p.of_class, p.property, ", ".join(showing)]
            for p, showing in zip(pointing, shown_by, strict=True)
        ]
        show("\nthings that have it as a value\n\n" + tables.table(["number", "class", "property", "shown by"], lines))
        unshown = {p.property for p, showing in zip(pointing, shown_by, strict=True) if not showing}
        said = statements.said_with(store, thing, sorted(unshown))
        show(stated_by(said[:_FEW]))
        if len(said) > _FEW:
            say([f"{_FEW} of {len(said)} statements that no saved query shows"])
    if taking:
        pages = sorted({t.parameter.name for t in taking if t.parameter.place})
        commands = [[f"zonegraph {page} {name}", "What is known of it, on one page?"] for page in pages]
        others = (t for t in taking if not t.parameter.place)
        commands += [[f"zonegraph query {t.query.name} -p {t.parameter.name}={name}", t.query.question] for t in others]
        show("\n" + tables.table(["command", "question"], commands))
    elif pointing:
        say(
            [
                f"no parameter of a saved query takes it; zonegraph query -e 'SELECT * {{ ?s ?p {name} }}' finds what refers to it"
            ]
        )
