"""What a client can read: the model, the prefixes, and each saved question."""

from __future__ import annotations

import json
from collections import namedtuple
from urllib.parse import quote, unquote

from zonegraph import catalogue
from zonegraph import vocabulary as v
from zonegraph.server.mcp import calls
from zonegraph.server.mcp.arguments import WrongCallError, shown
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple

    from zonegraph.server.mcp.backing import Backing

    class Resource(NamedTuple):
        """What can be read at an address: its name, what it is, its media type."""

        uri: str
        name: str
        description: str
        media_type: str

else:
    Resource = namedtuple("Resource", "uri name description media_type")

MODEL, PREFIXES, QUESTION = "zonegraph://model", "zonegraph://prefixes", "zonegraph://questions/"
_ALL = 10_000  # terms of a model


async def listed(backing: Backing) -> list[Resource]:
    """Return what there is to read."""
    saved = catalogue.from_json((await backing.served()).catalogue)
    return [
        Resource(MODEL, "model", "The classes and properties: what each means, with an example", "text/plain"),
        Resource(PREFIXES, "prefixes", "The prefixes that need no declaration", "text/plain"),
        *(Resource(QUESTION + quote(name), name, q.question, "application/json") for name, q in saved.items()),
    ]


async def read(backing: Backing, uri: str) -> tuple[str, str]:
    """Return the media type and the content at an address. Raises WrongCallError if there is nothing."""
    served = await backing.served()
    if uri == MODEL:
        told = await backing.data("model", 0, _ALL, 10**7)
        return "text/plain", "".join(map(_term, told["terms"]))
    if uri == PREFIXES:
        prefixes = {**v.STANDARD, **served.prefixes}
        return "text/plain", "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in prefixes.items())
    saved = catalogue.from_json(served.catalogue)
    if uri.startswith(QUESTION):
        query = calls.saved_query(saved, unquote(uri.removeprefix(QUESTION)))
        return "application/json", json.dumps(calls.described(query), ensure_ascii=False, indent=1)
    near = nearest(uri, [MODEL, PREFIXES, *(QUESTION + quote(name) for name in saved)])
    hint = f"did you mean {near}? " if near else ""
    raise WrongCallError(
        f"{shown(uri)}: nothing to read at this address; {hint}there are {MODEL}, {PREFIXES} and {QUESTION}NAME"
    )


def _term(term: Mapping[str, Any]) -> str:
    lines = [f"{term['term']} ({term['kind']}, “{term['name']}”): {term['definition']}"]
    lines += [f"  for example: {term['example']}"] if "example" in term else []
    lines += [f"  {key}: {', '.join(term[key])}" for key in ("broader", "domain", "range") if key in term]
    return "\n".join(lines) + "\n"
