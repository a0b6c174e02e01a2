"""Which processes there are, for tests of what must not be left running."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the system does not list its processes in /proc"
)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _stat(int(p.name))[1:] == [str(pid)]]


def running(pid: int) -> bool:
    return bool(_stat(pid))


def ended(pid: int, within: float = 10) -> bool:
    """Whether a process ends within some seconds."""
    by = time.monotonic() + within
    while running(pid):
        if time.monotonic() > by:
            return False
        time.sleep(0.02)
    return True


def _stat(pid: int) -> list[str]:
    """The state and the parent of a process that has not ended; what is dead and not reaped yet has."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] in "ZX" else fields[:2]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a script that imports the program as these tests do."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **changes}
