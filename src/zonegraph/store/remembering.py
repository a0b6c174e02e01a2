"""A store that remembers what the program asks it again and again, for who answers many questions about one graph."""

from __future__ import annotations

from zonegraph.store.embedded import EmbeddedStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyoxigraph as ox

    from zonegraph.store import Answer, Term
    from zonegraph.store.query import Query


class RememberingStore(EmbeddedStore):
    """A store whose graph does not change. What anybody else asks is evaluated each time."""

    def __init__(self, store: ox.Store, fixed: Iterable[Query]) -> None:
        """Take a store. Parameters: `fixed`, the queries of the program whose answers are remembered; nobody may change an answer."""
        super().__init__(store)
        self._fixed = frozenset(fixed)
        self._known: dict[Query, Answer] = {}

    def query(self, query: Query, *, bindings: Mapping[str, Term] | None = None, limit: int | None = None) -> Answer:
        """Evaluate a query, or remember its answer; see `zonegraph.store.Store.query`."""
        if query not in self._fixed or bindings or limit is not None:
            return super().query(query, bindings=bindings, limit=limit)
        if query not in self._known:
            self._known[query] = super().query(query)
        return self._known[query]
