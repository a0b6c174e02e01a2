"""The article that the curators' guide works through becomes a valid file, step by step, as the guide shows.

`examples/guide` holds the invented article's text, its file as the guide has it written, what goes to the end of files that are
there, and the review.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import command
from tests.conftest import ROOT, copy_project
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import header, turtle

GUIDE = ROOT / "tests" / "examples" / "guide"
SLUG = "2022-03-15-morning-ledger"
ARTICLE = f"data/articles/{SLUG}.ttl"
REVIEW = f"data/review/{SLUG}.ttl"
ADDED = ("data/reference/organizations.ttl", "data/curation.ttl")  # to the end of these

PAGE = (ROOT / "docs" / "curating.md").read_text("utf-8")
WORKED = PAGE.partition("\n## One article from text to file\n")[2].partition("\n## ")[0]

# What follows within the article's graph, read off the text by hand: subject, property and value, each without its prefix, and
# of nodes of the article without the slug.
RESTATED = """
    approval-qingdao-most performedBy ministry-most
    approval-qingdao-most approvedBy ministry-most
    approval-qingdao-most date 2022-03-11
    approval-qingdao-most worded approved
    approval-shenyang-most performedBy ministry-most
    approval-shenyang-most approvedBy ministry-most
    approval-shenyang-most date 2022-03-11
    approval-shenyang-most worded approved
    zone-qingdao-most inProgramme programme-most-ai-pilot-zones
    zone-shenyang-most inProgramme programme-most-ai-pilot-zones
    announcement-most-qingdao-and-shenyang concerns zone-qingdao-most
    announcement-most-qingdao-and-shenyang concerns zone-shenyang-most
    notice-most-qingdao-and-shenyang publishedBy ministry-most
    notice-most-qingdao-and-shenyang topic list-zones
    notice-most-qingdao-and-shenyang topic zone-qingdao-most
    notice-most-qingdao-and-shenyang topic zone-shenyang-most
    goal-qingdao-focus setFor zone-qingdao-most
    zone-qingdao-most focusesOn ports
    zone-qingdao-most focusesOn new-materials
    target-talents setFor city-qingdao
    target-talents setOutIn plan-qingdao-ai-draft
    target-talents version draft
    target-talents deadline 2025
    target-talents lowest 100
    target-talents realisation planned
    target-projects setFor city-qingdao
    target-projects setOutIn plan-qingdao-ai-draft
    target-projects version draft
    target-projects deadline 2025
    target-projects lowest 20
    target-projects realisation planned
    goal-manufacturing setFor city-qingdao
    goal-manufacturing setOutIn plan-qingdao-ai-draft
    goal-manufacturing version draft
    goal-manufacturing realisation planned
    goal-learning setFor zone-qingdao-most
    goal-learning setFor zone-shenyang-most
"""


class Step(NamedTuple):
    """A command, with what it printed and what the guide shows."""

    command: str
    code: int
    printed: str
    shown: str


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", WORKED, re.DOTALL)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Step]]:
    """A copy of the project in which the guide was followed, and the steps."""
    folder = copy_project(tmp_path_factory.mktemp("guide") / "project")
    shutil.copytree(GUIDE / "texts", folder / "texts")
    shutil.copy(GUIDE / ARTICLE, folder / ARTICLE)
    for name in ADDED:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write((GUIDE / name).read_text("utf-8"))
    steps = []
    for at, block in enumerate(blocks("console")):
        if at:  # the review is written once coverage has said what is left
            shutil.copy(GUIDE / REVIEW, folder / REVIEW)
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            done = command.here(*shlex.split(line)[1:], cwd=folder)
            steps.append(Step(line, done.returncode, done.stdout + done.stderr, shown))
    return folder, steps


def test_the_guide_shows_the_files_as_they_are() -> None:
    *article, review, conclusion = blocks("turtle")
    article.remove(body := next(block for block in article if "a zg:NewsOrganization" in block))
    assert blocks("text") == [(GUIDE / "texts" / f"{SLUG}.txt").read_text("utf-8")]
    assert "\n".join(article) == (GUIDE / ARTICLE).read_text("utf-8")
    assert review == (GUIDE / REVIEW).read_text("utf-8")
    assert [f"\n{body}", f"\n{conclusion}"] == [(GUIDE / name).read_text("utf-8") for name in ADDED]


def test_each_command_prints_what_the_guide_shows(worked: tuple[Path, list[Step]]) -> None:
    _, steps = worked
    assert len(steps) == 6
    for step in steps:
        expected = re.escape(step.shown.rstrip("\n")).replace(r"\.\.\.", ".*")
        assert re.fullmatch(expected, step.printed.rstrip("\n")), step
    # Before the review is written, coverage finds something left.
    assert [step.code for step in steps] == [0, 0, 1, 0, 0, 0]


def test_the_files_are_valid_in_every_way(worked: tuple[Path, list[Step]]) -> None:
    folder, _ = worked
    report = validation.validate(
        sources.find(str(folder)),
        [str(folder / name) for name in (ARTICLE, REVIEW, *ADDED)],
        articles=str(folder / "texts"),
    )
    assert report.findings == []


def test_the_filled_line_is_as_shown(worked: tuple[Path, list[Step]]) -> None:
    folder, _ = worked
    (shown,) = re.findall(r"```turtle\n(zg:evidence .*?)\n```", PAGE)
    filled = re.sub('"([0-9a-f]{4})[0-9a-f]{60}"', r'"\1…"', (folder / ARTICLE).read_text("utf-8"))
    assert shown in filled


def test_the_rules_restate_what_the_text_says_once(worked: tuple[Path, list[Step]]) -> None:
    folder, _ = worked
    query = f"""
        SELECT ?s ?p ?o {{
          GRAPH <{v.ARTICLE_GRAPH}{SLUG}> {{ ?s ?p ?o }}
          GRAPH <{v.INFERRED_GRAPH}> {{ ?s ?p ?o }}
          FILTER NOT EXISTS {{ ?s a zg:Passage }}
          FILTER(?p NOT IN (zg:inPassage, zg:saidBy))
        }}"""
    rows = command.here("query", "-e", query, "--format", "csv", cwd=folder).stdout.splitlines()[1:]
    restated = {" ".join(re.split("[/#]", cell)[-1].replace(f"-{SLUG}", "") for cell in row.split(",")) for row in rows}
    assert restated == {line.strip() for line in RESTATED.strip().splitlines()}


def test_the_guide_names_each_rule_of_scope_article_and_no_other() -> None:
    table = PAGE.partition("\n## What the rules give\n")[2].partition("\n## ")[0]
    named = {rule for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for rule in re.findall("`(.*?)`", row)}
    rules = {
        path.stem
        for path in (ROOT / "ontology" / "rules").glob("*.rq")
        if header.read(str(path), path.read_text("utf-8")).get("scope") == "article"
    }
    assert named == rules


def test_the_guide_has_each_word_for_an_act_that_the_ontology_has() -> None:
    table = PAGE.partition("\n### Which word is which act\n")[2].partition("\n## ")[0]
    rows = [re.match(r"\| (.+) \|.*`(zg:\w+)` \|$", line) for line in table.splitlines()[3:] if line.startswith("|")]
    shown = {(row[2], word) for row in rows if row for word in re.split("[,;] ", row[1])}
    (ontology,) = (file for file in sources.find(str(ROOT)).ontology if file.name == "ontology/zonegraph.ttl")
    words = [t for t in turtle.parse(ontology.path) if t.predicate.value == f"{v.ZG}usualWord"]
    assert shown == {(v.shorten(t.subject.value), t.object.value) for t in words}  # type: ignore[union-attr]
    assert len(shown) == len(words)  # no word stands in two languages
