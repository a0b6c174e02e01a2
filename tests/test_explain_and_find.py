"""What `explain` takes and what it says points at a thing; what `find` reads in the articles' texts."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import random
import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import SEED
from zonegraph import evidence
from zonegraph import vocabulary as v
from zonegraph.answers import names, passages, statements
from zonegraph.build import Dataset, graphs
from zonegraph.errors import UsageError
from zonegraph.evidence import phrases
from zonegraph.project.sources import Project
from zonegraph.terms import plain

TEXTS = os.environ.get("ZONEGRAPH_ARTICLES", "")


@pytest.mark.parametrize("part", [0.1, pytest.param(1, marks=pytest.mark.thorough)])
def test_every_label_of_the_reference_data_is_taken_as_a_whole(part: float, project: Project, dataset: Dataset) -> None:
    bearing: dict[str, set[str]] = {}
    for file in project.reference:
        for t in graphs.load(file):
            if t.predicate.value in (v.SKOS + "prefLabel", v.SKOS + "altLabel"):
                bearing.setdefault(t.object.value, set()).add(plain(t.subject))
    assert len(bearing) > 300
    for label, things in random.Random(SEED).sample(sorted(bearing.items()), math.ceil(len(bearing) * part)):
        if len({*things} | {plain(thing) for thing in names.named(label, dataset.store)}) > 1:
            with pytest.raises(UsageError, match="more than one thing has that name") as raised:
                statements.parse(label, dataset.store)
            assert all(thing in raised.value.remedy for thing in things), label
        else:
            asked = statements.parse(label, dataset.store)
            assert plain(asked.subject) in things
            assert asked[1:] == (None, None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Ministry of Sience and Technology", "did you mean zgd:ministry-most?"),
        ("zone-hangzhou-miit inProvnce", "did you mean zg:inProvince?"),
        ("Ministry of Fish", "Ministry of Fish: no such thing with that name in the graph"),
    ],
)
def test_a_slip_in_a_name_of_several_words_is_told_of_the_name_and_one_in_a_property_of_the_property(
    dataset: Dataset, typed: str, said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        statements.parse(typed, dataset.store)
    assert said in str(raised.value)


def test_a_name_may_stand_before_a_property(dataset: Dataset) -> None:
    asked = statements.parse("Hangzhou within", dataset.store)
    assert (plain(asked.subject), plain(asked.predicate)) == ("zgd:city-hangzhou", "zg:within")


def test_what_points_at_a_thing_is_counted_with_the_queries_that_show_it(golden_dataset: Dataset) -> None:
    thing = names.resolve("zone-hangzhou-most", golden_dataset.store)
    pointing, taking = statements.pointing(golden_dataset.store, thing, golden_dataset.catalogue)
    counted = {(p.of_class, p.property): p for p in pointing}
    assert counted["zg:Goal", "zg:setFor"].number == 1  # to carry out the measures of the draft
    assert counted["zg:Approval", "zg:concerns"].number == 1
    assert {"zone-acts", "zone-approvals"} <= set(counted["zg:Approval", "zg:concerns"].shown_by)
    assert "goals" in counted["zg:Goal", "zg:setFor"].shown_by
    asked = {(t.query.name, t.parameter.name) for t in taking}
    assert {("goals", "about"), ("zone-acts", "zone")} <= asked
    # it is no city, and what takes anything at all shows nothing of it
    assert not {("which-came-first", "city"), ("official-names", "class")} & asked


def test_an_event_to_which_others_are_tied_is_explained_with_them_and_the_query_named_runs(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "Olympic Winter Games Beijing 2022").stdout
    assert re.search(r"^2 +zg:Goal +zg:serves +event-ties, ties|^2 +zg:Goal +zg:serves +.*ties", shown, re.MULTILINE)
    command = re.search(r"^zonegraph (query event-ties -p event=\S+)", shown, re.MULTILINE)
    assert command
    done = zonegraph(*command[1].split(), "--format", "csv")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 5  # two goals, and the zone in two articles


def test_a_thing_that_has_a_profile_is_explained_with_the_command_for_it(zonegraph) -> None:  # type: ignore[no-untyped-def]
    assert "zonegraph zone zgd:zone-hefei-most  " in zonegraph("explain", "zone-hefei-most").stdout
    assert "zonegraph zone" not in zonegraph("explain", "city-hefei").stdout


def test_queries_without_rows_for_a_thing_are_not_suggested(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "Hunan University").stdout
    assert "cities-of" not in shown
    for thing in ("zgd:ministry-most", "zgd:city-changsha"):
        commands = re.findall(r"^zonegraph (query \S+ -p \S+)", zonegraph("explain", thing).stdout, re.MULTILINE)
        assert commands
        for command in commands:
            assert len(zonegraph(*command.split(), "--format", "csv").stdout.splitlines()) > 1, command


def test_a_statement_that_no_query_shows_is_printed_where_the_thing_is_its_value(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "Hunan University").stdout
    assert re.search(r"zg:List +zg:member$", shown, re.MULTILINE)
    assert re.search(r"^  zgd:list-\S+ zg:member zgd:organization-hunan-university  \[\d+–\d+", shown, re.MULTILINE)
    assert (
        "zg:concerns zgd:zone-hefei-most  [" not in zonegraph("explain", "zone-hefei-most").stdout
    )  # zone-acts shows it


# ---------------------------------------------------------------- find


def found(zonegraph, *words: str) -> list[dict[str, str]]:  # type: ignore[no-untyped-def]
    done = zonegraph("find", *words, "--passages", "--format", "csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_words_of_a_text_are_shown_with_their_sentence_and_what_rests_on_them(zonegraph) -> None:  # type: ignore[no-untyped-def]
    rows = found(zonegraph, "small and medium-sized", "ENTERPRISES")
    (sentence,) = {(row["article"], row["sentence"]) for row in rows}
    assert sentence[0] == v.ZGD + "article-2021-02-24-china-daily"
    assert sentence[1].startswith("Given Chengdu's geographic advantage")
    assert sentence[1].endswith("in the country's western regions.")
    goal = v.ZGD + "goal-2021-02-24-china-daily-chengdu-small-firms"
    assert (goal, v.ZG + "setFor", v.ZGD + "zone-chengdu-miit") in {
        (row["subject"], row["predicate"], row["object"]) for row in rows
    }


def test_words_that_no_name_and_no_summary_has_are_found_in_the_texts(zonegraph) -> None:  # type: ignore[no-untyped-def]
    with_texts = zonegraph("find", "geographic advantage")
    assert "line 21, 1338–1660: “Given Chengdu's geographic advantage" in with_texts.stdout
    assert "(no rows)" not in with_texts.stdout
    assert "these words" not in with_texts.stderr
    without = zonegraph("find", "geographic advantage", ZONEGRAPH_ARTICLES="")
    assert without.stdout == "(no rows)\n"
    assert "the articles' texts were not searched; name their folder with --articles" in without.stderr
    assert zonegraph("find", "x", "--passages", ZONEGRAPH_ARTICLES="").returncode == 2


@pytest.mark.parametrize("passages_only", [[], ["--passages"]])
def test_a_text_of_nothing_that_is_seen_is_refused_or_found_nowhere(zonegraph, passages_only: list[str]) -> None:  # type: ignore[no-untyped-def]
    blank = zonegraph("find", " ", *passages_only)
    assert (blank.returncode, blank.stdout) == (2, "")
    assert "find: the text is empty" in blank.stderr
    invisible = zonegraph("find", "\u200b", *passages_only)
    assert (invisible.returncode, invisible.stdout) == (0, "(no rows)\n")
    assert "no article's text at hand" in invisible.stderr


def test_things_come_before_the_first_sentences_and_the_rest_is_counted(zonegraph) -> None:  # type: ignore[no-untyped-def]
    done = zonegraph("find", "Hangzhou")
    assert done.stdout.index("zgd:city-hangzhou") < done.stdout.index("“")
    with_the_words = done.stdout.partition("in other words")[0]
    assert len(re.findall(r"^  line \d+, ", with_the_words, re.MULTILINE)) == 5
    every = len({(row["article"], row["start"]) for row in found(zonegraph, "Hangzhou")})
    assert f"5 of {every} sentences with these words are shown; --passages shows them all" in done.stderr


def test_what_articles_say_of_a_thing_in_other_words_is_found_with_it(zonegraph) -> None:  # type: ignore[no-untyped-def]
    named, _, others = zonegraph("find", "Winter Olympics").stdout.partition("\nin other words\n")
    assert "zgd:article-miit-second-batch" in named
    assert "zgd:article-miit-second-batch" not in others  # that sentence stands above
    assert "zgd:article-2021-02-24-china-daily" in others
    assert "zgd:zone-beijing-miit zg:serves zgd:event-winter-olympics-2022" in others
    assert "a zg:Event" not in others.replace("zgd:event-winter-olympics-2022 a zg:Event", "")
    assert "in other words" not in zonegraph("find", "Winter Olympics", "--format", "csv").stdout


def test_what_an_article_only_restates_does_not_rest_on_the_words_of_its_subject(
    golden_dataset: Dataset,
) -> None:
    sentences, missing = passages.saying(golden_dataset.store, TEXTS, "Hangzhou in Zhejiang province")
    assert missing == []
    said = {plain(t.predicate) for t in sentences[0].statements if plain(t.subject) == "zgd:zone-hangzhou-miit"}
    assert said == {"rdf:type", "zg:locatedIn"}  # its batch is restated from the list


def test_an_article_whose_text_is_not_there_is_named_and_each_text_is_read_once(
    zonegraph, golden_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    for path in sorted(Path(TEXTS).glob("*.txt"))[1:]:
        shutil.copy(path, tmp_path)
    done = zonegraph("find", "the", "--passages", "--articles", str(tmp_path))
    assert "not searched, since no text has their digest: 2021-02-24-china-daily" in done.stderr
    read: list[str] = []
    real = passages.texts.read_bytes
    monkeypatch.setattr(passages.texts, "read_bytes", lambda path: read.append(path) or real(path))
    passages.saying(golden_dataset.store, str(tmp_path), "the")
    assert len(read) == len(set(read)) == 4


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("It rains. The town floods. All leave.", "town", "The town floods."),
        ("On Mr. Li's bridge it rains. Then not.", "Li", "On Mr. Li's bridge it rains."),
        ("It is 3.5 m long. 96 boats pass.", "3.5", "It is 3.5 m long."),
        ("“Is it so?” she said. No.", "said", "“Is it so?” she said."),
        ("第一句。第二句说桥。第三句。", "桥", "第二句说桥。"),
        ("A title\nA line without an end\nMore", "without", "A line without an end"),
        ("One ends. Two begins. Three.", "ends. Two", "One ends. Two begins."),
        ("only words", "only words", "only words"),
    ],
)
def test_a_sentence_is_what_stands_between_two_ends_on_a_line(text: str, words: str, sentence: str) -> None:
    start = text.index(words)
    first, last = phrases.sentence(text, start, start + len(words))
    assert text[first:last] == sentence


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("the “Urban Brain”", '"urban brain"'),
        ("a café by the river", "cafe"),
        ("soft\u00adware", "software"),
        ("one  two\nthree", "Two three"),
        ("first words and last words", "first words … last"),
        ("人工智能", "智能"),
    ],
)
def test_no_text_is_passed_over_that_nearly_has_the_words(text: str, phrase: str) -> None:
    assert phrases.nearly(text, phrase)
    assert phrases.may_have(text, phrase)


def test_a_text_without_the_words_is_passed_over() -> None:
    assert not phrases.may_have("a bridge over the river", "tunnel")


def test_the_statements_of_a_sentence_are_those_whose_evidence_overlaps_the_words(golden_dataset: Dataset) -> None:
    for sentence in passages.saying(golden_dataset.store, TEXTS, "Tian Yulong")[0]:
        carried = evidence.passages(golden_dataset.store, [ox.Triple(*t) for t in sentence.statements])
        for triple, places in carried.items():
            assert any(
                p.article == sentence.article.iri and p.start < sentence.end and sentence.start < p.end for p in places
            ), triple


def test_a_triple_is_explained_with_how_sure_it_is_down_to_what_makes_it_so(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "zgd:zone-beijing-most zg:inCity zgd:municipality-beijing").stdout
    assert shown.startswith("zgd:zone-beijing-most zg:inCity zgd:municipality-beijing  (title only)\n")
    assert "    zgd:zone-beijing-most zg:locatedIn zgd:municipality-beijing  (title only)\n" in shown
    assert "zgd:municipality-beijing a zg:City\n" in shown, "what is stated has nothing beside it"


def test_the_conclusion_that_makes_a_triple_less_sure_is_shown_with_it(zonegraph) -> None:  # type: ignore[no-untyped-def]
    (data,) = json.loads(
        zonegraph("explain", "zgd:zone-hefei-most zg:overseenBy zgd:ministry-most", "--format", "json").stdout
    )
    degrees = {tuple(p["triple"][1:2]): p["certainty"] for p in data["premises"]}
    assert data["certainty"] == max(degrees.values(), key=["stated", "inferred", "concluded", "probable"].index)
    assert data["certainty"] != "stated"


def test_a_doubt_about_a_passage_is_told_with_it(zonegraph) -> None:  # type: ignore[no-untyped-def]
    shown = zonegraph("explain", "zgd:article-2021-03-26-hunan-government zg:publishedBy zgd:government-hunan").stdout
    assert "printed “Hunan Provincial Government”, stated (doubt: A stray domain is printed" in shown
