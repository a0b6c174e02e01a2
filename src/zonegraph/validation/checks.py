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
from zonegraph.dates import DATATYPES
from zonegraph.patterns import when_used
from zonegraph.rdf.graph import Graph, Namespace, Term
from zonegraph.rdf.turtle import START, STRINGS, UNLOCATED, PositionedGraph, Region
from zonegraph.suggest import nearest
from zonegraph.terms import TYPE
from zonegraph.validation import meant
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

    properties: set[Term]
    classes: set[Term]
    names: set[Term]
    spaces: frozenset[str]


RULES = (
    table(
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
    )
    | table(
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
            "number-without-separators",
            "A number must be written without separators.",
            "write its digits without commas",
        ),
        (
            "file-name-is-slug",
            "The file name of an article must be a slug.",
            "rename the file: lower-case letters, digits and single hyphens, then .ttl",
        ),
    )
    | table(
        "warning",
        "",
        (
            "look-alike-characters",
            "A text should have no characters that only look like others.",
            "type the characters that are meant",
        ),
        (
            "label-near-name",
            "An English skos:prefLabel should be spelled as in the IRI of the thing.",
            "correct whichever of the two is misspelled; an IRI is corrected wherever it stands",
        ),
        (
            "traditional-characters",
            "A text tagged @zh should be in simplified characters.",
            "write it in simplified characters, or tag it @zh-Hant if it is printed in traditional ones",
        ),
    )
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
    source: PositionedGraph, focus: Term, properties: Iterable[Term] = (), value: Term | None = None
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
        or opened(source, focus)
    )


def place(name: str, region: Region | None) -> str:
    """Return how a place in a file is shown; without its line if that is not known."""
    return f"{name}:{region.line}" if region else name


def last_mention(source: PositionedGraph, focus: Term, predicate: Term | None = None) -> Region | None:
    """Return the last region at which a node is the object of a triple (of one predicate), or None."""
    mentions = ((s, p, focus) for s, p in source.graph.subject_predicates(focus) if predicate in (None, p))
    return max((source.objects[t] for t in mentions if t in source.objects), default=None)


def stated(source: PositionedGraph, s: Term, properties: Iterable[Term], value: Term | None = None) -> list[Region]:
    """Return where a file states triples of a subject, properties and a value (None for any), as a conclusion too."""
    graph, found = source.graph, []
    for p in properties:
        found += [region_of(source, s, [p], o) for _, _, o in graph.triples(s, p, value)]
        concluded = (c for c in graph.subjects(ZG.topic, s) if graph.has(c, ZG.supports, p))
        found += [
            region_of(source, c, [ZG.value], o) for c in concluded for _, _, o in graph.triples(c, ZG.value, value)
        ]
    return sorted(region for region in found if region is not None)


def opened(source: PositionedGraph, node: Term) -> Region | None:
    """Return where a node is opened, or else mentioned, or else that stands which mentions it; or None."""
    seen: set[Term] = set()
    around: Term | None = node
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
    focus: Term | None = None,
    path: str = "",
    value: Term | None = None,
    message: str = "",
    remedy: str = "",
    *,
    others: Iterable[Other] = (),
    fix: Fix | None = None,
    severity: str = "",
) -> Finding:
    """Make a finding; `message`, `remedy` and `severity` replace the rule's own. See Finding on evidence without an IRI.

    Parameters: `region`, None if it is not known, which the message then says; `fix`, whose words are the remedy if no other is given.
    """
    if isinstance(focus, ox.BlankNode):
        owners = [(s, p) for s, p in file.source.graph.subject_predicates(focus) if isinstance(s, ox.NamedNode)]
        owner, step = min(owners, key=str, default=(None, None))
        if step is not None:
            inverse = path.startswith("^")
            path = str(step) + ("" if inverse or not path else "/" + (f"({path})" if "|" in path else path))
        focus = owner
    message = message or rule.message
    remedy = remedy or (fix.what if fix else rule.remedy)
    return Finding(
        file.name,
        region or START,
        severity or rule.severity,
        rule.id,
        message if region else f"{message} {UNLOCATED}",
        remedy,
        focus.value if isinstance(focus, ox.NamedNode) else "",
        path,
        "" if value is None or isinstance(value, ox.BlankNode) else str(value),
        tuple(others),
        fix,
    )


def about(
    file: File,
    rule: Rule,
    s: Term,
    p: Term,
    o: Term | None,
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


def take_ill_formed(file: File) -> dict[ox.Triple, Finding]:
    """Find literals that do not have the form of their datatype, and take them out of a file: no engine can judge by them.

    Returns the triples taken out, each with its finding.
    """
    taken = {}
    for triple in file.source.graph:
        s, p, o = triple
        if isinstance(o, ox.Literal):
            reason = _ill_formed(o.value, o.datatype)
            if reason:
                message = f"“{o.value}” is not a valid {v.shorten(o.datatype.value)}: {reason}."
                read = meant.literal(o, [o.datatype.value])
                if read is None and reason == _NO_DATATYPE:
                    read = _of_known_datatype(o)
                fix = read and meant.instead(file.name, file.source, s, p, o, read)
                taken[triple] = about(file, RULES["ill-formed-literal"], s, p, o, message, fix=fix)
    if taken:
        file.source.graph.remove(taken)
    return taken


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
    return not isinstance(term, ox.Literal) or bool(term.language) or not _ill_formed(term.value, term.datatype)


def is_known_datatype(iri: str) -> bool:
    """Return whether the form of a datatype's values is judged here; of others an engine may think what it likes."""
    return iri == v.RDF + "langString" or ox.NamedNode(iri) in _FORMS or ox.NamedNode(iri) in _BOUNDS


def terms(ontology: Graph) -> Terms:
    """Return what an ontology declares."""
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF["Property"])
    properties = {s for kind in kinds for s in ontology.subjects(TYPE, kind)}
    classes = {s for kind in (OWL.Class, RDFS.Class) for s in ontology.subjects(TYPE, kind)}
    names: set[Term] = {s for s in ontology.subjects(TYPE) if isinstance(s, ox.NamedNode)}
    spaces = frozenset({v.ZG, *(o.value for o in ontology.objects(None, _SPACE))})
    return Terms(properties, {c for c in classes if isinstance(c, ox.NamedNode)}, names, spaces)


_SPACE = ox.NamedNode(v.PREFIXES["vann"] + "preferredNamespaceUri")  # said in the header of an ontology


def is_declared(term: Term, known: Terms) -> bool:
    """Return whether an ontology, or a vocabulary in common use, declares a term."""
    return term in known.properties or term in known.classes or term in known.names or _is_common(term)


def of_file(file: File, known: Terms) -> list[Finding]:
    """Make the checks on one file that no rule in SPARQL can make.

    Parameters: `known`, what the ontology declares.
    """
    found = [*_unknown_terms(file, known), *_split_numbers(file), *_characters(file), *_labels(file)]
    if file.kind in (ARTICLE, REVIEW) and file.slug is not None and not _SLUG.fullmatch(file.slug):
        found.append(finding(file, RULES["file-name-is-slug"], START))
    return found


def _characters(file: File) -> Iterator[Finding]:
    """Find texts with traditional characters among simplified ones, or with characters that only look like others."""
    for s, p, o in file.source.graph:
        if not isinstance(o, ox.Literal) or o.value.isascii() or p in _AS_PRINTED:
            continue
        traditional, simplified, look_alikes = characters()
        odd = sorted({c for c in o.value if c in traditional}) if _SIMPLIFIED.match(o.language or "") else []
        # Without a simplified one the whole text is as printed; but an official name is as the reference data writes all names.
        if odd and (any(c in simplified for c in o.value) or (file.kind == REFERENCE and p == _PREF_LABEL)):
            rule = RULES["traditional-characters"]
            text = o.value.translate(str.maketrans("".join(traditional), "".join(traditional.values())))
            fix = meant.instead(file.name, file.source, s, p, o, ox.Literal(text, language=o.language))
            yield about(file, rule, s, p, o, f"{rule.message} Here: {' '.join(odd)}.", fix=fix)
        wrong = _FULL_WIDTH.sub(lambda match: chr(ord(match[0]) - 0xFEE0), o.value)
        wrong = _DASH.sub("\u4e00", _in_latin(wrong, look_alikes))
        if wrong != o.value:
            rule = RULES["look-alike-characters"]
            shown_wrong = " ".join(f"{c} (U+{ord(c):04X})" for c in dict.fromkeys(c for c in o.value if c not in wrong))
            fix = meant.instead(file.name, file.source, s, p, o, _with_text(o, wrong))
            yield about(file, rule, s, p, o, f"{rule.message} Here: {shown_wrong}.", fix=fix)


def _labels(file: File) -> Iterator[Finding]:
    """Find official names that differ from the IRI of their thing by one letter, or by two that have changed places."""
    if file.kind != REFERENCE:
        return
    rule = RULES["label-near-name"]
    for s, p, o in file.source.graph.triples(None, _PREF_LABEL, None):
        if not (isinstance(s, ox.NamedNode) and isinstance(o, ox.Literal) and o.language == "en"):
            continue
        label = re.sub("['’]", "", o.value.lower())
        words = re.findall("[a-z0-9]+", label)
        local = re.split("[-/#]", s.value)[-len(words) :]
        # Letters that an IRI writes otherwise, and a name that is only a part of the label, are no slip; a given name may stand first.
        if not label.isascii() or len(local) != len(words) or sorted(local) == sorted(words):
            continue
        odd = min(
            ([(a, b) for a, b in zip(local, w, strict=True) if a != b] for w in (words, words[1:] + words[:1])), key=len
        )
        if len(odd) == 1 and _one_slip(*odd[0]):
            written, named = odd[0][::-1]
            message = f"{rule.message} Here the label has “{written}”, and {shown(s)} has “{named}”."
            yield about(file, rule, s, p, o, message)


def _one_slip(one: str, other: str) -> bool:
    """Return whether two words of some length differ by one letter, or by two neighbours, other than spelling and number allow."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 1 or not (one + other).isalpha():
        return False
    start = _shared(short, long)
    end = _shared(short[start:][::-1], long[start:][::-1])
    a, b = short[start : len(short) - end], long[start : len(long) - end]
    # "parks" for "park", "centre" for "center", "labour" for "labor", "organise" for "organize"
    if (a == "" and b == "s" and not end) or {a, b} in ({"er", "re"}, {"s", "z"}) or (a == "" and b == "u"):
        return False
    return len(b) == 1 or (len(a) == len(b) == 2 and a == b[::-1])


def _shared(one: str, other: str) -> int:
    """Return with how many characters in common two words begin."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _with_text(literal: ox.Literal, text: str) -> ox.Literal:
    return (
        ox.Literal(text, language=literal.language) if literal.language else ox.Literal(text, datatype=literal.datatype)
    )


def _in_latin(text: str, look_alikes: dict[str, str]) -> str:
    """Return a text with each word in Latin letters of which some is; a word all in other letters is one of their language."""
    table = str.maketrans("".join(look_alikes), "".join(look_alikes.values()))
    words = f"[A-Za-z{''.join(look_alikes)}]+"
    return re.sub(words, lambda match: match[0].translate(table) if re.search("[A-Za-z]", match[0]) else match[0], text)


@functools.cache
def characters() -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    """Return the simplified form of traditional characters, those that only simplified texts have, and letters by their Latin look-alikes."""
    with open(os.path.join(os.path.dirname(__file__), "characters.json"), encoding="utf-8") as file:
        said = json.load(file)
    traditional = dict(zip(said["traditional"], said["simplified"], strict=True))
    return (
        traditional,
        frozenset(traditional.values()) - set(said["shared"]),
        dict(zip(said["look_alikes"], said["latin"], strict=True)),
    )


_PREF_LABEL = ox.NamedNode(v.SKOS + "prefLabel")
_AS_PRINTED = frozenset((ZG.asPrinted, ox.NamedNode(v.OA + "exact")))
_SIMPLIFIED = when_used(r"zh(?!.*-(hant|tw|hk|mo)(-|$))(-|$)", re.IGNORECASE)
_FULL_WIDTH = when_used("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
# A dash where a numeral one stands: before what is counted, behind a sign of order or another numeral.
_DASH = when_used("(?<=[\u7b2c\u5341\u767e])[\u2014\u2013\uff0d](?=[\u6279\u5c4a\u6b21\u4e2a\u5e74\u6708\u65e5\u671f])")


def _split_numbers(file: File) -> Iterator[Finding]:
    """Find numbers that were written with separators, which Turtle reads as several values: `3,000` is 3 and 000."""
    # Most texts have such digits in strings alone, and where values stand takes long to find.
    if not _SEPARATED.search(_HIDDEN.sub("", file.source.text)):
        return
    lines = file.source.text.split("\n")
    for s, p, o in file.source.graph:
        at = file.source.objects.get((s, p, o)) if isinstance(o, ox.Literal) and o.datatype == XSD.integer else None
        written = at and _SEPARATED.match(lines[at.line - 1], at.column - 1)
        if not at or not written:
            continue
        # Three digits behind a comma are thousands; of fewer the comma is that of decimals.
        decimal = re.fullmatch(r"([^,]+),([0-9]{1,2})", written[0])
        if decimal:
            number = ox.Literal(f"{decimal[1]}.{decimal[2]}", datatype=XSD.decimal)
        else:
            number = ox.Literal(written[0].replace(",", ""), datatype=XSD.integer)
        if number != o:  # it is the number itself once the file is judged as mended
            region = at._replace(end_line=at.line, end_column=at.column + len(written[0]))
            fix = meant.put(file.name, file.source, region, number)
            message = f"{shown(p)} {written[0]} states several values: in Turtle a comma separates values, not digits."
            # Of whichever of its values it is found: it is one number.
            yield finding(file, RULES["number-without-separators"], region, s, str(p), message=message, fix=fix)


_HIDDEN = re.compile(rf"{STRINGS}|<[^>\n]*>|#[^\n]*", re.DOTALL)
_SEPARATED = when_used(r"(?<![\w.,-])[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]+,[0-9]{1,2})(?![\w.,])")


def _unknown_terms(file: File, known: Terms) -> Iterator[Finding]:
    rule, others = RULES["unknown-term"], known.names - known.properties - known.classes
    candidates = {"property": known.properties, "class": known.classes, "term": others}
    named = functools.cache(lambda role: meant.by_name(candidates[role]))
    # One term may be misspelt thousands of times.
    nearest_term = functools.cache(lambda term, role: meant.nearest_term(term, named(role)))
    for s, p, o in file.source.graph:
        asked = [(p, "property")]
        if p == TYPE:
            asked.append((o, "class"))
        elif p == ZG.supports and isinstance(o, ox.NamedNode):
            asked.append((o, "property"))
        elif isinstance(o, ox.NamedNode) and v.namespace(o.value) in known.spaces and o not in known.names:
            asked.append((o, "term"))
        for term, role in asked:
            if term not in candidates[role] and not _is_common(term):
                message = f"{shown(term)} is not a declared {role}."
                near, fix = nearest_term(term, role), None
                if near and term == o:
                    fix = meant.instead(file.name, file.source, s, p, o, near)
                elif near:
                    fix = meant.property_instead(file.name, file.source, s, p, o, near)
                found = about(file, rule, s, p, o, message, f"did you mean {shown(near)}?" if near else "", fix=fix)
                region = (file.source.properties if term is p else file.source.objects).get((s, p, o))
                yield found._replace(region=region) if region else found
    for s in set(file.source.graph.subjects()):
        if isinstance(s, ox.NamedNode) and v.namespace(s.value) in known.spaces:
            yield finding(
                file,
                rule,
                opened(file.source, s),
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


def _is_common(term: Term) -> bool:
    namespace, name = v.namespace(term.value), v.local_name(term.value)
    return name in vocabularies().get(namespace, ()) or (namespace == v.RDF and bool(re.fullmatch(r"_[0-9]+", name)))


def shown(term: Term) -> str:
    """Return a term as messages show it: a name with its prefix, the text of a literal, or `[ ]`."""
    # What has no IRI is called otherwise at every run.
    return "[ ]" if isinstance(term, ox.BlankNode) or term.value.startswith(v.GENID) else v.shorten(term.value)


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
_BOUNDS: dict[Term, tuple[int | None, int | None]] = {
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


_NO_DATATYPE = "there is no such datatype"


def _of_known_datatype(literal: ox.Literal) -> ox.Literal | None:
    """Return a literal with the datatype that is meant by one that does not exist: the most like it of those whose form the text has.

    None if nobody can know.
    """
    known = (one for one in (*_FORMS, *_BOUNDS) if isinstance(one, ox.NamedNode))
    fitting = {v.local_name(one.value): one for one in known if not _ill_formed(literal.value, one)}
    name = v.local_name(literal.datatype.value)
    same = [other for other in fitting if other.lower() == name.lower()]
    dated = [other for other in fitting if v.XSD + other in DATATYPES]
    # A date or a year has the form of one datatype alone, but that a year is a whole number too.
    near = next(iter(same), "") or nearest(name, fitting, 0.6) or (dated[0] if len(dated) == 1 else "")
    return ox.Literal(literal.value, datatype=fitting[near]) if near else None


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
    return _NO_DATATYPE if standard and not _is_common(datatype) else ""
