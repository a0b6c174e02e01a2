"""`zonegraph export`: the graph in other tools' formats."""

from __future__ import annotations

import os
import sys

from zonegraph import build, export, sources
from zonegraph.cli import say
from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Write the graph; see `zonegraph export --help`. Returns the exit code."""
    project = sources.find(options.project)
    output = options.output
    format = options.format or _format_of(output)
    if output and (output.endswith(os.sep) or os.path.isdir(output)):
        paths = export.export_folder(project, format, options.graphs, output)
        say([f"wrote {len(paths)} files to {output}"])
        return 0
    content = export.export(project, format, options.graphs)
    if output:
        build.write_atomically(output, content)
        say([f"wrote {output}"])
    else:
        sys.stdout.buffer.write(content)
    return 0


def _format_of(output: str | None) -> str:
    extension = os.path.splitext(output or "")[1]
    if not extension:
        return "turtle"
    for format, (_, own) in export.FORMATS.items():
        if extension == own:
            return format
    known = ", ".join(own for _, own in export.FORMATS.values())
    raise UsageError(
        f"{output}: the extension {extension} tells no format\n  name one with --format, or use one of {known}"
    )
