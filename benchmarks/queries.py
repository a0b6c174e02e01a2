"""Time every saved query at several sizes of project, each in a process of its own.

    python benchmarks/queries.py [--sizes 5,25,80] [--runs N] [QUERY ...]

Each query runs in a process of its own, which opens the built graph on disk as a command does; what is timed is the answer alone,
the best of the runs. The last columns say how fast time grows with triples, and with the rows of the answer, between the two largest
sizes: exponents, of which 1 is in proportion.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from projects import make, triples

LIMIT = 60.0  # seconds for a query, after which it counts as without an answer


def main(arguments: list[str] | None = None) -> None:
    """Make the projects, time the queries and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="QUERY", help="saved queries (default: all)")
    parser.add_argument("--sizes", default="5,25,80", help="numbers of articles (default: 5,25,80)")
    parser.add_argument("--runs", type=int, default=3, help="of each query (default: 3)")
    parser.add_argument("--timed", nargs=2, metavar=("LOCATION", "NAME"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.timed:
        print(json.dumps(timed(*options.timed, options.runs)))
        return
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        folders = [make(Path(scratch) / str(size), size) for size in sizes]
        held = [triples(folder) for folder in folders]
        found = {}
        for folder, size in zip(folders, sizes, strict=True):
            location = built(folder, Path(scratch) / "cache")
            say(f"{size} articles built")
            names = options.names or sorted(path.stem for path in (folder / "queries").glob("*.rq"))
            for name in names:
                found[name, size] = measured(location, name, options.runs)
        print(f"articles: {', '.join(map(str, sizes))}; triples: {', '.join(map(str, held))}\n")
        columns = [*(f"{size}: rows, ms" for size in sizes), "by triples", "by rows"]
        print(f"| query | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}")
        for name in names:
            rows = [found[name, size][0] for size in sizes]
            taken = [found[name, size][1] for size in sizes]
            cells = [f"{n}, {t * 1000:.1f}" if t < LIMIT else "no answer" for n, t in zip(rows, taken, strict=True)]
            print(f"| {name} | {' | '.join(cells)} | {exponent(held, taken)} | {exponent(rows, taken)} |")


def exponent(sizes: list[int], taken: list[float]) -> str:
    """Return the power of size by which time grows from the last but one to the last; a dash where size does not grow."""
    if len(sizes) < 2 or sizes[-2] < 1 or sizes[-1] <= sizes[-2]:
        return "-"
    return f"{math.log(taken[-1] / taken[-2]) / math.log(sizes[-1] / sizes[-2]):.2f}"


def built(folder: Path, cache: Path) -> str:
    """Build a project in a cache of its own. Returns where the graph lies."""
    code = f"from zonegraph import build; from zonegraph.project import sources; print(build.open_dataset(sources.find({str(folder)!r})).location)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    output = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return output.stdout.strip()


def measured(location: str, name: str, runs: int) -> tuple[int, float]:
    """Return the number of rows of a query and the CPU seconds of its fastest run, in a process of its own."""
    command = [sys.executable, __file__, "--timed", location, name, "--runs", str(runs)]
    try:
        output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT * runs)
    except subprocess.TimeoutExpired:
        say(f"{name}: no answer")
        return 0, LIMIT
    rows, seconds = json.loads(output.stdout)
    return int(rows), float(seconds)


def timed(location: str, name: str, runs: int) -> tuple[int, float]:
    """Answer a saved query of a built graph. Returns the number of rows and the CPU seconds of the fastest run."""
    from zonegraph import catalogue
    from zonegraph.build import cache
    from zonegraph.store.embedded import EmbeddedStore

    known = cache.open_store(location)
    assert known is not None, location
    store, query = EmbeddedStore(known[0]), catalogue.from_json(known[1])[name].query  # type: ignore[arg-type]
    best, rows = math.inf, 0
    for _ in range(runs):
        start = time.process_time()
        rows = len(store.query(query).rows)  # type: ignore[union-attr]
        best = min(best, time.process_time() - start)
        if best > LIMIT / 10:
            break
    return rows, best


def say(text: str) -> None:
    """Write how far the run is to standard error."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
