"""The names of a project: what each is called, what it means, which files use it and how often.

It is read from the files as they are saved, and again where they have changed since.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.terms import TYPE

_LABELS = (v.SKOS + "prefLabel", v.RDFS + "label")
_OTHER_LABELS = (v.SKOS + "altLabel",)
_PROPERTIES = frozenset(v.OWL + kind + "Property" for kind in ("Object", "Datatype", "Annotation"))
_CLASSES = frozenset((v.OWL + "Class", v.RDFS + "Class"))


class Name(NamedTuple):
    """What the files say of one IRI.

    `labels` are by language, `others` further names; `types`, `ranges`, `domains` and `above` (classes or properties) are IRIs; `uses` says
    in which files, by the path inside the project, how many triples have it as property or object; `described` are the files
    that have it as subject.
    """

    iri: str
    labels: dict[str, str]
    others: frozenset[str]
    types: frozenset[str]
    definition: str
    ranges: frozenset[str]
    domains: frozenset[str]
    above: frozenset[str]
    uses: dict[str, int]
    described: tuple[str, ...]

    @property
    def is_property(self) -> bool:
        """Whether it is declared as a property."""
        return bool(self.types & _PROPERTIES)

    @property
    def is_class(self) -> bool:
        """Whether it is declared as a class."""
        return bool(self.types & _CLASSES)


class Index(NamedTuple):
    """All names of a project, by IRI.

    `with_class` counts how often a property is used of a class, by class and property; `values`, how often an IRI is a property's value, by
    property and IRI; `articles` is how many articles there are; `of_file` is what was read of each file, with its signature.
    """

    names: dict[str, Name]
    with_class: dict[str, Counter[str]]
    values: dict[str, Counter[str]]
    articles: frozenset[str]
    of_file: dict[str, tuple[list[int], _Read]]

    def below(self, iri: str) -> set[str]:
        """Return a class or property with all that are below it."""
        found, pending = {iri}, [iri]
        while pending:
            top = pending.pop()
            new = {name.iri for name in self.names.values() if top in name.above} - found
            found |= new
            pending += new
        return found

    def over(self, iri: str) -> set[str]:
        """Return a class or property with all that are above it."""
        found, pending = {iri}, [iri]
        while pending:
            name = self.names.get(pending.pop())
            new = set(name.above if name else ()) - found
            found |= new
            pending += new
        return found


class _Read:
    """What one file says: facts by subject and property, and uses."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.uses: Counter[str] = Counter()
        self.said: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(dict)
        self.with_class: dict[str, Counter[str]] = defaultdict(Counter)
        self.values: dict[str, Counter[str]] = defaultdict(Counter)
        types: dict[object, list[str]] = defaultdict(list)
        kept = list(triples)
        for triple in kept:
            if triple.predicate == TYPE and isinstance(triple.object, ox.NamedNode):
                types[triple.subject].append(triple.object.value)
        for subject, property, value in kept:
            name = property.value
            self.uses[name] += 1
            if isinstance(value, ox.NamedNode):
                self.uses[value.value] += 1
                self.values[name][value.value] += 1
            for kind in types[subject]:
                self.with_class[kind][name] += 1
            if isinstance(subject, ox.NamedNode):
                facts = self.said[subject.value]
                if name in _FACTS and isinstance(value, ox.NamedNode | ox.Literal):
                    facts.setdefault(name, []).append(value)


_DEFINITION = v.SKOS + "definition"
_RANGE, _DOMAIN = v.RDFS + "range", v.RDFS + "domain"
_ABOVE = (v.RDFS + "subClassOf", v.RDFS + "subPropertyOf")
_FACTS = frozenset((*_LABELS, *_OTHER_LABELS, v.RDF_TYPE, _DEFINITION, _RANGE, _DOMAIN, *_ABOVE))
EMPTY = Index({}, {}, {}, frozenset(), {})


def read(project: sources.Project, before: Index = EMPTY) -> Index:
    """Return the index of a project.

    Parameters: `before`, an earlier index of it; files that have not changed since are not read again. A file that cannot be read
    adds nothing; `validate` says what is wrong with it.
    """
    of_file: dict[str, tuple[list[int], _Read]] = {}
    for file in sources.graph_files(project):
        try:
            signature = sources.signature([file])[file.name]
            known = before.of_file.get(file.name)
            of_file[file.name] = (
                known if known and known[0] == signature else (signature, _Read(turtle.parse(file.path, rename=True)))
            )
        except UsageError:
            continue
    if of_file.keys() == before.of_file.keys() and all(of_file[n] is before.of_file[n] for n in of_file):
        return before
    declaring = {file.name for file in project.ontology}
    articles = frozenset(file.name for file in project.articles if file.name in of_file)
    uses: dict[str, dict[str, int]] = defaultdict(dict)
    said: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(lambda: defaultdict(list))
    described: dict[str, list[str]] = defaultdict(list)
    with_class: dict[str, Counter[str]] = defaultdict(Counter)
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for name, (_, one) in of_file.items():
        for iri, facts in one.said.items():
            described[iri].append(name)
            for property, found in facts.items():
                said[iri][property] += found
        if name in declaring:
            continue
        for iri, count in one.uses.items():
            uses[iri][name] = count
        for kind, counts in one.with_class.items():
            with_class[kind].update(counts)
        for property, counts in one.values.items():
            values[property].update(counts)
    names = {
        iri: _name(iri, said.get(iri, {}), uses.get(iri, {}), tuple(described.get(iri, ())))
        for iri in {*described, *uses}
    }
    return Index(names, with_class, values, articles, of_file)


def _name(
    iri: str, said: dict[str, list[ox.NamedNode | ox.Literal]], uses: dict[str, int], described: tuple[str, ...]
) -> Name:
    labels: dict[str, str] = {}
    for property in _LABELS:
        for label in said.get(property, ()):
            if isinstance(label, ox.Literal):
                labels.setdefault(label.language or "", label.value)

    def iris(*properties: str) -> frozenset[str]:
        return frozenset(t.value for p in properties for t in said.get(p, ()) if isinstance(t, ox.NamedNode))

    return Name(
        iri,
        labels,
        frozenset(label.value for property in _OTHER_LABELS for label in said.get(property, ())),
        iris(v.RDF_TYPE),
        " ".join(term.value for term in said.get(_DEFINITION, ())[:1]),
        iris(_RANGE),
        iris(_DOMAIN),
        iris(*_ABOVE),
        uses,
        described,
    )
