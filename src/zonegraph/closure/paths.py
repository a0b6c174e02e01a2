"""Walks through a graph of edges: what reaches what, and what lies on a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node")


def components(edges: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """Return the strongly connected components of a graph (Tarjan), each after all those that it leads to.

    Parameters: `edges`, the nodes that follow each node; one that none follows need not be a key.
    """
    number: dict[Node, int] = {}  # in order of arrival
    back: dict[Node, int] = {}  # the lowest number on the way that a node leads back to
    done: set[Node] = set()
    found: list[list[Node]] = []
    way: list[Node] = []
    for start in edges:
        pending: list[tuple[Node, Iterator[Node]]] = [] if start in number else [(start, iter(()))]
        while pending:  # not by recursion: a chain may be long
            node, following = pending[-1]
            if node not in number:
                number[node] = back[node] = len(number)
                way.append(node)
                following = iter(edges.get(node, ()))
                pending[-1] = (node, following)
            for other in following:
                if other not in number:
                    pending.append((other, iter(())))
                    break
                if other not in done:
                    back[node] = min(back[node], back[other])
            else:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    back[above] = min(back[above], back[node])
                if back[node] == number[node]:
                    at = len(way) - 1
                    while way[at] != node:
                        at -= 1
                    found.append(way[at:])
                    done.update(way[at:])
                    del way[at:]
    return found


def reachable(edges: Mapping[Node, set[Node]]) -> Iterator[tuple[Node, set[Node]]]:
    """Yield each node that others follow, with all those that it reaches.

    Of what follows a node, the nearest is looked at first, and what that reaches is passed over: so the work grows with
    the edges and with what is yielded, whether the edges are few or already all that there can be.

    Parameters: `edges`, the nodes that follow each node.
    """
    found = components(edges)
    of = {node: place for place, members in enumerate(found) for node in members}
    reached: list[set[int]] = []  # other components, by the place of each
    for place, members in enumerate(found):
        nearest_first = sorted({of[other] for node in members for other in edges.get(node, ())} - {place}, reverse=True)
        beyond: set[int] = set()
        for other in nearest_first:
            if other not in beyond:
                beyond.add(other)
                beyond |= reached[other]
        reached.append(beyond)
        targets = {node for other in beyond for node in found[other]}
        if len(members) > 1 or members[0] in edges.get(members[0], ()):
            targets.update(members)
        if targets:
            for node in members:
                yield node, targets
