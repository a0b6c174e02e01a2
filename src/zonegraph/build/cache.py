"""The cache: built stores under a digest of what they were made from, and the digests of files already seen.

An entry is trusted as far as its record: what `stat` says of each of its files, and a digest of each. Everything in the
cache can be made again, so what is damaged, old or cannot be written is not an error.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import stat
import time
from collections import namedtuple

import pyoxigraph as ox

from zonegraph.errors import EngineError, say
from zonegraph.project import sources, texts, writing
from zonegraph.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NamedTuple, TypeVar

    from zonegraph.project.sources import Project, SourceFile

    class Verified(NamedTuple):
        """What came of reading every file of an entry: how many files and bytes it has, and which are not as recorded."""

        files: int
        bytes: int
        differing: list[str]

    T = TypeVar("T")

else:
    Verified = namedtuple("Verified", "files bytes differing")

_KEPT = 16  # built stores kept in a cache before the least recently used go
_STORE = re.compile(r"[0-9a-f]{32}")
_DRAFT = re.compile(r"\.draft-\w+")
# The folder may be one that a user keeps other things in: only entries of these names are ever deleted.
_OURS = re.compile(rf"{_STORE.pattern}(\.(lock|json))?|[0-9a-f]{{16}}(\.(days|newest))?\.json|{_DRAFT.pattern}")
_COMPILED = re.compile(rf"{_STORE.pattern}\.json")
_ABANDONED = 86_400  # seconds after which a draft is taken for one that a killed process left
_MANIFEST = "manifest.json"
UNRECORDED = re.compile(r"LOCK|LOG(\.old\.\d+)?")  # of an entry's store: RocksDB's own, no part of what it holds


def places(key: str) -> Iterator[str]:
    """Yield where an entry may be, and may be put: the preferred folder, and only if that does not serve another one.

    It does not serve if it cannot be written, or if there is still something there when the caller asks for the next.
    Parameters: `key`, the digest of all that the entry was made from. Yields paths, whether there is anything or not.
    """
    for folder in _folders():
        location = os.path.join(folder, key)
        yield location
        if _writable(folder) and not os.path.lexists(location):
            return


def _folders() -> Iterator[str]:
    """Yield the folder that is preferred, then a folder of the user's own in the system's temporary folder.

    Preferred is ZONEGRAPH_CACHE, else `zonegraph` in XDG_CACHE_HOME or ~/.cache.
    """
    chosen = os.environ.get("ZONEGRAPH_CACHE")
    if chosen:
        yield os.path.abspath(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        usual = os.path.join(base, "zonegraph")
        if os.path.isabs(usual):
            yield usual
    import tempfile  # here and below: only what goes another way than the usual one pays for these imports

    own = os.path.join(tempfile.gettempdir(), f"zonegraph-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    # In a shared folder the name could be somebody else's, or a link to elsewhere; neither must be believed.
    try:
        found = os.lstat(own)
    except OSError:
        yield own
        return
    if stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid()):
        yield own


def writable() -> str | None:
    """Return the folder that the cache is written to, made if need be; None if none can be written.

    It is ZONEGRAPH_CACHE, else `zonegraph` in XDG_CACHE_HOME or ~/.cache, else a folder of the user's own in the
    system's temporary folder.
    """
    return next(filter(_writable, _folders()), None)


def directory() -> str | None:
    """Return the folder of the cache as `writable` does; a notice says so if it is not the one that ZONEGRAPH_CACHE names."""
    folder = writable()
    chosen = os.environ.get("ZONEGRAPH_CACHE")
    if chosen and folder != os.path.abspath(chosen):
        _say_elsewhere(chosen, folder)
    return folder


def _say_elsewhere(preferred: str, folder: str | None, why: str = "") -> None:
    because = f" ({why})" if why else ""
    instead = f"the graph is kept in {folder}" if folder else "the next command will have to rebuild the graph"
    say(f"{preferred}: the cache cannot be written{because}; {instead}\n  set ZONEGRAPH_CACHE to another folder")


def _writable(directory: str) -> bool:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError:
        return False
    # Looked up again now that it is there: in a shared folder somebody else may have been quicker to make it.
    return os.access(directory, os.W_OK | os.X_OK) and directory in _folders()


def clear() -> int:
    """Delete what the program has put into the cache, and nothing else. Returns the number of entries deleted."""
    cache = directory()
    entries = [] if cache is None else [entry for entry in os.listdir(cache) if _OURS.fullmatch(entry)]
    return sum(delete(os.path.join(str(cache), entry)) for entry in entries)


def digests(project: Project, files: list[SourceFile], cache: str | None) -> dict[str, list[object]]:
    """Return `sources.digests` of files of a project; what a record in the cache knows of them is not read again.

    Parameters: `cache`, the folder in which the record is looked for first, and written; None for nowhere.
    """
    known = None
    # The preferred folder may have a record though it cannot be written.
    for folder in dict.fromkeys(folder for folder in (cache, next(_folders(), None)) if folder is not None):
        with contextlib.suppress(OSError, ValueError):  # none there, or damaged: the files are read again
            known = _record(json.loads(_unsealed(own_file(folder, project, ".json"))))
            break
    found = sources.digests(files, known)
    if cache is not None and found != known:
        with contextlib.suppress(OSError):  # it only saves reading the files once more
            _write(cache, own_file(cache, project, ".json"), _sealed(json.dumps(found).encode()))
    return found


def _record(content: Any) -> dict[str, list[object]]:
    """Return what a record of digests holds. Raises ValueError if it is none."""
    entries = content.values() if isinstance(content, dict) else [None]
    if not all(isinstance(e, list) and [type(part) for part in e] == [list, str, int] for e in entries):
        raise ValueError("it has no record of digests")
    return content  # type: ignore[no-any-return]


def known_days(project: Project, key: str) -> dict[str, tuple[str, str]] | None:
    """Return what `keep_days` stored for a project under a key; None if it is missing or damaged."""
    # The preferred folder may hold the file even if it cannot be written to.
    for folder in dict.fromkeys(folder for folder in (writable(), next(_folders(), None)) if folder is not None):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):  # missing or damaged
            content = json.loads(_unsealed(own_file(folder, project, ".days.json")))
            if content["key"] == key:
                return {slug: (str(day), str(said)) for slug, (day, said) in content["days"].items()}
    return None


def keep_days(project: Project, key: str, days: dict[str, tuple[str, str]]) -> None:
    """Store the day of each article of a project. Parameters: `key`, the digest of all that the days were read from."""
    folder = writable()
    if folder is not None:
        with contextlib.suppress(OSError):  # it only saves reading the articles once more
            content = json.dumps({"key": key, "days": days}).encode()
            _write(folder, own_file(folder, project, ".days.json"), _sealed(content))


def keep_newest(project: Project, location: str, files: dict[str, str]) -> None:
    """Note which entry holds the whole graph of a project. Parameters: `files`, the digest of each file that it was made from, by name."""
    folder, key = os.path.split(location)
    with contextlib.suppress(OSError):  # without it a change is laid over nothing
        content = json.dumps({"entry": key, "files": files}).encode()
        _write(folder, own_file(folder, project, ".newest.json"), _sealed(content))


def newest(project: Project) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield where the entry was put that holds the whole graph of a project, with what it was made from, as `keep_newest` noted it."""
    for folder in dict.fromkeys(folder for folder in (writable(), next(_folders(), None)) if folder is not None):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):  # missing or damaged
            content = json.loads(_unsealed(own_file(folder, project, ".newest.json")))
            files = {str(name): str(digest) for name, digest in content["files"].items()}
            yield os.path.join(folder, str(content["entry"])), files


def compiled(
    kind: str, sources: object, make: Callable[[], T], write: Callable[[T], object], restore: Callable[[object], T]
) -> T:
    """Return what is compiled from texts, as the cache has it or else made and put there.

    Parameters: `kind`, what it is; `sources`, all that it is made from, as JSON; `make`, which makes it; `write` and `restore`, which
    turn it into JSON and back. The cache is trusted here as it is for the queries of a built graph: they were judged when they
    were put there.
    """
    fingerprint = json.dumps([kind, VERSION, ox.__version__, _program(), sources]).encode()
    name = f"{hashlib.sha256(fingerprint).hexdigest()[:32]}.json"
    folder = writable()
    for place in dict.fromkeys(place for place in (folder, next(_folders(), None)) if place is not None):
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # missing or damaged
            return restore(json.loads(_unsealed(os.path.join(place, name))))
    made = make()
    if folder is not None:
        with contextlib.suppress(OSError):
            _write(folder, os.path.join(folder, name), _sealed(json.dumps(write(made)).encode()))
            _prune(folder)
    return made


@functools.cache
def _program() -> list[list[object]]:
    """Return what tells this program from another of the same version: its files' names, sizes and times of change."""
    top, found = os.path.dirname(os.path.dirname(os.path.abspath(__file__))), list[list[object]]()
    for folder in ("closure", "rdf", "store", "validation"):
        with os.scandir(os.path.join(top, folder)) as entries:
            stats = ((entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py"))
            found += sorted([name, seen.st_size, seen.st_mtime_ns] for name, seen in stats)
    return found


def own_file(cache: str, project: Project, extension: str) -> str:
    """Return the path of what the cache, a folder, keeps of one project, whatever the state of its files."""
    return os.path.join(cache, hashlib.sha256(project.root.encode()).hexdigest()[:16] + extension)


def open_store(location: str) -> tuple[ox.Store, list[dict[str, Any]]] | None:
    """Open an entry that `keep` has made, read-only. Returns its store and its catalogue, None if there is no sound one.

    A damaged entry is deleted; a notice says so, or that it cannot be.
    """
    if not os.path.lexists(location):
        return None
    try:
        manifest, differing = _checked(location)
        if not differing:
            store = ox.Store.read_only(os.path.join(location, "store"))
            with contextlib.suppress(OSError):
                os.utime(location)  # used just now; the least recently used go first
            return store, manifest["catalogue"]
        what = _not_as_recorded(differing)
    except (OSError, ValueError, RuntimeError) as error:
        what = str(error)
    # Where there is nothing any more, another process has deleted it in the meantime.
    if os.path.lexists(location) and not _condemned(location, what):
        say(str(undeletable(location, what)))
    return None


def undeletable(location: str, what: str) -> EngineError:
    """Return the error for an entry that is damaged and stays where it is. Parameters: `what` is wrong with it."""
    return EngineError(
        f"{location}: the cached graph is damaged ({what}) and cannot be deleted",
        "delete that folder, or set ZONEGRAPH_CACHE to another one",
    )


def verify(location: str) -> Verified | None:
    """Digest every file of an entry, whatever `stat` says of it; a damaged entry is deleted, and a notice says so.

    Returns what was found, None if there is no entry. Raises EngineError for a damaged entry that cannot be deleted.
    """
    if not os.path.lexists(location):
        return None
    manifest, differing = _checked(location, every=True)
    sizes = [found[0] for found, _ in manifest.get("files", {}).values() if found]
    with contextlib.suppress(OSError):
        sizes.append(os.stat(os.path.join(location, _MANIFEST)).st_size)
    if differing and not _condemned(location, _not_as_recorded(differing)):
        raise undeletable(location, _not_as_recorded(differing))
    return Verified(len(sizes), sum(sizes), differing)


def is_sound(location: str) -> bool:
    """Return whether there is an entry, each of whose files has the digest that is recorded."""
    return os.path.lexists(location) and not _checked(location, every=True)[1]


def _not_as_recorded(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"not as recorded: {', '.join(names[:3])}{more}"


def _condemned(location: str, what: str) -> bool:
    """Delete an entry and say why. Returns whether it is gone."""
    gone = discard(location)
    if gone:
        say(f"the cached graph was damaged ({what})")
    return gone


def _checked(location: str, *, every: bool = False) -> tuple[dict[str, Any], list[str]]:
    """Return the manifest of an entry, and the names of its files that are not as recorded.

    A file of which `stat` differs from the record is digested; if the digest agrees, the record is brought up to date.
    Parameters: `every`, whether to digest the others too.
    """
    path = os.path.join(location, _MANIFEST)
    try:
        manifest: dict[str, Any] = json.loads(_unsealed(path))
        files: dict[str, Any] = manifest["files"]
        if manifest["key"] != os.path.basename(location) or os.path.islink(location):
            raise ValueError("of another graph or another folder")
    except (OSError, ValueError, KeyError):
        return {}, [_MANIFEST]
    try:
        found = _stats(os.path.join(location, "store"))
    except OSError:
        return manifest, ["store"]
    differing = []
    touched = False
    for name in sorted(files.keys() | found.keys()):
        recorded, digest = files.get(name, (None, ""))
        stats = found.get(name, [])
        if stats == recorded and not every:
            continue
        # What is not a regular file, or was not recorded, is not read: it could be a pipe, or of any size.
        known = stats and recorded and stats[0] == recorded[0]
        if not known or _digest(os.path.join(location, "store", name)) != digest:
            differing.append(f"store/{name}")
        touched = touched or stats != recorded
        files[name] = [stats, digest]
    if touched and not differing:
        with contextlib.suppress(OSError):  # the next command digests them once more
            _write(os.path.dirname(location), path, _sealed(json.dumps(manifest).encode()))
    return manifest, differing


def _stats(folder: str) -> dict[str, list[int]]:
    """Return for each name in a folder what `stat` says of it: size, times of change in ns, inode; empty if that is not a regular file, such as a link."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not UNRECORDED.fullmatch(entry.name):
                found[entry.name] = _stat(entry)
    return found


def _stat(entry: os.DirEntry[str]) -> list[int]:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino] if stat.S_ISREG(found.st_mode) else []


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "cannot be read"


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _unsealed(path: str) -> bytes:
    """Return the body of a file that `_sealed` began with its digest. Raises OSError, or ValueError if it has changed."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("not a regular file")
    if found.st_size > texts.MAX_FILE:  # to read it could take all memory; what is written here is far smaller
        raise ValueError("larger than it can have been written")
    with open(path, "rb") as file:
        digest, _, body = file.read(texts.MAX_FILE).partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("changed since it was written")
    return body


def _write(cache: str, path: str, content: bytes) -> None:
    """Write a file in the cache whole or not at all. Raises OSError."""
    draft = new_draft(cache)
    try:
        with open(draft, "xb") as file:
            file.write(content)
        if os.path.isdir(path):  # not ours, under our name; no file can take its place
            delete(path)
        os.replace(draft, path)
        writing.DRAFTS.discard(draft)
    except OSError:
        delete(draft)
        raise


def new_draft(cache: str) -> str:
    """Return a new name for what is not in its place yet, or no longer; what a killed process leaves under it is pruned."""
    path = os.path.join(cache, f".draft-{os.urandom(8).hex()}")
    writing.DRAFTS.add(path)
    return path


def keep(key: str, store: ox.Store, catalogue: list[dict[str, Any]]) -> str | None:
    """Write a built store into the first of `places` that takes it: complete as a draft, then moved into place at once.

    Parameters: `key`, the digest of all that the store was made from; `catalogue`, the saved queries as plain data.
    Returns where it is; None if nowhere. A notice says so if it is not in the preferred folder, or nowhere.
    """
    refused = None  # the folder that should have taken it, and why it did not
    for location in places(key):
        folder = os.path.dirname(location)
        try:
            if not _writable(folder):
                raise PermissionError
            _make(folder, location, store, catalogue)
        except PermissionError:
            refused = refused or (folder, "")
        except (OSError, ValueError, RuntimeError) as error:  # RocksDB raises all three, with the cause last
            refused = refused or (folder, str(error).rpartition(": ")[2])
        else:
            if refused is not None:
                _say_elsewhere(refused[0], folder, refused[1])
            _prune(folder)
            return location
    if refused is not None:
        _say_elsewhere(refused[0], None, refused[1])
    return None


def _make(cache: str, location: str, store: ox.Store, catalogue: list[dict[str, Any]]) -> None:
    with _drafting(cache, location, catalogue) as draft:
        disk = ox.Store(os.path.join(draft, "store"))
        disk.bulk_extend(iter(store))
        disk.flush()
        disk.optimize()
        del disk  # closes the database


@contextlib.contextmanager
def _drafting(cache: str, location: str, catalogue: list[dict[str, Any]]) -> Iterator[str]:
    """Give a new folder, and make it the entry at a place once there is a folder `store` in it. Raises OSError."""
    draft = new_draft(cache)
    try:
        os.mkdir(draft)
        yield draft
        folder = os.path.join(draft, "store")
        files = {name: [stats, _digest(os.path.join(folder, name))] for name, stats in _stats(folder).items()}
        body = json.dumps({"key": os.path.basename(location), "files": files, "catalogue": catalogue}).encode()
        with open(os.path.join(draft, _MANIFEST), "xb") as file:
            file.write(_sealed(body))
        try:
            os.rename(draft, location)
        except OSError:
            # Another process may have been first, with the same content.
            if not os.path.isdir(location):
                raise
            if _checked(location, every=True)[1]:
                raise OSError("a damaged graph is in the way") from None
    finally:
        delete(draft)


@contextlib.contextmanager
def drafted(location: str) -> Iterator[str]:
    """Give a new folder, and make it an entry once there is a folder `store` in it; what the cache cannot take is left out."""
    with (
        contextlib.suppress(OSError, ValueError, RuntimeError),
        _drafting(os.path.dirname(location), location, []) as draft,
    ):
        yield draft
    _prune(os.path.dirname(location))


@contextlib.contextmanager
def locked(location: str) -> Iterator[None]:
    """Keep other processes from an entry's record for a while; where there are no locks, nobody is kept from it."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            # A pipe in its place would be waited for, and a link lead to a file of another name.
            handle = os.open(f"{location}.lock", os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW, 0o600)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def touch(location: str) -> bool:
    """Return whether an entry is as recorded, and count it as used just now; one that is damaged is deleted."""
    if not os.path.lexists(location):
        return False
    _, differing = _checked(location)
    if differing:
        _condemned(location, _not_as_recorded(differing))
        return False
    with contextlib.suppress(OSError):
        os.utime(location)
    return True


def record_links(location: str) -> None:
    """Record what `stat` says of an entry's files after links to them have come or gone, which only changes the time of that.

    The caller holds the lock, and has compared all stats under it. A file that differs in more is left to be digested.
    """
    path = os.path.join(location, _MANIFEST)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads(_unsealed(path))
        files, touched = manifest["files"], False
        for name, stats in _stats(os.path.join(location, "store")).items():
            recorded = files[name][0]
            if stats != recorded and [stats[0], stats[1], stats[3]] == [recorded[0], recorded[1], recorded[3]]:
                files[name][0], touched = stats, True
        if touched:
            _write(os.path.dirname(location), path, _sealed(json.dumps(manifest).encode()))


def say_if_elsewhere(location: str) -> None:
    """Say that ZONEGRAPH_CACHE names a folder that cannot be written, if an entry is used that lies in another one.

    Nothing is said where that folder holds a damaged entry of the same name: `open_store` has said so.
    """
    chosen = os.environ.get("ZONEGRAPH_CACHE")
    folder, key = os.path.split(location)
    elsewhere = chosen and folder != os.path.abspath(chosen)
    if (
        chosen
        and elsewhere
        and not _writable(os.path.abspath(chosen))
        and not os.path.lexists(os.path.join(chosen, key))
    ):
        _say_elsewhere(chosen, folder)


def discard(location: str) -> bool:
    """Delete an entry: out of its place first, so that nobody meets half of it. Returns whether its place is free."""
    aside = new_draft(os.path.dirname(location))
    try:
        os.rename(location, aside)
    except OSError:
        aside = location
    delete(aside)
    return not os.path.lexists(location)


def delete(path: str) -> bool:
    """Delete a file, a link or a folder, as far as it can be done. Returns whether there was one and it is gone."""
    writing.DRAFTS.discard(path)
    if not os.path.lexists(path):
        return False
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)
    return not os.path.lexists(path)


def _prune(cache: str) -> None:
    """Delete the entries that were not used for longest, and what killed processes left behind."""
    stores, drafts, compiled = [], [], []
    with contextlib.suppress(OSError), os.scandir(cache) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process has just deleted it
                found = entry.stat(follow_symlinks=False)
                last = (found.st_mtime, entry.path)
                if _STORE.fullmatch(entry.name) and stat.S_ISDIR(found.st_mode):
                    stores.append(last)
                elif _DRAFT.fullmatch(entry.name):
                    drafts.append(last)
                elif _COMPILED.fullmatch(entry.name):
                    compiled.append(last)
    now = time.time()
    for _, path in sorted(stores, reverse=True)[_KEPT:]:
        delete(path)
        delete(f"{path}.lock")
    for _, path in sorted(compiled, reverse=True)[3 * _KEPT :]:  # shapes, rules of both kinds
        delete(path)
    for made, path in drafts:
        if made < now - _ABANDONED:
            delete(path)
