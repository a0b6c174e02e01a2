"""The tally of edits measures what it says; `make edits` makes it."""

from __future__ import annotations

import functools
import os

import pytest
from rdflib import BNode, Literal, URIRef

from tests.conftest import ROOT, SEED, SHARE
from tests.edit_values import Chooser, Edit, Judge, Noticed, read_in_rdflib, tally
from tests.editing import applied
from zonegraph import vocabulary as v
from zonegraph.project import texts
from zonegraph.project.sources import Project
from zonegraph.rdf.turtle import regions
from zonegraph.validation import findings


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("edits"), None)


def edits(project: Project, seed: int, number: int) -> list[Edit]:
    return list(Chooser(project, seed).edits(number, carry=True))


def edit(file: str, old: str, new: str) -> Edit:
    """An edit of the first place that holds a text."""
    text = (ROOT / file).read_text("utf-8")
    region = regions(text)(text.index(old), text.index(old) + len(old))
    return SOME._replace(file=file, line=region.line, edits=(findings.Edit(file, region, new),))


SOME = Edit("data/articles/x.ttl", 1, (URIRef(v.ZGD + "x"), URIRef(v.ZG + "amount"), Literal(1)), Literal(2), ())


def test_the_same_seed_gives_the_same_edits_and_another_seed_others(few: Project) -> None:
    assert edits(few, 5, 6) == edits(few, 5, 6) != edits(few, 6, 6)


def require_one_value_changed(project: Project, number: int) -> None:
    """Make edits, and make sure that each changes one value and the evidence that names it."""

    def said(file: str, text: str) -> frozenset[tuple[object, ...]]:
        return frozenset(read_in_rdflib(file, text).graph)

    as_it_is = functools.cache(said)  # a few files are edited many times
    for one in edits(project, SEED, number):
        before = texts.read_text(os.path.join(project.root, one.file))
        old, new = as_it_is(one.file, before), said(one.file, applied(before, one.edits))

        def plain(triples: set) -> set:  # type: ignore[type-arg]
            return {t for t in triples if not any(isinstance(term, BNode) for term in t)}

        assert plain(old) - plain(new) == {one.triple}
        assert plain(new) - plain(old) == {(*one.triple[:2], one.new)}


def test_an_edit_changes_one_value_and_what_names_it(few: Project) -> None:
    require_one_value_changed(few, 5)


@pytest.mark.thorough
def test_each_of_many_edits_changes_one_value_and_what_names_it(project: Project) -> None:
    require_one_value_changed(project, max(1, round(300 * SHARE)))


@pytest.mark.thorough
def test_an_edited_amount_is_noticed_by_the_query_and_by_the_words_it_is_printed_in(judge: Judge) -> None:
    article = "data/articles/2021-02-24-china-daily.ttl"
    noticed = judge.notices(edit(article, "zg:amount 204800000000", "zg:amount 20480000000"))
    assert "money-amounts" in noticed.queries
    assert noticed.rules == ["number-as-printed"]
    assert (judge.folder / article).read_bytes() == (ROOT / article).read_bytes()


@pytest.mark.thorough
def test_what_changes_no_value_is_noticed_by_nobody(judge: Judge) -> None:
    article = "data/articles/2021-02-24-china-daily.ttl"
    noticed = judge.notices(edit(article, "three short reports", "a few short reports"))
    assert noticed == Noticed([], [])


def test_the_tally_tells_who_alone_noticed() -> None:
    one = SOME
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
