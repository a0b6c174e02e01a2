"""`zonegraph lsp`: a language server for editors, over standard input and output."""

from __future__ import annotations

import os
import sys

from zonegraph.cli import common
from zonegraph.project import sources, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    sub.add_argument(
        "--stdio",
        action="store_true",
        help="speak over standard input and output, as it does anyway; many editors pass this",
    )


def run(options: argparse.Namespace) -> int:
    """Serve an editor until it says that it is done; see `zonegraph lsp --help`. Returns the exit code."""
    common.require_extra("lsp", "editor", "pygls", "lsprotocol")
    from zonegraph.editor import server

    if options.project is not None:
        sources.find(options.project)  # a wrong name is told at once, not in the editor
    server.quiet()
    articles = texts.directory_of(options.articles)
    common.collect_circles()
    # Nothing but the protocol may reach standard output, whoever prints.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as protocol:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return server.Server(options.project, articles).serve(sys.stdin.buffer, protocol)
