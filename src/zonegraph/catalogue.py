"""The saved queries: files of SPARQL whose `#+` header says, in YAML, what they ask and what they answer with."""

from __future__ import annotations

import re
from collections import namedtuple

from zonegraph.errors import UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Parameter(NamedTuple):
        """A parameter: its variable's name, type, class of the things it may name (or empty), default row, meaning."""

        name: str
        type: str
        of_class: str
        default: str
        description: str

    class SavedQuery(NamedTuple):
        """A saved query; `columns` maps each variable to its meaning, `cite` lists groups of triple patterns."""

        name: str
        question: str
        summary: str
        tags: list[str]
        parameters: list[Parameter]
        columns: dict[str, str]
        cite: list[str]
        text: str

else:
    Parameter = namedtuple("Parameter", "name type of_class default description")
    SavedQuery = namedtuple("SavedQuery", "name question summary tags parameters columns cite text")

PARAMETER_TYPES = ("iri", "string", "integer", "decimal", "date")


def parse(name: str, text: str, path: str) -> SavedQuery:
    """Read a saved query.

    Parameters: `name`, its slug; `text`, the file; `path`, for messages. Returns the query. Raises UsageError with
    file and line if the header is missing, is no YAML, lacks a key, or does not fit the SPARQL below it.
    """
    header = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]
    if not header:
        raise UsageError(
            f"{path}:1: a saved query begins with a header of lines '#+ key: value' (question, summary, ...)"
        )
    fields = _yaml(path, header)

    def fail(key: str, what: str) -> UsageError:
        line = next((n for n, content in header if content[2:].strip().startswith(f"{key}:")), header[0][0])
        return UsageError(f"{path}:{line}: header: {key}: {what}")

    unknown = set(fields) - {"question", "summary", "tags", "parameters", "columns", "cite"}
    if unknown:
        raise fail(min(unknown), "no such key; known are question, summary, tags, parameters, columns, cite")
    for key, kind in (("question", str), ("summary", str), ("tags", list), ("columns", dict)):
        if not isinstance(fields.get(key), kind) or not fields[key]:
            raise fail(key, f"is missing or not a {kind.__name__}")

    parameters = []
    for variable, entry in (fields.get("parameters") or {}).items():
        if not isinstance(entry, dict) or entry.get("type") not in PARAMETER_TYPES:
            raise fail(variable, f"needs a type, one of {', '.join(PARAMETER_TYPES)}")
        row = values_row(variable).findall(text)
        if len(row) != 1:
            raise fail(variable, f"the query needs exactly one line 'VALUES ?{variable} {{ ... }}', it has {len(row)}")
        parameters.append(
            Parameter(
                variable, entry["type"], entry.get("class", ""), row[0].strip(), str(entry.get("description", ""))
            )
        )
    return SavedQuery(
        name=name,
        question=fields["question"].strip(),
        summary=fields["summary"].strip(),
        tags=[str(tag) for tag in fields["tags"]],
        parameters=parameters,
        columns={str(k): str(meaning) for k, meaning in fields["columns"].items()},
        cite=[str(pattern) for pattern in fields.get("cite") or []],
        text=text,
    )


def values_row(variable: str) -> re.Pattern[str]:
    """Return the pattern of the line that binds a parameter; group 1 is the row's content."""
    return re.compile(rf"^[ \t]*VALUES[ \t]+\?{re.escape(variable)}[ \t]*\{{([^\n]*)\}}", re.MULTILINE)


def _yaml(path: str, header: list[tuple[int, str]]) -> dict[str, Any]:
    import yaml  # headers are read when the store is built, so other commands need not pay for it

    try:
        fields = yaml.safe_load("\n".join(line[2:] for _, line in header))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = header[min(mark.line, len(header) - 1)][0] if mark else header[0][0]
        raise UsageError(f"{path}:{line}: the header is not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{path}:{header[0][0]}: the header is not a list of 'key: value' lines")
    return fields


def get(catalogue: dict[str, SavedQuery], name: str) -> SavedQuery:
    """Return a saved query. Raises UsageError that offers the nearest name if there is none of that name."""
    if name in catalogue:
        return catalogue[name]
    near = nearest(name, catalogue)
    hint = f"did you mean {near}?" if near else "`zonegraph query` lists them"
    raise UsageError(f"{name}: no such saved query\n  {hint}  (a file ends in .rq; SPARQL text goes after -e)")


def to_json(catalogue: dict[str, SavedQuery]) -> list[dict[str, object]]:
    """Return the catalogue as plain data, for the cache and for `zonegraph query --format json`."""
    return [{**q._asdict(), "parameters": [p._asdict() for p in q.parameters]} for q in catalogue.values()]


def from_json(data: list[dict[str, object]]) -> dict[str, SavedQuery]:
    """Return the catalogue that `to_json` wrote, by name."""
    return {
        str(entry["name"]): SavedQuery(**{**entry, "parameters": [Parameter(**p) for p in entry["parameters"]]})  # type: ignore
        for entry in data
    }
