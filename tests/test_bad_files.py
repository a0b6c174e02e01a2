"""What a hurried curator gets wrong, kind by kind: each mistake is an edit of an article that conforms, with the finding expected.

tests/examples/findings/ has the article, `2023-05-12-china-daily.ttl`, and its text. Each `.toml` beside them is a kind of mistake, and
holds cases:

    [[case]]
    name = "the word billion is dropped"     # the test's name
    edits = [["zg:amount 30000000000", "zg:amount 30"]]   # what stands once in the article, and what comes in its place
    text = [["old", "new"]]                  # the same of the text; the article follows it in offsets and digests, before its own edits
    texts = {"other.txt" = "..."}            # texts at hand beside it, by name
    reference = {"people.ttl" = [["old", "new"]]}   # the same of files of the reference data, which are judged with it
    rule = "number-as-printed"               # the rule of the finding expected
    severity = "violation"                   # if it is not the rule's own
    at = "30"                                # what stands in the region of the finding
    line = "zg:amount 30 ;"                  # some of the line at which it stands
    says = ["30,000,000,000"]                # what message or remedy say
    others = ["places.ttl:459: zgd:city-x a zg:City"]   # some of `file:line: what stands there` of each other side expected
    fix = "30000000000"                      # what the edit of the fix puts there; "" for a fix that deletes; false if none may be offered
    follows = "date-as-printed"              # the rule of the finding that it follows from, if it does not stand for itself
    folds = ["percent-not-fraction"]         # the rules of what follows from it, each once for each finding
    also = ["unit-as-printed"]               # other rules that may have a finding beside it
    count = 1                                # how many findings of the rule stand for themselves
    conforms = true                          # if nothing of these is left once the fix is applied
    name-of-file = "other.ttl"               # if the file is not called as the article is
    encoding = "latin-1"                     # if it is not UTF-8

A case with `odd = true` is odd but right: nothing may be found, but for rules of `also`, which ask for something else. Where a finding has a fix, the file must conform once it is applied.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.editing import applied, span
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.rdf.turtle import START
from zonegraph.validation import Finding, Report, causes, checks, iris
from zonegraph.validation.checks import File
from zonegraph.validation.files import Given

FOLDER = ROOT / "tests" / "examples" / "findings"
ARTICLE = "2023-05-12-china-daily"
PROJECT = sources.find(str(ROOT))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}", marks=() if first else pytest.mark.thorough)
    for path in sorted(FOLDER.glob("*.toml"))
    for first, case in zip([True] + [False] * 10_000, tomllib.loads(path.read_text("utf-8"))["case"], strict=False)
]


def edited(text: str, edits: list[list[str]]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def followed(article: str, text: str, edits: list[list[str]]) -> tuple[str, str]:
    """Return the article as it would be of a text with some edits, and that text."""
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        at, more = text.index(old), len(new) - len(old)
        text = text.replace(old, new)

        def moved(range: re.Match[str], at: int = at, old: str = old, more: int = more, text: str = text) -> str:
            start, end = (int(bound) + more * (int(bound) >= at + len(old)) for bound in range.groups())
            digest = hashlib.sha256(text[start:end].encode()).hexdigest()
            return f'oa:start {start} ; oa:end {end} ; zg:digest "{digest}"'

        article = re.sub(r'oa:start (\d+) ; oa:end (\d+) ; zg:digest "\w+"', moved, article)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return re.sub(r'zg:textDigest "\w+"', f'zg:textDigest "{digest}"', article), text


def covered(text: str, finding: Finding) -> str:
    """Return what stands in the region of a finding."""
    return text[slice(*span(text, finding.region))]


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """What is found by judgements of files as they are, before causes are looked for."""
    found: list[Report] = []
    explained = causes.explained

    def watched(given: list[Given], judge: causes.Judge, project: sources.Project) -> Report:
        def judged(files: list[Given]) -> tuple[Report, list[File]]:
            report, read = judge(files)
            if files == given:
                found.append(report)
            return report, read

        return explained(given, judged, project)

    monkeypatch.setattr(causes, "explained", watched)
    return found


def known_by(iri: str, text: str) -> bool:
    """Return whether a text names a thing by its IRI or by a prefixed name."""
    return iri in text or any(iri.endswith(name) for name in re.findall(r":([\w-]+)", text))


def with_reference(changed: dict[str, list[list[str]]], folder: Path) -> tuple[sources.Project, list[Path]]:
    """Return the project with edited files of reference data, and these. Parameters: the edits, by name; a `folder` for the files."""
    reference, edited_files = [], []
    for file in PROJECT.reference:
        path = Path(file.path)
        if path.name in changed:
            path = folder / "reference" / path.name
            path.parent.mkdir(exist_ok=True)
            path.write_text(edited(Path(file.path).read_text("utf-8"), changed[path.name]), "utf-8")
            edited_files.append(path)
        reference.append(file._replace(path=str(path)))
    return PROJECT._replace(reference=reference), edited_files


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_has_its_finding(case: dict[str, Any], tmp_path: Path, first: list[Report]) -> None:
    article, printed = ((FOLDER / f"{ARTICLE}.{ending}").read_text("utf-8") for ending in ("ttl", "txt"))
    article, printed = followed(article, printed, case["text"]) if "text" in case else (article, printed)
    text = edited(article, case.get("edits", []))
    for name, content in {**case.get("texts", {}), f"{ARTICLE}.txt": printed}.items():
        (tmp_path / name).write_text(content, "utf-8")
    path = tmp_path / case.get("name-of-file", f"{ARTICLE}.ttl")
    path.write_bytes(text.encode(case.get("encoding", "utf-8")))
    project, others = with_reference(case.get("reference", {}), tmp_path)

    def found() -> Report:
        return validation.validate(project, [str(path), *map(str, others)], articles=str(tmp_path))

    report = found()
    if case.get("odd"):
        assert [f"{f.line} [{f.rule}] {f.message}" for f in report.findings if f.rule not in case.get("also", [])] == []
        return
    # Whatever it follows from, a finding is in the report.
    assert {(f.path, f.rule, f.region) for f in first[0].findings} <= {
        (f.path, f.rule, f.region) for f in report.findings
    }
    folded = report.folded()
    standing = list(folded)
    shown = "\n".join(f"{f.line} [{f.rule}] {f.message} ({f.remedy})" for f in standing)
    cause = case.get("follows")
    met = [
        f
        for f in (standing if cause is None else report.findings)
        if f.rule == case["rule"]
        and (cause is None or (f.because is not None and f.because.rule == cause))
        and f.severity == case.get("severity", f.severity)
        and ("at" not in case or covered(report.texts.get(f.path, text), f) == case["at"])
        and ("line" not in case or case["line"] in report.texts.get(f.path, text).split("\n")[f.line - 1])
    ]
    assert met, shown
    assert len(met) == case.get("count", len(met)), shown
    # What a finding is about is called as it is in the file, whatever else was found to be meant.
    assert {f.focus for f in report.findings if Path(f.path).name == path.name and not known_by(f.focus, text)} == set()
    assert {f.rule for f in standing} <= {cause or case["rule"], *case.get("also", [])}, shown
    if "folds" in case:
        assert sorted(f.rule for f in folded[met[0]]) == sorted(case["folds"]), shown
    for words in case.get("says", []):
        assert words in f"{met[0].message} {met[0].remedy}"
    sides = [f"{other.path}:{other.region.line}: {other.what}" for other in met[0].others]
    for words in case.get("others", []):
        assert any(words in side for side in sides), sides
    if case.get("fix") is False:
        assert all(finding.fix is None for finding in met), shown
    elif "fix" in case:
        assert met[0].fix is not None, shown
        assert case["fix"] in [edit.text for edit in met[0].fix.edits]
    for finding in standing:
        if finding.fix is not None:
            fixed = Path(report.paths[finding.path])
            fixed.write_bytes(applied(report.texts[finding.path], finding.fix.edits).encode())
            left = list(found().folded())
            fixed.write_bytes(report.texts[finding.path].encode())
            gone = (finding.rule, *finding.region[:2], finding.focus, finding.result_path)
            assert gone not in [(f.rule, *f.region[:2], f.focus, f.result_path) for f in left]
            assert {f.rule for f in left if f.severity == "violation"} <= {f.rule for f in report.findings}
            if len(standing) == 1 or (finding == met[0] and case.get("conforms")):
                assert left == []


def test_what_is_taken_for_another_thing_gets_an_iri_of_its_own_wherever_its_file_names_it() -> None:
    text = f"@prefix d: <{v.ZGD}> .\n# d:zone-one\nd:zone-one d:b d:zone-one-two, <{v.ZGD}zone-one>, 'd:zone-one' .\n"
    file = File("one.ttl", checks.ARTICLE, "one", turtle.read("one.ttl", text))
    found = [Finding("one.ttl", START, "violation", "zone-in-programme-of-its-batch", "", "", v.ZGD + "zone-one")]
    (cause,) = causes._mistaken(file, found, PROJECT)
    renamed = text.replace("\nd:zone-one ", "\nd:zone-one-2 ").replace(f"<{v.ZGD}zone-one>", "d:zone-one-2")
    assert turtle.changed(text, cause.changes) == renamed


def test_a_class_that_another_article_gives_such_a_thing_is_no_mistake_whatever_its_prefix(tmp_path: Path) -> None:
    text = f"@prefix zg: <{v.ZG}> .\n@prefix zgd: <{v.ZGD}> .\nzgd:approval-one a zg:Announcement .\n"
    file = File("one.ttl", checks.ARTICLE, "one", turtle.read("one.ttl", text))
    found = [Finding("one.ttl", START, "violation", "any", "", "", v.ZGD + "approval-one")]
    other = tmp_path / "other.ttl"
    project = PROJECT._replace(articles=[sources.SourceFile(str(other), "other.ttl", None)])
    for namespace, mistakes in ((v.ZGD, []), ("http://example.org/", ["class-of-iri"])):
        other.write_text(f"@prefix zg: <{v.ZG}> .\n@prefix : <{namespace}> .\n:approval-two a zg:Announcement .\n")
        assert [one.rule for one in iris.of_another_class(file, found, project)] == mistakes
