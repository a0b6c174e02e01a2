"""Answering calls: each function here answers the tool of its name."""

from __future__ import annotations

import json
import re

from zonegraph import catalogue, dates
from zonegraph import vocabulary as v
from zonegraph.answers import queries
from zonegraph.server.mcp.arguments import WrongCallError, shown
from zonegraph.server.mcp.tools import CHARACTERS, CHARACTERS_OF_PAGE
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from zonegraph.catalogue import SavedQuery
    from zonegraph.server.mcp.backing import Backing

    Data: TypeAlias = dict[str, Any]

_LISTED = 10  # names that a message lists
_ALTERNATIVES = 100  # values of a parameter
_LONGEST = 1_000  # characters of one value
_NO_CITATIONS = (
    "rows of SPARQL have no citations: explain says who says a statement, ask answers saved questions with citations"
)


def saved_query(saved: Mapping[str, SavedQuery], name: str) -> SavedQuery:
    """Return the saved query of a name. Raises WrongCallError that offers the nearest."""
    if name in saved:
        return saved[name]
    near = nearest(name.strip().lower().replace(" ", "-").replace("_", "-"), saved)
    hint = f"did you mean {near}? " if near else ""
    raise WrongCallError(f"{shown(name)}: no such question; {hint}list_questions lists them")


async def list_questions(backing: Backing, given: Data) -> Data:
    """List the saved queries."""
    saved = catalogue.from_json((await backing.served()).catalogue)
    tags: dict[str, int] = {}
    for query in saved.values():
        for tag in query.tags:
            tags[tag] = tags.get(tag, 0) + 1
    tag, words = given["tag"], (given["words"] or "").lower().split()
    if tag is not None and tag not in tags:
        near = nearest(tag, tags)
        hint = f"did you mean {near}? " if near else ""
        raise WrongCallError(f"{shown(tag)}: no question has this tag; {hint}the tags are: {', '.join(sorted(tags))}")
    found = [
        query
        for query in saved.values()
        if (tag is None or tag in query.tags) and all(word in _words(query) for word in words)
    ]
    if not found:
        if tag is not None and any(all(word in _words(query) for word in words) for query in saved.values()):
            raise WrongCallError(
                f"no question with the tag {tag} has the words {shown(given['words'])}, but others have: leave tag out"
            )
        near = nearest(" ".join(words), {word for query in saved.values() for word in _words(query).split()}, 0.6)
        hint = f"did you mean {near}? " if near else ""
        raise WrongCallError(
            f"no question has the words {shown(given['words'])}; {hint}leave words out to see all {len(saved)}"
        )
    whole = tag is not None or bool(words)
    part = found[given["offset"] : given["offset"] + given["limit"]]
    entries = [_listed(query, whole=whole) for query in part]
    kept = _fitting(entries, CHARACTERS)
    return {
        "questions": kept,
        "total": len(found),
        **_rest(len(kept), given["offset"], len(found), len(entries)),
        "tags": dict(sorted(tags.items())),
    }


def _words(query: SavedQuery) -> str:
    parts = [query.name, query.question, query.summary, *query.tags, *query.columns, *query.columns.values()]
    return " ".join([*parts, *(f"{p.name} {p.description}" for p in query.parameters)]).lower()


def _listed(query: SavedQuery, *, whole: bool) -> Data:
    entry: Data = {"name": query.name, "question": query.question}
    if whole:
        entry.update(tags=query.tags, parameters=[queries.described(p) for p in query.parameters])
    return entry


async def describe_question(backing: Backing, given: Data) -> Data:
    """Tell what a saved query means."""
    query = saved_query(catalogue.from_json((await backing.served()).catalogue), given["question"])
    return described(query)


def described(query: SavedQuery) -> Data:
    """Return what a saved query's header says, and its SPARQL."""
    return {
        "name": query.name,
        "question": query.question,
        "summary": query.summary,
        "tags": query.tags,
        "parameters": [queries.described(p) for p in query.parameters],
        "columns": query.columns,
        "leavesOut": query.leaves_out,
        "sparql": query.text,
    }


async def ask(backing: Backing, given: Data) -> Data:
    """Answer a saved query."""
    query = saved_query(catalogue.from_json((await backing.served()).catalogue), given["question"])
    return await backing.data(
        "question",
        given["offset"],
        given["limit"],
        CHARACTERS,
        _day(given["as_of"]),
        name=query.name,
        values=_values(query, given["parameters"]),
        certainty=given["certainty"] or "",
    )


def _values(query: SavedQuery, given: Mapping[str, object]) -> dict[str, list[str]]:
    """Return the values of parameters as they are typed on the command line. Raises WrongCallError for what cannot
    be one.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    values: dict[str, list[str]] = {}
    for name, value in given.items():
        if name not in known:
            near = nearest(name, known)
            have = "; ".join(map(queries.described, query.parameters)) or "none"
            hint = f"; did you mean {near}?" if near else ";"
            raise WrongCallError(f"{query.name}: no parameter {shown(name)}{hint} its parameters are {have}")
        several = value if isinstance(value, list) else [value]
        for one in several:
            text = isinstance(one, str) and len(one) <= 1_000 and not re.search("[\ud800-\udfff]", one)
            if not (text or (isinstance(one, (int, float)) and not isinstance(one, bool))):
                raise WrongCallError(
                    f"{query.name}: {name} is {shown(one)}; give a text of at most 1,000 characters or a number, or a list of these: "
                    f"{queries.described(known[name])}"
                )
        if len(several) > _ALTERNATIVES:
            raise WrongCallError(f"{query.name}: {name} has {len(several)} alternatives; give at most {_ALTERNATIVES}")
        if not several:
            raise WrongCallError(f"{query.name}: {name} is an empty list; give a value, or leave {name} out")
        values[name] = [str(one) for one in several]
    return values


def _day(text: str | None) -> str | None:
    """Return the last day that a date can mean. Raises WrongCallError for what is no date."""
    if text is None:
        return None
    days = dates.span(text) if text.isascii() and len(text) <= len("2021-02-24") else None
    if days is None:
        raise WrongCallError(f"as_of is {shown(text)}, not a date; give a day like 2021-02-24, or leave it out")
    return days[1]


async def find(backing: Backing, given: Data) -> Data:
    """Find things by name."""
    return await backing.data("search", given["offset"], given["limit"], CHARACTERS, text=given["text"])


async def explain(backing: Backing, given: Data) -> Data:
    """Tell who says something."""
    text = given["statement"]
    if not text.isprintable():
        raise WrongCallError(f"explain: statement is {shown(text)}, not a single line of text")
    return await backing.data("statement", given["offset"], given["limit"], CHARACTERS, text=text)


async def article(backing: Backing, given: Data) -> Data:
    """Show an article's statements, or list the articles."""
    if given["slug"] is None:
        return await backing.data("articles", given["offset"], given["limit"], CHARACTERS)
    return await backing.data("article", given["offset"], given["limit"], CHARACTERS, slug=given["slug"])


async def profile(backing: Backing, given: Data) -> Data:
    """Show all that is known of a thing."""
    day = _day(given["as_of"])
    return await backing.data(
        "thing", 0, given["limit"], CHARACTERS_OF_PAGE, day, profile=given["kind"], text=given["name"]
    )


async def sparql(backing: Backing, given: Data) -> Data:
    """Evaluate SPARQL."""
    served = await backing.served()
    kind, content, cut = await backing.sparql(given["query"])
    notes = [_NO_CITATIONS]
    if kind == "triples":
        text = content.decode()
        kept = text if len(text) <= CHARACTERS else text[: text.rfind("\n", 0, CHARACTERS) + 1]
        told: Data = {"kind": kind, "triples": kept}
        if cut or len(kept) < len(text):
            told["cut"] = "characters"
            notes.append(f"{len(kept):,} characters are shown; ask for fewer triples, such as with LIMIT in the query")
        return {**told, "notes": notes}
    found = json.loads(content)
    if kind == "boolean":
        if not found["boolean"]:
            notes = ["false: the graph does not have it, which does not mean that it is not so"]
        return {"kind": kind, "boolean": found["boolean"], "notes": notes}
    prefixes = {**v.STANDARD, **served.prefixes}
    bindings = found["results"]["bindings"]
    offset, limit = given["offset"], given["limit"]
    columns = found["head"]["vars"]
    rows = [
        {name: _plain(row[name], prefixes) for name in columns if name in row}
        for row in bindings[offset : offset + limit]
    ]
    kept_rows = _fitting(rows, CHARACTERS)
    if not bindings:
        notes = ["no rows: the graph does not have it, which does not mean that it is not so"]
        remarks = await backing.data("nothing", 0, _LISTED, CHARACTERS, text=given["query"])
        notes += remarks["notes"]
    total: int | str = f"more than {len(bindings)}" if cut else len(bindings)
    return {
        "kind": kind,
        "columns": columns,
        "rows": kept_rows,
        "total": total,
        **_rest(len(kept_rows), offset, len(bindings), len(rows)),
        "notes": notes,
    }


def _plain(term: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    value = v.shorten(term["value"], prefixes) if term["type"] == "uri" else term["value"]
    more = len(value) - _LONGEST
    return value if more <= 0 else f"{value[:_LONGEST]}… ({more} characters more)"


async def validate(backing: Backing, given: Data) -> Data:
    """Judge Turtle."""
    if not re.fullmatch(r"[\w][\w-]*", given["slug"]):
        raise WrongCallError(
            f"validate: slug is {shown(given['slug'])}; give letters, digits and hyphens, like 2021-03-26-a-publisher"
        )
    await backing.served()
    report = await backing.validated(given["slug"], given["turtle"])
    findings = [
        {
            **{key: one[key] for key in ("line", "column", "severity", "rule", "message", "remedy") if one[key]},
            **({} if one["here"] else {"file": one["path"]}),
        }
        for one in report["findings"]
    ]
    kept = _fitting(findings, CHARACTERS)
    told: Data = {"conforms": report["conforms"], "total": report["total"], "findings": kept}
    if len(kept) < report["total"]:
        told["cut"] = "characters"
    return told


def _fitting(entries: Sequence[Data], characters: int) -> list[Data]:
    """Return as many entries as fit, and the first in any case."""
    kept: list[Data] = []
    for entry in entries:
        characters -= len(json.dumps(entry, ensure_ascii=False)) + 2
        if characters < 0 and kept:
            break
        kept.append(entry)
    return kept


def _rest(kept: int, offset: int, total: int, wanted: int) -> Data:
    """Return where the rest of a list begins, and what has ended it before the limit."""
    told: Data = {"next": offset + kept} if offset + kept < total else {}
    return {**told, "cut": "characters"} if kept < wanted else told
