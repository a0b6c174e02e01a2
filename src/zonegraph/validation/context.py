"""The graph around the files that are judged, read only where somebody looks.

Whoever asks the context's graph for a pattern gets every triple of the context that matches it, whatever shape or check
it is that asks; so nothing has to be known in advance of what a shape may reach. The triples come from an index that the
cache keeps of a project's files, each under its own digest: a file that has changed is read again, and no other.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import Node

from zonegraph import cache, sources, turtle
from zonegraph import vocabulary as v
from zonegraph.sources import Project, SourceFile
from zonegraph.validation import shapes
from zonegraph.validation.checks import well_formed
from zonegraph.version import VERSION

_FORMAT = 1  # of the index; a change of it makes an old one unused
_WAIT = 5.0  # seconds for another process that writes the index
_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (id INTEGER PRIMARY KEY, digest TEXT UNIQUE NOT NULL, triples BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS triple (file INTEGER NOT NULL, s TEXT NOT NULL, p TEXT NOT NULL, o TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_subject ON triple (s);
CREATE INDEX IF NOT EXISTS by_predicate ON triple (p);
CREATE INDEX IF NOT EXISTS by_object ON triple (o, p);
CREATE INDEX IF NOT EXISTS by_file ON triple (file);
"""


class Context:
    """What surrounds the files judged; `graph` shows it to rdflib and pySHACL.

    Literals that do not have the form of their datatype are left out, since no engine can judge by them.
    """

    def __init__(self, project: Project, files: list[SourceFile]) -> None:
        """Prepare a context, empty as yet. Raises UsageError if a file cannot be read or is not Turtle.

        Parameters: `files` of the project that `admit` may be asked for.
        """
        self._index = _index(project, files) if files else None
        self.graph = _Graph(_ReadThrough(self._index), bind_namespaces="none")

    def close(self) -> None:
        """Let go of the index."""
        if self._index is not None:
            self._index.close()

    def admit(self, files: Iterable[SourceFile]) -> None:
        """Let files belong to the context from now on."""
        if self._index is not None:
            self._index.admit(files)
            self.graph.forget()

    def add(self, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        """Let triples that stand in no admitted file belong to the context from now on."""
        for triple in triples:
            self.graph.add(triple)


class _Graph(shapes.Graph):
    def __bool__(self) -> bool:
        return True  # pySHACL asks this for every result; the length, which would answer it, takes reading everything

    def copy_into(self, store: ox.Store) -> None:
        """Load the whole context into the default graph of a store; see shapes.Graph."""
        assert isinstance(self.store, _ReadThrough)
        for triples in self.store.unread():
            store.bulk_load(triples, ox.RdfFormat.N_TRIPLES)
        store.bulk_extend(ox.Quad(*map(shapes.to_oxigraph, triple)) for triple in self.store.held())  # type: ignore[arg-type]

    def forget(self) -> None:
        """Read anew what is asked for from now on; nothing that was read before has ceased to hold."""
        assert isinstance(self.store, _ReadThrough)
        self.store.forget()
        self._copy = None


class _Index:
    """The triples of files in a database, of which those of the admitted ones are seen."""

    def __init__(self, connection: sqlite3.Connection, digests: dict[str, str]) -> None:
        self._connection = connection
        self._digests = digests
        connection.execute("CREATE TEMP TABLE admitted (file INTEGER PRIMARY KEY)")
        connection.execute("BEGIN")  # one state of the index for the whole run, whatever others write meanwhile
        if not set(digests.values()) <= _entered(connection):
            raise sqlite3.OperationalError("another process has just taken out a file")

    def admit(self, files: Iterable[SourceFile]) -> None:
        for file in files:
            if file.path in self._digests:
                statement = "INSERT OR IGNORE INTO admitted SELECT id FROM file WHERE digest = ?"
                self._connection.execute(statement, (self._digests[file.path],))

    def close(self) -> None:
        self._connection.close()

    def select(self, **terms: str) -> Iterator[tuple[str, str, str]]:
        condition = " AND ".join(f"{column} = ?" for column in terms) or "1"
        statement = f"SELECT s, p, o FROM triple WHERE {condition} AND file IN (SELECT file FROM admitted)"
        yield from self._connection.execute(statement, tuple(terms.values()))

    def whole(self) -> Iterator[bytes]:
        statement = "SELECT triples FROM file WHERE id IN (SELECT file FROM admitted)"
        yield from (row[0] for row in self._connection.execute(statement))


class _ReadThrough(SimpleMemory):
    """A store of rdflib that reads from an index what a pattern asks for, once."""

    def __init__(self, index: _Index | None) -> None:
        super().__init__()
        self._index = index
        self._read: set[tuple[Node | None, Node | None, Node | None]] = set()

    def forget(self) -> None:
        """Read anew what is asked for from now on."""
        self._read.clear()

    def unread(self) -> Iterable[bytes]:
        """Return all that the index holds, as N-Triples."""
        return () if self._index is None else self._index.whole()

    def held(self) -> Iterator[tuple[Node, Node, Node]]:
        """Yield what was added and what was read so far."""
        return (triple for triple, _ in super().triples((None, None, None)))

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        if self._index is not None:
            self._fetch(*triple_pattern)
        # A list, since whoever walks through it may ask for more meanwhile, which changes what is walked through.
        return iter(list(super().triples(triple_pattern, context)))

    def _fetch(self, s: Node | None, p: Node | None, o: Node | None) -> None:
        # A subject is read with all that is said of it: shapes ask for one property after the other.
        key = (s, None, None) if s is not None else (None, p, o)
        if key in self._read or (None, None, None) in self._read or isinstance(s, rdflib.Literal):
            return
        assert self._index is not None
        terms = {column: _encoded(term) for column, term in zip("spo", key, strict=True) if term is not None}
        for triple in self._index.select(**terms):
            self.add(tuple(map(_decoded, triple)), None)  # type: ignore[arg-type]
        self._read.add(key)


def _index(project: Project, files: list[SourceFile]) -> _Index:
    """Open the index of a project and enter what it lacks of files; in memory where the cache does not serve."""
    folder = cache.directory()
    known = cache.digests(project, sources.built_files(project), folder)
    digests = {file.path: str(known[file.name][1]) for file in files}
    if folder is not None:
        path = cache.own_file(folder, project, f"-{VERSION}-{_FORMAT}.index")
        for _ in range(2):
            try:
                return _opened(path, files, digests, {str(entry[1]) for entry in known.values()})
            except sqlite3.OperationalError:  # somebody else writes for too long, or the folder allows no locks
                break
            except sqlite3.DatabaseError:  # damaged: it is only a cache, so it is made again
                for ending in ("", "-wal", "-shm"):
                    with contextlib.suppress(OSError):
                        os.unlink(path + ending)
    return _opened(":memory:", files, digests, set(digests.values()))


def _opened(path: str, files: list[SourceFile], digests: dict[str, str], current: set[str]) -> _Index:
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")  # those who read do not wait for one who writes
        connection.execute("PRAGMA temp_store = MEMORY")
        lacking = _lacking(connection, files, digests)
        if lacking:
            _complete(connection, files, {file.path: _read(file) for file in lacking}, digests, current)
        return _Index(connection, digests)
    except BaseException:
        connection.close()
        raise


def _lacking(connection: sqlite3.Connection, files: list[SourceFile], digests: dict[str, str]) -> list[SourceFile]:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'file'").fetchone():
        return files
    entered = _entered(connection)
    return [file for file in files if digests[file.path] not in entered]


def _entered(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT digest FROM file")}


def _complete(
    connection: sqlite3.Connection,
    files: list[SourceFile],
    read: dict[str, tuple[str, list[ox.Triple]]],
    digests: dict[str, str],
    current: set[str],
) -> None:
    """Enter files into an index, and take out those that the project no longer has."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        for file in _lacking(connection, files, digests):
            # A file that was changed just now is entered as what was read of it.
            digests[file.path], triples = read.get(file.path) or _read(file)
            _enter(connection, digests[file.path], triples)
        for digest in _entered(connection) - current - set(digests.values()):
            connection.execute("DELETE FROM triple WHERE file = (SELECT id FROM file WHERE digest = ?)", (digest,))
            connection.execute("DELETE FROM file WHERE digest = ?", (digest,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _read(file: SourceFile) -> tuple[str, list[ox.Triple]]:
    data = sources.read_bytes(file.path)
    triples = turtle.parse(file.path, sources.decode(data, file.path))
    return hashlib.sha256(data).hexdigest(), [t for t in triples if well_formed(t.object)]


def _enter(connection: sqlite3.Connection, digest: str, triples: list[ox.Triple]) -> None:
    whole = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    cursor = connection.execute("INSERT OR IGNORE INTO file (digest, triples) VALUES (?, ?)", (digest, whole))
    if cursor.rowcount:
        number = cursor.lastrowid
        rows = ((number, _encoded(t.subject), _encoded(t.predicate), _encoded(t.object)) for t in triples)
        connection.executemany("INSERT INTO triple VALUES (?, ?, ?, ?)", rows)


# ---------------------------------------------------------------- terms as text


def _encoded(term: object) -> str:
    """Return a term (of pyoxigraph or rdflib) as text; equal terms of rdflib, and no others, give equal texts."""
    if isinstance(term, ox.NamedNode):
        return "<" + term.value
    if isinstance(term, ox.BlankNode):
        return "_" + term.value
    if isinstance(term, ox.Literal):
        # A plain string has no datatype in rdflib, which tells it from one that is written out.
        kind = "@" + term.language.lower() if term.language else "^" + term.datatype.value
        return f'"{"" if kind == _STRING else kind}"{term.value}'
    if isinstance(term, rdflib.URIRef):
        return f"<{term}"
    if isinstance(term, rdflib.BNode):
        return f"_{term}"
    assert isinstance(term, rdflib.Literal)
    kind = f"@{term.language.lower()}" if term.language else f"^{term.datatype}" if term.datatype is not None else ""
    return f'"{kind}"{term}'


_STRING = "^" + v.XSD + "string"


@functools.lru_cache(maxsize=100_000)
def _decoded(text: str) -> Node:
    if text[0] == "<":
        return rdflib.URIRef(text[1:])
    if text[0] == "_":
        return rdflib.BNode(text[1:])
    kind, _, value = text[1:].partition('"')
    if kind.startswith("@"):
        return rdflib.Literal(value, lang=kind[1:])
    return rdflib.Literal(value, datatype=rdflib.URIRef(kind[1:]) if kind else None, normalize=False)
