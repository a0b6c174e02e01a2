"""What things are called: in the reference data, by the pattern that the ontology gives for their class, or in an article."""

from __future__ import annotations

import re
from collections import Counter, namedtuple

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
        """A name of a thing; `own` is false for the mere wording of an article, which may fit other things as well."""

        text: str
        own: bool

else:
    Label = namedtuple("Label", "text own")

_PATTERN = "zg:labelPattern"  # stands for a property in the order below
_ORDER = {v.SKOS + "prefLabel": 0, v.ZG + "title": 1, _PATTERN: 2, v.ZG + "namedAs": 3, v.SKOS + "altLabel": 4}
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
    """Return what things are called in a language, by IRI; a thing without a name is left out.

    An official name or a title comes first, then the name that the pattern of its class (zg:labelPattern) makes, then the
    wording of an article.

    Parameters: `language`, a tag; names in a variety of it count too, and names without a tag where none has it.
    """
    iris = list(dict.fromkeys(iris))
    best: dict[str, tuple[int, bool, str]] = {}

    def offer(thing: str, order: int, tagged: str, name: str) -> None:
        if not tagged or _matches(tagged, language):
            offered = (order, not tagged, name)
            best[thing] = min(best.get(thing, offered), offered)

    for node, of_property, name in _rows(store, _NAMES, iris):
        offer(terms.text(node), _ORDER[terms.text(of_property)], _language(name), terms.text(name))
    nameless = [iri for iri in iris if iri not in best or best[iri][0] > _ORDER[_PATTERN]]
    for thing, made in _made(store, nameless, language).items():
        offer(thing, _ORDER[_PATTERN], language, made)
    return {thing: Label(name, order <= _ORDER[_PATTERN]) for thing, (order, _, name) in best.items()}


def made_like(store: Store, text: str) -> list[ox.NamedNode]:
    """Return the things whose name is a text, where the pattern of their class makes the name, in any of its languages."""
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
    """Raise UsageError if the graph has no name in a language."""
    known = [terms.text(row[0]) for row in store.query(_LANGUAGES).rows]  # type: ignore[union-attr]
    if not any(_matches(tag, language) for tag in known):
        near = nearest(language, known)
        hint = f"did you mean {near}? " if near else ""
        raise UsageError(
            f"labels {language}: the graph has no names in this language",
            f"{hint}it has names in: {', '.join(filter(None, known))}",
        )


def in_place_of_iris(
    rows: Sequence[tuple[Term | None, ...]], store: Store, language: str
) -> list[tuple[Term | None, ...]]:
    """Return rows with the names of things in place of their IRIs, in a language or else in English.

    The end of the IRI follows a name that several things in the rows share, the mere wording of an article, and a summary, which
    stands for a thing without a name. A thing without any of these is shown by the end of its IRI alone.
    """
    iris = sorted({term.value for row in rows for term in row if isinstance(term, ox.NamedNode)})
    named = {**of_things(store, iris, "en"), **(of_things(store, iris, language) if language != "en" else {})}
    for thing, summary in _rows(store, _SUMMARIES, [iri for iri in iris if iri not in named]):
        best = named.get(terms.text(thing))
        if best is None or _matches(_language(summary), language):
            named[terms.text(thing)] = Label(terms.text(summary), own=False)
    things_named = Counter(label.text for label in named.values())

    def labelled(term: Term | None) -> Term | None:
        if not isinstance(term, ox.NamedNode):
            return term
        if term.value not in named:
            return ox.Literal(_end(term.value)) if term.value.startswith(v.ZGD) else term
        label = named[term.value]
        alone = label.own and things_named[label.text] == 1
        return ox.Literal(label.text if alone else f"{label.text} ({_end(term.value)})")

    return [tuple(labelled(term) for term in row) for row in rows]


def _end(iri: str) -> str:
    short = v.shorten(iri)
    return v.local_name(iri) or iri if short.startswith("<") else short.partition(":")[2]


def _made(store: Store, iris: Sequence[str], language: str) -> dict[str, str]:
    """Return the names that patterns make for things, by IRI; a thing that lacks a value that its pattern needs has none."""
    patterns: dict[str, dict[str, str]] = {}
    broader: dict[str, set[str]] = {}
    for thing, of_class, pattern, wider in _rows(store, _PATTERNS, iris):
        broader.setdefault(terms.text(thing), set()).add(terms.text(wider))
        if _matches(_language(pattern), language):
            patterns.setdefault(terms.text(thing), {})[terms.text(of_class)] = terms.text(pattern)
    # The pattern of the narrowest class counts.
    chosen = {
        thing: min((of_class in broader[thing], pattern) for of_class, pattern in of_classes.items())[1]
        for thing, of_classes in patterns.items()
    }
    asked = {place for pattern in chosen.values() for one in _PLACE.findall(pattern) for place in _properties(one)}
    # By thing and property the values, and for each value its names by their kind.
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
    """Return the abbreviation among the names of a value, else its whole name.

    An abbreviation is one word whose letters occur in the whole name in the same order; the shortest is taken.
    """
    whole = min(names.get("prefLabel", [""]))

    def abbreviates(name: str) -> bool:
        letters = iter(whole.lower())
        return not re.search(r"\s", name) and len(name) < len(whole) and all(c in letters for c in name.lower())

    return min(filter(abbreviates, names.get("altLabel", [])), key=lambda name: (len(name), name), default=whole)


def _properties(place: str) -> list[str]:
    """Return the IRIs of the properties that a place in a pattern names, in the order in which they are tried."""
    names = (name.strip().partition(":") for name in place.split("|"))
    return [v.PREFIXES[prefix] + local for prefix, _, local in names if prefix in v.PREFIXES]


def _rows(store: Store, query: Query, iris: Iterable[str]) -> Iterable[tuple[Term | None, ...]]:
    for some in batches(iris):
        answer: Bindings = store.query(query.bind(thing=map(ox.NamedNode, some)))  # type: ignore[assignment]
        yield from answer.rows


def _language(term: object) -> str:
    return getattr(term, "language", None) or ""


def _matches(tag: str, language: str) -> bool:
    """Return whether a language tag belongs to a language, as LANGMATCHES judges it."""
    return tag.lower() == language.lower() or tag.lower().startswith(language.lower() + "-")
