"""The words that are read and the terms that reading is about: the program's, with those of a project; patterns of words."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.suggest import nearest

_WORD, _TERM, _NUMBER, _TRUE = "a word", "a prefixed name", "a whole number", "true"
_WORDS = [_WORD]
_FORM: dict[str, Any] = {  # of a dictionary with one key of its kind, any keys are of that kind
    "terms": {
        "names": [_TERM],
        "wordings": [_TERM],
        "unit_of": {_TERM: _TERM},
        "comparator_of": {_TERM: _TERM},
        "against": {_TERM: _WORD},
        "acts": [_TERM],
        "numbered_by": {_TERM: _TERM},
        "counted": {_TERM: _TERM},
        "dated_together": {_TERM: _TERM},
        **{key: {_TERM: _TERM} for key in ("due", "due_not", "one_each", "said_of")},
        **{key: [_TERM] for key in ("of_a_kind", "measured")},
    },
    "numbers": {
        **{key: {_WORD: _NUMBER} for key in ("cardinals", "ordinals", "scales")},
        **{f"chinese_{key}": {_WORD: _NUMBER} for key in ("scales", "digits", "places")},
        **dict.fromkeys(("chinese_ordinal", "chinese_counted", "chinese_not_after"), _WORDS),
        **dict.fromkeys(("ordinal_endings", "joined_by", "negative", "to"), _WORDS),
        **dict.fromkeys(("fraction_signs", "more_of_it", "falls"), _WORDS),
    },
    "units": {_WORD: {**dict.fromkeys(("signs", "codes", "words"), _WORDS), "shared": _TRUE, "ends_range": _TRUE}},
    "unclear_units": _WORDS,
    "comparators": {
        "none": _TERM,
        "before": {_TERM: _WORDS},
        "negated": {_TERM: _TERM},
        "negations": dict.fromkeys(("beside", "near", "both", "joined", "ending", "followed_by"), _WORDS),
        "after": {_TERM: dict.fromkeys(("next", "measured", "counted"), _WORDS)},
        "of_place_too": _WORDS,
        "hints": _WORDS,
    },
    "dates": {
        "months": [_WORDS],
        "weekdays": [_WORDS],
        "words_too": _WORDS,
        "from_publication": {_WORD: _NUMBER},
        **dict.fromkeys(("to", "of", "before_last", "not_past", "of_time"), _WORDS),
        "chinese": dict.fromkeys(("year", "month", "day"), _WORD),
    },
    "status": {
        "time": {_WORD: _WORDS},
        "version": {_WORD: _WORDS},
        **dict.fromkeys(("until", "relative", "auxiliaries"), _WORDS),
    },
    "speech": dict.fromkeys(("verbs", "done_before", "of_the_page", "oneself"), _WORDS),
    "lists": dict.fromkeys(("open", "both"), _WORDS),
    "names": dict.fromkeys(("articles", "endings"), _WORDS),
}
_IN_ORDER = {"months": 12, "weekdays": 7}  # lists that a project gives whole, and how long they are


class Lexicon:
    """Words and terms by section; the package's docstring explains the sections. Terms are IRIs here."""

    def __init__(self, sections: dict[str, Any]) -> None:
        """Take sections as they are."""
        self.sections = sections


@functools.cache
def general() -> Lexicon:
    """Return the program's own lexicon."""
    return Lexicon(_read(json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")), _FORM, ()))


def load(project: sources.Project) -> Lexicon:
    """Return the program's lexicon with what a project's adds to it, or has otherwise; see the package's docstring.

    Raises UsageError with file and line for a lexicon that cannot be read, or that has not the form of one.
    """
    for file in project.lexicon:
        return extended(file.path, texts.read_text(file.path))
    return general()


@functools.lru_cache(4)
def extended(path: str, text: str) -> Lexicon:
    """Return the program's lexicon with what a text adds to it; `path` is for messages. Raises UsageError as `load` does."""
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated.extend(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        return dict(pairs)

    try:
        sections = json.loads(text, object_pairs_hook=once)
        if repeated:
            raise _MisfitError((repeated[0],), "appears twice")
        read = _read(sections, _FORM, ())
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}", "correct it there"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}:1: not valid JSON: {error}", "write words and whole numbers, not nested deeper"
        ) from None
    except _MisfitError as error:
        where = f"“{': '.join(error.path)}”" if error.path else "the lexicon"
        raise UsageError(
            f"{path}:{_line(text, error.path, last=bool(repeated))}: {where}: {error}",
            "write it as the lexicon of the program has it (docs/projects.md)",
        ) from None
    return Lexicon(_merged(general().sections, read))


class _MisfitError(Exception):
    """A value that has not its form, by the keys that lead there."""

    def __init__(self, path: tuple[str, ...], problem: str) -> None:
        super().__init__(problem)
        self.path = path


def _read(value: Any, form: Any, path: tuple[str, ...]) -> Any:
    """Return a value with IRIs for its prefixed names. Raises _MisfitError if it has not its form."""
    if isinstance(form, list):
        if not isinstance(value, list):
            raise _MisfitError(path, "is not a list")
        if path and len(value) != _IN_ORDER.get(path[-1], len(value)):
            raise _MisfitError(path, f"has {len(value)} members, not {_IN_ORDER[path[-1]]}")
        if isinstance(form[0], list) and [] in value:
            raise _MisfitError(path, "has a member without words")
        return [_read(part, form[0], (*path, "a member")) for part in value]
    if isinstance(form, dict):
        if not isinstance(value, dict):
            raise _MisfitError(path, "is not a mapping")
        kind = next(iter(form)) if len(form) == 1 else ""
        if kind in (_WORD, _TERM):
            return {
                _read(key, kind, (*path, key)): _read(part, form[kind], (*path, key)) for key, part in value.items()
            }
        for key in value:
            if key not in form:
                near = nearest(key, form)
                known = f"did you mean {near}?" if near else f"known are {', '.join(form)}"
                raise _MisfitError((*path, key), f"no such key; {known}")
        return {key: _read(part, form[key], (*path, key)) for key, part in value.items()}
    if form == _TERM and isinstance(value, str):
        return " ".join(_iri(name, path) for name in value.split())
    whole_number, word = type(value) is int and form == _NUMBER, isinstance(value, str) and form == _WORD
    if not whole_number and not (word and value.strip() == value != "") and not (value is True and form == _TRUE):
        raise _MisfitError(path, f"{json.dumps(value, ensure_ascii=False)[:80]} is not {form}")
    return value


def _iri(name: str, path: tuple[str, ...]) -> str:
    prefix, colon, local = name.partition(":")
    if not colon or not local:
        raise _MisfitError(path, f"{name} is not a prefixed name")
    if prefix not in v.PREFIXES:
        near = nearest(prefix, v.PREFIXES, 0.7)
        hint = f"did you mean {near}:?" if near else "declare it at the head of a file in ontology/"
        raise _MisfitError(path, f"the prefix {prefix}: is not declared; {hint}")
    return v.PREFIXES[prefix] + local


def _merged(ours: Any, theirs: Any, key: str = "") -> Any:
    if key == "before":  # a word that is given another comparator leaves the one that it had
        given = {word for words in theirs.values() for word in words}
        ours = {which: [word for word in words if word not in given] for which, words in ours.items()}
    if isinstance(ours, dict):
        return {**ours, **{k: _merged(ours[k], part, k) if k in ours else part for k, part in theirs.items()}}
    if isinstance(ours, list) and key not in _IN_ORDER:
        return [*ours, *(word for word in theirs if word not in ours)]
    return theirs


def _line(text: str, path: tuple[str, ...], *, last: bool) -> int:
    """Return the line of the key to which keys lead, each of which stands behind the one before it."""
    at = 0
    for key in path:
        places = [m.start() for m in re.finditer(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:", text)]
        at = next((place for place in (reversed(places) if last else places) if place >= at), at)
    return text.count("\n", 0, at) + 1


def either(words: Iterable[str]) -> str:
    """Return a pattern, in a group, for any of some words as they stand, the longest first; nothing fits if there are none."""
    return "(?:" + ("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)") + ")"


def whole(words: Iterable[str]) -> str:
    """Return a pattern, in a group, for any of some words: in letters as a word by itself, else anywhere.

    A `*` stands for more letters at that end of the word, an apostrophe for either form of it.
    """
    letters = {word for word in words if re.match(r"\*?[A-Za-z]", word)}
    by_itself = either(letters).replace(r"\*", r"\w*").replace("'", "[’']")
    return rf"(?:\b{by_itself}\b|{either(set(words) - letters)})"
