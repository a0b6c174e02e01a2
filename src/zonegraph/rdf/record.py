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


def written(value: Any) -> Any:
    """Return a value as JSON has it: texts, numbers, terms, triples, tuples, lists, sets, dictionaries, named tuples and data classes.

    Raises TypeError for anything else.
    """
    kind = type(value)
    if value is None or kind in (str, bool, int):
        return value
    if kind in _TERMS:
        return [_TERMS[kind], value.value]
    if kind is ox.Literal:
        return ["L", value.value, value.language or "", "" if value.language else value.datatype.value]
    if kind is ox.Triple:
        return ["T", *map(written, value)]
    if kind in (set, frozenset):
        return [_MANY[kind], *map(written, sorted(value, key=repr))]
    if kind in _MANY:
        return [_MANY[kind], *map(written, value)]
    if kind is dict:
        return ["d", *(written(part) for pair in value.items() for part in pair)]
    if isinstance(value, tuple):
        return [f"{kind.__name__}.", *map(written, value)]
    if dataclasses.is_dataclass(value):
        fields = (field.name for field in dataclasses.fields(value) if field.init)
        return [f"{kind.__name__}.", *(written(getattr(value, name)) for name in fields)]
    raise TypeError(f"{kind.__name__}: not to be kept")


def read(content: Any, classes: Mapping[str, type]) -> Any:
    """Return the value that `written` has made JSON of.

    Parameters: `classes`, the named tuples and data classes that may be in it, by name. Raises ValueError, KeyError or TypeError for what it
    has not made.
    """
    known: dict[tuple[str, str], Any] = {}

    def value(part: Any) -> Any:
        if type(part) is not list:
            return part
        tag = part[0]
        if tag in _READ_TERM:
            key = (tag, part[1])
            if key not in known:
                known[key] = _READ_TERM[tag](part[1])
            return known[key]
        inside = [value(one) for one in part[1:]]
        if tag in _READ_MANY:
            return _READ_MANY[tag](inside)
        if tag == "d":
            return dict(zip(inside[::2], inside[1::2], strict=True))
        if tag == "T":
            return ox.Triple(*inside)
        if tag == "L":
            text, language, datatype = inside
            return (
                ox.Literal(text, language=language) if language else ox.Literal(text, datatype=ox.NamedNode(datatype))
            )
        return classes[tag[:-1]](*inside)

    return value(content)
