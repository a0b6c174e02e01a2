"""RDF/XML as Oxigraph writes it, held to what XML 1.0 can say."""

from __future__ import annotations

import re

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAKEN = re.compile("its$|oxprefix$|xml", re.IGNORECASE)  # by Oxigraph's writer, and by XML itself


def unwritable(text: str) -> str:
    """Return the first character of a text that XML 1.0 cannot hold, as `U+0001`; empty if it can hold them all."""
    found = _NO_CHARACTER.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def free(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes, with their namespaces, that neither Oxigraph's writer nor XML itself has another use for."""
    return {prefix: namespace for prefix, namespace in prefixes.items() if not _TAKEN.match(prefix)}


def write(triples: Sequence[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return triples as RDF/XML. Raises UsageError that names the first one which XML 1.0 cannot hold, if there is any."""
    usable = free(prefixes)
    written = _written(triples, usable)
    if not _is_well_formed(written):
        triple = next(t for t in triples if not _is_well_formed(_written([t], usable)))
        subject = v.shorten(triple.subject.value) if isinstance(triple.subject, ox.NamedNode) else triple.subject
        character = unwritable(str(getattr(triple.object, "value", "")))
        reason = f"the value contains {character}" if character else "the property's IRI does not end in an XML name"
        raise UsageError(
            f"{subject} {v.shorten(triple.predicate.value)}: cannot be written as RDF/XML: {reason}",
            "correct it in its file, or choose another format",
        )
    return written


def _written(triples: Sequence[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    data = ox.serialize(triples, format=ox.RdfFormat.RDF_XML, prefixes=dict(prefixes)) or b""
    return data.replace(b"\r", b"&#13;")  # Oxigraph leaves it as it is, and a reader would take it for a line's end


def _is_well_formed(data: bytes) -> bool:
    from xml.parsers import expat

    try:
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError:
        return False
    return True
