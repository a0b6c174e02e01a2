"""What is judged by shapes together, what of it is suspected, and the results."""

from __future__ import annotations

from typing import NamedTuple

import pyoxigraph as ox

from zonegraph.rdf.graph import Term
from zonegraph.validation.findings import Rule, Source

Suspects = dict[tuple[Term, Term], set[Term]]  # the nodes that may break a part of a shape


class Unit(NamedTuple):
    """What is judged together.

    `own` are its triples, `around` those of its surroundings that shapes may see from them; `looked` gives for each shape, by its
    name, the nodes that are judged by it, `known` those that it is about in the surroundings alone: what those break there is
    not this unit's.
    """

    own: list[ox.Triple]
    around: list[ox.Triple]
    known: dict[str, set[Term]]
    looked: dict[str, set[Term]]


class Result(NamedTuple):
    """One result of pySHACL: the constraint component that a focus node breaks, by which rule.

    `properties` are those by which the path leaves the focus node (or the ones that the shape points at), `inverse` is
    the one by which it arrives there. `source` says what gave it. `others` are the statements that it was compared with, subject, property
    and value of each, of which the last may be None; `remedy` replaces the rule's if it is not empty.
    """

    rule: Rule
    focus: Term
    path: str
    properties: tuple[Term, ...]
    inverse: Term | None
    value: Term | None
    source: Source
    others: tuple[tuple[Term, Term | None, Term | None], ...] = ()
    remedy: str = ""
