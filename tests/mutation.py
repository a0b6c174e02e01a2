"""Proof that rules bite: for every constraint and rule the project's files are edited so that they break it, and `validate` must say so.

`make mutation`, or `python -m tests.mutation --seed 7 --share 0.1`. A mutant is an edit of one file that conforms: of the data, or of a
passing example. For a constraint of SHACL it is worked out: changes of triples around a node that the shape is about are
tried until the constraint is broken by the letter of SHACL (`conforming`), and of these the one is written that breaks the fewest
others. For what is no such constraint, a query in a shape, a rule, a check, `mutations.toml` has the edits.

A mutant is caught if the rule has a new finding about the node, at the line that was edited, or, where nothing is left to point at,
at a line of the node's own that the shape's path or `zgsh:pointsAt` names, where the node is opened, or at the premise from which the file
restates what is wrong. One that is not caught survives:
`mutation-survivors.toml` says why it may. Many are judged at a time, no two of which touch one node; who is not caught so is judged alone.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import random
import re
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from tests.conforming import Evaluator, World, is_known
from tests.editing import Triple, addition, applied, removal, replacement
from zonegraph import validation
from zonegraph import vocabulary as v
from zonegraph.build import graphs
from zonegraph.project import sources
from zonegraph.project.sources import Project, SourceFile
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Graph, Term
from zonegraph.rdf.turtle import PositionedGraph, regions
from zonegraph.terms import NUMERIC, TYPE
from zonegraph.validation import checks, restated, rulebook, rules, shapes
from zonegraph.validation.checks import File, well_formed
from zonegraph.validation.constraints import list_of
from zonegraph.validation.findings import Edit, Finding
from zonegraph.validation.run import OVERALL
from zonegraph.validation.shapes import Part, Shape, Shapes

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "tests" / "examples" / "shapes"
RESTATED = "It is restated by the rule"  # says a finding that stands at a premise of what it is about
EDITS, SURVIVORS = (ROOT / "tests" / f"{name}.toml" for name in ("mutations", "mutation-survivors"))

SITES = 2  # mutants of one constraint in one stage, at nodes of their own where there are several
FOCUSES = 12  # nodes tried for each of these
PAIRS = 300  # pairs of changes tried at a node where no single one breaks the constraint
POINTS_AT = v.ZGSH + "pointsAt"
CONCLUDED = [
    ox.NamedNode(v.ZG + name) for name in ("topic", "supports", "value")
]  # of a conclusion that states a triple
READING = [rule.id for rule in checks.RULES.values() if rule.group]  # what breaks one of these is judged no further
KINDS = ("reference", "articles", "review", "curation", "queries")


class Target(NamedTuple):
    """What is to be broken: a constraint of a shape's part (`name` its property, `term` its value), or a rule, without these.

    `node` is where the constraint stands: the part, or a member of its `sh:and`.
    """

    rule: str
    id: str
    shape: Shape | None = None
    part: Part | None = None
    node: Term | None = None
    name: str = ""
    term: Term | None = None


class Change(NamedTuple):
    """A change of one triple: `remove`, `add`, or `replace` its object by `new`."""

    what: str
    triple: Triple
    new: Term | None = None


class Mutant(NamedTuple):
    """Edits that break a target. `at` tells what stands in the line of the finding; without it that is worked out for `focus`."""

    target: Target
    stage: str
    edits: tuple[Edit, ...]
    focus: Term | None = None
    at: str = ""
    removed: tuple[Triple, ...] = ()
    added: tuple[Triple, ...] = ()

    @property
    def file(self) -> str:
        """The file of the first edit."""
        return self.edits[0].path


class Outcome(NamedTuple):
    """What became of a mutant: `where` it was caught, "edit" or "focus", or "" for one that survived."""

    mutant: Mutant
    where: str


# ---------------------------------------------------------------- what is mutated


class Stage:
    """A project whose files conform, or nearly, and a folder for what they become."""

    def __init__(self, name: str, project: Project, folder: Path, texts: str | None, *, merge: bool) -> None:
        """Parameters: `texts`, the folder of the articles' texts; `merge`, whether shapes of the merge are broken here."""
        self.name, self.project, self.folder, self.texts, self.merge = name, project, folder / name, texts, merge
        self._entered: tuple[str, list[Triple]] = ("", [])  # the file that is in the background, with its triples there
        self.kinds = {file.name: kind for kind in KINDS for file in getattr(project, kind)}
        self.paths = {file.name: file.path for kind in KINDS for file in getattr(project, kind)}

    @functools.cached_property
    def sources(self) -> dict[str, PositionedGraph]:
        """The Turtle files as read, by name."""
        read = {name: Path(path).read_text("utf-8") for name, path in self.paths.items() if name.endswith(".ttl")}
        return {name: turtle.read(name, text) for name, text in read.items()}

    @functools.cached_property
    def ontology(self) -> list[Triple]:
        return [tuple(t) for file in self.project.ontology for t in turtle.parse(file.path, rename=True)]  # type: ignore[misc]

    @functools.cached_property
    def known(self) -> set[Finding]:
        """What is found before anything is edited."""
        return set(self.judged({}))

    def judged(self, edits: dict[str, list[Edit]]) -> list[Finding]:
        """Return the findings of the project with edits, by file. The files are written, so that the project reads them."""
        changed: dict[str, str] = {}
        for name, of_file in edits.items():
            text = Path(self.paths[name]).read_text("utf-8")
            new = applied(text, of_file)
            assert new != text, f"{name}: the edit changes nothing"
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, "utf-8")
            changed[name] = str(path)

        def files(kind: str) -> list[SourceFile]:
            return [file._replace(path=changed.get(file.name, file.path)) for file in getattr(self.project, kind)]

        project = self.project._replace(**{kind: files(kind) for kind in KINDS})
        return validation.validate(project, articles=self.texts).findings

    def around(self, name: str, over_merge: bool) -> World:
        """Return what shapes see from a file: itself with what it restates, reference data, ontology; or everything.

        That is one world for all files but reviews and curation, so it holds for this file until another one is asked about.
        """
        if self.sees_everything(name, over_merge):
            return self._everything
        if self.kinds[name] == "reference":
            self._enter("", [])
        elif name != self._entered[0]:
            self._enter(name, [*self.stated(name), *self.restates(name)])
        return self._background

    def sees_everything(self, name: str, over_merge: bool) -> bool:
        return over_merge or self.kinds[name] in ("review", "curation")

    def _enter(self, name: str, triples: list[Triple]) -> None:
        self._background.remove(self._entered[1])
        self._background.add(triples)
        self._entered = (name, triples)

    def stated(self, name: str) -> list[Triple]:
        """Return the triples of a file."""
        return [tuple(t) for t in self.sources[name].graph]  # type: ignore[misc]

    @functools.cached_property
    def _background(self) -> World:
        world = World(self.ontology)
        for name in self.sources:
            if self.kinds[name] == "reference":
                world.add(self.stated(name))
        return world

    @functools.cached_property
    def _everything(self) -> World:
        world = World(self.ontology)
        for name in self.sources:
            world.add([*self.stated(name), *self.restates(name)])
        for said in [*world.out.values()]:
            topic, property, value = (list(said.get(p, ())) for p in CONCLUDED)
            if topic and property and value:
                world.add([(topic[0], property[0], value[0])])
        return world

    @functools.lru_cache(maxsize=256)  # noqa: B019
    def restates(self, name: str) -> list[Triple]:
        return self.restated(name, self.sources[name])

    def restated(self, name: str, source: PositionedGraph) -> list[Triple]:
        """Return what a file restates if it is as `source` has it."""
        if self.kinds[name] != "articles":
            return []
        file = File(name, checks.ARTICLE, Path(name).stem, source)
        drawn = restated.draw(graphs.program(self.project), [file], [])
        return [tuple(t) for t in restated.of_file(drawn, file)]  # type: ignore[misc]


def stages(folder: Path) -> list[Stage]:
    """Return what is mutated: the data, the passing examples of single files, those of saved queries, and those of the merge."""
    project = sources.find(str(ROOT))

    def of(below: Path, ends: str) -> Project:
        def files(kind: str) -> list[SourceFile]:
            found = sorted([*(below / kind).glob("*.ttl"), *(below / kind).glob("*.rq")])
            kept = [path for path in found if path.stem.endswith(ends) or path.stem == "context"]
            return [SourceFile(str(path), str(path.relative_to(EXAMPLES)), None) for path in kept]

        return project._replace(**{kind: files(kind) for kind in KINDS})

    texts, single = str(EXAMPLES / "texts"), of(EXAMPLES, "-pass")
    return [
        Stage("data", project, folder, None, merge=True),
        Stage("examples", single._replace(queries=[]), folder, texts, merge=False),
        Stage(
            "queries", single._replace(**{kind: [] for kind in KINDS if kind != "queries"}), folder, None, merge=False
        ),
        Stage("merge", of(EXAMPLES / "merge-pass", ""), folder, texts, merge=True),
    ]


# ---------------------------------------------------------------- what is to be broken


@functools.cache
def project_shapes() -> Shapes:
    project = sources.find(str(ROOT))
    return shapes.load(project, [t for file in project.ontology for t in turtle.parse(file.path)])


def targets() -> list[Target]:
    """Return every constraint of every shape and every rule, in order of id."""
    found = []
    loaded = project_shapes()
    for shape in loaded.shapes:
        for part in shape.parts:
            rule = loaded.rules[part.node].id
            for name, values in loaded.graph[part.node].items():
                short = name.removeprefix(v.SH)
                if not name.startswith(v.SH) or short == "property":
                    continue
                if short == "sparql":
                    found.append(Target(rule, f"{rule}: sparql"))
                elif short == "and":
                    for number, member in enumerate(list_of(loaded.graph, values[0]), 1):
                        for inner, terms in loaded.graph[member].items():
                            if is_known(inner):
                                id = f"{rule}: and {number} {inner.removeprefix(v.SH)}"
                                found += (Target(rule, id, shape, part, member, inner, term) for term in terms)
                elif is_known(name):
                    found += (Target(rule, f"{rule}: {short}", shape, part, part.node, name, term) for term in values)
    others = [rule.rule.id for rule in rules.load(sources.find(str(ROOT)))]
    for table in rulebook.PROGRAM:
        others += table
    return sorted([*found, *(Target(id, id) for id in others)], key=lambda target: target.id)


# ---------------------------------------------------------------- changes that may break a constraint

_TEXT = "x" * 400


class Tries:
    """Changes of one file that may break a constraint at a node."""

    def __init__(self, stage: Stage, name: str, target: Target, chance: random.Random) -> None:
        self.stage, self.name, self.target, self.chance = stage, name, target, chance
        self.source = stage.sources[name]
        assert target.shape is not None
        self.world = stage.around(name, target.shape.over_merge)
        self.judge = Evaluator(project_shapes(), self.world)

    def focuses(self, *, about: bool) -> list[tuple[Term, list[Change]]]:
        """Return nodes of the file in random order.

        Parameters: `about`, whether those that the shape is about, else others, each with the change that brings it there.
        """
        shape, chance = self.target.shape, self.chance
        assert shape is not None
        subjects = [s for s in self.source.graph.subjects() if s in self.source.subjects]
        if self.stage.kinds[self.name] == "reference":  # what several files describe is found in either
            others_of_kind = [n for n in self.stage.sources if n != self.name and self.stage.kinds[n] == "reference"]
            subjects = [s for s in subjects if not any(self.stage.sources[n].graph.has(s) for n in others_of_kind)]
        if about:
            found: list[tuple[Term, list[Change]]] = [(s, []) for s in subjects if self.judge.is_about(shape, s)]
            chance.shuffle(found)
            return found[:FOCUSES]
        others: dict[object, tuple[Term, list[Change]]] = {}
        named = [s for s in subjects if isinstance(s, ox.NamedNode)]
        chance.shuffle(named)
        for s in named:
            types = frozenset(self.source.graph.objects(s, TYPE))
            for p in shape.targets.subjects_of:
                for o in self._typical(p)[:1]:
                    if not self.world.has((s, p, o)):
                        others.setdefault((types, p), (s, [Change("add", (s, p, o))]))
        return list(others.values())[:FOCUSES]

    def changes(self, focus: Term) -> list[Change]:
        """Return single changes around a node, plain ones first."""
        found: dict[Change, None] = {}
        reached, sites = self._seen(focus)
        for triple in reached:
            if triple in self.source.objects:
                found[Change("remove", triple)] = None
                for new in self._values(triple[1], triple[2]):
                    if new != triple[2] and not self.world.has((*triple[:2], new)):
                        found[Change("replace", triple, new)] = None
        subjects = list(self.source.graph.subjects())
        for node, p, arriving in sites:
            if arriving:
                others = [s for s in subjects if self.source.graph.has(s, p)] or subjects
                adding = [(s, p, node) for s in self.chance.sample(others, min(5, len(others)))]
            else:
                adding = [(node, p, o) for o in self._values(p, None)] if node in self.source.subjects else []
            found.update((Change("add", t), None) for t in adding if not self.world.has(t))
        return list(found)

    def _seen(self, focus: Term) -> tuple[list[Triple], list[tuple[Term, Term, bool]]]:
        """Return the triples that a constraint may look at from a node, and the sites where it would look at more."""
        graph, judge = project_shapes().graph, self.judge
        triples: dict[Triple, None] = {}
        sites: dict[tuple[Term, Term, bool], None] = {}

        def see(node: Term, shape: Term) -> None:
            said = graph[shape]
            ends = [node]
            for path in said.get(v.SH + "path", ()):
                walked = list(judge.along(node, path))
                triples.update((t, None) for _, way in walked for t in way)
                sites.update(dict.fromkeys(judge.sites(node, path)))
                ends = list(dict.fromkeys(end for end, _ in walked))
            inner = [o for name in ("not", "qualifiedValueShape", "property") for o in said.get(v.SH + name, ())]
            inner += [o for name in ("and", "or") for items in said.get(v.SH + name, ()) for o in list_of(graph, items)]
            for other in ("equals", "disjoint", "lessThan", "lessThanOrEquals"):
                for p in said.get(v.SH + other, ()):
                    triples.update(((node, p, o), None) for o in self.world.out.get(node, {}).get(p, ()))
                    sites[node, p, False] = None
            for end in ends:
                if end in self.source.subjects and (v.SH + "class" in said):
                    sites[end, TYPE, False] = None
                    triples.update(((end, TYPE, o), None) for o in self.world.out.get(end, {}).get(TYPE, ()))
                for shape_of_value in inner:
                    see(end, shape_of_value)

        assert self.target.node is not None
        see(focus, self.target.node)
        return list(triples), list(sites)

    def _mentioned(self) -> tuple[list[Term], list[Term]]:
        """Return the classes and the values that the constraint names, and numbers beside its bounds."""
        graph, classes, values = project_shapes().graph, set[Term](), set[Term]()
        pending = [self.target.node]
        while pending:
            said = graph.get(pending.pop(), {})  # type: ignore[arg-type]
            classes |= set(said.get(v.SH + "class", ()))
            values |= set(said.get(v.SH + "hasValue", ()))
            for name in ("minInclusive", "maxInclusive"):
                values |= {_whole(int(term.value) + step) for term in said.get(v.SH + name, ()) for step in (-1, 1)}
            for items in said.get(v.SH + "in", ()):
                values |= set(list_of(graph, items))
            for name in ("not", "qualifiedValueShape"):
                pending += said.get(v.SH + name, ())
            for name in ("and", "or"):
                pending += [member for items in said.get(v.SH + name, ()) for member in list_of(graph, items)]
        return sorted(classes, key=str), sorted(values, key=str)

    @functools.lru_cache(maxsize=4096)  # noqa: B019
    def _typical(self, p: Term) -> list[Term]:
        """Return values that files have of a property, those that this file may refer to, in random order."""
        graphs = [source.graph for source in self.stage.sources.values()]
        values = dict.fromkeys(o for graph in graphs for o in graph.objects(None, p) if not isinstance(o, ox.BlankNode))
        known = [o for o in values if isinstance(o, ox.Literal) or self.world.describes(o)]
        self.chance.shuffle(known)
        return known

    def _values(self, p: Term, old: Term | None) -> list[Term]:
        """Return values that may stand in a triple of a property: usual ones, things of other classes, other literals."""
        classes, values = self._mentioned()
        if p == TYPE:
            return [*classes, *self._classes()]
        usual = self._typical(p)[:4]
        literals = [o for o in (old, *usual[:1]) if isinstance(o, ox.Literal)]
        things = [*self._instances(classes), *self._one_of_each_class()]
        texts = list(_other_literals(literals[0] if literals else ox.Literal("x")))
        found = [*usual, *values, *(texts + things if literals else things + texts)]
        return [o for o in dict.fromkeys(found) if well_formed(o)]

    def _instances(self, classes: list[Term]) -> list[Term]:
        below = project_shapes().classes.below
        found = []
        for top in classes:
            for c in below(top) if isinstance(top, ox.NamedNode) else ():
                things = [s for s in self.world.into.get(c, {}).get(TYPE, ()) if isinstance(s, ox.NamedNode)]
                found += things[:1]
        return found[:8]

    @functools.lru_cache(maxsize=1)  # noqa: B019
    def _classes(self) -> list[Term]:
        named = [c for c, said in self.world.into.items() if TYPE in said and c.value.startswith(v.ZG)]
        self.chance.shuffle(named)
        return named

    @functools.lru_cache(maxsize=1)  # noqa: B019
    def _one_of_each_class(self) -> list[Term]:
        found = (next((s for s in self.world.into[c][TYPE] if s.value.startswith(v.NS)), None) for c in self._classes())
        return [s for s in found if isinstance(s, ox.NamedNode)][:12]

    def try_at(self, focus: Term, brought: list[Change]) -> list[Change] | None:
        """Return changes that break the constraint at a node, and as little else as can be; None if there are none."""
        graph, judge, node = project_shapes().graph, self.judge, self.target.node
        # What the file only restates of the node is found where it is stated, which is about another node.
        steps = [way[0] for path in graph[node].get(v.SH + "path", ()) for _, way in judge.along(focus, path)]  # type: ignore[index]
        if steps and not any(step in self.source.objects for step in steps):
            return None
        broken = self._broken(focus) if not brought else set()
        if self.target.id in broken:
            return None
        best: tuple[int, list[Change]] | None = None
        singles = self.changes(focus)
        pairs = (
            [one, two]
            for one, two in itertools.combinations(singles, 2)
            if one.triple[:2] == two.triple[:2] or self.chance.random() < 0.05
        )
        tried: Iterable[list[Change]] = [[], *([one] for one in singles)] if brought else ([one] for one in singles)
        for number, more in enumerate(itertools.chain(tried, itertools.islice(pairs, PAIRS))):
            if best and number > len(singles):
                break
            cost = self._cost(focus, [*brought, *more], broken)
            if cost is not None and (best is None or cost < best[0]):
                best = cost, [*brought, *more]
                if cost == 0:
                    break
        return best and best[1]

    def _cost(self, focus: Term, made: list[Change], broken: set[str]) -> int | None:
        """Return how many other constraints changes break at a node; None if they don't break the one that they should."""
        removed, added = difference(self.source.graph, made)
        self.world.remove(removed)
        self.world.add(added)
        try:
            target, judge = self.target, self.judge
            assert target.shape is not None
            assert target.node is not None
            assert target.term is not None
            if not judge.is_about(target.shape, focus) or not judge.breaks(
                focus, target.node, target.name, target.term
            ):
                return None
            return len(self._broken(focus) - broken - {target.id})
        finally:
            self.world.remove(added)
            self.world.add(removed)

    def _broken(self, focus: Term) -> set[str]:
        """Return the constraints that a node breaks."""
        judge = self.judge
        return {
            other.id
            for shape, of_shape in _by_shape()
            if shape.over_merge <= self.stage.merge and judge.is_about(shape, focus)
            for other in of_shape
            if judge.breaks(focus, other.node, other.name, other.term)  # type: ignore[arg-type]
        }


@functools.cache
def _by_shape() -> list[tuple[Shape, list[Target]]]:
    by_name: dict[str, tuple[Shape, list[Target]]] = {}
    for target in targets():
        if target.shape is not None:
            by_name.setdefault(target.shape.name, (target.shape, []))[1].append(target)
    return list(by_name.values())


def _whole(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(v.XSD + "integer"))


def _other_literals(literal: ox.Literal) -> Iterator[ox.Literal]:
    """Yield what a literal could be mistyped as."""
    text, datatype, language = literal.value, literal.datatype, literal.language

    def alike(value: str) -> ox.Literal:
        return ox.Literal(value, language=language) if language else ox.Literal(value, datatype=datatype)

    yield from (
        alike(value) for value in (text + text[-1:], text[:-1], "?" + text, "", "x", text.upper(), text + "'", _TEXT)
    )
    yield from (alike(value) for value in (text + "-1", text + "Z", text + "?", text.replace(" ", ""), "X x"))
    yield ox.Literal(text)
    yield from (ox.Literal(text, language=tag) for tag in ("en", "zh", "fr"))
    yield from (_whole(number) for number in (0, -1, 1, 999999999, 2020))
    yield ox.Literal("0.5", datatype=ox.NamedNode(v.XSD + "decimal"))
    yield ox.Literal("-0.5", datatype=ox.NamedNode(v.XSD + "decimal"))
    if datatype.value in NUMERIC:
        return  # engines differ on whether a number can be held against a date
    for value, name in (
        ("1019", "gYear"),
        ("2020", "gYear"),
        ("2020-02-02", "date"),
        ("2020-02-02Z", "date"),
        ("true", "boolean"),
    ):
        yield ox.Literal(value, datatype=ox.NamedNode(v.XSD + name))


def difference(graph: Graph, changes: Iterable[Change]) -> tuple[list[Triple], list[Triple]]:
    """Return the triples that changes take out of a file, with what stands in the brackets taken out, and those put in."""
    removed: list[Triple] = []
    added: list[Triple] = []
    for change in changes:
        if change.what == "add":
            added.append(change.triple)
            continue
        pending = [change.triple]
        while pending:
            triple = pending.pop()
            if triple not in removed:
                removed.append(triple)
                inner = triple[2]
                if isinstance(inner, ox.BlankNode) and sum(1 for _ in graph.subjects(None, inner)) == 1:
                    pending += graph.triples(inner)
        if change.what == "replace" and change.new is not None:
            added.append((*change.triple[:2], change.new))
    return removed, added


# ---------------------------------------------------------------- mutants


def mutants_of(target: Target, stage: Stage, seed: int) -> list[Mutant]:
    """Return mutants that break a constraint in a stage, at most SITES."""
    if target.shape is None or target.shape.over_merge > stage.merge:
        return []
    chance = random.Random(f"{seed} {target.id} {stage.name}")
    names = list(stage.sources)
    chance.shuffle(names)
    found: list[Mutant] = []
    # First where the shape finds nodes, then where a change has to bring it there.
    for about in (True, False):
        left = 3 * FOCUSES
        for name in names:
            if len(found) == SITES or left <= 0 or (found and not about):
                break
            tries = Tries(stage, name, target, chance)
            for focus, brought in tries.focuses(about=about):
                left -= 1
                made = tries.try_at(focus, brought) if len(found) < SITES and left >= 0 else None
                mutant = made and _written(tries, focus, made)
                if mutant and all(other.focus != focus for other in found):
                    found.append(mutant)
    return found


def _written(tries: Tries, focus: Term, made: list[Change]) -> Mutant | None:
    """Return changes as edits; None if they can't be written, say something else once they are, or break nothing after all."""
    source = tries.source
    edits: list[Edit] = []
    removals: dict[tuple[Term, Term], list[Triple]] = defaultdict(list)
    for change in made:
        if change.what == "remove":
            removals[change.triple[:2]].append(change.triple)
    for triples in removals.values():
        edits += removal(source, triples)
    for change in made:
        if change.what == "replace" and change.new is not None:
            edits += replacement(source, change.triple, change.new)
        elif change.what == "add":
            edits += addition(source, change.triple)
    removed, added = difference(source.graph, made)
    mutant = Mutant(tries.target, tries.stage.name, tuple(edits), focus, "", tuple(removed), tuple(added))
    return mutant if edits and says_what_it_should(source, mutant) and _breaks(tries, mutant) else None


def _breaks(tries: Tries, mutant: Mutant) -> bool:
    """Return whether the edited text breaks the constraint, now that it may restate other things."""
    target, stage, name, focus = tries.target, tries.stage, tries.name, mutant.focus
    assert target.shape is not None
    assert target.node is not None
    assert target.term is not None
    new = turtle.read(name, applied(tries.source.text, mutant.edits))
    before, after = [*stage.stated(name), *stage.restates(name)], [*map(tuple, new.graph), *stage.restated(name, new)]
    tries.world.remove(before)
    tries.world.add(after)  # type: ignore[arg-type]
    try:
        nodes = (
            [focus]
            if isinstance(focus, ox.NamedNode)
            else [s for s in new.graph.subjects() if isinstance(s, ox.BlankNode)]
        )
        return any(
            tries.judge.is_about(target.shape, node) and tries.judge.breaks(node, target.node, target.name, target.term)
            for node in nodes
        )
    finally:
        tries.world.remove(after)  # type: ignore[arg-type]
        tries.world.add(before)


def says_what_it_should(source: PositionedGraph, mutant: Mutant) -> bool:
    """Return whether the edited text has the triples that it should, and these are others than before."""
    try:
        new = turtle.parse(source.path, applied(source.text, mutant.edits))
    except Exception:
        return False
    expected = [t for t in source.graph if tuple(t) not in mutant.removed or tuple(t) in mutant.added]
    expected += [ox.Triple(*t) for t in mutant.added]  # type: ignore[arg-type]
    return form(new) == form(expected) != form(source.graph)


def form(triples: Iterable[ox.Triple]) -> set[ox.Quad]:
    """Return triples in a form that is equal where they say the same, whatever nameless nodes are called."""
    dataset = ox.Dataset(ox.Quad(*t) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


# ---------------------------------------------------------------- the edits of the table


def by_hand(all_stages: list[Stage]) -> list[Mutant]:
    """Return the mutants of mutations.toml.

    Each `[[edit]]` has `rule`, or one constraint of it as "rule: minCount", `edits`, each a file, what stands there once and what comes in its place, and `at`, some of the line of the
    finding, which is otherwise the line of the first edit. Files are named as from here, those of examples from tests/examples/shapes.
    """
    by_rule: dict[str, list[Target]] = defaultdict(list)
    for target in targets():
        by_rule[target.rule].append(target)
        by_rule[target.id].append(target)
    found = []
    for case in tomllib.loads(EDITS.read_text("utf-8"))["edit"]:
        edits, stage = [], next((s for s in all_stages if case["edits"][0][0] in s.paths), None)
        if stage is None:
            continue
        for name, old, new in case["edits"]:
            text = Path(stage.paths[name]).read_text("utf-8")
            assert text.count(old) == 1, f"{name}: {old!r} stands {text.count(old)} times"
            start = text.index(old)
            edits.append(Edit(name, regions(text)(start, start + len(old)), new))
        # The edits of a rule are for that of its constraints that nothing else breaks.
        target = next((t for t in by_rule[case["rule"]] if t.shape is None), None) or by_rule[case["rule"]][0]
        found.append(Mutant(target, stage.name, tuple(edits), None, case.get("at", "")))
    return found


# ---------------------------------------------------------------- who is caught


def caught(stage: Stage, mutant: Mutant, found: Iterable[Finding]) -> str:
    """Return where a mutant is caught by new findings: "edit", "focus", or "" if it is not."""
    rules_of = {mutant.target.rule}
    if not mutant.at:  # what one file has got wrong by itself is not said once more of all files
        rules_of.add(mutant.target.rule.removesuffix(OVERALL))
    of_rule = [f for f in found if f.rule in rules_of]
    texts = {
        name: applied(Path(stage.paths[name]).read_text("utf-8"), (e for e in mutant.edits if e.path == name))
        for name in {*(e.path for e in mutant.edits), *(f.path for f in of_rule)}
    }
    if mutant.at:
        # What all files say together is found in the last one, whose finding names the others.
        named = [
            (path, int(line))
            for f in of_rule
            for path, line in re.findall(r"([\w/.-]+):(\d+)", f.message)
            if path in texts
        ]
        places = {*named, *((f.path, f.line) for f in of_rule)}
        return "edit" if any(mutant.at in texts[path].split("\n")[line - 1] for path, line in places) else ""
    edited = {
        (e.path, line) for e in mutant.edits for line in range(e.region.line, e.region.line + e.text.count("\n") + 1)
    }
    if mutant.focus is None:
        return "edit" if any((f.path, f.line) in edited for f in of_rule) else ""
    source, focus = stage.sources[mutant.file], mutant.focus  # no edit changes the number of lines
    owner: Term = focus
    lines = {region.line for region in source.openings.get(focus, ())}
    while isinstance(owner, ox.BlankNode):
        owner = next(source.graph.subjects(None, owner))
    assert mutant.target.part is not None
    said = project_shapes().graph[mutant.target.part.node]
    pointed = {*said.get(POINTS_AT, ()), *_first_steps(said.get(v.SH + "path", ())), *said.get(v.SH + "equals", ())}
    lines |= {region.line for (s, p, _), region in source.objects.items() if s == focus and p in pointed}
    where = ""
    for f in (f for f in of_rule if f.focus == owner.value):
        if (f.path, f.line) in edited or any(re.search(rf"{path}:{line}\b", f.message) for path, line in edited):
            return "edit"
        if f.path == mutant.file:
            where = "focus" if f.line in lines or RESTATED in f.message else where
    return where


def _first_steps(paths: Iterable[Term]) -> set[Term]:
    """Return the properties by which paths leave a node."""
    graph, found = project_shapes().graph, set[Term]()
    for path in paths:
        said = graph.get(path, {})
        if not said:
            found.add(path)
        elif v.RDF + "first" in said:
            found |= _first_steps(said[v.RDF + "first"])
        elif v.SH + "alternativePath" in said:
            found |= _first_steps(list_of(graph, said[v.SH + "alternativePath"][0]))
    return found


def judged(stage: Stage, mutants: list[Mutant]) -> list[Outcome]:
    """Judge mutants of a stage, many at a time, and alone who is not caught so."""
    outcomes = []
    for batch in _batches(stage, mutants):
        found = _new(stage, batch)
        for mutant in batch:
            where = caught(stage, mutant, found)
            if not where and len(batch) > 1:
                where = caught(stage, mutant, _new(stage, [mutant]))
            outcomes.append(Outcome(mutant, where))
    return outcomes


def _new(stage: Stage, batch: list[Mutant]) -> set[Finding]:
    edits: dict[str, list[Edit]] = defaultdict(list)
    for mutant in batch:
        for edit in mutant.edits:
            edits[edit.path].append(edit)
    return set(stage.judged(edits)) - stage.known


def _batches(stage: Stage, mutants: list[Mutant]) -> list[list[Mutant]]:
    """Return groups of mutants that touch no node twice. Those of reference data stand apart: others look at it."""
    batches: list[tuple[bool, set[object], list[Mutant]]] = []
    for mutant in mutants:
        touched = _touched(stage, mutant)
        reference = any(stage.kinds[edit.path] == "reference" for edit in mutant.edits)
        for apart, taken, batch in batches:
            if apart == reference and not taken & touched:
                taken |= touched
                batch.append(mutant)
                break
        else:
            batches.append((reference, touched, [mutant]))
    return [batch for _, _, batch in batches]


def _touched(stage: Stage, mutant: Mutant) -> set[object]:
    """Return what a mutant touches: subjects of its file; all of them, if the file is judged no further, or is no Turtle."""
    if mutant.focus is None:
        found: set[object] = set()
        for edit in mutant.edits:
            source = stage.sources.get(edit.path)
            opened = (
                [(regions[0], s) for s, regions in source.openings.items() if isinstance(s, ox.NamedNode)]
                if source
                else []
            )
            before = [(region, s) for region, s in opened if region <= edit.region]
            if before and mutant.target.rule not in READING:
                found.add((edit.path, max(before)[1]))
            else:
                found |= {(edit.path, None), *((edit.path, s) for _, s in opened)}
        return found
    graph = stage.sources[mutant.file].graph
    nodes: set[Term | None] = {
        mutant.focus,
        *(term for t in (*mutant.removed, *mutant.added) for term in (t[0], t[2]) if graph.has(term)),
    }
    for node in [node for node in nodes if isinstance(node, ox.BlankNode)]:
        owner: Term | None = node
        while isinstance(owner, ox.BlankNode):
            owner = next(graph.subjects(None, owner), None)
            nodes.add(owner)
    return {(mutant.file, node) for node in nodes}


# ---------------------------------------------------------------- the table of all


def main() -> int:
    """Make the mutants and print who caught them. Returns 1 if one survives that has no reason, or a reason is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="which mutants (the same seed, the same mutants)")
    parser.add_argument("--share", type=float, default=1, help="of the constraints and rules, that share")
    parser.add_argument("--rule", help="of this rule alone")
    parser.add_argument("--brief", action="store_true", help="print only the numbers and survivors")
    options = parser.parse_args()
    asked = [t for t in drawn(targets(), options.share, options.seed) if options.rule in (None, t.rule)]
    with tempfile.TemporaryDirectory(prefix="zonegraph-mutation-") as folder:
        result = run(asked, stages(Path(folder)), options.seed)
    print(table(asked, result, brief=options.brief))
    wrong = unexplained(asked, result)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def drawn(every: list[Target], share: float, seed: int) -> list[Target]:
    """Return a share of targets, by the seed."""
    number = max(1, round(len(every) * min(share, 1)))
    return sorted(random.Random(seed).sample(every, number), key=lambda target: target.id)


def run(asked: list[Target], all_stages: list[Stage], seed: int) -> list[Outcome]:
    """Make and judge the mutants of targets."""
    table, ids = by_hand(all_stages), {target.id for target in asked}
    outcomes = []
    for stage in all_stages:
        mutants = [mutant for target in asked for mutant in mutants_of(target, stage, seed)]
        mutants += [mutant for mutant in table if mutant.stage == stage.name and mutant.target.id in ids]
        outcomes += judged(stage, mutants)
    return outcomes


def table(asked: list[Target], outcomes: list[Outcome], *, brief: bool) -> str:
    """Return how many mutants there were and how many were caught, by constraint and rule and in all."""
    by_id: dict[str, list[Outcome]] = {target.id: [] for target in asked}
    for outcome in outcomes:
        by_id[outcome.mutant.target.id].append(outcome)
    lines = []
    for id, found in by_id.items():
        survived = [o.mutant for o in found if not o.where]
        if survived or not found or not brief:
            lines.append(f"{len(found) - len(survived):>3} of {len(found)}  {id}")
        lines += [f"          survived: {shown(mutant)}" for mutant in survived]
    where = Counter(outcome.where for outcome in outcomes)
    lines.append(
        f"\n{len(outcomes)} mutants of {len(by_id)} constraints and rules: {where['edit'] + where['focus']} caught,"
    )
    lines.append(f"{where['edit']} where the text was edited, {where['focus']} at the node; {where['']} survived")
    return "\n".join(lines)


def shown(mutant: Mutant) -> str:
    """Return a mutant in one line."""
    edits = (
        f"{edit.path}:{edit.region.line}: {' '.join(edit.text.split())[:60] or 'removed'}" for edit in mutant.edits
    )
    focus = f" ({v.shorten(mutant.focus.value)})" if isinstance(mutant.focus, ox.NamedNode) else ""
    return "; ".join(edits) + focus


def reasons() -> dict[str, str]:
    """Return why mutants of a constraint or rule survive, or why there are none, by its id."""
    return {case["id"]: case["reason"] for case in tomllib.loads(SURVIVORS.read_text("utf-8")).get("survivor", [])}


def unexplained(asked: list[Target], outcomes: list[Outcome]) -> list[str]:
    """Return what is wrong: a constraint or rule that no mutant breaks, or whose mutant survives, without a reason; a stale reason."""
    known_reasons = reasons()
    made, survived = (
        Counter(o.mutant.target.id for o in outcomes),
        {o.mutant.target.id for o in outcomes if not o.where},
    )
    wrong = []
    for id in sorted({target.id for target in asked}):
        if id in survived and id not in known_reasons:
            wrong.append(f"{id}: a mutant survives, and {SURVIVORS.name} has no reason")
        elif not made[id] and id not in known_reasons:
            wrong.append(f"{id}: no mutant breaks it; write one in {EDITS.name}")
        elif made[id] and id not in survived and id in known_reasons:
            wrong.append(f"{id}: every mutant is caught; take its reason out of {SURVIVORS.name}")
    known = {target.id for target in (*asked, *targets())}
    return wrong + [
        f"{id}: no such constraint or rule; take it out of {SURVIVORS.name}"
        for id in sorted(known_reasons.keys() - known)
    ]


if __name__ == "__main__":
    sys.exit(main())
