"""The checks that SHACL cannot make: form of literals, unknown names, passages, names of files, circles, doubles."""

from __future__ import annotations

import calendar
import difflib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox
import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import CSVW, DCAT, DCTERMS, OWL, PROV, RDF, RDFS, SH, SKOS, VANN, VOID, XSD
from rdflib.term import Node

from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.closure.ontology import AXIOM_CLASSES, AXIOM_PREDICATES
from zonegraph.turtle import UNLOCATED, PositionedGraph
from zonegraph.validation.report import Finding, Rule

ZG = rdflib.Namespace(v.ZG)
OA = rdflib.Namespace(v.OA)

# Kinds of files; each is judged by what its folder is for.
ARTICLE, REFERENCE, REVIEW, CURATION, QUERY = "article", "reference", "review", "curation", "query"


class File(NamedTuple):
    """A file to judge: the name shown, its kind, its slug (None for standard input) and what it says, with lines."""

    name: str
    kind: str
    slug: str | None
    source: PositionedGraph


class Terms(NamedTuple):
    """What an ontology declares: properties, classes, all of its names, domains, superclasses and disjoint pairs."""

    properties: set[Node]
    classes: set[Node]
    names: set[Node]
    domains: dict[Node, list[Node]]
    superclasses: dict[Node, set[Node]]
    disjoint: set[tuple[Node, Node]]


_VIOLATION, _WARNING = "violation", "warning"

RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "unreadable-file",
            _VIOLATION,
            "reading",
            "A file can be read: it is there, in UTF-8, and Turtle, or SPARQL with a header.",
            "mend the file; it has not been judged",
        ),
        Rule(
            "axiom-in-data",
            _VIOLATION,
            "place of axioms",
            "Axioms stand in the ontology, where rules are compiled from them.",
            "state it in a file of ontology/, or remove it",
        ),
        Rule(
            "ill-formed-literal",
            _VIOLATION,
            "form of literals",
            "A literal has the form that its datatype asks for.",
            "mend the value or the datatype",
        ),
        Rule(
            "unknown-term",
            _VIOLATION,
            "known terms",
            "Terms are declared in the ontology or in a vocabulary in common use.",
            "use a declared term, or declare this one in ontology/zonegraph.ttl",
        ),
        Rule(
            "undefined-reference",
            _VIOLATION,
            "things referred to",
            "What is referred to is described in the file or in the reference data.",
            "describe it in this file, or enter it in data/reference/",
        ),
        Rule(
            "subject-needs-class",
            _VIOLATION,
            "class of a subject",
            "A subject has a class.",
            "add its class, as in: a zg:Zone",
        ),
        Rule(
            "thing-needs-iri",
            _VIOLATION,
            "blank nodes",
            "What a person may cite has an IRI; only evidence may be a blank node.",
            "give it an IRI in zgd:",
        ),
        Rule(
            "label-in-article",
            _WARNING,
            "labels",
            "Labels stand in the reference data; the wording of an article is zg:namedAs.",
            "write zg:namedAs here, and enter the label in data/reference/",
        ),
        Rule(
            "iri-form",
            _VIOLATION,
            "form of IRIs",
            "Our IRIs are made of lower-case letters, digits and single hyphens.",
            "rename it, such as zgd:city-hangzhou",
        ),
        Rule(
            "same-as",
            _VIOLATION,
            "identity",
            "Things are not declared the same: a reasoner would merge all that is said of them.",
            "use one IRI for both; for things outside the graph, skos:exactMatch",
        ),
        Rule(
            "property-of-another-class",
            _VIOLATION,
            "domain of a property",
            "A property is used on subjects of the class for which it is declared.",
            "check the property and the class of the subject",
        ),
        Rule(
            "classes-exclude-each-other",
            _VIOLATION,
            "disjoint classes",
            "A thing has no two classes that exclude each other.",
            "keep the class that fits, or make two things of it",
        ),
        Rule(
            "file-name-is-slug",
            _VIOLATION,
            "name of the file",
            "The name of an article's file is a slug.",
            "rename the file: lower-case letters, digits and single hyphens, then .ttl",
        ),
        Rule(
            "article-node",
            _VIOLATION,
            "node of the article",
            "The file of an article describes the article's own node.",
            "describe it: a zg:Article",
        ),
        Rule(
            "own-node-carries-slug",
            _VIOLATION,
            "nodes of one article",
            "What an article says in several parts has the article's slug in its IRI.",
            "put the slug behind the kind of node",
        ),
        Rule(
            "passage-missing",
            _VIOLATION,
            "passages",
            "Every triple of an article has a passage.",
            "add an evidence that names the property, or one without zg:supports for the whole subject",
        ),
        Rule(
            "supports-absent-property",
            _VIOLATION,
            "supported property",
            "What an evidence supports is stated of its subject in the same file.",
            "state it, or name the property that the range is about",
        ),
        Rule(
            "value-not-stated",
            _VIOLATION,
            "supported value",
            "The value that an evidence names is one that its subject has for the property.",
            "copy the value as it stands in the statement",
        ),
        Rule(
            "range-too-long",
            _VIOLATION,
            "length of a range",
            "A range is at most 300 characters long.",
            "narrow the range, or split it into several",
        ),
        Rule(
            "as-printed-outside-range",
            _VIOLATION,
            "place of what is printed",
            "What is printed stands inside the range.",
            "widen the range, or shorten what is printed",
        ),
        Rule(
            "list-count-disagrees",
            _WARNING,
            "count of a closed list",
            "A closed list has as many members as the text states.",
            "look for a missing member; if the text has none, the list is not closed",
        ),
        Rule(
            "list-longer-than-stated",
            _WARNING,
            "count of any list",
            "A list has no more members than the text states.",
            "look for a member that the text does not name, or for one entered under two IRIs",
        ),
        Rule(
            "member-outside-list",
            _WARNING,
            "place of a list's members",
            "What an article says as part of a list has a passage inside those of the list.",
            "look for a member taken for another, or widen the range of the list",
        ),
        Rule(
            "language-fits-script",
            _WARNING,
            "language and script",
            "What is tagged as English has Latin letters, and what is tagged as Chinese has Chinese characters.",
            "write the language in which the text is, such as @en or @zh",
        ),
        Rule(
            "language-known",
            _WARNING,
            "code of the language",
            "A language tag begins with the code of a language, as in ISO 639.",
            "write the code, such as @en for English or @zh for Chinese (cn is the country)",
        ),
        Rule(
            "review-of-another-article",
            _VIOLATION,
            "article of a review",
            "A review file speaks of the article whose slug it bears.",
            "let zg:source point at that article, or move the omission",
        ),
        Rule(
            "curated-node-needs-conclusion",
            _VIOLATION,
            "nodes by curation",
            "What exists by curation alone has a conclusion about it.",
            "add a zg:Conclusion that is zg:about it",
        ),
        Rule(
            "zone-entered-twice",
            _WARNING,
            "zones",
            "Two zones of one programme do not share a place.",
            "use one IRI if they are one zone; if not, name the programme of each",
        ),
        Rule(
            "approver-of-other-programme",
            _VIOLATION,
            "authority of the programme",
            "A zone is approved by the authority that runs its programme, alone or with others.",
            "check who approved this zone, and of which programme it is",
        ),
        Rule(
            "batch-entered-twice",
            _VIOLATION,
            "batches",
            "Two batches of one programme do not share a number.",
            "use one IRI for the batch",
        ),
        Rule(
            "label-of-two-things",
            _WARNING,
            "labels",
            "No two things have the same label: a person who types it means one of them.",
            "use one IRI if they are one thing; if not, let the label tell them apart",
        ),
        Rule(
            "circle",
            _VIOLATION,
            "circles",
            "Nothing lies within, replaces, is broader than or rests on itself.",
            "take out the triple that closes the circle",
        ),
    )
}

# Not all of ISO 639: a code that nobody writes here is sooner a slip, and a warning is no refusal.
_CODES = """am ar be bg bn bo ca cmn cs da de el en es et fa fi fr ga gan hak he hi hr hsn hu id is it ja kk km ko ky la lo lt
lv mn ms mul my nan nb ne nl nn no pl pt ro ru si sk sl sr sv sw ta tg th tk tr ug uk und ur uz vi wuu yue za zh zxx"""
_LANGUAGES = frozenset(_CODES.split())
_CHINESE = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[A-Za-z]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KNOWN: tuple[Any, ...] = (RDF, RDFS, OWL, XSD, SKOS, DCTERMS, SH, VOID, DCAT, PROV, VANN, CSVW)
_OWN = {
    ZG[name]: name.lower() for name in ("Target", "Observation", "Enumeration", "Goal", "Claim", "Measure", "Question")
}


# ---------------------------------------------------------------- where a triple stands


def line_of(source: PositionedGraph, focus: Node, properties: Iterable[Node] = (), value: Node | None = None) -> int:
    """Return the line that a finding is about.

    That of the triple of `focus`, one of `properties` and `value`; else the last with one of `properties`, which is the
    one too many where there are several; else where `focus` is opened; else where it is mentioned; 0 if that is not known.
    """
    lines, properties = source.lines, list(properties)
    itself = 0 if value is None else max((lines.get((focus, p, value), 0) for p in properties), default=0)
    return (
        itself
        or max((lines.get((focus, p, o), 0) for p in properties for o in source.graph.objects(focus, p)), default=0)
        or _opened(source, focus)
    )


def place(name: str, line: int) -> str:
    """Return how a place in a file is shown; without its line, 0, if that is not known."""
    return f"{name}:{line}" if line else name


def last_mention(source: PositionedGraph, focus: Node, predicate: Node | None = None) -> int:
    """Return the last line at which a node is the object of a triple (of one predicate), or 0."""
    mentions = source.graph.subject_predicates(focus)
    return max((source.lines.get((s, p, focus), 0) for s, p in mentions if predicate in (None, p)), default=0)


def _opened(source: PositionedGraph, node: Node) -> int:
    """Return the line at which a node is opened, or else mentioned, or else that stands which mentions it; or 0."""
    seen: set[Node] = set()
    around: Node | None = node
    while around is not None and around not in seen:
        line = source.subjects.get(around) or last_mention(source, around)
        if line:
            return line
        seen.add(around)
        around = next(source.graph.subjects(None, around), None)
    return 0


def finding(
    file: File,
    rule: Rule,
    line: int,
    focus: Node | None = None,
    path: str = "",
    value: Node | None = None,
    message: str = "",
    remedy: str = "",
) -> Finding:
    """Make a finding; `message` and `remedy` replace the rule's own. See Finding on evidence without an IRI.

    Parameters: `line`, 0 if it is not known, which the message then says.
    """
    if isinstance(focus, BNode):
        owner = min(file.source.graph.subjects(ZG.evidence, focus), key=str, default=None)
        inverse = path.startswith("^")
        path = ZG.evidence.n3() + ("" if inverse or not path else "/" + (f"({path})" if "|" in path else path))
        focus = owner
    message = message or rule.message
    return Finding(
        file.name,
        line or 1,
        rule.severity,
        rule.id,
        message if line else f"{message} {UNLOCATED}",
        remedy or rule.remedy,
        str(focus) if isinstance(focus, URIRef) else "",
        path,
        "" if value is None or isinstance(value, BNode) else _written(value),
    )


# ---------------------------------------------------------------- the checks


def ill_formed(file: File) -> list[Finding]:
    """Find literals that do not have the form of their datatype."""
    result = []
    for s, p, o in file.source.graph:
        if isinstance(o, Literal) and o.datatype is not None:
            reason = _ill_formed(str(o), o.datatype)
            if reason:
                message = f"“{o}” is no {v.shorten(str(o.datatype))}: {reason}."
                line = line_of(file.source, s, [p], o)
                result.append(finding(file, RULES["ill-formed-literal"], line, s, p.n3(), None, message))
    return result


def is_axiom(triple: ox.Triple) -> bool:
    """Return whether a triple states an axiom, from which rules would have to be compiled, or a part of one."""
    return triple.predicate in _AXIOM_PREDICATES or (
        triple.predicate.value == v.RDF_TYPE and triple.object in _AXIOM_CLASSES
    )


def take_axioms(file: File) -> list[Finding]:
    """Find the axioms that a file of data states, and take them out of it: they would change what all files mean."""
    graph = file.source.graph
    stated = [t for p in _AXIOM_PREDICATES for t in graph.triples((None, URIRef(p.value), None))]
    stated += [t for c in _AXIOM_CLASSES for t in graph.triples((None, RDF.type, URIRef(c.value)))]
    found = []
    # What stands inside of a nameless class is a part of the axiom that speaks of it.
    for s, p, o in [t for t in stated if not isinstance(t[0], BNode)] or stated:
        message = f"{RULES['axiom-in-data'].message} Here: {_shown(s)} {_shown(p)} {_shown(o)}."
        found.append(finding(file, RULES["axiom-in-data"], line_of(file.source, s, [p], o), s, p.n3(), o, message))
    while stated:  # with the nameless classes and lists that belong to them
        triple = stated.pop()
        graph.remove(triple)
        if isinstance(triple[2], BNode):
            stated += graph.triples((triple[2], None, None))
    return found


_AXIOM_PREDICATES, _AXIOM_CLASSES = frozenset(AXIOM_PREDICATES), frozenset(AXIOM_CLASSES)


def well_formed(term: object) -> bool:
    """Return whether a term (of pyoxigraph or rdflib) is no literal, or one that has the form of its datatype."""
    if isinstance(term, ox.Literal):
        return not _ill_formed(term.value, URIRef(term.datatype.value))
    return not isinstance(term, Literal) or term.datatype is None or not _ill_formed(str(term), term.datatype)


def terms(ontology: rdflib.Graph) -> Terms:
    """Return what an ontology declares."""
    properties: set[Node] = {
        s
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property)
        for s in ontology.subjects(RDF.type, kind)
    }
    classes: set[Node] = {
        s for kind in (OWL.Class, RDFS.Class) for s in ontology.subjects(RDF.type, kind) if isinstance(s, URIRef)
    }
    superclasses: dict[Node, set[Node]] = {c: _reached(ontology, c, RDFS.subClassOf) for c in classes}
    domains: dict[Node, list[Node]] = defaultdict(list)
    for p, d in ontology.subject_objects(RDFS.domain):
        domains[p].append(d)
    disjoint = {pair for a, b in ontology.subject_objects(OWL.disjointWith) for pair in ((a, b), (b, a))}
    names: set[Node] = {s for s in ontology.subjects(RDF.type) if isinstance(s, URIRef)}
    return Terms(properties, classes, names, dict(domains), superclasses, disjoint)


def is_declared(term: Node, known: Terms) -> bool:
    """Return whether an ontology, or a vocabulary in common use, declares a term."""
    return term in known.properties or term in known.classes or term in known.names or _is_common(term)


def of_file(file: File, graph: rdflib.Graph, known: Terms) -> list[Finding]:
    """Make every check on one file.

    Parameters: `graph`, the file together with its context and the ontology; `known`, what the ontology declares.
    """
    found = list(_unknown_terms(file, known))
    found += _references(file, graph)
    found += _subjects(file, graph, known)
    found += _evidence(file)
    found += _lists(file)
    found += _languages(file)
    if file.kind == ARTICLE:
        found += _names(file)
        found += _labels(file)
        found += _passages(file)
    elif file.kind == REVIEW:
        found += _names(file)
        found += _reviewed_article(file)
    elif file.kind == CURATION:
        found += _curated(file)
    return found


def of_merge(files: list[File], merge: rdflib.Graph) -> list[Finding]:
    """Make the checks on what identifies a thing, over all files together; a finding is in the last file concerned."""
    return [
        *_zones_twice(files, merge),
        *_approvers(files, merge),
        *_batches_twice(files, merge),
        *_labels_twice(files, merge),
        *_circles(files, merge),
    ]


def _unknown_terms(file: File, known: Terms) -> Iterator[Finding]:
    rule = RULES["unknown-term"]

    def unknown(term: Node, role: str, candidates: set[Node], s: Node, p: Node, o: Node) -> Finding:
        message = f"{_shown(term)} is not a declared {role}."
        line = line_of(file.source, s, [p], o)
        return finding(file, rule, line, s, p.n3(), o, message, _did_you_mean(term, candidates) or rule.remedy)

    for s, p, o in file.source.graph:
        if p not in known.properties and not _is_common(p):
            yield unknown(p, "property", known.properties, s, p, o)
        if p == OWL.sameAs:
            yield finding(file, RULES["same-as"], line_of(file.source, s, [p], o), s, p.n3(), o)
        if p == RDF.type:
            if o not in known.classes and not _is_common(o):
                yield unknown(o, "class", known.classes, s, p, o)
        elif p == ZG.supports and isinstance(o, URIRef):
            if o not in known.properties and not _is_common(o):
                yield unknown(o, "property", known.properties, s, p, o)
        elif isinstance(o, URIRef) and str(o).startswith(v.ZG) and o not in known.names:
            yield unknown(o, "term", known.names - known.properties - known.classes, s, p, o)
    for s in set(file.source.graph.subjects()):
        if isinstance(s, URIRef) and str(s).startswith(v.ZG):
            yield finding(
                file,
                rule,
                _opened(file.source, s),
                s,
                message=f"{_shown(s)} is a term of the ontology, not a thing.",
                remedy="describe terms in ontology/, things in zgd:",
            )


def _references(file: File, graph: rdflib.Graph) -> Iterator[Finding]:
    rule = RULES["undefined-reference"]
    described = None
    for s, p, o in file.source.graph:
        if _is_thing(o) and (o, None, None) not in graph:
            if described is None:
                described = {t for t in graph.subjects() if _is_thing(t)}
            message = f"{_shown(o)} is described nowhere in the file or its context."
            near = _did_you_mean(o, described)  # it may be another thing of a like name
            line = line_of(file.source, s, [p], o)
            yield finding(file, rule, line, s, p.n3(), o, message, f"{near} if not, {rule.remedy}" if near else "")


def _subjects(file: File, graph: rdflib.Graph, known: Terms) -> Iterator[Finding]:
    source = file.source
    evidence = set(source.graph.objects(None, ZG.evidence))
    subjects = set(source.graph.subjects())
    for s in subjects - evidence:
        if isinstance(s, BNode):
            yield finding(file, RULES["thing-needs-iri"], _opened(source, s))
    for s in subjects:
        types = list(graph.objects(s, RDF.type)) or ([ZG.Evidence] if s in evidence else [])
        if _is_thing(s) and not _SLUG.fullmatch(str(s).removeprefix(v.ZGD).removeprefix(v.SECTOR)):
            yield finding(file, RULES["iri-form"], _opened(source, s), s)
        if not types and isinstance(s, URIRef) and not str(s).startswith((v.GRAPH, v.ZG)):
            yield finding(file, RULES["subject-needs-class"], _opened(source, s), s)
        classes: set[Node] = {c for t in types for c in known.superclasses.get(t, ())}
        pairs = _sorted(
            t
            for t in types
            if any((t_super, c) in known.disjoint for t_super in known.superclasses.get(t, ()) for c in classes)
        )
        if pairs:
            rule = RULES["classes-exclude-each-other"]
            message = f"{' and '.join(_shown(t) for t in pairs)} exclude each other."
            yield finding(file, rule, line_of(source, s, [RDF.type]), s, RDF.type.n3(), None, message)
        if classes:
            for p, o in source.graph.predicate_objects(s):
                for domain in known.domains.get(p, ()):
                    if domain not in classes:
                        rule, shown = RULES["property-of-another-class"], _any_of(types)
                        message = f"{_shown(p)} is a property of {_shown(domain)}, not of {shown}."
                        yield finding(file, rule, line_of(source, s, [p], o), s, p.n3(), o, message)


def _names(file: File) -> Iterator[Finding]:
    """Check the names of file, article and nodes that an article has to itself."""
    if file.slug is not None and not _SLUG.fullmatch(file.slug):
        yield finding(file, RULES["file-name-is-slug"], 1)
        return
    if file.kind != ARTICLE:
        return
    source = file.source
    articles = _sorted(source.graph.subjects(RDF.type, ZG.Article))
    slug = file.slug
    if slug is None and articles:
        slug = str(articles[0]).removeprefix(v.ZGD + "article-")
    node = URIRef(f"{v.ZGD}article-{slug or '<slug>'}") if slug else None
    if node not in articles:
        rule = RULES["article-node"]
        other = articles[0] if articles else None
        wanted = _shown(node) if node is not None else "zgd:article-<slug>"
        line = _opened(source, other) if other is not None else 1
        yield finding(
            file,
            rule,
            line,
            other,
            "",
            None,
            f"The file does not describe {wanted}.",
            f"describe it: {wanted} a zg:Article",
        )
    for class_, kind in _OWN.items():
        for s in source.graph.subjects(RDF.type, class_):
            local = str(s).removeprefix(v.ZGD)
            if slug and local != f"{kind}-{slug}" and not local.startswith(f"{kind}-{slug}-"):
                rule = RULES["own-node-carries-slug"]
                yield finding(file, rule, line_of(source, s), s, remedy=f"name it zgd:{kind}-{slug}-...")


def _labels(file: File) -> Iterator[Finding]:
    for p in (SKOS.prefLabel, SKOS.altLabel):
        for s, o in file.source.graph.subject_objects(p):
            yield finding(file, RULES["label-in-article"], line_of(file.source, s, [p], o), s, p.n3(), o)


def _passages(file: File) -> Iterator[Finding]:
    """Find triples without a passage: no evidence names property and value, or the property, or no property at all."""
    graph, rule = file.source.graph, RULES["passage-missing"]
    nodes = set(graph.objects(None, ZG.evidence))
    for s in set(graph.subjects()):
        if s in nodes or isinstance(s, BNode):
            continue
        named = [
            (set(graph.objects(e, ZG.supports)), set(graph.objects(e, ZG.value))) for e in graph.objects(s, ZG.evidence)
        ]
        if not named:
            message = "No statement about this subject has a passage."
            yield finding(file, rule, _opened(file.source, s), s, message=message)
            continue
        for p, o in graph.predicate_objects(s):
            if str(p) in evidence.UNSUPPORTED or any(
                evidence.breadth(props, values, p, o) is not None for props, values in named
            ):
                continue
            yield finding(file, rule, line_of(file.source, s, [p], o), s, p.n3(), o)


def _evidence(file: File) -> Iterator[Finding]:
    source, graph = file.source, file.source.graph
    for s, e in graph.subject_objects(ZG.evidence):
        supported = set(graph.objects(e, ZG.supports))
        for p in supported:
            if (s, p, None) not in graph:
                line = line_of(source, e, [ZG.supports], p)
                yield finding(
                    file,
                    RULES["supports-absent-property"],
                    line,
                    e,
                    ZG.supports.n3(),
                    p,
                    f"The subject has no {_shown(p)}.",
                )
        for value in graph.objects(e, ZG.value):
            stated = {p for p in supported if (s, p, None) in graph}
            if stated and not any((s, p, value) in graph for p in stated):
                line = line_of(source, e, [ZG.value], value)
                yield finding(file, RULES["value-not-stated"], line, e, ZG.value.n3(), value)
        start, end = _number(graph, e, OA.start), _number(graph, e, OA.end)
        if start is None or end is None or end <= start:
            continue
        if end - start > evidence.LONGEST:
            message = f"The range is {end - start} characters long; at most {evidence.LONGEST} are allowed."
            yield finding(file, RULES["range-too-long"], line_of(source, e, [OA.end]), e, OA.end.n3(), None, message)
        for printed in graph.objects(e, ZG.asPrinted):
            if len(printed) > end - start:  # type: ignore[arg-type]
                line = line_of(source, e, [ZG.asPrinted], printed)
                yield finding(file, RULES["as-printed-outside-range"], line, e, ZG.asPrinted.n3(), printed)


def _lists(file: File) -> Iterator[Finding]:
    graph = file.source.graph
    for s in graph.subjects(RDF.type, ZG.Enumeration):
        stated, members = _number(graph, s, ZG.statedCount), len(set(graph.objects(s, ZG.member)))
        closed = (s, ZG.completeness, ZG.closed) in graph
        if stated is not None and (stated != members if closed else stated < members):
            rule = RULES["list-count-disagrees" if closed else "list-longer-than-stated"]
            message = (
                f"The list {'is closed and ' if closed else ''}has {members} members, but the text states {stated}."
            )
            line = line_of(file.source, s, [ZG.statedCount])
            yield finding(file, rule, line, s, ZG.statedCount.n3(), None, message)
        listed = _ranges(graph, s)
        for member in graph.objects(s, ZG.member):
            # A place, a body or a sector may be listed where it has no passage of its own.
            own = _ranges(graph, member) if any(c in _OWN for c in graph.objects(member, RDF.type)) else []
            if own and not any(a < d and c < b for a, b in listed for c, d in own):
                line = line_of(file.source, s, [ZG.member], member)
                yield finding(file, RULES["member-outside-list"], line, s, ZG.member.n3(), member)


def _ranges(graph: rdflib.Graph, s: Node) -> list[tuple[int, int]]:
    """Return the ranges of a subject's evidence, start and end, as far as they are numbers."""
    bounds = [(_number(graph, e, OA.start), _number(graph, e, OA.end)) for e in graph.objects(s, ZG.evidence)]
    return [(start, end) for start, end in bounds if start is not None and end is not None]


def _languages(file: File) -> Iterator[Finding]:
    for s, p, o in file.source.graph:
        if isinstance(o, Literal) and o.language:
            language, *more = o.language.lower().split("-")
            if language not in _LANGUAGES:
                yield finding(file, RULES["language-known"], line_of(file.source, s, [p], o), s, p.n3(), o)
            # A name in Chinese characters may stand inside an English text, and Latin letters inside a Chinese one.
            chinese = _CHINESE.search(o)
            if language == "en" or "latn" in more:
                wrong_script = bool(chinese) and not _LATIN.search(o)
            else:
                wrong_script = language == "zh" and not chinese
            if wrong_script:
                yield finding(file, RULES["language-fits-script"], line_of(file.source, s, [p], o), s, p.n3(), o)


def _reviewed_article(file: File) -> Iterator[Finding]:
    article = URIRef(f"{v.ZGD}article-{file.slug}")
    for s, o in file.source.graph.subject_objects(ZG.source):
        if file.slug is not None and o != article:
            line = line_of(file.source, s, [ZG.source], o)
            yield finding(file, RULES["review-of-another-article"], line, s, ZG.source.n3(), o)


def _curated(file: File) -> Iterator[Finding]:
    graph = file.source.graph
    conclusions = set(graph.subjects(RDF.type, ZG.Conclusion))
    explained = {o for c in conclusions for o in graph.objects(c, ZG.about)}
    for s in set(graph.subjects()):
        if s not in conclusions and s not in explained and isinstance(s, URIRef) and not str(s).startswith(v.GRAPH):
            yield finding(file, RULES["curated-node-needs-conclusion"], _opened(file.source, s), s)


# ---------------------------------------------------------------- over the merge


# The triples by which a thing comes into a programme at a place or under a number; a file answers for each of them.
_Grounds = dict[tuple[Node, Node], dict[Node, list[tuple[Node, Node, Node]]]]


# A programme of a zone, with the triples that lead to it.
_Way = tuple[Node, list[tuple[Node, Node, Node]]]


def _programmes(merge: rdflib.Graph, zone: Node) -> list[_Way]:
    """Return the programmes of a zone, named outright or through its batch."""
    outright: list[_Way] = [(p, [(zone, ZG.inProgramme, p)]) for p in merge.objects(zone, ZG.inProgramme)]
    by_batch: list[_Way] = [
        (p, [(zone, ZG.inBatch, batch), (batch, ZG.ofProgramme, p)])
        for batch in merge.objects(zone, ZG.inBatch)
        for p in merge.objects(batch, ZG.ofProgramme)
    ]
    return outright + by_batch


def _likely_programmes(merge: rdflib.Graph, zone: Node) -> list[_Way]:
    """Return the programmes of a zone; where none is named, those that are run by who approved it."""
    return _programmes(merge, zone) or [
        (p, [(approval, ZG.concerns, zone), (approval, ZG.approvedBy, body)])
        for approval in merge.subjects(ZG.concerns, zone)
        for body in merge.objects(approval, ZG.approvedBy)
        for p in merge.subjects(ZG.runBy, body)
    ]


def _zones_twice(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    given = _with(files, ZG.locatedIn) | _with(files, ZG.inProgramme) | _with(files, ZG.inBatch)
    given.update(zone for batch in _with(files, ZG.ofProgramme) for zone in merge.subjects(ZG.inBatch, batch))
    given.update(zone for approval in _with(files, ZG.approvedBy) for zone in merge.objects(approval, ZG.concerns))
    zones: _Grounds = defaultdict(lambda: defaultdict(list))
    for place in {place for zone in given for place in merge.objects(zone, ZG.locatedIn)}:
        for zone in merge.subjects(ZG.locatedIn, place):
            for programme, way in _likely_programmes(merge, zone):
                zones[(programme, place)][zone] += [(zone, ZG.locatedIn, place), *way]
    for (programme, place), same in zones.items():
        for zone, other, ground in _repeated(files, same):
            message = f"{_shown(zone)} and {_shown(other)} are of one programme, {_shown(programme)}, and in one place, {_shown(place)}."
            yield _in_last(files, RULES["zone-entered-twice"], *ground, message)
    yield from _zones_around(files, merge)


def _zones_around(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    # A district may be entered for its city: a zone is also met in the cities around the place that an article names.
    cities = {s for kind in (ZG.City, ZG.Municipality) for s in merge.subjects(RDF.type, kind)}
    named: dict[tuple[Node, Node], set[Node]] = defaultdict(set)
    around: dict[tuple[Node, Node], dict[Node, Node]] = defaultdict(dict)
    for zone, place in merge.subject_objects(ZG.locatedIn):
        larger = cities & _reached(merge, place, ZG.within) - {place}
        for programme, _ in _likely_programmes(merge, zone):
            named[(programme, place)].add(zone)
            for city in larger:
                around[(programme, city)][zone] = place
    rule = RULES["zone-entered-twice"]
    for (programme, place), same in named.items():
        for zone, part in around[(programme, place)].items():
            for other in _sorted(same - {zone}) if zone not in same else ():
                message = f"{_shown(other)} is of the same programme, {_shown(programme)}, and in {_shown(place)}, around {_shown(part)}."
                if _stated(files, zone, ZG.locatedIn, part):
                    yield _in_last(files, rule, zone, ZG.locatedIn, part, message)
                elif _stated(files, other, ZG.locatedIn, place):
                    message = f"{_shown(zone)} is of the same programme, {_shown(programme)}, and in {_shown(part)}, within {_shown(place)}."
                    yield _in_last(files, rule, other, ZG.locatedIn, place, message)


def _stated(files: list[File], s: Node, p: Node, o: Node) -> bool:
    return any((s, p, o) in file.source.graph for file in files)


def _approvers(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    """Find approvals by none of the authorities that run the programme of the zone, as far as both are known.

    Who approved is what one file says, so that a wrong name does not hide behind the right one in another article;
    zone, programme and authority come from the merge.
    """
    for file in files:
        for approval in _sorted(set(file.source.graph.subjects(ZG.approvedBy))):
            approvers = set(file.source.graph.objects(approval, ZG.approvedBy))
            for zone in merge.objects(approval, ZG.concerns):
                for programme in _sorted({p for p, _ in _programmes(merge, zone)}):
                    running = set(merge.objects(programme, ZG.runBy))
                    if running and not running & approvers:
                        approver, *_ = _sorted(approvers)
                        message = f"{_shown(zone)} is of {_shown(programme)}, which {_any_of(running)} runs."
                        line = line_of(file.source, approval, [ZG.approvedBy], approver)
                        rule = RULES["approver-of-other-programme"]
                        yield finding(file, rule, line, approval, ZG.approvedBy.n3(), approver, message)


def _batches_twice(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    given = _with(files, ZG.ordinal) | _with(files, ZG.ofProgramme)
    batches: _Grounds = defaultdict(lambda: defaultdict(list))
    for ordinal in {ordinal for batch in given for ordinal in merge.objects(batch, ZG.ordinal)}:
        for batch in merge.subjects(ZG.ordinal, ordinal):
            for programme in merge.objects(batch, ZG.ofProgramme):
                grounds = [(batch, ZG.ordinal, ordinal), (batch, ZG.ofProgramme, programme)]
                batches[(programme, ordinal)][batch] += grounds
    for (programme, ordinal), same in batches.items():
        for batch, other, ground in _repeated(files, same):
            message = (
                f"{_shown(batch)} and {_shown(other)} are both number {ordinal} of one programme, {_shown(programme)}."
            )
            yield _in_last(files, RULES["batch-entered-twice"], *ground, message)


def _labels_twice(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    kinds: tuple[Node, ...] = (SKOS.prefLabel, SKOS.altLabel)
    for label in {label for file in files for p in kinds for label in file.source.graph.objects(None, p)}:
        same = {s: [(s, p, label)] for p in kinds for s in merge.subjects(p, label) if _is_thing(s)}
        for thing, other, ground in _repeated(files, same):
            message = f"{_shown(thing)} and {_shown(other)} both have the label “{label}”."
            yield _in_last(files, RULES["label-of-two-things"], *ground, message)


def _circles(files: list[File], merge: rdflib.Graph) -> Iterator[Finding]:
    for p in (ZG.within, SKOS.broader, ZG.replaces, ZG.restsOn):
        pairs = {pair for file in files for pair in file.source.graph.subject_objects(p)}
        circle = _circle_of(merge, p, {s for s, _ in pairs})
        for s, o in pairs:
            if s == o or circle[s] == circle.get(o):
                message = f"{_shown(s)} comes back to itself through {_shown(p)}."
                yield _in_last(files, RULES["circle"], s, p, o, message)


def _circle_of(graph: rdflib.Graph, p: Node, starts: set[Node]) -> dict[Node, int]:
    """Return for each node that is reached through a property a number that all nodes of its circle share (Tarjan)."""
    number: dict[Node, int] = {}  # in order of arrival
    back: dict[Node, int] = {}  # the lowest number on the way that a node leads back to
    circle: dict[Node, int] = {}
    way: list[Node] = []
    for start in starts:
        pending: list[tuple[Node, Iterator[Node]]] = [] if start in number else [(start, iter(()))]
        while pending:  # not by recursion: a chain may be long
            node, following = pending[-1]
            if node not in number:
                number[node] = back[node] = len(number)
                way.append(node)
                following = iter(set(graph.objects(node, p)))
                pending[-1] = (node, following)
            for other in following:
                if other not in number:
                    pending.append((other, iter(())))
                    break
                if other not in circle:
                    back[node] = min(back[node], back[other])
            else:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    back[above] = min(back[above], back[node])
                if back[node] == number[node]:
                    while node not in circle:
                        circle[way.pop()] = number[node]
    return circle


def _reached(graph: rdflib.Graph, node: Node, p: Node) -> set[Node]:
    """Return a node with all that it leads to through a property."""
    reached = {node}
    pending = [node]
    while pending:  # rdflib's own transitive_objects recurses
        new = set(graph.objects(pending.pop(), p)) - reached
        reached |= new
        pending += new
    return reached


def _with(files: list[File], p: Node) -> set[Node]:
    """Return what the files give a property."""
    return {s for file in files for s in file.source.graph.subjects(p)}


def _repeated(
    files: list[File], same: dict[Node, list[tuple[Node, Node, Node]]]
) -> Iterator[tuple[Node, Node, tuple[Node, Node, Node]]]:
    """Yield the nodes that the files enter although another stands for it, with that other and a triple of the files."""
    if not same:
        return
    first, *rest = _sorted(same)
    stated = {n: [t for t in grounds if any(t in f.source.graph for f in files)] for n, grounds in same.items()}
    own = [node for node in rest if stated[node]]
    if rest and not own and stated[first]:
        yield first, rest[0], stated[first][0]
    for node in own:
        yield node, first, stated[node][0]


def _in_last(files: list[File], rule: Rule, s: Node, p: Node, o: Node, message: str) -> Finding:
    file = next((f for f in reversed(files) if (s, p, o) in f.source.graph), files[-1])
    return finding(file, rule, line_of(file.source, s, [p], o), s, p.n3(), o, message)


# ---------------------------------------------------------------- terms and literals


def _is_thing(term: Node) -> bool:
    # URIRef.startswith takes no tuple: it would answer False to everything.
    return isinstance(term, URIRef) and str(term).startswith((v.ZGD, v.SECTOR))


def _is_common(term: Node) -> bool:
    return any(str(term).startswith(str(namespace)) and term in namespace for namespace in _KNOWN)


def _sorted(terms: Iterable[Node]) -> list[Node]:
    return sorted(terms, key=str)


def _shown(term: Node) -> str:
    # What has no IRI is called otherwise at every run.
    return "[ ]" if isinstance(term, BNode) else v.shorten(str(term))


def _any_of(terms: Iterable[Node]) -> str:
    return " or ".join(map(_shown, _sorted(terms)))


def _did_you_mean(term: Node, candidates: set[Node]) -> str:
    """Return a remedy that offers the nearest name, or nothing."""
    names: dict[str, Node] = {}
    for candidate in _sorted(candidates):
        names.setdefault(_local(candidate).lower(), candidate)
    near = difflib.get_close_matches(_local(term).lower(), names, 1, 0.7)
    return f"did you mean {_shown(names[near[0]])}?" if near else ""


def _local(term: Node) -> str:
    return re.split(r"[#/]", str(term))[-1]


def _number(graph: rdflib.Graph, s: Node, p: Node) -> int | None:
    """Return the whole number that a subject has for a property: the least, if it has several by mistake."""
    return min((_whole(str(o)) for o in graph.objects(s, p) if re.fullmatch(_DIGITS, str(o))), default=None)


def _whole(digits: str) -> int:
    """Return a whole number written in digits; one of more digits than Python reads as a number beyond all bounds."""
    if len(digits) <= _MOST_DIGITS:
        return int(digits)
    beyond: int = 10**_MOST_DIGITS
    return -beyond if digits.startswith("-") else beyond


_MOST_DIGITS = 100


def _written(term: Node) -> str:
    """Return a term in N-Triples, on one line; rdflib's own `n3` writes some literals over several."""
    if not isinstance(term, Literal):
        return term.n3()
    text = json.dumps(str(term), ensure_ascii=False)
    if term.language:
        return f"{text}@{term.language}"
    return f"{text}^^{term.datatype.n3()}" if term.datatype is not None else text


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


def _ill_formed(text: str, datatype: URIRef) -> str:
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
    standard = str(datatype).startswith((str(XSD), str(RDF)))
    return "there is no such datatype" if standard and not _is_common(datatype) else ""
