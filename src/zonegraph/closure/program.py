"""The compiled program: rules in the order in which they can be run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pyoxigraph as ox

from zonegraph.closure.checks import Check, checks_for
from zonegraph.closure.ontology import Axiom, equality_rules, instance_rules, read_axioms, schema_rules
from zonegraph.closure.paths import components
from zonegraph.closure.rulefile import read_rules
from zonegraph.closure.rules import Key, Rule, Slot, by_key, overlapping
from zonegraph.errors import UsageError


@dataclass(frozen=True)
class Program:
    """What an ontology and rule files were compiled to.

    `rules`, all rules over the merge but those about equality, in the order of `strata`. `strata`, the rules in dependency order.
    The rules of one stratum need each other's results; a stratum of one rule that does not need its own is done in
    one pass. `equality`, the rules about owl:sameAs, needed only where the data holds one. `checks`, what finds
    contradictions. `axioms`, what was compiled, for comparison with what a store holds. `walked`, the rules of
    transitive properties that are not drawn; see `judging`. `restating`, the rules of scope `article`, in strata of their
    own, since they read nothing that the others give.
    """

    strata: tuple[tuple[Rule, ...], ...]
    equality: tuple[Rule, ...]
    checks: tuple[Check, ...]
    axioms: tuple[Axiom, ...]
    walked: tuple[Rule, ...] = ()
    restating: tuple[tuple[Rule, ...], ...] = ()

    @cached_property
    def judging(self) -> Program:
        """As much of the program as its checks depend on.

        What follows from a property's being transitive, the square of a chain's length, is not drawn unless a check asks
        for it: rules that ask for it walk along the chain. It finds the same contradictions, unless classes or properties
        have several names.
        """
        asked = {key[0] for check in self.checks for key in check.rule.reads}
        asked.update(key[0] for rule in self.rules for key in rule.reads if key[0] is None)
        transitive = {
            rule.head[0][1]: rule for rule in self.rules if rule.transitive and not rule.conditions and not rule.through
        }
        # A rule that asks for any property asks for the transitive ones too.
        walked = {p: rule for p, rule in transitive.items() if p not in asked and None not in asked}
        needed: set[int] = set()
        keys = [key for check in self.checks for key in check.rule.reads]
        while keys:
            new = overlapping(self._written, keys.pop()) - needed
            needed |= new
            keys += [key for place in new if place < len(self.rules) for key in self.rules[place].reads]
        places = {rule: place for place, rule in enumerate(self.rules)}
        strata = (
            tuple(
                rule.walking(walked.keys())
                for rule in stratum
                if places[rule] in needed and rule not in walked.values()
            )
            for stratum in self.strata
        )
        return replace(self, strata=tuple(filter(None, strata)), walked=tuple(walked.values()))

    @cached_property
    def constants(self) -> frozenset[Slot]:
        """The classes and properties of which rules and checks speak."""
        rules = (*self.rules, *(check.rule for check in self.checks))
        return frozenset(
            term
            for rule in rules
            for pattern in (*rule.head, *rule.body)
            for term in pattern
            if isinstance(term, ox.NamedNode)
        )

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules over the merge but those about equality, in dependency order."""
        return tuple(rule for stratum in self.strata for rule in stratum)

    @cached_property
    def _written(self) -> dict[object, dict[object, list[int]]]:
        return by_key(rule.writes for rule in (*self.rules, *self.equality))

    @cached_property
    def _read(self) -> dict[object, dict[object, list[int]]]:
        return by_key((key for rule in stratum for key in rule.reads) for stratum in self.strata)

    @cached_property
    def rules_reading(self) -> dict[object, dict[object, list[int]]]:
        """The places of the rules by what they read."""
        return by_key(rule.reads for rule in self.rules)

    @cached_property
    def rules_writing(self) -> dict[object, dict[object, list[int]]]:
        """The places of the rules by what they write."""
        return by_key(rule.writes for rule in self.rules)

    @cached_property
    def checks_reading(self) -> dict[object, dict[object, list[int]]]:
        """The places of the checks by what they read."""
        return by_key(check.rule.reads for check in self.checks)

    def reading(self, keys: Iterable[Key]) -> set[int]:
        """Return the places of the strata that may read triples of these keys."""
        return set().union(*(overlapping(self._read, key) for key in set(keys)))

    def writers(self, key: Key) -> list[Rule]:
        """Return the rules, those about equality included, that may give a triple of this key."""
        rules = (*self.rules, *self.equality)
        return [rules[place] for place in sorted(overlapping(self._written, key))]


def compile_program(ontology: Iterable[ox.Triple], rule_files: Iterable[tuple[str, str]]) -> Program:
    """Compile an ontology and rule files.

    Parameters: `ontology`, the ontology's triples; list cells may be blank nodes or IRIs made for blank nodes;
    `rule_files`, name and text of each `.rq` file of `ontology/rules/`. Returns the program. Raises UsageError for a
    rule file of the wrong form, for a rule that could make new terms for ever, and for an axiom outside what is
    supported (`UNSUPPORTED`), which would otherwise be passed over in silence.
    """
    axioms = read_axioms(ontology)
    rules = schema_rules() + instance_rules(axioms)
    restating: list[Rule] = []
    names = {rule.name for rule in (*rules, *equality_rules())}
    files: dict[str, str] = {}  # by rule
    for name, text in rule_files:
        read = read_rules(name, text)
        if read[0].name in names:
            raise UsageError(f"{name}: there is another rule named {read[0].name}", "rename the file and its rule")
        names.add(read[0].name)
        files[read[0].name] = name
        (rules if read[0].graph is None else restating).extend(read)
    strata, inside = _strata(rules), _strata(restating)
    _refuse_endless([*strata, *inside], files)
    return Program(
        strata=tuple(strata),
        equality=tuple(equality_rules()),
        checks=tuple(checks_for(axioms)),
        axioms=tuple(axioms),
        restating=tuple(inside),
    )


def readers(rules: Sequence[Rule]) -> list[list[int]]:
    """Return for each rule the places of those rules that may read what it writes."""
    index = by_key(rule.reads for rule in rules)
    return [sorted(set().union(*(overlapping(index, key) for key in rule.writes))) for rule in rules]


def _refuse_endless(strata: Iterable[tuple[Rule, ...]], files: Mapping[str, str]) -> None:
    """Refuse a rule that makes new terms, by BIND, from what it infers itself, or others infer from that."""
    for stratum in strata:
        if len(stratum) == 1 and not readers(stratum)[0]:
            continue
        for rule in stratum:
            if rule.makes_terms:
                raise UsageError(
                    f"{files[rule.name]}: its head has a value that BIND makes, and what it infers may meet its own body "
                    "again: it might never end",
                    "infer it under a property or class that no premise asks for",
                )


def _strata(rules: list[Rule]) -> list[tuple[Rule, ...]]:
    """Return the strongly connected components of the dependency graph, those that feed others first."""
    found = components(dict(enumerate(readers(rules))))
    return [tuple(rules[place] for place in sorted(component)) for component in reversed(found)]
