"""A profile of the project, such as `zonegraph person NAME`: all that is known about one thing, on one page."""

from __future__ import annotations

import json

from zonegraph import build, output, terminal, terms
from zonegraph.answers import names, profiles, queries, search, statements
from zonegraph.build import graphs
from zonegraph.cli import date_option, say_below, show, write
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    import pyoxigraph as ox

    from zonegraph.answers.profiles import Section
    from zonegraph.store import Store


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument("name", nargs="+", metavar="NAME", help="an IRI, a label, or the name that an article uses")
    sub.add_argument("--labels", action="store_true", help="show English names instead of IRIs (text and md only)")
    sub.add_argument("--cite", action="store_true", help="show the passages that each row rests on")
    sub.add_argument(
        "--as-of",
        metavar="DATE",
        help="answer only from articles updated or else published by DATE (YYYY-MM-DD, or a month or year), and what follows from them",
    )
    sub.add_argument("--format", choices=("text", "json", "md"), default="text")


def run(options: argparse.Namespace) -> int:
    """Print the page of one thing; see the command's help. Returns the exit code."""
    project = sources.find(options.project)
    dataset = build.open_dataset(project, as_of=date_option(options.as_of))
    store = dataset.store
    resolve = names.as_of(store, lambda: build.open_dataset(project).store, dataset.left_out)
    thing = profiles.thing_named(options.command, dataset.catalogue, " ".join(options.name), resolve)
    program = (lambda: graphs.program(project)) if options.cite else None
    directory = texts.directory_of(options.articles)
    sections = profiles.sections(options.command, dataset.catalogue, thing, store, program, directory)
    if options.format == "json":
        write(json.dumps(_as_data(store, thing, sections), ensure_ascii=False, indent=1) + "\n")
    else:
        if options.labels:
            from zonegraph.answers import labels

            sections = [
                s._replace(answer=s.answer._replace(rows=labels.in_place_of_iris(s.answer.rows, store, "en")))
                for s in sections
            ]
        show(_as_text(statements.headline(store, thing), sections, options.format))
    say_below(lambda: queries.footer(store, dataset.left_out))
    return 0


def _as_text(headline: str, sections: Sequence[Section], format: str) -> str:
    page = ("# " if format == "md" else "") + headline
    for section in sections:
        page += terminal.lines(["", ("## " if format == "md" else "") + section.query.question, ""])
        if section.answer.rows:
            page += output.render(section.answer, "md" if format == "md" else "table", section.cited)
        else:
            page += "nothing known\n"
    return page


def _as_data(store: Store, thing: ox.NamedNode, sections: Sequence[Section]) -> dict[str, object]:
    english, chinese = search.labels(store, [thing.value])[thing.value]
    return {
        "thing": thing.value,
        "classes": search.classes(store, [thing.value]).get(thing.value, []),
        "english": english,
        "chinese": chinese,
        "sections": [
            {
                "query": section.query.name,
                "question": section.query.question,
                "rows": [
                    {name: terms.text(term) for name, term in zip(section.answer.variables, row, strict=True) if term}
                    for row in section.answer.rows
                ],
                **({} if section.cited is None else {"citations": [output.lines_of(cited) for cited in section.cited]}),
            }
            for section in sections
        ],
    }
