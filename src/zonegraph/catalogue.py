"""The saved queries: files of SPARQL whose `#+` header says, in YAML, what they ask and what they answer with."""

from __future__ import annotations

import functools
import re
from collections import namedtuple

from zonegraph import terminal
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import texts
from zonegraph.rdf import header, sparql
from zonegraph.store.query import Named, Query, compiled, values_rows, with_prefixes
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NamedTuple, TypeAlias, TypeVar

    import pyoxigraph as ox

    from zonegraph.store import Term

    Slot: TypeAlias = Term | ox.Variable
    Found = TypeVar("Found")

    class Parameter(NamedTuple):
        """A parameter: its variable's name, type, class of the things it may name (or empty), default row, meaning.

        `place` is the query's place on the profile of such a thing, counted from 1; 0 if it is not on it.
        """

        name: str
        type: str
        of_class: str
        default: str
        description: str
        place: int

    class SavedQuery(NamedTuple):
        """A saved query; `columns` maps each variable to its meaning, `cite` lists groups of triple patterns, `leaves_out`
        what a reader may expect in its answer and does not find there.

        Its text was judged when its file was read; `graphs` are what `store.query.Query` calls so.
        """

        name: str
        question: str
        summary: str
        tags: list[str]
        parameters: list[Parameter]
        columns: dict[str, str]
        cite: list[str]
        leaves_out: list[str]
        text: str
        graphs: list[list[str]]

        @property
        def query(self) -> Query: ...

else:
    Parameter = namedtuple("Parameter", "name type of_class default description place")

    class SavedQuery(
        namedtuple("SavedQuery", "name question summary tags parameters columns cite leaves_out text graphs")
    ):
        __slots__ = ()

        @property
        def query(self):
            return Query(self.text, tuple(Named(*named) for named in self.graphs))


FEED = ("id", "date", "title")  # the columns that make an entry of a feed
PARAMETER_TYPES = ("iri", "string", "integer", "decimal", "date")


def _kept(function: Callable[..., Found]) -> Callable[..., Found]:
    """Let a function of texts look at the same ones once, as long as the same prefixes are declared.

    The graphs of several days have the same queries, and so have a graph and what it is judged by. What is returned nobody may change.
    """

    @functools.lru_cache(maxsize=1_000)
    def found(_prefixes: tuple[tuple[str, str], ...], *given: str) -> Found:
        return function(*given)

    return lambda *given: found(tuple(v.PREFIXES.items()), *given)


def parse(name: str, text: str, path: str) -> SavedQuery:
    """Read a saved query.

    Parameters: `name`, its slug; `text`, the file; `path`, for messages. Returns the query. Raises UsageError with
    file and line if the header is missing, is not YAML, lacks a key, or does not fit the SPARQL below it, and for SPARQL that
    would reach outside.
    """
    try:
        query = _parsed(name, text)
    except UsageError as error:
        raise UsageError(path + error.problem, error.remedy) from None
    return query._replace(graphs=[[graph, path + place] for graph, place in query.graphs])


@_kept
def _parsed(name: str, text: str) -> SavedQuery:
    """Read a saved query; wherever a path belongs, it is left out."""
    from zonegraph.store import guard

    first = next((number for number, _ in header.lines(text)), 0)
    if not first:
        raise UsageError(":1: a saved query must begin with a header of lines '#+ key: value' (question, summary, ...)")
    fields = header.read("", text)
    judged, doubt = guard.judge_with_doubt(
        text, "", v.PREFIXES
    )  # once and for all: the catalogue in the cache is protected by its digest

    def fail(what: str, *place: str | int, remedy: str = "") -> UsageError:
        known = lines_of_header(text)
        line = known.get(place) or known.get(place[:1]) or first
        return UsageError(
            f":{line}: header: {': '.join(terminal.line(key) for key in place if isinstance(key, str))}: {what}",
            remedy,
        )

    for key in fields:
        if key not in _KEYS:
            raise fail(f"unknown key; the keys are {', '.join(_KEYS)}", key)
    for key, (kind, example) in _KEYS.items():
        if key not in fields and key in ("without-certainty", "feed"):
            continue
        if not fields.get(key) and key in ("parameters", "cite", "leaves-out"):
            fields[key] = kind()
        elif not fields.get(key) or not isinstance(fields[key], kind):
            raise fail(f"is missing or not {_KINDS[kind]}", key, remedy=f"write it like {example}")
    for key in ("tags", "columns", "cite", "leaves-out"):
        for place, entry in fields[key].items() if key == "columns" else enumerate(fields[key]):
            if not isinstance(entry, str):
                raise fail(
                    f"must be a text, not {_KINDS[type(entry)]}", key, place, remedy=f"write it like {_KEYS[key][1]}"
                )
    for key in ("columns", "parameters"):
        for variable in fields[key]:
            if not re.fullmatch(r"\w+", variable):
                raise fail("is not the name of a variable", key, variable, remedy=f"write it like {_KEYS[key][1]}")

    if "feed" in fields and set(fields["feed"]) != set(FEED):
        raise fail(f"needs {', '.join(FEED)}, and nothing else", "feed", remedy=f"write it like {_KEYS['feed'][1]}")
    for key, column in fields.get("feed", {}).items():
        if not isinstance(column, str) or column not in fields["columns"]:
            raise fail("is not a column", "feed", key, remedy=f"the columns are {', '.join(fields['columns'])}")

    parameters = [_parameter(variable, entry, text, fail) for variable, entry in fields["parameters"].items()]
    for number, group in enumerate(fields["cite"]):
        reason = _no_patterns(group)
        if reason:
            remedy = f"write only triple patterns, with the project's prefixes or full IRIs, such as {_KEYS['cite'][1]}"
            raise fail(f"{reason}\n    {terminal.line(group)}", "cite", number, remedy=remedy)
    if doubt is not None:  # values are put into it later, where its one reading has a VALUES row
        raise UsageError(
            f":{texts.position(text, doubt)[0]}: can be read in two ways",
            "put a space after a < that means less than; end lines with LF, and do not end a name with a dot",
        )
    return SavedQuery(
        name=name,
        question=fields["question"].strip(),
        summary=fields["summary"].strip(),
        tags=fields["tags"],
        parameters=parameters,
        columns=fields["columns"],
        cite=fields["cite"],
        leaves_out=fields["leaves-out"],
        text=text,
        graphs=[list(named) for named in judged.graphs],
    )


def _parameter(variable: str, entry: Any, text: str, fail: Callable[..., UsageError]) -> Parameter:
    """Return a parameter of a header.

    Parameters: `entry`, what the header says of it; `text`, the query's; `fail`, which makes an error of a message and the
    keys that lead to the place in the header.
    """
    place, remedy = ("parameters", variable), f"write it like {_KEYS['parameters'][1]}"
    if not isinstance(entry, dict) or entry.get("type") not in PARAMETER_TYPES:
        raise fail(f"needs a type: {', '.join(PARAMETER_TYPES)}", *place, remedy=remedy)
    for key, value in entry.items():
        if key not in ("type", "class", "profile", "description") or not isinstance(value, str):
            raise fail(f"{key}: must be a type, class, profile or description, as text", *place, remedy=remedy)
    of_class, on_page = entry.get("class", ""), entry.get("profile", "")
    if not re.fullmatch(r"([\w.\-]*:[\w.\-]+)?", of_class):
        raise fail(f"class: {terminal.line(of_class)}: is not a class name", *place, remedy=remedy)
    if on_page and not (re.fullmatch(r"[1-9]\d{0,3}", on_page, re.ASCII) and of_class and entry["type"] == "iri"):
        raise fail(
            "profile: must be a whole number from 1, and its parameter must have type iri and a class",
            *place,
            remedy='write it like parameters: {person: {type: iri, class: "zg:Person", profile: 1}}',
        )
    rows = [" ".join(text[start:end].split()) for names, start, end in values_rows(text) if names == (variable,)]
    if not rows:
        raise fail(f"the query has no 'VALUES ?{variable} {{ ... }}'", *place)
    if len(set(rows)) > 1:  # what is typed takes the place of all of them
        raise fail(f"the query's 'VALUES ?{variable} {{ ... }}' differ: {terminal.line(', '.join(rows))}", *place)
    return Parameter(variable, entry["type"], of_class, rows[0], entry.get("description", ""), int(on_page or 0))


_KEYS: dict[str, tuple[type, str]] = {  # of a header: what its value is, and an example of it
    "question": (str, "question: Who published each article?"),
    "summary": (str, "summary: The articles of the graph, each with the body that put it before its readers."),
    "tags": (list, "tags: [articles, publishers]"),
    "parameters": (
        dict,
        'parameters: {article: {type: iri, class: "zg:Article", description: "an article (default: any)"}}',
    ),
    "columns": (dict, "columns: {article: the article, publisher: who published it}"),
    "cite": (list, 'cite: ["?article zg:publishedBy ?publisher"]'),
    "feed": (dict, "feed: {id: article, date: published, title: title}"),
    # why its rows have no column `certainty`, as with rows about the graph itself
    "without-certainty": (str, "without-certainty: the rows are about the graph itself"),
    "leaves-out": (list, "leaves-out: [articles that name no publisher]"),
}
_KINDS: dict[type, str] = {str: "a text", list: "a list", dict: "a mapping of names"}


def _no_patterns(group: str) -> str:
    """Return why an item of `cite:` is not what it must be, triple patterns alone; empty if it is.

    It becomes template and pattern of one query, so nothing else may stand in it, and no nameless node, which would be a new
    one in what is cited.
    """
    from zonegraph.store import guard

    found = list(sparql.tokens(group))
    if not found:
        return "is empty"
    if any(token.kind == "blank" or (token.kind == "sign" and token.text in _NO_PATTERN) for token in found):
        return "contains a bracket, an escape or a blank node"
    try:
        form_and_variables(guard.judge(f"CONSTRUCT WHERE {{ {group} }}"))
    except UsageError as error:
        reason = error.problem.partition("\n")[0]
        return reason.partition(": ")[2] if "the prefix" in reason else "is not a list of triple patterns"
    return ""


_NO_PATTERN = frozenset("{}()[]\\#\"'")


@_kept
def template(group: str) -> list[tuple[Slot, Slot, Slot]]:
    """Return the triple patterns of a group of `cite:`, as terms and variables."""
    import pyoxigraph as ox

    from zonegraph.store import embedded

    names = sorted(sparql.variables(group))
    stand_ins: dict[object, ox.Variable] = {
        ox.NamedNode(f"{v.GENID}variable-{name}"): ox.Variable(name) for name in names
    }
    rows = f"VALUES ({' '.join('?' + name for name in names)}) {{ ({' '.join(map(str, stand_ins))}) }}"
    # The group is a template of CONSTRUCT: with each variable's stand-in for its value, it makes its own patterns.
    made = embedded.EmbeddedStore(ox.Store()).query(compiled(f"CONSTRUCT {{ {group} }} WHERE {{ {rows} }}"))

    def slot(term: Term) -> Slot:
        return stand_ins.get(term, term)

    return [(slot(t.subject), slot(t.predicate), slot(t.object)) for t in made.triples]  # type: ignore[union-attr]


@_kept
def patterns_of(group: str) -> set[str]:
    """Return the triple patterns of a group of `cite:` one by one, written alike whatever the blanks in it."""
    found: list[list[str]] = [[]]
    for token in sparql.tokens(group):
        if token.kind == "sign" and token.text == ".":
            found.append([])
        else:
            found[-1].append(token.text)
    return {" ".join(pattern) for pattern in found if pattern}


def get(catalogue: dict[str, SavedQuery], name: str) -> SavedQuery:
    """Return a saved query. Raises UsageError that offers the nearest name if there is none of that name."""
    if name in catalogue:
        return catalogue[name]
    near = nearest(name, catalogue)
    hint = f"did you mean {near}?" if near else "`zonegraph query` lists them"
    raise UsageError(
        f"{name}: no such saved query", f"{hint}  (the name of a file ends in .rq; SPARQL text goes after -e)"
    )


def profile(catalogue: Mapping[str, SavedQuery], name: str) -> list[tuple[SavedQuery, Parameter]]:
    """Return the saved queries of a profile, in order, each with the parameter that takes the thing.

    Parameters: `name`, the profile's, which is that of the parameter.
    """
    found = [(query, p) for query in catalogue.values() for p in query.parameters if p.place and p.name == name]
    return sorted(found, key=lambda section: (section[1].place, section[0].name))


def profiles(catalogue: Mapping[str, SavedQuery]) -> list[str]:
    """Return the names of the profiles to which saved queries belong."""
    return sorted({p.name for query in catalogue.values() for p in query.parameters if p.place})


def to_json(catalogue: dict[str, SavedQuery]) -> list[dict[str, object]]:
    """Return the catalogue as plain data, for the cache and for `zonegraph query --format json`."""
    return [{**q._asdict(), "parameters": [p._asdict() for p in q.parameters]} for q in catalogue.values()]


def from_json(data: list[dict[str, object]]) -> dict[str, SavedQuery]:
    """Return the catalogue that `to_json` wrote, by name."""
    return {
        str(entry["name"]): SavedQuery(**{**entry, "parameters": [Parameter(**p) for p in entry["parameters"]]})  # type: ignore
        for entry in data
    }


def to_triples(query: SavedQuery) -> list[ox.Triple]:
    """Return a saved query as RDF: a SPARQL executable of SHACL with its parameters, its columns as CSV on the Web.

    The query's IRI is in `zgq:`; the terms used are listed in docs/decisions/0014. A query that is not SPARQL has no form and
    no text there, a column that it does not select no `sh:order`.
    """
    from urllib.parse import quote

    import pyoxigraph as ox

    def node(*parts: str) -> ox.NamedNode:
        return ox.NamedNode(v.ZGQ + "/".join(map(quote, parts)))

    def english(text: str) -> ox.Literal:
        return ox.Literal(text, language="en")

    result: list[ox.Triple] = []

    def add(subject: ox.NamedNode, predicate: str, *values: ox.NamedNode | ox.Literal) -> None:
        result.extend(ox.Triple(subject, ox.NamedNode(predicate), value) for value in values)

    itself = node(query.name)
    try:
        form, variables = form_and_variables(query.query)
    except UsageError:  # it fails when it is run; the other queries do not suffer for it
        form, variables = "", []
    add(itself, v.RDF_TYPE, ox.NamedNode(v.SH + "SPARQLExecutable"))
    if form:
        add(itself, v.RDF_TYPE, ox.NamedNode(f"{v.SH}SPARQL{form.capitalize()}Executable"))
        add(itself, v.SH + form, ox.Literal(_standalone(query.text)))
    add(itself, v.DCTERMS + "identifier", ox.Literal(query.name))
    add(itself, v.DCTERMS + "title", english(query.question))
    add(itself, v.DCTERMS + "description", english(query.summary))
    add(itself, v.PREFIXES["dcat"] + "keyword", *map(ox.Literal, query.tags))
    add(itself, v.ZG + "cites", *map(ox.Literal, query.cite))
    add(itself, v.SKOS + "scopeNote", *map(english, query.leaves_out))

    for order, parameter in enumerate(query.parameters):
        this = node(query.name, "parameter", parameter.name)
        add(itself, v.SH + "parameter", this)
        add(this, v.RDF_TYPE, ox.NamedNode(v.SH + "Parameter"))
        add(this, v.SH + "path", node("parameter", parameter.name))  # SHACL takes the variable's name from its end
        add(this, v.SH + "name", ox.Literal(parameter.name))
        add(this, v.SH + "order", ox.Literal(order))
        if parameter.type == "iri":
            add(this, v.SH + "nodeKind", ox.NamedNode(v.SH + "IRI"))
        else:
            add(this, v.SH + "datatype", ox.NamedNode(v.XSD + parameter.type))
        if parameter.of_class:
            add(this, v.SH + "class", *_terms(parameter.of_class, query.text))
        if parameter.place:
            add(this, v.ZG + "profilePlace", ox.Literal(parameter.place))
        if parameter.description:
            add(this, v.SH + "description", english(parameter.description))
        defaults = _terms(parameter.default, query.text)
        add(this, v.SH + "optional", ox.Literal(True))  # its row in the text stands in for a value not given
        add(this, v.SH + "defaultValue", *defaults)

    schema = node(query.name, "columns")
    add(itself, v.PREFIXES["csvw"] + "tableSchema", schema)
    for name in dict.fromkeys([*variables, *query.columns]):
        this = node(query.name, "column", name)
        add(schema, v.PREFIXES["csvw"] + "column", this)
        add(this, v.RDF_TYPE, ox.NamedNode(v.PREFIXES["csvw"] + "Column"))
        add(this, v.PREFIXES["csvw"] + "name", ox.Literal(name))
        if name in variables:
            add(this, v.SH + "order", ox.Literal(variables.index(name)))
        if name in query.columns:
            add(this, v.DCTERMS + "description", english(query.columns[name]))
    return result


def feed(query: SavedQuery) -> dict[str, str]:
    """Return which columns are an entry's id, date and title where a saved query can be read as a feed; otherwise none."""
    return dict(header.read("", query.text).get("feed", {}))


def lines_of_header(text: str) -> dict[tuple[str | int, ...], int]:
    """Return where a header's keys stand.

    Parameters: `text`, a file that `parse` accepts. Returns the line (from 1) of each key, as (key,), of each entry of a
    mapping, as (key, entry), and of each item of a list, as (key, its place from 0).
    """
    import yaml

    found_at = header.lines(text)
    found: dict[tuple[str | int, ...], int] = {}
    root = yaml.compose("\n".join(line for _, line in found_at), yaml.SafeLoader)
    for key, value in root.value if root is not None else ():
        found[key.value,] = found_at[key.start_mark.line][0]
        if isinstance(value, yaml.MappingNode):
            found.update({(key.value, k.value): found_at[k.start_mark.line][0] for k, _ in value.value})
        elif isinstance(value, yaml.SequenceNode):
            found.update({(key.value, i): found_at[x.start_mark.line][0] for i, x in enumerate(value.value)})
    return found


@_kept
def _standalone(text: str) -> str:
    """Return the SPARQL of a saved query, without comments, for a tool that knows none of our prefixes."""
    sparql_lines = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+"))
    return with_prefixes(sparql.without_comments(sparql_lines))


def form_and_variables(query: Query) -> tuple[str, list[str]]:
    """Return a query's form (select, ask, construct; empty if it is none of them) and the variables it selects.

    Raises UsageError if it is no SPARQL.
    """
    try:
        return _form_and_variables(query.text)
    except UsageError as error:
        raise UsageError(query.name + error.problem, error.remedy) from None


@_kept
def _form_and_variables(text: str) -> tuple[str, list[str]]:
    """Return what `form_and_variables` does; where the query's name belongs, it is left out."""
    from zonegraph.store import embedded

    query = compiled(text)._replace(name="")
    embedded.require_sparql(query)
    found = query.form.lower()
    return ("" if found == "describe" else found), (embedded.columns(query) or [] if found == "select" else [])


@_kept
def _terms(text: str, query: str) -> list[ox.NamedNode | ox.Literal]:
    """Return the terms of a VALUES row as the query's own prefixes have them; none where a value is left open."""
    import pyoxigraph as ox

    from zonegraph.store import embedded, guard

    prologue = "".join(
        f"PREFIX {prefix}: <{namespaces[-1]}> " for prefix, namespaces in sparql.Prologue(query).prefixes.items()
    )
    try:
        answer = embedded.EmbeddedStore(ox.Store()).query(
            guard.judge(f"{prologue}SELECT ?x {{ VALUES ?x {{ {text} }} }}")
        )
    except UsageError:
        return []
    return [row[0] for row in answer.rows if row[0] is not None]  # type: ignore[union-attr,misc]
