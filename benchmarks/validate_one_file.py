"""How long it takes to validate one article's file, in the project as it is and in projects several times larger.

    python benchmarks/validate_one_file.py [RUNS [TIMES...]]

A larger project is made in a temporary folder: each article stands there several times, under slugs of its own, and what
the reference data does not name has a name of its own in each copy. Whole processes, runs alternate; prints medians. The
file judged is the same in all, once as a file of the project and once as a new file from outside.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from zonegraph.project import sources
from zonegraph.rdf import turtle

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = "2021-02-24-china-daily"


def multiplied(folder: Path, times: int) -> Path:
    """Copy the project into a folder with its articles `times` as many. Returns the folder."""
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    reference = "".join(path.read_text("utf-8") for path in (ROOT / "data" / "reference").glob("*.ttl"))
    shared = set(re.findall(r"^zgd:([\w-]+)", reference, re.MULTILINE))
    for path in sorted((ROOT / "data" / "articles").glob("*.ttl")):
        for number in range(1, times):
            slug = f"{path.stem}-copy-{number}"

            def renamed(match: re.Match[str], old: str = path.stem, new: str = slug, number: int = number) -> str:
                name = match[1]
                if name in shared:
                    return match[0]
                return f"zgd:{name.replace(old, new) if old in name else f'{name}-copy-{number}'}"

            text = re.sub(r"\bzgd:([\w-]+)", renamed, path.read_text("utf-8"))
            (folder / "data" / "articles" / f"{slug}.ttl").write_text(text, "utf-8")
    return folder


def main(runs: int, sizes: list[int]) -> None:
    """Print the table. Parameters: `runs`, counted runs of each case after one that fills the cache; `sizes` of projects."""
    with tempfile.TemporaryDirectory() as temporary:
        environment = {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["ZONEGRAPH_CACHE"] = os.path.join(temporary, "cache")
        outside = Path(temporary) / f"{ARTICLE}.ttl"
        shutil.copy(ROOT / "data" / "articles" / outside.name, outside)
        cases: dict[tuple[str, int], list[str]] = {("import pyshacl", 0): ["-c", "import pyshacl"]}
        triples = {0: 0}
        for size in sizes:
            folder = multiplied(Path(temporary) / f"times-{size}", size)
            triples[size] = sum(len(turtle.parse(f.path)) for f in sources.graph_files(sources.find(str(folder))))
            command = ["-m", "zonegraph", "validate", "--project", str(folder)]
            cases["a file of the project", size] = [*command, str(folder / "data" / "articles" / outside.name)]
            cases["a file from outside", size] = [*command, str(outside)]
        taken: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
        for run in range(-1, runs):
            for case, arguments in cases.items():
                start = time.perf_counter()
                done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
                if done.returncode > 1:
                    sys.exit(done.stderr)
                if run >= 0:
                    taken[case].append(time.perf_counter() - start)
    packages = ", ".join(f"{name} {version(name)}" for name in ("rdflib", "pyshacl", "pyoxigraph"))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, {packages}"
    )
    judged = len(turtle.parse(str(ROOT / "data" / "articles" / f"{ARTICLE}.ttl")))
    print(f"{judged} triples in the file judged; medians of {runs} whole processes, cache warm\n")
    for (name, size), measured in taken.items():
        graph = f"{triples[size]:8d} triples" if size else ""
        print(f"{name:24s}{graph:>18s}  {statistics.median(measured) * 1000:7.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, [int(size) for size in sys.argv[2:]] or [1, 5, 20])
