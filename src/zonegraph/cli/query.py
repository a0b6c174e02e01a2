"""`zonegraph query`: list, show and ask queries."""

from __future__ import annotations

import json
import sys

from zonegraph import build, catalogue, formats, sources
from zonegraph.answers import queries
from zonegraph.cli import date_option, say, write
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zonegraph.answers.queries import Question
    from zonegraph.catalogue import SavedQuery
    from zonegraph.store import Store


def run(options: argparse.Namespace) -> int:
    """Answer; see `zonegraph query --help`. Returns the exit code."""
    project = sources.find(options.project)
    as_of = date_option(options.as_of)
    store: Store
    if options.endpoint:
        if as_of:
            raise UsageError(
                "--as-of works on the embedded store only, since it infers anew\n  leave out --endpoint or --as-of"
            )
        from zonegraph.store.endpoint import EndpointStore

        saved_queries, store, left_out = build.saved_queries(project), EndpointStore(options.endpoint), []
    else:
        dataset = build.open_dataset(project, as_of=as_of, reasoner=options.reasoner)
        saved_queries, store, left_out = dataset.catalogue, dataset.store, dataset.left_out

    if options.query is None and options.expression is None:
        return _list(saved_queries, options.format or "table")
    question = _question(options, saved_queries, store)
    if options.show:
        write(queries.standalone(question).rstrip("\n") + "\n")
        return 0

    format = options.format or "table"
    if format not in (*formats.TABULAR, *formats.GRAPH):
        raise UsageError(
            f"--format {format}: unknown\n  rows take {', '.join(formats.TABULAR)}; triples {', '.join(formats.GRAPH)}"
        )
    answer = queries.run(question, store, limit=options.limit, timeout=options.timeout)
    cited = None
    if options.cite:
        from zonegraph.answers import citations

        cited = citations.of_rows(
            question, answer, store, lambda: build.program(project), sources.texts_directory(None)
        )
        if cited is None:
            say(["no citation defined (only saved queries with a `cite:` header cite their rows)"])
    write(formats.render(answer, format, cited))
    sys.stdout.flush()
    say(queries.footer(store, left_out))
    return 0


def _question(options: argparse.Namespace, saved_queries: dict[str, SavedQuery], store: Store) -> Question:
    if options.query is not None and options.expression is not None:
        raise UsageError("give either a query's name or file, or SPARQL text with -e, not both")
    values: dict[str, list[str]] = {}
    for pair in options.parameter:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"-p {pair}: not of the form KEY=VALUE\n  for example -p ministry=zgd:ministry-miit")
        values.setdefault(key, []).append(value)
    if options.query is not None and options.query in saved_queries:
        return queries.saved_question(saved_queries[options.query], values, store)
    if options.expression is None and options.query != "-" and not options.query.endswith(".rq"):
        catalogue.get(saved_queries, options.query)  # raises, naming the nearest
    if values:
        raise UsageError("-p: only saved queries have parameters\n  write the value into the SPARQL itself")
    if options.expression is not None:
        return queries.text_question(options.expression)
    if options.query == "-":
        return queries.text_question(sources.decode(sys.stdin.buffer.read(), "<stdin>"))
    return queries.text_question(sources.read_text(options.query))


def _list(saved_queries: dict[str, SavedQuery], format: str) -> int:
    if format == "json":
        listed = [
            {key: entry[key] for key in ("name", "question", "summary", "parameters", "columns", "tags")}
            for entry in catalogue.to_json(saved_queries)
        ]
        write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
    elif format == "table":
        write(formats.table(["name", "question", "parameters"], [_line(q) for q in saved_queries.values()]))
        say(["", "zonegraph query NAME runs one, --show prints its SPARQL, --cite adds its passages"])
    else:
        raise UsageError(f"--format {format}: the list of saved queries takes table or json")
    return 0


def _line(query: SavedQuery) -> list[str]:
    return [query.name, query.question, " ".join(parameter.name for parameter in query.parameters)]
