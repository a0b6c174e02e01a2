"""The day from which each article counts, and the articles that count as of a day (docs/decisions/0040)."""

from __future__ import annotations

from collections import namedtuple

import pyoxigraph as ox

from zonegraph import dates, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NamedTuple

    from zonegraph.project.sources import Project

    class Dated(NamedTuple):
        """The dates of an article that count: their property's name, the values as written, and the graph that states them."""

        property: str
        values: list[str]
        graph: str

else:
    Dated = namedtuple("Dated", "property values graph")

UNDATED = "its publication date is not known"
_UPDATED, _PUBLISHED = (ox.NamedNode(v.ZG + name) for name in ("updated", "published"))


def dated(graphs: Mapping[str, Iterable[ox.Triple]], transcribed: Mapping[str, str]) -> dict[str, Dated]:
    """Return the dates of each article that count, by the article's IRI; an article without any is left out.

    An update counts before a publication, since the text at hand is that of the last change. A date in the reference data counts
    only for an article that states neither.

    Parameters: `graphs`, by IRI, the graphs of articles, with what they restate, and of reference data; `transcribed`, for the
    graph of each article the article's IRI.
    """
    found: dict[str, Dated] = {}
    for graph, triples in graphs.items():
        if graph.startswith(v.REFERENCE_GRAPH):
            for t in triples:
                if t.predicate == _PUBLISHED:
                    article = terms.text(t.subject)
                    found.setdefault(article, Dated("published", [], graph)).values.append(terms.text(t.object))
    found = {article: found[article] for article in transcribed.values() if article in found}
    for graph, article in transcribed.items():
        own: dict[ox.NamedNode, list[str]] = {_UPDATED: [], _PUBLISHED: []}
        for t in graphs[graph]:
            if t.predicate in own and terms.text(t.subject) == article:
                own[t.predicate].append(terms.text(t.object))
        for predicate, values in own.items():
            if values:
                found[article] = Dated(predicate.value[len(v.ZG) :], values, graph)
                break
    return found


def last_day(values: Iterable[str]) -> str | None:
    """Return the last day that dates of one thing can mean, as an ISO day; None if one of them is not a date."""
    spans = [dates.span(value) for value in values]
    readable = [span for span in spans if span is not None]
    return dates.latest_day(readable) if len(readable) == len(spans) else None


def of_project(project: Project) -> dict[str, tuple[str, str]]:
    """Return for each article, by slug in order, the day from which it counts and how that is stated; the day is empty if unknown.

    Raises UsageError for a file that cannot be read, or a date of publication that is not a date.
    """
    from zonegraph import closure
    from zonegraph.build import graphs  # not needed where the cache knows the days

    files = {str(file.graph): file for file in [*project.reference, *project.articles]}
    loaded = {graph: graphs.load(file) for graph, file in files.items()}
    transcribed = {str(file.graph): evidence.article_iri(sources.slug(file)) for file in project.articles}
    restated = closure.restate(graphs.program(project), {graph: loaded[graph] for graph in transcribed}).triples
    found = dated({graph: [*triples, *restated.get(graph, ())] for graph, triples in loaded.items()}, transcribed)
    result: dict[str, tuple[str, str]] = {}
    for graph, article in transcribed.items():
        slug = sources.slug(files[graph])
        if article not in found:
            result[slug] = ("", UNDATED)
            continue
        counts = found[article]
        day = last_day(counts.values)
        if day is None:
            wrong = next(value for value in counts.values if dates.span(value) is None)
            raise UsageError(
                f'{files[counts.graph].path}: "{wrong}" is not a date',
                "write 2021, 2021-03 or 2021-03-26; `zonegraph validate` shows the line",
            )
        by = " by the reference data" if counts.graph.startswith(v.REFERENCE_GRAPH) else ""
        result[slug] = (day, f"{counts.property} {', '.join(counts.values)}{by}")
    return result


def counted_by(days: Mapping[str, tuple[str, str]], last: str) -> tuple[set[str], list[tuple[str, str]]]:
    """Return the slugs of the articles that count as of a day, and the others as (slug, reason).

    Parameters: `days`, as `of_project` returns them; `last`, an ISO day.
    """
    kept = {slug for slug, (day, _) in days.items() if day and day <= last}
    return kept, [(slug, said) for slug, (_, said) in days.items() if slug not in kept]
