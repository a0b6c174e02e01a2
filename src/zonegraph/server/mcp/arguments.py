"""The arguments of a tool, held against their schema: what is wrong is said with what would be right."""

from __future__ import annotations

import json

from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SHOWN = 80  # characters of a wrong value
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
}


class WrongCallError(Exception):
    """A call that cannot be answered; the text says why, and what to call instead."""


def checked(tool: str, schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, with defaults for those that are left out. Raises WrongCallError for what does
    not fit the schema.
    """
    properties: Mapping[str, Any] = schema["properties"]
    wrong = [_unknown(tool, name, properties) for name in given if name not in properties]
    for name in schema.get("required", ()):
        if given.get(name) is None:
            wrong.append(f"{tool}: needs {name}: {expected(properties[name])}")
    found: dict[str, Any] = {}
    for name, rule in properties.items():
        value = given.get(name)
        if value is None:
            found[name] = rule.get("default")
            continue
        reason = _reason(value, rule)
        if reason:
            wrong.append(f"{tool}: {name} is {shown(value)}, {reason}; give {expected(rule)}")
        found[name] = value
    if wrong:
        raise WrongCallError("\n".join(wrong))
    return found


def _unknown(tool: str, name: str, properties: Mapping[str, Any]) -> str:
    near = nearest(name, properties)
    listed = "; ".join(f"{known}: {expected(rule)}" for known, rule in properties.items()) or "none"
    return f"{tool}: no argument {shown(name)}{f'; did you mean {near}?' if near else ';'} its arguments are {listed}"


def _reason(value: Any, rule: Mapping[str, Any]) -> str:
    """Return why a value does not fit a rule; empty if it does."""
    kind = rule["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"not {_WORDS[kind]}"
    if isinstance(value, str):
        if len(value) > rule.get("maxLength", 10**9):
            return f"which has {len(value):,} characters, more than {rule['maxLength']:,}"
        if any("\ud800" <= character <= "\udfff" for character in value):
            return "which has halves of characters"
    if "enum" in rule and value not in rule["enum"]:
        return "which is none of the values"
    if kind == "integer" and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        return "which is out of range"
    return ""


def expected(rule: Mapping[str, Any]) -> str:
    """Return in words what an argument takes, with an example."""
    words = _WORDS[rule["type"]]
    if "enum" in rule:
        words = f"one of {', '.join(map(str, rule['enum']))}"
    elif "maximum" in rule:
        words += f" from {rule['minimum']} to {rule['maximum']:,}"
    elif "maxLength" in rule:
        words += f" of at most {rule['maxLength']:,} characters"
    example = rule.get("examples", ())
    return words + (f", for example {json.dumps(example[0], ensure_ascii=False)}" if example else "")


def shown(value: object) -> str:
    """Return a value as a message shows it, cut where it is long."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
