"""Answers as plain data, for programs: what is found, how sure each part is, who says so, and how much more there is.

IRIs are prefixed names where one fits, so that what stands in an answer can be given back in a question. An answer
keeps to a number of characters: what does not fit is counted, and `next` is the offset to ask for it with. No text of
an article is in it but what the graph holds.
"""

from __future__ import annotations

import json
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue, evidence, terms
from zonegraph import vocabulary as v
from zonegraph.answers import citations, hints, labels, profiles, queries, rows, search, statements
from zonegraph.answers.certainty import Certainties
from zonegraph.errors import UsageError
from zonegraph.evidence import coverage
from zonegraph.store import Bindings
from zonegraph.store.batches import graphs_of
from zonegraph.store.query import constant
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, NamedTuple, TypeAlias

    from zonegraph.answers.citations import Explanation, Source
    from zonegraph.answers.queries import Question
    from zonegraph.catalogue import SavedQuery
    from zonegraph.closure import Program
    from zonegraph.store import Store, Term

    Data: TypeAlias = dict[str, Any]

    class Known(NamedTuple):
        """What answers are made from: a store, the saved queries, the compiled rules, the articles that a date
        leaves out, with the reason.
        """

        store: Store
        saved: dict[str, SavedQuery]
        program: Callable[[], Program]
        left_out: Sequence[tuple[str, str]]

    class Part(NamedTuple):
        """Which part of an answer is wanted: from which place on, how many at most, and how many characters the
        answer may have.
        """

        offset: int
        limit: int
        characters: int

else:
    Known = namedtuple("Known", "store saved program left_out")
    Part = namedtuple("Part", "offset limit characters")

_MOST = 10_000  # rows that are counted
_CITED = 8  # citations of a statement that are given, and premises of an inference
_CITED_OF_ROW, _INFERRED_OF_ROW = 5, 3  # of a row, which may rest on many statements
_LONGEST = 1_000  # characters of one value

_DEGREES = constant(
    'SELECT ?rank ?name WHERE { ?degree zg:rank ?rank ; skos:prefLabel ?name FILTER(LANG(?name) = "en") } ORDER BY ?rank ?name'
)
_STATEMENTS = constant(
    """SELECT ?g (COUNT(*) AS ?n) WHERE {
      GRAPH ?g { ?s ?p ?o FILTER(?p != zg:evidence) MINUS { ?s a zg:Evidence } }
    } GROUP BY ?g"""
)
_OF_GRAPH = constant("CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?g { } GRAPH ?g { ?s ?p ?o } }")
_TERMS = constant(
    f"""SELECT DISTINCT ?term ?kind ?name ?definition ?example ?broader ?domain ?range WHERE {{
      GRAPH <{v.ONTOLOGY_GRAPH}> {{
        VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty owl:NamedIndividual }}
        ?term a ?kind ; skos:prefLabel ?name ; skos:definition ?definition .
        FILTER(LANG(?name) = "en" && LANG(?definition) = "en")
        OPTIONAL {{ ?term skos:example ?example FILTER(LANG(?example) = "en") }}
        OPTIONAL {{ ?term rdfs:subClassOf|rdfs:subPropertyOf ?broader FILTER(isIRI(?broader)) }}
        OPTIONAL {{ ?term rdfs:domain ?domain FILTER(isIRI(?domain)) }}
        OPTIONAL {{ ?term rdfs:range ?range FILTER(isIRI(?range)) }}
      }}
    }} ORDER BY ?term ?kind ?name ?definition ?example ?broader ?domain ?range"""
)


def of_question(
    known: Known,
    name: str,
    values: Mapping[str, Sequence[str]],
    part: Part,
    certainty: str = "",
    sort: Sequence[str] = (),
    columns: Sequence[str] = (),
    *,
    cite: bool = True,
) -> Data:
    """Return the rows of a saved query.

    Parameters: `values`, as `queries.saved_question` takes them; `certainty`, the name of a degree that each row must
    reach, or empty; `sort` and `columns`, as `answers.rows` takes them, none for all as they come; `cite`, whether rows
    are cited. Raises UsageError for a query, parameter, value, degree or column that there is not.
    """
    saved = catalogue.get(known.saved, name)
    question = queries.saved_question(saved, values, known.store)
    # Which rows come first, and which are certain enough, is known once all are there.
    most = None if certainty or sort else max(_MOST, part.offset + part.limit)
    answer: Bindings = known.store.query(question.query, limit=most and most + 1)  # type: ignore[assignment]
    if certainty:
        answer = certain(answer, saved, certainty, known.store)
    answer = rows.ordered(answer, sort)
    chosen: Bindings = rows.chosen(answer._replace(rows=[]), columns)  # type: ignore[assignment]
    page = _Page(known, part.characters)
    data: Data = {"query": saved.name, "question": saved.question, "columns": chosen.variables}
    page.spend(data)
    data.update(page.rows(question, answer, part, most, cite=cite))
    if columns:
        for row in data["rows"]:
            row["values"] = {name: row["values"][name] for name in columns if name in row["values"]}
    notes = [f"answered for {p.name}={p.default}, its default" for p in _narrowing(saved, values)]
    if not answer.rows:
        notes += [] if certainty else hints.neighbours(question, known.store)
        notes += [] if notes or certainty else hints.instead(question, known.store, known.saved)
        notes.append("no rows: the graph does not have it, which does not mean that it is not so")
    if "certainty" not in answer.variables:
        notes.append("this question gives no certainty for its rows; a citation says how its text supports it")
    if cite and not saved.cite:
        notes.append("this question defines no citations: its rows are about the graph itself")
    return page.finished(data, notes, saved.leaves_out)


def _narrowing(saved: SavedQuery, given: Iterable[str]) -> list[catalogue.Parameter]:
    return [p for p in saved.parameters if p.name not in set(given) and queries.narrowed(p)]


def certain(answer: Bindings, saved: SavedQuery, certainty: str, store: Store) -> Bindings:
    """Return the rows that reach a degree of certainty. Raises UsageError for one that there is not, or rows that
    have none.
    """
    degrees = {terms.text(name): int(terms.text(rank)) for rank, name in store.query(_DEGREES).rows}  # type: ignore[union-attr]
    if certainty not in degrees:
        near = nearest(certainty, degrees)
        raise UsageError(
            f"certainty {certainty}: no such degree",
            (f"did you mean {near}? " if near else "") + f"from the most certain there are: {', '.join(degrees)}",
        )
    if "certainty" not in answer.variables:
        raise UsageError(f"{saved.name}: its rows have no certainty", "leave certainty out")
    place, lowest = answer.variables.index("certainty"), degrees[certainty]
    # A row without one, as where nothing is known, reaches none.
    reached = [row for row in answer.rows if degrees.get(terms.text(row[place]), lowest + 1) <= lowest]
    return answer._replace(rows=reached)


def of_search(known: Known, text: str, part: Part) -> Data:
    """Return the things that bear a name, or are described with it. Raises UsageError for an empty text."""
    if not text.strip():
        raise UsageError("the text is empty", "give part of a name, in English or Chinese")
    found = search.find(known.store, text)
    page = _Page(known, part.characters)
    things = [
        {
            "thing": v.shorten(match.iri),
            "classes": [v.shorten(c) for c in match.classes],
            **_filled(english=match.english, chinese=match.chinese),
            **_filled(also=[_cut(name) for name in match.names if name not in (match.english, match.chinese)][:_CITED]),
        }
        for match in found[part.offset : part.offset + part.limit]
    ]
    notes = []
    if not found:
        name, iri = search.near_name(known.store, text)
        notes.append(
            f"no name, summary or printed passage has “{_cut(text)}”"
            + (f"; did you mean “{name}” ({v.shorten(iri)})?" if name else "")
        )
        notes.append("articles may use other words: unknown, not false")
    return page.finished(page.part("things", things, len(found), part), notes)


def of_statement(known: Known, text: str, part: Part) -> Data:
    """Return the sources of a triple, of a property's triples, or of all that is said of a thing.

    Parameters: `text`, as `statements.parse` takes it. Raises UsageError as that does, and `statements.held`.
    """
    asked = statements.parse(text, known.store)
    triples = statements.held(known.store, asked)
    page = _Page(known, part.characters)
    data: Data = _headline(known.store, asked.subject)
    if asked.predicate is None:
        # What is stated comes first: what follows from it follows.
        inferred = set(statements.inferred(known.store, triples))
        triples = [t for t in triples if t not in inferred] + [t for t in triples if t in inferred]
        pointing, _ = statements.pointing(known.store, asked.subject, known.saved)
        listed = [
            {"number": p.number, "class": p.of_class, "property": p.property, "questions": p.shown_by[:3]}
            for p in pointing[:_CITED]
        ]
        data.update(_filled(pointing=listed))
    page.spend(data)
    wanted = triples[part.offset : part.offset + part.limit]
    explained = citations.explain_all(known.store, known.program, wanted, twice=asked.predicate is not None)
    sure = Certainties(known.store, citations.triples_of(explained.values()))
    entries = (
        lambda triple=triple: {
            "statement": terms.triple(triple),
            "certainty": sure.of(triple).name,
            **page.cited([explained[triple]], chain=asked.predicate is not None),
        }
        for triple in wanted
    )
    data.update(page.part("statements", entries, len(triples), part))
    notes = [f"{hint}: {', '.join(others)}" for hint, others in statements.hints(known.store, asked.subject).items()]
    return page.finished(data, notes)


def of_articles(known: Known, part: Part) -> Data:
    """Return the articles, each with how many statements it makes."""
    counts: Bindings = known.store.query(_STATEMENTS)  # type: ignore[assignment]
    number = {terms.text(g): int(terms.text(n)) for g, n in counts.rows}
    articles = list(evidence.articles(known.store).values())
    page = _Page(known, part.characters)
    entries = [
        {**_article(article), "statements": number.get(article.graph, 0)}
        for article in articles[part.offset : part.offset + part.limit]
    ]
    return page.finished(page.part("articles", entries, len(articles), part), [])


def of_article(known: Known, slug: str, part: Part) -> Data:
    """Return what an article's text is transcribed to, range by range. Raises UsageError for an article that there
    is not.
    """
    articles = {a.graph[len(v.ARTICLE_GRAPH) :]: a for a in evidence.articles(known.store).values()}
    slug = slug.strip().removeprefix("zgd:").removeprefix(v.ZGD).removeprefix("article-")
    if slug not in articles:
        near = nearest(slug, articles, 0.3)
        raise UsageError(
            f"{slug}: no article has this slug",
            f"did you mean {near}?" if near else f"there are: {', '.join(list(articles)[:_CITED])}",
        )
    stated, restated = _stated(known, v.ARTICLE_GRAPH + slug)
    ranges = coverage.of_graphs(stated, restated, _triples(known.store, v.REVIEW_GRAPH + slug))
    page = _Page(known, part.characters)
    data: Data = {"article": _article(articles[slug])}
    page.spend(data)
    entries = [_entry(entry) for entry in ranges[part.offset : part.offset + part.limit]]
    data.update(page.part("ranges", entries, len(ranges), part))
    return page.finished(data, [])


def _stated(known: Known, graph: str) -> tuple[list[ox.Triple], list[ox.Triple]]:
    """Return the triples of an article's graph that it states, and those that it restates."""
    from zonegraph import closure

    triples = _triples(known.store, graph)
    holders = graphs_of(known.store, triples)
    node = ox.NamedNode(graph)
    doubtful = [ox.Quad(t.subject, t.predicate, t.object, node) for t in triples if v.INFERRED_GRAPH in holders[t]]
    drawn = closure.explain_all_restated(known.program(), known.store, doubtful) if doubtful else {}
    restated = {quad.triple for quad, derivation in drawn.items() if derivation.rule is not None}
    return [t for t in triples if t not in restated], [t for t in triples if t in restated]


def _triples(store: Store, graph: str) -> list[ox.Triple]:
    return store.query(_OF_GRAPH.bind(g=[ox.NamedNode(graph)])).triples  # type: ignore[union-attr]


def _entry(entry: coverage.Entry) -> Data:
    return {
        "start": entry.start,
        "end": entry.end,
        **_filled(
            statements=[terms.triple(triple) for triple in entry.statements],
            omitted=entry.reason,
            asPrinted=entry.as_printed,
            saidBy=v.shorten(entry.said_by) if entry.said_by else "",
            speakerBasis=entry.speaker_basis if entry.said_by else "",
            basis=entry.basis if entry.statements else "",
            note=entry.note,
        ),
    }


def of_thing(known: Known, profile: str, text: str, part: Part) -> Data:
    """Return the page of a thing: the saved queries of a profile, each with its first rows.

    Parameters: `part`, of each of them. Raises UsageError for a profile or a thing that there is not.
    """
    there_are = catalogue.profiles(known.saved)
    if profile not in there_are:
        raise UsageError(f"{profile}: no such profile", f"there are: {', '.join(there_are) or 'none'}")

    def resolve(name: str, of_class: str) -> ox.NamedNode:
        from zonegraph.answers import names

        return names.resolve(name, known.store, of_class)

    thing = profiles.thing_named(profile, known.saved, text, resolve)
    page = _Page(known, part.characters)
    data = _headline(known.store, thing)
    page.spend(data)
    sections: list[Data] = []
    queries_of_it = catalogue.profile(known.saved, profile)
    for place, (query, parameter) in enumerate(queries_of_it):
        given = queries.Question(query.query.bind(**{parameter.name: [thing]}), query)
        answer: Bindings = known.store.query(given.query, limit=_MOST + 1)  # type: ignore[assignment]
        section = {"query": query.name, "question": query.question, "parameter": parameter.name}
        page.spend(section)
        # What earlier ones have left over is for all that follow.
        page.room(len(queries_of_it) - place)
        found = page.rows(given, answer, part, _MOST, without=parameter.name)
        sections.append({**section, **found})
    return page.finished({**data, "sections": sections}, [])


def of_model(known: Known, part: Part) -> Data:
    """Return the terms of the ontology: what kind each is, its name, its definition, an example, and what it goes
    with.
    """
    answer: Bindings = known.store.query(_TERMS)  # type: ignore[assignment]
    found: dict[str, Data] = {}
    for row in answer.rows:
        term, kind, name, definition, example = map(terms.plain, row[:5])
        entry = found.setdefault(term, {"term": term, "kind": kind, "name": name, "definition": definition})
        entry.update(_filled(example=example))
        for key, value in zip(("broader", "domain", "range"), row[5:], strict=True):
            if value is not None and value != row[0] and terms.plain(value) not in entry.setdefault(key, []):
                entry[key].append(terms.plain(value))
    entries = [{key: value for key, value in entry.items() if value} for entry in found.values()]
    page = _Page(known, part.characters)
    return page.part("terms", entries[part.offset : part.offset + part.limit], len(entries), part)


def of_nothing(known: Known, text: str, part: Part) -> Data:
    """Return remarks on why a query may have no rows: names that the graph does not know, values that can never be
    equal.

    Parameters: `text`, SPARQL that the store accepts.
    """
    from zonegraph.answers import names

    remarks = names.unknown(text, known.store) or hints.of_nothing(text, known.store)
    return {"notes": [_cut(remark) for remark in remarks[: part.limit]]}


class _Page:
    """An answer as it grows: its citations and inferences, each once, and the characters that are left for more."""

    def __init__(self, known: Known, characters: int) -> None:
        self._known = known
        self._left = characters
        self._kept_back = 0  # of these, for later
        self._articles = evidence.articles(known.store)
        self._own = {ox.NamedNode(article.iri): article.graph for article in self._articles.values()}
        self._citations: dict[Any, Data] = {}
        self._inferences: dict[Any, Data] = {}
        self._things: dict[str, str] = {}
        self._cited: dict[str, Data] = {}
        self._told: list[dict[Any, Any]] = [self._citations, self._inferences, self._things, self._cited]

    def spend(self, data: object) -> None:
        """Count what is in the answer in any case."""
        self._left -= _size(data)

    def room(self, parts: int) -> None:
        """Let what comes next use no more than its part of what is left. Parameters: `parts`, how many there are
        still to come.
        """
        self._left += self._kept_back
        self._kept_back = self._left - self._left // parts
        self._left -= self._kept_back

    def rows(
        self,
        question: Question,
        answer: Bindings,
        part: Part,
        most: int | None,
        *,
        cite: bool = True,
        without: str = "",
    ) -> Data:
        """Return a part of the rows of a saved query.

        Parameters: `most`, how many rows there are at most in the answer but for one that says that there are more, None for all;
        `cite`, whether rows are cited; `without`, a column that is left out.
        """
        shown = answer._replace(rows=answer.rows[part.offset : part.offset + part.limit])
        groups = question.saved.cite if cite and question.saved is not None else []
        store = self._known.store
        triples = citations.triples_of_rows(groups, shown, store) if groups else [[] for _ in shown.rows]
        explained = citations.explain_all(store, self._known.program, [t for row in triples for t in row])
        places = [(place, name) for place, name in enumerate(answer.variables) if name != without]
        iris = [term.value for row in shown.rows for term in row if isinstance(term, ox.NamedNode)]
        called = labels.of_things(store, iris, "en")

        def entry(row: Sequence[Term | None], wanted: Sequence[ox.Triple]) -> Data:
            values = {name: _value(row[place]) for place, name in places if row[place] is not None}
            found: Data = {"values": values, **_filled(certainty=values.get("certainty", ""))}
            if groups:
                own = {self._own[value] for value in row if isinstance(value, ox.NamedNode) and value in self._own}
                found.update(self.cited([explained[t] for t in wanted], own))
            for term in row:
                if isinstance(term, ox.NamedNode) and term.value in called:
                    self._things.setdefault(v.shorten(term.value), _cut(called[term.value].text))
            return found

        entries = (lambda r=row, w=w: entry(r, w) for row, w in zip(shown.rows, triples, strict=True))
        data = self.part("rows", entries, len(answer.rows), part)
        if most is not None and len(answer.rows) > most:
            data["total"] = f"more than {most}"
        return data

    def part(self, name: str, entries: Iterable[Data | Callable[[], Data]], total: int, part: Part) -> Data:
        """Return as many entries as fit, at least one, with how many there are and where the rest begins.

        Parameters: `entries`, from the offset on, each as it is or what makes it, which may add to citations and
        inferences.
        """
        kept: list[Data] = []
        cut = False
        for make in entries:
            before = [len(told) for told in self._told]
            entry = make() if callable(make) else make
            added = [list(told)[size:] for told, size in zip(self._told, before, strict=True)]
            with_it = ((told, key) for told, keys in zip(self._told, added, strict=True) for key in keys)
            cost = _size(entry) + sum(
                _size(key if isinstance(key, str) else "") + _size(told[key]) for told, key in with_it
            )
            if cost > self._left and kept:
                for told, keys in zip(self._told, added, strict=True):
                    for key in keys:
                        del told[key]
                cut = True
                break
            self._left -= cost
            kept.append(entry)
        data: Data = {name: kept, "total": total}
        if part.offset + len(kept) < total:
            data["next"] = part.offset + len(kept)
        if cut:
            data["cut"] = "characters"
        return data

    def cited(self, explained: Sequence[Explanation], own: Iterable[str] = (), *, chain: bool = False) -> Data:
        """Return which citations and inferences of the answer some triples rest on.

        Parameters: `own`, the graphs of the articles that a row names: what others say corroborates it; `chain`,
        whether it is also told how premises are inferred, and there is room for more.
        """
        graphs = set(own)
        sources = [s for one in explained for s in citations.leaves(one, graphs) if s.passage or not s.article]
        if not sources:  # what the loader adds to a passage rests on none
            sources = [s for one in explained for s in citations.leaves(one, graphs)]
        needed = list(dict.fromkeys(s._replace(corroborates=False) for s in sources if not s.corroborates))
        others = dict.fromkeys(s._replace(corroborates=False) for s in sources if s.corroborates)
        beside = [source for source in others if source not in needed]
        drawn = dict.fromkeys(_drawn(explained, chain=chain))
        most, inferences = (_CITED, _CITED) if chain else (_CITED_OF_ROW, _INFERRED_OF_ROW)
        return _filled(
            cited=[self._citation(source) for source in needed[:most]],
            also=[self._citation(source) for source in beside[: max(0, most - len(needed))]],
            moreCited=max(0, len(needed) + len(beside) - most),
            inferred=[self._inference(one) for one in list(drawn)[:inferences]],
            moreInferred=max(0, len(drawn) - inferences),
        )

    def _citation(self, source: Source) -> int:
        if source not in self._citations:
            self._citations[source] = {"id": len(self._citations) + 1, **_source(source)}
            if source.article is not None:
                described = _article(source.article)
                self._cited[described.pop("article")] = described
        return int(self._citations[source]["id"])

    def _inference(self, drawn: tuple[str, str, str, tuple[str, ...]]) -> int:
        if drawn not in self._inferences:
            statement, rule, article, premises = drawn
            self._inferences[drawn] = {
                "id": len(self._inferences) + 1,
                "statement": statement,
                "rule": rule,
                "premises": list(premises[:_CITED]),
                **_filled(inArticle=article, morePremises=max(0, len(premises) - _CITED)),
            }
        return int(self._inferences[drawn]["id"])

    def finished(self, data: Data, notes: Sequence[str], leaves_out: Sequence[str] = ()) -> Data:
        """Return the whole answer, with what it rests on."""
        dated = sorted((a.counts_from, a.date) for a in self._articles.values() if a.counts_from)
        through = {
            **_filled(through=dated[-1][1] if dated else ""),
            "articles": len(self._articles),
            "undated": len(self._articles) - len(dated),
        }
        return {
            **data,
            **_filled(
                names=self._things,
                articles=self._cited,
                citations=list(self._citations.values()),
                inferences=list(self._inferences.values()),
                leavesOut=list(leaves_out),
                leftOut=[f"{slug} ({reason})" for slug, reason in self._known.left_out[: 5 * _CITED]],
                notes=[_cut(note) for note in notes],
            ),
            "data": through,
        }


def _drawn(explained: Iterable[Explanation], *, chain: bool) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield what is inferred or restated among triples: statement, rule, article if restated there, premises.

    Parameters: `chain`, whether also what is so among their premises.
    """
    for one in explained:
        statement = terms.triple(one.triple)
        if one.rule:
            yield statement, one.rule, "", tuple(terms.triple(p.triple) for p in one.premises)
        for restated in one.restated:
            article = restated.source.article
            premises = tuple(terms.triple(p.triple) for p in restated.premises)
            yield statement, restated.rule, v.shorten(article.iri) if article else "", premises
            if chain:
                yield from _drawn(restated.premises, chain=True)
        if chain:
            yield from _drawn(one.premises, chain=True)


def _source(source: Source) -> Data:
    """Return a source: the article with the range, what is printed there and who says it, or a graph with its note."""
    if source.article is None:
        return {"graph": source.graph[len(v.GRAPH) :], **_filled(note=_cut(source.note))}
    passage, article = source.passage, v.shorten(source.article.iri)
    if passage is None:
        return {"article": article}
    return {
        "article": article,
        "start": passage.start,
        "end": passage.end,
        "basis": passage.basis,
        **_filled(
            asPrinted=_cut(passage.as_printed),
            saidBy=v.shorten(passage.said_by) if passage.said_by else "",
            speakerBasis=passage.speaker_basis if passage.said_by else "",
            note=_cut(passage.note),
        ),
    }


def _article(article: evidence.Article) -> Data:
    return {
        "article": v.shorten(article.iri),
        **_filled(
            title=article.title, publisher=article.publisher, date=article.date or "undated", address=article.address
        ),
    }


def _headline(store: Store, thing: ox.NamedNode) -> Data:
    english, chinese = search.labels(store, [thing.value])[thing.value]
    classes = [v.shorten(c) for c in search.classes(store, [thing.value]).get(thing.value, [])]
    return {"thing": v.shorten(thing.value), "classes": classes, **_filled(english=english, chinese=chinese)}


def _filled(**entries: Any) -> Data:
    """Return the entries that say something."""
    return {key: value for key, value in entries.items() if value}


def _value(term: Term | None) -> str:
    return _cut(terms.plain(term))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text) - _LONGEST} characters more)"


def _size(data: object) -> int:
    return len(json.dumps(data, ensure_ascii=False, default=str)) + 2
