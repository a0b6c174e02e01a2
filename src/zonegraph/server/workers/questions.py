"""What a worker can be asked. A question is told in JSON: the name of its kind, and its fields."""

from __future__ import annotations

import json
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NamedTuple, TypeAlias

    class Sparql(NamedTuple):
        """A stranger's query, which the worker judges before its engine sees it.

        `base` is what relative IRIs are resolved against; the two lists of graphs are the dataset that the request
        names, None for none; `formats` say for each kind of answer in which format it is wanted, None if in none that
        there is.
        """

        text: str
        base: str
        default_graphs: Sequence[str] | None
        named_graphs: Sequence[str] | None
        formats: Mapping[str, str | None]

    class Saved(NamedTuple):
        """A saved query by its name.

        `values` are those of its parameters as they are typed on the command line, several being alternatives; `limit`,
        `sort`, `columns` and `certainty` are as `answers.rows` and `answers.as_data` take them.
        """

        name: str
        values: Mapping[str, Sequence[str]]
        base: str
        formats: Mapping[str, str | None]
        limit: int | None = None
        sort: Sequence[str] | None = None
        columns: Sequence[str] | None = None
        certainty: str = ""

    class Content(NamedTuple):
        """All triples of a named graph, or of the default graph if `graph` is None."""

        graph: str | None
        format: str

    class Thing(NamedTuple):
        """The triples of the default graph that have a thing as their subject, and those, up to a number, that have it as their object."""

        iri: str
        format: str
        pointing: int

    class Data(NamedTuple):
        """An answer as plain data (`answers.as_data`), told in JSON with certainty and citations.

        `what` is one of the names in `evaluation.DATA`; `given` are the arguments of its function; `offset` and `limit`
        say which part of a list is wanted, and `characters` how long the answer may be.
        """

        what: str
        given: Mapping[str, object]
        offset: int = 0
        limit: int = 10
        characters: int = 12_000

    Question: TypeAlias = Sparql | Saved | Content | Thing | Data

else:
    Sparql = namedtuple("Sparql", "text base default_graphs named_graphs formats")
    Saved = namedtuple(
        "Saved", "name values base formats limit sort columns certainty", defaults=(None, None, None, "")
    )
    Content = namedtuple("Content", "graph format")
    Thing = namedtuple("Thing", "iri format pointing")
    Data = namedtuple("Data", "what given offset limit characters", defaults=(0, 10, 12_000))

_KINDS = {"sparql": Sparql, "saved": Saved, "content": Content, "thing": Thing, "data": Data}


def to_json(question: Question) -> bytes:
    """Return a question as it is sent to a worker."""
    kind = next(kind for kind, made in _KINDS.items() if isinstance(question, made))
    return json.dumps([kind, question._asdict()]).encode()


def from_json(content: bytes) -> Question:
    """Return the question that `to_json` wrote."""
    kind, fields = json.loads(content)
    return _KINDS[kind](**fields)  # type: ignore[no-any-return]
