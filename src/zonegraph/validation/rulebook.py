"""All rules by which a project's files are judged, and where each is stated."""

from __future__ import annotations

import functools
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import PositionedGraph, Region
from zonegraph.suggest import nearest
from zonegraph.validation import causes, checks, contradictions, iris, passages, restated, rules, shapes
from zonegraph.validation.constraints import around, owner
from zonegraph.validation.findings import Rule

PROGRAM = (
    causes.RULES,
    iris.RULES,
    checks.RULES,
    restated.RULES,
    contradictions.RULES,
    passages.RULES,
)  # what the program checks by itself
_FILE = "file"


class Entry(NamedTuple):
    """A rule as it is listed.

    `scope` says what is judged by it: each file, files of some kinds, or the merge; `targets` are the classes, properties and nodes that its
    shape is about, if it is a shape's.
    """

    rule: Rule
    scope: str
    targets: list[str]


class Statement(NamedTuple):
    """Where a rule is stated: the file's name, the line, and the text there. For a rule of the program all are empty."""

    path: str
    line: int
    text: str


def entries(project: sources.Project) -> dict[str, Entry]:
    """Return the rules of a project by id, in order. Raises UsageError as validation does, if one cannot be read."""
    loaded = shapes.load(project, ())
    outer = around(loaded.graph)
    by_node = {shape.node: shape for shape in loaded.shapes}
    found = [Entry(rule, _FILE, []) for table in PROGRAM for rule in table.values()]
    found += [Entry(one.rule, ", ".join(sorted(one.scope)), []) for one in rules.load(project)]
    for node, rule in loaded.rules.items():
        shape = by_node.get(owner(node, outer) or node)
        if shape is not None and (rule.id in loaded.ids or (node == shape.node and not shape.parts[1:])):
            targets = [v.shorten(str(term.value)) for term in shape.targets.terms()]
            found.append(Entry(rule, rules.MERGE if shape.over_merge else _FILE, targets))
    return {entry.rule.id: entry for entry in sorted(found, key=lambda entry: entry.rule.id)}


def get(known: dict[str, Entry], id: str) -> Entry:
    """Return the rule of an id. Raises UsageError with the nearest id if there is none."""
    if id not in known:
        near = nearest(id, known, 0.5)
        raise UsageError(
            f"no rule {id}",
            f"did you mean {near}?" if near else "`zonegraph validate --rules` lists them",
        )
    return known[id]


def statement(project: sources.Project, id: str) -> Statement:
    """Return where a rule of a project is stated, and how."""
    for file in project.shape_rules:
        if sources.slug(file) == id:
            return Statement(file.name, 1, texts.read_text(file.path))
    for file in project.shapes:
        text = texts.read_text(file.path)
        if id in text:  # looking for lines takes longer
            source = _read(file.path, text)
            for node in source.graph.subjects(ox.NamedNode(v.ZGSH + "ruleId"), ox.Literal(id)):
                region = _region(source, node)
                return Statement(file.name, region.line, _text(text, region))
    return Statement("", 0, "")


_read = functools.lru_cache(maxsize=256)(turtle.read)  # for who shows them all


def _region(source: PositionedGraph, node: Term) -> Region:
    """Return the region of a shape: its brackets, or all that is said of what has a name."""
    if isinstance(node, ox.BlankNode):
        return checks.last_mention(source, node) or turtle.START
    start = source.subjects.get(node, turtle.START)
    ends = [source.objects[t] for t in source.graph.triples(node) if t in source.objects]
    last = max(ends, key=lambda region: (region.end_line, region.end_column), default=start)
    return Region(start.line, start.column, last.end_line, last.end_column)


def _text(text: str, region: Region) -> str:
    """Return what stands in a region, without the margin of its first line."""
    first, *rest = text.split("\n")[region.line - 1 : region.end_line]
    margin = len(first) - len(first.lstrip())
    lines = [first[region.column - 1 :], *(line[margin:] for line in rest)]
    if rest:
        lines[-1] = rest[-1][: region.end_column - 1][margin:]
    return "\n".join(lines) + "\n"
