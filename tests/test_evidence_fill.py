"""What quotes an article's text gets its offsets and digest, and nothing else of the file changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from tests.command import here
from tests.conftest import ROOT, w3c
from zonegraph import build, evidence, validation
from zonegraph.evidence import phrases
from zonegraph.project import sources
from zonegraph.rdf import layout, turtle
from zonegraph.terms import FIRST, REST

TEXT = (
    "Menu | Home\n"
    "The ministry’s second batch – five zones – was approved on Friday.\n"
    "A second batch may follow … or not, said the mayor of “Second Town”.\n"
    f"{'x' * 200} {'y' * 200}\n"
)
HEAD = """\
@prefix zg: <https://w3id.org/zonegraph/ns#> .
@prefix zgd: <https://w3id.org/zonegraph/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
"""


class Desk(NamedTuple):
    """A project with one article, its text, and the command."""

    project: Path
    texts: Path
    article: Path

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        done = here("evidence", *arguments, "--project", str(self.project), cwd=self.project, **environment)
        return done.returncode, done.stdout, done.stderr

    def fill(self, *arguments: str) -> tuple[int, str, str]:
        given = arguments or (str(self.article),)
        return self.run("fill", *given, "--articles", str(self.texts))

    def write(self, body: str, head: str = HEAD) -> str:
        """Write the article's file: its own node, and what is given. Returns what stands before that."""
        digest = hashlib.sha256(TEXT.encode()).hexdigest()
        start = f'{head}zgd:article-it a zg:Article ; zg:textDigest "{digest}" .\n'
        self.article.write_text(start + body, "utf-8", newline="")
        return start

    def problems(self, body: str) -> list[str]:
        """What is wrong with the quotations of a file, and that it stays as it is."""
        self.write(body)
        before = self.article.read_bytes()
        code, out, err = self.fill(str(self.article), "--format", "json")
        assert self.article.read_bytes() == before
        assert (code, err) == (1, "")
        return [quotation["problem"] for quotation in json.loads(out)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    project, texts = tmp_path / "project", tmp_path / "texts"
    for folder in (project / "data" / "articles", project / "data" / "review", texts):
        folder.mkdir(parents=True)
    for name in ("shapes", "ontology"):
        (project / name).symlink_to(ROOT / name)
    (texts / "any.txt").write_text(TEXT, "utf-8", newline="")
    return Desk(project, texts, project / "data" / "articles" / "it.ttl")


def range_of(phrase: str, nth: int = 1, *, names: tuple[str, str] = ("oa:", "zg:")) -> str:
    """What stands in a file for a phrase of TEXT."""
    start = -1
    for _ in range(nth):
        start = TEXT.index(phrase, start + 1)
    digest = hashlib.sha256(phrase.encode()).hexdigest()
    oa, zg = names
    return f'{oa}start {start} ; {oa}end {start + len(phrase)} ; {zg}digest "{digest}"'


def quoting(inside: str) -> str:
    return f"zgd:a a zg:Zone ; zg:evidence [ {inside} ] .\n"


# ---------------------------------------------------------------- what is filled


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ('oa:exact "Menu"', range_of("Menu")),
        ("oa:exact 'Menu'", range_of("Menu")),
        ('oa:exact """Menu"""', range_of("Menu")),
        ("oa:exact '''Menu'''@en", range_of("Menu")),
        ('oa:exact "Men\\u0075"^^<http://www.w3.org/2001/XMLSchema#string>', range_of("Menu")),
        ('<http://www.w3.org/ns/oa#exact> "Menu"', range_of("Menu")),
        ('oa:exact "The … approved"', range_of("The ministry’s second batch – five zones – was approved")),
        ('oa:exact "The ... approved"', range_of("The ministry’s second batch – five zones – was approved")),
        ('oa:exact "follow … or not"', range_of("follow … or not")),
        ('oa:exact "A second batch may follow … or … mayor"', range_of("A second batch may follow … or not, said the mayor")),
        ('oa:exact "of “Second Town”"', range_of("of “Second Town”")),
        ('oa:exact "second batch" ; zg:occurrence 2', range_of("second batch", 2)),
        ('zg:occurrence 1 ; oa:exact "second batch"', range_of("second batch")),
        ('zg:occurrence 2 ;; zg:supports zg:namedAs ; oa:exact "second batch" ;', f"zg:supports zg:namedAs ; {range_of('second batch', 2)} ;"),
        ('oa:exact "second batch" ; zg:supports zg:namedAs ; zg:occurrence 2 ; zg:note "a"@en', f'{range_of("second batch", 2)} ; zg:supports zg:namedAs ; zg:note "a"@en'),
        ('oa:exact "second batch";zg:occurrence 2;zg:note "a"@en', f'{range_of("second batch", 2)};zg:note "a"@en'),
        ('zg:note "a; oa:exact \\"b\\" # c"@en ; oa:exact "Menu" # oa:exact "Home"\n', f'zg:note "a; oa:exact \\"b\\" # c"@en ; {range_of("Menu")} # oa:exact "Home"\n'),
        ('oa:exact # which\n  "Menu"', f"{range_of('Menu')} # which\n "),
        ('oa:exact "second batch" ;\n    zg:occurrence 2 ; # the other\n    zg:note "a"@en', f'{range_of("second batch", 2)} ;\n    # the other\n    zg:note "a"@en'),
        ('oa:exact "second batch" ;\n    zg:occurrence 2 ;\n    zg:note "a"@en', f'{range_of("second batch", 2)} ;\n    zg:note "a"@en'),
        ('oa:exact "second batch" ;\n    zg:occurrence 2', f'{range_of("second batch", 2)}'),
    ],
)  # fmt: skip
def test_a_quotation_becomes_its_range_and_the_rest_stays_byte_for_byte(desk: Desk, written: str, filled: str) -> None:
    start = desk.write("# before\n" + quoting(written) + "# after")
    code, out, err = desk.fill()
    assert (code, err) == (0, "")
    assert out == f"{desk.article}: 1 filled\n"
    expected = f"{start}# before\n{quoting(filled)}# after"
    assert desk.article.read_text("utf-8") == expected
    assert desk.fill() == (0, f"{desk.article}: nothing to fill\n", "")
    assert desk.article.read_text("utf-8") == expected


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ('zgd:e zg:occurrence 2;oa:exact "second batch" .', f"zgd:e {range_of('second batch', 2)} ."),
        ('zgd:e zg:occurrence 2 ; oa:exact "second batch" .', f"zgd:e {range_of('second batch', 2)} ."),
        ('zgd:e zg:occurrence 2 ;\n oa:exact "second batch" .', f"zgd:e\n {range_of('second batch', 2)} ."),
        ('zgd:e zg:occurrence 2;# c\n oa:exact "second batch" .', f"zgd:e # c\n {range_of('second batch', 2)} ."),
        ('zgd:e a zg:Evidence;oa:exact "second batch";zg:occurrence 2.', f"zgd:e a zg:Evidence;{range_of('second batch', 2)}."),
    ],
)  # fmt: skip
def test_evidence_with_an_iri_is_filled_as_well(desk: Desk, written: str, filled: str) -> None:
    start = desk.write(f"zgd:a zg:evidence zgd:e .\n{written}\n")
    assert desk.fill()[0] == 0
    assert desk.article.read_text("utf-8") == f"{start}zgd:a zg:evidence zgd:e .\n{filled}\n"


def test_a_passage_that_is_written_in_place_goes_with_what_it_quotes(desk: Desk) -> None:
    start = desk.write(quoting('oa:exact "Home" ; zg:insidePassage [ zg:evidence [ # c\n oa:exact "Menu | Home" ] ]'))
    assert desk.fill()[0] == 0
    assert desk.article.read_text("utf-8") == start + quoting(f"{range_of('Home')} # c\n")


def test_the_prefixes_of_the_file_are_used_whatever_they_are_called(desk: Desk) -> None:
    head = HEAD.replace("@prefix oa:", "@prefix w:") + "PREFIX : <https://w3id.org/zonegraph/ns#>\n"
    desk.write(quoting('w:exact "Menu"'), head)
    assert desk.fill()[0] == 0
    assert range_of("Menu", names=("w:", ":")) in desk.article.read_text("utf-8")
    desk.write(
        quoting('<http://www.w3.org/ns/oa#exact> "Menu"'),
        HEAD.replace("@prefix oa: <http://www.w3.org/ns/oa#> .\n", ""),
    )
    assert desk.fill()[0] == 0
    assert (
        "[ <http://www.w3.org/ns/oa#start> 0 ; <http://www.w3.org/ns/oa#end> 4 ; zg:digest"
        in desk.article.read_text("utf-8")
    )


def test_line_ends_and_a_byte_order_mark_stay_as_they_are(desk: Desk) -> None:
    body = quoting('\r\n  oa:exact "second batch" ;\r\n  zg:occurrence 2 ;\r\n  zg:note "a"@en\r\n')
    start = desk.write(body, HEAD.replace("\n", "\r\n"))
    desk.article.write_bytes(b"\xef\xbb\xbf" + desk.article.read_bytes())
    assert desk.fill()[0] == 0
    kept = quoting(f'\r\n  {range_of("second batch", 2)} ;\r\n  zg:note "a"@en\r\n')
    assert desk.article.read_bytes() == b"\xef\xbb\xbf" + (start + kept).encode()


def test_a_phrase_is_looked_for_inside_of_a_passage_filled_in_the_same_run(desk: Desk) -> None:
    desk.write(
        'zgd:b zg:evidence [ oa:exact "second" ; zg:insidePassage zgd:c ] .\n'
        'zgd:c zg:evidence [ oa:exact "second batch" ; zg:insidePassage zgd:a ] , [ oa:exact "Menu" ; zg:supports zg:x ] .\n'
        'zgd:a zg:evidence [ oa:exact "A second … not" ] .\n'
        "zgd:d zg:evidence _:e . _:e oa:start 0 ; oa:end 11 .\n"
        'zgd:f zg:evidence [ oa:exact "Home" ; zg:insidePassage _:e ] .\n'
    )
    assert desk.fill()[:2] == (0, f"{desk.article}: 5 filled\n")
    written = desk.article.read_text("utf-8")
    for line in (range_of("second", 2), range_of("second batch", 2), range_of("Home")):
        assert line in written
    assert "insidePassage" not in written


def test_the_articles_quoted_and_filled_again_are_as_they_were(desk: Desk, texts: dict[str, str]) -> None:
    folder = os.environ["ZONEGRAPH_ARTICLES"]
    for slug, text in texts.items():

        def quoted(match: re.Match[str], text: str = text) -> str:
            start, end = int(match[1]), int(match[2])
            escaped = text[start:end].replace("\\", r"\\").replace('"', r"\"")
            places = [place for place, _ in phrases.ranges(text, text[start:end])]
            number = f" ; zg:occurrence {places.index(start) + 1}" if len(places) > 1 else ""
            return f'oa:exact "{escaped}"{number}'

        for kind in ("articles", "review"):
            before = (ROOT / "data" / kind / f"{slug}.ttl").read_bytes()
            file = desk.project / "data" / kind / f"{slug}.ttl"
            content = re.sub(r'oa:start (\d+) ; oa:end (\d+) ; zg:digest "\w+"', quoted, before.decode())
            file.write_bytes(content.encode())
            code, out, err = desk.run("fill", str(file), "--articles", folder)
            assert (code, err) == (0, ""), out
            assert ("oa:exact" in content) == (b"oa:start" in before)
            assert file.read_bytes() == before


def test_a_long_chain_of_passages_is_filled(desk: Desk) -> None:
    chain = "".join(
        f'zgd:n{i} zg:evidence [ oa:exact "Menu" ; zg:insidePassage zgd:n{i + 1} ] .\n' for i in range(2000)
    )
    desk.write(chain + 'zgd:n2000 zg:evidence [ oa:exact "Menu | Home" ] .\n')
    assert desk.fill()[:2] == (0, f"{desk.article}: 2001 filled\n")


def test_an_omission_of_a_review_is_filled_from_the_text_of_its_article(desk: Desk) -> None:
    desk.write("")
    review = desk.project / "data" / "review" / "it.ttl"
    review.write_text(
        HEAD + 'zgd:omission-it-0 a zg:Omission ; oa:exact "Menu | Home" ; zg:reason zg:pageFurniture .\n', "utf-8"
    )
    assert desk.fill(str(review)) == (0, f"{review}: 1 filled\n", "")
    assert range_of("Menu | Home") in review.read_text("utf-8")


def test_first_and_last_words_on_two_lines_are_no_place_beside_those_on_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TEXT", "It approved zones in Wuhan.\nIt approved one more.\nSee also: Wuhan\n")
    (desk.texts / "any.txt").write_text(TEXT, "utf-8", newline="")
    desk.write(quoting('oa:exact "approved … Wuhan"'))
    assert desk.fill()[0] == 0
    assert "oa:start 3 ; oa:end 26 ;" in desk.article.read_text("utf-8")


def test_what_is_filled_holds_before_every_check_of_passages(desk: Desk) -> None:
    desk.write(
        'zgd:a a zg:Zone ; zg:namedAs "second batch"@en ;\n    zg:evidence [ oa:exact "A second … mayor" ] ;\n'
        '    zg:evidence [ oa:exact "second batch" ; zg:insidePassage zgd:a ; zg:supports zg:namedAs ] .\n'
        'zgd:article-it zg:evidence [ oa:exact "Menu" ] .\n'
    )
    assert desk.fill()[0] == 0
    report = validation.validate(sources.find(str(desk.project)), group=validation.PASSAGES, articles=str(desk.texts))
    assert (report.findings, report.unchecked) == ([], {})


# ---------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ('oa:exact "second batch"', "is in the text 2 times"),
        ('oa:exact "second … o"', "is in the text 2 times"),
        ('oa:exact "second batch" ; zg:occurrence 3', "is in the text 2 times"),
        ('oa:exact "Menu" ; zg:occurrence 2', "is in the text once"),
        ('oa:exact "Home … ministry"', "runs from line 1 of the text to line 2"),
        ('oa:exact """Home\nThe"""', "runs from line 1 of the text to line 2"),
        ('oa:exact "Home The"', "runs from line 1 of the text to line 2"),
        (f'oa:exact "{"x" * 200} … {"y" * 200}"', "is 403 characters long; a range has at most 300"),
        (f'oa:exact "{"z" * 301}"', "is 301 characters long; a range has at most 300"),
        ('oa:exact "nowhere"', "is not in the text"),
        ('oa:exact "Friday … Menu"', "is not in the text"),
        ('oa:exact "ministry\'s Second\u00a0batch - five"', "is not in the text, but nearly"),
        ('oa:exact "THE … APPROVED"', "is not in the text, but nearly"),
        ('oa:exact ""', "oa:exact holds no phrase"),
        ('oa:exact " "', "oa:exact holds no phrase"),
        ("oa:exact zgd:a", "oa:exact holds no phrase"),
        ('oa:exact "Menu", "Home"', "oa:exact has 2 values"),
        ('oa:exact "Menu" ; oa:exact "Home"', "oa:exact has 2 values"),
        ('oa:exact "Menu" ; oa:start 0', "oa:exact stands beside oa:start"),
        ('oa:exact "Menu" ; zg:digest "0"', "oa:exact stands beside zg:digest"),
        ('oa:exact "Menu" ; zg:occurrence 1, 2', "zg:occurrence has 2 values"),
        ('oa:exact "Menu" ; zg:occurrence 0', "zg:occurrence 0 counts no place"),
        ('oa:exact "Menu" ; zg:occurrence "²"', "zg:occurrence ² counts no place"),
        (f'oa:exact "Menu" ; zg:occurrence {"9" * 5000}', f"zg:occurrence {'9' * 5000} counts no place"),
        ("zg:occurrence 2", "zg:occurrence stands without oa:exact"),
        ("zg:insidePassage zgd:a", "zg:insidePassage stands without oa:exact"),
        ('oa:exact "Menu" ; zg:insidePassage zgd:b', "zg:insidePassage zgd:b has no range in this file"),
        ('oa:exact "Menu" ; zg:insidePassage zgd:a', "zg:insidePassage zgd:a has no range in this file"),
        ('oa:exact "Menu" ; zg:insidePassage "a"', "zg:insidePassage a has no range in this file"),
        ('oa:exact "Menu" ; zg:insidePassage [ oa:start 20 ; oa:end 30 ]', "is not in the passage, but elsewhere in the text"),
        ('oa:exact "Menu" ; zg:insidePassage [ oa:start 9000 ; oa:end 9001 ]', "is not in the passage, but elsewhere in the text"),
    ],
)  # fmt: skip
def test_what_names_no_one_range_is_said_and_left(desk: Desk, inside: str, problem: str) -> None:
    assert desk.problems(quoting(inside)) == [problem]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('zgd:a a zg:Zone ; oa:exact "Menu" .', "oa:exact stands at what is no evidence and no omission"),
        ('zgd:a zg:evidence zgd:e . zgd:e oa:exact "Menu" . zgd:e zg:occurrence 1 .', "oa:exact stands apart from the rest of its quotation"),
    ],
)  # fmt: skip
def test_what_quotes_at_the_wrong_place_is_said_and_left(desk: Desk, body: str, problem: str) -> None:
    assert desk.problems(body) == [problem]


def test_passages_that_lie_inside_of_each_other_have_no_range(desk: Desk) -> None:
    body = 'zgd:a zg:evidence [ oa:exact "Menu" ; zg:insidePassage zgd:b ] .\nzgd:b zg:evidence [ oa:exact "Menu" ; zg:insidePassage zgd:a ] .\n'
    assert desk.problems(body) == [f"zg:insidePassage zgd:{x} has no range in this file" for x in "ba"]


def test_what_is_ambiguous_or_nearly_there_is_shown_with_its_places(desk: Desk) -> None:
    desk.write(quoting('oa:exact "second batch"') + quoting('oa:exact "ministry\'s second"'))
    code, out, _ = desk.fill()
    assert code == 1
    assert (
        f"{desk.article}:5: “second batch” is in the text 2 times\n"
        "    27-39, line 2: The ministry’s [second batch] – five zones – was approved o\n"
        "    81-93, line 3: A [second batch] may follow … or not, said the\n"
        "    remedy: quote more words"
    ) in out
    assert "    remedy: copy what is there: ministry’s second\n" in out
    assert out.endswith("it.ttl: 2 that cannot be filled\n")


def test_what_can_be_filled_is_filled_beside_what_cannot_and_in_other_files(desk: Desk) -> None:
    desk.write(quoting('oa:exact "nowhere"') + quoting('oa:exact "Menu"'))
    review = desk.project / "data" / "review" / "it.ttl"
    review.write_text(HEAD + 'zgd:o a zg:Omission ; oa:exact "Home" .', "utf-8")
    broken = desk.project / "broken.ttl"
    broken.write_text("zgd:a", "utf-8")
    code, out, err = desk.fill(str(broken), str(desk.article), str(review), "nosuch.ttl")
    assert code == 2
    assert "it.ttl: 1 filled, 1 that cannot be filled\n" in out
    assert range_of("Menu") in desk.article.read_text("utf-8")
    assert range_of("Home") in review.read_text("utf-8")
    assert "broken.ttl:1:1: not valid Turtle" in err
    assert "nosuch.ttl: no such file" in err


def test_check_writes_nothing_and_fails_while_something_is_left_to_fill(desk: Desk) -> None:
    desk.write(quoting('oa:exact "Menu"'))
    before = desk.article.read_bytes()
    code, out, _ = desk.fill("--check", str(desk.article))
    assert code == 1
    assert out == f"{desk.article}:5: “Menu” is not filled\n{desk.article}: 1 to fill\n"
    assert desk.article.read_bytes() == before
    assert desk.fill()[0] == 0
    assert desk.fill(str(desk.article), "--check")[0] == 0


# ---------------------------------------------------------------- bad input


def test_a_text_that_is_not_at_hand_is_named_with_the_digest(desk: Desk) -> None:
    desk.write(quoting('oa:exact "Menu"'))
    (desk.texts / "any.txt").write_text("another", "utf-8")
    code, out, err = desk.fill()
    assert (code, out) == (2, "")
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert f"no text at hand has the zg:textDigest of zgd:article-it ({digest})" in err
    code, _, err = desk.run("fill", str(desk.article), ZONEGRAPH_ARTICLES="")
    assert code == 2
    assert (
        "quotes the text of zgd:article-it, which is not at hand\n  name the folder of the texts with --articles" in err
    )


def test_a_file_that_names_no_text_is_said_and_one_that_quotes_nothing_needs_none(desk: Desk) -> None:
    lone = desk.project / "no IRI <at all>.ttl"
    lone.write_text(HEAD + quoting('oa:exact "Menu"'), "utf-8")
    code, _, err = desk.fill(str(lone))
    assert code == 2
    assert "no zg:textDigest says which text zgd:article-no IRI <at all> transcribes" in err
    lone.write_text(HEAD, "utf-8")
    assert desk.run("fill", str(lone), ZONEGRAPH_ARTICLES="")[0] == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not Turtle", "not valid Turtle"),
        (b"\xff\xfea\0", "looks like UTF-16LE"),
        (b"# \xe9\n", "not UTF-8"),
        (b"# a\rb\n", "carriage return without a line feed"),
        (HEAD.encode() + b'zgd:a oa:exact "open', "not valid Turtle"),
        (b"[" * 500, "nested"),
    ],
)
def test_a_file_that_cannot_be_read_stays_as_it_was_after_one_message(desk: Desk, content: bytes, problem: str) -> None:
    desk.article.write_bytes(content)
    code, out, err = desk.fill()
    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("zonegraph: ") == 1
    assert desk.article.read_bytes() == content


def test_of_what_is_said_a_terminal_obeys_nothing(desk: Desk) -> None:
    desk.write(quoting(r'oa:exact "Menu\u001b]0;x\u0007\u202e"') + quoting(r'oa:exact "nowhere\nforged: line"'))
    name = desk.article.with_name("it\x1b[2J.ttl")
    name.write_bytes(desk.article.read_bytes())
    for path in (desk.article, name):
        _, out, err = desk.fill(str(path))
        assert not {"\x1b", "\x07", "\u202e"} & {*out, *err}
        assert "\nforged" not in out


def test_what_is_no_file_to_write_to_is_refused(desk: Desk) -> None:
    for given, problem in ((str(desk.texts), "is a folder"), ("-", "no such file"), (os.devnull, "not a regular file")):
        code, _, err = desk.fill(given)
        assert code == 2
        assert problem in err
    assert "no file given" in desk.run("fill")[2]


def test_a_full_disk_leaves_the_file_as_it_was_and_no_draft(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(quoting('oa:exact "Menu"'))
    before = desk.article.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    code, out, err = desk.fill()
    assert (code, out) == (2, "")
    assert "cannot be written: No space left on device" in err
    assert desk.article.read_bytes() == before
    assert os.listdir(desk.article.parent) == ["it.ttl"]


def test_a_file_that_may_not_be_written_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(quoting('oa:exact "Menu"'))
    before = desk.article.read_bytes()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may write everything
    code, _, err = desk.fill()
    assert code == 2
    assert "it.ttl: cannot be written" in err
    assert desk.article.read_bytes() == before


# ---------------------------------------------------------------- reading where things stand


def test_every_triple_of_a_file_is_read_at_its_place() -> None:
    files = [*(ROOT / "data").rglob("*.ttl"), *(ROOT / "shapes").glob("*.ttl"), *(ROOT / "ontology").glob("*.ttl")]
    assert len(files) > 50
    for path in files:
        content = path.read_text("utf-8")
        found = [(b.subject, p, o) for b in layout.blocks(str(path), content) for p in b.pairs for o in p.objects]
        lists = [t for t in turtle.parse(str(path), content) if t.predicate in (FIRST, REST)]
        assert len(found) + len(lists) == len(turtle.parse(str(path), content)), path
        for _, pair, _ in found:
            assert content[slice(*pair.tokens[0])] == "a" or pair.predicate.value.endswith(
                content[slice(*pair.tokens[0])].rpartition(":")[2].rstrip(">")
            )


def test_what_turtle_allows_is_read(tmp_path: Path) -> None:
    content = (
        "@prefix : <x:> . PREFIX p: <y:>\nBASE <http://e/>\n@base <http://f/> .\n"
        r"""[] :p 1.5 , -.5e3 , 1., true . <a> a p:b\.c , p:b.c, :%20 ; :q "a"@en-GB , 'b'^^:d , "c" ^^ <d> ;; .
        [ :p [ :q ( 1 [ :r 2 ] ( "]" ) ) ] ] . ( 1 ) :p _:n1 . _:b.c :p _:b . :a.b :c .5.# end""".replace("1.,", "1.0,")
    )
    found = {
        (pair.predicate.value, str(o))
        for b in layout.blocks("x.ttl", content)
        for pair in b.pairs
        for o in pair.objects
    }
    parsed = {
        (t.predicate.value, str(t.object))
        for t in turtle.parse("x.ttl", content)
        if not isinstance(t.object, ox.BlankNode) and t.predicate not in (FIRST, REST)
    }
    assert {(p, o) for p, o in found if not o.startswith("_:")} == parsed


def test_the_valid_files_of_the_standard_are_read() -> None:
    files = list(w3c("data-shapes-test-suite").rglob("*.ttl"))
    assert len(files) > 100
    for path in files:
        content = path.read_text("utf-8")
        triples = turtle.parse(str(path), content)
        pairs = [pair for block in layout.blocks(str(path), content) for pair in block.pairs]
        read = [pair.predicate for pair in pairs for _ in pair.objects]
        for predicate in {t.predicate for t in triples} - {FIRST, REST}:
            assert read.count(predicate) == sum(t.predicate == predicate for t in triples), (path, predicate)


# ---------------------------------------------------------------- what is not filled yet


def test_validate_names_what_is_not_filled_once_and_not_what_it_lacks(desk: Desk) -> None:
    desk.write(
        'zgd:article-it zg:evidence [ oa:exact "Menu" ] .\n'
        'zgd:zone-a a zg:Zone ; zg:namedAs "second batch"@en ;\n'
        '    zg:evidence [ oa:exact "A second … mayor" ; zg:asPrinted "batch" ] ;\n'
        '    zg:evidence [ oa:exact "second batch" ; zg:insidePassage zgd:zone-a ; zg:supports zg:namedAs ] .\n'
    )
    for judge in validation.JUDGES:
        report = validation.validate(
            sources.find(str(desk.project)), [str(desk.article)], articles=str(desk.texts), judge=judge
        )
        assert [(f.line, f.rule) for f in report.findings] == [(n, "quotation-not-filled") for n in (5, 7, 8)]
    assert "zonegraph evidence fill" in report.findings[0].remedy


def test_the_build_leaves_out_what_is_not_filled_and_says_so_once(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.write(
        f'zgd:zone-a a zg:Zone ; zg:evidence [ oa:exact "Menu" ; zg:note "left out"@en ], [ {range_of("Home")} ] .\n'
        'zgd:zone-b a zg:Zone ; oa:exact "no evidence" .\n'
    )
    dataset = build.open_dataset(sources.find(str(desk.project)))
    said = capsys.readouterr().err
    assert (
        said.count("data/articles/it.ttl: 1 range is left out, quoted and not filled; run `zonegraph evidence fill")
        == 1
    )
    ask = 'ASK { zgd:zone-a zg:evidence ?e . ?e oa:start ?start FILTER NOT EXISTS { ?x zg:note "left out"@en } }'
    done = here("query", "-e", ask, "--project", str(desk.project))
    assert done.stdout.strip() == "true"
    assert "left out" not in done.stderr
    counted = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { zgd:zone-a zg:evidence ?e } }"
    assert here("query", "-e", counted, "--format", "csv", "--project", str(desk.project)).stdout.split() == ["n", "1"]
    zone = ox.NamedNode("https://w3id.org/zonegraph/id/zone-b")
    assert any(dataset.store.ox.quads_for_pattern(zone, None, None)), "the rest of the file is there"


# ---------------------------------------------------------------- finding


def test_phrases_are_found_each_by_itself_with_options_anywhere(desk: Desk) -> None:
    desk.write("")
    found = ("--articles", str(desk.texts))
    for arguments in (
        ("find", "--article", "it", "Menu", "second batch", *found),
        ("find", "Menu", "--article", "it", "second batch", *found),
        (*found, "find", "Menu", "second batch", "--article", "it"),
    ):
        code, out, err = desk.run(*arguments)
        assert (code, err) == (0, "")
        lines = [
            f"zg:evidence [ {range_of(phrase, n)} ] ;"
            for phrase, n in (("Menu", 1), ("second batch", 1), ("second batch", 2))
        ]
        assert out.splitlines() == [
            "# Menu", "# it, line 1", lines[0], "# second batch", "# it, line 2", lines[1], "# it, line 3", lines[2],
        ]  # fmt: skip


def test_first_and_last_words_and_near_matches_are_found(desk: Desk) -> None:
    desk.write("")
    code, out, err = desk.run("find", "The … approved", "ministry's", "Home … ministry", "--articles", str(desk.texts))
    assert code == 0
    assert f"zg:evidence [ {range_of('The ministry’s second batch – five zones – was approved')} ] ;" in out
    assert "“ministry's”: not found, but nearly; copy what is there\n    it, line 2: ministry’s\n" in err
    assert "# it, line 1: it runs from line 1 of the text to line 2\n" in out
    (answer,) = json.loads(desk.run("find", "ministry's", "--format", "json", "--articles", str(desk.texts))[1])
    assert (answer["places"], answer["near"][0]["text"]) == ([], "ministry’s")


def test_what_is_not_found_may_be_in_a_text_that_is_not_at_hand(desk: Desk) -> None:
    desk.write("")
    desk.article.with_name("other.ttl").write_text(f'{HEAD}zgd:article-other zg:textDigest "{"0" * 64}" .', "utf-8")
    given = ("--articles", str(desk.texts))
    missing = f"not looked at, since {desk.texts} has no text with the digest of other\n"
    assert desk.run("find", "Menu", *given)[2] == ""
    code, out, err = desk.run("find", "Menu", "nowhere", *given)
    assert (code, "oa:start 0 ; oa:end 4" in out) == (0, True)
    assert err == missing + "“nowhere”: not found; a phrase must be exactly as in a text\n"
    assert desk.run("find", "nowhere", *given, "--article", "it", "--article", "other")[2].startswith(missing)
    code, _, err = desk.run("find", "Menu", *given, "--article", "other")
    assert (code, "no text has the digest of other" in err) == (2, True)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("it's", "it’s"),
        ('"so"', "“so”"),
        ("a-b", "a–b"),
        ("a b", "a\u00a0b"),
        ("a  b", "a b"),
        ("AI Zone", "ai zone"),
        ("Xian", "Xi\u200ban"),
        ("50%,(a)", "50％，（a）"),
        ("e\u0301t", "ét"),
        ("wait...", "wait…"),
    ],
)
def test_what_looks_alike_is_nearly_there(written: str, printed: str) -> None:
    text = f"Before, {printed} after"
    assert phrases.ranges(text, written) == []
    assert [text[a:b] for a, b in phrases.nearly(text, written)] == [printed]


def test_of_first_and_last_words_the_shortest_ranges_count() -> None:
    assert phrases.ranges("a a b b a c b", "a … b") == [(2, 5), (8, 13)]
    assert phrases.ranges("b a", "a … b") == []
    assert phrases.ranges("ab", "a … b") == [(0, 2)]
    assert phrases.ranges("a … b", " … b") == [(1, 5)]
    assert phrases.ranges("aaa", "aa") == [(0, 2), (1, 3)]


def test_evidence_that_quotes_is_told_apart_from_other_things_that_do() -> None:
    triples = turtle.parse("x.ttl", HEAD + 'zgd:a oa:exact "x" ; zg:evidence zgd:e . zgd:e zg:occurrence 1 .')
    assert {node.value.rpartition("/")[2] for node in evidence.quoting(triples)} == {"e"}
