"""A cache that is damaged, cut off in the middle, full or not to be written: the answer is right all the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import zonegraph as api
from tests import conftest
from tests.conftest import SHARE, bridges_project, program
from zonegraph import build, cli
from zonegraph.build import cache, graphs
from zonegraph.errors import EngineError
from zonegraph.project import sources

B = "https://example.org/bridges#"
RIGHT = f"crossing,river\r\n{B}new,{B}thames\r\n{B}old,{B}thames\r\n{B}reed,{B}cam\r\n"
FLOOR = 5.0  # seconds that a command may take however quick a cold build is: the machine may be busy
SEED = 20210224


class Answered(NamedTuple):
    """What a command printed, and the seconds it took."""

    code: int
    out: str
    err: str
    seconds: float


class Bridges(NamedTuple):
    """A small project with a cache of its own, and a temporary folder for what does not go into that."""

    root: Path
    cache: Path
    elsewhere: Path

    def command(self, *arguments: str) -> list[str]:
        return [*arguments, "--project", str(self.root)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "ZONEGRAPH_CACHE": str(self.cache), "TMPDIR": str(self.elsewhere)}

    def run(self, before: list[str], *arguments: str) -> Answered:
        """Run a command in a process of its own; `before`, what stands in front of its arguments."""
        start = time.monotonic()
        done = subprocess.run(
            [*before, *self.command(*arguments)],
            env=self.environment(),
            capture_output=True,
            timeout=120,
        )
        return Answered(
            done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"), time.monotonic() - start
        )

    def ask(self) -> Answered:
        """Ask in a process of its own, which the engine may end where it trusts what is damaged."""
        return self.run([sys.executable, "-m", "zonegraph"], "query", "crossings", "--format", "csv")

    def entry(self) -> Path:
        (found,) = [path for path in self.cache.iterdir() if cache._STORE.fullmatch(path.name)]
        return found

    def files(self) -> list[Path]:
        """Every file of the entry, RocksDB's LOCK and LOG too, and what lies beside it: records of digests, what is compiled."""
        inside = [path for path in sorted(self.entry().rglob("*")) if path.name != "store"]
        return [*inside, *self.cache.glob("*.json")]

    def require_sound(self) -> None:
        """The entry is there, each of its files as recorded, and nothing half-written beside it."""
        assert cache._checked(str(self.entry()), every=True)[1] == []
        record = sources.find(str(self.root))
        cache._unsealed(cache.own_file(str(self.cache), record, ".json"))


def made(folder: Path) -> Bridges:
    (folder / "elsewhere").mkdir()
    return Bridges(bridges_project(folder / "bridges"), folder / "cache", folder / "elsewhere")


@pytest.fixture
def bridges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bridges:
    """A small project; the process's own cache is the project's."""
    project = made(tmp_path)
    monkeypatch.setenv("ZONEGRAPH_CACHE", str(project.cache))
    monkeypatch.setattr("tempfile.tempdir", str(project.elsewhere))
    return project


def rows(graph: Any) -> str:
    result = graph.query("crossings")
    return "crossing,river\r\n" + "".join(f"{row['crossing']},{row['river']}\r\n" for row in result)


def crossings(opened: Any) -> str:
    """The same, asked of the store in this process."""
    result = opened.store.query(opened.catalogue["crossings"].query)
    return "crossing,river\r\n" + "".join(f"{crossing.value},{river.value}\r\n" for crossing, river in result.rows)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One item for each build from here on."""
    counted: list[str] = []
    real = build.build

    def counting(*arguments: Any) -> Any:
        counted.append("build")
        return real(*arguments)

    monkeypatch.setattr(build, "build", counting)
    return counted


@pytest.fixture
def digested(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of entries that are digested from here on."""
    names: list[str] = []
    real = cache._digest

    def counting(path: str) -> str:
        names.append(os.path.basename(path))
        return real(path)

    monkeypatch.setattr(cache, "_digest", counting)
    return names


# ---------------------------------------------------------------- stats first, digests where they differ


@pytest.mark.thorough
def test_a_hundred_queries_digest_no_file(bridges: Bridges, digested: list[str], builds: list[str]) -> None:
    api.open(bridges.root)
    assert len(digested) >= 10  # when they were recorded
    digested.clear()
    for _ in range(conftest.share_of(100, 20)):
        assert rows(api.open(bridges.root)) == RIGHT
    assert (digested, builds) == ([], ["build"])


@pytest.mark.parametrize("change", ["touched", "another inode"])
def test_a_file_of_other_stats_and_the_same_bytes_is_digested_once(
    change: str, bridges: Bridges, digested: list[str], builds: list[str]
) -> None:
    api.open(bridges.root)
    path = max((bridges.entry() / "store").glob("*.sst"))
    if change == "touched":
        os.utime(path, (1, 1))
    else:
        shutil.copy2(path, path.with_name("copy"))
        path.with_name("copy").replace(path)
    digested.clear()
    for _ in range(3):
        assert rows(api.open(bridges.root)) == RIGHT
    assert (digested, builds) == ([path.name], ["build"])


def test_64_bytes_overwritten_in_a_block_of_data_are_noticed_before_any_query_runs(
    bridges: Bridges, capsys: pytest.CaptureFixture[str]
) -> None:
    """Oxigraph answers such a store with all the memory there is, and without end."""
    api.open(bridges.root)
    for path in sorted((bridges.entry() / "store").glob("*.sst")):
        overwrite(path, 16, b"\x55" * 64)
        capsys.readouterr()
        assert cache.open_store(str(bridges.entry())) is None
        assert f"damaged (not as recorded: store/{path.name})" in capsys.readouterr().err
        assert rows(api.open(bridges.root)) == RIGHT


@pytest.mark.parametrize("kind", ["file", "folder", "pipe", "link to nowhere"])
def test_what_was_added_to_an_entry_is_a_difference(
    kind: str, bridges: Bridges, capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    added = bridges.entry() / "store" / "000999.sst"
    {
        "file": lambda: added.write_bytes(b""),
        "folder": added.mkdir,
        "pipe": lambda: os.mkfifo(added),
        "link to nowhere": lambda: added.symlink_to("nowhere"),
    }[kind]()
    assert rows(api.open(bridges.root)) == RIGHT
    assert "store/000999.sst" in capsys.readouterr().err
    bridges.require_sound()


@pytest.mark.parametrize("change", ["without a store", "a file as store", "nothing in it", "a file in its place"])
def test_an_entry_that_is_no_entry_is_built_again_once(
    change: str, bridges: Bridges, builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    entry = bridges.entry()
    shutil.rmtree(entry / "store" if "store" in change else entry)
    if change == "a file as store":
        (entry / "store").write_bytes(b"")
    elif change == "nothing in it":
        entry.mkdir()
    elif change == "a file in its place":
        entry.write_bytes(b"")
    builds.clear()
    for _ in range(2):
        assert rows(api.open(bridges.root)) == RIGHT
    assert builds == ["build"]
    assert capsys.readouterr().err.count("the cached graph was damaged (not as recorded: ") == 1
    bridges.require_sound()


@pytest.mark.parametrize("name", ["manifest.json", "store/CURRENT"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(name: str, bridges: Bridges) -> None:
    api.open(bridges.root)
    (bridges.entry() / name).unlink()
    os.mkfifo(bridges.entry() / name)
    assert bridges.ask().out == RIGHT
    bridges.require_sound()


@pytest.mark.parametrize("name", ["manifest.json", "the record"])
def test_a_file_of_the_cache_that_has_grown_beyond_all_memory_is_not_read(name: str, bridges: Bridges) -> None:
    bridges.ask()
    record = cache.own_file(str(bridges.cache), sources.find(str(bridges.root)), ".json")
    path = bridges.entry() / name if name == "manifest.json" else Path(record)
    os.truncate(path, 1 << 40)  # with a hole in it, which takes no room on the disk
    answer = bridges.ask()
    assert (answer.code, answer.out) == (0, RIGHT)
    bridges.require_sound()


def test_a_record_of_digests_that_was_changed_is_ignored_and_written_anew(bridges: Bridges) -> None:
    """Were it believed, an article that has changed would be answered as it was."""
    api.open(bridges.root)
    record = Path(cache.own_file(str(bridges.cache), sources.find(str(bridges.root)), ".json"))
    old = record.read_bytes()
    article = bridges.root / "data" / "articles" / "guide.ttl"
    article.write_text(article.read_text().replace("b:cam", "b:ouse"))
    stats = sources.signature(sources.find(str(bridges.root)).articles)["data/articles/guide.ttl"]
    known = json.loads(old.partition(b"\n")[2])
    known["data/articles/guide.ttl"] = [stats, known["data/articles/guide.ttl"][1], time.time_ns() + 10**12]
    record.write_bytes(old.partition(b"\n")[0] + b"\n" + json.dumps(known).encode())
    assert rows(api.open(bridges.root)) == RIGHT.replace("cam", "ouse")
    cache._unsealed(str(record))


def test_a_graph_is_not_kept_under_the_digest_of_files_that_changed_while_it_was_built(
    bridges: Bridges, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = bridges.root / "data" / "articles" / "guide.ttl"
    before = article.read_text()
    real = graphs.asserted_graphs

    def changing(*arguments: Any) -> Any:
        article.write_text(before.replace("b:cam", "b:ouse"))
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr("zonegraph.build.graphs.asserted_graphs", changing)
        assert "ouse" in rows(api.open(bridges.root))
    article.write_text(before)
    assert rows(api.open(bridges.root)) == RIGHT


# ---------------------------------------------------------------- seeded corruption


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def overwritten(path: Path, chance: random.Random, _: Path) -> None:
    overwrite(path, chance.randrange(max(1, path.stat().st_size)), chance.randbytes(64))


def overwritten_within(path: Path, chance: random.Random, _: Path) -> None:
    size = path.stat().st_size
    length = min(size, 64)
    overwrite(path, chance.randrange(size - length + 1), chance.randbytes(length))


def truncated(path: Path, chance: random.Random, _: Path) -> None:
    os.truncate(path, chance.randrange(max(1, path.stat().st_size)))


def appended(path: Path, chance: random.Random, _: Path) -> None:
    overwrite(path, path.stat().st_size, chance.randbytes(chance.randrange(1, 5000)))


def deleted(path: Path, _: random.Random, __: Path) -> None:
    path.unlink()


def swapped(path: Path, _: random.Random, other: Path) -> None:
    aside = path.with_name("aside")
    path.rename(aside)
    other.rename(path)
    aside.rename(other)


def zeroed(path: Path, _: random.Random, __: Path) -> None:
    overwrite(path, 0, bytes(path.stat().st_size))


def touched(path: Path, chance: random.Random, _: Path) -> None:
    os.utime(path, ns=(0, chance.randrange(2 * 10**18)))


def replaced_by_the_same(path: Path, _: random.Random, __: Path) -> None:
    path.with_name("aside").write_bytes(path.read_bytes())
    path.with_name("aside").replace(path)


def made_a_folder(path: Path, _: random.Random, __: Path) -> None:
    path.unlink()
    path.mkdir()


KINDS = [
    overwritten,
    overwritten_within,
    truncated,
    appended,
    deleted,
    swapped,
    zeroed,
    touched,
    replaced_by_the_same,
    made_a_folder,
]


def corrupted(bridges: Bridges, number: int, seed: int) -> str:
    """Damage the cache `number` times; after each, the next command must answer right and leave a sound entry. Returns figures."""
    chance = random.Random(seed)
    cold = cold_build(bridges)
    done: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    rebuilt, slowest = 0, 0.0
    files = len(bridges.files())
    order = chance.sample(range(files), files)
    beside = contents(list(bridges.cache.glob("*.json")))
    for turn in range(number):
        paths = bridges.files()
        assert len(paths) == files
        path = paths[order[turn % files]]
        kind = chance.choice(KINDS)
        other = chance.choice([p for p in paths if p != path])
        before = contents(paths)
        kind(path, chance, other)
        recorded = [p for p in paths if p.name not in {"LOCK", "LOG"} and p.parent != bridges.cache]
        damaged = any(before[p] != contents([p])[p] for p in recorded)
        answer = bridges.ask()
        what = f"{kind.__name__}: {path.name} ({other.name}), turn {turn}: {answer}"
        assert (answer.code, answer.out) == (0, RIGHT), what
        assert ("damaged (not as recorded" in answer.err) == damaged == ("building" in answer.err), what
        assert answer.seconds < max(2 * cold, FLOOR), what
        bridges.require_sound()
        restore_log(path, other)
        restore_beside(beside)
        rebuilt += damaged
        slowest = max(slowest, answer.seconds)
        done[kind.__name__] += 1
        hit[path.name] += 1
    return (
        f"{number} corruptions of {len(hit)} of {files} files ({', '.join(f'{k} {n}' for k, n in sorted(done.items()))}): "
        f"all answered right, {rebuilt} built again; slowest answer {slowest:.2f} s, cold build {cold:.2f} s"
    )


def restore_beside(kept: dict[Path, bytes | None]) -> None:
    """What is compiled is made when it is needed, and no query needs it again; the next turn finds it there."""
    for path, content in kept.items():
        if not path.is_file():
            if path.is_dir():
                path.rmdir()
            path.write_bytes(content or b"")


def restore_log(*paths: Path) -> None:
    """RocksDB's LOCK and LOG are no part of an entry, so they stay as they are; the next turn finds files there again."""
    for path in paths:
        if path.name in {"LOCK", "LOG"}:
            if path.is_dir():
                path.rmdir()
            path.touch()


def contents(paths: list[Path]) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in paths}


def cold_build(bridges: Bridges) -> float:
    """The seconds that a command takes with an empty cache: the quicker of two runs, so that the bound is the stricter."""
    seconds = []
    for _ in range(2):
        shutil.rmtree(bridges.cache, ignore_errors=True)
        answer = bridges.ask()
        assert answer.out == RIGHT, answer
        seconds.append(answer.seconds)
    return min(seconds)


def test_whatever_happens_to_a_file_of_the_cache_the_next_command_answers_right(bridges: Bridges) -> None:
    print(corrupted(bridges, 10, SEED))


def test_a_folder_in_the_place_of_the_record_of_digests_gives_way_to_it(bridges: Bridges) -> None:
    api.open(bridges.root)
    (record,) = bridges.cache.glob(f"{'[0-9a-f]' * 16}.json")
    made_a_folder(record, random.Random(), record)
    assert rows(api.open(bridges.root)) == RIGHT
    bridges.require_sound()


@pytest.mark.parametrize(
    "content", [b"5", b'{"data/curation.ttl": 5}', b"[[]]", b'{"a": [[1], 2, 3]}', b"null", b'"x"']
)
def test_a_record_of_digests_that_is_none_is_written_anew_though_its_digest_is_right(
    bridges: Bridges, content: bytes
) -> None:
    api.open(bridges.root)
    (record,) = bridges.cache.glob(f"{'[0-9a-f]' * 16}.json")
    record.write_bytes(cache._sealed(content))
    assert rows(api.open(bridges.root)) == RIGHT


@pytest.mark.thorough
def test_whatever_happens_to_any_file_of_the_cache_the_next_command_answers_right(bridges: Bridges) -> None:
    print(corrupted(bridges, round(300 * SHARE), SEED + conftest.SEED))


# ---------------------------------------------------------------- kill -9


def killed(bridges: Bridges, number: int, seed: int) -> str:
    """Kill `number` commands at moments of building, answering and building again. Returns figures."""
    chance = random.Random(seed)
    cold = cold_build(bridges)
    warm = bridges.ask().seconds
    slowest, drafts = 0.0, 0
    ended: Counter[str] = Counter()
    for turn in range(number):
        state = ("cold", "warm", "damaged", "touched")[turn % 4]
        path = chance.choice([p for p in bridges.files() if p.suffix == ".sst"])
        if state == "cold":
            shutil.rmtree(bridges.cache)
        elif state == "damaged":
            overwritten_within(path, chance, path)
        elif state == "touched":
            touched(path, chance, path)
        moment = chance.uniform(0, cold if state in ("cold", "damaged") else warm)
        process = subprocess.Popen(
            [sys.executable, "-m", "zonegraph", *bridges.command("query", "crossings", "--format", "csv")],
            env=bridges.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment)
        process.kill()
        ended[f"{state}: {'killed' if process.wait() < 0 else 'was done'}"] += 1
        left = list(bridges.cache.glob(".draft-*"))
        drafts += bool(left)
        for draft in left:  # so that they are counted once; the program leaves them for a day
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink()
        answer = bridges.ask()
        assert (answer.code, answer.out) == (0, RIGHT), (state, moment, answer)
        assert answer.seconds < max(2 * cold, FLOOR), (state, moment, answer)
        bridges.require_sound()
        slowest = max(slowest, answer.seconds)
    assert sum(n for how, n in ended.items() if how.endswith("killed")) * 3 > number, ended
    return (
        f"{number} kills ({', '.join(f'{how} {n}' for how, n in sorted(ended.items()))}), a draft left behind by "
        f"{drafts}: all answered right; slowest answer {slowest:.2f} s, cold build {cold:.2f} s"
    )


def test_after_a_kill_at_any_moment_the_next_command_answers_right(bridges: Bridges) -> None:
    print(killed(bridges, 8, SEED))


@pytest.mark.thorough
def test_after_a_kill_at_any_of_many_moments_the_next_command_answers_right(bridges: Bridges) -> None:
    print(killed(bridges, round(200 * SHARE), SEED + conftest.SEED))


# A command that is killed at its n-th step in the cache: before it opens, moves, makes or deletes something there, or when
# half of a content is written. With n = 0 it prints the steps there are.
STEPS = """
import builtins, os, signal, sys
limit, cache = int(sys.argv[1]), sys.argv[2]
steps = []
def step(what):
    steps.append(what)
    if len(steps) == limit:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, arguments):
    if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.scandir", "shutil.rmtree"}:
        if any(isinstance(argument, str) and argument.startswith(cache) for argument in arguments):
            step(event)
real = builtins.open
class Slow:
    def __init__(self, file):
        self.file = file
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.file.close()
    def write(self, content):
        self.file.write(content[:len(content) // 2])
        self.file.flush()
        step("write")
        self.file.write(content[len(content) // 2:])
def slow(path, mode="r", *rest, **options):
    file = real(path, mode, *rest, **options)
    return Slow(file) if set(mode) & set("wxa") and str(path).startswith(cache) else file
from zonegraph.cli import main
builtins.open = slow
sys.addaudithook(hook)
code = main(sys.argv[3:])
print("steps", *steps, file=sys.stderr)
sys.exit(code)
"""


def prepared(bridges: Bridges, state: str) -> None:
    """Bring the cache into a state in which a command has something to write: `empty`, `touched` or `damaged`."""
    shutil.rmtree(bridges.cache, ignore_errors=True)
    if state != "empty":
        api.open(bridges.root)
        path = max((bridges.entry() / "store").glob("*.sst"))
        touched(path, random.Random(SEED), path) if state == "touched" else zeroed(path, random.Random(SEED), path)
    if state == "touched":  # the record of the source files is to be written too
        os.utime(bridges.root / "data" / "articles" / "guide.ttl", (1, 1))


def stepwise(bridges: Bridges, state: str, chosen: Callable[[list[str]], list[int]]) -> str:
    def at(limit: int) -> Answered:
        prepared(bridges, state)
        return bridges.run(
            [sys.executable, "-c", STEPS, str(limit), str(bridges.cache)], "query", "crossings", "--format", "csv"
        )

    whole = at(0)
    assert (whole.code, whole.out) == (0, RIGHT), whole
    steps = taken(whole)
    numbers = chosen(steps)
    killed = 0
    for number in numbers:
        ended = at(number)
        # A source file that is older by now is not looked at twice, so there may be fewer steps than at first.
        assert ended.code == -9 or len(taken(ended)) < number, (number, ended)
        killed += ended.code == -9
        answer = bridges.ask()
        assert (answer.code, answer.out) == (0, RIGHT), (state, number, steps, answer)
        assert "damaged" not in answer.err or state == "damaged", (state, number, steps, answer)
        bridges.require_sound()
    assert killed * 2 > len(numbers)
    return f"{state}: killed at {killed} of {len(steps)} steps in the cache: all answered right"


def taken(done: Answered) -> list[str]:
    return done.err.rpartition("steps ")[2].split()


def writing(steps: list[str]) -> list[int]:
    """The steps in the midst of writing, and those just after it, before the file is moved into its place."""
    halves = [number for number, step in enumerate(steps, 1) if step == "write"]
    assert halves
    return sorted({*halves, *(number + 1 for number in halves if number < len(steps))})


@pytest.mark.parametrize("state", ["empty", "touched"])
def test_a_kill_while_manifest_or_record_is_written_leaves_no_half_of_either(state: str, bridges: Bridges) -> None:
    def chosen(steps: list[str]) -> list[int]:
        assert steps.count("write") >= 2  # the manifest and the record
        return writing(steps)

    print(stepwise(bridges, state, chosen))


@pytest.mark.thorough
@pytest.mark.parametrize("state", ["empty", "touched", "damaged"])
def test_a_kill_at_any_step_in_the_cache_leaves_nothing_half_written(state: str, bridges: Bridges) -> None:
    print(stepwise(bridges, state, lambda steps: conftest.drawn(range(1, len(steps) + 1), 10)))


def test_what_killed_processes_left_goes_after_a_day(bridges: Bridges) -> None:
    api.open(bridges.root)
    for name in (".draft-0123", ".draft-4567"):
        (bridges.cache / name).write_bytes(b"half") if name.endswith("3") else (bridges.cache / name).mkdir()
        os.utime(bridges.cache / name, (time.time() - 90_000,) * 2)
    (bridges.cache / ".draft-89ab").write_bytes(b"of a process that still runs")
    cache._prune(str(bridges.cache))
    assert {path.name for path in bridges.cache.iterdir() if path.name.startswith(".")} == {".draft-89ab"}


# ---------------------------------------------------------------- several processes, a full disk


def test_several_processes_that_meet_a_damaged_entry_all_answer_right(bridges: Bridges) -> None:
    api.open(bridges.root)
    zeroed(max((bridges.entry() / "store").glob("*.sst")), random.Random(SEED), bridges.root)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "zonegraph", *bridges.command("query", "crossings", "--format", "csv")],
            env=bridges.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    outputs = [process.communicate(timeout=120) for process in running]
    assert [out.decode() for out, _ in outputs] == [RIGHT] * 6, outputs
    assert not [path for path in bridges.cache.iterdir() if path.name.startswith(".")]
    bridges.require_sound()


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from zonegraph.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("room", [0, 100, 1000, 3000, 20_000, 80_000])
def test_where_the_disk_is_full_nothing_half_written_is_kept(room: int, bridges: Bridges) -> None:
    """A limit of the size of a file stands for the full disk: writing fails at the same places."""
    answer = bridges.run([sys.executable, "-c", FULL, str(room)], "query", "crossings", "--format", "csv")
    assert (answer.code, answer.out) == (0, RIGHT), answer
    if room < 80_000:
        assert f"{bridges.cache}: the cache cannot be written (" in answer.err
        assert not [path for path in bridges.cache.iterdir() if not path.name.endswith(".json")]
    assert bridges.ask().out == RIGHT
    bridges.require_sound()


# ---------------------------------------------------------------- damage that the stats do not show


def rot(path: Path) -> None:
    """Change a file of an entry and let its record say that the stats are what they were, as rot of a disk would."""
    overwrite(path, 16, b"\x55" * 64)
    manifest = path.parent.parent / "manifest.json"
    known = json.loads(cache._unsealed(str(manifest)))
    known["files"][path.name][0] = cache._stats(str(path.parent))[path.name]
    manifest.write_bytes(cache._sealed(json.dumps(known).encode()))


def status(capsys: pytest.CaptureFixture[str], bridges: Bridges, *options: str) -> Answered:
    capsys.readouterr()
    code = cli.main(bridges.command("status", "--verify", *options))
    return Answered(code, *capsys.readouterr(), 0)


def test_verify_reads_every_file_and_says_how_much(bridges: Bridges, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # the first builds, since there is nothing to be verified yet
        answer = status(capsys, bridges)
        paths = [p for p in bridges.files() if p.name not in {"LOCK", "LOG"} and p.parent != bridges.cache]
        size = sum(path.stat().st_size for path in paths)
        assert answer.code == 0
        assert f"verified  {len(paths)} files, {size:,} bytes, all as recorded\n" in answer.out
    assert json.loads(status(capsys, bridges, "--format", "json").out)["verified"] == {
        "files": len(paths),
        "bytes": size,
        "differed": [],
    }


@pytest.mark.parametrize("format", ["text", "json"])
def test_verify_finds_rot_that_changed_no_stat_and_builds_once(
    format: str, bridges: Bridges, capsys: pytest.CaptureFixture[str], builds: list[str]
) -> None:
    api.open(bridges.root)
    path = max((bridges.entry() / "store").glob("*.sst"))
    rot(path)
    assert cache._checked(str(bridges.entry()))[1] == []  # the stats do not show it
    builds.clear()
    answer = status(capsys, bridges, "--format", format)
    assert (answer.code, builds) == (0, ["build"])
    assert f"zonegraph: the cached graph was damaged (not as recorded: store/{path.name})" in answer.err
    if format == "json":
        verified = json.loads(answer.out)["verified"]
        assert verified["differed"] == [f"store/{path.name}"]
        assert verified["files"] > 10
    else:
        assert f"after the graph was rebuilt; not as recorded: store/{path.name}\n" in answer.out
    bridges.require_sound()
    assert rows(api.open(bridges.root)) == RIGHT


def test_verify_finds_a_damaged_manifest(bridges: Bridges, capsys: pytest.CaptureFixture[str]) -> None:
    api.open(bridges.root)
    zeroed(bridges.entry() / "manifest.json", random.Random(SEED), bridges.root)
    assert "not as recorded: manifest.json\n" in status(capsys, bridges).out
    bridges.require_sound()


class Failing:
    """A store whose file is damaged where nothing has shown it so far."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def query(self, *_: object, **__: object) -> object:
        raise self.error

    def contains_named_graph(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize("error", [OSError("Corruption"), ValueError("not a term"), RuntimeError("Corruption")])
def test_damage_met_while_answering_is_mended_once_and_the_answer_is_given(
    error: Exception, bridges: Bridges, builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    opened: Any = build.open_dataset(sources.find(str(bridges.root)))
    builds.clear()
    capsys.readouterr()
    rot(max((bridges.entry() / "store").glob("*.sst")))
    opened.store.ox = Failing(error)
    assert crossings(opened) == RIGHT
    assert builds == ["build"]
    assert capsys.readouterr().err == "zonegraph: the cached graph was damaged; it has been rebuilt\n"
    bridges.require_sound()
    opened.store.ox = Failing(error)
    with pytest.raises(EngineError, match=r"the embedded store failed: .*\n  .*zonegraph status --clear-cache"):
        crossings(opened)
    assert builds == ["build"]


def test_a_failure_of_the_engine_on_a_sound_entry_costs_no_build(bridges: Bridges, builds: list[str]) -> None:
    """A stranger's query that makes the engine fail must not condemn a graph that is as it was recorded."""
    api.open(bridges.root)
    opened: Any = build.open_dataset(sources.find(str(bridges.root)))
    builds.clear()
    opened.store.ox = Failing(OSError("Too many open files"))
    with pytest.raises(EngineError, match="Too many open files"):
        crossings(opened)
    assert builds == []
    bridges.require_sound()


def test_an_entry_of_another_graph_or_a_link_to_one_is_not_answered_from(bridges: Bridges, builds: list[str]) -> None:
    api.open(bridges.root)
    entry = bridges.entry()
    manifest = json.loads(cache._unsealed(str(entry / "manifest.json")))
    (entry / "manifest.json").write_bytes(cache._sealed(json.dumps({**manifest, "key": "0" * 32}).encode()))
    builds.clear()
    assert rows(api.open(bridges.root)) == RIGHT
    elsewhere = entry.parent.parent / "elsewhere"
    entry.rename(elsewhere)
    entry.symlink_to(elsewhere)
    assert rows(api.open(bridges.root)) == RIGHT
    assert not bridges.entry().is_symlink()
    assert (elsewhere / "manifest.json").exists()


def test_a_graph_that_is_in_no_cache_is_not_built_again(bridges: Bridges, builds: list[str]) -> None:
    bridges.cache.write_bytes(b"no folder")
    shutil.rmtree(bridges.elsewhere)
    bridges.elsewhere.write_bytes(b"no folder")
    opened: Any = build.open_dataset(sources.find(str(bridges.root)))
    opened.store.ox = Failing(OSError("Corruption"))
    with pytest.raises(EngineError):
        crossings(opened)
    assert builds == ["build"]


# ---------------------------------------------------------------- a cache that cannot be written


@pytest.fixture
def unwritable(bridges: Bridges, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """What makes the cache's folder one that this process cannot write, whoever runs it: root writes everywhere."""

    def forbid() -> None:
        inside = str(bridges.cache)
        access, rename, unlink = os.access, os.rename, os.unlink

        def refused(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(path: Any, *rest: Any, **options: Any) -> Any:
                if str(path).startswith(inside) or options.get("dir_fd") is not None:
                    raise PermissionError(13, "Permission denied", str(path))
                return real(path, *rest, **options)

            return call

        def may(path: Any, mode: int, **options: Any) -> bool:
            return access(path, mode, **options) and not (mode & os.W_OK and str(path).startswith(inside))

        monkeypatch.setattr(os, "access", may)
        monkeypatch.setattr(os, "rename", refused(rename))
        monkeypatch.setattr(os, "unlink", refused(unlink))
        monkeypatch.setattr(os, "rmdir", refused(os.rmdir))
        monkeypatch.setattr(os, "replace", refused(os.replace))
        monkeypatch.setattr(os, "utime", refused(os.utime))

    yield forbid
    monkeypatch.undo()


def kept_elsewhere(bridges: Bridges) -> list[Path]:
    return [path for path in bridges.elsewhere.rglob("*") if cache._STORE.fullmatch(path.name)]


def test_a_complete_entry_that_cannot_be_written_is_used(
    bridges: Bridges, unwritable: Callable[[], None], builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    builds.clear()
    capsys.readouterr()
    unwritable()
    assert rows(api.open(bridges.root)) == RIGHT
    assert (builds, kept_elsewhere(bridges), capsys.readouterr().err) == ([], [], "")


def test_what_a_folder_that_cannot_be_written_lacks_is_built_once_and_kept_elsewhere(
    bridges: Bridges, unwritable: Callable[[], None], builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bridges.cache.mkdir()
    unwritable()
    for _ in range(2):
        capsys.readouterr()
        assert rows(api.open(bridges.root)) == RIGHT
        notices = capsys.readouterr().err
        assert f"{bridges.cache}: the cache cannot be written; the graph is kept in {bridges.elsewhere}" in notices
        assert notices.count("ZONEGRAPH_CACHE") == 1
    assert builds == ["build"]
    assert len(kept_elsewhere(bridges)) == 1


def test_a_damaged_entry_that_cannot_be_deleted_is_named_at_each_command_and_built_once(
    bridges: Bridges, unwritable: Callable[[], None], builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    zeroed(max((bridges.entry() / "store").glob("*.sst")), random.Random(SEED), bridges.root)
    builds.clear()
    unwritable()
    for turn in range(3):
        capsys.readouterr()
        assert rows(api.open(bridges.root)) == RIGHT
        notices = capsys.readouterr().err
        assert notices.count(f"{bridges.entry()}: the cached graph is damaged (not as recorded: store/") == 1
        assert notices.count("and cannot be deleted\n  delete that folder, or set ZONEGRAPH_CACHE") == 1
        assert ("the graph is kept in" in notices) == ("building" in notices) == (turn == 0)
    assert builds == ["build"]
    assert len(kept_elsewhere(bridges)) == 1
    with pytest.raises(EngineError, match="cannot be deleted"):
        build.verify(sources.find(str(bridges.root)))


def test_damage_met_while_answering_in_a_folder_that_cannot_be_written_is_answered_all_the_same(
    bridges: Bridges, unwritable: Callable[[], None], builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.open(bridges.root)
    opened: Any = build.open_dataset(sources.find(str(bridges.root)))
    builds.clear()
    rot(max((bridges.entry() / "store").glob("*.sst")))
    unwritable()
    capsys.readouterr()
    opened.store.ox = Failing(OSError("Corruption"))
    assert crossings(opened) == RIGHT
    assert builds == ["build"]
    assert "cannot be deleted" in capsys.readouterr().err


def test_a_damaged_entry_that_stays_in_a_folder_that_can_be_written_is_no_reason_to_build_each_time(
    bridges: Bridges, monkeypatch: pytest.MonkeyPatch, builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the entry is somebody else's, in a folder in which nobody may move what is another's."""
    api.open(bridges.root)
    rot(max((bridges.entry() / "store").glob("*.sst")))
    os.utime(max((bridges.entry() / "store").glob("*.sst")))
    builds.clear()
    monkeypatch.setattr(cache, "discard", lambda _: False)
    for turn in range(2):
        capsys.readouterr()
        assert rows(api.open(bridges.root)) == RIGHT
        notices = capsys.readouterr().err
        assert notices.count("and cannot be deleted\n  delete that folder") == 1
        assert ("(a damaged graph is in the way); the graph is kept in" in notices) == (turn == 0)
    assert builds == ["build"]
    assert not list(bridges.cache.glob(".draft-*"))


@pytest.fixture
def without_privileges() -> list[str]:
    """What stands before a command that may write only what its permissions allow; nothing, unless root runs it."""
    if os.name != "posix":
        pytest.skip("permissions are POSIX's")
    if os.geteuid() != 0:
        return []
    return [program("setpriv", "util-linux"), "--inh-caps=-all", "--bounding-set=-all"]


def test_a_folder_without_permission_to_write_is_read_and_left_as_it_is(
    bridges: Bridges, without_privileges: list[str]
) -> None:
    """The same as above, without any pretence."""
    asked = [*without_privileges, sys.executable, "-m", "zonegraph"], "query", "crossings", "--format", "csv"
    api.open(bridges.root)
    places = [bridges.cache, bridges.entry(), bridges.entry() / "store"]
    path = max((bridges.entry() / "store").glob("*.sst"))

    def locked(mode: int) -> None:
        for place in places:
            place.chmod(mode)

    locked(0o555)
    try:
        sound = bridges.run(*asked)
        assert (sound.code, sound.out) == (0, RIGHT), sound
        assert "building" not in sound.err
        assert "ZONEGRAPH_CACHE" not in sound.err
        assert kept_elsewhere(bridges) == []

        zeroed(path, random.Random(SEED), path)
        for turn in range(2):
            answer = bridges.run(*asked)
            assert (answer.code, answer.out) == (0, RIGHT), answer
            assert answer.err.count("is damaged (not as recorded: store/") == 1
            assert answer.err.count("and cannot be deleted") == 1
            assert ("building" in answer.err) == (turn == 0)
        assert path.exists()
        assert len(kept_elsewhere(bridges)) == 1
        verified = bridges.run(asked[0], "status", "--verify")
        assert verified.code == 3
        assert "and cannot be deleted\n  delete that folder" in verified.err
    finally:
        locked(0o755)
