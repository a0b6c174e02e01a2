"""What the data stated once is stated, implied, renamed or given up with a reason; see tests/ledger/compare.py.

What stating it costs, and how long its passages are, `make ledger` prints; no test holds them, since articles are mended.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ARTICLE
from tests.golden_answers import ARTICLES
from tests.ledger import compare as ledger
from tests.ledger.compare import Compared, Lengths, Moved, Passage, Said, State
from zonegraph import build
from zonegraph.build import Dataset
from zonegraph.project import sources
from zonegraph.project.sources import Project


@pytest.fixture(scope="module")
def state(golden_project: Project, golden_dataset: Dataset) -> State:
    return ledger.stated(golden_project, golden_dataset.store)


@pytest.fixture(scope="module")
def old() -> State:
    return ledger.kept()[0]


@pytest.fixture(scope="module")
def held(golden_dataset: Dataset) -> set[Said]:
    return ledger.held(golden_dataset.store)


@pytest.fixture(scope="module")
def compared(old: State, state: State, held: set[Said]) -> Compared:
    return ledger.compare(old, state, held)


@pytest.fixture(scope="module")
def moved_in(
    old: State, state: State, compared: Compared, golden_project: Project, golden_dataset: Dataset
) -> Callable[[str, str | None], Moved]:
    """What is not as before in the passages of an article, by its slug and its text."""
    rests_on = ledger.premises(ledger.restated(compared, state), golden_project, golden_dataset.store)
    return cache(lambda slug, text: ledger.passages(f"article/{slug}", old, state, compared, rests_on, text)[1])


def test_no_triple_is_lost_and_none_is_said_or_implied_now_and_not_before_without_a_reason(compared: Compared) -> None:
    assert [line for line, (status, _, _) in compared.became.items() if status == "lost"] == []
    assert [line for line, reason in compared.added.items() if not reason] == []


def unnamed(lines: dict[Said, str] | None) -> list[Said]:
    return [line for line, reason in (lines or {}).items() if not reason]


@pytest.mark.parametrize("slug", ARTICLES)
def test_a_triple_has_passages_of_the_same_basis_and_speakers_or_is_named(
    slug: str, moved_in: Callable[[str, str | None], Moved]
) -> None:
    moved = moved_in(slug, None)
    assert moved.outside is None
    assert [unnamed(of) for of in (moved.without, moved.basis, moved.speaker)] == [[], [], []]


@pytest.mark.parametrize("slug", ARTICLES)
def test_the_best_passage_of_a_triple_lies_in_the_sentence_of_the_old_one_or_the_triple_is_named(
    slug: str, moved_in: Callable[[str, str | None], Moved], text_of: Callable[[str], str]
) -> None:
    assert unnamed(moved_in(slug, text_of(slug)).outside) == []


def test_every_query_says_something_of_some_triple(
    compared: Compared,
    moved_in: Callable[[str, str | None], Moved],
    text_of: Callable[[str], str],
) -> None:
    moved = [moved_in(slug, text_of(slug)) for slug in ARTICLES]
    given = {reason for _, _, reason in compared.became.values()}
    for folder in ("mapping", "added", *Moved._fields):
        reasons = {q.read_text("utf-8").partition("\n")[0].removeprefix("# ") for q in ledger.queries(folder)}
        if folder == "mapping":
            unused = {reason for reason in reasons if not any(reason in of for of in given)}
        elif folder == "added":
            unused = reasons - set(compared.added.values())
        else:
            unused = reasons - {reason for of in moved for reason in getattr(of, folder).values()}
        assert (folder, unused) == (folder, set())


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
        "zgd:m zg:status zg:achieved": "stated",
    }
    new = [
        'zgd:z zg:namedAs "a \\"b\\""@en',
        "zgd:o rdf:type zg:Observation",
        "zgd:o zg:measures zgd:z",
        "zgd:g zg:measures zgd:z",
        "zgd:list-a-1 zg:item zgd:z",
        "zgd:passage-a-1 rdf:type zg:Passage",
        "zgd:m zg:status zg:achieved",
    ]
    held = ["zgd:g zg:setOutIn zgd:d", "zgd:list-a-1 zg:setOutIn zgd:d", "zgd:m zg:setOutIn zgd:d"]
    found = ledger.compare(map(line, old), map(line, new), set(map(line, [*new, *held])), tmp_path)
    assert {before: status for before, (status, _, _) in found.became.items()} == {line(t): s for t, s in old.items()}
    _, forms, reason = found.became[line("zgd:enumeration-a-1 zg:member zgd:z")]
    assert forms == [line("zgd:list-a-1 zg:item zgd:z")]
    assert reason == "a list is called a list; a list has items"
    assert found.became[line("zgd:g zg:setOutIn zgd:d")][2] == ""
    assert found.became[line("zgd:o zg:status zg:achieved")][1:] == ([], "nobody asks for it")
    assert found.became[line("zgd:m zg:status zg:achieved")][2] == ""
    assert found.added == {
        line("zgd:g zg:measures zgd:z"): "",
        line("zgd:m zg:setOutIn zgd:d"): "",
        line("zgd:passage-a-1 rdf:type zg:Passage"): "passages are new",
    }
    for table in (ledger.became_table(found), ledger.reasons_table(found, [])):
        assert table


def test_what_a_rule_restates_has_the_passages_of_each_premise_and_those_that_bear_the_fact(few: Project) -> None:
    store, _ = build.build(few)
    state = ledger.stated(few, store)
    goal = Said(f"article/{ARTICLE}", f"zgd:goal-{ARTICLE}-ai-governance", "zg:setFor", "zgd:city-changsha")
    rests_on = ledger.premises([goal], few, store)
    passage = f"zgd:passage-{ARTICLE}-said-of-city"
    of_passage, place = goal._replace(subject=passage), goal._replace(predicate="zg:inPassage", object=passage)
    assert goal not in state
    kind = goal._replace(predicate="rdf:type", object="zg:Goal")
    assert set(rests_on[goal]) == {of_passage, place, kind}
    found = ledger.passages_now(goal, state, rests_on)
    assert found == {premise: state[premise] for premise in (of_passage, place, kind)}
    assert ledger.of_the_fact(found) == state[of_passage]
    assert ledger.of_the_fact({place: state[place]}) == state[place] != []


def test_who_speaks_in_a_passage_speaks_in_what_stands_in_it(few: Project) -> None:
    store, _ = build.build(few)
    summary = [
        of
        for line, of in ledger.stated(few, store).items()
        if line.subject == f"zgd:claim-{ARTICLE}-ai-role" and line.predicate == "zg:summary"
    ]
    assert {(p.said_by, p.speaker_basis) for (p,) in summary} == {("zgd:ministry-most", "zg:inferred")}


def test_what_evidence_says_of_its_subject_is_kept(few: Project, small: Path) -> None:
    store, _ = build.build(few)
    line = Said(f"article/{ARTICLE}", f"zgd:goal-{ARTICLE}-priorities", "zg:completeness", "zg:completenessUnclear")
    assert len(ledger.stated(few, store)[line]) == 1
    file = small / "data" / "articles" / f"{ARTICLE}.ttl"
    file.write_text(file.read_text("utf-8").replace(" ; zg:completeness zg:completenessUnclear", ""), "utf-8")
    changed = sources.find(str(small))
    assert line not in ledger.stated(changed, build.build(changed)[0])


def test_passages_are_held_against_the_sentence_in_which_they_were(tmp_path: Path) -> None:
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

    def compared(new: State, text: str | None) -> tuple[Lengths, Moved]:
        return ledger.passages("article/a", old, new, ledger.compare(old, new, set()), {}, text, tmp_path)

    for now, outside in (("ended", []), ("Then it ended!", []), ("began. Then it ended", [other]), ("Nobody", [other])):
        lengths, moved = compared({one: old[one], other: [passage(now)]}, text)
        assert moved == Moved({}, dict.fromkeys(outside, ""), {}, {})
        assert lengths[:3] == (2, 8, (8 + len(now)) / 2)
    new = {one: [], other: [passage("ended")._replace(basis="zg:inferred", said_by="zgd:x")]}
    assert compared(new, None)[1] == Moved({one: ""}, None, {other: ""}, {other: ""})
    (tmp_path / "basis").mkdir()
    (tmp_path / "basis" / "a.rq").write_text(
        "# it is less sure\nSELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } FILTER(?p = zg:about) }", "utf-8"
    )
    assert compared(new, None)[1].basis == {other: "it is less sure"}


def test_what_is_restated_is_as_sure_as_its_least_sure_premise_and_lies_in_the_sentence_of_one(tmp_path: Path) -> None:
    text = "A city plans. It builds a zone."

    def passage(words: str, basis: str = "") -> Passage:
        return Passage("subject", text.index(words), text.index(words) + len(words), basis, "", "")

    goal, other = line("zgd:g zg:setFor zgd:z"), line("zgd:h zg:setFor zgd:z")
    of_passage, place = goal._replace(subject="zgd:p"), goal._replace(predicate="zg:inPassage", object="zgd:p")
    old = {goal: [passage("a zone")], other: [passage("A city")]}

    def compared(of: Passage, of_place: Passage) -> tuple[Lengths, Moved]:
        new = {of_passage: [of], place: [of_place, passage("It builds a zone", "zg:unclear")]}
        rests_on = {goal: [of_passage, place], other: [of_passage]}
        found = ledger.compare(old, new, {goal, other, *new})
        return ledger.passages("article/a", old, new, found, rests_on, text, tmp_path)

    lengths, moved = compared(passage("A city plans"), passage("builds"))
    assert (lengths.best_now, moved) == (len("A city plans"), Moved({}, {}, {}, {}))
    assert compared(passage("A city plans"), passage("builds", "zg:unclear"))[1].basis == {goal: ""}
    assert compared(passage("A city", "zg:inferred"), passage("builds"))[1].basis == {goal: "", other: ""}
    assert compared(passage("A city"), passage("plans"))[1].outside == {goal: ""}
    del old[other]  # then nothing that rests on the passage was said in its sentence
    assert compared(passage("A city"), passage("builds"))[1].outside == {goal: ""}


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
