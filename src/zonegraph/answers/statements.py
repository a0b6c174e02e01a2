"""What is asked of `explain`, and what is said of a thing, article by article."""

from __future__ import annotations

import re
import time
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue, evidence, terminal, terms
from zonegraph import vocabulary as v
from zonegraph.answers import citations, names, search
from zonegraph.errors import UsageError
from zonegraph.rdf import sparql
from zonegraph.store.batches import graphs_of
from zonegraph.store.query import constant
from zonegraph.suggest import nearest
from zonegraph.terms import TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NamedTuple

    from zonegraph.answers.citations import Explanation, Source, SourcePrinter
    from zonegraph.catalogue import Parameter, SavedQuery
    from zonegraph.store import Bindings, Store

    class Asked(NamedTuple):
        """A thing, with a property and a value of it where they are asked for."""

        subject: ox.NamedNode
        predicate: ox.NamedNode | None
        value: ox.NamedNode | ox.Literal | None

    class Pointing(NamedTuple):
        """How many things of a class have a thing as a value of a property, and the names of the queries that show them."""

        number: int
        of_class: str
        property: str
        shown_by: list[str]

    class Taking(NamedTuple):
        """A saved query, and its parameter that takes a thing."""

        query: SavedQuery
        parameter: Parameter

else:
    Asked = namedtuple("Asked", "subject predicate value")
    Pointing = namedtuple("Pointing", "number of_class property shown_by")
    Taking = namedtuple("Taking", "query parameter")

_SECONDS = 0.5  # that asking which queries have rows may take
_EXAMPLE = "write it like 'zgd:article-one zg:publishedBy zgd:organization-two'"


def parse(text: str, store: Store) -> Asked:
    """Return what `explain` is asked about: a thing, a thing and a property, or a triple.

    Parameters: `text`, an IRI, a prefixed name, the end of one or a label; or subject and predicate, or subject,
    predicate and object in Turtle's notation. A text that as a whole is the name of something is read as that name. Raises
    UsageError if it is none of them, or if the graph holds no such thing.
    """
    text = text.strip().removesuffix(" .")
    words = text.split(None, 2)
    if len(words) < 2 or names.named(text, store) or not _is_property(words, store):
        return Asked(names.resolve(text, store), None, None)
    if len(words) == 2:
        return Asked(names.resolve(words[0], store), _property(words[1], store), None)
    triple = _triple(" ".join([*(_prefixed(word, store) for word in words[:2]), _prefixed(words[2], store)]), text)
    return Asked(*triple)


def _is_property(words: list[str], store: Store) -> bool:
    """Return whether the second of several words can be a property; otherwise it belongs to a name, such as `Bank of the Town`."""
    subject, word = words[:2]
    if word == "a" or ":" in word or word.startswith("<"):
        return True
    if not (word[:1].islower() and word.isidentifier()):
        return False
    # After a word that cannot begin a name, a misspelt property is reported as such.
    return ":" in subject or "-" in subject or any(not names.unknown(name, store) for name in _spelled(word))


def _spelled(word: str) -> list[str]:
    return [word] if ":" in word else [f"{prefix}:{word}" for prefix in ("zg", *v.own())]


def _property(word: str, store: Store) -> ox.NamedNode:
    if word == "a":
        return TYPE
    spelled = _spelled(word)
    return names.resolve(next((name for name in spelled if not names.unknown(name, store)), spelled[0]), store)


def _prefixed(word: str, store: Store) -> str:
    """Return a bare name such as `article-one` as the IRI that it is the end of; all else as it stands."""
    if word in {"a", "true", "false"} or not re.fullmatch(r"[A-Za-z][\w\-]*", word):
        return word
    return str(names.resolve(word, store))


def _triple(turtle: str, typed: str) -> ox.Triple:
    prefixes = "".join(f"@prefix {p}: <{ns}> .\n" for p, ns in v.PREFIXES.items())
    try:
        triples = [q.triple for q in ox.parse(f"{prefixes}{turtle} .".encode(), format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        reason = re.sub(r"^Parser error (at|between) line .*?: ", "", str(error.args[0]))
        undeclared = re.search(r"prefix (\S+?):", reason)
        near = nearest(undeclared.group(1), v.PREFIXES) if undeclared else ""
        remedy = f"did you mean {near}: ?" if near else _EXAMPLE
        raise UsageError(f"{typed}: not a triple in Turtle's notation: {reason}", remedy) from None
    if any(isinstance(term, ox.BlankNode) for triple in triples for term in triple):
        raise UsageError(f"{typed}: a blank node cannot be looked up", "refer to the thing by its IRI")
    if len(triples) != 1:
        raise UsageError(f"{typed}: {len(triples)} triples; explain takes one at a time")
    return ox.Triple(*triples[0])


_OF_THING = constant(
    f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{
      {{ VALUES ?s {{ }} ?s ?p ?o }} UNION {{ VALUES ?s {{ }} GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{v.GRAPH}")) }}
      FILTER(?p NOT IN (zg:evidence, zg:attestation))
    }}"""
)
_OF_PROPERTY = constant(
    f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{
      {{ VALUES ?s {{ }} VALUES ?p {{ }} ?s ?p ?o }}
      UNION {{ VALUES ?s {{ }} VALUES ?p {{ }} GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{v.GRAPH}")) }}
    }}"""
)
_OF_VALUE = constant(
    f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{
      {{ VALUES ?s {{ }} VALUES ?p {{ }} ?s ?p ?o }}
      UNION {{ VALUES ?s {{ }} VALUES ?p {{ }} GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{v.GRAPH}")) }}
      VALUES ?value {{ }}
      FILTER(sameTerm(?o, ?value) || ?o = ?value)
    }}"""
)
_POINTING = constant(
    f"""SELECT DISTINCT ?other ?property WHERE {{
      VALUES ?thing {{ }}
      GRAPH ?g {{ ?other ?property ?thing }}
      FILTER(?property != zg:value)
      FILTER(STRSTARTS(STR(?g), "{v.ARTICLE_GRAPH}") || STRSTARTS(STR(?g), "{v.REFERENCE_GRAPH}") || ?g = <{v.CURATION_GRAPH}>)
    }}"""
)
_WITH_VALUE = constant(
    f"""CONSTRUCT {{ ?s ?p ?thing }} WHERE {{
      VALUES ?thing {{ }}
      VALUES ?p {{ }}
      GRAPH ?g {{ ?s ?p ?thing }}
      FILTER(STRSTARTS(STR(?g), "{v.ARTICLE_GRAPH}"))
    }}"""
)
_BROADER = constant(
    "SELECT DISTINCT ?property ?broader WHERE { VALUES ?property { } ?property rdfs:subPropertyOf ?broader }"
)
_KINDS = constant("SELECT DISTINCT ?class WHERE { VALUES ?thing { } ?thing a ?class }")
_HINTS = constant(
    """SELECT DISTINCT ?hint ?other WHERE {
      VALUES ?thing { }
      ?property zg:hint ?hint .
      ?other ?property ?thing
    } ORDER BY ?hint ?other"""
)


def held(store: Store, asked: Asked) -> list[ox.Triple]:
    """Return the triples of the graph that are asked about, those that say which evidence a thing has aside.

    They may stand in a named graph that is not part of the merge. A value stands for those that are equal to it, 17.10 for
    17.1, and if there are any for those of its own datatype alone. Raises UsageError if a property or a triple is asked
    for and the graph does not hold it; of a thing it may say nothing.
    """
    if asked.predicate is None:
        query = _OF_THING.bind(s=[asked.subject])
    elif asked.value is None:
        query = _OF_PROPERTY.bind(s=[asked.subject], p=[asked.predicate])
    else:
        query = _OF_VALUE.bind(s=[asked.subject], p=[asked.predicate], value=[asked.value])
    result = store.query(query)
    triples = set(result.triples)  # type: ignore[union-attr]
    kind = getattr(asked.value, "datatype", None)
    triples = {t for t in triples if kind is not None and getattr(t.object, "datatype", None) == kind} or triples
    found = sorted(triples, key=lambda t: (t.predicate != TYPE, str(t)))
    if asked.predicate and not found:
        raise _not_held(store, asked)
    return found


def _not_held(store: Store, asked: Asked) -> UsageError:
    given = [term for term in asked if term is not None]
    shown = " ".join(map(terms.turtle, given))
    what = "this triple" if asked.value else "no triple with this subject and property"
    message = f"{shown}: the graph {'does not hold' if asked.value else 'holds'} {what}"
    for remark in names.unknown(" ".join(str(term) for term in given), store):
        message += f"\n  {remark}"
    return UsageError(message, f"zonegraph explain {shown.split()[0]} shows what it holds about the subject")


def inferred(store: Store, triples: Sequence[ox.Triple]) -> list[ox.Triple]:
    """Return those of some triples of the graph that no file states."""
    holders = graphs_of(store, triples)
    return [triple for triple in triples if holders[triple] == {v.INFERRED_GRAPH}]


def hints(store: Store, thing: ox.NamedNode) -> dict[str, list[str]]:
    """Return what the ontology has whoever reads of a thing told (zg:hint), with the prefixed names of what to look at then."""
    answer: Bindings = store.query(_HINTS.bind(thing=[thing]))  # type: ignore[assignment]
    found: dict[str, list[str]] = {}
    for hint, other in answer.rows:
        if isinstance(other, ox.NamedNode):
            found.setdefault(str(getattr(hint, "value", hint)), []).append(v.shorten(other.value))
    return found


def pointing(store: Store, thing: ox.NamedNode, saved: Mapping[str, SavedQuery]) -> tuple[list[Pointing], list[Taking]]:
    """Return how often other things have this one as a value, and which saved queries show it.

    Parameters: `saved`, the saved queries. Returns, for each class and property, how many things of the class have the thing as
    a value of the property, the most first, with the names of the queries that cite such a triple; and these queries, with
    all others that have a parameter for things of its class. Both are read from the queries' headers.
    """
    answer: Bindings = store.query(_POINTING.bind(thing=[thing]))  # type: ignore[assignment]
    pairs = [(other.value, by) for other, by in answer.rows if isinstance(other, ox.NamedNode)]
    of_class = search.classes(store, sorted({other for other, _ in pairs}))
    counted: dict[tuple[str, str], int] = {}
    for other, by in pairs:
        for name in [v.shorten(c) for c in of_class.get(other, [])] or [""]:
            key = (name, terms.text(by))
            counted[key] = counted.get(key, 0) + 1
    taking = _taken_by(store, thing, saved)
    broader = _broader(store, {by for _, by in counted})
    cited = {t.query.name: {p for group in t.query.cite for p in catalogue.patterns_of(group)} for t in taking}
    found = []
    for (name, property), number in counted.items():
        ends = [f" {v.shorten(wider)} ?" for wider in broader[property]]
        showing = [
            t.query.name
            for t in taking
            if any(pattern.endswith(end + t.parameter.name) for pattern in cited[t.query.name] for end in ends)
        ]
        found.append(Pointing(number, name, v.shorten(property), showing))
    found.sort(key=lambda p: (-p.number, p.of_class, p.property))
    # A parameter that takes anything is of use only if its query shows the thing.
    shown = {name for p in found for name in p.shown_by}
    return found, [t for t in taking if t.parameter.of_class or t.query.name in shown]


def with_rows(store: Store, thing: ox.NamedNode, taking: Sequence[Taking]) -> list[Taking]:
    """Return those of some queries that have a row for a thing, and those that there was no time to ask.

    A row is for the thing only where the query shows or cites what the parameter takes, and does not just leave it out.
    """
    until = time.process_time() + _SECONDS  # on a busy machine it comes to the same answer
    return [
        t
        for t in taking
        if (t.parameter.name in t.query.columns or t.parameter.name in sparql.variables(" ".join(t.query.cite)))
        and (time.process_time() > until or store.query(t.query.query.bind(**{t.parameter.name: [thing]}), limit=1)[-1])
    ]


def said_with(store: Store, thing: ox.NamedNode, properties: Iterable[str]) -> list[ox.Triple]:
    """Return what articles state with a thing as the value of some properties.

    Parameters: `properties`, prefixed names.
    """
    nodes = [ox.NamedNode(v.PREFIXES[prefix] + local) for prefix, _, local in (p.partition(":") for p in properties)]
    found = store.query(_WITH_VALUE.bind(thing=[thing], p=nodes)).triples if nodes else []  # type: ignore[union-attr]
    return sorted(set(found), key=str)


def _taken_by(store: Store, thing: ox.NamedNode, saved: Mapping[str, SavedQuery]) -> list[Taking]:
    answer: Bindings = store.query(_KINDS.bind(thing=[thing]))  # type: ignore[assignment]
    kinds = {"", *(v.shorten(terms.text(row[0])) for row in answer.rows)}
    return [
        Taking(query, parameter)
        for query in saved.values()
        for parameter in query.parameters
        if parameter.type == "iri" and parameter.of_class in kinds
    ]


def _broader(store: Store, properties: set[str]) -> dict[str, set[str]]:
    asked = _BROADER.bind(property=map(ox.NamedNode, sorted(properties)))
    answer: Bindings = store.query(asked)  # type: ignore[assignment]
    found = {name: {name} for name in properties}
    for by, wider in answer.rows:
        found[terms.text(by)].add(terms.text(wider))
    return found


def headline(store: Store, thing: ox.NamedNode) -> str:
    """Return in a line what a thing is: its name, its classes, what it is called."""
    classes = ", ".join(v.shorten(c) for c in search.classes(store, [thing.value]).get(thing.value, []))
    called = " ".join(f"“{label}”" for label in search.labels(store, [thing.value])[thing.value] if label)
    return terminal.lines(
        [f"{v.shorten(thing.value)}{' is a ' if classes else ''}{classes}{', ' if called else ''}{called}"]
    )


def by_source(explained: Sequence[Explanation], printer: SourcePrinter, *, subjects: bool = False) -> str:
    """Return what is stated of one thing as lines grouped by article, or by graph where no article states it.

    Parameters: `explained`, the explanations of triples that are not inferred; `printer`, which writes the passages; `subjects`, whether
    subjects are shown, since they are several. Digests are left out.
    """
    groups: dict[str, list[str]] = {}
    for explanation in explained:
        if explanation.triple.predicate.value in {v.ZG + "textDigest", v.ZG + "digest"}:
            continue
        statement = terms.triple(explanation.triple)
        statement = statement if subjects else statement.partition(" ")[2]
        by_head: dict[str, list[Source]] = {}
        for source in explanation.sources:
            by_head.setdefault(_head(source), []).append(source)
        for head, sources in by_head.items():
            groups.setdefault(head, []).extend(_lines(statement, sources, printer))
        for restatement in explanation.restated:
            lines = groups.setdefault(_head(restatement.source), [])
            lines.append(f"{statement}  restated by {restatement.rule} from:")
            for premise in restatement.premises:
                for said in _stated(premise):
                    lines += [f"    {line}" for line in _lines(terms.triple(said.triple), said.sources, printer)]
    return terminal.lines(
        line for head in sorted(groups, key=_rank) for line in ("", head, *(f"  {line}" for line in groups[head]))
    )


def _head(source: Source) -> str:
    if source.article is None:
        name = source.graph[len(v.GRAPH) :]
        return f"{name}: {source.note}" if source.note and source.graph != v.CURATION_GRAPH else name
    return f"{v.shorten(source.article.iri)}: {evidence.citation(source.article)}"


def _rank(head: str) -> tuple[bool, str]:
    return (not head.startswith("zgd:article-"), head)


def _stated(explanation: Explanation) -> Iterable[Explanation]:
    """Yield what a premise rests on in its graph: itself, or what gives it."""
    if not explanation.restated:
        yield explanation
    for restatement in explanation.restated:
        for premise in restatement.premises:
            yield from _stated(premise)


def _lines(statement: str, sources: Sequence[Source], printer: SourcePrinter) -> Iterable[str]:
    places = " ".join(f"[{citations.place(source.passage)}]" for source in sources if source.passage)
    yield f"{statement}  {places}".rstrip()
    for source in sources:
        words = printer.words(source)
        if words:
            yield f"    “{words}”"
        if source.passage and (source.passage.basis != "stated" or source.passage.note):
            yield f"    {source.passage.basis}: {source.passage.note}"
        if source.graph == v.CURATION_GRAPH and source.note:
            yield f"    {source.note}"
