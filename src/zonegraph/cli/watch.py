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

from zonegraph.errors import UsageError
from zonegraph.project import writing
from zonegraph.store import embedded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from zonegraph.deadline import Deadline

_EVERY = 0.02  # seconds between two looks at the memory
_GRACE = 0.2  # seconds after its deadline at which a command is ended, so that who knows what was late can say so
_NUDGE = 0.1  # seconds between two alarms
_ENDINGS = {"SIGINT": ("interrupted", 130), "SIGTERM": ("terminated", 143), "SIGHUP": ("hung up", 129)}


def start(deadline: Deadline, memory: int | None) -> None:
    """Watch over this process from now on, and let the engine open no file; see `zonegraph.store.embedded.seal`.

    Parameters: `deadline`, by which the command must be done; `memory`, the most bytes that it may have in main memory, None
    for any number. Must be called in the main thread. Raises UsageError if nobody can tell how much memory is in use.
    """
    seconds = deadline.seconds
    ends = None if seconds is None else time.monotonic() + seconds + _GRACE
    resident = None if memory is None else _resident()
    limits = embedded.seal()
    signals = _signals()

    def watch() -> None:
        while True:
            wait = None if ends is None else max(ends - time.monotonic(), 0)
            if resident is not None:
                wait = _EVERY if wait is None else min(wait, _EVERY)
            for message, code in _received(signals, wait):
                end(message, code, limits)
            if ends is not None and time.monotonic() >= ends:
                end(
                    f"not done within {seconds:g} s\n"
                    "  allow more time with --timeout, or ask for less (fewer patterns, a LIMIT in the query)",
                    3,
                    limits,
                )
            if resident is not None and memory is not None and resident() > memory:
                end(
                    f"more than {memory / 1e6:,.0f} MB of memory in use\n  allow more with --memory, or ask for less at once",
                    3,
                    limits,
                )

    if hasattr(signal, "setitimer") and (ends is not None or resident is not None):
        # A regular expression holds the interpreter's lock for as long as it takes, but heeds signals, and lets go of the lock
        # for their handlers.
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(
            signal.ITIMER_REAL, _NUDGE if ends is None or resident is not None else (seconds or 0) + _GRACE, _NUDGE
        )
    threading.Thread(target=watch, daemon=True).start()


def end(message: str, code: int, limits: tuple[int, int] | None) -> NoReturn:
    """End the process with a message, whatever it is doing. What it was writing to a file or to the cache is taken away.

    Parameters: `limits`, on open files, as they were before any query.
    """
    if writing.DRAFTS:
        embedded.unseal(limits)
        # Whatever fails here, the process must end; what is left in the cache is of a name that the next one clears away.
        with contextlib.suppress(Exception):
            writing.discard_drafts()
    # Not through sys.stderr: the thread that is stopped here may hold its lock.
    os.write(2, f"zonegraph: {message}\n".encode())
    os._exit(code)


def _signals() -> int | None:
    """Let ^C and the signals that end a process write into a pipe instead. Returns the pipe's reading end.

    Returns None where there is no such way. A signal that is ignored stays so.
    """
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return None
    reading, writing_end = os.pipe()
    os.set_blocking(writing_end, False)
    signal.set_wakeup_fd(writing_end, warn_on_full_buffer=False)  # first, so that no signal is lost between the two
    for name in _ENDINGS:
        number = getattr(signal, name)
        if signal.getsignal(number) is not signal.SIG_IGN:
            # The thread that ends the process needs the interpreter's lock, which a regular expression lets go of for nobody else;
            # here it is let go of until the process has ended.
            signal.signal(number, lambda *_: time.sleep(60))
    return reading


def _received(pipe: int | None, seconds: float | None) -> list[tuple[str, int]]:
    """Wait for a signal, but no longer than some seconds. Returns how the process must end for those that came."""
    if pipe is None:
        time.sleep(_EVERY if seconds is None else seconds)
        return []
    ready, _, _ = select.select([pipe], [], [], seconds)
    numbers = os.read(pipe, 64) if ready else b""
    return [ending for name, ending in _ENDINGS.items() if getattr(signal, name) in numbers]


def _resident() -> Callable[[], int]:
    """Return a function that returns the bytes that this process has in main memory."""
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
        raise UsageError("--memory: this system does not report memory use", "leave it out") from None
    unit = 1 if sys.platform == "darwin" else 1024
    return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
