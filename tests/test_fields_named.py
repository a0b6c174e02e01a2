"""A goal has the sectors and policy fields that its passage names, or is listed here with why they are not meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import pyoxigraph as ox

from zonegraph.build import Dataset
from zonegraph.terms import plain

USED = "AI is put to use in the fields that are named, and these are the goal's"
ON_THE_WAY = "named on the way to something else"
OF_ANOTHER = "within the range, and said of something else there"
NARROWER = "the goal has a narrower or fuller concept for the same words"
AT_LARGE = "a word of everyday use, and no field"
OF_A_NAME = "part of the name of a ministry, a zone or a platform"

AI, INDUSTRY = "sector:artificial-intelligence", "sector:industry"
INNOVATION = "zgd:field-innovation"
NOT_MEANT: dict[str, dict[str, str]] = {
    "2021-02-24-china-daily-beijing-priorities": {AI: USED},
    "2021-02-24-china-daily-binhai-application": {AI: USED},
    "2021-02-24-china-daily-chengdu-industries": {AI: USED},
    "2021-02-24-china-daily-chengdu-small-firms": {AI: ON_THE_WAY},
    "2021-02-24-china-daily-chengdu-west": {
        AI: OF_ANOTHER,
        "sector:finance": OF_ANOTHER,
        "sector:medicine": OF_ANOTHER,
        INDUSTRY: AT_LARGE,
    },
    "2021-02-24-china-daily-hangzhou-application": {AI: USED, "sector:smart-city": NARROWER},
    "2021-03-26-hunan-government-ethical-norms": {AI: NARROWER},
    "2021-03-26-hunan-government-hunan-hub": {AI: ON_THE_WAY},
    "2021-03-26-hunan-government-policies-and-plans": {AI: OF_ANOTHER},
    "2021-03-26-hunan-government-replicable-experience": {INDUSTRY: AT_LARGE},
    "2021-03-26-hunan-government-science-and-education": {"sector:education": ON_THE_WAY},
    "2021-03-26-hunan-government-set-example": {AI: OF_ANOTHER, INNOVATION: OF_ANOTHER},
    "hangzhou-draft-action-plan-alibaba": dict.fromkeys(
        (AI, "sector:communities", "sector:future-communities", "sector:governance", "sector:urban-governance"),
        OF_ANOTHER,
    ),
    "hangzhou-draft-action-plan-implementation": {AI: OF_A_NAME},
    "hangzhou-draft-action-plan-leading-position": {AI: OF_ANOTHER, INDUSTRY: OF_ANOTHER},
    "miit-second-batch-application-first": {INDUSTRY: AT_LARGE},
    "miit-second-batch-beijing-innovation-centre": {INDUSTRY: OF_A_NAME},
    "miit-second-batch-beijing-scenarios": {AI: USED},
    "miit-second-batch-beijing-strengths": {"zgd:field-talent": ON_THE_WAY},
    "miit-second-batch-binhai-chain": {INDUSTRY: NARROWER},
    "miit-second-batch-binhai-cluster": {AI: NARROWER},
    "miit-second-batch-binhai-platforms": {INNOVATION: OF_A_NAME},
    "miit-second-batch-chengdu-medicine-and-finance": {AI: USED},
    "miit-second-batch-chengdu-scenarios": {INDUSTRY: AT_LARGE},
    "miit-second-batch-chengdu-western-region": {INNOVATION: NARROWER},
    "miit-second-batch-hangzhou-ai-governance": {
        AI: NARROWER,
        INNOVATION: ON_THE_WAY,
        "zgd:field-reform": ON_THE_WAY,
    },
    "miit-second-batch-hangzhou-application": {AI: USED},
    "miit-second-batch-hangzhou-new-products": {"sector:products": AT_LARGE, "sector:technologies": AT_LARGE},
    "miit-second-batch-ministry-cooperation": {INDUSTRY: OF_A_NAME, "sector:cities": AT_LARGE},
    "miit-second-batch-ministry-export": {"sector:products": AT_LARGE},
}

_PREFIXES = """PREFIX zg: <https://w3id.org/zonegraph/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX oa: <http://www.w3.org/ns/oa#> """


def asked(dataset: Dataset, query: str) -> Iterator[list[str]]:
    found = dataset.store.ox.query(_PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    for row in found:
        yield [plain(term) if isinstance(term, ox.NamedNode) else getattr(term, "value", "") for term in row]


def missing(dataset: Dataset, text_of: Callable[[str], str]) -> dict[str, set[str]]:
    """Return for each goal the sectors and policy fields whose names stand in its passage, and that it has not, nor one below them.

    Names within the name of something else, such as a ministry, do not count.
    """
    words, above, has, names = (defaultdict[str, set](set) for _ in range(4))  # type: ignore[type-arg]
    concept = "{ ?concept a zg:Sector } UNION { ?concept a zg:PolicyField }"
    for field, word in asked(
        dataset,
        f"SELECT ?concept ?word {{ {concept} ?concept skos:prefLabel|skos:altLabel|zg:namedAs ?word FILTER(LANG(?word) = 'en') }}",
    ):
        words[field].add(re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE))
    for field, broader in asked(dataset, "SELECT ?field ?broader { ?field skos:broaderTransitive ?broader }"):
        above[field].add(broader)
    for goal, field in asked(dataset, f"SELECT ?goal ?concept {{ {concept} ?goal a zg:Goal ; ?how ?concept }}"):
        has[goal] |= {field, *above[field]}
    for article, start, end in asked(
        dataset,
        """SELECT ?article ?start ?end {
          ?thing zg:namedAs ?name ; zg:evidence ?evidence . ?evidence zg:source ?article ; oa:start ?start ; oa:end ?end
          MINUS { ?thing a zg:Sector } MINUS { ?thing a zg:PolicyField }
          FILTER NOT EXISTS { ?evidence zg:supports ?part FILTER(?part != zg:namedAs) }
        }""",
    ):
        names[article].add((int(start), int(end)))
    found = defaultdict(set)
    for goal, article, start, end in asked(
        dataset,
        """SELECT ?goal ?article ?start ?end {
          ?goal a zg:Goal ; zg:evidence ?evidence . ?evidence zg:source ?article ; oa:start ?start ; oa:end ?end
          FILTER NOT EXISTS { ?evidence zg:supports ?part FILTER(?part != zg:summary) }
        }""",
    ):
        text, first = text_of(article.removeprefix("zgd:article-")), int(start)
        passage = text[first : int(end)]
        places = {
            field: [m.span() for word in of_field for m in word.finditer(passage)] for field, of_field in words.items()
        }
        kept = [span for field in has[goal] for span in places.get(field, ())]
        for field, spans in places.items():
            outside = [
                (a, b)
                for a, b in spans
                if not any(x <= a and b <= y for x, y in kept)
                and not any(x <= first + a and first + b <= y for x, y in names[article])
            ]
            if outside and field not in has[goal]:
                found[goal.removeprefix("zgd:goal-")].add(field)
    return found


def test_a_goal_has_the_fields_that_its_passage_names_or_they_are_listed_as_not_meant(
    golden_dataset: Dataset, text_of: Callable[[str], str]
) -> None:
    assert missing(golden_dataset, text_of) == {goal: set(fields) for goal, fields in NOT_MEANT.items()}
