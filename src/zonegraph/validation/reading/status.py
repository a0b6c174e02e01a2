"""Words of status and time: whether what is printed is planned or reported, a draft or adopted, and what is entered for it."""

import functools
import re
from typing import NamedTuple

from zonegraph import vocabulary as v
from zonegraph.patterns import when_used
from zonegraph.validation.reading.dates import Published
from zonegraph.validation.reading.lexicon import Lexicon, either, whole
from zonegraph.validation.reading.names import Carrier, Judgement, Known, quoted


class _Axis(NamedTuple):
    """Kinds of words of which one thing can have one: by kind the pattern of its words; whether the clause around counts too."""

    kinds: dict[str, re.Pattern[str]]
    clause: bool


class Status:
    """How words of status are read by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Make the patterns, each of which is compiled when it is first used."""
        words, terms = lexicon.sections["status"], lexicon.sections["terms"]
        self._against = {term: kinds.split() for term, kinds in terms["against"].items()}
        more = rf"(?:\s+{whole(words['auxiliaries'])})*"  # "plans to have" says of nothing that it is there
        self._axes = [
            _Axis({kind: when_used(f"(?i){whole(of)}{more}") for kind, of in words[axis].items()}, axis == "time")
            for axis in ("time", "version")
        ]
        to_come = [word for kind in ("intended", "ahead") for word in words["time"][kind]]
        self._to_come = when_used(rf"(?i){whole(to_come)}{more}\s*$")
        self._relative = when_used(rf"(?i)(?<=.){whole(words['relative'])}")
        self._until = when_used(
            rf"(?i)(?:\b{either(filter(str.isascii, words['until']))} |{either(words['until'])})(\d{{4}})(?!\d)"
        )

    def status(self, term: str, carriers: list[Carrier], published: Published, known: Known) -> Judgement | None:
        """Say if a class or status is contradicted by the words, of which none speaks for it.

        Parameters: `term`, the class or status entered; `carriers`, its evidence; `known`, of what kind classes and statuses are.
        """
        against = self._against.get(term)
        if not against or any(c.basis != "stated" or c.passage is None for c in carriers):
            return None
        for axis in self._axes:
            if not set(against) & set(axis.kinds):
                continue
            found: dict[str, str] = {}
            for c in carriers:
                text = c.ahead + self._relative.split(f"{c.passage}{c.behind}")[0] if axis.clause else c.passage or ""
                for kind, pattern in axis.kinds.items():
                    match = pattern.search(text)
                    if match:
                        found[kind] = match[0]
                        text = pattern.sub(" ", text)  # "has built" is no mere "has"
                until = self._until.search(text) if axis.clause and published.last else None
                if until and until[1] > published.last[:4]:
                    found["ahead"] = until[0]
            if found and set(found) <= set(against):
                here = f"{v.shorten(term)} is entered, {quoted(next(iter(found.values())))} is printed"
                return Judgement(here, right=self._instead(term, set(found), known))
        return None

    def _instead(self, term: str, found: set[str], known: Known) -> str:
        """Return the one class or status of a kind with another against which the words do not speak; empty if there is none, or several."""
        kinds = known.kinds(term)
        fits = [
            other
            for other, against in self._against.items()
            if other != term and found.isdisjoint(against) and kinds & known.kinds(other)
        ]
        return fits[0] if len(fits) == 1 else ""

    def act(self, value: str, carriers: list[Carrier]) -> Judgement | None:
        """Say if the words for an act are printed of one to come: "will approve", "plans to launch"."""
        found = []
        for c in carriers:
            at = (c.passage or "").find(value)
            if at < 0 or c.basis != "stated":
                return None
            to_come = self._to_come.search(c.before + (c.passage or "")[:at])
            if not to_come:
                return None
            found.append(to_come[0].strip())
        return Judgement(f"{quoted(f'{found[0]} {value}')} is printed, which is not done yet") if found else None


of = functools.lru_cache(4)(Status)
