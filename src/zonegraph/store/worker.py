"""The worker store: Oxigraph in a process of its own, which is killed when the time is up.

An engine within a process cannot be stopped; a process can. It is a program started anew, not a fork (a fork of a process
that holds an engine hangs), so it works from a script, a notebook or a thread all the same.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import tempfile
import threading
import weakref
from queue import Empty, SimpleQueue

import pyoxigraph as ox

from zonegraph.deadline import Deadline
from zonegraph.errors import EngineError, UsageError
from zonegraph.store import messages, worker_process
from zonegraph.store.embedded import failure, require_judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from zonegraph.store import Answer, Term
    from zonegraph.store.embedded import EmbeddedStore
    from zonegraph.store.query import Query

    Message: TypeAlias = tuple[str, bytes]

CLOSED = ("the graph is closed", "open it again with zonegraph.open")
_REMEDY = "check that a process can be started and the temporary folder written to; ZONEGRAPH_DEBUG=1 shows its output"


class WorkerStore:
    """A store that is asked in another process, one query at a time, whoever asks; several threads may share it.

    The process starts with the first query and stays for the next one. A query that is not done by its deadline, or that
    ^C interrupts, ends with the process.
    """

    local = None

    def __init__(self, source: EmbeddedStore, folder: str | None, deadline: Deadline | None = None) -> None:
        """Take a store. Nothing is started or written yet.

        Parameters: `source`, the store in this process; `folder`, where the same store lies on disk, None if it is in
        memory only. If it lies nowhere, or no longer, the process gets a private copy of it in the temporary folder, which
        goes when this store is closed, or goes itself, or the interpreter ends.
        """
        self._worker = _Worker(source, folder)
        self._deadline = deadline or Deadline()

    def within(self, deadline: Deadline) -> WorkerStore:
        """Return this store, whose queries must all be done by a deadline; see `zonegraph.store.Store`."""
        deadline.left()
        other = copy.copy(self)
        other._deadline = deadline
        return other

    def query(self, query: Query, *, bindings: Mapping[str, Term] | None = None, limit: int | None = None) -> Answer:
        """Evaluate a query; see `zonegraph.store.Store.query`."""
        require_judged(query)
        question = worker_process.question(query, bindings, limit)
        try:
            kind, content = self._worker.ask(question, self._deadline)
        except _StoreError:
            if not self._worker.renewed():
                raise
            kind, content = self._worker.ask(question, self._deadline)
        if kind == "UsageError":
            raise UsageError(*worker_process.message(content))
        return worker_process.answered(kind, content, self._deadline)

    def close(self) -> None:
        """End the process, whatever it is at, and remove the private copy. The store can be asked no more."""
        self._worker.close()


class _StoreError(EngineError):
    """What the embedded store would be made anew for."""


class _Worker:
    """What a worker store shares with all that its `within` returns: the one process, and who may talk to it."""

    def __init__(self, source: EmbeddedStore, folder: str | None) -> None:
        self._source = source
        self._folder = folder
        self._closed = False
        self._own()

    def _own(self) -> None:
        self._held = _Held()
        self._lock = threading.Lock()
        weakref.finalize(self, self._held.release)  # also when the interpreter ends

    def ask(self, question: bytes, deadline: Deadline) -> Message:
        """Return what the process answers. Raises EngineError if there is no answer by the deadline, or the process dies."""
        if not self._held.owned():
            self._own()  # this is a fork of the process that started the other one
        while not self._lock.acquire(timeout=_moment(deadline)):
            pass
        try:
            if self._closed:
                raise UsageError(*CLOSED)
            process = self._held.process
            if process is None or process.ended():
                process = self._started(deadline)
            answer = process.ask(question, deadline)
            if answer is None and not self._closed:
                raise EngineError(
                    f"the query brought the engine down ({process.how_it_ended()})",
                    "it may have run out of memory or of stack; ask for less (fewer patterns, a LIMIT in the query)",
                )
            if answer is None:
                raise UsageError(*CLOSED)
            kind, content = answer
            if kind == "EngineError":
                raise _StoreError(*worker_process.message(content))
            return kind, content
        except BaseException:  # the answer may still come, and would be taken for that to the next question
            self._held.end_process()
            raise
        finally:
            self._lock.release()

    def renewed(self) -> bool:
        """Have the store made anew, since it has proved damaged. Returns whether it was: it is done once."""
        with self._lock:
            if not self._source.renew(self._source.ox):
                return False
            self._held.release()
        return True

    def close(self) -> None:
        """See `WorkerStore.close`."""
        self._closed = True
        if self._held.owned():
            process = self._held.process
            if process is not None:
                process.kill()  # whoever holds the lock and waits for an answer waits no longer
            with self._lock:
                self._held.release()

    def _started(self, deadline: Deadline) -> _Process:
        for folder in (self._folder, self._held.folder):
            if folder is not None and self._opened(folder, deadline) is None:
                break
        else:
            reason = self._opened(self._copied(deadline), deadline)
            if reason is not None:
                raise EngineError(f"query: the copy of the graph cannot be opened: {reason}", _REMEDY)
        assert self._held.process is not None
        return self._held.process

    def _opened(self, folder: str, deadline: Deadline) -> str | None:
        """Start the process on a store on disk. Returns None, or why the store cannot be opened."""
        self._held.end_process()
        try:
            process = self._held.process = _Process(folder)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise EngineError(f"query: the process for the query cannot be started: {reason}", f"{_REMEDY}") from None
        first = process.answer(deadline)
        if first is None:
            raise EngineError(
                f"query: the process for the query ended at once ({process.how_it_ended()})", f"{_REMEDY}"
            )
        kind, content = first
        return None if kind == "open" else content.decode()

    def _copied(self, deadline: Deadline) -> str:
        """Write the store into a folder of its own, which nobody else may read. Returns the folder."""

        def quads() -> Iterator[ox.Quad]:
            try:
                for quad in self._source.ox:
                    deadline.left()  # here too; and between two steps ^C is heard
                    yield quad
            except (OSError, RuntimeError) as error:
                raise _StoreError(*failure(error)) from None

        self._held.release()
        try:
            self._held.folder = tempfile.mkdtemp(prefix="zonegraph-")
            disk = ox.Store(self._held.folder)
            disk.bulk_extend(quads())
            disk.flush()
        except (OSError, RuntimeError) as error:
            self._held.release()
            raise EngineError(
                f"query: the graph is not cached, and cannot be written for the process that runs the query: {error}",
                "set ZONEGRAPH_CACHE or TMPDIR to a folder that you can write to",
            ) from None
        except BaseException:
            self._held.release()
            raise
        return self._held.folder


class _Held:
    """What must go with its owner: a process, a private folder. A fork of this process knows them, but does not own them."""

    def __init__(self) -> None:
        self.process: _Process | None = None
        self.folder: str | None = None
        self._owner = os.getpid()

    def owned(self) -> bool:
        return self._owner == os.getpid()

    def end_process(self) -> None:
        process, self.process = self.process, None
        if process is not None and self.owned():
            process.end()

    def release(self) -> None:
        self.end_process()
        folder, self.folder = self.folder, None
        if folder is not None and self.owned():
            shutil.rmtree(folder, ignore_errors=True)


class _Process:
    """A worker process, and the thread that talks to it, since no wait for a pipe heeds a clock on every platform."""

    def __init__(self, folder: str) -> None:
        """Start it on a store on disk; its first answer says whether it could open it. Raises OSError or RuntimeError."""
        self._popen = subprocess.Popen(
            messages.command("zonegraph.store.worker_process", folder),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("ZONEGRAPH_DEBUG") else subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._questions: SimpleQueue[bytes | None] = SimpleQueue()
        self._answers: SimpleQueue[Message | None] = SimpleQueue()
        try:
            threading.Thread(target=_talk, args=(self._popen, self._questions, self._answers), daemon=True).start()
        except RuntimeError:
            self.end()
            raise

    def ask(self, question: bytes, deadline: Deadline) -> Message | None:
        """Return the answer; None if there will be none. Raises EngineError if it does not come by the deadline."""
        self._questions.put(question)
        return self.answer(deadline)

    def answer(self, deadline: Deadline) -> Message | None:
        while True:
            try:
                return self._answers.get(timeout=_moment(deadline))
            except Empty:
                continue

    def ended(self) -> bool:
        return self._popen.poll() is not None

    def how_it_ended(self) -> str:
        code = self._popen.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        self._popen.kill()

    def end(self) -> None:
        self._popen.kill()
        self._popen.wait()
        self._questions.put(None)


def _talk(
    popen: subprocess.Popen[bytes], questions: SimpleQueue[bytes | None], answers: SimpleQueue[Message | None]
) -> None:
    assert popen.stdin is not None
    assert popen.stdout is not None
    with popen.stdin, popen.stdout:
        try:
            answers.put(messages.receive(popen.stdout))
            while (question := questions.get()) is not None:
                messages.send(popen.stdin, "question", question)
                answers.put(messages.receive(popen.stdout))
        except (OSError, MemoryError):  # it has died, or what it answers has no room here
            popen.kill()
            answers.put(None)


def _moment(deadline: Deadline) -> float:
    """Return for how many seconds to wait before looking around: where a wait is deaf to ^C, it must be short."""
    left = deadline.left()
    return 0.1 if left is None else min(left, 0.1)
