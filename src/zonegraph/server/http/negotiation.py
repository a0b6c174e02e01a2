"""Which of the formats on offer a client wants, by its Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from zonegraph.server.formats import Offer

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"({_TOKEN})/({_TOKEN})")
_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def chosen(accept: str | None, offers: Sequence[Offer]) -> Offer | None:
    """Return the offer that a client prefers, of several the first; None if it accepts none of them.

    Parameters: `accept`, the header, None if there is none: then the client takes anything. What is no media range in
    it counts for nothing, and of parameters only the weight.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = _ranges(accept)
    weights = [(_weight(offer.media_type, ranges), -place) for place, offer in enumerate(offers)]
    best, place = max(weights)
    return offers[-place] if best > 0 else None


def _ranges(accept: str) -> dict[str, float]:
    """Return the media ranges of a header with their weights."""
    found: dict[str, float] = {}
    for piece in _QUOTED.sub("", accept).split(","):  # a quoted value may hold commas and semicolons of its own
        name, *parameters = piece.split(";")
        name = name.strip().lower()
        if not _RANGE.fullmatch(name) or (name.startswith("*/") and name != "*/*"):
            continue
        weight = 1.0
        for parameter in parameters:
            if parameter.strip().lower().startswith("q"):
                match = _WEIGHT.fullmatch(parameter)
                weight = float(match[1]) if match else weight if "=" not in parameter else 0.0
        found[name] = max(weight, found.get(name, 0.0))
    return found


def _weight(media_type: str, ranges: dict[str, float]) -> float:
    """Return the weight of the range that describes a media type most closely."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
