"""The errors a user can meet. Each carries one message that says what is wrong, where, and what to do."""


class ZonegraphError(Exception):
    """Base of all errors that end in a message instead of a traceback; `exit_code` is the process's exit code."""

    exit_code = 3


class UsageError(ZonegraphError):
    """Wrong usage or unreadable input, a syntax error included (exit code 2)."""

    exit_code = 2


class EngineError(ZonegraphError):
    """An engine or endpoint failed, or a time-out passed (exit code 3)."""

    exit_code = 3
