"""The named graphs that a project's files make, each file read as it goes into the store."""

from __future__ import annotations

import functools

import pyoxigraph as ox

from zonegraph import catalogue, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.build import cache, conclusions
from zonegraph.errors import UsageError, say
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.project.sources import Project, SourceFile


def asserted_graphs(
    project: Project,
    kept: set[str] | None = None,
    queries: dict[str, SavedQuery] | None = None,
    rules: Program | None = None,
) -> tuple[list[tuple[str, list[ox.Triple]]], dict[str, list[ox.Triple]], dict[str, dict[ox.Triple, int]]]:
    """Return the named graphs that the project's files make, in order, what is restated in them, and how certain it all is.

    Parameters: `kept`, as in `build`; `queries`, the saved ones, and `rules`, the compiled ones, if they are at hand. Returns each graph
    with the triples that its files state; by graph what an article's rules of scope `article` add; and by graph the rank of each triple
    that is not plainly stated (`build.certainty`). The last two graphs are the build's own: the saved queries, and the description of
    the dataset, which says what each graph transcribes and how much there is of what.
    """
    from zonegraph import closure
    from zonegraph.build import certainty, description

    articles = [f for f in project.articles if kept is None or sources.slug(f) in kept]
    reviews = [f for f in project.review if kept is None or sources.slug(f) in kept]
    graphs: dict[str, list[ox.Triple]] = {}
    for file in [*project.ontology, *project.reference, *articles, *reviews]:
        graphs.setdefault(str(file.graph), []).extend(load(file, tell=True))
    for file in project.curation:
        triples = load(file, tell=True)
        graphs[str(file.graph)] = triples if kept is None else conclusions.supported_by(triples, kept)
    queries = saved_queries(project) if queries is None else queries
    graphs[v.QUERIES_GRAPH] = [t for query in queries.values() for t in catalogue.to_triples(query)]
    transcribed = {str(f.graph): evidence.article_iri(sources.slug(f)) for f in articles}
    ontology = graphs.get(v.ONTOLOGY_GRAPH, [])
    ranks, dividing = certainty.scale(ontology), certainty.dividing(ontology)
    drawn = closure.restate(
        rules or program(project),
        {graph: graphs[graph] for graph in transcribed},
        {graph: certainty.of_article(graphs[graph], ranks, dividing) for graph in transcribed},
    )
    restated = drawn.triples
    concluded = certainty.of_curation(graphs.get(v.CURATION_GRAPH, []), ranks)
    graphs[v.DATASET_GRAPH] = description.describe(
        {graph: [*triples, *restated.get(graph, ())] for graph, triples in graphs.items()},
        transcribed,
        project.prefixes,
    )
    return list(graphs.items()), restated, {**drawn.ranks, v.CURATION_GRAPH: concluded}


def load(file: SourceFile, *, tell: bool = False) -> list[ox.Triple]:
    """Read one file of a project as it goes into the store: blank nodes named, evidence and conclusions completed.

    A range that quotes the text and has no offsets yet is left out. Parameters: `tell`, whether to say so. Raises UsageError
    with file and line for a file that is not Turtle, and for evidence that is a literal.
    """
    from zonegraph.rdf import turtle  # a command that finds the built store needs none of it

    triples = turtle.parse(file.path)
    for triple in triples:
        if triple.predicate == evidence.EVIDENCE and isinstance(triple.object, ox.Literal):
            line = turtle.read(file.path).objects.get(tuple(triple), turtle.START).line
            raise UsageError(
                f"{file.path}:{line}: zg:evidence of {terms.turtle(triple.subject)} is the text {terms.turtle(triple.object)},"
                " which has no range",
                'write zg:evidence [ oa:exact "first words … last words" ], and run `zonegraph evidence fill`',
            )
    quoting = evidence.quoting(triples)
    if quoting:
        triples = [t for t in triples if t.subject not in quoting and t.object not in quoting]
        if tell:
            ranges = "1 range is" if len(quoting) == 1 else f"{len(quoting)} ranges are"
            say(f"{file.name}: {ranges} left out, quoted and not filled; run `zonegraph evidence fill {file.name}`")
    slug = sources.slug(file)
    if file.graph is not None and file.graph.startswith(v.ARTICLE_GRAPH):
        triples = evidence.named(triples, slug)
    elif file.graph == v.CURATION_GRAPH:
        triples = triples + conclusions.stated(triples)
    return list(dict.fromkeys(_skolemized(triples, slug)))


def names_in(triples: list[ox.Triple], slug: str, *, of_article: bool = True) -> dict[ox.BlankNode, ox.NamedNode]:
    """Return the names that `load` gives the blank nodes of a graph. Parameters: `slug`, of its file; `of_article`, whether that is an article's."""
    with_evidence = evidence.named(triples, slug) if of_article else triples
    pairs = list(zip(triples, _skolemized(with_evidence, slug), strict=False))  # the rest is what evidence gets besides
    named = [named for before, after in pairs for named in zip(before, after, strict=True)]
    return {blank: name for blank, name in named if isinstance(blank, ox.BlankNode)}


def saved_queries(project: Project) -> dict[str, SavedQuery]:
    """Read the project's saved queries, by name. Raises UsageError for a header that is wrong."""
    return {
        name: catalogue.parse(name, texts.read_text(file.path), file.path)
        for file in project.queries
        for name in [sources.slug(file)]
    }


def profile_queries(project: Project) -> dict[str, SavedQuery]:
    """Read the project's saved queries that may belong to a profile, and parse no others. Raises as `saved_queries`."""
    return {
        name: catalogue.parse(name, text, file.path)
        for file in project.queries
        for name, text in [(sources.slug(file), texts.read_text(file.path))]
        if "profile:" in text
    }


def program(project: Project) -> Program:
    """Compile the project's ontology and rules into queries. Raises UsageError for what cannot be compiled."""
    ontology = [(file, texts.read_text(file.path)) for file in project.ontology]
    rules = [(file, texts.read_text(file.path)) for file in project.rules]
    try:
        return _compiled(*(tuple((file.name, text) for file, text in files) for files in (ontology, rules)))
    except UsageError:  # which tells the path of a file
        from zonegraph import closure

        triples = [t for file, _ in ontology for t in load(file)]
        return closure.compile_program(triples, [(file.path, text) for file, text in rules])


@functools.lru_cache(
    maxsize=4
)  # the graphs of several days have the same rules, and so have a graph and what it is judged by
def _compiled(ontology: tuple[tuple[str, str], ...], rules: tuple[tuple[str, str], ...]) -> Program:
    """Return the program of an ontology and rules, from the cache if it has it. Parameters: name and text of each file."""
    from zonegraph import closure
    from zonegraph.rdf import record, turtle

    def make() -> Program:
        stems = [(text, sources.slug(sources.SourceFile(name, name, None))) for name, text in ontology]
        triples = (t for text, slug in stems for t in dict.fromkeys(_skolemized(turtle.parse(slug, text), slug)))
        return closure.compile_program(triples, rules)

    def restore(content: object) -> Program:
        program: Program = record.read(content, closure.RECORDS)
        return program

    program: Program = cache.compiled("program", [ontology, rules], make, record.written, restore)
    return program


def _skolemized(triples: list[ox.Triple], slug: str) -> Iterable[ox.Triple]:
    # Numbered in order of appearance, so that the same file gives the same IRIs each time it is loaded.
    names: dict[object, ox.NamedNode] = {}

    def name(term: object) -> object:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.NamedNode(f"{v.GENID}{slug}-{len(names) + 1}"))
        return term

    for t in triples:
        yield ox.Triple(name(t.subject), t.predicate, name(t.object))  # type: ignore[arg-type]
