"""The lexicon has the form that its package describes, gives no word two senses, and every word of it is read."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF

from tests.conftest import ROOT
from tests.test_reading import found, kept, read
from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.validation import reading
from zonegraph.validation.reading import around as of_around
from zonegraph.validation.reading import dates as of_dates
from zonegraph.validation.reading import implied as of_implied
from zonegraph.validation.reading import lexicon
from zonegraph.validation.reading import numbers as of_numbers
from zonegraph.validation.reading import status as of_status
from zonegraph.validation.reading.names import Carrier

PATH = ROOT / "src" / "zonegraph" / "validation" / "reading" / "lexicon.json"
OWN = ROOT / "shapes" / "lexicon.json"  # of the project
LEXICON = lexicon._merged(*(json.loads(path.read_text("utf-8")) for path in (PATH, OWN)))
LOADED = lexicon.load(sources.find(str(ROOT)))
numbers, dates, around = of_numbers.of(LOADED), of_dates.of(LOADED), of_around.of(LOADED)
implied = of_implied.of(LOADED)
NUMBERS, UNITS, COMPARATORS, DATES = (LEXICON[name] for name in ("numbers", "units", "comparators", "dates"))
ALL = {v.ZG + name for name in ("exactly", "atLeast", "moreThan", "atMost", "lessThan", "approximately")}

WORDS = [str]
FORM = {
    "terms": {
        "names": WORDS,
        "wordings": WORDS,
        "unit_of": {str: str},
        "comparator_of": {str: str},
        "against": {str: str},
        "acts": WORDS,
        "numbered_by": {str: str},
        "counted": {str: str},
        "dated_together": {str: str},
        **{key: {str: str} for key in ("due", "due_not", "one_each", "said_of")},
        **dict.fromkeys(("of_a_kind", "measured"), WORDS),
    },
    "numbers": {
        "cardinals": {str: int},
        "ordinals": {str: int},
        "ordinal_endings": WORDS,
        "scales": {str: int},
        "chinese_scales": {str: int},
        "chinese_digits": {str: int},
        "chinese_places": {str: int},
        "chinese_ordinal": WORDS,
        "chinese_counted": WORDS,
        "chinese_not_after": WORDS,
        "joined_by": WORDS,
        "negative": WORDS,
        "to": WORDS,
        "fraction_signs": WORDS,
        "more_of_it": WORDS,
        "falls": WORDS,
    },
    "units": {
        "CNY": {"codes": WORDS, "words": WORDS},
        "USD": {"signs": WORDS, "codes": WORDS, "words": WORDS, "shared": bool},
        "EUR": {"signs": WORDS, "codes": WORDS, "words": WORDS},
        "%": {"words": WORDS, "ends_range": bool},
    },
    "unclear_units": WORDS,
    "comparators": {
        "none": str,
        "before": {str: WORDS},
        "negated": {str: str},
        "negations": dict.fromkeys(("beside", "near", "both", "joined", "ending", "followed_by"), WORDS),
        "after": {str: dict.fromkeys(("next", "measured", "counted"), WORDS)},
        "of_place_too": WORDS,
        "hints": WORDS,
    },
    "dates": {
        "months": [WORDS],
        "words_too": WORDS,
        "weekdays": [WORDS],
        "from_publication": {str: int},
        "to": WORDS,
        "of": WORDS,
        "before_last": WORDS,
        "not_past": WORDS,
        "of_time": WORDS,
        "chinese": {"year": str, "month": str, "day": str},
    },
    "status": {
        "time": {str: WORDS},
        "version": {str: WORDS},
        **dict.fromkeys(("until", "relative", "auxiliaries"), WORDS),
    },
    "speech": dict.fromkeys(("verbs", "done_before", "of_the_page", "oneself"), WORDS),
    "lists": {"open": WORDS, "both": WORDS},
    "names": {"articles": WORDS, "endings": WORDS},
}


def has_form(value: Any, form: Any) -> bool:
    """Whether a value is of a type, a list of values of one form, or a dictionary of the keys and forms given."""
    if isinstance(form, list):
        return isinstance(value, list) and all(has_form(part, form[0]) for part in value)
    if not isinstance(form, dict):
        return type(value) is form and value != ""
    if str in form:
        form = dict.fromkeys(value, form[str])
    return isinstance(value, dict) and value.keys() == form.keys() and all(has_form(value[k], form[k]) for k in form)


def lists(value: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """The lists of a lexicon, by their paths; the keys of a dictionary of numbers are a list too."""
    if isinstance(value, dict):
        if all(type(part) is int for part in value.values()):
            yield path, list(value)
        for key, part in value.items():
            yield from lists(part, f"{path}/{key}")
    elif isinstance(value, list):
        yield path, [word for part in value for word in (part if isinstance(part, list) else [part])]


@pytest.mark.parametrize("section", [*FORM])
def test_each_section_is_there_and_has_its_form(section: str) -> None:
    assert has_form(LEXICON[section], FORM[section])
    documented = reading.__doc__ or ""
    assert f"`{section}`" in documented


def test_there_is_nothing_else_in_it_and_no_key_twice() -> None:
    assert LEXICON.keys() == FORM.keys()
    repeated: list[str] = []

    def pairs(of: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated.extend(key for key, count in Counter(key for key, _ in of).items() if count > 1)
        return dict(of)

    for path in (PATH, OWN):
        json.loads(path.read_text("utf-8"), object_pairs_hook=pairs)
    assert repeated == []


def test_it_is_loaded_in_well_under_five_milliseconds() -> None:
    taken = []
    for _ in range(5):
        lexicon.general.cache_clear()
        start = time.process_time()
        lexicon.general()
        taken.append(time.process_time() - start)
    assert min(taken) < 0.005


SENSES = {
    "a number": [NUMBERS[kind] for kind in ("cardinals", "ordinals", "scales", "chinese_scales")],
    "a unit": [words for unit in UNITS.values() for words in unit.values() if isinstance(words, list)]
    + [LEXICON["unclear_units"]],
    "a comparator before": [*COMPARATORS["before"].values()],
    "a comparator after": [words for which in COMPARATORS["after"].values() for words in which.values()],
    "a negation": [words for kind, words in COMPARATORS["negations"].items()],
    "a month or day": [*DATES["months"], *DATES["weekdays"]],
    "a status": [words for axis in ("time", "version") for words in LEXICON["status"][axis].values()],
}


@pytest.mark.parametrize("sense", SENSES)
def test_no_word_has_two_senses(sense: str) -> None:
    counted = Counter(word.lower() for words in SENSES[sense] for word in words)
    assert [word for word, count in counted.items() if count > 1] == []


def test_no_list_has_a_word_twice() -> None:
    for path, words in lists(LEXICON):
        assert len(words) == len(set(words)), path


def test_its_terms_are_those_of_the_ontology() -> None:
    ontology = rdflib.Graph().parse(ROOT / "ontology" / "zonegraph.ttl").parse(ROOT / "ontology" / "framework.ttl")
    text = json.dumps(LEXICON)
    named = {name for part in json.dumps(json.loads(text)).split('"') for name in part.split() if ":" in name[1:]}
    ours = {rdflib.URIRef(v.ZG + name[3:]) for name in named if name.startswith("zg:")}
    assert len(ours) > 10
    assert all((term, RDF.type, None) in ontology for term in ours)
    comparators = {str(s) for s in ontology.subjects(RDF.type, rdflib.URIRef(v.ZG + "Comparator"))}
    assert comparators == ALL == numbers._all


# ---------------------------------------------------------------- every word is read


def one(words: str) -> of_numbers.Number:
    (number,) = numbers.numbers(words)
    return number


def amounts(words: str) -> list[Decimal]:
    return [number.amount for number in numbers.numbers(words)]


def compared(words: str) -> set[str]:
    return {v.shorten(iri) for iri in one(words).comparators}


def cardinal(word: str) -> None:
    assert amounts(f"{word} firms") == [NUMBERS["cardinals"][word]]


def ordinal(word: str) -> None:
    assert amounts(f"the {word} park") == [NUMBERS["ordinals"][word]]
    assert amounts(f"the {word} two parks") == [NUMBERS["ordinals"][word], 2]


def ordinal_ending(word: str) -> None:
    assert amounts(f"the 21{word} park") == [21]
    assert dates.days(f"March 21{word}") == [(0, 3, 21, 0)]


def scale(word: str) -> None:
    assert amounts(f"two {word}") == amounts(f"2 {word}") == [2 * NUMBERS["scales"][word]]


def chinese_scale(word: str) -> None:
    assert amounts(f"3{word}") == [3 * NUMBERS["chinese_scales"][word]]


def joined_by(word: str) -> None:
    assert [amounts(f"two {scale} {word} five") for scale in NUMBERS["scales"]] == [
        [2 * value + 5] for value in NUMBERS["scales"].values()
    ]


def negative(word: str) -> None:
    assert amounts(f"{word} 5") == [-5]


def number_range(word: str) -> None:
    assert amounts(f"5 {word} 10") == amounts(f"five {word} ten percent") == []


def fraction_sign(word: str) -> None:
    assert amounts(f"2{word}") == []


def more_of_it(word: str) -> None:
    assert 2 not in amounts(f"2 {word}")


def fall(word: str) -> None:
    for form in {word.replace("*", ""), word.replace("*", "ing")}:
        printed = f"it {form} by 5 percent"
        carrier = Carrier(printed, None, "", "stated", True)
        assert numbers.number("-5", [(carrier, printed)]) is None
        assert numbers.number("-5", [(carrier, printed.replace(form, "rose"))]) is not None


def unit_sign(word: str, notation: str) -> None:
    assert one(f"{word}5").unit == notation


def unit_code(word: str, notation: str) -> None:
    assert one(f"{word} 5").unit == one(f"5 {word}").unit == notation


def unit_word(word: str, notation: str) -> None:
    assert one(f"5 {word}").unit == notation
    assert amounts(f"5 {word} to 6 {word}") == ([] if UNITS[notation].get("ends_range") else [6])


def unclear_unit(word: str) -> None:
    assert one(f"{word}5").unit == one(f"5{word}").unit == "?"


def before(word: str, which: str) -> None:
    assert compared(f"{word} 300") == set(which.split())
    negated = COMPARATORS["negated"].get(which)
    assert compared(f"not {word} 300") == ({negated} if negated else {*map(v.shorten, ALL)})


def negation(word: str) -> None:
    assert compared(f"{word} more than 300") == {"zg:atMost"}


def negation_near(word: str) -> None:
    assert compared(f"{word} necessarily more than 300") == {*map(v.shorten, ALL)}


def negation_both(word: str) -> None:
    negation(word)
    negation_near(word)


def negation_joined(word: str) -> None:
    assert compared(f"{word}超过300") == {"zg:atMost"}


def negation_ending(word: str) -> None:
    for form in (word, word.replace("'", "’")):
        negation("could" + form[-3:])
        negation_near("could" + form[-3:])


def negation_followed_by(word: str) -> None:
    assert compared(f"not {word} more than 300") == {"zg:atMost"}


def after_next(word: str, which: str) -> None:
    assert compared(f"300{word}") == set(which.split())


def after_measured(word: str, which: str) -> None:
    assert compared(f"300个{word}") == set(which.split())


def after_counted(word: str, which: str) -> None:
    assert compared(f"300 {word}") == compared(f"300 firms {word}") == set(which.split())


def of_place_too(word: str) -> None:
    assert compared(f"{word} two plans") == {*compared(f"{word} 200 plans"), "zg:exactly"}


def hint(word: str) -> None:
    assert compared("with the 300") == set()
    for form in {word.replace("*", "did" if word.startswith("*") else ""), word.replace("*", "have")}:
        assert compared(f"{form} the 300") == {*map(v.shorten, ALL)}


def month(word: str) -> None:
    number = next(n for n, names in enumerate(DATES["months"], 1) if word in names)
    assert dates.days(f"{word} 5, 2021") == dates.days(f"5 {word} 2021") == [(2021, number, 5, 0)]


def month_alone(word: str) -> None:
    assert dates.days(f"in {word}") == []
    others = [(n, names[0]) for n, names in enumerate(DATES["months"], 1) if names[0] not in DATES["words_too"]]
    assert [dates.days(f"in {name}") for _, name in others] == [[(0, n, 0, 0)] for n, _ in others]


def weekday(word: str) -> None:
    assert dates.days(f"on {word}") == [
        (0, 0, 0, next(n for n, words in enumerate(DATES["weekdays"], 1) if word in words))
    ]


def from_publication(word: str) -> None:
    assert dates.days(f"by {word}", of_dates.Published("2021-02-24", "2021-02-24")) == [
        (2021 + DATES["from_publication"][word], 0, 0, 0)
    ]
    assert dates.days(f"by {word}") == []


def date_range(word: str) -> None:
    assert dates.days(f"March 26 {word} 28, 2021") == [(2021, 3, day, 0) for day in (26, 27, 28)]


def date_of(word: str) -> None:
    assert dates.days(f"26 {word} March 2021") == [(2021, 3, 26, 0)]


MAY_12 = of_dates.Published("2023-05-12", "2023-05-12")  # a Friday


def on_wednesday(word: str, day: str) -> of_dates.Judgement | None:
    """What is wrong with a day that stands for "on Wednesday" behind a word."""
    carrier = Carrier("", "on Wednesday", "", "inferred", True, f"it was {word} ")
    return dates.date(day, [(carrier, "on Wednesday")], MAY_12, done=True)


def before_last(word: str) -> None:
    assert on_wednesday(word, "2023-05-03") is None
    assert on_wednesday("there", "2023-05-03") is not None


def not_past(word: str) -> None:
    assert on_wednesday(word, "2023-05-17") is None
    assert on_wednesday("there", "2023-05-17") is not None


def chinese_digit(word: str) -> None:
    spelled = word if NUMBERS["chinese_digits"][word] else f"一百{word}二"
    assert amounts(f"{spelled}项措施") == [NUMBERS["chinese_digits"][word] or 102]


def chinese_place(word: str) -> None:
    assert amounts(f"三{word}项措施") == [3 * NUMBERS["chinese_places"][word]]


def chinese_counted(word: str) -> None:
    assert amounts(f"四{word}") == [4]
    assert amounts("四海") == []


def chinese_not_after(word: str) -> None:
    assert amounts(f"{word}四项") == []


def judged_status(term: str, words: str) -> bool:
    carrier = Carrier("", words, "", "stated", True)
    return of_status.of(LOADED).status(iri(term), [carrier], MAY_12, reading.known_things([])) is not None


def status_word(word: str, kind: str) -> None:
    for term, kinds in LEXICON["terms"]["against"].items():
        assert judged_status(term, f"it {word} 300") == (kind in kinds.split()), term


def until(word: str) -> None:
    gap = " " if word.isascii() else ""
    assert judged_status("zg:Observation", f"300 firms {word}{gap}2025")
    assert not judged_status("zg:Observation", f"300 firms {word}{gap}2021")


def relative(word: str) -> None:
    assert judged_status("zg:Observation", "35 measures will be taken")
    assert not judged_status("zg:Observation", f"35 measures {word} will be taken")


def act(property: str) -> None:
    assert found(f'{property} "came"', "came") == []
    assert read(f'{property} "come"', "300 firms will come") == ["status-as-printed"]


def auxiliary(word: str) -> None:
    assert read('zg:worded "come"', f"300 firms will {word} come") == ["status-as-printed"]


def ending(word: str) -> None:
    triple = ox.Triple(ox.NamedNode(v.ZGD + "x"), ox.NamedNode(iri("skos:prefLabel")), ox.Literal(f"西安{word}"))
    assert reading.known_things([triple], lexicon=LOADED).names == {v.ZGD + "x": {f"西安{word}", "西安"}}


def article(word: str) -> None:
    harbour = "zg:about zgd:city-other"
    assert kept(harbour, "zg:about", "Harbour Town") == ["name-as-printed"]
    assert kept(harbour, "zg:about", f"{word} harbour town") == []


def known(property: str) -> None:
    triple = ox.Triple(ox.NamedNode(v.ZGD + "x"), ox.NamedNode(iri(property)), ox.Literal("A  Name"))
    assert reading.known_things([triple]).names == {v.ZGD + "x": {"a name"}}


def wording(property: str) -> None:
    assert found(f'{property} "300 firms"', "Over 300 firms") == []
    assert found(f'{property} "400 firms"', "Over 300 firms") == ["wording-as-printed"]


READ: dict[str, Callable[..., None]] = {
    "/terms/names": known,
    "/terms/wordings": wording,
    "/numbers/cardinals": cardinal,
    "/numbers/ordinals": ordinal,
    "/numbers/ordinal_endings": ordinal_ending,
    "/numbers/scales": scale,
    "/numbers/chinese_scales": chinese_scale,
    "/numbers/joined_by": joined_by,
    "/numbers/negative": negative,
    "/numbers/to": number_range,
    "/numbers/fraction_signs": fraction_sign,
    "/numbers/more_of_it": more_of_it,
    "/numbers/falls": fall,
    "/unclear_units": unclear_unit,
    "/comparators/negations/beside": negation,
    "/comparators/negations/near": negation_near,
    "/comparators/negations/both": negation_both,
    "/comparators/negations/joined": negation_joined,
    "/comparators/negations/ending": negation_ending,
    "/comparators/negations/followed_by": negation_followed_by,
    "/comparators/of_place_too": of_place_too,
    "/comparators/hints": hint,
    "/dates/months": month,
    "/dates/words_too": month_alone,
    "/dates/weekdays": weekday,
    "/dates/from_publication": from_publication,
    "/dates/to": date_range,
    "/dates/of": date_of,
    "/dates/before_last": before_last,
    "/dates/not_past": not_past,
    "/numbers/chinese_digits": chinese_digit,
    "/numbers/chinese_places": chinese_place,
    "/numbers/chinese_counted": chinese_counted,
    "/numbers/chinese_not_after": chinese_not_after,
    "/status/until": until,
    "/status/relative": relative,
    "/status/auxiliaries": auxiliary,
    "/terms/acts": act,
    "/names/articles": article,
    "/names/endings": ending,
}
# Of lists by notation or comparator, which the test takes too.
READ_WITH_KEY: dict[tuple[str, str], Callable[..., None]] = {
    ("/units", "signs"): unit_sign,
    ("/units", "codes"): unit_code,
    ("/units", "words"): unit_word,
    ("/comparators/after", "next"): after_next,
    ("/comparators/after", "measured"): after_measured,
    ("/comparators/after", "counted"): after_counted,
}


def chinese_ordinal(word: str) -> None:
    assert around._count("三个城市") == 3
    assert around._count(f"{word}三个城市") == 0


def of_time(word: str) -> None:
    printed = Carrier("", f"on the {word.replace('*', '')} itself", "", "stated", True)
    assert dates.date("2021-03-01", [(printed, printed.passage or "")], of_dates.Published(), done=True) is None
    none = printed._replace(passage="on the bridge itself")
    assert dates.date("2021-03-01", [(none, none.passage or "")], of_dates.Published(), done=True)


def verb_of_saying(word: str) -> None:
    assert around._said_behind.match(f'," {word} Ann Bee, an official')
    assert around._said_on.search(f"The body {word} on Friday")


def done_before(word: str) -> None:
    assert around._that_had.fullmatch(f" that it {word} ")


def of_the_page(word: str) -> None:
    said = around._page.search(f"The {word} 12 May 2023; two days before.")
    assert said
    assert said["when"] == "12 May 2023"


def open_list(word: str) -> None:
    assert implied._open.search(f"ports {word} parks")
    assert not implied._open.search(f"ports x{word}x parks") or not word.isascii()


def both(word: str) -> None:
    ship = ox.NamedNode(v.ZGD + "ship")
    known = reading.known_things(
        [
            ox.Triple(ship, ox.NamedNode(v.RDF_TYPE), ox.NamedNode(v.ZG + "Ship")),
            ox.Triple(ox.NamedNode(v.ZG + "Ship"), ox.NamedNode(v.SKOS + "prefLabel"), ox.Literal("ship")),
        ],
        lexicon=LOADED,
    )
    launch = ox.Triple(ox.NamedNode(v.ZGD + "launch"), ox.NamedNode(v.ZG + "concerns"), ship)
    stated = {(launch.subject, launch.predicate.value): [launch]}

    def wrong(words: str) -> bool:
        return implied.several(launch, [Carrier("", words, "", "stated", True)], stated, known) is not None

    assert wrong(f"{word} ships set out")
    assert wrong(f"{word} the old ships set out")
    assert not wrong("the ship set out")


def of_a_kind(property: str) -> None:
    port, harbour, guild = (ox.NamedNode(v.ZG + name) for name in ("Port", "Harbour", "Guild"))
    ours = ox.NamedNode(v.ZGD + "ours")
    known = reading.known_things(
        [
            *(ox.Triple(kind, ox.NamedNode(v.RDF_TYPE), ox.NamedNode(v.OWL + "Class")) for kind in (port, harbour)),
            *(ox.Triple(kind, ox.NamedNode(v.RDFS + "subClassOf"), guild) for kind in (port, harbour)),
            ox.Triple(port, ox.NamedNode(v.SKOS + "prefLabel"), ox.Literal("port")),
            ox.Triple(ours, ox.NamedNode(v.RDF_TYPE), harbour),
        ],
        lexicon=LOADED,
    )
    of = ox.Triple(ox.NamedNode(v.ZGD + "ann"), ox.NamedNode(iri(property)), ours)
    stated = {(of.subject, of.predicate.value): [of]}

    def wrong(words: str) -> bool:
        return implied.kind(of, [Carrier("", words, "", "stated", True)], stated, known) is not None

    assert wrong("a clerk of the port")
    assert not wrong("a clerk of the port office")
    assert not wrong("a clerk of the house")


def measured(property: str) -> None:
    trees, ships = (ox.NamedNode(v.ZGD + name) for name in ("trees", "ships"))
    labels = ((trees, "trees felled"), (ships, "ships launched"))
    known = reading.known_things(
        [
            *(ox.Triple(one, ox.NamedNode(v.RDF_TYPE), ox.NamedNode(v.ZG + "Thing")) for one, _ in labels),
            *(ox.Triple(one, ox.NamedNode(v.SKOS + "prefLabel"), ox.Literal(label)) for one, label in labels),
        ],
        lexicon=LOADED,
    )
    of = ox.Triple(ox.NamedNode(v.ZGD + "number"), ox.NamedNode(iri(property)), trees)

    def wrong(words: str) -> bool:
        by = [Carrier("", words, "", "stated", True)]
        return implied.measured(of, by, by, known) is not None

    assert wrong("40 ships were launched")
    assert not wrong("40 ships were launched, of trees")
    assert not wrong("40 ships set out")


def oneself(word: str) -> None:
    assert implied._oneself.search(f"for {word} a port")


READ |= {
    "/speech/oneself": oneself,
    "/lists/open": open_list,
    "/lists/both": both,
    "/terms/of_a_kind": of_a_kind,
    "/terms/measured": measured,
    "/numbers/chinese_ordinal": chinese_ordinal,
    "/dates/of_time": of_time,
    "/speech/verbs": verb_of_saying,
    "/speech/done_before": done_before,
    "/speech/of_the_page": of_the_page,
}


def cases() -> Iterator[Any]:
    for path, words in lists(LEXICON):
        parent, _, last = path.rpartition("/")
        above, _, key = parent.rpartition("/")
        for word in words:
            if path in READ:
                call: list[Any] = [READ[path], word]
            elif parent == "/comparators/before":
                call = [before, word, last]
            elif parent in ("/status/time", "/status/version"):
                call = [status_word, word, last]
            else:
                call = [READ_WITH_KEY[above, last], word, key]
            yield pytest.param(call[0], call[1:], id=f"{path[1:]}: {word}")


@pytest.mark.parametrize(("reads", "words"), [*cases()])
def test_every_word_is_read(reads: Callable[..., None], words: list[str]) -> None:
    reads(*words)


def iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return v.PREFIXES[prefix] + local


def test_the_properties_of_units_and_comparators_each_go_with_their_number() -> None:
    terms = LEXICON["terms"]
    for property, number in terms["unit_of"].items():
        right = f"{number} 20000000000 ; {property} zgd:unit-cny"
        assert found(right, "20 billion yuan") == []
        assert found(right.replace("cny", "usd"), "20 billion yuan") == ["unit-as-printed"]
    for property, number in terms["comparator_of"].items():
        right = f"{number} 300 ; {property} zg:moreThan"
        assert found(right, "300 firms") == []
        assert found(right.replace("moreThan", "exactly"), "300 firms") == ["comparator-as-printed"]


@pytest.mark.parametrize(("on", "rules"), [("2020-03-01", []), ("2021-03-01", ["date-as-printed"])])
def test_years_count_from_the_day_of_publication(on: str, rules: list[str]) -> None:
    text = f"last year it came. {on}"
    content = f"""@prefix zg: <{v.ZG}> . @prefix zgd: <{v.ZGD}> . @prefix oa: <{v.OA}> . @prefix xsd: <{v.XSD}> .
        zgd:article-it zg:published "{on}"^^xsd:date ; zg:evidence [ oa:start 19 ; oa:end {len(text)} ] .
        zgd:x zg:date "2019"^^xsd:gYear ; zg:evidence [ oa:start 0 ; oa:end 9 ] ."""
    assert [one.rule for one in reading.disagreements(turtle.parse("it.ttl", content), "it", None, text)] == rules


def test_a_unit_whose_words_are_shared_may_be_another() -> None:
    assert UNITS["USD"]["shared"]
    text = "it paid 5 dollars and 6 euros"
    for amount, unit, rules in ((5, "hkd", []), (6, "gbp", ["unit-as-printed"])):
        carrier = Carrier("", text, "", "stated", False)
        known = reading.known_things(
            [ox.Triple(ox.NamedNode(v.ZGD + unit), ox.NamedNode(v.SKOS + "notation"), ox.Literal(unit.upper()))]
        )
        assert bool(numbers.unit(v.ZGD + unit, str(amount), [carrier], known)) == bool(rules)


def test_a_bound_that_is_no_number_has_no_passage() -> None:
    for bound in ('"²"', '"' + "9" * 5000 + '"'):
        content = f"""@prefix zg: <{v.ZG}> . @prefix zgd: <{v.ZGD}> . @prefix oa: <{v.OA}> .
            zgd:x zg:amount 5 ; zg:evidence [ oa:start 0 ; oa:end {bound} ] ."""
        assert reading.disagreements(turtle.parse("it.ttl", content), "it", None, "7 firms") == []


@pytest.mark.parametrize(
    ("own", "words", "amount", "comparator"),
    [
        ('{"numbers": {"scales": {"gross": 144}}}', "two gross", 288, None),
        ('{"numbers": {"cardinals": {"twenty": 21}}}', "twenty firms", 21, None),
        ('{"comparators": {"before": {"zg:atLeast": ["no fewer than"]}}}', "no fewer than 300", 300, "zg:atLeast"),
        ('{"comparators": {"before": {"zg:moreThan": ["at least"]}}}', "at least 300", 300, "zg:moreThan"),
        ('{"comparators": {"before": {"zg:moreThan": ["at least"]}}}', "over 300", 300, "zg:moreThan"),
        ("{}", "at least 300", 300, "zg:atLeast"),
    ],
)
def test_a_project_adds_words_and_gives_others_another_sense(
    own: str, words: str, amount: int, comparator: str | None
) -> None:
    (number,) = of_numbers.of(lexicon.extended("lexicon.json", own)).numbers(words)
    assert number.amount == amount
    assert comparator is None or {*map(v.shorten, number.comparators)} == {comparator}


def test_a_project_gives_the_months_in_its_own_order_and_language() -> None:
    months = ["Jänner", "Feber", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November"]
    own = json.dumps({"dates": {"months": [[month] for month in [*months, "Dezember"]]}})
    read = of_dates.of(lexicon.extended("lexicon.json", own))
    assert read.days("5 März 2021") == [(2021, 3, 5, 0)]
    assert read.days("5 March 2021") != [(2021, 3, 5, 0)]


@pytest.mark.parametrize(
    ("own", "line", "problem"),
    [
        ("[]", 1, "the lexicon: is not a mapping"),
        ('{"numbers": {\n"falls": ["sank"],\n"falls": []}}', 3, "“falls”: appears twice"),
        ('{"numbers": {"scales": {\n"gross": "144"}}}', 2, '“numbers: scales: gross”: "144" is not a whole number'),
        ('{"numbers": {"scales": {\n"gross": true}}}', 2, "“numbers: scales: gross”: true is not a whole number"),
        ('{"units": {"m": {"shared": false}}}', 1, "“units: m: shared”: false is not true"),
        ('{"dates":\n{"weekdays": ["Montag"]}}', 2, "“dates: weekdays”: has 1 members, not 7"),
        ('{"numbers": {"falls": [""]}}', 1, '"" is not a word'),
        ('{"terms": {"comparator_of": {"zg:amount": "comparator"}}}', 1, "comparator is not a prefixed name"),
        ("[" * 100_000, 1, "not valid JSON"),
        ('{"numbers": {"scales": {"x": ' + "9" * 5000 + "}}}", 1, "not valid JSON"),
    ],
)
def test_what_has_not_the_form_of_a_lexicon_is_refused_with_its_line(own: str, line: int, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        lexicon.extended("lexicon.json", own)
    assert str(refused.value).startswith(f"lexicon.json:{line}:")
    assert problem in str(refused.value)


def test_the_signs_of_a_chinese_date_are_read() -> None:
    year, month, day = (DATES["chinese"][part] for part in ("year", "month", "day"))
    assert dates.days(f"2021{year}3{month}26{day}") == [(2021, 3, 26, 0)]
