"""The time that something may take, counted from when it was asked for."""

from __future__ import annotations

import time
from numbers import Real

from zonegraph.errors import EngineError, UsageError

LONGEST = 1e7  # seconds, about four months; the system can count no longer than some years


class Deadline:
    """A point in time by which all that was asked for must be done; every step of it counts against the same one."""

    def __init__(self, seconds: float | None = None) -> None:
        """Start the clock.

        Parameters: `seconds` from now, None for as long as it takes. Raises UsageError for what is not a number between 0 and LONGEST.
        """
        # True is a number to Python, and to nobody else; what is not a number, such as NaN, lies between no bounds.
        number = isinstance(seconds, Real) and not isinstance(seconds, bool)
        if seconds is not None and not (number and 0 < seconds < LONGEST):
            raise UsageError(
                f"timeout={seconds!r}: not a number of seconds between 0 and {LONGEST:,.0f}",
                "leave it out to wait for as long as it takes",
            )
        self.seconds = None if seconds is None else float(seconds)
        self._ends = None if self.seconds is None else time.monotonic() + self.seconds

    def left(self) -> float | None:
        """Return how many seconds are left, None for any number. Raises EngineError if none is."""
        if self._ends is None:
            return None
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> EngineError:
        """Return the error for something that was not done in time."""
        return EngineError(
            f"not done within {self.seconds:g} s",
            "allow more time, or ask for less (fewer patterns, a LIMIT in the query)",
        )
