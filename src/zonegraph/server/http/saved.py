"""`/queries`: the saved questions, each a resource that is asked by its parameters."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections import namedtuple

from starlette.responses import PlainTextResponse, Response

from zonegraph import catalogue, dates
from zonegraph.answers import queries, rows
from zonegraph.errors import UsageError, ZonegraphError
from zonegraph.server import formats
from zonegraph.server.formats import Offer
from zonegraph.server.http import negotiation, protocol
from zonegraph.server.http.exchange import address, client, not_acceptable, refusal, tag, unchanged
from zonegraph.server.http.protocol import RefusedError, printable
from zonegraph.server.http.streaming import RETRY, note, respond
from zonegraph.server.workers.questions import Data, Saved
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NamedTuple

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from zonegraph.catalogue import SavedQuery
    from zonegraph.server.served import Served
    from zonegraph.server.serving import Current
    from zonegraph.server.workers.pool import Pool

    class Option(NamedTuple):
        """What a request may say beside a question's own parameters: its meaning, and an example of a value."""

        description: str
        example: str

    class Asked(NamedTuple):
        """What a request asks of a saved query: values by parameter, and the options."""

        values: Mapping[str, Sequence[str]]
        cite: bool
        as_of: str | None
        certainty: str
        limit: int | None
        offset: int
        sort: Sequence[str]
        columns: Sequence[str]

else:
    Option = namedtuple("Option", "description example")
    Asked = namedtuple("Asked", "values cite as_of certainty limit offset sort columns")

PATH = "/queries"
OPTIONS = {
    "cite": Option("whether each row comes with the passages that it rests on; the answer is then application/json", "true"),
    "as-of": Option("answer only from articles published by this date, and what follows from them", "2021-02-24"),
    "certainty": Option("only rows at least this certain", "stated"),
    "limit": Option("at most so many rows", "10"),
    "offset": Option("with cite: how many rows to pass over", "10"),
    "sort": Option("columns to sort the rows by, with commas between them, each with a minus before it for descending order", "-article"),
    "columns": Option("the columns of the answer, with commas between them", "article"),
}  # fmt: skip
MOST = 1_000_000  # as a number of rows
CITED = 1_000  # rows that are cited in one answer
_WORDS = {"true": True, "1": True, "": True, "false": False, "0": False}
LISTED = (Offer("application/json", "json"), Offer("text/plain", "text"))
CITING = (Offer("application/json", "data"),)
_DAYS_WAITING = 8  # requests as of a day that may wait until its graph is there


async def listed(request: Request) -> Response:
    """Answer with the saved questions, those with a tag if the request names one."""
    note(request.scope, route=PATH)
    served: Served = request.app.state.serving.current.served
    try:
        offer = negotiation.chosen(request.headers.get("accept"), LISTED)
        if offer is None:
            raise not_acceptable(LISTED)
        saved = _tagged(served, protocol.fields(request.scope["query_string"], "the address"))
    except RefusedError as error:
        return refusal(error)
    entity = tag(served.digest, "queries", list(saved), address(request), offer.media_type)
    already = unchanged(request, [entity])
    if already is not None:
        return already
    headers = {"ETag": entity, "Vary": "Accept", "Cache-Control": "no-cache"}
    if offer.format == "text":
        return PlainTextResponse("".join(map(_line, saved.values())), headers=headers)
    entries = [_entry(query, f"{address(request)}{PATH}/{query.name}") for query in saved.values()]
    content = json.dumps({"questions": entries}, ensure_ascii=False).encode()
    return Response(content, media_type="application/json", headers=headers)


def _tagged(served: Served, fields: Mapping[str, list[str]]) -> dict[str, SavedQuery]:
    """Return the saved queries that have all tags of a request. Raises RefusedError for a tag that none has."""
    saved = catalogue.from_json(served.catalogue)
    known = sorted({name for query in saved.values() for name in query.tags})
    for name in fields:
        if name != "tag":
            raise RefusedError(400, f"{printable(name)}: no such parameter; there is tag, one of: {', '.join(known)}")
    tags = fields.get("tag", [])
    for wanted in tags:
        if wanted not in known:
            near = nearest(wanted, known)
            hint = f"did you mean {near}? " if near else ""
            raise RefusedError(
                400, f"tag={printable(wanted)}: no question has this tag; {hint}the tags are: {', '.join(known)}"
            )
    return {name: query for name, query in saved.items() if set(tags) <= set(query.tags)}


def _line(query: SavedQuery) -> str:
    lines = [f"{query.name}: {query.question} [{', '.join(query.tags)}]", *map(queries.described, query.parameters)]
    return "\n  ".join(lines) + "\n"


def _entry(query: SavedQuery, location: str) -> dict[str, object]:
    return {
        "name": query.name,
        "address": location,
        "question": query.question,
        "summary": query.summary,
        "tags": query.tags,
        "parameters": [
            {
                "name": p.name,
                "type": p.type,
                "description": p.description,
                **({"class": p.of_class} if p.of_class else {}),
                **({"default": p.default} if queries.narrowed(p) else {}),
            }
            for p in query.parameters
        ],
        "columns": query.columns,
        "leavesOut": query.leaves_out,
    }


async def answered(request: Request) -> ASGIApp:
    """Answer a saved question."""
    note(request.scope, route=f"{PATH}/name")
    current: Current = request.app.state.serving.current
    try:
        query = of_name(current.served, request.path_params["name"])
        asked = _asked(query, protocol.fields(request.scope["query_string"], "the address"))
        return await _answer(request, current, query, asked)
    except RefusedError as error:
        return refusal(error)


def of_name(served: Served, name: str) -> SavedQuery:
    """Return the saved query of a name. Raises RefusedError that offers the nearest."""
    entry = next((entry for entry in served.catalogue if entry["name"] == name), None)
    if entry is None:
        near = nearest(name, [entry["name"] for entry in served.catalogue])
        hint = f"did you mean {near}? " if near else ""
        raise RefusedError(404, f"{printable(name)}: no such question; {hint}{PATH} lists them")
    return catalogue.from_json([entry])[name]


def options(query: SavedQuery) -> dict[str, Option]:
    """Return what a request may say beside a question's parameters: a parameter of the question itself comes first."""
    own = {parameter.name for parameter in query.parameters}
    return {
        name: option
        for name, option in OPTIONS.items()
        if name not in own and (name != "certainty" or "certainty" in query.columns)
    }


def _asked(query: SavedQuery, fields: Mapping[str, list[str]]) -> Asked:
    """Return what a request asks. Raises RefusedError for what it cannot say."""
    known = options(query)
    own = [parameter.name for parameter in query.parameters]
    given = {}
    for name, several in fields.items():
        if name in own:
            continue
        if name not in known:
            near = nearest(name, [*own, *known])
            have = [*map(queries.described, query.parameters), *(f"{n}: {o.description}" for n, o in known.items())]
            hint = f"; did you mean {near}?" if near else ""
            raise RefusedError(
                400, f"{query.name}: no parameter {printable(name)}{hint}\nits parameters are:\n  " + "\n  ".join(have)
            )
        if len(several) > 1:
            raise RefusedError(400, f"{name}: given {len(several)} times; give it once")
        given[name] = several[0]
    cite = _WORDS.get(given.get("cite", "false").lower())
    if cite is None:
        raise RefusedError(400, f"cite={printable(given['cite'])}: neither true nor false")
    if "offset" in given and not cite:
        raise RefusedError(400, "offset: goes with cite=true; without it a limit, or no limit, is all there is")
    certainty = given.get("certainty", "")
    if "certainty" in given and not certainty:
        raise RefusedError(
            400, f"certainty: is empty; give a degree, such as {OPTIONS['certainty'].example}, or leave it out"
        )
    try:
        sort, columns = rows.names(given.get("sort"), "sort"), rows.names(given.get("columns"), "columns")
    except UsageError as error:
        raise RefusedError(400, str(error)) from None
    return Asked(
        {name: fields[name] for name in own if name in fields},
        cite,
        _day(given.get("as-of")),
        certainty,
        _number("limit", given.get("limit"), 1),
        _number("offset", given.get("offset"), 0) or 0,
        sort,
        columns,
    )


def _number(name: str, text: str | None, least: int) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or not least <= int(text) <= MOST:
        raise RefusedError(
            400, f"{name}={printable(text)}: not a whole number from {least} to {MOST:,}; write it like {name}=10"
        )
    return int(text)


def _day(text: str | None) -> str | None:
    """Return the last day that a date can mean. Raises RefusedError for what is no date."""
    if text is None:
        return None
    days = dates.span(text) if text.isascii() and len(text) <= len("2021-02-24") else None
    if days is None:
        raise RefusedError(400, f"as-of={printable(text)}: not a date; write it like as-of=2021-02-24, 2021-02 or 2021")
    return days[1]


async def _answer(request: Request, current: Current, query: SavedQuery, asked: Asked) -> ASGIApp:
    accept = request.headers.get("accept")
    base = f"{address(request)}{PATH}/{query.name}"
    kinds = {"data": CITING} if asked.cite else formats.KINDS
    choices = {kind: negotiation.chosen(accept, offers) for kind, offers in kinds.items()}
    if not any(choices.values()):
        raise not_acceptable([offer for offers in kinds.values() for offer in offers])

    def tagged(media_type: str) -> str:
        return tag(current.served.digest, query.name, query.text, asked, media_type)

    already = unchanged(request, [tagged(offer.media_type) for offer in choices.values() if offer])
    if already is not None:
        return already
    question = (
        Data(
            "question",
            {
                "name": query.name,
                "values": asked.values,
                "certainty": asked.certainty,
                "sort": asked.sort,
                "columns": asked.columns,
            },
            asked.offset,
            min(asked.limit or CITED, CITED),
            request.app.state.serving.limits.bytes // 4,  # bytes that a character may take
        )
        if asked.cite
        else Saved(
            query.name,
            asked.values,
            base,
            {kind: offer and offer.format for kind, offer in choices.items()},
            asked.limit,
            asked.sort,
            asked.columns,
            asked.certainty,
        )
    )
    pool = current.questions if asked.as_of is None else await _of_day(request, asked.as_of)
    assert pool is not None
    return functools.partial(
        respond,
        lambda: pool.ask(question, client(request)),
        {kind: offer.media_type for kind, offer in choices.items() if offer},
        {"Vary": "Accept", "Cache-Control": "no-cache"},
        tagged,
    )


async def _of_day(request: Request, day: str) -> Pool:
    """Return what answers as of a day. Raises RefusedError if there is no such graph, or too many wait for one."""
    state = request.app.state
    if state.serving.current.served.root is None:
        raise RefusedError(400, "as-of: this graph is of no project, and has no days; leave it out")
    if state.waiting_for_days >= _DAYS_WAITING:
        raise RefusedError(503, "too many requests wait for graphs as of a day", {"Retry-After": RETRY})
    state.waiting_for_days += 1
    try:
        async with asyncio.timeout(state.serving.limits.timeout):
            return await state.days.pool(day)  # type: ignore[no-any-return]
    except TimeoutError:
        raise RefusedError(504, f"as-of={day}: its graph was not built in time") from None
    except ZonegraphError as error:
        raise RefusedError(503, str(error), {"Retry-After": RETRY}) from None
    finally:
        state.waiting_for_days -= 1
