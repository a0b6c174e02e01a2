"""The time that something may take, counted from when it was asked for."""

from __future__ import annotations

import math
import time

from zonegraph.errors import EngineError, UsageError


class Deadline:
    """A point in time by which all that was asked for must be done; every step of it counts against the same one."""

    def __init__(self, seconds: float | None = None) -> None:
        """Start the clock. Parameters: `seconds` from now, None for as long as it takes. Raises UsageError for no such number."""
        if seconds is not None and not (isinstance(seconds, (int, float)) and 0 < seconds < math.inf):
            raise UsageError(f"timeout={seconds!r}: not a number of seconds above 0\n  leave it out to wait for ever")
        self.seconds = seconds
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Return how many seconds are left, None for any number. Raises EngineError if none is."""
        if self._ends is None:
            return None
        left = self._ends - time.monotonic()
        if left <= 0:
            raise EngineError(self.message())
        return left

    def message(self) -> str:
        """Return what to say of something that was not done in time."""
        return (
            f"not done within {self.seconds:g} s\n"
            "  allow more time, or ask for less (fewer patterns, a LIMIT in the query)"
        )
