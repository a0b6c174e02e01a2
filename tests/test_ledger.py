"""What the data stated once is stated, implied, renamed or given up with a reason; see tests/ledger/compare.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ARTICLE
from tests.ledger import compare as ledger
from tests.ledger.compare import Compared, Passage, Said, State
from zonegraph import build
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.project.sources import Project


@pytest.fixture(scope="module")
def state(golden_project: Project) -> State:
    return ledger.stated(golden_project)


@pytest.fixture(scope="module")
def compared(state: State, golden_dataset: Dataset) -> Compared:
    old, _ = ledger.kept()
    return ledger.compare(old, state, ledger.held(golden_dataset.store))


def test_no_triple_is_lost_and_none_is_said_now_and_not_before_without_a_reason(compared: Compared) -> None:
    assert [line for line, (status, _, _) in compared.became.items() if status == "lost"] == []
    assert [line for line, reason in compared.added.items() if not reason] == []


# The first change that a query of mapping/ or a rule tells of takes this test away.
def test_every_triple_is_stated_as_it_was_with_the_same_passages(compared: Compared, state: State) -> None:
    assert {status for status, _, _ in compared.became.values()} == {"stated"}
    assert ledger.kept()[0] == state


def test_what_is_written_is_read_again_and_the_same_state_gives_the_same_bytes(
    golden_project: Project, state: State, tmp_path: Path
) -> None:
    costs = ledger.prices(golden_project, {})
    ledger.write(state, costs, tmp_path)
    assert ledger.kept(tmp_path) == (state, costs)
    before = (tmp_path / "said.tsv.gz").read_bytes()
    ledger.write(dict(reversed(state.items())), costs, tmp_path)
    assert (tmp_path / "said.tsv.gz").read_bytes() == before


def test_every_line_that_is_kept_is_turtle(state: State, golden_project: Project) -> None:
    again = {ledger.said(quad.graph_name.value, quad.triple) for quad in ledger.in_store(state)}  # type: ignore[union-attr]
    assert again == set(state)


def line(text: str) -> Said:
    return Said("article/a", *text.split(" ", 2))


MAPPING = {
    "1-lists.rq": """# a list is called a list
        SELECT ?g ?s ?p ?o ?newS { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?s), "/enumeration-"))
          BIND(IRI(REPLACE(STR(?s), "/enumeration-", "/list-")) AS ?newS) }""",
    "2-measures.rq": """# what a number measures
        SELECT ?g ?s ?p ?o ?newP { GRAPH ?g { ?s ?p ?o ; a zg:Observation } FILTER(?p = zg:about) BIND(zg:measures AS ?newP) }""",
    "3-members.rq": """# a list has items
        SELECT ?g ?s ?p ?o ?newP { GRAPH ?g { ?s ?p ?o } FILTER(?p = zg:member && CONTAINS(STR(?s), "/list-"))
          BIND(zg:item AS ?newP) }""",
    "4-status.rq": """# nobody asks for it
        SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } FILTER(?p = zg:status) }""",
}


def test_each_triple_is_told_what_became_of_it(tmp_path: Path, golden_project: Project) -> None:
    for name, text in MAPPING.items():
        (tmp_path / "mapping").mkdir(exist_ok=True)
        (tmp_path / "mapping" / name).write_text(text, "utf-8")
    (tmp_path / "added").mkdir()
    (tmp_path / "added" / "passages.rq").write_text(
        "# passages are new\nSELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o ; a zg:Passage } }", "utf-8"
    )
    old = {
        'zgd:z zg:namedAs "a \\"b\\""@en': "stated",
        "zgd:o a zg:Observation".replace(" a ", " rdf:type "): "stated",
        "zgd:o zg:about zgd:z": "renamed",
        "zgd:g zg:about zgd:z": "lost",
        "zgd:g zg:setOutIn zgd:d": "restated",
        "zgd:enumeration-a-1 zg:member zgd:z": "renamed",
        "zgd:enumeration-a-1 zg:setOutIn zgd:d": "renamed and restated",
        "zgd:o zg:status zg:achieved": "given up",
    }
    new = [
        'zgd:z zg:namedAs "a \\"b\\""@en',
        "zgd:o rdf:type zg:Observation",
        "zgd:o zg:measures zgd:z",
        "zgd:g zg:measures zgd:z",
        "zgd:list-a-1 zg:item zgd:z",
        "zgd:passage-a-1 rdf:type zg:Passage",
    ]
    held = ["zgd:g zg:setOutIn zgd:d", "zgd:list-a-1 zg:setOutIn zgd:d"]
    found = ledger.compare(map(line, old), map(line, new), set(map(line, [*new, *held])), tmp_path)
    assert {before: status for before, (status, _, _) in found.became.items()} == {line(t): s for t, s in old.items()}
    _, forms, reason = found.became[line("zgd:enumeration-a-1 zg:member zgd:z")]
    assert forms == [line("zgd:list-a-1 zg:item zgd:z")]
    assert reason == "a list is called a list; a list has items"
    assert found.became[line("zgd:g zg:setOutIn zgd:d")][2] == ""
    assert found.became[line("zgd:o zg:status zg:achieved")][1:] == ([], "nobody asks for it")
    assert found.added == {
        line("zgd:g zg:measures zgd:z"): "",
        line("zgd:passage-a-1 rdf:type zg:Passage"): "passages are new",
    }
    for table in (ledger.became_table(found), ledger.reasons_table(found)):
        assert table


def test_what_a_rule_restates_has_the_passages_of_its_premises(few: Project) -> None:
    store, _ = build.build(few)
    restated = Said(f"article/{ARTICLE}", "zgd:zone-changsha-most", "zg:inCity", "zgd:city-changsha")
    rests_on = ledger.premises([restated], few, store)
    premise = restated._replace(predicate="zg:locatedIn")
    state = ledger.stated(few)
    assert premise in rests_on[restated]
    assert set(state[premise]) <= set(ledger.passages_now(restated, state, rests_on))
    assert state[premise]


def test_passages_are_held_against_the_sentence_in_which_they_were() -> None:
    text = "A heading\nThe U.S. firm began. Then it ended! It is “over.” Nobody came"
    assert [text[a:b].strip() for a, b in ledger.sentences(text)] == [
        "A heading",
        "The U.S. firm began.",
        "Then it ended!",
        "It is “over.”",
        "Nobody came",
    ]

    def passage(words: str) -> Passage:
        start = text.index(words)
        return Passage("subject", start, start + len(words), "", "", "")

    one, other = line("zgd:s zg:worded zgd:o"), line("zgd:s zg:about zgd:o")
    old = {one: [passage("it ended")], other: [passage("it ended")]}
    for now, outside in (("ended", []), ("Then it ended!", []), ("began. Then it ended", [other]), ("Nobody", [other])):
        new = {one: old[one], other: [passage(now)]}
        found = ledger.lengths("article/a", old, new, ledger.compare(old, new, set()), {}, text)
        assert (found.triples, found.outside, found.without) == (2, outside, [])
        assert (found.best_before, found.best_now) == (8, (8 + len(now)) / 2)
    new = {one: [], other: [passage("ended")._replace(basis="zg:inferred", said_by="zgd:x")]}
    found = ledger.lengths("article/a", old, new, ledger.compare(old, new, set()), {}, None)
    assert (found.outside, found.without, found.basis, found.speaker) == (None, [one], [other], [other])


def test_the_price_is_that_of_the_file_without_its_digests(small: Path) -> None:
    (before,) = ledger.prices(sources.find(str(small)), {}).values()
    file = small / "data" / "articles" / f"{ARTICLE}.ttl"
    text = file.read_text("utf-8")
    file.write_text(
        text + '\nzgd:city-x a zg:City ;\n    zg:evidence [ oa:start 1 ; oa:end 2 ; zg:digest "0123" ] .\n', "utf-8"
    )
    (after,) = ledger.prices(sources.find(str(small)), {}).values()
    more = "\nzgd:city-x a zg:City ;\n    zg:evidence [ oa:start 1 ; oa:end 2 ;  ] .\n"
    assert [b - a for a, b in zip(before, after, strict=True)] == [0, 1, 1, len(more), 3]
