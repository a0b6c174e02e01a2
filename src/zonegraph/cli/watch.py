"""What may end a command before it is done: its deadline, an interrupt, its use of memory.

An engine that works in native code hears neither a signal nor a clock, so a thread of its own listens for them, and ends the
process: at once, with one message, and with nothing half written left behind.
"""

from __future__ import annotations

# All of them now: while a query is evaluated the process can open no file, and so import nothing.
import contextlib
import os
import select
import signal
import sys
import threading
import time

from zonegraph import writing
from zonegraph.store import embedded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_EVERY = 0.02  # seconds between two looks at the memory
_STARVED = 0.8  # seconds after its deadline at which a command is ended without a word, if nothing else could


def start(seconds: float | None, memory: int | None) -> None:
    """Watch over this process from now on, and let the engine open no file; see `zonegraph.store.embedded.seal`.

    Parameters: `seconds` that the command may take, None for any number; `memory`, the most bytes that it may have in
    main memory, None for any number. Must be called in the main thread.
    """
    limits = embedded.seal()
    ends = None if seconds is None else time.monotonic() + seconds
    resident = _resident() if memory is not None else None
    interrupts = _interrupts()

    def watch() -> None:
        while True:
            wait = None if ends is None else max(ends - time.monotonic(), 0)
            if memory is not None:
                wait = _EVERY if wait is None else min(wait, _EVERY)
            if _interrupted(interrupts, wait):
                end("interrupted", 130, limits)
            if ends is not None and time.monotonic() >= ends:
                end(
                    f"not done within {seconds:g} s\n"
                    "  allow more with --timeout, or ask for less (fewer patterns, a LIMIT in the query)",
                    3,
                    limits,
                )
            if resident is not None and memory is not None and resident() > memory:
                end(
                    f"more than {memory / 1e9:g} GB of memory are in use\n  allow more with --memory, or ask for less at once",
                    3,
                    limits,
                )

    if seconds is not None and hasattr(signal, "setitimer"):
        # Oxigraph holds the interpreter's lock while it parses, so that no other thread runs. Should that take long, the
        # system ends the process.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds + _STARVED)
    if interrupts is not None or ends is not None or resident is not None:
        threading.Thread(target=watch, daemon=True).start()


def end(message: str, code: int, limits: tuple[int, int] | None) -> NoReturn:
    """End the process with a message, whatever it is doing. What it was writing to a file or to the cache is taken away.

    Parameters: `limits`, on open files, as they were before any query.
    """
    if writing.DRAFTS:
        embedded.unseal(limits)
        # Whatever fails here, the process must end; what is left is of a name that the next one clears away.
        with contextlib.suppress(Exception):
            writing.discard_drafts()
    # Not through sys.stderr: the thread that is stopped here may hold its lock.
    os.write(2, f"zonegraph: {message}\n".encode())
    os._exit(code)


def _interrupts() -> int | None:
    """Let ^C write into a pipe instead of raising KeyboardInterrupt. Returns the pipe's reading end; None where there is no
    such way, or interrupts are ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return None
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return None
    reading, writing_end = os.pipe()
    os.set_blocking(writing_end, False)
    signal.set_wakeup_fd(writing_end, warn_on_full_buffer=False)  # first, so that no interrupt is lost between the two
    signal.signal(signal.SIGINT, lambda *_: None)
    return reading


def _interrupted(pipe: int | None, seconds: float | None) -> bool:
    """Wait for an interrupt. Returns whether one came in time."""
    if pipe is None:
        time.sleep(_EVERY if seconds is None else seconds)
        return False
    ready, _, _ = select.select([pipe], [], [], seconds)
    return bool(ready) and signal.SIGINT in os.read(pipe, 64)


def _resident() -> Callable[[], int] | None:
    """Return a function that returns the bytes that this process has in main memory; None where nobody can tell."""
    try:
        # Opened here for good: while a query is evaluated the process may open nothing.
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        page = os.sysconf("SC_PAGE_SIZE")
        return lambda: int(os.pread(statm, 100, 0).split()[1]) * page
    except (OSError, ValueError, AttributeError):
        pass
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
