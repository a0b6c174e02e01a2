"""The known name that somebody meant who typed another."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Characters of a name that may be mistyped. To compare longer ones takes time that grows with the square of their length.
_LONGEST = 200
_MARGIN = 0.06  # by how much less like a name may be and still be meant


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5, fits: Callable[[str], bool] = lambda _: True) -> str:
    """Return the known name most like a mistyped one; empty if none is like it.

    Parameters: `cutoff`, from 0 (anything) to 1 (the same); `fits`, whether a known name may be meant at all.
    """
    import difflib  # only a mistake pays for it

    if not _short([name]):
        return ""
    # What letters two names share says how much alike they are at most, and is looked up faster than their order is compared.
    own = _letters(name)
    most = ((2 * len(own & _letters(other)) / ((len(name) + len(other)) or 1), other) for other in _short(known))
    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(name)
    best: tuple[float, str] = (cutoff, "")
    for ratio, other in sorted((one for one in most if one[0] >= cutoff), reverse=True):
        if ratio < best[0]:
            break
        matcher.set_seq1(other)
        alike = (matcher.ratio(), other)
        if alike > best and fits(other):
            best = alike
    return best[1]


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


@functools.lru_cache(maxsize=10_000)
def _letters(name: str) -> frozenset[tuple[str, int]]:
    """Return the letters of a name, each with how many like it stand before it."""
    seen: dict[str, int] = {}
    found = set()
    for letter in name:
        seen[letter] = seen.get(letter, 0) + 1
        found.add((letter, seen[letter]))
    return frozenset(found)


def _short(names: Iterable[str]) -> list[str]:
    return [name for name in names if len(name) <= _LONGEST]
