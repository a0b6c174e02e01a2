"""Whose turn it is, and what becomes of workers: with workers that are told what to say."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from zonegraph.errors import EngineError
from zonegraph.server.workers.pool import NotAnsweredError, Pool
from zonegraph.server.workers.questions import Content

BEGIN = ("begin", json.dumps({"kind": "triples", "format": "nt", "absent": []}).encode())


class Told:
    """A worker that says what a test has it say."""

    def __init__(self, number: int) -> None:
        self.pid, self.said = number, b""
        self.asked: list[str] = []
        self.says: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._ended = asyncio.Event()

    async def send(self, kind: str, content: bytes) -> None:
        self.asked.append(json.loads(content)[1]["graph"])

    async def receive(self) -> tuple[str, bytes] | None:
        return await self.says.get()

    def ended(self) -> bool:
        return self._ended.is_set()

    async def how_it_ended(self) -> str:
        await self._ended.wait()
        return "signal SIGKILL"

    def kill(self) -> None:
        self._ended.set()
        self.says.put_nowait(None)

    def answer(self) -> None:
        for message in (BEGIN, ("data", b"x"), ("end", b"")):
            self.says.put_nowait(message)


class Setting:
    """A pool and its workers."""

    def __init__(self, **rules: Any) -> None:
        self.workers: list[Told] = []
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.logged: list[str] = []
        self.failing = 0
        given = {"busy": 1, "queue": 10, "share": 10, "seconds": 5.0} | rules
        self.pool = Pool(
            self.start, name="p", counts=self.counts, log=lambda event, **_: self.logged.append(event), **given
        )

    async def start(self) -> Any:
        if self.failing:
            self.failing -= 1
            raise EngineError("no worker")
        self.workers.append(Told(len(self.workers)))
        return self.workers[-1]

    async def ask(self, name: str, client: str = "") -> str:
        async with self.pool.ask(Content(name, "nt"), client) as answer:
            return b"".join([piece async for piece in answer]).decode()

    def busy(self) -> Told:
        (worker,) = self.pool._working
        return worker  # type: ignore[return-value]


def run(work: Callable[[Setting], Awaitable[None]], **rules: Any) -> Setting:
    async def whole() -> Setting:
        setting = Setting(**rules)
        await setting.pool.open()
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await work(setting)
            await setting.pool.close()
        assert all(worker.ended() for worker in setting.workers)
        return setting

    return asyncio.run(whole())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_one_more_worker_is_ready_than_may_be_busy() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        assert setting.pool.state() == {"busy": 0, "idle": 3, "waiting": 0}
        asked = [asyncio.create_task(setting.ask(str(n))) for n in range(3)]
        await settle()
        assert setting.pool.state() == {"busy": 2, "idle": 1, "waiting": 1}
        for worker in list(setting.workers) * 2:
            if worker in setting.pool._working:
                worker.answer()
                await settle()
        assert await asyncio.gather(*asked) == ["x"] * 3

    assert run(work, busy=2).counts["p", "workers_started"] == 3


def test_clients_take_turns() -> None:
    async def work(setting: Setting) -> None:
        asked = [asyncio.create_task(setting.ask(name, name[0])) for name in ("a1", "a2", "a3", "b1", "c1", "b2")]
        order = []
        for _ in asked:
            await settle()
            order.append(setting.busy().asked[-1])
            setting.busy().answer()
        await asyncio.gather(*asked)
        assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]

    run(work)


def why(result: Any) -> str:
    return result.why if isinstance(result, NotAnsweredError) else result


def test_who_has_a_share_already_and_who_meets_a_full_queue_is_turned_away() -> None:
    async def work(setting: Setting) -> None:
        asked = [asyncio.create_task(setting.ask(str(n), client)) for n, client in enumerate("aaabbc")]
        await settle()
        assert [task.done() for task in asked] == [False, False, True, False, False, True]
        for _ in range(4):
            setting.busy().answer()
            await settle()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert list(map(why, found)) == ["x", "x", "share", "x", "x", "full"]
        assert (found[2].status, found[5].status) == (429, 503)
        # What was answered or turned away counts no more.
        again = asyncio.create_task(setting.ask("again", "a"))
        await settle()
        setting.busy().answer()
        assert await again == "x"

    run(work, share=2, queue=3)


def test_who_waits_too_long_is_turned_away_and_leaves_no_trace() -> None:
    async def work(setting: Setting) -> None:
        first = asyncio.create_task(setting.ask("first"))
        await settle()
        setting.pool._seconds = 0.05  # for those who come now
        with pytest.raises(NotAnsweredError, match="not begun within"):
            await setting.ask("late")
        assert setting.pool.state() == {"busy": 1, "idle": 1, "waiting": 0}
        setting.busy().answer()
        assert await first == "x"

    run(work)


def test_a_worker_that_is_late_is_killed_and_the_spare_one_takes_its_place() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        late = asyncio.create_task(setting.ask("late"))
        await asyncio.sleep(0.1)
        next_one = asyncio.create_task(setting.ask("next"))
        await settle()
        worker = setting.busy()
        with pytest.raises(NotAnsweredError) as error:
            await late
        assert (error.value.why, error.value.status) == ("late", 504)
        assert worker.ended()
        await settle()
        setting.busy().answer()
        assert await next_one == "x"
        assert setting.pool.state() == {"busy": 0, "idle": 2, "waiting": 0}

    assert run(work, seconds=0.2).counts["p", "late"] == 1


def test_who_leaves_while_waiting_or_being_answered_frees_the_worker() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        first, second = (asyncio.create_task(setting.ask(name)) for name in ("first", "second"))
        await settle()
        worker = setting.busy()
        second.cancel()
        await settle()
        assert setting.pool.state()["waiting"] == 0
        worker.says.put_nowait(BEGIN)
        worker.says.put_nowait(("data", b"x"))
        await settle()
        first.cancel()
        await settle()
        assert worker.ended()
        assert setting.pool.state() == {"busy": 0, "idle": 2, "waiting": 0}
        assert not setting.pool._asked

    assert run(work).counts["p", "abandoned"] == 1


def test_who_leaves_just_when_a_turn_has_come_passes_it_on() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        first, second, third = (asyncio.create_task(setting.ask(name)) for name in ("first", "second", "third"))
        await settle()
        setting.busy().answer()
        await first
        second.cancel()
        await settle()
        await settle()
        assert setting.busy().asked[-1] == "third"
        setting.busy().answer()
        assert await third == "x"

    run(work)


def test_a_worker_that_dies_is_replaced_whether_it_was_busy_or_not() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        asked = asyncio.create_task(setting.ask("one"))
        await settle()
        setting.busy().says.put_nowait(BEGIN)
        setting.busy().kill()
        with pytest.raises(NotAnsweredError, match="SIGKILL"):
            await asked
        await settle()
        for worker in setting.pool._idle.copy():
            worker.kill()
        await settle()
        assert setting.pool.state() == {"busy": 0, "idle": 2, "waiting": 0}
        again = asyncio.create_task(setting.ask("again"))
        await settle()
        setting.busy().answer()
        assert await again == "x"

    setting = run(work)
    assert (setting.counts["p", "died"], setting.counts["p", "died_idle"]) == (1, 2)
    assert "worker died" in setting.logged


def test_workers_that_cannot_be_started_are_tried_again() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        setting.failing = 2
        setting.pool._idle[0].kill()
        await settle()
        assert setting.pool.state()["idle"] == 1
        while setting.pool.state()["idle"] < 2:
            await asyncio.sleep(0.05)

    assert run(work).counts["p", "workers_not_started"] == 2


def test_a_client_that_does_not_read_holds_no_worker_once_the_answer_is_there() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        for worker in setting.pool._idle:
            for message in (BEGIN, ("data", b"y" * 1000), ("cut-rows", b"tail")):
                worker.says.put_nowait(message)  # type: ignore[attr-defined]
        async with setting.pool.ask(Content("one", "nt")) as answer:
            await settle()
            assert setting.pool.state()["busy"] == 0
            assert [piece async for piece in answer] == [b"y" * 1000]
            assert (answer.cut, answer.tail) == ("rows", b"tail")

    run(work)


def test_a_client_that_does_not_read_a_long_answer_is_cut_off_when_the_time_is_up() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        for worker in setting.pool._idle:
            for message in (BEGIN, *[("data", b"z" * 300_000)] * 10, ("end", b"")):
                worker.says.put_nowait(message)  # type: ignore[attr-defined]
        async with setting.pool.ask(Content("one", "nt")) as answer:
            await asyncio.sleep(0.3)
            assert setting.pool.state()["busy"] == 0
            pieces: list[bytes] = []

            async def read() -> None:
                async for piece in answer:
                    pieces.append(piece)

            with pytest.raises(NotAnsweredError, match="not done within"):
                await read()
            assert 250_000 < sum(map(len, pieces)) < 1_000_000

    run(work, seconds=0.2)


def test_a_pool_that_closes_answers_what_it_has_taken_and_takes_no_more() -> None:
    async def work(setting: Setting) -> None:
        await settle()
        asked = [asyncio.create_task(setting.ask(str(n))) for n in range(3)]
        await settle()
        closing = asyncio.create_task(setting.pool.close())
        await settle()
        with pytest.raises(NotAnsweredError, match="about to stop"):
            await setting.ask("late")
        for _ in asked:
            setting.busy().answer()
            await settle()
        assert await asyncio.gather(*asked) == ["x"] * 3
        await closing

    run(work)
