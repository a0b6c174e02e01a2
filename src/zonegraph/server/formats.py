"""The formats in which the server answers, and the media types by which clients ask for them."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Offer(NamedTuple):
        """A media type that a client may ask for, and the name of the format that it then gets."""

        media_type: str
        format: str

else:
    Offer = namedtuple("Offer", "media_type format")

# What a client that does not mind gets comes first. Those of one format after its own are names that clients use for it as well.
SOLUTIONS = (
    Offer("application/sparql-results+json", "json"),
    Offer("application/json", "json"),
    Offer("application/sparql-results+xml", "xml"),
    Offer("application/xml", "xml"),
    Offer("text/xml", "xml"),
    Offer("text/csv", "csv"),
    Offer("text/tab-separated-values", "tsv"),
)
TRIPLES = (
    Offer("text/turtle", "turtle"),
    Offer("application/n-triples", "nt"),
    Offer("application/rdf+xml", "rdfxml"),
    Offer("application/ld+json", "jsonld"),
    Offer("application/n-quads", "nq"),
    Offer("application/trig", "trig"),
    Offer("application/json", "jsonld"),
    Offer("application/xml", "rdfxml"),
    Offer("text/xml", "rdfxml"),
)
# What kind of answer a query has is known once the engine has read it: SELECT has solutions, ASK a boolean, the others triples.
KINDS = {"solutions": SOLUTIONS, "boolean": SOLUTIONS, "triples": TRIPLES}


def content_type(media_type: str) -> str:
    """Return a media type as the header of an answer has it, with the encoding where one is told."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
