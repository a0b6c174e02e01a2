"""What `zonegraph validate FILE` and the language server take for a change, in projects of several sizes.

    python benchmarks/changes.py [ARTICLES ...] [--runs N] [--seed N] [--floor]

Projects are made by `projects.py`, and the graph that a change is laid over is built once for each, which is not counted. Then in turn

- an article of 18 nodes that conforms is added (benchmarks/changes/, invented, with its text);
- the same with five violations of shapes, for which pySHACL is asked;
- an article of the project is changed: one text is another, and one statement is gone.

Measured are whole processes, as by `validation.py`: CPU time, user and system, and the most memory; bytecode is compiled. In the smallest project
the language server is asked over its protocol: CPU time of its process from an edit to the findings, which leaves out the pause
after the last key; first those of the text by itself, then all. Medians are printed as Markdown; progress goes to standard error.

`--floor` ends with 1 if a figure misses what is wanted of it, below; without it both are only printed.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import validation
from validation import Case, Figures, Floor, row_of, say

import projects

# What is wanted, by articles: seconds of CPU and megabytes.
ADDED = {5: 0.5, 270: 1.0}
ADDED_MEGABYTES = {270: 300.0}
VIOLATIONS = {5: 0.6, 270: 0.8}  # seconds more than without them
CHANGED = {5: 0.9, 270: 1.5}
EXPONENT = 0.35  # of the seconds for an added article, in triples, over all sizes
AT_ONCE, WHOLE, SERVER_MEGABYTES = 0.1, 0.4, 150.0  # of the language server, in the smallest project

SIZES = (5, 25, 80, 270)
TEXTS = Path(__file__).resolve().parent / "changes"
NEW = "2023-04-12-evening-post.ttl"
OLD = "2021-02-24-china-daily.ttl"
WARMING = 3  # edits that are not counted

# Pairs of what stands in a file and what is put in its place.
MISTAKES = (
    ('zg:title "Harbour city joins pilot"@en', 'zg:title "Harbour city joins pilot"'),
    ('zg:published "2023-04-12"^^xsd:date', 'zg:published "2023-04-12"'),
    ("zg:locatedIn zgd:city-shenyang ;", "zg:locatedIn zgd:ministry-most ;"),
    ('zg:summary "what the zone is to work on"@en', 'zg:summary "what the zone is to work on"'),
    ("zg:realisation zg:planned ;", "zg:realisation zg:certain ;"),
)
CHANGES = (
    ("AI in medicine and finance", "AI in finance and medicine"),
    ("zg:focusesOn sector:medicine, sector:finance ;", "zg:focusesOn sector:medicine ;"),
)
EDITED = "what the zone is to work on"


def edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    """Return a text with edits made. Raises ValueError if what one replaces does not stand there once."""
    for before, after in edits:
        if text.count(before) != 1:
            raise ValueError(f"{before!r} stands {text.count(before)} times in the file")
        text = text.replace(before, after)
    return text


class Project(NamedTuple):
    """A project that changes are made to: its folder, its asserted triples, and its article as it was."""

    folder: Path
    triples: int
    old: str

    def lay(self, new: str | None, old: str | None = None) -> None:
        """Put a new article there, or none, and another text in place of the old article, or the one it had."""
        articles = self.folder / "data" / "articles"
        (articles / OLD).write_text(self.old if old is None else old, "utf-8")
        if new is None:
            (articles / NEW).unlink(missing_ok=True)
        else:
            (articles / NEW).write_text(new, "utf-8")

    def case(self, name: str, article: str, *, status: int = 0, **laid: str | None) -> Case:
        """Return the case in which one article is validated after files were laid there."""
        path = str(self.folder / "data" / "articles" / article)
        arguments = ["-m", "zonegraph", "validate", "--project", str(self.folder), "--articles", str(TEXTS), path]
        return Case(name, arguments, status, functools.partial(self.lay, **laid))


def cases_of(articles: int, project: Project) -> dict[str, Case]:
    """Return what is measured in a project, by a key."""
    new = (TEXTS / NEW).read_text("utf-8")
    beside = f"beside {articles} articles"
    wrong, changed = edited(new, MISTAKES), edited(project.old, CHANGES)
    return {
        f"added-{articles}": project.case(f"added {beside}", NEW, new=new),
        f"violations-{articles}": project.case(f"five violations {beside}", NEW, status=1, new=wrong),
        f"changed-{articles}": project.case(f"changed {beside}", OLD, new=None, old=changed),
    }


# ---------------------------------------------------------------- the language server


class Asked(NamedTuple):
    """What the language server took for each edit, CPU seconds, and the most memory it held."""

    at_once: list[float]
    whole: list[float]
    megabytes: float


class Editor:
    """As little of an editor as shows findings."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._writing: IO[bytes] = process.stdin
        self._reading: IO[bytes] = process.stdout

    def tell(self, method: str, params: object, **more: object) -> None:
        """Send a message."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self._writing.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._writing.flush()

    def told(self, wanted: str) -> dict[str, Any]:
        """Return the next message of a method, or the answer of a number. Raises RuntimeError if the server ends."""
        while header := self._reading.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = self._reading.readline()
            message: dict[str, Any] = json.loads(self._reading.read(length))
            if wanted in (message.get("method"), str(message.get("id"))):
                return message
        raise RuntimeError("the language server has ended")

    def shown(self) -> tuple[list[dict[str, Any]], float]:
        """Return the next findings, and the CPU seconds that the server has taken by then."""
        found = self.told("textDocument/publishDiagnostics")["params"]["diagnostics"]
        return found, self.seconds()

    def rest(self) -> None:
        """Wait until the server does nothing any more: what it still does for the last edit is not the next one's."""
        before = -1.0
        while (now := self.seconds()) > before + 0.001:
            before = now
            time.sleep(0.5)

    def seconds(self) -> float:
        """Return the CPU seconds of the server's process, by the clock that Linux has for each process."""
        return time.clock_gettime((~self._process.pid << 3) | 2)


def ask_server(folder: Path, cache: Path, edits: int) -> Asked:
    """Let the language server judge edits of the new article, which conforms. Parameters: how many `edits`, after some that warm it."""
    path = folder / "data" / "articles" / NEW
    text = (TEXTS / NEW).read_text("utf-8")
    path.write_text(text, "utf-8")
    command = [sys.executable, "-m", "zonegraph", "lsp", "--stdio", "--articles", str(TEXTS)]
    at_once, whole = [], []
    with subprocess.Popen(
        command, cwd=folder, env=validation.environment(cache), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            editor = Editor(process)
            editor.tell("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, id=1)
            editor.told("1")
            editor.tell("initialized", {})
            document = {"uri": path.as_uri(), "version": 1}
            editor.tell("textDocument/didOpen", {"textDocument": {**document, "languageId": "turtle", "text": text}})
            for number in range(WARMING + edits + 1):
                if number:
                    editor.rest()
                    document["version"] = number + 1
                    new = edited(text, ((EDITED, f"{EDITED}, {number}"),))
                    started = editor.seconds()
                    change = {"textDocument": document, "contentChanges": [{"text": new}]}
                    editor.tell("textDocument/didChange", change)
                (_, first), (found, second) = editor.shown(), editor.shown()
                if found:
                    raise RuntimeError(f"the language server finds {found}")
                if number > WARMING:
                    at_once.append(first - started)
                    whole.append(second - started)
                    say(f"edit {number - WARMING} of {edits}: {at_once[-1]:.3f} s, {whole[-1]:.3f} s")
            held = Path(f"/proc/{process.pid}/status").read_text()
            most = next(line for line in held.splitlines() if line.startswith("VmHWM"))
        finally:
            process.kill()
    return Asked(at_once, whole, int(most.split()[1]) / 1024)


# ---------------------------------------------------------------- tables


def validated(made: dict[int, Project], figures: dict[str, Figures], floor: Floor) -> Iterator[str]:
    """Yield the table of `zonegraph validate FILE`. Parameters: `made`, the projects by size; `figures` by the key of their case."""
    yield "| `zonegraph validate FILE` | triples around | CPU seconds | wanted | MB | wanted |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for kind, what in (
        ("added", "an added article"),
        ("violations", "with five violations"),
        ("changed", "a changed one"),
    ):
        for articles, project in made.items():
            seconds, megabytes, _, each = figures[f"{kind}-{articles}"]
            name = f"{what}, beside {articles} articles"
            shown, wanted, most = f"{seconds:.2f}", "", ""
            if kind == "violations":
                without = figures[f"added-{articles}"].each
                more = statistics.median(
                    a - b for a, b in zip(each, without, strict=True)
                )  # of runs next to each other
                shown += f" (+{more:.2f})"
                wanted = floor.beside(f"{name}, seconds more", more, VIOLATIONS.get(articles))
                wanted = wanted and f"+{wanted}"
            else:
                by_size = ADDED if kind == "added" else CHANGED
                wanted = floor.beside(f"{name}, seconds", seconds, by_size.get(articles))
            if kind == "added":
                most = floor.beside(f"{name}, MB", megabytes, ADDED_MEGABYTES.get(articles))
            yield row_of([name, f"{project.triples:,}", shown, wanted, f"{megabytes:.0f}", most])
    if len(made) > 1:
        of_sizes = [figures[f"added-{articles}"].seconds for articles in made]
        power = validation.exponent([project.triples for project in made.values()], of_sizes)
        wanted = floor.beside("an added article, exponent in triples", power, EXPONENT)
        yield row_of(["an added article, exponent in triples", "", f"{power:.2f}", wanted, "", ""])


def served(articles: int, asked: Asked, floor: Floor) -> Iterator[str]:
    """Yield the table of the language server. Parameters: `articles` of the project; what was `asked`."""
    yield f"| language server, {articles} articles, warm, after the pause | median | wanted |"
    yield "| --- | ---: | ---: |"
    for what, figure, wanted in (
        ("syntax and unknown terms, CPU seconds", statistics.median(asked.at_once), AT_ONCE),
        ("all findings, CPU seconds", statistics.median(asked.whole), WHOLE),
        ("memory, MB", asked.megabytes, SERVER_MEGABYTES),
    ):
        shown = f"{figure:.0f}" if "MB" in what else f"{figure:.3f}"
        yield row_of([what, shown, floor.beside(f"language server, {what}", figure, wanted)])


def benchmark(sizes: list[int], runs: int, seed: int) -> list[str]:
    """Measure, and print the tables.

    Parameters: `sizes` of projects, in articles; `runs` of each case; `seed` of the projects. Returns what is missed of what is wanted.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        cache = root / "cache"
        made: dict[int, Project] = {}
        cases: dict[str, Case] = {}
        for articles in sizes:
            say(f"making a project of {articles} articles, and the graph that changes are laid over")
            folder = projects.make(root / str(articles), articles, seed=seed)
            old = (folder / "data" / "articles" / OLD).read_text("utf-8")
            made[articles] = project = Project(folder, projects.triples(folder), old)
            validation.run(project.case("building", OLD, new=None), cache, emptied=False)
            cases |= cases_of(articles, project)
        figures = validation.measure(cases, runs, cache, emptied=False)
        floor = Floor()
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"{validation.machine()}. Medians of {runs} runs in turn; load {load} (1, 5 and 15 minutes).")
        print("", *validated(made, figures, floor), sep="\n")
        if sys.platform == "linux":
            asked = ask_server(made[sizes[0]].folder, cache, 2 * runs + 1)
            print("", *served(sizes[0], asked, floor), sep="\n")
        else:
            say("the language server is measured on Linux alone")
        return floor.missed


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("articles", type=int, nargs="*", help="sizes of projects (default: 5 25 80 270)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each case (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="of the projects (default: 1)")
    parser.add_argument("--floor", action="store_true", help="end with 1 if a figure misses what is wanted of it")
    given = parser.parse_args()
    try:
        missed = benchmark(sorted(set(given.articles or SIZES)), given.runs, given.seed)
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    for what in missed:
        say(f"missed: {what}")
    if given.floor and missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
