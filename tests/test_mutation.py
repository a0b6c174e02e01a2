"""Rules bite: what breaks a constraint or rule is found by it, where it stands; `make mutation` makes all of the mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import mutation
from tests.conforming import Evaluator, World
from tests.conftest import SEED, SHARE
from tests.editing import addition, applied, removal, replacement
from tests.mutation import Mutant, Outcome, Stage, Target
from tests.test_validation_examples import FILES, ONTOLOGY, triples_of
from zonegraph.rdf import turtle
from zonegraph.rdf.graph import Namespace
from zonegraph.rdf.turtle import Region
from zonegraph.validation import judging
from zonegraph.validation.findings import Edit, Finding

X = Namespace("https://example.org/")
FILE = """\
@prefix x: <https://example.org/> .
x:a a x:B, x:C ;  # two classes
    x:p x:one ,  # a comma, and a comment
        x:two,
        x:three ;
    x:q [ x:r x:s ] .
x:d x:p x:one .
"""


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    return {stage.name: stage for stage in mutation.stages(tmp_path_factory.mktemp("mutation"))}


# ---------------------------------------------------------------- edits


@pytest.mark.parametrize(
    "values", [["one"], ["two"], ["three"], ["one", "two"], ["two", "three"], ["one", "two", "three"]]
)
def test_values_are_taken_out_with_their_commas_and_no_line_is_lost(values: list[str]) -> None:
    source = turtle.read("x.ttl", FILE)
    text = applied(FILE, removal(source, [(X.a, X.p, X[value]) for value in values]))
    assert text.count("\n") == FILE.count("\n")
    left = [
        t for t in source.graph if (t.subject, t.predicate) != (X.a, X.p) or t.object not in map(X.__getitem__, values)
    ]
    assert mutation.form(turtle.parse("x.ttl", text)) == mutation.form(left)


def test_the_only_value_is_taken_out_with_its_property_and_what_stands_in_its_brackets() -> None:
    source = turtle.read("x.ttl", FILE)
    (node,) = source.graph.objects(X.a, X.q)
    assert len(turtle.parse("x.ttl", applied(FILE, removal(source, [(X.a, X.q, node)])))) == len(source.graph) - 2


def test_values_with_another_between_them_are_not_taken_out_by_one_edit() -> None:
    assert removal(turtle.read("x.ttl", FILE), [(X.a, X.p, X.one), (X.a, X.p, X.three)]) == []


def test_a_triple_is_added_behind_those_of_its_property_or_of_its_subject() -> None:
    source = turtle.read("x.ttl", FILE)
    edits = addition(source, (X.a, X.p, X.four)) + addition(source, (X.d, X.t, X.five))
    new = turtle.read("x.ttl", applied(FILE, edits))
    assert new.graph.has(X.a, X.p, X.four)
    assert new.graph.has(X.d, X.t, X.five)
    assert len(new.graph) == len(source.graph) + 2


def test_a_value_is_replaced_where_it_stands_and_nowhere_else() -> None:
    edits = replacement(turtle.read("x.ttl", FILE), (X.d, X.p, X.one), X.five)
    assert edits == [Edit("x.ttl", Region(7, 9, 7, 14), "<https://example.org/five>")]


# ---------------------------------------------------------------- mutants


def test_every_constraint_that_no_shape_works_out_and_every_rule_has_an_edit(stages: dict[str, Stage]) -> None:
    edited = {mutant.target.id for mutant in mutation.by_hand(list(stages.values()))}
    reasons = mutation.reasons()
    for target in mutation.targets():
        assert target.shape is not None or target.id in edited or target.id in reasons, target.id


@pytest.fixture(scope="module")
def few(stages: dict[str, Stage]) -> tuple[list[Target], list[Outcome]]:
    """A seeded few of the constraints and rules, broken in the examples alone."""
    asked = [t for t in mutation.drawn(mutation.targets(), 0.03, SEED) if t.shape is not None]
    return asked, mutation.run(asked, [stages["examples"]], SEED)


def test_mutants_of_a_few_constraints_are_caught_where_they_stand(few: tuple[list[Target], list[Outcome]]) -> None:
    asked, outcomes = few
    assert len(outcomes) >= 8
    wrong = mutation.unexplained(asked, outcomes)
    assert [text for text in wrong if "survives" in text] == []


def test_a_mutant_is_another_text_with_other_triples(
    few: tuple[list[Target], list[Outcome]], stages: dict[str, Stage]
) -> None:
    for mutant, _ in few[1]:
        source = stages[mutant.stage].sources[mutant.file]
        assert applied(source.text, mutant.edits) != source.text
        assert mutation.says_what_it_should(source, mutant)
        other = mutant._replace(removed=(), added=())
        assert not mutation.says_what_it_should(source, other)


def test_the_same_seed_gives_the_same_mutants(stages: dict[str, Stage]) -> None:
    (target,) = (t for t in mutation.targets() if t.id == "act-one-date: maxCount")
    stage = stages["examples"]
    first, again = (mutation.mutants_of(target, stage, 5) for _ in range(2))
    assert first == again != []


def test_what_is_found_elsewhere_or_by_another_rule_catches_no_mutant(stages: dict[str, Stage]) -> None:
    (target,) = (t for t in mutation.targets() if t.id == "act-one-date: maxCount")
    mutant = mutation.mutants_of(target, stages["examples"], SEED)[0]
    assert mutant.focus is not None
    there = mutant.edits[0].region
    found = Finding(mutant.file, there, "violation", target.rule, "", "", mutant.focus.value)
    elsewhere = Region(1, 1, 1, 2)
    for finding, where in (
        (found, "edit"),
        (found._replace(region=elsewhere), ""),
        (found._replace(rule="another"), ""),
        (found._replace(focus="https://example.org/another"), ""),
        (found._replace(path="reference/context.ttl"), ""),
    ):
        assert mutation.caught(stages["examples"], mutant, [finding]) == where


def test_a_survivor_without_a_reason_a_stale_reason_and_what_nothing_breaks_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text("".join(f'[[survivor]]\nid = "{id}"\nreason = "so"\n' for id in ("b: x", "c: x", "gone: x")))
    monkeypatch.setattr(mutation, "SURVIVORS", path)
    asked = [Target(id[0], id) for id in ("a: x", "b: x", "c: x", "d: x", "e: x")]
    outcomes = [
        Outcome(Mutant(target, "data", ()), where)
        for target, where in zip(asked, ("", "", "edit", "focus"), strict=False)
    ]
    wrong = mutation.unexplained(asked, outcomes)
    assert [text.partition(": x")[0] for text in wrong] == ["a", "c", "e", "gone"]


@pytest.mark.thorough
def test_every_constraint_and_rule_is_bitten_by_its_mutants(stages: dict[str, Stage]) -> None:
    asked = mutation.drawn(mutation.targets(), SHARE, SEED)
    outcomes = mutation.run(asked, list(stages.values()), SEED)
    print(mutation.table(asked, outcomes, brief=True))
    assert mutation.unexplained(asked, outcomes) == []


@pytest.mark.thorough
def test_constraints_by_the_letter_are_broken_where_validation_finds_them_broken() -> None:
    refused = ("literals", "axioms", "unreadable")  # before shapes see them
    files = [f for f in FILES if not any(name in f.name for name in refused)]
    triples = [*(t for file in files for t in triples_of(file)), *ONTOLOGY]
    loaded = mutation.project_shapes()
    unit = judging.alone(triples, loaded)
    (results,) = judging.judge(loaded, [unit])
    world = World(tuple(t) for t in triples)  # type: ignore[misc]
    judge = Evaluator(loaded, world)
    constraints = [t for t in mutation.targets() if t.shape is not None]
    by_letter = {
        (target.rule, node)
        for target in constraints
        if target.shape and target.node and target.term
        for node in unit.looked[target.shape.name]
        if judge.breaks(node, target.node, target.name, target.term)
    }
    known = {target.rule for target in constraints}
    assert by_letter == {(r.rule.id, r.focus) for r in results if r.rule.id in known}
    assert len(by_letter) > 100
