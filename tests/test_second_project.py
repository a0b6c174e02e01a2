"""A project on another subject, bridges, works with the same commands, and none of them speaks of ours."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF

from tests import command
from tests.conftest import ROOT, Command
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.project.sources import SourceFile

BRIDGES = ROOT / "tests" / "projects" / "bridges"
TEXTS = BRIDGES / "texts"
ARTICLE, ALMANAC = "data/articles/2019-06-02-valley-post.ttl", "data/articles/river-almanac.ttl"
# What only our subject is about; the program's own name holds one of the words.
SUBJECT = re.compile(
    r"(?<!w3id\.org/)\b(?!zonegraph)(zones?|cit(y|ies)|ministr(y|ies)|provinces?|districts?|programmes?|batch(es)?|sectors?"
    r"|pilots?|hangzhou|beijing|china)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def subject() -> set[str]:
    """The names of the terms of our subject."""
    ontology = rdflib.Graph().parse(ROOT / "ontology" / "zonegraph.ttl")
    return {str(term)[len(v.ZG) :] for term in ontology.subjects(RDF.type) if str(term).startswith(v.ZG)}


@pytest.fixture
def bridges(tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    return Path(shutil.copytree(BRIDGES, tmp_path / "bridges"))


@pytest.fixture(autouse=True)
def its_own_prefixes() -> Iterator[None]:
    """Know no prefixes of projects that other tests have opened in this process."""
    with command.no_prefixes_of_projects():
        yield


@pytest.fixture
def run(zonegraph: Command, subject: set[str]) -> Command:
    """The command, asked of the second project; whatever it says is looked through for words of our subject."""

    def asked(*arguments: str, project: Path = BRIDGES, texts: Path = TEXTS) -> subprocess.CompletedProcess[str]:
        done = zonegraph(*arguments, "--project", str(project), cwd=Path("/"), ZONEGRAPH_ARTICLES=str(texts))
        for said in (done.stdout, done.stderr):
            said = said.replace(str(project.parent), "")
            assert not SUBJECT.search(said), SUBJECT.search(said)
            assert not subject & {*re.findall(rf"(?:\bzg:|{re.escape(v.ZG)})(\w+)", said)}
        return done

    return asked


def change(project: Path, name: str, old: str, new: str) -> int:
    """Put other words into a file. Returns the line on which they stand."""
    text = (project / name).read_text("utf-8")
    assert text.count(old) == 1, old
    (project / name).write_text(text.replace(old, new), "utf-8")
    return text.count("\n", 0, text.index(old)) + 1


# ---------------------------------------------------------------- validation


def test_the_project_conforms(run: Command) -> None:
    done = run("validate")
    assert done.returncode == 0
    assert re.match(r"conforms: 9 files checked, [1-9]\d* focus nodes in 13 of 17 shapes\n", done.stdout)


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "message"),
    [
        (ARTICLE, "spans thing:alder", "spans thing:northwick", "bridge-spans-river", "A bridge spans a river."),
        (ARTICLE, "spans thing:alder", "spanz thing:alder", "unknown-term", "did you mean bridge:spans?"),
        (ALMANAC, "length 400", "lengthy 400", "unknown-term", "bridge:lengthy is not a declared property."),
        (ARTICLE, "bridge:metre", "bridge:meter", "unknown-term", "did you mean bridge:metre?"),
        (
            ARTICLE,
            "bridge:length 412",
            "bridge:length 421",
            "number-as-printed",
            "421 is entered, “412 metres” is printed",
        ),
        (ARTICLE, "bridge:metre", "bridge:foot", "unit-as-printed", "the number is printed in m."),
        (
            ALMANAC,
            '"1874"^^xsd:gYear',
            '"1874-05"^^xsd:gYearMonth',
            "date-as-printed",
            "and 1 that follows from it: 1 bridge-built-in-a-year",
        ),
        (
            ALMANAC,
            '"2003"',
            '"1803"',
            "date-as-printed",
            "and 1 that follows from it: 1 works-before-bridge",
        ),
        (
            "data/reference/rivers-and-towns.ttl",
            "thing:birch a bridge:River",
            "bridge:birch a bridge:River",
            "unknown-term",
            "bridge:birch is a term of the ontology, not a thing.",
        ),
        ("queries/bridges-over.rq", "question: Which", "question: which", "saved-query-asks", None),
    ],
)
def test_a_broken_fact_is_found_with_file_line_and_rule(
    run: Command, bridges: Path, name: str, old: str, new: str, rule: str, message: str | None
) -> None:
    line = change(bridges, name, old, new)
    done = run("validate", "--fail-on", "warning", project=bridges)
    assert done.returncode == 1
    found = [finding for finding in re.split(r"\n(?=\S)", done.stdout) if f"[{rule}]" in finding]
    assert len(found) == 1, done.stdout
    assert found[0].startswith(f"{name}:{line}: ")
    assert message is None or message in found[0]


def test_a_length_without_unit_breaks_a_rule_of_the_project(run: Command, bridges: Path) -> None:
    line = change(bridges, ARTICLE, "    bridge:measuredIn bridge:metre ;\n", "") - 1
    done = run("validate", project=bridges)
    assert done.returncode == 1
    assert (
        f"{ARTICLE}:{line}: violation [length-needs-unit] thing:miller-bridge has the length 412 and no unit."
        in done.stdout
    )


def test_findings_are_written_for_programs_too(run: Command, bridges: Path) -> None:
    change(bridges, ARTICLE, "spans thing:alder", "spans thing:northwick")
    findings = json.loads(run("validate", "--format", "json", project=bridges).stdout)["findings"]
    assert [(f["path"], f["rule"]) for f in findings] == [(ARTICLE, "bridge-spans-river")]
    report = rdflib.Graph().parse(data=run("validate", "--format", "turtle", project=bridges).stdout)
    assert (None, None, rdflib.URIRef("https://example.org/bridges/id/northwick")) in report


# ---------------------------------------------------------------- questions


def test_a_saved_query_answers_with_citations(run: Command) -> None:
    done = run("query", "bridges-over", "-p", "river=Alder", "--cite")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()[2:4]]
    assert rows == [
        ["thing:alder", "thing:miller-bridge", "2019", "thing:northwick", "[1]", "[2]", "[3]", "[4]"],
        ["thing:alder", "thing:old-toll-bridge", "1874", "thing:southwick", "[2]", "[5]"],
    ]
    assert (
        "[3] “Bridges of the Alder”, River Almanac, 2021, characters 167–202, stated: “The Miller Bridge was built in 2019”"
        in (done.stdout)
    )
    assert done.stderr.endswith("data through 2021, from 2 articles\n")
    assert "Northwick" in run("query", "bridges-over", "--labels").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bridges-over", "-p", "river=Aldr"], "Aldr: no such River\n  did you mean thing:alder?"),
        (["bridges-over", "-p", "river=Northwick"], "(thing:northwick is a bridge:Town)"),
        (["bridges-over", "-p", "rivr=x"], "did you mean river?"),
        (["bridges-over", "-p", "river"], "not of the form KEY=VALUE"),
        (["bridge-over"], "did you mean bridges-over?"),
        (["-e", "SELECT * { ?x brige:length 3 }"], "did you mean bridge:?"),
    ],
)
def test_a_slip_is_met_in_the_projects_own_words(run: Command, arguments: list[str], said: str) -> None:
    done = run("query", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_sparql_text_needs_no_declaration_of_the_projects_prefixes(run: Command) -> None:
    done = run("query", "-e", "SELECT ?l { thing:old-toll-bridge bridge:length ?l }", "--format", "csv")
    assert done.stdout.split() == ["l", "96"]
    done = run("query", "-e", "CONSTRUCT WHERE { ?b bridge:standsIn thing:southwick }")
    assert "@prefix bridge: <https://example.org/bridges/ns#> ." in done.stdout
    assert "thing:old-toll-bridge bridge:standsIn thing:southwick ." in done.stdout
    done = run("query", "-e", "SELECT ?b { ?b bridge:lenght 96 ; bridge:standsIn thing:southwik }")
    assert "bridge:lenght: the graph has no such thing; did you mean bridge:length?" in done.stderr
    assert "thing:southwik: the graph has no such thing; did you mean thing:southwick?" in done.stderr


def test_what_is_shown_of_a_query_runs_in_another_tool(run: Command) -> None:
    text = run("query", "-e", "SELECT ?b { ?b bridge:spans thing:alder }", "--show").stdout
    merge = rdflib.Graph().parse(data=run("export", "--format", "nt").stdout, format="nt")
    assert len(merge.query(text)) == 2


def test_a_bridge_is_found_by_its_names_and_by_what_the_ontology_says(run: Command) -> None:
    def found(*words: str) -> list[str]:
        rows = csv.DictReader(io.StringIO(run("find", *words, "--format", "csv").stdout))
        return [row["thing"].rpartition("/")[2] for row in rows if "/bridges/id/" in row["thing"]]

    assert found("Miller Bridge") == ["miller-bridge"]
    assert found("the comb") == ["miller-bridge"]  # a nickname is a name
    assert found("bridge", "southwick") == ["old-toll-bridge"]
    assert found("Alder")[0] == "alder"
    done = run("find", "bridge northwick")
    assert "its words are spread over the names of these things and of those that they belong to" in done.stderr


# ---------------------------------------------------------------- sources


def test_a_triple_is_explained_by_its_passage(run: Command) -> None:
    done = run("explain", "thing:miller-bridge bridge:standsIn thing:northwick")
    assert done.stdout.endswith("characters 157–176, stated: “stands in Northwick”\n")
    assert run("explain", "miller-bridge standsIn").stdout == done.stdout


def test_what_an_article_restates_is_explained_by_its_premises_in_that_article(run: Command) -> None:
    said = run("explain", "thing:miller-bridge bridge:spans thing:alder").stdout.splitlines()
    almanac = "      says “Bridges of the Alder”, River Almanac, 2021, characters"
    assert said[1:] == [
        "  says “New bridge opens over the Alder”, Valley Post, 2019-06-02, characters 57–89, stated: “The Miller Bridge over the Alder”",
        "  restated by bridges-of-river in “Bridges of the Alder”, River Almanac, 2021, from:",
        "    zgd:article-river-almanac bridge:bridgesOf thing:alder",
        f"{almanac} 0–20, stated: “Bridges of the Alder”",
        "    thing:miller-bridge a bridge:Bridge",
        f"{almanac} 167–202, stated: “The Miller Bridge was built in 2019”",
    ]


def test_what_a_restated_premise_rests_on_is_restated_too_and_an_article_states_what_has_no_passage(
    run: Command, bridges: Path
) -> None:
    (bridges / "ontology/rules/old-bridge.rq").write_text(
        """#+ rule: old-bridge
#+ summary: Whatever spans a river was built over it.
#+ scope: article
#+ premises:
#+   - "?bridge bridge:spans ?river"
PREFIX bridge: <https://example.org/bridges/ns#>
CONSTRUCT { ?bridge bridge:standsIn ?river } WHERE { ?bridge bridge:spans ?river }
"""
    )
    almanac = (bridges / ALMANAC).read_text("utf-8")
    (bridges / ALMANAC).write_text(
        almanac.replace("oa:start 167 ; oa:end 202 ;", "zg:supports bridge:built ; oa:start 167 ; oa:end 202 ;"),
        "utf-8",
    )
    said = run("explain", "thing:miller-bridge bridge:standsIn thing:alder", project=bridges).stdout.splitlines()
    in_almanac = "“Bridges of the Alder”, River Almanac, 2021"
    assert said[said.index(f"  restated by old-bridge in {in_almanac}, from:") :] == [
        f"  restated by old-bridge in {in_almanac}, from:",
        "    thing:miller-bridge bridge:spans thing:alder",
        "      restated by bridges-of-river, from:",
        "        zgd:article-river-almanac bridge:bridgesOf thing:alder",
        f"          says {in_almanac}, characters 0–20, stated: “Bridges of the Alder”",
        "        thing:miller-bridge a bridge:Bridge",
        f"          says {in_almanac}",
    ]


def test_an_article_that_states_what_its_rule_restates_is_warned(run: Command, bridges: Path) -> None:
    line = change(
        bridges, ALMANAC, '    bridge:built "1874"', '    bridge:spans thing:alder ;\n    bridge:built "1874"'
    )
    done = run("validate", project=bridges)
    assert done.returncode == 0
    assert f"{ALMANAC}:{line}: warning [restated] bridge:spans thing:alder of a bridge:Bridge" in done.stdout.replace(
        f"{bridges}/", ""
    )


def test_what_follows_from_a_conclusion_is_explained_by_it(run: Command) -> None:
    done = run("explain", "thing:works-2003 bridge:doneOver thing:alder")
    assert (
        "inferred by prp-spo2 from bridge:doneOver owl:propertyChainAxiom (bridge:doneOn bridge:spans) and:"
        in done.stdout
    )
    assert "zgd:conclusion-piers-of-the-old-toll-bridge, by thing:surveyors on 2026-11-27" in done.stdout


@pytest.mark.parametrize(
    "named",
    ["thing:old-toll-bridge", "https://example.org/bridges/id/old-toll-bridge", "old-toll-bridge", "Old Toll Bridge"],
)
def test_a_thing_is_explained_article_by_article(run: Command, named: str) -> None:
    done = run("explain", named)
    assert done.stdout.startswith("thing:old-toll-bridge is a bridge:Bridge, “Old Toll Bridge”\n")
    assert '  bridge:built "1874"^^xsd:gYear  [41–111]\n' in done.stdout
    assert done.stderr == "what was done to it later stands on the works; explain thing:works-2003\n"


def test_the_page_of_a_bridge_is_a_command_of_this_project_and_that_of_another_is_none(run: Command) -> None:
    done = run("bridge", "the Comb")
    assert done.returncode == 0
    assert done.stdout.startswith("thing:miller-bridge is a bridge:Bridge, “Miller Bridge”\n")
    assert "\nthe Comb  thing:northwick  zgd:article-2019-06-02-valley-post\n" in done.stdout
    assert done.stdout.endswith("What was done on each bridge after it was built?\n\nnothing known\n")
    assert re.search(r"^    bridge +show all", run("--help").stdout, re.MULTILINE)
    assert "did you mean bridge?" in run("brige", "the Comb").stderr
    explained = run("explain", "old-toll-bridge").stdout
    assert re.search(r"^1 +bridge:Works +bridge:doneOn +works-on-bridge$", explained, re.MULTILINE)
    assert "zonegraph bridge thing:old-toll-bridge " in explained


def test_words_of_a_text_are_found_with_what_rests_on_them(run: Command) -> None:
    shown = run("find", "piers were renewed").stdout
    assert "line 5, 135–166: “In 2003 the piers were renewed.”" in shown
    assert '    thing:works-2003 bridge:doneIn "2003"^^xsd:gYear' in shown


def test_a_mistyped_thing_has_its_nearest_name(run: Command) -> None:
    done = run("explain", "old-tol-bridge")
    assert done.returncode == 2
    assert "did you mean thing:old-toll-bridge?" in done.stderr


def test_passages_hold_and_a_wrong_one_is_found(run: Command, bridges: Path) -> None:
    assert run("evidence", "check").stdout.startswith("conforms: 6 files checked")
    moved = change(bridges, ALMANAC, "oa:start 41", "oa:start 42")
    reworded = change(bridges, ARTICLE, '"the Comb"', '"the Combe"')
    done = run("evidence", "check", project=bridges)
    assert done.returncode == 1
    assert f"{ALMANAC}:{moved}: " in done.stdout
    assert f"{ARTICLE}:{reworded}: " in done.stdout


def test_what_of_the_texts_is_accounted_for(run: Command) -> None:
    report = {entry["slug"]: entry for entry in json.loads(run("evidence", "coverage", "--format", "json").stdout)}
    assert report.keys() == {"2019-06-02-valley-post", "river-almanac"}
    assert report["2019-06-02-valley-post"]["shares"]["omission: pageFurniture"] == 13


def test_a_phrase_is_found_in_the_texts(run: Command) -> None:
    assert (
        "zg:evidence [ oa:start 135 ; oa:end 165 ;" in run("evidence", "find", "In 2003 the piers were renewed").stdout
    )


def test_articles_are_listed_and_shown(run: Command) -> None:
    assert "Valley Post    2019-06-02" in run("article").stdout
    shown = run("article", "river-almanac").stdout
    assert "113–133, line 4: “It is 96 metres long”\n    thing:old-toll-bridge bridge:length" in shown


def test_the_status_lists_the_graphs(run: Command) -> None:
    state = json.loads(run("status", "--format", "json").stdout)
    assert {"article/river-almanac", "reference/rivers-and-towns", "curation"} <= state["graphs"].keys()
    assert "shapes/lexicon.json" in state["files"]


# ---------------------------------------------------------------- exports


@pytest.mark.parametrize("format", ["turtle", "trig", "nt", "nq", "rdfxml", "jsonld"])
def test_the_graph_is_exported_in_each_format(run: Command, format: str) -> None:
    graphs = "asserted" if format in ("trig", "nq") else "merge"
    done = run("export", "--format", format, "--graphs", graphs)
    assert done.returncode == 0
    read = rdflib.Dataset(default_union=True).parse(
        data=done.stdout, format={"rdfxml": "xml", "jsonld": "json-ld", "nq": "nquads"}.get(format, format)
    )
    bridge = rdflib.Namespace("https://example.org/bridges/ns#")
    built = {(str(s).rpartition("/")[2], str(o)) for s, _, o, _ in read.quads((None, bridge.built, None, None))}
    assert built == {("miller-bridge", "2019"), ("old-toll-bridge", "1874")}
    if format in ("turtle", "trig", "rdfxml", "jsonld"):
        assert "bridge:built" in done.stdout


def test_the_rows_of_a_query_are_exported(run: Command) -> None:
    assert run("export", "--query", "bridges-over").stdout.startswith("river,bridge,year,town\n")


def test_the_dataset_is_described_in_the_projects_words(run: Command) -> None:
    data = run("export", "--format", "nt", "--graphs", "dataset").stdout
    described = rdflib.Graph().parse(data=data, format="nt")
    void, whole = rdflib.Namespace("http://rdfs.org/ns/void#"), rdflib.URIRef(v.DATASET)
    assert str(described.value(whole, rdflib.DCTERMS.title)) == "Bridges of the Alder"
    assert {*map(str, described.objects(whole, void.uriSpace))} == {
        v.NS,
        "https://example.org/bridges/ns#",
        "https://example.org/bridges/id/",
    }
    spans = rdflib.URIRef("https://example.org/bridges/ns#spans")
    assert described.value(described.value(None, void.property, spans), void.triples).toPython() == 2  # type: ignore[union-attr]


def test_the_python_api_takes_the_projects_prefixes() -> None:
    program = f"""
import zonegraph
with zonegraph.open({str(BRIDGES)!r}) as graph:
    print([row["l"] for row in graph.query("SELECT ?l {{ thing:old-toll-bridge bridge:length ?l }}")])
    print(graph.query("bridges-over", river="Birch").text("csv").split())
    print(graph.explain("miller-bridge bridge:standsIn thing:northwick")[0].triple.object.value)
    print(graph.validate().conforms())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, timeout=120)
    assert done.stdout.splitlines() == [
        "[96]",
        "['river,bridge,year,town']",
        "https://example.org/bridges/id/northwick",
        "True",
    ], done.stderr


# ---------------------------------------------------------------- what a project brings along


def test_both_projects_have_the_framework_in_one_file() -> None:
    assert (BRIDGES / "ontology" / "framework.ttl").resolve() == ROOT / "ontology" / "framework.ttl"


def test_the_framework_says_nothing_of_our_subject(subject: set[str]) -> None:
    text = (ROOT / "ontology" / "framework.ttl").read_text("utf-8")
    assert not SUBJECT.search(text)
    assert not subject & {*re.findall(r"\bzg:(\w+)", text)}


def prefixes(folder: Path, *contents: bytes) -> dict[str, str]:
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.ttl"
        path.write_bytes(content)
        files.append(SourceFile(str(path), path.name, None))
    return sources._prefixes(files)


def test_prefixes_are_those_at_the_head_of_a_file(tmp_path: Path) -> None:
    text = b"""\xef\xbb\xbf# a comment with @prefix x: <http://no/> .
        @prefix a: <http://a/> . @PREFIX b-2: <http://b#>.
        PREFIX c: <http://c/>
        @prefix : <http://none/> . @prefix e: <relative> .
        @prefix f: <http://f/> .
        a:x a b-2:y . @prefix g: <http://g/> ."""
    assert prefixes(tmp_path, text) == {"a": "http://a/", "b-2": "http://b#", "c": "http://c/"}


def test_of_two_prefixes_for_one_name_the_first_counts(tmp_path: Path) -> None:
    first, second = (
        b"@prefix a: <http://a/> .",
        b"@prefix a: <http://b/> . @prefix b: <http://a/> . @prefix c: <http://c/> .",
    )
    assert prefixes(tmp_path, first, second) == {"a": "http://a/", "b": "http://a/", "c": "http://c/"}


def test_a_file_that_cannot_be_read_declares_no_prefix_and_what_is_no_iri_is_no_namespace(tmp_path: Path) -> None:
    assert prefixes(tmp_path, b"@prefix a: <http://a/> . \xff") == {}
    assert prefixes(tmp_path, b"@prefix a: <http://[a/> . @prefix b: <http://b/> .") == {"b": "http://b/"}


def test_two_projects_of_one_process_cannot_mean_two_things_by_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(v.OWN, "bridge", "http://elsewhere.org/")
    with pytest.raises(UsageError, match=r"the prefix bridge: stands for <https://example.org/bridges/ns#> here"):
        sources.find(str(BRIDGES))


def test_one_more_prefix_for_a_namespace_is_known_and_makes_it_not_the_projects(run: Command, bridges: Path) -> None:
    change(
        bridges, "ontology/bridges.ttl", "@prefix owl:", "@prefix terms: <http://purl.org/dc/terms/> .\n@prefix owl:"
    )
    done = run("query", "-e", "SELECT ?t { ?s terms:title ?t ; terms:nothing ?n }", project=bridges)
    assert done.returncode == 0
    assert "no such" not in done.stderr
    assert "dcterms:title" in run("export", project=bridges).stdout


def test_a_prefix_of_all_projects_keeps_its_meaning(run: Command, bridges: Path) -> None:
    change(
        bridges,
        "ontology/bridges.ttl",
        "@prefix thing: <https://example.org/bridges/id/> .",
        "@prefix sh: <http://x.org/> .",
    )
    done = run("query", "-e", "ASK { ?s sh:path ?o }", project=bridges)
    assert done.returncode == 0
    assert "<https://example.org/bridges/id/miller-bridge>" in run("query", "bridges-over", project=bridges).stdout


def test_things_of_like_names_are_told_apart_as_the_ontology_says(run: Command, bridges: Path) -> None:
    with (bridges / "data" / "reference" / "rivers-and-towns.ttl").open("a") as file:
        for town in ("northwick", "southwick"):
            file.write(
                f'thing:ford-bridge-{town} a bridge:Bridge ; skos:prefLabel "Ford Bridge"@en ; bridge:standsIn thing:{town} .\n'
            )
    query = bridges / "queries" / "bridge-rivers.rq"
    query.write_text(
        "#+ question: What does a bridge span?\n#+ summary: The river over which each of the bridges leads.\n"
        '#+ tags: [bridges]\n#+ parameters: {bridge: {type: iri, class: "bridge:Bridge", description: "one"}}\n'
        "#+ columns: {bridge: the bridge, river: the river}\nPREFIX bridge: <https://example.org/bridges/ns#>\n"
        "SELECT ?bridge ?river { VALUES ?bridge { UNDEF } ?bridge bridge:spans ?river }\n"
    )
    done = run("query", "bridge-rivers", "-p", "bridge=Ford Brigde", project=bridges)
    assert "    thing:ford-bridge-northwick, Northwick, “Ford Bridge”\n" in done.stderr
    assert "    thing:ford-bridge-southwick, Southwick, “Ford Bridge”\n" in done.stderr
    done = run("query", "bridge-rivers", "-p", "bridge=Alder", project=bridges)
    assert "thing:miller-bridge, Northwick" in done.stderr  # by the river, which is no bridge


# ---------------------------------------------------------------- words of its own


def test_a_project_without_a_lexicon_is_read_by_the_words_of_the_program(run: Command, bridges: Path) -> None:
    (bridges / "shapes" / "lexicon.json").unlink()
    change(bridges, ARTICLE, "bridge:metre", "bridge:foot")  # of feet and metres the program knows nothing
    assert run("validate", "--fail-on", "warning", project=bridges).returncode == 0
    change(bridges, ARTICLE, "bridge:length 412", "bridge:length 421")
    assert "[number-as-printed]" in run("validate", project=bridges).stdout


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ('"metres"]}', '"metres"}', 8, "Not valid JSON: Expecting ',' delimiter"),
        ('"units"', '"unitz"', 7, "“unitz”: no such key; did you mean units?"),
        ('{"words": ["foot", "feet"]}', '{"words": "feet"}', 9, "“units: ft: words”: is not a list"),
        (
            '"bridge:length"}\n',
            '"brige:length"}\n',
            5,
            "“terms: comparator_of: bridge:bound”: the prefix brige: is not declared; did you mean bridge:?",
        ),
        ('["bridge:nickname"]', "[3]", 3, "“terms: wordings: a member”: 3 is not a prefixed name"),
    ],
)
def test_a_malformed_lexicon_is_refused_with_file_and_line(
    run: Command, bridges: Path, old: str, new: str, line: int, problem: str
) -> None:
    text = (bridges / "shapes" / "lexicon.json").read_text("utf-8")
    (bridges / "shapes" / "lexicon.json").write_text(text[::-1].replace(old[::-1], new[::-1], 1)[::-1], "utf-8")
    done = run("validate", project=bridges)
    assert done.returncode == 2
    assert f"shapes/lexicon.json:{line}: violation [unreadable-file] {problem}" in done.stdout
    done = run("evidence", "check", project=bridges)
    assert done.returncode == 2
    assert f"shapes/lexicon.json:{line}: violation [unreadable-file] {problem}" in done.stdout
