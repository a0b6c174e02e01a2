"""Where triples stand: in the files that are judged, or else in others of the project, which are read when first asked for."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from zonegraph import vocabulary as v
from zonegraph.project import sources, texts
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Term
from zonegraph.rdf.turtle import Region
from zonegraph.terms import TYPE
from zonegraph.validation import checks, restated
from zonegraph.validation.checks import File, shown
from zonegraph.validation.findings import Other
from zonegraph.validation.restated import Restated

MOST = 5  # places that are named of one triple; a thing that all speak of stands in every file


class Places:
    """Where triples stand. `restated`, what articles restate, once that is known."""

    def __init__(self, files: list[File], beside: Iterable[sources.SourceFile]) -> None:
        """Parameters: `files`, those judged; `beside`, others of the project, of which those judged are left out."""
        self.restated: Restated = restated.NOTHING
        self._files = files
        self._all = list(beside)
        self._text = functools.cache(texts.read_text)  # each file once, however many things are looked for
        self._read: dict[str, turtle.PositionedGraph] = {}
        # Thousands of findings may be about one thing.
        self._described: dict[Term, list[tuple[str, turtle.PositionedGraph]]] = {}

    @functools.cached_property
    def _beside(self) -> list[sources.SourceFile]:
        own = set(sources.real_paths(file.source.path for file in self._files))
        paths = sources.real_paths(file.path for file in self._all)
        return [file for file, path in zip(self._all, paths, strict=True) if path not in own]

    @functools.cached_property
    def _about(self) -> dict[Term, list[File]]:
        """The files judged that state something of a thing, or conclude it."""
        found: dict[Term, list[File]] = {}
        for file in self._files:
            subjects = dict.fromkeys(file.source.graph.subjects())
            for s in subjects | dict.fromkeys(file.source.graph.objects(None, checks.ZG.topic)):
                found.setdefault(s, []).append(file)
        return found

    def judged(self, s: Term, p: Term, o: Term) -> Iterator[tuple[File, Region | None]]:
        """Yield the files judged that state or restate a triple, with the region."""
        for file in self._files:
            if restated.says(self.restated, file, s, p, o):
                yield file, restated.place(self.restated, file, s, [p], o)[0]

    def of(self, s: Term, p: Term, o: Term | None = None) -> list[tuple[str, Region | None]]:
        """Return the files, by name, in which a triple stands, with its regions; a conclusion states one too.

        Parameters: `o`, None for any value. Others than those judged are looked at only if none of these states it.
        """
        restating = [file for file in self._files if restated.of_file(self.restated, file).has(s, p, o)]
        if restating and not any(file.source.graph.has(s, p, o) for file in self._files):
            return [(file.name, restated.place(self.restated, file, s, [p], o)[0]) for file in restating]
        judged: list[tuple[str, Region | None]] = [
            (f.name, region) for f in self._about.get(s, ()) for region in checks.stated(f.source, s, [p], o)
        ]
        return judged or [
            (name, region) for name, source in self._naming(s) for region in checks.stated(source, s, [p], o)
        ]

    def others(self, s: Term, p: Term | None = None, o: Term | None = None) -> list[Other]:
        """Return where a triple stands as other sides of a finding, a few of them; without a property where a subject is described."""
        said = [term for term in (s, p, o) if term is not None and not isinstance(term, ox.BlankNode)]
        what = " ".join(
            "a" if term == TYPE else term.value if isinstance(term, ox.Literal) else shown(term) for term in said
        )
        found = self.described(s) if p is None else self.of(s, p, o)
        return [Other(name, region, what) for name, region in found if region is not None][:MOST]

    def described(self, s: Term) -> list[tuple[str, Region]]:
        """Return the files, by name, that describe a thing, each with where it does."""
        return [(name, source.subjects[s]) for name, source in self.describing(s)]

    def describing(self, s: Term) -> list[tuple[str, turtle.PositionedGraph]]:
        """Return the files that describe a thing, by name, as they are read."""
        if s not in self._described:
            sources = [*((file.name, file.source) for file in self._files), *self._naming(s)]
            self._described[s] = [
                (name, source) for name, source in sources if source.graph.has(s) and s in source.subjects
            ]
        return self._described[s]

    def _naming(self, subject: Term) -> Iterator[tuple[str, turtle.PositionedGraph]]:
        """Yield the files that are not judged and name a thing."""
        name = v.local_name(subject.value)
        for file in self._beside:
            if file.path not in self._read:
                # To read a file with its lines takes long; most do not name the thing.
                if name not in self._text(file.path):
                    continue
                self._read[file.path] = turtle.read(file.path)
            yield file.name, self._read[file.path]
