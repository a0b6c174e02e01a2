"""The application: which resource answers at which address, what starts before the first request and ends after the last."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from zonegraph.server import reloading
from zonegraph.server.days import Days
from zonegraph.server.http import feeds, graph_store, metrics, openapi, saved, sparql, things, validate
from zonegraph.server.http.around import METHODS, guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from zonegraph.server.http.around import Doors
    from zonegraph.server.serving import Serving

_ROUTES = (
    Route(sparql.PATH, sparql.sparql, methods=["GET", "POST"]),
    Route(graph_store.PATH, graph_store.graphs),
    Route(graph_store.PATH + "/{name:path}", graph_store.graphs),
    Route(saved.PATH, saved.listed),
    Route(saved.PATH + "/{name}", saved.answered),
    Route(feeds.PATH + "/{name}", feeds.feed),
    Route(openapi.PATH, openapi.description),
    Route(openapi.PAGE, openapi.documentation),
    Route(validate.PATH, validate.validated, methods=METHODS),
    Route("/health", metrics.health),
    Route("/metrics", metrics.metrics),
    Route("/{path:path}", things.thing),  # whatever else there is
)


def application(serving: Serving, doors: Doors, *, public: str | None = None, reload: str | None = None) -> ASGIApp:
    """Return the application that serves a graph.

    Parameters: `serving`, what is served, open; the application closes it at its end; `doors`, who may ask; `public`,
    the address under which the server is known, without a path, None for the one by which it is called; `reload`, a
    folder for graphs that cannot be cached, with which the project is watched and served anew when its files change;
    None for not.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = None if reload is None else asyncio.create_task(reloading.watch(serving, reload))
        with tempfile.TemporaryDirectory(prefix="zonegraph-") as private:
            app.state.days = days = Days(serving, private)
            try:
                yield
            finally:
                if watching is not None:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)
                await days.close()
                await serving.close()

    app = Starlette(routes=_ROUTES, lifespan=lifespan, exception_handlers={HTTPException: _refused})
    app.router.redirect_slashes = False
    app.state.serving = serving
    app.state.public = public
    app.state.waiting_for_days = 0
    app.state.judging = validate.Judging()
    return guarded(app, doors, serving.counts)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an address that there is not, a method that a resource does not have."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted({*headers["Allow"].split(", "), "OPTIONS"}))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        method = request.method if request.method.isalpha() else "this method"
        reason = f"{method} is not for this resource; there are {headers['Allow']}"
    else:
        reason = "there is nothing at this address" if error.status_code == 404 else error.detail
    return PlainTextResponse(f"{reason}\n", error.status_code, headers)
