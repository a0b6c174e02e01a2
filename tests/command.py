"""The command as tests call it: in this process, in a process of its own, and on a terminal.

A process takes a tenth of a second before it does anything, so the tests call the command in the one they run in, unless a
process is what they test: start and end, signals, deadlines, pipes, imports. `test_command_line.py` holds the two against each
other.
"""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from zonegraph import vocabulary as v
from zonegraph.cli import main

ROOT = Path(__file__).resolve().parent.parent

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


def here(*arguments: str, cwd: Path = ROOT, stdin: str | None = None, **environment: str) -> Done:
    """Run the command in this process.

    Parameters: `arguments`, without the program's name; `stdin`, what it reads; `environment`, variables that are set while it
    runs. Returns its exit code and what it wrote, as `subprocess.run` does.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with _surroundings(io.TextIOWrapper(io.BytesIO((stdin or "").encode()), "utf-8"), out, err, cwd, environment):
        code = _called(arguments)
    return subprocess.CompletedProcess(arguments, code, _written(out), _written(err))


def process(*arguments: str, cwd: Path = ROOT, stdin: str | None = None, **environment: str) -> Done:
    """Run the command in a process of its own; see `here`."""
    return subprocess.run(
        [sys.executable, "-m", "zonegraph", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def on_a_terminal(
    columns: int, *arguments: str, cwd: Path = ROOT, own_process: bool = False, **environment: str
) -> tuple[int, str]:
    """Run the command with both its outputs on one terminal of so many columns. Returns its exit code and what is seen there.

    Parameters: `own_process`, whether in a process of its own; the others as for `here`.
    """
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    seen: list[bytes] = []

    def watch() -> None:
        try:
            while chunk := os.read(master, 65536):
                seen.append(chunk)
        except OSError:  # the other end is closed
            pass

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        if own_process:
            code = subprocess.run(
                [sys.executable, "-m", "zonegraph", *arguments],
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=slave,
                stderr=slave,
                timeout=120,
            ).returncode
        else:
            with (
                open(os.dup(slave), "w", encoding="utf-8") as out,
                open(os.dup(slave), "w", encoding="utf-8", errors="backslashreplace", buffering=1) as err,
                _surroundings(io.TextIOWrapper(io.BytesIO(), "utf-8"), out, err, cwd, environment),
            ):
                code = _called(arguments)
    finally:
        os.close(slave)
        watching.join()
        os.close(master)
    return code, b"".join(seen).decode()


@contextmanager
def _surroundings(stdin: TextIO, out: TextIO, err: TextIO, cwd: Path, environment: dict[str, str]) -> Iterator[None]:
    """Give this process other streams, another folder and other variables for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in (("stdin", stdin), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        patch.chdir(cwd)
        for name, value in environment.items():
            patch.setenv(name, value)
        with no_prefixes_of_projects():
            yield


@contextmanager
def no_prefixes_of_projects() -> Iterator[None]:
    """Forget for a while the prefixes of projects that this process has opened, as a process of its own knows none."""
    before = [(kept, dict(kept)) for kept in (v.PREFIXES, v.OWN)]
    for kept, alone in ((v.PREFIXES, v.STANDARD), (v.OWN, {})):
        kept.clear()
        kept.update(alone)
    try:
        yield
    finally:
        for kept, known in before:
            kept.clear()
            kept.update(known)


def _called(arguments: tuple[str, ...]) -> int:
    try:
        return main(arguments)
    except SystemExit as end:  # what --help and --version do
        return int(end.code or 0)


def _written(stream: io.TextIOWrapper) -> str:
    """What was written to a stream, each end of a line a line feed, as `subprocess.run` returns it."""
    stream.flush()
    stream.buffer.seek(0)
    return io.TextIOWrapper(stream.buffer, "utf-8").read()
