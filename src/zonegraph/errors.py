"""The errors a user can meet. Each carries one message that says what is wrong, where, and what to do."""

from __future__ import annotations

import sys

from zonegraph import terminal


class ZonegraphError(Exception):
    """Base of all errors that end in a message instead of a traceback.

    `problem` says what is wrong and where, `remedy` what to do about it, empty where nobody can know; `exit_code` is the
    process's exit code.
    """

    exit_code = 3

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy

    def __str__(self) -> str:
        """Return the message as people see it, in a traceback of their own too: the remedy on a line of its own."""
        return terminal.message(f"{self.problem}\n  {self.remedy}" if self.remedy else self.problem)


class UsageError(ZonegraphError):
    """Wrong usage or unreadable input, a syntax error included (exit code 2)."""

    exit_code = 2


class EngineError(ZonegraphError):
    """An engine or endpoint failed, or a time-out passed (exit code 3)."""

    exit_code = 3


def say(message: str) -> None:
    """Print a notice that is not an error to standard error."""
    print(f"zonegraph: {terminal.message(message)}", file=sys.stderr)
