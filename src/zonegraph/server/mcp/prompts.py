"""Prompts: what somebody may want of an agent, as the calls that lead there."""

from __future__ import annotations

from collections import namedtuple

from zonegraph import catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple

    from zonegraph.catalogue import SavedQuery

    class Prompt(NamedTuple):
        """A prompt: its name, its title, what it is for, its arguments with what each is, and its text, into which
        they are put.
        """

        name: str
        title: str
        description: str
        arguments: Mapping[str, str]
        text: str

else:
    Prompt = namedtuple("Prompt", "name title description arguments text")

LONGEST = 500  # characters of an argument

_RULES = (
    "Cite each statement: article, publisher, date, range of characters, who is reported to say it, and the rule where it is inferred. "
    "Say how certain each statement is, and what is said differently by different articles. Say through which date the data go and what the answers leave out. "
    "What the graph does not have is unknown, not false: say so, and add nothing of your own."
)


def prompts(saved: Mapping[str, SavedQuery]) -> dict[str, Prompt]:
    """Return the prompts by name. Parameters: `saved`, the saved queries, which make the profiles that there are."""
    found = [
        Prompt(
            f"brief-{kind}",
            f"Brief me on one {kind}",
            f"All that is known of one {kind}, with sources and how certain each statement is",
            {"name": f"the name of the {kind}"},
            f"Write a brief of at most a page on the {kind} that is called {{name}}. Call the tool profile with kind “{kind}” and that name; "
            f"if the name fits several, ask me which. Ask the questions whose rows are cut for the rest. {_RULES}",
        )
        for kind in catalogue.profiles(saved)
    ]
    found.append(
        Prompt(
            "compare-articles",
            "Compare two articles",
            "What two articles both say, what one of them alone says, and where they disagree",
            {"first": "the slug of an article", "second": "the slug of another"},
            "Compare the articles {first} and {second}. Call the tool article for each, and again with the offset that it gives until you have all ranges. "
            f"Tell what both say, what each alone says, and where they disagree, in a table. {_RULES}",
        )
    )
    return {prompt.name: prompt for prompt in found}
