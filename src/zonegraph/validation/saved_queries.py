"""Saved queries as files to judge: what their headers say, as RDF, each triple with its line."""

from __future__ import annotations

import os
from urllib.parse import quote

import pyoxigraph as ox

from zonegraph import catalogue
from zonegraph import vocabulary as v
from zonegraph.project import sources, texts
from zonegraph.rdf.graph import Graph
from zonegraph.rdf.turtle import Places, PositionedGraph, Region
from zonegraph.store.query import form_token
from zonegraph.validation.checks import QUERY, File

_KEYS = {  # the key of the header from which a property of the query comes
    v.DCTERMS + "title": "question",
    v.DCTERMS + "description": "summary",
    v.PREFIXES["dcat"] + "keyword": "tags",
    v.PREFIXES["csvw"] + "tableSchema": "columns",
    v.SH + "parameter": "parameters",
    v.ZG + "cites": "cite",
}


def below(project: sources.Project, folder: str) -> list[str]:
    """Return the paths of the project's saved queries that lie in a folder, written as the folder is."""
    inside = os.path.join(os.path.realpath(folder), "")
    real = (os.path.realpath(file.path) for file in project.queries)
    return [os.path.join(folder, path[len(inside) :]) for path in real if path.startswith(inside)]


def read(path: str, name: str, text: str | None = None) -> File:
    """Read a saved query.

    Parameters: `path`, the file; `name`, as it is shown; `text`, its content if it is already at hand. Raises UsageError if it
    cannot be read, its header is wrong, or it is no SPARQL.
    """
    text = texts.read_text(path) if text is None else text
    slug = os.path.splitext(os.path.basename(name))[0]
    query = catalogue.parse(slug, text, name)
    catalogue.form_and_variables(query.query._replace(name=name))
    triples = catalogue.to_triples(query)
    return File(
        name,
        QUERY,
        slug,
        PositionedGraph(name, Graph(triples), lambda: _places(text, v.ZGQ + quote(slug), triples), text),
    )


def _places(text: str, itself: str, triples: list[ox.Triple]) -> Places:
    """Return the line of the header from which each triple comes, and that of each subject, as regions."""
    known = catalogue.lines_of_header(text)
    form = form_token(text)
    first_line = min(known.values())
    whole = [Region(n, 1, n, len(line) + 1) for n, line in enumerate(text.split("\n"), 1)]
    found = Places({}, {}, {})
    met = dict.fromkeys(_KEYS.values(), 0)
    for s, p, o in triples:
        kind, _, local = s.value.removeprefix(itself).strip("/").partition("/")
        if kind:
            key = kind if kind == "columns" else kind + "s"
            line = known.get((key, local)) or known[key,]
        elif p.value in _KEYS:
            key = _KEYS[p.value]
            line = known.get((key, met[key])) or known[key,]
            met[key] += 1
        elif p.value.startswith(v.SH) and form:
            line = texts.position(text, form.start)[0]
        else:
            line = first_line
        found.objects.setdefault((s, p, o), whole[line - 1])
        found.subjects.setdefault(s, [whole[line - 1]])
    return found
