"""A worker that says what it holds: its modules, its environment."""

from __future__ import annotations

import os
import sys

from zonegraph.errors import UsageError
from zonegraph.server.workers import program
from zonegraph.store import guard

MODULES = " ".join(sys.modules)


def _tell(text: str, name: str = "query") -> object:
    raise UsageError(MODULES if text == "modules" else str(dict(os.environ)))


def serve() -> None:
    guard.judge = _tell  # type: ignore[assignment]
    program.serve()
