"""The articles that were published by a day; only these count in a graph as of that day."""

from __future__ import annotations

import pyoxigraph as ox

from zonegraph import dates, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.build.conclusions import by_subject
from zonegraph.errors import UsageError
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zonegraph.project.sources import Project


def published_by(project: Project, day: str) -> tuple[set[str], list[tuple[str, str]]]:
    """Return the slugs of the articles published by a day, or updated if they say so, and the others as (slug, reason).

    Parameters: `day`, an ISO day. Raises UsageError for a file that cannot be read, or a date of publication that is none.
    """
    kept, left_out = set(), []
    for file in project.articles:
        slug = sources.slug(file)
        of_article = by_subject(graphs.load(file)).get(ox.NamedNode(evidence.article_iri(slug)), {})
        counts = next((date.value for date in evidence.DATES if date.value in of_article), "")
        stated = [terms.text(date) for date in of_article.get(counts, [])]
        if not stated:
            left_out.append((slug, "its publication date is not known"))
        elif dates.latest_day(_span(date, file.path) for date in stated) <= day:
            kept.add(slug)
        else:
            left_out.append((slug, f"{counts[len(v.ZG) :]} {', '.join(stated)}"))
    return kept, left_out


def _span(date: str, path: str) -> tuple[str, str]:
    found = dates.span(date)
    if found is None:
        raise UsageError(
            f'{path}: "{date}" is not a date', "write 2021, 2021-03 or 2021-03-26; `zonegraph validate` shows the line"
        )
    return found
