"""Every character of an article is accounted for, and `zonegraph article` shows by what."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from zonegraph import validation
from zonegraph.evidence import coverage
from zonegraph.project import sources
from zonegraph.validation.findings import CHANGED


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
        ("ontology/o.ttl", prefixes + "zg:pageFurniture a zg:OmissionReason .\n"),
    ):
        path = root / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    (root / "project" / "shapes").symlink_to(ROOT / "shapes")
    (root / "texts").mkdir()
    (root / "texts" / "any-name.txt").write_bytes(text.encode())
    return str(root / "project"), str(root / "texts")


def checked(project: str, texts: str | None) -> list[validation.Finding]:
    """What `evidence check` finds."""
    return validation.validate(sources.find(project), group=validation.PASSAGES, articles=texts).findings


TEXT = "Menu\nA ministry, 部, said so.\nThe rest."


def test_what_nothing_accounts_for_is_shown_with_line_and_range(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 4)])
    ((result,), _) = coverage.coverage(sources.find(project), texts)
    assert result.characters == len("".join(TEXT.split()))
    assert result.shares == {"evidence": 9, "omission: pageFurniture": 4, "unaccounted": 18}
    assert result.open == [(2, 15, 28, ", 部, said so."), (3, 29, 38, "The rest.")]


def test_white_space_needs_no_account_and_overlaps_count_as_evidence(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 28), (29, 38)], [(0, 4), (5, 10)])
    ((result,), _) = coverage.coverage(sources.find(project), texts)
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
    assert "no text has the digest of it" in result.stderr
    without = zonegraph("evidence", "coverage", "--project", project, ZONEGRAPH_ARTICLES="")
    assert without.returncode == 2
    assert "name their folder with --articles" in without.stderr


def second_article(project: str, digest: str = "0" * 64) -> None:
    """Add an article whose text has a digest, that of none."""
    path = Path(project) / "data" / "articles" / "other.ttl"
    path.write_text(
        "@prefix zg: <https://w3id.org/zonegraph/ns#> . @prefix zgd: <https://w3id.org/zonegraph/id/> .\n"
        f'zgd:article-other a zg:Article ; zg:textDigest "{digest}" .\n',
        "utf-8",
    )


def test_the_articles_whose_texts_are_at_hand_are_looked_at_and_the_others_named(zonegraph, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 28), (29, 38)], [(0, 4)])
    second_article(project)
    given = ("evidence", "coverage", "--project", project, "--articles", texts)
    result = zonegraph(*given)
    assert result.returncode == 0
    assert result.stderr == f"not looked at, since {texts} has no text with the digest of other\n"
    assert zonegraph(*given, "--article", "it").stderr == ""
    assert zonegraph(*given, "--article", "it", "--article", "other").stderr == result.stderr
    assert zonegraph(*given, "--article", "other").returncode == 2
    unknown = zonegraph(*given, "--article", "othr")
    assert (unknown.returncode, "did you mean other?" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "evidence", "left"),
    [
        ("One, two.", [(0, 3), (5, 8)], []),
        ("“One” – two!", [(1, 4), (8, 11)], []),
        ("第一，第二。", [(0, 2), (3, 5)], []),
        ("One\n- two", [(0, 3), (6, 9)], []),
        ("One, and two", [(0, 3), (9, 12)], [", and"]),
        ("1.5% more", [(0, 3), (5, 9)], ["%"]),
        ("R & D", [(0, 1), (4, 5)], ["&"]),
        ("$5", [(1, 2)], ["$"]),
        ("One | two", [(0, 3), (6, 9)], []),
        ("One\n***\ntwo", [(0, 3), (8, 11)], ["***"]),
    ],
)
def test_punctuation_beside_a_covered_range_needs_no_account(
    tmp_path: Path, text: str, evidence: list[tuple[int, int]], left: list[str]
) -> None:
    project, texts = small_project(tmp_path, text, evidence, [])
    ((result,), _) = coverage.coverage(sources.find(project), texts)
    assert [passage for *_, passage in result.open] == left
    assert result.shares.get("unaccounted", 0) == len("".join(left).replace(" ", ""))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 99, ["range-outside-text"]),
        (0, 10, ["range-over-lines"]),
        (9, 5, ["evidence-end-after-start"]),
        (-1, 5, ["evidence-needs-start"]),
    ],
)
def test_a_wrong_range_is_a_finding(tmp_path: Path, start: int, end: int, expected: list[str]) -> None:
    project, texts = small_project(tmp_path, TEXT, [(start, end)], [])
    assert [finding.rule for finding in checked(project, texts)] == expected


def test_a_wrong_digest_is_a_finding_at_its_line(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    file.write_text(file.read_text("utf-8").replace("oa:end 15", "oa:end 14"), "utf-8")
    (finding,) = checked(project, texts)
    assert (finding.path, finding.line, finding.rule) == ("data/articles/it.ttl", 5, "digest-of-range")
    assert "range 5-14" in finding.message


def test_a_range_longer_than_allowed_is_a_finding_of_evidence_and_of_omissions(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, "x" * 700, [(0, 300), (50, 351)], [(360, 661)])
    found = [(f.path, f.line, f.rule, f.message) for f in checked(project, texts)]
    message = "The range is 301 characters long; at most 300 are allowed."
    assert found == [
        ("data/articles/it.ttl", 6, "range-too-long", message),
        ("data/review/it.ttl", 3, "range-too-long", message),
    ]


def test_what_is_printed_outside_its_range_is_a_finding(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    for printed, expected in (("ministry", []), ("said so", ["as-printed-outside-range"])):
        content = file.read_text("utf-8")
        file.write_text(content.replace('" ]', f'" ; zg:asPrinted "{printed}" ]'), "utf-8")
        assert [finding.rule for finding in checked(project, texts)] == expected
        file.write_text(content, "utf-8")


def test_a_review_of_an_article_that_is_not_there_is_a_finding(tmp_path: Path, zonegraph) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 4)])
    review = Path(project) / "data" / "review" / "it.ttl"
    review.rename(review.with_name("other.ttl"))
    result = zonegraph("evidence", "check", "--project", project, "--articles", texts)
    assert result.returncode == 1
    assert "data/review/other.ttl:3: violation [review-of-another-article]" in result.stdout
    review.with_name("other.ttl").write_text(
        review.with_name("other.ttl").read_text("utf-8").replace("-it ", "-other ")
    )
    assert [f.rule for f in checked(project, texts)] == ["omission-needs-source"]


def test_what_no_text_is_at_hand_for_is_said_to_be_unchecked_and_the_rest_is_judged(tmp_path: Path, zonegraph) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 4)])
    file = Path(project) / "data" / "articles" / "it.ttl"
    file.write_text(file.read_text("utf-8").replace("oa:end 15", "oa:end 14"), "utf-8")
    (Path(texts) / "any-name.txt").write_text("another text")
    files = ["data/articles/it.ttl", "data/review/it.ttl"]
    for given, missing in (
        (["--articles", texts], "is not in the folder given, where no .txt file has the article's zg:textDigest"),
        ([], "is not at hand"),
    ):
        for command in (["validate"], ["evidence", "check"]):
            arguments = [*command, "--project", project, *given]
            said = zonegraph(*arguments, ZONEGRAPH_ARTICLES="").stdout
            assert f"unchecked against the text, which {missing}: ranges and digests in {', '.join(files)} (" in said
            assert ("correct zg:textDigest, which `sha256sum` prints" in said) == bool(given)
            assert "digest-of-range" not in said
            document = json.loads(zonegraph(*arguments, "--format", "json", ZONEGRAPH_ARTICLES="").stdout)
            assert document["unchecked"] == dict.fromkeys(files, missing)
    file.write_text(file.read_text("utf-8").replace("oa:end 14", "oa:end 340"), "utf-8")
    assert [f.rule for f in checked(project, texts)] == ["range-too-long"]


def test_a_text_that_is_there_is_never_said_to_be_missing(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [(0, 3)])
    review = Path(project) / "data" / "review" / "it.ttl"
    review.write_text(review.read_text("utf-8").replace("oa:end 3", "oa:end 4"), "utf-8")
    article = Path(project) / "data" / "articles" / "it.ttl"
    sound = article.read_text("utf-8")

    def check() -> validation.Report:
        return validation.validate(sources.find(project), group=validation.PASSAGES, articles=texts)

    # A literal keeps the article from being judged, not its review.
    article.write_text(sound.replace("a zg:Article", 'a zg:Article ; zg:ordinal "x"^^xsd:integer'), "utf-8")
    article.write_text(f"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n{article.read_text('utf-8')}", "utf-8")
    assert [f.rule for f in check().findings] == ["ill-formed-literal", "digest-of-range"]
    assert check().unchecked == {}
    # Of an article that cannot be read nobody knows which text is meant.
    article.write_text("= = =", "utf-8")
    assert check().unchecked == {"data/review/it.ttl": "no article that can be read names by its digest"}
    assert "which no article that can be read names by its digest: ranges and digests in data/review/it.ttl (" in (
        validation.FORMATS["text"](check())
    )


def test_a_text_of_the_name_of_the_file_is_said_to_have_changed(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15)], [])
    (Path(texts) / "any-name.txt").rename(Path(texts) / "it.txt")
    (Path(texts) / "it.txt").write_text(f", {TEXT}", "utf-8")
    report = validation.validate(sources.find(project), group=validation.PASSAGES, articles=texts)
    assert report.unchecked["data/articles/it.ttl"] == CHANGED
    assert "ranges behind the change may have moved" in validation.FORMATS["text"](report)


def test_validate_and_evidence_check_find_the_same_of_a_passage(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 28), (0, 10), (5, 99)], [(0, 4)])
    file = Path(project) / "data" / "articles" / "it.ttl"
    file.write_text(file.read_text("utf-8") + "zgd:lonely a zg:City .\n", "utf-8")
    found = checked(project, texts)
    assert {f.rule for f in found} == {"range-over-lines", "range-outside-text", "passage-missing"}
    whole = validation.validate(sources.find(project), articles=texts).findings
    assert set(found) <= set(whole)
    assert {f.rule for f in whole} > {f.rule for f in found}, "validate looks at more than passages"


def test_evidence_check_reports_in_the_formats_and_exit_codes_of_validate(tmp_path: Path, zonegraph) -> None:  # type: ignore[no-untyped-def]
    project, texts = small_project(tmp_path, TEXT, [(5, 28)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    file.write_text(file.read_text("utf-8").replace("a zg:Article", 'a zg:Article ; zg:title "A bureau"@en'), "utf-8")

    def check(*arguments: str) -> tuple[int, str]:
        result = zonegraph("evidence", "check", "--project", project, "--articles", texts, *arguments)
        return result.returncode, result.stdout

    assert [f.severity for f in checked(project, texts)] == ["warning"]
    assert check()[0] == 0
    assert check("--fail-on", "warning")[0] == 1
    rules = json.loads(check("--format", "sarif")[1])["runs"][0]["tool"]["driver"]["rules"]
    ids = {rule["id"] for rule in rules}
    assert {"wording-as-printed", "passage-missing", "evidence-needs-start", "unreadable-file"} <= ids
    assert not {"unknown-term", "circle", "contradiction", "act-one-date"} & ids
    assert 'zgsh:ruleId "wording-as-printed"' in check("--format", "turtle")[1]
    file.write_text("not turtle", "utf-8")
    assert check()[0] == 2


def test_the_articles_are_accounted_for_to_the_last_character(texts: dict[str, str], zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph(
        "evidence", "coverage", "--format", "json", "--articles", os.environ["ZONEGRAPH_ARTICLES"], cwd=ROOT
    )
    assert result.returncode == 0, result.stdout
    covered = json.loads(result.stdout)
    assert {article["slug"] for article in covered} == set(texts)
    for article in covered:
        assert "unaccounted" not in article["shares"]
        assert article["characters"] == len("".join(texts[article["slug"]].split()))


def test_evidence_that_carries_no_triple_is_a_finding_and_accounts_for_nothing(tmp_path: Path) -> None:
    project, texts = small_project(tmp_path, TEXT, [(5, 15), (16, 28)], [])
    file = Path(project) / "data" / "articles" / "it.ttl"
    content = file.read_text("utf-8")
    second = content.rindex(" ]")
    file.write_text(content[:second] + " ; zg:supports zg:inBatch" + content[second:], "utf-8")
    assert [(f.rule, f.line) for f in checked(project, texts)] == [("supports-absent-property", 6)]
    ((covered,), _) = coverage.coverage(sources.find(project), texts)
    assert covered.shares["evidence"] == 9


@pytest.mark.parametrize("slug", sorted(path.stem for path in (ROOT / "data" / "articles").glob("*.ttl")))
def test_an_article_is_shown_in_the_order_of_its_text(zonegraph, text_of: Callable[[str], str], slug: str) -> None:  # type: ignore[no-untyped-def]
    text = text_of(slug)
    result = zonegraph("article", slug, "--format", "json", "--articles", os.environ["ZONEGRAPH_ARTICLES"], cwd=ROOT)
    entries = json.loads(result.stdout)
    assert [e["start"] for e in entries] == sorted(e["start"] for e in entries)
    assert all(e["text"] == text[e["start"] : e["end"]] for e in entries)
    assert all(e["statements"] or e["reason"] for e in entries), "no evidence carries nothing"


def test_an_unknown_article_offers_the_nearest_slug(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("article", "china-daily")
    assert result.returncode == 2
    assert "did you mean 2021-02-24-china-daily?" in result.stderr
