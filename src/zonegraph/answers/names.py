"""Names that people type: the thing of the graph that is meant, and the names of ours that the graph does not know."""

from __future__ import annotations

import re

import pyoxigraph as ox

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.answers import search
from zonegraph.answers.labels import made_like
from zonegraph.errors import UsageError, say
from zonegraph.rdf import sparql
from zonegraph.store.query import constant
from zonegraph.suggest import alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zonegraph.store import Bindings, Store

_FEW = 12  # things that a message may list
_SEVERAL = 4  # names that may be meant by one word of them
_LIKE = 0.75  # how much alike names must be for one to be meant by the other; see `suggest.alike`
_MANY = 500  # names that a query's text may hold before it is too much to look each of them up

_FOUND_BY = constant(
    """SELECT DISTINCT ?thing WHERE {
      VALUES ?other { }
      VALUES ?kind { }
      ?thing a ?kind ; ?by ?other .
      ?class zg:foundBy ?by .
      ?thing a ?class
    } ORDER BY ?thing"""
)
_TOLD_APART = constant(
    """SELECT DISTINCT ?thing ?name WHERE {
      VALUES ?thing { }
      ?thing a ?class .
      ?class zg:toldApartBy ?by .
      ?thing ?by ?other .
      ?other skos:prefLabel ?name FILTER(LANG(?name) = "en")
    } ORDER BY ?thing ?name"""
)
_IS_A = constant("ASK { VALUES ?thing { } VALUES ?kind { } ?thing a ?kind }")
_OCCURS = constant(
    """ASK {
      { VALUES ?x { } ?x ?p ?o } UNION { VALUES ?x { } ?s ?x ?o } UNION { VALUES ?x { } ?s ?p ?x }
      UNION { VALUES ?x { } GRAPH ?x { ?s ?p ?o } }
      UNION { VALUES ?x { } GRAPH ?g { ?x ?p ?o } } UNION { VALUES ?x { } GRAPH ?g { ?s ?x ?o } }
      UNION { VALUES ?x { } GRAPH ?g { ?s ?p ?x } }
    }"""
)
_THINGS_NAMED = constant(
    f"""SELECT DISTINCT ?thing WHERE {{
      VALUES ?sought {{ }}
      VALUES ?property {{ {search.NAMING} }}
      ?thing ?property ?name .
      FILTER(isIRI(?thing) && LCASE(STR(?name)) = LCASE(?sought))
    }} ORDER BY ?thing"""
)
# Words of an article for the value of a statement; which value, where the evidence names one.
_PRINTED = constant(
    """SELECT DISTINCT ?g ?subject ?property ?value WHERE {
      VALUES ?sought { }
      GRAPH ?g { ?evidence zg:asPrinted ?words ; zg:supports ?property . ?subject zg:evidence ?evidence }
      FILTER(LCASE(STR(?words)) = LCASE(?sought))
      OPTIONAL { GRAPH ?g { ?evidence zg:value ?value } }
    }"""
)
_STATED_VALUES = constant(
    "SELECT DISTINCT ?thing WHERE { VALUES ?g { } VALUES ?s { } VALUES ?p { } GRAPH ?g { ?s ?p ?thing } FILTER(isIRI(?thing)) }"
)
_ARTICLES_WITH = constant(
    f"""SELECT DISTINCT ?g WHERE {{
      VALUES ?x {{ }}
      {{ GRAPH ?g {{ ?x ?p ?o }} }} UNION {{ GRAPH ?g {{ ?s ?p ?x }} }}
      FILTER(STRSTARTS(STR(?g), "{v.ARTICLE_GRAPH}"))
    }} ORDER BY ?g"""
)
# Evidence has names of its own making, which nobody types.
_KNOWN = constant(
    f"""SELECT DISTINCT ?thing ?name WHERE {{
      VALUES ?kind {{ UNDEF }}
      ?thing a ?kind FILTER(isIRI(?thing) && !STRSTARTS(STR(?thing), "{v.ZGD}evidence-"))
      OPTIONAL {{ VALUES ?property {{ {search.NAMING} }} ?thing ?property ?name }}
    }} ORDER BY ?thing ?name"""
)


def resolve(text: str, store: Store, of_class: str = "") -> ox.NamedNode:
    """Return the thing of the graph that is meant by an IRI, a prefixed name, the bare end of one, or a label.

    Parameters: `text`, such as `zgd:article-one`, `article-one`, the whole IRI, or a name that one thing alone bears;
    `of_class`, the prefixed name of a class it must belong to, or empty. If nothing of the class bears the name, the one thing
    of it that can be meant is taken, and told. Raises UsageError that lists the things of that name if there are several, and
    offers the nearest name if there is none.
    """
    if not text.strip():
        raise UsageError("the name is empty", "give an IRI, a prefixed name such as zgd:article-one, or the end of one")
    for iri in _candidates(text):
        node = _node(iri)
        if node is not None and _is_a(node, store, of_class):
            return node
    named = _things_named(text, store)
    made = {} if named else {node: _classes(node, store) for node in made_like(store, text)}
    named = named or made
    meant = [node for node in named if _is_a(node, store, of_class)] if of_class else list(named)
    if len(meant) == 1:
        if not made and search.only_worded(store, meant[0].value, text.strip()):
            # An article's wording may fit other things that it does not name; whoever typed it should know what was taken.
            say(f"“{text.strip()}” is read as {v.shorten(meant[0].value)}, which an article calls by that name")
        return meant[0]
    if meant:
        listed = ", ".join(f"{v.shorten(node.value)} ({', '.join(named[node])})" for node in meant[:_FEW])
        raise UsageError(f"{text}: more than one thing has that name", f"name one of them: {listed}")
    others = _meant(text, store, of_class, named)
    if len(others) == 1:
        (only,) = others
        what = of_class.partition(":")[2] or "thing"
        say(f"“{text.strip()}” is read as {v.shorten(only.value)}, the only {what} that it can mean")
        return only
    raise _no_such(text, store, of_class, named)


def _meant(text: str, store: Store, of_class: str, named: Iterable[ox.NamedNode]) -> set[ox.NamedNode]:
    """Return the things of a class that a name may mean which none of them bears as a whole.

    They have it in a longer name, are found by a thing that bears it (zg:foundBy), or an article has it for a value.

    Parameters: `named`, the things of other classes that bear the name.
    """
    answer: Bindings = store.query(_PRINTED.bind(sought=[ox.Literal(text.strip())]))  # type: ignore[assignment]
    meant: set[ox.NamedNode] = set()
    for graph, subject, by, value in answer.rows[:_FEW]:
        asked = _STATED_VALUES.bind(g=[graph], s=[subject], p=[by])  # type: ignore[list-item]
        values = [value] if value is not None else [row[0] for row in store.query(asked).rows]  # type: ignore[union-attr]
        meant.update(one for one in values if isinstance(one, ox.NamedNode) and _is_a(one, store, of_class))
    if not of_class or ":" in text:  # too many things, or an IRI
        return meant
    if "-" in text:  # the end of an IRI, such as an article's slug
        known = _known(store, of_class)[0]
        return meant | {ox.NamedNode(_candidates(iri)[0]) for iri in known if iri.endswith(f"-{text.strip()}")}
    sought = text.strip().lower()
    word = re.compile(rf"(?<!\w){re.escape(sought)}(?!\w)" if sought.isascii() else re.escape(sought))
    labels = _known(store, of_class)[1]
    holding = {iri for label, iris in labels.items() if word.search(label) for iri in iris}
    holding.update(_found_by(named, store, of_class))
    return meant | {ox.NamedNode(_candidates(iri)[0]) for iri in holding}


def as_of(
    store: Store, whole: Callable[[], Store], left_out: Iterable[tuple[str, str]]
) -> Callable[[str, str], ox.NamedNode]:
    """Return what does as `resolve` for a graph as of a day, and knows what later articles alone know.

    Parameters: `store`, of the graph as of a day; `whole`, gives that of the whole graph; `left_out`, the articles left out, each with
    the reason. What these alone know is taken, and told: about it there are no rows.
    """

    def resolved(text: str, of_class: str) -> ox.NamedNode:
        try:
            return resolve(text, store, of_class)
        except UsageError:
            node = resolve(text, whole(), of_class)
        for remark in _only_in([node], whole(), left_out):
            say(remark)
        return node

    return resolved


def left_out(text: str, store: Store, whole: Callable[[], Store], reasons: Iterable[tuple[str, str]]) -> list[str]:
    """Return a remark for each name in a query's text that only articles know which are left out; see `as_of`."""
    missing = [node for node in _names(text)[:_MANY] if not _occurs(node, store)]
    return _only_in([node for node in missing if _occurs(node, whole())], whole(), reasons) if missing else []


def _only_in(nodes: Iterable[ox.NamedNode], whole: Store, left_out: Iterable[tuple[str, str]]) -> list[str]:
    reasons = dict(left_out)
    remarks = []
    for node in nodes:
        answer: Bindings = whole.query(_ARTICLES_WITH.bind(x=[node]))  # type: ignore[assignment]
        slugs = [str(getattr(row[0], "value", ""))[len(v.ARTICLE_GRAPH) :] for row in answer.rows]
        known = ", ".join(f"{slug} ({reasons[slug]})" for slug in slugs if slug in reasons)
        remarks.append(
            f"{v.shorten(node.value)}: known only from articles that are left out" + (f": {known}" if known else "")
        )
    return remarks


def named(text: str, store: Store) -> list[ox.NamedNode]:
    """Return the things whose whole name is a text, upper and lower case alike."""
    return list(_things_named(text, store))


def _no_such(text: str, store: Store, of_class: str, named: dict[ox.NamedNode, list[str]]) -> UsageError:
    what = of_class.partition(":")[2] if of_class else "thing with that name in the graph"
    message = f"{text}: no such {what}"
    for iri in _candidates(text) if of_class else []:
        node = _node(iri)
        if node is not None and node not in named:
            named = {**named, **({node: _classes(node, store)} if _occurs(node, store) else {})}
    other = [f"{v.shorten(n.value)} is a {' and '.join(c) or 'thing without a class'}" for n, c in named.items()]
    if other:
        message += f" ({'; '.join(other[:_FEW])})"
    others = list(named)
    iris, labels = _known(store, of_class)
    near: list[str] = []
    # By what one word of several names, since an article's wording may fit one thing by chance.
    if of_class and not others and " " in text:
        others = [node for word in text.split()[:_FEW] for node in _things_named(word, store)]
    if of_class and not others:
        other_iri = search.near_name(store, text)[1]
        others = [ox.NamedNode(other_iri)] if other_iri else []
    if of_class:
        near = _found_by(others, store, of_class)
    if not near and ":" not in text:
        found = [v.shorten(match.iri) for match in search.find(store, text)]
        like = [] if "-" in text else alike(text.lower(), labels, _LIKE)
        named_so = sorted({iri for label in like for iri in labels[label]})
        near = list(dict.fromkeys([*(name for name in found if name in iris), *named_so]))
        if len(near) > _FEW:
            return UsageError(message, f"{len(near)} things may be meant: `zonegraph find` lists them")
    for name in () if near else [text] if ":" in text else [f"{prefix}:{text}" for prefix in ("zgd", *v.own())]:
        near = near or nearest_names(name, iris, labels)
    if len(near) > 1:
        # Names that are so much alike are what this graph keeps apart: none of them is offered alone.
        listed = "".join(f"\n    {terminal.line(line)}" for line in _described(near, store))
        return UsageError(message, f"did you mean one of these?{listed}")
    if near:
        return UsageError(message, f"did you mean {near[0]}?")
    if of_class and iris and len(iris) <= _FEW:
        return UsageError(message, f"there are: {', '.join(sorted(iris))}")
    return UsageError(message, "`zonegraph find NAME` looks for names")


def nearest_names(name: str, known: Iterable[str], labels: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the prefixed names that may be meant by a mistyped one, empty if none is like it.

    Parameters: `name`, prefixed; `known`, prefixed names; `labels`, what things are called in lower case, with their
    prefixed names. The same local name under another prefix comes first; then, under the same prefix, what is called so,
    names like it, and names that hold it as whole words. What differs from the best in its last word alone comes with it.
    """
    prefix, _, local = name.partition(":")
    listed = sorted(known)
    for other in listed:
        if other.partition(":")[2].lower() == local.lower():
            return [other]
    same = {other.partition(":")[2]: other for other in listed if other.startswith(prefix + ":")}
    called = [iri for iri in labels.get(local.replace("-", " ").lower(), ()) if iri.startswith(prefix + ":")]
    if called:
        return sorted(called)[:_FEW]
    words = set(_words(local))
    holding = [other for other in same if words and words <= set(_words(other))]
    if len(holding) > _SEVERAL:  # so common a word says nothing
        holding = []
    if holding and len(words) > 1:
        return [same[other] for other in holding]
    found = alike(local, same, _LIKE)[:1] or holding
    if found and found != holding and "-" in (stem := found[0].rpartition("-")[0]):
        found += [o for o in alike(local, (o for o in same if o.rpartition("-")[0] == stem), 0.5) if o not in found]
    return [same[other] for other in found[:_FEW]]


def _words(local: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", local) if local.isascii() else [local]


def _found_by(others: Iterable[ox.NamedNode], store: Store, of_class: str) -> list[str]:
    """Return the prefixed names of the things of a class that are found by others (zg:foundBy)."""
    answer: Bindings = store.query(_FOUND_BY.bind(other=others, kind=_class(of_class)))  # type: ignore[assignment]
    return [v.shorten(row[0].value) for row in answer.rows if isinstance(row[0], ox.NamedNode)]


def _described(names: Iterable[str], store: Store) -> list[str]:
    """Return a line for each of several things: its prefixed name, what it is told apart by, what it is called."""
    iris = [v.PREFIXES[name.partition(":")[0]] + name.partition(":")[2] for name in names if name[0] != "<"]
    answer: Bindings = store.query(_TOLD_APART.bind(thing=map(ox.NamedNode, iris)))  # type: ignore[assignment]
    apart: dict[str, list[str]] = {}
    for thing, name in answer.rows:
        apart.setdefault(str(getattr(thing, "value", thing)), []).append(str(getattr(name, "value", name)))
    called = search.labels(store, iris)
    return [
        ", ".join([v.shorten(iri), *apart.get(iri, []), *(f"“{label}”" for label in called[iri][:1] if label)])
        for iri in iris
    ]


def unknown(text: str, store: Store, within: str = "") -> list[str]:
    """Return a remark for each name of ours in a query's text that occurs nowhere in the graph, with the nearest name.

    Parameters: `text`, SPARQL that the store accepts; `store`, where the names are looked up; `within`, the namespace
    in which names are judged (default: all of ours and the project's). Each name is looked up by itself, so that a text
    without mistakes costs next to nothing.
    """
    found = [node for node in _names(text) if node.value.startswith(within)]
    missing = [node for node in found[:_MANY] if not _occurs(node, store)]
    if not missing:
        return []
    iris, labels = _known(store, "")
    remarks = []
    for node in missing:
        shown = v.shorten(node.value)
        near = (
            " or ".join(nearest_names(shown, iris, labels))
            if ":" in shown and shown[0] != "<"
            else _other_scheme(node.value, iris)
        )
        what = "term" if node.value.startswith(v.ZG) else "thing"
        remarks.append(f"{shown}: the graph has no such {what}" + (f"; did you mean {near}?" if near else ""))
    return remarks


def _other_scheme(iri: str, known: Iterable[str]) -> str:
    # A namespace mistyped: http for https, or / for #.
    local = v.local_name(iri)
    return next((name for name in sorted(known) if local and name.partition(":")[2] == local), "")


def _names(text: str) -> list[ox.NamedNode]:
    tokens = list(sparql.tokens(text))
    prefixes = {**v.PREFIXES, **{p: ns[-1] for p, ns in sparql.Prologue(text).prefixes.items()}}
    found: dict[ox.NamedNode, None] = {}
    ours = tuple(space.partition(":")[2] for space in v.spaces())  # http for https is a slip as well
    declared = False  # whether the token before says that what follows is a namespace
    for token in tokens:
        iri = ""
        if token.kind == "iri" and not declared:
            iri = token.text[1:-1]
        elif token.kind == "pname":
            iri = prefixes.get(token.text.partition(":")[0], "") + sparql.local_name(token.text)
        declared = (declared and token.kind == "pname") or token.text.upper() in ("PREFIX", "BASE")
        node = _node(iri) if iri.partition(":")[2].startswith(ours) and iri[-1] not in "/#" else None
        if node is not None:
            found[node] = None
    return list(found)


def _candidates(text: str) -> list[str]:
    if text.startswith("<") and text.endswith(">"):
        return [text[1:-1]]
    prefix, colon, local = text.partition(":")
    if colon and prefix in v.PREFIXES:
        return [v.PREFIXES[prefix] + local]
    if colon:
        return [text]
    return [v.ZGD + text, *(namespace + text for namespace in v.own().values()), v.ZG + text]


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _class(name: str) -> list[ox.NamedNode]:
    """Return the class of a prefixed name, or no class if it is none that our prefixes know."""
    prefix, _, local = name.partition(":")
    node = _node(v.PREFIXES.get(prefix, prefix + ":") + local)
    return [] if node is None else [node]


def _is_a(node: ox.NamedNode, store: Store, of_class: str) -> bool:
    if not of_class:
        return _occurs(node, store)
    return bool(store.query(_IS_A.bind(thing=[node], kind=_class(of_class))).value)  # type: ignore[union-attr]


def _occurs(node: ox.NamedNode, store: Store) -> bool:
    return bool(store.query(_OCCURS.bind(x=[node])).value)  # type: ignore[union-attr]


def _things_named(text: str, store: Store) -> dict[ox.NamedNode, list[str]]:
    answer: Bindings = store.query(_THINGS_NAMED.bind(sought=[ox.Literal(text.strip())]))  # type: ignore[assignment]
    return {row[0]: _classes(row[0], store) for row in answer.rows if isinstance(row[0], ox.NamedNode)}


def _classes(node: ox.NamedNode, store: Store) -> list[str]:
    return [v.shorten(c) for c in search.classes(store, [node.value]).get(node.value, [])]


def _known(store: Store, of_class: str) -> tuple[set[str], dict[str, set[str]]]:
    """Return the names of the things of a class (of all, evidence aside): prefixed names, and labels with theirs."""
    query = _KNOWN.bind(kind=_class(of_class)) if of_class else _KNOWN
    answer: Bindings = store.query(query)  # type: ignore[assignment]
    iris: set[str] = set()
    labels: dict[str, set[str]] = {}
    for thing, name in answer.rows:
        shown = v.shorten(str(getattr(thing, "value", thing)))
        iris.add(shown)
        if name is not None:
            labels.setdefault(str(getattr(name, "value", name)).lower(), set()).add(shown)
    return iris, labels
