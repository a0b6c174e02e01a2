"""Read a rule file: a `#+` header in YAML, then one CONSTRUCT query.

A rule is a set of triple patterns with FILTER, BIND and VALUES clauses. Nothing else is let in: negation would make the
result depend on the order in which rules run, and a rule whose triple patterns are known can be put in order, run in
any SPARQL engine, and explained.
"""

from dataclasses import replace
from pathlib import PurePath
from typing import NamedTuple, NoReturn

import pyoxigraph as ox

from zonegraph import terms
from zonegraph.closure.rules import Pattern, Rule, Slot, is_transitive, variables_of
from zonegraph.errors import UsageError
from zonegraph.project import texts
from zonegraph.rdf import header, sparql
from zonegraph.rdf.sparql import Token
from zonegraph.store import guard
from zonegraph.store.embedded import require_sparql
from zonegraph.store.query import Query
from zonegraph.terms import TYPE
from zonegraph.vocabulary import OWL, PREFIXES, RDFS

FORM = "a rule file is a #+ header (rule, summary, premises; also scope), PREFIX lines, and one CONSTRUCT { ... } WHERE { ... }"
ARTICLE = "article"  # the scope of a rule that restates in an article's graph what the same graph says
_REFUSED = {
    **dict.fromkeys(("OPTIONAL", "MINUS", "EXISTS"), "would depend on what is absent; state only what must hold"),
    "UNION": "has two cases; write two rules",
    **dict.fromkeys(
        ("GRAPH", "SERVICE", "FROM"),
        "reaches beyond what a rule reads; leave it out: that is the merge of all graphs or, with scope: article in its header, one article",
    ),
    **dict.fromkeys(
        ("SELECT", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"), "cannot be part of a rule; leave it out"
    ),
    **dict.fromkeys(
        ("NOW", "RAND", "UUID", "STRUUID", "BNODE"), "gives a different value each time; use IRI() or STRDT()"
    ),
}
_WRITTEN_BY_AXIOMS_ONLY = tuple(RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range"))


class _Header(NamedTuple):
    """What the header says."""

    rule: str
    summary: str
    premises: list[object]
    restates: bool


def read_rules(name: str, text: str) -> tuple[Rule, ...]:
    """Return the rule of one file; where a VALUES clause gives the property that it writes, one for each of these properties.

    Parameters: `name`, the file's name or path, for messages; its stem is the rule's name; `text`, the file's
    content. Raises UsageError that names the file, the problem and the remedy.
    """
    return _RuleFile(name, text).rules()


class _RuleFile:
    """The state of reading one file: its tokens, the place reached, and its prefixes."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.tokens = list(sparql.tokens(text))
        self.place = 0
        self.prefixes: dict[str, str] = {}
        self.choices: dict[str, tuple[str, list[ox.NamedNode]]] = {}  # by variable: a VALUES clause, and its IRIs

    def rules(self) -> tuple[Rule, ...]:
        """Read the whole file."""
        try:
            query, doubt = guard.judge_with_doubt(self.text, self.name, {})
        except UsageError as error:
            raise UsageError(error.problem, FORM) from None
        if doubt is not None:
            place = next(token for token in self.tokens if token.end > doubt)
            self._fail("it can be read in two ways; put a space after a < that means less than", place)
        said = self._header()
        stem = PurePath(self.name).stem
        if said.rule != stem:
            self._fail(f"the header says rule: {said.rule}; to match the file's name it must say rule: {stem}")
        for token in self.tokens:
            remedy = _REFUSED.get(token.text.upper()) if token.kind == "word" else None
            if remedy:
                self._fail(f"{token.text} {remedy}", token)
            if token.kind == "blank" or token.text == "[":
                self._fail("a blank node would be a new node on every run; use a variable or IRI()", token)
        self._prologue()
        self._expect("CONSTRUCT")
        head, _ = self._group(allow_conditions=False)
        self._expect("WHERE")
        body, conditions = self._group(allow_conditions=True)
        if self.place < len(self.tokens):
            self._fail("there is more after the query; write one rule per file", self.tokens[self.place])
        prologue = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in self.prefixes.items())
        graph = self._unused("article") if said.restates else None
        rule = Rule(stem, head, body, (), conditions, prologue, summary=said.summary, graph=graph)
        self._check(rule, query, [self._premise(line) for line in said.premises])
        return tuple(replace(one, transitive=is_transitive(one)) for one in self._by_property(rule))

    def _by_property(self, rule: Rule) -> tuple[Rule, ...]:
        """Return a rule once for each property that a VALUES clause gives it, so that it is known what each reads and writes."""
        chosen = next(
            (p.value for _, p, _ in (*rule.head, *rule.body) if isinstance(p, ox.Variable) and p.value in self.choices),
            None,
        )
        if chosen is None:
            return (rule,)
        clause, properties = self.choices[chosen]
        conditions = rule.conditions.replace(clause, "").strip()

        def of(patterns: tuple[Pattern, ...], property: ox.NamedNode) -> tuple[Pattern, ...]:
            return tuple((s, property if p == ox.Variable(chosen) else p, o) for s, p, o in patterns)

        return tuple(
            one
            for p in properties
            for one in self._by_property(
                replace(rule, head=of(rule.head, p), body=of(rule.body, p), conditions=conditions)
            )
        )

    def _header(self) -> _Header:
        try:
            found = header.read(self.name, self.text)
        except UsageError as error:
            raise UsageError(error.problem, FORM) from None
        wanted = {"rule": str, "summary": str, "premises": list}
        for key, kind in wanted.items():
            if not isinstance(found.get(key), kind) or not found[key]:
                self._fail(f"the header has no {key}: (a {'list of patterns' if kind is list else 'text'})")
        if not all(isinstance(line, str) for line in found["premises"]):
            self._fail("each of the premises must be a text")
        if "scope" in found and found["scope"] != ARTICLE:
            self._fail(
                f"the header says scope: {found['scope']}; write scope: {ARTICLE} for a rule that restates what one article"
                " says, or leave the line out for a rule over the merge"
            )
        return _Header(found["rule"], found["summary"].strip(), found["premises"], "scope" in found)

    def _unused(self, name: str) -> ox.Variable:
        """Return a variable that the file does not use."""
        while name in sparql.variables(self.text):
            name += "_"
        return ox.Variable(name)

    def _prologue(self) -> None:
        while self._word() == "PREFIX":
            self.place += 1
            prefix = self._take("pname")
            iri = self._take("iri")
            if not prefix.text.endswith(":"):
                self._fail("a prefix name must end in a colon", prefix)
            self.prefixes[prefix.text[:-1]] = iri.text[1:-1]

    def _group(self, *, allow_conditions: bool) -> tuple[tuple[Pattern, ...], str]:
        """Read `{ ... }`: its triple patterns, and the text of its conditions."""
        self._sign("{")
        patterns: list[Pattern] = []
        conditions: list[str] = []
        while not self._at("}"):
            if self._at("."):
                self.place += 1
            elif self._word() in ("FILTER", "BIND", "VALUES"):
                if not allow_conditions:
                    self._fail("the head may have only triple patterns", self.tokens[self.place])
                conditions.append(self._condition())
            else:
                patterns += self._triples()
        self.place += 1
        return tuple(patterns), " ".join(conditions)

    def _condition(self) -> str:
        """Skip one FILTER, BIND or VALUES clause, and return its text."""
        word = self._word()
        start = self.place
        self.place += 1
        if word == "VALUES":
            self._skip_to_closing("{", "}")
            self._note_choice(start)
        else:
            self._skip_to_closing("(", ")")
            for token in self.tokens[start : self.place]:
                if token.text == "{":  # an engine may read NOTEXISTS as two words
                    self._fail(
                        f"a group of its own would depend on what is absent; {_REFUSED['EXISTS'].partition('; ')[2]}",
                        token,
                    )
        last = self.tokens[self.place - 1]
        return self.text[self.tokens[start].start : last.start + len(last.text)]

    def _note_choice(self, start: int) -> None:
        """Remember a VALUES clause, from the token at `start`, that gives one variable nothing but IRIs."""
        _, variable, _, *values, _ = self.tokens[start : self.place]
        if variable.kind == "variable" and values and all(token.kind in ("iri", "pname") for token in values):
            last = self.tokens[self.place - 1]
            clause = self.text[self.tokens[start].start : last.start + len(last.text)]
            iris = [
                self._prefixed(token) if token.kind == "pname" else self._node(token.text[1:-1], token)
                for token in values
            ]
            self.choices[variable.text[1:]] = (clause, iris)

    def _skip_to_closing(self, opening: str, closing: str) -> None:
        depth = 0
        while self.place < len(self.tokens):
            text = self.tokens[self.place].text
            depth += (text == opening) - (text == closing)
            self.place += 1
            if depth == 0 and text == closing:
                return
        self._fail(f"a {opening} is never closed")

    def _triples(self) -> list[Pattern]:
        """Read the triples of one subject, with `;` and `,`."""
        patterns: list[Pattern] = []
        subject = self._term()
        while True:
            predicate = self._term(verb=True)
            patterns.append((subject, predicate, self._term()))
            while self._at(","):
                self.place += 1
                patterns.append((subject, predicate, self._term()))
            if not self._at(";"):
                return patterns
            while self._at(";"):
                self.place += 1
            if self._at(".") or self._at("}"):
                return patterns

    def _term(self, *, verb: bool = False) -> Slot:
        token = self._take()
        if token.kind == "variable":
            term: Slot = ox.Variable(token.text[1:])
        elif token.kind == "iri":
            term = self._node(token.text[1:-1], token)
        elif token.kind == "pname":
            term = self._prefixed(token)
        elif token.text == "a" and verb:
            term = TYPE
        elif token.kind in ("string", "number") or token.text in ("true", "false"):
            term = self._literal(token)
        else:
            self._fail("a triple pattern consists of variables, IRIs and literals", token)
        if verb and self.place < len(self.tokens) and self.tokens[self.place].text in ("+", "*", "/", "|", "?"):
            self._fail(
                "a path cannot be explained; use the property itself, which the closure has completed where the "
                "ontology calls it transitive, or write out the steps",
                self.tokens[self.place],
            )
        return term

    def _literal(self, token: Token) -> ox.Literal:
        """Let Oxigraph read a literal, so that escapes and datatypes mean what they mean to the engine."""
        start = token.start
        while self.place < len(self.tokens) and (
            self.tokens[self.place].kind == "language" or self.tokens[self.place].text == "^^"
        ):
            token = self._take()
            if token.text == "^^":
                token = self._take()
        lines = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in self.prefixes.items())
        source = f"{lines} <a:s> <a:p> {self.text[start : token.start + len(token.text)]} ."
        try:
            value = next(iter(ox.parse(source, format=ox.RdfFormat.TURTLE))).object
        except SyntaxError as error:
            self._fail(f"a literal cannot be read ({error})", token)
        assert isinstance(value, ox.Literal)
        return value

    def _prefixed(self, token: Token) -> ox.NamedNode:
        prefix = token.text.partition(":")[0]
        if prefix not in self.prefixes:
            known = PREFIXES.get(prefix)
            hint = f"add PREFIX {prefix}: <{known}>" if known else "declare it with PREFIX"
            self._fail(f"the prefix {prefix}: is not declared; {hint}", token)
        return self._node(self.prefixes[prefix] + sparql.local_name(token.text), token)

    def _node(self, iri: str, token: Token) -> ox.NamedNode:
        try:
            return ox.NamedNode(iri)
        except ValueError as error:
            self._fail(f"{token.text} is not an absolute IRI ({error})", token)

    def _premise(self, line: object) -> Pattern:
        """Read one line of the header's premises with the file's prefixes."""
        reader = _RuleFile(self.name, f"{{ {line} }}")
        reader.prefixes = self.prefixes
        try:
            patterns, _ = reader._group(allow_conditions=False)
        except UsageError:
            patterns = ()
        if len(patterns) != 1 or reader.place < len(reader.tokens):
            self._fail(
                f"the premise '{line}' is not a triple pattern; write it as '?x skos:broader ?y', with known prefixes"
            )
        return patterns[0]

    def _check(self, rule: Rule, query: Query, premises: list[Pattern]) -> None:
        """Check what only shows when the whole file is read."""
        if not rule.head or not rule.body:
            self._fail("the head or the body has no triple pattern")
        if set(premises) != set(rule.body):
            missing = [f"'{terms.triple(p)}'" for p in rule.body if p not in premises]
            extra = [f"'{terms.triple(p)}'" for p in premises if p not in rule.body]
            self._fail(
                "the premises are not the triple patterns of the body"
                + (f"; add {', '.join(missing)}" if missing else "")
                + (f"; remove {', '.join(extra)}" if extra else "")
            )
        for predicate, value in ((property, o) for _, p, o in rule.head for property in self._written(p, rule)):
            if (
                predicate.value in _WRITTEN_BY_AXIOMS_ONLY
                or predicate.value.startswith(OWL)
                or (predicate == TYPE and not (isinstance(value, ox.NamedNode) and not value.value.startswith(OWL)))
            ):
                self._fail("a rule infers data, under a named property or class; axioms belong in the ontology")
        try:
            require_sparql(query)
        except UsageError as error:
            self._fail(f"it is not a SPARQL query ({' '.join(str(error).split())})")
        unbound = {v.value for v in variables_of(rule.head)} - sparql.variables(rule.where)
        if unbound:
            self._fail(f"the head uses ?{sorted(unbound)[0]}, which the body does not bind")

    def _written(self, predicate: Slot, rule: Rule) -> list[ox.NamedNode]:
        """Return the properties that a predicate of the head stands for."""
        if isinstance(predicate, ox.NamedNode):
            return [predicate]
        used = [slot for s, p, o in (*rule.head, *rule.body) for slot in (s, o)]
        if (
            not isinstance(predicate, ox.Variable)
            or predicate.value not in self.choices
            or predicate in used
            or {p for _, p, _ in rule.head if isinstance(p, ox.Variable)} != {predicate}
            or predicate.value in sparql.variables(rule.conditions.replace(self.choices[predicate.value][0], ""))
        ):
            self._fail(
                f"the property that the head writes is not known; name it, or give {predicate} its properties in one VALUES"
                " clause and use it for nothing else"
            )
        return self.choices[predicate.value][1]

    # ------------------------------------------------------------ tokens

    def _word(self) -> str:
        if self.place < len(self.tokens) and self.tokens[self.place].kind == "word":
            return self.tokens[self.place].text.upper()
        return ""

    def _at(self, text: str) -> bool:
        if self.place >= len(self.tokens):
            self._fail("the file ends too early")
        return self.tokens[self.place].text == text

    def _take(self, kind: str | None = None) -> Token:
        if self.place >= len(self.tokens):
            self._fail("the file ends too early")
        token = self.tokens[self.place]
        if kind and token.kind != kind:
            self._fail(f"found {token.text!r} where {kind} is expected", token)
        self.place += 1
        return token

    def _sign(self, text: str) -> None:
        if not self._at(text):
            self._fail(f"found {self.tokens[self.place].text!r} where {text} is expected", self.tokens[self.place])
        self.place += 1

    def _expect(self, word: str) -> None:
        if self._word() != word:
            self._fail(f"{word} is expected", self.tokens[self.place] if self.place < len(self.tokens) else None)
        self.place += 1

    def _fail(self, problem: str, token: Token | None = None) -> NoReturn:
        where = f"{self.name}:{texts.position(self.text, token.start)[0]}" if token else self.name
        raise UsageError(f"{where}: {problem}", FORM)
