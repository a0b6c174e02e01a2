"""What is worked out again and again about one graph, for who answers many questions about it."""

from __future__ import annotations

import functools

from zonegraph.store.embedded import EmbeddedStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    import pyoxigraph as ox

    from zonegraph.store import Store

    Found = TypeVar("Found")


class RememberingStore(EmbeddedStore):
    """A store whose graph does not change. `known` has what `remembered` functions have found in it; queries are
    evaluated each time.
    """

    def __init__(self, store: ox.Store) -> None:
        """Take a store."""
        super().__init__(store)
        self.known: dict[Callable[..., Any], Any] = {}


def remembered(function: Callable[[Store], Found]) -> Callable[[Store], Found]:
    """Let a function work out something about a RememberingStore only once. What it returns nobody may change."""

    @functools.wraps(function)
    def found(store: Store) -> Found:
        if not isinstance(store, RememberingStore):
            return function(store)
        if function not in store.known:
            store.known[function] = function(store)
        return store.known[function]  # type: ignore[no-any-return]

    return found
