"""The tools that a client can call: what each takes and what it answers with, as JSON Schema."""

from __future__ import annotations

from collections import namedtuple

from zonegraph import catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple, TypeAlias

    from zonegraph.catalogue import SavedQuery

    Schema: TypeAlias = dict[str, Any]

    class Tool(NamedTuple):
        """A tool: its name, its title, what it is for, the schema of its arguments, the schema of its answer."""

        name: str
        title: str
        description: str
        arguments: Schema
        answer: Schema

else:
    Tool = namedtuple("Tool", "name title description arguments answer")

CHARACTERS, CHARACTERS_OF_PAGE = 10_000, 15_000  # of an answer
MOST = 100  # entries of an answer
LONGEST_NAME, LONGEST_QUERY, LONGEST_FILE = 1_000, 50_000, 500_000  # characters
SLUG = "new-article"  # what a file is called that has no name


def _text(description: str, example: str = "", longest: int = LONGEST_NAME, **more: Any) -> Schema:
    examples = {"examples": [example]} if example else {}
    return {"type": "string", "description": description, "maxLength": longest, **examples, **more}


def _number(description: str, least: int, most: int, default: int) -> Schema:
    return {
        "type": "integer",
        "description": description,
        "minimum": least,
        "maximum": most,
        "default": default,
        "examples": [default],
    }


def _arguments(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _answer(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(description: str, **properties: Schema) -> Schema:
    return {"type": "array", "description": description, "items": {"type": "object", "properties": properties}}


_STRING: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_STRINGS: Schema = {"type": "array", "items": _STRING}
_NUMBERS: Schema = {"type": "array", "items": _NUMBER}

_LIMIT = _number("the most entries of the answer", 1, MOST, 10)
_OFFSET = _number("how many entries to pass over: `next` of the answer before", 0, 10_000, 0)
_AS_OF = _text(
    "a day: answer only from articles that were published by then, and what follows from them", "2021-03-01", 10
)

# What any answer from the graph tells beside what was asked for.
_TOLD: dict[str, Schema] = {
    "total": {"type": ["integer", "string"], "description": "how many there are in all"},
    "next": {**_NUMBER, "description": "there is more: call again with this offset"},
    "cut": {**_STRING, "description": "what ended the answer before the limit: its length in characters"},
    "articles": {"type": "object", "description": "the articles cited: title, publisher, date, address"},
    "citations": _list(
        "who says so, by id: a range of characters of an article's text, as printed there, and who is reported to say it; or a graph of reference data or conclusions with a note",
        id=_NUMBER,
        article=_STRING,
        start=_NUMBER,
        end=_NUMBER,
        basis={**_STRING, "description": "how the text supports it: stated, inferred, unclear or onlyInTitle"},
        asPrinted=_STRING,
        saidBy=_STRING,
        speakerBasis=_STRING,
        note=_STRING,
        graph=_STRING,
    ),
    "inferences": _list(
        "what no source states itself, by id: the rule that gives it, and from which statements",
        id=_NUMBER,
        statement=_STRING,
        rule=_STRING,
        premises=_STRINGS,
        morePremises=_NUMBER,
        inArticle=_STRING,
    ),
    "names": {"type": "object", "description": "what things of the answer are called in English"},
    "leavesOut": {**_STRINGS, "description": "what a reader may expect here and does not find"},
    "leftOut": {**_STRINGS, "description": "articles that as_of leaves out, and why"},
    "notes": {**_STRINGS, "description": "how names were understood, defaults, why there may be nothing"},
    "data": {
        "type": "object",
        "description": "through which date the articles go, how many there are, and how many of them are undated",
        "properties": {"through": _STRING, "articles": _NUMBER, "undated": _NUMBER},
    },
}
_SOURCES: dict[str, Schema] = {
    "certainty": {**_STRING, "description": "the degree of the least certain statement that it rests on"},
    "cited": {**_NUMBERS, "description": "ids of the citations that it rests on"},
    "also": {**_NUMBERS, "description": "ids of citations that say the same"},
    "moreCited": {**_NUMBER, "description": "citations that are left out; explain shows them"},
    "inferred": {**_NUMBERS, "description": "ids of inferences"},
    "moreInferred": {**_NUMBER, "description": "inferences that are left out"},
}
_ROWS = _list("the rows", values={"type": "object", "description": "values by column"}, **_SOURCES)
_QUESTION: dict[str, Schema] = {
    "name": _STRING,
    "question": _STRING,
    "tags": _STRINGS,
    "parameters": {**_STRINGS, "description": "each with its type, its default and its meaning"},
}


def tools(saved: Mapping[str, SavedQuery]) -> dict[str, Tool]:
    """Return the tools by name. Parameters: `saved`, the saved queries, which make the profiles that there are."""
    found = [*_TOOLS]
    kinds = catalogue.profiles(saved)
    if kinds:
        named = " or ".join(kinds)
        found.append(
            Tool(
                "profile",
                "One thing on one page",
                f"All that is known of one {named}: the first rows of each question about it, with citations. Names are understood in English and Chinese.",
                _arguments(
                    ("name",),
                    name=_text("a label, a prefixed name or an IRI"),
                    kind=_text("what it is", kinds[0], enum=kinds, default=kinds[0]),
                    limit=_number("the most rows of each question", 1, MOST, 3),
                    as_of=_AS_OF,
                ),
                _answer(
                    ("thing", "sections", "data"),
                    thing=_STRING,
                    classes=_STRINGS,
                    english=_STRING,
                    chinese=_STRING,
                    sections=_list(
                        "the questions, each with its first rows; ask the question, with the thing as the parameter, for the rest",
                        query=_STRING,
                        question=_STRING,
                        parameter=_STRING,
                        rows=_ROWS,
                        total=_TOLD["total"],
                        next=_TOLD["next"],
                        cut=_TOLD["cut"],
                    ),
                    **{key: value for key, value in _TOLD.items() if key not in ("total", "next", "cut")},
                ),
            )
        )
    return {tool.name: tool for tool in found}


_TOOLS = (
    Tool(
        "list_questions",
        "List the saved questions",
        "Lists the questions that the graph answers with citations. Start here; then call ask. Narrow the list by a tag, or by words.",
        _arguments(
            tag=_text("a topic: one of the tags of the answer"),
            words=_text("words that the question, its columns or its parameters contain"),
            limit=_number("the most questions of the answer", 1, 200, 100),
            offset=_OFFSET,
        ),
        _answer(
            ("questions", "total", "tags"),
            questions=_list("the questions", **_QUESTION),
            tags={"type": "object", "description": "how many questions have each tag"},
            total=_TOLD["total"],
            next=_TOLD["next"],
            cut=_TOLD["cut"],
        ),
    ),
    Tool(
        "describe_question",
        "What a saved question means",
        "Tells what a saved question's columns mean, what its parameters take, what it leaves out, and its SPARQL.",
        _arguments(("question",), question=_text("the name of a question, as list_questions gives it")),
        _answer(
            ("name", "question", "columns", "parameters"),
            summary=_STRING,
            columns={"type": "object", "description": "the meaning of each column"},
            leavesOut=_TOLD["leavesOut"],
            sparql=_STRING,
            **_QUESTION,
        ),
    ),
    Tool(
        "ask",
        "Ask a saved question",
        "Answers a saved question: each row with how certain it is and who says so, from which day the data are, what the answer leaves out, and how many more rows there are.",
        _arguments(
            ("question",),
            question=_text("the name of a question, as list_questions gives it"),
            parameters={
                "type": "object",
                "description": "a value for each parameter, or a list of alternatives. Things are named by label, prefixed name or IRI; dates like 2021-02-24",
                "default": {},
            },
            certainty=_text(
                "only rows at least this certain, from the most certain: stated, inferred, ... (an unknown degree is answered with the list)",
                "stated",
                100,
            ),
            as_of=_AS_OF,
            limit=_LIMIT,
            offset=_OFFSET,
        ),
        _answer(
            ("query", "question", "columns", "rows", "total", "data"),
            query=_STRING,
            question=_STRING,
            columns=_STRINGS,
            rows=_ROWS,
            **_TOLD,
        ),
    ),
    Tool(
        "find",
        "Find things by name",
        "Finds things by part of a name, in English or Chinese, or by the words in which they are summed up.",
        _arguments(("text",), text=_text("part of a name"), limit=_LIMIT, offset=_OFFSET),
        _answer(
            ("things", "total", "data"),
            things=_list(
                "the things, the likeliest first",
                thing=_STRING,
                classes=_STRINGS,
                english=_STRING,
                chinese=_STRING,
                also=_STRINGS,
            ),
            **_TOLD,
        ),
    ),
    Tool(
        "explain",
        "Who says so",
        "Tells who says something: of a thing all statements, of a thing and a property, or of one triple the passages, and for what is inferred the rule and its premises.",
        _arguments(
            ("statement",),
            statement=_text(
                "a thing (label, prefixed name or IRI), or subject and property, or subject, property and value in Turtle's notation",
                "zgd:article-one zg:publishedBy zgd:organization-two",
                5_000,
            ),
            limit=_LIMIT,
            offset=_OFFSET,
        ),
        _answer(
            ("thing", "statements", "total", "data"),
            thing=_STRING,
            classes=_STRINGS,
            english=_STRING,
            chinese=_STRING,
            pointing=_list(
                "what has it as a value, and which questions show that",
                **{"number": _NUMBER, "class": _STRING, "property": _STRING, "questions": _STRINGS},
            ),
            statements=_list("the statements", statement=_STRING, **_SOURCES),
            **_TOLD,
        ),
    ),
    Tool(
        "article",
        "What an article says",
        "Shows what one article says, range by range of its text; without a slug it lists the articles. The text itself is not shown.",
        _arguments(
            slug=_text("the slug of an article"), limit=_number("the most entries", 1, MOST, 20), offset=_OFFSET
        ),
        _answer(
            ("total", "data"),
            article={"type": "object", "description": "the article"},
            ranges=_list(
                "ranges of characters of its text",
                start=_NUMBER,
                end=_NUMBER,
                statements=_STRINGS,
                omitted={**_STRING, "description": "why nothing rests on it"},
                asPrinted=_STRING,
                saidBy=_STRING,
                basis=_STRING,
                note=_STRING,
            ),
            **{
                **_TOLD,
                "articles": {
                    "type": ["array", "object"],
                    "description": "the articles, each with its number of statements",
                },
            },
        ),
    ),
    Tool(
        "sparql",
        "Ask in SPARQL",
        "Evaluates a SPARQL 1.1 query over the graph, read-only; the project's prefixes need no declaration. Rows have no citations: prefer ask, or explain what you found. The default graph is the merge; GRAPH tells who says something.",
        _arguments(
            ("query",),
            query=_text("SPARQL", "SELECT ?article WHERE { ?article a zg:Article }", LONGEST_QUERY),
            limit=_number("the most rows of the answer", 1, 1_000, 20),
            offset=_OFFSET,
        ),
        _answer(
            ("kind", "notes"),
            kind={**_STRING, "enum": ["solutions", "boolean", "triples"]},
            columns=_STRINGS,
            rows={
                "type": "array",
                "items": {"type": "object"},
                "description": "values by column, things as prefixed names",
            },
            boolean={"type": "boolean"},
            triples={**_STRING, "description": "Turtle"},
            total=_TOLD["total"],
            next=_TOLD["next"],
            cut=_TOLD["cut"],
            notes=_TOLD["notes"],
        ),
    ),
    Tool(
        "validate",
        "Validate Turtle",
        "Judges Turtle as an article's file of the project: what is wrong, in which line, by which rule, and how to mend it. Nothing is saved.",
        _arguments(
            ("turtle",),
            turtle=_text("the content of the file", longest=LONGEST_FILE),
            slug=_text("the name of the file, which is the article's", "2021-03-26-a-publisher", 100, default=SLUG),
        ),
        _answer(
            ("conforms", "total", "findings"),
            conforms={"type": "boolean"},
            total=_NUMBER,
            findings=_list(
                "what is found, the gravest first",
                line=_NUMBER,
                column=_NUMBER,
                severity=_STRING,
                rule=_STRING,
                message=_STRING,
                remedy=_STRING,
                file={**_STRING, "description": "another file, if it is not in this one"},
            ),
            cut=_TOLD["cut"],
        ),
    ),
)
