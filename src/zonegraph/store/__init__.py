"""Stores: one query text in, one result type out, whether the graph lies here or on a remote service.

`embedded.EmbeddedStore` is Oxigraph in this process; `endpoint.EndpointStore` is any SPARQL 1.1 service. Terms are
pyoxigraph's in both, so an answer does not depend on where it came from.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, Protocol, TypeAlias

    import pyoxigraph as ox

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
        """What both stores do.

        `local` is the embedded store itself, where look-ups need no query text; None for a store elsewhere.
        """

        @property
        def local(self) -> ox.Store | None: ...

        def query(self, text: str, timeout: float | None = None) -> Answer:
            """Evaluate a SPARQL 1.1 query. Text that a user typed goes through `answers.queries.run`, which guards it.

            Parameters: `text`; `timeout` in seconds, None for the store's default.
            Returns the answer. Raises UsageError for a query that is not SPARQL, EngineError if the
            store fails or the time is up.
            """
            ...

else:
    Bindings = namedtuple("Bindings", "variables rows")
    Boolean = namedtuple("Boolean", "value")
    Triples = namedtuple("Triples", "triples")
