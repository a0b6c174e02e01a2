"""What a value was meant to be is read where there is one reading, and nowhere else."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from zonegraph import vocabulary as v
from zonegraph.dates import DATATYPES
from zonegraph.rdf import turtle
from zonegraph.validation import meant

NUMBERS = (v.XSD + "integer", v.XSD + "decimal")


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("2023-5-1", "date", "2023-05-01"),
        ("2023.05.10", "date", "2023-05-10"),
        ("10 may 2023", "date", "2023-05-10"),
        ("May 2nd, 2023", "date", "2023-05-02"),
        ("13/05/2023", "date", "2023-05-13"),
        ("２０２３-05-10", "date", "2023-05-10"),
        ("2023年5月", "gYearMonth", "2023-05"),
        ("October 2019", "gYearMonth", "2019-10"),
        ("2019", "gYear", "2019"),
        ("2023-13-01", "date", "2023-01-13"),
        ("2019-10-08T09:30", "dateTime", "2019-10-08T09:30:00"),
    ],
)
def test_a_date_in_another_form_is_read(written: str, kind: str, value: str) -> None:
    assert meant.literal(ox.Literal(written), DATATYPES) == ox.Literal(value, datatype=ox.NamedNode(v.XSD + kind))


@pytest.mark.parametrize(
    "written",
    ["05/10/2023", "2023-02-30", "2023-13-32", "end of 2025", "by May 2023", "0489", "May 10", "Wednesday", "", "23"],
)
def test_a_date_of_two_readings_or_none_is_not_read(written: str) -> None:
    assert meant.literal(ox.Literal(written), DATATYPES) is None


@pytest.mark.parametrize(
    ("written", "value"),
    [("489", "489"), ("3,000", "3000"), ("3 000.5", "3000.5"), ("3e10", "30000000000"), ("30 billion", "30000000000")],
)
def test_a_number_in_another_form_is_read(written: str, value: str) -> None:
    found = meant.literal(ox.Literal(written), NUMBERS)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("written", ["3,00", "20 to 30", "about 20", "many", "3.000,5", "1e99999"])
def test_a_number_of_two_readings_or_none_is_not_read(written: str) -> None:
    assert meant.literal(ox.Literal(written), NUMBERS) is None


def test_a_term_is_written_with_the_prefixes_of_the_file() -> None:
    source = turtle.read("f.ttl", f"@prefix : <{v.ZG}> .\n:a :b :c .\n")
    assert meant.turtle(ox.NamedNode(v.ZG + "moreThan"), source) == ":moreThan"
    assert meant.turtle(ox.NamedNode(v.ZGD + "x"), source) == f"<{v.ZGD}x>"


def test_a_prefix_is_declared_where_no_text_comment_or_iri_hides_it() -> None:
    text = """# @prefix a: <http://example.org/comment#> .
    @prefix b: <http://example.org/b#> . @prefix : # the empty one
      <http://example.org/empty#> .
    PREFIX c:<http://example.org/c#>
    b:prefix b:x "@prefix d: <http://example.org/text#> ." , <http://example.org/prefix/e:> .
    """
    found = turtle.declarations(text)
    assert [(one.prefix, one.namespace.rpartition("/")[2]) for one in found] == [
        ("b", "b#"),
        ("", "empty#"),
        ("c", "c#"),
    ]
    assert [text[one.start : one.end] for one in found] == [f"<{one.namespace}>" for one in found]


@pytest.mark.parametrize("text", ["prefix " + "#" * 5_000, "prefix a:" + "\n#" * 5_000, "prefix a:<" * 5_000])
def test_what_only_begins_like_a_declaration_is_passed_over_without_going_back_and_forth(text: str) -> None:
    assert turtle.declarations(text) == []


def test_a_thing_is_renamed_by_whichever_prefix_the_file_names_it() -> None:
    start = f"@prefix zgd: <{v.ZGD}> .\n@prefix d: <{v.ZGD}> .\n"
    source = turtle.read("f.ttl", f"{start}zgd:a- zgd:b d:a- , <{v.ZGD}a-> , 'zgd:a-' .\n")
    edits = meant.renamed("f.ttl", source, ox.NamedNode(v.ZGD + "a-"), ox.NamedNode(v.ZGD + "c"))
    assert [edit.region[:2] for edit in edits] == [(3, 1), (3, 14), (3, 21)]


def test_names_that_share_no_more_than_their_kind_are_not_near() -> None:
    units = [ox.NamedNode(f"{v.ZGD}unit-{name}") for name in ("rank", "item")]
    assert meant.nearest_term(ox.NamedNode(v.ZGD + "unit-yuan"), meant.by_name(units)) is None
    assert meant.nearest_term(ox.NamedNode(v.ZGD + "unit-itms"), meant.by_name(units)) == units[1]
