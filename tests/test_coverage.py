"""Every character of an article is accounted for, and `zonegraph article` shows by what."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from zonegraph.evidence import coverage
from zonegraph.project import sources
from zonegraph.validation import passages


def small_project(
    root: Path, text: str, evidence: list[tuple[int, int]], omissions: list[tuple[int, int]]
) -> tuple[str, str]:
    """A project with one article; returns its folder and that of the texts."""

    def digest(start: int, end: int) -> str:
        return hashlib.sha256(text[start:end].encode()).hexdigest()

    prefixes = (
        "@prefix zg: <https://w3id.org/zonegraph/ns#> . @prefix zgd: <https://w3id.org/zonegraph/id/> .\n"
        "@prefix oa: <http://www.w3.org/ns/oa#> .\n"
    )
    ranges = " ;\n".join(
        f'    zg:evidence [ oa:start {a} ; oa:end {b} ; zg:digest "{digest(a, b)}" ]' for a, b in evidence
    )
    article = f'{prefixes}zgd:article-it a zg:Article ;\n    zg:textDigest "{hashlib.sha256(text.encode()).hexdigest()}" ;\n{ranges} .\n'
    review = prefixes + "".join(
        f'zgd:omission-it-{a} a zg:Omission ; zg:source zgd:article-it ; oa:start {a} ; oa:end {b} ; zg:digest "{digest(a, b)}" ; zg:reason zg:pageFurniture .\n'
        for a, b in omissions
    )
    for name, content in (
        ("data/articles/it.ttl", article),
        ("data/review/it.ttl", review),
        ("ontology/o.ttl", prefixes),
    ):
        path = root / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    (root / "texts").mkdir()
    (root / "texts" / "any-name.txt").write_bytes(text.encode())
    return str(root / "project"), str(root / "texts")


TEXT = "Menu\nA ministry, 部, said so.\nThe rest."


def test_what_nothing_accounts_for_is_shown_with_line_and_range(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 4)])
    (result,) = coverage.coverage(sources.find(project), texts)
    assert result.characters == len("".join(TEXT.split()))
    assert result.shares == {"evidence": 9, "omission: pageFurniture": 4, "unaccounted": 18}
    assert result.open == [(2, 15, 28, ", 部, said so."), (3, 29, 38, "The rest.")]


def test_white_space_needs_no_account_and_overlaps_count_as_evidence(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 28), (29, 38)], [(0, 4), (5, 10)])
    (result,) = coverage.coverage(sources.find(project), texts)
    assert result.open == []
    assert result.shares == {"evidence": 27, "omission: pageFurniture": 4}


def test_the_command_fails_while_something_is_open_and_passes_after(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 28)], [(0, 4)])
    result = zonegraph("evidence", "coverage", "--project", project, "--articles", texts)
    assert result.returncode == 1
    assert "it, line 3, 29-38: not accounted for\n    The rest." in result.stdout
    project, texts = small_project(tmp_path / "again", TEXT, [(5, 28), (29, 38)], [(0, 4)])
    assert zonegraph("evidence", "coverage", "--project", project, "--articles", texts).returncode == 0


def test_a_text_that_is_not_at_hand_is_named(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 28)], [])
    (Path(texts) / "any-name.txt").write_text("another text")
    result = zonegraph("evidence", "coverage", "--project", project, "--articles", texts)
    assert result.returncode == 2
    assert "no text there has the digest of it" in result.stderr
    without = zonegraph("evidence", "coverage", "--project", project, ZONEGRAPH_ARTICLES="")
    assert without.returncode == 2
    assert "name their folder with --articles" in without.stderr


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 99, "ends beyond the text"), (0, 10, "goes over a line's end"), (9, 5, "no range (9 to 5)")],
)
def test_a_wrong_range_is_a_fault(tmp_path: Path, start: int, end: int, expected: str) -> None:
    project, texts = small_project(tmp_path, TEXT, [(start, end)], [])
    (checked,) = passages.check(sources.find(project), texts)
    assert any(expected in fault.message for fault in checked.findings)


def test_a_wrong_digest_is_a_fault(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    file.write_text(file.read_text("utf-8").replace("oa:end 15", "oa:end 14"), "utf-8")
    (checked,) = passages.check(sources.find(project), texts)
    assert [fault.message for fault in checked.findings] == ["the digest is not that of range 5-14"]
    assert checked.findings[0].line == 5


def test_a_range_longer_than_allowed_is_a_fault(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, "x" * 400, [(0, 300), (50, 351)], [])
    (checked,) = passages.check(sources.find(project), texts)
    assert [(fault.message, fault.line) for fault in checked.findings] == [("range 50-351 has 301 characters", 6)]


def test_what_is_printed_outside_its_range_is_a_fault(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    for printed, faults in (("ministry", []), ("said so", ["“said so” does not stand in range 5-15"])):
        content = file.read_text("utf-8")
        file.write_text(content.replace('" ]', f'" ; zg:asPrinted "{printed}" ]'), "utf-8")
        (checked,) = passages.check(sources.find(project), texts)
        assert [fault.message for fault in checked.findings] == faults
        file.write_text(content, "utf-8")


def test_a_review_of_an_article_that_is_not_there_is_a_fault(tmp_path: Path, zonegraph) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 4)])
    review = Path(project) / "data" / "review" / "it.ttl"
    review.rename(review.with_name("other.ttl"))
    result = zonegraph("evidence", "check", "--project", project, "--articles", texts)
    assert result.returncode == 1
    assert f"{review.with_name('other.ttl')}:1: there is no article other" in result.stdout
    assert "no text there has the digest" not in result.stderr


def test_the_five_articles_are_accounted_for_to_the_last_character(texts: dict[str, str], zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("evidence", "coverage", "--format", "json", "--articles", os.environ["ZONEGRAPH_ARTICLES"])
    assert result.returncode == 0, result.stdout
    covered = json.loads(result.stdout)
    assert {article["slug"] for article in covered} == set(texts)
    for article in covered:
        assert "unaccounted" not in article["shares"]
        assert article["characters"] == len("".join(texts[article["slug"]].split()))


def test_evidence_that_carries_no_triple_is_a_fault_and_accounts_for_nothing(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15), (16, 28)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    content = file.read_text("utf-8")
    second = content.rindex(" ]")
    file.write_text(content[:second] + " ; zg:supports zg:inBatch" + content[second:], "utf-8")
    (checked,) = passages.check(sources.find(project), texts)
    assert [(fault.message, fault.line) for fault in checked.findings] == [("evidence that carries no triple", 6)]
    (covered,) = coverage.coverage(sources.find(project), texts)
    assert covered.shares["evidence"] == 9


@pytest.mark.parametrize(
    "slug",
    [
        "2021-02-24-china-daily",
        "hangzhou-draft-action-plan",
        "miit-second-batch",
        "2021-03-26-hunan-government",
        "2021-03-03-scio",
    ],
)
def test_an_article_is_shown_in_the_order_of_its_text(zonegraph, texts: dict[str, str], slug: str) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("article", slug, "--format", "json", "--articles", os.environ["ZONEGRAPH_ARTICLES"])
    entries = json.loads(result.stdout)
    assert [e["start"] for e in entries] == sorted(e["start"] for e in entries)
    assert all(e["text"] == texts[slug][e["start"] : e["end"]] for e in entries)
    assert all(e["statements"] or e["reason"] for e in entries), "no evidence carries nothing"


def test_an_unknown_article_offers_the_nearest_slug(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("article", "china-daily")
    assert result.returncode == 2
    assert "did you mean 2021-02-24-china-daily?" in result.stderr
