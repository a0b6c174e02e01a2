"""`zonegraph mcp` as an agent meets it: each tool over standard input and output, by the official client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Command
from tests.server.mcp_client import Agent, agent, said
from zonegraph import vocabulary as v
from zonegraph.project.sources import Project

mcp_types = pytest.importorskip("mcp_types")


@pytest.fixture(scope="module")
def client(golden_project: Project) -> Iterator[Agent]:
    with agent(Path(golden_project.root)) as client:
        yield client


QUESTIONS = (
    "zones-per-batch",
    "timeline",
    "cities-of-both-ministries",
    "articles",
    "official-names",  # in Chinese, too
)


def every_row(client: Agent, question: str, **arguments: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    offset = 0
    while True:
        answer = client.answer("ask", question=question, limit=100, offset=offset, **arguments)
        found += [row["values"] for row in answer["rows"]]
        if "next" not in answer:
            assert len(found) == answer["total"]
            return found
        assert answer["next"] > offset
        offset = answer["next"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_saved_question_has_the_rows_of_the_command_line(client: Agent, zonegraph: Command, question: str) -> None:
    found = json.loads(zonegraph("query", question, "--format", "json").stdout)
    expected = [
        {
            name: v.shorten(term["value"]) if term["type"] == "uri" else term["value"]
            for name, term in row.items()
            if len(term["value"]) <= 1_000
        }
        for row in found["results"]["bindings"]
    ]
    assert every_row(client, question) == expected
    assert expected


def test_each_row_is_cited_and_says_how_certain_it_is(client: Agent) -> None:
    answer = client.answer("ask", question="cities-of-both-ministries", limit=3)
    numbers = {c["id"]: c for c in answer["citations"]}
    for row in answer["rows"]:
        assert row["certainty"]
        assert row["cited"]
        assert all(number in numbers for number in row["cited"])
    passage = next(c for c in numbers.values() if "start" in c)
    assert {"article", "start", "end", "basis"} <= passage.keys()
    assert passage["article"] in answer["articles"]
    assert any({"statement", "rule", "premises"} <= i.keys() for i in answer["inferences"])
    assert answer["data"] == {"through": "2021-03-26", "articles": 5, "undated": 2}
    assert answer["names"]["zgd:city-hangzhou"] == "Hangzhou"


def test_the_text_holds_what_the_data_hold(client: Agent) -> None:
    result = client.call("ask", question="timeline", limit=2)
    text, answer = said(result), result.structured_content
    assert answer is not None
    assert "call again with offset 2 for more" in text
    for row in answer["rows"]:
        assert all(f"{name}: {value}" in text for name, value in row["values"].items())
    for citation in answer["citations"]:
        assert f"[{citation['id']}] " in text
    assert "leaves out: acts and events without a date (see zone-acts, events)" in text
    assert "data through 2021-03-26, from 5 articles (2 undated)" in text


def test_a_question_is_asked_with_parameters_as_of_a_day_and_of_a_certainty(client: Agent, zonegraph: Command) -> None:
    answer = client.answer("ask", question="zone-acts", parameters={"zone": "Tianjin (MIIT)"})
    assert answer["rows"]
    assert {row["values"]["zone"] for row in answer["rows"] if "zone" in row["values"]} <= {"zgd:zone-tianjin-miit"}
    several = client.answer("ask", question="articles", as_of="2021-03-10")
    found = json.loads(zonegraph("query", "articles", "--as-of", "2021-03-10", "--format", "json").stdout)
    assert several["total"] == len(found["results"]["bindings"]) == 2
    assert any("2021-03-26-hunan-government" in left for left in several["leftOut"])
    assert several["data"]["through"] == "2021-03-03"
    certain = client.answer("ask", question="timeline", certainty="stated", limit=100)
    assert {row["certainty"] for row in certain["rows"]} == {"stated"}


def test_the_questions_are_listed_by_topic_and_by_words(client: Agent) -> None:
    every = client.answer("list_questions")
    assert every["total"] == len(list((ROOT / "queries").glob("*.rq")))
    timely = client.answer("list_questions", tag="time")
    assert timely["total"] == every["tags"]["time"]
    assert all("time" in question["tags"] for question in timely["questions"])
    money = client.answer("list_questions", words="money amount")
    assert "money-amounts" in [question["name"] for question in money["questions"]]
    described = client.answer("describe_question", question="timeline")
    assert described["columns"]["date"] == "the date with the precision of the article"
    assert "SELECT" in described["sparql"]


def test_a_thing_is_found_and_explained(client: Agent) -> None:
    found = client.answer("find", text="杭州市")
    assert found["things"][0]["thing"] == "zgd:city-hangzhou"
    explained = client.answer("explain", statement="zgd:zone-tianjin-miit zg:inCity zgd:municipality-tianjin")
    assert explained["inferences"][0]["rule"] == "zone-city"
    assert explained["statements"][0]["cited"]


def test_an_article_is_shown_without_its_text(client: Agent) -> None:
    listed = client.answer("article")
    assert listed["articles"][0]["article"] == "zgd:article-2021-02-24-china-daily"
    shown = client.answer("article", slug="miit-second-batch", limit=5)
    assert shown["article"]["article"] == "zgd:article-miit-second-batch"
    assert len(shown["ranges"]) == 5
    assert shown["next"] == 5
    assert "text" not in shown["ranges"][0]


def test_a_thing_is_shown_on_one_page(client: Agent) -> None:
    (tool,) = [tool for tool in client.run(client.session.list_tools()).tools if tool.name == "profile"]
    assert tool.input_schema["properties"]["kind"]["enum"] == ["zone"]
    page = client.answer("profile", name="Hangzhou (MIIT)")
    assert page["thing"] == "zgd:zone-hangzhou-miit"
    assert all(bool(section["rows"]) == bool(section["total"]) for section in page["sections"])
    assert page["citations"]
    of_day = client.answer("profile", name="zgd:zone-tianjin-miit", as_of="2021-03-10")
    assert of_day["leftOut"]


def test_sparql_is_answered_with_rows_a_boolean_or_triples(client: Agent) -> None:
    rows = client.answer("sparql", query="SELECT ?a { ?a a zg:Article } ORDER BY ?a", limit=2)
    assert rows["columns"] == ["a"]
    assert rows["rows"][0] == {"a": "zgd:article-2021-02-24-china-daily"}
    assert (rows["total"], rows["next"]) == (5, 2)
    assert "no citations" in rows["notes"][0]
    assert client.answer("sparql", query="ASK { ?a a zg:Article }")["boolean"] is True
    assert "which does not mean" in client.answer("sparql", query="ASK { ?a a zg:Nothing }")["notes"][0]
    triples = client.answer("sparql", query="CONSTRUCT WHERE { ?a a zg:Article }")
    assert "zgd:article-2021-02-24-china-daily" in triples["triples"]
    long = client.answer("sparql", query="CONSTRUCT WHERE { ?s ?p ?o }")
    assert long["cut"] == "characters"
    assert len(long["triples"]) <= 10_000


def test_what_only_later_articles_know_is_told_to_be_asked_without_the_day(client: Agent) -> None:
    asked = {"question": "zone-acts", "parameters": {"zone": "zgd:zone-changsha-most"}}
    assert client.answer("ask", **asked)["rows"]
    assert "this is as of 2021-03-10; without as_of later articles count, too" in client.error(
        "ask", as_of="2021-03-10", **asked
    )


def test_a_row_of_sparql_has_its_columns_in_order_and_long_values_cut(client: Agent) -> None:
    text = 'SELECT ?z ?x ?a { VALUES (?z ?a) { (1 2) } BIND("' + "x" * 5_000 + '" AS ?x) }'
    answer = client.answer("sparql", query=text)
    assert list(answer["rows"][0]) == answer["columns"] == ["z", "x", "a"]
    assert answer["rows"][0]["x"] == "x" * 1_000 + "… (4000 characters more)"


def test_sparql_that_finds_nothing_is_told_why(client: Agent) -> None:
    answer = client.answer("sparql", query="SELECT * { ?a a zg:Artcle }")
    assert answer["rows"] == []
    assert "zg:Artcle: the graph has no such term; did you mean zg:Article?" in answer["notes"]


def test_turtle_is_validated(client: Agent) -> None:
    wrong = (
        "@prefix zg: <https://w3id.org/zonegraph/ns#> .\n@prefix zgd: <https://w3id.org/zonegraph/id/> .\n"
        "zgd:article-new-article a zg:Article ; zg:publishedBi zgd:news-china-daily .\n"
    )
    report = client.answer("validate", turtle=wrong)
    assert report["conforms"] is False
    (found,) = [one for one in report["findings"] if one["rule"] == "unknown-term"]
    assert found["line"] == 3
    assert "zg:publishedBi" in found["message"]
    assert "zg:publishedBy" in found["remedy"] + found["message"]
    unreadable = client.answer("validate", turtle="zgd:a a")
    assert unreadable["conforms"] is False


def test_the_whole_file_of_an_article_conforms(client: Agent) -> None:
    slug = "2021-02-24-china-daily"
    text = (ROOT / "data" / "articles" / f"{slug}.ttl").read_text("utf-8")
    report = client.answer("validate", turtle=text, slug=slug)
    assert [f for f in report["findings"] if f["severity"] == "violation"] == []


WRONG = [
    (
        "ask",
        {"question": "zone-per-batch"},
        '"zone-per-batch": no such question; did you mean zones-per-batch? list_questions lists them',
    ),
    ("ask", {"question": "Zones per batch"}, "did you mean zones-per-batch?"),
    ("ask", {}, "ask: needs question: a text of at most 1,000 characters"),
    ("ask", {"question": 7}, "ask: question is 7, not a text; give a text"),
    ("ask", {"question": ["timeline"]}, 'ask: question is ["timeline"], not a text'),
    ("ask", {"question": "timeline", "limit": "ten"}, 'limit is "ten", not a whole number; give a whole number from 1'),
    (
        "ask",
        {"question": "timeline", "limit": 0},
        "limit is 0, which is out of range; give a whole number from 1 to 100",
    ),
    ("ask", {"question": "timeline", "limit": True}, "limit is true, not a whole number"),
    ("ask", {"question": "timeline", "limt": 3}, 'no argument "limt"; did you mean limit?'),
    ("ask", {"question": "timeline", "parameters": "zone=x"}, 'parameters is "zone=x", not an object'),
    (
        "ask",
        {"question": "zone-acts", "parameters": {"zon": "x"}},
        'no parameter "zon"; did you mean zone? its parameters are',
    ),
    ("ask", {"question": "zone-acts", "parameters": {"zone": {}}}, "zone-acts: zone is {}; give a text"),
    ("ask", {"question": "zone-acts", "parameters": {"zone": []}}, "zone is an empty list"),
    ("ask", {"question": "zone-acts", "parameters": {"zone": "Hangzhou"}}, "zgd:zone-hangzhou-miit"),
    ("ask", {"question": "timeline", "as_of": "soon"}, 'as_of is "soon", not a date; give a day like 2021-02-24'),
    ("ask", {"question": "timeline", "certainty": "sure"}, "from the most certain there are: stated, inferred"),
    ("ask", {"question": "x" * 100_000}, "which has 100,000 characters, more than 1,000"),
    ("list_questions", {"tag": "tme"}, "no question has this tag; did you mean time? the tags are: aggregate"),
    ("list_questions", {"words": "quantum"}, "leave words out to see all"),
    ("list_questions", {"words": "money", "tag": "time"}, "but others have: leave tag out"),
    (
        "ask",
        {"question": "zone-acts", "parameters": {"zone": ["Hefei"] * 101}},
        "has 101 alternatives; give at most 100",
    ),
    ("find", {"text": " "}, "the text is empty"),
    ("explain", {"statement": "zgd:zone-hangzhu-miit"}, "did you mean zgd:zone-hangzhou-miit?"),
    ("explain", {"statement": "a\nb"}, "not a single line of text"),
    ("article", {"slug": "miit"}, "did you mean miit-second-batch?"),
    ("profile", {"name": "Hangzhou", "kind": "town"}, 'kind is "town", which is none of the values; give one of zone'),
    ("profile", {"name": "Hangzhou"}, "did you mean one of these?"),
    ("sparql", {"query": "SELECT * { ?s ?p }"}, "query:1:19: not valid SPARQL"),
    ("sparql", {"query": "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"}, "query:1:12: SERVICE is refused"),
    ("sparql", {"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}, "query"),
    ("validate", {"turtle": "", "slug": "../x"}, "give letters, digits and hyphens"),
    ("validate", {"turtle": "x" * 500_001}, "more than 500,000"),
    ("aks", {"question": "timeline"}, '"aks": no such tool; did you mean ask? there are list_questions'),
]


@pytest.mark.parametrize(("tool", "arguments", "message"), WRONG, ids=[f"{w[0]}-{n}" for n, w in enumerate(WRONG)])
def test_a_wrong_call_is_told_what_would_be_right(
    client: Agent, tool: str, arguments: dict[str, Any], message: str
) -> None:
    text = client.error(tool, **arguments)
    assert message in text
    assert len(text) < 3_000
    assert "zonegraph " not in text
    assert "Traceback" not in text
    assert "pydantic" not in text


def test_what_finds_nothing_says_what_was_looked_for_and_what_is_near(client: Agent) -> None:
    answer = client.answer("find", text="Hangzou")
    assert answer["things"] == []
    assert answer["notes"][0] == (
        "no name, summary or printed passage has “Hangzou”; did you mean “Hangzhou” (zgd:city-hangzhou)?"
    )


def test_the_model_the_prefixes_and_the_questions_can_be_read(client: Agent) -> None:
    resources = client.run(client.session.list_resources()).resources
    assert len(resources) == 2 + len(list((ROOT / "queries").glob("*.rq")))

    def read(uri: str) -> str:
        return client.run(client.session.read_resource(uri)).contents[0].text  # type: ignore[no-any-return]

    assert "zg:inBatch (owl:ObjectProperty, “" in read("zonegraph://model")
    assert "PREFIX sector: <https://w3id.org/zonegraph/sector/>\n" in read("zonegraph://prefixes")
    question = json.loads(read("zonegraph://questions/timeline"))
    assert question["columns"]["date"]
    assert "SELECT" in question["sparql"]
    with pytest.raises(Exception, match="did you mean timeline"):
        read("zonegraph://questions/timelin")
    with pytest.raises(Exception, match="nothing to read at this address"):
        read("file:///etc/passwd")


def test_prompts_lead_to_the_tools(client: Agent) -> None:
    listed = client.run(client.session.list_prompts()).prompts
    assert [prompt.name for prompt in listed] == ["brief-zone", "compare-articles"]
    got = client.run(client.session.get_prompt("brief-zone", {"name": 'Hangzhou {"x"}'}))
    assert '"Hangzhou {\\"x\\"}"' in got.messages[0].content.text
    with pytest.raises(Exception, match="brief-zone: needs name"):
        client.run(client.session.get_prompt("brief-zone", {}))
    with pytest.raises(Exception, match="did you mean brief-zone"):
        client.run(client.session.get_prompt("brief-zon", {}))


def test_every_tool_only_reads_and_says_what_it_answers_with(client: Agent) -> None:
    for tool in client.run(client.session.list_tools()).tools:
        assert tool.annotations.read_only_hint
        assert tool.output_schema["properties"]
        assert tool.input_schema["additionalProperties"] is False
        assert len(tool.description) < 400


def documented() -> list[tuple[dict[str, Any], str]]:
    """The calls that docs/agents.md shows, with the text below each."""
    page = (ROOT / "docs" / "agents.md").read_text("utf-8")
    found = re.findall(r"```json\n(\{\"name\".*?)```\n+```text\n(.*?)```", page, re.DOTALL)
    return [(json.loads(call), text) for call, text in found]


def test_the_calls_of_the_documentation_are_answered_as_it_shows(client: Agent) -> None:
    assert len(documented()) >= 3
    for call, text in documented():
        pattern = re.sub(r"(?m)^\\\.\\\.\\\.\\\n", r"(?:.*\\n)*", re.escape(text)).replace(r"\.\.\.", ".*")
        shown = said(client.call(call["name"], **call["arguments"])) + "\n"
        assert re.fullmatch(pattern, shown), shown


def test_the_documentation_names_every_tool_and_every_prompt(client: Agent) -> None:
    page = (ROOT / "docs" / "agents.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [
        tool.name for tool in client.run(client.session.list_tools()).tools
    ]
    assert all(f"`{p.name}`" in page for p in client.run(client.session.list_prompts()).prompts)
