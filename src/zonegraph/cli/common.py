"""Arguments that several commands take, and their types."""

from __future__ import annotations

import argparse

from zonegraph.deadline import LONGEST
from zonegraph.errors import UsageError
from zonegraph.suggest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def require_extra(command: str, extra: str, *packages: str) -> None:
    """Raise UsageError, which says how to install an extra, if one of its packages is not there."""
    import importlib.util

    missing = next((package for package in packages if importlib.util.find_spec(package) is None), None)
    if missing is not None:
        raise UsageError(
            f"{command}: needs the package {missing}, which is not installed",
            f"install it with: pip install 'zonegraph[{extra}]'",
        )


def collect_circles() -> None:
    """Have garbage collected again: other commands let circles lie until they end, and in one that stays they would pile up."""
    import gc

    gc.freeze()
    gc.set_threshold(10_000)


def endpoint(sub: argparse.ArgumentParser) -> None:
    """Declare --endpoint."""
    sub.add_argument(
        "--endpoint", metavar="URL", help="query a SPARQL service that holds the graph instead of the embedded store"
    )


def any_sparql(sub: argparse.ArgumentParser) -> None:
    """Declare --any-sparql."""
    sub.add_argument(
        "--any-sparql",
        action="store_true",
        help="also send text that is not SPARQL 1.1, such as the extensions of the service",
    )


def reasoner(sub: argparse.ArgumentParser) -> None:
    """Declare --reasoner."""
    sub.add_argument(
        "--reasoner",
        choices=("compiled", "owlrl"),
        default="compiled",
        help="what draws inferences: rules compiled from the ontology, or the slower reference reasoner owlrl",
    )


def positive(text: str) -> int:
    """Return a whole number from 1. Raises argparse.ArgumentTypeError for anything else."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def seconds(text: str) -> float:
    """Return a number of seconds. Raises argparse.ArgumentTypeError for anything else."""
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0 < found < LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds between 0 and {LONGEST:,.0f}")
    return found


def size(text: str) -> int:
    """Return a size in bytes, from a number with or without k, M, G or T. Raises argparse.ArgumentTypeError for anything else."""
    factor = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}.get(text[-1:].lower(), 1)
    try:
        found = float(text if factor == 1 else text[:-1]) * factor
    except ValueError:
        found = 0
    if not 1_000_000 <= found < 1e16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size of at least 1M, such as 500M or 2G")
    return int(found)


def chosen(option: str, value: str, choices: Iterable[str]) -> str:
    """Return the value of an option. Raises UsageError with the nearest choice if it is none of them."""
    known = list(choices)
    if value in known:
        return value
    near = nearest(value, known, 0.4)
    remedy = f"did you mean {near}?" if near else "write one of these"
    raise UsageError(f"{option} {value}: there are {', '.join(known)}", remedy)
