"""Rules in SPARQL, `shapes/rules/*.rq`: what SHACL cannot say, because it looks across classes or graphs.

A rule is a `#+` header and one SELECT. A row of it is one breach: `?focus ?path ?value` is the statement at fault (without
`?path` the subject as a whole, without `?focus` the file), in the graph `?graph`. The words of the header may name any column, as in
`{other}`. What it is compared with is the statement `?otherFocus ?otherPath ?otherValue` (without `?otherPath` the subject as a whole); rows that
differ in nothing else are one breach with several other sides. `?meant` is the value, and `?meantPath` the property, that was meant where
there is no doubt: the finding has a fix that writes it. `?meantFocus` is the IRI that the subject should have, wherever the file names it.

A rule reads the graphs of the kinds that its `scope` names, by `GRAPH ?graph`, with reference data and ontology around
them; only a rule of scope `merge` reads the default graph, in which each triple stands once. So a rule runs unchanged on
the built graph, here or at an endpoint.

A column `?message` says what the rows of one case of a rule say in place of the header's message, `?remedy` in place of its remedy. See `_chosen` for `?clash`,
`?choice`, `?side` and `?ground` of two things that are one, and `judge` for the header's `only`. Where the header has `mistaken: focus`, another
thing may be meant than the focus: what would not be found if it were follows from the finding (`causes`).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.build import cache
from zonegraph.closure import UnboundedError
from zonegraph.closure.paths import components
from zonegraph.errors import UsageError
from zonegraph.project import sources, texts
from zonegraph.rdf import header, record, sparql
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import START, Region
from zonegraph.store import Bindings, guard
from zonegraph.store.embedded import EmbeddedStore, columns, require_sparql
from zonegraph.store.query import Named, Query, constant
from zonegraph.terms import TYPE
from zonegraph.validation import binding, checks, meant, restated
from zonegraph.validation.checks import ARTICLE, CURATION, REFERENCE, REVIEW, File
from zonegraph.validation.constraints import as_kept
from zonegraph.validation.findings import GROUPS, PASSAGES, SEVERITIES, Edit, Finding, Fix, Other, Rule
from zonegraph.validation.places import MOST, Places
from zonegraph.validation.restated import Restated

if TYPE_CHECKING:
    from zonegraph.store import Store


class Around(NamedTuple):
    """A file that is not judged but stands around those that are: its kind, its slug and its sound triples."""

    kind: str
    slug: str
    triples: list[ox.Triple]


MERGE = "merge"
SCOPES = (ARTICLE, REFERENCE, REVIEW, CURATION, MERGE)
FORM = "a rule is a #+ header (id, severity, scope, name, message, remedy; also group, suggest, only, mistaken), PREFIX lines and one SELECT"
_WORDS = ("id", "severity", "scope", "name", "message", "remedy")
_OPTIONS = ("group", "suggest", "only", "mistaken")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_BOUND = ("focus", "graph")  # the variables of which a rule may be asked of some values alone
_MOST_VALUES = 300  # that are put into a query at once, over all its places
_OTHER = ("otherFocus", "otherPath", "otherValue")  # the columns of another side
_PROPERTIES = ("path", "otherPath", "meantPath")  # the columns that hold properties
MOST_CIRCLES = 20  # that are told of things all of which lead to each other
MOST_LINKS = 50  # of a circle of which the place is told
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(and|or))?\}")


class SparqlRule(NamedTuple):
    """A rule of one file.

    `scope` are the kinds of files that it judges, or the merge; `suggest` is the column whose term may be a misspelling of
    a thing that is described; `circles`, whether of its rows only those count whose focus and value lie on a circle; `places`, where
    values of the variables `_BOUND` stand in its query if it is asked of some alone; `mistaken`, whether the focus may be the IRI of
    another thing; `beyond`, whether what it finds in a file depends on others.
    """

    rule: Rule
    scope: frozenset[str]
    query: Query
    suggest: str = ""
    circles: bool = False
    places: tuple[tuple[int, ...], ...] = ()
    mistaken: bool = False
    beyond: bool = False


_CLASSES = {kind.__name__: kind for kind in (SparqlRule, Rule, Query, Named)}


class Row(NamedTuple):
    """A breach of a rule: the terms of one row of its query, by column; a column without a value is left out.

    `others` are its other sides: subject, property and value of each, of which the last may be None, or the last two.
    """

    rule: SparqlRule
    terms: dict[str, Term]
    others: tuple[tuple[Term, Term | None, Term | None], ...] = ()


# ---------------------------------------------------------------- reading


def load(project: sources.Project) -> list[SparqlRule]:
    """Read the rules of a project.

    Returns them in order of their files. Raises UsageError with file, line and remedy for one that cannot be read, whose
    header lacks something, or that asks what a rule may not ask.
    """
    files = [(file, texts.read_text(file.path)) for file in project.shape_rules]
    try:
        return _kept(tuple((file.name, text) for file, text in files))
    except UsageError:  # which tells the path of a file
        return [read(file.path, text) for file, text in files]


@functools.lru_cache(maxsize=4)
def _kept(files: tuple[tuple[str, str], ...]) -> list[SparqlRule]:
    """Return the rules of files, from the cache if it has them. Parameters: `files`, name and text of each."""
    return cache.compiled(
        "rules",
        files,
        lambda: [read(*file) for file in files],
        record.written,
        lambda content: record.read(content, _CLASSES),
    )


@functools.lru_cache(maxsize=256)
def read(path: str, text: str) -> SparqlRule:
    """Return the rule of one file.

    Parameters: `path`, for messages; its stem is the rule's id; `text`, the file's content. Raises UsageError as `load` does.
    """
    query = guard.judge(text, path)
    said = header.read(path, text)
    refuse = _refusal(path, text)
    scope = _scope(said, PurePath(path).stem, refuse)
    _require_columns(said, scope, _columns(query, refuse), refuse)
    rule = Rule(*(said.get(key, "") for key in ("id", "severity", "name", "message", "remedy", "group")))
    places = tuple(binding.places(text, name) for name in _BOUND)
    beyond = MERGE in scope or _reads_beyond(text)
    return SparqlRule(rule, scope, query, said.get("suggest", ""), "only" in said, places, "mistaken" in said, beyond)


def _reads_beyond(text: str) -> bool:
    """Return whether a query reads graphs by another variable than `?graph`."""
    pairs = pairwise(sparql.tokens(text))
    return any(
        word.text.upper() == "GRAPH" and after.kind == "variable" and after.text[1:] != "graph" for word, after in pairs
    )


_Refuse = Callable[..., "NoReturn"]  # which raises UsageError at the line of a key: `refuse(key, problem, remedy=FORM)`


def _refusal(path: str, text: str) -> _Refuse:
    """Return what refuses a file for what its header says."""
    lines = {line.partition(":")[0].strip(): number for number, line in header.lines(text)}
    first = header.lines(text)[0][0]

    def refuse(key: str, problem: str, remedy: str = FORM) -> NoReturn:
        raise UsageError(f"{path}:{lines.get(key, first)}: {problem}", remedy)

    return refuse


def _scope(said: Mapping[str, Any], stem: str, refuse: _Refuse) -> frozenset[str]:
    """Return the scope of a rule; refuse a header that lacks something, or says what none can say.

    Parameters: `said`, the header; `stem` of the file's name.
    """
    for key in _WORDS:
        if not said.get(key):
            refuse(key, f"the header has no {key}")
    for key in said:
        if key not in _WORDS and key not in _OPTIONS:
            refuse(key, f"{key} is not a key of a rule's header")
        if key != "scope" and not isinstance(said[key], str):
            refuse(key, f"{key} must be a text")
    if said["id"] != stem:
        refuse("id", f"the id is {said['id']}; to match the file's name it must be {stem}", "give both the same name")
    if said["severity"] not in SEVERITIES:
        refuse("severity", f"{said['severity']} is not a severity", f"write {', '.join(reversed(SEVERITIES))}")
    scope = said["scope"] if isinstance(said["scope"], list) else [said["scope"]]
    unknown = [kind for kind in scope if kind not in SCOPES]
    if unknown or (MERGE in scope and len(scope) > 1):
        wrong = f"{unknown[0]} is not a scope" if unknown else "the scope merge cannot be combined with others"
        refuse("scope", wrong, f"write one of {', '.join(SCOPES)}, or a list of those before merge")
    if said.get("only", "circles") != "circles":
        refuse("only", f"{said['only']} is not something that rows can be limited to", "write circles, or leave it out")
    if said.get("mistaken", "focus") != "focus":
        refuse("mistaken", f"{said['mistaken']} is not what may be mistaken", "write focus, or leave it out")
    if said.get("group", PASSAGES) not in GROUPS:
        refuse("group", f"{said['group']} is not a group of rules", f"write {' or '.join(GROUPS)}, or leave it out")
    return frozenset(scope)


def _columns(query: Query, refuse: _Refuse) -> list[str]:
    """Return the columns of a rule's query; refuse one that is not SPARQL, or asks what a rule may not ask."""
    if query.graphs:
        raise UsageError(f"{query.graphs[0].place}: a rule must not use FROM", "write GRAPH ?graph { ... }")
    require_sparql(query)
    names = columns(query)
    if names is None or query.form != "SELECT":
        refuse("id", "the query is not a SELECT")
    words = {token.text.upper() for token in sparql.tokens(query.text) if token.kind == "word"}
    if words & {"LIMIT", "OFFSET"}:
        refuse("id", "the query has LIMIT or OFFSET", "remove it: what is found must not depend on what else is judged")
    try:
        require_sparql(query._replace(text=_of_graphs(query.text, [ox.NamedNode("x:graph")])))
    except UsageError:
        refuse(
            "id",
            "the query cannot end with VALUES ?graph",
            "end it with its pattern: the graphs to judge are added there",
        )
    return list(names)


def _require_columns(said: Mapping[str, Any], scope: frozenset[str], names: list[str], refuse: _Refuse) -> None:
    """Refuse a query that lacks a column which every rule must have, or which the header names."""
    for name in ("focus", *(() if MERGE in scope else ("graph",))):
        if name not in names:
            refuse(
                "scope", f"the query has no column ?{name}", "a row must say which ?focus is at fault, in which ?graph"
            )
    if set(_OTHER) & set(names) and "otherFocus" not in names:
        refuse("id", "the query has no column ?otherFocus", "select the subject of the other side")
    told = [*names, "circle"] if "only" in said else names
    for key in ("message", "remedy"):
        for name, _ in _PLACEHOLDER.findall(said[key]):
            if name not in told:
                refuse(key, f"{{{name}}} is not a column of the query", f"write one of {', '.join(told)}")
    for key, wanted in (("suggest", [said.get("suggest", "")]), ("only", ["focus", "path", "value"])):
        if key in said and not set(wanted) <= set(told):
            refuse(key, f"the query has no column ?{next(n for n in wanted if n not in told)}", "select it")


# ---------------------------------------------------------------- judging


def _of_graphs(text: str, graphs: Iterable[ox.NamedNode]) -> str:
    """Return a rule's query of some graphs alone."""
    return f"{text}\nVALUES ?graph {{ {' '.join(map(str, graphs))} }}"


def judge(
    rules: Iterable[SparqlRule],
    store: Store,
    graphs: Mapping[str, Iterable[str]],
    focus: Iterable[ox.NamedNode] | None = None,
) -> Iterator[Row]:
    """Ask a store for the breaches of rules.

    Parameters: `store`, which holds each file in a named graph and the merge as default graph, as the build makes it;
    `graphs`, the graphs to judge, by kind of file; rules of scope merge judge the whole store; `focus`, the only nodes to judge, by the
    merge as these graphs state them. Raises UnboundedError for a rule that cannot be asked of some nodes alone. Yields the breaches: each row of a rule, but for one whose header says `only: circles`. Its rows are the links of a graph,
    of which each circle counts once: a row for each link, of one `?clash`, with the whole as `?circle`. A path such as `skos:broader+`
    would find the links too, in time that grows with the square of a chain's length.
    """
    for rule in rules:
        over_merge = MERGE in rule.scope
        stating = [ox.NamedNode(graph) for kind in graphs if over_merge or kind in rule.scope for graph in graphs[kind]]
        if not over_merge and not stating:
            continue
        if focus is None:
            query = rule.query
            rows = _rows(store, query if over_merge else query._replace(text=_of_graphs(query.text, stating)))
        elif rule.circles:
            rows = _reached(store, rule, focus)
        else:
            try:
                rows = _about(store, rule, list(focus), stating)
            except UsageError:  # it makes the node by BIND, for example
                raise UnboundedError(f"the rule {rule.rule.id} cannot be asked of some nodes alone") from None
        yield from _circles(rule, rows) if rule.circles else _breaches(rule, rows)


def _rows(store: Store, query: Query) -> list[dict[str, Term]]:
    answer = store.query(query)
    assert isinstance(answer, Bindings)
    return [
        {
            name: term
            for name, term in zip(answer.variables, row, strict=True)
            # What is no IRI is no property; and of a triple as a term no file says anything.
            if isinstance(term, ox.NamedNode)
            or (isinstance(term, ox.Literal | ox.BlankNode) and name not in _PROPERTIES)
        }
        for row in answer.rows
    ]


def _about(
    store: Store, rule: SparqlRule, focus: list[ox.NamedNode], graphs: Iterable[ox.NamedNode] = ()
) -> list[dict[str, Term]]:
    """Return the rows of a rule over the merge about some nodes, as some graphs state them: asked of a few at a time.

    Given many values, Oxigraph would rather read all that there is than look them up.
    """
    at, stating = rule.places
    few = max(1, _MOST_VALUES // len(at) if at else len(focus))
    rows = []
    for start in range(0, len(focus), few):
        bound = ((_BOUND[0], at, focus[start : start + few]), (_BOUND[1], stating, graphs))
        rows += _rows(store, rule.query._replace(text=binding.bound(rule.query.text, bound)))
    return rows


def _reached(store: Store, rule: SparqlRule, focus: Iterable[ox.NamedNode]) -> list[dict[str, Term]]:
    """Return the rows of a rule whose rows are arrows as far as arrows lead to them from some nodes."""
    rows, pending = [], list(focus)
    seen: set[Term] = set(pending)
    while pending:
        found = _about(store, rule, pending)
        rows += found
        further = [row["value"] for row in found if isinstance(row.get("value"), ox.NamedNode)]
        pending = [node for node in dict.fromkeys(further) if node not in seen]  # type: ignore[misc]
        seen.update(further)
    return rows


def _breaches(rule: SparqlRule, rows: list[dict[str, Term]]) -> Iterator[Row]:
    """Yield the breaches of a rule; rows that differ in the other side alone are one."""
    found: dict[frozenset[tuple[str, Term]], tuple[dict[str, Term], list[Any]]] = {}
    for row in rows:
        other = tuple(row.pop(name, None) for name in _OTHER)
        if row:
            found.setdefault(frozenset(row.items()), (row, []))[1].append(other)
    for terms, others in found.values():
        yield Row(rule, terms, tuple(sorted((other for other in set(others) if other[0] is not None), key=str)))


def _circles(rule: SparqlRule, rows: list[dict[str, Term]]) -> Iterator[Row]:
    """Yield the links of each circle on which focus and value of rows lie, each path by itself."""
    following: dict[Term, dict[Term, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if {"path", "focus", "value"} <= row.keys():
            following[row["path"]][row["focus"]].append(row["value"])
    for path, nexts in following.items():
        for among in components(nexts):
            for circle in _circles_among(nexts, set(among)):
                ends = [*circle[1:], circle[0]]
                told = ox.Literal(_circle(path, [*circle, circle[0]]))
                whole = ox.Literal(hashlib.sha256(" ".join(map(str, (path, *circle))).encode()).hexdigest())
                links = tuple((one, path, other) for one, other in zip(circle, ends, strict=True))
                for focus, _, value in links:
                    terms = {
                        "focus": focus,
                        "path": path,
                        "value": value,
                        "clash": whole,
                        "side": whole,
                        "circle": told,
                    }
                    yield Row(rule, terms, links[:MOST_LINKS])


def _circle(path: Term, nodes: list[Term]) -> str:
    """Return a circle in words, its middle left out if it is long."""
    shown = [checks.shown(node) for node in nodes]
    if len(shown) > 12:
        shown[6:-5] = [f"({len(shown) - 11} more)"]
    return f" {checks.shown(path)} ".join(shown)


def _circles_among(following: Mapping[Term, list[Term]], among: set[Term]) -> Iterator[list[Term]]:
    """Yield circles in which nodes that all lead to each other lie, so that each link between them is in one; of many not all.

    Each begins with the node whose name comes first.
    """
    told: set[tuple[Term, Term]] = set()
    count = 0
    for start in sorted(among, key=str):
        for first in sorted(among.intersection(following.get(start, ())), key=str):
            if (start, first) in told or count == MOST_CIRCLES:
                continue
            back: dict[Term, Term] = {first: start}  # the shortest way back
            pending = deque([first])
            while start not in back and pending and first != start:
                node = pending.popleft()
                for other in following.get(node, ()):
                    if other in among and other not in back:
                        back[other] = node
                        pending.append(other)
            circle = [back[start]] if start in back else []
            while circle and circle[-1] != start:
                circle.append(back[circle[-1]])
            if not circle:
                continue
            circle.reverse()
            least = circle.index(min(circle, key=str))
            circle = [*circle[least:], *circle[:least]]
            told.update(zip(circle, [*circle[1:], circle[0]], strict=True))
            count += 1
            yield circle


# ---------------------------------------------------------------- the dataset of a validation


class Data:
    """What the rules are asked of: a graph for each file, in which nameless nodes have names, and the merge.

    `files` are those judged, by graph; `places` tells where triples stand; `concluded` is what conclusions state; `restated` is what articles
    restate, once it has been added.
    """

    def __init__(self, places: Places | None = None) -> None:
        """Make an empty dataset. Parameters: `places`, where triples stand, in the files judged and beside them."""
        self.store = EmbeddedStore(ox.Store())
        self.places = places or Places([], [])
        # Of which the rules over the merge are asked, about the nodes `focus` alone if there are any.
        self.over = self.store
        self.focus: set[ox.NamedNode] | None = None
        self.files: dict[str, File] = {}
        self.concluded: list[ox.Triple] = []
        self.restated: Restated = restated.NOTHING
        self._graphs: set[str] = set()
        # What findings ask again and again, looked up once. Not by functools.cache, in which a method would keep the store.
        self._things: dict[str, meant.Things] = {}
        self._shared: dict[bool, meant.Things] = {}
        self._joined: dict[Term, tuple[set[ox.NamedNode], set[ox.NamedNode]]] = {}
        self._classes: dict[str, set[ox.NamedNode]] | None = None
        self._alike: dict[tuple[str, ox.NamedNode], ox.NamedNode | None] = {}
        self._nameless: dict[str, ox.BlankNode] = {}  # nameless nodes, by the names that they have here
        self._named: dict[str, dict[Any, ox.NamedNode]] = {}  # and these names, by graph

    def add(self, triples: Iterable[ox.Triple], graph: str | None, *, merged: bool) -> None:
        """Add the triples of one file.

        Parameters: `graph`, to add them to, or None; `merged`, whether they belong to the merge.
        """
        names: dict[Any, ox.NamedNode] = {}
        if graph is not None:
            names = self._named.setdefault(graph, names)

        def name(term: Any) -> Any:
            if not isinstance(term, ox.BlankNode):
                return term
            if term not in names:
                # Each node has a name of its own here; of two like pieces of evidence the build makes one.
                names[term] = ox.NamedNode(f"{v.GENID}{len(self._nameless) + 1}")
                self._nameless[names[term].value] = term
            return names[term]

        targets: list[ox.NamedNode | ox.DefaultGraph] = [ox.DefaultGraph()] if merged else []
        if graph is not None:
            targets.append(ox.NamedNode(graph))
            self.store.ox.add_graph(targets[-1])  # one without triples too
        named = ((name(s), p, name(o)) for s, p, o in triples)
        self.store.ox.extend(ox.Quad(*t, target) for t in named for target in targets)

    def name(self, names: Mapping[ox.BlankNode, ox.NamedNode]) -> None:
        """Let nameless nodes have names that they are found by here; of two with one name the first is meant."""
        for blank, name in names.items():
            self._nameless.setdefault(name.value, blank)

    def restate(self, given: Restated, *, merged: bool) -> None:
        """Add what articles restate to their graphs. Parameters: `given`, that; `merged`, whether it belongs to the merge."""
        self.restated = self.places.restated = given
        for graph, file in self.files.items():
            self.add(restated.of_file(given, file), graph, merged=merged)
        for slug, triples in given.around.items():
            graph = v.ARTICLE_GRAPH + checks.in_iri(slug)
            self.add(triples, graph if graph in self._graphs and graph not in self.files else None, merged=merged)

    def graph_for(self, kind: str, slug: str) -> str:
        """Return a graph for one more file: that which the build makes of it, unless another file has it already."""
        start, unnamed = _GRAPHS[kind], kind == CURATION
        graph = start if unnamed else start + checks.in_iri(slug)
        number = 1
        while graph in self._graphs:
            number += 1
            graph = f"{start}{'/' if unnamed else ''}-{number}/{checks.in_iri(slug)}"
        self._graphs.add(graph)
        return graph

    def term(self, term: Term) -> Term:
        """Return a term as the files have it, without the name that it was given here."""
        if not isinstance(term, ox.NamedNode):
            return term
        if term.value.startswith(_SECOND):  # made of the name of a graph, see `graph_for`
            return ox.NamedNode(re.sub(r"--[0-9]+/", "-", term.value, count=1))
        return self._nameless.get(term.value, term)

    def told(self, message: str) -> str:
        """Return a message about the dataset as people should read it."""
        return message

    def things(self, file: File) -> meant.Things:
        """Return the things that a file and its context describe, with their names and classes."""
        shared = file.kind in (ARTICLE, REFERENCE)  # what all of these see, and each its own; the others see everything
        if shared not in self._shared:
            every = [graph.value for graph in self.store.ox.named_graphs() if isinstance(graph, ox.NamedNode)]
            seen = [g for g in every if not shared or g.startswith(v.REFERENCE_GRAPH) or g == v.ONTOLOGY_GRAPH]
            self._shared[shared] = meant.Things()
            self._shared[shared].add(self._described(seen))
        if file.kind != ARTICLE:
            return self._shared[shared]
        if file.name not in self._things:
            self._things[file.name] = self._shared[shared].copy()
            self._things[file.name].add(self._described(g for g, other in self.files.items() if other is file))
        return self._things[file.name]

    def _described(self, graphs: Iterable[str]) -> list[tuple[Term, Term, Term]]:
        """Return the names and classes that graphs give to things."""
        answer = self.store.query(_DESCRIBED.bind(graph=map(ox.NamedNode, graphs)))
        assert isinstance(answer, Bindings)
        return answer.rows  # type: ignore[return-value]

    def kinds(self, path: Term) -> set[ox.NamedNode]:
        """Return the classes that the values of a property belong to by the ontology's word, those below them included."""
        return self._ends(path)[1]

    def _ends(self, path: Term) -> tuple[set[ox.NamedNode], set[ox.NamedNode]]:
        """Return the classes of the subjects and of the values of a property, those below them included; none where nothing is said."""
        if path not in self._joined:
            answer = self.store.query(_ENDS.bind(path=[path]))
            assert isinstance(answer, Bindings)
            self._joined[path] = set(), set()
            for end, kind in answer.rows:
                if isinstance(kind, ox.NamedNode):
                    self._joined[path][end == _VALUES].add(kind)
        return self._joined[path]

    def _named_like(self, thing: ox.NamedNode) -> set[ox.NamedNode]:
        """Return the classes that have the name with which the IRI of a thing begins."""
        if self._classes is None:
            self._classes = defaultdict(set)
            for quad in self.store.ox.quads_for_pattern(None, TYPE, _CLASS, ox.NamedNode(v.ONTOLOGY_GRAPH)):
                if isinstance(quad.subject, ox.NamedNode):
                    self._classes[v.local_name(quad.subject.value).lower()].add(quad.subject)
        return self._classes.get(meant.first_word(thing), set())

    def is_turned_round(self, file: File, s: Term, p: Term, o: Term | None) -> bool:
        """Return whether a triple goes the wrong way round: its ends are not of the classes that the property joins, and exchanged they are.

        Where the ontology leaves one end open, a triple of the same property must have an end of that class there.
        """
        if not isinstance(s, ox.NamedNode) or not isinstance(o, ox.NamedNode) or s == o:
            return False
        things, ends = self.things(file), self._ends(p)
        of_subject, of_value = (things.kinds(term) or self._named_like(term) for term in (s, o))
        if not (of_subject and of_value) or not any(ends):
            return False
        broken = [bool(end) and end.isdisjoint(of) for end, of in zip(ends, (of_subject, of_value), strict=True)]
        turned = [not end or not end.isdisjoint(of) for end, of in zip(ends, (of_value, of_subject), strict=True)]
        if not any(broken) or not all(turned):
            return False
        for query, end, of in zip((_WITH_SUBJECT, _WITH_VALUE), ends, (of_value, of_subject), strict=True):
            if not end and not self.over.query(query.bind(path=[p], kind=of)).rows:  # type: ignore[union-attr]
                return False
        return True

    def located_alike(self, file: File, thing: ox.NamedNode) -> ox.NamedNode | None:
        """Return the one thing that a file describes in place of another: by its IRI of the same kind and place, and with a value in common."""
        if (file.name, thing) not in self._alike:
            kind, *rest = v.local_name(thing.value).split("-")
            values = {quad.object for quad in self.over.ox.quads_for_pattern(thing, None, None, ox.DefaultGraph())}
            found = [
                s
                for s in dict.fromkeys(file.source.graph.subjects())
                if isinstance(s, ox.NamedNode)
                and s != thing
                and rest
                and v.local_name(s.value).startswith(f"{kind}-{rest[0]}")
                and any(
                    o in values and isinstance(o, ox.NamedNode) and p != TYPE
                    for _, p, o in file.source.graph.triples(s)
                )
            ]
            self._alike[file.name, thing] = found[0] if len(found) == 1 else None
        return self._alike[file.name, thing]


_SECOND = f"{v.ZGD}article--"  # begins an IRI made of the graph of a second file of an article
_GRAPHS = {
    ARTICLE: v.ARTICLE_GRAPH,
    REFERENCE: v.REFERENCE_GRAPH,
    REVIEW: v.REVIEW_GRAPH,
    CURATION: v.CURATION_GRAPH,
}
_DESCRIBED = constant(
    f"""
    SELECT DISTINCT ?thing ?path ?said WHERE {{
      VALUES ?graph {{ }}
      GRAPH ?graph {{ ?thing ?path ?said }}
      FILTER(!STRSTARTS(STR(?thing), "{v.GENID}") && !STRSTARTS(STR(?thing), "{v.GRAPH}"))
      FILTER(?path IN (rdf:type, skos:prefLabel, skos:altLabel, skos:notation, zg:namedAs, zg:title))
      # Of the ontology the members of its lists, and not its terms.
      FILTER(?graph != <{v.ONTOLOGY_GRAPH}> || EXISTS {{ GRAPH ?graph {{ ?thing a owl:NamedIndividual }} }})
    }}"""
)
_CLASS, _VALUES = ox.NamedNode(v.OWL + "Class"), ox.NamedNode(v.RDFS + "range")
_ENDS = constant(
    f"""
    SELECT ?end ?kind WHERE {{
      VALUES ?path {{ }}
      VALUES ?end {{ rdfs:domain rdfs:range }}
      GRAPH <{v.ONTOLOGY_GRAPH}> {{ ?path ?end ?top . ?kind rdfs:subClassOf* ?top }}
    }}"""
)
_WITH_SUBJECT, _WITH_VALUE = (
    constant(f"SELECT ?s WHERE {{ VALUES ?path {{ }} VALUES ?kind {{ }} ?s ?path ?o . {end} a ?kind }} LIMIT 1")
    for end in ("?s", "?o")
)
_CONCLUDED = constant(
    """
    SELECT ?subject ?property ?value WHERE {
      ?conclusion a zg:Conclusion ; zg:topic ?subject ; zg:supports ?property ; zg:value ?value
      FILTER(ISIRI(?subject) && ISIRI(?property))
    }"""
)


def dataset(
    ontology: Iterable[ox.Triple],
    files: list[File],
    around: Iterable[Around],
    *,
    merge: bool,
    beside: Iterable[sources.SourceFile] = (),
) -> Data:
    """Load files to judge and what surrounds them.

    Parameters: `files`, those to judge; `around`, what surrounds them; `merge`, whether there is to be one; `beside`, the project's
    files, in which what surrounds them stands.
    """
    data = Data(Places(files, beside))
    # Reviews and the curation are judged beside the articles, and rules over the merge may ask which article says something.
    compared = merge or any(file.kind in (REVIEW, CURATION) for file in files)

    def add(kind: str, slug: str, triples: Iterable[ox.Triple]) -> None:
        apart = kind == REFERENCE or (kind == ARTICLE and compared)
        if apart or merge:
            data.add(triples, data.graph_for(kind, slug) if apart else None, merged=merge)

    for file in files:
        graph = data.graph_for(file.kind, checks.slug(file))
        data.files[graph] = file
        data.add(file.source.graph, graph, merged=merge)
    data.add(ontology, v.ONTOLOGY_GRAPH, merged=merge)
    for one in around:
        add(one.kind, one.slug, one.triples)
    if merge:
        answer = data.store.query(_CONCLUDED)
        assert isinstance(answer, Bindings)
        data.store.ox.extend(ox.Quad(*row) for row in answer.rows)  # type: ignore[arg-type]
        data.concluded = [ox.Triple(*map(data.term, row)) for row in answer.rows]  # type: ignore[arg-type]
    return data


# ---------------------------------------------------------------- findings


def find(rules: list[SparqlRule], data: Data, *, merge: bool) -> tuple[dict[str, set[Finding]], set[Finding]]:
    """Find what breaks rules.

    Parameters: `data`, the files judged with their context; `merge`, whether it has one, which is judged too. Returns the
    findings on each file, by its name, and those on the merge, each in the last file that states what is at fault.
    """
    by_file: dict[str, set[Finding]] = defaultdict(set)
    graphs: dict[str, list[str]] = defaultdict(list)
    for graph, file in data.files.items():
        graphs[file.kind].append(graph)
    rows = judge([rule for rule in rules if MERGE not in rule.scope], data.store, graphs)
    for file, found in findings(data, rows):
        by_file[file.name].add(found)
    if not merge:
        return by_file, set()
    rows = judge([rule for rule in rules if MERGE in rule.scope], data.over, graphs, data.focus)
    return by_file, {found for _, found in findings(data, rows)}


def findings(data: Data, rows: Iterable[Row]) -> Iterator[tuple[File, Finding]]:
    """Yield the findings that rows of rules are on the files judged, each with the file; a row that is about none of these is left out."""
    for row, file, value in _at_causes(data, list(_chosen(data, _placed(data, rows)))):
        found, suspected = _finding(data, row, file, value), row.terms.get(row.rule.suggest)
        yield file, found if suspected is None else _suggested(data, row, file, data.term(suspected), found)


Place = tuple[Row, File, Term | None]


def _placed(data: Data, rows: Iterable[Row]) -> list[Place]:
    """Return the rows that are about a file judged, each with that file and the value as it is written there."""
    places = ((row, _stated(data, row)) for row in rows)
    return [(row, *place) for row, place in places if place is not None]


def _at_causes(data: Data, places: list[Place]) -> Iterator[Place]:
    """Yield rows, but for those about a value that a file only restates where the rule finds it at fault where the file states it."""

    def about(place: Place) -> tuple[Term, Term] | None:
        terms = place[0].terms
        return (data.term(terms["focus"]), data.term(terms["path"])) if {"focus", "path"} <= terms.keys() else None

    found = {(row.rule.rule.id, file.name, about((row, file, value)), value) for row, file, value in places}
    for row, file, value in places:
        at = about((row, file, value))
        causes = [] if at is None else restated.causes(data.restated, file, at[0], [at[1]], value)
        if not any((row.rule.rule.id, file.name, cause, value) in found for cause in causes):
            yield row, file, value


def _stated(data: Data, row: Row) -> tuple[File, Term | None] | None:
    """Return the file judged that a row is about, the last if there are several, and the value as it is written there."""
    graph, value = row.terms.get("graph"), row.terms.get("value")
    if isinstance(graph, ox.NamedNode):
        file = data.files.get(graph.value)
        files = [] if file is None else [file]
    else:
        files = list(reversed(data.files.values()))
    for file in files:
        if (
            graph is None
            and "focus" in row.terms
            and not restated.says(data.restated, file, data.term(row.terms["focus"]))
        ):
            continue
        if value is None or not {"focus", "path"} <= row.terms.keys():
            return file, None
        written = _written(data, file, data.term(row.terms["focus"]), data.term(row.terms["path"]), value)
        if written is not None or graph is not None:
            return file, data.term(value) if written is None else written
    return None


def _written(data: Data, file: File, s: Term, p: Term, value: Term) -> Term | None:
    """Return a value as a file states it; None if it does not. The engine keeps a number, not how it is written."""
    itself = data.term(value)
    if restated.says(data.restated, file, s, p, itself):
        return itself
    if isinstance(value, ox.Literal):
        stated = [other for other in file.source.graph.objects(s, p) if isinstance(other, ox.Literal)]
        return next((other for other, kept in as_kept(stated).items() if kept == value), None)
    return None


def _chosen(data: Data, places: list[Place]) -> Iterator[Place]:
    """Yield the rows of rules over the merge that are findings.

    Of the rows of one `?clash` those with the least `?choice` count, of these one for each `?side` (else `?focus`), with the
    least `?ground`, in the last file: of two things that are one, the second, unless only the first is in the files judged.
    """
    order = {file.name: number for number, file in enumerate(reversed(data.files.values()))}
    best: dict[tuple[str, str], int] = {}
    sides: dict[tuple[str, str, int, str], Place] = {}
    for place in sorted(
        places,
        key=lambda place: (
            _number(place[0], "ground"),
            order[place[1].name],
            sorted(map(str, place[0].terms.items())),
        ),
    ):
        row = place[0]
        if "clash" not in row.terms:
            yield place
            continue
        clash = (row.rule.rule.id, str(row.terms["clash"]))
        choice = _number(row, "choice")
        best[clash] = min(best.get(clash, choice), choice)
        side = row.terms.get("side", row.terms.get("focus"))
        sides.setdefault((*clash, choice, str(side)), place)
    for (rule, key, choice, _), place in sides.items():
        if choice == best[rule, key]:
            yield place


def _number(row: Row, column: str) -> int:
    written = str(getattr(row.terms.get(column), "value", ""))
    return int(written) if re.fullmatch("[0-9]{1,9}", written) else 0


def _finding(data: Data, row: Row, file: File, value: Term | None) -> Finding:
    """Turn a row into a finding in a file."""
    rule = row.rule.rule
    focus = data.term(row.terms["focus"]) if "focus" in row.terms else None
    path = data.term(row.terms["path"]) if "path" in row.terms else None
    region: Region | None = START
    besides = ""
    if focus is not None:
        region, besides = restated.place(data.restated, file, focus, [] if path is None else [path], value)
    if path is None and isinstance(focus, ox.BlankNode) and not file.source.graph.has(None, checks.ZG.evidence, focus):
        focus = None
    words = {name: data.term(term) for name, term in row.terms.items()}
    if value is not None:
        words["value"] = value
    message, remedy = (
        _filled(str(row.terms[name].value) if name in row.terms else text, words)
        for name, text in (("message", rule.message), ("remedy", rule.remedy))
    )
    message = f"{message} {besides}".rstrip()
    others = [
        other
        for triple in row.others
        for other in data.places.others(*(term if term is None else data.term(term) for term in triple))  # type: ignore[arg-type]
        if (other.path, other.region) != (file.name, region) and not (triple[1] is None and other.path == file.name)
    ]
    fix = None
    if focus is not None and path is not None and value is not None:
        if data.is_turned_round(file, focus, path, value):
            remedy = turn_round(focus, path, value)
        elif "meant" in words:
            fix = meant.instead(file.name, file.source, focus, path, value, words["meant"])
        elif "meantPath" in words:
            fix = meant.property_instead(file.name, file.source, focus, path, value, words["meantPath"])
    elif isinstance(focus, ox.NamedNode) and isinstance(named := words.get("meantFocus"), ox.NamedNode):
        edits = meant.renamed(file.name, file.source, focus, named)
        fix = Fix(f"name it {checks.shown(named)}", edits) if edits else None
    if fix and "remedy" not in row.terms:
        remedy = fix.what
    return checks.finding(
        file, rule, region, focus, "" if path is None else str(path), value, message, remedy, others=others, fix=fix
    )


def _suggested(data: Data, row: Row, file: File, term: Term, found: Finding) -> Finding:
    """Return a finding with the thing that a term may be meant for, or with the other file that describes it."""
    things, kinds = data.things(file), data.kinds(data.term(row.terms["path"])) if "path" in row.terms else set()
    address = meant.address(term)
    if address is not None and {"focus", "path"} <= row.terms.keys():
        fix = meant.instead(
            file.name, file.source, data.term(row.terms["focus"]), data.term(row.terms["path"]), term, address
        )
        return found._replace(fix=fix, remedy=f"{fix.what}, an address between < and >") if fix else found
    near = things.named(term.value, kinds) if isinstance(term, ox.Literal) else None
    if isinstance(term, ox.NamedNode):
        elsewhere = [place for place in data.places.described(term) if place[0] != file.name]
        if elsewhere:
            first = checks.place(*elsewhere[0])
            like = data.located_alike(file, term)
            asked = ""
            edits: tuple[Edit, ...] = ()
            if like is not None:
                region = file.source.subjects.get(like)
                asked = f"did you mean {checks.shown(like)}{f', line {region.line}' if region else ''}? if not, "
                edits = meant.renamed(file.name, file.source, term, like, described=True)
            return found._replace(
                message=f"{found.message} Another file describes it: {first}.",
                fix=Fix(f"write {checks.shown(like)}", edits) if like is not None and edits else None,
                remedy=f"{asked}describe it in this file too{'' if asked else _classed(data, term)} if the same is meant, as no article sees another",
                others=(*found.others, *(Other(*place, checks.shown(term)) for place in elsewhere[:MOST])),
            )
        near = things.like(term, kinds)
        miscalled = _miscalled(data, file, term, near, found) if near is not None else None
        if miscalled is not None:
            return miscalled
    if near is None:
        return found
    fix = None
    if row.rule.suggest == "value" and {"focus", "path"} <= row.terms.keys():
        s, p = data.term(row.terms["focus"]), data.term(row.terms["path"])
        fix = meant.instead(file.name, file.source, s, p, term, near)
    return found._replace(remedy=f"did you mean {checks.shown(near)}? if not, {found.remedy}", fix=fix)


def _miscalled(data: Data, file: File, term: ox.NamedNode, near: ox.NamedNode, found: Finding) -> Finding | None:
    """Return the finding at the description of a thing that is called otherwise there than where it is named; None if it need not be.

    Nothing may have the name of the description, nor that be its label; the other one stands at several places of the file, or is its label.
    """
    describing = data.places.describing(near)
    if len(describing) != 1 or next(data.over.ox.quads_for_pattern(None, None, near), None) is not None:
        return None
    name, source = describing[0]
    # Evidence names its value again.
    naming = [
        Other(one.name, region, " ".join(checks.shown(term) for term in triple if isinstance(term, ox.NamedNode)))
        for one in dict.fromkeys(data.files.values())
        for triple in one.source.graph.triples(None, None, term)
        if triple[1] != checks.ZG.value and (region := one.source.objects.get(triple))
    ]
    things = data.things(file)
    several = name == file.name and len(naming) > 1
    if things.is_named(near, v.local_name(near.value)) or not (
        several or things.is_named(near, v.local_name(term.value))
    ):
        return None
    edits = meant.renamed(name, source, near, term, described=True)
    return found._replace(
        path=name,
        region=source.subjects[near],
        focus=near.value,
        result_path="",
        message=f"{checks.shown(near)} is named nowhere: it is {checks.shown(term)} where it is referred to.",
        remedy=f"did you mean {checks.shown(term)} here? if not, describe that too",
        others=tuple(sorted(naming)[:MOST]),
        fix=Fix(f"call it {checks.shown(term)}", edits),
    )


def turn_round(s: Term, p: Term, o: Term) -> str:
    """Return the remedy for a triple that goes the wrong way round."""
    return f"turn it round: state {checks.shown(o)} {checks.shown(p)} {checks.shown(s)}"


def _classed(data: Data, thing: Term) -> str:
    """Return the class of a thing as it is to be stated, by what is known of it in the merge."""
    kinds = sorted(
        checks.shown(quad.object)  # type: ignore[arg-type]
        for quad in data.over.ox.quads_for_pattern(thing, TYPE, None, ox.DefaultGraph())  # type: ignore[arg-type]
    )
    return f" ({checks.shown(thing)} a {kinds[0]})" if kinds else ""


def _filled(text: str, words: Mapping[str, Term]) -> str:
    """Fill the placeholders of a text: `{name}`, or `{name:or}` for a list of IRIs."""

    def word(match: re.Match[str]) -> str:
        term = words.get(match[1])
        if term is None:
            return ""
        if match[2] and isinstance(term, ox.Literal):
            return f" {match[2]} ".join(
                checks.shown(ox.NamedNode(each)) if _IRI.fullmatch(each) else each
                for each in sorted(term.value.split())
            )
        return term.value if isinstance(term, ox.Literal) else checks.shown(term)

    return _PLACEHOLDER.sub(word, text)
