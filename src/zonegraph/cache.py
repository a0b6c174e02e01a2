"""The cache: built stores under a digest of what they were made from, and the digests of files already seen.

Everything in it can be made again, so what is damaged, old or cannot be written is no error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time

import pyoxigraph as ox

from zonegraph import sources
from zonegraph.errors import UsageError, say
from zonegraph.writing import write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zonegraph.sources import Project, SourceFile

_KEPT = 16  # built stores, and indexes of projects, kept in a cache before the least recently used go
_STORE = re.compile(r"[0-9a-f]{32}")
_INDEX = re.compile(r"[0-9a-f]{16}-[\w.-]+\.index")
# The folder may be one that a user keeps other things in: only entries of these names are ever deleted.
_OURS = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}(\.json|-[\w.-]+\.index(-wal|-shm)?)|\.draft-\w+")
_UNUSED = (
    30 * 86_400
)  # seconds after which an index goes, such as that of an older version or a project no longer there
_ABANDONED = 86_400  # seconds after which a draft is taken for one that a killed process left


def directory() -> str | None:
    """Return the folder of the cache, made if need be; None if no folder can be written.

    It is ZONEGRAPH_CACHE, else `zonegraph` in XDG_CACHE_HOME or ~/.cache, else a folder of the user's own in the
    system's temporary folder.
    """
    chosen = os.environ.get("ZONEGRAPH_CACHE")
    if chosen:
        if _writable(chosen):
            return os.path.abspath(chosen)
        say(f"{chosen}: the cache cannot be written there; using a temporary folder (see ZONEGRAPH_CACHE)")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        usual = os.path.join(base, "zonegraph")
        if os.path.isabs(usual) and _writable(usual):
            return usual
    import tempfile  # here and below: only what goes another way than the usual one pays for these imports

    own = os.path.join(tempfile.gettempdir(), f"zonegraph-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    # In a shared folder the name could be somebody else's, or a link to elsewhere; neither must be believed.
    usable = _writable(own) and not os.path.islink(own)
    return own if usable and (not hasattr(os, "getuid") or os.lstat(own).st_uid == os.getuid()) else None


def _writable(directory: str) -> bool:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def clear() -> int:
    """Delete what the program has put into the cache, and nothing else. Returns the number of entries deleted."""
    import shutil

    cache = directory()
    entries = [] if cache is None else [entry for entry in os.listdir(cache) if _OURS.fullmatch(entry)]
    for entry in entries:
        path = os.path.join(str(cache), entry)
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    return len(entries)


def digests(project: Project, files: list[SourceFile], cache: str | None) -> dict[str, list[object]]:
    """Return `sources.digests` of files of a project; what `cache`, a folder, remembers of them is not read again."""
    record = None if cache is None else own_file(cache, project, ".json")
    known = None
    if record is not None:
        try:
            with open(record, "rb") as file:
                known = json.load(file)
        except (OSError, ValueError):
            known = None
    found = sources.digests(files, known)
    if record is not None and found != known:
        with contextlib.suppress(UsageError):  # it only saves reading the files once more
            write_atomically(record, json.dumps(found).encode())
    return found


def own_file(cache: str, project: Project, extension: str) -> str:
    """Return the path of what the cache, a folder, keeps of one project, whatever the state of its files."""
    return os.path.join(cache, hashlib.sha256(project.root.encode()).hexdigest()[:16] + extension)


def note_use(path: str) -> None:
    """Let what stands at a path of the cache count as used just now, and delete what has not been used for long."""
    with contextlib.suppress(OSError):
        os.utime(path)
        _prune(os.path.dirname(path))


def remove_database(path: str) -> None:
    """Delete a SQLite database with the files that belong to it, as far as they are there."""
    for ending in ("-wal", "-shm", ""):
        with contextlib.suppress(OSError):
            os.unlink(path + ending)


def open_store(location: str) -> tuple[ox.Store, list[dict[str, Any]]] | None:
    """Open a store that `keep` has put there, read-only, with its catalogue. Returns None if there is none, or no sound one."""
    try:
        with open(os.path.join(location, "catalogue.json"), "rb") as file:
            content = file.read()
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError("changed since it was written")
        manifest = json.loads(body)
        for name, size in manifest["store"].items():
            if os.stat(os.path.join(location, "store", name)).st_size != size:
                raise ValueError("changed since it was written")
        store = ox.Store.read_only(os.path.join(location, "store"))
        if os.access(location, os.W_OK):
            os.utime(location)  # used just now; the least recently used go first
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, RuntimeError):
        # Damaged: it is only a cache, so it is built again.
        import shutil

        shutil.rmtree(location, ignore_errors=True)
        return None
    return store, manifest["catalogue"]


def keep(cache: str, location: str, store: ox.Store, catalogue: list[dict[str, Any]]) -> None:
    """Write a built store into the cache: complete under a name of its own first, then moved into place at once.

    Parameters: `location`, a folder in `cache`, named by the digest of all that the store was made from; `catalogue`, the
    saved queries as plain data. A cache that cannot be written is no error: a notice says so on standard error.
    """
    import shutil
    import tempfile

    try:
        draft = tempfile.mkdtemp(prefix=".draft-", dir=cache)
        try:
            folder = os.path.join(draft, "store")
            disk = ox.Store(folder)
            disk.bulk_extend(iter(store))
            disk.flush()
            disk.optimize()
            del disk  # closes the database
            sizes = {
                name: os.path.getsize(os.path.join(folder, name))
                for name in os.listdir(folder)
                if name.endswith(".sst")
            }
            body = json.dumps({"store": sizes, "catalogue": catalogue}).encode()
            with open(os.path.join(draft, "catalogue.json"), "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            try:
                os.rename(draft, location)
            except OSError:
                if not os.path.isdir(location):  # otherwise another process was first, with the same content
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        say(
            f"{cache}: the cache cannot be written ({error.strerror or error}); the next command will build the graph again"
        )
        return
    _prune(cache)


def _prune(cache: str) -> None:
    import shutil

    ours = [entry for entry in os.scandir(cache) if _OURS.fullmatch(entry.name)]
    entries = [entry for entry in ours if entry.is_dir(follow_symlinks=False)]
    stores = sorted((e for e in entries if _STORE.fullmatch(e.name)), key=lambda e: e.stat().st_mtime, reverse=True)
    now = time.time()
    abandoned = [e for e in entries if not _STORE.fullmatch(e.name) and e.stat().st_mtime < now - _ABANDONED]
    files = [entry for entry in ours if _INDEX.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    indexes = sorted(files, key=lambda e: e.stat().st_mtime, reverse=True)
    for number, index in enumerate(indexes):
        if number >= _KEPT or index.stat().st_mtime < now - _UNUSED:
            remove_database(index.path)
    for entry in [*stores[_KEPT:], *abandoned]:
        shutil.rmtree(entry.path, ignore_errors=True)
