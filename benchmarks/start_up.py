"""How long a saved query takes as a whole process, cache warm, against what `import rdflib` alone takes.

    python benchmarks/start_up.py [RUNS]

Runs alternate, so that a change in the machine's speed meets all alike. Prints medians and ratios. Compiled bytecode is
allowed (PYTHONDONTWRITEBYTECODE is unset), as in any installation.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

QUERY = ["-m", "zonegraph", "query", "cities-of-both-ministries"]
CASES = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import rdflib'": ["-c", "import rdflib"],
    "query --format csv": [*QUERY, "--format", "csv"],
    "query --format table": [*QUERY, "--format", "table"],
    "query --cite": [*QUERY, "--cite"],
}
BASE = "python -c 'import rdflib'"
BOUNDS = {"query --format csv": 0.55, "query --format table": 0.85}


def main(runs: int) -> None:
    """Print the table. Parameters: `runs`, counted runs of each command after two that are not."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["ZONEGRAPH_CACHE"] = cache
        times: dict[str, list[float]] = {name: [] for name in CASES}
        for run in range(-2, runs):
            for name, arguments in CASES.items():
                start = time.perf_counter()
                subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=True)
                if run >= 0:
                    times[name].append(time.perf_counter() - start)
        count = subprocess.run(
            [
                sys.executable,
                "-m",
                "zonegraph",
                "query",
                "-e",
                "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
                "--format",
                "csv",
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[1]
    packages = ", ".join(f"{name} {version(name)}" for name in ("rdflib", "pyoxigraph"))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, {packages}"
    )
    print(f"{count} triples in the merge; medians of {runs} whole processes, cache warm\n")
    base = statistics.median(times[BASE])
    for name, measured in times.items():
        ratio = statistics.median(measured) / base
        bound = f"  (wanted: at most {BOUNDS[name]:.2f})" if name in BOUNDS else ""
        print(f"{name:28s} {statistics.median(measured) * 1000:7.1f} ms  {ratio:5.2f} of {BASE}{bound}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
