"""The graph around the files that are judged, read only where somebody looks.

Whoever asks the context's graph for a pattern gets every triple of the context that matches it, whatever shape or check
it is that asks; so nothing has to be known in advance of what a shape may reach. The triples come from an index that the
cache keeps of a project's files, each under its own digest: a file that has changed is read again, and no other.
"""

from __future__ import annotations

import functools
import hashlib
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
from zonegraph.validation.checks import is_axiom, well_formed
from zonegraph.version import VERSION

_FORMAT = 3  # of the index; a change of it makes an old one unused
_WAIT = 0.5  # seconds for another process that writes the index; to read the files again takes no longer
# As SQLite keeps them, letter by letter. A file's rows and size are held against what is found when it is opened.
_SCHEMA = (
    "CREATE TABLE file (id INTEGER PRIMARY KEY, digest TEXT UNIQUE NOT NULL, triples BLOB NOT NULL,"
    " rows INTEGER NOT NULL, size INTEGER NOT NULL)",
    "CREATE TABLE triple (file INTEGER NOT NULL, s TEXT NOT NULL, p TEXT NOT NULL, o TEXT NOT NULL)",
    "CREATE INDEX by_subject ON triple (s)",
    "CREATE INDEX by_predicate ON triple (p)",
    "CREATE INDEX by_object ON triple (o, p)",
    "CREATE INDEX by_file ON triple (file)",
)
_INCOMPLETE = """
SELECT 1 FROM file LEFT JOIN (
    SELECT file AS number, count(*) AS found, sum(length(s) + length(p) + length(o)) AS measured FROM triple GROUP BY file
) ON number = id
WHERE rows <> coalesce(found, 0) OR size <> coalesce(measured, 0) + length(triples) LIMIT 1
"""


class Context:
    """What surrounds the files judged; `graph` shows it to rdflib and pySHACL.

    Left out are literals that do not have the form of their datatype, since no engine can judge by them, and axioms, which
    are the ontology's to state.
    """

    def __init__(self, project: Project, files: list[SourceFile], *, cached: bool = True) -> None:
        """Prepare a context, empty as yet. Raises UsageError if a file cannot be read or is not Turtle.

        Parameters: `files` of the project that `admit` may be asked for; `cached`, whether an index in the cache may serve.
        """
        self._index = _index(project, files, cached) if files else None
        self.graph = _Graph(_ReadThrough(self._index), bind_namespaces="none")

    def close(self) -> None:
        """Let go of the index; one that proved damaged is deleted."""
        if self._index is not None:
            self._index.close()

    @property
    def damaged(self) -> bool:
        """Whether the index could not be read, so that nothing may be concluded from this context."""
        return self._index is not None and self._index.damaged

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

    def __init__(self, connection: sqlite3.Connection, path: str, digests: dict[str, str]) -> None:
        self._connection, self._path = connection, path
        self._digests = digests
        self.damaged = False
        connection.execute("CREATE TEMP TABLE admitted (file INTEGER PRIMARY KEY)")
        connection.execute("BEGIN")  # one state of the index for the whole run, whatever others write meanwhile
        if not set(digests.values()) <= _entered(connection):
            raise sqlite3.OperationalError("another process has just taken out a file")
        if connection.execute(_INCOMPLETE).fetchone():
            raise sqlite3.DatabaseError("rows were lost or changed")

    def admit(self, files: Iterable[SourceFile]) -> None:
        for file in files:
            if file.path in self._digests:
                statement = "INSERT OR IGNORE INTO admitted SELECT id FROM file WHERE digest = ?"
                self._rows(statement, (self._digests[file.path],))

    def close(self) -> None:
        self._connection.close()
        if self.damaged:
            cache.remove_database(self._path)

    def select(self, **terms: str) -> Iterator[tuple[str, str, str]]:
        condition = " AND ".join(f"{column} = ?" for column in terms) or "1"
        statement = f"SELECT s, p, o FROM triple WHERE {condition} AND file IN (SELECT file FROM admitted)"
        yield from self._rows(statement, tuple(terms.values()))

    def whole(self) -> Iterator[bytes]:
        statement = "SELECT triples FROM file WHERE id IN (SELECT file FROM admitted)"
        yield from (row[0] for row in self._rows(statement))

    def _rows(self, statement: str, values: tuple[str, ...] = ()) -> list[Any]:
        # Damage is noted here, since whoever asks, such as pySHACL, may make another error of it.
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError:
            self.damaged = True
            raise


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


def _index(project: Project, files: list[SourceFile], cached: bool) -> _Index:
    """Open the index of a project and enter what it lacks of files; in memory where the cache does not serve."""
    folder = cache.directory()
    known = cache.digests(project, sources.built_files(project), folder)
    digests = {file.path: str(known[file.name][1]) for file in files}
    if folder is not None and cached:
        path = cache.own_file(folder, project, f"-{VERSION}-{_FORMAT}.index")
        for _ in range(2):
            try:
                index = _opened(path, files, digests, {str(entry[1]) for entry in known.values()})
                cache.note_use(path)
                return index
            except sqlite3.OperationalError:  # somebody else writes for too long, or the folder allows no locks
                break
            except sqlite3.DatabaseError:  # damaged: it is only a cache, so it is made again
                cache.remove_database(path)
    return _opened(":memory:", files, digests, set(digests.values()))


def _opened(path: str, files: list[SourceFile], digests: dict[str, str], current: set[str]) -> _Index:
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")  # those who read do not wait for one who writes
        connection.execute("PRAGMA temp_store = MEMORY")
        lacking = _lacking(connection, files, digests)
        if lacking:
            _complete(connection, files, {file.path: _read(file) for file in lacking}, digests, current)
        return _Index(connection, path, digests)
    except BaseException:
        connection.close()
        raise


def _lacking(connection: sqlite3.Connection, files: list[SourceFile], digests: dict[str, str]) -> list[SourceFile]:
    if _is_empty(connection):
        return files
    entered = _entered(connection)
    return [file for file in files if digests[file.path] not in entered]


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Return whether a database has no tables yet. Raises sqlite3.DatabaseError if it has others than ours."""
    found = {row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if found and (found != set(_SCHEMA) or version != _FORMAT):
        raise sqlite3.DatabaseError("tables of another form")
    return not found


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
        if _is_empty(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
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
    triples = turtle.parse(file.path, sources.decode(data, file.path), rename=True)
    return hashlib.sha256(data).hexdigest(), [t for t in triples if well_formed(t.object) and not is_axiom(t)]


def _enter(connection: sqlite3.Connection, digest: str, triples: list[ox.Triple]) -> None:
    whole = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    terms = [(_encoded(t.subject), _encoded(t.predicate), _encoded(t.object)) for t in triples]
    cursor = connection.execute(
        "INSERT OR IGNORE INTO file (digest, triples, rows, size) VALUES (?, ?, 0, 0)", (digest, whole)
    )
    if cursor.rowcount:
        number = cursor.lastrowid
        connection.executemany("INSERT INTO triple VALUES (?, ?, ?, ?)", ((number, *row) for row in terms))
        # SQLite ends the length of a text at a NUL, which Python does not; so it counts by itself, once.
        connection.execute(
            "UPDATE file SET rows = ?, size = length(triples) + coalesce("
            "(SELECT sum(length(s) + length(p) + length(o)) FROM triple WHERE file = id), 0) WHERE id = ?",
            (len(terms), number),
        )


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
