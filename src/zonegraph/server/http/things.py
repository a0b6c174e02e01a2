"""Linked data: every IRI of ours answers at its path below the server, as RDF or as a page."""

from __future__ import annotations

import functools
import json
import re
from html import escape
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException

from zonegraph import vocabulary as v
from zonegraph.server import formats
from zonegraph.server.formats import Offer
from zonegraph.server.http import negotiation, page
from zonegraph.server.http.exchange import client, not_acceptable, refusal, tag, unchanged
from zonegraph.server.http.protocol import RefusedError, printable
from zonegraph.server.http.streaming import RETRY, note, respond
from zonegraph.server.workers.pool import NotAnsweredError
from zonegraph.server.workers.questions import Data, Sparql, Thing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from zonegraph.server.served import Served
    from zonegraph.server.serving import Current

HTML = Offer("text/html", "html")
POINTING = 1_000  # triples that have a thing as their value
_STATEMENTS = 200  # of a page
_CHARACTERS = 200_000
_LONGEST = 2_000  # characters of a path


async def thing(request: Request) -> ASGIApp:
    """Answer with what is known of the thing, or of the terms, whose IRI the path is the end of."""
    current: Current = request.app.state.serving.current
    iri = iri_of(request.url.path, current.served)
    if iri is None:
        raise HTTPException(404)
    note(request.scope, route="thing")
    try:
        if request.scope["query_string"]:
            raise RefusedError(400, f"{printable(iri)}: takes no parameters")
        if not re.fullmatch(r"[^\x00-\x20<>\"{}|\\^`\x7f]+", iri) or len(iri) > _LONGEST:
            raise RefusedError(404, "no IRI has such a path")
        offers = formats.TRIPLES if iri.endswith("#") else (*formats.TRIPLES, HTML)
        offer = negotiation.chosen(request.headers.get("accept"), offers)
        if offer is None:
            raise not_acceptable(offers)
        entity = tag(current.served.digest, "thing", iri, offer.media_type, page.STYLE)
        headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
        already = unchanged(request, [entity])
        if already is not None:
            return already
        if offer is HTML:
            told = await _known(request, current, iri)
            return page.html(told.get("english") or iri, body(told, iri, current.served), {**headers, "ETag": entity})
    except RefusedError as error:
        return refusal(error)
    pool = current.questions or current.strangers
    terms = f'CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{iri}")) }}'
    question = (
        Sparql(terms, iri, None, None, {"triples": offer.format})
        if iri.endswith("#")
        else Thing(iri, offer.format, POINTING)
    )
    return functools.partial(
        respond,
        lambda: pool.ask(question, client(request)),
        {"triples": offer.media_type},
        headers,
        lambda _: entity,
    )


def iri_of(path: str, served: Served) -> str | None:
    """Return the IRI that is asked for at a path; None if it lies in no namespace of ours or of the project."""
    named = path.removeprefix("/")
    spaces = [v.ZG, v.ZGD, v.ZGSH, v.ZGQ, v.GRAPH, v.DATASET, *served.prefixes.values()]
    for space in spaces:
        within = v.NS if space.startswith(v.NS) else space[: -len(urlsplit(space).path) or None] + "/"
        if not space.startswith(within):
            continue
        iri = within + named
        if iri + "#" == space:
            return space
        if iri == space or (space.endswith("/") and iri.startswith(space)):
            return iri
    return None


def path_of(iri: str) -> str:
    """Return where an IRI of ours or of a project answers."""
    rest = iri[len(v.NS) - 1 :] if iri.startswith(v.NS) else urlsplit(iri).path
    return quote(rest, safe="/:#@!$&'()*+,;=~")


async def _known(request: Request, current: Current, iri: str) -> dict[str, Any]:
    """Return what is known of a thing as data. Raises RefusedError if that is nothing."""
    if current.questions is None:
        raise RefusedError(406, "this graph is of no project: there is RDF and no page")
    question = Data("statement", {"text": v.shorten(iri)}, 0, _STATEMENTS, _CHARACTERS)
    try:
        async with current.questions.ask(question, client(request)) as answer:
            return json.loads(b"".join([piece async for piece in answer]))  # type: ignore[no-any-return]
    except NotAnsweredError as error:
        if error.why == "refused":
            raise RefusedError(404, error.reason) from None
        retry = {"Retry-After": RETRY} if error.why in ("full", "share", "closed") else {}
        raise RefusedError(error.status, error.reason, retry) from None


def body(told: Mapping[str, Any], iri: str, served: Served) -> str:
    """Return the body of a thing's page as HTML. Parameters: `told`, as `answers.as_data.of_statement` returns it."""

    def linked(text: str) -> str:
        return _linked(text, served)

    names = [
        f'<span lang="{tag}">{escape(told[key])}</span>'
        for key, tag in (("english", "en"), ("chinese", "zh"))
        if key in told
    ]
    citations = {one["id"]: one for one in told.get("citations", ())}
    inferences = {one["id"]: one for one in told.get("inferences", ())}
    rows = (
        (
            linked(one["statement"]),
            escape(one.get("certainty", "")),
            "<br>".join(_sources(one, citations, inferences, told, linked)),
        )
        for one in told["statements"]
    )
    pointing = [(str(one["number"]), linked(one["class"]), linked(one["property"])) for one in told.get("pointing", ())]
    shown, total = len(told["statements"]), told["total"]
    return "\n".join(
        [
            f"<h1>{' · '.join(names) or escape(iri)}</h1>",
            f"<p><code>{escape(iri)}</code> {', '.join(linked(name) for name in told.get('classes', ()))}</p>",
            f"<h2>What is said ({shown} of {total} statements)</h2>",
            page.table(["statement", "certainty", "who says so"], rows),
            *(["<h2>What points here</h2>", page.table(["things", "class", "property"], pointing)] if pointing else []),
            *(f'<p class="also">{escape(text)}</p>' for text in told.get("notes", ())),
        ]
    )  # fmt: skip


def _sources(
    one: Mapping[str, Any],
    citations: Mapping[int, Mapping[str, Any]],
    inferences: Mapping[int, Mapping[str, Any]],
    told: Mapping[str, Any],
    linked: Any,
) -> Iterator[str]:
    for id in (*one.get("cited", ()), *one.get("also", ())):
        source = citations[id]
        article = told.get("articles", {}).get(source.get("article"), {})
        said = [linked(source.get("article") or source.get("graph", ""))]
        said += [escape(article[key]) for key in ("publisher", "date") if key in article]
        if "start" in source:
            said.append(f"{source['start']}–{source['end']}")
        said += [escape(source[key]) for key in ("basis", "note") if key in source]
        if "asPrinted" in source:
            said.append(f"“{escape(source['asPrinted'])}”")
        if "saidBy" in source:
            said.append(f"said by {linked(source['saidBy'])}")
        yield ", ".join(said)
    if one.get("moreCited"):
        yield f"and {one['moreCited']} more"
    for id in one.get("inferred", ()):
        drawn = inferences[id]
        yield f"follows by {escape(drawn['rule'])} from " + "; ".join(linked(text) for text in drawn["premises"])


def _linked(text: str, served: Served) -> str:
    """Return a text as HTML, with each prefixed name and each IRI of ours as a link to where it answers."""
    spaces = {**{prefix: v.PREFIXES[prefix] for prefix in ("zg", "zgd", "zgsh", "zgq")}, **served.prefixes}
    prefixed = "|".join(map(re.escape, sorted(spaces, key=len, reverse=True)))
    pieces: Iterable[str] = re.split(rf"(?<![\w:])((?:{prefixed}):[\w-]+|<{re.escape(v.NS)}[^<>\s]+>)", text)
    parts = []
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            parts.append(escape(piece))
            continue
        prefix, _, local = piece.partition(":")
        iri = piece[1:-1] if piece.startswith("<") else spaces[prefix] + local
        parts.append(page.link(path_of(iri), piece))
    return "".join(parts)
