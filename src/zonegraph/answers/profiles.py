"""All that is known about a thing on one page: the saved queries of its profile, one after the other."""

from __future__ import annotations

from collections import namedtuple

from zonegraph import catalogue
from zonegraph.answers import citations
from zonegraph.answers.queries import Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NamedTuple

    import pyoxigraph as ox

    from zonegraph.answers.queries import Resolve
    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.evidence import Citation
    from zonegraph.store import Bindings, Store

    class Section(NamedTuple):
        """A saved query of a profile, its answer without the column of the thing itself, and the citations of each row."""

        query: SavedQuery
        answer: Bindings
        cited: list[list[Citation]] | None

else:
    Section = namedtuple("Section", "query answer cited")


def thing_named(name: str, saved: Mapping[str, SavedQuery], text: str, resolve: Resolve) -> ox.NamedNode:
    """Return the thing whose profile is asked for. Raises UsageError as `names.resolve` does.

    Parameters: `name`, the profile's; `saved`, the saved queries; `text`, the thing's name; `resolve`, what gives the thing of a
    name and a class.
    """
    _, parameter = catalogue.profile(saved, name)[0]
    return resolve(text, parameter.of_class)


def sections(
    name: str,
    saved: Mapping[str, SavedQuery],
    thing: ox.NamedNode,
    store: Store,
    program: Callable[[], Program] | None = None,
    directory: str | None = None,
) -> list[Section]:
    """Return the sections of a thing's profile, in order.

    Parameters: `name`, the profile's; `saved`, the saved queries; `program` and `directory`, as for `citations.of_rows`;
    without `program` nothing is cited.
    """
    found = []
    for query, parameter in catalogue.profile(saved, name):
        question = Question(query.query.bind(**{parameter.name: [thing]}), query)
        answer: Bindings = store.query(question.query)  # type: ignore[assignment]
        cited = None if program is None else citations.of_rows(question, answer, store, program, directory)
        found.append(Section(query, _without(answer, parameter.name), cited))
    return found


def _without(answer: Bindings, column: str) -> Bindings:
    """Return an answer without a column that has the same value in every row."""
    kept = [i for i, name in enumerate(answer.variables) if name != column]
    return answer._replace(
        variables=[answer.variables[i] for i in kept], rows=[tuple(row[i] for i in kept) for row in answer.rows]
    )
