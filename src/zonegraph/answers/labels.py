"""What things are called: by the reference data, by the pattern that the ontology has for their class, by an article."""

from __future__ import annotations

import re
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import terms
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.store.batches import batches
from zonegraph.store.query import constant
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NamedTuple

    from zonegraph.store import Bindings, Store, Term
    from zonegraph.store.query import Query

    class Label(NamedTuple):
        """A name of a thing, and whether it is more than the wording of an article, which may fit other things as well."""

        text: str
        own: bool

else:
    Label = namedtuple("Label", "text own")

_ORDER = {
    v.SKOS + "prefLabel": 0,
    v.ZG + "title": 1,
    "": 2,
    v.ZG + "namedAs": 3,
    v.SKOS + "altLabel": 4,
}  # "": a pattern
_NAMES = constant(
    """SELECT DISTINCT ?thing ?property ?name WHERE {
      VALUES ?thing { }
      VALUES ?property { skos:prefLabel zg:title zg:namedAs skos:altLabel }
      ?thing ?property ?name
    }"""
)
_SUMMARIES = constant(
    "SELECT DISTINCT ?thing ?text WHERE { VALUES ?thing { } ?thing zg:summary ?text } ORDER BY ?thing ?text"
)
_PATTERNS = constant(
    """SELECT DISTINCT ?thing ?class ?pattern ?broader WHERE {
      VALUES ?thing { }
      ?thing a ?class .
      ?class zg:labelPattern ?pattern .
      OPTIONAL { ?class rdfs:subClassOf ?broader . FILTER(?broader != ?class) }
    }"""
)
_VALUES = constant(
    """SELECT DISTINCT ?thing ?property ?value ?kind ?name WHERE {
      VALUES ?thing { }
      VALUES ?property { }
      ?thing ?property ?value .
      OPTIONAL { ?value ?kind ?name . FILTER(?kind IN (skos:prefLabel, skos:altLabel)) }
    }"""
)
_PATTERNED = constant(
    "SELECT DISTINCT ?thing WHERE { ?class zg:labelPattern ?pattern . ?thing a ?class } ORDER BY ?thing"
)
_LANGUAGES = constant(
    "SELECT DISTINCT ?language WHERE { ?thing skos:prefLabel ?name BIND(LANG(?name) AS ?language) } ORDER BY ?language"
)

_PLACE = re.compile(r"\{([^{}]*)\}")
_IN_BRACKETS = re.compile(r"[(\uff08][^)\uff09]*$")  # the second of each pair is full-width


def of_things(store: Store, iris: Iterable[str], language: str) -> dict[str, Label]:
    """Return what things are called in a language, by IRI; what the graph has no name for is left out.

    Parameters: `language`, a tag; names in a variety of it count, and so do names without a tag where there is none with it.
    An official name or a title comes first, then what the pattern of its class (zg:labelPattern) makes, then the
    wording of an article.
    """
    iris = list(dict.fromkeys(iris))
    best: dict[str, tuple[int, bool, str]] = {}

    def offer(thing: str, order: int, tagged: str, name: str) -> None:
        if not tagged or _matches(tagged, language):
            offered = (order, not tagged, name)
            best[thing] = min(best.get(thing, offered), offered)

    for node, of_property, name in _rows(store, _NAMES, iris):
        offer(terms.text(node), _ORDER[terms.text(of_property)], _language(name), terms.text(name))
    nameless = [iri for iri in iris if iri not in best or best[iri][0] > _ORDER[""]]
    for thing, made in _made(store, nameless, language).items():
        offer(thing, _ORDER[""], language, made)
    return {thing: Label(name, order <= _ORDER[""]) for thing, (order, _, name) in best.items()}


def made_like(store: Store, text: str) -> list[ox.NamedNode]:
    """Return the things that bear a text as the name that the pattern of their class makes, in any language of a pattern."""
    things = [terms.text(row[0]) for row in store.query(_PATTERNED).rows]  # type: ignore[union-attr]
    languages = {_language(row[2]) for row in _rows(store, _PATTERNS, things)}
    sought = text.strip().lower()
    return [
        ox.NamedNode(thing)
        for language in sorted(languages)
        for thing, name in _made(store, things, language).items()
        if name.lower() == sought
    ]


def require_language(store: Store, language: str) -> None:
    """Raise UsageError for a language in which the graph names nothing."""
    known = [terms.text(row[0]) for row in store.query(_LANGUAGES).rows]  # type: ignore[union-attr]
    if not any(_matches(tag, language) for tag in known):
        near = nearest(language, known)
        hint = f"did you mean {near}? " if near else ""
        raise UsageError(
            f"labels {language}: nothing has a name in it", f"{hint}there are: {', '.join(filter(None, known))}"
        )


def in_place_of_iris(
    rows: Sequence[tuple[Term | None, ...]], store: Store, language: str
) -> list[tuple[Term | None, ...]]:
    """Return rows with the names of things in place of their IRIs, in a language, or in English where it has none.

    The end of the IRI stands beside a name that several things of the rows bear, beside the mere wording of an article, and
    beside a summary, which stands for a thing without a name. What has neither is shown by the end of its IRI alone.
    """
    iris = sorted({term.value for row in rows for term in row if isinstance(term, ox.NamedNode)})
    named = {**of_things(store, iris, "en"), **(of_things(store, iris, language) if language != "en" else {})}
    for thing, summary in _rows(store, _SUMMARIES, [iri for iri in iris if iri not in named]):
        best = named.get(terms.text(thing))
        if best is None or _matches(_language(summary), language):
            named[terms.text(thing)] = Label(terms.text(summary), own=False)
    borne = [label.text for label in named.values()]

    def labelled(term: Term | None) -> Term | None:
        if not isinstance(term, ox.NamedNode):
            return term
        if term.value not in named:
            return ox.Literal(_end(term.value)) if term.value.startswith(v.ZGD) else term
        label = named[term.value]
        alone = label.own and borne.count(label.text) == 1
        return ox.Literal(label.text if alone else f"{label.text} ({_end(term.value)})")

    return [tuple(labelled(term) for term in row) for row in rows]


def _end(iri: str) -> str:
    short = v.shorten(iri)
    return re.split(r"[/#]", iri)[-1] or iri if short.startswith("<") else short.partition(":")[2]


def _made(store: Store, iris: Sequence[str], language: str) -> dict[str, str]:
    """Return the names that patterns make of things; none for a thing that lacks the value of a place."""
    patterns: dict[str, dict[str, str]] = {}
    broader: set[tuple[str, str]] = set()
    for thing, of_class, pattern, wider in _rows(store, _PATTERNS, iris):
        broader.add((terms.text(thing), terms.text(wider)))
        if _matches(_language(pattern), language):
            patterns.setdefault(terms.text(thing), {})[terms.text(of_class)] = terms.text(pattern)
    chosen = {
        thing: min((thing_class in {w for t, w in broader if t == thing}, text) for thing_class, text in found.items())[
            1
        ]
        for thing, found in patterns.items()
    }
    asked = {place for pattern in chosen.values() for one in _PLACE.findall(pattern) for place in _properties(one)}
    # Of each thing and property the values, and of each of these its names by their kind.
    values: dict[tuple[str, str], dict[str, dict[str, list[str]]]] = {}
    query = _VALUES.bind(property=map(ox.NamedNode, sorted(asked)))
    for thing, of_property, value, kind, name in _rows(store, query, list(chosen)):
        names = values.setdefault((terms.text(thing), terms.text(of_property)), {}).setdefault(terms.text(value), {})
        if name is None and isinstance(value, ox.Literal):
            names["prefLabel"] = [value.value]
        elif name is not None and _matches(_language(name) or language, language):
            names.setdefault(terms.text(kind).removeprefix(v.SKOS), []).append(terms.text(name))
    made = {thing: _filled(pattern, thing, values) for thing, pattern in chosen.items()}
    return {thing: name for thing, name in made.items() if name}


def _filled(pattern: str, thing: str, values: dict[tuple[str, str], dict[str, dict[str, list[str]]]]) -> str:
    parts: list[str] = []
    end = 0
    for place in _PLACE.finditer(pattern):
        found = next((values[thing, p] for p in _properties(place[1]) if (thing, p) in values), {})
        before = pattern[: place.start()]
        names = [_short(n) if _IN_BRACKETS.search(before) else min(n.get("prefLabel", [""])) for n in found.values()]
        if not names or "" in names:
            return ""
        parts += [pattern[end : place.start()], " / ".join(sorted(names))]
        end = place.end()
    return "".join([*parts, pattern[end:]])


def _short(names: dict[str, list[str]]) -> str:
    """Return the abbreviation among the names of a value: the shortest in one word whose letters the whole name has in that order."""
    whole = min(names.get("prefLabel", [""]))

    def abbreviates(name: str) -> bool:
        letters = iter(whole.lower())
        return not re.search(r"\s", name) and len(name) < len(whole) and all(c in letters for c in name.lower())

    return min(filter(abbreviates, names.get("altLabel", [])), key=lambda name: (len(name), name), default=whole)


def _properties(place: str) -> list[str]:
    """Return the IRIs of the properties that a place of a pattern names, the first that has a value being taken."""
    names = (name.strip().partition(":") for name in place.split("|"))
    return [v.PREFIXES[prefix] + local for prefix, _, local in names if prefix in v.PREFIXES]


def _rows(store: Store, query: Query, iris: Iterable[str]) -> Iterable[tuple[Term | None, ...]]:
    for some in batches(iris):
        answer: Bindings = store.query(query.bind(thing=map(ox.NamedNode, some)))  # type: ignore[assignment]
        yield from answer.rows


def _language(term: object) -> str:
    return getattr(term, "language", None) or ""


def _matches(tag: str, language: str) -> bool:
    """Return whether a language tag is of a language, as LANGMATCHES does."""
    return tag.lower() == language.lower() or tag.lower().startswith(language.lower() + "-")
