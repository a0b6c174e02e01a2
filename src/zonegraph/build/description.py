"""The dataset described in VoID and DCAT: what it is, what it is made of, and how much there is (docs/decisions/0013)."""

from __future__ import annotations

from collections import Counter, defaultdict
from urllib.parse import quote

import pyoxigraph as ox

from zonegraph import dates
from zonegraph import vocabulary as v
from zonegraph.build import days
from zonegraph.rdf.serialize import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COUNTED = (
    "Counts cover the asserted triples, each once: ontology, reference data, articles with what they restate, and curation, but "
    "not reviews, saved queries, inferred triples and this description. Entities are subjects with an IRI in the URI space; a class "
    "is counted with its stated members, not with inferred ones."
)

_VOID, _DCAT, _IANA = v.PREFIXES["void"], v.PREFIXES["dcat"], "https://www.iana.org/assignments/media-types/"
_TITLES = {
    v.ONTOLOGY_GRAPH: "Ontology",
    v.CURATION_GRAPH: "Conclusions of the curators",
    v.QUERIES_GRAPH: "Saved queries",
    v.INFERRED_GRAPH: "Inferred triples",
    v.CERTAINTY_GRAPH: "Certainty of the triples that no source states plainly",
}
_WHOLE = ox.NamedNode(v.DATASET)
_TITLE = ox.NamedNode(v.DCTERMS + "title")


def describe(
    graphs: Mapping[str, list[ox.Triple]], transcribed: Mapping[str, str], prefixes: Mapping[str, str]
) -> list[ox.Triple]:
    """Describe a dataset.

    Parameters: `graphs`, its asserted named graphs in order, by IRI, each article's with what it restates, without the one that will
    hold the description;
    `transcribed`, for the graph of each article the article's IRI; `prefixes`, those that the project's ontology declares.
    Returns the description: what the graphs themselves say of the dataset, its counts, its parts, the day from which each
    article counts, the formats it is exported in. The same graphs give the same triples in the same order.
    """
    merge = dict.fromkeys(t for graph, triples in graphs.items() if v.in_merge(graph) for t in triples)
    result = [t for t in merge if t.subject == _WHOLE]
    result.append(_type(_WHOLE, _VOID + "Dataset"))
    result += _counts(merge, prefixes)
    result += _period(triples for graph, triples in graphs.items() if graph in transcribed)
    for graph, triples in graphs.items():
        result += _part(graph, triples)
        if graph in transcribed:
            result.append(_triple(ox.NamedNode(graph), v.ZG + "transcribes", ox.NamedNode(transcribed[graph])))
    for article, dated in days.dated(graphs, transcribed).items():
        day = days.last_day(dated.values)
        if day is not None:
            counts = ox.Literal(day, datatype=ox.NamedNode(v.XSD + "date"))
            result.append(_triple(ox.NamedNode(article), v.ZG + "countsFrom", counts))
    licences = [t for t in result if t.subject == _WHOLE and t.predicate.value == v.DCTERMS + "license"]
    for name, format in FORMATS.items():
        node = ox.NamedNode(f"{v.DATASET}/format/{name}")
        result += [
            _triple(_WHOLE, _DCAT + "distribution", node),
            _type(node, _DCAT + "Distribution"),
            _triple(node, v.DCTERMS + "title", _text(format.name)),
            _triple(node, _DCAT + "mediaType", ox.NamedNode(_IANA + format.media_type)),
            *(ox.Triple(node, t.predicate, t.object) for t in licences),
        ]
    return list(dict.fromkeys(result))


def describe_built(graph: str, count: int) -> list[ox.Triple]:
    """Describe a graph that the build makes from the others, with `count` triples."""
    return _part(graph, [], count)


def _part(graph: str, triples: list[ox.Triple], count: int | None = None) -> list[ox.Triple]:
    node = ox.NamedNode(graph)
    own = [t for t in triples if t.subject == node and t.predicate == _TITLE]
    stated = [
        _triple(_WHOLE, v.DCTERMS + "hasPart", node),
        _type(node, _VOID + "Dataset"),
        *(own or [ox.Triple(node, _TITLE, _text(_title(graph)))]),
        _triple(node, _VOID + "triples", _integer(len(triples) if count is None else count)),
    ]
    if v.in_merge(graph) and graph != v.INFERRED_GRAPH:
        stated.insert(1, _triple(_WHOLE, _VOID + "subset", node))
    return stated


def _title(graph: str) -> str:
    kind, _, slug = graph[len(v.GRAPH) :].partition("/")
    what = {"article": "Transcription of", "review": "Review of the transcription of", "reference": "Reference data:"}
    return _TITLES.get(graph) or f"{what.get(kind, kind)} {slug}".strip()


def _counts(merge: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> list[ox.Triple]:
    triples, uses = 0, Counter[str]()
    subjects, objects = set(), set()
    members: defaultdict[str, int] = defaultdict(int)
    for s, p, o in merge:
        triples += 1
        uses[p.value] += 1
        subjects.add(s)
        objects.add(o)
        if p.value == v.RDF_TYPE and isinstance(o, ox.NamedNode):
            members[o.value] += 1
    own = {p: ns for p, ns in prefixes.items() if p not in v.STANDARD and ns not in v.STANDARD.values()}
    spaces = (v.NS, *(ns for ns in own.values() if not ns.startswith(v.NS)))
    named = [s for s in subjects if isinstance(s, ox.NamedNode) and s.value.startswith(spaces)]
    counted = {
        "triples": triples,
        "entities": sum(not s.value.startswith(v.GENID) for s in named),
        "distinctSubjects": len(subjects),
        "distinctObjects": len(objects),
        "properties": len(uses),
        "classes": len(members),
    }
    result = [_triple(_WHOLE, _VOID + name, _integer(number)) for name, number in counted.items()]
    result.append(_triple(_WHOLE, v.RDFS + "comment", _text(COUNTED)))
    result += [_triple(_WHOLE, _VOID + "uriSpace", ox.Literal(space)) for space in spaces]
    for namespace in sorted({_namespace(term, own) for term in [*uses, *members]}):
        result.append(_triple(_WHOLE, _VOID + "vocabulary", ox.NamedNode(namespace)))
    for kind, numbers, unit in (("class", members, "entities"), ("property", uses, "triples")):
        for term in sorted(term for term in numbers if term.startswith((v.ZG, *own.values()))):
            named_as = v.shorten(term, {**v.STANDARD, **own}).removeprefix("zg:").strip("<>").replace(":", "-")
            node = ox.NamedNode(f"{v.DATASET}/{kind}/{quote(named_as)}")
            result += [
                _triple(_WHOLE, f"{_VOID}{kind}Partition", node),
                _triple(node, _VOID + kind, ox.NamedNode(term)),
                _triple(node, _VOID + unit, _integer(numbers[term])),
            ]
    return result


def _period(articles: Iterable[list[ox.Triple]]) -> list[ox.Triple]:
    years = {
        t.object.value[:4]
        for triples in articles
        for t in triples
        if isinstance(t.object, ox.Literal) and t.object.datatype.value in dates.DATATYPES
    }
    if not years:
        return []
    node, year = ox.NamedNode(v.DATASET + "/period"), ox.NamedNode(v.XSD + "gYear")
    return [
        _triple(_WHOLE, v.DCTERMS + "temporal", node),
        _type(node, v.DCTERMS + "PeriodOfTime"),
        _triple(node, _DCAT + "startDate", ox.Literal(min(years), datatype=year)),
        _triple(node, _DCAT + "endDate", ox.Literal(max(years), datatype=year)),
    ]


def _namespace(term: str, own: Mapping[str, str]) -> str:
    known = [ns for ns in (*v.STANDARD.values(), *own.values()) if term.startswith(ns)]
    if known:
        return max(known, key=len)
    space = v.namespace(term)
    return term if space in {"", "http://", "https://"} else space  # a name without inner structure stands for itself


def _triple(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), value)


def _type(subject: ox.NamedNode, of_class: str) -> ox.Triple:
    return _triple(subject, v.RDF_TYPE, ox.NamedNode(of_class))


def _text(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")


def _integer(number: int) -> ox.Literal:
    return ox.Literal(number)
