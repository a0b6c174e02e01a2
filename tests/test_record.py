"""What is kept between runs as JSON, and paths as they really are."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from zonegraph.project import sources
from zonegraph.rdf import record


class Pair(NamedTuple):
    one: object
    other: object


@dataclass(frozen=True)
class Fixed:
    value: tuple[object, ...]


@dataclass
class Loose:
    value: object


CLASSES: dict[str, type] = {kind.__name__: kind for kind in (Pair, Fixed, Loose)}


def kept(value: object) -> object:
    return record.read(json.loads(json.dumps(record.written(value))), CLASSES)


@pytest.mark.parametrize(
    "value",
    [
        ("", "a", 0, 1, True, False, None),
        (ox.NamedNode("x:a"), ox.BlankNode("a"), ox.Variable("a"), "a"),
        (ox.Literal("1"), ox.Literal("1", language="en"), ox.Literal(1), ox.Literal(True)),
        ox.Triple(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal("o")),
        {"a": [1, {2}, frozenset({3})], "b": ()},
        Pair(Fixed((1,)), Pair((1,), (True,))),
    ],
)
def test_what_is_kept_is_read_as_it_was(value: object) -> None:
    assert repr(kept(value)) == repr(value)


def test_what_cannot_change_is_read_once_and_what_can_each_time() -> None:
    part = Pair("a", ox.NamedNode("x:a"))
    one, same, lists, more, loose, another = kept((part, part, [part], [part], Loose(1), Loose(1)))  # type: ignore[misc]
    assert one is same is lists[0] is more[0]
    assert lists is not more
    assert loose is not another


def test_what_nobody_knows_how_to_keep_is_refused() -> None:
    with pytest.raises(TypeError):
        record.written((1.5,))


def test_paths_of_one_folder_are_found_as_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.ttl").touch()
    (folder / "b.ttl").symlink_to(folder / "a.ttl")
    (tmp_path / "link").symlink_to(folder)
    names = [
        "folder/a.ttl",
        "folder/b.ttl",
        "link/a.ttl",
        "link/b.ttl",
        "link/../x.ttl",
        "folder",
        "folder/",
        "link/.",
        "no/c",
    ]
    paths = [*(f"{tmp_path}/{name}" for name in names), "d.ttl", "/"]
    assert sources.real_paths(paths) == [os.path.realpath(path) for path in paths]
