"""Terms of pyoxigraph as terms of rdflib, and back, lexical forms untouched."""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from zonegraph import vocabulary as v
from zonegraph.errors import UsageError


@contextlib.contextmanager
def without_complaints() -> Iterator[None]:
    """Let ill-formed literals be made for rdflib without its complaints on standard error; who judges them says it better."""
    complaints = logging.getLogger("rdflib.term")
    with _quiet, warnings.catch_warnings():  # what is switched here is the process's, so one thread at a time
        warnings.simplefilter("ignore")
        silent = complaints.disabled
        complaints.disabled = True
        try:
            yield
        finally:
            complaints.disabled = silent


_quiet = threading.RLock()


def to_rdflib(term: object, *, plain: bool = True) -> Node:
    """Return a term of pyoxigraph for rdflib.

    Parameters: `plain`, whether a string has no datatype, as rdflib reads it from Turtle and tells it from one whose
    datatype is written out; otherwise it is an xsd:string, as RDF 1.1 has it. Raises UsageError for a triple term.
    """
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise UsageError(f"{term}: rdflib does not support triple terms", "give the statement an IRI")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    string = plain and term.datatype.value == v.XSD + "string"
    return rdflib.Literal(term.value, datatype=None if string else rdflib.URIRef(term.datatype.value), normalize=False)


def from_rdflib(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a term of rdflib for pyoxigraph."""
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
