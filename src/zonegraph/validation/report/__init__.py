"""How a report is shown: a module for each format, which is imported when a report is written in it."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from zonegraph.validation.findings import Report


def _writer(module: str) -> Callable[[Report], str]:
    def write(report: Report) -> str:
        wanted = importlib.import_module(f"{__name__}.{module}")
        return wanted.write(report)  # type: ignore[no-any-return]

    return write


# What writes a report in the format of that name.
FORMATS = {
    "text": _writer("text"),
    "json": _writer("json"),
    "sarif": _writer("sarif"),
    "turtle": _writer("shacl"),
    "junit": _writer("junit"),
    "html": _writer("html"),
}
