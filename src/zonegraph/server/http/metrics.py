"""`/health` and `/metrics`: whether the server can answer, and what has happened, as Prometheus reads it."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse

from zonegraph.server.http.around import BUCKETS
from zonegraph.server.http.streaming import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from zonegraph.server.serving import Serving

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STORED = {"Cache-Control": "no-store"}


async def health(request: Request) -> Response:
    """Say whether there is a worker that can answer, or is answering."""
    note(request.scope, route="/health")
    serving: Serving = request.app.state.serving
    current = serving.current
    states = [pool.state() for pool in (current.strangers, current.questions) if pool is not None]
    well = all(state["idle"] + state["busy"] for state in states)
    return JSONResponse({"status": "ok" if well else "no worker"}, 200 if well else 503, _STORED)


async def metrics(request: Request) -> Response:
    """Show the counts."""
    note(request.scope, route="/metrics")
    serving: Serving = request.app.state.serving
    current = serving.current
    states = {pool.name: pool.state() for pool in (current.strangers, current.questions) if pool is not None}
    lines = _lines(serving.counts, states, current.served.digest)
    return PlainTextResponse("\n".join([*lines, ""]), headers={**_STORED, "Content-Type": _TYPE})


def _lines(counts: Counter[tuple[str, ...]], states: Mapping[str, Mapping[str, int]], digest: str) -> Iterator[str]:
    yield from _head("requests_total", "counter", "Requests by method, resource and status; status 0 had no answer.")
    for (method, route, status), number in _of(counts, "http", 3):
        yield f'zonegraph_requests_total{{method="{method}",resource="{route}",status="{status}"}} {number}'
    yield from _head("request_seconds", "histogram", "Seconds from a request to the end of its answer.")
    for (route,), microseconds in _of(counts, "microseconds", 1):
        so_far = 0
        for bucket in (*map(str, BUCKETS), "+Inf"):
            so_far += counts["seconds", route, bucket]
            yield f'zonegraph_request_seconds_bucket{{resource="{route}",le="{bucket}"}} {so_far}'
        yield f'zonegraph_request_seconds_sum{{resource="{route}"}} {microseconds / 1e6:.6f}'
        yield f'zonegraph_request_seconds_count{{resource="{route}"}} {so_far}'
    yield from _head("events_total", "counter", "What became of questions, and of the workers that answer them.")
    for pool in states:
        for (event,), number in _of(counts, pool, 1):
            yield f'zonegraph_events_total{{pool="{pool}",event="{event}"}} {number}'
    yield from _head(
        "workers", "gauge", "Workers that are busy, workers that are idle, and questions that wait for one."
    )
    for pool, state in states.items():
        for name, number in state.items():
            yield f'zonegraph_workers{{pool="{pool}",state="{name}"}} {number}'
    yield from _head(
        "reloads_total", "counter", "Graphs that were built because files had changed, and failures to build one."
    )
    for outcome in ("done", "failed"):
        yield f'zonegraph_reloads_total{{outcome="{outcome}"}} {counts["reload", outcome]}'
    yield from _head("graph_info", "gauge", "The graph that is served.")
    yield f'zonegraph_graph_info{{digest="{digest}"}} 1'


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP zonegraph_{name} {meaning}"
    yield f"# TYPE zonegraph_{name} {kind}"


def _of(counts: Counter[tuple[str, ...]], first: str, others: int) -> list[tuple[tuple[str, ...], int]]:
    return sorted((key[1:], n) for key, n in counts.items() if key[0] == first and len(key) == others + 1)
