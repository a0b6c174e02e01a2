"""A change costs the change: what is laid over the graph in the cache is judged as if every file had been read.

Articles, reference data and the curation are edited at random, and the report on the file is held against that of the run that reads
all files. Which edits were bounded and which were not is counted.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pyoxigraph as ox
import pytest

from tests.command import Command
from tests.conftest import ARTICLE, SEED, copy_project
from zonegraph import build, validation
from zonegraph import vocabulary as v
from zonegraph.build import cache, overlay
from zonegraph.closure import UnboundedError
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.validation import Finding, Report, change, checks

KINDS = ("article",) * 8 + ("reference", "curation")


class Edited:
    """A project with its graph in the cache, of which one file at a time is edited and put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        project = sources.find(str(folder))
        build.open_dataset(project)
        self.triples = {f.name: turtle.parse(f.path) for f in sources.graph_files(project) if "review" not in f.name}
        self.counts: Counter[str] = Counter()
        self.before = told_of(validation.validate(project).findings)

    def edit(self, chance: random.Random) -> None:
        """Edit a file at random and hold the two reports on an article, mostly that file, against each other."""
        kind = chance.choice(KINDS)
        names = [name for name in self.triples if name.startswith(f"data/{kind}")]
        if not names:
            return
        name = chance.choice(names)
        articles = [other for other in self.triples if other.startswith("data/article")]
        judged = name if name in articles and chance.random() < 0.8 else chance.choice(articles)
        path = self.folder / name
        before = path.read_bytes()
        try:
            edited = self._edited(self.triples[name], chance)
            path.write_text("".join(f"{s} {p} {o} .\n" for s, p, o in edited), "utf-8")
            bounded, whole = reports(self.folder, self.folder / judged)
            every = validation.validate(sources.find(str(self.folder))).findings if kind == "article" else []
        finally:
            path.write_bytes(before)
        self.counts["whole" if bounded.whole else "bounded"] += 1
        reason = "" if kind == "article" else f"{name} has changed since the graph was built"
        assert bounded.whole == reason
        broken = [finding for finding in bounded.findings if finding.path not in bounded.files]
        places = {finding.place for finding in broken}
        itself = bounded._replace(
            findings=[finding for finding in bounded.findings if finding not in broken],
            sources={place: found for place, found in bounded.sources.items() if place not in places},
        )
        assert differences(itself, whole) == []
        # What is found of several files stands in the last of them, and of one file in that.
        assert told_of(broken) <= told_of(every) - self.before
        news = [f for f in every if f.path not in (name, judged) and told_of([f]).isdisjoint(self.before)]
        assert told_of(news) <= told_of(bounded.findings)
        self.counts["broken elsewhere"] += bool(broken)

    def _edited(self, triples: list[ox.Triple], chance: random.Random) -> list[ox.Triple]:
        kept = list(triples)
        for _ in range(chance.choice((1, 1, 2, 5))):
            place = chance.randrange(len(kept))
            match chance.choice(("add", "change", "remove", "subject", "thing")):
                case "thing":
                    thing = kept[place].subject
                    kept = [t for t in kept if thing not in (t.subject, t.object)] or kept
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
    bounded = validation.validate(project, [str(path)], paid=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "laid_over", refused)
        return bounded, validation.validate(project, [str(path)])


def told_of(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    """What is found of what, wherever that is told."""
    return {(finding.rule, finding.focus) for finding in findings}


def refused(*_: object, **__: object) -> None:
    raise UnboundedError("not now")


def differences(one: Report, other: Report) -> list[str]:
    """In what two reports differ, but for why the one is whole."""
    found = [f"only bounded: {finding}" for finding in one.findings if finding not in other.findings]
    found += [f"only whole: {finding}" for finding in other.findings if finding not in one.findings]
    return found or [
        f"{name}: {getattr(one, name)} / {getattr(other, name)}"
        for name in one._fields
        if name != "whole" and told(getattr(one, name)) != told(getattr(other, name))
    ]


def told(part: object) -> str:
    """A part of a report without the labels of blank nodes, which are others at every reading, and so is the order of what they are asked."""
    if isinstance(part, dict):
        return str(sorted(told(pair) for pair in part.items()))
    return re.sub(r"_:[0-9a-f]+", "_:", str(part))


@pytest.fixture(scope="module")
def one_article(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edited]:
    edited = Edited(copy_project(tmp_path_factory.mktemp("one") / "project", ARTICLE))
    yield edited
    print(f"changes of one article: {dict(edited.counts)}")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edited]:
    edited = Edited(copy_project(tmp_path_factory.mktemp("real") / "project"))
    yield edited
    print(f"changes of the project: {dict(edited.counts)}")


@pytest.fixture
def base(one_article: Edited) -> overlay.Base:
    """What a change of the project of one article is laid over."""
    project = sources.find(str(one_article.folder))
    return overlay.base(project, lambda _: "", checks.well_formed, paid=True)


def contents(location: str) -> dict[str, str]:
    """The digest of each file of an entry's store."""
    files = Path(location, "store").iterdir()
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.name != "LOCK"}


def test_what_a_change_is_laid_over_stays_as_it_was_and_is_not_digested_anew(
    one_article: Edited, base: overlay.Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(base.location)
    digested = []
    monkeypatch.setattr(cache, "_digest", lambda path: digested.append(path) or "")
    for number in range(3):
        with overlay.opened(base) as store:
            assert store is not None
            put_one(store, number)
        assert cache.touch(base.location)
    assert digested == []
    assert contents(base.location) == before
    assert [path.name for path in Path(base.location).parent.iterdir() if path.name.startswith(".draft")] == []


def put_one(store: ox.Store, number: int) -> None:
    overlay.put(store, [ox.Triple(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.Literal(number))], "x:graph")
    store.flush()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux says which files are open")
def test_a_judged_change_leaves_no_file_open(one_article: Edited) -> None:
    project = sources.find(str(one_article.folder))
    path = str(one_article.folder / "data" / "articles" / f"{ARTICLE}.ttl")

    def judged() -> int:
        assert not validation.validate(project, [path]).whole
        return len(os.listdir("/proc/self/fd"))

    judged()  # opens what stays open, such as the program's own files
    gc.collect()
    gc.disable()  # it would close what is left in a cycle, sooner or later
    try:
        first = judged()
        assert judged() == first
    finally:
        gc.enable()


def test_two_changes_may_be_judged_at_once(base: overlay.Base) -> None:
    with overlay.opened(base) as one, overlay.opened(base) as other:
        assert one is not None
        assert other is not None
        put_one(one, 1)
        assert not other.contains_named_graph(ox.NamedNode("x:graph"))
    assert cache.touch(base.location)


def test_where_links_are_refused_everything_is_copied(base: overlay.Base, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    before = contents(base.location)
    with overlay.opened(base) as store:
        assert store is not None
        put_one(store, 1)
    assert contents(base.location) == before


def test_a_damaged_base_is_not_judged_by(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONEGRAPH_CACHE", str(tmp_path / "cache"))
    article = small / "data" / "articles" / f"{ARTICLE}.ttl"
    project = sources.find(str(small))
    assert validation.validate(project, [str(article)], paid=True).whole == ""
    found = overlay.base(project, lambda _: "", checks.well_formed, paid=True)
    table = max(Path(found.location, "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    table.write_bytes(b"\0" * table.stat().st_size)
    report = validation.validate(project, [str(article)])
    assert (report.whole, report.findings) == ("the graph in the cache was damaged", [])
    assert validation.validate(project, [str(article)]).whole == ""


def test_a_pipe_in_place_of_the_lock_is_not_waited_for_and_a_link_is_not_followed(
    base: overlay.Base, tmp_path: Path
) -> None:
    lock, elsewhere = Path(f"{base.location}.lock"), tmp_path / "elsewhere"
    for put in (lambda: os.mkfifo(lock), lambda: lock.symlink_to(elsewhere)):
        lock.unlink(missing_ok=True)
        put()
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lambda: opens(base))
            try:
                assert done.result(timeout=30)
            finally:  # whoever waits for the other end of the pipe goes on
                with contextlib.suppress(OSError):
                    os.close(os.open(lock, os.O_RDONLY | os.O_NONBLOCK))
                lock.unlink()
        assert not elsewhere.exists()


def opens(base: overlay.Base) -> bool:
    with overlay.opened(base) as store:
        return store is not None


@pytest.mark.parametrize("name", ["LOG", "LOG.old.1"])
def test_of_a_base_nothing_is_copied_that_nobody_recorded(base: overlay.Base, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    log = Path(base.location, "store", name)
    log.unlink(missing_ok=True)
    log.symlink_to(secret)
    try:
        draft = overlay._copied(base.location, str(Path(base.location).parent))
        assert draft is not None
        assert not Path(draft, name).exists()
        cache.delete(draft)
    finally:
        log.unlink()


def test_a_file_that_says_more_than_a_store_takes_at_once_is_judged_with_all_others(
    one_article: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = one_article.folder / "data" / "articles" / f"{ARTICLE}.ttl"
    monkeypatch.setattr(change, "MOST_TRIPLES", 500)
    bounded, whole = reports(one_article.folder, path)
    assert bounded.whole == "the file says more than 500 triples"
    assert differences(bounded, whole) == []


def test_the_command_says_why_all_files_were_read(zonegraph: Command, small: Path) -> None:
    article = str(small / "data" / "articles" / f"{ARTICLE}.ttl")
    done = zonegraph("validate", article, "--project", str(small))
    assert (done.returncode, "so all files around were read" in done.stderr) == (0, False)
    with (small / "data" / "reference" / "people.ttl").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    done = zonegraph("validate", article, "--project", str(small))
    assert done.returncode == 0
    assert (
        done.stderr
        == "data/reference/people.ttl has changed since the graph was built, so all files around were read\n"
    )


class Watched:
    """A run of `validate --watch`: what it says on standard error as it comes, and on standard output once it has ended."""

    def __init__(self, said: IO[str]) -> None:
        self.said = said
        self.out = ""

    def waits(self) -> None:
        """Read what it says until it waits for a change."""
        until(self.said, "waiting for a change")


@contextlib.contextmanager
def watched(project: Path, file: Path, *options: str) -> Iterator[Watched]:
    """Run `validate --watch` of a file until the end of the block."""
    command = [sys.executable, "-m", "zonegraph", "validate", "--watch", "--project", str(project), str(file), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        watch = Watched(process.stderr)
        try:
            yield watch
        finally:
            process.send_signal(signal.SIGTERM)
            watch.out, _ = process.communicate(timeout=60)
    assert process.returncode == 143


def test_a_file_that_is_watched_is_judged_again_when_it_is_saved(small: Path) -> None:
    article = small / "data" / "articles" / f"{ARTICLE}.ttl"
    with watched(small, article) as watch:
        watch.waits()
        article.write_text(article.read_text("utf-8") + "zgd:nobody a zg:Nothing .\n", "utf-8")
        watch.waits()
    assert watch.out.index("conforms") < watch.out.index("unknown-term")


def test_a_file_that_is_watched_is_judged_again_when_a_text_is_there(small: Path, tmp_path: Path) -> None:
    article = small / "data" / "articles" / f"{ARTICLE}.ttl"
    texts = tmp_path / "texts"
    texts.mkdir()
    with watched(small, article, "--articles", str(texts)) as watch:
        watch.waits()
        (texts / f"{ARTICLE}.txt").write_text("another text\n", "utf-8")
        watch.waits()
        texts.rename(tmp_path / "gone")
        until(watch.said, "no such folder of article texts")
        watch.waits()
    assert watch.out.count("1 file checked") == 2


def test_what_is_wrong_with_a_project_that_is_watched_ends_nothing(small: Path) -> None:
    article = small / "data" / "articles" / f"{ARTICLE}.ttl"
    odd = article.with_name("no name.ttl")
    with watched(small, article) as watch:
        watch.waits()
        odd.write_text("")
        until(watch.said, "no name.ttl: the name has characters other than")
        assert watch.said.readline() == "  rename the file\n"
        watch.waits()
        odd.unlink()
        watch.waits()
    assert watch.out.count("conforms") == 2


def until(lines: IO[str], words: str) -> None:
    """Read lines until one has some words."""
    for line in lines:
        if words in line:
            return
    raise AssertionError(words)


def drawn(number: int) -> Iterator[random.Random]:
    return (random.Random(SEED * 100_000 + place) for place in range(number))


def test_a_change_of_one_article_is_judged_as_by_the_whole_run(one_article: Edited) -> None:
    for chance in drawn(2):
        one_article.edit(chance)


def test_a_change_of_the_project_is_judged_as_by_the_whole_run(real: Edited) -> None:
    for chance in drawn(2):
        real.edit(chance)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1_900))
def test_many_changes_of_one_article_are_judged_as_by_the_whole_run(one_article: Edited, seed: int) -> None:
    one_article.edit(random.Random(SEED * 1_000_000 + seed))


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(100))
def test_many_changes_of_the_project_are_judged_as_by_the_whole_run(real: Edited, seed: int) -> None:
    real.edit(random.Random(SEED * 1_000_000 + seed))


def test_what_a_change_breaks_in_another_file_is_found_there_unless_it_was_before(
    real: Edited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article, curation = (real.folder / "data" / name for name in ("articles/miit-second-batch.ttl", "curation.ttl"))
    before, thing = article.read_bytes(), v.ZGD + "strategy-ai-and-real-economy"
    without = [
        t
        for t in real.triples["data/articles/miit-second-batch.ttl"]
        if f"<{thing}>" not in (str(t.subject), str(t.object))
    ]
    try:
        article.write_text("".join(f"{s} {p} {o} .\n" for s, p, o in without), "utf-8")
        report = validation.validate(sources.find(str(real.folder)), [str(article)])
        assert report.whole == ""
        (found,) = [finding for finding in report.findings if finding.path != str(article)]
        at = curation.read_text("utf-8").splitlines()[found.line - 1]
        assert (found.path, found.rule, "zg:mentionedIn" in at) == (
            "data/curation.ttl",
            "conclusion-joins-what-is-mentioned",
            True,
        )
        # Once the graph has been built so, that is no news.
        monkeypatch.setenv("ZONEGRAPH_CACHE", str(tmp_path))
        build.open_dataset(sources.find(str(real.folder)))
        article.write_text(article.read_text("utf-8") + "# another line\n", "utf-8")
        report = validation.validate(sources.find(str(real.folder)), [str(article)], paid=True)
        assert [finding for finding in report.findings if finding.path != str(article)] == []
    finally:
        article.write_bytes(before)


def test_what_another_article_describes_is_told_as_by_the_whole_run(real: Edited) -> None:
    path, thing = (
        real.folder / "data" / "articles" / "miit-second-batch.ttl",
        "zgd:passage-2021-03-03-scio-approvals-2019",
    )
    before = path.read_text("utf-8")
    path.write_text(f"{before}\nzgd:article-miit-second-batch rdfs:seeAlso {thing} .\n", "utf-8")
    try:
        bounded, whole = reports(real.folder, path)
    finally:
        path.write_text(before, "utf-8")
    assert (bounded.whole, differences(bounded, whole)) == ("", [])
    assert any(f"({thing} a zg:Passage)" in finding.remedy for finding in bounded.findings)


def test_a_range_of_another_articles_text_is_told_as_by_the_whole_run(real: Edited, texts: dict[str, str]) -> None:
    path, other = (real.folder / "data" / "articles" / f"{slug}.ttl" for slug in ("miit-second-batch", ARTICLE))
    before = path.read_text("utf-8")
    own, theirs = (re.findall(r'oa:start .*? zg:digest "\w+"', text)[9] for text in (before, other.read_text("utf-8")))
    path.write_text(before.replace(own, theirs, 1), "utf-8")
    try:
        bounded, whole = reports(real.folder, path)
    finally:
        path.write_text(before, "utf-8")
    assert (bounded.whole, differences(bounded, whole)) == ("", [])
    assert any(f"the text of zgd:article-{ARTICLE}" in finding.message for finding in bounded.findings)
