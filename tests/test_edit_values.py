"""The tally of edits measures what it says; `make edits` makes it."""

from __future__ import annotations

import pytest
from rdflib import BNode

from tests.conftest import ROOT
from tests.edit_values import Chooser, Edit, Judge, Noticed, read_in_rdflib, tally
from zonegraph import vocabulary as v
from zonegraph.project import sources, texts


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("edits"), None)


def edits(seed: int, number: int, carry: bool = True) -> list[Edit]:
    return list(Chooser(sources.find(str(ROOT)), seed).edits(number, carry))


def edit(judge: Judge, file: str, old: str, new: str) -> Edit:
    """An edit of the first line that holds a text."""
    lines = (judge.folder / file).read_text("utf-8").split("\n")
    line = next(number for number, content in enumerate(lines, 1) if old in content)
    return edits(1, 1)[0]._replace(file=file, line=line, lines={line: lines[line - 1].replace(old, new)})


def test_the_same_seed_gives_the_same_edits_and_another_seed_others() -> None:
    assert edits(5, 6) == edits(5, 6) != edits(6, 6)


def test_an_edit_changes_one_value_and_what_names_it() -> None:
    for one in edits(5, 30):
        before = texts.read_text(str(ROOT / one.file)).split("\n")
        after = "\n".join(one.lines.get(number, line) for number, line in enumerate(before, 1))
        old, new = (set(read_in_rdflib(one.file, text).graph) for text in ("\n".join(before), after))

        def plain(triples: set) -> set:  # type: ignore[type-arg]
            return {t for t in triples if not any(isinstance(term, BNode) for term in t)}

        assert plain(old) - plain(new) == {one.triple}
        assert plain(new) - plain(old) == {(*one.triple[:2], one.new)}


def test_an_edited_amount_is_noticed_by_the_query_and_by_the_words_it_is_printed_in(judge: Judge) -> None:
    article = "data/articles/2021-02-24-china-daily.ttl"
    noticed = judge.notices(edit(judge, article, "zg:amount 204800000000", "zg:amount 20480000000"))
    assert "money-amounts" in noticed.queries
    assert noticed.rules == ["number-as-printed"]


def test_what_changes_no_value_is_noticed_by_nobody_and_the_copy_is_as_before(judge: Judge) -> None:
    article = "data/articles/2021-02-24-china-daily.ttl"
    noticed = judge.notices(edit(judge, article, "three short reports", "a few short reports"))
    assert noticed == Noticed([], [])
    assert (judge.folder / article).read_bytes() == (ROOT / article).read_bytes()


def test_the_tally_tells_who_alone_noticed() -> None:
    one = edits(1, 1)[0]
    text = tally(
        [
            (one, Noticed(["date-as-printed"], ["timeline"])),
            (one, Noticed([], ["timeline"])),
            (one, Noticed([], [])),
        ]
    )
    assert "2 of 3  noticed\n" in text
    assert "1 of 3  by validate, 0 of them by nothing else" in text
    assert "2 of 3  by queries, 1 of them by nothing else" in text
    assert "1 of 3  by nobody" in text
    assert v.shorten(str(one.triple[1])) in text.split("not noticed")[1]
