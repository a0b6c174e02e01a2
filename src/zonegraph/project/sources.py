"""The files of a project: where they are, which named graph each becomes, and whether they have changed.

A project is a folder that holds `ontology/` and `data/`; any knowledge graph laid out that way works.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections import namedtuple

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError
from zonegraph.project import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple

    class SourceFile(NamedTuple):
        """One file of a project: its absolute path, its path inside the project, and the graph it is loaded into."""

        path: str
        name: str
        graph: str | None

    class Project(NamedTuple):
        """A project's root folder, the prefixes that its ontology declares, and its files by kind, in order of name."""

        root: str
        prefixes: dict[str, str]
        ontology: list[SourceFile]
        reference: list[SourceFile]
        articles: list[SourceFile]
        review: list[SourceFile]
        curation: list[SourceFile]
        rules: list[SourceFile]
        shapes: list[SourceFile]
        shape_rules: list[SourceFile]
        lexicon: list[SourceFile]
        queries: list[SourceFile]

else:  # typing costs start-up time that every command would pay
    SourceFile = namedtuple("SourceFile", "path name graph")
    Project = namedtuple(
        "Project", "root prefixes ontology reference articles review curation rules shapes shape_rules lexicon queries"
    )


def packaged_root() -> str:
    """Return the folder of the project that is installed with the program (in a checkout: the checkout)."""
    program = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packaged = os.path.join(program, "packaged")
    return packaged if os.path.isdir(packaged) else os.path.dirname(os.path.dirname(program))


def real_paths(paths: Iterable[str]) -> list[str]:
    """Return what `os.path.realpath` does of each path, for less where many lie in one folder."""
    folders: dict[str, str] = {}
    found = []
    for path in paths:
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir) or os.path.islink(path):
            found.append(os.path.realpath(path))
            continue
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        found.append(os.path.join(folders[folder], name))
    return found


def find(directory: str | None = None) -> Project:
    """Find a project and list its files; the prefixes that its ontology declares are known from then on.

    Parameters: `directory`, the project's folder; None means the current folder if it holds `ontology/` and `data/`,
    else the packaged project. Returns the project. Raises UsageError if the folder is not a project.
    """
    root = directory
    if root is None:
        root = os.getcwd() if is_project(os.getcwd()) else packaged_root()
    root = os.path.abspath(root)
    if not is_project(root):
        raise UsageError(
            f"{directory or root}: not a zonegraph project (it must have the folders ontology/ and data/)",
            "name a project's folder with --project, or leave the option out to use the packaged graph",
        )

    def files(folder: str, extension: str, graph: str | None) -> list[SourceFile]:
        path = os.path.join(root, *folder.split("/"))
        try:
            names = sorted(os.listdir(path))
        except FileNotFoundError:
            return []
        return [
            SourceFile(
                os.path.join(path, n),
                f"{folder}/{n}",
                graph + n[: -len(extension)] if graph and graph[-1] == "/" else graph,
            )
            for n in names
            if n.endswith(extension) and not n.startswith(".")
        ]

    curation = os.path.join(root, "data", "curation.ttl")
    ontology = files("ontology", ".ttl", v.ONTOLOGY_GRAPH)
    project = Project(
        root=root,
        prefixes=_prefixes(ontology),
        ontology=ontology,
        reference=files("data/reference", ".ttl", v.REFERENCE_GRAPH),
        articles=files("data/articles", ".ttl", v.ARTICLE_GRAPH),
        review=files("data/review", ".ttl", v.REVIEW_GRAPH),
        curation=[SourceFile(curation, "data/curation.ttl", v.CURATION_GRAPH)] if os.path.exists(curation) else [],
        rules=files("ontology/rules", ".rq", None),
        shapes=files("shapes", ".ttl", None),
        shape_rules=files("shapes/rules", ".rq", None),
        lexicon=[file for file in files("shapes", ".json", None) if file.name == "shapes/lexicon.json"],
        queries=files("queries", ".rq", None),
    )
    for file in [*graph_files(project), *project.queries]:
        # The name becomes part of an IRI, and of what people type.
        if not slug(file).replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise UsageError(
                f"{file.path}: the name has characters other than letters, digits, '-', '_' and '.'", "rename the file"
            )
    for prefix, namespace in project.prefixes.items():
        if v.OWN.get(prefix, namespace) != namespace:  # a name would mean now the one, now the other
            raise UsageError(
                f"{root}: the prefix {prefix}: stands for <{namespace}> here, and for <{v.OWN[prefix]}> in a project that is "
                "open already",
                "open each in a process of its own, or rename one of the prefixes",
            )
    v.declare(project.prefixes)
    return project


_PREFIX = re.compile(
    r"(?:\s|#[^\n]*\n)*@?prefix\s+(\w[\w-]*|):\s*<(\w+:[^\s<>\"{}|^`\\]*)>\s*\.?", re.IGNORECASE | re.ASCII
)


def _prefixes(files: list[SourceFile]) -> dict[str, str]:
    """Return the prefixes that are declared at the head of files: of two for one name the first.

    The empty prefix is each file's own. A file that cannot be read declares none, and what is no IRI is no namespace;
    whoever needs the file says what is wrong.
    """
    import pyoxigraph as ox

    found: dict[str, str] = {}
    for file in files:
        try:
            text = texts.read_text(file.path)
        except UsageError:
            continue
        place = _PREFIX.match(text)
        while place:
            prefix, namespace = place.groups()
            try:
                ox.NamedNode(namespace)
                if prefix:
                    found.setdefault(prefix, namespace)
            except ValueError:
                pass
            place = _PREFIX.match(text, place.end())
    return found


def is_project(root: str) -> bool:
    """Return whether a folder is a project."""
    return os.path.isdir(os.path.join(root, "ontology")) and os.path.isdir(os.path.join(root, "data"))


def slug(file: SourceFile) -> str:
    """Return the slug of a file: its name without folder and extension."""
    return os.path.splitext(os.path.basename(file.name))[0]


def articles(project: Project, slugs: Iterable[str]) -> list[SourceFile]:
    """Return the files of some articles, or of all if no slug is given. Raises UsageError for a slug that no article has."""
    from zonegraph.suggest import nearest

    files = {slug(file): file for file in project.articles}
    wanted = list(dict.fromkeys(slugs))
    for name in wanted:
        if name not in files:
            near = nearest(name, files, 0.3)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(files)}"
            raise UsageError(f"{name}: no such article", hint)
    return [files[name] for name in wanted] or list(files.values())


def graph_files(project: Project) -> list[SourceFile]:
    """Return the Turtle files that become named graphs."""
    return [*project.ontology, *project.reference, *project.articles, *project.review, *project.curation]


def built_files(project: Project) -> list[SourceFile]:
    """Return the files that the built store depends on: graphs, rules and saved queries (not the shapes)."""
    return [*graph_files(project), *project.rules, *project.queries]


def signature(files: list[SourceFile]) -> dict[str, list[int]]:
    """Return for each file what `stat` says of its content: size, times of change in ns, inode."""
    result = {}
    for file in files:
        try:
            found = os.stat(file.path)
        except OSError:
            texts.read_bytes(file.path)  # raises with a message
            raise
        result[file.name] = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    return result


def digests(files: list[SourceFile], known: dict[str, list[object]] | None = None) -> dict[str, list[object]]:
    """Return for each file its signature and its digest.

    Parameters: `known`, an earlier result; a file whose signature is unchanged since keeps its digest unread, unless
    it changed so shortly before it was looked at that the clock of the file system could hide a second change.
    Returns name -> [signature, SHA-256 in hexadecimal, time of looking in ns].
    """
    result: dict[str, list[object]] = {}
    now = time.time_ns()
    for name, seen in signature(files).items():
        old = (known or {}).get(name)
        if old and old[0] == seen and isinstance(old[2], int) and max(seen[1], seen[2]) < old[2] - 2_000_000_000:
            result[name] = old
    for file in files:
        if file.name not in result:
            seen = signature([file])[file.name]
            result[file.name] = [seen, hashlib.sha256(texts.read_bytes(file.path)).hexdigest(), now]
    return result
