"""Patterns that are compiled when they are first used: many stand ready for what most runs never meet."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Uncompiled:
    """A pattern, and its flags, that becomes compiled with the first attribute asked of it."""

    def __init__(self, pattern: str, flags: re.RegexFlag | int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:  # asked only for what is not there yet
        pattern, flags = self._given
        found = getattr(re.compile(pattern, flags), name)
        setattr(self, name, found)
        return found


def when_used(text: str, flags: re.RegexFlag | int = 0) -> re.Pattern[str]:
    """Return a pattern as `re.compile` does, compiled when it is first used; one that is wrong raises only then."""
    return _Uncompiled(text, flags)  # type: ignore[return-value]
