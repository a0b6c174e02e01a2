"""A parameter's value that is no name is answered by what `find` finds, and never guessed."""

from __future__ import annotations

import pytest

from tests.command import Command


@pytest.mark.parametrize(
    ("name", "parameter", "offered"),
    [
        ("ties", "to=Winter Olympics", ["did you mean zgd:event-winter-olympics-2022?"]),
        (
            "zones-by-sector",
            "sector=vehicles",
            ["sector:intelligent-connected-vehicles", "sector:intelligent-vehicles"],
        ),
        ("quantities", "about=Chengdu zone", ["did you mean zgd:zone-chengdu-miit?"]),
        ("zone-acts", "zone=Shenzhen", ["zgd:zone-shenzhen-miit", "zgd:zone-shenzhen-most"]),
        ("zone-acts", "zone=Hangzhou zone", ["zgd:zone-hangzhou-miit", "zgd:zone-hangzhou-most"]),
        # A slip, where `find` finds nothing.
        ("who-said-what", "speaker=Shenzen", ["did you mean zgd:city-shenzhen?"]),
    ],
)
def test_what_find_finds_is_offered(zonegraph: Command, name: str, parameter: str, offered: list[str]) -> None:
    done = zonegraph("query", name, "-p", parameter)
    assert done.returncode == 2
    assert done.stdout == ""
    assert all(one in done.stderr for one in offered), done.stderr


def test_only_things_of_the_parameters_class_are_offered(zonegraph: Command) -> None:
    # `find` finds indicators, a programme and a ministry of that name as well.
    said = zonegraph("query", "zone-acts", "-p", "zone=human resources").stderr
    assert said.count("zgd:zone-") == 3
    assert "zgd:programme-" not in said
    assert "zgd:indicator-" not in said


def test_too_many_things_are_counted_and_not_listed(zonegraph: Command) -> None:
    said = zonegraph("query", "goals", "-p", "about=intelligen").stderr
    assert "things may be meant: `zonegraph find` lists them" in said


def test_what_find_does_not_find_is_left_at_that(zonegraph: Command) -> None:
    assert "`zonegraph find NAME` looks for names" in zonegraph("query", "goals", "-p", "about=Xyzzy quux").stderr


@pytest.mark.parametrize(
    ("name", "parameter", "meant"),
    [
        ("zone-approvals", "zone=Changsha", "zgd:zone-changsha-most, the only Zone"),
        ("plan-targets", "plan=Action Plan", "zgd:plan-hangzhou-most-zone-draft, the only Document"),
        # Words that one article prints for the value of a statement.
        ("ties", "to=beijing 2022 winter olympic games", "zgd:event-winter-olympics-2022, the only thing"),
    ],
)
def test_the_only_thing_that_a_name_can_mean_is_taken_and_told(
    zonegraph: Command, name: str, parameter: str, meant: str
) -> None:
    done = zonegraph("query", name, "-p", parameter, "--format", "csv")
    assert done.returncode == 0, done.stderr
    key, _, value = parameter.partition("=")
    assert f"“{value}” is read as {meant} that it can mean" in done.stderr
    iri = meant.partition(",")[0]
    assert done.stdout == zonegraph("query", name, "-p", f"{key}={iri}", "--format", "csv").stdout
    assert len(done.stdout.splitlines()) > 1


@pytest.mark.parametrize("slug", ["2021-02-24-china-daily", "miit-second-batch"])
def test_an_article_is_known_by_its_slug(zonegraph: Command, slug: str) -> None:
    done = zonegraph("query", "quantities", "-p", f"article={slug}")
    assert done.returncode == 0
    assert f"“{slug}” is read as zgd:article-{slug}, the only Article that it can mean" in done.stderr
    assert f"zgd:article-{slug}" in done.stdout
