"""Passages: the ranges of articles' texts on which triples rest.

Evidence hangs on the subject inside the article's graph. A triple's passages in a graph are the evidence on its subject
there that names its property and value; if there is none, its property; if there is none, no property at all.
"""

from __future__ import annotations

import hashlib
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.store.batches import batches, comparable
from zonegraph.store.query import constant
from zonegraph.store.remembering import remembered
from zonegraph.terms import TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NamedTuple, TypeVar

    from zonegraph.store import Bindings, Store, Term

    class Article(NamedTuple):
        """What is known of an article, as text: IRI, graph, title, publisher's name, date, digest of its text, address.

        `date` is the date that counts, as precise as stated, and `counts_from` the last day that it can mean. Publisher, date
        and address may come from the reference data.
        """

        iri: str
        graph: str
        title: str
        publisher: str
        date: str
        digest: str
        counts_from: str
        address: str

    class Passage(NamedTuple):
        """A range of an article's text: characters from `start` to before `end`.

        `basis`, how the text supports the statement, is stated, inferred, unclear or onlyInTitle; `said_by` the IRI of the speaker
        reported there, or empty; `speaker_basis`, how the text supports who that is.
        """

        iri: str
        article: str
        start: int
        end: int
        digest: str
        as_printed: str
        said_by: str
        speaker_basis: str
        basis: str
        note: str

    class Citation(NamedTuple):
        """A source of a row as text, and whether it only corroborates what the row's own article says."""

        text: str
        corroborates: bool

    Node = TypeVar("Node")

else:
    Article = namedtuple("Article", "iri graph title publisher date digest counts_from address")
    Passage = namedtuple("Passage", "iri article start end digest as_printed said_by speaker_basis basis note")
    Citation = namedtuple("Citation", "text corroborates")

EVIDENCE = ox.NamedNode(v.ZG + "evidence")
SUPPORTS = ox.NamedNode(v.ZG + "supports")
VALUE = ox.NamedNode(v.ZG + "value")
START = ox.NamedNode(v.OA + "start")
END = ox.NamedNode(v.OA + "end")
DIGEST = ox.NamedNode(v.ZG + "digest")
COMPLETENESS = ox.NamedNode(v.ZG + "completeness")
# What stands for a range until `zonegraph evidence fill` has put offsets and digest in its place.
EXACT = ox.NamedNode(v.OA + "exact")
OCCURRENCE = ox.NamedNode(v.ZG + "occurrence")
INSIDE = ox.NamedNode(v.ZG + "insidePassage")
RANGE = (START, END, DIGEST)
QUOTING = (EXACT, OCCURRENCE, INSIDE)

# On these no passage is asked for: they are about the transcription, not from the text.
UNSUPPORTED = frozenset({v.ZG + "evidence", v.ZG + "textDigest"})

LONGEST = 300  # characters of one range

_ARTICLES = constant(
    f"""
    SELECT ?article ?graph ?title ?publisher ?date ?digest ?counts ?address WHERE {{
      ?graph zg:transcribes ?article .
      OPTIONAL {{ GRAPH ?graph {{ ?article zg:title ?title }} }}
      OPTIONAL {{ GRAPH ?graph {{ ?article zg:publishedBy ?by }} ?by skos:prefLabel ?printed FILTER(LANG(?printed) = "en") }}
      OPTIONAL {{
        GRAPH ?known {{ ?article zg:publishedBy ?body }} ?body skos:prefLabel ?name
        FILTER(STRSTARTS(STR(?known), "{v.REFERENCE_GRAPH}") && LANG(?name) = "en")
      }}
      BIND(COALESCE(?printed, ?name) AS ?publisher)
      OPTIONAL {{ ?article zg:updated|zg:published ?date }}
      OPTIONAL {{ ?article zg:countsFrom ?counts }}
      OPTIONAL {{ GRAPH ?graph {{ ?article zg:textDigest ?digest }} }}
      OPTIONAL {{ GRAPH ?reference {{ ?article zg:linksTo ?address }} FILTER(STRSTARTS(STR(?reference), "{v.REFERENCE_GRAPH}")) }}
    }} ORDER BY ?article ?title ?publisher ?date ?address"""
)
_OPTIONAL = " ".join(
    f"OPTIONAL {{ GRAPH ?g {{ ?e zg:{name} ?{variable} }} }}"
    for name, variable in (
        ("asPrinted", "printed"),
        ("saidBy", "by"),
        ("speakerBasis", "sureOfSpeaker"),
        ("basis", "basis"),
        ("note", "note"),
        ("doubt", "doubt"),
    )
)
_PASSAGES = constant(
    f"""
    SELECT ?s ?p ?o ?g ?article ?e ?start ?end ?digest ?printed ?by ?sureOfSpeaker ?basis ?note ?supports ?value ?doubt WHERE {{
      VALUES (?s ?p) {{ }}
      GRAPH ?g {{ ?s ?p ?o . ?s zg:evidence ?e . ?e oa:start ?start ; oa:end ?end ; zg:digest ?digest . }}
      ?g zg:transcribes ?article .
      {_OPTIONAL}
      OPTIONAL {{ GRAPH ?g {{ ?e zg:supports ?supports }} }}
      OPTIONAL {{ GRAPH ?g {{ ?e zg:value ?value }} }}
    }}"""
)
_DESCRIBED = constant(
    f"""
    SELECT ?s ?p ?o ?g ?article ?e ?start ?end ?digest ?printed ?by ?sureOfSpeaker ?basis ?note ?doubt WHERE {{
      VALUES ?e {{ }}
      GRAPH ?g {{ ?e oa:start ?start ; oa:end ?end ; zg:digest ?digest . }}
      ?g zg:transcribes ?article .
      {_OPTIONAL}
    }}"""
)


def article_iri(slug: str) -> str:
    """Return the IRI of the article that the file `<slug>.ttl` transcribes."""
    return v.ZGD + "article-" + slug


def bounds(start: str, end: str) -> tuple[int, int] | None:
    """Return the offsets of a range, as they are written; None if these are none, or no range."""
    if not all(len(bound) < 19 and bound.isascii() and bound.isdigit() for bound in (start, end)):
        return None
    return (int(start), int(end)) if int(start) < int(end) else None


def named(triples: list[ox.Triple], slug: str) -> list[ox.Triple]:
    """Give the blank evidence nodes of an article's graph their IRIs, class and source.

    Parameters: `triples`, an article's graph as read; `slug`, of its file. Returns the triples with each evidence node
    replaced by an IRI made from article, range, subject, property and value, so that loading twice changes nothing.
    """
    iris: dict[object, ox.NamedNode] = {}
    nodes: list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = []
    for subject, carried in by_subject(triples).items():
        for node, about in carried:
            nodes.append(node)
            if isinstance(node, ox.BlankNode):
                bounds = [next((terms.text(t.object) for t in about if t.predicate == p), "") for p in (START, END)]
                named_terms = sorted(str(t.object) for t in about if t.predicate in (SUPPORTS, VALUE))
                key = hashlib.sha256("\n".join([str(subject), *named_terms]).encode()).hexdigest()[:8]
                place = "-".join("".join(c for c in bound if c in "0123456789") for bound in bounds)
                iris[node] = ox.NamedNode(f"{v.ZGD}evidence-{slug}-{place}-{key}")

    def name(term: Any) -> Any:
        return iris.get(term, term)

    result = [ox.Triple(name(t.subject), t.predicate, name(t.object)) for t in triples]
    source = ox.NamedNode(v.ZG + "source")
    article = ox.NamedNode(article_iri(slug))
    for node in nodes:
        result.append(ox.Triple(name(node), TYPE, ox.NamedNode(v.ZG + "Evidence")))
        result.append(ox.Triple(name(node), source, article))
    return result


def text_digest(triples: list[ox.Triple], slug: str) -> str:
    """Return the SHA-256 of the text that a graph transcribes, as its article node states it; empty if it does not."""
    article, predicate = article_iri(slug), ox.NamedNode(v.ZG + "textDigest")  # no file's name need make an IRI
    found = (terms.text(t.object) for t in triples if t.predicate == predicate and terms.text(t.subject) == article)
    return next(found, "")


def text_missing(directory: str, slugs: Iterable[str]) -> UsageError:
    """Return the error that the texts of some articles are not in a folder."""
    return UsageError(
        f"{directory}: no text has the digest of {', '.join(slugs)}", "name the folder with the texts with --articles"
    )


def has_range(triples: Iterable[ox.Triple]) -> set[Any]:
    """Return the nodes of a graph that are there for a range of the text: its evidence, and its omissions."""
    kinds = (ox.NamedNode(v.ZG + "Evidence"), ox.NamedNode(v.ZG + "Omission"))
    found: set[Any] = set()
    for t in triples:
        if t.predicate == EVIDENCE:
            found.add(t.object)
        elif t.predicate == TYPE and t.object in kinds:
            found.add(t.subject)
    return found


def quoting(triples: list[ox.Triple]) -> set[Any]:
    """Return the evidence and the omissions of a graph that quote the text in place of giving offsets."""
    quoted = {t.subject for t in triples if t.predicate in QUOTING}
    return quoted & has_range(triples) if quoted else quoted


def by_subject(triples: list[ox.Triple]) -> dict[Any, list[tuple[Any, list[ox.Triple]]]]:
    """Return for each subject of a graph its evidence nodes, each with the triples about the node."""
    grouped: dict[Any, list[tuple[Any, list[ox.Triple]]]] = {}
    about: dict[Any, list[ox.Triple]] = {}
    for t in triples:
        if t.predicate == EVIDENCE:
            grouped.setdefault(t.subject, []).append((t.object, about.setdefault(t.object, [])))
    for t in triples:
        if t.subject in about:
            about[t.subject].append(t)
    return grouped


@remembered
def articles(store: Store) -> dict[str, Article]:
    """Return every article that a graph of the store transcribes, by its IRI."""
    answer: Bindings = store.query(_ARTICLES)  # type: ignore[assignment]
    found: dict[str, Article] = {}
    for row in answer.rows:
        article = Article(*(terms.text(term) for term in row))
        # Of several dates the most precise one that includes the day; a year or month is a prefix of its days.
        date = article.date if article.counts_from.startswith(article.date[:10]) else ""
        first = found.setdefault(article.iri, article._replace(date=date))
        if len(date) > len(first.date):
            found[article.iri] = first._replace(date=date)
    return found


def citation(article: Article) -> str:
    """Return an article in one phrase: title, publisher, date and address, as far as they are known."""
    slug = article.graph.rsplit("/", 1)[-1]
    title = f"“{article.title}”" if article.title else f"untitled article {slug}"
    address = f", {article.address}" if article.address else ""
    return f"{title}, {article.publisher or 'publisher not stated'}, {article.date or 'undated'}{address}"


def passages(store: Store, triples: Iterable[ox.Triple]) -> dict[ox.Triple, list[Passage]]:
    """Return the passages of triples in all articles' graphs.

    Parameters: `triples`, without blank nodes. Returns for each triple its passages, in order of article and range; an
    empty list if no article's graph holds it or none of its evidence covers it.
    """
    wanted = list(dict.fromkeys(triples))
    found: dict[ox.Triple, list[Passage]] = {triple: [] for triple in wanted}
    read: dict[tuple[Term | None, ...], Passage] = {}  # an evidence has a row for each triple that it may carry
    for batch in batches(wanted):
        asked = {comparable(triple): triple for triple in batch}
        # Objects are compared here: Virtuoso loses some of the rows where VALUES mixes IRIs and literals.
        rows = dict.fromkeys((t.subject, t.predicate) for t in batch)
        answer: Bindings = store.query(_PASSAGES.bind_rows(("s", "p"), rows))  # type: ignore[assignment]
        grouped: dict[tuple[ox.Triple, str], dict[Passage, list[ox.Triple]]] = {}
        for row in answer.rows:
            triple = asked.get(comparable(ox.Triple(row[0], row[1], row[2])))  # type: ignore[arg-type]
            if triple is None:
                continue
            said = (*row[4:14], row[-1])
            passage = read.get(said) or read.setdefault(said, _passage(row))
            about = grouped.setdefault((triple, terms.text(row[3])), {}).setdefault(passage, [])
            about += [
                comparable(ox.Triple(row[5], p, row[i]))  # type: ignore[arg-type]
                for p, i in ((SUPPORTS, 14), (VALUE, 15))
                if row[i] is not None
            ]
        for (triple, _), candidates in grouped.items():
            found[triple] += carriers(comparable(triple), candidates.items())
    for triple in found:
        found[triple].sort(key=lambda p: (p.article, p.start, p.end, p.iri))
    return found


def described(store: Store, nodes: Iterable[Any]) -> dict[Any, Passage]:
    """Return the passages that evidence nodes stand for, by node; a node that is not evidence of an article is left out."""
    found: dict[Any, Passage] = {}
    for batch in batches(nodes):
        answer: Bindings = store.query(_DESCRIBED.bind(e=batch))  # type: ignore[assignment]
        found.update({row[5]: _passage(row) for row in answer.rows})
    return found


def carriers(triple: ox.Triple, candidates: Iterable[tuple[Node, Iterable[ox.Triple]]]) -> list[Node]:
    """Return the evidence nodes that carry a triple: the most specific ones only (see the module's docstring).

    Parameters: `candidates`, each evidence node on the triple's subject with the triples about it.
    """
    levels: tuple[list[Node], list[Node], list[Node]] = ([], [], [])
    for node, about in candidates:
        supports = {t.object for t in about if t.predicate == SUPPORTS}
        values = {t.object for t in about if t.predicate == VALUE}
        level = breadth(supports, values, triple.predicate, triple.object)
        if level is not None:
            levels[level].append(node)
    return next((level for level in levels if level), [])


def breadth(supports: set[Any], values: set[Any], predicate: Any, value: Any) -> int | None:
    """Return how much else an evidence carries that may carry a triple of its subject: 0 names property and value, 1 the
    property, 2 neither. Returns None if it names something else.

    Parameters: `supports` and `values`, what the evidence names; `predicate` and `value` of the triple.
    """
    if not supports:
        return 2
    if predicate not in supports:
        return None
    if not values:
        return 1
    return 0 if value in values else None


def carried(triples: list[ox.Triple]) -> dict[Any, list[ox.Triple]]:
    """Return for each evidence node of an article's graph the triples that it carries; an empty list if it carries none.

    What gives the completeness of a property's values carries that, whatever evidence there is for each value.
    """
    grouped = by_subject(triples)
    found = {
        node: [ox.Triple(subject, COMPLETENESS, t.object) for t in about if t.predicate == COMPLETENESS]
        for subject, nodes in grouped.items()
        for node, about in nodes
    }
    for t in triples:
        if t.subject not in found and t.predicate.value not in UNSUPPORTED:
            for node in carriers(t, grouped.get(t.subject, [])):
                found[node].append(t)
    return found


def _passage(row: tuple[Term | None, ...]) -> Passage:
    note, doubt = terms.text(row[13]), terms.text(row[-1])  # a doubt about a passage is told with the note on it
    return Passage(
        iri=terms.text(row[5]),
        article=terms.text(row[4]),
        start=int(terms.text(row[6])),
        end=int(terms.text(row[7])),
        digest=terms.text(row[8]),
        as_printed=terms.text(row[9]),
        said_by=terms.text(row[10]),
        speaker_basis=_basis(row[11]),
        basis=_basis(row[12]),
        note="; ".join(told for told in (note, doubt and f"doubt: {doubt}") if told),
    )


def _basis(term: Term | None) -> str:
    return terms.text(term)[len(v.ZG) :] or "stated"
