"""Texts from strangers that an editor has open: what it shows of them is clean, and what looks at one hinders nobody else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lsprotocol import types

from tests.conftest import ROOT
from tests.editor_client import in_a_thread
from zonegraph import terminal
from zonegraph.editor import findings, index, names
from zonegraph.project import texts
from zonegraph.rdf.turtle import Region
from zonegraph.validation import Finding
from zonegraph.validation.findings import Edit, Fix, Other

EVIL = "\x1b]0;typed\x07\u202edesrever\u2066"
WHOLE = types.Range(types.Position(0, 0), types.Position(0, 1))


def test_of_a_finding_in_an_editor_a_terminal_obeys_nothing_and_its_fix_writes_what_it_says() -> None:
    region = Region(1, 1, 1, 2)
    finding = Finding("a.ttl", region, "warning", "r", f"It is {EVIL}.", f"write {EVIL}")
    finding = finding._replace(others=(Other("a.ttl", region, EVIL),), fix=Fix(EVIL, (Edit("a.ttl", region, EVIL),)))
    shown = findings.shown([finding], "file:///a.ttl", "", "a", "utf-16")
    diagnostic = shown[0].diagnostic
    (action,) = findings.fixes(shown, WHOLE, "file:///a.ttl", 1, "a", "utf-16", versioned=False)
    assert diagnostic.related_information
    for said in (diagnostic.message, diagnostic.related_information[0].message, action.title):
        assert "desrever" in said
        assert terminal.clean(said) == said
    assert action.edit
    assert action.edit.changes
    assert action.edit.changes["file:///a.ttl"][0].new_text == EVIL


def test_of_a_name_in_an_editor_a_terminal_obeys_nothing(tmp_path: Path) -> None:
    name = index.Name(
        iri="https://w3id.org/zonegraph/id/x",
        labels={"en": EVIL},
        others=frozenset(),
        types=frozenset(),
        definition=f"[a]({EVIL})",
        ranges=frozenset(),
        domains=frozenset(),
        above=frozenset(),
        uses={},
        described=(),
    )
    known = index.EMPTY._replace(names={name.iri: name})
    text = "@prefix zgd: <https://w3id.org/zonegraph/id/> .\nzgd:x"
    of = names.Text(text, text.split("\n"), "utf-16")
    hover = names.hover(known, of, types.Position(1, 2))
    assert hover
    assert isinstance(hover.contents, types.MarkupContent)
    (item,) = names.complete(known, of, types.Position(1, 2), is_turtle=True).items
    for said in (hover.contents.value, item.detail, item.documentation):
        assert isinstance(said, str)
        assert "desrever" in said
        assert terminal.clean(said) == said


def test_a_name_that_no_file_can_have_is_none(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(findings, "whole", lambda *_: ([], ""))
    editor, serving, _ = in_a_thread()
    editor.begin()
    request.addfinalizer(lambda: (editor.end(), serving.join(60)))
    editor.open("file:///tmp/a%00b.ttl", "<a> <b>")
    _, (found,) = editor.shown()
    assert found["code"] == "unreadable-file"
    assert editor.logged == []


def test_a_text_beyond_the_bound_of_a_file_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_FILE", 1 << 20)
    (found,) = findings.at_once(findings.UNTITLED, "#" * (1 << 20) + "\n", findings.NOTHING)
    assert found.rule == "unreadable-file"
    assert "arger than 1 MiB" in found.message


@pytest.mark.parametrize(
    ("name", "thread"), [("queries/timeline.rq", "zonegraph-whole"), ("shapes/zone.ttl", "zonegraph-by-itself")]
)
def test_what_an_engine_reads_is_looked_at_by_the_thread_that_opens_files(
    name: str, thread: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """While an engine evaluates the process can open no file, so that another thread would find none."""
    looking: list[str] = []

    def at_once(*_: object) -> list[Finding]:
        looking.append(threading.current_thread().name)
        return []

    editor, serving, _ = in_a_thread()
    editor.begin()
    request.addfinalizer(lambda: (editor.end(), serving.join(60)))
    monkeypatch.setattr(findings, "at_once", at_once)
    monkeypatch.setattr(findings, "whole", lambda *_: ([], ""))
    path = ROOT / name
    editor.open(path.as_uri(), path.read_text("utf-8"), "turtle" if path.suffix == ".ttl" else "sparql")
    editor.judged()
    assert [name.rpartition("_")[0] for name in looking] == [thread]
