"""`zonegraph query`: list, show and ask queries."""

from __future__ import annotations

import json
import re
import sys

from zonegraph import build, catalogue, output, terminal
from zonegraph import vocabulary as v
from zonegraph.answers import queries, rows
from zonegraph.answers.queries import Question
from zonegraph.build import graphs
from zonegraph.cli import common, date_option, say, say_below, show, write
from zonegraph.errors import UsageError
from zonegraph.output import tables
from zonegraph.project import sources, texts
from zonegraph.store import Bindings, Boolean, Triples
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from zonegraph.answers.queries import Resolve
    from zonegraph.catalogue import SavedQuery
    from zonegraph.project.sources import Project
    from zonegraph.rdf.serialize import Context
    from zonegraph.store import Answer, Store


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    add = sub.add_argument
    add("query", nargs="?", metavar="NAME|FILE.rq|-", help="a saved query, a SPARQL file, or - for standard input")
    add(
        "-e",
        "--expression",
        metavar="SPARQL",
        help="SPARQL text (any query form); the project's prefixes need no declaration",
    )
    add(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a parameter; several values for one key are alternatives",
    )
    add(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="list only the saved queries with this tag (repeat it to narrow further)",
    )
    add(
        "--show",
        action="store_true",
        help="print its question, the meaning of its columns and its SPARQL instead of running it",
    )
    add("--format", metavar="FORMAT", help="table, csv, tsv, json, xml, md; for triples turtle, nt, rdfxml, jsonld")
    add(
        "--labels",
        nargs="?",
        const="en",
        metavar="LANGUAGE",
        help="show names instead of IRIs, in English or in LANGUAGE, such as zh",
    )
    add("--columns", metavar="A,B,...", help="show these columns, in this order")
    add(
        "--sort",
        metavar="A,-B,...",
        help="sort the rows by these columns, in descending order after a minus; numbers by value, dates by their first day, blanks last",
    )
    add("--cite", action="store_true", help="show the passages that each row rests on")
    add(
        "--as-of",
        metavar="DATE",
        help="answer only from articles updated or else published by DATE (YYYY-MM-DD, or a month or year), and what follows from them",
    )
    common.endpoint(sub)
    common.any_sparql(sub)
    add(
        "--limit", type=common.positive, metavar="N", help="at most N rows; with --sort, the first N of the sorted rows"
    )
    common.reasoner(sub)


def run(options: argparse.Namespace) -> int:
    """Answer; see `zonegraph query --help`. Returns the exit code."""
    # `--labels NAME`: argparse takes what follows for the option's value.
    if options.labels and not (options.query or options.expression or _LANGUAGE.fullmatch(options.labels)):
        options.query, options.labels = options.labels, "en"
    project = sources.find(options.project)
    as_of = date_option(options.as_of)
    if options.any_sparql and not options.endpoint:
        raise UsageError("--any-sparql: only applies to --endpoint", "add --endpoint, or leave it out")
    typed = _typed(options)  # before the graph is opened: what is refused should not wait for it
    store: Store
    if options.endpoint:
        if as_of:
            raise UsageError(
                "--as-of works only on the embedded store, since it infers anew", "leave out --endpoint or --as-of"
            )
        from zonegraph.store.endpoint import EndpointStore

        saved_queries, store, left_out = (
            graphs.saved_queries(project),
            EndpointStore(options.endpoint, any_sparql=options.any_sparql, deadline=options.deadline),
            [],
        )
    else:
        dataset = build.open_dataset(project, as_of=as_of, reasoner=options.reasoner)
        saved_queries, store, left_out = dataset.catalogue, dataset.store, dataset.left_out

    if options.query is None and options.expression is None:
        return _list(_tagged(saved_queries, options.tag), options.format or "table")
    if options.tag:
        raise UsageError("--tag: only applies to the list of saved queries", "leave it out, or leave the query out")
    resolve = None

    def whole() -> Store:
        return build.open_dataset(project, reasoner=options.reasoner).store

    if as_of:
        from zonegraph.answers import names

        resolve = names.as_of(store, whole, left_out)
    question = typed if isinstance(typed, Question) else _saved(options, typed, saved_queries, store, resolve)
    if options.show:
        write(queries.standalone(question).rstrip("\n") + "\n")  # to be run elsewhere: see `write`
        return 0

    format = options.format or "table"
    if format not in (*output.TABULAR, *output.GRAPH):
        near = nearest(format, (*output.TABULAR, *output.GRAPH))
        raise UsageError(
            f"--format {format}: unknown{f'; did you mean {near}?' if near else ''}",
            f"for rows use {', '.join(output.TABULAR)}; for triples {', '.join(output.GRAPH)}",
        )
    sort, columns = rows.names(options.sort, "sort"), rows.names(options.columns, "columns")
    if options.labels:
        from zonegraph.answers import labels

        labels.require_language(store, options.labels)
    answer, count = rows.ask(question, store, options.limit, sort)
    cited = None
    if options.cite:
        from zonegraph.answers import citations

        cited = citations.of_rows(question, answer, store, lambda: graphs.program(project), texts.directory_of(None))
        if cited is None:
            say(_NO_CITATION)
    shown, cited, doubled = rows.once(rows.chosen(answer, columns), cited) if columns else (answer, cited, False)
    if doubled:
        count += f", {len(shown[-1]):,} of them different in these columns"  # type: ignore[arg-type]
    if options.labels and isinstance(shown, Bindings):
        shown = shown._replace(rows=labels.in_place_of_iris(shown.rows, store, options.labels))

    def context(chosen: str) -> Context:
        from zonegraph import export

        return export.words_of(project, chosen)

    printed = output.render(shown, format, cited, context)
    (show if output.for_people(answer, format) else write)(printed)

    def narrowed() -> list[str]:
        if question.saved is None:
            return queries.partial_dates(question.query.text)
        return queries.defaults_used(question.saved, {pair.partition("=")[0] for pair in options.parameter})

    # An answer that the limit cut off may have any number of rows more, in the whole graph above all.
    cut = options.limit is not None and isinstance(answer, Bindings) and len(answer.rows) >= options.limit

    def later(text: str) -> list[str]:
        return names.left_out(text, store, whole, left_out)

    say_below(
        lambda: _remarks(question, answer, store, saved_queries, project, later if as_of else None),
        narrowed,
        lambda: queries.footer(store, left_out, count, question.saved),
        lambda: _on_columns(question, shown),
        lambda: (
            _without_as_of(question, answer, left_out, build.cached(project, options.reasoner))
            if left_out and not cut
            else []
        ),
    )
    return 0


_MANY_COLUMNS = 5
_MOST = 10_000  # rows of the whole graph that are counted beside those as of a day
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_CITATION = [
    "no citation defined: rows are cited if the query's header lists, under `cite:`, the triples that make a row true",
    "  to see who says something: zonegraph explain THING, or 'THING PROPERTY'",
    "  a FILE.rq may have such a header: docs/curating.md and `zonegraph query NAME --show` show examples",
]


def _remarks(
    question: Question,
    answer: Answer,
    store: Store,
    saved_queries: dict[str, SavedQuery],
    project: Project,
    later: Callable[[str], list[str]] | None,
) -> list[str]:
    """Return remarks on names in a typed query that the graph does not know, and on why an answer may be empty.

    Parameters: `later`, tells of names in a text that only left-out articles know; None if none is left out.
    """
    empty = rows.is_empty(answer)
    # Nothing more is asked of a remote graph; the terms of the ontology are known here.
    local = isinstance(store, EmbeddedStore)
    if (question.saved is not None and not (empty and local)) or (isinstance(answer, Triples) and not empty):
        return []  # a CONSTRUCT template may coin names
    from zonegraph.answers import hints, names

    text = question.query.text
    if question.saved is not None:
        return hints.neighbours(question, store) or (
            []
            if later
            else hints.instead(question, store, saved_queries)  # of the graph as of a day another line tells
        )
    lines = hints.blank_lists(text, answer)
    if local:
        told = (later(text) if later else []) or names.unknown(text, store)
        lines += told or (hints.of_nothing(text, store) if empty else [])
    elif empty:
        lines += names.unknown(text, build.open_dataset(project).store, v.ZG)
    if isinstance(answer, Boolean) and empty:
        lines.append("false: the graph does not have it, which does not mean that it is not so")
    return lines


def _on_columns(question: Question, shown: Answer) -> list[str]:
    """Return in a line where the columns of a saved query are explained, for a person who sees many of them."""
    many = isinstance(shown, Bindings) and bool(shown.rows) and len(shown.variables) > _MANY_COLUMNS
    wanted = many and question.saved is not None and sys.stdout.isatty()
    return ["--show tells what the columns mean, --columns A,B shows some of them"] if wanted else []


def _without_as_of(
    question: Question, answer: Answer, left_out: Sequence[tuple[str, str]], whole: Store | None
) -> list[str]:
    """Return in a line how many rows there are without --as-of if there are more, and which articles left out they may come from."""
    import pyoxigraph as ox

    from zonegraph.build.days import UNDATED
    from zonegraph.evidence import article_iri

    undated = [slug for slug, reason in left_out if reason == UNDATED]
    may_be = f"; some may come from undated articles, which are left out: {', '.join(undated)}" if undated else ""
    if not isinstance(answer, Bindings):
        return []
    if whole is None:  # to build it would take too long
        return [f"without --as-of there may be rows{may_be}"] if undated and not answer.rows else []
    every, count = rows.ask(question, whole, _MOST)
    if not isinstance(every, Bindings) or len(every.rows) <= len(answer.rows):
        return []
    named = {term.value for row in every.rows for term in row if isinstance(term, ox.NamedNode)}
    among = [f"{slug} (undated)" if slug in undated else slug for slug, _ in left_out if article_iri(slug) in named]
    return [f"without --as-of: {count}" + (f", also from {', '.join(among)}" if among else may_be)]


def _typed(options: argparse.Namespace) -> Question | SavedQuery | None:
    """Return what is asked by a text: a question, or a saved query where its header is needed; None if a name is given."""
    if options.query is not None and options.expression is not None:
        raise UsageError(
            "a query's name or file, and SPARQL text with -e: only one of them can be run", "leave one out"
        )
    if options.expression is not None:
        path, text = "query", options.expression
    elif options.query == texts.STANDARD_INPUT:
        path = texts.SHOWN_INPUT
        text = texts.decode(texts.read_standard_input(), path)
    elif options.query is not None and options.query.endswith(".rq"):
        path, text = options.query, texts.read_text(options.query)
    else:
        return None
    if (options.parameter or options.cite) and text.startswith("#+"):
        return catalogue.parse(path, text, path)  # what a saved query can do, a file with its header can too
    if options.parameter:
        raise UsageError(
            "-p: only saved queries and files with a `#+` header have parameters",
            "write the value into the SPARQL itself",
        )
    return queries.text_question(text, path)


def _saved(
    options: argparse.Namespace,
    typed: SavedQuery | None,
    saved_queries: dict[str, SavedQuery],
    store: Store,
    resolve: Resolve | None,
) -> Question:
    values: dict[str, list[str]] = {}
    for pair in options.parameter:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"-p {pair}: not of the form KEY=VALUE", "for example -p article=zgd:article-one")
        values.setdefault(key, []).append(value)
    return queries.saved_question(typed or catalogue.get(saved_queries, options.query), values, store, resolve)


def _tagged(saved_queries: dict[str, SavedQuery], tags: list[str]) -> dict[str, SavedQuery]:
    known = {tag for query in saved_queries.values() for tag in query.tags}
    for tag in tags:
        if tag not in known:
            near = terminal.line(nearest(tag, known))
            hint = f"did you mean {near}? " if near else ""
            raise UsageError(
                f"--tag {tag}: no saved query has this tag",
                f"{hint}the tags are: {terminal.line(', '.join(sorted(known)))}",
            )
    return {name: query for name, query in saved_queries.items() if set(tags) <= set(query.tags)}


def _list(saved_queries: dict[str, SavedQuery], format: str) -> int:
    if format == "json":
        listed = [
            {key: entry[key] for key in ("name", "question", "summary", "parameters", "columns", "tags")}
            for entry in catalogue.to_json(saved_queries)
        ]
        write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
    elif format == "table":
        show(tables.table(["name", "question", "parameters"], [_line(q) for q in saved_queries.values()]))
        tags = sorted({tag for query in saved_queries.values() for tag in query.tags})
        say(
            [
                "",
                "zonegraph query NAME runs one; --show tells what its columns mean, --cite adds the passages",
                "-p KEY=VALUE sets a parameter; if left out, it is the value shown after =, or anything",
                f"--tag TAG lists those with a tag: {', '.join(tags)}",
            ]
        )
    else:
        raise UsageError(
            f"--format {format}: the list of saved queries is printed as table or json", "choose one of these"
        )
    return 0


def _line(query: SavedQuery) -> list[str]:
    parameters = [p.name + (f"={p.default.replace(' ', '|')}" if queries.narrowed(p) else "") for p in query.parameters]
    return [query.name, query.question, " ".join(parameters)]
