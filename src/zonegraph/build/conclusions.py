"""What a curator concludes, and the triple that a conclusion states (docs/decisions/0005)."""

from __future__ import annotations

from itertools import product

from zonegraph import vocabulary as v

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

CONCLUSION = v.ZG + "Conclusion"


def stated(properties: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, Any, Any]]:
    """Return the triples that a conclusion states; none for one that names no property.

    Parameters: `properties`, the values of each of its properties, by IRI.
    """
    return product(*(properties.get(v.ZG + name, ()) for name in ("about", "supports", "value")))
