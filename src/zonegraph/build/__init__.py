"""The build: a project's files become one store of named graphs, their merge, and what follows from it.

The built store is kept in the cache under a digest of everything it was made from, so a command that finds it there
opens it without reading a single source file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue as saved
from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.build import cache, conclusions
from zonegraph.errors import UsageError, say
from zonegraph.project import sources, texts
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.project.sources import Project, SourceFile

    class Dataset(NamedTuple):
        """A built graph: its store, its saved queries, and where it lies in the cache (None: in memory only).

        `left_out` names the articles that an as-of date leaves out, with the reason, as (slug, reason).
        """

        project: Project
        store: EmbeddedStore
        catalogue: dict[str, SavedQuery]
        location: str | None
        left_out: list[tuple[str, str]]

else:
    Dataset = namedtuple("Dataset", "project store catalogue location left_out")

REASONERS = ("compiled", "owlrl")
_FORMAT = 3  # of the cache's folders, and of what the guard lets into them; a change of it makes old ones unused


def open_dataset(project: Project, *, as_of: str | None = None, reasoner: str = "compiled") -> Dataset:
    """Open a project's graph, from the cache if it is there and current, else by building it.

    Parameters: `as_of`, an ISO date: only articles published by then count, and what rests on them; `reasoner`,
    "compiled" or "owlrl". Returns the dataset. Raises UsageError for a source file that cannot be read or parsed.
    """
    kept, left_out = (None, []) if as_of is None else _published_by(project, as_of)
    key = _key(project, kept, reasoner)

    def built() -> tuple[EmbeddedStore, dict[str, SavedQuery], str | None]:
        store, catalogue = build(project, kept, reasoner)
        # A file that has changed since would be kept under the digest of what it was.
        current = _key(project, kept, reasoner) == key
        return store, catalogue, cache.keep(key, store.ox, saved.to_json(catalogue)) if current else None

    def opened(location: str) -> Dataset | None:
        known = cache.open_store(location)
        if known is None:
            return None

        def rebuilt() -> ox.Store | None:
            if cache.is_sound(location):  # the engine failed for another reason
                return None
            if not cache.discard(location):
                say(str(cache.undeletable(location, "found while it was read")))
                return build(project, kept, reasoner)[0].ox
            store, _, kept_at = built()
            say("the cached graph was damaged; it has been built again")
            again = None if kept_at is None else cache.open_store(kept_at)
            return store.ox if again is None else again[0]

        store, catalogue = known
        return Dataset(project, EmbeddedStore(store, rebuild=rebuilt), saved.from_json(catalogue), location, left_out)

    for place in cache.places(key):
        dataset = opened(place)
        if dataset is not None:
            cache.say_if_elsewhere(place)
            return dataset
    say("building the graph ...")
    store, catalogue, kept_at = built()
    return (None if kept_at is None else opened(kept_at)) or Dataset(project, store, catalogue, None, left_out)


def verify(project: Project) -> cache.Verified | None:
    """Digest every file of the cached graph in use; see `cache.verify`. Returns None if the graph is not in the cache."""
    key = _key(project, None, "compiled")
    found = (cache.verify(place) for place in cache.places(key))
    return next((verified for verified in found if verified is not None), None)


def _key(project: Project, kept: set[str] | None, reasoner: str) -> str:
    """Return the digest of all that a built store depends on, under which the cache keeps it."""
    files = cache.digests(project, sources.built_files(project), cache.writable())
    fingerprint = {
        "format": _FORMAT,
        "version": VERSION,
        "engine": ox.__version__,
        "reasoner": reasoner,
        "kept": None if kept is None else sorted(kept),
        "files": sorted((name, entry[1]) for name, entry in files.items()),
    }
    return hashlib.sha256(json.dumps(fingerprint).encode()).hexdigest()[:32]


def build(
    project: Project, kept: set[str] | None = None, reasoner: str = "compiled"
) -> tuple[EmbeddedStore, dict[str, SavedQuery]]:
    """Build a project's store in memory.

    Parameters: `kept`, the slugs of the articles that count, None for all; `reasoner`, as in `open_dataset`.
    Returns the store (named graphs, the merge as default graph, inferences in both) and the saved queries.
    """
    catalogue = saved_queries(project)
    store = EmbeddedStore(ox.Store())
    for graph, triples in asserted_graphs(project, kept, catalogue):
        target = ox.NamedNode(graph)
        store.ox.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, target) for t in triples)
        if v.in_merge(graph):
            store.ox.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)

    from zonegraph import closure

    compiled = program(project)
    inferred = ox.NamedNode(v.INFERRED_GRAPH)
    if reasoner == "owlrl":
        from zonegraph.closure import reference

        reference.materialize_reference(compiled, store, inferred)
    else:
        closure.materialize(compiled, store, inferred)
    from zonegraph.build import description

    described = description.describe_inferred(sum(1 for _ in store.ox.quads_for_pattern(None, None, None, inferred)))
    for graph_name in (ox.NamedNode(v.DATASET_GRAPH), ox.DefaultGraph()):
        store.ox.extend(ox.Quad(t.subject, t.predicate, t.object, graph_name) for t in described)
    return store, catalogue


def saved_queries(project: Project) -> dict[str, SavedQuery]:
    """Read the project's saved queries, by name. Raises UsageError for a header that is wrong."""
    return {
        name: saved.parse(name, texts.read_text(file.path), file.path)
        for file in project.queries
        for name in [sources.slug(file)]
    }


def program(project: Project) -> Program:
    """Compile the project's ontology and rules into queries. Raises UsageError for what cannot be compiled."""
    from zonegraph import closure

    ontology = [t for file in project.ontology for t in load(file)]
    return closure.compile_program(ontology, [(f.path, texts.read_text(f.path)) for f in project.rules])


def load(file: SourceFile) -> list[ox.Triple]:
    """Read one file of a project as it goes into the store: blank nodes named, evidence and conclusions completed."""
    from zonegraph.rdf import turtle

    triples = turtle.parse(file.path)
    slug = sources.slug(file)
    if file.graph is not None and file.graph.startswith(v.ARTICLE_GRAPH):
        triples = evidence.named(triples, slug)
    elif file.graph == v.CURATION_GRAPH:
        triples = triples + _concluded(triples)
    return list(dict.fromkeys(_skolemized(triples, slug)))


def asserted_graphs(
    project: Project, kept: set[str] | None = None, catalogue: dict[str, SavedQuery] | None = None
) -> list[tuple[str, list[ox.Triple]]]:
    """Return the named graphs that the project's files make, in order, each with its triples.

    Parameters: `kept`, as in `build`; `catalogue`, the saved queries if they are at hand. The last two graphs are the build's own: the saved queries, and the description of
    the dataset, which says what each graph transcribes and how much there is of what.
    """
    from zonegraph.build import description

    articles = [f for f in project.articles if kept is None or sources.slug(f) in kept]
    reviews = [f for f in project.review if kept is None or sources.slug(f) in kept]
    graphs: dict[str, list[ox.Triple]] = {}
    for file in [*project.ontology, *project.reference, *articles, *reviews]:
        graphs.setdefault(str(file.graph), []).extend(load(file))
    for file in project.curation:
        triples = load(file)
        graphs[str(file.graph)] = triples if kept is None else _resting(triples, kept)
    catalogue = saved_queries(project) if catalogue is None else catalogue
    graphs[v.QUERIES_GRAPH] = [t for query in catalogue.values() for t in saved.to_triples(query)]
    graphs[v.DATASET_GRAPH] = description.describe(
        graphs, {str(f.graph): evidence.article_iri(sources.slug(f)) for f in articles}
    )
    return list(graphs.items())


def _skolemized(triples: list[ox.Triple], slug: str) -> Iterable[ox.Triple]:
    # Numbered in order of appearance, so that the same file gives the same IRIs each time it is loaded.
    names: dict[object, ox.NamedNode] = {}

    def name(term: object) -> object:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.NamedNode(f"{v.GENID}{slug}-{len(names) + 1}"))
        return term

    for t in triples:
        yield ox.Triple(name(t.subject), t.predicate, name(t.object))  # type: ignore[arg-type]


def _by_subject(triples: list[ox.Triple]) -> dict[object, dict[str, list[object]]]:
    grouped: dict[object, dict[str, list[object]]] = {}
    for t in triples:
        grouped.setdefault(t.subject, {}).setdefault(t.predicate.value, []).append(t.object)
    return grouped


def _conclusions(triples: list[ox.Triple]) -> dict[object, dict[str, list[object]]]:
    conclusion = ox.NamedNode(conclusions.CONCLUSION)
    return {
        node: properties
        for node, properties in _by_subject(triples).items()
        if conclusion in properties.get(v.RDF_TYPE, [])
    }


def _concluded(triples: list[ox.Triple]) -> list[ox.Triple]:
    return [ox.Triple(*stated) for node in _conclusions(triples).values() for stated in conclusions.stated(node)]


def _resting(triples: list[ox.Triple], kept: set[str]) -> list[ox.Triple]:
    """Return the curation graph's triples that still stand when only the articles `kept` count."""
    concluded = _conclusions(triples)
    standing: set[object] = {ox.NamedNode(evidence.article_iri(slug)) for slug in kept}
    growing = True
    while growing:
        new = {
            node
            for node, properties in concluded.items()
            if node not in standing and set(properties.get(v.ZG + "restsOn", [])) <= standing
        }
        standing |= new
        growing = bool(new)
    stated = set(_concluded([t for t in triples if t.subject in standing]))
    all_stated = set(_concluded(triples))
    described = {
        subject
        for node in standing & concluded.keys()
        if v.ZG + "supports" not in concluded[node]
        for subject in concluded[node].get(v.ZG + "about", [])
    }
    return [
        t for t in triples if (t in stated) or t.subject in standing or (t.subject in described and t not in all_stated)
    ]


def _published_by(project: Project, as_of: str) -> tuple[set[str], list[tuple[str, str]]]:
    kept, left_out = set(), []
    published = v.ZG + "publishedOn"
    for file in project.articles:
        slug = sources.slug(file)
        found = _by_subject(load(file)).get(ox.NamedNode(evidence.article_iri(slug)), {}).get(published, [])
        dates = [str(getattr(date, "value", date)) for date in found]
        if not dates:
            left_out.append((slug, "its date of publication is not known"))
        elif latest_day(dates, file.path) <= as_of:
            kept.add(slug)
        else:
            left_out.append((slug, f"published {', '.join(dates)}"))
    return kept, left_out


def latest_day(dates: list[str], path: str) -> str:
    """Return the latest day that dates of one thing can mean, as an ISO date.

    Parameters: `dates`, lexical forms of xsd:gYear, gYearMonth, date or dateTime; `path`, for messages. Dates that share a
    day mean the days they share; dates that share none disagree, and the latest of all is the answer. Raises UsageError
    for a date that is none.
    """
    spans = [_span(date, path) for date in dates]
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    return last if first <= last else max(span[1] for span in spans)


def _span(date: str, path: str) -> tuple[str, str]:
    import calendar
    import datetime

    try:
        if re.fullmatch(r"\d{4}", date):
            return f"{date}-01-01", f"{date}-12-31"
        if re.fullmatch(r"\d{4}-\d\d", date):
            year, month = int(date[:4]), int(date[5:])
            return f"{date}-01", f"{date}-{calendar.monthrange(year, month)[1]:02d}"
        if re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+)?", date):
            day = datetime.date.fromisoformat(date[:10]).isoformat()
            return day, day
    except ValueError:
        pass
    raise UsageError(
        f'{path}: "{date}" is no date', "write 2021, 2021-03 or 2021-03-26; `zonegraph validate` names the line"
    )
