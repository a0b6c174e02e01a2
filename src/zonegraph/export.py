"""Writing the graph for other RDF tools: the same bytes on every run, values as written in the source files."""

from __future__ import annotations

import os

import pyoxigraph as ox

from zonegraph import build, evidence
from zonegraph import vocabulary as v
from zonegraph.build.graphs import asserted_graphs, load
from zonegraph.errors import UsageError
from zonegraph.project import texts
from zonegraph.project.writing import write_atomically
from zonegraph.rdf import jsonld
from zonegraph.rdf.serialize import FORMATS, Context, serialize
from zonegraph.suggest import nearest
from zonegraph.terms import TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zonegraph.project.sources import Project

WITH_GRAPHS = frozenset({"trig", "nq"})
# The description counts what is inferred, so that only the built store has either of them whole.
BUILT_ONLY = (v.DATASET_GRAPH, v.INFERRED_GRAPH, v.CERTAINTY_GRAPH)


def export(project: Project, format: str, graphs: str = "merge") -> bytes:
    """Return a project's graph in an RDF format.

    Parameters: `format`, a key of FORMATS; `graphs`: "merge" for the merge of all graphs without inferences, "asserted"
    for the named graphs of the project's files, "all" for these with the merge and the inferences as they stand in the
    store, or the name or IRI of one graph. An article's graph has what the article restates. Formats without named graphs
    carry on every evidence the property and the value it is for, so that each stated triple still leads to its passages.
    Raises UsageError for an unknown name, or for several graphs in a format that has none.
    """
    if format not in FORMATS:
        raise UsageError(f"format {format}: unknown", f"the formats are {', '.join(FORMATS)}")
    return serialize(_blank(_quads(project, format, graphs)), format, _prefixes(project), words_of(project, format))


def _prefixes(project: Project) -> dict[str, str]:
    """Return our prefixes, then those that the project's files declare: of two for one name or namespace the first."""
    found = _declared(project)
    for file in (*project.ontology, *project.reference, *project.articles, *project.review, *project.curation):
        parser = ox.parse(texts.read_text(file.path).encode(), format=ox.RdfFormat.TURTLE, base_iri=v.ZGD)
        for _ in parser:  # the parser learns of them as it reads
            pass
        for prefix, namespace in sorted(parser.prefixes.items()):
            if namespace not in found.values():
                found.setdefault(prefix, namespace)
    return found


def _declared(project: Project) -> dict[str, str]:
    """Return the prefixes of all projects and those of this one, whatever other projects this process has opened."""
    return {**v.STANDARD, **{p: namespace for p, namespace in project.prefixes.items() if p not in v.STANDARD}}


def context(project: Project) -> dict[str, object]:
    """Return the JSON-LD 1.1 context of a project: our prefixes, and each property with the type of its values.

    It is written into every JSON-LD export, so that no reader has to fetch it; `ontology/context.jsonld` is the same.
    """
    words = words_of(project, "jsonld")
    return {"@version": 1.1, **words.prefixes, **words.terms}


def words_of(project: Project, format: str) -> Context:
    """Return the prefixes of a project, and for JSON-LD the terms of its context."""
    ontology = [t for file in project.ontology for t in load(file)] if format == "jsonld" else []
    return Context(_declared(project), jsonld.terms(ontology))


def export_folder(project: Project, format: str, graphs: str, folder: str) -> list[str]:
    """Write one file per named graph into a folder. Returns the files' paths. Raises as `export`, or if unwritable."""
    if graphs not in {"asserted", "all"}:
        raise UsageError(
            f"{folder}: a folder gets one file for each named graph",
            "add --graphs asserted or --graphs all, or name a file",
        )
    asserted, more, _ = asserted_graphs(project)
    written = [(name, list(_one(name, triples, more, format))) for name, triples in asserted]
    if graphs == "all":
        written = [(name, quads) for name, quads in written if name not in BUILT_ONLY]
        written += [(name, list(_one(name, _built(project, name), more, format))) for name in BUILT_ONLY]
    prefixes, words = _prefixes(project), words_of(project, format)
    contents = {
        os.path.join(folder, f"{name[len(v.GRAPH) :].replace('/', '-')}.{FORMATS[format].file_extension}"): serialize(
            _blank(quads), format, prefixes, words
        )
        for name, quads in written
    }
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be created: {error.strerror}", "name a folder that you can write to"
        ) from None
    for path, content in contents.items():
        write_atomically(path, content)
    return list(contents)


def _quads(project: Project, format: str, graphs: str) -> list[ox.Quad]:
    if graphs == "all" or graphs == "asserted":
        if format not in WITH_GRAPHS:
            raise UsageError(
                f"--graphs {graphs}: {format} has no named graphs", "use --format trig or nq, or --graphs merge"
            )
        if graphs == "all":
            return list(build.open_dataset(project).store.ox)
        asserted, more, _ = asserted_graphs(project)
        return [quad for name, triples in asserted for quad in _one(name, triples, more, format)]
    asserted, more, _ = asserted_graphs(project)
    if graphs == "merge":
        merged = [(name, triples) for name, triples in asserted if v.in_merge(name)]
        return [quad for name, triples in merged for quad in _merged(name, triples, more)]
    name = _graph([graph for graph, _ in asserted], graphs)
    return list(_one(name, _built(project, name) if name in BUILT_ONLY else dict(asserted)[name], more, format))


def _built(project: Project, name: str) -> list[ox.Triple]:
    store = build.open_dataset(project).store.ox
    return [quad.triple for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(name))]


def _one(name: str, triples: list[ox.Triple], more: dict[str, list[ox.Triple]], format: str) -> Iterable[ox.Quad]:
    """Yield one graph: its triples and what it restates."""
    if format in WITH_GRAPHS:
        return _in([*triples, *more.get(name, ())], ox.NamedNode(name))
    return _merged(name, triples, more)


def _merged(name: str, triples: list[ox.Triple], more: dict[str, list[ox.Triple]]) -> Iterable[ox.Quad]:
    """Yield one graph as it is written without its name; what it restates rests on no passage of its own.

    What it restates of a piece of evidence, such as who speaks there, is said of that evidence.
    """
    restated, nodes = more.get(name, ()), {t.object for t in triples if t.predicate == evidence.EVIDENCE}
    of_evidence = [t for t in restated if t.subject in nodes]
    others = [t for t in restated if t.subject not in nodes]
    return _in([*_specific(name, [*triples, *of_evidence]), *others], ox.DefaultGraph())


def _in(triples: Iterable[ox.Triple], graph: ox.NamedNode | ox.DefaultGraph) -> Iterable[ox.Quad]:
    return (ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)


def _graph(asserted: list[str], name: str) -> str:
    known = list(dict.fromkeys((*asserted, *BUILT_ONLY)))
    for candidate in (name, v.GRAPH + name, v.ARTICLE_GRAPH + name, v.REFERENCE_GRAPH + name):
        if candidate in known:
            return candidate
    short = [graph[len(v.GRAPH) :] for graph in known]
    near = nearest(name, short, 0.3)
    raise UsageError(
        f"--graphs {name}: no such graph", f"did you mean {near}?" if near else "there are: " + ", ".join(short)
    )


def _specific(graph: str, triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return an article's graph with one evidence node per triple that it carries, naming its property and value."""
    if not graph.startswith(v.ARTICLE_GRAPH):
        return triples
    slug = graph[len(v.ARTICLE_GRAPH) :]
    carried = evidence.by_subject(triples)
    about = {node: of_node for nodes in carried.values() for node, of_node in nodes}
    kept = [t for t in triples if t.subject not in about and t.predicate != evidence.EVIDENCE]
    result = list(kept)
    for triple in kept:
        for node in evidence.carriers(triple, carried.get(triple.subject, [])):
            copy = ox.BlankNode()
            rest = [
                ox.Triple(copy, t.predicate, t.object)
                for t in about[node]
                if t.predicate not in (evidence.SUPPORTS, evidence.VALUE, TYPE) and t.predicate.value != v.ZG + "source"
            ]
            specific = [
                ox.Triple(triple.subject, evidence.EVIDENCE, copy),
                *rest,
                ox.Triple(copy, evidence.SUPPORTS, triple.predicate),
                ox.Triple(copy, evidence.VALUE, triple.object),
            ]
            result += evidence.named(specific, slug)
    return result


def _blank(quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    # The build names blank nodes so that engines agree on them; other tools want the ontology's lists blank again.
    def term(value: object) -> object:
        if isinstance(value, ox.NamedNode) and value.value.startswith(v.GENID):
            label = value.value[len(v.GENID) :]
            return ox.BlankNode(label if label[0].isalpha() else "b" + label)  # in RDF/XML it must begin with a letter
        return value

    for q in quads:
        yield ox.Quad(term(q.subject), q.predicate, term(q.object), q.graph_name)  # type: ignore[arg-type]
