"""An answer as short text, for clients that show their model nothing else: what it holds, line by line, with its
citations.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    Data: TypeAlias = Mapping[str, Any]

_LISTS = ("questions", "things", "statements", "ranges", "findings", "rows")


def written(answer: Data) -> str:
    """Return an answer of a tool as text."""
    return "\n".join(_lines(answer))


def _lines(answer: Data) -> Iterable[str]:
    head = _head(answer)
    if head:
        yield head
    for key in ("summary", "kind", "conforms", "boolean"):
        if key in answer:
            yield f"{key}: {_plain(answer[key])}"
    for key in ("columns", "tags"):
        if isinstance(answer.get(key), dict):
            yield f"{key}: " + "; ".join(f"{name}: {value}" for name, value in answer[key].items())
    if isinstance(answer.get("parameters"), list):
        yield from (f"parameter {parameter}" for parameter in answer["parameters"])
    for section in answer.get("sections", ()):
        rest = f"; for more ask {section['query']} with {section['parameter']}" if "next" in section else ""
        yield f"{section['question']} {len(section['rows'])} of {section['total']} rows{rest}"
        yield from _entries(section["rows"])
    yield from (f"{one['number']} {one['class']} point here by {one['property']}" for one in answer.get("pointing", ()))
    for name in (*_LISTS, "articles"):
        if isinstance(answer.get(name), list):
            yield _count(answer, name)
            yield from _entries(answer[name])
    for key in ("triples", "sparql"):
        if key in answer:
            yield answer[key].rstrip("\n")
    yield from _below(answer)


def _head(answer: Data) -> str:
    named = answer.get("thing") or answer.get("query") or answer.get("name") or ""
    if isinstance(answer.get("article"), dict):
        named = _fields(answer["article"])
    said = [answer.get("question"), *answer.get("classes", ()), answer.get("english"), answer.get("chinese")]
    return ": ".join(filter(None, (named, ", ".join(filter(None, said)))))


def _count(answer: Data, name: str) -> str:
    kept, total = len(answer[name]), answer.get("total", len(answer[name]))
    text = f"{kept} of {total} {name}"
    return text + (f"; call again with offset {answer['next']} for more" if "next" in answer else "")


def _entries(entries: Iterable[Data]) -> Iterable[str]:
    for entry in entries:
        values = entry.get("values")
        shown = _fields({k: v for k, v in entry.items() if k not in ("values", *_IDS)} if values is None else values)
        yield f"- {shown}{_sources(entry)}"


_IDS = ("cited", "also", "moreCited", "inferred", "moreInferred")


def _sources(entry: Data) -> str:
    text = "".join(f" [{number}]" for number in entry.get("cited", ()))
    if entry.get("also"):
        text += " also" + "".join(f" [{number}]" for number in entry["also"])
    if entry.get("moreCited"):
        text += f" and {entry['moreCited']} more"
    text += "".join(f" [i{number}]" for number in entry.get("inferred", ()))
    return text + (f" and {entry['moreInferred']} more inferences" if entry.get("moreInferred") else "")


def _below(answer: Data) -> Iterable[str]:
    articles = answer.get("articles", {})
    if isinstance(articles, dict):
        yield from (f"{name}: {_fields(described)}" for name, described in articles.items())
    for citation in answer.get("citations", ()):
        yield f"[{citation['id']}] {_citation(citation)}"
    for inference in answer.get("inferences", ()):
        where = f" in {inference['inArticle']}" if "inArticle" in inference else ""
        more = f" and {inference['morePremises']} more" if "morePremises" in inference else ""
        premises = "; ".join(inference["premises"])
        yield f"[i{inference['id']}] {inference['statement']}: by the rule {inference['rule']}{where} from {premises}{more}"
    names = answer.get("names", {})
    if names:
        yield "names: " + "; ".join(f"{thing} {name}" for thing, name in names.items())
    yield from (f"leaves out: {what}" for what in answer.get("leavesOut", ()))
    yield from (f"left out: {what}" for what in answer.get("leftOut", ()))
    yield from (f"note: {note}" for note in answer.get("notes", ()))
    if "cut" in answer:
        yield f"cut short: the answer reached its limit of {answer['cut']}"
    data = answer.get("data")
    if data:
        through = f"data through {data['through']}, from" if "through" in data else "data from"
        undated = f" ({data['undated']} undated)" if data["undated"] else ""
        yield f"{through} {data['articles']} articles{undated}"


def _citation(citation: Data) -> str:
    if "graph" in citation:
        return ": ".join(filter(None, (citation["graph"], citation.get("note"))))
    text = str(citation["article"])
    if "start" in citation:
        text += f" {citation['start']}–{citation['end']}, {citation['basis']}"
    if "asPrinted" in citation:
        text += f", printed “{citation['asPrinted']}”"
    if "saidBy" in citation:
        text += f", said by {citation['saidBy']}"
    return text + (f" ({citation['note']})" if "note" in citation else "")


def _fields(entry: Data) -> str:
    return "; ".join(f"{key}: {_plain(value)}" for key, value in entry.items())


def _plain(value: object) -> str:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
