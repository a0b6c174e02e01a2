"""The words that are read and the terms that reading is about, as lexicon.json has them, and patterns made of words."""

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zonegraph import vocabulary as v


@functools.cache
def sections() -> dict[str, Any]:
    """Return the sections, which the package's docstring explains, with IRIs for the prefixed names in them."""
    path = Path(__file__).with_suffix(".json")
    return dict(json.loads(re.sub(r"\b(\w+):(?=\w)", lambda name: v.PREFIXES[name[1]], path.read_text("utf-8"))))


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
