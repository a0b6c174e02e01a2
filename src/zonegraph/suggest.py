"""The known name that somebody meant who typed another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Characters of a name that may be mistyped. To compare longer ones takes time that grows with the square of their length.
_LONGEST = 200
_MARGIN = 0.06  # by how much less like a name may be and still be meant


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the known name most like a mistyped one; empty if none is like it.

    Parameters: `cutoff`, from 0 (anything) to 1 (the same).
    """
    import difflib  # only a mistake pays for it

    return next(iter(difflib.get_close_matches(name, _short(known), 1, cutoff)), "") if _short([name]) else ""


def alike(name: str, known: Iterable[str], cutoff: float) -> list[str]:
    """Return the known names most like a mistyped one, the most alike first: the best, and those hardly less like it.

    Parameters: `cutoff` as for `nearest`. Returns an empty list if none is like it.
    """
    import difflib

    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(name)
    found = []
    for other in _short(known) if _short([name]) else ():
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff and matcher.ratio() >= cutoff:
            found.append((-matcher.ratio(), other))
    found.sort()
    return [other for ratio, other in found if ratio <= found[0][0] + _MARGIN]


def _short(names: Iterable[str]) -> list[str]:
    return [name for name in names if len(name) <= _LONGEST]
