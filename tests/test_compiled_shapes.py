"""Shapes that are compiled to queries find what pySHACL finds: on W3C's test suite, on generated graphs, on the project."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import SEED, SHARE, w3c
from tests.test_validation_examples import in_rdflib
from zonegraph import vocabulary as v
from zonegraph.errors import EngineError, ZonegraphError
from zonegraph.rdf.interchange import from_rdflib, without_complaints
from zonegraph.validation import judging, reach, shapes
from zonegraph.validation.constraints import Described
from zonegraph.validation.judging import Result

MF, SHT = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#", "http://www.w3.org/ns/shacl-test#"


def read(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri())]


def grouped(triples: list[ox.Triple]) -> Described:
    graph: Described = {}
    for t in triples:
        graph.setdefault(t.subject, {}).setdefault(t.predicate.value, []).append(t.object)  # type: ignore[arg-type]
    return graph


def suite(kind: str) -> list[Path]:
    """The files of a suite that hold a test."""
    files = sorted(w3c(f"data-shapes-test-suite/tests/{kind}").rglob("*.ttl"))
    return [path for path in files if any(MF + "entries" in said for said in grouped(read(path)).values())]


def expected(path: Path) -> tuple[list[ox.Triple], list[ox.Triple], object]:
    """Return the data, the shapes and what W3C says of them: rows of focus node, path and value; or None for a failure."""
    graph = grouped(read(path))
    (action,) = [said[MF + "action"][0] for said in graph.values() if MF + "action" in said]
    data, shapes_graph = (
        read(Path(str(graph[action][SHT + name][0].value).removeprefix("file://")))
        for name in ("dataGraph", "shapesGraph")
    )
    (result,) = [said[MF + "result"][0] for said in graph.values() if MF + "result" in said]
    if result not in graph:
        return data, shapes_graph, None
    found = []
    for one in graph[result].get(v.SH + "result", ()):
        said = graph[one]
        path_of = said.get(v.SH + "resultPath", [None])[0]
        value = str(said.get(v.SH + "value", [""])[0]) if path_of is not None else ""
        found.append(
            (str(said[v.SH + "focusNode"][0]), str(path_of) if isinstance(path_of, ox.NamedNode) else "", value)
        )
    return data, shapes_graph, Counter(found)


def row(result: Result) -> tuple[str, str, str]:
    # What a node shape finds is the focus node itself; a path of several steps is written otherwise in each graph.
    simple = len(result.properties) == 1 and result.path == str(result.properties[0])
    return str(result.focus), result.path if simple else "", "" if result.value is None else str(result.value)


def outcome(data: list[ox.Triple], text: list[ox.Triple], *, whole: bool) -> object:
    try:
        compiled = shapes.compile_shapes(text, shapes.Classes([*data, *text]))
        (found,) = judging.judge(compiled, [judging.alone(data, compiled)], whole=whole)
    except ZonegraphError as error:
        print(error)
        return None
    return Counter(map(row, found))


@pytest.mark.parametrize(("kind", "least"), [("core", 97), ("sparql", 22)])
def test_of_w3cs_tests_as_many_pass_as_with_pyshacl(kind: str, least: int) -> None:
    cases = suite(kind)
    failed = []
    for path in cases:
        data, text, wanted = expected(path)
        found = outcome(data, text, whole=False)
        assert found == outcome(data, text, whole=True), path
        if found != wanted:
            failed.append((path.stem, found, wanted))
    for case in failed:
        print(case)
    print(f"{kind}: {len(cases) - len(failed)} of {len(cases)} pass")
    assert len(cases) - len(failed) >= least


# ---------------------------------------------------------------- generated shapes and graphs

EX = "http://example.org/"
PREFIXES = f"@prefix : <{EX}> . @prefix sh: <{v.SH}> . @prefix xsd: <{v.XSD}> . @prefix rdf: <{v.RDF}> . @prefix rdfs: <{v.RDFS}> .\n"
PROPERTIES = [":p", ":q", ":r"]
CLASSES = [":A", ":B", ":C"]
HIERARCHY = ":B rdfs:subClassOf :A . :D rdfs:subClassOf :B .\n"
VALUES = [
    "1", "01", "2", "1.0", "1.50", "-3", '"abc"^^xsd:integer', '"1"^^xsd:boolean', "true", '"1"', '"x"', '"x"@en', '"y"@en',
    '"x"@EN-gb', '"z"@zh', '"2019-02-30"^^xsd:date', '"2019-02-28"^^xsd:date', '"2019"^^xsd:gYear', '"2019"^^xsd:gYearMonth',
    '"a\\nb"', '""', '"1e3"^^xsd:double', '"1"^^xsd:nonNegativeInteger', '"日本"', '"http://x.org/"^^xsd:anyURI', "_:b1", "_:b2",
    "99999999999999999999", '"0.1"^^xsd:double', "0.1", '"NaN"^^xsd:double', '"abc"^^xsd:hexBinary', '"ab "^^xsd:token', '"P"^^xsd:duration',
]  # fmt: skip
PATTERNS = ['"^x"', '"1"', '"^a.b$"', '"^(?!x)"', '"[0-9]+$"', '"^$"']
NODES = [f":n{number}" for number in range(6)]
SELECTS = [
    "SELECT $this ?value WHERE { $this :p ?value . FILTER(?value = 1) }",
    "SELECT $this ?value WHERE { $this :p ?value . FILTER NOT EXISTS { $this :q ?value } }",
    "SELECT $this WHERE { ?other :q $this ; :r ?value . OPTIONAL { $this :p ?own } FILTER(!BOUND(?own)) }",
    "SELECT $this WHERE { ?act :p $this ; a ?kind ; :q ?graph . ?graph ^:r ?object , ?subject . FILTER(?kind != :A) }",
    "SELECT $this ?value WHERE { { $this :p ?value } UNION { ?value :q $this } FILTER(isIRI(?value)) }",
    "SELECT $this WHERE { $this a ?kind . ?x :r ?y . FILTER(?y != $this) }",
    "SELECT $this WHERE { $this :p ?x . { SELECT $this (COUNT(?y) AS ?n) WHERE { $this :q ?y } GROUP BY $this } FILTER(?n > 1) }",
    "SELECT $this WHERE { $this :q* ?x . ?x :p ?y . FILTER NOT EXISTS { ?y ?any ?more } }",
    "SELECT $this WHERE { $this :p ?x . { FILTER(isIRI($this)) } }",
    "SELECT $this WHERE { $this :p ?v . ?o :p ?v . FILTER(?o != $this) }",
    "SELECT $this WHERE { ?a :r ?c . OPTIONAL { $this :p ?c } $this :q ?d }",
    "SELECT $this WHERE { BIND($this AS ?me) $this :p ?x . FILTER(?me = ?x) }",
    "SELECT $this WHERE { $this :p ?a . ?x :r* ?y . ?y :q 1 }",
    "SELECT $this WHERE { $this !(^:r) ?z . $this :p ?x }",
    "SELECT $this WHERE { $this (!:r)+ ?z . FILTER(?z = 2) }",
    "SELECT $this WHERE { $this my:p ?v . ?v my:q ?w . FILTER NOT EXISTS { ?w my:r ?x } }",
    "SELECT $this WHERE { $this <http://example.org/\\\\u0070> ?v . ?v :q ?w }",
    "SELECT $this (?v AS ?value) WHERE { $this ^:p/:q ?v , ?w . FILTER(!sameTerm(?v, ?w)) }",
]


def constraint(chance: random.Random, depth: int, *, path: bool) -> str:
    def inner() -> str:
        path = f"sh:path {path_text(chance)} ; " if chance.random() < 0.4 else ""
        return f"[ {path}{constraints(chance, depth - 1, path=bool(path))} ]"

    def values(count: int) -> str:
        terms = [value for value in (*NODES, *VALUES) if not value.startswith("_")]
        return " ".join(chance.choice(terms) for _ in range(count))

    simple = [
        lambda: f"sh:class {chance.choice([*CLASSES, ':D'])}",
        lambda: (
            f"sh:datatype {chance.choice(['xsd:integer', 'xsd:string', 'rdf:langString', 'xsd:date', 'xsd:boolean', 'xsd:decimal'])}"
        ),
        lambda: f"sh:nodeKind sh:{chance.choice(['IRI', 'BlankNode', 'Literal', 'BlankNodeOrIRI', 'IRIOrLiteral'])}",
        lambda: f"sh:in ( {values(chance.randrange(4))} )",
        lambda: f"sh:hasValue {values(1)}",
        lambda: "sh:pattern " + chance.choice(PATTERNS),
        lambda: 'sh:pattern "^X" ; sh:flags "i"',
        lambda: f"sh:minInclusive {chance.choice(['1', '2', '1.5'])}",
        lambda: "sh:maxExclusive " + chance.choice(["1", "2", "1.50", '"2019-03-01"^^xsd:date']),
        lambda: f"sh:minLength {chance.randrange(3)}",
        lambda: f"sh:maxLength {chance.randrange(3)}",
        lambda: "sh:languageIn " + chance.choice(['( "en" )', '( "zh" "en-gb" )', '( "EN" )']),
        lambda: "sh:not [ sh:maxInclusive 0.1 ]",
        lambda: "sh:property :P",
        lambda: f"sh:closed true ; sh:ignoredProperties ( rdf:type {chance.choice(PROPERTIES)} )",
        lambda: f"sh:equals {chance.choice(PROPERTIES)}",
        lambda: f"sh:disjoint {chance.choice(PROPERTIES)}",
    ]
    nested = [
        lambda: f"sh:not {inner()}",
        lambda: f"sh:and ( {inner()} {inner()} )",
        lambda: f"sh:or ( {inner()} {inner()} )",
        lambda: f"sh:xone ( {inner()} {inner()} )",
        lambda: f"sh:node {inner()}",
        lambda: f"sh:property [ sh:path {path_text(chance)} ; {constraints(chance, depth - 1, path=True)} ]",
    ]
    of_path = [
        lambda: f"sh:minCount {chance.randrange(4)}",
        lambda: f"sh:maxCount {chance.randrange(3)}",
        lambda: "sh:uniqueLang true",
        lambda: f"sh:lessThan {chance.choice(PROPERTIES)}",
        lambda: f"sh:lessThanOrEquals {chance.choice(PROPERTIES)}",
        lambda: (
            f"sh:qualifiedValueShape {inner()} ; sh:qualified{chance.choice(['Min', 'Max'])}Count {chance.randrange(3)}"
        ),
    ]
    return chance.choice([*simple, *(nested * 2 if depth else []), *(of_path * 2 if path else [])])()


def path_text(chance: random.Random, depth: int = 2) -> str:
    kind = chance.randrange(12) if depth else 0
    inner = path_text(chance, depth - 1) if kind > 6 else ""
    if kind == 7:
        return f"[ sh:inversePath {inner} ]"
    if kind == 8:
        return f"( {inner} {path_text(chance, depth - 1)} )"
    if kind == 9:
        return f"[ sh:alternativePath ( {inner} {path_text(chance, depth - 1)} ) ]"
    if kind > 9:
        return f"[ sh:{chance.choice(['zeroOrMorePath', 'oneOrMorePath', 'zeroOrOnePath'])} {inner} ]"
    return chance.choice(PROPERTIES)


def constraints(chance: random.Random, depth: int, *, path: bool) -> str:
    return " ; ".join(constraint(chance, depth, path=path) for _ in range(chance.randrange(1, 3)))


def shapes_text(chance: random.Random) -> str:
    targets = [f"sh:targetClass {chance.choice(CLASSES)}", f"sh:targetSubjectsOf {chance.choice(PROPERTIES)}",
               f"sh:targetObjectsOf {chance.choice(PROPERTIES)}", f"sh:targetNode {chance.choice(NODES)}"]  # fmt: skip
    lines = []
    for number in range(chance.randrange(1, 4)):
        parts = [chance.choice(targets)]
        for _ in range(chance.randrange(1, 4)):
            if chance.random() < 0.2:
                text = f"PREFIX : <{EX}> {chance.choice(SELECTS)}"
                parts.append(f'sh:sparql [ sh:prefixes :declared ; sh:select "{text}" ]')
            elif chance.random() < 0.6:
                parts.append(f"sh:property [ sh:path {path_text(chance)} ; {constraints(chance, 2, path=True)} ]")
            else:
                parts.append(constraint(chance, 2, path=False))
        lines.append(f":shape{number} a sh:NodeShape ; {' ; '.join(parts)} .")
    lines.append(f":P sh:path :p ; {constraints(chance, 1, path=True)} .".replace("sh:property :P", "sh:minCount 1"))
    lines.append(f':declared sh:declare [ sh:prefix "my" ; sh:namespace "{EX}"^^xsd:anyURI ] .')
    return PREFIXES + "\n".join(lines)


def data_text(chance: random.Random) -> str:
    lines = [PREFIXES, HIERARCHY if chance.random() < 0.8 else ""]
    subjects = [*NODES, "_:b1", "_:b2"]
    lines += [f"{chance.choice(subjects)} a {chance.choice([*CLASSES, ':D'])} ." for _ in range(chance.randrange(1, 6))]
    for _ in range(chance.randrange(4, 20)):
        value = chance.choice(subjects) if chance.random() < 0.5 else chance.choice(VALUES)
        lines.append(f"{chance.choice(subjects)} {chance.choice(PROPERTIES)} {value} .")
    return "\n".join(lines)


def parsed(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)]


def compare(seed: int) -> tuple[str, int, int]:
    """Judge one generated graph, split into what is judged and what surrounds it, in both ways; they must find the same."""
    chance = random.Random(seed)
    text, data = shapes_text(chance), parsed(data_text(chance))
    inner = {
        t for t in data if chance.random() < 0.7 or any(isinstance(o, ox.BlankNode) for o in (t.subject, t.object))
    }
    own, around = [t for t in data if t in inner], [t for t in data if t not in inner]
    stated = [t for t in data if t.predicate.value == v.RDFS + "subClassOf"]
    own = [t for t in own if t not in stated]
    try:
        compiled = shapes.compile_shapes(parsed(text), shapes.Classes(stated))
    except ZonegraphError:
        return "refused", 0, 0
    surroundings = reach.Surroundings(compiled.ways)
    surroundings.add([*stated, *around])
    unit = judging.unit(own, surroundings, compiled)
    everything = unit._replace(around=list(surroundings.everything()))
    outcomes: list[Counter[tuple[str, str, str]] | str] = []
    for one, whole in ((everything, True), (unit, False)):
        try:
            (found,) = judging.judge(compiled, [one], whole=whole)
            outcomes.append(Counter((r.rule.id, *row(r)) for r in found))
        except EngineError as error:
            outcomes.append(str(error).partition(":")[0])
    if isinstance(outcomes[0], str):  # what pySHACL cannot judge it may not be asked about at all
        return "not judged", 0, 0
    if outcomes[0] != outcomes[1]:
        raise AssertionError(
            f"seed {seed}\n{text}\n{data_text}\n{outcomes[0]}\n{outcomes[1]}\nown {own}\naround {around}"
        )
    return "judged", sum(outcomes[0].values()), sum(len(nodes) for nodes in unit.looked.values())


def test_generated_graphs_are_judged_as_pyshacl_judges_them() -> None:
    print(compared(range(SEED, SEED + 60)))


@pytest.mark.thorough
def test_two_thousand_generated_graphs_are_judged_as_pyshacl_judges_them() -> None:
    print(compared(range(SEED + 1_000, SEED + 1_000 + round(2_000 * SHARE))))


def compared(seeds: range) -> str:
    kinds: Counter[str] = Counter()
    results = nodes = broken = 0
    for seed in seeds:
        kind, found, looked = compare(seed)
        kinds[kind] += 1
        results, nodes, broken = results + found, nodes + looked, broken + bool(found)
    assert kinds["judged"] > 0.6 * len(seeds), kinds
    assert broken > 0.3 * len(seeds)
    return f"{len(seeds)} graphs with shapes, {dict(kinds)}: {nodes} focus nodes, {results} results, in {broken} graphs; all the same"


T = ":S a sh:NodeShape ; sh:targetSubjectsOf :t ; "
ASKS_OF_THIS = "SELECT $this WHERE { $this :t ?x FILTER NOT EXISTS { $this :q ?v } }"
CASES = {
    "a closed shape": (T + "sh:closed true ; sh:ignoredProperties ( :t ) ; sh:property [ sh:path :p ; sh:minCount 1 ]", ":n0 :t 1 ; :p 1 ; :z 3", ""),
    "two things with one name": (T + "sh:property [ sh:path ( :p [ sh:inversePath :p ] ) ; sh:maxCount 1 ]", ':n0 :t 1 ; :p "x"', ':n5 :p "x"'),
    "a value that is judged": (":S a sh:NodeShape ; sh:targetObjectsOf :p ; sh:property [ sh:path [ sh:inversePath :p ] ; sh:maxCount 1 ]", ':n0 :p "x"', ':n5 :p "x"'),
    "a shape of two others": (T + "sh:property :P ; sh:and ( [ sh:property :P ] ) . :P sh:path :p ; sh:minCount 1", ":n0 :t 1", ""),
    "SPARQL where the path has no value": (T + f'sh:node [ sh:property [ sh:path :p ; sh:sparql [ sh:select "PREFIX : <{EX}> {ASKS_OF_THIS}" ] ] ]', ":n0 :t 1", ""),
    "days compared": (T + "sh:not [ sh:path :p ; sh:lessThan :q ]", ':n0 :t 1 ; :p "2019-01-01"^^xsd:date ; :q "2019-01-02"^^xsd:date', ""),
    "a number beyond all bounds": (T + "sh:property [ sh:path :p ; sh:not [ sh:minInclusive 1 ] ]", ":n0 :t 1 ; :p 99999999999999999999", ""),
    "numbers of two kinds": (T + "sh:property [ sh:path :p ; sh:maxInclusive 0.1 ]", ':n0 :t 1 ; :p "0.1"^^xsd:double', ""),
    "one of two that count for nothing": (T + "sh:xone ( [ sh:deactivated true ] [ sh:deactivated true ] )", ":n0 :t 1", ""),
    "a value like a mark": (T + 'sh:property [ sh:path :p ; sh:pattern "^x" ; sh:not [ sh:pattern "^y" ] ]', ':n0 :t 1 ; :p "<pattern:5>"', ""),
    "an ill-formed value": (T + "sh:property [ sh:path :p ; sh:datatype xsd:hexBinary ]", ':n0 :t 1 ; :p "abc"^^xsd:hexBinary', ""),
    "blanks at the end": (T + "sh:property [ sh:path :p ; sh:minLength 3 ]", ':n0 :t 1 ; :p "ab "^^xsd:token', ""),
    "flags in capitals": (T + 'sh:property [ sh:path :p ; sh:not [ sh:pattern "^x" ; sh:flags "I" ] ]', ':n0 :t 1 ; :p "X"', ""),
    "counts of a value that is rewritten": (T + "sh:property [ sh:path :p ; sh:maxCount 1 ]", ':n0 :t 1 ; :p "01"^^xsd:integer, 1', ""),
    "a day that no month has": (T + "sh:property [ sh:path :p ; sh:datatype xsd:date ]", ':n0 :t 1 ; :p "2019-02-30"^^xsd:date', ""),
    "a closed shape, broken around it": (T + "sh:closed true ; sh:ignoredProperties ( :t )", ":n0 :t 1", ":n0 :z 3"),
    "a closed value, broken around it": (T + "sh:property [ sh:path :p ; sh:node [ sh:closed true ] ]", ":n0 :t 1 ; :p :n1", ":n1 :z 3"),
    "any property, around it": (T + f'sh:sparql [ sh:select "PREFIX : <{EX}> SELECT $this WHERE {{ $this ?any ?value FILTER(?any = :z) }}" ]', ":n0 :t 1", ":n0 :z 3"),
    "a class that stands around it": (T + "sh:property [ sh:path :p ; sh:not [ sh:class :C ] ]", ":n0 :t 1 ; :p :n1", ":n1 a :C"),
    "a node named as a target, of which nothing is said": (":S a sh:NodeShape ; sh:targetNode :n0 ; sh:property [ sh:path :p ; sh:minCount 1 ]", ":n1 :t :n0", ""),
    "a member written otherwise": (T + "sh:property [ sh:path :p ; sh:in ( 1 ) ]", ":n0 :t 1 ; :p 1.0", ""),
    "patterns in qualified choices": (
        T + 'sh:property [ sh:path :p ; sh:qualifiedMaxCount 1 ; sh:qualifiedValueShape [ sh:and ('
        ' [ sh:or ( [ sh:pattern "^a" ] [ sh:in ( "xb" ) ] ) ] [ sh:or ( [ sh:pattern "b$" ] [ sh:in ( "ay" ) ] ) ] ) ] ]',
        ':n0 :t 1 ; :p "xb" , "ay"',
        "",
    ),
    "years that Python has no date for": (
        T + "sh:property [ sh:path :p ; sh:datatype xsd:date ]",
        ':n0 :t 1 ; :p "12019-01-01"^^xsd:date , "-0044-03-15"^^xsd:date',
        "",
    ),
    "closed turned round": (T + "sh:not [ sh:closed true ; sh:property [ sh:path :t ] ]", ":n0 :t 1 ; a rdfs:Resource", ""),
    "two shapes without a name": (
        "[] a sh:NodeShape ; sh:targetSubjectsOf :t ; sh:nodeKind sh:Literal . [] a sh:NodeShape ; sh:targetSubjectsOf :q ; sh:nodeKind sh:Literal",
        ":n0 :t 1 . :m :q 1",
        "",
    ),
    "a property of a property shape's values": (
        ":S a sh:PropertyShape ; sh:targetSubjectsOf :t ; sh:path :r ; sh:property [ sh:path :q ; sh:minCount 2 ]",
        ":n0 :t 1 ; :r :n0 ; :q 1",
        "",
    ),
    "a node within an expression": (
        T + f'sh:sparql [ sh:select "SELECT $this {{ ?c <{EX}t> ?d FILTER(IF(EXISTS {{ ?a <{EX}p> ?b }}, $this = ?c, false)) }}" ]',
        ":n0 :t 1 . :m :p 2",
        "",
    ),
    "one number written in two ways": (
        ":S a sh:NodeShape ; sh:targetObjectsOf :p ; sh:property [ sh:path [ sh:inversePath :p ] ; sh:minCount 2 ]",
        ":n0 :p 1 . :n1 :p 01",
        "",
    ),
    "no language at all": (T + 'sh:property [ sh:path :t ; sh:languageIn ( "" ) ]', ":n0 :t 1", ""),
    "a blank node among ignored properties": (T + "sh:closed true ; sh:ignoredProperties ( :t [] )", ":n0 :t 1 ; :p 2", ""),
    "a choice of choices of choices": (
        T + "sh:node " + "[ sh:xone ( " * 7 + "[ sh:path :p ; sh:maxCount 0 ]" + " [ sh:path :q ; sh:minCount 1 ]" * 5
        + (" [ sh:path :r ; sh:minCount 1 ]" * 6).join([" ) ]"] * 7),
        ":n0 :t 1 ; :p 2",
        "",
    ),
    "more values without the pattern than are listed": (
        T + 'sh:property [ sh:path :p ; sh:pattern "^a" ]', ":n0 :t 1 ; :p " + " , ".join(f'"{n}"' for n in range(600)), ""
    ),
    "a value of more than five hundred": (
        T + "sh:property [ sh:path :p ; sh:in ( " + " ".join(f'"{n}"' for n in range(600)) + " ) ]", ':n0 :t 1 ; :p "x"', ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_pyshacl_finds_is_found(name: str) -> None:
    import pyshacl

    text, *data = (f"{PREFIXES}{part} ." if part else PREFIXES for part in CASES[name])
    own, around = map(parsed, data)
    compiled = shapes.compile_shapes(parsed(text), shapes.Classes([]))
    surroundings = reach.Surroundings(compiled.ways)
    surroundings.add(around)
    unit = judging.unit(own, surroundings, compiled)
    everything = unit._replace(around=list(surroundings.everything()))
    ((ours,), (theirs,)) = (
        judging.judge(compiled, [one], whole=whole) for one, whole in ((unit, False), (everything, True))
    )
    assert Counter(map(row, ours)) == Counter(map(row, theirs))
    focus = {str(node) for nodes in unit.looked.values() for node in nodes}
    with without_complaints():
        _, report, _ = pyshacl.validate(in_rdflib([*own, *around]), shacl_graph=in_rdflib(parsed(text)))
    found = (from_rdflib(node) for node in report.objects(None, rdflib.SH.focusNode))  # type: ignore[union-attr]
    assert {str(r.focus) for r in ours} == {str(node) for node in found if str(node) in focus}
    assert ours, "the case shows nothing"
