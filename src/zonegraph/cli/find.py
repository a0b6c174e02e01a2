"""`zonegraph find`: things by name, and words in the articles' texts."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import build, evidence, output, terminal, terms
from zonegraph import vocabulary as v
from zonegraph.answers import queries, search
from zonegraph.cli import common, say_below, show, write
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.store import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from zonegraph.answers.passages import Sentence
    from zonegraph.answers.search import Match
    from zonegraph.store import Store, Term


_FEW = 5  # the most sentences shown below things
_THINGS = 3  # the first things, of which sentences in other words are shown


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument("text", nargs="+", metavar="TEXT", help="part of a name; several words are searched as one text")
    sub.add_argument(
        "--passages",
        action="store_true",
        help="show only the sentences of the articles' texts that contain the words, with the statements that rest on them",
    )
    sub.add_argument("--format", choices=("table", "csv", "tsv", "json", "xml", "md"), default="table")
    common.endpoint(sub)


def run(options: argparse.Namespace) -> int:
    """Print the things that have a name, and the sentences that contain it; see `zonegraph find --help`. Returns the exit code."""
    store: Store
    if options.endpoint:
        from zonegraph.store.endpoint import EndpointStore

        store = EndpointStore(options.endpoint, deadline=options.deadline)
    else:
        store = build.open_dataset(sources.find(options.project)).store
    text = " ".join(options.text)
    if not text.strip():
        raise UsageError("find: the text is empty", "give part of a name, or words of a sentence")
    directory = texts.directory_of(options.articles)
    if options.passages and directory is None:
        raise UsageError("--passages: needs the articles' texts", "name their folder with --articles")
    matches = [] if options.passages else search.find(store, text)
    sentences: list[Sentence] = []
    missing: list[str] = []
    # A format for programs holds one table.
    if directory is not None and (options.passages or options.format in ("table", "md")):
        from zonegraph.answers import passages

        sentences, missing = passages.saying(store, directory, text)
    shown = sentences[:_FEW] if matches else sentences
    if not options.passages and (matches or not sentences):
        _print(_things(matches), options.format)
    if sentences and options.format == "table":
        show(("\n" if matches else "") + _as_text(shown))
    elif options.passages or sentences:
        show("\n" if matches else "")
        _print(_statements(shown), options.format)
    others: list[Sentence] = []
    if directory is not None and options.format == "table" and matches and not options.passages:
        seen = {(found.article, found.start) for found in sentences}
        of_things = passages.about(store, directory, [match.iri for match in matches[:_THINGS]])
        others = [found for found in of_things if (found.article, found.start) not in seen]
    if others:
        show("\nin other words\n\n" + _as_text(others[:_FEW]))

    def remarks() -> list[str]:
        lines = _remarks(store, text, matches, sentences, directory) if not options.passages else []
        if options.passages and not sentences:
            lines.append("no article's text at hand has these words; an article may use others: unknown, not false")
        if len(shown) < len(sentences):
            lines.append(
                f"{len(shown)} of {len(sentences)} sentences with these words are shown; --passages shows them all"
            )
        if len(others) > _FEW:
            lines.append(
                f"{_FEW} of {len(others)} sentences in other words are shown; zonegraph explain THING shows what each article says"
            )
        if missing:
            lines.append(f"not searched, since no text has their digest: {', '.join(missing)}")
        if directory is None:
            lines.append("the articles' texts were not searched; name their folder with --articles")
        return lines

    say_below(remarks, lambda: queries.footer(store))
    return 0


def _print(answer: Bindings, format: str) -> None:
    (show if output.for_people(answer, format) else write)(output.render(answer, format))


def _things(matches: Sequence[Match]) -> Bindings:
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
    return Bindings(["thing", "class", "english", "chinese", "also"], rows)


def _statements(sentences: Sequence[Sentence]) -> Bindings:
    """Return a row for each sentence and statement that rests on it; a sentence without a statement has one row."""
    rows: list[tuple[Term | None, ...]] = []
    for found in sentences:
        start, end = (ox.Literal(offset) for offset in (found.start, found.end))
        stated: list[tuple[Term | None, ...]] = [tuple(triple) for triple in found.statements] or [(None, None, None)]
        rows += [(ox.NamedNode(found.article.iri), start, end, ox.Literal(found.text), *terms) for terms in stated]
    return Bindings(["article", "start", "end", "sentence", "subject", "predicate", "object"], rows)


def _as_text(sentences: Sequence[Sentence]) -> str:
    lines: list[str] = []
    article = None
    for found in sentences:
        if found.article != article:
            article = found.article
            lines += [*([""] if lines else []), f"{v.shorten(article.iri)}: {evidence.citation(article)}"]
        lines.append(f"  line {found.line}, {found.start}–{found.end}: “{found.text}”")
        stated = [terms.triple(triple) for triple in found.statements]
        lines += [f"    {statement}" for statement in stated or ["no statement rests on these words"]]
    return terminal.lines(lines)


def _remarks(
    store: Store, text: str, matches: Sequence[Match], sentences: Sequence[Sentence], directory: str | None
) -> list[str]:
    if not matches:
        name, iri = search.near_name(store, text)
        lines = [f"no name contains “{text}”" + (f"; did you mean “{name}” ({v.shorten(iri)})?" if name else "")]
        if not sentences:
            texts_too = "" if directory is None else ", and no article's text at hand,"
            lines.append(
                f"no name, summary or printed passage in the graph{texts_too} has these words; "
                "an article may use others: unknown, not false"
            )
        return lines
    if not any(text.strip().lower() in name.lower() for m in matches for name in (v.shorten(m.iri), *m.names)):
        return [
            f"no name contains “{text}” as a whole; its words are spread over the names of these things and of those that they belong to"
        ]
    return []
