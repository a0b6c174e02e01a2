"""Inference: the ontology's axioms and the rule files, compiled to SPARQL and run inside the store."""

from zonegraph.closure.checks import Check, Clash
from zonegraph.closure.delta import UnboundedError, clashes_with, follows, withdraw
from zonegraph.closure.derivation import Derivation, explain, explain_all
from zonegraph.closure.engine import clashes, materialize, materialize_for_checks, materialize_ranked
from zonegraph.closure.equality import TooManyNamesError
from zonegraph.closure.ontology import UNSUPPORTED, Axiom
from zonegraph.closure.program import Program, compile_program
from zonegraph.closure.restating import Restated, explain_all_restated, explain_restated, restate, said_twice
from zonegraph.closure.rules import Rule

SUPPORTED = (
    "eq-diff1", "eq-rep-o", "eq-rep-p", "eq-rep-s", "eq-sym", "eq-trans",
    "prp-asyp", "prp-dom", "prp-eqp1", "prp-eqp2", "prp-fp", "prp-ifp", "prp-inv1", "prp-inv2", "prp-irp", "prp-pdw",
    "prp-rng", "prp-spo1", "prp-spo2", "prp-symp", "prp-trp",
    "cls-com", "cls-nothing2",
    "cax-dw", "cax-eqc1", "cax-eqc2", "cax-sco",
    "dt-diff", "dt-not-type",
    "scm-cls", "scm-dom1", "scm-dom2", "scm-dp", "scm-eqc1", "scm-eqc2", "scm-eqp1", "scm-eqp2", "scm-op", "scm-rng1",
    "scm-rng2", "scm-sco", "scm-spo",
)  # fmt: skip
"""The rules of OWL 2 RL (OWL 2 Profiles, section 4.3) that are drawn, by their names there.

A literal is never a subject, not even between two rules, and what would follow from a contradiction is not drawn.
"""

RECORDS: dict[str, type] = {kind.__name__: kind for kind in (Program, Rule, Check, Axiom)}
"""What a program is made of, for `zonegraph.rdf.record`."""

__all__ = [
    "RECORDS",
    "SUPPORTED",
    "UNSUPPORTED",
    "Clash",
    "Derivation",
    "Program",
    "Restated",
    "Rule",
    "TooManyNamesError",
    "UnboundedError",
    "clashes",
    "clashes_with",
    "compile_program",
    "explain",
    "explain_all",
    "explain_all_restated",
    "explain_restated",
    "follows",
    "materialize",
    "materialize_for_checks",
    "materialize_ranked",
    "restate",
    "said_twice",
    "withdraw",
]
