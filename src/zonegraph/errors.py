"""The errors a user can meet. Each carries one message that says what is wrong, where, and what to do."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class ZonegraphError(Exception):
    """Base of all errors that end in a message instead of a traceback; `exit_code` is the process's exit code."""

    exit_code = 3


class UsageError(ZonegraphError):
    """Wrong usage or unreadable input, a syntax error included (exit code 2)."""

    exit_code = 2


class EngineError(ZonegraphError):
    """An engine or endpoint failed, or a time-out passed (exit code 3)."""

    exit_code = 3


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the known name most like a mistyped one; empty if none is like it.

    Parameters: `cutoff`, from 0 (anything) to 1 (the same).
    """
    import difflib  # only a mistake pays for it

    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), "")


def say(message: str) -> None:
    """Print a notice that is no error to standard error."""
    print(f"zonegraph: {message}", file=sys.stderr)
