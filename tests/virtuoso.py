"""A Virtuoso server of the tests' own: a database in a folder of its own, on loopback, gone at the end."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from zonegraph import vocabulary as v

INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 5
[SPARQL]
ResultSetMaxRows = 100000
MaxQueryExecutionTime = 60
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(virtuoso: str, isql: str, folder: Path, quads: Path) -> Iterator[str]:
    """Start a server with N-Quads in it; yields the address of its SPARQL service, default and named graphs included."""
    sql, http = _free_port(), _free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(INI.format(folder=folder, sql=sql, http=http))
    log = (folder / "output.log").open("wb")
    server = subprocess.Popen([virtuoso, "+foreground", "+configfile", str(ini)], cwd=folder, stdout=log, stderr=log)
    try:
        service = f"http://127.0.0.1:{http}/sparql"
        _wait_for(service, server, folder)
        # As docs/stores.md has it: what has no graph goes into the graph of the merge.
        commands = f"ld_dir('{quads.parent}', '{quads.name}', '{v.MERGE_GRAPH}'); rdf_loader_run(); checkpoint;"
        subprocess.run(
            [isql, f"127.0.0.1:{sql}", "dba", "dba", f"EXEC={commands}"], check=True, capture_output=True, timeout=120
        )
        yield address(service, quads)
    finally:
        server.kill()
        server.wait(20)
        log.close()


def address(service: str, quads: Path) -> str:
    """The address under which a service answers from the merge, and GRAPH from each named graph."""
    graphs = {q.graph_name for q in ox.parse(path=str(quads), format=ox.RdfFormat.N_QUADS)} - {ox.DefaultGraph()}
    named = sorted(graph.value for graph in graphs)  # type: ignore[union-attr]
    parameters = [("default-graph-uri", v.MERGE_GRAPH), *(("named-graph-uri", graph) for graph in named)]
    return f"{service}?{urllib.parse.urlencode(parameters)}"


def _wait_for(service: str, server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{service}?query=ASK%7B%7D", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"Virtuoso does not start:\n{(folder / 'output.log').read_text(errors='replace')[-2000:]}")
