"""What runs in a worker: it opens the store, gives up what it no longer needs, and answers one question after the other.

It speaks over its standard input and output (`store.messages`) and ends when its input does. It imports nothing of the
web, and once it has the store it can open no file and no socket, use no more memory than it was given, and work no
longer than its time.
"""

from __future__ import annotations

import difflib  # noqa: F401 (the nearest name is looked for when no file can be opened any more)
import importlib
import json
import os
import traceback

import pyoxigraph as ox

from zonegraph import catalogue
from zonegraph import vocabulary as v
from zonegraph.rdf import record
from zonegraph.server.workers import evaluation, questions
from zonegraph.server.workers.evaluation import Held
from zonegraph.store import messages
from zonegraph.store.embedded import EmbeddedStore, deny_new_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_FOR_SAVED_QUERIES = (
    "calendar",
    "decimal",
    "zonegraph.answers.as_data",
    "zonegraph.answers.names",
    "zonegraph.answers.queries",
    "zonegraph.answers.rows",
    "zonegraph.closure.derivation",
    "zonegraph.closure.restating",
    "zonegraph.output.results",
)


def serve() -> NoReturn:
    """Answer on standard output what is asked on standard input until that ends.

    The first message that comes says in JSON what to hold: `folder`, of the store; `in_memory`, the bytes on disk up to
    which it is read into memory; `prefixes`, `catalogue`, `rules` and `left_out` as in `server.served`; `rows`,
    `bytes`, `memory` and `seconds` as in `server.limits`; `nice`, by how much this process gives way to others. The
    answer is `open`, or `shut` with the reason. From then on each message is a question.
    """

    def work(asked: Callable[[], bytes], tell: Callable[..., None]) -> None:
        settings = json.loads(asked())
        if settings["nice"] and hasattr(os, "nice"):
            # Of this thread and those that the engine starts from here on; and of the first, by which others know the process.
            os.setpriority(os.PRIO_PROCESS, os.getpid(), os.nice(settings["nice"]))
        try:
            held = _held(settings)
        except (OSError, ValueError, RuntimeError) as error:
            tell("shut", str(error).encode())
            return
        _give_up(settings["memory"])
        tell("open")
        while True:
            question = questions.from_json(asked())
            _limit_work(settings["seconds"])
            try:
                evaluation.answer(question, held, tell)
            except Exception:  # a fault of the program's own, of which the log is told
                traceback.print_exc()
                tell("failed", b"the server has a fault; its log says more")

    # ^C in a terminal is for the parent, which lets this process answer first what it is at.
    messages.answer(work, "SIGINT", "SIGTERM")


def _held(settings: dict[str, Any]) -> Held:
    """Open what a worker is told to hold. Raises OSError, ValueError or RuntimeError if it cannot be opened."""
    v.declare(settings["prefixes"])
    folder = settings["folder"]
    store = ox.Store.read_only(folder)
    with os.scandir(folder) as entries:
        size = sum(entry.stat().st_size for entry in entries)
    if size <= settings["in_memory"]:
        disk, store = store, ox.Store()
        store.bulk_extend(disk)
    saved = catalogue.from_json(settings["catalogue"])
    for module in _FOR_SAVED_QUERIES if saved else ():  # while a module can still be imported
        importlib.import_module(module)
    if not saved:
        return Held(EmbeddedStore(store), saved, settings["rows"], settings["bytes"])
    from zonegraph import closure
    from zonegraph.store.remembering import RememberingStore

    # A store that a project has not made has no rules.
    rules: closure.Program | None = record.read(settings["rules"], closure.RECORDS) if settings["rules"] else None
    remembering = RememberingStore(store)
    return Held(remembering, saved, settings["rows"], settings["bytes"], rules, settings["left_out"])


def _give_up(memory: int) -> None:
    """Let this process open nothing more and use no more than some bytes of address space, where the system has such limits."""
    deny_new_files()
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _limit_work(seconds: float) -> None:
    """Let this process use so many more seconds of a processor, and be ended when they are over.

    The parent's clock comes first, unless the parent is gone or cannot keep up.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))
