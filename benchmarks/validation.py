"""What `zonegraph validate` takes for whole projects of several sizes, and what other engines take for the same shapes.

    python benchmarks/validation.py [ARTICLES ...] [--runs N] [--seed N] [--peers ARTICLES] [--floor]
    python benchmarks/validation.py --rules [--runs N] [--seed N]

Projects are made by `projects.py`; today's model has about 13,000 asserted triples in 5 articles, 48,000 in 25, 144,000 in
80 and 476,000 in 270 (the build, which names evidence and adds what follows, has a quarter more). Measured are whole
processes: CPU time, user and system, of the process with all that it started, and the most memory one of them held. Bytecode is
compiled, the cache is emptied before each run, and the cases take turns, so that a change in the machine's speed meets
all alike. Projects of up to 25 articles are measured once more with one warning in every article. Medians are printed as
Markdown; progress goes to standard error.

The other engines judge all files of one project as one graph, by the same shapes, and so does zonegraph beside them. That is
less than `zonegraph validate` does, which judges each article by itself, then the merge, then what is printed, then
contradictions. pySHACL is here with zonegraph; the others are measured where they are installed, and none is needed:

    pip install pyshifty            (0.5 or later)
    pip install purrdf              (3.0 or later, for Python 3.13 or later)

`--floor` ends with 1 if a figure misses what is wanted of it, below; without it both are only printed.

`--rules` measures each rule of shapes/rules/ by itself instead, on projects of 5, 25 and 80 articles, and ends with 1 if one
takes longer than it may, or if its time grows faster than the triples do. The least of several runs counts: what else the
machine does can only add to it.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

import projects
from zonegraph import vocabulary as v
from zonegraph.project import sources
from zonegraph.rdf import turtle
from zonegraph.validation import files, rules

# What is wanted of whole projects, by articles: seconds of CPU and megabytes.
SECONDS = {5: 1.5, 80: 24.0}
MEGABYTES = {80: 600.0}
WITH_WARNINGS = {5: 1.0}  # seconds more where every article has one warning
EXPONENT = 1.2  # of the seconds, in triples, between one size and the next

# What is wanted of each rule of shapes/rules/: milliseconds at the first of these sizes, and the exponent over all of them.
RULE_SIZES = (5, 25, 80)
RULE_MILLISECONDS = 10.0
# A rule that asks of every subject or every value reads every triple, and that alone takes 8 milliseconds.
RULE_EXCEPTIONS = {
    "iri-form": 13.0,  # every subject, then its form
    "language-fits-script": 13.0,  # every value, then its language
    "language-known": 13.0,  # every value, then its language
    "passage-missing": 20.0,  # every subject, then all passages with what each supports
    "subject-needs-class": 15.0,  # every subject, then all classes and all passages
    "thing-needs-iri": 15.0,  # every subject, then all passages
    "undefined-reference": 20.0,  # every value, then each thing that one names
}

WARNINGS_UP_TO = 25  # articles: larger projects are not measured with warnings as well
TOO_SLOW = 60.0  # seconds of CPU, after which a case is not run again

PEERS = {
    "zonegraph": "zonegraph",
    "pyshacl": "pySHACL",
    "pyshifty": "pyshifty",
    "purrdf": "PurRDF",
}  # distribution: name
REFERENCE = "pyshacl"  # whose results those of the others are compared with


class Usage(NamedTuple):
    """What a process took, CPU seconds and megabytes, and what it printed."""

    seconds: float
    megabytes: float
    printed: str


class Figures(NamedTuple):
    """The medians of a case, what its last run printed, and the seconds of each run."""

    seconds: float
    megabytes: float
    printed: str
    each: list[float]


class Case(NamedTuple):
    """One thing to measure: its name for progress, the arguments of Python, how it must end, and what is done before each run."""

    name: str
    arguments: list[str]
    status: int = 0
    before: Callable[[], None] | None = None


class Size(NamedTuple):
    """A project to measure: its articles, its asserted triples, and whether each article has a warning."""

    articles: int
    triples: int
    warnings: bool


def run(case: Case, cache: Path, *, emptied: bool = True) -> Usage:
    """Run a case once. Raises RuntimeError with the end of what it said if it ends otherwise than it must.

    Parameters: `cache`, the folder to use; `emptied`, whether the case finds nothing there.
    """
    if emptied:
        shutil.rmtree(cache, ignore_errors=True)
    if case.before:
        case.before()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen([sys.executable, *case.arguments], env=environment(cache), stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != case.status:
            said = (out.read() + err.read())[-2000:]
            raise RuntimeError(f"{case.name}: ended with {process.returncode}\n{said}")
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes there, else kilobytes
        return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss / unit, out.read())


def environment(cache: Path) -> dict[str, str]:
    """Return the environment of a process that is measured: bytecode allowed, and its cache in a folder."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "ZONEGRAPH_CACHE": str(cache),
    }


def measure(cases: dict[str, Case], runs: int, cache: Path, *, emptied: bool = True) -> dict[str, Figures]:
    """Return the medians of cases, which take turns; what takes longer than TOO_SLOW runs once.

    Parameters: `cases`, by a key; `runs` of each; `cache` and `emptied`, as in `run`. Raises RuntimeError if a case fails.
    """
    taken: dict[str, list[Usage]] = {key: [] for key in cases}
    for number in range(1, runs + 1):
        for key, case in cases.items():
            if any(used.seconds > TOO_SLOW for used in taken[key]):
                continue
            used = run(case, cache, emptied=emptied)
            taken[key].append(used)
            say(f"run {number} of {runs}: {case.name}: {used.seconds:.2f} s, {used.megabytes:.0f} MB")
    return {
        key: Figures(
            statistics.median(used.seconds for used in all_runs),
            statistics.median(used.megabytes for used in all_runs),
            all_runs[-1].printed,
            [used.seconds for used in all_runs],
        )
        for key, all_runs in taken.items()
    }


def say(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- other engines


def merged(folder: Path, data: Path, shapes: Path) -> None:
    """Write what the other engines read: all files of a project as one graph in N-Triples, and its shapes in Turtle.

    Parameters: `folder`, the project; `data` and `shapes`, the files to write. Nodes without an IRI get one in the data, so that
    results about them can be compared.
    """
    project = sources.find(str(folder))

    def named(term: ox.Triple | ox.NamedNode | ox.BlankNode | ox.Literal) -> object:
        return ox.NamedNode(v.GENID + term.value) if isinstance(term, ox.BlankNode) else term

    stated = dict.fromkeys(
        f"{named(t.subject)} {t.predicate} {named(t.object)} .\n"
        for file in sources.graph_files(project)
        for t in turtle.parse(file.path, rename=True)
    )
    data.write_text("".join(stated), "utf-8")
    read = [t for file in project.shapes for t in turtle.parse(file.path, rename=True)]
    shapes.write_bytes(ox.serialize(read, format=ox.RdfFormat.TURTLE) or b"")


def judge(peer: str, data: str, shapes: str) -> None:
    """Let another engine judge, and print what it finds as JSON: `conforms`, `results` and `pairs`.

    Parameters: `peer`, a key of PEERS; `data` in N-Triples, `shapes` in Turtle, both paths. Pairs are source constraint
    component and focus node of each result.
    """
    if peer == "zonegraph":
        print(json.dumps(_zonegraph(data, shapes)))
        return
    report = {"pyshacl": _pyshacl, "pyshifty": _pyshifty, "purrdf": _purrdf}[peer](data, shapes)
    quads = list(ox.parse(report.encode("utf-8"), format=ox.RdfFormat.N_TRIPLES))
    values = {
        name: {q.subject: q.object for q in quads if q.predicate.value == v.SH + name}
        for name in ("conforms", "focusNode", "sourceConstraintComponent")
    }
    components = values["sourceConstraintComponent"]
    pairs = {(str(components.get(result)), str(focus)) for result, focus in values["focusNode"].items()}
    conforms = next(iter(values["conforms"].values())).value == "true"
    print(json.dumps({"conforms": conforms, "results": len(values["focusNode"]), "pairs": sorted(pairs)}))


def _zonegraph(data: str, shapes: str) -> dict[str, object]:
    from zonegraph.validation import judging
    from zonegraph.validation.shapes import Classes, compile_shapes

    def read(path: str, form: ox.RdfFormat) -> list[ox.Triple]:
        return [quad.triple for quad in ox.parse(path=path, format=form)]

    gc.set_threshold(200_000)  # as for a command
    triples = read(data, ox.RdfFormat.N_TRIPLES)
    compiled = compile_shapes(read(shapes, ox.RdfFormat.TURTLE), Classes(triples))
    (results,) = judging.judge(compiled, [judging.alone(triples, compiled)])
    pairs = {(str(result.source.component), str(result.focus)) for result in results}
    return {"conforms": not results, "results": len(results), "pairs": sorted(pairs)}


def _pyshacl(data: str, shapes: str) -> str:
    import pyshacl
    import rdflib

    graph, rules = rdflib.Graph().parse(data, format="nt"), rdflib.Graph().parse(shapes, format="turtle")
    _, report, _ = pyshacl.validate(graph, shacl_graph=rules)
    assert isinstance(report, rdflib.Graph)
    return report.serialize(format="nt")


def _pyshifty(data: str, shapes: str) -> str:
    import shifty  # type: ignore[import-not-found, unused-ignore]

    _, report, _ = shifty.validate(Path(data), Path(shapes))
    return str(report.serialize(format="nt"))


def _purrdf(data: str, shapes: str) -> str:
    from purrdf.shapes import Shapes  # type: ignore[import-not-found, unused-ignore]

    judged = Shapes(Path(shapes).read_text("utf-8")).validate_nt(Path(data).read_text("utf-8"))
    return str(judged.to_ntriples())


def installed() -> list[str]:
    """Return the engines that can be measured, keys of PEERS."""
    return [name for name in PEERS if _version(name)]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


# ---------------------------------------------------------------- rules by themselves


def time_rules(folder: str, runs: int) -> None:
    """Ask a project for what breaks each of its rules, and print the least seconds of CPU that one took, by id, as JSON."""
    project = sources.find(folder)
    given = files.members(project, files.DATA)
    read = [file for one in given if (file := files.read(one)[0]) is not None]
    ontology = [t for file in project.ontology for t in turtle.parse(file.path, rename=True)]
    data = rules.dataset(ontology, read, [], merge=True)
    graphs: dict[str, list[str]] = {}
    for graph, file in data.files.items():
        graphs.setdefault(file.kind, []).append(graph)

    def seconds(rule: rules.SparqlRule) -> float:
        start = time.process_time()
        for _ in rules.judge([rule], data.store, graphs):
            pass
        return time.process_time() - start

    print(json.dumps({r.rule.id: min(seconds(r) for _ in range(runs)) for r in rules.load(project)}))


def exponent(triples: list[int], seconds: list[float]) -> float:
    """Return with which power of the triples the seconds grow: the slope of the line through their logarithms."""
    x, y = [math.log(count) for count in triples], [math.log(max(each, 1e-6)) for each in seconds]
    return statistics.linear_regression(x, y).slope


def each_rule(triples: list[int], taken: dict[str, list[float]], floor: Floor) -> Iterator[str]:
    """Yield the table of rules. Parameters: `triples` of the projects; `taken`, the seconds of each rule there; `floor`."""
    yield row_of(["rule", *(f"ms, {count} articles" for count in RULE_SIZES), "wanted", "exponent in triples"])
    yield f"| --- |{' ---: |' * (len(RULE_SIZES) + 2)}"
    for name, seconds in sorted(taken.items(), key=lambda item: -item[1][0]):
        wanted = RULE_EXCEPTIONS.get(name, RULE_MILLISECONDS)
        shown = ""
        if max(seconds) * 1000 > RULE_MILLISECONDS:  # what is quicker everywhere may grow as it likes
            power = exponent(triples, seconds)
            shown = f"{power:.2f}, wanted {floor.beside(f'{name}, exponent', power, EXPONENT)}"
        allowed = floor.beside(f"{name}, milliseconds", seconds[0] * 1000, wanted)
        yield row_of([name, *(f"{each * 1000:.1f}" for each in seconds), allowed, shown])


def benchmark_rules(runs: int, seed: int) -> list[str]:
    """Measure each rule by itself, and print the table. Returns what is missed of what is wanted."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        triples: list[int] = []
        taken: dict[str, list[float]] = {}
        for count in RULE_SIZES:
            say(f"making a project of {count} articles, and asking it each rule")
            folder = projects.make(root / str(count), count, seed=seed)
            triples.append(projects.triples(folder))
            case = Case(f"rules, {count} articles", [str(Path(__file__)), "--time-rules", str(folder), str(runs)])
            for name, seconds in json.loads(run(case, root / "cache").printed).items():
                taken.setdefault(name, []).append(seconds)
    floor = Floor()
    print(f"{machine()}. The least of {runs} runs.")
    print("", *each_rule(triples, taken, floor), sep="\n")
    unknown = sorted(RULE_EXCEPTIONS.keys() - taken.keys())
    return floor.missed + [f"{name}: no rule has this name, yet it is an exception" for name in unknown]


# ---------------------------------------------------------------- tables


class Floor:
    """Sets figures beside what is wanted of them, and remembers what is missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def beside(self, what: str, figure: float, wanted: float | None) -> str:
        """Return what is wanted, for a table; nothing if nothing is. Parameters: `what` is measured; its `figure`."""
        if wanted is None:
            return ""
        if figure > wanted:
            self.missed.append(f"{what}: {figure:.2f}, wanted at most {wanted:g}")
        return f"{wanted:g}" + ("" if figure <= wanted else " (missed)")


def machine() -> str:
    """Return a line that says on what was measured."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        named = [line.partition(":")[2].strip() for line in cpus.read_text().splitlines() if line[:10] == "model name"]
        model = named[0] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    packages = ("rdflib", "pyoxigraph", *PEERS)
    versions = ", ".join(f"{name} {_version(name)}" for name in packages if _version(name))
    return (
        f"{model} ({platform.machine()}), {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}; "
        f"Python {platform.python_version()}, {versions}"
    )


def whole_projects(sizes: dict[str, Size], figures: dict[str, Figures], floor: Floor) -> Iterator[str]:
    """Yield the table of whole projects. Parameters: `sizes` and `figures` by the key of their case; `floor`."""
    yield "| `zonegraph validate` | triples | CPU seconds | wanted | MB | wanted | exponent in triples |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    plain = {size.articles: key for key, size in sizes.items() if not size.warnings}
    exponents = {
        larger: math.log(figures[plain[larger]].seconds / figures[plain[smaller]].seconds)
        / math.log(sizes[plain[larger]].triples / sizes[plain[smaller]].triples)
        for smaller, larger in pairwise(sorted(plain))
    }
    for key, size in sizes.items():
        seconds, megabytes, _, each = figures[key]
        name = f"{size.articles} articles"
        if size.warnings:
            without = figures[plain[size.articles]].each
            more = statistics.median(a - b for a, b in zip(each, without, strict=False))  # of runs next to each other
            what = f"{name}, with one warning in every article, seconds more"
            wanted = floor.beside(what, more, WITH_WARNINGS.get(size.articles))
            shown = f"{seconds:.2f} (+{more:.2f})" if more >= 0 else f"{seconds:.2f} ({more:.2f})"
            row = [f"the same {name} with one warning in every article", f"{size.triples:,}", shown]
            yield row_of([*row, f"+{wanted}" if wanted else "", f"{megabytes:.0f}", "", ""])
            continue
        exponent = exponents.get(size.articles)
        yield row_of(
            [
                name,
                f"{size.triples:,}",
                f"{seconds:.2f}",
                floor.beside(f"{name}, seconds", seconds, SECONDS.get(size.articles)),
                f"{megabytes:.0f}",
                floor.beside(f"{name}, MB", megabytes, MEGABYTES.get(size.articles)),
                ""
                if exponent is None
                else f"{exponent:.2f}, wanted {floor.beside(f'{name}, exponent', exponent, EXPONENT)}",
            ]
        )


def other_engines(size: Size, own: Figures, figures: dict[str, Figures]) -> Iterator[str]:
    """Yield the table of other engines. Parameters: `size` judged; `own` figures there; `figures` by key of PEERS."""
    # A project is clean, or measuring it would have failed; as one graph it is not, since what articles say differently meets.
    judged = figures["zonegraph"].seconds
    yield f"| {size.articles} articles as one graph | CPU seconds | times zonegraph | MB | conforms | results | pairs | against pySHACL |"
    yield "| --- | ---: | ---: | ---: | --- | ---: | ---: | --- |"
    yield row_of(
        ["`zonegraph validate`, each file", f"{own.seconds:.2f}", "", f"{own.megabytes:.0f}", "yes", "", "", ""]
    )
    found = {peer: json.loads(used.printed) for peer, used in figures.items()}
    pairs = {peer: {tuple(pair) for pair in said["pairs"]} for peer, said in found.items()}
    for peer, (seconds, megabytes, *_) in sorted(figures.items(), key=lambda item: item[1].seconds):
        name = f"{PEERS[peer]} {_version(peer)}"
        more, fewer = pairs[peer] - pairs[REFERENCE], pairs[REFERENCE] - pairs[peer]
        compared = "" if peer == REFERENCE else f"{len(fewer)} missing, {len(more)} more" if more or fewer else "equal"
        ratio = "" if peer == "zonegraph" else f"{seconds / judged:.2f}"
        conforms = "yes" if found[peer]["conforms"] else "no"
        counted = [str(found[peer]["results"]), str(len(pairs[peer]))]
        yield row_of([name, f"{seconds:.2f}", ratio, f"{megabytes:.0f}", conforms, *counted, compared])
        for component, focus in [*sorted(fewer)[:3], *sorted(more)[:3]]:
            say(f"{name}: {'missing' if (component, focus) in fewer else 'more'}: {component} {focus}")


def row_of(cells: list[str]) -> str:
    """Return a row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


# ---------------------------------------------------------------- all of it


def benchmark(articles: list[int], runs: int, seed: int, peer_articles: int) -> list[str]:
    """Measure, and print the tables.

    Parameters: `articles`, the sizes of projects; `runs` of each case; `seed` of the projects; `peer_articles`, the size that
    other engines judge, 0 for none. Returns what is missed of what is wanted.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        sizes: dict[str, Size] = {}
        cases: dict[str, Case] = {}

        def add(count: int, warnings: bool) -> None:
            key = f"{count}-warnings" if warnings else str(count)
            if key in sizes:
                return
            say(f"making a project of {count} articles" + (", each with a warning" if warnings else ""))
            folder = projects.make(root / key, count, seed=seed, warnings=warnings)
            sizes[key] = Size(count, projects.triples(folder), warnings)
            what = f"{count} articles{' with warnings' if warnings else ''}"
            cases[key] = Case(what, ["-m", "zonegraph", "validate", "--project", str(folder)])

        wanted = sorted({*articles, *([peer_articles] if peer_articles else [])})
        for count in wanted:
            add(count, False)
            if count in articles and count <= WARNINGS_UP_TO:
                add(count, True)
        peers = installed() if peer_articles else []
        if peers:
            data, shapes = root / "merged.nt", root / "shapes.ttl"
            merged(root / str(peer_articles), data, shapes)
            for peer in peers:
                arguments = [str(Path(__file__)), "--judge", peer, str(data), str(shapes)]
                cases[peer] = Case(f"{PEERS[peer]}, {peer_articles} articles", arguments)

        # Whatever is imported is compiled once before.
        say("compiling bytecode")
        run(Case("compiling", ["-m", "zonegraph", "validate"]), root / "cache")
        (root / "none.nt").touch()
        for peer in list(peers):
            arguments = [str(Path(__file__)), "--judge", peer, str(root / "none.nt"), str(root / "shapes.ttl")]
            try:
                run(Case(f"compiling {PEERS[peer]}", arguments), root / "cache")
            except RuntimeError as error:
                say(f"not measured: {error}")
                peers.remove(peer)
                del cases[peer]

        figures = measure(cases, runs, root / "cache")
        floor = Floor()
        # One table a function.
        tables: list[Callable[[], Iterator[str]]] = [lambda: whole_projects(sizes, figures, floor)]
        if peers:
            key = str(peer_articles)
            tables.append(lambda: other_engines(sizes[key], figures[key], {peer: figures[peer] for peer in peers}))
        print(f"{machine()}. Medians of runs in turn: {runs}, or one where it takes longer than {TOO_SLOW:.0f} s.")
        for table in tables:
            print("", *table(), sep="\n")
        return floor.missed


def main() -> None:
    """Measure what the command line asks for."""
    if sys.argv[1:2] == ["--judge"]:
        judge(*sys.argv[2:])
        return
    if sys.argv[1:2] == ["--time-rules"]:
        time_rules(sys.argv[2], int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("articles", type=int, nargs="*", help="sizes of projects (default: 5 25 80)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the projects (default: 1)")
    parser.add_argument("--peers", type=int, default=25, help="the size other engines judge, 0: none (default: 25)")
    parser.add_argument("--floor", action="store_true", help="end with 1 if a figure misses what is wanted of it")
    parser.add_argument(
        "--rules", action="store_true", help="measure each rule by itself; end with 1 if one takes too long"
    )
    given = parser.parse_args()
    try:
        if given.rules:
            missed = benchmark_rules(max(given.runs, 7), given.seed)
        else:
            missed = benchmark(given.articles or [5, 25, 80], given.runs, given.seed, given.peers)
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    for what in missed:
        say(f"missed: {what}")
    if (given.floor or given.rules) and missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
