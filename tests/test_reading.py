"""Values are held against the words in which they are printed."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.evidence import phrases
from zonegraph.project import sources
from zonegraph.validation import ranges, reading
from zonegraph.validation.reading import dates as of_dates
from zonegraph.validation.reading import lexicon
from zonegraph.validation.reading import numbers as of_numbers

LEXICON = lexicon.load(sources.find(str(ROOT)))
numbers, dates = of_numbers.of(LEXICON), of_dates.of(LEXICON)
PREFIXES = "".join(f"@prefix {name}: <{v.PREFIXES[name]}> .\n" for name in ("zg", "zgd", "sector", "skos", "xsd", "oa"))


@pytest.mark.parametrize(
    ("words", "amount", "unit", "comparators"),
    [
        ("2,400", "2400", "", []),
        ("more than 800,000 employers", "800000", "", ["moreThan"]),
        ("over 300", "300", "", ["moreThan"]),
        ("At least 10", "10", "", ["atLeast"]),
        ("no more than 5", "5", "", ["atMost"]),
        ("no fewer than 5", "5", "", ["atLeast"]),
        ("up to 5", "5", "", ["atMost"]),
        ("some 20", "20", "", ["approximately"]),
        ("300+ firms", "300", "", ["atLeast", "moreThan"]),
        ("204.8 billion yuan", "204800000000", "CNY", []),
        ("$31.6 billion", "31600000000", "USD", []),
        ("RMB 2 million", "2000000", "CNY", []),
        ("200 billion RMB", "200000000000", "CNY", []),
        ("17.1 percent", "17.1", "%", []),
        ("17.1%", "17.1", "%", []),
        ("seventh", "7", "", []),
        ("Three parks", "3", "", []),
        ("two million people", "2000000", "", []),
        ("2000亿元", "200000000000", "CNY", []),
        ("超过300家", "300", "", ["moreThan"]),
        ("232 billion US dollars", "232000000000", "USD", []),
        ("HK$100", "100", "", []),
        ("nearly 30", "30", "", ["approximately", "lessThan"]),
        ("not exceeding 25", "25", "", ["atMost"]),
        ("shall not exceed 25", "25", "", ["atMost"]),
        ("not below 25", "25", "", ["atLeast"]),
        ("not under 25", "25", "", ["atLeast"]),
        ("not fewer than 25", "25", "", ["atLeast"]),
        ("100 or more", "100", "", ["atLeast", "moreThan"]),
        ("within 30", "30", "", ["atMost"]),
        ("surpass 30", "30", "", ["moreThan"]),
        ("approx. 30", "30", "", ["approximately"]),
        ("30余", "30", "", ["atLeast", "moreThan"]),
        ("30多", "30", "", ["atLeast", "moreThan"]),
        ("30个以上", "30", "", ["atLeast", "moreThan"]),
        ("不低于30", "30", "", ["atLeast"]),
        ("不少于30", "30", "", ["atLeast"]),
        ("不超过30", "30", "", ["atMost"]),
        ("under two plans", "2", "", ["exactly", "lessThan"]),
        ("twenty-five", "25", "", []),
        ("one hundred and twenty", "120", "", []),
        ("two thousand five hundred", "2500", "", []),
        ("two hundred thousand", "200000", "", []),
        ("twenty-first", "21", "", []),
        ("3000 亿元", "300000000000", "CNY", []),
        ("3千万", "30000000", "", []),
        ("minus 5", "-5", "", []),
        ("四项", "4", "", []),
        ("十二个", "12", "", []),
        ("一百零二家", "102", "", []),
        ("三千五百余家", "3500", "", ["atLeast", "moreThan"]),
        ("三百万元", "3000000", "CNY", []),
        ("30亿元左右", "3000000000", "CNY", ["approximately"]),
        ("as many as 300", "300", "", ["atMost", "exactly"]),
        ("300-plus firms", "300", "", ["atLeast", "moreThan"]),
        ("10\u2009000", "10000", "", []),
    ],
)
def test_a_printed_number_is_read(words: str, amount: str, unit: str, comparators: list[str]) -> None:
    (number,) = numbers.numbers(words)
    assert (number.amount, number.unit) == (Decimal(amount), unit)
    assert sorted(number.comparators) == [v.ZG + name for name in comparators]


@pytest.mark.parametrize(
    "words",
    [
        "a few dozen",
        "two dozen",
        "COVID-19",
        "several hundred",
        "5G-ready",
        "v2.0",
        "2½",
        "2 1/2",
        "two and a half million",
        "15–20 percent",
        "15-20",
        "15 to 20 percent",
        "fifteen to twenty",
        "two thirds",
        "one third",
        "five or six",
        "三五个",
        "数百家",
        "十几项",
        "一百二项",
        "周三位于",
        "十四五规划",
        "$5 bn",
        "twenty twenty",
    ],
)
def test_what_is_no_plain_number_is_not_guessed(words: str) -> None:
    assert numbers.numbers(words) == []


def test_numbers_apart_are_each_read() -> None:
    assert [number.amount for number in numbers.numbers("forty of five, and the first two")] == [40, 5, 1, 2]


@pytest.mark.parametrize(
    "words", ["15–20 percent", "2½ of 3", "3 million 500 thousand", "two dozen in 7 towns", "in 2021", "since May 2021"]
)
def test_a_number_is_not_held_against_a_range_a_fraction_or_a_year(words: str) -> None:
    assert kept("zg:amount 20", "zg:amount", words) == []


def test_a_number_that_is_worked_out_is_not_held_against_those_printed() -> None:
    assert found("zg:amount 8", "300 firms", "; zg:basis zg:inferred") == []
    assert found("zg:amount 8", "300 firms came in October 2019") == ["number-as-printed"]
    assert kept("zg:amount 20", "zg:amount", "2021 plans, 8 of them done") == ["number-as-printed"]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("February 24, 2021", (2021, 2, 24, 0)),
        ("8 November 2020", (2020, 11, 8, 0)),
        ("2021-03-26", (2021, 3, 26, 0)),
        ("Feb 10", (0, 2, 10, 0)),
        ("on March 1st", (0, 3, 1, 0)),
        ("October 2019", (2019, 10, 0, 0)),
        ("in October", (0, 10, 0, 0)),
        ("by 2023", (2023, 0, 0, 0)),
        ("on Friday", (0, 0, 0, 5)),
        ("last year", (2020, 0, 0, 0)),
        ("2019年10月", (2019, 10, 0, 0)),
        ("2021-03", (2021, 3, 0, 0)),
        ("2021.03.26", (2021, 3, 26, 0)),
        ("2021/3/26", (2021, 3, 26, 0)),
    ],
)
def test_a_printed_date_is_read(words: str, day: tuple[int, ...]) -> None:
    assert dates.days(words, of_dates.Published("2021-02-24", "2021-02-24")) == [day]


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        ("2021-2025", '"2025"^^xsd:gYear', '"2026"^^xsd:gYear'),
        ("2021–25", '"2025"^^xsd:gYear', '"2020"^^xsd:gYear'),
        ("2021-25", '"2021"^^xsd:gYear', '"2020"^^xsd:gYear'),
        ("March 26-28, 2021", '"2021-03-28"^^xsd:date', '"2021-03-29"^^xsd:date'),
        ("26 to 28 March 2021", '"2021-03-26"^^xsd:date', '"2021-04-26"^^xsd:date'),
        ("March 26 to April 2, 2021", '"2021-03-26"^^xsd:date', '"2021-03-02"^^xsd:date'),
        ("Friday, March 26, 2021", '"2021-03-26"^^xsd:date', '"2021-03-25"^^xsd:date'),
        ("on Friday", '"2021-03-26"^^xsd:date', '"2021-03-25"^^xsd:date'),
    ],
)
def test_a_date_is_held_against_a_range_or_a_day_of_the_week(words: str, right: str, wrong: str) -> None:
    inferred = f'; zg:supports zg:date ; zg:asPrinted "{words}" ; zg:basis zg:inferred'
    assert found(f"zg:date {right}", "300", inferred, None) == []
    assert found(f"zg:date {wrong}", "300", inferred, None) == ["date-as-printed"]


@pytest.mark.parametrize("words", ["in may 2021", "3/26, 2021", "26.03.2021"])
def test_a_date_that_has_several_readings_is_left_alone(words: str) -> None:
    assert kept('zg:date "2021-05-03"^^xsd:date', "zg:date", words) == []


@pytest.mark.parametrize("words", ["recently", "2,019 firms", "the company may build", "20191"])
def test_what_is_no_date_is_not_guessed(words: str) -> None:
    assert dates.days(words) == []


TEXT = "Over 300 firms came in October 2019 to the Office of Trade in Harbour Town, and it paid 20 billion yuan.\n"
NAMES = """zgd:city-harbour a zg:City ; skos:prefLabel "Harbour Town"@en . zgd:city-other a zg:City ; skos:prefLabel "Hill Town"@en .
zgd:unit-cny skos:notation "CNY" . zgd:unit-usd skos:notation "USD" . zgd:unit-percent skos:notation "%" .
zgd:unit-hkd skos:notation "HKD" . zgd:unit-gbp skos:notation "GBP" . zgd:unit-jpy skos:notation "JPY" . zgd:unit-item skos:prefLabel "number"@en .
zgd:part a zg:City ; zg:locatedIn zgd:whole . zgd:whole zg:locatedIn zgd:city-harbour .
zgd:city-apart a zg:City ; skos:prefLabel "Office Harbour"@en ."""


def found(statement: str, phrase: str, evidence: str = "", text: str | None = TEXT) -> list[str]:
    """The rules that a statement breaks whose evidence is a phrase of the text."""
    start = TEXT.index(phrase)
    turtle = (
        f"{PREFIXES} zgd:x {statement} ; zg:evidence [ oa:start {start} ; oa:end {start + len(phrase)} {evidence} ] ."
    )

    def parsed(content: str) -> list[ox.Triple]:
        return [quad.triple for quad in ox.parse(content.encode(), format=ox.RdfFormat.TURTLE)]

    known = reading.known_things(parsed(PREFIXES + NAMES), lexicon=LEXICON)
    return [one.rule for one in reading.disagreements(parsed(turtle), "it", known, text)]


def kept(statement: str, property: str, words: str) -> list[str]:
    """The rules that a statement breaks whose evidence keeps the words and has no text."""
    return found(statement, "300", f'; zg:supports {property} ; zg:asPrinted "{words}"', None)


def read(statement: str, words: str) -> list[str]:
    """The rules that a statement breaks whose evidence is the whole of a text."""
    turtle = f"{PREFIXES} zgd:x {statement} ; zg:evidence [ oa:start 0 ; oa:end {len(words)} ] ."
    triples = [quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)]
    names = [quad.triple for quad in ox.parse((PREFIXES + NAMES).encode(), format=ox.RdfFormat.TURTLE)]
    return [
        one.rule for one in reading.disagreements(triples, "it", reading.known_things(names, lexicon=LEXICON), words)
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "phrase", "rule"),
    [
        ("zg:amount 300", "zg:amount 3000", "300 firms", "number-as-printed"),
        ("zg:amount 20000000000", "zg:amount 20000000", "20 billion yuan", "number-as-printed"),
        (
            "zg:amount 300 ; zg:comparator zg:moreThan",
            "zg:amount 300 ; zg:comparator zg:exactly",
            "300 firms",
            "comparator-as-printed",
        ),
        (
            "zg:amount 20000000000 ; zg:comparator zg:exactly",
            "zg:amount 20000000000 ; zg:comparator zg:atLeast",
            "20 billion yuan",
            "comparator-as-printed",
        ),
        (
            "zg:amount 300 ; zg:unit zgd:unit-item",
            "zg:amount 300 ; zg:unit zgd:unit-cny",
            "300 firms",
            "unit-as-printed",
        ),
        (
            "zg:amount 20000000000 ; zg:unit zgd:unit-cny",
            "zg:amount 20000000000 ; zg:unit zgd:unit-item",
            "20 billion yuan",
            "unit-as-printed",
        ),
        (
            'zg:date "2019-10"^^xsd:gYearMonth',
            'zg:date "2019-09"^^xsd:gYearMonth',
            "in October 2019",
            "date-as-printed",
        ),
        (
            'zg:namedAs "office of trade"@en',
            'zg:namedAs "office of ports"@en',
            "the Office of Trade",
            "wording-as-printed",
        ),
    ],
)
def test_a_value_is_held_against_the_text_of_its_range(right: str, wrong: str, phrase: str, rule: str) -> None:
    assert found(right, phrase) == []
    assert found(wrong, phrase) == [rule]
    assert found(wrong, phrase, text=None) == [], "without the text only zg:asPrinted could tell"


@pytest.mark.parametrize(
    "words",
    ["over the 100 firms", "not necessarily more than 100 firms", "100 firms at most", "topping 100", "≥100 firms"],
)
@pytest.mark.parametrize("comparator", ["exactly", "moreThan", "atMost", "atLeast"])
def test_a_word_by_a_number_that_is_not_read_leaves_its_comparator_alone(words: str, comparator: str) -> None:
    assert read(f"zg:amount 100 ; zg:comparator zg:{comparator}", words) == []


@pytest.mark.parametrize(
    ("words", "comparator"),
    [
        ("not exceeding 100", "moreThan"),
        ("not below 100", "lessThan"),
        ("over 100", "exactly"),
        ("it has 100", "atLeast"),
    ],
)
def test_a_comparator_that_is_not_the_one_printed_is_found(words: str, comparator: str) -> None:
    assert read(f"zg:amount 100 ; zg:comparator zg:{comparator}", words) == ["comparator-as-printed"]


def test_a_comparator_that_is_worked_out_need_not_be_printed() -> None:
    inferred = "zg:amount 20000000000 ; zg:comparator zg:atLeast"
    assert found(inferred, "20 billion yuan", "; zg:basis zg:inferred") == []


def test_a_thing_is_held_against_the_name_that_is_kept() -> None:
    kept = '; zg:supports zg:about ; zg:asPrinted "Harbour Town"'
    assert found("zg:about zgd:city-harbour", "in Harbour Town", kept, None) == []
    assert found("zg:about zgd:city-other", "in Harbour Town", kept, None) == ["name-as-printed"]
    assert found("zg:about zgd:unknown-thing", "in Harbour Town", kept, None) == [], "it has no names to go by"


def test_what_lies_in_a_place_may_be_printed_by_the_name_of_the_place() -> None:
    kept = '; zg:supports zg:about ; zg:asPrinted "Harbour Town"'
    inside = "zg:locatedIn zgd:city-harbour ; zg:about zgd:x"
    assert found(inside, "in Harbour Town", kept, None) == []


def test_a_thing_may_be_printed_by_the_name_of_what_lies_two_steps_away() -> None:
    assert (
        found("zg:about zgd:part", "in Harbour Town", '; zg:supports zg:about ; zg:asPrinted "Harbour Town"', None)
        == []
    )


def test_a_name_whose_words_stand_apart_is_named() -> None:
    assert found("zg:about zgd:city-apart", "Office of Trade in Harbour Town") == []


def test_a_thing_is_held_against_the_names_that_stand_in_its_range() -> None:
    assert found("zg:about zgd:city-harbour", "in Harbour Town") == []
    assert found("zg:about zgd:city-other", "in Harbour Town") == ["name-as-printed"]
    assert found("zg:about zgd:city-other", "300 firms") == [], "no name stands there"
    assert found("zg:about zgd:city-other", "in Harbour Town", "; zg:basis zg:inferred") == [], "it may be worked out"
    assert found("zg:about zgd:city-other", "in Harbour Town", text=None) == []


def test_a_date_that_is_worked_out_may_be_more_precise_than_print_and_a_stated_one_may_not() -> None:
    worked_out = '; zg:supports zg:date ; zg:asPrinted "October 2019" ; zg:basis zg:inferred'
    assert found('zg:date "2019-10-08"^^xsd:date', "in October 2019", worked_out) == []
    stated = worked_out.replace("zg:basis zg:inferred", "")
    assert found('zg:date "2019-10-08"^^xsd:date', "in October 2019", stated) == ["date-as-printed"]


def test_a_digest_is_looked_for_until_so_much_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(phrases, "digest", lambda text, start, end: read.append(end - start))
    finder = ranges.Finder([])
    assert finder.of_digest("x" * 1000, "0" * 64, 5, 10) is None
    looked = len(read)
    assert 1000 < looked < 2000
    for _ in range(1000):
        assert finder.of_digest("x" * 1000, "0" * 64, 5, 10) is None
    assert len(read) < 400 * (looked + 1)
    before = len(read)
    assert ranges.Finder([]).of_digest("x" * 500_000, "0" * 64, 5, 10) is None
    assert len(read) == before


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("the Plan", "the plan", "capital letters"),
        ("“a”", '"a"', "quotation marks"),
        ("a – b", "a - b", "dashes"),
        ("a  b", "a b", "white space"),
        ("ＡＩ", "AI", "full-width characters"),
        ("résumé", "resume", "accents"),
        ("a\u200bb", "ab", "characters that are not seen"),
        ("‘A’", "'a'", "capital letters and quotation marks"),
    ],
)
def test_it_is_told_what_two_wordings_differ_in(one: str, other: str, difference: str) -> None:
    assert ranges.differs(one, other) == ranges.differs(other, one) == difference


@pytest.mark.parametrize(
    ("start", "end", "meant"), [(4, 5, (2, 3)), (0, 1, None), (0, 4, (0, 2)), (1, 3, None), (0, 99, None)]
)
def test_offsets_in_bytes_are_told_by_the_characters_that_they_fit(
    start: int, end: int, meant: tuple[int, int] | None
) -> None:
    assert ranges.in_characters("a“bc", start, end) == meant


def test_evidence_check_names_the_line_of_a_wording_that_the_text_does_not_have(tmp_path: Path) -> None:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    whole = hashlib.sha256(TEXT[:-1].encode()).hexdigest()
    data = tmp_path / "project" / "data" / "articles"
    data.mkdir(parents=True)
    (tmp_path / "project" / "ontology").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "it.txt").write_bytes(TEXT.encode())
    start = len(PREFIXES.splitlines())
    evidence = f'zg:evidence [ oa:start 0 ; oa:end {len(TEXT) - 1} ; zg:digest "{whole}" ]'
    (data / "it.ttl").write_text(
        f'{PREFIXES}zgd:article-it a zg:Article ; zg:textDigest "{digest}" ;\n'
        f'    zg:title "Over 300 firms"@en ;\n    zg:namedAs "Over 400 firms"@en ;\n    {evidence} .\n',
        "utf-8",
    )
    (tmp_path / "project" / "shapes").symlink_to(ROOT / "shapes")
    project = sources.find(str(tmp_path / "project"))
    (found,) = validation.validate(project, group=validation.PASSAGES, articles=str(tmp_path / "texts")).findings
    assert found.line == start + 3
    assert "“Over 400 firms” is not in the range" in found.message
    assert "“Over 300 firms” at characters 0-14 (line 1): “300”, not “400”" in found.message


def test_a_name_in_two_ranges_is_told_once() -> None:
    ranges = [(TEXT.index(words), TEXT.index("Town,") + 4) for words in ("in Harbour", "Harbour")]
    evidence = ", ".join(f"[ oa:start {start} ; oa:end {end} ; zg:supports zg:locatedIn ]" for start, end in ranges)
    turtle = f"{PREFIXES} zgd:x zg:locatedIn zgd:city-other ; zg:evidence {evidence} ."
    triples, names = (
        [quad.triple for quad in ox.parse(content.encode(), format=ox.RdfFormat.TURTLE)]
        for content in (turtle, PREFIXES + NAMES)
    )
    (one,) = reading.disagreements(triples, "it", reading.known_things(names, lexicon=LEXICON), TEXT)
    assert one.judgement.here == "the range names zgd:city-harbour, not zgd:city-other"
