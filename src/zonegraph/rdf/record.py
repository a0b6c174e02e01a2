"""What is made of terms and named tuples, as JSON and back, so that it can be kept without anything in it that runs."""

from __future__ import annotations

import dataclasses

import pyoxigraph as ox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TERMS: dict[Any, str] = {ox.NamedNode: "n", ox.BlankNode: "b", ox.Variable: "v"}
_MANY: dict[Any, str] = {tuple: "t", list: "l", frozenset: "f", set: "s"}
_READ_TERM = {tag: kind for kind, tag in _TERMS.items()}
_READ_MANY = {tag: kind for kind, tag in _MANY.items()}


def written(value: Any) -> list[Any]:
    """Return a value as JSON has it: texts, numbers, terms, triples, tuples, lists, sets, dictionaries, named tuples and data classes.

    It is a table of parts, each of which refers to those before it by their numbers; the last is the value. What cannot be changed stands there
    once, what can be changed each time it is met. Raises TypeError for anything else.
    """
    table: list[Any] = []
    numbers: dict[tuple[Any, ...], int] = {}

    def number(part: Any) -> int:
        entry, shared = described(part)
        key = tuple(entry) if type(entry) is list else (type(entry), entry)
        if shared and key in numbers:
            return numbers[key]
        numbers[key] = len(table)
        table.append(entry)
        return len(table) - 1

    def described(part: Any) -> tuple[Any, bool]:
        """Return a part as it stands in the table, and whether it is shared."""
        kind = type(part)
        if part is None or kind in (str, bool, int):
            return part, True
        if kind in _TERMS:
            return [_TERMS[kind], part.value], True
        if kind is ox.Literal:
            return ["L", part.value, part.language or "", "" if part.language else part.datatype.value], True
        if kind is ox.Triple:
            return ["T", *map(number, part)], True
        if kind in (set, frozenset):
            return [_MANY[kind], *map(number, sorted(part, key=repr))], kind is frozenset
        if kind in _MANY:
            return [_MANY[kind], *map(number, part)], kind is tuple
        if kind is dict:
            return ["d", *(number(one) for pair in part.items() for one in pair)], False
        if isinstance(part, tuple):
            return [f"{kind.__name__}.", *map(number, part)], True
        if dataclasses.is_dataclass(part):
            fields = (field.name for field in dataclasses.fields(part) if field.init)
            frozen = kind.__dataclass_params__.frozen
            return [f"{kind.__name__}.", *(number(getattr(part, name)) for name in fields)], frozen
        raise TypeError(f"{kind.__name__}: not to be kept")

    number(value)
    return table


def read(table: Any, classes: Mapping[str, type]) -> Any:
    """Return the value of which `written` has made a table.

    Parameters: `classes`, the named tuples and data classes that may be in it, by name. Raises ValueError, LookupError or TypeError for what
    it has not made.
    """
    parts: list[Any] = []
    for entry in table:
        if type(entry) is not list:
            parts.append(entry)
            continue
        tag = entry[0]
        if tag in _READ_TERM:
            parts.append(_READ_TERM[tag](entry[1]))
            continue
        if tag == "L":
            _, text, language, datatype = entry
            parts.append(
                ox.Literal(text, language=language) if language else ox.Literal(text, datatype=ox.NamedNode(datatype))
            )
            continue
        inside = [parts[number] for number in entry[1:]]
        if tag in _READ_MANY:
            parts.append(_READ_MANY[tag](inside))
        elif tag == "d":
            parts.append(dict(zip(inside[::2], inside[1::2], strict=True)))
        elif tag == "T":
            parts.append(ox.Triple(*inside))
        else:
            parts.append(classes[tag[:-1]](*inside))
    return parts[-1]
