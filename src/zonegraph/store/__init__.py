"""Stores: one query text in, one result type out, whether the graph lies here or on a remote service.

`embedded.EmbeddedStore` is Oxigraph in this process, `worker.WorkerStore` Oxigraph in one that can be killed;
`endpoint.EndpointStore` is any SPARQL 1.1 service. Terms are pyoxigraph's in all, so an answer does not depend on where it
came from. A store takes a `query.Query` and nothing else, so no text reaches an engine that nobody has judged.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple, Protocol, TypeAlias

    import pyoxigraph as ox

    from zonegraph.deadline import Deadline
    from zonegraph.store.query import Query

    Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

    class Bindings(NamedTuple):
        """The answer to a SELECT query: its variables, and one tuple of terms per row; None where unbound."""

        variables: list[str]
        rows: list[tuple[Term | None, ...]]

    class Boolean(NamedTuple):
        """The answer to an ASK query."""

        value: bool

    class Triples(NamedTuple):
        """The answer to a CONSTRUCT or DESCRIBE query."""

        triples: list[ox.Triple]

    Answer: TypeAlias = Bindings | Boolean | Triples

    class Store(Protocol):
        """What all stores do.

        `local` is the embedded store itself, where look-ups need no query text; None for a store elsewhere.
        """

        @property
        def local(self) -> ox.Store | None: ...

        def query(
            self, query: Query, *, bindings: Mapping[str, Term] | None = None, limit: int | None = None
        ) -> Answer:
            """Evaluate a SPARQL 1.1 query.

            Parameters: `query`, judged; `bindings`, values that some of its variables have already; `limit`, the most rows or
            triples that are collected. Returns the answer. Raises UsageError for a query that is not SPARQL or names a
            graph after FROM that the store does not hold, EngineError if the store fails or the time is up.
            """
            ...

        def within(self, deadline: Deadline) -> Store:
            """Return the same store, whose queries must all be done by a deadline."""
            ...

else:
    Bindings = namedtuple("Bindings", "variables rows")
    Boolean = namedtuple("Boolean", "value")
    Triples = namedtuple("Triples", "triples")
