"""`zonegraph validate`: data against shapes, ontology and the graph."""

from __future__ import annotations

from zonegraph.cli import say, show, write
from zonegraph.project import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print the findings; see `zonegraph validate --help`. Returns the exit code."""
    from zonegraph import validation

    report = validation.validate(
        sources.find(options.project),
        options.paths or None,
        alone=options.alone,
        reasoner=options.reasoner,
        judge=options.judge,
    )
    (show if options.format == "text" else write)(validation.FORMATS[options.format](report))
    say(
        [
            f"{path}: {kind}; it is judged with the whole project, by `zonegraph validate`"
            for path, kind in report.not_judged.items()
        ]
    )
    if report.unreadable:
        return 2
    return 0 if report.conforms(options.fail_on) else 1
