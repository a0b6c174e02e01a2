"""What the IRI of a thing says of its class: the word that it begins with, as in `zgd:approval-...`."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Term
from zonegraph.terms import TYPE
from zonegraph.validation import files, meant
from zonegraph.validation.checks import File, finding, shown
from zonegraph.validation.findings import SEVERITIES, Edit, Finding, Fix, table

RULES = table(
    "violation",
    "",
    (
        "class-of-iri",
        "A thing must be of the class that its IRI names.",
        "give it the class that its IRI names, or rename it",
    ),
)

_SUB_CLASS, _CLASS = ox.NamedNode(v.RDFS + "subClassOf"), ox.NamedNode(v.OWL + "Class")


def of_another_class(file: File, found: list[Finding], project: sources.Project) -> Iterable[Finding]:
    """Yield the things of a file whose IRIs name another class, which may explain what is found; each with a fix that writes that class.

    A word names the class that is called so, or else the one class of the things in the reference data whose IRIs begin with it.
    """
    said = "\n".join(f"{one.focus} {one.value} {one.message}" for one in found)
    # Whose class another statement is found to tell already.
    classed = {one.focus for one in found if one.result_path == str(TYPE) and one.others}
    is_used_so = functools.cache(functools.partial(_is_used_so, file=file, project=project))
    asked = [
        (s, kind, region)
        for s, p, kind in file.source.graph
        if p == TYPE
        and s.value.startswith(v.ZGD)
        and s.value not in classed
        and isinstance(kind, ox.NamedNode)
        and meant.first_word(s) != v.local_name(kind.value).lower()
        and (s.value in said or shown(s) in said)
        and (region := file.source.objects.get((s, p, kind))) is not None
        and not is_used_so(meant.first_word(s), kind)
    ]
    if not asked:  # nothing is read for it
        return
    words = _Words(project)
    severity = max((one.severity for one in found), key=SEVERITIES.index)
    for s, kind, region in asked:
        named = words.named(meant.first_word(s), kind)
        own = set(file.source.graph.objects(s, TYPE))
        if named is not None and all(words.exclude(named, one) for one in own):
            text = meant.turtle(named, file.source)
            yield finding(
                file,
                RULES["class-of-iri"],
                region,
                s,
                str(TYPE),
                kind,
                f"{shown(s)} is a {shown(kind)}, and its IRI says {shown(named)}.",
                f"make it a {shown(named)}, as its IRI says, or rename it",
                fix=Fix(f"write {text}", (Edit(file.name, region, text),)),
                severity=severity,
            )


class _Words:
    """Which class the first word of an IRI names: the one called so, or else that of the things in the reference data."""

    def __init__(self, project: sources.Project) -> None:
        ontology = [t for one in project.ontology for t in _readable(one)]
        self._above: dict[Term, set[Term]] = defaultdict(set)
        for s, p, o in ontology:
            if p == _SUB_CLASS:
                self._above[s].add(o)
        classes = (s for s, p, o in ontology if p == TYPE and o == _CLASS and s.value.startswith(v.ZG))
        self._called = {v.local_name(s.value).lower(): s for s in classes}
        self._of_word: dict[str, set[Term]] = defaultdict(set)
        for one in project.reference:
            for s, p, o in _readable(one):
                if p == TYPE and s.value.startswith(v.ZGD):
                    self._of_word[meant.first_word(s)].add(o)

    def named(self, word: str, kind: Term) -> Term | None:
        """Return the class that a word names, for a thing of another class of the project; None if it names none or several."""
        named = {self._called[word]} if word in self._called else self._of_word[word] - {kind}
        return named.pop() if len(named) == 1 and kind in self._called.values() else None

    def exclude(self, one: Term, other: Term) -> bool:
        """Return whether neither of two classes is the other's subclass."""
        return one not in self._with_above(other) and other not in self._with_above(one)

    def _with_above(self, kind: Term) -> set[Term]:
        result, new = {kind}, {kind}
        while new:
            new = set[Term]().union(*(self._above[one] for one in new)) - result
            result |= new
        return result


def _is_used_so(word: str, kind: Term, file: File, project: sources.Project) -> bool:
    """Return whether another article has a thing of a class whose IRI begins with a word. Parameters: `file`, the one left out."""
    # To read what articles say takes long where there are many; how a thing is opened does not vary.
    use = re.compile(
        rf"^([^\s:<#]*):{re.escape(word)}-\S+\s+a\s[^;.]*:{re.escape(v.local_name(kind.value))}\b", re.MULTILINE
    )
    others = (one.path for one in project.articles if os.path.realpath(one.path) != os.path.realpath(file.source.path))
    for text in map(texts.read_text, others):
        used = {match[1] for match in use.finditer(text)}
        declared = turtle.prefixes(text) if used else {}
        if any(declared.get(prefix) == v.ZGD for prefix in used):
            return True
    return False


def _readable(file: sources.SourceFile) -> tuple[ox.Triple, ...]:
    with contextlib.suppress(UsageError):  # of which there is a finding of its own
        return files.sound(file.path)
    return ()
