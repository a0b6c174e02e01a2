"""A report as one page of HTML that loads nothing, needs no script, and follows the reader's choice of light or dark."""

from __future__ import annotations

import html
from collections.abc import Iterator

from zonegraph import terminal
from zonegraph.validation.findings import Finding, Report, by_gravity
from zonegraph.validation.report import excerpt, words

_STYLE = """
:root { color-scheme: light dark; --red: #b3261e; --yellow: #8a5a00; --blue: #1a5fb4; --line: #ddd; --code: #f4f4f4; }
@media (prefers-color-scheme: dark) {
  :root { --red: #ff8a80; --yellow: #ffcf66; --blue: #8ab4f8; --line: #444; --code: #222; }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; overflow-wrap: anywhere; }
article { border-left: .25rem solid var(--line); margin: 1rem 0; padding: .1rem 0 .1rem 1rem; overflow-wrap: anywhere; }
.violation { border-color: var(--red); } .warning { border-color: var(--yellow); } .info { border-color: var(--blue); }
.violation b { color: var(--red); } .warning b { color: var(--yellow); } .info b { color: var(--blue); }
p { margin: .3rem 0; } pre { background: var(--code); padding: .5rem; overflow-x: auto; margin: .5rem 0; }
mark { background: none; color: inherit; text-decoration: underline wavy; text-underline-offset: .2em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .3rem 0; } dd { margin: 0; }
dt { opacity: .7; } summary { cursor: pointer; }
"""


def write(report: Report) -> str:
    """Return a report as one page: a summary, then file by file the findings, the gravest first, with what follows from each folded."""
    folded = report.folded()
    shown = excerpt.of(report.texts)
    files: dict[str, list[Finding]] = {}
    for finding in by_gravity(folded):
        files.setdefault(finding.path, []).append(finding)
    first, *more = words.summary(report)
    body = [f"<h1>{_text(first)}</h1>", *(f"<p>{_text(line)}</p>" for line in more)]
    for path, findings in files.items():
        body += ["<section>", f"<h2>{_text(path)}</h2>"]
        for finding in findings:
            body += _article(finding, shown(finding), folded[finding])
        body.append("</section>")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            # Whatever a file says, nothing is loaded.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>zonegraph validate</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _article(finding: Finding, found: excerpt.Excerpt | None, following: list[Finding]) -> Iterator[str]:
    yield f'<article class="{finding.severity}">'
    yield (
        f"<p>Line {finding.line}: <b>{finding.severity}</b> <code>{_text(finding.rule)}</code> {_text(finding.message)}</p>"
    )
    if found:
        yield f"<pre>{_text(found.before)}<mark>{_text(found.marked)}</mark>{_text(found.after)}</pre>"
    yield "<dl>"
    for name, said in words.parts(finding, found):
        shown = f"<code>{_text(said)}</code>" if name == "at" else _text(said)
        yield f"<dt>{name}</dt><dd>{shown}</dd>"
    yield "</dl>"
    if following:
        yield f"<details><summary>{_text(words.following(following))}</summary><ul>"
        for one in following:
            yield f"<li>Line {one.line}: {one.severity} <code>{_text(one.rule)}</code> {_text(one.message)}</li>"
        yield "</ul></details>"
    yield "</article>"


def _text(text: str) -> str:
    """Return a text that nothing in it can end or turn round."""
    return html.escape(terminal.line(text))
