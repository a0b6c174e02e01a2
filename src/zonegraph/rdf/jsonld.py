"""JSON-LD 1.1 with a context, every value as it is written in the graph (docs/decisions/0022)."""

from __future__ import annotations

import json
import re
from collections import Counter

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_STRING, _INTEGER, _BOOLEAN = v.XSD + "string", v.XSD + "integer", v.XSD + "boolean"
# Annotation properties whose values are IRIs; the values of others may be words.
_OF_IRIS = {
    v.ZG + name
    for name in ("supports", "ofSubject", "ofProperty", "inGraph", "insidePassage", "foundBy", "toldApartBy")
}
_FIRST, _REST, _NIL = v.RDF + "first", v.RDF + "rest", ox.NamedNode(v.RDF + "nil")


def write(triples: Sequence[ox.Triple], prefixes: Mapping[str, str], terms: Mapping[str, object]) -> bytes:
    """Return triples as JSON-LD, in their order.

    Parameters: `prefixes`, with their namespaces; `terms`, as the function of that name gives them. The context is written
    with them. Values are JSON numbers and booleans only where a reader gets the same literal back. Raises UsageError for what
    JSON-LD has no words for.
    """
    name = _namer(prefixes)
    called = {d["@id"] if isinstance(d, dict) else d: (term, d) for term, d in terms.items()}
    lists = _lists(triples)
    cells = {cell for found in lists.values() for cell in found}
    nodes: dict[object, dict[str, object]] = {}
    for subject, predicate, value in triples:
        if subject in cells:
            continue
        key = name(predicate)
        term, definition = called.get(key, (key, {}))
        coerced = definition.get("@type") if isinstance(definition, dict) else None
        written: object
        if predicate.value == v.RDF_TYPE and isinstance(value, ox.NamedNode):
            key, written = "@type", name(value)
        elif coerced == "@id" and isinstance(value, ox.NamedNode):
            key, written = term, name(value)
        elif coerced is not None and isinstance(value, ox.Literal) and name(value.datatype) == coerced:
            key, written = term, value.value
        else:
            # A term that coerces what it holds is not for other values; the property's IRI takes them as they are.
            key = key if coerced else term
            members = [_value(o, name) for o in lists[value].values()] if value in lists else None
            written = _value(value, name) if members is None else {"@list": members}
        node = nodes.setdefault(subject, {"@id": _identifier(subject, name)})
        if key not in node:
            node[key] = written
        elif isinstance(held := node[key], list):
            held.append(written)
        else:
            node[key] = [held, written]
    context = {"@version": 1.1, **{p: _declared(namespace) for p, namespace in prefixes.items()}, **terms}
    return (
        json.dumps({"@context": context, "@graph": list(nodes.values())}, ensure_ascii=False, indent=1) + "\n"
    ).encode()


def terms(ontology: Sequence[ox.Triple]) -> dict[str, object]:
    """Return the terms of a context: each property of an ontology by its local name, with the type of its values.

    Parameters: `ontology`, its triples. Returns for each name an IRI with a prefix, or `@id` and `@type`.
    """
    kinds: dict[str, set[str]] = {}
    for t in ontology:
        if (
            t.predicate.value == v.RDF_TYPE
            and isinstance(t.subject, ox.NamedNode)
            and isinstance(t.object, ox.NamedNode)
        ):
            kinds.setdefault(t.subject.value, set()).add(v.local_name(t.object.value))
    datatypes = {
        t.subject.value: t.object.value
        for t in ontology
        if t.predicate.value == v.RDFS + "range"
        and isinstance(t.subject, ox.NamedNode)
        and isinstance(t.object, ox.NamedNode)
    }
    found: dict[str, object] = {}
    for iri in sorted(kinds):
        if iri.startswith(v.ZG) and any(kind.endswith("Property") for kind in kinds[iri]):
            term: dict[str, str] = {"@id": v.shorten(iri)}
            if "ObjectProperty" in kinds[iri] or iri in _OF_IRIS:
                term["@type"] = "@id"
            elif datatypes.get(iri, "").startswith(v.XSD) and datatypes[iri] != v.XSD + "string":
                term["@type"] = v.shorten(datatypes[iri])
            found[iri[len(v.ZG) :]] = term if len(term) > 1 else term["@id"]
    return found


def _declared(namespace: str) -> object:
    # JSON-LD takes a plain word for a prefix only if its namespace ends in one of these.
    return namespace if namespace[-1] in ":/?#[]@" else {"@id": namespace, "@prefix": True}


def _namer(prefixes: Mapping[str, str]) -> Callable[[ox.NamedNode], str]:
    longest_first = sorted(prefixes.items(), key=lambda item: -len(item[1]))
    known: dict[ox.NamedNode, str] = {}

    def name(node: ox.NamedNode) -> str:
        if node not in known:
            known[node] = named(node.value)
        return known[node]

    def named(iri: str) -> str:
        for prefix, namespace in longest_first:
            rest = iri[len(namespace) :]
            if iri.startswith(namespace) and rest and not rest.startswith("//"):
                return f"{prefix}:{rest}"
        scheme, _, rest = iri.partition(":")
        if scheme in prefixes and not rest.startswith("//"):
            raise UsageError(
                f"<{iri}>: JSON-LD would read this as a name with the prefix {scheme}:",
                "write it without angle brackets if it is one; if not, choose another format",
            )
        return iri

    return name


def _identifier(term: object, name: Callable[[ox.NamedNode], str]) -> str:
    return name(term) if isinstance(term, ox.NamedNode) else str(term)


def _value(term: object, name: Callable[[ox.NamedNode], str]) -> object:
    if isinstance(term, (ox.NamedNode, ox.BlankNode)):
        return {"@id": _identifier(term, name)}
    if not isinstance(term, ox.Literal) or term.direction:
        raise UsageError(f"{term}: a term of RDF 1.2, which JSON-LD cannot represent", "choose another format")
    if term.language:
        return {"@language": term.language, "@value": term.value}
    kind = term.datatype.value
    if kind == _STRING:
        return term.value
    if kind == _INTEGER and re.fullmatch(r"0|-?[1-9][0-9]{0,14}", term.value):  # more digits than that are a double
        return int(term.value)
    if kind == _BOOLEAN and term.value in {"true", "false"}:
        return term.value == "true"
    return {"@type": name(term.datatype), "@value": term.value}


def _lists(triples: Sequence[ox.Triple]) -> dict[object, dict[object, object]]:
    """Return the lists that can be written as such, by their first cells: each cell with its member.

    Their cells are blank, have one member and one rest, and nothing else speaks of them. A list within a list stays as it is.
    """
    about: dict[object, dict[str, object]] = {}
    properties, used = Counter[object](), Counter[object]()
    heads = []
    for subject, predicate, value in triples:
        properties[subject] += 1
        about.setdefault(subject, {})[predicate.value] = value
        if isinstance(value, ox.BlankNode):
            used[value] += 1
            if predicate.value not in {_FIRST, _REST}:
                heads.append(value)
    found: dict[object, dict[object, object]] = {}
    for head in heads:
        members: dict[object, object] = {}
        cell: object = head
        while used[cell] == 1 and properties[cell] == 2 and about[cell].keys() == {_FIRST, _REST}:
            members[cell], cell = about[cell][_FIRST], about[cell][_REST]
        if members and cell == _NIL:
            found[head] = members
    return found
