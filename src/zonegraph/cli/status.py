"""`zonegraph status`: what the graph is made of."""

from __future__ import annotations

import hashlib
import json
import platform

from zonegraph import build, terminal, terms
from zonegraph import vocabulary as v
from zonegraph.build import cache, graphs
from zonegraph.cli import show, write
from zonegraph.output import tables
from zonegraph.project import sources
from zonegraph.store.query import constant
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from zonegraph.build import Dataset
    from zonegraph.store import Bindings
    from zonegraph.store.query import Query

_BY_GRAPH = constant("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g")
_OF_MERGE = constant("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
_MODEL = constant(f"SELECT ?model WHERE {{ <{v.DATASET}> dcterms:conformsTo ?model }} ORDER BY ?model")
_ONTOLOGY = constant("SELECT ?version WHERE { ?ontology a owl:Ontology ; owl:versionIRI ?version } ORDER BY ?version")
ENGINES = ("pyoxigraph", "rdflib", "pyshacl", "owlrl", "SPARQLWrapper", "PyYAML")


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument("--format", choices=("text", "json"), default="text")
    sub.add_argument("--digests", action="store_true", help="list every file with its SHA-256 (always in json)")
    sub.add_argument("--verify", action="store_true", help="read every file of the cached graph; rebuild it if damaged")
    sub.add_argument("--clear-cache", action="store_true", help="delete the built stores")


def run(options: argparse.Namespace) -> int:
    """Print the state of the graph, or empty the cache; see `zonegraph status --help`. Returns the exit code."""
    if options.clear_cache:
        count, folder = cache.clear(), cache.writable()
        what = f"deleted {count} {'entry' if count == 1 else 'entries'} of {folder}"
        show(terminal.lines([what if folder else "there is no cache: no folder is writable"]))
        return 0
    project = sources.find(options.project)
    found = build.verify(project) if options.verify else None
    state = _state(build.open_dataset(project))  # what was found damaged is deleted, so it is built again here
    if options.verify:
        differed = [] if found is None else found.differing
        if found is None or differed:
            found = build.verify(project)
        state["verified"] = {
            "files": 0 if found is None else found.files,
            "bytes": 0 if found is None else found.bytes,
            "differed": differed,
        }
    if options.format == "json":
        write(json.dumps(state, ensure_ascii=False, indent=1) + "\n")
    else:
        show(_text(state, _digests(state) if options.digests else _kinds(state)))
    return 0


def _state(dataset: Dataset) -> dict[str, object]:
    from importlib.metadata import PackageNotFoundError, version

    from zonegraph import closure

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "not installed"

    project = dataset.project
    compiled = graphs.program(project)
    digests = sources.digests([*sources.built_files(project), *project.shapes, *project.shape_rules, *project.lexicon])
    counts: Bindings = dataset.store.query(_BY_GRAPH)  # type: ignore[assignment]
    merged: Bindings = dataset.store.query(_OF_MERGE)  # type: ignore[assignment]
    return {
        "version": VERSION,
        "project": project.root,
        "data conform to": _iris(dataset, _MODEL),
        "ontology": _iris(dataset, _ONTOLOGY),
        "files": {name: entry[1] for name, entry in digests.items()},
        "graphs": {
            str(getattr(g, "value", g))[len(v.GRAPH) :]: int(str(getattr(n, "value", n))) for g, n in counts.rows
        },
        "merge": int(str(getattr(merged.rows[0][0], "value", 0))),
        "queries": len(dataset.catalogue),
        "rules": {
            "OWL 2 RL": list(closure.SUPPORTED),
            "ontology/rules": [sources.slug(file) for file in project.rules],
        },
        "compiled rules": len(compiled.rules) + sum(map(len, compiled.restating)),
        "cache": dataset.location or "none: no folder is writable",
        "engines": {"Python": platform.python_version(), **{name: installed(name) for name in ENGINES}},
    }


def _iris(dataset: Dataset, query: Query) -> list[str]:
    answer: Bindings = dataset.store.query(query)  # type: ignore[assignment]
    return [terms.text(row[0]) for row in answer.rows]


def _model(state: dict[str, object]) -> str:
    """Say which version of the ontology the data are in: what they say themselves, beside the ontology at hand."""
    stated, current = (", ".join(state[key]) for key in ("data conform to", "ontology"))  # type: ignore[arg-type]
    if not stated:
        return "the data do not say which version of the ontology they are in (dcterms:conformsTo of the dataset)"
    if stated == current:
        return f"{stated}, in the data and in ontology/"
    return f"{stated} in the data, {current or 'no version'} in ontology/; ontology/migration/ rewrites older data"


def _text(state: dict[str, object], files: str) -> str:
    graphs: dict[str, int] = state["graphs"]  # type: ignore[assignment]
    engines: dict[str, str] = state["engines"]  # type: ignore[assignment]
    rules: dict[str, list[str]] = state["rules"]  # type: ignore[assignment]
    verified: dict[str, Any] | None = state.get("verified")  # type: ignore[assignment]
    lines = [
        f"zonegraph {state['version']}",
        f"project   {state['project']}",
        f"cache     {state['cache']}",
        *([] if verified is None else [f"verified  {_verified(verified)}"]),
        f"engines   {', '.join(f'{name} {number}' for name, number in engines.items())}",
        f"model     {_model(state)}",
        f"queries   {state['queries']}",
        f"rules     {state['compiled rules']} compiled from the ontology by {len(rules['OWL 2 RL'])} rules of OWL 2 RL,",
        f"          and from ontology/rules: {', '.join(rules['ontology/rules'])}",
        f"merge     {state['merge']} triples, inferred ones included",
        "",
    ]
    return (
        terminal.lines(lines)
        + tables.table(["graph", "triples"], [[name, str(count)] for name, count in graphs.items()])
        + "\n"
        + files
    )


def _verified(verified: dict[str, Any]) -> str:
    if verified["files"]:
        found = f"{verified['files']} files, {verified['bytes']:,} bytes, all as recorded"
    else:
        found = "nothing: the graph is not cached"
    if verified["differed"]:
        found += f", after the graph was rebuilt; not as recorded: {', '.join(verified['differed'])}"
    return found


def _digests(state: dict[str, object]) -> str:
    files: dict[str, str] = state["files"]  # type: ignore[assignment]
    return tables.table(["file", "SHA-256"], [[name, digest] for name, digest in files.items()])


def _kinds(state: dict[str, object]) -> str:
    """Return the files counted by folder, each folder with the beginning of a digest that changes if any of its files does."""
    files: dict[str, str] = state["files"]  # type: ignore[assignment]
    folders: dict[str, list[str]] = {}
    for name, digest in files.items():
        folders.setdefault(name.rpartition("/")[0], []).append(f"{name} {digest}\n")
    rows = [
        [folder, str(len(members)), hashlib.sha256("".join(members).encode()).hexdigest()[:12]]
        for folder, members in folders.items()
    ]
    return tables.table(["files in", "number", "digest"], rows) + "\n(--digests lists every file with its digest)\n"
