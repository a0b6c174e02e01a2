"""The checks that neither shapes nor rules can make: form of literals, names that nobody declares, axioms, names of files."""

from __future__ import annotations

import calendar
import functools
import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.closure.ontology import AXIOM_CLASSES, AXIOM_PREDICATES
from zonegraph.rdf.graph import Graph, Namespace
from zonegraph.rdf.turtle import START, UNLOCATED, PositionedGraph, Region
from zonegraph.suggest import nearest
from zonegraph.terms import TYPE
from zonegraph.validation.findings import READING, UNREADABLE, Finding, Fix, Other, Rule, table

ZG, OWL, RDF, RDFS, XSD = (Namespace(iri) for iri in (v.ZG, v.OWL, v.RDF, v.RDFS, v.XSD))

# Kinds of files; each is judged by what its folder is for.
ARTICLE, REFERENCE, REVIEW, CURATION, QUERY = "article", "reference", "review", "curation", "query"


class File(NamedTuple):
    """A file to judge: the name shown, its kind, its slug (None for standard input) and what it says, with lines."""

    name: str
    kind: str
    slug: str | None
    source: PositionedGraph


class Terms(NamedTuple):
    """What an ontology declares: properties, classes and all of its names; `spaces` are the namespaces of its terms."""

    properties: set[Node]
    classes: set[Node]
    names: set[Node]
    spaces: frozenset[str]


Node = ox.NamedNode | ox.BlankNode | ox.Literal

RULES = table(
    "violation",
    READING,
    (
        UNREADABLE,
        "A file must be readable: present, in UTF-8, and valid Turtle, or SPARQL with a header.",
        "correct the file; it has not been validated",
    ),
    (
        "ill-formed-literal",
        "A literal must have the form that its datatype requires.",
        "correct the value or the datatype",
    ),
) | table(
    "violation",
    "",
    (
        "axiom-in-data",
        "Axioms must be in the ontology, where rules are compiled from them.",
        "move it to a file of ontology/, or remove it",
    ),
    (
        "unknown-term",
        "Terms must be declared in the ontology or in a vocabulary in common use.",
        "use a declared term, or declare this one in a file of ontology/",
    ),
    (
        "file-name-is-slug",
        "The file name of an article must be a slug.",
        "rename the file: lower-case letters, digits and single hyphens, then .ttl",
    ),
)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def slug(file: File) -> str:
    """Return the slug of a file as IRIs have it; of standard input that of the article it describes, empty if it describes none."""
    if file.slug is not None:
        return in_iri(file.slug)
    articles = sorted(s.value for s in file.source.graph.subjects(TYPE, ZG.Article))
    return articles[0].removeprefix(v.ZGD + "article-") if articles else ""


def in_iri(slug: str) -> str:
    """Return a slug as it can stand in an IRI: as it is, or with escapes."""
    try:
        ox.NamedNode(v.ZGD + slug)
    except ValueError:
        return quote(slug, safe="")
    return slug


# ---------------------------------------------------------------- where a triple stands


def region_of(
    source: PositionedGraph, focus: Node, properties: Iterable[Node] = (), value: Node | None = None
) -> Region | None:
    """Return the region that a finding is about.

    That of the triple of `focus`, one of `properties` and `value`; else the last with one of `properties`, which is the
    one too many where there are several; else where `focus` is opened; else where it is mentioned; None if that is not known.
    """
    objects, properties = source.objects, list(properties)
    itself = [] if value is None else [objects[focus, p, value] for p in properties if (focus, p, value) in objects]
    of_property = ((focus, p, o) for p in properties for o in source.graph.objects(focus, p))
    return (
        max(itself, default=None)
        or max((objects[t] for t in of_property if t in objects), default=None)
        or _opened(source, focus)
    )


def place(name: str, region: Region | None) -> str:
    """Return how a place in a file is shown; without its line if that is not known."""
    return f"{name}:{region.line}" if region else name


def last_mention(source: PositionedGraph, focus: Node, predicate: Node | None = None) -> Region | None:
    """Return the last region at which a node is the object of a triple (of one predicate), or None."""
    mentions = ((s, p, focus) for s, p in source.graph.subject_predicates(focus) if predicate in (None, p))
    return max((source.objects[t] for t in mentions if t in source.objects), default=None)


def stated(source: PositionedGraph, s: Node, properties: Iterable[Node], value: Node | None = None) -> list[Region]:
    """Return where a file states triples of a subject, properties and a value (None for any), as a conclusion too."""
    graph, found = source.graph, []
    for p in properties:
        found += [region_of(source, s, [p], o) for _, _, o in graph.triples(s, p, value)]
        concluded = (c for c in graph.subjects(ZG.topic, s) if graph.has(c, ZG.supports, p))
        found += [
            region_of(source, c, [ZG.value], o) for c in concluded for _, _, o in graph.triples(c, ZG.value, value)
        ]
    return sorted(region for region in found if region is not None)


def _opened(source: PositionedGraph, node: Node) -> Region | None:
    """Return where a node is opened, or else mentioned, or else that stands which mentions it; or None."""
    seen: set[Node] = set()
    around: Node | None = node
    while around is not None and around not in seen:
        region = source.subjects.get(around) or last_mention(source, around)
        if region:
            return region
        seen.add(around)
        around = next(source.graph.subjects(None, around), None)
    return None


def finding(
    file: File,
    rule: Rule,
    region: Region | None,
    focus: Node | None = None,
    path: str = "",
    value: Node | None = None,
    message: str = "",
    remedy: str = "",
    *,
    others: Iterable[Other] = (),
    fix: Fix | None = None,
    severity: str = "",
) -> Finding:
    """Make a finding; `message`, `remedy` and `severity` replace the rule's own. See Finding on evidence without an IRI.

    Parameters: `region`, None if it is not known, which the message then says.
    """
    if isinstance(focus, ox.BlankNode):
        owners = [(s, p) for s, p in file.source.graph.subject_predicates(focus) if isinstance(s, ox.NamedNode)]
        owner, step = min(owners, key=str, default=(None, ZG.evidence))
        inverse = path.startswith("^")
        path = str(step) + ("" if inverse or not path else "/" + (f"({path})" if "|" in path else path))
        focus = owner
    message = message or rule.message
    return Finding(
        file.name,
        region or START,
        severity or rule.severity,
        rule.id,
        message if region else f"{message} {UNLOCATED}",
        remedy or rule.remedy,
        focus.value if isinstance(focus, ox.NamedNode) else "",
        path,
        "" if value is None or isinstance(value, ox.BlankNode) else str(value),
        tuple(others),
        fix,
    )


def about(
    file: File,
    rule: Rule,
    s: Node,
    p: Node,
    o: Node | None,
    message: str,
    remedy: str = "",
    *,
    others: Iterable[Other] = (),
    fix: Fix | None = None,
    severity: str = "",
) -> Finding:
    """Make a finding about a triple, where it stands; without a value about the property of a subject."""
    region = region_of(file.source, s, [p], o)
    return finding(file, rule, region, s, str(p), o, message, remedy, others=others, fix=fix, severity=severity)


# ---------------------------------------------------------------- the checks


def ill_formed(file: File) -> list[Finding]:
    """Find literals that do not have the form of their datatype."""
    result = []
    for s, p, o in file.source.graph:
        if isinstance(o, ox.Literal):
            reason = _ill_formed(o.value, o.datatype)
            if reason:
                message = f"“{o.value}” is not a valid {v.shorten(o.datatype.value)}: {reason}."
                found = about(file, RULES["ill-formed-literal"], s, p, o, message)
                result.append(found._replace(value=""))
    return result


def is_axiom(triple: ox.Triple) -> bool:
    """Return whether a triple states an axiom, from which rules would have to be compiled, or a part of one."""
    return triple.predicate in _AXIOM_PREDICATES or (
        triple.predicate.value == v.RDF_TYPE and triple.object in _AXIOM_CLASSES
    )


def take_axioms(file: File) -> list[Finding]:
    """Find the axioms that a file of data states, and take them out of it: they would change what all files mean."""
    graph = file.source.graph
    stated = [t for t in graph if is_axiom(t)]
    found = []
    # What stands inside of a nameless class is a part of the axiom that speaks of it.
    for s, p, o in [t for t in stated if not isinstance(t.subject, ox.BlankNode)] or stated:
        message = f"{RULES['axiom-in-data'].message} Here: {shown(s)} {shown(p)} {shown(o)}."
        found.append(about(file, RULES["axiom-in-data"], s, p, o, message))
    taken: set[ox.Triple] = set()
    while stated:  # with the nameless classes and lists that belong to them
        triple = stated.pop()
        if triple not in taken and isinstance(triple.object, ox.BlankNode):
            stated += (ox.Triple(*t) for t in graph.triples(triple.object))  # type: ignore[arg-type]
        taken.add(triple)
    if taken:
        graph.remove(taken)
    return found


_AXIOM_PREDICATES, _AXIOM_CLASSES = frozenset(AXIOM_PREDICATES), frozenset(AXIOM_CLASSES)


def well_formed(term: object) -> bool:
    """Return whether a term is no literal, or one that has the form of its datatype."""
    return not isinstance(term, ox.Literal) or not _ill_formed(term.value, term.datatype)


def is_known_datatype(iri: str) -> bool:
    """Return whether the form of a datatype's values is judged here; of others an engine may think what it likes."""
    return iri == v.RDF + "langString" or ox.NamedNode(iri) in _FORMS or ox.NamedNode(iri) in _BOUNDS


def terms(ontology: Graph) -> Terms:
    """Return what an ontology declares."""
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF["Property"])
    properties = {s for kind in kinds for s in ontology.subjects(TYPE, kind)}
    classes = {s for kind in (OWL.Class, RDFS.Class) for s in ontology.subjects(TYPE, kind)}
    names: set[Node] = {s for s in ontology.subjects(TYPE) if isinstance(s, ox.NamedNode)}
    spaces = frozenset({v.ZG, *(o.value for o in ontology.objects(None, _SPACE))})
    return Terms(properties, {c for c in classes if isinstance(c, ox.NamedNode)}, names, spaces)


_SPACE = ox.NamedNode(v.PREFIXES["vann"] + "preferredNamespaceUri")  # said in the header of an ontology


def is_declared(term: Node, known: Terms) -> bool:
    """Return whether an ontology, or a vocabulary in common use, declares a term."""
    return term in known.properties or term in known.classes or term in known.names or _is_common(term)


def of_file(file: File, known: Terms) -> list[Finding]:
    """Make the checks on one file that no rule in SPARQL can make.

    Parameters: `known`, what the ontology declares.
    """
    found = list(_unknown_terms(file, known))
    if file.kind in (ARTICLE, REVIEW) and file.slug is not None and not _SLUG.fullmatch(file.slug):
        found.append(finding(file, RULES["file-name-is-slug"], START))
    return found


def _unknown_terms(file: File, known: Terms) -> Iterator[Finding]:
    rule, others = RULES["unknown-term"], known.names - known.properties - known.classes
    for s, p, o in file.source.graph:
        asked = [(p, "property", known.properties)]
        if p == TYPE:
            asked.append((o, "class", known.classes))
        elif p == ZG.supports and isinstance(o, ox.NamedNode):
            asked.append((o, "property", known.properties))
        elif isinstance(o, ox.NamedNode) and _namespace(o) in known.spaces and o not in known.names:
            asked.append((o, "term", others))
        for term, role, candidates in asked:
            if term not in candidates and not _is_common(term):
                message = f"{shown(term)} is not a declared {role}."
                yield about(file, rule, s, p, o, message, did_you_mean(term, candidates))
    for s in set(file.source.graph.subjects()):
        if isinstance(s, ox.NamedNode) and _namespace(s) in known.spaces:
            yield finding(
                file,
                rule,
                _opened(file.source, s),
                s,
                message=f"{shown(s)} is a term of the ontology, not a thing.",
                remedy="describe terms in ontology/, and things in another namespace, such as zgd:",
            )


# ---------------------------------------------------------------- terms and literals


@functools.cache
def vocabularies() -> dict[str, frozenset[str]]:
    """Return the names of vocabularies in common use, by namespace."""
    with open(os.path.join(os.path.dirname(__file__), "vocabularies.json"), encoding="utf-8") as file:
        return {namespace: frozenset(names.split()) for namespace, names in json.load(file).items()}


def _is_common(term: Node) -> bool:
    end = max(term.value.rfind("#"), term.value.rfind("/")) + 1
    namespace, name = term.value[:end], term.value[end:]
    return name in vocabularies().get(namespace, ()) or (namespace == v.RDF and bool(re.fullmatch(r"_[0-9]+", name)))


def shown(term: Node) -> str:
    """Return a term as messages show it: a name with its prefix, the text of a literal, or `[ ]`."""
    # What has no IRI is called otherwise at every run.
    return "[ ]" if isinstance(term, ox.BlankNode) or term.value.startswith(v.GENID) else v.shorten(term.value)


def did_you_mean(term: Node, candidates: set[Node]) -> str:
    """Return a remedy that offers the nearest name, or nothing."""
    names: dict[str, Node] = {}
    for candidate in sorted(candidates, key=str):
        names.setdefault(_local(candidate).lower(), candidate)
    near = nearest(_local(term).lower(), names, 0.7)
    return f"did you mean {shown(names[near])}?" if near else ""


def _namespace(term: ox.NamedNode) -> str:
    end = term.value.find("#") + 1 or term.value.rfind("/") + 1
    return term.value[:end]


def _local(term: Node) -> str:
    return re.split(r"[#/]", term.value)[-1]


def _whole(digits: str) -> int:
    """Return a whole number written in digits; one of more digits than Python reads as a number beyond all bounds."""
    if len(digits) <= _MOST_DIGITS:
        return int(digits)
    beyond: int = 10**_MOST_DIGITS
    return -beyond if digits.startswith("-") else beyond


_MOST_DIGITS = 100


_ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(0[1-9]|1[0-2])"
_DAY = r"(0[1-9]|[12][0-9]|3[01])"
_TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_DIGITS = r"[+-]?[0-9]+"

_FORMS = {
    XSD.string: (r"[\s\S]*", "any text"),
    XSD.boolean: (r"true|false|1|0", "write true or false"),
    XSD.decimal: (
        r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
        "write digits with at most one point, no exponent, no separators",
    ),
    XSD.double: (r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN", "write a number such as 1.5e3"),
    XSD.float: (r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN", "write a number such as 1.5e3"),
    XSD.gYear: (_YEAR + _ZONE, "write a year such as 2019"),
    XSD.gYearMonth: (f"{_YEAR}-{_MONTH}{_ZONE}", "write year and month such as 2019-10"),
    XSD.date: (f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}", "write year, month and day such as 2019-10-08"),
    XSD.dateTime: (f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}", "write a time such as 2019-10-08T09:30:00"),
    XSD.time: (_TIME + _ZONE, "write a time such as 09:30:00"),
    XSD.anyURI: (r"[^\s<>\"{}|\\^`]+", "write the address without spaces, quotation marks or brackets"),
}

# Whole numbers: lower and upper bound, None where there is none.
_BOUNDS: dict[Node, tuple[int | None, int | None]] = {
    XSD.integer: (None, None),
    XSD.nonNegativeInteger: (0, None),
    XSD.positiveInteger: (1, None),
    XSD.nonPositiveInteger: (None, 0),
    XSD.negativeInteger: (None, -1),
    XSD.long: (-(2**63), 2**63 - 1),
    XSD.int: (-(2**31), 2**31 - 1),
    XSD.short: (-(2**15), 2**15 - 1),
    XSD.byte: (-(2**7), 2**7 - 1),
    XSD.unsignedLong: (0, 2**64 - 1),
    XSD.unsignedInt: (0, 2**32 - 1),
    XSD.unsignedShort: (0, 2**16 - 1),
    XSD.unsignedByte: (0, 2**8 - 1),
}


def _ill_formed(text: str, datatype: ox.NamedNode) -> str:
    """Return why a text is no literal of a datatype, or nothing. Stricter than rdflib, which lets some forms pass."""
    if datatype in _BOUNDS:
        least, most = _BOUNDS[datatype]
        if not re.fullmatch(_DIGITS, text):
            return "write a whole number in digits"
        number = _whole(text)
        if (least is not None and number < least) or (most is not None and number > most):
            return "the number is outside the datatype's range"
        return ""
    if datatype in _FORMS:
        pattern, form = _FORMS[datatype]
        match = re.fullmatch(pattern, text)
        if not match:
            return form
        if datatype in (XSD.date, XSD.dateTime):
            sign, year, month, day = re.match(r"(-?)[0-9]*?([0-9]{1,4})-([0-9]+)-([0-9]+)", text).groups()  # type: ignore[union-attr]
            # Gregorian years repeat after 400, which brings any year into the range that the calendar knows.
            if int(day) > calendar.monthrange(int(sign + year) % 400 + 2000, int(month))[1]:
                return "the month has no such day"
        return ""
    standard = datatype.value.startswith((v.XSD, v.RDF))
    return "there is no such datatype" if standard and not _is_common(datatype) else ""
