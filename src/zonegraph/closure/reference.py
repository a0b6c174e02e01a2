"""The reference reasoner: owlrl, behind one function, with what it says about everything left out."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pyoxigraph as ox

from zonegraph.closure.engine import INFERRED, refuse_foreign_axioms, run_stratum, size
from zonegraph.closure.ontology import MEMBERS_DIFFER, is_datatype
from zonegraph.closure.program import Program
from zonegraph.closure.rules import holds, placed
from zonegraph.errors import EngineError
from zonegraph.terms import TYPE
from zonegraph.vocabulary import OWL, RDF, RDFS, XSD

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

    from zonegraph.store.embedded import EmbeddedStore

    Triple = tuple[Node, Node, Node]

_REFLEXIVE = {
    OWL + "sameAs", OWL + "equivalentClass", OWL + "equivalentProperty", RDFS + "subClassOf", RDFS + "subPropertyOf",
}  # fmt: skip
_TOPS = {OWL + "Thing", RDFS + "Resource"}
_ERRORS = "http://www.daml.org/2002/03/agents/agent-ont#"


def materialize_owlrl(graph: rdflib.Graph) -> tuple[set[Triple], list[str]]:
    """Return the OWL 2 RL closure of a graph, as owlrl draws it.

    Parameters: `graph`, ontology and data; it is left as it is. Returns the closure, the graph's own triples
    included, without what `is_noise` names; and owlrl's messages about contradictions.
    """
    import rdflib
    from owlrl import OWLRL_Semantics

    work = rdflib.Graph()
    for triple in graph:
        work.add(triple)
    # Not owlrl.DeductiveClosure: it swaps rdflib's datatype conversions for the whole process while it runs.
    reasoner = OWLRL_Semantics(work, axioms=False, daxioms=False, rdfs=False)
    reasoner.closure()
    return {triple for triple in work if not is_noise(triple)}, list(reasoner.error_messages)


def is_noise(triple: Triple) -> bool:
    """Return whether a triple says nothing, or nothing that RDF can say.

    That is: a literal as subject; something the same as, or below, itself; the class of everything, or nothing below a
    class; what holds of the terms of RDF, RDFS, OWL and XSD in any graph; that something is of a datatype, or that two
    datatypes share no value; an error message.
    """
    from rdflib import Literal, URIRef

    subject, predicate, value = triple
    if isinstance(subject, Literal):
        return True
    s, p, o = str(subject), str(predicate), str(value) if isinstance(value, URIRef) else ""
    if p in _REFLEXIVE and subject == value:
        return True
    if p == RDF + "type":
        own = s.startswith((RDF, RDFS, OWL, XSD))
        general = o in (OWL + "AnnotationProperty", OWL + "Class", RDFS + "Datatype")
        return o in _TOPS or _is_datatype(o) or (own and general) or o.startswith(_ERRORS)
    if p in (RDFS + "subClassOf", RDFS + "domain", RDFS + "range") and o in _TOPS:
        return True
    if p == RDFS + "subClassOf" and s == OWL + "Nothing":
        return True
    if p == OWL + "disjointWith" and _is_datatype(s) and _is_datatype(o):
        return True
    return p.startswith(_ERRORS)


def _is_datatype(iri: str) -> bool:
    return bool(iri) and is_datatype(ox.NamedNode(iri))


def materialize_reference(
    program: Program, store: EmbeddedStore, into: ox.NamedNode = INFERRED
) -> tuple[int, list[str]]:
    """Do what `materialize` does, with owlrl for the ontology's axioms.

    The rule files run in the store as ever, in turn with owlrl, until nothing is new.

    Parameters: `program`, the compiled rules, of which those from rule files are used; `store`, the store; its
    default graph holds the merge of all graphs, the ontology included; `into`, the graph that gets each new triple
    besides the default graph. Returns the number of new triples, and owlrl's messages about contradictions. Raises
    UsageError if the store holds axioms that the program was not compiled from, or terms unknown to owlrl;
    EngineError if owlrl or the store fails.
    """
    import rdflib

    from zonegraph.rdf.interchange import to_rdflib

    refuse_foreign_axioms(program, store, into)
    start = size(store, into)
    rules = [rule for rule in program.rules if rule.summary]
    different: set[Triple] = set()
    while True:
        graph = rdflib.Graph()
        for quad in store.ox.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            graph.add(tuple(to_rdflib(term, plain=False) for term in quad.triple))  # type: ignore[arg-type]
        graph += different
        try:
            closure, messages = materialize_owlrl(graph)
        except Exception as error:
            # owlrl has no exceptions of its own: whatever comes out of it is its failure, not ours.
            raise EngineError(f"owlrl failed: {type(error).__name__}: {error}") from error
        _add(store, into, closure - different)
        before, known, different = size(store, into), different, _different(program, store)
        for rule in rules:
            run_stratum((rule,), store, into)
        if size(store, into) == before and different == known:
            return before - start, messages


def _different(program: Program, store: EmbeddedStore) -> set[Triple]:
    """Return zg:membersDiffer as pairs of owl:differentFrom, the only form that owlrl knows."""
    import rdflib

    pairs: set[Triple] = set()
    for axiom in program.axioms:
        if axiom.kind == MEMBERS_DIFFER:
            members = {
                quad.subject for quad in store.ox.quads_for_pattern(None, TYPE, axiom.subject, ox.DefaultGraph())
            }
            named = sorted(rdflib.URIRef(term.value) for term in members if isinstance(term, ox.NamedNode))
            pairs.update((one, rdflib.OWL.differentFrom, other) for one, other in combinations(named, 2))
    return pairs


def _add(store: EmbeddedStore, into: ox.NamedNode, triples: set[Triple]) -> None:
    from zonegraph.rdf.interchange import from_rdflib

    new = []
    for s, p, o in triples:
        triple = ox.Triple(from_rdflib(s), from_rdflib(p), from_rdflib(o))  # type: ignore[arg-type]
        if not holds(store, triple, ox.DefaultGraph()):
            new.append(triple)
    for graph in (ox.DefaultGraph(), into):
        store.ox.extend(placed(triple, graph) for triple in new)
