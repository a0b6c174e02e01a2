"""The errors a user can meet. Each carries one message that says what is wrong, where, and what to do."""

from __future__ import annotations

import sys

from zonegraph import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class ZonegraphError(Exception):
    """Base of all errors that end in a message instead of a traceback; `exit_code` is the process's exit code."""

    exit_code = 3

    def __str__(self) -> str:
        """Return the message as people see it, in a traceback of their own too."""
        return terminal.message(super().__str__())


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


def alike(name: str, known: Iterable[str], cutoff: float) -> list[str]:
    """Return the known names most like a mistyped one, the most alike first: the best, and those hardly less like it.

    Parameters: `cutoff` as for `nearest`. Returns an empty list if none is like it.
    """
    import difflib

    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(name)
    found = []
    for other in known:
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff and matcher.ratio() >= cutoff:
            found.append((-matcher.ratio(), other))
    found.sort()
    return [other for ratio, other in found if ratio <= found[0][0] + _HARDLY]


_HARDLY = 0.06  # by how much less like a name may be and still be meant


def say(message: str) -> None:
    """Print a notice that is no error to standard error."""
    print(f"zonegraph: {terminal.message(message)}", file=sys.stderr)
