"""`zonegraph explain`: who says so."""

from __future__ import annotations

import json

from zonegraph import build
from zonegraph import vocabulary as v
from zonegraph.answers import citations, statements
from zonegraph.answers.certainty import Certainties
from zonegraph.build import graphs
from zonegraph.cli import say, show, write
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    import pyoxigraph as ox

    from zonegraph.answers.citations import Explanation


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
    store = build.open_dataset(project).store
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
    name = v.shorten(asked.subject.value)
    if not triples:
        say([f"nothing is stated about it; zonegraph query -e 'SELECT * {{ ?s ?p {name} }}' finds what refers to it"])
    elif inferred and options.inferred:
        show("\ninferred\n\n")
        show(rendered([t for t in triples if t in inferred]))
    elif inferred:
        show(f"\n{len(inferred)} more {'is' if len(inferred) == 1 else 'are'} inferred; --inferred shows them\n")
    say([f"{hint}; explain {' or '.join(others)}" for hint, others in statements.hints(store, asked.subject).items()])
    return 0
