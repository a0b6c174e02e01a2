"""Who says so: the sources of a triple, and of the rows of an answer."""

from __future__ import annotations

import shlex
from collections import namedtuple

import pyoxigraph as ox

from zonegraph import catalogue, evidence, terminal, terms
from zonegraph import vocabulary as v
from zonegraph.rdf import sparql
from zonegraph.store import Bindings
from zonegraph.store.batches import batches, comparable_term, graphs_of, matching
from zonegraph.store.query import constant
from zonegraph.store.remembering import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import NamedTuple

    from zonegraph.answers.certainty import Certainties
    from zonegraph.answers.queries import Question
    from zonegraph.closure import Derivation, Program
    from zonegraph.evidence import Article, Passage
    from zonegraph.store import Answer, Store, Term

    class Source(NamedTuple):
        """One source of a triple; if it `corroborates`, the row rests on another source and would stand without this one.

        `graph` is the named graph that holds it; `article` is set if that graph transcribes an article, `passage` too
        unless the triple ties a passage to its subject or article; `note` is a conclusion's reasoning, or the outside source of a fact in the reference data.
        """

        graph: str
        article: Article | None
        passage: Passage | None
        note: str
        corroborates: bool = False

    class Explanation(NamedTuple):
        """A triple with its sources, and, where it is inferred, the rule, the axioms and the premises explained.

        `restated` tells in which articles' graphs a rule of scope `article` gives it; so does it for a premise in such a graph.
        """

        triple: ox.Triple
        sources: list[Source]
        rule: str
        axioms: list[ox.Triple]
        premises: list[Explanation]
        restated: list[Restatement]

    class Restatement(NamedTuple):
        """How a rule gives a triple in the graph of an article, from premises that the same graph holds."""

        source: Source
        rule: str
        premises: list[Explanation]

else:
    Source = namedtuple("Source", "graph article passage note corroborates", defaults=[False])
    Explanation = namedtuple("Explanation", "triple sources rule axioms premises restated")
    Restatement = namedtuple("Restatement", "source rule premises")


def of_rows(
    question: Question, answer: Answer, store: Store, program: Callable[[], Program], directory: str | None
) -> list[list[evidence.Citation]] | None:
    """Return for each row of an answer its citations, each once, those that only corroborate last.

    Parameters: as for `sources_of_rows`; `directory`, where the articles' texts are, or None. Returns None if nothing is
    to be cited.
    """
    cited = sources_of_rows(question, answer, store, program)
    printer = SourcePrinter(directory)
    if cited is None:
        return None
    rows = []
    for row in cited:
        needed = dict.fromkeys(printer.source(source) for source in row if not source.corroborates)
        others = dict.fromkeys(printer.source(source) for source in row if source.corroborates)
        rows.append([evidence.Citation(text, text not in needed) for text in needed | others])
    return rows


def sources_of_rows(
    question: Question, answer: Answer, store: Store, program: Callable[[], Program]
) -> list[list[Source]] | None:
    """Return for each row of an answer the sources that it is cited with.

    Parameters: `question`, whose saved query says under `cite:` which triples make a row true; `program`, called only
    if a triple is inferred. Returns None if nothing is to be cited.
    """
    if question.saved is None or not question.saved.cite or not isinstance(answer, Bindings):
        return None
    triples = triples_of_rows(question.saved.cite, answer, store)
    explained = explain_all(store, program, [t for row in triples for t in row])
    graphs = {ox.NamedNode(article.iri): article.graph for article in evidence.articles(store).values()}
    found = []
    for row, values in zip(triples, answer.rows, strict=True):
        own = {graphs[value] for value in values if isinstance(value, ox.NamedNode) and value in graphs}
        # What the loader adds to a passage rests on none, so it adds none.
        found.append([s for t in row for s in leaves(explained[t], own) if s.passage or not s.article])
    return found


def triples_of_rows(groups: Sequence[str], answer: Bindings, store: Store) -> list[list[ox.Triple]]:
    """Return for each row of an answer the triples that make it true, each once."""
    used = {group: sparql.variables(group) & set(answer.variables) for group in groups}
    # In the order of the groups, the places of the rows with the values that they give to each.
    alike: dict[str, list[tuple[int, dict[ox.Variable, Term]]]] = {group: [] for group in groups}
    for place, row in enumerate(answer.rows):
        bound: dict[str, Term] = {
            name: term
            for name, term in zip(answer.variables, row, strict=True)
            if isinstance(term, (ox.NamedNode, ox.Literal))
        }
        complete = [
            group for group in groups if used[group] <= bound.keys()
        ]  # of the others the row leaves something blank
        for group in complete:
            if any(
                used[group] < used[other] and catalogue.patterns_of(group) < catalogue.patterns_of(other)
                for other in complete
            ):
                continue  # the other says the same, and more of this row
            values = {ox.Variable(name): bound[name] for name in sorted(used[group])}
            alike[group].append((place, values))
    found: list[dict[ox.Triple, None]] = [{} for _ in answer.rows]
    for group, rows in alike.items():
        template = catalogue.template(group)
        cited: dict[int, set[ox.Triple]] = {}
        for place, solution in matching(store, group, set(map(ox.Variable, used[group])), rows):
            for pattern in template:
                s, p, o = (solution[slot] if isinstance(slot, ox.Variable) else slot for slot in pattern)
                cited.setdefault(place, set()).add(ox.Triple(s, p, o))  # type: ignore[arg-type]
        for place, triples in cited.items():
            found[place].update(dict.fromkeys(sorted(triples, key=str)))
    return [list(triples) for triples in found]


def leaves(explanation: Explanation, own: Collection[str] = ()) -> Iterable[Source]:
    """Yield the sources on which a triple rests in the end: its own, and those of all its premises.

    Parameters: `own`, the graphs of the articles that a row names, if any. If one of these, or a source that is not an article,
    has the triple, other articles only corroborate it.
    """
    graphs = {source.graph for source in (*explanation.sources, *(r.source for r in explanation.restated))}
    enough = own and any(graph in own or not graph.startswith(v.ARTICLE_GRAPH) for graph in graphs)

    def beside(graph: str) -> bool:
        return bool(enough) and graph.startswith(v.ARTICLE_GRAPH) and graph not in own

    for source in explanation.sources:
        yield source._replace(corroborates=beside(source.graph))
    for restatement in explanation.restated:
        graph = restatement.source.graph
        for premise in restatement.premises:
            for source in leaves(premise, own):
                yield source._replace(corroborates=source.corroborates or beside(graph))
    if not explanation.sources:
        for premise in explanation.premises:
            yield from leaves(premise, own)


def explain_all(
    store: Store, program: Callable[[], Program], triples: Sequence[ox.Triple], *, twice: bool = False
) -> dict[ox.Triple, Explanation]:
    """Explain triples that the store holds.

    What an article restates is explained by its premises in that article's graph, not by passages of its subject.

    Parameters: `program`, a function that returns the compiled rules; it is called only if a triple is inferred or restated;
    `twice`, whether to look also for rules that restate what no article restates because each says it itself. Returns
    each triple's explanation; one without sources and without rule for a triple that the store does not hold.
    """
    holders = graphs_of(store, triples)
    inferred = [triple for triple in holders if holders[triple] == {v.INFERRED_GRAPH}]
    derivations: dict[ox.Triple, Derivation] = {}
    if inferred:
        from zonegraph import closure

        compiled = program()
        derivations = closure.explain_all(compiled, store, inferred)
    below = _asserted(derivations.values())
    asked = set(holders)
    holders.update(graphs_of(store, [t for t in below if t not in holders]))
    restated = _restated(store, program, holders, asked if twice else set())
    wanted = {t: set(graphs) for t, graphs in holders.items() if graphs - {v.INFERRED_GRAPH}}
    for (triple, graph), derivation in restated.items():
        for premise in _asserted([derivation]):
            wanted.setdefault(premise, set()).add(graph)
        if v.INFERRED_GRAPH in holders[triple]:
            holders[triple] -= {graph}
    sources = _sources(store, wanted)

    def said_in(triple: ox.Triple, graphs: set[str]) -> list[Source]:
        return [source for source in sources.get(triple, []) if source.graph in graphs]

    def within(graph: str, derivation: Derivation) -> Explanation:
        how = [restatement(graph, derivation)] if derivation.rule else []
        return Explanation(derivation.triple, [] if how else said_in(derivation.triple, {graph}), "", [], [], how)

    def restatement(graph: str, derivation: Derivation) -> Restatement:
        premises = [within(graph, premise) for premise in derivation.premises]
        return Restatement(Source(graph, articles.get(graph), None, ""), derivation.rule or "", premises)

    restatements: dict[ox.Triple, list[Restatement]] = {}
    articles = {a.graph: a for a in evidence.articles(store).values()} if restated else {}
    for (triple, graph), derivation in restated.items():
        restatements.setdefault(triple, []).append(restatement(graph, derivation))

    made: dict[ox.Triple, Explanation] = {}  # shared by all that rest on the same

    def explanation(triple: ox.Triple, derivation: Derivation | None) -> Explanation:
        if triple not in made:
            if derivation is None or derivation.rule is None:
                own = said_in(triple, holders.get(triple, set()))
                made[triple] = Explanation(triple, own, "", [], [], restatements.get(triple, []))
            else:
                premises = [explanation(p.triple, p) for p in derivation.premises]
                made[triple] = Explanation(triple, [], derivation.rule, list(derivation.axioms), premises, [])
        return made[triple]

    return {triple: explanation(triple, derivations.get(triple)) for triple in triples}


def _restated(
    store: Store, program: Callable[[], Program], holders: Mapping[ox.Triple, set[str]], also: set[ox.Triple]
) -> dict[tuple[ox.Triple, str], Derivation]:
    """Return how triples are restated, by triple and graph.

    Parameters: `holders`, the graphs that hold them; only those that are listed as inferred are looked at, and those of `also`.
    """
    asked = [
        ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(graph))
        for triple, graphs in holders.items()
        if v.INFERRED_GRAPH in graphs or triple in also
        for graph in sorted(graphs)
        if graph.startswith(v.ARTICLE_GRAPH)
    ]
    if not asked:
        return {}
    from zonegraph import closure

    found = closure.explain_all_restated(program(), store, asked)
    return {(quad.triple, quad.graph_name.value): derivation for quad, derivation in found.items()}  # type: ignore[union-attr]


def _asserted(derivations: Iterable[Derivation]) -> list[ox.Triple]:
    """Return the asserted triples on which derivations rest, each once."""
    found: dict[ox.Triple, None] = {}
    pending, seen = list(derivations), set()
    while pending:
        step = pending.pop()
        if id(step) not in seen:
            seen.add(id(step))
            pending += step.premises
            if step.rule is None:
                found[step.triple] = None
    return list(found)


def _sources(store: Store, holders: dict[ox.Triple, set[str]]) -> dict[ox.Triple, list[Source]]:
    if not holders:
        return {}
    articles = evidence.articles(store)
    stated = [t for t, graphs in holders.items() if any(g.startswith(v.ARTICLE_GRAPH) for g in graphs)]
    passages = evidence.passages(store, [t for t in stated if t.predicate.value not in evidence.UNSUPPORTED])
    of_passages = [t for t in stated if t.predicate.value in _OF_A_PASSAGE]
    itself = evidence.described(store, [t.subject for t in of_passages])
    passages.update({t: [itself[t.subject]] for t in of_passages if t.subject in itself})
    concluded = _conclusions(store) if any(v.CURATION_GRAPH in graphs for graphs in holders.values()) else []
    attested = _attested(store, [t for t, graphs in holders.items() if any(map(_of_reference, graphs))])
    found: dict[ox.Triple, list[Source]] = {}
    for triple, graphs in holders.items():
        sources = [Source(articles[p.article].graph, articles[p.article], p, "") for p in passages.get(triple, [])]
        sources = [source for source in sources if source.graph in graphs]
        cited = {source.graph for source in sources}
        # What stands beside the merge, about a transcription or a saved query, is not a source of what the merge holds.
        counted = {graph for graph in graphs if v.in_merge(graph)} or graphs
        for graph in sorted(counted - cited - {v.INFERRED_GRAPH}):
            if graph.startswith(v.ARTICLE_GRAPH):
                article = next((a for a in articles.values() if a.graph == graph), None)
                sources.append(Source(graph, article, None, ""))
            elif graph == v.CURATION_GRAPH:
                key = (triple.subject, triple.predicate, triple.object)
                matching = [c for c in concluded if c[:3] == key] or [
                    c for c in concluded if c[:3] == (triple.subject, None, None)
                ]
                sources += [Source(graph, None, None, c[3]) for c in matching] or [Source(graph, None, None, "")]
            elif _of_reference(graph):
                sources += [Source(graph, None, None, text) for text in attested(triple, graph)]
            else:
                sources.append(Source(graph, None, None, ""))
        found[triple] = sources
    return found


_OF_A_PASSAGE = {v.ZG + name for name in ("asPrinted", "basis", "note", "saidBy", "speakerBasis", "supports", "value")}


_CONCLUSIONS = constant(
    """SELECT ?about ?property ?value ?conclusion ?reasoning ?by ?on ?rests WHERE {
      ?conclusion a zg:Conclusion ; zg:topic ?about ; zg:reasoning ?reasoning ;
        zg:concludedBy ?by ; zg:concludedOn ?on ; zg:restsOn ?rests .
      OPTIONAL { ?conclusion zg:supports ?property ; zg:value ?value }
    } ORDER BY ?conclusion ?rests"""
)
_ATTESTATIONS = constant(
    """SELECT ?s ?g ?supports ?value ?source WHERE {
      VALUES (?s) { }
      GRAPH ?g { ?s zg:attestation ?a . ?a zg:source ?source OPTIONAL { ?a zg:supports ?supports } OPTIONAL { ?a zg:value ?value } }
    } ORDER BY ?source"""
)
_GRAPHS_ATTESTED = constant("SELECT ?g ?source WHERE { GRAPH ?g { ?g zg:source ?source } } ORDER BY ?source")
_OUTSIDE = constant(
    """SELECT ?source ?title ?publisher ?address ?day WHERE {
      VALUES (?source) { }
      ?source a zg:Source ; dcterms:title ?title .
      OPTIONAL { ?source dcterms:publisher ?publisher }
      OPTIONAL { ?source zg:linksTo ?address }
      OPTIONAL { ?source zg:lookedUp ?day }
    } ORDER BY ?title ?publisher ?address ?day"""
)


@remembered
def _conclusions(store: Store) -> list[tuple[object, object, object, str]]:
    answer: Bindings = store.query(_CONCLUSIONS)  # type: ignore[assignment]
    found: dict[tuple[object, object, object, str], list[str]] = {}
    for about, p, o, conclusion, reasoning, by, on, rests in answer.rows:
        text = f"{terms.plain(conclusion)}, by {terms.plain(by)} on {terms.text(on)}: {terms.text(reasoning)}"
        found.setdefault((about, p, o, text), []).append(terms.plain(rests))
    return [(about, p, o, f"{text} (rests on {', '.join(rests)})") for (about, p, o, text), rests in found.items()]


def _of_reference(graph: str) -> bool:
    return graph.startswith(v.REFERENCE_GRAPH)


def _attested(store: Store, triples: Sequence[ox.Triple]) -> Callable[[ox.Triple, str], list[str]]:
    """Return a function that gives the sources of a triple in a graph of reference data, each as text.

    It gives one empty text if no source is named. An attestation that names property and value counts first, then one that names the
    property, then one that names neither, then the source of the whole graph.

    Parameters: `triples`, those that may be asked for.
    """
    if not triples:
        return lambda _triple, _graph: [""]
    named: dict[tuple[object, ...], list[object]] = {}
    for batch in batches((t.subject,) for t in triples):
        answer: Bindings = store.query(_ATTESTATIONS.bind_rows(("s",), batch))  # type: ignore[assignment]
        for s, g, supports, value, source in answer.rows:
            named.setdefault((terms.text(g), s, supports, comparable_term(value)), []).append(source)
    whole: Bindings = store.query(_GRAPHS_ATTESTED)  # type: ignore[assignment]
    for g, source in whole.rows:
        named.setdefault((terms.text(g),), []).append(source)
    texts: dict[object, str] = {}
    for asked in batches((source,) for sources in named.values() for source in sources):
        answer = store.query(_OUTSIDE.bind_rows(("source",), asked))  # type: ignore[assignment, arg-type]
        for source, title, publisher, address, day in answer.rows:
            parts = [*(terms.text(term) for term in (title, publisher, address) if term)]
            parts += [f"looked up {terms.text(day)}"] if day else []
            texts.setdefault(source, ", ".join(parts))

    def of(triple: ox.Triple, graph: str) -> list[str]:
        s, p, o = triple.subject, triple.predicate, comparable_term(triple.object)
        levels = ((graph, s, p, o), (graph, s, p, None), (graph, s, None, None), (graph,))
        sources = next((named[level] for level in levels if level in named), [])
        return list(dict.fromkeys(texts.get(source, terms.plain(source)) for source in sources)) or [""]

    return of


# ---------------------------------------------------------------- as text


class SourcePrinter:
    """Writes sources as text; with the articles' texts at hand, passages in full."""

    def __init__(self, directory: str | None) -> None:
        from zonegraph.project import texts

        self._texts = {} if directory is None else texts.by_digest(directory)

    def source(self, source: Source) -> str:
        """Return a source in one phrase: the article, with range and words where it has a passage, or the graph with its note."""
        if source.passage is None and source.article is not None:
            return evidence.citation(source.article)
        if source.passage is None or source.article is None:
            name = source.graph[len(v.GRAPH) :]
            return f"{name}: {source.note}" if source.note else name
        passage = source.passage
        text = f"{evidence.citation(source.article)}, characters {place(passage)}, {passage.basis}"
        if passage.note:
            text += f" ({passage.note})"
        words = self.words(source)
        return f"{text}: “{words}”" if words else text

    def words(self, source: Source) -> str:
        """Return a source's passage as it stands in the text; empty if the text is not at hand."""
        if source.passage is None or source.article is None or source.article.digest not in self._texts:
            return ""
        return self._texts[source.article.digest][1][source.passage.start : source.passage.end]


def place(passage: Passage) -> str:
    """Return where a passage stands and what is printed there, and who is reported to have said it."""
    text = f"{passage.start}–{passage.end}"
    if passage.as_printed:
        text += f", printed “{passage.as_printed}”"
    if passage.said_by:
        text += f", said by {v.shorten(passage.said_by)}"
        if passage.speaker_basis != "stated":
            text += f" ({passage.speaker_basis})"
    return text


FEW = 10  # triples on which a premise may rest to be explained wherever it is met, if several triples are explained


def _resting_on_many(explanations: Sequence[Explanation]) -> dict[ox.Triple, int]:
    """Return which premises are not explained again for each triple that rests on them, with how many triples they rest on.

    Several triples that follow along one chain rest on the same ones: written out for each, they are the square of them.
    """
    if len(explanations) < 2:
        return {}
    counts: dict[ox.Triple, int] = {}

    def count(explanation: Explanation) -> int:
        if explanation.triple not in counts:
            counts[explanation.triple] = sum(map(count, explanation.premises)) if explanation.rule else 1
        return counts[explanation.triple]

    for explanation in explanations:
        count(explanation)
    return {triple: number for triple, number in counts.items() if number > FEW}


def triples_of(explanations: Iterable[Explanation]) -> list[ox.Triple]:
    """Return the triples in explanations, each once: those explained, and all their premises."""
    found: dict[ox.Triple, None] = {}
    pending, seen = list(explanations), set()
    while pending:
        explanation = pending.pop()
        if id(explanation) not in seen:
            seen.add(id(explanation))
            found[explanation.triple] = None
            pending += [*explanation.premises, *(p for r in explanation.restated for p in r.premises)]
    return list(found)


def render(explanations: Sequence[Explanation], directory: str | None, sure: Certainties) -> str:
    """Return explanations as indented lines.

    Parameters: `explanations`; if there are several, a premise that rests on more than FEW triples is only named;
    `directory`, where the articles' texts are, so that passages can be shown, or None; `sure`, how sure their triples are.
    """
    many, printer = _resting_on_many(explanations), SourcePrinter(directory)
    return "\n".join(terminal.lines(_lines(explanation, printer, sure, "", many)) for explanation in explanations)


def _lines(
    explanation: Explanation,
    printer: SourcePrinter,
    sure: Certainties,
    indent: str,
    many: Mapping[ox.Triple, int],
    within: str = v.MERGE_GRAPH,
) -> Iterable[str]:
    """Yield an explanation as lines. Parameters: `within`, the graph of an article in whose restatement it is a premise."""
    degree = sure.of(explanation.triple, within)
    yield indent + terms.triple(explanation.triple) + (f"  ({degree.name})" if degree.rank else "")
    if indent and explanation.triple in many:
        argument = " ".join(map(_argument, explanation.triple))
        yield f"{indent}  rests on {many[explanation.triple]} statements; zonegraph explain {argument}"
        return
    for source in explanation.sources:
        yield f"{indent}  says {printer.source(source)}"
    for restatement in explanation.restated:
        graph, article = restatement.source[:2]
        where = graph[len(v.GRAPH) :] if article is None else evidence.citation(article)
        yield f"{indent}  restated by {restatement.rule}{'' if graph == within else f' in {where}'}, from:"
        for premise in restatement.premises:
            yield from _lines(premise, printer, sure, indent + "    ", many, graph)
    if explanation.rule:
        axiom = _show_axiom(explanation.axioms)
        yield f"{indent}  inferred by {explanation.rule}" + (f" from {axiom}" if axiom else "") + " and:"
        for premise in explanation.premises:
            yield from _lines(premise, printer, sure, indent + "    ", many)
    elif not explanation.sources and not explanation.restated:
        yield f"{indent}  the graph does not hold this"


def _show_axiom(axioms: list[ox.Triple]) -> str:
    if not axioms:
        return ""
    head = axioms[0]
    first, rest = v.RDF + "first", v.RDF + "rest"
    cells: dict[tuple[object, str], object] = {(t.subject, t.predicate.value): t.object for t in axioms[1:]}
    members: list[str] = []
    cell: object = head.object
    while (cell, first) in cells:
        members.append(terms.plain(cells[cell, first]))
        cell = cells.get((cell, rest))
    listed = f"({' '.join(members)})"
    return f"{terms.plain(head.subject)} {v.shorten(head.predicate.value)} {listed}" if members else terms.triple(head)


def _argument(term: object) -> str:
    """Return a term as an argument of `explain`, for a shell."""
    return shlex.quote(terms.turtle(term))


def to_json(explanations: Sequence[Explanation], sure: Certainties) -> list[dict[str, object]]:
    """Return explanations as plain data, IRIs in full, each triple with how sure it is.

    If there are several, a premise that rests on more than FEW triples has their number in place of its own premises.
    """
    many = _resting_on_many(explanations)
    return [_as_data(explanation, sure, many) for explanation in explanations]


def _as_data(
    explanation: Explanation, sure: Certainties, many: Mapping[ox.Triple, int], within: str = v.MERGE_GRAPH
) -> dict[str, object]:
    return {
        "triple": [str(term) for term in explanation.triple],
        "certainty": sure.of(explanation.triple, within).name,
        "sources": [
            {
                "graph": s.graph,
                "note": s.note,
                "article": s.article._asdict() if s.article else None,
                "passage": s.passage._asdict() if s.passage else None,
            }
            for s in explanation.sources
        ],
        "restated": [
            {
                "graph": restatement.source.graph,
                "rule": restatement.rule,
                "premises": [
                    _as_data(premise, sure, many, restatement.source.graph) for premise in restatement.premises
                ],
            }
            for restatement in explanation.restated
        ],
        "rule": explanation.rule,
        "axioms": [[str(term) for term in axiom] for axiom in explanation.axioms],
        "premises": [
            {"triple": [str(term) for term in premise.triple], "restsOn": many[premise.triple]}
            if premise.triple in many
            else _as_data(premise, sure, many)
            for premise in explanation.premises
        ],
    }
