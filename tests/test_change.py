"""A change costs the change: what is laid over the graph in the cache is judged as if every file had been read.

Articles, reference data and the curation are edited at random, and the report on the file is held against that of the run that reads
all files. Which edits were bounded and which were not is counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ARTICLE, SEED, copy_project
from zonegraph import build, validation
from zonegraph.closure import UnboundedError
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.validation import Report, change

KINDS = ("article",) * 8 + ("reference", "curation")


class Edited:
    """A project with its graph in the cache, of which one file at a time is edited and put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        project = sources.find(str(folder))
        build.open_dataset(project)
        self.triples = {f.name: turtle.parse(f.path) for f in sources.graph_files(project) if "review" not in f.name}
        self.counts: Counter[str] = Counter()

    def edit(self, chance: random.Random) -> None:
        """Edit a file at random and hold the two reports on it against each other."""
        kind = chance.choice(KINDS)
        names = [name for name in self.triples if name.startswith(f"data/{kind}")]
        if not names:
            return
        name = chance.choice(names)
        path = self.folder / name
        before = path.read_bytes()
        try:
            edited = self._edited(self.triples[name], chance)
            path.write_text("".join(f"{s} {p} {o} .\n" for s, p, o in edited), "utf-8")
            bounded, whole = reports(self.folder, path)
        finally:
            path.write_bytes(before)
        self.counts["whole" if bounded.whole else "bounded"] += 1
        assert bool(bounded.whole) == (kind != "article"), bounded.whole
        assert differences(bounded, whole) == []

    def _edited(self, triples: list[ox.Triple], chance: random.Random) -> list[ox.Triple]:
        kept = list(triples)
        for _ in range(chance.choice((1, 1, 2, 5))):
            place = chance.randrange(len(kept))
            match chance.choice(("add", "change", "remove", "subject")):
                case "remove":
                    kept.pop(place)
                case "add":
                    other = chance.choice(self.triples[chance.choice([*self.triples])])
                    if not any(isinstance(term, ox.BlankNode) for term in other):
                        kept.append(other)
                case "change":
                    s, p, o = kept[place]
                    alike = [t.object for triples in self.triples.values() for t in triples if t.predicate == p]
                    value = chance.choice([o for o in alike if not isinstance(o, ox.BlankNode)] or [o])
                    kept[place] = ox.Triple(s, p, value)
                case "subject":
                    s, p, o = kept[place]
                    subjects = [t.subject for t in self.triples[chance.choice([*self.triples])]]
                    named = [subject for subject in subjects if isinstance(subject, ox.NamedNode)]
                    kept.append(ox.Triple(chance.choice(named), p, o))
        return kept


def reports(folder: Path, path: Path) -> tuple[Report, Report]:
    """The report on a file laid over the graph in the cache, and that of the run that reads all files."""
    project = sources.find(str(folder))
    bounded = validation.validate(project, [str(path)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "laid_over", refused)
        return bounded, validation.validate(project, [str(path)])


def refused(*_: object, **__: object) -> None:
    raise UnboundedError("not now")


def differences(one: Report, other: Report) -> list[str]:
    """In what two reports differ, but for why the one is whole."""
    found = [f"only bounded: {finding}" for finding in one.findings if finding not in other.findings]
    found += [f"only whole: {finding}" for finding in other.findings if finding not in one.findings]
    return found or [
        f"{name}: {getattr(one, name)} / {getattr(other, name)}"
        for name in one._fields
        if name != "whole" and getattr(one, name) != getattr(other, name)
    ]


@pytest.fixture(scope="module")
def one_article(tmp_path_factory: pytest.TempPathFactory) -> Edited:
    return Edited(copy_project(tmp_path_factory.mktemp("one") / "project", ARTICLE))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Edited:
    return Edited(copy_project(tmp_path_factory.mktemp("real") / "project"))


def drawn(number: int) -> Iterator[random.Random]:
    return (random.Random(SEED * 100_000 + place) for place in range(number))


def test_a_change_of_one_article_is_judged_as_by_the_whole_run(one_article: Edited) -> None:
    for chance in drawn(4):
        one_article.edit(chance)


def test_a_change_of_the_project_is_judged_as_by_the_whole_run(real: Edited) -> None:
    for chance in drawn(4):
        real.edit(chance)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1_900))
def test_many_changes_of_one_article_are_judged_as_by_the_whole_run(one_article: Edited, seed: int) -> None:
    one_article.edit(random.Random(SEED * 1_000_000 + seed))


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(100))
def test_many_changes_of_the_project_are_judged_as_by_the_whole_run(real: Edited, seed: int) -> None:
    real.edit(random.Random(SEED * 1_000_000 + seed))
