"""Conclusions stand and fall with what they rest on, mention by mention."""

from __future__ import annotations

import pyoxigraph as ox

from tests.golden_answers import ARTICLES
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.build.conclusions import supported_by
from zonegraph.project.sources import Project


def mentions(triples: list[ox.Triple], thing: str) -> set[str]:
    """The articles whose mentions of a thing conclusions join to it."""
    about = {t.subject for t in triples if t.predicate.value == v.ZG + "topic" and t.object.value == v.ZGD + thing}
    joined = (t for t in triples if t.predicate.value == v.ZG + "mentionedIn" and t.subject in about)
    return {t.object.value.removeprefix(v.ZGD + "article-") for t in joined}


def test_with_an_article_less_the_mention_in_it_falls_and_the_others_stand(golden_project: Project) -> None:
    (file,) = golden_project.curation
    triples = graphs.load(file)
    assert mentions(triples, "zone-beijing-miit") == {"2021-03-03-scio", "miit-second-batch"}
    fewer = supported_by(triples, {*ARTICLES} - {"2021-03-03-scio"})
    assert mentions(fewer, "zone-beijing-miit") == {"miit-second-batch"}


def test_a_conclusion_that_rests_on_reference_data_falls_with_its_article_only(golden_project: Project) -> None:
    (file,) = golden_project.curation
    triples = graphs.load(file)
    assert mentions(supported_by(triples, {"miit-second-batch"}), "strategy-belt-and-road") == {"miit-second-batch"}
    assert mentions(supported_by(triples, set()), "strategy-belt-and-road") == set()
