"""Finding things by name."""

from __future__ import annotations

from collections import namedtuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.answers.queries import PROLOGUE
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from zonegraph.store import Bindings, Store

    class Match(NamedTuple):
        """A thing that bears the name looked for: its IRI, its classes without broader ones, the names that match."""

        iri: str
        classes: list[str]
        names: list[str]

else:
    Match = namedtuple("Match", "iri classes names")


def find(store: Store, text: str) -> list[Match]:
    """Return the things one of whose names contains a text.

    Parameters: `text`, in English or Chinese, upper and lower case alike; it is also looked for in the IRI's own name.
    Returns matches in order: those whose whole name it is, then by IRI.
    """
    if not text.strip():
        raise UsageError("find: an empty name finds nothing\n  give part of a name")
    literal = ox.Literal(text)
    names: Bindings = store.query(  # type: ignore[assignment]
        f"""{PROLOGUE}
        SELECT DISTINCT ?thing ?name WHERE {{
          VALUES ?property {{ skos:prefLabel skos:altLabel zg:namedAs zg:title }}
          ?thing ?property ?name .
          FILTER(CONTAINS(LCASE(STR(?name)), LCASE({literal})) || CONTAINS(LCASE(STR(?thing)), LCASE({literal})))
          FILTER(isIRI(?thing))
        }}"""
    )
    found: dict[str, set[str]] = {}
    for thing, name in names.rows:
        if text.lower() in v.shorten(_text(thing)).lower() or text.lower() in _text(name).lower():
            found.setdefault(_text(thing), set()).add(_text(name))
    classes = _classes(store, list(found))
    matches = [Match(iri, classes.get(iri, []), sorted(found[iri])) for iri in found]
    return sorted(matches, key=lambda m: (text.lower() not in {n.lower() for n in m.names}, m.iri))


def _classes(store: Store, iris: list[str]) -> dict[str, list[str]]:
    if not iris:
        return {}
    answer: Bindings = store.query(  # type: ignore[assignment]
        f"""{PROLOGUE}
        SELECT DISTINCT ?thing ?class ?broader WHERE {{
          VALUES ?thing {{ {" ".join(f"<{iri}>" for iri in iris)} }}
          ?thing a ?class .
          OPTIONAL {{ ?class rdfs:subClassOf ?broader . FILTER(?broader != ?class) }}
        }}"""
    )
    stated: dict[str, set[str]] = {}
    broader: set[tuple[str, str]] = set()
    for thing, of_class, wider in answer.rows:
        stated.setdefault(_text(thing), set()).add(_text(of_class))
        broader.add((_text(thing), _text(wider)))
    ours = {thing: {c for c in classes if (thing, c) not in broader} for thing, classes in stated.items()}
    return {thing: sorted(classes) for thing, classes in ours.items()}


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
