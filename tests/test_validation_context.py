"""What the context holds back until somebody asks for it changes no finding."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from tests.conftest import ROOT
from zonegraph import sources, turtle, validation
from zonegraph import vocabulary as v
from zonegraph.sources import Project, SourceFile
from zonegraph.validation import checks, context, shapes

EXAMPLES = sorted({path.parent for path in (ROOT / "tests" / "examples" / "shapes").rglob("*.ttl")})
ARTICLES = sorted((ROOT / "data" / "articles").glob("*.ttl"))

MIIT = "programme-miit-ai-pilot-zones"
EVIDENCE = f'zg:evidence [ oa:start 0 ; oa:end 9 ; zg:digest "{"0" * 64}" ]'
# Each goes wrong only together with what other files say, some only in the merge or by inference.
MISTAKES = f"""
@prefix zg: <{v.ZG}> .
@prefix zgd: <{v.ZGD}> .
@prefix oa: <{v.OA}> .
zgd:zone-hangzhou-again a zg:AIPilotZone ; zg:locatedIn zgd:city-hangzhou ; {EVIDENCE} ;
    zg:inProgramme zgd:programme-miit-ai-pilot-zones .
zgd:zone-hangzhou-most zg:inProgramme zgd:programme-miit-ai-pilot-zones ; zg:inBatch zgd:batch-miit-1 ; {EVIDENCE} .
zgd:zone-chengdu-miit zg:inBatch zgd:batch-miit-1 ; {EVIDENCE} .
zgd:batch-miit-again a zg:Batch ; zg:ofProgramme zgd:programme-miit-ai-pilot-zones ; zg:ordinal 2 ; {EVIDENCE} .
zgd:batch-miit-1 zg:ordinal 7 ; {EVIDENCE} .
zgd:approval-hangzhou-miit zg:concerns zgd:zone-chengdu-miit ; {EVIDENCE} .
zgd:approval-again a zg:Approval ; zg:approvedBy zgd:ministry-miit ; zg:concerns zgd:zone-shenzhen-miit ; {EVIDENCE} .
zgd:province-zhejiang zg:within zgd:city-hangzhou ; {EVIDENCE} .
zgd:ministry-most a zg:Person ; {EVIDENCE} .
zgd:zone-tianjin-miit zg:approvedBy zgd:city-hangzhou ; zg:locatedIn zgd:city-hangzou ; {EVIDENCE} .
zgd:conclusion-again a zg:Conclusion ; zg:about zgd:zone-chengdu-miit ; zg:supports zg:inProgramme ;
    zg:value zgd:programme-most-ai-pilot-zones ; {EVIDENCE} .
"""


class Whole(context.Context):
    """The context as a plain graph of rdflib, into which every file is read."""

    def __init__(self, project: Project, files: list[SourceFile], *, cached: bool = True) -> None:
        super().__init__(project, [], cached=cached)
        self.graph = shapes.Graph(bind_namespaces="none")

    def admit(self, files: Iterable[SourceFile]) -> None:
        graph = rdflib.Graph(bind_namespaces="none")
        for file in files:
            if os.path.realpath(file.path) not in self.judged:
                shapes.add(graph, (t for t in turtle.parse(file.path) if checks.well_formed(t.object)))
        self.add(graph)

    judged: set[str]


def both_ways(project: Project, path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[validation.Report]:
    quick = validation.validate(project, [str(path)], **options)
    with monkeypatch.context() as patch:
        patch.setattr(validation, "Context", Whole)
        patch.setattr(Whole, "judged", {os.path.realpath(path)}, raising=False)
        return [quick, validation.validate(project, [str(path)], **options)]


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: "-".join(path.parts[-2:]))
def test_the_examples_have_the_same_report_whether_the_context_is_read_whole_or_not(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, whole = both_ways(project, folder, monkeypatch)
    assert quick == whole


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_with_mistakes_has_the_same_report_whether_the_context_is_read_whole_or_not(
    path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "project" / "data" / "articles" / path.name
    for folder in ("ontology", "data"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    changed.write_text(path.read_text("utf-8") + MISTAKES, "utf-8")
    copied = sources.find(str(tmp_path / "project"))._replace(shapes=project.shapes)
    quick, whole = both_ways(copied, changed, monkeypatch)
    assert quick == whole
    rules = {finding.rule for finding in quick.findings}
    assert rules >= {"zone-entered-twice", "batch-entered-twice", "circle", "undefined-reference"}
    assert sum(rule.endswith("-overall") for rule in rules) >= 3
    assert rules & {"contradiction", "classes-exclude-each-other"}


def test_a_constraint_in_sparql_reaches_what_other_articles_say(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape, article = tmp_path / "shape.ttl", tmp_path / "new-article.ttl"
    shape.write_text(
        f"""@prefix sh: <{v.SH}> . @prefix zgsh: <{v.ZGSH}> .
        zgsh:Asked a sh:NodeShape ; zgsh:judgedOver zgsh:Merge ; sh:targetClass <{v.ZG}Batch> ; sh:sparql [
          zgsh:ruleId "asked" ; sh:message "No." ;
          sh:select \"""SELECT $this WHERE {{ ?other <{v.ZG}inBatch>/<{v.ZG}ofProgramme> ?programme .
                     $this <{v.ZG}ofProgramme> ?programme . ?other ?any ?city . ?city a <{v.ZG}City> }}\""" ] .""",
        "utf-8",
    )
    article.write_text(MISTAKES, "utf-8")
    asking = project._replace(shapes=[SourceFile(str(shape), "shape.ttl", None)])
    quick, whole = both_ways(asking, article, monkeypatch)
    assert quick == whole
    assert "asked" in {finding.rule for finding in quick.findings}


def test_values_are_compared_as_they_are_written(project_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def amount(text: str) -> str:
        return f'\n<{v.ZGD}batch-new> a <{v.ZG}Batch> ; <{v.ZG}ordinal> "{text}"^^<{v.XSD}integer> .\n'

    curation = project_copy / "data" / "curation.ttl"
    curation.write_text(curation.read_text("utf-8") + amount("07"), "utf-8")
    article = project_copy / "new.ttl"
    for text, repeated in (("07", False), ("7", True)):
        article.write_text(amount(text), "utf-8")
        quick, whole = both_ways(sources.find(str(project_copy)), article, monkeypatch)
        assert quick == whole
        assert ("batch-one-ordinal-overall" in {finding.rule for finding in quick.findings}) == repeated


@pytest.mark.parametrize(
    "term", ['"a"', '"a"@en', '"a"@EN-gb', '"07"^^<urn:x>', '"^x\\"y\\n"', "<urn:é>", '""', '"^"^^<urn:y>']
)
def test_a_term_comes_out_of_the_index_as_it_went_in(term: str) -> None:
    (triple,) = ox.parse(f"<urn:s> <urn:p> {term} .".encode(), format=ox.RdfFormat.TURTLE)
    text = context._encoded(triple.object)
    assert context._decoded(text) == shapes.to_rdflib(triple.object)
    assert context._encoded(shapes.to_rdflib(triple.object)) == text


@pytest.mark.parametrize(
    ("rule", "elsewhere", "judged"),
    [
        ("zone-entered-twice", "zgd:z zg:locatedIn zgd:city-hangzhou", f"zgd:z zg:inProgramme zgd:{MIIT}"),
        ("zone-entered-twice", f"zgd:z zg:inProgramme zgd:{MIIT}", "zgd:z zg:locatedIn zgd:city-hangzhou"),
        ("zone-entered-twice", "zgd:z zg:locatedIn zgd:city-hangzhou", "zgd:z zg:inBatch zgd:batch-miit-1"),
        (
            "zone-entered-twice",
            "zgd:z zg:locatedIn zgd:city-hangzhou ; zg:inBatch zgd:b",
            f"zgd:b zg:ofProgramme zgd:{MIIT}",
        ),
        ("batch-entered-twice", "zgd:b zg:ordinal 2", f"zgd:b zg:ofProgramme zgd:{MIIT}"),
        ("batch-entered-twice", f"zgd:b zg:ofProgramme zgd:{MIIT}", "zgd:b zg:ordinal 2"),
    ],
)
def test_a_file_that_completes_what_makes_two_of_one_has_the_finding(
    rule: str, elsewhere: str, judged: str, project_copy: Path
) -> None:
    prefixes = f"@prefix zg: <{v.ZG}> . @prefix zgd: <{v.ZGD}> .\n"
    curation, article = project_copy / "data" / "curation.ttl", project_copy / "new.ttl"
    article.write_text(f"{prefixes}{judged} .\n", "utf-8")

    def lines() -> list[int]:
        report = validation.validate(sources.find(str(project_copy)), [str(article)])
        return [finding.line for finding in report.findings if finding.rule == rule]

    assert lines() == []
    curation.write_text(f"{curation.read_text('utf-8')}\n{prefixes}{elsewhere} .\n", "utf-8")
    assert lines() == [2]


# ---------------------------------------------------------------- the index in the cache


def index_of(cache: Path) -> Path:
    (path,) = cache.glob("*.index")
    return path


def entered(cache: Path) -> dict[str, int]:
    with sqlite3.connect(index_of(cache)) as connection:
        return dict(connection.execute("SELECT digest, id FROM file"))


@pytest.fixture
def judge(project_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Judge a batch that curation numbers 2 and the file 1, with a cache of its own."""
    monkeypatch.setenv("ZONEGRAPH_CACHE", str(tmp_path / "cache"))
    article = tmp_path / "new.ttl"
    article.write_text(f"<{v.ZGD}batch-miit-2> <{v.ZG}ordinal> 1 .\n", "utf-8")

    def judged() -> list[str]:
        return sorted({f.rule for f in validation.validate(sources.find(str(project_copy)), [str(article)]).findings})

    return judged


def test_only_a_file_that_changed_is_read_again(
    judge: Callable[[], list[str]], project_copy: Path, tmp_path: Path
) -> None:
    before = judge()
    assert "batch-one-ordinal-overall" in before
    numbers = entered(tmp_path / "cache")
    curation = project_copy / "data" / "curation.ttl"
    curation.write_text(curation.read_text("utf-8") + f"<{v.ZGD}x> <{v.ZG}within> <{v.ZGD}x> .\n", "utf-8")
    assert judge() == before
    after = entered(tmp_path / "cache")
    assert len(after) == len(numbers)
    assert len(after.items() & numbers.items()) == len(numbers) - 1


def test_a_damaged_index_is_made_again(judge: Callable[[], list[str]], tmp_path: Path) -> None:
    before = judge()
    path = index_of(tmp_path / "cache")
    path.write_bytes(b"no database" * 1000)
    assert judge() == before
    assert entered(tmp_path / "cache")


def test_pages_damaged_below_what_is_read_first_are_found_out_and_made_again(
    judge: Callable[[], list[str]], tmp_path: Path
) -> None:
    before = judge()
    path = index_of(tmp_path / "cache")
    content = path.read_bytes()
    for first in range(1, len(content) // 4096, 60):  # the table, or an index beside it
        path.write_bytes(content[: 4096 * first] + b"\xa5" * 4096 * 60 + content[4096 * (first + 60) :])
        assert judge() == before, first
        assert judge() == before
        with sqlite3.connect(index_of(tmp_path / "cache")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM triple",
        "DELETE FROM triple WHERE rowid % 100 = 0",
        "UPDATE triple SET o = o || 'x' WHERE rowid = 9",
        "UPDATE file SET triples = ''",
        "DROP TABLE triple",
        "DROP INDEX by_object",
        "ALTER TABLE triple RENAME COLUMN o TO object",
        "PRAGMA user_version = 1",
    ],
)
def test_an_index_that_can_be_read_but_is_not_as_it_was_entered_is_made_again(
    change: str, judge: Callable[[], list[str]], tmp_path: Path
) -> None:
    before = judge()

    def content() -> list[Any]:
        with contextlib.closing(sqlite3.connect(index_of(tmp_path / "cache"))) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            rows = connection.execute("SELECT count(*) FROM triple").fetchall()
            incomplete = connection.execute(context._INCOMPLETE).fetchall()
            return [tables, rows, incomplete, connection.execute("PRAGMA user_version").fetchall()]

    sound = content()
    with contextlib.closing(sqlite3.connect(index_of(tmp_path / "cache"))) as connection:
        connection.execute(change)
        connection.commit()
    assert judge() == before
    assert content() == sound


def test_one_run_sees_one_state_of_the_index_whatever_others_write(
    judge: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = judge()
    select, written = context._Index.select, []

    def and_then_emptied(index: context._Index, **terms: str) -> Any:
        rows = list(select(index, **terms))
        if not written:
            with contextlib.closing(sqlite3.connect(index_of(tmp_path / "cache"))) as connection:
                written.append(connection.execute("DELETE FROM triple").rowcount)
                connection.commit()
        return rows

    monkeypatch.setattr(context._Index, "select", and_then_emptied)
    assert judge() == before
    assert written[0] > 1000


def test_a_file_that_changed_between_two_runs_counts_as_it_is_now(
    judge: Callable[[], list[str]], project_copy: Path
) -> None:
    assert "batch-one-ordinal-overall" in judge()
    for path in (project_copy / "data").rglob("*.ttl"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"zg:ordinal 2\b", "zg:ordinal 1", text), "utf-8")
    assert "batch-one-ordinal-overall" not in judge()


def test_an_index_that_another_process_keeps_locked_is_done_without(
    judge: Callable[[], list[str]], project_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = judge()
    monkeypatch.setattr(context, "_WAIT", 0.1)
    places = project_copy / "data" / "reference" / "places.ttl"
    places.write_text(places.read_text("utf-8") + "\n", "utf-8")
    with sqlite3.connect(index_of(tmp_path / "cache")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert judge() == before


def test_a_context_lacks_no_file_that_another_process_takes_out(
    judge: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = judge()
    looked_up = context._lacking

    def and_then_gone(connection: sqlite3.Connection, *arguments: Any) -> list[SourceFile]:
        lacking = looked_up(connection, *arguments)
        if not lacking:
            connection.execute("DELETE FROM file")
        return lacking

    monkeypatch.setattr(context, "_lacking", and_then_gone)
    assert judge() == before


def test_clearing_the_cache_takes_the_index_with_it(judge: Callable[[], list[str]], tmp_path: Path) -> None:
    from zonegraph import cache

    judge()
    assert cache.clear() >= 2
    assert not list((tmp_path / "cache").iterdir())
