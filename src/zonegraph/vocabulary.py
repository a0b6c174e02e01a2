"""Names: namespaces, graph IRIs, prefixes. The terms that the program itself speaks of are in ontology/framework.ttl."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NS = "https://w3id.org/zonegraph/"
ZG = NS + "ns#"
ZGD = NS + "id/"
ZGSH = NS + "shapes#"
ZGQ = NS + "query/"
GRAPH = NS + "graph/"
GENID = NS + ".well-known/genid/"
DATASET = NS + "dataset"

ARTICLE_GRAPH = GRAPH + "article/"
REVIEW_GRAPH = GRAPH + "review/"
REFERENCE_GRAPH = GRAPH + "reference/"
CURATION_GRAPH = GRAPH + "curation"
ONTOLOGY_GRAPH = GRAPH + "ontology"
DATASET_GRAPH = GRAPH + "dataset"
QUERIES_GRAPH = GRAPH + "queries"
INFERRED_GRAPH = GRAPH + "inferred"
CERTAINTY_GRAPH = GRAPH + "certainty"
MERGE_GRAPH = GRAPH + "merge"  # only in stores that have no default graph of their own; elsewhere it is that graph

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
OA = "http://www.w3.org/ns/oa#"
SH = "http://www.w3.org/ns/shacl#"

# Predeclared in `query -e`, `explain` and every export; the order is the order of output. `declare` adds to these what a
# project's ontology declares.
PREFIXES = {
    "zg": ZG,
    "zgd": ZGD,
    "zgsh": ZGSH,
    "zgq": ZGQ,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "dcterms": DCTERMS,
    "oa": OA,
    "sh": SH,
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "prov": "http://www.w3.org/ns/prov#",
    "vann": "http://purl.org/vocab/vann/",
    "csvw": "http://www.w3.org/ns/csvw#",
    "org": "http://www.w3.org/ns/org#",
    "schema": "https://schema.org/",
}

STANDARD = dict(PREFIXES)  # those of all projects
OWN: dict[str, str] = {}  # those that a project declares, for a namespace of its own or as one more name

RDF_TYPE = RDF + "type"


def declare(prefixes: Mapping[str, str]) -> None:
    """Let the prefixes of a project be known wherever names are read and written.

    Parameters: `prefixes`, namespaces by prefix. A prefix that is declared already keeps its meaning.
    """
    for prefix, namespace in prefixes.items():
        if prefix not in PREFIXES:
            OWN[prefix] = PREFIXES[prefix] = namespace


def own() -> dict[str, str]:
    """Return the prefixes of a project for namespaces that have none in all projects."""
    return {prefix: namespace for prefix, namespace in OWN.items() if namespace not in STANDARD.values()}


def spaces() -> tuple[str, ...]:
    """Return what the IRIs begin with that are ours or a project's own."""
    return (NS, *own().values())


def in_merge(graph: str) -> bool:
    """Return whether a named graph is part of the default graph.

    What is said about a transcription counts in no answer, the text of a saved query is nobody's statement, and the certainty of
    triples is asked for in its own graph.
    """
    return graph not in (QUERIES_GRAPH, CERTAINTY_GRAPH) and not graph.startswith(REVIEW_GRAPH)


def namespace(iri: str) -> str:
    """Return what an IRI begins with, as far as its last part: to its `#`, or else to its last `/`."""
    return iri[: iri.rfind("#") + 1 or iri.rfind("/") + 1]


def local_name(iri: str) -> str:
    """Return the last part of an IRI, what stands behind its namespace."""
    return iri[len(namespace(iri)) :]


def shorten(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return an IRI as a prefixed name where one of our prefixes fits and the rest is a plain local name.

    Parameters: `iri`, absolute; `prefixes`, those to write it with. Returns `zgd:article-one`, or `<iri>` in angle brackets where no prefix fits.
    """
    for prefix, namespace in prefixes.items():
        if iri.startswith(namespace):
            local = iri[len(namespace) :]
            if local and local.replace("-", "").replace("_", "").isalnum() and local.isascii():
                return f"{prefix}:{local}"
    return f"<{iri}>"
