"""Finding the range of a phrase in the articles' texts."""

from __future__ import annotations

import hashlib
import os
import re
from collections import namedtuple

from zonegraph import evidence
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from zonegraph.project.sources import Project

    class Found(NamedTuple):
        """An occurrence of a phrase: the article's slug, offsets in characters, digest of the range, line in the text."""

        slug: str
        start: int
        end: int
        digest: str
        line: int

else:
    Found = namedtuple("Found", "slug start end digest line")


def find(project: Project, directory: str, phrase: str, slug: str | None = None) -> list[Found]:
    """Find a phrase in the articles' texts.

    Parameters: `directory`, the folder of the texts; `phrase`, exactly as printed; `slug`, of the only article to look
    in, or None. Returns every occurrence, overlapping ones too; one in a text that no article transcribes yet bears the
    name of the file. Raises UsageError for an unknown article, a text that is not at hand, or a phrase that could be no range.
    """
    if not phrase.strip() or "\n" in phrase or len(phrase) > evidence.LONGEST:
        raise UsageError(f"a range has 1 to {evidence.LONGEST} characters of one line", "give a shorter phrase")
    slugs = {sources.slug(file): file for file in project.articles}
    if slug is not None and slug not in slugs:
        near = nearest(slug, slugs, 0.3)
        raise UsageError(
            f"{slug}: no such article", f"did you mean {near}?" if near else f"there are: {', '.join(slugs)}"
        )
    at_hand = texts.by_digest(directory)
    found: list[Found] = []
    missing = []
    for name, file in slugs.items():
        if slug in (None, name):
            digest = evidence.text_digest(turtle.parse(file.path), name)
            if digest in at_hand:
                found += _occurrences(name, at_hand.pop(digest)[1], phrase)
            else:
                missing.append(name)
    if slug is None:
        for path, text in at_hand.values():
            found += _occurrences(os.path.basename(path), text, phrase)
    if missing and not found:
        raise UsageError(
            f"{directory}: no text has the digest of {', '.join(missing)}",
            "name the folder with the texts with --articles",
        )
    return found


def _occurrences(name: str, text: str, phrase: str) -> list[Found]:
    digest = hashlib.sha256(phrase.encode()).hexdigest()
    starts = [match.start() for match in re.finditer(f"(?={re.escape(phrase)})", text)]
    return [Found(name, start, start + len(phrase), digest, texts.position(text, start)[0]) for start in starts]
