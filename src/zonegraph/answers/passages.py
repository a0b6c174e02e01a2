"""Words in the articles' texts: the sentences that contain them, and the statements that rest on them."""

from __future__ import annotations

from collections import namedtuple

import pyoxigraph as ox

from zonegraph import evidence, terms
from zonegraph import vocabulary as v
from zonegraph.evidence import phrases
from zonegraph.project import texts
from zonegraph.store.batches import batches
from zonegraph.store.query import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    from zonegraph.evidence import Article
    from zonegraph.store import Bindings, Store

    class Sentence(NamedTuple):
        """A sentence of an article's text that contains the words looked for.

        `start` and `end` are its offsets, `line` its line, `text` its characters; `statements` are the triples whose evidence
        overlaps the words.
        """

        article: Article
        start: int
        end: int
        line: int
        text: str
        statements: list[ox.Triple]

else:
    Sentence = namedtuple("Sentence", "article start end line text statements")

_RANGES = constant(
    """SELECT ?g ?s ?e ?start ?end WHERE {
      VALUES ?g { }
      GRAPH ?g { ?s zg:evidence ?e . ?e oa:start ?start ; oa:end ?end }
    }"""
)
_WITH_EVIDENCE = constant(
    """SELECT DISTINCT ?g ?s WHERE {
      { VALUES ?thing { } GRAPH ?g { ?thing zg:evidence ?evidence } BIND(?thing AS ?s) }
      UNION { VALUES ?thing { } GRAPH ?g { ?s ?p ?thing . ?s zg:evidence ?evidence } }
    }"""
)
_STATED = constant("CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?g { } VALUES ?s { } GRAPH ?g { ?s ?p ?o } }")
_OF_EVIDENCE = constant(
    """CONSTRUCT { ?e ?p ?o } WHERE {
      VALUES ?g { }
      VALUES ?s { }
      VALUES ?p { zg:supports zg:value zg:completeness }
      GRAPH ?g { ?s zg:evidence ?e . ?e ?p ?o }
    }"""
)
_INFERRED = constant(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ }} GRAPH <{v.INFERRED_GRAPH}> {{ ?s ?p ?o }} }}")


def saying(store: Store, directory: str, words: str) -> tuple[list[Sentence], list[str]]:
    """Return the sentences of the articles' texts that contain words, in order of article and place.

    Parameters: `directory`, the folder of the texts; `words`, whose case, quotation marks, dashes, accents and white space may
    differ from the text's. Returns the sentences, and the slugs of the articles whose texts are not there.
    """
    at_hand = texts.by_digest(directory)
    found: list[tuple[Article, str, list[tuple[int, int]]]] = []
    missing = []
    for article in evidence.articles(store).values():
        if article.digest not in at_hand:
            missing.append(article.graph[len(v.ARTICLE_GRAPH) :])
            continue
        text = at_hand[article.digest][1]
        places = phrases.nearly(text, words) if phrases.may_have(text, words) else []
        if places:
            found.append((article, text, places))
    ranges = _ranges(store, [article.graph for article, _, _ in found])
    sentences = []
    for article, text, places in found:
        in_sentence: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for start, end in places:
            in_sentence.setdefault(phrases.sentence(text, start, end), []).append((start, end))
        overlapping = {
            place: [
                (subject, node)
                for subject, node, first, last in ranges.get(article.graph, [])
                if any(first < end and start < last for start, end in inside)
            ]
            for place, inside in in_sentence.items()
        }
        carried = _carried(store, article.graph, {s for nodes in overlapping.values() for s, _ in nodes})
        for (start, end), nodes in overlapping.items():
            statements = sorted({t for _, node in nodes for t in carried.get(node, [])}, key=str)
            line = texts.position(text, start)[0]
            sentences.append(Sentence(article, start, end, line, text[start:end], statements))
    return sentences, missing


def about(store: Store, directory: str, things: Iterable[str]) -> list[Sentence]:
    """Return the sentences on which statements rest that have one of some things as subject or value, whatever their words are.

    Parameters: `directory`, the folder of the texts; `things`, IRIs. Of each sentence only these statements are given. An article
    whose text is not there is passed over.
    """
    nodes = set(map(ox.NamedNode, things))
    answer: Bindings = store.query(_WITH_EVIDENCE.bind(thing=nodes))  # type: ignore[assignment]
    subjects: dict[str, set[ox.NamedNode]] = {}
    for graph, subject in answer.rows:
        subjects.setdefault(terms.text(graph), set()).add(subject)  # type: ignore[arg-type]
    at_hand = texts.by_digest(directory) if subjects else {}
    articles = [a for a in evidence.articles(store).values() if a.graph in subjects and a.digest in at_hand]
    ranges = _ranges(store, [article.graph for article in articles])
    sentences = []
    for article in articles:
        text = at_hand[article.digest][1]
        carried = _carried(store, article.graph, subjects[article.graph])
        found: dict[tuple[int, int], set[ox.Triple]] = {}
        for _, node, first, last in ranges.get(article.graph, []):
            stated = [t for t in carried.get(node, []) if t.subject in nodes or t.object in nodes]
            if stated:
                found.setdefault(phrases.sentence(text, first, last), set()).update(stated)
        for (start, end), statements in sorted(found.items()):
            line = texts.position(text, start)[0]
            sentences.append(Sentence(article, start, end, line, text[start:end], sorted(statements, key=str)))
    return sentences


def _ranges(store: Store, graphs: list[str]) -> dict[str, list[tuple[ox.NamedNode, ox.NamedNode, int, int]]]:
    """Return the evidence in articles' graphs, by graph: for each node its subject, the node, its start and its end."""
    found: dict[str, list[tuple[ox.NamedNode, ox.NamedNode, int, int]]] = {}
    for batch in batches(map(ox.NamedNode, graphs)):
        answer: Bindings = store.query(_RANGES.bind(g=batch))  # type: ignore[assignment]
        for graph, subject, node, start, end in answer.rows:
            found.setdefault(terms.text(graph), []).append(
                (subject, node, int(terms.text(start)), int(terms.text(end)))  # type: ignore[arg-type]
            )
    return found


def _carried(store: Store, graph: str, subjects: Iterable[ox.NamedNode]) -> dict[ox.NamedNode, list[ox.Triple]]:
    """Return the triples that the evidence of some subjects supports in an article's graph, by evidence node."""
    stated: list[ox.Triple] = []
    inferred: set[ox.Triple] = set()
    for batch in batches(sorted(subjects, key=str)):
        for query in (_STATED, _OF_EVIDENCE):
            stated += store.query(query.bind(g=[ox.NamedNode(graph)], s=batch)).triples  # type: ignore[union-attr]
        inferred.update(store.query(_INFERRED.bind(s=batch)).triples)  # type: ignore[union-attr]
    supported = {t.object for t in stated if t.predicate == evidence.SUPPORTS}
    # A restated triple rests on its premises' passages, not on those of its subject in general.
    return evidence.carried([t for t in stated if t not in inferred or t.predicate in supported])
