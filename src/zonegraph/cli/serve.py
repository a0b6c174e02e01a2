"""`zonegraph serve`: answer over HTTP: SPARQL, saved queries, what is known of a thing, validation."""

from __future__ import annotations

from zonegraph import terminal
from zonegraph.cli import common
from zonegraph.cli.common import positive, seconds, size
from zonegraph.errors import UsageError, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def arguments(sub: argparse.ArgumentParser) -> None:
    """Declare what can be typed after the command's name."""
    where = sub.add_argument_group("where and for whom")
    where.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen on this address (default: %(default)s)"
    )
    where.add_argument(
        "--port",
        type=_port,
        default=8000,
        metavar="N",
        help="listen on this port, 0 for any free one (default: %(default)s)",
    )
    where.add_argument(
        "--public-url",
        metavar="URL",
        help="the address by which clients know the server, without a path (default: the one they call)",
    )
    where.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also answer requests to this name, besides --host and loopback; repeat for several",
    )
    where.add_argument(
        "--allowed-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin alone read answers in a browser (default: all pages); repeat for several",
    )
    where.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="trust this proxy's word on who the client is (X-Forwarded-For, X-Forwarded-Proto); repeat for several",
    )
    limits = sub.add_argument_group("limits of a request")
    limits.add_argument(
        "--timeout",
        type=seconds,
        metavar="S",
        help="stop a query after S seconds, planning and sending included (default: 30)",
    )
    limits.add_argument(
        "--memory",
        type=size,
        metavar="SIZE",
        help="the address space of a process that evaluates queries, at least 700M (default: 1 GiB)",
    )
    limits.add_argument(
        "--rows", type=positive, metavar="N", help="the most rows or triples of an answer (default: 1000000)"
    )
    limits.add_argument("--bytes", type=size, metavar="SIZE", help="the most bytes of an answer (default: 100M)")
    limits.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="queries evaluated at once (default: one less than there are processors)",
    )
    limits.add_argument(
        "--queue", type=positive, metavar="N", help="requests that may wait for their turn (default: 128)"
    )
    limits.add_argument(
        "--share",
        type=positive,
        metavar="N",
        help="requests of one client that may wait or be answered at once (default: 64)",
    )
    limits.add_argument(
        "--in-memory",
        type=size,
        metavar="SIZE",
        help="hold the graph in memory for saved queries if it takes no more than SIZE on disk (default: 200M)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal; see `zonegraph serve --help`. Returns the exit code."""
    common.require_extra("serve", "server", "starlette", "uvicorn")
    import asyncio

    common.collect_circles()
    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    import signal
    import tempfile

    from zonegraph.server import limits, opening
    from zonegraph.server.http import around, running
    from zonegraph.server.http.app import application
    from zonegraph.server.serving import Serving

    bounds = limits.chosen({name: getattr(options, name, None) for name in limits.Limits._fields})
    public = _public(options.public_url)
    doors = around.doors(
        options.host, [*options.allowed_host, *([] if public is None else [_host(public)])], options.allowed_origin
    )
    with (
        running.listen(options.host, options.port) as listening,
        tempfile.TemporaryDirectory(prefix="zonegraph-") as private,
    ):
        served = await opening.opened(options.project, private)
        serving = Serving(served, bounds, around.log)
        await serving.open()
        host, port = listening.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        app = application(serving, doors, public=public, reload=private)
        stopped_by = await running.run(
            app,
            listening,
            grace=bounds.timeout,
            proxies=options.trusted_proxy,
            started=lambda _: say(
                f"{public or address}/sparql answers queries; {address}/health says whether all is well"
            ),
        )
    return 130 if stopped_by == signal.SIGINT else 0


def _public(url: str | None) -> str | None:
    """Return the address by which clients know the server. Raises UsageError for what is no such address."""
    import re

    if url is None:
        return None
    if not re.fullmatch(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d+)?/?", url):
        raise UsageError(
            f"--public-url {terminal.line(url)}: not an address of a server", "write it like https://example.org"
        )
    return url.rstrip("/")


def _host(url: str) -> str:
    import re

    return re.sub(r":\d+$", "", url.partition("://")[2])


def _port(text: str) -> int:
    import argparse

    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)
