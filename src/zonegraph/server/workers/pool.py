"""Several workers, and whose turn it is.

    async with pool.ask(question, client) as answer:
        print(answer.kind, answer.format)
        async for piece in answer:
            ...
        print(answer.cut)

A question waits for its turn, clients in turn, and is answered within the pool's time or not at all: a worker that is
late is killed and replaced. Who leaves the `with` block early, or is cancelled in it, frees the worker in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import OrderedDict, deque
from contextlib import asynccontextmanager

from zonegraph.errors import EngineError
from zonegraph.server.workers import questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Awaitable, Callable

    from zonegraph.server.workers.process import Worker
    from zonegraph.server.workers.questions import Question

# Bytes that are taken from a worker before the client has read them, so that a slow one holds up no worker.
_AHEAD = 1 << 18


class NotAnsweredError(Exception):
    """A question that has no answer; the text says why.

    Attributes: `why`, one of `refused` (by the worker, for what the question is), `full` (too many are waiting),
    `share` (too many of this client are), `late` (not in time), `died` (the worker did), `failed` (the engine did),
    `closed` (the pool is), `abandoned` (who asked is gone); `status` that fits over HTTP.
    """

    def __init__(self, why: str, status: int, reason: str) -> None:
        super().__init__(reason)
        self.why, self.status, self.reason = why, status, reason


class Answer:
    """An answer on its way. Iterating gives its pieces, and raises NotAnsweredError where it breaks off.

    Attributes: `kind`, which is solutions, boolean or triples; `format`; `absent`, the graphs that the request names
    and that are not held; `shown`, how many rows of how many it has, where that is known at its beginning; after the
    last piece `cut`, the limit that ended it (`rows` or `bytes`, empty for none), and then `tail`, which makes a whole
    of its pieces; `waited`, the seconds before its turn.
    """

    def __init__(self, waited: float) -> None:
        self.kind = self.format = ""
        self.absent: list[str] = []
        self.shown = ""
        self.cut, self.tail = "", b""
        self.waited = waited
        self.ended = False  # whether the worker is done with it
        self._begun = asyncio.Event()
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._error: NotAnsweredError | None = None
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()

    async def begun(self) -> None:
        """Wait for the beginning of the answer. Raises NotAnsweredError if there will be none."""
        await self._begun.wait()
        if self._error is not None and not self.kind:
            raise self._error

    def __aiter__(self) -> Answer:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        piece = self._pieces.popleft()
        self._size -= len(piece)
        self._taken.set()
        return piece

    async def _follow(self, worker: Worker) -> None:
        """Take what a worker says until it is done. Raises NotAnsweredError."""
        while True:
            message = await worker.receive()
            if message is None:
                how = await worker.how_it_ended()
                if how == "signal SIGXCPU":
                    raise TimeoutError
                raise NotAnsweredError(
                    "died",
                    503,
                    f"the query brought its engine down ({how})\n"
                    "  it may have run out of memory or of stack; ask for less (fewer patterns, a LIMIT in the query)",
                )
            kind, content = message
            if kind == "begin":
                told = json.loads(content)
                self.kind, self.format, self.absent = told["kind"], told["format"], told["absent"]
                self.shown = told.get("shown", "")
                self._begun.set()
            elif kind == "data":
                self._pieces.append(content)
                self._size += len(content)
                self._changed.set()
                while self._size > _AHEAD:
                    self._taken.clear()
                    await self._taken.wait()
            elif kind == "refused":
                raise NotAnsweredError("refused", *json.loads(content))
            elif kind == "failed":
                raise NotAnsweredError("failed", 500, content.decode())
            else:
                self.cut, self.tail = kind.removeprefix("cut-") if kind != "end" else "", content
                return

    def _end(self, error: NotAnsweredError | None) -> None:
        self._error = error
        self.ended = True
        self._begun.set()
        self._changed.set()


class Pool:
    """Workers that hold the same graph, and the questions that wait for them."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Worker]],
        *,
        name: str,
        busy: int,
        queue: int,
        share: int,
        seconds: float,
        counts: Counter[tuple[str, ...]],
        log: Callable[..., None],
    ) -> None:
        """Take the rules of a pool. No worker is started yet.

        Parameters: `start`, which starts a worker; `name`, in counts and log; `busy`, how many workers answer at once;
        `queue`, how many questions may wait; `share`, how many of one client's may wait or be answered; `seconds` for a
        question to wait, and as many for it to be answered; `log`, which takes what happened and its details.
        """
        self._start = start
        self.name, self._busy, self._queue, self._share, self._seconds = name, busy, queue, share, seconds
        self._counts, self._log = counts, log
        self._idle: list[Worker] = []
        self._working: set[Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: OrderedDict[str, deque[asyncio.Future[Worker]]] = OrderedDict()
        self._asked: dict[str, int] = {}
        self._closed = False
        self._done = asyncio.Event()

    async def open(self) -> None:
        """Start one worker, and have the others started, one more than may be busy. Raises EngineError if the first cannot be."""
        self._add(await self._start())
        self._refill()

    async def close(self) -> None:
        """Take no more questions, wait until those that were taken are answered, and end the workers."""
        self._closed = True
        while self._asked:
            self._done.clear()
            await self._done.wait()
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)  # each ends with its worker, or its question

    def state(self) -> dict[str, int]:
        """Return how many workers are busy, and idle, and how many questions are waiting."""
        waiting = sum(map(len, self._waiting.values()))
        return {"busy": len(self._working), "idle": len(self._idle), "waiting": waiting}

    @asynccontextmanager
    async def ask(self, question: Question, client: str = "") -> AsyncIterator[Answer]:
        """Ask a question; see the module.

        Parameters: `client`, who asks: clients take turns. Gives the answer once it has begun. Raises NotAnsweredError
        if it is not answered.
        """
        self._admit(client)
        try:
            asked = time.monotonic()
            worker = await self._turn(client)
            answer = Answer(time.monotonic() - asked)
            self._working.add(worker)
            task = asyncio.create_task(self._answered(worker, question, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            try:
                await answer.begun()
                yield answer
            finally:
                if not answer.ended:  # nobody waits for the rest
                    task.cancel()
        finally:
            self._asked[client] -= 1
            if not self._asked[client]:
                del self._asked[client]
            self._done.set()

    def _admit(self, client: str) -> None:
        """Count a question of a client. Raises NotAnsweredError if it must not even wait."""
        if self._closed:
            raise NotAnsweredError("closed", 503, "the server is about to stop")
        if self._asked.get(client, 0) >= self._share:
            self._counts[self.name, "over_share"] += 1
            raise NotAnsweredError(
                "share", 429, f"{self._share} requests of yours are waiting or being answered already"
            )
        if sum(map(len, self._waiting.values())) >= self._queue:
            self._counts[self.name, "queue_full"] += 1
            raise NotAnsweredError("full", 503, f"{self._queue} requests are waiting already")
        self._asked[client] = self._asked.get(client, 0) + 1

    async def _turn(self, client: str) -> Worker:
        """Return a worker once it is a client's turn. Raises NotAnsweredError if that takes too long."""
        if self._idle and len(self._working) < self._busy and not self._waiting:
            return self._idle.pop()
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                return await turn
        except BaseException as error:
            waiting = self._waiting.get(client, deque())
            if turn in waiting:
                waiting.remove(turn)
                if not waiting:
                    del self._waiting[client]
            elif turn.done() and not turn.cancelled():  # its turn came just now
                self._free(turn.result())
            if isinstance(error, TimeoutError):
                self._counts[self.name, "waited_too_long"] += 1
                raise NotAnsweredError(
                    "full", 503, f"not begun within {self._seconds:g} s, since others were before it"
                ) from None
            raise

    def _free(self, worker: Worker) -> None:
        """Let a worker that is ready answer the next question."""
        self._working.discard(worker)
        self._idle.append(worker)
        self._next()

    def _next(self) -> None:
        """Give workers to those who wait, one question of each client after the other."""
        while self._idle and self._waiting and len(self._working) < self._busy:
            client, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[client] = turns  # behind all others
            if not turn.done():
                worker = self._idle.pop()
                self._working.add(worker)
                turn.set_result(worker)

    async def _answered(self, worker: Worker, question: Question, answer: Answer) -> None:
        """Have a worker answer; whatever becomes of it, the worker is free afterwards or replaced."""
        error: NotAnsweredError | None = NotAnsweredError("abandoned", 503, "nobody waits for the answer")
        usable = False
        try:
            async with asyncio.timeout(self._seconds):
                with contextlib.suppress(ConnectionError):  # it has died, which `_follow` finds out
                    await worker.send("question", questions.to_json(question))
                await answer._follow(worker)
            error, usable = None, True
        except TimeoutError:
            error = NotAnsweredError(
                "late",
                504,
                f"not done within {self._seconds:g} s\n  ask for less (fewer patterns, a LIMIT in the query)",
            )
        except NotAnsweredError as refused:
            error, usable = refused, refused.why in ("refused", "failed")
        finally:
            self._count(worker, answer, error)
            answer._end(error)
            if usable:
                self._free(worker)
            else:
                self._replace(worker)

    def _count(self, worker: Worker, answer: Answer, error: NotAnsweredError | None) -> None:
        self._counts[self.name, error.why if error else f"cut_{answer.cut}" if answer.cut else "answered"] += 1
        if worker.said or (error and error.why == "died"):
            said, worker.said = worker.said.decode(errors="replace"), b""
            self._log(
                "worker said", pool=self.name, pid=worker.pid, said=said, outcome=error.why if error else "answered"
            )

    def _replace(self, worker: Worker) -> None:
        self._working.discard(worker)
        worker.kill()
        self._next()  # the spare one is ready
        self._refill()

    def _refill(self) -> None:
        """Have workers started until there is one more than may be busy."""
        while not self._closed and len(self._idle) + len(self._working) + len(self._starting) <= self._busy:
            task = asyncio.create_task(self._another())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _another(self) -> None:
        pause = 0.1
        while True:
            try:
                worker = await self._start()
            except EngineError as error:
                self._counts[self.name, "workers_not_started"] += 1
                self._log("worker not started", pool=self.name, reason=str(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, 10)
            else:
                self._add(worker)
                return

    def _add(self, worker: Worker) -> None:
        self._counts[self.name, "workers_started"] += 1
        self._free(worker)
        task = asyncio.create_task(self._watch(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, worker: Worker) -> None:
        """Replace a worker that ends while it has nothing to do, and reap it whenever it ends."""
        how = await worker.how_it_ended()
        if worker in self._idle:
            self._idle.remove(worker)
            self._counts[self.name, "died_idle"] += 1
            self._log("worker died", pool=self.name, pid=worker.pid, how=how, said=worker.said.decode(errors="replace"))
            self._refill()
