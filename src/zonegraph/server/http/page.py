"""Plain HTML pages: no script, one small stylesheet whose digest is all that the policy of a page lets in."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.responses import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}"
    "code{font-size:.9em}h1,h2,h3{line-height:1.2}a{color:#0645ad}.also{color:#555}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}a{color:#8ab4f8}.also{color:#aaa}th,td{border-color:#444}}"
)
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def html(title: str, body: str, headers: Mapping[str, str]) -> Response:
    """Return a page. Parameters: `title`, as text; `body`, as HTML."""
    content = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )
    return Response(
        content, headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY, **headers}
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. Parameters: `heads`, as text; `rows`, of cells as HTML."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table>"


def link(address: str, text: str) -> str:
    """Return a link; what is no address of the web becomes plain text."""
    if not address.startswith(("https://", "http://", "/", "#")):
        return escape(text)
    return f'<a href="{escape(address)}">{escape(text)}</a>'
