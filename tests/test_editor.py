"""An editor is told what `validate` finds while a file is typed, and what its names mean: over the protocol that editors speak."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.conftest import ROOT
from tests.editor_client import Editor, in_a_process, in_a_thread
from tests.processes import environment
from zonegraph import validation
from zonegraph.editor import findings, place
from zonegraph.editor.place import PROPERTY, SUBJECT, VALUE, Place
from zonegraph.project import sources
from zonegraph.rdf.turtle import START, Region
from zonegraph.validation import Finding
from zonegraph.validation.findings import Edit, Fix, Other

FOLDER = ROOT / "tests" / "examples" / "findings"
PATH = FOLDER / "2023-05-12-china-daily.ttl"
TEXT = PATH.read_text("utf-8")
URI = PATH.as_uri()
PREFIXES = "".join(f"@prefix {p}: <https://w3id.org/zonegraph/{n}> .\n" for p, n in (("zg", "ns#"), ("zgd", "id/")))


@pytest.fixture
def editor() -> Iterator[Editor]:
    """An editor that has begun, with a server in this process."""
    editor, thread, _ = in_a_thread(str(FOLDER))
    editor.begin()
    yield editor
    editor.end()
    thread.join()


def bridges(folder: Path) -> Path:
    """Return a copy of a small project on another subject."""
    return Path(shutil.copytree(ROOT / "tests" / "projects" / "bridges", folder / "bridges"))


@pytest.fixture
def no_judgement_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "whole", lambda *_: ([], ""))


def codes(diagnostics: list[dict[str, Any]]) -> list[str]:
    return [diagnostic["code"] for diagnostic in diagnostics]


def covered(text: str, diagnostic: dict[str, Any]) -> str:
    """What stands in the range of a diagnostic, which lies in one line and is counted in UTF-16."""
    start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
    line = text.split("\n")[start["line"]].encode("utf-16-le")
    return line[2 * start["character"] : 2 * end["character"]].decode("utf-16-le")


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    for edit in edits:
        line = edit["range"]["start"]["line"]
        lines = text.split("\n")
        old = lines[line]
        start, end = (edit["range"][side]["character"] for side in ("start", "end"))
        lines[line] = old[:start] + edit["newText"] + old[end:]
        text = "\n".join(lines)
    return text


# ---------------------------------------------------------------- findings


def test_an_unknown_term_is_told_at_once_and_all_findings_after(editor: Editor) -> None:
    editor.open(URI, TEXT)
    assert editor.judged() == []
    text = TEXT.replace("zg:amount 489", "zg:amout 489")
    editor.change(URI, 2, text)
    version, at_once = editor.shown()
    assert (version, codes(at_once)) == (2, ["unknown-term"])
    (term,) = at_once
    assert (term["severity"], term["source"]) == (1, "zonegraph")
    assert "zg:amout is not a declared property." in term["message"]
    assert "did you mean zg:amount?" in term["message"]
    version, whole = editor.shown()
    assert version == 2
    assert codes(whole) == ["unknown-term"]
    # What stands in lines that are not changed stays until it is judged again.
    editor.change(URI, 3, "# a line more\n" + text)
    _, still = editor.shown()
    lines = {d["code"]: d["range"]["start"]["line"] for d in whole}
    assert {d["code"]: d["range"]["start"]["line"] - 1 for d in still} == lines
    editor.shown()
    editor.change(URI, 4, TEXT)
    editor.shown()
    assert editor.shown() == (4, [])


def test_a_file_is_judged_as_it_is_typed_and_not_as_it_is_saved(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / PATH.name
    editor.open(path.as_uri(), TEXT)  # no such file
    assert editor.judged() == []
    path.write_text("nonsense", "utf-8")
    editor.change(path.as_uri(), 2, TEXT.replace("zg:amount 489", 'zg:amount "489"'))
    (found,) = [d for d in editor.judged() if d["range"]["start"]["line"] == line_of(TEXT, "zg:amount 489")]
    assert found["severity"] == 1
    assert path.read_text("utf-8") == "nonsense"


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n")


def test_a_text_without_a_file_and_one_outside_of_a_project_are_judged(editor: Editor, tmp_path: Path) -> None:
    for uri in ("untitled:Untitled-1", (tmp_path / "a name with < and 中文.ttl").as_uri()):
        editor.open(uri, f"{PREFIXES}zgd:x a zg:Zoo .\n")
        assert "unknown-term" in codes(editor.judged())
        editor.close(uri)
        assert editor.shown() == (None, [])


def test_what_is_no_file_of_the_graph_is_left_alone(editor: Editor, tmp_path: Path) -> None:
    editor.open((tmp_path / "notes.md").as_uri(), "zgd:x a zg:Zoo .", "markdown")
    editor.open(URI, TEXT)
    message = editor.told.get(timeout=60)
    assert message["params"]["uri"] == URI
    assert editor.at("textDocument/hover", (tmp_path / "notes.md").as_uri(), 0, 9) is None


def test_a_file_that_is_closed_has_no_findings_left(editor: Editor) -> None:
    editor.open(URI, TEXT.replace("zg:amount 489", "zg:amout 489"))
    assert editor.judged()
    editor.close(URI)
    assert editor.shown(URI) == (None, [])


def test_invalid_turtle_has_its_error_where_it_stands_and_is_judged_once_it_is_mended(editor: Editor) -> None:
    broken = TEXT.replace("zg:amount 489 ;", "zg:amount 489 ] ;")
    editor.open(URI, broken)
    found = editor.judged()
    assert codes(found) == ["unreadable-file"]
    assert found[0]["range"]["start"]["line"] == line_of(broken, "489 ]")
    assert covered(broken, found[0])
    editor.change(URI, 2, TEXT)
    assert editor.judged() == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shapes/zone.ttl", "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<x> a sh:NodeShape ;; .. "),
        ("shapes/rules/circle.rq", "SELECT ?focus { ?focus ?p ?o }"),
        ("shapes/lexicon.json", '{"numbers": }'),
        ("ontology/zonegraph.ttl", "<x> <y>"),
        ("queries/timeline.rq", "SELECT * { ?s ?p ?o }"),
    ],
)
def test_a_file_that_others_are_judged_by_is_read_as_what_it_is(editor: Editor, name: str, text: str) -> None:
    editor.open((ROOT / name).as_uri(), text, "sparql" if name.endswith(".rq") else "turtle")
    assert codes(editor.judged()) == ["unreadable-file"]
    editor.change((ROOT / name).as_uri(), 2, (ROOT / name).read_text("utf-8"))
    assert editor.judged() == []


def test_columns_are_counted_as_editors_count_them(editor: Editor, no_judgement_of_the_whole: None) -> None:
    text = f'{PREFIXES}zgd:x zg:namedAs "😀 中文 𠮷"@zh ; zg:amout 1 .\r\n'
    editor.open(URI, text)
    _, (found,) = editor.shown()
    assert covered(text, found) == "zg:amout"
    for name, shift in (("utf-32", 0), ("utf-8", 10)):
        other, thread, _ = in_a_thread()
        assert other.begin(general={"positionEncodings": [name]})["positionEncoding"] == name
        other.open(URI, text)
        _, (theirs,) = other.shown()
        assert theirs["range"]["start"]["character"] == text.split("\n")[2].index("zg:amout") + shift
        other.end()
        thread.join()


def test_of_rapid_edits_the_last_is_judged_and_what_they_overtook_is_not_shown(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    go_on = threading.Event()

    def slow(path: str, text: str, *_: object) -> tuple[list[Finding], str]:
        begun.append(text)
        go_on.wait(60)
        return [Finding(path, START, "warning", "judged", text, "")], ""

    monkeypatch.setattr(findings, "whole", slow)
    editor.open(URI, PREFIXES)
    assert editor.shown()[0] == 1
    for version in range(2, 40):
        editor.change(URI, version, f"{PREFIXES}# {version}")
    assert editor.shown() == (39, [])  # while the first is still being judged
    go_on.set()
    version, (found,) = editor.shown()
    assert (version, found["message"]) == (39, f"{PREFIXES}# 39")
    assert begun == [PREFIXES, f"{PREFIXES}# 39"]


def test_a_file_of_ten_thousand_lines_is_judged_and_names_are_explained_meanwhile(
    editor: Editor, no_judgement_of_the_whole: None
) -> None:
    thing = 'zgd:thing-{0} a zg:Organization ;\n    zg:namedAs "thing {0}"@en .\n\n\n'
    text = PREFIXES + "".join(map(thing.format, range(2500))) + "zgd:last zg:amout 1 .\n"
    assert text.count("\n") > 10_000
    editor.open(URI, text)
    assert "zg:namedAs" in editor.at("textDocument/hover", URI, 3, 6)["contents"]["value"]
    _, found = editor.shown()
    assert [(d["code"], d["range"]["start"]["line"]) for d in found] == [("unknown-term", text.count("\n") - 1)]
    items = editor.at("textDocument/completion", URI, text.count("\n") - 1, len("zgd:last zg:am"))["items"]
    assert "zg:amount" in [item["label"] for item in items]


def test_a_fault_of_the_program_is_one_line_in_the_log_and_the_next_text_is_judged(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def fail(*_: object) -> tuple[list[Finding], str]:
            raise RuntimeError("broken\nall over")

        patch.setattr(findings, "whole", fail)
        editor.open(URI, TEXT)
        assert editor.shown() == (1, [])
        deadline = time.monotonic() + 60
        while not editor.logged and time.monotonic() < deadline:
            time.sleep(0.01)
    assert editor.logged[:1] == ["zonegraph: RuntimeError: broken"]
    editor.change(URI, 2, TEXT)
    assert editor.judged() == []


# ---------------------------------------------------------------- fixes


def test_a_fix_is_offered_where_its_finding_stands_and_mends_the_text(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("zg:amount 489", "zg:amount 498")
    line = line_of(text, "zg:amount 498")
    column = text.split("\n")[line].index("498") + 1
    region = Region(line + 1, column, line + 1, column + 3)
    whole = findings.whole

    def with_fix(path: str, *rest: Any) -> tuple[list[Finding], str]:
        fix = Fix("write 489", (Edit(path, region, "489"),))
        found, reason = whole(path, *rest)
        return [f._replace(fix=fix) if f.region == region else f for f in found], reason

    monkeypatch.setattr(findings, "whole", with_fix)
    editor.open(URI, text)
    shown = editor.judged()
    assert shown
    at = shown[0]["range"]
    params = {"textDocument": {"uri": URI}, "range": at, "context": {"diagnostics": shown}}
    (action,) = editor.ask("textDocument/codeAction", params)
    assert (action["title"], action["kind"], action["isPreferred"]) == ("write 489", "quickfix", True)
    assert [d["code"] for d in action["diagnostics"]] == [shown[0]["code"]]
    mended = applied(text, action["edit"]["changes"][URI])
    assert mended == TEXT
    elsewhere = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    assert editor.ask("textDocument/codeAction", {**params, "range": elsewhere}) == []
    editor.change(URI, 2, mended)
    assert editor.ask("textDocument/codeAction", params) == []  # the text is another now
    assert editor.judged() == []


def test_an_editor_that_takes_versions_gets_the_fix_for_the_version_that_was_judged() -> None:
    region = Region(1, 1, 1, 2)
    finding = Finding("a.ttl", region, "warning", "r", "m", "", fix=Fix("write b", (Edit("a.ttl", region, "b"),)))
    shown = findings.shown([finding], "file:///a.ttl", "", "a", "utf-16")
    whole = types.Range(types.Position(0, 0), types.Position(0, 1))
    (action,) = findings.fixes(shown, whole, "file:///a.ttl", 7, "a", "utf-16", versioned=True)
    assert action.edit
    assert action.edit.document_changes
    change = action.edit.document_changes[0]
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.version, change.edits[0]) == (7, types.TextEdit(whole, "b"))


def test_a_fix_that_changes_another_file_is_left_out() -> None:
    region = Region(1, 1, 1, 2)
    finding = Finding("a.ttl", region, "warning", "r", "m", "", fix=Fix("write b", (Edit("b.ttl", region, "b"),)))
    shown = findings.shown([finding], "file:///a.ttl", "", "a", "utf-16")
    whole = types.Range(types.Position(0, 0), types.Position(0, 1))
    assert findings.fixes(shown, whole, "file:///a.ttl", 1, "a", "utf-16", versioned=False) == []


# ---------------------------------------------------------------- findings as diagnostics


def test_what_another_finding_explains_is_counted_there(tmp_path: Path) -> None:
    first, second = (
        Finding("a.ttl", region, "violation", "cause", "It is wrong.", "mend it")
        for region in (START, Region(1, 2, 1, 3))
    )
    shown = findings.shown(
        [first, second, *(second._replace(rule=rule, because=second.origin) for rule in ("other", "more"))],
        "file:///a.ttl",
        "",
        "abc",
        "utf-16",
    )
    messages = [item.diagnostic.message for item in shown]
    assert messages == [
        "It is wrong.\nRemedy: mend it",
        "It is wrong.\nRemedy: mend it\nand 2 that follow from it: 1 other, 1 more",
    ]


def test_of_a_chain_all_are_counted_and_what_follows_from_nothing_shown_stands_for_itself() -> None:
    cause = Finding("a.ttl", START, "violation", "cause", "It is wrong.", "")
    next_one = cause._replace(rule="next", because=cause.origin)
    last = cause._replace(rule="last", because=next_one.origin)
    left = cause._replace(rule="left", message="So is this.", because=cause.origin._replace(rule="mended"))
    shown = findings.shown([cause, next_one, last, left], "file:///a.ttl", "", "abc", "utf-16")
    assert [item.diagnostic.message for item in shown] == [
        "It is wrong.\nand 2 that follow from it: 1 next, 1 last",
        "So is this.",
    ]


def test_what_is_found_of_a_text_without_a_file_has_one_name_at_once_and_after() -> None:
    text = f"{PREFIXES}zgd:a zg:amout 1 ."
    found, _ = findings.whole(findings.UNTITLED, text, None, None)
    by_itself = findings.at_once(findings.UNTITLED, text, findings.standard(findings.UNTITLED, None))
    assert {finding.path for finding in by_itself} == {finding.path for finding in found}


def test_the_other_side_of_a_comparison_is_related_information(tmp_path: Path) -> None:
    (tmp_path / "b.ttl").write_text("# 😀\n'😀' x", "utf-8")
    others = (Other("b.ttl", Region(2, 5, 2, 6), "it says x"), Other("a.ttl", Region(1, 2, 1, 3), "it says y"))
    finding = Finding("a.ttl", Region(1, 1, 1, 2), "info", "r", "m", "", others=others)
    (shown,) = findings.shown([finding], "file:///a.ttl", str(tmp_path), "😀y", "utf-16")
    related = shown.diagnostic.related_information
    assert related
    assert [(r.location.uri, r.message) for r in related] == [
        ((tmp_path / "b.ttl").as_uri(), "it says x"),
        ("file:///a.ttl", "it says y"),
    ]
    assert related[0].location.range.start == types.Position(1, 5)
    assert related[1].location.range.start == types.Position(0, 2)
    assert shown.diagnostic.severity == types.DiagnosticSeverity.Information


def test_a_finding_without_a_character_shows_the_rest_of_its_line() -> None:
    (shown,) = findings.shown(
        [Finding("a", Region(2, 3, 2, 3), "warning", "r", "m", "")], "u", "", "a\nabcde  \n", "utf-16"
    )
    assert shown.diagnostic.range == types.Range(types.Position(1, 2), types.Position(1, 5))


def test_a_finding_of_another_file_stands_at_the_start_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = bridges(tmp_path)
    (project / "shapes" / "broken.ttl").write_text("# a comment\nnonsense", "utf-8")
    path = str(next((project / "data" / "articles").glob("*.ttl")))
    found, _ = findings.whole(path, Path(path).read_text("utf-8"), None, None)
    (broken,) = [f for f in found if f.rule == "unreadable-file"]
    assert (broken.path, broken.region) == (path, START)
    assert "shapes/broken.ttl:2: " in broken.message


# ---------------------------------------------------------------- explanations


def test_what_follows_from_a_finding_of_another_file_is_counted_there(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = Finding("other.ttl", Region(7, 1, 7, 2), "violation", "cause", "It is wrong.", "")
    following = Finding(str(PATH), Region(3, 1, 3, 2), "violation", "next", "So is this.", "", because=cause.origin)
    report = validation.validate(sources.find(None), [str(PATH)], articles=str(FOLDER), contents={str(PATH): b""})
    monkeypatch.setattr(validation, "validate", lambda *_, **__: report._replace(findings=[cause, following]))
    found, _ = findings.whole(str(PATH), TEXT, None, None)
    (shown,) = findings.shown(found, URI, "", TEXT, "utf-16")
    assert shown.diagnostic.message == "other.ttl:7: It is wrong.\nand 1 that follows from it: 1 next"


def test_a_term_is_explained_with_labels_definition_and_who_uses_it(editor: Editor) -> None:
    text = TEXT.replace("zg:amount 489", "zg:amount 489 ; zg:amou")  # it need not be valid
    editor.open(URI, text)
    line = line_of(text, "zg:amount 489")
    hover = editor.at("textDocument/hover", URI, line, 7)
    said = hover["contents"]["value"]
    assert said.startswith("**zg:amount** · amount · 数额")
    assert "The number of a quantity in its unit" in said
    assert re.search(r"Used \d+ times, in \d of \d articles: data/articles/", said)
    start, end = hover["range"]["start"]["character"], hover["range"]["end"]["character"]
    assert text.split("\n")[line][start:end] == "zg:amount"
    thing = line_of(text, "zg:performedBy zgd:ministry-most")
    said = editor.at("textDocument/hover", URI, thing, len("    zg:performedBy zgd:mi"))["contents"]["value"]
    assert "Ministry of Science and Technology · 科学技术部" in said
    assert "zg:Ministry" in said
    for line, character in ((0, 0), (5, 3), (line_of(text, "zg:amou") + 400, 2)):
        hover = editor.at("textDocument/hover", URI, line, character)
        assert hover is None or line == 0


def test_a_name_is_explained_by_the_prefixes_of_its_file(editor: Editor) -> None:
    text = "prefix other: <https://w3id.org/zonegraph/ns#>\nother:x other:amount <https://w3id.org/zonegraph/id/ministry-most> ."
    editor.open(URI, text)
    assert "数额" in editor.at("textDocument/hover", URI, 1, 12)["contents"]["value"]
    assert "科学技术部" in editor.at("textDocument/hover", URI, 1, 40)["contents"]["value"]


# ---------------------------------------------------------------- names


def offered(editor: Editor, typed: str, before: str = PREFIXES, version: int = 2) -> list[dict[str, Any]]:
    text = before + typed
    editor.change(URI, version, text)
    last = text.split("\n")[-1]
    character = len(last.encode("utf-16-le")) // 2
    found: list[dict[str, Any]] = editor.at("textDocument/completion", URI, text.count("\n"), character)["items"]
    return found


def test_names_are_offered_as_they_fit_the_place(editor: Editor, no_judgement_of_the_whole: None) -> None:
    editor.open(URI, TEXT)

    def labels(typed: str) -> list[str]:
        return [item["label"] for item in offered(editor, typed)]

    # after a property only what fits its range, found by name or label in any language
    assert labels("zgd:x zg:performedBy zgd:ministry-m") == [
        "zgd:ministry-miit",
        "zgd:ministry-mohrss",
        "zgd:ministry-most",
    ]
    assert labels("zgd:x zg:performedBy 科学技术部") == ["zgd:ministry-most"]
    assert labels("zgd:x zg:performedBy zgd:city-hang") == []
    assert labels("zgd:x zg:amount ") == []  # a number
    # classes after a, properties where one comes next, those of the class first
    assert labels("zgd:x a zg:Targ") == ["zg:Target"]
    properties = labels("zgd:x a zg:Target ;\n    zg:")
    assert {"zg:amount", "zg:indicator"} <= set(properties[:5])
    assert "zg:Target" not in properties
    assert labels("zgd:x zg:amount 1 ; zg:evid")[0] == "zg:evidence"
    assert labels("zgd:x zg:evidence [ zg:supp")[0] == "zg:supports"
    # nothing in text, comments and IRIs
    for hidden in ('zgd:x zg:note "zg:am', "# zg:am", "zgd:x zg:note <zg:am", 'zgd:x zg:note """\n zg:am'):
        assert labels(hidden) == []


def test_a_name_is_written_as_the_file_writes_it(editor: Editor, no_judgement_of_the_whole: None) -> None:
    editor.open(URI, TEXT)
    own = "@prefix t: <https://w3id.org/zonegraph/ns#> .\n"
    (item, *_) = offered(editor, "<x> t:amou", own)
    assert (item["label"], item["textEdit"]["newText"], "additionalTextEdits" in item) == (
        "t:amount",
        "t:amount",
        False,
    )
    (item, *_) = offered(editor, "<x> zg:amou", "", 3)
    assert item["label"] == "zg:amount"
    assert item["additionalTextEdits"][0]["newText"] == "@prefix zg: <https://w3id.org/zonegraph/ns#> .\n"
    assert item["detail"] == "amount · 数额"
    (item, *_) = offered(editor, '<x> zg:note "😀" ; zg:amou', PREFIXES, 4)
    assert item["textEdit"]["range"] == {"start": {"line": 2, "character": 19}, "end": {"line": 2, "character": 26}}


def test_a_thing_that_is_typed_further_up_is_offered_by_its_class(
    editor: Editor, no_judgement_of_the_whole: None
) -> None:
    editor.open(URI, TEXT)
    typed = "zgd:ministry-new a zg:Ministry .\nzgd:city-new a zg:City .\nzgd:x zg:performedBy zgd:"
    labels = [item["label"] for item in offered(editor, typed)]
    assert "zgd:ministry-new" in labels
    assert "zgd:city-new" not in labels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Place(SUBJECT)),
        ("zgd:x", Place(SUBJECT)),
        ("zgd:x ", Place(PROPERTY)),
        ("zgd:x zg:p", Place(PROPERTY)),
        ("zgd:x zg:p ", Place(VALUE, "zg:p")),
        ("zgd:x zg:p zgd:y, ", Place(VALUE, "zg:p")),
        ("zgd:x zg:p zgd:y ;\n  ", Place(PROPERTY)),
        ("zgd:x zg:p zgd:y .\nzgd:", Place(SUBJECT)),
        ("zgd:x a zg:A, zg:B ; zg:p zgd:y ; ", Place(PROPERTY, "", ("zg:A", "zg:B"))),
        ("zgd:x zg:p [ zg:q ", Place(VALUE, "zg:q")),
        ("zgd:x zg:p [ zg:q 1 ; ", Place(PROPERTY)),
        ("zgd:x zg:p [ zg:q 1 ] ; ", Place(PROPERTY)),
        ("zgd:x zg:p [ zg:q 1 ] , ", Place(VALUE, "zg:p")),
        ("zgd:x zg:p ( zgd:y ", Place(VALUE, "zg:p")),
        ("[] zg:p ", Place(VALUE, "zg:p")),
        ("[ zg:p 1 ] zg:q ", Place(VALUE, "zg:q")),
        ('zgd:x zg:p "a . b" ; ', Place(PROPERTY)),
        ("zgd:x zg:p 1.5 ; ", Place(PROPERTY)),
        ('zgd:x zg:p "a"@en ; ', Place(PROPERTY)),
        ('zgd:x zg:p "1"^^xsd:', Place(VALUE, "zg:p")),
        ("@prefix zg: <x#> .\n", Place(SUBJECT)),
        ("PREFIX zg: <x#>\n", Place(SUBJECT)),
        ("@prefix z", Place("")),
        ("zgd:x zg:p # zg", Place("")),
        ("zgd:x zg:p # zg\n ", Place(VALUE, "zg:p")),
        ('zgd:x zg:p "a', Place("")),
        ("zgd:x zg:p '''a\nb", Place("")),
        ("zgd:x zg:p <a", Place("")),
        ("zgd:x zg:p <a> ", Place(VALUE, "zg:p")),
        ('zgd:x zg:p "never closed\n  ; ', Place(PROPERTY)),
        ("zgd:w zg:p ] ; .\n\nzgd:x zg:q ", Place(VALUE, "zg:q")),  # what stands before is wrong
    ],
)
def test_a_place_is_read_from_what_stands_before_it(text: str, expected: Place) -> None:
    assert place.around(text, len(text)) == expected
    assert place.around(text + "\nzgd:z zg:r 1 .\n", len(text)) == expected


def test_positions_and_offsets_are_each_others_inverse() -> None:
    text = "a😀b\n中文\n\nx"
    lines = text.split("\n")
    for encoding in ("utf-8", "utf-16", "utf-32"):
        for at in range(len(text) + 1):
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            assert place.offset(lines, place.position(lines, line, column, encoding), encoding) == at
        assert place.offset(lines, types.Position(0, 99), encoding) == 3
        assert place.offset(lines, types.Position(99, 0), encoding) == len(text)


def test_findings_move_with_their_lines() -> None:
    found = [Finding("a", Region(n, 1, n, 2), "info", "r", str(n), "") for n in (1, 2, 3)]
    before = "one\ntwo\nthree"
    for after, lines in (
        (before, {"1": 1, "2": 2, "3": 3}),
        ("one\nnew\ntwo\nthree", {"1": 1, "2": 3, "3": 4}),
        ("one\nTWO\nthree", {"1": 1, "3": 3}),
        ("two\nthree", {"2": 1, "3": 2}),
        ("", {}),
    ):
        assert {f.message: f.region.line for f in findings.moved(found, before, after)} == lines


# ---------------------------------------------------------------- beginning and end


def test_the_cache_gets_the_graph_after_the_first_findings_and_the_next_edit_costs_only_itself(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEGRAPH_CACHE", str(tmp_path / "cache"))
    data = bridges(tmp_path) / "data"
    article, other = data / "articles" / "2019-06-02-valley-post.ttl", data / "curation.ttl"
    whole, keep_graph = findings.whole, findings.keep_graph
    reasons: list[str] = []
    kept = threading.Event()

    def judging(*arguments: Any) -> tuple[list[Finding], str]:
        found, reason = whole(*arguments)
        reasons.append(reason)
        return found, reason

    def keeping(*arguments: Any) -> str:
        reasons.append(keep_graph(*arguments))
        kept.set()
        return reasons[-1]

    monkeypatch.setattr(findings, "whole", judging)
    monkeypatch.setattr(findings, "keep_graph", keeping)
    for path in (other, article):  # what is no article is judged with all files anyway
        editor.open(path.as_uri(), path.read_text("utf-8"))
        editor.judged()
    assert kept.wait(60)
    editor.change(article.as_uri(), 2, article.read_text("utf-8") + "\n# an edit")
    editor.judged()
    no_graph = "the graph is not in the cache"
    assert reasons == ["", no_graph, "", ""], "first why it was read with all others"
    assert editor.logged == [f"zonegraph: {article}: {no_graph}, so all files around are read"]


def test_a_graph_that_cannot_be_made_is_tried_again_only_once_something_is_saved(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Semaphore(0)

    def failing(*_: object) -> str:
        tried.release()
        return "the disk is full"

    monkeypatch.setattr(findings, "whole", lambda *_: ([], "there is none"))
    monkeypatch.setattr(findings, "keep_graph", failing)
    editor.open(URI, TEXT)
    editor.judged()
    assert tried.acquire(timeout=60)
    editor.change(URI, 2, TEXT + "\n")
    editor.judged()
    assert not tried.acquire(timeout=1)
    editor.save(URI)
    editor.judged()
    assert tried.acquire(timeout=60)


def test_what_is_saved_is_what_other_files_are_judged_by(tmp_path: Path) -> None:
    project = bridges(tmp_path)
    ontology = project / "ontology" / "bridges.ttl"
    article = project / "data" / "articles" / "2019-06-02-valley-post.ttl"
    text = article.read_text("utf-8").replace("bridge:length", "bridge:breadth")
    with in_a_process(cwd=project) as (editor, process):
        editor.begin()
        editor.open(article.as_uri(), text)
        assert "unknown-term" in codes(editor.judged())
        declared = "\nbridge:breadth a owl:DatatypeProperty ."
        ontology.write_text(ontology.read_text("utf-8") + declared, "utf-8")
        editor.save(ontology.as_uri())
        assert "unknown-term" not in codes(editor.judged())
        editor.end()
        assert process.wait(60) == 0


def test_the_server_ends_as_it_is_told_and_leaves_no_thread() -> None:
    before = {*threading.enumerate()}
    editor, thread, code = in_a_thread(str(FOLDER))
    editor.begin()
    for version in range(2, 6):
        editor.open(URI, TEXT)
        editor.change(URI, version, TEXT + "\n")
    editor.shown()
    editor.end()
    thread.join(60)
    assert code == [0]
    assert {*threading.enumerate()} <= before


def test_nothing_but_the_protocol_is_written_and_the_exit_code_tells_an_end_without_a_word() -> None:
    with in_a_process("--articles", str(FOLDER)) as (editor, process):
        editor.begin()
        editor.open(URI, TEXT.replace("zg:amount 489", "zg:amout 489"))
        assert editor.judged()
        assert editor.at("textDocument/hover", "file:///not-open.ttl", 0, 0) is None
        editor.hang_up()
        assert process.wait(60) == 1
        assert process.stderr
        assert process.stderr.read() == b""


def test_without_pygls_the_command_names_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from zonegraph.cli import main; sys.exit(main(['lsp']))"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), input="", capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert "pip install 'zonegraph[editor]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_other_command_imports_what_an_editor_needs() -> None:
    code = (
        "import sys; from zonegraph.cli import main; main(['validate', sys.argv[1]]);"
        "print(*(m for m in sys.modules if m.partition('.')[0] in ('pygls', 'lsprotocol', 'cattrs')), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(PATH)], env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.stderr.splitlines()[-1] == ""


def test_a_wrong_project_is_told_at_once(zonegraph) -> None:  # type: ignore[no-untyped-def]
    result = zonegraph("lsp", "--project", "no-such-folder")
    assert result.returncode == 2
    assert "not a zonegraph project" in result.stderr
