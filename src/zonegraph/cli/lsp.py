"""`zonegraph lsp`: a language server for editors, over standard input and output."""

from __future__ import annotations

import gc
import os
import sys

from zonegraph.errors import UsageError
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
    try:
        from zonegraph.editor import server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError(
            f"lsp: needs the package {error.name}, which is not installed",
            "install it with: pip install 'zonegraph[editor]'",
        ) from None
    if options.project is not None:
        sources.find(options.project)  # a wrong name is told at once, not in the editor
    server.quiet()
    articles = texts.directory_of(options.articles)
    # A command lets circles lie until it ends; here they would pile up with every text that is judged.
    gc.freeze()
    gc.set_threshold(10_000)
    # Nothing but the protocol may reach standard output, whoever prints.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as protocol:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return server.Server(options.project, articles).serve(sys.stdin.buffer, protocol)
