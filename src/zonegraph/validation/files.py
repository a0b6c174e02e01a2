"""The files that are judged: which they are, of what kind, and what they hold."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from zonegraph import terminal
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.turtle import Region
from zonegraph.validation import checks, saved_queries
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, File
from zonegraph.validation.findings import UNREADABLE, Finding

STANDARD_INPUT = "-"  # the path by which it is named

# Kinds of files that are no data; so they are called.
ONTOLOGY, SHAPES, RULE = "the ontology", "a file of shapes", "an inference rule"
SHAPE_RULE = "a validation rule"
LEXICON = "the project's lexicon"
NO_DATA = (ONTOLOGY, SHAPES, SHAPE_RULE, LEXICON, RULE)
DATA = (REFERENCE, ARTICLE, REVIEW, CURATION)
_FIELDS = {  # of sources.Project, by kind
    REFERENCE: "reference",
    ARTICLE: "articles",
    REVIEW: "review",
    CURATION: "curation",
    QUERY: "queries",
    ONTOLOGY: "ontology",
    SHAPES: "shapes",
    SHAPE_RULE: "shape_rules",
    LEXICON: "lexicon",
    RULE: "rules",
}


class Given(NamedTuple):
    """A file to judge: where it is, its name as shown, its kind, and its content if that is not to be read there."""

    path: str
    name: str
    kind: str
    content: bytes | None = None

    @property
    def slug(self) -> str | None:
        """The file's name without folder and extension; None for standard input."""
        return None if self.path == STANDARD_INPUT else os.path.splitext(os.path.basename(self.path))[0]


def members(project: sources.Project, kinds: Iterable[str]) -> list[Given]:
    """Return the files of a project that are of some kinds, in order of these."""
    return [Given(file.path, file.name, kind) for kind in kinds for file in getattr(project, _FIELDS[kind])]


def without(project: sources.Project, paths: set[str]) -> sources.Project:
    """Return a project without some of its files, which their real paths name."""
    kept: dict[str, Any] = {
        field: [file for file in getattr(project, field) if os.path.realpath(file.path) not in paths]
        for field in _FIELDS.values()
    }
    return project._replace(**kept)


def named_files(project: sources.Project, paths: list[str], contents: Mapping[str, bytes] | None = None) -> list[Given]:
    """Return the files that paths lead to, each once: files, what lies in folders, and `-` for standard input.

    Parameters: `contents`, what stands in place of what is saved, by path; such a file need not exist. Raises UsageError if a
    path leads to nothing, or to a folder without data.
    """
    kinds = {os.path.realpath(file.path): file.kind for file in members(project, _FIELDS)}
    unsaved = contents or {}

    def given(name: str) -> Given:
        other = QUERY if name.endswith(".rq") else ARTICLE
        return Given(name, name, kinds.get(os.path.realpath(name), other), unsaved.get(name))

    found: dict[str, Given] = {}
    for path in paths:
        if path == STANDARD_INPUT:
            content = unsaved[path] if path in unsaved else texts.read_standard_input()
            found.setdefault(path, Given(path, texts.STANDARD_INPUT, ARTICLE, content))
        elif os.path.isdir(path):
            below = map(given, [*_below(path), *saved_queries.below(project, path)])
            data = [file for file in below if file.kind not in NO_DATA]
            if not data:
                raise UsageError(
                    f"{path}: no Turtle files (*.ttl) with data in this folder",
                    "name a file, or the folder that it is in",
                )
            for file in data:
                found.setdefault(os.path.realpath(file.path), file)
        else:
            if path not in unsaved and not os.path.exists(path):
                texts.read_bytes(path)  # raises with a message
            found.setdefault(os.path.realpath(path), given(path))
    return list(found.values())


def _below(folder: str) -> list[str]:
    names = []
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [os.path.join(directory, n) for n in files if n.endswith(".ttl") and not n.startswith(".")]
    return sorted(names)


def read(given: Given) -> File:
    """Read a file. Raises UsageError with file, line and remedy if it cannot be read."""
    text = None if given.content is None else texts.decode(given.content, given.name)
    if given.kind == QUERY:
        return saved_queries.read(given.path, given.name, text)
    return File(given.name, given.kind, given.slug, turtle.read(given.name if text else given.path, text))


def sound(path: str) -> tuple[ox.Triple, ...]:
    """Return what a file says, literals that are none left out, since no engine can judge by them.

    Blank nodes have names that are those of no other file. Who judges again and again reads a file once, until its content changes. Raises UsageError as
    `turtle.parse` does.
    """
    return _sound(path, texts.read_text(path))


@functools.lru_cache(maxsize=64)  # of a project with more files the graph in memory would be kept
def _sound(path: str, text: str) -> tuple[ox.Triple, ...]:
    return tuple(t for t in turtle.parse(path, text, rename=True) if checks.well_formed(t.object))


def unreadable(given: Given, error: UsageError) -> Finding:
    """Turn an error whose problem is `path:line:column: what is wrong` into a finding."""
    rule = checks.RULES[UNREADABLE]
    first = terminal.message(error.problem).partition("\n")[0]
    said = first.removeprefix(terminal.line(given.path)).removeprefix(terminal.line(given.name))
    place = re.fullmatch(r"(?::(\d+))?(?::(\d+))?:? *(.*)", said)
    line, column, what = place.groups() if place else (None, None, said)
    what = what[:1].upper() + what[1:] + (f" (column {column})" if column else "")
    remedy = terminal.message(error.remedy).rpartition("\n")[2].strip() or rule.remedy
    at = (int(line or 1), int(column or 1))
    return Finding(given.name, Region(*at, *at), rule.severity, rule.id, what, remedy)
