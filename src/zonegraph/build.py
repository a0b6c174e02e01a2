"""The build: a project's files become one store of named graphs, their merge, and what follows from it.

The built store is kept in a cache under a digest of everything it was made from, so a command that finds it there
opens it without reading a single source file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue as saved
from zonegraph import evidence, sources
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.store.embedded import EmbeddedStore
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.sources import Project, SourceFile

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
_FORMAT = 1  # of the cache's folders; a change of it makes old ones unused
_KEPT = 16  # built stores kept in a cache before the least recently used go
_STORE = re.compile(r"[0-9a-f]{32}")
# The folder may be one that a user keeps other things in: only entries of these names are ever deleted.
_OURS = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}\.json|\.draft-\w+")
_ABANDONED = 86_400  # seconds after which a draft is taken for one that a killed process left


def open_dataset(project: Project, *, as_of: str | None = None, reasoner: str = "compiled") -> Dataset:
    """Open a project's graph, from the cache if it is there and current, else by building it.

    Parameters: `as_of`, an ISO date: only articles published by then count, and what rests on them; `reasoner`,
    "compiled" or "owlrl". Returns the dataset. Raises UsageError for a source file that cannot be read or parsed.
    """
    cache = cache_directory()
    found = _digests(project, cache)
    kept, left_out = (None, []) if as_of is None else _published_by(project, as_of)
    fingerprint = {
        "format": _FORMAT,
        "version": VERSION,
        "engine": ox.__version__,
        "reasoner": reasoner,
        "kept": None if kept is None else sorted(kept),
        "files": sorted((name, entry[1]) for name, entry in found.items()),
    }
    key = hashlib.sha256(json.dumps(fingerprint).encode()).hexdigest()[:32]
    if cache is not None:
        location = os.path.join(cache, key)
        dataset = _open_cached(project, location, left_out)
        if dataset is not None:
            return dataset
    _say("building the graph ...")
    store, catalogue = build(project, kept, reasoner)
    if cache is None:
        return Dataset(project, store, catalogue, None, left_out)
    _keep(cache, location, store, catalogue)
    return _open_cached(project, location, left_out) or Dataset(project, store, catalogue, None, left_out)


def build(
    project: Project, kept: set[str] | None = None, reasoner: str = "compiled"
) -> tuple[EmbeddedStore, dict[str, SavedQuery]]:
    """Build a project's store in memory.

    Parameters: `kept`, the slugs of the articles that count, None for all; `reasoner`, as in `open_dataset`.
    Returns the store (named graphs, the merge as default graph, inferences in both) and the saved queries.
    """
    catalogue = saved_queries(project)
    store = ox.Store()
    for graph, triples in asserted_graphs(project, kept, catalogue):
        target = ox.NamedNode(graph)
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, target) for t in triples)
        if v.in_merge(graph):
            store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)

    from zonegraph import closure

    compiled = program(project)
    inferred = ox.NamedNode(v.INFERRED_GRAPH)
    if reasoner == "owlrl":
        from zonegraph.closure import reference

        reference.materialize_reference(compiled, store, inferred)
    else:
        closure.materialize(compiled, store, inferred)
    from zonegraph import dataset

    described = dataset.describe_inferred(sum(1 for _ in store.quads_for_pattern(None, None, None, inferred)))
    for graph_name in (ox.NamedNode(v.DATASET_GRAPH), ox.DefaultGraph()):
        store.extend(ox.Quad(t.subject, t.predicate, t.object, graph_name) for t in described)
    return EmbeddedStore(store), catalogue


def saved_queries(project: Project) -> dict[str, SavedQuery]:
    """Read the project's saved queries, by name. Raises UsageError for a header that is wrong."""
    return {
        name: saved.parse(name, sources.read_text(file.path), file.path)
        for file in project.queries
        for name in [sources.slug(file)]
    }


def program(project: Project) -> Program:
    """Compile the project's ontology and rules into queries. Raises UsageError for what cannot be compiled."""
    from zonegraph import closure

    ontology = [t for file in project.ontology for t in load(file)]
    return closure.compile_program(ontology, [(f.path, sources.read_text(f.path)) for f in project.rules])


def load(file: SourceFile) -> list[ox.Triple]:
    """Read one file of a project as it goes into the store: blank nodes named, evidence and conclusions completed."""
    from zonegraph import turtle

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
    from zonegraph import dataset

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
    graphs[v.DATASET_GRAPH] = dataset.describe(
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
    conclusion = ox.NamedNode(v.ZG + "Conclusion")
    return {
        node: properties
        for node, properties in _by_subject(triples).items()
        if conclusion in properties.get(v.RDF_TYPE, [])
    }


def _concluded(triples: list[ox.Triple]) -> list[ox.Triple]:
    return [
        ox.Triple(subject, predicate, value)  # type: ignore[arg-type]
        for properties in _conclusions(triples).values()
        for subject in properties.get(v.ZG + "about", [])
        for predicate in properties.get(v.ZG + "supports", [])
        for value in properties.get(v.ZG + "value", [])
    ]


def _resting(triples: list[ox.Triple], kept: set[str]) -> list[ox.Triple]:
    """Return the curation graph's triples that still stand when only the articles `kept` count."""
    conclusions = _conclusions(triples)
    standing: set[object] = {ox.NamedNode(evidence.article_iri(slug)) for slug in kept}
    growing = True
    while growing:
        new = {
            node
            for node, properties in conclusions.items()
            if node not in standing and set(properties.get(v.ZG + "restsOn", [])) <= standing
        }
        standing |= new
        growing = bool(new)
    stated = set(_concluded([t for t in triples if t.subject in standing]))
    all_stated = set(_concluded(triples))
    described = {
        subject
        for node in standing & conclusions.keys()
        if v.ZG + "supports" not in conclusions[node]
        for subject in conclusions[node].get(v.ZG + "about", [])
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
        f'{path}: "{date}" is no date\n  write 2021, 2021-03 or 2021-03-26; `zonegraph validate` names the line'
    )


# ---------------------------------------------------------------- the cache


def cache_directory() -> str | None:
    """Return the folder of the cache, made if need be; None if no folder can be written.

    It is ZONEGRAPH_CACHE, else `zonegraph` in XDG_CACHE_HOME or ~/.cache, else a folder of the user's own in the
    system's temporary folder.
    """
    chosen = os.environ.get("ZONEGRAPH_CACHE")
    if chosen:
        if _writable(chosen):
            return os.path.abspath(chosen)
        _say(f"{chosen}: the cache cannot be written there; using a temporary folder (see ZONEGRAPH_CACHE)")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        usual = os.path.join(base, "zonegraph")
        if os.path.isabs(usual) and _writable(usual):
            return usual
    import tempfile  # here and below: only what goes another way than the usual one pays for these imports

    own = os.path.join(tempfile.gettempdir(), f"zonegraph-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    # In a shared folder the name could be somebody else's, or a link to elsewhere; neither must be believed.
    usable = _writable(own) and not os.path.islink(own)
    return own if usable and (not hasattr(os, "getuid") or os.lstat(own).st_uid == os.getuid()) else None


def _writable(directory: str) -> bool:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def clear_cache() -> int:
    """Delete what the program has put into the cache, and nothing else. Returns the number of entries deleted."""
    import shutil

    cache = cache_directory()
    entries = [] if cache is None else [entry for entry in os.listdir(cache) if _OURS.fullmatch(entry)]
    for entry in entries:
        path = os.path.join(str(cache), entry)
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    return len(entries)


def _digests(project: Project, cache: str | None) -> dict[str, list[object]]:
    files = sources.built_files(project)
    record = (
        None if cache is None else os.path.join(cache, hashlib.sha256(project.root.encode()).hexdigest()[:16] + ".json")
    )
    known = None
    if record is not None:
        try:
            with open(record, "rb") as file:
                known = json.load(file)
        except (OSError, ValueError):
            known = None
    found = sources.digests(files, known)
    if record is not None and found != known:
        with contextlib.suppress(UsageError):  # it only saves reading the files once more
            write_atomically(record, json.dumps(found).encode())
    return found


def _open_cached(project: Project, location: str, left_out: list[tuple[str, str]]) -> Dataset | None:
    try:
        with open(os.path.join(location, "catalogue.json"), "rb") as file:
            content = file.read()
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError("changed since it was written")
        manifest = json.loads(body)
        for name, size in manifest["store"].items():
            if os.stat(os.path.join(location, "store", name)).st_size != size:
                raise ValueError("changed since it was written")
        store = ox.Store.read_only(os.path.join(location, "store"))
        if os.access(location, os.W_OK):
            os.utime(location)  # used just now; the least recently used go first
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, RuntimeError):
        # Damaged: it is only a cache, so it is built again.
        import shutil

        shutil.rmtree(location, ignore_errors=True)
        return None
    return Dataset(project, EmbeddedStore(store), saved.from_json(manifest["catalogue"]), location, left_out)


def _keep(cache: str, location: str, store: EmbeddedStore, catalogue: dict[str, SavedQuery]) -> None:
    """Write a built store into the cache: complete under a name of its own first, then moved into place at once."""
    import shutil
    import tempfile

    try:
        draft = tempfile.mkdtemp(prefix=".draft-", dir=cache)
        try:
            folder = os.path.join(draft, "store")
            disk = ox.Store(folder)
            disk.bulk_extend(iter(store.ox))
            disk.flush()
            disk.optimize()
            del disk  # closes the database
            sizes = {
                name: os.path.getsize(os.path.join(folder, name))
                for name in os.listdir(folder)
                if name.endswith(".sst")
            }
            body = json.dumps({"store": sizes, "catalogue": saved.to_json(catalogue)}).encode()
            with open(os.path.join(draft, "catalogue.json"), "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            try:
                os.rename(draft, location)
            except OSError:
                if not os.path.isdir(location):  # otherwise another process was first, with the same content
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        _say(
            f"{cache}: the cache cannot be written ({error.strerror or error}); the next command will build the graph again"
        )
        return
    _prune(cache)


def _prune(cache: str) -> None:
    import shutil

    entries = [
        entry for entry in os.scandir(cache) if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
    ]
    stores = sorted((e for e in entries if _STORE.fullmatch(e.name)), key=lambda e: e.stat().st_mtime, reverse=True)
    old = time.time() - _ABANDONED
    abandoned = [e for e in entries if not _STORE.fullmatch(e.name) and e.stat().st_mtime < old]
    for entry in [*stores[_KEPT:], *abandoned]:
        shutil.rmtree(entry.path, ignore_errors=True)


def write_atomically(path: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises UsageError if its folder cannot be written."""
    import shutil
    import tempfile

    folder, name = os.path.split(os.path.abspath(path))
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror}\n  name a file in a folder that you may write"
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if os.path.exists(path):
            shutil.copymode(path, draft)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(draft, 0o666 & ~umask)
        os.replace(draft, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}\n  name a file that you may write") from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


def _say(message: str) -> None:
    print(f"zonegraph: {message}", file=sys.stderr)
