"""Finding things by name, and saying in a line what a thing is."""

from __future__ import annotations

import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.answers.labels import Label, made_like, of_things
from zonegraph.store.query import constant
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from zonegraph.store import Bindings, Store

    class Match(NamedTuple):
        """A thing that bears the name looked for.

        Its IRI, its classes without broader ones, its label in English and in Chinese (see `labels`; empty if it has none), and
        which of its names match.
        """

        iri: str
        classes: list[str]
        english: str
        chinese: str
        names: list[str]

else:
    Match = namedtuple("Match", "iri classes english chinese names")

# What a thing can be called, in the words of the reference data and of the articles.
NAMING = "skos:prefLabel skos:altLabel zg:namedAs zg:title"

_HOLDING = constant(
    f"""SELECT DISTINCT ?thing ?name WHERE {{
      VALUES ?sought {{ }}
      VALUES ?property {{ {NAMING} }}
      ?thing ?property ?name .
      FILTER(CONTAINS(LCASE(STR(?name)), LCASE(?sought)) || CONTAINS(LCASE(STR(?thing)), LCASE(?sought)))
      FILTER(isIRI(?thing))
    }}"""
)
_NAMED = constant(
    f"""SELECT DISTINCT ?thing ?name ?own WHERE {{
      VALUES ?property {{ {NAMING} }}
      {{ ?thing ?property ?name BIND(true AS ?own) }}
      UNION
      {{ ?kind zg:foundBy ?by . ?thing a ?kind ; ?by ?of . ?of ?property ?name BIND(false AS ?own) }}
      FILTER(isIRI(?thing))
    }}"""
)
_MENTIONING = constant(
    """SELECT DISTINCT ?thing ?words WHERE {
      VALUES ?sought { }
      { ?thing zg:summary ?words } UNION { ?thing zg:evidence ?evidence . ?evidence zg:asPrinted ?words }
      FILTER(CONTAINS(LCASE(STR(?words)), LCASE(?sought)))
    }"""
)
_NAMES = constant(
    f"""SELECT DISTINCT ?name ?thing WHERE {{
      VALUES ?property {{ {NAMING} }}
      ?thing ?property ?name FILTER(isIRI(?thing))
    }} ORDER BY ?name ?thing"""
)
_OFFICIAL = constant(
    """ASK {
      VALUES ?thing { }
      VALUES ?sought { }
      ?thing skos:prefLabel|skos:altLabel|zg:title ?name FILTER(LCASE(STR(?name)) = LCASE(?sought))
    }"""
)
_CLASSES = constant(
    """SELECT DISTINCT ?thing ?class ?broader WHERE {
      VALUES ?thing { }
      ?thing a ?class .
      OPTIONAL { ?class rdfs:subClassOf ?broader . FILTER(?broader != ?class) }
    }"""
)


def find(store: Store, text: str) -> list[Match]:
    """Return the things one of whose names contains a text.

    Parameters: `text`, in English or Chinese, upper and lower case alike; it is also looked for in the IRI's own name.
    What the ontology says is `zg:foundBy` other things matches too if each word begins a word of its names or of theirs,
    and so does everything by its own names if nothing holds the whole text. If nothing bears the name, things match that are
    summed up in these words, or printed so in an article.
    Returns matches in order: those whose label it is, those of whose names one is the text, those of whose names one
    begins with it, those of whose names one holds it, those whose IRI alone does; then by IRI.
    """
    text = text.strip()
    literal = ox.Literal(text)
    answer: Bindings = store.query(_HOLDING.bind(sought=[literal]))  # type: ignore[assignment]
    found: dict[str, set[str]] = {}
    for thing, name in answer.rows:
        if text.lower() in terms.plain(thing).lower() or text.lower() in terms.text(name).lower():
            found.setdefault(terms.text(thing), set()).add(terms.text(name))
    found = {**_having_words(store, text.lower().split(), related_only=bool(found)), **found}
    found = found or {node.value: {text} for node in made_like(store, text)} or _mentioning(store, literal)
    of_class, named = classes(store, list(found)), labels(store, list(found))
    matches = [Match(iri, of_class.get(iri, []), *named.get(iri, ("", "")), sorted(found[iri])) for iri in found]
    sought = text.lower()

    def rank(match: Match) -> tuple[bool, bool, bool, bool, str]:
        names = [name.lower() for name in match.names]
        return (
            sought not in (match.english.lower(), match.chinese.lower()),
            sought not in names,
            not any(name.startswith(sought) for name in names),
            not any(sought in name for name in names),
            match.iri,
        )

    return sorted(matches, key=rank)


def _having_words(store: Store, words: list[str], *, related_only: bool) -> dict[str, set[str]]:
    answer: Bindings = store.query(_NAMED)  # type: ignore[assignment]
    related = {terms.text(thing) for thing, _, is_own in answer.rows if terms.text(is_own) == "false"}
    own: dict[str, set[str]] = {}
    every: dict[str, set[str]] = {}
    for thing, name, is_own in answer.rows:
        every.setdefault(terms.text(thing), set()).add(terms.text(name).lower())
        own.setdefault(terms.text(thing), set()).update([terms.text(name)] if terms.text(is_own) == "true" else [])
        # So that it is found by what it is and where, whatever its articles call it.
        if terms.text(is_own) == "false":
            every[terms.text(thing)].add(terms.plain(thing).lower())

    def begins(word: str, names: set[str]) -> bool:
        # Within Chinese text a word begins anywhere.
        pattern = re.compile(("(?<![a-z0-9])" if word.isascii() else "") + re.escape(word))
        return any(pattern.search(name) for name in names)

    return {
        thing: {name for name in own[thing] if any(begins(word, {name.lower()}) for word in words)}
        for thing, names in every.items()
        if (thing in related or not related_only) and all(begins(word, names) for word in words)
    }


def _mentioning(store: Store, literal: ox.Literal) -> dict[str, set[str]]:
    answer: Bindings = store.query(_MENTIONING.bind(sought=[literal]))  # type: ignore[assignment]
    found: dict[str, set[str]] = {}
    for thing, words in answer.rows:
        found.setdefault(terms.text(thing), set()).add(terms.text(words))
    return found


def near_name(store: Store, text: str) -> tuple[str, str]:
    """Return the name in the graph most like a text, and the IRI of a thing that bears it; empty if none is like it."""
    answer: Bindings = store.query(_NAMES)  # type: ignore[assignment]
    names: dict[str, tuple[str, str]] = {}
    for name, thing in answer.rows:
        names.setdefault(terms.text(name).lower(), (terms.text(name), terms.text(thing)))
    return names.get(nearest(text.strip().lower(), names, 0.8), ("", ""))


def labels(store: Store, iris: list[str]) -> dict[str, tuple[str, str]]:
    """Return what things are called, by IRI, in English and in Chinese; empty if the graph has no such name."""
    english, chinese = (of_things(store, iris, language) for language in ("en", "zh"))
    none = Label("", own=False)
    return {iri: (english.get(iri, none).text, chinese.get(iri, none).text) for iri in iris}


def only_worded(store: Store, iri: str, name: str) -> bool:
    """Return whether a thing bears a name in the wording of an article alone, and not in the reference data."""
    return not store.query(_OFFICIAL.bind(thing=[ox.NamedNode(iri)], sought=[ox.Literal(name)])).value  # type: ignore[union-attr]


def classes(store: Store, iris: list[str]) -> dict[str, list[str]]:
    """Return the classes of things, by IRI, without those that are broader than another of them."""
    answer: Bindings = store.query(_CLASSES.bind(thing=map(ox.NamedNode, iris)))  # type: ignore[assignment]
    stated: dict[str, set[str]] = {}
    broader: set[tuple[str, str]] = set()
    for thing, of_class, wider in answer.rows:
        stated.setdefault(terms.text(thing), set()).add(terms.text(of_class))
        broader.add((terms.text(thing), terms.text(wider)))
    return {thing: sorted(c for c in found if (thing, c) not in broader) for thing, found in stated.items()}
