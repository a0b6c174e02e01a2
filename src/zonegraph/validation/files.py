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
from zonegraph.rdf.syntax import Mistake
from zonegraph.rdf.turtle import Region
from zonegraph.validation import checks, saved_queries
from zonegraph.validation.checks import ARTICLE, CURATION, QUERY, REFERENCE, REVIEW, File
from zonegraph.validation.findings import UNREADABLE, Edit, Finding, Fix

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
    """A file to judge: where it is, its name as shown, its kind, and its content if that is not to be read there.

    It may be judged as it would be once a mistake is mended: `changes` to its text, `renamed`, the slug of another name.
    """

    path: str
    name: str
    kind: str
    content: bytes | None = None
    changes: tuple[turtle.Change, ...] = ()
    renamed: str = ""

    @property
    def slug(self) -> str | None:
        """The file's name without folder and extension; None for standard input."""
        if self.renamed or self.path == texts.STANDARD_INPUT:
            return self.renamed or None
        return os.path.splitext(os.path.basename(self.path))[0]


def members(project: sources.Project, kinds: Iterable[str]) -> list[Given]:
    """Return the files of a project that are of some kinds, in order of these."""
    return [Given(file.path, file.name, kind) for kind in kinds for file in getattr(project, _FIELDS[kind])]


def without(project: sources.Project, paths: set[str]) -> sources.Project:
    """Return a project without some of its files, which their real paths name."""
    if not paths:
        return project
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
    all_files = members(project, _FIELDS)
    paths_of = sources.real_paths(file.path for file in all_files)
    kinds = {path: file.kind for path, file in zip(paths_of, all_files, strict=True)}
    unsaved = contents or {}

    def given(name: str) -> Given:
        other = QUERY if name.endswith(".rq") else ARTICLE
        return Given(name, name, kinds.get(os.path.realpath(name), other), unsaved.get(name))

    found: dict[str, Given] = {}
    for path in paths:
        if path == texts.STANDARD_INPUT:
            content = unsaved[path] if path in unsaved else texts.read_standard_input()
            found.setdefault(path, Given(path, texts.SHOWN_INPUT, ARTICLE, content))
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


def read(given: Given) -> tuple[File | None, list[Finding]]:
    """Read a file, if need be as it is once what makes it unreadable is mended.

    Returns the file, None if nobody knows how to mend it, and a finding for each error of reading.
    """
    found: list[Finding] = []
    try:
        text = text_of(given)
        if given.kind == QUERY:
            return saved_queries.read(given.path, given.name, text), found
    except UsageError as error:
        return None, [unreadable(given, error)]
    path, changes = (given.path if given.content is None else given.name), list(given.changes)
    while True:
        try:
            return File(given.name, given.kind, given.slug, turtle.read(path, text, changes)), found
        except turtle.TurtleError as error:
            mistake = _where_written(error.mistake, changes)
            found.append(unreadable(given, turtle.TurtleError(path, text, mistake)))
            if not mistake.changes or len(found) == _MOST_MISTAKES:
                return None, found
            changes = sorted([*changes, *mistake.changes], key=lambda change: change[:2])
        except UsageError as error:
            return None, [*found, unreadable(given, error)]


def _is_text(given: Given) -> bool:
    try:
        text_of(given)
    except UsageError:
        return False
    return True


def text_of(given: Given) -> str:
    """Return the text of a file. Raises UsageError with file and remedy if it cannot be read."""
    return texts.read_text(given.path) if given.content is None else texts.decode(given.content, given.name)


_MOST_MISTAKES = 20  # errors of syntax in one file that are looked for


def _where_written(mistake: Mistake, changes: list[turtle.Change]) -> Mistake:
    """Return a mistake in a changed text with the offsets of the text as it is written."""
    written = turtle.unchanged(changes)
    mending = tuple((written(start), written(end), new) for start, end, new in mistake.changes)
    return mistake._replace(start=written(mistake.start), end=written(mistake.end), changes=mending)


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
    remedy = terminal.message(error.remedy).rpartition("\n")[2].strip() or rule.remedy
    what = what[:1].upper() + what[1:]
    if isinstance(error, turtle.TurtleError):
        fix = Fix(remedy, tuple(Edit(given.name, *edit) for edit in error.mending)) if error.mending else None
        return Finding(given.name, error.region, rule.severity, rule.id, what, remedy, fix=fix)
    if column and not _is_text(given):  # of which no report shows the line
        what += f" (column {column})"
    at = (int(line or 1), int(column or 1))
    return Finding(given.name, Region(*at, *at), rule.severity, rule.id, what, remedy)
