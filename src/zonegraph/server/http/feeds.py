"""`/feeds/NAME`: a saved question whose header says which columns make an entry, as Atom or as a calendar."""

from __future__ import annotations

import datetime
import json
from xml.etree import ElementTree

from starlette.responses import Response

from zonegraph import catalogue, dates
from zonegraph.server import formats
from zonegraph.server.formats import Offer
from zonegraph.server.http import negotiation, protocol, saved
from zonegraph.server.http.exchange import address, client, not_acceptable, refusal, tag, unchanged
from zonegraph.server.http.protocol import RefusedError, printable
from zonegraph.server.http.streaming import CUT, RETRY, SHOWN, note
from zonegraph.server.http.things import path_of
from zonegraph.server.workers.pool import NotAnsweredError
from zonegraph.server.workers.questions import Saved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from zonegraph.server.serving import Current

PATH = "/feeds"
OFFERS = (Offer("application/atom+xml", "atom"), Offer("text/calendar", "calendar"))
MOST = 1_000  # rows that a feed is made from
_ATOM = "http://www.w3.org/2005/Atom"
Entry = tuple[str, str, str]  # IRI, ISO day, title


async def feed(request: Request) -> Response:
    """Answer with a saved question as a feed, the latest day first."""
    note(request.scope, route=f"{PATH}/name")
    current: Current = request.app.state.serving.current
    try:
        query = saved.of_name(current.served, request.path_params["name"])
        columns = catalogue.feed(query)
        if not columns:
            raise RefusedError(404, f"{query.name}: is no feed; its header does not say which columns make an entry")
        offer = negotiation.chosen(request.headers.get("accept"), OFFERS)
        if offer is None:
            raise not_acceptable(OFFERS)
        values = protocol.fields(request.scope["query_string"], "the address")
        known = [parameter.name for parameter in query.parameters]
        for name in values:
            if name not in known:
                raise RefusedError(400, f"{printable(name)}: no such parameter; there are {', '.join(known) or 'none'}")
        location = f"{address(request)}{PATH}/{query.name}"
        entity = tag(current.served.digest, "feed", query.text, values, location, offer.media_type)
        already = unchanged(request, [entity])
        if already is not None:
            return already
        asked = Saved(query.name, values, location, {"solutions": "json"}, MOST, [f"-{columns['date']}"])
        found, headers = await _rows(request, current, asked)
    except RefusedError as error:
        return refusal(error)
    entries = entries_of(found, columns)
    write = _atom if offer.format == "atom" else _calendar
    headers |= {"Content-Type": formats.content_type(offer.media_type), "Vary": "Accept", "Cache-Control": "no-cache"}
    if CUT not in headers:
        headers["ETag"] = entity
    return Response(write(query.question, location, address(request), entries), headers=headers)


async def _rows(
    request: Request, current: Current, asked: Saved
) -> tuple[list[dict[str, dict[str, str]]], dict[str, str]]:
    """Return the rows of a saved query, and headers that say how many there are. Raises RefusedError if there is no answer."""
    assert current.questions is not None
    try:
        async with current.questions.ask(asked, client(request)) as answer:
            pieces = [piece async for piece in answer]
            headers = ({SHOWN: answer.shown} if answer.shown else {}) | ({CUT: answer.cut} if answer.cut else {})
            return json.loads(b"".join([*pieces, answer.tail]))["results"]["bindings"], headers
    except NotAnsweredError as error:
        retry = {"Retry-After": RETRY} if error.why in ("full", "share", "closed") else {}
        raise RefusedError(error.status, error.reason, retry) from None


def entries_of(rows: Sequence[Mapping[str, Mapping[str, str]]], columns: Mapping[str, str]) -> list[Entry]:
    """Return the entries that rows make, one for each thing; rows without a day, or of what is no thing, make none."""
    found: dict[str, Entry] = {}
    for row in rows:
        thing, date, title = (row.get(columns[key]) for key in catalogue.FEED)
        days = dates.span(date["value"]) if date else None
        if thing is not None and thing["type"] == "uri" and days is not None:
            found.setdefault(thing["value"], (thing["value"], days[1], title["value"] if title else thing["value"]))
    return list(found.values())


def _atom(title: str, location: str, base: str, entries: Sequence[Entry]) -> bytes:
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")

    def add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
        child = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        child.text = "".join(c for c in text if c >= " ") or None  # XML holds no control characters
        return child

    add(root, "id", location)
    add(root, "title", title)
    add(root, "updated", f"{max((day for _, day, _ in entries), default='1970-01-01')}T00:00:00Z")
    add(root, "link", rel="self", href=location)
    add(add(root, "author"), "name", base)
    for iri, day, name in entries:
        entry = add(root, "entry")
        add(entry, "id", iri)
        add(entry, "title", name)
        add(entry, "updated", f"{day}T00:00:00Z")
        add(entry, "link", rel="alternate", href=base + path_of(iri))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _calendar(title: str, _: str, base: str, entries: Sequence[Entry]) -> bytes:
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{base}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", title)
    for iri, day, name in entries:
        event = icalendar.Event()
        date = datetime.date.fromisoformat(day)
        event.add("uid", iri)
        event.add("dtstamp", datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.UTC))
        event.add("dtstart", date)
        event.add("summary", name)
        event.add("url", base + path_of(iri))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
